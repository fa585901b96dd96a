// The drawing pad: when the pen has been lifted for a moment, the drawing is handed in and its answer shown below.
"use strict";

(() => {
  const PAUSE = 700;
  const form = document.getElementById("drawing");
  const canvas = document.getElementById("pad");
  const answer = document.getElementById("drawn");
  const pad = new SignaturePad(canvas, { minWidth: 2.5, maxWidth: 5.5, penColor: "#111", backgroundColor: "#fff" });
  let timer = null, latest = null;

  function fit() {
    const ratio = Math.max(window.devicePixelRatio || 1, 1);
    const strokes = pad.toData();
    canvas.width = canvas.offsetWidth * ratio;
    canvas.height = canvas.offsetHeight * ratio;
    canvas.getContext("2d").scale(ratio, ratio);
    pad.clear();
    pad.fromData(strokes);
  }

  async function send() {
    latest?.abort();
    const { signal } = latest = new AbortController();
    const body = new FormData(form);
    body.append("drawing", await new Promise((done) => canvas.toBlob(done, "image/png")), "drawing.png");
    const reply = await site.post(form.action, body, { signal }).catch(() => null);
    if (signal.aborted) return;
    if (!reply?.ok) {
      answer.textContent = form.dataset.notSent;
      return;
    }
    const page = new DOMParser().parseFromString(await reply.text(), "text/html");
    const detail = page.getElementById("detail");
    answer.replaceChildren(detail);
    htmx.process(detail);
  }

  pad.addEventListener("beginStroke", () => clearTimeout(timer));
  pad.addEventListener("endStroke", () => { timer = setTimeout(send, PAUSE); });
  form.querySelector("[data-clear]").addEventListener("click", () => {
    clearTimeout(timer);
    latest?.abort();
    pad.clear();
    answer.replaceChildren();
  });
  window.addEventListener("resize", fit);
  form.querySelector(".with-script").hidden = false;
  fit();
})();

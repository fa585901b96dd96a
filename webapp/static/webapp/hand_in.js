// Hands in many files in requests of about fifty, with progress. Without this script the form sends all of them at once.
"use strict";

(() => {
  const FILES_A_REQUEST = 50;
  const BYTES_A_REQUEST = 20 * 1024 * 1024;
  const TRIES = 6;
  const JUNK = /^(\.|thumbs\.db$|desktop\.ini$)/i;

  const form = document.getElementById("hand-in");
  const zone = form.querySelector(".dropzone");
  const input = form.querySelector("#pictures");
  const folder = form.querySelector("#folder");
  const progress = document.getElementById("upload-progress");
  const bar = progress.querySelector("progress");
  const line = progress.querySelector("p");
  const failure = document.getElementById("upload-error");
  const token = form.querySelector("[name=csrfmiddlewaretoken]").value;

  form.querySelector(".with-script").hidden = false;
  form.querySelector("[data-choose-folder]").addEventListener("click", () => folder.click());
  folder.addEventListener("change", () => handIn([...folder.files]));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    handIn([...input.files]);
  });
  for (const kind of ["dragenter", "dragover"]) {
    document.addEventListener(kind, (event) => { event.preventDefault(); zone.classList.add("over"); });
  }
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) zone.classList.remove("over"); });
  document.addEventListener("drop", async (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    try {
      handIn(await dropped(event.dataTransfer));
    } catch {
      refuse("These files cannot be read from where they lie. Copy them to this machine first.");
    }
  });
  window.addEventListener("pageshow", () => busy(false));

  let sending = false;
  let stopped = null;  // what a lost connection has left: the batch, and which of its files have arrived

  async function handIn(chosen) {
    if (sending) return;
    let files = chosen.filter((file) => !JUNK.test(file.name));
    failure.hidden = true;
    if (!files.length) return refuse("Choose at least one picture first.");
    if (files.length > Number(form.dataset.mostFiles)) {
      return refuse(`${files.length} files are too many for one batch; at most ${form.dataset.mostFiles} fit.`);
    }
    const most = Number(form.dataset.mostBytes);
    const tooBig = files.filter((file) => file.size > most);
    if (tooBig.length) {
      const said = `“${tooBig[0].name}”${tooBig.length > 1 ? ` and ${tooBig.length - 1} more are` : " is"} larger than ${most / 2 ** 20} MB, which is the most a file may have.`;
      files = files.filter((file) => file.size <= most);
      if (!files.length || !window.confirm(`${said} Send the other ${files.length}?`)) return refuse(said);
    }
    busy(true);
    try {
      const names = files.map((file) => `${file.name} ${file.size}`).join("/");
      const fields = { name: form.elements.name.value, expected: files.length };
      if (stopped?.names !== names) stopped = { names, sent: 0, batch: await post(form.dataset.openUrl, fields) };
      const batch = stopped.batch;
      let sent = 0;
      for (const group of groups(files)) {
        const body = Object.fromEntries(group.map(([index, file]) => [`file-${index}`, file]));
        if (sent >= stopped.sent) await post(`${batch.page}images/`, body);
        sent += group.length;
        stopped.sent = Math.max(stopped.sent, sent);
        bar.value = sent / files.length;
        line.textContent = `${sent} of ${files.length} pictures sent`;
      }
      busy(false);
      window.location = batch.page;
    } catch (error) {
      busy(false);
      refuse(error.message);
    }
  }

  function* groups(files) {
    let group = [], bytes = 0;
    for (const [index, file] of files.entries()) {
      if (group.length && (group.length >= FILES_A_REQUEST || bytes + file.size > BYTES_A_REQUEST)) {
        yield group;
        group = []; bytes = 0;
      }
      group.push([index, file]);
      bytes += file.size;
    }
    if (group.length) yield group;
  }

  // Sending an index again changes nothing, so a request whose answer was lost is simply sent again.
  async function post(url, fields) {
    const body = new FormData();
    for (const [name, value] of Object.entries(fields)) body.append(name, value);
    for (let attempt = 1; ; attempt++) {
      let answer = null;
      try {
        answer = await fetch(url, { method: "POST", body, headers: { "X-CSRFToken": token, "X-Requested-With": "fetch" } });
      } catch {
        // No answer at all: the connection is away. Wait and send again.
      }
      if (answer?.ok) return answer.json();
      if (answer?.status === 401) throw new Error("You have been signed out. Sign in again in another tab, then press “Read them”.");
      if (answer && answer.status < 500) {
        stopped = null;  // refused for good: the next press starts a batch of its own
        const said = await answer.json().catch(() => ({}));
        throw new Error(said.error || "These files were not accepted. Reload the page and try again.");
      }
      if (attempt === TRIES) throw new Error("The connection was lost. When it is back, press “Read them”: what has arrived is not sent again.");
      line.textContent = "The connection is away; trying again…";
      await new Promise((wake) => setTimeout(wake, 500 * 2 ** attempt));
    }
  }

  // A dropped folder arrives as a tree of entries, each level in pieces.
  async function dropped(transfer) {
    const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    return entries.length ? (await Promise.all(entries.map(walk))).flat() : [...transfer.files];
  }

  async function walk(entry) {
    if (entry.isFile) return [await new Promise((done, fail) => entry.file(done, fail))];
    const reader = entry.createReader(), files = [];
    for (;;) {
      const some = await new Promise((done, fail) => reader.readEntries(done, fail));
      if (!some.length) return files;
      for (const child of some) files.push(...await walk(child));
    }
  }

  const ask = (event) => event.preventDefault();  // "Leave this page?"

  function busy(on) {
    window[on ? "addEventListener" : "removeEventListener"]("beforeunload", ask);
    sending = on;
    progress.hidden = !on;
    bar.value = 0;
    line.textContent = on ? "Sending…" : "";
    for (const button of form.querySelectorAll("button")) button.disabled = on;
  }

  function refuse(message) {
    failure.textContent = message;
    failure.hidden = false;
  }
})();

// Review at the speed of the keyboard: the next picture is already here, and answers are saved behind the person's back,
// one after the other. Without this script each answer loads the page anew.
"use strict";

(() => {
  const AT_HAND = 2;  // fewer than this left and nothing on its way: ask the site by loading the page anew
  const root = document.getElementById("review");
  const hand = document.getElementById("hand");
  const pace = root.querySelector("[data-pace]");
  const undoButton = root.querySelector("button[data-undo], [data-undo] button");
  const trouble = document.getElementById("review-trouble");
  const told = document.getElementById("review-told");  // what others have said meanwhile
  const keys = document.querySelector("details.keys");
  const fine = window.matchMedia("(pointer: fine)").matches;
  const done = [];  // forms that were answered, the latest last
  const times = [];
  let unsaved = 0, line = Promise.resolve();

  const shown = () => hand.querySelector("form.review:not([hidden])");
  const field = (form) => form.elements.text;
  if (!shown()) return;

  function show(form) {
    for (const other of hand.querySelectorAll("form.review")) other.hidden = other !== form;
    if (!form) return finished();
    field(form).removeAttribute("aria-invalid");
    if (fine) { field(form).focus(); field(form).select(); }
  }

  function finished() {
    pace.textContent = "";
    line.then(() => { if (!shown()) window.location.assign(window.location.pathname + window.location.search); });
  }

  // Answers leave in order, each until it has arrived.
  function send(url, body, form) {
    unsaved++;
    line = line.then(async () => {
      const reply = await site.post(url, body);
      unsaved--;
      progress();
      const page = new DOMParser().parseFromString(await reply.text(), "text/html");
      return reply.ok ? take(page) : bring(form, reply, page);
    });
    progress();
    return line;
  }

  // What was not accepted comes back with what was typed, and the reason; where its picture is gone, so is the question.
  function bring(form, reply, page) {
    if (reply.status === 404) return say(root.dataset.gone);
    const at = done.indexOf(form);
    if (at >= 0) done.splice(at, 1);
    hand.prepend(form);
    show(form);
    say(page.querySelector("form.review .reason")?.textContent ?? root.dataset.refused);
  }

  function say(sentence) {
    trouble.textContent = sentence;
    trouble.hidden = !sentence;
  }

  function take(page) {
    const news = page.getElementById("told");
    if (news) { told.replaceChildren(...[...told.children].slice(-2), news); news.removeAttribute("id"); told.hidden = false; }
    document.getElementById("review-left").replaceWith(page.getElementById("review-left"));
    for (const form of page.querySelectorAll("form.review")) {
      const here = [...hand.children, ...done].some((other) => other.dataset.pk === form.dataset.pk);
      if (!here) hand.append(form);
    }
    if (!shown() && hand.firstElementChild) show(hand.querySelector("form.review"));
    return page;
  }

  function answer(form, verdict) {
    const text = field(form).value.trim();
    if (!verdict && !(text && [...text].every((sign) => root.dataset.written.includes(sign))) && !(text === "" && "blank" in form.dataset)) {
      field(form).setAttribute("aria-invalid", "true");
      return say(root.dataset.say);
    }
    say("");
    const body = new FormData(form);
    if (verdict) body.set("verdict", verdict);
    form.remove();
    done.push(form);
    times.push(Date.now());
    undoButton.hidden = false;
    const held = [...hand.querySelectorAll("form.review")].map((other) => other.dataset.pk);
    body.set("held", [...held, ...done.slice(-unsaved - 1).map((other) => other.dataset.pk)].join(","));
    body.set("only", root.dataset.only);
    send(form.action, body, form);
    show(hand.querySelector("form.review"));
  }

  function undo() {
    const form = done.pop();
    if (!form) return;
    times.pop();
    undoButton.hidden = !done.length;
    const body = new FormData(form);
    body.set("only", root.dataset.only);
    hand.prepend(form);
    show(form);
    send(form.dataset.undo, body, form);
  }

  function progress() {
    const recent = times.filter((time) => Date.now() - time < 120000);
    const minutes = recent.length > 1 ? (recent[recent.length - 1] - recent[0]) / 60000 : 0;
    const rate = minutes ? root.dataset.rate.replace("%s", Math.round((recent.length - 1) / minutes)) : "";
    pace.textContent = [rate, unsaved > AT_HAND ? root.dataset.unsaved.replace("%s", unsaved) : ""].filter(Boolean).join(" · ");
  }

  hand.addEventListener("submit", (event) => {
    event.preventDefault();
    answer(event.target, event.submitter?.value);
  });
  undoButton.closest("form")?.addEventListener("submit", (event) => { if (done.length) { event.preventDefault(); undo(); } });
  if (undoButton.type === "button") undoButton.addEventListener("click", undo);
  window.addEventListener("beforeunload", (event) => { if (unsaved) event.preventDefault(); });

  document.addEventListener("keydown", (event) => {
    const form = shown();
    if (!form || event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key.toLowerCase();
    const act = { b: () => answer(form, "blank"), x: () => answer(form, "unreadable"), z: undo, "?": () => { keys.open = !keys.open; } }[key];
    if (act) { event.preventDefault(); return act(); }
    if (event.target.closest("button, a, summary")) return;
    if (key === "enter" && !(event.shiftKey && event.target.matches("textarea"))) {
      event.preventDefault();
      answer(form);
    } else if (key.trim() && root.dataset.written.includes(key) && event.target !== field(form) && !event.defaultPrevented) {
      field(form).focus();
      field(form).select();  // and the browser types it
    }
  });
  show(shown());
})();

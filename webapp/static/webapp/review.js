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
  const { written } = root.dataset, otherwise = JSON.parse(root.dataset.otherwise);
  const done = [];  // forms that were answered, the latest last
  const times = [];
  let unsaved = 0, line = Promise.resolve();

  const shown = () => hand.querySelector("form.review:not([hidden])");
  const field = (form) => form.elements.text;
  const entered = (form) => field(form).value.trim();
  const isNumber = (text) => text !== "" && [...text].every((sign) => written.includes(otherwise[sign] ?? sign));
  const isOther = (form) => form.classList.contains("other");
  if (!shown()) return;

  function show(form) {
    for (const other of hand.querySelectorAll("form.review")) other.hidden = other !== form;
    if (!form) return finished();
    field(form).removeAttribute("aria-invalid");
    if (fine) { field(form).focus(); field(form).select(); }
  }

  function finished() {
    pace.textContent = "";
    line.then(() => { if (!shown() && !unsaved) window.location.assign(window.location.pathname + window.location.search); });
  }

  // Answers leave in order, each until it has arrived.
  function send(url, body, form) {
    unsaved++;
    line = line.then(async () => {
      const reply = await site.post(url, body);
      unsaved--;
      progress();
      const page = new DOMParser().parseFromString(await reply.text(), "text/html");
      const again = page.querySelector("form.review [name=again]")?.value;  // what is to be entered once more
      if (again) { form.elements.again.value = again; field(form).value = ""; }
      return reply.ok && !again ? take(page) : bring(form, reply, page);
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

  // Some other text than a number is typed: letters are no commands then.
  function other(form, on = true) {
    form.classList.toggle("other", on);
    form.querySelector("[data-other]").hidden = !on;
    form.querySelector("[value=other]").setAttribute("aria-pressed", on);
    field(form).removeAttribute("aria-invalid");
    say("");
    field(form).focus();
    if (on && isNumber(entered(form))) field(form).select();  // what the model has read
  }

  function refuse(form, sentence) {
    field(form).setAttribute("aria-invalid", "true");
    field(form).focus();
    say(sentence);
  }

  // By Enter or the first button: a number, or the other text that has been asked for.
  function accept(form) {
    const text = entered(form);
    if (isOther(form)) return !text || isNumber(text) ? refuse(form, root.dataset.sayOther) : answer(form, "other");
    if (!isNumber(text) && !(text === "" && "blank" in form.dataset)) return refuse(form, root.dataset.say);
    return answer(form);
  }

  function answer(form, verdict) {
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
    const form = event.target, verdict = event.submitter?.value, text = entered(form);
    if (verdict === "other" && (!text || isNumber(text))) return other(form, !isOther(form));
    return verdict ? answer(form, verdict) : accept(form);
  });
  undoButton.closest("form")?.addEventListener("submit", (event) => { if (done.length) { event.preventDefault(); undo(); } });
  if (undoButton.type === "button") undoButton.addEventListener("click", undo);
  window.addEventListener("beforeunload", (event) => { if (unsaved) event.preventDefault(); });

  document.addEventListener("keydown", (event) => {
    const form = shown();
    if (!form || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key.toLowerCase();
    const typing = isOther(form) && event.target === field(form);
    if (typing && key === "escape") return other(form, false);
    const act = !typing && {
      b: () => answer(form, "blank"), x: () => answer(form, "unreadable"), w: () => other(form), z: undo,
      "?": () => { keys.open = !keys.open; },
    }[key];
    if (act) { event.preventDefault(); return act(); }
    if (event.target.closest("button, a, summary")) return;
    if (key === "enter" && !(event.shiftKey && event.target.matches("textarea"))) {
      event.preventDefault();
      accept(form);
    } else if (key.trim() && isNumber(key) && event.target !== field(form) && !event.defaultPrevented) {
      field(form).focus();
      field(form).select();  // and the browser types it
    }
  });
  show(shown());
})();

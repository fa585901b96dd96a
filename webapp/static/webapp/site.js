// What every page shares: sending so that nothing entered is lost, a word when that takes a while, and a live part that
// does not pull an answer from under the pen.
"use strict";
const site = (() => {
  const LONGEST_PAUSE = 5000;
  const MOST_REFUSALS = 3;  // of one and the same with a fresh token: then it is not the token
  const { person, who } = document.documentElement.dataset;
  const trouble = document.getElementById("trouble");
  const [sentence, signIn] = trouble.children;
  let token = document.querySelector("[name=csrfmiddlewaretoken]")?.value;
  let settling = null;

  // Nothing said: all is well again.
  function tell(said, signedOut = false) {
    if (said) sentence.textContent = said;
    trouble.hidden = !said;
    signIn.hidden = !signedOut;
  }

  // Somebody who comes back to this tab, or whose network does, does not wait out a pause.
  function pause(attempt) {
    return new Promise((wake) => {
      const woken = new AbortController();
      const done = () => { clearTimeout(timer); woken.abort(); wake(); };
      const timer = setTimeout(done, Math.min(500 * 2 ** attempt, LONGEST_PAUSE));
      for (const kind of ["online", "focus", "visibilitychange"]) window.addEventListener(kind, done, { signal: woken.signal });
    });
  }

  // Every sign-in has a token of its own.
  function renew(fresh) {
    token = fresh;
    for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = fresh;
  }

  // Resolves once the site answers and whoever this page belongs to is signed in. Theirs is sent under no other name.
  function settled() {
    settling ??= settle().finally(() => { settling = null; });
    return settling;
  }

  async function settle() {
    for (let attempt = 0; ; attempt++) {
      const reply = await fetch(who, { cache: "no-store" }).catch(() => null);
      const now = reply?.ok ? await reply.json().catch(() => null) : null;
      if (now && now.person === person) { renew(now.token); return tell(""); }
      const words = trouble.dataset;
      if (!now) tell(words.away);
      else if (!now.person) tell(words.signedOut, true);
      else tell(words.other.replaceAll("{person}", person).replaceAll("{other}", now.person));
      await pause(attempt);
    }
  }

  const isAway = (status) => !status || status === 429 || status >= 500;

  // Whether what was answered with this may get through later; resolves when that is. `so` counts how it went so far.
  async function later(status, so) {
    const late = status === 401 || (status === 403 && ++so.refused <= MOST_REFUSALS);
    if (!late && !isAway(status)) return false;
    if (!late) await pause(so.away++);
    await settled();
    return true;
  }

  // Sends it until it arrives: again after a lost connection, and after signing in anew, in whatever tab. The answer is
  // one that waiting does not change; null where nothing came in `tries`. To send it twice must change nothing.
  async function post(url, body, { tries = Infinity, signal } = {}) {
    const so = { away: 0, refused: 0 };
    for (;;) {
      body.set("csrfmiddlewaretoken", token);
      const asked = { method: "POST", body, signal, headers: { "X-Requested-With": "fetch" } };
      const reply = await fetch(url, asked).catch(() => null);
      signal?.throwIfAborted();
      if (reply?.ok) { tell(""); return reply; }
      if (isAway(reply?.status)) tell(await reason(reply));
      if (so.away + 1 >= tries || !await later(reply?.status, so)) return reply;
    }
  }

  async function reason(reply) {
    const said = await reply?.clone().json().catch(() => null);
    return said?.error ? `${said.error} ${trouble.dataset.again}` : trouble.dataset.away;
  }

  // The same for what htmx sends: the form still holds it, and is sent as it stands then.
  const waiting = new Map();
  async function again({ detail: { elt, requestConfig: asked, xhr: { status } } }) {
    if (isAway(status)) tell(trouble.dataset.away);
    if (asked.verb === "get") return status === 401 && settled();
    const so = waiting.get(elt) ?? { away: 0, refused: 0 };
    if (so.busy) return;
    so.busy = true;
    waiting.set(elt, so);
    const may = await later(status, so);
    so.busy = false;
    if (may && elt.isConnected) return htmx.trigger(elt, asked.triggeringEvent?.type ?? "submit");
    waiting.delete(elt);
    if (!may) tell(trouble.dataset.refused);
  }
  document.addEventListener("htmx:responseError", again);
  document.addEventListener("htmx:sendError", again);
  document.addEventListener("htmx:beforeOnLoad", ({ detail: { elt, xhr } }) => {
    if (xhr.status >= 400) return;
    waiting.delete(elt);
    if (!settling && !waiting.size) tell("");
  });
  // Nothing that comes from the site may undo meanwhile what waits to be sent.
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.requestConfig.verb === "get" && (settling || waiting.size)) event.preventDefault();
  });

  // A form that comes too late says whose it was; its page (views/kept.py) sends it when they are there again.
  document.addEventListener("submit", ({ target }) => {
    if (target.method !== "post" || target.elements.person) return;
    target.append(Object.assign(document.createElement("input"), { type: "hidden", name: "person", value: person }));
  }, true);
  const kept = document.querySelector("form[data-kept]");
  if (kept) settled().then(() => kept.submit());

  return { post };
})();

// A correction that is being typed or was refused stays as it is, whatever has become of its picture, and so does what its
// card tells.
const isOpen = (field) => field.value !== field.defaultValue || field.hasAttribute("aria-invalid");
const isTyped = (node) => [...node.querySelectorAll?.("[name=text]") ?? []].some(isOpen);
const tells = (node) => Boolean(node.querySelector?.(".told"));
Object.assign(Idiomorph.defaults.callbacks, {
  beforeNodeMorphed: (node) => !(node.nodeName === "FORM" && (isTyped(node) || tells(node))),
  beforeNodeRemoved: (node) => !isTyped(node) && !tells(node),
});

// Enter sends a correction of several lines, too, as it does in review; with Shift it begins a new one.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || !event.target.matches("form.correct textarea")) return;
  event.preventDefault();
  event.target.form.requestSubmit();
});

// After a correction the next card's answer is at hand.
document.addEventListener("htmx:afterSwap", (event) => {
  if (!event.detail.requestConfig?.path.endsWith("/correct/")) return;
  const card = document.getElementById(event.detail.target.id);
  const ok = card && !card.querySelector("[aria-invalid], .told");
  (ok ? card.nextElementSibling ?? card : card)?.querySelector("[name=text]")?.focus();
});

// Hands in many files in requests of about fifty, with progress. Without this script the form sends all of them at once.
// The same on the first page and on a batch's own, where it adds to that.
"use strict";

(() => {
  const FILES_A_REQUEST = 50;
  const BYTES_A_REQUEST = 20 * 1024 * 1024;
  const TRIES = 240;  // with the pauses between them, some twenty minutes
  const LONGEST_NAME = 200;
  const HOLDS_SEVERAL = /\.(zip|pdf|tiff?)$/i;
  const JUNK = /^(\.|thumbs\.db$|desktop\.ini$)/i;

  const form = document.getElementById("hand-in");
  const choosing = form.querySelector("[data-choosing]");
  const zone = form.querySelector(".dropzone");
  const input = form.querySelector("#pictures");
  const folder = form.querySelector("#folder");
  const progress = document.getElementById("upload-progress");
  const bar = progress.querySelector("progress");
  const line = progress.querySelector("p");
  const before = document.getElementById("handed-in");
  const failure = document.getElementById("upload-error");
  const words = form.dataset;
  const language = document.documentElement.lang;
  const inOrder = new Intl.Collator(language, { numeric: true });
  const paths = new WeakMap();  // of files out of dropped folders

  form.querySelector(".with-script").hidden = false;
  form.querySelector("[data-choose-folder]").addEventListener("click", () => folder.click());
  folder.addEventListener("change", () => handIn([...folder.files]));
  input.addEventListener("change", quiet);
  document.addEventListener("paste", (event) => {
    const pasted = [...event.clipboardData.files];
    if (!pasted.length || isClosed()) return;
    event.preventDefault();
    handIn(pasted);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const again = event.submitter?.name === "again";
    handIn(again && offered.length ? offered : [...input.files], again);
  });
  for (const kind of ["dragenter", "dragover"]) {
    document.addEventListener(kind, (event) => {
      event.preventDefault();
      const fold = form.closest("details");
      if (fold && event.dataTransfer.types.includes("Files")) fold.open = true;
      zone.classList.add("over");
    });
  }
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) zone.classList.remove("over"); });
  document.addEventListener("drop", async (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    if (isClosed()) return;
    try {
      handIn(await dropped(event.dataTransfer));
    } catch {
      refuse(words.unreachable);
    }
  });
  window.addEventListener("pageshow", () => busy(false));

  let sending = false;
  let current = null;  // the key of what is being sent
  let offered = [];  // what was handed in before, to hand it in again all the same

  async function handIn(chosen, again = false) {
    if (sending) return;
    quiet();
    const usable = chosen.filter((file) => !JUNK.test(file.name));
    if (!usable.length) return refuse(words.none);
    if (usable.length > Number(words.mostFiles)) {
      return refuse(say(words.tooMany, { count: usable.length, most: Number(words.mostFiles) }));
    }
    usable.sort((one, other) => inOrder.compare(pathOf(one), pathOf(other)));
    busy(true);
    try {
      const files = worthSending(await looked(usable));
      const batch = await announced(files, again);
      if (batch.since && batch.sealed) offer(batch, chosen);
      else await send(files, batch);
    } catch (error) {
      busy(false);
      refuse(error.message);
    }
  }

  function worthSending(files) {
    const most = ({ file }) => Number(HOLDS_SEVERAL.test(file.name) ? words.mostArchive : words.mostBytes);
    const tooBig = files.filter((one) => one.size > most(one)), others = files.filter((one) => one.size <= most(one));
    if (!tooBig.length) return files;
    const facts = { name: tooBig[0].file.name, count: tooBig.length, most: Math.round(most(tooBig[0]) / 2 ** 20) };
    const said = say(tooBig.length > 1 ? words.tooBigSeveral : words.tooBig, facts);
    const ask = say(others.length > 1 ? words.others : words.other, { count: others.length });
    if (!others.length || !window.confirm(`${said} ${ask}`)) throw new Error(said);
    return others;
  }

  // The batch that these go into; `since` when, where it was asked for before.
  async function announced(files, again) {
    const name = form.elements.name?.value || nameOf(files).slice(0, LONGEST_NAME);
    const open = (anew) => {
      current = keyOf(files, anew);
      return post(words.openUrl, { name, expected: files.length, key: current, ...known() });
    };
    const batch = await open(again);
    const isOver = batch.sealed && (batch.cancelled || batch.come.length < files.length);  // closed since, half sent
    return isOver ? open(true) : batch;
  }

  // What is said of the numbers, as the form's own fields have it.
  function known() {
    const said = new FormData(form), names = [...said.keys()].filter((name) => name.startsWith("hints-"));
    return Object.fromEntries(names.map((name) => [name, said.getAll(name)]));
  }

  async function send(files, batch) {
    const come = new Set(batch.come);
    const total = files.reduce((sum, { size }) => sum + size, 0);
    const began = performance.now();
    let sent = 0, bytes = 0, skipped = 0;
    for (const group of groups(files)) {
      const missing = group.map(([place, one]) => [batch.start + place, one]).filter(([index]) => !come.has(index));
      if (missing.length) {
        await post(`${batch.page}images/`, Object.fromEntries(missing.map(([index, { file }]) => [`file-${index}`, file])));
      }
      sent += group.length;
      for (const [, { size }] of group) bytes += size;
      if (!missing.length) skipped = bytes;
      bar.value = total ? bytes / total : sent / files.length;
      const said = files.length > 1 ? say(words.sent, { sent, count: files.length }) : words.sentAlone;
      line.textContent = `${said}${pace(bytes - skipped, total - bytes, performance.now() - began)}`;
    }
    forget(current);
    busy(false);
    window.location = batch.page;
  }

  function offer(batch, chosen) {
    busy(false);
    offered = chosen;
    const facts = { when: batch.since, name: batch.name };
    before.querySelector("p").textContent = say(batch.page === words.page ? words.addedBefore : words.before, facts);
    before.querySelector("a").href = batch.page;
    before.hidden = false;
  }

  // Each question to a file goes to the disk: asked of thousands at once they would hold the page.
  async function looked(files) {
    const found = [];
    for (const file of files) {
      found.push({ file, size: file.size, modified: file.lastModified });
      if (found.length % FILES_A_REQUEST === 0) await new Promise((go) => setTimeout(go));
    }
    return found;
  }

  function pace(sent, left, milliseconds) {
    if (milliseconds < 1500 || !sent) return "";
    const speed = sent / milliseconds * 1000, seconds = Math.max(left / speed, 2);
    const wait = seconds < 90 ? say(words.seconds, { n: Math.ceil(seconds) }) : say(words.minutes, { n: Math.round(seconds / 60) });
    return [", ", say(words.speed, { speed: speed / 2 ** 20 }), left ? `, ${wait}` : ""].join("");
  }

  // The page's words come from the site, in its visitor's language, with names in braces.
  function say(sentence, values) {
    const shown = (value) => typeof value === "number" ? value.toLocaleString(language, { maximumFractionDigits: 1 }) : value;
    return sentence.replace(/\{(\w+)\}/g, (_, name) => shown(values[name]));
  }

  function pathOf(file) {
    return paths.get(file) || file.webkitRelativePath || file.name;
  }

  // Where nobody gives a name: the folder's that all of them lie in, or a single archive's.
  function nameOf(files) {
    const folders = new Set(files.map(({ file }) => pathOf(file).split("/").slice(0, -1)[0] ?? ""));
    if (folders.size === 1 && !folders.has("")) return [...folders][0];
    const alone = files.length === 1 ? files[0].file.name : "";
    return HOLDS_SEVERAL.test(alone) ? alone.replace(/\.\w+$/, "") : "";
  }

  // The same files have the same key: chosen again they go on in the batch that a lost connection left half sent, and
  // those that are all there already are not sent twice unasked. One `anew` is remembered until it has all arrived.
  function keyOf(files, anew) {
    const facts = files.map(({ file, size, modified }) => `${pathOf(file)} ${size} ${modified}`).join("\n");
    const sum = checksum(facts), name = `hand-in ${words.page ?? ""} ${sum}`;
    if (anew) localStorage.setItem(name, `${sum}-${freshKey()}`);
    return localStorage.getItem(name) ?? sum;
  }

  function freshKey() {
    const random = [...crypto.getRandomValues(new Uint32Array(3))].map((n) => n.toString(36)).join("");
    return `${Date.now().toString(36)}-${random}`;
  }

  // 128 bits: no two hand-ins of one person are taken for the same.
  function checksum(text) {
    const sums = [5381, 52711, 648391, 8675309];
    for (let i = 0; i < text.length; i++) {
      const letter = text.charCodeAt(i);
      for (let j = 0; j < 4; j++) sums[j] = Math.imul(sums[j] ^ letter, 16777619 + 4 * j) >>> 0;
    }
    return `${text.length.toString(36)}-${sums.map((sum) => sum.toString(36)).join("-")}`;
  }

  function forget(key) {
    for (const name of Object.keys(localStorage)) {
      if (name.startsWith("hand-in ") && localStorage.getItem(name) === key) localStorage.removeItem(name);
    }
  }

  function* groups(files) {
    let group = [], bytes = 0;
    for (const [index, one] of files.entries()) {
      if (group.length && (group.length >= FILES_A_REQUEST || bytes + one.size > BYTES_A_REQUEST)) {
        yield group;
        group = []; bytes = 0;
      }
      group.push([index, one]);
      bytes += one.size;
    }
    if (group.length) yield group;
  }

  // Sending an index again changes nothing, so a request whose answer was lost is simply sent again.
  async function post(url, fields) {
    const body = new FormData();
    for (const [name, values] of Object.entries(fields)) for (const value of [values].flat()) body.append(name, value);
    const answer = await site.post(url, body, { tries: TRIES });
    if (answer?.ok) return answer.json();
    const { error } = await answer?.json().catch(() => null) ?? {};
    if (!answer || answer.status >= 500) throw new Error(error || words.lost);
    forget(current);  // refused for good: the next press starts a batch of its own
    throw new Error(error || words.refused);
  }

  // A dropped folder arrives as a tree of entries, each level in pieces.
  async function dropped(transfer) {
    const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    return entries.length ? (await Promise.all(entries.map(walk))).flat() : [...transfer.files];
  }

  async function walk(entry) {
    if (entry.isFile) {
      const file = await new Promise((done, fail) => entry.file(done, fail));
      paths.set(file, entry.fullPath.slice(1));
      return [file];
    }
    const reader = entry.createReader(), files = [];
    for (;;) {
      const some = await new Promise((done, fail) => reader.readEntries(done, fail));
      if (!some.length) return files;
      for (const child of some) files.push(...await walk(child));
    }
  }

  const ask = (event) => event.preventDefault();  // "Leave this page?"

  function asks(on) {
    window[on ? "addEventListener" : "removeEventListener"]("beforeunload", ask);
  }

  function busy(on) {
    asks(on);
    sending = on;
    progress.hidden = !on;
    bar.value = 0;
    line.textContent = on ? words.sending : "";
    for (const button of form.querySelectorAll("[data-choosing] button, #handed-in button")) button.disabled = on;
  }

  function isClosed() {
    return !choosing.offsetParent;
  }

  function quiet() {
    failure.hidden = before.hidden = true;
    document.getElementById("hand-in-errors").replaceChildren();
  }

  function refuse(message) {
    failure.textContent = message;
    failure.hidden = false;
  }

  window.handIn = { form, words, known, post, say, freshKey, asks, quiet, refuse };  // for photos.js
})();

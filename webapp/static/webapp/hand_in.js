// Hands in many files in requests of about fifty, with progress. Without this script the form sends all of them at once.
"use strict";

(() => {
  const FILES_A_REQUEST = 50;
  const BYTES_A_REQUEST = 20 * 1024 * 1024;
  const TRIES = 240;  // with the pauses between them, some twenty minutes
  const HOLDS_SEVERAL = /\.(zip|pdf|tiff?)$/i;
  const JUNK = /^(\.|thumbs\.db$|desktop\.ini$)/i;

  const form = document.getElementById("hand-in");
  const zone = form.querySelector(".dropzone");
  const input = form.querySelector("#pictures");
  const folder = form.querySelector("#folder");
  const progress = document.getElementById("upload-progress");
  const bar = progress.querySelector("progress");
  const line = progress.querySelector("p");
  const failure = document.getElementById("upload-error");
  const words = form.dataset;
  const language = document.documentElement.lang;

  form.querySelector(".with-script").hidden = false;
  form.querySelector("[data-choose-folder]").addEventListener("click", () => folder.click());
  folder.addEventListener("change", () => handIn([...folder.files]));
  const camera = form.querySelector("#camera");
  form.querySelector("[data-camera]").addEventListener("click", () => camera.click());
  camera.addEventListener("change", () => handIn([...camera.files]));
  document.addEventListener("paste", (event) => {
    const pasted = [...event.clipboardData.files];
    if (!pasted.length) return;
    event.preventDefault();
    handIn(pasted);
  });
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
      refuse(words.unreachable);
    }
  });
  window.addEventListener("pageshow", () => busy(false));

  let sending = false;
  let current = null;  // the key of what is being sent

  async function handIn(chosen) {
    if (sending) return;
    const usable = chosen.filter((file) => !JUNK.test(file.name));
    failure.hidden = true;
    if (!usable.length) return refuse(words.none);
    if (usable.length > Number(form.dataset.mostFiles)) {
      return refuse(say(words.tooMany, { count: usable.length, most: Number(words.mostFiles) }));
    }
    busy(true);
    try {
      let files = await looked(usable);
      const most = ({ file }) => Number(HOLDS_SEVERAL.test(file.name) ? form.dataset.mostArchive : form.dataset.mostBytes);
      const tooBig = files.filter((one) => one.size > most(one));
      if (tooBig.length) {
        const facts = { name: tooBig[0].file.name, count: tooBig.length, most: Math.round(most(tooBig[0]) / 2 ** 20) };
        const said = say(tooBig.length > 1 ? words.tooBigSeveral : words.tooBig, facts);
        files = files.filter((one) => one.size <= most(one));
        if (!files.length || !window.confirm(`${said} ${say(words.others, { count: files.length })}`)) throw new Error(said);
      }
      const open = () => {
        current = keyOf(files);
        return post(form.dataset.openUrl, { name: form.elements.name.value, expected: files.length, key: current });
      };
      let batch = await open();
      if (batch.sealed && batch.come.length < files.length) {  // closed since then, half sent
        forget(current);
        batch = await open();
      }
      const come = new Set(batch.come);
      const total = files.reduce((sum, { size }) => sum + size, 0);
      const began = performance.now();
      let sent = 0, bytes = 0, skipped = 0;
      for (const group of groups(files)) {
        const missing = batch.sealed ? [] : group.filter(([index]) => !come.has(index));
        if (missing.length) {
          await post(`${batch.page}images/`, Object.fromEntries(missing.map(([index, { file }]) => [`file-${index}`, file])));
        }
        sent += group.length;
        for (const [, { size }] of group) bytes += size;
        if (!missing.length) skipped = bytes;
        bar.value = total ? bytes / total : sent / files.length;
        line.textContent = `${say(words.sent, { sent, count: files.length })}${pace(bytes - skipped, total - bytes, performance.now() - began)}`;
      }
      forget(current);
      busy(false);
      window.location = batch.page;
    } catch (error) {
      busy(false);
      refuse(error.message);
    }
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
    const speed = sent / milliseconds * 1000, seconds = left / speed;
    const wait = seconds < 90 ? say(words.seconds, { n: Math.ceil(seconds) }) : say(words.minutes, { n: Math.round(seconds / 60) });
    return [", ", say(words.speed, { speed: speed / 2 ** 20 }), left ? `, ${wait}` : ""].join("");
  }

  // The page's words come from the site, in its visitor's language, with names in braces.
  function say(sentence, values) {
    const shown = (value) => typeof value === "number" ? value.toLocaleString(language, { maximumFractionDigits: 1 }) : value;
    return sentence.replace(/\{(\w+)\}/g, (_, name) => shown(values[name]));
  }

  // The same files chosen again, also after a reload, go on in the batch that a lost connection left half sent.
  function keyOf(files) {
    const facts = files.map(({ file, size, modified }) => `${file.webkitRelativePath || file.name} ${size} ${modified}`).join("\n");
    const name = `hand-in ${facts.length} ${checksum(facts)}`;
    let key = localStorage.getItem(name);
    if (!key) {
      key = `${Date.now().toString(36)}-${[...crypto.getRandomValues(new Uint32Array(3))].map((n) => n.toString(36)).join("")}`;
      localStorage.setItem(name, key);
    }
    return key;
  }

  function checksum(text) {
    let sum = 5381;
    for (let i = 0; i < text.length; i++) sum = (Math.imul(sum, 33) ^ text.charCodeAt(i)) >>> 0;
    return sum;
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
    for (const [name, value] of Object.entries(fields)) body.append(name, value);
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
    line.textContent = on ? words.sending : "";
    for (const button of form.querySelectorAll("button")) button.disabled = on;
  }

  function refuse(message) {
    failure.textContent = message;
    failure.hidden = false;
  }
})();

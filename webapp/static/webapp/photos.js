// Photo after photo goes into one batch: each is sent while the next is taken, and the last can be taken out again. A
// file field that opens the camera does, so that it works on any phone and without https.
"use strict";

(() => {
  const { form, words, known, post, say, freshKey, asks, quiet, refuse } = window.handIn;
  const choosing = form.querySelector("[data-choosing]");
  const camera = form.querySelector("#camera");
  const photos = document.getElementById("photos");
  const progress = document.getElementById("upload-progress");
  const bar = progress.querySelector("progress");
  const line = progress.querySelector("p");
  const picture = photos.querySelector("img");

  let page = words.page;  // of the batch that they go into, once there is one
  let count = Number(words.count ?? 0);
  let working = 0;
  let turn = Promise.resolve();
  const taken = words.last ? [{ index: words.last }] : [];
  const unsent = [];
  let shown = null;  // the file whose picture stands there

  for (const button of form.querySelectorAll("[data-camera]")) button.addEventListener("click", () => camera.click());
  camera.addEventListener("change", () => {
    for (const file of camera.files) take({ file });
    camera.value = "";  // the next photo may have the same name
  });
  picture.addEventListener("error", () => { picture.hidden = true; });
  photos.querySelector("[data-remove]").addEventListener("click", () => remove(taken.pop()));
  photos.querySelector("[data-done]").addEventListener("click", () => inTurn(async () => {
    await sendAll();
    if (page) window.location = page;
  }));

  function take(photo) {
    taken.push(photo);
    unsent.push(photo);
    inTurn(sendAll);
  }

  // One that could not be sent is tried again with the next, or when all are done.
  async function sendAll() {
    while (unsent.length) {
      if (!unsent[0].isGone) await sendPhoto(unsent[0]);
      unsent.shift();
      showPhotos();
    }
  }

  async function sendPhoto(photo) {
    const facts = { name: form.elements.name?.value ?? "", expected: 1, key: freshKey() };
    const batch = page ? await post(`${page}announce/`, facts) : await post(words.openUrl, { ...facts, ...known() });
    if (!page) {
      page = batch.page;
      history.replaceState(null, "", `${page}?photos=1`);  // phones drop pages while the camera is open
    }
    count = (await post(`${page}images/`, { [`file-${batch.start}`]: photo.file })).arrived;
    photo.index = batch.start;
  }

  function remove(photo) {
    photo.isGone = true;
    inTurn(async () => {
      if (photo.index !== undefined) count = (await post(`${page}images/${photo.index}/remove/`, {})).arrived;
    });
  }

  function inTurn(work) {
    quiet();
    working++;
    turn = turn.then(work).catch((error) => refuse(error.message)).then(() => {
      working--;
      showPhotos();
      document.body.dispatchEvent(new Event("corrected"));  // so that the answers below follow
    });
    showPhotos();
  }

  function showPhotos() {
    const left = unsent.filter((photo) => !photo.isGone).length;
    choosing.hidden = true;
    photos.hidden = false;
    progress.hidden = !working;
    asks(left);
    bar.removeAttribute("value");
    line.textContent = working ? words.sending : "";
    const said = [words.takenNone, words.takenAlone][count] ?? say(words.taken, { count });
    photos.querySelector("p").textContent = left ? `${said}, ${say(words.onItsWay, { count: left })}` : said;
    photos.querySelector("[data-remove]").disabled = !taken.length;
    photos.querySelector("[data-done]").disabled = !page && !left;
    showLast(taken.at(-1)?.file);
  }

  function showLast(file) {
    if (shown === file) return;
    URL.revokeObjectURL(picture.src);
    shown = file;
    picture.hidden = !file;
    if (file) picture.src = URL.createObjectURL(file);
  }

  if (!photos.hidden) showPhotos();
})();

// Looking closely at a picture: by wheel, fingers, double press, buttons and keys. Zoomed in, its large copy takes the
// place of the small one as soon as there is one. Without this script a link leads to the large copy.
"use strict";

(() => {
  const MOST = 16, STEP = 1.5, PUSH = 0.15, ASK_AGAIN = 700, ASKS = 40;
  const views = new WeakMap();  // of each frame: how many times as large, and where its left upper corner is
  const frameOf = (node) => node.closest?.("[data-closely]");
  const viewOf = (frame) => views.get(frame) ?? views.set(frame, { k: 1, x: 0, y: 0, fingers: new Map(), mark: -1 }).get(frame);
  const within = (least, value, most) => Math.min(Math.max(value, least), most);

  function show(frame, k, x, y) {
    const view = viewOf(frame), { width, height } = frame.getBoundingClientRect();
    view.k = within(1, k, MOST);
    view.x = within(width * (1 - view.k), x, 0);
    view.y = within(height * (1 - view.k), y, 0);
    const { style } = frame.querySelector(".moved");
    style.transform = view.k > 1 ? `translate(${view.x}px, ${view.y}px) scale(${view.k})` : "";
    style.setProperty("--near", view.k);
    frame.classList.toggle("near", view.k > 1);
    if (view.k > 1) sharpen(frame);
  }

  // The point under the pointer, or in the middle, stays where it is.
  function zoom(frame, factor, at) {
    const view = viewOf(frame), { left, top, width, height } = frame.getBoundingClientRect();
    const x = at ? at.clientX - left : width / 2, y = at ? at.clientY - top : height / 2;
    const k = within(1, view.k * factor, MOST);
    show(frame, k, x - (x - view.x) * k / view.k, y - (y - view.y) * k / view.k);
  }

  function move(frame, dx, dy) {
    const view = viewOf(frame);
    show(frame, view.k, view.x + dx, view.y + dy);
  }

  // Its next doubtful mark, in the middle and a quarter of the frame high; after the last one all of it.
  function next(frame) {
    const view = viewOf(frame), marks = [...frame.querySelectorAll("rect.doubtful")];
    marks[view.mark]?.classList.remove("now");
    view.mark++;
    const mark = marks[view.mark];
    if (!mark) return all(frame);
    mark.classList.add("now");
    const seen = frame.getBoundingClientRect(), box = mark.getBoundingClientRect();
    const x = (box.x + box.width / 2 - seen.x - view.x) / view.k, y = (box.y + box.height / 2 - seen.y - view.y) / view.k;
    const k = within(STEP, Math.min(seen.width, seen.height) / 4 / (Math.max(box.width, box.height) / view.k), MOST);
    show(frame, k, seen.width / 2 - x * k, seen.height / 2 - y * k);
  }

  function all(frame) {
    const view = viewOf(frame);
    for (const mark of frame.querySelectorAll("rect.now")) mark.classList.remove("now");
    view.mark = -1;
    show(frame, 1, 0, 0);
  }

  // A worker makes it when it is asked for; the next time it is there at once.
  async function sharpen(frame) {
    const { large } = frame.dataset;
    delete frame.dataset.large;
    for (let ask = 0; large && ask < ASKS && frame.isConnected; ask++) {
      const reply = await fetch(large, { headers: { "X-Requested-With": "fetch" } }).catch(() => null);
      if (reply?.status === 200) { frame.querySelector("img").src = large; return; }
      if (reply && reply.status !== 202) break;
      await new Promise((wake) => setTimeout(wake, ASK_AGAIN));
    }
    if (large) frame.dataset.large = large;
  }

  document.addEventListener("wheel", (event) => {
    const frame = frameOf(event.target);
    if (!frame || (event.deltaY > 0 && viewOf(frame).k === 1)) return;  // all of it is seen: the page scrolls
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 30 : 1;
    zoom(frame, Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.002)), event);  // with Ctrl: two fingers on a pad
  }, { passive: false });

  document.addEventListener("dblclick", (event) => {
    const frame = frameOf(event.target);
    if (frame) viewOf(frame).k > 1 ? all(frame) : zoom(frame, 3, event);
  });

  document.addEventListener("pointerdown", (event) => {
    const frame = frameOf(event.target);
    if (!frame || event.button) return;
    const { fingers, k } = viewOf(frame);
    fingers.set(event.pointerId, event);
    if (k > 1 || fingers.size > 1) for (const id of fingers.keys()) frame.setPointerCapture(id);
  });

  document.addEventListener("pointermove", (event) => {
    const frame = frameOf(event.target), view = frame && views.get(frame);
    const before = view?.fingers.get(event.pointerId);
    if (!before) return;
    const [other] = [...view.fingers.values()].filter((finger) => finger.pointerId !== event.pointerId);
    view.fingers.set(event.pointerId, event);
    const dx = event.clientX - before.clientX, dy = event.clientY - before.clientY;
    if (!other) return view.k > 1 && move(frame, dx, dy);
    const apart = (finger) => Math.hypot(finger.clientX - other.clientX, finger.clientY - other.clientY);
    const middle = { clientX: (event.clientX + other.clientX) / 2, clientY: (event.clientY + other.clientY) / 2 };
    move(frame, dx / 2, dy / 2);
    zoom(frame, apart(event) / Math.max(apart(before), 1), middle);
  });

  for (const kind of ["pointerup", "pointercancel"]) {
    document.addEventListener(kind, (event) => {
      const frame = frameOf(event.target);
      if (frame) viewOf(frame).fingers.delete(event.pointerId);
    });
  }

  // Two fingers on it are ours, wherever the browser would scroll with them.
  document.addEventListener("touchmove", (event) => {
    if (event.touches.length > 1 && frameOf(event.target)) event.preventDefault();
  }, { passive: false });

  const ACTS = {
    in: (frame) => zoom(frame, STEP), out: (frame) => zoom(frame, 1 / STEP), all, next,
    left: (frame) => move(frame, PUSH * frame.clientWidth, 0), right: (frame) => move(frame, -PUSH * frame.clientWidth, 0),
    up: (frame) => move(frame, 0, PUSH * frame.clientHeight), down: (frame) => move(frame, 0, -PUSH * frame.clientHeight),
  };
  const LETTERS = { i: "in", o: "out", f: "all", d: "next" };
  const KEYS = { ...LETTERS, "+": "in", "=": "in", "-": "out", arrowleft: "left", arrowright: "right", arrowup: "up", arrowdown: "down" };

  document.addEventListener("click", (event) => {
    const act = ACTS[event.target.dataset?.zoom];
    if (act) act(event.target.closest(".looked-at").querySelector("[data-closely]"));
  });

  // The picture that has the focus; letters also act where a number is being typed, beside its picture.
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { target } = event, key = event.key.toLowerCase();
    const typing = target.matches("input, textarea, select");
    if (typing && !target.closest("form.review:not(.other)")) return;
    const act = ACTS[(typing ? LETTERS : KEYS)[key]];
    const frame = frameOf(target) ?? (key in LETTERS ? document.querySelector("form.review:not([hidden]) [data-closely], .detail [data-closely]") : null);
    if (!act || !frame) return;
    event.preventDefault();
    act(frame);
  });
})();

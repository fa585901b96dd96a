// The dial: moving it shows at once what each precision would mean; letting go sets it. Without this script a plain
// selection does the same.
"use strict";

(() => {
  // It is being moved; a place of it is on the way to the site; it has moved on since.
  let turning = false, asked = false, again = false;

  const dialOf = (target) => target.matches(".dial [type=range]") && target.form;

  document.addEventListener("input", (event) => {
    const form = dialOf(event.target);
    if (!form) return;
    turning = true;
    const select = form.elements.precision;
    select.selectedIndex = Number(event.target.value);
    const { dataset } = select.options[select.selectedIndex];
    for (const part of form.querySelectorAll("[data-part]")) part.textContent = dataset[part.dataset.part];
    event.target.setAttribute("aria-valuetext", dataset.percent);
  });

  document.addEventListener("change", (event) => {
    const form = dialOf(event.target);
    if (!form) return;
    turning = false;
    again = asked;  // one question at a time: the next one is asked when this one is answered
    asked = true;
    if (!again) htmx.trigger(form, "turned");
  });

  // Nothing that comes from the site may turn it back meanwhile.
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target.id === "live" && (turning || asked)) event.preventDefault();
    if (event.target.id === "dial") asked = true;  // also where it is asked once more, after a sign-in
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.target.id === "live" && (turning || again)) event.detail.shouldSwap = false;
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.elt.id !== "dial") return;
    asked = again;
    again = false;
    if (asked) htmx.trigger(document.getElementById("dial"), "turned");
  });
})();

// The dial: moving it shows at once what each precision would mean; letting go sets it. Without this script a plain
// selection does the same.
"use strict";

(() => {
  let turning = false, asked = false;  // it is being moved; its new place is on the way to the site

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
    asked = true;
    htmx.trigger(form, "turned");
  });

  // Nothing that comes from the site may turn it back meanwhile.
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target.id === "live" && (turning || asked)) event.preventDefault();
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.target.id === "live" && turning) event.detail.shouldSwap = false;
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.elt.id === "dial") asked = false;
  });
})();

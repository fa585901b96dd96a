// What this page holds stays its own over a reload, and is free for others as soon as the page is left. Without this script
// it is free after a while.
"use strict";

(() => {
  const page = document.querySelector("[data-hand]");
  if (!page) return;
  const { hand, letGo } = page.dataset;
  const address = new URL(window.location);
  address.searchParams.set("hand", hand);
  history.replaceState(history.state, "", address);
  window.addEventListener("pagehide", () => {
    const body = new FormData();
    body.set("csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]").value);
    body.set("hand", hand);
    body.set("held", [...document.querySelectorAll("[data-pk]")].map((one) => one.dataset.pk).join(","));
    navigator.sendBeacon(letGo, body);
  });
})();

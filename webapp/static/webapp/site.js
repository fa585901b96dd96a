// What every page shares: a live part that does not pull an answer from under the pen, and a word when the site is away.
"use strict";

document.addEventListener("htmx:beforeRequest", (event) => {
  const field = document.activeElement;
  const typing = field?.matches("[name=text]") && field.value !== field.defaultValue && event.target.contains(field);
  if (event.target.id === "live" && typing) event.preventDefault();
});

for (const [kind, away] of [["htmx:sendError", true], ["htmx:afterOnLoad", false]]) {
  document.addEventListener(kind, () => { document.getElementById("offline").hidden = !away; });
}

// After a correction the next card's answer is at hand.
document.addEventListener("htmx:afterSwap", (event) => {
  if (!event.detail.requestConfig?.path.endsWith("/correct/")) return;
  const card = document.getElementById(event.detail.target.id);
  const ok = card && !card.querySelector("[aria-invalid]");
  (ok ? card.nextElementSibling ?? card : card)?.querySelector("[name=text]")?.focus();
});

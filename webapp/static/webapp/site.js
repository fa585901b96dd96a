// What every page shares: questions before deleting, and a live part that does not pull an answer from under the pen.
"use strict";

document.addEventListener("submit", (event) => {
  const question = event.target.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
});

document.addEventListener("htmx:beforeRequest", (event) => {
  const typing = document.activeElement?.matches("input[name=text]") && event.target.contains(document.activeElement);
  if (event.target.id === "live" && typing) event.preventDefault();
});

// The strip above both sides: one step at a time, with Next and Back; and the credential, to be copied.
"use strict";

const steps = [...document.querySelectorAll(".strip li")];
let at = 0;

function show(step) {
  at = Math.max(0, Math.min(steps.length - 1, step));
  steps.forEach((one, number) => (number === at ? one.setAttribute("aria-current", "step") : one.removeAttribute("aria-current")));
}

document.getElementById("next").addEventListener("click", () => show(at + 1));
document.getElementById("back").addEventListener("click", () => show(at - 1));
document.getElementById("copy").addEventListener("click", async () => {
  await navigator.clipboard.writeText(document.getElementById("credential").textContent);
  document.getElementById("copied").textContent = "Copied.";
});
show(0);

// What moves on the bank's pages.  It knows nothing of co-browsing; each part looks whether its page is open.
"use strict";

const $ = (id) => document.getElementById(id);

function loan(amount, months) {
  const rate = 0.039 / 12;
  return (amount * rate) / (1 - (1 + rate) ** -months);
}

function calculator() {
  if (!$("calculator")) return;
  const show = () => {
    const amount = Number($("amount").value);
    const months = Number($("months").value);
    $("amount-shown").value = amount.toLocaleString("en");
    $("months-shown").value = months;
    $("rate").textContent = loan(amount, months).toFixed(2);
    $("share").value = months;
  };
  $("calculator").addEventListener("input", show);
  show();
}

function application() {
  if (!$("application")) return;
  $("months").addEventListener("input", () => ($("months-shown").value = $("months").value));
  $("terms-open").addEventListener("click", () => $("terms").showModal());
}

function profile() {
  $("reveal")?.addEventListener("click", () => {
    const shown = $("password").type === "text";
    $("password").type = shown ? "password" : "text";
    $("reveal").textContent = shown ? "Show" : "Hide";
    $("reveal").setAttribute("aria-pressed", String(!shown));
  });
}

// Ways of submitting that are no submit button: all of them are real sites' habits.
function services() {
  $("currency")?.addEventListener("change", () => $("currency").value && $("currency-form").submit());
  $("gift-go")?.addEventListener("click", () => $("gift").requestSubmit());
  $("gift-go")?.addEventListener("keydown", (event) => event.key === "Enter" && $("gift").requestSubmit());
  $("safe-go")?.addEventListener("click", () => $("safe").requestSubmit());
  $("instant-go")?.addEventListener("click", async () => {
    await fetch("/submit/instant", { method: "POST", body: new URLSearchParams({ amount: "500" }) });
    $("instant-said").textContent = "Asked for.";
  });
}

const STEPS = {
  goal: ["What for?", "A boat, small and old."],
  budget: ["How much a month?", "As much as is left."],
  plan: ["Your plan", "Forty months, and then the sea."],
};

function planner() {
  const section = $("planner");
  if (!section) return;
  const show = () => {
    const step = STEPS[location.pathname.split("/")[2]] ? location.pathname.split("/")[2] : "goal";
    const heading = document.createElement("h2");
    heading.id = `step-${step}`;
    heading.textContent = STEPS[step][0];
    const field = document.createElement("input");
    field.id = `answer-${step}`;
    field.placeholder = STEPS[step][1];
    section.replaceChildren(heading, field);
    document.title = `${STEPS[step][0]} · Northwind Bank`;
    for (const name of Object.keys(STEPS)) $(`tab-${name}`).setAttribute("aria-selected", String(name === step));
  };
  document.querySelector(".tabs").addEventListener("click", (event) => {
    const tab = event.target.closest("a");
    if (!tab) return;
    event.preventDefault();
    history.pushState(null, "", tab.href);
    show();
  });
  addEventListener("popstate", show);
  show();
}

function chart() {
  const pen = $("chart")?.getContext("2d");
  if (!pen) return;
  [60, 90, 40, 120, 75, 140].forEach((height, month) => {
    pen.fillStyle = month % 2 ? "#e0a526" : "#0b5fa5";
    pen.fillRect(16 + month * 50, 170 - height, 34, height);
  });
}

// A widget in a shadow root: rows of a table made by script, with a field in it.
class Rates extends HTMLElement {
  connectedCallback() {
    const root = this.attachShadow({ mode: this.constructor.mode });
    const field = document.createElement("input");
    field.className = "amount";
    field.setAttribute("aria-label", "Amount");
    field.value = "100";
    const said = document.createElement("p");
    const show = () => (said.textContent = `${field.value} are ${(Number(field.value) * 0.93).toFixed(2)} francs`);
    field.addEventListener("input", show);
    root.append(field, said);
    show();
  }
}
Rates.mode = "open";

class Seal extends Rates {}
Seal.mode = "closed";

function statement() {
  $("check")?.addEventListener("click", () => ($("checked").textContent = "Looked through."));
}

customElements.define("bank-rates", Rates);
customElements.define("bank-seal", Seal);
for (const part of [calculator, application, profile, services, planner, chart, statement]) part();

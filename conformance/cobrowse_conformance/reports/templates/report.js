// Folding and filtering.  Without this script every rule and story is open and nothing is hidden.
"use strict";
(() => {
  const form = document.querySelector(".filter");
  const rules = [...document.querySelectorAll(".rule")];
  const stories = [...document.querySelectorAll(".story")];
  const quiet = ["pass", "same", "partly", "not-applicable", "untestable-at-this-level"];
  const texts = new Map(rules.map((rule) => [rule, rule.textContent.toLowerCase()]));
  const tiles = new Map([...document.querySelectorAll(".tile")].map((tile) => [tile.getAttribute("href").slice(1), tile]));

  for (const story of stories) story.open = !quiet.includes(story.dataset.verdict);
  for (const rule of rules) {
    const body = rule.querySelector("details.body");
    if (body) body.open = !quiet.includes(rule.dataset.verdict);
  }
  const profiles = document.querySelector(".profiles");
  if (profiles) profiles.open = false;

  const show = () => {
    const boxes = [...form.querySelectorAll("input[name=verdict]")];
    const verdicts = boxes.filter((box) => box.checked).map((box) => box.value);
    const value = (name) => form.elements[name]?.value ?? "";
    const chapter = value("chapter"), level = value("level"), place = value("place");
    const words = value("text").toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const rule of rules) {
      const found = place ? rule.dataset[place] : rule.dataset.verdict;
      const fits = verdicts.includes(found)
        && (!chapter || rule.dataset.chapter === chapter)
        && (!level || rule.dataset.level === level)
        && words.every((word) => texts.get(rule).includes(word));
      rule.hidden = !fits;
      tiles.get(rule.id)?.classList.toggle("away", !fits);
      shown += fits;
    }
    form.querySelector("output").textContent = `${shown} of ${rules.length} rules`;
    document.querySelector(".none").hidden = shown > 0;
  };

  // A link may lead to what is folded or filtered away.
  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const rule = target?.closest(".rule");
    if (!rule) return;
    if (rule.hidden) { form.reset(); show(); }
    const body = rule.querySelector("details.body");
    if (body) body.open = true;
    if (target.matches(".story")) target.open = true;
    target.scrollIntoView();
  };

  if (form && rules.length) {
    form.hidden = false;
    form.addEventListener("input", show);
    form.addEventListener("submit", (event) => event.preventDefault());
    for (const button of form.querySelectorAll("button")) {
      button.addEventListener("click", () => {
        for (const body of document.querySelectorAll(".rule:not([hidden]) details.body")) {
          body.open = button.dataset.open === "true";
        }
      });
    }
    show();
  }
  addEventListener("hashchange", reveal);
  addEventListener("beforeprint", () => { for (const each of document.querySelectorAll("details")) each.open = true; });
  // A second click on the link that already is the address folds nothing out by itself.
  addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (link && link.getAttribute("href") === location.hash) reveal();
  });
  reveal();
})();

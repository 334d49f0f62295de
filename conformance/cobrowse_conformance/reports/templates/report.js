// Folding and filtering.  Without this script every rule and story is open and nothing is hidden.
"use strict";
(() => {
  const form = document.querySelector(".filter");
  const rules = [...document.querySelectorAll(".rule")];
  const stories = [...document.querySelectorAll(".story")];
  const quiet = ["pass", "not-applicable"];
  const texts = new Map(rules.map((rule) => [rule, rule.textContent.toLowerCase()]));

  for (const story of stories) story.open = !quiet.includes(story.dataset.verdict);
  for (const rule of rules) rule.firstElementChild.open = !quiet.includes(rule.dataset.verdict);
  const profiles = document.querySelector(".profiles");
  if (profiles) profiles.open = false;

  const show = () => {
    const verdicts = [...form.elements.verdict.length ? form.elements.verdict : [form.elements.verdict]]
      .filter((box) => box.checked).map((box) => box.value);
    const chapter = form.elements.chapter.value;
    const words = form.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const rule of rules) {
      const fits = verdicts.includes(rule.dataset.verdict)
        && (!chapter || rule.dataset.chapter === chapter)
        && words.every((word) => texts.get(rule).includes(word));
      rule.hidden = !fits;
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
    rule.firstElementChild.open = true;
    if (target.matches(".story")) target.open = true;
    target.scrollIntoView();
  };

  if (form && rules.length) {
    form.hidden = false;
    form.addEventListener("input", show);
    form.addEventListener("submit", (event) => event.preventDefault());
    for (const button of form.querySelectorAll("button")) {
      button.addEventListener("click", () => {
        for (const rule of rules) if (!rule.hidden) rule.firstElementChild.open = button.dataset.open === "true";
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

// Searching, and opening what a link leads to.  Without this script nothing is hidden.
"use strict";
(() => {
  const plain = (text) => text.toLowerCase().replaceAll("’", "'").replace(/\s+/g, " ");
  const form = document.querySelector("nav form");
  const box = form.querySelector("input");
  const rules = [...document.querySelectorAll(".rule")];
  const texts = new Map(rules.map((rule) => [rule, plain(rule.textContent)]));
  const links = new Map([...document.querySelectorAll(".chapters ul a")].map((link) => [link.hash.slice(1), link]));

  const search = () => {
    const words = plain(box.value).split(" ").filter(Boolean);
    let found = 0;
    for (const rule of rules) {
      const fits = words.every((word) => texts.get(rule).includes(word));
      rule.hidden = !fits;
      links.get(rule.id).parentElement.hidden = !fits;
      found += fits;
    }
    for (const section of document.querySelectorAll("main > section")) {
      const chapter = section.classList.contains("chapter");
      section.hidden = words.length > 0 && !(chapter && section.querySelector(".rule:not([hidden])"));
      if (chapter) document.querySelector(`.chapters [data-chapter="${section.id}"]`).hidden = section.hidden;
    }
    document.querySelector("#top").hidden = words.length > 0;
    document.querySelector(".nothing").hidden = found > 0;
    form.querySelector("output").textContent = words.length ? `${found} of ${rules.length} rules` : "";
  };

  // A link may lead to what is folded or searched away.
  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    if (target.closest("[hidden]")) { form.reset(); search(); }
    for (let at = target.closest("details"); at; at = at.parentElement.closest("details")) at.open = true;
    target.scrollIntoView();
  };

  // Which rule is being read shows in the sidebar.
  const near = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      document.querySelector(".chapters [aria-current]")?.removeAttribute("aria-current");
      links.get(entry.target.id).setAttribute("aria-current", "true");
    }
  }, { rootMargin: "-15% 0px -75% 0px" });
  for (const rule of rules) near.observe(rule);

  const folded = [];
  addEventListener("beforeprint", () => {
    for (const each of document.querySelectorAll("details:not([open])")) { folded.push(each); each.open = true; }
  });
  addEventListener("afterprint", () => { for (const each of folded.splice(0)) each.open = false; });
  addEventListener("hashchange", reveal);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", search);
  form.hidden = false;
  reveal();
})();

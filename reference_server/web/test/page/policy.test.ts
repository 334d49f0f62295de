// The policy at the customer's end: the same cases as the rulebook's own functions (tests/web/test_policy_cases.py).

// @vitest-environment jsdom

import { describe, expect, it } from "vitest";
import {
  allowedAt,
  isDenied,
  isOnSite,
  PolicyUnusable,
  plainPath,
  rawPath,
  readPolicy,
  restrictedAt,
} from "../../src/page/policy";
import table from "./policy.cases.json";

const policy = readPolicy(table.policy);

describe("the cases of the rulebook", () => {
  it.each(table.cases)("$url", (expected) => {
    const { url } = expected;
    const numbers = (rules: readonly unknown[]) => rules.map((rule) => policy.pages.indexOf(rule as never));
    expect({
      url,
      on_site: isOnSite(policy, url),
      denied: isDenied(policy, url),
      restricted: numbers(restrictedAt(policy, url)),
      allowed: numbers(allowedAt(policy, url)),
      raw: rawPath(url),
      plain: plainPath(url),
    }).toEqual(expected);
  });
});

describe("a policy that cannot be read is unusable as a whole (MASK-11)", () => {
  const good = {
    site: ["https://bank.example"],
    write_mode: true,
    pages: [{ path: "*", mask: ["#a"] }],
    deny_urls: [],
  };
  it.each([
    ["nothing", undefined],
    ["no object", "policy"],
    ["no pages", { ...good, pages: undefined }],
    ["a selector that nobody can read", { ...good, pages: [{ path: "*", mask: ["#a", "[["] }] }],
    ["a pseudo-element", { ...good, pages: [{ path: "*", block: ["p::before"] }] }],
    ["a key that is not known", { ...good, unmask: ["#a"] }],
    ["a key of a page that is not known", { ...good, pages: [{ path: "*", masks: ["#a"] }] }],
    ["a selector that is no text", { ...good, pages: [{ path: "*", mask: [1] }] }],
    ["an entry of the site that is no origin", { ...good, site: ["bank.example"] }],
    ["an entry of the site with a path", { ...good, site: ["https://bank.example/x"] }],
  ])("%s", (_, given) => {
    expect(() => readPolicy(given)).toThrow(PolicyUnusable);
  });

  it("and the twin of all of these can be read", () => {
    expect(readPolicy(good).pages[0]?.mask).toEqual(["#a"]);
  });
});

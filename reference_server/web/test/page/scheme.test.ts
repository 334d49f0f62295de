// @vitest-environment jsdom
// The customer's colour scheme in what leaves.

import { afterEach, describe, expect, it, vi } from "vitest";
import { schemeOfPage, settledQuery, settledScheme } from "../../src/page/scheme";

function prefers(scheme: "light" | "dark"): void {
  vi.stubGlobal("matchMedia", (query: string) => ({
    matches: query.includes(scheme),
    addEventListener: () => undefined,
  }));
}

afterEach(() => {
  vi.unstubAllGlobals();
  document.head.replaceChildren();
});

describe("a question for the colour scheme", () => {
  it.each([
    ["dark", "(prefers-color-scheme: dark)", "(min-width: 0px)"],
    ["dark", "screen and (prefers-color-scheme:light)", "screen and (max-width: 0px)"],
    ["light", "(PREFERS-COLOR-SCHEME: Dark), print", "(max-width: 0px), print"],
    ["light", "not all and (prefers-color-scheme)", "not all and (min-width: 0px)"],
    ["light", "(min-width: 600px)", "(min-width: 600px)"],
  ] as const)("has the customer's answer: %s, %s", (scheme, query, answered) => {
    prefers(scheme);

    expect(settledQuery(query)).toBe(answered);
  });
});

describe("the property", () => {
  it.each([
    ["dark", "light dark", "dark"],
    ["light", "light dark", "light"],
    ["dark", "only light", "only light"],
    ["dark", "normal", "normal"],
  ] as const)("leaves no choice: %s, %s", (scheme, value, settled) => {
    prefers(scheme);

    expect(settledScheme(value)).toBe(settled);
  });
});

describe("a page that says it in its head", () => {
  it.each([
    ["dark", "light dark", "dark"],
    ["light", "light dark", ""],
    ["light", "dark", "dark"],
    ["dark", "light", ""],
  ] as const)("is what the customer sees: %s, %s", (scheme, content, shown) => {
    prefers(scheme);
    const meta = document.createElement("meta");
    meta.name = "color-scheme";
    meta.content = content;
    document.head.append(meta);

    expect(schemeOfPage(document)).toBe(shown);
  });
});

// @vitest-environment jsdom
// Browsers that do not tell of navigations before they happen: no act of an agent touches a page in them.

import { describe, expect, it, vi } from "vitest";
import { PageApply } from "../../src/page/apply";
import type { Realm } from "../../src/page/cause";
import { hasLastDoor } from "../../src/page/forbidden";
import type { AgentAct } from "../../src/protocol/acts";

/** A window with this navigation, which is of this kind. */
function realm(navigation: unknown, Navigation: unknown): Realm {
  return { EventTarget, navigation, Navigation } as unknown as Realm;
}

describe("the last door", () => {
  it("is there where the browser has made it", () => {
    class Native extends EventTarget {}

    // Bound, a class has no source to be shown, as the browser's own have none.
    expect(hasLastDoor(realm(new Native(), Native.bind(undefined)))).toBe(true);
  });

  class Polyfill extends EventTarget {}

  it.each([
    ["nothing", undefined, undefined],
    ["null", null, Polyfill],
    ["a thing of the page's", { addEventListener: () => undefined }, Polyfill],
    ["a polyfill", new Polyfill(), Polyfill],
    ["a polyfill without its class", new Polyfill(), undefined],
    ["another kind of thing", new EventTarget(), Polyfill],
  ])("is not there where there is %s", (_, navigation, Navigation) => {
    expect(hasLastDoor(realm(navigation, Navigation))).toBe(false);
  });
});

describe("without it", () => {
  document.body.innerHTML =
    '<button id="b">Press</button><input id="i" value="before"><a id="a" href="/next">a</a>';
  const pressed = vi.fn();
  document.getElementById("b")?.addEventListener("click", pressed);
  const gate = new PageApply({
    window,
    veil: {
      see: () => ({ blocked: false, masked: false, secret: false, disabled: false, allowsSubmit: false }),
    },
    mirror: {
      node: (ref) => document.getElementById(ref) ?? undefined,
      ref: (node) => (node as Element).id,
      versionByCustomer: () => 0,
      byAgent: (act) => act(),
    },
    site: { has: () => true, denies: () => false },
    moment: () => ({
      mode: "write",
      suspended: false,
      ended: false,
      writeSince: 1,
      page: "p1",
      scope: "",
      until: Number.POSITIVE_INFINITY,
    }),
    isPosted: false,
  });

  it.each([
    { type: "press", element: "b" },
    { type: "type", element: "i", value: "after" },
    { type: "press_key", element: "i", key: "Tab" },
    { type: "submit", element: "b" },
    { type: "press", element: "a" },
    { type: "scroll", y: 9 },
    { type: "open_url", url: "/next" },
    { type: "go_back" },
    { type: "refresh" },
  ] as const)("an act is refused: %o", async (act) => {
    const here = location.href;

    expect(await gate.act({ page: "p1", epoch: 1, ...act } as AgentAct)).toEqual({
      rule: "SECURE-4",
      reason: "not_supported",
    });
    expect(pressed).not.toHaveBeenCalled();
    expect([(document.getElementById("i") as HTMLInputElement).value, location.href]).toEqual([
      "before",
      here,
    ]);
  });
});

// What a page leaves to the next of its tab, and that nothing else is believed.

import { describe, expect, it } from "vitest";
import type { Kept } from "../../src/customer/memory";
import { putBack, takeOut } from "../../src/customer/memory";

function store(): Storage {
  const kept = new Map<string, string>();
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
    get length() {
      return kept.size;
    },
  } as Storage;
}

const KEPT: Kept = {
  session: {
    token: "t",
    customerToken: "c",
    sessionId: "1",
    agent: "Ada",
    hasLeft: true,
    isCurtainDrawn: false,
    noticed: 4,
  },
  chat: { interaction: "i", customerToken: "c", agent: "Ada", kind: "chat" },
};
const NOTHING: Kept = { session: undefined, chat: undefined };

describe("what is left", () => {
  it("is taken out once: a copy of the tab made afterwards has nothing", () => {
    const tab = store();
    putBack(tab, KEPT);

    expect([takeOut(tab), takeOut(tab), tab.length]).toEqual([KEPT, NOTHING, 0]);
  });

  it("is nothing where there is none, and leaves nothing", () => {
    const tab = store();
    putBack(tab, NOTHING);

    expect([tab.length, takeOut(tab), takeOut(undefined)]).toEqual([0, NOTHING, NOTHING]);
  });

  it.each([
    "{",
    "null",
    "[]",
    '"t"',
    '{"session": {"token": 1}}',
    '{"session": {"token": "", "customerToken": "", "sessionId": "", "agent": ""}}',
    '{"chat": {"interaction": "i", "customerToken": "c", "agent": "", "kind": "party"}}',
  ])("is not believed where the page has written %s", (text) => {
    const tab = store();
    tab.setItem("cobrowse.tab", text);

    expect(takeOut(tab)).toEqual(NOTHING);
  });

  it("is lost where the tab keeps nothing, without a word", () => {
    const refuses = (): never => {
      throw new DOMException("x", "QuotaExceededError");
    };
    const full = { getItem: refuses, setItem: refuses, removeItem: refuses } as unknown as Storage;
    putBack(full, KEPT);

    expect(takeOut(full)).toEqual(NOTHING);
  });
});

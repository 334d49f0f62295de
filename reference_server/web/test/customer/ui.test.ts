// What the customer sees, in a document without a layout: which buttons there are, and when.
// @vitest-environment jsdom

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Session } from "../../src/customer/session";
import { IDLE } from "../../src/customer/session";
import type { UiEvents } from "../../src/customer/ui/ui";
import { Ui } from "../../src/customer/ui/ui";

let root: ShadowRoot;
const attach = Element.prototype.attachShadow;

/** The customer's interface; jsdom lacks constructed style sheets and popovers, which are not looked at here. */
function opened(): Ui {
  const nothing = { configurable: true, value: () => undefined };
  Object.defineProperty(CSSStyleSheet.prototype, "replaceSync", nothing);
  for (const name of ["showPopover", "hidePopover"])
    Object.defineProperty(HTMLElement.prototype, name, nothing);
  vi.spyOn(Element.prototype, "attachShadow").mockImplementation(function (this: Element, init) {
    root = attach.call(this, init);
    return root;
  });
  const events = new Proxy({} as UiEvents, { get: () => () => undefined });
  return new Ui(document, { hasChat: true, hasButton: true }, events);
}

function isShown(id: string): boolean {
  const found = root.getElementById(id);
  return found !== null && found.closest("[hidden]") === null;
}

const ACTIVE: Session = { ...IDLE, phase: "active", agent: "Ada", isLinked: true };

describe("the button that opens the chat", () => {
  beforeEach(() => {
    document.body.replaceChildren();
    vi.useFakeTimers();
  });

  afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });

  it("is there while nothing goes on, and not beside the open panel", () => {
    const ui = opened();
    ui.render(IDLE);
    expect(isShown("chat")).toBe(true);

    ui.openChat(false);
    expect([isShown("chat"), isShown("chat-panel")]).toEqual([false, true]);
  });

  it("opens a chat again that was closed while co-browsing", () => {
    const ui = opened();
    ui.openChat(false);
    ui.render(ACTIVE);
    ui.closeChat();

    expect([isShown("chat"), isShown("chat-panel"), isShown("start")]).toEqual([true, false, false]);
  });

  it("begins none while co-browsing by call", () => {
    const ui = opened();
    ui.render(ACTIVE);

    expect(isShown("chat")).toBe(false);
  });
});

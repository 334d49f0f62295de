// Small parts of the workspace: what agents enter, words, the pace of the pointer, and what comes from the view.

import { describe, expect, it, vi } from "vitest";
import { fromView, toView } from "../../src/view/messages";
import { address, sessionId } from "../../src/workspace/entered";
import { Pacer } from "../../src/workspace/pacer";
import { secondsUntil, timeLeft } from "../../src/workspace/words";

describe("session IDs", () => {
  it.each([
    ["123456789", "123456789"],
    ["123 456 789", "123456789"],
    ["123-456-789", "123456789"],
    ["\u00a0123\u2011456\u2014789\t", "123456789"],
    ["１２３456789", undefined],
    ["12345678", undefined],
    ["{start:123456789}", undefined],
  ])("%j is %s", (text, id) => {
    expect(sessionId(text)).toBe(id);
  });
});

describe("addresses, seen from https://bank.example/apply", () => {
  it.each([
    ["/rates", "https://bank.example/rates"],
    ["rates", "https://bank.example/rates"],
    ["?tab=2", "https://bank.example/apply?tab=2"],
    ["bank.example/rates", "https://bank.example/rates"],
    ["localhost:8080/x", "https://localhost:8080/x"],
    [" https://evil.test/ ", "https://evil.test/"],
    ["HTTP://bank.example", "HTTP://bank.example"],
    ["javascript:alert(1)", "javascript:alert(1)"],
    ["data:text/html,x", "data:text/html,x"],
    ["//evil.test/x", "https://evil.test/x"],
  ])("%j means %s", (text, meant) => {
    expect(address(text, "https://bank.example/apply")).toBe(meant);
  });
});

describe("times", () => {
  it("counts whole seconds, and none below 0", () => {
    expect([secondsUntil(2000, 1), secondsUntil(2000, 1000), secondsUntil(2000, 3000)]).toEqual([2, 1, 0]);
  });

  it("says minutes where seconds are many", () => {
    expect([timeLeft(9), timeLeft(245)]).toEqual(["9 s", "4:05 min"]);
  });
});

describe("the pace of the pointer", () => {
  it("is at most one move an interval, and the last one counts", () => {
    vi.useFakeTimers();
    const moves: number[] = [];
    const pacer = new Pacer(50, (x) => moves.push(x));
    for (let x = 0; x < 100; x += 1) {
      pacer.move(x, 0);
      vi.advanceTimersByTime(10);
    }
    vi.advanceTimersByTime(1000);
    vi.useRealTimers();

    expect(moves.length).toBeLessThanOrEqual(21);
    expect(moves.at(-1)).toBe(99);
  });

  it("sends nothing that waits once it is stopped", () => {
    vi.useFakeTimers();
    const moves: number[] = [];
    const pacer = new Pacer(50, (x) => moves.push(x));
    pacer.move(1, 0);
    pacer.move(2, 0);
    pacer.stop();
    vi.advanceTimersByTime(1000);
    vi.useRealTimers();

    expect(moves).toEqual([1]);
  });
});

describe("what the view and the workspace say to each other", () => {
  it.each([
    { type: "ready" },
    { type: "pointer", x: 1.5, y: 2 },
    { type: "act", number: 1, page: "p1", act: { type: "press", element: "7" } },
  ])("%o is a message of the view", (message) => {
    expect(fromView(message)).toEqual(message);
  });

  it.each([
    undefined,
    null,
    "ready",
    [],
    {},
    { type: "exit" },
    { type: "ready", more: 1 },
    { type: "pointer", x: "1", y: 2 },
    { type: "pointer", x: Number.NaN, y: 2 },
    { type: "act", number: 1, page: "p1", act: { type: "submit", element: "7" } },
    { type: "act", number: 1, page: "p1", act: { type: "press", element: "7", epoch: 9 } },
    { type: "explain", reason: "<b>" },
    { type: "malformed", count: -1 },
  ])("%o is none", (message) => {
    expect(fromView(message)).toBeUndefined();
  });

  it("content is bytes", () => {
    const payload = new ArrayBuffer(2);

    expect(toView({ type: "content", payload })).toEqual({ type: "content", payload });
    expect(toView({ type: "content", payload: "[]" })).toBeUndefined();
    expect(toView({ type: "blank", payload })).toBeUndefined();
  });

  it.each([
    { type: "mode", mode: "admin", scope: "" },
    { type: "page", page: "p1" },
    { type: "circle", x: 1 },
  ])("%o is no message of the workspace", (message) => {
    expect(toView(message)).toBeUndefined();
  });
});

// Whose doing a script is: followed through what acts leave for later, ended by the customer's hand.

// @vitest-environment jsdom

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Realm } from "../../src/page/cause";
import { AFTERMATH_MS, Cause } from "../../src/page/cause";

let now = 0;
let cause: Cause;

beforeEach(() => {
  now = 0;
  cause = new Cause(() => now);
  cause.watch(window as unknown as Realm);
});

afterEach(() => cause.leave());

/** A real event, which only a browser can make. */
function byHand(): void {
  cause.byHand();
}

describe("an act", () => {
  it("is the cause of what it runs, of its microtasks, and of nothing after them", async () => {
    const doing = cause.begin();
    const found: boolean[] = [];
    cause.run(doing, () => {
      found.push(cause.doing === doing);
      void Promise.resolve()
        .then(() => undefined)
        .then(() => found.push(cause.doing === doing));
    });
    await Promise.resolve();
    await Promise.resolve();
    await Promise.resolve();
    await cause.settled();

    expect([found, cause.doing]).toEqual([[true, true], undefined]);
  });

  it("is the cause of its timers, and of theirs", async () => {
    const doing = cause.begin();
    const found = new Promise((seen) => {
      cause.run(doing, () => setTimeout(() => setTimeout(() => seen(cause.doing), 1), 1));
    });

    expect(await found).toBe(doing);
  });

  it("is not the cause of a timer that somebody else set", async () => {
    const found = new Promise((seen) => setTimeout(() => seen(cause.doing), 5));
    const doing = cause.begin();
    cause.run(doing, () => undefined);

    expect(await found).toBeUndefined();
  });

  it("is over for whatever the customer's hand sets off", () => {
    const doing = cause.begin();
    cause.run(doing, () => undefined);
    expect(cause.doing).toBe(doing);
    byHand();

    expect(cause.doing).toBeUndefined();
  });

  it("cannot make a hand up", () => {
    const doing = cause.begin();
    cause.run(doing, () => {
      byHand();
      expect(cause.doing).toBe(doing);
    });
  });

  it("lasts for a bounded time once the customer does something", async () => {
    const doing = cause.begin();
    const later = new Promise((seen) => {
      cause.run(doing, () => setTimeout(() => seen(cause.doing), 5));
    });
    now = AFTERMATH_MS + 1;
    byHand();

    expect(await later).toBeUndefined();
  });
});

describe("the aftermath", () => {
  it("is the last act's, for a time in which the customer does nothing", () => {
    const doing = cause.begin();
    now = AFTERMATH_MS;
    expect(cause.suspect).toBe(doing);
    now = AFTERMATH_MS + 1;
    expect(cause.suspect).toBeUndefined();
  });

  it("is nobody's where the customer has just done something", () => {
    cause.begin();
    byHand();

    expect(cause.suspect).toBeUndefined();
  });
});

describe("what is left for later", () => {
  it("stays nobody's where the customer began it, whatever the agent does meanwhile", async () => {
    byHand();
    const later = new Promise((seen) => setTimeout(() => seen(cause.suspect), 5));
    now = 1;
    cause.begin();

    expect(await later).toBeUndefined();
  });

  it("is the last act's where nobody can see who began it", async () => {
    const doing = cause.begin();
    const later = new Promise((seen) => setTimeout(() => seen(cause.suspect), 5));
    now = AFTERMATH_MS + 1;

    expect(await later).toBe(doing);
  });
});

describe("what the customer did before an act", () => {
  it("says nothing of what comes after it", () => {
    byHand();
    now = 1;
    const doing = cause.begin();

    expect(cause.suspect).toBe(doing);
  });

  it("says nothing either where only the browser knows of it, as of the approval", () => {
    const activation = { isActive: true };
    Object.defineProperty(globalThis.navigator, "userActivation", { value: activation, configurable: true });
    const early = cause.begin();
    expect(cause.suspect).toBe(early);
    activation.isActive = false;
    const late = cause.begin();
    expect(cause.suspect).toBe(late);
    activation.isActive = true; // a screen reader's click
    expect(cause.suspect).toBeUndefined();
    Reflect.deleteProperty(globalThis.navigator, "userActivation");
  });
});

describe("the page's own functions", () => {
  it("are back when it is over, except where somebody has wrapped them since", () => {
    const own = { a: () => 1, b: () => 2 };
    const { a, b } = own;
    for (const name of ["a", "b"]) cause.replace(own, name, (original) => () => original());
    expect([own.a === a, own.b === b, own.a()]).toEqual([false, false, 1]);
    const wrapped = own.b;
    own.b = () => wrapped() + 1;
    cause.leave();

    expect([own.a === a, own.b()]).toEqual([true, 3]);
  });

  it("stay as they are where the page has frozen them", () => {
    const frozen = Object.freeze({ a: () => 1 });
    cause.replace(frozen, "a", () => () => 2);

    expect(frozen.a()).toBe(1);
  });
});

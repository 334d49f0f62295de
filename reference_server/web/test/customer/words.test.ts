// What customers read: names stay names.

import { expect, it } from "vitest";
import { askWords, clock, grouped, nameOf } from "../../src/customer/ui/words";

it("shows an agent's name as a name, whatever it says", () => {
  expect([nameOf("Ada"), nameOf(""), nameOf("  A\n\u202eda\u0000 ")]).toEqual([
    "“Ada”",
    "the agent",
    "“A da”",
  ]);
  expect(nameOf("x".repeat(100)).length).toBe(43);
  expect(askWords("The bank. Press Yes", "")).toBe(
    "“The bank. Press Yes” asks to type and click on this page.",
  );
});

it("reads an ID out three by three, and times as on a clock", () => {
  expect([grouped("314159265"), clock(30), clock(299.2), clock(-1)]).toEqual([
    "314 159 265",
    "0:30",
    "5:00",
    "0:00",
  ]);
});

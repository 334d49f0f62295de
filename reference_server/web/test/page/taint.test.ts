// Values of masked fields: where they are found again, and where they are not.

import { describe, expect, it } from "vitest";
import { Taint } from "../../src/page/taint";

function scrubbed(text: string, ...values: readonly string[]): string {
  const taint = new Taint();
  const field = {};
  for (const value of values) taint.note(field, value, false);
  return taint.scrub(text);
}

describe("a value of a masked field stays masked wherever it turns up (MASK-6)", () => {
  it.each([
    ["as the whole text", "Jane Doe", ["Jane Doe"], "********"],
    ["within a text", "Hello Jane Doe!", ["Jane Doe"], "Hello ********!"],
    ["within a word", "xJane Doex", ["Jane Doe"], "x********x"],
    ["twice", "1234567 and 1234567", ["1234567"], "******* and *******"],
    ["in capitals", "JANE DOE", ["Jane Doe"], "********"],
    ["with other spaces", "4111 1111 1111 1111", ["4111111111111111"], "*******************"],
    ["without its hyphens", "123456789", ["123-45-6789"], "*********"],
    ["with a hyphen of another kind", "123\u201145\u20116789", ["123-45-6789"], "***********"],
    [
      "as it was while it was typed",
      "saved: 1234567",
      ["1234", "12345", "123456", "1234567", "12345678"],
      "saved: *******",
    ],
    ["as it was before it was shortened", "12345678", ["12345678", "1234567"], "********"],
    ["after it was replaced", "first and second", ["first one", "second"], "first and ******"],
    ["short, as the whole text", " 123 ", ["123"], "*****"],
  ])("%s", (_, text, values, expected) => {
    expect(scrubbed(text, ...values)).toBe(expected);
  });
});

describe("what merely looks alike is left", () => {
  it.each([
    ["another text", "Something else", ["Jane Doe"]],
    ["a short value within a text", "Room 123 is free", ["123"]],
    ["a single character", "7", ["7"]],
    ["a beginning within a word", "domain", ["Main", "Main Street"]],
    ["a beginning that the field never held", "Main road", ["Main Street"]],
    ["no value", "anything", [""]],
  ])("%s", (_, text, values) => {
    expect(scrubbed(text, ...values)).toBe(text);
  });
});

it("what was chosen from a list is found in texts, but not in other lists", () => {
  const taint = new Taint();
  taint.note({}, "Austria", false, true);
  taint.note({}, "Yes", false, true);
  expect(taint.scrub("from Austria")).toBe("from *******");
  expect(taint.scrub("Austria", true)).toBe("Austria");
  expect(taint.scrub("Yes")).toBe("Yes");
});

it("a secret shows as four asterisks, however long it is (MASK-9)", () => {
  const taint = new Taint();
  taint.note({}, "correct horse battery", true);
  expect(taint.scrub("it is correct horse battery.")).toBe("it is ****.");
});

it("beyond what can be told apart every text is masked", () => {
  const taint = new Taint();
  for (let number = 0; number < 5000; number += 1) taint.note({}, `value-${number}-x`, false);
  expect(taint.scrub("harmless")).toBe("********");
});

// Typing, choosing and putting back, as far as no layout is needed.

// @vitest-environment jsdom

import { describe, expect, it } from "vitest";
import { choose, editByKey, moved, optionOf, stepped, type } from "../../src/page/perform";
import { Before } from "../../src/page/putback";

function at<Kind extends Element>(body: string): Kind {
  document.body.innerHTML = body;
  return document.querySelector("#at") as Kind;
}

describe("the caret", () => {
  it.each([
    ["before the change", 2, "Wien 1010", "Wien 1020", 2],
    ["behind the change", 9, "Wien 1010", "Wien 1020 Wien", 14],
    ["at its edge", 7, "Wien 1010", "Wien 1020", 7],
    ["within what is gone", 3, "abcdef", "af", 1],
    ["in a text that is all new", 2, "abc", "xyz", 3],
    ["in an empty one", 0, "", "xyz", 0],
  ])("%s stays with the text around it", (_, place, before, after, expected) => {
    expect(moved(place, before, after)).toBe(expected);
  });
});

describe("typing", () => {
  it("goes past the setter that a framework has put on the field, and is heard", () => {
    const field = at<HTMLInputElement>("<input id=at value=a>");
    const kept: string[] = [];
    const own = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value") as PropertyDescriptor;
    Object.defineProperty(field, "value", {
      get: () => own.get?.call(field) as string,
      set: () => kept.push("framework"),
      configurable: true,
    });
    for (const name of ["beforeinput", "input", "change"])
      field.addEventListener(name, () => kept.push(name));
    type(field, "b");

    expect([field.value, kept]).toEqual(["b", ["beforeinput", "input", "change"]]);
  });

  it("is only as long as could be typed, is text and no markup, and can be prevented", () => {
    const field = at<HTMLInputElement>("<input id=at maxlength=3>");
    type(field, "abcdef");
    expect(field.value).toBe("abc");
    field.addEventListener("beforeinput", (event) => event.preventDefault());
    type(field, "x");
    expect(field.value).toBe("abc");
  });
});

describe("keys", () => {
  it("change a text at its end while the caret is nobody's, else at the caret", () => {
    const area = at<HTMLTextAreaElement>("<textarea id=at>abc</textarea>");
    editByKey(area, "Backspace", false);
    editByKey(area, "Enter", false);
    expect(area.value).toBe("ab\n");
    area.focus();
    area.setSelectionRange(1, 1);
    editByKey(area, "Delete", true);
    expect(area.value).toBe("a\n");
  });

  it.each([
    ["<input id=at type=number value=3 step=2 max=4>", "ArrowUp", "4"],
    ["<input id=at type=number value=3>", "ArrowDown", "2"],
    ["<input id=at type=number value=3>", "ArrowLeft", "3"],
    ["<input id=at type=range value=50>", "ArrowRight", "51"],
    ["<input id=at type=range value=0>", "ArrowDown", "0"],
    ["<input id=at value=x>", "ArrowUp", "x"],
  ])("%s %s: %s", (body, name, value) => {
    const input = at<HTMLInputElement>(body);
    stepped(input, name)?.();

    expect(input.value).toBe(value);
  });
});

describe("a list", () => {
  it("is chosen from by value, else by what is read", () => {
    const list = at<HTMLSelectElement>("<select id=at><option value=1>One<option value=One>Two</select>");

    expect([optionOf(list, "One")?.text, optionOf(list, "Two")?.value, optionOf(list, "x")]).toEqual([
      "Two",
      "One",
      undefined,
    ]);
  });

  it("of several turns its options on and off", () => {
    const list = at<HTMLSelectElement>("<select id=at multiple><option selected>a<option>b</select>");
    for (const option of list.options) choose(list, option);

    expect([...list.selectedOptions].map(({ text }) => text)).toEqual(["b"]);
  });
});

describe("what is put back", () => {
  const FORM = "<form><input id=at value=a><input id=own value=x><input id=box type=checkbox></form>";

  it("is what the act has changed, heard by the page, and nothing that the customer has done since", () => {
    const field = at<HTMLInputElement>(FORM);
    const [own, box] = ["#own", "#box"].map(
      (one) => document.querySelector<HTMLInputElement>(one) as HTMLInputElement,
    );
    if (!own || !box) throw new Error();
    const before = new Before(field);
    field.value = "b";
    own.value = "y";
    box.checked = true;
    box.focus();
    before.acted();
    own.value = "the customer's";
    let heard = 0;
    field.addEventListener("input", () => {
      heard += 1;
    });
    before.putBack();

    expect([field.value, own.value, box.checked, document.activeElement?.localName, heard]).toEqual([
      "a",
      "the customer's",
      false,
      "body",
      1,
    ]);
  });
});

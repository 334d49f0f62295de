// What an act on an element would submit, by what the HTML standard says.

// @vitest-environment jsdom

import { describe, expect, it } from "vitest";
import { submission, submitMeans } from "../../src/page/submits";

/** The element `#at` of a page. */
function at(body: string): Element {
  document.body.innerHTML = body;
  return document.querySelector("#at") as Element;
}

const BY_BUTTON = ["press", "Enter", "Space"];

describe("the means", () => {
  it.each([
    ["a default button", "<form><button id=at></button></form>", BY_BUTTON],
    ["what is in it", "<form><button><i id=at></i></button></form>", BY_BUTTON],
    ["its label", "<form><label id=at for=b></label><button id=b></button></form>", BY_BUTTON],
    ["an image button", "<form><input id=at type=image></form>", BY_BUTTON],
    ["a submit input, whatever its case", "<form><input id=at type=SUBMIT></form>", BY_BUTTON],
    ["a button of a form elsewhere", "<form id=f></form><button id=at form=f></button>", BY_BUTTON],
    ["a button of no form", "<button id=at></button>", []],
    ["a plain button", "<form><button id=at type=button></button></form>", []],
    ["a reset button", "<form><button id=at type=reset></button></form>", []],
    ["a disabled button", "<form><button id=at disabled></button></form>", []],
    ["one in a disabled fieldset", "<form><fieldset disabled><button id=at></button></fieldset></form>", []],
    ["a link in a button's place", "<form><button><a id=at href=/x></a></button></form>", []],
    ["a field with a button", "<form><input id=at><button></button></form>", ["Enter"]],
    [
      "a field with a button elsewhere",
      "<form id=f><input id=at></form><input type=submit form=f>",
      ["Enter"],
    ],
    [
      "a field with a disabled default button",
      "<form><input id=at><button disabled></button><button></button></form>",
      [],
    ],
    ["the only field, no button", "<form><input id=at></form>", ["Enter"]],
    ["one of two fields, no button", "<form><input id=at><input></form>", []],
    ["a field beside a check box, no button", "<form><input id=at><input type=checkbox></form>", ["Enter"]],
    ["a check box", "<form><input id=at type=checkbox><button></button></form>", ["Enter"]],
    ["a text area", "<form><textarea id=at></textarea><button></button></form>", []],
    ["a list", "<form><select id=at></select><button></button></form>", []],
    ["a disabled field", "<form><input id=at disabled><button></button></form>", []],
    ["a paragraph of a form", "<form><p id=at></p><button></button></form>", []],
  ])("of %s", (_, body, means) => {
    expect(submitMeans(at(body))).toEqual(means);
  });
});

it("names the form and the button", () => {
  const element = at("<form id=f></form><label id=at for=b></label><button id=b form=f></button>");
  const found = submission(element, "press");

  expect([found?.form.id, found?.button?.id]).toEqual(["f", "b"]);
});

it("looks through shadow trees", () => {
  document.body.innerHTML = "<form><button><x-icon></x-icon></button></form>";
  const root = document.querySelector("x-icon")?.attachShadow({ mode: "open" });
  root?.append(document.createElement("b"));

  expect(submitMeans(root?.firstElementChild as Element)).toEqual(BY_BUTTON);
});

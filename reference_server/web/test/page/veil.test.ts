// @vitest-environment jsdom
// What the policy says of live nodes, and that masks stick.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PageVeil } from "../../src/page/veil";
import type { Rule } from "./page";
import { delivered, policyOf, show } from "./page";

const PRIVATE = {
  mask: [".private"],
  secret: [".secret"],
  block: [".blocked"],
  disable: [".off"],
  allow_submit: ["#pay"],
};

function veilOf(...rules: readonly Rule[]): PageVeil {
  veil = new PageVeil(policyOf(...rules), window);
  return veil;
}

let veil: PageVeil | undefined;
afterEach(() => veil?.close());
beforeEach(() => history.replaceState(null, "", "/page"));

describe("what is masked, whatever the policy says", () => {
  it.each([
    ['<input id="x" type="password" value="abc">', { masked: true, secret: true }],
    ['<input id="x" type="PassWord" value="abc">', { masked: true, secret: true }],
    ['<input id="x" autocomplete="cc-number" value="abc">', { masked: true, secret: true }],
    ['<input id="x" autocomplete="section-a shipping CC-CSC" value="abc">', { masked: true, secret: true }],
    ['<textarea id="x" autocomplete="one-time-code">abc</textarea>', { masked: true, secret: true }],
    ['<input id="x" value="abc">', { masked: false, secret: false }],
    ['<input id="x" autocomplete="name" value="abc">', { masked: false, secret: false }],
  ])("%s", (html, expected) => {
    const $ = show(html);
    expect(veilOf().see($("x"))).toMatchObject(expected);
  });

  it.each(["hidden", "file"])("of a %s input nothing shows", (type) => {
    const $ = show(`<input id="x" type="${type}">`);
    expect(veilOf().shows($("x"), "abc")).toBe("");
  });
});

describe("a rule holds of an element and of all that stands in it (MASK-10)", () => {
  const $ = () =>
    show(`<div class="private"><b id="masked">a</b><i class="secret" id="secret">b</i><u class="blocked" id="blocked">c</u></div>
      <div class="off"><button id="off"></button><button id="pay"></button></div><p id="open">d</p>`);

  it.each([
    ["masked", { masked: true, secret: false, blocked: false }, "*****"],
    ["secret", { masked: true, secret: true, blocked: false }, "****"],
    ["blocked", { masked: true, blocked: true, disabled: true }, ""],
    ["off", { masked: false, disabled: true }, "texts"],
    ["pay", { disabled: true, allowsSubmit: false }, "texts"],
    ["open", { masked: false, disabled: false, allowsSubmit: false }, "texts"],
  ])("%s", (id, expected, shown) => {
    const find = $();
    const veil = veilOf(PRIVATE);
    expect(veil.see(find(id))).toMatchObject(expected);
    expect(veil.shows(find(id), "texts")).toBe(shown);
  });

  it("through shadow roots, closed ones too, and slots", () => {
    const find = show('<div id="host" class="private"></div><div id="slotting"><b id="slotted">x</b></div>');
    const veil = veilOf(PRIVATE);
    const inner = find("host").attachShadow({ mode: "closed" }).appendChild(document.createElement("p"));
    find("slotting").attachShadow({ mode: "open" }).innerHTML = '<div class="private"><slot></slot></div>';
    expect(veil.see(inner).masked).toBe(true);
    expect(veil.see(find("slotted")).masked).toBe(true);
    expect(veil.isClosedHost(find("host"))).toBe(true);
    expect(veil.isClosedHost(find("slotting"))).toBe(false);
  });

  it("into frames of the same origin", () => {
    const find = show('<div class="private"><iframe id="frame"></iframe></div>');
    const inner = (find("frame") as HTMLIFrameElement).contentDocument as Document;
    inner.body.innerHTML = "<p>x</p>";
    expect(veilOf(PRIVATE).see(inner.body.firstChild as Node).masked).toBe(true);
  });

  it("only on the pages that it is for", () => {
    const find = show('<p id="x" class="private">x</p>');
    expect(veilOf({ path: "/page", ...PRIVATE }).see(find("x")).masked).toBe(true);
    expect(veilOf({ path: "/other", ...PRIVATE }).see(find("x")).masked).toBe(false);
  });
});

describe("masks stick (MASK-6)", () => {
  it.each<[string, string, (x: HTMLElement) => void]>([
    ["a class taken away", '<p id="x" class="private">a</p>', (x) => x.removeAttribute("class")],
    [
      "a class taken away at once",
      '<p id="x">a</p>',
      (x) => {
        x.className = "private";
        x.className = "";
      },
    ],
    ["a password shown", '<input id="x" type="password">', (x) => x.setAttribute("type", "text")],
    [
      "an autocomplete taken away",
      '<input id="x" autocomplete="cc-number">',
      (x) => x.removeAttribute("autocomplete"),
    ],
    ["a hidden input shown", '<input id="x" type="hidden">', (x) => x.setAttribute("type", "text")],
    ["moved elsewhere", '<div class="private"><p id="x">a</p></div>', (x) => document.body.append(x)],
    [
      "taken out of something blocked",
      '<div class="blocked"><p><b id="x">a</b></p></div>',
      (x) => document.body.append(x.parentElement as Node),
    ],
    [
      "what it stands in unmasked",
      '<div class="private"><p id="x">a</p></div>',
      (x) => {
        (x.parentElement as Element).className = "";
      },
    ],
  ])("%s", async (_, html, change) => {
    const find = show(html);
    const veil = veilOf(PRIVATE);
    const x = find("x");
    change(x);
    await delivered();
    veil.look();
    expect(veil.see(x).masked).toBe(true);
  });

  it("but what never was masked is not", async () => {
    const find = show('<p id="x" class="other">a</p>');
    const veil = veilOf(PRIVATE);
    find("x").className = "";
    await delivered();
    expect(veil.see(find("x")).masked).toBe(false);
  });

  it("what becomes masked is told of", async () => {
    const find = show('<p id="x">a</p><p id="y">a</p>');
    const veil = veilOf(PRIVATE);
    veil.look();
    find("x").className = "private";
    await delivered();
    expect([...veil.look()]).toEqual([find("x")]);
  });

  it("selectors that count or look at neighbours are followed too", async () => {
    const find = show('<p id="first">a</p><p id="x">b</p>');
    const veil = veilOf({ mask: [".mark + p"] });
    expect(veil.see(find("x")).masked).toBe(false);
    find("first").className = "mark";
    await delivered();
    expect([...veil.look()]).toEqual([find("x")]);
    expect(veil.see(find("x")).masked).toBe(true);
  });

  it("a policy that is tightened holds at once, and what was masked stays so (MASK-11)", () => {
    const find = show('<p id="x" class="private">a</p><p id="y" class="more">b</p>');
    const veil = veilOf(PRIVATE);
    expect(veil.see(find("y")).masked).toBe(false);
    veil.follow(policyOf({ mask: [".more"] }));
    expect([veil.see(find("x")).masked, veil.see(find("y")).masked]).toEqual([true, true]);
  });

  it("another page within the page brings its rules with it", () => {
    const find = show('<p id="x">a</p>');
    const veil = veilOf({ path: "/secret", mask: ["p"] });
    history.pushState(null, "", "/secret");
    expect([...veil.look()]).toEqual([find("x")]);
  });
});

describe("what masked fields hold stays masked elsewhere", () => {
  it.each<[string, (field: HTMLInputElement) => void]>([
    ["from the beginning", () => undefined],
    [
      "set by a script",
      (field) => {
        field.value = "Other Value";
        field.value = "";
      },
    ],
    [
      "typed",
      (field) => {
        Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")?.set?.call(field, "Other Value");
        field.dispatchEvent(new Event("input", { bubbles: true }));
      },
    ],
  ])("%s", (when, act) => {
    const find = show('<input id="x" class="private" value="First Value"><p id="open">a</p>');
    const veil = veilOf(PRIVATE);
    act(find("x") as HTMLInputElement);
    const value = when === "from the beginning" ? "First Value" : "Other Value";
    expect(veil.shows(find("open"), `It is ${value}.`)).toBe("It is ***********.");
  });

  it("what an element that is ruled shows, too", () => {
    const find = show('<b class="private">Jane Doe</b><p id="open">a</p>');
    expect(veilOf(PRIVATE).shows(find("open"), "Jane Doe's account")).toBe("********'s account");
  });

  it("in addresses, escaped or not, without query and fragment", () => {
    show('<input class="private" value="Jane Doe">');
    const veil = veilOf(PRIVATE);
    expect(veil.address("https://bank.example/of/Jane%20Doe/x?token=1#y")).toBe(
      "https://bank.example/of/****/x",
    );
    expect(veil.address("https://bank.example/of/all?token=1")).toBe("https://bank.example/of/all");
    expect(veil.address("nonsense")).toBe("");
  });
});

it("over what is masked the pointer's place is not told (SC-06)", () => {
  const find = show('<div class="private"><button id="seven">7</button></div><p id="open">a</p>');
  const veil = veilOf(PRIVATE);
  expect([
    veil.hidesPointer(find("seven")),
    veil.hidesPointer(find("open")),
    veil.hidesPointer(null),
  ]).toEqual([true, false, false]);
});

// @vitest-environment jsdom
// What leaves of a page, and when.  The leak test (tests/web/test_leaks.py) does the same in a real browser.

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { PageElements } from "../../src/page/elements";
import type { Increment, MirrorEvent, MirroredNode, Mutation } from "../../src/page/events";
import { PageMirror } from "../../src/page/mirror";
import { claim } from "../../src/page/own";
import { longestRise } from "../../src/page/replica";
import { PageVeil } from "../../src/page/veil";
import type { Rule } from "./page";
import { delivered, policyOf, show } from "./page";

const PRIVATE: Rule = {
  mask: [".private", "#x.private"],
  secret: [".secret"],
  block: [".blocked"],
  disable: [".off"],
  allow_submit: ["#pay"],
};

let ends: (() => void)[] = [];

/** A mirror of the page, begun; `next` lets a frame of the screen pass and returns what left in it. */
function mirrored(html: string, rules: readonly Rule[] = [PRIVATE], site = location.origin) {
  const $ = show(html);
  const policy = { ...policyOf(...rules), site: [site] };
  const veil = new PageVeil(policy, window);
  const mirror = new PageMirror(() => policy, veil, window);
  const elements = new PageElements(mirror, veil, window);
  const frames: { events: readonly MirrorEvent[]; byHand: boolean }[] = [];
  const room = { has: true };
  const again = vi.fn();
  const begin = () =>
    mirror.start({
      emit: (events, byHand) => frames.push({ events: events as readonly MirrorEvent[], byHand }),
      again,
      hasRoom: () => room.has,
    });
  begin();
  const first = frames.flatMap(({ events }) => events);
  const next = async (): Promise<readonly MirrorEvent[]> => {
    const sent = frames.length;
    await delivered();
    await vi.advanceTimersByTimeAsync(1000);
    return frames.slice(sent).flatMap(({ events }) => events);
  };
  ends.push(() => {
    mirror.stop();
    veil.close();
  });
  return { $, veil, mirror, elements, frames, room, again, begin, first, next };
}

beforeEach(() => {
  history.replaceState(null, "", "/page?token=zq1#zq2");
  vi.useFakeTimers({
    toFake: [
      "setTimeout",
      "clearTimeout",
      "requestAnimationFrame",
      "cancelAnimationFrame",
      "performance",
      "Date",
    ],
  });
});
afterEach(() => {
  for (const end of ends) end();
  ends = [];
  vi.useRealTimers();
});

function nodesOf(events: readonly MirrorEvent[]): MirroredNode[] {
  const found: MirroredNode[] = [];
  const walk = (node: MirroredNode): void => {
    found.push(node);
    if ("childNodes" in node) for (const child of node.childNodes) walk(child);
  };
  for (const event of events) {
    if (event.type === 2) walk(event.data.node);
    if (event.type === 3 && event.data.source === 0) for (const { node } of event.data.adds) walk(node);
  }
  return found;
}

/** The element with this ID, as it left. */
function elementOf(events: readonly MirrorEvent[], id: string) {
  return nodesOf(events).find((node) => node.type === 2 && node.attributes.id === id) as
    | (MirroredNode & { type: 2 })
    | undefined;
}

function increments(events: readonly MirrorEvent[]): Increment[] {
  return events.flatMap((event) => (event.type === 3 ? [event.data] : []));
}

function textOf(events: readonly MirrorEvent[]): string {
  return nodesOf(events)
    .map((node) => (node.type === 3 ? node.textContent : ""))
    .join("");
}

describe("the snapshot", () => {
  it("has the page's address without query and fragment, and the window's size", () => {
    const [meta] = mirrored("<p>x</p>").first;
    expect(meta).toMatchObject({
      type: 4,
      data: { href: `${location.origin}/page`, width: innerWidth, height: innerHeight },
    });
  });

  it.each<[string, string, Record<string, string | true> | undefined]>([
    [
      "an open field",
      '<input id="x" name="city" type="text" value="Graz" placeholder="p" maxlength="9" onclick="f()" data-z="zq">',
      { id: "x", name: "city", type: "text", value: "Graz", placeholder: "p", maxlength: "9" },
    ],
    [
      "a masked field",
      '<input id="x" name="city" type="email" class="private" value="Graz" placeholder="plac" maxlength="9" title="ti" aria-label="zq">',
      {
        id: "x",
        name: "city",
        type: "text",
        class: "private",
        value: "****",
        placeholder: "****",
        title: "**",
        "data-masked": "",
      },
    ],
    [
      "a secret",
      '<input id="x" class="secret" value="a long secret">',
      { id: "x", class: "secret", value: "****", type: "text", "data-masked": "" },
    ],
    [
      "an empty secret",
      '<input id="x" class="secret" value="">',
      { id: "x", class: "secret", type: "text", "data-masked": "" },
    ],
    [
      "a masked check box",
      '<input id="x" type="checkbox" class="private" checked value="zq">',
      { id: "x", type: "checkbox", class: "private", "data-masked": "" },
    ],
    [
      "an open check box",
      '<input id="x" type="checkbox" checked value="yes">',
      { id: "x", type: "checkbox", value: "yes", checked: true },
    ],
    [
      "a list where a masked choice is made",
      '<select id="x"><option class="private" selected value="zq">zq</option></select>',
      { id: "x", value: "****" },
    ],
    ["a link", '<a id="x" href="/to/here?zq=1#zq">l</a>', { id: "x", href: "/to/here" }],
    ["a link of a script", '<a id="x" href=" java\nscript:zq()">l</a>', { id: "x" }],
    ["a link to a person", '<a id="x" href="https://zq@bank.example/">l</a>', { id: "x", href: "" }],
    [
      "a masked link",
      '<a id="x" class="private" href="/of/zq">l</a>',
      { id: "x", class: "private", href: "" },
    ],
    [
      "a handler",
      '<p id="x" onclick="zq()" ping="zq" srcdoc="zq" itemid="zq" style="color: red">l</p>',
      { id: "x", style: "color: red;" },
    ],
    [
      "an address in a style",
      '<p id="x" style="background: url(/zq.png)">l</p>',
      { id: "x", style: 'background: url("data:,")' },
    ],
    ["what is blocked", '<p id="x" class="blocked" title="zq">zq</p>', undefined],
    ["a script", '<script id="x">zq</script>', undefined],
    ["a canvas", '<canvas id="x" title="zq">zq</canvas>', undefined],
    ["what does not show", '<p id="x" style="display: none" title="zq">zq</p>', undefined],
  ])("%s", (_, html, expected) => {
    const { first } = mirrored(html);
    expect(elementOf(first, "x")?.attributes).toEqual(expected);
    expect(JSON.stringify(first)).not.toContain("zq");
  });

  it.each([
    ["masked text keeps the gaps around it", '<p class="private"> Jane  Doe </p>', " ******** "],
    ["a secret text is four asterisks", '<p class="secret">some secret</p>', "****"],
    ["comments and templates are nothing", "<p>a<!-- zq -->b</p><template>zq</template>", "ab"],
    ["an unknown element is what stands in it", "<blink>seen</blink>", "seen"],
    ["a list's options are masked with it", '<select class="private"><option>zqzq</option></select>', "****"],
  ])("%s", (_, html, expected) => {
    const { first } = mirrored(html);
    expect(textOf(first)).toBe(expected);
  });

  it("leaves out what belongs to the customer's script", () => {
    const own = document.createElement("aside");
    claim(own);
    own.textContent = "zq";
    const { $, begin, frames } = mirrored('<div id="place"></div>');
    $("place").append(own);
    begin();
    expect(JSON.stringify(frames)).not.toContain("zq");
    expect(JSON.stringify(frames)).not.toContain("aside");
  });

  it("of a page that is blocked as a whole is nothing but a size", () => {
    const { first } = mirrored('<p id="x">zq</p>', [{ block: ["html"] }]);
    const elements = nodesOf(first).filter((node) => node.type === 2);
    expect(elements).toMatchObject([
      { tagName: "html", attributes: { class: "rr-block", rr_width: `${innerWidth}px` } },
    ]);
  });
});

describe("increments", () => {
  it("a text, an attribute, something new and something gone leave as one mutation", async () => {
    const { $, next, mirror } = mirrored('<p id="a">one</p><p id="b">two</p><p id="c">three</p>');
    $("a").firstChild?.replaceWith("ONE");
    ($("b").firstChild as Text).data = "TWO";
    $("b").title = "tip";
    const gone = Number(mirror.ref($("c")));
    $("c").remove();
    const [mutation, ...others] = increments(await next()) as [Mutation, ...Increment[]];
    expect(others).toEqual([]);
    expect(mutation.texts.map(({ value }) => value)).toEqual(["TWO"]);
    expect(mutation.attributes).toEqual([{ id: Number(mirror.ref($("b"))), attributes: { title: "tip" } }]);
    expect(mutation.adds.map(({ node }) => (node.type === 3 ? node.textContent : ""))).toEqual(["ONE"]);
    expect(mutation.removes.map(({ id }) => id)).toContain(gone);
  });

  it("what shows the same does not leave at all (SC-01)", async () => {
    const { $, next, frames } = mirrored(
      '<input id="x" class="secret" value="one"><p id="y" class="secret">one</p>',
    );
    ($("x") as HTMLInputElement).value = "two and more";
    $("x").dispatchEvent(new Event("input", { bubbles: true }));
    ($("y").firstChild as Text).data = "another length";
    expect(await next()).toEqual([]);
    expect(frames.length).toBe(1);
  });

  it("an emptied secret is seen to be empty", async () => {
    const { $, next } = mirrored('<input id="x" class="secret" value="one">');
    ($("x") as HTMLInputElement).value = "";
    expect(increments(await next())).toMatchObject([{ source: 5, text: "" }]);
  });

  it("what becomes masked is masked where it stands", async () => {
    const { $, next } = mirrored('<p id="x" title="open">open</p>');
    $("x").className = "private";
    const [mutation] = increments(await next()) as [Mutation];
    expect(mutation.texts.map(({ value }) => value)).toEqual(["****"]);
    expect(mutation.attributes[0]?.attributes).toMatchObject({ title: "****" });
  });

  it("what becomes blocked is replaced by a placeholder", async () => {
    const { $, next, mirror } = mirrored('<p id="x">open</p>');
    const before = Number(mirror.ref($("x")));
    $("x").className = "blocked";
    const [mutation] = increments(await next()) as [Mutation];
    expect(mutation.removes.map(({ id }) => id)).toEqual([before]);
    expect(mutation.adds).toMatchObject([{ node: { attributes: { class: "rr-block" }, childNodes: [] } }]);
  });

  it("what did not show leaves once it does, and nothing of it before", async () => {
    const { $, next } = mirrored('<div id="x" style="display: none"><p>panel</p></div>');
    ($("x").firstChild?.firstChild as Text).data = "prepared";
    expect(await next()).toEqual([]);
    $("x").style.display = "block";
    expect(textOf(await next())).toBe("prepared");
    $("x").style.display = "none";
    const [mutation] = increments(await next()) as [Mutation];
    expect(mutation.removes.length).toBe(1);
  });

  it("order and neighbours are kept when things move", async () => {
    const { $, next, mirror } = mirrored(
      '<ul id="list"><li id="a">a</li><li id="b">b</li><li id="c">c</li></ul>',
    );
    $("list").prepend($("c"));
    const [mutation] = increments(await next()) as [Mutation];
    const moved = mutation.adds.find(({ node }) => node.type === 2);
    expect(moved).toMatchObject({
      nextId: Number(mirror.ref($("a"))),
      parentId: Number(mirror.ref($("list"))),
    });
  });

  it("scrolling and focus in a masked place are not told (SC-08)", async () => {
    const { $, next } = mirrored(
      '<textarea id="x" class="private">x</textarea><textarea id="y">y</textarea>',
    );
    for (const id of ["x", "y"]) {
      $(id).scrollTop = 20;
      $(id).dispatchEvent(new Event("scroll"));
      $(id).focus();
    }
    const told = increments(await next()).filter(({ source }) => source !== 0);
    expect(told.every((one) => "id" in one && one.id !== 0)).toBe(true);
    expect(told.filter(({ source }) => source === 3).length).toBe(1);
  });

  it("the size of a masked field stays as it was, whatever the page makes of it (SC-08)", async () => {
    const { $, next } = mirrored(
      '<textarea id="x" class="private" rows="2" style="height: 20px">x</textarea>',
    );
    $("x").style.height = "200px";
    $("x").setAttribute("rows", "20");
    expect(await next()).toEqual([]);
  });
});

it.each([
  [[], []],
  [
    [1, 2, 3],
    [1, 2, 3],
  ],
  [
    [3, 0, 1, 2],
    [0, 1, 2],
  ],
  [
    [5, 1, 4, 2, 3, 0],
    [1, 2, 3],
  ],
  [[2, 1, 0], [0]],
])("of %j what can stay is %j", (numbers, expected) => {
  expect(longestRise(numbers)).toEqual(expected);
});

describe("versions of fields (WRITE-14)", () => {
  it("count the events that tell of a change, from 1 in the snapshot", async () => {
    const { $, next, mirror } = mirrored('<input id="x" value="a">');
    const ref = mirror.ref($("x")) as string;
    expect(mirror.version(ref)).toBe(1);
    for (const value of ["b", "c"]) {
      ($("x") as HTMLInputElement).value = value;
      $("x").dispatchEvent(new Event("input", { bubbles: true }));
    }
    expect(mirror.version(ref)).toBe(3);
    expect(increments(await next()).filter(({ source }) => source === 5).length).toBe(2);
    expect(mirror.version(ref)).toBe(3);
  });

  it("what no trusted event brought is not the customer's", () => {
    const { $, mirror } = mirrored('<input id="x" value="a">');
    ($("x") as HTMLInputElement).value = "b";
    $("x").dispatchEvent(new Event("input", { bubbles: true }));
    expect(mirror.versionByCustomer(mirror.ref($("x")) as string)).toBe(0);
  });
});

describe("nothing leaves", () => {
  it("of a page of another site", () => {
    const { frames, again } = mirrored("<p>x</p>", [], "https://other.example");
    expect(frames).toEqual([]);
    expect(again).toHaveBeenCalledOnce();
  });

  it("after a stop, what was held back included (STOP-3)", async () => {
    const { $, mirror, next } = mirrored('<p id="x">x</p>');
    ($("x").firstChild as Text).data = "later";
    await delivered();
    mirror.stop();
    expect(await next()).toEqual([]);
    expect(mirror.ref($("x"))).toBeUndefined();
  });

  it("when the gate fails: it is asked to begin anew", async () => {
    const { $, veil, next, again } = mirrored('<p id="x">x</p>');
    vi.spyOn(veil, "shows").mockImplementation(() => {
      throw new Error("zq");
    });
    ($("x").firstChild as Text).data = "zq";
    expect(await next()).toEqual([]);
    expect(again).toHaveBeenCalledOnce();
  });

  it("of what fails every time; the rest does", async () => {
    const { $, veil, next, again, begin, frames } = mirrored('<p id="x">x</p><p id="y">y</p>');
    const shows = veil.shows.bind(veil);
    vi.spyOn(veil, "shows").mockImplementation((node, text) => {
      if (text === "zq") throw new Error("zq");
      return shows(node, text);
    });
    again.mockImplementation(begin);
    ($("x").firstChild as Text).data = "zq";
    await next();
    expect(again).toHaveBeenCalledTimes(3);
    const last = frames.at(-1)?.events ?? [];
    expect(textOf(last)).toBe("y");
  });

  it("under the address of a page that is no longer open", async () => {
    const { $, next, again } = mirrored('<p id="x">x</p>');
    history.pushState(null, "", "/elsewhere");
    ($("x").firstChild as Text).data = "of another page";
    expect(await next()).toEqual([]);
    expect(again).toHaveBeenCalledOnce();
  });

  it("while there is no room; then what has become of it meanwhile", async () => {
    const { $, next, room } = mirrored('<p id="x">0</p>');
    room.has = false;
    for (const text of ["1", "2", "3"]) {
      ($("x").firstChild as Text).data = text;
      expect(await next()).toEqual([]);
    }
    room.has = true;
    const [mutation] = increments(await next()) as [Mutation];
    expect(mutation.texts.map(({ value }) => value)).toEqual(["3"]);
  });
});

describe("a list from which several can be chosen", () => {
  it("tells of each option by itself", async () => {
    const { $, mirror, next } = mirrored(
      '<select id="x" multiple><option id="a" selected>a</option><option id="b">b</option><option id="c">c</option></select>',
    );
    for (const id of ["b", "a"]) ($(id) as HTMLOptionElement).selected = id === "b";
    $("x").dispatchEvent(new Event("input", { bubbles: true }));
    const [changes, input] = (await next()) as [{ data: { attributes: unknown } }, unknown];

    expect(changes.data.attributes).toEqual([
      { id: Number(mirror.ref($("a"))), attributes: { selected: null } },
      { id: Number(mirror.ref($("b"))), attributes: { selected: true } },
    ]);
    expect(input).toMatchObject({ data: { source: 5, id: Number(mirror.ref($("x"))) } });
  });
});

describe("elements that an agent can act on", () => {
  it.each<[string, string, object | undefined]>([
    ["a field", '<input id="x">', {}],
    ["a masked field", '<input id="x" class="private">', { masked: true }],
    ["a disabled button", '<button id="x" type="button" class="off">b</button>', { disabled: true }],
    [
      "a default-type button",
      '<form><button id="x">b</button></form>',
      { submits: ["press", "Enter", "Space"] },
    ],
    [
      "what stands in one",
      '<form><button>b<b id="x">i</b></button></form>',
      { submits: ["press", "Enter", "Space"] },
    ],
    [
      "an allowed button",
      '<form><button id="pay">b</button></form>',
      { submits: ["press", "Enter", "Space"], allowed: true },
    ],
    [
      "a button of a form elsewhere",
      '<form id="f"></form><button id="x" form="f">b</button>',
      { submits: ["press", "Enter", "Space"] },
    ],
    ["an image", '<form><input id="x" type="image"></form>', { submits: ["press", "Enter", "Space"] }],
    [
      "a label of a submit button",
      '<form><label id="x" for="s">l</label><button id="s">b</button></form>',
      { submits: ["press", "Enter", "Space"] },
    ],
    [
      "a label of a disabled field",
      '<label id="x" for="s">l</label><input id="s" class="off">',
      { disabled: true },
    ],
    ["a field where Enter submits", '<form><input id="x"><button>b</button></form>', { submits: ["Enter"] }],
    ["the only field of a form without a button", '<form><input id="x"></form>', { submits: ["Enter"] }],
    ["one of two fields of such a form", '<form><input id="x"><input></form>', {}],
    ["a plain text", '<p id="x">t</p>', undefined],
    ["what is blocked", '<button id="x" class="blocked">b</button>', undefined],
    ["what does not show", '<button id="x" style="display: none">b</button>', undefined],
    ["what only takes up room", '<p style="visibility: hidden"><button id="x">b</button></p>', undefined],
    [
      "what shows in it all the same",
      '<p style="visibility: hidden"><button id="x" type="button" style="visibility: visible">b</button></p>',
      {},
    ],
  ])("%s", (_, html, expected) => {
    const { elements, mirror } = mirrored(html);
    const ref = mirror.ref(document.querySelector("#x, #pay") as Element);
    const found = elements.all().find((one) => one.ref === ref);
    const form = document.querySelector("form");
    expect(found).toEqual(expected && { ref, ...(form && { form: mirror.ref(form) }), ...expected });
  });

  it("tell what has come, changed and gone", async () => {
    const { $, elements, mirror, next } = mirrored('<input id="x"><button id="y" type="button">b</button>');
    const calls: unknown[] = [];
    const unwatch = elements.watch((changed, gone) => calls.push({ changed, gone }));
    const gone = mirror.ref($("y"));
    $("x").className = "private";
    $("y").remove();
    await next();
    await next();
    unwatch();
    expect(calls).toEqual([{ changed: [{ ref: mirror.ref($("x")), masked: true }], gone: [gone] }]);
  });
});

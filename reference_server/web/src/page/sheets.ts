// Style sheets as they may leave: rebuilt rule by rule from what the browser made of them, so that comments, broken
// text and rules of unknown kinds never do.  Nothing in them loads anything.  Text that a sheet shows (`content`,
// counters' symbols, quotes) leaves only where it shows on something, and on nothing that is masked; else as asterisks.
// Also here: the names that sheets use, because of what is masked only such classes, IDs and attributes leave.
// Order: Sheets, rules, declarations.

import type { CSSToken } from "@csstools/css-tokenizer";
import { TokenType, tokenize } from "@csstools/css-tokenizer";
import { tameDeclarations } from "../view/css";
import { settledQuery, settledScheme } from "./scheme";
import { SECRET, stars } from "./taint";
import type { PageVeil } from "./veil";

type Root = Document | ShadowRoot;

/** The longest sheet that leaves, in characters; what is beyond it is left out. */
const MAX_SHEET = 1_000_000;
/** The longest address of data within a sheet: an icon, a small font. */
const MAX_DATA = 64 << 10;

export class Sheets {
  readonly #veil: PageVeil;
  /** Classes and IDs that appear in selectors. */
  readonly #names = new Set<string>();
  /** Attributes that appear in selectors, or are shown by `attr()`. */
  readonly #attributes = new Set<string>();
  readonly #conditional = new WeakSet<CSSStyleSheet>();

  constructor(veil: PageVeil) {
    this.#veil = veil;
  }

  usesName(name: string): boolean {
    return this.#names.has(name);
  }

  usesAttribute(name: string): boolean {
    return this.#attributes.has(name);
  }

  /** A sheet as it may leave; empty where it cannot be read, as one of another site. */
  read(sheet: CSSStyleSheet, root: Root): string {
    const rules = rulesOf(sheet);
    if (rules === undefined || sheet.disabled) return "";
    const reader = new Reader(this.#veil, root, (selector) => this.#learn(selector));
    const css = reader.rules(rules);
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

  /** The declarations of a `style` attribute as they may leave. */
  inline(text: string, isMasked: boolean): string {
    if (text === "") return "";
    const reader = new Reader(this.#veil, document, () => undefined);
    return reader.declarations(isMasked ? withoutOwn(text) : text, () => !isMasked);
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

class Reader {
  readonly #veil: PageVeil;
  readonly #root: Root;
  readonly #learn: (selector: string) => void;
  #left = MAX_SHEET;
  isConditional = false;

  constructor(veil: PageVeil, root: Root, learn: (selector: string) => void) {
    this.#veil = veil;
    this.#root = root;
    this.#learn = learn;
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
        return rule.style === undefined ? "" : this.declarations(rule.style.cssText, () => false);
      case "CSSImportRule":
        return this.#imported(rule);
      case "CSSFontFaceRule":
        return this.#fontFace(rule);
      case "CSSKeyframeRule":
        return `${prelude}{${this.declarations(rule.style?.cssText ?? "", () => false)}}`;
      case "CSSLayerStatementRule":
        return `${prelude};`;
      default:
        return rule.cssRules === undefined ? "" : `${prelude}{${this.rules(rule.cssRules)}}`;
    }
  }

  #styleRule(rule: AnyRule): string {
    const selector = rule.selectorText ?? "";
    this.#learn(selector);
    const isNested = rule.parentRule?.constructor.name === "CSSStyleRule";
    const own = this.declarations(
      rule.style?.cssText ?? "",
      () => !isNested && this.#showsOnlyOnUnmasked(selector),
    );
    const nested = rule.cssRules === undefined || rule.cssRules.length === 0 ? "" : this.rules(rule.cssRules);
    return `${selector}{${own}${nested}}`;
  }

  #imported(rule: AnyRule): string {
    const rules = rule.styleSheet ? rulesOf(rule.styleSheet) : undefined;
    if (rules === undefined) return "";
    const media = settledQuery(rule.media?.mediaText ?? "");
    const text = this.rules(rules);
    return media === "" ? text : `@media ${media}{${text}}`;
  }

  /** A font of its own data; one that would have to be loaded is not, and the next of the list shows. */
  #fontFace(rule: AnyRule): string {
    const text = rule.style?.cssText ?? "";
    const isData = /\bsrc:\s*(?:url\("data:|local\()/.test(text) && text.length <= MAX_DATA;
    return isData ? `@font-face{${tameDeclarations(text)}}` : "";
  }

  /** Declarations as they may leave; `mayShow` is asked only where there is text to be shown. */
  declarations(text: string, mayShow: () => boolean): string {
    if (!/["'(]|--|color-scheme/.test(text)) return this.#clean(text);
    const kept: string[] = [];
    for (const { name, tokens } of split(text)) {
      const value = tokens.map(([, source]) => source).join("");
      if (value.length > MAX_DATA) continue;
      if (name === "color-scheme") {
        kept.push(`${name}:${settledScheme(value.trim())}`);
        continue;
      }
      const isFree = !saysSomething(name, tokens);
      if (!isFree) this.isConditional = true;
      const shown = isFree || !this.#veil.hasMasks() || mayShow() ? value : hushed(name, tokens);
      if (shown !== undefined) kept.push(`${name}:${shown}`);
    }
    return this.#clean(tameDeclarations(kept.join(";")));
  }

  #clean(text: string): string {
    return this.#veil.scrub(text) === text ? text : "";
  }

  /** Whether a selector means something, and nothing that is masked, nor could come to. */
  #showsOnlyOnUnmasked(selector: string): boolean {
    const plain = selector
      .replace(/::?(?:before|after|marker|placeholder|first-letter|first-line|backdrop|selection)\b/gi, "")
      .replace(/:(?:hover|focus|focus-visible|focus-within|active|visited|link|target)\b/gi, "")
      .split(",")
      .map((one) => (/(?:^|[\s>+~])$/.test(one) ? `${one}*` : one))
      .join(",");
    let found: NodeListOf<Element>;
    try {
      found = this.#root.querySelectorAll(plain);
    } catch {
      return false;
    }
    return found.length > 0 && [...found].every((element) => !this.#veil.see(element).masked);
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

/** Without custom properties: pages keep data in those of single elements. */
function withoutOwn(text: string): string {
  if (!text.includes("--")) return text;
  return split(text)
    .filter(({ name }) => !name.startsWith("--"))
    .map(({ name, tokens }) => `${name}:${tokens.map(([, source]) => source).join("")}`)
    .join(";");
}

/** Properties whose strings are names, and show nothing. */
const NAMES =
  /^(?:font|font-family|font-feature-settings|font-variation-settings|grid|grid-area|grid-template|grid-template-areas)$/;

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

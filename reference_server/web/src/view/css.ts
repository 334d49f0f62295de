// Style sheets of a mirrored page, tamed: whatever would make the agent's browser load something is taken out
// (RP-12, RP-14).  Works on tokens, as browsers read them, so that escapes and case do not matter.  What
// comes out is closed in itself: no two tamed pieces, put side by side, make a token that neither had.

import type { CSSToken } from "@csstools/css-tokenizer";
import { TokenType, tokenize } from "@csstools/css-tokenizer";

/** The longest style sheet that is looked at, in characters; a longer one is left out. */
export const MAX_CSS = 4 << 20;
/** The longest address of data: an image, a font. */
export const MAX_ADDRESS = 1 << 20;

/** What stands in for an address that must not be loaded: an empty image. */
const NOTHING = 'url("data:,")';
/** Keeps what stands before and behind it apart. */
const SEAM = "/**/";

const SAFE_DATA =
  /^data:(?:image\/(?:png|jpe?g|gif|webp|avif|bmp|x-icon|svg\+xml)|font\/[\w+.-]+|application\/(?:x-)?font-[\w+.-]+)[;,]/i;
const FRAGMENT = /^#[\w.:-]+$/;

/** At-rules that load, or change how the rest is read. */
const DROPPED_RULES: ReadonlySet<string> = new Set(["import", "charset", "namespace"]);
/** Functions whose strings are addresses. */
const ADDRESS_FUNCTIONS: ReadonlySet<string> = new Set([
  "url",
  "src",
  "image",
  "image-set",
  "-webkit-image-set",
  "cross-fade",
  "-webkit-cross-fade",
]);
/** What may stand inside those: nothing that puts in something from elsewhere, as `var()` does. */
const HARMLESS_INSIDE =
  /^(?:url|type|(?:-webkit-)?image-set|(?:-webkit-)?cross-fade|(?:repeating-)?(?:linear|radial|conic)-gradient|rgba?|hsla?|calc)$/i;

const CLOSERS: ReadonlyMap<TokenType, TokenType> = new Map([
  [TokenType.Function, TokenType.CloseParen],
  [TokenType.OpenParen, TokenType.CloseParen],
  [TokenType.OpenSquare, TokenType.CloseSquare],
  [TokenType.OpenCurly, TokenType.CloseCurly],
]);

/** A style sheet, or a piece of one, that loads nothing. */
export function tameSheet(css: string): string {
  return SEAM + tame(css) + SEAM;
}

/** The declarations of a `style` attribute, or the value of one property, that load nothing. */
export function tameDeclarations(css: string): string {
  return tame(css);
}

/** Whether an address stays in the page: data of a harmless kind and bounded, or a part of the page itself. */
export function isHarmless(address: string): boolean {
  return address.length <= MAX_ADDRESS && (SAFE_DATA.test(address) || FRAGMENT.test(address));
}

function tame(css: string): string {
  if (css.length > MAX_CSS) return "";
  const tokens = tokenize({ css: css.replace(/\r\n?|\f/g, "\n").replaceAll("\0", "\ufffd") });
  const kept: string[] = [];
  for (let at = 0; at < tokens.length; ) {
    const token = tokens[at] as CSSToken;
    if (token[0] === TokenType.AtKeyword && DROPPED_RULES.has(token[4].value.toLowerCase())) {
      at = afterStatement(tokens, at);
    } else if (token[0] === TokenType.Function && ADDRESS_FUNCTIONS.has(token[4].value.toLowerCase())) {
      const end = afterBlock(tokens, at);
      kept.push(isHarmlessCall(tokens, at, end) ? tokens.slice(at, end).map(text).join("") : NOTHING);
      at = end;
    } else {
      kept.push(text(token));
      at += 1;
    }
  }
  return kept.join("");
}

/** A token as it goes on: comments vanish, strings and addresses are closed, what is broken is dropped. */
function text(token: CSSToken): string {
  switch (token[0]) {
    case TokenType.Comment:
      return SEAM;
    case TokenType.URL:
      return isHarmless(token[4].value) ? `url(${quoted(token[4].value)})` : NOTHING;
    case TokenType.String:
      return quoted(token[4].value);
    case TokenType.BadString:
    case TokenType.BadURL:
    case TokenType.CDO:
    case TokenType.CDC:
      return " ";
    default:
      return token[1];
  }
}

/** Whether a call that has ended names no address that would be loaded. */
function isHarmlessCall(tokens: readonly CSSToken[], start: number, end: number): boolean {
  if (tokens[end - 1]?.[0] !== TokenType.CloseParen) return false;
  return tokens.slice(start + 1, end).every((token) => {
    if (token[0] === TokenType.String) return isHarmless(token[4].value);
    if (token[0] === TokenType.Function) return HARMLESS_INSIDE.test(token[4].value);
    return true;
  });
}

/** The place behind a block or call that begins at `start`; the end of the text if it is not closed. */
function afterBlock(tokens: readonly CSSToken[], start: number): number {
  const open: TokenType[] = [];
  for (let at = start; at < tokens.length; at += 1) {
    const type = (tokens[at] as CSSToken)[0];
    const closer = CLOSERS.get(type);
    if (closer !== undefined) open.push(closer);
    else if (type === open.at(-1)) open.pop();
    if (open.length === 0) return at + 1;
  }
  return tokens.length;
}

/** The place behind a rule that begins at `start`: behind its semicolon, or behind its block. */
function afterStatement(tokens: readonly CSSToken[], start: number): number {
  for (let at = start + 1; at < tokens.length; at += 1) {
    const type = (tokens[at] as CSSToken)[0];
    if (type === TokenType.Semicolon) return at + 1;
    if (type === TokenType.OpenCurly) return afterBlock(tokens, at);
  }
  return tokens.length;
}

function quoted(value: string): string {
  return `"${value.replace(/["\\]/g, "\\$&").replaceAll("\n", "\\a ")}"`;
}

// The gate: whatever leaves of a page is made here, from the live node, node by node and attribute by attribute, out of
// what is on the lists (`allowed`) and what the veil lets through.  rrweb only says where to look.
//
// What is not drawn at the moment does not leave either (`display: none`, closed details, panels prepared for later):
// an agent sees what the customer sees.  Of such an element there is a hollow in its place, without attributes, so that
// counting and neighbourhood in style sheets stay right; it is filled as soon as it shows.  What is merely transparent
// or `visibility: hidden` is mirrored: it takes room, and shows at the agent's end no more than at the customer's.
// Order: shapes, text, fields, attributes, placeholders.

import {
  BOXLESS,
  BUILT,
  COUNTED,
  LEFT_OUT,
  mirroredTag,
  PLACEHOLDERS,
  STRUCTURAL,
  SVG_ATTRIBUTES,
  TOLD,
  TYPED,
} from "./allowed";
import { isOwn } from "./own";
import type { Pictures } from "./pictures";
import { unescaped } from "./policy";
import { schemeOfPage, settledQuery } from "./scheme";
import type { Sheets } from "./sheets";
import { SECRET } from "./taint";
import type { Sight } from "./types";
import type { PageVeil } from "./veil";
import { frameDocument, isField } from "./veil";

export type Attributes = ReadonlyMap<string, string | true>;

/** What becomes of a node. */
export type Shape =
  | { readonly kind: "document" | "doctype" | "text" }
  | {
      readonly kind: "element";
      readonly tag: string;
      readonly isSvg: boolean;
      /** As it is; without anything, because it does not show; or nothing but its size. */
      readonly form: "whole" | "hollow" | "placeholder";
    };

const SVG = "http://www.w3.org/2000/svg";
/** The longest text of one node. */
const MAX_TEXT = 300_000;
/** The longest value of an attribute that is neither a field's text nor a picture. */
const MAX_VALUE = 8 << 10;
/** The longest text of all sheets that one element brings. */
const MAX_SHEETS = 1_000_000;

export class Redact {
  readonly #veil: PageVeil;
  readonly #sheets: Sheets;
  readonly #pictures: Pictures;
  readonly #leavesOut: boolean;
  /** Style elements of the mirror's own that carry the sheets which a root has adopted. */
  readonly carriers = new WeakMap<Node, Document | ShadowRoot>();
  #words: { readonly of: string; readonly has: ReadonlySet<string> } = { of: "", has: new Set() };

  /** `leavesOut`: parts that fail are left out. */
  constructor(veil: PageVeil, sheets: Sheets, pictures: Pictures, leavesOut: boolean) {
    this.#leavesOut = leavesOut;
    this.#veil = veil;
    this.#sheets = sheets;
    this.#pictures = pictures;
  }

  /** What fails leaves nothing: the whole has to begin anew, or, if that has not helped, this part is left out. */
  #safely<T>(what: () => T, nothing: T): T {
    try {
      return what();
    } catch (fault) {
      if (!this.#leavesOut) throw fault;
      return nothing;
    }
  }

  // Shapes

  /** What becomes of a node whose parent is mirrored as it is; undefined: nothing at all. */
  shape(node: Node): Shape | undefined {
    return this.#safely(() => this.#shape(node), undefined);
  }

  #shape(node: Node): Shape | undefined {
    switch (node.nodeType) {
      case 1:
        return this.#elementShape(node as Element);
      case 3:
        return { kind: "text" };
      case 9:
        return { kind: "document" };
      case 10:
        return { kind: "doctype" };
      default:
        return undefined;
    }
  }

  #elementShape(element: Element): Shape | undefined {
    if (this.carriers.has(element)) return whole("style", false);
    const { localName } = element;
    const isSvg = element.namespaceURI === SVG;
    const isSheet = localName === "link" && (element as HTMLLinkElement).relList.contains("stylesheet");
    if ((LEFT_OUT.has(localName) && !isSheet) || isOwn(element)) return undefined;
    const tag = mirroredTag(element);
    const sight = this.#veil.see(element);
    if (tag === undefined && !PLACEHOLDERS.has(localName)) return undefined;
    if (!isInside(element, isSvg) && !isDrawn(element))
      return { ...whole(tag ?? "div", isSvg), form: "hollow" };
    if (sight.blocked && /^(?:option|optgroup)$/.test(localName)) return undefined;
    if (tag === undefined || this.#hasNoForm(element, isSvg, sight)) return placeholder(element);
    return whole(tag, isSvg);
  }

  /** Whether nothing of it may leave but its size. */
  #hasNoForm(element: Element, isSvg: boolean, sight: Sight): boolean {
    const { localName } = element;
    if (sight.blocked || PLACEHOLDERS.has(localName)) return true;
    if (this.#veil.isClosedHost(element) || isSealed(element)) return true;
    if (localName === "iframe") return frameDocument(element) === undefined;
    // Charts and pictures say as much as text, by their form.
    return sight.masked && (isSvg || localName === "img" || (element as HTMLInputElement).type === "image");
  }

  // Text

  /** What leaves of a text node. */
  text(node: Node): string {
    return this.#safely(() => this.#text(node), "");
  }

  #text(node: Node): string {
    const raw = (node as Text).data;
    const parent = node.parentNode;
    if (parent === null) return "";
    const sight = this.#veil.see(node);
    if (sight.blocked) return "";
    // White space between masked things is no data, and asterisks in its place would tear the page apart.
    if (raw.trim() === "") return sight.secret ? "" : raw.slice(0, MAX_TEXT);
    if (sight.secret) return SECRET;
    if (!sight.masked) return this.#veil.shows(node, raw.slice(0, MAX_TEXT));
    const [, before = "", text = "", after = ""] =
      /^(\s?)\s*(.*?)\s*?(\s?)$/s.exec(raw.replace(/\s+/g, " ")) ?? [];
    return before + this.#veil.shows(node, text.slice(0, MAX_TEXT)) + after;
  }

  // Fields

  /** What an agent sees in a field; undefined for what has no text of its own. */
  fieldText(element: Element): string | undefined {
    switch (element.localName) {
      case "input":
        return this.#inputText(element as HTMLInputElement);
      case "textarea":
        return this.#veil.shows(element, (element as HTMLTextAreaElement).value.slice(0, MAX_TEXT));
      case "select": {
        const { value, selectedOptions } = element as HTMLSelectElement;
        const isMasked = [element, ...selectedOptions].some((one) => this.#veil.see(one).masked);
        // Of a list that everybody knows the length would give the choice away.
        return isMasked ? value && SECRET : this.#veil.shows(element, value);
      }
      default:
        return undefined;
    }
  }

  #inputText(input: HTMLInputElement): string | undefined {
    if (input.type === "file" || input.type === "hidden") return "";
    if (input.type === "image") return undefined;
    const isMasked = this.#veil.see(input).masked;
    if (input.type === "checkbox" || input.type === "radio")
      return isMasked ? "" : this.#veil.shows(input, input.value);
    return this.#veil.shows(input, input.value.slice(0, MAX_TEXT));
  }

  /** Whether an agent sees it ticked or chosen: never, where that is masked. */
  isChecked(element: Element): boolean {
    if (this.#veil.see(element).masked) return false;
    if (element.localName === "option") return (element as HTMLOptionElement).selected;
    const { type, checked } = element as HTMLInputElement;
    return (type === "checkbox" || type === "radio") && checked;
  }

  /** Whether it shows the same however long it is: nothing but whether it is empty is told of it. */
  isSecret(element: Element): boolean {
    return this.#veil.see(element).secret;
  }

  // Attributes

  /** The attributes that leave of an element of this shape. */
  attributes(element: Element, shape: Shape): Attributes {
    return this.#safely(() => this.#attributes(element, shape), new Map());
  }

  #attributes(element: Element, shape: Shape): Attributes {
    const found = new Map<string, string | true>();
    if (shape.kind !== "element") return found;
    if (this.carriers.has(element)) return found.set("_cssText", this.#sheetText(element));
    if (shape.form === "hollow") return found.set("hidden", true).set("style", "display: none !important");
    if (shape.form === "placeholder") return placeholderAttributes(element);
    const sight = this.#veil.see(element);
    // Not `element.attributes`: a form's may be a field of that name.
    for (const name of element.getAttributeNames()) {
      const shown = this.#attribute(element, shape.isSvg, name, element.getAttribute(name) ?? "", sight);
      if (shown !== undefined) found.set(name, shown);
    }
    const scheme =
      element === element.ownerDocument.documentElement ? schemeOfPage(element.ownerDocument) : "";
    if (scheme !== "") found.set("style", `${found.get("style") ?? ""};color-scheme:${scheme}`);
    this.#state(element, sight, found);
    return found;
  }

  #attribute(
    element: Element,
    isSvg: boolean,
    name: string,
    value: string,
    sight: Sight,
  ): string | undefined {
    if (value.length > MAX_VALUE && name !== "d" && name !== "points") return undefined;
    if (name === "id" || name === "class" || name === "name")
      return this.#named(element, name, value, sight) || undefined;
    if (name === "style") return this.#style(element, value, sight) || undefined;
    if (name === "href" || name === "xlink:href") return this.#address(element, isSvg, value, sight);
    if (name === "media") return this.#whole(settledQuery(value));
    if (sight.masked) return this.#maskedAttribute(element, name, value);
    if (isSvg && SVG_ATTRIBUTES.has(name))
      return /url\(\s*["']?[^#"'\s]/i.test(value) ? undefined : this.#whole(value);
    if (TOLD.has(name) || name.startsWith("aria-")) return this.#veil.shows(element, value);
    if (name === "for") return this.#whole(value);
    const isKnown = BUILT.has(name) || COUNTED.has(name) || (name === "value" && element.localName === "li");
    return isKnown || this.#isStyled(name, value) ? this.#whole(value) : undefined;
  }

  /** An attribute by whose value style sheets go. */
  #isStyled(name: string, value: string): boolean {
    const isOther =
      /^(?:on|src|action|formaction|data$|value$|checked$|selected$|ping|nonce|integrity|content$|http)/i.test(
        name,
      );
    return !isOther && !name.includes(":") && value.length <= 64 && this.#sheets.usesAttribute(name);
  }

  #whole(value: string): string | undefined {
    return this.#veil.scrub(value) === value ? value : undefined;
  }

  #maskedAttribute(element: Element, name: string, value: string): string | undefined {
    if (TOLD.has(name)) return this.#veil.shows(element, value);
    if (name === "for") return isIdentifier(value) ? value : undefined;
    if (!BUILT.has(name) || COUNTED.has(name)) return undefined;
    return /^[a-z0-9 #%-]{0,32}$/i.test(value) && !/\d{4}/.test(value) ? value : undefined;
  }

  /**
   * IDs, classes and names.  Pages make them of data (`row-jane.doe`), so of what is masked only those leave that
   * style sheets or administrators wrote down, and of its fields those that name a field, not a person.
   */
  #named(element: Element, name: string, value: string, sight: Sight): string {
    const isControl =
      name !== "class" &&
      /^(?:input|select|textarea|button|form|fieldset|label|slot)$/.test(element.localName);
    const kept = value.split(/\s+/).filter((token) => {
      if (token === "" || this.#veil.scrub(token) !== token) return false;
      if (!sight.masked || (isControl && isIdentifier(token))) return true;
      return name !== "name" && (this.#sheets.usesName(token) || this.#isRuled(element, token));
    });
    return kept.join(" ");
  }

  /** Whether administrators wrote the word into a selector. */
  #isRuled(element: Element, word: string): boolean {
    const of = this.#veil.selectors(element);
    if (this.#words.of !== of) this.#words = { of, has: new Set(of.match(/[\w-]+/g)) };
    return this.#words.has.has(word);
  }

  #style(element: Element, raw: string, sight: Sight): string {
    // An attribute that the browser could not read at all has no declarations.
    const text = raw === "" ? "" : ((element as HTMLElement).style?.cssText ?? "");
    return this.#sheets.inline(text, sight.masked, element);
  }

  /** Where a link leads, without query and fragment; undefined for what is no web address. */
  #address(element: Element, isSvg: boolean, value: string, sight: Sight): string | undefined {
    if (!isSvg && !/^(?:a|area)$/.test(element.localName)) return undefined;
    if (sight.masked) return isSvg ? undefined : "";
    if (isSvg) return element.localName !== "a" && /^#[\w.:-]+$/.test(value) ? this.#whole(value) : undefined;
    const plain = value.replace(/[\0-\x20]+/g, "").replace(/[?#].*$/s, "");
    const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(plain)?.[1]?.toLowerCase();
    if (scheme !== undefined && scheme !== "http" && scheme !== "https") return undefined;
    return plain.split("/").every((part) => this.#whole(unescaped(part)) !== undefined) &&
      !plain.includes("@")
      ? plain
      : "";
  }

  /** What a thing holds at the moment, in place of what the document gave it. */
  #state(element: Element, sight: Sight, found: Map<string, string | true>): void {
    const { localName } = element;
    const text = this.fieldText(element);
    if (text !== undefined && text !== "") found.set("value", text);
    if (this.isChecked(element)) found.set(localName === "option" ? "selected" : "checked", true);
    if (/^(?:option|progress|meter|data|button)$/.test(localName) && !sight.masked) {
      const value = element.getAttribute("value");
      if (value !== null) found.set("value", this.#veil.shows(element, value.slice(0, MAX_VALUE)));
    }
    if (localName === "input" && sight.masked && TYPED.has((element as HTMLInputElement).type))
      found.set("type", "text");
    if (sight.masked && isField(element)) found.set("data-masked", "");
    if (localName === "style" || localName === "link") found.set("_cssText", this.#sheetText(element));
    if (localName === "img") this.#picture(element as HTMLImageElement, found);
    if (localName === "iframe") for (const [name, value] of sizeOf(element)) found.set(name, value);
    if (localName === "dialog" && (element as HTMLDialogElement).open) {
      found.set("rr_open_mode", element.matches(":modal") ? "modal" : "non-modal");
    }
  }

  #picture(image: HTMLImageElement, found: Map<string, string | true>): void {
    const data = this.#pictures.of(image);
    if (data !== undefined) found.set("src", data);
    for (const [name, value] of contentSizeOf(image)) found.set(name, value);
  }

  /** The style sheets that an element brings: its own, or what it carries. */
  sheetsOf(element: Element): readonly CSSStyleSheet[] {
    const carried = this.carriers.get(element);
    if (carried !== undefined) return carried.adoptedStyleSheets;
    const { sheet } = element as HTMLStyleElement | HTMLLinkElement;
    return sheet === null || sheet === undefined ? [] : [sheet];
  }

  /** The style sheets that an element brings, as they may leave. */
  #sheetText(element: Element): string {
    const root = this.carriers.get(element) ?? (element.getRootNode() as Document | ShadowRoot);
    let text = "";
    for (const sheet of this.sheetsOf(element)) {
      const next = this.#sheets.read(sheet, root);
      if (text.length + next.length <= MAX_SHEETS) text += `${next}\n`;
    }
    return this.#sheets.filled(text);
  }

  /** See to it that changes in a document or shadow root are known. */
  watch(container: Node): void {
    if (container.nodeType !== 9 && container.nodeType !== 11) return;
    this.#veil.enter(container as Document | ShadowRoot);
    this.#sheets.learn(container as Document | ShadowRoot);
  }
}

function whole(tag: string, isSvg: boolean): Extract<Shape, { kind: "element" }> {
  return { kind: "element", tag, isSvg, form: "whole" };
}

/** Words and numbers as programmers name fields; not a person's name, address or number. */
function isIdentifier(token: string): boolean {
  return /^[A-Za-z_][\w.:[\]-]{0,39}$/.test(token) && (token.match(/\d/g)?.length ?? 0) <= 3;
}

/** Parts that are drawn with what they stand in. */
function isInside(element: Element, isSvg: boolean): boolean {
  return isSvg ? (element as SVGElement).ownerSVGElement !== null : BOXLESS.has(element.localName);
}

/**
 * Whether something shows in a custom element that is not in its document: a closed shadow root, most likely, which was
 * attached before anybody could see it.
 */
function isSealed(element: Element): boolean {
  if (!element.localName.includes("-") || element.shadowRoot !== null) return false;
  if ((element.textContent ?? "").trim() !== "" || element.childElementCount > 0) {
    const shows = [...element.children].some((child) => isDrawn(child));
    if (shows || element.childElementCount === 0) return false;
  }
  const { width, height } = element.getBoundingClientRect();
  return width > 0 && height > 0;
}

/** Whether it is drawn at all, taking its surroundings for granted. */
export function isDrawn(element: Element): boolean {
  if (typeof element.checkVisibility === "function" && element.checkVisibility()) return true;
  const { display } = (element.ownerDocument.defaultView ?? window).getComputedStyle(element);
  if (typeof element.checkVisibility !== "function") return display !== "none";
  return display === "contents";
}

// Placeholders

function placeholder(element: Element): Shape {
  const { localName } = element;
  if (STRUCTURAL.has(localName)) return { ...whole(localName, false), form: "placeholder" };
  const { display } = (element.ownerDocument.defaultView ?? window).getComputedStyle(element);
  return { ...whole(display.startsWith("inline") ? "span" : "div", false), form: "placeholder" };
}

/** What of an element's place in the page its placeholder takes over. */
const PLACED =
  `position top right bottom left float margin vertical-align flex align-self justify-self order grid-area
  z-index`.split(/\s+/);
const UNPLACED = /^(?:static|auto|none|0px|baseline|0 1 auto|auto \/ auto \/ auto \/ auto|0|normal|)$/;

function placeholderAttributes(element: Element): Attributes {
  const style = (element.ownerDocument.defaultView ?? window).getComputedStyle(element);
  const placed = PLACED.filter((name) => !UNPLACED.test(style.getPropertyValue(name)))
    .filter((name) => style.position !== "static" || !/^(?:top|right|bottom|left)$/.test(name))
    .map((name) => `${name}: ${style.getPropertyValue(name)}`);
  const display = style.display.startsWith("inline") ? "inline-block" : "";
  if (display !== "") placed.unshift(`display: ${display}`);
  const found = new Map<string, string | true>([["class", "rr-block"], ...sizeOf(element)]);
  if (placed.length > 0) found.set("style", `${placed.join("; ")}; box-sizing: border-box`);
  return found;
}

/** The size of an element as rrweb's players read it; of the whole page that of the window. */
function sizeOf(element: Element): readonly (readonly [string, string])[] {
  const view = element.ownerDocument.defaultView ?? window;
  const isPage = element.localName === "html";
  const { width, height } = isPage
    ? { width: view.innerWidth, height: view.innerHeight }
    : element.getBoundingClientRect();
  return [
    ["rr_width", `${round(width)}px`],
    ["rr_height", `${round(height)}px`],
  ];
}

function contentSizeOf(image: HTMLImageElement): readonly (readonly [string, string])[] {
  const { width, height } = (image.ownerDocument.defaultView ?? window).getComputedStyle(image);
  if (!width.endsWith("px") || !height.endsWith("px")) return [];
  return [
    ["rr_width", `${round(Number.parseFloat(width))}px`],
    ["rr_height", `${round(Number.parseFloat(height))}px`],
  ];
}

function round(pixels: number): number {
  return Math.round(pixels * 100) / 100;
}

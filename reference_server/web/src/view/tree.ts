// The nodes of a mirrored page as this end knows them, and how one becomes what is rendered.  Knowing them is
// what lets an increment be checked: whose attribute it changes, whose text, and how deep it would go.
// Reading order: what is rendered, Tree (putting nodes in, taking them out), making a node of what was sent.

import { canHost, fixedAttributes, HOLLOW, renderedAttribute, renderedTag } from "./allow";
import { tameSheet } from "./css";
import type { Fields } from "./read";
import { between, fields, list, Malformed, reference, text } from "./read";

/** The most nodes of a page, and how deep they may stand in each other. */
export const MAX_NODES = 500_000;
export const MAX_DEPTH = 256;
/** The longest text of one node, in characters. */
export const MAX_TEXT = 2 << 20;
const MAX_ATTRIBUTES = 128;
const MAX_SCROLL = 10_000_000;

/** A node as the replayer gets it; the names are rrweb's. */
export type SafeNode =
  | { readonly type: 0; readonly id: number; childNodes: SafeNode[]; readonly compatMode?: "BackCompat" }
  | {
      readonly type: 1;
      readonly id: number;
      readonly name: "html";
      readonly publicId: "";
      readonly systemId: "";
    }
  | SafeElement
  | {
      readonly type: 3;
      readonly id: number;
      textContent: string;
      readonly isShadow?: true;
      readonly isStyle?: true;
    }
  | { readonly type: 5; readonly id: number; readonly textContent: ""; readonly isShadow?: true };

export interface SafeElement {
  readonly type: 2;
  readonly id: number;
  readonly tagName: string;
  readonly attributes: Readonly<Record<string, string | number>>;
  childNodes: SafeNode[];
  readonly isSVG?: true;
  readonly isShadow?: true;
  readonly isShadowHost?: true;
  readonly rootId?: number;
}

const DOCUMENT = 0;
const DOCUMENT_TYPE = 1;
const ELEMENT = 2;
const TEXT = 3;

/** What is remembered of a node. */
interface Known {
  readonly type: number;
  /** The element's name as rendered; empty for what is no element. */
  readonly tag: string;
  readonly isSvg: boolean;
  parent: number;
  /** None has been given yet to most: there are many nodes. */
  children: Set<number> | undefined;
}

/** The nodes of the page that is on view. */
export class Tree {
  readonly #known = new Map<number, Known>();
  readonly #most: number;
  #leftOut = 0;

  /** `most` nodes at a time. */
  constructor(most = MAX_NODES) {
    this.#most = most;
  }

  /** How many nodes had no room since this was asked last, because the page is too large or too deep. */
  leftOut(): number {
    const count = this.#leftOut;
    this.#leftOut = 0;
    return count;
  }

  /** Forget all: another page comes. */
  clear(): void {
    this.#known.clear();
  }

  has(id: number): boolean {
    return this.#known.has(id);
  }

  /** The element's name; empty for what is no element, or is not known. */
  tag(id: number): string {
    return this.#known.get(id)?.tag ?? "";
  }

  isSvg(id: number): boolean {
    return this.#known.get(id)?.isSvg === true;
  }

  isText(id: number): boolean {
    return this.#known.get(id)?.type === TEXT;
  }

  isDocument(id: number): boolean {
    return this.#known.get(id)?.type === DOCUMENT;
  }

  /** The name of the element that a node stands in. */
  tagAround(id: number): string {
    return this.tag(this.#known.get(id)?.parent ?? 0);
  }

  /** Take a node out, with all that is in it. */
  remove(id: number): void {
    const known = this.#known.get(id);
    if (known === undefined) return;
    this.#known.get(known.parent)?.children?.delete(id);
    for (const waiting = [id]; waiting.length > 0; ) {
      const next = waiting.pop() as number;
      for (const child of this.#childrenOf(next)) waiting.push(child);
      this.#known.delete(next);
    }
  }

  /** A whole page; raises Malformed where it is no document. */
  page(given: unknown): SafeNode {
    this.clear();
    const node = this.#document(fields(given), 0, 0);
    return node;
  }

  /** What is to be added below `parent`; undefined for what must not stand there. */
  addition(given: unknown, parent: number): SafeNode | undefined {
    const sent = fields(given);
    if (sent.type === DOCUMENT) {
      return this.tag(parent) === "iframe" ? this.#document(sent, parent, this.#depth(parent)) : undefined;
    }
    const id = reference(sent.id);
    if (this.tag(parent) === HOLLOW || this.#moves(id, parent)) return undefined;
    const depth = this.#depth(parent);
    if (depth >= MAX_DEPTH) return this.#leaveOut();
    const kept = [...this.#childrenOf(id)];
    const node = this.#node({ ...sent, childNodes: [] }, parent, depth);
    if (node?.type === ELEMENT && kept.length > 0) for (const child of kept) this.#adopt(id, child);
    return node;
  }

  /** Whether a node that is on the page already cannot go there: into itself, or too deep with what is in it. */
  #moves(id: number, parent: number): boolean {
    if (!this.#known.has(id)) return false;
    for (let at = parent; at !== 0; at = this.#known.get(at)?.parent ?? 0) if (at === id) return true;
    const goesTooDeep = this.#depth(parent) + this.#height(id) > MAX_DEPTH;
    if (!goesTooDeep) this.#known.get(this.#known.get(id)?.parent ?? 0)?.children?.delete(id);
    return goesTooDeep;
  }

  #leaveOut(): undefined {
    this.#leftOut += 1;
    return undefined;
  }

  #depth(id: number): number {
    let depth = 0;
    for (let at = id; at !== 0; at = this.#known.get(at)?.parent ?? 0) depth += 1;
    return depth;
  }

  #height(id: number): number {
    let height = 0;
    for (let row = [id]; row.length > 0; height += 1) {
      row = row.flatMap((one) => [...this.#childrenOf(one)]);
    }
    return height;
  }

  #remember(id: number, type: number, parent: number, tag = "", isSvg = false): void {
    this.#known.set(id, { type, tag, isSvg, parent, children: undefined });
    this.#adopt(parent, id);
  }

  #adopt(parent: number, child: number): void {
    const known = this.#known.get(parent);
    if (known === undefined) return;
    known.children ??= new Set();
    known.children.add(child);
  }

  #childrenOf(id: number): Iterable<number> {
    return this.#known.get(id)?.children ?? [];
  }

  #document(sent: Fields, parent: number, depth: number): SafeNode {
    if (sent.type !== DOCUMENT) throw new Malformed();
    const id = reference(sent.id);
    if (this.#known.has(id)) throw new Malformed();
    this.#remember(id, DOCUMENT, parent);
    const childNodes = this.#nodes(sent.childNodes, id, depth + 1);
    const quirks = sent.compatMode === "BackCompat" && childNodes.length > 0;
    return { type: DOCUMENT, id, childNodes, ...(quirks && { compatMode: "BackCompat" }) };
  }

  #nodes(given: unknown, parent: number, depth: number): SafeNode[] {
    const nodes: SafeNode[] = [];
    if (depth > MAX_DEPTH) {
      if (list(given, MAX_NODES).length > 0) this.#leaveOut();
      return nodes;
    }
    for (const one of list(given, MAX_NODES)) {
      const sent = fields(one);
      if (this.#known.has(reference(sent.id))) continue;
      const node = this.#node(sent, parent, depth);
      if (node !== undefined) nodes.push(node);
    }
    return nodes;
  }

  #node(sent: Fields, parent: number, depth: number): SafeNode | undefined {
    const id = reference(sent.id);
    if (this.#known.size >= this.#most) return this.#leaveOut();
    const isShadow = sent.isShadow === true ? ({ isShadow: true } as const) : {};
    switch (sent.type) {
      case DOCUMENT_TYPE:
        this.#remember(id, DOCUMENT_TYPE, parent);
        return { type: 1, id, name: "html", publicId: "", systemId: "" };
      case ELEMENT:
        return this.#element(sent, id, parent, depth);
      case TEXT:
        this.#remember(id, TEXT, parent);
        return { type: 3, id, ...this.#text(text(sent.textContent), parent), ...isShadow };
      case 4: // CDATA, and comments: nothing to see, but others may stand before them
      case 5:
        this.#remember(id, 5, parent);
        return { type: 5, id, textContent: "", ...isShadow };
      default:
        throw new Malformed();
    }
  }

  #text(given: string, parent: number): { textContent: string; isStyle?: true } {
    if (given.length > MAX_TEXT) return { textContent: "" };
    return this.tag(parent) === "style"
      ? { textContent: tameSheet(given), isStyle: true }
      : { textContent: given };
  }

  /** What the text of a node becomes. */
  changedText(id: number, given: string): string {
    return this.#text(given, this.#known.get(id)?.parent ?? 0).textContent;
  }

  #element(sent: Fields, id: number, parent: number, depth: number): SafeElement {
    const given = fields(sent.attributes ?? {});
    const isSvg = sent.isSVG === true;
    const tag = renderedTag(text(sent.tagName), isSvg, typeof given._cssText === "string");
    const isHollow = tag === HOLLOW;
    this.#remember(id, ELEMENT, parent, tag, isSvg && !isHollow);
    const childNodes = isHollow ? [] : this.#nodes(sent.childNodes, id, depth + 1);
    return {
      type: ELEMENT,
      id,
      tagName: tag,
      attributes: isHollow ? {} : { ...attributesOf(tag, isSvg, given), ...fixedAttributes(tag) },
      childNodes,
      ...(isSvg && !isHollow && ({ isSVG: true } as const)),
      ...(sent.isShadow === true && ({ isShadow: true } as const)),
      ...(sent.isShadowHost === true && canHost(tag) && ({ isShadowHost: true } as const)),
      ...(sent.rootId !== undefined && { rootId: reference(sent.rootId) }),
    };
  }
}

/** The attributes of an element in the form in which they are rendered. */
export function attributesOf(tag: string, isSvg: boolean, given: Fields): Record<string, string | number> {
  const kept: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(given).slice(0, MAX_ATTRIBUTES)) {
    const one = attributeOf(tag, isSvg, name, value);
    if (one !== undefined) kept[one[0]] = one[1];
  }
  if ("rr_width" in kept || "rr_height" in kept) kept["data-cobrowse-placeholder"] = "";
  if (tag === "input" && kept.type === "image" && !("src" in kept)) {
    kept.type = "submit"; // a picture that is not shown: what it says instead
    kept.value = kept.alt ?? "";
  }
  return kept;
}

/** One attribute, or undefined where it is not rendered. */
export function attributeOf(
  tag: string,
  isSvg: boolean,
  name: string,
  value: unknown,
): readonly [string, string | number] | undefined {
  if (value === null || value === false || typeof value === "object") return undefined;
  if (name === "_cssText") return tag === "style" ? [name, tameSheet(text(value))] : undefined;
  if (name === "rr_scrollLeft" || name === "rr_scrollTop") return [name, between(0, MAX_SCROLL, value)];
  if (name === "rr_dataURL")
    return tag === "img" ? renderedAttribute(tag, isSvg, "src", String(value)) : undefined;
  if (name === "rr_open_mode") return value === "modal" ? ["data-cobrowse-modal", ""] : undefined;
  return renderedAttribute(tag, isSvg, name, value === true ? "" : String(value));
}

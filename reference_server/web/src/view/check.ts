// The gate at this end: what a customer's client sent becomes events that are safe to render, or nothing (RP-03).
// The sender may be hostile, so every field that goes on was looked at here, and every other is left behind.
// Reading order: what comes out, Checker (a payload, an event, what it changes).

import { tameDeclarations, tameSheet } from "./css";
import { between, type Fields, fields, index, list, Malformed, reference, text } from "./read";
import { attributeOf, MAX_NODES, type SafeNode, Tree } from "./tree";

/** The largest window that is shown, in CSS pixels. */
export const MAX_SIDE = 8192;
/** The most events of one payload. */
const MAX_EVENTS = 10_000;
const MAX_RULES = 20_000;
/** How often additions that come before what they stand in are tried again. */
const MAX_PASSES = 32;
const MAX_RANGES = 64;
const MAX_SCROLL = 10_000_000;

/** An event that can be rendered; the names are rrweb's. */
export type SafeEvent =
  | {
      readonly type: 4;
      readonly data: { readonly href: ""; readonly width: number; readonly height: number };
    }
  | { readonly type: 2; readonly data: { readonly node: SafeNode; readonly initialOffset: Offset } }
  | { readonly type: 3; readonly data: SafeChange };

interface Offset {
  readonly left: number;
  readonly top: number;
}

type StyleChange = string | null | Readonly<Record<string, string | false | readonly [string, string]>>;

/** What changes, by rrweb's number for its source. */
export type SafeChange =
  | {
      readonly source: 0;
      readonly texts: readonly { readonly id: number; readonly value: string }[];
      readonly attributes: readonly {
        readonly id: number;
        readonly attributes: Readonly<Record<string, StyleChange>>;
      }[];
      readonly removes: readonly {
        readonly id: number;
        readonly parentId: number;
        readonly isShadow?: true;
      }[];
      readonly adds: readonly SafeAddition[];
    }
  | { readonly source: 2; readonly type: 5 | 6; readonly id: number }
  | { readonly source: 3; readonly id: number; readonly x: number; readonly y: number }
  | { readonly source: 4; readonly width: number; readonly height: number }
  | { readonly source: 5; readonly id: number; readonly text: string; readonly isChecked: boolean }
  | {
      readonly source: 8;
      readonly id?: number;
      readonly styleId?: number;
      readonly adds: readonly { readonly rule: string; readonly index?: number | number[] }[];
      readonly removes: readonly { readonly index: number | number[] }[];
      readonly replaceSync?: string;
    }
  | {
      readonly source: 13;
      readonly id?: number;
      readonly styleId?: number;
      readonly index: number[];
      readonly set?: { readonly property: string; readonly value: string; readonly priority: string };
      readonly remove?: { readonly property: string };
    }
  | {
      readonly source: 14;
      readonly ranges: readonly {
        readonly start: number;
        readonly startOffset: number;
        readonly end: number;
        readonly endOffset: number;
      }[];
    }
  | {
      readonly source: 15;
      readonly id: number;
      readonly styleIds: readonly number[];
      readonly styles: readonly {
        readonly styleId: number;
        readonly rules: readonly { readonly rule: string; readonly index?: number | number[] }[];
      }[];
    };

interface SafeAddition {
  readonly parentId: number;
  readonly nextId: number | null;
  readonly node: SafeNode;
}

/** What came of a payload. */
export interface Checked {
  readonly events: readonly SafeEvent[];
  /** How many events were thrown away because they were malformed, or could be shown in part only. */
  readonly malformed: number;
}

const PROPERTY = /^-{0,2}[a-zA-Z][a-zA-Z0-9_-]{0,80}$/;

/** Checks the events of one mirror, in their order. */
export class Checker {
  readonly #tree: Tree;
  readonly #inputs = new Map<number, number>();

  /** A page has at most so many nodes. */
  constructor(mostNodes = MAX_NODES) {
    this.#tree = new Tree(mostNodes);
  }

  /** The version of a field that is on view: 1 in the snapshot, one more with each Input event (WRITE-14). */
  version(id: number): number {
    return 1 + (this.#inputs.get(id) ?? 0);
  }

  /** Forget the page. */
  clear(): void {
    this.#tree.clear();
    this.#inputs.clear();
  }

  /** The payload of one content frame. */
  payload(data: ArrayBuffer): Checked {
    let sent: readonly unknown[];
    try {
      sent = list(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(data)) ?? 0, MAX_EVENTS);
    } catch {
      return { events: [], malformed: 1 };
    }
    const events: SafeEvent[] = [];
    let malformed = 0;
    for (const one of sent) {
      try {
        const event = this.#event(fields(one));
        if (event !== undefined) events.push(event);
      } catch {
        malformed += 1;
      }
    }
    return { events, malformed: malformed + (this.#tree.leftOut() > 0 ? 1 : 0) };
  }

  /** An event; undefined for a kind that has no use here. */
  #event(sent: Fields): SafeEvent | undefined {
    const type = sent.type;
    if (!Number.isSafeInteger(type)) throw new Malformed();
    const data = fields(sent.data ?? {});
    if (type === 4) return { type, data: { href: "", ...size(data) } };
    if (type === 2) {
      this.clear();
      const node = this.#tree.page(data.node);
      return { type, data: { node, initialOffset: offset(data.initialOffset) } };
    }
    if (type !== 3) return undefined;
    const change = this.#change(data);
    return change && { type, data: change };
  }

  #change(data: Fields): SafeChange | undefined {
    switch (data.source) {
      case 0:
        return this.#mutation(data);
      case 2:
        return this.#focus(data);
      case 3:
        return this.#of(data, (id) => ({ source: 3, id, ...place(data) }));
      case 4:
        return { source: 4, ...size(data) };
      case 5:
        return this.#input(data);
      case 8:
        return this.#rules(data);
      case 13:
        return this.#declaration(data);
      case 14:
        return { source: 14, ranges: list(data.ranges, MAX_RANGES).map((one) => range(fields(one))) };
      case 15:
        return this.#adopted(data);
      default:
        if (!Number.isSafeInteger(data.source)) throw new Malformed();
        return undefined; // fonts, canvases, media, custom elements, the pointer's path: not rendered
    }
  }

  /** A change of a node that is on view. */
  #of(data: Fields, make: (id: number) => SafeChange): SafeChange | undefined {
    const id = reference(data.id);
    return this.#tree.has(id) ? make(id) : undefined;
  }

  #focus(data: Fields): SafeChange | undefined {
    const type = data.type;
    return type === 5 || type === 6 ? this.#of(data, (id) => ({ source: 2, type, id })) : undefined;
  }

  #input(data: Fields): SafeChange | undefined {
    const id = reference(data.id);
    const change = {
      source: 5,
      id,
      text: text(data.text),
      isChecked: data.isChecked === true,
    } as const;
    this.#inputs.set(id, (this.#inputs.get(id) ?? 0) + 1);
    return this.#tree.has(id) ? change : undefined;
  }

  #mutation(data: Fields): SafeChange {
    const removes = list(data.removes, MAX_NODES).flatMap((one) => this.#removal(fields(one)));
    const adds = this.#additions(list(data.adds, MAX_NODES).map(fields));
    const texts = list(data.texts, MAX_NODES).flatMap((one) => this.#text(fields(one)));
    const attributes = list(data.attributes, MAX_NODES).flatMap((one) => this.#attributes(fields(one)));
    return { source: 0, texts, attributes, removes, adds };
  }

  #removal(sent: Fields): { id: number; parentId: number; isShadow?: true }[] {
    const [id, parentId] = [reference(sent.id), reference(sent.parentId)];
    if (!this.#tree.has(id) || this.#tree.isDocument(id)) return [];
    this.#tree.remove(id);
    return [{ id, parentId, ...(sent.isShadow === true && ({ isShadow: true } as const)) }];
  }

  /** Additions in an order in which each finds its parent and the node before which it stands. */
  #additions(sent: readonly Fields[]): SafeAddition[] {
    const made: SafeAddition[] = [];
    let waiting = sent;
    for (let pass = 0, before = 0; pass < MAX_PASSES && waiting.length !== before; pass += 1) {
      before = waiting.length;
      waiting = waiting.filter((one) => !this.#add(one, made, true));
    }
    for (const one of waiting) this.#add(one, made, false);
    return made;
  }

  /** Add it, if it can be; true unless it is to be tried again. */
  #add(sent: Fields, made: SafeAddition[], waitsForNext: boolean): boolean {
    const parentId = reference(sent.parentId);
    const next = sent.nextId === null || sent.nextId === undefined ? null : reference(sent.nextId);
    if (!this.#tree.has(parentId)) return false;
    const hasNext = next !== null && this.#tree.has(next);
    if (next !== null && !hasNext && waitsForNext) return false;
    const node = this.#tree.addition(sent.node, parentId);
    if (node !== undefined) made.push({ parentId, nextId: hasNext ? next : null, node });
    return true;
  }

  #text(sent: Fields): { id: number; value: string }[] {
    const id = reference(sent.id);
    const value = sent.value === null ? "" : text(sent.value);
    return this.#tree.isText(id) ? [{ id, value: this.#tree.changedText(id, value) }] : [];
  }

  #attributes(sent: Fields): { id: number; attributes: Record<string, StyleChange> }[] {
    const id = reference(sent.id);
    const tag = this.#tree.tag(id);
    const changed: Record<string, StyleChange> = {};
    for (const [name, value] of Object.entries(fields(sent.attributes))) {
      if (name.toLowerCase() === "style" && typeof value === "object" && value !== null) {
        changed.style = styleChanges(fields(value));
        continue;
      }
      const isGone = value === null || value === false;
      const one = attributeOf(tag, this.#tree.isSvg(id), name, isGone ? "" : value);
      if (one !== undefined) changed[one[0]] = isGone ? null : String(one[1]);
    }
    return tag === "" || Object.keys(changed).length === 0 ? [] : [{ id, attributes: changed }];
  }

  #rules(data: Fields): SafeChange | undefined {
    const replaced = data.replaceSync ?? data.replace;
    return {
      source: 8,
      ...this.#sheet(data),
      adds: rules(data.adds),
      removes: list(data.removes, MAX_RULES).map((one) => ({ index: nested(fields(one).index) })),
      ...(replaced !== undefined && replaced !== null && { replaceSync: tameSheet(text(replaced)) }),
    };
  }

  #declaration(data: Fields): SafeChange | undefined {
    const set = data.set === undefined || data.set === null ? undefined : fields(data.set);
    const gone = data.remove === undefined || data.remove === null ? undefined : fields(data.remove);
    return {
      source: 13,
      ...this.#sheet(data),
      index: list(data.index, 32).map(index),
      ...(set && {
        set: {
          property: property(set.property),
          value: set.value === null ? "" : tameDeclarations(text(set.value)),
          priority: set.priority === "important" ? "important" : "",
        },
      }),
      ...(gone && { remove: { property: property(gone.property) } }),
    };
  }

  /** Which style sheet: a style element on view, or one that was adopted. */
  #sheet(data: Fields): { id?: number; styleId?: number } {
    if (data.styleId !== undefined && data.styleId !== null) return { styleId: index(data.styleId) };
    const id = reference(data.id);
    return this.#tree.tag(id) === "style" ? { id } : {};
  }

  #adopted(data: Fields): SafeChange | undefined {
    return this.#of(data, (id) => ({
      source: 15,
      id,
      styleIds: list(data.styleIds, MAX_RULES).map(index),
      styles: list(data.styles, MAX_RULES).map((one) => {
        const style = fields(one);
        return { styleId: index(style.styleId), rules: rules(style.rules) };
      }),
    }));
  }
}

function rules(given: unknown): { rule: string; index?: number | number[] }[] {
  return list(given, MAX_RULES).map((one) => {
    const sent = fields(one);
    const at = sent.index;
    return { rule: tameDeclarations(text(sent.rule)), ...(at !== undefined && { index: nested(at) }) };
  });
}

/** The place of a rule: a number, or one for each level. */
function nested(value: unknown): number | number[] {
  return Array.isArray(value) ? list(value, 32).map(index) : index(value);
}

function styleChanges(sent: Fields): Readonly<Record<string, string | false | readonly [string, string]>> {
  const changed: Record<string, string | false | readonly [string, string]> = {};
  for (const [name, value] of Object.entries(sent).slice(0, 512)) {
    if (!PROPERTY.test(name)) continue;
    if (value === false) changed[name] = false;
    else if (Array.isArray(value)) changed[name] = [tameDeclarations(text(value[0])), "important"];
    else changed[name] = tameDeclarations(text(value));
  }
  return changed;
}

function property(value: unknown): string {
  const name = text(value);
  if (!PROPERTY.test(name)) throw new Malformed();
  return name;
}

function range(sent: Fields): { start: number; startOffset: number; end: number; endOffset: number } {
  return {
    start: reference(sent.start),
    startOffset: index(sent.startOffset),
    end: reference(sent.end),
    endOffset: index(sent.endOffset),
  };
}

function size(data: Fields): { width: number; height: number } {
  return {
    width: Math.round(between(1, MAX_SIDE, data.width)),
    height: Math.round(between(1, MAX_SIDE, data.height)),
  };
}

function place(data: Fields): { x: number; y: number } {
  return { x: between(-MAX_SCROLL, MAX_SCROLL, data.x), y: between(-MAX_SCROLL, MAX_SCROLL, data.y) };
}

function offset(given: unknown): Offset {
  const sent = fields(given ?? { left: 0, top: 0 });
  return { left: between(0, MAX_SCROLL, sent.left), top: between(0, MAX_SCROLL, sent.top) };
}

// What the agent points at: the element of the mirror under a place, the published element that it belongs to,
// and what kind of thing that is.  Mirrored nodes are of another window, so they are told by their names.

import type { Published } from "./messages";
import type { Replay } from "./replay";

/** A published element on view. */
export interface Target {
  readonly node: Element;
  readonly published: Published;
}

/** How an agent uses an element: what it types into, what it chooses from, what it switches, or what it presses. */
export type Use = "text" | "lines" | "native" | "choice" | "switch" | "press";

/** A place on the stage, in CSS pixels of the customer's viewport. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const MAX_LEVELS = 32;

/** Input types for which the browser has a control of its own, and nothing to fill in from memory. */
const NATIVE: ReadonlySet<string> = new Set([
  "color",
  "date",
  "datetime-local",
  "month",
  "range",
  "time",
  "week",
]);
const BUTTONS: ReadonlySet<string> = new Set(["button", "image", "reset", "submit", "radio"]);

/** The innermost element at a place, through shadow roots and frames. */
export function elementAt(document: Document, x: number, y: number): Element | undefined {
  let root: DocumentOrShadowRoot = document;
  let found: Element | undefined;
  for (let level = 0; level < MAX_LEVELS; level += 1) {
    const next: Element | null = root.elementFromPoint(x, y);
    if (next === null || next === found) return found;
    found = next;
    const inner = innerDocument(next);
    if (inner !== undefined) {
      const { left, top } = next.getBoundingClientRect();
      x -= left + next.clientLeft;
      y -= top + next.clientTop;
      root = inner;
    } else if (next.shadowRoot !== null) {
      root = next.shadowRoot;
    } else {
      return found;
    }
  }
  return found;
}

function innerDocument(element: Element): Document | undefined {
  if (element.localName !== "iframe") return undefined;
  return (element as HTMLIFrameElement).contentDocument ?? undefined;
}

/** The nearest published element that a node is, or stands in. */
export function targetOf(
  node: Element | undefined,
  replay: Replay,
  elements: ReadonlyMap<string, Published>,
): Target | undefined {
  for (let at = node; at !== undefined; at = around(at)) {
    const published = elements.get(String(replay.reference(at)));
    if (published !== undefined) return { node: at, published };
  }
  return undefined;
}

/** What an element stands in: its parent, its shadow's host, or the frame of its document. */
function around(node: Element): Element | undefined {
  if (node.parentElement !== null) return node.parentElement;
  const root = node.getRootNode() as Partial<ShadowRoot> & Node;
  if (root.host !== undefined) return root.host;
  return node.ownerDocument.defaultView?.frameElement ?? undefined;
}

/** What Write Mode can be asked for at a place: the field there, else the form that it is in (WRITE-15). */
export function scopeOf(
  node: Element | undefined,
  replay: Replay,
  elements: ReadonlyMap<string, Published>,
): { readonly node: Element; readonly ref: string } | undefined {
  const forms = new Set([...elements.values()].map((one) => one.form).filter((form) => form !== ""));
  for (let at = node; at !== undefined; at = around(at)) {
    const ref = String(replay.reference(at));
    const isField = elements.has(ref) && (useOf(at) !== "press" || (at as HTMLInputElement).type === "radio");
    if (isField || forms.has(ref)) return { node: at, ref };
  }
  return undefined;
}

/** How an agent uses it. */
export function useOf(node: Element): Use {
  if (node.getAttribute("data-cobrowse-editable") === "true") return "lines";
  switch (node.localName) {
    case "textarea":
      return "lines";
    case "select":
      return "choice";
    case "input": {
      const type = (node as HTMLInputElement).type;
      if (type === "checkbox") return "switch";
      if (BUTTONS.has(type)) return "press";
      return NATIVE.has(type) ? "native" : "text";
    }
    default:
      return "press";
  }
}

/** Whether a person could reach it by the keyboard. */
export function isFocusable(node: Element): boolean {
  const { width, height } = node.getBoundingClientRect();
  if (width === 0 && height === 0) return false;
  if (node.hasAttribute("disabled")) return false;
  return /^(?:a|area|button|input|select|textarea|summary)$/.test(node.localName) || useOf(node) !== "press";
}

/** Where an element is on the stage. */
export function boxOf(node: Element, frame: HTMLIFrameElement): Box {
  const { left, top, width, height } = node.getBoundingClientRect();
  let [x, y] = [left, top];
  for (let level = 0, view = node.ownerDocument.defaultView; level < MAX_LEVELS; level += 1) {
    const outer = view?.frameElement ?? null;
    if (outer === null || outer === frame) break;
    const box = outer.getBoundingClientRect();
    x += box.left + outer.clientLeft;
    y += box.top + outer.clientTop;
    view = outer.ownerDocument.defaultView;
  }
  return { x, y, width, height };
}

/** What a field shows. */
export function shownIn(node: Element): string {
  if (useOf(node) === "lines" && node.localName !== "textarea") return node.textContent ?? "";
  return (node as HTMLInputElement).value;
}

/** Published elements that the keyboard reaches, in the order of the page. */
export function inOrder(replay: Replay, elements: ReadonlyMap<string, Published>): readonly Target[] {
  const found: Target[] = [];
  for (const published of elements.values()) {
    const node = replay.node(Number(published.ref)) as Element | undefined;
    if (node?.nodeType === 1 && node.isConnected && isFocusable(node)) found.push({ node, published });
  }
  return found.sort((one, other) => (one.node.compareDocumentPosition(other.node) & 4 ? -1 : 1));
}

// Where on the screen an element can be met: as a person could, with a pointer.  What is hidden, has no size, or lies
// under something else cannot be acted on, so that an agent cannot be made to hit what neither side sees.
// Reading order: place, then the samples, then the look through shadow roots and frames.

import { isOwn } from "./own";
import { above } from "./submits";

/** A point of a window, in CSS pixels of its viewport. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** The elements at a point of a document, the topmost first; tests bring their own. */
export type Hits = (root: Document | ShadowRoot, x: number, y: number) => readonly Element[];

export const hits: Hits = (root, x, y) => root.elementsFromPoint(x, y);

/** How far inside its edges an element is tried, as parts of its width and height. */
const SAMPLES = [
  [0.5, 0.5],
  [0.1, 0.5],
  [0.9, 0.5],
  [0.5, 0.15],
  [0.5, 0.85],
] as const;
/** How many lines of an element in running text are tried. */
const MAX_RECTS = 4;

/**
 * A point at which the element is on top, in its own window's viewport; undefined: nowhere.  Its label will do, as
 * where a page draws its own check boxes.  The script's own notices do not count as in the way.
 */
export function place(element: Element, look: Hits = hits): Point | undefined {
  const labels = [...((element as Partial<HTMLInputElement>).labels ?? [])];
  for (const one of [element, ...labels]) {
    const point = samples(one).find(({ x, y }) => isMet(element, one, x, y, look));
    if (point !== undefined) return point;
  }
  return undefined;
}

/** Whether any of it is within its window's viewport. */
export function isInViewport(element: Element): boolean {
  const view = element.ownerDocument.defaultView;
  const { left, top, right, bottom } = element.getBoundingClientRect();
  return view !== null && right > 0 && bottom > 0 && left < view.innerWidth && top < view.innerHeight;
}

function samples(element: Element): Point[] {
  if (element.localName === "option" || element.localName === "optgroup") return [];
  const drawn = element.localName === "area" ? (imageOf(element) ?? element) : element;
  const rects = [...drawn.getClientRects()].slice(0, MAX_RECTS).filter((one) => one.width * one.height > 0);
  return rects.flatMap(({ left, top, width, height }) =>
    SAMPLES.map(([x, y]) => ({ x: left + x * width, y: top + y * height })),
  );
}

/** The picture that an area is a part of. */
function imageOf(area: Element): Element | null {
  const name = area.closest("map")?.getAttribute("name") ?? "";
  return area.ownerDocument.querySelector(`img[usemap="#${CSS.escape(name)}"]`);
}

function isMet(element: Element, drawn: Element, x: number, y: number, look: Hits): boolean {
  const met = topmost(element.ownerDocument, x, y, look);
  if (met === undefined) return false;
  const isPart =
    element.localName === "area" ? met === imageOf(element) || met === element : isIn(met, drawn);
  return isPart && isFrameMet(element.ownerDocument, x, y, look);
}

/** The topmost element at the point, through open shadow roots, the script's own aside. */
function topmost(document: Document, x: number, y: number, look: Hits): Element | undefined {
  let met = look(document, x, y).find((one) => !isOwn(one));
  while (met?.shadowRoot) {
    const host: Element = met;
    const inner: Element | undefined = look(met.shadowRoot, x, y).find(
      (one) => one.getRootNode() === host.shadowRoot,
    );
    if (inner === undefined || inner === met) break;
    met = inner;
  }
  return met;
}

/** Whether one element stands in the other, as the page is drawn. */
export function isIn(inner: Element, outer: Element): boolean {
  for (let at: Element | undefined = inner; at !== undefined; at = above(at)) {
    if (at === outer) return true;
  }
  return false;
}

/** For what is in a frame: whether the frame is on top there too. */
function isFrameMet(document: Document, x: number, y: number, look: Hits): boolean {
  const frame = document.defaultView?.frameElement ?? null;
  if (frame === null) return true;
  const box = frame.getBoundingClientRect();
  return isMet(frame, frame, box.left + frame.clientLeft + x, box.top + frame.clientTop + y, look);
}

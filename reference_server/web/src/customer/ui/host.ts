// The one element that the customer's script adds to a page, and how it stays: on top (the browser's top layer), out
// of reach of the page's styles and scripts (a closed shadow root), no part of what is mirrored.  A page that removes,
// hides or covers it gets it back; the owner is told, so that nobody writes where the customer cannot see it (CO-22).
// Reading order: Host, then what `#isRight` asks.

import { claim, isOwn } from "../../page/own";
import { STYLES } from "./styles";

/** How often it is looked at, in milliseconds. */
export const LOOK_MS = 400;
/** How often it may be put right in `WINDOW_MS` before that counts as tampering. */
const MAX_REPAIRS = 3;
const WINDOW_MS = 10_000;

export const TAG = "cobrowse-ui";

/** Every property that could hide it; a style attribute's `!important` is stronger than any style sheet. */
const FIXED: Readonly<Record<string, string>> = {
  all: "initial",
  display: "block",
  position: "fixed",
  inset: "0",
  width: "auto",
  height: "auto",
  margin: "0",
  padding: "0",
  border: "0",
  background: "transparent",
  overflow: "visible",
  visibility: "visible",
  opacity: "1",
  transform: "none",
  filter: "none",
  "clip-path": "none",
  mask: "none",
  contain: "none",
  "pointer-events": "none",
  "z-index": "2147483647",
  "content-visibility": "visible",
};

export class Host {
  readonly #document: Document;
  readonly #element: HTMLElement;
  readonly #root: ShadowRoot;
  readonly #tampered: () => void;
  readonly #repairs: number[] = [];
  #timer: ReturnType<typeof setInterval> | undefined;
  #isInDialog = false;
  /** What must be met on top at its middle, while it is shown. */
  #guarded: Element | undefined;

  constructor(document: Document, tampered: () => void) {
    this.#document = document;
    this.#tampered = tampered;
    this.#element = document.createElement(TAG);
    claim(this.#element);
    this.#root = this.#element.attachShadow({ mode: "closed" });
    claim(this.#root);
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLES);
    this.#root.adoptedStyleSheets = [sheet];
  }

  /** Show this, for as long as the page is open. */
  open(content: HTMLElement): void {
    this.#root.append(content);
    this.#put();
    this.#timer = setInterval(() => this.look(), LOOK_MS);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#element.remove();
  }

  /** What the customer must be able to see and reach from now on; undefined: nothing. */
  guard(element: Element | undefined): void {
    this.#guarded = element;
  }

  /** What in it has the focus. */
  get focused(): Element | null {
    return this.#root.activeElement;
  }

  /** Whether nothing of the page has the focus either. */
  get isFocusLost(): boolean {
    const { activeElement, body } = this.#document;
    return activeElement === null || activeElement === body || activeElement === this.#element;
  }

  /** Whether this is the host of what is on top at a point. */
  isMet(x: number, y: number): boolean {
    return this.#document.elementFromPoint(x, y) === this.#element;
  }

  /** Look whether all is right, and put it right. */
  look(): void {
    const isIdle = this.#guarded === undefined && this.#document.activeElement !== this.#element;
    if (isIdle ? this.#isThere() : this.#isRight()) return;
    const wasInDialog = this.#isInDialog;
    this.#put();
    if (this.#guarded === undefined) return;
    const now = performance.now();
    while ((this.#repairs[0] ?? Infinity) < now - WINDOW_MS) this.#repairs.shift();
    // To follow a page into its dialogs and out of them is no repair.
    if (!wasInDialog && !this.#isInDialog) this.#repairs.push(now);
    if (this.#repairs.length > MAX_REPAIRS || !this.#isRight()) {
      this.#repairs.length = 0;
      this.#tampered();
    }
  }

  #put(): void {
    const home = this.#home();
    this.#isInDialog = home !== this.#document.documentElement;
    if (this.#element.parentNode !== home || home.lastChild !== this.#element) home.append(this.#element);
    for (const name of this.#element.getAttributeNames()) {
      if (name !== "popover" && name !== "style") this.#element.removeAttribute(name);
    }
    this.#element.removeAttribute("style");
    for (const [name, value] of Object.entries(FIXED))
      this.#element.style.setProperty(name, value, "important");
    this.#element.setAttribute("popover", "manual");
    try {
      // Whoever comes last is on top.
      this.#element.hidePopover?.();
      this.#element.showPopover?.();
    } catch {
      // In a document that is not shown; the next look finds it.
    }
  }

  /** The end of the page; or the page's own modal dialog, outside of which nothing can be used. */
  #home(): Element {
    const modals = [...this.#document.querySelectorAll("dialog[open]")].filter(
      (one) => isModal(one) && !isOwn(one),
    );
    return modals.at(-1) ?? this.#document.documentElement;
  }

  /** What can be asked without having the page laid out: while there is no session it costs next to nothing. */
  #isThere(): boolean {
    return (
      this.#element.isConnected && (!("popover" in this.#element) || this.#element.matches(":popover-open"))
    );
  }

  #isRight(): boolean {
    if (!this.#isThere() || this.#element.parentNode !== this.#home()) return false;
    const style = getComputedStyle(this.#element);
    if (style.display !== "block" || style.visibility !== "visible" || style.opacity !== "1") return false;
    return this.#element.checkVisibility?.() !== false && this.#isMetOnTop();
  }

  #isMetOnTop(): boolean {
    const guarded = this.#guarded;
    if (guarded === undefined || !guarded.isConnected || this.#document.visibilityState !== "visible")
      return true;
    const { left, top, width, height } = guarded.getBoundingClientRect();
    if (width === 0 || height === 0) return false;
    return this.isMet(left + width / 2, top + height / 2);
  }
}

function isModal(dialog: Element): boolean {
  try {
    return dialog.matches(":modal");
  } catch {
    return false;
  }
}

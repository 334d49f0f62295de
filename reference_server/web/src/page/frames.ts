// Frames of the page, which an agent's doing may make and lead.  A frame goes only where the tab may, after the same
// look: what a server sends into it may be a download (NAVIGATE-8), and no event tells of the first page of a frame.
// And a frame that has just been made has functions of its own, such as `print`: they are guarded before scripts of
// the page have them.
// Reading order: what they need, Frames, then what is asked of a frame.

import type { Cause, Realm } from "./cause";
import type { Refused } from "./types";

/** What one who guards frames needs. */
export interface FrameKeeper {
  /** Look at an address, and go there by this if an agent may; refuses at once what it can. */
  goBy(url: string, go: (url: string) => void): Refused | undefined;
  /** Whether this is a navigation that has been looked at already. */
  isOnItsWay(url: string): boolean;
  /** Guard the window of a frame, and the frames in it. */
  watch(realm: Realm): void;
}

/** What shows another document, and the attribute that has its address. */
const SHOWS: Readonly<Record<string, string>> = { iframe: "src", frame: "src", embed: "src", object: "data" };
const CLASSES = ["HTMLIFrameElement", "HTMLFrameElement", "HTMLEmbedElement", "HTMLObjectElement"];
const SELECTOR = Object.keys(SHOWS).join();

type Members = Readonly<Record<string, { readonly prototype: object } | undefined>>;
type Set = (this: unknown, value: unknown) => void;

export class Frames {
  readonly #cause: Cause;
  readonly #keeper: FrameKeeper;

  constructor(cause: Cause, keeper: FrameKeeper) {
    this.#cause = cause;
    this.#keeper = keeper;
  }

  /** Guard the frames of this window's document, those to come too; returns what ends it. */
  guard(realm: Realm): () => void {
    for (const name of CLASSES) {
      const { prototype } = (realm as unknown as Members)[name] ?? {};
      for (const window of ["contentWindow", "contentDocument"]) this.#guardInner(prototype, window);
      for (const address of ["src", "data"]) this.#guardAddress(prototype, address);
    }
    this.#guardAttributes(realm);
    return this.#watchTree(realm);
  }

  /** Whoever is given the window of a frame is given one that is guarded. */
  #guardInner(prototype: object | undefined, name: string): void {
    const { watch } = this.#keeper;
    this.#cause.replaceAccessor(prototype, name, ({ get }) => ({
      get(this: unknown): unknown {
        const inner = innerWindow(this as Element, name === "contentWindow" ? get : undefined);
        if (inner !== undefined) watch(inner);
        return get?.call(this);
      },
    }));
  }

  #guardAddress(prototype: object | undefined, name: string): void {
    const frames = this;
    this.#cause.replaceAccessor(prototype, name, ({ set }) => ({
      set(this: unknown, value: unknown): void {
        if (!frames.#holds(this as Element, name, value, set as Set)) set?.call(this, value);
      },
    }));
  }

  #guardAttributes(realm: Realm): void {
    const frames = this;
    this.#cause.replace(realm.Element?.prototype, "setAttribute", (original) => {
      return function (this: unknown, ...args: unknown[]): unknown {
        const frame = this as Element;
        const address = SHOWS[frame.localName];
        if (address === undefined || String(args[0]).toLowerCase() !== address) {
          return original.apply(this, args);
        }
        const set = function (this: unknown, value: unknown): void {
          original.call(this, address, value);
        };
        return frames.#holds(frame, address, args[1], set) ? undefined : original.apply(this, args);
      };
    });
  }

  /** Whether an agent's doing wants a frame to show this: then it does when it has been looked at. */
  #holds(frame: Element, name: string, value: unknown, set: Set): boolean {
    const doing = this.#cause.suspect;
    if (doing === undefined || SHOWS[frame.localName] !== name) return false;
    const url = addressOf(frame, value);
    if (url === undefined || this.#keeper.isOnItsWay(url)) return false;
    doing.refused ??= this.#keeper.goBy(url, () => set.call(frame, value));
    return true;
  }

  /** What comes into the page with an address of its own, as with `innerHTML`, has set off: it is called back. */
  #watchTree(realm: Realm): () => void {
    const { document, MutationObserver } = realm;
    if (document === undefined || MutationObserver === undefined) return () => undefined;
    const observer = new MutationObserver((records) => {
      for (const { addedNodes } of records) for (const node of addedNodes) this.#came(node);
    });
    observer.observe(document, { childList: true, subtree: true });
    const loaded = (event: Event): void => this.#watchInner(event.target as Element);
    document.addEventListener("load", loaded, { capture: true });
    return () => {
      observer.disconnect();
      document.removeEventListener("load", loaded, { capture: true });
    };
  }

  #came(node: Node): void {
    if (node.nodeType !== 1) return;
    const element = node as Element;
    const found = [...(element.matches(SELECTOR) ? [element] : []), ...element.querySelectorAll(SELECTOR)];
    for (const frame of found) {
      this.#watchInner(frame);
      this.#callBack(frame);
    }
  }

  #watchInner(frame: Partial<Element> | null): void {
    const inner = frame?.localName !== undefined && frame.localName in SHOWS && innerWindow(frame as Element);
    if (inner) this.#keeper.watch(inner);
  }

  #callBack(frame: Element): void {
    const doing = this.#cause.suspect;
    const name = SHOWS[frame.localName] ?? "";
    const value = frame.getAttribute(name);
    if (doing === undefined || value === null || frame.hasAttribute("srcdoc")) return;
    const url = addressOf(frame, value);
    if (url === undefined || this.#keeper.isOnItsWay(url)) return;
    innerWindow(frame)?.stop();
    frame.removeAttribute(name);
    doing.refused ??= this.#keeper.goBy(url, () => frame.setAttribute(name, value));
  }
}

/** The window of a frame, if it is of the page's origin. */
export function innerWindow(frame: Element, get?: () => unknown): Realm | undefined {
  try {
    const inner = (
      get === undefined ? (frame as HTMLIFrameElement).contentWindow : get.call(frame)
    ) as Realm | null;
    return inner?.document ? inner : undefined;
  } catch {
    return undefined;
  }
}

/** The address that a frame is to show, as the browser reads it; undefined: a page of no address, which nobody sends. */
function addressOf(frame: Element, value: unknown): string | undefined {
  const address = String(value).trim();
  if (address === "" || /^about:/i.test(address)) return undefined;
  return URL.canParse(address, frame.baseURI) ? new URL(address, frame.baseURI).href : undefined;
}

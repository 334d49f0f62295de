// Where the page goes when it goes, and when it is shown again.  The browser says it at the last moment, and only of
// pages of the same origin (`pageswap`): any other page is another site's as far as this one can know.  Where the
// browser has no `pageswap`, what a link, form or script was seen to lead to has to do, and it is told before the page
// goes (`beforeunload`): such a browser (Firefox) cuts every connection of a page before it says more.  A page that
// stays after all is back soon.
// Reading order: Leaving, then what is asked of an address.

import type { Going } from "./session";

/** How long after it was seen a navigation may take to replace the page, in milliseconds. */
const SEEN_MS = 10_000;
/** How long after it was about to go a page that is still there counts as one that stays, in milliseconds. */
export const STAYS_MS = 2_000;

export interface LeavingEvents {
  /** The page goes; nothing that is begun now will end. */
  leave(going: Going): void;
  /** The page is shown again as it was left (from the back/forward cache). */
  back(): void;
  /** The page has moved within itself to another address. */
  moved(): void;
}

interface Swap {
  readonly activation: { readonly entry: { readonly url: string | null } | null } | null;
}

interface Navigate {
  readonly destination: { readonly url: string };
  /** The name to save it by; null: it is no download. */
  readonly downloadRequest: string | null | undefined;
}

interface Navigation extends EventTarget {
  readonly currentEntry?: { readonly url: string | null } | null;
}

export class Leaving {
  readonly #window: Window;
  readonly #events: LeavingEvents;
  readonly #listening = new AbortController();
  #swap: Going | undefined;
  #seen: { readonly url: string; readonly at: number } | undefined;
  #path: string;
  /** Runs from when the page is about to go until it is gone. */
  #staying: ReturnType<typeof setTimeout> | undefined;

  constructor(window: Window, events: LeavingEvents) {
    this.#window = window;
    this.#events = events;
    this.#path = pathOf(window);
    const options = { signal: this.#listening.signal };
    window.addEventListener("pageswap", (event) => this.#swaps(event as unknown as Swap), options);
    window.addEventListener("pagehide", () => this.#leaves(), options);
    if (!this.#tells) window.addEventListener("beforeunload", () => this.#isAboutTo(), options);
    window.addEventListener(
      "pageshow",
      (event) => {
        if (event.persisted) this.#isBack();
      },
      options,
    );
    this.#watchMoves(options);
  }

  close(): void {
    this.#listening.abort();
    this.#stops();
  }

  #stops(): void {
    clearTimeout(this.#staying);
  }

  /** Whether the browser tells where a page goes, as it goes. */
  get #tells(): boolean {
    return "onpageswap" in this.#window;
  }

  #leaves(): void {
    this.#stops();
    this.#events.leave(this.#going());
  }

  #isAboutTo(): void {
    const going = this.#going();
    // An address was typed, a button of the browser's pressed, or the tab closed: either way the site is left, until a page
    // of it says otherwise.
    this.#events.leave(going === "unknown" ? "elsewhere" : going);
    this.#stops();
    this.#staying = setTimeout(() => this.#events.back(), STAYS_MS);
  }

  /** A navigation has been begun by hand or script. */
  sees(url: string): void {
    this.#seen = { url, at: this.#window.performance.now() };
  }

  #swaps({ activation }: Swap): void {
    const url = activation?.entry?.url ?? this.#recently();
    this.#swap = url !== undefined && this.#isNextDoor(url) ? "site" : "elsewhere";
  }

  #going(): Going {
    if (this.#swap !== undefined) return this.#swap;
    if (this.#tells) return "unknown"; // no navigation: the tab is closed
    const url = this.#recently();
    if (url === undefined) return "unknown";
    return this.#isNextDoor(url) ? "site" : "elsewhere";
  }

  #recently(): string | undefined {
    const seen = this.#seen;
    return seen !== undefined && this.#window.performance.now() - seen.at <= SEEN_MS ? seen.url : undefined;
  }

  /**
   * A page that can take the session up: what is kept in the tab is kept for one origin.  That origin is the
   * site's, for a session was on it.
   */
  #isNextDoor(url: string): boolean {
    return URL.canParse(url) && new URL(url).origin === this.#window.location.origin;
  }

  #isBack(): void {
    this.#stops();
    this.#swap = undefined;
    this.#seen = undefined;
    this.#path = pathOf(this.#window);
    this.#events.back();
  }

  #watchMoves(options: { readonly signal: AbortSignal }): void {
    const { navigation } = this.#window as unknown as { readonly navigation?: Navigation };
    const moved = (): void => {
      const path = pathOf(this.#window);
      if (path === this.#path) return;
      this.#path = path;
      this.#events.moved();
    };
    navigation?.addEventListener(
      "navigate",
      (event) => {
        const { destination, downloadRequest } = event as unknown as Navigate;
        if (typeof downloadRequest !== "string") this.sees(destination.url);
      },
      options,
    );
    navigation?.addEventListener("currententrychange", moved, options);
    for (const type of ["popstate", "hashchange"]) this.#window.addEventListener(type, moved, options);
    if (navigation !== undefined) return;
    this.#window.addEventListener(
      "click",
      (event) => {
        const link = (event.composedPath() as Partial<HTMLAnchorElement>[]).find(
          (one) => one.localName === "a",
        );
        if (typeof link?.href === "string" && link.href !== "") this.sees(link.href);
      },
      options,
    );
    this.#window.addEventListener(
      "submit",
      (event) => {
        const { action } = event.target as HTMLFormElement;
        if (typeof action === "string") this.sees(action);
      },
      options,
    );
  }
}

/** What makes an address another page: all of it but query and fragment. */
function pathOf(window: Window): string {
  return window.location.pathname;
}

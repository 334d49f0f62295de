// Showing the page to the agent: one `show_page`, then the mirror's frames, what comes and goes on it (`show_elements`),
// and the pointer.  What is held back here is thrown away when it stops, never sent (STOP-3).

import type { Link } from "../link/link";
import { watchScheme } from "../page/scheme";
import type { Elements, Mirror, Veil } from "../page/types";
import { CONTENT, encodePoint, MAX_PAYLOAD_BYTES, POINTER } from "../protocol/frames";

/** How many bytes may wait before the mirror gathers instead of sending. */
const ROOM_BYTES = 1 << 20;
/** How soon the page is shown anew when that is needed, in milliseconds; twice as late each time in a row, up to a bound. */
const AGAIN_MS = 300;
const LATEST_MS = 5_000;
/** How long a large page may take to be gathered before the agent gets what there is of it, in milliseconds. */
const WHOLE_MS = 4_000;
/** How long the next part of it may take, in milliseconds: that more follows is a guess. */
const PART_MS = 250;
/** How many elements may have gone at once before the page is shown anew: what has come has to fit in as well. */
const MANY_GONE = 10_000;
/** How often the customer's pointer is told at most, in milliseconds. */
const POINTER_MS = 33;

/** What the mirror emits at a time. */
interface Emitted {
  readonly events: readonly unknown[];
  readonly byHand: boolean;
  /** What did not fit follows. */
  readonly more: boolean;
}

export interface Shown {
  readonly window: Window;
  readonly veil: Pick<Veil, "address" | "hidesPointer">;
  readonly mirror: Pick<Mirror, "start" | "stop">;
  readonly elements: Elements;
  /** A reference that no page of any session has had. */
  newPage(): string;
  /** The page is larger than a frame can be: nothing more of it is shown. */
  tooLarge(): void;
}

export class Showing {
  readonly #parts: Shown;
  #link: Link | undefined;
  #page = "";
  #again: ReturnType<typeof setTimeout> | undefined;
  #unwatch: () => void = () => undefined;
  #pointed = Number.NEGATIVE_INFINITY;
  /** How often it was shown anew in a row, and when it was last: a page that keeps changing must not flicker. */
  #row = 0;
  #shownAt = Number.NEGATIVE_INFINITY;
  /** The first frames of a page that does not fit into one: they wait until it is known what can be acted on. */
  #first: { readonly payload: Uint8Array; readonly byHand: boolean }[] = [];
  #part: ReturnType<typeof setTimeout> | undefined;

  constructor(parts: Shown) {
    this.#parts = parts;
    const move = (event: PointerEvent): void => this.#point(event);
    watchScheme(() => this.startSoon());
    parts.window.addEventListener("pointermove", move, { capture: true, passive: true });
  }

  /** The page that was shown last; empty while none is. */
  get page(): string {
    return this.#page;
  }

  /** Show it over this link, from the beginning. */
  start(link: Link): void {
    this.stop();
    this.#link = link;
    this.#shownAt = performance.now();
    const page = this.#parts.newPage();
    this.#parts.mirror.start({
      emit: (events, byHand, more) => this.#emit(link, page, { events, byHand, more: more === true }),
      again: () => this.startSoon(),
      hasRoom: () => link.held < ROOM_BYTES,
    });
  }

  /** Show it anew, if it is shown. */
  startSoon(): void {
    const link = this.#link;
    if (link === undefined || this.#again !== undefined) return;
    this.#row = performance.now() - this.#shownAt > 2 * LATEST_MS ? 0 : this.#row + 1;
    this.#again = setTimeout(() => this.start(link), Math.min(AGAIN_MS * 2 ** this.#row, LATEST_MS));
  }

  stop(): void {
    clearTimeout(this.#again);
    clearTimeout(this.#part);
    this.#again = undefined;
    this.#unwatch();
    this.#unwatch = () => undefined;
    this.#parts.mirror.stop();
    this.#link?.dropFrames();
    this.#first = [];
    this.#link = undefined;
    this.#page = "";
  }

  #emit(link: Link, page: string, { events, byHand, more }: Emitted): void {
    if (this.#link !== link) return;
    for (const payload of payloads(events)) {
      if (payload.length > MAX_PAYLOAD_BYTES) {
        this.#parts.mirror.stop();
        this.#parts.tooLarge();
        return;
      }
      this.#first.push({ payload, byHand });
    }
    clearTimeout(this.#part);
    const waits = this.#page !== page && more && performance.now() - this.#shownAt < WHOLE_MS;
    if (waits) this.#part = setTimeout(() => this.#flush(link, page), PART_MS);
    else this.#flush(link, page);
  }

  #flush(link: Link, page: string): void {
    if (this.#link !== link || (this.#page !== page && !this.#announce(link, page))) return;
    for (const frame of this.#first.splice(0)) {
      // A frame that is lost leaves the agent with half a page: it begins anew.
      if (!link.sendFrame(CONTENT, frame.byHand, frame.payload)) {
        this.startSoon();
        return;
      }
    }
  }

  /** First which page it is, and what on it can be acted on. */
  #announce(link: Link, page: string): boolean {
    const { veil, window, elements } = this.#parts;
    const url = veil.address(window.location.href);
    if (link.send({ type: "show_page", page, url, elements: [...elements.all()] }) === 0) return false;
    this.#page = page;
    this.#unwatch = elements.watch((changed, gone) => {
      if (gone.length > MANY_GONE) this.startSoon();
      else link.send({ type: "show_elements", page, elements: [...changed], gone: [...gone] });
    });
    return true;
  }

  #point(event: PointerEvent): void {
    const link = this.#link;
    if (link === undefined || this.#page === "" || !event.isTrusted) return;
    const now = performance.now();
    if (now - this.#pointed < POINTER_MS) return;
    this.#pointed = now;
    // Over what is masked its places would spell it out (SC-06).
    if (this.#parts.veil.hidesPointer(event.composedPath()[0] ?? null)) return;
    link.sendFrame(POINTER, true, encodePoint(event.clientX, event.clientY));
  }
}

/** One payload for all events; where that would be more than a frame holds, one for each. */
function payloads(events: readonly unknown[]): readonly Uint8Array[] {
  const encode = (some: readonly unknown[]): Uint8Array => new TextEncoder().encode(JSON.stringify(some));
  const whole = encode(events);
  return whole.length <= MAX_PAYLOAD_BYTES ? [whole] : events.map((event) => encode([event]));
}

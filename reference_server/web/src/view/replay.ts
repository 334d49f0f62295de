// The mirror on view: rrweb's replayer in a sandboxed frame without scripts, fed with checked events only.

import type { eventWithTime } from "rrweb";
import { Replayer } from "rrweb";
import type { SafeEvent } from "./check";

/** What the replayer is asked to do with one event; its own way there waits for the next animation frame, which a
 * hidden tab never has, keeps every event for ever, and stops for good when one of them raises. */
interface Casting {
  getCastFn(event: eventWithTime, isSync: boolean): () => void;
}

/** Styles that go before the page's own. */
const STYLES = [
  "html { scroll-behavior: auto !important; }",
  "[data-cobrowse-placeholder] { box-sizing: border-box; background: repeating-linear-gradient(45deg, #8883 0 8px, #8881 8px 16px) !important; outline: 1px dashed #8888; outline-offset: -1px; }",
  "dialog[data-cobrowse-modal] { position: fixed; inset: 0; margin: auto; z-index: 2147483647; box-shadow: 0 0 0 100vmax #0006; }",
];

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** One page after another, in a frame of the customer's window's size. */
export class Replay {
  readonly #replayer: Replayer;

  /** `resized` is told the size of the customer's window, and each change of it (VIEW-1, VIEW-3). */
  constructor(root: HTMLElement, resized: (size: Size) => void) {
    this.#replayer = new Replayer([], {
      root,
      liveMode: true,
      mouseTail: false,
      triggerFocus: false,
      showWarning: false,
      pauseAnimation: false,
      useVirtualDom: false,
      blockClass: "cobrowse-none",
      insertStyleRules: STYLES,
      UNSAFE_replayCanvas: false,
    });
    const { iframe } = this.#replayer;
    iframe.tabIndex = -1; // nothing in it takes the focus: what the agent does goes through the stage
    iframe.title = "The customer's page";
    iframe.removeAttribute("scrolling"); // scroll bars take room on the customer's page, and so they do here (POINTER-1)
    this.#replayer.on("resize", (size) => resized(size as Size));
  }

  /** Show what changed; false where it could not be, and the view is as it was or stands in between. */
  show(event: SafeEvent): boolean {
    if (event.type === 3 && event.data.source === 2) return true; // the focus: the stage shows it
    const timed = { ...event, timestamp: Date.now() } as unknown as eventWithTime;
    const atOnce = event.type === 3 && event.data.source === 3; // a scroll is not to be animated
    try {
      (this.#replayer as unknown as Casting).getCastFn(timed, atOnce)();
      return true;
    } catch {
      return false;
    }
  }

  /** The document on view. */
  get document(): Document | undefined {
    return this.#replayer.iframe.contentDocument ?? undefined;
  }

  /** The frame that shows it. */
  get frame(): HTMLIFrameElement {
    return this.#replayer.iframe;
  }

  /** The reference of a node on view; 0 if it has none. */
  reference(node: Node): number {
    return Math.max(this.#replayer.getMirror().getId(node), 0);
  }

  /** The node that a reference means. */
  node(reference: number): Node | undefined {
    return this.#replayer.getMirror().getNode(reference) ?? undefined;
  }

  /** Gone, with all that it showed. */
  destroy(): void {
    this.#replayer.destroy();
  }
}

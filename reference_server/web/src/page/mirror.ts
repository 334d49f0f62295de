// The mirror of the page.  rrweb watches it (the document, shadow roots, frames of the same origin, fields, sheets) and says
// where something has happened; what it says is never sent.  Where much happens at once it misses some of it, so the
// veil, which sees every mutation before anybody else, says where as well.  Once a frame of the screen the marked places are
// compared and what has become of them leaves through the gate.
// If anything fails, nothing leaves and the owner is asked to begin anew.

import type { eventWithTime } from "@rrweb/types";
import { record } from "rrweb";
import { Assets } from "./assets";
import type { MirrorEvent } from "./events";
import { increment } from "./events";
import { Pictures } from "./pictures";
import type { Policy } from "./policy";
import { isOnSite } from "./policy";
import { Redact } from "./redact";
import { Replica } from "./replica";
import { Sheets } from "./sheets";
import type { Mirror, MirrorOwner } from "./types";
import type { PageVeil } from "./veil";

/** How long after the customer's hand has moved a change still counts as its work. */
const HAND_MS = 250;
/** How soon changes leave where the screen is not drawn: the tab is in the background. */
const UNSEEN_MS = 200;
/** How often at most sheets are read again: they are large, and some pages change them all the time. */
const SHEETS_MS = 250;
/** The same for sheets that depend on what they apply to. */
const CONDITIONAL_MS = 1000;

/** What of the page's own doing rrweb need not tell. */
const OPTIONS = {
  recordAfter: "DOMContentLoaded",
  inlineStylesheet: false,
  userTriggeredOnInput: true,
  slimDOMOptions: {
    script: true,
    comment: true,
    headFavicon: true,
    headMetaSocial: true,
    headMetaDescKeywords: true,
  },
  sampling: {
    mousemove: false,
    media: 60_000,
    mouseInteraction: {
      MouseUp: false,
      MouseDown: false,
      Click: false,
      ContextMenu: false,
      DblClick: false,
      TouchStart: false,
      TouchEnd: false,
      TouchCancel: false,
    },
  },
  // What fails inside of rrweb must not disturb the page.
  errorHandler: () => true,
} as const;

/** After so many faults, what fails is left out; after so many more, nothing leaves any longer. */
const MANY_FAULTS = 3;
const TOO_MANY_FAULTS = 12;
/** How often at most it is asked of what does not show whether it does by now. */
const HOLLOWS_MS = 250;

const HANDS = ["pointerdown", "keydown", "wheel", "touchstart", "paste", "drop"] as const;

/** One stretch of mirroring, from a start to a stop. */
interface Stretch {
  readonly owner: MirrorOwner;
  readonly replica: Replica;
  readonly address: string;
  readonly ends: AbortController;
  stopRecording: () => void;
  begun: boolean;
}

export class PageMirror implements Mirror {
  readonly #policy: () => Policy;
  readonly #veil: PageVeil;
  readonly #window: Window & typeof globalThis;
  readonly #sheets: Sheets;
  readonly #dirtySheets = new Set<Element>();
  readonly #watchers = new Set<() => void>();
  /** What waits besides the differences: focus, scrolling, selection, the window's size. */
  readonly #extra: MirrorEvent[] = [];
  #stretch: Stretch | undefined;
  #isDue = false;
  #hasAssets = false;
  #frame = 0;
  #timer = 0;
  #handAt = Number.NEGATIVE_INFINITY;
  #sheetsAt = 0;
  #assetsAt = 0;
  #conditionalAt = 0;
  #hollowsAt = 0;
  #isAgent = false;
  #faults = 0;

  constructor(policy: () => Policy, veil: PageVeil, window: Window & typeof globalThis) {
    this.#policy = policy;
    this.#veil = veil;
    this.#window = window;
    const assets = new Assets(window, () => {
      this.#hasAssets = true;
      this.#schedule();
    });
    this.#sheets = new Sheets(veil, assets);
  }

  start(owner: MirrorOwner): void {
    this.stop();
    const pictures = new Pictures((image) => {
      this.#stretch?.replica.markSelf(image);
      this.#schedule();
    });
    const redact = new Redact(this.#veil, this.#sheets, pictures, this.#faults >= MANY_FAULTS);
    const replica = new Replica(redact, this.#window, () => this.#schedule());
    const address = this.#veil.address(this.#window.location.href);
    const stretch: Stretch = {
      owner,
      replica,
      address,
      ends: new AbortController(),
      stopRecording: () => undefined,
      begun: false,
    };
    this.#stretch = stretch;
    this.#listen(stretch);
    this.#veil.tell((records) => this.#guarded(() => this.#noteRecords(replica, records)));
    this.#guarded(() => {
      const stopRecording = record({ ...OPTIONS, emit: (event) => this.#note(stretch, event) });
      stretch.stopRecording = () => stopRecording?.();
      if (this.#stretch !== stretch) stretch.stopRecording();
    });
  }

  stop(): void {
    const stretch = this.#stretch;
    this.#stretch = undefined;
    this.#unschedule();
    this.#dirtySheets.clear();
    if (stretch === undefined) return;
    this.#veil.tell(undefined);
    stretch.ends.abort();
    stretch.replica.close();
    stretch.stopRecording();
  }

  node(ref: string): Node | undefined {
    const found = /^\d+$/.test(ref) ? this.#stretch?.replica.node(Number(ref)) : undefined;
    return found?.isConnected === true ? found : undefined;
  }

  ref(node: Node): string | undefined {
    const id = this.#stretch?.replica.id(node);
    return id === undefined ? undefined : String(id);
  }

  version(ref: string): number {
    return this.#stretch?.replica.version(Number(ref)) ?? 1;
  }

  versionByCustomer(ref: string): number {
    return this.#stretch?.replica.versionByCustomer(Number(ref)) ?? 0;
  }

  flush(): void {
    this.#flush();
  }

  byAgent<T>(act: () => T): T {
    const before = this.#isAgent;
    this.#isAgent = true;
    try {
      return act();
    } finally {
      this.#isAgent = before;
    }
  }

  /** What the agent has of the page; undefined while nothing is mirrored. */
  get replica(): Replica | undefined {
    return this.#stretch?.begun === true ? this.#stretch.replica : undefined;
  }

  /** Call back after each frame that has left; returns what ends it. */
  watch(changed: () => void): () => void {
    this.#watchers.add(changed);
    return () => this.#watchers.delete(changed);
  }

  // What rrweb and the page tell

  #listen(stretch: Stretch): void {
    const options = { capture: true, passive: true, signal: stretch.ends.signal };
    for (const name of HANDS) {
      this.#window.addEventListener(name, (event) => event.isTrusted && this.#noteHand(), options);
    }
    const { document } = this.#window;
    document.addEventListener(
      "visibilitychange",
      () => stretch.replica.hasMarks && this.#schedule(),
      options,
    );
    document.addEventListener("load", (event) => this.#noteLoad(event.target), options);
    // Open and close move no nodes, but change what shows.
    document.addEventListener(
      "toggle",
      (event) => event.target && this.#markAll(event.target as Node),
      options,
    );
  }

  #noteHand(): void {
    this.#handAt = this.#window.performance.now();
  }

  #noteLoad(target: EventTarget | null): void {
    const element = target as Partial<Element> | null;
    if (element?.localName === "link" || element?.localName === "style")
      this.#dirtySheets.add(element as Element);
    else if (element?.nodeType === 1) this.#stretch?.replica.markSelf(element as Element);
    if (element?.localName === "iframe") this.#stretch?.replica.markChildren(element as Element);
    this.#schedule();
  }

  #markAll(node: Node): void {
    if (node.nodeType === 1) this.#stretch?.replica.markAll(node as Element);
    this.#schedule();
  }

  #note(stretch: Stretch, event: eventWithTime): void {
    if (this.#stretch !== stretch) return;
    this.#guarded(() => {
      const kind: number = event.type;
      if (kind === 2) this.#begin(stretch);
      else if (kind === 3) this.#noteIncrement(stretch, (event as { data: RawIncrement }).data);
    });
  }

  #noteIncrement({ replica }: Stretch, data: RawIncrement): void {
    switch (data.source) {
      case 0:
        this.#noteMutation(replica, data);
        break;
      case 2:
        if (data.type === 5 || data.type === 6)
          this.#pass(nodeOf(data.id), (id) => ({ source: 2, type: data.type as 5 | 6, id }));
        break;
      case 3:
        this.#pass(nodeOf(data.id), (id) => ({ source: 3, id, x: data.x ?? 0, y: data.y ?? 0 }));
        break;
      case 4:
        replica.markSizes();
        this.#extra.push(increment({ source: 4, width: data.width ?? 0, height: data.height ?? 0 }));
        break;
      case 5: {
        const field = nodeOf(data.id);
        const isRecent = data.userTriggered === true && !this.#isAgent;
        if (isRecent) this.#noteHand();
        if (field !== undefined) replica.input(field, isRecent);
        break;
      }
      case 8:
      case 13:
        this.#noteSheet(replica, data.id);
        break;
      case 14:
        this.#noteSelection(replica, data);
        break;
      case 15:
        replica.markAdopted();
        break;
      default:
        return; // canvas, fonts, media, pointers and whatever else there may be: never
    }
    this.#schedule();
  }

  /** What rrweb passes over, when much happens at once, the veil has seen. */
  #noteRecords(replica: Replica, records: readonly MutationRecord[]): void {
    for (const { type, target } of records) {
      if (type === "childList") this.#markPlace(replica, target);
      else this.#markNode(replica, target);
    }
    this.#schedule();
  }

  #noteMutation(replica: Replica, data: RawIncrement): void {
    const places = [...(data.adds ?? []), ...(data.removes ?? [])].map(({ parentId }) => nodeOf(parentId));
    for (const place of places) {
      if (place === undefined) continue;
      this.#markPlace(replica, place);
      // What happened in a frame before rrweb began to watch it, it has not told.
      if (data.isAttachIframe === true) replica.markAll(place as Element);
      const { shadowRoot } = place as Partial<Element>;
      if (shadowRoot) replica.markChildren(shadowRoot);
    }
    for (const { id } of [...(data.texts ?? []), ...(data.attributes ?? [])]) {
      const node = nodeOf(id);
      if (node !== undefined) this.#markNode(replica, node);
    }
  }

  #markNode(replica: Replica, node: Node): void {
    replica.markSelf(node);
    const parent = node.nodeType === 3 ? node.parentElement : null;
    // Of the text of a sheet or a field, what it is part of.
    if (parent !== null && /^(?:style|textarea)$/.test(parent.localName)) this.#markPlace(replica, parent);
  }

  /** A place whose children have changed; of a style element that means its sheet, of a field its value. */
  #markPlace(replica: Replica, place: Node): void {
    const { localName } = place as Partial<Element>;
    if (localName === "style") this.#dirtySheets.add(place as Element);
    else if (localName === "textarea") replica.markSelf(place);
    else replica.markChildren(place);
  }

  #noteSheet(replica: Replica, id: number | undefined): void {
    const owner = id === undefined ? undefined : nodeOf(id);
    if (owner === undefined) replica.markAdopted();
    else this.#dirtySheets.add(owner as Element);
  }

  /** Something about a place that an agent has: told only if nothing there is masked. */
  #pass(node: Node | undefined, made: (id: number) => Parameters<typeof increment>[0]): void {
    const id = node === undefined ? undefined : this.#stretch?.replica.id(node);
    if (node === undefined || id === undefined || this.#stretch?.replica.isWhole(node) !== true) return;
    if (!this.#veil.see(node).masked) this.#extra.push(increment(made(id)));
  }

  #noteSelection(replica: Replica, data: RawIncrement): void {
    const ranges = (data.ranges ?? []).flatMap((range) => {
      const [start, end] = [nodeOf(range.start), nodeOf(range.end)];
      const [from, to] = [start && this.#readable(replica, start), end && this.#readable(replica, end)];
      if (from === undefined || to === undefined) return [];
      return [{ start: from, startOffset: range.startOffset, end: to, endOffset: range.endOffset }];
    });
    this.#extra.push(increment({ source: 14, ranges }));
  }

  /** The number of a node that the agent reads as the customer does. */
  #readable(replica: Replica, node: Node): number | undefined {
    if (this.#veil.see(node).masked || !replica.isWhole(node)) return undefined;
    if (node.nodeType === 3 && this.#veil.scrub((node as Text).data) !== (node as Text).data)
      return undefined;
    return replica.id(node);
  }

  // What leaves

  #begin(stretch: Stretch): void {
    if (!this.#mayLeave(stretch)) return;
    this.#veil.look();
    const events = stretch.replica.snapshot(stretch.address);
    const scrolls = [...stretch.replica.elements()].flatMap((element) =>
      this.#scrolled(stretch.replica, element),
    );
    stretch.begun = true;
    this.#emit(stretch, [...events, ...scrolls]);
    if (stretch.replica.hasMarks) this.#schedule();
  }

  #scrolled(replica: Replica, element: Element): readonly MirrorEvent[] {
    const { scrollLeft: x, scrollTop: y } = element;
    const id = replica.id(element);
    if ((x === 0 && y === 0) || id === undefined || element === this.#window.document.scrollingElement)
      return [];
    return this.#veil.see(element).masked ? [] : [increment({ source: 3, id, x, y })];
  }

  #flush(): void {
    const stretch = this.#stretch;
    if (stretch === undefined || !stretch.begun) return;
    this.#guarded(() => {
      if (!this.#mayLeave(stretch)) return;
      if (stretch.owner.hasRoom?.() === false) {
        this.#schedule();
        return;
      }
      const { replica } = stretch;
      for (const element of this.#veil.look()) replica.markAll(element);
      this.#markAssets(replica);
      this.#markSheets(replica);
      this.#markHollows(replica);
      const events = [...replica.changes(), ...this.#extra.splice(0)];
      if (events.length > 0) this.#emit(stretch, events);
      if (replica.hasMarks || this.#dirtySheets.size > 0 || this.#hasAssets) this.#schedule();
    });
  }

  /** Images and fonts have come that sheets or `style` attributes may show. */
  #markAssets(replica: Replica): void {
    const now = this.#window.performance.now();
    if (!this.#hasAssets || now - this.#assetsAt < SHEETS_MS) return;
    this.#assetsAt = now;
    this.#hasAssets = false;
    for (const { owner } of replica.sheets()) replica.markSelf(owner);
    for (const element of replica.elements())
      if (element.getAttribute("style")?.includes("url(") === true) replica.markSelf(element);
  }

  #markSheets(replica: Replica): void {
    const now = this.#window.performance.now();
    if (this.#dirtySheets.size > 0 && now - this.#sheetsAt >= SHEETS_MS) {
      this.#sheetsAt = now;
      for (const element of this.#dirtySheets) replica.markSelf(element);
      this.#dirtySheets.clear();
    }
    if (now - this.#conditionalAt < CONDITIONAL_MS) return;
    this.#conditionalAt = now;
    for (const { sheet, owner } of replica.sheets())
      if (this.#sheets.isConditional(sheet)) replica.markSelf(owner);
  }

  #markHollows(replica: Replica): void {
    const now = this.#window.performance.now();
    if (now - this.#hollowsAt < HOLLOWS_MS) return;
    this.#hollowsAt = now;
    replica.markDrawn();
  }

  #emit(stretch: Stretch, events: readonly MirrorEvent[]): void {
    const isByHand = this.#window.performance.now() - this.#handAt < HAND_MS;
    stretch.owner.emit(events, isByHand, stretch.replica.hasMarks);
    for (const changed of this.#watchers) changed();
  }

  /** Nothing of another site leaves, and nothing of another page under this one's name. */
  #mayLeave(stretch: Stretch): boolean {
    const { href } = this.#window.location;
    if (isOnSite(this.#policy(), href) && this.#veil.address(href) === stretch.address) return true;
    this.#beginAgain(stretch);
    return false;
  }

  #beginAgain(stretch: Stretch): void {
    this.stop();
    stretch.owner.again();
  }

  /** Whatever fails, nothing of it leaves. */
  #guarded(what: () => void): void {
    const stretch = this.#stretch;
    try {
      what();
    } catch {
      this.#faults += 1;
      if (stretch === undefined) return;
      if (this.#faults <= TOO_MANY_FAULTS) this.#beginAgain(stretch);
      else this.stop();
    }
  }

  // When it leaves

  /** With the next frame of the screen; where none is drawn, soon. */
  #schedule(): void {
    if (this.#isDue || this.#stretch === undefined) return;
    this.#isDue = true;
    const run = () => {
      this.#unschedule();
      this.#flush();
    };
    this.#frame = this.#window.requestAnimationFrame(run);
    this.#timer = this.#window.setTimeout(run, UNSEEN_MS);
  }

  #unschedule(): void {
    this.#isDue = false;
    this.#extra.splice(0, this.#stretch === undefined ? this.#extra.length : 0);
    this.#window.cancelAnimationFrame(this.#frame);
    this.#window.clearTimeout(this.#timer);
  }
}

/** What rrweb says, as far as it is read: numbers of nodes, and never a text. */
interface RawIncrement {
  readonly source: number;
  readonly type?: number;
  readonly id?: number;
  readonly x?: number;
  readonly y?: number;
  readonly width?: number;
  readonly height?: number;
  readonly userTriggered?: boolean;
  readonly isAttachIframe?: boolean;
  readonly adds?: readonly { readonly parentId: number }[];
  readonly removes?: readonly { readonly parentId: number }[];
  readonly texts?: readonly { readonly id: number }[];
  readonly attributes?: readonly { readonly id: number }[];
  readonly ranges?: readonly {
    readonly start: number;
    readonly startOffset: number;
    readonly end: number;
    readonly endOffset: number;
  }[];
}

function nodeOf(id: number | undefined): Node | undefined {
  return id === undefined ? undefined : (record.mirror.getNode(id) ?? undefined);
}

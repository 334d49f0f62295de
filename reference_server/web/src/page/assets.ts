// Files of the page's own site that its style sheets name by address: images (backgrounds, markers, borders, masks) and
// fonts.  What leaves is data; the agent's browser loads nothing.  An image is drawn anew, like any picture of the page, so
// that nothing of the file leaves but what it looks like: of an SVG neither script nor text.  A font leaves as the file that
// it is, if its first bytes say that it is one.
//
// Taken is only what the customer's browser has loaded for the page already, and so has in its cache: looking at a page
// must not ask its server for what nobody has asked for, such as the picture of a button that was never pressed.
// Sheets are read over and over; while they are, a short mark stands for the data, which is put in at the very end.
// Reading order: Assets, images, fonts, what the page has loaded.

import { asAddress, draw, MAX_PICTURE } from "./pictures";

export type Kind = "image" | "font";

/** The longest font, in bytes. */
export const MAX_FONT = 256 << 10;
/** The most that all files of a kind take on a page, as text: of fonts that is 1 MB of bytes. */
const MAX_ALL: Readonly<Record<Kind, number>> = { image: 4 << 20, font: Math.ceil((1 << 20) / 3) * 4 };
/** The longest side of an image, in pixels. */
const MAX_SIDE = 2560;
/** How well an image is drawn: as well as it fits. */
const QUALITIES = [0.85, 0.5] as const;
/** The most files of a page, and the most that are waited for. */
const MOST = 128;
const MOST_AWAITED = 512;
const AT_ONCE = 4;
/** How long the browser may take for a file that it has. */
const LOAD_MS = 10_000;
/** The most data within one text: a sheet, the styles of an element. */
const MAX_FILLED = 2 << 20;
const MAX_ADDRESS = 2048;

const MARK = /url\("#cobrowse-asset-(\d+)"\)/g;
const NOTHING = 'url("data:,")';

/** How files are come by. */
export interface Sources {
  /** A file as a `data:` address; empty, or a failure: it cannot leave. */
  load(kind: Kind, url: string): Promise<string>;
  /** Whether a page has loaded it; `view` is the window of the document that names it. */
  hasLoaded(url: string, view: Window | null): boolean;
  /** Call back with what has been loaded since. */
  watch(loaded: (url: string) => void): void;
}

interface Asset {
  readonly at: number;
  data: string;
}

export class Assets {
  readonly #origin: string;
  readonly #sources: Sources;
  readonly #arrived: () => void;
  readonly #known = new Map<string, Asset>();
  readonly #data: string[] = [];
  readonly #awaited = new Set<string>();
  readonly #queue: (() => Promise<void>)[] = [];
  readonly #spent: Record<Kind, number> = { image: 0, font: 0 };
  #running = 0;

  /** `arrived` is called when `mark` has more to say than before. */
  constructor(window: Window & typeof globalThis, arrived: () => void, sources: Sources = sourcesOf(window)) {
    this.#origin = window.location.origin;
    this.#sources = sources;
    this.#arrived = arrived;
    sources.watch((url) => {
      if (this.#awaited.delete(url)) arrived();
    });
  }

  /** The address of a file of the page's own origin; undefined for any other. */
  own(address: string, base: string): URL | undefined {
    if (address.length > MAX_ADDRESS || !URL.canParse(address, base)) return undefined;
    const url = new URL(address, base);
    const isWeb = url.protocol === "http:" || url.protocol === "https:";
    // What a fragment chooses of a file, only a browser knows that loads it.
    return isWeb && url.origin === this.#origin && url.hash === "" && url.username === "" ? url : undefined;
  }

  /**
   * What stands for a file of the page's own until `fill`; undefined while, or where, it cannot leave: then it is sent
   * for.  `view` is the window of the document that names it.
   */
  mark(kind: Kind, { href }: URL, view: Window | null): string | undefined {
    const known = this.#known.get(`${kind} ${href}`);
    if (known === undefined) this.#ask(kind, href, view);
    return known === undefined || known.data === "" ? undefined : `url("#cobrowse-asset-${known.at}")`;
  }

  /** The text with data in place of marks, as far as there is room. */
  fill(text: string, room = MAX_FILLED): string {
    let left = room;
    return text.replace(MARK, (_, at) => {
      const data = this.#data[Number(at)] ?? "";
      if (data === "" || data.length > left) return NOTHING;
      left -= data.length;
      return `url("${data}")`;
    });
  }

  #ask(kind: Kind, url: string, view: Window | null): void {
    if (!this.#sources.hasLoaded(url, view)) {
      if (this.#awaited.size < MOST_AWAITED) this.#awaited.add(url);
      return;
    }
    if (this.#known.size >= MOST) return;
    const asset: Asset = { at: this.#known.size, data: "" };
    this.#known.set(`${kind} ${url}`, asset);
    this.#queue.push(() => this.#load(kind, url, asset));
    this.#work();
  }

  #work(): void {
    while (this.#running < AT_ONCE) {
      const next = this.#queue.shift();
      if (next === undefined) return;
      this.#running += 1;
      void next().finally(() => {
        this.#running -= 1;
        this.#work();
      });
    }
  }

  async #load(kind: Kind, url: string, asset: Asset): Promise<void> {
    const data = await this.#sources.load(kind, url).catch(() => "");
    if (!isData(kind, data) || this.#spent[kind] + data.length > MAX_ALL[kind]) return;
    this.#spent[kind] += data.length;
    asset.data = data;
    this.#data[asset.at] = data;
    this.#arrived();
  }
}

/** Whether it is data of this kind and nothing else: it is put between quotes. */
function isData(kind: Kind, data: string): boolean {
  const most = kind === "image" ? MAX_PICTURE : MAX_FONT * 1.5;
  return data.length <= most && data.startsWith(`data:${kind}/`) && /^[\w:/;,+=.-]+$/.test(data);
}

function sourcesOf(window: Window & typeof globalThis): Sources {
  // As it is before anyone wraps it.
  const ask: typeof fetch | undefined = window.fetch?.bind(window);
  const loaded = new Loaded(window);
  let mayAsk = true;
  const font = async (url: string): Promise<string> => {
    try {
      return mayAsk ? await loadFont(url, ask) : "";
    } catch {
      // The page's own policy (CSP) forbids it, most likely: it is not to report it font by font.
      mayAsk = false;
      return "";
    }
  };
  return {
    load: (kind, url) => (kind === "image" ? loadImage(url, window.document) : font(url)),
    hasLoaded: (url, view) => loaded.has(url, view),
    watch: (told) => loaded.watch(told),
  };
}

// Images

/** The image as the page loads it: from memory, by the rules that the page has for its images. */
async function loadImage(url: string, document: Document): Promise<string> {
  const image = document.createElement("img");
  image.src = url;
  await Promise.race([image.decode(), late(LOAD_MS)]);
  const { naturalWidth: width, naturalHeight: height } = image;
  const scale = Math.min(1, MAX_SIDE / Math.max(width, height));
  for (const quality of QUALITIES) {
    const data = await draw(image, [Math.ceil(width * scale), Math.ceil(height * scale)], quality);
    if (data.length <= MAX_PICTURE) return data;
  }
  return "";
}

function late(ms: number): Promise<never> {
  return new Promise((_, reject) => {
    AbortSignal.timeout(ms).addEventListener("abort", () => reject(new Error("late")));
  });
}

// Fonts

/** By the first bytes of a file, what kind of font it is. */
const FONTS: readonly (readonly [start: string, type: string])[] = [
  ["wOF2", "font/woff2"],
  ["wOFF", "font/woff"],
  ["OTTO", "font/otf"],
  ["\0\x01\0\0", "font/ttf"],
];

/** The font from the browser's cache, with the credentials that it has for fonts; no redirect is followed. */
export async function loadFont(url: string, ask: typeof fetch | undefined): Promise<string> {
  const answer = await ask?.(url, {
    cache: "force-cache",
    mode: "same-origin",
    credentials: "same-origin",
    redirect: "error",
    signal: AbortSignal.timeout(LOAD_MS),
  });
  if (answer?.ok !== true) return "";
  const bytes = await readUpTo(answer, MAX_FONT);
  const start = String.fromCharCode(...(bytes?.slice(0, 4) ?? []));
  const type = FONTS.find(([first]) => first === start)?.[1];
  return bytes === undefined || type === undefined ? "" : asAddress(new Blob([bytes], { type }));
}

/** The body; undefined where it is longer. */
async function readUpTo(answer: Response, most: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const reader = answer.body?.getReader();
  const bytes = new Uint8Array(most);
  for (let length = 0; ; ) {
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
    if (done || value === undefined) return bytes.slice(0, length);
    if (length + value.length > most) {
      await reader?.cancel();
      return undefined;
    }
    bytes.set(value, length);
    length += value.length;
  }
}

// What the page has loaded

/** The most addresses that are remembered. */
const MOST_LOADED = 2000;
/** What loads something for a style sheet, or what a style sheet may also name. */
const INITIATORS = /^(?:css|link|img|image|early-hints)$/;

/** By the browser's own record, which drops what comes late where nobody watches. */
class Loaded {
  readonly #urls = new Set<string>();
  readonly #window: Window;
  #told: (url: string) => void = () => undefined;

  constructor(window: Window & typeof globalThis) {
    this.#window = window;
    if (typeof window.PerformanceObserver !== "function") return;
    new window.PerformanceObserver((list) => {
      for (const entry of list.getEntries()) this.#note(entry as PerformanceResourceTiming);
    }).observe({ type: "resource", buffered: true });
  }

  #note(entry: PerformanceResourceTiming): void {
    if (!isWhole(entry) || this.#urls.size >= MOST_LOADED) return;
    this.#urls.add(entry.name);
    this.#told(entry.name);
  }

  watch(told: (url: string) => void): void {
    this.#told = told;
  }

  has(url: string, view: Window | null): boolean {
    if (this.#urls.has(url)) return true;
    const entries = view === null || view === this.#window ? [] : view.performance.getEntriesByName(url);
    return entries.some((entry) => isWhole(entry as PerformanceResourceTiming));
  }
}

/** Whether it was loaded for how the page looks, and was there. */
function isWhole({ initiatorType, responseStatus }: PerformanceResourceTiming): boolean {
  // Older browsers tell no status; then the file itself will have to do.
  return INITIATORS.test(initiatorType) && (responseStatus ?? 0) < 400;
}

// Pictures of the page, drawn anew: what leaves is what the customer sees of an image, at the size at which it shows,
// and nothing that was in the file besides.  Pictures of other sites cannot be drawn, so they do not leave; the
// agent's browser loads nothing.  Drawn one at a time, when the page has nothing better to do.

/** The longest picture that leaves, as text. */
export const MAX_PICTURE = 256 << 10;
/** The most that all pictures of a page take. */
const MAX_ALL = 12 << 20;
/** The longest side, in pixels. */
const MAX_SIDE = 1600;

/** What has been drawn of an image, and from which address. */
interface Drawn {
  readonly from: string;
  readonly data: string;
}

export class Pictures {
  readonly #drawn = new WeakMap<HTMLImageElement, Drawn>();
  readonly #waiting = new Set<HTMLImageElement>();
  readonly #ready: (image: HTMLImageElement) => void;
  #spent = 0;
  #isDrawing = false;

  /** `ready` is called for each image that `of` can answer for from then on. */
  constructor(ready: (image: HTMLImageElement) => void) {
    this.#ready = ready;
  }

  /** The picture as a `data:` address; undefined while, or where, there is none. */
  of(image: HTMLImageElement): string | undefined {
    const drawn = this.#drawn.get(image);
    if (drawn?.from === image.currentSrc) return drawn.data || undefined;
    if (image.complete && image.naturalWidth > 0) {
      this.#waiting.add(image);
      void this.#drawAll();
    }
    return undefined;
  }

  async #drawAll(): Promise<void> {
    if (this.#isDrawing) return;
    this.#isDrawing = true;
    for (const image of this.#waiting) {
      this.#waiting.delete(image);
      const from = image.currentSrc;
      const size = image.isConnected ? sizeOf(image) : ([0, 0] as const);
      const data = await draw(image, size).catch(() => "");
      const fits = data.length <= MAX_PICTURE && this.#spent + data.length <= MAX_ALL;
      this.#spent += fits ? data.length : 0;
      this.#drawn.set(image, { from, data: fits ? data : "" });
      if (fits && data !== "") this.#ready(image);
    }
    this.#isDrawing = false;
  }
}

/** An image of this size, in pixels, as a `data:` address; empty: it has none. */
export async function draw(
  image: HTMLImageElement,
  [width, height]: readonly [number, number],
  quality = 0.85,
): Promise<string> {
  if (width === 0 || height === 0) return "";
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  if (context === null) return "";
  // Fails for pictures of other sites: the canvas is no longer clean.
  context.drawImage(image, 0, 0, width, height);
  return asAddress(await canvas.convertToBlob({ type: "image/webp", quality }));
}

/** As large as it shows, but no larger than it is, in whole pixels of the screen. */
function sizeOf(image: HTMLImageElement): readonly [number, number] {
  const scale = Math.min(
    1,
    (image.width * devicePixelRatio) / image.naturalWidth || 1,
    MAX_SIDE / Math.max(image.naturalWidth, image.naturalHeight),
  );
  return [Math.ceil(image.naturalWidth * scale), Math.ceil(image.naturalHeight * scale)];
}

/** Data as an address. */
export function asAddress(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}

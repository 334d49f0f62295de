// What waits to be sent: first in, first out, counted in bytes.  Frames in it can still be thrown away, which
// is what must happen to content the moment that a session is suspended or ended (SITE-1, STOP-3).

/** One message that waits. */
export interface Waiting {
  readonly data: string | Uint8Array<ArrayBuffer>;
  readonly bytes: number;
}

export class Queue {
  #waiting: Waiting[] = [];
  #bytes = 0;

  /** How many bytes wait. */
  get bytes(): number {
    return this.#bytes;
  }

  add(message: Waiting): void {
    this.#waiting.push(message);
    this.#bytes += message.bytes;
  }

  /** The next one, taken out. */
  take(): Waiting | undefined {
    const first = this.#waiting.shift();
    this.#bytes -= first?.bytes ?? 0;
    return first;
  }

  /** Throw the frames away; messages stay, in their order. */
  dropFrames(): void {
    this.#waiting = this.#waiting.filter((one) => typeof one.data === "string");
    this.#bytes = this.#waiting.reduce((sum, one) => sum + one.bytes, 0);
  }

  clear(): void {
    this.#waiting = [];
    this.#bytes = 0;
  }
}

// Pointer moves at a bounded rate: the first goes at once, and of those that follow within the interval the last.

export class Pacer {
  readonly #interval: number;
  readonly #go: (x: number, y: number) => void;
  #waiting: readonly [number, number] | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `interval` in milliseconds. */
  constructor(interval: number, go: (x: number, y: number) => void) {
    this.#interval = interval;
    this.#go = go;
  }

  move(x: number, y: number): void {
    if (this.#timer !== undefined) {
      this.#waiting = [x, y];
      return;
    }
    this.#go(x, y);
    this.#timer = setTimeout(() => this.#next(), this.#interval);
  }

  /** Forget what waits. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waiting = undefined;
  }

  #next(): void {
    this.#timer = undefined;
    const last = this.#waiting;
    this.#waiting = undefined;
    if (last !== undefined) this.move(...last);
  }
}

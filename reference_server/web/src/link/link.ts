// A link: one party's WebSocket of cobrowse.v1, which comes back by itself when it is lost.  It numbers what is
// sent, checks what arrives, remembers the newest epoch, and bounds what waits.  What is said over it is for
// its owner to decide.  Reading order: LinkEvents, mayReturn, Link.

import type { Do, Seen } from "../protocol/decode";
import { decode } from "../protocol/decode";
import type { Frame } from "../protocol/frames";
import { decodeFrame, encodeFrame, MAX_FRAME_BYTES } from "../protocol/frames";
import type { Bounds } from "./bounds";
import { BOUNDS, retryWait } from "./bounds";
import { Queue } from "./queue";

export const SUBPROTOCOL = "cobrowse.v1";
/** The largest control message, in bytes. */
export const MAX_MESSAGE_BYTES = 1 << 20;

/** Why a client closes a link by itself, in the range that browsers allow. */
const NOT_UNDERSTOOD = 4400;
const TOO_SLOW = 4408;

/** What a link tells its owner; each message to its end before the next. */
export interface LinkEvents {
  /** A socket is open.  What the owner sends here goes first: `start`, `resume` or `sign_in`. */
  open(): void;
  /** A message of the server, decoded strictly and complete. */
  see(seen: Seen): void;
  /** A frame of the other party. */
  frame(frame: Frame): void;
  /** The socket is gone, or could not be opened; `again`: another attempt follows by itself. */
  lost(code: number, again: boolean): void;
  /** Frames were thrown away, because too much waited: the mirror has to begin anew. */
  overflow(): void;
}

/** What a link needs of the world; tests bring their own. */
export interface LinkWorld {
  socket(url: string): WebSocket;
  random(): number;
}

const WORLD: LinkWorld = {
  socket: (url) => new WebSocket(url, SUBPROTOCOL),
  random: Math.random,
};

/** Whether a party whose link was closed with this code, and for this reason, comes back over a new one. */
export function mayReturn(code: number, reason: string): boolean {
  // Firefox closes every socket itself as soon as a page begins to go, which then may stay after all.
  if (code === 1001 && reason === "") return true;
  // 1000, 1001: the end is meant.  4001: a newer link of the same party has the session.
  return code !== 1000 && code !== 1001 && code !== 4001;
}

/** The address of a party's link on the server of this origin. */
export function linkUrl(server: string, party: "customer" | "agent"): string {
  const url = new URL(`/v1/${party}`, server);
  url.protocol = url.protocol === "http:" ? "ws:" : "wss:";
  return url.href;
}

export class Link {
  readonly #url: string;
  readonly #events: LinkEvents;
  readonly #bounds: Bounds;
  readonly #world: LinkWorld;
  readonly #queue = new Queue();
  #socket: WebSocket | undefined;
  #id = 0;
  #epoch = 0;
  #attempt = 0;
  /** Whether the owner wants it: false before `open` and after `close`. */
  #wanted = false;
  #retry: Timer;
  #steady: Timer;
  #opening: Timer;
  #pump: Timer;
  #progressAt = 0;

  constructor(url: string, events: LinkEvents, bounds: Partial<Bounds> = {}, world: Partial<LinkWorld> = {}) {
    this.#url = url;
    this.#events = events;
    this.#bounds = { ...BOUNDS, ...bounds };
    this.#world = { ...WORLD, ...world };
  }

  /** Whether what is sent now goes out now. */
  get isOpen(): boolean {
    return this.#socket?.readyState === 1;
  }

  /** The newest epoch that this link has seen; acts and frames carry it. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Connect, and come back after each loss, until `close`. */
  open(): void {
    this.#wanted = true;
    this.#attempt = 0;
    if (this.#socket === undefined) this.#connect();
  }

  /** Try at once, if the link waits for its next attempt: the network may be back. */
  hurry(): void {
    if (this.#wanted && this.#socket === undefined) this.#connect();
  }

  /** Done with it: nothing is tried again, and nothing more is told. What waits, frames apart, still goes out. */
  close(): void {
    this.#wanted = false;
    const socket = this.#socket;
    if (socket?.readyState === 1) {
      this.#queue.dropFrames();
      for (let one = this.#queue.take(); one !== undefined; one = this.#queue.take()) socket.send(one.data);
    }
    this.#forget();
    socket?.close(1000);
  }

  /** Give the socket up as lost, though it has not noticed yet; attempts follow. */
  giveUp(code = TOO_SLOW): void {
    const socket = this.#socket;
    if (socket === undefined) return;
    this.#forget();
    socket.close(code);
    this.#isLost(code);
  }

  /**
   * Send a control message.  Its number, which answers repeat as `re`; 0 where it was not sent: the link is not
   * open, or the message is longer than the protocol allows.
   */
  send(what: Do): number {
    if (!this.isOpen) return 0;
    const data = JSON.stringify({ id: this.#id + 1, do: what });
    const bytes = new TextEncoder().encode(data).length;
    if (bytes > MAX_MESSAGE_BYTES) return 0;
    if (this.held + bytes > this.#bounds.queueBytes + MAX_MESSAGE_BYTES) {
      this.giveUp();
      return 0;
    }
    this.#id += 1;
    this.#queue.add({ data, bytes });
    this.#flush();
    return this.#id;
  }

  /** Send a frame, stamped with the newest epoch; false where it was thrown away. */
  sendFrame(kind: Frame["kind"], byHand: boolean, payload: Uint8Array): boolean {
    if (!this.isOpen) return false;
    const data = encodeFrame({ kind, byHand, epoch: this.#epoch, payload });
    if (data.length > MAX_FRAME_BYTES) return false;
    if (this.held + data.length > this.#bounds.queueBytes) {
      this.#queue.dropFrames();
      this.#events.overflow();
      return false;
    }
    this.#queue.add({ data, bytes: data.length });
    this.#flush();
    return true;
  }

  /** Throw away the frames that have not gone out (STOP-3). */
  dropFrames(): void {
    this.#queue.dropFrames();
  }

  /** How many bytes wait to be sent, what the browser holds included. */
  get held(): number {
    return this.#queue.bytes + (this.#socket?.bufferedAmount ?? 0);
  }

  #connect(): void {
    clearTimeout(this.#retry);
    this.#queue.clear();
    this.#id = 0;
    this.#epoch = 0;
    let socket: WebSocket;
    try {
      socket = this.#world.socket(this.#url);
    } catch {
      this.#isLost(1006); // a page's own policy may forbid the address
      return;
    }
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    this.#opening = setTimeout(() => this.giveUp(), this.#bounds.openMs);
    socket.onopen = () => this.#isOpen(socket);
    socket.onmessage = (message: MessageEvent<unknown>) => this.#arrived(message.data);
    socket.onclose = (close: CloseEvent) => {
      this.#forget();
      this.#isLost(close.code, close.reason);
    };
  }

  #isOpen(socket: WebSocket): void {
    clearTimeout(this.#opening);
    if (socket.protocol !== SUBPROTOCOL) {
      this.giveUp(NOT_UNDERSTOOD);
      return;
    }
    this.#steady = setTimeout(() => {
      this.#attempt = 0;
    }, this.#bounds.steadyMs);
    this.#events.open();
  }

  #arrived(data: unknown): void {
    if (typeof data === "string") {
      const seen = decode(data);
      if (seen !== undefined) this.#saw(seen);
      else this.giveUp(NOT_UNDERSTOOD);
    } else {
      const frame = data instanceof ArrayBuffer ? decodeFrame(data) : undefined;
      if (frame !== undefined) this.#events.frame(frame);
      else this.giveUp(NOT_UNDERSTOOD);
    }
  }

  #saw(seen: Seen): void {
    this.#epoch = begins(seen) ? seen.epoch : Math.max(this.#epoch, seen.epoch);
    this.#events.see(seen);
  }

  /** Hand over what the browser has room for; look again later for the rest. */
  #flush(): void {
    const socket = this.#socket;
    if (socket === undefined || socket.readyState !== 1) return;
    while (this.#queue.bytes > 0 && socket.bufferedAmount < this.#bounds.handedBytes) {
      const next = this.#queue.take();
      if (next !== undefined) socket.send(next.data);
      this.#progressAt = performance.now();
    }
    clearTimeout(this.#pump);
    if (this.#queue.bytes === 0) return;
    if (performance.now() - this.#progressAt > this.#bounds.stuckMs) this.giveUp();
    else this.#pump = setTimeout(() => this.#flush(), this.#bounds.pumpMs);
  }

  #forget(): void {
    for (const timer of [this.#retry, this.#steady, this.#opening, this.#pump]) clearTimeout(timer);
    this.#queue.clear();
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket === undefined) return;
    socket.onopen = null;
    socket.onmessage = null;
    socket.onclose = null;
  }

  #isLost(code: number, reason = ""): void {
    const again = this.#wanted && mayReturn(code, reason);
    this.#wanted = again;
    if (again) {
      const wait = retryWait(this.#attempt, this.#bounds, this.#world.random);
      this.#attempt += 1;
      this.#retry = setTimeout(() => this.#connect(), wait);
    }
    this.#events.lost(code, again);
  }
}

type Timer = ReturnType<typeof setTimeout> | undefined;

/** Whether a message begins a session on this link, and with it a new order of epochs. */
function begins(seen: Seen): boolean {
  const { type } = seen.see;
  return type === "joined" || type === "restored";
}

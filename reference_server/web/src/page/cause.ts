// Whose doing it is that a script runs: an act of the agent's, or not.  JavaScript knows no causes, so they are
// followed:
//
// - What an act's event handlers do at once happens inside `run`.
// - What they leave to microtasks (promises, `await`) runs before any other task: the cause holds until then.
// - What they leave to timers, animation frames, idle time, `fetch` and XMLHttpRequest carries the cause along, to
//   any depth: these functions of the page are wrapped while there is Write Mode.
// - A hand of the customer's (a real pointer, key or touch event) ends the cause at once, so that what the customer
//   does is the customer's, even between two tasks of one act; what that leaves for later is followed likewise.
// - An act's doing lasts for `AFTERMATH_MS` whatever the customer does, and after that until the customer next does
//   something: a loop that an act began must not taint the page for ever.
// - What cannot be followed (an answer on a WebSocket, a worker, the end of a CSS transition, a message channel)
//   counts as the agent's for `AFTERMATH_MS` after an act, until the customer does something: what the customer did
//   before it, the approval itself for one, says nothing.
//
// Reading order: Doing, Cause (who, run, byHand, watch), then the wrappers.

import type { Refused } from "./types";

/** How long an act's doing lasts at least, in milliseconds. */
export const AFTERMATH_MS = 10_000;

/** One act of the agent, as its consequences see it. */
export interface Doing {
  /** When it began. */
  readonly since: number;
  /** The form that administrators allow this act to submit (SUBMIT-4). */
  readonly allows: HTMLFormElement | undefined;
  /** The first thing that it tried to do and must not. */
  refused: Refused | undefined;
}

/** A window with the classes that scripts in it use. */
export type Realm = Window & typeof globalThis;

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

/** Events that only a hand makes: the clicks that browsers make for labels and keys come after one of them. */
const BY_HAND = [
  "pointerdown",
  "pointerup",
  "mousedown",
  "mouseup",
  "keydown",
  "keyup",
  "touchstart",
  "touchend",
];
const TIMERS = ["setTimeout", "setInterval", "requestAnimationFrame", "requestIdleCallback"];
const BODIES = ["json", "text", "blob", "arrayBuffer", "formData", "bytes"];

export class Cause {
  readonly #now: () => number;
  readonly #later: (deed: () => void) => void;
  /** The act whose doing runs at this moment; it holds for the task and its microtasks. */
  #doing: Doing | undefined;
  /** Whether the cause of this task has been followed, so that no act but that one can be it. */
  #isFollowed = false;
  /** How many runs are on the stack. */
  #depth = 0;
  #task = 0;
  #tasks: MessageChannel | undefined;
  #last: Doing | undefined;
  /** Whether the browser knew of the customer's hand already when the last act began. */
  #wasActive = false;
  #lastByHand = -Infinity;
  #watches = false;
  #globals = new WeakSet<object>();
  readonly #undo: (() => void)[] = [];

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    const timer = globalThis.setTimeout; // as it is before anyone wraps it
    this.#later = (deed) => void timer.call(globalThis, deed, 0);
  }

  /** The act whose doing runs now. */
  get doing(): Doing | undefined {
    return this.#doing;
  }

  /** The same, or the act whose late doing it may be, where nothing says whose it is. */
  get suspect(): Doing | undefined {
    if (this.#doing !== undefined) return this.#doing;
    if (this.#isFollowed) return undefined;
    const last = this.#last;
    if (last === undefined || this.#now() - last.since > AFTERMATH_MS) return undefined;
    // A screen reader's click comes without a hand, but the browser knows of it.
    const isByHand = this.#lastByHand >= last.since || (isActive() && !this.#wasActive);
    return isByHand ? undefined : last;
  }

  /** How long ago the customer's hand last did something, in milliseconds. */
  get sinceByHand(): number {
    return this.#now() - this.#lastByHand;
  }

  /** A new act. */
  begin(allows?: HTMLFormElement): Doing {
    this.#last = { since: this.#now(), allows, refused: undefined };
    this.#wasActive = isActive();
    return this.#last;
  }

  /** Run this as the doing of an act, with the microtasks that it leaves. */
  run<Result>(doing: Doing, deed: () => Result): Result {
    const before = this.#doing;
    this.#depth += 1;
    this.#doing = doing;
    try {
      return deed();
    } finally {
      this.#depth -= 1;
      if (this.#depth > 0) this.#doing = before;
      else this.#hold(doing);
    }
  }

  /** When what was left to microtasks and to timers of no time has run. */
  settled(): Promise<void> {
    return new Promise((done) => this.#later(() => this.#later(done)));
  }

  /** The customer's hand has done something. While an act runs no hand can: then the browser made it up. */
  byHand(): void {
    if (this.#depth > 0) return;
    this.#doing = undefined;
    this.#isFollowed = false;
    this.#task += 1;
    this.#lastByHand = this.#now();
  }

  /** Follow what scripts of this window (the page's, or a frame's of its origin) leave for later. */
  watch(realm: Realm): void {
    if (this.#globals.has(globalOf(realm))) return;
    this.#globals.add(globalOf(realm));
    this.#watches = true;
    const hand = (event: Event): void => {
      if (event.isTrusted) this.byHand();
    };
    const options = { capture: true, passive: true };
    for (const type of BY_HAND) realm.addEventListener(type, hand, options);
    this.#undo.push(() => {
      for (const type of BY_HAND) realm.removeEventListener(type, hand, options);
    });
    for (const name of TIMERS) this.replace(realm, name, (original) => this.#timer(realm, original));
    this.replace(realm, "fetch", (original) => this.#promise(original));
    for (const name of BODIES) this.replace(realm.Response?.prototype, name, (body) => this.#promise(body));
    this.replace(realm.XMLHttpRequest?.prototype, "open", (original) => this.#request(original));
  }

  /** Follow nothing any more, and give the page its own functions back. */
  leave(): void {
    for (const undo of this.#undo.splice(0)) undone(undo);
    this.#globals = new WeakSet();
    this.#tasks?.port1.close();
    this.#tasks = undefined;
    this.#watches = false;
    this.#doing = undefined;
    this.#isFollowed = false;
    this.#last = undefined;
  }

  /** Put a function in the place of another until `leave`; not where the page has frozen its own. */
  replace(owner: object | undefined, name: string, make: (original: AnyFunction) => AnyFunction): void {
    if (owner === undefined) return;
    const members = owner as Record<string, unknown>;
    const original = members[name];
    const before = Object.getOwnPropertyDescriptor(owner, name);
    if (typeof original !== "function" || before?.configurable === false) return;
    const wrapped = make(original as AnyFunction);
    Object.defineProperty(wrapped, "name", { value: name, configurable: true });
    const enumerable = before?.enumerable ?? true;
    if (
      !Reflect.defineProperty(owner, name, { value: wrapped, configurable: true, writable: true, enumerable })
    )
      return;
    this.#undo.push(() => {
      if (members[name] !== wrapped) return; // somebody has wrapped it since; ours does nothing any more
      if (before === undefined) delete members[name];
      else Object.defineProperty(owner, name, before);
    });
  }

  /** The same for what reads a property, such as `contentWindow`, or sets it, such as `src`. */
  replaceAccessor(
    owner: object | undefined,
    name: string,
    make: (original: PropertyDescriptor) => PropertyDescriptor,
  ): void {
    const before = owner && Object.getOwnPropertyDescriptor(owner, name);
    if (owner === undefined || before?.get === undefined || before.configurable !== true) return;
    const made = { ...before, ...make(before) };
    if (!Reflect.defineProperty(owner, name, made)) return;
    this.#undo.push(() => {
      const now = Object.getOwnPropertyDescriptor(owner, name);
      if (now?.get === made.get && now?.set === made.set) Object.defineProperty(owner, name, before);
    });
  }

  /** It, or that it is none, holds for this task and its microtasks: until a task that nobody can see has come. */
  #hold(doing: Doing | undefined): void {
    this.#doing = doing;
    this.#isFollowed = true;
    this.#task += 1;
    if (this.#tasks === undefined) {
      this.#tasks = new MessageChannel();
      this.#tasks.port1.onmessage = ({ data }) => {
        if (data !== this.#task) return;
        this.#doing = undefined;
        this.#isFollowed = false;
      };
    }
    this.#tasks.port2.postMessage(this.#task);
  }

  /** A task begins whose cause has been followed: an act, or none. */
  #enter(doing: Doing | undefined): void {
    if (this.#depth > 0 || !this.#watches) return;
    this.#hold(doing !== undefined && this.#lasts(doing) ? doing : undefined);
  }

  #lasts(doing: Doing): boolean {
    if (!this.#watches) return false;
    return this.#now() - doing.since <= AFTERMATH_MS || this.#lastByHand < doing.since;
  }

  #timer(realm: Realm, original: AnyFunction): AnyFunction {
    const cause = this;
    return function (this: unknown, callback: unknown, ...rest: unknown[]): unknown {
      if (typeof callback !== "function" || !cause.#watches) return original.call(realm, callback, ...rest);
      const doing = cause.suspect; // whoever may have begun this begins what it leaves
      const followed = function (this: unknown, ...args: unknown[]): unknown {
        cause.#enter(doing);
        return (callback as AnyFunction).apply(this, args);
      };
      return original.call(realm, followed, ...rest);
    };
  }

  /** Promises that the network keeps carry the cause to whoever waits for them. */
  #promise(original: AnyFunction): AnyFunction {
    const cause = this;
    return function (this: unknown, ...args: unknown[]): unknown {
      const promise = original.apply(this, args) as Promise<unknown>;
      if (!cause.#watches || typeof promise?.then !== "function") return promise;
      const doing = cause.suspect; // whoever may have begun this begins what it leaves
      const kept = (): void => cause.#enter(doing);
      promise.then(kept, kept); // of all that wait for it the first
      return promise;
    };
  }

  #request(original: AnyFunction): AnyFunction {
    const cause = this;
    return function (this: unknown, ...args: unknown[]): unknown {
      const doing = cause.suspect; // whoever may have begun this begins what it leaves
      if (cause.#watches) {
        const kept = (): void => cause.#enter(doing);
        // On its target a capturing listener comes before all others.
        (this as XMLHttpRequest).addEventListener("readystatechange", kept, { capture: true });
      }
      return original.apply(this, args);
    };
  }
}

/** What tells one document's window from the next in the same frame: the window's own name stays, its functions do not. */
export function globalOf(realm: Realm): object {
  return realm.Function ?? realm;
}

/** Take something back; in a frame that has gone to another site there is nothing left of it. */
export function undone(undo: () => void): void {
  try {
    undo();
  } catch {
    // its window is another site's
  }
}

/** Whether the browser has just known of the customer's hand, however it came. */
function isActive(): boolean {
  return globalThis.navigator?.userActivation?.isActive === true;
}

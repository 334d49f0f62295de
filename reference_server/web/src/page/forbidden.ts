// What an agent's doing must not bring about, stopped where it would take effect, whatever brought it there: forms
// submitted (SUBMIT-1), pages of other sites (NAVIGATE-2), new windows, downloads, file choosers, print, permission
// prompts, the clipboard (NAVIGATE-8, MASK-7).  What the customer does passes through untouched.
//
// A form can be submitted without a click and even without a `submit` event (`form.submit()`), so it is stopped at
// four doors: the two methods, the event, and the navigation that follows.  Reading order: Forbidden, `watch`
// (which doors there are), then the doors.

import type { Cause, Doing, Realm } from "./cause";
import { globalOf, undone } from "./cause";
import { Frames, innerWindow } from "./frames";
import { isSubmitButton, submission } from "./submits";
import type { Refused } from "./types";
import { NOT_FOR_AGENTS, SUBMIT_BLOCKED } from "./where";

/** How long after a submission that was let through its navigation may come, in milliseconds. */
const PASS_MS = 10_000;

/** What the one who owns the doors decides. */
export interface Doorkeeper {
  /** Why an agent may not go there; undefined: it may. */
  refuses(url: string): Refused | undefined;
  /** A script of the agent's doing wants to go there: refuse at once, or look at it and go; a frame by this. */
  go(url: string, replace: boolean, inFrame?: (url: string) => void): Refused | undefined;
  /** A script of the agent's doing wants to go back or forward. */
  goBy(delta: number): Refused | undefined;
  /** Whether this is a navigation that has been looked at already. */
  isOnItsWay(url: string): boolean;
}

interface Navigation {
  readonly formData: FormData | null;
  readonly downloadRequest: string | null;
  readonly navigationType: string;
  readonly sourceElement?: Element | null;
  readonly destination: { readonly url: string; readonly sameDocument: boolean };
}

/**
 * Whether the last door is there: whether this browser tells of every navigation before it happens.  Without it a script
 * can take an agent's doing off the site (NAVIGATE-2), and nobody can stop it.  What a page has put in its place is none.
 */
export function hasLastDoor(realm: Realm): boolean {
  const { navigation, Navigation } = realm as unknown as { navigation?: unknown; Navigation?: unknown };
  return (
    navigation instanceof realm.EventTarget &&
    typeof Navigation === "function" &&
    navigation instanceof Navigation &&
    /\{\s*\[native code\]\s*\}$/.test(Function.prototype.toString.call(Navigation))
  );
}

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

/** Functions that would prompt the customer: the object, its method, and whether it answers with a promise. */
type Prompt = readonly [owner: object | undefined, name: string, promises: boolean];

export class Forbidden {
  readonly #cause: Cause;
  readonly #keeper: Doorkeeper;
  readonly #frames: Frames;
  #globals = new WeakSet<object>();
  readonly #undo: (() => void)[] = [];
  #passed: { form: HTMLFormElement; at: number } | undefined;

  constructor(cause: Cause, keeper: Doorkeeper) {
    this.#cause = cause;
    this.#keeper = keeper;
    this.#frames = new Frames(cause, {
      goBy: (url, go) => keeper.go(url, false, go),
      isOnItsWay: keeper.isOnItsWay,
      watch: (inner) => {
        if (!this.#globals.has(globalOf(inner))) this.watch(inner);
      },
    });
  }

  /** Guard this window (the page's, or a frame's of its origin), and the frames in it. */
  watch(realm: Realm): void {
    this.#guard(realm);
    for (const frame of realm.document?.querySelectorAll("iframe, frame") ?? []) {
      const inner = innerWindow(frame);
      if (inner !== undefined) this.watch(inner);
    }
  }

  #guard(realm: Realm): void {
    if (this.#globals.has(globalOf(realm))) return;
    this.#globals.add(globalOf(realm));
    this.#cause.watch(realm);
    this.#guardForms(realm);
    this.#guardClicks(realm);
    this.#guardWindows(realm);
    this.#guardPrompts(realm);
    this.#guardNavigation(realm);
    this.#undo.push(this.#frames.guard(realm));
  }

  leave(): void {
    for (const undo of this.#undo.splice(0)) undone(undo);
    this.#globals = new WeakSet();
    this.#cause.leave();
    this.#passed = undefined;
  }

  /** The act whose doing this must be, noted as refused; undefined where it is not the agent's. */
  #refuse(refused: Refused): Doing | undefined {
    const doing = this.#cause.suspect;
    if (doing !== undefined) doing.refused ??= refused;
    return doing;
  }

  /** Whether this form may be submitted now; notes it if not. */
  #maySubmit(form: HTMLFormElement): boolean {
    const doing = this.#cause.suspect;
    if (doing === undefined || doing.allows === form) {
      this.#passed = { form, at: performance.now() };
      return true;
    }
    doing.refused ??= SUBMIT_BLOCKED;
    return false;
  }

  /** Whether a script may click this: not what opens a file chooser, nor what submits. */
  #mayClick(target: Element): boolean {
    const doing = this.#cause.suspect;
    if (doing === undefined || target.nodeType !== 1) return true;
    if (opensByScript(target)) doing.refused ??= NOT_FOR_AGENTS;
    else {
      const form = submission(target, "press")?.form;
      if (form === undefined || form === doing.allows) return true;
      doing.refused ??= SUBMIT_BLOCKED;
    }
    return false;
  }

  #listen(target: EventTarget, type: string, listener: (event: Event) => void): void {
    target.addEventListener(type, listener, { capture: true });
    this.#undo.push(() => target.removeEventListener(type, listener, { capture: true }));
  }

  #guardForms(realm: Realm): void {
    const forbidden = this;
    for (const name of ["submit", "requestSubmit"]) {
      this.#cause.replace(realm.HTMLFormElement?.prototype, name, (original) => {
        return function (this: unknown, ...args: unknown[]): unknown {
          return forbidden.#maySubmit(this as HTMLFormElement) ? original.apply(this, args) : undefined;
        };
      });
    }
    this.#listen(realm, "submit", (event) => {
      const form = event.composedPath()[0] as HTMLFormElement;
      if (!forbidden.#maySubmit(form)) stop(event);
    });
  }

  #guardClicks(realm: Realm): void {
    const forbidden = this;
    this.#listen(realm, "click", (event) => {
      const target = event.composedPath()[0] as Element;
      if (opensChooser(target) && forbidden.#refuse(NOT_FOR_AGENTS)) stop(event);
    });
    // Events of what is not in the document, and `submit` in a shadow tree, never reach the window.
    this.#cause.replace(realm.HTMLElement?.prototype, "click", (original) => {
      return function (this: unknown, ...args: unknown[]): unknown {
        return forbidden.#mayClick(this as Element) ? original.apply(this, args) : undefined;
      };
    });
    this.#cause.replace(realm.EventTarget?.prototype, "dispatchEvent", (original) => {
      return function (this: unknown, event: unknown): unknown {
        const isClick = (event as Partial<Event> | null)?.type === "click";
        return isClick && !forbidden.#mayClick(this as Element) ? false : original.call(this, event);
      };
    });
    for (const owner of [realm.HTMLInputElement?.prototype, realm.HTMLSelectElement?.prototype]) {
      this.#forbid([owner, "showPicker", false]);
    }
  }

  #guardWindows(realm: Realm): void {
    const forbidden = this;
    const opens =
      (owner: object, least: number) =>
      (original: AnyFunction): AnyFunction =>
        function (this: unknown, ...args: unknown[]): unknown {
          const doing = forbidden.#cause.suspect;
          if (doing === undefined || args.length < least) return original.apply(this ?? owner, args);
          // A new window would be out of the session: what is on the site stays in the tab (NV-11).
          const url = args[0] === undefined ? "about:blank" : String(args[0]);
          doing.refused ??= forbidden.#keeper.go(url, false);
          return null;
        };
    this.#cause.replace(realm, "open", opens(realm, 0));
    this.#cause.replace(realm.Document?.prototype, "open", opens(realm.document, 3)); // the same, by another name
    this.#cause.replace(realm, "print", (original) => {
      return function (this: unknown): unknown {
        return forbidden.#refuse(NOT_FOR_AGENTS) ? undefined : original.call(realm);
      };
    });
    for (const [name, step] of [
      ["back", -1],
      ["forward", 1],
      ["go", 0],
    ] as const) {
      this.#cause.replace(realm.History?.prototype, name, (original) => {
        return function (this: unknown, ...args: unknown[]): unknown {
          const doing = forbidden.#cause.suspect;
          const delta = name === "go" ? Number(args[0] ?? 0) : step;
          if (doing === undefined || delta === 0) return original.apply(this, args);
          doing.refused ??= forbidden.#keeper.goBy(delta);
          return undefined;
        };
      });
    }
  }

  #guardPrompts(realm: Realm): void {
    for (const prompt of prompts(realm)) this.#forbid(prompt);
  }

  #forbid([owner, name, promises]: Prompt): void {
    const forbidden = this;
    this.#cause.replace(owner, name, (original) => {
      return function (this: unknown, ...args: unknown[]): unknown {
        const isEdit = name === "execCommand" && !/^(copy|cut|paste|print)$/i.test(String(args[0]));
        if (isEdit || forbidden.#refuse(NOT_FOR_AGENTS) === undefined) return original.apply(this, args);
        const error = new DOMException("Not for agents.", "NotAllowedError");
        if (promises) return Promise.reject(error);
        return name === "execCommand" ? false : undefined;
      };
    });
  }

  /** The last door: whatever script, link or form begins a navigation, in a later task too. */
  #guardNavigation(realm: Realm): void {
    const { navigation } = realm as unknown as { navigation?: EventTarget };
    if (navigation === undefined) return; // there is no Write Mode in a browser without it: see `hasLastDoor`
    this.#listen(navigation, "navigate", (event) => {
      const going = event as unknown as Navigation;
      const form = formOf(going);
      if (form !== undefined && this.#hasPassed(form)) return;
      const doing = this.#cause.suspect;
      if (doing === undefined || this.#keeper.isOnItsWay(going.destination.url)) return;
      const verdict = this.#judge(realm, going, form !== undefined);
      if (verdict === "pass") return;
      if (verdict !== "looked at") doing.refused ??= verdict;
      if (event.cancelable) event.preventDefault();
    });
  }

  #judge(realm: Realm, going: Navigation, submits: boolean): Refused | "pass" | "looked at" {
    const { url, sameDocument } = going.destination;
    if (submits) return SUBMIT_BLOCKED;
    if (going.downloadRequest !== null) return NOT_FOR_AGENTS;
    if (going.navigationType === "traverse") return "pass"; // `back` and `forward` have doors of their own
    const refused = this.#keeper.refuses(url);
    if (refused !== undefined) return refused;
    if (sameDocument) return "pass";
    const replace = going.navigationType !== "push";
    const inFrame = (to: string): void => realm.location[replace ? "replace" : "assign"](to);
    return this.#keeper.go(url, replace, realm === realm.top ? undefined : inFrame) ?? "looked at";
  }

  #hasPassed(form: HTMLFormElement | null): boolean {
    const passed = this.#passed;
    if (passed === undefined || performance.now() - passed.at > PASS_MS) return false;
    if (form !== null && form !== passed.form) return false;
    this.#passed = undefined;
    return true;
  }
}

/** Keep an event from everyone, and the browser from doing what it means. */
function stop(event: Event): void {
  event.preventDefault();
  event.stopImmediatePropagation();
}

function opensChooser(target: Element): boolean {
  return target.localName === "input" && (target as HTMLInputElement).type === "file";
}

/** Whether a script's click on it, or on its label, opens a window of the browser's own. */
function opensByScript(target: Element): boolean {
  const control = (target.closest("label")?.control ?? target) as Partial<HTMLInputElement>;
  return control.localName === "input" && /^(file|color)$/.test(control.type ?? "");
}

/** The form that a navigation submits; null: one that is not known; undefined: it submits none. */
function formOf(going: Navigation): HTMLFormElement | null | undefined {
  const source = going.sourceElement ?? undefined;
  if (source?.localName === "form") return source as HTMLFormElement;
  if (source !== undefined && isSubmitButton(source)) return (source as HTMLButtonElement).form;
  return going.formData === null ? undefined : null;
}

function prompts(realm: Realm): readonly Prompt[] {
  const { navigator } = realm;
  const any = realm as unknown as Readonly<Record<string, { readonly prototype: object } | undefined>>;
  const parts = navigator as unknown as Readonly<Record<string, object | undefined>>;
  return [
    [realm, "showOpenFilePicker", true],
    [realm, "showSaveFilePicker", true],
    [realm, "showDirectoryPicker", true],
    [realm, "getScreenDetails", true],
    [realm, "queryLocalFonts", true],
    [any.FileSystemHandle?.prototype, "requestPermission", true],
    [any.Notification, "requestPermission", true],
    [any.PushManager?.prototype, "subscribe", true],
    [any.IdleDetector, "requestPermission", true],
    [any.DeviceMotionEvent, "requestPermission", true],
    [any.DeviceOrientationEvent, "requestPermission", true],
    [any.BeforeInstallPromptEvent?.prototype, "prompt", true],
    [any.PresentationRequest?.prototype, "start", true],
    [any.RemotePlayback?.prototype, "prompt", true],
    [any.EyeDropper?.prototype, "open", true],
    [any.NDEFReader?.prototype, "scan", true],
    [any.NDEFReader?.prototype, "write", true],
    [any.SpeechRecognition?.prototype, "start", false],
    [any.webkitSpeechRecognition?.prototype, "start", false],
    [parts.geolocation, "getCurrentPosition", false],
    [parts.geolocation, "watchPosition", false],
    [parts.mediaDevices, "getUserMedia", true],
    [parts.mediaDevices, "getDisplayMedia", true],
    [parts.mediaDevices, "selectAudioOutput", true],
    [navigator, "getUserMedia", false],
    [navigator, "webkitGetUserMedia", false],
    [parts.clipboard, "read", true],
    [parts.clipboard, "readText", true],
    [parts.clipboard, "write", true],
    [parts.clipboard, "writeText", true],
    [parts.bluetooth, "requestDevice", true],
    [parts.bluetooth, "requestLEScan", true],
    [parts.usb, "requestDevice", true],
    [parts.serial, "requestPort", true],
    [parts.hid, "requestDevice", true],
    [parts.contacts, "select", true],
    [parts.storage, "persist", true],
    [parts.xr, "requestSession", true],
    [parts.credentials, "get", true],
    [parts.credentials, "create", true],
    [navigator, "requestMIDIAccess", true],
    [navigator, "share", true],
    [navigator, "registerProtocolHandler", false],
    [any.PaymentRequest?.prototype, "show", true],
    [realm.Element?.prototype, "requestFullscreen", true],
    [realm.Element?.prototype, "webkitRequestFullscreen", false],
    [realm.Element?.prototype, "webkitRequestFullScreen", false],
    [any.HTMLVideoElement?.prototype, "webkitEnterFullscreen", false],
    [any.HTMLVideoElement?.prototype, "requestPictureInPicture", true],
    [(realm as unknown as typeof parts).documentPictureInPicture, "requestWindow", true],
    [realm.Element?.prototype, "requestPointerLock", false],
    [realm.Document?.prototype, "requestStorageAccess", true],
    [realm.Document?.prototype, "execCommand", false],
  ];
}

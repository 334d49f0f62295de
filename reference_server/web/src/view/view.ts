// The view: what the workspace sends becomes a page on the stage, what the agent's hand does there becomes acts.
// Reading order: what comes from the workspace, content, what the agent does, the keyboard, telling the workspace.

import type { Mode } from "../protocol/messages.gen";
import { Checker, type SafeEvent } from "./check";
import { Editor } from "./editor";
import type { Content, FromView, Published, ToView, ViewAct } from "./messages";
import { Replay } from "./replay";
import { Stage } from "./stage";
import { boxOf, elementAt, inOrder, scopeOf, type Target, targetOf, type Use, useOf } from "./target";

/** The least time between two scrolls that are sent, in milliseconds. */
const SCROLL_MS = 50;
/** How far a key scrolls, in parts of the window's height. */
const KEY_SCROLLS: Readonly<Record<string, number>> = {
  ArrowDown: 0.1,
  ArrowUp: -0.1,
  PageDown: 0.9,
  PageUp: -0.9,
  End: 1000,
  Home: -1000,
};
/** Keys that mean something to an element that is no field. */
const ELEMENT_KEYS: ReadonlySet<string> = new Set([
  "Enter",
  " ",
  "ArrowUp",
  "ArrowDown",
  "ArrowLeft",
  "ArrowRight",
]);
const MASKED = "Masked: only the customer can read and change this";
const DISABLED = "Disabled for agents: only the customer can use this";
const SUBMITS = "Only the customer can submit this form";

export class View {
  readonly #stage: Stage;
  readonly #root: HTMLElement;
  readonly #tell: (message: FromView) => void;
  readonly #checker = new Checker();
  #replay: Replay | undefined;
  /** The window's size, told before the first page. */
  #size: SafeEvent | undefined;
  #editor: Editor | undefined;
  #mode: Mode = "pointer";
  /** The page that is on view; empty while none is, or another one is coming. */
  #page = "";
  #coming = "";
  #url = "";
  #elements = new Map<string, Published>();
  /** The element that the keyboard is at. */
  #at: Target | undefined;
  #customerAt: Element | undefined;
  /** What Write Mode is limited to; empty where it is not. */
  #scope = "";
  #choosesScope = false;
  #acts = 0;
  #pointed: readonly [number, number] | undefined;
  #scrolling: { x: number; y: number } | undefined;

  constructor(document: Document, root: HTMLElement, tell: (message: FromView) => void) {
    this.#root = root;
    this.#tell = tell;
    this.#stage = new Stage(document, {
      moved: (x, y) => this.#moved(x, y),
      clicked: (x, y) => this.#clicked(x, y),
      wheeled: (dx, dy) => this.#wheeled(dx, dy),
      pressed: (key, backwards) => this.#pressed(key, backwards),
    });
  }

  // What comes from the workspace

  take(message: ToView | Content): void {
    switch (message.type) {
      case "content":
        this.#content(message.payload);
        break;
      case "page":
        this.#pageComes(message.page, message.url, message.elements);
        break;
      case "elements":
        this.#elementsChange(message.page, message.elements, message.gone);
        break;
      case "blank":
        this.#blank();
        break;
      case "mode":
        this.#changeMode(message.mode, message.scope);
        break;
      case "pointer":
        if (this.#replay !== undefined) this.#stage.pointer(message.x, message.y);
        break;
      case "circle":
        if (this.#replay !== undefined) this.#stage.circle(message.x, message.y);
        break;
      case "outcome":
        this.#editor?.settled(message.act);
        this.#follow();
        break;
      case "choose_scope":
        this.#choosesScope = message.on && this.#page !== "";
        this.#follow();
        this.#hint();
    }
  }

  #pageComes(page: string, url: string, elements: readonly Published[]): void {
    this.#page = "";
    this.#coming = page;
    this.#elements = new Map(elements.map((one) => [one.ref, one]));
    if (url !== this.#url || this.#editor === undefined) this.#leaveField();
    this.#url = url;
  }

  #elementsChange(page: string, changed: readonly Published[], gone: readonly string[]): void {
    if (page !== this.#page && page !== this.#coming) return;
    for (const ref of gone) this.#elements.delete(ref);
    for (const one of changed) this.#elements.set(one.ref, one);
    const ref = this.#at?.published.ref ?? "";
    if (this.#at !== undefined && this.#elements.get(ref)?.masked !== this.#at.published.masked)
      this.#leaveField();
  }

  #blank(): void {
    this.#leaveField();
    this.#stage.show(false);
    this.#replay?.destroy();
    this.#replay = undefined;
    this.#size = undefined;
    this.#checker.clear();
    this.#page = "";
    this.#coming = "";
    this.#url = "";
    this.#customerAt = undefined;
    this.#choosesScope = false;
    this.#scope = "";
    this.#scrolling = undefined;
    this.#elements.clear();
  }

  #changeMode(mode: Mode, scope: string): void {
    this.#mode = mode;
    this.#scope = scope;
    if (mode === "pointer") this.#leaveField();
    this.#choosesScope = false;
    this.#scrolling = undefined;
    this.#follow();
    this.#hint();
  }

  // Content

  #content(payload: ArrayBuffer): void {
    const { events, malformed } = this.#checker.payload(payload);
    const failed = events.filter((event) => !this.#show(event)).length;
    if (malformed + failed > 0) this.#tell({ type: "malformed", count: malformed + failed });
    this.#follow();
  }

  #show(event: SafeEvent): boolean {
    if (event.type === 3 && event.data.source === 2) return this.#focused(event.data.type, event.data.id);
    if (event.type === 4 && this.#replay === undefined) this.#size = event;
    if (event.type === 2 && this.#replay === undefined) this.#begin();
    if (event.type === 2) this.#stage.show(true); // what is not shown cannot be scrolled to where the customer is (VIEW-4)
    const isShown = this.#replay?.show(event) ?? true;
    if (event.type === 2) this.#replay?.document?.querySelectorAll("select").forEach(chooseAsShown);
    if (event.type === 3 && event.data.source === 5) chooseAsShown(this.#replay?.node(event.data.id));
    if (event.type === 2) this.#pageIsHere();
    return isShown;
  }

  /** The first page: a frame of the size that was told before it. */
  #begin(): void {
    this.#replay = new Replay(this.#root, (size) => {
      this.#stage.resize(size);
      this.#isShown();
    });
    if (this.#size !== undefined) this.#replay.show(this.#size);
    this.#size = undefined;
  }

  #pageIsHere(): void {
    if (this.#coming !== "") this.#page = this.#coming;
    this.#coming = "";
    this.#customerAt = undefined;
    this.#stage.show(true);
    this.#editOn();
    this.#isShown();
  }

  /** The same page, shown anew: the field that the agent is in stays open, if it is still there. */
  #editOn(): void {
    const before = this.#editor?.target;
    if (before === undefined) return;
    const published = this.#elements.get(before.published.ref);
    const node = this.#replay?.node(Number(before.published.ref)) as Element | undefined;
    const isThere = published?.masked === false && node?.nodeType === 1 && isSameField(node, before.node);
    if (!isThere) this.#leaveField();
    else {
      this.#at = { node, published };
      this.#editor?.move(this.#at);
    }
  }

  #isShown(): void {
    if (this.#page !== "") this.#tell({ type: "shown", page: this.#page, ...this.#stage.size });
  }

  #focused(type: 5 | 6, id: number): boolean {
    const node = this.#replay?.node(id) as Element | undefined;
    this.#customerAt = type === 5 && node?.nodeType === 1 ? node : undefined;
    return true;
  }

  /** The mirror has changed: what lies over it goes along. */
  #follow(): void {
    const frame = this.#replay?.frame;
    if (frame === undefined) return;
    if (this.#editor !== undefined && !this.#editor.sync()) this.#leaveField();
    if (this.#at !== undefined && !this.#at.node.isConnected) this.#leaveField();
    this.#stage.ring(this.#at && boxOf(this.#at.node, frame));
    const scope = this.#scope === "" ? undefined : this.#replay?.node(Number(this.#scope));
    this.#stage.scope(scope?.nodeType === 1 ? boxOf(scope as Element, frame) : undefined);
    const customer = this.#customerAt;
    const isThere = customer?.isConnected === true && useOf(customer) !== "press";
    this.#stage.customerFocus(isThere ? boxOf(customer, frame) : undefined);
  }

  // What the agent does

  #moved(x: number, y: number): void {
    if (this.#replay === undefined) return;
    const isFirst = this.#pointed === undefined;
    this.#pointed = [x, y];
    if (isFirst)
      requestAnimationFrame(() => {
        const at = this.#pointed;
        this.#pointed = undefined;
        if (at === undefined) return;
        this.#tell({ type: "pointer", x: at[0], y: at[1] });
        this.#hint(...at);
      });
  }

  #clicked(x: number, y: number): void {
    if (this.#page === "") return;
    if (this.#choosesScope) {
      const chosen = this.#scopeAt(x, y);
      if (chosen !== undefined) this.#tell({ type: "scope", element: chosen.ref });
      return;
    }
    this.#tell({ type: "click", x: Math.round(x), y: Math.round(y) });
    this.#leaveField();
    const target = this.#mode === "write" ? this.#targetAt(x, y) : undefined;
    if (target !== undefined) this.#use(target);
  }

  #use(target: Target): void {
    const { ref, masked } = target.published;
    const use = useOf(target.node);
    this.#goTo(target);
    if (use === "switch") {
      const isOn = (target.node as HTMLInputElement).checked;
      this.#act({ type: "choose", element: ref, value: isOn ? "off" : "on", version: this.#version(target) });
    } else if (use === "press") {
      this.#act({ type: "press", element: ref });
    } else if (masked) {
      this.#tell({ type: "explain", reason: "masked" });
    } else {
      if (use !== "choice") this.#act({ type: "press", element: ref });
      this.#edit(target);
    }
  }

  #edit(target: Target): void {
    const frame = this.#replay?.frame;
    if (frame === undefined) return;
    const element = target.published.ref;
    this.#editor = new Editor(target, this.#stage.element, frame, {
      type: (at, value) => this.#act({ type: "type", element, value, version: this.#version(at) }),
      choose: (at, value) => this.#act({ type: "choose", element, value, version: this.#version(at) }),
      pressKey: (_, key) => void this.#act({ type: "press_key", element, key }),
      leave: (step) => this.#step(step),
    });
  }

  #version(target: Target): number {
    return this.#checker.version(Number(target.published.ref));
  }

  #targetAt(x: number, y: number): Target | undefined {
    const document = this.#replay?.document;
    if (document === undefined || this.#replay === undefined) return undefined;
    return targetOf(elementAt(document, x, y), this.#replay, this.#elements);
  }

  #scopeAt(x: number, y: number): ReturnType<typeof scopeOf> {
    const document = this.#replay?.document;
    if (document === undefined || this.#replay === undefined) return undefined;
    return scopeOf(elementAt(document, x, y), this.#replay, this.#elements);
  }

  #wheeled(dx: number, dy: number): boolean {
    return this.#mode === "write" && this.#page !== "" && this.#scrollBy(dx, dy);
  }

  /** Scroll the customer's page; false where it cannot go further that way. */
  #scrollBy(dx: number, dy: number): boolean {
    const page = this.#replay?.document?.scrollingElement;
    if (page === null || page === undefined) return false;
    const from = this.#scrolling ?? { x: page.scrollLeft, y: page.scrollTop };
    const x = Math.min(Math.max(from.x + dx, 0), Math.max(page.scrollWidth - this.#stage.size.width, 0));
    const y = Math.min(Math.max(from.y + dy, 0), Math.max(page.scrollHeight - this.#stage.size.height, 0));
    if (x === from.x && y === from.y) return this.#scrolling !== undefined;
    const isWaiting = this.#scrolling !== undefined;
    this.#scrolling = { x, y };
    if (!isWaiting)
      setTimeout(() => {
        const to = this.#scrolling;
        this.#scrolling = undefined;
        if (to !== undefined) this.#act({ type: "scroll", x: Math.round(to.x), y: Math.round(to.y) });
      }, SCROLL_MS);
    return true;
  }

  // The keyboard

  #pressed(key: string, backwards: boolean): boolean {
    if (this.#mode !== "write" || this.#page === "") return false;
    if (key === "Tab") return this.#step(backwards ? -1 : 1);
    if (key === "Escape") {
      this.#leaveField();
      return true;
    }
    if (this.#at !== undefined && ELEMENT_KEYS.has(key)) {
      this.#act({
        type: "press_key",
        element: this.#at.published.ref,
        key: key === " " ? "Space" : key,
      });
      return true;
    }
    const part = KEY_SCROLLS[key];
    return part !== undefined && this.#scrollBy(0, part * this.#stage.size.height);
  }

  /** To the next element, or the one before; false where there is none, and the focus leaves the page. */
  #step(step: -1 | 0 | 1): boolean {
    const order = this.#replay === undefined ? [] : inOrder(this.#replay, this.#elements);
    const from = order.findIndex((one) => one.node === this.#at?.node);
    const next = from === -1 && step === -1 ? order.length - 1 : from + step;
    const target = step === 0 ? undefined : order[next];
    this.#leaveField();
    if (target === undefined) {
      this.#stage.element.focus({ preventScroll: true });
      return false;
    }
    this.#goTo(target);
    if (opensEditor(useOf(target.node)) && !target.published.masked) this.#edit(target);
    else this.#stage.element.focus({ preventScroll: true });
    return true;
  }

  #goTo(target: Target): void {
    this.#at = target;
    const frame = this.#replay?.frame;
    this.#stage.ring(frame && boxOf(target.node, frame));
  }

  #leaveField(): void {
    const hadFocus = this.#editor?.isActive === true;
    this.#editor?.close();
    this.#editor = undefined;
    this.#at = undefined;
    this.#stage.ring(undefined);
    if (hadFocus) this.#stage.element.focus({ preventScroll: true });
  }

  // Telling

  /** Send an act; its number, 0 where no page is on view to act on. */
  #act(act: ViewAct): number {
    if (this.#page === "") return 0;
    this.#acts += 1;
    this.#tell({ type: "act", number: this.#acts, page: this.#page, act });
    return this.#acts;
  }

  /** Say by pointer and tooltip what a click here would do. */
  #hint(x = -1, y = -1): void {
    if (this.#choosesScope && x >= 0) {
      const chosen = this.#scopeAt(x, y);
      const frame = this.#replay?.frame;
      this.#stage.scope(chosen && frame && boxOf(chosen.node, frame));
    }
    const target = this.#mode === "write" && x >= 0 ? this.#targetAt(x, y) : undefined;
    const [cursor, title] = this.#choosesScope ? CHOOSING : hintOf(target);
    this.#stage.hint(cursor, title);
  }
}

const CHOOSING = ["crosshair", "Click the form or field that you ask for"] as const;

function hintOf(target: Target | undefined): readonly [string, string] {
  if (target === undefined) return ["default", ""];
  const { masked, disabled, submits, allowed } = target.published;
  const use = useOf(target.node);
  if (disabled) return ["not-allowed", DISABLED];
  if (submits.includes("press") && !allowed) return ["not-allowed", SUBMITS];
  if (masked && use !== "press") return ["not-allowed", MASKED];
  return [use === "text" || use === "lines" ? "text" : "pointer", ""];
}

/** In a list of several the replayer chooses one; what is chosen stands at each option. */
function chooseAsShown(node: Node | undefined): void {
  const list = node as Partial<HTMLSelectElement> | undefined;
  if (list?.localName !== "select" || list.multiple !== true) return;
  for (const option of list.options ?? []) option.selected = option.hasAttribute("selected");
}

/** Whether two elements are the same field of a page that was shown twice. */
function isSameField(one: Element, other: Element): boolean {
  const alike = (name: string): boolean => one.getAttribute(name) === other.getAttribute(name);
  return one.localName === other.localName && ["id", "name", "type", "for"].every(alike);
}

function opensEditor(use: Use): boolean {
  return use !== "press" && use !== "switch";
}

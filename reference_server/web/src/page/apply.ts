// The gate of acts: the only place where an agent's act touches the page (spec/protocol, "The page and acts on it").
// Each act is judged on the live page at that moment, in the order of the simulator's ladder: is it Write Mode, this
// stretch of it, this page, a live element, within the limit, not masked, not disabled; would it submit; where does
// it lead; is there history; has the customer changed the field.  What passes is performed (`perform`), as the
// agent's doing (`cause`), behind the doors that hold back what that doing must not bring about (`forbidden`).
// What was tried there and refused leaves the page's fields, focus and scroll as they were (SUBMIT-2).
// Reading order: PageApply.act, the gate, each act, going places, putting back.

import type { AgentAct } from "../protocol/acts";
import type { Realm } from "./cause";
import { Cause } from "./cause";
import { Forbidden, hasLastDoor } from "./forbidden";
import { addressAt } from "./history";
import { isOwn } from "./own";
import * as perform from "./perform";
import { Before } from "./putback";
import type { Means } from "./submits";
import { above, submission } from "./submits";
import type { Hits, Point } from "./target";
import { hits, isIn, isInViewport, place } from "./target";
import type { Apply, Mirror, Moment, Outcome, Refused, Site, Veil } from "./types";
import type { Ask } from "./where";
import { lookAt, NOT_FOR_AGENTS, preflight, SUBMIT_BLOCKED } from "./where";

/** Everything that acts are judged by. */
export interface ApplyParts {
  readonly window: Realm;
  readonly veil: Pick<Veil, "see">;
  readonly mirror: Pick<Mirror, "node" | "ref" | "versionByCustomer" | "byAgent">;
  readonly site: Site;
  /** What holds at this moment. */
  moment(): Moment;
  /** Whether this page is the answer to a POST (NAVIGATE-6). */
  readonly isPosted: boolean;
  /** The page is about to be led there by a step in its history, which not every browser tells it. */
  steps?(url: string): void;
  readonly hits?: Hits;
  readonly ask?: Ask;
}

const DONE: Outcome = { done: true };
const NO_SUCH_ELEMENT: Refused = { rule: "SECURE-4", reason: "no_such_element" };
const STALE: Refused = { rule: "SECURE-4", reason: "stale" };
const OUT_OF_SCOPE: Refused = { rule: "WRITE-15", reason: "out_of_scope" };
const MASKED: Refused = { rule: "MASK-7", reason: "masked" };
const DISABLED: Refused = { rule: "NAVIGATE-4", reason: "disabled" };
const NO_HISTORY: Refused = { rule: "NAVIGATE-6", reason: "no_history" };
const WOULD_RESUBMIT: Refused = { rule: "NAVIGATE-6", reason: "would_resubmit" };
const OUTDATED: Refused = { rule: "WRITE-14", reason: "outdated" };
const NOT_SUPPORTED: Refused = { rule: "SECURE-4", reason: "not_supported" };

/** A customer who pressed a key in a field so recently keeps the focus, in milliseconds. */
const FOCUS_STAYS_MS = 3_000;

type OnElement = Extract<AgentAct, { type: "press" | "type" | "choose" | "press_key" | "submit" }>;

export class PageApply implements Apply {
  readonly #parts: ApplyParts;
  readonly #cause: Cause;
  readonly #forbidden: Forbidden;
  readonly #hits: Hits;
  readonly #ask: Ask;
  readonly #traverse: (delta: number) => void;
  #onItsWay = "";
  #hasTouched = false;
  #goes: Promise<Refused | undefined> | undefined;

  constructor(parts: ApplyParts, cause = new Cause()) {
    this.#parts = parts;
    this.#cause = cause;
    this.#hits = parts.hits ?? hits;
    // Both as they are before anyone wraps them.
    const fetch = parts.window.fetch?.bind(parts.window);
    this.#traverse = parts.window.history.go.bind(parts.window.history);
    this.#ask = parts.ask ?? ((url, init) => fetch(url, init));
    this.#forbidden = new Forbidden(cause, {
      refuses: (url) => this.#refusesAddress(url),
      go: (url, replace, inFrame) => this.#go(url, replace, inFrame),
      goBy: (delta) => this.#goBy(delta),
      isOnItsWay: (url) => url === this.#onItsWay,
    });
  }

  /** Write Mode begins: from here on it is followed whose doing things are. */
  begin(): void {
    this.#forbidden.watch(this.#parts.window);
  }

  /**
   * Write Mode is over.  The page has its own functions back, unless an act has touched it: then what that has left
   * for later is still the agent's, and must not take effect now (WRITE-12).
   */
  end(): void {
    if (!this.#hasTouched) this.#forbidden.leave();
  }

  async act(act: AgentAct): Promise<Outcome> {
    const refused = this.#refusesMoment(act);
    if (refused !== undefined) return refused;
    this.#forbidden.watch(this.#parts.window);
    switch (act.type) {
      case "scroll":
        return this.#scroll(act.element ?? "", act.x ?? 0, act.y ?? 0);
      case "open_url":
        return this.#open(act.url ?? "");
      case "go_back":
        return this.#goBy(-1) ?? DONE;
      case "go_forward":
        return this.#goBy(1) ?? DONE;
      case "refresh":
        return this.#refresh();
      default:
        return this.#actOn(act);
    }
  }

  // The gate

  #refusesMoment(act: AgentAct): Refused | undefined {
    const refused = this.#refusesState();
    if (refused !== undefined) return refused;
    const now = this.#parts.moment();
    if ((act.epoch ?? 0) < now.writeSince) return { rule: "WRITE-12", reason: "stale" };
    if (act.page !== now.page) return STALE;
    // An approval for a part of the page is for nothing else, the tab's history least of all.
    const isOnPart = "element" in act && (act.element ?? "") !== "";
    return (now.scope !== "" && !isOnPart) || performance.now() >= now.until ? OUT_OF_SCOPE : undefined;
  }

  #refusesState(): Refused | undefined {
    const now = this.#parts.moment();
    if (now.ended) return { rule: "STOP-5", reason: "session_ended" };
    if (now.suspended) return { rule: "SITE-6", reason: "suspended" };
    if (now.mode !== "write") return { rule: "POINTER-2", reason: "pointer_mode" };
    // Where nobody can stop what a script makes of an act, there is none.
    return hasLastDoor(this.#parts.window) ? undefined : NOT_SUPPORTED;
  }

  async #actOn(act: OnElement): Promise<Outcome> {
    const element = this.#live(act.element ?? "");
    if (element === undefined) return NO_SUCH_ELEMENT;
    const refused = this.#refusesElement(act, element);
    if (refused !== undefined) return refused;
    const before = new Before(element);
    const point = this.#meet(element);
    if (point === undefined) {
      before.putBack();
      return NO_SUCH_ELEMENT;
    }
    const doing = this.#cause.begin(allowedForm(element, means(act), this.#parts.veil));
    this.#goes = undefined;
    this.#hasTouched = true;
    const { mirror } = this.#parts;
    const stopped = this.#cause.run(doing, () => mirror.byAgent(() => this.#perform(act, element, point)));
    before.acted();
    await this.#cause.settled();
    const said = stopped ?? doing.refused ?? (await this.#goes);
    if (said === undefined) return DONE;
    this.#cause.run({ ...doing, allows: undefined }, () => mirror.byAgent(() => before.putBack()));
    return said;
  }

  /** Where the element can be met on the screen; what is scrolled away is scrolled to. */
  #meet(element: HTMLElement): Point | undefined {
    const options = { block: "nearest", inline: "nearest", behavior: "instant" } as const;
    if (!isInViewport(element)) element.scrollIntoView(options);
    return place(element, this.#hits);
  }

  /** The live element that a reference means, as far as agents know. */
  #live(ref: string): HTMLElement | undefined {
    const node = this.#parts.mirror.node(ref);
    if (node === undefined || node.nodeType !== 1 || !node.isConnected || isOwn(node)) return undefined;
    return this.#parts.veil.see(node).blocked ? undefined : (node as HTMLElement);
  }

  #refusesElement(act: OnElement, element: HTMLElement): Refused | undefined {
    const { veil, mirror } = this.#parts;
    const isWritten = act.type === "type" || act.type === "choose" || act.type === "press_key";
    const changed = isWritten ? [element] : activates(element).filter(isToggle);
    if (![element, ...changed].every((one) => this.#isInScope(one))) return OUT_OF_SCOPE;
    if (changed.some((one) => veil.see(one).masked)) return MASKED;
    if (activates(element).some((one) => veil.see(one).disabled || isDisabled(one, act))) return DISABLED;
    if (this.#wouldSubmit(act, element)) return SUBMIT_BLOCKED;
    const isFollowed = act.type === "press" || (act.type === "press_key" && act.key === "Enter");
    const refused = isFollowed ? this.#refusesLink(element) : undefined;
    if (refused !== undefined || (act.type !== "type" && act.type !== "choose")) return refused;
    return mirror.versionByCustomer(act.element ?? "") > (act.version ?? 0) ? OUTDATED : undefined;
  }

  /** Whether an approval for one form or field is for this (WRITE-15). */
  #isInScope(element: Element): boolean {
    const { scope, until } = this.#parts.moment();
    if (performance.now() >= until) return false;
    const { form } = element as Partial<HTMLInputElement>;
    const names = [element, form ?? element.closest("form")].map((one) => one && this.#parts.mirror.ref(one));
    return scope === "" || names.includes(scope);
  }

  #wouldSubmit(act: OnElement, element: HTMLElement): boolean {
    const by = means(act);
    if (by === undefined || allowedForm(element, by, this.#parts.veil) !== undefined) return false;
    return act.type === "submit" || submission(element, by) !== undefined;
  }

  /** Links lead to pages of the site, in this tab; and nothing opens a file chooser. */
  #refusesLink(element: Element): Refused | undefined {
    const link = linkOf(element);
    if (link !== undefined) {
      if (link.hasAttribute("download")) return NOT_FOR_AGENTS;
      return this.#refusesAddress(addressOf(link));
    }
    return activates(element).some(isChooser) ? NOT_FOR_AGENTS : undefined;
  }

  #refusesAddress(address: string): Refused | undefined {
    const url = lookAt(address, this.#parts.window.document.baseURI, this.#parts.site);
    return url instanceof URL ? undefined : url;
  }

  // Acts on elements; each tells why it had to stop, if it had to

  #perform(act: OnElement, element: HTMLElement, at: Point): Refused | undefined {
    switch (act.type) {
      case "press":
        return this.#press(element, at);
      case "type":
        return this.#type(element, act.value ?? "");
      case "choose":
        return this.#choose(element, act.value ?? "", at);
      case "press_key":
        return this.#pressKey(element, act.key ?? "Enter", at);
      case "submit": {
        const submits = submission(element, "press");
        submits?.form.requestSubmit(submits.button);
        return undefined;
      }
    }
  }

  #press(element: HTMLElement, at: Point): Refused | undefined {
    const link = linkOf(element);
    const prevents = link !== undefined || activates(element).some(isPicker);
    const isWanted = perform.press(element, at, this.#mayFocus(element), prevents);
    if (link === undefined || !isWanted || !link.isConnected) return undefined;
    if (this.#cause.doing?.refused !== undefined) return undefined; // what it tried already keeps it here
    // Where the link leads is asked anew: the page's scripts may have turned it.
    return this.#follow(link);
  }

  #follow(link: Element): Refused | undefined {
    if (link.hasAttribute("download")) return NOT_FOR_AGENTS;
    const address = addressOf(link);
    const frame = frameOf(link, this.#parts.window);
    if (frame === undefined) return this.#go(address, false);
    return this.#go(address, false, (url) => frame.location.assign(url));
  }

  #type(element: HTMLElement, value: string): Refused | undefined {
    if (perform.textOf(element) === undefined) return NOT_SUPPORTED;
    perform.type(element, value);
    return undefined;
  }

  #choose(element: HTMLElement, value: string, at: Point): Refused | undefined {
    if (element.localName === "select") {
      const list = element as HTMLSelectElement;
      const option = perform.optionOf(list, value);
      if (option === undefined || option.matches(":disabled, optgroup:disabled *")) return NO_SUCH_ELEMENT;
      if (this.#parts.veil.see(option).masked) return MASKED;
      if (list.multiple || !option.selected) perform.choose(list, option);
      return undefined;
    }
    if (!isToggle(element)) return NOT_SUPPORTED;
    if ((value === "on") !== (element as HTMLInputElement).checked) return this.#press(element, at);
    return undefined;
  }

  #pressKey(element: HTMLElement, name: string, at: Point): Refused | undefined {
    if (!perform.KEYS.has(name)) return NOT_SUPPORTED;
    if (this.#mayFocus(element)) perform.focusOn(element);
    const { goesDown, goesUp } = perform.key(element, name);
    if (!goesDown || (name === "Space" && !goesUp)) return undefined;
    if (isClick(element, name)) return this.#press(element, at);
    if (perform.editByKey(element, name, this.#isCustomerTyping())) return undefined;
    if (name === "Tab") return this.#tab(element);
    const radio = perform.nextRadio(element, name);
    if (radio !== undefined) {
      if (this.#parts.veil.see(radio).masked) return MASKED;
      return radio.checked ? undefined : this.#press(radio, at);
    }
    const step = perform.stepped(element, name);
    if (step !== undefined) step();
    else scrollByKey(element, name);
    return undefined;
  }

  #tab(element: HTMLElement): undefined {
    if (this.#mayFocus(element)) perform.nextInOrder(element)?.focus();
    return undefined;
  }

  /** Whether the focus may move: not away from a customer who is typing (WRITE-4). */
  #mayFocus(to: Element): boolean {
    const has = perform.focused(this.#parts.window.document);
    if (has === null || isIn(to, has) || perform.textOf(has) === undefined) return true;
    return !this.#isCustomerTyping();
  }

  #isCustomerTyping(): boolean {
    return this.#cause.sinceByHand <= FOCUS_STAYS_MS;
  }

  // Going places

  #scroll(ref: string, x: number, y: number): Outcome {
    const element = ref === "" ? undefined : this.#live(ref);
    if (ref !== "" && element === undefined) return NO_SUCH_ELEMENT;
    const to = { left: x, top: y, behavior: "instant" } as const;
    if (element === undefined) this.#parts.window.scrollTo(to);
    else element.scrollTo(to);
    return DONE;
  }

  /** Go there, in the tab or by this in a frame, once the server has said that it leads to a page of the site. */
  #go(address: string, replace: boolean, inFrame?: (url: string) => void): Refused | undefined {
    const { window, site } = this.#parts;
    const url = lookAt(address, window.document.baseURI, site);
    if (!(url instanceof URL)) return url;
    const isHere = inFrame === undefined && isSamePage(url, window);
    const asked = isHere ? Promise.resolve(undefined) : preflight(url, site, this.#ask);
    const before = inFrame === undefined ? undefined : this.#goes;
    const goes = asked.then((refused) => {
      // While the server was asked, Write Mode may have ended (WRITE-12).
      const late = refused ?? this.#refusesState();
      if (late !== undefined) return late;
      this.#onItsWay = url.href;
      if (inFrame !== undefined) inFrame(url.href);
      else if (replace) window.location.replace(url.href);
      else window.location.assign(url.href);
      return undefined;
    });
    this.#goes = Promise.all([before, goes]).then(([first, second]) => first ?? second);
    return undefined;
  }

  async #open(address: string): Promise<Outcome> {
    return this.#go(address, false) ?? (await this.#goes) ?? DONE;
  }

  #goBy(delta: number): Refused | undefined {
    const { window, site } = this.#parts;
    const address = addressAt(window, delta);
    if (address === undefined) return NO_HISTORY;
    const url = lookAt(address, address, site);
    if (!(url instanceof URL)) return url;
    this.#parts.steps?.(url.href);
    this.#traverse(delta);
    return undefined;
  }

  #refresh(): Outcome {
    const { window, isPosted } = this.#parts;
    if (isPosted) return WOULD_RESUBMIT;
    this.#onItsWay = window.location.href;
    // Not `reload`: of a page whose POST nobody saw that would send the form again.
    window.location.replace(window.location.href);
    return DONE;
  }
}

// What an act means on an element

/** By what means it could submit; undefined: by none. */
function means(act: OnElement): Means | undefined {
  if (act.type === "press" || act.type === "submit") return "press";
  if (act.type !== "press_key") return undefined;
  const name = act.key ?? "Enter";
  return name === "Enter" || name === "Space" ? name : undefined;
}

/**
 * The form that administrators let agents submit by this (SUBMIT-4): by the allowed button itself, what is in it, or
 * its label.  Enter in a field is not the button, even where it would press it.
 */
function allowedForm(
  element: Element,
  by: Means | undefined,
  veil: Pick<Veil, "see">,
): HTMLFormElement | undefined {
  const pressed = submission(element, "press");
  if (by === undefined || !pressed?.button || submission(element, by)?.button !== pressed.button)
    return undefined;
  return veil.see(pressed.button).allowsSubmit ? pressed.form : undefined;
}

/** What an act on the element activates: itself, and for what is in a label the control that it labels. */
function activates(element: Element): readonly Element[] {
  for (let at: Element | undefined = element; at !== undefined; at = above(at)) {
    if (/^(a|button|input|select|textarea|summary)$/.test(at.localName))
      return at === element ? [at] : [element, at];
    if (at.localName === "label") return [element, (at as HTMLLabelElement).control ?? at];
  }
  return [element];
}

function isToggle(element: Element): boolean {
  return element.localName === "input" && /^(checkbox|radio)$/.test((element as HTMLInputElement).type);
}

function isChooser(element: Element): boolean {
  return element.localName === "input" && (element as HTMLInputElement).type === "file";
}

/** Inputs on which a click opens something of the browser's own. */
function isPicker(element: Element): boolean {
  return element.localName === "input" && (element as HTMLInputElement).type === "color";
}

/** Whether the page itself has it off, for everyone. */
function isDisabled(element: Element, act: OnElement): boolean {
  if (element.matches(":disabled") || element.closest("[inert]") !== null) return true;
  return act.type === "type" && (element as Partial<HTMLInputElement>).readOnly === true;
}

/** Whether the key clicks the element, as browsers have it. */
function isClick(element: Element, name: string): boolean {
  const isButton =
    /^(button|summary)$/.test(element.localName) || /^(button|submit|reset|image)$/.test(typeOf(element));
  if (name === "Space") return isButton || isToggle(element);
  return name === "Enter" && (isButton || linkOf(element) === element);
}

function typeOf(element: Element): string {
  return element.localName === "input" ? (element as HTMLInputElement).type : "";
}

/** The link that a click on the element follows. */
function linkOf(element: Element): Element | undefined {
  for (let at: Element | undefined = element; at !== undefined; at = above(at)) {
    if (/^(button|input|select|textarea|label|summary)$/.test(at.localName)) return undefined;
    if (/^(a|area)$/.test(at.localName) && addressOf(at) !== "") return at;
  }
  return undefined;
}

/** Where a link leads; those of SVG have their address in another place. */
function addressOf(link: Element): string {
  const { href } = link as unknown as { readonly href: string | { readonly baseVal: string } | undefined };
  if (href === undefined) return "";
  return typeof href === "string" ? href : new URL(href.baseVal, link.baseURI).href;
}

/** The frame of the page in which a link opens; undefined: in the tab, as does what would open a new window. */
function frameOf(link: Element, top: Window): Window | undefined {
  const own = link.ownerDocument.defaultView;
  const given =
    link.getAttribute("target") ?? link.ownerDocument.querySelector("base[target]")?.getAttribute("target");
  const target = (given ?? "").toLowerCase();
  if (target === "" || target === "_self") return own === null || own === top ? undefined : own;
  if (target.startsWith("_")) return undefined;
  const frame = link.ownerDocument.querySelector<HTMLIFrameElement>(
    `iframe[name="${CSS.escape(given ?? "")}"]`,
  );
  return frame?.contentWindow ?? undefined;
}

/** Whether it is another place of the page that is open. */
function isSamePage(url: URL, window: Window): boolean {
  return url.href.includes("#") && url.href.replace(/#.*/s, "") === window.location.href.replace(/#.*/s, "");
}

/** What a browser does with a key that nothing else wants: it scrolls. */
function scrollByKey(element: Element, name: string): void {
  const view = element.ownerDocument.defaultView;
  if (view === null || perform.textOf(element) !== undefined) return;
  const page = view.innerHeight * 0.9;
  const line = 40;
  const by: Readonly<Record<string, readonly [number, number]>> = {
    PageDown: [0, page],
    PageUp: [0, -page],
    Space: [0, page],
    ArrowDown: [0, line],
    ArrowUp: [0, -line],
    ArrowRight: [line, 0],
    ArrowLeft: [-line, 0],
    Home: [0, -view.document.documentElement.scrollHeight],
    End: [0, view.document.documentElement.scrollHeight],
  };
  const [left, top] = by[name] ?? [0, 0];
  if (left !== 0 || top !== 0) view.scrollBy({ left, top, behavior: "instant" });
}

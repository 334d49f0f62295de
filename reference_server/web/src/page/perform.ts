// How an act is carried out on an element once it may be: as complete a sequence of events as a person's hand would
// cause, since pages listen to all of them.  None of it is trusted by the browser, so what browsers do of
// themselves on a key is done here.  Nothing is decided here but what the act means.
// Reading order: press, type, choose, then keys.

import { above } from "./submits";
import type { Point } from "./target";

/** A control with a text. */
export type Field = HTMLInputElement | HTMLTextAreaElement;

/** The keys that agents may press; no shortcuts, no function keys (WR-16). */
export const KEYS: ReadonlySet<string> = new Set([
  "Enter",
  "Space",
  "Tab",
  "Escape",
  "Backspace",
  "Delete",
  "Home",
  "End",
  "PageUp",
  "PageDown",
  "ArrowUp",
  "ArrowDown",
  "ArrowLeft",
  "ArrowRight",
]);

type Realm = Window & typeof globalThis;

function realmOf(node: Node): Realm {
  return (node.ownerDocument?.defaultView ?? window) as Realm;
}

/** The element with the focus, through shadow roots. */
export function focused(document: Document): Element | null {
  let at = document.activeElement;
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  return at;
}

// Press

/**
 * A press of the main button.  `prevents` takes the browser's own doing away (links, pickers) without the page's
 * scripts noticing; the answer is whether that doing was wanted: no script has prevented it.
 */
export function press(element: Element, at: Point, takesFocus: boolean, prevents: boolean): boolean {
  const realm = realmOf(element);
  const base = {
    bubbles: true,
    cancelable: true,
    composed: true,
    view: realm,
    detail: 1,
    clientX: at.x,
    clientY: at.y,
    screenX: at.x + realm.screenX,
    screenY: at.y + realm.screenY,
    button: 0,
  };
  const pointer = { ...base, pointerId: 1, pointerType: "mouse", isPrimary: true };
  const send = (type: string, init: object): boolean => {
    const kind = /^pointer|^click$/.test(type) && realm.PointerEvent ? realm.PointerEvent : realm.MouseEvent;
    return element.dispatchEvent(new kind(type, init));
  };
  const silent = { bubbles: false, cancelable: false, detail: 0 };
  for (const type of ["pointerover", "pointerenter", "pointermove"]) {
    send(type, { ...pointer, ...(type === "pointerenter" ? silent : { detail: 0 }), button: -1 });
    send(type.replace("pointer", "mouse"), {
      ...base,
      ...(type === "pointerenter" ? silent : { detail: 0 }),
    });
  }
  const goesDown = send("pointerdown", { ...pointer, buttons: 1 });
  const mayFocus = !goesDown || send("mousedown", { ...base, buttons: 1 });
  if (mayFocus && takesFocus) focusOn(element);
  send("pointerup", { ...pointer, buttons: 0 });
  if (goesDown) send("mouseup", { ...base, buttons: 0 });
  return click(element, new (realm.PointerEvent ?? realm.MouseEvent)("click", pointer), prevents);
}

/** Send a click; with `prevents` the browser does nothing of it, and the page's scripts cannot tell. */
function click(element: Element, event: MouseEvent, prevents: boolean): boolean {
  if (!prevents) return element.dispatchEvent(event);
  let isPrevented = false;
  event.preventDefault();
  Object.defineProperties(event, {
    defaultPrevented: { get: () => isPrevented },
    preventDefault: {
      value: () => {
        isPrevented = true;
      },
    },
    returnValue: {
      get: () => !isPrevented,
      set: (value: unknown) => {
        isPrevented ||= value === false;
      },
    },
  });
  element.dispatchEvent(event);
  return !isPrevented;
}

/** Focus the nearest that can have it, without scrolling. */
export function focusOn(element: Element): void {
  for (let at: Element | undefined = element; at !== undefined; at = above(at)) {
    const node = at as HTMLElement;
    if (node.localName === "label") {
      (node as HTMLLabelElement).control?.focus({ preventScroll: true });
      return;
    }
    const canFocus = node.tabIndex >= 0 || node.hasAttribute("tabindex") || node.isContentEditable;
    if (canFocus && !node.matches(":disabled")) {
      node.focus?.({ preventScroll: true });
      return;
    }
  }
}

// Type

/** What kind of a text an element takes; undefined: none. */
export function textOf(element: Element): "field" | "editable" | undefined {
  if (element.localName === "textarea") return "field";
  if (element.localName === "input") {
    const never = /^(file|hidden|button|submit|reset|image|checkbox|radio)$/;
    return never.test((element as HTMLInputElement).type) ? undefined : "field";
  }
  return (element as Partial<HTMLElement>).isContentEditable === true ? "editable" : undefined;
}

/** The text of an element that takes one. */
export function readText(element: Element): string {
  return textOf(element) === "field" ? (element as Field).value : (element.textContent ?? "");
}

/** Set the text of a field as typing would: the page's scripts hear of it, the customer's caret stays. */
export function type(element: Element, value: string): void {
  const realm = realmOf(element);
  const init = { bubbles: true, composed: true, inputType: "insertReplacementText", data: value };
  const asks = new realm.InputEvent("beforeinput", { ...init, cancelable: true });
  if (!element.dispatchEvent(asks)) return;
  if (textOf(element) === "field") setValue(element as Field, fitting(element as Field, value));
  else element.textContent = value;
  element.dispatchEvent(new realm.InputEvent("input", init));
  if (textOf(element) === "field") element.dispatchEvent(new realm.Event("change", { bubbles: true }));
}

/** As much of the text as could be typed into it. */
function fitting(field: Field, value: string): string {
  return field.maxLength >= 0 ? value.slice(0, Math.max(field.maxLength, 0)) : value;
}

/** By the browser's own setter, past those that frameworks put on the element; the caret stays where it was. */
export function setValue(field: Field, value: string): void {
  const realm = realmOf(field);
  const { prototype } = field.localName === "textarea" ? realm.HTMLTextAreaElement : realm.HTMLInputElement;
  const caret = caretOf(field);
  const before = field.value;
  Object.getOwnPropertyDescriptor(prototype, "value")?.set?.call(field, value);
  if (caret === undefined) return;
  const [start, end] = caret.map((at) => moved(at, before, field.value));
  field.setSelectionRange(start ?? null, end ?? null);
}

function caretOf(field: Field): [number, number] | undefined {
  if (focused(field.ownerDocument) !== field) return undefined;
  try {
    const { selectionStart, selectionEnd } = field;
    return selectionStart === null || selectionEnd === null ? undefined : [selectionStart, selectionEnd];
  } catch {
    return undefined; // some types have none
  }
}

/** Where a place in the old text is in the new one: it stays with the text around it. */
export function moved(at: number, before: string, after: string): number {
  const most = Math.min(before.length, after.length);
  let head = 0;
  while (head < most && before[head] === after[head]) head += 1;
  if (at <= head) return at;
  let tail = 0;
  while (tail < most - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail += 1;
  return at >= before.length - tail ? at + after.length - before.length : after.length - tail;
}

// Choose

/** The option of a list that a value means: by its value, else by its text. */
export function optionOf(list: HTMLSelectElement, value: string): HTMLOptionElement | undefined {
  const options = [...list.options];
  return (
    options.find((option) => option.value === value) ??
    options.find((option) => option.label.trim() === value)
  );
}

/** Choose an option (in a list of several: turn it on or off), and tell the page's scripts. */
export function choose(list: HTMLSelectElement, option: HTMLOptionElement): void {
  option.selected = list.multiple ? !option.selected : true;
  const realm = realmOf(list);
  list.dispatchEvent(new realm.Event("input", { bubbles: true, composed: true }));
  list.dispatchEvent(new realm.Event("change", { bubbles: true }));
}

// Keys

/** What the page's scripts hear of a key; whether the browser's own doing is wanted: none has prevented it. */
export function key(element: Element, name: string): { goesDown: boolean; goesUp: boolean } {
  const realm = realmOf(element);
  const value = name === "Space" ? " " : name;
  const init = { bubbles: true, cancelable: true, composed: true, key: value, code: name, view: realm };
  const send = (type: string): boolean => element.dispatchEvent(new realm.KeyboardEvent(type, init));
  let goesDown = send("keydown");
  if (goesDown && /^(Enter|Space)$/.test(name)) goesDown = send("keypress");
  return { goesDown, goesUp: send("keyup") };
}

/**
 * What a browser does of itself on a key that changes a text: at the caret while it is the customer's, else at the
 * end, for an agent knows of no caret.
 */
export function editByKey(element: Element, name: string, atCaret: boolean): boolean {
  const kind = textOf(element);
  if (kind === undefined) return false;
  if (name === "Enter" && element.localName === "textarea") return splice(element, "\n", 0, atCaret);
  if (name === "Space") return splice(element, " ", 0, atCaret);
  if (name === "Backspace") return splice(element, "", -1, atCaret);
  return name === "Delete" ? splice(element, "", 1, atCaret) : false;
}

/** Put a text in the place of the selection, or of the character beside the caret. */
function splice(element: Element, text: string, beside: number, atCaret: boolean): boolean {
  const value = readText(element);
  const caret = atCaret && textOf(element) === "field" ? caretOf(element as Field) : undefined;
  const [from, to] = caret ?? [value.length, value.length];
  const isRange = from !== to || beside === 0;
  const start = isRange ? from : Math.max(from + Math.min(beside, 0), 0);
  const end = isRange ? to : Math.min(to + Math.max(beside, 0), value.length);
  if (start === end && text === "") return true;
  type(element, value.slice(0, start) + text + value.slice(end));
  return true;
}

/** What an arrow key changes of a list, a number or a slider; undefined: the key means nothing here. */
export function stepped(element: Element, name: string): (() => void) | undefined {
  const steps = stepsOf(name);
  if (steps === 0) return undefined;
  if (element.localName === "select") {
    const list = element as HTMLSelectElement;
    const free = [...list.options].filter((option) => !option.disabled);
    const option = free[free.indexOf(list.selectedOptions[0] as HTMLOptionElement) + steps];
    return option && (() => choose(list, option));
  }
  if (element.localName !== "input") return undefined;
  const input = element as HTMLInputElement;
  const isSideways = /Left|Right/.test(name);
  const ups = isSideways ? steps : -steps;
  if (input.type === "range" || (input.type === "number" && !isSideways)) {
    return () => type(input, numbered(input, ups));
  }
  return undefined;
}

/** Which way an arrow key leads in a list: 1 onwards, -1 back, 0 nowhere. */
function stepsOf(name: string): number {
  if (/^Arrow(Down|Right)$/.test(name)) return 1;
  return /^Arrow(Up|Left)$/.test(name) ? -1 : 0;
}

function numbered(input: HTMLInputElement, steps: number): string {
  const value = (Number(input.value) || 0) + steps * (Number(input.step) || 1);
  const low = input.min === "" ? -Infinity : Number(input.min);
  const high = input.max === "" ? Infinity : Number(input.max);
  return String(Math.min(Math.max(value, low), high));
}

/** The radio button that an arrow key moves to. */
export function nextRadio(element: Element, name: string): HTMLInputElement | undefined {
  const input = element as HTMLInputElement;
  const steps = stepsOf(name);
  if (steps === 0 || element.localName !== "input" || input.type !== "radio" || input.name === "")
    return undefined;
  const root = element.getRootNode() as Document | ShadowRoot;
  const group = [...root.querySelectorAll<HTMLInputElement>("input[type=radio]")].filter(
    (one) => one.name === input.name && one.form === input.form && !one.matches(":disabled"),
  );
  return group[(group.indexOf(input) + steps + group.length) % group.length];
}

/** The element that Tab moves to. */
export function nextInOrder(element: Element): HTMLElement | undefined {
  const root = element.ownerDocument;
  const all = [
    ...root.querySelectorAll<HTMLElement>("a[href], area[href], button, input, select, textarea, [tabindex]"),
  ];
  const order = all.filter((one) => one === element || (one.tabIndex >= 0 && !one.matches(":disabled")));
  return order
    .slice(order.indexOf(element as HTMLElement) + 1)
    .find((one) => one.getClientRects().length > 0);
}

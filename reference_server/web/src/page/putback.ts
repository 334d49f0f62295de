// What an act had changed of a form, the focus and the scroll positions, put back after it turned out that it would
// submit (SUBMIT-2).  Only what the act itself changed: what the customer has done meanwhile stays.

import type { Field } from "./perform";
import { focused, setValue } from "./perform";
import { above } from "./submits";

type Control = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

interface Stand {
  readonly values: ReadonlyMap<Control, string>;
  readonly scrolls: ReadonlyMap<Element, readonly [number, number]>;
  readonly focus: Element | null;
}

export class Before {
  readonly #element: HTMLElement;
  readonly #before: Stand;
  #after: Stand | undefined;

  /** Note how things stand before an act on this element. */
  constructor(element: HTMLElement) {
    this.#element = element;
    this.#before = stand(element);
  }

  /** Note how the act has left them. */
  acted(): void {
    this.#after = stand(this.#element);
  }

  /** Put back what is still as the act has left it. */
  putBack(): void {
    const now = stand(this.#element);
    const after = this.#after ?? now;
    for (const [control, value] of this.#before.values) {
      if (after.values.get(control) === value || now.values.get(control) !== after.values.get(control))
        continue;
      restore(control, value);
    }
    if (after.focus !== this.#before.focus && now.focus === after.focus)
      refocus(this.#before.focus, now.focus);
    for (const [element, [left, top]] of this.#before.scrolls) {
      if (element.scrollLeft !== left || element.scrollTop !== top)
        element.scrollTo({ left, top, behavior: "instant" });
    }
  }
}

function stand(element: HTMLElement): Stand {
  const values = new Map(controlsOf(element).map((control) => [control, stateOf(control)] as const));
  const scrolls = new Map<Element, readonly [number, number]>();
  for (let at: Element | undefined = element; at !== undefined; at = above(at)) {
    scrolls.set(at, [at.scrollLeft, at.scrollTop]);
  }
  return { values, scrolls, focus: focused(element.ownerDocument) };
}

function isControl(element: Element): element is Control {
  return /^(input|textarea|select)$/.test(element.localName);
}

function controlsOf(element: HTMLElement): readonly Control[] {
  const labelled = (element.closest("label") as HTMLLabelElement | null)?.control ?? element;
  const { form } = labelled as Partial<HTMLInputElement>;
  const all = form ? [...form.elements] : [labelled];
  return all.filter(isControl).filter((one) => !/^(file|hidden|image)$/.test(one.type));
}

/** All that a person can set of a control, as one text. */
function stateOf(control: Control): string {
  if (control.localName === "select") {
    return [...(control as HTMLSelectElement).options]
      .map((option) => (option.selected ? "1" : "0"))
      .join("");
  }
  return `${(control as HTMLInputElement).checked === true ? "1" : "0"}${control.value}`;
}

function restore(control: Control, state: string): void {
  if (control.localName === "select") {
    for (const [at, option] of [...(control as HTMLSelectElement).options].entries()) {
      option.selected = state[at] === "1";
    }
  } else if (/^(checkbox|radio)$/.test(control.type)) {
    (control as HTMLInputElement).checked = state[0] === "1";
  } else {
    setValue(control as Field, state.slice(1));
  }
  const realm = control.ownerDocument.defaultView as Window & typeof globalThis;
  control.dispatchEvent(new realm.Event("input", { bubbles: true, composed: true }));
  control.dispatchEvent(new realm.Event("change", { bubbles: true }));
}

function refocus(before: Element | null, now: Element | null): void {
  const { body } = (now ?? before)?.ownerDocument ?? document;
  if (before === null || before === body) (now as HTMLElement | null)?.blur();
  else (before as HTMLElement).focus({ preventScroll: true });
}

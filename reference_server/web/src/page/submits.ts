// Which acts on an element would submit a form, by what the HTML standard says of it: by a click on a submit
// button (its label, what is inside it, `form=`, image and default-type buttons included), by Enter or the space
// bar on one, and by Enter in a field (implicit submission).  What scripts do of it is for `apply` to see to.
// Elements are told by their names, not by `instanceof`: those of frames are of other classes.

/** The means by which an agent can try. */
export const MEANS = ["press", "Enter", "Space"] as const;
export type Means = (typeof MEANS)[number];

/** What would be submitted, and by which button; null where a form has none. */
export interface Submission {
  readonly form: HTMLFormElement;
  readonly button: HTMLElement | null;
}

/** What an act on the element by these means would submit; undefined: nothing. */
export function submission(element: Element, means: Means): Submission | undefined {
  const target = activated(element);
  if (target === undefined) return undefined;
  if (isSubmitButton(target)) return byButton(target);
  return means === "Enter" && isField(target) ? byEnter(target) : undefined;
}

/** The means by which an act on the element would submit: what is published of it (SUBMIT-1). */
export function submitMeans(element: Element): Means[] {
  return MEANS.filter((means) => submission(element, means) !== undefined);
}

/** Whether it is a button that submits, were it in a form and not disabled. */
export function isSubmitButton(element: Element): boolean {
  const { localName } = element;
  const { type } = element as HTMLButtonElement | HTMLInputElement;
  if (localName === "button") return type === "submit";
  return localName === "input" && (type === "submit" || type === "image");
}

/** The button that Enter in a field of this form presses: its first submit button, disabled or not. */
export function defaultButton(form: HTMLFormElement): HTMLElement | undefined {
  // `form.elements` has no image buttons, and buttons may stand outside of the form (`form=`).
  const root = form.getRootNode() as Document | ShadowRoot;
  const buttons = root.querySelectorAll<HTMLElement>("button, input");
  return [...buttons].find((button) => isSubmitButton(button) && owner(button) === form);
}

/**
 * What a click on the element activates: the nearest of itself and what it stands in that a click means
 * something to; for a label the control that it labels.
 */
function activated(element: Element): Element | undefined {
  for (let at: Element | undefined = element; at !== undefined; at = above(at)) {
    if (/^(button|input|textarea|select|option)$/.test(at.localName)) return at;
    if (/^(a|area)$/.test(at.localName) && at.hasAttribute("href")) return undefined;
    if (at.localName === "summary") return undefined;
    if (at.localName === "label") return (at as HTMLLabelElement).control ?? undefined;
  }
  return undefined;
}

/** The element that this one stands in as the page is drawn: slots and shadow hosts included. */
export function above(element: Element): Element | undefined {
  const parent = element.assignedSlot ?? element.parentNode;
  if (parent === null) return undefined;
  if (parent.nodeType === 11) return (parent as Partial<ShadowRoot>).host;
  return parent.nodeType === 1 ? (parent as Element) : undefined;
}

function owner(element: Element): HTMLFormElement | null {
  return (element as HTMLInputElement).form ?? null;
}

function isDisabled(element: Element): boolean {
  return element.matches(":disabled");
}

function byButton(button: Element): Submission | undefined {
  const form = owner(button);
  if (form === null || isDisabled(button)) return undefined;
  return { form, button: button as HTMLElement };
}

/** Inputs in which Enter submits: all but buttons, and those that cannot have the focus. */
function isField(element: Element): boolean {
  return element.localName === "input" && !/^(button|reset|hidden)$/.test((element as HTMLInputElement).type);
}

function byEnter(field: Element): Submission | undefined {
  const form = owner(field);
  if (form === null || isDisabled(field)) return undefined;
  const button = defaultButton(form);
  if (button !== undefined) return isDisabled(button) ? undefined : { form, button };
  return [...form.elements].filter(blocksImplicit).length > 1 ? undefined : { form, button: null };
}

/** Fields of which a form without a submit button may have one, if Enter is to submit it. */
function blocksImplicit(element: Element): boolean {
  const blocking = /^(text|search|tel|url|email|password|date|month|week|time|datetime-local|number)$/;
  return element.localName === "input" && blocking.test((element as HTMLInputElement).type);
}

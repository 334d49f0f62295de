// Making elements, without markup: whatever comes from outside is text.

export type Child = Node | string;

/** An element with attributes (`id` becomes `part` as well) and children. */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    element.setAttribute(name, value);
    if (name === "id") element.setAttribute("part", value);
  }
  element.append(...children);
  return element;
}

/** A button that answers to a person's hand only: to no script of the page, and to no act of an agent. */
export function button(id: string, words: string, press: () => void, kind = ""): HTMLButtonElement {
  const element = make("button", { id, type: "button", class: kind }, words);
  element.addEventListener("click", (event) => {
    if (event.isTrusted && element.getAttribute("aria-disabled") !== "true") press();
  });
  return element;
}

/** Set a text only where it is another: what is announced is announced once. */
export function say(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** Show or hide. */
export function show(element: HTMLElement, shown: boolean): void {
  if (element.hidden === shown) element.hidden = !shown;
}

// Where an agent types: a field of the view's own, laid over the mirrored one, which nothing can focus.  What the
// agent types shows at once; what the customer's page makes of it is what stays (WRITE-14).
// Reading order: what it does, Editor (opening, typing, following the mirror), its looks.

import type { Box, Target, Use } from "./target";
import { boxOf, shownIn, useOf } from "./target";

/** What an editor needs of the view. */
export interface EditorWorld {
  /** The field's text, or choice, is to become this; the number of the act, 0 where none can be sent now. */
  type(target: Target, value: string): number;
  choose(target: Target, value: string): number;
  pressKey(target: Target, key: string): void;
  /** The agent leaves the field, to the next (1), the one before (-1), or to none (0). */
  leave(step: -1 | 0 | 1): void;
}

type Field = HTMLTextAreaElement | HTMLInputElement | HTMLSelectElement;

/** Taken over from the mirrored field, so that what is typed looks as it will. */
const LOOKS = [
  "font",
  "letter-spacing",
  "text-align",
  "text-transform",
  "text-indent",
  "direction",
  "color",
  "padding-top",
  "padding-right",
  "padding-bottom",
  "padding-left",
  "border-radius",
] as const;

export class Editor {
  #target: Target;
  readonly #use: Use;
  readonly #field: Field;
  readonly #frame: HTMLIFrameElement;
  readonly #world: EditorWorld;
  /** Acts whose fate is not known: until it is, what the agent typed stays. */
  readonly #waiting = new Set<number>();
  /** What the agent typed could not be sent yet: the page is being shown anew. */
  #hasUnsent = false;
  /** Of a list of several: which options will be chosen once all that was sent is done. */
  #chosen: boolean[] = [];

  /** Over a field that is on view; for one that can be typed into, or chosen from. */
  constructor(target: Target, stage: HTMLElement, frame: HTMLIFrameElement, world: EditorWorld) {
    this.#target = target;
    this.#use = useOf(target.node);
    this.#frame = frame;
    this.#world = world;
    this.#field = makeField(target.node, this.#use, stage.ownerDocument);
    this.#field.id = "editor";
    this.#field.setAttribute("aria-label", "Field on the customer's page");
    this.#follow();
    this.#listen();
    stage.append(this.#field);
    this.#field.focus({ preventScroll: true });
    if (this.#field instanceof HTMLTextAreaElement) this.#field.setSelectionRange(-1, -1);
  }

  get target(): Target {
    return this.#target;
  }

  /** Whether it has the focus. */
  get isActive(): boolean {
    return this.#field.ownerDocument.activeElement === this.#field;
  }

  /** The mirror has changed: go where the field is, and show what it shows; false where it is gone. */
  sync(): boolean {
    if (!this.#target.node.isConnected) return false;
    this.#follow();
    if (this.#waiting.size > 0 || this.#hasUnsent) return true;
    if (isSeveral(this.#field)) this.#chooseAsShown();
    else this.#show(shownIn(this.#target.node));
    return true;
  }

  /** The page is shown anew, and this is the field by now; what was typed meanwhile goes out. */
  move(target: Target): void {
    this.#target = target;
    if (this.#hasUnsent) this.#changed();
  }

  /** An act has been carried out, or refused. */
  settled(act: number): void {
    this.#waiting.delete(act);
  }

  close(): void {
    this.#field.remove();
  }

  #show(value: string): void {
    if (this.#field.value === value) return;
    const at = this.#field instanceof HTMLTextAreaElement ? this.#field.selectionStart : undefined;
    this.#field.value = value;
    if (at !== undefined) (this.#field as HTMLTextAreaElement).setSelectionRange(at, at);
  }

  #chooseAsShown(): void {
    this.#chosen = chosenOf(this.#target.node as HTMLSelectElement);
    for (const [at, option] of [...(this.#field as HTMLSelectElement).options].entries())
      option.selected = this.#chosen[at] === true;
  }

  #listen(): void {
    if (isSeveral(this.#field)) {
      this.#chooseAsShown();
      this.#field.addEventListener("mousedown", (event) => this.#chooseOne(event));
    }
    this.#field.addEventListener("input", (event) => {
      if (!(event as InputEvent).isComposing) this.#changed();
    });
    this.#field.addEventListener("compositionend", () => this.#changed());
    this.#field.addEventListener("keydown", (event) => this.#key(event as KeyboardEvent));
    for (const kind of ["pointerdown", "click", "dblclick"]) {
      this.#field.addEventListener(kind, (event) => event.stopPropagation());
    }
    // What is dropped here might come from anywhere: only what is typed or pasted goes to the customer.
    this.#field.addEventListener("drop", (event) => event.preventDefault());
  }

  /** A click is for the option that it is on, and leaves the others as they are. */
  #chooseOne(event: Event): void {
    const option = event.target as HTMLOptionElement;
    if (option.localName !== "option" || option.disabled) return;
    event.preventDefault();
    option.selected = !option.selected;
    this.#field.focus({ preventScroll: true });
    this.#changed();
  }

  /** Each option that is another than it was is chosen, or no longer, by itself. */
  #chooseSeveral(field: HTMLSelectElement): void {
    this.#hasUnsent = false;
    for (const [at, option] of [...field.options].entries()) {
      if (option.selected === (this.#chosen[at] === true)) continue;
      const act = this.#world.choose(this.#target, option.value);
      if (act === 0) this.#hasUnsent = true;
      else {
        this.#waiting.add(act);
        this.#chosen[at] = option.selected;
      }
    }
  }

  #changed(): void {
    if (isSeveral(this.#field)) {
      this.#chooseSeveral(this.#field);
      return;
    }
    const { value } = this.#field;
    const isChoice = this.#use === "choice";
    const act = isChoice ? this.#world.choose(this.#target, value) : this.#world.type(this.#target, value);
    this.#hasUnsent = act === 0;
    if (act !== 0) this.#waiting.add(act);
  }

  #key(event: KeyboardEvent): void {
    event.stopPropagation();
    if (event.isComposing) return;
    if (event.key === "Tab") {
      event.preventDefault();
      this.#world.leave(event.shiftKey ? -1 : 1);
    } else if (event.key === "Escape") {
      event.preventDefault();
      this.#world.leave(0);
    } else if (event.key === "Enter" && this.#use !== "lines" && this.#use !== "choice") {
      event.preventDefault();
      this.#world.pressKey(this.#target, "Enter");
    }
  }

  #follow(): void {
    const box = boxOf(this.#target.node, this.#frame);
    place(this.#field, box);
    dress(this.#field, this.#target.node, this.#use === "text" ? box.height : undefined);
  }
}

function makeField(node: Element, use: Use, document: Document): Field {
  const field = emptyField(node, use, document);
  field.setAttribute("autocomplete", "off");
  field.setAttribute("spellcheck", "false");
  for (const name of ["data-lpignore", "data-1p-ignore", "data-bwignore"]) field.setAttribute(name, "true");
  if (!isSeveral(field)) field.value = shownIn(node);
  return field;
}

function emptyField(node: Element, use: Use, document: Document): Field {
  if (use === "choice") return copyOfChoices(node as HTMLSelectElement, document);
  if (use !== "native") {
    const lines = document.createElement("textarea");
    lines.wrap = use === "lines" ? "soft" : "off";
    if (use === "text") lines.rows = 1;
    return lines;
  }
  const input = document.createElement("input");
  input.type = (node as HTMLInputElement).type;
  for (const name of ["min", "max", "step"]) input.setAttribute(name, node.getAttribute(name) ?? "");
  return input;
}

function isSeveral(field: Field): field is HTMLSelectElement {
  return field.localName === "select" && (field as HTMLSelectElement).multiple;
}

/** Which options of a list are chosen. */
function chosenOf(select: HTMLSelectElement): boolean[] {
  return [...select.options].map((option) => option.selected);
}

function copyOfChoices(select: HTMLSelectElement, document: Document): HTMLSelectElement {
  const copy = document.createElement("select");
  copy.multiple = select.multiple;
  copy.size = select.size;
  for (const one of select.options) {
    const option = document.createElement("option");
    option.value = one.value;
    option.textContent = one.label || one.textContent;
    option.disabled = one.disabled;
    copy.append(option);
  }
  return copy;
}

function place(field: HTMLElement, box: Box): void {
  field.style.left = `${box.x}px`;
  field.style.top = `${box.y}px`;
  field.style.width = `${box.width}px`;
  field.style.height = `${box.height}px`;
}

/** The mirrored field's looks; a single line stands in the middle of its height. */
function dress(field: HTMLElement, node: Element, lineHeight: number | undefined): void {
  const looks = node.ownerDocument.defaultView?.getComputedStyle(node);
  if (looks === undefined) return;
  for (const name of LOOKS) field.style.setProperty(name, looks.getPropertyValue(name));
  field.style.backgroundColor = backgroundOf(node);
  if (lineHeight === undefined) {
    field.style.lineHeight = looks.lineHeight;
  } else {
    const padding = Number.parseFloat(looks.paddingTop) + Number.parseFloat(looks.paddingBottom);
    field.style.lineHeight = `${Math.max(lineHeight - padding - 4, 8)}px`;
  }
}

/** The first colour that is behind an element's text. */
function backgroundOf(node: Element): string {
  for (let at: Element | null = node; at !== null; at = at.parentElement) {
    const color = at.ownerDocument.defaultView?.getComputedStyle(at).backgroundColor ?? "";
    if (color !== "" && color !== "transparent" && !/,\s*0\)$/.test(color)) return color;
  }
  return "#fff";
}

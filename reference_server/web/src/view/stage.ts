// The stage: a sheet over the mirror that takes whatever the agent's hand does.  The mirror beneath takes nothing:
// no click, key, focus, drag or menu ever reaches it (RP-15, RP-18).  It also shows both hands: the customer's
// pointer, and the red circles (POINTER-3, POINTER-4).

import type { Size } from "./replay";
import type { Box } from "./target";

/** What the agent's hand does, in CSS pixels of the customer's viewport. */
export interface StageEvents {
  moved(x: number, y: number): void;
  clicked(x: number, y: number): void;
  /** Turned the wheel; true where that scrolls the customer's page, so that nothing scrolls here. */
  wheeled(dx: number, dy: number): boolean;
  /** Pressed a key while the stage has the focus; true where that was used up. */
  pressed(key: string, backwards: boolean): boolean;
}

/** How long a red circle shows, in milliseconds. */
const CIRCLE_MS = 1600;
const LINE_PX = 40;

export class Stage {
  readonly element: HTMLElement;
  readonly #page: HTMLElement;
  readonly #pointer: HTMLElement;
  readonly #ring: HTMLElement;
  readonly #customerRing: HTMLElement;
  readonly #scopeRing: HTMLElement;
  #size: Size = { width: 0, height: 0 };

  constructor(document: Document, events: StageEvents) {
    this.#page = part(document, "page");
    this.element = part(document, "stage");
    this.#pointer = part(document, "customer-pointer");
    this.#ring = part(document, "ring");
    this.#customerRing = part(document, "customer-ring");
    this.#scopeRing = part(document, "scope-ring");
    this.#listen(events);
  }

  get size(): Size {
    return this.#size;
  }

  /** The customer's window is this large, and so is this one (VIEW-1). */
  resize(size: Size): void {
    this.#size = size;
    this.#page.style.width = `${size.width}px`;
    this.#page.style.height = `${size.height}px`;
  }

  /** Whether there is a page to act on; without one there are no hands either. */
  show(isShown: boolean): void {
    this.#page.hidden = !isShown;
    if (isShown) return;
    this.#pointer.hidden = true;
    this.ring(undefined);
    this.customerFocus(undefined);
    this.scope(undefined);
    for (const one of this.#page.querySelectorAll(".circle")) one.remove();
  }

  /** The customer's pointer is here. */
  pointer(x: number, y: number): void {
    this.#pointer.hidden = false;
    this.#pointer.style.transform = `translate(${x}px, ${y}px)`;
  }

  /** A red circle at the agent's pointer. */
  circle(x: number, y: number): void {
    const circle = this.element.ownerDocument.createElement("div");
    circle.className = "circle";
    circle.style.left = `${x}px`;
    circle.style.top = `${y}px`;
    this.#page.append(circle);
    const shown = circle.animate(
      [
        { opacity: 1, transform: "translate(-50%, -50%) scale(0.6)" },
        { opacity: 1, transform: "translate(-50%, -50%) scale(1)", offset: 0.15 },
        { opacity: 1, transform: "translate(-50%, -50%) scale(1)", offset: 0.75 },
        { opacity: 0, transform: "translate(-50%, -50%) scale(1.1)" },
      ],
      { duration: CIRCLE_MS, easing: "ease-out" },
    );
    shown.onfinish = () => circle.remove();
    shown.oncancel = () => circle.remove();
  }

  /** Around the element that the agent's keyboard is at. */
  ring(box: Box | undefined): void {
    around(this.#ring, box);
  }

  /** Around the field that the customer is in. */
  customerFocus(box: Box | undefined): void {
    around(this.#customerRing, box);
  }

  /** Around the form or field that Write Mode is limited to, or is being asked for (WRITE-15). */
  scope(box: Box | undefined): void {
    around(this.#scopeRing, box);
  }

  /** What the agent's pointer looks like, and what a tooltip says of the element under it. */
  hint(cursor: string, title: string): void {
    this.element.style.cursor = cursor;
    if (this.element.title !== title) this.element.title = title;
  }

  #listen(events: StageEvents): void {
    const stage = this.element;
    stage.tabIndex = 0; // the keyboard gets to the customer's page here, and from there on as ./view says
    const at = (event: MouseEvent): readonly [number, number] => {
      const { left, top } = stage.getBoundingClientRect();
      return [event.clientX - left, event.clientY - top];
    };
    stage.addEventListener("pointermove", (event) => events.moved(...at(event)));
    stage.addEventListener("click", (event) => {
      stage.focus({ preventScroll: true });
      events.clicked(...at(event));
    });
    stage.addEventListener(
      "wheel",
      (event) => {
        const unit = event.deltaMode === 1 ? LINE_PX : event.deltaMode === 2 ? this.#size.height : 1;
        if (events.wheeled(event.deltaX * unit, event.deltaY * unit)) event.preventDefault();
      },
      { passive: false },
    );
    stage.addEventListener("keydown", (event) => {
      const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
      if (plain && event.target === stage && events.pressed(event.key, event.shiftKey))
        event.preventDefault();
    });
    for (const kind of ["contextmenu", "dragstart", "drop", "auxclick", "selectstart"]) {
      stage.addEventListener(kind, (event) => {
        if (event.target === stage) event.preventDefault();
      });
    }
  }
}

function around(ring: HTMLElement, box: Box | undefined): void {
  ring.hidden = box === undefined;
  if (box === undefined) return;
  ring.style.transform = `translate(${box.x - 3}px, ${box.y - 3}px)`;
  ring.style.width = `${box.width + 6}px`;
  ring.style.height = `${box.height + 6}px`;
}

function part(document: Document, id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the view's page has no #${id}`);
  return found;
}

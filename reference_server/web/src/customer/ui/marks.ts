// The agent's pointer and the red circle, on the customer's screen.  They take no clicks.

import { make, say } from "./dom";
import { nameOf } from "./words";

/** How long a circle stays, in milliseconds. */
export const CIRCLE_MS = 1_200;

const SVG = "http://www.w3.org/2000/svg";
const ARROW = "M1 1 L1 20 L6 15.5 L9.5 23.5 L13 22 L9.6 14.2 L16.5 14 Z";

export class Marks {
  readonly element: HTMLElement;
  readonly #pointer: HTMLElement;
  readonly #name = make("span");

  constructor() {
    this.#pointer = make(
      "div",
      { id: "agent-pointer", class: "pointer", "aria-hidden": "true" },
      arrow(),
      this.#name,
    );
    this.#pointer.hidden = true;
    this.element = make("div", { id: "marks" }, this.#pointer);
  }

  /** The agent's pointer is there now, in CSS pixels of the viewport. */
  point(x: number, y: number, agent: string): void {
    say(this.#name, nameOf(agent));
    this.#pointer.hidden = false;
    this.#pointer.style.transform = `translate(${x}px, ${y}px)`;
  }

  /** The agent has clicked there (POINTER-4). */
  circle(x: number, y: number): void {
    const circle = make("div", { part: "circle", class: "circle", "aria-hidden": "true" });
    circle.style.left = `${x}px`;
    circle.style.top = `${y}px`;
    this.element.append(circle);
    setTimeout(() => circle.remove(), CIRCLE_MS);
  }

  clear(): void {
    this.#pointer.hidden = true;
    for (const circle of this.element.querySelectorAll(".circle")) circle.remove();
  }
}

function arrow(): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 20 26");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ARROW);
  path.setAttribute("fill", "#7a1fa2");
  path.setAttribute("stroke", "#ffffff");
  path.setAttribute("stroke-width", "1.5");
  svg.append(path);
  return svg;
}

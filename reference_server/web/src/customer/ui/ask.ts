// The question to the customer: may the agent use the page?  A modal dialog in the top layer and in the closed shadow
// root: no part of the page, over everything, and answered by a person's hand only.  For a moment after it has come
// up it takes no answer, so that a click or key meant for the page is not taken for one.

import { button, make, say } from "./dom";
import { askWords, clock, WORDS } from "./words";

/** How long it must have been on the screen before it can be answered, in milliseconds. */
export const ARM_MS = 600;

export interface Question {
  readonly id: string;
  readonly agent: string;
  readonly scope: string;
  readonly expiresInS: number;
  /** Whether the customer can limit the answer to a time (WRITE-15). */
  readonly canLimit: boolean;
}

export type AnswerTo = (request: string, yes: boolean, timed: boolean) => void;

export class Ask {
  readonly element: HTMLDialogElement;
  readonly #text = make("p", { id: "question" });
  readonly #time = make("p", { id: "countdown", class: "dim" });
  readonly #yes: HTMLButtonElement;
  readonly #timed: HTMLButtonElement;
  readonly #no: HTMLButtonElement;
  readonly #answer: AnswerTo;
  #question: Question | undefined;
  #since = 0;
  #asked = 0;
  #arming: ReturnType<typeof setTimeout> | undefined;
  #focusBefore: Element | null = null;

  /** `exit` ends the session: the question lies over every other way out (STOP-1). */
  constructor(answer: AnswerTo, exit: () => void) {
    this.#answer = answer;
    this.#yes = button("approve", WORDS.yes, () => this.#say(true, false), "main");
    this.#timed = button("approve-timed", WORDS.timed, () => this.#say(true, true));
    this.#no = button("deny", WORDS.no, () => this.#say(false, false));
    this.element = make(
      "dialog",
      { id: "ask", "aria-labelledby": "ask-title", "aria-describedby": "question about", tabindex: "-1" },
      make("h2", { id: "ask-title" }, WORDS.dialog),
      this.#text,
      make("p", { id: "about", class: "dim" }, WORDS.about),
      this.#time,
      make("div", { class: "row" }, button("ask-exit", WORDS.exit, exit), this.#no, this.#timed, this.#yes),
    );
    this.element.addEventListener("cancel", (event) => {
      event.preventDefault();
      if (event.isTrusted && this.#isArmed()) this.#say(false, false); // Esc
    });
    // A page cannot close it by its own means; should it be closed, it comes back.
    this.element.addEventListener("close", () => this.#open());
  }

  /** What is asked; undefined: nothing any more. */
  ask(question: Question | undefined): void {
    if (question?.id === this.#question?.id) return;
    const isFirst = this.#question === undefined;
    this.#question = question;
    clearTimeout(this.#arming);
    if (question === undefined) {
      this.element.close();
      (this.#focusBefore as HTMLElement | null)?.focus?.({ preventScroll: true });
      this.#focusBefore = null;
      return;
    }
    if (isFirst) this.#focusBefore = document.activeElement;
    this.#asked = performance.now();
    say(this.#text, askWords(question.agent, question.scope));
    this.#timed.hidden = !question.canLimit;
    this.#armSoon();
    this.tick();
    this.#open();
  }

  /** Bring it before everything again, where something covers it. */
  look(isMet: (x: number, y: number) => boolean): void {
    if (this.#question === undefined || document.visibilityState !== "visible") return;
    const { left, top, width, height } = this.element.getBoundingClientRect();
    if (this.element.open && isMet(left + width / 2, top + height / 2)) return;
    this.#armSoon(); // what was pressed while it could not be seen is no answer
    this.element.close(); // and `close` opens it again, as the last of the top layer
    this.#open();
  }

  tick(): void {
    const { expiresInS } = this.#question ?? { expiresInS: 0 };
    const left = expiresInS - (performance.now() - this.#asked) / 1000;
    say(this.#time, expiresInS > 0 ? `Without an answer this expires in ${clock(left)}.` : "");
  }

  #open(): void {
    if (this.#question === undefined || this.element.open || !this.element.isConnected) return;
    this.element.showModal();
    // Not on a button: a key that was meant for the page must not answer.
    this.element.focus({ preventScroll: true });
  }

  /** It takes no answer now, and shows that; it does once it has been on the screen for a while. */
  #armSoon(): void {
    clearTimeout(this.#arming);
    this.#since = performance.now();
    this.#arm(false);
    this.#arming = setTimeout(() => this.#arm(true), ARM_MS);
  }

  #arm(armed: boolean): void {
    for (const one of [this.#yes, this.#timed, this.#no]) one.setAttribute("aria-disabled", String(!armed));
  }

  #isArmed(): boolean {
    return performance.now() - this.#since >= ARM_MS;
  }

  #say(yes: boolean, timed: boolean): void {
    if (this.#question !== undefined && this.#isArmed()) this.#answer(this.#question.id, yes, timed);
  }
}

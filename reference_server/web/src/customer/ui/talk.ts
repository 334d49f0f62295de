// The chat panel: what is said, and a line to say something in.

import type { Line } from "../chat";
import { button, make, show } from "./dom";
import { WORDS } from "./words";

/** How many lines are kept on the screen. */
const MAX_LINES = 200;

export interface TalkEvents {
  say(text: string): void;
  close(): void;
}

export class Talk {
  readonly element: HTMLElement;
  readonly #log = make("ul", {
    id: "chat-log",
    class: "log",
    role: "log",
    "aria-live": "polite",
    tabindex: "0",
  });
  readonly #input = make("input", { id: "chat-input", type: "text", maxlength: "2000", autocomplete: "off" });
  readonly #form: HTMLElement;
  readonly #events: TalkEvents;

  constructor(events: TalkEvents) {
    this.#events = events;
    this.#input.setAttribute("aria-label", WORDS.chatInput);
    const send = button("chat-send", WORDS.send, () => this.#say(), "main");
    this.#input.addEventListener("keydown", (event) => {
      if (event.isTrusted && event.key === "Enter" && !event.isComposing) this.#say();
    });
    this.#form = make("div", { class: "say" }, this.#input, send);
    const title = make("h2", { id: "chat-title" }, WORDS.chatTitle);
    const close = button("chat-close", WORDS.close, () => events.close());
    this.element = make(
      "section",
      { id: "chat-panel", class: "card", "aria-labelledby": "chat-title" },
      make("div", { class: "top" }, title, close),
      this.#log,
      this.#form,
    );
    this.element.hidden = true;
  }

  open(isOver: boolean): void {
    show(this.element, true);
    show(this.#form, !isOver);
  }

  shut(): void {
    show(this.element, false);
  }

  focus(): void {
    this.#input.focus({ preventScroll: true });
  }

  add({ author, text }: Line): void {
    const name = author === "customer" ? WORDS.you : author === "system" ? WORDS.system : author;
    this.#log.append(make("li", {}, make("b", {}, `${name}: `), text));
    while (this.#log.childElementCount > MAX_LINES) this.#log.firstElementChild?.remove();
    this.#log.scrollTop = this.#log.scrollHeight;
  }

  clear(): void {
    this.#log.replaceChildren();
  }

  #say(): void {
    const text = this.#input.value.trim();
    if (text === "") return;
    this.#input.value = "";
    this.#events.say(text);
  }
}

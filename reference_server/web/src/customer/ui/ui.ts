// What the customer sees of co-browsing: the buttons to begin, the session's ID, who has joined, in which mode, the
// question, the agent's pointer, the way out.  It shows what it is told and says what the customer does; it decides
// nothing.  Reading order: UiEvents, Ui.render (what is shown when), then the parts.

import type { Line } from "../chat";
import type { Session } from "../session";
import { isLive } from "../session";
import { Ask } from "./ask";
import { button, make, say, show } from "./dom";
import { Host } from "./host";
import { Marks } from "./marks";
import { Talk } from "./talk";
import { clock, grouped, nameOf, overWords, stateWords, WORDS, warnedWords } from "./words";

/** How long a notice stays, in milliseconds. */
const NOTICE_MS = 8_000;
/** How many notices show at a time. */
const MAX_NOTICES = 3;
/** How often times that run are shown anew, in milliseconds. */
const TICK_MS = 500;

/** What the customer does, each by a real hand. */
export interface UiEvents {
  start(): void;
  openChat(): void;
  closeChat(): void;
  say(text: string): void;
  exit(): void;
  answer(request: string, yes: boolean, timed: boolean): void;
  toPointer(): void;
  curtain(drawn: boolean): void;
  /** The page keeps hiding what the customer must see. */
  tampered(): void;
}

/** What the site offers: whether there is a chat, and whether it has a button of its own. */
export interface UiOptions {
  readonly hasChat: boolean;
  readonly hasButton: boolean;
}

export class Ui {
  readonly #host: Host;
  readonly #ask: Ask;
  readonly #marks = new Marks();
  readonly #talk: Talk;
  readonly #options: UiOptions;
  readonly #launch: HTMLElement;
  readonly #again: HTMLElement;
  readonly #startButton: HTMLButtonElement;
  readonly #chatButton: HTMLButtonElement;
  readonly #pending: HTMLElement;
  readonly #sessionId = make("output", { id: "session-id" });
  readonly #idPlace = make("div", { class: "id" }, this.#sessionId);
  readonly #bar: HTMLElement;
  readonly #details: HTMLElement;
  readonly #state = make("span", { id: "state", class: "state", role: "status", "aria-live": "polite" });
  readonly #with = make("span", { id: "agent", class: "dim" });
  readonly #times = make("span", { id: "ends-in", class: "dim" });
  readonly #pointer: HTMLButtonElement;
  readonly #curtain: HTMLButtonElement;
  readonly #notice = make("div", {
    id: "notice",
    class: "card notice",
    role: "status",
    "aria-live": "polite",
  });
  readonly #hint = make("div", { id: "hint", class: "card notice", role: "status", "aria-live": "polite" });
  #session: Session | undefined;
  #chatIsOpen = false;
  #hasTalked = false;
  #isIdle = true;
  #since = 0;

  constructor(document: Document, options: UiOptions, events: UiEvents) {
    this.#options = options;
    this.#host = new Host(document, events.tampered);
    this.#ask = new Ask(events.answer, events.exit);
    this.#talk = new Talk({ say: events.say, close: events.closeChat });
    this.#startButton = button("start", WORDS.start, events.start, "main");
    this.#chatButton = button("chat", WORDS.chat, events.openChat);
    this.#launch = make("div", { class: "row launch" }, this.#startButton);
    this.#again = make("div", { class: "row launch" }, this.#chatButton);
    this.#pointer = button("pointer", WORDS.toPointer, events.toPointer, "main");
    this.#curtain = button("curtain", WORDS.draw, () =>
      events.curtain(this.#session?.isCurtainDrawn !== true),
    );
    const exit = button("exit", WORDS.exit, events.exit, "warn");
    this.#pending = make(
      "section",
      { id: "pending", class: "card", "aria-label": WORDS.region },
      make("p", {}, WORDS.read),
      this.#idPlace,
      button("cancel", WORDS.cancel, events.exit),
    );
    this.#sessionId.setAttribute("aria-label", WORDS.sessionId);
    const actions = make("div", { class: "row" }, this.#pointer, this.#curtain, exit);
    this.#details = make("p", { class: "row dim" }, this.#with, this.#times);
    this.#bar = make(
      "section",
      { id: "bar", class: "card bar", "aria-label": WORDS.region },
      make("p", {}, this.#state),
      this.#details,
      actions,
    );
    const dock = make(
      "div",
      { class: "dock" },
      this.#notice,
      this.#hint,
      this.#talk.element,
      this.#pending,
      this.#bar,
    );
    dock.append(make("div", { class: "row" }, this.#again, this.#launch));
    this.#host.open(make("div", { class: "all", lang: "en" }, this.#marks.element, dock, this.#ask.element));
    for (const one of [this.#notice, this.#hint, this.#pending, this.#bar]) show(one, false);
    this.#renderChat();
    setInterval(() => this.#tick(), TICK_MS);
  }

  /** Show how things stand. */
  render(session: Session): void {
    if (session === this.#session) return;
    const before = this.#session;
    if (
      before?.still !== session.still ||
      before?.warnedS !== session.warnedS ||
      before?.limit !== session.limit
    ) {
      this.#since = performance.now();
    }
    this.#session = session;
    const focused = session.request === before?.request ? this.#host.focused : null; // the question sees to its own
    const isOn = isLive(session) || session.phase === "resuming" || session.phase === "starting";
    const isSeen = isOn && session.phase !== "pending";
    this.#isIdle = !isOn && session.phase !== "away";
    show(this.#launch, this.#isIdle && this.#options.hasButton);
    this.#renderChat();
    show(this.#pending, session.phase === "pending");
    say(this.#sessionId, grouped(session.sessionId));
    show(this.#sessionId, session.sessionId !== "");
    // Large while it has to be read out; small afterwards.
    const at = session.phase === "pending" ? this.#idPlace : this.#details;
    if (this.#sessionId.parentNode !== at) at.prepend(this.#sessionId);
    this.#renderBar(session, isSeen);
    if (session.phase !== "active") this.#marks.clear();
    if (session.over !== undefined && before?.over !== session.over) this.tell(overWords(session.over));
    this.#renderQuestion(session);
    this.#keepFocus(focused);
    this.#host.guard(isSeen && session.agent !== "" ? this.#bar : undefined);
    this.#tick();
  }

  /** Whoever uses the keyboard stays in co-browsing when what had the focus is gone. */
  #keepFocus(before: Element | null): void {
    if (before === null || before.checkVisibility?.() !== false || this.#host.focused?.checkVisibility?.())
      return;
    const next = [this.#pending, this.#bar, this.#launch, this.#again].find(
      (one) => one.checkVisibility?.() === true,
    );
    next?.querySelector<HTMLElement>("button:not([hidden])")?.focus({ preventScroll: true });
  }

  /** A chat can be begun while nothing goes on, and one that there is be opened again at any time. */
  #renderChat(): void {
    show(this.#again, this.#options.hasChat && !this.#chatIsOpen && (this.#isIdle || this.#hasTalked));
  }

  #renderBar(session: Session, shown: boolean): void {
    show(this.#bar, shown);
    this.#bar.dataset.state = session.phase === "active" ? session.mode : session.phase;
    say(this.#state, stateWords(session));
    say(this.#with, session.agent === "" ? "" : `With ${nameOf(session.agent)}`);
    show(this.#pointer, session.phase === "active" && session.mode === "write");
    show(this.#curtain, session.hasCurtain && (session.phase === "active" || session.phase === "suspended"));
    say(this.#curtain, session.isCurtainDrawn ? WORDS.open : WORDS.draw);
  }

  #renderQuestion({ request, isScoped }: Session): void {
    this.#ask.ask(request && { ...request, canLimit: isScoped && request.scope === "" });
  }

  /** Tell the customer something in passing; what was told a moment ago stays beside it. */
  tell(words: string): void {
    if (words === "") return;
    const told = make("p", {}, words);
    this.#notice.append(told);
    if (this.#notice.childElementCount > MAX_NOTICES) this.#notice.firstElementChild?.remove();
    show(this.#notice, true);
    setTimeout(() => {
      told.remove();
      show(this.#notice, this.#notice.childElementCount > 0);
    }, NOTICE_MS);
  }

  /** Whether the customer is in a field that the agent cannot read (MASK-8). */
  hint(shown: boolean): void {
    show(this.#hint, shown);
    say(this.#hint, shown ? WORDS.hint : "");
  }

  point(x: number, y: number): void {
    if (this.#session?.phase === "active") this.#marks.point(x, y, this.#session.agent);
  }

  circle(x: number, y: number): void {
    this.#marks.circle(x, y);
  }

  openChat(isOver: boolean): void {
    this.#chatIsOpen = this.#hasTalked = true;
    this.#talk.open(isOver);
    this.#renderChat();
  }

  focusChat(): void {
    this.#talk.focus();
  }

  closeChat(): void {
    this.#chatIsOpen = false;
    this.#talk.shut();
    this.#renderChat();
  }

  line(line: Line): void {
    this.#talk.add(line);
  }

  clearChat(): void {
    this.#hasTalked = this.#chatIsOpen;
    this.#talk.clear();
    this.#renderChat();
  }

  #tick(): void {
    this.#ask.tick();
    this.#ask.look((x, y) => this.#host.isMet(x, y));
    const session = this.#session;
    if (session === undefined) return;
    const gone = (performance.now() - this.#since) / 1000;
    const { still, warnedS, limit } = session;
    let words = "";
    if (warnedS > 0) words = warnedWords(warnedS - gone);
    else if (session.phase === "suspended" && still !== undefined && still.endsInS > 0) {
      words = `Co-browsing ends in ${clock(still.endsInS - gone)}.`;
    } else if (session.mode === "write" && limit.endsInS > 0)
      words = `Until Pointer Mode: ${clock(limit.endsInS - gone)}`;
    say(this.#times, words);
  }
}

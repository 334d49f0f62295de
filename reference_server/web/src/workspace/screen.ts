// The workspace's page: puts what is shown where it belongs, and says what the agent does.  All text goes in as
// text.  Reading order: Screen (what the agent does, drawing), drawing the parts.

import type { Cover, Shown } from "./shown";
import { currentNotices, shown } from "./shown";
import type { Event, State } from "./state";

const AUTHORS = {
  customer: "Customer",
  agent: "You",
  controller: "Contact centre",
  system: "System",
} as const;
const START_MESSAGE = /^\{start:\d+\}$/;

export class Screen {
  readonly #document: Document;
  #screen = "";
  #coverTitle = "";
  #page = "";
  #isSideOpen = false;
  #chat: State["chat"] = [];

  constructor(document: Document, dispatch: (event: Event) => void, signIn: (credential: string) => void) {
    this.#document = document;
    this.#listen(dispatch, signIn);
  }

  /** Where the view's frame goes. */
  get viewPlace(): HTMLElement {
    return this.#get("view-place");
  }

  // What the agent does

  #listen(dispatch: (event: Event) => void, signIn: (credential: string) => void): void {
    this.#submits("entry-form", () => {
      const field = this.#get<HTMLInputElement>("credential");
      const credential = field.value.trim();
      field.value = "";
      if (credential !== "") signIn(credential);
    });
    this.#submits("join-form", () =>
      dispatch({ type: "join", text: this.#get<HTMLInputElement>("session-id").value }),
    );
    this.#submits("address", () => {
      dispatch({ type: "open_url", text: this.#get<HTMLInputElement>("url").value });
    });
    const clicks: Readonly<Record<string, Event>> = {
      pencil: { type: "request" },
      scope: { type: "choose_scope" },
      withdraw: { type: "withdraw" },
      "to-pointer": { type: "to_pointer" },
      back: { type: "navigate", act: "go_back" },
      forward: { type: "navigate", act: "go_forward" },
      refresh: { type: "navigate", act: "refresh" },
      exit: { type: "exit" },
      "sign-out": { type: "sign_out" },
      reconnect: { type: "reconnect" },
    };
    for (const [id, event] of Object.entries(clicks)) this.#clicks(id, () => dispatch(event));
    this.#clicks("cover-action", () => {
      const isLeaving = this.#get("cover-action").dataset.action === "leave";
      dispatch({ type: isLeaving ? "leave" : "reconnect" });
    });
    this.#clicks("side-toggle", () => this.#openSide(!this.#isSideOpen));
  }

  #clicks(id: string, act: () => void): void {
    this.#get(id).addEventListener("click", act);
  }

  #submits(id: string, act: () => void): void {
    this.#get(id).addEventListener("submit", (event) => {
      event.preventDefault();
      act();
    });
  }

  // Drawing

  /** Draw a state as it is at this time. */
  draw(state: State, now: number): void {
    const view = shown(state, now);
    const { body } = this.#document;
    body.dataset.screen = view.screen;
    body.dataset.link = state.link;
    body.dataset.mode = view.tools.canNavigate ? "write" : "pointer";
    this.#cover(view.cover); // first: what must not be seen is gone before anything is said about it
    this.#bar(state, view);
    this.#tools(state, view);
    this.#forms(view);
    this.#notices(state, now);
    this.#said(state);
    this.#focus(view);
  }

  #bar(state: State, view: Shown): void {
    this.#text("state", view.state.text);
    this.#get("state").dataset.tone = view.state.tone;
    this.#text("countdown", view.countdown, true);
    this.#text("agent", state.name, true);
    this.#show("exit", view.canExit);
    this.#show("sign-out", view.screen === "lobby");
    this.#show("side-toggle", view.screen !== "entry");
    if (view.screen === "entry" || (state.chat.length > 0 && this.#chat.length === 0)) {
      this.#openSide(view.screen !== "entry");
    }
    this.#document.title =
      view.screen === "session" ? `${view.state.text} · Co-browse` : "Co-browse workspace";
  }

  #tools(state: State, view: Shown): void {
    const { icon, canAsk, scope, canNavigate, size } = view.tools;
    this.#show("tools", view.tools.isOpen);
    this.#show("pencil", icon === "pencil");
    this.#show("withdraw", icon === "withdraw");
    this.#show("to-pointer", icon === "to_pointer");
    this.#show("scope", scope !== "none");
    this.#get("scope").setAttribute("aria-pressed", String(scope === "choosing"));
    this.#enable("pencil", canAsk);
    this.#enable("scope", canAsk);
    this.#show("navigation", canNavigate);
    this.#show("url", canNavigate);
    this.#show("page-url", !canNavigate);
    this.#text("size", size);
    const { ref = "", url = "" } = state.session?.page ?? {};
    this.#text("page-url", url);
    // What the agent has typed stays until the customer's page is another one, or is shown anew.
    if (`${ref} ${url}` !== this.#page) this.#get<HTMLInputElement>("url").value = url;
    this.#page = `${ref} ${url}`;
  }

  #forms(view: Shown): void {
    this.#text("entry-text", view.entryText);
    this.#text("entry-problem", view.entryProblem);
    this.#text("join-problem", view.joinProblem);
    this.#enable("join", view.canJoin);
    this.#enable("sign-in", view.state.text !== "Connecting…");
    this.#show("reconnect", view.canReconnect);
  }

  #cover(cover: Cover | undefined): void {
    this.#get("session").toggleAttribute("data-blank", cover !== undefined);
    this.#show("cover", cover !== undefined);
    if (cover === undefined) return;
    this.#get("cover").dataset.tone = cover.tone;
    this.#get("cover-icon").setAttribute("href", `#icon-${cover.icon}`);
    this.#text("cover-title", cover.title);
    this.#text("cover-text", cover.text);
    this.#text("cover-time", cover.time);
    this.#text("cover-action", cover.label, true);
    this.#get("cover-action").dataset.action = cover.action ?? "";
  }

  /** Notices that are there already stay the elements that they are, so that each is announced once. */
  #notices(state: State, now: number): void {
    const region = this.#get("notice");
    const current = currentNotices(state, now);
    const numbers = new Set(current.map((one) => String(one.number)));
    for (const old of [...region.children] as HTMLElement[]) {
      if (!numbers.has(old.dataset.number ?? "")) old.remove();
    }
    const last = Number((region.lastElementChild as HTMLElement | null)?.dataset.number ?? 0);
    for (const one of current.filter((notice) => notice.number > last)) {
      const line = this.#document.createElement("p");
      line.dataset.number = String(one.number);
      line.dataset.tone = one.tone;
      line.textContent = one.text;
      region.append(line);
    }
  }

  #said(state: State): void {
    if (state.chat === this.#chat) return;
    this.#chat = state.chat;
    const lines = state.chat.map((message) => {
      const line = this.#document.createElement("li");
      line.dataset.author = message.author;
      const isStart = message.author === "system" && START_MESSAGE.test(message.text);
      if (message.author !== "system" || isStart) {
        const author = this.#document.createElement("b");
        author.textContent = isStart ? "The customer started co-browsing" : AUTHORS[message.author];
        line.append(author);
      }
      line.append(message.text);
      return line;
    });
    const chat = this.#get("chat");
    chat.replaceChildren(...lines);
    chat.scrollTop = chat.scrollHeight;
    this.#show("chat-empty", lines.length === 0);
  }

  /** Where the keyboard goes when another screen comes, or something comes before the page. */
  #focus(view: Shown): void {
    const isNew = view.screen !== this.#screen;
    this.#screen = view.screen;
    const title = view.cover?.title ?? "";
    const hasNewCover = title !== "" && title !== this.#coverTitle;
    this.#coverTitle = title;
    if (isNew && view.screen === "entry") this.#get("credential").focus();
    else if (isNew && view.screen === "lobby") this.#get("session-id").focus();
    else if (view.screen === "session" && (isNew || (hasNewCover && view.cover?.action === "leave"))) {
      this.#get(view.cover?.action === undefined ? "cover-title" : "cover-action").focus();
    }
  }

  #openSide(isOpen: boolean): void {
    this.#isSideOpen = isOpen;
    this.#document.body.dataset.side = isOpen ? "open" : "closed";
    this.#get("side-toggle").setAttribute("aria-pressed", String(isOpen));
  }

  #text(id: string, text: string, hidesEmpty = false): void {
    const element = this.#get(id);
    if (element.textContent !== text) element.textContent = text;
    if (hidesEmpty) this.#show(id, text !== "");
  }

  #show(id: string, isShown: boolean): void {
    this.#get(id).hidden = !isShown;
  }

  #enable(id: string, isEnabled: boolean): void {
    this.#get<HTMLButtonElement>(id).disabled = !isEnabled;
  }

  #get<T extends HTMLElement = HTMLElement>(id: string): T {
    const found = this.#document.getElementById(id);
    if (found === null) throw new Error(`the workspace's page has no #${id}`);
    return found as T;
  }
}

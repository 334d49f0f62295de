// The customer's script at work: the machine of `session` with a link, a page and a screen.  Everything that happens
// becomes an input, one after the other, each to its end; the machine's effects are carried out here.
// Reading order: Options, Runtime (begin, dispatch, `#carryOut`), then what feeds it.

import { Link, linkUrl } from "../link/link";
import { PageApply } from "../page/apply";
import { PageElements } from "../page/elements";
import { hasLastDoor } from "../page/forbidden";
import { Posts } from "../page/history";
import { PageMirror } from "../page/mirror";
import type { Policy } from "../page/policy";
import { isDenied, isOnSite, readPolicy } from "../page/policy";
import type { Moment } from "../page/types";
import { PageVeil } from "../page/veil";
import type { AgentAct } from "../protocol/acts";
import type { Frame } from "../protocol/frames";
import { decodePoint, POINTER } from "../protocol/frames";
import { Chat } from "./chat";
import { Leaving } from "./leaving";
import type { Kept, KeptChat } from "./memory";
import { putBack, tabStore, takeOut } from "./memory";
import type { Effect, Going, Input, Session } from "./session";
import { handoverOf, IDLE, isLive, step } from "./session";
import { Showing } from "./showing";
import { Ui } from "./ui/ui";
import { noticeWords, WORDS } from "./ui/words";

/** What the site's tag says. */
export interface Options {
  /** The co-browse server: the script's own origin. */
  readonly server: string;
  /** The company's endpoint for chats and calls; undefined: the page starts sessions by itself. */
  readonly chat: string | undefined;
  /** Whether the script shows a button to begin with. */
  readonly hasButton: boolean;
}

/** Nothing is known yet: nothing is on the site, so nothing can be shown or led to. */
const NO_POLICY: Policy = readPolicy({ site: [], write_mode: false, pages: [], deny_urls: [] });

/** How long a page from the back/forward cache waits for what the page before it leaves, and how often it looks. */
const HANDOVER_MS = 600;
const HANDOVER_LOOK_MS = 30;

type Realm = Window & typeof globalThis;

export class Runtime {
  readonly #window: Realm;
  readonly #options: Options;
  readonly #store: Storage | undefined;
  readonly #veil: PageVeil;
  readonly #mirror: PageMirror;
  readonly #showing: Showing;
  readonly #apply: PageApply;
  readonly #ui: Ui;
  readonly #changed: (session: Session) => void;
  readonly #inputs: Input[] = [];
  #isBusy = false;
  #session = IDLE;
  #policy = NO_POLICY;
  #link: Link | undefined;
  #leaving: Leaving | undefined;
  #chat: Chat | undefined;
  #isChatOver = false;
  #acts: Promise<void> = Promise.resolve();
  /** When the limit of this stretch of Write Mode runs out. */
  #until = Number.POSITIVE_INFINITY;
  #left: Kept = { session: undefined, chat: undefined };

  constructor(window: Realm, options: Options, changed: (session: Session) => void) {
    this.#window = window;
    this.#options = options;
    this.#changed = changed;
    this.#store = tabStore(window);
    const posts = new Posts(window, this.#store);
    posts.watch();
    this.#veil = new PageVeil(NO_POLICY, window);
    this.#mirror = new PageMirror(() => this.#policy, this.#veil, window);
    const elements = new PageElements(this.#mirror, this.#veil, window);
    const newPage = (): string => crypto.randomUUID();
    const tooLarge = (): void => this.#ui.tell(WORDS.tooLarge);
    this.#showing = new Showing({
      window,
      veil: this.#veil,
      mirror: this.#mirror,
      elements,
      newPage,
      tooLarge,
    });
    this.#apply = new PageApply({
      window,
      veil: this.#veil,
      mirror: this.#mirror,
      site: { has: (url) => isOnSite(this.#policy, url), denies: (url) => isDenied(this.#policy, url) },
      moment: () => this.#moment(),
      isPosted: posts.isPosted,
      steps: (url) => this.#leaving?.sees(url),
    });
    this.#ui = this.#makeUi();
  }

  /** Take up what the page before has left, and watch the page. */
  begin(): void {
    const window = this.#window;
    this.#leaving = new Leaving(window, {
      leave: (going) => this.#leave(going),
      back: () => void this.#back(),
      moved: () => this.#moved(),
    });
    window.addEventListener("online", () => this.#link?.hurry());
    window.addEventListener("offline", () => this.#link?.giveUp());
    window.addEventListener("focusin", (event) => this.#hint(event), { capture: true });
    window.addEventListener("focusout", () => this.#ui.hint(false), { capture: true });
    this.#ui.render(this.#session);
    this.#takeUp(takeOut(this.#store));
  }

  get session(): Session {
    return this.#session;
  }

  /** Start a session in a chat or call of the site's own (START-8); undefined: in the one that is open, or a new one. */
  start(customerToken?: string): void {
    if (isLive(this.#session)) return;
    if (customerToken !== undefined) this.#dispatch({ type: "start", customerToken });
    else void this.#startInChat();
  }

  exit(): void {
    this.#dispatch({ type: "exit" });
  }

  /** One input after the other, each to its end. */
  #dispatch(input: Input): void {
    this.#inputs.push(input);
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      for (let next = this.#inputs.shift(); next !== undefined; next = this.#inputs.shift()) {
        const before = this.#session;
        const { session, effects } = step(before, next);
        this.#session = session;
        if (session.limit !== before.limit) this.#limit(session.limit.endsInS);
        for (const effect of effects) this.#carryOut(effect);
        this.#ui.render(session);
        if (session !== before) this.#changed(session);
      }
    } finally {
      this.#isBusy = false;
    }
  }

  #carryOut(effect: Effect): void {
    switch (effect.type) {
      case "open_link":
        this.#openLink();
        break;
      case "close_link":
        this.#link?.close();
        this.#link = undefined;
        break;
      case "send":
        this.#link?.send(effect.what);
        break;
      case "follow_policy":
        this.#followPolicy(effect.policy);
        break;
      case "show":
        if (this.#link !== undefined && this.#policy !== NO_POLICY) this.#showing.start(this.#link);
        break;
      case "hide":
        this.#showing.stop();
        break;
      case "write":
        if (effect.on) this.#apply.begin();
        else this.#apply.end();
        break;
      case "apply":
        this.#applyAct(effect.act, effect.what);
        break;
      case "circle":
        this.#ui.circle(effect.x, effect.y);
        break;
      case "announce_id":
        if (this.#chat?.kept.kind === "chat")
          this.#chat.started(effect.sessionId).catch(() => this.#chatFailed());
        break;
      case "tell":
        this.#ui.tell(noticeWords(effect.notice));
        break;
    }
  }

  // The link

  #openLink(): void {
    this.#link?.close();
    const link: Link = new Link(linkUrl(this.#options.server, "customer"), {
      open: () => this.#dispatch({ type: "linked" }),
      see: (seen) => this.#dispatch({ type: "seen", seen, unguarded: !hasLastDoor(this.#window) }),
      frame: (frame) => this.#frame(frame),
      lost: (code, again) => this.#dispatch({ type: "lost", code, again }),
      overflow: () => this.#showing.startSoon(),
    });
    this.#link = link;
    link.open();
  }

  #frame({ kind, payload }: Frame): void {
    const point = kind === POINTER && this.#session.phase === "active" ? decodePoint(payload) : undefined;
    if (point !== undefined) this.#ui.point(point.x, point.y);
  }

  /** Nothing leaves before this has been read wholly; what cannot be read ends the session (MASK-11). */
  #followPolicy(given: unknown): void {
    try {
      const policy = readPolicy(given);
      this.#policy = policy;
      this.#veil.follow(policy);
    } catch {
      this.#policy = NO_POLICY;
      this.#dispatch({ type: "unusable_policy" });
    }
  }

  // Acts

  #moment(): Moment {
    const { phase, mode, writeSince, limit } = this.#session;
    return {
      mode,
      suspended: phase === "suspended" || phase === "away",
      ended: phase !== "active" && phase !== "suspended" && phase !== "away",
      writeSince,
      page: this.#showing.page,
      scope: limit.scope,
      until: this.#until,
    };
  }

  #limit(endsInS: number): void {
    this.#until = endsInS > 0 ? performance.now() + endsInS * 1000 : Number.POSITIVE_INFINITY;
  }

  /** Acts are carried out in their order, and reported in it. */
  #applyAct(act: number, what: AgentAct): void {
    this.#acts = this.#acts.then(async () => {
      const outcome = await this.#apply
        .act(what)
        .catch(() => ({ rule: "SECURE-4", reason: "no_such_element" }) as const);
      // What it changed leaves before its report: until that is here the agent's own view of it stands.
      this.#mirror.flush();
      const { rule, reason } = "done" in outcome ? { rule: "", reason: "" } : outcome;
      this.#dispatch({ type: "reported", act, rule, reason });
    });
  }

  // The page

  #leave(going: Going): void {
    this.#left = { session: handoverOf(this.#session), chat: this.#chat?.kept };
    this.#dispatch({ type: "leave", going });
    this.#left = { ...this.#left, session: handoverOf(this.#session) };
    this.#chat?.close();
    putBack(this.#store, this.#left);
  }

  /** Shown again out of the back/forward cache: nothing of before holds until the server has said so (NV-12). */
  async #back(): Promise<void> {
    const left = this.#left;
    this.#left = { session: undefined, chat: undefined };
    let kept = takeOut(this.#store);
    // The page before this one may be a moment late in leaving what it has.
    for (let at = 0; kept.session === undefined && at < HANDOVER_MS; at += HANDOVER_LOOK_MS) {
      await new Promise((later) => setTimeout(later, HANDOVER_LOOK_MS));
      kept = takeOut(this.#store);
    }
    this.#takeUp({ session: kept.session ?? left.session, chat: kept.chat ?? left.chat });
  }

  #takeUp({ session, chat }: Kept): void {
    if (chat !== undefined) this.#hearAgain(chat);
    this.#dispatch({ type: "take_up", handover: session });
  }

  #moved(): void {
    this.#veil.renew();
    this.#showing.startSoon();
  }

  /** A customer who comes into a masked field is told that the agent cannot read it (MASK-8). */
  #hint(event: Event): void {
    const target = event.composedPath()[0] as Partial<Node> | undefined;
    const isSeen = this.#session.phase === "active" && target?.nodeType === 1;
    this.#ui.hint(isSeen && this.#veil.see(target as Node).masked);
  }

  // The chat, and what the customer does

  #makeUi(): Ui {
    const { chat, hasButton } = this.#options;
    return new Ui(
      this.#window.document,
      { hasChat: chat !== undefined, hasButton },
      {
        start: () => this.start(),
        openChat: () => void this.#openChat(),
        closeChat: () => this.#ui.closeChat(),
        say: (text) => void this.#chat?.say(text).catch(() => this.#chatFailed()),
        exit: () => this.exit(),
        answer: (request, yes, timed) => this.#dispatch({ type: "answer", request, yes, timed }),
        toPointer: () => this.#dispatch({ type: "to_pointer" }),
        curtain: (drawn) => this.#dispatch({ type: "curtain", drawn }),
        tampered: () => this.#tampered(),
      },
    );
  }

  #tampered(): void {
    if (this.#session.mode !== "write") return;
    this.#dispatch({ type: "to_pointer" });
    this.#ui.tell(WORDS.tampered);
  }

  async #startInChat(): Promise<void> {
    if (this.#options.chat === undefined) return this.#dispatch({ type: "start", customerToken: "" });
    // A call is over when its session is; a chat goes on until it is ended.
    const chat =
      this.#chat?.kept.kind === "chat" && !this.#isChatOver ? this.#chat : await this.#open("call");
    if (chat !== undefined) this.#dispatch({ type: "start", customerToken: chat.kept.customerToken });
  }

  async #openChat(): Promise<void> {
    // While co-browsing, what was said is looked at again; nothing is begun.
    const isKept = this.#chat?.kept.kind === "chat" && (!this.#isChatOver || isLive(this.#session));
    const chat = isKept ? this.#chat : await this.#open("chat");
    if (chat === undefined) return;
    this.#ui.openChat(this.#isChatOver);
    this.#ui.focusChat();
    if (!this.#isChatOver) this.#listen(chat);
  }

  async #open(kind: "chat" | "call"): Promise<Chat | undefined> {
    try {
      const chat = await Chat.open(this.#options.chat ?? "", kind);
      this.#chat?.close();
      this.#ui.clearChat();
      this.#chat = chat;
      this.#isChatOver = false;
      return chat;
    } catch {
      this.#chatFailed();
      return undefined;
    }
  }

  #hearAgain(kept: KeptChat): void {
    if (this.#options.chat === undefined) return;
    this.#chat = Chat.again(this.#options.chat, kept);
    this.#isChatOver = false;
    if (kept.kind !== "chat") return;
    this.#ui.clearChat();
    this.#ui.openChat(false);
    this.#listen(this.#chat);
  }

  #listen(chat: Chat): void {
    chat.listen({
      line: (line) => this.#ui.line(line),
      ended: () => {
        this.#isChatOver = true;
        this.#ui.openChat(true);
        // A session that ends with it has words of its own.
        if (!isLive(this.#session) && this.#session.over !== "interaction_ended")
          this.#ui.tell(WORDS.chatOver);
      },
    });
  }

  #chatFailed(): void {
    this.#ui.tell(WORDS.chatFailed);
  }
}

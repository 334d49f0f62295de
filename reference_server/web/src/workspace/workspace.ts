// The workspace at work: takes what happens, steps, does what is to be done, and draws.  Secrets live here and
// nowhere else: the credential in this object only, the session's token in the tab's own storage as well, so that
// a reload is no exit; it is of no use without the credential, and of none once the session has ended.

import { Link, linkUrl } from "../link/link";
import { decodePoint, encodePoint, POINTER } from "../protocol/frames";
import type { FromView } from "../view/messages";
import { ViewFrame } from "./frame";
import { Pacer } from "./pacer";
import { Screen } from "./screen";
import { isRunning } from "./shown";
import type { Act, Effect, Event, State } from "./state";
import { INITIAL } from "./state";
import { step } from "./step";

/** The least time between two moves of the pointer, in milliseconds: 20 a second. */
const POINTER_MS = 50;
/** How often times that run down are drawn. */
const TICK_MS = 250;
/** Where the tab keeps the token, and the number of the last notice. */
const KEPT = "cobrowse.session";

/** What the tab keeps of a session. */
interface Kept {
  readonly token: string;
  readonly notice: number;
}

const NOTHING: Kept = { token: "", notice: 0 };

export class Workspace {
  readonly #screen: Screen;
  readonly #view: ViewFrame;
  readonly #link: Link;
  readonly #pacer: Pacer;
  readonly #storage: Storage | undefined;
  #state: State = INITIAL;
  #credential = "";
  #kept: Kept;
  #tick: ReturnType<typeof setTimeout> | undefined;
  #isReady = false;

  /** `server` is the server's origin, `view` the address of the view's page. */
  constructor(document: Document, server: string, view: string, storage: Storage | undefined) {
    this.#storage = storage;
    this.#kept = stored(storage);
    this.#pacer = new Pacer(POINTER_MS, (x, y) => {
      this.#link.sendFrame(POINTER, true, encodePoint(x, y));
    });
    this.#link = new Link(linkUrl(server, "agent"), {
      open: () => this.dispatch({ type: "link_opened" }),
      see: (seen) => this.dispatch({ type: "seen", seen }),
      frame: (frame) => this.#frame(frame),
      lost: (code, again) => this.dispatch({ type: "link_lost", code, again }),
      overflow: () => {}, // what is sent from here are pointer moves: the next one says it all
    });
    this.#screen = new Screen(
      document,
      (event) => this.dispatch(event),
      (credential) => {
        this.#credential = credential;
        this.dispatch({ type: "sign_in" });
      },
    );
    this.#view = new ViewFrame(this.#screen.viewPlace, view, (message) => this.#told(message));
    if (this.#kept.token !== "") this.dispatch({ type: "token_found" });
    this.#draw();
  }

  /** Something has happened: each to its end before the next. */
  dispatch(event: Event): void {
    const { state, effects } = step(this.#state, event, Date.now());
    const hasChanged = state !== this.#state;
    this.#state = state;
    for (const effect of effects) this.#perform(effect);
    if (hasChanged) this.#draw();
  }

  /** The network is back: do not wait for the next attempt. */
  hurry(): void {
    this.#link.hurry();
  }

  /** The page is not on the screen any more: the link counts as lost, and comes back with the page. */
  giveUp(): void {
    this.#link.giveUp();
  }

  #told(message: FromView): void {
    if (message.type !== "ready") {
      this.dispatch({ type: "view", message });
      return;
    }
    // A view that comes anew, whatever became of the last one, has no page until the link brings one.
    if (this.#isReady && this.#state.session?.phase === "active") this.#link.giveUp();
    this.#isReady = true;
  }

  #frame(frame: { readonly kind: number; readonly byHand: boolean; readonly payload: Uint8Array }): void {
    if (frame.kind === POINTER) {
      const place = decodePoint(frame.payload);
      if (place !== undefined) this.dispatch({ type: "customer_pointer", ...place });
    } else {
      const payload = frame.payload.slice().buffer as ArrayBuffer;
      this.dispatch({ type: "content", payload, byHand: frame.byHand });
    }
  }

  #draw(): void {
    const now = Date.now();
    this.#screen.draw(this.#state, now);
    clearTimeout(this.#tick);
    if (isRunning(this.#state, now)) this.#tick = setTimeout(() => this.#draw(), TICK_MS);
  }

  #perform(effect: Effect): void {
    switch (effect.type) {
      case "connect":
        this.#link.open();
        break;
      case "disconnect":
        this.#link.close();
        break;
      case "hurry":
        this.#link.hurry();
        break;
      case "sign_in":
        this.#sent({ type: "sign_in", credential: this.#credential }, "sign_in");
        break;
      case "resume":
        this.#sent({ type: "resume", token: this.#kept.token, after: this.#kept.notice }, "resume");
        break;
      case "keep_notice":
        this.#keep({ ...this.#kept, notice: effect.notice });
        break;
      case "forget_credential":
        this.#credential = "";
        break;
      case "keep_token":
        this.#keep({ ...this.#kept, token: effect.token });
        break;
      case "forget_token":
        this.#keep(NOTHING);
        break;
      case "send":
        this.#sent(effect.what, effect.purpose);
        break;
      case "act":
        this.#act(effect.act, effect.page, effect.number);
        break;
      case "move":
        this.#pacer.move(effect.x, effect.y);
        break;
      case "tell":
        if (effect.message.type === "blank") this.#pacer.stop();
        this.#view.tell(effect.message);
    }
  }

  #sent(what: Extract<Effect, { type: "send" }>["what"], purpose: "sign_in" | "resume" | Purpose): void {
    this.dispatch({ type: "sent", id: this.#link.send(what), purpose });
  }

  /** Where the tab has no storage, or none left, a reload ends the resuming, and nothing else. */
  #keep(kept: Kept): void {
    this.#kept = kept;
    try {
      if (kept.token === "") this.#storage?.removeItem(KEPT);
      else this.#storage?.setItem(KEPT, JSON.stringify(kept));
    } catch {
      // see above
    }
  }

  #act(act: Act, page: string, number: number): void {
    const id = this.#link.send({ ...act, page, epoch: this.#link.epoch });
    if (id === 0) this.#view.tell({ type: "outcome", act: number, done: false });
    else this.dispatch({ type: "act_sent", id, number });
  }
}

type Purpose = Extract<Effect, { type: "send" }>["purpose"];

function stored(storage: Storage | undefined): Kept {
  try {
    const kept: unknown = JSON.parse(storage?.getItem(KEPT) ?? "null");
    return isKept(kept) ? kept : NOTHING;
  } catch {
    return NOTHING;
  }
}

function isKept(value: unknown): value is Kept {
  if (typeof value !== "object" || value === null || !("token" in value && "notice" in value)) return false;
  return typeof value.token === "string" && Number.isSafeInteger(value.notice);
}

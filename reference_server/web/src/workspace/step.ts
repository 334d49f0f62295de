// How the workspace gets from one state to the next: step(state, event, now), without side effects.
// Reading order: step, the link, what the server says (signing in, a session, Write Mode, acts), what the view
// says, what the agent does, small parts.

import type { See, Seen } from "../protocol/decode";
import type { FromView, ToView } from "../view/messages";
import { address, sessionId } from "./entered";
import type { Act, Effect, Event, Notice, Purpose, Session, State, Step, Tone } from "./state";
import { isActive, isWriting, NO_SESSION_YET } from "./state";
import { answeredInWords, endedInWords, refusedInWords, suspendedInWords } from "./words";

/** How many messages of chats, and how many notices, are kept. */
const MAX_CHAT = 300;
const MAX_NOTICES = 40;
/** How many messages may wait for their answers; most never get any. */
const MAX_WAITING = 64;
const MAX_ACTS = 500;

/** Another window of this agent has the session. */
const TAKEN_OVER = 4001;

type Seeing<T extends See["type"]> = Extract<See, { readonly type: T }>;

export function step(state: State, event: Event, now: number): Step {
  switch (event.type) {
    case "token_found":
      return just({ ...state, hasToken: true });
    case "link_opened":
      return does({ ...state, link: "open" }, { type: "sign_in" });
    case "link_lost":
      return linkLost(state, event.code, event.again);
    case "seen":
      return arrived(state, event.seen, now);
    case "sent":
      return just(waitFor(state, event.id, event.purpose));
    case "act_sent":
      return just(
        withSession(state, (session) => ({
          acts: [...session.acts, { id: event.id, number: event.number }].slice(-MAX_ACTS),
        })),
      );
    case "content":
      if (!isActive(state)) return just(state);
      return tells(event.byHand ? calm(state) : state, { type: "content", payload: event.payload });
    case "customer_pointer":
      if (!isActive(state)) return just(state);
      return tells(calm(state), { type: "pointer", x: event.x, y: event.y });
    case "view":
      return fromView(state, event.message, now);
    default:
      return agent(state, event, now);
  }
}

// The link

function linkLost(state: State, code: number, again: boolean): Step {
  const link = again ? "lost" : code === TAKEN_OVER ? "elsewhere" : "stopped";
  const lost: State = { ...state, link, waiting: [], lobby: { ...state.lobby, isJoining: false } };
  const { session } = lost;
  if (session === undefined || session.phase === "ended") return just(lost);
  return blank(lost, { phase: "lost", why: "", endsAt: 0 });
}

// What the server says

/** A message, be it news or history; of what would be told again after a loss, the last is remembered. */
function arrived(state: State, seen_: Seen, now: number): Step {
  const { state: next, effects } = isHistory(state, seen_)
    ? history(state, seen_.see, now)
    : seen(state, seen_, now);
  const { notice } = seen_;
  return { state: next, effects: notice === 0 ? effects : [...effects, { type: "keep_notice", notice }] };
}

/** Whether it tells what this end has missed: how things stand by now it knows already (RESUME-2). */
function isHistory({ session }: State, { see, n }: Seen): boolean {
  const since = session?.backSince ?? 0;
  return n > 0 && n <= since && !(see.type === "resumed" && n === since);
}

/** What is said of it, and no more. */
function history(state: State, see: See, now: number): Step {
  switch (see.type) {
    case "said":
      return just(said(state, see));
    case "answered":
      return just(note(state, "info", answeredInWords(see.answer), now));
    case "suspended":
      return just(note(state, "info", suspendedInWords(see.reason), now));
    case "refused":
      return just(note(state, "info", refusedInWords(see.reason, see.message), now));
    default:
      return just(state);
  }
}

function seen(state: State, { see, re, n }: Seen, now: number): Step {
  switch (see.type) {
    case "welcome":
      return welcomed(state, see.name);
    case "said":
      return just(said(state, see));
    case "joined":
      return joined(state, see, now);
    case "token_issued":
      return does({ ...state, hasToken: true }, { type: "keep_token", token: see.token });
    case "restored":
      return restored(state, see, n, now);
    case "suspended":
      return suspended(state, see, now);
    case "resumed":
      return resumed(state, see, now);
    case "ended": {
      const told = note({ ...state, hasToken: false }, "info", endedInWords(see.reason), now);
      return blank(told, { phase: "ended", why: see.reason }, { type: "forget_token" });
    }
    case "warned":
      return just(withSession(state, () => ({ warnedUntil: now + see.ends_in_s * 1000 })));
    case "page_shown": {
      const { page: ref, url, elements } = see;
      // Until the next page is here, the last one stays on view; nothing can be done on it any more.
      const page = { ref, url, size: state.session?.page?.size };
      const shown = withSession(state, () => ({ page, isScoping: false }));
      return tells(shown, { type: "page", page: ref, url, elements });
    }
    case "elements_shown":
      return tells(state, { type: "elements", page: see.page, elements: see.elements, gone: see.gone });
    case "circle":
      return tells(state, { type: "circle", x: see.x, y: see.y });
    case "asked":
    case "answered":
    case "in_mode":
      return writeMode(state, see, now);
    case "act_applied":
      return actIsDone(state);
    case "refused":
      return see.act > 0 ? actIsRefused(state, see, now) : refused(state, see, re, now);
    default:
      return just(state); // fences, and what is for others
  }
}

// Signing in

function welcomed(state: State, name: string): Step {
  const welcome: State = { ...state, name, isWrong: false };
  return state.hasToken ? does(welcome, { type: "resume" }) : just(welcome);
}

function said(state: State, { interaction, author, text }: Seeing<"said">): State {
  return { ...state, chat: [...state.chat, { interaction, author, text }].slice(-MAX_CHAT) };
}

// A session

function joined(state: State, see: Seeing<"joined">, now: number): Step {
  const [mayWrite, mayScope] = [see.write_mode, see.scoped_grants];
  const session: Session = { ...NO_SESSION_YET, mode: see.mode, mayWrite, mayScope };
  const text = see.by_chat
    ? "The customer started a co-browse session in the chat: you have joined."
    : "You have joined the session.";
  const lobby = { isJoining: false, problem: "", notBefore: 0 };
  const begun = note({ ...state, session, lobby }, "good", text, now);
  return tells(begun, { type: "blank" }, { type: "mode", mode: see.mode, scope: "" });
}

function restored(state: State, see: Seeing<"restored">, backSince: number, now: number): Step {
  const isSuspended = see.state === "suspended";
  const before = state.session ?? NO_SESSION_YET;
  const session: Session = {
    ...before,
    phase: isSuspended ? "suspended" : "active",
    why: see.reasons[0] ?? "",
    mode: see.mode,
    mayWrite: see.write_mode,
    mayScope: see.scoped_grants,
    isScoped: see.scope !== "",
    writeUntil: see.ends_in_s > 0 ? now + see.ends_in_s * 1000 : 0,
    request: see.request === "" ? undefined : { id: see.request, until: 0 },
    isAsking: false,
    isScoping: false,
    backSince,
    acts: [],
  };
  const back = note({ ...state, session }, "good", "You are back in the session.", now);
  return tells(back, { type: "blank" }, { type: "mode", mode: see.mode, scope: see.scope });
}

function suspended(state: State, see: Seeing<"suspended">, now: number): Step {
  const endsAt = see.ends_in_s > 0 ? now + see.ends_in_s * 1000 : 0;
  // With its page the customer's link goes too: that adds nothing to why, and off the site its time does not run (SITE-4).
  const { phase, why } = state.session ?? {};
  if (phase === "suspended" && why === "off_site" && see.reason === "link_lost") return just(state);
  const over = {
    request: undefined,
    isAsking: false,
    isScoping: false,
    mode: "pointer",
    warnedUntil: 0,
  } as const;
  const told = note(state, "warn", suspendedInWords(see.reason), now);
  return blank(told, { ...over, phase: "suspended", why: see.reason, endsAt });
}

function resumed(state: State, see: Seeing<"resumed">, now: number): Step {
  const isBack = state.session?.phase === "suspended" && state.session.why !== "";
  const session = withSession(state, () => ({ phase: "active", why: "", endsAt: 0, mode: see.mode }));
  const told = isBack ? note(session, "good", "The session goes on, in Pointer Mode.", now) : session;
  return tells(told, { type: "mode", mode: see.mode, scope: "" });
}

/** Blank the view first of all, then change the session (SITE-1, STOP-2). */
function blank(state: State, change: Partial<Session>, ...effects: readonly Effect[]): Step {
  const changed = withSession(state, () => ({ ...change, page: undefined, acts: [] }));
  const quiet: ToView[] = [{ type: "blank" }, { type: "mode", mode: "pointer", scope: "" }];
  const first: Effect[] = quiet.map((message) => ({ type: "tell", message }));
  return { state: changed, effects: [...first, ...effects] };
}

// Write Mode

function writeMode(state: State, see: Seeing<"asked" | "answered" | "in_mode">, now: number): Step {
  if (see.type === "asked") {
    const request = { id: see.request, until: now + see.expires_in_s * 1000 };
    return just(withSession(state, () => ({ request, isAsking: false, isScoping: false })));
  }
  if (see.type === "answered") {
    const tone: Tone = see.answer === "approved" ? "good" : see.answer === "withdrawn" ? "info" : "warn";
    const answered = withSession(state, () => ({ request: undefined, isAsking: false }));
    return just(note(answered, tone, answeredInWords(see.answer), now));
  }
  const isOurs = state.waiting.some((one) => one.purpose === "to_pointer");
  const changed = withSession(state, () => ({
    mode: see.mode,
    writeUntil: see.ends_in_s > 0 ? now + see.ends_in_s * 1000 : 0,
    isScoped: see.scope !== "",
    ...(see.mode === "pointer" && { acts: [] }),
  }));
  const isOver = see.mode === "pointer" && state.session?.mode === "write" && !isOurs;
  const told = isOver ? note(changed, "warn", "Write Mode is over: you are in Pointer Mode.", now) : changed;
  return tells(without(told, "to_pointer"), { type: "mode", mode: see.mode, scope: see.scope });
}

// Acts

function actIsDone(state: State): Step {
  const [first, ...rest] = state.session?.acts ?? [];
  const settled = withSession(state, () => ({ acts: rest }));
  return first === undefined
    ? just(state)
    : tells(settled, { type: "outcome", act: first.number, done: true });
}

/** The customer's end refused an act: the oldest, since it answers them in order. */
function actIsRefused(state: State, see: Seeing<"refused">, now: number): Step {
  const [first, ...rest] = state.session?.acts ?? [];
  const settled = withSession(state, () => ({ acts: rest }));
  return explained(settled, see, first?.number, now);
}

function explained(state: State, see: Seeing<"refused">, number: number | undefined, now: number): Step {
  const told = note(state, "warn", refusedInWords(see.reason, see.message), now);
  return number === undefined ? just(told) : tells(told, { type: "outcome", act: number, done: false });
}

/** The server refused something: an act, or whatever was sent with that number. */
function refused(state: State, see: Seeing<"refused">, re: number, now: number): Step {
  const act = state.session?.acts.find((one) => one.id === re);
  if (act !== undefined) {
    const rest = withSession(state, (session) => ({ acts: session.acts.filter((one) => one !== act) }));
    return explained(rest, see, act.number, now);
  }
  const purpose = state.waiting.find((one) => one.id === re)?.purpose;
  const answered: State = { ...state, waiting: state.waiting.filter((one) => one.id !== re) };
  const words = refusedInWords(see.reason, see.message);
  const notBefore = now + see.retry_after_s * 1000;
  switch (purpose) {
    case "sign_in":
      return does(
        { ...answered, isWrong: true, name: "", link: "off" },
        { type: "forget_credential" },
        { type: "disconnect" },
      );
    case "join":
      return just({ ...answered, lobby: { isJoining: false, problem: words, notBefore } });
    case "resume":
      return resumeRefused(answered);
    case "request":
      return requestRefused(answered, see, words, notBefore, now);
    default:
      return just(note(answered, "warn", words, now));
  }
}

function resumeRefused(state: State): Step {
  const over: State = { ...state, hasToken: false };
  if (over.session === undefined) return does(over, { type: "forget_token" });
  return blank(over, { phase: "ended", why: "gone" }, { type: "forget_token" });
}

function requestRefused(
  state: State,
  see: Seeing<"refused">,
  words: string,
  notBefore: number,
  now: number,
): Step {
  const isOff = see.reason === "write_mode_disabled";
  const asked = withSession(state, (session) => ({
    isAsking: false,
    isScoping: false,
    askNotBefore: see.retry_after_s > 0 ? notBefore : session.askNotBefore,
    mayWrite: session.mayWrite && !isOff,
  }));
  return just(note(asked, "warn", words, now));
}

// What the view says

function fromView(state: State, message: FromView, now: number): Step {
  switch (message.type) {
    case "ready":
      return just(state);
    case "shown":
      return just(shown(state, message.page, message.width, message.height));
    case "malformed":
      return just(note(state, "bad", "A part of the customer's page could not be shown safely.", now));
    case "explain":
      return just(note(state, "warn", refusedInWords(message.reason, ""), now));
    case "pointer":
      return isActive(state) ? does(state, { type: "move", x: message.x, y: message.y }) : just(state);
    case "click": {
      if (!isActive(state)) return just(state);
      const what = { type: "click", x: Math.round(message.x), y: Math.round(message.y) } as const;
      return does(calm(state), { type: "send", what, purpose: "click" });
    }
    case "scope":
      return request(state, message.element);
    case "act":
      return acts(state, message.act, message.page, message.number);
  }
}

function shown(state: State, ref: string, width: number, height: number): State {
  return withSession(state, ({ page }) =>
    page?.ref === ref ? { page: { ...page, size: { width, height } } } : {},
  );
}

/** An act on the page that the agent saw; nothing is sent of one on a page that is gone. */
function acts(state: State, act: Act, page: string, number: number): Step {
  if (!isWriting(state) || state.session?.page?.ref !== page) {
    return tells(state, { type: "outcome", act: number, done: false });
  }
  return does(calm(state), { type: "act", act, page, number });
}

// What the agent does

type OfAgent = Extract<
  Event,
  {
    type:
      | "sign_in"
      | "sign_out"
      | "join"
      | "request"
      | "choose_scope"
      | "withdraw"
      | "to_pointer"
      | "navigate"
      | "open_url"
      | "exit"
      | "leave"
      | "reconnect";
  }
>;

function agent(state: State, event: OfAgent, now: number): Step {
  switch (event.type) {
    case "sign_in":
      return does({ ...state, link: "connecting", isWrong: false }, { type: "connect" });
    case "sign_out":
      return signOut(state);
    case "join":
      return join(state, event.text, now);
    case "request":
      return request(state, "");
    case "choose_scope":
      return chooseScope(state);
    case "withdraw":
      return withdraw(state);
    case "to_pointer":
      if (!isWriting(state)) return just(state);
      return sends(state, { type: "return_to_pointer" }, "to_pointer");
    case "navigate":
      return navigate(state, { type: event.act });
    case "open_url":
      return navigate(state, { type: "open_url", url: address(event.text, state.session?.page?.url ?? "") });
    case "exit":
      return exit(state);
    case "leave":
      return just(state.session?.phase === "ended" ? { ...state, session: undefined } : state);
    case "reconnect":
      if (state.link === "lost") return does(state, { type: "hurry" });
      return does({ ...state, link: "connecting" }, { type: "connect" });
  }
}

function signOut(state: State): Step {
  const effects: Effect[] = [
    { type: "tell", message: { type: "blank" } },
    { type: "disconnect" },
    { type: "forget_credential" },
  ];
  const isOver = state.session === undefined || state.session.phase === "ended";
  const out = { link: "off", name: "", session: undefined, chat: [], waiting: [], notices: [] } as const;
  return { state: { ...state, ...out, hasToken: state.hasToken && !isOver }, effects };
}

function join(state: State, text: string, now: number): Step {
  const { lobby } = state;
  if (state.link !== "open" || lobby.isJoining || now < lobby.notBefore) return just(state);
  const session_id = sessionId(text);
  if (session_id === undefined) {
    const problem = "A session ID has nine digits.";
    return just({ ...state, lobby: { ...lobby, problem } });
  }
  const joining: State = { ...state, lobby: { ...lobby, isJoining: true, problem: "" } };
  return sends(joining, { type: "join", session_id }, "join");
}

/** Ask for Write Mode: for the whole page, or for one form or field of it. */
function request(state: State, scope: string): Step {
  const { session } = state;
  const isIdle = session !== undefined && session.request === undefined && !session.isAsking;
  if (!isActive(state) || !isIdle || session.mode === "write" || !session.mayWrite) return just(state);
  const asking = withSession(state, () => ({ isAsking: true, isScoping: false }));
  const page = session.page?.ref ?? "";
  const asks = { type: "request", ...(scope !== "" && { scope, page }) } as const;
  const sent = sends(asking, asks, "request");
  return session.isScoping ? { ...sent, effects: [...sent.effects, NO_MORE_CHOOSING] } : sent;
}

const NO_MORE_CHOOSING: Effect = { type: "tell", message: { type: "choose_scope", on: false } };

function chooseScope(state: State): Step {
  if (!isActive(state) || state.session?.mayScope !== true) return just(state);
  const isScoping = !state.session.isScoping;
  return tells(
    withSession(state, () => ({ isScoping })),
    { type: "choose_scope", on: isScoping },
  );
}

function withdraw(state: State): Step {
  const pending = state.session?.request;
  return pending === undefined
    ? just(state)
    : sends(state, { type: "withdraw", request: pending.id }, "withdraw");
}

function navigate(state: State, act: Act): Step {
  const ref = state.session?.page?.ref;
  if (!isWriting(state) || ref === undefined) return just(state);
  return does(calm(state), { type: "act", act, page: ref, number: 0 });
}

function exit(state: State): Step {
  const { session } = state;
  if (session === undefined || session.phase === "ended" || state.link !== "open") return just(state);
  return sends(state, { type: "exit" }, "exit");
}

// Small parts

function just(state: State): Step {
  return { state, effects: [] };
}

function does(state: State, ...effects: readonly Effect[]): Step {
  return { state, effects };
}

function tells(state: State, ...messages: readonly Extract<Effect, { type: "tell" }>["message"][]): Step {
  return { state, effects: messages.map((message) => ({ type: "tell", message })) };
}

function sends(state: State, what: Extract<Effect, { type: "send" }>["what"], purpose: Purpose): Step {
  return does(state, { type: "send", what, purpose });
}

function withSession(state: State, change: (session: Session) => Partial<Session>): State {
  const { session } = state;
  return session === undefined ? state : { ...state, session: { ...session, ...change(session) } };
}

/** Somebody did something, so the warning no longer holds (STOP-7). */
function calm(state: State): State {
  return state.session?.warnedUntil ? withSession(state, () => ({ warnedUntil: 0 })) : state;
}

function waitFor(state: State, id: number, purpose: Purpose): State {
  if (id === 0) return state;
  return { ...state, waiting: [...state.waiting, { id, purpose }].slice(-MAX_WAITING) };
}

function without(state: State, purpose: Purpose): State {
  return { ...state, waiting: state.waiting.filter((one) => one.purpose !== purpose) };
}

/** A notice; the same words again are said again, once. */
function note(state: State, tone: Tone, text: string, now: number): State {
  const number = (state.notices.at(-1)?.number ?? 0) + 1;
  const notice: Notice = { number, tone, text, at: now };
  const others = state.notices.filter((one) => one.text !== text || now - one.at > 3000);
  return { ...state, notices: [...others, notice].slice(-MAX_NOTICES) };
}

// The customer's end of a session as a pure machine: what has come in (from the customer, the server, the link, the
// page), and what is to be done because of it.  It knows no socket, no page and no clock, and decides nothing that
// is the server's to decide: it says what the customer's client may show, send and let happen.
// Reading order: Session, Input, Effect, step; then one function an input, and one an observation.

import type { AgentAct } from "../protocol/acts";
import type { Do, See, Seen } from "../protocol/decode";
import type { Answer, EndReason, Mode, Policy, SuspendReason } from "../protocol/messages.gen";

/** Where the customer's client stands. */
export type Phase =
  /** No session. */
  | "idle"
  /** The customer has asked for one; the server has not answered. */
  | "starting"
  /** A session that this tab had is being taken up again; nothing of it is known yet. */
  | "resuming"
  /** No agent has joined: the session's ID is on the screen, and nothing of the page leaves. */
  | "pending"
  | "active"
  | "suspended"
  /** The page goes; what comes next is another page's business, or this one's when it is shown again. */
  | "away"
  | "ended";

/** Why the session is over, or could not be: the server's reason, or one of the client's own. */
export type Over = EndReason | "failed" | "gone" | "taken_over" | "unusable_policy";

/** Why nothing flows: the server's reason, or that this page's own link is gone. */
export type Still = SuspendReason | "reconnecting";

export interface Session {
  readonly phase: Phase;
  readonly isLinked: boolean;
  /** Whether the server has been asked on this link to let the session be resumed, and has not answered. */
  readonly isResuming: boolean;
  /** What starts a session in the customer's chat or call; empty for one without (START-8). */
  readonly customerToken: string;
  /** What this session is resumed with; empty until the server has issued it. */
  readonly token: string;
  readonly sessionId: string;
  readonly agent: string;
  readonly mode: Mode;
  /** The epoch at which this stretch of Write Mode began. */
  readonly writeSince: number;
  /** What Write Mode is limited to (WRITE-15); empty and 0: nothing. */
  readonly limit: { readonly scope: string; readonly endsInS: number };
  readonly request:
    | { readonly id: string; readonly agent: string; readonly scope: string; readonly expiresInS: number }
    | undefined;
  readonly still: { readonly reason: Still; readonly endsInS: number } | undefined;
  /** Whether this page has told the server that the customer left the site. */
  readonly hasLeft: boolean;
  /** Whether the policy lets the customer draw a curtain (PAUSE-1), or limit an approval (WRITE-15). */
  readonly hasCurtain: boolean;
  readonly isScoped: boolean;
  readonly isCurtainDrawn: boolean;
  /** Seconds in which the session ends if nobody does anything; 0: no warning stands. */
  readonly warnedS: number;
  readonly over: Over | undefined;
  /** The number of the last notice that has come: what came after it is told again (RESUME-2). */
  readonly noticed: number;
  /** The place of `restored` on this link: what was before it is history. */
  readonly restoredAt: number;
}

export const IDLE: Session = {
  phase: "idle",
  isLinked: false,
  isResuming: false,
  customerToken: "",
  token: "",
  sessionId: "",
  agent: "",
  mode: "pointer",
  writeSince: 0,
  limit: { scope: "", endsInS: 0 },
  request: undefined,
  still: undefined,
  hasLeft: false,
  hasCurtain: false,
  isScoped: false,
  isCurtainDrawn: false,
  warnedS: 0,
  over: undefined,
  noticed: 0,
  restoredAt: 0,
};

/** What one page leaves to the next page of the tab. */
export interface Handover {
  readonly token: string;
  readonly customerToken: string;
  readonly sessionId: string;
  readonly agent: string;
  readonly hasLeft: boolean;
  readonly isCurtainDrawn: boolean;
  readonly noticed: number;
}

/** Where a page goes: within the site, to another site, or nobody knows (the tab is closed). */
export type Going = "site" | "elsewhere" | "unknown";

export type Input =
  | { readonly type: "start"; readonly customerToken: string }
  /** The page is shown, for the first time or again, with what the page before it has left, if anything. */
  | { readonly type: "take_up"; readonly handover: Handover | undefined }
  | { readonly type: "linked" }
  | { readonly type: "lost"; readonly again: boolean; readonly code: number }
  /** `unguarded`: this browser cannot hold back what agents' acts lead to, so there is no Write Mode in it. */
  | { readonly type: "seen"; readonly seen: Seen; readonly unguarded?: boolean }
  | { readonly type: "answer"; readonly request: string; readonly yes: boolean; readonly timed: boolean }
  | { readonly type: "to_pointer" }
  | { readonly type: "exit" }
  | { readonly type: "curtain"; readonly drawn: boolean }
  | { readonly type: "leave"; readonly going: Going }
  | { readonly type: "unusable_policy" }
  | { readonly type: "reported"; readonly act: number; readonly rule: string; readonly reason: string };

/** Something to tell the customer in passing. */
export type Notice =
  | { readonly type: "joined"; readonly agent: string }
  | { readonly type: "answered"; readonly answer: Answer }
  | { readonly type: "mode"; readonly mode: Mode }
  | { readonly type: "resumed" }
  | { readonly type: "refused" }
  /** A request was declined without asking the customer. */
  | { readonly type: "declined"; readonly agent: string };

export type Effect =
  | { readonly type: "open_link" }
  | { readonly type: "close_link" }
  | { readonly type: "send"; readonly what: Do }
  /** Nothing may leave before this policy has been read. */
  | { readonly type: "follow_policy"; readonly policy: unknown }
  /** Show the page to the agent, from the beginning. */
  | { readonly type: "show" }
  /** Stop at once; what has not left is thrown away. */
  | { readonly type: "hide" }
  | { readonly type: "write"; readonly on: boolean }
  | { readonly type: "apply"; readonly act: number; readonly what: AgentAct }
  /** The session has an ID: the chat, if there is one, is told (START-3). */
  | { readonly type: "announce_id"; readonly sessionId: string }
  | { readonly type: "circle"; readonly x: number; readonly y: number }
  | { readonly type: "tell"; readonly notice: Notice };

export interface Step {
  readonly session: Session;
  readonly effects: readonly Effect[];
}

/** Decide one input.  Pure; an input that makes no sense where the session stands changes nothing. */
export function step(session: Session, input: Input): Step {
  switch (input.type) {
    case "start":
      return start(session, input.customerToken);
    case "take_up":
      return takeUp(session, input.handover);
    case "linked":
      return linked(session);
    case "lost":
      return lost(session, input.again, input.code);
    case "seen":
      return seen(session, input.seen, input.unguarded === true);
    case "answer":
      return answer(session, input.request, input.yes, input.timed);
    case "to_pointer":
      return isLive(session) && session.mode === "write"
        ? sent(session, { type: "return_to_pointer" })
        : same(session);
    case "exit":
      return exit(session);
    case "curtain":
      return curtain(session, input.drawn);
    case "leave":
      return leave(session, input.going);
    case "unusable_policy":
      return unusable(session);
    case "reported":
      return reported(session, input.act, input.rule, input.reason);
  }
}

/** Whether a session goes on, in which this client has a part. */
export function isLive(session: Session): boolean {
  return session.phase === "pending" || session.phase === "active" || session.phase === "suspended";
}

/** What the next page of the tab needs to take the session up; undefined: there is none to take up. */
export function handoverOf(session: Session): Handover | undefined {
  const { token, customerToken, sessionId, agent, hasLeft, isCurtainDrawn, noticed } = session;
  if (token === "" || session.phase === "ended" || session.phase === "idle") return undefined;
  return { token, customerToken, sessionId, agent, hasLeft, isCurtainDrawn, noticed };
}

function same(session: Session): Step {
  return { session, effects: [] };
}

function sent(session: Session, ...what: readonly Do[]): Step {
  return { session, effects: what.map((one) => ({ type: "send", what: one })) };
}

const HIDE: readonly Effect[] = [{ type: "hide" }, { type: "write", on: false }];

/** Nothing flows: not from the page, not to it. */
const STILL = { mode: "pointer", request: undefined, limit: IDLE.limit, warnedS: 0 } as const;

// What the customer does

function start(session: Session, customerToken: string): Step {
  if (session.phase !== "idle" && session.phase !== "ended") return same(session);
  return { session: { ...IDLE, phase: "starting", customerToken }, effects: [{ type: "open_link" }] };
}

function answer(session: Session, request: string, yes: boolean, timed: boolean): Step {
  // Answers to any request but the one on the screen are nobody's (WRITE-7).
  if (session.phase !== "active" || session.request?.id !== request) return same(session);
  if (!yes) return sent(session, { type: "deny", request });
  const limited = timed && session.isScoped ? { timed: true } : {};
  return sent(session, { type: "approve", request, ...limited });
}

function exit(session: Session): Step {
  if (session.phase === "starting" || session.phase === "resuming") {
    const over = { ...IDLE, phase: "ended", over: "customer_exit" } as const;
    const said: readonly Effect[] = session.token === "" ? [] : [{ type: "send", what: { type: "exit" } }];
    return { session: over, effects: [...HIDE, ...said, { type: "close_link" }] };
  }
  if (!isLive(session)) return same(session);
  const isPending = session.phase === "pending";
  const what: Do = { type: isPending ? "cancel" : "exit" };
  // What has been said is said: nothing leaves after this, whatever the server answers (CO-01).
  const over = ended(session, isPending ? "cancelled" : "customer_exit", [{ type: "send", what }]);
  if (session.isLinked || isPending) return over;
  // Without a link it is said as soon as there is one again: the token is kept for that alone.
  return { session: { ...over.session, token: session.token }, effects: HIDE };
}

function curtain(session: Session, drawn: boolean): Step {
  if (!isLive(session) || !session.hasCurtain || session.phase === "pending") return same(session);
  if (drawn === session.isCurtainDrawn) return same(session);
  const what: Do = { type: drawn ? "draw_curtain" : "open_curtain" };
  const next: Session = { ...session, isCurtainDrawn: drawn };
  // A curtain hides at once; that it is open is the server's to say.
  const effects: readonly Effect[] = drawn ? [...HIDE, { type: "send", what }] : [{ type: "send", what }];
  return { session: drawn ? { ...next, ...STILL } : next, effects };
}

function unusable(session: Session): Step {
  const what: Do = { type: session.agent === "" ? "cancel" : "exit" };
  return ended(session, "unusable_policy", [{ type: "send", what }]);
}

function ended(session: Session, over: Over, before: readonly Effect[] = []): Step {
  return {
    session: { ...IDLE, phase: "ended", over, agent: session.agent, customerToken: session.customerToken },
    effects: [...HIDE, ...before, { type: "close_link" }],
  };
}

// What becomes of the page

/** The page goes: say where to as far as that is known, and hand over. */
function leave(session: Session, going: Going): Step {
  if (session.phase === "idle" || session.phase === "ended" || session.phase === "away") return same(session);
  const isTold = session.isLinked && (session.phase === "active" || session.phase === "suspended");
  const hasLeft = session.hasLeft || (isTold && going === "elsewhere");
  const what: readonly Effect[] =
    going === "elsewhere" && isTold
      ? [{ type: "send", what: { type: "leave_site" } }]
      : going === "site" && session.isLinked && session.token !== ""
        ? [{ type: "send", what: { type: "announce" } }]
        : [];
  return {
    session: { ...session, ...STILL, phase: "away", isLinked: false, isResuming: false, hasLeft },
    effects: [...HIDE, ...what, { type: "close_link" }],
  };
}

function takeUp(session: Session, handover: Handover | undefined): Step {
  if (handover === undefined) return same(session.phase === "away" ? IDLE : session);
  if (session.phase !== "idle" && session.phase !== "away" && session.phase !== "ended") return same(session);
  return { session: { ...IDLE, phase: "resuming", ...handover }, effects: [{ type: "open_link" }] };
}

// What becomes of the link

function linked(session: Session): Step {
  const next: Session = { ...session, isLinked: true, isResuming: session.token !== "", restoredAt: 0 };
  if (session.phase === "ended" && session.token !== "") return partsLate(session);
  if (session.token !== "")
    return sent(next, { type: "resume", token: session.token, after: session.noticed });
  if (session.phase === "starting") return sent(next, { type: "start", interaction: session.customerToken });
  return { session: next, effects: [{ type: "close_link" }] };
}

/** The customer had exited while there was no link. */
function partsLate(session: Session): Step {
  const { effects } = sent(session, { type: "resume", token: session.token }, { type: "exit" });
  return { session: { ...session, token: "" }, effects: [...effects, { type: "close_link" }] };
}

function lost(session: Session, again: boolean, code: number): Step {
  const next: Session = { ...session, isLinked: false, isResuming: false };
  if (session.phase === "idle" || session.phase === "ended" || session.phase === "away") return same(next);
  if (!again) return ended(next, code === 4001 ? "taken_over" : "server_shutdown");
  // Who has just pressed the button is told that it did not work, and may press it again.
  if (session.phase === "starting") return ended(next, "failed");
  if (session.phase === "pending" || session.phase === "resuming") return same(next);
  const still = { reason: "reconnecting", endsInS: 0 } as const;
  return { session: { ...next, ...STILL, phase: "suspended", still }, effects: HIDE };
}

function reported(session: Session, act: number, rule: string, reason: string): Step {
  if (!session.isLinked || session.phase !== "active") return same(session);
  const refused = rule === "" ? {} : { rule, reason };
  return sent(session, { type: "report", act, ...refused } as Do);
}

// What the server says

function seen(before: Session, message: Seen, unguarded: boolean): Step {
  if (before.phase === "idle" || before.phase === "ended" || before.phase === "away") return same(before);
  const session = { ...before, noticed: Math.max(before.noticed, message.notice) };
  const { effects, session: after } = believed(session, message);
  if (!isHistory(session, message)) return unguarded ? declined(after, effects) : { session: after, effects };
  return { session, effects: effects.filter(({ type }) => type === "tell") };
}

/** A request where Write Mode would not be safe: the answer is no, whatever the customer would say. */
function declined(session: Session, effects: readonly Effect[]): Step {
  const { request } = session;
  if (request === undefined) return { session, effects };
  const no: readonly Effect[] = [
    { type: "send", what: { type: "deny", request: request.id } },
    { type: "tell", notice: { type: "declined", agent: request.agent } },
  ];
  return { session: { ...session, request: undefined }, effects: [...effects, ...no] };
}

/**
 * What was missed and is told again is for the customer to read; what holds `restored` has said (RESUME-2).  Pauses
 * since then are believed in their order: the last one is how things stand.
 */
function isHistory({ restoredAt }: Session, { see, n }: Seen): boolean {
  if (see.type === "restored" || n === 0 || n > restoredAt) return false;
  return n < restoredAt || (see.type !== "resumed" && see.type !== "suspended");
}

function believed(session: Session, { see, n, epoch }: Seen): Step {
  switch (see.type) {
    case "policy_given":
      return policyGiven(session, see);
    case "started":
      if (session.phase !== "starting") return same(session);
      return {
        session: { ...session, phase: "pending", sessionId: see.session_id },
        effects: [{ type: "announce_id", sessionId: see.session_id }],
      };
    case "token_issued":
      return same({ ...session, token: see.token });
    case "joined":
      return joined(session, see);
    case "restored":
      return restored({ ...session, isResuming: false, restoredAt: n }, see, epoch);
    case "resumed":
      return resumed(session);
    case "suspended":
      return suspended(session, see);
    case "asked":
      return asked(session, see);
    case "answered":
      return answered(session, see);
    case "in_mode":
      return inMode(session, see, n);
    case "acted":
      return session.phase === "active"
        ? { session, effects: [{ type: "apply", act: see.act, what: see.do as AgentAct }] }
        : same(session);
    case "circle":
      return session.phase === "active"
        ? { session, effects: [{ type: "circle", x: see.x, y: see.y }] }
        : same(session);
    case "warned":
      return same({ ...session, warnedS: see.ends_in_s });
    case "ended":
      return ended(session, see.reason);
    case "refused":
      return refused(session, see.reason);
    default:
      return same(session);
  }
}

type Of<Type extends See["type"]> = Extract<See, { readonly type: Type }>;

function policyGiven(session: Session, see: Of<"policy_given">): Step {
  const { curtain, scoped_grants } = see.policy as Policy;
  const next = { ...session, hasCurtain: curtain === true, isScoped: scoped_grants === true };
  // A policy that is tightened while the page is shown: what is shown is looked at anew (MASK-11).
  const again: readonly Effect[] = session.phase === "active" ? [{ type: "hide" }, { type: "show" }] : [];
  return { session: next, effects: [{ type: "follow_policy", policy: see.policy }, ...again] };
}

function joined(session: Session, see: Of<"joined">): Step {
  if (session.phase !== "pending") return same(session);
  const next: Session = { ...session, ...STILL, phase: "active", agent: see.agent, mode: see.mode };
  return {
    session: next,
    effects: [{ type: "show" }, { type: "tell", notice: { type: "joined", agent: see.agent } }],
  };
}

function restored(session: Session, see: Of<"restored">, epoch: number): Step {
  const next: Session = { ...session, ...STILL, agent: see.agent || session.agent, mode: see.mode };
  if (see.state === "pending") return same({ ...next, phase: "pending" });
  if (see.state === "ended") return ended(next, "gone");
  if (see.state === "suspended") {
    const isCurtainDrawn = see.reasons.includes("curtain");
    const still = { reason: see.reasons[0] ?? "reconnecting", endsInS: 0 } as const;
    const held: Session = { ...next, phase: "suspended", still, isCurtainDrawn };
    // It is a page of the site that takes the session up: the customer is back.
    const isBack = session.hasLeft || see.reasons.includes("off_site");
    return isBack ? sent({ ...held, hasLeft: false }, { type: "return_to_site" }) : same(held);
  }
  const active: Session = { ...next, phase: "active", still: undefined };
  // The client that went away believes that it left: then the mode is not kept (SITE-2).
  if (session.hasLeft)
    return sent({ ...active, hasLeft: false }, { type: "leave_site" }, { type: "return_to_site" });
  const writes = see.mode === "write";
  const request =
    see.state === "asked" ? { id: see.request, agent: see.agent, scope: "", expiresInS: 0 } : undefined;
  const effects: readonly Effect[] = [{ type: "show" }, { type: "write", on: writes }];
  const limit = { scope: see.scope, endsInS: see.ends_in_s };
  return { session: { ...active, request, limit, writeSince: writes ? epoch : 0 }, effects };
}

function resumed(session: Session): Step {
  if (session.phase !== "suspended" && session.phase !== "active") return same(session);
  const next: Session = { ...session, ...STILL, phase: "active", still: undefined, isCurtainDrawn: false };
  return {
    session: next,
    effects: [...HIDE, { type: "show" }, { type: "tell", notice: { type: "resumed" } }],
  };
}

function suspended(session: Session, see: Of<"suspended">): Step {
  if (session.phase !== "suspended" && session.phase !== "active") return same(session);
  const still = { reason: see.reason, endsInS: see.ends_in_s };
  return { session: { ...session, ...STILL, phase: "suspended", still }, effects: HIDE };
}

function asked(session: Session, see: Of<"asked">): Step {
  if (session.phase !== "active") return same(session);
  const request = { id: see.request, agent: see.agent, scope: see.scope, expiresInS: see.expires_in_s };
  return same({ ...session, request });
}

function answered(session: Session, see: Of<"answered">): Step {
  if (session.request?.id !== see.request) return same(session);
  return {
    session: { ...session, request: undefined },
    effects: [{ type: "tell", notice: { type: "answered", answer: see.answer } }],
  };
}

function inMode(session: Session, see: Of<"in_mode">, n: number): Step {
  if (session.phase !== "active") return same(session);
  const writes = see.mode === "write";
  const limit = writes ? { scope: see.scope, endsInS: see.ends_in_s } : IDLE.limit;
  return {
    session: { ...session, mode: see.mode, writeSince: writes ? n : 0, limit, request: undefined },
    effects: [
      { type: "write", on: writes },
      { type: "tell", notice: { type: "mode", mode: see.mode } },
    ],
  };
}

function refused(session: Session, reason: string): Step {
  if (session.phase === "starting") return ended(session, "failed");
  if (session.isResuming) return ended(session, "gone");
  // What the page shows of itself crossed a suspension or a change of policy: both have been told.
  if (reason === "stale" || session.phase === "suspended") return same(session);
  // An answer that came too late, say: what holds has been told, or will be.
  return { session, effects: [{ type: "tell", notice: { type: "refused" } }] };
}

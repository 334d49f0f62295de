// What the workspace knows, what can happen to it, and what it does about that.  All of it is plain data; ./step
// says how one follows from the other, ./render how it looks.

import type { Do, Seen } from "../protocol/decode";
import type { EndReason, Mode, Party, SuspendReason } from "../protocol/messages.gen";
import type { Content, FromView, ToView, ViewAct } from "../view/messages";

/** Where the link to the server is. */
export type LinkState =
  /** Nobody has signed in. */
  | "off"
  | "connecting"
  | "open"
  /** It is lost, and comes back by itself. */
  | "lost"
  /** The session goes on in another window of the same agent. */
  | "elsewhere"
  /** The server has closed it for good. */
  | "stopped";

export interface State {
  readonly link: LinkState;
  /** The agent's display name; empty until the server has welcomed it. */
  readonly name: string;
  /** Whether a credential was refused. */
  readonly isWrong: boolean;
  /** Whether this tab was in a session, to which it can come back. */
  readonly hasToken: boolean;
  readonly lobby: Lobby;
  readonly session: Session | undefined;
  readonly chat: readonly Message[];
  readonly notices: readonly Notice[];
  /** Messages whose answers are still to come. */
  readonly waiting: readonly Waiting[];
}

/** Before a session. */
export interface Lobby {
  readonly isJoining: boolean;
  /** Why the session could not be joined, in words. */
  readonly problem: string;
  /** No join before then: too many wrong IDs (JOIN-8). */
  readonly notBefore: number;
}

/** One co-browse session, from joining until the agent turns to something else. */
export interface Session {
  readonly phase: "active" | "suspended" | "lost" | "ended";
  /** Why it is suspended, or has ended; `gone` where it ended while this end was away. */
  readonly why: SuspendReason | EndReason | "gone" | "";
  /** When the suspension ends it; 0 where that is not known. */
  readonly endsAt: number;
  readonly mode: Mode;
  /** Whether the agent may ask for Write Mode: whether it has a pencil icon (WRITE-5). */
  readonly mayWrite: boolean;
  /** Whether it may ask for less than the whole page (WRITE-15). */
  readonly mayScope: boolean;
  readonly request: Request | undefined;
  /** A request has been sent, and is not confirmed yet. */
  readonly isAsking: boolean;
  /** The agent is pointing out what to ask for. */
  readonly isScoping: boolean;
  /** No request before then (WRITE-9). */
  readonly askNotBefore: number;
  /** When it ends unless somebody does something (STOP-7); 0 where nobody was warned. */
  readonly warnedUntil: number;
  /** When Write Mode is over by itself; 0 where it is not limited to a time. */
  readonly writeUntil: number;
  /** Whether Write Mode is limited to a part of the page. */
  readonly isScoped: boolean;
  readonly page: Page | undefined;
  /** The place in the session's order at which this end came back; what is told of before is history (RESUME-2). */
  readonly backSince: number;
  /** Acts that were sent, whose fate is not known: the number of the message, and the view's. */
  readonly acts: readonly { readonly id: number; readonly number: number }[];
}

/** The customer's page. */
export interface Page {
  readonly ref: string;
  readonly url: string;
  /** The customer's window, once the page is on view. */
  readonly size: { readonly width: number; readonly height: number } | undefined;
}

/** A request for Write Mode that is pending. */
export interface Request {
  readonly id: string;
  readonly until: number;
}

export interface Message {
  readonly interaction: string;
  readonly author: Party;
  readonly text: string;
}

export type Tone = "info" | "good" | "warn" | "bad";

export interface Notice {
  readonly number: number;
  readonly tone: Tone;
  readonly text: string;
  /** When it came, in milliseconds. */
  readonly at: number;
}

/** What a message was for. */
export type Purpose =
  | "sign_in"
  | "resume"
  | "join"
  | "request"
  | "withdraw"
  | "to_pointer"
  | "exit"
  | "click";

export interface Waiting {
  readonly id: number;
  readonly purpose: Purpose;
}

/** What can happen. */
export type Event =
  // from the tab and the link
  | { readonly type: "token_found" }
  | { readonly type: "link_opened" }
  | { readonly type: "link_lost"; readonly code: number; readonly again: boolean }
  | { readonly type: "seen"; readonly seen: Seen }
  | { readonly type: "sent"; readonly id: number; readonly purpose: Purpose }
  | { readonly type: "act_sent"; readonly id: number; readonly number: number }
  | { readonly type: "content"; readonly payload: ArrayBuffer; readonly byHand: boolean }
  | { readonly type: "customer_pointer"; readonly x: number; readonly y: number }
  | { readonly type: "view"; readonly message: FromView }
  // from the agent
  | { readonly type: "sign_in" }
  | { readonly type: "sign_out" }
  | { readonly type: "join"; readonly text: string }
  | { readonly type: "request" }
  | { readonly type: "choose_scope" }
  | { readonly type: "withdraw" }
  | { readonly type: "to_pointer" }
  | { readonly type: "navigate"; readonly act: Navigation }
  | { readonly type: "open_url"; readonly text: string }
  | { readonly type: "exit" }
  | { readonly type: "leave" }
  | { readonly type: "reconnect" };

export type Navigation = "go_back" | "go_forward" | "refresh";

/** What an agent does on the page or in its browser; page and epoch come with the sending. */
export type Act =
  | ViewAct
  | { readonly type: Navigation }
  | { readonly type: "open_url"; readonly url: string };

/** What is to be done about it, in this order, before anything is drawn. */
export type Effect =
  | { readonly type: "connect" }
  | { readonly type: "disconnect" }
  | { readonly type: "hurry" }
  /** Send the credential that was typed in. */
  | { readonly type: "sign_in" }
  /** Send the token of the session that was lost, and which of its notices was the last to arrive (RESUME-2). */
  | { readonly type: "resume" }
  | { readonly type: "keep_notice"; readonly notice: number }
  | { readonly type: "forget_credential" }
  | { readonly type: "keep_token"; readonly token: string }
  | { readonly type: "forget_token" }
  | { readonly type: "send"; readonly what: Do; readonly purpose: Purpose }
  | { readonly type: "act"; readonly act: Act; readonly page: string; readonly number: number }
  | { readonly type: "move"; readonly x: number; readonly y: number }
  | { readonly type: "tell"; readonly message: ToView | Content };

export interface Step {
  readonly state: State;
  readonly effects: readonly Effect[];
}

export const INITIAL: State = {
  link: "off",
  name: "",
  isWrong: false,
  hasToken: false,
  lobby: { isJoining: false, problem: "", notBefore: 0 },
  session: undefined,
  chat: [],
  notices: [],
  waiting: [],
};

export const NO_SESSION_YET: Session = {
  phase: "active",
  why: "",
  endsAt: 0,
  mode: "pointer",
  mayWrite: false,
  mayScope: false,
  request: undefined,
  isAsking: false,
  isScoping: false,
  askNotBefore: 0,
  warnedUntil: 0,
  writeUntil: 0,
  isScoped: false,
  page: undefined,
  backSince: 0,
  acts: [],
};

/** Whether the agent sees the page, and can point at it. */
export function isActive(state: State): boolean {
  return state.link === "open" && state.session?.phase === "active";
}

/** Whether the agent can use the page. */
export function isWriting(state: State): boolean {
  return isActive(state) && state.session?.mode === "write";
}

// What the customer reads: every sentence of the customer's script, in plain words.  Names that come from outside
// are put in as text, in quotation marks, and never say more than a name.

import type { Notice, Over, Session, Still } from "../session";

/** The longest name of an agent that is shown, in characters. */
const MAX_NAME = 40;

/** The agent's name, as a name: control characters and overlong text are cut. */
export function nameOf(agent: string): string {
  const plain = agent.replace(/[\p{C}\s]+/gu, " ").trim();
  if (plain === "") return "the agent";
  return `“${plain.length > MAX_NAME ? `${plain.slice(0, MAX_NAME)}…` : plain}”`;
}

/** Nine digits, three by three, as they are read out. */
export function grouped(sessionId: string): string {
  return sessionId.replace(/(\d{3})(?=\d)/g, "$1 ");
}

/** Whole minutes and seconds, as on a clock. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

export function stateWords(session: Session): string {
  switch (session.phase) {
    case "starting":
      return "Starting co-browsing…";
    case "resuming":
      return "Reconnecting…";
    case "pending":
      return session.isLinked ? "Waiting for an agent" : "Reconnecting…";
    case "active":
      return session.mode === "write"
        ? "Write Mode: the agent can use this page"
        : "Pointer Mode: the agent can see and point";
    case "suspended":
      return STILL[session.isCurtainDrawn ? "curtain" : (session.still?.reason ?? "reconnecting")];
    default:
      return "";
  }
}

const STILL: Readonly<Record<Still | "curtain", string>> = {
  off_site: "Paused: you are on another site",
  link_lost: "Paused: the agent’s connection is lost",
  curtain: "Paused: the agent sees nothing",
  reconnecting: "Paused: reconnecting…",
};

const OVER: Readonly<Record<Over, string>> = {
  customer_exit: "Co-browsing has ended.",
  agent_exit: "The agent has ended co-browsing.",
  controller_stop: "The contact centre has ended co-browsing.",
  interaction_ended: "Co-browsing has ended with the chat or call.",
  cancelled: "Co-browsing was cancelled.",
  pending_timeout: "No agent has joined. You can start again.",
  off_site_timeout: "Co-browsing has ended: you were away from this site for too long.",
  inactivity: "Co-browsing has ended: nobody did anything for a while.",
  customer_lost: "Co-browsing has ended: your connection was lost for too long.",
  agent_lost: "Co-browsing has ended: the agent’s connection was lost for too long.",
  policy: "Co-browsing has ended: it is not allowed on this site any more.",
  server_shutdown: "Co-browsing has ended: the service was stopped.",
  failed: "Co-browsing could not be started. Please try again.",
  gone: "The co-browsing session is over.",
  taken_over: "Co-browsing goes on in another tab.",
  unusable_policy: "Co-browsing is not possible here: its privacy rules cannot be read. Nothing was shown.",
};

export function overWords(over: Over): string {
  return OVER[over];
}

export function noticeWords(notice: Notice): string {
  switch (notice.type) {
    case "joined":
      return `The co-browse session has started: ${nameOf(notice.agent)} has joined and sees this page.`;
    case "answered":
      return ANSWERED[notice.answer] ?? "";
    case "mode":
      return notice.mode === "write"
        ? "Write Mode: the agent can type and click on this page. You can take it back at any time."
        : "Pointer Mode: the agent can see and point, but change nothing.";
    case "resumed":
      return "Co-browsing goes on, in Pointer Mode.";
    case "refused":
      return "";
    case "declined":
      return `${nameOf(notice.agent)} asked to type and click on this page. In this browser that is not safe, so the answer was no. The agent can see and point.`;
  }
}

const ANSWERED: Readonly<Record<string, string>> = {
  denied: "You said no. The agent can see and point, but change nothing.",
  expired: "The request has expired. The agent can see and point, but change nothing.",
  withdrawn: "The agent has taken the request back.",
  void: "The request no longer holds.",
};

/** The question, with the agent's name as a name. */
export function askWords(agent: string, scope: string): string {
  const where = scope === "" ? "this page" : "one part of this page";
  return `${nameOf(agent)} asks to type and click on ${where}.`;
}

export const WORDS = {
  dialog: "Let the agent use this page?",
  about:
    "If you say yes, the agent can fill in fields and follow links with you, but cannot submit. Fields that are hidden from the agent stay hidden. You can take it back at any time.",
  yes: "Yes, allow",
  timed: "Yes, for a limited time",
  no: "No",
  start: "Co-browsing",
  chat: "Chat",
  chatTitle: "Chat",
  chatInput: "Your message",
  send: "Send",
  close: "Close",
  read: "Read this number to the agent:",
  sessionId: "Session ID",
  cancel: "Cancel",
  exit: "Exit Session",
  toPointer: "Back to Pointer Mode",
  draw: "Hide my page",
  open: "Show my page",
  region: "Co-browsing",
  hint: "The agent cannot read this field.",
  tooLarge: "This page is too large to be shown to the agent.",
  chatFailed: "The chat cannot be reached. Please try again.",
  chatOver: "The chat has ended.",
  tampered: "This page has hidden the co-browsing notice, so Write Mode was ended.",
  you: "You",
  system: "System",
} as const;

export function warnedWords(seconds: number): string {
  return `Are you still there? Co-browsing ends in ${clock(seconds)} if nothing happens.`;
}

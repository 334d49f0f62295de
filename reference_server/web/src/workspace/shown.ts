// What of a state is on the screen: which screen, which controls, and what they say.  ./screen puts it there.

import type { LinkState, Session, State, Tone } from "./state";
import { isActive, isWriting } from "./state";
import { endedInWords, secondsUntil, suspendedInWords, timeLeft } from "./words";

/** How long a notice stays, in milliseconds. */
const NOTICE_MS = 9_000;
/** How many notices show at a time. */
const NOTICES = 3;

/** What stands in place of the customer's page. */
export interface Cover {
  readonly tone: Tone;
  readonly icon: "pause" | "link" | "done" | "wait";
  readonly title: string;
  readonly text: string;
  readonly time: string;
  /** What the button does; none where there is nothing to do. */
  readonly action: "leave" | "reconnect" | undefined;
  readonly label: string;
}

export interface Shown {
  readonly screen: "entry" | "lobby" | "session";
  readonly state: { readonly tone: Tone | "none"; readonly text: string };
  /** A time that runs down, in words; empty where none does. */
  readonly countdown: string;
  readonly cover: Cover | undefined;
  readonly tools: {
    /** Whether there is a browser to use them on. */
    readonly isOpen: boolean;
    /** Which of the icons of the mode: at most one (WRITE-5, WRITE-6). */
    readonly icon: "pencil" | "withdraw" | "to_pointer" | "none";
    readonly canAsk: boolean;
    /** Whether the agent may ask for less than the whole page; whether it is pointing it out. */
    readonly scope: "none" | "offered" | "choosing";
    /** Address, back, forward and refresh: in Write Mode only. */
    readonly canNavigate: boolean;
    readonly size: string;
  };
  readonly canExit: boolean;
  readonly canJoin: boolean;
  readonly canReconnect: boolean;
  readonly entryProblem: string;
  readonly entryText: string;
  readonly joinProblem: string;
}

const ENTRY = "Your administrator gave you a credential. It stays in this tab's memory and is never stored.";
const ENTRY_BACK = "You are in a co-browse session. Sign in to go on with it.";

/** What is to be shown of a state, at a time in milliseconds. */
export function shown(state: State, now: number): Shown {
  const { session } = state;
  return {
    screen: screenOf(state),
    state: stateInWords(state),
    countdown: countdown(state, now),
    cover: coverOf(state, now),
    tools: tools(state, now),
    canExit: session !== undefined && session.phase !== "ended" && state.link === "open",
    canJoin: state.link === "open" && !state.lobby.isJoining && now >= state.lobby.notBefore,
    canReconnect: state.link === "lost" || state.link === "stopped" || state.link === "elsewhere",
    entryProblem: state.isWrong ? "This credential is not valid." : "",
    entryText: state.hasToken && session === undefined ? ENTRY_BACK : ENTRY,
    joinProblem: joinProblem(state, now),
  };
}

/** The notices that are on the screen. */
export function currentNotices(state: State, now: number): State["notices"] {
  return state.notices.filter((one) => now - one.at < NOTICE_MS).slice(-NOTICES);
}

/** When the screen has to be drawn again although nothing has happened: each second, while a time runs. */
export function isRunning(state: State, now: number): boolean {
  const cooling = (state.session?.askNotBefore ?? 0) > now || state.lobby.notBefore > now;
  return countdown(state, now) !== "" || cooling || currentNotices(state, now).length > 0;
}

function screenOf(state: State): Shown["screen"] {
  if (state.session !== undefined) return "session";
  return state.name === "" && state.link !== "lost" ? "entry" : "lobby";
}

const LINKS: Readonly<Record<LinkState, readonly [Tone | "none", string]>> = {
  off: ["none", "Signed out"],
  connecting: ["none", "Connecting…"],
  open: ["good", "Ready"],
  lost: ["warn", "Reconnecting…"],
  elsewhere: ["bad", "In another window"],
  stopped: ["bad", "Disconnected"],
};

function stateInWords(state: State): Shown["state"] {
  const { session } = state;
  const [tone, text] = session === undefined ? LINKS[state.link] : sessionInWords(session, state.link);
  return { tone, text };
}

function sessionInWords(session: Session, link: LinkState): readonly [Tone | "none", string] {
  if (session.phase === "ended") return ["none", "Ended"];
  if (session.phase === "suspended") return ["warn", "Suspended"];
  if (link !== "open" || session.phase === "lost") return LINKS[link === "open" ? "connecting" : link];
  if (session.mode === "write") return ["good", session.isScoped ? "Write Mode, limited" : "Write Mode"];
  return session.request === undefined ? ["info", "Pointer Mode"] : ["warn", "Write Mode requested"];
}

function countdown(state: State, now: number): string {
  const { session } = state;
  if (session === undefined || session.phase === "ended") return "";
  const times: readonly (readonly [number, string])[] = [
    [session.phase === "suspended" ? session.endsAt : 0, "The session ends in"],
    [session.warnedUntil, "Nobody is active: the session ends in"],
    [session.request?.until ?? 0, "The request expires in"],
    [session.writeUntil, "Write Mode ends in"],
    [session.mode === "pointer" ? session.askNotBefore : 0, "Ask again in"],
  ];
  const running = times.find(([until]) => until > now);
  return running === undefined ? "" : `${running[1]} ${timeLeft(secondsUntil(running[0], now))}`;
}

const NOTHING_TO_DO = { action: undefined, label: "", time: "" } as const;

function coverOf(state: State, now: number): Cover | undefined {
  const { session } = state;
  if (session === undefined) return undefined;
  if (session.phase === "ended") {
    const text = endedInWords(session.why);
    return {
      tone: "good",
      icon: "done",
      title: "The session has ended",
      text,
      time: "",
      action: "leave",
      label: "Done",
    };
  }
  if (session.phase === "lost" || state.link !== "open") return lostCover(state.link);
  if (session.phase === "suspended") {
    const time = countdown(state, now);
    const text = `${suspendedInWords(session.why)} The session goes on by itself when that is over.`;
    return { ...NOTHING_TO_DO, tone: "warn", icon: "pause", title: "The session is suspended", text, time };
  }
  if (session.page?.size !== undefined) return undefined;
  const text = "It appears here as soon as it has arrived.";
  return { ...NOTHING_TO_DO, tone: "info", icon: "wait", title: "Waiting for the customer's page", text };
}

function lostCover(link: LinkState): Cover {
  const base = { tone: "warn", icon: "link", time: "", action: "reconnect" } as const;
  if (link === "elsewhere") {
    const text = "You have opened this session in another window or tab.";
    return { ...base, title: "This session goes on elsewhere", text, label: "Use it here" };
  }
  if (link === "stopped") {
    return {
      ...base,
      tone: "bad",
      title: "Disconnected",
      text: "The server has closed the connection.",
      label: "Connect again",
    };
  }
  const text = "The customer's page is hidden until you are back. The session waits for you.";
  return { ...base, title: "Your connection is lost", text, label: "Try now" };
}

function tools(state: State, now: number): Shown["tools"] {
  const { session } = state;
  const size = session?.page?.size;
  const canAsk = isActive(state) && session?.isAsking === false && now >= session.askNotBefore;
  const icon = iconOf(state);
  return {
    isOpen: isActive(state),
    icon,
    canAsk,
    scope:
      icon !== "pencil" || session?.mayScope !== true ? "none" : session.isScoping ? "choosing" : "offered",
    canNavigate: isWriting(state),
    size: size === undefined || !isActive(state) ? "" : `${size.width} × ${size.height}`,
  };
}

function iconOf(state: State): Shown["tools"]["icon"] {
  const { session } = state;
  if (!isActive(state) || session === undefined) return "none";
  if (session.mode === "write") return "to_pointer";
  if (session.request !== undefined) return "withdraw";
  return session.mayWrite ? "pencil" : "none";
}

function joinProblem(state: State, now: number): string {
  const { lobby } = state;
  if (lobby.notBefore <= now) return lobby.problem;
  return `${lobby.problem} Try again in ${timeLeft(secondsUntil(lobby.notBefore, now))}.`;
}

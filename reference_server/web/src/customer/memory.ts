// What one page of a tab leaves to the next: the token that resumes the session.  It is in the tab's storage only
// while no page of the site is open: a page takes it out when it is shown, and puts it back when it goes.  So a tab
// that is duplicated, or opened by this one, copies a storage without it, and can resume nothing (SE-07).

import type { Handover } from "./session";

/** What is kept: the session, and the chat that it belongs to. */
export interface Kept {
  readonly session: Handover | undefined;
  readonly chat: KeptChat | undefined;
}

export interface KeptChat {
  readonly interaction: string;
  readonly customerToken: string;
  readonly agent: string;
  /** Whether it is a chat with messages, or a call. */
  readonly kind: "chat" | "call";
}

const NOTHING: Kept = { session: undefined, chat: undefined };
const KEY = "cobrowse.tab";

/** The tab's storage; undefined where the browser or its user lets pages keep nothing. */
export function tabStore(window: Window): Storage | undefined {
  try {
    return window.sessionStorage;
  } catch {
    return undefined;
  }
}

/** Take out what the page before has left. */
export function takeOut(store: Storage | undefined): Kept {
  try {
    const text = store?.getItem(KEY) ?? "";
    store?.removeItem(KEY);
    return text === "" ? NOTHING : read(JSON.parse(text));
  } catch {
    return NOTHING;
  }
}

/** Leave this to the next page of the tab; where there is no room, the next page begins anew. */
export function putBack(store: Storage | undefined, kept: Kept): void {
  try {
    if (kept.session === undefined && kept.chat === undefined) store?.removeItem(KEY);
    else store?.setItem(KEY, JSON.stringify(kept));
  } catch {
    // full, or forbidden
  }
}

/** Only what has the right shape: scripts of the page can write there too. */
function read(value: unknown): Kept {
  const { session, chat } = (value ?? {}) as { session?: unknown; chat?: unknown };
  return { session: readSession(session), chat: readChat(chat) };
}

function readSession(value: unknown): Handover | undefined {
  const found = texts(value, ["token", "customerToken", "sessionId", "agent"]);
  if (found === undefined || found.token === "") return undefined;
  const { hasLeft, isCurtainDrawn, noticed } = value as Handover;
  const count = Number.isSafeInteger(noticed) && noticed >= 0 ? noticed : 0;
  return { ...found, hasLeft: hasLeft === true, isCurtainDrawn: isCurtainDrawn === true, noticed: count };
}

function readChat(value: unknown): KeptChat | undefined {
  const found = texts(value, ["interaction", "customerToken", "agent"]);
  const { kind } = (value ?? {}) as Partial<KeptChat>;
  return found === undefined || (kind !== "chat" && kind !== "call") ? undefined : { ...found, kind };
}

function texts<Key extends string>(value: unknown, keys: readonly Key[]): Record<Key, string> | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const given = value as Readonly<Record<string, unknown>>;
  if (!keys.every((key) => typeof given[key] === "string")) return undefined;
  return Object.fromEntries(keys.map((key) => [key, given[key]])) as Record<Key, string>;
}

// What the workspace says to agents, in words: why something was refused, suspended or ended.

import type { Answer, EndReason, Reason, SuspendReason } from "../protocol/messages.gen";

/** Why an act or a request was refused, where the workspace has better words than the server's for everybody. */
const REFUSED: Partial<Record<Reason, string>> = {
  no_such_session: "There is no session with this ID to join. Ask the customer for a new one.",
  session_full: "Another agent is already in this session.",
  agent_busy: "You are in another session. Exit it first.",
  throttled: "Too many wrong session IDs. Wait, then ask the customer for the ID again.",
  not_authenticated: "This credential is not valid.",
  pointer_mode: "You are in Pointer Mode: ask for Write Mode first.",
  write_mode_disabled: "Your administrators have switched Write Mode off.",
  cooling_down: "The customer has just been asked. Wait before you ask again.",
  no_such_request: "That request is not pending any more.",
  submit_blocked: "Only the customer can submit this form.",
  masked: "This field is masked: only the customer can change it.",
  disabled: "This element is disabled for agents: only the customer can use it.",
  off_site: "That address is not on the company's site.",
  bad_scheme: "Only http and https addresses can be opened.",
  denied_url: "Your administrators do not let agents open that address.",
  no_history: "There is no page to go to.",
  would_resubmit: "Reloading this page would submit a form again: only the customer can do that.",
  prompt_blocked:
    "Files, downloads, printing and permissions are the customer's own: only the customer can open them.",
  out_of_scope: "The customer's approval does not reach that far.",
  outdated: "The customer changed this field at the same time. The customer's value stays.",
  stale: "The page has changed since. Look again and repeat.",
  no_such_element: "That is not on the page any more.",
  reloading: "The customer's page is loading. Wait a moment.",
  suspended: "The session is suspended.",
  session_ended: "The session has ended.",
  not_supported: "This server does not offer that.",
};

const SUSPENDED: Record<SuspendReason, string> = {
  off_site: "The customer has left the company's site.",
  link_lost: "The customer's connection is lost.",
  curtain: "The customer has drawn a curtain before the page.",
};

const ENDED: Record<EndReason | "gone", string> = {
  customer_exit: "The customer has exited the session.",
  agent_exit: "You have exited the session.",
  controller_stop: "The contact centre has stopped the session.",
  interaction_ended: "The chat or call is over, and the session with it.",
  cancelled: "The customer has cancelled the session.",
  pending_timeout: "Nobody joined in time.",
  off_site_timeout: "The customer was away from the site for too long.",
  inactivity: "Nobody did anything for a long time.",
  customer_lost: "The customer's connection was lost for too long.",
  agent_lost: "Your connection was lost for too long.",
  policy: "The company's policy no longer allows the session.",
  server_shutdown: "The server was stopped.",
  gone: "The session ended while you were away.",
};

const ANSWERED: Record<Answer, string> = {
  approved: "The customer approved your request: you are in Write Mode.",
  denied: "The customer denied your request.",
  expired: "The customer did not answer in time: your request has expired.",
  withdrawn: "You have withdrawn your request.",
  void: "Your request is void: the session was suspended.",
};

/** Why something was refused: by its reason, else as the server says it. */
export function refusedInWords(reason: string, message: string): string {
  return REFUSED[reason as Reason] ?? (message || "That was refused.");
}

export function suspendedInWords(reason: string): string {
  return SUSPENDED[reason as SuspendReason] ?? "The session is suspended.";
}

export function endedInWords(reason: string): string {
  return ENDED[reason as EndReason] ?? "The session has ended.";
}

export function answeredInWords(answer: Answer): string {
  return ANSWERED[answer];
}

/** Seconds that are left, never below 0; 1 until the very end. */
export function secondsUntil(until: number, now: number): number {
  return Math.max(Math.ceil((until - now) / 1000), 0);
}

/** A time that is left: "45 s", "4:05 min". */
export function timeLeft(seconds: number): string {
  if (seconds < 100) return `${seconds} s`;
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")} min`;
}

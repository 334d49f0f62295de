// The bounds of a link, by name: how much it holds back, how soon it tries again.  Milliseconds and bytes.

export interface Bounds {
  /** The most that waits to be sent, what the browser holds included; beyond it frames are thrown away. */
  readonly queueBytes: number;
  /** How much is handed to the browser at a time: what it has can no longer be taken back. */
  readonly handedBytes: number;
  /** How soon to look again whether the browser has sent what it was given. */
  readonly pumpMs: number;
  /** A socket that has taken nothing for this long is given up. */
  readonly stuckMs: number;
  /** A socket that has not opened in this time is given up. */
  readonly openMs: number;
  /** The wait before the first new attempt; it doubles with each that fails. */
  readonly retryMs: number;
  /** The longest wait between attempts. */
  readonly retryMaxMs: number;
  /** A link that has held this long is a good one: the next loss waits shortly again. */
  readonly steadyMs: number;
}

export const BOUNDS: Bounds = {
  queueBytes: 24 << 20,
  handedBytes: 256 << 10,
  pumpMs: 10,
  stuckMs: 20_000,
  openMs: 10_000,
  retryMs: 300,
  retryMaxMs: 10_000,
  steadyMs: 5_000,
};

/**
 * How long to wait before attempt number `attempt` (0 is the first after a loss): doubling, with jitter, so
 * that a thousand pages do not come back to a restarted server at the same moment.
 */
export function retryWait(attempt: number, bounds: Bounds, random: () => number): number {
  const wait = Math.min(bounds.retryMs * 2 ** Math.min(attempt, 30), bounds.retryMaxMs);
  return wait * (0.5 + random() / 2);
}

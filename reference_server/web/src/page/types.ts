// What the parts of the customer's page share: the contracts between veil, redact, mirror, elements and apply.

import type { AgentAct } from "../protocol/acts";
import type { Element as Published, Reason } from "../protocol/messages.gen";

export type { Published };

/** What the policy says of a live node, and what was ever true of it (masks stick, MASK-6). */
export interface Sight {
  /** Nothing of it leaves but the size of a placeholder (MASK-4, MASK-12). */
  readonly blocked: boolean;
  /** Agents neither read nor change it (MASK-3, MASK-4, MASK-7). True of what is secret or blocked as well. */
  readonly masked: boolean;
  /** It shows as four asterisks, however long it is (MASK-9). */
  readonly secret: boolean;
  /** Inert for agents (NAVIGATE-4). */
  readonly disabled: boolean;
  /** Administrators allow agents this submit button (SUBMIT-4). */
  readonly allowsSubmit: boolean;
}

/** What the policy says of the live page.  One for a page; it remembers, so that masks stick. */
export interface Veil {
  /** What holds of a node: of itself, and of all that it stands in (shadow hosts and frames included). */
  see(node: Node): Sight;
  /** What an agent may read of a text that belongs to this node (MASK-1, MASK-9), tainted values included. */
  shows(node: Node, text: string): string;
  /** Look at everything again: the policy has been tightened (MASK-11) or the page has moved within itself. */
  renew(): void;
}

/** The mirror of the page: what an agent sees of it. */
export interface Mirror {
  /** Begin: a full snapshot, then increments, each through the gate.  Calls `emit` with one frame's events. */
  start(emit: (events: readonly unknown[], byHand: boolean) => void): void;
  /** Stop at once; what is still held back is thrown away, never sent (STOP-3). */
  stop(): void;
  /** The live node that a reference means, if it is still on the page. */
  node(ref: string): Node | undefined;
  /** The reference of a live node, if it is mirrored. */
  ref(node: Node): string | undefined;
  /** How often a field has changed as the mirror tells it (WRITE-14): 1 in the snapshot. */
  version(ref: string): number;
}

/** The elements that an agent can act on, and what the policy says of each. */
export interface Elements {
  all(): readonly Published[];
  /** Calls back with what has come or changed, and what has gone, since the last call; batched. */
  watch(change: (changed: readonly Published[], gone: readonly string[]) => void): () => void;
}

/** What became of an agent's act. */
export type Outcome = { readonly done: true } | { readonly rule: string; readonly reason: Reason };

/** What holds at the moment of an act; asked anew for each. */
export interface Moment {
  readonly mode: "pointer" | "write";
  readonly suspended: boolean;
  readonly ended: boolean;
  /** The epoch at which this stretch of Write Mode began. */
  readonly writeSince: number;
  /** The page that was shown last. */
  readonly page: string;
}

/** The one place where an agent's act touches the page. */
export interface Apply {
  act(act: AgentAct): Promise<Outcome>;
}

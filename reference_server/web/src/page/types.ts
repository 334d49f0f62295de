// What the parts of the customer's page share: the contracts between veil, redact, mirror, elements and apply.
// Two small modules are shared as they are: `own` (what belongs to the customer's script: never mirrored, never
// acted on) and `submits` (`submitMeans`, `submission`: what an act on an element would submit).

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

/** What the policy says of addresses (policy.ts). Both fail closed: what cannot be parsed is off the site. */
export interface Site {
  /** Whether it is a page of the company's site (SITE-5). */
  has(url: string): boolean;
  /** Whether administrators deny agents this address (NAVIGATE-5). */
  denies(url: string): boolean;
}

/** What the policy says of the live page.  One for a page; it remembers, so that masks stick. */
export interface Veil {
  /** What holds of a node: of itself, and of all that it stands in (shadow hosts and frames included). */
  see(node: Node): Sight;
  /** What an agent may read of a text that belongs to this node (MASK-1, MASK-9), tainted values included. */
  shows(node: Node, text: string): string;
  /** Look at everything again: the policy has been tightened (MASK-11) or the page has moved within itself. */
  renew(): void;
  /** An address as it may leave: without query and fragment, and without what masked fields hold (MASK-5). */
  address(url: string): string;
  /** Whether the pointer must not be told where it is: over what is masked, its places would spell it out. */
  hidesPointer(target: EventTarget | null): boolean;
}

/** What a mirror asks of its owner. */
export interface MirrorOwner {
  /** One frame's events; `byHand`: the customer's own hand caused them; `more`: what did not fit follows. */
  emit(events: readonly unknown[], byHand: boolean, more?: boolean): void;
  /**
   * Increments can no longer tell what has become of the page (its address has changed, or the gate failed on
   * something).  Until the owner starts the mirror anew, after another `show_page`, nothing more is emitted.
   */
  again(): void;
  /** Whether there is room for another frame; while there is none, changes gather.  Always, if it is left out. */
  hasRoom?(): boolean;
}

/** The mirror of the page: what an agent sees of it. */
export interface Mirror {
  /** Begin, or begin anew: a full snapshot, then increments, each through the gate. */
  start(owner: MirrorOwner): void;
  /** Stop at once; what is still held back is thrown away, never sent (STOP-3). */
  stop(): void;
  /** The live node that a reference means, if it is still on the page and mirrored. */
  node(ref: string): Node | undefined;
  /** The reference of a live node, if it is mirrored. */
  ref(node: Node): string | undefined;
  /** How often a field has changed as the mirror tells it (WRITE-14): 1 in the snapshot. */
  version(ref: string): number;
  /** The version that the customer's own hand made last; 0: it has not changed the field since the snapshot. */
  versionByCustomer(ref: string): number;
  /** What has changed so far leaves now, not with the next frame of the screen. */
  flush(): void;
  /** Do the agent's act; the changes of fields within are not counted as the customer's. */
  byAgent<T>(act: () => T): T;
}

/** The elements that an agent can act on, and what the policy says of each. */
export interface Elements {
  all(): readonly Published[];
  /** Calls back with what has come or changed, and what has gone, since the last call; batched. */
  watch(change: (changed: readonly Published[], gone: readonly string[]) => void): () => void;
}

/** Why an act was not carried out. */
export interface Refused {
  readonly rule: string;
  readonly reason: Reason;
}

/** What became of an agent's act. */
export type Outcome = { readonly done: true } | Refused;

/** What holds at the moment of an act; asked anew for each. */
export interface Moment {
  readonly mode: "pointer" | "write";
  readonly suspended: boolean;
  readonly ended: boolean;
  /** The epoch at which this stretch of Write Mode began. */
  readonly writeSince: number;
  /** The page that was shown last. */
  readonly page: string;
  /** The reference of the form or field that the approval is for; empty: the whole page (WRITE-15). */
  readonly scope: string;
  /** Until when it holds, as `performance.now()` has it; infinite: without a limit. */
  readonly until: number;
}

/** The one place where an agent's act touches the page. */
export interface Apply {
  act(act: AgentAct): Promise<Outcome>;
}

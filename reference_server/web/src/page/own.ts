// What belongs to the customer's script itself: its button, dialog and notices.  None of it is mirrored, none of
// it can an agent act on.  The customer's script claims its one host element; whatever stands inside it, in its
// shadow root too, is its own.

const claimed = new WeakSet<Node>();

/** Claim a node, and all that stands in it, for the customer's script. */
export function claim(node: Node): void {
  claimed.add(node);
}

/** Whether the node is the customer's script's, by itself or by what it stands in. */
export function isOwn(node: Node): boolean {
  for (let at: Node | null = node; at !== null; at = parent(at)) {
    if (claimed.has(at)) return true;
  }
  return false;
}

function parent(node: Node): Node | null {
  return node.parentNode ?? (node as Partial<ShadowRoot>).host ?? null;
}

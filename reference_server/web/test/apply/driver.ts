// Drives `apply` in a real browser without a session: references are IDs, the policy is in attributes of the page, the
// site is the page's own origin.  tests/web/test_apply.py builds it and calls `window.gate`.

import { PageApply } from "../../src/page/apply";
import { Posts } from "../../src/page/history";
import type { Moment, Sight } from "../../src/page/types";
import type { AgentAct } from "../../src/protocol/acts";

/** Elements of the page, of its open shadow roots and of its frames. */
function* roots(root: Document | ShadowRoot): Generator<Document | ShadowRoot> {
  yield root;
  for (const element of root.querySelectorAll("*")) {
    if (element.shadowRoot) yield* roots(element.shadowRoot);
    const inner = element.localName === "iframe" ? (element as HTMLIFrameElement).contentDocument : null;
    if (inner) yield* roots(inner);
  }
}

function find(ref: string): Element | undefined {
  for (const root of roots(document)) {
    const found = root.querySelector(`#${CSS.escape(ref)}`);
    if (found) return found;
  }
  return undefined;
}

function see(node: Node): Sight {
  const is = (name: string): boolean => (node as Element).closest(`[data-${name}]`) !== null;
  return {
    blocked: is("blocked"),
    masked: is("masked"),
    secret: false,
    disabled: is("disabled"),
    allowsSubmit: is("allowed"),
  };
}

const moment: { -readonly [Key in keyof Moment]: Moment[Key] } = {
  mode: "write",
  suspended: false,
  ended: false,
  writeSince: 1,
  page: "p1",
  scope: "",
  until: Number.POSITIVE_INFINITY,
};

const posts = new Posts(window, sessionStorage);
posts.watch();
const versions = new Map<Element, number>();
let isAgent = false;
addEventListener(
  "input",
  (event) => {
    const field = event.composedPath()[0] as Element;
    if (event.isTrusted && !isAgent) versions.set(field, (versions.get(field) ?? 1) + 1);
  },
  { capture: true },
);

const gate = new PageApply({
  window,
  veil: { see },
  mirror: {
    node: find,
    ref: (node) => (node as Element).id,
    versionByCustomer: (ref) => versions.get(find(ref) as Element) ?? 0,
    byAgent: (act) => {
      isAgent = true;
      try {
        return act();
      } finally {
        isAgent = false;
      }
    },
  },
  site: {
    has: (url) => URL.canParse(url) && new URL(url).origin === location.origin && !url.includes("@"),
    denies: (url) => new URL(url).pathname.startsWith("/denied"),
  },
  moment: () => moment,
  isPosted: posts.isPosted,
});
gate.begin();

Object.assign(window, {
  gate: {
    moment,
    act: (act: AgentAct) => gate.act({ page: "p1", epoch: 1, ...act }),
    end: () => gate.end(),
  },
});

// A page and its policy for the unit tests.

import type { PageRule, Policy } from "../../src/page/policy";
import { readPolicy } from "../../src/page/policy";

export type Rule = Partial<PageRule>;

/** A policy for this page, with these rules. */
export function policyOf(...pages: readonly Rule[]): Policy {
  return readPolicy({ site: [location.origin], write_mode: true, pages, deny_urls: [] });
}

/** Put this into the page; returns what finds elements in it by ID. */
export function show(html: string): (id: string) => HTMLElement {
  document.head.replaceChildren();
  document.body.replaceChildren(document.createRange().createContextualFragment(html));
  return (id) => {
    const found = document.getElementById(id);
    if (found === null) throw new Error(`no #${id}`);
    return found;
  };
}

/** Records of mutations are delivered. */
export async function delivered(): Promise<void> {
  await Promise.resolve();
}

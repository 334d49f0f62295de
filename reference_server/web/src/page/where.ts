// Where an address leads, for an agent: only to pages of the company's site that nobody denies (NAVIGATE-2,
// NAVIGATE-3, NAVIGATE-5), and to pages only, not to downloads (NAVIGATE-8).  Two looks: at the address, and at
// what the server says of it, since a page of the site may send its visitor elsewhere.

import type { Refused, Site } from "./types";

/** How long the server may take to say where an address leads, in milliseconds. */
export const PREFLIGHT_MS = 10_000;

export const SUBMIT_BLOCKED: Refused = { rule: "SUBMIT-1", reason: "submit_blocked" };
export const OFF_SITE: Refused = { rule: "NAVIGATE-2", reason: "off_site" };
export const BAD_SCHEME: Refused = { rule: "NAVIGATE-3", reason: "bad_scheme" };
export const DENIED_URL: Refused = { rule: "NAVIGATE-5", reason: "denied_url" };
/** Downloads, file choosers, print and permission prompts. */
export const NOT_FOR_AGENTS: Refused = { rule: "NAVIGATE-8", reason: "prompt_blocked" };

/** Types that browsers show in the tab; anything else they save. */
const SHOWN = /^(text\/|image\/|audio\/|video\/|application\/(xhtml\+xml|xml|json|pdf)\b|$)/i;

/** The address, read as the browser reads it from this page; or why an agent may not go there. */
export function lookAt(address: string, base: string, site: Site): URL | Refused {
  let url: URL;
  try {
    url = new URL(address, base);
  } catch {
    return BAD_SCHEME;
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") return BAD_SCHEME;
  if (!site.has(url.href)) return OFF_SITE;
  return site.denies(url.href) ? DENIED_URL : url;
}

/** What asks a server; the page's own `fetch`, as it was before anyone wrapped it. */
export type Ask = (url: string, init: RequestInit) => Promise<Response>;

/**
 * Ask the server where the address leads, without going there; undefined: to a page of the site.
 *
 * A redirect to another origin is an error of such a request, and so is refused.  Where the page's own policy
 * (CSP) forbids the question, or the address is of another origin of the site, only the address is known.
 */
export async function preflight(url: URL, site: Site, ask: Ask): Promise<Refused | undefined> {
  if (url.origin !== location.origin) return undefined;
  let isForbidden = false;
  const forbidden = (): void => {
    isForbidden = true;
  };
  document.addEventListener("securitypolicyviolation", forbidden);
  try {
    const answer = await ask(url.href, {
      method: "HEAD",
      mode: "same-origin",
      credentials: "same-origin",
      redirect: "follow",
      cache: "no-store",
      signal: AbortSignal.timeout(PREFLIGHT_MS),
    });
    return judge(answer, site);
  } catch {
    await new Promise((seen) => setTimeout(seen, 0)); // the violation is told in a task of its own
    return isForbidden ? undefined : OFF_SITE;
  } finally {
    document.removeEventListener("securitypolicyviolation", forbidden);
  }
}

function judge(answer: Response, site: Site): Refused | undefined {
  if (answer.redirected && answer.url !== "") {
    const led = lookAt(answer.url, answer.url, site);
    if (!(led instanceof URL)) return led;
  }
  if (!answer.ok) return undefined; // an error page, or a server that answers no such question
  const isSaved = /^\s*attachment\b/i.test(answer.headers.get("content-disposition") ?? "");
  const isShown = SHOWN.test(answer.headers.get("content-type") ?? "");
  return isSaved || !isShown ? NOT_FOR_AGENTS : undefined;
}

// The entry: one tag on a company's site.
//
//   <script src="https://cobrowse.example/cobrowse.js" data-cobrowse-chat="/chat" defer></script>
//
// The co-browse server is the script's own origin.  `data-cobrowse-chat` names the company's endpoint for chats and
// calls; `data-cobrowse-button="none"` leaves beginning to the site's own button, by `cobrowse.start()`.
// In a frame it does nothing, for whoever frames a page could lay something over it; a site that says by
// `frame-ancestors` who may frame it can say `data-cobrowse-framed="allow"` as well.
// The site gets one frozen object, `window.cobrowse`, and an event `cobrowse` on the document for each change.

import type { Options } from "./runtime";
import { Runtime } from "./runtime";
import type { Session } from "./session";

/** What the site's own scripts may know and do.  No token, no session ID, no page. */
export interface Api {
  readonly version: 1;
  /** "idle", "starting", "pending", "pointer", "write", "suspended", "ended" … */
  readonly state: string;
  /** Start a session, in the site's own chat or call if its customer token is given. */
  start(options?: { readonly customerToken?: string }): void;
  exit(): void;
}

function stateOf({ phase, mode }: Session): string {
  return phase === "active" ? mode : phase;
}

function optionsOf(script: HTMLScriptElement): Options {
  const { cobrowseChat, cobrowseButton } = script.dataset;
  return {
    server: new URL(script.src).origin,
    chat:
      cobrowseChat === undefined
        ? undefined
        : new URL(cobrowseChat, document.baseURI).href.replace(/\/$/, ""),
    hasButton: cobrowseButton !== "none",
  };
}

function begin(options: Options): void {
  let told = "";
  const runtime = new Runtime(window, options, (session) => {
    const state = stateOf(session);
    if (state === told) return;
    told = state;
    document.dispatchEvent(new CustomEvent("cobrowse", { detail: Object.freeze({ state }) }));
  });
  const api: Api = Object.freeze({
    version: 1,
    get state() {
      return stateOf(runtime.session);
    },
    start: (given?: { readonly customerToken?: string }) => runtime.start(given?.customerToken),
    exit: () => runtime.exit(),
  } as const);
  Object.defineProperty(window, "cobrowse", { value: api, enumerable: true });
  runtime.begin();
}

/** Once, and by default in the tab's own page only: a frame is mirrored by the page that it is in. */
function main(): void {
  const script = document.currentScript as HTMLScriptElement | null;
  if (script === null || "cobrowse" in window) return;
  if (window.top !== window && script.dataset.cobrowseFramed !== "allow") return;
  const options = optionsOf(script);
  const isShown = !(document as Document & { readonly prerendering?: boolean }).prerendering;
  if (isShown) begin(options);
  else document.addEventListener("prerenderingchange", () => begin(options), { once: true });
}

main();

// What of the tab's history an agent may use (NAVIGATE-6).  Where back and forward lead is known only where the
// browser tells it (the Navigation API), and it tells it of pages of this origin alone: what is not known, which
// pages of other sites are, is no place for an agent.  Whether the page is the answer to a POST no browser tells:
// the script on the page before it has seen the form go, and left a mark in the tab.
// Reading order: History, Posts.

/** What of the Navigation API is used. */
interface Entries {
  entries(): readonly { readonly url: string | null; readonly key: string; readonly index: number }[];
  readonly currentEntry: { readonly key: string; readonly index: number } | null;
  addEventListener(type: "navigate", listener: (event: Event) => void): void;
}

function entriesOf(window: Window): Entries | undefined {
  return (window as unknown as { readonly navigation?: Entries }).navigation;
}

/** The address of the page that many steps away; undefined: there is none, or none that is known. */
export function addressAt(window: Window, delta: number): string | undefined {
  const entries = entriesOf(window);
  const current = entries?.currentEntry;
  if (entries === undefined || !current) return undefined;
  return entries.entries()[current.index + delta]?.url ?? undefined;
}

/** The key of the page's entry in the history; empty where it is not known. */
function keyOf(window: Window): string {
  return entriesOf(window)?.currentEntry?.key ?? "";
}

/** How a page was loaded, of what the browser tells. */
interface Loading {
  readonly type: string;
  readonly redirectCount: number;
}

/** The tab's storage; it may refuse. */
export type Store = Pick<Storage, "getItem" | "setItem" | "removeItem">;

const POSTING = "cobrowse.posting";
const POSTED = "cobrowse.posted";
/** How many entries of the history are remembered. */
const MAX_POSTED = 50;

/** Which entries of the tab's history are answers to a POST.  Holds keys of entries, and nothing of the page. */
export class Posts {
  readonly #window: Window;
  readonly #store: Store | undefined;
  /** Whether this page is one. */
  readonly isPosted: boolean;

  constructor(window: Window, store: Store | undefined) {
    this.#window = window;
    this.#store = store;
    this.isPosted = this.#arrive();
  }

  /** Watch forms go, so that the next page knows. */
  watch(): void {
    entriesOf(this.#window)?.addEventListener("navigate", (event) => {
      const { formData } = event as unknown as { readonly formData: FormData | null };
      this.#put(POSTING, formData === null ? undefined : "1");
    });
  }

  #arrive(): boolean {
    const isPosting = this.#get(POSTING) !== undefined;
    this.#put(POSTING, undefined);
    const key = keyOf(this.#window);
    const posted = (this.#get(POSTED) ?? "").split(" ").filter((one) => one !== "");
    if (key === "") return isPosting;
    const loading = this.#window.performance.getEntriesByType?.("navigation")[0] as
      | Partial<Loading>
      | undefined;
    // After a redirect the page is the answer to a GET.
    const isNew = loading?.type === "navigate";
    const is = isNew ? isPosting && loading?.redirectCount === 0 : posted.includes(key);
    const rest = posted.filter((one) => one !== key);
    this.#put(POSTED, [...rest, ...(is ? [key] : [])].slice(-MAX_POSTED).join(" "));
    return is;
  }

  #get(name: string): string | undefined {
    try {
      return this.#store?.getItem(name) ?? undefined;
    } catch {
      return undefined;
    }
  }

  #put(name: string, value: string | undefined): void {
    try {
      if (value === undefined || value === "") this.#store?.removeItem(name);
      else this.#store?.setItem(name, value);
    } catch {
      // A tab that keeps nothing: a refresh is a GET of the same address then, whatever the page was.
    }
  }
}

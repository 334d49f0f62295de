// The customer's colour scheme, light or dark.  The agent sees the page in it whatever its own is (POINTER-1), so what
// a page makes depend on it leaves as it has come out for the customer: questions in style sheets with their answer,
// the property with the one of its schemes that is used.

const DARK = "(prefers-color-scheme: dark)";

/** What is true, and what is false, of every screen. */
const ALWAYS = "(min-width: 0px)";
const NEVER = "(max-width: 0px)";

/** Whether the customer's browser prefers dark pages. */
export function isDark(): boolean {
  return typeof matchMedia === "function" && matchMedia(DARK).matches;
}

/** Calls back when that changes. */
export function watchScheme(changed: () => void): void {
  if (typeof matchMedia === "function") matchMedia(DARK).addEventListener("change", changed);
}

/** A media query in which nothing depends on the colour scheme any more. */
export function settledQuery(query: string): string {
  return query.replace(
    /\(\s*prefers-color-scheme\s*(?::\s*([a-z-]+)\s*)?\)/gi,
    (_, wanted: string | undefined) => {
      const answer = isDark() ? "dark" : "light";
      return wanted === undefined || wanted.toLowerCase() === answer ? ALWAYS : NEVER;
    },
  );
}

/** A value of `color-scheme` that leaves no choice. */
export function settledScheme(value: string): string {
  return value.replace(/\b(?:light\s+dark|dark\s+light)\b/i, isDark() ? "dark" : "light");
}

/** The scheme of a page that only says in a `meta` element which ones it has; empty where that makes no difference. */
export function schemeOfPage(document: Document): string {
  const said = document.querySelector<HTMLMetaElement>('meta[name="color-scheme" i]')?.content ?? "";
  const own = document.defaultView?.getComputedStyle(document.documentElement).colorScheme ?? "";
  if (!/\bdark\b/i.test(said) || (own !== "" && own !== "normal")) return "";
  return settledScheme(said).toLowerCase() === "light" ? "" : "dark";
}

// The policy as the customer's client is given it: which pages a rule is for, which addresses are the site's, which
// are denied.  Says the same as spec/cobrowse_spec/policy.py and patterns.py, case by case (test/page/policy.cases.json).
// What cannot be read is unusable as a whole, and then nothing may leave (MASK-11).
// Order: the data, reading it, paths, origins, what holds where.

/** What holds on the pages whose path matches `path`; all rules that match hold together (MASK-10). */
export interface PageRule {
  readonly path: string;
  readonly mask: readonly string[];
  readonly secret: readonly string[];
  readonly block: readonly string[];
  readonly disable: readonly string[];
  readonly allow_submit: readonly string[];
}

/** The part of a policy that customers' clients are given (`for_customer`). */
export interface Policy {
  readonly site: readonly string[];
  readonly write_mode: boolean;
  readonly pages: readonly PageRule[];
  readonly deny_urls: readonly string[];
}

/** The keys of a page rule that hold selectors, the strictest first. */
export const SELECTOR_KEYS = ["block", "secret", "mask", "disable", "allow_submit"] as const;
export type SelectorKey = (typeof SELECTOR_KEYS)[number];

/** A policy that cannot be used.  Its text says which part is at fault and holds nothing of the page. */
export class PolicyUnusable extends Error {}

// Reading it

/** The policy in a `policy_given`; throws `PolicyUnusable` for anything that is not one through and through. */
export function readPolicy(given: unknown): Policy {
  const data = record(given, "policy", [
    "site",
    "write_mode",
    "pages",
    "deny_urls",
    "scoped_grants",
    "curtain",
  ]);
  if (data.write_mode !== undefined && typeof data.write_mode !== "boolean") throw wrong("write_mode");
  const site = strings(data.site, "site");
  for (const entry of site) readSiteEntry(entry);
  if (!Array.isArray(data.pages)) throw wrong("pages");
  return {
    site,
    write_mode: data.write_mode === true,
    pages: data.pages.map((page, number) => readPage(page, `pages[${number}]`)),
    deny_urls: strings(data.deny_urls ?? [], "deny_urls"),
  };
}

function readPage(given: unknown, where: string): PageRule {
  const data = record(given, where, ["path", ...SELECTOR_KEYS]);
  const path = data.path ?? "*";
  if (typeof path !== "string") throw wrong(`${where}.path`);
  const selectors = (key: SelectorKey): readonly string[] => {
    const found = strings(data[key] ?? [], `${where}.${key}`);
    for (const selector of found) if (!isSelector(selector)) throw wrong(`${where}.${key}: ${selector}`);
    return found;
  };
  return {
    path,
    mask: selectors("mask"),
    secret: selectors("secret"),
    block: selectors("block"),
    disable: selectors("disable"),
    allow_submit: selectors("allow_submit"),
  };
}

function record(given: unknown, where: string, known: readonly string[]): Record<string, unknown> {
  if (typeof given !== "object" || given === null || Array.isArray(given)) throw wrong(where);
  // A key that is not known may be a restriction that would go unheeded.
  for (const key of Object.keys(given)) if (!known.includes(key)) throw wrong(`${where}: ${key}`);
  return given as Record<string, unknown>;
}

function strings(given: unknown, where: string): readonly string[] {
  if (!Array.isArray(given) || given.some((one) => typeof one !== "string")) throw wrong(where);
  return given;
}

function wrong(where: string): PolicyUnusable {
  return new PolicyUnusable(`The policy cannot be used: ${where}`);
}

/** Whether this browser can read the selector; pseudo-elements are no elements of a page. */
function isSelector(selector: string): boolean {
  if (selector.includes("::")) return false;
  try {
    document.createDocumentFragment().querySelector(selector);
    return true;
  } catch {
    return false;
  }
}

// Paths

/** The parts of an address as they are written, whatever it is. */
function split(url: string): { scheme: string; host: string | undefined; path: string } {
  const clean = url.replace(/^[\0-\x20]+/, "").replace(/[\t\r\n]/g, "");
  const found = /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)/.exec(clean);
  return { scheme: (found?.[1] ?? "").toLowerCase(), host: found?.[2], path: found?.[3] ?? "" };
}

/** The path of an address as it is written. */
export function rawPath(url: string): string {
  return split(url).path || "/";
}

/** The path as servers read it: unescaped, without empty and dot segments, query or fragment. */
export function plainPath(url: string): string {
  const parts = unescaped(split(url).path).replaceAll("\\", "/").split("/");
  const kept: string[] = [];
  for (const part of parts) {
    if (part === "..") kept.pop();
    else if (part !== "" && part !== ".") kept.push(part);
  }
  const isFolder = kept.length > 0 && ["", ".", ".."].includes(parts.at(-1) ?? "");
  return `/${kept.join("/")}${isFolder ? "/" : ""}`;
}

/** Percent signs undone, each run of them as UTF-8; what is no UTF-8 becomes U+FFFD. */
export function unescaped(text: string): string {
  return text.replace(/(?:%[0-9a-fA-F]{2})+/g, (run) =>
    new TextDecoder().decode(Uint8Array.from(run.slice(1).split("%"), (hex) => Number.parseInt(hex, 16))),
  );
}

function matches(pattern: string, path: string): boolean {
  const parts = pattern.split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "su").test(path);
}

/** Whether what a rule forbids holds at this address, however its path is written. */
export function restricts(pattern: string, url: string): boolean {
  const plain = plainPath(url);
  return [rawPath(url), plain, plain.replace(/\/+$/, "") || "/"].some((path) => matches(pattern, path));
}

/** Whether what a rule allows holds at this address: only where its path can be read in no other way. */
export function allows(pattern: string, url: string): boolean {
  return matches(pattern, rawPath(url)) && matches(pattern, plainPath(url));
}

// Origins

interface Origin {
  readonly scheme: string;
  readonly host: string;
  readonly port: number;
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { http: 80, https: 443 };
const HOST =
  /^(?:(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?|\[[0-9a-f:.]+\])$/;

/**
 * The origin of an http(s) address; undefined for anything that is not plainly one.  Fails closed where browsers
 * repair (backslashes, control characters, user names, percent signs or non-ASCII letters in the host).
 */
function originOf(url: string): Origin | undefined {
  const before = url.replace(/[?#].*$/s, "");
  if (/[^\x21-\x7e]/.test(before) || url.includes("\\")) return undefined;
  const { scheme, host: network = "" } = split(url);
  const found = /^(.*?)(?::([0-9]*))?$/.exec(network);
  const host = (found?.[1] ?? "").toLowerCase();
  const port = found?.[2] === undefined || found[2] === "" ? DEFAULT_PORTS[scheme] : Number(found[2]);
  if (port === undefined || DEFAULT_PORTS[scheme] === undefined || port > 65535) return undefined;
  return !network.includes("@") && HOST.test(host) ? { scheme, host, port } : undefined;
}

function readSiteEntry(entry: string): { origin: Origin; wildcard: boolean } {
  const found = /^([a-z]+:\/\/)(\*\.)?([^/?#]*)\/?$/i.exec(entry);
  const origin = found === null ? undefined : originOf(`${found[1]}${found[3]}`);
  if (found === null || origin === undefined) throw wrong("site");
  return { origin, wildcard: found[2] !== undefined };
}

function covers(entry: string, other: Origin): boolean {
  const { origin, wildcard } = readSiteEntry(entry);
  if (origin.scheme !== other.scheme || origin.port !== other.port) return false;
  return wildcard ? other.host.endsWith(`.${origin.host}`) : other.host === origin.host;
}

// What holds where

/** Whether the address is a page of the company's site (SITE-5). */
export function isOnSite(policy: Policy, url: string): boolean {
  const origin = originOf(url);
  return origin !== undefined && policy.site.some((entry) => covers(entry, origin));
}

/** Whether administrators deny agents this address of the site (NAVIGATE-5). */
export function isDenied(policy: Policy, url: string): boolean {
  return policy.deny_urls.some((pattern) => restricts(pattern, url));
}

/** The page rules whose restrictions hold at this address (all but `allow_submit`). */
export function restrictedAt(policy: Policy, url: string): readonly PageRule[] {
  return policy.pages.filter((rule) => restricts(rule.path, url));
}

/** The page rules whose `allow_submit` holds at this address: what is not plain stays blocked. */
export function allowedAt(policy: Policy, url: string): readonly PageRule[] {
  return policy.pages.filter((rule) => allows(rule.path, url));
}

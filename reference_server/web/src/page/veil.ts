// What the policy says of each live node, and what was ever true of it: masks stick (MASK-6).
//
// A node is blocked, secret, masked or disabled as soon as any rule says so of it or of something that it stands in:
// parents, shadow hosts, slots, frames (MASK-10).  What was masked once stays masked as long as the node lives,
// whatever becomes of its type, class or place; and so does what a masked field held, wherever the page copies it.
// Made when the customer's script loads, so that it sees closed shadow roots come into being and passwords
// before they are shown.
// Order: what no policy can change, which rules hold where, the veil.

import { isOwn } from "./own";
import type { PageRule, Policy } from "./policy";
import { allowedAt, restrictedAt, unescaped } from "./policy";
import { SECRET, stars, Taint } from "./taint";
import type { Sight, Veil } from "./types";

// What no policy can change

/** The tokens of an `autocomplete` attribute that make a field a secret (MASK-3, MASK-9). */
const SECRET_AUTOCOMPLETE: ReadonlySet<string> = new Set([
  "current-password",
  "new-password",
  "one-time-code",
  "cc-number",
  "cc-csc",
  "cc-exp",
  "cc-exp-month",
  "cc-exp-year",
]);

const MASKED = 1;
const SECRETLY = 2;
const BLOCKED = 4;
/** A hidden or file input: nothing of its value leaves. */
const WITHHELD = 8;
const DISABLED = 16;
const ALLOWED = 32;

const STICKS = MASKED | SECRETLY | BLOCKED | WITHHELD;
const INHERITED = MASKED | SECRETLY | BLOCKED | DISABLED | ALLOWED;
const VEILED = MASKED | SECRETLY | BLOCKED;

const BUILT_IN = "input, [autocomplete]";
/** What holds something that a person fills in. */
const FIELDS = `input, textarea, select, [contenteditable], [role="textbox"], [role="searchbox"], [role="combobox"]`;
const FRAMES = "iframe, frame";

/** The longest text of a masked element that is looked for elsewhere, and the shortest. */
const MAX_COPIED = 128;
const MIN_COPIED = 6;

/** Whether it holds something that a person fills in: an input of any kind, or what is edited like one. */
export function isField(element: Element): boolean {
  return element.matches(FIELDS);
}

function builtIn(element: Element): number {
  const { type } = element as HTMLInputElement;
  if (element.localName === "input") {
    if (type === "password") return SECRETLY;
    if (type === "hidden" || type === "file") return WITHHELD;
  }
  const tokens = element.getAttribute("autocomplete")?.toLowerCase().split(/\s+/) ?? [];
  return isField(element) && tokens.some((token) => SECRET_AUTOCOMPLETE.has(token)) ? SECRETLY : 0;
}

/** What an attribute that has changed made of the element before. */
function wasBuiltIn(element: Element, attribute: string, value: string): number {
  const given = value.trim().toLowerCase();
  if (element.localName === "input" && attribute === "type") {
    if (given === "password") return SECRETLY;
    return given === "hidden" || given === "file" ? WITHHELD : 0;
  }
  const isSecret = given.split(/\s+/).some((token) => SECRET_AUTOCOMPLETE.has(token));
  return attribute === "autocomplete" && isSecret ? SECRETLY : 0;
}

// Which rules hold where

/** The selectors that hold in one document, each list as one selector; empty: none. */
interface Lists {
  readonly url: string;
  readonly block: string;
  readonly secret: string;
  readonly mask: string;
  readonly disable: string;
  readonly allow: string;
  /** Block, secret and mask together. */
  readonly veil: string;
  /** Whether a change in one place can only make a difference within that place. */
  readonly isLocal: boolean;
}

function listsFor(policy: Policy, top: string, url: string): Lists {
  const isWeb = /^https?:/.test(url);
  const rules = policy.pages.filter(
    (rule) => restrictedAt(policy, top).includes(rule) || (isWeb && restrictedAt(policy, url).includes(rule)),
  );
  const joined = (of: readonly PageRule[], key: Exclude<keyof PageRule, "path">) =>
    of.flatMap((rule) => rule[key]).join(", ");
  const [block, secret, mask] = [joined(rules, "block"), joined(rules, "secret"), joined(rules, "mask")];
  const veil = [block, secret, mask].filter((list) => list !== "").join(", ");
  const allow = joined(allowedAt(policy, isWeb ? url : top), "allow_submit");
  return {
    url: `${top} ${url}`,
    block,
    secret,
    mask,
    disable: joined(rules, "disable"),
    allow,
    veil,
    isLocal: isLocal(veil),
  };
}

/** Selectors of classes, IDs, attributes and what these stand in; no siblings, no counting, no states. */
function isLocal(list: string): boolean {
  return !/[+~:]/.test(list.replace(/\[[^\]]*\]/g, ""));
}

function matches(element: Element, list: string): boolean {
  return list !== "" && element.matches(list);
}

/** What the lists say of an element by itself. */
function veiledBy(element: Element, lists: Lists): number {
  if (!matches(element, lists.veil)) return 0;
  const blocked = matches(element, lists.block) ? BLOCKED : 0;
  const secret = matches(element, lists.secret) ? SECRETLY : 0;
  return blocked | secret | (matches(element, lists.mask) ? MASKED : 0);
}

// The veil

type Root = Document | ShadowRoot;

export class PageVeil implements Veil {
  readonly #window: Window & typeof globalThis;
  readonly #taint = new Taint();
  readonly #sticky = new WeakMap<Node, number>();
  /** Documents and shadow roots that are watched, and how that ends. */
  readonly #roots = new Map<Root, { readonly observer: MutationObserver; readonly ends: (() => void)[] }>();
  readonly #closed = new WeakSet<Element>();
  /** Masked fields. */
  readonly #holders = new Set<Element>();
  /** Elements that were masked by a rule of their own and hold nothing but a short text. */
  readonly #labels = new WeakSet<Element>();
  #isClosed = false;
  #policy: Policy;
  #lists = new WeakMap<Document, Lists>();
  #known = new WeakMap<Node, number>();
  #veiled = new Set<Element>();
  #isStale = false;
  /** Told of every record, before anything is made of it. */
  #told: ((records: readonly MutationRecord[]) => void) | undefined;
  #nowhere: Document | undefined;

  constructor(policy: Policy, window: Window & typeof globalThis) {
    this.#policy = policy;
    this.#window = window;
    this.#watchSetters(window);
    this.enter(window.document);
  }

  /** Another policy holds from here on; what was masked stays so. */
  follow(policy: Policy): void {
    this.#policy = policy;
    this.renew();
  }

  renew(): void {
    this.#lists = new WeakMap();
    this.#known = new WeakMap();
    for (const root of this.#roots.keys()) this.#examine(root);
  }

  /** Tell of every mutation of the page from here on; undefined: nobody. */
  tell(told: ((records: readonly MutationRecord[]) => void) | undefined): void {
    this.#told = told;
  }

  /** Stop watching; what is known stays known. */
  close(): void {
    this.#isClosed = true;
    for (const root of [...this.#roots.keys()]) this.#leave(root);
  }

  see(node: Node): Sight {
    const bits = this.#bits(node);
    const blocked = (bits & BLOCKED) !== 0;
    const withheldOnce = (bits & WITHHELD) !== 0 && !isWithheld(node);
    return {
      blocked,
      masked: (bits & VEILED) !== 0 || withheldOnce,
      secret: (bits & SECRETLY) !== 0,
      disabled: (bits & DISABLED) !== 0 || blocked,
      allowsSubmit: (bits & ALLOWED) !== 0 && (bits & DISABLED) === 0 && !blocked,
    };
  }

  shows(node: Node, text: string): string {
    const bits = this.#bits(node);
    if (text === "" || (bits & (BLOCKED | WITHHELD)) !== 0) return "";
    if ((bits & SECRETLY) !== 0) return SECRET;
    return (bits & MASKED) !== 0 ? stars(text) : this.#taint.scrub(text, isInList(node));
  }

  /** What may leave of a text that belongs to no masked node: all but what masked fields hold. */
  scrub(text: string): string {
    return this.#taint.scrub(text);
  }

  address(url: string): string {
    if (!URL.canParse(url)) return "";
    const { origin, pathname } = new URL(url);
    const parts = pathname.split("/");
    return origin + parts.map((part) => (this.#hides(part) ? SECRET : part)).join("/");
  }

  #hides(part: string): boolean {
    const plain = unescaped(part);
    return this.#taint.scrub(plain) !== plain;
  }

  hidesPointer(target: EventTarget | null): boolean {
    const node = target as Partial<Node> | null;
    return node !== null && typeof node.nodeType === "number" && (this.#bits(target as Node) & VEILED) !== 0;
  }

  /** Whether its shadow root is closed, as far as can be known: what shows there cannot be mirrored. */
  isClosedHost(element: Element): boolean {
    return this.#closed.has(element);
  }

  /** Whether any mask holds on this page, for whatever reason. */
  hasMasks(): boolean {
    return this.#holders.size > 0 || [...this.#roots.keys()].some((root) => this.#listsOf(root).veil !== "");
  }

  /** The selectors of the policy that hold in the node's document, as one text. */
  selectors(node: Node): string {
    const lists = this.#listsOf(node);
    return `${lists.veil} ${lists.disable} ${lists.allow}`;
  }

  /** Take note of all that has happened since; what of the page has been veiled by it, each with all that is in it. */
  look(): ReadonlySet<Element> {
    for (const [root, { observer }] of this.#roots) {
      if (!isOnPage(root, this.#window.document)) this.#leave(root);
      else this.#noteChanges(observer.takeRecords());
    }
    if (this.#isStale || !this.#areCurrent()) {
      this.#isStale = false;
      this.renew();
    }
    for (const holder of this.#holders) {
      if (holder.isConnected) this.#noteValue(holder);
      else this.#holders.delete(holder);
    }
    const veiled = this.#veiled;
    this.#veiled = new Set();
    return veiled;
  }

  #areCurrent(): boolean {
    return [...this.#roots.keys()].every((root) => {
      const lists = this.#lists.get(documentOf(root));
      return lists === undefined || lists.url === this.#urlsOf(documentOf(root));
    });
  }

  // Roots: documents and shadow roots

  /** Watch a document or shadow root as well. */
  enter(root: Root): void {
    if (this.#roots.has(root) || isOwn(root)) return;
    const observer = new this.#window.MutationObserver((records) => this.#noteChanges(records));
    observer.observe(root, {
      subtree: true,
      childList: true,
      attributes: true,
      attributeOldValue: true,
      characterData: true,
    });
    const ends = [() => observer.disconnect()];
    this.#roots.set(root, { observer, ends });
    for (const name of ["input", "change"]) ends.push(listen(root, name, (event) => this.#noteInput(event)));
    ends.push(listen(root, "load", (event) => this.#enterFrame(event.target)));
    if (root.nodeType === 9) this.#watchAttachShadow((root as Document).defaultView);
    this.#examine(root);
  }

  #leave(root: Root): void {
    for (const end of this.#roots.get(root)?.ends ?? []) end();
    this.#roots.delete(root);
  }

  #enterFrame(target: EventTarget | null): void {
    const inner = frameDocument(target as Element | null);
    if (inner !== undefined) this.enter(inner);
  }

  /** Shadow roots, closed ones too, are known from the moment they are attached. */
  #watchAttachShadow(window: Window | null): void {
    const { prototype } = (window as (Window & typeof globalThis) | null)?.Element ?? {};
    const original = prototype?.attachShadow;
    if (prototype === undefined || original === undefined) return;
    const attached = (host: Element, shadow: ShadowRoot) => {
      if (isOwn(host) || this.#isClosed) return;
      if (shadow.mode === "closed") this.#closed.add(host);
      this.enter(shadow);
      this.#veiled.add(host);
    };
    prototype.attachShadow = function attachShadow(this: Element, options: ShadowRootInit): ShadowRoot {
      const shadow = original.call(this, options);
      attached(this, shadow);
      return shadow;
    };
  }

  /** What a script puts into a masked field is known at once: in the same breath the page may copy it. */
  #watchSetters(window: Window & typeof globalThis): void {
    const note = (field: Element) => {
      if (this.#holders.has(field)) this.#noteValue(field);
    };
    for (const kind of [window.HTMLInputElement, window.HTMLTextAreaElement, window.HTMLSelectElement]) {
      const found = Object.getOwnPropertyDescriptor(kind.prototype, "value");
      const set = found?.set;
      if (found?.configurable !== true || set === undefined) continue;
      Object.defineProperty(kind.prototype, "value", {
        ...found,
        set(this: Element, value: unknown) {
          set.call(this, value);
          note(this);
        },
      });
    }
  }

  // What has changed

  #noteChanges(records: readonly MutationRecord[]): void {
    if (records.length === 0) return;
    this.#told?.(records);
    const places = new Set<Element>();
    for (const record of records) {
      if (record.type === "attributes") this.#noteAttribute(record, places);
      else
        this.#noteText(
          record.type === "childList" ? (record.target as Element) : record.target.parentElement,
        );
      if (record.type === "childList") this.#noteChildren(record, places);
    }
    if (places.size === 0) return;
    this.#known = new WeakMap();
    for (const place of places) {
      if (this.#listsOf(place).isLocal) this.#examine(place);
      else this.#isStale = true;
    }
  }

  #noteText(parent: Element | null): void {
    if (parent !== null && this.#labels.has(parent)) this.#noteValue(parent);
  }

  #noteAttribute(record: MutationRecord, places: Set<Element>): void {
    const element = record.target as Element;
    const name = record.attributeName ?? "";
    if (name === "style") return;
    const was = wasBuiltIn(element, name, record.oldValue ?? "");
    if (was !== 0) this.#stick(element, was);
    this.#stick(element, this.#wasVeiled(element, name, record.oldValue));
    if (name === "slot" || name === "name") this.#veiled.add(element);
    places.add(element);
  }

  /** What the policy said of the element before the attribute changed, as far as its own attributes decide. */
  #wasVeiled(element: Element, name: string, value: string | null): number {
    const lists = this.#listsOf(element);
    const sign = name === "class" ? "." : name === "id" ? "#" : `[${name}`;
    if (value === null || !(lists.veil.includes(sign) || lists.veil.includes(`[${name}`))) return 0;
    // A copy in a document of its own, where nothing happens to it.
    this.#nowhere ??= element.ownerDocument.implementation.createHTMLDocument("");
    const before = this.#nowhere.importNode(element, false);
    before.setAttribute(name, value);
    return veiledBy(before, lists);
  }

  #noteChildren(record: MutationRecord, places: Set<Element>): void {
    if (record.removedNodes.length > 0) {
      // What stood in something masked stays masked wherever it turns up again.
      const inherited = this.#bits(record.target) & VEILED;
      if (inherited !== 0) for (const node of record.removedNodes) this.#stick(node, inherited);
    }
    for (const node of record.addedNodes) if (node.nodeType === 1) places.add(node as Element);
    // Whether a place is local is asked of what was added; siblings and counting need the parent looked at.
    if (record.target.nodeType === 1 && !this.#listsOf(record.target).isLocal) this.#isStale = true;
  }

  #noteInput(event: Event): void {
    const target = event.composedPath()[0] as Partial<Element> | undefined;
    if (target?.nodeType !== 1) return;
    const field = (target as Element).closest(FIELDS) ?? (target as Element);
    if ((this.#bits(field) & (VEILED | WITHHELD)) !== 0) this.#hold(field);
    if (!this.#listsOf(field).isLocal) this.#isStale = true;
  }

  /** Look at a place, and at all that stands in it: what is masked there sticks, what is not yet watched will be. */
  #examine(place: Root | Element): void {
    const lists = this.#listsOf(place);
    const found: Element[] = place.nodeType === 1 ? [place as Element] : [];
    const select = (list: string) => {
      if (list === "") return [];
      return [...found.filter((one) => one.matches(list)), ...place.querySelectorAll(list)];
    };
    for (const element of select(lists.veil)) this.#own(element, lists);
    for (const element of select(BUILT_IN)) this.#own(element, lists);
    for (const element of select(FIELDS)) this.#bits(element);
    for (const frame of select(FRAMES)) this.#enterFrame(frame);
    for (const element of select("*")) if (element.shadowRoot !== null) this.enter(element.shadowRoot);
  }

  /** Remember that something holds of a node for as long as it lives. */
  #stick(node: Node, bits: number): void {
    const had = this.#sticky.get(node) ?? 0;
    if ((had | bits) === had) return;
    this.#sticky.set(node, had | bits);
    this.#known = new WeakMap();
    if (node.nodeType === 1) {
      this.#veiled.add(node as Element);
      this.#hold(node as Element);
    }
  }

  #hold(element: Element): void {
    if (isField(element)) this.#holders.add(element);
    else if (isLeaf(element)) this.#labels.add(element);
    else return;
    this.#noteValue(element);
  }

  #noteValue(element: Element): void {
    this.#note(element, (this.#bits(element) & (SECRETLY | WITHHELD)) !== 0);
  }

  #note(element: Element, secret: boolean): void {
    const isChoice = element.localName === "select";
    for (const value of valuesOf(element)) this.#taint.note(element, value, secret, isChoice);
  }

  // What holds of a node

  /** What the policy and the element itself say of it, by itself; what sticks is remembered. */
  #own(element: Element, lists: Lists): number {
    let bits = builtIn(element) | veiledBy(element, lists);
    this.#stick(element, bits);
    if (matches(element, lists.disable)) bits |= DISABLED;
    return matches(element, lists.allow) ? bits | ALLOWED : bits;
  }

  #bits(node: Node): number {
    const known = this.#known.get(node);
    if (known !== undefined) return known;
    let bits = 0;
    for (const above of standsIn(node)) bits |= this.#bits(above) & INHERITED;
    if (node.nodeType === 1) bits |= this.#own(node as Element, this.#listsOf(node));
    bits |= this.#sticky.get(node) ?? 0;
    const before = this.#sticky.get(node) ?? 0;
    this.#sticky.set(node, before | (bits & STICKS));
    if ((bits & VEILED) !== 0 && node.nodeType === 1 && (before & VEILED) === 0 && isField(node as Element)) {
      this.#holders.add(node as Element);
      this.#note(node as Element, (bits & SECRETLY) !== 0);
    }
    this.#known.set(node, bits);
    return bits;
  }

  #listsOf(node: Node): Lists {
    const of = documentOf(node);
    const known = this.#lists.get(of);
    if (known !== undefined) return known;
    const [top = "", own = ""] = this.#urlsOf(of).split(" ");
    const lists = listsFor(this.#policy, top, own);
    this.#lists.set(of, lists);
    return lists;
  }

  /** The addresses whose rules hold in a document: the page's, and its own if it is a frame's. */
  #urlsOf(of: Document): string {
    return `${withoutQuery(this.#window.location.href)} ${withoutQuery(of.URL)}`;
  }
}

// The page, as it is

/** Listen to what is about to happen in a root; returns what ends it. */
function listen(root: Root, name: string, note: (event: Event) => void): () => void {
  const options = { capture: true, passive: true };
  root.addEventListener(name, note, options);
  return () => root.removeEventListener(name, note, options);
}

function withoutQuery(url: string): string {
  return url.replace(/[?#].*$/s, "");
}

function documentOf(node: Node): Document {
  return node.nodeType === 9 ? (node as Document) : (node.ownerDocument as Document);
}

/** What a node stands in: its parent, the host of its shadow root, its slot, the frame of its document. */
function standsIn(node: Node): readonly Node[] {
  const above: (Node | null | undefined)[] = [
    node.parentNode,
    hostOf(node),
    (node as Partial<Element>).assignedSlot,
    node.nodeType === 9 ? frameOf(node as Document) : null,
  ];
  return above.filter((one) => one !== null && one !== undefined);
}

/** The element whose shadow root this is; links have a `host` too, of another kind. */
export function hostOf(node: Node): Element | undefined {
  return node.nodeType === 11 ? (node as Partial<ShadowRoot>).host : undefined;
}

function frameOf(inner: Document): Element | null {
  try {
    return inner.defaultView?.frameElement ?? null;
  } catch {
    return null;
  }
}

/** The document of a frame, if it is of the same origin. */
export function frameDocument(frame: Element | null): Document | undefined {
  if (frame === null || !/^i?frame$/.test(frame.localName ?? "")) return undefined;
  try {
    return (frame as HTMLIFrameElement).contentDocument ?? undefined;
  } catch {
    return undefined;
  }
}

function isOnPage(root: Root, top: Document): boolean {
  if (root.nodeType === 11) return (root as ShadowRoot).host.isConnected;
  return root === top || frameOf(root as Document)?.isConnected === true;
}

function isWithheld(node: Node): boolean {
  const { type } = node as HTMLInputElement;
  return type === "hidden" || type === "file";
}

/** Whether it holds nothing but a short text: what it shows is then taken for a value. */
function isLeaf(element: Element): boolean {
  return element.childElementCount === 0 && !/^(style|script|title|html|body)$/.test(element.localName);
}

/** What a masked element holds that the page might copy. */
function valuesOf(element: Element): readonly string[] {
  if (element.localName === "input") {
    const input = element as HTMLInputElement;
    if (input.type === "file") return Array.from(input.files ?? [], (file) => file.name);
    if (/^(checkbox|radio|hidden|button|submit|reset|image|range|color)$/.test(input.type)) return [];
    return [input.value, input.defaultValue];
  }
  if (element.localName === "textarea") {
    const area = element as HTMLTextAreaElement;
    return [area.value, area.defaultValue];
  }
  if (element.localName === "select") {
    const chosen = Array.from((element as HTMLSelectElement).selectedOptions);
    return chosen.flatMap((option) => [option.value, option.text]);
  }
  if (/^(option|optgroup|button|label)$/.test(element.localName)) return [];
  const text = (element.textContent ?? "").trim();
  if (isField(element)) return [text];
  const isValue = /[\d@]|\S\s+\S/.test(text); // a single word is most likely one of many places' words: "approved"
  return isLeaf(element) && isValue && text.length >= MIN_COPIED && text.length <= MAX_COPIED ? [text] : [];
}

/** Whether it stands in a list of choices, which is the same whatever was chosen. */
function isInList(node: Node): boolean {
  const element = node.nodeType === 1 ? (node as Element) : node.parentElement;
  return element !== null && /^(?:select|optgroup|option)$/.test(element.localName);
}

// What the agent has of the page, and how it differs from what it should have.  Whatever may have changed is marked; once
// a frame the marked places are compared, and the differences go out as events.  So what happens twice in a
// frame goes out once, what shows the same does not go out at all (SC-01), and nothing depends on the
// order in which the page changed.  What leaves is made by `redact`, here as in the snapshot.
// A page that is too large for one frame goes out in several: what does not fit stays marked.
// Order: marks, the snapshot, differences, building, fields, other events.

import type { Addition, MirrorEvent, MirroredNode, Mutation, Removal } from "./events";
import { difference, increment } from "./events";
import type { Attributes, Redact, Shape } from "./redact";
import { isDrawn } from "./redact";
import { frameDocument, hostOf, isField } from "./veil";

/** About how many characters go into one frame: well below its limit, whatever it takes to encode them. */
const ROOM = 700_000;
/** What a node takes besides its texts. */
const NODE = 80;
/** How many hollows are asked at a time whether they show. */
const MANY = 100;

/** A node as the agent has it. */
interface Shown {
  readonly id: number;
  readonly node: Node;
  readonly parent: Node | null;
  shape: Shape;
  attributes: Attributes;
  text: string;
  isChecked: boolean;
}

/** A node that the agent should have, and what it should be. */
interface Wanted {
  readonly node: Node;
  readonly shape: Shape;
}

/** Which nodes an agent has; what is in `changed` has come or is another than before. */
export interface Touched {
  readonly changed: ReadonlySet<Node>;
  readonly gone: readonly number[];
}

export class Replica {
  readonly #redact: Redact;
  readonly #window: Window & typeof globalThis;
  readonly #ids = new WeakMap<Node, number>();
  readonly #shown = new Map<number, Shown>();
  /** The mirrored children of each node, and of each shadow root. */
  readonly #children = new Map<Node, number[]>();
  readonly #carriers = new WeakMap<Document | ShadowRoot, Element>();
  readonly #carried = new Set<Element>();
  /** Elements that do not show, and what tells of those that come into view. */
  readonly #hollows = new Set<Element>();
  readonly #hollow: IntersectionObserver | undefined;
  readonly #places = new Set<Node>();
  readonly #selves = new Set<Node>();
  readonly #framesToAttach = new Set<Element>();
  readonly #toReplace = new Set<number>();
  readonly #inputs: { readonly node: Node; readonly id: number }[] = [];
  readonly #counts = new Map<number, number>();
  readonly #byCustomer = new Map<number, number>();
  #changed = new Set<Node>();
  #gone: number[] = [];
  #last = 0;
  #room = ROOM;

  /** `stir` is called when something has to be looked at that no event tells of. */
  constructor(redact: Redact, window: Window & typeof globalThis, stir: () => void) {
    this.#redact = redact;
    this.#window = window;
    if (typeof window.IntersectionObserver === "function") {
      this.#hollow = new window.IntersectionObserver(
        (entries) => {
          for (const { target, isIntersecting } of entries) if (isIntersecting) this.#selves.add(target);
          if (this.#selves.size > 0) stir();
        },
        { rootMargin: "100000px" },
      );
    }
  }

  /** No more calls of `stir`. */
  close(): void {
    this.#hollow?.disconnect();
  }

  id(node: Node): number | undefined {
    const id = this.#ids.get(node);
    return id !== undefined && this.#shown.has(id) ? id : undefined;
  }

  node(id: number): Node | undefined {
    return this.#shown.get(id)?.node;
  }

  /** Whether the agent has it as it is: neither hollow, nor a placeholder, nor not at all. */
  isWhole(node: Node): boolean {
    const shown = this.#of(node);
    return shown !== undefined && isWhole(shown.shape);
  }

  /** Every element that the agent has as it is. */
  *elements(): Iterable<Element> {
    for (const { node, shape } of this.#shown.values())
      if (shape.kind === "element" && shape.form === "whole") yield node as Element;
  }

  /** Every style sheet that the agent has, and the element that brings it. */
  *sheets(): Iterable<{ readonly sheet: CSSStyleSheet; readonly owner: Element }> {
    for (const { node, shape } of this.#shown.values()) {
      if (shape.kind !== "element" || shape.tag !== "style") continue;
      const owner = node as HTMLStyleElement;
      for (const sheet of this.#redact.sheetsOf(owner)) yield { sheet, owner };
    }
  }

  #of(node: Node): Shown | undefined {
    const id = this.#ids.get(node);
    return id === undefined ? undefined : this.#shown.get(id);
  }

  // Marks

  /** Something about the node itself may have changed: its text, its attributes, what it holds. */
  markSelf(node: Node): void {
    this.#selves.add(node);
  }

  /** What stands in a node, or in a shadow root, may have changed. */
  markChildren(container: Node): void {
    this.#places.add(container);
    const host = hostOf(container);
    if (host !== undefined) this.#selves.add(host);
    // By what stands in it a placeholder may become something else.
    else if (!this.isWhole(container)) this.#selves.add(container);
  }

  /** Everything about an element and what stands in it may have changed. */
  markAll(element: Element): void {
    this.#selves.add(element);
    if (this.#of(element) === undefined && element.parentNode !== null) this.markChildren(element.parentNode);
    for (const container of [element, element.shadowRoot, frameDocument(element)]) {
      if (container === null || container === undefined) continue;
      this.#places.add(container);
      for (const id of this.#children.get(container) ?? []) {
        const { node } = this.#shown.get(id) as Shown;
        if (node.nodeType === 1) this.markAll(node as Element);
        else this.#selves.add(node);
        if (node.nodeType === 9) this.#markDocument(node as Document);
      }
    }
  }

  #markDocument(inner: Document): void {
    if (inner.documentElement !== null) this.markAll(inner.documentElement);
  }

  /** Sheets that documents and shadow roots have adopted may have changed. */
  markAdopted(): void {
    for (const carrier of this.#carried) this.#selves.add(carrier);
    for (const { node } of this.#shown.values()) {
      const shadow = (node as Partial<Element>).shadowRoot;
      if (shadow) this.#places.add(shadow);
      if (node.nodeType === 1 && (node as Element).localName === "head") this.#places.add(node);
    }
  }

  /** What did not show and does by now; what is far from view the browser tells of only when it comes nearer. */
  markDrawn(): void {
    for (const element of [...this.#hollows].slice(0, MANY)) {
      // Those that were asked last are asked again after all others.
      this.#hollows.delete(element);
      this.#hollows.add(element);
      if (isDrawn(element)) this.#selves.add(element);
    }
  }

  #hollowOut(element: Element): void {
    this.#hollows.add(element);
    this.#hollow?.observe(element);
  }

  #unhollow(element: Element): void {
    this.#hollows.delete(element);
    this.#hollow?.unobserve(element);
  }

  /** Everything whose size was taken may have another. */
  markSizes(): void {
    for (const { node, shape } of this.#shown.values()) {
      if (shape.kind !== "element") continue;
      if (shape.form === "placeholder" || shape.tag === "img" || shape.tag === "iframe")
        this.#selves.add(node);
    }
  }

  get hasMarks(): boolean {
    return (
      this.#selves.size > 0 ||
      this.#places.size > 0 ||
      this.#framesToAttach.size > 0 ||
      this.#inputs.length > 0
    );
  }

  // The snapshot

  /** The page from scratch: as much of it as fits; the rest stays marked. */
  snapshot(href: string): readonly MirrorEvent[] {
    const { document, innerWidth, innerHeight } = this.#window;
    this.#room = ROOM;
    const node = this.#nested(document, null, { kind: "document" });
    const timestamp = Date.now();
    const top = this.#redact.shape(document.documentElement);
    const isBlocked = top?.kind === "element" && top.form !== "whole";
    const { scrollX, scrollY } = this.#window;
    const initialOffset = isBlocked ? { left: 0, top: 0 } : { left: scrollX, top: scrollY };
    return [
      { type: 4, data: { href, width: innerWidth, height: innerHeight }, timestamp },
      { type: 2, data: { node, initialOffset }, timestamp },
      ...this.#attachments(),
    ];
  }

  // Differences

  /** What has become of all that was marked, as far as it fits; the rest stays marked. */
  changes(): readonly MirrorEvent[] {
    this.#room = ROOM;
    const texts: { id: number; value: string }[] = [];
    const attributes: { id: number; attributes: Record<string, string | true | null> }[] = [];
    const fields: MirrorEvent[] = [];
    // Of a list of several the choice stands at its options.
    for (const { node } of this.#inputs) for (const option of optionsOf(node)) this.#selves.add(option);
    const selves = [...this.#selves];
    this.#selves.clear();
    for (const node of selves) {
      if (this.#room <= 0) this.#selves.add(node);
      else this.#compareSelf(node, texts, attributes, fields);
    }
    const removes: Removal[] = [];
    const adds: Addition[] = [];
    const places = [...this.#places];
    this.#places.clear();
    this.#compareChildren(places, removes, adds);
    const isEmpty = [texts, attributes, removes, adds].every((list) => list.length === 0);
    const mutation: Mutation = {
      source: 0,
      texts: texts.filter(({ id }) => this.#shown.has(id)),
      attributes,
      removes,
      adds,
    };
    return [
      ...(isEmpty ? [] : [increment(mutation)]),
      ...this.#attachments(),
      ...fields,
      ...this.#inputEvents(),
    ];
  }

  /** What has come, changed or gone since this was asked last. */
  touched(): Touched {
    const touched = { changed: this.#changed, gone: this.#gone.filter((id) => !this.#shown.has(id)) };
    this.#changed = new Set();
    this.#gone = [];
    return touched;
  }

  #compareSelf(
    node: Node,
    texts: { id: number; value: string }[],
    attributes: { id: number; attributes: Record<string, string | true | null> }[],
    fields: MirrorEvent[],
  ): void {
    const shown = this.#of(node);
    if (shown === undefined || !node.isConnected) return;
    if (this.#isOutOfSight(node)) return;
    if (shown.shape.kind === "text") {
      const value = this.#redact.text(node);
      if (value === shown.text) return;
      shown.text = value;
      this.#room -= NODE + value.length;
      texts.push({ id: shown.id, value });
      return;
    }
    const shape = this.#redact.shape(node);
    if (shape === undefined || !isSame(shape, shown.shape)) {
      this.#replace(shown);
      return;
    }
    if (shape.kind !== "element") return;
    if (!isWhole(shape) || !isWhole(shown.shape)) this.#refill(shown, shape);
    this.#compareAttributes(shown, shape, attributes, fields);
  }

  /** A hollow is filled, or something whole becomes hollow. */
  #refill(shown: Shown, shape: Shape): void {
    if ((shape as { form?: string }).form === (shown.shape as { form?: string }).form) return;
    shown.shape = shape;
    this.#changed.add(shown.node);
    const element = shown.node as Element;
    if (isWhole(shape)) this.#unhollow(element);
    else this.#hollowOut(element);
    this.#places.add(element);
    if (element.shadowRoot !== null) this.#places.add(element.shadowRoot);
  }

  #compareAttributes(
    shown: Shown,
    shape: Shape,
    attributes: { id: number; attributes: Record<string, string | true | null> }[],
    fields: MirrorEvent[],
  ): void {
    const element = shown.node as Element;
    const after = new Map(this.#redact.attributes(element, shape));
    const isMaskedField = after.has("data-masked") && shown.attributes.has("data-masked");
    // The size of what is masked would tell how much is in it (SC-08).
    if (isMaskedField) freeze(shown.attributes, after);
    const field = isState(element) ? this.#fieldChange(shown) : undefined;
    if (field !== undefined) fields.push(field);
    const states = isState(element) ? ["value", "checked"] : [];
    for (const name of states) keep(name, shown.attributes, after);
    const changed = difference(shown.attributes, after);
    shown.attributes = after;
    if (changed === undefined) return;
    this.#room -= NODE + JSON.stringify(changed).length;
    this.#changed.add(element);
    attributes.push({ id: shown.id, attributes: changed });
  }

  /** Something became of another kind: it goes, and comes anew. */
  #replace(shown: Shown): void {
    if (shown.parent === null) return;
    const siblings = this.#children.get(shown.parent);
    if (siblings === undefined) return;
    this.#places.add(shown.parent);
    this.#toReplace.add(shown.id);
  }

  /** A node in something that no longer shows: that becomes hollow, and nothing else is told of it. */
  #isOutOfSight(node: Node): boolean {
    const holder = node.nodeType === 1 ? node.parentElement : (node.parentNode as Element | null);
    if (holder?.nodeType !== 1 || holder.closest("head, select, svg, title") !== null || isDrawn(holder))
      return false;
    let top = holder;
    for (let above = top.parentElement; above !== null && !isDrawn(above); above = above.parentElement)
      top = above;
    const shown = this.#of(top);
    if (shown === undefined || shown.node === node || !isWhole(shown.shape)) return shown !== undefined;
    this.#selves.add(top);
    return true;
  }

  /**
   * What has gone from places and what has come.  First everything goes, as it does at the agent's end; then what
   * has come is put in, what is above before what is below.
   */
  #compareChildren(places: readonly Node[], removes: Removal[], adds: Addition[]): void {
    const known = places.filter((place) => this.#isKnown(place));
    const all = known.map((place) => ({ place, wanted: this.#wanted(place) }));
    for (const { place, wanted } of all) this.#takeOut(place, wanted, removes);
    const left = all.filter(({ place }) => this.#isKnown(place));
    const byDepth = left.map((one) => ({ ...one, depth: this.#depth(one.place) }));
    for (const { place, wanted } of byDepth.sort((one, other) => one.depth - other.depth)) {
      if (this.#room <= 0) this.#places.add(place);
      else this.#putIn(place, wanted, adds);
    }
  }

  /** Whether the agent has what stands in this place's owner at all. */
  #isKnown(place: Node): boolean {
    return this.#of(hostOf(place) ?? place) !== undefined;
  }

  /** Remove what has gone from a place, and what has come to it from wherever else it is in the mirror. */
  #takeOut(place: Node, wanted: readonly Wanted[], removes: Removal[]): void {
    if (!this.#isKnown(place)) return;
    const had = this.#children.get(place) ?? [];
    const kept = this.#kept(had, wanted);
    for (const id of had) if (!kept.has(id)) this.#remove(id, removes);
    for (const { node } of wanted) {
      const shown = this.#of(node);
      if (shown !== undefined && !kept.has(shown.id)) this.#remove(shown.id, removes);
    }
  }

  #putIn(place: Node, wanted: readonly Wanted[], adds: Addition[]): void {
    const here = new Set(this.#children.get(place));
    const stay = wanted.map(({ node }) => this.#ids.get(node) ?? 0).filter((id) => here.has(id));
    const order: number[] = [];
    let next = 0;
    for (const { node, shape } of wanted) {
      const id = this.#ids.get(node) ?? 0;
      if (here.has(id)) {
        order.push(id);
        next += 1;
        // It shows by now, or no longer.
        if (isWhole(shape) !== isWhole((this.#shown.get(id) as Shown).shape)) this.#selves.add(node);
      } else if (shape.kind === "document") {
        this.#framesToAttach.add(place as Element);
      } else if (this.#room <= 0 || this.#of(node) !== undefined) {
        this.#places.add(place);
      } else {
        this.#add(node, place, shape, stay[next] ?? null, adds);
        order.push(this.#ids.get(node) as number);
      }
    }
    this.#children.set(place, order);
  }

  /** Those of the mirrored children that can stay where they are: as many as possible. */
  #kept(had: readonly number[], wanted: readonly Wanted[]): ReadonlySet<number> {
    const at = new Map(had.map((id, place) => [id, place]));
    const places: number[] = [];
    for (const { node, shape } of wanted) {
      const id = this.#ids.get(node);
      const place = id === undefined ? undefined : at.get(id);
      if (id === undefined || place === undefined || this.#toReplace.has(id)) continue;
      if (isSame(shape, (this.#shown.get(id) as Shown).shape)) places.push(place);
    }
    return new Set(longestRise(places).map((place) => had[place] as number));
  }

  #remove(id: number, removes: Removal[]): void {
    const shown = this.#shown.get(id);
    if (shown === undefined) return;
    const { parent } = shown;
    const host = parent === null ? undefined : hostOf(parent);
    const parentId = parent === null ? undefined : this.#ids.get(host ?? parent);
    if (parentId !== undefined && shown.shape.kind !== "document") {
      removes.push({ parentId, id, ...(host === undefined ? {} : { isShadow: true as const }) });
    }
    const siblings = parent === null ? undefined : this.#children.get(parent);
    if (parent !== null && siblings !== undefined)
      this.#children.set(
        parent,
        siblings.filter((one) => one !== id),
      );
    this.#forget(id);
  }

  #forget(id: number): void {
    const shown = this.#shown.get(id);
    if (shown === undefined) return;
    this.#shown.delete(id);
    this.#toReplace.delete(id);
    this.#gone.push(id);
    const { node } = shown;
    if (node.nodeType === 1) this.#unhollow(node as Element);
    for (const container of [node, (node as Partial<Element>).shadowRoot, frameDocument(node as Element)]) {
      for (const child of (container && this.#children.get(container)) ?? []) this.#forget(child);
      if (container) this.#children.delete(container);
    }
  }

  /** How far down a place is: what is above is compared first, because it may take along what is below. */
  #depth(place: Node): number {
    let depth = 0;
    let at: Node | null = place;
    while (at !== null) {
      depth += 1;
      const host: Node | undefined = hostOf(at);
      at = host ?? this.#of(at)?.parent ?? null;
    }
    return depth;
  }

  // Building

  /** What of a place is mirrored, in order. */
  #wanted(place: Node): readonly Wanted[] {
    const found: Wanted[] = [];
    for (const node of this.#candidates(place)) {
      const shape = this.#redact.shape(node);
      if (shape !== undefined) found.push({ node, shape });
    }
    return found;
  }

  #candidates(place: Node): readonly Node[] {
    if (place.nodeType === 9) return [...place.childNodes];
    if (place.nodeType === 11) return [...place.childNodes, ...this.#carrier(place as ShadowRoot)];
    const element = place as Element;
    const shown = this.#of(element);
    if (shown === undefined || !isWhole(shown.shape)) return [];
    const { localName } = element;
    if (/^(?:textarea|style|link)$/.test(localName)) return [];
    const inner = localName === "iframe" ? frameDocument(element) : undefined;
    if (localName === "iframe") return inner === undefined ? [] : [inner];
    if (localName === "head") return [...place.childNodes, ...this.#carrier(element.ownerDocument)];
    return [...place.childNodes];
  }

  /** The style element that carries what a root has adopted, if it has. */
  #carrier(root: Document | ShadowRoot): readonly Element[] {
    if ((root.adoptedStyleSheets ?? []).length === 0 && !this.#carriers.has(root)) return [];
    const carrier = this.#carriers.get(root) ?? this.#window.document.createElement("style");
    this.#carriers.set(root, carrier);
    this.#carried.add(carrier);
    this.#redact.carriers.set(carrier, root);
    return [carrier];
  }

  /** Put a node in, and all that stands in it, as additions one by one. */
  #add(node: Node, parent: Node, shape: Shape, nextId: number | null, adds: Addition[]): void {
    const shown = this.#take(node, parent, shape);
    const parentId = this.#ids.get(hostOf(parent) ?? parent) as number;
    adds.push({ parentId, nextId, node: this.#event(shown) });
    for (const container of containersOf(node, shape))
      this.#fill(container, (child, of) => this.#add(child, container, of, null, adds));
  }

  /** A node with all that stands in it. */
  #nested(node: Node, parent: Node | null, shape: Shape): MirroredNode {
    const made = this.#event(this.#take(node, parent, shape));
    for (const container of containersOf(node, shape)) {
      this.#fill(container, (child, of) => {
        if ("childNodes" in made) made.childNodes.push(this.#nested(child, container, of));
      });
    }
    return made;
  }

  #fill(container: Node, put: (child: Node, shape: Shape) => void): void {
    const order: number[] = [];
    this.#children.set(container, order);
    this.#redact.watch(container);
    for (const { node, shape } of this.#wanted(container)) {
      if (this.#room <= 0) {
        this.#places.add(container);
        return;
      }
      if (shape.kind === "document") {
        this.#framesToAttach.add(container as Element);
        continue;
      }
      const old = this.#of(node);
      // It is still somewhere else in the mirror, where it is taken out with the next frame.
      if (old !== undefined) {
        this.#places.add(container);
        continue;
      }
      put(node, shape);
      order.push(this.#ids.get(node) as number);
    }
  }

  #take(node: Node, parent: Node | null, shape: Shape): Shown {
    const id = this.#ids.get(node) ?? this.#next();
    this.#ids.set(node, id);
    const attributes = node.nodeType === 1 ? this.#redact.attributes(node as Element, shape) : new Map();
    const isText = shape.kind === "text";
    const text = isText
      ? this.#redact.text(node)
      : isWhole(shape) && node.nodeType === 1
        ? (this.#redact.fieldText(node as Element) ?? "")
        : "";
    const isChecked = isWhole(shape) && node.nodeType === 1 && this.#redact.isChecked(node as Element);
    const shown: Shown = { id, node, parent, shape, attributes, text, isChecked };
    this.#shown.set(id, shown);
    this.#changed.add(node);
    if (shape.kind === "element" && shape.form === "hollow") this.#hollowOut(node as Element);
    this.#room -= NODE + text.length;
    for (const [name, value] of attributes) this.#room -= name.length + (value === true ? 4 : value.length);
    return shown;
  }

  #next(): number {
    this.#last += 1;
    return this.#last;
  }

  #event({ id, node, parent, shape, attributes, text }: Shown): MirroredNode {
    const inner = node.ownerDocument ?? (node as Document);
    const rootId = inner === this.#window.document ? {} : { rootId: this.#ids.get(inner) ?? id };
    const shadow = parent !== null && parent.nodeType === 11 ? { isShadow: true as const } : {};
    switch (shape.kind) {
      case "document": {
        const mode = inner.compatMode === "CSS1Compat" ? {} : { compatMode: "BackCompat" };
        return { type: 0, id, childNodes: [], ...mode };
      }
      case "doctype":
        return { type: 1, id, name: "html", publicId: "", systemId: "", ...rootId };
      case "text":
        return { type: 3, id, textContent: text, ...shadow, ...rootId };
      case "element": {
        const isHost = isWhole(shape) && (node as Element).shadowRoot !== null;
        return {
          type: 2,
          id,
          tagName: shape.tag,
          attributes: Object.fromEntries(attributes),
          childNodes: [],
          ...(shape.isSvg ? { isSVG: true as const } : {}),
          ...(isHost ? { isShadowHost: true as const } : {}),
          ...shadow,
          ...rootId,
        };
      }
    }
  }

  /** The documents of frames, each as rrweb's players take it: whole, and by itself. */
  #attachments(): readonly MirrorEvent[] {
    const events: MirrorEvent[] = [];
    for (const frame of this.#framesToAttach) {
      if (this.#room <= 0) return events;
      this.#framesToAttach.delete(frame);
      const inner = frameDocument(frame);
      const parentId = this.id(frame);
      if (
        inner === undefined ||
        parentId === undefined ||
        !this.isWhole(frame) ||
        this.#of(inner) !== undefined
      )
        continue;
      const node = this.#nested(inner, frame, { kind: "document" });
      this.#children.set(frame, [node.id]);
      const adds = [{ parentId, nextId: null, node }];
      events.push(
        increment({ source: 0, texts: [], attributes: [], removes: [], adds, isAttachIframe: true }),
      );
    }
    return events;
  }

  // Fields

  /** A field has changed; `byCustomer`: by the customer's own hand. */
  input(node: Node, byCustomer: boolean): void {
    const id = this.id(node);
    if (id === undefined) return;
    // Of a secret not even that it changed is told, nor how often (SC-01).
    if (this.#redact.isSecret(node as Element)) {
      this.#selves.add(node);
      return;
    }
    this.#counts.set(id, (this.#counts.get(id) ?? 0) + 1);
    if (byCustomer) this.#byCustomer.set(id, this.version(id));
    this.#inputs.push({ node, id });
  }

  /** How often the field has changed as it is told: 1 in the snapshot. */
  version(id: number): number {
    return 1 + (this.#counts.get(id) ?? 0);
  }

  versionByCustomer(id: number): number {
    return this.#byCustomer.get(id) ?? 0;
  }

  /** One event for each change that was counted: both ends count alike (WRITE-14). */
  #inputEvents(): readonly MirrorEvent[] {
    const events: MirrorEvent[] = [];
    for (const { node, id } of this.#inputs.splice(0)) {
      const shown = this.#shown.get(id);
      if (shown === undefined || !isWhole(shown.shape)) {
        this.#counts.set(id, (this.#counts.get(id) ?? 1) - 1);
        continue;
      }
      shown.text = this.#redact.fieldText(node as Element) ?? "";
      shown.isChecked = this.#redact.isChecked(node as Element);
      events.push(increment({ source: 5, id, text: shown.text, isChecked: shown.isChecked }));
    }
    return events;
  }

  /** What has become of a field's state by other ways than input; undefined: nothing, or it is told anyway. */
  #fieldChange(shown: Shown): MirrorEvent | undefined {
    const element = shown.node as Element;
    const text = this.#redact.fieldText(element) ?? "";
    const isChecked = this.#redact.isChecked(element);
    if (
      (text === shown.text && isChecked === shown.isChecked) ||
      this.#inputs.some(({ id }) => id === shown.id)
    )
      return undefined;
    shown.text = text;
    shown.isChecked = isChecked;
    this.#counts.set(shown.id, (this.#counts.get(shown.id) ?? 0) + 1);
    return increment({ source: 5, id: shown.id, text, isChecked });
  }
}

/** The options of a list from which several can be chosen. */
function optionsOf(node: Node): Iterable<HTMLOptionElement> {
  const list = node as Partial<HTMLSelectElement>;
  return list.localName === "select" && list.multiple === true ? (list.options ?? []) : [];
}

/** The longest part of a list of different numbers, gaps allowed, in which they only rise. */
export function longestRise(numbers: readonly number[]): readonly number[] {
  // For each length, where the rise of that length with the lowest end ends; and what comes before each number in its own.
  const ends: number[] = [];
  const before: (number | undefined)[] = [];
  for (const [at, number] of numbers.entries()) {
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((numbers[ends[middle] as number] as number) < number) low = middle + 1;
      else high = middle;
    }
    before[at] = ends[low - 1];
    ends[low] = at;
  }
  const rise: number[] = [];
  for (let at = ends.at(-1); at !== undefined; at = before[at]) rise.push(numbers[at] as number);
  return rise.reverse();
}

function isWhole(shape: Shape): boolean {
  return shape.kind !== "element" || shape.form === "whole";
}

/** Whether one can become the other by its attributes and children alone. */
function isSame(one: Shape, other: Shape): boolean {
  if (one.kind !== "element" || other.kind !== "element") return one.kind === other.kind;
  const isPlaceholder = one.form === "placeholder";
  return (
    one.tag === other.tag && one.isSvg === other.isSvg && isPlaceholder === (other.form === "placeholder")
  );
}

function containersOf(node: Node, shape: Shape): readonly Node[] {
  if (shape.kind === "document") return [node];
  if (shape.kind !== "element" || shape.form !== "whole") return [];
  const { shadowRoot } = node as Element;
  return shadowRoot === null ? [node] : [node, shadowRoot];
}

/** Whether its state is told by input events, not by attributes. */
function isState(element: Element): boolean {
  return /^(?:input|textarea|select)$/.test(element.localName) && isField(element);
}

function freeze(before: Attributes, after: Map<string, string | true>): void {
  for (const name of ["style", "rows", "cols", "class"]) keep(name, before, after);
}

function keep(name: string, before: Attributes, after: Map<string, string | true>): void {
  const value = before.get(name);
  if (value === undefined) after.delete(name);
  else after.set(name, value);
}

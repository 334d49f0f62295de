// The elements that an agent can act on, with what the policy says of each and by what means it would submit a form.
// Nothing of the page's content: no label, no value, no address.  Only what the mirror shows as it is can be acted on.

import type { PageMirror } from "./mirror";
import { submitMeans } from "./submits";
import type { Elements, Published } from "./types";
import type { PageVeil } from "./veil";

/** What a person can use, by itself or by what stands in it. */
const USABLE = `input, textarea, select, button, a[href], area[href], label, summary, [onclick], [tabindex], [contenteditable],
  [role="button"], [role="link"], [role="checkbox"], [role="radio"], [role="switch"], [role="tab"], [role="option"],
  [role="menuitem"], [role="menuitemcheckbox"], [role="menuitemradio"], [role="combobox"], [role="textbox"],
  [role="searchbox"], [role="slider"], [role="spinbutton"], [role="treeitem"], [role="gridcell"]`;

/** How far apart changes are told: the first at once, so that an agent can use what has just come. */
const TELL_MS = 250;
/** How much rarer than it takes time a page is looked through. */
const RARER = 40;
/** About how many bytes of a control message they may take; what is beyond it cannot be acted on. */
const MAX_BYTES = 900_000;

export class PageElements implements Elements {
  readonly #mirror: PageMirror;
  readonly #veil: PageVeil;
  readonly #window: Window & typeof globalThis;

  constructor(mirror: PageMirror, veil: PageVeil, window: Window & typeof globalThis) {
    this.#mirror = mirror;
    this.#veil = veil;
    this.#window = window;
  }

  all(): readonly Published[] {
    const { replica } = this.#mirror;
    const found: Published[] = [];
    let room = MAX_BYTES;
    for (const element of replica?.elements() ?? []) {
      const id = replica?.id(element);
      if (id === undefined || !this.#isUsable(element)) continue;
      const published = this.#published(String(id), element);
      room -= JSON.stringify(published).length + 1;
      if (room < 0) break;
      found.push(published);
    }
    return found;
  }

  watch(change: (changed: readonly Published[], gone: readonly string[]) => void): () => void {
    const told = new Map(this.all().map((one) => [one.ref, JSON.stringify(one)]));
    let took = 0;
    let toldAt = -Infinity;
    let timer = 0;
    this.#mirror.replica?.touched();
    const tell = () => {
      timer = 0;
      const began = this.#window.performance.now();
      const now = new Map(this.all().map((one) => [one.ref, one]));
      const changed = [...now.values()].filter((one) => told.get(one.ref) !== JSON.stringify(one));
      const gone = [...told.keys()].filter((ref) => !now.has(ref));
      toldAt = this.#window.performance.now();
      took = toldAt - began;
      for (const one of changed) told.set(one.ref, JSON.stringify(one));
      for (const ref of gone) told.delete(ref);
      if (changed.length > 0 || gone.length > 0) change(changed, gone);
    };
    const unwatch = this.#mirror.watch(() => {
      const touched = this.#mirror.replica?.touched();
      const isElsewhere =
        [...(touched?.changed ?? [])].some((node) => node.nodeType === 1) || (touched?.gone.length ?? 0) > 0;
      if (!isElsewhere || timer !== 0) return;
      const due = toldAt + Math.max(TELL_MS, took * RARER) - this.#window.performance.now();
      timer = this.#window.setTimeout(tell, Math.max(0, due));
    });
    return () => {
      unwatch();
      this.#window.clearTimeout(timer);
    };
  }

  #isUsable(element: Element): boolean {
    if (/^(?:option|optgroup|html|head|body|style|title)$/.test(element.localName)) return false;
    const { visibility, cursor } = this.#window.getComputedStyle(element);
    if (visibility !== "visible") return false; // it takes up room, and cannot be met
    return element.closest(USABLE) !== null || cursor === "pointer";
  }

  #published(ref: string, element: Element): Published {
    const sight = this.#veil.see(element);
    const labelled = (element.closest("label") as HTMLLabelElement | null)?.control ?? undefined;
    const control = labelled === undefined ? undefined : this.#veil.see(labelled);
    const submits = submitMeans(element);
    const form = element.localName === "form" ? element : formOf(element);
    const ofForm = form === null ? undefined : this.#mirror.replica?.id(form);
    return {
      ref,
      ...(sight.masked ? { masked: true } : {}),
      ...(sight.disabled || control?.disabled === true ? { disabled: true } : {}),
      ...(submits.length > 0 ? { submits } : {}),
      ...(sight.allowsSubmit || control?.allowsSubmit === true ? { allowed: true } : {}),
      ...(ofForm !== undefined ? { form: String(ofForm) } : {}),
    };
  }
}

/** The form that an element belongs to: a control by its own word, anything else by where it stands. */
function formOf(element: Element): Element | null {
  return (element as Partial<HTMLInputElement>).form ?? element.closest("form");
}

// Values that masked fields hold or have held.  A page copies them: into a heading, a tooltip, its title, an
// address.  Wherever one turns up it stays masked (MASK-6), however it is spaced, hyphenated or capitalised there.
// A whole value is found within longer texts from 4 characters up.  A shorter one is too common (`AT`, `12`) and
// counts only where it is the whole text; a single character never does.  What a field held while it was being
// typed counts as well, but only as words of their own: `Main` on the way to `Main Street 5`, not in `domain`.
// What was chosen from a list is no copy where it stands in another list: masked there, among its neighbours that are not,
// it would give the choice away.

/** The shortest value that is looked for within longer texts. */
const WITHIN = 4;
/** Below this, a value is found only where it is a word of its own. */
const WITHIN_WORDS = 6;
const SHORTEST = 2;
/** The most values that are told apart; beyond it every text is masked. */
const MOST = 4000;
/** Shown for a secret, however long it is (MASK-9). */
export const SECRET = "****";

/** What one field held as it grew: every beginning of `text` from `least` characters on. */
interface Chain {
  text: string;
  least: number;
  readonly secret: boolean;
  /** It was chosen, not typed. */
  readonly isChoice: boolean;
}

/** One asterisk for each character (MASK-9). */
export function stars(text: string): string {
  return "*".repeat([...text].length);
}

/** The values of masked fields, and what is left of a text without them. */
export class Taint {
  /** By their first characters. */
  readonly #chains = new Map<string, Chain[]>();
  /** Short values, and whether they are secrets. */
  readonly #short = new Map<string, boolean>();
  readonly #latest = new WeakMap<object, Chain>();
  #count = 0;

  /** Remember what a field holds. */
  note(field: object, value: string, secret: boolean, isChoice = false): void {
    const text = normalized(value).text;
    if (text.length < WITHIN) {
      if (text.length >= SHORTEST && !isChoice)
        this.#short.set(text, secret || this.#short.get(text) === true);
      return;
    }
    const last = this.#latest.get(field);
    if (isChoice || last?.secret !== secret) this.#add(field, { text, least: text.length, secret, isChoice });
    else if (text.startsWith(last.text)) last.text = text;
    else if (last.text.startsWith(text)) last.least = Math.min(last.least, text.length);
    else this.#add(field, { text, least: text.length, secret, isChoice });
  }

  #add(field: object, chain: Chain): void {
    this.#latest.set(field, chain);
    const key = chain.text.slice(0, WITHIN);
    const same = this.#chains.get(key) ?? [];
    if (same.some((one) => isAlike(one, chain))) return;
    this.#chains.set(key, [...same, chain]);
    this.#count += 1;
  }

  /** The text with asterisks where it says what a masked field holds or has held; `isList`: it stands in a list. */
  scrub(text: string, isList = false): string {
    if (text === "" || (this.#chains.size === 0 && this.#short.size === 0)) return text;
    if (this.#count > MOST) return stars(text);
    const plain = normalized(text);
    const short = this.#short.get(plain.text);
    if (short !== undefined) return short ? SECRET : stars(text);
    return this.#chains.size === 0 ? text : this.#without(text, plain, isList);
  }

  #without(text: string, plain: Normalized, isList: boolean): string {
    let shown = "";
    let done = 0;
    for (let at = 0; at + WITHIN <= plain.text.length; ) {
      const found = this.#longest(text, plain, at, isList);
      if (found === undefined) {
        at += 1;
        continue;
      }
      const [begin, end] = [plain.at[at] as number, (plain.at[at + found.length - 1] as number) + 1];
      shown += text.slice(done, begin) + (found.secret ? SECRET : stars(text.slice(begin, end)));
      done = end;
      at += found.length;
    }
    return shown + text.slice(done);
  }

  #longest(
    text: string,
    plain: Normalized,
    at: number,
    isList: boolean,
  ): { length: number; secret: boolean } | undefined {
    let best: { length: number; secret: boolean } | undefined;
    for (const chain of this.#chains.get(plain.text.slice(at, at + WITHIN)) ?? []) {
      if (isList && chain.isChoice) continue;
      let length = common(plain.text, at, chain.text);
      const whole = length === chain.text.length;
      if (!whole || length < WITHIN_WORDS)
        while (length >= chain.least && !isWord(text, plain, at, length)) length -= 1;
      if (length >= chain.least && length > (best?.length ?? 0)) best = { length, secret: chain.secret };
    }
    return best;
  }
}

function isAlike(one: Chain, other: Chain): boolean {
  return one.text === other.text && one.secret === other.secret && one.isChoice === other.isChoice;
}

/** A text without spaces and hyphens, in lower case, and where in it each character stood. */
interface Normalized {
  readonly text: string;
  readonly at: readonly number[];
}

const PASSED_OVER = /[\s\u00ad\u200b-\u200d\u2060\ufeff\u2010-\u2015-]/;

function normalized(given: string): Normalized {
  let text = "";
  const at: number[] = [];
  for (let place = 0; place < given.length; place += 1) {
    const char = given[place] as string;
    if (PASSED_OVER.test(char)) continue;
    const lower = char.toLowerCase();
    text += lower.length === 1 ? lower : char;
    at.push(place);
  }
  return { text, at };
}

function common(text: string, from: number, value: string): number {
  let length = 0;
  while (length < value.length && text[from + length] === value[length]) length += 1;
  return length;
}

/** Whether a find begins and ends where a word or a number does. */
function isWord(text: string, plain: Normalized, at: number, length: number): boolean {
  const begin = plain.at[at] as number;
  const end = plain.at[at + length - 1] as number;
  return !areOne(text[begin - 1], text[begin]) && !areOne(text[end], text[end + 1]);
}

function areOne(left = "", right = ""): boolean {
  return (/\p{L}/u.test(left) && /\p{L}/u.test(right)) || (/\p{N}/u.test(left) && /\p{N}/u.test(right));
}

// Reading what a stranger sent: each function gives the value if it is of that kind, else raises Malformed.

/** Something in a mirror is not what it must be; says nothing of what it was. */
export class Malformed extends Error {
  constructor() {
    super("malformed");
  }
}

/** A JSON object. */
export type Fields = Readonly<Record<string, unknown>>;

export function fields(value: unknown): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Malformed();
  return value as Fields;
}

/** An array; a missing one is empty. */
export function list(value: unknown, most: number): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || value.length > most) throw new Malformed();
  return value;
}

export function text(value: unknown): string {
  if (typeof value !== "string") throw new Malformed();
  return value;
}

/** A node's number: whole and above 0. */
export function reference(value: unknown): number {
  if (!Number.isSafeInteger(value) || (value as number) < 1) throw new Malformed();
  return value as number;
}

/** A number between bounds; outside them the nearer one. */
export function between(low: number, high: number, value: unknown): number {
  if (typeof value !== "number" || !Number.isFinite(value)) throw new Malformed();
  return Math.min(Math.max(value, low), high);
}

/** A whole number, 0 or more. */
export function index(value: unknown): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw new Malformed();
  return value as number;
}

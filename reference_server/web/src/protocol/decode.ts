// Strict decoding of what a server sends: an unknown field or type, a missing field or a value of another type
// is an error (SECURE-4), so nothing is ever half understood.  Fields that were left out get their defaults.

import type { FromParty, ToParty } from "./messages.gen";
import { SHAPES } from "./shapes.gen";

/** What of JSON Schema the protocol uses. */
export interface Shape {
  readonly $ref?: string;
  readonly anyOf?: readonly Shape[];
  readonly enum?: readonly unknown[];
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean;
  readonly items?: Shape;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
}

/** The same with nothing left out. */
export type Complete<T> = T extends readonly (infer Item)[]
  ? readonly Complete<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]-?: Complete<Exclude<T[Key], undefined>> }
    : T;

/** An observation, complete. */
export type See = Complete<ToParty["see"]>;
/** What a party does. */
export type Do = FromParty["do"];
/** A message of the server, complete. */
export type Seen = Complete<ToParty>;

/** The largest control message that is read, in characters; the server's bound is in bytes. */
export const MAX_TEXT = 8 << 20;

/** What the server said; undefined for whatever is no message of cobrowse.v1. */
export function decode(text: string): Seen | undefined {
  if (text.length > MAX_TEXT) return undefined;
  try {
    return shaped(JSON.parse(text), { $ref: "ToParty" }) as Seen;
  } catch {
    return undefined;
  }
}

/** The value, completed by defaults, if it has the shape; raises TypeError if not. */
export function shaped(value: unknown, shape: Shape): unknown {
  if (shape.$ref !== undefined) {
    const whole = shaped(value, named(shape.$ref));
    // A policy with something left out is for its reader to refuse, not for us to complete.
    return shape.$ref === "Policy" ? value : whole;
  }
  if (shape.anyOf !== undefined) return oneOf(value, shape.anyOf);
  if (shape.enum !== undefined) return shape.enum.includes(value) ? value : wrong();
  switch (shape.type) {
    case "object":
      return objectOf(value, shape);
    case "array":
      return Array.isArray(value) && shape.items
        ? value.map((item) => shaped(item, shape.items ?? {}))
        : wrong();
    case "string":
      return typeof value === "string" && fitsText(value, shape) ? value : wrong();
    case "integer":
      return Number.isSafeInteger(value) && (value as number) >= (shape.minimum ?? -Infinity)
        ? value
        : wrong();
    case "number":
      return Number.isFinite(value) ? value : wrong();
    case "boolean":
      return typeof value === "boolean" ? value : wrong();
    case "null":
      return value === null ? value : wrong();
    default:
      return wrong();
  }
}

function wrong(): never {
  throw new TypeError("not of this shape");
}

function named(name: string): Shape {
  return Object.hasOwn(SHAPES, name) ? (SHAPES[name] as Shape) : wrong();
}

function fitsText(text: string, shape: Shape): boolean {
  const fitsLength = shape.maxLength === undefined || text.length <= shape.maxLength;
  return fitsLength && (shape.pattern === undefined || new RegExp(shape.pattern, "u").test(text));
}

/** The one alternative whose `type` is the value's, or the first that fits. */
function oneOf(value: unknown, shapes: readonly Shape[]): unknown {
  for (const shape of shapes) {
    try {
      return shaped(value, shape);
    } catch {
      // the next may fit
    }
  }
  return wrong();
}

function objectOf(value: unknown, shape: Shape): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return wrong();
  const given = value as Readonly<Record<string, unknown>>;
  const properties = shape.properties ?? {};
  for (const key of Object.keys(given)) {
    if (!Object.hasOwn(properties, key) && shape.additionalProperties === false) wrong();
  }
  for (const key of shape.required ?? []) {
    if (!Object.hasOwn(given, key)) wrong();
  }
  const whole: Record<string, unknown> = {};
  for (const [key, property] of Object.entries(properties)) {
    whole[key] = Object.hasOwn(given, key)
      ? shaped(given[key], property)
      : structuredClone(byDefault(property));
  }
  return whole;
}

function byDefault(shape: Shape): unknown {
  return shape.default;
}

// What the workspace and the view say to each other, over one port.  Each side checks what it gets: the view works
// on what strangers sent, and whatever might become of it, it can say no more than this.

import type { Complete, Do, Shape } from "../protocol/decode";
import { shaped } from "../protocol/decode";
import type { Element, Mode } from "../protocol/messages.gen";

/** An element as it was published, with nothing left out. */
export type Published = Complete<Element>;

/** From the workspace to the view. */
export type ToView =
  /** Another page is shown; its content follows, with a full snapshot first. */
  | {
      readonly type: "page";
      readonly page: string;
      readonly url: string;
      readonly elements: readonly Published[];
    }
  /** On the same page, elements have come or changed, or gone. */
  | {
      readonly type: "elements";
      readonly page: string;
      readonly elements: readonly Published[];
      readonly gone: readonly string[];
    }
  /** Show nothing, at once. */
  | { readonly type: "blank" }
  /** `scope`: the form or field that Write Mode is limited to; empty where it is for the whole page (WRITE-15). */
  | { readonly type: "mode"; readonly mode: Mode; readonly scope: string }
  /** Where the customer's pointer is, in CSS pixels of the customer's viewport. */
  | { readonly type: "pointer"; readonly x: number; readonly y: number }
  | { readonly type: "circle"; readonly x: number; readonly y: number }
  /** What became of an act, by the number that the view gave it. */
  | { readonly type: "outcome"; readonly act: number; readonly done: boolean }
  /** The agent is to point at what Write Mode is asked for (WRITE-15). */
  | { readonly type: "choose_scope"; readonly on: boolean };

/** The payload of a content frame goes as it came: only the view reads it. */
export interface Content {
  readonly type: "content";
  readonly payload: ArrayBuffer;
}

/** What an agent does on the page, before the workspace adds page and epoch. */
export type ViewAct =
  | { readonly type: "press"; readonly element: string }
  | { readonly type: "type"; readonly element: string; readonly value: string; readonly version: number }
  | { readonly type: "choose"; readonly element: string; readonly value: string; readonly version: number }
  | { readonly type: "press_key"; readonly element: string; readonly key: string }
  | { readonly type: "scroll"; readonly x: number; readonly y: number };

/** From the view to the workspace. */
export type FromView =
  | { readonly type: "ready" }
  /** The page is on view; its window is this large. */
  | { readonly type: "shown"; readonly page: string; readonly width: number; readonly height: number }
  | { readonly type: "pointer"; readonly x: number; readonly y: number }
  | { readonly type: "click"; readonly x: number; readonly y: number }
  | { readonly type: "act"; readonly number: number; readonly page: string; readonly act: ViewAct }
  /** The agent tried what the view can tell by itself to be the customer's alone. */
  | { readonly type: "explain"; readonly reason: "masked" | "disabled" }
  /** Write Mode is asked for this element. */
  | { readonly type: "scope"; readonly element: string }
  /** So many events were malformed, and thrown away. */
  | { readonly type: "malformed"; readonly count: number };

/** What hands the port over, in the one message between the two windows. */
export const HANDOVER = "cobrowse-view";

const TEXT: Shape = { type: "string", maxLength: 1 << 20 };
const COUNT: Shape = { type: "integer", minimum: 0 };
const NUMBER: Shape = { type: "number" };
const MODE: Shape = { enum: ["pointer", "write"] };
const FLAG: Shape = { type: "boolean" };

function message(type: string, properties: Readonly<Record<string, Shape>> = {}): Shape {
  return {
    type: "object",
    properties: { type: { enum: [type] }, ...properties },
    required: ["type", ...Object.keys(properties)],
    additionalProperties: false,
  };
}

const ELEMENTS: Shape = { type: "array", items: { $ref: "Element" } };
const PLACE = { x: NUMBER, y: NUMBER };

const TO_VIEW: Shape = {
  anyOf: [
    message("page", { page: TEXT, url: TEXT, elements: ELEMENTS }),
    message("elements", { page: TEXT, elements: ELEMENTS, gone: { type: "array", items: TEXT } }),
    message("blank"),
    message("mode", { mode: MODE, scope: TEXT }),
    message("pointer", PLACE),
    message("circle", PLACE),
    message("outcome", { act: COUNT, done: FLAG }),
    message("choose_scope", { on: FLAG }),
  ],
};

const ACT: Shape = {
  anyOf: [
    message("press", { element: TEXT }),
    message("type", { element: TEXT, value: TEXT, version: COUNT }),
    message("choose", { element: TEXT, value: TEXT, version: COUNT }),
    message("press_key", { element: TEXT, key: { type: "string", maxLength: 32 } }),
    message("scroll", { x: COUNT, y: COUNT }),
  ],
};

const FROM_VIEW: Shape = {
  anyOf: [
    message("ready"),
    message("shown", { page: TEXT, width: COUNT, height: COUNT }),
    message("pointer", PLACE),
    message("click", PLACE),
    message("act", { number: COUNT, page: TEXT, act: ACT }),
    message("explain", { reason: { enum: ["masked", "disabled"] } }),
    message("scope", { element: TEXT }),
    message("malformed", { count: COUNT }),
  ],
};

/** A message of the workspace, or undefined. */
export function toView(data: unknown): ToView | Content | undefined {
  if (typeof data === "object" && data !== null && "payload" in data && "type" in data) {
    const { type, payload } = data;
    return type === "content" && payload instanceof ArrayBuffer ? { type, payload } : undefined;
  }
  return checked(data, TO_VIEW) as ToView | undefined;
}

/** A message of the view, or undefined. */
export function fromView(data: unknown): FromView | undefined {
  return checked(data, FROM_VIEW) as FromView | undefined;
}

/** The act as it goes to the server. */
export function asDone(act: ViewAct, page: string, epoch: number): Do {
  return { ...act, page, epoch };
}

function checked(data: unknown, shape: Shape): unknown {
  try {
    return shaped(data, shape);
  } catch {
    return undefined;
  }
}

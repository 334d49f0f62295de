// The events that leave, in rrweb's form: only the kinds and fields that the gate makes.

import type { Attributes } from "./redact";

/** A node of the mirror. */
export type MirroredNode =
  | { type: 0; id: number; childNodes: MirroredNode[]; compatMode?: string }
  | { type: 1; id: number; name: "html"; publicId: ""; systemId: ""; rootId?: number }
  | {
      type: 2;
      id: number;
      tagName: string;
      attributes: Record<string, string | true>;
      childNodes: MirroredNode[];
      isSVG?: true;
      isShadowHost?: true;
      isShadow?: true;
      rootId?: number;
    }
  | { type: 3; id: number; textContent: string; isShadow?: true; rootId?: number };

export interface Addition {
  readonly parentId: number;
  readonly nextId: number | null;
  readonly node: MirroredNode;
}

export interface Removal {
  readonly parentId: number;
  readonly id: number;
  readonly isShadow?: true;
}

export interface Mutation {
  readonly source: 0;
  readonly texts: readonly { readonly id: number; readonly value: string }[];
  readonly attributes: readonly {
    readonly id: number;
    readonly attributes: Readonly<Record<string, string | true | null>>;
  }[];
  readonly removes: readonly Removal[];
  readonly adds: readonly Addition[];
  readonly isAttachIframe?: true;
}

export type Increment =
  | Mutation
  | { readonly source: 2; readonly type: 5 | 6; readonly id: number }
  | { readonly source: 3; readonly id: number; readonly x: number; readonly y: number }
  | { readonly source: 4; readonly width: number; readonly height: number }
  | { readonly source: 5; readonly id: number; readonly text: string; readonly isChecked: boolean }
  | {
      readonly source: 14;
      readonly ranges: readonly {
        readonly start: number;
        readonly startOffset: number;
        readonly end: number;
        readonly endOffset: number;
      }[];
    };

export type MirrorEvent =
  | {
      readonly type: 4;
      readonly data: { href: string; width: number; height: number };
      readonly timestamp: number;
    }
  | {
      readonly type: 2;
      readonly data: { node: MirroredNode; initialOffset: { left: number; top: number } };
      readonly timestamp: number;
    }
  | { readonly type: 3; readonly data: Increment; readonly timestamp: number };

export function increment(data: Increment): MirrorEvent {
  return { type: 3, data, timestamp: Date.now() };
}

/** What has become of attributes; null takes one away. */
export function difference(
  before: Attributes,
  after: Attributes,
): Record<string, string | true | null> | undefined {
  const changed: Record<string, string | true | null> = {};
  for (const [name, value] of after) if (before.get(name) !== value) changed[name] = value;
  for (const name of before.keys()) if (!after.has(name)) changed[name] = null;
  return Object.keys(changed).length > 0 ? changed : undefined;
}

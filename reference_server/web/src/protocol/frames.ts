// Frames: mirrored content and pointer moves, as binary messages with a tiny header (spec/protocol).

/** Mirrored content: customer to agent only. */
export const CONTENT = 1;
/** A pointer's place: either way. */
export const POINTER = 2;
/** The largest frame, header included, in bytes. */
export const MAX_FRAME_BYTES = 8 << 20;

const HEADER_BYTES = 6;
/** The largest payload of a frame, in bytes. */
export const MAX_PAYLOAD_BYTES = MAX_FRAME_BYTES - HEADER_BYTES;
const POINT_BYTES = 4;
const MAX_COORDINATE = 0xffff;

/** A decoded frame. */
export interface Frame {
  readonly kind: typeof CONTENT | typeof POINTER;
  /** Whether the sender's own hand caused it, rather than the page or the agent's act. */
  readonly byHand: boolean;
  /** The newest epoch that the sender had seen. */
  readonly epoch: number;
  readonly payload: Uint8Array;
}

/** The frame as the bytes of one WebSocket message. */
export function encodeFrame(frame: Frame): Uint8Array<ArrayBuffer> {
  const data = new Uint8Array(HEADER_BYTES + frame.payload.length);
  const header = new DataView(data.buffer);
  header.setUint8(0, frame.kind);
  header.setUint8(1, frame.byHand ? 1 : 0);
  header.setUint32(2, frame.epoch);
  data.set(frame.payload, HEADER_BYTES);
  return data;
}

/** Split header and payload; undefined for what is no frame. */
export function decodeFrame(data: ArrayBuffer): Frame | undefined {
  if (data.byteLength < HEADER_BYTES || data.byteLength > MAX_FRAME_BYTES) return undefined;
  const header = new DataView(data);
  const kind = header.getUint8(0);
  const hand = header.getUint8(1);
  if ((kind !== CONTENT && kind !== POINTER) || hand > 1) return undefined;
  return {
    kind,
    byHand: hand === 1,
    epoch: header.getUint32(2),
    payload: new Uint8Array(data, HEADER_BYTES),
  };
}

/** A pointer's payload; coordinates are CSS pixels of the customer's viewport, clamped to 0…65535. */
export function encodePoint(x: number, y: number): Uint8Array {
  const payload = new Uint8Array(POINT_BYTES);
  const view = new DataView(payload.buffer);
  view.setUint16(0, clamp(x));
  view.setUint16(2, clamp(y));
  return payload;
}

/** The place in a pointer's payload; undefined where it is none. */
export function decodePoint(payload: Uint8Array): { x: number; y: number } | undefined {
  if (payload.length !== POINT_BYTES) return undefined;
  const view = new DataView(payload.buffer, payload.byteOffset);
  return { x: view.getUint16(0), y: view.getUint16(2) };
}

function clamp(coordinate: number): number {
  return Math.min(Math.max(Math.round(coordinate), 0), MAX_COORDINATE);
}

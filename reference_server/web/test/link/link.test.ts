// A link against a socket of the test's own: order, strictness, bounds, and coming back.

import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Bounds } from "../../src/link/bounds";
import { BOUNDS, retryWait } from "../../src/link/bounds";
import { Link, linkUrl, MAX_MESSAGE_BYTES, mayReturn } from "../../src/link/link";
import type { Seen } from "../../src/protocol/decode";
import type { Frame } from "../../src/protocol/frames";
import { CONTENT, encodeFrame, POINTER } from "../../src/protocol/frames";

/** A socket that opens, gets and closes when the test says so. */
class FakeSocket {
  readyState = 0;
  protocol = "cobrowse.v1";
  binaryType = "blob";
  bufferedAmount = 0;
  closedWith: number | undefined;
  readonly sent: (string | Uint8Array)[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: unknown }) => void) | null = null;
  onclose: ((close: { code: number; reason: string }) => void) | null = null;

  opens(): void {
    this.readyState = 1;
    this.onopen?.();
  }
  gets(data: unknown): void {
    this.onmessage?.({ data });
  }
  says(see: object, more: object = {}): void {
    this.gets(JSON.stringify({ see, ...more }));
  }
  drops(code: number, reason = "the server said so"): void {
    this.readyState = 3;
    this.onclose?.({ code, reason });
  }
  send(data: string | Uint8Array): void {
    this.sent.push(data);
  }
  close(code: number): void {
    this.readyState = 3;
    this.closedWith = code;
  }
}

class World {
  readonly sockets: FakeSocket[] = [];
  readonly seen: Seen[] = [];
  readonly frames: Frame[] = [];
  readonly lost: [number, boolean][] = [];
  overflows = 0;
  opened = 0;
  readonly link: Link;

  constructor(bounds: Partial<Bounds> = {}) {
    const events = {
      open: () => {
        this.opened += 1;
      },
      see: (seen: Seen) => void this.seen.push(seen),
      frame: (frame: Frame) => void this.frames.push(frame),
      lost: (code: number, again: boolean) => void this.lost.push([code, again]),
      overflow: () => {
        this.overflows += 1;
      },
    };
    const socket = (): WebSocket => {
      const made = new FakeSocket();
      this.sockets.push(made);
      return made as unknown as WebSocket;
    };
    this.link = new Link("wss://server.example/v1/customer", events, bounds, { socket, random: () => 1 });
  }

  get socket(): FakeSocket {
    return this.sockets.at(-1) as FakeSocket;
  }

  connected(): this {
    this.link.open();
    this.socket.opens();
    return this;
  }
}

beforeEach(() => {
  vi.useFakeTimers();
});

describe("what is sent", () => {
  it("is numbered from one on each link, and refused while there is none", () => {
    const world = new World();
    expect(world.link.send({ type: "exit" })).toBe(0);
    world.connected();

    expect([world.link.send({ type: "announce" }), world.link.send({ type: "exit" })]).toEqual([1, 2]);
    expect(world.socket.sent).toEqual(['{"id":1,"do":{"type":"announce"}}', '{"id":2,"do":{"type":"exit"}}']);
    world.socket.drops(1006);
    vi.advanceTimersByTime(BOUNDS.retryMs);
    world.socket.opens();
    expect(world.link.send({ type: "exit" })).toBe(1);
  });

  it("may be no longer than the protocol allows", () => {
    const world = new World().connected();

    expect(world.link.send({ type: "start", interaction: "x".repeat(MAX_MESSAGE_BYTES) })).toBe(0);
    expect(world.link.sendFrame(CONTENT, false, new Uint8Array(8 << 20))).toBe(false);
    expect(world.socket.sent).toEqual([]);
  });

  it("carries the newest epoch that the link has seen, in frames", () => {
    const world = new World().connected();
    world.socket.says({ type: "joined", agent: "Ada", mode: "pointer" }, { n: 2, epoch: 2 });
    world.link.sendFrame(POINTER, true, Uint8Array.of(0, 1, 0, 2));

    expect(world.socket.sent).toEqual([
      encodeFrame({ kind: POINTER, byHand: true, epoch: 2, payload: Uint8Array.of(0, 1, 0, 2) }),
    ]);
  });
});

describe("what waits", () => {
  it("is sent when there is room, in its order", () => {
    const world = new World({ handedBytes: 10 }).connected();
    world.socket.bufferedAmount = 10;
    world.link.send({ type: "announce" });
    world.link.sendFrame(CONTENT, false, Uint8Array.of(1));
    expect(world.socket.sent).toEqual([]);
    world.socket.bufferedAmount = 0;
    vi.advanceTimersByTime(BOUNDS.pumpMs);

    expect(world.socket.sent.map((one) => typeof one)).toEqual(["string", "object"]);
  });

  it("can be thrown away, frames only", () => {
    const world = new World({ handedBytes: 0 }).connected();
    world.link.sendFrame(CONTENT, false, Uint8Array.of(1));
    world.link.send({ type: "exit" });
    world.link.dropFrames();
    world.link.close();

    expect(world.socket.sent).toEqual(['{"id":1,"do":{"type":"exit"}}']);
    expect(world.socket.closedWith).toBe(1000);
  });

  it("is bounded in bytes: frames are thrown away, and the owner is told", () => {
    const world = new World({ handedBytes: 0, queueBytes: 100 }).connected();
    expect(world.link.sendFrame(CONTENT, false, new Uint8Array(80))).toBe(true);

    expect(world.link.sendFrame(CONTENT, false, new Uint8Array(80))).toBe(false);
    expect([world.overflows, world.link.held]).toEqual([1, 0]);
  });

  it("is given up when nothing of it goes out", () => {
    const world = new World({ handedBytes: 1 }).connected();
    world.socket.bufferedAmount = 1;
    world.link.send({ type: "announce" });
    vi.advanceTimersByTime(BOUNDS.stuckMs + 2 * BOUNDS.pumpMs);

    expect(world.lost).toEqual([[4408, true]]);
  });
});

describe("what arrives", () => {
  it("is complete, and carries the order", () => {
    const world = new World().connected();
    world.socket.says({ type: "asked", request: "r1" }, { n: 4, epoch: 4, re: 3 });

    expect(world.seen).toEqual([
      {
        see: { type: "asked", request: "r1", agent: "", expires_in_s: 0, scope: "" },
        n: 4,
        epoch: 4,
        re: 3,
        notice: 0,
      },
    ]);
    expect(world.link.epoch).toBe(4);
  });

  const wrong: [string, unknown][] = [
    ["no JSON", "{"],
    ["an unknown type", '{"see": {"type": "wave"}}'],
    ["an unknown field", '{"see": {"type": "ended", "reason": "policy", "x": 1}}'],
    ["a missing field", '{"see": {"type": "ended"}}'],
    ["a value of another type", '{"see": {"type": "warned", "ends_in_s": "60"}}'],
    ["a value that is none of those", '{"see": {"type": "ended", "reason": "boredom"}}'],
    ["a list", "[]"],
    ["a frame that is too short", new ArrayBuffer(3)],
    ["a frame of no kind", Uint8Array.of(9, 0, 0, 0, 0, 0).buffer],
    ["a blob", {}],
  ];
  it.each(wrong)("is given up where it is %s", (_, data) => {
    const world = new World().connected();
    world.socket.gets(data);

    expect([world.seen, world.frames, world.socket.closedWith]).toEqual([[], [], 4400]);
    expect(world.lost).toEqual([[4400, true]]);
  });

  it("is frames as well", () => {
    const world = new World().connected();
    const frame = { kind: POINTER, byHand: true, epoch: 7, payload: Uint8Array.of(0, 1, 0, 2) } as const;
    world.socket.gets(encodeFrame(frame).buffer);

    expect(world.frames).toEqual([frame]);
  });

  it("is nothing without the subprotocol", () => {
    const world = new World();
    world.link.open();
    world.socket.protocol = "";
    world.socket.opens();

    expect([world.opened, world.lost]).toEqual([0, [[4400, true]]]);
  });
});

describe("coming back", () => {
  it.each([
    [1000, false],
    [1001, false],
    [4001, false],
    [1006, true],
    [1008, true],
    [1009, true],
    [1011, true],
    [1013, true],
  ])("after %i: %s", (code, again) => {
    const world = new World().connected();
    world.socket.drops(code);
    vi.advanceTimersByTime(BOUNDS.retryMaxMs);

    expect(mayReturn(code, "the server said so")).toBe(again);
    expect(world.lost[0]).toEqual([code, again]);
    expect(world.sockets.length > 1).toBe(again);
  });

  it("comes of a page that its browser cut off as it began to go, and that stayed", () => {
    const world = new World().connected();
    world.socket.drops(1001, "");
    vi.advanceTimersByTime(BOUNDS.retryMaxMs);

    expect(world.lost[0]).toEqual([1001, true]);
    expect(world.sockets.length).toBe(2);
  });

  it("waits longer each time, and shortly again once a link has held", () => {
    const world = new World();
    world.link.open();
    const waits = [0, 1, 2].map((attempt) => {
      world.socket.drops(1006);
      const before = world.sockets.length;
      vi.advanceTimersByTime(BOUNDS.retryMs * 2 ** attempt - 1);
      expect(world.sockets.length).toBe(before);
      vi.advanceTimersByTime(1);
      return world.sockets.length - before;
    });
    expect(waits).toEqual([1, 1, 1]);
    world.socket.opens();
    vi.advanceTimersByTime(BOUNDS.steadyMs);
    world.socket.drops(1006);
    const before = world.sockets.length;
    vi.advanceTimersByTime(BOUNDS.retryMs);

    expect(world.sockets.length).toBe(before + 1);
  });

  it("has jitter, and a longest wait", () => {
    const waits = [0, 0.5, 1].map((chance) => retryWait(0, BOUNDS, () => chance));

    expect(waits).toEqual([BOUNDS.retryMs * 0.5, BOUNDS.retryMs * 0.75, BOUNDS.retryMs]);
    expect(retryWait(1000, BOUNDS, () => 1)).toBe(BOUNDS.retryMaxMs);
  });

  it("does not wait when the network is back, and does nothing once closed", () => {
    const world = new World().connected();
    world.socket.drops(1006);
    world.link.hurry();
    expect(world.sockets.length).toBe(2);
    world.link.close();
    world.link.hurry();
    vi.advanceTimersByTime(BOUNDS.retryMaxMs * 10);

    expect(world.sockets.length).toBe(2);
  });

  it("gives a socket up that never opens", () => {
    const world = new World();
    world.link.open();
    vi.advanceTimersByTime(BOUNDS.openMs);

    expect(world.lost).toEqual([[4408, true]]);
  });
});

it("names the link of a server by its origin", () => {
  expect([linkUrl("https://co.example", "customer"), linkUrl("http://127.0.0.1:8080", "agent")]).toEqual([
    "wss://co.example/v1/customer",
    "ws://127.0.0.1:8080/v1/agent",
  ]);
});

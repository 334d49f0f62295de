// The customer's machine: what is sent, shown and stopped, and when.  The whole of it without a browser.

import { describe, expect, it } from "vitest";
import type { Effect, Handover, Input, Session } from "../../src/customer/session";
import { handoverOf, IDLE, isLive, step } from "../../src/customer/session";
import type { See, Seen } from "../../src/protocol/decode";
import { decode } from "../../src/protocol/decode";

/** A message of the server's, as the link gives it. */
function seen(see: Partial<See> & { type: string }, n = 0, epoch = 0, notice = 0): Input {
  const decoded = decode(JSON.stringify({ see, n, epoch, notice }));
  expect(decoded).toBeDefined();
  return { type: "seen", seen: decoded as Seen };
}

const POLICY = { site: ["https://bank.example"], write_mode: true, pages: [], deny_urls: [], curtain: true };
const GIVEN = seen({ type: "policy_given", policy: POLICY } as never);
const BEGUN: readonly Input[] = [
  { type: "start", customerToken: "c" },
  { type: "linked" },
  GIVEN,
  seen({ type: "started", session_id: "314159265" }, 1, 1),
  seen({ type: "token_issued", token: "t" }, 1, 1),
];
const JOINED = seen({ type: "joined", agent: "Ada", mode: "pointer" }, 2, 2);
const ASKED = seen({ type: "asked", request: "r1", agent: "Ada", expires_in_s: 30 }, 3, 3);
const APPROVED: readonly Input[] = [
  seen({ type: "answered", request: "r1", answer: "approved" }, 4, 4),
  seen({ type: "in_mode", mode: "write" }, 4, 4),
];
const SUSPENDED = seen({ type: "suspended", reason: "link_lost", ends_in_s: 60 }, 5, 5);

/** Where a story leads, and what was to be done in it. */
function play(inputs: readonly Input[], from: Session = IDLE): { session: Session; effects: Effect[] } {
  const effects: Effect[] = [];
  let session = from;
  for (const input of inputs) {
    const outcome = step(session, input);
    session = outcome.session;
    effects.push(...outcome.effects);
  }
  return { session, effects };
}

const PENDING = play(BEGUN).session;
const ACTIVE = play([...BEGUN, JOINED]).session;
const WRITING = play([...BEGUN, JOINED, ASKED, ...APPROVED]).session;

/** What is said to the server. */
function said(effects: readonly Effect[]): string[] {
  return effects.flatMap((effect) => (effect.type === "send" ? [effect.what.type] : []));
}

function kinds(effects: readonly Effect[]): string[] {
  return effects.map((effect) => effect.type);
}

const HANDOVER: Handover = {
  token: "t",
  customerToken: "c",
  sessionId: "314159265",
  agent: "Ada",
  hasLeft: false,
  isCurtainDrawn: false,
  noticed: 0,
};

describe("a browser that cannot hold back what acts lead to", () => {
  const unguarded = (input: Input): Input => ({ ...input, unguarded: true }) as Input;

  it("declines a request without asking the customer, and says why", () => {
    const { session, effects } = step(ACTIVE, unguarded(ASKED));

    expect(session.request).toBeUndefined();
    expect(effects).toEqual([
      { type: "send", what: { type: "deny", request: "r1" } },
      { type: "tell", notice: { type: "declined", agent: "Ada" } },
    ]);
  });

  it("declines one that it finds when it takes a session up", () => {
    const resuming: Session = { ...IDLE, phase: "resuming", token: "t", isLinked: true };
    const found = seen(
      { type: "restored", state: "asked", mode: "pointer", request: "r7", agent: "Ada" } as never,
      9,
      7,
    );
    const { session, effects } = step(resuming, unguarded(found));

    expect([session.phase, session.request, said(effects)]).toEqual(["active", undefined, ["deny"]]);
  });

  it("answers nothing but requests, and none of before", () => {
    expect(said(step(PENDING, unguarded(JOINED)).effects)).toEqual([]);
    expect(said(step({ ...ACTIVE, restoredAt: 9 }, unguarded(ASKED)).effects)).toEqual([]);
  });
});

describe("starting", () => {
  it("sends the customer token once there is a link, and shows nothing until an agent has joined", () => {
    const { session, effects } = play(BEGUN);

    expect(kinds(effects)).toEqual(["open_link", "send", "follow_policy", "announce_id"]);
    expect([session.phase, session.sessionId, session.token]).toEqual(["pending", "314159265", "t"]);
  });

  it("shows the page when an agent has joined, and says who", () => {
    const { session, effects } = step(PENDING, JOINED);

    expect([session.phase, session.mode, session.agent]).toEqual(["active", "pointer", "Ada"]);
    expect(effects).toEqual([{ type: "show" }, { type: "tell", notice: { type: "joined", agent: "Ada" } }]);
  });

  it("fails with a word where it is refused, and can be tried again", () => {
    const refused = seen({ type: "refused", rule: "START-8", reason: "no_interaction" });
    const { session } = play([{ type: "start", customerToken: "c" }, { type: "linked" }, refused]);

    expect([session.phase, session.over]).toEqual(["ended", "failed"]);
    expect(step(session, { type: "start", customerToken: "d" }).session.phase).toBe("starting");
  });

  it("does not start a second session beside the first", () => {
    for (const session of [PENDING, ACTIVE, WRITING]) {
      expect(step(session, { type: "start", customerToken: "x" })).toEqual({ session, effects: [] });
    }
  });

  it("ends before anything is shown where the policy cannot be read", () => {
    const { session, effects } = step(PENDING, { type: "unusable_policy" });

    expect([session.phase, session.over, said(effects)]).toEqual(["ended", "unusable_policy", ["cancel"]]);
  });
});

describe("the question", () => {
  it("is answered by its own answer only, and while it stands", () => {
    const asked = step(ACTIVE, ASKED).session;
    const yes: Input = { type: "answer", request: "r1", yes: true, timed: false };

    expect(said(step(asked, yes).effects)).toEqual(["approve"]);
    expect(said(step(asked, { ...yes, yes: false }).effects)).toEqual(["deny"]);
    expect(step(asked, { ...yes, request: "r2" }).effects).toEqual([]);
    expect(step(ACTIVE, yes).effects).toEqual([]);
    expect(step(play([SUSPENDED], asked).session, yes).effects).toEqual([]);
    expect(
      step(play([seen({ type: "answered", request: "r1", answer: "expired" })], asked).session, yes).effects,
    ).toEqual([]);
  });

  it("is still there when another one's answer comes", () => {
    const asked = step(ACTIVE, ASKED).session;
    const other = seen({ type: "answered", request: "r0", answer: "expired" });

    expect(step(asked, other).session.request?.id).toBe("r1");
  });

  it("begins Write Mode only by the server's word", () => {
    const asked = step(ACTIVE, ASKED).session;
    const answered = step(asked, { type: "answer", request: "r1", yes: true, timed: false });
    expect(answered.session.mode).toBe("pointer");
    const { session, effects } = play(APPROVED, answered.session);

    expect([session.mode, session.writeSince]).toEqual(["write", 4]);
    expect(effects).toContainEqual({ type: "write", on: true });
  });
});

describe("acts", () => {
  const acted = seen({ type: "acted", act: 8, do: { type: "scroll", y: 4 } } as never, 8, 4);

  it("reach the gate while the session is active, and no other time", () => {
    expect(kinds(step(WRITING, acted).effects)).toEqual(["apply"]);
    for (const session of [PENDING, play([SUSPENDED], WRITING).session]) {
      expect(step(session, acted).effects).toEqual([]);
    }
  });

  it("are reported, with a rule where they were refused", () => {
    const done = step(WRITING, { type: "reported", act: 8, rule: "", reason: "" }).effects;
    const not = step(WRITING, {
      type: "reported",
      act: 9,
      rule: "SUBMIT-1",
      reason: "submit_blocked",
    }).effects;

    expect([...done, ...not]).toEqual([
      { type: "send", what: { type: "report", act: 8 } },
      { type: "send", what: { type: "report", act: 9, rule: "SUBMIT-1", reason: "submit_blocked" } },
    ]);
  });
});

describe("stopping", () => {
  it("hides the page at once, before the server answers", () => {
    const { session, effects } = step(WRITING, { type: "exit" });

    expect(kinds(effects)).toEqual(["hide", "write", "send", "close_link"]);
    expect([session.phase, session.token]).toEqual(["ended", ""]);
  });

  it("cancels while nobody has joined", () => {
    expect(said(step(PENDING, { type: "exit" }).effects)).toEqual(["cancel"]);
  });

  it("is for ever: nothing that comes afterwards changes anything", () => {
    const over = step(WRITING, seen({ type: "ended", reason: "agent_exit" }, 9, 9)).session;
    for (const input of [JOINED, ASKED, ...APPROVED, { type: "linked" } as const]) {
      expect(step(over, input).session.phase).toBe("ended");
      expect(said(step(over, input).effects)).toEqual([]);
    }
    expect(handoverOf(over)).toBeUndefined();
  });

  it("suspends with everything that was allowed taken back", () => {
    for (const from of [WRITING, step(ACTIVE, ASKED).session]) {
      const { session, effects } = step(from, SUSPENDED);

      expect([session.phase, session.mode, session.request, session.still?.reason]).toEqual([
        "suspended",
        "pointer",
        undefined,
        "link_lost",
      ]);
      expect(kinds(effects)).toEqual(["hide", "write"]);
    }
  });

  it("draws the curtain without waiting for anybody", () => {
    const { session, effects } = step(WRITING, { type: "curtain", drawn: true });

    expect(kinds(effects)).toEqual(["hide", "write", "send"]);
    expect([session.mode, session.isCurtainDrawn]).toEqual(["pointer", true]);
    expect(step({ ...WRITING, hasCurtain: false }, { type: "curtain", drawn: true }).effects).toEqual([]);
  });
});

describe("the link", () => {
  it("that is lost hides the page, and comes back with the token before anything else", () => {
    const lost = step(WRITING, { type: "lost", again: true, code: 1006 });
    const back = step(lost.session, { type: "linked" });

    expect([lost.session.phase, lost.session.mode, kinds(lost.effects)]).toEqual([
      "suspended",
      "pointer",
      ["hide", "write"],
    ]);
    expect(back.effects).toEqual([{ type: "send", what: { type: "resume", token: "t", after: 0 } }]);
  });

  it("that another page of the customer has taken over is left to it", () => {
    const { session } = step(WRITING, { type: "lost", again: false, code: 4001 });

    expect([session.phase, session.over, handoverOf(session)]).toEqual(["ended", "taken_over", undefined]);
  });
});

describe("an exit without a link", () => {
  it("holds at once, and is said when there is one again", () => {
    const lost = step(WRITING, { type: "lost", again: true, code: 1006 }).session;
    const exited = step(lost, { type: "exit" });
    expect([exited.session.phase, said(exited.effects), handoverOf(exited.session)]).toEqual([
      "ended",
      [],
      undefined,
    ]);
    const back = step(exited.session, { type: "linked" });

    expect([said(back.effects), kinds(back.effects).at(-1), back.session.token]).toEqual([
      ["resume", "exit"],
      "close_link",
      "",
    ]);
  });
});

describe("the page that goes", () => {
  it.each([
    ["site", ["announce"], false],
    ["elsewhere", ["leave_site"], true],
    ["unknown", [], false],
  ] as const)("to: %s", (going, words, hasLeft) => {
    const { session, effects } = step(WRITING, { type: "leave", going });

    expect([said(effects), kinds(effects).slice(0, 2), kinds(effects).at(-1)]).toEqual([
      words,
      ["hide", "write"],
      "close_link",
    ]);
    expect(handoverOf(session)).toEqual({ ...HANDOVER, hasLeft });
  });

  it("and is shown again proves who it is, and believes nothing of before", () => {
    const away = step(WRITING, { type: "leave", going: "elsewhere" }).session;
    const { session, effects } = play(
      [{ type: "take_up", handover: handoverOf(away) }, { type: "linked" }],
      away,
    );

    expect([session.phase, session.mode, session.request]).toEqual(["resuming", "pointer", undefined]);
    expect(effects).toEqual([
      { type: "open_link" },
      { type: "send", what: { type: "resume", token: "t", after: 0 } },
    ]);
    expect(step(away, { type: "take_up", handover: undefined }).session).toEqual(IDLE);
  });
});

describe("resuming", () => {
  const resuming = play([{ type: "take_up", handover: HANDOVER }, { type: "linked" }, GIVEN]).session;
  const restored = (fields: object): Input =>
    seen({ type: "restored", mode: "pointer", ...fields } as never, 9, 7);

  it("keeps Write Mode after a move within the site", () => {
    const { session, effects } = step(resuming, restored({ state: "write", mode: "write", agent: "Ada" }));

    expect([session.phase, session.mode, session.writeSince]).toEqual(["active", "write", 7]);
    expect(effects).toEqual([{ type: "show" }, { type: "write", on: true }]);
  });

  it("shows nothing where the session waits for an agent, or is suspended", () => {
    for (const state of ["pending", "suspended"]) {
      const { session, effects } = step(resuming, restored({ state }));

      expect([isLive(session), effects]).toEqual([true, []]);
    }
  });

  it("says that the customer is back from another site", () => {
    const left = { ...resuming, hasLeft: true };

    expect(said(step(left, restored({ state: "suspended" })).effects)).toEqual(["return_to_site"]);
    expect(said(step(resuming, restored({ state: "suspended", reasons: ["off_site"] })).effects)).toEqual([
      "return_to_site",
    ]);
  });

  it("makes up for a departure that the server has not heard of: then the mode is not kept", () => {
    const { effects } = step({ ...resuming, hasLeft: true }, restored({ state: "write", mode: "write" }));

    expect(said(effects)).toEqual(["leave_site", "return_to_site"]);
    expect(kinds(effects)).not.toContain("show");
  });

  it("says nothing of a refusal that is none of the customer's business", () => {
    const stale = seen({ type: "refused", rule: "SECURE-4", reason: "stale" });
    const suspended = seen({ type: "refused", rule: "SITE-6", reason: "suspended" });
    const active = play([...BEGUN, JOINED]).session;

    expect(step(active, stale).effects).toEqual([]);
    expect(step(play([...BEGUN, JOINED, SUSPENDED]).session, suspended).effects).toEqual([]);
    expect(
      kinds(step(active, seen({ type: "refused", rule: "WRITE-1", reason: "no_such_request" })).effects),
    ).toEqual(["tell"]);
  });

  it("gives up what is over", () => {
    const refused = seen({ type: "refused", rule: "STOP-5", reason: "session_ended" });

    expect(step(resuming, refused).session.over).toBe("gone");
  });

  it("gives up what is over by the time that a lost link is back, whatever the page showed meanwhile", () => {
    const refused = seen({ type: "refused", rule: "STOP-5", reason: "session_ended" });

    for (const before of [PENDING, ACTIVE, WRITING]) {
      const back = play([{ type: "lost", again: true, code: 1006 }, { type: "linked" }], before).session;

      expect([step(back, refused).session.phase, step(back, refused).session.over]).toEqual([
        "ended",
        "gone",
      ]);
    }
  });

  it("shows the page from the beginning when the session goes on", () => {
    const { session, effects } = play(
      [restored({ state: "suspended" }), seen({ type: "resumed", mode: "pointer" }, 10, 10)],
      resuming,
    );

    expect([session.phase, session.mode]).toEqual(["active", "pointer"]);
    expect(kinds(effects)).toEqual(["hide", "write", "show", "tell"]);
  });
});

describe("what was missed", () => {
  const restored = seen({ type: "restored", state: "pointer", mode: "pointer", agent: "Ada" } as never, 9, 9);

  it("is asked for by the number of the last notice that came", () => {
    const noticed = play([seen({ type: "warned", ends_in_s: 60 }, 3, 2, 6)], ACTIVE).session;
    const lost = step(noticed, { type: "lost", again: true, code: 1006 }).session;

    expect(step(lost, { type: "linked" }).effects).toEqual([
      { type: "send", what: { type: "resume", token: "t", after: 6 } },
    ]);
  });

  it("is shown, and not believed: what holds has been said", () => {
    const back = play([{ type: "take_up", handover: HANDOVER }, { type: "linked" }, GIVEN, restored]).session;
    const { session, effects } = play(
      APPROVED.concat(seen({ type: "in_mode", mode: "write" }, 9, 9, 8)),
      back,
    );

    expect([session.mode, session.noticed]).toEqual(["pointer", 8]);
    expect(new Set(kinds(effects))).toEqual(new Set(["tell"]));
  });
});

it("never shows the page, nor applies an act, but in an active session", () => {
  // Every input in every state that these inputs lead to, three deep.
  const inputs: readonly Input[] = [
    ...BEGUN,
    JOINED,
    ASKED,
    ...APPROVED,
    SUSPENDED,
    seen({ type: "resumed", mode: "pointer" }),
    seen({ type: "ended", reason: "policy" }),
    seen({ type: "restored", state: "write", mode: "write" } as never, 3, 3),
    seen({ type: "acted", act: 1, do: { type: "refresh" } } as never),
    { type: "exit" },
    { type: "lost", again: true, code: 1006 },
    { type: "lost", again: false, code: 1001 },
    { type: "leave", going: "site" },
    { type: "take_up", handover: HANDOVER },
    { type: "curtain", drawn: true },
    { type: "unusable_policy" },
  ];
  const found = new Map<string, Session>([[JSON.stringify(IDLE), IDLE]]);
  let edge: readonly Session[] = [IDLE, PENDING, WRITING];
  for (let depth = 0; depth < 4; depth += 1) {
    const next: Session[] = [];
    for (const session of edge) {
      for (const input of inputs) {
        const { session: after, effects } = step(session, input);
        const kept = JSON.stringify(after);
        if (effects.some(({ type }) => type === "show" || type === "apply"))
          expect(after.phase).toBe("active");
        if (after.mode === "write") expect(after.phase).toBe("active");
        if (effects.some((one) => one.type === "write" && one.on)) expect(after.mode).toBe("write");
        if (after.phase === "ended") expect([after.sessionId, handoverOf(after)]).toEqual(["", undefined]);
        if (!found.has(kept)) {
          found.set(kept, after);
          next.push(after);
        }
      }
    }
    edge = next;
  }
  expect(found.size).toBeGreaterThan(100);
});

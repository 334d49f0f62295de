// What the workspace makes of what happens: observations and the agent's own acts → state and effects.

import { describe, expect, it } from "vitest";
import type { See, Seen } from "../../src/protocol/decode";
import { decode } from "../../src/protocol/decode";
import { currentNotices, shown } from "../../src/workspace/shown";
import type { Effect, Event, State } from "../../src/workspace/state";
import { INITIAL } from "../../src/workspace/state";
import { step } from "../../src/workspace/step";

const NOW = 1_000_000;
const PAGE = { type: "page_shown", page: "p1", url: "https://bank.example/apply", elements: [{ ref: "7" }] };

let places = 0;

/** A message of the server, as the link would have decoded it; each stands after those that were made before. */
function says(see: object, re = 0): Event {
  places += 1;
  const seen = decode(JSON.stringify({ see, n: places, epoch: 1, re }));
  if (seen === undefined) throw new Error("no message of cobrowse.v1");
  return { type: "seen", seen: seen as Seen };
}

interface Played {
  readonly state: State;
  /** The effects of the last event. */
  readonly effects: readonly Effect[];
}

function play(events: readonly Event[], from: State = INITIAL, now = NOW): Played {
  let played: Played = { state: from, effects: [] };
  for (const event of events) played = step(played.state, event, now);
  return played;
}

const SIGNED_IN: readonly Event[] = [
  { type: "sign_in" },
  { type: "link_opened" },
  { type: "sent", id: 1, purpose: "sign_in" },
  says({ type: "welcome", name: "Ada" }, 1),
];
const JOINED: readonly Event[] = [
  ...SIGNED_IN,
  { type: "join", text: "123 456-789" },
  { type: "sent", id: 2, purpose: "join" },
  says({ type: "joined", agent: "Ada", mode: "pointer" }, 2),
  says({ type: "token_issued", token: "secret" }, 2),
  says(PAGE),
  { type: "view", message: { type: "shown", page: "p1", width: 1280, height: 720 } },
];
const ASKED: readonly Event[] = [
  ...JOINED,
  { type: "request" },
  { type: "sent", id: 3, purpose: "request" },
  says({ type: "asked", request: "r1", agent: "Ada", expires_in_s: 30 }, 3),
];
const WRITING: readonly Event[] = [
  ...ASKED,
  says({ type: "answered", request: "r1", answer: "approved" }),
  says({ type: "in_mode", mode: "write" }),
];

function refusal(reason: string, more: object = {}): object {
  return { type: "refused", rule: "X-1", reason, message: "in the server's words", ...more };
}

/** The words of the notices, in order. */
function words({ state }: Played): readonly string[] {
  return state.notices.map((one) => one.text);
}

function tells(effects: readonly Effect[]): readonly unknown[] {
  return effects.flatMap((effect) => (effect.type === "tell" ? [effect.message] : []));
}

function look(state: State, now = NOW): ReturnType<typeof shown> {
  return shown(state, now);
}

describe("signing in (SECURE-1)", () => {
  it("connects first, and proves who it is when the link is open", () => {
    expect(play([{ type: "sign_in" }]).effects).toEqual([{ type: "connect" }]);
    expect(play([{ type: "sign_in" }, { type: "link_opened" }]).effects).toEqual([{ type: "sign_in" }]);
  });

  it("shows the lobby to whom the server welcomes", () => {
    const { state } = play(SIGNED_IN);

    expect([look(state).screen, state.name]).toEqual(["lobby", "Ada"]);
  });

  it("forgets a credential that is not valid, and says so", () => {
    const played = play([...SIGNED_IN.slice(0, 3), says(refusal("not_authenticated"), 1)]);

    expect(played.effects).toEqual([{ type: "forget_credential" }, { type: "disconnect" }]);
    expect(look(played.state)).toMatchObject({
      screen: "entry",
      entryProblem: "This credential is not valid.",
    });
  });

  it("goes back to the session that the tab was in", () => {
    expect(play([{ type: "token_found" }, ...SIGNED_IN]).effects).toEqual([{ type: "resume" }]);
  });
});

describe("joining", () => {
  it.each(["123456789", "123 456 789", "123-456-789", " 123\u2013456 789 "])("takes %j (JOIN-7)", (text) => {
    const { effects, state } = play([...SIGNED_IN, { type: "join", text }]);

    expect(effects).toEqual([
      { type: "send", what: { type: "join", session_id: "123456789" }, purpose: "join" },
    ]);
    expect(look(state).canJoin).toBe(false);
  });

  it.each(["", "12345678", "1234567890", "12345678a"])("sends nothing for %j, and says why", (text) => {
    const { effects, state } = play([...SIGNED_IN, { type: "join", text }]);

    expect([effects, look(state).joinProblem]).toEqual([[], "A session ID has nine digits."]);
  });

  it.each([
    ["no_such_session", "There is no session with this ID to join. Ask the customer for a new one."],
    ["session_full", "Another agent is already in this session."],
    ["agent_busy", "You are in another session. Exit it first."],
  ])("explains %s", (reason, text) => {
    const played = play([...JOINED.slice(0, 6), says(refusal(reason), 2)]);

    expect(look(played.state)).toMatchObject({ screen: "lobby", joinProblem: text, canJoin: true });
  });

  it("counts down while guesses are throttled, and offers no join (JOIN-8)", () => {
    const { state } = play([...JOINED.slice(0, 6), says(refusal("throttled", { retry_after_s: 20 }), 2)]);

    expect(look(state).canJoin).toBe(false);
    expect(look(state, NOW + 5000).joinProblem).toMatch(/Try again in 15 s\.$/);
    expect(play([{ type: "join", text: "123456789" }], state).effects).toEqual([]);
    expect(look(state, NOW + 20_000).canJoin).toBe(true);
  });

  it("begins in Pointer Mode, with an empty view (JOIN-3)", () => {
    const { effects, state } = play(JOINED.slice(0, 7));

    expect(tells(effects)).toEqual([{ type: "blank" }, { type: "mode", mode: "pointer", scope: "" }]);
    expect(look(state).state.text).toBe("Pointer Mode");
    expect(look(state).cover?.title).toBe("Waiting for the customer's page");
  });

  it("joins by itself where the chat's customer starts (START-3)", () => {
    const played = play([
      ...SIGNED_IN,
      says({ type: "joined", agent: "Ada", mode: "pointer", by_chat: true }),
    ]);

    expect(look(played.state).screen).toBe("session");
    expect(words(played)).toEqual(["The customer started a co-browse session in the chat: you have joined."]);
  });

  it("keeps the token for a reload", () => {
    expect(play(JOINED.slice(0, 8)).effects).toEqual([{ type: "keep_token", token: "secret" }]);
  });

  it("shows what is said in the chat", () => {
    const { state } = play([
      ...SIGNED_IN,
      says({ type: "said", interaction: "i", author: "customer", text: "<b>" }),
    ]);

    expect(state.chat).toEqual([{ interaction: "i", author: "customer", text: "<b>" }]);
  });
});

describe("the icons (WRITE-5, WRITE-6)", () => {
  it("has a pencil in Pointer Mode", () => {
    expect(look(play(JOINED).state).tools).toMatchObject({
      icon: "pencil",
      canAsk: true,
      canNavigate: false,
    });
  });

  it("has none where Write Mode is off, and sends no request", () => {
    const joined = says({ type: "joined", agent: "Ada", mode: "pointer", write_mode: false }, 2);
    const { state } = play([...JOINED.slice(0, 6), joined, ...JOINED.slice(7)]);

    expect(look(state).tools.icon).toBe("none");
    expect(play([{ type: "request" }], state).effects).toEqual([]);
  });

  it("asks once, however often it is clicked", () => {
    const first = play([...JOINED, { type: "request" }]);

    expect(first.effects).toEqual([{ type: "send", what: { type: "request" }, purpose: "request" }]);
    expect(look(first.state).tools.canAsk).toBe(false);
    expect(play([{ type: "request" }], first.state).effects).toEqual([]);
  });

  it("can withdraw while the request is pending, and says how long that is", () => {
    const { state } = play(ASKED);

    expect(look(state, NOW + 1000)).toMatchObject({
      tools: { icon: "withdraw" },
      countdown: "The request expires in 29 s",
      state: { text: "Write Mode requested" },
    });
    expect(play([{ type: "withdraw" }], state).effects).toEqual([
      { type: "send", what: { type: "withdraw", request: "r1" }, purpose: "withdraw" },
    ]);
  });

  it.each([
    ["denied", "The customer denied your request."],
    ["expired", "The customer did not answer in time: your request has expired."],
    ["withdrawn", "You have withdrawn your request."],
    ["void", "Your request is void: the session was suspended."],
  ])("has the pencil again when it is %s", (answer, text) => {
    const played = play([...ASKED, says({ type: "answered", request: "r1", answer })]);

    expect(look(played.state).tools.icon).toBe("pencil");
    expect(words(played).at(-1)).toBe(text);
  });

  it("has a pointer icon in Write Mode, and the browser's controls", () => {
    const { state, effects } = play(WRITING);

    expect(look(state)).toMatchObject({
      tools: { icon: "to_pointer", canNavigate: true },
      state: { text: "Write Mode" },
    });
    expect(tells(effects)).toEqual([{ type: "mode", mode: "write", scope: "" }]);
  });

  it("returns to Pointer Mode, with a pencil and without the controls (WRITE-10)", () => {
    const asked = play([...WRITING, { type: "to_pointer" }]);
    const { state } = play(
      [{ type: "sent", id: 9, purpose: "to_pointer" }, says({ type: "in_mode", mode: "pointer" }, 9)],
      asked.state,
    );

    expect(asked.effects).toEqual([
      { type: "send", what: { type: "return_to_pointer" }, purpose: "to_pointer" },
    ]);
    expect(look(state).tools).toMatchObject({ icon: "pencil", canNavigate: false });
    expect(state.notices.map((one) => one.text)).not.toContain(
      "Write Mode is over: you are in Pointer Mode.",
    );
  });

  it("says so when somebody else ended Write Mode (WRITE-11)", () => {
    const played = play([...WRITING, says({ type: "in_mode", mode: "pointer" })]);

    expect(words(played).at(-1)).toBe("Write Mode is over: you are in Pointer Mode.");
  });

  it("counts down while the customer is not to be asked again (WRITE-9)", () => {
    const asked = play([...JOINED, { type: "request" }, { type: "sent", id: 4, purpose: "request" }]);
    const { state } = play([says(refusal("cooling_down", { retry_after_s: 8 }), 4)], asked.state);

    expect(look(state, NOW + 1000)).toMatchObject({
      tools: { icon: "pencil", canAsk: false },
      countdown: "Ask again in 7 s",
    });
    expect(look(state, NOW + 8000).tools.canAsk).toBe(true);
  });

  it("takes the pencil away when Write Mode turns out to be off", () => {
    const asked = play([...JOINED, { type: "request" }, { type: "sent", id: 4, purpose: "request" }]);

    const { state } = play([says(refusal("write_mode_disabled"), 4)], asked.state);

    expect(look(state).tools.icon).toBe("none");
  });
});

describe("asking for less (WRITE-15)", () => {
  const offered = [
    ...JOINED.slice(0, 6),
    says({ type: "joined", agent: "Ada", mode: "pointer", scoped_grants: true }, 2),
    ...JOINED.slice(7),
  ];

  it("is offered only where the session has it", () => {
    expect(look(play(JOINED).state).tools.scope).toBe("none");
    expect(look(play(offered).state).tools.scope).toBe("offered");
  });

  it("asks for what the agent points at", () => {
    const choosing = play([...offered, { type: "choose_scope" }]);
    const { effects } = play([{ type: "view", message: { type: "scope", element: "7" } }], choosing.state);

    expect(tells(choosing.effects)).toEqual([{ type: "choose_scope", on: true }]);
    expect(effects[0]).toEqual({
      type: "send",
      what: { type: "request", scope: "7", page: "p1" },
      purpose: "request",
    });
    expect(tells(effects)).toEqual([{ type: "choose_scope", on: false }]);
  });

  it("shows how far the approval reaches, and for how long", () => {
    const { state, effects } = play([
      ...offered,
      says({ type: "in_mode", mode: "write", scope: "7", ends_in_s: 60 }),
    ]);

    expect(tells(effects)).toEqual([{ type: "mode", mode: "write", scope: "7" }]);
    expect(look(state)).toMatchObject({
      state: { text: "Write Mode, limited" },
      countdown: "Write Mode ends in 60 s",
    });
  });
});

describe("acts", () => {
  const act = { type: "type", element: "7", value: "Graz", version: 2 } as const;
  const done: Event = { type: "view", message: { type: "act", number: 5, page: "p1", act } };

  it("go out in Write Mode", () => {
    expect(play([...WRITING, done]).effects).toEqual([{ type: "act", act, page: "p1", number: 5 }]);
  });

  it("do not in Pointer Mode (POINTER-2)", () => {
    expect(tells(play([...JOINED, done]).effects)).toEqual([{ type: "outcome", act: 5, done: false }]);
  });

  it("do not on a page that is gone", () => {
    const { effects } = play([...WRITING, says({ ...PAGE, page: "p2" }), done]);

    expect(effects).toEqual([{ type: "tell", message: { type: "outcome", act: 5, done: false } }]);
  });

  it.each([
    ["submit_blocked", "Only the customer can submit this form."],
    ["masked", "This field is masked: only the customer can change it."],
    ["disabled", "This element is disabled for agents: only the customer can use it."],
    ["off_site", "That address is not on the company's site."],
    ["outdated", "The customer changed this field at the same time. The customer's value stays."],
    ["something_else", "in the server's words"],
  ])("that the server refuses with %s are explained", (reason, text) => {
    const sent = play([...WRITING, done, { type: "act_sent", id: 11, number: 5 }]);
    const played = play([says(refusal(reason), 11)], sent.state);

    expect(words(played).at(-1)).toBe(text);
    expect(tells(played.effects)).toEqual([{ type: "outcome", act: 5, done: false }]);
  });

  it("are settled in their order, those apart that the server refused", () => {
    const sent = play([
      ...WRITING,
      { type: "act_sent", id: 11, number: 5 },
      { type: "act_sent", id: 12, number: 6 },
      { type: "act_sent", id: 13, number: 7 },
      says(refusal("masked"), 12),
    ]);
    const first = play([says({ type: "act_applied", act: 8 })], sent.state);
    const last = play([says(refusal("no_history", { act: 9 }))], first.state);

    expect([sent, first, last].flatMap(({ effects }) => tells(effects))).toEqual([
      { type: "outcome", act: 6, done: false },
      { type: "outcome", act: 5, done: true },
      { type: "outcome", act: 7, done: false },
    ]);
  });

  it("that the view refuses by itself are explained in the same words", () => {
    const played = play([...WRITING, { type: "view", message: { type: "explain", reason: "masked" } }]);

    expect(words(played).at(-1)).toBe("This field is masked: only the customer can change it.");
  });

  it("of the browser: back, forward, refresh, an address", () => {
    const { state } = play(WRITING);

    expect(play([{ type: "navigate", act: "go_back" }], state).effects).toEqual([
      { type: "act", act: { type: "go_back" }, page: "p1", number: 0 },
    ]);
    expect(play([{ type: "open_url", text: "/rates" }], state).effects).toEqual([
      { type: "act", act: { type: "open_url", url: "https://bank.example/rates" }, page: "p1", number: 0 },
    ]);
  });

  it("of the browser do not go out in Pointer Mode", () => {
    const { state } = play(JOINED);

    expect(play([{ type: "navigate", act: "refresh" }], state).effects).toEqual([]);
    expect(play([{ type: "open_url", text: "/rates" }], state).effects).toEqual([]);
  });
});

describe("pointers and circles (POINTER-3, POINTER-4)", () => {
  const move: Event = { type: "view", message: { type: "pointer", x: 3, y: 4 } };
  const click: Event = { type: "view", message: { type: "click", x: 3, y: 4 } };

  it("go out in either mode", () => {
    for (const events of [JOINED, WRITING]) {
      expect(play([...events, move]).effects).toEqual([{ type: "move", x: 3, y: 4 }]);
      expect(play([...events, click]).effects).toEqual([
        { type: "send", what: { type: "click", x: 3, y: 4 }, purpose: "click" },
      ]);
    }
  });

  it("do not while the session is suspended", () => {
    const { state } = play([...JOINED, says({ type: "suspended", reason: "off_site" })]);

    expect([play([move], state).effects, play([click], state).effects]).toEqual([[], []]);
  });

  it("come in", () => {
    expect(tells(play([...JOINED, { type: "customer_pointer", x: 1, y: 2 }]).effects)).toEqual([
      { type: "pointer", x: 1, y: 2 },
    ]);
    expect(tells(play([...JOINED, says({ type: "circle", x: 1, y: 2 })]).effects)).toEqual([
      { type: "circle", x: 1, y: 2 },
    ]);
  });
});

describe("suspension (SITE-1, SITE-3)", () => {
  const away: Event = says({ type: "suspended", reason: "off_site", ends_in_s: 300 });

  it("blanks the view before anything else", () => {
    expect(play([...WRITING, away]).effects[0]).toEqual({ type: "tell", message: { type: "blank" } });
  });

  it("says why, and counts down", () => {
    const played = play([...WRITING, away]);

    expect(look(played.state, NOW + 1000)).toMatchObject({
      state: { text: "Suspended" },
      cover: { time: "The session ends in 4:59 min" },
      tools: { isOpen: false, icon: "none" },
      canExit: true,
    });
    expect(look(played.state).cover?.text).toContain("The customer has left the company's site.");
  });

  it.each([
    ["link_lost", "The customer's connection is lost."],
    ["curtain", "The customer has drawn a curtain before the page."],
  ])("names %s", (reason, text) => {
    expect(words(play([...JOINED, says({ type: "suspended", reason })])).at(-1)).toBe(text);
  });

  it("lets no content through, that was under way", () => {
    const { state } = play([...JOINED, away]);

    expect(play([{ type: "content", payload: new ArrayBuffer(2), byHand: false }], state).effects).toEqual(
      [],
    );
  });

  it("goes on in Pointer Mode (SITE-2)", () => {
    const { state } = play([...WRITING, away, says({ type: "resumed", mode: "pointer" })]);

    expect(look(state)).toMatchObject({ state: { text: "Pointer Mode" }, tools: { icon: "pencil" } });
  });
});

describe("the end (STOP-2, STOP-6)", () => {
  it.each([
    ["customer_exit", "The customer has exited the session."],
    ["agent_exit", "You have exited the session."],
    ["interaction_ended", "The chat or call is over, and the session with it."],
    ["inactivity", "Nobody did anything for a long time."],
    ["server_shutdown", "The server was stopped."],
  ])("blanks the view first, then says %s", (reason, text) => {
    const played = play([...WRITING, says({ type: "ended", reason })]);

    expect(played.effects[0]).toEqual({ type: "tell", message: { type: "blank" } });
    expect(played.effects.at(-1)).toEqual({ type: "forget_token" });
    expect(look(played.state)).toMatchObject({ state: { text: "Ended" }, cover: { text }, canExit: false });
    expect(words(played).at(-1)).toBe(text);
  });

  it("is for ever: nothing that is done afterwards goes out (STOP-5)", () => {
    const { state } = play([...WRITING, says({ type: "ended", reason: "customer_exit" })]);
    const all: Event[] = [
      { type: "request" },
      { type: "exit" },
      { type: "to_pointer" },
      { type: "view", message: { type: "click", x: 1, y: 1 } },
      { type: "content", payload: new ArrayBuffer(2), byHand: true },
    ];

    for (const event of all) expect(play([event], state).effects).toEqual([]);
  });

  it("goes back to the lobby", () => {
    const { state } = play([...JOINED, says({ type: "ended", reason: "customer_exit" }), { type: "leave" }]);

    expect(look(state).screen).toBe("lobby");
  });

  it("exits when the agent says so (STOP-1)", () => {
    expect(play([...JOINED, { type: "exit" }]).effects).toEqual([
      { type: "send", what: { type: "exit" }, purpose: "exit" },
    ]);
  });

  it("is warned of, until somebody does something (STOP-7)", () => {
    const { state } = play([...JOINED, says({ type: "warned", ends_in_s: 60 })]);

    expect(look(state).countdown).toBe("Nobody is active: the session ends in 60 s");
    expect(
      look(play([{ type: "view", message: { type: "click", x: 1, y: 1 } }], state).state).countdown,
    ).toBe("");
    expect(look(play([{ type: "customer_pointer", x: 1, y: 1 }], state).state).countdown).toBe("");
  });
});

describe("a link that is lost (RESUME-1)", () => {
  const lost: Event = { type: "link_lost", code: 1006, again: true };
  const back: readonly Event[] = [
    { type: "link_opened" },
    { type: "sent", id: 1, purpose: "sign_in" },
    says({ type: "welcome", name: "Ada" }, 1),
  ];

  it("blanks the view, and tells the agent", () => {
    const played = play([...WRITING, lost]);

    expect(tells(played.effects)[0]).toEqual({ type: "blank" });
    expect(look(played.state)).toMatchObject({
      state: { text: "Reconnecting…" },
      cover: { action: "reconnect", title: "Your connection is lost" },
      canExit: false,
    });
  });

  it("is resumed with the session's token, in Pointer Mode (RESUME-3)", () => {
    const signed = play([...WRITING, lost, ...back]);
    const { state } = play(
      [
        { type: "sent", id: 2, purpose: "resume" },
        says({ type: "restored", state: "pointer", mode: "pointer", agent: "Ada" }, 2),
        says({ type: "resumed", mode: "pointer" }, 2),
        says(PAGE),
        ...JOINED.slice(9),
      ],
      signed.state,
    );

    expect(signed.effects).toEqual([{ type: "resume" }]);
    expect(look(state)).toMatchObject({
      state: { text: "Pointer Mode" },
      cover: undefined,
      tools: { icon: "pencil" },
    });
  });

  it("tells what was missed, and acts on none of it: how things stand was told first (RESUME-2)", () => {
    const missed = (see: object, n: number, notice: number): Event => {
      const seen = decode(JSON.stringify({ see, n, epoch: 1, re: 0, notice }));
      if (seen === undefined) throw new Error("no message of cobrowse.v1");
      return { type: "seen", seen: seen as Seen };
    };
    const signed = play([...ASKED, lost, ...back, { type: "sent", id: 2, purpose: "resume" }]);
    const played = play(
      [
        missed({ type: "restored", state: "pointer", mode: "pointer", agent: "Ada" }, 20, 0),
        missed({ type: "answered", request: "r1", answer: "approved" }, 12, 5),
        missed({ type: "in_mode", mode: "write" }, 12, 6),
        missed({ type: "suspended", reason: "link_lost" }, 20, 7),
        missed({ type: "resumed", mode: "pointer" }, 20, 8),
      ],
      signed.state,
    );

    expect(look(played.state)).toMatchObject({
      state: { text: "Pointer Mode" },
      tools: { canNavigate: false },
    });
    expect(words(played)).toEqual(
      expect.arrayContaining(["The customer approved your request: you are in Write Mode."]),
    );
    expect(played.effects.at(-1)).toEqual({ type: "keep_notice", notice: 8 });
  });

  it("is told of a session that ended meanwhile", () => {
    const { state } = play([
      ...WRITING,
      lost,
      ...back,
      { type: "sent", id: 2, purpose: "resume" },
      says(refusal("session_ended"), 2),
    ]);

    expect(look(state).cover).toMatchObject({
      text: "The session ended while you were away.",
      action: "leave",
    });
  });

  it("says so where another window has taken over, and can take it back", () => {
    const { state } = play([...JOINED, { type: "link_lost", code: 4001, again: false }]);

    expect(look(state).cover?.label).toBe("Use it here");
    expect(play([{ type: "reconnect" }], state).effects).toEqual([{ type: "connect" }]);
  });

  it("hurries when the agent asks", () => {
    expect(play([{ type: "reconnect" }], play([...JOINED, lost]).state).effects).toEqual([{ type: "hurry" }]);
  });
});

describe("notices", () => {
  it("vanish by themselves", () => {
    const { state } = play(JOINED);

    expect(currentNotices(state, NOW)).toHaveLength(1);
    expect(currentNotices(state, NOW + 60_000)).toEqual([]);
  });

  it("say the same once", () => {
    const explain: Event = { type: "view", message: { type: "explain", reason: "masked" } };

    expect(
      currentNotices(play([...WRITING, explain, explain, explain]).state, NOW).filter((one) =>
        one.text.includes("masked"),
      ),
    ).toHaveLength(1);
  });
});

describe("elements that come, change and go", () => {
  it("go to the view, and the page stays what it is", () => {
    const before = play(WRITING).state;
    const told = { type: "elements_shown", page: "p1", elements: [{ ref: "8" }], gone: ["7"] };
    const { state, effects } = play([...WRITING, says(told)]);

    expect(effects).toMatchObject([
      { type: "tell", message: { type: "elements", page: "p1", elements: [{ ref: "8" }], gone: ["7"] } },
    ]);
    expect(state).toEqual(before);
  });
});

/** Every kind of observation that an agent may get, in some state where it makes no sense. */
const STRAY: readonly See["type"][] = [
  "act_applied",
  "circle",
  "in_mode",
  "answered",
  "resumed",
  "warned",
  "page_shown",
  "elements_shown",
];

describe("whatever comes out of turn", () => {
  it.each(STRAY)("%s without a session changes nothing that shows", (type) => {
    const more: Record<string, object> = {
      act_applied: { act: 1 },
      circle: { x: 1, y: 1 },
      in_mode: { mode: "write" },
      answered: { request: "r", answer: "denied" },
      resumed: { mode: "pointer" },
      warned: { ends_in_s: 1 },
      page_shown: { page: "p", url: "https://bank.example/" },
      elements_shown: { page: "p", gone: ["7"] },
    };
    const { state } = play([...SIGNED_IN, says({ type, ...more[type] })]);

    expect(look(state).screen).toBe("lobby");
    expect(state.session).toBeUndefined();
  });
});

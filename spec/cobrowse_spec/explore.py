"""Exploration: every session that the alphabet can make, met by every letter, before every invariant.

Breadth first from sessions of which nothing has happened yet.  Sessions that differ only in what no rule
looks at are one *state*; from one session of each state every letter of :mod:`.alphabet` is tried, the
machine decides, parties are told, and the invariants judge what was done and seen.  A party's accepted
deed is followed by its fence, as the conformance suite does it, so that "nothing happened" is judged too.

What makes a state.  Of the session: every field, with these exceptions.  Times are reduced to their
order: which timers do not run, which are due, and in which order the others come, the first of them a
moment away or not.  What is kept for a party without a link is reduced to kinds of notices, each once.  ``epoch``, ``flow_since`` and ``write_since`` are reduced to their order, ``n`` is
left out (it numbers, and decides nothing), requests are named by their distance from the newest, a page
by its ID, and which of the two agents is the session's does not matter.  Of the trace: a digest of the
facts that the invariants judge by (:func:`_digest`): what each party has been told of join, mode,
request, suspension, warning and end, whether approvals are left over, and for each timer whether the
trace's own reckoning of its deadline agrees with the machine's.  So paths to one session that look
different to the parties are different states, and refused deeds go on into what follows them.

Time stands still, or moves to a moment before the next deadline, or to that deadline.  It may go past a
deadline: the server is late.  Timers are expired as hosts do it, the earliest first; the others are tried
too early, and must be refused.

What is proven when :attr:`Exploration.closed`: no invariant is violated by any letter in any state that
is reached, each judged on the shortest path to it; cells, refusals and invariants were exercised as
reported.  What is not: nothing is said of more than the alphabet's deeds and policies, nor of lengths of
time beyond their order on the paths taken; where two sessions of a state could go different ways after
all, only the first is followed; facts outside the digest are those of the shortest path (random stories
vary them).  A party without a link does nothing but come back.  The lobby (IDs, throttling, several sessions) and pages are not here at all.

Pure: no clock, no I/O; who measures time passes ``told`` and looks at a clock of its own.

Order: what is reported, what is known to be out of reach, states, judging, the exploration, paths in words.
"""

from collections import Counter, deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from math import inf
from operator import attrgetter
from typing import Any, Final, Generic, NamedTuple, TypeVar

import msgspec

from . import actions as do
from . import observations as see
from . import session as machine
from .actions import Deed
from .alphabet import BEGINNINGS, LETTERS, Letter
from .policy import capabilities
from .rules import INVARIANTS, Invariant
from .rules.facts import Facts, SessionFacts
from .session import Column, Deadlines, Outcome, Session, State, column, next_deadline
from .stories import AGENT, CONTACT_CENTRE, CUSTOMER, DISPLAY_NAMES, SECOND_AGENT, SYSTEM
from .telling import describe
from .terms import InteractionKind, Mode, Party, Timer
from .trace import Event, Header

#: What is explored: :func:`cobrowse_spec.session.step`, or a copy with something wrong.
Step = Callable[[Session, Deed, float], Outcome]

#: How long before a deadline "a moment before" is, in seconds; like all times here a sum of powers of
#: two, so that no comparison hangs on rounding.
MOMENT_S: Final = 0.25

#: When every session begins, on the clock of ``now``, in seconds.
BEGIN_S: Final = 1024.0

#: How many violations are kept with their paths; all are counted.
KEPT: Final = 50

#: Transitions between two calls of ``told``.
TELL_EVERY: Final = 5_000


# What is reported


class Progress(NamedTuple):
    """How far an exploration has come."""

    transitions: int
    states: int
    #: States that are known and not yet explored.
    waiting: int
    depth: int


class Broken(msgspec.Struct, frozen=True):
    """A rule that the machine breaks, with a shortest way to it in words."""

    #: The rule's ID; "MACHINE" for what :func:`cobrowse_spec.session.step` itself promises.
    rule: str
    because: str
    lines: tuple[str, ...]


class Missing(msgspec.Struct, frozen=True):
    """Something that was never met, and why that must be so; without a reason it is a gap."""

    name: str
    reason: str = ""


class Exploration(msgspec.Struct, frozen=True):
    """What an exploration found."""

    states: int
    #: Steps of the machine that were judged.
    transitions: int
    #: Letters on the longest path, counting each passing of time as one.
    depth: int
    letters: int
    #: Whether nothing was left to explore: no bound was met.
    closed: bool
    cells: int
    #: Cells that no party's deed ever met.
    unreached: tuple[Missing, ...]
    #: Guards, by cell, that never refused anything.
    idle_guards: tuple[Missing, ...]
    #: How often each refusal was seen: "RULE reason".
    refusals: dict[str, int]
    #: How often each invariant was exercised and held.
    held: dict[str, int]
    #: Invariants that were never exercised.
    unexercised: tuple[Missing, ...]
    #: How often each rule was violated.
    violated: dict[str, int]
    #: The first violations, shortest paths first; of two with the same words, one.
    violations: tuple[Broken, ...]

    @property
    def gaps(self) -> tuple[str, ...]:
        """What was never met and has no reason for it."""
        missing = (*self.unreached, *self.idle_guards, *self.unexercised)
        return tuple(one.name for one in missing if not one.reason)


# What is known to be out of reach: the machine's table has a cell for everything, the world has not.

_STRANGERS: Final = "only an agent does this, and no agent is in the session: all are strangers (SECURE-2)"

#: Cells that no deed can meet, and why.
UNREACHABLE: Final[dict[tuple[State, Column], str]] = {
    (state, kind): _STRANGERS
    for state in (State.UNSTARTED, State.PENDING)
    for kind in (do.Transfer, do.Request, do.Withdraw, do.Click)
}

#: Guards that never refuse, by cell and name, and why they stand there all the same.
IDLE_GUARDS: Final[dict[tuple[State, Column, str], str]] = {
    (State.PENDING, do.Act, "only_the_customer_acts_while_pending"): (
        "no agent is in the session yet: SECURE-2 refuses its act before; a second line of defence"
    ),
}

_LOBBY: Final = "the lobby's, before any session: the machine is given the session that an ID stands for"
_RECEIPT: Final = "the server's, which writes a receipt of what the machine decides"
_PAGES: Final = "seen on a customer's page or in an agent's workspace, which the machine has not"

#: Invariants that no path of the machine exercises, and where they are.
ELSEWHERE: Final[dict[str, str]] = {
    "JOIN-7": _LOBBY,
    "JOIN-8": _LOBBY,
    "SECURE-3": "the server's door: a link is refused before there is anything to do on it",
    "NAVIGATE-1": _PAGES,
    "NAVIGATE-6": _PAGES,
    "MASK-1": _PAGES,
    "MASK-9": _PAGES,
    "MASK-10": _PAGES,
    "VIEW-1": _PAGES,
    "VIEW-3": _PAGES,
    "WRITE-14": _PAGES,
    "RESUME-4": "the journal's: the machine is replayed from it, and no crash is a deed of a session",
    "RECORD-1": _RECEIPT,
    "RECORD-2": _RECEIPT,
}


# States


def _all_but(kind: type[msgspec.Struct], *names: str) -> Callable[[Any], tuple[Any, ...]]:
    kept = [field.name for field in msgspec.structs.fields(kind) if field.name not in names]
    getter: Callable[[Any], tuple[Any, ...]] = attrgetter(*kept)
    return getter


#: The fields of a session that are compared as they are: all for which :func:`_place` has no other form.
_as_it_is: Final = _all_but(
    Session,
    "session_id",
    "policy",
    "policy_name",
    "interaction",
    "n",
    "epoch",
    "flow_since",
    "write_since",
    "agent",
    "agent_name",
    "request",
    "requests",
    "cool_down_until",
    "missed",
    "page",
    "deadlines",
)
_deadlines: Final = _all_but(Deadlines)


def _place(session: Session, now: float) -> Hashable:
    """What makes one session another than another."""
    if session.state is State.ENDED:
        return _as_it_is(session), session.agent != ""
    flow, write, epoch = session.flow_since, session.write_since, session.epoch
    return (
        _as_it_is(session),
        _times(session, now),
        session.policy.write_mode,
        (flow == 0, flow <= epoch, write <= epoch, session.state is State.WRITE and write == epoch),
        session.agent != "",
        session.request == f"r{session.requests}",
        min(session.requests, 2),
        session.page and (session.page.page, len(session.page.elements)),
        tuple(dict.fromkeys((to, type(seen)) for to, seen in session.missed)),
    )


def _times(session: Session, now: float) -> Hashable:
    """Each timer: 0 not running, -1 due, else its rank; and whether the next is a moment away."""
    times = _deadlines(session.deadlines)
    cools = session.cool_down_until
    ahead = sorted({at for at in (*times, cools) if now < at < inf})
    ranks = {at: rank for rank, at in enumerate(ahead, 1)}
    ranks[inf] = 0
    near = bool(ahead) and ahead[0] - now <= MOMENT_S
    return (*(ranks.get(at, -1) for at in times), ranks.get(cools, 0), near)


def _digest(facts: SessionFacts, session: Session) -> Hashable:
    """What the parties have been told, as far as it may differ between paths to one session."""
    approvals, request = facts.approvals(), session.request
    stirred = facts.last_stir.seq if facts.last_stir is not None else 0
    page = session.page is not None and facts.page is not None and facts.page.page == session.page.page
    return (
        _told(facts, Party.CUSTOMER, request, approvals, stirred),
        _told(facts, Party.AGENT, request, approvals, stirred),
        page,
        not facts.in_flow,
        _reckoned(facts, session),
    )


def _told(facts: SessionFacts, party: Party, request: str, approvals: int, stirred: int) -> Hashable:
    """What one party has been told."""
    warned = facts.warned.get(party)
    granted = facts.granted.get(party) if facts.mode.get(party) is Mode.WRITE else None
    return (
        facts.mode.get(party),
        granted is not None
        and (getattr(granted.saw, "scope", ""), getattr(granted.saw, "ends_in_s", 0.0) > 0),
        party in facts.joined,
        party in facts.suspended,
        party in facts.ended,
        warned is not None and warned.seq > stirred,
        facts.open_request(party) == request,
        max(-1, min(1, approvals - facts.writes.get(party, 0))),
    )


def _reckoned(facts: SessionFacts, session: Session) -> Hashable:
    """For each timer that runs: whether it comes too early by the trace's reckoning."""
    timers, deadlines = session.policy.timers, session.deadlines
    return (
        _too_early(deadlines.pending, facts.start, timers.pending_s),
        _too_early(deadlines.request, facts.requested.get(session.request), timers.request_s),
        _too_early(deadlines.approval, _approval(facts), timers.approval_s),
        _too_early(deadlines.off_site, facts.left_site, timers.off_site_s),
        _too_early(deadlines.inactivity, facts.last_stir, timers.inactivity_s),
    )


def _approval(facts: SessionFacts) -> Event | None:
    return next(iter(facts.approvals_of(Party.CUSTOMER)), None)


def _too_early(at: float, since: Event | None, lasts_s: float) -> bool:
    return since is not None and at < since.at + lasts_s


# Judging

#: The session's alias in the traces that are judged.
_ALIAS: Final = "s1"

_CONTAINERS: Final = (dict, set, list)
_Books = TypeVar("_Books", Facts, SessionFacts)


class _Mould(Generic[_Books]):
    """Makes copies of books that can grow apart.  Events are shared, they never change."""

    def __init__(self, books: _Books) -> None:
        self._kind: type[_Books] = type(books)
        held = books.__dict__
        grown = {name: value for name, value in held.items() if type(value) in _CONTAINERS}
        self._fixed = {name: value for name, value in held.items() if name not in grown}
        self._deep = [(name, value) for name, value in grown.items() if _holds_containers(value)]
        self._flat = [(name, value) for name, value in grown.items() if not _holds_containers(value)]

    def copy(self) -> _Books:
        """The same knowledge, to be added to."""
        books: _Books = object.__new__(self._kind)
        held = books.__dict__
        held.update(self._fixed)
        for name, value in self._flat:
            held[name] = value.copy()
        for name, value in self._deep:
            held[name] = {key: one.copy() for key, one in value.items()}
        return books


def _holds_containers(value: Any) -> bool:
    return type(value) is dict and any(type(one) in _CONTAINERS for one in value.values())


class _World(NamedTuple):
    """A session at a moment, and all that its parties know of it."""

    session: Session
    now: float
    facts: Facts
    #: The number of the last event of its trace.
    seq: int
    #: The beginning that it comes from, and how many letters have led here.
    root: str
    depth: int


class _Knowledge:
    """What is known in one world, for each letter to go on from."""

    def __init__(self, facts: Facts) -> None:
        self._all, self._session = _Mould(facts), _Mould(facts.sessions[_ALIAS])

    def copy(self) -> tuple[Facts, SessionFacts]:
        """A copy, with the books of its one session."""
        facts, session = self._all.copy(), self._session.copy()
        session.all = facts
        facts.sessions = {_ALIAS: session}
        return facts, session


class _Judging:
    """The trace of one path as it grows, before all invariants."""

    def __init__(
        self,
        watching: dict[type, list[Invariant]],
        world: _World,
        knowledge: _Knowledge,
        broken: Iterable[tuple[str, str]] = (),
    ) -> None:
        self._watching = watching
        self.facts, self.session_facts = knowledge.copy()
        self.seq = world.seq
        self.now = world.now
        #: Rules that held, and what broke one: rule and why.
        self.held: list[str] = []
        self.broken = list(broken)

    def did(self, deed: Deed, who: str) -> int:
        """A party does something; returns its number."""
        self.seq += 1
        self._judge(Event(self.seq, self.now, deed.by, who, deed.action, None, self.seq, 0, _ALIAS))
        return self.seq

    def saw(self, party: Party, who: str, seen: Any, *, re: int = 0, n: int = 0) -> None:
        """A party sees something."""
        self.seq += 1
        self._judge(Event(self.seq, self.now, party, who, None, seen, re, n, _ALIAS))

    def _judge(self, event: Event) -> None:
        facts = self.session_facts
        for rule, _, check in self._watching.get(type(event.did or event.saw), ()):
            finding = check(facts, event)
            if finding is None:
                continue
            if finding.because:
                self.broken.append((rule, finding.because))
            else:
                self.held.append(rule)
        self.facts.learn(event)


_WHO: Final = {Party.CUSTOMER: CUSTOMER.who, Party.CONTROLLER: CONTACT_CENTRE.who, Party.SYSTEM: SYSTEM.who}

#: What is dropped without a word where it is refused: frames, chat, and what nobody did.
_SILENT: Final = (do.MovePointer, do.Mirror, do.Say)


def _tell(judging: _Judging, deed: Deed, outcome: Outcome) -> None:
    """Let the parties do and see what comes of a deed; the customer's end does what reaches it."""
    action, who = deed.action, _WHO.get(deed.by, deed.who)
    number = judging.did(deed, who)
    if isinstance(action, do.Say):
        judging.saw(Party.AGENT, deed.who, see.Said(action.interaction, action.author, action.text))
    if deed.by is Party.CUSTOMER and isinstance(action, do.Act):
        judging.saw(Party.CUSTOMER, who, _changed(judging.session_facts, Party.CUSTOMER, action))
    if outcome.refusal is not None:
        if deed.by is not Party.SYSTEM and not isinstance(action, _SILENT):
            judging.saw(deed.by, who, outcome.refusal.as_seen(), re=number)
        return
    session = outcome.session
    agent, n = session.agent, 0 if session.state is State.UNSTARTED else session.n
    gone = _without_link(session)
    for notice in outcome.notices:
        if notice.to in gone:
            continue
        to = agent if notice.to is Party.AGENT else _WHO[notice.to]
        judging.saw(notice.to, to, notice.see, re=number if to == who else 0, n=n)
        if isinstance(notice.see, see.Acted):
            change = _changed(judging.session_facts, Party.AGENT, notice.see.do)
            judging.saw(Party.CUSTOMER, CUSTOMER.who, change)


def _without_link(session: Session) -> tuple[Party, ...]:
    """Who is told nothing now, and does nothing but come back."""
    customer = (Party.CUSTOMER,) if session.customer_lost or session.away else ()
    return (*customer, Party.AGENT) if session.agent_lost else customer


def _changed(facts: SessionFacts, by: Party, act: do.Act) -> see.PageChanged:
    """What an act changes on the customer's page."""
    submits = act.means == "submit" or any(
        element.ref == act.element and act.means in element.submits for element in facts.usable()
    )
    return see.PageChanged(by, "submit" if submits else "field", act.element)


# The exploration


def explore(
    *,
    depth: int | None = None,
    transitions: int | None = None,
    step: Step = machine.step,
    beginnings: dict[str, Session] = BEGINNINGS,
    letters: Sequence[Letter] = LETTERS,
    invariants: Iterable[Invariant] = tuple(INVARIANTS),
    until_broken: bool = False,
    told: Callable[[Progress], None] = lambda progress: None,
) -> Exploration:
    """Explore a machine, up to so many letters and so many transitions; None: as far as it goes.

    ``until_broken``: stop at the first violation.  The same arguments give the same exploration.
    """
    explorer = _Explorer(step, tuple(letters), tuple(invariants), told)
    closed = explorer.run(beginnings, depth, transitions, until_broken=until_broken)
    return explorer.report(closed)


#: The letters of time, beside those of the alphabet.
_ALMOST: Final = -1
_THEN: Final = -2


class _Explorer:
    """One exploration: the states that are known, and what has been met so far."""

    def __init__(
        self,
        step: Step,
        letters: tuple[Letter, ...],
        invariants: tuple[Invariant, ...],
        told: Callable[[Progress], None],
    ) -> None:
        self._step = step
        self._letters = letters
        self._invariants = invariants
        self._told = told
        self._watching: dict[type, list[Invariant]] = {}
        for invariant in invariants:
            for kind in invariant.watches:
                self._watching.setdefault(kind, []).append(invariant)
        self._known: set[Hashable] = set()
        self._waiting: deque[tuple[int, _World]] = deque()
        #: How each state was reached first: from which, by which letter.
        self._ways: list[tuple[int, int]] = []
        self._roots: list[_World] = []
        self._transitions = 0
        self._depth = 0
        self._held: Counter[str] = Counter()
        self._violated: Counter[str] = Counter()
        self._broken: dict[tuple[str, str], Broken] = {}
        #: What each cell answered: the refusal's rule and reason, or empty where it allowed.
        self._met: Counter[tuple[State, Column, str, str]] = Counter()
        self._refusals: Counter[tuple[str, str]] = Counter()

    def run(
        self,
        beginnings: dict[str, Session],
        depth: int | None,
        transitions: int | None,
        *,
        until_broken: bool,
    ) -> bool:
        """Explore; False where a bound was met or a violation ended it."""
        for name, session in beginnings.items():
            self._begin(name, session)
        bounded = False
        told = 0
        while self._waiting:
            if (transitions is not None and self._transitions >= transitions) or (
                until_broken and self._broken
            ):
                return False
            number, world = self._waiting.popleft()
            if depth is not None and world.depth >= depth:
                bounded = True
                continue
            self._expand(number, world)
            if self._transitions - told >= TELL_EVERY:
                told = self._transitions
                self._told(self._progress())
        self._told(self._progress())
        return not bounded

    def _progress(self) -> Progress:
        return Progress(self._transitions, len(self._ways), len(self._waiting), self._depth)

    def _begin(self, name: str, session: Session) -> None:
        policy = session.policy
        header = Header(
            clock="virtual",
            declared={**msgspec.structs.asdict(policy.timers), "sessions_per_agent": 1.0},
            capabilities=capabilities(policy),
            site=policy.site,
            denied=policy.deny_urls,
            write_mode=policy.write_mode,
        )
        facts = Facts(header)
        facts.session(_ALIAS)
        world = _World(session, BEGIN_S, facts, 0, name, 0)
        judging = _Judging(self._watching, world, _Knowledge(facts))
        for agent in (AGENT, SECOND_AGENT):
            number = judging.did(Deed(agent.party, do.SignIn("")), agent.who)
            judging.saw(agent.party, agent.who, see.Welcome(DISPLAY_NAMES[agent.who]), re=number)
        if session.interaction:
            opening = Deed(Party.CONTROLLER, do.OpenInteraction(InteractionKind.CHAT))
            judging.did(opening, CONTACT_CENTRE.who)
        self._held.update(judging.held)
        world = world._replace(facts=judging.facts, seq=judging.seq)
        self._roots.append(world)
        self._reach(-len(self._roots), 0, world)

    def _expand(self, number: int, world: _World) -> None:
        """Try every letter, and both ways in which time can pass."""
        place = (world.root, _place(world.session, world.now))
        knowledge = _Knowledge(world.facts)
        for index, letter in enumerate(self._letters):
            self._try(number, index, letter, world, knowledge, place)
        for index in (_ALMOST, _THEN):
            now = _passed(world, index)
            if now is not None:
                self._reach(number, index, world._replace(now=now, depth=world.depth + 1))

    def _try(
        self, number: int, index: int, letter: Letter, world: _World, knowledge: _Knowledge, place: Hashable
    ) -> None:
        deed = letter.deed(world.session)
        if not _can_come(deed, world):
            return
        outcome, broken = self._decide(world.session, deed, world.now)
        if outcome.refusal is not None and deed.by is Party.SYSTEM and not broken:
            return  # nobody has done or seen anything
        judging = _Judging(self._watching, world, knowledge, broken)
        outcome = self._play(deed, outcome, judging)
        if judging.broken:
            self._keep(judging.broken, number, index)
        self._held.update(judging.held)
        session = outcome.session
        if session is not world.session:
            place = (world.root, _place(session, world.now))
        key = (place, _digest(judging.session_facts, session))
        if key not in self._known:
            after = _World(session, world.now, judging.facts, judging.seq, world.root, world.depth + 1)
            self._reach(number, index, after, key)

    def _play(self, deed: Deed, outcome: Outcome, judging: _Judging) -> Outcome:
        """Tell the parties what came of a deed and, if it was accepted, of its party's fence."""
        _tell(judging, deed, outcome)
        fenced = deed.by in SessionFacts.PARTIES and not isinstance(deed.action, do.Fence)
        if outcome.refusal is not None or not fenced:
            return outcome
        fence = Deed(deed.by, do.Fence(f"f{judging.seq}"), deed.who, deed.name)
        passed, broken = self._decide(outcome.session, fence, judging.now)
        judging.broken += broken
        _tell(judging, fence, passed)
        return passed

    def _decide(self, session: Session, deed: Deed, now: float) -> tuple[Outcome, list[tuple[str, str]]]:
        """One step of the machine, and which of the promises that hold for every step it breaks."""
        self._transitions += 1
        broken = []
        outcome = self._step(session, deed, now)
        refusal = outcome.refusal
        rule = reason = ""
        if refusal is None:
            if outcome.session.n != session.n + 1:
                broken.append(("MACHINE", "an accepted deed did not take the next place"))
        else:
            rule, reason = refusal.rule, refusal.reason
            self._refusals[rule, reason] += 1
            if outcome.session is not session or outcome.notices:
                broken.append(("MACHINE", "a refusal changed something"))
        if session.state is State.ENDED or _is_theirs(session, deed, now):
            self._met[session.state, column(deed.action), rule, reason] += 1
        return outcome, broken

    def _reach(self, source: int, letter: int, world: _World, key: Hashable = None) -> None:
        """Put a state down as known, unless it is."""
        if key is None:
            place = _place(world.session, world.now)
            key = ((world.root, place), _digest(world.facts.sessions[_ALIAS], world.session))
        if key in self._known:
            return
        self._known.add(key)
        self._waiting.append((len(self._ways), world))
        self._ways.append((source, letter))
        self._depth = max(self._depth, world.depth)

    def _keep(self, broken: list[tuple[str, str]], number: int, index: int) -> None:
        for rule, because in broken:
            self._violated[rule] += 1
            if (rule, because) not in self._broken and len(self._broken) < KEPT:
                self._broken[rule, because] = Broken(rule, because, self._words(number, index, rule, because))

    # What is reported

    def report(self, closed: bool) -> Exploration:
        """All that has been found."""
        reached = {(state, key) for state, key, _, _ in self._met}
        refused = {(state, key, rule, reason) for state, key, rule, reason in self._met if rule}
        cells = [(state, key) for state, row in machine.TABLE.items() for key in row]
        idle = {
            (state, key, guard.name)
            for state, key in reached
            for guard in machine.TABLE[state][key].guards
            if (state, key, guard.rule, guard.reason) not in refused
        }
        rules = dict.fromkeys(invariant.rule for invariant in self._invariants)
        return Exploration(
            states=len(self._ways),
            transitions=self._transitions,
            depth=self._depth,
            letters=len(self._letters),
            closed=closed,
            cells=len(cells),
            unreached=tuple(
                Missing(_named(*cell), UNREACHABLE.get(cell, "")) for cell in cells if cell not in reached
            ),
            idle_guards=tuple(
                Missing(f"{_named(state, key)}: {name}", IDLE_GUARDS.get((state, key, name), ""))
                for state, key, name in sorted(idle, key=str)
            ),
            refusals={f"{rule} {reason}": count for (rule, reason), count in sorted(self._refusals.items())},
            held={rule: self._held[rule] for rule in rules if self._held[rule]},
            unexercised=tuple(
                Missing(rule, ELSEWHERE.get(rule, "")) for rule in rules if not self._held[rule]
            ),
            violated=dict(self._violated),
            violations=tuple(self._broken.values()),
        )

    def _words(self, number: int, index: int, rule: str, because: str) -> tuple[str, ...]:
        """A path and where it leads, in the words of a feature."""
        way = [index]
        while self._ways[number][0] >= 0:
            number, letter = self._ways[number]
            way.append(letter)
        root = self._roots[-self._ways[number][0] - 1]
        lines = [f'Given a session of which nothing has happened yet, under the policy "{root.root}"']
        world = root
        for letter in reversed(way):
            world, words = self._walked(world, letter)
            lines.append(f"{'When' if len(lines) == 1 else 'And'} {words}")
        return (*lines, f"Then {rule} is broken: {because}")

    def _walked(self, world: _World, index: int) -> tuple[_World, str]:
        """One letter on a path, and its words."""
        now = _passed(world, index) if index < 0 else None
        if now is not None:
            return world._replace(now=now), f"{now - world.now:g} s pass"
        letter = self._letters[index]
        deed = letter.deed(world.session)
        outcome = self._step(world.session, deed, world.now)
        judging = _Judging({}, world, _Knowledge(world.facts))
        _tell(judging, deed, outcome)
        session, words = outcome.session, _said(deed, letter.words)
        if outcome.refusal is not None:
            return world, f"{words}: refused by {outcome.refusal.rule} with {outcome.refusal.reason}"
        if deed.by in SessionFacts.PARTIES and not isinstance(deed.action, do.Fence):
            session = self._step(session, Deed(deed.by, do.Fence(""), deed.who, deed.name), world.now).session
        return world._replace(session=session), words


def _passed(world: _World, index: int) -> float | None:
    """The next moment to which time can pass; None where there is none."""
    session, now = world.session, world.now
    times = (*_deadlines(session.deadlines), session.cool_down_until)
    ahead = min((at for at in times if now < at < inf), default=None)
    if ahead is None or index == _THEN:
        return ahead
    return ahead - MOMENT_S if ahead - now > MOMENT_S else None


def _can_come(deed: Deed, world: _World) -> bool:
    """Whether a deed may meet this session.

    Of a party without a link only that it comes back; of the timers that are due only the earliest.
    """
    session, action = world.session, deed.action
    if deed.by in _without_link(session) and deed.who in ("", session.agent):
        return isinstance(action, do.Resume)
    if not isinstance(action, do.Expire):
        return True
    due = next_deadline(session)
    if due is None or due[0] > world.now or due[1] is action.timer:
        return True
    return bool(getattr(session.deadlines, action.timer) > world.now)


def _is_theirs(session: Session, deed: Deed, now: float) -> bool:
    """Whether a deed gets as far as its cell."""
    return all(guard.holds(session, deed, now) for guard in machine.EVERYWHERE)


def _named(state: State, key: Column) -> str:
    return f"{state} x {key if isinstance(key, Timer) else key.__name__}"


def _said(deed: Deed, more: str) -> str:
    """A deed in the words of a feature."""
    who = _WHO.get(deed.by, deed.who)
    match deed.action:
        case do.Expire(timer=timer):
            words = f"the {timer} timer is expired"
        case do.FollowPolicy():
            words = "a policy is put in force"
        case do.LoseLink(party=party):
            words = f"the link of the {party} breaks"
        case action:
            words = describe(Event(0, 0.0, deed.by, who, action))
    return f"{words} ({more})" if more else words

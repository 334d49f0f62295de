"""The judge: puts every event of a trace before the invariants that watch for it, as it comes.

An invariant is a function of what is known and one event.  All have one anatomy, so that who has read
one has read all: the decorator says which rule it is and what it watches; the body returns

- ``None``: this event does not exercise the rule;
- :func:`held`: it does, and the rule held; the event is a witness;
- :func:`violated`: the rule is broken, why, and the earlier events that prove it together with this one.

The same judge works on a live session, event by event, and on a finished file.
"""

import functools
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Final, NamedTuple

import msgspec

from ..trace import Event, Header, Trace
from .facts import Facts, SessionFacts


class Finding(NamedTuple):
    """What an invariant makes of one event: ``because`` is empty where the rule held."""

    because: str = ""
    proof: tuple[Event, ...] = ()


#: An invariant's function.
Check = Callable[[SessionFacts, Event], Finding | None]


class Invariant(NamedTuple):
    """An invariant of the rulebook."""

    rule: str
    watches: tuple[type, ...]
    check: Check


#: Every invariant, in the order in which the chapters bring them.
INVARIANTS: Final[list[Invariant]] = []


def rule(rule_id: str, *watches: type) -> Callable[[Check], Check]:
    """Make a function the invariant of a rule; it is shown events of these kinds, done or seen."""

    def register(check: Check) -> Check:
        INVARIANTS.append(Invariant(rule_id, watches, check))
        return check

    return register


_HELD: Final = Finding()


def held() -> Finding:
    """The event exercised the rule, and the rule held."""
    return _HELD


def violated(because: str, *proof: Event | None) -> Finding:
    """The event breaks the rule; ``proof`` are the earlier events that it takes to see it."""
    return Finding(because, tuple(event for event in proof if event is not None))


class Status(StrEnum):
    """What an invariant says of a trace."""

    VIOLATED = "violated"
    HELD = "held"
    NOT_EXERCISED = "not exercised"


class Violation(msgspec.Struct, frozen=True):
    """A broken rule, why, and the numbers of the events that prove it."""

    rule: str
    because: str
    events: tuple[int, ...]


class Judgement(msgspec.Struct, frozen=True):
    """What an invariant says of a trace, with its evidence."""

    rule: str
    status: Status
    #: The first events that exercised the rule.
    witnesses: tuple[int, ...] = ()
    violations: tuple[Violation, ...] = ()


#: How many witnesses and violations are kept for a rule: evidence, not a log.
KEPT: Final = 5


@functools.lru_cache(maxsize=8)
def _by_kind(invariants: tuple[Invariant, ...]) -> Mapping[type, Sequence[tuple[str, Check]]]:
    """The invariants that watch for each kind of event, in their order: the same for every trace."""
    watching: dict[type, list[tuple[str, Check]]] = defaultdict(list)
    for invariant in invariants:
        for kind in invariant.watches:
            watching[kind].append((invariant.rule, invariant.check))
    return dict(watching)


class Judge:
    """Judges one trace by every invariant, event by event."""

    def __init__(self, header: Header, invariants: Iterable[Invariant] | None = None) -> None:
        self.facts = Facts(header)
        self._invariants = tuple(INVARIANTS if invariants is None else invariants)
        self._watching = _by_kind(self._invariants)
        #: By rule; of a rule that was not exercised there is nothing.
        self._witnesses: dict[str, list[int]] = defaultdict(list)
        self._violations: dict[str, list[Violation]] = defaultdict(list)

    def see(self, event: Event) -> None:
        """Judge one event by each invariant that watches for it, and learn from it."""
        session = self.facts.session(event.session)
        for rule_id, check in self._watching.get(type(event.did or event.saw), ()):
            finding = check(session, event)
            if finding is None:
                continue
            if not finding.because:
                witnesses = self._witnesses[rule_id]
                if len(witnesses) < KEPT:
                    witnesses.append(event.seq)
                continue
            violations = self._violations[rule_id]
            if len(violations) < KEPT:
                numbers = (*(proof.seq for proof in finding.proof), event.seq)
                violations.append(Violation(rule_id, finding.because, numbers))
        self.facts.learn(event)

    def findings(self, event: Event) -> list[tuple[str, Finding]]:
        """In place of :meth:`see`: what each invariant that this event exercises makes of it, by rule."""
        session = self.facts.session(event.session)
        watching = self._watching.get(type(event.did or event.saw), ())
        judged = [(rule_id, check(session, event)) for rule_id, check in watching]
        self.facts.learn(event)
        return [(rule_id, finding) for rule_id, finding in judged if finding is not None]

    def let_go(self) -> None:
        """No more events come: forget what was known of them, which refers to itself.  The judgements stay."""
        self.facts.sessions.clear()

    def judgements(self) -> dict[str, Judgement]:
        """What every invariant says so far, by rule."""
        return {invariant.rule: self._judgement(invariant.rule) for invariant in self._invariants}

    def rules(self) -> Iterable[str]:
        """Every rule that was exercised, in the order in which they were first."""
        return (self._witnesses | self._violations).keys()

    def violations(self) -> dict[str, Sequence[Violation]]:
        """How each rule is violated that is, in the rulebook's order."""
        violated = self._violations
        if not violated:
            return {}
        return {one.rule: violated[one.rule] for one in self._invariants if one.rule in violated}

    def exercised(self) -> dict[str, Judgement]:
        """What every invariant says that there was something to say of, by rule."""
        rules = {*self._witnesses, *self._violations}
        return {
            invariant.rule: self._judgement(invariant.rule)
            for invariant in self._invariants
            if invariant.rule in rules
        }

    def _judgement(self, name: str) -> Judgement:
        witnesses, violations = tuple(self._witnesses.get(name, ())), tuple(self._violations.get(name, ()))
        if violations:
            return Judgement(name, Status.VIOLATED, witnesses, violations)
        status = Status.HELD if witnesses else Status.NOT_EXERCISED
        return Judgement(name, status, witnesses)


def judge(trace: Trace) -> dict[str, Judgement]:
    """Judge a finished trace."""
    at_work = Judge(trace.header)
    for event in trace.events:
        at_work.see(event)
    return at_work.judgements()

"""Coverage goals: what generated stories have reached, rule by rule and timer by timer.

A rule is *exercised* where its invariant held on what the machine told the parties, *refused* where a deed
met a guard of it.  Besides: in which modes, and in sessions that had been resumed.  A timer has a moment
before, at and after; the machine is asked at all three, a target over a wire can only be shown the time
before and the time after, since two clocks know no common moment.

Order: aspects, what is counted, timers on the machine.
"""

from collections import Counter
from enum import StrEnum
from math import inf
from typing import Final, NamedTuple

from cobrowse_spec import actions as do
from cobrowse_spec.actions import Deed
from cobrowse_spec.rules import Judge
from cobrowse_spec.session import Session, State, step
from cobrowse_spec.stories import LetPass
from cobrowse_spec.terms import Party, Reason, Timer
from cobrowse_spec.trace import Event, Header

from .story import Move
from .world import Turn, World

#: How long before and after a deadline "a moment" is, in seconds.
MOMENT_S: Final = 0.25


class Aspect(StrEnum):
    """In what way a rule was reached."""

    EXERCISED = "exercised"
    REFUSED = "refused"
    POINTER = "in Pointer Mode"
    WRITE = "in Write Mode"
    SUSPENDED = "while suspended"
    RESUMED = "after a resume"


class Moment(StrEnum):
    """When a timer was looked at."""

    BEFORE = "-1"
    AT = "0"
    AFTER = "+1"


_MODES: Final = {
    State.POINTER: Aspect.POINTER,
    State.ASKED: Aspect.POINTER,
    State.WRITE: Aspect.WRITE,
    State.SUSPENDED: Aspect.SUSPENDED,
}


class Boundary(NamedTuple):
    """A timer, a moment, and what the machine answered there."""

    timer: Timer
    moment: Moment


class Goals:
    """What has been reached so far."""

    def __init__(self) -> None:
        #: How often each move met each fate (the rule that refused it, or "") in each state: what steers the author.
        self.moves: Counter[tuple[State, Move, str]] = Counter()
        #: In how many moves each rule was reached, and how.
        self.rules: Counter[tuple[str, Aspect]] = Counter()
        #: How often the machine was asked about each timer, and when.
        self.boundaries: Counter[Boundary] = Counter()
        #: How often a story let half of a timer pass, and how often all of it.
        self.waited: Counter[tuple[str, Moment]] = Counter()

    def add(self, move: Move, turn: Turn, held: list[str]) -> None:
        """Count what a move has reached; ``held``: the rules whose invariants it exercised."""
        refused = turn.met.rule if turn.met is not None else ""
        self.moves[turn.before, move, refused] += 1
        self.waited[waited(move)] += 1
        for rule in dict.fromkeys([*held, *([refused] if refused else [])]):
            for aspect in self._aspects(turn, exercised=rule in held, refused=rule == refused):
                self.rules[rule, aspect] += 1

    @staticmethod
    def _aspects(turn: Turn, *, exercised: bool, refused: bool) -> list[Aspect]:
        aspects = [Aspect.EXERCISED] * exercised + [Aspect.REFUSED] * refused
        if turn.before in _MODES:
            aspects.append(_MODES[turn.before])
        if turn.resumed:
            aspects.append(Aspect.RESUMED)
        return aspects

    def probe(self, session: Session) -> None:
        """Ask the machine a moment before, at and after each deadline that runs; it must know its times."""
        for timer in Timer:
            at = getattr(session.deadlines, timer)
            if at == inf:
                continue
            for moment, shift in ((Moment.BEFORE, -MOMENT_S), (Moment.AT, 0.0), (Moment.AFTER, MOMENT_S)):
                outcome = step(session, Deed(Party.SYSTEM, do.Expire(timer)), at + shift)
                early = outcome.refusal is not None and outcome.refusal.reason is Reason.NOT_DUE
                assert early is (moment is Moment.BEFORE), f"{timer} {moment}"
                self.boundaries[Boundary(timer, moment)] += 1


def waited(move: Move) -> tuple[str, Moment]:
    """For which timer a move waits, by the name that sentences have for it, and how far; "" for none."""
    if move.timer:
        return move.timer, Moment.AFTER
    step = move.step
    if isinstance(step, LetPass):
        return step.timer, Moment.BEFORE if step.part < 1 else Moment.AFTER
    return type(step).__name__, Moment.AT


class Watch:
    """Collects which rules each move of a world exercises."""

    def __init__(self) -> None:
        self._judge = Judge(Header())
        self._held: list[str] = []
        #: Rules that the machine itself broke: the suite's own fault.
        self.broken: list[str] = []

    def of(self, world: World) -> None:
        """Begin with a new world's trace, and listen to it."""
        self._judge = Judge(world.header)
        self._held = []
        world.listen(self._see)

    def _see(self, event: Event) -> None:
        for rule, finding in self._judge.findings(event):
            if finding.because:
                self.broken.append(f"{rule}: {finding.because}")
            else:
                self._held.append(rule)

    def take(self) -> list[str]:
        """The rules that have held since the last time."""
        held, self._held = self._held, []
        return held

"""The author: writes stories that make sense, and stories with one deed that is refused.

Each move is chosen among those that the machine accepts just there; in a story that deviates, one is chosen
among those that it refuses.  What has been reached seldom is chosen sooner (:mod:`.goals`).  The choices are
somebody else's (:class:`Chooser`): a seeded generator's, or hypothesis's.

Order: choosing, the author.
"""

import itertools
import math
import random
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, Protocol, TypeVar

from cobrowse_spec.actions import Join
from cobrowse_spec.policy import is_on_site
from cobrowse_spec.refusals import Refusal
from cobrowse_spec.session import State
from cobrowse_spec.stories import ABBREVIATIONS, LetPass, Perform, Step
from cobrowse_spec.terms import InteractionKind

from ..venues import SITE_ORIGIN, Declared, policy_at
from .goals import Aspect, Goals, Watch
from .sense import can
from .story import Move, Story
from .telling import begins, world_of
from .words import all_moves
from .world import World

_T = TypeVar("_T")

#: Moves that a story has at most, the beginning not counted.
MAX_MOVES: Final = 8

#: Wrong session IDs in all stories of one author: fewer than any target should throttle.
MAX_WRONG_JOINS: Final = 60

#: Moves that are looked at before one is chosen.
_LOOKED_AT: Final = 72

#: How often each policy is chosen; those that are not named, this often.
_POLICIES: Final = {"standard": 20, "short waits": 12}
_OTHER_POLICY: Final = 6

#: How much less a story's end is chosen than a move that goes on, and how much more time that passes.
_END_WEIGHT: Final = 0.1
_TIME_WEIGHT: Final = 4.0


class Chooser(Protocol):
    """Makes the author's choices."""

    def choose(self, options: Sequence[_T], weights: Sequence[float]) -> _T:
        """One of the options; the first are the simplest."""


class Dice:
    """Choices by a seeded generator."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 -- repeatable, not secret

    def choose(self, options: Sequence[_T], weights: Sequence[float]) -> _T:
        """One of the options, as the dice fall."""
        return self._random.choices(options, weights)[0]

    def some(self, options: Sequence[_T], count: int) -> list[_T]:
        """So many of the options, in their order."""
        places = sorted(self._random.sample(range(len(options)), min(count, len(options))))
        return [options[place] for place in places]


class _Candidate(NamedTuple):
    move: Move
    weight: float


def beginnings() -> list[tuple[Move, ...]]:
    """The moves that each beginning of the rulebook stands for, the shortest first."""
    call = "a call between the customer and the agent"
    known = [lines[1:] for lines in ABBREVIATIONS.values() if lines[0] == call]
    return [(), *sorted((tuple(Move(line) for line in lines) for lines in known), key=len)]


def _is_told_under(name: str, declared: Declared) -> bool:
    """Whether stories can be told under this policy: whether the bank is on its site."""
    return is_on_site(policy_at(name, declared), SITE_ORIGIN)


class Author:
    """Writes one story after another; the same choices give the same stories."""

    def __init__(self, declared: Declared) -> None:
        self._declared = declared
        self.goals = Goals()
        self._watch = Watch()
        self._wrong_joins = 0
        self._told_under: Counter[str] = Counter()
        #: The policies under which a story can be told to this target.
        self._policies = [name for name in declared.timers if _is_told_under(name, declared)]
        self._beginnings: dict[str, list[tuple[Move, ...]]] = {}
        self._moves = [(move, move.step) for move in all_moves()]

    def _known(self, name: str) -> list[tuple[Move, ...]]:
        """The beginnings that a policy allows."""
        if name not in self._beginnings:
            story = Story(name)
            self._beginnings[name] = [
                moves
                for moves in beginnings()
                if begins(world_of(story, self._declared), [move.words for move in moves])
            ]
        return self._beginnings[name]

    def write(
        self,
        chooser: Chooser,
        look: Callable[[Sequence[_T], int], list[_T]] | None = None,
        *,
        deviates: bool | None = None,
    ) -> Story:
        """The next story; ``look`` says which of many moves are looked at, else all are.

        ``deviates``: with one deed that is refused, with none, or as the chooser likes.
        """
        names = self._policies
        name = chooser.choose(names, [self._weight_of(one) for one in names])
        self._told_under[name] += 1
        kind = chooser.choose((InteractionKind.CALL, InteractionKind.CHAT), (5, 1))
        if deviates is None:
            deviates = chooser.choose((False, True), (2, 3))
        length = chooser.choose(range(1, MAX_MOVES + 1), [1.0] * MAX_MOVES)
        deviation = chooser.choose(range(length), [1.0] * length) if deviates else -1
        world = World(policy_at(name, self._declared), kind)
        self._watch.of(world)
        written: list[Move] = []
        for move in self._begin(chooser, name, kind):
            self._play(world, move, written)
        for place in itertools.count():
            if place >= length and not world.unnoticed:
                break
            candidates = self._candidates(world, refused=place == deviation, look=look)
            if not candidates:
                break
            weights = [candidate.weight for candidate in candidates]
            self._play(world, chooser.choose(candidates, weights).move, written)
        self._wrong_joins += world.wrong_joins
        return Story(name, kind, tuple(written))

    def _weight_of(self, name: str) -> float:
        """A policy under which many stories have been told weighs less."""
        return _POLICIES.get(name, _OTHER_POLICY) / math.sqrt(1 + self._told_under[name])

    def _begin(self, chooser: Chooser, name: str, kind: InteractionKind) -> tuple[Move, ...]:
        if kind is InteractionKind.CHAT:  # where the start message brings the agent in
            return chooser.choose(((), (Move("the customer starts a session"),)), (1, 4))
        known = self._known(name)
        # Most is decided in Write Mode, and next to nothing of an ended session.
        over = Move("the customer exits the session")
        return chooser.choose(known, [1.0 if over in moves else (1.0 + len(moves)) ** 2 for moves in known])

    def _play(self, world: World, move: Move, written: list[Move]) -> None:
        session = world.session
        turn = world.play(move)
        self.goals.add(move, turn, self._watch.take())
        if world.session.deadlines != session.deadlines:
            self.goals.probe(world.session)
        written.append(move)

    def _candidates(
        self, world: World, *, refused: bool, look: Callable[[Sequence[_T], int], list[_T]] | None
    ) -> list[_Candidate]:
        """The moves that could come next, all accepted or all refused."""
        some = self._moves if look is None else look(self._moves, _LOOKED_AT)  # type: ignore[arg-type] # whatever it picks from, it gives back
        found = self._fitting(world, some, refused=refused)  # type: ignore[arg-type] # as above
        if not found and look is not None:
            found = self._fitting(world, self._moves, refused=refused)
        return found

    def _fitting(
        self, world: World, moves: Sequence[tuple[Move, Step | None]], *, refused: bool
    ) -> list[_Candidate]:
        found = []
        for move, step in moves:
            if not can(world, move):
                continue
            refusal = world.refusal(step) if isinstance(step, Perform) else None
            if (refusal is not None) is not refused:
                continue
            if refusal is not None and self._is_too_much(step):
                continue
            found.append(_Candidate(move, self._weight(world, move, step, refusal)))
        return found

    def _is_too_much(self, step: Step | None) -> bool:
        """Whether one more wrong session ID could be throttled."""
        joins = isinstance(step, Perform) and isinstance(step.action, Join)
        return joins and self._wrong_joins >= MAX_WRONG_JOINS

    def _weight(self, world: World, move: Move, step: Step | None, refusal: Refusal | None) -> float:
        """What has been reached seldom weighs more: this move in this state, and the rule that refuses it."""
        rule = "" if refusal is None else refusal.rule
        met: int = self.goals.moves[world.session.state, move, rule]
        seldom = 1.0 / ((1 + met) * (1 + met))
        if not isinstance(step, Perform):
            return seldom * (_TIME_WEIGHT if move.timer or isinstance(step, LetPass) else 1.0)
        if refusal is not None:
            return seldom / (1 + self.goals.rules[rule, Aspect.REFUSED])
        return seldom * (_END_WEIGHT if world.state_after(step) is State.ENDED else 1.0)

    @property
    def broken(self) -> list[str]:
        """Rules that the machine itself broke in these stories: the suite's own fault."""
        return self._watch.broken


def write_stories(declared: Declared, count: int, seed: int) -> tuple[list[Story], Author]:
    """So many stories; the same seed, and the same declarations, give the same."""
    author, dice = Author(declared), Dice(seed)
    return [author.write(dice, dice.some) for _ in range(count)], author

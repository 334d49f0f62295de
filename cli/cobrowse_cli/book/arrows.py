"""Arrows: the machine's transitions, gathered for a diagram that can be read.

One arrow from a state to another, with everything that leads there.  What leads out of all active states
alike is drawn once, from the box around them.  Only what the transitions say is here: nothing is added.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from cobrowse_spec.session import ACTIVE, State
from cobrowse_spec.transitions import Transition
from cobrowse_spec.wording import state_title

#: The box around the active states, as a place where arrows begin.
ACTIVE_BOX: Final = "active"


class Arrow(NamedTuple):
    """An arrow of the diagram; ``source`` is a state, or the box of active ones."""

    source: str
    target: str
    causes: tuple[str, ...]


def arrows(transitions: Iterable[Transition]) -> tuple[Arrow, ...]:
    """Every arrow, in the order of the transitions."""
    ways = list(transitions)
    common = _common(ways)
    causes: dict[tuple[str, str], dict[str, None]] = {}
    for way in ways:
        source = ACTIVE_BOX if way.source in ACTIVE and (way.target, way.cause) in common else way.source
        causes.setdefault((source, way.target), {})[way.cause] = None
    return tuple(Arrow(source, target, tuple(words)) for (source, target), words in causes.items())


def place_title(place: str) -> str:
    """What a state, or the box of active ones, is called."""
    return "Active" if place == ACTIVE_BOX else state_title(State(place))


def _common(ways: list[Transition]) -> set[tuple[State, str]]:
    """Where each active state leads, by the same cause, out of the box."""
    out = [
        {(way.target, way.cause) for way in ways if way.source is state and way.target not in ACTIVE}
        for state in ACTIVE
    ]
    return set.intersection(*out)

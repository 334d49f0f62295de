"""Races: two links, one order, decided by the server.

For each race both orders are played in the little world of :mod:`.test_agreement`, and every way in which
the two links' events can have been recorded is judged: all legal.  Then what one party saw of the one order
is put together with what the other saw of the other: no order of the two acts explains that, so it must be
flagged, and the message must name the events that rule the orders out.

Order: the races, playing them, what is legal, what is not.
"""

import itertools
import re
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

import msgspec
import pytest
from cobrowse_spec import actions as do
from cobrowse_spec import observations as see
from cobrowse_spec.actions import Action
from cobrowse_spec.rules import Violation
from cobrowse_spec.terms import Timer
from cobrowse_spec.trace import Event, Trace
from msgspec.structs import replace

from tests.spec.test_agreement import SESSION_ID, World, violations

#: What brings a session to Write Mode, by who does it; in between everything arrives.
IN_POINTER_MODE: Final[tuple[tuple[str, Action], ...]] = (
    ("customer", do.Start()),
    ("agent", do.Join(SESSION_ID)),
)
ASKED: Final = (*IN_POINTER_MODE, ("agent", do.Request()))
IN_WRITE_MODE: Final = (*ASKED, ("customer", do.Approve()))


class Race(NamedTuple):
    """Two acts that are under way at once, after everything before them has arrived."""

    before: tuple[tuple[str, Action], ...]
    first: tuple[str, Action]
    second: tuple[str, Action]
    #: The timer that runs out at that moment, if one does.
    timer: Timer | None = None


RACES: Final = {
    "exit x approve": Race(ASKED, ("agent", do.Exit()), ("customer", do.Approve())),
    "exit x exit": Race(IN_POINTER_MODE, ("agent", do.Exit()), ("customer", do.Exit())),
    "revoke x act in flight": Race(
        IN_WRITE_MODE, ("customer", do.ReturnToPointer()), ("agent", do.Type("plain", value="x"))
    ),
    "revoke x revoke": Race(
        IN_WRITE_MODE, ("customer", do.ReturnToPointer()), ("agent", do.ReturnToPointer())
    ),
    "withdraw x approve": Race(ASKED, ("agent", do.Withdraw()), ("customer", do.Approve())),
    "withdraw x deny": Race(ASKED, ("agent", do.Withdraw()), ("customer", do.Deny())),
    "suspend x act in flight": Race(
        IN_WRITE_MODE, ("customer", do.LeaveSite()), ("agent", do.Type("plain", value="x"))
    ),
    "suspend x request": Race(IN_POINTER_MODE, ("customer", do.LeaveSite()), ("agent", do.Request())),
    "suspend x approve": Race(ASKED, ("system", do.LoseLink(do.Party.AGENT)), ("customer", do.Approve())),
    "request x expiry": Race(
        ASKED, ("system", do.Expire(Timer.REQUEST)), ("customer", do.Approve()), Timer.REQUEST
    ),
    "resume x timeout": Race(
        (*IN_POINTER_MODE, ("system", do.LoseLink(do.Party.CUSTOMER))),
        ("system", do.Expire(Timer.CUSTOMER_LINK)),
        ("customer", do.Resume()),
        Timer.CUSTOMER_LINK,
    ),
    "same field typed by both": Race(
        IN_WRITE_MODE, ("customer", do.Type("plain", value="mine")), ("agent", do.Type("plain", value="yours"))
    ),
}

#: How long before its timer runs out an act sets off.
MOMENT_S: Final = 0.5


def played(race: Race, *, turned: bool) -> tuple[Trace, int]:
    """The trace of a race in one order or the other, and how many events were before it."""
    world = World()
    for who, action in race.before:
        if isinstance(action, do.LoseLink):
            world.cut(action.party, arrives=True)
        else:
            world.perform(who, action)
        world.settle()
        fences(world)
    if race.timer is not None:
        world.wait(getattr(world.session.deadlines, race.timer) - MOMENT_S - world.now)
    before = len(world.recorder.events)
    acts = (race.second, race.first) if turned else (race.first, race.second)
    for who, action in (race.first, race.second):
        send(world, who, action)
    for who, action in acts:
        if isinstance(action, do.Expire):
            world.stall(MOMENT_S)
        world.serve(who)
    world.settle()
    fences(world)
    return world.recorder.trace(), before


def send(world: World, who: str, action: Action) -> None:
    """An act sets off and has not arrived; what the system does nobody sends."""
    if isinstance(action, do.LoseLink):
        world.recorder.did(do.Party.SYSTEM, "system", action, session="s1")
        world.people[action.party].is_open = False
        world.people[who].up.append(sent(action))
    elif isinstance(action, do.Expire):
        world.people[who].up.append(sent(action))
    else:
        world.perform(who, action)


def sent(action: Any) -> Any:
    """What stands in a queue of the world for something that no party does."""
    from tests.spec.test_agreement import Sent  # noqa: PLC0415

    return Sent(0, action)


def fences(world: World) -> None:
    """Both parties see that everything has arrived."""
    for who in ("customer", "agent"):
        if world.people[who].is_open:
            world.perform(who, do.Fence(""))
            world.settle()


def of(trace: Trace, start: int, who: str) -> list[Event]:
    return [e for e in trace.events[start:] if e.who == who]


def mixed(first: Trace, second: Trace, start: int) -> Trace:
    """What the customer saw of the one, with what all others saw of the other."""
    customers = [event for event in first.events[start:] if event.who == "customer"]
    others = [event for event in second.events[start:] if event.who not in ("customer", "system")]
    system = [event for event in second.events[start:] if event.who == "system"]
    return numbered(first, start, [*system, *merged(customers, others)])


def merged(left: list[Event], right: list[Event]) -> Iterator[Event]:
    """Turn by turn."""
    for pair in itertools.zip_longest(left, right):
        yield from (event for event in pair if event is not None)


def numbered(trace: Trace, start: int, events: list[Event]) -> Trace:
    """The trace with other events after its start, in their order, at times that do not run backwards."""
    at, found = trace.events[start].at, []
    for number, event in enumerate(events, start + 1):
        at = max(at, event.at)
        found.append(replace(event, seq=number, at=at))
    return replace(trace, events=(*trace.events[:start], *found))


if __name__ == "__main__":
    for name, race in RACES.items():
        a, n = played(race, turned=False)
        b, m = played(race, turned=True)
        for x, y in ((a, b), (b, a)):
            t = mixed(x, y, n)
            print(name, "->", [(v.rule, v.because, v.events) for v in violations(t)])

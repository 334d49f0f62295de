"""Races: two links, one order, decided by the server.

For each race both orders are played in the little world of :mod:`.test_agreement`, and every way in which
the two links' events can have been recorded is judged: all legal.  Then what one party saw of the one order
is put together with what the other saw of the other: no order of the two acts explains that, so it must be
flagged, and the message must name the events that rule the orders out.

Order: the races, playing them, what is legal, what is not.
"""

import itertools
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

import msgspec
import pytest
from cobrowse_spec import actions as do
from cobrowse_spec import observations as see
from cobrowse_spec.actions import Action
from cobrowse_spec.rules import Violation
from cobrowse_spec.terms import Party, Timer
from cobrowse_spec.trace import Event, Trace
from msgspec.structs import replace

from tests.spec.test_agreement import SESSION_ID, Sent, World, violations

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
    #: Whether the server treats both orders alike, and one of the ends decides.
    is_tie: bool = False


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
    "suspend x approve": Race(ASKED, ("system", do.LoseLink(Party.AGENT)), ("customer", do.Approve())),
    "request x expiry": Race(
        ASKED, ("system", do.Expire(Timer.REQUEST)), ("customer", do.Approve()), Timer.REQUEST
    ),
    "resume x timeout": Race(
        (*IN_POINTER_MODE, ("system", do.LoseLink(Party.CUSTOMER))),
        ("system", do.Expire(Timer.CUSTOMER_LINK)),
        ("customer", do.Resume()),
        Timer.CUSTOMER_LINK,
    ),
    "same field typed by both": Race(
        IN_WRITE_MODE,
        ("customer", do.Type("plain", value="mine")),
        ("agent", do.Type("plain", value="yours")),
        is_tie=True,
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
    for _ in range(2):  # twice, so that each has a fence after the other's
        world.settle()
        fences(world)
    return world.recorder.trace(), before


def send(world: World, who: str, action: Action) -> None:
    """An act sets off and has not arrived; what the system does nobody sends."""
    if isinstance(action, do.LoseLink):
        world.recorder.did(Party.SYSTEM, "system", action, session="s1")
        world.people[action.party].is_open = False
        world.people[who].up.append(Sent(0, action))
    elif isinstance(action, do.Expire):
        world.people[who].up.append(Sent(0, action))
    else:
        world.perform(who, action)


def fences(world: World) -> None:
    """Both parties see that everything has arrived."""
    for who in ("customer", "agent"):
        if world.people[who].is_open:
            world.perform(who, do.Fence(""))
            world.settle()


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


def recordings(trace: Trace, start: int) -> Iterator[Trace]:
    """Every way in which the events after the start can have been recorded: each party's in their order."""
    happening = trace.events[start:]
    sent = list(
        itertools.takewhile(lambda event: event.did is not None, happening)
    )  # before anything comes back
    rest = happening[len(sent) :]
    lanes = [lane for who in LANES if (lane := [e for e in rest if e.who == who])]
    for order in itertools.islice(merges([len(lane) for lane in lanes]), MOST_RECORDINGS):
        nexts = [iter(lane) for lane in lanes]
        yield numbered(trace, start, [*sent, *(next(nexts[lane]) for lane in order)])


LANES: Final = ("system", "customer", "agent", "contact centre")
#: Of more ways than these only so many are judged.
MOST_RECORDINGS: Final = 300


def merges(counts: list[int]) -> Iterator[tuple[int, ...]]:
    """Every order of so many things of each lane, in which each lane keeps its own."""
    if not any(counts):
        yield ()
    for lane, count in enumerate(counts):
        if count:
            left = [n - (number == lane) for number, n in enumerate(counts)]
            for rest in merges(left):
                yield lane, *rest


def keeps_cause_before_effect(trace: Trace) -> bool:
    """Whether nothing was recorded as seen before it was recorded as done: content, pointers, fences."""
    done: set[object] = set()
    for event in trace.events:
        match event.did or event.saw:
            case do.Mirror(digest=digest):
                done.add(digest)
            case do.Fence(fence=fence) | do.MovePointer(x=fence):
                done.add(fence)
            case see.Content(digest=digest) if digest not in done:
                return False
            case see.FencePassed(fence=fence) if fence not in done:
                return False
            case _:
                pass
    return True


# What is legal


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("race", RACES.values(), ids=RACES)
def test_either_order_is_legal_however_it_was_recorded(race: Race, turned: bool) -> None:
    """The server decides: nobody may be accused of its decision, nor of the recorder's."""
    trace, start = played(race, turned=turned)
    for recording in recordings(trace, start):
        if keeps_cause_before_effect(recording):
            assert [] == violations(recording)


@pytest.mark.parametrize("race", RACES.values(), ids=RACES)
def test_the_order_decides_something(race: Race) -> None:
    """Else it were no race: somebody sees something else in the one order than in the other."""
    assert told(*played(race, turned=False)) != told(*played(race, turned=True)) or race.is_tie


def told(trace: Trace, start: int) -> dict[str, list[str]]:
    """What each party saw after the start, in its order."""
    found: dict[str, list[str]] = {who: [] for who in LANES}
    for event in trace.events[start:]:
        if event.saw is not None:
            found[event.who].append(msgspec.json.encode(event.saw).decode())
    return found


# What is not


#: Put together like this the two views do explain each other, and why.
EXPLAINED: Final = {
    (
        "revoke x revoke",
        False,
    ): "whoever is not refused takes its own return for the one that counted, and either may be",
    ("suspend x approve", False): "the agent has no link, so it sees nothing of either order",
    ("suspend x approve", True): "the agent has no link, so it sees nothing of either order",
}


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("name", [name for name, race in RACES.items() if not race.is_tie])
def test_one_order_for_each_party_is_flagged(name: str, turned: bool) -> None:
    """What the customer saw of one order and the agent of the other is no order at all."""
    first, start = played(RACES[name], turned=turned)
    second, _ = played(RACES[name], turned=not turned)

    found = violations(mixed(first, second, start))

    if (name, turned) in EXPLAINED:
        assert [] == found
    else:
        assert [] != found
        assert any(rules_out_each_order(violation) for violation in found), found


def rules_out_each_order(violation: Violation) -> bool:
    """Whether it names what rules out the one order, and what rules out the other."""
    both = re.search(r"rules? out .*(the other|which rules? out|refusals before)", violation.because)
    return both is not None and len(violation.events) > 1


def test_a_field_that_both_typed_into_is_the_same_for_both() -> None:
    """The customer wins a tie; two values in one field are no order of the two."""
    trace, start = played(RACES["same field typed by both"], turned=False)
    last = trace.events[-1]

    def showing(customers: str, agents: str) -> list[str]:
        shown = [
            replace(last, who="customer", party=Party.CUSTOMER, saw=see.FieldShows(customers, "plain"), n=0),
            replace(last, who="agent", party=Party.AGENT, saw=see.FieldShows(agents, "plain"), n=0),
        ]
        events = [*trace.events[start:], *shown]
        return [found.rule for found in violations(numbered(trace, start, events))]

    assert [] == showing("mine", "mine")
    assert ["WRITE-14"] == showing("mine", "yours")

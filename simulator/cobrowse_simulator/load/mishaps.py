"""Mishaps: links that break, networks that let nothing through, a server that dies; when, the seed decides.

A schedule is drawn before anything begins, and is data: so it can be printed, and shrunk until only what it takes
is left.  Losses of links can happen anywhere; the others need a network and a server that do as they are told, as in
:mod:`..virtual`.

Order: what can happen, drawing it, whether the server is there.
"""

import random
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Final

import msgspec
import trio
from cobrowse_spec.terms import Party

from .profile import Faults

#: How far ahead mishaps of one session are drawn, in seconds; sessions rarely last as long.
HORIZON_S: Final = 300.0


class What(StrEnum):
    """What happens to a party."""

    #: Its link breaks, and it is back over another one.
    LOSS = "loss"
    #: Nothing passes, in neither direction; what was sent arrives when it is over.
    PARTITION = "partition"
    #: It takes nothing in; what was sent to it waits.
    SLOW_CONSUMER = "slow consumer"


_WORDS: Final = {
    What.LOSS: "the link of the {party} breaks; it is back {lasts:.3f} s later",
    What.PARTITION: "the {party} is cut off for {lasts:.3f} s",
    What.SLOW_CONSUMER: "the {party} takes nothing in for {lasts:.3f} s",
}


class Mishap(msgspec.Struct, frozen=True):
    """Something that happens to one party of a session."""

    what: What
    party: Party
    #: Seconds from the beginning of the session, and how long it lasts.
    at_s: float
    lasts_s: float

    @property
    def words(self) -> str:
        """The mishap in a sentence."""
        return f"at {self.at_s:.3f} s {_WORDS[self.what].format(party=self.party, lasts=self.lasts_s)}"


class Crash(msgspec.Struct, frozen=True):
    """The server dies, and another one goes on with its journal."""

    #: Seconds from the beginning of the run (in a story, of its session), and until it is there again.
    at_s: float
    lasts_s: float

    @property
    def words(self) -> str:
        """The crash in a sentence."""
        return f"at {self.at_s:.3f} s the server crashes; another one is there {self.lasts_s:.3f} s later"


class Schedule(msgspec.Struct, frozen=True):
    """All that goes wrong in a run of one session, in place of what would be drawn."""

    #: The number that the session has in the run that it was taken from: it decides what is drawn in it.
    session: int
    mishaps: tuple[Mishap, ...] = ()
    crashes: tuple[Crash, ...] = ()


def mishaps_of(faults: Faults, seed: int, session: int) -> tuple[Mishap, ...]:
    """What happens to the parties of one session, in its order."""
    rates = {What.LOSS: faults.losses, What.PARTITION: faults.partitions}
    rates[What.SLOW_CONSUMER] = faults.slow_consumers
    chance = random.Random(f"{seed}:{session}:mishaps")
    drawn = [
        Mishap(what, chance.choice((Party.CUSTOMER, Party.AGENT)), at, chance.uniform(*faults.lasts_s))
        for what, rate in rates.items()
        for at in _moments(rate, HORIZON_S, chance)
    ]
    return tuple(sorted(drawn, key=lambda one: one.at_s))


def crashes_of(faults: Faults, seed: int, duration_s: float) -> tuple[Crash, ...]:
    """When the server dies in a run; not again before it is there."""
    chance = random.Random(f"{seed}:crashes")
    drawn: list[Crash] = []
    for at in _moments(faults.crashes, duration_s, chance):
        if not drawn or at > drawn[-1].at_s + drawn[-1].lasts_s:
            drawn.append(Crash(at, chance.uniform(*faults.down_s)))
    return tuple(drawn)


def _moments(per_minute: float, span_s: float, chance: random.Random) -> Iterator[float]:
    at = 0.0
    while per_minute:
        at += chance.expovariate(per_minute / 60)
        if at >= span_s:
            return
        yield at


class Presence:
    """Whether the server is there; who has to know is told when it dies and when it comes back."""

    def __init__(self) -> None:
        self.is_up = True
        self._told: list[Callable[[bool], None]] = []
        self._waiting = trio.lowlevel.ParkingLot()

    def listen(self, told: Callable[[bool], None]) -> None:
        """Call it with every change: whether the server is there."""
        self._told.append(told)

    def unlisten(self, told: Callable[[bool], None]) -> None:
        """Call it no longer."""
        self._told.remove(told)

    def change(self, *, is_up: bool) -> None:
        """The server died, or is about to be there again."""
        self.is_up = is_up
        for told in tuple(self._told):
            told(is_up)

    def serve(self) -> None:
        """The server listens: who waited for it goes on."""
        self._waiting.unpark_all()

    async def wait(self) -> None:
        """Come back when the server listens."""
        await self._waiting.park()

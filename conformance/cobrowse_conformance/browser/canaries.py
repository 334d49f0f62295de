"""Canaries: texts that nobody could guess, planted where a mask must hide them, and twins where nothing is hidden.

A canary is two halves, each of which is told apart by itself, so it is found as well where it was cut in two.  It has
small letters and digits only: these survive every place of a page, IDs, classes, addresses and style sheets too.
Canaries share no more than two letters, so that no compressor writes one by pointing at another.

Order: canaries, a set of them.
"""

import re
import secrets
from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple

#: How each half begins, so that it can be found quickly whatever it is.
MARK: Final = b"zq"
#: The letters of a canary.
ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz0123456789"
#: How many letters of a half are drawn at random: 51 bits and more.
DRAWN: Final = 11
#: The length of a half.
HALF: Final = len(MARK) + DRAWN

#: What a half looks like.
_HALF: Final = re.compile(rb"(?=(zq[a-z0-9]{%d}))" % DRAWN)


class Canary(NamedTuple):
    """A text that was planted, and where."""

    text: str
    #: Where in the page, in words that a report can show.
    place: str
    #: Whether a mask must hide it; else it must arrive.
    masked: bool
    #: The rule that is broken where it leaks.
    rule: str = "MASK-5"


class Canaries:
    """The canaries of one run."""

    def __init__(self, draw: Callable[[str], str] = secrets.choice) -> None:
        self._draw = draw
        self._all: list[Canary] = []
        self._by_half: dict[bytes, Canary] = {}

    def make(self, place: str, *, masked: bool, rule: str = "MASK-5") -> Canary:
        """A new canary for a place."""
        halves: list[str] = []
        while len(halves) < 2:
            drawn = "".join(self._draw(ALPHABET) for _ in range(DRAWN))
            half = MARK.decode() + drawn
            # A mark within a half would be taken for another's begin.
            if (
                "zq" not in drawn
                and half.encode() not in self._by_half
                and half not in halves
                and drawn[0] != "q"
            ):
                halves.append(half)
        canary = Canary("".join(halves), place, masked, rule)
        self._all.append(canary)
        self._by_half |= {half.encode(): canary for half in halves}
        return canary

    def __iter__(self) -> Iterator[Canary]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def texts(self) -> Iterable[str]:
        """What was planted, for whoever has to know it when it comes by."""
        return [canary.text for canary in self._all]

    def among(self, data: bytes) -> set[Canary]:
        """The canaries of which a half stands in the data, read forwards or backwards, in capitals or not."""
        low = data.lower()
        if MARK not in low and MARK[::-1] not in low:
            return set()
        found = {self._by_half.get(one[1]) for one in _HALF.finditer(low)}
        found |= {self._by_half.get(one[1]) for one in _HALF.finditer(low[::-1])}
        return {canary for canary in found if canary is not None}

"""The leak oracle: canaries at every place that a mask must cover, looked for in everything that goes out (MASK-2 to MASK-9).

Each place has three canaries: masked by a mark of its own, masked as part of something that is, and open.  More come with
what the page does later.  The masked ones must be nowhere: not in what leaves the customer's browser or reaches the
agent's, not in what the agent's browser holds, not in files that the target names.  The open ones must arrive, else the
channel was not looked at, and nothing was shown.

Whoever brings the customer and the agent together keeps to this order, with the session where it says so::

    oracle = LeakOracle(pair)
    oracle.plant()       # on a page that is open, before the agent joins
    ...                  # the session begins
    oracle.proceed()     # what comes later, with the customer's own hands
    oracle.mutate()      # what pages do
    oracle.judge()

Order: the bounds, what is needed, findings, the oracle, guessing by length.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from cobrowse_simulator.browsers.chromium import Browser
from cobrowse_spec.terms import Place

from ..results import Leak
from ..verdicts import Verdict
from . import dom, planting
from .canaries import Canaries, Canary
from .capture import BrowserCapture
from .decoders import TooMuch, readings

#: The largest file that is searched, in bytes; of a larger one its end is.
FILE_BYTES: Final = 64 << 20

#: The places at which what is open must be seen, as MASK-5 has them: what shows to anybody who looks at the page.
MUST_ARRIVE: Final = (
    Place.VALUE,
    Place.TYPED,
    Place.TEXT,
    Place.LATER_TEXT,
    Place.LATER_NODE,
    Place.PLACEHOLDER,
    Place.TITLE,
    Place.ARIA_LABEL,
    Place.OPTION,
    Place.BUTTON,
    Place.TEXTAREA,
)

#: How each place is planted, and how a report says it.
_MASKED: Final[tuple[tuple[planting.Masked, str], ...]] = (
    (True, "of a masked element"),
    ("inside", "within a masked element"),
    (False, "of an element that is not masked"),
)


class Pair(Protocol):
    """A customer and an agent in real browsers, as far as the oracle has to do with them."""

    customer: Browser
    customer_capture: BrowserCapture
    #: Of the agent's browser; the same as the customer's where both are in one.
    agent_capture: BrowserCapture

    def fence(self) -> None:
        """Come back when what the customer's page shows at this moment has reached the agent."""

    def agent_shows(self, element: str) -> str | None:
        """What the agent sees in a field of the customer's page; None: no such field."""


class Findings(NamedTuple):
    """What came of it."""

    leaks: tuple[Leak, ...]
    #: Places whose open canary should have arrived and did not.
    unseen: tuple[str, ...]
    #: How many of the open canaries arrived.
    arrived: int
    #: Channels that were there and could not be read.
    blind: tuple[str, ...]

    @property
    def verdict(self) -> Verdict:
        """FAIL for any leak; INCONCLUSIVE where a channel was not looked at."""
        if self.leaks:
            return Verdict.FAIL
        return Verdict.INCONCLUSIVE if self.unseen or self.blind or not self.arrived else Verdict.PASS

    @property
    def because(self) -> str:
        """Why, in words."""
        if self.leaks:
            first = self.leaks[0]
            more = f", and {len(self.leaks) - 1} more" if len(self.leaks) > 1 else ""
            return f"{first.place} was found in {first.channel}{more}"
        if not self.arrived:
            return "nothing that is open arrived, so the channel was not seen"
        if self.unseen:
            return f"what is open did not arrive: {', '.join(self.unseen)}"
        if self.blind:
            return f"could not be read: {', '.join(self.blind)}"
        return f"{self.arrived} open canaries arrived, and no masked one"


class LeakOracle:
    """One page full of canaries.  Synchronous: call it in the thread that has the browsers."""

    def __init__(self, pair: Pair, files: Sequence[Path] = ()) -> None:
        self.canaries = Canaries()
        self._pair = pair
        self._files = files
        self._began = time.time()
        #: What was there and could not be unpacked whole.
        self._unread: set[str] = set()

    def plant(self, places: Iterable[Place] = tuple(Place)) -> None:
        """Put a canary at every place of the page that the customer has open."""
        for place in places:
            for masked, how in _MASKED:
                canary = self.canaries.make(f"{place.value} {how}", masked=bool(masked))
                planting.plant(self._pair.customer, place, canary.text, masked)

    def proceed(self) -> None:
        """Do, once the session is on, what comes later."""
        planting.proceed(self._pair.customer)
        self._pair.fence()

    def mutate(self) -> None:
        """Do what pages do to what they show, each with canaries of its own, one after the other."""
        browser = self._pair.customer
        for name in browser.script("return cobrowseSite.mutations"):
            for masked in (True, False):
                how = "masked" if masked else "open"
                canary = self.canaries.make(f"{name} ({how})", masked=masked)
                browser.script("return cobrowseSite.mutate(...arguments)", name, canary.text, masked)
            self._pair.fence()

    def judge(self) -> Findings:
        """Look for every canary in everything there is."""
        pair = self._pair
        pair.fence()
        captures = list(dict.fromkeys((pair.customer_capture, pair.agent_capture)))
        for capture in captures:
            capture.settle()
        by_text = {canary.text: canary for canary in self.canaries}
        sightings = [(by_text[leak.canary], leak) for leak in self._seen(captures)]
        leaks = {(leak.place, leak.channel): leak for canary, leak in sightings if canary.masked}
        arrived = {canary for canary, _ in sightings if not canary.masked}
        must = {f"{place.value} {_MASKED[-1][1]}" for place in MUST_ARRIVE}
        unseen = [
            one.place for one in self.canaries if not one.masked and one.place in must and one not in arrived
        ]
        blind = sorted(self._unread.union(*(capture.blind for capture in captures)))
        return Findings(tuple(leaks.values()), tuple(unseen), len(arrived), tuple(blind))

    def _seen(self, captures: Sequence[BrowserCapture]) -> Iterator[Leak]:
        pair = self._pair
        for capture in captures:
            whose = "customer" if capture is pair.customer_capture else "agent"
            for sighting in capture.find(self.canaries):
                way = f"leaving the {whose}" if sighting.way == "sent" else f"reaching the {whose}"
                yield self._leak(
                    sighting.canary, f"{sighting.channel}, {way}", sighting.encoding, sighting.at
                )
        if pair.agent_capture is not pair.customer_capture:
            for seen in dom.look(pair.agent_capture.devtools):
                yield from self._in(seen.data, f"the agent's page: {seen.where}")
        for path in self._files:
            yield from self._in_file(path)

    def _in_file(self, path: Path) -> Iterator[Leak]:
        """A file that the target names: a log, a journal, a database.  What is not there holds nothing."""
        try:
            with path.open("rb") as file:
                file.seek(max(0, path.stat().st_size - FILE_BYTES))
                data = file.read()
        except FileNotFoundError:
            return
        yield from self._in(data, f"the file {path.name}")

    def _in(self, data: bytes, where: str) -> Iterator[Leak]:
        try:
            for reading in readings(data, dom.DEPTH):
                for canary in self.canaries.among(reading.data):
                    yield self._leak(canary, where, ", ".join(reading.encodings), time.time())
        except TooMuch:
            self._unread.add(f"what is packed in {where}")

    def _leak(self, canary: Canary, channel: str, encoding: str, at: float) -> Leak:
        return Leak(
            canary=canary.text,
            place=canary.place,
            channel=channel,
            encoding=encoding,
            at_ms=round((at - self._began) * 1000, 1),
            found=canary.text.encode(),
        )


# Guessing by length

#: How often each length is tried, and the lengths.
ROUNDS: Final = 6
SHORT: Final = 2
LONG: Final = 40

#: The page sets a field at once, so that no key tells its length by itself.
_SET: Final = """
const field = cobrowseSite.find(arguments[0]);
field.value = arguments[1];
field.dispatchEvent(new Event("input", { bubbles: true }));
"""


class Guessed(NamedTuple):
    """What an agent could tell from a secret of either length."""

    #: What the agent saw in the field: for the short secret, for the long one.
    shown: tuple[str | None, str | None]
    #: Bytes that left the customer in each round, in order: for the short secret, for the long one.
    sizes: tuple[tuple[int, ...], tuple[int, ...]]

    @property
    def verdict(self) -> Verdict:
        """FAIL where the length shows; INCONCLUSIVE where nothing left at all."""
        if self.shown[0] != self.shown[1]:
            return Verdict.FAIL
        short, long = self.sizes
        if not any(short) or not any(long):
            return Verdict.INCONCLUSIVE
        return Verdict.FAIL if max(short) < min(long) or max(long) < min(short) else Verdict.PASS

    @property
    def because(self) -> str:
        """Why, in words; nothing of the secret is in it."""
        if self.shown[0] != self.shown[1]:
            return "MASK-9: the agent sees of which length a secret is"
        if self.verdict is Verdict.INCONCLUSIVE:
            return "nothing left the customer when a secret was set"
        if self.verdict is Verdict.FAIL:
            return "MASK-9: a longer secret is more bytes on its way, each time"
        return "a long secret looks like a short one, on the screen and on its way"


def guess(pair: Pair, secret: str) -> Guessed:
    """Whether the length of a secret field of the page (a password, say) can be told; the field is never empty."""
    sizes: dict[int, list[int]] = {SHORT: [], LONG: []}
    shown: dict[int, str | None] = {}
    for _ in range(ROUNDS):
        for length in (SHORT, LONG):
            pair.fence()
            pair.customer_capture.settle()
            pair.customer_capture.reset()
            pair.customer.script(_SET, secret, "x" * length)
            pair.fence()
            pair.customer_capture.settle()
            sent = (piece for piece in pair.customer_capture.pieces if piece.way == "sent")
            sizes[length].append(sum(len(piece.data) for piece in sent))
            shown[length] = pair.agent_shows(secret)
    return Guessed((shown[SHORT], shown[LONG]), (tuple(sizes[SHORT]), tuple(sizes[LONG])))

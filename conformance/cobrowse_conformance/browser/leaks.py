"""The leak oracle: canaries at every place that a mask must cover, looked for in everything that goes out (MASK-2 to MASK-9).

Each place has three canaries: masked by a mark of its own, masked as part of something that is, and open.  More come with
what the page does later.  The masked ones must be nowhere: not in what leaves the customer's browser or reaches the
agent's, not in what the agent's browser holds, not in what the target keeps.  The open ones must arrive, else the
channel was not looked at, and nothing was shown.

Whoever brings the customer and the agent together keeps to this order, with the session where it says so::

    oracle = LeakOracle(pair)
    ...                  # a page is opened, with `oracle.address("/apply")`
    oracle.plant()       # before the agent joins
    ...                  # the session begins
    oracle.proceed()     # what comes later, with the customer's own hands
    oracle.mutate()      # what pages do
    ...                  # the page is left for another
    oracle.judge()

Order: the bounds, what is needed, findings, the oracle, guessing by length.
"""

import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from cobrowse_simulator.browsers.chromium import Chromium
from cobrowse_spec.terms import Place

from ..results import Leak
from ..verdicts import Verdict
from . import dom, planting
from .canaries import ALPHABET, Canaries, Canary
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

#: The same of what the page does later.
MUST_FOLLOW: Final = ("a text is written",)

#: The rules that are judged by canaries, and the one that is judged by lengths.
RULES: Final = ("MASK-2", "MASK-3", "MASK-4", "MASK-5", "MASK-6")
RULE_OF_LENGTH: Final = "MASK-9"

#: The rule of what a field holds, of what stands in something masked, and of what the page does later; else MASK-5.
_RULES: Final = {
    Place.VALUE.value: "MASK-2",
    Place.TYPED.value: "MASK-2",
    "inside": "MASK-4",
    "a password is set": "MASK-3",
    "a password is shown": "MASK-6",
    "its class goes, then its text changes": "MASK-6",
    "its class goes, then its title changes": "MASK-6",
    "its class goes, then something comes into it": "MASK-6",
    "it moves, then its text changes": "MASK-6",
    "it leaves the page and comes back": "MASK-6",
}
#: The rule of what a target keeps: no log and no journal has a byte of it.
_OF_FILES: Final = "MASK-2"

#: How each place is planted, and how a report says it.
_MASKED: Final[tuple[tuple[planting.Masked, str], ...]] = (
    (True, "of a masked element"),
    ("inside", "within a masked element"),
    (False, "of an element that is not masked"),
)


class Pair(Protocol):
    """A customer and an agent in real browsers, as far as the oracle has to do with them."""

    customer: Chromium
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
    #: The rule that each leak breaks, in the same order.
    rules: tuple[str, ...] = ()

    def of(self, rule: str) -> "Findings":
        """What concerns one rule: its leaks, and all that was not seen."""
        own = [(leak, broken) for leak, broken in zip(self.leaks, self.rules, strict=True) if broken == rule]
        return self._replace(leaks=tuple(leak for leak, _ in own), rules=tuple(broken for _, broken in own))

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
            written = f", written as {first.encoding}" if first.encoding else ""
            more = f", and {len(self.leaks) - 1} more" if len(self.leaks) > 1 else ""
            return f"{first.place} was found in {first.channel}{written}, after {first.at_ms:.0f} ms{more}"
        if not self.arrived:
            return "nothing that is open arrived, so the channel was not seen"
        if self.unseen:
            return f"what is open did not arrive: {', '.join(self.unseen)}"
        if self.blind:
            return f"could not be read: {', '.join(self.blind)}"
        return f"{self.arrived} open canaries arrived, and no masked one"


class Kept(NamedTuple):
    """What a target keeps: a log, a journal, a database."""

    #: What it is, in words that a report can show.
    where: str
    data: bytes


def kept_in(file: Path) -> Kept | None:
    """A file that the target names, or its end; None where there is none."""
    try:
        with file.open("rb") as opened:
            opened.seek(max(0, file.stat().st_size - FILE_BYTES))
            return Kept(f"the file {file.name}", opened.read())
    except FileNotFoundError:
        return None


class LeakOracle:
    """One page full of canaries.  Synchronous: call it in the thread that has the browsers."""

    def __init__(self, pair: Pair, kept: Callable[[], Iterable[Kept]] = tuple) -> None:
        """``kept`` gives what the target keeps, when it is asked for."""
        self.canaries = Canaries()
        self._pair = pair
        self._kept = kept
        self._began = time.time()
        #: What was there and could not be unpacked whole.
        self._unread: set[str] = set()

    def address(self, path: str) -> str:
        """The same page with canaries in its query and its fragment, which leave with no address (MASK-5)."""
        query = self.canaries.make("the query of the page's address", masked=True)
        fragment = self.canaries.make("the fragment of the page's address", masked=True)
        return f"{path}?of={query.text}#{fragment.text}"

    def plant(self, places: Iterable[Place] = tuple(Place)) -> None:
        """Put a canary at every place of the page that the customer has open."""
        for place in places:
            for masked, how in _MASKED:
                rule = _RULES.get("inside" if masked == "inside" else place.value, "MASK-5")
                canary = self.canaries.make(f"{place.value} {how}", masked=bool(masked), rule=rule)
                planting.plant(self._pair.customer, place, canary.text, masked)

    def proceed(self) -> None:
        """Do, once the session is on, what comes later."""
        planting.proceed(self._pair.customer)
        self._pair.fence()

    def mutate(self) -> None:
        """Do what pages do to what they show, each with canaries of its own, one after the other."""
        browser = self._pair.customer
        for name in browser.script("return cobrowseSite.mutations"):
            for masked, how in ((True, "masked"), (False, "open")):
                rule = _RULES.get(name, "MASK-5")
                canary = self.canaries.make(f"{name} ({how})", masked=masked, rule=rule)
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
        leaks: dict[tuple[str, str, str], Leak] = {}
        arrived: set[Canary] = set()
        for rule, leak in self._seen(captures):
            canary = by_text[leak.canary]
            if canary.masked:
                leaks.setdefault((rule or canary.rule, leak.place, leak.channel), leak)
            else:
                arrived.add(canary)
        must = {
            *(f"{place.value} {_MASKED[-1][1]}" for place in MUST_ARRIVE),
            *(f"{name} (open)" for name in MUST_FOLLOW),
        }
        unseen = [
            one.place for one in self.canaries if not one.masked and one.place in must and one not in arrived
        ]
        blind = sorted(self._unread.union(*(capture.blind for capture in captures)))
        rules = tuple(rule for rule, _, _ in leaks)
        return Findings(tuple(leaks.values()), tuple(unseen), len(arrived), tuple(blind), rules)

    def _seen(self, captures: Sequence[BrowserCapture]) -> Iterator[tuple[str, Leak]]:
        """Every canary that is anywhere, with the rule that is broken by where it is; empty: the place's own."""
        pair = self._pair
        for capture in captures:
            whose = "customer" if capture is pair.customer_capture else "agent"
            for sighting in capture.find(self.canaries):
                way = f"leaving the {whose}" if sighting.way == "sent" else f"reaching the {whose}"
                channel = f"{sighting.channel}, {way}"
                yield "", self._leak(sighting.canary, channel, sighting.encoding, sighting.at)
        if pair.agent_capture is not pair.customer_capture:
            for seen in dom.look(pair.agent_capture.devtools):
                for leak in self._in(seen.data, f"the agent's page: {seen.where}"):
                    yield "", leak
        for kept in self._kept():
            for leak in self._in(kept.data, kept.where):
                if leak.canary in self._masked():
                    yield _OF_FILES, leak

    def _masked(self) -> set[str]:
        """What masks must hide; what is open shows that it arrived by arriving, not by being kept."""
        return {canary.text for canary in self.canaries if canary.masked}

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

#: How often each length is tried: at least, and as long as the two can be told apart; then they are.  By chance twelve
#: and twelve are apart once in a million times.
LEAST_ROUNDS: Final = 3
ROUNDS: Final = 12
#: The lengths.
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
    def are_apart(self) -> bool:
        """Whether every message of one length is larger than every one of the other."""
        short, long = self.sizes
        return max(short) < min(long) or max(long) < min(short)

    @property
    def verdict(self) -> Verdict:
        """FAIL where the length shows; INCONCLUSIVE where nothing left at all."""
        if self.shown[0] != self.shown[1]:
            return Verdict.FAIL
        short, long = self.sizes
        if not any(short) or not any(long):
            return Verdict.INCONCLUSIVE
        return Verdict.FAIL if self.are_apart else Verdict.PASS

    @property
    def because(self) -> str:
        """Why, in words; nothing of the secret is in it."""
        if self.shown[0] != self.shown[1]:
            return "the agent sees of which length a secret is"
        if self.verdict is Verdict.INCONCLUSIVE:
            return "nothing left the customer when a secret was set"
        if self.verdict is Verdict.FAIL:
            return (
                f"a longer secret is more bytes, or fewer, on its way, in each of {len(self.sizes[0])} rounds"
            )
        return "a long secret looks like a short one, on the screen and on its way"


def guess(pair: Pair, secret: str) -> Guessed:
    """Whether the length of a secret field of the page (a password, say) can be told; the field is never empty."""
    sizes: dict[int, list[int]] = {SHORT: [], LONG: []}
    shown: dict[int, str | None] = {}
    letters = itertools.cycle(ALPHABET)
    while True:
        # Which length comes first changes, and the letter too: each time something has changed.
        for length in (SHORT, LONG) if len(sizes[SHORT]) % 2 == 0 else (LONG, SHORT):
            pair.fence()
            pair.customer_capture.settle()
            pair.customer_capture.reset()
            pair.customer.script(_SET, secret, next(letters) * length)
            pair.fence()
            pair.customer_capture.settle()
            sent = (piece for piece in pair.customer_capture.pieces if piece.way == "sent")
            sizes[length].append(sum(len(piece.data) for piece in sent))
            shown[length] = pair.agent_shows(secret)
        found = Guessed((shown[SHORT], shown[LONG]), (tuple(sizes[SHORT]), tuple(sizes[LONG])))
        rounds = len(sizes[SHORT])
        if (
            rounds >= ROUNDS
            or (rounds >= LEAST_ROUNDS and not found.are_apart)
            or shown[SHORT] != shown[LONG]
        ):
            return found

"""The timeline of a trace: three lanes, customer, server and agent, as data for any report to draw.

What a party does leads from its lane to the server, what it sees leads from the server to its lane.
What never crosses a wire (the customer on its own page) stays in its lane; the contact centre and time
itself stand in the server's.

Order: the data, from events to rows, a part of it, one row as text.
"""

import itertools
from collections.abc import Collection, Iterator, Sequence
from enum import StrEnum
from typing import Final, NamedTuple

import msgspec
from cobrowse_spec.actions import Act, Fence, Mirror, MovePointer
from cobrowse_spec.observations import Content, FencePassed, FieldShows, PageChanged, PointerAt
from cobrowse_spec.telling import describe
from cobrowse_spec.terms import Party
from cobrowse_spec.trace import Event

from .summary import printable, without_secrets


class Lane(StrEnum):
    """Where in the timeline something happens."""

    CUSTOMER = "customer"
    SERVER = "server"
    AGENT = "agent"


class Row(NamedTuple):
    """One row of a timeline: an event, or several that are folded into one line."""

    words: str
    #: Where it happens, and where its arrow leads: the same lane where there is no arrow.
    lane: Lane
    to: Lane
    #: Milliseconds since the trace began.
    at_ms: float
    #: The events that it stands for; secrets are not in them.
    events: tuple[Event, ...]
    evidence: bool = False

    @property
    def folded(self) -> bool:
        """Whether it stands for several events."""
        return self.words.startswith("…")

    @property
    def fields(self) -> str:
        """Everything that was recorded of the event, as JSON; of folded ones, nothing."""
        if self.folded:
            return ""
        return msgspec.json.format(msgspec.json.encode(self.events[0]), indent=2).decode()


#: Kinds of events that fold, how many in a row it takes, and what they are.
_BACKGROUND: Final = (Fence, FencePassed, Mirror, Content)
_POINTERS: Final = (MovePointer, PointerAt)
_LEAST: Final = {"background": 2, "pointers": 4}

#: What a party sees without the server telling it.
_LOCAL: Final = (PageChanged, FieldShows)

#: Rows around the evidence that are shown where a timeline is too long.
AROUND: Final = 12


def timeline(events: Sequence[Event], evidence: Collection[int] = ()) -> list[Row]:
    """The rows of a trace; ``evidence`` are the numbers of the events that prove something."""
    rows: list[Row] = []
    several_sessions = len({event.session for event in events if event.session}) > 1

    def kind(event: Event) -> str:
        if event.seq in evidence:
            return ""
        thing = event.did or event.saw
        return "background" if isinstance(thing, _BACKGROUND) else "pointers" * isinstance(thing, _POINTERS)

    for name, group in itertools.groupby(events, key=kind):
        alike = tuple(without_secrets(event) for event in group)
        if name and len(alike) >= _LEAST[name]:
            rows.append(_folded(alike, _count(alike)))
        else:
            rows += [_row(event, event.seq in evidence, several_sessions) for event in alike]
    return rows


def _row(event: Event, evidence: bool, several_sessions: bool) -> Row:
    lane, to = _lanes(event)
    session = f" [{event.session}]" if several_sessions and event.session else ""
    words = printable(f"{describe(event)}{session}").replace("\n", " ")
    return Row(words, lane, to, event.at * 1000, (event,), evidence)


def _lanes(event: Event) -> tuple[Lane, Lane]:
    if event.party not in (Party.CUSTOMER, Party.AGENT):
        return Lane.SERVER, Lane.SERVER
    own = Lane(str(event.party))
    on_own_page = event.party is Party.CUSTOMER and isinstance(event.did, Act)
    if on_own_page or isinstance(event.saw, _LOCAL):
        return own, own
    return (own, Lane.SERVER) if event.did is not None else (Lane.SERVER, own)


def _folded(events: tuple[Event, ...], words: str) -> Row:
    return Row(f"… {words}", Lane.SERVER, Lane.SERVER, events[0].at * 1000, events)


def _count(events: Sequence[Event]) -> str:
    """How many frames and fences these are; a fence and its marks count as one."""
    things = [event.did or event.saw for event in events]
    fences = len({thing.fence for thing in things if isinstance(thing, Fence | FencePassed)})
    frames = sum(1 for thing in things if not isinstance(thing, Fence | FencePassed))
    said = [_times(frames, "more frame"), _times(fences, "fence" if frames else "more fence")]
    return " and ".join(part for part in said if part)


def _times(count: int, what: str) -> str:
    return "" if not count else f"{count} {what}{'s' * (count > 1)}"


# A part of it


def around(rows: Sequence[Row], most: int = AROUND) -> list[Row]:
    """About ``most`` rows: the evidence and what stands nearest to it, or the end where there is none.

    Of evidence without end only the last ``2 * most`` rows are sure to stay.  What is left out becomes a
    row that says how many events it was.
    """
    if len(rows) <= most:
        return list(rows)
    proof = [place for place, row in enumerate(rows) if row.evidence][-2 * most :] or [len(rows) - 1]

    def distance(place: int) -> float:
        # What came before explains more than what came after.
        return min(near - place if place <= near else 2 * (place - near) for near in proof)

    nearest = sorted(range(len(rows)), key=distance)
    kept = set(proof) | set(nearest[:most])
    # What is folded already goes into what is left out beside it.
    kept -= {place for place in kept if rows[place].folded and not {place - 1, place + 1} <= kept}
    return list(_shortened(rows, kept))


def _shortened(rows: Sequence[Row], kept: set[int]) -> Iterator[Row]:
    for is_kept, group in itertools.groupby(range(len(rows)), key=kept.__contains__):
        places = list(group)
        if is_kept or len(places) == 1:
            yield from (rows[place] for place in places)
            continue
        events = tuple(event for place in places for event in rows[place].events)
        yield _folded(events, _times(len(events), "more event"))


# One row as text


#: The width of what :func:`draw` draws.
DRAWN: Final = 25

#: Where the lanes stand in it.
_PLACES: Final = {Lane.CUSTOMER: 0, Lane.SERVER: 12, Lane.AGENT: 24}


def draw(row: Row, *, ascii_only: bool = False) -> str:
    """The lanes of one row, with its arrow, as text that is :data:`DRAWN` characters wide."""
    cells = [" "] * DRAWN
    for place in _PLACES.values():
        cells[place] = "│"
    start, end = _PLACES[row.lane], _PLACES[row.to]
    if start != end:
        low, high = sorted((start, end))
        cells[low + 1 : high] = "─" * (high - low - 1)
        cells[end - 1 if end > start else end + 1] = "▶" if end > start else "◀"
    cells[start] = "⋮" if row.folded else "●"
    drawn = "".join(cells)
    return drawn.translate(_ASCII) if ascii_only else drawn


_ASCII: Final = str.maketrans({"│": "|", "─": "-", "▶": ">", "◀": "<", "●": "o", "⋮": ":"})


def headings() -> str:
    """The names of the lanes, above what :func:`draw` draws."""
    return f"{'customer':<9}{'server':^7}{'agent':>9}"


def in_text(events: Sequence[Event], evidence: Collection[int] = ()) -> str:
    """The part of a trace that shows something, drawn as text; nothing of an empty trace."""
    rows = around(timeline(events, evidence))
    drawn = [f"{'>' if row.evidence else ' '}{row.at_ms:9.0f}  {draw(row)}  {row.words}" for row in rows]
    return "\n".join([f"        ms  {headings()}", *drawn]) if drawn else ""

"""Integrity: whether a trace can be a true record at all, whatever was recorded.

Invariants judge what parties did; this judges the record.  A message is answered after it was sent, a
party numbers its messages upwards, a link brings everything in the session's order and a fence once.  A
trace that says otherwise was cut, mended or written by a faulty recorder, or its server does not keep the
order of a link; then nothing that invariants say of it is worth anything.

Order: what is found, the books, the checks.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from . import actions as do
from . import observations as see
from .telling import describe
from .terms import Party
from .trace import Event, Trace

#: What is no message of the trace is numbered from here on: mere text that a story sends, and requests by REST.
UNRECORDED_FROM: Final = 900


#: What alone each of these can answer.
_ANSWERS: Final[dict[type, tuple[type, ...]]] = {
    see.FencePassed: (do.Fence,),
    see.Welcome: (do.SignIn,),
    see.InteractionOpened: (do.OpenInteraction,),
    see.InteractionEnded: (do.EndInteraction,),
    see.Started: (do.Start,),
    see.Joined: (do.Join, do.Say),
    see.Asked: (do.Request,),
    see.Circle: (do.Click,),
    see.InMode: (do.Approve, do.ReturnToPointer, do.ShowPage),
    see.ReceiptShown: (do.FetchReceipt,),
}


class Flaw(NamedTuple):
    """Why a trace is no true record, and the numbers of the events that show it."""

    because: str
    events: tuple[int, ...]


class _Books:
    """What the record has said so far."""

    def __init__(self, judged: tuple[str, ...]) -> None:
        self.sent: dict[tuple[str, int], Event] = {}
        self.last_sent: dict[str, Event] = {}
        self.last_place: dict[tuple[str, str], Event] = {}
        self.fences: dict[str, Event] = {}
        self.answers: dict[tuple[int, type], Event] = {}
        self.passed: dict[tuple[str, str], Event] = {}
        self.fence_place: dict[str, Event] = {}
        self.at = 0.0
        #: Which ends are under test: a careless relay keeps no order.
        self.judged = judged


def flaws(trace: Trace) -> tuple[Flaw, ...]:
    """Everything in a trace that cannot be true; empty for a true record."""
    books = _Books(trace.header.judged)
    found: list[Flaw] = []
    for event in trace.events:
        check = _flaws_of_did if event.did is not None else _flaws_of_saw
        found += check(books, event)
        if event.at < books.at:
            found.append(Flaw("time ran backwards", (event.seq,)))
        books.at = event.at
    return tuple(found)


def _flaws_of_did(books: _Books, event: Event) -> Iterator[Flaw]:
    if isinstance(event.did, do.Fence):
        asked = books.fences.setdefault(event.did.fence, event)
        if asked is not event:
            yield Flaw("two fences have one name", (asked.seq, event.seq))
    if not event.re:
        return
    if event.re >= UNRECORDED_FROM:  # no message, but a request by other ways: it has no order among these
        books.sent[event.who, event.re] = event
        return
    anew = isinstance(event.did, do.SignIn | do.Start)  # on a link of its own, where numbers may begin anew
    before = None if anew else books.last_sent.get(event.who)
    if before is not None and before.re >= event.re:
        yield Flaw(
            f"the {event.who}'s message {event.re} was sent after its message {before.re}",
            (before.seq, event.seq),
        )
    books.last_sent[event.who] = books.sent[event.who, event.re] = event


def _flaws_of_saw(books: _Books, event: Event) -> Iterator[Flaw]:
    saw = event.saw
    if 0 < event.re < UNRECORDED_FROM and (event.who, event.re) not in books.sent:
        yield Flaw(f"{describe(event)}: an answer to message {event.re}, which was not sent", (event.seq,))
    if event.re:
        yield from _flaws_of_answer(books, event)
    if event.n:
        before = books.last_place.get((event.who, event.session))
        if before is not None and before.n > event.n:
            yield Flaw(
                f"the {event.who} was told of place {event.n} after place {before.n}", (before.seq, event.seq)
            )
        books.last_place[event.who, event.session] = event
    if isinstance(saw, see.FencePassed):
        yield from _flaws_of_fence(books, event, saw)
    if isinstance(saw, see.Acted) and event.n and saw.act != event.n and "server" in books.judged:
        yield Flaw(f"act {saw.act} was passed on as of place {event.n}", (event.seq,))


def _flaws_of_answer(books: _Books, event: Event) -> Iterator[Flaw]:
    """Whether it can answer what it answers, and does so for the first time."""
    saw, cause = event.saw, books.sent.get((event.who, event.re))
    if cause is None or isinstance(cause.did, do.Resume):  # which brings all that was missed
        return
    wanted = _ANSWERS.get(type(saw))
    only_fences = isinstance(cause.did, do.Fence) and not isinstance(saw, see.FencePassed | see.Refused)
    if only_fences or (wanted is not None and not isinstance(cause.did, wanted)):
        yield Flaw(f"{describe(event)}: no answer to {describe(cause)}", (cause.seq, event.seq))
    if wanted is None and not isinstance(saw, see.Refused):
        return
    twice = books.answers.setdefault((cause.seq, type(saw)), event)
    if twice is not event:
        yield Flaw(
            f"{describe(event)}: the same message was answered like this before", (twice.seq, event.seq)
        )


def _flaws_of_fence(books: _Books, event: Event, saw: see.FencePassed) -> Iterator[Flaw]:
    if saw.fence not in books.fences:
        yield Flaw(f"the {event.who} saw a fence that nobody had asked for", (event.seq,))
    twice = books.passed.setdefault((event.who, saw.fence), event)
    if twice is not event:
        yield Flaw(f"the {event.who} saw one fence twice", (twice.seq, event.seq))
    if event.n and event.party is not Party.CONTROLLER and "server" in books.judged:
        other = books.fence_place.setdefault(saw.fence, event)
        if other.n != event.n:
            yield Flaw(f"one fence stands at places {other.n} and {event.n}", (other.seq, event.seq))

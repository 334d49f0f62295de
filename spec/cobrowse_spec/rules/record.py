"""RECORD: what remains afterwards.  Traces tell what the receipt says, in the words of :mod:`..receipt`.

What somebody was told before the receipt was asked for must be in it; what came later need not.
"""

from collections.abc import Iterator

from .. import observations as see
from ..terms import Answer, Party
from ..trace import Event
from .facts import SessionFacts
from .judge import Finding, held, rule, violated

_ANSWERS = {
    Answer.APPROVED: "the customer approved the request",
    Answer.DENIED: "the customer denied the request",
    Answer.EXPIRED: "the request expired",
    Answer.WITHDRAWN: "the agent withdrew the request",
    Answer.VOID: "the request became void",
}
_ENDED = "the session ended: "
_VISITED = "the customer visited "


def told_in_words(s: SessionFacts) -> Iterator[tuple[str, str, Event]]:
    """What parties have been told: in the receipt's words, what tells it from its like, and when."""
    if s.started is not None:
        yield "the customer started the session", "", s.started
    for event in s.joined.values():
        yield "the agent joined", "", event
    for (_, request), event in s.asked.items():
        yield "the agent requested Write Mode", request, event
    for (_, request), event in s.answered.items():
        assert isinstance(event.saw, see.Answered)
        yield _ANSWERS[event.saw.answer], request, event
    for event in s.suspended.values():
        if isinstance(event.saw, see.Suspended):
            yield f"the session was suspended: {event.saw.reason}", "", event
    for event in s.resumed.values():
        yield "the session resumed", "", event
    for event in s.ended.values():
        assert isinstance(event.saw, see.Ended)
        yield f"{_ENDED}{event.saw.reason}", "", event


def _was_before(s: SessionFacts, told: Event, receipt: Event) -> bool:
    asked = s.all.cause(receipt)
    return asked is not None and told.seq < asked.seq


@rule("RECORD-1", see.ReceiptShown)
def the_receipt_says_what_happened(s: SessionFacts, event: Event) -> Finding | None:
    shown = event.saw
    assert isinstance(shown, see.ReceiptShown)
    if not shown.intact:
        return violated("the receipt does not verify")
    happened: dict[str, set[str]] = {}
    for words, which, told in told_in_words(s):
        if _was_before(s, told, event):
            happened.setdefault(words, set()).add(which)
            if shown.says.count(words) < len(happened[words]):
                return violated(f"the receipt does not say that {words}", told)
            if words.startswith(_ENDED) and not shown.sealed:
                return violated("the session has ended, and its receipt has no seal", told)
    approved = sum(1 for kind, _ in s.answers if kind == "approve")
    if shown.says.count(_ANSWERS[Answer.APPROVED]) > approved:
        return violated("the receipt says that the customer approved, who had not")
    if sum(1 for words in shown.says if words.startswith(_ENDED)) > 1:
        return violated("the receipt says twice that the session ended")
    return held()


@rule("RECORD-2", see.ReceiptShown)
def the_receipt_lists_the_pages_visited(s: SessionFacts, event: Event) -> Finding | None:
    shown = event.saw
    assert isinstance(shown, see.ReceiptShown)
    visited = [words.removeprefix(_VISITED) for words in shown.says if words.startswith(_VISITED)]
    if any("?" in url or "#" in url for url in visited):
        return violated("an address in the receipt has a query or a fragment")
    if len(visited) != len(shown.pages):
        return violated("a visit stands in the receipt without its time or duration")
    if visited:
        return held()
    ended = s.ended.get(Party.AGENT)
    if ended is not None and _was_before(s, ended, event) and (Party.AGENT, see.PageShown) in s.told:
        return violated("the agent was shown pages, and the receipt lists none", ended)
    return None

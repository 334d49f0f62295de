"""Watched: the rules whose invariants judge what two screens show, in every story, and why the others do not.

Over the wire each invariant sees every trace.  A screen shows less: no numbers of messages, no places in the session's
order, no pages and elements as they were published, no fences as deeds.  And it is looked at: the customer's first, then the
agent's, so that of two things that happen at both at once either may be recorded first.  An invariant is judged here only
where none of this can make it blame a product that is right.  The others' rules are judged by their stories.

Order: what is judged, what is not and why, judging.
"""

from collections.abc import Iterable
from typing import Final

from cobrowse_spec.rules import INVARIANTS, Judge, Judgement
from cobrowse_spec.trace import Event, Header

#: What each of these needs is on one screen, in the order in which it came there, or is what a hand of ours has done.
JUDGED: Final = (
    *("START-1", "START-2", "JOIN-3", "JOIN-9", "WRITE-1", "WRITE-3", "MASK-1", "MASK-9", "MASK-10"),
    *("SITE-2", "STOP-4"),
)

_PUBLISHED: Final = "it compares with what the customer's end has published, which no screen shows"
_FENCED: Final = "what is missing it tells by fences that are deeds of the parties, which hands cannot do"
_CAUSED: Final = "it asks which deed an answer is to: screens do not number them"
_GUESSED: Final = "which hand changed the page is known only of what one of them has used, and the mode is looked at before the page"
_VIEWED: Final = (
    "where the customer's page was a workspace may show a text of its own, which looks like content; and the customer's "
    "own pointer moves, which on the wire are messages"
)
_TOLD: Final = "a workspace is told it in a message, and shows it in its own way"

#: The rules of browsers whose invariants are left out.
LEFT_OUT: Final = {
    **dict.fromkeys(
        ("JOIN-1", "POINTER-1", "NAVIGATE-7", "SITE-3", "SITE-5", "VIEW-1", "VIEW-3"), _PUBLISHED
    ),
    **dict.fromkeys(("STOP-1", "WRITE-10", "WRITE-11", "WRITE-14"), _FENCED),
    **dict.fromkeys(
        ("JOIN-6", "JOIN-7", "POINTER-5", "WRITE-4", "SUBMIT-1", "SUBMIT-3", "SUBMIT-4"), _CAUSED
    ),
    **dict.fromkeys(
        (
            *("POINTER-2", "WRITE-12", "WRITE-15", "MASK-7", "SUBMIT-2"),
            *("NAVIGATE-1", "NAVIGATE-2", "NAVIGATE-3", "NAVIGATE-4", "NAVIGATE-5", "NAVIGATE-6"),
        ),
        _GUESSED,
    ),
    **dict.fromkeys(("START-5", "SITE-1", "STOP-2", "STOP-3", "PAUSE-1"), _VIEWED),
    **dict.fromkeys(("START-3", "SECURE-1", "SECURE-3", "WRITE-5"), _TOLD),
    "JOIN-2": "an agent need not see its own name, and a customer may see it a moment after the rest",
    "WRITE-2": "in whose name the customer is asked may show before the name beside the session does",
    "WRITE-13": "what ends Write Mode by itself, such as a time that is over, a screen does not say beforehand",
    "POINTER-3": "pointers are where hands pass on their way to what they press, to a rounding",
    "POINTER-4": "every press of a hand on the page is a click, to a rounding",
    "RESUME-1": "that a session is over may be said in words that do not tell the reasons apart",
    "RESUME-3": "a page that is loaded anew may show a lost link on its way back",
}

_INVARIANTS: Final = tuple(invariant for invariant in INVARIANTS if invariant.rule in JUDGED)


def judged(header: Header, trace: Iterable[Event]) -> dict[str, Judgement]:
    """What these invariants say of a trace of two screens, by rule; of those that it exercises."""
    judge = Judge(header, _INVARIANTS)
    for event in trace:
        judge.see(event)
    return judge.exercised()

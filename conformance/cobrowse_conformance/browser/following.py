"""Following: whether a view that does not show a change of the page stands still, or nobody can tell.

A mark that does not come back is a fence that is lost: it decides nothing, since the browsers, the machine or the way
between them may be at fault.  But that changes of the page follow is a rule of its own (POINTER-1), and a mark is a
change of the page.  By that rule the view stands still where nothing else can be at fault: the page shows the mark, the
view something that stood there before it, and what the customer does later, with the pointer, is soon seen by the agent.

Order: what is looked at, the answer, what is said of it.
"""

from typing import Final, Protocol

#: The rule that changes of the page follow.
FOLLOWS: Final = "POINTER-1"


class Sights(Protocol):
    """What can be looked at of a mark that has not come back."""

    def page_mark(self) -> str:
        """What the customer's page shows where marks are set; empty where there is no such page."""

    def view_mark(self) -> str:
        """What the agent's view shows there; empty where nothing of the page shows."""

    def pointer_crosses(self) -> bool:
        """Whether the customer's pointer moves, and the agent soon sees it."""

    def comes(self) -> bool:
        """Whether the mark comes after all, as soon as an answer usually does."""

    def flows(self) -> bool:
        """Whether both screens show a session in which content flows."""


def stands_still(mark: int, sights: Sights) -> bool:
    """Whether the view stands still: nothing but the product can be why this mark does not show there."""
    return (
        sights.flows()
        and _is(sights.page_mark(), mark)
        and _is_earlier(sights.view_mark(), mark)
        and sights.pointer_crosses()
        and not sights.comes()
        and _is(sights.page_mark(), mark)
        and _is_earlier(sights.view_mark(), mark)
        and sights.flows()
    )


def _is(shown: str, mark: int) -> bool:
    return shown.endswith(f" {mark}")


def _is_earlier(shown: str, mark: int) -> bool:
    return shown != "" and not _is(shown, mark)


def in_words(patience_s: float) -> str:
    """What is said of a view that stands still."""
    return (
        f"a change of the page had not reached the agent after {patience_s:g} s, "
        "although the customer's pointer, which moved after it, had"
    )

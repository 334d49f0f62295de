"""Shown: what the customer's client has published of a page's elements, and what of it an act can have met.

A page is shown once, and its elements then come, change and go (``show_elements``).  The server puts these deeds of
the customer and the agent's acts into one order, which the trace shows only in part: the agent is told of each
change at its place, and a fence that came back bounds it.  So an act can have met several things, one for each order
that is legal, and only what holds of all of them is certain.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from .. import actions as do
from .. import observations as see
from ..trace import Event


class Change(NamedTuple):
    """A deed by which elements of a page came, changed or went."""

    done: Event
    #: Its place in the session's order; 0 where nobody has been told of it.
    place: int = 0
    #: A place that is certainly not before its own; 0 where none is known.
    until: int = 0

    @property
    def action(self) -> do.ShowElements:
        """What was done."""
        assert isinstance(self.done.did, do.ShowElements)
        return self.done.did


class ShownPage(NamedTuple):
    """A page as it was shown, and all that has come, changed and gone since.  Never changed."""

    page: do.ShowPage
    changes: tuple[Change, ...] = ()

    def after(self, done: Event) -> "ShownPage":
        """The same page after a deed of the customer's client."""
        return self._replace(changes=(*self.changes, Change(done)))

    def told(self, seen: see.ElementsShown, place: int) -> "ShownPage":
        """The same, now that the agent has been told of the first such change of which it had not."""
        for at, change in enumerate(self.changes):
            if not change.place and says(change, seen):
                known = change._replace(place=place, until=place)
                return self._replace(changes=(*self.changes[:at], known, *self.changes[at + 1 :]))
        return self

    def bounded(self, fence: Event, place: int) -> "ShownPage":
        """The same, now that a fence of the customer's has come back at this place."""
        if not self.changes:
            return self
        changes = tuple(
            change._replace(until=place) if not change.until and change.done.seq < fence.seq else change
            for change in self.changes
        )
        return self._replace(changes=changes)

    def was_shown(self, seen: see.ElementsShown) -> bool:
        """Whether the customer's client has shown this."""
        return any(says(change, seen) for change in self.changes)

    def is_news(self, seen: see.ElementsShown) -> bool:
        """Whether the customer's client has shown this, and the agent was not told of it before."""
        return any(not change.place and says(change, seen) for change in self.changes)

    def was_told(self, done: Event) -> bool:
        """Whether the agent was told of this deed."""
        return any(change.done is done and change.place for change in self.changes)

    def met(self, ref: str, place: int, refused: Callable[[Event], bool]) -> list[do.Element | None]:
        """What an act at this place can have met by this reference; None: that there is no such element.

        An act at place 0, which nobody knows, can have met whatever there has been.
        """
        met = [_named(self.page.elements, ref)]
        for change in self.changes:
            if 0 < place < change.place:
                break  # and all later ones come later
            element = _named(change.action.elements, ref)
            if refused(change.done) or (element is None and ref not in change.action.gone):
                continue
            certain = 0 < change.until < place
            met = [element] if certain else [*met, element]
        return met

    def elements(self, refused: Callable[[Event], bool]) -> Iterator[do.Element]:
        """What can be acted on by now, as far as the customer's client has said."""
        elements = self.page.elements
        for change in self.changes:
            if not refused(change.done):
                elements = do.after_change(elements, change.action)
        yield from elements


def says(change: Change, seen: see.ElementsShown) -> bool:
    """Whether the agent was told the same as the customer's client had said."""
    said = change.action
    return (said.page, said.elements, said.gone) == (seen.page, seen.elements, seen.gone)


def _named(elements: tuple[do.Element, ...], ref: str) -> do.Element | None:
    return next((element for element in elements if element.ref == ref), None)

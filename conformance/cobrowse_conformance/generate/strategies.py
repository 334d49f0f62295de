"""Generated stories as hypothesis strategies, for property tests of whatever plays stories.

The author is the same (:mod:`.author`); only its choices are hypothesis's, which so can shrink what fails in
a test.  Needs the extra `generate`; nothing else of the suite does.
"""

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from hypothesis import strategies as st

from ..venues import Declared
from .author import Author
from .story import Story

_T = TypeVar("_T")


class _Drawn:
    """Choices that hypothesis makes; the first option is what it shrinks to."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw

    def choose(self, options: Sequence[_T], weights: Sequence[float]) -> _T:
        """One of the options, whatever they weigh."""
        return options[self._draw(st.integers(0, len(options) - 1))]


def _stories(*, deviates: bool | None) -> Callable[[Declared], st.SearchStrategy[Story]]:
    @st.composite
    def strategy(draw: st.DrawFn, declared: Declared) -> Story:
        return Author(declared).write(_Drawn(draw), deviates=deviates)

    return strategy


#: Stories in which every deed is accepted.
plausible_stories: Final = _stories(deviates=False)

#: Stories in which one deed is refused, and changes nothing.
deviating_stories: Final = _stories(deviates=True)

#: Both.
stories: Final = _stories(deviates=None)

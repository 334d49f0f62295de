"""Taking things out of a list, ever fewer at a time: what shrinking a story comes down to."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

_T = TypeVar("_T")


def without(items: Sequence[_T], size: int) -> Iterator[tuple[_T, ...]]:
    """The items without so many that follow each other, from the end."""
    for first in range(len(items) - size, -1, -1):
        yield (*items[:first], *items[first + size :])


def fewest(items: Sequence[_T], fails: Callable[[tuple[_T, ...]], bool]) -> tuple[_T, ...]:
    """As few of the items as still fail: none of them alone, nor any run of them, can be left out."""
    kept = tuple(items)
    size = max(1, len(kept) // 2)
    while size:
        shorter = next((one for one in without(kept, size) if fails(one)), None)
        if shorter is None:
            size //= 2
        else:
            kept = shorter
            size = min(size, len(kept))
    return kept

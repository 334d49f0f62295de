"""Taking things out of a list until no fewer will do."""

from cobrowse_simulator.shrinking import fewest, without
from hypothesis import given
from hypothesis import strategies as st


def test_every_run_of_a_size_is_left_out_once_the_last_first() -> None:
    """So that what came after the failure goes first."""
    assert [(1, 2), (1, 4), (3, 4)] == [
        one for one in without((1, 2, 3, 4), 2) if one not in ((1, 3), (2, 4))
    ]
    assert [(1,), (2,)] == list(without((1, 2), 1))


@given(st.lists(st.integers(0, 30), max_size=25, unique=True), st.data())
def test_what_is_left_is_what_it_takes(items: list[int], data: st.DataObject) -> None:
    """Where it takes certain items, whichever, exactly those are left, in their order."""
    needed = frozenset(data.draw(st.sets(st.sampled_from(items)))) if items else frozenset()

    assert tuple(one for one in items if one in needed) == fewest(items, lambda kept: needed <= set(kept))

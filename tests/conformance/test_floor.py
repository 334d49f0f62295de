"""The floor, on which stories play."""

import pytest
import trio
import trio.testing
from cobrowse_conformance.floor import Floor


class Stories:
    """Enters stories, and knows who has come in."""

    def __init__(self, floor: Floor, nursery: trio.Nursery) -> None:
        self.floor = floor
        self.entered: list[str] = []
        self._nursery = nursery

    async def enter(self, *names: str) -> None:
        """Let these come in as there is room."""
        for name in names:
            self._nursery.start_soon(self._enter, name)
            await trio.testing.wait_all_tasks_blocked()

    async def _enter(self, name: str) -> None:
        await self.floor.enter()
        self.entered.append(name)


async def test_no_more_stories_enter_than_there_are_places() -> None:
    """The next comes in when one has left, in the order in which they came."""
    async with trio.open_nursery() as nursery:
        stories = Stories(Floor(2), nursery)
        await stories.enter("a", "b", "c", "d")
        before = list(stories.entered)
        stories.floor.leave()
        await trio.testing.wait_all_tasks_blocked()
        after = list(stories.entered)
        nursery.cancel_scope.cancel()

    assert (["a", "b"], ["a", "b", "c"]) == (before, after)


async def test_a_story_that_steps_aside_makes_room_and_waits_for_nobody_when_it_goes_on() -> None:
    """While it is aside another comes in; once it is back, one more has to leave before the next does."""
    async with trio.open_nursery() as nursery:
        stories = Stories(Floor(1), nursery)
        await stories.enter("a", "b")
        with stories.floor.aside():
            await trio.testing.wait_all_tasks_blocked()
            meanwhile = list(stories.entered)
        await stories.enter("c")
        stories.floor.leave()
        await trio.testing.wait_all_tasks_blocked()
        one_left = list(stories.entered)
        stories.floor.leave()
        await trio.testing.wait_all_tasks_blocked()
        both_left = list(stories.entered)
        nursery.cancel_scope.cancel()

    assert (["a", "b"], ["a", "b"], ["a", "b", "c"]) == (meanwhile, one_left, both_left)


async def test_an_error_while_aside_leaves_the_count_right() -> None:
    """A story that fails while it lets time pass was on the floor, and still is until it leaves."""
    async with trio.open_nursery() as nursery:
        stories = Stories(Floor(1), nursery)
        await stories.enter("a")
        with pytest.raises(ZeroDivisionError), stories.floor.aside():
            raise ZeroDivisionError
        await stories.enter("b")
        nursery.cancel_scope.cancel()

    assert ["a"] == stories.entered

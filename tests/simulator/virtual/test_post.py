"""The post: what is due is done at its moment, in order, and nobody who is gone is woken."""

from collections.abc import Awaitable, Callable

import pytest
import trio
from cobrowse_simulator.virtual.post import Post
from cobrowse_simulator.virtual.world import run_virtual


def in_virtual_time(story: Callable[[Post], Awaitable[None]]) -> None:
    """Play a story with a post in a world of its own."""
    post = Post()
    run_virtual(lambda: story(post), 1, post)


def test_things_are_done_each_at_its_moment() -> None:
    """At each moment in order, what others do in between included; and then the sleeper goes on, at the last."""
    done: list[tuple[float, str]] = []

    async def story(post: Post) -> None:
        async def act(at: float) -> None:
            done.append((trio.current_time(), f"act {at:g}"))

        post.send(1.5, lambda: done.append((trio.current_time(), "message")))
        await post.at_each((1.0, 2.0, 3.0), act)
        done.append((trio.current_time(), "over"))

    in_virtual_time(story)

    assert [(1.0, "act 1"), (1.5, "message"), (2.0, "act 2"), (3.0, "act 3"), (3.0, "over")] == done


def test_where_there_are_no_moments_nobody_waits() -> None:
    """An empty list of moments is over at once."""

    async def story(post: Post) -> None:
        async def act(at: float) -> None:
            raise AssertionError

        await post.at_each((), act)
        assert 0.0 == trio.current_time()

    in_virtual_time(story)


def test_what_goes_wrong_at_a_moment_is_the_sleepers() -> None:
    """An error is raised where the moments were asked for, and the moments after it never come."""
    done: list[float] = []

    async def story(post: Post) -> None:
        async def act(at: float) -> None:
            done.append(at)
            if at == 2.0:
                raise ValueError("the second")

        with pytest.raises(ValueError, match="the second"):
            await post.at_each((1.0, 2.0, 3.0), act)
        await post.sleep_until(5.0)

    in_virtual_time(story)

    assert [1.0, 2.0] == done


def test_who_is_cancelled_does_nothing_any_more() -> None:
    """After a cancellation the moments that were left pass without anything being done."""
    done: list[float] = []

    async def story(post: Post) -> None:
        async def act(at: float) -> None:
            done.append(at)

        with trio.move_on_at(1.5):
            await post.at_each((1.0, 2.0, 3.0), act)
        await post.sleep_until(5.0)

    in_virtual_time(story)

    assert [1.0] == done


def test_who_is_woken_in_time_is_not_told_that_it_is_late() -> None:
    """What the waker gives comes back; the end of the time is nothing to it any more."""
    given_up: list[float] = []

    async def story(post: Post) -> None:
        task = trio.lowlevel.current_task()
        post.send(2.0, lambda: trio.lowlevel.reschedule(task))
        await post.to_be_woken(10.0, lambda: given_up.append(trio.current_time()))
        assert 2.0 == trio.current_time()
        await post.sleep_until(20.0)

    in_virtual_time(story)

    assert [] == given_up


def test_who_is_not_woken_in_time_gives_up() -> None:
    """The time is over at its end, and whoever would have woken the sleeper is told before it goes on."""
    given_up: list[float] = []

    async def story(post: Post) -> None:
        with pytest.raises(trio.TooSlowError):
            await post.to_be_woken(10.0, lambda: given_up.append(trio.current_time()))

    in_virtual_time(story)

    assert [10.0] == given_up


def test_time_passes_only_until_somebody_is_woken() -> None:
    """What is due at that moment is delivered to the end; what comes later waits until the woken has had its turn."""
    post = Post()
    woken: list[str] = []
    done: list[tuple[float, str]] = []
    post.send(1.0, lambda: woken.append("somebody"))
    post.send(1.0, lambda: done.append((post.now(), "at the same moment")))
    post.send(2.0, lambda: done.append((post.now(), "later")))
    post.deliver(10.0, woken)

    assert (1.0, [(1.0, "at the same moment")]) == (post.now(), done)
    woken.clear()
    post.deliver(1.5, woken)
    assert 1 == len(done)
    post.deliver(10.0, woken)
    assert (2.0, "later") == done[-1]

"""The in-memory journal, and the alarms."""

from contextlib import aclosing

import pytest
import trio
from cobrowse_server.alarms import Alarms
from cobrowse_server.journal import Entry, MemoryJournal
from cobrowse_spec import actions as do
from cobrowse_spec.actions import Deed
from cobrowse_spec.policy import Policy
from cobrowse_spec.session import Session
from cobrowse_spec.terms import Party
from trio.testing import MockClock

DEED = Deed(Party.CUSTOMER, do.Start("i"))


async def journal_with(*times: float) -> MemoryJournal:
    """A journal of one session with an entry at each of these times."""
    journal = MemoryJournal()
    await journal.begin("key", Session("123456789", Policy()))
    for at in times:
        await journal.append("key", DEED, at)
    return journal


async def test_time_never_runs_backwards_in_a_journal() -> None:
    """Whatever the appenders' clocks say."""
    journal = await journal_with(5.0, 3.0)

    assert await journal.append("key", DEED, 4.0, "mark") == Entry(3, DEED, 5.0, "mark")
    assert await journal.append("key", DEED, 6.0) == Entry(4, DEED, 6.0)


async def test_a_follower_reads_on_from_any_place_and_waits_for_more(nursery: trio.Nursery) -> None:
    """Several followers read the same, each at its own pace."""
    journal = await journal_with(1.0, 2.0)
    places: dict[int, list[int]] = {0: [], 1: []}

    async def follow(after: int) -> None:
        async with aclosing(journal.follow("key", after)) as entries:
            async for entry in entries:
                places[after].append(entry.place)

    nursery.start_soon(follow, 0)
    nursery.start_soon(follow, 1)
    await trio.testing.wait_all_tasks_blocked()
    await journal.append("key", DEED, 3.0)
    await trio.testing.wait_all_tasks_blocked()

    assert places == {0: [1, 2, 3], 1: [2, 3]}


async def test_forgetting_ends_the_followers_and_refuses_more() -> None:
    """Nothing is left to append to."""
    journal = await journal_with(1.0)
    async with aclosing(journal.follow("key")) as entries:
        assert (await anext(entries)).place == 1
        await journal.forget("key")
        await journal.forget("key")
        assert [entry async for entry in entries] == []

    with pytest.raises(KeyError):
        await journal.append("key", DEED, 2.0)


async def test_alarms_ring_in_order_each_at_its_time(
    autojump_clock: MockClock, nursery: trio.Nursery
) -> None:
    """Those that are set while others are waited for included."""
    alarms = Alarms(trio.current_time)
    rung: list[tuple[str, float]] = []

    def ring(name: str) -> None:
        rung.append((name, round(trio.current_time() - began, 3)))

    began = trio.current_time()
    nursery.start_soon(alarms.run)
    alarms.set(began + 30, lambda: ring("third"))
    alarms.set(began + 20, lambda: ring("second"))
    alarms.set(float("inf"), lambda: ring("never"))
    await trio.sleep(5)
    alarms.set(began + 10, lambda: ring("first"))
    alarms.set(began + 1, lambda: ring("overdue"))
    await trio.sleep(1000)

    assert rung == [("overdue", 5), ("first", 10), ("second", 20), ("third", 30)]


async def test_alarms_go_by_the_clock_that_they_were_given(
    autojump_clock: MockClock, nursery: trio.Nursery
) -> None:
    """Whatever that clock calls zero."""
    alarms = Alarms(lambda: trio.current_time() - 1e6)
    rang = trio.Event()
    nursery.start_soon(alarms.run)
    began = trio.current_time()
    alarms.set(began - 1e6 + 10, rang.set)
    await rang.wait()

    assert trio.current_time() - began == pytest.approx(10)

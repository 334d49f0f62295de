"""What any journal does, in memory or in a file; and the alarms."""

from contextlib import aclosing

import pytest
import trio
from cobrowse_server.alarms import Alarms, wall_clock
from cobrowse_server.journal import Entry, Journal, Recovered, SessionRecord
from cobrowse_server.lobby import Agent, Interaction
from cobrowse_server.records import AgentRecord, PolicyRecord, Record, RestingId
from cobrowse_spec import actions as do
from cobrowse_spec.actions import Deed
from cobrowse_spec.policy import Policy
from cobrowse_spec.session import Session
from cobrowse_spec.terms import EndReason, InteractionKind, Party
from trio.testing import MockClock

from tests.reference_server.conftest import WITHIN_S, Crashes

DEED = Deed(Party.AGENT, do.Request(), "agent-1", "Alex")
BEGUN = Session("123456789", Policy(site=("https://bank.example",)), "interaction-1")
ALEX = Agent("agent-1", "Alex")


async def journal_with(crashes: Crashes, *times: float) -> Journal:
    """A journal of one session with an entry at each of these times."""
    journal = await crashes.open()
    await journal.begin("key", BEGUN)
    for at in times:
        await journal.append("key", DEED, at)
    return journal


async def read(journal: Journal, count: int, after: int = 0) -> list[Entry]:
    """So many entries after this place."""
    read: list[Entry] = []
    with trio.fail_after(WITHIN_S):
        async with aclosing(journal.follow("key", after)) as entries:
            while len(read) < count:
                read.append(await anext(entries))
    return read


async def test_time_never_runs_backwards_in_a_journal(crashes: Crashes) -> None:
    """Whatever the appenders' clocks say."""
    journal = await journal_with(crashes, 5.0, 3.0)

    assert await journal.append("key", DEED, 4.0, "mark", b"token") == Entry(3, DEED, 5.0, "mark", b"token")
    assert await journal.append("key", DEED, 6.0) == Entry(4, DEED, 6.0)


async def test_a_follower_reads_on_from_any_place_and_waits_for_more(
    crashes: Crashes, nursery: trio.Nursery
) -> None:
    """Several followers read the same, each at its own pace."""
    journal = await journal_with(crashes, 1.0, 2.0)
    places: dict[int, list[int]] = {0: [], 1: []}
    read_three, waiting = trio.Event(), trio.Event()

    async def follow(after: int) -> None:
        async with aclosing(journal.follow("key", after)) as entries:
            async for entry in entries:
                places[after].append(entry.place)
                if all(2 in seen for seen in places.values()):
                    waiting.set()
                if all(3 in seen for seen in places.values()):
                    read_three.set()

    nursery.start_soon(follow, 0)
    nursery.start_soon(follow, 1)
    with trio.fail_after(WITHIN_S):
        await waiting.wait()
        await journal.append("key", DEED, 3.0)
        await read_three.wait()

    assert places == {0: [1, 2, 3], 1: [2, 3]}


async def test_a_follower_misses_nothing_that_comes_before_it_looks(crashes: Crashes) -> None:
    """It follows from the moment that it asks to, and gets deeds as they were done."""
    journal = await journal_with(crashes)
    typed = Deed(Party.AGENT, do.Type("e", "p", 3, "words"), "agent-1")
    async with aclosing(journal.follow("key")) as entries:
        await journal.append("key", typed, 1.0)

        assert await anext(entries) == Entry(1, typed, 1.0)


async def test_forgetting_ends_the_followers_and_refuses_more(crashes: Crashes) -> None:
    """Nothing is left to append to."""
    journal = await journal_with(crashes, 1.0)
    async with aclosing(journal.follow("key")) as entries:
        assert (await anext(entries)).place == 1
        await journal.forget("key")
        await journal.forget("key")
        assert [entry async for entry in entries] == []

    with pytest.raises(KeyError):
        await journal.append("key", DEED, 2.0)


async def test_a_waiting_follower_learns_that_the_session_is_forgotten(
    crashes: Crashes, nursery: trio.Nursery
) -> None:
    """It does not wait for ever."""
    journal = await journal_with(crashes)
    ended = trio.Event()

    async def follow() -> None:
        async with aclosing(journal.follow("key")) as entries:
            assert [entry async for entry in entries] == []
        ended.set()

    nursery.start_soon(follow)
    await trio.testing.wait_all_tasks_blocked()
    await journal.forget("key")
    await ended.wait()


RECORDS: tuple[Record, ...] = (
    AgentRecord(ALEX, b"hash"),
    PolicyRecord("shop", "site = []", b"hash"),
    RestingId("123456789", 86400.5),
)


async def test_a_crash_takes_back_nothing_that_was_acknowledged(crashes: Crashes) -> None:
    """Sessions with their entries, and records; the next server goes on after the last of them."""
    journal = await journal_with(crashes, 1.0, 2.5)
    entry = await journal.append("key", DEED, 3.25, "mark", b"\0token")
    for record in RECORDS:
        journal.keep(record)
    await journal.settle()
    journal = await crashes.crash(journal)
    recovered = await journal.recover()

    assert recovered.sessions == (
        SessionRecord("key", BEGUN, (Entry(1, DEED, 1.0), Entry(2, DEED, 2.5), entry)),
    )
    assert sorted(recovered.records, key=repr) == sorted(RECORDS, key=repr)
    assert recovered.latest == 3.25
    assert await read(journal, 1, after=2) == [entry]
    assert (await journal.append("key", DEED, 0.0)).place == 4
    assert [(one.place, one.at) for one in await read(journal, 4)] == [
        (1, 1.0),
        (2, 2.5),
        (3, 3.25),
        (4, 3.25),
    ]


async def test_a_record_is_kept_as_it_was_then_and_the_latest_stands(crashes: Crashes) -> None:
    """A chat that goes on changing is kept again when it is to be."""
    journal = await crashes.open()
    chat = Interaction("interaction-1", InteractionKind.CHAT, ALEX, "default", b"\xff\0")
    journal.keep(chat)
    chat.end_reason = EndReason.AGENT_EXIT
    journal.keep(chat)
    chat.end_reason = EndReason.CANCELLED
    await journal.settle()
    journal = await crashes.crash(journal)
    (kept,) = (await journal.recover()).records
    assert isinstance(kept, Interaction)

    assert (kept.agent, kept.token, kept.end_reason) == (ALEX, b"\xff\0", EndReason.AGENT_EXIT)


async def test_what_was_dropped_or_forgotten_does_not_come_back(crashes: Crashes) -> None:
    """And dropping what was never kept is harmless."""
    journal = await journal_with(crashes, 1.0)
    for record in RECORDS:
        journal.keep(record)
        journal.drop(type(record), record.name)
        journal.drop(type(record), "never kept")
    await journal.forget("key")
    await journal.settle()
    journal = await crashes.crash(journal)

    assert await journal.recover() == Recovered()


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


async def test_a_cancelled_alarm_does_not_ring_and_wakes_nobody(
    autojump_clock: MockClock, nursery: trio.Nursery
) -> None:
    """Nor does it hinder those after it."""
    looks: list[float] = []

    def clock() -> float:
        looks.append(round(trio.current_time() - began, 3))
        return trio.current_time()

    began = trio.current_time()
    alarms = Alarms(clock)
    rang = trio.Event()
    for at in (10, 20):
        alarms.set(began + at, lambda: pytest.fail("it was cancelled")).cancel()
    alarms.set(began + 30, rang.set)
    nursery.start_soon(alarms.run)
    await rang.wait()

    assert [0, 30] == looks


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


async def test_the_wall_clock_means_the_same_to_the_next_server_and_never_runs_backwards(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not while it runs, whatever the system's clock does; and not where that was set back in between."""
    system_s = 1.7e9
    monkeypatch.setattr("time.time", lambda: system_s)
    clock, ahead = wall_clock(), wall_clock(not_before=1.8e9)
    system_s = 0.0
    await trio.sleep(10)

    assert [clock(), ahead()] == pytest.approx([1.7e9 + 10, 1.8e9 + 10])

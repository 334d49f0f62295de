"""Connections: what waits to go out, and its bound."""

import pytest
import trio
from cobrowse_server.connection import TRY_AGAIN_LATER, Closing, MemoryConnection, Outbox
from cobrowse_spec import observations as see
from cobrowse_spec.wire.messages import ToParty
from hypothesis import given
from hypothesis import strategies as st


async def taken(outbox: Outbox) -> list[str | bytes]:
    """Everything that can be taken, until the link closes."""
    got: list[str | bytes] = []
    while (message := await outbox.take()) is not None:
        got.append(message)
    return got


async def test_what_was_put_before_closing_goes_out_in_order() -> None:
    """Closing comes last, and the first reason stands."""
    outbox = Outbox()
    for message in ("a", b"b", "c"):
        assert outbox.put(message)
    outbox.close(1000, "first")
    outbox.close(1001, "second")

    assert not outbox.put("late")
    assert await taken(outbox) == ["a", b"b", "c"]
    assert outbox.closing == Closing(1000, "first")


@given(st.lists(st.binary(max_size=30), max_size=60), st.integers(1, 20), st.integers(1, 200))
def test_an_outbox_never_holds_more_than_its_bound(messages: list[bytes], most: int, size: int) -> None:
    """It closes at the first message too many, and drops what it held."""
    outbox = Outbox(max_messages=most, max_bytes=size)
    held = 0
    for number, message in enumerate(messages, 1):
        held += len(message)
        fits = number <= most and held <= size
        assert outbox.put(message) is fits
        if not fits:
            assert outbox.closing is not None
            assert outbox.closing.code == TRY_AGAIN_LATER
            break


async def test_what_has_been_taken_makes_room() -> None:
    """The bound is on what waits, not on what has ever been sent."""
    outbox = Outbox(max_messages=1, max_bytes=4)
    for _ in range(100):
        assert outbox.put("abcd")
        assert await outbox.take() == "abcd"


async def test_a_waiting_taker_wakes_for_a_message_and_for_the_end(nursery: trio.Nursery) -> None:
    """It does not ask again and again."""
    outbox = Outbox()
    got: list[str | bytes] = []

    async def take_all() -> None:
        got.extend(await taken(outbox))

    nursery.start_soon(take_all)
    await trio.testing.wait_all_tasks_blocked()
    outbox.put("a")
    await trio.testing.wait_all_tasks_blocked()
    outbox.put("b")
    outbox.close(1000, "")
    await trio.testing.wait_all_tasks_blocked()

    assert got == ["a", "b"]


async def test_a_memory_connection_is_closed_for_both_ends() -> None:
    """Whatever is sent afterwards is dropped at one end, and refused at the other."""
    connection = MemoryConnection()
    connection.send(ToParty(see.FencePassed("f")))
    connection.close(1000, "enough")
    connection.send_frame(b"late")

    assert [message async for message in connection] == []
    assert await connection.take() == '{"see":{"type":"fence_passed","fence":"f"}}'
    assert await connection.take() is None
    with pytest.raises(trio.BrokenResourceError):
        await connection.give("late")

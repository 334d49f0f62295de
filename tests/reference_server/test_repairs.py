"""The repairs of hypercorn; that of too large messages is seen in ``test_serve``."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import trio
import trio.testing
from cobrowse_server.repairs import BoundedWSStream, DirectTCPServer, IdleTask
from hypercorn.config import Config
from hypercorn.events import RawData
from hypercorn.protocol.events import Data, Event, Request, StreamClosed
from hypercorn.trio.task_group import TaskGroup
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import ASGIReceiveCallable, ASGISendCallable, ConnectionState, Scope
from wsproto import ConnectionType
from wsproto.connection import Connection
from wsproto.events import TextMessage

_HANDSHAKE = [
    (b"host", b"bank.example"),
    (b"connection", b"Upgrade"),
    (b"upgrade", b"websocket"),
    (b"sec-websocket-key", b"dGhlIHNhbXBsZSBub25jZQ=="),
    (b"sec-websocket-version", b"13"),
]


async def test_what_arrives_after_the_application_has_ended_holds_nobody_up(autojump_clock: None) -> None:
    """The connection's task takes all of it and ends, however many messages nobody reads."""
    over = trio.Event()

    async def application(
        scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable, *_: object
    ) -> None:
        await receive()
        await send({"type": "websocket.accept", "subprotocol": None, "headers": []})
        await over.wait()

    party = Connection(ConnectionType.CLIENT)
    many = b"".join(party.send(TextMessage(data="more")) for _ in range(50))
    with trio.fail_after(60):
        async with TaskGroup() as connection, trio.open_nursery() as nursery:
            stream = _stream(application, connection)
            await stream.handle(Request(1, _HANDSHAKE, "1.1", "GET", b"/", ConnectionState({})))
            await trio.testing.wait_all_tasks_blocked()
            nursery.start_soon(stream.handle, Data(1, many))
            nursery.start_soon(stream.handle, StreamClosed(1))
            await trio.testing.wait_all_tasks_blocked()  # the queue is full, and nobody reads it
            over.set()


async def test_what_the_socket_does_not_take_at_once_arrives_whole_and_in_order() -> None:
    """Sending waits for a party that does not read, and nothing overtakes what waits, though there be room."""
    long, after = bytes(range(256)) * 20_000, b"after"
    arrived = bytearray()

    async def read() -> None:
        while len(arrived) < len(long + after):
            arrived.extend(await party.receive_some())

    async with _connection() as (server, party), trio.open_nursery() as nursery:
        nursery.start_soon(server.protocol_send, RawData(long))
        await trio.testing.wait_all_tasks_blocked()
        arrived += os.read(party.socket.fileno(), 1 << 20)
        nursery.start_soon(read)
        await server.protocol_send(RawData(after))

    assert long + after == arrived


async def test_who_is_cancelled_sends_nothing_more() -> None:
    """As ever in trio: a server that stops at once acknowledges nothing while it does."""
    async with _connection() as (server, party):
        with trio.CancelScope() as scope:
            scope.cancel()
            await server.protocol_send(RawData(b"too late"))
        await server.stream.aclose()
        arrived = await party.receive_some()

    assert (True, b"") == (scope.cancelled_caught, arrived)


async def test_an_idle_connection_is_closed_in_its_time_and_a_busy_one_is_not(autojump_clock: None) -> None:
    """Minding it can be started, ended and started again."""
    told: list[str] = []

    async def mind(name: str) -> None:
        await trio.sleep(5)
        told.append(name)

    async with TaskGroup() as connection:
        idle = IdleTask()
        for name in ("first", "second"):
            await idle.restart(connection, partial(mind, name))
        await trio.sleep(4)
        await idle.restart(connection, partial(mind, "third"))
        await trio.sleep(6)
        await idle.restart(connection, partial(mind, "fourth"))
        await idle.stop()
        await trio.sleep(6)

    assert ["third"] == told


@asynccontextmanager
async def _connection() -> AsyncIterator[tuple[DirectTCPServer, trio.SocketStream]]:
    """One end of a connection as the server holds it, and the party's."""
    ours, theirs = (trio.SocketStream(one) for one in trio.socket.socketpair())
    async with ours, theirs:
        yield DirectTCPServer(None, Config(), WorkerContext(None), ConnectionState({}), ours), theirs


def _stream(application: Any, connection: TaskGroup) -> BoundedWSStream:
    async def send(event: Event) -> None:
        await trio.lowlevel.checkpoint()

    here = ("127.0.0.1", 1)
    return BoundedWSStream(application, Config(), WorkerContext(None), connection, False, here, here, send, 1)

"""The repairs of hypercorn's WebSockets; that of too large messages is seen in ``test_serve``."""

from typing import Any

import trio
from cobrowse_server.repairs import BoundedWSStream
from hypercorn.config import Config
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


def _stream(application: Any, connection: TaskGroup) -> BoundedWSStream:
    async def send(event: Event) -> None:
        await trio.lowlevel.checkpoint()

    here = ("127.0.0.1", 1)
    return BoundedWSStream(application, Config(), WorkerContext(None), connection, False, here, here, send, 1)

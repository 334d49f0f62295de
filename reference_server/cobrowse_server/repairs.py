"""Repairs of hypercorn 0.18: what becomes of a WebSocket message that nobody can take, and what one costs.

*Larger than the limit.*  Hypercorn answers with close code 1009, and then neither tells the application,
nor reads the party's goodbye, nor stops storing what still arrives: the link would hang, and its memory
grow.  Here such a link is closed for the application at once, and what still arrives is dropped until the
party says goodbye.

*After the application has ended.*  Hypercorn hands messages over through a queue of ten.  Of a party that
sends many and breaks its connection, the rest would wait there for ever, and with it the connection's
task: a little of the server's memory each time, and the whole grace when it stops.  Here what nobody will
take is dropped.

*Every one.*  Around each send hypercorn puts a lock, a shield and two rounds of trio's scheduler, around each
read a time limit that is never set, and for each connection it waits until a task runs that it ends right
after.  Here what the socket takes at once is given to it at once, and nobody waits for that task.

Goes away with hypercorn's WebSockets, when the hot path no longer uses them.
"""

import os
from collections.abc import Awaitable, Callable
from typing import Any, Final, cast

import trio
from hypercorn.events import Closed, RawData
from hypercorn.events import Event as ConnectionEvent
from hypercorn.protocol import h2, h11
from hypercorn.protocol.events import Body, Data, Event, Request, StreamClosed
from hypercorn.protocol.ws_stream import WSStream
from hypercorn.trio import run
from hypercorn.trio.tcp_server import MAX_RECV, TCPServer
from hypercorn.trio.worker_context import TrioSingleTask
from hypercorn.typing import ASGIReceiveEvent, ASGISendEvent
from typing_extensions import override
from wsproto.events import CloseConnection

#: RFC 6455, section 7.4.1.
TOO_BIG: Final = 1009


class BoundedWSStream(WSStream):
    """A WebSocket that is over once a message was too large, or its application has ended."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._too_big = False
        self._has_ended = False
        #: Around each message that is being handed to the application.
        self._putting: set[trio.CancelScope] = set()

    @override
    async def handle(self, event: Event) -> None:
        """Take what arrived; after a message that was too large, wait for the goodbye only."""
        if self._too_big and isinstance(event, Body | Data):
            self.connection.receive_data(event.data)
            for one in self.connection.events():
                if isinstance(one, CloseConnection):
                    await self.send(StreamClosed(stream_id=self.stream_id))
            return
        await super().handle(event)
        if isinstance(event, Request) and self.app_put is not None:
            # Hypercorn keeps no more of its queue than the method that fills it.
            self._queue = cast("trio.MemorySendChannel[ASGIReceiveEvent]", self.app_put.__self__)  # type: ignore[attr-defined] # of a bound method
            self.app_put = self._put

    async def _put(self, message: ASGIReceiveEvent) -> None:
        """Hand a message to the application, as soon as it takes one, and as long as it has not ended."""
        if self._has_ended:
            return
        try:
            self._queue.send_nowait(message)
        except trio.WouldBlock:
            with trio.CancelScope() as scope:
                self._putting.add(scope)
                await self._queue.send(message)
            self._putting.discard(scope)

    @override
    async def app_send(self, message: ASGISendEvent | None) -> None:
        """Send what the application wants; None says that it has ended."""
        if message is None:
            self._has_ended = True
            for scope in self._putting:
                scope.cancel()
        await super().app_send(message)

    @override
    async def _handle_events(self) -> None:
        await super()._handle_events()
        if self.buffer.length > self.buffer.max_length and self.app_put is not None:
            self._too_big = True
            self.buffer.clear()
            await self.app_put({"type": "websocket.disconnect", "code": TOO_BIG})


class IdleTask(TrioSingleTask):
    """What minds an idle connection, started without waiting for it to run."""

    @override
    async def restart(self, task_group: Any, action: Callable[[], Awaitable[None]]) -> None:
        await self.stop()
        self._handle = trio.CancelScope()
        task_group.spawn(self._mind, self._handle, action)

    @override
    async def stop(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
        self._handle = None

    async def _mind(self, scope: trio.CancelScope, action: Callable[[], Awaitable[None]]) -> None:
        with scope:
            await action()


class DirectTCPServer(TCPServer):
    """A connection that gives its socket at once what that takes at once."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.idle_task = IdleTask()

    @override
    async def protocol_send(self, event: ConnectionEvent) -> None:
        """Send, close, or mind the time: what the socket does not take waits its turn as ever."""
        if isinstance(event, RawData) and not self.send_lock.locked():
            await trio.lowlevel.checkpoint_if_cancelled()  # who is cancelled says nothing more
            sent = self._send_now(event.data)
            if sent == len(event.data):
                return
            event = RawData(event.data[sent:], event.address)
        await super().protocol_send(event)

    def _send_now(self, data: bytes) -> int:
        """How many bytes the socket has taken; what is wrong with it shows where one waits for it."""
        stream: object = self.stream  # its type is that of one over TLS, which hypercorn need not have
        if not isinstance(stream, trio.SocketStream):
            return 0
        try:
            return os.write(stream.socket.fileno(), data)
        except OSError:
            return 0

    @override
    async def _read_data(self) -> None:
        data: bytes | bytearray = b"?"
        while data:
            try:
                data = await self.stream.receive_some(MAX_RECV)
            except (trio.ClosedResourceError, trio.BrokenResourceError):
                break
            await self.protocol.handle(RawData(bytes(data)))
        await self.protocol.handle(Closed())


def install() -> None:
    """Have hypercorn use them, over HTTP/1.1 and HTTP/2."""
    run.TCPServer = DirectTCPServer  # type: ignore[assignment, attr-defined] # that is what a repair is
    h2.WSStream = BoundedWSStream  # type: ignore[assignment, attr-defined] # that is what a repair is
    h11.WSStream = BoundedWSStream  # type: ignore[assignment, attr-defined] # that is what a repair is

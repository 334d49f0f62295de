"""Two repairs of hypercorn 0.18: what becomes of a WebSocket message that nobody can take.

*Larger than the limit.*  Hypercorn answers with close code 1009, and then neither tells the application,
nor reads the party's goodbye, nor stops storing what still arrives: the link would hang, and its memory
grow.  Here such a link is closed for the application at once, and what still arrives is dropped until the
party says goodbye.

*After the application has ended.*  Hypercorn hands messages over through a queue of ten.  Of a party that
sends many and breaks its connection, the rest would wait there for ever, and with it the connection's
task: a little of the server's memory each time, and the whole grace when it stops.  Here what nobody will
take is dropped.

Goes away with hypercorn's WebSockets, when the hot path no longer uses them.
"""

from typing import Any, Final

import trio
from hypercorn.protocol import h2, h11
from hypercorn.protocol.events import Body, Data, Event, Request, StreamClosed
from hypercorn.protocol.ws_stream import WSStream
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
            self._put, self.app_put = self.app_put, self._put_while_it_lasts

    async def _put_while_it_lasts(self, message: ASGIReceiveEvent) -> None:
        if self._has_ended:
            return
        with trio.CancelScope() as scope:
            self._putting.add(scope)
            await self._put(message)
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


def install() -> None:
    """Have hypercorn use it, over HTTP/1.1 and HTTP/2."""
    h2.WSStream = BoundedWSStream  # type: ignore[assignment, attr-defined] # that is what a repair is
    h11.WSStream = BoundedWSStream  # type: ignore[assignment, attr-defined] # that is what a repair is

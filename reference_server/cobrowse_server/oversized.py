"""A repair of hypercorn 0.18: what becomes of a WebSocket message that is larger than its limit.

Hypercorn answers with close code 1009, and then neither tells the application, nor reads the party's
goodbye, nor stops storing what still arrives: the link would hang, and its memory grow.  Here such a
link is closed for the application at once, and what still arrives is dropped until the party says
goodbye.  Goes away with hypercorn's WebSockets, when the hot path no longer uses them.
"""

from typing import Any, Final

from hypercorn.protocol import h2, h11
from hypercorn.protocol.events import Body, Data, Event, StreamClosed
from hypercorn.protocol.ws_stream import WSStream
from typing_extensions import override
from wsproto.events import CloseConnection

#: RFC 6455, section 7.4.1.
TOO_BIG: Final = 1009


class BoundedWSStream(WSStream):
    """A WebSocket that is over once a message was too large."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._too_big = False

    @override
    async def handle(self, event: Event) -> None:
        """Take what arrived; after a message that was too large, wait for the goodbye only."""
        if not self._too_big or not isinstance(event, Body | Data):
            await super().handle(event)
            return
        self.connection.receive_data(event.data)
        for one in self.connection.events():
            if isinstance(one, CloseConnection):
                await self.send(StreamClosed(stream_id=self.stream_id))

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

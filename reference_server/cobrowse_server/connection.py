"""Connections: what the session host reaches a party through.

The host knows only :class:`Connection`.  A WebSocket (:mod:`.websocket`), an in-memory link
(:class:`MemoryConnection`) or a faulty one can be behind it; none of its methods ever waits.  What a
slow consumer has not taken yet is held in an :class:`Outbox`, which has a bound: whoever lets it
overflow loses that link, and nobody else notices.
"""

from collections import deque
from typing import Final, NamedTuple, Protocol, Self

import trio
from cobrowse_spec.wire.frames import MAX_FRAME_BYTES
from cobrowse_spec.wire.messages import ToParty, encode

#: How many messages a link may lag behind before it is closed.
MAX_QUEUED_MESSAGES: Final = 4096
#: How many bytes a link may lag behind before it is closed: a few of the largest frames.
MAX_QUEUED_BYTES: Final = 4 * MAX_FRAME_BYTES

#: Close codes (RFC 6455, section 7.4; 4000 and above are the protocol's own).
NORMAL: Final = 1000
GOING_AWAY: Final = 1001
POLICY_VIOLATION: Final = 1008
INTERNAL_ERROR: Final = 1011
TRY_AGAIN_LATER: Final = 1013
TAKEN_OVER: Final = 4001


class Connection(Protocol):
    """One party's open link, as the host sees it.  No method waits, none raises.

    After :meth:`close`, or after the party has gone, whatever is sent is dropped.
    """

    def send(self, message: ToParty) -> None:
        """Send a control message, after all that was sent before."""

    def send_frame(self, frame: bytes) -> None:
        """Send a frame as it is, after all that was sent before."""

    def close(self, code: int, reason: str) -> None:
        """Close the link once what was sent before has gone out.  Closing twice is harmless."""


class Closing(NamedTuple):
    """How a link is to be closed."""

    code: int
    reason: str


class Outbox:
    """What waits to go out on one link: a queue with a bound, and how the link is to end.

    Filled without waiting by :meth:`put` and :meth:`close`, emptied by one task through :meth:`take`.
    """

    def __init__(self, max_messages: int = MAX_QUEUED_MESSAGES, max_bytes: int = MAX_QUEUED_BYTES) -> None:
        self._max_messages = max_messages
        self._max_bytes = max_bytes
        self._queue: deque[str | bytes] = deque()
        self._bytes = 0
        self._closing: Closing | None = None
        self._taker = trio.lowlevel.ParkingLot()

    @property
    def closing(self) -> Closing | None:
        """How the link is to be closed; None while it is to stay open."""
        return self._closing

    def put(self, message: str | bytes) -> bool:
        """Queue a message; False if the link is closed, or closes now because it lags too far behind."""
        if self._closing is not None:
            return False
        self._queue.append(message)
        self._bytes += len(message)
        if len(self._queue) > self._max_messages or self._bytes > self._max_bytes:
            self._queue.clear()
            self.close(TRY_AGAIN_LATER, "this link takes its messages too slowly")
            return False
        self._taker.unpark()
        return True

    def close(self, code: int, reason: str) -> None:
        """Close after what is queued; the first reason given stands."""
        if self._closing is None:
            self._closing = Closing(code, reason)
            self._taker.unpark_all()

    async def take(self) -> str | bytes | None:
        """The next message; None when the link is to be closed and nothing is left."""
        while not self._queue:
            if self._closing is not None:
                return None
            await self._taker.park()
        message = self._queue.popleft()
        self._bytes -= len(message)
        return message


class MemoryConnection:
    """A connection without a network: what the host sends is read with :meth:`take`."""

    def __init__(self, max_messages: int = MAX_QUEUED_MESSAGES, max_bytes: int = MAX_QUEUED_BYTES) -> None:
        self._outbox = Outbox(max_messages, max_bytes)
        self._out, self._in = trio.open_memory_channel[str | bytes](0)

    @property
    def closing(self) -> Closing | None:
        """How the host closed this connection; None while it is open."""
        return self._outbox.closing

    def send(self, message: ToParty) -> None:
        """Queue a control message."""
        self._put(encode(message))

    def send_frame(self, frame: bytes) -> None:
        """Queue a frame."""
        self._put(frame)

    def close(self, code: int, reason: str) -> None:
        """Close: the far end reads what is queued, then nothing more."""
        self._outbox.close(code, reason)
        self._in.close()

    def _put(self, message: str | bytes) -> None:
        if not self._outbox.put(message):
            self._in.close()

    async def take(self) -> str | bytes | None:
        """What the host sent next; None when the link is closed."""
        return await self._outbox.take()

    async def give(self, message: str | bytes) -> None:
        """Send to the host, as the party; raises ``trio.BrokenResourceError`` once closed."""
        await self._out.send(message)

    def hang_up(self) -> None:
        """Break the link, as the party or the network does."""
        self._out.close()

    def __aiter__(self) -> Self:
        """What the party sends, for :class:`.links.Attendant`; ends when either end closes."""
        return self

    async def __anext__(self) -> str | bytes:
        try:
            return await self._in.receive()
        except (trio.EndOfChannel, trio.ClosedResourceError):
            raise StopAsyncIteration from None

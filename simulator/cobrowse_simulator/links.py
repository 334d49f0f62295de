"""Links: how a scripted client and a server exchange messages.

A :class:`Link` carries whole messages, text or bytes, in order.  There is one over WebSocket
(:func:`open_websocket_link`, on trio-websocket; :mod:`.pump` has a cheaper one) and one in memory
(:func:`memory_links`).  Order: the interface and its errors, memory, WebSocket.
"""

import contextlib
import math
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, NoReturn, Protocol, cast, runtime_checkable
from urllib.parse import SplitResult, urlsplit

import trio
from cobrowse_spec.wire.frames import MAX_FRAME_BYTES
from cobrowse_spec.wire.messages import SUBPROTOCOL
from trio_websocket import (
    ConnectionClosed,
    ConnectionRejected,
    WebSocketConnection,
    wrap_client_stream,
)
from wsproto.utilities import LocalProtocolError

#: The largest message that a link takes in, in bytes: larger than any that the protocol allows, so that
#: a server which sends too much is seen to do so.
MAX_RECEIVED_BYTES: Final = 2 * MAX_FRAME_BYTES

#: Messages that may wait to be looked at before the link stops reading.
MAX_WAITING: Final = 1024

#: Seconds that the other end has to answer a WebSocket's closing.
CLOSE_TIMEOUT_S: Final = 1.0

_NO_STATUS: Final = 1006  # RFC 6455: the link broke without a close frame


class Link(Protocol):
    """Whole messages, in order, both ways."""

    async def send(self, data: str | bytes) -> None:
        """Send one message; raises :class:`LinkClosed` where the link is closed."""

    async def receive(self) -> str | bytes:
        """The next message; raises :class:`LinkClosed` when there will be none."""

    async def aclose(self) -> None:
        """Close the link; harmless where it is closed."""

    async def abort(self) -> None:
        """Break the link without a word, as a network does; harmless where it is closed."""


class AgreedLink(Link, Protocol):
    """A link whose ends have agreed on a subprotocol."""

    @property
    def subprotocol(self) -> str | None:
        """What the server chose of the subprotocols that were offered."""


#: Takes a message to the end, before the next.
Take = Callable[[str | bytes], Coroutine[Any, Any, None]]


@runtime_checkable
class PushingLink(Link, Protocol):
    """A link that can hand messages over the moment they arrive, without waking a task for each."""

    async def push(self, take: Take) -> NoReturn:
        """Hand every message to ``take``, which waits for nothing; raises :class:`LinkClosed` at the end."""


async def take_all(link: Link, take: Take) -> NoReturn:
    """Take every message that comes on a link, in order, until it is closed: raises :class:`LinkClosed`."""
    if hasattr(link, "push"):  # looked for so, as typing takes long over the same question
        await cast("PushingLink", link).push(take)
    while True:
        await take(await link.receive())


@runtime_checkable
class HoldableLink(Link, Protocol):
    """A link whose network can be told to let nothing through for a while."""

    def hold(self, seconds: float, *, outwards: bool) -> None:
        """What arrives in this time does so afterwards; ``outwards``: what is sent as well."""


class LinkClosed(Exception):
    """The link is closed: with which WebSocket code, and which reason the other end gave."""

    def __init__(self, code: int, reason: str = "") -> None:
        super().__init__(f"the link is closed: {code} {reason}".rstrip())
        self.code = code
        self.reason = reason

    def anew(self) -> "LinkClosed":
        """Another one that says the same, to be raised: what a link keeps must not know who has met it."""
        return LinkClosed(self.code, self.reason)


class LinkRefused(Exception):
    """The server answered the handshake with an HTTP status instead of opening a WebSocket."""

    def __init__(self, status: int, body: str = "") -> None:
        super().__init__(f"the server refused the WebSocket with HTTP status {status}")
        self.status = status
        self.body = body


class LinkUnreachable(Exception):
    """There is no server at the address, or it does not answer in time."""


# In memory


class _MemoryLink:
    """One end of a pair of links."""

    def __init__(
        self, inbox: trio.MemoryReceiveChannel[str | bytes], outbox: trio.MemorySendChannel[str | bytes]
    ) -> None:
        self._inbox = inbox
        self._outbox = outbox

    async def send(self, data: str | bytes) -> None:
        """Put the message into the other end's inbox."""
        try:
            await self._outbox.send(data)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            raise LinkClosed(_NO_STATUS) from None

    async def receive(self) -> str | bytes:
        try:
            return await self._inbox.receive()
        except (trio.EndOfChannel, trio.ClosedResourceError):
            raise LinkClosed(1000) from None

    async def aclose(self) -> None:
        await self._outbox.aclose()
        await self._inbox.aclose()

    async def abort(self) -> None:
        await self.aclose()


def memory_links() -> tuple[Link, Link]:
    """Two ends of one link, in memory.  Sending never waits: two ends that both send cannot block."""
    to_left, from_right = trio.open_memory_channel[str | bytes](math.inf)
    to_right, from_left = trio.open_memory_channel[str | bytes](math.inf)
    return _MemoryLink(from_right, to_right), _MemoryLink(from_left, to_left)


# Over WebSocket


class WebSocketLink:
    """A link over an open WebSocket."""

    def __init__(self, connection: WebSocketConnection, stream: trio.abc.Stream) -> None:
        self._connection = connection
        self._stream = stream

    @property
    def subprotocol(self) -> str | None:
        """What the server chose of the subprotocols that were offered."""
        return self._connection.subprotocol

    async def send(self, data: str | bytes) -> None:
        """Send one WebSocket message, text or binary."""
        try:
            await self._connection.send_message(data)
        except ConnectionClosed as closed:
            raise _closed(closed) from None

    async def receive(self) -> str | bytes:
        """The next WebSocket message; what had arrived before the other end closed still comes."""
        try:
            return await self._connection.get_message()
        except ConnectionClosed as closed:
            raise _closed(closed) from None

    async def aclose(self) -> None:
        """Close with code 1000; waits at most :data:`CLOSE_TIMEOUT_S` for the other end."""
        with trio.move_on_after(CLOSE_TIMEOUT_S):
            await self._connection.aclose()

    async def abort(self) -> None:
        """Close the connection below, with no closing handshake."""
        await trio.aclose_forcefully(self._stream)


def _closed(closed: ConnectionClosed) -> LinkClosed:
    if closed.reason is None:
        return LinkClosed(_NO_STATUS)
    return LinkClosed(closed.reason.code, closed.reason.reason or "")


@asynccontextmanager
async def open_websocket_link(
    url: str,
    *,
    origin: str | None = None,
    source_address: str | None = None,
    subprotocols: Sequence[str] = (SUBPROTOCOL,),
    connect_timeout_s: float = 5.0,
) -> AsyncIterator[WebSocketLink]:
    """Open a WebSocket to a ``ws:`` or ``wss:`` URL, and close it at the end of the block.

    ``origin`` is sent as a page's origin would be; ``source_address`` is the local address to connect
    from.  Raises :class:`LinkRefused` or :class:`LinkUnreachable`; ``connect_timeout_s`` bounds
    connecting and handshake together.
    """
    parts = urlsplit(url)
    deadline = trio.current_time() + connect_timeout_s
    stream = await _connect(parts, source_address, deadline)
    try:
        async with trio.open_nursery() as nursery:
            connection = await _shake_hands(
                nursery, stream, parts, origin=origin, subprotocols=subprotocols, deadline=deadline
            )
            link = WebSocketLink(connection, stream)
            try:
                yield link
            finally:
                with trio.CancelScope(shield=True):
                    await link.aclose()
                nursery.cancel_scope.cancel()
    except BaseExceptionGroup as group:
        # The nursery is this function's own affair: what was raised in the block comes out as it was.
        error = single(group)
        if isinstance(error, ConnectionRejected):
            body = (error.body or b"").decode(errors="replace")
            raise LinkRefused(error.status_code, body) from None
        if isinstance(error, ConnectionClosed):
            raise _closed(error) from None
        if error is None:
            raise
        raise error from error.__cause__
    finally:
        with trio.CancelScope(shield=True):
            await trio.aclose_forcefully(stream)


_Stream = trio.SocketStream | trio.SSLStream[trio.SocketStream]


async def _connect(parts: SplitResult, source_address: str | None, deadline: float) -> _Stream:
    secure = parts.scheme == "wss"
    if parts.scheme not in ("ws", "wss") or not parts.hostname:
        raise LinkUnreachable("a WebSocket's address is ws://host:port/path or wss://host:port/path")
    port = parts.port or (443 if secure else 80)
    try:
        with trio.fail_at(deadline):
            stream = await trio.open_tcp_stream(parts.hostname, port, local_address=source_address)
            if not secure:
                return stream
            context = ssl.create_default_context()
            tls = trio.SSLStream(stream, context, server_hostname=parts.hostname, https_compatible=True)
            await tls.do_handshake()
            return tls
    except (OSError, trio.BrokenResourceError) as error:
        raise LinkUnreachable(f"cannot connect to {parts.hostname} port {port}: {error}") from None
    except trio.TooSlowError:
        raise LinkUnreachable(f"{parts.hostname} port {port} does not answer") from None


async def _shake_hands(
    nursery: trio.Nursery,
    stream: _Stream,
    parts: SplitResult,
    *,
    origin: str | None,
    subprotocols: Sequence[str],
    deadline: float,
) -> WebSocketConnection:
    resource = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    opening = trio.CancelScope(deadline=deadline)
    reader = cast("trio.Nursery", _ReaderNursery(nursery, opening))  # it only ever starts the reader
    connection: WebSocketConnection | None = None
    with opening:
        connection = await wrap_client_stream(
            reader,
            stream,
            parts.netloc,
            resource,
            subprotocols=subprotocols,
            extra_headers=[(b"Origin", origin.encode())] if origin is not None else [],
            message_queue_size=MAX_WAITING,
            max_message_size=MAX_RECEIVED_BYTES,
        )
    if connection is not None:
        return connection
    if trio.current_time() < deadline:
        raise LinkUnreachable(f"{parts.netloc} closed the connection during the WebSocket handshake")
    raise LinkUnreachable(f"{parts.netloc} does not answer the WebSocket handshake")


class _ReaderNursery:
    """Starts trio-websocket's reader, and gives up the opening handshake when the reader ends before it.

    Without it a connection that closes during the handshake would be waited for until the time is up.
    """

    def __init__(self, nursery: trio.Nursery, opening: trio.CancelScope) -> None:
        self._nursery = nursery
        self._opening = opening

    def start_soon(self, reader: Callable[[], Awaitable[None]]) -> None:
        self._nursery.start_soon(self._read, reader)

    async def _read(self, reader: Callable[[], Awaitable[None]]) -> None:
        # trio-websocket's reader answers a ping that arrives after our close frame, which wsproto forbids.
        with contextlib.suppress(LocalProtocolError):
            await reader()
        self._opening.cancel()  # harmless once the handshake is done


def single(group: BaseExceptionGroup[BaseException]) -> BaseException | None:
    """The one exception in a group of one; None where there are several."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        if len(error.exceptions) != 1:
            return None
        error = error.exceptions[0]
    return error

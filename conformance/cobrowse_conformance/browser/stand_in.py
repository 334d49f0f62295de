"""Standing in for the product's server: the customer's link of ``cobrowse.v1`` goes to a careless relay of the suite's own.

The product's script is the product's, and so is every page and file that it loads; only the WebSocket that it opens at the
customer's path is answered by a :class:`..relay.Relay`, which passes on what a server must refuse.  So what the customer's
end does then, it does by itself.  The browser's own line (:mod:`.line`) leads the connection there, so neither product
nor page needs to know.

Order: whether it can be done, standing in, one connection.
"""

import contextlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final
from urllib.parse import SplitResult, urlsplit

import trio
from cobrowse_simulator.links import MAX_RECEIVED_BYTES, MAX_WAITING, WebSocketLink
from cobrowse_spec.terms import Party
from cobrowse_spec.wire.messages import PATHS, SUBPROTOCOL, WireError
from trio_websocket import ConnectionClosed, HandshakeError, wrap_server_stream
from typing_extensions import override
from wsproto.utilities import LocalProtocolError

from ..relay import Relay
from .line import Line, carry_both, on_this_machine

#: The largest head of a request, in bytes, and the seconds in which it must have come.
MAX_HEAD_BYTES: Final = 64 << 10
HEAD_TIMEOUT_S: Final = 10.0
#: Seconds in which the product's own server must take a connection.
CONNECT_TIMEOUT_S: Final = 10.0

_END: Final = b"\r\n\r\n"
_HTTP_PORT: Final = 80


def hindrance(url: str) -> str:
    """Why nobody can stand in for a server of this address, in words; empty: somebody can."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        return "it is reached over TLS, where nobody can stand in for it"
    return "" if parts.scheme == "http" and parts.hostname else "its address is no http:// address"


class StandIn:
    """A relay in the place of a product's server."""

    def __init__(self, place: SplitResult, relay: Relay) -> None:
        self.place = place
        self.relay = relay
        #: What the product has sent that is no ``cobrowse.v1``, in words; its link was closed then.
        self.faults: list[str] = []
        #: The newest link of the customer's, below its messages.
        self.stream: Begun | None = None

    @asynccontextmanager
    async def at_once(self) -> AsyncIterator[None]:
        """What the customer's end is sent within this block arrives in one piece: nothing comes between."""
        stream = self.stream
        if stream is None:
            yield
            return
        stream.holds = True
        try:
            yield
        finally:
            stream.holds = False
        with contextlib.suppress(trio.ClosedResourceError, trio.BrokenResourceError):
            await stream.send_all(b"")

    async def take(self, browser: trio.SocketStream) -> None:
        """A connection that the customer's browser meant for the product's server."""
        head = await _head(browser)
        if _is_for_customer(head, self.place.path):
            self.stream = Begun(head, browser)
            await self._serve(self.stream)
            return
        try:
            with trio.fail_after(CONNECT_TIMEOUT_S):
                host, port = on_this_machine(self.place.hostname or ""), self.place.port or _HTTP_PORT
                target = await trio.open_tcp_stream(host, port)
        except (OSError, trio.TooSlowError):
            await browser.aclose()
            return
        async with target:
            await target.send_all(head)
            await carry_both(browser, target)

    async def _serve(self, stream: "Begun") -> None:
        try:
            async with trio.open_nursery() as nursery:
                request = await wrap_server_stream(nursery, stream, MAX_WAITING, MAX_RECEIVED_BYTES)
                offered = SUBPROTOCOL in request.proposed_subprotocols
                connection = await request.accept(subprotocol=SUBPROTOCOL if offered else None)
                link = WebSocketLink(connection, stream)
                try:
                    await self.relay.serve(Party.CUSTOMER, link)
                except WireError as error:
                    self.faults.append(str(error))
                await link.aclose()
                nursery.cancel_scope.cancel()
        except* (ConnectionClosed, HandshakeError, LocalProtocolError, trio.BrokenResourceError):
            pass  # the browser has gone


@contextmanager
def standing_in(line: Line, url: str, relay: Relay) -> Iterator[StandIn]:
    """The relay has the customer's links that are opened over this line, for the length of a block."""
    parts = urlsplit(url)
    place = (on_this_machine(parts.hostname or ""), parts.port or _HTTP_PORT)
    stand_in = StandIn(parts, relay)
    line.stand_ins[place] = stand_in.take
    try:
        yield stand_in
    finally:
        del line.stand_ins[place]


# One connection


class Begun(trio.abc.HalfCloseableStream):
    """A stream of which the first bytes have been read already."""

    def __init__(self, read: bytes, rest: trio.SocketStream) -> None:
        #: Whether what is sent waits until it is sent together with what comes after it.
        self.holds = False
        self._read = read
        self._rest = rest
        self._held = bytearray()
        self._sending = trio.Lock()

    @override
    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        if not self._read:
            return bytes(await self._rest.receive_some(max_bytes))
        await trio.lowlevel.checkpoint()
        size = len(self._read) if max_bytes is None else max_bytes
        some, self._read = self._read[:size], self._read[size:]
        return some

    @override
    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        self._held += data
        if self.holds:
            await trio.lowlevel.checkpoint()
            return
        async with self._sending:
            held, self._held = bytes(self._held), bytearray()
            await self._rest.send_all(held)

    @override
    async def wait_send_all_might_not_block(self) -> None:
        await self._rest.wait_send_all_might_not_block()

    @override
    async def send_eof(self) -> None:
        await self._rest.send_eof()

    @override
    async def aclose(self) -> None:
        await self._rest.aclose()


async def _head(browser: trio.SocketStream) -> bytes:
    """The first request, to the end of its head at least; what there is of it where no more comes."""
    head = bytearray()
    with trio.move_on_after(HEAD_TIMEOUT_S):
        while _END not in head and len(head) < MAX_HEAD_BYTES:
            some = await browser.receive_some()
            if not some:
                break
            head += some
    return bytes(head)


def _is_for_customer(head: bytes, base: str) -> bool:
    """Whether a request opens a customer's link."""
    line, _, headers = head.partition(b"\r\n")
    asked = line.split(b" ")[1:2]
    path = f"{base.rstrip('/')}{PATHS[Party.CUSTOMER]}".encode()
    return [path] == [one.partition(b"?")[0] for one in asked] and b"upgrade: websocket" in headers.lower()

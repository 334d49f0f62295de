"""The pump: thousands of WebSockets of one process, behind the same :class:`.links.Link`.

A task that waits for its own socket pays trio for every message.  Here one task waits for all sockets at
once, in an epoll of their own: when that has something, the pump reads from each socket that is ready,
lets `websockets`' sans-IO protocol make messages of the bytes, and wakes the tasks that wait for them.
Each virtual user stays a trio task of its own.  Sending goes to the socket at once; what it does not take
is kept, and sent when it can be.

For load (measured in shared/perf.md, part 2) and for conformance: `websockets` is not the codec of
hypercorn, and so not the reference server's.  Who has no epoll, or a ``wss:`` address, gets the same
interface over trio's streams from :func:`start_pump` (:func:`.links.open_websocket_link`).

How a link is opened stands in :mod:`.handshake`.  Order: the address, one socket's link, the pump, opening either
kind.
"""

import contextlib
import errno
import select
import socket
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Final, NamedTuple
from typing import Protocol as Interface

import outcome
import trio
from cobrowse_spec.wire.messages import SUBPROTOCOL
from typing_extensions import override
from websockets.exceptions import InvalidStatus, InvalidURI
from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import Protocol, Side, State
from websockets.uri import parse_uri
from websockets.utils import generate_key

from .handshake import Handshake
from .links import (
    CLOSE_TIMEOUT_S,
    MAX_RECEIVED_BYTES,
    AgreedLink,
    LinkClosed,
    LinkRefused,
    LinkUnreachable,
    open_websocket_link,
    single,
)

#: Bytes asked of a socket at a time.
READ_BYTES: Final = 1 << 16
#: Sockets seen to in one go before other tasks have their turn.
SOCKETS_AT_A_TIME: Final = 256
#: Bytes that may wait to be sent before sending waits.
MAX_UNSENT_BYTES: Final = 1 << 20

_NO_STATUS: Final = 1006  # RFC 6455: the link broke without a close frame
_IP_BIND_ADDRESS_NO_PORT: Final = 24  # Linux; `socket` has no name for it in Python 3.11
_PENDING: Final = frozenset({errno.EINPROGRESS, errno.EWOULDBLOCK})


class Open(Interface):
    """Opens links, for the length of a block; raises as :func:`.links.open_websocket_link` does."""

    def __call__(
        self,
        url: str,
        *,
        origin: str | None = None,
        source_address: str | None = None,
        subprotocols: Sequence[str] = (SUBPROTOCOL,),
        connect_timeout_s: float = 5.0,
    ) -> AbstractAsyncContextManager[AgreedLink]:
        """Open a link to this address."""


class _Address(NamedTuple):
    """Where a server is, and what to ask it: worked out once, used for every link."""

    handshake: Handshake
    family: int
    place: tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]


# One socket


class PumpedLink:
    """A link whose socket the pump reads from.  Small, for there are thousands: slots, and no more than is in use."""

    __slots__ = (
        "_drained",
        "_error",
        "_handshake",
        "_inbox",
        "_is_text",
        "_key",
        "_parts",
        "_protocol",
        "_pump",
        "_receiver",
        "_socket",
        "_unsent",
        "closed",
        "is_connected",
        "is_open",
        "subprotocol",
    )

    def __init__(self, pump: "Pump", connection: socket.socket, handshake: Handshake) -> None:
        self._pump = pump
        self._socket = connection
        self._handshake = handshake
        #: The key of the handshake while that goes on.
        self._key = generate_key()
        #: Knows nothing of the handshake, unless that is one to be judged.
        self._protocol = Protocol(Side.CLIENT, state=State.CONNECTING, max_size=MAX_RECEIVED_BYTES)
        self._unsent = bytearray()
        self._inbox: deque[str | bytes] | None = None
        #: The parts of a message that came in several frames.
        self._parts: list[bytes] = []
        self._is_text = False
        #: The task that waits for a message, or for the handshake.
        self._receiver: trio.lowlevel.Task | None = None
        self._drained: trio.lowlevel.ParkingLot | None = None
        self.is_connected = False
        #: Why the socket could not be connected; 0 where it could.
        self._error = 0
        self.closed: LinkClosed | None = None
        self.is_open = False
        #: What the server chose of the subprotocols that were offered.
        self.subprotocol: str | None = None

    @property
    def number(self) -> int:
        """The number of its file."""
        return self._socket.fileno()

    async def send(self, data: str | bytes) -> None:
        """Send one message; waits only while more than :data:`MAX_UNSENT_BYTES` have not gone out."""
        await trio.lowlevel.checkpoint_if_cancelled()
        if self.closed is not None:
            raise self.closed.anew()
        if self._protocol.state is not State.OPEN:  # the other end is closing it
            raise LinkClosed(CloseCode.ABNORMAL_CLOSURE)
        if isinstance(data, str):
            self._protocol.send_text(data.encode())
        else:
            self._protocol.send_binary(data)
        self._flush()
        while len(self._unsent) > MAX_UNSENT_BYTES:
            if self._drained is None:
                self._drained = trio.lowlevel.ParkingLot()
            await self._drained.park()

    async def receive(self) -> str | bytes:
        """The next message; what had arrived before the link closed still comes."""
        if self._inbox:
            await trio.lowlevel.checkpoint_if_cancelled()
            return self._inbox.popleft()
        if self.closed is not None:
            await trio.lowlevel.checkpoint()
            raise self.closed.anew()
        return await self._wait()

    async def aclose(self) -> None:
        """Close with code 1000; waits at most :data:`.links.CLOSE_TIMEOUT_S` for the other end."""
        if self.closed is None and self._protocol.state is State.OPEN:
            self._protocol.send_close(1000)
            self._flush()
            with trio.move_on_after(CLOSE_TIMEOUT_S), contextlib.suppress(LinkClosed):
                while True:
                    await self.receive()
        await self.abort()

    async def abort(self) -> None:
        """Break the link without a word, as a network does."""
        self.drop()
        await trio.lowlevel.cancel_shielded_checkpoint()

    async def wait_open(self) -> None:
        """Come back when the handshake is over; raises as opening a link does."""
        if not self.is_open and self.closed is None:
            with contextlib.suppress(LinkClosed):
                await self._wait()
        if self._error:
            raise OSError(self._error, "")
        refused = self._protocol.handshake_exc
        if isinstance(refused, InvalidStatus):
            body = refused.response.body or b""
            raise LinkRefused(refused.response.status_code, bytes(body).decode(errors="replace"))
        if not self.is_open:
            where = f"{self._handshake.uri.host}:{self._handshake.uri.port}"
            raise LinkUnreachable(f"{where} closed the connection during the WebSocket handshake")

    async def _wait(self) -> str | bytes:
        """Wait to be woken: by a message, by the end of the handshake, or with :class:`LinkClosed`."""
        self._receiver = trio.lowlevel.current_task()
        message: str | bytes = await trio.lowlevel.wait_task_rescheduled(self._give_up)
        return message

    def _give_up(self, _: Callable[[], None]) -> trio.lowlevel.Abort:
        self._receiver = None
        return trio.lowlevel.Abort.SUCCEEDED

    # What the pump calls

    def drop(self) -> None:
        """The socket is of no more use."""
        if self.closed is None:
            self.closed = LinkClosed(*self._goodbye())
        self._pump.forget(self)
        self._socket.close()
        self._unsent.clear()
        self._has_drained()
        self._wake(outcome.Error(self.closed.anew()))

    def read(self) -> None:
        """Something has arrived."""
        try:
            data = self._socket.recv(READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        if self._key and self._is_plain(data):
            return
        if data:
            self._protocol.receive_data(data)
        else:
            self._protocol.receive_eof()
        for event in self._protocol.events_received():
            if isinstance(event, Frame):
                self._take(event)
                if self.closed is not None:
                    return
            else:
                self._shaken(self._protocol.subprotocol)
        self._flush()
        if not data or self._protocol.state is State.CLOSED:
            self.drop()

    def write(self) -> None:
        """There is room to send, or the socket is connected."""
        if not self.is_connected:
            self._shake_hands()
            return
        if self._unsent:
            self._push(b"")
        if not self._unsent:
            self._pump.watch(self, writable=False)
            self._has_drained()

    def _shake_hands(self) -> None:
        """The socket is connected, or cannot be: ask for a WebSocket."""
        self._error = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if self._error:
            self.drop()
            return
        self.is_connected = True
        self._pump.watch(self, writable=False)
        self._push(self._handshake.request(self._key))

    def _is_plain(self, answer: bytes) -> bool:
        """Whether this answers the handshake, and no more; else the library's whole protocol has to judge it."""
        subprotocol = self._handshake.agreed(answer, self._key)
        if subprotocol is None:
            self._protocol = self._handshake.protocol(self._key)
            self._key = ""
            return False
        self._key = ""
        self._protocol.state = State.OPEN
        self._shaken(subprotocol or None)
        return True

    def _shaken(self, subprotocol: str | None) -> None:
        """The handshake is over: wake who waits for it."""
        self.is_open = self._protocol.state is State.OPEN
        self.subprotocol = subprotocol
        self._wake(outcome.Value(""))

    def _take(self, frame: Frame) -> None:
        if frame.opcode is Opcode.TEXT or frame.opcode is Opcode.BINARY:
            self._is_text = frame.opcode is Opcode.TEXT
        elif frame.opcode is not Opcode.CONT:
            return  # the protocol answers pings and closings by itself
        if frame.fin and not self._parts:
            data = bytes(frame.data)
        else:
            self._parts.append(bytes(frame.data))
            if not frame.fin:
                return
            data = b"".join(self._parts)
            self._parts.clear()
        try:
            message = data.decode() if self._is_text else data
        except UnicodeDecodeError:
            self._fail(CloseCode.INVALID_DATA, "a text message is UTF-8")
            return
        if self._receiver is not None:
            self._wake(outcome.Value(message))
        elif self._inbox is None:
            self._inbox = deque((message,))
        else:
            self._inbox.append(message)

    def _fail(self, code: CloseCode, why: str) -> None:
        """What the other end sent is no WebSocket: say so, and be done with it."""
        self._protocol.fail(code, why)
        self._flush()
        self.closed = LinkClosed(code, why)
        self.drop()

    def _wake(self, result: "outcome.Outcome[str | bytes]") -> None:
        receiver, self._receiver = self._receiver, None
        if receiver is not None:
            trio.lowlevel.reschedule(receiver, result)

    def _has_drained(self) -> None:
        if self._drained is not None:
            self._drained.unpark_all()

    def _flush(self) -> None:
        """Send what the protocol has to say; keep what the socket does not take."""
        for data in self._protocol.data_to_send():
            if self._unsent:
                self._unsent += data
            elif data:
                self._push(data)
            # An empty piece stands for the end of the stream; the socket closes when the other end has.

    def _push(self, data: bytes) -> None:
        pending = memoryview(data) if data else memoryview(bytes(self._unsent))
        try:
            sent = self._socket.send(pending)
        except (BlockingIOError, InterruptedError):
            sent = 0
        except OSError:
            return  # reading will find the socket broken
        if not data:
            del self._unsent[:sent]
        elif sent < len(data):
            self._unsent += data[sent:]
            self._pump.watch(self, writable=True)

    def _goodbye(self) -> tuple[int, str]:
        code, reason = self._protocol.close_code, self._protocol.close_reason
        return (_NO_STATUS, "") if code is None else (int(code), reason or "")


# The pump


class Pump:
    """All sockets of a process in one epoll.  ``run`` it in a nursery before links are opened."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._links: dict[int, PumpedLink] = {}
        self._addresses: dict[tuple[str, str | None, tuple[str, ...]], _Address] = {}

    async def run(self) -> None:
        """See to all sockets until cancelled; closes them then."""
        poll, links = self._epoll.poll, self._links
        try:
            while True:
                await trio.lowlevel.wait_readable(self._epoll.fileno())
                for number, events in poll(0, SOCKETS_AT_A_TIME):
                    link = links.get(number)
                    if link is None:  # dropped since
                        continue
                    if events & select.EPOLLOUT:
                        link.write()
                    if events & ~select.EPOLLOUT and link.closed is None:
                        link.read()
        finally:
            for link in list(links.values()):
                link.drop()
            self._epoll.close()

    def watch(self, link: PumpedLink, *, writable: bool) -> None:
        """Say whether the link waits for room to send."""
        self._epoll.modify(link.number, select.EPOLLIN | (select.EPOLLOUT if writable else 0))

    def forget(self, link: PumpedLink) -> None:
        """The link's socket is about to close."""
        if self._links.get(link.number) is link:
            del self._links[link.number]
            self._epoll.unregister(link.number)

    def open(
        self,
        url: str,
        *,
        origin: str | None = None,
        source_address: str | None = None,
        subprotocols: Sequence[str] = (SUBPROTOCOL,),
        connect_timeout_s: float = 5.0,
    ) -> "Opening":
        """Open a link to a ``ws:`` URL, and close it at the end of the block."""
        return Opening(partial(self.connect, url, origin, source_address, subprotocols, connect_timeout_s))

    async def connect(
        self,
        url: str,
        origin: str | None,
        source_address: str | None,
        subprotocols: Sequence[str],
        timeout_s: float,
    ) -> PumpedLink:
        """An open link; who asks for it closes it.  Raises as :func:`.links.open_websocket_link` does."""
        link: PumpedLink | None = None
        try:
            with trio.move_on_after(timeout_s):
                address = await self._address(url, origin, tuple(subprotocols))
                try:
                    link = self._begin(address, source_address)
                    await link.wait_open()
                except OSError as error:
                    why = errno.errorcode.get(error.errno or 0, "error")
                    where = f"{address.handshake.uri.host} port {address.handshake.uri.port}"
                    raise LinkUnreachable(f"cannot connect to {where}: {why}") from None
                return link
            raise LinkUnreachable(_no_answer(url, link))
        except BaseException:
            if link is not None:
                link.drop()
            raise

    async def _address(self, url: str, origin: str | None, subprotocols: tuple[str, ...]) -> _Address:
        """Where the server of this address is, and what to ask it; found out once."""
        known = self._addresses.get((url, origin, subprotocols))
        if known is None:
            try:
                uri = parse_uri(url)
            except InvalidURI:
                raise LinkUnreachable("a WebSocket's address is ws://host:port/path") from None
            try:
                found = await trio.socket.getaddrinfo(uri.host, uri.port, type=socket.SOCK_STREAM)
            except OSError as error:
                raise LinkUnreachable(f"cannot find {uri.host}: {error.strerror}") from None
            known = _Address(Handshake(uri, origin, subprotocols), found[0][0], found[0][4])
            self._addresses[url, origin, subprotocols] = known
        return known

    def _begin(self, address: _Address, source_address: str | None) -> PumpedLink:
        """A link whose socket is on its way to being connected."""
        connection = socket.socket(address.family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if source_address is not None:
                connection.setsockopt(socket.IPPROTO_IP, _IP_BIND_ADDRESS_NO_PORT, 1)
                connection.bind((source_address, 0))
            error = connection.connect_ex(address.place)
            if error and error not in _PENDING:
                raise OSError(error, "")
            self._epoll.register(connection, select.EPOLLOUT)
        except BaseException:
            connection.close()
            raise
        link = PumpedLink(self, connection, address.handshake)
        self._links[link.number] = link
        return link


class Opening(AbstractAsyncContextManager[PumpedLink]):
    """A link for the length of a block."""

    __slots__ = ("_connect", "_link")

    def __init__(self, connect: Callable[[], Awaitable[PumpedLink]]) -> None:
        self._connect = connect
        self._link: PumpedLink | None = None

    @override
    async def __aenter__(self) -> PumpedLink:
        self._link = await self._connect()
        return self._link

    @override
    async def __aexit__(self, *raised: object) -> None:
        assert self._link is not None
        with trio.CancelScope(shield=True):
            await self._link.aclose()


def _no_answer(url: str, link: PumpedLink | None) -> str:
    uri = parse_uri(url)
    during = " the WebSocket handshake" if link is not None and link.is_connected else ""
    return f"{uri.host}:{uri.port} does not answer{during}"


# Either kind


def start_pump(nursery: trio.Nursery, url: str) -> Open:
    """What opens links to this address with the least effort that this machine allows.

    The pump runs in the nursery until that is cancelled.
    """
    if not hasattr(select, "epoll") or url.startswith("wss:"):
        return open_websocket_link
    pump = Pump()
    nursery.start_soon(pump.run)
    return pump.open


@asynccontextmanager
async def pumping(url: str) -> AsyncIterator[Open]:
    """The same for the length of a block; what is raised in the block comes out as it was."""
    try:
        async with trio.open_nursery() as nursery:
            yield start_pump(nursery, url)
            nursery.cancel_scope.cancel()
    except BaseExceptionGroup as group:
        error = single(group)
        if error is None:
            raise
        raise error from error.__cause__

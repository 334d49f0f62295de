"""A line: the one way by which a browser comes to the network, and which can be cut.

A browser that is told to be offline keeps the connections that it has.  So each has a proxy of its own
(SOCKS, version 5), in this process and on loopback; a line that is cut drops all connections at once and
takes no others, as a lost link does, whatever the product sends over it.  What is meant for one place can be led to
somebody who stands in for it.

Order: the line, one connection, opening it.
"""

import contextlib
import functools
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

import trio

#: The only address that a line listens at.
HOST: Final = "127.0.0.1"
#: The most that is carried at a time, in bytes.
_CHUNK: Final = 65536
#: Seconds in which a connection must be made.
_CONNECT_TIMEOUT_S: Final = 10.0

_VERSION: Final = 5
_NO_AUTHENTICATION: Final = 0
_CONNECT: Final = 1
_DONE, _REFUSED = 0, 5
_IPV4, _NAME, _IPV6 = 1, 3, 4


#: Takes a connection that a browser has made.
Take = Callable[[trio.SocketStream], Awaitable[None]]


class _NoSocks(Exception):
    """What came is no request of SOCKS 5."""


class Line:
    """One browser's line."""

    def __init__(self, port: int) -> None:
        #: Where the browser's proxy is, at :data:`HOST`.
        self.port = port
        #: Whether nothing goes over it now.
        self.is_cut = False
        #: Who stands in for a host and port: takes connections in its place.
        self.stand_ins: dict[tuple[str, int], Take] = {}
        self._open: set[trio.CancelScope] = set()

    def cut(self) -> None:
        """Drop every connection, and make no other."""
        self.is_cut = True
        for scope in self._open:
            scope.cancel()

    def mend(self) -> None:
        """Let connections be made again."""
        self.is_cut = False

    async def carry(self, browser: trio.SocketStream) -> None:
        """Take one connection of the browser to where it asks for."""
        with trio.CancelScope() as scope, contextlib.suppress(OSError, trio.BrokenResourceError, _NoSocks):
            self._open.add(scope)
            try:
                async with browser:
                    await self._carry(browser)
            finally:
                self._open.discard(scope)

    async def _carry(self, browser: trio.SocketStream) -> None:
        host, port = await _asked(browser)
        if self.is_cut:
            await _answer(browser, _REFUSED)
            return
        stand_in = self.stand_ins.get((on_this_machine(host), port))
        if stand_in is not None:
            await _answer(browser, _DONE)
            await stand_in(browser)
            return
        try:
            with trio.fail_after(_CONNECT_TIMEOUT_S):
                target = await trio.open_tcp_stream(on_this_machine(host), port)
        except (OSError, trio.TooSlowError):
            await _answer(browser, _REFUSED)
            return
        async with target:
            await _answer(browser, _DONE)
            await carry_both(browser, target)


def on_this_machine(host: str) -> str:
    """A host as it can be connected to: names under `.localhost` are this machine's, as browsers have it."""
    name = host.rstrip(".").lower()
    return HOST if name == "localhost" or name.endswith(".localhost") else host


async def _asked(browser: trio.SocketStream) -> tuple[str, int]:
    """Where the browser wants to be connected to."""
    version, methods = await _read(browser, 2)
    await _read(browser, methods)
    if version != _VERSION:
        raise _NoSocks
    await browser.send_all(bytes((_VERSION, _NO_AUTHENTICATION)))
    version, command, _, kind = await _read(browser, 4)
    if version != _VERSION or command != _CONNECT:
        raise _NoSocks
    if kind == _IPV4:
        host = socket.inet_ntop(socket.AF_INET, await _read(browser, 4))
    elif kind == _IPV6:
        host = socket.inet_ntop(socket.AF_INET6, await _read(browser, 16))
    elif kind == _NAME:
        host = (await _read(browser, (await _read(browser, 1))[0])).decode("ascii", errors="replace")
    else:
        raise _NoSocks
    (port,) = struct.unpack("!H", await _read(browser, 2))
    return host, port


async def _answer(browser: trio.SocketStream, code: int) -> None:
    await browser.send_all(bytes((_VERSION, code, 0, _IPV4)) + bytes(6))


async def _read(stream: trio.SocketStream, size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        some = await stream.receive_some(size - len(data))
        if not some:
            raise _NoSocks
        data += some
    return bytes(data)


async def carry_both(browser: trio.SocketStream, target: trio.SocketStream) -> None:
    """Carry bytes both ways until there are no more."""
    async with trio.open_nursery() as both:
        both.start_soon(_pump, browser, target, both.cancel_scope)
        both.start_soon(_pump, target, browser, both.cancel_scope)


async def _pump(source: trio.SocketStream, sink: trio.SocketStream, both: trio.CancelScope) -> None:
    """Carry bytes one way until there are no more; an end that has gone ends the other way too."""
    try:
        while some := await source.receive_some(_CHUNK):
            await sink.send_all(some)
        await sink.send_eof()
    except (trio.BrokenResourceError, trio.ClosedResourceError):
        both.cancel()


@asynccontextmanager
async def open_line() -> AsyncIterator[Line]:
    """A line for one browser, for the length of a block."""
    (listener,) = await trio.open_tcp_listeners(0, host=HOST)
    line = Line(listener.socket.getsockname()[1])
    async with trio.open_nursery() as nursery:
        nursery.start_soon(functools.partial(trio.serve_listeners, line.carry, [listener]))
        yield line
        nursery.cancel_scope.cancel()

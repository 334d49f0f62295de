"""A browser's line to the network: what it carries, and that it can be cut."""

import contextlib
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio
from cobrowse_conformance.browser.line import HOST, Line, open_line


async def echo(stream: trio.SocketStream) -> None:
    """A server that says what it is told."""
    async with stream:
        async for some in stream:
            await stream.send_all(some)


@asynccontextmanager
async def echoing() -> AsyncIterator[int]:
    """Its port."""
    (listener,) = await trio.open_tcp_listeners(0, host=HOST)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.serve_listeners, echo, [listener])
        yield listener.socket.getsockname()[1]
        nursery.cancel_scope.cancel()


async def through(line: Line, host: str, port: int) -> tuple[trio.SocketStream, int]:
    """A connection through the line as a browser makes it, and the line's answer."""
    stream = await trio.open_tcp_stream(HOST, line.port)
    await stream.send_all(b"\x05\x01\x00")
    assert await stream.receive_some(2) == b"\x05\x00"
    name = host.encode()
    await stream.send_all(b"\x05\x01\x00\x03" + bytes([len(name)]) + name + struct.pack("!H", port))
    answer = await stream.receive_some(10)
    return stream, answer[1] if answer else -1


async def test_a_line_carries_bytes_both_ways() -> None:
    """To names of this machine, which no resolver knows."""
    async with open_line() as line, echoing() as port:
        stream, answer = await through(line, "bank.localhost", port)
        await stream.send_all(b"hello")

        assert 0 == answer
        assert b"hello" == await stream.receive_some(5)
        await stream.aclose()


async def left_in(stream: trio.SocketStream) -> bytes:
    """What still comes of a connection that is to be dropped: nothing, by a plain end or by a reset."""
    async with stream:
        with contextlib.suppress(trio.BrokenResourceError):
            return bytes(await stream.receive_some(1))
    return b""


async def test_a_cut_line_drops_what_it_carries_and_takes_nothing_more() -> None:
    """Until it is mended."""
    async with open_line() as line, echoing() as port:
        stream, _ = await through(line, HOST, port)
        line.cut()
        left = await left_in(stream)
        other, refused = await through(line, HOST, port)
        await other.aclose()
        line.mend()
        mended, answer = await through(line, HOST, port)
        await mended.aclose()

        assert b"" == left
        assert 5 == refused
        assert 0 == answer


async def test_what_is_no_request_is_dropped() -> None:
    """And the line goes on."""
    async with open_line() as line, echoing() as port:
        stream = await trio.open_tcp_stream(HOST, line.port)
        await stream.send_all(b"GET / HTTP/1.1\r\n\r\n" + bytes(80))
        left = await left_in(stream)
        other, answer = await through(line, HOST, port)
        await other.aclose()

        assert b"" == left
        assert 0 == answer

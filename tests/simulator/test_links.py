"""Links, in memory and over a real WebSocket on the loopback."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

import pytest
import trio
from cobrowse_simulator.links import (
    MAX_RECEIVED_BYTES,
    LinkClosed,
    LinkRefused,
    LinkUnreachable,
    memory_links,
    open_websocket_link,
)
from cobrowse_spec.wire.messages import SUBPROTOCOL
from trio_websocket import ConnectionClosed, WebSocketRequest, serve_websocket

Handler = Callable[[WebSocketRequest], Awaitable[None]]


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    """A tiny WebSocket server on a free port of the loopback: its address."""
    async with trio.open_nursery() as nursery:
        serve = partial(serve_websocket, handler, "127.0.0.1", 0, None, max_message_size=MAX_RECEIVED_BYTES)
        server = await nursery.start(serve)
        yield f"ws://127.0.0.1:{server.port}/v1/customer"
        nursery.cancel_scope.cancel()


async def echo(request: WebSocketRequest) -> None:
    """Send everything back."""
    connection = await request.accept(subprotocol=SUBPROTOCOL)
    try:
        while True:
            await connection.send_message(await connection.get_message())
    except ConnectionClosed:
        return


async def test_memory_links_keep_the_order_of_text_and_bytes() -> None:
    """What one end sends comes out at the other, in order, as what it was."""
    left, right = memory_links()
    for data in ("a", b"b", "c"):
        await left.send(data)

    assert [await right.receive() for _ in range(3)] == ["a", b"b", "c"]


async def test_a_closed_memory_link_says_so_at_both_ends() -> None:
    """After aclose() neither end can send or receive, and what was sent before still arrives."""
    left, right = memory_links()
    await left.send("last")
    await left.aclose()

    assert await right.receive() == "last"
    with pytest.raises(LinkClosed):
        await right.receive()
    with pytest.raises(LinkClosed):
        await right.send("too late")
    with pytest.raises(LinkClosed):
        await left.send("too late")


@pytest.mark.parametrize("data", ["text", b"bytes", "é" * 100_000, bytes(9 << 20)])
async def test_a_websocket_link_carries_text_and_bytes_of_any_size_the_protocol_knows(
    data: str | bytes,
) -> None:
    """A message goes there and back unchanged, the largest frame and more included."""
    async with serving(echo) as url, open_websocket_link(url) as link:
        await link.send(data)

        assert await link.receive() == data


async def test_a_websocket_link_offers_the_protocol_and_the_origin_from_a_chosen_address() -> None:
    """Subprotocol, Origin header and source address arrive as the caller gave them."""
    met: dict[str, object] = {}

    async def handler(request: WebSocketRequest) -> None:
        met["offered"] = request.proposed_subprotocols
        met["origin"] = dict(request.headers).get(b"origin")
        met["from"] = str(getattr(request.remote, "address", ""))
        met["path"] = request.path
        await echo(request)

    async with (
        serving(handler) as url,
        open_websocket_link(url, origin="https://bank.example", source_address="127.0.0.7") as link,
    ):
        assert link.subprotocol == SUBPROTOCOL

    assert met == {
        "offered": (SUBPROTOCOL,),
        "origin": b"https://bank.example",
        "from": "127.0.0.7",
        "path": "/v1/customer",
    }


async def test_a_handshake_that_is_refused_shows_status_and_body() -> None:
    """An HTTP status instead of a WebSocket is LinkRefused, not an exception group."""

    async def handler(request: WebSocketRequest) -> None:
        await request.reject(403, body=b'{"reason": "foreign_origin"}')

    async with serving(handler) as url:
        with pytest.raises(LinkRefused) as refused:
            async with open_websocket_link(url, origin="https://evil.example"):
                pytest.fail("the link must not open")

    assert (refused.value.status, refused.value.body) == (403, '{"reason": "foreign_origin"}')


async def test_no_server_at_the_address_is_unreachable() -> None:
    """A port that nobody listens on is LinkUnreachable."""
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listeners[0].socket.getsockname()[1]
    await listeners[0].aclose()

    with pytest.raises(LinkUnreachable, match="cannot connect"):
        async with open_websocket_link(f"ws://127.0.0.1:{port}/"):
            pytest.fail("the link must not open")


async def test_an_address_that_is_no_websocket_is_unreachable() -> None:
    """An http address is refused before anything is sent."""
    with pytest.raises(LinkUnreachable, match="ws://"):
        async with open_websocket_link("http://127.0.0.1/"):
            pytest.fail("the link must not open")


async def test_a_server_that_hangs_in_the_handshake_is_unreachable_in_time(autojump_clock: object) -> None:
    """A server that accepts the connection and says nothing is given up after the stated time."""

    async def silence(stream: trio.SocketStream) -> None:
        await trio.sleep_forever()

    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(partial(trio.serve_tcp, silence, 0, host="127.0.0.1"))
        port = listeners[0].socket.getsockname()[1]
        with pytest.raises(LinkUnreachable, match="handshake"):
            async with open_websocket_link(f"ws://127.0.0.1:{port}/", connect_timeout_s=2.0):
                pytest.fail("the link must not open")

        nursery.cancel_scope.cancel()


async def test_a_server_that_hangs_up_in_the_handshake_is_unreachable() -> None:
    """A connection that closes before the handshake is no link."""

    async def hang_up(stream: trio.SocketStream) -> None:
        await stream.receive_some(1)

    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(partial(trio.serve_tcp, hang_up, 0, host="127.0.0.1"))
        port = listeners[0].socket.getsockname()[1]
        with pytest.raises(LinkUnreachable, match="closed the connection"):
            async with open_websocket_link(f"ws://127.0.0.1:{port}/"):
                pytest.fail("the link must not open")
        nursery.cancel_scope.cancel()


async def test_a_server_that_closes_says_with_which_code_and_why() -> None:
    """Messages before the close still arrive; then LinkClosed holds the server's code and reason."""

    async def handler(request: WebSocketRequest) -> None:
        connection = await request.accept(subprotocol=SUBPROTOCOL)
        await connection.send_message("before")
        await connection.aclose(1008, "too_many_errors")

    async with serving(handler) as url, open_websocket_link(url) as link:
        before = await link.receive()
        with pytest.raises(LinkClosed) as closed:
            await link.receive()

    assert (before, closed.value.code, closed.value.reason) == ("before", 1008, "too_many_errors")


async def test_an_error_in_the_block_comes_out_as_it_was() -> None:
    """The nursery behind the link wraps nothing."""
    async with serving(echo) as url:
        with pytest.raises(KeyError):
            async with open_websocket_link(url):
                raise KeyError("the caller's own")

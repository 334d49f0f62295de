"""Links: in memory, and over a real WebSocket on the loopback, by trio-websocket and by the pump."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

import pytest
import trio
import trio.testing
from cobrowse_simulator.links import (
    MAX_RECEIVED_BYTES,
    Link,
    LinkClosed,
    LinkRefused,
    LinkUnreachable,
    memory_links,
    open_websocket_link,
)
from cobrowse_simulator.pump import MAX_UNSENT_BYTES, Open, pumping, start_pump
from cobrowse_spec.wire.messages import SUBPROTOCOL
from trio_websocket import ConnectionClosed, WebSocketRequest, serve_websocket
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

Handler = Callable[[WebSocketRequest], Awaitable[None]]

#: Seconds after which what should have come is lost.
PATIENCE_S = 10.0


@pytest.fixture(params=["trio-websocket", "pump"])
async def open_link(request: pytest.FixtureRequest) -> AsyncIterator[Open]:
    """Whatever opens links over the network: what holds of one holds of the other."""
    if request.param == "trio-websocket":
        yield open_websocket_link
        return
    async with trio.open_nursery() as nursery:
        yield start_pump(nursery, "ws://127.0.0.1")
        nursery.cancel_scope.cancel()


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
    open_link: Open, data: str | bytes
) -> None:
    """A message goes there and back unchanged, the largest frame and more included."""
    async with serving(echo) as url, open_link(url) as link:
        await link.send(data)

        assert await link.receive() == data


async def test_a_websocket_link_offers_the_protocol_and_the_origin_from_a_chosen_address(
    open_link: Open,
) -> None:
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
        open_link(url, origin="https://bank.example", source_address="127.0.0.7") as link,
    ):
        assert link.subprotocol == SUBPROTOCOL

    assert met == {
        "offered": (SUBPROTOCOL,),
        "origin": b"https://bank.example",
        "from": "127.0.0.7",
        "path": "/v1/customer",
    }


async def test_a_handshake_that_is_refused_shows_status_and_body(open_link: Open) -> None:
    """An HTTP status instead of a WebSocket is LinkRefused, not an exception group."""

    async def handler(request: WebSocketRequest) -> None:
        await request.reject(403, body=b'{"reason": "foreign_origin"}')

    async with serving(handler) as url:
        with pytest.raises(LinkRefused) as refused:
            async with open_link(url, origin="https://evil.example"):
                pytest.fail("the link must not open")

    assert (refused.value.status, refused.value.body) == (403, '{"reason": "foreign_origin"}')


async def test_no_server_at_the_address_is_unreachable(open_link: Open) -> None:
    """A port that nobody listens on is LinkUnreachable."""
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listeners[0].socket.getsockname()[1]
    await listeners[0].aclose()

    with pytest.raises(LinkUnreachable, match="cannot connect"):
        async with open_link(f"ws://127.0.0.1:{port}/"):
            pytest.fail("the link must not open")


async def test_an_address_that_is_no_websocket_is_unreachable(open_link: Open) -> None:
    """An http address is refused before anything is sent."""
    with pytest.raises(LinkUnreachable, match="ws://"):
        async with open_link("http://127.0.0.1/"):
            pytest.fail("the link must not open")


async def test_a_server_that_hangs_in_the_handshake_is_unreachable_in_time(
    open_link: Open, autojump_clock: object
) -> None:
    """A server that accepts the connection and says nothing is given up after the stated time."""

    async def silence(stream: trio.SocketStream) -> None:
        await trio.sleep_forever()

    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(partial(trio.serve_tcp, silence, 0, host="127.0.0.1"))
        port = listeners[0].socket.getsockname()[1]
        with pytest.raises(LinkUnreachable, match="handshake"):
            async with open_link(f"ws://127.0.0.1:{port}/", connect_timeout_s=2.0):
                pytest.fail("the link must not open")

        nursery.cancel_scope.cancel()


async def test_a_server_that_hangs_up_in_the_handshake_is_unreachable(open_link: Open) -> None:
    """A connection that closes before the handshake is no link."""

    async def hang_up(stream: trio.SocketStream) -> None:
        await stream.receive_some(1)

    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(partial(trio.serve_tcp, hang_up, 0, host="127.0.0.1"))
        port = listeners[0].socket.getsockname()[1]
        with pytest.raises(LinkUnreachable, match="closed the connection"):
            async with open_link(f"ws://127.0.0.1:{port}/"):
                pytest.fail("the link must not open")
        nursery.cancel_scope.cancel()


async def test_a_server_that_closes_says_with_which_code_and_why(open_link: Open) -> None:
    """Messages before the close still arrive; then LinkClosed holds the server's code and reason."""

    async def handler(request: WebSocketRequest) -> None:
        connection = await request.accept(subprotocol=SUBPROTOCOL)
        await connection.send_message("before")
        await connection.aclose(1008, "too_many_errors")

    async with serving(handler) as url, open_link(url) as link:
        before = await link.receive()
        with pytest.raises(LinkClosed) as closed:
            await link.receive()

    assert (before, closed.value.code, closed.value.reason) == ("before", 1008, "too_many_errors")


async def test_text_that_is_no_utf8_is_no_message(open_link: Open) -> None:
    """What a server may not send does not arrive, nor does anything after it: the link is closed."""

    async def handler(request: WebSocketRequest) -> None:
        connection = await request.accept(subprotocol=SUBPROTOCOL)
        await connection._stream.send_all(b"\x81\x02\xff\xff" + b"\x81\x05after")
        await trio.sleep_forever()

    async with serving(handler) as url, open_link(url) as link:
        with pytest.raises(LinkClosed) as closed:
            await link.receive()

    assert 1007 == closed.value.code


async def test_an_error_in_the_block_comes_out_as_it_was(open_link: Open) -> None:
    """The nursery behind the link wraps nothing."""
    async with serving(echo) as url:
        with pytest.raises(KeyError):
            async with open_link(url):
                raise KeyError("the caller's own")


async def test_what_a_slow_reader_does_not_take_waits_and_arrives_whole() -> None:
    """The pump keeps what the socket has no room for; the sender waits beyond a bound; nothing is lost."""
    sent = [bytes([number]) * (MAX_UNSENT_BYTES // 4) for number in range(64)]
    let_go = trio.Event()
    arrived: list[str | bytes] = []
    done = trio.Event()

    async def handler(request: WebSocketRequest) -> None:
        connection = await request.accept(subprotocol=SUBPROTOCOL)
        await let_go.wait()
        for _ in sent:
            arrived.append(await connection.get_message())
        done.set()

    async def send_all(link: Link) -> None:
        for data in sent:
            await link.send(data)
        assert let_go.is_set()

    async with serving(handler) as url, trio.open_nursery() as nursery:
        async with start_pump(nursery, url)(url) as link:
            nursery.start_soon(send_all, link)
            await trio.testing.wait_all_tasks_blocked()
            let_go.set()
            await done.wait()
        nursery.cancel_scope.cancel()

    assert sent == arrived


async def test_a_pump_that_is_cancelled_closes_its_links() -> None:
    """Whoever waits for a message then hears that there will be none."""
    async with (
        serving(echo) as url,
        trio.open_nursery() as nursery,
        start_pump(nursery, url)(url) as link,
    ):
        nursery.cancel_scope.cancel()
        with pytest.raises(LinkClosed), trio.CancelScope(shield=True):
            await link.receive()


async def test_an_error_in_the_block_of_a_pump_comes_out_as_it_was() -> None:
    """Not as a group, of which nobody outside knows why it is one; and its links are closed by then."""
    async with serving(echo) as url:
        with pytest.raises(ZeroDivisionError):
            async with pumping(url) as open_link, open_link(url) as link:
                raise ZeroDivisionError
        with pytest.raises(LinkClosed):
            await link.receive()


@pytest.mark.parametrize("cut", [None, 0, 20, -4, -2, 3])
async def test_what_comes_with_or_within_the_answer_to_the_handshake_is_not_lost(cut: int | None) -> None:
    """A server that speaks at once: its first message is in the same piece as the answer, or the pieces fall anywhere."""
    message = Frame(Opcode.TEXT, b"welcome").serialize(mask=False)

    async def speak_at_once(stream: trio.SocketStream) -> None:
        protocol = ServerProtocol(subprotocols=[Subprotocol(SUBPROTOCOL)])
        protocol.receive_data(bytes(await stream.receive_some()))
        (request,) = protocol.events_received()
        assert isinstance(request, Request)
        protocol.send_response(protocol.accept(request))
        answer = b"".join(protocol.data_to_send())
        place = len(answer) if cut is None else (cut if cut >= 0 else len(answer) + cut)
        for piece in (answer + message,) if cut is None else (answer[:place], answer[place:] + message):
            if piece:
                await stream.send_all(piece)
                await trio.testing.wait_all_tasks_blocked()  # so that it is read by itself

    async with trio.open_nursery() as nursery:
        (listener,) = await nursery.start(partial(trio.serve_tcp, speak_at_once, 0, host="127.0.0.1"))
        port = listener.socket.getsockname()[1]
        async with start_pump(nursery, "ws://127.0.0.1")(f"ws://127.0.0.1:{port}/") as link:
            with trio.fail_after(PATIENCE_S):
                assert ("welcome", SUBPROTOCOL) == (await link.receive(), link.subprotocol)
        nursery.cancel_scope.cancel()


async def test_many_links_on_one_pump_keep_their_messages_apart() -> None:
    """Each of a hundred links gets its own answers, in its own order."""
    answers: dict[int, list[str | bytes]] = {}

    async def talk(number: int) -> None:
        async with start(url) as link:
            for count in range(5):
                await link.send(f"{number}:{count}")
            answers[number] = [await link.receive() for _ in range(5)]

    async with serving(echo) as url, trio.open_nursery() as nursery:
        start = start_pump(nursery, url)
        async with trio.open_nursery() as talking:
            for number in range(100):
                talking.start_soon(talk, number)
        nursery.cancel_scope.cancel()

    assert {number: [f"{number}:{count}" for count in range(5)] for number in range(100)} == answers

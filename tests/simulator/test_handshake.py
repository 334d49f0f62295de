"""The opening handshake: what is recognized without the library is what the library would take as well."""

import pytest
from cobrowse_simulator.handshake import Handshake
from hypothesis import given
from hypothesis import strategies as st
from websockets.protocol import State
from websockets.uri import parse_uri
from websockets.utils import accept_key

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
HANDSHAKE = Handshake(parse_uri("ws://127.0.0.1:8000/v1/customer"), "https://bank.example", ("cobrowse.v1",))
PLAIN = (
    "HTTP/1.1 101 \r\n"
    "Upgrade: WebSocket\r\n"
    "Connection: Upgrade\r\n"
    f"Sec-WebSocket-Accept: {accept_key(KEY)}\r\n"
    "Sec-WebSocket-Protocol: cobrowse.v1\r\n"
    "Server: hypercorn\r\n"
    "\r\n"
)


def test_what_is_asked_is_what_the_library_asks() -> None:
    """With the link's own key, the page's origin, and the subprotocols on offer."""
    asked = HANDSHAKE.protocol(KEY).connect().serialize()

    assert asked == HANDSHAKE.request(KEY)
    assert b"Origin: https://bank.example\r\n" in asked


def test_a_plain_answer_says_the_subprotocol() -> None:
    """Or that there is none."""
    bare = PLAIN.replace("Sec-WebSocket-Protocol: cobrowse.v1\r\n", "")

    assert ("cobrowse.v1", "") == tuple(HANDSHAKE.agreed(one.encode(), KEY) for one in (PLAIN, bare))


@pytest.mark.parametrize(
    "part, instead",
    [
        ("HTTP/1.1 101 ", "HTTP/1.1 403 "),
        ("HTTP/1.1", "HTTP/1.0"),
        ("WebSocket\r", "h2c\r"),
        ("Connection: Upgrade", "Connection: close"),
        (accept_key(KEY), accept_key("another")),
        ("Protocol: cobrowse.v1", "Protocol: chat"),
        ("Server: hypercorn", "Sec-WebSocket-Extensions: permessage-deflate"),
        ("Server: hypercorn", "Sec-WebSocket-Protocol: cobrowse.v1"),
        ("Server: hypercorn\r\n\r\n", "Server: hypercorn\r\n"),
        ("Server: hypercorn\r\n\r\n", "Server: hypercorn\r\n\r\n\x01"),
        ("Server: hypercorn", "Server: hyper\n corn"),
        ("Server: hypercorn", "Server hypercorn"),
    ],
)
def test_what_is_not_plain_is_left_to_the_library(part: str, instead: str) -> None:
    """Each differs in one thing from the plain answer: wrong, remarkable, unfinished, or with more behind it."""
    assert part in PLAIN

    assert HANDSHAKE.agreed(PLAIN.replace(part, instead, 1).encode(), KEY) is None


@given(st.integers(0, len(PLAIN) - 1), st.integers(0, 6), st.binary(max_size=4))
def test_the_library_takes_whatever_is_recognized(place: int, length: int, instead: bytes) -> None:
    """A plain answer with some bytes changed: never taken here and refused there, and agreed on the same."""
    answer = PLAIN.encode()[:place] + instead + PLAIN.encode()[place + length :]
    agreed = HANDSHAKE.agreed(answer, KEY)
    if agreed is not None:
        protocol = HANDSHAKE.protocol(KEY)
        protocol.receive_data(answer)

        assert (State.OPEN, agreed) == (protocol.state, protocol.subprotocol or "")
        assert len(protocol.events_received()) == 1

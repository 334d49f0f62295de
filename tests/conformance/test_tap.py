"""The tap finds a text in whatever form it travels, and nothing that was not there."""

import base64
import json
from urllib.parse import quote

import pytest
from cobrowse_conformance.tap import Tap
from cobrowse_simulator.links import memory_links
from hypothesis import given
from hypothesis import strategies as st

CANARY = "canary ä/1947?"


@pytest.mark.parametrize(
    "message",
    [
        CANARY,
        json.dumps({"text": CANARY}),
        json.dumps({"text": CANARY}, ensure_ascii=False),
        quote(CANARY),
        CANARY.encode().hex(),
        CANARY[::-1],
        base64.b64encode(CANARY.encode()).decode(),
        base64.b64encode(b"x" + CANARY.encode() + b"yz").decode(),
        base64.urlsafe_b64encode(b"xy" + CANARY.encode() + b"z").decode(),
    ],
)
async def test_a_text_is_found_in_any_form(message: str) -> None:
    """Plain, escaped, in hexadecimal, backwards, in base64 at any offset; as text and as bytes."""
    for data in (message, message.encode()):
        tap = Tap()
        ours, theirs = memory_links()

        await tap.on(ours).send(data)
        await theirs.send(data)

        assert tap.sent(CANARY)
        assert not tap.received(CANARY)
        assert data == await tap.on(ours).receive()
        assert tap.received(CANARY)


@given(st.binary(max_size=200), st.integers(0, 200))
def test_base64_hides_nothing_whatever_stands_around_it(around: bytes, at: int) -> None:
    """Wherever the text stands in what is encoded, it is found."""
    tap = Tap()
    tap._sent.append(base64.b64encode(around[:at] + CANARY.encode() + around[at:]))

    assert tap.sent(CANARY)


async def test_what_was_not_sent_is_not_found() -> None:
    """Another text is another text."""
    tap = Tap()
    ours, _ = memory_links()

    await tap.on(ours).send("nothing to see here")

    assert not tap.sent(CANARY)

"""The tap: every byte that goes over a party's link, kept for the length of one story.

MASK rules are judged by what leaves the customer's browser, not by what the agent's screen shows.  A
text is looked for in the encodings in which it could travel: as it is, escaped as JSON or as in a URL,
in hexadecimal, in base64 at any offset.  Nothing of it is ever written anywhere.
"""

import base64
import json
from collections.abc import Iterator
from urllib.parse import quote

from cobrowse_simulator.links import Link


class Tap:
    """What has gone over one party's links."""

    def __init__(self) -> None:
        self._sent: list[bytes] = []
        self._received: list[bytes] = []
        #: Whether what comes for the party is lost on the way.
        self.stalls = False

    def on(self, link: Link) -> Link:
        """The link, tapped."""
        return _TappedLink(link, self, self._sent, self._received)

    def sent(self, text: str) -> bool:
        """Whether the party has sent this text, in any encoding that is looked for."""
        return _occurs(text, self._sent)

    def received(self, text: str) -> bool:
        """Whether this text has reached the party, in any encoding that is looked for."""
        return _occurs(text, self._received)


class _TappedLink:
    def __init__(self, link: Link, tap: Tap, sent: list[bytes], received: list[bytes]) -> None:
        self._link = link
        self._tap = tap
        self._sent = sent
        self._received = received

    async def send(self, data: str | bytes) -> None:
        self._sent.append(data.encode() if isinstance(data, str) else data)
        await self._link.send(data)

    async def receive(self) -> str | bytes:
        data = await self._link.receive()
        while self._tap.stalls:
            data = await self._link.receive()
        self._received.append(data.encode() if isinstance(data, str) else data)
        return data

    async def aclose(self) -> None:
        await self._link.aclose()

    async def abort(self) -> None:
        await self._link.abort()


def _occurs(text: str, messages: list[bytes]) -> bool:
    forms = list(encodings(text))
    return any(form in message for message in messages for form in forms)


def encodings(text: str) -> Iterator[bytes]:
    """The forms in which a text could be on its way; short texts occur by chance, so use long ones."""
    plain = text.encode()
    yield plain
    yield json.dumps(text)[1:-1].encode()
    yield "".join(f"\\u{ord(letter):04x}" for letter in text).encode()
    yield quote(text).encode()
    yield plain.hex().encode()
    yield text[::-1].encode()
    for offset in range(3):
        # What comes before shifts the groups of three bytes: leave out what depends on the neighbours.
        coded = base64.b64encode(b"\0" * offset + plain)
        core = coded[-(-offset * 8 // 6) : len(coded) - 4]
        if len(core) >= 8:
            yield core
            yield core.replace(b"+", b"-").replace(b"/", b"_")

"""The opening handshake of a WebSocket, for a client that opens thousands to the same address.

`websockets` makes the request and judges the answer.  What differs from one link to the next is the key
alone, so the request is made once; and the answer that servers give, a 101 with nothing remarkable in it, is
recognized here.  Whatever else comes is the library's to judge.
"""

import re
from collections.abc import Sequence
from typing import Final

from websockets.client import ClientProtocol
from websockets.typing import Origin, Subprotocol
from websockets.uri import WebSocketURI
from websockets.utils import accept_key

from .links import MAX_RECEIVED_BYTES

#: A whole answer, and nothing behind it: stricter in every part than what `websockets` takes.
_PLAIN: Final = re.compile(
    rb"HTTP/1\.1 101 (?:Switching Protocols)?\r\n((?:[A-Za-z-]{1,40}: [\x21-\x7e][\x20-\x7e]{0,255}\r\n){3,20})\r\n"
)


class Handshake:
    """What links to one address ask, and what they take for an answer."""

    def __init__(self, uri: WebSocketURI, origin: str | None, subprotocols: Sequence[str]) -> None:
        self.uri = uri
        self._origin = None if origin is None else Origin(origin)
        self._subprotocols = [Subprotocol(one) for one in subprotocols]
        model = self.protocol()
        self._before, _, self._after = model.connect().serialize().partition(model.key.encode())

    def protocol(self, key: str = "") -> ClientProtocol:
        """The library's protocol, which knows the whole handshake; with this key, if it is to judge an answer."""
        protocol = ClientProtocol(
            self.uri, origin=self._origin, subprotocols=self._subprotocols, max_size=MAX_RECEIVED_BYTES
        )
        protocol.key = key or protocol.key
        return protocol

    def request(self, key: str) -> bytes:
        """What a link with this key (RFC 6455, 4.1) sends first."""
        return self._before + key.encode() + self._after

    def agreed(self, answer: bytes, key: str) -> str | None:
        """The subprotocol ("" for none) that a plain answer agrees on; None where the library has to judge it."""
        plain = _PLAIN.fullmatch(answer)
        if plain is None:
            return None
        fields: dict[bytes, bytes] = {}
        lines = plain[1].split(b"\r\n")[:-1]
        for line in lines:
            name, _, value = line.partition(b": ")
            fields[name.lower()] = value
        subprotocol = fields.get(b"sec-websocket-protocol", b"").decode()
        is_plain = (
            len(fields) == len(lines)  # none came twice
            and fields.get(b"upgrade", b"").lower() == b"websocket"
            and fields.get(b"connection", b"").lower() == b"upgrade"
            and fields.get(b"sec-websocket-accept") == accept_key(key).encode()
            and b"sec-websocket-extensions" not in fields
            and (not subprotocol or subprotocol in self._subprotocols)
        )
        return subprotocol if is_plain else None

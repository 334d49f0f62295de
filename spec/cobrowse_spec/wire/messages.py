"""Control messages: one JSON object in a text message, either way.

A party sends ``{"id": 3, "do": {"type": "request"}}``: its own number for the message, and an
action.  The server sends ``{"see": {"type": "asked", …}, "n": 12, "epoch": 9, "re": 3}``: an
observation, its place in the session's one order, the epoch in force, and the number of the message
that it answers, if any.  Decoding is strict: unknown fields and types are errors that say where.
"""

import json
import re
from typing import Annotated, Final, TypeVar

import msgspec

from ..actions import LinkAction
from ..observations import LinkObservation
from ..terms import Party, Reason

_M = TypeVar("_M")

#: The WebSocket subprotocol that both ends must agree on.
SUBPROTOCOL: Final = "cobrowse.v1"

#: Where each party opens its WebSocket.
PATHS: Final = {
    Party.CUSTOMER: "/v1/customer",
    Party.AGENT: "/v1/agent",
    Party.CONTROLLER: "/v1/controller",
}

#: The largest control message, in bytes of UTF-8.
MAX_MESSAGE_BYTES: Final = 1 << 20

#: Messages in error after which a server closes that link (SECURE-4).
MAX_ERRORS_PER_LINK: Final = 20


class FromParty(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """What a customer, an agent or a controller sends."""

    #: The sender's own number for this message; answers repeat it as ``re``.
    id: Annotated[int, msgspec.Meta(ge=1)]
    do: LinkAction


class ToParty(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """What the server sends."""

    see: LinkObservation
    #: The place in the session's order of what caused this; the same number on both links.
    n: int = 0
    #: The place in that order of the last change of state; acts and frames carry it back.
    epoch: int = 0
    #: The ``id`` of the message that this answers; 0 where it answers none.
    re: int = 0
    #: The number of this notice among those to this party in this session; 0 where it is none that would be told
    #: again.  A party that resumes says which it had last (RESUME-2).
    notice: int = 0


class WireError(Exception):
    """A message that is not ``cobrowse.v1``.  Says why, and which message if that can be told."""

    def __init__(self, reason: Reason, message: str, number: int = 0) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.number = number


_from_party: Final = msgspec.json.Decoder(FromParty)
_to_party: Final = msgspec.json.Decoder(ToParty)
_encoder: Final = msgspec.json.Encoder()


def encode(message: FromParty | ToParty) -> str:
    """The message as the text of one WebSocket message."""
    return _encoder.encode(message).decode()


def decode_from_party(text: str) -> FromParty:
    """Decode what a party sent; raises :class:`WireError` (SECURE-4)."""
    return _decode(_from_party, text)


def decode_to_party(text: str) -> ToParty:
    """Decode what a server sent; raises :class:`WireError`."""
    return _decode(_to_party, text)


def _decode(decoder: "msgspec.json.Decoder[_M]", text: str) -> _M:
    # A character is four bytes at most: few messages have to be counted.
    if len(text) > MAX_MESSAGE_BYTES // 4 and len(text.encode(errors="replace")) > MAX_MESSAGE_BYTES:
        raise WireError(Reason.TOO_LARGE, f"a message is at most {MAX_MESSAGE_BYTES} bytes")
    try:
        return decoder.decode(text)
    except msgspec.ValidationError as error:
        unknown = str(error).startswith("Invalid value") and "type`" in str(error)
        reason = Reason.UNKNOWN_TYPE if unknown else Reason.MALFORMED
        raise WireError(reason, _without_values(str(error)), _number_of(text)) from None
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise WireError(Reason.MALFORMED, f"not a JSON message: {error}") from None


def _without_values(message: str) -> str:
    """The decoder's message without what was sent: it may be a token or content (SECURE-6)."""
    return re.sub(r"'.*'", "", message, flags=re.DOTALL).replace("  ", " ")


def _number_of(text: str) -> int:
    """The ``id`` of a message that is valid JSON but no valid message."""
    try:
        number = json.loads(text).get("id", 0)
    except (ValueError, AttributeError, RecursionError):
        return 0
    return number if isinstance(number, int) and not isinstance(number, bool) else 0

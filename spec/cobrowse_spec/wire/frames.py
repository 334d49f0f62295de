"""Frames: mirrored content and pointer moves, as binary messages with a tiny header.

Six bytes, then the payload: kind (1 byte), hand (1 byte: 1 where the party's own hand caused it, 0
where the page did by itself), epoch (4 bytes, big endian).  A frame by hand counts as activity
(STOP-7).  The epoch is the newest that the sender had seen in a control message; the server drops frames from
before the current stretch, so that nothing from before a suspension arrives after it (SITE-1).

The server never looks into a payload.  The ends agree on it: content is one UTF-8 JSON array of
rrweb events (:data:`CONTENT`), a pointer is two unsigned 16-bit numbers, big endian, in CSS pixels
of the customer's viewport (:data:`POINTER`).
"""

import struct
from typing import Final, NamedTuple

from ..terms import Reason
from .messages import WireError

#: Mirrored content: customer to agent only.
CONTENT: Final = 1
#: A pointer's place: either way.
POINTER: Final = 2

#: The largest frame, header included, in bytes.
MAX_FRAME_BYTES: Final = 8 << 20

_HEADER: Final = struct.Struct(">BBI")
_POINT: Final = struct.Struct(">HH")


class Frame(NamedTuple):
    """A decoded frame."""

    kind: int
    by_hand: bool
    epoch: int
    payload: bytes


def encode_frame(kind: int, epoch: int, payload: bytes, *, by_hand: bool = True) -> bytes:
    """The frame as the bytes of one WebSocket message."""
    return _HEADER.pack(kind, by_hand, epoch) + payload


def decode_frame(data: bytes) -> Frame:
    """Split header and payload; raises :class:`WireError` for what is no frame (SECURE-4)."""
    if len(data) > MAX_FRAME_BYTES:
        raise WireError(Reason.TOO_LARGE, f"a frame is at most {MAX_FRAME_BYTES} bytes")
    if len(data) < _HEADER.size:
        raise WireError(Reason.MALFORMED, f"a frame has a header of {_HEADER.size} bytes")
    kind, by_hand, epoch = _HEADER.unpack_from(data)
    if kind not in (CONTENT, POINTER) or by_hand not in (0, 1):
        raise WireError(Reason.UNKNOWN_TYPE, "a frame begins with its kind (1 or 2) and its hand (0 or 1)")
    return Frame(kind, bool(by_hand), epoch, data[_HEADER.size :])


def encode_point(x: int, y: int) -> bytes:
    """A pointer payload; coordinates are clamped to 0…65535 CSS pixels."""
    return _POINT.pack(min(max(x, 0), 0xFFFF), min(max(y, 0), 0xFFFF))


def decode_point(payload: bytes) -> tuple[int, int]:
    """The place in a pointer payload; raises :class:`WireError` where it is none."""
    if len(payload) != _POINT.size:
        raise WireError(Reason.MALFORMED, f"a pointer payload has {_POINT.size} bytes")
    x, y = _POINT.unpack(payload)
    return x, y

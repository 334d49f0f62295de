"""What bytes say, in every encoding in which a text could be on its way.

:func:`readings` gives the bytes themselves and then, step by step and up to a depth, what they are when they are taken
for an encoding: escapes of JSON, of addresses and of HTML, quoted-printable, hexadecimal, base64 at any offset, arrays of
numbers, UTF-16, and gzip, deflate and zlib at any place where they could begin.  What cannot be decoded here (brotli, and
zstd before Python 3.14) is named by :func:`opaque`, so that it is not taken for silence.  The strings of MessagePack and
CBOR stand in clear.

Order: readings, escapes, runs of another alphabet, compression.
"""

import base64
import binascii
import html
import quopri
import re
import zlib
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple
from urllib.parse import unquote_to_bytes

#: How many encodings deep is looked, one in the other.
DEPTH: Final = 3
#: The shortest result of an encoding that is looked at, in bytes.
SHORTEST: Final = 6
#: The most that compressed data may become, in bytes: as much as a page, and no bomb.
LARGEST: Final = 64 << 20
#: How much is read of one piece, all encodings together, in bytes.
MOST: Final = 512 << 20


#: The longest data of which it is tried whether it was encoded and then turned round, in bytes.
TURNED: Final = 1 << 16


class Reading(NamedTuple):
    """What bytes say in some encodings, the outermost first; none: as they are."""

    encodings: tuple[str, ...]
    data: bytes


class TooMuch(Exception):
    """More encodings in each other than can be read: what they hold is not known."""


def readings(data: bytes, depth: int = DEPTH) -> Iterator[Reading]:
    """Every reading of the data; raises :class:`TooMuch` rather than leaving any out."""
    seen = {hash(data)}
    level = [Reading((), data)]
    if len(data) <= TURNED:
        level.append(Reading(("backwards",), data[::-1]))
    read = 0
    while level:
        deeper: list[Reading] = []
        for reading in level:
            yield reading
            if sum(name != _NO_STEP for name in reading.encodings) >= depth:
                continue
            for name, decode in _DECODERS.items():
                if reading.encodings[-1:] == (_NO_STEP,) == (name,):
                    continue
                for found in decode(reading.data):
                    if len(found) < SHORTEST or hash(found) in seen:
                        continue
                    seen.add(hash(found))
                    read += len(found)
                    if read > MOST:
                        raise TooMuch
                    deeper.append(Reading((*reading.encodings, name), found))
        level = deeper


# Escapes


_ESCAPED: Final = re.compile(
    rb"\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([0-7]{3})|(.))", re.DOTALL
)
_SHORT: Final = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"b": b"\b", b"f": b"\f"}


def _unescaped(found: re.Match[bytes]) -> bytes:
    code = found[1] or found[2] or found[3]
    if code is not None:
        number = int(code, 16)
        return b"?" if 0xD800 <= number < 0xE000 or number > 0x10FFFF else chr(number).encode()
    if found[4] is not None:
        return bytes((int(found[4], 8) & 0xFF,))
    return _SHORT.get(found[5], found[5])


def _backslashes(data: bytes) -> Iterator[bytes]:
    """As JSON, JavaScript and CSS escape."""
    if b"\\" in data:
        yield _ESCAPED.sub(_unescaped, data)
    if _CSS.search(data):
        yield _CSS.sub(lambda found: chr(min(int(found[1], 16), 0xD7FF)).encode(), data)


_CSS: Final = re.compile(rb"\\([0-9a-fA-F]{1,6})[ \t\n]?")
_PERCENT: Final = re.compile(rb"%[0-9a-fA-F]{2}")
_ENTITY: Final = re.compile(rb"&#?\w{2,32};")
_QUOTED: Final = re.compile(rb"=(?:[0-9A-Fa-f]{2}|\r?\n)")


def _percent(data: bytes) -> Iterator[bytes]:
    """As addresses and forms escape."""
    if _PERCENT.search(data):
        yield unquote_to_bytes(data)
    if b"+" in data:
        yield unquote_to_bytes(data.replace(b"+", b" "))


def _entities(data: bytes) -> Iterator[bytes]:
    """As HTML and XML escape."""
    if _ENTITY.search(data):
        plain = _NUMERIC.sub(_letter, data)
        yield html.unescape(plain.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")


_NUMERIC: Final = re.compile(rb"&#(?:[xX]([0-9a-fA-F]{1,6})|([0-9]{1,7}));?")


def _letter(found: re.Match[bytes]) -> bytes:
    number = int(found[1], 16) if found[1] else int(found[2])
    return b"?" if 0xD800 <= number < 0xE000 or number > 0x10FFFF else chr(number).encode()


def _quoted_printable(data: bytes) -> Iterator[bytes]:
    if _QUOTED.search(data):
        yield quopri.decodestring(data)


def _narrow(data: bytes) -> Iterator[bytes]:
    """Bytes that were taken for letters, each by itself, and written as UTF-8: how scripts put packed data in a string."""
    if b"\xc2" in data or b"\xc3" in data:
        yield data.decode("utf-8", "replace").encode("latin-1", "replace")


# Runs of another alphabet


_HEX: Final = re.compile(rb"[0-9a-fA-F]{12,}|(?:[0-9a-fA-F]{2}[ :,-]){5,}[0-9a-fA-F]{2}")
_B64: Final = re.compile(rb"[A-Za-z0-9+/_-]{8,}(?:\r?\n[A-Za-z0-9+/_-]+)*={0,2}")
_NUMBERS: Final = re.compile(rb"\d{1,3}(?:\s*,\s*(?:\"\d+\"\s*:\s*)?\d{1,3}){5,}")
_WIDE_LITTLE: Final = re.compile(rb"(?:.\x00){6,}", re.DOTALL)
_WIDE_BIG: Final = re.compile(rb"(?:\x00.){6,}", re.DOTALL)

#: Stands between runs that were far from each other: nothing reads across it.
_GAP: Final = b"\x00\x01\x00"


def _hexadecimal(data: bytes) -> Iterator[bytes]:
    runs = [re.sub(rb"[ :,-]", b"", one[0]) for one in _HEX.finditer(data)]
    if runs:
        yield _GAP.join(binascii.unhexlify(run[: len(run) & ~1]) for run in runs)
        yield _GAP.join(binascii.unhexlify(run[1 : 1 + ((len(run) - 1) & ~1)]) for run in runs)


def _base64(data: bytes) -> Iterator[bytes]:
    """Also in its alphabet for addresses, and also where only a part of a larger run is meant."""
    runs = [re.sub(rb"[\r\n=]", b"", one[0]).translate(_B64_ALPHABET) for one in _B64.finditer(data)]
    for offset in range(4 if runs else 0):
        yield _GAP.join(_from_base64(run[offset:]) for run in runs)


_B64_ALPHABET: Final = bytes.maketrans(b"-_", b"+/")


def _from_base64(run: bytes) -> bytes:
    whole = run if len(run) % 4 != 1 else run[:-1]
    return base64.b64decode(whole + b"=" * (-len(whole) % 4))


def _numbers(data: bytes) -> Iterator[bytes]:
    """Arrays of bytes, written as numbers, with or without their indices."""
    runs = []
    for one in _NUMBERS.finditer(data):
        values = [int(number) for number in re.findall(rb"\d+", re.sub(rb"\"\d+\"\s*:", b"", one[0]))]
        runs.append(bytes(number & 0xFF for number in values))
    if runs:
        yield _GAP.join(runs)


def _wide(data: bytes) -> Iterator[bytes]:
    """UTF-16, in either order of bytes."""
    for pattern, at in ((_WIDE_LITTLE, 0), (_WIDE_BIG, 1)):
        runs = [one[0][at::2] for one in pattern.finditer(data)]
        if runs:
            yield _GAP.join(runs)


# Compression


_GZIP: Final = re.compile(rb"\x1f\x8b\x08")
_ZLIB: Final = re.compile(rb"[\x08\x18\x28\x38\x48\x58\x68\x78][\x01-\xff]")
#: How far into a message a frame's own header may go, before raw deflate begins.
_HEADER: Final = 16


def _inflate(data: memoryview, window: int) -> bytes:
    """What compressed data holds, as far as it goes; nothing where it is none."""
    inflating = zlib.decompressobj(window)
    found = bytearray()
    try:
        # In parts, so that what comes before a fault is kept.
        for at in range(0, len(data), 4096):
            found += inflating.decompress(data[at : at + 4096], LARGEST - len(found))
            if inflating.eof or len(found) >= LARGEST:
                break
        found += inflating.flush() if not inflating.eof else b""
    except zlib.error:
        pass
    return bytes(found)


def _gzip(data: bytes) -> Iterator[bytes]:
    for one in _GZIP.finditer(data):
        yield _inflate(memoryview(data)[one.start() :], 31)


def _zlib(data: bytes) -> Iterator[bytes]:
    view = memoryview(data)
    for one in _ZLIB.finditer(data):
        if (one[0][0] << 8 | one[0][1]) % 31 == 0:
            if len(_inflate(view[one.start() : one.start() + 512], 15)) >= SHORTEST:
                yield _inflate(view[one.start() :], 15)


def _deflate(data: bytes) -> Iterator[bytes]:
    """Without any header, so only where a message begins."""
    view = memoryview(data)
    for at in range(min(_HEADER, len(data))):
        if len(_inflate(view[at : at + 512], -15)) >= SHORTEST:
            yield _inflate(view[at:], -15)


#: Not counted as a step: it only goes with packed data.
_NO_STEP: Final = "bytes as letters"

#: By the names that reports show.
_DECODERS: Final[dict[str, Callable[[bytes], Iterator[bytes]]]] = {
    "escapes": _backslashes,
    "percent": _percent,
    "entities": _entities,
    "quoted-printable": _quoted_printable,
    "hexadecimal": _hexadecimal,
    "base64": _base64,
    "numbers": _numbers,
    "UTF-16": _wide,
    _NO_STEP: _narrow,
    "gzip": _gzip,
    "zlib": _zlib,
    "deflate": _deflate,
}


def opaque(data: bytes) -> str:
    """The name of a compression that the data begins with and that cannot be read here; empty: none is seen."""
    return "zstd" if data.startswith(b"\x28\xb5\x2f\xfd") else ""

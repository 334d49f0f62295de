"""Canaries are found in whatever encoding, and nothing else is taken for one."""

import base64
import gzip
import json
import quopri
import random
import zlib
from collections.abc import Callable
from typing import Final
from urllib.parse import quote

import pytest
from cobrowse_conformance.browser import decoders
from cobrowse_conformance.browser.canaries import ALPHABET, HALF, Canaries
from cobrowse_conformance.browser.decoders import Reading, TooMuch, opaque, readings
from hypothesis import given, settings
from hypothesis import strategies as draw

Encode = Callable[[bytes], bytes]


def _text(data: bytes) -> str:
    """Bytes as a script has them in a string: as UTF-8 where they are, else each byte a letter."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _raw_deflate(data: bytes) -> bytes:
    squeezing = zlib.compressobj(wbits=-15)
    return squeezing.compress(data) + squeezing.flush()


def _message_pack(data: bytes) -> bytes:
    return b"\x81\xa1v\xdb" + len(data).to_bytes(4, "big") + data


def _form(data: bytes) -> bytes:
    return b"a=b&c=" + quote(data, safe="").encode()


ENCODERS: Final[dict[str, Encode]] = {
    "as JSON": lambda data: json.dumps({"a": [1, _text(data)]}).encode(),
    "as JSON's numbers of letters": lambda data: "".join(f"\\u{ord(one):04x}" for one in _text(data) if ord(one) < 65536).encode(),
    "as CSS": lambda data: "".join(f"\\{ord(one):x} " for one in _text(data)).encode(),
    "as a form": _form,
    "as an address, every letter": lambda data: "".join(f"%{one:02x}" for one in data).encode(),
    "as HTML, decimal": lambda data: "".join(f"&#{ord(one)};" for one in _text(data)).encode(),
    "as HTML, hexadecimal": lambda data: "".join(f"&#x{ord(one):X};" for one in _text(data)).encode(),
    "quoted-printable": quopri.encodestring,
    "hexadecimal": lambda data: data.hex().encode(),
    "hexadecimal in capitals, with spaces": lambda data: data.hex(" ").upper().encode(),
    "hexadecimal after an odd digit": lambda data: b"7" + data.hex().encode(),
    "base64": base64.b64encode,
    "base64 for addresses": lambda data: base64.urlsafe_b64encode(data).rstrip(b"="),
    "base64, one byte on": lambda data: base64.b64encode(b"x" + data),
    "base64, two bytes on": lambda data: base64.b64encode(b"xy" + data + b"z"),
    "base64 in a path": lambda data: b"/a/" + base64.b64encode(data),
    "base64 in lines": base64.encodebytes,
    "numbers": lambda data: json.dumps(list(data)).encode(),
    "numbers with indices": lambda data: json.dumps(dict(enumerate(data))).encode(),
    "UTF-16, little end first": lambda data: _text(data).encode("utf-16-le"),
    "UTF-16, big end first": lambda data: b"\xfe\xff" + _text(data).encode("utf-16-be"),
    "gzip": gzip.compress,
    "gzip after a header": lambda data: b"\x01\x00\x07" + gzip.compress(data),
    "gzip deep in a message": lambda data: b"message " * 9 + gzip.compress(data),
    "zlib": lambda data: b"frame" + zlib.compress(data, 9),
    "zlib deep in a message": lambda data: b"message " * 9 + zlib.compress(data),
    "zlib, stored": lambda data: zlib.compress(data, 0),
    "deflate": _raw_deflate,
    "deflate after a header": lambda data: b"\x02\x00\x00\x09" + _raw_deflate(data),
    "packed in a string": lambda data: zlib.compress(data).decode("latin-1").encode(),
    "MessagePack": _message_pack,
    "backwards": lambda data: data[::-1],
    "capitals": lambda data: data.upper(),
}  # fmt: skip

#: What is made of letters alone.
OF_LETTERS: Final = frozenset(
    {
        "as CSS",
        "as HTML, decimal",
        "as HTML, hexadecimal",
        "UTF-16, little end first",
        "UTF-16, big end first",
    }
)

#: What changes letters of which encodings are made, so that only text can come out of it.
_LAST: Final = frozenset({"backwards", "capitals"})


def found(canaries: Canaries, data: bytes) -> set[str]:
    """The places of the canaries in the data."""
    return {canary.place for reading in readings(data) for canary in canaries.among(reading.data)}


# Each by itself


@pytest.mark.parametrize("encoder", ENCODERS)
def test_an_encoding_is_read(encoder: str) -> None:
    """A canary among other text is found in it, and its twin that is not there is not."""
    canaries = Canaries()
    here, elsewhere = canaries.make("here", masked=True), canaries.make("elsewhere", masked=True)
    data = ENCODERS[encoder](f"<p title='x'>{here.text}</p>".encode())

    assert here.text != elsewhere.text
    assert {"here"} == found(canaries, data)


#: What a story types, at the end of a line so long that it is broken within.
TYPED: Final = b"Canary = of the open field"
LINE: Final = b"before " * 8 + TYPED


def reads(data: bytes) -> bool:
    """Whether what was typed is in any reading."""
    return any(TYPED in reading.data for reading in readings(data))


@pytest.mark.parametrize("encoder", [one for one in ENCODERS if one not in _LAST])
def test_any_text_is_read_and_not_canaries_alone(encoder: str) -> None:
    """What a story types is found by its whole text."""
    assert reads(ENCODERS[encoder](LINE))


@pytest.mark.parametrize("decoder", decoders._DECODERS)
def test_without_a_decoder_its_encoding_is_not_read(decoder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each decoder is needed for something: no test passes by another's work."""
    monkeypatch.delitem(decoders._DECODERS, decoder)

    assert not all(reads(ENCODERS[encoder](LINE)) for encoder in ENCODERS if encoder not in _LAST)


# Together


@settings(max_examples=100, deadline=None)
@given(
    draw.integers(0, 1 << 32),
    draw.lists(draw.sampled_from(sorted(ENCODERS)), min_size=1, max_size=3),
)
def test_a_canary_is_found_in_any_three_encodings(seed: int, names: list[str]) -> None:
    """One in the other, in any order."""
    canaries = Canaries(random.Random(seed).choice)  # noqa: S311 -- a seed that repeats
    canary = canaries.make("here", masked=True)
    encoded = b"before " + canary.text.encode() + b" after"
    for place, name in enumerate(names):
        if name == "capitals" and place > 0:
            continue  # capitals of what was encoded are another text
        if name == "backwards" and 0 < place < len(names) - 1:
            continue  # as a whole, or the text itself
        if name in OF_LETTERS and not encoded.isascii():
            continue  # nobody writes bytes that are no letters so
        encoded = ENCODERS[name](encoded)

    assert {"here"} == found(canaries, encoded)


@settings(max_examples=30, deadline=None)
@given(draw.integers(1, HALF * 2 - 1))
def test_a_canary_that_is_cut_in_two_is_found(at: int) -> None:
    """Wherever it is cut, one half is whole."""
    canaries = Canaries()
    text = canaries.make("here", masked=True).text.encode()

    assert {"here"} == found(canaries, text[:at]) | found(canaries, text[at:])


FIFTY: Final = Canaries()
for number in range(50):
    FIFTY.make(str(number), masked=True)


@settings(max_examples=60, deadline=None)
@given(draw.one_of(draw.binary(max_size=2000), draw.text(max_size=800).map(str.encode)))
def test_what_is_no_canary_is_not_found(data: bytes) -> None:
    """Bytes at random hold none."""
    assert set() == found(FIFTY, data)


# Canaries


def test_canaries_have_nothing_in_common() -> None:
    """No half is in another canary, and each has an alphabet that survives every place."""
    canaries = Canaries()
    texts = [canaries.make(str(number), masked=number % 2 == 0).text for number in range(300)]

    assert 300 == len(canaries)
    assert 600 == len({text[:HALF] for text in texts} | {text[HALF:] for text in texts})
    assert all(set(text) <= set(ALPHABET) for text in texts)
    assert all(text.count("zq") == 2 for text in texts)
    assert all(
        set() == canaries.among(text[1:].encode()) - {one} or len(canaries.among(text.encode())) == 1
        for one, text in zip(canaries, texts, strict=True)
    )


def test_runs_have_canaries_of_their_own() -> None:
    """What leaked in one run is not found in the next."""
    one, other = Canaries(), Canaries()
    text = one.make("here", masked=True).text
    other.make("here", masked=True)

    assert set() == other.among(text.encode())


# Bounds


def test_a_bomb_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it holds is not known, and that is said."""
    monkeypatch.setattr(decoders, "MOST", 1 << 20)
    with pytest.raises(TooMuch):
        list(readings(gzip.compress(bytes(2 << 20))))


def test_what_cannot_be_read_is_named() -> None:
    """So that it is not taken for silence."""
    assert "zstd" == opaque(b"\x28\xb5\x2f\xfd\x00")
    assert "" == opaque(b"{}")


def test_the_first_reading_is_the_bytes_themselves() -> None:
    """Whatever they are."""
    assert Reading((), b"\x00") == next(readings(b"\x00"))

"""What an SQLite database holds, read from the bytes of its two files and from nothing else.

A journal is looked at before SQLite opens it, for to open is to change: whoever closes a database last
moves its write-ahead log into it, and what was damaged is then damaged for good.  :func:`read_image`
does in memory what SQLite would do: it puts the pages of all finished transactions in the log into the
database.  Where SQLite stops without a word at the first page of the log that is damaged, it raises
:class:`Damaged` if finished transactions follow.

The formats: https://www.sqlite.org/fileformat2.html, sections 1.3 (the header) and 4 (the log).
"""

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

_MAGIC: Final = b"SQLite format 3\0"
_HEADER_BYTES: Final = 100
#: Page size, at 16; the versions for writing and reading, at 18, are 2 each where there is a log.
_PAGE_SIZE: Final = struct.Struct(">16xH")
_WITH_LOG: Final = b"\x02\x02"
_WITHOUT_LOG: Final = b"\x01\x01"
#: Pages, at 28; the database's own version, at 60; who owns the format, at 68.
_PAGES: Final = struct.Struct(">28xI")
_VERSIONS: Final = struct.Struct(">60xI4xI")

_LOG_HEADER: Final = struct.Struct(">8I")
_FRAME_HEADER: Final = struct.Struct(">6I")
#: The first word of a log, for checksums over little-endian words; the next number is for big-endian ones.
_LOG_MAGIC: Final = 0x377F0682

#: A log's running checksum, and the two words that tell its pages from those of the log before.
Pair = tuple[int, int]


class Damaged(ValueError):
    """This is no whole database: says what is wrong with it."""


class Image(NamedTuple):
    """A database as bytes, with the log worked in."""

    data: bytes
    application: int
    version: int


def read_image(data: bytes, log: bytes) -> Image:
    """The database that SQLite would find in these two files; raises :class:`Damaged`."""
    if not data.startswith(_MAGIC) or len(data) < _HEADER_BYTES:
        raise Damaged("it is no SQLite database")
    (size,) = _PAGE_SIZE.unpack_from(data)
    size = 65536 if size == 1 else size
    if size < 512 or size & (size - 1):
        raise Damaged("its header is damaged")
    frames = tuple(_finished(log, size))
    if data[18:20] != _WITH_LOG:
        raise Damaged("its header is damaged, or is another program's")
    image = bytearray(data)
    (pages,) = _PAGES.unpack_from(data)
    if frames:
        pages = frames[-1].pages
        _work_in(image, frames, size)
    if len(image) < pages * size or (not frames and len(image) != pages * size):
        raise Damaged("it has been cut short, or is damaged")
    image[18:20] = _WITHOUT_LOG
    version, application = _VERSIONS.unpack_from(image)
    return Image(bytes(image[: pages * size]), application, version)


class _Frame(NamedTuple):
    """A page in the log."""

    page: int
    #: The size of the database in pages, where the page is the last one of a transaction; else 0.
    pages: int
    content: bytes


def _work_in(image: bytearray, frames: tuple[_Frame, ...], size: int) -> None:
    for frame in frames:
        at = (frame.page - 1) * size
        if len(image) < at:
            image.extend(bytes(at - len(image)))  # it comes later in the log, or an error is found
        image[at : at + size] = frame.content


def _finished(log: bytes, size: int) -> Iterator[_Frame]:
    """The frames of the log up to the end of its last finished transaction."""
    if not log.strip(b"\0"):
        return
    if len(log) < _LOG_HEADER.size:
        raise Damaged("its write-ahead log has been cut short")
    magic, _, page_size, _, salt1, salt2, *check = _LOG_HEADER.unpack_from(log)
    order = ">" if magic & 1 else "<"
    begun = _sum(log[: _LOG_HEADER.size - 8], (0, 0), order)
    if magic & ~1 != _LOG_MAGIC or page_size != size or begun != tuple(check):
        raise Damaged("the header of its write-ahead log is damaged")
    open_frames: list[_Frame] = []
    at = _LOG_HEADER.size
    while at + _FRAME_HEADER.size + size <= len(log):
        frame, begun_next = _frame(log, at, size, begun, (salt1, salt2), order)
        if frame is None:
            if _transactions(log, at, size, (salt1, salt2)) > 1:
                raise Damaged("its write-ahead log is damaged: transactions that were finished are lost")
            return
        begun = begun_next
        at += _FRAME_HEADER.size + size
        open_frames.append(frame)
        if frame.pages:
            yield from open_frames
            open_frames.clear()


def _frame(log: bytes, at: int, size: int, begun: Pair, salt: Pair, order: str) -> tuple[_Frame | None, Pair]:
    """The frame here, if it is whole and of this log, and the checksum after it."""
    page, pages, salt1, salt2, *check = _FRAME_HEADER.unpack_from(log, at)
    body = at + _FRAME_HEADER.size
    content = log[body : body + size]
    if (salt1, salt2) != salt or not page:
        return None, begun
    after = _sum(content, _sum(log[at : at + 8], begun, order), order)
    return (_Frame(page, pages, content) if after == tuple(check) else None), after


def _transactions(log: bytes, at: int, size: int, salt: Pair) -> int:
    """How many transactions of this log end in its frames from here on, of which the first is not whole.

    One may: the power failed while its pages, the last among them, were on their way to the disk, and
    nobody was told of it.  The next one is begun only when the one before is safe.
    """
    step = _FRAME_HEADER.size + size
    headers = (_FRAME_HEADER.unpack_from(log, here) for here in range(at, len(log) - step + 1, step))
    return sum((salt1, salt2) == salt and pages > 0 for _, pages, salt1, salt2, *_ in headers)


def _sum(data: bytes, begun: Pair, order: str) -> Pair:
    """SQLite's checksum over pairs of 32-bit words, continued."""
    one, two = begun
    words = struct.unpack(f"{order}{len(data) // 4}I", data)
    for first, second in zip(words[::2], words[1::2], strict=True):
        one = (one + first + two) & 0xFFFFFFFF
        two = (two + second + one) & 0xFFFFFFFF
    return one, two

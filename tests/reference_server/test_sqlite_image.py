"""What is read from the bytes of a database is what SQLite finds in it, and damage is seen."""

import random
import sqlite3
import struct
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from cobrowse_server.sqlite_image import Damaged, Image, read_image
from hypothesis import given
from hypothesis import strategies as st

FRAME_BYTES = 24 + 4096
COMMITS = 12


class Files:
    """A database of :data:`COMMITS` rows, a transaction each, as it is on the disk after each of them."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "some.sqlite"
        self.states: list[tuple[bytes, bytes]] = []
        with closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA user_version=7")
            connection.execute("CREATE TABLE t (number INTEGER, text TEXT)")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self.keep()
            for number in range(COMMITS):
                connection.execute("INSERT INTO t VALUES (?, ?)", (number, f"{number:04}" * 300))
                self.keep()

    def keep(self) -> None:
        """Remember both files as they are."""
        log = Path(f"{self.path}-wal")
        self.states.append((self.path.read_bytes(), log.read_bytes()))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """A database that is not changed any more."""
    return Files(tmp_path_factory.mktemp("image"))


def numbers(image: Image) -> list[int]:
    """The rows that are in it, in their order, each of which says what it should."""
    with closing(sqlite3.connect(":memory:")) as database:
        database.deserialize(image.data)
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        rows = database.execute("SELECT number, text FROM t ORDER BY rowid").fetchall()
    assert all(text == f"{number:04}" * 300 for number, text in rows)
    return [number for number, _ in rows]


def test_it_reads_what_sqlite_finds_after_a_crash(files: Files, tmp_path: Path) -> None:
    """Whatever is in the log already, and after SQLite has worked the log in."""
    for count, (data, log) in enumerate(files.states):
        image = read_image(data, log)
        assert (numbers(image), image.version, image.application) == (list(range(count)), 7, 0)
    copy = tmp_path / "copy.sqlite"
    copy.write_bytes(data)
    Path(f"{copy}-wal").write_bytes(log)
    with closing(sqlite3.connect(copy)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

        assert numbers(read_image(copy.read_bytes(), b"")) == list(range(COMMITS))


def test_a_log_that_has_begun_anew_over_the_old_one_is_read_to_its_own_end(tmp_path: Path) -> None:
    """What is left of the old one behind it is in the database already."""
    path = tmp_path / "some.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE t (number INTEGER, text TEXT)")
        for number in range(6):
            connection.execute("INSERT INTO t VALUES (?, ?)", (number, f"{number:04}" * 300))
            if number == 3:
                connection.execute("PRAGMA wal_checkpoint(RESTART)")
        image = read_image(path.read_bytes(), Path(f"{path}-wal").read_bytes())

    assert numbers(image) == list(range(6))


def test_a_log_that_breaks_off_in_a_transaction_ends_before_it(files: Files) -> None:
    """It was being written when the power failed; nobody was told of it."""
    data, log = files.states[-1]
    before = files.states[-2][1]
    for size in range(len(before), len(log), 1021):
        assert numbers(read_image(data, log[:size])) == list(range(COMMITS - 1))


def flips(size: int, count: int) -> Iterator[tuple[int, int]]:
    """Places in so many bytes, and what to change there: seeded, and the first bytes all of them."""
    chance = random.Random(5)  # noqa: S311 # it is to repeat
    places = [*range(min(size, 100)), *(chance.randrange(size) for _ in range(count))]
    return ((place, 1 << chance.randrange(8)) for place in places)


def test_a_flipped_bit_in_the_log_is_seen_where_finished_transactions_follow(files: Files) -> None:
    """Where SQLite would say nothing and lose them. Only the last one can be taken for unfinished."""
    data, log = files.states[-1]
    harmless = 0
    for place, bit in flips(len(log), 300):
        flipped = bytearray(log)
        flipped[place] ^= bit
        try:
            found = numbers(read_image(data, bytes(flipped)))
        except Damaged:
            continue
        harmless += 1
        assert found in (list(range(COMMITS)), list(range(COMMITS - 1)))
    assert harmless < 100


def test_a_log_that_is_not_this_databases_is_refused(files: Files) -> None:
    """Of another page size, or cut off in its header; one of zeros was never written."""
    data, log = files.states[-1]
    with pytest.raises(Damaged, match="header of its write-ahead log"):
        read_image(data, log[:8] + struct.pack(">I", 8192) + log[12:])
    with pytest.raises(Damaged, match="cut short"):
        read_image(data, log[:20])

    assert numbers(read_image(data, bytes(len(log)))) == []


@pytest.mark.parametrize(
    "data, why",
    [
        (b"", "no SQLite database"),
        (b"SQLite format 3\0", "no SQLite database"),
        (b"[settings]\n" * 50, "no SQLite database"),
        (b"SQLite format 3\0\x03\x03" + bytes(100), "header is damaged"),
        (b"SQLite format 3\0\x10\x00\x01\x01" + bytes(100), "another program's"),
        (b"SQLite format 3\0\x10\x00\x02\x02" + bytes(100), "cut short"),
    ],
)
def test_what_is_no_whole_database_is_refused(data: bytes, why: str) -> None:
    """With what is wrong."""
    with pytest.raises(Damaged, match=why):
        read_image(data, b"")


def test_a_database_that_has_been_cut_short_is_refused(files: Files) -> None:
    """At whatever place, with its log or without."""
    data, log = files.states[-1]
    for size in (len(data) - 1, len(data) - 4096, 5000):
        with pytest.raises(Damaged, match="cut short"):
            read_image(data[:size], b"")
    with pytest.raises(Damaged, match="no SQLite database"):
        read_image(data[:99], log)


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_no_bytes_make_it_fail_otherwise(data: bytes, log: bytes) -> None:
    """It reads them or says that they are damaged."""
    for begin in (b"", b"SQLite format 3\0", b"SQLite format 3\0\x02\x00\x02\x02"):
        try:
            read_image(begin + data, log)
        except Damaged:
            continue

"""The file of the durable journal: made whole or not at all, looked at before it is touched, held alone.

Only a file that is in order from the first byte to the last is ever opened by SQLite.  Any other one is
refused as it is, with what to do (:class:`JournalError`): nothing is repaired, and nothing overwritten,
for a journal that lost something would bring ended sessions back to life.

Each row carries a checksum of what it says, an entry's continued from the entry before: SQLite itself
checks how its pages hang together, and not what is written in them.

Order: the format, making a file, taking one, looking at one.
"""

import errno
import os
import sqlite3
import sys
import zlib
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import uuid4

import msgspec
from cobrowse_spec.actions import Deed
from cobrowse_spec.policy import Policy
from cobrowse_spec.session import Session

from .journal import Entry, Recovered, SessionRecord
from .lobby import Interaction
from .records import AgentRecord, PolicyRecord, Record, RestingId, for_the_record
from .sqlite_image import Damaged, read_image

if sys.platform != "win32":
    import fcntl

#: Who owns the format ("cobj"), and which version of it this is: any change of the tables is a new one.
APPLICATION: Final = 0x636F626A
VERSION: Final = 1

#: The tables of records: all alike.
TABLES: Final[dict[type[Record], str]] = {
    AgentRecord: "agents",
    Interaction: "interactions",
    PolicyRecord: "policies",
    RestingId: "resting_ids",
}
_SCHEMA: Final = (
    "CREATE TABLE server (one INTEGER PRIMARY KEY, in_use INTEGER NOT NULL)",
    "CREATE TABLE sessions (session TEXT PRIMARY KEY, begun BLOB NOT NULL, sum INTEGER NOT NULL) WITHOUT ROWID",
    (
        "CREATE TABLE entries (session TEXT NOT NULL, place INTEGER NOT NULL, at REAL NOT NULL,"
        " mark TEXT NOT NULL, token BLOB NOT NULL, deed TEXT NOT NULL, sum INTEGER NOT NULL,"
        " PRIMARY KEY (session, place)) WITHOUT ROWID"
    ),
    *(
        f"CREATE TABLE {table} (name TEXT PRIMARY KEY, record TEXT NOT NULL, sum INTEGER NOT NULL) WITHOUT ROWID"
        for table in TABLES.values()
    ),
)

#: One row, as SQLite takes it.
Row = tuple[object, ...]

_json: Final = msgspec.json.Encoder()
_deed: Final = msgspec.json.Decoder(Deed)
#: Not JSON, which has no infinity for deadlines that do not run.
_session: Final = msgspec.msgpack.Decoder(Session)
_records: Final[dict[type[Record], "msgspec.json.Decoder[Record]"]] = {
    kind: msgspec.json.Decoder(kind) for kind in TABLES
}


class JournalError(Exception):
    """The journal cannot be used, or no longer: names the file, says why and what to do."""


class Tail(NamedTuple):
    """Where a session's journal ends: what the next entry goes on from."""

    policy: Policy
    place: int
    at: float
    #: The checksum of the last row.
    sum: int


class Taken(NamedTuple):
    """A file that this process holds."""

    connection: sqlite3.Connection
    #: The open file whose lock says so.
    lock: int
    recovered: Recovered
    tails: dict[str, Tail]


# The format


def session_row(key: str, begun: Session) -> tuple[Row, Tail]:
    """The row that begins a session."""
    data = msgspec.msgpack.encode(begun)
    total = _sum(0, key, data)
    return (key, data, total), Tail(begun.policy, 0, 0.0, total)


def entry_row(key: str, tail: Tail, entry: Entry) -> tuple[Row, Tail]:
    """The row of a session's next entry: of its deed no more than may be kept."""
    deed = _json.encode(for_the_record(entry.deed, tail.policy)).decode()
    row = (key, entry.place, entry.at, entry.mark, entry.token, deed)
    total = _sum(tail.sum, *row)
    return (*row, total), Tail(tail.policy, entry.place, entry.at, total)


def record_row(record: Record) -> Row:
    """The row of a record."""
    data = _json.encode(record).decode()
    return record.name, data, _sum(0, record.name, data)


def read_entry(place: int, at: float, mark: str, token: bytes, deed: str) -> Entry:
    """An entry from the columns of its row."""
    return Entry(place, _deed.decode(deed), at, mark, token)


def _sum(before: int, *values: object) -> int:
    return zlib.crc32(msgspec.msgpack.encode(values), before)


# Making a file


def _make(path: Path) -> None:
    """Make an empty journal; it has its name only once it is whole.  For nobody else to read."""
    new = path.with_name(f"{path.name}.{uuid4().hex}.new")
    try:
        os.close(os.open(new, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        connection = sqlite3.connect(new, isolation_level=None)
        try:
            for statement in (
                "PRAGMA journal_mode=WAL",
                "PRAGMA synchronous=FULL",
                "BEGIN",
                f"PRAGMA application_id={APPLICATION}",
                f"PRAGMA user_version={VERSION}",
                *_SCHEMA,
                "INSERT INTO server VALUES (1, 0)",
                "COMMIT",
            ):
                connection.execute(statement)
        finally:
            connection.close()
        os.link(new, path)  # which, unlike a renaming, takes nobody's place
    finally:
        for left in (new, Path(f"{new}-wal"), Path(f"{new}-shm")):
            left.unlink(missing_ok=True)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """A new name is safe when its folder is."""
    if sys.platform != "win32":
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


# Taking a file


def take(path: Path) -> Taken:
    """Take hold of the journal in this file, which is made if there is none; raises :class:`JournalError`.

    Waits for the disk: not for the event loop's thread.
    """
    try:
        path = path.resolve()
        if not path.exists():
            _refuse_left_log(path)
            _make(path)
        lock = _open(path)
    except (OSError, RuntimeError, sqlite3.Error) as error:  # RuntimeError: links that lead in a circle
        raise JournalError(f"cannot open the journal {path}: {_words(error)}; {_ELSEWHERE}") from None
    try:
        recovered, tails = _look(path, lock)
        return Taken(_connect(path), lock, recovered, tails)
    except BaseException:
        os.close(lock)
        raise


_ELSEWHERE: Final = "choose another file with --journal"


def _words(error: OSError | RuntimeError | sqlite3.Error) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _refuse_left_log(path: Path) -> None:
    """A log without its database is a journal that somebody is about to lose."""
    if Path(f"{path}-wal").exists():
        raise JournalError(
            f"the journal {path} is missing, but {path.name}-wal beside it is not: they belong together; "
            f"put the file back, or {_move_away(path)}"
        )


def _open(path: Path) -> int:
    """Open and lock the file.  The lock is not SQLite's: this process may open the file once more."""
    if path.is_dir():
        raise JournalError(
            f"cannot use {path} as the journal: it is a folder; name a file in it with --journal"
        )
    if not path.is_file():
        raise JournalError(f"cannot use {path} as the journal: it is no regular file; {_ELSEWHERE}")
    lock = os.open(path, os.O_RDWR | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0))
    if sys.platform != "win32":
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(lock)
            if error.errno in (errno.EACCES, errno.EAGAIN):
                raise _in_use(path) from None
            raise
    return lock


def _in_use(path: Path) -> JournalError:
    return JournalError(
        f"the journal {path} is in use by another process: stop that server first, or {_ELSEWHERE}"
    )


def _connect(path: Path) -> sqlite3.Connection:
    """Open the file for good, and mark it as in use: its log must be there when it is opened again."""
    connection = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
    try:
        for statement in (
            "PRAGMA locking_mode=EXCLUSIVE",
            "PRAGMA journal_mode=WAL",
            "PRAGMA synchronous=FULL",
            "PRAGMA secure_delete=ON",
            "PRAGMA trusted_schema=OFF",
            "BEGIN IMMEDIATE",
            "UPDATE server SET in_use = 1",
            "COMMIT",
            "PRAGMA wal_checkpoint(TRUNCATE)",
        ):
            connection.execute(statement).fetchall()
    except sqlite3.Error as error:
        connection.close()
        if "locked" in str(error):
            raise _in_use(path) from None
        raise JournalError(f"cannot use the journal {path}: {error}; {_ELSEWHERE}") from None
    return connection


# Looking at a file


def _look(path: Path, lock: int) -> tuple[Recovered, dict[str, Tail]]:
    """All that the file holds, once it has proved to be whole; raises :class:`JournalError`."""
    log = Path(f"{path}-wal")
    if Path(f"{path}-journal").exists():
        raise _refused(path, "there is another program's rollback journal beside it")
    try:
        image = read_image(_read(lock), log.read_bytes() if log.exists() else b"")
        if image.application != APPLICATION:
            raise JournalError(
                f"{path} is no journal of this server but another program's database, and is left alone; "
                f"{_ELSEWHERE}"
            )
        if image.version > VERSION:
            raise JournalError(
                f"the journal {path} is of version {image.version}, and this server knows versions up to "
                f"{VERSION}: start the newer server that wrote it, or {_ELSEWHERE}"
            )
        if image.version != VERSION:
            raise Damaged("its version is none")
        database = sqlite3.connect(":memory:")
        try:
            database.deserialize(image.data)
            return _read_all(database, log_is_there=log.exists())
        finally:
            database.close()
    except OSError as error:
        raise JournalError(f"cannot read the journal {path}: {_words(error)}; {_ELSEWHERE}") from None
    except Damaged as error:
        raise _refused(path, str(error)) from None
    except (sqlite3.Error, msgspec.MsgspecError, ValueError, TypeError, OverflowError, MemoryError):
        raise _refused(path, "it is damaged") from None  # their words may hold what is in it


def _refused(path: Path, why: str) -> JournalError:
    return JournalError(
        f"cannot use the journal {path}: {why}. Nothing has been changed; restore it from a copy, "
        f"or {_move_away(path)}"
    )


def _move_away(path: Path) -> str:
    return f"move {path.name} and {path.name}-wal away to begin with no sessions, or {_ELSEWHERE}"


def _read(lock: int) -> bytes:
    """The whole file.  Not opened and closed again: that would take SQLite's own locks off it."""
    os.lseek(lock, 0, os.SEEK_SET)
    chunks = iter(lambda: os.read(lock, 1 << 20), b"")
    return b"".join(chunks)


def _read_all(database: sqlite3.Connection, *, log_is_there: bool) -> tuple[Recovered, dict[str, Tail]]:
    if database.execute("PRAGMA integrity_check(1)").fetchall() != [("ok",)]:
        raise Damaged("it is damaged")
    tables = database.execute("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid")
    if tuple(sql for (sql,) in tables) != _SCHEMA:
        raise Damaged("its tables are not those of a journal")
    marks = database.execute("SELECT one, in_use FROM server").fetchall()
    if marks not in ([(1, 0)], [(1, 1)]):
        raise Damaged("it is damaged")
    if marks == [(1, 1)] and not log_is_there:
        raise Damaged("its server was not stopped, and the -wal file that belongs to it is missing")
    tails: dict[str, Tail] = {}
    sessions = tuple(_read_sessions(database, tails))
    return Recovered(sessions, tuple(_read_records(database))), tails


def _read_sessions(database: sqlite3.Connection, tails: dict[str, Tail]) -> Iterator[SessionRecord]:
    """Every session with its entries; leaves where each ends in ``tails``."""
    rows = database.execute("SELECT session, place, at, mark, token, deed, sum FROM entries ORDER BY 1, 2")
    entries: dict[Any, list[Row]] = {key: list(group) for key, group in groupby(rows, lambda row: row[0])}
    for key, begun, total in database.execute("SELECT session, begun, sum FROM sessions"):
        if total != _sum(0, key, begun):
            raise Damaged("it is damaged")
        session = _session.decode(begun)
        tail = Tail(session.policy, 0, 0.0, total)
        read = []
        for row in entries.pop(key, ()):
            entry, tail = _read_entry(row, tail)
            read.append(entry)
        tails[key] = tail
        yield SessionRecord(key, session, tuple(read))
    if entries:
        raise Damaged("it is damaged")


def _read_entry(row: Any, tail: Tail) -> tuple[Entry, Tail]:
    key, place, at, mark, token, deed, total = row
    if place != tail.place + 1 or total != _sum(tail.sum, key, place, at, mark, token, deed):
        raise Damaged("it is damaged")
    return read_entry(place, at, mark, token, deed), Tail(tail.policy, place, at, total)


def _read_records(database: sqlite3.Connection) -> Iterator[Record]:
    for kind, table in TABLES.items():
        decode: Callable[[str], Record] = _records[kind].decode
        for name, record, total in database.execute(f"SELECT name, record, sum FROM {table}"):  # noqa: S608 # our own name
            if total != _sum(0, name, record):
                raise Damaged("it is damaged")
            yield decode(record)

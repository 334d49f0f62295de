"""The durable journal: what this server has acknowledged survives its crash and restart (RESUME-4).

One SQLite file, with the version of its tables in ``PRAGMA user_version`` (now 1; a newer one is refused):

================ ============================================ =========================================
Table            One row for                                  Holds
================ ============================================ =========================================
``sessions``     a session, until 600 s after its end         what it was before its first deed, with
                                                              its ID, its policy, its chat or call
``entries``      a deed (place, at, mark)                     what may be kept of it, as JSON; the hash
                                                              of the token of the party it brings in
``agents``       an agent                                     its name, the hash of its credential
``interactions`` a chat or call, until an hour after its end  who handles it, the hash of its customer's
                                                              token; of its latest session why it ended,
                                                              and the receipt
``policies``     a policy that was put by REST                its text
``resting_ids``  a session ID, for a day after its session    until when it is not issued again
``server``       (one row)                                    whether a server has it in use
================ ============================================ =========================================

Which party a token is, which IDs are in use, modes, requests, deadlines: all that follows from the
entries by replaying them with ``step``.  Not kept: page content, frames, what agents typed, chats,
plain tokens or credentials, links, guesses (JOIN-8), the controller's key.

**What is lost when.**  A deed is handed to its session, and so answered, only after the transaction
that holds it has been committed with ``synchronous=FULL``: neither a killed process nor a power failure
takes back what somebody was told, as far as the disk keeps its word.  ``NORMAL`` would be as good against
a kill and lose the last moments at a power failure: then a session that its customer had left for good
would be alive again (STOP-5).  Group commit pays for it: while one transaction is on its way to the disk,
all that arrives waits for the next, so the price is one wait for the disk, however many deeds there are.

**Time** is :func:`.alarms.wall_clock`, so that deadlines mean the same to the next process.

SQLite is called in other threads, never in the event loop's, and by one at a time.  When the file cannot
be written (a full disk) the server stops: it could not keep a promise any more.
"""

import os
import sqlite3
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import suppress
from itertools import groupby
from pathlib import Path
from typing import Final, NamedTuple

import trio
from cobrowse_spec.actions import Deed
from cobrowse_spec.session import Session

from . import sqlite_file as file
from .journal import Entry, Recovered
from .records import Record
from .sqlite_file import TABLES, JournalError, Row, Tail

_BEGIN: Final = "INSERT INTO sessions VALUES (?, ?, ?)"
_APPEND: Final = "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?)"
_FORGET: Final = ("DELETE FROM entries WHERE session = ?", "DELETE FROM sessions WHERE session = ?")
_READ: Final = "SELECT place, at, mark, token, deed FROM entries WHERE session = ? AND place > ? AND place <= ? ORDER BY 1"
_KEEP: Final = {kind: f"INSERT OR REPLACE INTO {table} VALUES (?, ?, ?)" for kind, table in TABLES.items()}  # noqa: S608 # our own names
_DROP: Final = {kind: f"DELETE FROM {table} WHERE name = ?" for kind, table in TABLES.items()}  # noqa: S608 # our own names


class _Follower:
    """Who reads on in a session: what is there for it."""

    def __init__(self, after: int) -> None:
        #: The last entry that was written when it came.
        self.after = after
        self.entries: deque[Entry] = deque()
        self.reader = trio.lowlevel.ParkingLot()


class _Open:
    """A session whose journal can be appended to."""

    def __init__(self, tail: Tail) -> None:
        #: Its end, with what is still to be written.
        self.tail = tail
        #: The place of the last entry that has been written.
        self.written = tail.place
        self.forgotten = False
        self.followers: set[_Follower] = set()


class _Statement(NamedTuple):
    sql: str
    row: Row


class _Batch:
    """What goes into one transaction."""

    def __init__(self) -> None:
        self.statements: list[_Statement] = []
        self.entries: list[tuple[_Open, Entry]] = []
        #: It has been committed.
        self.done = trio.Event()


async def open_journal(path: Path) -> "SqliteJournal":
    """The journal in this file, which is made if there is none; raises :class:`JournalError`."""
    # Not to be cancelled once it has begun, or else nobody would let go of the file.
    return SqliteJournal(path, await trio.to_thread.run_sync(file.take, path))


class SqliteJournal:
    """A journal in an SQLite file, which this process holds alone.  See :class:`.journal.Journal`."""

    answers_at_once = False

    def __init__(self, path: Path, taken: file.Taken) -> None:
        self._path = path
        self._connection = taken.connection
        self._lock = taken.lock
        self._recovered = taken.recovered
        self._sessions = {key: _Open(tail) for key, tail in taken.tails.items()}
        self._one_at_a_time = trio.CapacityLimiter(1)
        self._next = _Batch()
        self._wanted = trio.Event()
        #: What is on its way to the disk.
        self._writing: _Batch | None = None
        self._failed = False

    # Life

    async def run(self) -> None:
        """Commit what comes, each time all that has come; raises :class:`JournalError` when that fails."""
        while True:
            await self._wanted.wait()
            batch = self._writing = self._next
            self._next, self._wanted = _Batch(), trio.Event()
            await trio.to_thread.run_sync(self._commit, batch.statements, limiter=self._one_at_a_time)
            self._writing = None
            self._hand_out(batch)

    def _commit(self, statements: list[_Statement]) -> None:
        """In one transaction.  In a thread."""
        try:
            with self._connection:  # rolls back what fails
                self._connection.execute("BEGIN IMMEDIATE")
                for sql, alike in groupby(statements, lambda statement: statement.sql):
                    self._connection.executemany(sql, [statement.row for statement in alike])
        except sqlite3.Error as error:
            self._failed = True
            raise JournalError(
                f"cannot write the journal {self._path}: {error}; what was acknowledged is in it: "
                "make room or mend the disk, then start the server again"
            ) from None

    def _hand_out(self, batch: _Batch) -> None:
        """What is safe now is given to the followers, in its order, and then to who appended it."""
        for one, entry in batch.entries:
            one.written = entry.place
            for follower in one.followers:
                follower.entries.append(entry)
                follower.reader.unpark_all()
        batch.done.set()

    async def close(self) -> None:
        """Write what is left, and let go of the file."""
        with trio.CancelScope(shield=True):
            await trio.to_thread.run_sync(self._close, limiter=self._one_at_a_time)

    def _close(self) -> None:
        left = self._next.statements
        try:
            if self._failed:  # a journal that is full has room for its mark once the log is worked in
                left = []
                with suppress(sqlite3.Error):
                    self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            self._commit([*left, _Statement("UPDATE server SET in_use = ?", (0,))])
        finally:
            self._connection.close()
            os.close(self._lock)

    async def recover(self) -> Recovered:
        """What the file held when it was opened; once."""
        await trio.lowlevel.checkpoint()
        recovered, self._recovered = self._recovered, Recovered()
        return recovered

    def _put(self, sql: str, row: Row) -> None:
        self._next.statements.append(_Statement(sql, row))
        self._wanted.set()

    # Sessions

    async def begin(self, session_key: str, session: Session) -> None:
        """Open the journal of a session; it is written before its first entry is."""
        await trio.lowlevel.checkpoint()
        row, tail = file.session_row(session_key, session)
        self._sessions[session_key] = _Open(tail)
        self._put(_BEGIN, row)

    async def append(
        self, session_key: str, deed: Deed, at: float, mark: str = "", token: bytes = b""
    ) -> Entry:
        """Add a deed, and come back when it is safe; raises KeyError for a session that is not there.

        Whoever is cancelled while it waits has appended it all the same.
        """
        await trio.lowlevel.checkpoint_if_cancelled()
        one = self._sessions[session_key]
        entry = Entry(one.tail.place + 1, deed, max(at, one.tail.at), mark, token)
        row, one.tail = file.entry_row(session_key, one.tail, entry)
        self._put(_APPEND, row)
        batch = self._next
        batch.entries.append((one, entry))
        await batch.done.wait()
        return entry

    def follow(self, session_key: str, after: int = 0) -> AsyncGenerator[Entry, None]:
        """The entries after this place, those to come included; ends when the session is forgotten."""
        one = self._sessions[session_key]
        follower = _Follower(one.written)
        one.followers.add(follower)
        return self._follow(session_key, after, one, follower)

    async def _follow(
        self, session_key: str, after: int, one: _Open, follower: _Follower
    ) -> AsyncGenerator[Entry, None]:
        try:
            if after < follower.after:
                span = session_key, after, follower.after
                for entry in await trio.to_thread.run_sync(self._read, span, limiter=self._one_at_a_time):
                    yield entry
            while not one.forgotten:
                while follower.entries:
                    entry = follower.entries.popleft()
                    if entry.place > after:
                        yield entry
                if not one.forgotten:
                    await follower.reader.park()
        finally:
            one.followers.discard(follower)

    def _read(self, span: tuple[str, int, int]) -> list[Entry]:
        """A session's entries after one place, up to another.  In a thread."""
        return [file.read_entry(*row) for row in self._connection.execute(_READ, span)]

    async def forget(self, session_key: str) -> None:
        """Remove a session that is over; its followers end."""
        await trio.lowlevel.checkpoint()
        one = self._sessions.pop(session_key, None)
        if one is None:
            return
        for sql in _FORGET:
            self._put(sql, (session_key,))
        one.forgotten = True
        for follower in one.followers:
            follower.reader.unpark_all()

    # Records

    def keep(self, record: Record) -> None:
        """Keep a record as it is now."""
        self._put(_KEEP[type(record)], file.record_row(record))

    def drop(self, kind: type[Record], name: str) -> None:
        """Keep a record no longer."""
        self._put(_DROP[kind], (name,))

    async def settle(self) -> None:
        """Come back when everything so far has been written."""
        batch = self._next if self._next.statements else self._writing
        if batch is None:
            await trio.lowlevel.checkpoint()
        else:
            await batch.done.wait()

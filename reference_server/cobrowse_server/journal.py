"""Journals: the truth about a session, as the list of what happened to it.

Whoever serves one of a session's parties appends deeds and applies all entries, in order, with the
rulebook's ``step``.  So any number of servers come to the same state, and one that has crashed is
replaced by reading again (RESUME-4).  The journal decides the order; it does not decide what is
allowed: an entry that ``step`` refuses (two parties raced) changes nothing, everywhere alike.

Beside the sessions a journal keeps :mod:`.records`: what else a server has promised.

Frames are never journalled: page content is kept nowhere.  :class:`MemoryJournal` lives as long as its
server; :mod:`.sqlite_journal` outlives it.
"""

from collections.abc import AsyncGenerator, Iterator
from copy import copy
from itertools import chain
from typing import Protocol

import msgspec
import trio
from cobrowse_spec.actions import Deed
from cobrowse_spec.session import Session

from .records import Record


class Entry(msgspec.Struct, frozen=True, gc=False):
    """A deed in its place."""

    #: The place in the journal, from 1.  Refused entries have one too, so it can run ahead of ``n``.
    place: int
    deed: Deed
    #: When, in seconds on the servers' clock; never less than the entry before.
    at: float
    #: The appender's own mark, by which it knows its entry again.
    mark: str = ""
    #: The hash of the token that the party whom the deed brings in is given.
    token: bytes = b""


class SessionRecord(msgspec.Struct, frozen=True):
    """A session's whole journal."""

    key: str
    #: What it was before its first deed.
    begun: Session
    entries: tuple[Entry, ...]


class Recovered(msgspec.Struct, frozen=True):
    """What a journal holds when a server begins."""

    sessions: tuple[SessionRecord, ...] = ()
    records: tuple[Record, ...] = ()

    @property
    def latest(self) -> float:
        """When something last happened, on the servers' clock; 0 where nothing has."""
        return max((one.entries[-1].at for one in self.sessions if one.entries), default=0.0)


class Journal(Protocol):
    """Where sessions are written down.  ``session_key`` names a session, and is not its ID.

    Everything is written in the order of the calls.  Only :meth:`append` and :meth:`settle` wait until
    it has been: what is to survive a crash is not acknowledged before.
    """

    #: Whether what is asked of it while sessions go on waits for nothing at all, so that nothing comes between a deed's being
    #: added and its caller's knowing: then whoever appends applies the deed himself, in order, and nobody need follow.
    answers_at_once: bool

    async def run(self) -> None:
        """Write down what comes, for ever; raises ``JournalError`` when that fails.  In the server's nursery."""

    async def close(self) -> None:
        """Write what is left, and let go, after :meth:`run` has ended."""

    async def recover(self) -> Recovered:
        """What has been kept from before; to be asked once, first of all."""

    async def begin(self, session_key: str, session: Session) -> None:
        """Open the journal of a session: what it was before its first deed."""

    async def append(
        self, session_key: str, deed: Deed, at: float, mark: str = "", token: bytes = b""
    ) -> Entry:
        """Add a deed after all others; raises KeyError for a session that is not there."""

    def follow(self, session_key: str, after: int = 0) -> AsyncGenerator[Entry, None]:
        """The entries after this place, those to come included; ends when the session is forgotten.

        Deeds that are appended from this call on come as they were done, earlier ones perhaps only as
        they are kept (:func:`.records.for_the_record`).
        """

    async def forget(self, session_key: str) -> None:
        """Remove a session that is over; its followers end."""

    def keep(self, record: Record) -> None:
        """Keep a record as it is now, in the place of the one of the same kind and name."""

    def drop(self, kind: type[Record], name: str) -> None:
        """Keep a record no longer; harmless where there is none."""

    async def settle(self) -> None:
        """Come back when everything so far has been written."""


class _Pages:
    """One session's entries in memory."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.entries: list[Entry] = []
        self.forgotten = False
        self.readers = trio.lowlevel.ParkingLot()


class MemoryJournal:
    """The journal of a single server, which keeps nothing beyond that server's life."""

    answers_at_once = True

    def __init__(self) -> None:
        self._sessions: dict[str, _Pages] = {}
        self._records: dict[type[Record], dict[str, Record]] = {}

    async def run(self) -> None:
        """Nothing has to be written anywhere."""
        await trio.sleep_forever()

    async def close(self) -> None:
        """Nothing is left to be written."""
        await trio.lowlevel.checkpoint()

    async def recover(self) -> Recovered:
        """What it holds: nothing, unless a server goes on where another one in this process has stopped."""
        await trio.lowlevel.checkpoint()
        sessions = (
            SessionRecord(key, pages.session, tuple(pages.entries)) for key, pages in self._sessions.items()
        )
        return Recovered(tuple(sessions), tuple(copy(record) for record in self._all_records()))

    def _all_records(self) -> Iterator[Record]:
        return chain.from_iterable(named.values() for named in self._records.values())

    async def begin(self, session_key: str, session: Session) -> None:
        """Open the journal of a session."""
        self._sessions[session_key] = _Pages(session)

    async def append(
        self, session_key: str, deed: Deed, at: float, mark: str = "", token: bytes = b""
    ) -> Entry:
        """Add a deed after all others; raises KeyError for a session that is not there."""
        pages = self._sessions[session_key]
        if pages.entries:
            at = max(at, pages.entries[-1].at)
        entry = Entry(len(pages.entries) + 1, deed, at, mark, token)
        pages.entries.append(entry)
        if pages.readers:
            pages.readers.unpark_all()
        return entry

    async def follow(self, session_key: str, after: int = 0) -> AsyncGenerator[Entry, None]:
        """The entries after this place, those to come included; ends when the session is forgotten."""
        pages = self._sessions[session_key]
        while not pages.forgotten:
            while after < len(pages.entries):
                after += 1
                yield pages.entries[after - 1]
            if not pages.forgotten:
                await pages.readers.park()

    async def forget(self, session_key: str) -> None:
        """Remove a session that is over; its followers end."""
        pages = self._sessions.pop(session_key, None)
        if pages is not None:
            pages.forgotten = True
            pages.readers.unpark_all()

    def keep(self, record: Record) -> None:
        """Keep a record as it is now."""
        self._records.setdefault(type(record), {})[record.name] = copy(record)

    def drop(self, kind: type[Record], name: str) -> None:
        """Keep a record no longer."""
        self._records.get(kind, {}).pop(name, None)

    async def settle(self) -> None:
        """Everything is in memory already."""

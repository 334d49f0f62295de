"""Journals: the truth about a session, as the list of what happened to it.

Whoever serves one of a session's parties appends deeds and applies all entries, in order, with the
rulebook's ``step``.  So any number of servers come to the same state, and one that has crashed is
replaced by reading again.  The journal decides the order; it does not decide what is allowed: an
entry that ``step`` refuses (two parties raced) changes nothing, everywhere alike.

Frames are never journalled: page content is kept nowhere.
"""

from collections.abc import AsyncGenerator
from typing import Protocol

import msgspec
import trio
from cobrowse_spec.actions import Deed
from cobrowse_spec.session import Session


class Entry(msgspec.Struct, frozen=True):
    """A deed in its place."""

    #: The place in the journal, from 1.  Refused entries have one too, so it can run ahead of ``n``.
    place: int
    deed: Deed
    #: When, in seconds on the servers' clock; never less than the entry before.
    at: float
    #: The appender's own mark, by which it knows its entry again.
    mark: str = ""


class Journal(Protocol):
    """Where sessions are written down.  ``session_key`` names a session, and is not its ID."""

    async def begin(self, session_key: str, session: Session) -> None:
        """Open the journal of a session: what it was before its first deed."""

    async def append(self, session_key: str, deed: Deed, at: float, mark: str = "") -> Entry:
        """Add a deed after all others; raises KeyError for a session that is not there."""

    def follow(self, session_key: str, after: int = 0) -> AsyncGenerator[Entry, None]:
        """The entries after this place, those to come included; ends when the session is forgotten."""

    async def forget(self, session_key: str) -> None:
        """Remove a session that is over; its followers end."""


class _Pages:
    """One session's entries in memory."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.entries: list[Entry] = []
        self.forgotten = False
        self.readers = trio.lowlevel.ParkingLot()


class MemoryJournal:
    """The journal of a single server, which keeps nothing beyond that server's life."""

    def __init__(self) -> None:
        self._sessions: dict[str, _Pages] = {}

    async def begin(self, session_key: str, session: Session) -> None:
        """Open the journal of a session."""
        await trio.lowlevel.checkpoint()
        self._sessions[session_key] = _Pages(session)

    async def append(self, session_key: str, deed: Deed, at: float, mark: str = "") -> Entry:
        """Add a deed after all others; raises KeyError for a session that is not there."""
        await trio.lowlevel.checkpoint_if_cancelled()
        pages = self._sessions[session_key]
        if pages.entries:
            at = max(at, pages.entries[-1].at)
        entry = Entry(len(pages.entries) + 1, deed, at, mark)
        pages.entries.append(entry)
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
        await trio.lowlevel.checkpoint()
        pages = self._sessions.pop(session_key, None)
        if pages is not None:
            pages.forgotten = True
            pages.readers.unpark_all()

"""Receipts: what remains of a session: who did what, when and why, and which pages were visited (RECORD).

A receipt is JSON lines: a header, a line an entry, and, once the session is over, a seal.  It holds the
party of each deed, the agent's display name, addresses of the site without query and fragment, and the ID of
the chat or call.  It holds no session ID, no token, nothing of any page, nothing that anybody typed or said.

**The chain.**  Every line is one JSON object without white space, whose last member is its ``hash``: SHA-256, in
hexadecimal, of the hash of the line before (of nothing, for the header) followed by the line without
``,"hash":"…"``.  So whoever changes, drops, adds, doubles or moves a line has to write all that follow anew.

**The seal** counts the entries; a receipt without one has not been ended, or was cut off.  Its ``mac``, where a
server has a key for it, is HMAC-SHA256 of the hash of the line before followed by the seal without ``mac`` and
``hash``.

What each proves: the chain alone, that no line was touched since by anybody who did not write the rest
anew as well; anyone can do that, for no secret is in it.  With the ``mac``, whoever has the key knows that the
whole was written by somebody who has it: then nothing but the server (and who got hold of its key) can have
made it up.  Who has no key keeps the last hash elsewhere, and compares.  Neither proves that the server told
the truth.  There is no salt: the same deeds give the same receipt, so it comes out of a journal again as it was;
and it hides nothing, being in plain words, while the ID of a chat or call is random itself.

Order: the lines, from deeds to entries, the writer, the verifier.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, NamedTuple

import msgspec
from msgspec.structs import replace

from . import actions as do
from .actions import Deed
from .session import ACTIVE, Session, State
from .terms import Party, SuspendReason, Timer
from .trace import SPEC_VERSION

#: The version of the receipt's format.
RECEIPT_VERSION: Final = "1.0"

# The lines


class What(StrEnum):
    """What can stand in a receipt."""

    STARTED = "started"
    JOINED = "joined"
    ASKED = "asked"
    APPROVED = "approved"
    DENIED = "denied"
    EXPIRED = "expired"
    WITHDREW = "withdrew"
    VOIDED = "voided"
    RETURNED = "returned_to_pointer"
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    WARNED = "warned"
    VISITED = "visited"
    ENDED = "ended"


class Header(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, tag="receipt"):
    """The first line: what the receipt is of."""

    receipt_version: str
    spec_version: str
    #: The chat or call; empty for a standalone session.
    interaction: str
    hash: str = ""


class Entry(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, tag="entry"):
    """One thing that somebody did, or that happened."""

    #: The place in the receipt, from 1.
    n: int
    #: When, in UTC (ISO 8601, milliseconds): of a visit, when it was over.
    at: str
    #: Whose doing it is, or whose link was lost; the system where it was only time.
    who: Party
    what: What
    #: The agent's display name, where it was the agent.
    name: str = ""
    #: Why the session was suspended, or ended.
    reason: str = ""
    #: Of a visit: the page's address, when the customer came to it, and how many seconds the agent could see it.
    url: str = ""
    arrived: str = ""
    seconds: float | None = None
    hash: str = ""

    @property
    def words(self) -> str:
        """The entry in words, without its time."""
        return _WORDS[self.what].format(who=f"the {_CALLED.get(self.who, self.who)}", this=self)


_CALLED: Final = {Party.CONTROLLER: "contact centre"}
_WORDS: Final = {
    What.STARTED: "{who} started the session",
    What.JOINED: "{who} joined",
    What.ASKED: "{who} requested Write Mode",
    What.APPROVED: "{who} approved the request",
    What.DENIED: "{who} denied the request",
    What.EXPIRED: "the request expired",
    What.WITHDREW: "{who} withdrew the request",
    What.VOIDED: "the request became void",
    What.RETURNED: "{who} returned to Pointer Mode",
    What.SUSPENDED: "the session was suspended: {this.reason}",
    What.RESUMED: "the session resumed",
    What.WARNED: "the parties were warned",
    What.VISITED: "{who} visited {this.url}",
    What.ENDED: "the session ended: {this.reason}",
}


class Seal(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, tag="seal"):
    """The last line: nothing comes after it."""

    entries: int
    #: Made with the server's key; empty where it has none.
    mac: str = ""
    hash: str = ""


_Line = Header | Entry | Seal
_lines: Final = msgspec.json.Decoder(_Line)


def _hash(before: str, line: _Line) -> str:
    return _chained(before, msgspec.json.encode(replace(line, hash="")))


def _chained(before: str, bare: bytes) -> str:
    return hashlib.sha256(before.encode() + bare).hexdigest()


def _mac(before: str, seal: Seal, key: bytes) -> str:
    return hmac.digest(key, before.encode() + msgspec.json.encode(Seal(seal.entries)), "sha256").hex()


# From deeds to entries


def time_of(at: float) -> str:
    """Seconds since 1970 as they stand in a receipt."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def bare_url(url: str) -> str:
    """An address without query, fragment, user and password (RECORD-2)."""
    scheme, colon, rest = url.partition("#")[0].partition("?")[0].partition("://")
    host, slash, path = rest.partition("/")
    return scheme + colon + host.rpartition("@")[2] + slash + path


class _Told(NamedTuple):
    who: Party
    what: What
    reason: str = ""


_ANSWERS: Final = {do.Approve: What.APPROVED, do.Deny: What.DENIED, do.Withdraw: What.WITHDREW}


#: What is told of although the state stays as it is; in a suspension its reasons come and go.
_TOLD_ANYWAY: Final = frozenset({do.Expire})


def _request_told(deed: Deed, before: Session, after: Session) -> Iterator[_Told]:
    """What a deed did to a request for Write Mode, and to Write Mode."""
    action = deed.action
    if before.request and after.request != before.request:
        if isinstance(action, do.Expire) and action.timer is Timer.REQUEST:
            yield _Told(Party.SYSTEM, What.EXPIRED)
        else:
            what = _ANSWERS.get(type(action))
            yield _Told(deed.by, what) if what is not None else _Told(Party.SYSTEM, What.VOIDED)
    if after.requests > before.requests:
        yield _Told(deed.by, What.ASKED)
    if before.state is State.WRITE and after.state is State.POINTER:
        yield _Told(deed.by, What.RETURNED)


def _course_told(deed: Deed, before: Session, after: Session) -> Iterator[_Told]:
    """What a deed did to the session itself."""
    if before.state is State.UNSTARTED and after.state is not State.UNSTARTED:
        yield _Told(deed.by, What.STARTED)
    if after.agent != before.agent:
        yield _Told(Party.AGENT, What.JOINED)
    for who, reason in _suspensions(after):
        if (who, reason) not in _suspensions(before):
            yield _Told(who, What.SUSPENDED, reason)
    if before.state is State.SUSPENDED and after.state in ACTIVE:
        yield _Told(deed.by, What.RESUMED)
    if isinstance(deed.action, do.Expire) and deed.action.timer is Timer.WARNING:
        yield _Told(Party.SYSTEM, What.WARNED)
    if after.state is State.ENDED and before.state is not State.ENDED:
        yield _Told(deed.by, What.ENDED, str(after.end_reason))


def _suspensions(session: Session) -> tuple[tuple[Party, SuspendReason], ...]:
    """All reasons for which a session is suspended, each with the party that it lies with."""
    if session.state is not State.SUSPENDED:
        return ()
    reasons = (
        (session.off_site, Party.CUSTOMER, SuspendReason.OFF_SITE),
        (session.curtain, Party.CUSTOMER, SuspendReason.CURTAIN),
        (session.customer_lost, Party.CUSTOMER, SuspendReason.LINK_LOST),
        (session.agent_lost, Party.AGENT, SuspendReason.LINK_LOST),
    )
    return tuple((who, reason) for holds, who, reason in reasons if holds)


def _page(session: Session) -> str:
    """The address of the page that the agent can see; empty where there is none."""
    return "" if session.page is None or session.state not in ACTIVE else bare_url(session.page.url)


# The writer


class Writer:
    """Writes the receipt of one session, line by line, as its deeds are accepted.

    ``key`` is the server's, for the seal.  Times are seconds since 1970.
    """

    def __init__(self, interaction: str, key: bytes = b"") -> None:
        self._key = key
        self._lines: list[str] = []
        self._hash = ""
        self._entries = 0
        self._visiting = ""
        self._arrived = 0.0
        self._write(Header(RECEIPT_VERSION, SPEC_VERSION, interaction))

    @property
    def text(self) -> str:
        """The receipt so far; empty while nothing has happened."""
        return "".join(self._lines) if self._entries else ""

    def add(self, deed: Deed, at: float, before: Session, after: Session) -> None:
        """A deed was accepted at this time, and made this session of that one."""
        if before.state is after.state is not State.SUSPENDED and type(deed.action) not in _TOLD_ANYWAY:
            if before.page is not after.page:
                self._follow(_page(after), at)
            return
        for told in _request_told(deed, before, after):
            self._tell(told, at, after)
        if before.page is not after.page or before.state is not after.state:
            self._follow(_page(after), at)
        for told in _course_told(deed, before, after):
            self._tell(told, at, after)
        if after.state is State.ENDED and before.state is not State.ENDED:
            seal = Seal(self._entries)
            self._write(replace(seal, mac=_mac(self._hash, seal, self._key)) if self._key else seal)

    def _follow(self, url: str, at: float) -> None:
        """The customer is at this page now; the visit of another one is over.  A page loaded anew is no visit."""
        if url == self._visiting:
            return
        if self._visiting:
            self._entries += 1
            entry = Entry(self._entries, time_of(at), Party.CUSTOMER, What.VISITED)
            arrived, seconds = time_of(self._arrived), round(at - self._arrived, 3)
            self._write(replace(entry, url=self._visiting, arrived=arrived, seconds=seconds))
        self._visiting, self._arrived = url, at

    def _tell(self, told: _Told, at: float, session: Session) -> None:
        self._entries += 1
        name = session.agent_name if told.who is Party.AGENT else ""
        self._write(Entry(self._entries, time_of(at), told.who, told.what, name, told.reason))

    def _write(self, line: _Line) -> None:
        bare = msgspec.json.encode(line)
        self._hash = _chained(self._hash, bare)
        # The hash is the last field of every line, and is left out as long as it is empty.
        self._lines.append(f'{bare[:-1].decode()},"hash":"{self._hash}"}}\n')


# The verifier


class Receipt(NamedTuple):
    """What a receipt says, as far as it was looked at and found intact."""

    header: Header
    entries: tuple[Entry, ...]
    #: The hash of the last line: whoever kept it elsewhere can compare.
    hash: str


class Verified(NamedTuple):
    """Whole, and every line as it was written."""

    receipt: Receipt
    #: The seal carries a ``mac``; it was checked if a key was given, and only then.
    has_mac: bool


class Truncated(NamedTuple):
    """Intact as far as it goes, but without its seal: the session goes on, or the rest was cut off."""

    receipt: Receipt


class Broken(NamedTuple):
    """Tampered with: the first line that is not what it should be, from 1, and what is wrong with it."""

    line: int
    what: str


class NoReceipt(ValueError):
    """No receipt at all: nothing in it is a line of one."""


def split(text: str) -> list[str]:
    """The lines of a receipt, each with its line feed (the only character that ends one)."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def verify(lines: Iterable[str], key: bytes = b"") -> Verified | Truncated | Broken:
    """Look at every line of a receipt, in order; with the server's key at the seal's ``mac`` as well.

    Raises :class:`NoReceipt` where nothing in it is a line of a receipt.
    """
    given = list(lines)
    if given and not given[-1].endswith("\n") and _read(given[-1]) is None:
        given.pop()  # cut off in the middle of its last line
    read = [_read(line) for line in given]
    if not any(read):
        raise NoReceipt("there is no line of a receipt in it")
    header = read[0]
    if not isinstance(header, Header):
        return Broken(1, "a receipt begins with its header")
    before, entries = "", list[Entry]()
    for number, line in enumerate(read, 1):
        if line is None:
            return Broken(number, "this is no line of a receipt: it was changed or added")
        wrong = _misplaced(number, line, entries, read) or _changed(before, line)
        if not wrong and isinstance(line, Seal):
            wrong = _ill_sealed(before, line, key)
        if wrong:
            return Broken(number, wrong)
        before = line.hash
        if isinstance(line, Entry):
            entries.append(line)
        elif isinstance(line, Seal):
            if number < len(read):
                return Broken(number + 1, "nothing may follow the seal: it was added")
            return Verified(Receipt(header, tuple(entries), before), bool(line.mac))
    return Truncated(Receipt(header, tuple(entries), before))


def _read(text: str) -> _Line | None:
    """A line; None for what is none, to the last byte."""
    try:
        line = _lines.decode(text)
        whole = msgspec.json.encode(line).decode()
    except (msgspec.DecodeError, UnicodeError):
        return None
    return line if text.removesuffix("\n") == whole and line.hash else None


def _misplaced(number: int, line: _Line, entries: list[Entry], read: list[_Line | None]) -> str:
    """What is wrong with where a line stands."""
    if isinstance(line, Header):
        return "" if number == 1 else "this is a second header: it was doubled or added"
    if isinstance(line, Seal):
        if line.entries == len(entries):
            return ""
        return f"the seal counts {line.entries} entries, and {len(entries)} stand before it"
    here = len(entries) + 1
    if line.n < here:
        return f"entry {line.n} has been there already: one of the two was doubled or added"
    if line.n == here:
        return ""
    if any(isinstance(other, Entry) and other.n == here for other in read[number:]):
        return f"entry {line.n} stands in the place of entry {here}: lines were swapped"
    until = "" if line.n == here + 1 else f" to {line.n - 1}"
    return f"entry {here}{until} is missing before this line"


def _changed(before: str, line: _Line) -> str:
    if _hash(before, line) == line.hash:
        return ""
    return "its hash does not follow: this line was changed, or the one before it together with its hash"


def _ill_sealed(before: str, seal: Seal, key: bytes) -> str:
    if not key:
        return ""
    if not seal.mac:
        return "the seal was made without a key"
    made_here = hmac.compare_digest(_mac(before, seal, key), seal.mac)
    return "" if made_here else "the seal was not made with this key: all of it may have been written anew"

"""Traces: what the parties of one session did and saw, as a record that anyone can judge.

A trace file is JSON lines: a header, one line an event, a footer.  A file without its footer is
truncated and says so.  Events stand in the order in which the recorder met them: what a party did is
recorded before it is sent, what it saw after it has arrived.  So cause always stands before effect,
and the events of one link stand in that link's order, whatever happens between links.

Order: events, the recorder, files.
"""

import hmac
import secrets
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final, TextIO

import msgspec
from msgspec.structs import replace

from .actions import AnyAction
from .observations import AnyObservation, PolicyGiven, TokenIssued
from .terms import Party

#: The version of the rulebook and of the trace format.
SPEC_VERSION: Final = "1.0"

#: The length of what stands for a payload.
DIGEST_BYTES: Final = 8


class Event(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One thing that one party did or saw; exactly one of ``did`` and ``saw`` is set."""

    #: The place in the trace, from 1.
    seq: int
    #: Seconds since the trace began, on the recorder's one steady clock.
    at: float
    party: Party
    #: Which customer, which agent: the name of the role in the story, e.g. "second agent".
    who: str
    did: AnyAction | None = None
    saw: AnyObservation | None = None
    #: The party's number of what it did; for what it saw, the number that this answers.
    re: int = 0
    #: The place in the session's order, as the server gave it with what was seen.
    n: int = 0
    #: Which session it concerns, where a trace holds several: an alias, never a live ID.
    session: str = ""


class Header(msgspec.Struct, frozen=True, omit_defaults=True, tag="header"):
    """What a trace is of, and how it was made."""

    spec_version: str = SPEC_VERSION
    suite_version: str = ""
    target: str = ""
    story: str = ""
    seed: int = 0
    #: "real" or "virtual".
    clock: str = "real"
    #: The timing profile (seconds) and limits that the target declared, by name.
    declared: dict[str, float] = {}
    #: The optional capabilities that the target declared.
    capabilities: tuple[str, ...] = ()
    #: The company's site, as the story's policy lists it.
    site: tuple[str, ...] = ()
    #: Paths of it that administrators deny agents.
    denied: tuple[str, ...] = ()
    #: Names of fields that the policy masks, and of those that are secret.
    masked: tuple[str, ...] = ()
    secret: tuple[str, ...] = ()
    #: Whether an agent may ask for Write Mode under the story's policy.
    write_mode: bool = True
    #: The ends that are under test: "server", "customer".  The others may do on purpose what no good
    #: end would, so nothing that they do is held against anybody.
    judged: tuple[str, ...] = ("server",)


class Footer(msgspec.Struct, frozen=True, tag="footer"):
    """The end of a complete trace."""

    events: int


class Trace(msgspec.Struct, frozen=True):
    """A whole trace.  ``complete`` is False where the footer was missing or counted otherwise."""

    header: Header
    events: tuple[Event, ...]
    complete: bool = True


_NOT_RECORDED: Final = frozenset({TokenIssued, PolicyGiven})


class Recorder:
    """Collects the events of one trace, and hands each to a listener as it comes.

    ``clock`` gives seconds on a steady clock.  Tokens and policies are never recorded (SECURE-6), of
    content only a digest, made with ``key`` so that nothing can be guessed from it.
    """

    def __init__(self, header: Header, clock: Callable[[], float], key: bytes | None = None) -> None:
        self.header = header
        self._key = secrets.token_bytes(16) if key is None else key
        self.events: list[Event] = []
        self._clock = clock
        self._began = clock()
        self._listeners: list[Callable[[Event], None]] = []
        self._aliases: dict[str, str] = {}
        self._digested: tuple[bytes | None, str] = None, ""
        self._stopped = False

    def listen(self, listener: Callable[[Event], None]) -> None:
        """Call ``listener`` with every event from now on, as it is recorded."""
        self._listeners.append(listener)

    def unlisten(self) -> None:
        """Hand events to nobody from now on."""
        self._listeners.clear()

    def did(self, party: Party, who: str, action: AnyAction, *, re: int = 0, session: str = "") -> Event:
        """Record what a party does; call it before it is sent."""
        at = self._clock() - self._began
        return self._add(Event(len(self.events) + 1, at, party, who, action, None, re, 0, session))

    def saw(
        self,
        party: Party,
        who: str,
        observation: AnyObservation,
        *,
        re: int = 0,
        n: int = 0,
        session: str = "",
    ) -> Event | None:
        """Record what a party sees; call it when it has arrived."""
        if type(observation) in _NOT_RECORDED:
            return None
        at = self._clock() - self._began
        return self._add(Event(len(self.events) + 1, at, party, who, None, observation, re, n, session))

    def digest(self, payload: bytes) -> str:
        """What stands for a frame's payload in this trace: equal payloads, equal digests."""
        before, digest = self._digested
        if payload != before:  # what one party has just sent the other sees next
            digest = hmac.digest(self._key, payload, "sha256")[:DIGEST_BYTES].hex()
            self._digested = payload, digest
        return digest

    def alias(self, session_id: str) -> str:
        """What stands for a session in this trace: "s1", "s2", … in the order of first mention."""
        digits = "".join(c for c in session_id if c.isdigit())
        return self._aliases.setdefault(digits, f"s{len(self._aliases) + 1}")

    def trace(self) -> Trace:
        """Everything recorded so far, as a complete trace."""
        return Trace(self.header, tuple(self.events))

    def stop(self) -> None:
        """Record nothing from now on: the story is over, and what follows is only clearing up."""
        self._stopped = True

    def _add(self, event: Event) -> Event:
        if self._stopped:
            return replace(event, seq=0)  # it has no place
        self.events.append(event)
        for listener in self._listeners:
            listener(event)
        return event


class TraceError(ValueError):
    """A file that is no trace, with the line at fault."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(f"line {line}: {message}")
        self.line = line


_header: Final = msgspec.json.Decoder(Header)
_line: Final = msgspec.json.Decoder(Event)
_footer: Final = msgspec.json.Decoder(Footer)


def write_trace(trace: Trace, file: TextIO) -> None:
    """Write a trace as JSON lines."""
    file.writelines(msgspec.json.encode(line).decode() + "\n" for line in _lines(trace))


def _lines(trace: Trace) -> Iterator[Header | Event | Footer]:
    yield trace.header
    yield from trace.events
    if trace.complete:
        yield Footer(len(trace.events))


def read_trace(path: Path) -> Trace:
    """Read a trace file; raises :class:`TraceError`, or OSError where it cannot be opened."""
    # What is no UTF-8 comes through as surrogates, so that it is an error of its line.
    with path.open(encoding="utf-8", errors="surrogateescape") as file:
        return parse_trace(file)


def parse_trace(lines: Iterable[str]) -> Trace:
    """Read a trace from its lines; raises :class:`TraceError` with the line at fault."""
    header: Header | None = None
    events: list[Event] = []
    footer: Footer | None = None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            if header is None:
                header = _header_of(line)
                if header is None:
                    raise TraceError("a trace begins with its header", number)
            elif footer is not None:
                raise TraceError("nothing may follow the footer", number)
            elif '"type":"footer"' in line.replace(" ", "")[:24]:
                footer = _footer.decode(line)
            else:
                events.append(_event(line, number))
        except (msgspec.DecodeError, UnicodeError) as error:
            if not line.endswith("\n"):
                break  # the writer was cut off in the middle of its last line
            message = "this is no UTF-8 text" if isinstance(error, UnicodeError) else str(error)
            raise TraceError(message, number) from None
    if header is None:
        raise TraceError("a trace begins with its header", 1)
    complete = footer is not None and footer.events == len(events)
    return Trace(header, tuple(events), complete)


def _header_of(line: str) -> Header | None:
    """The header; None for a line that says of itself that it is something else, or nothing."""
    header = _header.decode(line)  # which takes any object without a type for one
    return header if '"type":"header"' in line.replace(" ", "") else None


def _event(line: str, number: int) -> Event:
    event = _line.decode(line)
    if (event.did is None) == (event.saw is None):
        raise TraceError("an event has exactly one of 'did' and 'saw'", number)
    return event

"""The invariants: for each the smallest traces that break it, keep it, and do not touch it.

Order: how events are written here, the cases in the order of the rules, the tests of the cases, and what
holds of every judge.
"""

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

import pytest
from cobrowse_spec import actions as do
from cobrowse_spec import observations as see
from cobrowse_spec.actions import Action, Element
from cobrowse_spec.observations import Observation
from cobrowse_spec.rulebook import rulebook
from cobrowse_spec.rules import INVARIANTS, WITHOUT_INVARIANT, Judge, Judgement, Status, judge
from cobrowse_spec.rules.judge import KEPT
from cobrowse_spec.terms import Answer, EndReason, InteractionKind, Mode, Party, SuspendReason
from cobrowse_spec.trace import Event, Header, Trace
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

#: The same examples in every run, however busy the machine.
fair = settings(derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])


# How events are written here


class Line(NamedTuple):
    """One event of a trace without its place: who, what, and what it answers."""

    party: Party
    who: str
    what: Action | Observation
    re: int = 0
    n: int = 0
    at: float = 0.0
    session: str = "s1"
    #: Whether it belongs to the proof that is expected.
    proves: bool = False


Lines = Iterable["Line | Lines"]


def _by(party: Party, who: str) -> Any:
    def line(what: Any, **fields: Any) -> Line:
        return Line(party, who, what, **fields)

    return line


c, c2 = _by(Party.CUSTOMER, "customer"), _by(Party.CUSTOMER, "second customer")
a, b = _by(Party.AGENT, "agent"), _by(Party.AGENT, "second agent")
k, net = _by(Party.CONTROLLER, "contact centre"), _by(Party.SYSTEM, "system")


def p(line: Line) -> Line:
    """It proves the violation."""
    return line._replace(proves=True)


def flat(lines: Any) -> list[Line]:
    """Lines, and lists of lines in them, one after the other."""
    if isinstance(lines, Line):
        return [lines]
    return [line for part in lines for line in flat(part)]


def trace(lines: Any, **header: Any) -> Trace:
    """A whole trace, numbered from 1; time stands still unless a line says otherwise."""
    events, at = [], 0.0
    for seq, line in enumerate(flat(lines), 1):
        at = max(at, line.at)
        what: Any = line.what
        kind = {"did": what} if isinstance(what, Action) else {"saw": what}
        events.append(
            Event(seq, at, line.party, line.who, re=line.re, n=line.n, session=line.session, **kind)
        )
    return Trace(replace(HEADER, **header), tuple(events))


ID: Final = "123456789"
SITE: Final = "https://bank.example"
DECLARED: Final = {
    "pending_s": 1200.0,
    "request_s": 30.0,
    "cool_down_s": 10.0,
    "off_site_s": 300.0,
    "customer_link_s": 120.0,
    "reload_s": 10.0,
    "inactivity_s": 600.0,
    "warning_s": 60.0,
    "agent_link_s": 60.0,
    "throttle_s": 60.0,
    "throttle_per_agent": 2.0,
    "sessions_per_agent": 1.0,
}
HEADER: Final = Header(declared=DECLARED, site=(SITE,), denied=("/private*",))
POINTER, WRITE = Mode.POINTER, Mode.WRITE
CUSTOMERS_END: Final = {"judged": ("customer",)}

PAGE: Final = do.ShowPage(
    "p1",
    f"{SITE}/apply",
    (
        Element("plain"),
        Element("send", submits=("press",)),
        Element("subscribe", submits=("press",), allowed=True),
        Element("delete", disabled=True),
    ),
)
ELSEWHERE: Final = do.ShowPage("p2", "https://evil.test/")


def ended(reason: EndReason, n: int = 9, at: float = 0.0) -> list[Line]:
    """Both parties are told of the end."""
    return [c(see.Ended(reason), n=n, at=at), a(see.Ended(reason), n=n, at=at)]


def fence(by: Any, name: str = "f1", *, proof: Any = None) -> list[Line]:
    """A fence of a party passes, at the other's end last: what is missing then was never sent.

    ``proof``: whose sight of it proves what is missing.
    """
    first, last = (c, a) if by is c else (a, c)
    passed = [one(see.FencePassed(name), n=20) for one in (first, last)]
    return [by(do.Fence(name), re=50), passed[0], p(passed[1]) if proof else passed[1]]


OPEN: Final = [k(do.OpenInteraction(InteractionKind.CALL), session="")]
START: Final = [OPEN, c(do.Start(), re=1), c(see.Started(ID), re=1, n=1)]
WELCOME: Final = a(see.Welcome(), session="")
JOINING: Final = [START, WELCOME, a(do.Join(ID), re=2)]
JOINED: Final = [JOINING, a(see.Joined("Ada", POINTER), re=2, n=2), c(see.Joined("Ada", POINTER), n=2)]
ASKED: Final = [JOINED, a(do.Request(), re=3), a(see.Asked("r1"), re=3, n=3), c(see.Asked("r1"), n=3)]
APPROVED: Final = see.Answered("r1", Answer.APPROVED)
WRITING: Final = [
    ASKED,
    c(do.Approve("r1"), re=4),
    [one(APPROVED, n=4) for one in (c, a)],
    [one(see.InMode(WRITE), n=4) for one in (c, a)],
]
DENIED: Final = [
    ASKED,
    c(do.Deny("r1"), re=4),
    [one(see.Answered("r1", Answer.DENIED), n=4) for one in (c, a)],
]
OFF_SITE: Final = see.Suspended(SuspendReason.OFF_SITE)
AWAY: Final = [c(do.LeaveSite(), re=6), c(OFF_SITE, re=6, n=6), a(OFF_SITE, n=6)]
BACK: Final = [c(do.ReturnToSite(), re=7), [one(see.Resumed(POINTER), n=7) for one in (c, a)]]
SHOWN: Final = [c(PAGE, re=5), a(see.PageShown("p1", f"{SITE}/apply", PAGE.elements), n=5)]


def act(what: Any, *, number: int = 8) -> list[Line]:
    """An act of the agent reaches the customer's client."""
    return [a(what, re=number), c(see.Acted(number, what), n=number)]


def refused(rule: str, reason: str = "pending", **fields: Any) -> see.Refused:
    """A refusal in words."""
    return see.Refused(rule, reason, "No.", **fields)


#: An element of the page that is shown is another than it was.
DISABLING: Final = do.ShowElements("p1", (Element("plain", disabled=True),))
DISABLED_SHOWN: Final = see.ElementsShown("p1", DISABLING.elements)
PRESS: Final = do.Press("plain", "p1", 4)
CHANGED: Final = see.PageChanged(Party.AGENT, "field")
SUBMITTED: Final = see.PageChanged(Party.AGENT, "submit")


# The cases


class Case(NamedTuple):
    """A trace and what an invariant says of it; no reason: it does not say that the rule is broken."""

    rule: str
    lines: Any
    status: Status
    because: str = ""
    header: dict[str, Any] = {}  # noqa: RUF012 -- never changed


def bad(rule: str, because: str, *lines: Any, **header: Any) -> Case:
    """The rule is broken, for this reason; the marked lines prove it, the last of them always."""
    return Case(rule, lines, Status.VIOLATED, because, header)


def good(rule: str, *lines: Any, **header: Any) -> Case:
    """The rule is exercised and held, by the last line."""
    return Case(rule, lines, Status.HELD, header=header)


def idle(rule: str, *lines: Any, **header: Any) -> Case:
    """The rule is not exercised, though something that it watches for is there."""
    return Case(rule, lines, Status.NOT_EXERCISED, header=header)


START_CASES: Final = [
    bad("START-1", "a session began that its customer had not started", OPEN, p(c(see.Started(ID)))),
    good("START-1", START),
    idle("START-1", OPEN, a(do.Start()), a(refused("START-1"))),
    bad("START-2", "the session ID is not nine decimal digits", OPEN, p(c(see.Started("12345678")))),
    bad("START-2", "the session ID was shown to the agent", OPEN, p(a(see.Started(ID)))),
    good("START-2", START),
    idle("START-2", OPEN),
    bad(
        "START-3",
        "the agent got in without an ID and without a message in the chat",
        START,
        p(a(see.Joined("Ada", POINTER, by_chat=True))),
    ),
    bad(
        "START-3",
        "the agent's workspace is told wrongly whether the chat has brought it in",
        START,
        a(see.Said("i1", Party.SYSTEM, f"{{start:{ID}}}")),
        p(a(see.Joined("Ada", POINTER))),
    ),
    good(
        "START-3",
        START,
        a(see.Said("i1", Party.SYSTEM, f"{{start:{ID}}}")),
        a(see.Joined("Ada", POINTER, by_chat=True)),
    ),
    good(  # a wrong ID that it had typed before has nothing to do with it
        "START-3",
        *(START, a(do.Join("000000000"), re=2), a(refused("JOIN-6", "no_such_session"), re=2)),
        a(see.Said("i1", Party.SYSTEM, f"{{start:{ID}}}")),
        a(see.Joined("Ada", POINTER, by_chat=True)),
    ),
    good(  # what it has typed is on its way still
        "START-3",
        *(START, a(do.Join("000000000"), re=2), a(do.Join(ID), re=3), a(refused("JOIN-6"), re=2)),
        a(see.Said("i1", Party.SYSTEM, f"{{start:{ID}}}")),
        a(see.Joined("Ada", POINTER, by_chat=True), n=2),
    ),
    bad(
        "START-3",
        "the agent's workspace is told wrongly whether the chat has brought it in",
        *(START, a(see.Said("i1", Party.SYSTEM, f"{{start:{ID}}}")), a(do.Join(ID), re=2)),
        p(a(see.Joined("Ada", POINTER, by_chat=True), re=2, n=2)),
    ),
    idle(  # into two sessions, with two IDs
        "START-3",
        *(START, WELCOME, a(do.Join(ID), re=2), a(do.Join("987654321"), re=3)),
        a(see.Joined("Ada", POINTER), re=2, n=2),
        a(see.Joined("Ada", POINTER), re=3, n=2, session="s2"),
    ),
    idle("START-3", JOINED),
    bad(
        "START-4",
        "a message of the agent brought the agent in",
        START,
        p(a(see.Said("i1", Party.AGENT, f"{{start:{ID}}}"))),
        p(a(see.Joined("Ada", POINTER))),
    ),
    *(
        bad(
            "START-4",
            "what brought the agent in is not this session's start message",
            START,
            p(a(see.Said("i1", Party.SYSTEM, text))),
            p(a(see.Joined("Ada", POINTER))),
        )
        for text in (f"please {{start:{ID}}}", "{start:000000000}")
    ),
    good("START-4", START, a(see.Said("i1", Party.SYSTEM, f"{{start:{ID}}}")), a(see.Joined("Ada", POINTER))),
    idle("START-4", START, a(see.Said("i1", Party.AGENT, f"{{start:{ID}}}"))),
    good(  # something else was said when it had been posted
        "START-4",
        *(
            START,
            a(see.Said("i1", Party.SYSTEM, f"{{start:{ID}}}")),
            a(see.Said("i1", Party.SYSTEM, "Hello.")),
        ),
        a(see.Joined("Ada", POINTER, by_chat=True)),
    ),
    *(
        bad(
            "START-5",
            "something of the customer's page reached an agent before one had joined",
            OPEN,
            c(do.Start(), re=1),
            p(c(see.Started(ID), re=1)),
            p(a(what)),
        )
        for what in (see.Content("d1"), see.PageShown("p1", SITE), see.PointerAt(1, 2))
    ),
    bad(
        "START-5",
        "the customer's end sent something before an agent had joined",
        OPEN,
        p(c(see.Started(ID))),
        p(c(PAGE)),
        **CUSTOMERS_END,
    ),
    good("START-5", JOINING, a(see.Joined("Ada", POINTER))),
    idle("START-5", START, c(PAGE), a(do.MovePointer(1, 2))),
    bad(
        "START-6",
        "an agent was told of a session that no agent had joined",
        START,
        p(a(see.Ended(EndReason.CANCELLED))),
    ),
    bad(
        "START-6",
        "it ended after 1199.000 s, declared are 1200 s",
        OPEN,
        p(c(do.Start(), re=1)),
        c(see.Started(ID), re=1),
        p(c(see.Ended(EndReason.PENDING_TIMEOUT), at=1199.0)),
    ),
    good("START-6", START, c(see.Ended(EndReason.PENDING_TIMEOUT), at=1200.0)),
    good("START-6", START, c(see.Ended(EndReason.CANCELLED))),
    idle("START-6", JOINED, ended(EndReason.CUSTOMER_EXIT)),
    bad("START-7", "this session ID had been given before", START, p(c2(see.Started(ID), session="s2"))),
    good("START-7", START),
    idle("START-7", OPEN),
    bad(
        "START-8",
        "a session began with no open chat or call left that it could belong to",
        c(do.Start()),
        p(c(see.Started(ID))),
    ),
    bad(
        "START-8",
        "a session began with no open chat or call left that it could belong to",
        START,
        c2(do.Start(), session=""),
        p(c2(see.Started("000000001"), session="s2")),
    ),
    bad(
        "START-8",
        "a session began with no open chat or call left that it could belong to",
        OPEN,
        k(do.EndInteraction("i1")),
        k(see.InteractionEnded("i1")),
        c(do.Start()),
        p(c(see.Started(ID))),
    ),
    good("START-8", START),
    good(
        "START-8",
        OPEN,
        c(do.Start()),
        k(do.EndInteraction("i1")),
        k(see.InteractionEnded("i1")),
        c(see.Started(ID)),
    ),
    idle("START-8", c(do.Start()), c(see.Started(ID)), capabilities=("standalone",)),
]

JOIN_CASES: Final = [
    bad(
        "JOIN-1",
        "the agent has joined and does not see the customer's page",
        JOINING,
        a(see.Joined("Ada", POINTER)),
        p(c(see.Joined("Ada", POINTER))),
        p(c(PAGE)),
        fence(c, proof=True),
    ),
    good("JOIN-1", JOINED, SHOWN),
    idle("JOIN-1", JOINED, c(PAGE, re=5), c(refused("SITE-1"), re=5), fence(c)),
    bad("JOIN-2", "the notification names no agent", START, p(c(see.Joined("", POINTER)))),
    bad(
        "JOIN-2",
        "the agent is in the session and the customer was not told",
        JOINING,
        p(a(see.Joined("Ada", POINTER))),
        a(do.Click(1, 2)),
        fence(a, proof=True),
    ),
    good("JOIN-2", JOINED),
    idle("JOIN-2", JOINING, a(see.Joined("Ada", POINTER))),
    bad("JOIN-3", "the session began in Write Mode", JOINING, p(a(see.Joined("Ada", WRITE)))),
    good("JOIN-3", JOINED),
    idle("JOIN-3", START),
    bad(
        "JOIN-4",
        "a second agent got into the session",
        JOINING,
        p(a(see.Joined("Ada", POINTER))),
        p(b(see.Joined("Ben", POINTER))),
    ),
    good("JOIN-4", b(refused("JOIN-4"))),
    idle("JOIN-4", a(refused("JOIN-6"))),
    bad(
        "JOIN-5",
        "the agent got into another session",
        JOINING,
        p(a(see.Joined("Ada", POINTER))),
        p(a(see.Joined("Ada", POINTER), session="s2")),
    ),
    good("JOIN-5", a(refused("JOIN-5"))),
    good("JOIN-5", JOINED, ended(EndReason.AGENT_EXIT), a(see.Joined("Ada", POINTER), session="s2")),
    idle("JOIN-5", START, c(see.Joined("Ada", POINTER))),
    bad(
        "JOIN-6",
        "this refusal tells apart what must look alike",
        a(do.Join("000000000"), re=1),
        a(refused("JOIN-6", "no_such_session"), re=1),
        p(a(do.Join("000000001"), re=2)),
        p(a(see.Refused("JOIN-6", "no_such_session", "This session has ended."), re=2)),
    ),
    good("JOIN-6", a(do.Join("000000000"), re=1), a(refused("JOIN-6"), re=1)),
    idle("JOIN-6", a(do.Request(), re=1), a(refused("START-5"), re=1)),
    bad(
        "JOIN-7",
        "the right ID, written with spaces or hyphens, was refused",
        START,
        p(a(do.Join("123 456-789"), re=1, session="")),
        p(a(refused("JOIN-6"), re=1, session="")),
    ),
    good("JOIN-7", START, a(do.Join("123 456-789"), re=1), a(see.Joined("Ada", POINTER), re=1)),
    idle("JOIN-7", JOINED),
    idle(  # another ID was refused
        "JOIN-7",
        *(START, a(do.Join("000000000"), re=1), a(do.Join("123 456-789"), re=2), a(refused("JOIN-6"), re=1)),
    ),
    idle("JOIN-7", START, c(do.Cancel()), a(do.Join("123 456 789"), re=1), a(refused("JOIN-6"), re=1)),
    bad("JOIN-8", "it says to wait 0 s, the window is 60 s", p(a(refused("JOIN-8")))),
    bad(
        "JOIN-8",
        "more than 2 wrong IDs in 60 s were let through",
        *([a(do.Join(f"00000000{i}"), re=i), a(refused("JOIN-6"), re=i)] for i in (1, 2)),
        a(do.Join("000000003"), re=3),
        p(a(refused("JOIN-6"), re=3, at=59.0)),
    ),
    good("JOIN-8", a(refused("JOIN-8", retry_after_s=60.0))),
    idle(
        "JOIN-8",
        *([a(do.Join(f"00000000{i}"), re=i), a(refused("JOIN-6"), re=i)] for i in (1, 2)),
        a(do.Join("000000003"), re=3),
        a(refused("JOIN-6"), re=3, at=60.0),
    ),
    bad(
        "JOIN-9",
        "the agent got into a session that is over",
        JOINED,
        p(c(see.Ended(EndReason.CUSTOMER_EXIT), n=9)),
        p(b(see.Joined("Ben", POINTER), n=10)),
    ),
    bad(
        "JOIN-9",
        "the agent got into a session that is over",
        JOINED,
        p(a(see.Ended(EndReason.CUSTOMER_EXIT))),
        p(a(see.Joined("Ada", POINTER))),
    ),
    good("JOIN-9", JOINED, ended(EndReason.AGENT_EXIT), a(do.Join(ID), re=9), a(refused("JOIN-6"), re=9)),
    good("JOIN-9", JOINED, ended(EndReason.AGENT_EXIT), a(do.Resume(), re=9), a(refused("STOP-5"), re=9)),
    idle(
        "JOIN-9",
        JOINING,
        c(see.Ended(EndReason.CUSTOMER_EXIT), n=9),
        a(see.Joined("Ada", POINTER), re=2, n=2),
    ),
]

MIRROR: Final = do.Mirror("d1", 3, 2)
POINTER_CASES: Final = [
    bad(
        "POINTER-1",
        "the agent received content that the customer had not sent",
        JOINED,
        p(a(see.Content("d9"))),
    ),
    bad(
        "POINTER-1",
        "content that the customer had sent did not reach the agent",
        JOINED,
        p(c(MIRROR)),
        p(c(do.Fence("f1"), re=50)),
        c(see.FencePassed("f1")),
        p(a(see.FencePassed("f1"))),
    ),
    good("POINTER-1", JOINED, c(MIRROR), a(see.Content("d1", 3))),
    idle("POINTER-1", JOINED, AWAY, c(MIRROR), fence(c)),
    bad(
        "POINTER-1",
        "the agent was told of elements that the customer's end had not shown",
        JOINED,
        SHOWN,
        c(DISABLING, re=6),
        p(a(see.ElementsShown("p1", (Element("plain", masked=True),)), n=6)),
    ),
    bad(
        "POINTER-1",
        "the agent was told twice of elements that came, changed or went",
        JOINED,
        SHOWN,
        c(DISABLING, re=6),
        a(DISABLED_SHOWN, n=6),
        p(a(DISABLED_SHOWN, n=7)),
    ),
    bad(
        "POINTER-1",
        "elements of the page came, changed or went, and the agent was not told",
        JOINED,
        SHOWN,
        p(c(DISABLING, re=6)),
        fence(c, proof=True),
    ),
    good("POINTER-1", JOINED, SHOWN, c(DISABLING, re=6), a(DISABLED_SHOWN, n=6)),
    idle("POINTER-1", JOINED, SHOWN, c(DISABLING, re=6), c(refused("SECURE-4", "stale"), re=6), fence(c)),
    idle("POINTER-1", JOINED, SHOWN, c(DISABLING, re=6), net(do.LoseLink(Party.AGENT)), fence(c)),
    idle("POINTER-1", JOINED, c(MIRROR), net(do.LoseLink(Party.CUSTOMER)), fence(c)),
    bad(
        "POINTER-2",
        "an act of the agent reached the customer's client in Pointer Mode",
        JOINING,
        a(see.Joined("Ada", POINTER)),
        p(c(see.Joined("Ada", POINTER))),
        a(PRESS),
        p(c(see.Acted(8, PRESS))),
    ),
    bad(
        "POINTER-2",
        "an act of the agent changed the customer's page in Pointer Mode",
        JOINING,
        a(see.Joined("Ada", POINTER)),
        p(c(see.Joined("Ada", POINTER))),
        p(c(CHANGED)),
    ),
    good("POINTER-2", JOINED, a(PRESS), a(refused("POINTER-2"))),
    idle("POINTER-2", WRITING, act(PRESS), c(CHANGED)),
    idle("POINTER-2", JOINED, c(see.Acted(8, PRESS)), **CUSTOMERS_END),
    bad(
        "POINTER-3",
        "the customer saw the other's pointer while the session was not active",
        JOINED,
        a(do.MovePointer(1, 2)),
        p(c(OFF_SITE)),
        p(c(see.PointerAt(1, 2))),
    ),
    bad(
        "POINTER-3", "the pointer shows where the other party's never was", JOINED, p(c(see.PointerAt(1, 2)))
    ),
    good("POINTER-3", JOINED, a(do.MovePointer(1, 2)), c(see.PointerAt(1, 2))),
    idle("POINTER-3", JOINED, a(do.MovePointer(1, 2))),
    bad(
        "POINTER-4",
        "a red circle was shown while the session was not active",
        START,
        a(do.Click(1, 2)),
        p(c(see.Circle(1, 2))),
    ),
    bad("POINTER-4", "a red circle shows where the agent had not clicked", JOINED, p(c(see.Circle(1, 2)))),
    bad(
        "POINTER-4",
        "the customer did not see the red circle of the agent's click",
        JOINED,
        p(a(do.Click(1, 2))),
        a(see.Circle(1, 2)),
        fence(a, proof=True),
    ),
    good("POINTER-4", JOINED, a(do.Click(1, 2)), a(see.Circle(1, 2))),
    idle("POINTER-4", JOINED, a(do.Click(1, 2), re=8), a(refused("SITE-6"), re=8), fence(a)),
    bad(
        "POINTER-5",
        "a request in Pointer Mode was refused by WRITE-7b",
        JOINED,
        p(a(do.Request(), re=3)),
        p(a(refused("WRITE-7b"), re=3)),
    ),
    good("POINTER-5", ASKED),
    idle("POINTER-5", JOINED, a(do.Request(), re=3), a(refused("WRITE-9"), re=3)),
]

#: What a header says where approvals can be limited.
LIMITED: Final = {"capabilities": ("scoped_grants",), "declared": {**DECLARED, "approval_s": 300.0}}


def granted(approval: do.Approve, mode: see.InMode) -> list[Line]:
    """The customer says yes, and both are told of this mode."""
    return [
        ASKED,
        c(approval, re=4),
        [one(APPROVED, n=4) for one in (c, a)],
        [one(mode, n=4) for one in (c, a)],
    ]


FOR_ONE: Final = do.Approve("r1", "plain")
ONE_ONLY: Final = see.InMode(WRITE, "plain")
LIMITS: Final = [
    bad(
        "WRITE-15",
        "a limited request was put to the customer, where none can be",
        JOINED,
        a(do.Request("plain"), re=3),
        p(a(see.Asked("r1", scope="plain"), re=3)),
    ),
    bad(
        "WRITE-15",
        "an approval was limited, where none can be",
        ASKED,
        c(do.Approve("r1"), re=4),
        p(c(ONE_ONLY)),
    ),
    bad(
        "WRITE-15",
        "a limited request was put to the customer as an unlimited one",
        p(a(do.Request("plain"), re=3)),
        p(a(see.Asked("r1"), re=3)),
        **LIMITED,
    ),
    bad(
        "WRITE-15",
        "the two were told of different limits",
        JOINED,
        a(do.Request("plain"), re=3),
        p(a(see.Asked("r1", scope="plain"), re=3)),
        p(c(see.Asked("r1"))),
        **LIMITED,
    ),
    bad(
        "WRITE-15",
        "what was allowed of one part of the page was given for all of it",
        ASKED,
        p(c(FOR_ONE, re=4)),
        c(APPROVED, n=4),
        p(c(see.InMode(WRITE))),
        **LIMITED,
    ),
    bad(
        "WRITE-15",
        "what was allowed for a limited time was given without a limit",
        ASKED,
        p(c(do.Approve("r1", timed=True), re=4)),
        c(APPROVED, n=4),
        p(c(see.InMode(WRITE))),
        **LIMITED,
    ),
    bad(
        "WRITE-15",
        "an act outside the limit was passed on",
        SHOWN,
        *granted(FOR_ONE, ONE_ONLY)[:3],
        p(c(ONE_ONLY, n=4)),
        a(do.Press("send", "p1", 4), re=8),
        p(c(see.Acted(8, do.Press("send", "p1", 4)), n=8)),
        **LIMITED,
    ),
    bad(
        "WRITE-15",
        "an act outside the limit changed the page",
        SHOWN,
        *granted(FOR_ONE, ONE_ONLY)[:3],
        p(c(ONE_ONLY, n=4)),
        c(see.Acted(8, do.Press("send", "p1", 4)), n=8),
        p(c(CHANGED)),
        **LIMITED,
        **CUSTOMERS_END,
    ),
    bad(
        "WRITE-13",
        "Write Mode ended and nobody had ended it",
        *granted(do.Approve("r1", timed=True), see.InMode(WRITE, ends_in_s=300.0))[:3],
        p(c(see.InMode(WRITE, ends_in_s=300.0), n=4)),
        p(c(see.InMode(POINTER), n=5, at=299.0)),
        **LIMITED,
    ),
    good(
        "WRITE-13",
        granted(do.Approve("r1", timed=True), see.InMode(WRITE, ends_in_s=300.0)),
        c(see.InMode(POINTER), n=5, at=300.0),
        **LIMITED,
    ),
    good("WRITE-13", granted(FOR_ONE, ONE_ONLY), c(PAGE, re=9), c(see.InMode(POINTER), n=9), **LIMITED),
    good("WRITE-15", granted(FOR_ONE, ONE_ONLY), **LIMITED),
    good("WRITE-15", granted(do.Approve("r1", timed=True), see.InMode(WRITE, ends_in_s=9.0)), **LIMITED),
    idle("WRITE-15", SHOWN, WRITING, act(PRESS), c(CHANGED), **LIMITED),
]

IN_WRITE_MODE: Final = see.InMode(WRITE)
WRITE_CASES: Final = [
    *(
        bad(
            "WRITE-1",
            "Write Mode began, and the customer had approved no pending request for it",
            before,
            p(a(IN_WRITE_MODE)),
        )
        for before in (
            JOINED,
            ASKED,
            [JOINED, c(do.Approve("r1"))],
            DENIED,
            [DENIED, c(do.Approve("r1"))],
            [WRITING, a(see.InMode(POINTER))],
        )
    ),
    bad(
        "WRITE-1",
        "Write Mode began, and the customer had approved no pending request for it",
        START,
        p(a(see.Joined("Ada", WRITE))),
    ),
    good("WRITE-1", WRITING),
    idle("WRITE-1", ASKED, c(do.Approve("r1"))),
    bad(
        "WRITE-2",
        "the customer was asked while the session was not in Pointer Mode",
        WRITING,
        p(c(see.Asked("r2"))),
    ),
    bad(
        "WRITE-2",
        "the agent's request was accepted and the customer was not asked",
        JOINED,
        p(a(do.Request(), re=3)),
        a(see.Asked("r1"), re=3),
        fence(a, proof=True),
    ),
    good("WRITE-2", ASKED),
    idle("WRITE-2", JOINED, a(do.Request(), re=3), a(refused("WRITE-9"), re=3), fence(a)),
    bad(
        "WRITE-3",
        "the agent was told approved, which the customer had not said",
        ASKED,
        p(a(APPROVED)),
    ),
    bad(
        "WRITE-3",
        "the customer has answered and the agent was not told",
        ASKED,
        p(c(do.Deny("r1"), re=4)),
        fence(c, proof=True),
    ),
    good("WRITE-3", DENIED),
    good("WRITE-3", ASKED, a(see.Answered("r1", Answer.EXPIRED))),
    idle("WRITE-3", ASKED, c(do.Deny("r1"), re=4), net(do.LoseLink(Party.AGENT)), fence(c)),
    bad(
        "WRITE-4",
        "in Write Mode the agent was refused as if in Pointer Mode",
        ASKED,
        c(do.Approve("r1")),
        p(a(IN_WRITE_MODE)),
        p(a(PRESS, re=8)),
        p(a(refused("POINTER-2"), re=8)),
    ),
    good("WRITE-4", WRITING, act(PRESS), c(CHANGED)),
    idle("WRITE-4", WRITING, a(PRESS, re=8), c(do.ReturnToPointer()), a(refused("POINTER-2"), re=8)),
    bad(
        "WRITE-5",
        "Write Mode is disabled and the customer was asked for it",
        START,
        p(c(see.Asked("r1"))),
        write_mode=False,
    ),
    bad(
        "WRITE-5",
        "Write Mode is disabled and the agent's workspace was told to offer it",
        JOINING,
        p(a(see.Joined("Ada", POINTER))),
        write_mode=False,
    ),
    good("WRITE-5", a(do.Request(), re=3), a(refused("WRITE-5"), re=3), write_mode=False),
    idle("WRITE-5", ASKED),
    bad(
        "WRITE-7",
        "the customer is asked again while a request is pending",
        JOINED,
        p(c(see.Asked("r1"))),
        p(c(see.Asked("r1"))),
    ),
    bad(
        "WRITE-7",
        "the customer is asked again while a request is pending",
        JOINED,
        p(a(see.Asked("r1"))),
        p(a(see.Asked("r2"))),
    ),
    bad(
        "WRITE-7",
        "a request was answered twice",
        ASKED,
        p(a(see.Answered("r1", Answer.DENIED))),
        p(a(APPROVED)),
    ),
    bad(
        "WRITE-7",
        "an answer names a request that was never pending",
        ASKED,
        p(a(see.Answered("r9", Answer.DENIED))),
    ),
    good("WRITE-7", ASKED, a(see.Asked("r1"))),
    good("WRITE-7", ASKED, c(see.Restored("suspended", POINTER)), c(see.Asked("r2"))),
    idle("WRITE-7", JOINED),
    bad(
        "WRITE-8",
        "a request was withdrawn and the agent had not done so",
        ASKED,
        p(a(see.Answered("r1", Answer.WITHDRAWN))),
    ),
    bad(
        "WRITE-8",
        "it expired after 29.000 s, declared are 30 s",
        JOINED,
        p(a(do.Request(), re=3)),
        a(see.Asked("r1"), re=3),
        p(a(see.Answered("r1", Answer.EXPIRED), at=29.0)),
    ),
    good("WRITE-8", ASKED, a(see.Answered("r1", Answer.EXPIRED), at=30.0)),
    good("WRITE-8", ASKED, a(do.Withdraw("r1")), a(see.Answered("r1", Answer.WITHDRAWN))),
    idle("WRITE-8", DENIED),
    bad("WRITE-9", "it says to wait 11 s, declared are 10 s", p(a(refused("WRITE-9", retry_after_s=11.0)))),
    bad("WRITE-9", "it says to wait 0 s, declared are 10 s", p(a(refused("WRITE-9")))),
    bad(
        "WRITE-9",
        "the customer was asked again before the cool-down was over",
        ASKED,
        p(c(do.Deny("r1"), re=4)),
        c(see.Answered("r1", Answer.DENIED)),
        p(c(see.Asked("r2"), at=9.0)),
    ),
    good("WRITE-9", a(refused("WRITE-9", retry_after_s=10.0))),
    idle("WRITE-9", DENIED, c(see.Asked("r2"), at=10.0)),
    idle("WRITE-9", ASKED, c(do.Deny("r9"), re=4), c(refused("WRITE-7"), re=4), c(see.Asked("r2"))),
    *(
        bad(
            rule,
            f"the {who} returned to Pointer Mode and the {missed} was not told",
            WRITING,
            p(by(do.ReturnToPointer(), re=8)),
            told(see.InMode(POINTER)),
            fence(by, proof=True),
        )
        for rule, who, by in (("WRITE-10", "agent", a), ("WRITE-11", "customer", c))
        for missed, told in (("agent", c), ("customer", a))
    ),
    *(
        case
        for rule, by, refuser in (("WRITE-10", a, a), ("WRITE-11", c, c))
        for case in (
            good(rule, WRITING, by(do.ReturnToPointer()), a(see.InMode(POINTER))),
            idle(rule, WRITING, by(do.ReturnToPointer(), re=8), refuser(refused("SITE-6"), re=8), fence(by)),
        )
    ),
    bad(
        "WRITE-12",
        "an act of the agent had an effect after Write Mode had ended",
        WRITING,
        a(do.ReturnToPointer()),
        p(c(see.InMode(POINTER), n=8)),
        p(c(CHANGED)),
    ),
    bad(
        "WRITE-12",
        "an act of the agent was passed on after Write Mode had ended",
        WRITING,
        a(do.ReturnToPointer()),
        p(c(see.InMode(POINTER), n=8)),
        p(c(see.Acted(9, PRESS))),
    ),
    bad(
        "WRITE-12",
        "an act of an earlier stretch of Write Mode was passed on in a later one",
        ASKED,
        c(do.Approve("r1")),
        p(c(IN_WRITE_MODE, n=5)),
        p(c(see.Acted(6, PRESS), n=6)),
    ),
    good("WRITE-12", WRITING, a(do.ReturnToPointer()), c(see.InMode(POINTER))),
    good("WRITE-12", a(refused("WRITE-12", "stale"))),
    idle("WRITE-12", WRITING, act(PRESS), c(CHANGED)),
    bad(
        "WRITE-13",
        "Write Mode went on after an interruption",
        WRITING,
        p(a(OFF_SITE)),
        p(a(see.Resumed(WRITE))),
    ),
    bad(
        "WRITE-13",
        "Write Mode ended and nobody had ended it",
        ASKED,
        c(do.Approve("r1")),
        p(a(IN_WRITE_MODE)),
        p(a(see.InMode(POINTER))),
    ),
    bad(
        "WRITE-13",
        "an act was passed on after an interruption, without a new approval",
        WRITING,
        AWAY,
        p(c(see.Resumed(POINTER))),
        p(c(see.Acted(8, PRESS))),
    ),
    good("WRITE-13", WRITING, AWAY, a(see.Resumed(POINTER))),
    good(
        "WRITE-13",
        ASKED,
        c(do.Approve("r1")),
        a(do.ReturnToPointer()),
        a(IN_WRITE_MODE),
        a(see.InMode(POINTER)),
    ),
    idle("WRITE-13", JOINED, AWAY, BACK),
]

TYPED: Final = [
    WRITING,
    c(do.Type("city", value="Wien")),
    a(do.Type("city", value="Graz"), re=8),
]
WRITE_CASES.extend(
    [
        bad(
            "WRITE-14",
            "the two see different values in the same field",
            TYPED,
            fence(a),
            fence(c, "f2"),
            p(c(see.FieldShows("Wien", "city"))),
            p(a(see.FieldShows("Graz", "city"))),
        ),
        good(
            "WRITE-14",
            TYPED,
            fence(a),
            fence(c, "f2"),
            c(see.FieldShows("Wien", "city")),
            a(see.FieldShows("Wien", "city")),
        ),
        idle("WRITE-14", TYPED, c(see.FieldShows("Wien", "city")), a(see.FieldShows("Graz", "city"))),
        idle(
            "WRITE-14", TYPED, fence(c), c(see.FieldShows("Wien", "city")), a(see.FieldShows("Graz", "city"))
        ),
        bad(
            "WRITE-15",
            "a limited request was put to the customer as an unlimited one",
            JOINED,
            p(a(do.Request("name"), re=3)),
            p(a(see.Asked("r1"), re=3)),
        ),
        good("WRITE-15", a(do.Request("name"), re=3), a(refused("WRITE-15"), re=3)),
        idle("WRITE-15", ASKED, a(do.Request("name"), re=4), a(see.Asked("r1"), re=3)),
        *LIMITS,
    ]
)


def opens(url: str) -> do.OpenUrl:
    """An act that opens an address."""
    return do.OpenUrl("", "p1", 4, url)


def led(path: str) -> see.PageChanged:
    """An act of the agent has opened another page."""
    return see.PageChanged(Party.AGENT, "page", path)


PASSED: Final = "was passed on to the customer's client"
NAVIGATE_CASES: Final = [
    bad(
        "NAVIGATE-1",
        "an address of the site was refused to the agent",
        p(a(opens(f"{SITE}/rates"), re=8)),
        p(a(refused("NAVIGATE-2"), re=8)),
    ),
    good("NAVIGATE-1", WRITING, act(opens(f"{SITE}/rates")), c(led("/rates"))),
    idle("NAVIGATE-1", a(opens("https://evil.test/"), re=8), a(refused("NAVIGATE-2"), re=8)),
    bad(
        "NAVIGATE-2",
        f"an address off the site {PASSED}",
        WRITING,
        p(c(see.Acted(8, opens("https://evil.test/")))),
    ),
    bad("NAVIGATE-2", "an act of the agent took the customer off the site", WRITING, p(c(led("")))),
    good("NAVIGATE-2", a(refused("NAVIGATE-2", "off_site"))),
    idle("NAVIGATE-2", WRITING, act(opens(f"{SITE}/rates")), c(led("/rates"))),
    bad(
        "NAVIGATE-3",
        f"an address that is no web address {PASSED}",
        WRITING,
        p(c(see.Acted(8, opens("javascript:alert(1)")))),
    ),
    good("NAVIGATE-3", a(refused("NAVIGATE-3", "bad_scheme"))),
    idle("NAVIGATE-3", WRITING, act(opens(f"{SITE}/rates"))),
    bad(
        "NAVIGATE-4",
        f"an act on a disabled element {PASSED}",
        WRITING,
        SHOWN,
        p(c(see.Acted(8, do.Press("delete", "p1", 4)))),
    ),
    bad(
        "NAVIGATE-4",
        "an act on a disabled element had an effect",
        WRITING,
        SHOWN,
        c(see.Acted(8, do.Press("delete", "p1", 4))),
        p(c(CHANGED)),
        **CUSTOMERS_END,
    ),
    bad(
        "NAVIGATE-4",
        f"an act on a disabled element {PASSED}",
        WRITING,
        SHOWN,
        c(DISABLING, re=6),
        a(DISABLED_SHOWN, n=6),
        p(c(see.Acted(8, PRESS), n=8)),
    ),
    bad(
        "NAVIGATE-4",
        f"an act on a disabled element {PASSED}",
        WRITING,
        SHOWN,
        c(DISABLING, re=6),
        fence(c),
        p(c(see.Acted(21, PRESS), n=21)),
    ),
    idle(  # the act may have come first
        "NAVIGATE-4", WRITING, SHOWN, c(DISABLING, re=6), c(see.Acted(8, PRESS), n=8), c(CHANGED)
    ),
    idle(  # it did
        "NAVIGATE-4",
        *(WRITING, SHOWN, c(DISABLING, re=6)),
        *(a(DISABLED_SHOWN, n=9), c(see.Acted(8, PRESS), n=8), c(CHANGED)),
    ),
    idle(  # it was refused
        "NAVIGATE-4",
        *(WRITING, SHOWN, c(DISABLING, re=6), c(refused("SECURE-4", "stale"), re=6), fence(c)),
        *(c(see.Acted(21, PRESS), n=21), c(CHANGED)),
    ),
    idle(  # it has gone and come again as another
        "NAVIGATE-4",
        *(WRITING, SHOWN, c(do.ShowElements("p1", (Element("delete"),), ("delete",)), re=6), fence(c)),
        *(c(see.Acted(21, do.Press("delete", "p1", 4)), n=21), c(CHANGED)),
    ),
    good("NAVIGATE-4", a(refused("NAVIGATE-4", "disabled"))),
    idle("NAVIGATE-4", WRITING, SHOWN, act(PRESS), c(CHANGED)),
    idle(
        "NAVIGATE-4",
        WRITING,
        SHOWN,
        c(do.ShowPage("p2", SITE, (Element("plain", disabled=True),))),
        act(PRESS),
        c(CHANGED),
    ),
    bad(
        "NAVIGATE-5",
        f"an address that agents are denied {PASSED}",
        WRITING,
        p(c(see.Acted(8, opens(f"{SITE}/private/x")))),
    ),
    bad(
        "NAVIGATE-5",
        "an act of the agent opened a page that agents are denied",
        WRITING,
        p(c(led("/private"))),
    ),
    good("NAVIGATE-5", a(refused("NAVIGATE-5", "denied_url"))),
    idle("NAVIGATE-5", WRITING, act(opens(f"{SITE}/rates")), c(led("/rates"))),
    bad(
        "NAVIGATE-6",
        "the act was refused and yet changed the page",
        WRITING,
        act(do.GoBack("", "p1", 4)),
        p(c(CHANGED)),
        p(a(refused("NAVIGATE-6", act=8))),
    ),
    good(
        "NAVIGATE-6",
        WRITING,
        act(PRESS),
        c(CHANGED),
        act(do.GoBack(), number=9),
        a(refused("NAVIGATE-6", act=9)),
    ),
    idle("NAVIGATE-6", a(refused("NAVIGATE-2"))),
    bad(
        "NAVIGATE-7",
        "the customer went to another page and the agent's view did not",
        JOINED,
        SHOWN,
        p(c(do.ShowPage("p2", f"{SITE}/rates"))),
        fence(c, proof=True),
    ),
    good("NAVIGATE-7", JOINED, SHOWN, c(do.ShowPage("p2", SITE)), a(see.PageShown("p2", SITE))),
    idle("NAVIGATE-7", JOINED, SHOWN, fence(c)),
]

SUBMIT_SEND: Final = do.Press("send", "p1", 4)
SUBSCRIBE: Final = do.Press("subscribe", "p1", 4)
SUBMIT_CASES: Final = [
    *(
        bad(
            "SUBMIT-1",
            f"an act that submits a form {PASSED}",
            WRITING,
            SHOWN,
            p(c(see.Acted(8, what))),
        )
        for what in (SUBMIT_SEND, do.Submit("plain", "p1", 4))
    ),
    bad(
        "SUBMIT-1",
        "an act of the agent submitted a form",
        WRITING,
        SHOWN,
        act(PRESS),
        p(c(SUBMITTED)),
    ),
    good("SUBMIT-1", a(refused("SUBMIT-1", "submit_blocked"))),
    idle("SUBMIT-1", WRITING, SHOWN, act(SUBSCRIBE), c(SUBMITTED)),
    idle(
        "SUBMIT-1",
        WRITING,
        SHOWN,
        c(do.ShowPage("p2", SITE, (Element("plain", submits=("press",)),))),
        act(PRESS),
    ),
    bad(
        "SUBMIT-2",
        "the act was refused and yet changed the page",
        WRITING,
        p(a(SUBMIT_SEND, re=8)),
        c(see.Acted(8, SUBMIT_SEND)),
        p(c(CHANGED)),
        p(a(refused("SUBMIT-1"), re=8)),
    ),
    bad(
        "SUBMIT-2",
        "the act was refused and yet changed the page",
        WRITING,
        p(a(SUBMIT_SEND, re=8)),
        a(refused("SUBMIT-1"), re=8),
        c(see.Acted(8, SUBMIT_SEND)),
        p(c(CHANGED)),
    ),
    bad(
        "SUBMIT-2",
        "the act was refused and yet changed the page",
        WRITING,
        act(SUBMIT_SEND),
        p(c(CHANGED)),
        p(a(refused("SUBMIT-1", act=8))),
    ),
    good("SUBMIT-2", WRITING, a(SUBMIT_SEND, re=8), a(refused("SUBMIT-1"), re=8)),
    good(
        "SUBMIT-2",
        WRITING,
        a(PRESS, re=7),
        a(SUBMIT_SEND, re=8),
        c(see.Acted(7, PRESS)),
        c(CHANGED),
        a(refused("SUBMIT-1"), re=8),
    ),
    idle("SUBMIT-2", WRITING, act(PRESS), c(CHANGED)),
    bad(
        "SUBMIT-3",
        "the customer was refused a submit",
        p(c(do.Submit("send"), re=8)),
        p(c(refused("SUBMIT-1"), re=8)),
    ),
    good("SUBMIT-3", c(see.PageChanged(Party.CUSTOMER, "submit"))),
    idle("SUBMIT-3", a(refused("SUBMIT-1")), c(SUBMITTED)),
    bad(
        "SUBMIT-4",
        "a button that is not allowed to agents submitted for the agent",
        WRITING,
        SHOWN,
        act(SUBMIT_SEND),
        p(c(SUBMITTED)),
    ),
    good("SUBMIT-4", WRITING, SHOWN, act(SUBSCRIBE)),
    good("SUBMIT-4", WRITING, SHOWN, a(refused("SUBMIT-1"))),
    idle("SUBMIT-4", WRITING, a(refused("SUBMIT-1"))),
]

SITE_CASES: Final = [
    *(
        bad(
            "SITE-1",
            f"something reached the {who} while the session was suspended",
            JOINED,
            c(do.LeaveSite()),
            p(one(OFF_SITE)),
            p(one(what)),
        )
        for who, one, what in (
            ("agent", a, see.Content("d1")),
            ("agent", a, see.Circle(1, 2)),
            ("customer", c, see.PointerAt(1, 2)),
            ("customer", c, see.Acted(8, PRESS)),
        )
    ),
    bad(
        "SITE-1",
        "the customer's end sent something while the session was suspended",
        JOINED,
        p(c(OFF_SITE)),
        p(c(MIRROR)),
        **CUSTOMERS_END,
    ),
    good("SITE-1", JOINED, AWAY),
    idle("SITE-1", JOINED, c(MIRROR), a(see.Content("d1", 3))),
    bad(
        "SITE-2",
        "the session began anew instead of resuming",
        JOINED,
        p(a(OFF_SITE)),
        p(a(see.Joined("Ada", POINTER))),
    ),
    bad("SITE-2", "the session resumed in Write Mode", JOINED, p(a(OFF_SITE)), p(a(see.Resumed(WRITE)))),
    good("SITE-2", JOINED, AWAY, BACK),
    idle("SITE-2", JOINED, AWAY),
    bad(
        "SITE-3",
        "the agent was told the address of another site",
        JOINED,
        p(a(see.PageShown("p2", ELSEWHERE.url))),
    ),
    bad(
        "SITE-3",
        "the customer's end told the server the address of another site",
        JOINED,
        p(c(ELSEWHERE)),
        **CUSTOMERS_END,
    ),
    bad(
        "SITE-3",
        "the customer left the site and the agent was not told",
        JOINED,
        p(c(do.LeaveSite(), re=6)),
        c(OFF_SITE, re=6),
        fence(c, proof=True),
    ),
    good("SITE-3", JOINED, AWAY),
    idle("SITE-3", JOINED, c(ELSEWHERE), c(OFF_SITE)),
    bad(
        "SITE-4",
        "the session ended as off-site, and the customer had not left the site",
        JOINED,
        p(c(see.Ended(EndReason.OFF_SITE_TIMEOUT))),
    ),
    bad(
        "SITE-4",
        "it ended after 299.000 s off the site, declared are 300 s",
        JOINED,
        p(c(do.LeaveSite(), re=6)),
        c(OFF_SITE, re=6),
        p(c(see.Ended(EndReason.OFF_SITE_TIMEOUT), at=299.0)),
    ),
    good("SITE-4", JOINED, AWAY, c(see.Ended(EndReason.OFF_SITE_TIMEOUT), at=300.0)),
    good("SITE-4", JOINED, AWAY, c(PAGE, re=8, at=299.0), c(see.Ended(EndReason.OFF_SITE_TIMEOUT), at=300.0)),
    idle("SITE-4", JOINED, c(do.LeaveSite()), ended(EndReason.CUSTOMER_EXIT)),
    bad(
        "SITE-5",
        "a page that is not on the site was shown to the agent",
        p(a(see.PageShown("p2", ELSEWHERE.url))),
    ),
    bad(
        "SITE-5",
        "a page of the site was taken for another site's",
        JOINED,
        p(c(PAGE, re=5)),
        p(c(OFF_SITE, re=5)),
    ),
    good("SITE-5", JOINED, c(ELSEWHERE, re=5), c(OFF_SITE, re=5)),
    good("SITE-5", a(see.PageShown("p1", f"{SITE}/apply"))),
    idle("SITE-5", JOINED, c(ELSEWHERE, re=5), c(PAGE, re=6), c(do.LeaveSite(), re=7), c(OFF_SITE, re=7)),
    bad(
        "SITE-6",
        "Write Mode was asked for or turned on while the session was suspended",
        JOINED,
        p(a(OFF_SITE)),
        p(a(see.Asked("r1"))),
    ),
    bad(
        "SITE-6",
        "Write Mode was asked for or turned on while the session was suspended",
        JOINED,
        p(a(OFF_SITE)),
        p(a(IN_WRITE_MODE)),
    ),
    good("SITE-6", a(refused("SITE-6", "suspended"))),
    good("SITE-6", ASKED, c(do.LeaveSite()), a(see.Answered("r1", Answer.VOID))),
    idle("SITE-6", WRITING),
]

STOP_CASES: Final = [
    bad(
        "STOP-1",
        "the customer exited and the agent was not told",
        JOINED,
        p(c(do.Exit(), re=8)),
        c(see.Ended(EndReason.CUSTOMER_EXIT)),
        fence(c, proof=True),
    ),
    good("STOP-1", JOINED, c(do.Exit()), ended(EndReason.CUSTOMER_EXIT)),
    idle("STOP-1", JOINED, a(do.Exit(), re=8), a(refused("SECURE-2"), re=8), fence(a)),
    *(
        bad(
            "STOP-2",
            "the agent was shown more after the end",
            JOINED,
            p(a(see.Ended(EndReason.CUSTOMER_EXIT))),
            p(a(what)),
        )
        for what in (see.Content("d1"), see.PageShown("p1", SITE), see.PointerAt(1, 2))
    ),
    good("STOP-2", JOINED, a(see.Ended(EndReason.CUSTOMER_EXIT))),
    idle("STOP-2", JOINED, c(see.Ended(EndReason.CUSTOMER_EXIT)), a(see.Content("d1"))),
    bad(
        "STOP-3",
        "the customer's end went on capturing after the end",
        JOINED,
        p(c(see.Ended(EndReason.AGENT_EXIT))),
        p(c(MIRROR)),
        **CUSTOMERS_END,
    ),
    good("STOP-3", JOINED, c(see.Ended(EndReason.AGENT_EXIT))),
    idle("STOP-3", JOINED, a(see.Ended(EndReason.AGENT_EXIT)), c(MIRROR)),
    bad(
        "STOP-4",
        "the session ended with its chat or call, which had not ended",
        START,
        p(c(see.Ended(EndReason.INTERACTION_ENDED))),
    ),
    good("STOP-4", START, k(do.EndInteraction("i1")), c(see.Ended(EndReason.INTERACTION_ENDED))),
    idle("STOP-4", START, k(do.EndInteraction("i1")), c(see.Ended(EndReason.CANCELLED))),
    *(
        bad(
            "STOP-5",
            f"something of the session reached the {who} after its end",
            JOINED,
            p(one(see.Ended(EndReason.CUSTOMER_EXIT))),
            p(one(what)),
        )
        for who, one, what in (
            ("agent", a, see.Asked("r1")),
            ("agent", a, see.Resumed(POINTER)),
            ("customer", c, see.Warned(60.0)),
            ("customer", c, see.Restored("pointer", POINTER)),
        )
    ),
    good("STOP-5", JOINED, ended(EndReason.AGENT_EXIT), a(refused("STOP-5", "session_ended"))),
    idle("STOP-5", JOINED, c(see.Ended(EndReason.CUSTOMER_EXIT)), a(see.Warned(60.0))),
    bad(
        "STOP-6",
        "the session ended twice",
        JOINED,
        c(do.Exit()),
        p(a(see.Ended(EndReason.CUSTOMER_EXIT))),
        p(a(see.Ended(EndReason.CUSTOMER_EXIT))),
    ),
    bad(
        "STOP-6",
        "one was told customer_exit, the other agent_exit",
        JOINED,
        c(do.Exit()),
        a(do.Exit()),
        p(c(see.Ended(EndReason.CUSTOMER_EXIT))),
        p(a(see.Ended(EndReason.AGENT_EXIT))),
    ),
    bad(
        "STOP-6",
        "the reason is agent_exit, and nobody had done that",
        JOINED,
        c(do.Exit()),
        p(c(see.Ended(EndReason.AGENT_EXIT))),
    ),
    good(
        "STOP-6", JOINED, c(do.Exit()), ended(EndReason.CUSTOMER_EXIT), k(see.Ended(EndReason.CUSTOMER_EXIT))
    ),
    good("STOP-6", JOINED, a(do.Exit(), session=""), c(see.Ended(EndReason.AGENT_EXIT))),
    idle("STOP-6", JOINED, c(do.Exit())),
    bad(
        "STOP-7",
        "it ended after 599.000 s of inactivity, declared are 600 s",
        JOINED,
        p(a(do.Click(1, 2), re=8, at=1.0)),
        fence(a),
        a(see.Warned(60.0), at=541.0),
        p(a(see.Ended(EndReason.INACTIVITY), at=600.0)),
    ),
    bad(
        "STOP-7",
        "the session ended for inactivity without a warning",
        JOINED,
        p(a(see.Ended(EndReason.INACTIVITY), at=600.0)),
    ),
    bad(
        "STOP-7",
        "the session ended for inactivity without a warning",
        JOINED,
        a(see.Warned(60.0), at=540.0),
        a(do.Click(1, 2), re=8),
        fence(a),
        p(a(see.Ended(EndReason.INACTIVITY), at=1140.0)),
    ),
    good("STOP-7", JOINED, a(see.Warned(60.0), at=540.0), a(see.Ended(EndReason.INACTIVITY), at=600.0)),
    good(
        "STOP-7",
        JOINED,
        a(see.Warned(60.0), at=540.0),
        a(PRESS, re=8),
        a(refused("POINTER-2"), re=8),
        fence(a),
        a(see.Ended(EndReason.INACTIVITY), at=600.0),
    ),
    idle("STOP-7", JOINED, ended(EndReason.CUSTOMER_EXIT), k(see.Ended(EndReason.INACTIVITY))),
]

RESIZE: Final = c(do.Resize(800, 600))
VIEW_CASES: Final = [
    bad("VIEW-1", "the virtual browser has no size", JOINED, p(a(see.WindowShows(0, 0)))),
    bad(
        "VIEW-1",
        "the customer's window is 800 by 600",
        JOINED,
        p(RESIZE),
        fence(c),
        p(a(see.WindowShows(640, 480))),
    ),
    good("VIEW-1", JOINED, a(see.WindowShows(640, 480))),
    idle("VIEW-1", START, a(see.WindowShows(640, 480))),
    bad(
        "VIEW-3",
        "the customer's window was resized and the virtual browser was not",
        JOINED,
        p(RESIZE),
        fence(c),
        p(a(see.WindowShows(640, 480))),
    ),
    good("VIEW-3", JOINED, RESIZE, fence(c), a(see.WindowShows(800, 600))),
    idle("VIEW-3", JOINED, RESIZE, a(see.WindowShows(640, 480))),
]

LOST: Final = see.Suspended(SuspendReason.LINK_LOST)
AGENT_GONE: Final = net(do.LoseLink(Party.AGENT))
CUSTOMER_GONE: Final = net(do.LoseLink(Party.CUSTOMER))
RESTORED: Final = see.Restored("suspended", POINTER, "Ada")
SESSION_OVER: Final = see.Refused("STOP-5", "session_ended", "No.")


def crash(at: float) -> list[Line]:
    """The server is killed, both links break, and at this moment it is started again."""
    return [p(net(do.Crash())), CUSTOMER_GONE, AGENT_GONE, net(do.Restart(), at=at)]


#: The agent comes back and says what it had last.
COUNTING: Final = [a(do.Resume("", 1), re=9), a(see.Restored("pointer", POINTER, "Ada"), re=9, n=9)]
RESUME_CASES: Final = [
    bad(
        "RESUME-2",
        "the party came back and was not told of Write Mode",
        WRITING[:-1],
        c(see.InMode(WRITE), n=4),
        AGENT_GONE,
        [COUNTING[0], p(COUNTING[1])],
        c(do.Click(1, 1), re=10),
        fence(c, proof=True),
    ),
    bad(
        "RESUME-2",
        "what the party had missed came in another order",
        ASKED,
        AGENT_GONE,
        COUNTING,
        p(a(see.Answered("r1", Answer.VOID), n=8)),
        p(a(see.InMode(POINTER), n=7)),
    ),
    bad(
        "RESUME-1",
        "it waited 50.000 s for the agent, declared are 60 s",
        JOINED,
        p(AGENT_GONE),
        c(LOST),
        p(c(see.Ended(EndReason.AGENT_LOST), at=50.0)),
    ),
    bad(
        "RESUME-1",
        "the session ended as if the customer were lost, whose link had not broken",
        JOINED,
        p(a(see.Ended(EndReason.CUSTOMER_LOST))),
    ),
    bad(
        "RESUME-1",
        "the session ended as if the customer were lost, who was on another site",
        JOINED,
        c(do.LeaveSite(), re=6),
        c(OFF_SITE, re=6, n=6),
        p(a(OFF_SITE, n=6)),
        CUSTOMER_GONE,
        p(a(see.Ended(EndReason.CUSTOMER_LOST), at=120.0)),
    ),
    good(
        "RESUME-1",
        *(JOINED, AWAY, BACK, CUSTOMER_GONE),
        a(see.Ended(EndReason.CUSTOMER_LOST), at=120.0),
    ),
    idle("RESUME-1", JOINED, AWAY, CUSTOMER_GONE, a(see.Ended(EndReason.OFF_SITE_TIMEOUT), at=300.0)),
    good("RESUME-1", JOINED, AGENT_GONE, c(LOST), c(see.Ended(EndReason.AGENT_LOST), at=60.0)),
    good("RESUME-1", JOINED, AGENT_GONE, c(LOST), a(do.Resume(), re=9), a(RESTORED, re=9)),
    idle("RESUME-1", JOINED, ended(EndReason.AGENT_EXIT)),
    bad(
        "RESUME-2",
        "what the party had been told it was told again",
        ASKED,
        p(a(see.Answered("r1", Answer.VOID))),
        p(a(see.Answered("r1", Answer.VOID))),
    ),
    bad(
        "RESUME-2",
        "the party came back and was not told what it had missed",
        ASKED,
        AGENT_GONE,
        p(c(see.Answered("r1", Answer.VOID))),
        c(LOST),
        a(do.Resume(), re=9),
        a(RESTORED, re=9),
        c(do.Exit(), re=10),
        fence(c, proof=a),
    ),
    good("RESUME-2", JOINED, AGENT_GONE, c(LOST), a(do.Resume(), re=9), a(RESTORED, re=9)),
    idle("RESUME-2", DENIED),
    bad(
        "RESUME-3",
        "an announced reload suspended the session",
        JOINED,
        p(c(do.Announce(), re=8)),
        fence(c),
        CUSTOMER_GONE,
        p(a(LOST)),
    ),
    bad(
        "RESUME-3",
        "Write Mode outlived a lost link",
        WRITING,
        p(AGENT_GONE),
        a(do.Resume(), re=9),
        p(a(see.Restored("write", WRITE), re=9)),
    ),
    good("RESUME-3", JOINED, CUSTOMER_GONE, a(LOST)),
    good("RESUME-3", JOINED, c(do.Announce(), re=8), CUSTOMER_GONE, a(LOST)),  # it may not have got there
    good("RESUME-3", JOINED, c(do.Announce(), re=8), fence(c), CUSTOMER_GONE, a(LOST, at=10.0)),
    good("RESUME-3", WRITING, c(do.Announce(), re=8), CUSTOMER_GONE, c(see.Restored("write", WRITE))),
    idle("RESUME-3", JOINED, AWAY),
    *(
        bad(
            "RESUME-4",
            because,
            beginning,
            crash(at),
            c(do.Resume(), re=9),
            p(c(answer, re=9, n=20, at=at + 1)),
        )
        for because, at, beginning, answer in (
            (
                "the session had ended, and after the crash it goes on",
                1.0,
                [JOINED, c(do.Exit(), re=8), p(c(see.Ended(EndReason.CUSTOMER_EXIT), n=3))],
                RESTORED,
            ),
            (
                "the customer was off the site, and after the crash the session is not suspended",
                1.0,
                [JOINED, p(c(do.LeaveSite(), re=6)), c(OFF_SITE, re=6, n=6)],
                see.Restored("pointer", POINTER, "Ada"),
            ),
            (
                "its time was over while the server was down, and the session goes on",
                1300.0,
                [OPEN, c(do.Start(), re=1), p(c(see.Started(ID), re=1, n=1))],
                see.Restored("pending", POINTER),
            ),
            (
                "the session was acknowledged, and after the crash its party is refused: wrong_token",
                1.0,
                [OPEN, c(do.Start(), re=1), p(c(see.Started(ID), re=1, n=1))],
                refused("SECURE-2", "wrong_token"),
            ),
            (
                "the session had not ended, and after the crash it has",
                1.0,
                [OPEN, c(do.Start(), re=1), p(c(see.Started(ID), re=1, n=1))],
                refused("STOP-5", "session_ended"),
            ),
            (
                "the request's time was over while the server was down, and it has not expired",
                40.0,
                [JOINED, a(do.Request(), re=3), p(a(see.Asked("r1"), re=3, n=3)), c(see.Asked("r1"), n=3)],
                see.Answered("r1", Answer.VOID),
            ),
        )
    ),
    bad(
        "RESUME-4",
        "an agent had joined, and after the crash none has",
        JOINING,
        p(a(see.Joined("Ada", POINTER), re=2, n=2)),
        crash(1.0),
        p(a(see.Restored("pending", POINTER), n=9)),
    ),
    bad(
        "RESUME-4",
        "the session stands at place 2, and had come to 3 before the crash",
        ASKED,
        crash(1.0),
        p(c(RESTORED, n=2)),
    ),
    bad(
        "RESUME-4",
        "after its crash the server no longer knows that the customer started the session",
        [OPEN, c(do.Start(), re=1), p(c(see.Started(ID), re=1, n=1))],
        crash(1.0),
        p(k(see.ReceiptShown(intact=True))),
    ),
    good("RESUME-4", JOINED, crash(1.0), c(do.Resume(), re=9), c(RESTORED, re=9, n=6)),
    good("RESUME-4", JOINED, crash(70.0), c(do.Resume(), re=9), c(SESSION_OVER, re=9, at=200.0)),
    good("RESUME-4", ASKED, crash(1.0), c(see.Answered("r1", Answer.VOID), n=9)),
    good("RESUME-4", ASKED, crash(40.0), c(see.Answered("r1", Answer.EXPIRED), n=9)),
    idle("RESUME-4", ASKED, CUSTOMER_GONE, c(RESTORED, n=9)),
]

MASKED: Final = {"masked": ("ssn",), "secret": ("pin",)}
MASK_CASES: Final = [
    bad("MASK-1", "the agent can read a masked field", p(a(see.FieldShows("0781", "ssn"))), **MASKED),
    good("MASK-1", a(see.FieldShows("****", "ssn")), **MASKED),
    idle("MASK-1", c(see.FieldShows("0781", "ssn")), a(see.FieldShows("Ada", "name")), **MASKED),
    bad(
        "MASK-7",
        "an act of the agent changed a masked field",
        WRITING,
        p(c(see.PageChanged(Party.AGENT, "field", "ssn"))),
        **MASKED,
    ),
    good("MASK-7", WRITING, a(refused("MASK-7", "masked"))),
    idle("MASK-7", WRITING, c(see.PageChanged(Party.CUSTOMER, "field", "ssn")), **MASKED),
    bad(
        "MASK-9",
        "a secret shows something else than nothing or four asterisks",
        p(a(see.FieldShows("******", "pin"))),
        **MASKED,
    ),
    good("MASK-9", a(see.FieldShows("", "pin")), **MASKED),
    idle("MASK-9", a(see.FieldShows("******", "ssn")), **MASKED),
    bad(
        "MASK-10",
        "in write mode the agent can read a masked field",
        WRITING,
        p(a(see.FieldShows("0781", "ssn"))),
        **MASKED,
    ),
    good("MASK-10", WRITING, a(see.FieldShows("****", "ssn")), **MASKED),
    idle("MASK-10", a(see.FieldShows("Ada", "name")), **MASKED),
]

SECURE_CASES: Final = [
    bad("SECURE-1", "an agent who had not signed in was let in", START, p(a(see.Joined("Ada", POINTER)))),
    good("SECURE-1", WELCOME),
    good("SECURE-1", a(refused("SECURE-1", "not_authenticated"))),
    idle("SECURE-1", START, c(see.Joined("Ada", POINTER))),
    bad(
        "SECURE-2",
        "a token that is not the party's own was accepted",
        JOINED,
        p(a(do.Resume("not its own"), re=8)),
        p(a(see.Restored("pointer", POINTER), re=8)),
    ),
    good("SECURE-2", a(refused("SECURE-2", "wrong_token"))),
    good("SECURE-2", JOINED, a(do.Resume(), re=8), a(see.Restored("pointer", POINTER), re=8)),
    idle("SECURE-2", a(refused("SECURE-2", "wrong_party"))),
    bad(
        "SECURE-3",
        "a session was opened from a page of a foreign origin",
        p(c(do.OpenLink("https://evil.test"))),
        p(c(see.Started(ID))),
    ),
    bad("SECURE-3", "a page of the site was turned away", p(c(do.OpenLink(SITE))), p(c(see.TurnedAway(403)))),
    good("SECURE-3", c(do.OpenLink("https://evil.test")), c(see.TurnedAway(403))),
    idle("SECURE-3", START),
    bad("SECURE-4", "the refusal does not say why", p(a(see.Refused("SECURE-4", "malformed")))),
    good("SECURE-4", a(refused("SECURE-4", "malformed"))),
    idle("SECURE-4", a(refused("SECURE-2"))),
    bad(
        "SECURE-6",
        "the refusal shows a session ID",
        START,
        p(a(see.Refused("STOP-5", "x", f"{ID} is over."))),
    ),
    good("SECURE-6", START, a(refused("STOP-5"))),
    idle("SECURE-6", START),
]

#: What a receipt must say of a session that the agent exited after a denial and a suspension.
TOLD: Final = (
    "the customer started the session",
    "the agent joined",
    "the agent requested Write Mode",
    "the customer denied the request",
    "the session was suspended: off_site",
    "the session resumed",
    "the session ended: agent_exit",
)
VISIT: Final = f"the customer visited {SITE}/apply"


def receipt(*says: str, pages: tuple[str, ...] = (), intact: bool = True, sealed: bool = True) -> list[Line]:
    """The contact centre asks for the receipt, and gets this one."""
    shown = see.ReceiptShown(says, pages, intact, sealed)
    return [k(do.FetchReceipt(), re=90), p(k(shown, re=90))]


def without(words: str) -> list[Line]:
    """A receipt that lacks this."""
    return receipt(*(told for told in TOLD if told != words))


OVER: Final = [DENIED, AWAY, BACK, a(do.Exit(), re=8), c(see.Ended(EndReason.AGENT_EXIT), n=8)]
RECORD_CASES: Final = [
    bad("RECORD-1", "the receipt does not verify", JOINED, receipt(intact=False)),
    *(
        bad("RECORD-1", f"the receipt does not say that {words}", beginning, p(c(seen)), without(words))
        for beginning, seen, words in (
            (OPEN, see.Started(ID), TOLD[0]),
            ((), see.Joined("Ada", POINTER), TOLD[1]),
            ((), see.Asked("r1"), TOLD[2]),
            ((), see.Answered("r1", Answer.DENIED), TOLD[3]),
            ((), OFF_SITE, TOLD[4]),
            ((), see.Resumed(POINTER), TOLD[5]),
            ((), see.Ended(EndReason.AGENT_EXIT), TOLD[6]),
        )
    ),
    bad(
        "RECORD-1",
        "the receipt does not say that the agent requested Write Mode",
        c(see.Asked("r1")),
        p(c(see.Asked("r2"))),
        receipt(*TOLD),
    ),
    bad(
        "RECORD-1",
        "the session has ended, and its receipt has no seal",
        p(c(see.Ended(EndReason.AGENT_EXIT))),
        receipt(*TOLD, sealed=False),
    ),
    bad(
        "RECORD-1",
        "the receipt says that the customer approved, who had not",
        OVER,
        receipt(*TOLD, "the customer approved the request"),
    ),
    bad(
        "RECORD-1",
        "the receipt says twice that the session ended",
        OVER,
        receipt(*TOLD, "the session ended: agent_lost"),
    ),
    good("RECORD-1", OVER, receipt(*TOLD)),
    good("RECORD-1", WRITING, receipt(*TOLD[:3], "the customer approved the request", sealed=False)),
    # What came after it had been asked for need not be in it.
    good("RECORD-1", receipt()[:1], START, receipt(sealed=False)[1:]),
    idle("RECORD-1", OVER),
    bad(
        "RECORD-2",
        "an address in the receipt has a query or a fragment",
        receipt(f"{VISIT}?q", pages=(f"{SITE}/apply?q",)),
    ),
    bad("RECORD-2", "a visit stands in the receipt without its time or duration", receipt(VISIT)),
    bad(
        "RECORD-2",
        "the agent was shown pages, and the receipt lists none",
        JOINED,
        SHOWN,
        p(a(see.Ended(EndReason.AGENT_EXIT))),
        receipt(*TOLD),
    ),
    good("RECORD-2", receipt(VISIT, pages=(f"{SITE}/apply",))),
    idle("RECORD-2", JOINED, SHOWN, receipt(*TOLD, sealed=False)),
]

CURTAIN: Final = see.Suspended(SuspendReason.CURTAIN)
DRAWN: Final = [c(do.DrawCurtain(), re=6), c(CURTAIN, re=6, n=6), a(CURTAIN, n=6)]
#: What a header says where there is a curtain.
PROVIDED: Final = {"capabilities": ("curtain",)}
PAUSE_CASES: Final = [
    bad("PAUSE-1", "a curtain was drawn, and there is none", JOINED, c(do.DrawCurtain()), p(c(CURTAIN))),
    bad(
        "PAUSE-1", "a curtain was drawn, and the customer had not done it", JOINED, p(a(CURTAIN)), **PROVIDED
    ),
    bad(
        "PAUSE-1",
        "the party was told twice of one curtain",
        JOINED,
        DRAWN[:2],
        p(a(CURTAIN, n=6)),
        p(a(CURTAIN, n=6)),
        **PROVIDED,
    ),
    *(
        bad(
            "PAUSE-1",
            f"something reached the {who} behind the curtain",
            JOINED,
            c(do.DrawCurtain()),
            p(one(CURTAIN)),
            p(one(what)),
            **PROVIDED,
        )
        for who, one, what in (
            ("agent", a, see.Content("d1")),
            ("agent", a, see.PageShown("p1", f"{SITE}/apply")),
            ("customer", c, see.PointerAt(1, 2)),
            ("customer", c, see.Acted(8, PRESS)),
        )
    ),
    bad(
        "PAUSE-1",
        "the session went on before the customer had opened the curtain",
        JOINED,
        DRAWN[:2],
        p(a(CURTAIN, n=6)),
        p(a(see.Resumed(POINTER))),
        **PROVIDED,
    ),
    bad(
        "PAUSE-1",
        "Write Mode went on behind a curtain",
        WRITING,
        DRAWN[:2],
        p(a(CURTAIN, n=6)),
        c(do.OpenCurtain(), re=7),
        p(a(see.Resumed(WRITE))),
        **PROVIDED,
    ),
    bad(
        "PAUSE-1",
        "the curtain was drawn and the agent was not told",
        JOINED,
        p(c(do.DrawCurtain(), re=6)),
        c(CURTAIN, re=6),
        fence(c, proof=True),
        **PROVIDED,
    ),
    bad(
        "PAUSE-1",
        "the curtain was opened and the session did not resume",
        JOINED,
        DRAWN,
        p(c(do.OpenCurtain(), re=7)),
        fence(c, proof=True),
        **PROVIDED,
    ),
    good("PAUSE-1", JOINED, c(do.DrawCurtain(), re=6), c(refused("PAUSE-1", "not_supported"), re=6)),
    good("PAUSE-1", JOINED, DRAWN, **PROVIDED),
    good("PAUSE-1", JOINED, DRAWN, c(do.OpenCurtain(), re=7), a(see.Resumed(POINTER)), **PROVIDED),
    idle("PAUSE-1", JOINED, AWAY, a(see.Content("d1")), **PROVIDED),
    good(  # the page is off the site of a stricter policy
        "PAUSE-1",
        *(JOINED, [one(OFF_SITE, n=6) for one in (c, a)], DRAWN, c(do.OpenCurtain(), re=8), fence(c)),
        [one(see.Resumed(POINTER), n=21) for one in (c, a)],
        **PROVIDED,
    ),
]

#: The contact centre masks one more field, disables Write Mode, and is told that this is in force.
STRICTER: Final = do.PutPolicy("stricter", masked=("city",), write_mode=False)
IN_FORCE: Final = see.PolicyInForce()
AGENT_BACK: Final = [a(do.Resume(), re=9), a(see.Restored("suspended", POINTER, "Ada"), re=9, n=9)]
UNWATCHED: Final[dict[str, Any]] = {
    "capabilities": ("curtain",),
    "declared": {**DECLARED, "inactivity_s": 0.0},
}
POLICY_CASES: Final = [
    bad(
        "MASK-11",
        "the policy of a session changed, and none had been put in force",
        JOINED,
        p(k(do.PutPolicy("broken", readable=False), re=70)),
        k(see.PolicyRefused(3), re=70),
        p(a(see.PolicyChanged())),
    ),
    bad(
        "MASK-11",
        "the policy of a session changed, and none had been put in force",
        JOINED,
        p(c(see.PolicyChanged())),
    ),
    bad(
        "MASK-11",
        "a policy that cannot be read was put in force",
        p(k(do.PutPolicy("broken", readable=False), re=70)),
        p(k(IN_FORCE, re=70)),
    ),
    bad(
        "MASK-11",
        "a policy was refused, and no line at fault was named",
        k(do.PutPolicy("broken", readable=False), re=70),
        p(k(see.PolicyRefused(0), re=70)),
    ),
    bad(
        "MASK-11",
        "a mask that was put in force does not hold in a live session",
        JOINED,
        k(STRICTER, re=70),
        p(k(IN_FORCE, re=70)),
        fence(c),
        p(a(see.FieldShows("Bern", "city"))),
    ),
    bad(
        "MASK-11",
        "Write Mode was asked for in a live session for which it had been disabled",
        JOINED,
        k(STRICTER, re=70),
        p(k(IN_FORCE, re=70)),
        fence(c),
        a(do.Request(), re=3),
        p(a(see.Asked("r1"), re=3)),
    ),
    good("MASK-11", JOINED, k(STRICTER, re=70), k(IN_FORCE, re=70)),
    good("MASK-11", JOINED, k(STRICTER, re=70), a(see.PolicyChanged())),
    good(
        "MASK-11", JOINED, k(STRICTER, re=70), k(IN_FORCE, re=70), fence(c), a(see.FieldShows("****", "city"))
    ),
    good("MASK-11", k(do.PutPolicy("broken", readable=False), re=70), k(see.PolicyRefused(3), re=70)),
    idle("MASK-11", JOINED, a(see.FieldShows("Bern", "city")), ASKED),
    bad(
        "MASK-11",
        "one change of policy was told twice",
        *(JOINED, AGENT_GONE, k(STRICTER, re=70), k(IN_FORCE, re=70), AGENT_BACK),
        *(p(a(see.PolicyChanged(), n=9)), p(a(see.PolicyChanged(), n=9))),
    ),
    good(  # it has missed two that are alike
        "MASK-11",
        *(JOINED, AGENT_GONE, k(STRICTER, re=70), k(IN_FORCE, re=70), k(STRICTER, re=71), k(IN_FORCE, re=71)),
        *(AGENT_BACK, a(see.PolicyChanged(), n=9), a(see.PolicyChanged(), n=9)),
    ),
    bad(
        "MASK-7",
        "an act of the agent changed a masked field",
        *(JOINED, k(STRICTER, re=70), k(IN_FORCE, re=70), c(do.Fence("f1"), re=50)),
        *(c(see.FencePassed("f1"), n=20), p(c(see.PageChanged(Party.AGENT, "field", "city")))),
    ),
    idle(  # the act was on its way to the customer when the policy came
        "MASK-7",
        *(JOINED, k(STRICTER, re=70), k(IN_FORCE, re=70), a(do.Fence("f1"), re=50)),
        *(a(see.FencePassed("f1"), n=20), c(see.PageChanged(Party.AGENT, "field", "city"))),
    ),
    idle(  # so was what the agent is shown
        "MASK-1",
        *(JOINED, k(STRICTER, re=70), k(IN_FORCE, re=70), c(do.Fence("f1"), re=50)),
        *(c(see.FencePassed("f1"), n=20), a(see.FieldShows("Bern", "city"))),
    ),
    bad(
        "WRITE-13",
        "Write Mode ended and nobody had ended it",
        *(JOINED, k(STRICTER, re=70), k(IN_FORCE, re=70), WRITING[1:-1], p(a(see.InMode(WRITE), n=4))),
        p(a(see.InMode(POINTER), n=5)),
    ),
    *(  # the agent hears of Write Mode when the policy that ends it has been put
        idle("WRITE-13", *WRITING[:-1], put, a(see.InMode(WRITE), n=4), a(see.InMode(POINTER), n=5))
        for put in ([k(STRICTER, re=70)], [k(STRICTER, re=70), k(IN_FORCE, re=70)])
    ),
    idle(  # it was put before the approval, and was in force after it
        "WRITE-13",
        *(ASKED, k(STRICTER, re=70), WRITING[1:-1], k(IN_FORCE, re=70)),
        *(a(see.InMode(WRITE), n=4), a(see.InMode(POINTER), n=5)),
    ),
    idle(  # its site is a smaller one
        "SITE-5", *(JOINED, k(STRICTER, re=70), k(IN_FORCE, re=70), c(PAGE, re=5), c(OFF_SITE, re=5, n=5))
    ),
    bad(
        "SITE-3",
        "it is to end in 600 s, declared are 300 s",
        JOINED,
        p(a(see.Suspended(SuspendReason.OFF_SITE, 600.0))),
    ),
    bad(
        "SITE-3",
        "it is to end in 600 s, declared are 0 s",
        *(JOINED, p(a(see.Suspended(SuspendReason.CURTAIN, 600.0)))),
        **UNWATCHED,
    ),
    good(  # it watches inactivity, which had been off
        "SITE-3",
        *(JOINED, k(STRICTER, re=70), a(see.Suspended(SuspendReason.CURTAIN, 600.0))),
        **UNWATCHED,
    ),
    *(  # its times are shorter ones
        case(rule, *lines, k(STRICTER, re=70), last)
        for case, rule, lines, last in (
            (good, "WRITE-8", ASKED, a(see.Answered("r1", Answer.EXPIRED), n=4, at=5.0)),
            (good, "SITE-4", (JOINED, AWAY), a(see.Ended(EndReason.OFF_SITE_TIMEOUT), n=9, at=5.0)),
            (good, "WRITE-9", JOINED, a(refused("WRITE-9", "cooling_down", retry_after_s=50.0))),
        )
    ),
    idle(  # it has begun with a policy that hides less, and where Write Mode is enabled
        "WRITE-5",
        *(OPEN, c(do.Start(), re=1), k(do.PutPolicy("looser"), re=70), c(see.Started(ID), re=1, n=1)),
        *(k(IN_FORCE, re=70), WELCOME, c(see.Asked("r1"), n=3)),
        write_mode=False,
    ),
]

#: Warnings that the customer missed, with what the agent did meanwhile, or had on its way.
AWAY_AND_BACK: Final = [c(do.Resume("", 1), re=9), c(see.Restored("pointer", POINTER, "Ada"), re=9, n=9)]
WARNED: Final = c(see.Warned(60.0), n=9)
CALM: Final = [JOINED, fence(a), CUSTOMER_GONE]
RETOLD_CASES: Final = [
    *(
        bad(rule, because, CALM, AWAY_AND_BACK, p(WARNED), p(WARNED))
        for rule, because in (
            ("RESUME-2", "what the party had missed it was told twice"),
            ("STOP-7", "the party was warned twice"),
        )
    ),
    *(
        idle("STOP-7", *lines, AWAY_AND_BACK, WARNED, WARNED)
        for lines in ((CALM, a(do.Click(3, 4), re=8)), (JOINED, a(do.Click(3, 4), re=8), CUSTOMER_GONE))
    ),
]

#: What a refusal tells of a state that nobody was told of, and what was never told of a deed that was accepted.
NO_REQUEST: Final = refused("WRITE-1", "no_such_request")
IS_WRITING: Final = refused("WRITE-7", "already_in_write_mode")
IS_POINTING: Final = refused("POINTER-2", "pointer_mode")
ASKS: Final = p(a(do.Request(), re=9))
UP_TO_DATE: Final = do.MovePointer(1, 2, 7)
NEXT_PAGE: Final = c(do.ShowPage("p2", f"{SITE}/rates"), re=6)
SECRETS: Final = do.ShowPage("p1", f"{SITE}/apply", (Element("hidden", masked=True), Element("plain")))
UNTOLD_CASES: Final = [
    bad(
        "JOIN-4",
        "the session could be handed to another agent",
        *(JOINED, p(a(do.Transfer("Ben"), re=9)), fence(a, proof=True)),
    ),
    good(
        "JOIN-4",
        *(JOINED, a(do.Transfer("Ben"), re=9), a(refused("JOIN-4", "no_transfer"), re=9), fence(a)),
    ),
    *(
        bad(
            "MASK-7",
            "an act that changes a masked field was passed on to the customer's client",
            *(JOINED, c(SECRETS, re=5), a(what, re=8), p(c(see.Acted(8, what), n=8))),
        )
        for what in (do.Type("hidden", "p1", 4, "x"), do.Choose("hidden", "p1", 4, "x"))
    ),
    *(
        idle("MASK-7", JOINED, c(SECRETS, re=5), a(what, re=8), c(see.Acted(8, what), n=8))
        for what in (do.Type("plain", "p1", 4, "x"), do.Press("hidden", "p1", 4))
    ),
    *(
        bad(
            "SITE-6",
            "a request was pending when the session was suspended, and is not void",
            *(JOINED, a(do.Request(), re=3), p(by(see.Asked("r1"), n=3)), c(do.LeaveSite(), re=6)),
            *(p(by(OFF_SITE, n=6)), by(do.Fence("f1"), re=50), p(by(see.FencePassed("f1"), n=20))),
        )
        for by in (a, c)
    ),
    good("SITE-6", ASKED, a(OFF_SITE, n=6), a(see.Answered("r1", Answer.VOID), n=6), fence(a)),
    idle("SITE-6", DENIED, AWAY, fence(a)),
    good("JOIN-8", a(refused("JOIN-8", "throttled", retry_after_s=60.0000001))),  # reckoned in floating point
    good("WRITE-9", a(refused("WRITE-9", "cooling_down", retry_after_s=10.0000001))),
    bad(
        "JOIN-3",
        "the session was in Write Mode when the agent had only joined",
        *(JOINING, c(see.Joined("Ada", POINTER), n=2), p(a(see.Joined("Ada", POINTER), re=2, n=2))),
        *(a(do.Request(), re=9), p(a(IS_WRITING, re=9))),
    ),
    *(
        idle(rule, *lines, a(IS_WRITING, re=9))
        for rule, lines in (
            # The approval is on its way to the agent still, and so is what was done before it joined.
            ("WRITE-13", (WRITING, AWAY, ASKED, c(do.Approve("r1"), re=8), ASKS)),
            ("RESUME-3", (ASKED, c(do.Approve("r1"), re=8), ASKS)),
            ("RESUME-3", (JOINED, AGENT_GONE, ASKS)),
        )
    ),
    *(
        bad(
            "POINTER-3",
            f"the {viewer} did not see the pointer of the {mover} move",
            *(JOINED, p(by(UP_TO_DATE)), by(UP_TO_DATE), p(by(do.Fence("f1"), re=50))),
            p(other(see.FencePassed("f1"), n=20)),
        )
        for by, other, mover, viewer in ((c, a, "customer", "agent"), (a, c, "agent", "customer"))
    ),
    good(  # of moves that come close to one another not all need to be seen
        "POINTER-3",
        *(JOINED, c(UP_TO_DATE), c(do.MovePointer(3, 4, 7)), c(do.Fence("f1"), re=50)),
        *(a(see.PointerAt(3, 4)), a(see.FencePassed("f1"), n=20)),
    ),
    *(
        idle("POINTER-3", *lines)
        for lines in (
            (JOINED, c(do.Fence("f1"), re=50), c(UP_TO_DATE), a(see.FencePassed("f1"), n=20)),
            (JOINED, c(UP_TO_DATE), AWAY, fence(c)),
            (JOINED, c(UP_TO_DATE), AGENT_GONE, fence(c)),
            # It had set off before content flowed anew, of which its party did not know.
            (JOINED, c(OFF_SITE, n=6), c(see.Resumed(POINTER), n=8), a(UP_TO_DATE), fence(a)),
            (JOINED, AWAY, BACK, c(do.MovePointer(1, 2, 6)), fence(c)),
        )
    ),
    *(
        bad(
            "WRITE-2",
            "the customer was asked, and its answer is refused as if nobody had asked",
            *(JOINED, a(do.Request(), re=3), a(see.Asked("r1"), re=3, n=3), p(c(see.Asked("r1"), n=3))),
            *(p(c(answer, re=9)), p(c(NO_REQUEST, re=9))),
        )
        for answer in (do.Approve("r1"), do.Deny("r1"))
    ),
    *(
        good("WRITE-2", ASKED, *lines, c(do.Approve("r1"), re=9), c(NO_REQUEST, re=9))
        for lines in (
            (c(see.Answered("r1", Answer.EXPIRED), n=4),),
            (c(do.Click(1, 2), at=30.0),),
            (c(do.Deny("r1"), re=8), c(see.Answered("r1", Answer.DENIED), re=8, n=4)),
            (CUSTOMER_GONE,),
            (c(OFF_SITE, n=6),),
        )
    ),
    bad(
        "WRITE-8",
        "a request was withdrawn and the agent had not done so",
        *(ASKED, a(do.Withdraw("r0"), re=9), p(c(see.Answered("r1", Answer.WITHDRAWN), n=4))),
    ),
    *(
        good("WRITE-8", ASKED, a(do.Withdraw(named), re=9), c(see.Answered("r1", Answer.WITHDRAWN), n=4))
        for named in ("r1", "")
    ),
    *(
        bad(
            rule,
            f"in Write Mode the {party} was not let back to Pointer Mode",
            *(WRITING, p(by(do.ReturnToPointer(), re=9)), p(by(refused("SECURE-2", "wrong_party"), re=9))),
        )
        for rule, by, party in (("WRITE-10", a, "agent"), ("WRITE-11", c, "customer"))
    ),
    *(
        idle(rule, *lines, by(do.ReturnToPointer(), re=9), by(refusal, re=9))
        for rule, by in (("WRITE-10", a), ("WRITE-11", c))
        for lines, refusal in (
            ((JOINED,), refused("SECURE-2", "wrong_party")),
            ((WRITING,), refused("WRITE-10", "already_in_pointer_mode")),
            ((WRITING,), refused("STOP-5", "session_ended")),
            ((WRITING,), refused("SECURE-4", "malformed")),
            ((WRITING, AGENT_GONE, CUSTOMER_GONE), refused("SECURE-2", "wrong_party")),
        )
    ),
    bad(
        "WRITE-13",
        "another page of the site has ended Write Mode",
        *(ASKED, c(do.Approve("r1"), re=4), c(see.InMode(WRITE), n=4), p(a(see.InMode(WRITE), n=4))),
        *(p(NEXT_PAGE), p(a(PRESS, re=8)), p(a(IS_POINTING, re=8))),
    ),
    bad(
        "NAVIGATE-7",
        "Write Mode did not go on at another page of the site",
        *(ASKED, c(do.Approve("r1"), re=4), c(see.InMode(WRITE), n=4), p(a(see.InMode(WRITE), n=4))),
        *(NEXT_PAGE, p(a(PRESS, re=8)), p(a(IS_POINTING, re=8))),
    ),
    *(
        idle(rule, WRITING, *lines, a(PRESS, re=8), a(IS_POINTING, re=8))
        for rule in ("WRITE-13", "NAVIGATE-7", "WRITE-4")
        for lines in (
            (c(ELSEWHERE, re=6),),
            (NEXT_PAGE, c(do.ReturnToPointer(), re=7)),
            (NEXT_PAGE, c(do.LeaveSite(), re=7)),
            (NEXT_PAGE, AGENT_GONE),
        )
    ),
    bad(
        "WRITE-13",
        "Write Mode went on after an interruption, untold and unasked",
        *(WRITING, AWAY, c(do.ReturnToSite(), re=7), c(see.Resumed(POINTER), n=7)),
        *(p(a(see.Resumed(POINTER), n=7)), ASKS, p(a(IS_WRITING, re=9))),
    ),
    bad(
        "SITE-2",
        "the session was in Write Mode when it had only resumed",
        *(WRITING, AWAY, c(do.ReturnToSite(), re=7), c(see.Resumed(POINTER), n=7)),
        *(p(a(see.Resumed(POINTER), n=7)), ASKS, p(a(IS_WRITING, re=9))),
    ),
    bad(
        "RESUME-3",
        "Write Mode went on after a lost link, untold and unasked",
        *(WRITING, p(CUSTOMER_GONE), a(LOST, n=6), c(do.Resume("", 4), re=8)),
        *(c(see.Restored("pointer", POINTER, "Ada"), re=8, n=7), a(see.Resumed(POINTER), n=7)),
        *(ASKS, p(a(IS_WRITING, re=9))),
    ),
    bad(
        "SITE-2",
        "the customer came back to the site and the session did not resume",
        *(JOINED, c(do.LeaveSite(), re=6), c(OFF_SITE, re=6, n=6), p(a(OFF_SITE, n=6))),
        *(p(c(do.ReturnToSite(), re=7)), fence(c, proof=True)),
    ),
    *(
        idle("SITE-2", JOINED, AWAY, c(do.ReturnToSite(), re=7), *lines, fence(c), **header)
        for lines, header in (
            ((c(refused("SITE-2", "not_suspended"), re=7),), {}),
            ((c(do.LeaveSite(), re=8),), {}),
            ((c(ELSEWHERE, re=8),), {}),
            ((CUSTOMER_GONE,), {}),
            ((a(see.Ended(EndReason.OFF_SITE_TIMEOUT), n=8),), {}),
            ((c(do.DrawCurtain(), re=8),), {"capabilities": ("curtain",)}),
        )
    ),
    *(
        bad(
            "STOP-1",
            f"the {party} was not let out of the session",
            *(WRITING, p(by(do.Exit(), re=9)), p(by(refused("STOP-1", "out_of_turn"), re=9))),
        )
        for by, party in ((c, "customer"), (a, "agent"))
    ),
    *(
        idle("STOP-1", *lines, a(do.Exit(), re=9), a(refusal, re=9))
        for lines, refusal in (
            ((JOINED,), refused("STOP-5", "session_ended")),
            ((JOINED, AGENT_GONE), refused("STOP-1", "out_of_turn")),
            ((JOINING,), refused("STOP-1", "out_of_turn")),
        )
    ),
    bad(
        "STOP-2",
        "the customer exited and the agent was not notified",
        *(JOINED, c(do.Exit(), re=9), p(c(see.Ended(EndReason.CUSTOMER_EXIT), n=9)), fence(c, proof=True)),
    ),
    bad(
        "STOP-3",
        "the agent exited and the customer was not notified",
        *(JOINED, a(do.Exit(), re=9), p(a(see.Ended(EndReason.AGENT_EXIT), n=9)), fence(a, proof=True)),
    ),
    idle("STOP-2", JOINED, a(do.Exit(), re=9), a(see.Ended(EndReason.AGENT_EXIT), n=9), fence(a)),
    idle("STOP-3", JOINED, c(do.Exit(), re=9), c(see.Ended(EndReason.CUSTOMER_EXIT), n=9), fence(c)),
    *(
        good("RESUME-1", *lines, p(c(see.Ended(EndReason.AGENT_LOST), n=6, at=60.0)))
        for lines in ((START, a(do.Join(ID), re=2), AGENT_GONE._replace(session="")),)
    ),
    good(  # what the agent missed was told it when it came back before, at the place of that, and was lost again
        "SITE-3",
        *(
            JOINED,
            AGENT_GONE,
            c(LOST, n=6),
            a(do.Resume(), re=8),
            a(see.Restored("suspended", POINTER, "Ada"), n=7),
        ),
        *(AGENT_GONE, c(see.Resumed(POINTER), n=7), c(LOST, n=8), a(do.Resume(), re=9)),
        *(a(see.Restored("suspended", POINTER, "Ada"), re=9, n=9), a(LOST, n=7), fence(c)),
    ),
    good(  # the link had broken before the crash, and with that the request was void; it is told only now
        "RESUME-4",
        *(ASKED, CUSTOMER_GONE, net(do.Crash()), net(do.Restart(), at=40.0)),
        a(see.Answered("r1", Answer.VOID), n=4),
    ),
]

CASES: Final = [
    *START_CASES,
    *JOIN_CASES,
    *POINTER_CASES,
    *WRITE_CASES,
    *NAVIGATE_CASES,
    *SUBMIT_CASES,
    *MASK_CASES,
    *POLICY_CASES,
    *RETOLD_CASES,
    *UNTOLD_CASES,
    *SITE_CASES,
    *STOP_CASES,
    *VIEW_CASES,
    *RESUME_CASES,
    *SECURE_CASES,
    *RECORD_CASES,
    *PAUSE_CASES,
]


# The tests of the cases


def test_every_rule_has_its_one_invariant() -> None:
    """Or a written reason, as those have that only browsers show."""
    assert sorted(rulebook()) == sorted([*(invariant.rule for invariant in INVARIANTS), *WITHOUT_INVARIANT])
    assert all(WITHOUT_INVARIANT.values())


def test_every_invariant_has_a_case_of_each_kind() -> None:
    """Broken, kept, and not touched."""
    kinds = {(case.rule, case.status) for case in CASES}

    assert {(invariant.rule, status) for invariant in INVARIANTS for status in Status} == kinds


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule} {case.status} {case.because}")
def test_what_an_invariant_says_of_its_case(case: Case) -> None:
    """Whether the rule is broken, why, and by which events."""
    told = trace(case.lines, **case.header)
    said = judge(told)[case.rule]
    proof = [seq for seq, line in enumerate(flat(case.lines), 1) if line.proves]

    assert case.status is said.status
    if case.because:
        first = said.violations[0]
        assert (case.because, proof) == (first.because, sorted(first.events))
    elif case.status is Status.HELD:
        assert said.witnesses[-1] == len(told.events) or len(said.witnesses) == KEPT or case.rule in LATE
        assert said.violations == ()


#: Rules whose witness may be followed by more: both parties are told of it, or what comes then must not break them.
LATE: Final = frozenset({
    "JOIN-4", "POINTER-3", "POINTER-5", "WRITE-2", "SITE-2", "SITE-3", "SITE-5", "SITE-6", "START-5", "STOP-2", "STOP-3",
})  # fmt: skip


# What holds of every judge


def said_of(told: Trace, **only: Any) -> dict[str, Judgement]:
    """What the invariants say of a trace, event by event."""
    at_work = Judge(told.header, **only)
    for event in told.events:
        at_work.see(event)
    return at_work.judgements()


TRACES: Final = st.sampled_from([trace(case.lines, **case.header) for case in CASES])
#: Traces that nobody wrote: anything after anything.
ANY_TRACES: Final = st.lists(st.from_type(Event), max_size=20).map(
    lambda events: Trace(
        HEADER,
        tuple(
            replace(event, seq=seq, session="s1", saw=None if event.did is not None else event.saw)
            for seq, event in enumerate(events, 1)
            if event.did is not None or event.saw is not None
        ),
    )
)
#: Cases one after the other, as if all of it had happened to one session.
MIXED: Final = st.lists(TRACES, min_size=1, max_size=3).map(
    lambda traces: Trace(
        HEADER,
        tuple(
            replace(event, seq=seq)
            for seq, event in enumerate((event for one in traces for event in one.events), 1)
        ),
    )
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule} {case.status} {case.because}")
def test_a_judge_of_one_rule_alone_says_the_same(case: Case) -> None:
    """No invariant leans on another."""
    told = trace(case.lines, **case.header)
    alone = [invariant for invariant in INVARIANTS if invariant.rule == case.rule]

    assert {case.rule: judge(told)[case.rule]} == said_of(told, invariants=alone)


@fair
@given(st.one_of(MIXED, ANY_TRACES), st.data())
def test_what_is_said_of_a_beginning_is_what_was_said_when_it_had_been_seen(
    told: Trace, data: st.DataObject
) -> None:
    """Event by event or all at once, the verdicts are the same."""
    length = data.draw(st.integers(0, len(told.events)))
    at_work = Judge(told.header)
    for event in told.events[:length]:
        at_work.see(event)
    so_far = at_work.judgements()
    for event in told.events[length:]:
        at_work.see(event)

    assert judge(replace(told, events=told.events[:length])) == so_far
    assert judge(told) == at_work.judgements()


@fair
@given(st.one_of(MIXED, ANY_TRACES))
def test_violated_is_final(told: Trace) -> None:
    """What has been proved stays proved, with the same evidence; a witness stays one, too."""
    at_work = Judge(told.header)
    before = at_work.judgements()
    for event in told.events:
        at_work.see(event)
        after = at_work.judgements()
        for rule, was in before.items():
            assert was.violations == after[rule].violations[: len(was.violations)]
            assert was.witnesses == after[rule].witnesses[: len(was.witnesses)]
            assert was.status is not Status.VIOLATED or after[rule].status is Status.VIOLATED
        before = after


@fair
@given(st.lists(st.from_type(Event), max_size=30), st.from_type(Header))
def test_no_event_is_too_strange_to_be_judged(events: list[Event], header: Header) -> None:
    """Whatever a trace holds, the judge goes on."""
    shaped = [
        e if (e.did is None) != (e.saw is None) else replace(e, did=None, saw=see.Welcome()) for e in events
    ]

    assert len(INVARIANTS) == len(judge(Trace(header, tuple(shaped))))


#: Rules about all sessions of a trace together.
ABOUT_ALL: Final = frozenset(
    {"START-7", "START-8", "JOIN-5", "JOIN-6", "JOIN-7", "JOIN-9", "STOP-4", "STOP-6", "SECURE-6"}
)


def as_others(told: Trace) -> Trace:
    """The same trace of other people in other sessions."""
    return replace(
        told,
        events=tuple(replace(e, who=f"other {e.who}", session=f"other {e.session}") for e in told.events),
    )


#: Traces that say nothing of other sessions: a policy that is put in force is put for all of them.
ALONE: Final = TRACES.filter(
    lambda told: told.header == HEADER and not any(isinstance(e.did, do.PutPolicy) for e in told.events)
)


@fair
@given(ALONE, st.data())
def test_sessions_side_by_side_are_judged_as_if_each_were_alone(one: Trace, data: st.DataObject) -> None:
    """However their events are mixed; but for the few rules that are about all sessions together."""
    other = as_others(data.draw(ALONE))
    waiting = [list(one.events), list(other.events)]
    events: list[Event] = []
    while waiting[0] or waiting[1]:
        first = waiting[0] if not waiting[1] or (waiting[0] and data.draw(st.booleans())) else waiting[1]
        events.append(replace(first.pop(0), seq=len(events) + 1, at=0.0))
    timeless = [replace(t, events=tuple(replace(e, at=0.0) for e in t.events)) for t in (one, other)]

    def statuses(*traces: Trace) -> dict[str, set[Status]]:
        found: dict[str, set[Status]] = {}
        for rule, judgement in (pair for told in traces for pair in judge(told).items()):
            if rule not in ABOUT_ALL:
                found.setdefault(rule, set()).add(judgement.status)
        return found

    alone = statuses(*timeless)
    assert {rule: {max(said, key=_weight)} for rule, said in alone.items()} == statuses(
        Trace(HEADER, tuple(events))
    )


def _weight(status: Status) -> int:
    return (Status.NOT_EXERCISED, Status.HELD, Status.VIOLATED).index(status)


@fair
@given(st.one_of(MIXED, ANY_TRACES))
def test_what_was_exercised_is_all_that_there_is_to_say(told: Trace) -> None:
    """Of every other rule the judgement is that it was not exercised."""
    judge = Judge(told.header)
    for event in told.events:
        judge.see(event)
    every = judge.judgements()
    said = {name: one for name, one in every.items() if one.status is not Status.NOT_EXERCISED}

    assert said == judge.exercised()


def test_only_the_first_pieces_of_evidence_are_kept() -> None:
    """A trace of a thousand faults has five of them in its report."""
    said = judge(trace([JOINED, [a(see.Content("d9"))] * 1000]))["POINTER-1"]

    assert (KEPT, Status.VIOLATED) == (len(said.violations), said.status)


def test_two_sessions_have_their_own_books() -> None:
    """What one customer approved does not turn on Write Mode for another."""
    other = [line._replace(session="s2", who=f"other {line.who}") for line in flat([ASKED, a(IN_WRITE_MODE)])]
    said = judge(trace([WRITING, other]))["WRITE-1"]

    assert (len(flat([WRITING, other])),) == said.violations[0].events

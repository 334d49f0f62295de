"""The machine: every cell is written, a refusal changes nothing, and what must hold after any deeds holds.

Order: the sessions and deeds that stand for all, the table, outcomes cell by cell, timers, frames, and
random walks.
"""

import itertools
from collections.abc import Iterator
from math import inf
from typing import Final, NamedTuple, get_args

import msgspec
import pytest
from cobrowse_spec import actions as do
from cobrowse_spec import observations as see
from cobrowse_spec import session as machine
from cobrowse_spec.actions import Action, AnyAction, Deed, Element
from cobrowse_spec.policy import Policy, Timers
from cobrowse_spec.refusals import WORDS, Refusal
from cobrowse_spec.rulebook import CHAPTERS, rulebook
from cobrowse_spec.session import (
    ACTIVE,
    MAX_MISSED,
    TABLE,
    Column,
    Deadlines,
    Notice,
    Outcome,
    Session,
    State,
    column,
    mode_of,
    next_deadline,
    refuse_frame,
    start_message,
    step,
)
from cobrowse_spec.terms import Answer, EndReason, InteractionKind, Mode, Party, Reason, SuspendReason, Timer
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

#: The same examples in every run, however busy the machine.
fair = settings(derandomize=True, deadline=None)

SESSION_ID: Final = "123456789"
SITE: Final = "https://bank.example"
TIMERS: Final = Timers()
POLICY: Final = Policy(site=(SITE,), scoped_grants=True, curtain=True, deny_urls=("/denied",))
STRICTER: Final = Policy(site=(SITE,), write_mode=False)
FRESH: Final = Session(SESSION_ID, POLICY, interaction="i1")
#: When the sessions below got where they are, and when all else is done, in seconds.
THEN: Final = 1000.0
NOW: Final = 1005.0

PLAIN: Final = Element("plain", form="form")
SEND: Final = Element("send", submits=("press", "Enter"))
SUBSCRIBE: Final = Element("subscribe", submits=("press",), allowed=True)
MASKED: Final = Element("ssn", masked=True)
DISABLED: Final = Element("delete", disabled=True)
PAGE: Final = do.ShowPage("p1", f"{SITE}/apply", (PLAIN, SEND, SUBSCRIBE, MASKED, DISABLED))
ELSEWHERE: Final = do.ShowPage("p2", "https://elsewhere.example/")
LATE: Final = Element("late", form="form")
COMING: Final = do.ShowElements("p1", (LATE,))


# The sessions and deeds that stand for all


def by_customer(action: AnyAction) -> Deed:
    """The customer does it."""
    return Deed(Party.CUSTOMER, action)


def by_agent(action: AnyAction, who: str = "a1") -> Deed:
    """An agent does it: the session's own, unless another is named."""
    return Deed(Party.AGENT, action, who, "Ada")


def by_controller(action: AnyAction) -> Deed:
    """The contact centre does it."""
    return Deed(Party.CONTROLLER, action)


def by_system(action: AnyAction) -> Deed:
    """Nobody does it."""
    return Deed(Party.SYSTEM, action)


START: Final = by_customer(do.Start())
JOIN: Final = by_agent(do.Join(SESSION_ID))
ASK: Final = by_agent(do.Request())
APPROVE: Final = by_customer(do.Approve("r1"))
LEAVE: Final = by_customer(do.LeaveSite())
ANNOUNCE: Final = by_customer(do.Announce())
DRAW: Final = by_customer(do.DrawCurtain())
LOSE_CUSTOMER: Final = by_system(do.LoseLink(Party.CUSTOMER))
LOSE_AGENT: Final = by_system(do.LoseLink(Party.AGENT))

#: How to get to sessions that stand for every state, and for what can differ within it.
WAYS: Final[dict[str, tuple[Deed, ...]]] = {
    "unstarted": (),
    "pending": (START,),
    "pending, the customer's link lost": (START, LOSE_CUSTOMER),
    "in Pointer Mode": (START, JOIN),
    "in Pointer Mode, with a page": (START, JOIN, by_customer(PAGE)),
    "cooling down": (START, JOIN, ASK, by_customer(do.Deny("r1"))),
    "with a request": (START, JOIN, ASK),
    "with a second request": (START, JOIN, ASK, by_agent(do.Withdraw("r1")), ASK),
    "in Write Mode": (START, JOIN, ASK, APPROVE),
    "in Write Mode, with a page": (START, JOIN, by_customer(PAGE), ASK, APPROVE),
    "in Write Mode, limited to a form": (
        *(START, JOIN, by_customer(PAGE), ASK),
        by_customer(do.Approve("r1", "form")),
    ),
    "in Write Mode, limited to a time": (
        *(START, JOIN, by_customer(PAGE), ASK),
        by_customer(do.Approve("r1", timed=True)),
    ),
    "with a request for a field": (START, JOIN, by_customer(PAGE), by_agent(do.Request("plain", "p1"))),
    "about to reload": (START, JOIN, ANNOUNCE),
    "reloading": (START, JOIN, ANNOUNCE, LOSE_CUSTOMER),
    "reloading with a request": (START, JOIN, ASK, ANNOUNCE, LOSE_CUSTOMER),
    "reloading in Write Mode": (START, JOIN, by_customer(PAGE), ASK, APPROVE, ANNOUNCE, LOSE_CUSTOMER),
    "warned": (START, JOIN, by_system(do.Expire(Timer.WARNING))),
    "off the site": (START, JOIN, LEAVE),
    "off the site, about to reload": (START, JOIN, ANNOUNCE, LEAVE),
    "behind the curtain": (START, JOIN, DRAW),
    "behind the curtain and off the site": (START, JOIN, ASK, DRAW, LEAVE),
    "behind the curtain and without anybody": (START, JOIN, ASK, APPROVE, DRAW, LOSE_CUSTOMER, LOSE_AGENT),
    "warned behind the curtain": (START, JOIN, DRAW, by_system(do.Expire(Timer.WARNING))),
    "without the customer": (START, JOIN, LOSE_CUSTOMER),
    "without the agent": (START, JOIN, LOSE_AGENT),
    "joined without the customer": (START, LOSE_CUSTOMER, JOIN),
    "off the site and without anybody": (START, JOIN, LEAVE, LOSE_CUSTOMER, LOSE_AGENT),
    "cancelled": (START, by_customer(do.Cancel())),
    "exited": (START, JOIN, by_agent(do.Exit())),
}


def walk(way: tuple[Deed, ...], session: Session = FRESH, at: float = THEN) -> Session:
    """The session after these deeds, each of which must be accepted; a warning comes when it is due."""
    for deed in way:
        due = isinstance(deed.action, do.Expire)
        outcome = step(session, deed, session.deadlines.warning if due else at)
        assert outcome.refusal is None, f"{deed} was refused by {outcome.refusal}"
        session = outcome.session
    return session


SESSIONS: Final = {name: walk(way) for name, way in WAYS.items()}

#: Every action that a session can meet, with what makes a difference in its fields.
ACTIONS: Final[tuple[AnyAction, ...]] = (
    do.Start(),
    do.Start("i1"),
    do.Fence("f1"),
    do.Say(start_message(SESSION_ID), Party.SYSTEM, "i1"),
    do.Say(start_message(SESSION_ID), Party.AGENT, "i1"),
    do.Say(start_message(SESSION_ID), Party.SYSTEM, "i2"),
    do.Say("Hello.", Party.SYSTEM, "i1"),
    do.Cancel(),
    do.Join(SESSION_ID),
    do.Resume(),
    do.Transfer("a2"),
    do.Request(),
    do.Request("plain", "p1"),
    do.Request("plain", "p0"),
    do.Approve("r1", "form"),
    do.Approve("r1", "no such"),
    do.Approve("r1", timed=True),
    *(kind(request) for kind in (do.Withdraw, do.Approve, do.Deny) for request in ("", "r1", "r2", "r9")),
    do.ReturnToPointer(),
    do.Click(1, 2),
    *(kind for epoch in (0, 1, 2, 3, 9) for kind in (do.MovePointer(1, 2, epoch), do.Mirror("d1", 3, epoch))),
    *(
        kind(element=element.ref, page=page, epoch=epoch)
        for kind in (do.Press, do.Type, do.Choose, do.PressKey, do.Submit)
        for element in (*PAGE.elements, Element("no such"))
        for page, epoch in (("p1", 9), ("p1", 0), ("p0", 9))
    ),
    do.Scroll(page="p1", epoch=9),
    *(
        do.OpenUrl(page="p1", epoch=9, url=url)
        for url in (f"{SITE}/a", f"{SITE}/denied", "https://evil.test/", "javascript:a")
    ),
    do.GoBack(page="p1", epoch=9),
    do.GoForward(page="p1", epoch=9),
    do.Refresh(page="p1", epoch=9),
    do.Report(4),
    do.Report(4, "SUBMIT-1", Reason.SUBMIT_BLOCKED),
    PAGE,
    ELSEWHERE,
    COMING,
    do.ShowElements("p1", gone=("plain",)),
    do.ShowElements("p0", (LATE,)),
    do.Announce(),
    do.LeaveSite(),
    do.ReturnToSite(),
    do.DrawCurtain(),
    do.OpenCurtain(),
    do.Exit(),
    do.EndInteraction("i1"),
    do.StopSession("i1"),
    *(do.Expire(timer) for timer in Timer),
    *(do.LoseLink(party) for party in Party),
    do.Stir(),
    do.Forbid(),
    do.FollowPolicy(POLICY),
    do.FollowPolicy(STRICTER),
    do.ShutDown(),
)
#: Everybody, a strange agent among them.
PERFORMERS: Final = ((Party.AGENT, "a1"), (Party.AGENT, "a2"), *((p, "") for p in Party if p != "agent"))
DEEDS: Final = tuple(Deed(by, action, who) for by, who in PERFORMERS for action in ACTIONS)

#: What is answered before there is a session to ask.
BEFORE_ANY_SESSION: Final = do.OUTSIDE_SESSIONS


# The table


def columns() -> Iterator[Column]:
    """Every column that the vocabulary calls for."""
    for kind in get_args(AnyAction):
        if issubclass(kind, do.Act):
            yield do.Act
        elif kind not in (*BEFORE_ANY_SESSION, do.Expire):
            yield kind
    yield from Timer


def test_every_state_has_a_row() -> None:
    """In the order of the states."""
    assert list(State) == list(TABLE)


@pytest.mark.parametrize("state", State)
def test_every_cell_of_a_row_is_written(state: State) -> None:
    """One for each action that a session can meet and each timer, in any state, and no other."""
    assert set(columns()) == set(TABLE[state])


def test_all_rows_have_their_columns_in_one_order() -> None:
    """So that two states can be compared line by line."""
    orders = {tuple(row) for row in TABLE.values()}

    assert len(orders) == 1


def test_the_deeds_of_these_tests_meet_every_column() -> None:
    """And the sessions every state: so what is asserted for all is asserted for every cell."""
    assert set(columns()) == {column(action) for action in ACTIONS}
    assert set(State) == {session.state for session in SESSIONS.values()}


def test_every_guard_names_a_rule_of_the_rulebook_and_a_reason_in_words() -> None:
    """A rule of a chapter that is not in this rulebook yet has its chapter's name at least."""
    later = {"NAVIGATE", "MASK", "SECURE"}
    chapters = {chapter.upper() for chapter in CHAPTERS}
    guards = {g for row in TABLE.values() for cell in row.values() for g in cell.guards}
    wrong = [
        g
        for g in guards | set(machine.EVERYWHERE)
        if not WORDS.get(g.reason)
        or not (g.rule in rulebook() if g.rule.partition("-")[0] in chapters else g.rule[:-2] in later)
    ]

    assert wrong == []


def test_every_reason_has_words() -> None:
    """What was refused, and what to do instead: a whole sentence."""
    assert [reason for reason in Reason if not WORDS.get(reason, "").endswith(".")] == []


def test_every_guard_decides_something() -> None:
    """No cell holds a guard that nothing here fails: one that always holds guards nothing."""
    failed = {
        (session.state, column(deed.action), g.name)
        for session in (*SESSIONS.values(), *VARIANTS)
        for deed in DEEDS
        for g in TABLE[session.state][column(deed.action)].guards
        for now in (NOW, inf)
        if not g.holds(session, deed, now)
    }
    written = {
        (state, key, g.name) for state, row in TABLE.items() for key, cell in row.items() for g in cell.guards
    }

    assert set() == written - failed


#: Sessions under policies that refuse what the usual one allows.
VARIANTS: Final = (
    Session(SESSION_ID, POLICY),
    *(
        replace(session, policy=replace(POLICY, scoped_grants=False, curtain=False))
        for session in SESSIONS.values()
    ),
    *(
        walk(way, replace(FRESH, policy=replace(POLICY, write_mode=False, timers=Timers(inactivity_s=0))))
        for way in ((), (START,), (START, JOIN))
    ),
    *(
        replace(SESSIONS[name], policy=replace(POLICY, timers=Timers(inactivity_s=0)))
        for name in ("with a request", "in Write Mode", "behind the curtain")
    ),
)


# Outcomes, cell by cell


def outcomes(session: Session) -> Iterator[tuple[Deed, Outcome]]:
    """What comes of every deed in this session."""
    for deed in DEEDS:
        yield deed, step(session, deed, NOW)


@pytest.mark.parametrize("name", SESSIONS)
def test_a_refusal_changes_nothing_and_says_why(name: str) -> None:
    """The very session comes back, nobody is told anything, and rule and reason are there."""
    session = SESSIONS[name]
    refused = [(deed, outcome) for deed, outcome in outcomes(session) if outcome.refusal is not None]
    wrong = [
        (deed, outcome)
        for deed, outcome in refused
        if outcome.session is not session
        or outcome.notices != ()
        or not (
            isinstance(outcome.refusal, Refusal)
            and outcome.refusal.rule
            and outcome.refusal.as_seen().message
        )
    ]

    assert len(refused) > 0
    assert wrong == []


@pytest.mark.parametrize("name", SESSIONS)
def test_an_accepted_deed_takes_the_next_place_and_a_change_of_state_begins_an_epoch(name: str) -> None:
    """One up for every deed; the epoch is the place of the last change of state, or of policy."""
    session = SESSIONS[name]
    accepted = [(deed, outcome.session) for deed, outcome in outcomes(session) if outcome.refusal is None]
    wrong = [
        (deed, after)
        for deed, after in accepted
        if after.n != session.n + 1
        or after.epoch != (session.epoch if _is_as_it_was(session, after) else after.n)
    ]

    assert len(accepted) > 0
    assert wrong == []


def _is_as_it_was(before: Session, after: Session) -> bool:
    return after.state is before.state and after.policy is before.policy


@pytest.mark.parametrize("name", [name for name, s in SESSIONS.items() if s.state is not State.ENDED])
def test_nobody_does_what_is_not_theirs(name: str) -> None:
    """An action that is not the party's is refused by the action's own rule, whatever else is wrong."""
    for deed, outcome in outcomes(SESSIONS[name]):
        kind: type[Action] = type(deed.action)
        if deed.by not in kind.performers:
            assert Refusal(kind.guarded_by, kind.refused_as) == outcome.refusal


@pytest.mark.parametrize("name", [name for name, s in SESSIONS.items() if s.agent and not s.end_reason])
def test_a_strange_agent_does_nothing_in_a_session(name: str) -> None:
    """Neither do its deeds count (SECURE-2) nor does it get in (JOIN-4)."""
    strange = {
        o.refusal.rule if o.refusal else "" for deed, o in outcomes(SESSIONS[name]) if deed.who == "a2"
    }

    assert strange <= {
        "SECURE-2",
        "JOIN-4",
        "START-1",
        "WRITE-1",
        "START-6",
        "START-4",
        "SITE-1",
        "SITE-2",
        "POINTER-2",
        "RESUME-3",
        "PAUSE-1",
    }
    assert {"SECURE-2", "JOIN-4"} <= strange


@pytest.mark.parametrize("name", SESSIONS)
def test_only_a_refusal_that_time_lifts_says_when_to_come_back(name: str) -> None:
    """Which is the cool-down after a no (WRITE-9)."""
    waits = {
        outcome.refusal.retry_after_s
        for _, outcome in outcomes(SESSIONS[name])
        if outcome.refusal is not None and outcome.refusal.reason is Reason.COOLING_DOWN
    }
    others = {
        outcome.refusal.retry_after_s
        for _, outcome in outcomes(SESSIONS[name])
        if outcome.refusal is not None and outcome.refusal.reason is not Reason.COOLING_DOWN
    }

    assert others == {0.0}
    assert ({THEN + TIMERS.cool_down_s - NOW} if name == "cooling down" else set()) == waits


# What comes of some deeds, where the words of the rule say it exactly


def test_a_join_is_announced_to_both_in_pointer_mode() -> None:
    """With the agent's name and whether there is a pencil icon (JOIN-2, JOIN-3, WRITE-5)."""
    seen = see.Joined("Ada", Mode.POINTER, write_mode=True, scoped_grants=True)

    assert (Notice(Party.CUSTOMER, seen), Notice(Party.AGENT, seen)) == step(
        SESSIONS["pending"], JOIN, NOW
    ).notices


def test_the_chats_start_message_brings_the_agent_in() -> None:
    """And says that it did (START-3)."""
    said = Deed(Party.CONTROLLER, do.Say(start_message(SESSION_ID), Party.SYSTEM, "i1"), "a1", "Ada")
    outcome = step(SESSIONS["pending"], said, NOW)

    assert State.POINTER is outcome.session.state
    assert [see.Joined("Ada", Mode.POINTER, scoped_grants=True, by_chat=True)] * 2 == [
        notice.see for notice in outcome.notices
    ]


def test_an_approval_is_told_to_both_before_the_mode() -> None:
    """First what became of the question, then what follows from it."""
    told = [notice.see for notice in step(SESSIONS["with a request"], APPROVE, NOW).notices]
    answered, in_mode = see.Answered("r1", Answer.APPROVED), see.InMode(Mode.WRITE)

    assert [answered, answered, in_mode, in_mode] == told


def test_a_suspension_voids_the_request_and_blanks_the_page() -> None:
    """Nothing of it is left when the session resumes (SITE-6, WRITE-13)."""
    outcome = step(SESSIONS["with a request"], LEAVE, NOW)
    told = {notice.see for notice in outcome.notices}

    assert {
        see.Answered("r1", Answer.VOID),
        see.Suspended(SuspendReason.OFF_SITE, TIMERS.off_site_s),
    } == told
    assert (outcome.session.request, outcome.session.page) == ("", None)


def test_a_page_of_another_site_counts_as_leaving_and_its_address_goes_nowhere() -> None:
    """Neither to anybody nor into the session (SITE-3)."""
    outcome = step(SESSIONS["in Pointer Mode"], by_customer(ELSEWHERE), NOW)

    assert outcome == step(SESSIONS["in Pointer Mode"], LEAVE, NOW)
    assert "elsewhere" not in repr(outcome)


def test_who_never_joined_is_not_told_of_the_end() -> None:
    """A session that no agent joined ends in silence (START-6)."""
    told = {notice.to for notice in step(SESSIONS["pending"], by_customer(do.Cancel()), NOW).notices}

    assert {Party.CUSTOMER, Party.CONTROLLER} == told


ENDINGS: Final[tuple[tuple[str, Deed, EndReason], ...]] = (
    ("in Write Mode", by_customer(do.Exit()), EndReason.CUSTOMER_EXIT),
    ("off the site", by_agent(do.Exit()), EndReason.AGENT_EXIT),
    ("pending", by_customer(do.Cancel()), EndReason.CANCELLED),
    ("pending", by_customer(do.Exit()), EndReason.CANCELLED),
    ("with a request", by_controller(do.EndInteraction("i1")), EndReason.INTERACTION_ENDED),
    ("in Pointer Mode", by_controller(do.StopSession("i1")), EndReason.CONTROLLER_STOP),
    ("in Pointer Mode", by_system(do.Forbid()), EndReason.POLICY),
    ("in Pointer Mode", by_system(do.ShutDown()), EndReason.SERVER_SHUTDOWN),
)


@pytest.mark.parametrize("name, deed, reason", ENDINGS)
def test_each_ending_has_its_reason_and_leaves_nothing_running(
    name: str, deed: Deed, reason: EndReason
) -> None:
    """All who were in it get the same one (STOP-6); no timer is left."""
    outcome = step(SESSIONS[name], deed, NOW)

    assert (State.ENDED, reason, Deadlines()) == (
        outcome.session.state,
        outcome.session.end_reason,
        outcome.session.deadlines,
    )
    assert {see.Ended(reason)} == {notice.see for notice in outcome.notices}


# What an agent's act meets in Write Mode

WRITING: Final = SESSIONS["in Write Mode, with a page"]
SINCE: Final = WRITING.write_since


class Met(NamedTuple):
    """An act and what it meets; no rule: it is passed on."""

    act: do.AnyAct
    rule: str = ""
    reason: str = ""


ACTS: Final = (
    Met(do.Press("plain", "p1", SINCE)),
    Met(do.Press("plain", "p1", SINCE + 1)),
    Met(do.Press("plain", "p1", SINCE - 1), "WRITE-12", "stale"),
    Met(do.Press("plain", "p0", SINCE), "SECURE-4", "stale"),
    Met(do.Press("no such", "p1", SINCE), "SECURE-4", "no_such_element"),
    Met(do.Type("ssn", "p1", SINCE, "x"), "MASK-7", "masked"),
    Met(do.Press("ssn", "p1", SINCE)),
    Met(do.Press("delete", "p1", SINCE), "NAVIGATE-4", "disabled"),
    Met(do.Press("send", "p1", SINCE), "SUBMIT-1", "submit_blocked"),
    Met(do.PressKey("send", "p1", SINCE, "Enter"), "SUBMIT-1", "submit_blocked"),
    Met(do.PressKey("send", "p1", SINCE, "Tab")),
    Met(do.Submit("plain", "p1", SINCE), "SUBMIT-1", "submit_blocked"),
    Met(do.Press("subscribe", "p1", SINCE)),
    Met(do.OpenUrl("", "p1", SINCE, f"{SITE}/rates")),
    Met(do.OpenUrl("", "p1", SINCE, "https://evil.test/"), "NAVIGATE-2", "off_site"),
    Met(do.OpenUrl("", "p1", SINCE, "JavaScript:alert(1)"), "NAVIGATE-3", "bad_scheme"),
    Met(do.OpenUrl("", "p1", SINCE, f"{SITE}/denied?a=b"), "NAVIGATE-5", "denied_url"),
    Met(do.GoBack("", "p1", SINCE)),
)


@pytest.mark.parametrize("met", ACTS)
def test_an_agents_act_is_passed_on_or_refused_by_its_own_rule(met: Met) -> None:
    """What is passed on carries its place in the session's order; the reason is the rule's."""
    outcome = step(WRITING, by_agent(met.act), NOW)

    if met.rule:
        assert Refusal(met.rule, Reason(met.reason)) == outcome.refusal
    else:
        assert (Notice(Party.CUSTOMER, see.Acted(outcome.session.n, met.act)),) == outcome.notices


# Elements that come, change and go


def shows(*elements: Element, gone: tuple[str, ...] = (), page: str = "p1") -> Deed:
    """The customer's client shows elements anew."""
    return by_customer(do.ShowElements(page, elements, gone))


@pytest.mark.parametrize(
    "deed, act, refusal",
    [
        (shows(LATE), do.Type("late", "p1", SINCE), None),
        (shows(gone=("plain",)), do.Type("plain", "p1", SINCE), "SECURE-4"),
        (shows(Element("plain", masked=True)), do.Type("plain", "p1", SINCE), "MASK-7"),
        (shows(Element("delete")), do.Press("delete", "p1", SINCE), None),
        (shows(Element("plain"), gone=("plain",)), do.Type("plain", "p1", SINCE), None),
        (shows(LATE, gone=("no such",)), do.Type("plain", "p1", SINCE), None),
    ],
)
def test_an_act_is_judged_by_what_was_shown_last(deed: Deed, act: do.AnyAct, refusal: str | None) -> None:
    """Of the page as it was shown and all that has come, changed and gone since; the page stays the same."""
    changed = step(WRITING, deed, NOW)
    found = step(changed.session, by_agent(act), NOW).refusal

    assert refusal == (found and found.rule)
    assert (State.WRITE, WRITING.epoch) == (changed.session.state, changed.session.epoch)


def test_only_the_agent_is_told_of_elements() -> None:
    """The same as the customer's client has said."""
    told = step(WRITING, shows(LATE, gone=("plain",)), NOW).notices

    assert (Notice(Party.AGENT, see.ElementsShown("p1", (LATE,), ("plain",))),) == told


def test_elements_are_those_of_the_page_that_is_shown() -> None:
    """Of another page, or of none, they are stale; and nothing has changed."""
    without = SESSIONS["in Write Mode"]
    for session, deed in ((WRITING, shows(LATE, page="p0")), (without, shows(LATE))):
        outcome = step(session, deed, NOW)

        assert (Refusal("SECURE-4", Reason.STALE), session) == (outcome.refusal, outcome.session)


def test_elements_that_come_are_within_a_limit_that_is_their_form() -> None:
    """And the stretch of Write Mode goes on (WRITE-15)."""
    limited = SESSIONS["in Write Mode, limited to a form"]
    shown = step(limited, shows(LATE, Element("other", form="another")), NOW).session
    met = [step(shown, by_agent(do.Type(ref, "p1", 9)), NOW).refusal for ref in ("late", "other")]

    assert [None, Refusal("WRITE-15", Reason.OUT_OF_SCOPE)] == met


def test_no_client_can_make_the_server_remember_ever_more_elements(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is beyond the bound cannot be acted on."""
    monkeypatch.setattr(machine, "MAX_ELEMENTS", 6)
    session = WRITING
    for number in range(4):
        session = step(session, shows(Element(f"more {number}")), NOW).session

    assert session.page is not None
    assert [one.ref for one in (*PAGE.elements, Element("more 0"))] == [
        one.ref for one in session.page.elements
    ]


# Timers: one second before, at, and one second after


class Runs(NamedTuple):
    """A timer that runs in a session, since THEN, and the end or the notice that it brings."""

    name: str
    timer: Timer
    seconds: float
    brings: EndReason | type[see.Observation]


RUNNING: Final = (
    Runs("pending", Timer.PENDING, TIMERS.pending_s, EndReason.PENDING_TIMEOUT),
    Runs("pending, the customer's link lost", Timer.PENDING, TIMERS.pending_s, EndReason.PENDING_TIMEOUT),
    Runs(
        "pending, the customer's link lost",
        Timer.CUSTOMER_LINK,
        TIMERS.customer_link_s,
        EndReason.CUSTOMER_LOST,
    ),
    Runs("with a request", Timer.REQUEST, TIMERS.request_s, see.Answered),
    Runs("with a second request", Timer.REQUEST, TIMERS.request_s, see.Answered),
    Runs("off the site", Timer.OFF_SITE, TIMERS.off_site_s, EndReason.OFF_SITE_TIMEOUT),
    Runs("without the customer", Timer.CUSTOMER_LINK, TIMERS.customer_link_s, EndReason.CUSTOMER_LOST),
    Runs("joined without the customer", Timer.CUSTOMER_LINK, TIMERS.customer_link_s, EndReason.CUSTOMER_LOST),
    Runs("without the agent", Timer.AGENT_LINK, TIMERS.agent_link_s, EndReason.AGENT_LOST),
    *(
        runs
        for name in ("in Pointer Mode", "with a request", "in Write Mode", "cooling down")
        for runs in (
            Runs(name, Timer.WARNING, TIMERS.inactivity_s - TIMERS.warning_s, see.Warned),
            Runs(name, Timer.INACTIVITY, TIMERS.inactivity_s, EndReason.INACTIVITY),
        )
    ),
)


@pytest.mark.parametrize("late_s", [-1.0, 0.0, 1.0])
@pytest.mark.parametrize("runs", RUNNING, ids=lambda runs: f"{runs.timer} {runs.name}")
def test_a_timer_runs_out_when_its_time_is_over_and_not_before(runs: Runs, late_s: float) -> None:
    """At its very moment it is over."""
    session = SESSIONS[runs.name]
    expiry = by_system(do.Expire(runs.timer))
    outcome = step(session, expiry, THEN + runs.seconds + late_s)

    if late_s < 0:
        assert Outcome(session, (), Refusal("WRITE-8", Reason.NOT_DUE)) == outcome
        assert session is outcome.session
    elif isinstance(runs.brings, EndReason):
        assert runs.brings is outcome.session.end_reason
    else:
        assert {runs.brings} == {type(notice.see) for notice in outcome.notices}
        assert inf == getattr(outcome.session.deadlines, runs.timer)


def test_off_the_site_the_customers_link_has_no_time_of_its_own() -> None:
    """Whichever goes first; the agent is told so, and only the time off the site ends the session (SITE-4)."""
    for way in (
        (START, JOIN, LEAVE, LOSE_CUSTOMER),
        (START, JOIN, LOSE_CUSTOMER, LEAVE),
        (START, JOIN, ANNOUNCE, LOSE_CUSTOMER, LEAVE),
    ):
        session = walk(way)

        assert (THEN + TIMERS.off_site_s, Timer.OFF_SITE) == next_deadline(session)
    told = step(SESSIONS["off the site"], LOSE_CUSTOMER, NOW).notices
    assert [Notice(Party.AGENT, see.Suspended(SuspendReason.LINK_LOST, 0.0))] == list(told)


def test_once_the_customer_is_back_on_the_site_its_link_has_its_time_again() -> None:
    """Whether it is lost by then or later (RESUME-1)."""
    back = by_customer(do.ReturnToSite())
    for session in (
        walk((START, JOIN, LEAVE, back, LOSE_CUSTOMER)),
        walk((START, JOIN, LEAVE, LOSE_CUSTOMER, back)),
        walk((START, JOIN, LEAVE, LOSE_CUSTOMER, by_customer(do.Resume()), back, LOSE_CUSTOMER)),
    ):
        assert (THEN + TIMERS.customer_link_s, Timer.CUSTOMER_LINK) == next_deadline(session)


@pytest.mark.parametrize("name", SESSIONS)
def test_every_timer_that_runs_can_run_out(name: str) -> None:
    """In its time; whoever waits for the next deadline would wait for any other for ever."""
    session = SESSIONS[name]
    for timer in Timer:
        deadline = getattr(session.deadlines, timer)
        if deadline < inf:
            assert step(session, by_system(do.Expire(timer)), deadline).refusal is None


@pytest.mark.parametrize("name", SESSIONS)
def test_a_stale_expiry_changes_nothing(name: str) -> None:
    """A timer that does not run in a session cannot run out in it, however late it is."""
    session = SESSIONS[name]
    running = {timer for timer in Timer if getattr(session.deadlines, timer) < inf}
    stale = [
        step(session, by_system(do.Expire(timer)), THEN + 1e9) for timer in Timer if timer not in running
    ]

    assert [outcome for outcome in stale if outcome.session is not session or not outcome.refusal] == []


def test_the_next_deadline_is_the_earliest() -> None:
    """With its timer; where none runs there is none."""
    warned = THEN + TIMERS.inactivity_s - TIMERS.warning_s

    assert (THEN + TIMERS.request_s, Timer.REQUEST) == next_deadline(SESSIONS["with a request"])
    assert (warned, Timer.WARNING) == next_deadline(SESSIONS["in Pointer Mode"])
    assert next_deadline(SESSIONS["exited"]) is None


@pytest.mark.parametrize("late_s, state", [(-1.0, State.WRITE), (0.0, State.ASKED), (1.0, State.ASKED)])
def test_an_approval_counts_only_before_the_request_runs_out(late_s: float, state: State) -> None:
    """Even where nobody has come yet to say that it has run out (WRITE-8)."""
    outcome = step(SESSIONS["with a request"], APPROVE, THEN + TIMERS.request_s + late_s)

    assert state is outcome.session.state
    assert (None if late_s < 0 else Refusal("WRITE-8", Reason.NO_SUCH_REQUEST)) == outcome.refusal


@pytest.mark.parametrize("late_s", [-1.0, 0.0, 1.0])
def test_after_a_no_the_agent_can_ask_again_when_the_cool_down_is_over(late_s: float) -> None:
    """Before that the refusal says how long it lasts (WRITE-9)."""
    outcome = step(SESSIONS["cooling down"], ASK, THEN + TIMERS.cool_down_s + late_s)

    assert (Refusal("WRITE-9", Reason.COOLING_DOWN, 1.0) if late_s < 0 else None) == outcome.refusal


@pytest.mark.parametrize("late_s, refusal", [(-0.001, None), (0.0, "WRITE-15"), (0.001, "WRITE-15")])
def test_what_is_allowed_for_a_time_ends_with_it_to_the_moment(late_s: float, refusal: str | None) -> None:
    """Even where nobody has noticed yet that the time is over (WRITE-15)."""
    session = SESSIONS["in Write Mode, limited to a time"]
    now = THEN + TIMERS.approval_s + late_s
    acted = step(session, by_agent(do.Type("plain", "p1", 9)), now)
    expired = step(session, by_system(do.Expire(Timer.APPROVAL)), now)

    assert refusal == (acted.refusal and acted.refusal.rule)
    assert (refusal is not None) == (expired.refusal is None)
    if expired.refusal is None:
        assert State.POINTER is expired.session.state
        assert inf == expired.session.deadlines.approval
        assert [see.InMode(Mode.POINTER)] * 2 == [notice.see for notice in expired.notices]


@pytest.mark.parametrize(
    "act, refusal",
    [
        (do.Type("plain", "p1", 9), None),
        (do.Type("subscribe", "p1", 9), "WRITE-15"),
        (do.Press("ssn", "p1", 9), "WRITE-15"),
        (do.Scroll(page="p1", epoch=9), "WRITE-15"),
        (do.GoBack(page="p1", epoch=9), "WRITE-15"),
        (do.OpenUrl(page="p1", epoch=9, url=f"{SITE}/a"), "WRITE-15"),
    ],
)
def test_a_form_is_its_elements_and_nothing_else(act: do.AnyAct, refusal: str | None) -> None:
    """By what the customer's client has published of them (WRITE-15)."""
    found = step(SESSIONS["in Write Mode, limited to a form"], by_agent(act), NOW).refusal

    assert refusal == (found and found.rule)


def test_a_limit_does_not_outlive_its_stretch_of_write_mode() -> None:
    """However it ends, the next approval is what the customer says then (WRITE-15)."""
    for name in ("in Write Mode, limited to a form", "in Write Mode, limited to a time"):
        for deed in (by_agent(do.ReturnToPointer()), LEAVE, DRAW, LOSE_AGENT, by_agent(do.Exit())):
            after = step(SESSIONS[name], deed, NOW).session
            assert ("", inf) == (after.scope, after.deadlines.approval)


def test_every_reason_to_be_suspended_must_be_gone() -> None:
    """A curtain, another site, two lost links: in whichever order they go, the session resumes with the last."""
    ways = (
        by_customer(do.OpenCurtain()),
        by_customer(do.ReturnToSite()),
        by_customer(do.Resume()),
        by_agent(do.Resume()),
    )
    suspended = walk((START, JOIN, DRAW, LEAVE, LOSE_CUSTOMER, LOSE_AGENT))
    for order in itertools.permutations(ways):
        states = []
        session = suspended
        for deed in order:
            session = step(session, deed, NOW).session
            states.append(session.state)

        assert [State.SUSPENDED] * 3 + [State.POINTER] == states


def test_who_comes_back_is_told_why_the_session_is_suspended_still() -> None:
    """So that its client can show a drawn curtain as drawn (RESUME-2, PAUSE-1)."""
    session = walk((START, JOIN, DRAW, LEAVE, LOSE_CUSTOMER))
    restored = step(session, by_customer(do.Resume()), NOW).notices[0].see

    assert isinstance(restored, see.Restored)
    assert (SuspendReason.OFF_SITE, SuspendReason.CURTAIN) == restored.reasons


TIGHTEN: Final = by_system(do.FollowPolicy(STRICTER))


@pytest.mark.parametrize(
    "name", [name for name, s in SESSIONS.items() if s.state not in ("unstarted", "ended")]
)
def test_a_stricter_policy_reaches_every_live_session(name: str) -> None:
    """Both are told, the page must be shown anew, and no frame from before passes (MASK-11)."""
    before = SESSIONS[name]
    after, notices, refusal = step(before, TIGHTEN, NOW)
    told = {notice.to for notice in notices if notice.see == see.PolicyChanged(False, True)}
    absent = {Party.CUSTOMER} if before.customer_lost or before.away else set()
    absent |= {Party.AGENT} if before.agent_lost or not before.agent else set()

    assert refusal is None
    assert not after.policy.write_mode
    assert after.page is None
    assert {Party.CUSTOMER, Party.AGENT} - absent == told
    assert after.epoch == after.n
    if after.state in ACTIVE:
        assert State.POINTER is after.state
        assert refuse_frame(after, Party.CUSTOMER, content=True, epoch=before.epoch) is not None
        assert refuse_frame(after, Party.CUSTOMER, content=True, epoch=after.epoch) is None


@pytest.mark.parametrize(
    "name", [name for name, s in SESSIONS.items() if s.state not in ("unstarted", "ended")]
)
def test_a_policy_that_is_nowhere_stricter_changes_nothing(name: str) -> None:
    """Loosening is for new sessions (MASK-11)."""
    session = step(SESSIONS[name], TIGHTEN, NOW).session
    for policy in (STRICTER, POLICY, Policy(site=(SITE, "https://other.example"), scoped_grants=True)):
        after, notices, refusal = step(session, by_system(do.FollowPolicy(policy)), NOW)

        assert (None, (), session.policy, session.epoch) == (refusal, notices, after.policy, after.epoch)


def test_a_page_that_is_no_longer_of_the_site_suspends_the_session() -> None:
    """What agents may see has become less (MASK-11, SITE-1)."""
    elsewhere = by_system(do.FollowPolicy(Policy(site=("https://other.example",))))
    after = step(SESSIONS["in Write Mode, with a page"], elsewhere, NOW).session

    assert (State.SUSPENDED, True) == (after.state, after.off_site)


def test_a_session_of_nothing_ends_where_none_may_be_any_more() -> None:
    """With the reason that the rules have for it (START-8, STOP-6)."""
    alone = walk((START, JOIN), replace(FRESH, interaction="", policy=replace(POLICY, standalone=True)))

    assert EndReason.POLICY is step(alone, TIGHTEN, NOW).session.end_reason


def test_nothing_behind_a_curtain_counts_as_activity() -> None:
    """What it hides nobody sees; so the time of inactivity runs from when it was drawn (PAUSE-1, STOP-7)."""
    session = SESSIONS["behind the curtain"]
    ends = session.deadlines.inactivity
    for deed in (
        LEAVE,
        LOSE_AGENT,
        by_customer(do.Type("plain")),
        by_system(do.Stir()),
        by_customer(do.Fence("")),
    ):
        session = step(session, deed, NOW).session

    assert (THEN + TIMERS.inactivity_s, ends) == (ends, session.deadlines.inactivity)


def test_each_request_has_its_own_time() -> None:
    """What became of an earlier one neither shortens nor lengthens it (WRITE-8)."""
    first = step(SESSIONS["in Pointer Mode"], ASK, THEN).session
    withdrawn = step(first, by_agent(do.Withdraw("r1")), THEN + 20).session
    second = step(withdrawn, ASK, THEN + 20).session

    assert THEN + 20 + TIMERS.request_s == second.deadlines.request
    assert second is step(second, by_system(do.Expire(Timer.REQUEST)), THEN + TIMERS.request_s).session


def test_with_inactivity_off_no_such_timer_runs() -> None:
    """0 turns it off (STOP-7)."""
    off = replace(FRESH, policy=replace(POLICY, timers=Timers(inactivity_s=0)))

    assert Deadlines() == walk((START, JOIN), off).deadlines


@pytest.mark.parametrize(
    "deed, stirs",
    [
        (by_agent(do.Click(1, 2)), True),
        (by_customer(do.MovePointer(1, 2, 9)), True),
        (by_system(do.Stir()), True),
        (by_customer(do.Mirror("d1", 3, 9)), False),
        (by_agent(do.Fence("f1")), False),
        (by_customer(PAGE), False),
        (by_agent(do.Withdraw("r1")), False),
    ],
)
def test_only_what_somebody_does_is_activity(deed: Deed, stirs: bool) -> None:
    """Not what a page does by itself, and not what is refused (STOP-7)."""
    session = SESSIONS["warned"]
    after = step(session, deed, THEN + 550).session

    assert (THEN + 550 + TIMERS.inactivity_s if stirs else session.deadlines.inactivity) == (
        after.deadlines.inactivity
    )
    assert (THEN + 550 + TIMERS.inactivity_s - TIMERS.warning_s if stirs else inf) == after.deadlines.warning


# Frames


@pytest.mark.parametrize("name", SESSIONS)
def test_frames_meet_what_the_table_says(name: str) -> None:
    """The short way gives the answer of the long one, for everybody and every epoch."""
    session = SESSIONS[name]
    epochs = {0, session.flow_since - 1, session.flow_since, session.flow_since + 1, session.n + 9}
    for by, epoch, content in itertools.product(Party, sorted(epochs), (True, False)):
        frame = do.Mirror(epoch=epoch) if content else do.MovePointer(0, 0, epoch)
        who = session.agent if by is Party.AGENT else ""

        assert step(session, Deed(by, frame, who), NOW).refusal == refuse_frame(
            session, by, content=content, epoch=epoch
        )


def test_a_frame_from_before_a_suspension_is_dropped_after_it() -> None:
    """It was meant for what was on view then (SITE-1)."""
    before = SESSIONS["in Pointer Mode"]
    resumed = walk((LEAVE, by_customer(do.ReturnToSite())), before)

    assert refuse_frame(before, Party.AGENT, content=False, epoch=before.epoch) is None
    assert Refusal("SITE-1", Reason.STALE) == refuse_frame(
        resumed, Party.AGENT, content=False, epoch=before.epoch
    )


# Random walks


def plausible() -> st.SearchStrategy[Deed]:
    """Deeds that move a session along, often enough right to get far."""
    request = st.sampled_from(["r1", "r2", "r3"])
    return st.one_of(
        st.sampled_from([START, JOIN, JOIN, ASK, ASK, LEAVE, LOSE_CUSTOMER, LOSE_AGENT, ANNOUNCE]),
        st.sampled_from([by_customer(PAGE), by_customer(do.ReturnToSite()), by_customer(do.Resume())]),
        st.sampled_from([by_agent(do.Resume()), by_agent(do.ReturnToPointer())]),
        request.map(lambda r: by_customer(do.Approve(r))),
        request.map(lambda r: by_customer(do.Deny(r))),
        request.map(lambda r: by_agent(do.Withdraw(r))),
        st.sampled_from(Timer).map(lambda timer: by_system(do.Expire(timer))),
    )


def moments() -> st.SearchStrategy[float]:
    """How long it takes until the next deed, in seconds."""
    return st.sampled_from([0.0, 0.0, 0.0, 0.5, 5.0, 30.0, 60.0, 300.0, 1200.0])


WALKS: Final = st.lists(
    st.tuples(st.one_of(plausible(), plausible(), st.sampled_from(DEEDS), st.from_type(Deed)), moments()),
    max_size=25,
)


class Taken(NamedTuple):
    """One step of a walk."""

    before: Session
    deed: Deed
    at: float
    outcome: Outcome


def taken(steps: list[tuple[Deed, float]], session: Session = FRESH) -> Iterator[Taken]:
    """Walk, and say what came of each step; what a session never meets is left out."""
    at = THEN
    for deed, after_s in steps:
        at += after_s
        if not isinstance(deed.action, BEFORE_ANY_SESSION):
            outcome = step(session, deed, at)
            yield Taken(session, deed, at, outcome)
            session = outcome.session


@fair
@given(WALKS)
def test_ended_is_for_ever(steps: list[tuple[Deed, float]]) -> None:
    """Nothing changes but the count, and nobody is shown anything but fences (STOP-5)."""
    for t in taken(steps):
        if t.before.state is State.ENDED:
            assert t.before == replace(t.outcome.session, n=t.before.n)
            assert all(isinstance(notice.see, see.FencePassed) for notice in t.outcome.notices)


@fair
@given(WALKS)
def test_a_request_is_pending_exactly_while_its_timer_runs(steps: list[tuple[Deed, float]]) -> None:
    """So there is at most one, and none that never ends (WRITE-7, WRITE-8)."""
    for t in taken(steps):
        after = t.outcome.session
        asked = after.state is State.ASKED

        assert (asked, asked) == (after.request != "", after.deadlines.request < inf)


@fair
@given(WALKS)
def test_write_mode_begins_only_with_the_customers_approval_of_the_pending_request(
    steps: list[tuple[Deed, float]],
) -> None:
    """In its time, by its name (WRITE-1)."""
    for t in taken(steps):
        if t.outcome.session.state is State.WRITE and t.before.state is not State.WRITE:
            assert t.deed == by_customer(do.Approve(t.before.request))
            assert t.before.state is State.ASKED
            assert t.at < t.before.deadlines.request


@fair
@given(WALKS)
def test_nothing_is_shown_to_an_agent_who_has_not_joined(steps: list[tuple[Deed, float]]) -> None:
    """Not of the page, not of the end, not even a fence (START-5, START-6)."""
    for t in taken(steps):
        if not t.outcome.session.agent:
            assert Party.AGENT not in {notice.to for notice in t.outcome.notices}


@fair
@given(WALKS)
def test_the_page_is_seen_only_while_the_session_is_active(steps: list[tuple[Deed, float]]) -> None:
    """Content, pages, pointers and circles (START-5, SITE-1, STOP-5)."""
    view = (see.Content, see.PageShown, see.PointerAt, see.Circle, see.Acted)
    for t in taken(steps):
        if any(isinstance(notice.see, view) for notice in t.outcome.notices):
            assert t.before.state in ACTIVE
        assert t.outcome.session.page is None or t.outcome.session.state in (*ACTIVE, State.SUSPENDED)


@fair
@given(WALKS)
def test_time_never_stands_still_for_ever(steps: list[tuple[Deed, float]]) -> None:
    """A session that has begun and is not over has a timer that will end it, as long as none is off."""
    for t in taken(steps):
        after = t.outcome.session
        if after.state not in (State.UNSTARTED, State.ENDED):
            assert next_deadline(after) is not None


@fair
@given(WALKS)
def test_the_customers_link_is_no_question_off_the_site(steps: list[tuple[Deed, float]]) -> None:
    """Its timer runs exactly while it is lost and the customer is on the site (RESUME-1, SITE-4)."""
    for t in taken(steps):
        session = t.outcome.session
        waits = session.customer_lost and not session.off_site and session.state is not State.ENDED

        assert waits is (session.deadlines.customer_link < inf)


@fair
@given(WALKS)
def test_a_timer_that_runs_can_run_out(steps: list[tuple[Deed, float]]) -> None:
    """Else whoever waits for the next deadline would wait for this one for ever."""
    for t in taken(steps):
        deadline = next_deadline(t.outcome.session)
        if deadline is not None:
            expiry = Deed(Party.SYSTEM, do.Expire(deadline[1]))

            assert step(t.outcome.session, expiry, max(t.at, deadline[0])).refusal is None


@fair
@given(WALKS)
def test_outcomes_are_notices_or_a_refusal(steps: list[tuple[Deed, float]]) -> None:
    """Never both; and what is asserted cell by cell holds on any walk."""
    for t in taken(steps):
        if t.outcome.refusal is not None:
            assert t.outcome.session is t.before
            assert t.outcome.notices == ()
        else:
            assert t.before.n + 1 == t.outcome.session.n


@fair
@given(WALKS)
def test_the_same_deeds_have_the_same_outcomes_and_what_went_in_stays_as_it_was(
    steps: list[tuple[Deed, float]],
) -> None:
    """Pure: no clock, no chance, nothing kept, and no argument changed."""
    first = list(taken(steps))
    kept = [msgspec.msgpack.encode((t.before, t.deed)) for t in first]
    second = [step(t.before, t.deed, t.at) for t in first]

    assert [t.outcome for t in first] == second
    assert kept == [msgspec.msgpack.encode((t.before, t.deed)) for t in first]


@fair
@given(WALKS)
def test_the_mode_is_write_mode_only_in_its_state(steps: list[tuple[Deed, float]]) -> None:
    """Whatever else a session is, it is in Pointer Mode (WRITE-13)."""
    for t in taken(steps):
        writes = t.outcome.session.state is State.WRITE

        assert (Mode.WRITE if writes else Mode.POINTER) is mode_of(t.outcome.session)


def test_interactions_of_either_kind_are_all_the_same_to_the_machine() -> None:
    """It knows that there is one, and not which (START-8)."""
    assert all(kind not in repr(FRESH) for kind in InteractionKind)
    assert Refusal("START-8", Reason.NO_INTERACTION) == step(VARIANTS[0], START, NOW).refusal


def test_a_warning_comes_before_the_end_of_the_same_moment() -> None:
    """Where a policy warns of inactivity only when it ends the session, the warning still comes first."""
    session = replace(FRESH, policy=replace(POLICY, timers=Timers(warning_s=0.0)))

    deadline = next_deadline(walk((START, JOIN), session))

    assert deadline is not None
    assert Timer.WARNING is deadline[1]


def test_a_strangers_fence_is_no_fence_of_the_session_even_after_its_end() -> None:
    """Only who was in the session gets a mark in its order (SECURE-2)."""
    refusal = step(SESSIONS["exited"], by_agent(do.Fence("f1"), "a2"), NOW).refusal

    assert refusal is not None
    assert "SECURE-2" == refusal.rule


def test_what_is_kept_for_an_absent_party_is_bounded() -> None:
    """A customer who leaves and comes back for ever does not fill the server's memory."""
    session = SESSIONS["without the agent"]
    for _ in range(MAX_MISSED):
        session = step(session, LEAVE, NOW).session
        session = step(session, by_customer(do.ReturnToSite()), NOW).session

    assert MAX_MISSED == len(session.missed)

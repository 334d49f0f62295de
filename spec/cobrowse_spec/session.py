"""The machine: what may happen in a co-browse session, as one table of (state x action).

Rule 1: everything that decides what is allowed in a session lives in this file.  As much as
possible is in the table; what does not fit (a guard, an effect) is a small function above it.

Rule 2: this file knows no clock, no socket and no chance.  Time is the argument ``now`` (seconds on
any steady clock), a deadline is data in the state, and that it has passed is an action like another
(:class:`.actions.Expire`).

Rule 3: every cell of the table is written.  A cell either refuses, naming its rule and reason, or
lists its guards, each of which names its rule and reason, and an effect.  A refusal changes nothing.

Reading order: :class:`State`, :class:`Session`, :func:`step`, ``TABLE``; then guards and effects.
"""

import operator
from collections.abc import Callable, Mapping
from enum import StrEnum
from math import inf
from typing import Final, NamedTuple

import msgspec
from msgspec.structs import replace

from . import actions as do
from . import observations as see
from .actions import Action, Deed
from .observations import Observation
from .policy import Policy, is_denied, is_on_site, tighten, tightens
from .refusals import Refusal
from .terms import Answer, EndReason, Mode, Party, Reason, SuspendReason, Timer


class State(StrEnum):
    """Where a session stands."""

    #: Nothing has happened yet: there is no session.
    UNSTARTED = "unstarted"
    #: Started by the customer; no agent has joined, nothing leaves the customer's browser (START-5).
    PENDING = "pending"
    #: Active, in Pointer Mode.
    POINTER = "pointer"
    #: Active, in Pointer Mode, with a request for Write Mode pending.
    ASKED = "asked"
    #: Active, in Write Mode.
    WRITE = "write"
    #: Nothing flows: off the site, behind a curtain, or with a link lost (SITE-1, PAUSE-1, RESUME-3).
    SUSPENDED = "suspended"
    #: Over, for ever (STOP-5).
    ENDED = "ended"


#: How many notices are kept for a party without a link; more than any session has that nobody torments.
MAX_MISSED: Final = 256

#: How many elements of a page are kept in mind, more than one message can bring; what comes beyond cannot be acted on.
MAX_ELEMENTS: Final = 100_000

#: The states in which content, pointers and circles flow.
ACTIVE: Final = frozenset({State.POINTER, State.ASKED, State.WRITE})


class Deadlines(msgspec.Struct, frozen=True, gc=False):
    """When each timer runs out, on the clock of ``now``; infinite where it is not running."""

    pending: float = inf
    request: float = inf
    approval: float = inf
    off_site: float = inf
    customer_link: float = inf
    agent_link: float = inf
    reload: float = inf
    warning: float = inf
    inactivity: float = inf


class Session(msgspec.Struct, frozen=True, gc=False):
    """All that is known of one session.  Never changed: :func:`step` makes a new one."""

    session_id: str
    policy: Policy
    #: The chat or call it belongs to; empty for a standalone session (START-8).
    interaction: str = ""
    #: What the server calls the policy that it follows (MASK-11).
    policy_name: str = ""
    state: State = State.UNSTARTED
    #: How many deeds have been accepted: the place of the last one in the session's order.
    n: int = 0
    #: The place of the last change of state, or of the policy.
    epoch: int = 0
    #: The epoch at which content last began to flow: older frames are dropped.
    flow_since: int = 0
    #: The epoch at which this stretch of Write Mode began: older acts are stale (WRITE-12).
    write_since: int = 0
    agent: str = ""
    agent_name: str = ""
    #: The pending request, if any, and how many there have been.
    request: str = ""
    requests: int = 0
    #: What the pending request, and this stretch of Write Mode, is limited to: a form or a field of the page
    #: (WRITE-15).  Empty where it is not.
    asked_scope: str = ""
    scope: str = ""
    #: No new request before this moment (WRITE-9).
    cool_down_until: float = -inf
    off_site: bool = False
    #: The customer has drawn the curtain (PAUSE-1).
    curtain: bool = False
    customer_lost: bool = False
    agent_lost: bool = False
    #: The customer's page is reloading, as it had announced: its link is gone for a moment (RESUME-3).
    away: bool = False
    #: What parties without a link are to be told when they come back (RESUME-2).
    missed: tuple["Notice", ...] = ()
    #: What the customer's client last said of its page; None while nothing may be known of it.
    page: do.ShowPage | None = None
    deadlines: Deadlines = Deadlines()
    end_reason: EndReason | None = None


class Notice(NamedTuple):
    """What a party is to see because of a deed."""

    to: Party
    see: Observation


class Outcome(NamedTuple):
    """What came of a deed: the session afterwards, and notices or a refusal, never both."""

    session: Session
    notices: tuple[Notice, ...] = ()
    refusal: Refusal | None = None


def step(session: Session, deed: Deed, now: float) -> Outcome:
    """Decide one deed.

    Pure, and total over the table's columns: signing in and opening a chat or call are nothing that
    happens to a session, and raise KeyError.  A refusal returns the very session it was given.  ``now`` is in seconds and never runs backwards.
    """
    cell = TABLE[session.state][column(deed.action)]
    refusal = _refusal(session, cell, deed, now)
    if refusal is not None:
        return Outcome(session, (), refusal)
    changed, notices = cell.effect(session, deed, now)
    if session.state is State.WRITE is not changed.state:
        changed = replace(changed, scope="", deadlines=_running(changed, approval=inf))
    if changed.customer_lost or changed.away or changed.agent_lost:
        changed, notices = _keep_for_later(changed, notices)
    n = session.n + 1
    tightened = changed.policy is not session.policy
    deadlines = _stirred(changed, deed, now)
    if changed.state is session.state and not tightened:
        return Outcome(replace(changed, n=n, deadlines=deadlines), notices)
    flows, flowed = changed.state in ACTIVE, session.state in ACTIVE and not tightened
    changed = replace(
        changed,
        n=n,
        epoch=n,
        flow_since=n if flows and not flowed else changed.flow_since,
        write_since=n if changed.state is State.WRITE else changed.write_since,
        deadlines=deadlines,
    )
    return Outcome(changed, notices)


def _keep_for_later(session: Session, notices: tuple["Notice", ...]) -> tuple[Session, tuple["Notice", ...]]:
    """Keep what concerns a party without a link until it is back; what shows only for a moment is gone."""
    gone = [Party.CUSTOMER] * (session.customer_lost or session.away) + [Party.AGENT] * session.agent_lost
    kept = tuple(n for n in notices if n.to in gone and is_told_again(n.see))
    now = tuple(n for n in notices if n.to not in gone)
    if session.state is State.ENDED:
        return session, notices
    return replace(session, missed=(session.missed + kept)[-MAX_MISSED:]), now


def _refusal(session: Session, cell: "Cell", deed: Deed, now: float) -> Refusal | None:
    if session.state is not State.ENDED or isinstance(deed.action, do.Fence):
        for _, rule, reason, holds in EVERYWHERE:
            if not holds(session, deed, now):
                action = type(deed.action)
                if holds is performs_it.holds:
                    return Refusal(action.guarded_by, action.refused_as)
                return Refusal(rule, reason)
    for _, rule, reason, holds in cell.guards:
        if not holds(session, deed, now):
            wait_s = session.cool_down_until - now if reason is Reason.COOLING_DOWN else 0.0
            return Refusal(rule, reason, wait_s)
    return None


def mode_of(session: Session) -> Mode:
    """The mode that the session is in, or would be in if it were active."""
    return Mode.WRITE if session.state is State.WRITE else Mode.POINTER


def suspended_for(session: Session) -> tuple[SuspendReason, ...]:
    """All reasons for which nothing may flow in this session; it goes on when none is left."""
    reasons = (
        (session.off_site, SuspendReason.OFF_SITE),
        (session.customer_lost or session.agent_lost, SuspendReason.LINK_LOST),
        (session.curtain, SuspendReason.CURTAIN),
    )
    return tuple(reason for holds, reason in reasons if holds)


#: Of a warning and an end at the same moment the warning comes first.
_TIMERS: Final = sorted(Timer, key=lambda timer: timer is Timer.INACTIVITY)
_times: Final[Callable[[Deadlines], tuple[float, ...]]] = operator.attrgetter(
    *(timer.value for timer in _TIMERS)
)


def next_deadline(session: Session) -> tuple[float, Timer] | None:
    """When to come back with :class:`.actions.Expire`, and for which timer; None: no timer runs."""
    times = _times(session.deadlines)
    at = min(times)
    return None if at == inf else (at, _TIMERS[times.index(at)])


def refuse_frame(session: Session, by: Party, *, content: bool, epoch: int) -> Refusal | None:
    """Why a frame may not pass, or None if it may.  A refused frame is dropped without a word.

    The table's columns for ``MovePointer`` and ``Mirror``, for the many frames that no journal keeps:
    the answer is theirs, the usual one without a step.
    """
    passes = session.state in ACTIVE and epoch >= session.flow_since
    if passes and (by is Party.CUSTOMER or (by is Party.AGENT and not content)):
        return None
    frame = do.Mirror(epoch=epoch) if content else do.MovePointer(0, 0, epoch)
    who = session.agent if by is Party.AGENT else ""
    return step(session, Deed(by, frame, who), -inf).refusal


# Guards: each names the rule that it stands for, and the reason that it gives.

Holds = Callable[[Session, Deed, float], bool]


class Guard(NamedTuple):
    """A condition of a cell."""

    name: str
    rule: str
    reason: Reason
    holds: Holds


def guard(rule: str, reason: Reason) -> Callable[[Holds], Guard]:
    """Make a function a guard that stands for a rule."""
    return lambda holds: Guard(holds.__name__, rule, reason, holds)


@guard("SECURE-2", Reason.WRONG_PARTY)
def performs_it(session: Session, deed: Deed, now: float) -> bool:
    return deed.by in deed.action.performers


@guard("SECURE-2", Reason.WRONG_TOKEN)
def is_this_sessions_agent(session: Session, deed: Deed, now: float) -> bool:
    return deed.by is not Party.AGENT or isinstance(deed.action, do.Join) or deed.who == session.agent


#: Guards of every cell.
EVERYWHERE: Final = (performs_it, is_this_sessions_agent)


@guard("START-8", Reason.NO_INTERACTION)
def has_an_interaction(session: Session, deed: Deed, now: float) -> bool:
    return session.interaction != "" or session.policy.standalone


@guard("START-4", Reason.NOT_A_START_MESSAGE)
def was_posted_by_the_system(session: Session, deed: Deed, now: float) -> bool:
    return isinstance(deed.action, do.Say) and deed.action.author is Party.SYSTEM


@guard("START-4", Reason.NOT_A_START_MESSAGE)
def is_exactly_a_start_message(session: Session, deed: Deed, now: float) -> bool:
    return isinstance(deed.action, do.Say) and deed.action.text == start_message(session.session_id)


@guard("START-4", Reason.NOT_A_START_MESSAGE)
def was_posted_in_this_sessions_chat(session: Session, deed: Deed, now: float) -> bool:
    return isinstance(deed.action, do.Say) and deed.action.interaction == session.interaction


@guard("WRITE-5", Reason.WRITE_MODE_DISABLED)
def write_mode_is_enabled(session: Session, deed: Deed, now: float) -> bool:
    return session.policy.write_mode


@guard("WRITE-15", Reason.NOT_SUPPORTED)
def approvals_may_be_limited(session: Session, deed: Deed, now: float) -> bool:
    assert isinstance(deed.action, do.Request | do.Approve)
    timed = isinstance(deed.action, do.Approve) and deed.action.timed
    return session.policy.scoped_grants or (deed.action.scope == "" and not timed)


@guard("WRITE-15", Reason.NO_SUCH_ELEMENT)
def names_a_form_or_field_of_the_page(session: Session, deed: Deed, now: float) -> bool:
    assert isinstance(deed.action, do.Request | do.Approve)
    page, scope = session.page, deed.action.scope
    if scope == "":
        return True
    if page is None or (isinstance(deed.action, do.Request) and deed.action.page != page.page):
        return False
    return any(scope in (element.ref, element.form) for element in page.elements)


@guard("WRITE-15", Reason.OUT_OF_SCOPE)
def is_within_the_limit(session: Session, deed: Deed, now: float) -> bool:
    element = _element(session, deed)
    in_time = now < session.deadlines.approval
    within = session.scope == "" or (element is not None and session.scope in (element.ref, element.form))
    return _by_customer(deed) or (in_time and within)


@guard("WRITE-9", Reason.COOLING_DOWN)
def has_cooled_down(session: Session, deed: Deed, now: float) -> bool:
    return now >= session.cool_down_until


@guard("WRITE-7", Reason.NO_SUCH_REQUEST)
def names_the_pending_request(session: Session, deed: Deed, now: float) -> bool:
    named = deed.action.request if isinstance(deed.action, do.Approve | do.Deny | do.Withdraw) else ""
    return named == session.request


@guard("WRITE-8", Reason.NO_SUCH_REQUEST)
def the_request_has_not_expired(session: Session, deed: Deed, now: float) -> bool:
    return now < session.deadlines.request


@guard("WRITE-8", Reason.NOT_DUE)
def is_due(session: Session, deed: Deed, now: float) -> bool:
    return isinstance(deed.action, do.Expire) and now >= getattr(session.deadlines, deed.action.timer)


@guard("POINTER-2", Reason.POINTER_MODE)
def pointer_mode_lets_only_the_customer_act(session: Session, deed: Deed, now: float) -> bool:
    return deed.by is Party.CUSTOMER


@guard("START-5", Reason.PENDING)
def only_the_customer_acts_while_pending(session: Session, deed: Deed, now: float) -> bool:
    return deed.by is Party.CUSTOMER


@guard("SITE-6", Reason.SUSPENDED)
def only_the_customer_acts_while_suspended(session: Session, deed: Deed, now: float) -> bool:
    return deed.by is Party.CUSTOMER


@guard("WRITE-12", Reason.STALE)
def belongs_to_this_stretch_of_write_mode(session: Session, deed: Deed, now: float) -> bool:
    return _by_customer(deed) or _act(deed).epoch >= session.write_since


@guard("SECURE-4", Reason.STALE)
def is_on_the_current_page(session: Session, deed: Deed, now: float) -> bool:
    return _by_customer(deed) or (session.page is not None and _act(deed).page == session.page.page)


@guard("SECURE-4", Reason.NO_SUCH_ELEMENT)
def names_a_published_element(session: Session, deed: Deed, now: float) -> bool:
    return _by_customer(deed) or type(deed.action) not in _ON_ELEMENTS or _element(session, deed) is not None


@guard("SECURE-4", Reason.STALE)
def is_of_the_page_that_is_shown(session: Session, deed: Deed, now: float) -> bool:
    assert isinstance(deed.action, do.ShowElements)
    return session.page is not None and deed.action.page == session.page.page


@guard("RESUME-3", Reason.RELOADING)
def the_customers_page_is_there(session: Session, deed: Deed, now: float) -> bool:
    return _by_customer(deed) or not session.away


@guard("MASK-7", Reason.MASKED)
def does_not_change_a_masked_element(session: Session, deed: Deed, now: float) -> bool:
    element = _element(session, deed)
    return element is None or not element.masked or isinstance(deed.action, do.Press | do.Submit)


@guard("NAVIGATE-4", Reason.DISABLED)
def does_not_use_a_disabled_element(session: Session, deed: Deed, now: float) -> bool:
    element = _element(session, deed)
    return element is None or not element.disabled


@guard("SUBMIT-1", Reason.SUBMIT_BLOCKED)
def submits_nothing_that_is_not_allowed(session: Session, deed: Deed, now: float) -> bool:
    element = _element(session, deed)
    if element is None or element.allowed:
        return True
    means = _act(deed).means
    return means != "submit" and means not in element.submits


@guard("NAVIGATE-3", Reason.BAD_SCHEME)
def opens_only_web_addresses(session: Session, deed: Deed, now: float) -> bool:
    if _by_customer(deed) or not isinstance(deed.action, do.OpenUrl):
        return True
    scheme = deed.action.url.partition(":")[0].lower()
    return scheme in ("http", "https") and deed.action.url.lower().startswith(scheme + "://")


@guard("NAVIGATE-2", Reason.OFF_SITE)
def stays_on_the_site(session: Session, deed: Deed, now: float) -> bool:
    if _by_customer(deed) or not isinstance(deed.action, do.OpenUrl):
        return True
    return is_on_site(session.policy, deed.action.url)


@guard("NAVIGATE-5", Reason.DENIED_URL)
def opens_nothing_that_is_denied(session: Session, deed: Deed, now: float) -> bool:
    if _by_customer(deed) or not isinstance(deed.action, do.OpenUrl):
        return True
    return not is_denied(session.policy, deed.action.url)


@guard("SITE-1", Reason.STALE)
def belongs_to_this_stretch_of_flow(session: Session, deed: Deed, now: float) -> bool:
    assert isinstance(deed.action, do.MovePointer | do.Mirror)
    return deed.action.epoch >= session.flow_since


@guard("SITE-2", Reason.NOT_SUSPENDED)
def was_off_the_site(session: Session, deed: Deed, now: float) -> bool:
    return session.off_site


@guard("SITE-1", Reason.SUSPENDED)
def is_not_off_the_site(session: Session, deed: Deed, now: float) -> bool:
    return not session.off_site


@guard("PAUSE-1", Reason.NOT_SUPPORTED)
def there_is_a_curtain(session: Session, deed: Deed, now: float) -> bool:
    return session.policy.curtain


@guard("PAUSE-1", Reason.SUSPENDED)
def the_curtain_is_open(session: Session, deed: Deed, now: float) -> bool:
    return not session.curtain


@guard("PAUSE-1", Reason.NOT_SUSPENDED)
def the_curtain_is_drawn(session: Session, deed: Deed, now: float) -> bool:
    return session.curtain


@guard("SECURE-4", Reason.OUT_OF_TURN)
def had_lost_its_link(session: Session, deed: Deed, now: float) -> bool:
    return session.customer_lost or session.away if deed.by is Party.CUSTOMER else session.agent_lost


@guard("SECURE-4", Reason.OUT_OF_TURN)
def has_a_link_to_lose(session: Session, deed: Deed, now: float) -> bool:
    if not isinstance(deed.action, do.LoseLink):
        return False
    if deed.action.party is Party.CUSTOMER:
        return not session.customer_lost and not session.away
    return deed.action.party is Party.AGENT and session.agent != "" and not session.agent_lost


@guard("STOP-7", Reason.NOT_SUPPORTED)
def inactivity_is_watched(session: Session, deed: Deed, now: float) -> bool:
    return session.policy.timers.inactivity_s > 0


_ON_ELEMENTS: Final = frozenset({do.Press, do.Type, do.Choose, do.PressKey, do.Submit})


def _act(deed: Deed) -> do.Act:
    assert isinstance(deed.action, do.Act)
    return deed.action


def _by_customer(deed: Deed) -> bool:
    return deed.by is Party.CUSTOMER


def _element(session: Session, deed: Deed) -> do.Element | None:
    """The published element that an agent's act names."""
    if deed.by is Party.CUSTOMER or session.page is None or type(deed.action) not in _ON_ELEMENTS:
        return None
    ref = _act(deed).element
    for element in session.page.elements:
        if element.ref == ref:
            return element
    return None


# Effects: each returns the session afterwards and who is to see what.

Effect = Callable[[Session, Deed, float], tuple[Session, tuple[Notice, ...]]]


def start_message(session_id: str) -> str:
    """The special message that brings the chat's agent in (START-3)."""
    return f"{{start:{session_id}}}"


def _both(seen: Observation) -> tuple[Notice, ...]:
    return Notice(Party.CUSTOMER, seen), Notice(Party.AGENT, seen)


def _running(session: Session, **changes: float) -> Deadlines:
    return replace(session.deadlines, **changes)


def _watched(session: Session, deadlines: Deadlines, now: float) -> Deadlines:
    """The deadlines with the inactivity timers started anew (STOP-7)."""
    timers = session.policy.timers
    if timers.inactivity_s <= 0:
        return deadlines
    at = now + timers.inactivity_s
    return replace(deadlines, inactivity=at, warning=max(now, at - timers.warning_s))


def _stirred(session: Session, deed: Deed, now: float) -> Deadlines:
    """The deadlines after a deed: any of customer or agent in an active session is activity (STOP-7)."""
    if session.state not in ACTIVE or type(deed.action) in _NO_ACTIVITY:
        return session.deadlines
    return _watched(session, session.deadlines, now)


#: What shows only for a moment or says how things stand now, and is nothing to be told of later.
_OF_NOW: Final = frozenset(
    {see.Circle, see.PointerAt, see.FencePassed, see.Acted, see.Content}
    | {see.PageShown, see.ElementsShown, see.Restored}
)


def is_told_again(seen: Observation) -> bool:
    """Whether a party that missed it is told of it when it is back, so that it has a number (RESUME-2)."""
    return type(seen) not in _OF_NOW


#: What happens without anybody's hand.
_NO_ACTIVITY: Final = frozenset(
    {
        do.Announce,
        do.Mirror,
        do.Fence,
        do.Report,
        do.ShowPage,
        do.ShowElements,
        do.Expire,
        do.LoseLink,
        do.Say,
        do.FollowPolicy,
    }
)


def nothing(session: Session, deed: Deed, now: float) -> tuple[Session, tuple[Notice, ...]]:
    """It is allowed, and concerns nobody else."""
    return session, ()


def pass_fence(session: Session, deed: Deed, now: float) -> tuple[Session, tuple[Notice, ...]]:
    assert isinstance(deed.action, do.Fence)
    passed = see.FencePassed(deed.action.fence)
    return session, _both(passed) if session.agent else (Notice(Party.CUSTOMER, passed),)


def begin(session: Session, deed: Deed, now: float) -> tuple[Session, tuple[Notice, ...]]:
    deadline = now + session.policy.timers.pending_s
    begun = replace(session, state=State.PENDING, deadlines=Deadlines(pending=deadline))
    return begun, (Notice(Party.CUSTOMER, see.Started(session.session_id)),)


def join(session: Session, deed: Deed, now: float) -> tuple[Session, tuple[Notice, ...]]:
    lost = session.customer_lost
    policy, deadlines = session.policy, _running(session, pending=inf)
    joined = replace(
        session,
        state=State.SUSPENDED if lost else State.POINTER,
        agent=deed.who,
        agent_name=deed.name,
        # Also where a message brings the agent in, and so nobody has done anything yet.
        deadlines=deadlines if lost else _watched(session, deadlines, now),
    )
    by_chat = isinstance(deed.action, do.Say)
    seen = see.Joined(deed.name, Mode.POINTER, policy.write_mode, policy.scoped_grants, by_chat)
    notices = _both(seen)
    if lost:
        left_s = session.deadlines.customer_link - now
        notices += (Notice(Party.AGENT, see.Suspended(SuspendReason.LINK_LOST, left_s)),)
    return joined, notices


def ask(session: Session, deed: Deed, now: float) -> tuple[Session, tuple[Notice, ...]]:
    assert isinstance(deed.action, do.Request)
    expires_in_s, scope = session.policy.timers.request_s, deed.action.scope
    requests = session.requests + 1
    request = f"r{requests}"
    asked = replace(
        session,
        state=State.ASKED,
        request=request,
        requests=requests,
        asked_scope=scope,
        deadlines=_running(session, request=now + expires_in_s),
    )
    return asked, _both(see.Asked(request, session.agent_name, expires_in_s, scope))


def ask_no_twice(session: Session, deed: Deed, now: float) -> tuple[Session, tuple[Notice, ...]]:
    left_s = session.deadlines.request - now
    asked = see.Asked(session.request, session.agent_name, left_s, session.asked_scope)
    return session, (Notice(Party.AGENT, asked),)


def _close_request(session: Session, answer: Answer, now: float) -> tuple[Session, tuple[Notice, ...]]:
    """The pending request is over; the session is in Pointer Mode unless the caller says otherwise."""
    cools = answer in (Answer.DENIED, Answer.EXPIRED)
    closed = replace(
        session,
        state=State.POINTER,
        request="",
        asked_scope="",
        deadlines=_running(session, request=inf),
        cool_down_until=now + session.policy.timers.cool_down_s if cools else session.cool_down_until,
    )
    return closed, _both(see.Answered(session.request, answer))


def approve(session: Session, deed: Deed, now: float) -> tuple[Session, tuple[Notice, ...]]:
    assert isinstance(deed.action, do.Approve)
    closed, notices = _close_request(session, Answer.APPROVED, now)
    scope = deed.action.scope or session.asked_scope
    lasts_s = session.policy.timers.approval_s if deed.action.timed else inf
    deadlines = _running(closed, approval=now + lasts_s)
    writing = replace(closed, state=State.WRITE, scope=scope, deadlines=deadlines)
    return writing, notices + _both(see.InMode(Mode.WRITE, scope, lasts_s if lasts_s < inf else 0.0))


def deny(session: Session, deed: Deed, now: float) -> tuple[Session, tuple[Notice, ...]]:
    return _close_request(session, Answer.DENIED, now)


def withdraw(session: Session, deed: Deed, now: float) -> tuple[Session, tuple[Notice, ...]]:
    return _close_request(session, Answer.WITHDRAWN, now)


def expire_request(session: Session, deed: Deed, now: float) -> tuple[Session, tuple[Notice, ...]]:
    return _close_request(session, Answer.EXPIRED, now)


def leave_write_mode(session: Session, deed: Deed, now: float) -> tuple[Session, tuple[Notice, ...]]:
    return replace(session, state=State.POINTER), _both(see.InMode(Mode.POINTER))


def end_approval(session: Session, deed: Deed, now: float) -> tuple[Session, tuple[Notice, ...]]:
    """The time that the customer has allowed is over (WRITE-15)."""
    return leave_write_mode(session, deed, now)


def circle(session: Session, deed: Deed, now: float) -> tuple[Session, tuple[Notice, ...]]:
    assert isinstance(deed.action, do.Click)
    return session, _both(see.Circle(deed.action.x, deed.action.y))


def pass_pointer(session: Session, deed: Deed, now: float) -> tuple[Session, tuple[Notice, ...]]:
    assert isinstance(deed.action, do.MovePointer)
    to = Party.AGENT if _by_customer(deed) else Party.CUSTOMER
    return session, (Notice(to, see.PointerAt(deed.action.x, deed.action.y)),)


def pass_content(session: Session, deed: Deed, now: float) -> tuple[Session, tuple[Notice, ...]]:
    assert isinstance(deed.action, do.Mirror)
    return session, (Notice(Party.AGENT, see.Content(deed.action.digest, deed.action.size)),)


def pass_act(session: Session, deed: Deed, now: float) -> tuple[Session, tuple[Notice, ...]]:
    if _by_customer(deed):
        return session, ()
    assert isinstance(deed.action, do.AnyAct)
    return session, (Notice(Party.CUSTOMER, see.Acted(session.n + 1, deed.action)),)


def report(session: Session, deed: Deed, now: float) -> tuple[Session, tuple[Notice, ...]]:
    assert isinstance(deed.action, do.Report)
    told: Observation = see.ActApplied(deed.action.act)
    if deed.action.reason is not None:
        refusal = Refusal(deed.action.rule, deed.action.reason)
        told = refusal.as_seen(act=deed.action.act)
    return session, (Notice(Party.AGENT, told),)


def show_page(session: Session, deed: Deed, now: float) -> tuple[Session, tuple[Notice, ...]]:
    """Show the agent another page; what is limited to a part of the one before is over with it (WRITE-15)."""
    assert isinstance(deed.action, do.ShowPage)
    if not is_on_site(session.policy, deed.action.url):
        return leave_site(session, deed, now)
    shown = replace(session, page=deed.action)
    if session.state is State.SUSPENDED:
        return shown, ()
    notices: tuple[Notice, ...] = ()
    if shown.asked_scope:
        shown, notices = _close_request(shown, Answer.VOID, now)
    elif shown.scope:
        shown, notices = leave_write_mode(shown, deed, now)
    seen = see.PageShown(deed.action.page, deed.action.url, deed.action.elements)
    return shown, (*notices, Notice(Party.AGENT, seen))


def show_elements(session: Session, deed: Deed, now: float) -> tuple[Session, tuple[Notice, ...]]:
    """Elements of the page come, change and go; what is limited to one that has gone lets nothing be done."""
    assert isinstance(deed.action, do.ShowElements)
    page = session.page
    if page is not None:
        page = replace(page, elements=do.after_change(page.elements, deed.action)[:MAX_ELEMENTS])
    seen = see.ElementsShown(deed.action.page, deed.action.elements, deed.action.gone)
    return replace(session, page=page), (Notice(Party.AGENT, seen),)


def _suspend(
    session: Session, reason: SuspendReason, ends_in_s: float, now: float
) -> tuple[Session, tuple[Notice, ...]]:
    """Blank the agent's view and void what was pending (SITE-1, SITE-6)."""
    notices: tuple[Notice, ...] = ()
    if session.away:
        session = _lost_while_away(session, now)
    if session.state is State.ASKED:
        session, notices = _close_request(session, Answer.VOID, now)
    deadlines = _running(session, reload=inf)
    if not session.curtain:  # nobody can do anything: that is no inactivity
        deadlines = replace(deadlines, warning=inf, inactivity=inf)
    suspended = replace(session, state=State.SUSPENDED, page=None, deadlines=deadlines)
    return suspended, notices + _both(see.Suspended(reason, ends_in_s))


def leave_site(session: Session, deed: Deed, now: float) -> tuple[Session, tuple[Notice, ...]]:
    """Off the site the customer's link has no time of its own: with the page it is gone as well (SITE-4)."""
    limit_s = session.policy.timers.off_site_s
    deadlines = _running(session, off_site=now + limit_s, customer_link=inf)
    return _suspend(
        replace(session, off_site=True, deadlines=deadlines), SuspendReason.OFF_SITE, limit_s, now
    )


def draw_curtain(session: Session, deed: Deed, now: float) -> tuple[Session, tuple[Notice, ...]]:
    """What is done behind a curtain nobody sees, so it counts as inactivity, which ends it in the end."""
    limit_s = session.policy.timers.inactivity_s
    drawn, notices = _suspend(replace(session, curtain=True), SuspendReason.CURTAIN, limit_s, now)
    return replace(drawn, deadlines=_watched(drawn, drawn.deadlines, now)), notices


def open_curtain(session: Session, deed: Deed, now: float) -> tuple[Session, tuple[Notice, ...]]:
    deadlines = _running(session, warning=inf, inactivity=inf)
    return _go_on(replace(session, curtain=False, deadlines=deadlines))


def announce(session: Session, deed: Deed, now: float) -> tuple[Session, tuple[Notice, ...]]:
    reload = now + session.policy.timers.reload_s
    return replace(session, deadlines=_running(session, reload=reload)), ()


def end_reload(session: Session, deed: Deed, now: float) -> tuple[Session, tuple[Notice, ...]]:
    """The time for it is over: a customer who has not come back by now has lost its link."""
    if session.away:
        return _suspend(session, SuspendReason.LINK_LOST, session.policy.timers.customer_link_s, now)
    return replace(session, deadlines=_running(session, reload=inf)), ()


def _lost_while_away(session: Session, now: float) -> Session:
    deadlines = _running(session, reload=inf, customer_link=now + _customer_link_s(session))
    return replace(session, away=False, customer_lost=True, deadlines=deadlines)


def _customer_link_s(session: Session) -> float:
    """How long the session waits for the customer's link; off the site that is no question of the link."""
    return inf if session.off_site else session.policy.timers.customer_link_s


def lose_link(session: Session, deed: Deed, now: float) -> tuple[Session, tuple[Notice, ...]]:
    assert isinstance(deed.action, do.LoseLink)
    if deed.action.party is Party.CUSTOMER and now < session.deadlines.reload < inf:
        return replace(session, away=True), ()
    lost, limit_s = _without_link(session, deed, now)
    return _suspend(lost, SuspendReason.LINK_LOST, limit_s, now)


def lose_link_while_pending(session: Session, deed: Deed, now: float) -> tuple[Session, tuple[Notice, ...]]:
    lost, _ = _without_link(session, deed, now)
    return lost, ()


def _without_link(session: Session, deed: Deed, now: float) -> tuple[Session, float]:
    assert isinstance(deed.action, do.LoseLink)
    timers = session.policy.timers
    if deed.action.party is Party.CUSTOMER:
        limit_s = _customer_link_s(session)
        deadlines = _running(session, customer_link=now + limit_s)
        return replace(session, customer_lost=True, deadlines=deadlines), limit_s if limit_s < inf else 0.0
    deadlines = _running(session, agent_link=now + timers.agent_link_s)
    return replace(session, agent_lost=True, deadlines=deadlines), timers.agent_link_s


def return_to_site(session: Session, deed: Deed, now: float) -> tuple[Session, tuple[Notice, ...]]:
    returned = replace(session, off_site=False, deadlines=_running(session, off_site=inf))
    if session.customer_lost:
        deadlines = _running(returned, customer_link=now + _customer_link_s(returned))
        returned = replace(returned, deadlines=deadlines)
    return _go_on(returned)


#: What is said to be left of a time that is over, until that has been done: 0 would be no limit at all.
_ALMOST_OVER_S: Final = 0.001


def take_up_link(session: Session, deed: Deed, now: float) -> tuple[Session, tuple[Notice, ...]]:
    """The party is back: tell it where the session stands, and go on if nothing else is missing."""
    if deed.by is Party.CUSTOMER:
        deadlines = _running(session, customer_link=inf, reload=inf)
        back = replace(session, customer_lost=False, away=False, deadlines=deadlines)
    else:
        back = replace(session, agent_lost=False, deadlines=_running(session, agent_link=inf))
    ends_in_s = max(session.deadlines.approval - now, _ALMOST_OVER_S)
    restored = see.Restored(
        state=session.state,
        mode=mode_of(session),
        agent=session.agent_name,
        request=session.request,
        write_mode=session.policy.write_mode,
        scoped_grants=session.policy.scoped_grants,
        scope=session.scope,
        ends_in_s=ends_in_s if ends_in_s < inf else 0.0,
        reasons=suspended_for(back),
    )
    missed = tuple(notice for notice in session.missed if notice.to is deed.by)
    back = replace(back, missed=tuple(notice for notice in session.missed if notice.to is not deed.by))
    notices: tuple[Notice, ...] = (Notice(deed.by, restored), *missed)
    if session.state is not State.SUSPENDED:
        return back, notices
    gone_on, more = _go_on(back)
    return gone_on, notices + more


def _go_on(session: Session) -> tuple[Session, tuple[Notice, ...]]:
    """Resume in Pointer Mode if no reason to be suspended is left (SITE-2, RESUME-3, PAUSE-1)."""
    if suspended_for(session):
        return session, ()
    return replace(session, state=State.POINTER, page=None), _both(see.Resumed(Mode.POINTER))


def follow_policy(session: Session, deed: Deed, now: float) -> tuple[Session, tuple[Notice, ...]]:
    """Stricter at once: the page has to be shown anew, and nothing from before counts any more (MASK-11)."""
    assert isinstance(deed.action, do.FollowPolicy)
    if not tightens(session.policy, deed.action.policy):
        return session, ()
    policy, page = tighten(session.policy, deed.action.policy), session.page
    if not session.interaction and not policy.standalone:
        return _end(session, EndReason.POLICY)
    seen = see.PolicyChanged(policy.write_mode, policy.scoped_grants)
    told = _both(seen) if session.agent else (Notice(Party.CUSTOMER, seen),)
    notices: tuple[Notice, ...] = ()
    tightened = replace(session, policy=policy, page=None)
    if page is not None and session.state in ACTIVE and not is_on_site(policy, page.url):
        tightened, notices = leave_site(tightened, deed, now)
    elif session.state is State.ASKED and not policy.write_mode:
        tightened, notices = _close_request(tightened, Answer.VOID, now)
    elif session.state is State.WRITE and not policy.write_mode:
        tightened, notices = leave_write_mode(tightened, deed, now)
    return tightened, told + notices


def warn(session: Session, deed: Deed, now: float) -> tuple[Session, tuple[Notice, ...]]:
    left_s = session.deadlines.inactivity - now
    warned = replace(session, deadlines=_running(session, warning=inf))
    return warned, _both(see.Warned(max(0.0, left_s)))


def end(reason: EndReason) -> Effect:
    """End for this reason."""

    def end_it(session: Session, deed: Deed, now: float) -> tuple[Session, tuple[Notice, ...]]:
        return _end(session, reason)

    return end_it


def exit_session(session: Session, deed: Deed, now: float) -> tuple[Session, tuple[Notice, ...]]:
    by_customer = deed.by is Party.CUSTOMER
    return _end(session, EndReason.CUSTOMER_EXIT if by_customer else EndReason.AGENT_EXIT)


def _end(session: Session, reason: EndReason) -> tuple[Session, tuple[Notice, ...]]:
    """Both parties and the contact centre get the same reason; an agent who never joined, none."""
    ended = see.Ended(reason)
    to = [Party.CUSTOMER, Party.AGENT, Party.CONTROLLER]
    if not session.agent:
        to.remove(Party.AGENT)
    over = replace(
        session,
        state=State.ENDED,
        end_reason=reason,
        page=None,
        request="",
        asked_scope="",
        missed=(),
        deadlines=Deadlines(),
    )
    return over, tuple(Notice(party, ended) for party in to)


# The table.


class Cell(NamedTuple):
    """What an action meets in a state: guards, and an effect if all of them hold."""

    guards: tuple[Guard, ...]
    effect: Effect


def allow(effect: Effect, *guards: Guard) -> Cell:
    """Allowed, if every guard holds."""
    return Cell(guards, effect)


def refuse(rule: str, reason: Reason) -> Cell:
    """Refused, whoever does it."""
    never = Guard(f"never_here_{reason}", rule, reason, lambda session, deed, now: False)
    return Cell((never,), nothing)


#: A column: an action, an act of any kind, or the expiry of one timer.
Column = type[Action] | Timer


def column(action: Action) -> Column:
    """The column that an action belongs to."""
    if isinstance(action, do.Expire):
        return action.timer
    return do.Act if isinstance(action, do.Act) else type(action)


_NOT_DUE: Final = refuse("WRITE-8", Reason.NOT_DUE)
_TOO_EARLY: Final = refuse("SECURE-4", Reason.OUT_OF_TURN)
_PENDING: Final = refuse("START-5", Reason.PENDING)
_SUSPENDED: Final = refuse("SITE-6", Reason.SUSPENDED)
_ENDED: Final = refuse("STOP-5", Reason.SESSION_ENDED)
_NO_SUCH_SESSION: Final = refuse("JOIN-6", Reason.NO_SUCH_SESSION)
_NO_SUCH_REQUEST: Final = refuse("WRITE-1", Reason.NO_SUCH_REQUEST)
_ALREADY_STARTED: Final = refuse("START-8", Reason.ALREADY_STARTED)
_ALREADY_JOINED: Final = refuse("START-6", Reason.ALREADY_JOINED)
_SESSION_FULL: Final = refuse("JOIN-4", Reason.SESSION_FULL)
_NO_TRANSFER: Final = refuse("JOIN-4", Reason.NO_TRANSFER)
_NOT_SUSPENDED: Final = refuse("SITE-2", Reason.NOT_SUSPENDED)
_IN_POINTER_MODE: Final = refuse("WRITE-10", Reason.ALREADY_IN_POINTER_MODE)
_IN_WRITE_MODE: Final = refuse("WRITE-7", Reason.ALREADY_IN_WRITE_MODE)

TABLE: Final[Mapping[State, Mapping[Column, Cell]]] = {
    State.UNSTARTED: {
        do.Start: allow(begin, has_an_interaction),
        do.Fence: allow(pass_fence),
        do.Say: allow(nothing),
        do.Cancel: _TOO_EARLY,
        do.Join: _NO_SUCH_SESSION,
        do.Resume: _TOO_EARLY,
        do.Transfer: _TOO_EARLY,
        do.Request: _TOO_EARLY,
        do.Withdraw: _TOO_EARLY,
        do.Approve: _TOO_EARLY,
        do.Deny: _TOO_EARLY,
        do.ReturnToPointer: _TOO_EARLY,
        do.Click: _TOO_EARLY,
        do.MovePointer: _TOO_EARLY,
        do.Mirror: _TOO_EARLY,
        do.Act: _TOO_EARLY,
        do.Report: _TOO_EARLY,
        do.ShowPage: _TOO_EARLY,
        do.ShowElements: _TOO_EARLY,
        do.Announce: _TOO_EARLY,
        do.LeaveSite: _TOO_EARLY,
        do.ReturnToSite: _TOO_EARLY,
        do.DrawCurtain: _TOO_EARLY,
        do.OpenCurtain: _TOO_EARLY,
        do.Exit: _TOO_EARLY,
        do.EndInteraction: _TOO_EARLY,
        do.StopSession: _TOO_EARLY,
        do.LoseLink: _TOO_EARLY,
        do.Stir: _TOO_EARLY,
        do.Forbid: _TOO_EARLY,
        do.FollowPolicy: _TOO_EARLY,
        do.ShutDown: _TOO_EARLY,
        Timer.PENDING: _NOT_DUE,
        Timer.REQUEST: _NOT_DUE,
        Timer.APPROVAL: _NOT_DUE,
        Timer.OFF_SITE: _NOT_DUE,
        Timer.CUSTOMER_LINK: _NOT_DUE,
        Timer.AGENT_LINK: _NOT_DUE,
        Timer.RELOAD: _NOT_DUE,
        Timer.WARNING: _NOT_DUE,
        Timer.INACTIVITY: _NOT_DUE,
    },
    State.PENDING: {
        do.Start: _ALREADY_STARTED,
        do.Fence: allow(pass_fence),
        do.Say: allow(
            join,
            was_posted_by_the_system,
            is_exactly_a_start_message,
            was_posted_in_this_sessions_chat,
        ),
        do.Cancel: allow(end(EndReason.CANCELLED)),
        do.Join: allow(join),
        do.Resume: allow(take_up_link, had_lost_its_link),
        do.Transfer: _NO_TRANSFER,
        do.Request: _PENDING,
        do.Withdraw: _PENDING,
        do.Approve: _NO_SUCH_REQUEST,
        do.Deny: _NO_SUCH_REQUEST,
        do.ReturnToPointer: _PENDING,
        do.Click: _PENDING,
        do.MovePointer: _PENDING,
        do.Mirror: _PENDING,
        do.Act: allow(nothing, only_the_customer_acts_while_pending),
        do.Report: _PENDING,
        do.ShowPage: _PENDING,
        do.ShowElements: _PENDING,
        do.Announce: allow(nothing),
        do.LeaveSite: _PENDING,
        do.ReturnToSite: _PENDING,
        do.DrawCurtain: _PENDING,
        do.OpenCurtain: _PENDING,
        do.Exit: allow(end(EndReason.CANCELLED)),
        do.EndInteraction: allow(end(EndReason.INTERACTION_ENDED)),
        do.StopSession: allow(end(EndReason.CONTROLLER_STOP)),
        do.LoseLink: allow(lose_link_while_pending, has_a_link_to_lose),
        do.Stir: allow(nothing),
        do.Forbid: allow(end(EndReason.POLICY)),
        do.FollowPolicy: allow(follow_policy),
        do.ShutDown: allow(end(EndReason.SERVER_SHUTDOWN)),
        Timer.PENDING: allow(end(EndReason.PENDING_TIMEOUT), is_due),
        Timer.REQUEST: _NOT_DUE,
        Timer.APPROVAL: _NOT_DUE,
        Timer.OFF_SITE: _NOT_DUE,
        Timer.CUSTOMER_LINK: allow(end(EndReason.CUSTOMER_LOST), is_due),
        Timer.AGENT_LINK: _NOT_DUE,
        Timer.RELOAD: _NOT_DUE,
        Timer.WARNING: _NOT_DUE,
        Timer.INACTIVITY: _NOT_DUE,
    },
    State.POINTER: {
        do.Start: _ALREADY_STARTED,
        do.Fence: allow(pass_fence),
        do.Say: allow(nothing),
        do.Cancel: _ALREADY_JOINED,
        do.Join: _SESSION_FULL,
        do.Resume: allow(take_up_link, had_lost_its_link),
        do.Transfer: _NO_TRANSFER,
        do.Request: allow(
            ask,
            write_mode_is_enabled,
            approvals_may_be_limited,
            names_a_form_or_field_of_the_page,
            has_cooled_down,
        ),
        do.Withdraw: refuse("WRITE-8", Reason.NO_SUCH_REQUEST),
        do.Approve: _NO_SUCH_REQUEST,
        do.Deny: _NO_SUCH_REQUEST,
        do.ReturnToPointer: _IN_POINTER_MODE,
        do.Click: allow(circle),
        do.MovePointer: allow(pass_pointer, belongs_to_this_stretch_of_flow),
        do.Mirror: allow(pass_content, belongs_to_this_stretch_of_flow),
        do.Act: allow(nothing, pointer_mode_lets_only_the_customer_act),
        do.Report: allow(report),
        do.ShowPage: allow(show_page),
        do.ShowElements: allow(show_elements, is_of_the_page_that_is_shown),
        do.Announce: allow(announce),
        do.LeaveSite: allow(leave_site),
        do.ReturnToSite: _NOT_SUSPENDED,
        do.DrawCurtain: allow(draw_curtain, there_is_a_curtain),
        do.OpenCurtain: allow(open_curtain, there_is_a_curtain, the_curtain_is_drawn),
        do.Exit: allow(exit_session),
        do.EndInteraction: allow(end(EndReason.INTERACTION_ENDED)),
        do.StopSession: allow(end(EndReason.CONTROLLER_STOP)),
        do.LoseLink: allow(lose_link, has_a_link_to_lose),
        do.Stir: allow(nothing),
        do.Forbid: allow(end(EndReason.POLICY)),
        do.FollowPolicy: allow(follow_policy),
        do.ShutDown: allow(end(EndReason.SERVER_SHUTDOWN)),
        Timer.PENDING: _NOT_DUE,
        Timer.REQUEST: _NOT_DUE,
        Timer.APPROVAL: _NOT_DUE,
        Timer.OFF_SITE: _NOT_DUE,
        Timer.CUSTOMER_LINK: _NOT_DUE,
        Timer.AGENT_LINK: _NOT_DUE,
        Timer.RELOAD: allow(end_reload, is_due),
        Timer.WARNING: allow(warn, inactivity_is_watched, is_due),
        Timer.INACTIVITY: allow(end(EndReason.INACTIVITY), inactivity_is_watched, is_due),
    },
    State.ASKED: {
        do.Start: _ALREADY_STARTED,
        do.Fence: allow(pass_fence),
        do.Say: allow(nothing),
        do.Cancel: _ALREADY_JOINED,
        do.Join: _SESSION_FULL,
        do.Resume: allow(take_up_link, had_lost_its_link),
        do.Transfer: _NO_TRANSFER,
        do.Request: allow(ask_no_twice, approvals_may_be_limited),
        do.Withdraw: allow(withdraw, names_the_pending_request),
        do.Approve: allow(
            approve,
            names_the_pending_request,
            the_request_has_not_expired,
            approvals_may_be_limited,
            names_a_form_or_field_of_the_page,
        ),
        do.Deny: allow(deny, names_the_pending_request),
        do.ReturnToPointer: _IN_POINTER_MODE,
        do.Click: allow(circle),
        do.MovePointer: allow(pass_pointer, belongs_to_this_stretch_of_flow),
        do.Mirror: allow(pass_content, belongs_to_this_stretch_of_flow),
        do.Act: allow(nothing, pointer_mode_lets_only_the_customer_act),
        do.Report: allow(report),
        do.ShowPage: allow(show_page),
        do.ShowElements: allow(show_elements, is_of_the_page_that_is_shown),
        do.Announce: allow(announce),
        do.LeaveSite: allow(leave_site),
        do.ReturnToSite: _NOT_SUSPENDED,
        do.DrawCurtain: allow(draw_curtain, there_is_a_curtain),
        do.OpenCurtain: allow(open_curtain, there_is_a_curtain, the_curtain_is_drawn),
        do.Exit: allow(exit_session),
        do.EndInteraction: allow(end(EndReason.INTERACTION_ENDED)),
        do.StopSession: allow(end(EndReason.CONTROLLER_STOP)),
        do.LoseLink: allow(lose_link, has_a_link_to_lose),
        do.Stir: allow(nothing),
        do.Forbid: allow(end(EndReason.POLICY)),
        do.FollowPolicy: allow(follow_policy),
        do.ShutDown: allow(end(EndReason.SERVER_SHUTDOWN)),
        Timer.PENDING: _NOT_DUE,
        Timer.REQUEST: allow(expire_request, is_due),
        Timer.APPROVAL: _NOT_DUE,
        Timer.OFF_SITE: _NOT_DUE,
        Timer.CUSTOMER_LINK: _NOT_DUE,
        Timer.AGENT_LINK: _NOT_DUE,
        Timer.RELOAD: allow(end_reload, is_due),
        Timer.WARNING: allow(warn, inactivity_is_watched, is_due),
        Timer.INACTIVITY: allow(end(EndReason.INACTIVITY), inactivity_is_watched, is_due),
    },
    State.WRITE: {
        do.Start: _ALREADY_STARTED,
        do.Fence: allow(pass_fence),
        do.Say: allow(nothing),
        do.Cancel: _ALREADY_JOINED,
        do.Join: _SESSION_FULL,
        do.Resume: allow(take_up_link, had_lost_its_link),
        do.Transfer: _NO_TRANSFER,
        do.Request: _IN_WRITE_MODE,
        do.Withdraw: refuse("WRITE-8", Reason.NO_SUCH_REQUEST),
        do.Approve: _NO_SUCH_REQUEST,
        do.Deny: _NO_SUCH_REQUEST,
        do.ReturnToPointer: allow(leave_write_mode),
        do.Click: allow(circle),
        do.MovePointer: allow(pass_pointer, belongs_to_this_stretch_of_flow),
        do.Mirror: allow(pass_content, belongs_to_this_stretch_of_flow),
        do.Act: allow(
            pass_act,
            belongs_to_this_stretch_of_write_mode,
            the_customers_page_is_there,
            opens_only_web_addresses,
            stays_on_the_site,
            opens_nothing_that_is_denied,
            is_on_the_current_page,
            names_a_published_element,
            is_within_the_limit,
            does_not_change_a_masked_element,
            does_not_use_a_disabled_element,
            submits_nothing_that_is_not_allowed,
        ),
        do.Report: allow(report),
        do.ShowPage: allow(show_page),
        do.ShowElements: allow(show_elements, is_of_the_page_that_is_shown),
        do.Announce: allow(announce),
        do.LeaveSite: allow(leave_site),
        do.ReturnToSite: _NOT_SUSPENDED,
        do.DrawCurtain: allow(draw_curtain, there_is_a_curtain),
        do.OpenCurtain: allow(open_curtain, there_is_a_curtain, the_curtain_is_drawn),
        do.Exit: allow(exit_session),
        do.EndInteraction: allow(end(EndReason.INTERACTION_ENDED)),
        do.StopSession: allow(end(EndReason.CONTROLLER_STOP)),
        do.LoseLink: allow(lose_link, has_a_link_to_lose),
        do.Stir: allow(nothing),
        do.Forbid: allow(end(EndReason.POLICY)),
        do.FollowPolicy: allow(follow_policy),
        do.ShutDown: allow(end(EndReason.SERVER_SHUTDOWN)),
        Timer.PENDING: _NOT_DUE,
        Timer.REQUEST: _NOT_DUE,
        Timer.APPROVAL: allow(end_approval, is_due),
        Timer.OFF_SITE: _NOT_DUE,
        Timer.CUSTOMER_LINK: _NOT_DUE,
        Timer.AGENT_LINK: _NOT_DUE,
        Timer.RELOAD: allow(end_reload, is_due),
        Timer.WARNING: allow(warn, inactivity_is_watched, is_due),
        Timer.INACTIVITY: allow(end(EndReason.INACTIVITY), inactivity_is_watched, is_due),
    },
    State.SUSPENDED: {
        do.Start: _ALREADY_STARTED,
        do.Fence: allow(pass_fence),
        do.Say: allow(nothing),
        do.Cancel: _ALREADY_JOINED,
        do.Join: _SESSION_FULL,
        do.Resume: allow(take_up_link, had_lost_its_link),
        do.Transfer: _NO_TRANSFER,
        do.Request: _SUSPENDED,
        do.Withdraw: _SUSPENDED,
        do.Approve: _SUSPENDED,
        do.Deny: _SUSPENDED,
        do.ReturnToPointer: _SUSPENDED,
        do.Click: _SUSPENDED,
        do.MovePointer: refuse("SITE-1", Reason.SUSPENDED),
        do.Mirror: refuse("SITE-1", Reason.SUSPENDED),
        do.Act: allow(nothing, only_the_customer_acts_while_suspended),
        do.Report: _SUSPENDED,
        do.ShowPage: allow(show_page, is_not_off_the_site, the_curtain_is_open),
        do.ShowElements: _SUSPENDED,
        do.Announce: allow(nothing),
        do.LeaveSite: allow(leave_site, is_not_off_the_site),
        do.ReturnToSite: allow(return_to_site, was_off_the_site),
        do.DrawCurtain: allow(draw_curtain, there_is_a_curtain, the_curtain_is_open),
        do.OpenCurtain: allow(open_curtain, there_is_a_curtain, the_curtain_is_drawn),
        do.Exit: allow(exit_session),
        do.EndInteraction: allow(end(EndReason.INTERACTION_ENDED)),
        do.StopSession: allow(end(EndReason.CONTROLLER_STOP)),
        do.LoseLink: allow(lose_link, has_a_link_to_lose),
        do.Stir: allow(nothing),
        do.Forbid: allow(end(EndReason.POLICY)),
        do.FollowPolicy: allow(follow_policy),
        do.ShutDown: allow(end(EndReason.SERVER_SHUTDOWN)),
        Timer.PENDING: _NOT_DUE,
        Timer.REQUEST: _NOT_DUE,
        Timer.APPROVAL: _NOT_DUE,
        Timer.OFF_SITE: allow(end(EndReason.OFF_SITE_TIMEOUT), is_due),
        Timer.CUSTOMER_LINK: allow(end(EndReason.CUSTOMER_LOST), is_due),
        Timer.AGENT_LINK: allow(end(EndReason.AGENT_LOST), is_due),
        Timer.RELOAD: _NOT_DUE,
        Timer.WARNING: allow(warn, inactivity_is_watched, is_due),
        Timer.INACTIVITY: allow(end(EndReason.INACTIVITY), inactivity_is_watched, is_due),
    },
    State.ENDED: {
        do.Start: _ENDED,
        do.Fence: allow(pass_fence),
        do.Say: allow(nothing),
        do.Cancel: _ENDED,
        do.Join: _NO_SUCH_SESSION,
        do.Resume: _ENDED,
        do.Transfer: _ENDED,
        do.Request: _ENDED,
        do.Withdraw: _ENDED,
        do.Approve: _ENDED,
        do.Deny: _ENDED,
        do.ReturnToPointer: _ENDED,
        do.Click: _ENDED,
        do.MovePointer: _ENDED,
        do.Mirror: _ENDED,
        do.Act: _ENDED,
        do.Report: _ENDED,
        do.ShowPage: _ENDED,
        do.ShowElements: _ENDED,
        do.Announce: _ENDED,
        do.LeaveSite: _ENDED,
        do.ReturnToSite: _ENDED,
        do.DrawCurtain: _ENDED,
        do.OpenCurtain: _ENDED,
        do.Exit: _ENDED,
        do.EndInteraction: _ENDED,
        do.StopSession: _ENDED,
        do.LoseLink: _ENDED,
        do.Stir: _ENDED,
        do.Forbid: _ENDED,
        do.FollowPolicy: _ENDED,
        do.ShutDown: _ENDED,
        Timer.PENDING: _ENDED,
        Timer.REQUEST: _ENDED,
        Timer.APPROVAL: _ENDED,
        Timer.OFF_SITE: _ENDED,
        Timer.CUSTOMER_LINK: _ENDED,
        Timer.AGENT_LINK: _ENDED,
        Timer.RELOAD: _ENDED,
        Timer.WARNING: _ENDED,
        Timer.INACTIVITY: _ENDED,
    },
}

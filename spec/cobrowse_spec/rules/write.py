"""WRITE: Write Mode and the customer's approval.  WRITE-6 is about icons: only browsers show it."""

from .. import actions as do
from .. import observations as see
from ..terms import Answer, Mode, Party, Reason
from ..trace import Event
from .facts import ROUNDING_S, SessionFacts
from .judge import Finding, held, rule, violated
from .order import in_step


@rule("WRITE-1", see.InMode, see.Joined, see.Resumed, see.Restored)
def write_mode_begins_only_with_an_approval(s: SessionFacts, event: Event) -> Finding | None:
    assert isinstance(event.saw, see.InMode | see.Joined | see.Resumed | see.Restored)
    if isinstance(event.saw, see.InMode) and event.saw.mode is Mode.WRITE and s.is_repeat(event):
        return violated("one approval turned Write Mode on twice", s.told[event.party, see.InMode])
    if event.saw.mode is not Mode.WRITE or s.mode.get(event.party) is Mode.WRITE:
        return None
    if s.writes.get(event.party, 0) >= s.approvals():
        return violated("Write Mode began, and the customer had approved no pending request for it")
    return held()


@rule("WRITE-2", see.Asked, see.FencePassed, see.Refused)
@in_step(see.Asked)
def the_customer_is_asked(s: SessionFacts, event: Event) -> Finding | None:
    if isinstance(event.saw, see.Refused):
        return _asked_in_vain(s, event, event.saw)
    if isinstance(event.saw, see.Asked):
        if event.party is not Party.CUSTOMER:
            return None
        if s.mode.get(Party.CUSTOMER) is not Mode.POINTER:
            return violated("the customer was asked while the session was not in Pointer Mode")
        joined = s.joined.get(Party.CUSTOMER)
        named = event.saw.agent in ("", getattr(joined.saw, "agent", "")) if joined is not None else True
        if not named:
            return violated("the customer is asked in the name of somebody who has not joined", joined)
        return held()
    for done in s.settled(event):
        if isinstance(done.did, do.Request) and done.party is Party.AGENT and s.is_active(Party.CUSTOMER):
            if not any(asked is Party.CUSTOMER for asked, _ in s.asked):
                return violated("the agent's request was accepted and the customer was not asked", done)
    return None


def _asked_in_vain(s: SessionFacts, event: Event, saw: see.Refused) -> Finding | None:
    """Whether the customer's answer is refused although, as far as it has been told, nothing has ended the request."""
    cause = s.all.cause(event)
    if saw.reason != Reason.NO_SUCH_REQUEST or cause is None or event.who != s.customer:
        return None
    if not isinstance(cause.did, do.Approve | do.Deny) or not s.is_active(Party.CUSTOMER) or s.lost:
        return None
    request = cause.did.request
    asked = s.asked.get((Party.CUSTOMER, request))
    if asked is None or s.open_request(Party.CUSTOMER) != request or s.mode.get(Party.CUSTOMER) is Mode.WRITE:
        return None
    requested = s.requested.get(request)
    if requested is None or event.at - requested.at >= s.all.at_least_s("request_s") - ROUNDING_S:
        return None  # its time may be over, and the news of that on its way
    return violated("the customer was asked, and its answer is refused as if nobody had asked", asked, cause)


@rule("WRITE-3", see.Answered, see.FencePassed)
@in_step(see.Answered)
def the_agent_is_told_the_answer(s: SessionFacts, event: Event) -> Finding | None:
    if isinstance(event.saw, see.Answered):
        for (party, request), other in s.answered.items():
            differs = isinstance(other.saw, see.Answered) and other.saw.answer is not event.saw.answer
            if party is not event.party and request == event.saw.request and differs:
                return violated("the two were told different answers to one request", other)
        if event.party is not Party.AGENT:
            return None
        kind = {Answer.APPROVED: "approve", Answer.DENIED: "deny"}.get(event.saw.answer)
        if kind is not None and (kind, event.saw.request) not in s.answers:
            return violated(f"the agent was told {event.saw.answer}, which the customer had not said")
        return held()
    for done in s.settled(event):
        if isinstance(done.did, do.Approve | do.Deny) and done.party is Party.CUSTOMER:
            if (Party.AGENT, done.did.request) not in s.answered:
                return violated("the customer has answered and the agent was not told", done)
    return None


@rule("WRITE-4", see.PageChanged, see.Refused, see.Acted, see.ActApplied)
def in_write_mode_both_can_act(s: SessionFacts, event: Event) -> Finding | None:
    if isinstance(event.saw, see.Acted | see.ActApplied):
        what = "was passed on" if isinstance(event.saw, see.Acted) else "was reported"
        twice = s.told.get((event.party, type(event.saw)))
        return violated(f"one act of the agent {what} twice", twice) if s.is_repeat(event) else None
    if isinstance(event.saw, see.PageChanged):
        return held() if s.mode.get(Party.CUSTOMER) is Mode.WRITE else None
    since = s.mode_since.get(Party.AGENT)
    if not s.is_refused_in_write_mode(event) or s.did_since(since, Party.CUSTOMER, do.ShowPage):
        return None
    return violated("in Write Mode the agent was refused as if in Pointer Mode", since, s.all.cause(event))


@rule("WRITE-5", see.Joined, see.Asked, see.Refused)
def where_write_mode_is_disabled_nobody_is_asked(s: SessionFacts, event: Event) -> Finding | None:
    if s.write_mode:
        joined = event.party is Party.AGENT and isinstance(event.saw, see.Joined)
        hidden = joined and not getattr(event.saw, "write_mode", True) and not s.all.put
        return (
            violated("Write Mode is enabled and the agent's workspace was told that it is not")
            if hidden
            else None
        )
    if isinstance(event.saw, see.Asked):
        return violated("Write Mode is disabled and the customer was asked for it")
    if isinstance(event.saw, see.Joined) and event.saw.write_mode:
        return violated("Write Mode is disabled and the agent's workspace was told to offer it")
    if isinstance(event.saw, see.Refused) and event.saw.rule == "WRITE-5":
        return held()
    return None


@rule("WRITE-7", see.Asked, see.Answered)
def at_most_one_request_is_pending(s: SessionFacts, event: Event) -> Finding | None:
    if isinstance(event.saw, see.Asked):
        if s.is_repeat(event):
            return violated("one request was put to the party twice", s.told[event.party, see.Asked])
        pending = s.open_request(event.party)
        if not pending:
            return held()
        if pending == event.saw.request and event.party is Party.AGENT:
            return held()
        return violated(
            "the customer is asked again while a request is pending", s.asked[event.party, pending]
        )
    assert isinstance(event.saw, see.Answered)
    if (event.party, event.saw.request) in s.answered:
        return violated("a request was answered twice", s.answered[event.party, event.saw.request])
    knows = event.party in s.joined and event.party not in s.restored  # else it may have missed the question
    if (event.party, event.saw.request) not in s.asked and knows:
        return violated("an answer names a request that was never pending")
    return None


@rule("WRITE-8", see.Answered, see.Asked)
def each_request_has_its_own_time(s: SessionFacts, event: Event) -> Finding | None:
    if isinstance(event.saw, see.Asked):
        longest_s = s.all.at_most_s("request_s")
        late = event.saw.expires_in_s > longest_s + ROUNDING_S
        return (
            violated(f"a request is given {event.saw.expires_in_s:g} s, declared are {longest_s:g} s")
            if late
            else None
        )
    assert isinstance(event.saw, see.Answered)
    if event.saw.answer is Answer.WITHDRAWN:
        if not s.withdrawn & {"", event.saw.request}:
            return violated("a request was withdrawn and the agent had not done so")
        return held()
    if event.saw.answer is not Answer.EXPIRED:
        return None
    requested = s.requested.get(event.saw.request)
    if requested is None or "request_s" not in s.all.header.declared:
        return None
    request_s = s.all.at_least_s("request_s")
    lasted_s = event.at - requested.at
    if lasted_s < request_s - ROUNDING_S:
        return violated(f"it expired after {lasted_s:.3f} s, declared are {request_s:g} s", requested)
    return held()


@rule("WRITE-9", see.Asked, see.Refused)
def after_a_no_there_is_a_cool_down(s: SessionFacts, event: Event) -> Finding | None:
    if isinstance(event.saw, see.Refused):
        if event.saw.rule != "WRITE-9":
            return None
        longest_s = s.all.at_most_s("cool_down_s", 0.0)
        if not 0.0 < event.saw.retry_after_s <= longest_s + ROUNDING_S:
            return violated(f"it says to wait {event.saw.retry_after_s:g} s, declared are {longest_s:g} s")
        return held()
    if event.party is not Party.CUSTOMER:
        return None
    cool_down_s = s.all.at_least_s("cool_down_s")
    for (kind, request), denied in s.answers.items():
        told = s.answered.get((Party.CUSTOMER, request))
        counts = told is not None and isinstance(told.saw, see.Answered) and told.saw.answer is Answer.DENIED
        if kind == "deny" and counts and event.at - denied.at < cool_down_s:
            return violated("the customer was asked again before the cool-down was over", denied)
    return None


@rule("WRITE-10", see.InMode, see.FencePassed, see.Refused)
def the_agent_can_return_to_pointer_mode(s: SessionFacts, event: Event) -> Finding | None:
    return _returned(s, event, Party.AGENT)


@rule("WRITE-11", see.InMode, see.FencePassed, see.Refused)
@in_step(see.InMode)
def the_customer_can_return_to_pointer_mode(s: SessionFacts, event: Event) -> Finding | None:
    return _returned(s, event, Party.CUSTOMER)


#: For which reasons a return to Pointer Mode may be refused: there is nothing to return from.
_MAY_REFUSE_RETURN = frozenset({Reason.ALREADY_IN_POINTER_MODE, Reason.SUSPENDED, Reason.SESSION_ENDED})


def _returned(s: SessionFacts, event: Event, by: Party) -> Finding | None:
    if isinstance(event.saw, see.Refused):
        cause = s.all.cause(event)
        returns = cause is not None and isinstance(cause.did, do.ReturnToPointer) and event.party is by
        writing = s.mode.get(by) is Mode.WRITE and s.is_active(by) and by not in s.lost
        other = event.saw.reason in _MAY_REFUSE_RETURN or event.saw.rule in ("SECURE-4", "SITE-6")
        if returns and writing and event.who in (s.customer, s.agent) and not other:
            return violated(f"in Write Mode the {by} was not let back to Pointer Mode", cause)
        return None
    if isinstance(event.saw, see.InMode):
        told = by is (Party.CUSTOMER if event.party is Party.AGENT else Party.AGENT)
        if told and event.saw.mode is Mode.POINTER and s.is_repeat(event):
            return violated(
                f"the {event.party} was told twice of Pointer Mode", s.told[event.party, see.InMode]
            )
        since = s.mode_since.get(event.party)
        back = event.saw.mode is Mode.POINTER and s.did_since(since, by, do.ReturnToPointer)
        return held() if back and event.party is Party.AGENT else None
    for done in s.settled(event):
        if isinstance(done.did, do.ReturnToPointer) and done.party is by:
            still = [party for party in s.PARTIES if s.mode.get(party) is Mode.WRITE]
            if still and not s.approved_since(done):
                return violated(f"the {by} returned to Pointer Mode and the {still[0]} was not told", done)
    return None


@rule("WRITE-12", see.Acted, see.PageChanged, see.InMode, see.Refused)
def after_write_mode_nothing_has_an_effect(s: SessionFacts, event: Event) -> Finding | None:
    if isinstance(event.saw, see.Refused):
        return held() if event.saw.rule == "WRITE-12" else None
    if isinstance(event.saw, see.InMode):
        ended = event.saw.mode is Mode.POINTER and event.party is Party.CUSTOMER
        return held() if ended and s.writes.get(Party.CUSTOMER) else None
    since = s.mode_since.get(Party.CUSTOMER)
    if not s.writes.get(Party.CUSTOMER) or since is None:
        return None
    if isinstance(event.saw, see.PageChanged):
        late = event.saw.by is Party.AGENT and s.mode.get(Party.CUSTOMER) is not Mode.WRITE
        return (
            violated("an act of the agent had an effect after Write Mode had ended", since) if late else None
        )
    assert isinstance(event.saw, see.Acted)
    if "server" not in s.all.header.judged:
        return None
    if s.mode.get(Party.CUSTOMER) is not Mode.WRITE:
        return violated("an act of the agent was passed on after Write Mode had ended", since)
    if isinstance(since.saw, see.InMode) and 0 < event.saw.do.epoch < since.n:
        return violated("an act of an earlier stretch of Write Mode was passed on in a later one", since)
    return None


@rule("WRITE-13", see.InMode, see.Resumed, see.Restored, see.Acted, see.Refused)
def an_approval_is_for_one_unbroken_stretch(s: SessionFacts, event: Event) -> Finding | None:
    if isinstance(event.saw, see.Refused):
        return _goes_on_unasked(s, event) or _all_returns_refused(s, event, event.saw)
    writing = s.writes.get(event.party, 0)
    if isinstance(event.saw, see.Resumed | see.Restored):
        if event.saw.mode is Mode.WRITE and not s.may_go_on(event):
            return violated("Write Mode went on after an interruption", s.suspended.get(event.party))
        return held() if writing else None
    if isinstance(event.saw, see.InMode):
        since = s.mode_since.get(event.party)
        if event.saw.mode is Mode.WRITE or s.mode.get(event.party) is not Mode.WRITE:
            return None
        if s.limit_is_over(event):
            return held()
        if s.may_be_tightened(event.party):
            return None
        returns = sum(1 for done in s.returns + s.early.returns if not s.all.was_refused(done))
        if s.returned.get(event.party, 0) >= returns:
            return violated("Write Mode ended and nobody had ended it", since)
        return held()
    resumed = s.resumed.get(event.party)
    if resumed is not None and s.mode.get(event.party) is not Mode.WRITE and "server" in s.all.header.judged:
        return violated("an act was passed on after an interruption, without a new approval", resumed)
    return None


def _goes_on_unasked(s: SessionFacts, event: Event) -> Finding | None:
    """Whether a refusal shows that Write Mode has outlived an interruption, or was ended by another page of the site."""
    if s.is_refused_in_write_mode(event):
        shown, since = s.last.get((Party.CUSTOMER, do.ShowPage)), s.mode_since[Party.AGENT]
        if shown is None or shown.seq < since.seq:
            return None
        return violated("another page of the site has ended Write Mode", since, shown, s.all.cause(event))
    resumed = s.resumed.get(Party.AGENT) or s.restored.get(Party.AGENT)
    if resumed is None or not s.is_refused_as_writing(event):
        return None
    return violated(
        "Write Mode went on after an interruption, untold and unasked", resumed, s.all.cause(event)
    )


def _all_returns_refused(s: SessionFacts, event: Event, saw: see.Refused) -> Finding | None:
    """Of two returns to Pointer Mode that race one is accepted: else nobody has ended Write Mode."""
    cause = s.all.cause(event)
    if saw.rule != "WRITE-10" or cause is None or not isinstance(cause.did, do.ReturnToPointer):
        return None
    if s.all.put:  # then the new policy may have ended it
        return None
    others = [done for done in s.returns + s.early.returns if done is not cause]
    accepted = sum(1 for done in others if not s.all.was_refused(done))
    if max(s.returned.values(), default=0) <= accepted:
        return None
    return violated(
        f"Write Mode ended, and every return to Pointer Mode was refused: this rules out that the {event.party} "
        "ended it, and the refusals before it that anybody else did",
        s.mode_since.get(event.party),
        cause,
    )


@rule("WRITE-14", see.FieldShows)
def both_see_the_same_value(s: SessionFacts, event: Event) -> Finding | None:
    assert isinstance(event.saw, see.FieldShows)
    element = event.saw.element
    if not all((party, element) in s.edits for party in s.PARTIES):
        return None
    other = Party.AGENT if event.party is Party.CUSTOMER else Party.CUSTOMER
    shown = s.shows.get((other, element))
    since = s.alike_since
    if shown is None or since is None or shown.seq < since.seq or not isinstance(shown.saw, see.FieldShows):
        return None
    if shown.saw.value != event.saw.value:
        return violated("the two see different values in the same field", shown)
    return held()


@rule("WRITE-15", see.Asked, see.InMode, see.Acted, see.PageChanged, see.Refused)
def an_approval_has_the_limit_that_was_set(s: SessionFacts, event: Event) -> Finding | None:
    match event.saw:
        case see.Refused():
            return held() if event.saw.rule == "WRITE-15" else None
        case see.Asked():
            return _asked_for_the_limit(s, event, event.saw)
        case see.InMode():
            return _granted_with_the_limit(s, event, event.saw)
        case see.Acted():
            outside = "server" in s.all.header.judged and _is_outside(s, event.saw.do, event.saw.act)
            because = "an act outside the limit was passed on"
        case _:
            by_agent = isinstance(event.saw, see.PageChanged) and event.saw.by is Party.AGENT
            act = s.passed_act
            outside = by_agent and act is not None and _is_outside(s, act, s.passed_number)
            because = "an act outside the limit changed the page"
    return violated(because, s.granted.get(Party.CUSTOMER)) if outside else None


def _asked_for_the_limit(s: SessionFacts, event: Event, asked: see.Asked) -> Finding | None:
    if asked.scope and not s.all.may_have("scoped_grants"):
        return violated("a limited request was put to the customer, where none can be")
    other = s.asked.get((Party.CUSTOMER if event.party is Party.AGENT else Party.AGENT, asked.request))
    if other is not None and isinstance(other.saw, see.Asked) and other.saw.scope != asked.scope:
        return violated("the two were told of different limits", other)
    cause = s.all.cause(event)
    if cause is None or not isinstance(cause.did, do.Request) or (event.party, asked.request) in s.asked:
        return None
    if cause.did.scope and not asked.scope:
        return violated("a limited request was put to the customer as an unlimited one", cause)
    return None


def _granted_with_the_limit(s: SessionFacts, event: Event, mode: see.InMode) -> Finding | None:
    if mode.mode is not Mode.WRITE:
        return None
    if not s.all.may_have("scoped_grants"):
        limited = bool(mode.scope) or mode.timed
        return violated("an approval was limited, where none can be") if limited else None
    approvals = s.approvals_of(event.party)
    limited = bool(approvals) and all(_limits(s, event.party, done) for done in approvals)
    timed = bool(approvals) and all(isinstance(one.did, do.Approve) and one.did.timed for one in approvals)
    if limited and not mode.scope:
        return violated("what was allowed of one part of the page was given for all of it", approvals[0])
    if timed and not mode.timed:
        return violated("what was allowed for a limited time was given without a limit", approvals[0])
    return held() if limited or timed else None


def _limits(s: SessionFacts, party: Party, approval: Event) -> bool:
    """Whether the customer has allowed a form or field only, itself or by saying yes to such a request."""
    assert isinstance(approval.did, do.Approve)
    asked = s.asked.get((party, approval.did.request))
    small = asked is not None and isinstance(asked.saw, see.Asked) and asked.saw.scope != ""
    return approval.did.scope != "" or small


def _is_outside(s: SessionFacts, act: do.Act, place: int) -> bool:
    """Whether an act is on something else than what Write Mode is limited to, as its customer was told."""
    granted = s.granted.get(Party.CUSTOMER)
    if granted is None or not isinstance(granted.saw, see.InMode | see.Restored) or not granted.saw.scope:
        return False
    scope = granted.saw.scope
    return all(one is None or scope not in (one.ref, one.form) for one in s.met(act, place))

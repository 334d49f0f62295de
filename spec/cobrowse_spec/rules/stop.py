"""STOP: ending."""

from typing import Final

from .. import actions as do
from .. import observations as see
from ..terms import EndReason, Party
from ..trace import Event
from .facts import CAPTURE, ROUNDING_S, VIEW, SessionFacts
from .judge import Finding, held, rule, violated
from .order import in_step

#: By which rules an exit may be refused: the session is over, or it was no message of this party's.
_MAY_REFUSE_EXIT: Final = frozenset({"STOP-5", "SECURE-1", "SECURE-2", "SECURE-4"})


@rule("STOP-1", see.Ended, see.FencePassed, see.Refused)
def either_party_can_exit(s: SessionFacts, event: Event) -> Finding | None:
    if isinstance(event.saw, see.Ended):
        by_exit = event.saw.reason in (EndReason.CUSTOMER_EXIT, EndReason.AGENT_EXIT)
        return held() if by_exit else None
    if isinstance(event.saw, see.Refused):
        cause = s.all.cause(event)
        exits = cause is not None and isinstance(cause.did, do.Exit) and s.is_there(event.party)
        known = event.who in (s.customer, s.agent) and event.party not in s.ended
        if exits and known and event.saw.rule not in _MAY_REFUSE_EXIT:
            return violated(f"the {event.party} was not let out of the session", cause)
        return None
    for done in s.settled(event):
        if isinstance(done.did, do.Exit) and done.party in s.joined:
            missing = [party for party in s.PARTIES if party not in s.ended and party not in s.lost]
            if missing:
                return violated(f"the {done.party} exited and the {missing[0]} was not told", done)
    return None


def _passed_over(s: SessionFacts, event: Event, reason: EndReason) -> Event | None:
    """What the other was told of an exit, where the party that sees this fence has come beyond it without."""
    for told in s.awaited.get(event.party, ()):
        if isinstance(told.saw, see.Ended) and told.saw.reason is reason and told.n < event.n:
            return told
    return None


@rule("STOP-2", see.Ended, see.FencePassed, *VIEW)
def after_the_end_the_agents_view_is_gone(s: SessionFacts, event: Event) -> Finding | None:
    if isinstance(event.saw, see.FencePassed):
        over = _passed_over(s, event, EndReason.CUSTOMER_EXIT) if event.party is Party.AGENT else None
        return violated("the customer exited and the agent was not notified", over) if over else None
    if event.party is not Party.AGENT:
        return None
    if isinstance(event.saw, see.Ended):
        return held() if event.saw.reason is EndReason.CUSTOMER_EXIT else None
    ended = s.ended.get(Party.AGENT)
    return violated("the agent was shown more after the end", ended) if ended is not None else None


@rule("STOP-3", see.Ended, see.FencePassed, *CAPTURE)
def after_the_end_capture_stops(s: SessionFacts, event: Event) -> Finding | None:
    if isinstance(event.saw, see.FencePassed):
        over = _passed_over(s, event, EndReason.AGENT_EXIT) if event.party is Party.CUSTOMER else None
        return violated("the agent exited and the customer was not notified", over) if over else None
    if event.party is not Party.CUSTOMER:
        return None
    if isinstance(event.saw, see.Ended):
        return held() if event.saw.reason is EndReason.AGENT_EXIT else None
    ended = s.ended.get(Party.CUSTOMER)
    if ended is not None and "customer" in s.all.header.judged:
        return violated("the customer's end went on capturing after the end", ended)
    return None


@rule("STOP-4", see.Ended)
def the_session_ends_with_its_interaction(s: SessionFacts, event: Event) -> Finding | None:
    assert isinstance(event.saw, see.Ended)
    if event.saw.reason is not EndReason.INTERACTION_ENDED:
        return None
    if not s.all.interactions_ended:
        return violated("the session ended with its chat or call, which had not ended")
    return held()


#: What may still be seen of a session that is over.
_AFTERWARDS = (see.Refused, see.FencePassed, see.Said, see.Ended, see.PageChanged, see.FieldShows)
_BELONGS_TO_A_SESSION = (
    see.Joined, see.Resumed, see.Restored, see.Asked, see.Answered, see.InMode, see.PageShown, see.ElementsShown,
    see.Content, see.PointerAt, see.Circle, see.Acted, see.ActApplied, see.Suspended, see.Warned,
)  # fmt: skip


@rule("STOP-5", see.Refused, *_BELONGS_TO_A_SESSION)
def ended_is_for_ever(s: SessionFacts, event: Event) -> Finding | None:
    if isinstance(event.saw, see.Refused):
        return held() if event.saw.rule == "STOP-5" else None
    ended = s.ended.get(event.party)
    if ended is not None:
        return violated(f"something of the session reached the {event.party} after its end", ended)
    return None


#: Whose doing each reason is: the action without which a session cannot have ended so.
_CAUSES = {
    EndReason.CUSTOMER_EXIT: (Party.CUSTOMER, do.Exit),
    EndReason.AGENT_EXIT: (Party.AGENT, do.Exit),
}


@rule("STOP-6", see.Ended, see.FencePassed)
@in_step(see.Ended)
def a_session_ends_once_for_one_reason(s: SessionFacts, event: Event) -> Finding | None:
    if isinstance(event.saw, see.FencePassed):
        return _goes_on_for_one(s, event, event.saw)
    assert isinstance(event.saw, see.Ended)
    before = s.ended.get(event.party)
    if before is not None:
        return violated("the session ended twice", before)
    for other in s.ended.values():
        assert isinstance(other.saw, see.Ended)
        if other.saw.reason is not event.saw.reason:
            return violated(f"one was told {other.saw.reason}, the other {event.saw.reason}", other)
    cause = _CAUSES.get(event.saw.reason)
    if cause is not None and cause not in s.last and cause not in s.early.last:
        return violated(f"the reason is {event.saw.reason}, and nobody had done that")
    return held()


def _goes_on_for_one(s: SessionFacts, event: Event, saw: see.FencePassed) -> Finding | None:
    """Whether the session has ended for the one, and goes on for the other."""
    fence, over = s.all.fence(saw.fence), s.refused_as_over
    if over is None or fence is None or fence.seq < over.seq or event.who not in (s.customer, s.agent):
        return None
    if over.party is event.party or event.party in s.ended or not s.is_there(event.party):
        return None
    return violated(
        f"the {over.party} is refused because the session has ended, which rules out that it goes on, and it goes "
        f"on for the {event.party}, which rules out that it has ended",
        over,
    )


@rule("STOP-7", see.Ended, see.Warned, see.FencePassed)
@in_step(see.Warned, fences=False)
def inactivity_ends_a_session_after_a_warning(s: SessionFacts, event: Event) -> Finding | None:
    if isinstance(event.saw, see.Warned):
        return _warned(s, event, event.saw)
    assert isinstance(event.saw, see.Ended)
    if event.saw.reason is not EndReason.INACTIVITY or event.party is Party.CONTROLLER:
        return None
    limit_s = s.all.at_least_s("inactivity_s")
    last = s.last_stir
    if last is not None and event.at - last.at < limit_s - ROUNDING_S:
        quiet_s = event.at - last.at
        return violated(f"it ended after {quiet_s:.3f} s of inactivity, declared are {limit_s:g} s", last)
    warned = s.warned.get(event.party)
    if warned is None or (last is not None and warned.seq < last.seq):
        return violated("the session ended for inactivity without a warning")
    return held()


def _warned(s: SessionFacts, event: Event, warned: see.Warned) -> Finding | None:
    if s.is_repeat(event):
        return violated("the party was warned twice", s.told[event.party, see.Warned])
    warning_s = s.all.at_most_s("warning_s", 0.0)
    if warned.ends_in_s > warning_s + ROUNDING_S:
        return violated(
            f"the warning came {warned.ends_in_s:.3f} s before the end, declared are {warning_s:g} s"
        )
    return None

"""JOIN: joining with the ID."""

from .. import actions as do
from .. import observations as see
from ..terms import Mode, Party
from ..trace import Event
from .facts import ROUNDING_S, SessionFacts
from .judge import Finding, held, rule, violated
from .order import in_step


@rule("JOIN-1", see.PageShown, see.FencePassed)
def the_id_alone_brings_the_agent_to_the_page(s: SessionFacts, event: Event) -> Finding | None:
    if isinstance(event.saw, see.PageShown):
        if s.is_repeat(event):
            return violated("the agent was shown the same page twice", s.told[event.party, see.PageShown])
        if not s.was_shown(event.saw):
            return violated(
                "the agent was shown a page that the customer's client had not shown like this",
                s.joined.get(event.party),
            )
        return held() if event.party is Party.AGENT and Party.AGENT in s.joined else None
    for done in s.settled(event):
        joined = s.joined.get(Party.CUSTOMER)
        if isinstance(done.did, do.ShowPage) and joined is not None:
            if done.seq > joined.seq and s.is_not_shown(done):
                return violated("the agent has joined and does not see the customer's page", joined, done)
    return None


@rule("JOIN-2", see.Joined, see.FencePassed)
@in_step(see.Joined)
def the_customer_is_told_that_the_agent_has_joined(s: SessionFacts, event: Event) -> Finding | None:
    if isinstance(event.saw, see.Joined):
        if any(isinstance(e.saw, see.Joined) and e.saw.agent != event.saw.agent for e in s.joined.values()):
            return violated("the two are told different names of the agent", *s.joined.values())
        if event.party is Party.CUSTOMER:
            return held() if event.saw.agent else violated("the notification names no agent")
        return None
    joined = s.joined.get(Party.AGENT)
    if joined is not None and Party.CUSTOMER not in s.joined:
        if any(done.seq > joined.seq for done in s.settled(event)):
            return violated("the agent is in the session and the customer was not told", joined)
    return None


@rule("JOIN-3", see.Joined, see.Refused)
def the_agent_joins_in_pointer_mode(s: SessionFacts, event: Event) -> Finding | None:
    if isinstance(event.saw, see.Refused):
        since = s.mode_since.get(Party.AGENT)
        first = not any(party is Party.AGENT for party, _ in s.asked)
        if first and since is s.joined.get(Party.AGENT) and s.is_refused_as_writing(event):
            return violated("the session was in Write Mode when the agent had only joined", since)
        return None
    assert isinstance(event.saw, see.Joined)
    if event.saw.mode is not Mode.POINTER:
        return violated("the session began in Write Mode")
    return held()


@rule("JOIN-4", see.Joined, see.Refused, see.FencePassed)
def one_agent_to_a_session(s: SessionFacts, event: Event) -> Finding | None:
    if isinstance(event.saw, see.FencePassed):
        handed = next((done for done in s.settled(event) if isinstance(done.did, do.Transfer)), None)
        return violated("the session could be handed to another agent", handed) if handed else None
    if isinstance(event.saw, see.Refused):
        return held() if event.saw.rule == "JOIN-4" else None
    first = s.joined.get(event.party)
    if first is not None and isinstance(first.saw, see.Joined):
        return violated("a second agent got into the session", first)
    return held()


@rule("JOIN-5", see.Joined, see.Refused)
def one_session_to_an_agent(s: SessionFacts, event: Event) -> Finding | None:
    if isinstance(event.saw, see.Refused):
        return held() if event.saw.rule == "JOIN-5" else None
    if event.party is not Party.AGENT:
        return None
    busy = [
        other
        for other in s.all.sessions.values()
        if other is not s and other.agent == event.who and not other.ended and Party.AGENT not in other.lost
    ]
    limit = s.all.at_most_s("sessions_per_agent", 1)
    if len(busy) >= limit:
        return violated("the agent got into another session", busy[0].joined.get(Party.AGENT))
    return held()


@rule("JOIN-6", see.Refused, see.Joined)
def every_bad_id_gets_the_same_refusal(s: SessionFacts, event: Event) -> Finding | None:
    cause = s.all.cause(event)
    if cause is None or not isinstance(cause.did, do.Join):
        return None
    if isinstance(event.saw, see.Joined):
        typed = "".join(letter for letter in cause.did.session_id if letter.isalnum())
        return (
            violated("an agent got in with an ID that is not the session's", cause)
            if s.session_id not in ("", typed)
            else None
        )
    assert isinstance(event.saw, see.Refused)
    if event.saw.rule != "JOIN-6":
        return None
    first = s.all.unknown_id
    if first is not None and first != event.saw:
        return violated("this refusal tells apart what must look alike", cause)
    return held()


@rule("JOIN-7", see.Joined, see.Refused)
def spaces_and_hyphens_do_no_harm(s: SessionFacts, event: Event) -> Finding | None:
    cause = s.all.cause(event)
    if cause is None or not isinstance(cause.did, do.Join) or event.party is not Party.AGENT:
        return None
    typed = cause.did.session_id
    plain = typed.replace(" ", "").replace("-", "")
    if typed == plain or not plain.isdigit():
        return None
    if isinstance(event.saw, see.Joined):
        return held()
    assert isinstance(event.saw, see.Refused)
    known = s.all.sessions.get(s.all.session_ids.get(plain, ""))
    if event.saw.rule == "JOIN-6" and known is not None and _waits_for_an_agent(known, event):
        return violated("the right ID, written with spaces or hyphens, was refused", cause)
    return None


def _waits_for_an_agent(s: SessionFacts, event: Event) -> bool:
    """Whether the session is pending for certain: nothing that could have ended it has happened."""
    pending_s = s.all.at_least_s("pending_s")
    if s.joined or s.ended or s.lost or s.all.interactions_ended or s.start is None:
        return False
    ends = ((Party.CUSTOMER, do.Cancel), (Party.CUSTOMER, do.Exit))
    stopped = any(do.StopSession in (kind for _, kind in other.last) for other in s.all.sessions.values())
    return not stopped and not any(end in s.last for end in ends) and event.at - s.start.at < pending_s


@rule("JOIN-8", see.Refused)
def guessing_is_throttled(s: SessionFacts, event: Event) -> Finding | None:
    assert isinstance(event.saw, see.Refused)
    declared = s.all.header.declared
    window_s, limit = declared.get("throttle_s", 0.0), declared.get("throttle_per_agent", 0.0)
    if event.saw.rule == "JOIN-8":
        if not 0.0 < event.saw.retry_after_s <= window_s + ROUNDING_S:
            return violated(f"it says to wait {event.saw.retry_after_s:g} s, the window is {window_s:g} s")
        return held()
    if event.saw.rule == "JOIN-6" and limit:
        recent = [at for at in s.all.wrong_ids.get(event.who, ()) if event.at - at < window_s]
        if len(recent) >= limit:
            return violated(f"more than {limit:g} wrong IDs in {window_s:g} s were let through")
    return None


@rule("JOIN-9", see.Joined, see.Refused)
def an_exit_is_final(s: SessionFacts, event: Event) -> Finding | None:
    if isinstance(event.saw, see.Joined):
        for over in s.ended.values():
            if over.party is event.party or 0 < over.n < event.n:
                return violated("the agent got into a session that is over", over)
        return None
    cause = s.all.cause(event)
    if cause is None:
        return None
    if isinstance(cause.did, do.Resume):
        return held() if s.ended else None
    if isinstance(cause.did, do.Join):
        known = s.all.sessions.get(s.all.session_ids.get(cause.did.session_id, ""))
        return held() if known is not None and known.ended else None
    return None

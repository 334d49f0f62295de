"""START: starting a session."""

import re

from .. import actions as do
from .. import observations as see
from ..terms import SESSION_ID_DIGITS, EndReason, Party
from ..trace import Event
from .facts import CAPTURE, ROUNDING_S, VIEW, SessionFacts
from .judge import Finding, held, rule, violated

_START_MESSAGE = re.compile(r"\{start:(\d+)\}")


@rule("START-1", see.Started)
def a_session_begins_only_when_its_customer_starts_it(s: SessionFacts, event: Event) -> Finding | None:
    if event.who not in s.all.starting:
        return violated("a session began that its customer had not started")
    return held()


@rule("START-2", see.Started, see.FencePassed)
def a_session_id_is_nine_digits(s: SessionFacts, event: Event) -> Finding | None:
    if isinstance(event.saw, see.FencePassed):
        untold = event.party is Party.CUSTOMER and event.n and event.session and s.started is None
        return violated("the customer is in a session whose ID it was never told") if untold else None
    assert isinstance(event.saw, see.Started)
    if not re.fullmatch(rf"[0-9]{{{SESSION_ID_DIGITS}}}", event.saw.session_id):
        return violated("the session ID is not nine decimal digits")
    if event.party is not Party.CUSTOMER:
        return violated(f"the session ID was shown to the {event.party}")
    return held()


@rule("START-3", see.Joined)
def a_workspace_that_joins_by_itself_was_brought_in_by_the_chat(
    s: SessionFacts, event: Event
) -> Finding | None:
    assert isinstance(event.saw, see.Joined)
    if event.party is not Party.AGENT:
        return None
    by_chat, said = event.saw.by_chat, event.who in s.all.said
    cause = s.all.cause(event)
    by_id = cause is not None and isinstance(cause.did, do.Join)
    joining = bool(s.all.joining.get(event.who))
    # What the agent has typed may be on its way still when the chat brings it in.
    known = by_id or not joining or not said
    if known and by_chat is (by_id or joining):
        return violated("the agent's workspace is told wrongly whether the chat has brought it in")
    if not by_chat:
        return None
    if not said:
        return violated("the agent got in without an ID and without a message in the chat")
    return held()


@rule("START-4", see.Joined)
def only_the_systems_exact_start_message_brings_an_agent_in(s: SessionFacts, event: Event) -> Finding | None:
    if event.party is not Party.AGENT or s.all.joining.get(event.who):
        return None
    messages = s.all.said.get(event.who, [])
    if not messages:
        return None
    if any(_starts(s, message) for message in messages):  # others may have come after it
        return held()
    message = messages[-1]
    assert isinstance(message.saw, see.Said)
    if message.saw.author is not Party.SYSTEM:
        return violated(f"a message of the {message.saw.author} brought the agent in", message)
    return violated("what brought the agent in is not this session's start message", message)


def _starts(s: SessionFacts, message: Event) -> bool:
    """Whether a message brings its agent into this session."""
    assert isinstance(message.saw, see.Said)
    found = _START_MESSAGE.fullmatch(message.saw.text)
    return message.saw.author is Party.SYSTEM and found is not None and s.session_id in ("", found[1])


@rule("START-5", see.Joined, *VIEW, *CAPTURE)
def nothing_leaves_while_pending(s: SessionFacts, event: Event) -> Finding | None:
    if event.saw is None:
        pending = Party.CUSTOMER not in s.joined and Party.CUSTOMER not in s.ended
        if event.party is not Party.CUSTOMER:
            return None
        if pending and s.started is not None and "customer" in s.all.header.judged:
            return violated("the customer's end sent something before an agent had joined", s.started)
        return None
    if event.party is not Party.AGENT:
        return None
    if isinstance(event.saw, see.Joined):
        return held()
    if Party.AGENT not in s.joined:
        return violated("something of the customer's page reached an agent before one had joined", s.started)
    return None


@rule("START-6", see.Ended)
def a_pending_session_ends_in_its_time_and_in_silence(s: SessionFacts, event: Event) -> Finding | None:
    assert isinstance(event.saw, see.Ended)
    if event.saw.reason not in (EndReason.PENDING_TIMEOUT, EndReason.CANCELLED):
        return None
    if event.party is Party.AGENT:
        return violated("an agent was told of a session that no agent had joined")
    lasted_s = event.at - s.start.at if s.start is not None else 0.0
    pending_s = s.all.at_least_s("pending_s")
    early = s.start is not None and lasted_s < pending_s - ROUNDING_S
    if event.saw.reason is EndReason.PENDING_TIMEOUT and early:
        return violated(f"it ended after {lasted_s:.3f} s, declared are {pending_s:g} s", s.start)
    return held()


@rule("START-7", see.Started)
def session_ids_do_not_come_twice(s: SessionFacts, event: Event) -> Finding | None:
    assert isinstance(event.saw, see.Started)
    if event.saw.session_id in s.all.session_ids:
        return violated("this session ID had been given before")
    return held()


@rule("START-8", see.Started)
def a_session_belongs_to_an_interaction(s: SessionFacts, event: Event) -> Finding | None:
    if s.all.may_have("standalone"):
        return None
    taken = sum(
        1
        for other in s.all.sessions.values()
        if other.started is not None and not other.ended and not other.lost
    )
    over = s.all.over_at_start.get(event.who, 0)
    if s.all.interactions_opened <= max(taken, over):  # a session that is taken may be of one that is over
        return violated("a session began with no open chat or call left that it could belong to")
    return held()

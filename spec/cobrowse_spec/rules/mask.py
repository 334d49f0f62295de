"""MASK: what agents must not read.  What leaves in bytes is judged by the stories (MASK-2), the rest here."""

from .. import actions as do
from .. import observations as see
from ..terms import Party
from ..trace import Event
from .facts import SessionFacts
from .judge import Finding, held, rule, violated

#: What stands for a secret, however long it is.
_SECRET = "****"


def _masked(s: SessionFacts, event: Event, element: str) -> bool:
    """Whether a field is masked for certain where this was seen."""
    return element in s.masked.get(event.party, ())


@rule("MASK-1", see.FieldShows)
def masked_characters_are_asterisks(s: SessionFacts, event: Event) -> Finding | None:
    assert isinstance(event.saw, see.FieldShows)
    if event.party is not Party.AGENT or not _masked(s, event, event.saw.element):
        return None
    if event.saw.value.strip("*"):
        return violated("the agent can read a masked field")
    return held()


@rule("MASK-7", see.Refused, see.PageChanged, see.Acted)
def the_agent_changes_no_masked_field(s: SessionFacts, event: Event) -> Finding | None:
    if isinstance(event.saw, see.Refused):
        return held() if event.saw.rule == "MASK-7" else None
    if isinstance(event.saw, see.Acted):
        would_change = isinstance(event.saw.do, do.Type | do.Choose) and "server" in s.all.header.judged
        if would_change and s.met_for_certain(event.saw.do, event.saw.act, lambda element: element.masked):
            return violated("an act that changes a masked field was passed on to the customer's client")
        return None
    assert isinstance(event.saw, see.PageChanged)
    if event.saw.by is Party.AGENT and event.saw.what == "field" and _masked(s, event, event.saw.element):
        return violated("an act of the agent changed a masked field")
    return None


@rule("MASK-9", see.FieldShows)
def a_secret_does_not_tell_its_length(s: SessionFacts, event: Event) -> Finding | None:
    assert isinstance(event.saw, see.FieldShows)
    if event.party is not Party.AGENT or event.saw.element not in s.secret:
        return None
    if event.saw.value not in ("", _SECRET):
        return violated("a secret shows something else than nothing or four asterisks")
    return held()


@rule("MASK-10", see.FieldShows)
def masks_hold_in_both_modes_and_for_all(s: SessionFacts, event: Event) -> Finding | None:
    assert isinstance(event.saw, see.FieldShows)
    if event.party is not Party.AGENT or not _masked(s, event, event.saw.element):
        return None
    if event.saw.value.strip("*"):
        return violated(f"in {s.mode.get(Party.AGENT, 'pointer')} mode the agent can read a masked field")
    return held()


@rule("MASK-11", see.PolicyChanged, see.PolicyInForce, see.PolicyRefused, see.FieldShows, see.Asked)
def a_policy_is_read_whole_and_reaches_live_sessions(s: SessionFacts, event: Event) -> Finding | None:
    match event.saw:
        case see.PolicyChanged():
            if all(s.all.was_refused(put) for put in s.all.put):
                return violated(
                    "the policy of a session changed, and none had been put in force", *s.all.put[-1:]
                )
            if s.is_repeat(event):
                return violated("one change of policy was told twice", s.told[event.party, see.PolicyChanged])
            return held()
        case see.PolicyInForce():
            put = s.all.cause(event)
            if put is not None and isinstance(put.did, do.PutPolicy) and not put.did.readable:
                return violated("a policy that cannot be read was put in force", put)
            return held()
        case see.PolicyRefused():
            return (
                held() if event.saw.line else violated("a policy was refused, and no line at fault was named")
            )
        case see.FieldShows():
            if event.party is not Party.AGENT or event.saw.element not in s.tightened:
                return None
            if event.saw.value.strip("*"):
                return violated(
                    "a mask that was put in force does not hold in a live session", s.all.in_force
                )
            return held()
        case _:
            return _asked_although_disabled(s, event)


def _asked_although_disabled(s: SessionFacts, event: Event) -> Finding | None:
    if not isinstance(event.saw, see.Asked) or not s.disabled:
        return None
    done = s.all.cause(event)
    disabled = s.all.in_force
    if done is None or disabled is None or done.seq < disabled.seq:
        return None
    return violated("Write Mode was asked for in a live session for which it had been disabled", disabled)

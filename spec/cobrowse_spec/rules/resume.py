"""RESUME: broken links and reloads.  RESUME-4 is about the server's crash: see the server's own tests."""

from .. import observations as see
from ..terms import EndReason, Mode, Party, SuspendReason
from ..trace import Event
from .facts import SessionFacts
from .judge import Finding, held, rule, violated

_LOST = {
    EndReason.CUSTOMER_LOST: (Party.CUSTOMER, "customer_link_s"),
    EndReason.AGENT_LOST: (Party.AGENT, "agent_link_s"),
}


#: What a party may have missed, and is told when it is back.
_RETOLD = (see.Joined, see.Asked, see.InMode, see.Suspended, see.Warned)


@rule("RESUME-1", see.Restored, see.Ended)
def a_lost_link_is_no_exit(s: SessionFacts, event: Event) -> Finding | None:
    if isinstance(event.saw, see.Restored):
        return held()
    assert isinstance(event.saw, see.Ended)
    if event.saw.reason not in _LOST:
        return None
    party, timer = _LOST[event.saw.reason]
    lost = s.link_lost.get(party)
    limit_s = s.all.header.declared.get(timer)
    if lost is None or limit_s is None:
        return violated(f"the session ended as if the {party} were lost, whose link had not broken")
    if event.at - lost.at < limit_s:
        waited_s = event.at - lost.at
        return violated(f"it waited {waited_s:.3f} s for the {party}, declared are {limit_s:g} s", lost)
    return held()


@rule("RESUME-2", see.Restored, see.Resumed, see.Answered, see.FencePassed, *_RETOLD)
def what_was_missed_arrives_once(s: SessionFacts, event: Event) -> Finding | None:
    if isinstance(event.saw, see.Restored):
        before = s.restored.get(event.party)
        if before is not None and before.n == event.n:
            return violated("the party was told twice where it finds the session", before)
        return held()
    if isinstance(event.saw, see.Resumed):
        twice = s.told.get((event.party, see.Resumed))
        return violated("the party was told twice of one return", twice) if s.is_repeat(event) else None
    if isinstance(event.saw, _RETOLD):
        twice = s.told.get((event.party, type(event.saw)))
        repeated = s.is_retold(event) and s.is_repeat(event)
        return violated("what the party had missed it was told twice", twice) if repeated else None
    if isinstance(event.saw, see.Answered):
        before = s.answered.get((event.party, event.saw.request))
        return violated("what the party had been told it was told again", before) if before else None
    if event.party not in s.restored or event.party in s.ended:
        return None
    other = Party.AGENT if event.party is Party.CUSTOMER else Party.CUSTOMER
    for (party, request), told in s.answered.items():
        asked = (event.party, request) in s.asked
        if party is other and asked and (event.party, request) not in s.answered:
            if any(done.seq > told.seq for done in s.settled(event)):
                return violated("the party came back and was not told what it had missed", told)
    return None


@rule("RESUME-3", see.Suspended, see.Resumed, see.Restored)
def a_loss_ends_write_mode_and_a_reload_does_not(s: SessionFacts, event: Event) -> Finding | None:
    if isinstance(event.saw, see.Suspended):
        if event.saw.reason is not SuspendReason.LINK_LOST:
            return None
        if s.is_repeat(event):
            return violated("the party was told twice of one loss", s.told[event.party, see.Suspended])
        announced, reload_s = s.announced_for_certain, s.all.header.declared.get("reload_s", 0.0)
        if announced is not None and event.at - announced.at < reload_s and Party.CUSTOMER in s.lost:
            return violated("an announced reload suspended the session", announced)
        return held()
    assert isinstance(event.saw, see.Resumed | see.Restored)
    if event.saw.mode is Mode.WRITE and not s.may_go_on(event):
        return violated("Write Mode outlived a lost link", s.link_lost.get(event.party))
    return held()

"""RESUME: broken links, reloads and crashes of the server."""

from math import inf

from .. import actions as do
from .. import observations as see
from ..terms import Answer, EndReason, Mode, Party, Reason, SuspendReason
from ..trace import Event
from .facts import ROUNDING_S, SessionFacts
from .judge import Finding, held, rule, violated
from .record import told_in_words

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
    lost = s.link_lost.get(party) or s.early.link_lost.get(party)  # it may not have known that it was let in
    if lost is None or timer not in s.all.header.declared:
        return violated(f"the session ended as if the {party} were lost, whose link had not broken")
    if party is Party.CUSTOMER and s.is_off_site():
        return violated(
            "the session ended as if the customer were lost, who was on another site", s.told_left
        )
    limit_s, waited_s = s.all.at_least_s(timer), event.at - lost.at
    if waited_s < limit_s - ROUNDING_S:
        return violated(f"it waited {waited_s:.3f} s for the {party}, declared are {limit_s:g} s", lost)
    return held()


def _misses_write_mode(s: SessionFacts, event: Event) -> bool:
    """Whether the other was told of a stretch of Write Mode of which this party, who is back, was not."""
    other = Party.AGENT if event.party is Party.CUSTOMER else Party.CUSTOMER
    begun = s.told_write.get(other)
    fewer = s.writes.get(event.party, 0) < s.writes.get(other, 0)
    return fewer and begun is not None and any(done.seq > begun.seq for done in s.settled(event))


@rule("RESUME-2", see.Restored, see.Resumed, see.Answered, see.FencePassed, *_RETOLD)
def what_was_missed_arrives_once(s: SessionFacts, event: Event) -> Finding | None:
    before = s.newest.get(event.party)
    if event.party in s.restored and before is not None and 0 < event.n < before.n:
        if not isinstance(event.saw, see.Restored | see.FencePassed):
            return violated("what the party had missed came in another order", before)
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
    if s.counted(event.party) and _misses_write_mode(s, event):
        return violated("the party came back and was not told of Write Mode", s.restored.get(event.party))
    other = Party.AGENT if event.party is Party.CUSTOMER else Party.CUSTOMER
    for (party, request), told in s.answered.items():
        asked = (event.party, request) in s.asked
        # Else it went out over the broken link, as far as the server knew, and nobody had told it what arrived.
        known = s.knew_of_loss(event.party, told) or s.counted(event.party)
        if party is other and asked and known and (event.party, request) not in s.answered:
            if any(done.seq > told.seq for done in s.settled(event)):
                return violated("the party came back and was not told what it had missed", told)
    return None


@rule("RESUME-3", see.Suspended, see.Resumed, see.Restored, see.Refused)
def a_loss_ends_write_mode_and_a_reload_does_not(s: SessionFacts, event: Event) -> Finding | None:
    if isinstance(event.saw, see.Refused):
        lost = max(s.link_lost.values(), key=lambda one: one.seq, default=None)
        told = s.told.get((Party.AGENT, see.Suspended))
        elsewhere = told is not None and getattr(told.saw, "reason", "") is not SuspendReason.LINK_LOST
        if lost is None or elsewhere or not s.is_refused_as_writing(event):
            return None
        return violated("Write Mode went on after a lost link, untold and unasked", lost, s.all.cause(event))
    if isinstance(event.saw, see.Suspended):
        if event.saw.reason is not SuspendReason.LINK_LOST:
            return None
        if s.is_repeat(event):
            return violated("the party was told twice of one loss", s.told[event.party, see.Suspended])
        announced, reload_s = s.announced_for_certain, s.all.at_least_s("reload_s")
        if announced is not None and event.at - announced.at < reload_s and Party.CUSTOMER in s.lost:
            return violated("an announced reload suspended the session", announced)
        return held()
    assert isinstance(event.saw, see.Resumed | see.Restored)
    if event.saw.mode is Mode.WRITE and not s.may_go_on(event):
        return violated("Write Mode outlived a lost link", s.link_lost.get(event.party))
    return held()


@rule("RESUME-4", see.Restored, see.Refused, see.Answered, see.ReceiptShown)
def what_was_acknowledged_survives_a_crash(s: SessionFacts, event: Event) -> Finding | None:
    if s.crashed is None or s.restarted is None:
        return None
    if isinstance(event.saw, see.Restored):
        because, proof = _taken_back(s, event, event.saw)
        return violated(because, proof, s.crashed) if because else held()
    if isinstance(event.saw, see.Refused):
        return _refused_after_crash(s, event, event.saw)
    if isinstance(event.saw, see.Answered):
        return _answered_after_crash(s, event, event.saw)
    assert isinstance(event.saw, see.ReceiptShown)
    for words, _, told in told_in_words(s):
        if told.seq < s.crashed.seq and words not in event.saw.says:
            return violated(f"after its crash the server no longer knows that {words}", told, s.crashed)
    return held()


def _taken_back(s: SessionFacts, event: Event, saw: see.Restored) -> tuple[str, Event | None]:
    """What the server had said before its crash and takes back with this, if anything."""
    assert s.crashed is not None
    before = {party: e for party, e in s.ended.items() if e.seq < s.crashed.seq}
    if before:
        return "the session had ended, and after the crash it goes on", next(iter(before.values()))
    if event.n <= s.told_place:
        return f"the session stands at place {event.n}, and had come to {s.told_place} before the crash", None
    joined = next((e for e in s.joined.values() if e.seq < s.crashed.seq), None)
    if joined is not None and not saw.agent:
        return "an agent had joined, and after the crash none has", joined
    away = s.left_site
    if away is not None and away.seq < s.crashed.seq and not _came_back(s, away) and saw.state != "suspended":
        return "the customer was off the site, and after the crash the session is not suspended", away
    late = _overdue(s, event, saw)
    return (
        ("its time was over while the server was down, and the session goes on", late) if late else ("", None)
    )


def _came_back(s: SessionFacts, away: Event) -> bool:
    return any(s.did_since(away, Party.CUSTOMER, kind) for kind in (do.ReturnToSite, do.ShowPage))


def _overdue(s: SessionFacts, event: Event, saw: see.Restored) -> Event | None:
    """What began a time that was over before the server was started again, and has not ended the session."""
    assert s.restarted is not None
    at, start = s.restarted.at, s.started
    if saw.state == "pending" and start is not None and at - start.at >= s.all.at_most_s("pending_s"):
        return start
    told = s.suspended.get(Party.AGENT) or s.suspended.get(Party.CUSTOMER)
    off_site = told is not None and isinstance(told.saw, see.Suspended)
    if off_site and told is not None and isinstance(told.saw, see.Suspended):
        away = told.saw.reason is SuspendReason.OFF_SITE and s.left_site is not None
        if away and not _came_back(s, told) and at - told.at >= s.all.at_most_s("off_site_s"):
            return told
    return None


def _refused_after_crash(s: SessionFacts, event: Event, saw: see.Refused) -> Finding | None:
    """A party that comes back with its own token is taken in, unless the session has ended."""
    cause = s.all.cause(event)
    if cause is None or not isinstance(cause.did, do.Resume) or event.who not in (s.customer, s.agent):
        return None
    assert s.crashed is not None
    if saw.reason != Reason.SESSION_ENDED:
        return violated(
            f"the session was acknowledged, and after the crash its party is refused: {saw.reason}",
            s.started,
            s.crashed,
        )
    may_have_ended = (do.Exit, do.Cancel, do.EndInteraction, do.StopSession)
    ended = s.ended or any((party, kind) in s.last for party in Party for kind in may_have_ended)
    if ended or _may_have_run_out(s, event):
        return held()
    return violated("the session had not ended, and after the crash it has", s.started, s.crashed)


def _may_have_run_out(s: SessionFacts, event: Event) -> bool:
    """Whether a timer can have ended it: the shortest that was running has had its time."""
    assert s.crashed is not None
    everything, began = s.all, s.started
    if everything.may_differ():
        return True
    pending_s, off_site_s = (everything.at_least_s(timer, inf) for timer in ("pending_s", "off_site_s"))
    pending = not s.joined and began is not None and event.at - began.at >= pending_s
    off_site = s.left_site is not None and event.at - s.left_site.at >= off_site_s
    links_s = min(everything.at_least_s(timer, inf) for timer in ("customer_link_s", "agent_link_s"))
    watched_s = everything.at_least_s("inactivity_s")
    idle = 0 < watched_s <= event.at - (s.last_stir.at if s.last_stir is not None else 0.0)
    lost_at = min([s.crashed.at, *(s.link_lost[party].at for party in s.lost & s.link_lost.keys())])
    return pending or off_site or idle or event.at - lost_at >= links_s


def _answered_after_crash(s: SessionFacts, event: Event, saw: see.Answered) -> Finding | None:
    """A request keeps the time that it was given: what ran out while the server was down has expired."""
    assert s.crashed is not None
    asked = s.asked.get((Party.AGENT, saw.request)) or s.asked.get((Party.CUSTOMER, saw.request))
    if asked is None or asked.seq > s.crashed.seq:
        return None
    request_s = s.all.at_most_s("request_s")
    # It is void as of the first start after it was asked, however often the server has died since.
    restarted = next(restart for restart in s.restarts if restart.seq > asked.seq)
    if saw.answer is Answer.VOID and restarted.at - asked.at >= request_s and not _void_before(s, asked):
        return violated(
            "the request's time was over while the server was down, and it has not expired", asked, s.crashed
        )
    return held()


def _void_before(s: SessionFacts, asked: Event) -> bool:
    """Whether a request may have become void before the crash, of which its parties are told only after it."""
    assert s.crashed is not None
    saw = asked.saw
    since = s.requested.get(saw.request, asked) if isinstance(saw, see.Asked) else asked
    lost = any(since.seq < one.seq < s.crashed.seq for one in s.link_lost.values())
    return lost or any(s.did_since(since, Party.CUSTOMER, kind) for kind in (do.LeaveSite, do.DrawCurtain))

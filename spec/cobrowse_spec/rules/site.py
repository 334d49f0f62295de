"""SITE: leaving the company's site."""

from math import inf
from typing import Final

from .. import actions as do
from .. import observations as see
from ..terms import Answer, EndReason, Mode, Party, SuspendReason
from ..trace import Event
from .facts import CAPTURE, ROUNDING_S, VIEW, SessionFacts
from .judge import Finding, held, rule, violated
from .order import in_step

#: The timers that end a suspension, by its reason.
_LIMITS: Final = {
    SuspendReason.OFF_SITE: ("off_site_s",),
    SuspendReason.LINK_LOST: ("customer_link_s", "agent_link_s"),
    SuspendReason.CURTAIN: ("inactivity_s",),
}


@rule("SITE-1", see.Suspended, see.Circle, see.Acted, *VIEW, *CAPTURE)
def nothing_flows_while_suspended(s: SessionFacts, event: Event) -> Finding | None:
    if isinstance(event.saw, see.Suspended):
        if event.party is Party.CUSTOMER and s.is_repeat(event):
            return violated(
                "the customer was told twice of one suspension", s.told[event.party, see.Suspended]
            )
        return held()
    since = s.suspended.get(event.party)
    if since is None or event.party in s.lost:
        return None
    if event.saw is not None:
        return violated(f"something reached the {event.party} while the session was suspended", since)
    if event.party is Party.CUSTOMER and "customer" in s.all.header.judged:
        return violated("the customer's end sent something while the session was suspended", since)
    return None


@rule("SITE-2", see.Resumed, see.Joined, see.FencePassed, see.Refused)
@in_step(see.Resumed)
def the_same_session_resumes_in_pointer_mode(s: SessionFacts, event: Event) -> Finding | None:
    if isinstance(event.saw, see.FencePassed):
        return _stays_suspended(s, event)
    if isinstance(event.saw, see.Refused):
        resumed = s.resumed.get(Party.AGENT)
        if resumed is None or not _was_off_site(s) or not s.is_refused_as_writing(event):
            return None
        return violated("the session was in Write Mode when it had only resumed", resumed, s.all.cause(event))
    if isinstance(event.saw, see.Resumed) and event.party is Party.CUSTOMER and s.is_repeat(event):
        return violated("the customer was told twice of one return", s.told[event.party, see.Resumed])
    since = s.suspended.get(event.party)
    if since is None:
        return None
    if isinstance(event.saw, see.Joined):
        first = s.joined.get(event.party)
        if first is None or not isinstance(first.saw, see.Joined):
            return None  # it had missed this while its link was lost
        return violated("the session began anew instead of resuming", since)
    assert isinstance(event.saw, see.Resumed)
    if event.saw.mode is not Mode.POINTER:
        return violated("the session resumed in Write Mode", since)
    return held()


def _was_off_site(s: SessionFacts) -> bool:
    """Whether the agent's last suspension was for the customer's leaving the site."""
    told = s.told.get((Party.AGENT, see.Suspended))
    return (
        told is not None and isinstance(told.saw, see.Suspended) and told.saw.reason is SuspendReason.OFF_SITE
    )


def _stays_suspended(s: SessionFacts, event: Event) -> Finding | None:
    """Whether the customer is back for certain, nothing else suspends the session, and it has not resumed."""
    since = s.suspended.get(Party.AGENT)
    if since is None or not isinstance(since.saw, see.Suspended) or s.curtains or s.all.may_differ():
        return None
    for done in s.settled(event):
        if not isinstance(done.did, do.ReturnToSite) or done.seq < since.seq or Party.AGENT in s.ended:
            continue
        away = s.did_since(done, Party.CUSTOMER, do.LeaveSite) or s.did_since(
            done, Party.CUSTOMER, do.ShowPage
        )
        if since.saw.reason is SuspendReason.OFF_SITE and not away:
            return violated("the customer came back to the site and the session did not resume", since, done)
    return None


@rule("SITE-3", see.Suspended, see.Resumed, see.PageShown, see.FencePassed, do.ShowPage)
@in_step(see.Suspended)
def the_agent_learns_that_and_not_where(s: SessionFacts, event: Event) -> Finding | None:
    if (
        isinstance(event.saw, see.Suspended | see.Resumed)
        and event.party is Party.AGENT
        and s.is_repeat(event)
    ):
        before = s.told[event.party, type(event.saw)]
        return violated("the agent was told twice of one suspension, or of one return", before)
    if isinstance(event.saw, see.Resumed):
        return None
    if isinstance(event.saw, see.Suspended):
        longest_s = max((s.all.at_most_s(name) for name in _LIMITS[event.saw.reason]), default=inf)
        if 0 < longest_s + ROUNDING_S < event.saw.ends_in_s:
            return violated(f"it is to end in {event.saw.ends_in_s:g} s, declared are {longest_s:g} s")
        return held() if event.party is Party.AGENT else None
    if isinstance(event.saw, see.PageShown) and not s.is_on_site(event.saw.url):
        return violated("the agent was told the address of another site")
    if isinstance(event.did, do.ShowPage):
        judged = "customer" in s.all.header.judged
        if judged and not s.is_on_site(event.did.url):
            return violated("the customer's end told the server the address of another site")
        return None
    if isinstance(event.saw, see.FencePassed):
        for done in s.settled(event):
            if isinstance(done.did, do.LeaveSite) and s.is_active(Party.AGENT) and not s.resumed:
                return violated("the customer left the site and the agent was not told", done)
    return None


@rule("SITE-4", see.Ended)
def a_suspension_ends_the_session_in_its_time(s: SessionFacts, event: Event) -> Finding | None:
    assert isinstance(event.saw, see.Ended)
    if event.saw.reason is not EndReason.OFF_SITE_TIMEOUT:
        return None
    left = s.left_site
    if left is None:
        if any((Party.CUSTOMER, kind) in s.last for kind in (do.LeaveSite, do.ShowPage)):
            return None
        return violated("the session ended as off-site, and the customer had not left the site")
    limit_s = s.all.at_least_s("off_site_s")
    lasted_s = event.at - left.at
    if lasted_s < limit_s - ROUNDING_S:
        return violated(f"it ended after {lasted_s:.3f} s off the site, declared are {limit_s:g} s", left)
    return held()


@rule("SITE-5", see.PageShown, see.Suspended)
def look_alikes_are_off_site(s: SessionFacts, event: Event) -> Finding | None:
    if isinstance(event.saw, see.PageShown):
        if not s.is_on_site(event.saw.url):
            return violated("a page that is not on the site was shown to the agent")
        return held()
    assert isinstance(event.saw, see.Suspended)
    if event.saw.reason is not SuspendReason.OFF_SITE or event.party is not Party.CUSTOMER:
        return None
    cause = s.all.cause(event)
    if cause is None or not isinstance(cause.did, do.ShowPage):
        return None
    if s.is_on_site_for_certain(cause.did.url):
        return violated("a page of the site was taken for another site's", cause)
    return None if s.is_on_site(cause.did.url) else held()


@rule("SITE-6", see.Refused, see.Answered, see.InMode, see.Asked, see.FencePassed)
def while_suspended_the_agent_can_do_nothing(s: SessionFacts, event: Event) -> Finding | None:
    if isinstance(event.saw, see.FencePassed):
        return _outlives_suspension(s, event)
    if isinstance(event.saw, see.Refused):
        return held() if event.saw.rule == "SITE-6" else None
    if isinstance(event.saw, see.Answered) and event.saw.answer is Answer.VOID:
        return held()
    since = s.suspended.get(event.party)
    if since is None or isinstance(event.saw, see.Answered):
        return None
    if isinstance(since.saw, see.Restored):
        return None  # it had missed this while its link was lost
    return violated("Write Mode was asked for or turned on while the session was suspended", since)


def _outlives_suspension(s: SessionFacts, event: Event) -> Finding | None:
    """Whether a request was pending when the session was suspended, and its party, who is beyond that, was told no more."""
    since, request = s.suspended.get(event.party), s.open_request(event.party)
    asked = s.asked.get((event.party, request))
    if since is None or not isinstance(since.saw, see.Suspended) or asked is None or event.party in s.ended:
        return None
    if not 0 < asked.n < since.n < event.n:
        return None
    return violated("a request was pending when the session was suspended, and is not void", asked, since)

"""POINTER: Pointer Mode."""

from .. import actions as do
from .. import observations as see
from ..terms import Mode, Party
from ..trace import Event
from .facts import SessionFacts
from .judge import Finding, held, rule, violated


@rule("POINTER-1", see.Content, see.ElementsShown, see.FencePassed)
def the_agent_sees_what_the_customer_sees(s: SessionFacts, event: Event) -> Finding | None:
    if isinstance(event.saw, see.Content):
        if event.saw.digest not in s.sent:
            return violated("the agent received content that the customer had not sent")
        if s.underway.get(event.saw.digest, 0) < 1:
            return violated("the same content reached the agent twice", s.sent[event.saw.digest])
        return held()
    if isinstance(event.saw, see.ElementsShown):
        shown = s.pages.get(event.saw.page)
        if shown is None or not shown.was_shown(event.saw):
            return violated("the agent was told of elements that the customer's end had not shown")
        if not shown.is_news(event.saw):
            return violated("the agent was told twice of elements that came, changed or went")
        return held()
    assert isinstance(event.saw, see.FencePassed)
    for done in s.settled(event):
        if isinstance(done.did, do.ShowElements) and s.is_active(Party.AGENT):
            shown = s.pages.get(done.did.page)
            if shown is not None and not shown.was_told(done):
                return violated(
                    "elements of the page came, changed or went, and the agent was not told", done
                )
    fence = s.all.fence(event.saw.fence)
    if fence is None or event.party is not Party.AGENT or fence.party is not Party.CUSTOMER:
        return None
    resumed = s.resumed.get(Party.AGENT)
    since = resumed.n if resumed is not None else 0
    missing = [
        sent
        for sent in s.in_flow.values()
        if sent.seq < fence.seq and isinstance(sent.did, do.Mirror) and sent.did.epoch >= since
    ]
    if missing and s.is_active(Party.AGENT):
        return violated("content that the customer had sent did not reach the agent", missing[0], fence)
    return None


@rule("POINTER-2", see.Acted, see.PageChanged, see.Refused)
def in_pointer_mode_no_act_reaches_the_page(s: SessionFacts, event: Event) -> Finding | None:
    if isinstance(event.saw, see.Refused):
        return held() if event.saw.rule == "POINTER-2" else None
    if isinstance(event.saw, see.PageChanged) and event.saw.by is not Party.AGENT:
        return None
    if isinstance(event.saw, see.Acted) and "server" not in s.all.header.judged:
        return None
    if s.mode.get(Party.CUSTOMER) is not Mode.WRITE:
        what = "an act of the agent reached the customer's client"
        if isinstance(event.saw, see.PageChanged):
            what = "an act of the agent changed the customer's page"
        return violated(f"{what} in Pointer Mode", s.mode_since.get(Party.CUSTOMER))
    return None


@rule("POINTER-3", see.PointerAt, see.FencePassed)
def pointers_are_seen_while_the_session_is_active(s: SessionFacts, event: Event) -> Finding | None:
    if isinstance(event.saw, see.FencePassed):
        return _pointer_is_lost(s, event, event.saw)
    assert isinstance(event.saw, see.PointerAt)
    if not s.is_active(event.party):
        why = s.ended.get(event.party) or s.suspended.get(event.party)
        return violated(f"the {event.party} saw the other's pointer while the session was not active", why)
    other = Party.AGENT if event.party is Party.CUSTOMER else Party.CUSTOMER
    if (other, event.saw.x, event.saw.y) not in s.pointers:
        return violated("the pointer shows where the other party's never was")
    return held()


def _pointer_is_lost(s: SessionFacts, event: Event, saw: see.FencePassed) -> Finding | None:
    """Whether a party has moved its pointer, and the other, who has come beyond that, has seen no move of it since.

    Of moves that come close to one another not all need to be seen.
    """
    fence = s.all.fence(saw.fence)
    moved = s.moving.get(fence.party) if fence is not None and fence.party is not event.party else None
    if fence is None or moved is None or moved.seq > fence.seq or not s.is_active(event.party):
        return None
    assert isinstance(moved.did, do.MovePointer)
    began = (s.joined.get(event.party), s.resumed.get(event.party), s.changed)
    if any(since is not None and moved.did.epoch < since.n for since in began):
        return None  # it was on its way when content began to flow anew, so that it has to be dropped
    return violated(f"the {event.party} did not see the pointer of the {fence.party} move", moved, fence)


@rule("POINTER-4", see.Circle, see.FencePassed)
def a_click_shows_a_red_circle_to_both(s: SessionFacts, event: Event) -> Finding | None:
    if isinstance(event.saw, see.Circle):
        if not s.is_active(event.party):
            return violated("a red circle was shown while the session was not active")
        if (event.saw.x, event.saw.y) not in s.clicks | s.early.clicks:
            return violated("a red circle shows where the agent had not clicked")
        if s.is_repeat(event):
            return violated("one click showed two red circles", s.told[event.party, see.Circle])
        return held()
    for done in s.settled(event):
        if isinstance(done.did, do.Click):
            missing = {Party.CUSTOMER, Party.AGENT} - s.circles.get((done.did.x, done.did.y), set())
            if missing and s.is_active(Party.CUSTOMER) and s.is_active(Party.AGENT):
                return violated(f"the {min(missing)} did not see the red circle of the agent's click", done)
    return None


#: For which reasons a request in Pointer Mode may be refused.
_MAY_REFUSE = frozenset({"WRITE-5", "WRITE-7", "WRITE-9", "WRITE-15", "SITE-6", "STOP-5", "SECURE-2"})


@rule("POINTER-5", see.Asked, see.Refused)
def write_mode_can_be_requested_at_any_time(s: SessionFacts, event: Event) -> Finding | None:
    if event.party is not Party.AGENT:
        return None
    if isinstance(event.saw, see.Asked):
        return held()
    cause = s.all.cause(event)
    if cause is None or not isinstance(cause.did, do.Request) or not s.is_active(Party.AGENT):
        return None
    if Party.AGENT in s.lost:
        return None  # it asked before it knew whether it is back in a session at all
    assert isinstance(event.saw, see.Refused)
    if s.mode.get(Party.AGENT) is Mode.POINTER and event.saw.rule not in _MAY_REFUSE:
        return violated(f"a request in Pointer Mode was refused by {event.saw.rule}", cause)
    return None

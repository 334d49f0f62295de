"""PAUSE: the customer's curtain."""

from .. import actions as do
from .. import observations as see
from ..terms import Mode, Party, SuspendReason
from ..trace import Event
from .facts import VIEW, SessionFacts
from .judge import Finding, held, rule, violated


@rule("PAUSE-1", see.Suspended, see.Resumed, see.Refused, see.FencePassed, see.Circle, see.Acted, *VIEW)
def behind_the_curtain_nothing_flows_until_it_is_open(s: SessionFacts, event: Event) -> Finding | None:
    if isinstance(event.saw, see.Refused):
        return held() if event.saw.rule == "PAUSE-1" else None
    if isinstance(event.saw, see.Suspended):
        return _drawn(s, event) if event.saw.reason is SuspendReason.CURTAIN else None
    if isinstance(event.saw, see.FencePassed):
        return _settled(s, event)
    drawn = s.curtain.get(event.party)
    if drawn is None or event.party in s.lost:
        return None
    if isinstance(event.saw, see.Resumed):
        opened, by_hand = (s.last.get((Party.CUSTOMER, kind)) for kind in (do.OpenCurtain, do.DrawCurtain))
        # Who had no link hears of the curtain when it is back, open as it may be by then.
        shut = opened is None or (by_hand is not None and opened.seq < by_hand.seq)
        if opened is None or (shut and s.curtains == 1):
            return violated("the session went on before the customer had opened the curtain", drawn)
        if event.saw.mode is not Mode.POINTER:
            return violated("Write Mode went on behind a curtain", drawn)
        return held()
    return violated(f"something reached the {event.party} behind the curtain", drawn)


def _drawn(s: SessionFacts, event: Event) -> Finding:
    if not s.all.may_have("curtain"):
        return violated("a curtain was drawn, and there is none")
    drawn = s.last.get((Party.CUSTOMER, do.DrawCurtain))
    if drawn is None:
        return violated("a curtain was drawn, and the customer had not done it")
    twice = s.told.get((event.party, see.Suspended))
    return violated("the party was told twice of one curtain", twice) if s.is_repeat(event) else held()


def _settled(s: SessionFacts, event: Event) -> Finding | None:
    """A curtain that was drawn or opened, and has not had its effect."""
    for done in s.settled(event):
        if isinstance(done.did, do.DrawCurtain) and done.party is Party.CUSTOMER:
            opened = s.did_since(done, Party.CUSTOMER, do.OpenCurtain)
            untold = [party for party in s.PARTIES if s.is_active(party)]
            if untold and not opened:
                return violated(f"the curtain was drawn and the {untold[0]} was not told", done)
        if isinstance(done.did, do.OpenCurtain) and done.party is Party.CUSTOMER:
            drawn = s.did_since(done, Party.CUSTOMER, do.DrawCurtain)
            still = [party for party in s.PARTIES if party in s.curtain and party not in s.ended]
            away = (
                s.leavings or s.told_left is not None
            )  # of the site that a stricter policy leaves, or by itself
            if still and not drawn and not away and not s.losses:
                return violated("the curtain was opened and the session did not resume", done)
    return None

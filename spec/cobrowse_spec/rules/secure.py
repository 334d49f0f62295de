"""SECURE: who may do what.  SECURE-5 is about the agent's own browser: only browsers show it."""

import re
from typing import Final

from .. import actions as do
from .. import observations as see
from ..policy import Policy, is_on_site
from ..terms import Party, Reason
from ..trace import Event
from .facts import SessionFacts
from .judge import Finding, held, rule, violated

#: Why the protocol refuses things.
_REASONS: Final = frozenset(str(reason) for reason in Reason)


@rule(
    "SECURE-1",
    *(see.Welcome, see.Refused, see.Joined, see.Said, see.PageShown, see.ElementsShown, see.Restored),
)
def nobody_is_let_in_without_a_credential(s: SessionFacts, event: Event) -> Finding | None:
    if event.party is not Party.AGENT:
        return None
    if isinstance(event.saw, see.Welcome):
        return held()
    if isinstance(event.saw, see.Refused):
        return held() if event.saw.rule == "SECURE-1" else None
    if event.who not in s.all.welcome:
        return violated("an agent who had not signed in was let in")
    return None


@rule("SECURE-2", see.Refused, see.Restored)
def a_token_is_good_for_one_session_and_role(s: SessionFacts, event: Event) -> Finding | None:
    if isinstance(event.saw, see.Refused):
        return held() if event.saw.reason == Reason.WRONG_TOKEN else None
    cause = s.all.cause(event)
    if cause is not None and isinstance(cause.did, do.Resume) and cause.did.token:
        return violated("a token that is not the party's own was accepted", cause)
    return held()


@rule("SECURE-3", see.TurnedAway, see.Started, see.Restored)
def sockets_of_foreign_pages_are_refused(s: SessionFacts, event: Event) -> Finding | None:
    opened = s.all.opened.get(event.who)
    if opened is None or not isinstance(opened.did, do.OpenLink):
        return None
    foreign = not is_on_site(Policy(site=s.all.header.site), opened.did.origin)
    if isinstance(event.saw, see.TurnedAway):
        wrong = not foreign and not s.all.may_differ()
        return violated("a page of the site was turned away", opened) if wrong else held()
    wrong = foreign and not s.all.may_differ()
    return violated("a session was opened from a page of a foreign origin", opened) if wrong else held()


@rule("SECURE-4", see.Refused)
def what_is_not_understood_is_answered(s: SessionFacts, event: Event) -> Finding | None:
    assert isinstance(event.saw, see.Refused)
    if not re.fullmatch(r"[A-Z]+-[0-9]+", event.saw.rule) or event.saw.reason not in _REASONS:
        return violated("the refusal gives no rule, or a reason that is none of the protocol's")
    if event.saw.rule != "SECURE-4":
        return None
    if not event.saw.message or not event.saw.reason:
        return violated("the refusal does not say why")
    return held()


@rule("SECURE-6", see.Refused)
def errors_show_no_session_id(s: SessionFacts, event: Event) -> Finding | None:
    assert isinstance(event.saw, see.Refused)
    shown = [name for name in s.all.session_ids if name in event.saw.message]
    return violated("the refusal shows a session ID") if shown else held()

"""MASK: what agents must not read.  What leaves in bytes is judged by the stories (MASK-2), the rest here."""

from .. import observations as see
from ..terms import Party
from ..trace import Event
from .facts import SessionFacts
from .judge import Finding, held, rule, violated

#: What stands for a secret, however long it is.
_SECRET = "****"


def _masked(s: SessionFacts, element: str) -> bool:
    return element in s.all.header.masked or element in s.all.header.secret


@rule("MASK-1", see.FieldShows)
def masked_characters_are_asterisks(s: SessionFacts, event: Event) -> Finding | None:
    assert isinstance(event.saw, see.FieldShows)
    if event.party is not Party.AGENT or not _masked(s, event.saw.element):
        return None
    if event.saw.value.strip("*"):
        return violated("the agent can read a masked field")
    return held()


@rule("MASK-7", see.Refused, see.PageChanged)
def the_agent_changes_no_masked_field(s: SessionFacts, event: Event) -> Finding | None:
    if isinstance(event.saw, see.Refused):
        return held() if event.saw.rule == "MASK-7" else None
    assert isinstance(event.saw, see.PageChanged)
    if event.saw.by is Party.AGENT and event.saw.what == "field" and _masked(s, event.saw.element):
        return violated("an act of the agent changed a masked field")
    return None


@rule("MASK-9", see.FieldShows)
def a_secret_does_not_tell_its_length(s: SessionFacts, event: Event) -> Finding | None:
    assert isinstance(event.saw, see.FieldShows)
    if event.party is not Party.AGENT or event.saw.element not in s.all.header.secret:
        return None
    if event.saw.value not in ("", _SECRET):
        return violated("a secret shows something else than nothing or four asterisks")
    return held()


@rule("MASK-10", see.FieldShows)
def masks_hold_in_both_modes_and_for_all(s: SessionFacts, event: Event) -> Finding | None:
    assert isinstance(event.saw, see.FieldShows)
    if event.party is not Party.AGENT or not _masked(s, event.saw.element):
        return None
    if event.saw.value.strip("*"):
        return violated(f"in {s.mode.get(Party.AGENT, 'pointer')} mode the agent can read a masked field")
    return held()

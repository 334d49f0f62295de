"""SUBMIT: submitting forms."""

from .. import actions as do
from .. import observations as see
from ..terms import Party
from ..trace import Event
from .facts import SessionFacts
from .judge import Finding, held, rule, violated


def _submits(s: SessionFacts, act: do.Act, place: int, *, allowed: bool) -> bool:
    """Whether this act certainly submits, by an element of which it is allowed, or is not."""

    def would(element: do.Element) -> bool:
        return element.allowed is allowed and (act.means in element.submits or act.means == "submit")

    return s.met_for_certain(act, place, would)


def _is_submit_by_agent(event: Event) -> bool:
    saw = event.saw
    return isinstance(saw, see.PageChanged) and saw.what == "submit" and saw.by is Party.AGENT


def _allows_some(s: SessionFacts) -> bool:
    return any(element.allowed for element in s.usable())


@rule("SUBMIT-1", see.Acted, see.PageChanged, see.Refused)
def no_act_of_the_agent_submits(s: SessionFacts, event: Event) -> Finding | None:
    if isinstance(event.saw, see.Refused):
        return held() if event.saw.rule == "SUBMIT-1" else None
    if isinstance(event.saw, see.Acted):
        submits = _submits(s, event.saw.do, event.saw.act, allowed=False)
        if "server" in s.all.header.judged and submits:
            return violated("an act that submits a form was passed on to the customer's client")
        return None
    if _is_submit_by_agent(event) and not s.submit_allowed:
        return violated("an act of the agent submitted a form")
    return None


@rule("SUBMIT-2", see.Refused, see.PageChanged)
def a_blocked_submit_does_nothing(s: SessionFacts, event: Event) -> Finding | None:
    if isinstance(event.saw, see.PageChanged):
        refused = [act for act in s.acts if s.all.was_refused(act)]
        if event.saw.by is Party.AGENT and refused and s.passed > len(s.acts) - len(refused):
            return violated("the act was refused and yet changed the page", refused[-1])
        return None
    assert isinstance(event.saw, see.Refused)
    if event.saw.rule != "SUBMIT-1":
        return None
    if event.saw.act and s.is_repeat(event):
        return violated(
            "the agent was told twice that one submit was blocked", s.told[event.party, see.Refused]
        )
    act, changed = s.all.cause(event), s.changed_despite(event)
    return (
        held() if changed is None else violated("the act was refused and yet changed the page", act, changed)
    )


@rule("SUBMIT-3", see.PageChanged, see.Refused)
def the_customer_can_always_submit(s: SessionFacts, event: Event) -> Finding | None:
    if isinstance(event.saw, see.PageChanged):
        by_customer = event.saw.what == "submit" and event.saw.by is Party.CUSTOMER
        return held() if by_customer else None
    assert isinstance(event.saw, see.Refused)
    if event.party is Party.CUSTOMER and event.saw.rule.startswith("SUBMIT-"):
        return violated("the customer was refused a submit", s.all.cause(event))
    return None


@rule("SUBMIT-4", see.Acted, see.PageChanged, see.Refused)
def only_allowed_buttons_submit_for_agents(s: SessionFacts, event: Event) -> Finding | None:
    if isinstance(event.saw, see.Acted):
        return held() if _submits(s, event.saw.do, event.saw.act, allowed=True) else None
    if isinstance(event.saw, see.Refused):
        return held() if event.saw.rule == "SUBMIT-1" and _allows_some(s) else None
    if _is_submit_by_agent(event):
        last = s.passed_act
        if last is not None and not s.submit_allowed and _submits(s, last, s.passed_number, allowed=False):
            return violated("a button that is not allowed to agents submitted for the agent")
    return None

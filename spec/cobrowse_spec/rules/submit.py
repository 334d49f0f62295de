"""SUBMIT: submitting forms."""

from .. import actions as do
from .. import observations as see
from ..terms import Party
from ..trace import Event
from .facts import SessionFacts
from .judge import Finding, held, rule, violated


def _submits(s: SessionFacts, act: do.Act) -> do.Element | None:
    """The published element that this act would submit, if it would."""
    element = s.element(act)
    submits = element is not None and (act.means in element.submits or act.means == "submit")
    return element if submits else None


def _is_submit_by_agent(event: Event) -> bool:
    saw = event.saw
    return isinstance(saw, see.PageChanged) and saw.what == "submit" and saw.by is Party.AGENT


def _allows_some(s: SessionFacts) -> bool:
    return s.page is not None and any(element.allowed for element in s.page.elements)


@rule("SUBMIT-1", see.Acted, see.PageChanged, see.Refused)
def no_act_of_the_agent_submits(s: SessionFacts, event: Event) -> Finding | None:
    if isinstance(event.saw, see.Refused):
        return held() if event.saw.rule == "SUBMIT-1" else None
    if isinstance(event.saw, see.Acted):
        element = _submits(s, event.saw.do)
        if "server" in s.all.header.judged and element is not None and not element.allowed:
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
        element = _submits(s, event.saw.do)
        return held() if element is not None and element.allowed else None
    if isinstance(event.saw, see.Refused):
        return held() if event.saw.rule == "SUBMIT-1" and _allows_some(s) else None
    if _is_submit_by_agent(event):
        last = s.passed_act
        element = _submits(s, last) if last is not None and not s.submit_allowed else None
        if element is not None and not element.allowed:
            return violated("a button that is not allowed to agents submitted for the agent")
    return None

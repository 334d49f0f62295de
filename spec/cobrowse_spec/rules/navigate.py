"""NAVIGATE: moving about.  NAVIGATE-8 is about windows of the customer's machine: only browsers show it."""

from .. import actions as do
from .. import observations as see
from ..policy import Policy, is_denied
from ..terms import Party
from ..trace import Event
from .facts import SessionFacts
from .judge import Finding, held, rule, violated


def _led(event: Event) -> see.PageChanged | None:
    """The change, if it is another page that an act of the agent opened."""
    saw = event.saw
    led = isinstance(saw, see.PageChanged) and saw.what == "page" and saw.by is Party.AGENT
    return saw if led and isinstance(saw, see.PageChanged) else None


def _passed_url(s: SessionFacts, event: Event) -> str | None:
    """The address that the server passed on to the customer's client, if it is judged by that."""
    if isinstance(event.saw, see.Acted) and isinstance(event.saw.do, do.OpenUrl):
        return event.saw.do.url if "server" in s.all.header.judged else None
    return None


def _refused_by(event: Event, name: str) -> bool:
    return isinstance(event.saw, see.Refused) and event.saw.rule == name


@rule("NAVIGATE-1", see.PageChanged, see.Refused)
def in_write_mode_the_agent_navigates(s: SessionFacts, event: Event) -> Finding | None:
    if _led(event) is not None:
        return held()
    cause = s.all.cause(event)
    if cause is None or not isinstance(cause.did, do.OpenUrl) or not isinstance(event.saw, see.Refused):
        return None
    if event.saw.rule in ("NAVIGATE-2", "NAVIGATE-3") and s.is_on_site_for_certain(cause.did.url):
        return violated("an address of the site was refused to the agent", cause)
    return None


@rule("NAVIGATE-2", see.PageChanged, see.Acted, see.Refused)
def the_agent_does_not_leave_the_site(s: SessionFacts, event: Event) -> Finding | None:
    if _refused_by(event, "NAVIGATE-2"):
        return held()
    url = _passed_url(s, event)
    if url is not None and not s.is_on_site(url):
        return violated("an address off the site was passed on to the customer's client")
    led = _led(event)
    if led is not None and led.element == "":
        return violated("an act of the agent took the customer off the site")
    return None


@rule("NAVIGATE-3", see.Acted, see.Refused)
def only_web_addresses_are_opened(s: SessionFacts, event: Event) -> Finding | None:
    if _refused_by(event, "NAVIGATE-3"):
        return held()
    url = _passed_url(s, event)
    if url is not None and not url.lower().startswith(("http://", "https://")):
        return violated("an address that is no web address was passed on to the customer's client")
    return None


@rule("NAVIGATE-4", see.Acted, see.PageChanged, see.Refused)
def disabled_elements_are_inert_for_the_agent(s: SessionFacts, event: Event) -> Finding | None:
    if _refused_by(event, "NAVIGATE-4"):
        return held()
    if isinstance(event.saw, see.Acted) and "server" in s.all.header.judged:
        if _is_disabled(s, event.saw.do, event.saw.act):
            return violated("an act on a disabled element was passed on to the customer's client")
        return None
    by_agent = isinstance(event.saw, see.PageChanged) and event.saw.by is Party.AGENT
    if by_agent and s.passed_act is not None:
        if _is_disabled(s, s.passed_act, s.passed_number):
            return violated("an act on a disabled element had an effect")
    return None


def _is_disabled(s: SessionFacts, act: do.Act, place: int) -> bool:
    return s.met_for_certain(act, place, lambda element: element.disabled)


@rule("NAVIGATE-5", see.Acted, see.PageChanged, see.Refused)
def denied_addresses_are_not_opened_for_the_agent(s: SessionFacts, event: Event) -> Finding | None:
    if _refused_by(event, "NAVIGATE-5"):
        return held()
    denied = Policy(deny_urls=() if s.own_policy else s.all.header.denied)
    url = _passed_url(s, event)
    if url is not None and is_denied(denied, url):
        return violated("an address that agents are denied was passed on to the customer's client")
    led = _led(event)
    if led is not None and led.element and is_denied(denied, led.element):
        return violated("an act of the agent opened a page that agents are denied")
    return None


@rule("NAVIGATE-6", see.Refused)
def where_there_is_no_way_nothing_changes(s: SessionFacts, event: Event) -> Finding | None:
    if not _refused_by(event, "NAVIGATE-6"):
        return None
    act, changed = s.all.cause(event), s.changed_despite(event)
    return (
        held() if changed is None else violated("the act was refused and yet changed the page", act, changed)
    )


@rule("NAVIGATE-7", see.PageShown, see.Suspended, see.FencePassed, see.Refused)
def the_view_follows_on_the_site(s: SessionFacts, event: Event) -> Finding | None:
    if isinstance(event.saw, see.Refused):
        since = s.mode_since.get(Party.AGENT)
        if not s.is_refused_in_write_mode(event) or not s.did_since(since, Party.CUSTOMER, do.ShowPage):
            return None
        return violated("Write Mode did not go on at another page of the site", since, s.all.cause(event))
    if isinstance(event.saw, see.PageShown):
        followed = event.party is Party.AGENT and (Party.AGENT, see.PageShown) in s.told
        return held() if followed else None
    if isinstance(event.saw, see.FencePassed):
        for done in s.settled(event):
            if isinstance(done.did, do.ShowPage) and s.is_not_shown(done):
                if s.is_on_site_for_certain(done.did.url):
                    return violated("the customer went to another page and the agent's view did not", done)
    return None

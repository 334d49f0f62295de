"""Panes: what is to be seen on the customer's screen, at the server and in the agent's workspace.

Each is a list of plain lines, made anew from the stage; nothing here knows how they are shown.  A line
that matters more than the others says so by its ``tone``.

Order: lines, the customer's screen, the agent's workspace, the server.
"""

import itertools
from collections.abc import Iterable, Iterator
from typing import Final, Generic, NamedTuple, TypeVar

from cobrowse_spec import actions as do
from cobrowse_spec import observations as see
from cobrowse_spec.actions import LinkAction
from cobrowse_spec.observations import AnyObservation, LinkObservation
from cobrowse_spec.terms import Mode, Party
from cobrowse_spec.trace import Event
from lxml.html import HtmlElement

from ..page import kind
from .stage import SITE_ORIGIN, Stage

#: Of the page's fields, those that are shown, where a page has them.
FIELDS: Final = ("name", "city", "income", "phone", "ssn", "pin", "password")


_T = TypeVar("_T")


class Line(NamedTuple):
    """A line of a pane."""

    text: str
    #: "plain", "dim", "good", "ask" or "bad".
    tone: str = "plain"


class Panes(NamedTuple, Generic[_T]):
    """One thing for each of the three."""

    customer: _T
    server: _T
    agent: _T


def panes(stage: Stage) -> Panes[list[Line]]:
    """What is to be seen at this moment."""
    return Panes(list(_customer(stage)), list(passing(stage.events)), list(_agent(stage)))


# The customer's screen


def _customer(stage: Stage) -> Iterator[Line]:
    customer, facts = stage.customer, stage.customer.state
    on_site = customer.page.url.startswith(SITE_ORIGIN + "/")
    yield Line(customer.page.url.removeprefix("https://") if on_site else "(another site)", "dim")
    yield Line(_banner(stage), "good" if facts.flows else "plain")
    if facts.started and not facts.ended:
        yield Line(f"Session ID: {_spaced(facts.session_id)}")
    if facts.asked:
        yield Line(f"{stage.choices.agent} asks for Write Mode: [Yes] [No]", "ask")
    if on_site:
        yield from _page(customer.page.title, [(name, _own(stage, name)) for name in FIELDS])
    yield from _marks(stage, "customer", f"{stage.choices.agent}'s pointer")


def _banner(stage: Stage) -> str:
    facts = stage.customer.state
    if facts.ended:
        return f"Co-browsing has ended: {_end_reason(stage, 'customer')}"
    if facts.suspended:
        return "Co-browsing is suspended"
    if facts.joined:
        return f"{stage.choices.agent} is co-browsing: {_mode(facts.mode)}"
    return "Waiting for the agent" if facts.started else "[Co-browsing]"


def _own(stage: Stage, name: str) -> str | None:
    """What a field shows on the customer's own screen, where browsers hide passwords."""
    page = stage.customer.page
    element: HtmlElement | None = page.find(name)
    if element is None:
        return None
    return "(hidden)" if kind(element) == "password" else page.shows(element)


def _page(title: str, fields: list[tuple[str, str | None]]) -> Iterator[Line]:
    yield Line("")
    yield Line(title)
    yield from (Line(f"  {name}: {value}") for name, value in fields if value is not None)


def _marks(stage: Stage, who: str, pointer: str) -> Iterator[Line]:
    """The other's pointer and the red circle, where anything flows."""
    client = stage.customer if who == "customer" else stage.agent
    if not client.state.flows:
        return
    seen = [event.saw for event in _stretch(stage.events, who)]
    at = next((one for one in reversed(seen) if isinstance(one, see.PointerAt)), None)
    circle = next((one for one in reversed(seen) if isinstance(one, see.Circle)), None)
    if at is not None:
        yield Line(f"{pointer} at {at.x}, {at.y}", "dim")
    if circle is not None:
        yield Line(f"(O) red circle at {circle.x}, {circle.y}", "bad")


def _stretch(events: list[Event], who: str) -> list[Event]:
    """What a party saw since content last began to flow."""
    own = [event for event in events if event.who == who and event.saw is not None]
    began = [at for at, event in enumerate(own) if isinstance(event.saw, see.Joined | see.Resumed)]
    return own[began[-1] :] if began else []


# The agent's workspace


def _agent(stage: Stage) -> Iterator[Line]:
    agent, facts = stage.agent, stage.agent.state
    view = agent.mirror
    said = [event.saw.text for event in stage.events if isinstance(event.saw, see.Said)]
    yield Line(f"chat: {said[-1]}" if said else "chat", "dim")
    if not facts.joined:
        yield Line("No session")
        return
    if not facts.flows:
        yield Line("The view is blank", "bad")
    else:
        yield _icon(facts.mode)
        if facts.asked:
            yield Line("Waiting for the customer's answer", "ask")
    yield _notice(stage)
    if not view.blank:
        yield Line("")
        yield Line(view.url.removeprefix("https://"), "dim")
        shown = ((name, view.shows(name)) for name in FIELDS)
        yield from (Line(f"  {name}: {value}") for name, value in shown if value is not None)
    yield from _marks(stage, "agent", "customer's pointer")


def _icon(mode: Mode) -> Line:
    """WRITE-6: a pencil in Pointer Mode, to ask; a pointer in Write Mode, to go back."""
    if mode is Mode.WRITE:
        return Line("[pointer icon] Write Mode", "good")
    return Line("[pencil icon] Pointer Mode")


def _notice(stage: Stage) -> Line:
    """The newest thing that the workspace has to say."""
    seen = (event.saw for event in reversed(stage.events) if event.who == "agent" and event.saw is not None)
    return next((line for one in seen if (line := _told(one)) is not None), Line(""))


def _told(seen: AnyObservation) -> Line | None:
    match seen:
        case see.Joined():
            return Line("Joined by the chat" if seen.by_chat else "Joined", "good")
        case see.Refused():
            return Line(f"{seen.rule}: {seen.message}", "bad")
        case see.Answered():
            return Line(f"Your request is {seen.answer}")
        case see.Suspended():
            return Line(f"Suspended: {seen.reason}")
        case see.Resumed():
            return Line("The session goes on", "good")
        case see.Ended():
            return Line(f"The session has ended: {seen.reason}", "bad")
        case _:
            return None


def _end_reason(stage: Stage, who: str) -> str:
    seen = (event.saw for event in stage.events if event.who == who)
    return next((str(one.reason) for one in seen if isinstance(one, see.Ended)), "")


def _mode(mode: Mode) -> str:
    return f"{mode.capitalize()} Mode"


def _spaced(session_id: str) -> str:
    return " ".join(session_id[at : at + 3] for at in range(0, len(session_id), 3))


# The server: what goes in and what comes out, as both ends meet it


def passing(events: Iterable[Event]) -> Iterator[Line]:
    """What these events brought to the server, and what it sent because of them.

    A number is the place in the session's order, the same at both ends.  What is left out there are the
    fences that the demo waits by.
    """
    lines = (_passing(event) for event in events)
    for line, same in itertools.groupby(line for line in lines if line is not None):
        count = sum(1 for _ in same)
        yield line if count == 1 else line._replace(text=f"{line.text} ({count} times)")


def _passing(event: Event) -> Line | None:
    """What a party sent or got; None for what never left it, and for the demo's own fences."""
    if isinstance(event.did, do.Fence | do.SignIn) or isinstance(event.saw, see.FencePassed | see.Welcome):
        return None
    own_hand = isinstance(event.did, do.Act) and event.party is Party.CUSTOMER
    if isinstance(event.did, LinkAction | do.MovePointer | do.Mirror) and not own_hand:
        return Line(f"{event.who} > {_tag(event.did)}")
    if isinstance(event.saw, see.Refused):
        return Line(f"      {event.saw.rule} {event.saw.reason} > {event.who}", "bad")
    if isinstance(event.saw, LinkObservation | see.Content | see.PointerAt):
        number = f"{event.n:4d}  " if event.n else " " * 6
        return Line(f"{number}{_tag(event.saw)} > {event.who}", "dim")
    return None


def _tag(thing: object) -> str:
    return str(type(thing).__struct_config__.tag)  # type: ignore[attr-defined] # actions and observations are tagged structs

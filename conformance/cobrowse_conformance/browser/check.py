"""Check: tries every locator of a profile against the running product, and says what is missing and where it looked.

A short session is led through its states; in each, all controls of both screens are looked for.  Where a
state cannot be reached the check says what kept it, and what could not be looked for because of it.

Order: what is found, the states, the check.
"""

import functools
from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

import trio
from cobrowse_spec import actions as do
from cobrowse_spec import observations as see
from cobrowse_spec.actions import AnyAction
from cobrowse_spec.stories import AGENT, CUSTOMER, FocusOn, Role
from cobrowse_spec.terms import InteractionKind, Mode
from cobrowse_spec.trace import Header, Recorder

from ..players import NoAnswer
from ..targets import TargetDown
from .brands import CHROMIUM, Brand
from .cast import BrowserCast
from .customer import NotOffered
from .pool import Pair, open_pair
from .profile import Agent, Customer, Locator, Profile, locators
from .table import Table
from .venue import BrowserVenue, open_browser_venue


class Control(NamedTuple):
    """What was found of one control."""

    #: Its name in the profile, e.g. "customer.start_button".
    name: str
    locator: Locator
    mandatory: bool
    #: The state in which it first showed; empty where it never did.
    shown_in: str
    #: The states in which it was looked for.
    looked_in: tuple[str, ...]


class Checked(NamedTuple):
    """What came of a check."""

    controls: tuple[Control, ...]
    #: Controls that the profile does not map, with what that means.
    unmapped: tuple[str, ...]
    #: The state that could not be reached, and why; empty where all were.
    stopped_at: str
    because: str
    #: What a state control showed that no words of the profile explain, by state.
    unexplained: tuple[tuple[str, str, str], ...]

    @property
    def is_good(self) -> bool:
        """Whether every state was reached and every control that the profile maps was found."""
        return not self.stopped_at and all(one.shown_in for one in self.controls)


#: Where a control shows that is not always there, so that it is not called missing where it cannot be.
_ELSEWHERE: Final = {
    "customer.approve_timed": "a policy with scoped_grants",
    "customer.draw_curtain": "a policy with curtain",
    "customer.open_curtain": "a curtain that is drawn",
    "agent.scope": "a policy with scoped_grants",
    "agent.chat": "a chat",
    "agent.focus_ring": "the keyboard on the customer's page",
    "customer.ui": "the page itself",
}


class _Walk:
    """One walk through the states."""

    def __init__(self, table: Table, profile: Profile) -> None:
        self.table = table
        self.profile = profile
        self.shown: dict[str, str] = {}
        self.looked: list[str] = []
        self.unexplained: list[tuple[str, str, str]] = []

    def look(self, state: str) -> None:
        """Look for everything in this state."""
        self.looked.append(state)
        for side, table in self._sides():
            reader = self.table.customer.reader if side == "customer" else self.table.agent.reader
            for name, found in reader.read(locators(table)).items():
                if any(one.shown for one in found):
                    self.shown.setdefault(f"{side}.{name}", state)
        for side, screen in (("customer", self.table.customer), ("agent", self.table.agent)):
            screen.see()
            words = screen.reader.one(screen.profile.state)
            if words is not None and words.text and screen.shown.state is None:
                self.unexplained.append((side, state, words.text))

    def _sides(self) -> tuple[tuple[str, Customer | Agent], ...]:
        return ("customer", self.profile.customer), ("agent", self.profile.agent)

    def controls(self) -> tuple[Control, ...]:
        """What was found of every control."""
        return tuple(
            Control(
                f"{side}.{name}",
                locator,
                name in _MANDATORY[type(table)],
                self.shown.get(f"{side}.{name}", ""),
                tuple(self.looked),
            )
            for side, table in self._sides()
            for name, locator in locators(table).items()
            if f"{side}.{name}" in self.shown or f"{side}.{name}" not in _ELSEWHERE
        )


def _required(kind: type[Customer] | type[Agent]) -> frozenset[str]:
    fields = kind.__struct_fields__
    return frozenset(fields[: len(fields) - len(kind.__struct_defaults__)])


#: The controls that no profile can do without.
_MANDATORY: Final = {Customer: _required(Customer), Agent: _required(Agent)}


# The states


def _states(
    venue: BrowserVenue, pair: Pair, cast: BrowserCast
) -> list[tuple[str, Callable[[], Awaitable[None]]]]:
    """The states of a session, and how each is reached from the one before."""
    table = cast.table

    async def do_(role: Role, action: AnyAction, holds: Callable[[], bool]) -> None:
        await cast.perform(role, action)
        await cast.settle(role, (), reacted_to=True)
        if not holds():
            raise _NotReached(_last_refusal(cast) or "the screens do not say that it came to that")

    async def sign_in() -> None:
        await pair.ready(venue)

    async def open_page() -> None:
        await cast.open_interaction(CUSTOMER, InteractionKind.CALL)

    async def start() -> None:
        await do_(CUSTOMER, do.Start(), lambda: table.customer.known.phase == "pending")

    async def join() -> None:
        await do_(AGENT, do.Join(), table.have_met)

    async def hands() -> None:
        await cast.perform(CUSTOMER, do.MovePointer(300, 200))
        await cast.settle(CUSTOMER, (), reacted_to=True)
        await cast.perform(AGENT, do.Click(500, 400))

    async def focus() -> None:
        await cast.on_page(FocusOn(CUSTOMER, "ssn"))

    async def ask() -> None:
        await do_(AGENT, do.Request(), lambda: table.customer.known.asked)

    async def approve() -> None:
        await do_(CUSTOMER, do.Approve(), lambda: table.agent.known.mode is Mode.WRITE)

    async def leave_site() -> None:
        await do_(CUSTOMER, do.LeaveSite(), lambda: table.agent.known.phase == "suspended")

    async def come_back() -> None:
        await do_(CUSTOMER, do.ReturnToSite(), table.have_met)

    async def exit_session() -> None:
        await do_(CUSTOMER, do.Exit(), lambda: table.agent.known.phase == "ended")

    return [
        ("the agent at the workspace", sign_in),
        ("the customer on a page", open_page),
        ("a pending session", start),
        ("Pointer Mode", join),
        ("both hands on the page", hands),
        ("the customer in a masked field", focus),
        ("a pending request", ask),
        ("Write Mode", approve),
        ("the customer on another site", leave_site),
        ("the customer back on the site", come_back),
        ("an ended session", exit_session),
    ]


def _last_refusal(cast: BrowserCast) -> str:
    refusals = [event.saw for event in cast.recorder.events if isinstance(event.saw, see.Refused)]
    return refusals[-1].message if refusals else ""


# The check


async def check(profile: Profile, brand: Brand = CHROMIUM) -> Checked:
    """Lead a session through its states and look for every control in each.

    Raises :class:`..targets.TargetDown` and ``NoBrowser`` where there is nothing to look at, or to look with.
    """
    async with open_browser_venue(profile) as venue, open_pair(venue, "check", brand) as pair:
        stopped_at = because = ""
        cast = BrowserCast(venue, pair, Recorder(Header(), trio.current_time))
        walk = _Walk(cast.table, profile)
        for state, reach in _states(venue, pair, cast):
            try:
                await reach()
                await pair.work(functools.partial(walk.look, state))
            except (TargetDown, NotOffered, NoAnswer, _NotReached) as error:
                stopped_at, because = state, str(error)
                await pair.work(functools.partial(walk.look, f"{state} (not reached)"))
                break
        unmapped = tuple(
            f"{side}.{name}"
            for side, table in (("customer", profile.customer), ("agent", profile.agent))
            for name in table.__struct_fields__
            if getattr(table, name) is None
        )
        return Checked(walk.controls(), unmapped, stopped_at, because, tuple(walk.unexplained))


class _NotReached(Exception):
    """A state did not come."""

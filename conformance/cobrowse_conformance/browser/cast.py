"""The cast of a story in browsers: the same story, played by two people before two browsers.

:class:`BrowserCast` is what the stage knows of them.  What they do and see is in :mod:`.table`, which
works in the one thread that the pair of browsers has; here it is recorded, in trio's thread.

Order: watching, before a story, what they do, what they see.
"""

import contextlib
import functools
from collections.abc import Callable, Collection, Mapping
from typing import Final, TypeVar

import trio
from cobrowse_simulator.client import Client
from cobrowse_spec import actions as do
from cobrowse_spec import observations as see
from cobrowse_spec import stories
from cobrowse_spec.actions import AnyAction
from cobrowse_spec.observations import AnyObservation, Observation
from cobrowse_spec.stories import AGENT, CONTACT_CENTRE, CUSTOMER, Expect, Meet, Role, Step
from cobrowse_spec.terms import InteractionKind, Party, Reason
from cobrowse_spec.trace import Event, Recorder
from msgspec.structs import replace

from ..players import NoAnswer
from ..venues import Declared
from .agent import OFF_PX
from .customer import WINDOW
from .playable import UNSEEN
from .pool import Pair
from .sharing import BEGINNING, Beginning, Kept
from .table import FenceLost, Seen, Table
from .traffic import Unread
from .venue import BrowserVenue

_T = TypeVar("_T")

#: Who each party is in stories: there is one browser for each.
ROLES: Final = {Party.CUSTOMER: CUSTOMER, Party.AGENT: AGENT}

#: What the trace calls a fence that came back, and what it calls a bound that stands in for one.
FENCE: Final = "fence"
BOUND: Final = "bound"

#: How long a screen may take to show that its own link is lost, in seconds.
NOTICED_S: Final = 2.0

#: What shows at a place of a screen, which may be off by a rounding.
_AT_PLACES: Final = (see.PointerAt, see.Circle, see.ScrolledTo)


class NotSigned(Exception):
    """The agent could not sign in, or the page does not open: nothing can be played."""


def _is_alike(saw: see.Refused, expected: Mapping[str, object]) -> bool:
    """Whether two rules refuse the same: a link that is a script which submits (SUBMIT-1, NAVIGATE-3)."""
    return {saw.reason, expected.get("reason")} == {Reason.SUBMIT_BLOCKED, Reason.BAD_SCHEME}


class ScreenWatch:
    """Waits for events of a trace while both screens are looked at."""

    def __init__(self, cast: "BrowserCast") -> None:
        self._cast = cast

    async def until(self, holds: Callable[[], bool], within_s: float, what: str) -> None:
        """Return as soon as the condition holds; raises :class:`NoAnswer` after ``within_s``."""
        until = trio.current_time() + within_s
        while not holds():
            if trio.current_time() > until:
                raise NoAnswer(f"{what} within {within_s:g} s")
            await self._cast.look_at_all()


class BrowserCast:
    """The two parties of one story, each before a browser of a pair."""

    def __init__(
        self, venue: BrowserVenue, pair: Pair, recorder: Recorder, begins: Beginning | None = None
    ) -> None:
        self.venue = venue
        self.recorder = recorder
        self.pair = pair
        self.policy = "standard"
        self.changes_policy = False
        self.late_s = venue.profile.bounds.patience_s
        self.watch = ScreenWatch(self)
        self.clients: dict[str, Client] = {}
        self.table: Table = pair.table(venue)
        self._path = "/apply"
        self._met = False
        self._opened = False
        self._origin = ""
        self._values: dict[str, str] = {}
        self._roles: list[Role] = []
        self._waiting: list[Step] = []
        #: How the story begins, if it may share a session; the steps of it that have been done already.
        self._begins = begins
        self._done: set[type[do.Action]] = set()
        #: What is seen of each step of the beginning, for stories to come, and the step that is being done.
        self._seen: dict[type[do.Action], list[tuple[Party, AnyObservation]]] = {}
        self._beginning_with: type[do.Action] | None = None
        self._kind = ""
        #: Whether what both see is the end of an earlier story's session, which is no part of this one.
        self._is_before = False
        #: How many requests the agent has made in this story.
        self._requests = 0
        #: How much room the agent's view is to have, until there is one.
        self._room: tuple[int, int] | None = None
        #: Whether the customer's page is about to reload: then that is how its link breaks and comes back.
        self._is_reloading = False
        #: Whether the beginning is over, and whether the newest step was only told.
        self._is_past = self._is_told = False

    @property
    def declared(self) -> Declared:
        """What the profile declares."""
        return self.venue.declared

    def roles(self) -> list[Role]:
        """The customer and the agent."""
        return list(self._roles)

    async def _in_thread(self, work: Callable[[], _T]) -> _T:
        """Let the pair's thread do something; what was seen meanwhile is recorded."""
        try:
            return await self.pair.work(work)
        except (FenceLost, Unread) as error:
            raise NoAnswer(str(error)) from None
        finally:
            self._record()

    def _record(self) -> None:
        for party, what in self.table.taken():
            if self._is_before:
                continue
            if self._beginning_with is not None:
                self._seen.setdefault(self._beginning_with, []).append((party, what))
            self._saw(party, what)

    def _saw(self, party: Party, what: AnyObservation) -> None:
        """Record what a party has seen: what is said of a request is said of the newest, which alone can be pending."""
        if isinstance(what, see.Asked | see.Answered):
            what = replace(what, request=self._request)
        self.recorder.saw(party, ROLES[party].who, what, session=self._session(what))

    def _did(self, role: Role, action: AnyAction) -> None:
        """Record what a role does; the session ID that an agent types is its secret."""
        session = "" if isinstance(action, do.Start) else self.newest_session()
        match action:
            case do.Join():
                action = do.Join("")
            case do.Request():
                self._requests += not self.table.agent.known.asked
            case do.Approve() | do.Deny() | do.Withdraw():
                action = replace(action, request=action.request or self._request)
            case _:
                pass
        self.recorder.did(role.party, role.who, action, session=session)

    @property
    def _request(self) -> str:
        """The newest request: a screen shows no number of it."""
        return str(self._requests)

    def _session(self, what: AnyObservation) -> str:
        if isinstance(what, see.Started):
            return self.recorder.alias(what.session_id)
        return self.newest_session()

    async def look_at_all(self) -> None:
        """One look at both screens."""

        def look() -> None:
            self.table.look()
            self.table.look_at_page()
            self.table.look_at_view()

        await self._in_thread(look)

    # Before a story

    async def meet(self, meet: Meet) -> None:
        """A chat or call begins: the agent is at the workspace, the customer's page is open and knows of it."""
        await self.open_interaction(meet.customer, meet.kind)

    async def open_interaction(self, customer: Role, kind: InteractionKind, agent: str = "") -> None:
        """The contact centre connects both; where a session is there that serves the story, it goes on in that."""
        self._kind = str(kind)
        if not self._roles:
            self._roles = [CUSTOMER, AGENT]
        kept, self.pair.kept = self.pair.kept, None
        if kept is not None and await self._go_on_in(kept):
            return
        await self._in_thread(self.table.agent_comes)
        self._values = await self.venue.meet(self.pair.values, str(kind), self.policy)
        self._met = True
        if not self._opened:
            await self._in_thread(functools.partial(self._open_first, self.table.story.enter(self._path)))
            self._opened = True
        await self._in_thread(self._connect)

    async def _go_on_in(self, kept: Kept) -> bool:
        """Go on in a session that is there, if it serves; else end it."""
        self._values, self._met = kept.values, True
        begins = self._begins
        if begins is not None and kept.serves(begins):
            self._seen = {kind: list(seen) for kind, seen in kept.seen.items()}
            with contextlib.suppress(NoAnswer):
                done, seen = await self.pair.work(functools.partial(self._take_up, begins))
                if done:
                    self._opened = True
                    self._done = set(BEGINNING[:done])
                    self._seen[do.Start] = [(Party.CUSTOMER, see.Started(kept.session_id))]
                    of_page = [one for one in seen if isinstance(one.what, see.PageShown | see.Content)]
                    earlier = [
                        one
                        for one in self._seen.get(do.Join, [])
                        if not isinstance(one[1], see.PageShown | see.Content)
                    ]
                    self._seen[do.Join] = [*earlier, *of_page]
                    return True
        self._is_before = True
        await self.leave()
        self._is_before = False
        self._values, self._met, self._opened = {}, False, False
        self._seen.clear()
        self.table = self.pair.table(self.venue)
        return False

    def _take_up(self, begins: Beginning) -> tuple[int, list[Seen]]:
        """A page anew in the session that is there; how much of the beginning both screens then show."""
        try:
            done = self.table.take_up(self._path, begins.steps)
            for step in self._waiting:
                self._play_on_page(step)
            if self._waiting:
                self._waiting.clear()
                self.table.settle_page()
                self.table.proceed()
        except FenceLost as error:
            raise NoAnswer(str(error)) from None
        return done, self.table.taken()

    def _open_first(self, url: str) -> None:
        self.table.customer.size(*WINDOW)
        self.table.open(url)
        self.table.fresh()
        for step in self._waiting:
            self._play_on_page(step)
        self._waiting.clear()

    def _connect(self) -> None:
        self.table.customer.connect(self._values)

    def open_page(self, role: Role, path: str) -> None:
        """Which page the customer has open when the story begins."""
        self._path = path

    def be_at(self, role: Role, origin: str) -> None:
        """The origin of the customer's page from now on."""
        self._origin = origin

    async def on_page(self, step: Step) -> None:
        """Something about a page or a window; before the page is open it waits until it is."""
        if isinstance(step, stories.HaveRoom):
            self._room = (step.width, step.height)
            await self._in_thread(functools.partial(self.table.agent.room, *self._room))
            self.pair.usual_room = False
        elif not self._opened:
            self._waiting.append(step)
        else:
            await self._in_thread(functools.partial(self._play_on_page, step))
            await self._in_thread(self.table.settle_page)
            self._fence_passed()

    def _play_on_page(self, step: Step) -> None:
        customer = self.table.customer
        match step:
            case stories.ChangePage():
                customer.browser.script(
                    "cobrowseSite.change(arguments[0], arguments[1])", str(step.change), step.element
                )
                customer.forget_changes()
            case stories.FocusOn():
                customer.focus(step.element)
            case stories.Pan():
                self.table.agent.pan_by(step.x, step.y)
            case stories.Plant():
                self.table.plant(step.place, step.text, masked=step.masked)
            case _:
                raise AssertionError(f"no page for {type(step).__name__}")

    async def connect_only(self, role: Role) -> None:
        """Raises AssertionError: no such story is played here."""
        raise AssertionError("an agent without a credential is played over the wire")

    # What they do

    async def client(self, role: Role) -> Client:
        """Raises AssertionError: there is none here."""
        raise AssertionError("a browser has no scripted client")

    async def perform(self, role: Role, action: AnyAction, *, late: bool = False) -> int:
        """Let a role do something."""
        if isinstance(action, do.Join) and not action.session_id:
            action = do.Join(self.newest_session_id())
        if role == CUSTOMER and isinstance(action, do.Start):
            await self._ready_to_start()
        if type(action) in self._done:
            self._tell_again(role, action)
            return 0
        self._beginning_with = type(action) if isinstance(action, BEGINNING) and not self._is_past else None
        self._is_past |= self._beginning_with is None
        if self._beginning_with is not None:
            self._seen.pop(self._beginning_with, None)
        self._did(role, action)
        if role == CONTACT_CENTRE:
            self.table.expect(role.party, action)
            await self.venue.end(self._values)
        elif isinstance(action, do.Announce):
            self._is_reloading = True
        elif isinstance(action, do.Resume):
            self.table.expect(role.party, action)
            await self.come_back(role)
        else:
            await self._in_thread(functools.partial(self.table.perform, role.party, action))
        return 0

    def _tell_again(self, role: Role, action: AnyAction) -> None:
        """A step of the beginning that was done in an earlier story of this session, with what was seen of it."""
        self._done.discard(type(action))
        self._did(role, action)
        for party, what in self._seen.get(type(action), []):
            self._saw(party, what)
        self._is_told = True

    async def _ready_to_start(self) -> None:
        """A customer whose page is at another origin: a page that has taken over the product's snippet (SECURE-3)."""
        if self._origin:
            await self._in_thread(self._go_to_origin)

    def _go_to_origin(self) -> None:
        self.table.open(self.venue.site.here(f"{self._origin}/"))
        self.table.customer.bring_along(self.venue.snippet)
        self._connect()
        self.table.customer.arrive()

    async def settle(self, performer: Role, watched: Collection[str], *, reacted_to: bool) -> None:
        """Come back when everything that has been caused so far has arrived on both screens."""
        if not self._roles:
            return
        if not self._is_told:
            await self._in_thread(self.table.settle)
            if self._room is not None and self.table.have_met():
                # Without a session there may have been no view to measure.
                await self._in_thread(functools.partial(self.table.agent.room, *self._room))
                self._room = None
            if self.table.has_planted and self.table.customer.known.flows:
                await self._in_thread(self.table.proceed)
        self._is_told = False
        self._beginning_with = None
        self._fence_passed()

    def _fence_passed(self) -> None:
        """Whatever was caused has arrived on both screens."""
        for role in self._roles:
            fence = BOUND if self.table.bounded else FENCE
            self.recorder.saw(
                role.party, role.who, see.FencePassed(fence=fence), session=self.newest_session()
            )

    async def settle_all(self, watched: Collection[str] = (), *, reacted_to: bool = False) -> None:
        """Both screens settle at the same time."""
        await self.settle(CUSTOMER, watched, reacted_to=reacted_to)

    async def cut(self, role: Role, *, quietly: bool = False) -> None:
        """Take a party's browser off the network, or, where that has been announced, load its page anew."""
        self.recorder.did(Party.SYSTEM, "system", do.LoseLink(role.party), session=self.newest_session())
        if self._is_reloading:
            self._is_reloading = False
            await self._in_thread(self.table.reload)
            return
        self.pair.lines[role.party].cut()
        await self._in_thread(functools.partial(self.table.tell_offline, role.party, is_off=True))
        side = self.table.side(role.party)
        with contextlib.suppress(NoAnswer):  # a screen need not show that its link is lost
            await self.watch.until(lambda: not side.known.flows, NOTICED_S, "")

    async def come_back(self, role: Role, token: str | None = None) -> int:
        """Its browser is on the network again."""
        self.pair.lines[role.party].mend()
        await self._in_thread(functools.partial(self.table.tell_offline, role.party, is_off=False))
        return 0

    def stall(self, role: Role) -> None:
        """Raises AssertionError: no such story is played here."""
        raise AssertionError("a browser's link cannot be stalled")

    async def watch_link(self, client: Client) -> None:
        """Raises AssertionError: there is no such link here."""
        raise AssertionError("a browser has no link to be watched")

    async def lose_server(self) -> None:
        """Raises AssertionError: crashes are played over the wire."""
        raise AssertionError("crashes are played over the wire")

    async def sign_in_again(self) -> None:
        """Raises AssertionError: crashes are played over the wire."""
        raise AssertionError("crashes are played over the wire")

    def keep(self) -> bool:
        """Leave the session to the next story, if both screens show that it goes on; False: it cannot be left."""
        customer, agent = self.table.customer.known, self.table.agent.known
        if self._begins is None or not self._met or not (customer.flows and agent.flows):
            return False
        seen = {kind: tuple(told) for kind, told in self._seen.items()}
        self.pair.kept = Kept(self.policy, self._kind, self._values, self.newest_session_id(), seen)
        return True

    async def leave(self) -> None:
        """The story is over: its session ends, and both browsers are ready for the next."""
        for party, line in self.pair.lines.items():
            if line.is_cut:
                line.mend()
                await self._in_thread(functools.partial(self.table.tell_offline, party, is_off=False))
        if self._met:
            await self.venue.end(self._values)
        if self._roles:
            await self._in_thread(self.table.leave)

    # What they see

    def sees(self, step: Expect) -> bool:
        """Whether it can be seen on a screen."""
        return not issubclass(step.kind, UNSEEN)

    def fits(self, event: Event, kind: type[Observation], expected: Mapping[str, object]) -> bool:
        """Whether this is what was expected, as far as it shows: a refusal without words may have any reason."""
        saw = event.saw
        if isinstance(saw, see.Ended) and kind is see.Refused:
            return (
                expected.get("reason") == Reason.SESSION_ENDED
            )  # a screen that shows the end says no to the rest
        if not isinstance(saw, kind):
            return False
        for name, value in expected.items():
            found = getattr(saw, name)
            if isinstance(saw, see.Refused) and name in ("rule", "reason"):
                if found and found != value and not _is_alike(saw, expected):
                    return False
            elif isinstance(saw, _AT_PLACES):
                if abs(int(found) - int(str(value))) > OFF_PX:
                    return False
            elif found != value:
                return False
        return True

    async def look(
        self,
        role: Role,
        kind: type[Observation],
        expected: Mapping[str, object] | None,
        *,
        patient: bool,
    ) -> None:
        """Let a party look for something on its screen."""
        self.table.patient = patient
        found = await self._in_thread(functools.partial(self._look_for, role.party, kind, expected))
        for one in found:
            self.recorder.saw(role.party, role.who, one, session=self.newest_session())

    def _look_for(
        self, party: Party, kind: type[Observation], wished: Mapping[str, object] | None
    ) -> list[AnyObservation]:
        table = self.table
        found: AnyObservation | None
        wanted, expected = wished is not None, wished or {}
        if kind is see.FieldShows:
            found = table.field(party, str(expected["element"]), str(expected["value"]))
        elif kind is see.WindowShows:
            size = (int(str(expected["width"])), int(str(expected["height"]))) if expected else None
            found = table.window(party, size)
        elif kind is see.ScrolledTo:
            found = table.scrolled(party, (int(str(expected["x"])), int(str(expected["y"]))))
        elif kind is see.IconShown:
            found = table.icon(expected.get("icon"))
        elif kind is see.ScrollBarsShown:
            found = table.scroll_bars(expected=wanted)
        elif kind is see.PlaceholderShown:
            found = table.placeholder(str(expected.get("element", "html")))
        elif kind is see.MaskExplained:
            found = table.explained(expected=wanted)
        elif kind is see.PromptShown:
            return table.prompts(expected=wanted)
        elif kind is see.ScriptRan:
            found = table.script_ran(party)
        elif kind is see.StrangerAsked:
            found = table.stranger_asked(party)
        else:
            raise AssertionError(f"nobody looks for {kind.__name__}")
        return [] if found is None else [found]

    async def carries(self, role: Role, text: str, *, leaving: bool, expected: bool) -> bool | None:
        """Whether a text was among the bytes that left a party's browser or reached it."""
        return await self._in_thread(
            functools.partial(self.table.carries, role.party, text, leaving=leaving, expected=expected)
        )

    async def receipt(self) -> str:
        """None can be had in a browser."""
        return ""

    def ref(self, name: str) -> str:
        """By its name: a screen shows no references."""
        return name

    def newest_session(self) -> str:
        """The alias of the session whose ID was shown last."""
        started = [event for event in self.recorder.events if isinstance(event.saw, see.Started)]
        return started[-1].session if started else ""

    def newest_session_id(self) -> str:
        """The session ID that was shown last."""
        started = [event.saw for event in self.recorder.events if isinstance(event.saw, see.Started)]
        return started[-1].session_id if started else ""

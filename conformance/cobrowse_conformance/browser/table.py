"""The table: both parties of one story, each before a browser, what they do and what both see of it.

Everything here is synchronous, for one thread: that of the pair of browsers.  What was seen is handed
on in the order in which it was met.

*Fences.*  After what a party has done comes an allowed, ordered act on the same way: for the agent's
way a click where nothing is, whose red circle must show on the customer's screen; for the customer's
way a mark on the page, which must show in the agent's view.  Where nothing flows (pending, suspended,
ended), what the product must show is waited for, and else a bound that the profile declares.

Order: what a table needs, what is waited for, the table: looking, doing, fences, particular sights.
"""

import itertools
import time
from collections.abc import Callable
from typing import Final, NamedTuple

from cobrowse_simulator.browsers.browser import Point
from cobrowse_simulator.browsers.chromium import Chromium
from cobrowse_spec import actions as do
from cobrowse_spec import observations as see
from cobrowse_spec.observations import AnyObservation
from cobrowse_spec.terms import Mode, Party, Place, Prompt, Reason, SuspendReason
from selenium.common.exceptions import WebDriverException

from .agent import OFF_PX, AgentSide
from .customer import CustomerSide, NotOffered
from .downloads import Downloads
from .following import in_words, stands_still
from .hands import CROSSES_S, wait_for
from .planting import plant, proceed
from .profile import Saying
from .sight import Known, refused, still_told
from .site.record import Story
from .site.server import TestSite
from .traffic import Traffic

#: Phases in which a party has no part in a session.
OVER: Final = ("idle", "ended")

#: What a customer does with the page, as if there were no session.
_OF_PAGE: Final = (do.Act, do.Resize, do.MovePointer)


class Seen(NamedTuple):
    """Something that a party has seen, or that could not be seen there."""

    party: Party
    what: AnyObservation


class FenceLost(Exception):
    """A fence did not come back in time: the product did not answer."""


#: How long an answer usually takes, in seconds: after that it may be one that shows already.
_SOON_S: Final = 2.0
#: How far a pointer goes to be seen to come back, in CSS pixels.
_AWAY_PX: Final = 100
#: How often both screens are looked at while they settle, in seconds: what shows in passing shows for longer.
_SETTLING_S: Final = 0.1


class Table:
    """Both parties of one story."""

    def __init__(
        self,
        customer: CustomerSide,
        agent: AgentSide,
        site: TestSite,
        traffic: Traffic,
        downloads: Downloads,
        *,
        patience_s: float,
        settle_s: float,
    ) -> None:
        self.customer = customer
        self.agent = agent
        self.site = site
        self.traffic = traffic
        #: What the customer's browser saves.
        self.downloads = downloads
        self.story: Story = site.story()
        self.customer.hands.pressed.clear()
        #: Whether the newest settling was over only because a bound had passed.
        self.bounded = False
        #: Whether what is looked for is waited for.
        self.patient = True
        #: How it is that a fence was lost, where it is the view that stands still; else empty.
        self.stood_still = ""
        #: How long what must come may take, in seconds.
        self.patience_s = patience_s
        self._settle_s = settle_s
        self._seen: list[Seen] = []
        self._marks = itertools.count(1)
        self._mark = 0
        self._inert = itertools.count()
        #: Where fences clicked: what shows there is no news.
        self._fenced: list[tuple[int, int]] = []
        #: Whether a click of the agent can show on the customer's screen, and whether one has.
        self._has_circles = agent.profile.red_circle is not None and customer.profile.red_circle is not None
        self._fenced_by_circle = False
        #: What has been done since both screens were last settled, by whom, and with which elements.
        self._deeds: list[tuple[Party, do.Action]] = []
        self._used: dict[str, Party] = {}
        self._acted = Party.CUSTOMER
        self._refused = False
        self._changed = False
        #: Whether the newest deed is an act of the agent's in Write Mode.
        self._writes = False
        self._shown_born = 0.0
        self._shown_url = ""
        self._view_shown = ""
        self._effects = 0
        self.has_planted = False

    def taken(self) -> list[Seen]:
        """What has been seen and not yet been handed on."""
        seen, self._seen = self._seen, []
        return seen

    # Looking

    def look(self) -> None:
        """Look at both screens."""
        self._look_at_customer()
        self._look_at_agent()

    def _look_at_customer(self) -> None:
        for one in self.customer.see():
            self._note(Party.CUSTOMER, one)

    def _look_at_agent(self) -> None:
        for one in self.agent.see():
            self._note(Party.AGENT, one)
        known, customer = self.agent.known, self.customer
        away = known.phase == "suspended" and known.reason == SuspendReason.OFF_SITE
        if away and customer.known.phase in ("active", "pending") and not customer.is_on_site():
            # Whoever has left the site sees it: there is nothing of the product to look at.
            customer.known = customer.known._replace(phase="suspended", reason=known.reason, asked=False)
            self._note(Party.CUSTOMER, see.Suspended(SuspendReason.OFF_SITE))

    def _note(self, party: Party, one: AnyObservation) -> None:
        if isinstance(one, see.Circle | see.PointerAt):
            on_the_way = (*self._fenced, *((at.x, at.y) for at in self.customer.hands.pressed))
            if any(abs(one.x - x) <= OFF_PX and abs(one.y - y) <= OFF_PX for x, y in on_the_way):
                return
        if isinstance(one, see.Refused) and party is Party.AGENT:
            self._refused = True
        self._seen.append(Seen(party, one))

    def look_at_page(self) -> None:
        """What has changed on the customer's page: by whoever last used what has changed, or else did anything."""
        for what, element in self.customer.changed():
            by = self._used.get(element, self._acted)
            self._changed |= by is Party.AGENT
            self._note(Party.CUSTOMER, see.PageChanged(by, what, element))

    def look_at_view(self) -> None:
        """The agent's view: which page it shows, and whether what it shows is news."""
        page, view = self.customer.page, self.agent.look_at_view()
        if view is None:
            self._view_shown = ""
            self._shown_born = 0.0  # what shows after a blank view is shown anew
            return
        shown = f"{view.text.replace(view.mark, '')} {view.size} {view.scroll}"
        if page is not None and (page.born != self._shown_born or self._url_changed(page.url)):
            self._shown_born, self._shown_url = page.born, _address(page.url)
            url = self.agent.page_url() or _address(page.url)
            self._note(Party.AGENT, see.PageShown(page="", url=self.site.told(_address(url))))
            self._view_shown = ""
        if shown != self._view_shown:
            self._view_shown = shown
            self._note(Party.AGENT, see.Content(digest=""))

    def _url_changed(self, url: str) -> bool:
        return _address(url) != self._shown_url

    # Beginning

    def open(self, url: str) -> None:
        """The customer opens a page of the site, or of another."""
        self.customer.open(url)
        self.customer.arrive()
        self.customer.forget_changes()

    def fresh(self) -> None:
        """Nothing of earlier stories is news: both screens are looked at, and what they show is known."""
        for side in (self.customer, self.agent):
            side.known = Known()
            side.see()
            known = side.known
            side.known = Known(heard=known.heard, circles=known.circles, pointer=known.pointer)
        self.customer.page = self.customer.state_of_page()

    def take_up(self, path: str, steps: int) -> int:
        """Go on in a session that is there, on a page that is loaded anew.

        Returns how many steps of a beginning both screens show then; 0 where the session does not serve.
        """
        self.look()
        self._to_pointer_mode_unless(steps)
        self.open(self.story.enter(path))
        if not wait_for(self._goes_on, self.patience_s):
            return 0
        self._fence_of_customer()  # of what the agent has done nothing is on its way
        self.look_at_page()
        self.look()
        self.look_at_view()
        customer, agent = self.customer.known, self.agent.known
        if not (customer.flows and agent.flows) or customer.mode is not agent.mode:
            return 0
        return 4 if customer.mode is Mode.WRITE else 3 if customer.asked else 2

    def _goes_on(self) -> bool:
        self.look()
        return self.have_met()

    def _to_pointer_mode_unless(self, steps: int) -> None:
        """Leave Write Mode, or take a request back, where the story does not begin with it."""
        if self.agent.known.mode is Mode.WRITE and steps < 4:
            self.perform(Party.AGENT, do.ReturnToPointer())
            self.settle()
        elif self.agent.known.asked and steps != 3:
            self.perform(Party.AGENT, do.Withdraw())
            self.settle()
        self._seen.clear()

    # Doing

    def perform(self, party: Party, action: do.Action) -> None:
        """Let a party do something, and look at what it did to the page itself if it is the customer."""
        if not self._deeds:
            self._refused = self._changed = self._writes = False
            self._used.clear()
        self._deeds.append((party, action))
        self._acted = party
        if isinstance(action, do.Act):
            self._used[action.element] = party
            self._writes |= party is Party.AGENT and self.agent.known.mode is Mode.WRITE
        if isinstance(action, do.Request) and party is Party.AGENT and self.agent.known.asked:
            self._note(party, see.Asked(request=""))  # a repeat is the same request, which shows already
            return
        if isinstance(action, do.MovePointer):
            self._point_elsewhere(party, action)
        try:
            if party is Party.AGENT:
                self.agent.look_at_view()
                self._before_agent_acts(action)
                self.agent.perform(action, self.customer)
            else:
                self._as_customer(action)
        except NotOffered as error:
            self._note(party, see.Refused("", "", message=str(error)))
            self._refused = True

    def _point_elsewhere(self, party: Party, action: do.MovePointer) -> None:
        """Where the pointer was seen last just there, in an earlier story, it goes away first: else it would be no news."""
        other = self.agent if party is Party.CUSTOMER else self.customer

        def is_there() -> bool:
            spot = other.known.pointer
            return spot is not None and spot.is_at(action.x, action.y, OFF_PX)

        def is_away() -> bool:
            self.look()
            return not is_there()

        if not (self._can_fence() and is_there()):
            return
        away = do.MovePointer(action.x + _AWAY_PX, action.y + _AWAY_PX)
        if party is Party.AGENT:
            self.agent.perform(away, self.customer)
        else:
            self.customer.perform(away)
        wait_for(is_away, _SOON_S, not_before_s=CROSSES_S)

    def expect(self, party: Party, action: do.Action) -> None:
        """Something is done away from both screens: what must show of it is waited for."""
        self._deeds.append((party, action))

    def _before_agent_acts(self, action: do.Action) -> None:
        """Bring the element into sight first: that the customer's page is scrolled for it is nobody's deed."""
        element = action.element if isinstance(action, do.Act) else getattr(action, "scope", "")
        if element and self.customer.is_on_site():
            before = self.customer.page
            self.customer.middle(element)
            now = self.customer.state_of_page()
            if now is not None and before is not None:
                self.customer.page = before._replace(scroll=now.scroll)

    def _as_customer(self, action: do.Action) -> None:
        customer = self.customer
        if isinstance(action, do.LeaveSite):
            customer.last_on_site = customer.page.url if customer.page is not None else self.site.url
            customer.open(self.site.elsewhere + "/")
            customer.arrive()
        elif isinstance(action, do.ReturnToSite):
            customer.open(customer.last_on_site or self.site.url + "/apply")
            customer.arrive()
            customer.forget_changes()
        else:
            if isinstance(action, do.Press | do.OpenUrl) and customer.page is not None:
                customer.last_on_site = customer.page.url
            customer.perform(action)
            if isinstance(
                action, do.Press | do.OpenUrl | do.PressKey | do.Refresh | do.GoBack | do.GoForward
            ):
                customer.arrive()
        self.look_at_page()

    def reload(self) -> None:
        """The customer's page goes, and is loaded anew."""
        self.customer.act(do.Refresh())
        self.customer.arrive()
        self.look_at_page()

    # What comes of it

    def settle(self) -> None:
        """Come back when everything that was caused has arrived on both screens."""
        self.bounded = False
        awaited = [self._await_consequence(party, action) for party, action in self._deeds]
        if not any(awaited):
            self.look()
        if self._can_fence():
            if not self._deeds_are_of_page():
                self._fence_of_agent()
                if any(isinstance(action, do.Act) for _, action in self._deeds):
                    self.look_at_page()
            self._fence_of_customer()
        elif self._deeds and not self._refused:
            self._let_settle()
        self._look_at_everything()
        for party, action in self._deeds:
            if party is Party.AGENT and isinstance(action, do.Act):
                self._say_what_came_of(action)
        self._deeds.clear()

    def settle_page(self) -> None:
        """Come back when what the customer's page shows has arrived in the agent's view: the page alone has changed."""
        self.bounded = False
        if self._can_fence():
            self._fence_of_customer()
        self._look_at_everything()

    def _look_at_everything(self) -> None:
        self.look_at_page()
        self.look()
        self.look_at_view()

    def _deeds_are_of_page(self) -> bool:
        """Whether all that was done is what customers do with their page: it goes one way, to the agent."""
        return bool(self._deeds) and all(
            party is Party.CUSTOMER and isinstance(action, _OF_PAGE) for party, action in self._deeds
        )

    def _say_what_came_of(self, action: do.Act) -> None:
        """The agent sees its act carried out, or, where no words said so, that nothing came of it."""
        if self._changed:
            self._note(Party.AGENT, see.ActApplied(act=0))
        elif not self._refused:
            self._note(Party.AGENT, see.Refused("", "", message=f"nothing came of {action.means!r}"))
            for one in still_told(self.agent.shown):
                self._note(Party.AGENT, one)

    def _await_consequence(self, party: Party, action: do.Action) -> bool:
        """Look for what must show after an action; whether there was anything to look for."""
        comes = None if self._refused else self._comes(party, action)
        if comes is not None:
            within_s, holds = comes
            began = len(self._seen)

            def is_there() -> bool:
                self.look()
                if isinstance(action, do.Act):
                    self.look_at_page()
                refused = any(isinstance(s.what, see.Refused | see.TurnedAway) for s in self._seen[began:])
                return refused or holds()

            soon_s = min(within_s, _SOON_S)
            there = wait_for(is_there, soon_s, not_before_s=CROSSES_S) or self._is_told_again(action)
            if not there:
                wait_for(is_there, within_s - _SOON_S)
        if isinstance(action, do.Resume) and self.side(party).known.phase == "ended":
            self._note(party, see.Refused("STOP-5", Reason.SESSION_ENDED))
        return comes is not None

    def side(self, party: Party) -> CustomerSide | AgentSide:
        """The side of a party."""
        return self.customer if party is Party.CUSTOMER else self.agent

    def _is_told_again(self, action: do.Action) -> bool:
        """Whether a refusal shows that was there before, in the same words: the screen need not change for it."""
        if not isinstance(action, do.Join):
            return False
        told = [line for line in self.agent.shown.lines if line.meaning is not None]
        again = next((line for line in told if line.meaning and line.meaning.saying is Saying.REFUSED), None)
        if again is None or again.meaning is None:
            return False
        self._note(Party.AGENT, refused(again.meaning.value, again.text))
        return True

    def _comes(self, party: Party, action: do.Action) -> tuple[float, Callable[[], bool]] | None:
        """What must show after an action, and how long that is waited for."""
        customer, agent = self.customer, self.agent

        def both(phase: str) -> bool:
            return customer.known.phase == phase and agent.known.phase == phase

        def both_in(mode: Mode) -> bool:
            """Or the session is over: then there is no mode to come."""
            return (customer.known.mode is mode and agent.known.mode is mode) or both("ended")

        in_session = agent.known.phase in ("active", "suspended")
        match action:
            case do.Start():
                return self.patience_s, lambda: customer.known.phase in ("pending", "active", "suspended")
            case do.Join():
                return self.patience_s, self.have_met
            case do.Approve():
                return self.patience_s, lambda: both_in(Mode.WRITE)
            case do.Request():
                return self.patience_s, lambda: customer.known.asked and agent.known.asked
            case do.Deny() | do.Withdraw():
                return self.patience_s, lambda: not customer.known.asked and not agent.known.asked
            case do.ReturnToPointer():
                return self.patience_s, lambda: both_in(Mode.POINTER)
            case do.Exit() | do.Cancel() | do.EndInteraction() if in_session:
                return self.patience_s, lambda: both("ended")
            case do.Exit() | do.Cancel() | do.EndInteraction():
                return self.patience_s, lambda: customer.known.phase == "ended"
            case do.LeaveSite():
                return self.patience_s, lambda: agent.known.phase == "suspended"
            case do.ReturnToSite() | do.OpenCurtain():
                return self.patience_s, lambda: customer.known.phase == agent.known.phase != "lost"
            case do.Resume():
                side = self.side(party)
                return self.patience_s, lambda: side.known.phase != "lost"
            case do.DrawCurtain():
                return self.patience_s, lambda: both("suspended")
            case do.OpenUrl() | do.Press() if party is Party.CUSTOMER and not customer.is_on_site():
                return self.patience_s, lambda: agent.known.phase == "suspended"
            case do.Act() if self._writes:
                return self._settle_s, lambda: self._changed
            case do.MovePointer() if self._can_fence():  # a fence moves it on
                return _SOON_S, lambda: self._other_points_at(party, action.x, action.y)
            case _:
                return None

    def _other_points_at(self, party: Party, x: int, y: int) -> bool:
        spot = (self.agent if party is Party.CUSTOMER else self.customer).shown.pointer
        return spot is not None and spot.is_at(x, y, OFF_PX)

    def have_met(self) -> bool:
        """Whether both screens show a session that the agent has joined, and the agent the customer's page."""
        customer, agent = self.customer.known.phase, self.agent.known.phase
        return customer == agent and (
            agent == "suspended" or (agent == "active" and self.agent.look_at_view() is not None)
        )

    # Fences

    def _can_fence(self) -> bool:
        return self.customer.known.flows and self.agent.known.flows and self.customer.is_on_site()

    def _fence_of_agent(self) -> None:
        """A click where nothing is, whose circle shows on the customer's screen.

        A click that falls into the moment in which the view is built anew is nobody's: then there is another.
        Where no circle shows although the page does reach the agent, circles are what is wrong (POINTER-4), and no fence:
        the rest of the story is judged as where a product has none.
        """
        if not self._has_circles:
            self._let_settle()
            return
        until = time.monotonic() + self.patience_s
        while not self._clicked():
            if not self._still_flows():
                return
            if time.monotonic() > until:
                if self._fenced_by_circle:
                    raise FenceLost("a click of the agent did not show on the customer's screen")
                self._fence_of_customer()
                self._has_circles = False
                self._let_settle()
                return
        self._fenced_by_circle = True
        if self._writes and not self.customer.let_finish():
            raise FenceLost("the customer's page did not finish what it had begun")

    def _clicked(self) -> bool:
        """Click where nothing is; whether it shows soon on the customer's screen."""
        wait_for(lambda: self.agent.look_at_view() is not None, self.patience_s)
        try:
            places = self.customer.inert(self.agent.in_sight())
            x, y = places[(7 * next(self._inert)) % len(places)]
            at = self.agent.place(Point(x, y))
        except (NotOffered, ZeroDivisionError):
            return False
        self._fenced.append((x, y))
        known = self.customer.known.circles

        def is_back() -> bool:
            self._look_at_customer()
            circles = self.customer.shown.circles
            return any(spot.is_at(x, y, OFF_PX) and spot.number not in known for spot in circles)

        self.agent.hands.click(at)
        return wait_for(is_back, _SOON_S, not_before_s=CROSSES_S)

    def _still_flows(self) -> bool:
        self._look_at_agent()
        return self._can_fence()

    def fence(self) -> None:
        """Come back when what the customer's page shows at this moment is in the agent's view."""
        self._fence_of_customer()

    def _fence_of_customer(self) -> None:
        """A mark on the page, which shows in the agent's view; another one if the page went with it."""
        until = time.monotonic() + self.patience_s
        while self._can_fence() and not self._marked():
            if self._is_blocked():
                self._let_settle()  # the page is a placeholder: nothing of it, and so no mark, can come
                return
            if self._still_flows() and time.monotonic() > until:
                if stands_still(self._mark, self):
                    self.stood_still = in_words(self.patience_s)
                raise FenceLost("a mark on the page did not show in the agent's view")

    def _marked(self) -> bool:
        """Set a mark; whether it shows soon in the agent's view."""
        self._mark = next(self._marks)
        try:
            self.customer.mark(str(self._mark))
        except WebDriverException:
            return False  # the page is on its way
        return self.comes()

    # What is looked at when a mark has not come back: `following.Sights`

    def comes(self) -> bool:
        """Whether the newest mark shows soon in the agent's view."""

        def is_back() -> bool:
            return self.view_mark().endswith(f" {self._mark}")

        there = wait_for(lambda: is_back() or self._is_blocked(), _SOON_S, not_before_s=CROSSES_S)
        return there and not self._is_blocked()

    def page_mark(self) -> str:
        """What the customer's page shows where marks are set; empty where it is on its way."""
        try:
            return self.customer.shown_mark()
        except WebDriverException:
            return ""

    def view_mark(self) -> str:
        """What the agent's view shows where marks are set; empty where nothing of the page shows."""
        view = self.agent.look_at_view()
        return "" if view is None else view.mark

    def pointer_crosses(self) -> bool:
        """Whether the customer's pointer moves, and the agent sees it soon; False where a product shows none."""
        if self.agent.profile.customer_pointer is None:
            return False
        known = self.agent.known.pointer
        try:
            places = self.customer.inert(self.agent.in_sight())
            x, y = next(at for at in places if known is None or not known.is_at(*at, _AWAY_PX // 2))
        except (NotOffered, StopIteration):
            return False

        def is_seen() -> bool:
            self._look_at_agent()
            return self._other_points_at(Party.CUSTOMER, x, y)

        self._fenced.append((x, y))
        self.customer.hands.move(Point(x, y))
        return wait_for(is_seen, _SOON_S, not_before_s=CROSSES_S)

    def flows(self) -> bool:
        """Whether both screens show a session in which content flows."""
        self._look_at_customer()
        return self._still_flows()

    def _is_blocked(self) -> bool:
        """Whether the agent sees a page of which nothing shows."""
        view = self.agent.view
        return view is not None and view.mark == "" and view.text == ""

    def _let_settle(self) -> None:
        """Nothing can show that nothing more comes: look for as long as the profile says."""
        self.bounded = True

        def looked() -> bool:
            self.look()
            return False

        wait_for(looked, self._settle_s, _SETTLING_S)

    # Particular sights

    @property
    def _look_s(self) -> float:
        """How long is looked for something."""
        return self.patience_s if self.patient else 0.0

    def field(self, party: Party, element: str, expected: str | None) -> AnyObservation | None:
        """What a field shows to a party; looked at until it is what is expected, or the time is over."""

        def shown() -> list[str]:
            if party is Party.CUSTOMER:
                found = self.customer.shows(element)
                return [] if found is None else [found]
            at = self.customer.middle(element)
            if at is None or not self.agent.follows(at.scrolled):
                return []
            place = self.agent.at(at)
            return [] if place is None else list(place.shown)

        wait_for(lambda: expected in shown(), self._look_s if expected is not None else 0.0)
        found = shown()
        if not found:
            return None
        return see.FieldShows(expected if expected is not None and expected in found else found[0], element)

    def window(self, party: Party, expected: tuple[int, int] | None) -> AnyObservation | None:
        """How large the customer's window is, as a party sees it."""

        def size() -> tuple[int, int] | None:
            if party is Party.CUSTOMER:
                page = self.customer.state_of_page()
                return None if page is None else page.size
            return self.agent.size_of_view()

        wait_for(lambda: size() == expected, self._look_s if expected is not None else 0.0)
        found = size()
        return None if found is None else see.WindowShows(*found)

    def scrolled(self, party: Party, expected: tuple[int, int]) -> AnyObservation | None:
        """How far the page is scrolled, as a party sees it."""

        def scroll() -> tuple[int, int] | None:
            if party is Party.CUSTOMER:
                page = self.customer.state_of_page()
                return None if page is None else page.scroll
            view = self.agent.look_at_view()
            return None if view is None else view.scroll

        wait_for(lambda: scroll() == expected, self._look_s)
        found = scroll()
        return None if found is None else see.ScrolledTo(*found)

    def placeholder(self, element: str) -> AnyObservation | None:
        """Whether the agent sees an empty box of an element's size in its place."""
        script = """
        const one = window.cobrowseSite.find(arguments[0]);
        if (!one) return null;
        const box = one === document.documentElement ? { left: 0, top: 0, width: innerWidth, height: innerHeight }
          : one.getBoundingClientRect();
        return [box.left, box.top, box.width, box.height];
        """
        self.customer.middle(element)

        def found() -> bool:
            box = self.customer.browser.script(script, element)
            if box is None:
                return False
            left, top, width, height = (float(side) for side in box)
            view = self.agent.look_at_view()
            if view is not None and element == "html":
                return view.text == "" and view.size == (width, height)
            place = self.agent.at(Point(left + width / 2, top + height / 2))
            return (
                place is not None
                and place.empty
                and abs(place.width - width) <= OFF_PX
                and abs(place.height - height) <= OFF_PX
                and abs(place.left - left) <= OFF_PX
                and abs(place.top - top) <= OFF_PX
            )

        return see.PlaceholderShown(element) if wait_for(found, self._look_s / 2) else None

    def scroll_bars(self, *, expected: bool) -> AnyObservation | None:
        """Whether the agent sees scroll bars beside the view."""
        wait_for(lambda: self.agent.scrolls() is expected, self._look_s)
        return see.ScrollBarsShown() if self.agent.scrolls() else None

    def icon(self, expected: object) -> AnyObservation | None:
        """The icon for Write Mode that the agent sees."""
        wait_for(lambda: self.agent.icon() == expected, self._look_s)
        icon = self.agent.icon()
        return None if icon is None else see.IconShown(icon)

    def explained(self, *, expected: bool) -> AnyObservation | None:
        """Whether the customer is told that the agent cannot read the field that it is in."""
        hint = self.customer.profile.mask_hint

        def shown() -> bool:
            found = self.customer.reader.one(hint) if hint is not None else None
            return found is not None and found.shown and bool(found.text)

        wait_for(lambda: shown() is expected, self._look_s if expected else self._settle_s)
        if not shown():
            return None
        focused = self.customer.browser.script(
            "return document.activeElement?.name || document.activeElement?.id || ''"
        )
        return see.MaskExplained(str(focused))

    def prompts(self, *, expected: bool) -> list[AnyObservation]:
        """What the customer's browser has opened beside the page since the story's last look.

        The site tells what was asked for; that a window or a download came of it shows in the browser alone.
        """
        browser, within_s = self.customer.browser, self._look_s if expected else self._settle_s
        wait_for(lambda: len(self.story.effects()) > self._effects, self._look_s if expected else 0.0)
        effects = self.story.effects()
        new, self._effects = effects[self._effects :], len(effects)
        found: list[AnyObservation] = []
        for effect in new:
            if effect.prompt is Prompt.WINDOW:
                came = wait_for(lambda: len(browser.driver.window_handles) > 1, within_s)
            elif effect.prompt is Prompt.DOWNLOAD:
                came = wait_for(lambda: self.downloads.has_any, within_s)
            else:
                came = True
            if came:
                found.append(see.PromptShown(effect.prompt))
        self.customer.close_others()
        self.downloads.anew()
        return found

    def script_ran(self, party: Party) -> AnyObservation | None:
        """Whether something of the page has run in a party's browser."""
        if party is Party.CUSTOMER:
            count = self.customer.browser.script("return window.__cobrowseCanary ?? 0")
        else:
            count = self.agent.canaries()
        return see.ScriptRan() if count else None

    def stranger_asked(self, party: Party) -> AnyObservation | None:
        """Whether a party's browser has asked a third party for something."""
        return see.StrangerAsked() if self.traffic.strangers(party) else None

    def carries(self, party: Party, text: str, *, leaving: bool, expected: bool) -> bool:
        """Whether a text was among the bytes that left a party's browser or reached it."""

        def found() -> bool:
            return self.traffic.carries(party, text, leaving=leaving)

        carries = wait_for(found, self._look_s if expected else 0.0)
        if not carries:
            self.traffic.see_that_all_was_read(party)
        return carries

    # Planting, cutting, leaving

    def plant(self, place: Place, text: str, *, masked: bool) -> None:
        """A text stands at a place of an element of the page."""
        plant(self.customer.browser, place, text, masked)
        self.has_planted = True

    def proceed(self) -> None:
        """What pages do later, of what was planted, once the session is on; come back when the agent has it."""
        if self.has_planted:
            browser = self.customer.browser
            assert isinstance(browser, Chromium), "what is planted is looked for on the network"
            proceed(browser)
            self.has_planted = False
            self.customer.forget_changes()
            self.settle_page()

    def tell_offline(self, party: Party, *, is_off: bool) -> None:
        """Tell a party's browser, as its system would, that it has no network, or has one again."""
        self.side(party).browser.be_offline(is_off=is_off)

    def agent_comes(self) -> None:
        """The agent is at the workspace, with no session."""
        self.agent.leave_ended()
        self.agent.look_at_view()

    def leave(self) -> None:
        """Both see the end of the session, and the agent leaves it."""
        wait_for(self._is_over, self.patience_s)
        if self.customer.is_on_site():  # else the next page might take up what its customer has not seen end
            wait_for(self._is_over_for_customer, _SOON_S)
        self.customer.open("about:blank")  # no page of the site is one step back in the next story's history
        self.agent.leave_ended()

    def _is_over(self) -> bool:
        self._look_at_agent()
        return self.agent.known.phase in OVER

    def _is_over_for_customer(self) -> bool:
        self._look_at_customer()
        return self.customer.known.phase in OVER


def _address(url: str) -> str:
    """An address without query and fragment."""
    return url.partition("#")[0].partition("?")[0]

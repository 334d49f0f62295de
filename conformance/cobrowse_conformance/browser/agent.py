"""The agent's side: a person at the product's workspace, with the customer's page in its view.

What the agent does with the customer's page it does at places: an element is where it shows on the
customer's screen, for the view has the size and the scroll position of that (VIEW-1, VIEW-4).

Order: what the view shows, the agent, what it looks at, what it does.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from cobrowse_simulator.browsers.browser import Browser, Point
from cobrowse_spec import actions as do
from cobrowse_spec.observations import AnyObservation
from cobrowse_spec.terms import Icon, Party
from selenium.webdriver.common.keys import Keys

from .customer import CustomerSide, NotOffered
from .hands import KEYS, Hands, wait_for
from .profile import Agent, Do, Locator, Words
from .reading import FIND, Found, Frame, Reader
from .sight import Known, Line, Look, Spot, news

#: The room for the virtual browser, where a story does not say: the customer's window fits into it.
ROOM: Final = (1500, 900)

#: The most presses of Tab by which an element of the customer's page is looked for.
MOST_TABS: Final = 60
#: How many pixels a place may be off, by rounding.
OFF_PX: Final = 2

#: What the document in the view shows, through shadow roots: texts and values, the scroll position, the size.
_VIEW: Final = f"""
{FIND}
const root = document.documentElement;
if (root === null) return null;
let text = "";
const collect = (node) => {{
  for (const child of node.childNodes) {{
    if (child.nodeType === 3) text += child.data + " ";
    else if (child.nodeType === 1 && !["SCRIPT", "STYLE", "NOSCRIPT", "TEMPLATE", "HEAD"].includes(child.nodeName)) {{
      if ("value" in child && child.localName !== "li") text += `[${{child.value}}${{child.checked ? " on" : ""}}] `;
      collect(child.shadowRoot ?? child);
    }}
  }}
}};
collect(root);
return {{ text: squeeze(text), mark: squeeze(find(document, {{ css: "#mark" }})[0]?.textContent),
  scroll: [Math.round(scrollX), Math.round(scrollY)], size: [innerWidth, innerHeight] }};
"""

#: How much of a frame can be seen, or scrolled into sight, in what it stands in: what crops it for good takes the rest away.
_IN_SIGHT: Final = """
const frame = this.querySelector(arguments[0]);
if (frame === null) return null;
const size = [frame.clientWidth, frame.clientHeight];
["overflowX", "overflowY"].forEach((axis, at) => {
  for (let one = frame.parentElement; one !== null; one = one.parentElement ?? one.getRootNode().host ?? null) {
    const overflow = getComputedStyle(one)[axis];
    if (overflow === "auto" || overflow === "scroll") break;
    if (overflow === "visible") continue;
    size[at] = Math.min(size[at], at === 0 ? one.clientWidth : one.clientHeight);
  }
});
return size;
"""

#: What the element at a place of the view's document shows, and how large it is.
_AT: Final = """
let found = document.elementFromPoint(arguments[0], arguments[1]);
while (found?.shadowRoot?.elementFromPoint(arguments[0], arguments[1]) ?? null)
  { const inner = found.shadowRoot.elementFromPoint(arguments[0], arguments[1]); if (inner === found) break; found = inner; }
if (found === null) return null;
const text = (one) => one.textContent.replace(/\\s+/g, " ").trim();
const radio = found.type === "radio" ? document.querySelector(`[name="${found.name}"]:checked`)?.value ?? "" : null;
const shown = found.type === "checkbox" ? (found.checked ? "on" : "off") : radio
  ?? (found.localName === "select" ? [found.value, ...[...found.selectedOptions].map(text)] : null)
  ?? ("value" in found && found.localName !== "button" ? found.value : text(found));
const box = found.getBoundingClientRect();
return { shown: [shown].flat(), width: box.width, height: box.height, left: box.left, top: box.top,
  empty: text(found) === "" && found.childElementCount === 0 && !("value" in found && found.value) };
"""


class View(NamedTuple):
    """What shows of the customer's page."""

    text: str
    mark: str
    scroll: tuple[int, int]
    size: tuple[int, int]


class AtPlace(NamedTuple):
    """What shows at a place of the customer's page."""

    #: What a field can be said to show: its value, and the label of what is chosen.
    shown: tuple[str, ...]
    left: float
    top: float
    width: float
    height: float
    #: Whether there is nothing in it.
    empty: bool


class AgentSide:
    """The agent of one story at a time.  Synchronous: call it in the thread that has the browser."""

    party = Party.AGENT

    def __init__(
        self, browser: Browser, profile: Agent, *, here: Callable[[str], str], patience_s: float
    ) -> None:
        self.browser = browser
        self.profile = profile
        self.reader = Reader(browser)
        self.hands = Hands(browser, self.reader, patience_s)
        self.known = Known()
        #: The newest look at the workspace.
        self.shown = Look()
        #: The newest look at the view; None while none shows.
        self.view: View | None = None
        self._here = here
        self._words = Words(profile.words)
        self._patience_s = patience_s
        self._values: dict[str, str] = {}

    # Coming and going

    def sign_in(self, values: dict[str, str]) -> str:
        """Sign in as the profile says; what is missing, in words, where it cannot be done.

        Raises :class:`..targets.TargetDown` where the workspace cannot be opened.
        """
        self._values = values
        for step in self.profile.sign_in:
            missing = self.hands.step(step, values)
            if missing:
                return missing
        return ""

    def step(self, step: Do) -> str:
        """One step more, with the values of signing in."""
        return self.hands.step(step, self._values)

    def room(self, width: int, height: int) -> None:
        """Make the window as large as it must be for the view to have this much room."""
        self._size(max(width, 600) + 200, max(height, 400) + 200)
        area = self.reader.frame(self.profile.view.frames[:1])
        if area is None or area.width <= 0:
            return
        inner = self._inner_size()
        self._size(round(inner[0] + width - area.width), round(inner[1] + height - area.height))

    def _inner_size(self) -> list[int]:
        size: list[int] = self.browser.script("return [innerWidth, innerHeight]")
        return size

    def _size(self, width: int, height: int) -> None:
        """Make the window this large inside; come back when it is: what is measured before is of the old one."""
        self.browser.resize(width, height)
        wait_for(lambda: self._inner_size() == [width, height], self._patience_s)

    # What it looks at

    def look(self) -> Look:
        """What the workspace shows."""
        found = self.reader.read(_mapped(self.profile), lines=("notice", "chat"))
        state = _first(found["state"])
        cover = _first(found.get("cover"))
        words = (self._words.read(one.text) for one in (cover, state) if one is not None and one.text)
        pointer = _first(found.get("customer_pointer"))
        origin = self._origin() if pointer is not None or found.get("red_circle") else None
        return Look(
            present=state is not None,
            state=next((one for one in words if one is not None), None),
            lines=tuple(self._line("a", one) for one in found.get("notice", ()) if one.shown and one.text),
            chat=tuple(
                Line(f"t{one.text}", one.text) for one in found.get("chat", ()) if one.shown and one.text
            ),
            pointer=_corner(pointer, origin) if pointer is not None and origin is not None else None,
            circles=tuple(
                _spot(one, origin)
                for one in found.get("red_circle", ())
                if one.width > 0 and origin is not None
            ),
        )

    def _origin(self) -> Point | None:
        """Where the customer's viewport begins, in the frame in which hands show."""
        marks = self.profile.customer_pointer or self.profile.red_circle
        if marks is None:
            return None
        between = self.reader.frame(self.profile.view.frames, outer=len(marks.frames))
        return None if between is None else Point(between.x, between.y)

    def _line(self, prefix: str, one: Found) -> Line:
        return Line(f"{prefix}{one.number}.{one.version} {one.text}", one.text, self._words.read(one.text))

    def see(self) -> list[AnyObservation]:
        """What is new on the screen."""
        self.shown = self.look()
        self.known, seen = news(self.party, self.known, self.shown)
        return seen

    def look_at_view(self) -> View | None:
        """What shows of the customer's page; None where nothing does."""
        self.view = self._view()
        return self.view

    def _view(self) -> View | None:
        cover = self.profile.cover
        if cover is not None:
            covered = self.reader.one(cover)
            if covered is not None and covered.shown and self._words.read(covered.text) is not None:
                return None
        raw = self.reader.inside(self.profile.view.frames, _VIEW)
        if raw is None or 0 in raw["size"]:
            return None
        return View(raw["text"], raw["mark"], tuple(raw["scroll"]), tuple(raw["size"]))

    def size_of_view(self) -> tuple[int, int] | None:
        """How large the customer's window is here: as much of it as can be seen, or scrolled into sight."""
        view, frames = self.look_at_view(), self.profile.view.frames
        if view is None or not frames:
            return None if view is None else view.size
        seen = self.reader.inside(frames[:-1], _IN_SIGHT, frames[-1])
        if seen is None:
            return None
        return min(view.size[0], seen[0]), min(view.size[1], seen[1])

    def at(self, place: Point) -> AtPlace | None:
        """What shows at a place of the customer's viewport; None: nothing."""
        raw = self.reader.inside(self.profile.view.frames, _AT, place.x, place.y)
        if raw is None:
            return None
        shown = tuple(str(one) for one in raw.pop("shown"))
        return AtPlace(shown, **{name: raw[name] for name in AtPlace._fields[1:]})

    def canaries(self) -> int:
        """How often something of the customer's page has run in this browser, in any of its frames."""
        script = "return window.__cobrowseCanary ?? 0"
        frames = self.profile.view.frames
        places = [frames[:depth] for depth in range(len(frames) + 1)]
        return sum(int(self.reader.inside(place, script) or 0) for place in places)

    def page_url(self) -> str:
        """The address of the customer's page, where the workspace shows it."""
        return self._text(self.profile.page_url)

    def _text(self, locator: Locator | None) -> str:
        found = self.reader.one(locator) if locator is not None else None
        return (found.text or found.value) if found is not None and found.shown else ""

    def icon(self) -> Icon | None:
        """The icon for Write Mode that shows."""
        for icon, locator in (
            (Icon.PENCIL, self.profile.pencil_icon),
            (Icon.POINTER, self.profile.pointer_icon),
        ):
            found = self.reader.one(locator) if locator is not None else None
            if found is not None and found.shown:
                return icon
        return None

    def scrolls(self) -> bool:
        """Whether there are scroll bars beside the view."""
        found = self.reader.one(self.profile.scroller) if self.profile.scroller is not None else None
        return found is not None and found.scrolls

    # What it does

    def perform(self, action: do.Action, customer: CustomerSide) -> None:
        """Do what a story says; raises :class:`NotOffered` where the workspace offers nothing for it now."""
        given = self.profile
        match action:
            case do.Join():
                self.leave_ended()
                if not self.hands.type_into(given.session_id_field, action.session_id, 0.5):
                    raise NotOffered("the workspace offers no field for a session ID")
                self._press(given.join, "to join", within_s=self._patience_s)
            case do.Request(scope=""):
                self._press(given.pencil_icon, "to ask for Write Mode", within_s=0.3)
            case do.Request():
                self._ask_for(action.scope, customer)
            case do.Withdraw():
                self._press(given.withdraw, "to take the request back")
            case do.ReturnToPointer():
                self._press(given.pointer_icon, "to return to Pointer Mode")
            case do.Exit():
                self._press(given.exit, "to exit the session")
            case do.Click():
                self.hands.click(self.place(Point(action.x, action.y)))
            case do.MovePointer():
                self.hands.move(self.place(Point(action.x, action.y)))
            case do.Act():
                self.act(action, customer)
            case _:
                raise NotOffered(f"the workspace offers nothing for {action.__struct_config__.tag!r}")

    def _press(self, locator: Locator | None, what: str, *, within_s: float = 0.0) -> None:
        if not self.hands.press(locator, within_s):
            raise NotOffered(f"the workspace offers nothing {what}")

    def leave_ended(self) -> None:
        """Leave a session that is over, as an agent does before the next."""
        field = self.profile.session_id_field
        if not self.hands.offers(field) and self.hands.press(self.profile.done):
            wait_for(lambda: self.hands.offers(field), self._patience_s)

    def _ask_for(self, scope: str, customer: CustomerSide) -> None:
        self._press(self.profile.scope, "to ask for a part of the page", within_s=0.3)
        at = customer.middle(scope)
        if at is None:
            raise NotOffered(f"there is no {scope!r} on the customer's page")
        self.hands.move(self.place(at))
        self.hands.click(self.place(at))

    def place(self, at: Point) -> Point:
        """Where a place of the customer's viewport is in the agent's window, brought into sight if need be."""
        inner, outer = self._frames()
        if self.view is None:
            raise NotOffered("the customer's page does not show in the workspace")
        x, y = inner.x + at.x, inner.y + at.y
        dx = _beyond(x, outer.x, outer.x + outer.width)
        dy = _beyond(y, outer.y, outer.y + outer.height)
        if dx or dy:
            self.pan_by(dx, dy)
            inner, outer = self._frames()
            x, y = inner.x + at.x, inner.y + at.y
        return Point(x, y)

    def _frames(self) -> tuple[Frame, Frame]:
        """The frame that holds the customer's page, and the outermost, which shows what is in sight of it."""
        frames = self.profile.view.frames
        outer = self.reader.frame(frames[:1])
        between = self.reader.frame(frames, outer=1)
        if outer is None or between is None:
            raise NotOffered("the customer's page does not show in the workspace")
        inner = Frame(outer.x + between.x, outer.y + between.y, between.width, between.height)
        return (inner if len(frames) > 1 else outer), outer

    def in_sight(self) -> tuple[int, int, int, int]:
        """Which part of the customer's window is in sight: left, top, right and bottom."""
        inner, outer = self._frames()
        return (
            round(max(0.0, outer.x - inner.x)),
            round(max(0.0, outer.y - inner.y)),
            round(min(inner.width, outer.x + outer.width - inner.x)),
            round(min(inner.height, outer.y + outer.height - inner.y)),
        )

    def pan_by(self, dx: float, dy: float) -> None:
        """Scroll the view itself, as its scroll bars do."""
        scroller = self.profile.scroller
        if scroller is not None and scroller.css:
            script = "document.querySelector(arguments[0])?.scrollBy({ left: arguments[1], top: arguments[2], behavior: 'instant' })"
            self.reader.inside(scroller.frames, script, scroller.css, dx, dy)

    def act(self, action: do.Act, customer: CustomerSide) -> None:
        """Use the customer's page as the workspace lets agents."""
        given = self.profile
        match action:
            case do.OpenUrl():
                if not self.hands.type_into(given.url_bar, self._here(action.url)):
                    raise NotOffered("the workspace offers no address bar")
                self.hands.keys(Keys.ENTER)
            case do.GoBack():
                self._press(given.back, "to go back")
            case do.GoForward():
                self._press(given.forward, "to go forward")
            case do.Refresh():
                self._press(given.refresh, "to refresh the page")
            case do.Scroll():
                self.hands.wheel(self.place(Point(4, 300)), action.x, action.y)
            case do.Press():
                self.hands.click(self._at(action.element, customer))
            case do.Type():
                self.hands.click(self._at(action.element, customer))
                self.hands.replace(action.value)
            case do.Choose():
                self._choose(action, customer)
            case do.PressKey():
                self._key(action.element, KEYS.get(action.key, action.key), customer)
            case do.Submit():
                self._key(action.element, Keys.ENTER, customer)
            case _:
                raise NotOffered(f"the workspace offers nothing for {action.means!r}")

    def _at(self, element: str, customer: CustomerSide) -> Point:
        at = customer.middle(element)
        if at is None:
            raise NotOffered(f"there is no {element!r} on the customer's page")
        self.follows(at.scrolled)
        return self.place(at)

    def follows(self, scrolled: float) -> bool:
        """Come back when the view is scrolled as far as the customer's page is."""

        def is_there() -> bool:
            view = self.look_at_view()
            return view is None or abs(view.scroll[1] - scrolled) <= OFF_PX

        return wait_for(is_there, self._patience_s)

    def _choose(self, action: do.Choose, customer: CustomerSide) -> None:
        label = customer.label(action.element, action.value)
        self.hands.click(self._at(action.element, customer))
        if label is not None:
            self.hands.keys(label)

    def _key(self, element: str, key: str, customer: CustomerSide) -> None:
        """Bring the agent's keyboard to an element and press a key there."""
        at = self._at(element, customer)
        script = "const one = window.cobrowseSite?.find(arguments[0]); return one?.matches('input:not([type=submit],[type=button],[type=checkbox],[type=radio],[type=file],[type=image]),textarea') ?? false"
        if customer.browser.script(script, element):
            self.hands.click(at)
        elif not self._tab_to(at, customer):
            raise NotOffered(f"the agent's keyboard does not come to {element!r}")
        self.hands.keys(key)

    def _tab_to(self, at: Point, customer: CustomerSide) -> bool:
        """Press Tab until the ring is around a place."""
        ring = self.profile.focus_ring
        if ring is None:
            return False
        inert = customer.inert(self.in_sight())
        if not inert:
            return False
        self.hands.click(self.place(Point(*inert[0])))
        for _ in range(MOST_TABS):
            found = self.reader.one(ring)
            if found is not None and found.shown:
                frame = self.reader.frame(ring.frames)
                if frame is None:
                    return False
                left, top = frame.x + found.left, frame.y + found.top
                if left <= at.x <= left + found.width and top <= at.y <= top + found.height:
                    return True
            self.hands.keys(Keys.TAB)
        return False


def _beyond(at: float, low: float, high: float) -> float:
    """How far something lies outside of what is in sight."""
    if at < low + 2:
        return at - low - 10
    return at - high + 10 if at > high - 18 else 0.0


def _mapped(given: Agent) -> dict[str, Locator]:
    names = ("state", "cover", "notice", "chat", "customer_pointer", "red_circle")
    return {name: one for name in names if (one := getattr(given, name)) is not None}


def _first(found: tuple[Found, ...] | None) -> Found | None:
    return next((one for one in found or () if one.shown), None)


def _corner(one: Found, origin: Point) -> Spot:
    return Spot(round(one.left - origin.x), round(one.top - origin.y))


def _spot(one: Found, origin: Point) -> Spot:
    return Spot(round(one.middle.x - origin.x), round(one.middle.y - origin.y), one.number)

"""The customer's side: a person on the test site's pages, with the product's controls on them.

Order: the state of a page, the customer, what it looks at, what it does.
"""

from typing import Final, NamedTuple

import msgspec
from cobrowse_simulator.browsers.browser import Browser, Point
from cobrowse_spec import actions as do
from cobrowse_spec.observations import AnyObservation
from cobrowse_spec.terms import Party
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.remote.webelement import WebElement

from .hands import KEYS, Hands, wait_for
from .profile import Customer, Locator, Words
from .reading import FIND, Found, Reader
from .sight import Known, Line, Look, Spot, news
from .site.addresses import Addresses

#: The size of the customer's window, as stories have it, in CSS pixels.
WINDOW: Final = (1280, 720)

#: What a page holds, as far as a person could have changed it; the product's own and the suite's marks left out.
_PAGE: Final = f"""
{FIND}
const ui = arguments[0] === null ? [] : find(document, arguments[0]);
const own = (node) => node.closest("#mark,#pad,[data-suite]") !== null || ui.some((one) => one.contains(node));
const fields = {{}};
for (const one of document.querySelectorAll("input,select,textarea,[contenteditable]")) {{
  if (own(one)) continue;
  const name = one.name || one.id || one.localName;
  const held = one.type === "checkbox" ? (one.checked ? "on" : "off") : one.value ?? one.textContent;
  if (one.type !== "radio") fields[name] = held;
  else if (one.checked) fields[name] = one.value;
}}
let text = "";
const walker = document.createTreeWalker(document.body ?? document, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {{
  const parent = walker.currentNode.parentElement;
  if (parent !== null && !parent.closest("script,style,noscript,template,textarea") && !own(parent))
    text += squeeze(walker.currentNode.data) + "\\n";
}}
for (const one of document.querySelectorAll("details,dialog")) if (!own(one)) text += one.open ? "open" : "closed";
return {{ url: location.href, born: performance.timeOrigin, ready: document.readyState, fields, text,
  scroll: [Math.round(scrollX), Math.round(scrollY)], size: [innerWidth, innerHeight] }};
"""

#: The element that a story names.
_NAMED: Final = """
const named = (name) => window.cobrowseSite?.find(name) ?? document.getElementById(name)
  ?? document.querySelector(`[name="${name}"]`);
"""

#: Its box, scrolled into view if it is not, and whether a click in its middle meets it.
_PLACE: Final = f"""
{_NAMED}
const one = named(arguments[0]);
if (!one) return null;
const meets = (box) => {{
  const met = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  return met !== null && (one === met || one.contains(met) || met.contains(one));
}};
let box = one.getBoundingClientRect();
if (box.top < 0 || box.bottom > innerHeight || box.left < 0 || box.right > innerWidth || !meets(box))
  one.scrollIntoView({{ block: "center", inline: "nearest", behavior: "instant" }});
box = one.getBoundingClientRect();
return [box.left + box.width / 2, box.top + box.height / 2, Math.round(scrollY)];
"""

#: What an element shows: a field what it holds, a check box "on" or "off", others their text.
_SHOWS: Final = f"""
{_NAMED}
const one = named(arguments[0]);
if (!one) return null;
if (one.type === "checkbox") return one.checked ? "on" : "off";
if (one.type === "radio")
  return document.querySelector(`[name="${{one.name}}"]:checked`)?.value ?? "";
return "value" in one && one.localName !== "button" ? one.value : one.textContent.replace(/\\s+/g, " ").trim();
"""

#: The label of an option, by its value.
_LABEL: Final = f"""
{_NAMED}
return [...(named(arguments[0])?.options ?? [])].find((one) => one.value === arguments[1])?.label ?? null;
"""

#: Places where nothing is that a click does anything to.
_INERT: Final = """
const found = [];
const harmless = (x, y) => {
  const met = document.elementFromPoint(x, y);
  return met === null || met === document.body || met === document.documentElement || met.id === "pad";
};
const [left, top, right, bottom] = arguments[0];
for (let y = top + 12; y < Math.min(innerHeight, bottom) - 12 && found.length < 60; y += 9)
  for (const x of [left + 4, Math.min(innerWidth, right) - 40, (left + right) >> 1])
    if (harmless(x, y) && harmless(x - 2, y - 2) && harmless(x + 2, y + 2)) { found.push([x, y]); break; }
// Where a dialog keeps the page from being met, the margin beside everything is as good.
if (found.length === 0) for (let y = top + 60; y < top + 240; y += 9) found.push([left + 4, y]);
return found;
"""

#: Begins something in the page, the body of an async function of ``given``, and lets the page say when it is over.
#: Not waited for in the page itself: the wait would be kept with the page if it is left for another meanwhile.
_BEGIN: Final = """
window.suiteHasFinished = false;
const finished = () => { window.suiteHasFinished = true; };
(async (given) => { %s })(arguments[0]).then(finished, finished);
"""


class PageState(NamedTuple):
    """What the customer's page holds at one moment."""

    url: str
    #: Tells one loading of a page from the next.
    born: float
    fields: dict[str, str]
    text: str
    scroll: tuple[int, int]
    size: tuple[int, int]


class NotOffered(Exception):
    """The product offers no control for it now: nothing was done."""


class CustomerSide:
    """The customer of one story at a time.  Synchronous: call it in the thread that has the browser."""

    party = Party.CUSTOMER

    def __init__(
        self, browser: Browser, profile: Customer, *, addresses: Addresses, patience_s: float
    ) -> None:
        self.browser = browser
        self.profile = profile
        self.reader = Reader(browser)
        self.hands = Hands(browser, self.reader, patience_s)
        self.known = Known()
        #: The newest look at the product's controls.
        self.shown = Look()
        self.page: PageState | None = None
        self._addresses = addresses
        self._words = Words(profile.words)
        self._patience_s = patience_s
        #: How large the window has been made.
        self._size = (0, 0)
        #: The last page of the site that was open, and where another company's is.
        self.last_on_site = ""

    # What it looks at

    def size(self, width: int = WINDOW[0], height: int = WINDOW[1]) -> None:
        """Make the window this large inside."""
        if self._size == (width, height):
            return
        self._size = (width, height)
        self.browser.resize(width, height)

    def forget(self) -> None:
        """The window is about to be closed."""
        self._size = (0, 0)
        self.reader.forget()

    def look(self) -> Look:
        """What the product's controls show."""
        given = self.profile
        found = self.reader.read(_mapped(given), lines=("notice",))
        state = _first(found["state"]) if found["state"] else None
        shown = {name: _first(elements) for name, elements in found.items()}
        identity = _first(found["session_id"])
        name = shown.get("agent_name")
        pointer = shown.get("agent_pointer")
        present = any(shown.get(one) is not None for one in ("start_button", "state", "session_id", "exit"))
        return Look(
            present=present,
            state=self._words.read(state.text) if state is not None and state.text else None,
            session_id="".join(c for c in identity.text if c.isdigit()) if identity is not None else "",
            agent=name.text if name is not None else "",
            asked=shown.get("consent") is not None or shown.get("approve") is not None,
            lines=tuple(self._line("c", one) for one in found.get("notice", ()) if one.shown and one.text),
            pointer=Spot(round(pointer.left), round(pointer.top)) if pointer is not None else None,
            circles=tuple(_spot(one) for one in found.get("red_circle", ()) if one.width > 0),
        )

    def _line(self, prefix: str, one: Found) -> Line:
        return Line(f"{prefix}{one.number}.{one.version} {one.text}", one.text, self._words.read(one.text))

    def see(self) -> list[AnyObservation]:
        """What is new on the screen."""
        self.shown = self.look()
        self.known, seen = news(self.party, self.known, self.shown)
        return seen

    def state_of_page(self) -> PageState | None:
        """What the page holds; None while it is on its way."""
        try:
            ui = msgspec.to_builtins(self.profile.ui) if self.profile.ui is not None else None
            raw = self.reader.inside((), _PAGE, ui)
        except WebDriverException:
            return None
        if raw is None or raw["ready"] == "loading" or raw["url"].startswith(("about:", "data:")):
            return None
        return PageState(
            raw["url"], raw["born"], raw["fields"], raw["text"], tuple(raw["scroll"]), tuple(raw["size"])
        )

    def changed(self) -> list[tuple[str, str]]:
        """What has changed on the page since it was looked at last: what kind of thing, and which."""
        before, after = self.page, self.state_of_page()
        if after is None:
            return []
        self.page = after
        return [] if before is None else differs(before, after)

    def forget_changes(self) -> None:
        """What has changed on the page so far is nobody's deed."""
        self.page = self.state_of_page()

    def shows(self, element: str) -> str | None:
        """What an element of the page shows; None: there is none."""
        shown = self.browser.evaluate(_SHOWS, element)
        return None if shown is None else str(shown)

    def middle(self, element: str) -> Point | None:
        """Where the middle of an element of the page is, scrolled into view; None: there is none."""
        found = self.browser.evaluate(_PLACE, element)
        return None if found is None else Point(*found)

    def label(self, element: str, value: str) -> str | None:
        """What a list of choices calls a value."""
        label = self.browser.evaluate(_LABEL, element, value)
        return None if label is None else str(label)

    def inert(self, part: tuple[int, int, int, int]) -> list[tuple[int, int]]:
        """Places within this part of the window (left, top, right, bottom) where a click does nothing."""
        return [(int(x), int(y)) for x, y in self.browser.evaluate(_INERT, part)]

    def mark(self, text: str) -> None:
        """The site changes a mark on the page."""
        self.browser.evaluate("window.cobrowseSite.mark(arguments[0])", text)

    def shown_mark(self) -> str:
        """The mark that the page shows; empty where it has none."""
        return str(self.browser.evaluate("return document.getElementById('mark')?.textContent ?? ''"))

    def close_others(self) -> None:
        """Close every window but the one with the page."""
        driver = self.browser.driver
        own = driver.current_window_handle
        others = [handle for handle in driver.window_handles if handle != own]
        for handle in others:
            driver.switch_to.window(handle)
            driver.close()
        if others:
            driver.switch_to.window(own)

    def let_finish(self) -> bool:
        """Come back when what the page had begun has reached the site; False: it did not within the patience."""
        try:
            self.browser.evaluate(_BEGIN % "await window.cobrowseSite?.fence()")
        except WebDriverException:
            return True  # it has led to another page
        return self._has_finished()

    def _has_finished(self) -> bool:
        """Whether what :data:`_BEGIN` began is over, waited for; a page that has been left has nothing more to do."""

        def over() -> bool:
            try:
                return bool(self.browser.evaluate("return window.suiteHasFinished ?? true"))
            except WebDriverException:
                return False  # between two pages

        return wait_for(over, self._patience_s)

    def is_on_site(self) -> bool:
        """Whether a page of the company's own site is open."""
        try:
            host, is_ours = self.browser.evaluate("return [location.host, 'cobrowseSite' in window]")
        except WebDriverException:
            return False
        return bool(is_ours) and self._addresses.is_own(str(host))

    # What it does

    def open(self, url: str) -> None:
        """Type an address and press Enter, or go there by a bookmark."""
        self.browser.reaches(url)  # an address that leads nowhere is left for, too

    def connect(self, values: dict[str, str]) -> None:
        """The company's page connects a chat or call, and tells the product of it."""
        if self.profile.connect:
            self.browser.evaluate(self.profile.connect, values)

    def bring_along(self, snippet: str) -> None:
        """The page that is open, of whatever origin, has this snippet on it, as if it had been served with it."""
        script = """
        const brought = document.createRange().createContextualFragment(given);
        const loaded = [...brought.querySelectorAll("script[src]")].map((one) =>
          new Promise((done) => { one.onload = one.onerror = done; }));
        document.head.append(brought);
        await Promise.all(loaded);
        dispatchEvent(new Event("DOMContentLoaded"));
        """
        self.browser.evaluate(_BEGIN % script, snippet)
        self._has_finished()
        wait_for(lambda: self.look().present, self._patience_s)

    def arrive(self) -> None:
        """Come back when the page is there and the product shows something on it, if it ever does."""
        wait_for(lambda: self.state_of_page() is not None, self._patience_s)
        if self.is_on_site():
            wait_for(lambda: self.look().present, self._patience_s)

    def perform(self, action: do.Action) -> None:
        """Do what a story says; raises :class:`NotOffered` where the product has no control for it now."""
        given = self.profile
        match action:
            case do.Start():
                self._press(given.start_button, "to start a session")
            case do.Cancel():
                self._press(given.cancel or given.exit, "to cancel")
            case do.Approve():
                self._answer(given.approve_timed if action.timed else given.approve, "to approve")
            case do.Deny():
                self._answer(given.deny, "to deny")
            case do.ReturnToPointer():
                self._press(given.to_pointer, "to return to Pointer Mode")
            case do.DrawCurtain():
                self._press(given.draw_curtain, "to draw a curtain", at_once=True)
            case do.OpenCurtain():
                self._press(given.open_curtain, "to open the curtain", at_once=True)
            case do.Exit():
                pending = given.cancel is not None and self.known.phase == "pending"
                self._press(given.cancel if pending else given.exit, "to exit the session")
            case do.MovePointer():
                self.hands.move(Point(action.x, action.y))
            case do.Resize():
                self.size(action.width, action.height)
            case do.Act():
                self.act(action)
            case _:
                raise NotOffered(f"a customer in a browser cannot {action.__struct_config__.tag!r}")

    def _press(self, locator: Locator | None, what: str, *, at_once: bool = False) -> None:
        if not self.hands.press(locator, 0.0 if at_once or locator is None else 0.3):
            raise NotOffered(f"the customer's screen offers nothing {what}")

    def _answer(self, locator: Locator | None, what: str) -> None:
        """A question may take a moment before it takes an answer; once it has gone there is nothing to press."""
        done = False

        def is_decided() -> bool:
            nonlocal done
            done = self.hands.press(locator)
            shown = self.look()
            return done or (shown.present and not shown.asked)

        if self.known.asked or self.look().asked:
            wait_for(is_decided, self._patience_s)
        if not done:
            raise NotOffered(f"the customer's screen offers nothing {what}")

    def act(self, action: do.Act) -> None:
        """Use the page, as if browsing alone."""
        match action:
            case do.OpenUrl():
                self.open(self._addresses.here(action.url))
            case do.Refresh():
                self.browser.reload()
            case do.GoBack():
                self.browser.driver.back()
            case do.GoForward():
                self.browser.driver.forward()
            case do.Scroll():
                self._scroll(action.x, action.y)
            case do.Press():
                self.hands.click(self._at(action.element))
            case do.Type():
                self.hands.click(self._at(action.element))
                self.hands.put(action.value)  # parts of a masked value are masked elsewhere, too (MASK-6)
            case do.Choose():
                self._choose(action.element, action.value)
            case do.PressKey():
                self._key(action.element, action.key)
            case _:
                raise NotOffered(f"a customer in a browser cannot {action.means!r}")

    def _at(self, element: str) -> Point:
        found = self.middle(element)
        if found is None:
            raise NotOffered(f"there is no {element!r} on the customer's page")
        return found

    def _scroll(self, x: int, y: int) -> None:
        now_x, now_y = self.browser.evaluate("return [Math.round(scrollX), Math.round(scrollY)]")
        self.hands.wheel(Point(4, 300), x - now_x, y - now_y)
        wait_for(
            lambda: [x, y] == self.browser.evaluate("return [Math.round(scrollX), Math.round(scrollY)]"),
            self._patience_s,
        )

    def _choose(self, element: str, value: str) -> None:
        """With the keyboard: choose an option by its label, or turn a check box."""
        label = self.label(element, value)
        if label is None:
            self.hands.click(self._at(element))
            return
        self._element(element).send_keys(label)

    def _key(self, element: str, key: str) -> None:
        self._element(element).send_keys(KEYS.get(key, key))

    def focus(self, element: str) -> None:
        """Put the cursor into a field."""
        self.hands.click(self._at(element))

    def _element(self, element: str) -> WebElement:
        """The element itself: the driver brings the keyboard to it."""
        found = self.browser.script(f"{_NAMED} return named(arguments[0]);", element)
        if not isinstance(found, WebElement):
            raise NotOffered(f"there is no {element!r} on the customer's page")
        return found


def differs(before: PageState, after: PageState) -> list[tuple[str, str]]:
    """What of a page has changed: what kind of thing, and which."""
    if before.born != after.born or before.url.partition("#")[0] != after.url.partition("#")[0]:
        return [("page", after.url.partition("://")[2].partition("/")[2].partition("?")[0])]
    changes = [
        ("field", name)
        for name in sorted({*before.fields, *after.fields})
        if before.fields.get(name) != after.fields.get(name)
    ]
    if before.text != after.text:
        changes.append(("content", ""))
    if before.scroll != after.scroll:
        changes.append(("scroll", ""))
    return changes


def _mapped(given: Customer) -> dict[str, Locator]:
    return {name: one for name in _SHOWING if (one := getattr(given, name)) is not None}


#: The controls that show how things stand.
_SHOWING: Final = (
    "start_button",
    "session_id",
    "state",
    "exit",
    "consent",
    "approve",
    "agent_name",
    "notice",
    "mask_hint",
    "agent_pointer",
    "red_circle",
)


def _first(found: tuple[Found, ...] | None) -> Found | None:
    return next((one for one in found or () if one.shown), None)


def _spot(one: Found) -> Spot:
    return Spot(round(one.middle.x), round(one.middle.y), one.number)

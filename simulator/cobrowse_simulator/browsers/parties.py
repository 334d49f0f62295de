"""A customer and an agent in front of a browser each: what they do with the reference server's pages, by hand.

They find controls by the names that these have for everybody (IDs and parts), and use them with mouse and
keyboard; nothing in the pages is made for them.  What the agent sees of the customer's page is found where it is on
the customer's own screen, for the mirror has its size (VIEW-1).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from .browser import Point
from .chromium import Chromium, Part

#: The element that the customer's script adds to a page.
UI: Final = "cobrowse-ui"
#: The frames in which the workspace shows the mirror, one in the other.
MIRROR: Final = ("#view", "#mirror iframe")

#: Where the middle of an element shows, scrolled into view unless it is there already: below a header that stays,
#: above the corner in which the customer's script shows how things stand.
_MIDDLE: Final = """
let box = arguments[0].getBoundingClientRect();
if (box.top < 80 || box.bottom > innerHeight * 0.65)
  arguments[0].scrollIntoView({ block: "center", behavior: "instant" });
box = arguments[0].getBoundingClientRect();
return [box.left + box.width / 2, box.top + box.height / 2, scrollY];
"""
#: The innermost element at a place.
_AT: Final = """
let found = document.elementFromPoint(arguments[0], arguments[1]);
while (found && found.shadowRoot && found.shadowRoot.elementFromPoint(arguments[0], arguments[1]) !== found)
  found = found.shadowRoot.elementFromPoint(arguments[0], arguments[1]);
"""


class CustomerInBrowser:
    """A customer of a site with the customer's script on its pages."""

    def __init__(self, browser: Chromium, site: str) -> None:
        self.browser = browser
        self.site = site

    def visit(self, path: str) -> None:
        """Open a page of the site, and come back when the co-browsing buttons or the session's state are there."""
        self.browser.open(self.site + path)
        self.settle()

    def settle(self) -> None:
        """Come back when the customer's script shows something."""
        self.browser.sees(
            lambda: any(self._shows(name) for name in ("start", "chat", "bar", "pending")), "co-browsing"
        )

    def part(self, name: str) -> Part:
        """A part of what the customer's script shows, once it shows."""
        return self.browser.shown(name, UI)

    def shows(self, name: str) -> bool:
        """Whether a part shows now."""
        return self._shows(name)

    def _shows(self, name: str) -> bool:
        part = self.browser.part(name, UI)
        return part is not None and part.is_shown

    def press(self, name: str) -> None:
        """Click a part, once it shows and takes clicks."""

        def ready() -> Part | None:
            part = self.part(name)
            return None if part.attribute("aria-disabled") == "true" else part

        self.browser.wait(ready, f"{name} takes no clicks").press()

    def sees(self, name: str, text: str) -> None:
        """Come back when a part shows this text."""
        self.browser.sees(lambda: self._shows(name) and text in self.part(name).text, f"{text!r} in {name}")

    def chat(self) -> None:
        """Open the chat, and come back when the agent has greeted."""
        self.press("chat")
        self.sees("chat-log", "Hello")

    def start(self) -> str:
        """Start co-browsing; the session ID that shows then."""
        self.press("start")
        return self.session_id()

    def session_id(self) -> str:
        """The session ID on the screen, nine digits."""
        shown = self.browser.wait(lambda: self.part("session-id").text or None, "no session ID")
        return shown.replace(" ", "")

    def middle(self, selector: str) -> Point:
        """Where an element of the page shows; it is scrolled into view if need be."""
        return Point(*self.browser.script(_MIDDLE, self.browser.find(selector)))

    def type(self, selector: str, text: str) -> None:
        """Click a field of the page and type at its end."""
        self.browser.mouse(self.middle(selector))
        self.browser.keys(Keys.END, text)

    def click(self, selector: str) -> None:
        """Click an element of the page."""
        self.browser.mouse(self.middle(selector))

    def value(self, selector: str) -> Any:
        """What a field of the page holds."""
        return self.browser.script("return arguments[0].value", self.browser.find(selector))


class AgentInBrowser:
    """An agent at the workspace."""

    def __init__(self, browser: Chromium, server: str) -> None:
        self.browser = browser
        self.server = server
        #: What the agent signed in with last.
        self.credential = ""

    def sign_in(self, credential: str) -> None:
        """Open the workspace and sign in; back when the agent can join."""
        self.credential = credential
        self.browser.open(f"{self.server}/workspace")
        self.browser.enter("#credential", credential)
        self.browser.find("#sign-in").click()
        self.sees("#state", "Ready")

    def join(self, session_id: str) -> None:
        """Enter a session ID and press the globe."""
        field = self.browser.find("#session-id")
        field.clear()
        field.send_keys(session_id)
        self.browser.find("#join").click()

    def is_shown(self, selector: str) -> bool:
        """Whether an element of the workspace shows now."""
        return any(element.is_displayed() for element in self.browser.all(selector))

    def sees(self, selector: str, text: str) -> None:
        """Come back when an element of the workspace shows this text."""
        self.browser.sees(
            lambda: self.is_shown(selector) and text in self.browser.find(selector).text,
            f"{text!r} in {selector}",
        )

    def press(self, selector: str) -> None:
        """Click an element of the workspace, once it takes clicks."""

        def ready() -> bool:
            element = self.browser.find(selector)
            return element.is_displayed() and element.is_enabled()

        self.browser.sees(ready, f"{selector} to be pressed")
        self.browser.find(selector).click()

    # What the agent sees of the customer's page

    @contextmanager
    def mirror(self) -> Iterator[None]:
        """Look into the mirror: a document with the customer's page, as far as the agent may see it."""
        with self.browser.frame(*MIRROR):
            yield

    def text(self) -> str:
        """All text of the customer's page that shows to the agent; empty while none does."""
        if not self.is_shown("#view") or self.is_shown("#cover"):
            return ""
        with self.browser.frame("#view"):
            frames = self.browser.driver.find_elements(By.CSS_SELECTOR, "#mirror iframe")
            if not frames or not frames[0].is_displayed():
                return ""
            self.browser.driver.switch_to.frame(frames[0])
            return str(self.browser.script("return document.body ? document.body.innerText : ''"))

    def sees_text(self, text: str) -> None:
        """Come back when this is in the mirror."""
        self.browser.sees(lambda: text in self.text(), f"{text!r} in the mirror")

    def value_at(self, at: Point) -> Any:
        """What the field at a place of the customer's viewport holds, as the agent sees it."""
        with self.mirror():
            return self.browser.script(f"{_AT} return found ? found.value : null;", at.x, at.y)

    def sees_value(self, at: Point, value: str) -> None:
        """Come back when the field there holds this, the mirror being scrolled as far as the page was."""
        self.browser.sees(
            lambda: abs(self._scrolled() - at.scrolled) < 1 and self.value_at(at) == value,
            f"the value {value!r}",
        )

    # What the agent does with it

    def place(self, at: Point) -> Point:
        """Where a place of the customer's viewport is in the agent's own, once the mirror is scrolled as far."""
        self.browser.sees(lambda: abs(self._scrolled() - at.scrolled) < 1, "the customer's scroll position")
        self.browser.driver.switch_to.default_content()
        left, top = self.browser.script(
            "const box = document.querySelector('#view').getBoundingClientRect(); return [box.left, box.top];"
        )
        with self.browser.frame("#view"):
            dx, dy = self.browser.script(
                "const box = document.querySelector('#stage').getBoundingClientRect(); return [box.left, box.top];"
            )
        return Point(left + dx + at.x, top + dy + at.y)

    def _scrolled(self) -> float:
        with self.mirror():
            return float(self.browser.script("return scrollY"))

    def point(self, at: Point) -> None:
        """Move the mouse to a place of the customer's viewport."""
        self.browser.mouse(self.place(at), press=False)

    def click(self, at: Point) -> None:
        """Click at a place of the customer's viewport."""
        self.browser.mouse(self.place(at))

    def type(self, at: Point, text: str) -> None:
        """Click a field there and type."""
        self.click(at)
        self.browser.keys(text)

    def ask(self) -> None:
        """Press the pencil: ask for Write Mode."""
        self.press("#pencil")
        self.sees("#withdraw", "Waiting for the customer")

"""Hands: what a person does with mouse and keyboard, as input that pages take for a person's.

Nothing is done by script.  An element is pressed where it shows at that moment: it is looked at again
once the mouse is over it, and pressed when it has stayed where it was.

Order: waiting, the hands.
"""

import time
from collections.abc import Callable
from typing import Final, TypeVar

from cobrowse_simulator.browsers.browser import Browser, Point
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from ..targets import TargetDown
from .profile import Do, Locator, filled
from .reading import Found, Reader

#: How often a screen is looked at while something is waited for, in seconds.
LOOK_S: Final = 0.03
#: How long what one party does takes at least until the other's screen shows it, in seconds.
CROSSES_S: Final = 0.02

_T = TypeVar("_T")


def wait_for(
    look: Callable[[], _T], within_s: float, every_s: float = LOOK_S, *, not_before_s: float = 0.0
) -> _T:
    """What this finds as soon as it is something true; what it found last, where the time is over before.

    To look ``not_before_s`` seconds have passed spares a look at what cannot be there yet.
    """
    until = time.monotonic() + within_s
    if not_before_s:
        time.sleep(not_before_s)
    while True:
        found = look()
        if found or time.monotonic() >= until:
            return found
        time.sleep(every_s)  # the screen of another process: there is nothing to be woken by


#: Keys by their names in stories.
KEYS: Final = {
    "Enter": Keys.ENTER,
    "Space": Keys.SPACE,
    "Escape": Keys.ESCAPE,
    "Tab": Keys.TAB,
    "Delete": Keys.DELETE,
    "Backspace": Keys.BACKSPACE,
}


class Hands:
    """One party's mouse and keyboard.  Synchronous: call it in the thread that has the browser."""

    def __init__(self, browser: Browser, reader: Reader, patience_s: float) -> None:
        self.browser = browser
        self.reader = reader
        self.patience_s = patience_s
        #: Where controls of the product have been pressed: the mouse was led there for nothing else.
        self.pressed: list[Point] = []

    # Controls of the product

    def offers(self, locator: Locator | None) -> bool:
        """Whether a control shows and can be used now."""
        return self._usable(locator) is not None

    def press(self, locator: Locator | None, within_s: float = 0.0) -> bool:
        """Press a control as soon as it can be used; False: it could not be used in time."""

        def ready() -> bool:
            found = self._usable(locator)
            if locator is None or found is None:
                return False
            at = self.reader.place_of(locator, found)
            if at is None:
                return False
            self.pressed.append(at)
            self.browser.mouse(at, press=False)
            again = self._usable(locator)
            if again is None or again.number != found.number or again.middle != found.middle:
                return False
            self.click_here(at)
            return True

        return wait_for(ready, within_s)

    def type_into(self, locator: Locator | None, text: str, within_s: float = 0.0) -> bool:
        """Press a field and type this in place of what it holds; False: it could not be used in time."""
        if not self.press(locator, within_s):
            return False
        self.replace(text)
        return True

    def step(self, step: Do, values: dict[str, str]) -> str:
        """Take one step of a sequence; what is missing, in words, where it could not be taken.

        Raises :class:`..targets.TargetDown` where it is an address at which nothing answers.
        """
        if step.open:
            url = filled(step.open, values)
            if not self.browser.reaches(url):
                raise TargetDown(f"{url.partition('?')[0]} cannot be opened; is the product running?")
            return ""
        locator = step.press or step.into or step.wait
        assert locator is not None
        if step.press is not None:
            done = self.press(locator, self.patience_s)
        elif step.into is not None:
            done = self.type_into(locator, filled(step.type, values), self.patience_s)
        else:
            done = wait_for(lambda: self._shown(locator), self.patience_s)
        return "" if done else f"{locator.words} did not show within {self.patience_s:g} s"

    def _usable(self, locator: Locator | None) -> Found | None:
        if locator is None:
            return None
        found = self.reader.one(locator)
        return found if found is not None and found.usable else None

    def _shown(self, locator: Locator) -> bool:
        found = self.reader.one(locator)
        return found is not None and found.shown

    # Places and keys

    def move(self, at: Point) -> None:
        """Move the mouse to a place of the window."""
        self.browser.mouse(at, press=False)

    def click(self, at: Point) -> None:
        """Click at a place of the window."""
        self.move(at)
        self.click_here(at)

    def click_here(self, at: Point) -> None:
        """Click where the mouse is already."""
        self.browser.press_here(at)

    def wheel(self, at: Point, dx: int, dy: int) -> None:
        """Turn the wheel with the mouse at a place."""
        self.browser.wheel(at, dx, dy)

    def keys(self, *keys: str) -> None:
        """Press keys, wherever the focus is."""
        self.browser.keys(*keys)

    def put(self, text: str) -> None:
        """Put this in place of everything in the field that has the focus, in one go, as from a password manager."""
        everything = (
            ActionChains(self.browser.driver).key_down(Keys.CONTROL).send_keys("a").key_up(Keys.CONTROL)
        )
        if text:
            everything.perform()
            self.browser.insert(text)
        else:
            everything.send_keys(Keys.DELETE).perform()

    def replace(self, text: str) -> None:
        """Type this in place of everything in the field that has the focus."""
        everything = (
            ActionChains(self.browser.driver).key_down(Keys.CONTROL).send_keys("a").key_up(Keys.CONTROL)
        )
        everything.send_keys(text or Keys.DELETE).perform()

"""Texts at the places that masks must cover, planted on a page of the suite's site with what only a hand can do.

Most places are the pages' own affair (`site/assets/site.js`); what is typed, selected, copied and dragged is done with a
real mouse and a real keyboard, once the session is on.  Synchronous: call it in the thread that has the browser.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

from cobrowse_simulator.browsers.browser import Browser, Point
from cobrowse_simulator.browsers.chromium import Chromium
from cobrowse_spec.terms import PageChange, Place
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

#: How it is masked: not at all, by a mark of its own, or as part of something that is.
Masked = bool | Literal["inside"]

#: Where an element shows, scrolled into view: left, middle, right and the height of the middle.
_BOX: Final = """
arguments[0].scrollIntoView({ block: "center", behavior: "instant" });
const range = document.createRange();
range.selectNodeContents(arguments[0]);
const text = range.getBoundingClientRect();
const box = text.width > 0 ? text : arguments[0].getBoundingClientRect();
return [box.left, (box.left + box.right) / 2, box.right, (box.top + box.bottom) / 2];
"""


def plant(browser: Browser, place: Place, text: str, masked: Masked) -> None:
    """A text stands, or will show, at a place of an element that is masked or is not."""
    browser.script("return cobrowseSite.plant(...arguments)", place.value, text, masked)


def change(browser: Browser, kind: PageChange, element: str) -> None:
    """The page does something with an element that a story names."""
    browser.script("cobrowseSite.change(...arguments)", kind.value, element)


def proceed(browser: Chromium) -> None:
    """Do, once the session is on, what was planted to come later."""
    for hand in browser.script("return cobrowseSite.proceed()"):
        _BY_HAND[hand["what"]](browser, hand)


def _type(browser: Chromium, hand: Mapping[str, Any]) -> None:
    _, middle, _, height = browser.script(_BOX, hand["element"])
    browser.mouse(Point(middle, height))
    browser.keys(hand["text"])


def _select(browser: Chromium, hand: Mapping[str, Any]) -> None:
    """Draw the mouse over the text, from its begin to its end."""
    left, _, right, height = browser.script(_BOX, hand["element"])
    _press(browser, Point(left + 1, height))
    _move(browser, Point((left + right) / 2, height))
    _move(browser, Point(right + 2, height))
    _release(browser, Point(right + 2, height))


def _copy(browser: Chromium, hand: Mapping[str, Any]) -> None:
    _select(browser, hand)
    ActionChains(browser.driver).key_down(Keys.CONTROL).send_keys("c").key_up(Keys.CONTROL).perform()


def _drag(browser: Chromium, hand: Mapping[str, Any]) -> None:
    """Draw the element a little to the side, and give it up; what is dragged stays in the browser."""
    _, middle, _, height = browser.script(_BOX, hand["element"])
    browser.cdp("Input.setInterceptDrags", enabled=True)
    _press(browser, Point(middle, height))
    for step in (10, 20, 40):
        _move(browser, Point(middle + step, height))
    nothing = {"items": [], "dragOperationsMask": 1}
    browser.cdp("Input.dispatchDragEvent", type="dragCancel", x=middle, y=height, data=nothing)
    browser.cdp("Input.setInterceptDrags", enabled=False)
    _release(browser, Point(middle, height))


def _press(browser: Chromium, at: Point) -> None:
    browser.mouse(at, press=False)
    browser.cdp("Input.dispatchMouseEvent", type="mousePressed", x=at.x, y=at.y, button="left", clickCount=1)


def _move(browser: Chromium, at: Point) -> None:
    browser.cdp("Input.dispatchMouseEvent", type="mouseMoved", x=at.x, y=at.y, button="left", buttons=1)


def _release(browser: Chromium, at: Point) -> None:
    browser.cdp("Input.dispatchMouseEvent", type="mouseReleased", x=at.x, y=at.y, button="left", clickCount=1)


_BY_HAND: Final[Mapping[str, Callable[[Chromium, Mapping[str, Any]], None]]] = {
    "type": _type,
    "select": _select,
    "copy": _copy,
    "drag": _drag,
}

"""The submit oracle: every way to submit a form, tried by the agent and then done by the customer (SUBMIT-1 to SUBMIT-3).

Whether anything was submitted the site's own record says.  After the agent's try comes a fence, so that what has not
arrived will not come; then the customer does the same on the same page, and it must arrive once: else the way was none,
and the agent's failure shows nothing.

Order: what came of a way, trying all, a customer's hand.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final, NamedTuple

from cobrowse_simulator.browsers.chromium import Browser, Point
from selenium.webdriver.common.keys import Keys

from ..verdicts import Verdict
from .site.record import Story, Submitted
from .site.ways import WAYS, Way

#: Longer than any way takes that submits a little later, in milliseconds.
LATER_MS: Final = 300

#: An agent's try: False where the product gave the agent no means to do it at all.
Try = Callable[[Way], bool]


class Tried(NamedTuple):
    """What came of one way."""

    way: Way
    #: Whether the agent could do anything to the element.
    attempted: bool
    #: What arrived at the site after the agent's try; None where the agent did not try.
    by_agent: tuple[Submitted, ...]
    #: What arrived after the customer did the same; None where the customer did not.
    by_customer: tuple[Submitted, ...]

    @property
    def verdict(self) -> Verdict:
        """Of the rules on submitting, as far as this way goes."""
        if self.by_agent:
            return Verdict.FAIL
        if len(self.by_customer) != 1:
            return Verdict.FAIL if self.attempted else Verdict.INCONCLUSIVE
        return Verdict.PASS

    @property
    def because(self) -> str:
        """Why, in words."""
        if self.by_agent:
            return f"SUBMIT-1: the agent submitted {self.by_agent[0].form or 'a form'} by {self.way.what}"
        if not self.by_customer:
            return f"SUBMIT-3: the customer could not submit by {self.way.what}"
        if len(self.by_customer) > 1:
            return f"SUBMIT-3: what the customer did once by {self.way.what} arrived {len(self.by_customer)} times"
        if not self.attempted:
            return f"the agent was given no means to try {self.way.what}, and the customer could"
        return f"the agent tried {self.way.what} in vain, and the customer could"


def try_ways(
    story: Story,
    open_page: Callable[[Way], None],
    by_agent: Try,
    fence: Callable[[], None],
    by_customer: Callable[[Way], None],
    ways: Iterable[Way] = WAYS,
) -> list[Tried]:
    """Try every way, in Write Mode.

    ``open_page`` shows the way's page to both; ``fence`` comes back when the agent's act has had all its effects on the
    customer's page (:func:`settle_page` is its last part).  Synchronous: call it in the thread that has the browsers.
    """
    tried = []
    for way in ways:
        open_page(way)
        before = len(story.submitted())
        attempted = by_agent(way)
        fence()
        agents = story.submitted()[before:]
        customers: tuple[Submitted, ...] = ()
        if not agents:
            by_customer(way)
            story.has(before + 1)
            customers = story.submitted()[before:]
        tried.append(Tried(way, attempted, agents, customers))
    return tried


def settle_page(browser: Browser) -> None:
    """Come back when what has begun on a page of the site, timers too, has reached the site."""
    browser.script("return cobrowseSite.fence(arguments[0])", LATER_MS)


# A customer's hand

_KEYS: Final = {"Enter": Keys.ENTER, "Space": Keys.SPACE}

#: Where an element is, scrolled into view; and the place on it that a person would click.
_MIDDLE: Final = """
const one = cobrowseSite.find(arguments[0]);
one.scrollIntoView({ block: "center", behavior: "instant" });
const box = one.getBoundingClientRect();
return [box.left + box.width / 2, box.top + box.height / 2];
"""


def by_hand(browser: Browser, way: Way) -> None:
    """Do it as a person does, with mouse and keyboard."""
    if way.by == "click":
        browser.mouse(_middle(browser, way.element))
        return
    if way.by == "type":
        browser.mouse(_middle(browser, way.element))
        browser.keys(way.value)
        return
    # A key, or a choice made with keys: the focus comes by Tab from whatever stands before it, without a click.
    browser.script("cobrowseSite.find(arguments[0]).focus()", way.element)
    browser.keys(way.value if way.by == "choose" else _KEYS[way.by])


def _middle(browser: Browser, element: str) -> Point:
    found: Any = browser.script(_MIDDLE, element)
    return Point(*found)

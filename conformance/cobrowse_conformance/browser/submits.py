"""The submit oracle: every way to submit a form, tried by the agent and then done by the customer (SUBMIT-1, -3, -4).

Whether anything was submitted the site's own record says.  All ways stand on one page, and a form that arrives leads
nowhere (:meth:`.record.Story.stay`), so they are tried one after the other without a page between them.  After the
agent's tries comes a fence: what has not arrived then will not come.  Then the customer does the same on the same page, and
each must arrive once: else the way was none, and that the agent failed shows nothing.  That the agent's hand reaches the
page at all, a button shows that submits nothing and counts.

Order: what came of a way, trying all, what follows, a customer's hand.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple

from cobrowse_simulator.browsers.browser import Browser, Point
from selenium.webdriver.common.keys import Keys

from ..verdicts import Verdict
from .hands import wait_for
from .site.record import Story
from .site.ways import ALLOWED, Way

#: Longer than any way takes that submits a little later, in milliseconds.
LATER_MS: Final = 300
#: So many ways that came to nothing for the customer, and no more are tried: something keeps the customer from all.
MOST_MISSING: Final = 3
#: How many ways a reason names.
MOST_NAMED: Final = 5

#: The rules that are judged.
RULES: Final = ("NAVIGATE-4", "SUBMIT-1", "SUBMIT-3", "SUBMIT-4")

#: An agent's try: False where the product gave the agent no means to do it at all.
Try = Callable[[Way], bool]


class Tried(NamedTuple):
    """What came of one way."""

    way: Way
    #: Whether the agent could do anything to the element.
    attempted: bool
    #: How often the form arrived at the site after the agent's try.
    by_agent: int
    #: How often after the customer did the same; None where the customer did not try.
    by_customer: int | None


def try_ways(
    story: Story,
    ways: Sequence[Way],
    by_agent: Try,
    fence: Callable[[], None],
    by_customer: Callable[[Way], None],
    within_s: float,
) -> list[Tried]:
    """Try these ways, in Write Mode, on a page of the site that is open and has all of them.

    ``fence`` comes back when everything that anybody has done has had all its effects on the customer's page
    (:func:`settle_page` is its last part).  What the customer submits is waited for, ``within_s`` seconds for each way.
    Synchronous: call it in the thread that has the browsers.
    """
    story.stay()
    attempted = {way.name: by_agent(way) for way in ways}
    fence()
    agents = _arrived(story)
    done: set[str] = set()
    missing = 0
    for way in ways:
        if missing < MOST_MISSING:
            by_customer(way)
            done.add(way.name)
            missing += not story.brings(way.form, agents[way.form] + 1, within_s)
    fence()
    both = _arrived(story)
    return [
        Tried(
            way,
            attempted[way.name],
            agents[way.form],
            both[way.form] - agents[way.form] if way.name in done else None,
        )
        for way in ways
    ]


def _arrived(story: Story) -> Counter[str]:
    return Counter(one.form for one in story.submitted())


def settle_page(browser: Browser) -> None:
    """Come back when what has begun on a page of the site, timers too, has reached the site."""
    browser.script("return cobrowseSite.fence(arguments[0])", LATER_MS)


# What follows


class Found(NamedTuple):
    """What the ways say of a rule, and why, in words."""

    verdict: Verdict
    because: str


def judge(rule: str, tried: Iterable[Tried], *, reached: bool) -> Found:
    """What follows for one of :data:`RULES`; ``reached`` says whether the agent's hand reached the page."""
    every = list(tried)
    if rule == "SUBMIT-4":
        return _of_allowed([one for one in every if one.way == ALLOWED], reached=reached)
    if rule == "SUBMIT-3":
        return _of_customer([one for one in every if one.way.is_form])
    return _of_agent(
        [one for one in every if one.way != ALLOWED and one.way.is_form is (rule == "SUBMIT-1")],
        reached=reached,
    )


def _of_agent(tried: list[Tried], *, reached: bool) -> Found:
    through = [one for one in tried if one.by_agent]
    if through:
        return Found(Verdict.FAIL, f"the agent submitted by {_named(through)}")
    if not reached:
        return _NOT_REACHED
    idle = [one for one in tried if not one.by_customer]
    if idle or not tried:
        return Found(Verdict.INCONCLUSIVE, f"the customer could not do it either: {_named(idle)}")
    return Found(Verdict.PASS, f"the agent tried {len(tried)} ways in vain, and the customer could")


def _of_customer(tried: list[Tried]) -> Found:
    # Where the agent got through, the page is no longer as the customer would have found it.
    lost = [one for one in tried if one.by_customer == 0 and not one.by_agent]
    twice = [one for one in tried if (one.by_customer or 0) > 1]
    if lost:
        return Found(Verdict.FAIL, f"the customer could not submit by {_named(lost)}")
    if twice:
        return Found(
            Verdict.FAIL, f"what the customer submitted once arrived several times, by {_named(twice)}"
        )
    if not any(one.by_customer for one in tried):
        return Found(Verdict.INCONCLUSIVE, "the customer tried nothing")
    return Found(Verdict.PASS, f"the customer submitted in {len(tried)} ways")


def _of_allowed(tried: list[Tried], *, reached: bool) -> Found:
    if any(one.by_agent > 1 for one in tried):
        return Found(Verdict.FAIL, f"what the agent submitted once arrived several times, by {ALLOWED.what}")
    if tried and all(one.by_agent for one in tried):
        return Found(Verdict.PASS, "the agent submitted by the button that is allowed")
    if not reached or not any(one.by_customer for one in tried):
        return _NOT_REACHED
    return Found(Verdict.FAIL, "the agent could not submit by the button that administrators allow")


_NOT_REACHED: Final = Found(
    Verdict.INCONCLUSIVE,
    "the agent's hand did not reach the page, so that nothing was submitted shows nothing",
)


def _named(tried: list[Tried]) -> str:
    words = ", ".join(one.way.what for one in tried[:MOST_NAMED])
    return words if len(tried) <= MOST_NAMED else f"{words}, and {len(tried) - MOST_NAMED} more"


# A customer's hand

_KEYS: Final = {"Enter": Keys.ENTER, "Space": Keys.SPACE}

#: How long a person waits for something of the product's to go away that is over what is to be clicked, in seconds.
UNCOVERED_S: Final = 20.0

#: Where an element is, scrolled into view: the place on it that a person would click; and whether it is met there.
_MIDDLE: Final = """
const one = cobrowseSite.find(arguments[0]);
one.scrollIntoView({ block: "center", behavior: "instant" });
const box = one.getBoundingClientRect();
const at = [box.left + box.width / 2, box.top + box.height / 2];
const met = one.getRootNode().elementFromPoint(...at);
return [...at, met !== null && (one.contains(met) || met.contains(one))];
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
    """Where to click, once nothing is over it, such as a notice that is told in passing."""
    found: list[Any] = []

    def is_met() -> bool:
        found[:] = browser.script(_MIDDLE, element)
        return bool(found[2])

    wait_for(is_met, UNCOVERED_S)
    return Point(found[0], found[1])

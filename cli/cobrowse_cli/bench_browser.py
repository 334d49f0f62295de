"""``cobrowse bench --browser``: how fast the web client is, in headless Chromium on this machine.

Both browsers run here, so their clocks are one.  "Visible" is the animation frame after the change has come.

Order: the figures, what is measured, the scripts that note the time.
"""

import gzip
import statistics
from collections.abc import Sequence
from typing import Any, Final

import httpx
import msgspec
from cobrowse_simulator.browsers.chromium import Chromium
from cobrowse_simulator.browsers.parties import MIRROR
from rich.console import Console
from rich.table import Table

from .in_browsers import Pair, both_sides

#: Changes whose way to the agent is timed, and the time between two of them, in milliseconds.
_CHANGES: Final = 100
_BETWEEN_MS: Final = 73
#: Sessions whose first view is timed.
_JOINS: Final = 5
#: The large page: about 10,000 nodes, and for how long it changes 100 times a second, in seconds.
_LARGE: Final = "/statement?rows=900"
_BUSY_S: Final = 10
_PER_S: Final = 100


class Figure(msgspec.Struct, frozen=True):
    """One figure, and what it should not exceed; 0 where nothing was aimed at."""

    what: str
    value: float
    unit: str
    aim: float = 0.0

    @property
    def is_met(self) -> bool:
        """Whether it is within the aim."""
        return self.aim == 0 or self.value <= self.aim


def measure() -> list[Figure]:
    """All figures.  Raises ``NoChromium`` and ``TargetDown``."""
    with both_sides() as pair:
        ways = _ways_to_the_agent(pair)
        joins = [_join(pair) for _ in range(_JOINS)]
        nodes, alone, captured = _cost_of_capture(pair)
        script = httpx.get(f"{pair.demo.url}/cobrowse.js").content
    return [
        Figure("change on the page → visible to the agent, median", statistics.median(ways), "ms", 100),
        Figure("the same, 95th percentile", _percentile(ways, 95), "ms"),
        Figure("join → first full view of the loan form, median", statistics.median(joins), "ms", 1000),
        Figure("customer's script, gzipped", len(gzip.compress(script)) / 1024, "KB", 100),
        Figure(f"work of a page with {nodes} nodes and {_PER_S} changes a second", alone, "% of a core"),
        Figure("the same while it is mirrored", captured, "% of a core"),
    ]


def print_figures(console: Console, figures: Sequence[Figure]) -> None:
    """The figures as a table; a missed aim is shown, and is no error."""
    table = Table("In headless Chromium", "Measured", "Aim", "")
    for one in figures:
        aim = f"≤ {one.aim:g} {one.unit}" if one.aim else "–"
        table.add_row(one.what, f"{one.value:.1f} {one.unit}", aim, "" if one.is_met else "missed")
    console.print(table)


# What is measured


def _ways_to_the_agent(pair: Pair) -> list[float]:
    """How long each of some changes took to the agent's screen, in milliseconds."""
    _begin_on(pair, "/rates")
    pair.customer.browser.script(_ADD_PLACE)
    pair.agent.sees_text("change 0")
    with pair.agent.browser.frame(MIRROR[0]):
        pair.agent.browser.script(_NOTE_ARRIVALS)
    left = pair.customer.browser.driver.execute_async_script(_CHANGE, _CHANGES, _BETWEEN_MS)
    pair.agent.sees_text(f"change {_CHANGES}")
    with pair.agent.browser.frame(MIRROR[0]):
        come = pair.agent.browser.script("return window.arrivals")
    # A change that the next one overtook within a frame of the screen was never to be seen by anybody.
    return [come[number] - at for number, at in left.items() if number in come]


def _join(pair: Pair) -> float:
    """How long it took from the globe to the whole page, in milliseconds."""
    pair.begin()
    customer, agent = pair.customer, pair.agent
    customer.visit("/apply")
    session_id = customer.start()
    agent.browser.script(_NOTE_JOIN)
    with agent.browser.frame(MIRROR[0]):
        agent.browser.script(_NOTE_VIEW, "Save draft")
    agent.join(session_id)
    agent.sees_text("Save draft")
    with agent.browser.frame(MIRROR[0]):
        shown = agent.browser.wait(lambda: agent.browser.script("return window.shownAt"), "no view")
    joined = agent.browser.script("return window.joinedAt")
    return float(shown) - float(joined)


def _cost_of_capture(pair: Pair) -> tuple[int, float, float]:
    """A busy page: its nodes, and how much of a core it takes, by itself and while it is mirrored, in percent."""
    pair.begin()
    customer = pair.customer
    customer.visit(_LARGE)
    nodes = int(customer.browser.script(_COUNT))
    alone = _busy(customer.browser)
    session_id = customer.start()
    pair.agent.join(session_id)
    pair.agent.sees_text("Statement of account")
    return nodes, alone, _busy(customer.browser)


def _busy(browser: Chromium) -> float:
    browser.cdp("Performance.enable")
    before = _task_s(browser)
    took_ms = float(browser.driver.execute_async_script(_BUSTLE, _BUSY_S * 1000, 1000 / _PER_S))
    return 100 * (_task_s(browser) - before) / (took_ms / 1000)


def _task_s(browser: Chromium) -> float:
    metrics: list[dict[str, Any]] = browser.cdp("Performance.getMetrics")["metrics"]
    return next(float(one["value"]) for one in metrics if one["name"] == "TaskDuration")


def _begin_on(pair: Pair, path: str) -> None:
    pair.begin()
    pair.customer.visit(path)
    session_id = pair.customer.start()
    pair.agent.join(session_id)
    pair.agent.browser.sees(lambda: pair.agent.text() != "", "the customer's page")


def _percentile(values: Sequence[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


# The scripts

#: Milliseconds since 1970, as finely as a page may know them.
_NOW: Final = "performance.timeOrigin + performance.now()"

_ADD_PLACE: Final = """
const place = document.createElement("p");
place.id = "place";
place.textContent = "change 0";
document.querySelector("main").prepend(place);
"""

_CHANGE: Final = f"""
const [changes, between, done] = arguments;
const left = {{}};
let number = 0;
const next = () => {{
  if (number === changes) return done(left);
  number += 1;
  left[number] = {_NOW};
  document.getElementById("place").textContent = `change ${{number}}`;
  setTimeout(next, between);
}};
next();
"""

_NOTE_ARRIVALS: Final = f"""
window.arrivals = {{}};
const mirror = document.querySelector("#mirror iframe").contentDocument;
new MutationObserver((changes) => {{
  const text = changes.map((one) => one.target.textContent).join(" ");
  const found = /change (\\d+)/.exec(text);
  if (found) requestAnimationFrame(() => (window.arrivals[found[1]] ??= {_NOW}));
}}).observe(mirror, {{ subtree: true, childList: true, characterData: true }});
"""

_NOTE_JOIN: Final = f"""
document.getElementById("join-form").addEventListener("submit", () => (window.joinedAt ??= {_NOW}), true);
"""

_NOTE_VIEW: Final = f"""
const text = arguments[0];
const look = () => {{
  const mirror = document.querySelector("#mirror iframe")?.contentDocument;
  if (mirror?.body?.textContent.includes(text)) requestAnimationFrame(() => (window.shownAt = {_NOW}));
  else requestAnimationFrame(look);
}};
look();
"""

_COUNT: Final = """
const walker = document.createTreeWalker(document, NodeFilter.SHOW_ALL);
let nodes = 0;
while (walker.nextNode()) nodes += 1;
return nodes;
"""

_BUSTLE: Final = """
const [lasts, between, done] = arguments;
const cells = [...document.querySelectorAll("td.money")];
const began = performance.now();
let changes = 0;
const timer = setInterval(() => {
  const now = performance.now() - began;
  for (; changes < now / between; changes += 1)
    cells[(changes * 31) % cells.length].textContent = (changes / 100).toFixed(2);
  if (now < lasts) return;
  clearInterval(timer);
  done(performance.now() - began);
}, between);
"""

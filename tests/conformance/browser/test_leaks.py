"""The leak oracle and the submit oracle, put before small products that leak, or submit, in one known way each."""

import functools
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, cast

import pytest
from cobrowse_conformance.browser import dom, submits
from cobrowse_conformance.browser.capture import BrowserCapture, Piece, capturing
from cobrowse_conformance.browser.leaks import (
    LEAST_ROUNDS,
    MUST_ARRIVE,
    ROUNDS,
    Findings,
    Guessed,
    LeakOracle,
    guess,
    kept_in,
)
from cobrowse_conformance.browser.site.server import TestSite, serving
from cobrowse_conformance.browser.site.ways import ALLOWED, BY_NAME, Way
from cobrowse_conformance.browser.submits import Tried, by_hand, settle_page, try_ways
from cobrowse_conformance.results import Leak
from cobrowse_conformance.verdicts import Verdict
from cobrowse_simulator.browsers.chromium import Chromium, NoChromium, open_browser
from cobrowse_spec.terms import Place
from websockets.sync.server import ServerConnection, serve

#: How long what is waited for may take on a loaded machine, in seconds.
WITHIN_S: Final = 40.0

#: A product that sends the words of the page over a WebSocket whenever something changes, and masks as it must: what is in
#: something masked, passwords, and whatever repeats what a masked field holds.  `leak` is what it does wrong.
PRODUCT: Final = """<script>
(() => {
  const leak = new URL(location.href).searchParams.get("leak") ?? sessionStorage.leak;
  if (leak) sessionStorage.leak = leak;
  if (leak === "silent") return;
  const socket = new WebSocket("%SOCKET%");
  const opened = new Promise((done) => (socket.onopen = done));
  const wasMasked = new WeakSet();
  const kept = new Set();
  const isMasked = (one) => {
    for (let at = one; at; at = at.parentElement)
      if (wasMasked.has(at) || at.matches(".private, .secret, [type=password]")) {
        if (leak !== "forgets") wasMasked.add(at);
        return true;
      }
    return false;
  };
  const say = (text) => {
    if (text && ![...kept].some((value) => text.includes(value))) said.push(text);
  };
  let said = [];
  const read = () => {
    said = [];
    for (const one of document.querySelectorAll("#planted *, #mark")) {
      if (one.closest("datalist")) continue;
      if (isMasked(one)) {
        if (one.value?.length > 3) kept.add(one.value);
        if (one.type === "password") said.push(leak === "length" ? "*".repeat(one.value.length) : "****");
        if (leak === "placeholder" && one.placeholder) said.push(one.placeholder);
        if (leak === "backwards" && one.title) said.push([...one.title].reverse().join(""));
        if (leak === "packed" && one.title) said.push(btoa(JSON.stringify({ title: one.title })));
        continue;
      }
      for (const text of [one.value, one.placeholder, one.title, one.getAttribute("aria-label")]) say(text);
      if (!one.matches("script, style, noscript, template, datalist, datalist *"))
        for (const child of one.childNodes) if (child.nodeType === 3) say(child.data);
    }
    opened.then(() => socket.send(leak === "hidden" ? "" : said.join("\\n")));
  };
  const watch = () => {
    new MutationObserver(read).observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
    addEventListener("input", read, true);
    addEventListener("change", read, true);
    if (leak === "copies") addEventListener("copy", () => opened.then(() => socket.send("copied " + getSelection())));
    if (leak === "last word") addEventListener("pagehide", () => navigator.sendBeacon("%HTTP%", document.body.innerHTML));
    read();
  };
  addEventListener("DOMContentLoaded", watch);
})();
</script>"""


class Together:
    """A customer and an agent in one browser: what the product sends comes back as what the agent would get."""

    def __init__(self, browser: Chromium, capture: BrowserCapture) -> None:
        self.customer = browser
        self.customer_capture = self.agent_capture = capture
        self._marks = 100

    def fence(self) -> None:
        """A mark on the page goes out and comes back."""
        self._marks += 1
        self.customer.script("cobrowseSite.mark(arguments[0])", self._marks)
        mark, until = f"mark {self._marks}".encode(), time.monotonic() + WITHIN_S
        while not any(
            mark in piece.data for piece in self.customer_capture.pieces if piece.way == "received"
        ):
            if time.monotonic() >= until:
                break  # what does not come is what the oracle is asked about
            self.customer_capture.settle()

    def agent_shows(self, element: str) -> str | None:
        """What came of the field last."""
        came = [
            piece.data
            for piece in self.customer_capture.pieces
            if piece.way == "received" and b"*" in piece.data
        ]
        return (
            next((line.decode() for line in reversed(came[-1].split(b"\n")) if b"*" in line), None)
            if came
            else None
        )


def _echo(connection: ServerConnection) -> None:
    for message in connection:
        connection.send(message)


@contextmanager
def _echoing() -> Iterator[str]:
    with serve(_echo, "127.0.0.1", 0, max_size=None) as socket:
        thread = threading.Thread(target=socket.serve_forever)
        thread.start()
        try:
            yield f"127.0.0.1:{socket.socket.getsockname()[1]}"
        finally:
            socket.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def site() -> Iterator[TestSite]:
    """The site with the product's snippet."""
    with (
        _echoing() as host,
        serving(PRODUCT.replace("%SOCKET%", f"ws://{host}").replace("%HTTP%", f"http://{host}/")) as site,
    ):
        yield site


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    """One browser."""
    try:
        with open_browser("customer", tmp_path_factory.mktemp("leaks")) as browser:
            yield browser
    except NoChromium as missing:
        if os.environ.get("CI"):
            pytest.fail(str(missing))
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def capture(browser: Chromium, site: TestSite) -> Iterator[BrowserCapture]:
    """What goes over its network."""
    with capturing(browser, site.addresses.holds) as capture:
        yield capture


Judge = Callable[..., Findings]


@pytest.fixture
def judge(browser: Chromium, capture: BrowserCapture, site: TestSite) -> Judge:
    """A function that puts the product, with one fault, before the oracle."""

    def judged(
        leak: str, places: tuple[Place, ...] = (*MUST_ARRIVE, Place.CLIPBOARD), *, mutates: bool = False
    ) -> Findings:
        browser.open(site.here(f"/apply?leak={leak}"))
        capture.settle()
        capture.reset()
        oracle = LeakOracle(Together(browser, capture))
        oracle.plant(places)
        oracle.proceed()
        if mutates:
            oracle.mutate()
        if leak == "last word":
            browser.open(site.here("/rates?leak=none"))
        return oracle.judge()

    return judged


# Leaks


def test_a_product_that_masks_everything_passes(judge: Judge) -> None:
    """No masked canary leaves, and what is open arrives."""
    findings = judge("none")

    assert ((), (), ()) == (findings.leaks, findings.unseen, findings.blind)
    assert (Verdict.PASS, True) == (findings.verdict, findings.arrived >= len(MUST_ARRIVE))


@pytest.mark.parametrize(
    "leak, place, encoding",
    [
        ("placeholder", "the placeholder of a masked element", ""),
        ("packed", "the title of a masked element", "base64"),
        ("copies", "the clipboard of a masked element", ""),
        ("last word", "the text of a masked element", ""),
    ],
)
def test_a_leak_is_found_with_its_place(leak: str, place: str, encoding: str, judge: Judge) -> None:
    """The place at which the canary stood, how it travelled, and how it was written."""
    findings = judge(leak)

    assert Verdict.FAIL is findings.verdict
    assert place in {one.place for one in findings.leaks}
    assert (encoding, True) == next(
        (one.encoding, "leaving the customer" in one.channel) for one in findings.leaks if one.place == place
    )


def test_a_leak_fails_the_rule_of_its_place_and_no_other(judge: Judge) -> None:
    """A placeholder is MASK-5 where it is masked by itself, MASK-4 within something masked; passwords are no part of it."""
    findings = judge("placeholder")

    assert {"MASK-4", "MASK-5"} == set(findings.rules)
    assert {"the placeholder within a masked element"} == {one.place for one in findings.of("MASK-4").leaks}
    assert Verdict.PASS is findings.of("MASK-3").verdict


def test_a_mask_that_does_not_stick_is_found_where_it_is_lost(judge: Judge) -> None:
    """By its own rule, at the moment at which the page takes the mark away (MASK-6)."""
    findings = judge("forgets", mutates=True).of("MASK-6")

    assert "its class goes, then its text changes (masked)" in {one.place for one in findings.leaks}


def test_what_is_written_backwards_is_found(judge: Judge) -> None:
    """It is the same text to anybody who turns it round."""
    assert "the title of a masked element" in {one.place for one in judge("backwards").leaks}


def test_what_cannot_be_read_decides_nothing() -> None:
    """A channel that was there is not taken for none."""
    assert Verdict.INCONCLUSIVE is Findings((), (), 11, ("zstd over WebSocket to a",)).verdict
    assert Verdict.FAIL is Findings((Leak("c", "p", "ch", "", 0.0),), (), 11, ("zstd",)).verdict


def test_files_that_the_target_names_are_searched(
    browser: Chromium, capture: BrowserCapture, site: TestSite, tmp_path: Path
) -> None:
    """Logs and databases, whatever they write canaries in; a file that is not there holds none."""
    browser.open(site.here("/apply?leak=none"))
    log = tmp_path / "server.log"
    files = (log, tmp_path / "none")
    oracle = LeakOracle(
        Together(browser, capture), lambda: [kept for file in files if (kept := kept_in(file)) is not None]
    )
    oracle.plant((Place.TEXT,))
    text = next(one.text for one in oracle.canaries if one.masked)
    log.write_bytes(b"GET /x " + text.encode().hex().encode())
    found = oracle.judge()

    assert [("the file server.log", "hexadecimal")] == [(one.channel, one.encoding) for one in found.leaks]
    assert (("MASK-2",), Verdict.FAIL) == (found.rules, found.of("MASK-2").verdict)


# Length


def test_more_bytes_for_a_longer_secret_are_a_failure() -> None:
    """Also where the screen shows the same; and what is the same now and then is not told apart."""
    assert Verdict.FAIL is Guessed(("****", "****"), ((100, 101), (140, 139))).verdict
    assert Verdict.PASS is Guessed(("****", "****"), ((100, 103), (101, 102))).verdict
    assert Verdict.INCONCLUSIVE is Guessed((None, None), ((0, 0), (0, 0))).verdict


class Field:
    """A pair of which nothing is there but one field: each setting of it sends as many bytes as ``size`` says."""

    def __init__(
        self, size: Callable[[int], int], shown: Callable[[int], str] = lambda length: "****"
    ) -> None:
        self.customer = self.customer_capture = self.agent_capture = cast("Any", self)
        self.pieces: list[Piece] = []
        self.rounds = 0
        self._size, self._shown, self._length = size, shown, 0

    def script(self, source: str, secret: str, value: str) -> None:
        """The page sets the field."""
        self.rounds += 1
        self._length = len(value)
        self.pieces.append(Piece("sent", "WebSocket", "1", b"x" * self._size(len(value)), 0.0))

    def fence(self) -> None:
        """Nothing is on its way."""

    def settle(self) -> None:
        """All is here."""

    def reset(self) -> None:
        """What was sent is forgotten."""
        self.pieces.clear()

    def agent_shows(self, element: str) -> str:
        """What the agent sees."""
        return self._shown(self._length)


def test_a_length_is_told_apart_only_where_it_is_each_time() -> None:
    """What is the same is soon known to be; what differs has to differ in every round, by ever so little."""
    same, told, seen = (
        Field(lambda n: 90),
        Field(lambda n: 90 + (n > 9)),
        Field(lambda n: 90, lambda n: "*" * n),
    )

    assert (Verdict.PASS, 2 * LEAST_ROUNDS) == (guess(same, "pin").verdict, same.rounds)
    assert (Verdict.FAIL, 2 * ROUNDS) == (guess(told, "pin").verdict, told.rounds)
    assert (Verdict.FAIL, 2) == (guess(seen, "pin").verdict, seen.rounds)
    assert Verdict.INCONCLUSIVE is guess(Field(lambda n: 0), "pin").verdict


# The agent's page


def test_everything_that_a_page_holds_is_looked_at(
    browser: Chromium, capture: BrowserCapture, site: TestSite
) -> None:
    """Closed shadow roots, frames, fields, style sheets, addresses, titles and what is stored."""
    browser.open(site.here("/apply?leak=none#in-the-address"))
    places = {
        "closed shadow": "document.querySelector('#intro').attachShadow({mode: 'closed'}).append('in a closed shadow tree')",
        "frame": "const f = document.createElement('iframe'); f.srcdoc = '<p>in a frame</p>'; document.body.append(f); await new Promise((r) => (f.onload = r))",
        "sandboxed frame": "const f = document.createElement('iframe'); f.sandbox = ''; f.srcdoc = '<input value=in-a-sandbox>'; document.body.append(f); await new Promise((r) => (f.onload = r))",
        "field": "document.querySelector('#name').value = 'in a field'",
        "field in a closed shadow": "const i = document.createElement('input'); document.querySelector('#heading').attachShadow({mode: 'closed'}).append(i); i.value = 'in a hidden field'",
        "sheet": "const s = new CSSStyleSheet(); s.insertRule('p { --x: in-a-sheet }'); document.adoptedStyleSheets = [s]",
        "generated": "document.head.append(Object.assign(document.createElement('style'), {textContent: '#details::after{content:\"generated \" \"text\"}'}))",
        "title": "document.title = 'in the title'",
        "storage": "localStorage.x = 'in the storage'; history.replaceState({a: 'in the history'}, '')",
        "base": "await new Promise((r) => { const o = indexedDB.open('b'); o.onupgradeneeded = () => o.result.createObjectStore('s').put('in a base', 1); o.onsuccess = () => { o.result.close(); r() } })",
    }  # fmt: skip
    for script in places.values():
        browser.script(f"return (async () => {{ {script} }})()")
    held = b"\n".join(seen.data for seen in dom.look(capture.devtools))
    said = (
        "in a closed shadow tree", "in a frame", "in-a-sandbox", "in a field", "in a hidden field", "in-a-sheet",
        "generated text", "in the title", "in the storage", "in the history", "in a base", "in-the-address",
    )  # fmt: skip

    assert [] == [words for words in said if words.encode() not in held]


# Submits


def judged(
    site: TestSite, browser: Chromium, agent: Callable[[Way], bool], *names: str, within_s: float = WITHIN_S
) -> list[Tried]:
    """What comes of these ways, with an agent that does this."""
    story = site.story()
    browser.open(story.enter("/ways?leak=silent"))
    ways = [BY_NAME.get(name, ALLOWED) for name in names]
    by_customer = functools.partial(by_hand, browser)
    return try_ways(story, ways, agent, lambda: settle_page(browser), by_customer, within_s)


def test_a_product_that_stops_its_agents_passes(site: TestSite, browser: Chromium) -> None:
    """The agent's try did nothing, and the customer's did, one after the other on one page."""
    tried = judged(site, browser, lambda way: True, "button", "enter-alone", "made-for-it", "fetch")

    assert [(0, 1)] * 4 == [(one.by_agent, one.by_customer) for one in tried]
    assert Verdict.PASS is submits.judge("SUBMIT-1", tried, reached=True).verdict
    assert Verdict.PASS is submits.judge("SUBMIT-3", tried, reached=True).verdict
    assert Verdict.PASS is submits.judge("NAVIGATE-4", tried, reached=True).verdict


def test_an_agent_that_submits_is_found_out(site: TestSite, browser: Chromium) -> None:
    """At once or a little later, and whatever the product says of it; that the others are blocked does not hide it."""

    def does(way: Way) -> bool:
        if way.name != "button":
            by_hand(browser, way)
            settle_page(browser)  # a form that is on its way gives way to the next
        return True

    tried = judged(site, browser, does, "button", "submit", "timer", "interval", "transition", "xhr")
    found = submits.judge("SUBMIT-1", tried, reached=True)

    assert [0, 1, 1, 1, 1, 1] == [one.by_agent for one in tried]
    assert (Verdict.FAIL, True) == (
        found.verdict,
        "a button whose script calls form.submit()" in found.because,
    )
    assert "a script that posts by XMLHttpRequest" in submits.judge("NAVIGATE-4", tried, reached=True).because


def came(way: Way, by_agent: int, by_customer: int | None) -> Tried:
    """What came of a way that the agent could try."""
    return Tried(way, attempted=True, by_agent=by_agent, by_customer=by_customer)


def test_what_shows_nothing_is_no_pass() -> None:
    """A button that works for nobody; an agent whose hand did not reach the page; nothing tried at all."""
    button, idle = came(BY_NAME["button"], 0, 1), came(BY_NAME["button"], 0, 0)

    assert Verdict.INCONCLUSIVE is submits.judge("SUBMIT-1", [idle], reached=True).verdict
    assert Verdict.INCONCLUSIVE is submits.judge("SUBMIT-1", [button], reached=False).verdict
    assert Verdict.INCONCLUSIVE is submits.judge("NAVIGATE-4", [button], reached=True).verdict
    assert {Verdict.INCONCLUSIVE} == {submits.judge(one, [], reached=True).verdict for one in submits.RULES}


def test_a_customer_who_cannot_submit_is_a_failure() -> None:
    """Also where it arrives twice; but where the agent got through the page is no longer the same."""
    way = BY_NAME["button"]

    assert Verdict.FAIL is submits.judge("SUBMIT-3", [came(way, 0, 0)], reached=True).verdict
    assert Verdict.FAIL is submits.judge("SUBMIT-3", [came(way, 0, 2)], reached=True).verdict
    assert Verdict.PASS is submits.judge("SUBMIT-3", [came(way, 0, 1), came(way, 1, 0)], reached=True).verdict


def test_the_allowed_button_must_work_and_no_other() -> None:
    """An agent who cannot press it shows a fault, if the agent's hand reaches the page (SUBMIT-4)."""

    def said(by_agent: int, *, reached: bool = True) -> Verdict:
        return submits.judge("SUBMIT-4", [came(ALLOWED, by_agent, 1)], reached=reached).verdict

    assert [Verdict.FAIL, Verdict.PASS, Verdict.FAIL] == [said(times) for times in (0, 1, 2)]
    assert Verdict.INCONCLUSIVE is said(0, reached=False)

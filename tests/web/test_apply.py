"""What an agent's act can and cannot do to the customer's page, in real Chromium: leaks.md, parts H to J.

Each row of part I is a way to submit a form.  The agent tries it, and nothing may reach the site; then the customer
does the same by hand on the same page, and the site must get it once.  The site's own record decides, not what the
script says of itself.  The gate is driven without a session (``reference_server/web/test/apply/driver.ts``).

Order: the site, the browser, submitting, the two orders, going places, fields, keys, what else is refused.
"""

import html
import json
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import pytest
from cobrowse_simulator.browsers.chromium import Chromium, NoChromium, open_browser
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from typing_extensions import override

WEB = Path(__file__).parents[2] / "reference_server" / "web"
NODE_S = 120.0
#: How long the site may take to get what it must get, in seconds.
ARRIVES_S = 30.0


# The site


class Site:
    """Two origins: the company's site, which records what is submitted, and another one."""

    def __init__(self, script: str) -> None:
        self.script = script
        #: What the pages of the tests hold, by path.
        self.pages: dict[str, str] = {}
        self.submitted: list[str] = []
        self.visited: list[str] = []
        self._arrived = threading.Condition()
        handler = type("Handler", (_Handler,), {"site": self})
        self._servers = [ThreadingHTTPServer(("127.0.0.1", 0), handler) for _ in range(2)]
        for server in self._servers:
            threading.Thread(target=server.serve_forever, daemon=True).start()
        self.url, self.elsewhere = (f"http://127.0.0.1:{server.server_port}" for server in self._servers)

    def note(self, kind: list[str], what: str) -> None:
        """Something has arrived."""
        with self._arrived:
            kind.append(what)
            self._arrived.notify_all()

    def gets(self, submitted: int) -> bool:
        """Whether so many forms arrive in time."""
        with self._arrived:
            return self._arrived.wait_for(lambda: len(self.submitted) >= submitted, ARRIVES_S)

    def close(self) -> None:
        """Stop serving."""
        for server in self._servers:
            server.shutdown()
            server.server_close()


class _Handler(BaseHTTPRequestHandler):
    site: Site

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(length)
        self._answer()

    def _answer(self) -> None:
        parts = urlsplit(self.path)
        if self.command != "HEAD":
            if parts.path == "/submitted":
                self.site.note(self.site.submitted, self.path)
            else:
                self.site.note(self.site.visited, self.path)
        if parts.path == "/go":
            self._send(302, b"", Location=parse_qs(parts.query)["to"][0])
        elif parts.path == "/statement":
            self._send(200, b"x", **{"Content-Disposition": 'attachment; filename="s.pdf"'})
        elif parts.path == "/gate.js":
            self._send(200, self.site.script.encode(), **{"Content-Type": "text/javascript"})
        else:
            body = self.site.pages.get(parts.path, "<p>A page.</p>")
            page = (
                f"<!doctype html><title>{html.escape(parts.path)}</title><script src=/gate.js></script>{body}"
            )
            self._send(200, page.encode(), **{"Content-Type": "text/html; charset=utf-8"})

    def _send(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), "Cache-Control": "no-store", **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Silence."""


@pytest.fixture(scope="module")
def script() -> str:
    """The gate of acts as a script, with its driver."""
    esbuild = WEB / "node_modules" / ".bin" / "esbuild"
    if not esbuild.exists():
        pytest.skip("the web client's packages are not installed: npm ci")
    options = ["--bundle", "--format=iife", "--target=chrome109"]
    built = subprocess.run(
        [str(esbuild), "test/apply/driver.ts", *options],
        cwd=WEB,
        check=True,
        capture_output=True,
        text=True,
        timeout=NODE_S,
    )
    return built.stdout


@pytest.fixture(scope="module")
def site(script: str) -> Iterator[Site]:
    """The company's site, and another."""
    site = Site(script)
    yield site
    site.close()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    """The customer's browser."""
    try:
        with open_browser("customer", tmp_path_factory.mktemp("profile"), window=(1000, 760)) as browser:
            yield browser
    except NoChromium as missing:
        pytest.skip(str(missing))


class Page:
    """A page of the site in the customer's browser, with both at work on it."""

    def __init__(self, browser: Chromium, site: Site) -> None:
        self.browser = browser
        self.site = site

    def open(self, body: str, path: str = "/page") -> None:
        """Show a page with this body; the records begin anew."""
        self.site.pages[path] = body
        self.browser.open(self.site.url + path)
        self.site.submitted.clear()
        self.site.visited.clear()

    def agent(self, type_: str, element: str = "", **fields: object) -> tuple[str, str]:
        """The rule and reason with which an act of the agent is refused; empty if it is carried out, or has led elsewhere."""
        act = {"type": type_, "element": element, **fields}
        # Looked for again and again: what waits in a page for an answer waits for ever if the act leads elsewhere
        # first, and the browser keeps the page for its history.
        self.script(
            "window.outcome = null;"
            "gate.act(arguments[0]).then((done) => outcome = done, (error) => outcome = {error: String(error)})",
            act,
        )
        outcome: dict[str, str] = self.browser.wait(
            lambda: self.script("return 'outcome' in window ? outcome : {gone: true}"),
            "no outcome of the act",
        )
        assert "error" not in outcome, outcome
        return outcome.get("rule", ""), outcome.get("reason", "")

    def script(self, source: str, *arguments: object) -> Any:
        """What a script in the page returns."""
        return self.browser.script(source, *arguments)

    def fence(self) -> None:
        """Come back when what the page has begun has reached the site."""
        self.browser.driver.execute_async_script(
            "const done = arguments[0]; requestAnimationFrame(() => setTimeout(() => fetch('/fence').then(done), 0))"
        )

    @property
    def path(self) -> str:
        """Where the customer is."""
        return urlsplit(str(self.script("return location.href"))).path


@pytest.fixture
def page(browser: Chromium, site: Site) -> Page:
    """A page of the site."""
    return Page(browser, site)


# Submitting


class Way(NamedTuple):
    """A way to submit a form: the page, what the agent does, and what the customer does by hand."""

    name: str
    body: str
    #: The agent's act and its fields.
    act: tuple[str, dict[str, object]]
    #: "click" or the key that the customer presses on the element.
    by_hand: str = "click"
    element: str = "at"
    #: Whether the act itself is refused; else what it sets off later is stopped without a word.
    refused: bool = True


FORM = "<form action=/submitted method=post>{}</form>"
PRESS: tuple[str, dict[str, object]] = ("press", {})
ENTER: tuple[str, dict[str, object]] = ("press_key", {"key": "Enter"})
SPACE: tuple[str, dict[str, object]] = ("press_key", {"key": "Space"})
LATER = "window.ran = new Promise((ran) => window.has = ran);"


def _field(kind: str) -> Way:
    body = FORM.format(f"<input id=at type={kind} name=a><button>Send</button>")
    return Way(f"FS-01 Enter in {kind}", body, ENTER, Keys.ENTER)


def _script(name: str, handler: str, *, refused: bool = True, before: str = "") -> Way:
    """A plain button whose handler submits by script."""
    body = (
        f"<script>{LATER}{before}</script>"
        + FORM.format("<input name=a value=1>")
        + f'<button id=at type=button onclick="const form = document.forms[0]; {handler}">Go</button>'
    )
    return Way(name, body, PRESS, refused=refused)


WAYS = [
    *(_field(kind) for kind in ("text", "number", "date", "checkbox", "radio", "range", "email", "search")),
    Way("FS-02 one field, no button", FORM.format("<input id=at name=a>"), ENTER, Keys.ENTER),
    Way(
        "FS-03 hidden button",
        FORM.format("<input id=at><button style=display:none>x</button>"),
        ENTER,
        Keys.ENTER,
    ),
    Way("FS-05 Space on submit", FORM.format("<button id=at>Send</button>"), SPACE, Keys.SPACE),
    Way("FS-05 Enter on submit", FORM.format("<button id=at>Send</button>"), ENTER, Keys.ENTER),
    Way("FS-06 label", FORM.format("<label id=at for=s>Send it</label><input type=submit id=s>"), PRESS),
    Way("FS-07 icon in the button", FORM.format("<button><b id=at>icon</b></button>"), PRESS),
    Way("FS-08 image", FORM.format("<input id=at type=image alt=Send width=40 height=20>"), PRESS),
    Way("FS-09 default type", FORM.format("<button id=at>Send</button>"), PRESS),
    Way("FS-09 submit input", FORM.format("<input id=at type=submit>"), PRESS),
    Way(
        "FS-10 form=",
        "<form id=f action=/submitted></form><button id=at form=f>Send</button>",
        PRESS,
    ),
    Way("submit as an act", FORM.format("<button id=at>Send</button>"), ("submit", {})),
    Way("form method=dialog", FORM.format("<button id=at formmethod=get>Send</button>"), PRESS),
    _script("FS-12 form.submit()", "form.submit()"),
    _script(
        "FS-12 a saved form.submit()",
        "saved.call(form)",
        before="const saved = HTMLFormElement.prototype.submit;",
    ),
    _script("FS-13 requestSubmit() by a button", "form.requestSubmit()"),
    Way(
        "FS-13 requestSubmit() by a span",
        FORM.format("<span id=at onclick='document.forms[0].requestSubmit()'>Go</span>"),
        PRESS,
    ),
    Way(
        "FS-13 requestSubmit() by a role=button and Enter",
        FORM.format(
            "<div id=at role=button tabindex=0 onkeydown=\"if (event.key === 'Enter') this.closest('form').submit()\">Go</div>"
        ),
        ENTER,
        Keys.ENTER,
    ),
    Way(
        "FS-13 summary",
        FORM.format(
            "<details><summary id=at onclick=\"this.closest('form').submit()\">Go</summary></details>"
        ),
        PRESS,
    ),
    Way(
        "select-change script",
        FORM.format("<select id=at onchange=this.form.submit()><option>a<option>b</select>"),
        ("choose", {"value": "b"}),
        "b",
    ),
    Way(
        "check box script",
        FORM.format("<input id=at type=checkbox onchange=this.form.requestSubmit()>"),
        ("choose", {"value": "on"}),
    ),
    Way(
        "a field's own script",
        FORM.format("<input id=at oninput=this.form.submit()>"),
        ("type", {"value": "x"}),
        "x",
    ),
    Way(
        "a click on a button by script",
        FORM.format("<button id=s>Send</button>") + "<a id=at href='#' onclick='s.click()'>Go</a>",
        PRESS,
    ),
    Way(
        "a dispatched click",
        FORM.format("<button id=s>Send</button>")
        + "<b id=at onclick=\"s.dispatchEvent(new MouseEvent('click', {bubbles: true}))\">Go</b>",
        PRESS,
    ),
    Way(
        "a label's click by script after a microtask",
        FORM.format("<label id=l for=s>Send</label><button id=s>Send</button>")
        + '<b id=at onclick="Promise.resolve().then(() => l.click())">Go</b>',
        PRESS,
    ),
    Way(
        "a form in a shadow tree",
        "<div id=host></div><script>host.attachShadow({mode: 'open'}).innerHTML = "
        "'<form action=/submitted method=post><button id=s>s</button></form>"
        "<b id=at>Go</b>'; host.shadowRoot.querySelector('b').onclick = () => "
        "host.shadowRoot.querySelector('button').click();</script>",
        PRESS,
    ),
    Way(
        "a form's method of another realm",
        FORM.format(
            '<b id=at onclick="frames[0].HTMLFormElement.prototype.submit.call(document.forms[0])">Go</b>'
        )
        + "<iframe srcdoc='<p>x</p>'></iframe>",
        PRESS,
    ),
    Way(
        "a form that is made for it",
        "<b id=at onclick=\"const f = document.createElement('form'); f.action = '/submitted'; f.method = 'post';"
        ' document.body.append(f); f.submit()">Go</b>',
        PRESS,
    ),
    _script("a promise", "Promise.resolve().then(() => Promise.resolve()).then(() => form.submit())"),
    _script("await", "(async () => { await null; await null; form.submit() })()"),
    _script("a timer of no time", "setTimeout(() => form.submit(), 0)"),
    _script("a timer", "setTimeout(() => { form.submit(); has() }, 60)", refused=False),
    _script(
        "two timers", "setTimeout(() => setTimeout(() => { form.submit(); has() }, 30), 30)", refused=False
    ),
    _script(
        "an interval",
        "const i = setInterval(() => { clearInterval(i); form.submit(); has() }, 50)",
        refused=False,
    ),
    _script(
        "two animation frames",
        "requestAnimationFrame(() => requestAnimationFrame(() => { form.submit(); has() }))",
        refused=False,
    ),
    _script("fetch", "fetch('/x').then((r) => r.text()).then(() => { form.submit(); has() })", refused=False),
    _script(
        "await fetch",
        "(async () => { const r = await fetch('/x'); await r.text(); form.submit(); has() })()",
        refused=False,
    ),
    _script(
        "XMLHttpRequest",
        "const x = new XMLHttpRequest(); x.onload = () => { form.submit(); has() }; x.open('GET', '/x'); x.send()",
        refused=False,
    ),
    _script(
        "a message channel",
        "const c = new MessageChannel(); c.port1.onmessage = () => { form.submit(); has() }; c.port2.postMessage(1)",
        refused=False,
    ),
    _script(
        "a mutation observer",
        "new MutationObserver(() => form.submit()).observe(form, {attributes: true}); form.title = 'x'",
    ),
    _script(
        "a CSS transition",
        "form.ontransitionend = () => { form.submit(); has() }; "
        " form.style.transition = 'opacity 40ms'; form.offsetTop; form.style.opacity ||= 1; form.offsetTop;"
        " form.style.opacity = form.style.opacity === '1' ? 0.5 : 1",
        refused=False,
    ),
    _script(
        "location = javascript:", "location.href = 'javascript:document.forms[0].submit()'", refused=False
    ),
]


#: What the gate follows by itself, so that it needs no quiet customer to know whose doing it is.
FOLLOWED = (
    "a timer",
    "two timers",
    "an interval",
    "two animation frames",
    "fetch",
    "await fetch",
    "XMLHttpRequest",
)


def state_of(page: Page) -> str:
    """Everything on the page that a blocked submit must leave as it was (SUBMIT-2)."""
    return json.dumps(
        page.script(
            "return [[...document.querySelectorAll('input, select, textarea')].map((f) => [f.value, f.checked]),"
            " document.activeElement?.id ?? '', scrollX, scrollY, location.href]"
        )
    )


def by_hand(page: Page, way: Way) -> None:
    """The customer does it."""
    find = "const r = document.querySelector('#host')?.shadowRoot ?? document; return r.querySelector('#' + arguments[0])"
    element = page.script(find, way.element)
    if way.by_hand == "click":
        element.click()
    else:
        element.send_keys(way.by_hand)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_the_agent_cannot_submit_and_the_customer_can(page: Page, way: Way) -> None:
    """SUBMIT-1, SUBMIT-2, SUBMIT-3: nothing of the agent's reaches the site; the customer's does, once."""
    page.open(way.body)
    before = state_of(page)
    kind, fields = way.act
    outcome = page.agent(kind, way.element, **fields)
    if way.refused:
        assert outcome == ("SUBMIT-1", "submit_blocked")
        assert state_of(page) == before
    elif "has()" in way.body:
        # Where it is fast enough the act is refused, else it is stopped without a word.
        page.browser.driver.execute_async_script("ran.then(arguments[0])")
    page.fence()
    page.fence()

    assert page.site.submitted == []

    by_hand(page, way)

    assert page.site.gets(1)
    page.browser.sees(lambda: page.path == "/submitted", "the answer")
    assert len(page.site.submitted) == 1


@pytest.mark.parametrize("call", ["form.submit()", "form.requestSubmit()"])
def test_a_form_into_a_new_window_is_a_submit_like_any_other(page: Page, call: str) -> None:
    """SUBMIT-1, NV-10: no navigation of this page would tell; for the customer it opens."""
    page.browser.fresh()
    page.open(
        "<form action=/submitted method=post target=_blank></form>"
        f"<b id=at onclick='const form = document.forms[0]; {call}'>x</b>"
    )
    assert page.agent("press", "at") == ("SUBMIT-1", "submit_blocked")
    page.fence()
    assert (page.site.submitted, len(page.browser.driver.window_handles)) == ([], 1)
    page.browser.find("#at").click()

    assert page.site.gets(1)
    page.browser.fresh()


def test_without_the_navigation_api_no_act_is_carried_out(page: Page) -> None:
    """NAVIGATE-2: nobody could stop where a script takes it; the customer's own hand is free (SUBMIT-3)."""
    source = "Object.defineProperty(window, 'navigation', {value: undefined})"
    added = page.browser.cdp("Page.addScriptToEvaluateOnNewDocument", source=source)
    try:
        page.open(FORM.format("") + "<b id=at onclick='document.forms[0].submit()'>x</b>")
        assert page.script("return typeof navigation") == "undefined"
        assert page.agent("press", "at") == ("SECURE-4", "not_supported")
        page.fence()
        assert (page.site.submitted, page.path) == ([], "/page")
        page.browser.find("#at").click()

        assert page.site.gets(1)
    finally:
        page.browser.cdp("Page.removeScriptToEvaluateOnNewDocument", identifier=added["identifier"])


def test_a_javascript_link_is_refused_for_its_scheme(page: Page) -> None:
    """FS-14, NAVIGATE-3."""
    page.open(FORM.format("") + "<a id=at href='javascript:document.forms[0].submit()'>Go</a>")

    assert page.agent("press", "at") == ("NAVIGATE-3", "bad_scheme")
    page.fence()
    assert page.site.submitted == []


def test_enter_where_the_default_button_is_disabled_submits_for_nobody(page: Page) -> None:
    """FS-04: the key is pressed, and the browser would do nothing."""
    page.open(FORM.format("<input id=at><button disabled>Send</button>"))

    assert page.agent("press_key", "at", key="Enter") == ("", "")
    page.fence()
    assert page.site.submitted == []


@pytest.mark.parametrize("how", ["press", "Enter", "Space", "label", "icon", "submit"])
def test_an_allowed_button_submits(page: Page, how: str) -> None:
    """SUBMIT-4: by the button, what is in it, and its label."""
    page.open(
        FORM.format("<button id=at data-allowed><i id=icon>i</i>Send</button><label id=l for=at>Send</label>")
    )
    element = {"label": "l", "icon": "icon"}.get(how, "at")
    act: dict[str, Any] = {"key": how} if how in ("Enter", "Space") else {}
    type_ = "press_key" if act else "submit" if how == "submit" else "press"
    page.agent(type_, element, **act)

    assert page.site.gets(1)
    page.browser.sees(lambda: page.path == "/submitted", "the answer")
    assert len(page.site.submitted) == 1


def test_enter_in_a_field_is_not_the_allowed_button(page: Page) -> None:
    """SUBMIT-4: what is not named stays blocked."""
    page.open(FORM.format("<input id=at><button data-allowed>Send</button>"))

    assert page.agent("press_key", "at", key="Enter") == ("SUBMIT-1", "submit_blocked")
    page.fence()
    assert page.site.submitted == []


@pytest.mark.parametrize("name", FOLLOWED)
def test_what_an_act_leaves_for_later_is_the_agents_though_the_customer_is_busy(
    page: Page, name: str
) -> None:
    """SUBMIT-1: the customer's hand has just done something else, and does it again; it can submit as well."""
    way = next(way for way in WAYS if way.name == name)
    page.open(way.body + "<input id=busy>")
    busy = page.browser.find("#busy")
    busy.send_keys("a")
    # Whether it comes while the act is still looked at, or later, is the machine's affair.
    assert page.agent("press", "at") in (("", ""), ("SUBMIT-1", "submit_blocked"))
    busy.send_keys("b")
    page.browser.driver.execute_async_script("ran.then(arguments[0])")
    page.fence()
    page.fence()
    assert page.site.submitted == []
    by_hand(page, way)

    assert page.site.gets(1)


# The two orders (FS-20)


def test_the_customer_submits_right_after_the_agent_tried(page: Page) -> None:
    """SUBMIT-3: in the same moment, before the agent's doing has settled."""
    page.open(FORM.format("<button id=at>Send</button>"))
    page.script("gate.act({type: 'press', element: 'at'})")
    page.browser.find("#at").click()

    assert page.site.gets(1)
    page.browser.sees(lambda: page.path == "/submitted", "the answer")
    assert len(page.site.submitted) == 1


def test_what_the_customer_began_ends_although_the_agent_acts_meanwhile(page: Page) -> None:
    """SUBMIT-3: a page that asks its server before it submits; the agent types while it asks."""
    page.open(
        FORM.format("<input id=field>")
        + "<button id=at type=button onclick=\"fetch('/x').then((r) => r.text()).then(() => document.forms[0].submit())\">"
        "Go</button>"
    )
    page.script(
        "document.querySelector('#at').addEventListener('click', () =>"
        " gate.act({type: 'type', element: 'field', value: 'Graz'}))"
    )
    page.browser.find("#at").click()

    assert page.site.gets(1)
    assert len(page.site.submitted) == 1


def test_when_write_mode_is_over_the_page_has_its_own_functions_back(page: Page) -> None:
    """Nothing of the gate stays in the way of a page that no act has touched."""
    names = "[HTMLFormElement.prototype.submit, fetch, setTimeout, open, print, history.back, EventTarget.prototype.dispatchEvent]"
    page.open("<p>x</p>")
    wrapped = page.script(
        f"return {names}.map((f) => Function.prototype.toString.call(f).includes('native code'))"
    )
    page.script("gate.end()")
    back = page.script(
        f"return {names}.map((f) => Function.prototype.toString.call(f).includes('native code'))"
    )

    assert (False, True) == (any(wrapped), all(back))


def test_what_an_act_has_left_for_later_does_not_submit_when_write_mode_is_over(page: Page) -> None:
    """WRITE-12, SUBMIT-1: the timer runs out in Pointer Mode; the customer can submit."""
    page.open(
        f"<script>{LATER}</script>"
        + FORM.format("<button>Send</button>")
        + "<b id=at onclick='setTimeout(() => { document.forms[0].submit(); has() }, 200)'>x</b>"
    )
    assert page.agent("press", "at") == ("", "")
    page.script("gate.end(); gate.moment.mode = 'pointer'")
    page.browser.driver.execute_async_script("ran.then(arguments[0])")
    page.fence()
    assert page.site.submitted == []
    page.browser.find("button").click()

    assert page.site.gets(1)


# Going places


def test_a_link_leads_to_a_page_of_the_site_in_the_same_tab(page: Page) -> None:
    """NAVIGATE-1, NV-11: `target=_blank` too."""
    for target in ("", "target=_blank", "target=elsewhere"):
        page.open(f"<a id=at href=/next {target}>Next</a>")

        assert page.agent("press", "at") == ("", "")
        page.browser.sees(lambda: page.path == "/next", "the next page")
        assert len(page.browser.driver.window_handles) == 1


ELSEWHERE = [
    ("a link", "<a id=at href={off}/x>x</a>"),
    ("a link to a user of another host", "<a id=at href='{url}@other.test/'>x</a>"),
    ("a link without a scheme", "<a id=at href='//other.test/'>x</a>"),
    ("a backslash link", "<a id=at href='/\\other.test/'>x</a>"),
    ("another port", "<a id=at href={off}/>x</a>"),
    (
        "an SVG link",
        "<svg width=50 height=50><a id=at href={off}/x><rect width=50 height=50></rect></a></svg>",
    ),
    (
        "an area",
        "<img usemap=#m width=50 height=50 src=/i.png><map name=m><area id=at shape=rect coords=0,0,50,50 href={off}/x></map>",
    ),
    ("a popup link", "<a id=at target=_blank href={off}/x>x</a>"),
    ("a link that a script turns", "<a id=at href=/next onclick=\"this.href = '{off}/x'\">x</a>"),
    ("location", "<b id=at onclick=\"location = '{off}/x'\">x</b>"),
    ("location later", "<b id=at onclick=\"Promise.resolve().then(() => location.assign('{off}/x'))\">x</b>"),
    ("window.open", "<b id=at onclick=\"window.open('{off}/x')\">x</b>"),
    ("document.open", "<b id=at onclick=\"document.open('{off}/x', '', '')\">x</b>"),
    (
        "a link that a script makes",
        "<b id=at onclick=\"Object.assign(document.createElement('a'), {{href: '{off}/x'}}).click()\">x</b>",
    ),
    ("a redirect of the site's", "<a id=at href='/go?to={off}/x'>x</a>"),
    ("a redirect by script", "<b id=at onclick=\"location = '/go?to={off}/x'\">x</b>"),
]


@pytest.mark.parametrize("body", [body for _, body in ELSEWHERE], ids=[name for name, _ in ELSEWHERE])
def test_the_agent_cannot_take_the_customer_to_another_site(page: Page, body: str) -> None:
    """NAVIGATE-2, NV-01, NV-05, NV-10: by whatever leads there; the customer stays where it was."""
    page.open(body.format(off=page.site.elsewhere, url=page.site.url))

    assert page.agent("press", "at") == ("NAVIGATE-2", "off_site")
    page.fence()
    assert (page.path, len(page.browser.driver.window_handles)) == ("/page", 1)
    assert "/x" not in page.site.visited


def test_a_meta_refresh_that_an_act_sets_off_does_not_leave_the_site(page: Page) -> None:
    """NV-10: it begins a task later, and is stopped at the last door."""
    page.open(
        "<b id=at onclick=\"const m = document.createElement('meta'); m.httpEquiv = 'refresh';"
        f" m.content = '0; url={page.site.elsewhere}/x'; document.head.append(m)\">x</b>"
    )
    page.agent("press", "at")
    page.fence()
    page.fence()

    assert (page.path, "/x" in page.site.visited) == ("/page", False)


@pytest.mark.parametrize(
    "address, refused",
    [
        ("{url}/next", ("", "")),
        ("{url}/denied/x", ("NAVIGATE-5", "denied_url")),
        ("{off}/x", ("NAVIGATE-2", "off_site")),
        ("{url}/go?to={off}/x", ("NAVIGATE-2", "off_site")),
        ("java\nscript:alert(1)", ("NAVIGATE-3", "bad_scheme")),
        ("\x01data:text/html,x", ("NAVIGATE-3", "bad_scheme")),
        ("view-source:{url}/", ("NAVIGATE-3", "bad_scheme")),
        ("https:///other.test/", ("NAVIGATE-2", "off_site")),
        ("{url}/statement", ("NAVIGATE-8", "prompt_blocked")),
    ],
)
def test_an_address_is_opened_if_it_leads_to_a_page_of_the_site(
    page: Page, address: str, refused: tuple[str, str]
) -> None:
    """NAVIGATE-1 to NAVIGATE-3, NAVIGATE-5, NAVIGATE-8, NV-04 to NV-07."""
    page.open("<p>x</p>")

    assert page.agent("open_url", url=address.format(url=page.site.url, off=page.site.elsewhere)) == refused
    page.browser.sees(lambda: page.path == ("/page" if refused[0] else "/next"), "the right page")


def test_back_and_forward_go_where_the_site_is_and_nowhere_else(page: Page) -> None:
    """NAVIGATE-6, NV-14: with no history, or none that is known to be the site's, nothing happens."""
    page.browser.fresh()
    page.open("<p>first</p>", "/first")

    assert page.agent("go_back") == ("NAVIGATE-6", "no_history")
    assert page.agent("go_forward") == ("NAVIGATE-6", "no_history")

    page.open("<p>second</p>", "/second")
    assert page.agent("go_back") == ("", "")
    page.browser.sees(lambda: page.path == "/first", "the first page")
    assert page.agent("go_forward") == ("", "")
    page.browser.sees(lambda: page.path == "/second", "the second page")

    page.browser.open(page.site.elsewhere + "/x")
    page.open("<p>third</p>", "/third")
    assert page.agent("go_back") == ("NAVIGATE-6", "no_history")


def test_a_page_that_came_from_a_post_is_not_refreshed(page: Page) -> None:
    """NAVIGATE-6: another one is."""
    page.open("<p>x</p>")
    assert page.agent("refresh") == ("", "")
    page.browser.sees(lambda: "/page" in page.site.visited, "the page again")

    page.open(FORM.format("<button id=at>Send</button>"))
    page.browser.find("#at").click()
    page.browser.sees(lambda: page.path == "/submitted", "the answer")

    assert page.agent("refresh") == ("NAVIGATE-6", "would_resubmit")
    page.fence()
    assert len(page.site.submitted) == 1


FRAME = "<iframe id=f name=inner src=/inner></iframe>"
MAKES = "<b id=at onclick=\"const f = document.createElement('iframe'); {}\">x</b>"
PROMPTS = [
    ("a file chooser", "<input id=at type=file>"),
    ("a file chooser by its label", "<label id=at>x<input type=file hidden></label>"),
    ("a file chooser by script", "<b id=at onclick=f.click()>x</b><input id=f type=file hidden>"),
    (
        "a file chooser out of nowhere",
        "<b id=at onclick=\"Object.assign(document.createElement('input'), {type: 'file'}).click()\">x</b>",
    ),
    ("a picker", "<b id=at onclick=f.showPicker()>x</b><input id=f type=date>"),
    ("a download", "<a id=at download href=/x>x</a>"),
    (
        "a download by script",
        "<b id=at onclick=\"Object.assign(document.createElement('a'), {href: '/x', download: 'x'}).click()\">x</b>",
    ),
    ("a download by the server's word", "<a id=at href=/statement>x</a>"),
    ("print", "<b id=at onclick=print()>x</b>"),
    ("notifications", "<b id=at onclick='Notification.requestPermission().catch(() => 0)'>x</b>"),
    ("a place", "<b id=at onclick='navigator.geolocation.getCurrentPosition(() => 0)'>x</b>"),
    ("copy", "<b id=at onclick=\"document.execCommand('copy')\">x</b>"),
    ("full screen", "<b id=at onclick='document.body.requestFullscreen().catch(() => 0)'>x</b>"),
    ("full screen by its old name", "<b id=at onclick='document.body.webkitRequestFullscreen()'>x</b>"),
    (
        "a microphone by its old name",
        "<b id=at onclick='navigator.webkitGetUserMedia({audio: true}, alert, alert)'>x</b>",
    ),
    ("speech", "<b id=at onclick='new webkitSpeechRecognition().start()'>x</b>"),
    ("print by a command", "<b id=at onclick=\"document.execCommand('print')\">x</b>"),
    ("a colour by script", "<b id=at onclick=f.click()>x</b><input id=f type=color>"),
    (
        "a file chooser by a label out of nowhere",
        "<b id=at onclick=\"Object.assign(document.createElement('label'), {innerHTML: '<input type=file>'}).click()\">x</b>",
    ),
    ("a download in a frame, by its link", f"{FRAME}<a id=at target=inner href=/statement>x</a>"),
    (
        "a download in a frame, by its place",
        f"{FRAME}<b id=at onclick=\"frames.inner.location = '/statement'\">x</b>",
    ),
    ("a download in a frame, by its address", f"{FRAME}<b id=at onclick=\"f.src = '/statement'\">x</b>"),
    (
        "a download in a frame that is made for it",
        MAKES.format("f.src = '/statement'; document.body.append(f)"),
    ),
    (
        "a download in a frame that is there",
        MAKES.format("document.body.append(f); f.setAttribute('src', '/statement')"),
    ),
    (
        "a download in an object",
        MAKES.format(
            "document.body.append(Object.assign(document.createElement('object'), {data: '/statement'}))"
        ),
    ),
    (
        "print in a frame that is made for it",
        MAKES.format("document.body.append(f); f.contentWindow.print()"),
    ),
]


@pytest.mark.parametrize("body", [body for _, body in PROMPTS], ids=[name for name, _ in PROMPTS])
def test_the_agent_opens_nothing_of_the_customers_machine(page: Page, body: str) -> None:
    """NAVIGATE-8, WR-05."""
    page.open(body)

    assert page.agent("press", "at") == ("NAVIGATE-8", "prompt_blocked")
    page.fence()
    assert (page.path, "/statement" in page.site.visited) == ("/page", False)


@pytest.mark.parametrize(
    "made", ["f.src = '{}'; document.body.append(f)", "document.body.innerHTML = '<iframe src={}>'"]
)
def test_a_frame_that_an_act_makes_shows_a_page_of_the_site(page: Page, made: str) -> None:
    """WRITE-4, NAVIGATE-2, NAVIGATE-8: as the tab would, and nothing else.

    What a script writes as HTML has set off when it is seen, so there is no telling whether a server was asked for it.
    """
    page.open(MAKES.format(made.format("/next")))
    assert page.agent("press", "at") == ("", "")
    page.browser.sees(lambda: page.script("return frames[0]?.location.pathname") == "/next", "the page")

    for address, refused in (
        (page.site.elsewhere + "/off", ("NAVIGATE-2", "off_site")),
        ("/statement", ("NAVIGATE-8", "prompt_blocked")),
    ):
        page.open(MAKES.format(made.format(address)))
        assert page.agent("press", "at") == refused
        page.fence()
        shown = "const [one] = document.querySelectorAll('iframe'); return [one.getAttribute('src'), frames[0].location.href]"
        assert page.script(shown) == [None, "about:blank"]


# Fields


def test_what_is_in_a_frame_of_the_page_is_acted_on_by_the_same_rules(page: Page) -> None:
    """WRITE-4, SUBMIT-1: its fields and links, its forms and their scripts."""
    page.open(
        "<iframe name=inner width=400 height=300 src=/inner></iframe>",
    )
    page.site.pages["/inner"] = FORM.format("<input id=field><button id=send>Send</button>") + (
        "<b id=script onclick='document.forms[0].submit()'>x</b><a id=link href=/next>x</a>"
        f"<a id=out href='{page.site.elsewhere}/x'>x</a>"
    )
    page.browser.open(page.site.url + "/page")

    assert page.agent("type", "field", value="x") == ("", "")
    assert page.script("return frames.inner.document.querySelector('#field').value") == "x"
    for element in ("send", "script"):
        assert page.agent("press", element) == ("SUBMIT-1", "submit_blocked")
    assert page.agent("press", "out") == ("NAVIGATE-2", "off_site")
    assert page.agent("press", "link") == ("", "")
    page.browser.sees(
        lambda: page.script("return frames.inner.location.pathname") == "/next", "the frame's next page"
    )
    assert (page.path, page.site.submitted) == ("/page", [])


def test_typing_is_heard_by_the_page_and_leaves_the_customers_caret(page: Page) -> None:
    """WRITE-4: the customer has the focus, and types on where it was."""
    page.open(
        "<input id=at value='Wien 1010'><script>heard = []; for (const t of ['beforeinput', 'input', 'change'])"
        " at.addEventListener(t, () => heard.push(t));</script>"
    )
    field = page.browser.find("#at")
    field.send_keys(Keys.HOME, "Neu-")
    page.script("heard.length = 0; at.setSelectionRange(4, 4)")

    assert page.agent("type", "at", value="Neu-Wien 1020", version=2) == ("WRITE-14", "outdated")
    assert page.agent("type", "at", value="Neu-Wien 1020", version=99) == ("", "")
    assert page.script("return heard") == ["beforeinput", "input", "change"]
    field.send_keys("!")
    assert field.get_attribute("value") == "Neu-!Wien 1020"


def test_the_focus_stays_with_a_customer_who_types(page: Page) -> None:
    """WRITE-4: an agent's press elsewhere does not take the keys away."""
    page.open("<input id=mine><input id=other><button id=at type=button>x</button>")
    page.browser.find("#mine").send_keys("a")

    assert page.agent("press", "at") == ("", "")
    assert page.script("return document.activeElement.id") == "mine"


REFUSED_FIELDS = [
    ("<input id=at data-masked>", ("MASK-7", "masked")),
    ("<div data-disabled><input id=at></div>", ("NAVIGATE-4", "disabled")),
    ("<div data-blocked><input id=at></div>", ("SECURE-4", "no_such_element")),
    ("<input id=at disabled>", ("NAVIGATE-4", "disabled")),
    ("<fieldset disabled><input id=at></fieldset>", ("NAVIGATE-4", "disabled")),
    ("<input id=at readonly>", ("NAVIGATE-4", "disabled")),
    ("<input id=at style=display:none>", ("SECURE-4", "no_such_element")),
    ("<input id=at style=visibility:hidden>", ("SECURE-4", "no_such_element")),
    ("<div inert><input id=at></div>", ("NAVIGATE-4", "disabled")),
    ("<input id=at><div style='position:fixed;inset:0'></div>", ("SECURE-4", "no_such_element")),
    ("<input id=at style='pointer-events:none'>", ("SECURE-4", "no_such_element")),
    ("<input id=at type=file>", ("SECURE-4", "not_supported")),
    ("<p id=at>no field</p>", ("SECURE-4", "not_supported")),
]


@pytest.mark.parametrize("body, refused", REFUSED_FIELDS)
def test_a_field_that_is_not_for_agents_cannot_be_written(
    page: Page, body: str, refused: tuple[str, str]
) -> None:
    """MASK-7, NAVIGATE-4, WR-02, WR-10, WR-11, WR-15; its twin can."""
    page.open(body + "<input id=twin style='position:relative;z-index:9'>")

    assert page.agent("type", "at", value="x") == refused
    assert page.script("return document.querySelector('#at').value ?? ''") == ""
    assert page.agent("type", "twin", value="x") == ("", "")
    assert page.script("return twin.value") == "x"


def test_lists_boxes_and_radios_are_chosen_as_by_hand(page: Page) -> None:
    """WRITE-4, WR-14."""
    page.open(
        "<select id=list><option value=a>A<option value=b>B<option disabled>C</select>"
        "<input id=box type=checkbox><input id=r1 type=radio name=r checked><input id=r2 type=radio name=r>"
        "<label id=own><input id=drawn type=checkbox style='position:absolute;clip-path:inset(50%)'>Drawn</label>"
    )

    assert page.agent("choose", "list", value="b") == ("", "")
    assert page.agent("choose", "list", value="C") == ("SECURE-4", "no_such_element")
    assert page.agent("choose", "box", value="on") == ("", "")
    assert page.agent("press", "r2") == ("", "")
    assert page.agent("choose", "drawn", value="on") == ("", "")
    assert page.script("return [list.value, box.checked, r1.checked, r2.checked, drawn.checked]") == [
        "b",
        True,
        False,
        True,
        True,
    ]


def test_keys_do_what_they_do_for_a_person_and_shortcuts_nothing(page: Page) -> None:
    """WRITE-4, WR-16."""
    page.open(
        "<textarea id=area>a</textarea><input id=box type=checkbox><input id=n type=number value=1>"
        "<button id=b type=button onclick='this.title += 1'>x</button><input id=next>"
    )
    for element, key in [
        ("area", "Enter"),
        ("box", "Space"),
        ("n", "ArrowUp"),
        ("b", "Enter"),
        ("b", "Space"),
        ("b", "Tab"),
    ]:
        assert page.agent("press_key", element, key=key) == ("", "")
    assert page.agent("press_key", "area", key="Backspace") == ("", "")

    assert page.script("return [area.value, box.checked, n.value, b.title, document.activeElement.id]") == [
        "a",
        True,
        "2",
        "11",
        "area",
    ]
    for key in ("F5", "p", "Control", "Meta", "BrowserBack"):
        assert page.agent("press_key", "area", key=key) == ("SECURE-4", "not_supported")


def test_scrolling_goes_where_it_is_told(page: Page) -> None:
    """WRITE-4."""
    page.open("<div style='height:5000px'>x</div>")

    assert page.agent("scroll", x=0, y=700) == ("", "")
    assert page.script("return scrollY") == 700


# What else is refused


@pytest.mark.parametrize(
    "change, refused",
    [
        ("mode = 'pointer'", ("POINTER-2", "pointer_mode")),
        ("suspended = true", ("SITE-6", "suspended")),
        ("ended = true", ("STOP-5", "session_ended")),
        ("writeSince = 2", ("WRITE-12", "stale")),
        ("page = 'p2'", ("SECURE-4", "stale")),
        ("scope = 'other'", ("WRITE-15", "out_of_scope")),
        ("until = 0", ("WRITE-15", "out_of_scope")),
    ],
)
def test_an_act_of_another_moment_touches_nothing(page: Page, change: str, refused: tuple[str, str]) -> None:
    """POINTER-2, SITE-6, STOP-5, WRITE-12, WRITE-15: and the same act at the right moment does."""
    page.open("<form id=other></form><input id=at>")
    page.script("kept = {...gate.moment}; " + f"gate.moment.{change}")

    assert page.agent("type", "at", value="x") == refused
    assert page.script("return at.value") == ""
    page.script("Object.assign(gate.moment, kept)")
    assert page.agent("type", "at", value="x") == ("", "")


def test_an_approval_for_a_form_is_for_that_form(page: Page) -> None:
    """WRITE-15."""
    page.open("<form id=one><input id=a></form><form id=two><input id=b></form>")
    page.script("gate.moment.scope = 'one'")

    assert page.agent("type", "a", value="x") == ("", "")
    assert page.agent("type", "b", value="x") == ("WRITE-15", "out_of_scope")
    assert page.agent("go_back") == ("WRITE-15", "out_of_scope")


def test_a_tag_of_the_drivers_is_on_every_page(page: Page) -> None:
    """The tests above mean something only where the gate is."""
    page.open("<p>x</p>")

    assert page.browser.driver.find_elements(By.CSS_SELECTOR, "script[src='/gate.js']")

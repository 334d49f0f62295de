"""The customer's script on pages of all kinds, in real Chromium, with an agent on the wire.

What only a browser can show: pages that go, come back and are shown twice, tabs that are copied, storage that is
not to be had, a page that is strict or hostile, a server that falls over.  The agent is a bare link, so that what
it gets is what the server sent.

Order: the server, the site, the agent, starting, moving about, leaving, tabs and storage, the page, the question, the server.
"""

import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from cobrowse_simulator.browsers.chromium import Chromium, NoChromium, open_browser
from cobrowse_simulator.browsers.parties import CustomerInBrowser
from selenium.webdriver.common.keys import Keys
from typing_extensions import override
from websockets import Subprotocol
from websockets.sync.client import ClientConnection, connect

from .conftest import started

#: How long an observation may take to come, in seconds.
WITHIN_S = 40.0
CONTENT, POINTER = 1, 2


def free_port() -> int:
    """A port that is free now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


# The site


class Site:
    """The company's pages, and another site."""

    def __init__(self) -> None:
        #: What the pages hold, by path; the script's tag is added.
        self.pages: dict[str, str] = {}
        #: Headers of pages, by path.
        self.headers: dict[str, dict[str, str]] = {}
        self.tag = ""
        handler = type("Handler", (_Handler,), {"site": self})
        self._servers = [ThreadingHTTPServer(("127.0.0.1", 0), handler) for _ in range(2)]
        for server in self._servers:
            threading.Thread(target=server.serve_forever, daemon=True).start()
        self.url, self.elsewhere = (f"http://127.0.0.1:{server.server_port}" for server in self._servers)

    def close(self) -> None:
        """Stop serving."""
        for server in self._servers:
            server.shutdown()
            server.server_close()


class _Handler(BaseHTTPRequestHandler):
    site: Site

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        is_own = self.headers["Host"] == urlsplit(self.site.url).netloc
        tag = self.site.tag if is_own else ""
        body = self.site.pages.get(path, "<p>A page.</p>") if is_own else "<p>Another site.</p>"
        page = f"<!doctype html><html lang=en><title>x</title>{tag}<body>{body}".encode()
        self.send_response(200)
        headers = {"Content-Type": "text/html; charset=utf-8", "Content-Length": str(len(page))}
        for name, value in {**headers, **self.site.headers.get(path, {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(page)

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Silence."""


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """The company's pages, and another site."""
    site = Site()
    yield site
    site.close()


# The server and its agent


class Agent:
    """An agent on the wire: sends anything, and keeps what it gets."""

    def __init__(self, url: str, credential: str) -> None:
        self._open = ExitStack()
        address = url.replace("http", "ws", 1) + "/v1/agent"
        link = connect(address, subprotocols=[Subprotocol("cobrowse.v1")], max_size=None)
        self._link: ClientConnection = self._open.enter_context(link)
        self._id = 0
        self.epoch = 0
        self.page: dict[str, Any] = {}
        #: How many frames had come when it was shown.
        self.shown = 0
        self.frames: list[bytes] = []
        self.seen: list[dict[str, Any]] = []
        self.do("sign_in", credential=credential)
        self.sees("welcome")

    def do(self, type_: str, **fields: object) -> None:
        """Send an action."""
        self._id += 1
        self._link.send(json.dumps({"id": self._id, "do": {"type": type_, **fields}}))

    def act(self, type_: str, element: str, **fields: object) -> None:
        """Send an act on the page that was shown last."""
        self.do(type_, element=element, page=self.page["page"], epoch=self.epoch, **fields)

    def sees(self, type_: str, **fields: object) -> dict[str, Any]:
        """Wait for the next observation of this type with these fields; what comes before it is kept."""
        while True:
            see = self.next()
            if see["type"] == type_ and all(see.get(name) == value for name, value in fields.items()):
                return see

    def next(self) -> dict[str, Any]:
        """The next observation; frames before it are kept."""
        while (see := self._take()) is None:
            pass
        return see

    def _take(self) -> dict[str, Any] | None:
        """The next message: an observation, or None for a frame, which is kept."""
        message = self._link.recv(WITHIN_S)
        if isinstance(message, bytes):
            self.frames.append(message)
            return None
        decoded = json.loads(message)
        self.epoch = decoded.get("epoch", 0) or self.epoch
        see: dict[str, Any] = decoded["see"]
        if see["type"] == "page_shown":
            self.page, self.shown = see, len(self.frames)
        self.seen.append(see)
        return see

    def gets(self, enough: Callable[[list[bytes]], bool]) -> list[bytes]:
        """Wait for frames of content until there are enough of them since the page was shown; these frames."""
        while not enough(found := [frame for frame in self.frames[self.shown :] if frame[0] == CONTENT]):
            see = self._take()
            assert see is None or see["type"] == "elements_shown", "no frame"
        return found

    def until_fence(self) -> list[dict[str, Any]]:
        """What has come, up to a fence that is set now."""
        before = len(self.seen)
        self.do("fence", fence=f"f{self._id}")
        self.sees("fence_passed", fence=f"f{self._id - 1}")
        return self.seen[before:-1]

    def point(self, x: int, y: int) -> None:
        """Move the pointer."""
        self._link.send(
            b"\x02\x01" + self.epoch.to_bytes(4, "big") + x.to_bytes(2, "big") + y.to_bytes(2, "big")
        )

    def close(self) -> None:
        """Close the link."""
        self._open.close()


class Server:
    """A reference server with one agent, and the sessions of its customers."""

    def __init__(self, ready: dict[str, str]) -> None:
        self.url = ready["url"]
        headers = {"Authorization": f"Bearer {ready['controller_key']}"}
        self.rest = httpx.Client(base_url=self.url, headers=headers, timeout=WITHIN_S, trust_env=False)

    def agent(self) -> Agent:
        """An agent, signed in."""
        made = self.rest.post("/v1/agents", json={"name": "Ada"}).raise_for_status().json()
        return Agent(self.url, made["credential"])

    def customer_token(self) -> str:
        """A call, for a customer to start a session in."""
        made = self.rest.post("/v1/interactions", json={"kind": "call"}).raise_for_status().json()
        return str(made["customer_token"])


POLICY = """
site = ["{site}"]
curtain = true
scoped_grants = true

[timers]
request_s = 60
reload_s = 30

[[pages]]
path = "*"
mask = ["#hidden"]
"""


def _policy(folder: Path, site: Site) -> str:
    file = folder / "policy.toml"
    file.write_text(POLICY.format(site=site.url))
    return str(file)


@pytest.fixture(scope="module")
def server(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A reference server whose policy is for the site."""
    policy = _policy(tmp_path_factory.mktemp("server"), site)
    with started("serve", "--port", "0", "--journal", "memory", "--policy", policy) as (_, ready):
        server = Server(ready)
        site.tag = f"<script src='{server.url}/cobrowse.js' defer></script>"
        yield server
        server.rest.close()


@pytest.fixture
def agent(server: Server) -> Iterator[Agent]:
    """An agent of its own for each test."""
    agent = server.agent()
    yield agent
    agent.close()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    """The customer's browser."""
    try:
        with open_browser("customer", tmp_path_factory.mktemp("profile"), window=(1000, 760)) as browser:
            yield browser
    except NoChromium as missing:
        pytest.skip(str(missing))


FIELDS = "<input id=name><input id=hidden value=geheim><a id=next href=/next>Next</a>"


@pytest.fixture
def customer(browser: Chromium, site: Site, server: Server) -> CustomerInBrowser:
    """A customer whose browser remembers nothing, on a page of the site."""
    browser.fresh()
    site.pages = {"/page": FIELDS + f"<a id=out href='{site.elsewhere}/x'>Out</a>", "/next": FIELDS}
    customer = CustomerInBrowser(browser, site.url)
    customer.visit("/page")
    return customer


def join(customer: CustomerInBrowser, server: Server, agent: Agent, *, writing: bool = False) -> None:
    """A session, in Pointer Mode or in Write Mode, with the page shown."""
    customer.browser.script("cobrowse.start({customerToken: arguments[0]})", server.customer_token())
    agent.do("join", session_id=customer.session_id())
    agent.sees("joined")
    agent.sees("page_shown")
    if writing:
        agent.do("request")
        agent.sees("asked")
        customer.press("approve")
        agent.sees("in_mode", mode="write")


# Starting


def test_nothing_of_the_page_leaves_before_an_agent_has_joined(
    customer: CustomerInBrowser, server: Server, agent: Agent
) -> None:
    """START-5: one message, which starts the session; afterwards the page goes."""
    customer.browser.sent()
    customer.browser.script("cobrowse.start({customerToken: arguments[0]})", server.customer_token())
    session_id = customer.session_id()
    customer.browser.find("#name").send_keys("x")
    before = [data for data in customer.browser.sent() if data.startswith((b'{"id"', b"\x01", b"\x02"))]
    agent.do("join", session_id=session_id)
    agent.sees("page_shown")

    assert [b"start"] == [json.loads(data)["do"]["type"].encode() for data in before]
    assert agent.page["url"] == f"{customer.site}/page"


def test_an_act_is_carried_out_and_reported(
    customer: CustomerInBrowser, server: Server, agent: Agent
) -> None:
    """WRITE-4, MASK-7: by the reference that was published; what is masked is refused."""
    join(customer, server, agent, writing=True)
    refs = {one["ref"]: one for one in agent.page["elements"]}
    masked = next(ref for ref, one in refs.items() if one.get("masked"))
    for ref, one in refs.items():
        if not one.get("masked"):
            agent.act("type", ref, value="Graz")
            if agent.next()["type"] == "act_applied":
                break
    agent.act("type", masked, value="x")

    assert agent.sees("refused")["reason"] == "masked"
    assert customer.value("#name") == "Graz"


def test_the_agents_pointer_and_circle_show(
    customer: CustomerInBrowser, server: Server, agent: Agent
) -> None:
    """POINTER-3, POINTER-4: and take no clicks."""
    join(customer, server, agent)
    agent.point(200, 150)
    customer.part("agent-pointer")
    agent.do("click", x=200, y=150)
    customer.browser.sees(lambda: customer.shows("circle"), "the red circle")

    assert customer.browser.script("return document.elementFromPoint(200, 150).localName") != "cobrowse-ui"


# Moving about the site


@pytest.mark.parametrize("way", ["reload", "link", "address", "script"])
def test_a_move_within_the_site_keeps_write_mode(
    customer: CustomerInBrowser, server: Server, agent: Agent, site: Site, way: str
) -> None:
    """NAVIGATE-7, RESUME-3: announced in time, however it is begun; the agent is not even told of a pause."""
    join(customer, server, agent, writing=True)
    if way == "reload":
        customer.browser.driver.refresh()
    elif way == "link":
        customer.click("#next")
    elif way == "address":
        customer.browser.open(f"{site.url}/next?x=1")
    else:
        customer.browser.script("location.href = '/next'")
    seen = agent.sees("page_shown")

    assert [one["type"] for one in agent.seen if one["type"] == "suspended"] == []
    assert seen["url"] == f"{site.url}/{'page' if way == 'reload' else 'next'}"
    customer.sees("state", "Write Mode")


def test_a_page_that_moves_within_itself_is_shown_anew(
    customer: CustomerInBrowser, server: Server, agent: Agent, site: Site
) -> None:
    """POINTER-1: a single-page application's other page."""
    join(customer, server, agent)
    customer.browser.script("history.pushState(null, '', '/inner?secret=1')")

    assert agent.sees("page_shown")["url"] == f"{site.url}/inner"


# Leaving the site, and coming back


@pytest.mark.parametrize("way", ["link", "address", "script"])
@pytest.mark.parametrize("back", ["back", "address"])
def test_leaving_the_site_pauses_at_once_and_coming_back_resumes(
    customer: CustomerInBrowser, server: Server, agent: Agent, site: Site, way: str, back: str
) -> None:
    """SITE-1 to SITE-3, NV-12: the server is told, not of where to; a page that is shown again proves who it is first."""
    join(customer, server, agent, writing=True)
    customer.browser.sent()
    if way == "link":
        customer.click("#out")
    elif way == "address":
        customer.browser.open(site.elsewhere + "/x")
    else:
        customer.browser.script("location.href = arguments[0]", site.elsewhere + "/x")
    suspended = agent.sees("suspended")
    if back == "back":
        customer.browser.driver.back()
    else:
        customer.browser.open(site.url + "/page")
    agent.sees("resumed", mode="pointer")
    agent.sees("page_shown")
    first = next(json.loads(data)["do"] for data in customer.browser.sent() if data.startswith(b'{"id"'))

    assert suspended["reason"] == "off_site"
    assert first["type"] == "resume"
    assert site.elsewhere not in json.dumps(agent.seen)
    customer.sees("state", "Pointer Mode")


def test_a_tab_that_is_closed_is_a_lost_link(
    customer: CustomerInBrowser, server: Server, agent: Agent, site: Site
) -> None:
    """RESUME-1: nobody knows where the customer went."""
    customer.browser.driver.switch_to.new_window("tab")
    customer.visit("/page")
    join(customer, server, agent)
    customer.browser.driver.close()
    customer.browser.driver.switch_to.window(customer.browser.driver.window_handles[0])

    assert agent.sees("suspended")["reason"] == "link_lost"


def test_a_session_that_ended_meanwhile_is_not_taken_up(
    customer: CustomerInBrowser, server: Server, agent: Agent, site: Site
) -> None:
    """STOP-5: the page out of the back/forward cache shows nothing of it, and can start another."""
    join(customer, server, agent)
    customer.click("#out")
    agent.sees("suspended")
    agent.do("exit")
    agent.sees("ended")
    customer.browser.driver.back()
    customer.sees("notice", "over")

    assert customer.browser.script("return cobrowse.state") == "ended"
    customer.part("start")


# Tabs and storage


def test_a_copied_tab_resumes_nothing(customer: CustomerInBrowser, server: Server, agent: Agent) -> None:
    """SE-07: the storage of a tab is copied with it; the session stays in the tab that has it."""
    join(customer, server, agent, writing=True)
    first = customer.browser.driver.current_window_handle
    customer.browser.script("window.open(location.href)")
    other = next(one for one in customer.browser.driver.window_handles if one != first)
    customer.browser.driver.switch_to.window(other)
    customer.part("start")

    assert customer.browser.script("return [cobrowse.state, sessionStorage.length]") == ["idle", 0]
    customer.browser.driver.refresh()
    customer.part("start")
    customer.browser.driver.close()
    customer.browser.driver.switch_to.window(first)
    assert agent.until_fence() == []
    customer.sees("state", "Write Mode")


@pytest.mark.parametrize(
    "how",
    [
        "Object.defineProperty(window, 'sessionStorage', {get() { throw new DOMException('x', 'SecurityError'); }})",
        "Storage.prototype.setItem = () => { throw new DOMException('x', 'QuotaExceededError'); }",
        "Storage.prototype.getItem = () => 'no JSON'",
    ],
    ids=["blocked", "full", "spoilt"],
)
def test_without_storage_all_works_but_the_resuming(
    customer: CustomerInBrowser, server: Server, agent: Agent, how: str
) -> None:
    """RESUME-1: cookies blocked, storage full, or written over by the page."""
    added = customer.browser.cdp("Page.addScriptToEvaluateOnNewDocument", source=how)
    try:
        customer.visit("/page")
        join(customer, server, agent)
        customer.browser.driver.refresh()
        customer.part("start")
    finally:
        customer.browser.cdp("Page.removeScriptToEvaluateOnNewDocument", identifier=added["identifier"])

    assert customer.browser.script("return cobrowse.state") == "idle"


# The page


def test_the_script_loaded_twice_is_there_once(customer: CustomerInBrowser, site: Site) -> None:
    """One host, one object of the site's, which nobody can change."""
    site.pages["/twice"] = site.tag + site.tag
    customer.visit("/twice")
    customer.browser.script("try { cobrowse.start = 1; window.cobrowse = 1; } catch {}")

    assert len(customer.browser.all("cobrowse-ui")) == 1
    assert customer.browser.script("return typeof cobrowse.start") == "function"
    assert customer.browser.script("return document.querySelector('cobrowse-ui').shadowRoot") is None


def test_a_page_with_a_strict_policy_of_its_own(
    customer: CustomerInBrowser, server: Server, agent: Agent, site: Site
) -> None:
    """CSP: no inline style, no inline script, no eval; what is shown is styled, and nothing is reported."""
    links = server.url.replace("http", "ws", 1)
    csp = f"default-src 'none'; script-src {server.url}; connect-src {links}; require-trusted-types-for 'script'"
    site.headers["/strict"] = {"Content-Security-Policy": csp}
    customer.browser.driver.get_log("browser")  # type: ignore[no-untyped-call]
    customer.visit("/strict")
    join(customer, server, agent, writing=True)
    agent.do("go_back", page=agent.page["page"], epoch=agent.epoch)
    assert agent.sees("page_shown")["url"] == f"{site.url}/page"
    log = customer.browser.driver.get_log("browser")  # type: ignore[no-untyped-call]

    assert [one["message"] for one in log if "Content Security Policy" in one["message"]] == []


def test_a_page_that_hides_the_notice_ends_write_mode(
    customer: CustomerInBrowser, server: Server, agent: Agent
) -> None:
    """CO-22: once is mended; again and again is tampering, and Pointer Mode holds."""
    join(customer, server, agent, writing=True)
    customer.browser.script("document.querySelector('cobrowse-ui').remove()")
    customer.browser.sees(lambda: customer.shows("exit"), "the notice again")
    customer.sees("state", "Write Mode")
    customer.browser.script(
        "setInterval(() => document.querySelector('cobrowse-ui')?.style.setProperty('opacity', 0, 'important'), 50)"
    )
    agent.sees("in_mode", mode="pointer")


def test_a_page_cannot_cover_the_way_out(customer: CustomerInBrowser, server: Server, agent: Agent) -> None:
    """STOP-1: neither by a layer on top, nor by a modal dialog of its own."""
    join(customer, server, agent)
    customer.browser.script(
        "const d = document.createElement('dialog'); d.textContent = 'x'; document.body.append(d); d.showModal();"
        "const p = document.createElement('div'); p.popover = 'manual'; p.style = 'inset:0;width:100%;height:100%';"
        "d.append(p); p.showPopover()"
    )
    customer.browser.sees(
        lambda: customer.browser.script(
            "const {x, y} = arguments[0]; return document.elementFromPoint(x, y)?.localName === 'cobrowse-ui'",
            customer.part("exit").middle._asdict(),
        ),
        "the way out on top",
    )
    customer.press("exit")

    assert agent.sees("ended")["reason"] == "customer_exit"


def test_a_page_of_5_megabytes(customer: CustomerInBrowser, server: Server, agent: Agent, site: Site) -> None:
    """SECURE-4: all of it arrives, in frames that are no larger than may be, and the session goes on."""
    site.pages["/large"] = "<p>" + "Lorem ipsum dolor. " * 50 + "</p>"
    site.pages["/large"] *= (5 << 20) // len(site.pages["/large"])
    customer.visit("/large")
    join(customer, server, agent)
    frames = agent.gets(lambda frames: sum(len(frame) for frame in frames) > 5 << 20)

    assert max(len(frame) for frame in frames) <= 8 << 20
    customer.press("exit")
    agent.sees("ended", reason="customer_exit")


def test_a_stricter_policy_holds_at_once(
    customer: CustomerInBrowser, server: Server, agent: Agent, site: Site, tmp_path: Path
) -> None:
    """MASK-11: the page is shown anew, with less."""
    join(customer, server, agent)
    customer.browser.find("#name").send_keys("Rosalind")
    agent.gets(lambda frames: any(b"Rosalind" in frame for frame in frames))
    text = Path(_policy(tmp_path, site)).read_text()
    try:
        stricter = text.replace('"#hidden"', '"#hidden", "#name"')
        server.rest.put("/v1/policies/default", content=stricter).raise_for_status()
        agent.sees("policy_changed")
        agent.sees("page_shown")
        first = agent.gets(lambda frames: len(frames) > 0)
    finally:
        server.rest.put("/v1/policies/default", content=text).raise_for_status()

    assert [one.get("masked", False) for one in agent.page["elements"][:2]] == [True, True]
    assert b"Rosalind" not in first[0]
    assert any(b"Rosalind" in frame for frame in agent.frames)


def test_the_keyboard_is_enough(customer: CustomerInBrowser, server: Server, agent: Agent) -> None:
    """WCAG 2.1.1, 2.4.3: the focus goes with what is shown."""
    join(customer, server, agent)
    customer.browser.script("document.body.tabIndex = -1; document.body.focus()")
    customer.browser.keys(*[Keys.TAB] * 6, Keys.ENTER)

    assert agent.sees("ended")["reason"] == "customer_exit"
    customer.browser.sees(
        lambda: customer.browser.script("return document.activeElement.localName") == "cobrowse-ui",
        "the focus",
    )


def test_a_masked_field_says_that_the_agent_cannot_read_it(
    customer: CustomerInBrowser, server: Server, agent: Agent
) -> None:
    """MASK-8."""
    join(customer, server, agent)
    customer.click("#hidden")
    customer.sees("hint", "cannot read")
    customer.click("#name")
    customer.browser.sees(lambda: not customer.shows("hint"), "no hint")


def test_the_curtain_hides_and_opens(customer: CustomerInBrowser, server: Server, agent: Agent) -> None:
    """PAUSE-1: nothing flows behind it; then Pointer Mode."""
    join(customer, server, agent, writing=True)
    customer.press("curtain")
    assert agent.sees("suspended")["reason"] == "curtain"
    agent.frames.clear()
    customer.browser.find("#name").send_keys("secret")
    assert agent.until_fence() == []
    assert agent.frames == []
    customer.press("curtain")
    agent.sees("resumed", mode="pointer")
    agent.sees("page_shown")


def test_nothing_leaves_after_the_customer_has_exited(
    customer: CustomerInBrowser, server: Server, agent: Agent
) -> None:
    """STOP-3, CO-01: not even what was on its way."""
    join(customer, server, agent, writing=True)
    customer.browser.script("setInterval(() => document.body.append('change '), 1)")
    customer.press("exit")
    agent.sees("ended", reason="customer_exit")
    customer.browser.sent()
    changes = "return document.body.childNodes.length"
    enough = customer.browser.script(changes) + 200
    customer.browser.sees(lambda: customer.browser.script(changes) > enough, "200 changes more")

    assert [data for data in customer.browser.sent() if data[:1] in (b"\x01", b"\x02", b"{")] == []


# The question


def test_the_question_is_answered_by_the_customers_hand_alone(
    customer: CustomerInBrowser, server: Server, agent: Agent
) -> None:
    """WRITE-1, WRITE-2, WR-09, CO-19: no script of the page, no act; it names the agent, and takes the focus."""
    join(customer, server, agent)
    customer.browser.find("#name").send_keys("a")
    agent.do("request")
    agent.sees("asked")
    customer.sees("question", "“Ada”")
    at = customer.part("approve").middle
    customer.browser.script(
        "const e = document.elementFromPoint(arguments[0], arguments[1]);"
        "for (const t of ['pointerdown', 'mousedown', 'pointerup', 'mouseup', 'click'])"
        " e.dispatchEvent(new MouseEvent(t, {bubbles: true, composed: true, clientX: arguments[0], clientY: arguments[1]}));"
        "e.click(); document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true}))",
        at.x,
        at.y,
    )
    assert agent.until_fence() == []
    customer.browser.keys("x")
    assert customer.value("#name") == "a"
    customer.browser.wait(
        lambda: customer.part("deny").attribute("aria-disabled") == "false", "takes answers"
    )
    customer.browser.keys(Keys.TAB, Keys.TAB, Keys.ENTER)  # the first leads to Exit

    assert agent.sees("answered")["answer"] == "denied"
    customer.browser.sees(lambda: not customer.shows("ask"), "no question")
    assert (
        customer.browser.script("return document.activeElement.id || document.activeElement.localName")
        == "name"
    )


def test_a_yes_for_a_limited_time(customer: CustomerInBrowser, server: Server, agent: Agent) -> None:
    """WRITE-15: both are told of the limit."""
    join(customer, server, agent)
    agent.do("request")
    customer.press("approve-timed")

    assert agent.sees("in_mode", mode="write")["ends_in_s"] > 0
    customer.sees("ends-in", "Until Pointer Mode")


def test_the_customer_takes_write_mode_back(
    customer: CustomerInBrowser, server: Server, agent: Agent
) -> None:
    """WRITE-11."""
    join(customer, server, agent, writing=True)
    customer.press("pointer")

    assert agent.sees("in_mode")["mode"] == "pointer"
    customer.sees("state", "Pointer Mode")


# The server


def test_a_server_that_falls_over_and_comes_back(
    customer: CustomerInBrowser, site: Site, tmp_path: Path, server: Server
) -> None:
    """RESUME-1, RESUME-4: the customer is told, and the session goes on by itself when the server is back."""
    port, own_tag = free_port(), site.tag
    command = (
        "serve",
        "--port",
        str(port),
        "--journal",
        str(tmp_path / "j.sqlite"),
        "--policy",
        _policy(tmp_path, site),
    )
    key = tmp_path / "key"
    key.write_text("0123456789abcdef-controller")
    try:
        with started(*command, "--controller-key-file", str(key)) as (process, ready):
            first = Server({"controller_key": key.read_text(), **ready})
            site.tag = f"<script src='{first.url}/cobrowse.js' defer></script>"
            customer.visit("/page")
            agent = first.agent()
            join(customer, first, agent)
            agent.close()
            first.rest.close()
            process.kill()
            process.wait()
        customer.sees("state", "reconnecting")
        with started(*command, "--controller-key-file", str(key)):
            customer.sees("state", "agent’s connection is lost")
    finally:
        site.tag = own_tag


def test_the_words_of_the_session_id_are_grouped(customer: CustomerInBrowser, server: Server) -> None:
    """START-2: three by three, as they are read out."""
    customer.browser.script("cobrowse.start({customerToken: arguments[0]})", server.customer_token())

    customer.session_id()

    assert re.fullmatch(r"\d{3} \d{3} \d{3}", customer.part("session-id").text)
    customer.press("cancel")
    customer.sees("notice", "cancelled")


def test_a_start_that_is_refused_says_so(customer: CustomerInBrowser) -> None:
    """START-8: no chat or call."""
    customer.browser.script("cobrowse.start({customerToken: 'wrong'})")
    customer.sees("notice", "could not be started")

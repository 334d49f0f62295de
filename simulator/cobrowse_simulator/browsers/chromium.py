"""A real browser: Debian's Chromium, driven with real input, with a profile of its own.

What lies in closed shadow roots cannot be reached by Selenium, and is not meant to be reached by any page: it
is found through the DevTools protocol (:class:`Part`), and pressed with the mouse where it shows.

Order: the bounds, what is needed, a browser, a part of a page, waiting.
"""

import base64
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

from selenium import webdriver
from selenium.common.exceptions import JavascriptException, NoSuchElementException, WebDriverException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

#: How long whatever is waited for may take on a loaded machine, in seconds.
WITHIN_S: Final = 40.0
#: How often it is looked for meanwhile, in seconds.
POLL_S: Final = 0.05
#: How long a page may take to load, in seconds.
LOAD_S: Final = 60.0
#: The size of a window, in CSS pixels.
WINDOW: Final = (1280, 900)

#: How Debian and Ubuntu install what is needed.
INSTALL: Final = "apt-get install chromium chromium-driver"

#: Nothing of what a browser does by itself: no network but what is asked for, nothing left on the disk.
FLAGS: Final = (
    "--headless=new",
    "--no-sandbox",  # root in a container, as in CI, cannot set up Chromium's own; the pages are our own
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--force-device-scale-factor=1",
)

T = TypeVar("T")


class NoChromium(Exception):
    """There is no browser on this machine; says what to install."""


def find_chromium() -> tuple[str, str]:
    """Where Chromium and its driver are; raises :class:`NoChromium`.  Nothing is ever downloaded."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium is None or driver is None:
        raise NoChromium(f"real browsers need Chromium and chromedriver: {INSTALL}")
    return chromium, driver


class Point(NamedTuple):
    """A place in the browser's viewport, in CSS pixels."""

    x: float
    y: float
    #: How far down the page was scrolled then.
    scrolled: float = 0.0


class Part:
    """An element in any shadow root, closed ones too: with its text as it was when looked for, the rest as it is."""

    def __init__(self, browser: "Browser", node: dict[str, Any]) -> None:
        self._browser = browser
        self._node = node

    @property
    def text(self) -> str:
        """All text in it, white space drawn together."""
        return " ".join(" ".join(_texts(self._node)).split())

    def attribute(self, name: str) -> str | None:
        """An attribute as the markup has it now; None: there is none, or the element has gone."""
        try:
            now = self._browser.cdp("DOM.describeNode", backendNodeId=self._node["backendNodeId"])
        except WebDriverException:
            return None
        return _attributes(now["node"]).get(name)

    @property
    def is_shown(self) -> bool:
        """Whether it takes up room in the viewport or beyond."""
        return self._quad() is not None

    @property
    def middle(self) -> Point:
        """The middle of where it shows."""
        quad = self._quad()
        assert quad is not None, f"{self._node['nodeName']} does not show"
        return Point(sum(quad[0::2]) / 4, sum(quad[1::2]) / 4)

    def press(self) -> None:
        """Click it with the mouse."""
        self._browser.cdp("DOM.scrollIntoViewIfNeeded", backendNodeId=self._node["backendNodeId"])
        self._browser.mouse(self.middle)

    def _quad(self) -> list[float] | None:
        try:
            box = self._browser.cdp("DOM.getBoxModel", backendNodeId=self._node["backendNodeId"])
        except WebDriverException:
            return None
        quad: list[float] = box["model"]["border"]
        return quad


class Browser:
    """One Chromium with one window."""

    def __init__(
        self, driver: webdriver.Chrome, name: str, window: tuple[int, int], *, logs_traffic: bool = True
    ) -> None:
        self.driver = driver
        self._logs_traffic = logs_traffic
        #: Whose it is, for messages.
        self.name = name
        #: The size of its window.
        self.window = window

    # Pages

    def open(self, url: str) -> None:
        """Load a page."""
        self.driver.switch_to.default_content()
        self.driver.get(url)

    def fresh(self) -> None:
        """Forget everything: another window with nothing stored, and nothing kept of any site."""
        old = self.driver.current_window_handle
        for handle in self.driver.window_handles:
            if handle != old:
                self.driver.switch_to.window(handle)
                self.driver.close()
        self.driver.switch_to.window(old)
        self.cdp("Storage.clearDataForOrigin", origin="*", storageTypes="all")
        self.cdp("Network.clearBrowserCache")
        self.driver.switch_to.new_window("window")
        new = self.driver.current_window_handle
        self.driver.switch_to.window(old)
        self.driver.close()
        self.driver.switch_to.window(new)
        self.driver.set_window_size(*self.window)
        if self._logs_traffic:
            self.driver.get_log("performance")  # type: ignore[no-untyped-call]

    def find(self, selector: str) -> WebElement:
        """The element that a selector finds in the page, waited for."""
        return self.wait(lambda: self.driver.find_element(By.CSS_SELECTOR, selector), f"no {selector}")

    def all(self, selector: str) -> list[WebElement]:
        """The elements that a selector finds now."""
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def script(self, source: str, *arguments: Any) -> Any:
        """What a script in the page returns."""
        return self.driver.execute_script(source, *arguments)

    @contextmanager
    def frame(self, *selectors: str) -> Iterator[None]:
        """Look into frames, one in the other."""
        self.driver.switch_to.default_content()
        try:
            for selector in selectors:
                self.driver.switch_to.frame(self.find(selector))
            yield
        finally:
            self.driver.switch_to.default_content()

    # Input

    def mouse(self, at: Point, *, press: bool = True) -> None:
        """Move the mouse to a place of the viewport, and click there."""
        self.cdp("Input.dispatchMouseEvent", type="mouseMoved", x=at.x, y=at.y)
        if press:
            for kind in ("mousePressed", "mouseReleased"):
                self.cdp("Input.dispatchMouseEvent", type=kind, x=at.x, y=at.y, button="left", clickCount=1)

    def click(self, element: WebElement) -> None:
        """Click the middle of an element, whatever lies over it."""
        ActionChains(self.driver).move_to_element(element).click().perform()

    def enter(self, selector: str, text: str) -> None:
        """Click a field and type into it.

        Without the click a field in a frame can lose the focus while it is typed into: a new window gets its own late.
        """
        field = self.find(selector)
        field.click()
        field.send_keys(text)

    def keys(self, *keys: str) -> None:
        """Press keys, wherever the focus is."""
        ActionChains(self.driver).send_keys(*keys).perform()

    # The DevTools protocol

    def cdp(self, command: str, **arguments: Any) -> Any:
        """The answer to a command of the DevTools protocol."""
        return self.driver.execute_cdp_cmd(command, arguments)

    def part(self, part_id: str, host: str) -> Part | None:
        """The element of this ID or part in the shadow root of an element of this tag; None: there is none now."""
        root = self.cdp("DOM.getDocument", depth=-1, pierce=True)["root"]
        hosts = (node for node in _nodes(root) if node["nodeName"].lower() == host)
        found = (node for one in hosts for node in _nodes(one) if _is(node, part_id))
        node = next(found, None)
        return None if node is None else Part(self, node)

    def shown(self, part_id: str, host: str) -> Part:
        """The same, waited for until it shows."""

        def look() -> Part | None:
            part = self.part(part_id, host)
            return part if part is not None and part.is_shown else None

        return self.wait(look, f"{part_id} does not show")

    # What goes over the network

    def sent(self) -> list[bytes]:
        """What has left the browser since this was asked last: frames of WebSockets, bodies and addresses."""
        return [data for way, data in self.traffic() if way == "sent"]

    def traffic(self) -> list[tuple[str, bytes]]:
        """The same with what has arrived over WebSockets, in order: "sent" or "received", and the bytes."""
        entries: list[dict[str, Any]] = self.driver.get_log("performance")  # type: ignore[no-untyped-call]
        return [found for entry in entries for found in _traffic(json.loads(entry["message"])["message"])]

    # Waiting

    def wait(self, look: Callable[[], T | None], failing: str) -> T:
        """What this finds, once it finds something true; it may fail meanwhile as Selenium does."""
        ignored = (WebDriverException, NoSuchElementException, JavascriptException)
        waiting = WebDriverWait(self.driver, WITHIN_S, POLL_S, ignored_exceptions=ignored)
        return waiting.until(lambda driver: look(), f"{self.name}: {failing} within {WITHIN_S:g} s")  # type: ignore[return-value]

    def sees(self, condition: Callable[[], bool], what: str) -> None:
        """Come back when a condition holds."""
        self.wait(condition, f"not seen: {what},")


@contextmanager
def open_browser(
    name: str,
    profile: Path,
    *,
    window: tuple[int, int] = WINDOW,
    flags: tuple[str, ...] = (),
    logs_traffic: bool = True,
) -> Iterator[Browser]:
    """A Chromium with its profile in this folder, for the length of a block; raises :class:`NoChromium`.

    Without ``logs_traffic`` it keeps no log of its network, which costs time: :meth:`Browser.traffic` has nothing.
    """
    chromium, driver_path = find_chromium()
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in (*FLAGS, *flags, f"--user-data-dir={profile}", f"--window-size={window[0]},{window[1]}"):
        options.add_argument(flag)
    logs = {"browser": "ALL", **({"performance": "ALL"} if logs_traffic else {})}
    options.set_capability("goog:loggingPrefs", logs)
    if logs_traffic:
        options.add_experimental_option("perfLoggingPrefs", {"enableNetwork": True, "enablePage": False})
    driver = webdriver.Chrome(options=options, service=Service(driver_path))
    try:
        driver.set_page_load_timeout(LOAD_S)
        driver.set_script_timeout(WITHIN_S)
        yield Browser(driver, name, window, logs_traffic=logs_traffic)
    finally:
        driver.quit()


# The DevTools protocol's nodes and events


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A node and everything in it, shadow roots and frames included."""
    yield node
    inner = node.get("contentDocument")
    for child in (*node.get("shadowRoots", ()), *node.get("children", ()), *([inner] if inner else ())):
        yield from _nodes(child)


def _attributes(node: dict[str, Any]) -> dict[str, str]:
    pairs = node.get("attributes", [])
    return dict(zip(pairs[0::2], pairs[1::2], strict=True))


def _is(node: dict[str, Any], part_id: str) -> bool:
    attributes = _attributes(node)
    return attributes.get("id") == part_id or part_id in attributes.get("part", "").split()


def _texts(node: dict[str, Any]) -> Iterator[str]:
    for one in _nodes(node):
        if one.get("nodeName") == "#text":
            yield one["nodeValue"]


def _traffic(event: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    method, params = event["method"], event["params"]
    if method in ("Network.webSocketFrameSent", "Network.webSocketFrameReceived"):
        data = params["response"]["payloadData"]
        binary = params["response"]["opcode"] == 2
        way = "sent" if method.endswith("Sent") else "received"
        yield way, base64.b64decode(data) if binary else data.encode()
    elif method == "Network.requestWillBeSent":
        request = params["request"]
        yield "sent", f"{request['method']} {request['url']}".encode()
        if "postData" in request:
            yield "sent", request["postData"].encode()

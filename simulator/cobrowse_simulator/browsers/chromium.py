"""Debian's Chromium, with a profile of its own.

What lies in closed shadow roots cannot be reached by Selenium, and is not meant to be reached by any page: it
is found through the DevTools protocol (:class:`Part`), and pressed with the mouse where it shows.

Order: what is needed, a part of a page, a browser, opening it.
"""

import base64
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from selenium import webdriver
from selenium.common.exceptions import JavascriptException, WebDriverException
from selenium.webdriver.chrome.service import Service
from typing_extensions import override

from .browser import LOAD_S, WINDOW, WITHIN_S, Browser, ConsoleLine, NoBrowser, Point

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


class NoChromium(NoBrowser):
    """Chromium or its driver is not on this machine; says what to install."""


def find_chromium() -> tuple[str, str]:
    """Where Chromium and its driver are; raises :class:`NoChromium`.  Nothing is ever downloaded."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium is None or driver is None:
        raise NoChromium(f"real browsers need Chromium and chromedriver: {INSTALL}")
    return chromium, driver


class Part:
    """An element in any shadow root, closed ones too: with its text as it was when looked for, the rest as it is."""

    def __init__(self, browser: "Chromium", node: dict[str, Any]) -> None:
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


class Chromium(Browser):
    """One Chromium with one window."""

    driver: webdriver.Chrome

    def __init__(
        self, driver: webdriver.Chrome, name: str, window: tuple[int, int], *, logs_traffic: bool = True
    ) -> None:
        super().__init__(driver, name, window)
        self._logs_traffic = logs_traffic

    # Pages

    @override
    def reaches(self, url: str) -> bool:
        try:
            self.open(url)
        except WebDriverException as error:
            if "net::ERR_" not in (error.msg or ""):
                raise
            return False
        return bool(self.script("return location.protocol") != "chrome-error:")

    @override
    def fresh(self) -> None:
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

    @override
    def evaluate(self, script: str, *arguments: Any) -> Any:
        # Without the wrapping that the driver gives each script, which takes half of the processor's time.
        answer = self.cdp(
            "Runtime.evaluate",
            expression=f"(function () {{ {script} }}).apply(null, {json.dumps(arguments)})",
            returnByValue=True,
            awaitPromise=True,
        )
        if "exceptionDetails" in answer:
            thrown = answer["exceptionDetails"]
            raise JavascriptException(thrown.get("exception", {}).get("description") or thrown["text"])
        return answer["result"].get("value")

    @override
    def console(self) -> list[ConsoleLine]:
        said: list[dict[str, Any]] = self.driver.get_log("browser")  # type: ignore[no-untyped-call]
        return [
            ConsoleLine(line["level"].lower(), line["message"], line["timestamp"] / 1000) for line in said
        ]

    # Input

    @override
    def mouse(self, at: Point, *, press: bool = True) -> None:
        self.cdp("Input.dispatchMouseEvent", type="mouseMoved", x=at.x, y=at.y)
        if press:
            self.press_here(at)

    @override
    def press_here(self, at: Point) -> None:
        for kind in ("mousePressed", "mouseReleased"):
            self.cdp("Input.dispatchMouseEvent", type=kind, x=at.x, y=at.y, button="left", clickCount=1)

    @override
    def wheel(self, at: Point, dx: float, dy: float) -> None:
        self.cdp("Input.dispatchMouseEvent", type="mouseWheel", x=at.x, y=at.y, deltaX=dx, deltaY=dy)

    @override
    def insert(self, text: str) -> None:
        self.cdp("Input.insertText", text=text)

    # Its windows and its network

    @override
    def resize(self, width: int, height: int) -> None:
        self.cdp(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    @override
    def be_offline(self, *, is_off: bool) -> None:
        self.cdp("Network.enable")
        self.cdp(
            "Network.emulateNetworkConditions",
            offline=is_off,
            latency=0,
            downloadThroughput=-1,
            uploadThroughput=-1,
        )

    @override
    def save_to(self, folder: Path) -> None:
        self.cdp("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(folder))

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


@contextmanager
def open_browser(
    name: str,
    profile: Path,
    *,
    window: tuple[int, int] = WINDOW,
    flags: tuple[str, ...] = (),
    logs_traffic: bool = True,
) -> Iterator[Chromium]:
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
        yield Chromium(driver, name, window, logs_traffic=logs_traffic)
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

"""Firefox, where it is present, with a profile of its own.

What its driver (geckodriver) has no word for goes over WebDriver BiDi.  Nothing here reads what goes over the network:
Firefox tells nobody what is in the frames of WebSockets.

Order: what is needed, a browser, opening it.
"""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import DEVNULL
from typing import Any, Final

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.actions.action_builder import ActionBuilder
from selenium.webdriver.firefox.service import Service
from typing_extensions import override

from .bidi import Bidi
from .browser import LOAD_S, WINDOW, WITHIN_S, Browser, ConsoleLine, NoBrowser, Point

#: The names under which systems have it.
NAMES: Final = ("firefox", "firefox-esr")

#: How Debian installs what is needed.
INSTALL: Final = "apt-get install firefox-esr, and geckodriver of Mozilla's on the PATH"

#: Nothing of what a browser does by itself.
PREFERENCES: Final[dict[str, bool | int | str]] = {
    "app.normandy.enabled": False,
    "app.update.disabledForTesting": True,
    "browser.safebrowsing.downloads.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.dns.disablePrefetch": True,
    "network.prefetch-next": False,
    "services.settings.server": "data:,",
    "signon.rememberSignons": False,
    "toolkit.telemetry.enabled": False,
}


class NoFirefox(NoBrowser):
    """Firefox or its driver is not on this machine; says what to install."""


def find_firefox() -> tuple[str, str]:
    """Where Firefox and its driver are; raises :class:`NoFirefox`.  Nothing is ever downloaded."""
    firefox = next((found for name in NAMES if (found := shutil.which(name))), None)
    driver = shutil.which("geckodriver")
    if firefox is None or driver is None:
        raise NoFirefox(f"there is no Firefox that can be driven: {INSTALL}")
    return firefox, driver


class Firefox(Browser):
    """One Firefox with one window."""

    driver: webdriver.Firefox

    def __init__(self, start: Callable[[], webdriver.Firefox], name: str, window: tuple[int, int]) -> None:
        self._start = start
        self._folder: Path | None = None
        super().__init__(start(), name, window)
        self._begin()

    def _begin(self) -> None:
        self.driver.set_page_load_timeout(LOAD_S)
        self.driver.set_script_timeout(WITHIN_S)
        #: What is asked beside the driver.
        self.bidi = Bidi(self.driver.capabilities["webSocketUrl"])
        self.bidi.ask("session.subscribe", events=["log.entryAdded"])
        self.driver.set_window_size(*self.window)
        if self._folder is not None:
            self.save_to(self._folder)

    def quit(self) -> None:
        """Close it."""
        try:
            self.bidi.close()
        finally:
            self.driver.quit()

    @property
    def context(self) -> str:
        """Its window, as BiDi knows it."""
        return self.driver.current_window_handle

    # Pages

    @override
    def reaches(self, url: str) -> bool:
        try:
            self.open(url)
        except WebDriverException as error:
            if "about:neterror" not in (error.msg or ""):
                raise
            return False
        return True

    @override
    def reload(self) -> None:
        """By a script of the page: Firefox tells no page that somebody reloads it, so that it could announce it (RESUME-3)."""
        born = self.evaluate("return performance.timeOrigin")
        self.evaluate("location.reload()")
        self.sees(lambda: self.evaluate("return performance.timeOrigin") != born, "the page anew")

    @override
    def fresh(self) -> None:
        """Another Firefox, with another profile: it has no command to forget what it keeps."""
        self.quit()
        self.driver = self._start()
        self._begin()

    @override
    def evaluate(self, script: str, *arguments: Any) -> Any:
        # As JSON, since the protocol has words of its own for values that JSON writes alike.
        found = f"await (function () {{ {script} }}).apply(null, arguments)"
        text = self.driver.execute_script(
            f"return (async () => JSON.stringify({{ value: {found} }}))()", *arguments
        )
        if text is None:
            raise WebDriverException("the page has gone meanwhile")
        return json.loads(text).get("value")

    @override
    def console(self) -> list[ConsoleLine]:
        said = (event["params"] for event in self.bidi.told() if event["method"] == "log.entryAdded")
        return [ConsoleLine(line["level"], line["text"] or "", line["timestamp"] / 1000) for line in said]

    # Input

    @override
    def mouse(self, at: Point, *, press: bool = True) -> None:
        self._point(at, moves=True, press=press)

    @override
    def press_here(self, at: Point) -> None:
        self._point(at, moves=False, press=True)

    def _point(self, at: Point, *, moves: bool, press: bool) -> None:
        doing = ActionBuilder(self.driver, duration=0)
        if moves:
            doing.pointer_action.move_to_location(round(at.x), round(at.y))  # type: ignore[no-untyped-call]
        if press:
            doing.pointer_action.pointer_down().pointer_up()  # type: ignore[no-untyped-call]
        doing.perform()

    @override
    def wheel(self, at: Point, dx: float, dy: float) -> None:
        doing = ActionBuilder(self.driver, duration=0)
        doing.wheel_action.scroll(round(at.x), round(at.y), round(dx), round(dy), 0, "viewport")  # type: ignore[no-untyped-call]
        doing.perform()

    @override
    def insert(self, text: str) -> None:
        """By the page's own editing command, whose events are a person's: no driver of Firefox can put a text in at once."""
        context = self.context
        while (inner := self._focused_frame(context)) is not None:
            context = inner
        self.bidi.call(context, "function (text) { document.execCommand('insertText', false, text); }", text)

    def _focused_frame(self, context: str) -> str | None:
        """The frame in a window or frame that has the cursor; None: none has."""
        found = self.bidi.call(context, "() => document.activeElement?.contentWindow ?? null")
        return str(found["value"]["context"]) if found["type"] == "window" else None

    # Its windows and its network

    @override
    def resize(self, width: int, height: int) -> None:
        self.bidi.ask(
            "browsingContext.setViewport",
            context=self.context,
            viewport={"width": width, "height": height},
            devicePixelRatio=1,
        )

    @override
    def be_offline(self, *, is_off: bool) -> None:
        conditions = {"type": "offline"} if is_off else None
        self.bidi.ask("emulation.setNetworkConditions", networkConditions=conditions, contexts=[self.context])

    @override
    def save_to(self, folder: Path) -> None:
        self._folder = folder
        behavior = {"type": "allowed", "destinationFolder": str(folder)}
        self.bidi.ask("browser.setDownloadBehavior", downloadBehavior=behavior)


@contextmanager
def open_firefox(
    name: str, *, window: tuple[int, int] = WINDOW, proxy_port: int | None = None
) -> Iterator[Firefox]:
    """A Firefox for the length of a block; its way to the network is a SOCKS 5 proxy at this port on loopback, if given.

    Raises :class:`NoFirefox`.
    """
    firefox, driver_path = find_firefox()

    def start() -> webdriver.Firefox:
        options = webdriver.FirefoxOptions()
        options.binary_location = firefox
        options.add_argument("-headless")
        options.set_capability("webSocketUrl", True)
        for preference, value in {**PREFERENCES, **_proxied(proxy_port)}.items():
            options.set_preference(preference, value)
        return webdriver.Firefox(options=options, service=Service(driver_path, log_output=DEVNULL))

    browser = Firefox(start, name, window)
    try:
        yield browser
    finally:
        browser.quit()


def _proxied(port: int | None) -> dict[str, bool | int | str]:
    """The preferences that lead everything over a proxy, what is meant for this machine too."""
    if port is None:
        return {}
    return {
        "network.proxy.type": 1,
        "network.proxy.socks": "127.0.0.1",
        "network.proxy.socks_port": port,
        "network.proxy.socks_version": 5,
        "network.proxy.socks_remote_dns": True,
        "network.proxy.allow_hijacking_localhost": True,
        "network.proxy.no_proxies_on": "",
    }

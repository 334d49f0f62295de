"""A real browser with one window, used with real input: what all makes of browsers have in common.

Each make has a module of its own, :mod:`.chromium` and :mod:`.firefox`, which says how what the driver has no word for
is done there.

Order: the bounds, what is needed, a browser: pages, input, its windows, waiting.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

from selenium.common.exceptions import JavascriptException, NoSuchElementException, WebDriverException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver
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

T = TypeVar("T")


class NoBrowser(Exception):
    """There is no such browser on this machine; says what to install."""


class Point(NamedTuple):
    """A place in the browser's viewport, in CSS pixels."""

    x: float
    y: float
    #: How far down the page was scrolled then.
    scrolled: float = 0.0


class ConsoleLine(NamedTuple):
    """Something that a page said to its console."""

    level: str
    text: str
    #: Seconds since 1970.
    at: float


class Browser(ABC):
    """One browser with one window."""

    def __init__(self, driver: WebDriver, name: str, window: tuple[int, int]) -> None:
        self.driver = driver
        #: Whose it is, for messages.
        self.name = name
        #: The size of its window.
        self.window = window

    @property
    def version(self) -> str:
        """Its make and version, e.g. "Chrome 150.0.1"."""
        given = self.driver.capabilities
        return f"{str(given['browserName']).capitalize()} {given['browserVersion']}"

    # Pages

    def open(self, url: str) -> None:
        """Load a page."""
        self.driver.switch_to.default_content()
        self.driver.get(url)

    @abstractmethod
    def reaches(self, url: str) -> bool:
        """Load a page; whether anything answers there."""

    def reload(self) -> None:
        """Load the page anew."""
        self.driver.refresh()

    @abstractmethod
    def fresh(self) -> None:
        """Forget everything: another window with nothing stored, and nothing kept of any site."""

    def find(self, selector: str) -> WebElement:
        """The element that a selector finds in the page, waited for."""
        return self.wait(lambda: self.driver.find_element(By.CSS_SELECTOR, selector), f"no {selector}")

    def all(self, selector: str) -> list[WebElement]:
        """The elements that a selector finds now."""
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def script(self, source: str, *arguments: Any) -> Any:
        """What a script in the page returns."""
        return self.driver.execute_script(source, *arguments)

    @abstractmethod
    def evaluate(self, script: str, *arguments: Any) -> Any:
        """The same in the quickest way there is, in the page, not in its frames; arguments and answer are JSON.

        A promise is waited for.  Raises ``JavascriptException`` for what the script throws, else ``WebDriverException``.
        """

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

    @abstractmethod
    def console(self) -> list[ConsoleLine]:
        """What has been said to the console since this was asked last."""

    # Input

    @abstractmethod
    def mouse(self, at: Point, *, press: bool = True) -> None:
        """Move the mouse to a place of the viewport, and click there."""

    @abstractmethod
    def press_here(self, at: Point) -> None:
        """Click where the mouse is already."""

    @abstractmethod
    def wheel(self, at: Point, dx: float, dy: float) -> None:
        """Turn the wheel with the mouse at a place, by so many CSS pixels."""

    @abstractmethod
    def insert(self, text: str) -> None:
        """Put a text where the cursor is, in one go, as from a password manager."""

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

    # Its windows and its network

    @abstractmethod
    def resize(self, width: int, height: int) -> None:
        """Make the window this large inside, in CSS pixels."""

    @abstractmethod
    def be_offline(self, *, is_off: bool) -> None:
        """Be told, as by the system, that there is no network, or that there is one again."""

    @abstractmethod
    def save_to(self, folder: Path) -> None:
        """Put what is downloaded into this folder from now on, without asking."""

    # Waiting

    def wait(self, look: Callable[[], T | None], failing: str) -> T:
        """What this finds, once it finds something true; it may fail meanwhile as Selenium does."""
        ignored = (WebDriverException, NoSuchElementException, JavascriptException)
        waiting = WebDriverWait(self.driver, WITHIN_S, POLL_S, ignored_exceptions=ignored)
        return waiting.until(lambda driver: look(), f"{self.name}: {failing} within {WITHIN_S:g} s")  # type: ignore[return-value]

    def sees(self, condition: Callable[[], bool], what: str) -> None:
        """Come back when a condition holds."""
        self.wait(condition, f"not seen: {what},")

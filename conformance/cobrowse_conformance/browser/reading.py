"""Reading: what shows of the controls of a profile, in one look at a page, its frames and its shadow roots.

All controls that are in the same document or shadow root are read by one script.  Closed shadow roots
are found through the DevTools protocol, as no page can; frames by Selenium, so that frames of other
origins, which have processes of their own, can be read too.

Order: what is read of an element, the script, the reader.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

import msgspec
from cobrowse_simulator.browsers.chromium import Browser, Point
from selenium.common.exceptions import JavascriptException, NoSuchFrameException, WebDriverException
from selenium.webdriver.common.by import By

from .profile import Locator


class Found(msgspec.Struct, frozen=True):
    """One element, as it shows; places in CSS pixels of the document that it is in."""

    #: Tells elements of one document apart, for as long as they live.
    number: int
    #: How often what is in it has changed; counted of lines only.
    version: int
    #: All text in it, white space drawn together, as far as it shows.
    text: str
    #: What a field holds.
    value: str
    left: float
    top: float
    width: float
    height: float
    #: Whether it takes room and is visible, and whether it can be used.
    shown: bool
    enabled: bool
    #: Whether what is in it does not fit, to the right or down.
    scrolls: bool

    @property
    def middle(self) -> Point:
        """The middle of its box."""
        return Point(self.left + self.width / 2, self.top + self.height / 2)

    @property
    def usable(self) -> bool:
        """Whether it shows and can be pressed or typed into."""
        return self.shown and self.enabled


class Frame(NamedTuple):
    """Where the inside of a nest of frames begins in the window, and how large it is."""

    x: float = 0.0
    y: float = 0.0
    width: float = 0.0
    height: float = 0.0


#: Finds elements as locators say, from a document or shadow root on (``this``).
FIND: Final = """
const squeeze = (text) => (text ?? "").replace(/\\s+/g, " ").trim();
const implicit = { button: "button,input[type=button],input[type=submit],input[type=reset],summary",
  link: "a[href]", textbox: "input:not([type]),input[type=text],input[type=search],input[type=email],textarea",
  checkbox: "input[type=checkbox]", radio: "input[type=radio]", combobox: "select", dialog: "dialog",
  heading: "h1,h2,h3,h4,h5,h6", img: "img", status: "output" };
const nameOf = (one) => squeeze(one.getAttribute("aria-label")
  || (one.getAttribute("aria-labelledby") ?? "").split(/\\s+/).filter(Boolean)
       .map((id) => one.getRootNode().getElementById?.(id)?.textContent ?? "").join(" ")
  || [...(one.labels ?? [])].map((label) => label.textContent).join(" ")
  || (one.matches("input[type=button],input[type=submit]") ? one.value : "")
  || one.textContent || one.title || one.placeholder);
const within = function* (root) {
  yield root;
  for (const one of root.querySelectorAll("*")) if (one.shadowRoot) yield* within(one.shadowRoot);
};
const inRoot = (root, how) => {
  if (how.css) return [...root.querySelectorAll(how.css)];
  if (how.part) return [...root.querySelectorAll("*")].filter((one) => one.id === how.part || one.part.contains(how.part));
  if (how.text) return [...root.querySelectorAll("*")].filter((one) =>
    squeeze(one.textContent) === how.text && ![...one.children].some((child) => squeeze(child.textContent) === how.text));
  if (how.role) return [...root.querySelectorAll(`[role="${how.role}"],${implicit[how.role] ?? "[role=none-such]"}`)]
    .filter((one) => !how.name || nameOf(one) === how.name);
  const found = document.evaluate(how.xpath, root, null, XPathResult.ORDERED_NODE_SNAPSHOT_TYPE, null);
  return Array.from({ length: found.snapshotLength }, (_, at) => found.snapshotItem(at));
};
const find = (root, how) => {
  for (const one of within(root)) {
    const found = inRoot(one, how).filter((element) => element?.nodeType === 1);
    if (found.length > 0) return found;
  }
  return [];
};
"""

#: Reads elements; those of a list that are lines in one element are read line by line.
_READ: Final = f"""
function (controls) {{
  {FIND}
  const kept = this.cobrowseReading ??= {{ numbers: new WeakMap(), next: 1, versions: new WeakMap() }};
  const number = (one) => {{
    if (!kept.numbers.has(one)) kept.numbers.set(one, kept.next++);
    return kept.numbers.get(one);
  }};
  const version = (one) => {{
    if (!kept.versions.has(one)) {{
      kept.versions.set(one, 0);
      new MutationObserver(() => kept.versions.set(one, kept.versions.get(one) + 1))
        .observe(one, {{ childList: true, characterData: true, subtree: true }});
    }}
    return kept.versions.get(one);
  }};
  const read = (one, isLine) => {{
    const box = one.getBoundingClientRect();
    const shown = one.getClientRects().length > 0 && box.width > 0 && box.height > 0
      && one.checkVisibility({{ visibilityProperty: true }});
    return {{ number: number(one), version: isLine === true ? version(one) : 0, text: shown ? squeeze(one.innerText ?? one.textContent) : "",
      value: String(one.value ?? ""), left: box.left, top: box.top, width: box.width, height: box.height, shown,
      enabled: !one.disabled && one.getAttribute("aria-disabled") !== "true",
      scrolls: one.scrollWidth > one.clientWidth || one.scrollHeight > one.clientHeight }};
  }};
  const found = {{}};
  for (const [name, how] of Object.entries(controls)) {{
    const elements = find(this, how);
    const lines = (one) => one.children.length > 0 ? [...one.children] : [one];
    found[name] = how.lines ? elements.flatMap(lines).map((one) => read(one, true)) : elements.map((one) => read(one));
  }}
  return found;
}}
"""

#: The box of a frame's inside, and the frame's own size.
_BOX: Final = """
const box = arguments[0].getBoundingClientRect();
return [box.left + arguments[0].clientLeft, box.top + arguments[0].clientTop,
  arguments[0].clientWidth, arguments[0].clientHeight];
"""


class Reader:
    """Reads a browser's page.  Synchronous: call it in the thread that has the browser."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        #: Shadow roots that have been found, by host: they live as long as their document.
        self._roots: dict[str, str] = {}

    def read(
        self, controls: Mapping[str, Locator], *, lines: Iterable[str] = ()
    ) -> dict[str, tuple[Found, ...]]:
        """What is there of each control; of those in ``lines``, every line."""
        found: dict[str, tuple[Found, ...]] = dict.fromkeys(controls, ())
        places: dict[tuple[tuple[str, ...], str], dict[str, Any]] = {}
        of_lines = set(lines)
        for name, locator in controls.items():
            how = {way: getattr(locator, way) for way in ("css", "xpath", "text", "role", "name", "part")}
            places.setdefault((locator.frames, locator.host), {})[name] = how | {"lines": name in of_lines}
        for (frames, host), wanted in places.items():
            raw = self._read_in(frames, host, wanted)
            for name, elements in raw.items():
                pattern = controls[name].pattern
                found[name] = tuple(_matched(one, pattern) for one in msgspec.convert(elements, list[Found]))
        return found

    def one(self, locator: Locator) -> Found | None:
        """The first element that a locator finds and that shows; else the first that it finds; else None."""
        found = self.read({"one": locator})["one"]
        return next((one for one in found if one.shown), found[0] if found else None)

    def frame(self, frames: tuple[str, ...]) -> Frame | None:
        """Where the inside of these frames is in the window; None where one of them is not there."""
        driver = self.browser.driver
        driver.switch_to.default_content()
        place = Frame()
        try:
            for selector in frames:
                element = driver.find_element(By.CSS_SELECTOR, selector)
                left, top, width, height = driver.execute_script(_BOX, element)
                place = Frame(place.x + left, place.y + top, width, height)
                driver.switch_to.frame(element)
        except WebDriverException:
            return None
        finally:
            driver.switch_to.default_content()
        return place

    def inside(self, frames: tuple[str, ...], script: str, *arguments: Any) -> Any:
        """What a script returns in the innermost of these frames; None where one of them is not there."""
        driver = self.browser.driver
        driver.switch_to.default_content()
        try:
            for selector in frames:
                driver.switch_to.frame(driver.find_element(By.CSS_SELECTOR, selector))
            return driver.execute_script(script, *arguments)
        except (NoSuchFrameException, JavascriptException):
            return None
        except WebDriverException as error:
            if _is_passing(error):
                return None
            raise
        finally:
            driver.switch_to.default_content()

    def place_of(self, locator: Locator, found: Found) -> Point:
        """Where the middle of an element is in the window."""
        frame = self.frame(locator.frames) if locator.frames else Frame()
        assert frame is not None, f"the frame of {locator.words} has gone"
        return Point(frame.x + found.middle.x, frame.y + found.middle.y)

    def _read_in(self, frames: tuple[str, ...], host: str, wanted: dict[str, Any]) -> dict[str, Any]:
        if not host:
            return self.inside(frames, f"return ({_READ}).call(document, arguments[0])", wanted) or {}
        for fresh in (False, True):
            root = self._root(host, fresh=fresh)
            if root is None:
                continue
            try:
                answer = self.browser.cdp(
                    "Runtime.callFunctionOn",
                    objectId=root,
                    functionDeclaration=_READ,
                    arguments=[{"value": wanted}],
                    returnByValue=True,
                )
            except WebDriverException:
                self._roots.pop(host, None)  # its document has gone
                continue
            if "exceptionDetails" in answer:
                return {}
            found: dict[str, Any] = answer["result"].get("value") or {}
            return found
        return {}

    def _root(self, host: str, *, fresh: bool) -> str | None:
        """The shadow root of the first element of this tag, as the protocol's handle of it."""
        if not fresh and host in self._roots:
            return self._roots[host]
        try:
            document = self.browser.cdp("DOM.getDocument", depth=0)["root"]["nodeId"]
            node = self.browser.cdp("DOM.querySelector", nodeId=document, selector=host)["nodeId"]
            if not node:
                return None
            described = self.browser.cdp("DOM.describeNode", nodeId=node, depth=1, pierce=True)["node"]
            roots = described.get("shadowRoots") or []
            if not roots:
                return None
            handle = self.browser.cdp("DOM.resolveNode", backendNodeId=roots[0]["backendNodeId"])
        except WebDriverException:
            return None
        self._roots[host] = str(handle["object"]["objectId"])
        return self._roots[host]


def _matched(found: Found, pattern: str) -> Found:
    """The element with no more of its text than what counts."""
    if not pattern:
        return found
    matched = re.search(pattern, found.text)
    return msgspec.structs.replace(found, text=matched[1] if matched else "")


def _is_passing(error: WebDriverException) -> bool:
    """Whether a page was only on its way: its frame or document had gone when it was asked."""
    said = (error.msg or "").lower()
    return any(
        words in said
        for words in ("no such element", "no such frame", "stale", "detached", "no such execution context")
        + ("cannot find context", "target frame", "aborted by navigation")
    )

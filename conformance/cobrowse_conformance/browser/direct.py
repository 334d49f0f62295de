"""Documents and shadow roots of a page, closed ones and those of frames too, and functions that run there.

As no page can, and as Selenium cannot: over a connection of the suite's own to the browser, beside its driver.  The driver
takes several times as long for each question, and waits for pages that load; what is read here is what there is at this
moment.  Chromium is asked by its DevTools protocol, Firefox by WebDriver BiDi.  Errors are those of the driver, so that
callers need not know which way they asked.

Order: the bound, what both ways have, Chromium's, Firefox's, which one.
"""

import json
from contextlib import ExitStack
from typing import Any, Final, NamedTuple, Protocol

from cobrowse_simulator.browsers.browser import Browser
from cobrowse_simulator.browsers.firefox import Firefox
from selenium.common.exceptions import JavascriptException, WebDriverException
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

#: How long the browser may take to answer, in seconds.
ANSWER_S: Final = 40.0

#: What a browser says where a page was only on its way: its frame or document had gone when it was asked.
_PASSING: Final = (
    "cannot find context",
    "could not find object",
    "could not find node",
    "no node with given id",
    "node with given id",
    "does not belong to the document",
    "context was destroyed",
    "execution context",
    "inspected target navigated",
    "stale",
    "detached",
    "aborted by navigation",
    "no such frame",
    "no such node",
    "destroyed before query",
)


def is_passing(error: WebDriverException) -> bool:
    """Whether a page was only on its way."""
    said = (error.msg or "").lower()
    return any(words in said for words in _PASSING)


class Root(NamedTuple):
    """A document or a shadow root, as the browser knows it."""

    id: str
    #: The shadow root in that document; empty: it is the document.
    shadow: str = ""


class Direct(Protocol):
    """The page that a browser shows.  Synchronous: call it in the thread that has the browser."""

    def close(self) -> None:
        """The window is another one, or none: the next question begins anew."""

    def document(self) -> Root:
        """The document of the page."""

    def inner(self, root: Root, selector: str) -> Root | None:
        """The document in a frame, the first that a selector finds; None: there is none."""

    def shadow(self, root: Root, selector: str) -> Root | None:
        """The shadow root of an element, the first that a selector finds, a closed one too; None: there is none."""

    def call(self, root: Root, function: str, *arguments: Any) -> Any:
        """What a function returns with the root as ``this``, None if it throws; arguments and answer are JSON."""


class ByDevTools:
    """Chromium's, by the DevTools protocol."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._socket: ClientConnection | None = None
        self._open = ExitStack()
        self._number = 0

    def close(self) -> None:
        """The window is another one, or none: the next question connects anew."""
        self._open.close()
        self._socket = None

    def document(self) -> Root:
        """The document of the page."""
        return Root(str(self._ask("Runtime.evaluate", expression="document")["result"]["objectId"]))

    def inner(self, root: Root, selector: str) -> Root | None:
        """The document in a frame; None: there is none."""
        inner = self._described(root, selector).get("contentDocument")
        return None if inner is None else self._resolved(inner)

    def shadow(self, root: Root, selector: str) -> Root | None:
        """The shadow root of an element; None: there is none."""
        roots = self._described(root, selector).get("shadowRoots") or []
        return self._resolved(roots[0]) if roots else None

    def call(self, root: Root, function: str, *arguments: Any) -> Any:
        """What a function returns there, None if it throws."""
        answer = self._ask(
            "Runtime.callFunctionOn",
            objectId=root.id,
            functionDeclaration=function,
            arguments=[{"value": one} for one in arguments],
            returnByValue=True,
        )
        return None if "exceptionDetails" in answer else answer["result"].get("value")

    def _resolved(self, node: dict[str, Any]) -> Root:
        resolved = self._ask("DOM.resolveNode", backendNodeId=node["backendNodeId"])
        return Root(str(resolved["object"]["objectId"]))

    def _described(self, root: Root, selector: str) -> dict[str, Any]:
        """The first element that a selector finds, as the protocol describes it."""
        found = self._ask(
            "Runtime.callFunctionOn",
            objectId=root.id,
            functionDeclaration="function (selector) { return this.querySelector(selector); }",
            arguments=[{"value": selector}],
        )["result"]
        if "objectId" not in found:
            return {}
        described: dict[str, Any] = self._ask(
            "DOM.describeNode", objectId=found["objectId"], depth=1, pierce=True
        )["node"]
        return described

    def _ask(self, command: str, **arguments: Any) -> Any:
        """The answer to a command; raises ``WebDriverException``."""
        socket = self._connected()
        self._number += 1
        try:
            socket.send(json.dumps({"id": self._number, "method": command, "params": arguments}))
            answer = json.loads(socket.recv(ANSWER_S))
            while answer.get("id") != self._number:  # an event, or what came too late before
                answer = json.loads(socket.recv(ANSWER_S))
        except ConnectionClosed:
            self.close()
            raise WebDriverException("the window has been closed") from None
        except TimeoutError:
            self.close()
            raise WebDriverException(f"{command}: no answer within {ANSWER_S:g} s") from None
        if "error" in answer:
            raise WebDriverException(answer["error"]["message"])
        return answer["result"]

    def _connected(self) -> ClientConnection:
        if self._socket is None:
            driver = self._browser.driver
            address = driver.capabilities["goog:chromeOptions"]["debuggerAddress"]
            opening = connect(
                f"ws://{address}/devtools/page/{driver.current_window_handle}",
                max_size=None,
                compression=None,
                proxy=None,
                open_timeout=ANSWER_S,
                ping_interval=None,
            )
            self._socket = self._open.enter_context(opening)
        return self._socket


#: Around a function: its answer as text, since the protocol has words of its own for values that JSON writes alike.  There
#: is none where the shadow root is of a page that was left, and that Firefox keeps whole.
_AS_TEXT: Final = """
function (...given) {
  const root = %s;
  if (root !== document && root.ownerDocument !== document) return undefined;
  return JSON.stringify((%s).apply(root, given)) ?? null;
}
"""


class ByBidi:
    """Firefox's, by WebDriver BiDi."""

    def __init__(self, browser: Firefox) -> None:
        self._browser = browser

    def close(self) -> None:
        """Nothing is kept of a window."""

    def document(self) -> Root:
        """The document of the page."""
        return Root(self._browser.context)

    def inner(self, root: Root, selector: str) -> Root | None:
        """The document in a frame; None: there is none."""
        found = self._bidi.call(
            root.id, "(selector) => document.querySelector(selector)?.contentWindow ?? null", selector
        )
        return Root(str(found["value"]["context"])) if found["type"] == "window" else None

    def shadow(self, root: Root, selector: str) -> Root | None:
        """The shadow root of an element; None: there is none."""
        found = self._bidi.call(
            root.id,
            "(selector) => document.querySelector(selector)",
            selector,
            serializationOptions={"maxDomDepth": 0, "includeShadowTree": "all"},
        )
        inside = found["value"].get("shadowRoot") if found["type"] == "node" else None
        return None if inside is None else root._replace(shadow=str(inside["sharedId"]))

    def call(self, root: Root, function: str, *arguments: Any) -> Any:
        """What a function returns there, None if it throws."""
        wrapped = _AS_TEXT % ("this" if root.shadow else "document", function)
        try:
            answer = self._bidi.call(root.id, wrapped, *arguments, this=root.shadow)
        except JavascriptException:
            return None
        if answer["type"] == "undefined":
            raise WebDriverException("detached shadow root")
        return json.loads(answer["value"]) if answer["type"] == "string" else None

    @property
    def _bidi(self) -> Any:
        return self._browser.bidi


def direct(browser: Browser) -> Direct:
    """The way that fits the make of a browser."""
    return ByBidi(browser) if isinstance(browser, Firefox) else ByDevTools(browser)

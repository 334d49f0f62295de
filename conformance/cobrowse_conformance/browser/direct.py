"""Two ways to ask a page quickly what is asked again and again.

A connection of the suite's own to the page's DevTools, beside the browser's driver: the driver takes several times as
long for each question, and waits for pages that load; what is read here is what there is at this moment.  And, where
just that waiting is wanted, :func:`evaluate`: through the driver, and yet without the wrapping that it gives each script,
which takes half of the processor's time.  Errors are those of the driver, so that callers need not know which way they
asked.

Order: the bound, the connection, through the driver.
"""

import json
from contextlib import ExitStack
from typing import Any, Final

from cobrowse_simulator.browsers.chromium import Browser
from selenium.common.exceptions import JavascriptException, WebDriverException
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

#: How long the browser may take to answer, in seconds.
ANSWER_S: Final = 40.0


class Direct:
    """The DevTools of the page that a browser shows.  Synchronous: call it in the thread that has the browser."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._socket: ClientConnection | None = None
        self._open = ExitStack()
        self._number = 0

    def close(self) -> None:
        """The window is another one, or none: the next question connects anew."""
        self._open.close()
        self._socket = None

    def cdp(self, command: str, **arguments: Any) -> Any:
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


def evaluate(browser: Browser, script: str, *arguments: Any) -> Any:
    """What a script returns in the page, not in its frames, once the page has loaded; arguments and answer are JSON.

    A promise is waited for.  Raises ``JavascriptException`` for what the script throws, else ``WebDriverException``.
    """
    answer = browser.cdp(
        "Runtime.evaluate",
        expression=f"(function () {{ {script} }}).apply(null, {json.dumps(arguments)})",
        returnByValue=True,
        awaitPromise=True,
    )
    if "exceptionDetails" in answer:
        thrown = answer["exceptionDetails"]
        raise JavascriptException(thrown.get("exception", {}).get("description") or thrown["text"])
    return answer["result"].get("value")

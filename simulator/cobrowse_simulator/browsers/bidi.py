"""WebDriver BiDi, the protocol by which browsers of any make are asked beside the driver: one connection, asked in turn.

Synchronous: call it in the thread that has the browser.  What the browser tells by itself is kept until it is taken.

Order: the bound, the connection, values.
"""

import json
from contextlib import ExitStack
from typing import Any, Final

from selenium.common.exceptions import JavascriptException, WebDriverException
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

#: How long the browser may take to answer, in seconds.
ANSWER_S: Final = 40.0


class Bidi:
    """A connection to a browser's session, at the address that the driver gives."""

    def __init__(self, url: str) -> None:
        self._open = ExitStack()
        self._socket = self._open.enter_context(
            connect(
                url,
                max_size=None,
                compression=None,
                proxy=None,
                open_timeout=ANSWER_S,
                ping_interval=None,
            )
        )
        self._number = 0
        self._told: list[dict[str, Any]] = []

    def close(self) -> None:
        """Ask nothing more."""
        self._open.close()

    def ask(self, method: str, **params: Any) -> Any:
        """The answer to a command; raises ``WebDriverException``."""
        self._number += 1
        try:
            self._socket.send(json.dumps({"id": self._number, "method": method, "params": params}))
            answer = self._next()
            while answer.get("id") != self._number:
                if answer["type"] == "event":
                    self._told.append(answer)
                answer = self._next()
        except ConnectionClosed:
            raise WebDriverException("the browser has been closed") from None
        except TimeoutError:
            raise WebDriverException(f"{method}: no answer within {ANSWER_S:g} s") from None
        if answer["type"] == "error":
            raise WebDriverException(f"{answer['error']}: {answer['message']}")
        return answer["result"]

    def _next(self) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self._socket.recv(ANSWER_S))
        return answer

    def told(self) -> list[dict[str, Any]]:
        """The events that have come since this was asked last."""
        self.ask("session.status")
        told, self._told = self._told, []
        return told

    def call(self, context: str, function: str, *arguments: Any, this: str = "", **options: Any) -> Any:
        """What a function in a context (a window or frame) returns, as the protocol writes it.

        ``this`` is the shared ID of a node, ``arguments`` are JSON.  Raises ``JavascriptException`` for what it throws.
        """
        given = {"this": {"sharedId": this}} if this else {}
        answer = self.ask(
            "script.callFunction",
            functionDeclaration=function,
            awaitPromise=False,
            target={"context": context},
            arguments=[local(one) for one in arguments],
            **given,
            **options,
        )
        if answer["type"] == "exception":
            raise JavascriptException(answer["exceptionDetails"]["text"])
        return answer["result"]


def local(value: Any) -> dict[str, Any]:
    """A JSON value as the protocol takes it."""
    match value:
        case None:
            return {"type": "null"}
        case bool():
            return {"type": "boolean", "value": value}
        case int() | float():
            return {"type": "number", "value": value}
        case str():
            return {"type": "string", "value": value}
        case dict():
            return {"type": "object", "value": [[key, local(one)] for key, one in value.items()]}
        case _:
            return {"type": "array", "value": [local(one) for one in value]}

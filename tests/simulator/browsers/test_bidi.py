"""WebDriver BiDi: one connection, asked in turn, whatever else the browser tells meanwhile."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from cobrowse_simulator.browsers.bidi import Bidi, local
from selenium.common.exceptions import JavascriptException, WebDriverException
from websockets.sync.server import ServerConnection, serve

#: What a browser answers to a command: some messages, the answer last.
Answers = Callable[[dict[str, Any]], list[dict[str, Any]]]


@contextmanager
def asked(answers: Answers) -> Iterator[Bidi]:
    """A connection to a browser that answers so; None in place of a message closes it."""

    def talk(socket: ServerConnection) -> None:
        for text in socket:
            for message in answers(json.loads(text)):
                socket.send(json.dumps(message))

    with serve(talk, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        bidi = Bidi(f"ws://127.0.0.1:{server.socket.getsockname()[1]}")
        try:
            yield bidi
        finally:
            bidi.close()
            server.shutdown()
            thread.join()


def success(command: dict[str, Any], result: Any) -> dict[str, Any]:
    """The answer to a command."""
    return {"type": "success", "id": command["id"], "result": result}


def test_what_the_browser_tells_meanwhile_is_kept_until_it_is_taken() -> None:
    """And taken once."""
    event = {"type": "event", "method": "log.entryAdded", "params": {"text": "hello"}}
    with asked(lambda command: [event, success(command, {"ready": True})]) as bidi:
        answer = bidi.ask("session.status")
        told = bidi.told()
        again = bidi.told()

    assert {"ready": True} == answer
    assert ["log.entryAdded", "log.entryAdded"] == [one["method"] for one in told]
    assert ["log.entryAdded"] == [one["method"] for one in again], "told while it was asked"


def test_an_error_is_one_of_the_drivers() -> None:
    """With what the browser says of it: callers tell by that whether a page was only on its way."""
    error = {"type": "error", "error": "no such frame", "message": "Browsing context 7 not found"}
    with (
        asked(lambda command: [{**error, "id": command["id"]}]) as bidi,
        pytest.raises(WebDriverException, match="no such frame: Browsing context 7"),
    ):
        bidi.ask("browsingContext.getTree")


def test_what_a_function_throws_is_an_error_of_the_page() -> None:
    """Not of the browser."""
    thrown = {"type": "exception", "exceptionDetails": {"text": "ReferenceError: x is not defined"}}
    with (
        asked(lambda command: [success(command, thrown)]) as bidi,
        pytest.raises(JavascriptException, match="x is not defined"),
    ):
        bidi.call("7", "() => x")


def test_a_function_gets_json_and_a_node_as_this() -> None:
    """In the protocol's own words."""
    commands: list[dict[str, Any]] = []

    def answer(command: dict[str, Any]) -> list[dict[str, Any]]:
        commands.append(command)
        return [success(command, {"type": "success", "result": {"type": "string", "value": "found"}})]

    with asked(answer) as bidi:
        found = bidi.call(
            "7", "function (how) {}", {"css": "p", "most": 2}, this="s1", resultOwnership="root"
        )

    assert {"type": "string", "value": "found"} == found
    assert {"context": "7"} == commands[0]["params"]["target"]
    assert {"sharedId": "s1"} == commands[0]["params"]["this"]
    assert [local({"css": "p", "most": 2})] == commands[0]["params"]["arguments"]
    assert commands[0]["params"]["resultOwnership"] == "root"


@pytest.mark.parametrize(
    "value, written",
    [
        (None, {"type": "null"}),
        (True, {"type": "boolean", "value": True}),
        (1.5, {"type": "number", "value": 1.5}),
        ("x", {"type": "string", "value": "x"}),
        ([1, "x"], {"type": "array", "value": [local(1), local("x")]}),
        ({"x": None}, {"type": "object", "value": [["x", {"type": "null"}]]}),
    ],
)
def test_json_is_written_as_the_protocol_has_it(value: object, written: dict[str, Any]) -> None:
    """Kind by kind."""
    assert written == local(value)


def test_a_browser_that_has_been_closed_says_so() -> None:
    """At once, and not when a bound is over."""

    def die(command: dict[str, Any]) -> list[dict[str, Any]]:
        raise ConnectionAbortedError

    with asked(die) as bidi, pytest.raises(WebDriverException, match="the browser has been closed"):
        bidi.ask("session.status")

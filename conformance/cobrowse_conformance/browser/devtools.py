"""A second DevTools client beside the browser's driver: it is told of everything in the browser, from its first moment.

The driver's own log tells of pages alone.  This client is attached, flat, to every page, frame of another process,
worker and service worker as it begins, and holds each back until it listens.  It has a thread that reads; what it is
told goes to a listener in that thread.

Order: the bounds, what is told, the client.
"""

import contextlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

import httpx
from cobrowse_simulator.browsers.browser import Browser
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

#: How long the browser may take to answer a command, in seconds.
ANSWER_S: Final = 40.0

#: How a client is attached to everything in a browser.
_ATTACH: Final = {"autoAttach": True, "waitForDebuggerOnStart": True, "flatten": True}

#: Parts of the browser itself, which no page has a hand in.
_OWN: Final = frozenset({"browser", "browser_ui", "tab", "other", "webview"})

Params = Mapping[str, Any]


class Session(NamedTuple):
    """One thing in the browser that the client is attached to."""

    id: str
    #: "page", "iframe", "worker", "shared_worker", "service_worker" …
    kind: str


class DevToolsError(Exception):
    """The browser refused a command, or answered none."""


#: What is told: by which session, the event's name, its parameters.
Listener = Callable[[Session, str, Params], None]
#: What becomes of an answer: its result, or None where the command was refused.
Done = Callable[[Params | None], None]


class DevTools:
    """The client.  ``ask`` waits for the answer; ``tell`` does not, and may be called in the reading thread."""

    def __init__(
        self, socket: ClientConnection, listener: Listener, begun: Callable[[Session], None]
    ) -> None:
        self._socket = socket
        self._listener = listener
        #: Called when something begins, before it may go on: what it commands then is done first.
        self._begun = begun
        self._lock = threading.RLock()
        self._number = 0
        #: By number: of which session, and what becomes of the answer.
        self._waiting: dict[int, tuple[str, Done]] = {}
        self._sessions: dict[str, Session] = {}
        self.closed = False

    # Commands

    def tell(
        self, method: str, params: Params | None = None, session: str = "", done: Done | None = None
    ) -> None:
        """Send a command; ``done`` is called in the reading thread with what comes of it."""
        with self._lock:
            if self.closed:
                if done is not None:
                    done(None)
                return
            self._number += 1
            number = self._number
            if done is not None:
                self._waiting[number] = (session, done)
        message: dict[str, Any] = {"id": number, "method": method, "params": params or {}}
        if session:
            message["sessionId"] = session
        with contextlib.suppress(ConnectionClosed):
            self._socket.send(json.dumps(message))

    def ask(
        self, method: str, params: Params | None = None, session: str = "", within_s: float = ANSWER_S
    ) -> Params:
        """What comes of a command; raises :class:`DevToolsError`."""
        answered = threading.Event()
        answers: list[Params | None] = []

        def done(result: Params | None) -> None:
            answers.append(result)
            answered.set()

        self.tell(method, params, session, done)
        if not answered.wait(within_s):
            raise DevToolsError(f"{method}: no answer within {within_s:g} s")
        if answers[0] is None:
            raise DevToolsError(f"{method} was refused")
        return answers[0]

    def sessions(self, *kinds: str) -> list[Session]:
        """What the client is attached to now; of these kinds, or of all."""
        with self._lock:
            return [one for one in self._sessions.values() if not kinds or one.kind in kinds]

    def settle(self) -> None:
        """Come back when everything that happened before has been told of; raises :class:`DevToolsError`.

        Each page, frame and worker answers once more, after all that it had to tell; what ends meanwhile need not.
        """
        waited_for = self.sessions()
        answers = threading.Semaphore(0)
        for session in waited_for:
            self.tell("Runtime.evaluate", {"expression": "0"}, session.id, lambda result: answers.release())
        for _ in waited_for:
            if not answers.acquire(timeout=ANSWER_S):
                raise DevToolsError(f"a page does not answer within {ANSWER_S:g} s")

    # Reading

    def read(self) -> None:
        """Take what the browser says until it says no more."""
        try:
            for text in self._socket:
                self._take(json.loads(text))
        except ConnectionClosed:
            pass
        finally:
            with self._lock:
                self.closed = True
            self._give_up(lambda session: True)

    def _take(self, message: dict[str, Any]) -> None:
        if "id" in message:
            with self._lock:
                _, done = self._waiting.pop(message["id"], ("", None))
            if done is not None:
                done(message.get("result"))
            return
        method, params = message["method"], message["params"]
        if method == "Target.attachedToTarget":
            self._attached(params)
        elif method == "Target.detachedFromTarget":
            self._gone(params["sessionId"])
        else:
            session = self._sessions.get(message.get("sessionId", ""))
            if session is not None:
                self._listener(session, method, params)

    def _attached(self, params: Params) -> None:
        session = Session(params["sessionId"], params["targetInfo"]["type"])
        if session.kind in _OWN:
            self.tell("Runtime.runIfWaitingForDebugger", session=session.id)
            self.tell("Target.detachFromTarget", {"sessionId": session.id})
            return
        with self._lock:
            self._sessions[session.id] = session
        # What begins within this, such as a frame's or a worker's own process, is attached to as well.
        self.tell("Target.setAutoAttach", _ATTACH, session.id)
        self._begun(session)
        self.tell("Runtime.runIfWaitingForDebugger", session=session.id)

    def _gone(self, session: str) -> None:
        """What it has not answered it never will."""
        with self._lock:
            self._sessions.pop(session, None)
        self._give_up(lambda asked: asked == session)

    def _give_up(self, is_gone: Callable[[str], bool]) -> None:
        with self._lock:
            gone = [number for number, (session, _) in self._waiting.items() if is_gone(session)]
            unanswered = [self._waiting.pop(number)[1] for number in gone]
        for done in unanswered:
            done(None)


@contextmanager
def attached(
    browser: Browser,
    listener: Listener,
    begun: Callable[[Session], None],
    made: Callable[[DevTools], None] = lambda devtools: None,
) -> Iterator[DevTools]:
    """A client of a browser for the length of a block; ``made`` is given it before it hears anything."""
    address = browser.driver.capabilities["goog:chromeOptions"]["debuggerAddress"]
    version = httpx.get(
        f"http://{address}/json/version", trust_env=False, timeout=ANSWER_S
    ).raise_for_status()
    url = version.json()["webSocketDebuggerUrl"]
    with connect(
        url, max_size=None, compression=None, proxy=None, open_timeout=ANSWER_S, ping_interval=None
    ) as socket:
        devtools = DevTools(socket, listener, begun)
        made(devtools)
        reading = threading.Thread(target=devtools.read, name=f"DevTools of the {browser.name}")
        reading.start()
        try:
            devtools.ask("Target.setAutoAttach", _ATTACH)
            devtools.settle()
            yield devtools
        finally:
            socket.close()
            reading.join()

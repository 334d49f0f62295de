"""The capture: all bytes that leave a browser and all that reach it, for the length of one story.

Requests with addresses, headers and bodies (forms, beacons, what is sent as a page closes), answers, event streams,
frames of WebSockets (the browser shows them unpacked), and data channels between browsers; of pages, frames, workers and
service workers.  What the suite's own site is asked and answers is left out: a customer may tell the bank everything.
What is seen to be there and cannot be read is told by :attr:`Capture.blind`; silence there proves nothing.

Nothing of what is captured is ever written anywhere.

Order: what is kept, taking it, looking for texts, a browser's capture.
"""

import base64
import itertools
import json
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from importlib.resources import files
from typing import Final, Literal, NamedTuple, Protocol
from urllib.parse import unquote, urlsplit

from cobrowse_simulator.browsers.browser import Browser

from ..tap import encodings
from .canaries import Canaries, Canary
from .decoders import DEPTH, TooMuch, opaque, readings
from .devtools import ANSWER_S, DevTools, DevToolsError, Done, Params, Session, attached

#: The largest body that the browser keeps for us, in bytes.
KEPT_BYTES: Final = 64 << 20
#: How many searches for a text in a message are remembered: products load the same files again and again.
REMEMBERED: Final = 100_000
#: How many encodings deep a story's text is looked for; canaries, which are meant to be hidden, deeper.
TEXT_DEPTH: Final = 2
#: How much of each of two neighbours is read together, in bytes: more than any text that is looked for, however encoded.
SEAM_BYTES: Final = 2048
#: The name by which a page's own script tells of what DevTools do not show, until it has been taken away.
_BINDING: Final = "suiteCaptured"

#: The path by which a page's own script tells what it sends as it goes; nothing of it leaves the browser.
_LAST_WORD: Final = "/suite-captured?"
#: The kinds of request that outlive their page: the browser's account of the network has them no more by then.
_LAST_KINDS: Final = ("Ping", "Fetch", "Image")

#: Answers that nobody can read: to beacons, and to the browser's own questions before a request.
_UNREAD: Final = frozenset({"Ping", "Preflight", "CSPViolationReport"})

#: What no page can be in.
_NO_NETWORK: Final = ("data:", "blob:", "about:", "chrome:", "chrome-extension:", "devtools:")

#: How the body of a request may be packed for us to read it; answers come unpacked.
_READ_CODINGS: Final = frozenset({"", "identity", "gzip", "x-gzip", "deflate"})

Way = Literal["sent", "received"]


class Piece(NamedTuple):
    """Some bytes that went over the network in one go."""

    way: Way
    #: What it went in, without anything of what it held, such as "WebSocket to 127.0.0.1:8000".
    channel: str
    #: What it is a part of: pieces of one stream belong together, in this order.
    stream: str
    data: bytes
    #: Seconds since 1970.
    at: float


class Sighting(NamedTuple):
    """A canary that went over the network."""

    canary: Canary
    way: Way
    channel: str
    #: How it was written, outermost first; empty where it stood in clear.
    encoding: str
    #: Seconds since 1970.
    at: float


class Tell(Protocol):
    """How a command is sent to the browser; ``done`` is given what comes of it."""

    def __call__(
        self, method: str, params: Params | None = ..., session: str = ..., done: Done | None = ...
    ) -> None:
        """Send a command."""


class Capture:
    """What has gone over one browser's network."""

    def __init__(self, tell: Tell, is_own: Callable[[str], bool], *, reads_answers: bool = True) -> None:
        self._tell = tell
        self._reads_answers = reads_answers
        #: Whether a host, with its port, is of the suite's own site.
        self._is_own = is_own
        self._lock = threading.Condition()
        self._pieces: list[Piece] = []
        self._asked: list[str] = []
        self._blind: set[str] = set()
        #: What requests and sockets are about, by the browser's number for them.
        self._channels: dict[str, str] = {}
        #: Answers whose bytes come by themselves.
        self._streamed: set[str] = set()
        #: Bodies that have been asked for and have not come yet.
        self._awaited = 0
        self._known: dict[tuple[int, str, int], bool] = {}
        #: Calls of other functions that have been put into pages: the name of each, and what it was told.
        self.calls: list[tuple[str, str]] = []

    # What there is

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """All of it, in order."""
        with self._lock:
            return tuple(self._pieces)

    @property
    def asked(self) -> tuple[str, ...]:
        """The addresses that the browser has asked for something, the suite's own site's too."""
        with self._lock:
            return tuple(self._asked)

    @property
    def blind(self) -> tuple[str, ...]:
        """Channels that were there and could not be read, in words."""
        with self._lock:
            return tuple(sorted(self._blind))

    def reset(self) -> None:
        """A new story begins: nothing has been captured."""
        with self._lock:
            self._pieces.clear()
            self._asked.clear()
            self._blind.clear()
            self.calls.clear()

    def wait(self) -> None:
        """Come back when every body that was asked for is there; raises :class:`DevToolsError`."""
        with self._lock:
            if not self._lock.wait_for(lambda: self._awaited == 0, ANSWER_S):
                raise DevToolsError("a body that the browser has did not come")

    # Taking it

    def take(self, session: Session, method: str, params: Params) -> None:
        """Something has happened in the browser."""
        take = _TAKE.get(method)
        if take is not None:
            take(self, session, params)

    def _add(self, way: Way, channel: str, stream: str, data: bytes) -> None:
        if not data:
            return
        with self._lock:
            self._pieces.append(Piece(way, channel, stream, data, time.time()))
            if found := opaque(data):
                self._blind.add(f"{found} over {channel}")

    def _ask(self, method: str, session: Session, params: Params, done: Done) -> None:
        """Ask the browser for something that it keeps; whoever waits, waits for it."""
        with self._lock:
            self._awaited += 1

        def come(result: Params | None) -> None:
            try:
                done(result)
            finally:
                with self._lock:
                    self._awaited -= 1
                    self._lock.notify_all()

        self._tell(method, params, session.id, come)

    def _is_other(self, url: str) -> bool:
        return not url.startswith(_NO_NETWORK) and not self._is_own(urlsplit(url).netloc.rpartition("@")[2])

    def _request(self, session: Session, params: Params) -> None:
        request, number = params["request"], params["requestId"]
        url: str = request["url"]
        with self._lock:
            self._asked.append(url)
        if not self._is_other(url):
            self._channels.pop(number, None)
            return
        kind = "beacon" if params.get("type") == "Ping" else request["method"]
        channel = self._channels[number] = f"{kind} to {urlsplit(url).netloc}"
        head = {"url": url + request.get("urlFragment", ""), "headers": request.get("headers", {})}
        self._add("sent", channel, f"{number} head", json.dumps(head, ensure_ascii=False).encode())
        entries = [
            base64.b64decode(one["bytes"]) for one in request.get("postDataEntries", ()) if "bytes" in one
        ]
        given = b"".join(entries) or request.get("postData", "").encode()
        self._add("sent", channel, f"{number} body", given)
        coding = _coding(request.get("headers", {}))
        if coding not in _READ_CODINGS:
            with self._lock:
                self._blind.add(f"{coding[:20]} over {channel}")
        whole = len(entries) == len(request.get("postDataEntries", ()))
        if request.get("hasPostData") and not (given and whole):
            self._ask(
                "Network.getRequestPostData",
                session,
                {"requestId": number},
                partial(self._posted, channel, number),
            )

    def _posted(self, channel: str, number: str, result: Params | None) -> None:
        if result is None:
            self._lost(f"the body of a {channel}")
            return
        data = result["postData"]
        coded = result.get("base64Encoded", False)
        self._add("sent", channel, f"{number} body", base64.b64decode(data) if coded else data.encode())

    def _headers(self, session: Session, params: Params) -> None:
        """What the network really sends: with cookies, and the address of the page that asks."""
        channel = self._channels.get(params["requestId"])
        if channel is not None:
            data = json.dumps(params["headers"], ensure_ascii=False).encode()
            self._add("sent", channel, f"{params['requestId']} headers", data)

    def _response(self, session: Session, params: Params) -> None:
        response, number = params["response"], params["requestId"]
        is_read = self._reads_answers and params.get("type") not in _UNREAD
        if not is_read or not self._is_other(response["url"]):
            self._channels.pop(number, None)
            return
        channel = self._channels[number] = f"answer of {urlsplit(response['url']).netloc}"
        head = json.dumps(response.get("headers", {}), ensure_ascii=False).encode()
        self._add("received", channel, f"{number} head", head)
        self._ask(
            "Network.streamResourceContent",
            session,
            {"requestId": number},
            partial(self._stream, channel, number),
        )

    def _stream(self, channel: str, number: str, result: Params | None) -> None:
        if result is not None:
            with self._lock:
                self._streamed.add(number)
            self._add("received", channel, f"{number} body", base64.b64decode(result.get("bufferedData", "")))

    def _data(self, session: Session, params: Params) -> None:
        channel = self._channels.get(params["requestId"])
        if channel is not None and params.get("data"):
            self._add("received", channel, f"{params['requestId']} body", base64.b64decode(params["data"]))

    def _finished(self, session: Session, params: Params) -> None:
        number = params["requestId"]
        channel = self._channels.get(number)
        if channel is None or not channel.startswith("answer"):
            return
        # Whether its bytes come by themselves is known once what was asked before has been answered.
        self._ask(
            "Network.getResponseBody", session, {"requestId": number}, partial(self._body, channel, number)
        )

    def _body(self, channel: str, number: str, result: Params | None) -> None:
        with self._lock:
            streamed = number in self._streamed
            self._streamed.discard(number)
        if streamed:
            return
        if result is None:
            self._lost(f"an {channel}")
            return
        coded = result.get("base64Encoded", False)
        body = base64.b64decode(result["body"]) if coded else result["body"].encode()
        self._add("received", channel, f"{number} body", body)

    def _lost(self, what: str) -> None:
        with self._lock:
            self._blind.add(f"{what}, which the browser did not keep")

    def _socket(self, session: Session, params: Params) -> None:
        url = params["url"]
        with self._lock:
            self._asked.append(url)
        if self._is_other(url):
            channel = self._channels[params["requestId"]] = f"WebSocket to {urlsplit(url).netloc}"
            self._add("sent", channel, f"{params['requestId']} head", url.encode())

    def _handshake(self, session: Session, params: Params) -> None:
        channel = self._channels.get(params["requestId"])
        if channel is not None:
            head = json.dumps(params["request"]["headers"], ensure_ascii=False).encode()
            self._add("sent", channel, f"{params['requestId']} head", head)

    def _frame(self, way: Way, session: Session, params: Params) -> None:
        channel = self._channels.get(params["requestId"])
        if channel is not None:
            response = params["response"]
            text = response["payloadData"]
            data = base64.b64decode(text) if response["opcode"] == 2 else text.encode()
            self._add(way, channel, f"{params['requestId']} {way}", data)

    def _event(self, session: Session, params: Params) -> None:
        channel = self._channels.get(params["requestId"])
        if channel is not None:
            self._add("received", channel, f"{params['requestId']} events", params["data"].encode())

    def _transport(self, session: Session, params: Params) -> None:
        if self._is_other(params["url"]):
            with self._lock:
                self._blind.add(f"WebTransport to {urlsplit(params['url']).netloc}")

    def _told(self, session: Session, params: Params) -> None:
        """A page's own script tells of a connection to another browser."""
        if params["name"] != _BINDING:
            self.calls.append((params["name"], params["payload"]))
            return
        told = json.loads(params["payload"])
        if told["kind"] == "media":
            with self._lock:
                self._blind.add("sound or pictures from browser to browser")
        else:
            self._add(
                told["way"], "data channel", f"{session.id} {told['way']}", base64.b64decode(told["data"])
            )

    def _paused(self, session: Session, params: Params) -> None:
        """A request is held back before it leaves.  As a page goes this is the only word of it."""
        request, network = params["request"], params.get("networkId", "")
        url: str = request["url"]
        going = {"requestId": params["requestId"]}
        data = b"".join(
            base64.b64decode(one["bytes"]) for one in request.get("postDataEntries", ()) if "bytes" in one
        )
        _, last_word, socket = url.partition(_LAST_WORD)
        if last_word:
            netloc = urlsplit(unquote(socket)).netloc
            self._add("sent", f"WebSocket to {netloc}", f"{session.id} last {netloc}", data)
            self._tell("Fetch.fulfillRequest", {**going, "responseCode": 204}, session.id)
            return
        self._tell("Fetch.continueRequest", going, session.id)
        if network not in self._channels and self._is_other(url):
            channel = f"{request['method']} to {urlsplit(url).netloc}"
            head = {"url": url, "headers": request.get("headers", {})}
            self._add("sent", channel, f"{network} last head", json.dumps(head, ensure_ascii=False).encode())
            self._add("sent", channel, f"{network} last body", data or request.get("postData", "").encode())

    # Looking for texts

    def sent(self, text: str) -> bool:
        """Whether a text has left the browser, in any encoding."""
        return self._went("sent", text)

    def received(self, text: str) -> bool:
        """Whether a text has reached the browser, in any encoding."""
        return self._went("received", text)

    def find(self, canaries: Canaries) -> list[Sighting]:
        """The canaries that have gone over the network: each once for each channel and way."""
        found: dict[tuple[Canary, Way, str], Sighting] = {}
        for piece, depth in self._searched(DEPTH):
            for encoding, here in self._among(canaries, piece, depth):
                key = (here, piece.way, piece.channel)
                found.setdefault(key, Sighting(here, piece.way, piece.channel, encoding, piece.at))
        return list(found.values())

    def _among(self, canaries: Canaries, piece: Piece, depth: int) -> Iterator[tuple[str, Canary]]:
        try:
            for reading in readings(piece.data, depth):
                for canary in canaries.among(reading.data):
                    yield ", ".join(reading.encodings), canary
        except TooMuch:
            with self._lock:
                self._blind.add(f"what is packed in {piece.channel}")

    def _went(self, way: Way, text: str) -> bool:
        pieces = [(piece, depth) for piece, depth in self._searched(TEXT_DEPTH) if piece.way == way]
        forms = list(encodings(text))
        if any(form in piece.data for piece, _ in pieces for form in forms):
            return True
        return any(self._reads(piece, depth, text) for piece, depth in pieces)

    def _reads(self, piece: Piece, depth: int, text: str) -> bool:
        key = (hash(piece.data), text, depth)
        if key not in self._known:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            plain = text.encode()
            try:
                self._known[key] = any(plain in reading.data for reading in readings(piece.data, depth))
            except TooMuch:
                with self._lock:
                    self._blind.add(f"what is packed in {piece.channel}")
                return False
        return self._known[key]

    def _searched(self, depth: int) -> list[tuple[Piece, int]]:
        """Every piece by itself, and what it makes with its neighbours of the same stream: there one encoding less deep."""
        pieces = self.pieces
        streams: defaultdict[tuple[str, str], list[Piece]] = defaultdict(list)
        for piece in pieces:
            streams[piece.way, piece.stream].append(piece)
        together = [joined for parts in streams.values() if len(parts) > 1 for joined in _joined(parts)]
        return [*((piece, depth) for piece in pieces), *((piece, depth - 1) for piece in together)]


def _joined(parts: list[Piece]) -> Iterator[Piece]:
    """What could be read across the pieces of a stream.

    Where one is no text all of them as one, for it may be compressed as one; else the end of each with the begin of the
    next.
    """
    if not all(_is_text(part.data) for part in parts):
        yield parts[-1]._replace(data=b"".join(part.data for part in parts))
        return
    for before, after in itertools.pairwise(parts):
        yield after._replace(data=before.data[-SEAM_BYTES:] + after.data[:SEAM_BYTES])


def _coding(headers: Mapping[str, str]) -> str:
    """How a request says that its body is packed."""
    return next(
        (text.strip().lower() for name, text in headers.items() if name.lower() == "content-encoding"), ""
    )


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


_TAKE: Final[dict[str, Callable[[Capture, Session, Params], None]]] = {
    "Network.requestWillBeSent": Capture._request,
    "Network.requestWillBeSentExtraInfo": Capture._headers,
    "Network.responseReceived": Capture._response,
    "Network.dataReceived": Capture._data,
    "Network.loadingFinished": Capture._finished,
    "Network.webSocketCreated": Capture._socket,
    "Network.webSocketWillSendHandshakeRequest": Capture._handshake,
    "Network.webSocketFrameSent": lambda capture, session, params: capture._frame("sent", session, params),
    "Network.webSocketFrameReceived": lambda capture, session, params: capture._frame(
        "received", session, params
    ),
    "Network.eventSourceMessageReceived": Capture._event,
    "Network.webTransportCreated": Capture._transport,
    "Runtime.bindingCalled": Capture._told,
    "Fetch.requestPaused": Capture._paused,
}


# A browser's capture


class BrowserCapture(Capture):
    """The capture of a browser that runs."""

    #: Set as soon as there is a client.
    devtools: DevTools

    def settle(self) -> None:
        """Come back when everything that went over the network so far is here; raises :class:`DevToolsError`."""
        self.devtools.settle()
        self.wait()

    def begin(self, session: Session) -> None:
        """Watch a page, frame or worker, before it runs."""
        sizes = {
            "maxPostDataSize": KEPT_BYTES,
            "maxResourceBufferSize": KEPT_BYTES,
            "maxTotalBufferSize": 4 * KEPT_BYTES,
        }
        self._tell("Network.enable", sizes, session.id)
        if session.kind in ("page", "iframe"):
            self._tell(
                "Fetch.enable", {"patterns": [{"resourceType": kind} for kind in _LAST_KINDS]}, session.id
            )
            script = (files(__package__) / "pages.js").read_text(encoding="utf-8")
            script = script.replace("%BINDING%", _BINDING).replace("%PATH%", _LAST_WORD)
            self._tell("Page.enable", {}, session.id)
            self._tell("Runtime.enable", {}, session.id)
            self._tell("Runtime.addBinding", {"name": _BINDING}, session.id)
            new = {"source": script, "runImmediately": True}
            self._tell("Page.addScriptToEvaluateOnNewDocument", new, session.id)


@contextmanager
def capturing(
    browser: Browser, is_own: Callable[[str], bool], *, reads_answers: bool = True
) -> Iterator[BrowserCapture]:
    """Capture what goes over a browser's network, for the length of a block.

    ``is_own`` says of a host, with its port, whether it is the suite's own site's.  Where only what leaves the browser is
    judged, answers need not be read: a product's script, with each page, costs as much as the page itself.
    """
    client: list[DevTools] = []

    def tell(method: str, params: Params | None = None, session: str = "", done: Done | None = None) -> None:
        client[0].tell(method, params, session, done)

    capture = BrowserCapture(tell, is_own, reads_answers=reads_answers)
    with attached(browser, capture.take, capture.begin, made=client.append) as devtools:
        capture.devtools = devtools
        yield capture

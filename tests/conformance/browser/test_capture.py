"""The capture sees every channel by which a page can send and receive, in a real browser."""

import base64
import os
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, cast

import pytest
from cobrowse_conformance.browser.canaries import Canaries
from cobrowse_conformance.browser.capture import BrowserCapture, Capture, capturing
from cobrowse_conformance.browser.devtools import Session
from cobrowse_conformance.browser.site.addresses import Addresses
from cobrowse_conformance.browser.site.server import TestSite, serving
from cobrowse_conformance.browser.traffic import Traffic, Unread
from cobrowse_simulator.browsers.chromium import Chromium, NoChromium, open_browser
from cobrowse_spec.terms import Party
from typing_extensions import override
from websockets.sync.server import ServerConnection, serve

#: How long what is waited for may take on a loaded machine, in seconds.
WITHIN_S: Final = 40.0

PAGE: Final = Session("page-1", "page")


# A product that does nothing but send and receive


class Product:
    """A server of a product, on an origin of its own: it takes everything and says what it is told to say."""

    def __init__(self, url: str, socket: str) -> None:
        self.url = url
        self.socket = socket


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    closing: threading.Event

    def do_GET(self) -> None:
        path, _, said = self.path.partition("?")
        if path == "/events":
            self._stream("text/event-stream", f"data: {said}\n\n".encode())
        elif path == "/stream":
            self._stream("application/octet-stream", said.encode())
        elif path == "/sw.js":
            self._whole("text/javascript", b"oninstall = () => skipWaiting(); onactivate = () => clients.claim();"
                        b"onmessage = (event) => event.waitUntil(fetch('/take', { method: 'POST', body: event.data }))")  # fmt: skip
        elif path == "/frame":
            self._whole("text/html", b"<!doctype html><title>frame</title><p>frame")
        else:
            self._whole("text/plain", said.encode())

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self._whole("text/plain", b"")

    def do_OPTIONS(self) -> None:
        self._whole("text/plain", b"")

    def _head(self, kind: str, length: int | None) -> None:
        self.send_response(200)
        for name in ("Origin", "Methods", "Headers"):
            self.send_header(f"Access-Control-Allow-{name}", "*")
        self.send_header("Content-Type", kind)
        self.send_header("Cache-Control", "no-store")
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def _whole(self, kind: str, body: bytes) -> None:
        self._head(kind, len(body))
        self.wfile.write(body)

    def _stream(self, kind: str, data: bytes) -> None:
        """Say something and then nothing more, without an end."""
        self._head(kind, None)
        self.close_connection = True
        self.wfile.write(data)
        self.wfile.flush()
        self.closing.wait(WITHIN_S)

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Silence."""


def _echo(connection: ServerConnection) -> None:
    for message in connection:
        connection.send(message)


@contextmanager
def _product() -> Iterator[Product]:
    closing = threading.Event()
    handler = type("Handler", (_Handler,), {"closing": closing})
    http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    http.daemon_threads = True
    with serve(_echo, "127.0.0.1", 0, max_size=None) as socket:
        threads = [
            threading.Thread(target=http.serve_forever, args=(0.05,)),
            threading.Thread(target=socket.serve_forever),
        ]
        for thread in threads:
            thread.start()
        try:
            host = f"127.0.0.1:{http.server_address[1]}"
            yield Product(f"http://{host}", f"ws://127.0.0.1:{socket.socket.getsockname()[1]}")
        finally:
            closing.set()
            http.shutdown()
            socket.shutdown()
            for thread in threads:
                thread.join()
            http.server_close()


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    """The product's server."""
    with _product() as product:
        yield product


@pytest.fixture(scope="module")
def site() -> Iterator[TestSite]:
    """The suite's site."""
    with serving() as site:
        yield site


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    """One browser."""
    try:
        with open_browser("customer", tmp_path_factory.mktemp("capture")) as browser:
            yield browser
    except NoChromium as missing:
        if os.environ.get("CI"):
            pytest.fail(str(missing))
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def recording(browser: Chromium, site: TestSite) -> Iterator[BrowserCapture]:
    """What goes over its network."""
    with capturing(browser, site.addresses.holds) as capture:
        yield capture


@pytest.fixture(name="capture")
def fresh_capture(recording: BrowserCapture, browser: Chromium, site: TestSite) -> BrowserCapture:
    """The same, with nothing in it, and a page of the site open."""
    browser.open(site.here("/apply"))
    recording.settle()
    recording.reset()
    return recording


# What a browser shows


#: How a page sends a text: a script in which `text`, `at` (the product's address) and `socket` are given.
SENT: Final = {
    "an address": "await fetch(`${at}/take?${text}`)",
    "a header": "await fetch(`${at}/take`, { headers: { 'X-Said': text } })",
    "fetch": "await fetch(`${at}/take`, { method: 'POST', body: text })",
    "fetch of bytes": "await fetch(`${at}/take`, { method: 'POST', body: new TextEncoder().encode(text) })",
    "fetch that outlives the page": "await fetch(`${at}/take`, { method: 'POST', keepalive: true, body: text })",
    "a large body": "await fetch(`${at}/take`, { method: 'POST', body: 'x'.repeat(300000) + text })",
    "XMLHttpRequest": "const x = new XMLHttpRequest(); x.open('POST', `${at}/take`); x.send(text); await new Promise((r) => (x.onloadend = r))",
    "a form with a blob": "const f = new FormData(); f.append('a', new Blob([text]), 'a.bin'); await fetch(`${at}/take`, { method: 'POST', body: f })",
    "a compressed body": "const s = new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'));"
    " await fetch(`${at}/take`, { method: 'POST', body: await new Response(s).blob() })",
    "a beacon": "navigator.sendBeacon(`${at}/take`, text)",
    "a beacon of a blob": "navigator.sendBeacon(`${at}/take`, new Blob([text], { type: 'text/plain' }))",
    "a picture": "await new Promise((r) => { const i = new Image(); i.onerror = i.onload = r; i.src = `${at}/take?${text}` })",
    "a WebSocket": "await said(socket, text)",
    "a WebSocket of bytes": "await said(socket, new TextEncoder().encode(text))",
    "a WebSocket of bytes, compressed": "const s = new Blob([text]).stream().pipeThrough(new CompressionStream('deflate-raw'));"
    " await said(socket, await new Response(s).arrayBuffer())",
    "a WebSocket's large frame": "await said(socket, 'x'.repeat(300000) + text)",
    "a worker": "await inWorker(`fetch('${at}/take', { method: 'POST', body: '${text}' }).then(() => postMessage(1))`)",
    "a worker's WebSocket": "await inWorker(`const s = new WebSocket('${socket}'); s.onopen = () => s.send('${text}'); s.onmessage = () => postMessage(1)`)",
    "a shared worker": "const url = URL.createObjectURL(new Blob([`onconnect = (e) => fetch('${at}/take', { method: 'POST', body: '${text}' })"
    ".then(() => e.ports[0].postMessage(1))`])); const w = new SharedWorker(url); await new Promise((r) => (w.port.onmessage = r))",
    "a data channel": "await channel(text)",
}  # fmt: skip

#: How a page receives one.
RECEIVED: Final = {
    "an answer": "await (await fetch(`${at}/say?${text}`)).text()",
    "an answer that does not end": "const r = (await fetch(`${at}/stream?${text}`)).body.getReader(); await r.read()",
    "events": "const e = new EventSource(`${at}/events?${text}`); await new Promise((r) => (e.onmessage = r))",
    "a WebSocket": "await said(socket, text)",
    "a data channel": "await channel(text)",
}

_HELP: Final = """
const [text, at, socket] = arguments;
const said = (url, data) => new Promise((done, fail) => {
  const opened = new WebSocket(url);
  opened.onopen = () => opened.send(data);
  opened.onmessage = () => { opened.close(); done() };
  opened.onerror = fail;
});
const inWorker = (source) => new Promise((done, fail) => {
  const worker = new Worker(URL.createObjectURL(new Blob([source])));
  worker.onmessage = done;
  worker.onerror = fail;
});
const channel = async (data) => {
  const [one, other] = [new RTCPeerConnection(), new RTCPeerConnection()];
  one.onicecandidate = (e) => e.candidate && other.addIceCandidate(e.candidate);
  other.onicecandidate = (e) => e.candidate && one.addIceCandidate(e.candidate);
  const sends = one.createDataChannel("x");
  const arrived = new Promise((done) => (other.ondatachannel = (e) => (e.channel.onmessage = done)));
  await one.setLocalDescription();
  await other.setRemoteDescription(one.localDescription);
  await other.setLocalDescription();
  await one.setRemoteDescription(other.localDescription);
  await new Promise((done) => (sends.onopen = done));
  sends.send(data);
  await arrived;
};
"""


def does(browser: Chromium, script: str, text: str, product: Product) -> Any:
    """Do something in the page that is open."""
    return browser.script(
        f"return (async (...arguments) => {{{_HELP}{script}}})(...arguments)",
        text,
        product.url,
        product.socket,
    )


@pytest.mark.parametrize("way", SENT)
def test_what_leaves_is_seen(way: str, capture: BrowserCapture, browser: Chromium, product: Product) -> None:
    """In whatever channel, and what did not leave is not."""
    canaries = Canaries()
    text, other = canaries.make(way, masked=True).text, canaries.make("not sent", masked=True).text
    does(browser, SENT[way], text, product)
    capture.settle()

    assert capture.sent(text)
    assert not capture.sent(other)
    assert way in {sighting.canary.place for sighting in capture.find(canaries) if sighting.way == "sent"}
    assert () == capture.blind


@pytest.mark.parametrize("way", RECEIVED)
def test_what_arrives_is_seen(way: str, capture: BrowserCapture, browser: Chromium, product: Product) -> None:
    """An answer that never ends, too."""
    canaries = Canaries()
    text = canaries.make(way, masked=False).text
    does(browser, RECEIVED[way], text, product)
    arrives(capture, text)

    assert {"received"} <= {sighting.way for sighting in capture.find(canaries)}


def arrives(capture: BrowserCapture, text: str) -> None:
    """Come back when a text has been received."""
    until = time.monotonic() + WITHIN_S
    while not capture.received(text):
        assert time.monotonic() < until
        capture.settle()


def test_what_frames_and_windows_and_service_workers_send_is_seen(
    capture: BrowserCapture, browser: Chromium, product: Product
) -> None:
    """Each has a process of its own, and begins while nobody waits for it."""
    canaries = Canaries()
    frame, window, worker = (
        canaries.make(one, masked=True).text for one in ("frame", "window", "service worker")
    )
    does(
        browser,
        "document.body.append(Object.assign(document.createElement('iframe'), { id: 'other', src: `${at}/frame` }))",
        "",
        product,
    )
    with browser.frame("#other"):
        does(browser, "await fetch(`${at}/take`, { method: 'POST', body: text })", frame, product)
        does(
            browser,
            "await navigator.serviceWorker.register('/sw.js'); const { active } = await navigator.serviceWorker.ready; active.postMessage(text)",
            worker,
            product,
        )
    own = browser.driver.current_window_handle
    browser.driver.switch_to.new_window("window")
    try:
        browser.open(f"{product.url}/frame?{window}")
    finally:
        browser.driver.close()
        browser.driver.switch_to.window(own)
    until = time.monotonic() + WITHIN_S
    while not capture.sent(worker) and time.monotonic() < until:
        capture.settle()

    assert {"frame", "window", "service worker"} == {
        sighting.canary.place for sighting in capture.find(canaries)
    }


#: How a page sends a last word.
LAST: Final = {
    "a beacon": "navigator.sendBeacon(`${at}/take`, text)",
    "fetch": "fetch(`${at}/take`, { method: 'POST', keepalive: true, body: text })",
    "a picture": "new Image().src = `${at}/take?${text}`",
    "a WebSocket": "opened.send(text)",
    "a WebSocket of bytes": "opened.send(new TextEncoder().encode(text))",
}


@pytest.mark.parametrize("to", ["/rates", "about:blank", "https://partner.example/"])
@pytest.mark.parametrize("way", LAST)
def test_what_is_sent_as_the_page_goes_is_seen(
    way: str, to: str, capture: BrowserCapture, browser: Chromium, product: Product, site: TestSite
) -> None:
    """Pages have a last word, when no client is attached to them any more."""
    canaries = Canaries()
    text = canaries.make("going", masked=True).text
    opened = "const opened = new WebSocket(socket); await new Promise((done) => (opened.onopen = done));"
    does(browser, f"{opened} addEventListener('pagehide', () => {{ {LAST[way]} }})", text, product)
    assert not capture.sent(text)
    browser.open(site.here(to))
    until = time.monotonic() + WITHIN_S
    while not capture.sent(text) and time.monotonic() < until:
        capture.settle()

    assert ["going"] == [sighting.canary.place for sighting in capture.find(canaries)]


def test_what_the_site_itself_is_told_is_no_leak(
    capture: BrowserCapture, browser: Chromium, site: TestSite
) -> None:
    """A customer may tell the bank everything; who was asked is known all the same."""
    canaries = Canaries()
    text = canaries.make("the bank", masked=True).text
    browser.script(
        "return fetch('/thanks', { method: 'POST', body: arguments[0] }).then((r) => r.text())", text
    )
    capture.settle()

    assert not capture.sent(text)
    assert f"{site.url}/thanks" in capture.asked


def test_sound_and_pictures_between_browsers_make_it_blind(
    capture: BrowserCapture, browser: Chromium, product: Product
) -> None:
    """A product that films the page cannot be read, and that is said."""
    does(
        browser,
        "const c = document.createElement('canvas'); c.getContext('2d'); new RTCPeerConnection().addTrack(c.captureStream().getTracks()[0])",
        "",
        product,
    )
    capture.settle()

    assert ("sound or pictures from browser to browser",) == capture.blind


# What is made of events


def _silent(method: str, params: Any = None, session: str = "", done: Any = None) -> None:
    if done is not None:
        done(None)


def frames(*payloads: bytes) -> Capture:
    """A capture of these frames of one WebSocket, in this order."""
    capture = Capture(_silent, lambda host: host == "bank.localhost:1")
    capture.take(PAGE, "Network.webSocketCreated", {"requestId": "1", "url": "ws://product.test/"})
    for payload in payloads:
        response = {"opcode": 2, "payloadData": base64.b64encode(payload).decode()}
        capture.take(PAGE, "Network.webSocketFrameSent", {"requestId": "1", "response": response})
    return capture


def test_a_text_that_is_cut_over_frames_is_seen() -> None:
    """Also within what is compressed as one."""
    text = "Canary of the open field"
    squeezed = zlib.compress(text.encode() * 3)

    assert frames(b"Canary of the", b" open field").sent(text)
    assert frames(squeezed[:9], squeezed[9:20], squeezed[20:]).sent(text)
    assert not frames(squeezed[:9], squeezed[20:]).sent(text)


def test_what_cannot_be_decoded_is_told() -> None:
    """Not silence, but nothing known."""
    assert ("zstd over WebSocket to product.test",) == frames(b"\x28\xb5\x2f\xfd rest").blind
    assert () == frames(b"{}").blind


def test_a_new_story_begins_with_nothing() -> None:
    """What was seen before is forgotten."""
    capture = frames(b"Canary of the open field")
    capture.reset()

    assert not capture.sent("Canary of the open field")
    assert ((), ()) == (capture.pieces, capture.asked)


def test_a_body_that_the_browser_does_not_keep_makes_it_blind() -> None:
    """An answer that was there and could not be read."""
    capture = Capture(_silent, lambda host: False)
    response = {"requestId": "1", "response": {"url": "http://product.test/x", "headers": {}}}
    capture.take(PAGE, "Network.responseReceived", response)
    capture.take(PAGE, "Network.loadingFinished", {"requestId": "1"})

    assert ("an answer of product.test, which the browser did not keep",) == capture.blind


@pytest.mark.parametrize("coding, blind", [("br", ("br over POST to product.test",)), ("gzip", ()), ("", ())])
def test_a_body_that_is_packed_in_a_way_that_is_not_read_makes_it_blind(
    coding: str, blind: tuple[str, ...]
) -> None:
    """Its begin does not tell of brotli; the request's own header does."""
    capture = Capture(_silent, lambda host: False)
    entries = [{"bytes": base64.b64encode(b"\x8b\x02\x80").decode()}]
    request = {
        "url": "http://product.test/x",
        "method": "POST",
        "headers": {"Content-Encoding": coding},
        "hasPostData": True,
        "postDataEntries": entries,
    }
    capture.take(PAGE, "Network.requestWillBeSent", {"requestId": "1", "request": request})

    assert blind == capture.blind


def test_silence_where_not_everything_can_be_read_is_no_answer() -> None:
    """A text that is not found there may be there all the same: the story that asks for it is not decided."""
    capture = Capture(_silent, lambda host: False)
    traffic = Traffic({Party.CUSTOMER: cast("BrowserCapture", capture)}, Addresses(1, 2))
    traffic.see_that_all_was_read(Party.CUSTOMER)
    capture.take(PAGE, "Network.webTransportCreated", {"requestId": "1", "url": "https://product.test/"})

    with pytest.raises(Unread, match=r"WebTransport to product\.test"):
        traffic.see_that_all_was_read(Party.CUSTOMER)

"""Serves the site on loopback, on two ports, and keeps the record of what was done there.

The server is the standard library's, in threads of its own: it needs nothing more than a few pages and forms, brings
no further package, and answers while whoever opened it waits for a browser.

Order: what is held back, the site, serving it, one connection.
"""

import socket
import threading
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from email.parser import BytesParser
from email.policy import HTTP
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final
from urllib.parse import parse_qs, parse_qsl, urlsplit

import msgspec
import trio
from cobrowse_spec.terms import Prompt
from typing_extensions import override

from .addresses import Addresses
from .pages import SUITE, Answer, Marks, Pages
from .record import WITHIN_S, Effect, Opened, Record, Story, Submitted
from .ways import TARGET

#: The only address that the site is served at.
HOST: Final = "127.0.0.1"
#: The largest body that is taken, in bytes.
MAX_BODY_BYTES: Final = 8 << 20
#: The cookie that says to which story a request belongs.
COOKIE: Final = "site-story"
#: The field that says which form it was.
FORM_FIELD: Final = "site-form"
#: How long a page may be kept by the browser, in seconds, unless its address asks for `no-store`.
KEPT_S: Final = 600


class Held:
    """A path about which questions are held back."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._released = threading.Event()

    def is_asked(self, within_s: float) -> bool:
        """Whether somebody has asked, waited for."""
        return self._asked.wait(within_s)

    def wait(self) -> None:
        """The one who asks waits for the answer."""
        self._asked.set()
        self._released.wait(WITHIN_S)

    def release(self) -> None:
        """Whoever waits is answered."""
        self._released.set()


class TestSite:
    """The suite's site while it is open."""

    __test__ = False  # its name says to pytest what it is not

    def __init__(self, addresses: Addresses, pages: Pages) -> None:
        self.addresses = addresses
        self.pages = pages
        self.record = Record()
        #: Questions that are held back, by path.
        self._held: dict[str, Held] = {}

    @property
    def url(self) -> str:
        """The company's own origin."""
        return self.addresses.url

    @property
    def elsewhere(self) -> str:
        """The origin of another company's site."""
        return self.addresses.elsewhere

    def here(self, url: str) -> str:
        """An address of the stories, or a path of theirs, on this machine."""
        return self.addresses.here(url)

    def told(self, url: str) -> str:
        """An address of the company's site as stories tell it."""
        return self.addresses.told(url)

    def policy(self, text: str) -> str:
        """One of the suite's policies, in TOML, for this site."""
        return self.addresses.policy(text)

    def story(self) -> Story:
        """A new story: a record of its own for the browsers that enter by its address."""
        return Story(self.record, self.url)

    @contextmanager
    def holding(self, path: str) -> Iterator[Held]:
        """Hold back the answers to whatever is asked about this path, until the block ends; who goes there stays in place."""
        held = self._held[path] = Held()
        try:
            yield held
        finally:
            del self._held[path]
            held.release()

    def held(self, path: str) -> Held | None:
        """What holds back the answers about this path now."""
        return self._held.get(path)

    def submitted(self) -> tuple[Submitted, ...]:
        """The forms that have arrived in all stories, oldest first."""
        return self.record.submitted()

    def effects(self) -> tuple[Effect, ...]:
        """What all pages have opened beside themselves."""
        return self.record.effects()

    def opened(self) -> tuple[Opened, ...]:
        """What was asked for on every host, other companies' and third parties' too."""
        return self.record.opened()


# Serving


@contextmanager
def serving(
    snippet: str = "",
    *,
    port: int = 0,
    other_port: int = 0,
    marks: Marks = Marks(),  # noqa: B008 -- immutable
) -> Iterator[TestSite]:
    """The site with a product's snippet (HTML) on each page of the company's own, for the length of a block.

    Raises OSError where a port is taken; port 0 is any free one.
    """
    with socket.create_server((HOST, port)) as own, socket.create_server((HOST, other_port)) as other:
        addresses = Addresses(own.getsockname()[1], other.getsockname()[1])
        site = TestSite(addresses, Pages(addresses, snippet, marks))
        with _serving(site, own), _serving(site, other):
            yield site


@asynccontextmanager
async def open_site(
    snippet: str = "",
    *,
    port: int = 0,
    other_port: int = 0,
    marks: Marks = Marks(),  # noqa: B008 -- immutable
) -> AsyncIterator[TestSite]:
    """The same for async code; stopping does not keep others waiting."""
    block = serving(snippet, port=port, other_port=other_port, marks=marks)
    site = await trio.to_thread.run_sync(block.__enter__)
    try:
        yield site
    finally:
        with trio.CancelScope(shield=True):
            await trio.to_thread.run_sync(block.__exit__, None, None, None)


@contextmanager
def _serving(site: TestSite, listening: socket.socket) -> Iterator[None]:
    server = _Server(site, listening)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="test site")
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.hang_up()
        server.server_close()


class _Server(ThreadingHTTPServer):
    """Serves on a socket that listens already; when it closes no connection stays, however idle."""

    daemon_threads = False

    def __init__(self, site: TestSite, listening: socket.socket) -> None:
        self.site = site
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        super().__init__(listening.getsockname(), _Connection, bind_and_activate=False)
        self.socket.close()
        self.socket = listening

    @override
    def get_request(self) -> tuple[socket.socket, tuple[str, int]]:
        connection, address = super().get_request()
        with self._lock:
            self._open.add(connection)
        return connection, address

    @override
    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        assert isinstance(request, socket.socket)
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    @override
    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that hangs up in the midst of an answer is none of our business, and is not told of."""

    def hang_up(self) -> None:
        """End every connection, so that the threads that wait for more come back."""
        with self._lock:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue  # the other side was faster


# One connection

#: Where in a page a browser shows another document, as it tells the server.
_WITHIN: Final = ("iframe", "frame", "embed", "object")


class _Told(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a page tells of something that it opened."""

    prompt: Prompt
    by: str


class _Connection(BaseHTTPRequestHandler):
    """The requests that come over one connection."""

    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        """A page, or a form that was sent as its address."""
        self._answer(b"")

    do_HEAD = do_GET  # noqa: N815 -- the name that http.server looks for

    def do_POST(self) -> None:
        """A form, or what a page tells."""
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > MAX_BODY_BYTES:
            self._send(Answer(413, "text/plain", b"Too large."))
            self.close_connection = True
            return
        self._answer(self.rfile.read(int(length)))

    def do_OPTIONS(self) -> None:
        """Nothing is allowed to other origins."""
        self._send(Answer(204, "text/plain", b""))

    def _answer(self, body: bytes) -> None:
        parts = urlsplit(self.path)
        host = self.headers.get("Host", "").lower()
        story = self._story()
        site = self.server.site
        if self.command != "HEAD" and not parts.path.startswith(SUITE):
            site.record.open(host, self.path, self.command, story)
        if parts.path.startswith(f"{SUITE}story/"):
            self._enter(parts.path.removeprefix(f"{SUITE}story/"), parts.query)
        elif parts.path.startswith(SUITE):
            self._send(self._suite(parts.path, body, story))
        elif site.addresses.is_own(host):
            held = site.held(parts.path)
            if held is not None and self.headers.get("Sec-Fetch-Mode") == "navigate":
                self._send(Answer(204, "text/plain", b""))
                return
            if held is not None:
                held.wait()
            answer = self._own(parts.path, parts.query, body, story)
            self._tell_if_saved(answer, story)
            self._send(answer, no_store="no-store" in parts.query)
        else:
            self._send(site.pages.other(parts.path))

    def _tell_if_saved(self, answer: Answer, story: str) -> None:
        """What a browser saves that was to be shown in a page: no script of the page knows that it was a download."""
        shown_in = self.headers.get("Sec-Fetch-Dest", "")
        if self.command == "GET" and shown_in in _WITHIN and "Content-Disposition" in dict(answer.headers):
            page = urlsplit(self.headers.get("Referer", "")).path
            self.server.site.record.effect(Prompt.DOWNLOAD, shown_in, page, story)

    def _own(self, path: str, query: str, body: bytes, story: str) -> Answer:
        pages = self.server.site.pages
        asked = parse_qsl(query, keep_blank_values=True)
        is_form = path == TARGET or any(name == FORM_FIELD for name, _ in asked)
        if self.command != "HEAD" and (self.command == "POST" or is_form):
            fields = [*asked, *fields_of(body, self.headers.get("Content-Type", ""))]
            form = next((value for name, value in fields if name == FORM_FIELD), "")
            others = [(name, value) for name, value in fields if name != FORM_FIELD]
            page = urlsplit(self.headers.get("Referer", "")).path
            record = self.server.site.record
            record.submit(page, form, f"{self.command} {path}", others, story)
            return Answer(204, "text/plain", b"") if record.stays(story) else pages.received(path)
        return pages.own(path)

    def _suite(self, path: str, body: bytes, story: str) -> Answer:
        """What belongs to the suite and to no story; the same on every host."""
        site = self.server.site
        if path == f"{SUITE}effect" and self.command == "POST":
            try:
                told = msgspec.json.decode(body, type=_Told)
            except msgspec.DecodeError:
                return Answer(400, "text/plain", b"")
            page = urlsplit(self.headers.get("Referer", "")).path
            site.record.effect(told.prompt, told.by, page, story)
            return Answer(204, "text/plain", b"")
        if path == f"{SUITE}fence":
            return Answer(204, "text/plain", b"", (("Cache-Control", "no-store"),))
        if path == f"{SUITE}frame":
            return site.pages.frame()
        return site.pages.file(path) or Answer(404, "text/plain", b"")

    def _enter(self, token: str, query: str) -> None:
        to = parse_qs(query).get("to", ["/"])[0]
        to = to if to.startswith("/") and not to.startswith("//") else "/"
        cookie = f"{COOKIE}={token}; Path=/; HttpOnly; SameSite=Lax"
        known = token.isalnum() and token.isascii()
        headers = (
            ("Location", to),
            ("Cache-Control", "no-store"),
            *((("Set-Cookie", cookie),) if known else ()),
        )
        self._send(Answer(303, "text/plain", b"", headers))

    def _story(self) -> str:
        """The story that the request belongs to; empty where it belongs to none."""
        try:
            found = SimpleCookie(self.headers.get("Cookie", "")).get(COOKIE)
        except CookieError:
            return ""
        return "" if found is None else found.value

    def _send(self, answer: Answer, *, no_store: bool = False) -> None:
        given: Mapping[str, str] = dict(answer.headers)
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.kind)
        if answer.status != 204:
            self.send_header("Content-Length", str(len(answer.body)))
        if "Cache-Control" not in given:
            kept = "no-store" if no_store or self.command == "POST" else f"private, max-age={KEPT_S}"
            self.send_header("Cache-Control", kept)
        for name, value in answer.headers:
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Silence: a log would hold what customers do."""


def fields_of(body: bytes, kind: str) -> list[tuple[str, str]]:
    """The fields of a form's body, by its content type: names and values; of anything else, one without a name."""
    plain = kind.partition(";")[0].strip().lower()
    if not body:
        return []
    if plain == "application/x-www-form-urlencoded":
        return parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
    if plain == "multipart/form-data":
        message = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
        return [(_name(part), str(part.get_content())) for part in message.iter_parts()]
    return [("", body.decode("utf-8", "replace"))]


def _name(part: object) -> str:
    header = getattr(part, "get", lambda name: None)("Content-Disposition")
    return str(getattr(header, "params", {}).get("name", ""))

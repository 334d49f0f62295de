"""What the site's pages say: the bank of the stories, and what only a real browser can show.

The bank's pages are those that scripted customers visit, so every element that a story names is here, with the name
as its ID.  To each page of the company's own are added the pages' script, a bar with marks and a pad for fences, and a
product's snippet; to the pages of others no snippet.

Order: whole pages, the company's, those of others, files.
"""

import html
import json
import re
import struct
import zlib
from collections.abc import Mapping
from importlib.resources import files
from typing import Final, NamedTuple

from cobrowse_simulator.sites import bank_site

from .addresses import Addresses
from .ways import ALLOWED, BY_NAME, HARMLESS, WAYS, Way

#: Where everything is that belongs to the suite and to no story.
SUITE: Final = "/site/"

_HTML: Final = "text/html; charset=utf-8"

_CLASS: Final = re.compile(r'\bclass="([^"]*)"')

#: What stands at the top of every page: what a fence sets, and where one clicks for a fence.
_BAR: Final = '<div id="site-bar" data-suite><output id="mark">no mark</output><button type="button" id="pad">Pad</button></div>'


class Answer(NamedTuple):
    """What the site answers a request with."""

    status: int
    kind: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()


class Marks(NamedTuple):
    """Attributes by which a product, that knows no selectors, is told what is masked and what is inert.

    Written as HTML has them, such as `class="no-view" data-secret`.
    """

    masked: str = ""
    disabled: str = ""


class Pages:
    """Every page of the site."""

    def __init__(self, addresses: Addresses, snippet: str = "", marks: Marks = Marks()) -> None:  # noqa: B008 -- immutable
        self._addresses = addresses
        self._snippet = snippet
        self._marks = marks
        self._bank: Mapping[str, str] = bank_site("").pages
        self._files = _files()

    # The company's

    def own(self, path: str) -> Answer:
        """The company's page at a path; 404 where there is none."""
        if path in self._bank:
            return self._page(self._translated(self._bank[path]))
        if path in ("/ways", "/keys"):
            ways = [way for way in WAYS if way.by_tab is (path == "/keys")]
            sections = "".join(map(_section, (HARMLESS, *ways, ALLOWED)))
            return self._page(_document("Ways to submit", f'<main class="ways">{sections}</main>'))
        if path.startswith("/ways/") and path.removeprefix("/ways/") in BY_NAME:
            way = BY_NAME[path.removeprefix("/ways/")]
            return self._page(_document(way.what, _section(way)))
        if path == "/controls":
            return self._page(_document("Controls", _asset("controls.html")))
        if path == "/statement.csv":
            disposition = ("Content-Disposition", 'attachment; filename="statement.csv"')
            anew = ("Cache-Control", "no-store")  # the server tells of some downloads: each is asked for
            return Answer(200, "text/csv", b"date,amount\n", (disposition, anew))
        return self.file(path) or self._page(_document("Not found", "<p>There is no such page.</p>"), 404)

    def received(self, path: str) -> Answer:
        """What a form that was posted to a path gets back: refreshing it would post it again (NAVIGATE-6)."""
        if path in self._bank:
            return self.own(path)
        return self._page(_document("Received", '<p id="receipt">We have received what you sent.</p>'))

    def frame(self) -> Answer:
        """A document of the company's that is made for a frame, without a snippet."""
        return Answer(
            200, _HTML, b'<!DOCTYPE html><title>Frame</title><body><p id="framed">A frame</p></body>'
        )

    def _page(self, text: str, status: int = 200) -> Answer:
        head = f"{self._tags()}{self._snippet}</head>"
        text = text.replace("</head>", head, 1)
        return Answer(status, _HTML, _with_bar(self._marked(text)).encode())

    def _tags(self) -> str:
        marks = html.escape(json.dumps(self._marks._asdict()))
        return (
            '<link rel="stylesheet" href="/site/site.css"><link rel="icon" href="/site/picture.svg">'
            f'<script src="/site/site.js" data-marks="{marks}"></script>'
        )

    def _marked(self, text: str) -> str:
        """With the product's own marks on what the suite's policies mask and disable."""
        text = _give(text, 'id="ssn"', self._marks.masked)
        text = _give(text, 'class="private"', self._marks.masked)
        return _give(text, 'id="terms-link"', self._marks.disabled)

    def _translated(self, text: str) -> str:
        """With the addresses of other sites as they are on this machine."""
        for name in ("partner", "third", "maps"):
            text = text.replace(f"https://{name}.example", f"http://{name}.localhost:{self._addresses.port}")
        return text

    # Others'

    def other(self, path: str) -> Answer:
        """A page, or something for a page, of anybody else's site: with the suite's script and no snippet."""
        known = self.file(path) or _by_ending(path)
        if known is not None:
            return known
        body = _asset("elsewhere.html").replace("{{home}}", self._addresses.url)
        text = _document("Another site", body).replace("</head>", f"{self._tags()}</head>", 1)
        return Answer(200, _HTML, _with_bar(text).encode())

    # Files

    def file(self, path: str) -> Answer | None:
        """A file that every host has; None where there is none."""
        return self._files.get(path)


def _give(text: str, where: str, attributes: str) -> str:
    """A page with attributes added to each element that has this one; classes join those that are there."""
    classes = _CLASS.search(attributes)
    if classes is not None and where.startswith("class="):
        joined = f'{where[:-1]} {classes[1]}" {_CLASS.sub("", attributes).strip()}'
        return text.replace(where, joined.rstrip())
    return text.replace(where, f"{where} {attributes}") if attributes else text


def _with_bar(text: str) -> str:
    at = text.find("<body")
    end = text.find(">", at) + 1
    return f"{text[:end]}\n{_BAR}{text[end:]}" if at >= 0 else text


def _document(title: str, body: str) -> str:
    title = html.escape(title)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<title>{title}</title>\n</head>\n<body>\n<h1 id="heading">{title}</h1>\n{body}\n'
        '<nav><a id="home-link" href="/">Home</a> <a id="apply-link" href="/apply">Apply for a loan</a></nav>\n'
        "</body>\n</html>\n"
    )


def _section(way: Way) -> str:
    return f'<section id="section-{way.name}">\n<h2>{html.escape(way.what)}</h2>\n{way.page}\n</section>\n'


def _asset(name: str) -> str:
    return (files(__package__) / "assets" / name).read_text(encoding="utf-8")


_PICTURE: Final = b'<svg xmlns="http://www.w3.org/2000/svg" width="60" height="40"><rect width="60" height="40" fill="#69c"/></svg>'


def _files() -> dict[str, Answer]:
    svg = Answer(200, "image/svg+xml", _PICTURE)
    return {
        "/site/site.js": Answer(200, "text/javascript; charset=utf-8", _asset("site.js").encode()),
        "/site/site.css": Answer(200, "text/css; charset=utf-8", _asset("site.css").encode()),
        "/site/picture.svg": svg,
        "/favicon.ico": svg,
        "/poster.png": Answer(200, "image/png", _png()),
        "/terms.pdf": Answer(200, "application/pdf", _PDF),
        "/film.webm": Answer(200, "video/webm", b""),
        "/greeting.ogg": Answer(200, "audio/ogg", b""),
    }


def _by_ending(path: str) -> Answer | None:
    """Something harmless of the kind that a third party's file name says."""
    ending = path.rpartition(".")[2]
    if ending in ("png", "jpg", "gif"):
        return Answer(200, "image/png", _png())
    if ending == "css":
        return Answer(200, "text/css", b"")
    if ending == "js":
        return Answer(200, "text/javascript", b"")
    return None


def _png() -> bytes:
    """One grey pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0\x80"))
        + chunk(b"IEND", b"")
    )


#: An empty page.
_PDF: Final = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)

"""The rulebook as one HTML page that needs nothing else.

The template says what stands where; here is what it is filled with.  Styles and script are inline, and the
page's own policy allows these two by their digests and nothing else: no request leaves the page.  Without
its script everything is there and nothing is hidden; with it, the rules can be searched.
"""

import base64
import hashlib
import re
from importlib.metadata import version
from importlib.resources import files

from cobrowse_spec.book import Book, book
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from .arrows import arrows, place_title
from .drawing import drawing


def page(rulebook: Book | None = None) -> str:
    """The whole rulebook as HTML."""
    whole = rulebook or book()
    environment = Environment(
        loader=PackageLoader("cobrowse_cli.book"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["prose"] = lambda text, own="": _prose(text, whole, own)
    environment.filters["typeset"] = _typeset
    environment.filters["reference"] = _reference
    environment.filters["cap"] = lambda text: text[:1].upper() + text[1:]
    css, js = _own("book.css"), _own("book.js")
    found = arrows(whole.transitions)
    return environment.get_template("book.html.j2").render(
        book=whole,
        version=version("cobrowse-kit"),
        arrows=found,
        title_of=place_title,
        drawing=drawing(found),
        css=Markup(css),  # noqa: S704 -- our own file
        js=Markup(js),  # noqa: S704 -- our own file
        css_digest=_digest(css),
        js_digest=_digest(js),
    )


def _own(name: str) -> str:
    return (files(__package__) / "templates" / name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    """What a content security policy calls an inline text that it allows."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _prose(text: str, whole: Book, own: str) -> Markup:
    """The rulebook's text: what stands between backticks as code, other rules as links."""
    parts = (
        Markup("<code>{}</code>").format(part) if number % 2 else _linked(part, whole, own)
        for number, part in enumerate(text.split("`"))
    )
    return Markup().join(parts)


def _linked(text: str, whole: Book, own: str) -> Markup:
    parts = re.split(r"\b([A-Z]+-\d+)\b", text)
    known = whole.entries.keys() - {own}
    return Markup().join(
        Markup('<a href="#{0}">{0}</a>').format(part)
        if number % 2 and part in known
        else escape(_typeset(part))
        for number, part in enumerate(parts)
    )


def _typeset(text: str) -> str:
    """Apostrophes as a printer sets them.  Quotation marks are left: in a story they are part of it."""
    return re.sub(r"(?<=\w)'", "’", text)


def _reference(where: str) -> Markup:
    """A thread as a link; a document by its name."""
    found = re.fullmatch(r"([\w.-]+/[\w.-]+)#(\d+)", where)
    if not found:
        return escape(where)
    link = Markup('<a href="https://github.com/{}/issues/{}" rel="noreferrer">{}</a>')
    return link.format(found[1], found[2], where)

"""The web sites that scripted customers visit: pages of real HTML, by address.

A :class:`Site` is the company's site as its web server would serve it.  :func:`bank_site` is the one
that the stories are told on; its pages are files beside this one.
"""

import functools
from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import Final, NamedTuple
from urllib.parse import urlsplit

_NOT_FOUND: Final = "<!doctype html><title>Not found</title><h1>There is no such page</h1>"


class Site(NamedTuple):
    """Pages by absolute address, without query or fragment."""

    home: str
    pages: Mapping[str, str]
    #: What a form that is posted to an address gets back.
    answers: Mapping[str, str] = MappingProxyType({})

    def page(self, url: str) -> str:
        """The HTML at an address; a page that says so where there is none."""
        return self.pages.get(_key(url), _NOT_FOUND)

    def answer(self, url: str) -> str:
        """The HTML that answers a form posted to an address."""
        return self.answers.get(_key(url), _NOT_FOUND)

    def serves(self, url: str) -> bool:
        """Whether the address is this site's, so that its page is known."""
        ours, theirs = urlsplit(self.home), urlsplit(url)
        return (ours.scheme, ours.netloc) == (theirs.scheme, theirs.netloc)


def _key(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(path=parts.path or "/", query="", fragment="").geturl()


@functools.cache
def bank_site(origin: str = "https://bank.example") -> Site:
    """A small bank: home, a loan application with every kind of control, rates, a profile with secrets.

    Three pages are for real browsers: tools open windows of the customer's machine (NAVIGATE-8), media cannot be
    mirrored (MASK-12), and one page is hostile to whoever looks at it (SECURE-5).
    """
    folder = files(__name__) / "bank"
    names = {"/": "home", "/apply": "apply", "/rates": "rates", "/profile": "profile", "/terms": "terms"}
    names |= {name: name[1:] for name in ("/thanks", "/tools", "/media", "/hostile")}
    pages = {
        origin + path: (folder / f"{name}.html").read_text(encoding="utf-8") for path, name in names.items()
    }
    answers = {origin + "/thanks": pages[origin + "/thanks"]}
    return Site(origin + "/apply", MappingProxyType(pages), MappingProxyType(answers))

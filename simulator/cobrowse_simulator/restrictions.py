"""What a policy says of the elements of a page: blocked, secret, masked, disabled, allowed to submit.

The most restrictive rule wins (MASK-10): an element is blocked, secret, masked or disabled as soon as any
rule for the page's path says so of it or of something that it stands in.  A selector that cannot be read
makes the whole policy unusable, never a part of it (MASK-11).

Order: what no policy can change, what holds on a page, compiling, why.
"""

import functools
from collections.abc import Iterable
from typing import Final, Literal, NamedTuple

from cobrowse_spec.policy import (
    SECRET_AUTOCOMPLETE,
    SELECTOR_KEYS,
    Policy,
    PolicyError,
    allowed_at,
    restricted_at,
    selectors_of,
)
from cobrowse_spec.selectors import fault
from cssselect import SelectorError
from lxml.cssselect import CSSSelector
from lxml.etree import XPathError
from lxml.html import HtmlElement, fromstring

from .page import Page, is_field, kind, path_up

#: What shows in place of a secret, however long it is (MASK-9).
SECRET_MASK: Final = "****"  # noqa: S105 -- it is what is shown instead of one


# What no policy can change

BuiltIn = Literal["password", "autocomplete", "file", "hidden"]


def built_in(element: HtmlElement) -> BuiltIn | None:
    """Why an element's value never shows, whatever the policy says; None where it is up to the policy.

    Passwords and fields whose `autocomplete` says that they hold one, a code or a card are secrets
    (MASK-3, MASK-9); of hidden and file inputs no value is mirrored at all.
    """
    if element.tag not in ("input", "select", "textarea"):
        return None
    of = kind(element)
    if of == "password":
        return "password"
    if of in ("hidden", "file"):
        return "hidden" if of == "hidden" else "file"
    if is_field(element) and SECRET_AUTOCOMPLETE.intersection(_tokens(element)):
        return "autocomplete"
    return None


def _tokens(element: HtmlElement) -> list[str]:
    return (element.get("autocomplete") or "").lower().split()


# What holds on a page


class Restrictions(NamedTuple):
    """What holds on one page now.  Each set holds the selected elements and all that stands in them."""

    masked: frozenset[HtmlElement] = frozenset()
    disabled: frozenset[HtmlElement] = frozenset()
    allowed: frozenset[HtmlElement] = frozenset()
    secret: frozenset[HtmlElement] = frozenset()
    blocked: frozenset[HtmlElement] = frozenset()

    def blocks(self, element: HtmlElement) -> bool:
        """Whether nothing of it leaves, nor of what is in it, but the size of a placeholder (MASK-4, MASK-12)."""
        return element in self.blocked

    def keeps_secret(self, element: HtmlElement) -> bool:
        """Whether it shows as four asterisks, however long it is (MASK-9)."""
        if built_in(element) in ("password", "autocomplete"):
            return True
        return element in self.secret

    def masks(self, element: HtmlElement) -> bool:
        """Whether agents may not read or change it (MASK-3, MASK-4, MASK-7): masked, secret or blocked."""
        return self.keeps_secret(element) or element in self.masked or self.blocks(element)

    def disables(self, element: HtmlElement) -> bool:
        """Whether it is inert for agents: administrators made it so (NAVIGATE-4), or blocked it."""
        return element in self.disabled or self.blocks(element)

    def allows_submit(self, element: HtmlElement) -> bool:
        """Whether administrators allow agents this submit button (SUBMIT-4), and nothing stricter holds."""
        return element in self.allowed and not self.disables(element)

    def shows(self, element: HtmlElement, text: str) -> str:
        """What an agent may read of a text of this element: all, asterisks, or nothing (MASK-1, MASK-9)."""
        if self.blocks(element):
            return ""
        if self.keeps_secret(element):
            return SECRET_MASK if text else ""
        return "*" * len(text) if element in self.masked else text


# Compiling


class Chosen(NamedTuple):
    """A selector of a policy: the page rule that it stands in (from 0), under which key, as it is written."""

    rule: int
    key: str
    selector: str


class CompiledPolicy:
    """A policy with its selectors read; raises PolicyError where one cannot be."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self._selectors = {
            Chosen(number, key, selector): read_selector(selector)
            for number, rule in enumerate(policy.pages)
            for key, selector in selectors_of(rule)
        }

    def on(self, page: Page) -> Restrictions:
        """What holds on the page as it is now."""
        return self.in_document(page.url, page.root)

    def in_document(self, url: str, document: HtmlElement) -> Restrictions:
        """What holds in a document, by its root, that is at this address."""
        held: dict[str, set[HtmlElement]] = {key: set() for key in SELECTOR_KEYS}
        for chosen in self.at(url):
            for root in self._meant(chosen, document):
                held[chosen.key].update(root.iter())
        return Restrictions(
            masked=frozenset(held["mask"]),
            disabled=frozenset(held["disable"]),
            allowed=frozenset(held["allow_submit"]),
            secret=frozenset(held["secret"]),
            blocked=frozenset(held["block"]),
        )

    def at(self, url: str) -> list[Chosen]:
        """The selectors of the rules that hold at this address, in the order of the policy."""
        restricting, allowing = restricted_at(self.policy, url), allowed_at(self.policy, url)
        return [
            chosen
            for chosen in self._selectors
            if chosen.rule in (allowing if chosen.key == "allow_submit" else restricting)
        ]

    def select(self, chosen: Chosen, page: Page) -> list[HtmlElement]:
        """The elements of a page that a selector means, whether or not its rule holds there."""
        return self._meant(chosen, page.root)

    def _meant(self, chosen: Chosen, document: HtmlElement) -> list[HtmlElement]:
        return [one for one in self._selectors[chosen](document) if isinstance(one.tag, str)]


@functools.lru_cache(maxsize=64)
def compiled(policy: Policy) -> CompiledPolicy:
    """The policy, compiled once for all pages and customers; raises PolicyError."""
    return CompiledPolicy(policy)


#: Each selector is tried on it, so that none fails only when a page is there to be masked.
_TRIAL: Final = fromstring("<p></p>")


@functools.lru_cache(maxsize=1024)
def read_selector(selector: str) -> CSSSelector:
    """A selector, ready to be used; raises PolicyError that says why it cannot be."""
    if wrong := fault(selector):
        raise PolicyError(f"{selector!r} is no selector: it {wrong}")
    try:
        found = CSSSelector(selector, translator="html")
        found(_TRIAL)
    except (SelectorError, XPathError, NotImplementedError) as error:
        raise PolicyError(f"{selector!r} cannot be read: {error}") from None
    return found


# Why


class Cause(NamedTuple):
    """Why something holds of an element: a selector of the policy, or a built-in reason."""

    #: Whether the element is thereby "block", "secret", "mask", "disable" or "allow_submit".
    key: str
    #: Which element was meant: the one asked about, or one that it stands in.
    at: HtmlElement
    by: Chosen | BuiltIn


def why(policy: CompiledPolicy, page: Page, element: HtmlElement) -> list[Cause]:
    """Everything that holds of an element, the strictest first; nothing where agents see and use it freely."""
    causes = [
        Cause(chosen.key, root, chosen)
        for chosen in policy.at(page.url)
        for root in _among(path_up(element), policy.select(chosen, page))
    ]
    reason = built_in(element)
    if reason is not None:
        causes.append(Cause("secret", element, reason))
    return sorted(causes, key=lambda cause: SELECTOR_KEYS.index(cause.key))


def _among(path: Iterable[HtmlElement], chosen: list[HtmlElement]) -> list[HtmlElement]:
    found = frozenset(chosen)
    return [one for one in path if one in found]

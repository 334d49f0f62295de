"""What a policy says of the elements of a page: masked, disabled, allowed to submit.

The most restrictive rule wins (MASK-10): an element is masked or disabled as soon as any rule for the
page's path says so of it or of something that it stands in.  A selector that cannot be read makes the
whole policy unusable, never a part of it (MASK-11).  Order: compiling, applying, masked text.
"""

import functools
import re
from typing import Final, NamedTuple

from cobrowse_spec.policy import Policy, PolicyError
from cssselect import SelectorError
from lxml.cssselect import CSSSelector
from lxml.etree import XPathError
from lxml.html import HtmlElement, fromstring

from .page import Page, kind, path_up

#: What shows in place of a secret, however long it is (MASK-9).
SECRET_MASK = "****"  # noqa: S105 -- it is what is shown instead of one


class _Rule(NamedTuple):
    """A page rule, ready to be applied."""

    path: re.Pattern[str]
    mask: tuple[CSSSelector, ...]
    disable: tuple[CSSSelector, ...]
    allow_submit: tuple[CSSSelector, ...]


class Restrictions(NamedTuple):
    """What holds on one page now.  Each set holds the selected elements themselves."""

    masked_roots: frozenset[HtmlElement]
    disabled_roots: frozenset[HtmlElement]
    allowed_roots: frozenset[HtmlElement]

    def masks(self, element: HtmlElement) -> bool:
        """Whether agents may not read or change it (MASK-3, MASK-4)."""
        return kind(element) == "password" or _is_within(element, self.masked_roots)

    def disables(self, element: HtmlElement) -> bool:
        """Whether administrators made it inert for agents (NAVIGATE-4)."""
        return _is_within(element, self.disabled_roots)

    def allows_submit(self, element: HtmlElement) -> bool:
        """Whether administrators allow agents this submit button (SUBMIT-4)."""
        return _is_within(element, self.allowed_roots)


class CompiledPolicy:
    """A policy with its selectors and path patterns read; raises PolicyError where one cannot be."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self._rules = [
            _Rule(_pattern(rule.path), _read(rule.mask), _read(rule.disable), _read(rule.allow_submit))
            for rule in policy.pages
        ]

    def on(self, page: Page) -> Restrictions:
        """What holds on the page as it is now."""
        rules = [rule for rule in self._rules if rule.path.fullmatch(page.path)]
        return Restrictions(
            _select(page, [selector for rule in rules for selector in rule.mask]),
            _select(page, [selector for rule in rules for selector in rule.disable]),
            _select(page, [selector for rule in rules for selector in rule.allow_submit]),
        )


@functools.lru_cache(maxsize=64)
def compiled(policy: Policy) -> CompiledPolicy:
    """The policy, compiled once for all pages and customers; raises PolicyError."""
    return CompiledPolicy(policy)


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in path.split("*")), re.DOTALL)


#: Each selector is tried on it, so that none fails only when a page is there to be masked.
_TRIAL: Final = fromstring("<p></p>")


def _read(selectors: tuple[str, ...]) -> tuple[CSSSelector, ...]:
    try:
        compiled = tuple(CSSSelector(selector, translator="html") for selector in selectors)
        for selector in compiled:
            selector(_TRIAL)
    except (SelectorError, XPathError, NotImplementedError) as error:
        raise PolicyError(f"a selector cannot be read: {error}") from None
    return compiled


def _select(page: Page, selectors: list[CSSSelector]) -> frozenset[HtmlElement]:
    return frozenset(element for selector in selectors for element in selector(page.root))


def _is_within(element: HtmlElement, roots: frozenset[HtmlElement]) -> bool:
    return bool(roots) and any(one in roots for one in path_up(element))


def masked_text(element: HtmlElement, text: str) -> str:
    """What an agent sees in place of the text: an asterisk a character, of a secret only four (MASK-9)."""
    if kind(element) == "password":
        return SECRET_MASK if text else ""
    return "*" * len(text)

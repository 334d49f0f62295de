"""The pages of generated stories: the bank's, with what is published of the elements that stories name."""

import functools

from cobrowse_simulator.customer import published_elements
from cobrowse_simulator.page import Page
from cobrowse_simulator.restrictions import compiled
from cobrowse_simulator.sites import Site, bank_site
from cobrowse_spec.actions import Element
from cobrowse_spec.policy import Policy
from msgspec.structs import replace

from ..venues import SITE_ORIGIN
from .words import NAMES


@functools.cache
def site() -> Site:
    """The company's site, read once."""
    return bank_site(SITE_ORIGIN)


@functools.lru_cache(maxsize=256)
def published(html: str, url: str, policy: Policy) -> tuple[Element, ...]:
    """What is published of a page as it is loaded, of the elements that stories name, by those names."""
    return published_of(Page(url, html), policy)


def published_of(page: Page, policy: Policy) -> tuple[Element, ...]:
    """The same of a page as it is now."""
    known = {one.ref: one for one in published_elements(page, compiled(policy).on(page))}
    found = ((name, page.find(name)) for name in NAMES.values())
    refs = {name: str(page.ref(element)) for name, element in found if element is not None}
    return tuple(
        replace(known[ref], ref=name, form=_name_of(page, known[ref].form))
        for name, ref in refs.items()
        if ref in known
    )


def _name_of(page: Page, ref: str) -> str:
    element = page.by_ref(ref) if ref else None
    return "" if element is None else page.name_of(element)

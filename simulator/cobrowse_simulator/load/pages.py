"""The pages of simulated customers: the bank's, each as large as a profile says."""

import functools
from typing import Final

from ..sites import Site, bank_site

#: The site that simulated customers are on.
ORIGIN: Final = "https://bank.example"

_PARAGRAPH: Final = "<p>" + "Terms and conditions apply to every offer on this page. " * 8 + "</p>"


#: Pages differ in size by a share of this, in kilobytes by this at the least: so that they are few.
_STEP: Final = 0.125
_LEAST_STEP_KB: Final = 4


def site_of(kilobytes: float) -> Site:
    """The bank's site with about so much text on each page."""
    step = max(_LEAST_STEP_KB, round(kilobytes * _STEP))
    return _site_of(round(kilobytes / step) * step)


@functools.lru_cache(maxsize=512)
def _site_of(kilobytes: int) -> Site:
    site = bank_site(ORIGIN)
    return site._replace(
        pages={url: _filled(html, kilobytes) for url, html in site.pages.items()},
        answers={url: _filled(html, kilobytes) for url, html in site.answers.items()},
    )


def _filled(html: str, kilobytes: int) -> str:
    missing = max(0, kilobytes * 1000 - len(html))
    text = _PARAGRAPH * (missing // len(_PARAGRAPH))
    return html.replace("</body>", f"<section>{text}</section></body>")

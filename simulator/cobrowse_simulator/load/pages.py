"""The pages of simulated customers: the bank's, each as large as a profile says."""

import functools
from typing import Final

from ..sites import Site, bank_site

#: The site that simulated customers are on.
ORIGIN: Final = "https://bank.example"

_PARAGRAPH: Final = "<p>" + "Terms and conditions apply to every offer on this page. " * 8 + "</p>"


@functools.lru_cache(maxsize=512)
def site_of(kilobytes: int) -> Site:
    """The bank's site with so much text on each page."""
    site = bank_site(ORIGIN)
    return site._replace(
        pages={url: _filled(html, kilobytes) for url, html in site.pages.items()},
        answers={url: _filled(html, kilobytes) for url, html in site.answers.items()},
    )


def _filled(html: str, kilobytes: int) -> str:
    missing = max(0, kilobytes * 1000 - len(html))
    text = _PARAGRAPH * (missing // len(_PARAGRAPH))
    return html.replace("</body>", f"<section>{text}</section></body>")

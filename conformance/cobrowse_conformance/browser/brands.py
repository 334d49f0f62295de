"""Brands: the makes of browsers that both people of a story can sit before.

Order: a brand, Chromium, Firefox, all.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final, NamedTuple

from cobrowse_simulator.browsers.browser import Browser
from cobrowse_simulator.browsers.chromium import find_chromium, open_browser
from cobrowse_simulator.browsers.firefox import find_firefox, open_firefox

from .line import HOST, Line

#: Frames of other sites are in one process with the page that they are in, so that one connection reads them all;
#: what pages may know of each other is as ever.  Tabs and address bar, which nobody looks at, are not drawn: they
#: take a seventh of a run's time.
FLAGS: Final = (
    "--disable-site-isolation-trials",
    "--disable-features=IsolateOrigins,site-per-process",
    "--kiosk",
)


class Brand(NamedTuple):
    """A make of browser."""

    name: str
    #: Raises ``NoBrowser`` where this machine has none.
    find: Callable[[], object]
    #: A browser of this name, with its profile in a folder, of this window size, that comes to the network by a line.
    open: Callable[[str, Path, tuple[int, int], Line], AbstractContextManager[Browser]]
    #: Why nobody can read what goes over its network; empty: it can be read.
    unread: str = ""


def _open_chromium(
    name: str, folder: Path, window: tuple[int, int], line: Line
) -> AbstractContextManager[Browser]:
    by_line = (f"--proxy-server=socks5://{HOST}:{line.port}", "--proxy-bypass-list=<-loopback>")
    return open_browser(name, folder, window=window, flags=(*FLAGS, *by_line), logs_traffic=False)


def _open_firefox(
    name: str, folder: Path, window: tuple[int, int], line: Line
) -> AbstractContextManager[Browser]:
    return open_firefox(name, window=window, proxy_port=line.port)


CHROMIUM: Final = Brand("chromium", find_chromium, _open_chromium)
FIREFOX: Final = Brand(
    "firefox",
    find_firefox,
    _open_firefox,
    "Firefox tells nobody what goes over WebSockets; Chromium does",
)

#: All, by name.
BRANDS: Final[Mapping[str, Brand]] = {one.name: one for one in (CHROMIUM, FIREFOX)}

"""Downloads: where a browser saves what it downloads, a folder for each look.

A browser that is busy gives a file its last name when it is done with it, which may be after the look that has seen it
under another.  In a folder of its own what comes late is no news to the next story.
"""

import itertools
from pathlib import Path

from cobrowse_simulator.browsers.browser import Browser


class Downloads:
    """What one browser has saved.  Synchronous: call it in the thread that has the browser."""

    def __init__(self, browser: Browser, folder: Path) -> None:
        self._browser = browser
        self._folder = folder
        self._numbers = itertools.count(1)
        self.anew()

    def anew(self) -> None:
        """What begins to be saved from now on is looked for, and nothing before it."""
        self._now = self._folder / str(next(self._numbers))
        self._now.mkdir(parents=True)
        self._browser.save_to(self._now)

    @property
    def has_any(self) -> bool:
        """Whether anything has begun to be saved."""
        return any(self._now.iterdir())

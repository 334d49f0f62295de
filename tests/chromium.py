"""A real browser for tests: where there is none they are passed over, but never in CI."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cobrowse_simulator.browsers.browser import WINDOW
from cobrowse_simulator.browsers.chromium import Chromium, NoChromium, open_browser


@contextmanager
def a_browser(name: str, profile: Path, window: tuple[int, int] = WINDOW) -> Iterator[Chromium]:
    """A Chromium with its profile in this folder, for the length of a block."""
    try:
        with open_browser(name, profile, window=window) as browser:
            yield browser
    except NoChromium as missing:
        if os.environ.get("CI"):
            pytest.fail(str(missing))
        pytest.skip(str(missing))

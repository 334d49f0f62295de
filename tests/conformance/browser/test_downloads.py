"""Downloads: what a browser saves counts in the story in which it began, and in no other."""

from pathlib import Path
from typing import cast

import pytest
from cobrowse_conformance.browser.downloads import Downloads
from cobrowse_simulator.browsers.browser import Browser


class FakeBrowser:
    """A browser that saves where it is told to, when the test says so."""

    def __init__(self) -> None:
        self.folder = Path()

    def save_to(self, folder: Path) -> None:
        """From now on here."""
        self.folder = folder


@pytest.fixture
def browser() -> FakeBrowser:
    """Whose downloads they are."""
    return FakeBrowser()


def test_what_is_saved_is_seen(browser: FakeBrowser, tmp_path: Path) -> None:
    """Under whatever name it begins."""
    downloads = Downloads(cast("Browser", browser), tmp_path / "downloads")
    before = downloads.has_any
    (browser.folder / "statement.csv.part").touch()

    assert not before
    assert downloads.has_any


def test_what_gets_its_name_late_is_no_news_to_the_next_look(browser: FakeBrowser, tmp_path: Path) -> None:
    """A busy browser renames a file after it has been seen: it is still the file of the look before."""
    downloads = Downloads(cast("Browser", browser), tmp_path / "downloads")
    begun = browser.folder / "statement.csv.part"
    begun.touch()
    downloads.anew()
    begun.rename(begun.with_name("statement.csv"))

    assert not downloads.has_any

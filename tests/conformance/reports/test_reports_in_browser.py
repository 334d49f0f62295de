"""The HTML report in a real browser, from a file URL: it runs its script, fits a phone, and works by keyboard."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from cobrowse_conformance.reports import write_html
from cobrowse_conformance.reports.comparison import compare, write_comparison_html
from cobrowse_conformance.results import Run
from cobrowse_simulator.browsers.chromium import Chromium
from selenium.webdriver.common.keys import Keys

from tests.chromium import a_browser


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    """One browser for all of these."""
    with a_browser("reader", tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture(scope="module")
def report(both: Run, run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a report of both levels, one of a whole wire run, and the two side by side."""
    folder = tmp_path_factory.mktemp("reports")
    write_html(both, folder / "both.html")
    write_html(run, folder / "wire.html")
    write_comparison_html(compare([run, both]), folder / "compared.html")
    return folder


def opened(browser: Chromium, file: Path, width: int = 1280, scheme: str = "light") -> Chromium:
    """The browser with a report open."""
    browser.cdp(
        "Emulation.setDeviceMetricsOverride",
        width=width,
        height=900,
        deviceScaleFactor=1,
        mobile=width < 600,
    )
    browser.cdp("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    browser.driver.get("about:blank")
    browser.driver.get(file.as_uri())
    return browser


def said(browser: Chromium) -> list[str]:
    """What the console has said since somebody asked last."""
    return [line["message"] for line in browser.driver.get_log("browser")]  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("width, scheme", [(400, "dark"), (1280, "light")])
@pytest.mark.parametrize("name", ["both.html", "wire.html", "compared.html"])
def test_nothing_overflows_and_nothing_is_complained_of(
    browser: Chromium, report: Path, name: str, width: int, scheme: str
) -> None:
    """On a phone and on a desk: no side scrolling, no tile outside, and the page's own policy refuses nothing."""
    said(browser)
    opened(browser, report / name, width, scheme)

    width, wide, right = browser.script(
        "return [document.documentElement.clientWidth, document.documentElement.scrollWidth,"
        " Math.max(...[...document.querySelectorAll('.tile')].map((tile) => tile.getBoundingClientRect().right))]"
    )

    assert width == wide
    assert right <= width
    assert [] == said(browser)


def test_screenshots_show(browser: Chromium, report: Path) -> None:
    """The page's own policy lets them in."""
    opened(browser, report / "both.html")

    browser.sees(
        lambda: bool(
            browser.script(
                "const images = [...document.images]; images.forEach((image) => { image.loading = 'eager'; });"
                "return images.length === 2 && images.every((image) => image.naturalWidth === 1)"
            )
        ),
        "two pictures of one pixel",
    )


def shown_rules(browser: Chromium) -> list[str]:
    """The rules that the filter lets through."""
    rules: list[str] = browser.script(
        "return [...document.querySelectorAll('.rule:not([hidden])')].map((rule) => rule.id)"
    )
    return rules


def test_rules_are_filtered_by_text_chapter_level_place_and_verdict(browser: Chromium, report: Path) -> None:
    """And their tiles go pale; what the filter says is how many are left."""
    opened(browser, report / "both.html")

    def choose(name: str, value: str) -> list[str]:
        browser.script(
            "const form = document.querySelector('.filter'); form.reset();"
            "form.elements[arguments[0]].value = arguments[1];"
            "form.dispatchEvent(new Event('input'))",
            name,
            value,
        )
        return shown_rules(browser)

    assert ["MASK-5"] == choose("text", "covers everything")
    assert ["START-1", "STOP-1"] == sorted({*choose("chapter", "START"), *choose("chapter", "STOP")})
    assert 4 == len(choose("level", "MUST"))
    boxes = "document.querySelectorAll('.filter input[value=fail]')[0]"
    browser.script(f"document.querySelector('.filter').reset(); {boxes}.click()")
    assert "MASK-5" not in shown_rules(browser)
    assert ["#MASK-5"] == browser.script(
        "return [...document.querySelectorAll('.tile.away')].map((tile) => tile.getAttribute('href'))"
    )
    assert "3 of 4 rules" == browser.find(".filter output").text


def test_a_level_can_be_looked_at_alone(browser: Chromium, report: Path) -> None:
    """What is flaky on the wire passes in the browser."""
    opened(browser, report / "both.html")

    browser.script(
        "const form = document.querySelector('.filter');"
        "for (const box of form.querySelectorAll('input[name=verdict]')) box.checked = box.value === 'pass';"
        "form.elements.place.value = 'browser'; form.dispatchEvent(new Event('input'))"
    )

    assert ["START-1", "STOP-1"] == shown_rules(browser)


def test_a_tile_leads_to_its_rule_and_opens_it_by_keyboard(browser: Chromium, report: Path) -> None:
    """A rule that passed is folded until somebody asks for it."""
    opened(browser, report / "both.html")
    folded = "return document.querySelector('#START-1 details.body').open"

    assert browser.script(folded) is False
    browser.script("document.querySelector('.tile[href=\"#START-1\"]').focus()")
    browser.keys(Keys.ENTER)

    browser.sees(lambda: browser.script(folded) is True, "the rule, opened")


def test_differences_are_open_and_the_rest_is_folded(browser: Chromium, report: Path) -> None:
    """In the comparison."""
    opened(browser, report / "compared.html")

    kinds = browser.script(
        "return [...document.querySelectorAll('.rule')].map("
        "(rule) => [rule.dataset.verdict, rule.querySelector('details.body').open])"
    )

    assert kinds
    assert {(kind, kind == "differs") for kind, _ in kinds} == {(kind, is_open) for kind, is_open in kinds}

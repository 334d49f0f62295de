"""What every make of browser does alike: each test is one of both, Firefox where it is present."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from cobrowse_conformance.browser.brands import BRANDS, Brand
from cobrowse_conformance.browser.site.server import TestSite, serving
from cobrowse_simulator.browsers.browser import Browser, NoBrowser, Point
from cobrowse_simulator.browsers.chromium import open_browser
from cobrowse_simulator.browsers.firefox import open_firefox
from selenium.common.exceptions import JavascriptException

#: A button and a field in a frame, and what was done to them.
PAGE = """
document.body.innerHTML = "<iframe style='position: fixed; left: 100px; top: 100px; border: 0'></iframe>";
window.seen = [];
const inner = document.querySelector("iframe").contentDocument;
inner.body.style.margin = 0;
inner.body.innerHTML = "<button style='position: fixed; left: 0; top: 0'>x</button><input style='position: fixed; left: 0; top: 60px'>";
for (const type of ["click", "input", "wheel"])
  inner.addEventListener(type, (event) => seen.push([type, event.isTrusted, event.target.localName, event.deltaY ?? 0]));
"""


@pytest.fixture(scope="module")
def site() -> Iterator[TestSite]:
    """The suite's site."""
    with serving() as site:
        yield site


@pytest.fixture(scope="module", params=list(BRANDS.values()), ids=list(BRANDS))
def browser(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One of them; CI has the usual one."""
    brand: Brand = request.param
    try:
        brand.find()
    except NoBrowser as missing:
        if os.environ.get("CI") and brand.name == "chromium":
            pytest.fail(str(missing))
        pytest.skip(str(missing))
    if brand.name == "firefox":
        with open_firefox("somebody") as firefox:
            yield firefox
        return
    with open_browser("somebody", tmp_path_factory.mktemp("profile")) as chromium:
        yield chromium


@pytest.fixture
def page(browser: Browser, site: TestSite) -> Browser:
    """The browser, at a page with a frame."""
    browser.open(site.here("/apply"))
    browser.evaluate(PAGE)
    return browser


def test_it_says_what_it_is(browser: Browser) -> None:
    """Make and version: a verdict in browsers depends on them."""
    make, _, version = browser.version.partition(" ")

    assert make in ("Chrome", "Firefox")
    assert version[0].isdigit()


def test_json_goes_into_a_page_and_comes_out_of_it(page: Browser) -> None:
    """Promises are waited for, and nothing is nothing."""
    given = {"text": "ä\n", "list": [1, 2.5, None, True]}

    assert given == page.evaluate("return arguments[0]", given)
    assert page.evaluate("return new Promise((done) => setTimeout(done, 10, arguments[0]))", 7) == 7
    assert page.evaluate("window.x = 1") is None


def test_what_a_script_throws_is_told(page: Browser) -> None:
    """As an error of the page."""
    with pytest.raises(JavascriptException):
        page.evaluate("return nothing.of.it")


def test_a_click_in_a_frame_is_a_persons(page: Browser) -> None:
    """Trusted, so that pages let it open what only a person may open."""
    page.mouse(Point(110, 110))

    assert ["click", True, "button", 0] == page.evaluate("return seen[0]")


def test_a_text_is_put_into_a_field_of_a_frame_in_one_go(page: Browser) -> None:
    """One event, and a person's."""
    page.mouse(Point(120, 170), press=False)
    page.press_here(Point(120, 170))
    page.insert("Ada")

    assert [["input", True, "input", 0]] == page.evaluate("return seen.filter(([type]) => type === 'input')")
    assert (
        page.evaluate("return document.querySelector('iframe').contentDocument.querySelector('input').value")
        == "Ada"
    )


def test_the_wheel_turns_where_the_mouse_is(page: Browser) -> None:
    """In CSS pixels."""
    page.wheel(Point(110, 230), 0, 120)
    page.sees(lambda: bool(page.evaluate("return seen.some(([type]) => type === 'wheel')")), "the wheel")

    assert page.evaluate("return seen.filter(([type]) => type === 'wheel').map((one) => one[3])[0]") > 0


def test_the_window_is_as_large_as_it_is_made(page: Browser) -> None:
    """Inside."""
    page.resize(901, 402)
    page.sees(lambda: page.evaluate("return [innerWidth, innerHeight]") == [901, 402], "the size")


def test_a_page_is_told_that_there_is_no_network(page: Browser) -> None:
    """And that there is one again."""
    page.be_offline(is_off=True)
    off = page.evaluate("return navigator.onLine")
    page.be_offline(is_off=False)

    assert off is False
    assert page.evaluate("return navigator.onLine") is True


def test_an_address_at_which_nothing_answers_is_not_reached(browser: Browser, site: TestSite) -> None:
    """And one that answers is."""
    assert browser.reaches(site.here("/rates"))
    assert not browser.reaches("http://127.0.0.1:9/")


def test_what_is_said_to_the_console_is_told_once(page: Browser) -> None:
    """With its time."""
    page.console()
    page.evaluate("console.error('something is wrong')")
    said = page.console()

    assert any("something is wrong" in line.text for line in said)
    assert all(line.at > 1e9 for line in said)
    assert [] == page.console()


def test_a_download_is_saved_without_asking(page: Browser, site: TestSite, tmp_path: Path) -> None:
    """In the folder that was named."""
    page.save_to(tmp_path)
    page.open(site.here("/tools"))
    page.evaluate("document.getElementById('statement').click()")
    page.sees(lambda: any(one.name == "statement.csv" for one in tmp_path.iterdir()), "the file")


def test_a_page_is_loaded_anew(page: Browser) -> None:
    """It is there, and is another."""
    page.evaluate("window.old = true")
    page.reload()

    assert page.evaluate("return [location.pathname, window.old ?? false]") == ["/apply", False]


def test_a_fresh_browser_remembers_nothing(page: Browser, site: TestSite) -> None:
    """Neither what pages store nor another window."""
    page.evaluate("localStorage.x = sessionStorage.x = 1; document.cookie = 'x=1; max-age=600'")
    page.driver.switch_to.new_window("tab")
    page.fresh()
    page.open(site.here("/apply"))

    assert [None, None, ""] == page.evaluate(
        "return [localStorage.x ?? null, sessionStorage.x ?? null, document.cookie]"
    )
    assert len(page.driver.window_handles) == 1

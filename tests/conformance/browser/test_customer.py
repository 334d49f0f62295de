"""The customer's side in a real browser: what it waits for in pages that may be left meanwhile, and how it reads them."""

import os
from collections.abc import Iterator

import pytest
from cobrowse_cli.products import reference_profile
from cobrowse_conformance.browser.customer import CustomerSide
from cobrowse_conformance.browser.profile import read_profile
from cobrowse_conformance.browser.site.server import TestSite, serving
from cobrowse_simulator.browsers.chromium import Chromium, NoChromium, open_browser

#: A product's own element, in a closed shadow root.
SNIPPET = """<script>addEventListener("DOMContentLoaded", () => {
  const ui = document.createElement("cobrowse-ui");
  ui.attachShadow({ mode: "closed" }).innerHTML = `<p id=state>Pointer Mode on ${location.pathname}</p>`;
  document.body.append(ui);
})</script>"""

#: How long the tests' customer waits, in seconds.
PATIENCE_S = 30.0


@pytest.fixture(scope="module")
def site() -> Iterator[TestSite]:
    """The suite's site."""
    with serving(SNIPPET) as site:
        yield site


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    """A customer's browser."""
    try:
        with open_browser("customer", tmp_path_factory.mktemp("customer"), logs_traffic=False) as browser:
            yield browser
    except NoChromium as missing:
        if os.environ.get("CI"):
            pytest.fail(str(missing))
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def customer(browser: Chromium, site: TestSite) -> Iterator[CustomerSide]:
    """A customer of the reference server's product."""
    given = read_profile(reference_profile()).customer
    customer = CustomerSide(browser, given, addresses=site.addresses, patience_s=PATIENCE_S)
    yield customer
    customer.reader.forget()


def test_what_a_page_had_begun_is_over_when_the_page_has_been_left(
    customer: CustomerSide, site: TestSite
) -> None:
    """A wait in the page itself would be kept with it in the browser's history, and come back to nobody."""
    customer.open(site.here("/apply"))
    customer.browser.script(
        "cobrowseSite = { fence() { location.href = '/rates'; return new Promise(() => {}); } }"
    )

    assert customer.let_finish()
    assert customer.browser.script("return location.pathname") == "/rates"


def test_what_a_page_has_begun_is_waited_for(customer: CustomerSide, site: TestSite) -> None:
    """It is not over before it is over."""
    customer.open(site.here("/apply"))
    customer.browser.script(
        "cobrowseSite = { fence: () => new Promise((done) => setTimeout(() => { window.over = true; done(); }, 50)) }"
    )

    assert customer.let_finish()
    assert customer.browser.script("return window.over")


def test_a_snippet_that_is_brought_along_runs_to_its_end(customer: CustomerSide, site: TestSite) -> None:
    """Its scripts have been loaded, and have heard that the page is there."""
    customer.open(site.here("https://evil.example/"))
    heard = "<script src='/none.js'></script><script>addEventListener('DOMContentLoaded', () => { window.heard = true })</script>"
    customer.bring_along(heard + SNIPPET)

    assert customer.browser.script("return window.heard")
    assert customer.look().present


def test_a_closed_shadow_root_is_read_on_every_page_and_in_every_window(
    customer: CustomerSide, browser: Chromium, site: TestSite
) -> None:
    """What was found on one page is found anew on the next, and in another window once that is told."""
    state = customer.profile.state
    shown = []
    for path in ("/apply", "/rates"):
        customer.open(site.here(path))
        found = customer.reader.one(state)
        shown.append(found.text if found is not None else "")
    customer.reader.forget()
    browser.fresh()
    nothing = customer.reader.one(state)
    customer.open(site.here("/apply"))
    found = customer.reader.one(state)

    assert ["Pointer Mode on /apply", "Pointer Mode on /rates"] == shown
    assert nothing is None
    assert found is not None
    assert found.text == "Pointer Mode on /apply"

"""What goes wrong around a session in real browsers: and what both people are told of it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cobrowse_simulator.browsers.chromium import Chromium
from cobrowse_simulator.browsers.parties import AgentInBrowser, CustomerInBrowser

from tests.web.conftest import WITHIN_S, Demo, Together, started

KEY = "the-key-of-the-controller"


def test_a_server_that_goes_down_is_missed_and_comes_back(
    customers_browser: Chromium, agents_browser: Chromium, tmp_path: Path
) -> None:
    """Both are told, nothing is lost, and the session goes on by itself when it is up again (RESUME-1, RESUME-4)."""
    (tmp_path / "key").write_text(KEY, encoding="utf-8")
    serve = [
        "serve",
        "--journal",
        str(tmp_path / "journal.sqlite"),
        "--controller-key-file",
        str(tmp_path / "key"),
    ]
    with started(*serve, "--port", "0") as (first, ready):
        port, view_port = (ready[name].rpartition(":")[2] for name in ("url", "view_url"))
        demo_command = ["demo", "--url", ready["url"], "--controller-key-file", str(tmp_path / "key")]
        with started(*demo_command) as (_, told):
            demo = Demo(told)
            customers_browser.fresh()
            agents_browser.fresh()
            customer = CustomerInBrowser(customers_browser, demo.bank)
            agent = AgentInBrowser(agents_browser, demo.server)
            agent.sign_in(demo.put_on_duty("Ada"))
            customer.visit("/apply")
            customer.chat()
            customer.start()
            agent.sees_text("Apply for a loan")
            first.kill()
            customer.sees("state", "Paused: reconnecting")
            agent.sees("#cover", "Your connection is lost")
            blank = agent.text()
            first.wait(WITHIN_S)
            with started(*serve, "--port", port, "--view-port", view_port):
                customer.sees("state", "Pointer Mode")
                agent.sees("#state", "Pointer Mode")
                agent.sees_text("Apply for a loan")
                customer.type("#name", "Kim")
                agent.sees_value(customer.middle("#name"), "Kim")
            demo.close()

    assert "" == blank


def test_a_site_that_no_policy_lists_shows_nothing(demo: Demo, customer: CustomerInBrowser) -> None:
    """The customer is told that it is not possible, and no byte of the page leaves (MASK-11, SITE-5)."""
    with demo.policy(site="https://somewhere.example"):
        customer.visit("/apply")
        customer.browser.sent()
        customer.press("start")
        customer.sees("notice", "Co-browsing could not be started.")
        sent = b"\n".join(customer.browser.sent())

    assert b"Full name" not in sent
    assert customer.shows("start")


def test_a_script_that_is_loaded_twice_is_there_once(together: Together, demo: Demo) -> None:
    """One button, one session, one agent's pointer."""
    customer, agent = together("/rates")
    customer.browser.script(
        """
        const again = document.createElement("script");
        again.src = arguments[0] + "/cobrowse.js";
        again.onload = () => document.body.setAttribute("data-loaded", "twice");
        document.head.append(again);
        """,
        demo.server,
    )
    customer.browser.find("body[data-loaded=twice]")
    customer.sees("state", "Pointer Mode")
    agent.sees("#state", "Pointer Mode")

    assert 1 == len(customer.browser.all("cobrowse-ui"))


def test_a_second_tab_is_no_part_of_the_session(together: Together) -> None:
    """Nothing of it is shown to the agent, who goes on seeing the first (SE-07)."""
    customer, agent = together("/apply")
    driver = customer.browser.driver
    first = driver.current_window_handle
    customer.browser.script("window.open('/rates')")
    customer.browser.sees(lambda: len(driver.window_handles) == 2, "a second tab")
    driver.switch_to.window(next(handle for handle in driver.window_handles if handle != first))
    customer.settle()
    fresh = customer.shows("start")
    driver.close()
    driver.switch_to.window(first)
    customer.type("#name", "Kim")
    agent.sees_value(customer.middle("#name"), "Kim")

    assert fresh
    assert customer.site + "/apply" == agent.browser.find("#page-url").text


#: What a page finds where the browser lets it keep nothing.
_NO_STORAGE = """
for (const name of ["sessionStorage", "localStorage"])
  Object.defineProperty(window, name, { get() { throw new DOMException("denied", "SecurityError"); } });
Object.defineProperty(document, "cookie", { get: () => "", set: () => undefined });
"""
#: What it finds where there is no room left.
_FULL_STORAGE = """
Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError"); };
"""


@pytest.mark.parametrize("obstacle", [_NO_STORAGE, _FULL_STORAGE], ids=["forbidden", "full"])
def test_a_browser_that_keeps_nothing_can_co_browse(
    customer: CustomerInBrowser, agent: AgentInBrowser, obstacle: str
) -> None:
    """For as long as the page is open; the session of a page that is gone is one whose link is lost."""
    with _on_every_page(customer.browser, obstacle):
        customer.visit("/apply")
        customer.chat()
        customer.start()
        agent.sees_text("Apply for a loan")
        customer.type("#name", "Kim")
        agent.sees_value(customer.middle("#name"), "Kim")
        customer.visit("/rates")
        customer.part("start")
        agent.sees("#cover", "suspended")


@contextmanager
def _on_every_page(browser: Chromium, source: str) -> Iterator[None]:
    """Run this before every page's own scripts."""
    added = browser.cdp("Page.addScriptToEvaluateOnNewDocument", source=source)
    try:
        yield
    finally:
        browser.cdp("Page.removeScriptToEvaluateOnNewDocument", identifier=added["identifier"])


def test_a_browser_that_cannot_hold_back_navigations_has_no_write_mode(
    customers_browser: Chromium, together: Together
) -> None:
    """The answer is no at once, the customer is told why and never asked, and both go on in Pointer Mode (NAVIGATE-2)."""
    with _on_every_page(customers_browser, "delete window.navigation;"):
        customer, agent = together()
        agent.press("#pencil")
        agent.sees("#notice", "The customer denied your request")
        customer.sees("notice", "In this browser that is not safe")
        asked = customer.shows("question")
        agent.sees("#state", "Pointer Mode")

    assert not asked


def test_a_page_with_a_strict_policy_of_its_own_is_mirrored(together: Together) -> None:
    """`default-src 'none'`, styles from the site only, no markup from strings: and the browser has nothing to report."""
    customer, agent = together("/vault", writing=True)
    agent.type(customer.middle("#box"), "7")
    customer.browser.sees(lambda: customer.value("#box") == "1147", "what the agent typed")
    console = customer.browser.driver.get_log("browser")  # type: ignore[no-untyped-call]

    assert [] == [
        line for line in console if re.search("Content Security Policy|TrustedHTML", line["message"])
    ]


def test_a_page_of_five_megabytes_is_mirrored(together: Together) -> None:
    """To its last row, and what changes on it follows."""
    customer, agent = together("/rates")
    customer.visit("/statement?rows=1000&print=60")
    agent.sees_text("1000 entries")
    agent.browser.sees(lambda: _rows(agent) == 1001, "all rows")
    customer.click("#check")
    agent.sees_text("Looked through.")


def _rows(agent: AgentInBrowser) -> int:
    """How many rows of tables the agent sees, heads included."""
    with agent.mirror():
        return int(agent.browser.script("return document.querySelectorAll('tr').length"))


def test_a_wrong_credential_opens_nothing(demo: Demo, agents_browser: Chromium) -> None:
    """And says no more than that it is wrong (SECURE-1)."""
    agents_browser.fresh()
    agent = AgentInBrowser(agents_browser, demo.server)
    agents_browser.open(f"{demo.server}/workspace")
    agents_browser.enter("#credential", "not-a-credential")
    agents_browser.find("#sign-in").click()
    agent.sees("#entry-problem", "This credential is not valid.")


def test_an_agent_who_reloads_the_workspace_goes_on(together: Together) -> None:
    """After signing in again, in the same session: a reload is no exit (RESUME-1)."""
    customer, agent = together("/rates")
    credential = agent.credential
    agent.browser.driver.refresh()
    customer.sees("state", "Paused: the agent’s connection is lost")
    agent.browser.enter("#credential", credential)
    agent.browser.find("#sign-in").click()
    agent.sees_text("Rates and fees")
    customer.sees("state", "Pointer Mode")


def test_a_customer_who_reloads_goes_on(together: Together) -> None:
    """In the same session and mode (RESUME-3)."""
    customer, agent = together("/apply", writing=True)
    customer.browser.driver.refresh()
    customer.sees("state", "Write Mode")
    agent.sees("#state", "Write Mode")
    agent.type(customer.middle("#name"), "Kim")
    customer.browser.sees(lambda: customer.value("#name") == "Kim", "what the agent typed")

"""`cobrowse demo` in a real browser: both sides on one page, for somebody who just wants to see it."""

import subprocess
import sys

from cobrowse_simulator.browsers.chromium import Chromium
from cobrowse_simulator.browsers.parties import CustomerInBrowser
from selenium.webdriver.common.by import By

from tests.web.conftest import WITHIN_S, Demo


def test_both_sides_meet_on_one_page(demo: Demo, agents_browser: Chromium) -> None:
    """The customer's site and the workspace, each in a frame of its own origin, and the agent's chat."""
    browser = agents_browser
    browser.fresh()
    demo.put_on_duty("Ada")
    browser.open(demo.office)
    credential = browser.find("#credential").text
    with browser.frame("#workspace"):
        browser.enter("#credential", credential)
        browser.find("#sign-in").click()
        browser.sees(lambda: browser.find("#state").text == "Ready", "an agent who is ready")
    customer = CustomerInBrowser(browser, demo.bank)
    customer.press("chat")
    customer.sees("chat-log", "Hello")
    customer.press("start")
    customer.sees("state", "Pointer Mode")
    with browser.frame("#workspace"):
        browser.sees(lambda: browser.find("#state").text == "Pointer Mode", "Pointer Mode")
    with browser.frame("#workspace", "#view", "#mirror iframe"):
        browser.sees(lambda: "Apply for a loan" in browser.find("body").text, "the customer's page")
    with browser.frame(".desk"):
        browser.find("#end").click()
    customer.sees("notice", "Co-browsing has ended with the chat or call.")

    assert not [line for line in _console(browser) if "Refused to" in line]


def test_the_strip_goes_step_by_step(demo: Demo, agents_browser: Chromium) -> None:
    """Seven steps, one at a time, forth and back."""
    browser = agents_browser
    browser.fresh()
    browser.open(demo.office)

    def current() -> str:
        return browser.find(".strip li[aria-current] b").text

    first = current()
    for _ in range(9):
        browser.find("#next").click()
    last = current()
    browser.find("#back").click()

    assert ("1 Sign in", "7 End", "6 Leave") == (first, last, current())
    assert 1 == len(browser.driver.find_elements(By.CSS_SELECTOR, ".strip li[aria-current]"))


def test_it_says_where_everything_is_and_ends_on_control_c() -> None:
    """With all that it started, and without a traceback."""
    process = subprocess.Popen(
        [sys.executable, "-m", "cobrowse_cli", "demo", "--no-open"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(5)]
        process.send_signal(2)
        _, complaints = process.communicate(timeout=WITHIN_S)
    finally:
        process.kill()
        process.wait()

    assert said[0].startswith("Both sides on one page:  http://127.0.0.1:")
    assert "signs in with" in said[3]
    assert (0, "") == (process.returncode, complaints)


def test_it_goes_with_a_server_of_one_s_own(demo: Demo) -> None:
    """One that has a workspace; one that is not there is named in a sentence."""
    command = [sys.executable, "-m", "cobrowse_cli", "demo", "--no-open", "--url", "http://127.0.0.1:9"]
    environment = {"COBROWSE_CONTROLLER_KEY": "the-key-of-the-controller", "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=WITHIN_S, check=False, env=environment
    )

    assert 1 == done.returncode
    assert "the demo broke off" in done.stderr
    assert "Traceback" not in done.stderr


def _console(browser: Chromium) -> list[str]:
    return [line["message"] for line in browser.driver.get_log("browser")]  # type: ignore[no-untyped-call]

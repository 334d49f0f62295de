"""``make screenshots``: the pictures of the web client in docs/, taken anew in headless Chromium.

``python -m cobrowse_cli.screenshots FOLDER``.  Each picture is of a moment that has really come: the bank's site, a
session between two browsers, and the demo's page with both sides.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click
from cobrowse_conformance.targets import TargetDown
from cobrowse_simulator.browsers.chromium import Chromium, NoChromium
from cobrowse_simulator.browsers.parties import MIRROR, CustomerInBrowser

from .in_browsers import Pair, both_sides

#: The window that the demo's page is taken in, in CSS pixels.
_DEMO_WINDOW: Final = (1600, 1000)


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def screenshots(folder: Path) -> None:
    """Take the pictures and write them to FOLDER."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with both_sides() as pair:
            for name, browser in _moments(pair):
                file = folder / f"{name}.png"
                browser.driver.save_screenshot(str(file))
                click.echo(f"Written: {file}")
    except (NoChromium, TargetDown) as error:
        raise click.ClickException(str(error)) from None


def _moments(pair: Pair) -> Iterator[tuple[str, Chromium]]:
    """Go through a session, and stop at each moment that is a picture: its name, and whose screen it is on."""
    customer, agent = pair.customer, pair.agent
    pair.begin()
    customer.visit("/apply")
    session_id = customer.start()
    yield "session-id", customer.browser
    agent.join(session_id)
    agent.sees_text("Apply for a loan")
    customer.type("#name", "Kim Meier")
    agent.sees_value(customer.middle("#name"), "Kim Meier")
    agent.point(customer.middle("#email"))
    customer.part("agent-pointer")
    yield "workspace", agent.browser
    agent.ask()
    customer.part("question")
    customer.browser.sees(
        lambda: customer.part("approve").attribute("aria-disabled") == "false", "a question"
    )
    yield "consent", customer.browser
    customer.press("approve")
    agent.sees("#state", "Write Mode")
    agent.type(customer.middle("#email"), "kim@example.com")
    agent.sees_value(customer.middle("#email"), "kim@example.com")
    yield "write-mode", customer.browser
    customer.visit("/profile")
    agent.sees_text("What is masked here")
    agent.sees_value(customer.middle("#card-number"), "****")
    yield "masked", agent.browser
    customer.visit("/rates")
    agent.sees_text("Rates and fees")
    customer.click("#to-elsewhere")
    agent.sees("#cover", "The customer has left")
    yield "suspended", agent.browser
    yield from _both_sides(pair)


def _both_sides(pair: Pair) -> Iterator[tuple[str, Chromium]]:
    """The demo's page with a session on it, light and dark."""
    browser = pair.agent.browser
    for scheme in ("light", "dark"):
        pair.begin()
        browser.driver.set_window_size(*_DEMO_WINDOW)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        browser.cdp("Emulation.setEmulatedMedia", features=features)
        browser.open(pair.demo.office)
        credential = browser.find("#credential").text
        with browser.frame("#workspace"):
            browser.enter("#credential", credential)
            browser.find("#sign-in").click()
            browser.sees(lambda: browser.find("#state").text == "Ready", "an agent who is ready")
        customer = CustomerInBrowser(browser, pair.demo.bank)
        customer.chat()
        customer.start()
        customer.sees("state", "Pointer Mode")
        with browser.frame("#workspace", *MIRROR):
            browser.sees(lambda: "Apply for a loan" in browser.find("body").text, "the customer's page")
        yield f"demo-{scheme}", browser


def main() -> None:
    """Run it."""
    screenshots.main(args=sys.argv[1:], prog_name="cobrowse_cli.screenshots")


if __name__ == "__main__":
    main()

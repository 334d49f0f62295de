"""The demo with two real browsers before it: what the pictures and the measurements are taken of."""

import json
import select
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import httpx
import msgspec
from cobrowse_conformance.targets import TargetDown
from cobrowse_simulator.browsers.chromium import Chromium, open_browser
from cobrowse_simulator.browsers.parties import AgentInBrowser, CustomerInBrowser

from .demo import Ready

#: How long the demo may take to start, and to stop, in seconds.
WITHIN_S: Final = 60
#: The two windows, in CSS pixels: the customer's fits into the agent's workspace.
CUSTOMER_WINDOW: Final = (1100, 860)
AGENT_WINDOW: Final = (1500, 1000)


class Pair(msgspec.Struct, frozen=True):
    """A customer of the demo's bank and its agent, each in front of a browser."""

    demo: Ready
    customer: CustomerInBrowser
    agent: AgentInBrowser

    def begin(self, name: str = "Ada") -> None:
        """Both begin anew: browsers that remember nothing, and an agent of this name who takes what comes in."""
        for browser in (self.customer.browser, self.agent.browser):
            browser.fresh()
        headers = {"Origin": self.demo.office}
        made = httpx.post(
            f"{self.demo.office}/agents", json={"name": name}, headers=headers, timeout=WITHIN_S
        )
        self.agent.sign_in(made.raise_for_status().json()["credential"])


@contextmanager
def running_demo() -> Iterator[Ready]:
    """`cobrowse demo` as a process of its own; raises ``TargetDown`` where it does not start."""
    command = [sys.executable, "-m", "cobrowse_cli", "demo", "--ready-json", "--until-stdin-closes"]
    process = subprocess.Popen(  # noqa: S603 -- our own command
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        has_said, _, _ = select.select([process.stdout], [], [], WITHIN_S)
        line = process.stdout.readline() if has_said else ""
        if not line:
            raise TargetDown("the demo did not start: what is wrong stands above")
        yield msgspec.convert(json.loads(line), Ready)
        process.communicate(timeout=WITHIN_S)
    finally:
        process.kill()
        process.communicate()


@contextmanager
def both_sides() -> Iterator[Pair]:
    """The demo, a customer's browser and an agent's; raises ``NoChromium`` and ``TargetDown``."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cobrowse-browsers-")))
        browsers: list[Chromium] = [
            stack.enter_context(open_browser(name, folder / name, window=window))
            for name, window in (("customer", CUSTOMER_WINDOW), ("agent", AGENT_WINDOW))
        ]
        demo = stack.enter_context(running_demo())
        customer = CustomerInBrowser(browsers[0], demo.bank)
        yield Pair(demo, customer, AgentInBrowser(browsers[1], demo.url))

"""A bank, a server, and two browsers: what the tests in real browsers share.

The demo runs as a process of its own, started once; each test has an agent of its own, and browsers that remember
nothing of the test before.
"""

import json
import select
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from cobrowse_simulator.browsers.chromium import Chromium
from cobrowse_simulator.browsers.parties import AgentInBrowser, CustomerInBrowser
from selenium.webdriver.remote.webdriver import WebDriver

from tests.chromium import a_browser

#: How long a process may take to start or stop, and a call to be answered, in seconds.
WITHIN_S = 60
#: The agent's window, so large that the customer's fits into the workspace.
AGENT_WINDOW = (1700, 1200)
#: Where pictures of failures go.
EVIDENCE = Path(__file__).parents[2] / "build/web"


class Demo:
    """A bank and its server, as the demo's ready line has them, and what its people do there."""

    def __init__(self, ready: dict[str, str]) -> None:
        self.server = ready["url"]
        self.bank = ready["bank"]
        self.elsewhere = ready["elsewhere"]
        self.office = ready["office"]
        key = {"Authorization": f"Bearer {ready['controller_key']}"}
        self._rest = httpx.Client(base_url=self.server, headers=key, timeout=WITHIN_S, trust_env=False)
        origin = {"Origin": self.office}
        self._office = httpx.Client(base_url=self.office, headers=origin, timeout=WITHIN_S, trust_env=False)
        self._policy = self._rest.get("/v1/policies/northwind").raise_for_status().text

    def put_on_duty(self, name: str) -> str:
        """An agent takes what comes in from now on; her credential."""
        return str(self._office.post("/agents", json={"name": name}).raise_for_status().json()["credential"])

    def submitted(self) -> list[dict[str, Any]]:
        """What has reached the bank so far, oldest first."""
        kept: list[dict[str, Any]] = self._office.get("/submitted").raise_for_status().json()
        return kept

    def newest_chat(self) -> str:
        """The ID of the chat that was opened last and is still open."""
        with self._office.stream("GET", "/chats/events") as events:
            first = next(line for line in events.iter_lines() if line.startswith("data: "))
        listed = json.loads(first.removeprefix("data: "))
        return str(listed[-1]["interaction"])

    def end_chat(self, interaction: str) -> None:
        """The agent ends the chat."""
        self._office.post(f"/chats/{interaction}/end").raise_for_status()

    def end_reason(self, interaction: str) -> str | None:
        """Why the session of a chat has ended, by the server's record."""
        shown = self._rest.get(f"/v1/interactions/{interaction}").raise_for_status().json()
        reason: str | None = shown["end_reason"]
        return reason

    @contextmanager
    def policy(self, *lines: str, site: str = "", **timers: float) -> Iterator[None]:
        """The bank's policy with these lines at its top, this site and these timers, for the sessions of a block."""
        given, _, rest = self._policy.partition("[timers]\n")
        block, blank, pages = rest.partition("\n\n")
        kept = [line for line in block.splitlines() if line.partition(" ")[0] not in timers]
        timing = "\n".join((*kept, *(f"{name} = {seconds}" for name, seconds in timers.items())))
        given = given.replace(self.bank, site or self.bank)
        self._put("\n".join((*lines, f"{given}[timers]\n{timing}{blank}{pages}")))
        try:
            yield
        finally:
            self._put(self._policy)

    def _put(self, text: str) -> None:
        self._rest.put("/v1/policies/northwind", content=text).raise_for_status()

    def close(self) -> None:
        """Close the connections."""
        self._rest.close()
        self._office.close()


@contextmanager
def started(*command: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """One of our commands as a process, and its ready line."""
    process = subprocess.Popen(
        [sys.executable, "-m", "cobrowse_cli", *command, "--ready-json", "--until-stdin-closes"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        has_said, _, _ = select.select([process.stdout], [], [], WITHIN_S)
        line = process.stdout.readline() if has_said else ""
        assert line, f"cobrowse {command[0]} did not start; see its standard error"
        yield process, json.loads(line)
        process.communicate(timeout=WITHIN_S)
    finally:
        process.kill()
        process.communicate()


@pytest.fixture(scope="session")
def demo() -> Iterator[Demo]:
    """The demo, with an office that the tests can ask."""
    with started("demo") as (_, ready):
        demo = Demo(ready)
        yield demo
        demo.close()


@pytest.fixture(scope="session")
def customers_browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    """The customer's browser."""
    with a_browser("customer", tmp_path_factory.mktemp("customer"), (1000, 760)) as browser:
        yield browser


@pytest.fixture(scope="session")
def agents_browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    """The agent's browser."""
    with a_browser("agent", tmp_path_factory.mktemp("agent"), AGENT_WINDOW) as browser:
        yield browser


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What both saw when a test failed, as pictures in build/web."""
    report = yield
    if report.when == "call" and report.failed and isinstance(item, pytest.Function):
        EVIDENCE.mkdir(parents=True, exist_ok=True)
        # Not of a driver itself: that has a `browser` too, and asking for it opens a link of another protocol.
        given = [
            one if isinstance(one, WebDriver) else getattr(one, "browser", one)
            for one in item.funcargs.values()
        ]
        for browser in {one.name: one for one in given if isinstance(one, Chromium)}.values():
            picture = EVIDENCE / f"{item.name}.{browser.name}.png"
            browser.driver.save_screenshot(str(picture))
            report.sections.append((f"{browser.name}'s screen", str(picture)))
            console = browser.driver.get_log("browser")  # type: ignore[no-untyped-call]
            said = "\n".join(line["message"] for line in console)
            report.sections.append((f"{browser.name}'s console", said))
    return report


@pytest.fixture
def customer(demo: Demo, customers_browser: Chromium) -> CustomerInBrowser:
    """A customer of the bank whose browser remembers nothing."""
    customers_browser.fresh()
    return CustomerInBrowser(customers_browser, demo.bank)


@pytest.fixture
def agent(demo: Demo, agents_browser: Chromium) -> AgentInBrowser:
    """An agent of the bank, signed in, who takes what comes in."""
    agents_browser.fresh()
    agent = AgentInBrowser(agents_browser, demo.server)
    agent.sign_in(demo.put_on_duty("Ada"))
    return agent


Together = Callable[..., tuple[CustomerInBrowser, AgentInBrowser]]


@pytest.fixture
def together(customer: CustomerInBrowser, agent: AgentInBrowser) -> Together:
    """A function that brings both together on a page of the bank, in Pointer Mode or in Write Mode."""

    def bring(path: str = "/apply", *, writing: bool = False) -> tuple[CustomerInBrowser, AgentInBrowser]:
        customer.visit(path)
        customer.chat()
        customer.start()
        customer.press("chat-close")  # it lies over half of the page
        agent.sees("#state", "Pointer Mode")
        customer.sees("state", "Pointer Mode")
        agent.browser.sees(lambda: agent.text() != "", "the customer's page")
        if writing:
            agent.ask()
            customer.press("approve")
            agent.sees("#state", "Write Mode")
            customer.sees("state", "Write Mode")
        return customer, agent

    return bring

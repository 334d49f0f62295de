"""Products that have nothing of their own, and a profile that points the wrong way: never conformant, and why."""

import os
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import trio
from cobrowse_cli.products import reference_profile
from cobrowse_conformance.browser.oracles import Chosen, ask
from cobrowse_conformance.browser.pool import open_pair
from cobrowse_conformance.browser.profile import Profile, parse_profile, read_profile
from cobrowse_conformance.browser.running import run_in_browsers
from cobrowse_conformance.browser.venue import open_browser_venue
from cobrowse_conformance.results import Run, StoryResult
from cobrowse_conformance.runner import Selection
from cobrowse_conformance.targets import TargetDown
from cobrowse_conformance.verdicts import Exit, Verdict
from cobrowse_simulator.browsers.chromium import INSTALL
from msgspec.structs import replace
from typing_extensions import override

pytestmark = pytest.mark.skipif(
    not os.environ.get("CI") and not (shutil.which("chromium") and shutil.which("chromedriver")),
    reason=f"real browsers need Chromium: {INSTALL}",
)

#: A workspace with every control, none of which does anything.
DESK = b"""<!DOCTYPE html><title>Desk</title><p id="state">Ready</p><input id="id"><button id="join">Join</button>
<button id="pencil">Ask</button><button id="exit">Exit</button><iframe srcdoc="<p>a page</p>"></iframe>"""

#: The same for the customer.
BUTTONS = """<script>addEventListener("DOMContentLoaded", () => document.body.insertAdjacentHTML("beforeend",
"<div id=its-ui><button id=start>Start</button><b id=session></b><b id=status></b><button id=leave>Exit</button></div>"))
</script>"""

PROFILE = """
name = "a product"
snippet = '''SNIPPET'''
bounds = { patience_s = 1.0, settle_s = 0.1 }

[product]
values = { url = "URL" }

[customer]
start_button = { css = "#start" }
session_id = { css = "#session" }
state = { css = "#status" }
exit = { css = "#leave" }
ui = { css = "#its-ui" }

[agent]
sign_in = [{ open = "{url}/desk" }, { wait = { css = "#id" } }]
session_id_field = { css = "#id" }
join = { css = "#join" }
state = { css = "#state" }
exit = { css = "#exit" }
pencil_icon = { css = "#pencil" }
view = { css = "html", frames = ["iframe"] }
words = { "Ready" = "idle" }
"""


class _Desk(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """The workspace, at every address."""
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(DESK)

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Nothing is logged."""


@pytest.fixture(scope="module")
def desk() -> Iterator[str]:
    """The address of a workspace that does nothing."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Desk) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def product(url: str, snippet: str) -> Profile:
    """A product with this on its pages, and a workspace at this address."""
    return parse_profile(PROFILE.replace("URL", url).replace("SNIPPET", snippet))


def judged(profile: Profile, *rules: str) -> Run:
    """The run of these rules."""

    async def judge() -> Run:
        return await run_in_browsers(
            profile, Selection("browser", rules), seed=1, command="cobrowse conform", pairs=1
        )

    return trio.run(judge)


def test_a_page_that_does_nothing_is_untestable(desk: str) -> None:
    """The first control that nothing goes without is missing, and is named."""
    run = judged(product(desk, ""), "START-1", "WRITE-1")

    assert Exit.NOT_CONFORMANT == run.exit_code
    assert {Verdict.UNTESTABLE} == {one.verdict for one in run.rules}
    assert (
        "customer.start_button (css '#start') does not show on a page of the test site"
        == run.rules[0].because
    )


def test_a_page_whose_controls_do_nothing_is_not_conformant(desk: str) -> None:
    """What must come of the button does not; what begins with it is not decided, and neither passes."""
    run = judged(product(desk, BUTTONS), "START-1", "JOIN-3")
    start, join = run.rules

    assert Exit.NOT_CONFORMANT == run.exit_code
    assert Verdict.FAIL is start.verdict
    assert "Then the customer sees a session ID: not seen" in start.because
    assert Verdict.INCONCLUSIVE is join.verdict
    assert "could not be set up: the customer was not told what comes of 'start'" in join.because


def test_an_oracle_that_gets_no_session_is_inconclusive(desk: str) -> None:
    """Nothing arrived, so nothing leaked: that is no pass (MASK-9)."""

    async def ask_it() -> list[StoryResult]:
        async with open_browser_venue(product(desk, BUTTONS)) as venue, open_pair(venue, "1") as pair:
            return await ask(Chosen("lengths", ("MASK-9",)), venue, pair, suite_version="1", seed=1)

    [found] = trio.run(ask_it)

    assert ("MASK-9.oracle", Verdict.INCONCLUSIVE) == (found.example, found.verdict)
    assert found.because.startswith("could not be set up: ")


def test_a_product_that_is_down_is_said_to_be_down() -> None:
    """With its address, and the question whether it runs."""
    down = product("http://127.0.0.1:1", BUTTONS)

    said = pytest.RaisesExc(TargetDown, match="desk cannot be opened; is the product running")
    with pytest.RaisesGroup(said, flatten_subgroups=True):
        judged(down, "START-1")


def test_a_profile_that_points_the_wrong_way_goes_red_by_the_rule_of_what_it_points_at() -> None:
    """Yes is no: what is approved brings no Write Mode (WRITE-2)."""
    right = read_profile(reference_profile())
    customer = replace(right.customer, approve=right.customer.deny, deny=right.customer.approve)
    bounds = replace(right.bounds, patience_s=4.0)
    run = judged(replace(right, customer=customer, bounds=bounds), "WRITE-2")
    failed = [one for one in run.stories if one.verdict is Verdict.FAIL]

    assert Verdict.FAIL is run.rules[0].verdict
    assert ["WRITE-2.2"] == [one.example for one in failed]
    assert "Then the agent sees Write Mode" == failed[0].line
    assert ["customer", "agent"] == [
        one.caption.split("'")[0].removeprefix("the ") for one in failed[0].pictures
    ]

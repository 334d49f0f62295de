"""An oracle without a session, and a profile that points the wrong way: never conformant, and why."""

import os
import shutil
from pathlib import Path

import pytest
import trio
from cobrowse_cli.products import reference_profile
from cobrowse_conformance.browser.oracles import Chosen, ask
from cobrowse_conformance.browser.pool import open_pair
from cobrowse_conformance.browser.profile import Profile, Wire, read_profile
from cobrowse_conformance.browser.running import run_in_browsers
from cobrowse_conformance.browser.venue import open_browser_venue
from cobrowse_conformance.results import Run, StoryResult
from cobrowse_conformance.runner import Selection
from cobrowse_conformance.verdicts import Verdict
from cobrowse_simulator.browsers.chromium import INSTALL
from msgspec.structs import replace

pytestmark = pytest.mark.skipif(
    not os.environ.get("CI") and not (shutil.which("chromium") and shutil.which("chromedriver")),
    reason=f"real browsers need Chromium: {INSTALL}",
)

#: Controls on the customer's page and in a workspace, none of which does anything.
IGNORING = Path(__file__).parent / "products/ignoring.toml"


def judged(profile: Profile, *rules: str) -> Run:
    """The run of these rules."""

    async def judge() -> Run:
        return await run_in_browsers(
            profile, Selection("browser", rules), seed=1, command="cobrowse conform", pairs=1
        )

    return trio.run(judge)


def test_an_oracle_that_gets_no_session_is_inconclusive(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing arrived, so nothing leaked, nor got through, nor ran: that is no pass (MASK-9, POINTER-2, SECURE-5)."""
    monkeypatch.chdir(Path(__file__).parents[3])

    async def ask_it() -> list[StoryResult]:
        profile = replace(read_profile(IGNORING), wire=Wire("http://127.0.0.1:1"))
        async with open_browser_venue(profile) as venue, open_pair(venue, "1") as pair:
            return [
                one
                for chosen in (
                    Chosen("lengths", ("MASK-9",)),
                    Chosen("hostile agent", ("POINTER-2",)),
                    Chosen("hostile page", ("SECURE-5",)),
                )
                for one in await ask(chosen, venue, pair, suite_version="1", seed=1)
            ]

    length, agent, page = trio.run(ask_it)

    assert ("MASK-9.oracle", Verdict.INCONCLUSIVE) == (length.example, length.verdict)
    assert "could not be set up: nothing came of it when the customer started a session" == length.because
    assert ("POINTER-2.hostile-agent", Verdict.INCONCLUSIVE) == (agent.example, agent.verdict)
    assert "not all ways could be tried: the customer's screen did not come to show pending" == agent.because
    assert ("SECURE-5.hostile-page", Verdict.INCONCLUSIVE) == (page.example, page.verdict)
    assert page.because.startswith("no answer: no link for a customer at /v1/customer: ")


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

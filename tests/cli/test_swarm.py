"""Swarms in a world in which much goes wrong: what they reach, what they find, and what they make of it."""

from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from cobrowse_cli.faults.cast import CAST
from cobrowse_cli.faults.tools import Patch
from cobrowse_cli.simulate import run_in_virtual_time, simulate, with_seed
from cobrowse_simulator.load.profile import Plan, read_profile
from cobrowse_simulator.load.run import Kept
from cobrowse_simulator.virtual.swarm import Swarm
from msgspec.structs import replace

ROUGH = Path(__file__).parents[2] / "simulator/profiles/rough.toml"


@pytest.fixture(scope="module")
def rough() -> Plan:
    """The profile that ships, for a shorter while."""
    plan = read_profile(ROUGH)
    return plan._replace(profile=replace(plan.profile, duration_s=40))


def test_whatever_goes_wrong_no_rule_is_broken(rough: Plan) -> None:
    """Links break, parties are cut off, the server dies and goes on with its journal: and every kind is met."""
    report = run_in_virtual_time(with_seed(rough, 2))

    assert {} == report.violations
    assert report.passed
    assert "RESUME-4" in report.exercised, "no crash was met: draw with another seed"
    assert sum(map(bool, report.situations.values())) > 8
    assert 0 in report.situations.values(), "what never came about is listed too"


def test_what_goes_wrong_is_the_same_for_the_same_seed(rough: Plan) -> None:
    """To the byte, crashes included."""
    one: list[Kept] = []
    same: list[Kept] = []
    run_in_virtual_time(with_seed(rough, 5), one.append, keep_every=True)
    run_in_virtual_time(with_seed(rough, 5), same.append, keep_every=True)

    assert [kept.trace for kept in one] == [kept.trace for kept in same]


HASTY = """
page_kb = [4, 8]
pointer_hz = 1
patience_s = 5
duration_s = 20
journey_files = ["{folder}/rough/hasty.feature"]
policy = "{folder}/rough/policy.toml"
[arrivals]
model = "constant"
rate_per_s = 0.1
[network.customer]
latency_ms = 150
jitter_ms = 120
[network.agent]
latency_ms = 60
jitter_ms = 50
[faults]
losses = 0.5
partitions = 1
crashes = 0.5
[[journeys]]
name = "Hasty: both at once"
"""


def test_a_broken_server_is_found_and_its_failure_told_as_a_short_story(tmp_path: Path) -> None:
    """The customer sees no red circle: of the journey a handful of lines is left, and no mishap."""
    fault = next(one for one in CAST if one.words == "the customer sees no circle")
    profile, written = tmp_path / "hasty.toml", tmp_path / "swarm.json"
    profile.write_text(HASTY.replace("{folder}", str(ROUGH.parent)), encoding="utf-8")
    with Patch() as patch:
        fault.apply(patch)
        result = CliRunner().invoke(
            simulate,
            [str(profile), "--virtual", "--seeds", "1", "--json", str(written)],
            standalone_mode=False,
        )

    assert 1 == result.return_value
    found = msgspec.json.decode(written.read_bytes(), type=Swarm)
    assert found.story is not None
    assert "POINTER-4" == found.story.rule
    assert "the agent clicks at" in found.story.feature
    assert found.story.feature in result.output
    assert len([line for line in found.story.feature.splitlines() if line.startswith("    ")]) <= 6
    assert "Nothing goes wrong besides." in found.story.feature

"""Runs on more than one process: shards, and what becomes of them together."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cobrowse_cli.simulate import run_in_virtual_time
from cobrowse_conformance.outage import COMMAND_TIMEOUT_S
from cobrowse_simulator.load.cluster import merged, run_on_cluster, shard_of
from cobrowse_simulator.load.meters import decoded
from cobrowse_simulator.load.profile import Plan, read_profile
from cobrowse_simulator.load.reach import CannotRun, Server
from cobrowse_simulator.load.run import Report, Shard
from hypothesis import given
from hypothesis import strategies as st

PROFILE = """
pace = 0.1
page_kb = [4, 8]
duration_s = 4
thresholds = ["must_violations = 0", "join p50 < 60 s"]
[arrivals]
model = "constant"
rate_per_s = 2
[agents]
count = 9
[[journeys]]
name = "Pointer only: pointing things out"
[[journeys]]
name = "Form filling: the request is granted"
"""


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    """Eight short sessions."""
    path = tmp_path / "profile.toml"
    path.write_text(PROFILE, encoding="utf-8")
    return read_profile(path)


@given(st.integers(1, 9), st.integers(0, 500))
def test_every_session_and_every_agent_is_in_one_shard(of: int, count: int) -> None:
    """However many shards there are."""
    shards = [Shard(number, of) for number in range(of)]

    assert all(1 == sum(shard.has(session) for shard in shards) for session in range(count))
    assert count == sum(shard.part_of(count) for shard in shards)


def test_a_shard_has_its_part_of_the_agents(plan: Plan) -> None:
    """Nine agents for two: five and four."""
    assert [5, 4] == [shard_of(plan, Shard(number, 2)).profile.agents.count for number in range(2)]


def test_reports_are_merged_without_loss(plan: Plan) -> None:
    """As if the sessions of both had been one run's: counts, verdicts and histograms."""
    one, other = (run_in_virtual_time(plan), run_in_virtual_time(plan))
    both = merged(plan, [one, other])

    assert 2 * one.counts["completed"] == both.counts["completed"]
    assert {rule: 2 * count for rule, count in one.exercised.items()} == both.exercised
    assert 2 * one.latencies["join"].count == both.latencies["join"].count
    assert one.latencies["join"].percentiles == both.latencies["join"].percentiles
    assert 2 * one.latencies["join"].count == decoded(both.latencies["join"].histogram).get_total_count()
    assert [2 * interval.events for interval in one.intervals] == [
        interval.events for interval in both.intervals
    ]
    assert both.passed
    assert not both.generator.invalid


def test_a_share_that_is_missing_is_named_and_makes_the_run_invalid(plan: Plan) -> None:
    """What is left says nothing of the load that was asked for."""
    report = merged(plan, [run_in_virtual_time(plan)], ["shard 2 of 2: its worker is lost"])

    assert ("shard 2 of 2: its worker is lost",) == report.missing
    assert "a share of the run is missing" in report.generator.invalid


def test_where_no_shard_comes_back_there_is_no_report(plan: Plan) -> None:
    """And it says why."""
    with pytest.raises(CannotRun, match="no shard came back: shard 1 of 1"):
        merged(plan, [], ["shard 1 of 1: lost"])


def test_one_process_does_without_dask() -> None:
    """It is an extra, and slow to import."""
    code = (
        "import sys; import cobrowse_cli.simulate, cobrowse_simulator.load.cluster; "
        "print([name for name in ('dask', 'distributed') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "[]" == done.stdout.strip()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """The reference server, in a process of its own."""
    key = tmp_path / "key"
    key.write_text("the-key-of-the-servers-controller-in-this-test", encoding="utf-8")
    command = [sys.executable, "-m", "cobrowse_cli", "serve", "--port", "0", "--journal", "memory"]
    command += ["--ready-json", "--until-stdin-closes", "--controller-key-file", str(key)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = __import__("json").loads(process.stdout.readline())["url"]
        yield Server(url, key.read_text(encoding="utf-8"), "the server")
        assert process.stdin is not None
        process.stdin.close()
        process.wait(COMMAND_TIMEOUT_S)


@pytest.mark.filterwarnings("default")  # of Dask's own
def test_a_worker_that_is_killed_takes_its_share_with_it(plan: Plan, server: Server) -> None:
    """The other shard is run and reported; that of the lost worker is named."""
    pytest.importorskip("distributed", reason="an extra")

    def kill_one(client: Any) -> None:
        processes = client.run(os.getpid)
        os.kill(processes[max(processes)], signal.SIGKILL)

    report: Report = run_on_cluster(plan, server, workers=2, began=kill_one)

    assert ("shard 2 of 2: its worker is lost",) == report.missing
    assert {} == report.violations
    assert 4 == report.counts["arrived"]
    assert report.generator.invalid

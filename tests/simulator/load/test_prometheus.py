"""The endpoint for Prometheus, while a run goes on."""

from pathlib import Path

import httpx
import pytest
from cobrowse_simulator.load.profile import read_profile
from cobrowse_simulator.load.prometheus import exposition, serving_metrics
from cobrowse_simulator.load.reach import Server
from cobrowse_simulator.load.run import Run


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A run of which something is known already, against a server that nobody asks."""
    profile = tmp_path / "profile.toml"
    profile.write_text('[[journeys]]\nname = "Pointer only: pointing things out"\n', encoding="utf-8")
    run = Run(read_profile(profile), Server("http://127.0.0.1:1", "key"))
    run.meters.count("arrived", 3)
    run.meters.active = 2
    run.meters.violations["WRITE-1"] = 4
    run.meters.took("join", 0.25)
    run.meters.took("join", 0.5)
    return run


def test_every_figure_has_a_name_a_type_and_words(run: Run) -> None:
    """In the text format: each sample belongs to a family that was announced."""
    lines = exposition(run).splitlines()

    announced = {line.split()[2] for line in lines if line.startswith("# TYPE")}
    named = {line.split("{")[0].split()[0] for line in lines if not line.startswith("#")}
    assert {name.removesuffix("_sum").removesuffix("_count") for name in named} <= announced
    assert all(name.startswith("cobrowse_") for name in announced)
    assert len([line for line in lines if line.startswith("# HELP")]) == len(announced)
    assert "cobrowse_sessions_active 2" in lines
    assert 'cobrowse_sessions_total{state="arrived"} 3' in lines
    assert 'cobrowse_rule_violations_total{rule="WRITE-1"} 4' in lines
    assert 'cobrowse_latency_seconds_count{kind="join"} 2' in lines
    assert 'cobrowse_latency_seconds_sum{kind="join"} 0.750000' in lines
    assert any(line.startswith('cobrowse_latency_seconds{kind="join",quantile="0.5"} 0.25') for line in lines)


async def test_it_is_served_while_the_block_lasts_on_this_machine_alone(run: Run) -> None:
    """And nothing else is."""
    async with serving_metrics(run, 0) as address, httpx.AsyncClient(trust_env=False) as client:
        assert address.startswith("http://127.0.0.1:")
        answer = await client.get(address)
        other = await client.get(address.removesuffix("/metrics") + "/")

    assert (200, exposition(run)) == (answer.status_code, answer.text)
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 404 == other.status_code

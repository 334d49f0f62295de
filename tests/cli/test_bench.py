"""`cobrowse bench`: sizes are tiny here, so figures are only sane, never good."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import click
import cobrowse_cli.bench
import msgspec
import pytest
import trio
from click.testing import CliRunner, Result
from cobrowse_cli.bench import bench
from cobrowse_cli.failures import in_words
from cobrowse_simulator.bench import serving
from cobrowse_simulator.bench import steps as bench_steps
from cobrowse_simulator.bench.crowd import BenchmarkFailed, Crowd, Line, Server, Session, open_crowd
from cobrowse_simulator.bench.measures import Report, measured
from cobrowse_simulator.bench.process import NotMeasurable, cpu_seconds, resident_kib
from cobrowse_simulator.bench.run import BENCHMARKS, run_benchmarks
from cobrowse_simulator.bench.serving import Sizes, measure_relay, within_descriptors
from cobrowse_simulator.bench.steps import (
    VARIETIES,
    Bulk,
    measure_bulk,
    measure_steps,
    play,
    scripts,
    whole,
)
from cobrowse_simulator.links import Link, LinkClosed, memory_links
from cobrowse_spec import actions as do
from cobrowse_spec import observations as see
from cobrowse_spec.session import State, step
from cobrowse_spec.terms import EndReason
from cobrowse_spec.wire.frames import decode_frame

from tests.cli.conftest import OpenServer

TINY = Sizes(
    relay_sessions=2,
    relay_frames=20,
    relay_window=4,
    relay_repeats=2,
    open_sessions=2,
    open_repeats=2,
    idle_sessions=4,
    idle_repeats=1,
    warm_up=1,
)


# Measures


def test_a_measure_keeps_its_repeats_and_their_spread() -> None:
    """Median, lowest and highest, and the values themselves."""
    measure = measured("steps", "steps", "per second", [3.0, 1.0, 2.0], "by hand")

    assert (2.0, 1.0, 3.0, (3.0, 1.0, 2.0)) == (measure.median, measure.low, measure.high, measure.values)


def test_cpu_time_of_another_process_is_what_it_has_used() -> None:
    """Read while it waits: what it burned is there, the time that it waits is not."""
    burn = "import time; e = time.process_time() + 0.1\nwhile time.process_time() < e: pass\nprint(); input()"
    command = [sys.executable, "-I", "-c", burn]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        first, second = cpu_seconds(process.pid), cpu_seconds(process.pid)
        process.communicate(b"\n")

    assert 0.1 <= first <= second < 2.0


def test_memory_grows_by_what_is_held() -> None:
    """A block of bytes that is written to shows in the resident memory."""
    before = resident_kib(os.getpid())
    block = bytearray(os.urandom(1 << 20) * 64)

    assert 60 * 1024 < resident_kib(os.getpid()) - before < 200 * 1024
    assert len(block) == 64 << 20


@pytest.mark.parametrize("read", [cpu_seconds, resident_kib])
def test_a_process_that_is_not_there_cannot_be_measured(read: Callable[[int], float]) -> None:
    """It is said in words, not as a zero."""
    with subprocess.Popen([sys.executable, "-I", "-c", ""]) as process:
        process.wait()
    with pytest.raises(NotMeasurable, match=f"process {process.pid} cannot be read"):
        read(process.pid)


def test_no_more_sessions_are_opened_than_there_are_file_descriptors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two links each, and some to spare."""
    monkeypatch.setattr("resource.getrlimit", lambda which: (1024, 4096))

    assert (480, 300) == (within_descriptors(10_000), within_descriptors(300))


# The machine alone


def test_the_sessions_of_the_mix_end_as_such_sessions_do() -> None:
    """Each with its own reason, and with refusals among the steps."""
    ends = [script.ended.end_reason for script in scripts()]

    expected = [EndReason.CUSTOMER_EXIT, EndReason.AGENT_EXIT, EndReason.CUSTOMER_EXIT, EndReason.CANCELLED]
    assert expected == ends
    assert [9, 1, 2, 1] == [script.refused for script in scripts()]


def test_the_mix_goes_through_every_state() -> None:
    """So no column of the machine that sessions use is left out."""
    states = set()
    for script in scripts():
        session = script.begun
        for deed, now in script.deeds:
            states.add(session.state)
            session = step(session, deed, now).session
        states.add(session.state)

    assert set(State) == states


def test_a_script_played_again_comes_to_the_same_end() -> None:
    """What is timed is what was written down."""
    assert [script.ended for script in scripts()] == [play(script) for script in scripts()]


def test_steps_are_counted() -> None:
    """At least one pass is made, however short a repeat is."""
    measure = measure_steps(repeats=2, repeat_s=0.0)

    assert len(measure.values) == 2
    assert 1_000 < measure.low <= measure.high < 100_000_000
    assert "173 steps, 13 of them refused" in measure.how


@pytest.mark.parametrize("steps", [6, 7, 20, 41])
def test_sessions_in_bulk_are_whole_and_of_the_length_that_was_asked_for(steps: int) -> None:
    """From the start to the customer's exit, and not all alike."""
    played = [whole(steps, variety) for variety in range(VARIETIES)]

    assert {steps} == {len(script.deeds) for script in played}
    assert {EndReason.CUSTOMER_EXIT} == {script.ended.end_reason for script in played}
    assert steps == 6 or len({script.deeds for script in played}) > 1


def test_every_session_of_a_bulk_is_played_once() -> None:
    """Also where they are no round number; who watches is told of it as it goes on."""
    told: list[int] = []
    measure = measure_bulk(Bulk(47, 20), told.append)

    assert (20, 47) == (len(told), told[-1])
    assert sorted(told) == told
    assert 1_000 < measure.low <= measure.high < 100_000_000
    assert "47 whole sessions of 20 steps in " in measure.how


def test_a_session_that_comes_to_another_end_is_no_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever makes it: what is measured is right as well."""
    monkeypatch.setattr(bench_steps, "play", lambda script: script.begun)

    with pytest.raises(AssertionError, match="another end"):
        measure_bulk(Bulk(1, 20))


# A server


async def test_every_benchmark_gives_sane_figures(open_server: OpenServer) -> None:
    """All of them, at a server in this process, told by name as they begin."""
    told: list[str] = []
    report = await run_benchmarks(
        list(BENCHMARKS), open_server, target="here", sizes=TINY, repeats=1, repeat_s=0.0, told=told.append
    )

    assert list(BENCHMARKS) == told
    found = [(measure.benchmark, measure.unit, len(measure.values)) for measure in report.measures]
    assert found == [
        ("steps", "per second of one core", 1),
        ("relay", "per CPU second of the server", 2),
        ("relay", "per second of the clock", 2),
        ("open", "per second of the clock", 2),
        ("open", "ms CPU of the server", 2),
        ("idle", "KiB", 1),
        ("idle", "KiB", 1),
    ]
    assert all(measure.low > 0 for measure in report.measures if measure.benchmark != "idle")
    assert all(measure.low >= 0 for measure in report.measures)
    assert report.target == "here"


async def test_a_report_reads_back_from_its_json(open_server: OpenServer) -> None:
    """Its shape: machine, measures, notes, what is not measured."""
    report = await run_benchmarks(["steps"], open_server, target="none", repeats=1, repeat_s=0.0)
    text = msgspec.json.encode(report)

    assert report == msgspec.json.decode(text, type=Report)
    shape = json.loads(text)
    assert {"target", "machine", "measures", "notes", "not_measured", "duration_s"} == shape.keys()
    assert {"cpu", "cores", "load_before", "system", "python", "packages"} == shape["machine"].keys()
    measure = {"benchmark", "what", "unit", "median", "low", "high", "values", "how", "aim"}
    assert measure == shape["measures"][0].keys()
    assert shape["target"] == ""


async def test_a_server_whose_process_is_unknown_is_measured_by_the_clock_alone(
    open_server: OpenServer,
) -> None:
    """No figure is made up for its CPU time."""
    async with open_server() as server:
        foreign = msgspec.structs.replace(server, pid=0)
        measures = await measure_relay(lambda: nullcontext(foreign), TINY)

    assert ["per second of the clock"] == [measure.unit for measure in measures]


async def test_a_crowd_leaves_nothing_behind(open_server: OpenServer) -> None:
    """Its agents are gone: the same credentials open nothing."""
    async with open_server() as server:
        async with open_crowd(server, 1) as crowd:
            (agent,) = await crowd.seat_agents()
            await crowd.open_sessions([agent])
        with pytest.raises(BenchmarkFailed, match="SECURE-1 not_authenticated"):
            await _seat_again(server, crowd)


async def _seat_again(server: Server, gone: Crowd) -> None:
    async with open_crowd(server, 1) as crowd:
        crowd.agents[:] = gone.agents
        await crowd.seat_agents()


async def test_a_refusal_where_an_answer_is_due_is_said(open_server: OpenServer) -> None:
    """With its rule and reason, and at once."""
    async with open_server() as server:
        with pytest.raises(BenchmarkFailed, match="POINTER-2 pointer_mode, not InMode"):
            await _act_too_early(server)


async def _act_too_early(server: Server) -> None:
    async with open_crowd(server, 1) as crowd:
        (session,) = await crowd.open_sessions(await crowd.seat_agents())
        await session.agent.do(do.GoBack())
        await session.agent.until(see.InMode)


@pytest.mark.parametrize("fault", ["lets stale frames through", "changes frames", "loses a frame"])
async def test_a_server_that_relays_wrongly_is_not_measured(fault: str) -> None:
    """A server without its gate, one that garbles, one that drops: no figure, but the fault."""
    customer, server_end = memory_links()
    out, agent = memory_links()
    session = Session(Line(customer), Line(agent))
    session.customer.epoch = 2
    with pytest.raises(BaseExceptionGroup) as caught:
        await _relay(session, server_end, out, fault)

    assert isinstance(_only(caught.value), BenchmarkFailed)


async def _relay(session: Session, inbox: Link, outbox: Link, fault: str) -> None:
    async def relay() -> None:
        for number in range(100):
            data = await inbox.receive()
            assert isinstance(data, bytes)
            if decode_frame(data).epoch == 0 and fault != "lets stale frames through":
                continue
            if number == 5 and fault == "loses a frame":
                continue
            await outbox.send(data[:-1] + b"?" if fault == "changes frames" else data)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(relay)
        await serving.relay_frames(session, serving.frames_of(session, 20), 4)
        nursery.cancel_scope.cancel()


async def test_a_server_that_relays_rightly_passes() -> None:
    """The twin: by the same means, and nothing is held against it."""
    customer, server_end = memory_links()
    out, agent = memory_links()
    session = Session(Line(customer), Line(agent))
    session.customer.epoch = 2

    await _relay(session, server_end, out, "none")


# The command


def test_the_command_writes_its_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server of its own is started and measured; the table and the file say the same."""
    monkeypatch.setattr(cobrowse_cli.bench, "Sizes", lambda: TINY)
    result = _bench("relay", "--json", str(tmp_path / "bench.json"))

    assert (0, None) == (result.exit_code, result.exception)
    report = msgspec.json.decode((tmp_path / "bench.json").read_bytes(), type=Report)
    assert ["relay", "relay"] == [measure.benchmark for measure in report.measures]
    assert "frames relayed, per CPU" in result.stdout
    assert "not measured: TLS" in result.stdout
    assert "relay: what a server relays" in result.stderr


def test_the_command_plays_so_many_whole_sessions() -> None:
    """And says how long they took."""
    result = _bench("steps", "--sessions", "60", "--steps", "20")

    assert (0, None) == (result.exit_code, result.exception)
    assert "60 whole sessions of 20 steps in" in " ".join(result.stdout.split())


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--pid", "1"], "--pid goes with --url"),
        (["idle", "--url", "http://127.0.0.1:1"], "give --pid"),
        (["steps", "--json", "/no/such/folder/file"], "there is no folder /no/such/folder"),
        (["relay", "--url", "nowhere"], "'nowhere' is no target"),
        (["everything"], "is not one of"),
        (["relay", "--sessions", "5"], "--sessions goes with steps, or with --clients"),
        (["--clients", "--sessions", "5001"], "--clients holds 5000 sessions at the same time, at most"),
        (["steps", "--sessions", "5", "--steps", "5"], "5 is not in the range x>=6"),
    ],
)
def test_what_cannot_be_measured_is_said_before_anything_runs(arguments: list[str], message: str) -> None:
    """As wrong usage, with what to do instead."""
    result = _bench(*arguments, env={"COBROWSE_CONTROLLER_KEY": "a-key-of-sixteen-characters"})

    assert result.exit_code == 2
    assert message in " ".join(result.stderr.split())


def test_a_server_that_is_down_is_an_error_in_words() -> None:
    """No traceback."""
    key = {"COBROWSE_CONTROLLER_KEY": "a-key-of-sixteen-characters"}
    result = _bench("relay", "--url", "http://127.0.0.1:1", env=key)

    assert result.exit_code == 1
    assert "Error: the server cannot be measured:" in result.stderr
    assert "Traceback" not in result.output


def test_a_file_that_holds_no_key_is_not_quoted(tmp_path: Path) -> None:
    """Whatever is in it: it may be a key with something behind it (SECURE-6)."""
    file = tmp_path / "key"
    for content in (b"", b"secret-of-sixteen\nsecret", b"secret\xff", "sécret-of-sixteen".encode()):
        file.write_bytes(content)
        result = _bench("open", "--url", "http://127.0.0.1:1", "--controller-key-file", str(file))

        assert result.exit_code == 2
        assert "what was given as the controller's key is none" in " ".join(result.stderr.split())
        assert "secret" not in result.output


def test_control_c_stops_a_command_without_a_traceback() -> None:
    """Whatever breaks in its tasks because of it."""
    broken = ExceptionGroup("a nursery", [LinkClosed(1006)])
    stopped = BaseExceptionGroup("", [BaseExceptionGroup("", [KeyboardInterrupt()]), broken])

    assert isinstance(in_words(stopped, (LinkClosed,), "head"), click.Abort)


def test_a_fault_of_this_program_is_not_put_down_to_the_server() -> None:
    """Only known failures are told in words; with another among them all is told as it is."""
    closed, ours = LinkClosed(1006), ZeroDivisionError()
    both = ExceptionGroup("", [closed, ours])

    assert in_words(both, (LinkClosed,), "head") is both
    told = in_words(ExceptionGroup("", [closed]), (LinkClosed,), "head")
    assert isinstance(told, click.ClickException)
    assert told.message == "head: the link is closed: 1006"


def _only(group: BaseException) -> BaseException:
    """The one exception in a group of groups."""
    while isinstance(group, BaseExceptionGroup):
        (group,) = group.exceptions
    return group


def _bench(*arguments: str, env: dict[str, str] | None = None) -> Result:
    return CliRunner(env=env).invoke(bench, list(arguments))

"""``cobrowse simulate``: in virtual time against the reference server's own code, and what it is refused."""

import gc
import hashlib
import io
import subprocess
import sys
import weakref
from pathlib import Path
from typing import Any

import cobrowse_server.host
import pytest
import trio
from click.testing import CliRunner
from cobrowse_cli.simulate import run_in_virtual_time, simulate, with_seed
from cobrowse_server.desk import Desk
from cobrowse_server.links import Attendant
from cobrowse_simulator.load.journeys import journeys
from cobrowse_simulator.load.profile import Plan, read_profile
from cobrowse_simulator.load.run import Kept
from cobrowse_simulator.load.visit import Visit
from cobrowse_simulator.virtual.world import Deadlock, run_virtual
from cobrowse_spec import observations as see
from cobrowse_spec.actions import Deed
from cobrowse_spec.rules.facts import SessionFacts
from cobrowse_spec.session import Outcome, Session, step
from cobrowse_spec.trace import write_trace
from msgspec.structs import replace

#: A few sessions of every journey, over a network that delays and varies.
TEXT = """
page_kb = [4, 8]
duration_s = 60
[arrivals]
rate_per_s = 0.2
[network.customer]
latency_ms = 60
jitter_ms = 40
[network.agent]
latency_ms = 20
jitter_ms = 15
"""


def write(folder: Path, text: str = TEXT) -> Path:
    """A profile of all journeys."""
    path = folder / "profile.toml"
    listed = "".join(f'[[journeys]]\nname = "{name}"\n' for name in journeys())
    path.write_text(text + listed, encoding="utf-8")
    return path


def plan(folder: Path) -> Plan:
    """The same, read."""
    return read_profile(write(folder))


def digest(plan: Plan) -> str:
    """What stands for all traces of a run, byte for byte."""
    kept: list[Kept] = []
    run_in_virtual_time(plan, kept.append, keep_every=True)
    sum_ = hashlib.sha256()
    for one in kept:
        text = io.StringIO()
        write_trace(one.trace, text)
        sum_.update(text.getvalue().encode())
    return sum_.hexdigest()


def test_a_minute_of_sessions_takes_no_minute_and_breaks_no_rule(tmp_path: Path) -> None:
    """Latencies are those of the network: the agent's way there and back takes about 40 ms."""
    report = run_in_virtual_time(plan(tmp_path))

    assert {} == report.errors
    assert {} == report.violations
    assert report.counts["arrived"] == report.counts["completed"] > 5
    assert "virtual" == report.clock
    assert report.took_s > 60
    assert 20 < report.latencies["join"].percentiles["p50"] < 60


def test_nothing_of_a_session_that_is_over_waits_for_the_garbage_collector(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the visit, nor what was known of it, nor what the server had of its links: else a day takes its time."""
    alive: dict[type, weakref.WeakSet[object]] = {}
    for kind in (Visit, SessionFacts, Attendant):

        def remember(
            one: object, *args: Any, begin: Any = kind.__init__, kind: type = kind, **more: Any
        ) -> None:
            begin(one, *args, **more)
            alive.setdefault(kind, weakref.WeakSet()).add(one)

        monkeypatch.setattr(kind, "__init__", remember)
    gc.collect()
    gc.disable()
    try:
        report = run_in_virtual_time(plan(tmp_path))
        left = {kind: len(those) for kind, those in alive.items()}
    finally:
        gc.enable()

    assert report.counts["completed"] > 5
    assert {Visit, SessionFacts, Attendant} == set(left)
    assert {Visit: 0, SessionFacts: 0} == {kind: left[kind] for kind in (Visit, SessionFacts)}
    assert 1 >= left[Attendant]  # the contact centre's, to the end


def test_what_goes_wrong_in_the_server_ends_the_run_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where a message is taken at once, by no task."""

    async def fail(*args: object) -> bool:
        raise ZeroDivisionError

    monkeypatch.setattr(Desk, "_handle_party", fail)

    with pytest.raises(ExceptionGroup) as raised:
        run_in_virtual_time(plan(tmp_path))
    assert raised.value.subgroup(ZeroDivisionError) is not None


@pytest.mark.parametrize("seed", range(3))
def test_the_same_seed_gives_the_same_traces_byte_for_byte(tmp_path: Path, seed: int) -> None:
    """And another seed others."""
    one = with_seed(plan(tmp_path), seed)

    assert digest(one) == digest(one)
    assert digest(one) != digest(with_seed(one, seed + 1))


def test_the_same_seed_gives_the_same_traces_in_other_processes_with_other_hash_seeds(tmp_path: Path) -> None:
    """Nothing depends on the order of sets, on addresses, or on what ran before."""
    path = write(tmp_path)
    script = (
        "import sys; sys.path[:0] = sys.argv[2:]\n"
        "from pathlib import Path; from tests.cli.test_simulate import digest, read_profile\n"
        "print(digest(read_profile(Path(sys.argv[1]))))"
    )
    root = str(Path(__file__).parents[2])
    found = {
        subprocess.run(
            [sys.executable, "-c", script, str(path), root],
            env={"PYTHONHASHSEED": hash_seed, "PATH": ""},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for hash_seed in ("1", "2", "3")
    }

    assert {digest(read_profile(path))} == found


def test_a_swarm_names_the_first_seed_that_fails_and_how_to_run_it_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that forgets the red circle now and then: some seeds meet it, some do not."""
    path = write(tmp_path, TEXT.replace("duration_s = 60", "duration_s = 10"))
    assert (
        0
        == CliRunner()
        .invoke(simulate, [str(path), "--virtual", "--seeds", "3"], standalone_mode=False)
        .return_value
    )

    def forgetful(session: Session, deed: Deed, now: float) -> Outcome:
        outcome = step(session, deed, now)
        return outcome._replace(
            notices=tuple(one for one in outcome.notices if not isinstance(one.see, see.Circle))
        )

    monkeypatch.setattr(cobrowse_server.host, "step", forgetful)
    result = CliRunner().invoke(
        simulate,
        [str(path), "--virtual", "--seeds", "6", "--traces", str(tmp_path / "traces")],
        standalone_mode=False,
    )

    assert 1 == result.return_value
    assert "POINTER-4" in result.output
    assert "--virtual --seed" in result.output
    assert list((tmp_path / "traces").glob("*-POINTER-4.jsonl"))


def test_who_thinks_longer_is_given_longer_to_end() -> None:
    """Sessions that go on when the last has arrived are cut short only after a time that grows with the pace."""
    given = read_profile(Path(__file__).parents[2] / "simulator/profiles/thousand.toml")
    slow = replace(given.profile, pace=5.0, duration_s=1.0)

    report = run_in_virtual_time(given._replace(profile=slow))

    assert (report.counts["arrived"], 0) == (report.counts["completed"], report.counts["unfinished"])


@pytest.mark.parametrize(
    "options, says",
    [
        (["--virtual", "--target", "http://127.0.0.1:1"], "goes without --target"),
        (["--seeds", "3"], "goes with --virtual"),
        (["--virtual", "--seeds", "3", "--html", "x.html"], "--html reports one run"),
        (["--virtual", "--prometheus", "0"], "goes with real time"),
        (["--virtual", "--seeds", "3", "--compare", "/dev/null"], "leave --seeds out"),
        (["--virtual", "--compare", __file__], "is no report of a run"),
        (["--every-trace"], "goes with --traces"),
        (["--json", "no/such/folder/x.json"], "there is no folder"),
    ],
)
def test_options_that_do_not_fit_together_are_refused(tmp_path: Path, options: list[str], says: str) -> None:
    """Before anything is run."""
    result = CliRunner().invoke(simulate, [str(write(tmp_path)), *options])

    assert 2 == result.exit_code
    assert says in result.output


def test_a_run_is_shown_beside_an_earlier_one(tmp_path: Path) -> None:
    """With what is beyond chance: of the same run nothing is."""
    path, old = write(tmp_path, TEXT.replace("duration_s = 60", "duration_s = 10")), tmp_path / "old.json"
    options = [str(path), "--virtual", "--json", str(old)]
    CliRunner().invoke(simulate, options, standalone_mode=False)

    result = CliRunner().invoke(
        simulate, [str(path), "--virtual", "--compare", str(old)], standalone_mode=False
    )

    assert 0 == result.return_value
    assert "completed a second" in result.output
    assert "worse" not in result.output


def test_a_profile_with_an_error_is_wrong_usage(tmp_path: Path) -> None:
    """With its line."""
    result = CliRunner().invoke(simulate, [str(write(tmp_path, "sede = 3\n"))])

    assert "line 1: unknown key 'sede'; did you mean 'seed'?" in result.output


def test_a_world_in_which_nothing_can_happen_any_more_says_so() -> None:
    """Rather than to hang for ever."""
    with pytest.raises(Deadlock):
        run_virtual(trio.sleep_forever, 1)

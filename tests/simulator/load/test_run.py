"""Load runs, against the reference server on the loopback."""

import gc
import resource
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import cobrowse_server.host
import pytest
import trio
from cobrowse_server.config import Settings
from cobrowse_server.serve import Serving, serve
from cobrowse_simulator.load import reach
from cobrowse_simulator.load.journeys import journeys
from cobrowse_simulator.load.profile import read_profile
from cobrowse_simulator.load.reach import CannotRun, Server
from cobrowse_simulator.load.run import Kept, Report, Run
from cobrowse_spec import observations as see
from cobrowse_spec.actions import Deed
from cobrowse_spec.rules import judge
from cobrowse_spec.session import Outcome, Session, step


@dataclass
class Place:
    """A server that listens, and where profiles are written."""

    server: Server
    folder: Path
    kept: list[Kept] = field(default_factory=list)

    async def run(self, text: str, *names: str) -> Report:
        """Run a profile of these journeys, in no time to think."""
        listed = "".join(f'[[journeys]]\nname = "{name}"\n' for name in names or journeys())
        path = self.folder / "profile.toml"
        path.write_text(f"pace = 0\npage_kb = [4, 8]\n{text}\n{listed}", encoding="utf-8")
        return await Run(read_profile(path), self.server, keep=self.kept.append).go()


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    """A server on a free port, and an empty folder."""
    listening: list[Serving] = []
    started = trio.Event()

    def ready(serving: Serving) -> None:
        listening.append(serving)
        started.set()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(lambda: serve(Settings(port=0), started=ready))
        await started.wait()
        yield Place(Server(listening[0].url, listening[0].controller_key, "the server"), tmp_path)
        listening[0].stop()


POINTING = "Pointer only: pointing things out"
GRANTED = "Form filling: the request is granted"
THIRTY = "duration_s = 3\n[arrivals]\nmodel = 'constant'\nrate_per_s = 10\n[agents]\ncount = 30"


@pytest.mark.parametrize("name", list(journeys()))
async def test_every_journey_completes_and_breaks_no_rule(place: Place, name: str) -> None:
    """Alone, so that what goes wrong has a name."""
    text = "duration_s = 0.1\n[arrivals]\nmodel = 'constant'\nrate_per_s = 1\n[agents]\ncount = 1"
    report = await place.run(text, name)

    assert {} == report.errors
    assert {} == report.violations
    assert 1 == report.counts["completed"]
    assert name in report.journeys


async def test_a_run_counts_measures_and_judges_all_its_sessions(place: Place) -> None:
    """Thirty sessions of all journeys: every kind of latency, and rules of every chapter that they touch."""
    report = await place.run("seed = 3\nthresholds = ['must_violations = 0', 'join p50 < 60 s']\n" + THIRTY)
    assert GRANTED in report.journeys, "draw with another seed"

    assert (30, 30, 0) == (report.counts["arrived"], report.counts["completed"], len(report.errors))
    assert report.passed
    assert {
        "join",
        "request_to_prompt",
        "approve_to_mode",
        "act_to_effect",
        "change_to_view",
        "resume",
    } <= set(report.latencies)
    assert {"START-1", "JOIN-1", "POINTER-1", "WRITE-1", "SUBMIT-1", "SITE-1", "RESUME-1", "STOP-1"} <= set(
        report.exercised
    )
    without_id = ("Ended chat: the chat ends", "Hesitant customer: thinks better of it")
    assert 30 == report.latencies["join"].count + sum(report.journeys.get(name, 0) for name in without_id)
    assert 0 < report.generator.judging_s < report.generator.cpu_s


async def test_what_a_session_was_does_not_wait_for_the_garbage_collector(place: Place) -> None:
    """To collect what a thousand sessions were takes longer than a generator may be late."""
    text = "duration_s = 0.1\n[arrivals]\nmodel = 'constant'\nrate_per_s = 1\n[agents]\ncount = 1"
    gc.collect()
    gc.disable()
    try:
        report = await place.run(text, GRANTED)
        left = {type(one).__name__ for one in gc.get_objects()}
    finally:
        gc.enable()

    assert 1 == report.counts["completed"]
    assert set() == left & {"Visit", "Judge", "Recorder", "MirrorView", "PumpedLink"}


async def test_the_same_seed_draws_the_same_sessions(place: Place) -> None:
    """Which journeys, that is; how long they take is the server's affair."""
    one = await place.run("seed = 7\n" + THIRTY)
    same = await place.run("seed = 7\n" + THIRTY)
    other = await place.run("seed = 8\n" + THIRTY)

    assert one.journeys == same.journeys
    assert one.journeys != other.journeys


async def test_a_rule_that_breaks_under_load_is_found_and_its_trace_kept(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that shows the red circle to the agent alone: the threshold is missed, the trace proves it."""

    def without_circle(session: Session, deed: Deed, now: float) -> Outcome:
        outcome = step(session, deed, now)
        kept = tuple(
            one for one in outcome.notices if not (isinstance(one.see, see.Circle) and one.to == "customer")
        )
        return outcome._replace(notices=kept)

    monkeypatch.setattr(cobrowse_server.host, "step", without_circle)
    report = await place.run("patience_s = 2\n" + THIRTY, POINTING)

    assert 30 == report.errors["no_circle"]
    assert not report.passed
    assert {"POINTER-4"} == set(report.violations)
    kept = place.kept[0]
    assert "no_circle at: the customer sees the red circle" == kept.reason
    assert any(event.saw == see.Circle(100, 200) for event in kept.trace.events)


async def test_a_rule_that_an_answer_breaks_is_a_violation(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that tells the agent of another mode than the customer's: the invariants see it."""

    def liar(session: Session, deed: Deed, now: float) -> Outcome:
        outcome = step(session, deed, now)
        doubled = (*outcome.notices, *(one for one in outcome.notices if isinstance(one.see, see.InMode)))
        return outcome._replace(notices=doubled)

    monkeypatch.setattr(cobrowse_server.host, "step", liar)
    report = await place.run(THIRTY, GRANTED)

    assert not report.passed
    assert report.must_violations >= 30
    broken = {rule for kept in place.kept for rule in kept.rules}
    assert broken == set(report.violations)
    assert broken <= {
        rule for kept in place.kept for rule, one in judge(kept.trace).items() if one.violations
    }


async def test_sessions_beyond_the_limit_are_turned_away_and_counted(place: Place) -> None:
    """Nobody waits: an open model goes on whatever happens."""
    report = await place.run(
        "max_sessions = 1\nduration_s = 0.5\n[arrivals]\nmodel = 'constant'\nrate_per_s = 100", GRANTED
    )

    assert 50 == report.counts["arrived"]
    assert report.counts["turned_away"] > 0
    assert 50 == report.counts["turned_away"] + report.counts["completed"]


async def test_a_customer_for_whom_no_agent_is_free_gives_up(place: Place) -> None:
    """After the patience of the profile; that is a failed session."""
    text = "duration_s = 0.1\n[arrivals]\nmodel = 'constant'\nrate_per_s = 100\n[agents]\ncount = 1\npatience_s = 0"
    report = await place.run(text, GRANTED)

    assert 10 == report.counts["arrived"]
    assert report.errors["no_free_agent"] == 10 - report.counts["completed"] > 0


async def test_a_slow_network_shows_in_what_is_measured(place: Place) -> None:
    """40 ms from the agent to the server and 40 ms back: no join can be faster than both."""
    slow = "[network.agent]\nlatency_ms = 40\njitter_ms = 5\n"
    report = await place.run(THIRTY.replace("[arrivals]", slow + "[arrivals]"), POINTING)

    assert {} == report.errors
    assert report.latencies["join"].percentiles["p50"] >= 70
    assert {} == report.violations


async def test_a_server_that_is_not_there_cannot_be_loaded(tmp_path: Path) -> None:
    """What was tried is said."""
    nowhere = Place(Server("http://127.0.0.1:9", "a-key-that-nobody-knows"), tmp_path)

    with pytest.raises(CannotRun, match=r"http://127\.0\.0\.1:9 does not serve"):
        await nowhere.run(THIRTY)


async def test_a_wrong_key_is_said(place: Place) -> None:
    """And the key is not repeated (SECURE-6)."""
    place.server = place.server._replace(controller_key="not-the-key-of-this-server")

    with pytest.raises(CannotRun, match="401") as error:
        await place.run(THIRTY)

    assert "not-the-key" not in str(error.value)


def test_a_profile_that_needs_more_links_than_this_machine_has_is_refused_with_what_fits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The number that would work is part of the message."""
    limits: Callable[[int], tuple[int, int]] = lambda _: (1024, 1064)  # noqa: E731 -- the limits of another machine
    monkeypatch.setattr(resource, "getrlimit", limits)
    path = tmp_path / "profile.toml"
    path.write_text(f'[agents]\ncount = 501\n[[journeys]]\nname = "{POINTING}"', encoding="utf-8")

    with pytest.raises(CannotRun, match=r"501 sessions .* set max_sessions, or agents.count, to 500 at most"):
        reach.refuse_what_does_not_fit(read_profile(path))

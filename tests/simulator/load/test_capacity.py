"""The search for a server's capacity: steps up, then halving the gap."""

import html
from collections.abc import Callable

import pytest
from cobrowse_simulator.load.capacity import (
    MAX_STEPS_DOWN,
    WHOSE_LIMIT,
    Capacity,
    Outcome,
    Step,
    best_of,
    plan_of,
    search,
    step_of,
)
from cobrowse_simulator.load.html_report import capacity_as_html
from cobrowse_simulator.load.meters import Interval
from cobrowse_simulator.load.run import Checked, Generator, Report


def at(rate: float, outcome: Outcome) -> Step:
    """A step with twenty sessions for each that arrives in a second."""
    return Step(rate, outcome, "", 100 * rate, 20 * rate, cores=rate / 10, memory_mb=rate)


async def searched(outcome_of: Callable[[float], Outcome]) -> tuple[tuple[Step, ...], bool]:
    """A search at a server of which it is known what it holds."""

    async def measure(rate: float) -> Step:
        return at(rate, outcome_of(rate))

    return await search(measure, 2.0)


@pytest.mark.parametrize("limit", [0.3, 2.0, 5.1, 37.0, 100.0])
async def test_the_limit_is_found_to_a_tenth(limit: float) -> None:
    """Whether it is above the first step or below."""
    steps, is_limit = await searched(lambda rate: Outcome.HELD if rate <= limit else Outcome.MISSED)

    best = best_of(steps)
    assert best is not None
    assert best.rate <= limit < best.rate * 1.1 + 1e-9
    assert is_limit
    assert [2.0, 4.0] == [step.rate for step in steps[:2]] or limit < 2


async def test_where_the_generator_is_the_bottleneck_the_limit_is_not_the_servers() -> None:
    """What held holds still: at least so much."""
    steps, is_limit = await searched(lambda rate: Outcome.HELD if rate <= 10 else Outcome.INVALID)

    best = best_of(steps)
    assert best is not None
    assert 9 < best.rate <= 10
    assert not is_limit


async def test_a_server_that_holds_nothing_is_given_up() -> None:
    """After a few steps down."""
    steps, _ = await searched(lambda rate: Outcome.MISSED)

    assert best_of(steps) is None
    assert MAX_STEPS_DOWN == len(steps)


def report(*, held: bool = True, invalid: str = "") -> Report:
    """The run of a step: ten intervals with five sessions going on."""
    return Report(
        name="",
        target="",
        server="",
        seed=1,
        clock="real",
        took_s=10.0,
        counts={},
        errors={},
        journeys={},
        exercised={},
        violations={},
        must_violations=0,
        should_violations=0,
        latencies={},
        # Of its 16 seconds 8 have five sessions each, and 8 are those of its last.
        intervals=(
            *(Interval(float(one), 1, 1, 0, 5, 10, {}) for one in range(1, 9)),
            Interval(16.0, 0, 0, 0, 1, 10, {}),
        ),
        thresholds=(
            Checked("join p99 < 200 ms", 250.0, held=held),
            Checked("must_violations = 0", 0.0, held=True),
        ),
        generator=Generator(1.0, 0.1, 0.0, 50.0, invalid),
    )


def test_a_step_says_what_was_missed_and_by_how_much() -> None:
    """And how many sessions went on at a time."""
    missed = step_of(4.0, report(held=False), 0.5, 10.0)

    assert (Outcome.MISSED, 250.0, 5.0) == (missed.outcome, missed.measured, missed.sessions)
    assert "join p99 < 200 ms (measured 250)" == missed.because
    assert Outcome.HELD is step_of(4.0, report(), 0.5, 10.0).outcome


def test_cores_are_those_that_the_sessions_of_the_middle_took() -> None:
    """Although there are fewer at the beginning and at the end: 24 seconds of CPU for 48 seconds of sessions."""
    assert (5.0, 2.5) == (
        step_of(4.0, report(), 24.0, 10.0).sessions,
        step_of(4.0, report(), 24.0, 10.0).cores,
    )


def test_a_step_whose_generator_was_late_says_nothing() -> None:
    """Even if the objective held."""
    assert Outcome.INVALID is step_of(4.0, report(invalid="late"), 0.5, 10.0).outcome


def test_what_was_found_is_told_for_each_core_and_each_gigabyte() -> None:
    """On a page with its plots."""
    steps = (at(2.0, Outcome.HELD), at(4.0, Outcome.HELD), at(8.0, Outcome.MISSED))
    found = Capacity("a server", "join p99 < 200 ms", steps, best_of(steps), is_limit=True)

    assert (200.0, 20_000.0) == (found.per_core, found.per_gb)
    page = capacity_as_html(found)
    assert "4 sessions a second, 80 at a time" in page
    assert 3 == page.count("<svg")


def test_a_step_that_says_nothing_is_in_no_plot_and_whose_limit_it_was_is_said() -> None:
    """It stands in the table of steps, with its reason."""
    steps = (at(2.0, Outcome.HELD), at(64.0, Outcome.INVALID))
    page = capacity_as_html(Capacity("a server", "join p99 < 200 ms", steps, best_of(steps), is_limit=False))

    table = page.partition("<h2>Steps</h2>")[2]
    assert (">64<" in table, "64 /s" in page) == (True, False)
    assert WHOSE_LIMIT in html.unescape(page)


def test_the_profile_that_comes_with_it_can_be_read() -> None:
    """And nothing goes wrong in it on purpose."""
    assert not plan_of(None).profile.faults.any

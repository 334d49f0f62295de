"""Two runs side by side: what is beyond chance, and what is not."""

import random
from collections.abc import Sequence

import pytest
from cobrowse_simulator.load.comparing import Change, compare
from cobrowse_simulator.load.meters import summary
from cobrowse_simulator.load.run import Generator, Report
from hdrh.histogram import HdrHistogram
from msgspec.structs import replace


def report(milliseconds: Sequence[float] = (), **more: object) -> Report:
    """A run of a hundred seconds in which joining took so long."""
    histogram = HdrHistogram(1, 3_600_000_000, 3)
    for value in milliseconds:
        histogram.record_value(round(value * 1000))
    plain = Report(
        name="",
        target="",
        server="",
        seed=1,
        clock="real",
        took_s=100.0,
        counts={"arrived": 1000, "completed": 1000, "events": 50_000},
        errors={},
        journeys={},
        exercised={},
        violations={},
        situations={},
        must_violations=0,
        should_violations=0,
        latencies={"join": summary(histogram)} if milliseconds else {},
        intervals=(),
        thresholds=(),
        generator=Generator(1.0, 0.1, 0.0, 50.0),
    )
    return replace(plain, **more)


def latencies(middle: float, seed: int, count: int = 2000) -> list[float]:
    """So many, spread about a middle."""
    chance = random.Random(seed)  # noqa: S311 -- no secret
    return [middle * chance.uniform(0.5, 1.5) for _ in range(count)]


def changes(before: Report, after: Report) -> dict[str, Change]:
    """What became of each figure."""
    return {one.name: one.change for one in compare(before, after)}


def test_two_runs_of_the_same_are_the_same() -> None:
    """What chance does is neither worse nor better."""
    found = changes(report(latencies(20, 1)), report(latencies(20, 2)))

    assert {Change.SAME} == set(found.values())
    assert {"join p50 (ms)", "join p95 (ms)", "join p99 (ms)", "error rate"} <= set(found)


def test_slower_is_worse_and_faster_better() -> None:
    """By a fifth, which is far beyond chance with so many."""
    assert Change.WORSE is changes(report(latencies(20, 1)), report(latencies(24, 2)))["join p95 (ms)"]
    assert Change.BETTER is changes(report(latencies(24, 1)), report(latencies(20, 2)))["join p95 (ms)"]


def test_too_few_samples_say_nothing_of_what_is_rare() -> None:
    """Ten latencies have no 99th percentile that means anything."""
    found = changes(report(latencies(20, 1, 10)), report(latencies(90, 2, 10)))

    assert "join p99 (ms)" not in found
    assert Change.WORSE is found["join p50 (ms)"]


def test_more_failures_are_worse_if_they_are_more_than_chance_does() -> None:
    """One of a thousand is chance, fifty are not."""
    counts = {"arrived": 1000, "completed": 1000, "events": 50_000}

    assert Change.SAME is changes(report(), report(counts={**counts, "failed": 1}))["error rate"]
    assert Change.WORSE is changes(report(), report(counts={**counts, "failed": 50}))["error rate"]
    assert Change.BETTER is changes(report(counts={**counts, "failed": 50}), report())["error rate"]


def test_a_rule_that_is_broken_once_more_is_worse() -> None:
    """A violation is no matter of chance."""
    found = changes(report(violations={"WRITE-1": 1, "JOIN-2": 1}), report(violations={"WRITE-1": 2}))

    assert {"violations of WRITE-1": Change.WORSE, "violations of JOIN-2": Change.BETTER} == {
        name: change for name, change in found.items() if name.startswith("violations")
    }


def test_virtual_and_real_time_are_not_compared() -> None:
    """Their seconds have nothing in common."""
    with pytest.raises(ValueError, match="real time and the other in virtual time"):
        compare(report(), report(clock="virtual"))

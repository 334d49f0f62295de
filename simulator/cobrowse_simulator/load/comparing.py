"""Two runs side by side: what is worse than before beyond what chance does, and what is better.

Percentiles are compared by the ranges in which chance would put them (order statistics, 95 %), which the histograms
of both runs give without anything being assumed of how latencies are spread.  Counts are compared as counts of
independent events, shares as shares.  A rule that is violated more often is worse, whatever chance says.

Order: a comparison, latencies, counts and shares, both runs.
"""

import math
from collections.abc import Iterator
from enum import StrEnum
from typing import Final

import msgspec

from .meters import decoded, percentiles
from .profile import LATENCIES
from .run import Report

#: How many standard deviations chance does: 95 % of it.
_WIDTH: Final = 1.96
#: The percentiles that are compared, with as many samples beyond them as it takes to say anything.
COMPARED: Final = (50.0, 95.0, 99.0)
_BEYOND: Final = 5
#: A difference smaller than this share matters to nobody, however sure it is.
_SMALL: Final = 0.05


class Change(StrEnum):
    """What became of a figure."""

    WORSE = "worse"
    BETTER = "better"
    SAME = "same"


class Compared(msgspec.Struct, frozen=True):
    """One figure of both runs."""

    name: str
    before: float
    after: float
    change: Change


def compare(before: Report, after: Report) -> tuple[Compared, ...]:
    """Every figure that both runs have; raises ValueError where they cannot be compared."""
    if before.clock != after.clock:
        raise ValueError(f"one run was in {before.clock} time and the other in {after.clock} time")
    return (*_latencies(before, after), *_counts(before, after), *_rules(before, after))


def _latencies(before: Report, after: Report) -> Iterator[Compared]:
    for kind in LATENCIES:
        one, other = before.latencies.get(kind), after.latencies.get(kind)
        if one is None or other is None:
            continue
        for percent in COMPARED:
            if min(one.count, other.count) * (1 - percent / 100) < _BEYOND:
                continue
            low, middle, high = _range(one.histogram, one.count, percent)
            low_after, middle_after, high_after = _range(other.histogram, other.count, percent)
            change = Change.SAME
            if low_after > high and middle_after > middle * (1 + _SMALL):
                change = Change.WORSE
            elif high_after < low and middle_after < middle * (1 - _SMALL):
                change = Change.BETTER
            yield Compared(f"{kind} p{percent:g} (ms)", middle, middle_after, change)


def _range(histogram: str, count: int, percent: float) -> tuple[float, float, float]:
    """A percentile, between those that chance may have put in its place."""
    share = percent / 100
    spread = 100 * _WIDTH * math.sqrt(share * (1 - share) / count)
    wanted = (max(percent - spread, 0.01), percent, min(percent + spread, 100.0))
    low, middle, high = percentiles(decoded(histogram), wanted)
    return low, middle, high


def _counts(before: Report, after: Report) -> Iterator[Compared]:
    for name, good in (("completed", True), ("events", True)):
        one, other = before.counts.get(name, 0), after.counts.get(name, 0)
        rate, rate_after = one / max(before.took_s, 1e-9), other / max(after.took_s, 1e-9)
        deviation = math.sqrt(one / max(before.took_s, 1e-9) ** 2 + other / max(after.took_s, 1e-9) ** 2)
        yield Compared(
            f"{name} a second", rate, rate_after, _judged(rate, rate_after, deviation, is_good=good)
        )
    arrived, arrived_after = before.counts.get("arrived", 0), after.counts.get("arrived", 0)
    if arrived and arrived_after:
        lost = [
            sum(report.counts.get(name, 0) for name in ("failed", "turned_away", "unfinished"))
            for report in (before, after)
        ]
        share, share_after = lost[0] / arrived, lost[1] / arrived_after
        pooled = sum(lost) / (arrived + arrived_after)
        deviation = math.sqrt(pooled * (1 - pooled) * (1 / arrived + 1 / arrived_after))
        yield Compared(
            "error rate", share, share_after, _judged(share, share_after, deviation, is_good=False)
        )


def _judged(before: float, after: float, deviation: float, *, is_good: bool) -> Change:
    """``is_good``: more of it is better."""
    if abs(after - before) <= max(_WIDTH * deviation, _SMALL * abs(before)):
        return Change.SAME
    return Change.BETTER if (after > before) == is_good else Change.WORSE


def _rules(before: Report, after: Report) -> Iterator[Compared]:
    for rule in sorted(before.violations.keys() | after.violations.keys()):
        one, other = before.violations.get(rule, 0), after.violations.get(rule, 0)
        change = Change.SAME if one == other else Change.WORSE if other > one else Change.BETTER
        yield Compared(f"violations of {rule}", one, other, change)

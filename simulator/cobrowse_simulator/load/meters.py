"""Meters: what a load run counts and measures while it goes on.

Latencies go into HDR histograms (microseconds, three significant digits), which can be added up without
loss; what a plot over time needs is kept as long as its interval goes on.

Order: one interval, the meters, what they come to.
"""

import bisect
import itertools
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
from cobrowse_spec.rulebook import rulebook
from cobrowse_spec.trace import Event
from hdrh.histogram import HdrHistogram

#: From a microsecond to an hour.
_LONGEST_US: Final = 3600 * 1_000_000
_DIGITS: Final = 3

#: The percentiles that reports show.
PERCENTILES: Final = (50.0, 90.0, 95.0, 99.0, 99.9)


class Summary(msgspec.Struct, frozen=True):
    """One kind of latency, in milliseconds."""

    count: int
    mean: float
    max: float
    #: By name: "p50", "p95", …
    percentiles: dict[str, float]
    #: The histogram itself, so that runs can be added up and compared (HdrHistogram, V2, base64).
    histogram: str = ""


class Interval(msgspec.Struct, frozen=True):
    """What happened in one stretch of time, for plots."""

    #: Seconds from the beginning of the run.
    at: float
    arrived: int
    completed: int
    failed: int
    #: Sessions that were going on at its end.
    active: int
    #: Messages and frames that parties sent and received.
    events: int
    #: 50th and 95th percentile of each kind of latency, in milliseconds.
    latencies: dict[str, tuple[float, float]]


class Meters:
    """Counts and histograms of one run.  ``interval_s`` is how long a point of a plot stands for."""

    def __init__(self, interval_s: float) -> None:
        self.interval_s = interval_s
        #: "arrived", "begun", "completed", "failed", "turned_away", "unfinished", "events"; "messages" where they can be counted.
        self.counts: Counter[str] = Counter()
        #: Why sessions failed.
        self.errors: Counter[str] = Counter()
        #: How often each rule was violated, and in how many sessions it was exercised.
        self.violations: Counter[str] = Counter()
        self.exercised: Counter[str] = Counter()
        #: Sessions by journey.
        self.journeys: Counter[str] = Counter()
        self.active = 0
        #: Seconds that the invariants took.
        self.judging_s = 0.0
        self.histograms: dict[str, HdrHistogram] = {}
        #: What each kind of latency adds up to, in seconds.
        self.seconds: Counter[str] = Counter()
        self.intervals: list[Interval] = []
        #: Of the interval that is going on: the counts at its beginning, and each latency, in milliseconds.
        self._before: Counter[str] = Counter()
        self._latest: dict[str, list[float]] = {}

    def count(self, what: str, by: int = 1) -> None:
        """Something happened."""
        self.counts[what] += by

    def took(self, kind: str, seconds: float) -> None:
        """Something took so long."""
        microseconds = min(max(1, round(seconds * 1_000_000)), _LONGEST_US)
        self.seconds[kind] += seconds  # type: ignore[assignment] # a Counter adds up floats as well
        histogram = self.histograms.get(kind)
        if histogram is None:
            histogram = self.histograms[kind] = HdrHistogram(1, _LONGEST_US, _DIGITS)
        histogram.record_value(microseconds)
        self._latest.setdefault(kind, []).append(microseconds / 1000)

    def violated(self, rule: str) -> None:
        """An invariant does not hold."""
        self.violations[rule] += 1

    def close_interval(self, at: float) -> None:
        """So many seconds have passed: begin another interval."""
        before, self._before = self._before, self.counts.copy()
        latest, self._latest = self._latest, {}
        arrived, completed, failed, events = (
            self.counts[what] - before[what] for what in ("arrived", "completed", "failed", "events")
        )
        latencies = {}
        for kind, values in latest.items():
            values.sort()
            middle, high = (values[math.ceil(share * len(values)) - 1] for share in (0.5, 0.95))
            latencies[kind] = middle, high
        self.intervals.append(Interval(at, arrived, completed, failed, self.active, events, latencies))

    def violations_at(self, levels: Iterable[str]) -> int:
        """How often rules of these levels were violated."""
        rules = rulebook()
        wanted = frozenset(levels)
        return sum(count for rule, count in self.violations.items() if rules[rule].level in wanted)

    def see(self, event: Event) -> None:
        """Count one event."""
        self.counts["events"] += 1


def summary(histogram: HdrHistogram) -> Summary:
    """What a histogram comes to."""
    return Summary(
        count=histogram.get_total_count(),
        mean=_mean(histogram),
        max=histogram.get_max_value() / 1000,
        percentiles={
            f"p{percent:g}": value
            for percent, value in zip(PERCENTILES, percentiles(histogram, PERCENTILES), strict=True)
        },
        histogram=histogram.encode().decode(),
    )


def percentiles(histogram: HdrHistogram, wanted: Sequence[float]) -> list[float]:
    """These percentiles (above 0, up to 100), in milliseconds.

    As the library's own ``get_value_at_percentile``, which adds up thousands of counts anew for each.
    """
    sums = list(itertools.accumulate(histogram.counts))
    places = (bisect.bisect_left(sums, histogram.get_target_count_at_percentile(one)) for one in wanted)
    last = len(sums) - 1
    return [
        histogram.get_highest_equivalent_value(histogram.get_value_from_index(place)) / 1000
        if place <= last
        else 0.0
        for place in places
    ]


def _mean(histogram: HdrHistogram) -> float:
    """In milliseconds; as the library's own, which goes through every value that there could be."""
    total = 0.0
    for place, count in enumerate(histogram.counts):
        if count:
            lowest = histogram.get_value_from_index(place)
            total += count * (lowest + histogram.get_highest_equivalent_value(lowest) + 1) / 2
    return total / histogram.get_total_count() / 1000 if total else 0.0


def added(histograms: Iterable[HdrHistogram]) -> HdrHistogram:
    """All of them as one, without loss."""
    total = HdrHistogram(1, _LONGEST_US, _DIGITS)
    for histogram in histograms:
        total.add(histogram)
    return total


def decoded(text: str) -> HdrHistogram:
    """A histogram from a report."""
    return HdrHistogram.decode(text)

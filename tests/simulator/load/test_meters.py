"""Meters: what histograms come to."""

import pytest
from cobrowse_simulator.load.meters import PERCENTILES, added, decoded, percentiles, summary
from hdrh.histogram import HdrHistogram
from hypothesis import given, settings
from hypothesis import strategies as st


def histogram(*microseconds: int) -> HdrHistogram:
    """One that has taken these."""
    one = HdrHistogram(1, 3_600_000_000, 3)
    for value in microseconds:
        one.record_value(value)
    return one


@settings(max_examples=25)
@given(st.lists(st.integers(1, 3_600_000_000), max_size=60))
def test_percentiles_and_the_mean_are_the_librarys_own(values: list[int]) -> None:
    """In milliseconds, and of one that is empty as well."""
    one = histogram(*values)

    assert [one.get_value_at_percentile(wanted) / 1000 for wanted in (0.1, *PERCENTILES, 100)] == percentiles(
        one, (0.1, *PERCENTILES, 100)
    )


def test_histograms_are_added_without_loss_and_survive_a_report() -> None:
    """What two runs measured is what one would have."""
    whole = summary(histogram(1000, 2000, 3000, 4000))
    parts = [decoded(summary(one).histogram) for one in (histogram(1000, 4000), histogram(3000, 2000))]

    assert whole == summary(added(parts))
    assert 4 == whole.count
    assert pytest.approx(2.5, rel=0.01) == whole.mean

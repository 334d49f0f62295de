"""No false alarms: another server, which takes every freedom of the protocol, is called conformant."""

import pytest

from .no_false_alarms import bound, judged, sampled

#: Stories of the rulebook and generated ones, for each seed; `make alarms` plays more, two hundred times.
STORIES, GENERATED = 40, 10


@pytest.mark.parametrize("seed", [1, 2, 4])
def test_another_conformant_server_raises_no_alarm(seed: int) -> None:
    """Other IDs, places, key orders, delays, fragments and words are nobody's fault."""
    outcome = judged(seed, STORIES, GENERATED)

    assert () == outcome.alarms
    assert GENERATED == outcome.generated
    assert STORIES - 10 <= outcome.stories <= STORIES  # without those that need what it does not have


def test_each_seed_draws_other_stories() -> None:
    """Two hundred runs play far more than one run's stories."""
    first, second = ({e.id for rule in sampled(seed, STORIES) for e in rule.examples} for seed in (1, 2))

    assert STORIES == len(first) == len(second)
    assert first != second


def test_the_bound_follows_from_the_number_of_runs() -> None:
    """No alarm in two hundred runs: at most one and a half in a hundred, with 95 % confidence."""
    assert 0.015 == bound(200)

"""Mishaps: drawn before anything begins, by the seed alone."""

import itertools

from cobrowse_simulator.load.mishaps import HORIZON_S, Crash, Mishap, What, crashes_of, mishaps_of
from cobrowse_simulator.load.profile import Faults
from cobrowse_spec.terms import Party

MANY = Faults(losses=6, partitions=6, slow_consumers=6, crashes=6, lasts_s=(1, 2), down_s=(1, 2))


def test_nothing_goes_wrong_where_nothing_is_asked_for() -> None:
    """The default."""
    assert () == mishaps_of(Faults(), 1, 1)
    assert () == crashes_of(Faults(), 1, 1000)
    assert not Faults().any


def test_the_seed_and_the_session_decide_what_happens() -> None:
    """The same for the same, whatever was drawn before."""
    assert mishaps_of(MANY, 1, 2) == mishaps_of(MANY, 1, 2)
    assert mishaps_of(MANY, 1, 2) != mishaps_of(MANY, 1, 3)
    assert mishaps_of(MANY, 1, 2) != mishaps_of(MANY, 2, 2)
    assert crashes_of(MANY, 1, 600) == crashes_of(MANY, 1, 600)


def test_mishaps_of_every_kind_come_to_both_parties_in_their_order() -> None:
    """About so many a minute, each as long as it may be."""
    drawn = mishaps_of(MANY, 1, 1)

    assert sorted(drawn, key=lambda one: one.at_s) == list(drawn)
    assert {(what, party) for what in What for party in (Party.CUSTOMER, Party.AGENT)} == {
        (one.what, one.party) for one in drawn
    }
    assert 18 * 5 * 0.6 < len(drawn) < 18 * 5 * 1.4
    assert all(1 <= one.lasts_s <= 2 and 0 < one.at_s < HORIZON_S for one in drawn)


def test_a_server_that_is_down_does_not_crash() -> None:
    """Each crash begins after the one before is over."""
    crashes = crashes_of(MANY, 1, 6000)

    assert len(crashes) > 100
    assert all(one.at_s + one.lasts_s < other.at_s for one, other in itertools.pairwise(crashes))


def test_each_says_what_it_is_in_a_sentence() -> None:
    """For the schedule that is printed with a short story."""
    assert (
        "at 1.500 s the link of the agent breaks; it is back 2.000 s later"
        == Mishap(What.LOSS, Party.AGENT, 1.5, 2).words
    )
    assert (
        "at 1.500 s the customer is cut off for 2.000 s"
        == Mishap(What.PARTITION, Party.CUSTOMER, 1.5, 2).words
    )
    assert "the server crashes" in Crash(1, 2).words

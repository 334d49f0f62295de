"""The throttle of guesses and the session IDs, as properties (JOIN-7, JOIN-8, START-2, START-7)."""

import itertools
import re

import pytest
from cobrowse_server.session_ids import SessionIds, tidy
from cobrowse_server.throttle import Guess, Throttle
from cobrowse_spec.terms import SESSION_ID_REST_S
from cobrowse_spec.wire.rest import ThrottleLimits
from hypothesis import given
from hypothesis import strategies as st

LIMITS = st.builds(
    ThrottleLimits, st.integers(1, 4), st.integers(1, 6), st.integers(1, 8), st.sampled_from([1.0, 60.0])
)
#: Attempts: seconds since the one before, agent, address.
ATTEMPTS = st.lists(st.tuples(st.floats(0, 30), st.sampled_from("abc"), st.sampled_from("xy")), max_size=60)


def let_through(limits: ThrottleLimits, attempts: list[tuple[float, str, str]]) -> list[Guess]:
    """The wrong guesses that the throttle lets through when each of these is tried."""
    throttle, now, through = Throttle(limits), 0.0, []
    for after_s, agent, address in attempts:
        now += after_s
        if throttle.wait_s(agent, address, now) == 0:
            guess = Guess(now, agent, address)
            throttle = throttle.after(guess)
            through.append(guess)
            assert len(throttle.guesses) <= limits.overall
    return through


@given(LIMITS, ATTEMPTS)
def test_no_window_ever_has_more_guesses_than_its_limits(
    limits: ThrottleLimits, attempts: list[tuple[float, str, str]]
) -> None:
    """Per agent, per address and overall, for every window."""
    through = let_through(limits, attempts)
    for first in through:
        window = [one for one in through if first.at <= one.at < first.at + limits.window_s]
        assert len(window) <= limits.overall
        assert sum(one.agent == first.agent for one in window) <= limits.per_agent
        assert sum(one.address == first.address for one in window) <= limits.per_address


@given(LIMITS, ATTEMPTS, st.sampled_from("abc"), st.sampled_from("xy"))
def test_whoever_waits_as_told_is_let_through(
    limits: ThrottleLimits, attempts: list[tuple[float, str, str]], agent: str, address: str
) -> None:
    """And is never told to wait for longer than the window."""
    throttle, now = Throttle(limits), 0.0
    for after_s, guesser, place in attempts:
        now += after_s
        if throttle.wait_s(guesser, place, now) == 0:
            throttle = throttle.after(Guess(now, guesser, place))
    wait_s = throttle.wait_s(agent, address, now)

    assert 0 <= wait_s <= limits.window_s
    assert throttle.wait_s(agent, address, now + wait_s) == 0


@given(LIMITS, ATTEMPTS)
def test_trying_while_refused_makes_nobody_wait_longer(
    limits: ThrottleLimits, attempts: list[tuple[float, str, str]]
) -> None:
    """What was not looked up does not count."""
    throttle = Throttle(limits)
    for _ in range(limits.overall):
        throttle = throttle.after(Guess(0.0, "a", "x"))
    before = throttle.wait_s("b", "y", 0.5)
    throttle.wait_s("a", "x", 0.5)

    assert throttle.wait_s("b", "y", 0.5) == before


def test_a_guess_is_forgotten_after_the_window() -> None:
    """At its very end, not before."""
    throttle = Throttle(ThrottleLimits(1, 1, 1, 60)).after(Guess(100.0, "a", "x"))

    assert throttle.wait_s("a", "x", 159.0) == pytest.approx(1, abs=1e-5)
    assert throttle.wait_s("a", "x", 160.0) == 0


def test_session_ids_are_nine_digits_with_their_zeros() -> None:
    """Small numbers too (START-2)."""
    ids = SessionIds(below=lambda n: 7)

    assert ids.issue(0.0) == "000000007"
    assert re.fullmatch("[0-9]{9}", SessionIds().issue(0.0))


@given(st.lists(st.booleans(), max_size=60))
def test_live_and_resting_ids_are_never_issued(ends: list[bool]) -> None:
    """With randomness so poor that it would repeat at once (START-7)."""
    numbers = itertools.cycle(range(100))
    ids = SessionIds(below=lambda n: next(numbers) // 2)
    live: list[str] = []
    all_issued: list[str] = []
    for now, end in enumerate(ends[:40]):
        if end and live:
            ids.rest(live.pop(0), float(now))
        else:
            live.append(ids.issue(float(now)))
            all_issued.append(live[-1])

    assert len(all_issued) == len(set(all_issued))


def test_an_id_may_come_again_after_a_day() -> None:
    """And not a moment earlier (START-7)."""
    numbers = iter([1, 1, 2, 1])
    ids = SessionIds(below=lambda n: next(numbers))
    first = ids.issue(0.0)
    ids.rest(first, 10.0)

    assert ids.issue(10.0 + SESSION_ID_REST_S - 1) == "000000002"
    assert ids.issue(10.0 + SESSION_ID_REST_S) == first


@given(
    st.text("0123456789", min_size=9, max_size=9), st.lists(st.sampled_from(" -\t\u00a0\u2011–"), max_size=8)
)
def test_an_entered_id_is_tidied(digits: str, spaces: list[str]) -> None:
    """Wherever the spaces and hyphens stand (JOIN-7)."""
    entered = "".join(itertools.chain(*itertools.zip_longest(digits, spaces, fillvalue="")))

    assert tidy(entered) == digits

"""The transitions are the machine's own: none is missing, and every one can be taken."""

from typing import Final

from cobrowse_spec.alphabet import BEGINNINGS, LETTERS
from cobrowse_spec.session import TABLE, State, column, step
from cobrowse_spec.terms import Timer
from cobrowse_spec.transitions import transitions
from hypothesis import given, settings
from hypothesis import strategies as st

#: Long after every deadline of the one before.
DAY_S: Final = 86_400.0

WAYS: Final = {(way.source, way.target, way.column) for way in transitions()}


@settings(derandomize=True, deadline=None)
@given(st.lists(st.sampled_from(LETTERS), max_size=40), st.booleans())
def test_no_walk_changes_the_state_in_another_way(letters: list, late: bool) -> None:  # type: ignore[type-arg] # letters of the alphabet
    """Whatever anybody does, in time or long after: the diagram has an arrow for it."""
    session = BEGINNINGS["standard"]
    for number, letter in enumerate(letters):
        deed = letter.deed(session)
        after = step(session, deed, number * DAY_S if late else 0.0).session
        if after.state is not session.state:
            assert (session.state, after.state, column(deed.action)) in WAYS
        session = after


def test_every_state_is_reached_and_only_the_end_is_final() -> None:
    """A state that no arrow leads to, or none from, would be a hole in the diagram."""
    assert set(State) - {State.UNSTARTED} == {way.target for way in transitions()}
    assert set(State) - {State.ENDED} == {way.source for way in transitions()}


def test_every_effect_that_ends_a_session_is_found() -> None:
    """All that the table does not refuse outright to those who end sessions, in every active state."""
    enders = {"Exit", "EndInteraction", "StopSession", "Forbid", "ShutDown"}
    for state in set(State) - {State.UNSTARTED, State.ENDED}:
        found = {way.column for way in transitions() if (way.source, way.target) == (state, State.ENDED)}
        wanted = {at for at in TABLE[state] if not isinstance(at, Timer) and at.__name__ in enders}
        assert wanted <= found


def test_a_cause_says_who_and_in_which_case() -> None:
    """The same action can lead to two states; then the words tell them apart."""
    causes = {
        way.cause: way.target for way in transitions() if way.source is State.PENDING and "joins" in way.cause
    }

    assert causes == {
        "the agent joins with the session ID": State.POINTER,
        "the agent joins with the session ID, while the customer's link is lost": State.SUSPENDED,
    }

"""The transitions are the machine's own: none is missing, and every one can be taken."""

import itertools
from typing import Final

from cobrowse_spec.alphabet import BEGINNINGS, LETTERS
from cobrowse_spec.session import TABLE, Session, State, column, step
from cobrowse_spec.terms import Timer
from cobrowse_spec.transitions import transitions

#: Long after every deadline of the one before.
DAY_S: Final = 86_400.0

WAYS: Final = {(way.source, way.target, way.column) for way in transitions()}


def _what_matters(session: Session) -> tuple[object, ...]:
    """What sends a session one way or another, as its own fields tell it."""
    told = (session.policy, session.state, session.off_site, session.customer_lost, session.agent_lost)
    return (*told, session.interaction, session.request != "")


def test_nobody_can_change_the_state_in_another_way() -> None:
    """Whatever anybody does in whatever session, in time or a day late: the diagram has an arrow for it.

    The sessions are those that the alphabet of the exploration makes, which is not where the diagram
    comes from.
    """
    taken = set()
    waiting = list(BEGINNINGS.values())
    known = {_what_matters(session) for session in waiting}
    while waiting:
        session = waiting.pop()
        for letter, now in itertools.product(LETTERS, (0.0, DAY_S)):
            deed = letter.deed(session)
            after = step(session, deed, now).session
            if after.state is not session.state:
                taken.add((session.state, after.state, column(deed.action)))
            if _what_matters(after) not in known:
                known.add(_what_matters(after))
                waiting.append(after)

    assert set() == taken - WAYS
    assert len(taken) > 40


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

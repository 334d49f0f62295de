"""Rare situations: counted where they come about, and nowhere else."""

from cobrowse_simulator.load.situations import SITUATIONS, situations_in
from cobrowse_spec import actions as do
from cobrowse_spec import observations as see
from cobrowse_spec.actions import AnyAction
from cobrowse_spec.observations import AnyObservation
from cobrowse_spec.policy import Timers
from cobrowse_spec.terms import Answer, EndReason, Mode, Party
from cobrowse_spec.trace import Event

CUSTOMER, AGENT, SYSTEM = Party.CUSTOMER, Party.AGENT, Party.SYSTEM
TIMERS = Timers(agent_link_s=10)


def found(*happened: tuple[Party, AnyAction | AnyObservation] | float) -> dict[str, int]:
    """The situations in a trace of these; a number lets so many seconds pass."""
    events: list[Event] = []
    now = 0.0
    for one in happened:
        if isinstance(one, float):
            now += one
            continue
        party, what = one
        did = what if isinstance(what, do.Action) else None
        saw = None if did is not None else what
        events.append(Event(len(events) + 1, now, party, party, did, saw))  # type: ignore[arg-type] # one of the two
    return dict(situations_in(events, TIMERS))


def test_an_approval_crosses_the_agents_exit_only_while_that_is_on_its_way() -> None:
    """Once the customer knows of the end it is no crossing."""
    ended = see.Ended(EndReason.AGENT_EXIT)

    assert {"an approval crosses the agent's exit": 1} == found(
        (AGENT, do.Exit()), (CUSTOMER, do.Approve("r1")), (CUSTOMER, ended)
    )
    assert {} == found((AGENT, do.Exit()), (CUSTOMER, ended), (CUSTOMER, do.Approve("r1")))
    assert {} == found((CUSTOMER, do.Approve("r1")), (AGENT, do.Exit()))


def test_an_answer_crosses_the_expiry_of_its_own_request() -> None:
    """Not that of an earlier one."""
    expired = see.Answered("r1", Answer.EXPIRED)

    assert {"an answer crosses the expiry of its request": 1} == found(
        (AGENT, expired), (CUSTOMER, do.Approve("r1"))
    )
    assert {} == found((AGENT, expired), (CUSTOMER, do.Approve("r2")))


def test_a_party_resumes_at_the_limit_of_its_time() -> None:
    """Within a second of it, to either side."""
    name = "a party resumes at the limit of its time"
    lost = (SYSTEM, do.LoseLink(AGENT))

    assert {name: 1} == found(lost, 9.5, (AGENT, do.Resume()))
    assert {name: 1} == found(lost, 10.5, (AGENT, do.Resume()))
    assert {} == found(lost, 8.5, (AGENT, do.Resume()))


def test_a_link_breaks_in_write_mode_and_while_a_request_is_pending() -> None:
    """Not any more when it is over."""
    joined = (AGENT, see.Joined("Ada", Mode.POINTER))
    writing, pointing = see.InMode(Mode.WRITE), see.InMode(Mode.POINTER)

    assert {"a link breaks in Write Mode": 1} == found(joined, (AGENT, writing), (SYSTEM, do.LoseLink(AGENT)))
    assert {} == found(joined, (AGENT, writing), (AGENT, pointing), (SYSTEM, do.LoseLink(AGENT)))
    assert {"a link breaks while a request is pending": 1} == found(
        joined, (CUSTOMER, see.Asked("r1")), (SYSTEM, do.LoseLink(AGENT))
    )


def test_what_is_found_is_among_what_is_looked_for() -> None:
    """So that what never came about can be listed."""
    assert "an approval crosses the agent's exit" in SITUATIONS
    assert len(SITUATIONS) == len(set(SITUATIONS))

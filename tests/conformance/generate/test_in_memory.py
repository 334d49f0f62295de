"""The same stories on the machine and at the reference server's own desk, in memory and in virtual time."""

import pytest
from cobrowse_conformance.generate.author import write_stories
from cobrowse_conformance.generate.playing import failure
from cobrowse_conformance.generate.story import Move, Story
from cobrowse_conformance.generate.telling import tell
from cobrowse_conformance.venues import Declared
from cobrowse_conformance.verdicts import Verdict
from cobrowse_spec.rulebook import Example
from trio.testing import MockClock

from .conftest import played_in_memory


def examples(declared: Declared, stories: list[Story]) -> list[Example]:
    """The stories with their expectations."""
    return [
        tell(story, declared).example(f"story {number}", f"generated.{number}")
        for number, story in enumerate(stories, 1)
    ]


@pytest.mark.parametrize("seed", [11, 12])
async def test_what_the_machine_foresees_is_what_scripted_parties_see(
    declared: Declared, autojump_clock: MockClock, seed: int
) -> None:
    """Outcomes, refusals with rule and reason, modes and notices are the same, and no invariant is violated."""
    stories, _ = write_stories(declared, 60, seed)

    results = await played_in_memory(examples(declared, stories))

    assert [] == [f"{one.gherkin}{failure(one)}" for one in results if failure(one) is not None]
    assert {Verdict.PASS} == {one.verdict for one in results}


async def test_every_timer_runs_out_when_the_machine_says(
    declared: Declared, autojump_clock: MockClock
) -> None:
    """In virtual time nothing is early and nothing late: half of the time is not enough, all of it is."""
    start = (Move("the customer starts a session"), Move("the agent joins with the session ID"))
    stories = [
        Story(
            "short pending", moves=(start[0], Move("half of the pending time passes"), Move(timer="pending"))
        ),
        Story(
            "short waits",
            moves=(
                *start,
                Move("the customer leaves the site"),
                Move("half of the off-site time passes"),
                Move(timer="off-site"),
            ),
        ),
        Story(
            "short waits",
            moves=(
                *start,
                Move("the link of the agent breaks"),
                Move("half of the agent link time passes"),
                Move(timer="agent link"),
            ),
        ),
        Story("short inactivity", moves=(*start, Move(timer="warning"), Move(timer="inactivity"))),
    ]

    results = await played_in_memory(examples(declared, stories))

    assert [Verdict.PASS] * len(stories) == [one.verdict for one in results], [one.because for one in results]

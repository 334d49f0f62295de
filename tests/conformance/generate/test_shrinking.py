"""Shrinking: the shortest story that still fails, with few attempts, none of them senseless."""

from collections.abc import Callable

import pytest
from cobrowse_conformance.generate.shrinking import MAX_ATTEMPTS, Shrinker, fewer_lines
from cobrowse_conformance.generate.story import Move, Story
from cobrowse_conformance.generate.telling import NotPlayable, tell
from cobrowse_conformance.venues import Declared
from cobrowse_spec.rulebook import Example, Line
from cobrowse_spec.sentences import read_sentence
from cobrowse_spec.terms import InteractionKind

from .conftest import DECLARED

LONG = Story(
    "short waits",
    InteractionKind.CALL,
    tuple(
        Move(words)
        for words in (
            "the customer starts a session",
            "the agent joins with the session ID",
            "the agent clicks at 3, 4",
            "the agent requests Write Mode",
            "the customer moves the pointer to 1, 2",
            "the customer denies the request",
            "the agent moves the pointer to 5, 6",
            "the customer leaves the site",
            "the customer comes back to the site",
            "the contact centre stops the session",
        )
    ),
)


def failing(wrong: Callable[[Story], bool]) -> tuple[Shrinker, list[Story]]:
    """A shrinker for a target that goes wrong in some stories, and the stories that it was played."""
    played: list[Story] = []

    async def fails(story: Story) -> bool | None:
        try:
            tell(story, DECLARED)
        except NotPlayable:
            return None
        played.append(story)
        return wrong(story)

    return Shrinker(fails), played


def words(story: Story) -> list[str]:
    """The moves of a story, in words."""
    return [move.words for move in story.moves]


async def test_what_does_not_matter_is_taken_out() -> None:
    """Only the moves that the failure takes, and what they need before them, are left."""
    shrinker, _ = failing(lambda story: "the customer denies the request" in words(story))
    small = await shrinker.shrink(LONG)

    assert ["the customer denies the request"] == words(small)
    assert "standard" == small.policy


async def test_no_story_is_played_that_makes_no_sense() -> None:
    """The machine says beforehand what would make none; a target never sees it."""
    shrinker, played = failing(lambda story: "the customer comes back to the site" in words(story))

    await shrinker.shrink(LONG)

    assert shrinker.attempts == len(played)
    for story in played:
        tell(story, DECLARED)


async def test_no_story_is_played_twice() -> None:
    """One session for each attempt, and no attempt for what is known."""
    shrinker, played = failing(lambda story: len(story.moves) >= 3)

    await shrinker.shrink(LONG)

    assert len(set(played)) == len(played)


async def test_shrinking_comes_to_an_end() -> None:
    """A target that fails now and then is not played to for ever."""
    answers = iter([True, False, False, True] * 1000)
    shrinker, _ = failing(lambda story: next(answers))

    await shrinker.shrink(LONG)

    assert shrinker.attempts <= MAX_ATTEMPTS


async def test_what_cannot_be_made_smaller_stays_as_it_is() -> None:
    """A story in which everything matters is its own shortest form."""
    shrinker, _ = failing(lambda story: story == LONG)

    assert LONG == await shrinker.shrink(LONG)


def example(*lines: str) -> Example:
    """An example of these lines."""
    read = [line.split(" ", 1) for line in lines]
    return Example("x.1", "x", "n", frozenset(), tuple(Line(k, t, read_sentence(t)) for k, t in read))


def shown(one: Example) -> list[str]:
    """The lines of an example."""
    return [f"{line.keyword} {line.text}" for line in one.lines]


STORY = (
    "Given a session in Pointer Mode",
    "When the agent requests Write Mode",
    "Then the agent sees the request for Write Mode",
    "And the agent sees nothing else",
    "When the customer denies the request",
    "Then the customer sees that the request is denied",
    "And the customer sees nothing else",
    "And the agent sees that the request is denied",
    "And the agent sees nothing else",
)


@pytest.mark.parametrize(
    "deciding, left",
    [
        (
            "And the agent sees that the request is denied",
            ["Then the agent sees that the request is denied"],
        ),
        (
            "And the customer sees nothing else",
            ["Then the customer sees that the request is denied", "And the customer sees nothing else"],
        ),
    ],
)
def test_of_the_expectations_only_the_one_that_failed_is_left(deciding: str, left: list[str]) -> None:
    """And what it needs: nothing else is seen than what stands before."""
    first = next(iter(fewer_lines(example(*STORY), deciding)))

    assert [*STORY[:2], STORY[4], *left] == shown(first)


def test_where_an_invariant_failed_the_last_expectations_are_left() -> None:
    """A story without any would show nothing."""
    (only,) = fewer_lines(example(*STORY), "")

    assert [*STORY[:2], *STORY[4:]] == shown(only)


def test_a_timer_that_is_waited_for_stays_in(declared: Declared) -> None:
    """Without it the story would not let its time pass."""
    words = ("the customer starts a session", "the agent joins with the session ID")
    moves = (*(Move(one) for one in words), Move("the agent requests Write Mode"), Move(timer="request"))
    more = (*moves, Move("the customer approves the request"))
    told = tell(Story("short waits", moves=more), declared).example("n", "x.1")
    deciding = 'Then the customer is refused by WRITE-1 with "no_such_request"'

    first = next(iter(fewer_lines(told, deciding)))

    assert any("when the request time is over" in line for line in shown(first))
    assert deciding == shown(first)[-1]

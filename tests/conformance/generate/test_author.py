"""The author: stories that make sense, stories with one deviation, and what they reach."""

from collections.abc import Sequence
from typing import TypeVar

import pytest
from cobrowse_conformance.generate.author import Author, Dice, beginnings, write_stories
from cobrowse_conformance.generate.goals import Aspect, Moment
from cobrowse_conformance.generate.story import Move, Story
from cobrowse_conformance.generate.strategies import deviating_stories, plausible_stories, stories
from cobrowse_conformance.generate.telling import NotPlayable, as_feature, begins, tell, world_of
from cobrowse_conformance.venues import Declared
from cobrowse_spec.rulebook import read_feature, rulebook
from cobrowse_spec.session import State
from cobrowse_spec.terms import Party, Timer
from hypothesis import HealthCheck, given, settings
from typing_extensions import override

from .conftest import DECLARED

_T = TypeVar("_T")


class Even(Dice):
    """Choices in which everything weighs the same."""

    @override
    def choose(self, options: Sequence[_T], weights: Sequence[float]) -> _T:
        return super().choose(options, [1.0] * len(options))


#: The same examples in every run, however busy the machine.
fair = settings(
    derandomize=True, deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)


def refused(story: Story) -> list[str]:
    """The rules that refuse something in a story, apart from what it begins with."""
    return [turn.met.rule for turn in tell(story, DECLARED).turns if turn.met is not None and turn.met.rule]


def test_the_same_seed_gives_the_same_stories(declared: Declared) -> None:
    """A run can be repeated from its seed alone."""
    first, _ = write_stories(declared, 40, seed=7)
    second, _ = write_stories(declared, 40, seed=7)
    other, _ = write_stories(declared, 40, seed=8)

    assert first == second
    assert first != other


def test_more_stories_of_a_seed_begin_with_the_same(declared: Declared) -> None:
    """A story's number means something, whatever the number of stories."""
    few, _ = write_stories(declared, 10, seed=3)
    many, _ = write_stories(declared, 30, seed=3)

    assert many[:10] == few


@fair
@given(story=plausible_stories(DECLARED))
def test_in_a_plausible_story_nothing_is_refused(story: Story) -> None:
    """Every deed of it is accepted by the machine."""
    assert [] == refused(story)


@fair
@given(story=deviating_stories(DECLARED))
def test_a_deviating_story_deviates_at_most_once(story: Story) -> None:
    """One deed is refused, and what comes before and after it is accepted."""
    assert len(refused(story)) <= 1


@fair
@given(story=stories(DECLARED))
def test_every_story_can_be_told_again(story: Story) -> None:
    """What the author wrote makes sense to whoever plays it from the data alone."""
    told = tell(story, DECLARED)

    assert len(told.turns) == len(story.moves)
    assert told.lines[0].keyword == "Given"


def test_the_machine_breaks_no_rule_in_generated_stories(declared: Declared) -> None:
    """Machine and invariants agree on every path that the author takes."""
    _, author = write_stories(declared, 300, seed=1)

    assert [] == author.broken


def test_what_has_not_been_reached_is_sought(declared: Declared) -> None:
    """Three hundred stories meet most of the machine's refusals, in both modes, after a resume."""
    _, author = write_stories(declared, 300, seed=2)
    reached = author.goals.rules
    rules = {rule for rule, aspect in reached if aspect is Aspect.REFUSED}

    assert {"WRITE-1", "WRITE-7", "POINTER-2", "JOIN-4", "SITE-6", "STOP-5", "SUBMIT-1", "SECURE-2"} <= rules
    assert reached["SITE-1", Aspect.WRITE]
    assert reached["SITE-1", Aspect.RESUMED]
    assert reached["WRITE-1", Aspect.POINTER]


def test_the_machine_is_asked_before_at_and_after_each_deadline(declared: Declared) -> None:
    """Every timer that a session can have is looked at from both sides and on the spot."""
    _, author = write_stories(declared, 300, seed=2)
    asked = {(one.timer, one.moment) for one in author.goals.boundaries}

    assert {(timer, moment) for timer in Timer for moment in Moment} == asked


def test_steering_reaches_more_than_chance(declared: Declared) -> None:
    """Choices that weigh what was reached seldom meet more different fates than choices that do not."""
    steered, even = Author(declared), Author(declared)
    for author, dice in ((steered, Dice(5)), (even, Even(5))):
        for _ in range(150):
            author.write(dice, dice.some)

    assert len(steered.goals.moves) > len(even.goals.moves)


def test_a_move_out_of_place_is_no_story(declared: Declared) -> None:
    """Who has never been in a session has no link that could break."""
    with pytest.raises(NotPlayable, match="move 1 makes no sense there"):
        tell(Story(moves=(Move("the link of the agent breaks"),)), declared)


@pytest.mark.parametrize("moves", beginnings())
def test_every_beginning_of_the_rulebook_is_one_here(moves: tuple[Move, ...], declared: Declared) -> None:
    """What the rulebook abbreviates, stories can begin with, under a policy that allows it."""
    words = [move.words for move in moves]
    policies = [name for name in declared.timers if begins(world_of(Story(name), declared), words)]

    assert policies


def test_a_story_is_told_in_the_rulebooks_own_words(declared: Declared) -> None:
    """Given where it begins, then each move with what everybody sees of it."""
    words = (
        "the customer starts a session",
        "the agent joins with the session ID",
        "the agent requests Write Mode",
        "the agent withdraws the request",
        "the customer approves the request",
    )
    told = tell(Story(moves=tuple(Move(one) for one in words)), declared)

    assert told.example("n", "generated.1").as_gherkin() == (
        "Example: n\n"
        "  Given a session with a pending request\n"
        "  When the agent withdraws the request\n"
        "  Then the customer sees that the request is withdrawn\n"
        "  And the customer sees nothing else\n"
        "  And the agent sees that the request is withdrawn\n"
        "  And the agent sees nothing else\n"
        "  When the customer approves the request\n"
        '  Then the customer is refused by WRITE-1 with "no_such_request"\n'
        "  And the customer sees nothing else\n"
        "  And the agent sees nothing at all\n"
    )


def test_a_timer_is_waited_out_in_the_story(declared: Declared) -> None:
    """What time brings about is expected when the time is over, by everybody who is told."""
    words = ("the customer starts a session", "the agent joins with the session ID")
    moves = (*(Move(one) for one in words), Move("the agent requests Write Mode"), Move(timer="request"))
    told = tell(Story("short waits", moves=moves), declared)
    last = [line.text for line in told.lines[-4:]]

    assert [
        "when the request time is over, the customer sees that the request is expired",
        "the customer sees nothing else",
        "the agent sees that the request is expired",
        "the agent sees nothing else",
    ] == last
    assert State.POINTER is told.turns[-1].after


def test_who_has_no_link_is_not_asked_what_it_sees(declared: Declared) -> None:
    """While the customer's link is lost the story looks at the others only."""
    words = (
        "the customer starts a session",
        "the agent joins with the session ID",
        "the link of the customer breaks",
        "the agent clicks at 3, 4",
    )
    told = tell(Story(moves=tuple(Move(one) for one in words)), declared)

    assert not any("the customer sees" in line.text for line in told.lines)
    assert Party.AGENT is told.turns[-1].met.by  # type: ignore[union-attr] # a deed met something


def test_generated_expectations_are_a_feature_that_can_be_read(declared: Declared) -> None:
    """What is printed of a story is read again as the same story."""
    story, _ = write_stories(declared, 1, seed=4)
    example = tell(story[0], declared).example("Story 1 of seed 4", "generated.1")
    text = as_feature(example, rulebook()["WRITE-1"], "because")
    (rule,) = read_feature(text, "generated.feature")

    assert "WRITE-1" == rule.id
    assert example.lines == rule.examples[0].lines

"""Journeys: features in the rulebook's sentences, and a few more."""

import pytest
from cobrowse_simulator.load.journeys import (
    FillIn,
    JourneyError,
    Reconnect,
    Ripple,
    Think,
    Wander,
    journeys,
    read_journeys,
    sentences,
)
from cobrowse_spec import actions as do
from cobrowse_spec.sentences import vocabulary
from cobrowse_spec.stories import AGENT, CUSTOMER, Perform

HEAD = "Feature: Test\n  Scenario: one\n"


def steps(*lines: str) -> list[object]:
    """The steps of a journey of these lines."""
    journey = read_journeys(HEAD + "".join(f"    {line}\n" for line in lines), "x.feature")
    return list(journey["Test: one"].steps)


def test_the_simulators_own_journeys_are_those_that_a_load_profile_needs() -> None:
    """Form filling granted and denied, a tour, long idle, off-site, mobile, impatient, chat, typing, pointing."""
    names = {name.partition(":")[0] for name in journeys()}

    assert names == {
        "Form filling", "Navigation tour", "Long idle", "Off-site detour", "Flaky mobile link",
        "Impatient agent", "Hesitant customer", "Ended chat", "Many fields", "Pointer only",
    }  # fmt: skip


def test_thinking_wandering_and_coming_back_have_sentences_of_their_own() -> None:
    """Their numbers are seconds."""
    assert steps(
        "* the customer waits 2 to 5 seconds",
        "* the agent waits 0.5 seconds",
        "* the agent moves the pointer about for 3 seconds",
        "* the page of the customer changes for 2 seconds",
        "* the customer is back after 1 to 8 seconds",
    ) == [Think(CUSTOMER, 2, 5), Think(AGENT, 0.5, 0.5), Wander(AGENT, 3), Ripple(CUSTOMER, 2), Reconnect(CUSTOMER, 1, 8)]  # fmt: skip


def test_a_table_says_what_is_filled_in() -> None:
    """Field and text, in their order."""
    filled = steps("* the agent fills in:", "  | name | Ada |", "  | city | Bern |")

    assert filled == [FillIn(AGENT, (("name", "Ada"), ("city", "Bern")))]


def test_the_rulebooks_sentences_mean_what_they_mean_there() -> None:
    """An abbreviation stands for several steps."""
    assert steps("* the agent requests Write Mode") == [Perform(AGENT, do.Request())]
    assert len(steps("* a session in Pointer Mode")) == 3


def test_no_sentence_of_journeys_is_one_of_the_rulebook() -> None:
    """Each has one meaning."""
    assert not set(sentences()) & set(vocabulary())


def test_an_outline_is_a_journey_for_each_of_its_examples() -> None:
    """Told apart by their names."""
    text = (
        "Feature: Test\n  Scenario Outline: waits <n>\n    * the agent waits <n> seconds\n"
        "    Examples:\n      | n |\n      | 1 |\n      | 2 |\n"
    )

    assert list(read_journeys(text, "x.feature")) == ["Test: waits 1", "Test: waits 2"]


@pytest.mark.parametrize(
    "lines, line, says",
    [
        (["* the agent waits for ever"], 3, "unknown sentence"),
        (["* the agent waits 5 to 2 seconds"], 3, "no span of time"),
        (["* the agent fills in"], 3, "needs a table"),
        (["* the agent fills in", "  | a |"], 3, "two columns"),
        (["* the agent requests Write Mode", "  | a | b |"], 3, "has no table"),
        (["* the page of the agent changes for 2 seconds"], 3, "only the customer has a page"),
        (["* the second agent requests Write Mode"], 3, "one customer and one agent"),
        (['* the customer sends "x" as it is'], 3, "for judging servers"),
        (["* the agent waits 1 seconds", "what?"], 4, ""),
    ],
)
def test_what_is_no_journey_is_said_with_file_and_line(lines: list[str], line: int, says: str) -> None:
    """Unknown, impossible, and no Gherkin at all."""
    with pytest.raises(JourneyError) as error:
        steps(*lines)

    assert f"x.feature:{line}" in str(error.value)
    assert says in str(error.value)


@pytest.mark.parametrize("text", ["", "Feature: nothing\n", HEAD + HEAD.partition("\n")[2]])
def test_a_feature_without_journeys_or_with_two_of_one_name_is_an_error(text: str) -> None:
    """Nothing to play, or nothing to tell them apart by."""
    text = text.replace("one\n", "one\n    * the agent waits 1 seconds\n") if text.count("one") == 2 else text

    with pytest.raises(JourneyError, match=r"no feature|no scenario|twice"):
        read_journeys(text, "x.feature")

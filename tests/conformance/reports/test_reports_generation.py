"""What the reports say of generated stories: what came of them, what was reached, and what was not."""

from io import StringIO

import pytest
from cobrowse_conformance.reports.generation import goals, in_words, print_generated, timers, unreached
from cobrowse_conformance.reports.html_report import render
from cobrowse_conformance.results import Generated, GoalsReached, Run, TimerReached
from msgspec.structs import replace
from rich.console import Console

GENERATED = Generated(
    stories=1000,
    seed=7,
    moves=6543,
    passed=997,
    failed=1,
    undecided=2,
    why_undecided={"too slow": 2},
    own_faults=(),
    goals=(GoalsReached("WRITE-1", {"exercised": 120, "refused": 0, "in Write Mode": 3}),),
    timers=(TimerReached("request", {"-1": 5, "0": 5, "+1": 5}, 2, 0),),
    features=("Feature: WRITE, found by generation\n",),
    took_s=41.2,
)


def shown(generated: Generated) -> str:
    """What a terminal shows."""
    file = StringIO()
    print_generated(Console(file=file, width=100), generated)
    return file.getvalue()


def test_what_came_of_them_is_said_in_a_sentence() -> None:
    """How many passed, failed and decided nothing, and why not."""
    assert (
        "1,000 generated stories of seed 7, 6,543 moves, 41.2 s: 997 passed, 1 failed, 2 undecided. "
        "Undecided 2: too slow."
    ) == in_words(GENERATED)


def test_a_fault_of_the_suites_own_is_not_passed_over() -> None:
    """Where the machine broke a rule the run says nothing of the target."""
    assert in_words(replace(GENERATED, own_faults=("WRITE-1: oh",))).endswith(
        "The suite's own fault: WRITE-1: oh."
    )


def test_what_was_not_reached_shows() -> None:
    """As a dot in its row, and the rules that no move reached by name."""
    assert [("WRITE-1", ("120", "·", "3"))] == list(goals(GENERATED))
    assert [("request", ("5", "5", "5", "2", "·"))] == list(timers(GENERATED))
    assert "WRITE-1" not in unreached(GENERATED)
    assert "JOIN-1" in unreached(GENERATED)


def test_the_terminal_shows_goals_timers_and_features() -> None:
    """And says why a target is not shown the very moment of a deadline."""
    text = shown(GENERATED)

    assert "WRITE-1        120        ·      3" in text
    assert "two clocks have no moment in common" in " ".join(text.split())
    assert "Feature: WRITE, found by generation" in text


@pytest.mark.parametrize("generated", [None, GENERATED])
def test_the_page_has_them_where_there_were_any(run: Run, generated: Generated | None) -> None:
    """A run without generated stories says nothing of them."""
    page = render(replace(run, generated=generated))

    assert ("Generated stories" in page) is (generated is not None)

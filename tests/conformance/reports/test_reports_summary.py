from collections.abc import Callable

import pytest
from cobrowse_conformance.reports import summary
from cobrowse_conformance.results import Evidence, RuleResult, Run, Witness
from cobrowse_conformance.verdicts import Exit, Verdict
from cobrowse_spec import actions as do
from cobrowse_spec import observations as see
from cobrowse_spec.terms import Party
from cobrowse_spec.trace import Event
from hypothesis import given
from hypothesis import strategies as some
from msgspec.structs import replace

ChangeRule = Callable[..., Run]


def _rule(run: Run, name: str) -> RuleResult:
    return next(rule for rule in run.rules if rule.rule == name)


def test_a_run_that_is_not_conformant_names_what_fails_and_what_is_open(run: Run) -> None:
    """MUST rules first; a SHOULD rule is named apart, as deciding nothing."""
    assert summary.headline(run) == (
        "Not conformant",
        (
            "1 MUST rule fails: WRITE-12. 1 MUST rule was not decided: JOIN-8. "
            "1 SHOULD rule fails: WRITE-9, which does not decide conformance."
        ),
    )


def test_a_conformant_run_says_so(run: Run) -> None:
    """Every rule of the level has run and passed."""
    passed = tuple(replace(rule, verdict=Verdict.PASS) for rule in run.rules)

    assert summary.headline(replace(run, rules=passed, exit_code=Exit.CONFORMANT)) == (
        "Conformant",
        "Every applicable MUST rule was exercised and held.",
    )


def test_a_run_of_some_rules_is_conformant_only_as_far_as_it_was_run(run: Run) -> None:
    """Whoever ran one rule may not wave a report that says "conformant"."""
    one = replace(run, rules=run.rules[:1], exit_code=Exit.CONFORMANT)

    assert summary.headline(one) == (
        "Conformant, as far as it was run",
        f"Every applicable MUST rule was exercised and held. Only 1 of {len(run.rules)} wire rules were run.",
    )


def test_a_run_of_some_examples_is_conformant_only_as_far_as_it_was_run(run: Run) -> None:
    """As when only examples with a tag were played."""
    allowed = tuple(story for story in run.stories if not story.example.endswith(".2"))
    part = replace(run, stories=allowed, exit_code=Exit.CONFORMANT)

    words, sentence = summary.headline(part)

    assert words == "Conformant, as far as it was run"
    left_out = len(run.stories) - len(allowed)
    assert f"{left_out} examples of them were not played." in sentence


def test_an_incomplete_run_names_what_was_not_decided(run: Run) -> None:
    """And it is no pass."""
    open_rule = replace(run, rules=(_rule(run, "JOIN-8"),), exit_code=Exit.INCOMPLETE)

    assert summary.headline(open_rule) == ("Incomplete", "1 MUST rule was not decided: JOIN-8.")


def test_a_run_of_nothing_is_incomplete(run: Run) -> None:
    """Nothing exercised is never a pass."""
    nothing = replace(run, rules=(), exit_code=Exit.INCOMPLETE)

    assert summary.headline(nothing) == ("Incomplete", "No rule was exercised, and that is no pass.")


def test_a_fault_of_the_suite_voids_the_run(change_rule: ChangeRule) -> None:
    """It blames the suite and never the target."""
    void = replace(change_rule("START-1", verdict=Verdict.HARNESS_ERROR), exit_code=Exit.HARNESS_ERROR)

    assert summary.headline(void) == (
        "Void",
        "The suite itself failed (START-1): the run says nothing about the target.",
    )


def test_long_lists_of_rules_are_cut_and_counted(run: Run) -> None:
    """Six are named, the others counted."""
    failed = tuple(replace(rule, verdict=Verdict.FAIL, level="MUST") for rule in run.rules)

    sentence = summary.headline(replace(run, rules=failed)).sentence

    named = "START-1, START-2, START-3, START-4, START-5, START-6"
    assert sentence == f"{len(failed)} MUST rules fail: {named} and {len(failed) - 6} more."


def test_the_command_for_one_rule_keeps_the_target_and_replaces_the_selection(run: Run) -> None:
    """Reports are not written over, and an earlier selection is gone."""
    ran = replace(
        run,
        command="cobrowse conform http://127.0.0.1:1 --rule START-1 --tags=@must --seed 3 --html 'a b.html' -v",
    )

    assert (
        summary.reproduce(ran, _rule(run, "WRITE-9"))
        == "cobrowse conform http://127.0.0.1:1 -v --rule WRITE-9 --seed 7"
    )


def test_the_command_plays_the_story_that_shows_the_failure_as_well(change_rule: ChangeRule) -> None:
    """An invariant may find its rule broken in a story of another rule."""
    run = change_rule("STOP-6", evidence=(Evidence("POINTER-2.3", "server", "ended twice", (4,)),))

    assert summary.reproduce(run, _rule(run, "STOP-6")).endswith("--rule STOP-6 --rule POINTER-2 --seed 7")


def test_rules_that_need_words_come_with_must_first(run: Run) -> None:
    """Passes and what is not applicable need none."""
    assert [rule.rule for rule in summary.needing_words(run)] == ["JOIN-8", "WRITE-12", "WRITE-9"]


def test_a_witness_has_all_its_events_of_one_story(change_rule: ChangeRule) -> None:
    """Witnesses of other stories are left for other timelines."""
    run = change_rule(
        "START-1",
        witnesses=(
            Witness("START-1.1", "server", 3),
            Witness("JOIN-1.1", "server", 4),
            Witness("START-1.1", "server", 9),
        ),
    )

    assert summary.witness(_rule(run, "START-1")) == Evidence("START-1.1", "server", "", (3, 9))


def test_the_line_that_decided_a_story_is_marked(run: Run) -> None:
    """And no other."""
    story = summary.stories(run)["WRITE-12.1", "server", "wire"]

    marked = [line.text for line in summary.gherkin_lines(story) if line.deciding]

    assert [line.strip() for line in marked] == [story.line]


def test_a_story_that_passed_has_no_deciding_line(run: Run) -> None:
    """An empty line of a story is not what decided it."""
    story = replace(summary.stories(run)["START-1.1", "server", "wire"], gherkin="Example: x\n\n  When y\n")

    assert [line.deciding for line in summary.gherkin_lines(story)] == [False, False, False]


def test_profiles_after_the_first_are_told_by_their_differences(run: Run) -> None:
    """So that short timers stand out."""
    first, second = summary.profiles(run)

    assert first[0] == "standard"
    assert second == ("short waits", {"request_s": 1.0, "cool_down_s": 0.8})


@pytest.mark.parametrize(
    "event",
    [
        Event(1, 0, Party.AGENT, "agent", did=do.SignIn("hush")),
        Event(1, 0, Party.AGENT, "agent", did=do.Resume("hush")),
        Event(1, 0, Party.CUSTOMER, "customer", did=do.Start("hush")),
        Event(1, 0, Party.CONTROLLER, "contact centre", saw=see.InteractionOpened("i1", "hush")),
        Event(1, 0, Party.CUSTOMER, "customer", saw=see.TokenIssued("hush")),
    ],
)
def test_no_secret_of_an_event_is_shown(event: Event) -> None:
    """Whoever recorded it: a trace may come from anywhere (SECURE-6)."""
    assert "hush" in repr(event)
    assert "hush" not in repr(summary.without_secrets(event))


@given(some.text())
def test_printable_text_cannot_steer_a_terminal(text: str) -> None:
    """No control, no escape, no change of direction; as long as before."""
    shown = summary.printable(text)

    assert len(shown) == len(text)
    assert all(char.isprintable() or char == "\n" for char in shown)


def test_when_a_run_began_is_told_in_utc() -> None:
    """And what is no time stands as it is."""
    assert summary.when("2026-11-23T05:00:26+02:00") == "2026-11-23 03:00:26 UTC"
    assert summary.when("noon") == "noon"

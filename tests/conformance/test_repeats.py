"""Repeats: a story that is played several times must come to the same each time."""

from cobrowse_conformance.repeats import Repeats
from cobrowse_conformance.results import StoryResult
from cobrowse_conformance.ruling import ruled
from cobrowse_conformance.verdicts import Exit, Verdict
from cobrowse_spec.rulebook import rulebook
from hypothesis import given
from hypothesis import strategies as st

from tests.conformance.some_results import a_run, broken, held, story

RULE = "START-1"
PASSED = story("START-1.1", judgements=held(RULE))
FAILED = story("START-1.1", Verdict.FAIL)


def collected(*results: StoryResult) -> list[StoryResult]:
    """What becomes of results that came one after the other."""
    repeats = Repeats()
    for result in results:
        repeats.add(result)
    return repeats.results()


def test_a_story_that_is_played_once_stays_as_it_is() -> None:
    """Nothing is known of its steadiness, and nothing is said."""
    assert [FAILED] == collected(FAILED)


def test_a_story_with_the_same_verdict_each_time_keeps_it() -> None:
    """And says how often it was played."""
    (result,) = collected(*[FAILED] * 10)

    assert Verdict.FAIL is result.verdict
    assert {"fail": 10} == result.outcomes


def test_a_story_with_differing_verdicts_is_flaky_and_shows_the_worst() -> None:
    """With how often it came to each."""
    (result,) = collected(PASSED, FAILED, PASSED)

    assert Verdict.FLAKY is result.verdict
    assert "of 3 times pass in 2, fail in 1; fail because it said fail" == result.because
    assert {"pass": 2, "fail": 1} == result.outcomes
    assert FAILED.line == result.line


def test_a_fault_of_the_suites_own_is_never_called_the_targets_flakiness() -> None:
    """It voids the run, as it does when a story is played once."""
    (result,) = collected(PASSED, story("START-1.1", Verdict.HARNESS_ERROR))

    assert Verdict.HARNESS_ERROR is result.verdict


def test_a_rule_that_is_broken_only_now_and_then_is_flaky_by_name() -> None:
    """Though each time the story itself passed."""
    results = collected(PASSED, story("START-1.1", judgements=broken(RULE)), PASSED)

    run = ruled(a_run(*results), [rulebook()[RULE]])

    assert Verdict.FLAKY is run.rules[0].verdict
    assert "its invariant was broken in 1 of 3 times" == run.rules[0].because
    assert Exit.FLAKY == run.exit_code


def test_a_rule_that_is_broken_each_time_has_failed() -> None:
    """That is steady enough."""
    results = collected(*[story("START-1.1", judgements=broken(RULE))] * 3)

    assert Exit.NOT_CONFORMANT == ruled(a_run(*results), [rulebook()[RULE]]).exit_code


def test_a_steady_failure_beside_a_flaky_story_decides() -> None:
    """What fails each time is not excused by what does not."""
    results = collected(PASSED, FAILED, story("START-1.2", Verdict.FAIL), story("START-1.2", Verdict.FAIL))

    assert Verdict.FAIL is ruled(a_run(*results), [rulebook()[RULE]]).rules[0].verdict


def test_ends_and_levels_of_a_story_are_apart() -> None:
    """They are other stories."""
    results = collected(PASSED, story("START-1.1", end="customer"), story("START-1.1", level="browser"))

    assert [("server", "wire"), ("customer", "wire"), ("server", "browser")] == [
        (result.end, result.level) for result in results
    ]


@given(st.lists(st.sampled_from([Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE]), min_size=1, max_size=12))
def test_a_verdict_stands_exactly_where_it_never_differed(verdicts: list[Verdict]) -> None:
    """However many times, and in whichever order."""
    (result,) = collected(*(story("START-1.1", verdict) for verdict in verdicts))

    assert result.verdict is (verdicts[0] if len(set(verdicts)) == 1 else Verdict.FLAKY)

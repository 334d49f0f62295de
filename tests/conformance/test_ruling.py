"""The ruling: verdicts of rules and runs from results of stories, at one level and at several."""

import pytest
from cobrowse_conformance.results import LevelResult, RuleResult, Run, StoryResult
from cobrowse_conformance.ruling import level_result, merged, ruled, with_verdicts
from cobrowse_conformance.verdicts import Exit, Verdict
from cobrowse_spec.rulebook import rulebook
from msgspec.structs import replace

from tests.conformance.some_results import a_run, broken, held, story

#: Seen at both levels and watched by an invariant; seen in browsers only; seen on the wire only.
BOTH, IN_BROWSERS = "START-1", "WRITE-6"

BROWSER = {"level": "browser"}


def judged(
    *stories: StoryResult, levels: tuple[str, ...] = ("wire",), rules: tuple[str, ...] = (BOTH,)
) -> Run:
    """The run of these stories, judged."""
    return ruled(a_run(*stories, levels=levels), [rulebook()[rule] for rule in rules])


def only(run: Run) -> RuleResult:
    """The run's one rule."""
    (rule,) = run.rules
    return rule


PASSED = story("START-1.1", judgements=held(BOTH))
PASSED_IN_BROWSERS = replace(PASSED, level="browser")
FAILED_IN_BROWSERS = story("START-1.1", Verdict.FAIL, level="browser", judgements=held(BOTH))


# One level


def test_a_rule_passes_by_its_stories_with_a_witness() -> None:
    """The witness comes from its invariant."""
    rule = only(judged(PASSED))

    assert (Verdict.PASS, "", 1, 1) == (rule.verdict, rule.because, rule.played, rule.passed)
    assert [3, 1] == [witness.event for witness in rule.by_level["wire"].witnesses]


def test_an_invariant_broken_in_another_rules_story_is_a_failure() -> None:
    """Every trace is judged by every invariant."""
    rule = only(judged(PASSED, story("JOIN-1.1", judgements=broken(BOTH))))

    assert (Verdict.FAIL, "it was broken") == (rule.verdict, rule.because)
    assert ("JOIN-1.1", "server", "wire") == rule.evidence[0].key


def test_a_rule_that_no_screen_shows_is_judged_in_browsers_by_what_an_oracle_found() -> None:
    """Without it nothing is said of the rule there (SECURE-4)."""
    oracle = replace(story("SECURE-4.hostile-agent", Verdict.FAIL, **BROWSER), rule="SECURE-4")
    nothing, failed = (
        only(judged(*stories, levels=("browser",), rules=("SECURE-4",))) for stories in ((), (oracle,))
    )

    assert (Verdict.ELSEWHERE, Verdict.FAIL) == (nothing.verdict, failed.verdict)


def test_a_rule_of_which_an_oracle_says_nothing_is_judged_by_its_stories() -> None:
    """What is not applicable pulls nothing down, lifts nothing up, and is no story that was played."""
    oracle = replace(story("START-1.hostile-agent", Verdict.NOT_APPLICABLE, **BROWSER), rule=BOTH)

    assert Verdict.PASS is only(judged(PASSED_IN_BROWSERS, oracle, levels=("browser",))).verdict
    assert Verdict.FAIL is only(judged(FAILED_IN_BROWSERS, oracle, levels=("browser",))).verdict
    assert Verdict.INCONCLUSIVE is only(judged(oracle, levels=("browser",))).verdict


def test_a_rule_without_a_story_is_not_decided() -> None:
    """Nothing exercised is never a pass."""
    assert Verdict.INCONCLUSIVE is only(judged()).verdict


def test_a_rule_whose_invariant_no_trace_exercised_is_not_decided() -> None:
    """Stories alone do not show it."""
    rule = only(judged(story("START-1.1")))

    assert (Verdict.INCONCLUSIVE, "no trace exercised the rule's invariant") == (rule.verdict, rule.because)


def test_what_is_known_beforehand_stands_where_no_story_shows_a_failure() -> None:
    """A missing control makes a rule untestable, but a rule that was seen broken has failed."""
    rule = rulebook()[BOTH]
    missing = LevelResult(Verdict.UNTESTABLE, "the product has no control customer.start_button")

    def found(*stories: StoryResult) -> Verdict:
        return level_result(rule, stories, "browser", (), missing).verdict

    assert [Verdict.UNTESTABLE, Verdict.UNTESTABLE, Verdict.FAIL] == [
        found(),
        found(PASSED_IN_BROWSERS),
        found(FAILED_IN_BROWSERS),
    ]


def test_stories_of_one_level_say_nothing_of_another() -> None:
    """Not even by their traces."""
    rule = only(judged(PASSED, FAILED_IN_BROWSERS, levels=("wire",)))

    assert Verdict.PASS is rule.verdict
    assert 1 == rule.played


# Several levels


def test_of_two_levels_the_worse_wins_and_is_named() -> None:
    """A rule that holds on the wire only does not hold."""
    rule = only(judged(PASSED, FAILED_IN_BROWSERS, levels=("wire", "browser")))

    assert Verdict.FAIL is rule.verdict
    assert "in the browser: START-1.1: Then it is so: it said fail" == rule.because
    assert ["pass", "fail"] == [found.verdict for found in rule.by_level.values()]


def test_a_rule_that_is_seen_at_both_levels_needs_both() -> None:
    """Where both were asked for."""
    rule = only(judged(PASSED, levels=("wire", "browser")))

    assert Verdict.INCONCLUSIVE is rule.verdict
    assert "in the browser: no story of this rule was played" == rule.because


def test_a_rule_of_the_browser_pulls_nothing_down_on_the_wire() -> None:
    """Without browsers it is untestable there, which decides nothing."""
    run = judged(PASSED, rules=(BOTH, IN_BROWSERS))

    assert [Verdict.PASS, Verdict.ELSEWHERE] == [rule.verdict for rule in run.rules]
    assert Exit.CONFORMANT == run.exit_code


def test_runs_of_one_target_merge_into_what_one_run_of_both_levels_says() -> None:
    """Whichever comes first."""
    rules = (BOTH, IN_BROWSERS)
    seen = story("WRITE-6.1", level="browser", events=(1,))
    wire = judged(PASSED, rules=rules)
    browser = judged(FAILED_IN_BROWSERS, seen, levels=("browser",), rules=rules)
    whole = judged(PASSED, FAILED_IN_BROWSERS, seen, levels=("wire", "browser"), rules=rules)

    assert replace(whole, took_s=2.0) == merged([wire, browser]) == merged([browser, wire])
    assert [Verdict.FAIL, Verdict.PASS] == [rule.verdict for rule in whole.rules]
    assert Exit.NOT_CONFORMANT == whole.exit_code


def test_a_rule_that_one_of_the_merged_runs_left_out_is_not_decided() -> None:
    """Though it can be seen there."""
    run = merged([judged(PASSED), judged(levels=("browser",), rules=(IN_BROWSERS,))])

    rule = next(rule for rule in run.rules if rule.rule == BOTH)
    assert Verdict.INCONCLUSIVE is rule.verdict
    assert "in the browser: it was not judged in the browser" == rule.because


def test_two_runs_of_the_same_level_do_not_merge() -> None:
    """Which of them would count nobody could say."""
    with pytest.raises(ValueError, match="two runs of the same level"):
        merged([judged(PASSED), judged(PASSED)])


# Counts and exit codes


@pytest.mark.parametrize(
    "verdict, counted",
    [
        (Verdict.PASS, (1, 1, 1, 1, 0, 0, 0)),
        (Verdict.FAIL, (1, 1, 1, 0, 1, 0, 0)),
        (Verdict.UNTESTABLE, (0, 1, 1, 0, 1, 0, 0)),
        (Verdict.FLAKY, (0, 1, 1, 0, 0, 1, 0)),
        (Verdict.INCONCLUSIVE, (0, 1, 1, 0, 0, 1, 0)),
        (Verdict.KNOWN, (1, 1, 1, 0, 0, 0, 1)),
        (Verdict.NOT_APPLICABLE, (0, 0, 1, 0, 0, 0, 0)),
        (Verdict.ELSEWHERE, (0, 0, 1, 0, 0, 0, 0)),
    ],
)
def test_every_verdict_is_counted_as_what_it_is(verdict: Verdict, counted: tuple[int, ...]) -> None:
    """Exercised, applicable, total; passed, failed, undecided, known."""
    rule = RuleResult(BOTH, "START", "MUST", "", verdict, "", {"wire": LevelResult(verdict, "")})

    found = with_verdicts(a_run(), [rule]).counts["MUST"]

    assert counted == (
        found.exercised,
        found.applicable,
        found.total,
        found.passed,
        found.failed,
        found.undecided,
        found.known,
    )

"""Known failures: a list beside the product excuses what it names, and must stay true."""

import datetime
from pathlib import Path

import pytest
from cobrowse_conformance.known_failures import judged_by, read_known_failures
from cobrowse_conformance.results import Known, Run, StoryResult
from cobrowse_conformance.ruling import ruled
from cobrowse_conformance.verdicts import Exit, Verdict
from cobrowse_spec.rulebook import rulebook
from cobrowse_spec.toml_text import TomlError

from tests.conformance.some_results import a_run, held, story

TODAY = datetime.date(2026, 11, 23)

LISTED = """
[[failure]]
rule = "START-1"
why = "the button is in another frame"
link = "https://tracker.example/1"
"""

PASSED = story("START-1.1", judgements=held("START-1"))
FAILED = story("START-1.1", Verdict.FAIL)
OTHER = story("JOIN-1.1", judgements=held("JOIN-1"))


def judged(text: str, folder: Path, *stories: StoryResult, levels: tuple[str, ...] = ("wire",)) -> Run:
    """The run of these stories, judged by the list."""
    file = folder / "known.toml"
    file.write_text(text)
    run = ruled(a_run(*stories, levels=levels), [rulebook()["START-1"], rulebook()["JOIN-1"]])
    return judged_by(run, read_known_failures(file), TODAY)


def test_a_listed_failure_is_shown_as_known_and_decides_nothing(tmp_path: Path) -> None:
    """What it would have been stays visible."""
    run = judged(LISTED, tmp_path, FAILED, OTHER)

    assert [Verdict.KNOWN, Verdict.PASS] == [rule.verdict for rule in run.rules]
    assert Known(Verdict.FAIL, "the button is in another frame", "https://tracker.example/1") == (
        run.rules[0].by_level["wire"].known
    )
    assert run.rules[0].evidence
    assert (Exit.CONFORMANT, ()) == (run.exit_code, run.stale)
    assert (1, 0, 1) == (run.counts["MUST"].passed, run.counts["MUST"].failed, run.counts["MUST"].known)


def test_a_failure_that_is_not_listed_still_decides(tmp_path: Path) -> None:
    """The list excuses nothing else."""
    run = judged(LISTED, tmp_path, FAILED, story("JOIN-1.1", Verdict.FAIL))

    assert Exit.NOT_CONFORMANT == run.exit_code


def test_what_is_undecided_is_not_excused(tmp_path: Path) -> None:
    """A list of failures is no list of what nobody looked at."""
    run = judged(LISTED, tmp_path, story("START-1.1", Verdict.INCONCLUSIVE), OTHER)

    assert (Verdict.INCONCLUSIVE, Exit.INCOMPLETE) == (run.rules[0].verdict, run.exit_code)


def test_an_entry_that_passes_is_an_error_that_says_to_delete_it(tmp_path: Path) -> None:
    """With the line on which it stands."""
    run = judged(LISTED, tmp_path, PASSED, OTHER)

    assert ("known.toml:2: START-1 does not fail: delete this entry",) == run.stale
    assert Exit.USAGE == run.exit_code


def test_a_failure_of_the_target_outweighs_a_stale_entry(tmp_path: Path) -> None:
    """Both are shown; one exit code there is."""
    run = judged(LISTED, tmp_path, PASSED, story("JOIN-1.1", Verdict.FAIL))

    assert run.stale
    assert Exit.NOT_CONFORMANT == run.exit_code


@pytest.mark.parametrize("until, verdict", [("2026-11-23", Verdict.KNOWN), ("2026-11-22", Verdict.FAIL)])
def test_an_entry_holds_to_the_end_of_its_last_day(tmp_path: Path, until: str, verdict: Verdict) -> None:
    """After that the failure counts, and the list is named as the place to say more."""
    run = judged(f"{LISTED}until = {until}\n", tmp_path, FAILED, OTHER)

    assert verdict is run.rules[0].verdict
    said = "known.toml:2: START-1 was known until 2026-11-22: mend it, or say anew until when"
    assert (said,) * (verdict is Verdict.FAIL) == run.stale


def test_an_entry_for_one_level_excuses_no_other(tmp_path: Path) -> None:
    """A rule that fails at both levels still fails."""
    in_browsers = story("START-1.1", Verdict.FAIL, level="browser")
    text = f'{LISTED}level = "browser"\n'

    both = judged(text, tmp_path, FAILED, in_browsers, levels=("wire", "browser"))
    one = judged(text, tmp_path, PASSED, in_browsers, levels=("wire", "browser"))

    assert [Verdict.FAIL, Verdict.KNOWN] == [both.rules[0].verdict, one.rules[0].verdict]


def test_an_entry_whose_rule_was_not_run_is_left_alone(tmp_path: Path) -> None:
    """A run of a part says nothing of the rest of the list."""
    text = LISTED.replace("START-1", "WRITE-12")

    assert (Exit.CONFORMANT, ()) == ((run := judged(text, tmp_path, PASSED, OTHER)).exit_code, run.stale)


@pytest.mark.parametrize(
    "change, said",
    [
        (("START-1", "STRAT-1"), r"line 3: there is no rule 'STRAT-1'; did you mean 'START-1'\?"),
        (("why =", "wy ="), r"line 4: unknown key 'wy'; did you mean 'why'\?"),
        (("[[failure]]", "[[failures]]"), r"line 2: unknown key 'failures'; did you mean 'failure'\?"),
        (("the button is in another frame", " "), "line 4: why says in words what is known"),
        (("https://tracker.example/1", "#1"), "line 5: link is the address at which it is followed up"),
        (
            ("\n[[", '\n[[failure]]\nrule = "START-1"\nwhy = "x"\nlink = "http://x"\n[['),
            "line 6: START-1 stands on line 2 already",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_line(
    tmp_path: Path, change: tuple[str, str], said: str
) -> None:
    """And with what may have been meant."""
    file = tmp_path / "known.toml"
    file.write_text(LISTED.replace(*change))

    with pytest.raises(TomlError, match=said):
        read_known_failures(file)


@pytest.mark.parametrize(
    "rule, level, said",
    [
        ("START-1", "browsers", r"line 6: there is no level 'browsers'; did you mean 'browser'\?"),
        ("WRITE-6", "wire", "line 6: WRITE-6 is not seen at the level wire; only at browser"),
    ],
)
def test_a_level_at_which_the_rule_is_not_seen_is_refused(
    tmp_path: Path, rule: str, level: str, said: str
) -> None:
    """Such an entry could never hold."""
    file = tmp_path / "known.toml"
    file.write_text(f'{LISTED.replace("START-1", rule)}level = "{level}"\n')

    with pytest.raises(TomlError, match=said):
        read_known_failures(file)

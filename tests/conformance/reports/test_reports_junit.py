from collections.abc import Callable
from pathlib import Path

import pytest
from cobrowse_conformance.reports import write_junit
from cobrowse_conformance.results import Run
from cobrowse_conformance.verdicts import Verdict
from cobrowse_spec.rulebook import rulebook
from lxml import etree
from msgspec.structs import replace

ChangeRule = Callable[..., Run]
ReadJunit = Callable[[Run], etree._Element]


@pytest.fixture
def junit(tmp_path: Path) -> ReadJunit:
    """Write a run as JUnit and read it with another parser."""

    def write_and_read(run: Run) -> etree._Element:
        write_junit(run, tmp_path / "junit.xml")
        return etree.parse(tmp_path / "junit.xml").getroot()

    return write_and_read


def _cases(root: etree._Element, rule: str) -> list[tuple[str, str]]:
    """Name and outcome of each case of a rule."""
    return [
        (case.get("name", ""), str(case[0].tag) if len(case) else "passed")
        for case in root.iter("testcase")
        if case.get("classname") == rule
    ]


def test_a_chapter_is_a_suite_and_a_story_a_case(run: Run, junit: ReadJunit) -> None:
    """Named by rule, example and end."""
    root = junit(run)

    chapters = dict.fromkeys(rule.chapter for rule in rulebook().values() if "wire" in rule.seen)
    assert list(chapters) == [suite.get("name") for suite in root]
    first = rulebook()["JOIN-1"].examples[0]
    assert _cases(root, "JOIN-1")[0] == (f"JOIN-1.1 server: {first.name}", "passed")


def test_what_is_not_decided_is_an_error_and_never_skipped(run: Run, junit: ReadJunit) -> None:
    """CI systems show what is skipped as green."""
    first, *others = [outcome for _, outcome in _cases(junit(run), "JOIN-8")]

    assert first == "error"
    assert set(others) == {"passed"}


def test_what_is_not_applicable_is_skipped_with_its_reason(run: Run, junit: ReadJunit) -> None:
    """It is the rule that does not apply; that its absence was checked stands as passed stories."""
    root = junit(run)

    *stories, rule = [outcome for _, outcome in _cases(root, "WRITE-15")]
    assert (set(stories), rule) == ({"passed"}, "skipped")
    (skipped,) = root.iter("skipped")
    assert skipped.get("message") == "MAY: capability scoped_grants is not declared, and is refused"


@pytest.mark.parametrize(
    "verdict,outcome",
    [
        (Verdict.FAIL, "failure"),
        (Verdict.UNTESTABLE, "failure"),
        (Verdict.INCONCLUSIVE, "error"),
        (Verdict.HARNESS_ERROR, "error"),
        (Verdict.ADAPTER_ERROR, "error"),
    ],
)
def test_a_verdict_that_no_story_of_the_rule_shows_has_a_case_of_its_own(
    change_rule: ChangeRule, junit: ReadJunit, verdict: Verdict, outcome: str
) -> None:
    """An invariant may find the rule broken elsewhere, and a rule may have no story at all."""
    root = junit(change_rule("START-1", verdict=verdict, because="why"))

    assert _cases(root, "START-1")[-1] == ("START-1 as a whole", outcome)


def test_the_sums_are_those_of_the_cases(run: Run, junit: ReadJunit) -> None:
    """Of each suite, and of all."""
    root = junit(run)

    for element in (root, *root):
        sums = {name: int(element.get(name, "")) for name in ("tests", "failures", "errors", "skipped")}
        assert sums == {
            "tests": sum(1 for _ in element.iter("testcase")),
            "failures": sum(1 for _ in element.iter("failure")),
            "errors": sum(1 for _ in element.iter("error")),
            "skipped": sum(1 for _ in element.iter("skipped")),
        }
    assert (root.get("failures"), root.get("errors"), root.get("skipped")) == ("2", "1", "1")


def test_a_failure_tells_sentence_story_timeline_and_command(run: Run, junit: ReadJunit) -> None:
    """So that a CI log is enough to begin with."""
    text = next(f.text or "" for f in junit(run).iter("failure") if "WRITE-12" in (f.text or ""))

    story = next(story for story in run.stories if story.example == "WRITE-12.1")
    assert f"WRITE-12 (MUST): {rulebook()['WRITE-12'].sentence}" in text
    assert f">   {story.line}" in text
    assert ">      200  │◀──────────●           │  the customer receives an act of the agent" in text
    assert text.endswith("Reproduce: cobrowse conform http://127.0.0.1:8000 --rule WRITE-12 --seed 7")


def test_what_a_target_says_of_itself_cannot_break_the_file(
    run: Run, change_rule: ChangeRule, junit: ReadJunit
) -> None:
    """Control characters have no place in XML at all."""
    bad = "\x00\x1b\ud800]]><a>&"
    hostile = replace(
        change_rule("WRITE-12", because=bad, verdict=Verdict.UNTESTABLE), server=bad, target=bad
    )

    messages = [failure.get("message") for failure in junit(hostile).iter("failure")]

    assert "MUST: ���]]><a>&" in messages

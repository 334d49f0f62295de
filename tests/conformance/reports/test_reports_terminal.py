import io
import re
from collections.abc import Callable

import pytest
from cobrowse_conformance.reports import Progress, print_run
from cobrowse_conformance.results import Run
from cobrowse_conformance.verdicts import Exit, Verdict
from cobrowse_spec.rulebook import rulebook
from msgspec.structs import replace
from rich.cells import cell_len
from rich.console import Console

ChangeRule = Callable[..., Run]


def _printed(run: Run, *, width: int = 80, colours: bool = False, detailed: int = 10) -> str:
    file = io.StringIO()
    console = Console(
        file=file, width=width, force_terminal=colours, color_system="truecolor" if colours else None
    )
    print_run(console, run, detailed=detailed)
    return file.getvalue()


@pytest.fixture(scope="module")
def text(run: Run) -> str:
    """The run as it is printed into a file."""
    return _printed(run)


def test_it_says_what_ran_against_what(text: str) -> None:
    """With every version that it takes to run it again."""
    for fact in (
        "a bank at http://127.0.0.1:8000",
        "bank relay 4.2",
        "rulebook 1.0, suite 0.1.0",
        "wire, seed 7",
        "2026-11-23 03:00:26 UTC, 3.4 s",
        "short waits: request 1 s, cool-down 0.8 s",
    ):
        assert fact in text


def test_the_matrix_has_a_sign_for_every_rule_and_needs_no_colour(text: str) -> None:
    """A row a chapter; SHOULD and MAY say so; a rule of another level leaves a gap."""
    rows = {line.split()[0]: line for line in text.splitlines() if line.strip()}

    assert ["JOIN", "✓", "✓", "✓", "✓", "✓", "✓", "✓s", "?", "✓"] == rows["JOIN"].split()
    assert ["WRITE", "✓", "✓", "✓", "✓", "✓", "✓", "✓", "✗s", "✓", "✓", "✗", "✓", "✓", "–m"] == rows[
        "WRITE"
    ].split()
    assert rows["WRITE"].index("–m") > rows["POINTER"].rindex("✓")
    assert "✓ pass   ✗ fail   ? inconclusive   – not applicable   s SHOULD   m MAY" in text


def test_counts_are_always_exercised_applicable_and_total(run: Run, text: str) -> None:
    """And never a lone percentage."""
    for level, count in run.counts.items():
        rest = f"{count.passed} +{count.failed} +{count.undecided}"
        assert re.search(
            rf"{level} +{count.exercised} / +{count.applicable} / +{count.total} +{rest}\n", text
        )
    assert "%" not in text


def test_a_failure_is_told_from_its_sentence_to_its_command(run: Run, text: str) -> None:
    """Sentence, reason, story with the line at fault, timeline with the proof, command: in this order."""
    story = next(story for story in run.stories if story.example == "WRITE-12.1")
    parts = (
        "WRITE-12 MUST fail",
        rulebook()["WRITE-12"].sentence[:60],
        "because an act took effect after Write Mode had ended",
        f"WRITE-12.1, the server's end, {story.place}",
        f"▶   {story.line}",
        "▶    180 │◀──────────●           │ the customer sees Pointer Mode",
        "▶    200 │◀──────────●           │ the customer receives an act of the agent",
        "reproduce cobrowse conform http://127.0.0.1:8000 --rule WRITE-12 --seed 7",
    )

    places = [text.find(part) for part in parts]

    assert -1 not in places
    assert places == sorted(places)


def test_rules_that_passed_or_do_not_apply_are_not_told(text: str) -> None:
    """They have their cell in the matrix."""
    assert re.findall(r"^([A-Z]+-\d+) [A-Z]+ ", text, re.MULTILINE) == ["JOIN-8", "WRITE-12", "WRITE-9"]


def test_the_last_line_is_the_verdict_with_its_exit_code(text: str) -> None:
    """In words."""
    closing = " ".join(" ".join(text.splitlines()[-3:]).split())

    assert closing.startswith("Not conformant. 1 MUST rule fails: WRITE-12.")
    assert closing.endswith("(exit code 1: not conformant)")


@pytest.mark.parametrize("width", [60, 80, 132])
@pytest.mark.parametrize("colours", [False, True])
def test_no_line_is_wider_than_the_terminal(run: Run, width: int, colours: bool) -> None:
    """Neither with colours nor without."""
    printed = re.sub(r"\x1b\[[\d;]*m", "", _printed(run, width=width, colours=colours))

    assert max(cell_len(line) for line in printed.splitlines()) <= width


def test_many_failures_are_told_in_full_only_up_to_a_bound(run: Run) -> None:
    """The others get a line each, so that none is missing."""
    failed = tuple(replace(rule, verdict=Verdict.FAIL, because="silent") for rule in run.rules)

    text = _printed(replace(run, rules=failed), detailed=2)

    assert text.count("reproduce ") == 2
    assert f"And {len(failed) - 2} more; the HTML and JSON reports show them in full." in text
    assert text.count(" silent") == len(failed)


def test_what_a_target_says_of_itself_cannot_steer_the_terminal(run: Run, change_rule: ChangeRule) -> None:
    """No escape gets through, and no markup is read."""
    bad = "\x1b[2J\x07[bold]x[/bold]"
    hostile = replace(change_rule("WRITE-12", because=bad), server=bad, target=bad)

    text = _printed(hostile)

    assert "\x1b" not in text
    assert "\x07" not in text
    assert "�[2J�[bold]x[/bold]" in text


def test_a_conformant_run_ends_with_exit_code_0(run: Run) -> None:
    """And tells of no rule."""
    passed = tuple(
        replace(rule, verdict=Verdict.PASS) for rule in run.rules if rule.verdict is not Verdict.FAIL
    )

    text = _printed(replace(run, rules=passed, exit_code=Exit.CONFORMANT))

    assert "reproduce" not in text
    assert "(exit code 0: conformant)" in " ".join(text.split())


# Progress


def test_progress_is_silent_where_there_is_no_terminal(run: Run) -> None:
    """Logs of CI systems hold the summary and nothing else."""
    file = io.StringIO()
    with Progress(Console(file=file)) as progress:
        progress.told(0, 2, None)
        progress.told(1, 2, run.stories[0])

    assert file.getvalue() == ""


def test_progress_counts_stories_and_failures(run: Run) -> None:
    """Done, of how many, and how many of them need words."""
    file = io.StringIO()
    failing = next(story for story in run.stories if story.verdict is Verdict.FAIL)
    with Progress(Console(file=file, force_terminal=True, width=80)) as progress:
        progress.told(0, 4, None)
        progress.told(1, 4, run.stories[0])
        progress.told(2, 4, run.stories[1])
        progress.told(3, 4, failing)

    assert progress.failed == 1
    assert "3/4" in file.getvalue()
    assert "1 failed" in file.getvalue()

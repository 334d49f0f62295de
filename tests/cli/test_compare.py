"""``cobrowse compare``: reports of several runs side by side, and an exit code as diff has."""

from pathlib import Path

import pytest
from cobrowse_cli.main import main
from cobrowse_conformance.reports import write_json
from cobrowse_conformance.ruling import ruled
from cobrowse_conformance.verdicts import Verdict
from cobrowse_spec.rulebook import rulebook

from tests.conformance.some_results import a_run, held, story


def exit_of(*arguments: str) -> int:
    """Run the command line; its exit code."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return int(ended.value.code or 0)


@pytest.fixture
def reports(tmp_path: Path) -> list[str]:
    """Reports of a target that keeps a rule and of one that breaks it."""
    rules = [rulebook()["START-1"]]
    kept = ruled(a_run(story("START-1.1", judgements=held("START-1")), target="a bank"), rules)
    broke = ruled(a_run(story("START-1.1", Verdict.FAIL), target="a shop"), rules)
    for name, run in (("kept.json", kept), ("broke.json", broke)):
        write_json(run, tmp_path / name)
    return [str(tmp_path / "kept.json"), str(tmp_path / "broke.json")]


def test_what_differs_is_shown_and_written(
    reports: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the terminal, as JSON and as HTML; exit code 1."""
    files = ["--json", str(tmp_path / "compared.json"), "--html", str(tmp_path / "compared.html")]

    assert 1 == exit_of("compare", *reports, *files)

    said = " ".join(capsys.readouterr().out.split())
    assert "START-1 MUST ✓ pass ✗ fail" in said
    assert "1 rule differs; 0 are the same." in said
    assert "a bank, a shop" in (tmp_path / "compared.html").read_text()
    assert (tmp_path / "compared.json").stat().st_size


def test_runs_that_differ_in_nothing_end_with_0(reports: list[str]) -> None:
    """As diff does."""
    assert 0 == exit_of("compare", reports[0], reports[0])


def test_one_report_is_nothing_to_compare(reports: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """The message says so."""
    assert 4 == exit_of("compare", reports[0])
    assert "two reports or more" in capsys.readouterr().err


def test_a_file_that_is_no_report_is_named(
    reports: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With what is wrong with it."""
    (tmp_path / "old.json").write_text("{}")

    assert 4 == exit_of("compare", reports[0], str(tmp_path / "old.json"))
    assert "old.json is a report of version 1" in " ".join(capsys.readouterr().err.split())

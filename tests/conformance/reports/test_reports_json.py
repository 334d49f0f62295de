from pathlib import Path

import pytest
from cobrowse_conformance.reports import ReportError, read_json, write_json
from cobrowse_conformance.reports.summary import kept_traces
from cobrowse_conformance.results import Evidence, Run
from cobrowse_spec import actions as do
from cobrowse_spec.terms import Party
from cobrowse_spec.trace import Event
from msgspec.structs import replace


@pytest.fixture
def read(run: Run, tmp_path: Path) -> Run:
    """The run, written and read again."""
    write_json(run, tmp_path / "run.json")
    return read_json(tmp_path / "run.json")


def test_everything_but_quiet_traces_comes_back(run: Run, read: Run) -> None:
    """A report can be made anew from the file."""
    kept = kept_traces(run)
    expected = tuple(
        story if (story.example, story.end) in kept else replace(story, trace=()) for story in run.stories
    )

    assert replace(run, stories=expected) == read


def test_the_traces_that_matter_are_kept(read: Run) -> None:
    """Of what did not pass, and one witness of each rule that did."""
    with_trace = {story.example for story in read.stories if story.trace}

    assert {"WRITE-12.1", "WRITE-9.1", "JOIN-8.1"} <= with_trace
    assert {rule.witnesses[0][0] for rule in read.rules if rule.witnesses} <= with_trace
    assert len(with_trace) < len(read.rules) + 4


def test_a_passing_story_that_is_evidence_keeps_its_trace(run: Run) -> None:
    """An invariant may find its rule broken in a story that passed."""
    evidence = (Evidence("SITE-5.9", "server", "seen twice", (1,), by_invariant=True),)
    rules = tuple(replace(r, evidence=evidence) if r.rule == "STOP-6" else r for r in run.rules)

    assert ("SITE-5.9", "server") not in kept_traces(run)
    assert ("SITE-5.9", "server") in kept_traces(replace(run, rules=rules))


def test_no_secret_is_written(run: Run, tmp_path: Path) -> None:
    """Even where a trace should hold one (SECURE-6)."""
    signs_in = Event(1, 0.0, Party.AGENT, "agent", did=do.SignIn("hush"))
    stories = tuple(replace(story, trace=(signs_in,)) for story in run.stories)

    write_json(replace(run, stories=stories), tmp_path / "run.json")

    text = (tmp_path / "run.json").read_text()
    assert "sign_in" in text
    assert "hush" not in text


def test_a_file_that_is_no_report_is_refused_by_name(tmp_path: Path) -> None:
    """With what is wrong with it."""
    path = tmp_path / "other.json"
    path.write_text('{"spec_version": 1}')

    with pytest.raises(ReportError, match=r"other\.json is no report of a conformance run: Expected `str`"):
        read_json(path)

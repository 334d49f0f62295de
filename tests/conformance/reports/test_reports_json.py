from collections.abc import Callable
from pathlib import Path

import pytest
from cobrowse_conformance.reports import ReportError, read_json, write_json
from cobrowse_conformance.reports.summary import kept_traces, witness
from cobrowse_conformance.results import ConsoleEntry, Evidence, Leak, Picture, Run
from cobrowse_spec import actions as do
from cobrowse_spec.terms import Party
from cobrowse_spec.trace import Event
from msgspec.structs import replace

ChangeRule = Callable[..., Run]


@pytest.fixture
def read(run: Run, tmp_path: Path) -> Run:
    """The run, written and read again."""
    write_json(run, tmp_path / "run.json")
    return read_json(tmp_path / "run.json")


def test_everything_but_quiet_traces_comes_back(run: Run, read: Run) -> None:
    """A report can be made anew from the file."""
    kept = kept_traces(run)
    expected = tuple(story if story.key in kept else replace(story, trace=()) for story in run.stories)

    assert replace(run, stories=expected) == read


def test_the_traces_that_matter_are_kept(read: Run) -> None:
    """Of what did not pass, and one witness of each rule that did."""
    with_trace = {story.example for story in read.stories if story.trace}

    assert {"WRITE-12.1", "WRITE-9.1", "JOIN-8.1"} <= with_trace
    assert {shown.example for rule in read.rules if (shown := witness(rule)) is not None} <= with_trace
    assert len(with_trace) < len(read.rules) + 4


def test_a_passing_story_that_is_evidence_keeps_its_trace(run: Run, change_rule: ChangeRule) -> None:
    """An invariant may find its rule broken in a story that passed."""
    evidence = (Evidence("SITE-5.9", "server", "seen twice", (1,), by_invariant=True),)
    changed = change_rule("STOP-6", evidence=evidence)

    assert ("SITE-5.9", "server", "wire") not in kept_traces(run)
    assert ("SITE-5.9", "server", "wire") in kept_traces(changed)


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
    path.write_text('{"report": 2, "spec_version": 1}')

    with pytest.raises(ReportError, match=r"other\.json is no report of a conformance run: Expected `str`"):
        read_json(path)


def test_a_report_of_another_version_says_which_cobrowse_reads_it(run: Run, tmp_path: Path) -> None:
    """The first version had no word for its version; what a later one means nobody knows yet."""
    path = tmp_path / "run.json"
    path.write_text('{"spec_version": "1.0", "level": "wire"}')
    with pytest.raises(ReportError, match=r"of version 1, which an older cobrowse wrote; .* run `cobrowse"):
        read_json(path)

    write_json(replace(run, report=3), path)
    with pytest.raises(ReportError, match=r"of version 3, which a later cobrowse wrote"):
        read_json(path)


def test_pictures_consoles_and_leaks_come_back(run: Run, tmp_path: Path) -> None:
    """Bytes as they were."""
    first, *others = run.stories
    seen = replace(
        first,
        level="browser",
        pictures=(Picture("the agent's browser", b"\x89PNG\xff"),),
        console=(ConsoleEntry("agent", "error", "oh"),),
        leaks=(Leak("c4n4ry", "a value", "WebSocket frame to the server", "gzip", 12.5, b"\xffc4n4ry"),),
    )

    write_json(replace(run, stories=(seen, *others)), tmp_path / "run.json")

    read = read_json(tmp_path / "run.json").stories[0]
    assert (seen.pictures, seen.console, seen.leaks) == (read.pictures, read.console, read.leaks)

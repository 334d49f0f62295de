"""The JSON report: the whole run for machines, small enough to keep.

Of the traces it holds those that matter: of stories that did not pass, of everything that is evidence
or the witness of a rule.  All others are empty.
"""

from pathlib import Path

import msgspec
from msgspec.structs import replace

from ..results import REPORT_VERSION, Run, StoryResult
from .summary import kept_traces, without_secrets


class ReportError(ValueError):
    """A file that is no report of a run, and why."""


def write_json(run: Run, path: Path) -> None:
    """Write the run; raises OSError where that cannot be done."""
    path.write_bytes(msgspec.json.encode(_small(run)) + b"\n")


def read_json(path: Path) -> Run:
    """Read a run again; raises :class:`ReportError`, or OSError where the file cannot be opened."""
    content = path.read_bytes()
    try:
        version = msgspec.json.decode(content, type=_Versioned).report
        if version != REPORT_VERSION:
            raise ReportError(_of_other_version(path, version))
        return msgspec.json.decode(content, type=Run)
    except msgspec.DecodeError as error:
        raise ReportError(f"{path} is no report of a conformance run: {error}") from None


class _Versioned(msgspec.Struct):
    """The version of a report; the first had no word for it."""

    report: int = 1


def _of_other_version(path: Path, version: int) -> str:
    if version < REPORT_VERSION:
        return (
            f"{path} is a report of version {version}, which an older cobrowse wrote; this one reads version "
            f"{REPORT_VERSION}: run `cobrowse conform` again"
        )
    return (
        f"{path} is a report of version {version}, which a later cobrowse wrote; this one reads version "
        f"{REPORT_VERSION}: install the later one"
    )


def _small(run: Run) -> Run:
    kept = kept_traces(run)

    def small(story: StoryResult) -> StoryResult:
        matters = story.key in kept
        trace = tuple(without_secrets(event) for event in story.trace) if matters else ()
        return replace(story, trace=trace)

    return replace(run, stories=tuple(small(story) for story in run.stories))

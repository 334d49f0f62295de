"""The reports that a run can be written as: an option for each, and one list of what to write where."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

import click
from cobrowse_conformance.reports.badge import write_badge
from cobrowse_conformance.reports.cucumber import write_messages
from cobrowse_conformance.reports.html_report import write_html
from cobrowse_conformance.reports.json_report import write_json
from cobrowse_conformance.reports.junit import write_junit
from cobrowse_conformance.reports.markdown import write_markdown
from cobrowse_conformance.results import Run

from .writing import writable

#: What to write where.
Writers = list[tuple[Path, Callable[[Run, Path], None]]]


class _Report(NamedTuple):
    option: str
    write: Callable[[Run, Path], None]
    help: str


_REPORTS: Final = (
    _Report("json", write_json, "Write the results as JSON."),
    _Report("junit", write_junit, "Write the results as JUnit XML."),
    _Report("html", write_html, "Write the report, as one HTML file."),
    _Report("markdown", write_markdown, "Write a summary as Markdown, for a CI system to show."),
    _Report("badge", write_badge, "Write the counts as JSON for a badge of shields.io."),
    _Report("messages", write_messages, "Write Cucumber Messages (NDJSON), for reports of Cucumber's own."),
)


def report_options(command: Callable[..., int]) -> Callable[..., int]:
    """Give a command an option for each report; it gets them together, as ``writers``."""

    @functools.wraps(command)
    def with_reports(**given: Any) -> int:
        files = [(given.pop(f"{report.option}_file"), report.write) for report in _REPORTS]
        return command(writers=writable(*files), **given)

    for report in reversed(_REPORTS):
        with_reports = click.option(
            f"--{report.option}",
            f"{report.option}_file",
            type=click.Path(dir_okay=False, path_type=Path),
            metavar="FILE",
            help=report.help,
        )(with_reports)
    return with_reports

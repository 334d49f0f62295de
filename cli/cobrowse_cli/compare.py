"""``cobrowse compare``: what several targets, or several runs of one, come to side by side."""

from pathlib import Path

import click
from cobrowse_conformance.reports.comparison import (
    Kind,
    compare,
    print_comparison,
    write_comparison_html,
    write_comparison_json,
)
from cobrowse_conformance.reports.json_report import ReportError, read_json
from rich.console import Console

from .writing import writable

_FILE = click.Path(dir_okay=False, path_type=Path)

#: Exit codes, as those of diff.
ALIKE, DIFFERENT = 0, 1


@click.command("compare")
@click.argument(
    "reports", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--json", "json_file", type=_FILE, metavar="FILE", help="Write the comparison as JSON.")
@click.option("--html", "html_file", type=_FILE, metavar="FILE", help="Write it as one HTML file.")
def compare_command(*, reports: tuple[Path, ...], json_file: Path | None, html_file: Path | None) -> int:
    """Put REPORTS side by side: JSON reports of `cobrowse conform`, two or more.

    Exit codes: 0 no rule differs, 1 some do, 4 wrong usage.
    """
    if len(reports) < 2:
        raise click.UsageError("there are two reports or more to compare")
    writers = writable((json_file, write_comparison_json), (html_file, write_comparison_html))
    try:
        runs = [read_json(report) for report in reports]
    except (ReportError, OSError) as error:
        raise click.UsageError(str(error)) from None
    comparison = compare(runs)
    for file, write in writers:
        write(comparison, file)
    console = Console()
    print_comparison(console, comparison)
    for file, _ in writers:
        console.print(f"Written: {file}", highlight=False)
    return DIFFERENT if comparison.of_kind(Kind.DIFFERS) else ALIKE

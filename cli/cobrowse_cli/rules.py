"""``cobrowse rules``: read the rulebook, in the terminal or as a page."""

import difflib
from collections.abc import Callable
from pathlib import Path

import click
from cobrowse_spec.book import book
from rich.console import Console

from .book.markdown import markdown
from .book.page import page
from .book.terminal import print_list, print_rule

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("rule_id", required=False, metavar="[ID]")
@click.option("--html", "html_file", type=_FILE, metavar="FILE", help="Write the rulebook, as one HTML page.")
@click.option("--markdown", "markdown_file", type=_FILE, metavar="FILE", help="Write it as Markdown.")
def rules(*, rule_id: str | None, html_file: Path | None, markdown_file: Path | None) -> None:
    """Show all rules in a line each, or the rule ID in full.

    In full: its sentence, source and stories, what the invariant watches for, the guards of the machine
    that name it, and the known failures of other systems that it guards against.
    """
    if rule_id is not None and (html_file or markdown_file):
        raise click.UsageError("--html and --markdown write the whole rulebook: leave out the ID")
    console = Console(highlight=False)
    if rule_id is not None:
        entries = book().entries
        if rule_id.upper() not in entries:
            near = difflib.get_close_matches(rule_id.upper(), entries, n=1, cutoff=0.0)
            raise click.UsageError(f"there is no rule {rule_id!r}; did you mean {near[0]}?")
        print_rule(console, entries[rule_id.upper()])
    elif html_file or markdown_file:
        for file, text in ((html_file, page), (markdown_file, markdown)):
            if file is not None:
                _write(file, text)
                console.print(f"Written: {file}", markup=False)
    else:
        print_list(console, book())


def _write(file: Path, text: Callable[[], str]) -> None:
    if not file.parent.is_dir():
        raise click.UsageError(f"there is no folder {file.parent} to write {file.name} to")
    try:
        file.write_text(text(), encoding="utf-8")
    except OSError as error:
        raise click.UsageError(f"{file} cannot be written: {error.strerror}") from None

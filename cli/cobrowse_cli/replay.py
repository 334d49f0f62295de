"""``cobrowse replay``: see a failure again that a capsule holds."""

from pathlib import Path

import click
import trio
from cobrowse_conformance.generate.capsule import Capsule, CapsuleError, read_capsule
from cobrowse_conformance.generate.playing import Replayed, replay_capsule
from cobrowse_conformance.reports.terminal import drawn_timeline, plain
from cobrowse_conformance.reports.timeline import around, timeline
from cobrowse_conformance.targets import TargetDown
from cobrowse_conformance.venues import open_wire_venue
from cobrowse_conformance.verdicts import Exit
from rich.console import Console
from rich.text import Text

from .collector import tune_gc
from .failures import in_words
from .targets import open_target


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--target", metavar="URL", help="A server that speaks cobrowse.v1. Else the reference server.")
@click.option(
    "--controller-key-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File that holds the target's controller key. Else $COBROWSE_CONTROLLER_KEY.",
)
@click.option("--feature", "only_feature", is_flag=True, help="Print the story as a feature, and stop.")
def replay(*, file: Path, target: str | None, controller_key_file: Path | None, only_feature: bool) -> int:
    """Play the story in FILE, a capsule of `cobrowse conform --generate`, and say whether it fails again.

    Exit codes: 0 it passes, 1 it fails as it did or otherwise, 2 undecided, 3 the suite's own fault,
    4 no capsule.
    """
    try:
        capsule = read_capsule(file)
        capsule.example()
    except CapsuleError as error:
        raise click.UsageError(str(error)) from None
    if only_feature:
        click.echo(capsule.feature, nl=False)
        return Exit.CONFORMANT
    tune_gc()
    try:
        found = trio.run(_replay, capsule, target, controller_key_file)
    except BaseExceptionGroup as errors:
        trouble = in_words(errors, (TargetDown,), "there is nothing to play it to")
        if isinstance(trouble, click.UsageError) or not isinstance(trouble, click.ClickException):
            raise trouble from None
        click.echo(trouble.message, err=True)
        return Exit.INCOMPLETE
    _print(Console(highlight=False), capsule, found)
    return found.exit_code


async def _replay(capsule: Capsule, url: str | None, key_file: Path | None) -> Replayed:
    async with open_target(url, key_file) as target, open_wire_venue(target) as venue:
        return await replay_capsule(capsule, venue, target)


def _print(console: Console, capsule: Capsule, found: Replayed) -> None:
    console.print(Text(plain(f"{capsule.rule}, found {capsule.found} at {capsule.target.name}"), "bold"))
    console.print(Text(plain(f"there: {capsule.because}"), "dim"))
    if found.differs:
        console.print(Text(plain(found.differs), "yellow"))
    console.print()
    for line in found.result.gherkin.splitlines():
        deciding = found.result.line != "" and line.strip() == found.result.line
        console.print(Text(plain(line), "bold red" if deciding else ""))
    rows = around(timeline(found.result.trace, found.events)) if found.events else []
    if rows:
        console.print(drawn_timeline(console, rows))
    console.print()
    console.print(Text(plain(found.words), "bold red" if found.exit_code else "bold green"))

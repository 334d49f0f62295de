"""``cobrowse explore``: put the machine before the invariants, in every state that it can get into.

Order: the command, the clock and the progress, what is printed, what is written.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import click
import msgspec
from cobrowse_spec.explore import Exploration, Missing, Progress, explore
from cobrowse_spec.trace import SPEC_VERSION
from rich.console import Console
from rich.progress import Progress as Bar
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

#: Exit codes.
FAULTLESS: Final = 0
BROKEN: Final = 1
INCOMPLETE: Final = 2


class Report(msgspec.Struct, frozen=True):
    """What ``--json`` writes: what was found, and how long it took."""

    spec_version: str
    #: Of this process's CPU.
    seconds: float
    transitions_per_s: float
    exploration: Exploration


@click.command("explore")
@click.option("--depth", type=click.IntRange(min=0), metavar="N", help="Go no further than N deeds.")
@click.option("--transitions", type=click.IntRange(min=1), metavar="N", help="Stop after N transitions.")
@click.option(
    "--json",
    "json_file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write what was found as JSON.",
)
def explore_command(*, depth: int | None, transitions: int | None, json_file: Path | None) -> int:
    """Explore the machine: every state, every deed of a reduced alphabet, judged by every invariant.

    Without bounds it goes on until no new state is left, for a minute or two. Exit codes: 0 no rule
    broken and nothing left out without a reason, 1 a rule broken, 2 something was never met.
    """
    if json_file is not None and not json_file.parent.is_dir():
        raise click.UsageError(f"there is no folder {json_file.parent} to write {json_file.name} to")
    report = _measured(depth, transitions)
    print_report(Console(highlight=False), report)
    if json_file is not None:
        json_file.write_bytes(msgspec.json.format(msgspec.json.encode(report)) + b"\n")
        click.echo(f"Written: {json_file}")
    if report.exploration.violations:
        return BROKEN
    return INCOMPLETE if report.exploration.gaps else FAULTLESS


def _measured(depth: int | None, transitions: int | None) -> Report:
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    began = time.process_time()
    with Bar(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        found = explore(depth=depth, transitions=transitions, told=_shown(bar))
    seconds = time.process_time() - began
    return Report(SPEC_VERSION, seconds, found.transitions / max(seconds, 1e-9), found)


def _shown(bar: Bar) -> Callable[[Progress], None]:
    task = bar.add_task("exploring", total=None)

    def show(progress: Progress) -> None:
        words = (
            f"{progress.transitions:,} transitions, {progress.states:,} states, "
            f"{progress.waiting:,} of them waiting, depth {progress.depth}"
        )
        bar.update(task, description=words)

    return show


# What is printed


def print_report(console: Console, report: Report) -> None:
    """Figures, then what was never met, then what is broken and how one gets there."""
    found = report.exploration
    for violation in found.violations:
        console.print(Text("\n  ".join(violation.lines), style="red"), end="\n\n", soft_wrap=True)
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for name, value in _figures(report):
        table.add_row(name, value)
    console.print(table)
    for title, missing in (
        ("Cells never reached", found.unreached),
        ("Guards that never refused", found.idle_guards),
        ("Invariants never exercised", found.unexercised),
    ):
        _print_missing(console, title, missing)
    console.print(Text(_verdict(found), style="bold"))


def _figures(report: Report) -> list[tuple[str, str]]:
    found = report.exploration
    rules = len(found.held) + len(found.unexercised)
    return [
        ("states", f"{found.states:,}"),
        ("transitions", f"{found.transitions:,}, of {found.letters} letters"),
        ("depth", f"{found.depth}, {'nothing left to explore' if found.closed else 'stopped at a bound'}"),
        ("time", f"{report.seconds:.1f} s of CPU, {report.transitions_per_s:,.0f} transitions/s"),
        ("cells", f"{found.cells - len(found.unreached)} of {found.cells} reached"),
        ("refusals", f"{len(found.refusals)} different ones (rule and reason)"),
        ("invariants", f"{len(found.held)} of {rules} exercised"),
    ]


def _print_missing(console: Console, title: str, missing: tuple[Missing, ...]) -> None:
    if not missing:
        return
    console.print(Text(f"\n{title}:"))
    for one in missing:
        style = "dim" if one.reason else "red"
        console.print(
            Text(f"  {one.name}: {one.reason or 'NO REASON IS KNOWN'}", style=style), soft_wrap=True
        )


def _verdict(found: Exploration) -> str:
    if found.violations:
        broken = ", ".join(f"{rule} ({count:,} times)" for rule, count in sorted(found.violated.items()))
        return f"\nBroken: {broken}"
    if found.gaps:
        return f"\nNo rule is broken; {len(found.gaps)} things were never met."
    return "\nNo rule is broken, and everything was met."

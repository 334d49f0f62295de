"""``cobrowse faults``: the kill matrix, which shows whether the suite notices when a rule is lost."""

import os
from pathlib import Path

import click
from rich.console import Console

from .faults.report import Progress, print_matrix, write_html, write_json
from .faults.tools import Kind

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.option("--json", "json_path", type=_FILE, metavar="FILE", help="Write the matrix as JSON.")
@click.option("--html", "html_path", type=_FILE, metavar="FILE", help="Write the matrix as one HTML file.")
@click.option("--rule", "rule_ids", multiple=True, metavar="ID", help="Only faults of this rule. Repeatable.")
@click.option(
    "--kind",
    type=click.Choice(["derived", *(kind.value for kind in Kind)]),
    help="Only derived faults, or only those of one kind.",
)
@click.option(
    "--name", "names", multiple=True, metavar="NAME", help="Only faults of this name; may hold `*`."
)
@click.option(
    "--seed", type=int, default=1, show_default=True, help="For what the suite draws, and the order."
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    default=lambda: 2 * (os.cpu_count() or 1),
    show_default="two a core, since they wait a lot",
    help="Processes.",
)
def faults(
    *,
    json_path: Path | None,
    html_path: Path | None,
    rule_ids: tuple[str, ...],
    kind: str | None,
    names: tuple[str, ...],
    seed: int,
    jobs: int,
) -> int:
    """Break the reference system, one place at a time, and see whether the suite notices.

    Each fault must be caught by the check of the very rule that it breaks. Exit codes: 0 all were, 1 some
    were not, 3 the result is void: without a fault the suite failed, or with the control fault it passed.
    """
    # Imported here: they load the server, the suite and the machine, which `cobrowse --help` needs not.
    from .faults.choice import chosen  # noqa: PLC0415
    from .faults.derived import derivation  # noqa: PLC0415
    from .faults.matrix import run_matrix  # noqa: PLC0415
    from .faults.pool import CONTROL, processes  # noqa: PLC0415

    selected = chosen(rule_ids, kind, names)
    console = Console(highlight=False)
    with Progress(Console(stderr=True)) as progress, processes(jobs) as play_all:
        matrix = run_matrix(
            selected,
            play_all,
            seed=seed,
            jobs=jobs,
            control=CONTROL,
            left_out={one.name: one.because for one in derivation().left_out},
            told=progress.told,
        )
    print_matrix(console, matrix)
    if json_path is not None:
        write_json(matrix, json_path)
    if html_path is not None:
        write_html(matrix, html_path)
    return matrix.exit_code

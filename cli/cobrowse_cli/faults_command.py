"""``cobrowse faults``: the kill matrix, which shows whether the suite notices when a rule is lost."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from .faults.report import Progress, print_matrix, write_html, write_json
from .faults.tools import Kind
from .products import BROWSERS, brand_named, profile_in, reference_profile

if TYPE_CHECKING:
    from .faults.matrix import Matrix, Told

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
    help="Processes (else two a core, since they wait a lot), or pairs of browsers (else one a core).",
)
@click.option(
    "--level",
    type=click.Choice(["wire", "browser"]),
    default="wire",
    show_default=True,
    help="Faults of server and scripted clients over the wire, or of the web client in real browsers.",
)
def faults(
    *,
    json_path: Path | None,
    html_path: Path | None,
    rule_ids: tuple[str, ...],
    kind: str | None,
    names: tuple[str, ...],
    seed: int,
    jobs: int | None,
    level: str,
) -> int:
    """Break the reference system, one place at a time, and see whether the suite notices.

    Each fault must be caught by the check of the very rule that it breaks. Exit codes: 0 all were, 1 some
    were not, 3 the result is void: without a fault the suite failed, or with the control fault it passed.
    """
    console = Console(highlight=False)
    play = _in_browsers if level == "browser" else _over_the_wire
    with Progress(Console(stderr=True)) as progress:
        matrix = play(rule_ids, kind, names, seed, jobs, progress.told)
    print_matrix(console, matrix)
    if json_path is not None:
        write_json(matrix, json_path)
    if html_path is not None:
        write_html(matrix, html_path)
    return matrix.exit_code


def _over_the_wire(
    rule_ids: tuple[str, ...],
    kind: str | None,
    names: tuple[str, ...],
    seed: int,
    jobs: int | None,
    told: "Told",
) -> "Matrix":
    # Imported here: they load the server, the suite and the machine, which `cobrowse --help` needs not.
    from .faults.choice import chosen  # noqa: PLC0415
    from .faults.derived import derivation  # noqa: PLC0415
    from .faults.matrix import run_matrix  # noqa: PLC0415
    from .faults.pool import CONTROL, all_faults, processes  # noqa: PLC0415

    selected = chosen(all_faults().values(), rule_ids, kind, names)
    jobs = jobs or 2 * (os.cpu_count() or 1)
    left_out = {one.name: one.because for one in derivation().left_out}
    with processes(jobs) as play_all:
        return run_matrix(
            selected, play_all, seed=seed, jobs=jobs, control=CONTROL, left_out=left_out, told=told
        )


def _in_browsers(
    rule_ids: tuple[str, ...],
    kind: str | None,
    names: tuple[str, ...],
    seed: int,
    jobs: int | None,
    told: "Told",
) -> "Matrix":
    brand_named(BROWSERS[0])
    from .faults.choice import chosen  # noqa: PLC0415 -- see above
    from .faults.matrix import run_matrix  # noqa: PLC0415
    from .faults.web_matrix import CONTROL, browsers, web_faults  # noqa: PLC0415

    selected = chosen(web_faults(), rule_ids, kind, names)
    jobs = jobs or os.cpu_count() or 1
    play_all = browsers(
        profile_in(reference_profile()), jobs, tuple(dict.fromkeys(one.rule for one in selected))
    )
    return run_matrix(selected, play_all, seed=seed, jobs=jobs, control=CONTROL, equivalents=(), told=told)

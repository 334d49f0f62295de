"""``cobrowse capacity``: how many sessions a server carries while an objective holds."""

from pathlib import Path

import click
import msgspec
import trio
from cobrowse_conformance.targets import TargetDown
from cobrowse_conformance.verdicts import Exit
from cobrowse_simulator.bench.process import NotMeasurable
from cobrowse_simulator.load.capacity import Capacity, Step, Stepping, best_of, plan_of, search
from cobrowse_simulator.load.html_report import capacity_as_html
from cobrowse_simulator.load.profile import ProfileError, read_objective
from cobrowse_simulator.load.reach import CannotRun, Server
from cobrowse_simulator.load.terminal import print_capacity, words_of_step
from rich.console import Console

from .collector import tune_gc
from .failures import in_words
from .targets import open_target

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.option("--slo", "objective", required=True, metavar="TEXT", help="As in 'act_to_effect p99 < 200 ms'.")
@click.option(
    "--target", "url", metavar="URL", help="Base URL of the server; else the reference server is started."
)
@click.option("--controller-key-file", type=_FILE, help="File that holds the target's controller key.")
@click.option("--pid", type=click.IntRange(min=1), help="The server's process, if it runs on this machine.")
@click.option(
    "--profile",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Whose journeys, pages and networks to use; else some of ten seconds each.",
)
@click.option(
    "--from",
    "first",
    type=click.FloatRange(min=0.1),
    default=2.0,
    show_default=True,
    help="Sessions a second of the first step.",
)
@click.option(
    "--step",
    "step_s",
    type=click.FloatRange(min=1),
    default=30.0,
    show_default=True,
    help="Seconds in which sessions arrive in a step.",
)
@click.option("--json", "json_file", type=_FILE, metavar="FILE", help="Write what was found as JSON.")
@click.option(
    "--html", "html_file", type=_FILE, metavar="FILE", help="Write it as one HTML file, with plots."
)
def capacity(
    *,
    objective: str,
    url: str | None,
    controller_key_file: Path | None,
    pid: int | None,
    profile: Path | None,
    first: float,
    step_s: float,
    json_file: Path | None,
    html_file: Path | None,
) -> int:
    """Search the highest rate of arrivals at which a server holds an objective.

    As in: cobrowse capacity --slo "act_to_effect p99 < 200 ms" --html capacity.html

    The rate is doubled until a step misses the objective, then the gap is halved. A step lasts --step seconds and
    until its sessions are over, some ten seconds later; there are eight to twelve of them.

    Exit codes: 0 the server's limit was found, 1 no step held, 2 the limit was the generator's, 4 wrong usage.
    """
    try:
        read_objective(objective)
        plan = plan_of(profile)
    except (ValueError, ProfileError) as error:
        raise click.UsageError(str(error)) from None
    if plan.profile.faults.any:
        raise click.UsageError(
            "capacity is searched in a world in which nothing goes wrong: leave [faults] out"
        )
    for file in (json_file, html_file):
        if file is not None and not file.parent.is_dir():
            raise click.UsageError(f"there is no folder {file.parent} to write {file.name} to")
    console = Console(highlight=False, soft_wrap=True)

    async def go() -> Capacity:
        async with open_target(url, controller_key_file) as target:
            server = Server(target.url, target.controller_key, target.name)
            stepping = Stepping(plan, server, objective, step_s=step_s, pid=pid or target.pid)

            async def measure(rate: float) -> Step:
                with console.status(f"{rate:.3g} sessions a second"):
                    step = await stepping.measure(rate)
                console.print(words_of_step(step))
                return step

            console.print(
                f"{server.name}: {objective}? Steps of {step_s:g} s, and until their sessions are over."
            )
            steps, is_limit = await search(measure, first)
            return Capacity(server.name, objective, steps, best_of(steps), is_limit)

    tune_gc()
    try:
        found = trio.run(go)
    except BaseException as error:
        known = (CannotRun, TargetDown, NotMeasurable)
        raise in_words(error, known, "the capacity cannot be searched") from None
    print_capacity(console, found)
    if json_file is not None:
        json_file.write_bytes(msgspec.json.format(msgspec.json.encode(found)) + b"\n")
        click.echo(f"Written: {json_file}")
    if html_file is not None:
        html_file.write_text(capacity_as_html(found), encoding="utf-8")
        click.echo(f"Written: {html_file}")
    if found.best is None:
        return Exit.NOT_CONFORMANT
    return Exit.CONFORMANT if found.is_limit else Exit.INCOMPLETE

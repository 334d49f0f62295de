"""``cobrowse simulate``: many sessions at once, each judged by the rulebook while it happens."""

from pathlib import Path

import click
import msgspec
import trio
from cobrowse_conformance.targets import Target, TargetDown
from cobrowse_conformance.verdicts import Exit
from cobrowse_simulator.load.profile import Plan, ProfileError, read_profile
from cobrowse_simulator.load.reach import CannotRun, Server
from cobrowse_simulator.load.run import Kept, Report, Run
from cobrowse_simulator.load.terminal import dashboard, print_report
from cobrowse_spec.trace import write_trace
from msgspec.structs import replace
from rich.console import Console

from .failures import in_words
from .targets import open_target


@click.command()
@click.argument("profile", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--target", "url", metavar="URL", help="Base URL of the server; else the reference server is started."
)
@click.option(
    "--controller-key-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File that holds the target's controller key. Else $COBROWSE_CONTROLLER_KEY.",
)
@click.option("--seed", type=int, help="Decides every draw; else the profile's own.")
@click.option(
    "--json",
    "json_file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the report as JSON.",
)
@click.option(
    "--traces",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Keep the traces of sessions that broke a rule or failed.",
)
def simulate(
    *,
    profile: Path,
    url: str | None,
    controller_key_file: Path | None,
    seed: int | None,
    json_file: Path | None,
    traces: Path | None,
) -> int:
    """Run the load profile in PROFILE (TOML), and judge every session by the rulebook.

    Exit codes: 0 all thresholds held, 1 one was missed, 2 the generator itself was the bottleneck or no session
    began, 3 a fault of this program, 4 a profile that cannot be run.
    """
    try:
        plan = read_profile(profile)
    except ProfileError as error:
        raise click.UsageError(str(error)) from None
    if seed is not None:
        plan = plan._replace(profile=replace(plan.profile, seed=seed))
    for folder in [one.parent for one in (json_file,) if one is not None]:
        if not folder.is_dir():
            raise click.UsageError(f"there is no folder {folder} to write to")
    report = _run(plan, url, controller_key_file, traces)
    print_report(Console(highlight=False), report)
    if json_file is not None:
        json_file.write_bytes(msgspec.json.format(msgspec.json.encode(report)) + b"\n")
        click.echo(f"Written: {json_file}")
    if report.generator.invalid:
        return Exit.INCOMPLETE
    return Exit.CONFORMANT if report.passed else Exit.NOT_CONFORMANT


def _run(plan: Plan, url: str | None, key_file: Path | None, traces: Path | None) -> Report:
    kept = 0

    def keep(one: Kept) -> None:
        nonlocal kept
        if traces is not None:
            kept += 1
            traces.mkdir(parents=True, exist_ok=True)
            name = "-".join(one.rules[:3]) or "failed"
            with (traces / f"{kept:03d}-{name}.jsonl").open("w", encoding="utf-8") as file:
                write_trace(one.trace, file)

    async def go() -> Report:
        async with open_target(url, key_file) as target:
            run = Run(plan, _server(target), keep=keep)
            async with dashboard(Console(stderr=True), run):
                return await run.go()

    try:
        return trio.run(go)
    except BaseException as error:
        raise in_words(error, (CannotRun, TargetDown), "the profile cannot be run") from None


def _server(target: Target) -> Server:
    return Server(target.url, target.controller_key, target.name)

"""``cobrowse bench``: what the machine and a server cost."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
import httpx
import msgspec
import trio
from cobrowse_conformance.targets import TargetDown
from cobrowse_simulator.bench.clients.comparison import Comparison
from cobrowse_simulator.bench.clients.run import MOST_SESSIONS, SESSIONS, TooMany
from cobrowse_simulator.bench.clients.run import Sizes as ClientSizes
from cobrowse_simulator.bench.crowd import BenchmarkFailed, Server
from cobrowse_simulator.bench.measures import Report
from cobrowse_simulator.bench.process import NotMeasurable
from cobrowse_simulator.bench.run import BENCHMARKS, run_benchmarks
from cobrowse_simulator.bench.serving import Sizes
from cobrowse_simulator.bench.steps import FEWEST_STEPS, Bulk
from cobrowse_simulator.bench.terminal import print_report
from cobrowse_simulator.links import LinkClosed, LinkRefused, LinkUnreachable
from rich.console import Console
from rich.progress import Progress

from . import bench_clients
from .failures import in_words
from .targets import REFERENCE, open_target

if TYPE_CHECKING:
    from .bench_browser import Figure

#: What a server may do while it is measured that is no fault of this command.
_SERVERS_FAULTS = (
    BenchmarkFailed,
    NotMeasurable,
    TargetDown,
    LinkClosed,
    LinkRefused,
    LinkUnreachable,
    httpx.HTTPError,
    msgspec.DecodeError,
)


@click.command()
@click.argument("which", required=False, type=click.Choice(list(BENCHMARKS)))
@click.option(
    "--json",
    "json_file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the report as JSON.",
)
@click.option("--browser", is_flag=True, help="Measure the web client instead, in headless Chromium.")
@click.option(
    "--clients",
    is_flag=True,
    help="Measure the simulator's client instead, beside Locust and Artillery where `make clients` installed them.",
)
@click.option(
    "--sessions",
    type=click.IntRange(1),
    help=f"With steps: play so many whole sessions. With --clients: so many at the same time, {SESSIONS} by default.",
)
@click.option(
    "--steps",
    type=click.IntRange(FEWEST_STEPS),
    default=20,
    show_default=True,
    help="Steps of each session, with steps and --sessions.",
)
@click.option("--url", help="Measure the server at this base URL, not the reference server.")
@click.option("--pid", type=click.IntRange(min=1), help="Its process, if it runs on this machine.")
@click.option(
    "--controller-key-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File that holds its controller key. Else $COBROWSE_CONTROLLER_KEY.",
)
def bench(
    *,
    which: str | None,
    json_file: Path | None,
    browser: bool,
    clients: bool,
    sessions: int | None,
    steps: int,
    url: str | None,
    pid: int | None,
    controller_key_file: Path | None,
) -> None:
    """Measure the machine (steps) and a server (relay, open, idle); all of them by default.

    With steps, --sessions 1000000 plays a million whole sessions on the machine.

    Without --url the reference server is started and measured. Takes less than a minute, and only
    measures: a missed aim is shown, and is no error. A server at --url keeps a policy named bench.

    With --clients it is the simulator's client that is measured, and Locust and Artillery on the same
    exchange: two minutes for all. They are no part of the project; `make clients` installs them in
    build/clients of its folder, and one that is not there is left out.
    """
    names = list(BENCHMARKS) if which is None else [which]
    if url is None and pid is not None:
        raise click.UsageError("--pid goes with --url")
    if url is not None and pid is None and "idle" in names:
        if which is not None:
            raise click.UsageError("idle reads the memory of the server's process: give --pid")
        names.remove("idle")
    if json_file is not None and not json_file.parent.is_dir():
        raise click.UsageError(f"there is no folder {json_file.parent} to write {json_file.name} to")
    if browser and (which is not None or url is not None):
        raise click.UsageError("--browser goes with no other measurement, and with the reference server")
    if clients and (which is not None or url is not None or browser):
        raise click.UsageError("--clients goes with no other measurement")
    if sessions is not None and which != "steps" and not clients:
        raise click.UsageError("--sessions goes with steps, or with --clients")
    if clients and sessions is not None and sessions > MOST_SESSIONS:
        raise click.UsageError(f"--clients holds {MOST_SESSIONS} sessions at the same time, at most")
    bulk = None if sessions is None else Bulk(sessions, steps)
    report: object
    if browser:
        report = _in_browsers()
    elif clients:
        report = _of_clients(sessions or SESSIONS)
    else:
        report = _of_servers(names, url, pid or 0, controller_key_file, bulk)
    if json_file is not None:
        json_file.write_bytes(msgspec.json.format(msgspec.json.encode(report)) + b"\n")
        click.echo(f"Written: {json_file}")


def _in_browsers() -> "list[Figure]":
    """Measure the web client, and print what came of it."""
    try:
        from cobrowse_simulator.browsers.chromium import NoChromium  # noqa: PLC0415 -- an extra: not everybody has it

        from .bench_browser import measure, print_figures  # noqa: PLC0415 -- the same
    except ModuleNotFoundError as error:
        raise click.ClickException(f"{error}: pip install 'cobrowse-kit[browser]'") from None
    try:
        figures = measure()
    except (NoChromium, TargetDown) as error:
        raise click.ClickException(str(error)) from None
    print_figures(Console(highlight=False), figures)
    return figures


def _of_clients(sessions: int) -> Comparison:
    """Measure the simulator's client and its rivals, and print what came of it."""
    try:
        comparison = bench_clients.measure(ClientSizes(sessions), _say_client)
    except BaseException as error:
        raise in_words(error, (TooMany, NotMeasurable, OSError), "the clients cannot be measured") from None
    bench_clients.print_comparison(Console(highlight=False), comparison)
    return comparison


def _say_client(name: str) -> None:
    click.echo(f"{name} ...", err=True)


def _of_servers(
    names: list[str], url: str | None, pid: int, key_file: Path | None, bulk: Bulk | None
) -> Report:
    report = _run(names, url, pid, key_file, bulk)
    print_report(Console(highlight=False), report)
    return report


def _run(
    names: list[str], url: str | None, pid: int, key_file: Path | None, bulk: Bulk | None = None
) -> Report:
    def open_server() -> AbstractAsyncContextManager[Server]:
        return _open_server(url, pid, key_file)

    async def run() -> Report:
        target = f"{REFERENCE}, started for each benchmark" if url is None else url
        return await run_benchmarks(
            names,
            open_server,
            target=target,
            sizes=sizes,
            bulk=bulk,
            told=_say,
            played=lambda played: progress.update(playing, completed=played),
        )

    sizes = Sizes() if url is None else Sizes(idle_repeats=1)  # memory once used is not all given back
    console = Console(stderr=True)
    progress = Progress(console=console, transient=True, disable=bulk is None or not console.is_terminal)
    playing = progress.add_task("Sessions", total=None if bulk is None else bulk.sessions)
    try:
        with progress:
            return trio.run(run)
    except BaseException as error:
        raise in_words(error, _SERVERS_FAULTS, "the server cannot be measured") from None


@asynccontextmanager
async def _open_server(url: str | None, pid: int, key_file: Path | None) -> AsyncIterator[Server]:
    async with open_target(url, key_file) as target:
        yield Server(target.url, target.controller_key, pid or target.pid, fresh=url is None)


def _say(name: str) -> None:
    click.echo(f"{name}: {BENCHMARKS[name]} ...", err=True)

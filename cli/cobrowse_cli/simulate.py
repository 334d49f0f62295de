"""``cobrowse simulate``: many sessions at once, each judged by the rulebook while it happens."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import NamedTuple

import click
import msgspec
import trio
from cobrowse_conformance.targets import TargetDown
from cobrowse_conformance.verdicts import Exit
from cobrowse_simulator.load.comparing import compare
from cobrowse_simulator.load.html_report import as_html
from cobrowse_simulator.load.mishaps import Schedule
from cobrowse_simulator.load.profile import Plan, ProfileError, read_profile
from cobrowse_simulator.load.prometheus import serving_metrics
from cobrowse_simulator.load.reach import CannotRun, Server
from cobrowse_simulator.load.run import Kept, Report, Run
from cobrowse_simulator.load.terminal import dashboard, print_comparison, print_report, print_swarm
from cobrowse_simulator.virtual.swarm import run_swarm
from cobrowse_simulator.virtual.world import World, run_virtual
from cobrowse_spec.trace import write_trace
from msgspec.structs import replace
from rich.console import Console
from rich.progress import track

from .collector import tune_gc
from .failures import in_words
from .targets import open_target
from .virtual_server import VirtualReferenceServer


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
@click.option(
    "--virtual", is_flag=True, help="In virtual time, with the reference server's own code: no network."
)
@click.option(
    "--seeds",
    type=click.IntRange(min=1),
    help="With --virtual: run the profile once for each of so many seeds.",
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
    "--html",
    "html_file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the report as one HTML file, with plots.",
)
@click.option(
    "--traces",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Keep the traces of sessions that broke a rule or failed.",
)
@click.option(
    "--compare",
    "compare_with",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="OLD.json",
    help="Show the run beside an earlier one, and what is worse or better beyond chance.",
)
@click.option(
    "--prometheus",
    "metrics_port",
    type=click.IntRange(0, 65535),
    metavar="PORT",
    help="While the run goes on, serve its figures at http://127.0.0.1:PORT/metrics; 0: at any free port.",
)
@click.option("--workers", type=click.IntRange(1, 64), help="Run it in so many processes, with Dask.")
@click.option(
    "--cluster",
    "scheduler",
    metavar="tcp://HOST:PORT",
    help="Run it on the workers of this Dask cluster; they have to reach the target.",
)
@click.option("--every-trace", is_flag=True, help="With --traces: keep those of all sessions.")
def simulate(
    *,
    profile: Path,
    url: str | None,
    controller_key_file: Path | None,
    virtual: bool,
    seeds: int | None,
    seed: int | None,
    json_file: Path | None,
    html_file: Path | None,
    traces: Path | None,
    compare_with: Path | None,
    metrics_port: int | None,
    workers: int | None,
    scheduler: str | None,
    every_trace: bool,
) -> int:
    """Run the load profile in PROFILE (TOML), and judge every session by the rulebook.

    Exit codes: 0 all thresholds held, 1 one was missed, 2 the generator itself was the bottleneck or no session
    began, 3 a fault of this program, 4 a profile that cannot be run.
    """
    if virtual and metrics_port is not None:
        raise click.UsageError("--prometheus goes with real time: a run in virtual time is over in a moment")
    if seeds is not None and compare_with is not None:
        raise click.UsageError("--compare shows one run beside another: leave --seeds out")
    if (workers or scheduler) and (virtual or metrics_port is not None):
        raise click.UsageError("--workers and --cluster go without --virtual and --prometheus")
    if workers and scheduler:
        raise click.UsageError("--workers are processes of this machine, --cluster has workers of its own")
    _refuse_bad_options(
        url,
        virtual,
        seeds,
        keeps_every=every_trace,
        has_traces=traces is not None,
        files=(json_file, html_file),
    )
    try:
        plan = read_profile(profile)
    except ProfileError as error:
        raise click.UsageError(str(error)) from None
    if seed is not None:
        plan = with_seed(plan, seed)
    before = None if compare_with is None else _read_report(compare_with)
    folder = _Folder(traces)
    tune_gc()
    if seeds is not None:
        return _swarm(plan, seeds, folder, json_file, every_trace=every_trace)
    if virtual:
        report = run_in_virtual_time(plan, folder.keep, keep_every=every_trace)
    else:
        elsewhere = _Elsewhere(workers or 0, scheduler or "") if workers or scheduler else None
        report = _run(
            plan,
            url,
            controller_key_file,
            folder.keep,
            keep_every=every_trace,
            metrics_port=metrics_port,
            elsewhere=elsewhere,
        )
    print_report(Console(highlight=False), report)
    if before is not None:
        _compare(before, report)
    if json_file is not None:
        json_file.write_bytes(msgspec.json.format(msgspec.json.encode(report)) + b"\n")
        click.echo(f"Written: {json_file}")
    if html_file is not None:
        html_file.write_text(as_html(report), encoding="utf-8")
        click.echo(f"Written: {html_file}")
    return _exit_code(report)


def _refuse_bad_options(
    url: str | None,
    virtual: bool,
    seeds: int | None,
    *,
    keeps_every: bool,
    has_traces: bool,
    files: tuple[Path | None, ...],
) -> None:
    if virtual and url is not None:
        raise click.UsageError("--virtual has no network: it goes without --target")
    if seeds is not None and not virtual:
        raise click.UsageError("--seeds goes with --virtual: real time would take as long for each")
    if seeds is not None and files[1] is not None:
        raise click.UsageError("--html reports one run: leave --seeds out, and name the run's --seed")
    if keeps_every and not has_traces:
        raise click.UsageError("--every-trace goes with --traces FOLDER")
    for file in files:
        if file is not None and not file.parent.is_dir():
            raise click.UsageError(f"there is no folder {file.parent} to write {file.name} to")


def _read_report(path: Path) -> Report:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Report)
    except (OSError, msgspec.DecodeError) as error:
        raise click.UsageError(f"{path} is no report of a run: {error}") from None


def _compare(before: Report, after: Report) -> None:
    try:
        compared = compare(before, after)
    except ValueError as error:
        raise click.UsageError(f"these runs cannot be compared: {error}") from None
    print_comparison(Console(highlight=False), compared)


def _exit_code(report: Report) -> int:
    if report.generator.invalid:
        return Exit.INCOMPLETE
    return Exit.CONFORMANT if report.passed else Exit.NOT_CONFORMANT


def with_seed(plan: Plan, seed: int) -> Plan:
    """The plan with another seed."""
    return plan._replace(profile=replace(plan.profile, seed=seed))


class _Folder:
    """Where traces are kept, if anywhere."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._kept = 0

    def keep(self, one: Kept) -> None:
        """Write one trace; its name says what is wrong with it."""
        if self._path is None:
            return
        self._kept += 1
        self._path.mkdir(parents=True, exist_ok=True)
        name = "-".join(one.rules[:3]) or ("failed" if one.reason else "good")
        with (self._path / f"{self._kept:04d}-{name}.jsonl").open("w", encoding="utf-8") as file:
            write_trace(one.trace, file)


# Real time


def _run(
    plan: Plan,
    url: str | None,
    key_file: Path | None,
    keep: Callable[[Kept], None],
    *,
    keep_every: bool,
    metrics_port: int | None = None,
    elsewhere: "_Elsewhere | None" = None,
) -> Report:
    async def go() -> Report:
        async with AsyncExitStack() as stack:
            target = await stack.enter_async_context(open_target(url, key_file))
            server = Server(target.url, target.controller_key, target.name)
            if elsewhere is not None:
                share_out = partial(elsewhere.run, plan, server, keep, keep_every=keep_every)
                return await trio.to_thread.run_sync(share_out)
            run = Run(plan, server, keep=keep, keep_every=keep_every)
            if metrics_port is not None:
                try:
                    address = await stack.enter_async_context(serving_metrics(run, metrics_port))
                except OSError as error:
                    raise click.UsageError(f"port {metrics_port} is not to be had: {error}") from None
                click.echo(f"Metrics: {address}", err=True)
            await stack.enter_async_context(dashboard(Console(stderr=True), run))
            return await run.go()

    try:
        return trio.run(go)
    except BaseException as error:
        raise in_words(error, (CannotRun, TargetDown), "the profile cannot be run") from None


class _Elsewhere(NamedTuple):
    """Not in this process."""

    workers: int
    scheduler: str

    def run(self, plan: Plan, server: Server, keep: Callable[[Kept], None], *, keep_every: bool) -> Report:
        """Run a plan on a cluster; blocks."""
        from cobrowse_simulator.load.cluster import run_on_cluster  # noqa: PLC0415 -- only who asks for it pays for it

        return run_on_cluster(
            plan, server, workers=self.workers, scheduler=self.scheduler, keep=keep, keep_every=keep_every
        )


# Virtual time


def run_in_virtual_time(
    plan: Plan,
    keep: Callable[[Kept], None] = lambda kept: None,
    *,
    keep_every: bool = False,
    schedule: Schedule | None = None,
) -> Report:
    """Run a plan against the reference server's own code; the same plan gives the same traces, byte for byte.

    ``schedule`` says what goes wrong in a plan of one session, in place of what would be drawn.
    """
    seed = plan.profile.seed
    world = World(VirtualReferenceServer, seed, None if schedule is None else schedule.crashes)

    async def go() -> Report:
        return await Run(plan, world, keep=keep, keep_every=keep_every, schedule=schedule).go()

    return run_virtual(go, seed, world.post)


def _swarm(plan: Plan, seeds: int, folder: _Folder, json_file: Path | None, *, every_trace: bool) -> int:
    """The same profile for one seed after the other; stops at none, and makes the first that failed a short story."""
    first = plan.profile.seed
    console = Console(stderr=True)

    def play(one: Plan, keep: Callable[[Kept], None], *, schedule: Schedule | None = None) -> Report:
        return run_in_virtual_time(one, keep, keep_every=every_trace and schedule is None, schedule=schedule)

    found = run_swarm(
        plan,
        track(range(first, first + seeds), "Seeds", console=console, disable=not console.is_terminal),
        play,
        with_seed=with_seed,
        keep=folder.keep,
    )
    print_swarm(Console(highlight=False), found)
    if json_file is not None:
        json_file.write_bytes(msgspec.json.format(msgspec.json.encode(found)) + b"\n")
        click.echo(f"Written: {json_file}")
    if not found.failing:
        return Exit.CONFORMANT if found.counts.get("begun") else Exit.INCOMPLETE
    return Exit.NOT_CONFORMANT

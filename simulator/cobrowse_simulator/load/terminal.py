"""A load run in the terminal: a dashboard while it goes on, and what it came to.

Order: the dashboard, the report.
"""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Final

import trio
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from ..virtual.swarm import Swarm
from .capacity import WHOSE_LIMIT, WHOSE_MEMORY, Capacity, Outcome, Step
from .comparing import Change, Compared
from .meters import Summary, summary
from .profile import LATENCIES
from .run import Report, Run

#: Seconds between two pictures of the dashboard.
REFRESH_S: Final = 0.5

#: What each kind of latency is called.
NAMES: Final = {
    "join": "join",
    "request_to_prompt": "request → prompt",
    "approve_to_mode": "approve → Write Mode",
    "act_to_effect": "act → effect",
    "change_to_view": "change → view",
    "resume": "resume",
    "generator_lag": "generator's own lag",
}


@asynccontextmanager
async def dashboard(console: Console, run: Run) -> AsyncIterator[None]:
    """Show the run while the block lasts; nothing where the output is no terminal."""
    if not console.is_terminal:
        yield
        return
    with Live(console=console, auto_refresh=False, transient=True) as live:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_keep_showing, live, run)
            yield
            nursery.cancel_scope.cancel()


async def _keep_showing(live: Live, run: Run) -> None:
    while True:
        live.update(_picture(run), refresh=True)
        await trio.sleep(REFRESH_S)


def _picture(run: Run) -> RenderableType:
    meters, duration_s = run.meters, run.plan.profile.duration_s
    passed_s = trio.current_time() - run.began_at if run.began_at else 0.0
    counts = meters.counts
    head = Text.assemble(
        (run.plan.profile.name or "Simulation", "bold"),
        f"  {min(passed_s, duration_s):.0f} of {duration_s:.0f} s",
        "  (the last sessions end)" if passed_s > duration_s else "",
    )
    numbers = (
        f"{meters.active} sessions going on · {counts['arrived']} arrived · {counts['completed']} completed · "
        f"{counts['failed']} failed · {counts['turned_away']} turned away"
    )
    broken = meters.violations_at(["MUST", "MAY"])
    rules = Text(
        f"{broken} violations" if broken else f"{len(meters.exercised)} rules exercised, none broken",
        style="bold red" if broken else "green",
    )
    latencies = {kind: summary(one) for kind, one in meters.histograms.items()}
    bar = ProgressBar(total=duration_s, completed=min(passed_s, duration_s), width=60)
    return Group(head, bar, Text(numbers), rules, _latency_table(latencies))


def print_report(console: Console, report: Report) -> None:
    """Print what a run came to."""
    counts = report.counts
    console.print(
        f"[bold]{report.name or 'Simulation'}[/bold] against {report.target} ({report.server}), seed {report.seed}"
    )
    console.print(
        f"{counts.get('arrived', 0)} sessions arrived in {report.took_s:.1f} s: {counts.get('completed', 0)} completed, "
        f"{counts.get('failed', 0)} failed, {counts.get('turned_away', 0)} turned away, "
        f"{counts.get('unfinished', 0)} unfinished; {counts.get('events', 0):,} events judged"
    )
    console.print(_latency_table(report.latencies))
    _print_rules(console, report)
    _print_situations(console, report.situations)
    if report.errors:
        reasons = ", ".join(f"{reason} {count}" for reason, count in sorted(report.errors.items()))
        console.print(f"Failed sessions by reason: {reasons}")
    for share in report.missing:
        console.print(f"[bold red]missing[/bold red]  {share}")
    generator = report.generator
    console.print(
        f"The generator used {generator.cpu_s:.1f} CPU seconds, {generator.judging_share:.0%} of them for the invariants; "
        f"{generator.peak_memory_mb:.0f} MB; late by {generator.lag_p99_ms:.1f} ms (p99)"
    )
    if report.clock == "virtual" and generator.cpu_s and counts.get("completed"):
        completed = counts["completed"]
        console.print(
            f"{counts.get('messages', 0) / completed:.0f} messages a session; "
            f"{completed / generator.cpu_s:.0f} sessions a second of CPU"
        )
    for one in report.thresholds:
        style, word = ("green", "held") if one.held else ("red", "MISSED")
        console.print(
            f"[{style}]{word}[/{style}]  {one.objective}  (measured {one.measured:g})", highlight=False
        )
    if generator.invalid:
        console.print(
            f"[bold red]INVALID[/bold red]  {generator.invalid}: the figures say nothing about the server"
        )


def _print_situations(console: Console, situations: dict[str, int]) -> None:
    if not situations:
        return
    console.print(
        f"{sum(map(bool, situations.values()))} of {len(situations)} rare situations came about, "
        f"{sum(situations.values()):,} times in all"
    )
    missing = [name for name, count in situations.items() if not count]
    if missing:
        console.print(f"[dim]Never: {'; '.join(missing)}[/dim]")


def print_comparison(console: Console, compared: Iterable[Compared]) -> None:
    """Print two runs side by side, with what is beyond chance."""
    table = Table("Compared", "before", "after", "change", "", box=None)
    for column in table.columns[1:4]:
        column.justify = "right"
    styles = {Change.WORSE: "bold red", Change.BETTER: "green", Change.SAME: "dim"}
    for one in compared:
        share = f"{one.after / one.before - 1:+.0%}" if one.before else ""
        table.add_row(
            one.name,
            f"{one.before:.4g}",
            f"{one.after:.4g}",
            share,
            Text(one.change, style=styles[one.change]),
        )
    console.print(table)


def words_of_step(step: Step) -> str:
    """What one step of such a search came to, in a line."""
    rate = f"{step.rate:8.3g} a second"
    if step.outcome is Outcome.INVALID:
        return f"{rate}: says nothing of the server: {step.because}"
    why = step.because or f"(measured {step.measured:.4g})"
    return f"{rate}, {step.sessions:6.0f} at a time: {step.outcome} {why}"


def print_capacity(console: Console, found: Capacity) -> None:
    """Print what a search for the capacity found."""
    best = found.best
    if best is None:
        console.print(f"[red]No step held {found.objective}.[/red]")
        return
    least = "" if found.is_limit else "at least "
    console.print(
        f"[bold]{found.target}[/bold] carries {least}{best.rate:.3g} sessions a second, {best.sessions:.0f} at a time, "
        f"with {found.objective}"
    )
    if not found.is_limit:
        console.print(WHOSE_LIMIT)
    if found.per_core:
        console.print(f"{found.per_core:,.0f} sessions a core ({best.cores:.2f} cores used)")
    if found.per_gb:
        console.print(f"{found.per_gb:,.0f} sessions a GB ({best.memory_mb:.0f} MB taken). {WHOSE_MEMORY}")


def print_swarm(console: Console, swarm: Swarm) -> None:
    """Print what a swarm came to."""
    counts = swarm.counts
    console.print(
        f"{swarm.seeds} seeds from {swarm.first_seed}: {counts.get('completed', 0)} sessions completed, "
        f"{counts.get('failed', 0)} failed, {counts.get('events', 0):,} events judged, "
        f"{len(swarm.exercised)} rules exercised"
    )
    if swarm.rules_unreached:
        console.print(f"[dim]Rules never exercised: {', '.join(swarm.rules_unreached)}[/dim]")
    _print_situations(console, swarm.situations)
    for rule, count in sorted(swarm.violations.items()):
        console.print(f"[red]{rule}[/red] violated {count} times")
    if not swarm.failing:
        return
    console.print(f"{len(swarm.failing)} seeds failed; the first is {swarm.failing[0]}:")
    if swarm.story is None:
        console.print("it takes more than one session: none of them alone fails so")
    else:
        console.print(f"[red]{swarm.story.rule or 'failed'}[/red]: {swarm.story.because}")
        console.print(swarm.story.feature, markup=False)
        console.print(f"(shrunk in {swarm.story.attempts} runs)")
    console.print(
        f"Run it again: cobrowse simulate PROFILE --virtual --seed {swarm.failing[0]} --traces FOLDER"
    )


def _print_rules(console: Console, report: Report) -> None:
    if not report.violations:
        console.print(f"[green]{len(report.exercised)} rules exercised, none broken[/green]")
        return
    table = Table("Rule", "Violations", "Sessions that exercised it", box=None)
    for rule, count in sorted(report.violations.items()):
        table.add_row(f"[red]{rule}[/red]", str(count), str(report.exercised.get(rule, 0)))
    console.print(table)


def _latency_table(latencies: dict[str, Summary]) -> Table:
    table = Table("ms", "count", "p50", "p90", "p95", "p99", "max", box=None, title=None)
    for column in table.columns[1:]:
        column.justify = "right"
    for kind in LATENCIES:
        if (one := latencies.get(kind)) is not None:
            shown = [f"{one.percentiles[name]:.1f}" for name in ("p50", "p90", "p95", "p99")]
            table.add_row(NAMES[kind], str(one.count), *shown, f"{one.max:.1f}")
    return table

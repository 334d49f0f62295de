"""``cobrowse bench --clients``: what the simulator's client costs, beside other load tools.

Order: the comparison, what is shown of it.
"""

import os
import sys
from collections.abc import Callable
from functools import partial

import trio
from cobrowse_simulator.bench.clients.comparison import (
    Aim,
    Comparison,
    Row,
    aims_of,
    messages_per_cpu_s,
    notes_on,
    opened_per_cpu_s,
    peak_mb,
)
from cobrowse_simulator.bench.clients.run import Sizes, compare
from cobrowse_simulator.bench.clients.tools import tools
from cobrowse_simulator.bench.measures import machine
from cobrowse_simulator.bench.terminal import figure
from rich.box import SIMPLE
from rich.console import Console
from rich.padding import Padding
from rich.table import Table

#: Starts the simulator's own client in a process set up as for a load run.
OUR_COMMAND = [sys.executable, "-m", "cobrowse_cli.bench_our_client"]


def measure(sizes: Sizes, told: Callable[[str], None]) -> Comparison:
    """Measure all tools that there are.  Raises ``TooMany``."""
    here = machine()
    rows = trio.run(partial(compare, tools(OUR_COMMAND), sizes, told))
    notes = notes_on(sizes.sessions, sizes.window_s)
    return Comparison(here, os.getloadavg()[0], sizes.sessions, rows, aims_of(rows), notes)


def print_comparison(console: Console, comparison: Comparison) -> None:
    """Rows, aims and notes; a missed aim is shown, and is no error."""
    console.print(_rows(comparison))
    console.print(_aims(comparison.aims))
    here = comparison.machine
    load = f"load {here.load_before:.1f} before, {comparison.load_after:.1f} after"
    told = (f"{row.tool}: {row.missing or row.version}" for row in comparison.rows)
    for line in (*told, f"{here.cpu}; {here.cores} cores to use; {load}; {here.python}", *comparison.notes):
        console.print(Padding(line, (0, 0, 0, 2)))


def _rows(comparison: Comparison) -> Table:
    title = f"{comparison.sessions} sessions of two parties: in a CPU second of each client"
    table = Table(title=title, title_justify="left", box=SIMPLE, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("client", no_wrap=True)
    for head in ("messages", "opened", "peak MB\n(share)", "ms, p50\n/ p99", "busy\n(server)"):
        table.add_column(head, justify="right", no_wrap=True)
    for row in comparison.rows:
        table.add_row(row.tool, *_cells(row))
    return table


def _cells(row: Row) -> list[str]:
    measured, latencies = row.measured, row.latencies
    if measured is None or latencies is None:
        return []
    share_mb = measured.proportional_kib * 1024 / 1e6
    client, server = measured.window_cpu_s / measured.window_s, measured.server_cpu_s / measured.window_s
    return [
        figure(messages_per_cpu_s(measured)),
        figure(opened_per_cpu_s(measured)),
        f"{figure(peak_mb(measured))} ({figure(share_mb)})",
        f"{figure(latencies.p50_ms)} / {figure(latencies.p99_ms)}",
        f"{client:.0%} ({server:.0%})",
    ]


def _aims(aims: tuple[Aim, ...]) -> Table:
    table = Table(title="Aims of the pump", title_justify="left", box=SIMPLE)
    for head in ("aim", "", "measured", ""):
        table.add_column(head)
    for aim in aims:
        verdict = "[green]met[/]" if aim.met else "[red]missed[/]"
        table.add_row(aim.what, f"{aim.aim:,g}", figure(aim.measured), verdict)
    return table

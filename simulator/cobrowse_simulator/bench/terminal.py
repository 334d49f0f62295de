"""What ``cobrowse bench`` shows in a terminal.

Order: the whole report, the table, figures.
"""

from rich.box import SIMPLE
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from .measures import Measure, Report


def print_report(console: Console, report: Report) -> None:
    """The measures as a table, then how they were got, where, and what they do not say."""
    console.print(_table(report.measures))
    for how in dict.fromkeys(measure.how for measure in report.measures):
        names = dict.fromkeys(measure.benchmark for measure in report.measures if measure.how == how)
        _item(console, ", ".join(names), how)
    here = report.machine
    packages = ", ".join(f"{name} {version}" for name, version in here.packages.items())
    _item(console, "machine", f"{here.cpu}; {here.cores} cores to use; load before {here.load_before:.2f}")
    _item(console, "system", f"{here.system}; {here.python}; {packages}")
    if report.target:
        _item(console, "server", report.target)
    for note in report.notes:
        _item(console, "note", note)
    for gap in report.not_measured:
        _item(console, "not measured", gap)
    console.print(Text(f"All in {report.duration_s:.1f} s.", style="dim"))


def _table(measures: tuple[Measure, ...]) -> Table:
    table = Table(
        title="Medians of the repeats, and from the lowest to the highest", title_justify="left", box=SIMPLE
    )
    table.add_column("measured", ratio=1)
    table.add_column("median", justify="right", no_wrap=True)
    table.add_column("spread", justify="right", no_wrap=True)
    table.add_column("aim", no_wrap=True)
    for measure in measures:
        table.add_row(
            Text.assemble((f"{measure.benchmark}: ", "bold"), f"{measure.what}, {measure.unit}"),
            Text(figure(measure.median), style="bold"),
            f"{figure(measure.low)} to {figure(measure.high)} ({len(measure.values)})",
            _aim(measure),
        )
    return table


def _aim(measure: Measure) -> Text:
    if measure.aim is None:
        return Text("none", style="dim")
    met = measure.median >= measure.aim
    return Text(f"{figure(measure.aim)}: {'met' if met else 'missed'}", style="green" if met else "red")


def figure(value: float) -> str:
    """Three digits that mean something, and thousands set apart."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _item(console: Console, head: str, text: str) -> None:
    console.print(Padding(Text.assemble((f"{head}: ", "bold"), text), (0, 0, 0, 2)))

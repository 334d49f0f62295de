"""What came of the kill matrix: in the terminal, as JSON, as one HTML file.

Order: progress, the terminal, JSON, HTML.
"""

import base64
import hashlib
import time
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Self

import msgspec
from cobrowse_conformance.reports.html_report import with_code
from cobrowse_conformance.reports.summary import printable, when
from cobrowse_spec.rulebook import rulebook
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from rich.table import Table
from rich.text import Text

from .matrix import ALL_KILLED, KILLED, VOID, Matrix, Outcome, Row

#: What each outcome is called, its sign, its colour, and what it means.
LEGEND: Final[dict[Outcome, tuple[str, str, str]]] = {
    Outcome.OWN: (
        "✓",
        "green",
        "caught by the check of the rule that it breaks, and by no other in what was played",
    ),
    Outcome.SHARED: ("✓", "green", "caught by that check, and by others as well"),
    Outcome.WRONG: ("~", "yellow", "noticed by other rules' checks only"),
    Outcome.SURVIVED: ("✗", "bold red", "not noticed"),
    Outcome.INVALID: ("!", "bold magenta", "shows nothing: not applied, a crash, an error, out of time"),
    Outcome.EQUIVALENT: ("=", "dim", "nobody can tell it from no fault, and the suite could not"),
}

_COLUMNS: Final = tuple(Outcome)


def cost(matrix: Matrix) -> str:
    """What it took, as far as that was measured: what browsers use is not."""
    used = f", {matrix.cpu_s:.0f} processor seconds" if matrix.cpu_s else ""
    return f"{matrix.took_s:.0f} s{used}, {matrix.jobs} side by side"


def headline(matrix: Matrix) -> str:
    """The result in one sentence."""
    killed = sum(matrix.counts[outcome] for outcome in KILLED)
    told = len(matrix.rows) - matrix.counts[Outcome.EQUIVALENT]
    if matrix.exit_code == VOID:
        return f"Void: {matrix.void}."
    if matrix.exit_code == ALL_KILLED:
        return (
            f"All {told} faults were noticed, {killed} of them by the check of the very rule that they break."
        )
    return f"{killed} of {told} faults were caught by the check of the very rule that they break."


def by_rule(matrix: Matrix) -> dict[str, list[Row]]:
    """The rows of each rule, in the rulebook's order."""
    found: dict[str, list[Row]] = {rule: [] for rule in rulebook()}
    for row in matrix.rows:
        found.setdefault(row.rule, []).append(row)
    return {rule: rows for rule, rows in found.items() if rows}


def needing_words(matrix: Matrix) -> list[Row]:
    """The rows that are no kill."""
    loud = (Outcome.SURVIVED, Outcome.INVALID, Outcome.WRONG)
    return sorted(
        (row for row in matrix.rows if row.outcome in loud), key=lambda row: loud.index(row.outcome)
    )


# Progress


#: On anything but a terminal a line is printed after so many faults, and with a fault after so many seconds.
TELL_EVERY: Final = 50
TELL_AFTER_S: Final = 60.0


class Progress:
    """A bar while the faults are played; on anything but a terminal, a line now and then."""

    def __init__(self, console: Console) -> None:
        self._alive = 0
        self._told_at = time.monotonic()
        self._console = console
        self._bar = Bar(
            TextColumn("faults"),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TextColumn("{task.fields[alive]}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("faults", total=None, alive="0 not killed")

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._bar.stop()

    def told(self, done: int, total: int, row: Row | None) -> None:
        """Take note of a row that is done."""
        self._alive += row is not None and row.outcome in (Outcome.SURVIVED, Outcome.INVALID)
        self._bar.update(self._task, completed=done, total=total, alive=f"{self._alive} not killed")
        late = time.monotonic() - self._told_at >= TELL_AFTER_S
        if self._bar.disable and (late or done % TELL_EVERY == 0):
            self._told_at = time.monotonic()
            self._console.print(f"{done} of {total} faults, {self._alive} not killed")


# The terminal


def print_matrix(console: Console, matrix: Matrix) -> None:
    """Print the matrix: a line a rule, then every row that is no kill, then the counts."""
    if matrix.rows:
        console.print(_rules(matrix))
    for row in needing_words(matrix):
        sign, style, _ = LEGEND[row.outcome]
        console.print()
        head = Text(f"{sign} {row.outcome}  ", style=style) + Text(f"{row.rule}  ", style="bold")
        console.print(head + Text(printable(row.fault)))
        console.print(Padding(Text(printable(row.words)), (0, 4)))
        console.print(Padding(Text(printable(row.because), style="dim"), (0, 4)))
        if row.why:
            console.print(Padding(Text(printable(row.why)), (0, 4)))
    console.print()
    console.print(_counts(matrix))
    console.print()
    for control in matrix.controls:
        said = "as it must be" if control.good else control.because
        console.print(Text(f"Control, {control.when}: {control.name}: {printable(said)}", style="dim"))
    if matrix.left_out:
        words = f"{len(matrix.left_out)} derived faults were left out: no rule of the rulebook asks for what they break."
        console.print(Text(words, style="dim"))
    console.print(
        Text(
            f"{cost(matrix)}, seed {matrix.seed}",
            style="dim",
        )
    )
    console.print()
    console.print(Text(f"{headline(matrix)} (exit code {matrix.exit_code})", style="bold"))


def _rules(matrix: Matrix) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("rule")
    for outcome in _COLUMNS:
        table.add_column(outcome.value, justify="right")
    for rule, rows in by_rule(matrix).items():
        table.add_row(Text(rule), *(_number(rows, outcome) for outcome in _COLUMNS))
    return table


def _number(rows: Sequence[Row], outcome: Outcome) -> Text:
    count = sum(1 for row in rows if row.outcome is outcome)
    return Text(str(count) if count else "·", style=LEGEND[outcome][1] if count else "dim")


def _counts(matrix: Matrix) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    for outcome, (sign, style, meaning) in LEGEND.items():
        count = matrix.counts[outcome]
        table.add_row(
            Text(f"{sign} {outcome}", style=style), Text(f"{count}", style="bold"), Text(meaning, style="dim")
        )
    return table


# JSON


def write_json(matrix: Matrix, path: Path) -> None:
    """Write the matrix; raises OSError where that cannot be done."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(matrix)) + b"\n")


def read_json(path: Path) -> Matrix:
    """Read a matrix again; raises ``msgspec.DecodeError`` where it is none."""
    return msgspec.json.decode(path.read_bytes(), type=Matrix)


# HTML


class _Style(NamedTuple):
    """How an outcome looks: the class of the verdict that it is like, and its sign."""

    name: str
    sign: str


_STYLES: Final = {
    Outcome.OWN: "pass",
    Outcome.SHARED: "pass",
    Outcome.WRONG: "inconclusive",
    Outcome.SURVIVED: "fail",
    Outcome.INVALID: "harness-error",
    Outcome.EQUIVALENT: "not-applicable",
}


def write_html(matrix: Matrix, path: Path) -> None:
    """Write the matrix as one file that needs nothing else; raises OSError where that cannot be done."""
    path.write_text(render(matrix), encoding="utf-8")


def render(matrix: Matrix) -> str:
    """The matrix as HTML, in the style of the conformance report."""
    environment = Environment(
        loader=PackageLoader("cobrowse_cli.faults"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["printable"] = printable
    environment.filters["code"] = with_code
    environment.filters["style"] = lambda outcome: _Style(_STYLES[outcome], LEGEND[outcome][0])
    css = _styles()
    return environment.get_template("faults.html.j2").render(
        matrix=matrix,
        css=Markup(css),  # noqa: S704 -- our own files
        css_digest=f"sha256-{base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()}",
        headline=headline(matrix),
        cost=cost(matrix),
        began=when(matrix.began),
        rules=by_rule(matrix),
        book=rulebook(),
        loud=needing_words(matrix),
        outcomes=list(Outcome),
        meanings={outcome: meaning for outcome, (_, _, meaning) in LEGEND.items()},
    )


def _styles() -> str:
    report = files("cobrowse_conformance.reports") / "templates" / "report.css"
    own = files(__package__) / "templates" / "faults.css"
    return report.read_text(encoding="utf-8") + own.read_text(encoding="utf-8")

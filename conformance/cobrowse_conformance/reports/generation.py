"""What is shown of generated stories: what came of them, and which goals they have reached.

Order: in words, goals, timers, the terminal.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from cobrowse_spec.rulebook import rulebook
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ..results import Generated
from .summary import printable

#: What stands where nothing was reached.
NOTHING: Final = "·"

#: Why there is no third column for a target.
NO_MOMENT: Final = (
    "The machine is asked a moment before, at and after each deadline. A target can be shown half of a timer, "
    "and its end: two clocks have no moment in common, so what happens exactly at a deadline is not seen on a wire."
)

#: Heads of columns that would be too wide for a terminal.
_SHORT: Final = {
    "in Pointer Mode": "Pointer",
    "in Write Mode": "Write",
    "while suspended": "suspended",
    "after a resume": "resumed",
}


class Reached(NamedTuple):
    """A line of a table: what it is about, and a number or :data:`NOTHING` for each column."""

    name: str
    cells: tuple[str, ...]


def in_words(generated: Generated) -> str:
    """What came of generated stories, in a sentence or two."""
    said = (
        f"{generated.stories:,} generated stories of seed {generated.seed}, {generated.moves:,} moves, "
        f"{generated.took_s:.1f} s: {generated.passed:,} passed, {generated.failed:,} failed, "
        f"{generated.undecided:,} undecided."
    )
    for because, count in generated.why_undecided.items():
        said += f" Undecided {count}: {printable(because)}."
    for fault in generated.own_faults:
        said += f" The suite's own fault: {printable(fault)}."
    return said


def aspects(generated: Generated) -> tuple[str, ...]:
    """The columns of the goals."""
    return tuple(generated.goals[0].reached) if generated.goals else ()


def goals(generated: Generated) -> Iterator[Reached]:
    """Each rule that was reached, and in how many moves."""
    for goal in generated.goals:
        yield Reached(goal.rule, tuple(_number(count) for count in goal.reached.values()))


def unreached(generated: Generated) -> list[str]:
    """The rules of the wire that no generated story has reached."""
    reached = {goal.rule for goal in generated.goals}
    return [rule.id for rule in rulebook().values() if "wire" in rule.seen and rule.id not in reached]


def timers(generated: Generated) -> Iterator[Reached]:
    """Each timer: on the machine before, at and after; at the target before and after."""
    for timer in generated.timers:
        asked = (_number(timer.machine.get(moment, 0)) for moment in ("-1", "0", "+1"))
        yield Reached(timer.timer, (*asked, _number(timer.before), _number(timer.after)))


def _number(count: int) -> str:
    return f"{count:,}" if count else NOTHING


# The terminal


def print_generated(console: Console, generated: Generated) -> None:
    """Print what came of generated stories, their goals, and the features of what failed."""
    console.print(Text(in_words(generated), "bold red" if generated.failed else ""))
    console.print()
    console.print(_tables(generated))
    for feature in generated.features:
        console.print()
        console.print(Padding(Text(printable(feature)), (0, 0, 0, 2)))


def _tables(generated: Generated) -> RenderableType:
    heads = tuple(_SHORT.get(name, name) for name in aspects(generated))
    parts: list[RenderableType] = [_table(("moves", *heads), goals(generated))]
    missing = unreached(generated)
    if missing:
        parts += [Text(), Text(f"Not reached: {', '.join(missing)}.", "dim")]
    columns = ("timer", "machine -1", "0", "+1", "target before", "after")
    parts += [Text(), _table(columns, timers(generated)), Text(), Text(NO_MOMENT, "dim")]
    return Group(*parts)


def _table(heads: tuple[str, ...], rows: Iterator[Reached]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    for number, head in enumerate(heads):
        table.add_column(head, justify="right" if number else "left", no_wrap=True)
    for row in rows:
        table.add_row(row.name, *row.cells)
    return table

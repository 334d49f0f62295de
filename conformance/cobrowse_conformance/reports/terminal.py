"""What ``cobrowse conform`` shows in a terminal: progress while it runs, and the run when it is over.

It fits into 80 columns, and says by signs and words whatever it says by colour.  Nothing that a target
says of itself can steer the terminal: every text goes through :func:`.summary.printable`, and none is
read as markup.

Order: progress, the run, its head, the matrix, one rule, a timeline, signs for consoles of all kinds.
"""

from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType
from typing import Final, NamedTuple, Self

from cobrowse_spec.rulebook import rulebook
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from rich.rule import Rule as Line
from rich.table import Table
from rich.text import Text

from ..results import Evidence, RuleResult, Run, StoryResult
from ..ruling import AT_LEVEL
from ..verdicts import Exit, Verdict
from .generation import print_generated
from .summary import (
    QUIET,
    SYMBOLS,
    at_levels,
    by_chapter,
    console_in_words,
    exit_meaning,
    gherkin_lines,
    headline,
    leak_in_words,
    levels,
    needing_words,
    outcomes_in_words,
    printable,
    profiles,
    remarks,
    reproduce,
    stories,
    timer_name,
    when,
)
from .timeline import DRAWN, Row, around, draw, headings, timeline

#: Colours by verdict.
STYLES: Final = {
    Verdict.PASS: "green",
    Verdict.FAIL: "bold red",
    Verdict.INCONCLUSIVE: "bold yellow",
    Verdict.NOT_APPLICABLE: "dim",
    Verdict.ELSEWHERE: "dim",
    Verdict.UNTESTABLE: "bold red",
    Verdict.FLAKY: "bold yellow",
    Verdict.KNOWN: "yellow",
    Verdict.HARNESS_ERROR: "bold magenta",
    Verdict.ADAPTER_ERROR: "bold magenta",
}

#: Rules that are shown with story and timeline; the others get a line each.
DETAILED: Final = 10

#: Other stories that are named beside the one that is shown.
_NAMED: Final = 8


# Progress


class Progress:
    """A bar while the stories are played; on anything but a terminal, nothing.

    Use it as a context manager and hand :meth:`told` to the runner.
    """

    def __init__(self, console: Console) -> None:
        self._failed = 0
        self._bar = Bar(
            TextColumn("stories"),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TextColumn("{task.fields[failed]}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("stories", total=None, failed="0 failed")

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def told(self, done: int, total: int, result: StoryResult | None) -> None:
        """Take note of a story that has ended: how many are done, of how many, and what came of it."""
        self._failed += result is not None and result.verdict not in QUIET
        self._bar.update(self._task, completed=done, total=total, failed=f"{self._failed} failed")

    @property
    def failed(self) -> int:
        """How many stories so far have neither passed nor were not applicable."""
        return self._failed


# The run


def print_run(console: Console, run: Run, *, detailed: int = DETAILED) -> None:
    """Print a run: what ran, the matrix, every rule that needs words, the verdict."""
    console.print(_head(run))
    console.print()
    console.print(_matrix(console, run))
    console.print()
    console.print(_counts(run))
    if run.generated is not None:
        console.print()
        print_generated(console, run.generated)
    loud, unplayed = _sorted_out(run)
    for (verdict, because), rules in unplayed.items():
        console.print()
        console.print(_alike(console, verdict, because, rules))
    for rule in loud[:detailed]:
        console.print()
        console.print(_rule(console, run, rule))
    if loud[detailed:]:
        console.print()
        console.print(_others(console, loud[detailed:]))
    console.print()
    for said in run.stale:
        console.print(Text(plain(said), "bold red"))
    for said in remarks(run):
        console.print(Text(plain(said)))
    console.print(_closing(run))


#: Rules of which nothing was played, by verdict and reason.
_Alike = dict[tuple[Verdict, str], list[RuleResult]]


def _sorted_out(run: Run) -> tuple[list[RuleResult], _Alike]:
    """The rules that need words each; and those of which nothing was played, where several have one reason."""
    known = stories(run)
    alike: _Alike = {}
    for rule in needing_words(run):
        shown = [known[one.key] for one in rule.evidence if one.key in known]
        shown = [story for story in shown if story.verdict is rule.verdict]
        if rule.verdict is not Verdict.FAIL and not any(story.line for story in shown):
            because = rule.because.partition(f"{shown[0].example}: ")[2] if shown else rule.because
            alike.setdefault((rule.verdict, because), []).append(rule)
    alike = {key: rules for key, rules in alike.items() if len(rules) > 1}
    told = {rule.rule for rules in alike.values() for rule in rules}
    return [rule for rule in needing_words(run) if rule.rule not in told], alike


def _alike(console: Console, verdict: Verdict, because: str, rules: Sequence[RuleResult]) -> RenderableType:
    title = Text.assemble((f"{len(rules)} rules", "bold"), " ", (str(verdict), STYLES[verdict]))
    characters = "-" if console.options.ascii_only else "─"
    return Group(
        Line(title, align="left", style="dim", characters=characters),
        Text(", ".join(rule.rule for rule in rules)),
        Text.assemble(("because ", "dim"), plain(because)),
    )


def _closing(run: Run) -> Text:
    style = {Exit.CONFORMANT: "bold green", Exit.INCOMPLETE: "bold yellow"}.get(run.exit_code, "bold red")
    said = headline(run)
    return Text.assemble((said.words, style), f". {said.sentence} ", (f"({exit_meaning(run)})", "dim"))


def _others(console: Console, rules: Sequence[RuleResult]) -> RenderableType:
    lines: list[RenderableType] = [
        Text(f"And {len(rules)} more; the HTML and JSON reports show them in full.")
    ]
    for rule in rules:
        said = Text.assemble(sign(console, rule.verdict), f" {rule.rule} ", (rule.level, "dim"), " ")
        lines.append(Padding(said.append(plain(rule.because)), (0, 0, 0, 2)))
    return Group(*lines)


# Its head


def _head(run: Run) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    where = "" if run.url in ("", run.target) else f" at {run.url}"
    times = f", each {run.repeats} times" if run.repeats > 1 else ""
    rows = [
        ("target", f"{run.target}{where}"),
        ("server", f"{run.server} {run.server_version}".strip()),
        ("capabilities", ", ".join(run.capabilities) or "none declared"),
        ("versions", f"rulebook {run.spec_version}, suite {run.suite_version}"),
        ("level", f"{at_levels(run)}, seed {run.seed}"),
        *([("browser", run.browser)] if run.browser else []),
        ("ran", f"{when(run.began)}, {run.took_s:.1f} s, {len(run.stories)} stories{times}"),
    ]
    if run.bounds:
        rows.append(("bounds", ", ".join(f"{name} {seconds:g} s" for name, seconds in run.bounds.items())))
    for name, value in rows:
        table.add_row(name, plain(value))
    for number, (name, timers) in enumerate(profiles(run)):
        table.add_row("" if number else "timing", plain(f"{name}: {timers_in_words(timers)}"))
    return table


def timers_in_words(timers: dict[str, float]) -> str:
    """A timing profile in words: "pending 1200 s, request 30 s"."""
    return ", ".join(f"{timer_name(name)} {value:g} s" for name, value in timers.items())


# The matrix


def _matrix(console: Console, run: Run) -> RenderableType:
    """One row a chapter and level, one cell a rule: its sign, and its level where it is not MUST."""
    rows = list(_rows(run))
    name_width = max((len(row.name) for row in rows), default=0)
    most = max((_number(rule) for rule in run.rules), default=0)
    per_line = max(1, (console.width - name_width - 2) // 4)
    lines = []
    for first in range(1, most + 1, per_line):
        numbers = range(first, min(first + per_line, most + 1))
        header = "".join(f"{number:>4}" for number in numbers)
        lines.append(Text(f"{'':<{name_width}}{header}", "dim"))
        for row in rows:
            if any(number in row.rules for number in numbers):
                line = Text(f"{plain(row.name):<{name_width}}", "dim" if row.name.startswith(" ") else "")
                lines.append(line.append_text(_cells(console, row, numbers)))
    used = dict.fromkeys(found.verdict for rule in run.rules for found in rule.by_level.values())
    legend = Text("   ").join(
        Text.assemble(sign(console, verdict), f" {verdict}") for verdict in Verdict if verdict in used
    )
    if any(rule.level != "MUST" for rule in run.rules):
        legend.append("   s SHOULD   m MAY", "dim")
    return Group(*lines, Text(), legend)


class _Row(NamedTuple):
    """A row of the matrix: a chapter at one level, its rules by their numbers."""

    name: str
    level: str
    rules: dict[int, RuleResult]


def _rows(run: Run) -> Iterator[_Row]:
    """The rows; where the run has several levels, a chapter's name stands above them."""
    several = len(run.levels) > 1
    for chapter, rules in by_chapter(run).items():
        numbered = {_number(rule): rule for rule in rules}
        for number, level in enumerate(run.levels):
            name = chapter if number == 0 else ""
            yield _Row(f"{name:<9} {level}" if several else chapter, level, numbered)


def _cells(console: Console, row: _Row, numbers: Iterable[int]) -> Text:
    text = Text()
    for number in numbers:
        rule = row.rules.get(number)
        found = None if rule is None else rule.by_level.get(row.level)
        if rule is None or found is None:
            text.append("    ")
            continue
        mark = {"SHOULD": "s", "MAY": "m"}.get(rule.level, "")
        text.append("  " if mark else "   ").append_text(sign(console, found.verdict)).append(mark, "dim")
    return text


def _number(rule: RuleResult) -> int:
    number = rule.rule.rpartition("-")[2]
    return int(number) if number.isdecimal() else 0


def _counts(run: Run) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    table.add_column("")
    table.add_column("exercised / applicable / total", justify="right")
    known = any(count.known for count in run.counts.values())
    for name in ("passed", "failed", "undecided", *["known"] * known):
        table.add_column(name, justify="right")
    for level, count in levels(run):
        table.add_row(
            level,
            f"{count.exercised:3} / {count.applicable:3} / {count.total:3}",
            str(count.passed),
            Text(str(count.failed), "bold red" if count.failed else ""),
            Text(str(count.undecided), "bold yellow" if count.undecided else ""),
            *[Text(str(count.known), "yellow" if count.known else "")] * known,
        )
    return table


# One rule


def _rule(console: Console, run: Run, rule: RuleResult) -> RenderableType:
    title = Text.assemble((rule.rule, "bold"), f" {rule.level} ", (str(rule.verdict), STYLES[rule.verdict]))
    characters = "-" if console.options.ascii_only else "─"
    parts: list[RenderableType] = [
        Line(title, align="left", style="dim", characters=characters),
        Text(plain(rule.sentence)),
        Text.assemble(("because ", "dim"), plain(rule.because)),
    ]
    for found in rule.by_level.values():
        if found.known is not None:
            until = f" (until {found.known.until})" if found.known.until else ""
            said = plain(f"{found.known.why}{until} {found.known.link}")
            parts.append(Text.assemble(("known ", "dim"), said))
    shown = rule.evidence[0] if rule.evidence else None
    story = None if shown is None else stories(run).get(shown.key)
    if story is not None and shown is not None:
        parts += [Text(), _story(console, story, shown)]
        rows = around(timeline(story.trace, shown.events))
        if rows:
            parts += [Text(), drawn_timeline(console, rows)]
        parts += _seen_besides(story)
    others = dict.fromkeys(f"{one.example} ({one.end})" for one in rule.evidence[1:])
    if others:
        more = f" and {len(others) - _NAMED} more" if len(others) > _NAMED else ""
        parts += [Text(), Text.assemble(("also in ", "dim"), ", ".join(list(others)[:_NAMED]), more)]
    decision = _decision(rule)
    if decision:
        parts += [Text(), decision]
    parts += [Text(), Text.assemble(("reproduce ", "dim"), (plain(reproduce(run, rule)), "bold"))]
    return Group(*parts)


def _seen_besides(story: StoryResult) -> list[RenderableType]:
    """What came of it each time, what leaked and what the browsers said, where there is any of it."""
    lines: list[RenderableType] = []
    if story.outcomes:
        lines.append(Text.assemble(("played ", "dim"), outcomes_in_words(story)))
    lines += [Text.assemble(("leaked ", "dim"), (leak_in_words(leak), "bold red")) for leak in story.leaks]
    lines += [Text.assemble(("console ", "dim"), plain(said)) for said in console_in_words(story)]
    return [Text(), *lines] if lines else []


def _decision(rule: RuleResult) -> Text | None:
    """Why the rule is as it is, where the source is silent: whoever fails it may want to dispute it."""
    known = rulebook().get(rule.rule)
    if known is None or not known.decision:
        return None
    return Text.assemble(("decided ", "dim"), known.decision)


def _story(console: Console, story: StoryResult, shown: Evidence) -> RenderableType:
    found = "; found by the rule's invariant" if shown.by_invariant else ""
    where = "" if story.level == "wire" else f" {AT_LEVEL.get(story.level, story.level)}"
    about = f"{story.example}, the {story.end}'s end{where}, {story.place}{found}"
    lines: list[RenderableType] = [Text(plain(about), "dim")]
    mark = ">" if console.options.ascii_only else "▶"
    for line in gherkin_lines(story):
        margin = Text(f"{mark} " if line.deciding else "  ", "bold red")
        text = Text(plain(line.text), "bold red" if line.deciding else "")
        row = Table.grid()
        row.add_column(width=2)
        row.add_column(overflow="fold")
        row.add_row(margin, text)
        lines.append(row)
    return Group(*lines)


# A timeline


def drawn_timeline(console: Console, rows: Sequence[Row]) -> RenderableType:
    """Rows of a timeline as a table: proof marks, milliseconds, the three lanes, the sentences."""
    table = Table.grid(padding=(0, 1))
    table.add_column(width=1)
    table.add_column(justify="right", min_width=6, no_wrap=True, style="dim")
    table.add_column(width=DRAWN, no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row("", "ms", Text(headings(), "dim"), "")
    for row in rows:
        table.add_row(*_timeline_row(console, row))
    return table


def _timeline_row(console: Console, row: Row) -> Iterator[Text]:
    ascii_only = console.options.ascii_only
    style = "bold red" if row.evidence else "dim" if row.folded else ""
    yield Text((">" if ascii_only else "▶") if row.evidence else " ", "bold red")
    yield Text("" if row.folded else f"{row.at_ms:.0f}", style)
    yield Text(draw(row, ascii_only=ascii_only), style)
    yield Text(f"...{row.words[1:]}" if row.folded and ascii_only else row.words, style)


# Signs for consoles of all kinds


#: The signs again, for consoles that know ASCII only.
_ASCII: Final = {"✓": "+", "✗": "x", "–": "-"}


def sign(console: Console, verdict: Verdict) -> Text:
    """The sign of a verdict in its colour, as the console can show it."""
    sign = SYMBOLS[verdict]
    return Text(_ASCII.get(sign, sign) if console.options.ascii_only else sign, STYLES[verdict])


def plain(text: str) -> str:
    """One line of text that a terminal shows as it is."""
    return printable(text).replace("\n", " ")

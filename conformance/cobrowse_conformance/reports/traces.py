"""What ``cobrowse check-trace FILE`` prints: a trace, and what every invariant says of it.

Whether the trace is complete comes first, since nothing that is missing can be judged.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from cobrowse_spec.integrity import Flaw
from cobrowse_spec.rulebook import rulebook
from cobrowse_spec.rules import Judgement, Status, Violation
from cobrowse_spec.trace import Trace
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from .terminal import drawn_timeline, plain, timers_in_words
from .timeline import around, timeline

#: Of what is wrong with the record itself only so much is shown.
FLAWS_SHOWN: Final = 5

_STYLES: Final = {Status.VIOLATED: "bold red", Status.HELD: "green", Status.NOT_EXERCISED: "dim"}


def print_check(
    console: Console, trace: Trace, judgements: Mapping[str, Judgement], wrong: Sequence[Flaw] = ()
) -> None:
    """Print a trace's judgements, by rule, and the proof of each violation; first what is ``wrong`` with itself."""
    console.print(_completeness(trace))
    for flaw in wrong[:FLAWS_SHOWN]:
        console.print(
            Text.assemble(("no true record", "bold yellow"), f": {flaw.because} ({_numbers(flaw.events)})")
        )
    console.print()
    console.print(_header(trace))
    console.print()
    console.print(_rules(judgements))
    for judgement in _ordered(judgements):
        if judgement.violations:
            console.print()
            _print_violations(console, trace, judgement)
    console.print()
    console.print(_closing(trace, judgements))


def _ordered(judgements: Mapping[str, Judgement]) -> list[Judgement]:
    """In the order of the rulebook; rules that it does not know come last."""
    rank = {rule: number for number, rule in enumerate(rulebook())}
    return sorted(judgements.values(), key=lambda judgement: rank.get(judgement.rule, len(rank)))


def _completeness(trace: Trace) -> Text:
    if trace.complete:
        return Text.assemble(("complete", "bold green"), f": {len(trace.events)} events, and the footer")
    return Text.assemble(
        ("truncated", "bold yellow"),
        f": {len(trace.events)} events and no footer that counts them. What follows holds only as far as "
        "the trace goes.",
    )


def _header(trace: Trace) -> Table:
    header = trace.header
    facts = {
        "target": header.target,
        "story": header.story,
        "versions": f"rulebook {header.spec_version}, suite {header.suite_version or 'not said'}",
        "clock": f"{header.clock}, seed {header.seed}",
        "judged": ", ".join(header.judged),
        "capabilities": ", ".join(header.capabilities),
        "site": ", ".join(header.site),
        "Write Mode": "" if header.write_mode else "disabled by the policy",
        "declared": timers_in_words(header.declared),
    }
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in facts.items():
        if value:
            table.add_row(name, plain(value))
    return table


def _rules(judgements: Mapping[str, Judgement]) -> RenderableType:
    """The rules that the trace exercises, one a row; the others by name."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    table.add_column("rule", no_wrap=True)
    table.add_column("level", no_wrap=True)
    table.add_column("judgement", no_wrap=True)
    table.add_column("events")
    for status in (Status.VIOLATED, Status.HELD):
        for judgement in _ordered(judgements):
            if judgement.status is status:
                table.add_row(
                    judgement.rule, _level(judgement.rule), Text(status, _STYLES[status]), _events(judgement)
                )
    silent = [each.rule for each in _ordered(judgements) if each.status is Status.NOT_EXERCISED]
    if not silent:
        return table
    return Group(table, Text(), Text.assemble(("not exercised: ", "dim"), ", ".join(silent)))


def _level(rule: str) -> str:
    known = rulebook().get(rule)
    return "" if known is None else known.level


def _events(judgement: Judgement) -> str:
    """The events that broke the rule, or the first that exercised it."""
    if judgement.violations:
        return "; ".join(_numbers(violation.events) for violation in judgement.violations)
    return _numbers(judgement.witnesses)


def _numbers(events: tuple[int, ...]) -> str:
    return ", ".join(f"#{number}" for number in events)


def _print_violations(console: Console, trace: Trace, judgement: Judgement) -> None:
    """The rule, the first violation with its timeline, the others in a line each."""
    known = rulebook().get(judgement.rule)
    console.print(
        Text.assemble((judgement.rule, "bold"), f" {_level(judgement.rule)} ", ("violated", "bold red"))
    )
    if known is not None:
        console.print(Text(known.sentence))
    first, *others = judgement.violations
    console.print(_because(first))
    console.print()
    console.print(drawn_timeline(console, around(timeline(trace.events, first.events))))
    if others:
        console.print()
    for violation in others:
        console.print(Text("also ", "dim").append_text(_because(violation)))


def _because(violation: Violation) -> Text:
    proof = f" ({_numbers(violation.events)})"
    return Text.assemble(("because ", "dim"), plain(violation.because), (proof, "dim"))


def _closing(trace: Trace, judgements: Mapping[str, Judgement]) -> Text:
    counts = {status: sum(1 for each in judgements.values() if each.status is status) for status in Status}
    violated = counts[Status.VIOLATED]
    what = "1 rule is violated" if violated == 1 else f"{violated} rules are violated"
    style = "bold red" if violated else "bold green" if counts[Status.HELD] else "bold yellow"
    if not violated:
        what = "No rule is violated" if counts[Status.HELD] else "No rule is exercised"
    rest = f"{counts[Status.HELD]} held, {counts[Status.NOT_EXERCISED]} not exercised"
    limits = "" if trace.complete else "; the trace is truncated"
    return Text.assemble((what, style), f"; {rest} ({len(judgements)} in all){limits}.")

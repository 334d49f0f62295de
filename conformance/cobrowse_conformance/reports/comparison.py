"""Several targets side by side: which rules each of them keeps, those first in which they differ.

Order: the data, the words, the terminal, JSON, HTML.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec
from cobrowse_spec.rulebook import rulebook
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..results import Run
from ..verdicts import Verdict
from .html_report import page
from .summary import headline, printable, when
from .terminal import STYLES, plain, sign

#: Verdicts that say nothing of a target, beside which any other is no difference.
_SILENT: Final = frozenset({Verdict.ELSEWHERE})

#: The version of the JSON form; it grows when a reader must know of it.
VERSION: Final = 1


class Kind(StrEnum):
    """How the targets stand to each other in a rule."""

    DIFFERS = "differs"
    #: Judged at some of the targets only.
    PARTLY = "judged at some only"
    SAME = "the same"


class ComparedTarget(msgspec.Struct, frozen=True):
    """One of the targets, as the comparison calls it."""

    name: str
    url: str
    server: str
    levels: tuple[str, ...]
    began: str
    seed: int
    exit_code: int
    verdict: str


class Finding(msgspec.Struct, frozen=True):
    """What one target came to in a rule; no verdict where the run left it out."""

    verdict: Verdict | None
    because: str = ""


class ComparedRule(msgspec.Struct, frozen=True):
    """One rule and what each target came to, in the order of the targets."""

    rule: str
    chapter: str
    level: str
    sentence: str
    kind: Kind
    found: tuple[Finding, ...]


class Comparison(msgspec.Struct, frozen=True):
    """Targets and rules: differences first, then in the rulebook's order."""

    targets: tuple[ComparedTarget, ...]
    rules: tuple[ComparedRule, ...]
    #: The rulebooks by which they were judged; more than one is a warning.
    spec_versions: tuple[str, ...]
    comparison: int = VERSION

    def of_kind(self, kind: Kind) -> list[ComparedRule]:
        """The rules in which the targets stand so."""
        return [rule for rule in self.rules if rule.kind is kind]


def compare(runs: Sequence[Run]) -> Comparison:
    """Put runs side by side."""
    results = [{rule.rule: rule for rule in run.rules} for run in runs]
    book = {rule: number for number, rule in enumerate(rulebook())}
    names = sorted({rule for found in results for rule in found}, key=lambda rule: book.get(rule, len(book)))
    rules = []
    for name in names:
        known = next(found[name] for found in results if name in found)
        found = tuple(
            Finding(each[name].verdict, each[name].because) if name in each else Finding(None)
            for each in results
        )
        rules.append(ComparedRule(name, known.chapter, known.level, known.sentence, _kind(found), found))
    order = list(Kind)
    return Comparison(
        targets=tuple(_targets(runs)),
        rules=tuple(sorted(rules, key=lambda rule: order.index(rule.kind))),
        spec_versions=tuple(dict.fromkeys(run.spec_version for run in runs)),
    )


def _kind(found: Sequence[Finding]) -> Kind:
    said = {each.verdict for each in found if each.verdict is not None and each.verdict not in _SILENT}
    if len(said) > 1:
        return Kind.DIFFERS
    silent = any(each.verdict is None or each.verdict in _SILENT for each in found)
    return Kind.PARTLY if said and silent else Kind.SAME


def _targets(runs: Sequence[Run]) -> Iterator[ComparedTarget]:
    """The targets; those of one name are numbered."""
    times = Counter(run.target for run in runs)
    seen: Counter[str] = Counter()
    for run in runs:
        seen[run.target] += 1
        number = f" ({seen[run.target]})" if times[run.target] > 1 else ""
        yield ComparedTarget(
            name=f"{run.target}{number}",
            url=run.url,
            server=f"{run.server} {run.server_version}".strip(),
            levels=run.levels,
            began=run.began,
            seed=run.seed,
            exit_code=run.exit_code,
            verdict=headline(run).words,
        )


# The words


def in_words(comparison: Comparison) -> str:
    """How many rules differ, in a sentence or two."""
    differing = len(comparison.of_kind(Kind.DIFFERS))
    same = len(comparison.of_kind(Kind.SAME))
    partly = len(comparison.of_kind(Kind.PARTLY))
    what = "1 rule differs" if differing == 1 else f"{differing or 'No'} rules differ"
    said = f"{what}; {same} {'is' if same == 1 else 'are'} the same."
    if partly:
        said += f" {partly} {'was' if partly == 1 else 'were'} judged at some of the targets only."
    if len(comparison.spec_versions) > 1:
        said += f" They were judged by different rulebooks: {', '.join(comparison.spec_versions)}."
    return printable(said)


# The terminal


def print_comparison(console: Console, comparison: Comparison) -> None:
    """Print the targets, the rules in which they differ, and how many are the same."""
    head = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    for name in ("", "target", "levels", "verdict", "ran"):
        head.add_column(name)
    for number, target in enumerate(comparison.targets):
        levels = ", ".join(target.levels)
        head.add_row(_letter(number), plain(target.name), levels, target.verdict, plain(when(target.began)))
    console.print(head)
    loud = [rule for rule in comparison.rules if rule.kind is not Kind.SAME]
    if loud:
        console.print()
        console.print(_rules(console, comparison, loud))
    console.print()
    console.print(Text(in_words(comparison), "bold"))


def _rules(console: Console, comparison: Comparison, rules: Sequence[ComparedRule]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim", expand=True)
    table.add_column("rule", no_wrap=True)
    table.add_column("level", no_wrap=True)
    for number in range(len(comparison.targets)):
        table.add_column(_letter(number), no_wrap=True)
    table.add_column("", no_wrap=True, overflow="ellipsis", ratio=1)
    for rule in rules:
        table.add_row(rule.rule, rule.level, *(_said(console, each) for each in rule.found), rule.sentence)
    return table


def _said(console: Console, found: Finding) -> Text:
    if found.verdict is None:
        return Text("not run", "dim")
    if found.verdict in _SILENT:
        return Text("not seen here", "dim")
    return Text.assemble(sign(console, found.verdict), (f" {found.verdict}", STYLES[found.verdict]))


def _letter(number: int) -> str:
    """What a column of the table is called: A to Z, then by number."""
    return chr(ord("A") + number) if number < 26 else str(number + 1)


# JSON and HTML


def write_comparison_json(comparison: Comparison, path: Path) -> None:
    """Write the comparison for machines; raises OSError where that cannot be done."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(comparison), indent=1) + b"\n")


def write_comparison_html(comparison: Comparison, path: Path) -> None:
    """Write the comparison as one HTML file; raises OSError where that cannot be done."""
    path.write_text(render(comparison), encoding="utf-8")


def render(comparison: Comparison) -> str:
    """The comparison as HTML."""
    chapters: dict[str, list[ComparedRule]] = {}
    book = {rule: number for number, rule in enumerate(rulebook())}
    for rule in sorted(comparison.rules, key=lambda rule: book.get(rule.rule, len(book))):
        chapters.setdefault(rule.chapter, []).append(rule)
    found = {each.verdict for rule in comparison.rules for each in rule.found}
    return page(
        "compare.html.j2",
        comparison=comparison,
        sentence=in_words(comparison),
        chapters=chapters,
        verdicts=[verdict for verdict in Verdict if verdict in found],
        kinds=[kind for kind in Kind if comparison.of_kind(kind)],
        rule_levels=list(dict.fromkeys(rule.level for rule in comparison.rules)),
        letter=_letter,
        when=when,
    )

"""The Markdown summary: what a CI system shows beside a run, short enough to be read there.

It is GitHub's Markdown, which GitLab reads too.  Whatever a target or a story says is escaped, character by
character, so that none of it can be markup, a link or a mention.

Order: writing, what needs words, every rule, escaping.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ..results import RuleResult, Run
from ..ruling import AT_LEVEL
from ..verdicts import Verdict
from .summary import (
    SYMBOLS,
    at_levels,
    by_chapter,
    headline,
    levels,
    needing_words,
    printable,
    remarks,
    reproduce,
    when,
)

#: Rules that are told with their reason; the others are counted.
TOLD: Final = 40

#: The longest reason, in characters.
_MOST_WORDS: Final = 400


def write_markdown(run: Run, path: Path) -> None:
    """Write the summary; raises OSError where that cannot be done."""
    path.write_text(render(run), encoding="utf-8")


def render(run: Run) -> str:
    """The summary."""
    return "\n".join(_lines(run)) + "\n"


def _lines(run: Run) -> Iterator[str]:
    said = headline(run)
    yield f"## {said.words}: {escaped(run.target)}"
    yield ""
    yield escaped(said.sentence)
    yield ""
    yield from _counts(run)
    said_besides = (*run.stale, *remarks(run))
    if said_besides:
        yield ""
        yield from (f"- {escaped(besides)}" for besides in said_besides)
    yield from _loud(run)
    yield ""
    yield from _matrix(run)
    yield ""
    server = f"{run.server} {run.server_version}".strip()
    browser = f"{escaped(run.browser)}, " if run.browser else ""
    yield (
        f"{escaped(server)}, {escaped(at_levels(run))}, {browser}rulebook {escaped(run.spec_version)}, suite "
        f"{escaped(run.suite_version)}, seed {run.seed}, {escaped(when(run.began))}, {run.took_s:.1f} s, "
        f"{len(run.stories)} stories"
    )
    yield ""
    yield f"Reproduce: {code(run.command)}"


def _counts(run: Run) -> Iterator[str]:
    known = any(count.known for count in run.counts.values())
    heads = ["Level", "Exercised / applicable / total", "Passed", "Failed", "Undecided", *["Known"] * known]
    yield f"| {' | '.join(heads)} |"
    yield "| --- |" + " ---: |" * (len(heads) - 1)
    for level, count in levels(run):
        cells = [f"{count.exercised} / {count.applicable} / {count.total}", count.passed, count.failed]
        cells += [count.undecided, *[count.known] * known]
        yield f"| {escaped(level)} | {' | '.join(str(cell) for cell in cells)} |"


# What needs words


def _loud(run: Run) -> Iterator[str]:
    loud = needing_words(run)
    if not loud:
        return
    yield ""
    yield "| Rule | Level | Verdict | Because |"
    yield "| --- | --- | --- | --- |"
    for rule in loud[:TOLD]:
        because = escaped(_cut(rule.because))
        known = f"<br>{_known(rule)}" if rule.verdict is Verdict.KNOWN else ""
        sentence = f"<br><sub>{escaped(rule.sentence)}</sub>"
        yield f"| {escaped(rule.rule)} | {rule.level} | {_sign(rule.verdict)} | {because}{known}{sentence} |"
    if loud[TOLD:]:
        yield ""
        yield f"And {len(loud) - TOLD} more; the HTML and JSON reports show them in full."
    yield ""
    yield f"The first of them again: {code(reproduce(run, loud[0]))}"


def _known(rule: RuleResult) -> str:
    marks = [found.known for found in rule.by_level.values() if found.known is not None]
    return "<br>".join(f"known: {escaped(mark.why)} {escaped(mark.link)}" for mark in marks)


def _cut(words: str) -> str:
    return words if len(words) <= _MOST_WORDS else words[: _MOST_WORDS - 1] + "…"


def _sign(verdict: Verdict) -> str:
    return f"{escaped(SYMBOLS[verdict])} {verdict}"


# Every rule


def _matrix(run: Run) -> Iterator[str]:
    """A row for each chapter: a sign for each rule and level, folded away."""
    used = [verdict for verdict in Verdict if any(_has(rule, verdict) for rule in run.rules)]
    yield f"<details><summary>Every rule ({len(run.rules)})</summary>"
    yield ""
    yield f"| Chapter | {' | '.join(AT_LEVEL.get(level, escaped(level)) for level in run.levels)} |"
    yield "| --- |" + " --- |" * len(run.levels)
    for chapter, rules in by_chapter(run).items():
        cells = [" ".join(_cell(rule, level) for rule in rules) for level in run.levels]
        yield f"| {escaped(chapter)} | {' | '.join(cells)} |"
    yield ""
    yield ", ".join(_sign(verdict) for verdict in used)
    yield ""
    yield "</details>"


def _has(rule: RuleResult, verdict: Verdict) -> bool:
    return any(found.verdict is verdict for found in rule.by_level.values())


def _cell(rule: RuleResult, level: str) -> str:
    number = rule.rule.rpartition("-")[2]
    found = rule.by_level.get(level)
    return f"{escaped(number)}{escaped(SYMBOLS[found.verdict]) if found is not None else ''}"


# Escaping


def escaped(text: str) -> str:
    """The text as Markdown shows it: whatever could be markup, a link or a mention as a character reference."""
    return _STEERING.sub(lambda found: f"&#{ord(found[0])};", " ".join(printable(text).split()))


#: What means something in GitHub's Markdown, in HTML, or where addresses become links by themselves.
_STEERING: Final = re.compile(r"[!#&*<>@\\^_`{|}~\[\]$]|:(?=//)|(?<=www)\.", re.IGNORECASE)


def code(text: str) -> str:
    """The text as code, whatever backticks are in it."""
    plain = " ".join(printable(text).split())
    longest = max((len(run) for run in re.findall("`+", plain)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if plain.startswith("`") or plain.endswith("`") else ""
    return f"{fence}{pad}{plain}{pad}{fence}"

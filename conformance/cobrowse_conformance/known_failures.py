"""Known failures: a list beside the product that says which rules it breaks, why, and where that is followed up.

    [[failure]]
    rule = "WRITE-12"
    why = "The workspace applies what was typed before the customer took control back."
    link = "https://tracker.example/1234"
    level = "browser"       # only at this level; else at all
    until = 2027-03-31      # the last day on which this entry holds; else always

What is listed is still judged and shown, as a *known failure*, and no longer decides the exit code.  Nothing undecided is
excused.  An entry whose rule passes is an error: the list is as true as the verdicts.

Order: the list, reading it, a run by it.
"""

import datetime
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
from cobrowse_spec.rulebook import rulebook
from cobrowse_spec.toml_text import TomlError, line_of, nearest, read
from msgspec.structs import replace

from .results import LEVELS, Known, RuleResult, Run
from .ruling import at_levels, with_verdicts
from .verdicts import Exit, Verdict

#: Verdicts that a list can excuse.
EXCUSABLE: Final = frozenset({Verdict.FAIL, Verdict.UNTESTABLE, Verdict.FLAKY})

#: Verdicts with which an entry is out of place.
_HOLDS: Final = frozenset({Verdict.PASS, Verdict.NOT_APPLICABLE})

_ADDRESS: Final = re.compile(r"https?://\S+")


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """One failure, as the list says it."""

    rule: str
    why: str
    link: str
    #: Empty: at every level.
    level: str = ""
    until: datetime.date | None = None


class _File(msgspec.Struct, frozen=True):
    failure: tuple[Failure, ...] = ()


class Entry(NamedTuple):
    """One failure of the list, and the line on which it begins."""

    line: int
    says: Failure


class KnownFailures(NamedTuple):
    """A list, and the name of its file."""

    name: str
    entries: tuple[Entry, ...] = ()


def read_known_failures(path: Path) -> KnownFailures:
    """Read a list; raises :class:`TomlError` with the line at fault, or OSError, UnicodeDecodeError."""
    text = path.read_text(encoding="utf-8")
    entries: list[Entry] = []
    for number, failure in enumerate(read(text, _File).failure):
        line = line_of(text, ("failure", number))
        key, wrong = _wrong(failure)
        if wrong:
            raise TomlError(wrong, line_of(text, ("failure", number, key)))
        for other in entries:
            if _overlap(other.says, failure):
                raise TomlError(f"{failure.rule} stands on line {other.line} already", line)
        entries.append(Entry(line, failure))
    return KnownFailures(path.name, tuple(entries))


def _wrong(one: Failure) -> tuple[str, str]:
    """The key at fault, and what is wrong with it; empty where nothing is."""
    rule = rulebook().get(one.rule)
    if rule is None:
        return "rule", f"there is no rule {one.rule!r}; {nearest(one.rule, rulebook())}"
    if not one.why.strip():
        return "why", "why says in words what is known"
    if not _ADDRESS.fullmatch(one.link):
        return "link", "link is the address at which it is followed up, with http:// or https://"
    if one.level and one.level not in LEVELS:
        return "level", f"there is no level {one.level!r}; {nearest(one.level, LEVELS)}"
    if one.level and one.level not in rule.seen:
        return "level", f"{one.rule} is not seen at the level {one.level}; only at {', '.join(rule.seen)}"
    return "", ""


def _overlap(one: Failure, other: Failure) -> bool:
    return one.rule == other.rule and ("" in (one.level, other.level) or one.level == other.level)


# A run by it


def judged_by(run: Run, known: KnownFailures, today: datetime.date) -> Run:
    """The run with the failures of the list as known ones, and with what is wrong with the list."""
    holding = [entry.says for entry in known.entries if not _is_over(entry.says, today)]
    judged = with_verdicts(run, [_excused(result, holding) for result in run.rules])
    stale = tuple(_stale(run, known, today))
    spoilt = stale and judged.exit_code in (Exit.CONFORMANT, Exit.INCOMPLETE)
    return replace(judged, stale=stale, exit_code=Exit.USAGE if spoilt else judged.exit_code)


def _excused(result: RuleResult, holding: Iterable[Failure]) -> RuleResult:
    """The rule with its failures known, as far as the list names them."""
    by_level = dict(result.by_level)
    for failure in holding:
        for level, found in result.by_level.items():
            if _is_about(failure, result.rule, level) and found.verdict in EXCUSABLE:
                until = "" if failure.until is None else failure.until.isoformat()
                mark = Known(found.verdict, failure.why, failure.link, until)
                by_level[level] = replace(found, verdict=Verdict.KNOWN, known=mark)
    return at_levels(result, by_level)


def _is_about(failure: Failure, rule: str, level: str) -> bool:
    return failure.rule == rule and failure.level in ("", level)


def _is_over(failure: Failure, today: datetime.date) -> bool:
    return failure.until is not None and failure.until < today


def _stale(run: Run, known: KnownFailures, today: datetime.date) -> Iterable[str]:
    """What is wrong with the list, by what the run found."""
    for line, failure in known.entries:
        about = [
            found.verdict
            for result in run.rules
            for level, found in result.by_level.items()
            if _is_about(failure, result.rule, level) and found.verdict is not Verdict.ELSEWHERE
        ]
        place = f"{known.name}:{line}: {failure.rule}"
        if about and _HOLDS.issuperset(about):
            where = f" at the level {failure.level}" if failure.level else ""
            yield f"{place} does not fail{where}: delete this entry"
        elif _is_over(failure, today) and not EXCUSABLE.isdisjoint(about):
            yield f"{place} was known until {failure.until}: mend it, or say anew until when"

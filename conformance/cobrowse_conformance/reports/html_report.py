"""The HTML report: one file that needs nothing else, for people who must decide or repair.

The template says what stands where; here is what it is filled with.  Styles and script are inline, and
the page's own policy allows these two by their digests, and pictures that are in the page itself: no request
leaves the page.  Without its script everything is open; with it, rules can be filtered and folded.

Order: writing, the page's parts, the matrix, one rule, one rule at one level.
"""

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Final, NamedTuple

from cobrowse_spec.rulebook import Rule, rulebook
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from ..results import Counts, Evidence, Known, LevelResult, RuleResult, Run, StoryKey, StoryResult
from ..ruling import AT_LEVEL
from ..verdicts import Verdict
from . import generation
from .drawing import Picture
from .summary import (
    SYMBOLS,
    GherkinLine,
    at_levels,
    bound_in_words,
    by_chapter,
    console_in_words,
    exit_meaning,
    gherkin_lines,
    headline,
    leak_in_words,
    levels,
    outcomes_in_words,
    printable,
    profiles,
    remarks,
    reproduce,
    rules_not_run,
    stories,
    timer_name,
    when,
    witness_at,
)
from .timeline import around, timeline

#: Stories that are shown as evidence of a rule at one level, with timeline and screenshots; the others are named.
DRAWN: Final = 3

#: Screenshots in the whole report: it is to stay a file that can be sent by mail.
MOST_SCREENSHOTS: Final = 48

#: Rows of the timeline of a pass: it shows that the rule was exercised, not the whole story.
_WITNESS_ROWS: Final = 8

#: Lines of a console that are shown of one story.
_CONSOLE_LINES: Final = 12

#: Classes of verdicts in the styles.
_CLASSES: Final = {verdict: verdict.value.replace(" ", "-") for verdict in Verdict}


def write_html(run: Run, path: Path) -> None:
    """Write the report; raises OSError where that cannot be done."""
    path.write_text(render(run), encoding="utf-8")


def render(run: Run) -> str:
    """The report as HTML."""
    return page(
        "report.html.j2",
        run=run,
        headline=headline(run),
        at_levels=at_levels(run),
        at_level=AT_LEVEL,
        exit_meaning=exit_meaning(run),
        began=when(run.began),
        not_run=rules_not_run(run),
        counts=[(level, count, _bar(count)) for level, count in levels(run)],
        any_known=any(count.known for count in run.counts.values()),
        profiles=profiles(run),
        remarks=remarks(run),
        timer_name=timer_name,
        chapters=_chapters(run),
        generation=generation,
        verdicts=_verdicts(run),
        rule_levels=list(dict.fromkeys(rule.level for rule in run.rules)),
    )


# The page's parts


def page(template: str, **filling: object) -> str:
    """A page of this package's templates with its styles and its script, which its own policy allows."""
    environment = Environment(
        loader=PackageLoader("cobrowse_conformance.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["printable"] = printable
    environment.filters["code"] = with_code
    environment.filters["vclass"] = lambda verdict: _CLASSES[verdict]
    environment.filters["sign"] = lambda verdict: SYMBOLS[verdict]
    css, js = _own("report.css"), _own("report.js")
    return environment.get_template(template).render(
        css=Markup(css),  # noqa: S704 -- our own file
        js=Markup(js),  # noqa: S704 -- our own file
        css_digest=_digest(css),
        js_digest=_digest(js),
        **filling,
    )


def _own(name: str) -> str:
    return (files(__package__) / "templates" / name).read_text(encoding="utf-8")


def with_code(text: str) -> Markup:
    """The rulebook's text, with what stands between backticks as code."""
    parts = (escape(part) for part in text.split("`"))
    return Markup().join(
        Markup("<code>{}</code>").format(part) if number % 2 else part for number, part in enumerate(parts)
    )


def _digest(text: str) -> str:
    """What a content security policy calls an inline text that it allows."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _verdicts(run: Run) -> list[Verdict]:
    """The verdicts that the run came to, of rules and at levels."""
    found = {rule.verdict for rule in run.rules}
    found |= {each.verdict for rule in run.rules for each in rule.by_level.values()}
    return [verdict for verdict in Verdict if verdict in found]


class _Stretch(NamedTuple):
    """A part of the bar of a level's counts, in rules."""

    verdict: str
    begin: int
    length: int


def _bar(count: Counts) -> list[_Stretch]:
    """What the counts of a level look like, in rules from 0 to the total."""
    parts = {
        "pass": count.passed,
        "fail": count.failed,
        "known-failure": count.known,
        "inconclusive": count.undecided,
    }
    stretches, begin = [], 0
    for verdict, length in parts.items():
        if length:
            stretches.append(_Stretch(verdict, begin, length))
        begin += length
    return stretches


# One rule


class _StoryEntry(NamedTuple):
    """A story of the rule, and its lines."""

    story: StoryResult
    lines: list[GherkinLine]
    #: Where it was played several times: what came of it.
    outcomes: str
    #: Where it rests on a bound: on which.
    bound: str


class _Screenshot(NamedTuple):
    """A picture in the page itself."""

    caption: str
    address: str


class _Shown(NamedTuple):
    """A story that shows something, with its timeline and what the browsers showed and said."""

    #: Empty where the rule's own reason says it.
    because: str
    story: StoryResult
    by_invariant: bool
    picture: Picture
    screenshots: list[_Screenshot]
    #: Screenshots that are not in this report for its size.
    left_out: int
    console: list[str]
    leaks: list[str]


class _AtLevel(NamedTuple):
    """What the report says of a rule at one level."""

    level: str
    found: LevelResult
    known: Known | None
    shown: list[_Shown]
    #: Further stories that show the same, by name.
    others: list[str]


class _RuleEntry(NamedTuple):
    """Everything that the report says of a rule."""

    result: RuleResult
    #: The rule in the rulebook, where this version of it has the rule.
    rule: Rule | None
    levels: list[_AtLevel]
    stories: list[_StoryEntry]
    command: str


def _chapters(run: Run) -> dict[str, list[_RuleEntry]]:
    known = stories(run)
    budget = iter(range(MOST_SCREENSHOTS))
    return {
        chapter: [_rule_entry(run, rule, known, budget) for rule in rules]
        for chapter, rules in by_chapter(run).items()
    }


def _rule_entry(
    run: Run, rule: RuleResult, known: Mapping[StoryKey, StoryResult], budget: Iterator[int]
) -> _RuleEntry:
    return _RuleEntry(
        result=rule,
        rule=rulebook().get(rule.rule),
        levels=[_at_level(rule, level, known, budget) for level in rule.by_level],
        stories=[
            _StoryEntry(story, gherkin_lines(story), outcomes_in_words(story), bound_in_words(run, story))
            for story in run.stories
            if story.rule == rule.rule
        ],
        command=reproduce(run, rule),
    )


# One rule at one level


def _at_level(
    rule: RuleResult, level: str, known: Mapping[StoryKey, StoryResult], budget: Iterator[int]
) -> _AtLevel:
    found = rule.by_level[level]
    proof = list(found.evidence)
    seen = witness_at(rule, level)
    if found.verdict is Verdict.PASS and seen is not None:
        proof = [seen]
    drawn, others = proof[:DRAWN], proof[DRAWN:]
    return _AtLevel(
        level=level,
        found=found,
        known=found.known,
        shown=[_shown(found, one, known[one.key], budget) for one in drawn if one.key in known],
        others=list(dict.fromkeys(f"{one.example} ({one.end})" for one in others)),
    )


def _shown(found: LevelResult, one: Evidence, story: StoryResult, budget: Iterator[int]) -> _Shown:
    rows = timeline(story.trace, one.events)
    if found.verdict is Verdict.PASS:
        rows = around(rows, _WITNESS_ROWS)
    # One is taken of the budget for each screenshot that is shown.
    pictures = [picture for picture, _ in zip(story.pictures, budget, strict=False)]
    return _Shown(
        because="" if found.because.endswith(one.because) else one.because,
        story=story,
        by_invariant=one.by_invariant,
        picture=Picture.of(around(rows)),
        screenshots=[_Screenshot(picture.caption, _in_page(picture.png)) for picture in pictures],
        left_out=len(story.pictures) - len(pictures),
        console=_at_most(console_in_words(story), _CONSOLE_LINES),
        leaks=[leak_in_words(leak) for leak in story.leaks],
    )


def _in_page(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode()


def _at_most(lines: Iterable[str], most: int) -> list[str]:
    lines = list(lines)
    more = len(lines) - most
    return lines if more <= 0 else [*lines[:most], f"… and {more} more"]

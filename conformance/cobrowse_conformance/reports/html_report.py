"""The HTML report: one file that needs nothing else, for people who must decide or repair.

The template says what stands where; here is what it is filled with.  Styles and script are inline, and
the page's own policy allows these two by their digests and nothing else: no request leaves the page.
Without its script everything is open; with it, rules can be filtered and folded.

Order: writing, one rule, a picture of a timeline.
"""

import base64
import hashlib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
from cobrowse_spec.rulebook import Rule, rulebook
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from ..results import Evidence, RuleResult, Run, StoryKey, StoryResult
from ..verdicts import Verdict
from . import generation
from .summary import (
    SYMBOLS,
    GherkinLine,
    at_levels,
    by_chapter,
    exit_meaning,
    gherkin_lines,
    headline,
    levels,
    printable,
    profiles,
    reproduce,
    rules_not_run,
    stories,
    timer_name,
    when,
    witness,
)
from .timeline import Lane, Row, around, timeline

#: Timelines of evidence that are drawn for a rule; the others are named.
DRAWN: Final = 3

#: Rows of the timeline of a pass: it shows that the rule was exercised, not the whole story.
_WITNESS_ROWS: Final = 8

#: The longest text that shows when the pointer rests on an event, in characters.
_MOST_FIELDS: Final = 1200

#: Classes of verdicts in the styles.
_CLASSES: Final = {verdict: verdict.value.replace(" ", "-") for verdict in Verdict}


def write_html(run: Run, path: Path) -> None:
    """Write the report; raises OSError where that cannot be done."""
    path.write_text(render(run), encoding="utf-8")


def render(run: Run) -> str:
    """The report as HTML."""
    environment = Environment(
        loader=PackageLoader("cobrowse_conformance.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["printable"] = printable
    environment.filters["code"] = _with_code
    environment.filters["vclass"] = lambda verdict: _CLASSES[verdict]
    environment.filters["sign"] = lambda verdict: SYMBOLS[verdict]
    css, js = _own("report.css"), _own("report.js")
    return environment.get_template("report.html.j2").render(
        run=run,
        css=Markup(css),  # noqa: S704 -- our own file
        js=Markup(js),  # noqa: S704 -- our own file
        css_digest=_digest(css),
        js_digest=_digest(js),
        headline=headline(run),
        exit_meaning=exit_meaning(run),
        at_levels=at_levels(run),
        began=when(run.began),
        not_run=rules_not_run(run),
        levels=levels(run),
        profiles=profiles(run),
        timer_name=timer_name,
        chapters=_chapters(run),
        generation=generation,
        verdicts=[verdict for verdict in Verdict if any(rule.verdict is verdict for rule in run.rules)],
    )


def _own(name: str) -> str:
    return (files(__package__) / "templates" / name).read_text(encoding="utf-8")


def _with_code(text: str) -> Markup:
    """The rulebook's text, with what stands between backticks as code."""
    parts = (escape(part) for part in text.split("`"))
    return Markup().join(
        Markup("<code>{}</code>").format(part) if number % 2 else part for number, part in enumerate(parts)
    )


def _digest(text: str) -> str:
    """What a content security policy calls an inline text that it allows."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


# One rule


class _Shown(NamedTuple):
    """A story that shows something, with its timeline."""

    #: Empty where the rule's own reason says it.
    because: str
    story: StoryResult
    by_invariant: bool
    picture: "Picture"


class _StoryEntry(NamedTuple):
    """A story of the rule, and its lines."""

    story: StoryResult
    lines: list[GherkinLine]


class _RuleEntry(NamedTuple):
    """Everything that the report says of a rule."""

    result: RuleResult
    #: The rule in the rulebook, where this version of it has the rule.
    rule: Rule | None
    stories: list[_StoryEntry]
    shown: list[_Shown]
    #: Further stories that show the same, by name.
    others: list[str]
    command: str


def _chapters(run: Run) -> dict[str, list[_RuleEntry]]:
    known = stories(run)
    return {
        chapter: [_rule_entry(run, rule, known) for rule in rules]
        for chapter, rules in by_chapter(run).items()
    }


def _rule_entry(run: Run, rule: RuleResult, known: Mapping[StoryKey, StoryResult]) -> _RuleEntry:
    proof = list(rule.evidence)
    seen = witness(rule)
    if rule.verdict is Verdict.PASS and seen is not None:
        proof = [seen]
    drawn, others = proof[:DRAWN], proof[DRAWN:]
    return _RuleEntry(
        result=rule,
        rule=rulebook().get(rule.rule),
        stories=[
            _StoryEntry(story, gherkin_lines(story)) for story in run.stories if story.rule == rule.rule
        ],
        shown=[_shown(rule, one, known[one.key]) for one in drawn if one.key in known],
        others=list(dict.fromkeys(f"{one.example} ({one.end})" for one in others)),
        command=reproduce(run, rule),
    )


def _shown(rule: RuleResult, one: Evidence, story: StoryResult) -> _Shown:
    rows = timeline(story.trace, one.events)
    if rule.verdict is Verdict.PASS:
        rows = around(rows, _WITNESS_ROWS)
    because = "" if rule.because.endswith(one.because) else one.because
    return _Shown(because, story, one.by_invariant, Picture.of(around(rows)))


# A picture of a timeline


class _Drawn(NamedTuple):
    """One row, with its places in the picture, in pixels."""

    row: Row
    y: int
    x1: int
    x2: int
    text_x: int
    anchor: str
    words: str
    time: str
    fields: str


class Picture(NamedTuple):
    """A timeline as it is drawn: three lifelines, an arrow and a sentence for each row."""

    rows: list[_Drawn]
    lanes: dict[str, int]
    width: int
    height: int

    @classmethod
    def of(cls, rows: list[Row]) -> "Picture":
        """Where everything stands."""
        drawn = [_place(row, _TOP + number * _STEP) for number, row in enumerate(rows)]
        lanes = {str(lane): place for lane, place in _LANES.items()}
        return cls(drawn, lanes, _WIDTH, _TOP + len(rows) * _STEP - _STEP // 3)


_WIDTH: Final = 960
_LANES: Final = {Lane.CUSTOMER: 104, Lane.SERVER: 512, Lane.AGENT: 920}
_TOP: Final = 62
_STEP: Final = 32

#: Characters between two lanes.
_ROOM: Final = 62


def _place(row: Row, y: int) -> _Drawn:
    x1, x2 = _LANES[row.lane], _LANES[row.to]
    if x1 != x2:
        text_x, anchor = (x1 + x2) // 2, "middle"
    elif row.lane is Lane.AGENT:
        text_x, anchor = x1 - 14, "end"
    else:
        text_x, anchor = x1 + 14, "start"
    words = row.words if len(row.words) <= _ROOM else row.words[: _ROOM - 1] + "…"
    time = "" if row.folded else f"{row.at_ms:.0f}"
    return _Drawn(row, y, x1, x2, text_x, anchor, words, time, _hover(row))


def _hover(row: Row) -> str:
    """What shows when the pointer rests on a row: its sentence in full, and the event as JSON."""
    if row.folded:
        numbers = ", ".join(f"#{event.seq}" for event in row.events[:20])
        return f"{numbers}{', …' if len(row.events) > 20 else ''}"
    fields = printable(row.fields)
    if len(fields) > _MOST_FIELDS:
        fields = printable(msgspec.json.encode(row.events[0]).decode())[:_MOST_FIELDS] + "…"
    return f"{row.words}\n{fields}"

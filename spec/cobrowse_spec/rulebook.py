"""The rulebook: every rule with its sentence, level, source and examples, read from the features.

The ``.feature`` files are normative; this module only reads them.  A rule without what it must have
(ID, level, where it is seen, source), or a sentence that means nothing, is an error that names file
and line.
"""

import functools
import re
from collections.abc import Iterator
from importlib.resources import files
from typing import Any, Final, NamedTuple, cast

import msgspec
from gherkin.errors import CompositeParserException
from gherkin.parser import Parser
from gherkin.pickles.compiler import Compiler

from .sentences import SentenceError, read_sentence
from .stories import Step

#: The chapters of this rulebook, in its order: the names of the feature files.
CHAPTERS: Final = (
    "start",
    "join",
    "pointer",
    "write",
    "navigate",
    "submit",
    "mask",
    "site",
    "stop",
    "view",
    "resume",
    "secure",
    "record",
    "pause",
)

_LEVELS: Final = {"@must": "MUST", "@should": "SHOULD", "@may": "MAY"}
_PLACES: Final = {"@wire": "wire", "@browser": "browser"}


class FeatureError(ValueError):
    """A feature that cannot be read, with file and line."""

    def __init__(self, path: str, line: int, message: str) -> None:
        super().__init__(f"{path}:{line}: {message}")


class Line(NamedTuple):
    """One line of an example: its keyword ("Given", "When", …), its words, and what they mean."""

    keyword: str
    text: str
    steps: tuple[Step, ...]


class Example(msgspec.Struct, frozen=True):
    """One story of a rule, on the side that is allowed or on the side that is refused."""

    #: The rule's ID and the example's number in it, e.g. "WRITE-7.3".
    id: str
    rule: str
    name: str
    tags: frozenset[str]
    lines: tuple[Line, ...]
    #: Where it stands: file and line.
    place: str = ""

    @property
    def needs(self) -> str:
        """The optional capability without which it cannot be played; empty where it shows the absence of one."""
        if "@absent" in self.tags:
            return ""
        return next((tag.partition(":")[2] for tag in self.tags if tag.startswith("@capability:")), "")

    @property
    def steps(self) -> tuple[Step, ...]:
        """All its steps, in order."""
        return tuple(step for line in self.lines for step in line.steps)

    def as_gherkin(self) -> str:
        """The story in Gherkin, as it stands in the rulebook, outlines filled in."""
        body = "".join(f"  {line.keyword} {line.text}\n" for line in self.lines)
        return f"Example: {self.name}\n{body}"


class Rule(msgspec.Struct, frozen=True):
    """One rule."""

    id: str
    chapter: str
    #: MUST, SHOULD or MAY.
    level: str
    #: Where it can be seen: "wire", "browser".
    seen: tuple[str, ...]
    sentence: str
    source: str
    #: More of the rule, where one sentence is not enough.
    more: str = ""
    #: Where the source is silent: why it was decided so.
    decision: str = ""
    #: The optional capability that the rule binds, if any.
    capability: str = ""
    examples: tuple[Example, ...] = ()


class Chapter(msgspec.Struct, frozen=True):
    """One chapter: a feature file."""

    #: Its name and what it is about, e.g. "WRITE" and "Write Mode and the customer's approval".
    name: str
    title: str
    #: The text under its heading, in paragraphs.
    introduction: tuple[str, ...]
    rules: tuple[Rule, ...]


@functools.cache
def chapters() -> tuple[Chapter, ...]:
    """Every chapter of the rulebook, in its order."""
    folder = files(__package__) / "features"
    paths = [f"{chapter}.feature" for chapter in CHAPTERS]
    return tuple(read_chapter((folder / path).read_text(encoding="utf-8"), path) for path in paths)


@functools.cache
def rulebook() -> dict[str, Rule]:
    """Every rule of the rulebook, by ID, in the rulebook's order."""
    rules: dict[str, Rule] = {}
    for chapter in chapters():
        for rule in chapter.rules:
            if rule.id in rules:
                raise FeatureError(f"{chapter.name.lower()}.feature", 1, f"rule {rule.id} stands twice")
            rules[rule.id] = rule
    return rules


def read_feature(text: str, path: str) -> list[Rule]:
    """Read the rules of one feature; raises :class:`FeatureError`."""
    return list(read_chapter(text, path).rules)


def read_chapter(text: str, path: str) -> Chapter:
    """Read one feature with its heading; raises :class:`FeatureError`."""
    try:
        document: Any = Parser().parse(text)  # its own types leave out rules
    except CompositeParserException as error:
        first = error.errors[0]
        line = int(cast("Any", first).location["line"])
        raise FeatureError(path, line, str(first)) from None
    document["uri"] = path  # what the compiler asks for
    pickles = _pickles_by_scenario(document)
    feature = document.get("feature")
    if feature is None:
        raise FeatureError(path, 1, "there is no feature in it")
    name, _, title = str(feature["name"]).partition(", ")
    nodes = [child["rule"] for child in feature["children"] if "rule" in child]
    rules = (_rule(cast("dict[str, Any]", node), name, pickles, path) for node in nodes)
    paragraphs = re.split(r"\n\s*\n", str(feature.get("description", "")).strip())
    introduction = tuple(" ".join(paragraph.split()) for paragraph in paragraphs)
    return Chapter(name, title, introduction, tuple(rules))


def _pickles_by_scenario(document: Any) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for pickle in Compiler().compile(document):
        found.setdefault(pickle["astNodeIds"][0], []).append(cast("dict[str, Any]", pickle))
    return found


def _rule(node: dict[str, Any], chapter: str, pickles: dict[str, list[dict[str, Any]]], path: str) -> Rule:
    line = int(node["location"]["line"])
    tags = [str(tag["name"]) for tag in node["tags"]]
    ids = [tag[1:] for tag in tags if re.fullmatch(r"@[A-Z]+-\d+", tag)]
    levels = [_LEVELS[tag] for tag in tags if tag in _LEVELS]
    seen = tuple(_PLACES[tag] for tag in tags if tag in _PLACES)
    source, decision, more = _described(node.get("description", ""))
    if len(ids) != 1 or len(levels) != 1 or not seen:
        raise FeatureError(path, line, "a rule has one ID, one of @must @should @may, and @wire or @browser")
    if not source or ("decided here" in source and not decision):
        raise FeatureError(path, line, f"{ids[0]} needs 'Source:', and 'Decision:' where it was decided here")
    lines = _lines_by_step(node)
    stories = [
        (pickle, int(child["scenario"]["location"]["line"]))
        for child in node["children"]
        if "scenario" in child
        for pickle in pickles.get(child["scenario"]["id"], [])
    ]
    return Rule(
        id=ids[0],
        chapter=chapter,
        level=levels[0],
        seen=seen,
        sentence=str(node["name"]),
        source=source,
        more=more,
        decision=decision,
        capability=next((tag.partition(":")[2] for tag in tags if tag.startswith("@capability:")), ""),
        examples=tuple(
            _example(f"{ids[0]}.{number}", ids[0], pickle, lines, path, at)
            for number, (pickle, at) in enumerate(stories, 1)
        ),
    )


def _described(description: str) -> tuple[str, str, str]:
    """Source, decision and the rest of a rule's description."""
    parts = {"": ""}
    heading = ""
    for line in description.splitlines():
        words = line.strip()
        found = re.match(r"(Source|Decision): *(.*)", words)
        if found:
            heading, words = found[1], found[2]
        parts[heading] = f"{parts.get(heading, '')} {words}".strip()
    return parts.get("Source", ""), parts.get("Decision", ""), parts[""]


def _lines_by_step(node: dict[str, Any]) -> dict[str, tuple[str, int]]:
    """Keyword and line of each step, by the ID that pickles refer to."""
    return {
        step["id"]: (str(step["keyword"]).strip(), int(step["location"]["line"]))
        for child in node["children"]
        if "scenario" in child
        for step in child["scenario"]["steps"]
    }


def _example(
    name: str, rule: str, pickle: dict[str, Any], lines: dict[str, tuple[str, int]], path: str, at: int
) -> Example:
    own = frozenset(str(tag["name"]) for tag in pickle["tags"])
    return Example(
        id=name,
        rule=rule,
        name=str(pickle["name"]),
        tags=own,
        lines=tuple(_read_lines(pickle, lines, path)),
        place=f"{path}:{at}",
    )


def _read_lines(pickle: dict[str, Any], lines: dict[str, tuple[str, int]], path: str) -> Iterator[Line]:
    for step in pickle["steps"]:
        keyword, line = lines[step["astNodeIds"][0]]
        try:
            steps = read_sentence(str(step["text"]))
        except SentenceError as error:
            raise FeatureError(path, line, str(error)) from None
        yield Line(keyword, str(step["text"]), steps)

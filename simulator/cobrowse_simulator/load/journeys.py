"""Journeys: what a simulated customer and agent do in one session, and how long they think in between.

A journey is a scenario of a feature, in the rulebook's own sentences and in the few more that life has and
rules do not need: thinking, a pointer that wanders, a page that changes, a form that is filled in.  Those
are here.  The journeys that come with the simulator are in ``journeys/*.feature``; others are files.

Order: the further steps, their sentences, reading.
"""

import functools
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any, ClassVar, Final, NamedTuple

from cobrowse_spec.sentences import SentenceError, read_sentence
from cobrowse_spec.stories import ROLES, CutLink, Expect, HaveOpen, Meet, Perform, Role, Step
from cobrowse_spec.terms import Party
from cucumber_expressions.expression import CucumberExpression
from cucumber_expressions.parameter_type import ParameterType
from cucumber_expressions.parameter_type_registry import ParameterTypeRegistry
from gherkin.errors import CompositeParserException
from gherkin.parser import Parser
from gherkin.pickles.compiler import Compiler


class JourneyError(ValueError):
    """A feature that holds no journeys, with file and line."""

    def __init__(self, path: str, line: int, message: str) -> None:
        super().__init__(f"{path}:{line}: {message}")


# The further steps


class Think(Step, frozen=True):
    """A party does nothing for a while, in seconds; how long is drawn anew each time."""

    sentence = "the {party} waits {float} to {float} seconds"
    exact: ClassVar[str] = "the {party} waits {float} seconds"
    role: Role
    least_s: float
    most_s: float


class Wander(Step, frozen=True):
    """A party's pointer wanders over the page, so many times a second."""

    sentence = "the {party} moves the pointer about for {float} seconds"
    role: Role
    seconds: float


class Ripple(Step, frozen=True):
    """The customer's page changes by itself, a little, ten times a second."""

    sentence = "the page of the {party} changes for {float} seconds"
    role: Role
    seconds: float


class FillIn(Step, frozen=True):
    """A party types into one field after another, with a pause before each."""

    sentence = "the {party} fills in"
    role: Role
    #: Field and text of each.
    entries: tuple[tuple[str, str], ...] = ()


class Reconnect(Step, frozen=True):
    """A party whose link broke comes back after a while, in seconds."""

    sentence = "the {party} is back after {float} to {float} seconds"
    role: Role
    least_s: float
    most_s: float


class JourneyLine(NamedTuple):
    """One line of a journey: its words, and the steps that they mean."""

    text: str
    steps: tuple[Step, ...]


class Journey(NamedTuple):
    """A whole journey."""

    #: The feature's name and the scenario's, e.g. "Form filling: the request is granted".
    name: str
    lines: tuple[JourneyLine, ...]
    #: Where it stands: file and line.
    place: str = ""

    @property
    def steps(self) -> tuple[Step, ...]:
        """All its steps, in order."""
        return tuple(step for line in self.lines for step in line.steps)


# Their sentences


def _registry() -> ParameterTypeRegistry:
    registry = ParameterTypeRegistry()
    party = ParameterType("party", "|".join(ROLES), object, transformer=ROLES.__getitem__)
    registry.define_parameter_type(party)
    return registry


_OWN: Final[tuple[tuple[str, Callable[..., Step]], ...]] = (
    (Think.sentence, Think),
    (Think.exact, lambda role, seconds: Think(role, seconds, seconds)),
    (Wander.sentence, Wander),
    (Ripple.sentence, Ripple),
    (FillIn.sentence, FillIn),
    (Reconnect.sentence, Reconnect),
)


@functools.cache
def _known() -> tuple[tuple[CucumberExpression, Callable[..., Step]], ...]:
    registry = _registry()
    return tuple((CucumberExpression(source, registry), build) for source, build in _OWN)


def sentences() -> list[str]:
    """The sentences that journeys have besides those of the rulebook, as cucumber expressions."""
    return [source for source, _ in _OWN]


@functools.cache
def _read_own(text: str) -> Step | None:
    for expression, build in _known():
        found = expression.match(text)
        if found is not None:
            return build(*(argument.value for argument in found))
    return None


def _read_line(text: str, table: tuple[tuple[str, str], ...]) -> tuple[Step, ...]:
    own = _read_own(text.removesuffix(":"))
    if isinstance(own, FillIn):
        if not table:
            raise SentenceError(f"{text!r} needs a table of fields and texts below it")
        return (FillIn(own.role, table),)
    if table:
        raise SentenceError(f"{text!r} has no table below it")
    return (own,) if own is not None else read_sentence(text)


#: What a simulated party can do or see; the other sentences of the rulebook are for judging servers.
_POSSIBLE: Final = (Meet, Perform, Expect, CutLink, HaveOpen, Think, Wander, Ripple, FillIn, Reconnect)


def _refuse_impossible(step: Step) -> None:
    if not isinstance(step, _POSSIBLE):
        raise SentenceError(f"journeys have no {type(step).__name__}: that is for judging servers")
    if isinstance(step, Ripple) and step.role.party is not Party.CUSTOMER:
        raise SentenceError("only the customer has a page")
    for least, most in [(step.least_s, step.most_s)] if isinstance(step, Think | Reconnect) else []:
        if least > most:
            raise SentenceError(f"from {least:g} to {most:g} seconds is no span of time")
    if isinstance(step, Perform | Expect | CutLink) and step.role.who.startswith("second"):
        raise SentenceError("a journey has one customer and one agent")


# Reading


def journeys() -> dict[str, Journey]:
    """The journeys that come with the simulator, by name."""
    found: dict[str, Journey] = {}
    folder = files("cobrowse_simulator") / "journeys"
    for file in sorted(folder.iterdir(), key=lambda one: one.name):
        if file.name.endswith(".feature"):
            found |= read_journeys(file.read_text(encoding="utf-8"), file.name)
    return found


def read_journey_file(path: Path) -> dict[str, Journey]:
    """The journeys of a file, by name; raises :class:`JourneyError`, or OSError where it cannot be read."""
    return read_journeys(path.read_text(encoding="utf-8"), str(path))


def read_journeys(text: str, path: str) -> dict[str, Journey]:
    """The journeys of a feature, by name; raises :class:`JourneyError`."""
    try:
        document: Any = Parser().parse(text)
    except CompositeParserException as error:
        first: Any = error.errors[0]
        raise JourneyError(path, int(first.location["line"]), str(first)) from None
    document["uri"] = path  # what the compiler asks for
    feature = document.get("feature")
    if feature is None:
        raise JourneyError(path, 1, "there is no feature in it")
    places = dict(_places(feature["children"]))
    found: dict[str, Journey] = {}
    for pickle in Compiler().compile(document):
        line = places[pickle["astNodeIds"][0]]
        name = f"{feature['name']}: {pickle['name']}"
        if name in found:
            raise JourneyError(path, line, f"{name!r} stands twice: name what differs, as in <amount>")
        lines = tuple(_lines(pickle, places, path))
        found[name] = Journey(name, lines, f"{path}:{line}")
    if not found:
        raise JourneyError(path, int(feature["location"]["line"]), "there is no scenario in it")
    return found


def _places(children: list[Any]) -> Iterator[tuple[str, int]]:
    """The line of every scenario and step, by the ID that pickles refer to."""
    for child in children:
        for node in child.values():
            yield node["id"], int(node["location"]["line"])
            for step in node.get("steps", ()):
                yield step["id"], int(step["location"]["line"])


def _lines(pickle: Any, places: dict[str, int], path: str) -> Iterator[JourneyLine]:
    for step in pickle["steps"]:
        text = str(step["text"])
        rows = step.get("argument", {}).get("dataTable", {}).get("rows", ())
        table = [tuple(str(cell["value"]) for cell in row["cells"]) for row in rows]
        line = places[step["astNodeIds"][0]]
        if any(len(row) != 2 for row in table):
            raise JourneyError(path, line, "a table of fields has two columns: the field and the text")
        try:
            steps = _read_line(text, tuple((row[0], row[1]) for row in table))
            for one in steps:
                _refuse_impossible(one)
        except SentenceError as error:
            raise JourneyError(path, line, str(error)) from None
        yield JourneyLine(text, steps)

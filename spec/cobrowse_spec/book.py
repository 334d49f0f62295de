"""The book: the whole rulebook as one ordered structure, for those who set it in type.

It puts together what stands in its own places: the rules with their examples (:mod:`.rulebook`), the
invariants (:mod:`.rules`), the machine's guards and transitions (:mod:`.session`, :mod:`.transitions`),
known failures of other systems (``known_failures.toml``), and the words (:mod:`.terms`,
:mod:`.wording`).  Pure data: a renderer decides how it looks, and nothing about what is in it.

Order: what the book holds, rules, guards, known failures, sources, the glossary.
"""

import functools
import tomllib
from importlib.resources import files
from typing import Any, Final, NamedTuple

import msgspec

from . import actions as do
from . import observations as see
from .policy import Timers
from .refusals import WORDS
from .rulebook import Example, Line, Rule, chapters
from .rules import INVARIANTS, WITHOUT_INVARIANT
from .session import EVERYWHERE, TABLE, Cell, Column, Guard, State, performs_it
from .terms import Answer, InteractionKind, Party, Reason, SuspendReason, Timer
from .transitions import Transition, transitions
from .wording import (
    comments,
    complaints,
    doers,
    either,
    first_paragraph,
    happening,
    prose,
    sentence,
    state_title,
    timer_name,
)

# What the book holds


class Source(NamedTuple):
    """Where a rule comes from: the code that the features use, and what it stands for."""

    code: str
    words: str


class Story(NamedTuple):
    """An example, with all that an outline makes of it."""

    example: Example
    #: Whether it shows what is refused, or what is allowed.
    refused: bool
    #: How it is played, where that is special.
    notes: tuple[str, ...]
    #: The outline's other examples, each with the lines in which it differs.
    variants: tuple[tuple[Example, tuple[Line, ...]], ...]


class Check(NamedTuple):
    """An invariant in words."""

    sentence: str
    #: What it says where it finds the rule violated.
    violated_when: tuple[str, ...]
    #: Its module and function, e.g. "rules/write.py", "at_most_one_request_is_pending".
    file: str
    function: str


class Place(NamedTuple):
    """Where in the machine's table a guard stands: what happens, in which states."""

    states: tuple[State, ...]
    happenings: tuple[str, ...]
    #: Whether ``happenings`` are the few that the guard does not stand before, in these states.
    all_but: bool = False

    @property
    def where(self) -> str:
        """The states, in words."""
        if self.states == tuple(state for state in State if state is not State.ENDED):
            return "until the session has ended"
        return ", ".join(map(state_title, self.states))

    @property
    def what(self) -> str:
        """What happens, in words."""
        if self.all_but:
            return "whatever happens" + (f", unless {either(self.happenings)}" if self.happenings else "")
        return either(self.happenings)


class GuardNote(NamedTuple):
    """A guard of the machine that names a rule."""

    #: What must hold, in words; empty where there is nothing that could: it is refused outright.
    condition: str
    reason: Reason
    places: tuple[Place, ...]


class KnownFailure(NamedTuple):
    """Something that went wrong in another system, in public."""

    what: str
    #: ``owner/repository#number``, or a document by its name.
    where: tuple[str, ...]


class Entry(NamedTuple):
    """All that there is to say of a rule."""

    rule: Rule
    sources: tuple[Source, ...]
    stories: tuple[Story, ...]
    checks: tuple[Check, ...]
    guards: tuple[GuardNote, ...]
    failures: tuple[KnownFailure, ...]

    @property
    def no_check(self) -> str:
        """Why there is no invariant, where there is none."""
        reason = WITHOUT_INVARIANT.get(self.rule.id)
        return f"No invariant: {reason}." if reason else ""


class Part(NamedTuple):
    """A chapter."""

    name: str
    title: str
    introduction: tuple[str, ...]
    entries: tuple[Entry, ...]


class StateNote(NamedTuple):
    """A state of the machine, in words."""

    state: State
    title: str
    meaning: str


class Meaning(NamedTuple):
    """An entry of the glossary, or of another list of words."""

    term: str
    words: str


class Book(NamedTuple):
    """The whole rulebook."""

    parts: tuple[Part, ...]
    states: tuple[StateNote, ...]
    transitions: tuple[Transition, ...]
    sources: tuple[Source, ...]
    glossary: tuple[Meaning, ...]
    #: The timers, with their default lengths in seconds.
    timers: tuple[tuple[str, float], ...]
    #: Every reason for a refusal, as it is told to whom it concerns.
    reasons: tuple[Meaning, ...]

    @property
    def entries(self) -> dict[str, Entry]:
        """Every rule's entry, by ID, in the book's order."""
        return {entry.rule.id: entry for part in self.parts for entry in part.entries}


@functools.cache
def book() -> Book:
    """The rulebook as it stands."""
    parts = (
        Part(chapter.name, chapter.title, chapter.introduction, tuple(_entry(rule) for rule in chapter.rules))
        for chapter in chapters()
    )
    return Book(
        parts=tuple(parts),
        states=tuple(
            StateNote(state, state_title(state), comments(State).get(state.value, "")) for state in State
        ),
        transitions=transitions(),
        sources=tuple(Source(code, words) for code, words in _SOURCES.items()),
        glossary=_glossary(),
        timers=tuple(
            (timer_name(name.removesuffix("_s")), seconds)
            for name, seconds in msgspec.structs.asdict(Timers()).items()
        ),
        reasons=tuple(Meaning(reason.value, words) for reason, words in WORDS.items()),
    )


# Rules


def _entry(rule: Rule) -> Entry:
    return Entry(
        rule=rule,
        sources=_sources_of(rule),
        stories=_stories(rule),
        checks=tuple(
            _check(invariant.check.__module__, invariant.check.__name__)
            for invariant in INVARIANTS
            if invariant.rule == rule.id
        ),
        guards=guards_by_rule().get(rule.id, ()),
        failures=known_failures().get(rule.id, ()),
    )


def _check(module: str, function: str) -> Check:
    file = "/".join(module.split(".")[1:]) + ".py"
    return Check(sentence(function), complaints(module, function), file, function)


#: What tags say of how an example is played.
_NOTES: Final = {
    "@customer-end": "Also played with an agent that obeys nothing, against the customer's own end.",
    "@obeying": "Played with a customer's end that keeps the rules itself.",
    "@absent": "Holds where the capability is not offered.",
}


def _stories(rule: Rule) -> tuple[Story, ...]:
    """The rule's stories; examples of one outline stand at one place, and make one story."""
    outlines: dict[str, list[Example]] = {}
    for example in rule.examples:
        outlines.setdefault(example.place, []).append(example)
    return tuple(_story(first, rest) for first, *rest in outlines.values())


def _story(first: Example, rest: list[Example]) -> Story:
    notes = tuple(words for tag, words in _NOTES.items() if tag in first.tags)
    variants = tuple(
        (other, tuple(line for line in other.lines if line not in first.lines)) for other in rest
    )
    return Story(first, "@refused" in first.tags, notes, variants)


# Guards


@functools.cache
def guards_by_rule() -> dict[str, tuple[GuardNote, ...]]:
    """The guards of the machine, by the rule that they name."""
    standing: dict[tuple[str, str, Reason], dict[State, list[Column]]] = {}
    for state, row in TABLE.items():
        for at, cell in row.items():
            for rule, condition, reason in _guards_of(state, at, cell):
                standing.setdefault((rule, condition, reason), {}).setdefault(state, []).append(at)
    found: dict[str, list[GuardNote]] = {}
    for (rule, condition, reason), columns in standing.items():
        found.setdefault(rule, []).append(GuardNote(condition, reason, _places(columns)))
    return {rule: tuple(notes) for rule, notes in found.items()}


def _guards_of(state: State, at: Column, cell: Cell) -> list[tuple[str, str, Reason]]:
    """Rule, condition and reason of everything that a cell can refuse by."""
    own = [(guard.rule, _condition(guard), guard.reason) for guard in cell.guards]
    if state is State.ENDED:
        return own
    general = [
        (guard.rule, _condition(guard), guard.reason) for guard in EVERYWHERE if guard is not performs_it
    ]
    action = do.Expire if isinstance(at, Timer) else at
    only = f"it is done by {doers(action.performers)}"
    return [(action.guarded_by, only, action.refused_as), *general, *own]


def _condition(guard: Guard) -> str:
    return "" if guard.name.startswith("never_") else prose(guard.name)


def _places(columns: dict[State, list[Column]]) -> tuple[Place, ...]:
    """States in which the same things meet the guard are named together."""
    by_columns: dict[tuple[Column, ...], list[State]] = {}
    for state, at in columns.items():
        by_columns.setdefault(tuple(at), []).append(state)
    return tuple(_place(tuple(states), at) for at, states in by_columns.items())


def _place(states: tuple[State, ...], at: tuple[Column, ...]) -> Place:
    others = tuple(other for other in TABLE[states[0]] if other not in at)
    all_but = len(others) < len(at)
    return Place(states, _happenings(others if all_but else at), all_but)


def _happenings(columns: tuple[Column, ...]) -> tuple[str, ...]:
    """Each in words; timers, which are many and alike, in one clause."""
    timers = [timer_name(at) for at in columns if isinstance(at, Timer)]
    found = [happening(at) for at in columns if not isinstance(at, Timer)]
    if timers:
        found.append(
            "any time is over" if len(timers) == len(Timer) else f"the {either(timers)} time is over"
        )
    return tuple(found)


# Known failures


@functools.cache
def known_failures() -> dict[str, tuple[KnownFailure, ...]]:
    """Publicly known failures of other systems, by the ID of the rule that guards against them."""
    text = (files(__package__) / "known_failures.toml").read_text(encoding="utf-8")
    data: dict[str, list[dict[str, Any]]] = tomllib.loads(text)
    return {
        rule: tuple(KnownFailure(str(one["what"]), tuple(map(str, one["where"]))) for one in failures)
        for rule, failures in data.items()
    }


# Sources

#: What the codes in the features stand for: the sections of the help page that the rules come from.
_SOURCES: Final = {
    "S1.0": "Workspace Web Edition help, “Co-browse sessions”",
    "S1.1": "Workspace Web Edition help, “Start a Co-browse session”",
    "S1.2": "Workspace Web Edition help, “Start a Co-browse session using a session ID”",
    "S1.3": "Workspace Web Edition help, “Use Pointer Mode”",
    "S1.4": "Workspace Web Edition help, “Switch to Write Mode”",
    "S1.5": "Workspace Web Edition help, “Switch back to Pointer Mode”",
    "S1.6": "Workspace Web Edition help, “Stop a Co-browse session”",
    "S1.7": "Workspace Web Edition help, “Manage your virtual browser”",
    "G": "other documentation of Genesys Co-browse",
    "decided here": "where the documents are silent, this rulebook decides, and says why",
    "beyond the source": "the documents know nothing like it",
}


def _sources_of(rule: Rule) -> tuple[Source, ...]:
    codes = (code.strip() for code in rule.source.split(","))
    return tuple(Source(code, _SOURCES.get(code, code)) for code in codes)


# The glossary

#: Terms, and what explains them: a type by its docstring, or words where no type does.
_TERMS: Final[dict[str, type | str]] = {
    "capability": "Something that a system may offer and need not. One that offers it says so, and is then bound by its rules.",
    "co-browse session": "The time in which an agent sees, and with approval uses, the page that a customer has open.",
    "content": "What the agent's mirror is made of. It goes from the customer's client to the agent's and is kept nowhere.",
    "fence": "A mark in the order of a session: when it comes back, everything before it has arrived.",
    "interaction": InteractionKind,
    "mask": "Hides a part of the page from agents: its data never leave the customer's browser.",
    "mirror": "The agent's picture of the customer's page, which follows it live.",
    "pencil icon": "What the agent clicks to request Write Mode.",
    "Pointer Mode": "The agent sees the page and can point at it, and can change nothing.",
    "policy": "What administrators decide: the site, masks, disabled elements, timers, who may submit.",
    "red circle": see.Circle,
    "refused": see.Refused,
    "request": "The agent's question whether it may use the page; the customer answers yes or no.",
    "session ID": "Nine digits on the customer's screen; with them an agent gets in (START-2).",
    "site": "The addresses of the company, as a list. Elsewhere nothing is shown and nothing flows.",
    "state": "Where a session stands; the machine has one table for all that may happen in each.",
    "suspended": see.Suspended,
    "timer": Timer,
    "token": see.TokenIssued,
    "Write Mode": "The agent can use the page as the customer can, within the rules. It begins with an approval.",
}


def _glossary() -> tuple[Meaning, ...]:
    found = [
        Meaning(term, words if isinstance(words, str) else first_paragraph(words))
        for term, words in _TERMS.items()
    ]
    parties = {"controller": "contact centre"}
    for kind in (Party, Answer, SuspendReason):
        found += [Meaning(parties.get(value, value), words) for value, words in comments(kind).items()]
    return tuple(sorted(found, key=lambda meaning: meaning.term.lower()))

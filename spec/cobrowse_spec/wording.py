"""Wording: from the names in the code to the words of the rulebook, for those who do not read code.

A function's name is already a sentence (``names_the_pending_request``), an action has its sentence or
its docstring, a term its comment; here they become prose.  Nothing is written twice: rename a guard,
and the rulebook follows.

Order: names, actions and timers, comments and docstrings, why an invariant says no.
"""

import ast
import functools
import importlib
import inspect
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Final

from . import actions as do
from .actions import Action
from .sentences import TIMERS
from .session import Column, State
from .terms import Party, Timer

# Names


#: How a word of a name is written in prose, where that differs.
_SPELLING: Final = {
    "write mode": "Write Mode",
    "pointer mode": "Pointer Mode",
    "id": "ID",
    "ids": "IDs",
    "url": "URL",
    "urls": "URLs",
    "look alikes": "look-alikes",
    "cool down": "cool-down",
}

#: Names have no apostrophes: after an article or "this", these owners have lost theirs.
_OWNERS: Final = re.compile(r"\b(an?|the|its|this) (agent|chat|customer|party|server|session|system)s\b")


def prose(name: str) -> str:
    """A function's name as prose: ``the_customers_end`` is "the customer's end"."""
    words = _OWNERS.sub(r"\1 \2's", name.strip("_").replace("_", " "))
    for plain, spelled in _SPELLING.items():
        words = re.sub(rf"\b{plain}\b", spelled, words)
    return words


def sentence(name: str) -> str:
    """A function's name as a whole sentence."""
    words = prose(name)
    return f"{words[:1].upper()}{words[1:]}."


_TITLES: Final = {
    State.POINTER: "Pointer Mode",
    State.ASKED: "Request pending",
    State.WRITE: "Write Mode",
}


def state_title(state: State) -> str:
    """What a state of the machine is called in headings and in the diagram."""
    return _TITLES.get(state, prose(state.value).capitalize())


# Actions and timers

#: What a party is called where somebody does something.
DOERS: Final = {
    Party.CUSTOMER: "the customer",
    Party.AGENT: "the agent",
    Party.CONTROLLER: "the contact centre",
    Party.SYSTEM: "the system",
}


def doers(parties: Iterable[Party]) -> str:
    """These parties, as those who do something: "the customer or the agent"."""
    chosen = set(parties)
    return either([words for party, words in DOERS.items() if party in chosen])


def either(words: Sequence[str]) -> str:
    """One of these."""
    return " or ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


#: In words, what no feature says and whose docstring says too much here.
_UNSAID: Final[dict[type[Action], str]] = {
    do.Act: "{party} acts on the page",
    do.Click: "{party} clicks at a place",
    do.Fence: "{party} asks for a fence",
    do.FollowPolicy: "a stricter policy is put in force",
    do.Forbid: "the policy no longer allows the session",
    do.LoseLink: "a link breaks",
    do.Mirror: "the customer's client sends content",
    do.MovePointer: "{party} moves the pointer",
    do.Report: "the customer's client reports on an act",
    do.Say: "a message is posted in the chat",
    do.ShowElements: "the customer's client shows elements that have come, changed or gone",
    do.ShowPage: "the customer's client shows a page",
    do.ShutDown: "the server shuts down",
    do.Stir: "a party is active",
    do.Transfer: "{party} transfers the session",
}

#: What is true of a session, by the name of its field.
_CIRCUMSTANCES: Final = {
    "agent_lost": "while the agent's link is lost",
    "asked_scope": "where the request is for a part of the page before",
    "curtain": "while the curtain is drawn",
    "customer_lost": "while the customer's link is lost",
    "off_site": "while the customer is off the site",
    "scope": "where the approval is for a part of the page before",
}

#: Names of timers in features, by timer.
_TIMER_NAMES: Final = {seconds.removesuffix("_s"): name for name, seconds in TIMERS.items()}


def timer_name(timer: str) -> str:
    """What features call a timer, or one of the times of the timing profile."""
    return _TIMER_NAMES.get(timer, timer.replace("_", " "))


def circumstance(field: str) -> str:
    """What it means that this field of a session is true."""
    return _CIRCUMSTANCES.get(field, f"while {prose(field)}")


def happening(column: Column, by: Iterable[Party] | None = None) -> str:
    """What happens in a column of the machine's table, as a clause: "the agent requests Write Mode".

    ``by`` are those who do it; whoever may, where it is not said.
    """
    if isinstance(column, Timer):
        return f"the {timer_name(column)} time is over"
    said = column.short or (column.sentence if not column.parameters else "")
    known = _UNSAID.get(column) or said.replace("the {party}", "{party}")
    if known:
        return known.replace("{party}", doers(column.performers if by is None else by))
    first = re.split(r"[.:;] |\.$", plain(inspect.getdoc(column) or prose(column.__name__)), maxsplit=1)[0]
    return first[:1].lower() + first[1:]


# Comments and docstrings


def plain(text: str) -> str:
    """A docstring or comment in one line, without its markup."""
    text = re.sub(r":\w+:`~?\.?([^`]*)`", r"\1", " ".join(text.split()))
    return text.replace("``", "").replace("  ", " ")


def first_paragraph(thing: type) -> str:
    """What the docstring of a class says first, in one line."""
    return plain((inspect.getdoc(thing) or "").partition("\n\n")[0])


@functools.cache
def comments(kind: type[StrEnum]) -> dict[str, str]:
    """What stands in ``#:`` comments above the members of an enumeration, by their values."""
    found: dict[str, str] = {}
    words: list[str] = []
    for line in inspect.getsource(kind).splitlines():
        comment = re.match(r"\s*#: ?(.*)", line)
        member = re.match(r"\s*([A-Z][A-Z_]*) = ", line)
        if comment:
            words.append(comment[1])
            continue
        if member and words:
            found[kind[member[1]].value] = plain(" ".join(words))
        words = []
    return found


# Why an invariant says no


def complaints(module: str, function: str) -> tuple[str, ...]:
    """All that an invariant can say when it finds its rule violated, as it stands in its code.

    Who it was, which only the trace can tell, is "a party"; what else it tells is an ellipsis.
    """
    functions = _functions(module)
    found: dict[str, None] = {}
    waiting, known = [function], {function}
    while waiting:
        definition = functions[waiting.pop(0)]
        values = _constants(definition)
        calls = [node for node in ast.walk(definition) if isinstance(node, ast.Call)]
        for call in sorted(calls, key=lambda call: call.lineno):
            name = call.func.id if isinstance(call.func, ast.Name) else ""
            if name == "violated" and call.args:
                texts = (text.replace(f"the {_PARTY}", _PARTY) for text in _texts(call.args[0], values))
                found.update(dict.fromkeys(texts))
            elif name in functions and name not in known:
                waiting.append(name)
                known.add(name)
    return tuple(found)


@functools.cache
def _functions(module: str) -> dict[str, ast.FunctionDef]:
    tree = ast.parse(inspect.getsource(importlib.import_module(module)))
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}


def _constants(definition: ast.FunctionDef) -> dict[str, list[str]]:
    """The texts that a function gives to its variables."""
    values: dict[str, list[str]] = {}
    for node in ast.walk(definition):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            for target in node.targets:
                if isinstance(target, ast.Name) and isinstance(node.value.value, str):
                    values.setdefault(target.id, []).append(node.value.value)
    return values


def _texts(node: ast.expr, values: dict[str, list[str]]) -> Iterator[str]:
    """Every text that an expression can be."""
    if isinstance(node, ast.JoinedStr):
        parts = [list(_texts(part, values)) for part in node.values]
        yield from ("".join(chosen) for chosen in itertools.product(*parts))
    elif isinstance(node, ast.FormattedValue):
        yield from _texts(node.value, values)
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body, values)
        yield from _texts(node.orelse, values)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.Name) and node.id in values:
        yield from values[node.id]
    else:
        yield _PARTY if _NAMES_A_PARTY.search(ast.unparse(node)) else "…"


_PARTY: Final = "a party"
_NAMES_A_PARTY: Final = re.compile(r"\b(by|party|author|still|missing)\b")

"""Transitions: which action leads from which state of the machine to which, found by trying.

Nothing here is written by hand: :func:`transitions` starts with a session that has not begun, tries
every action that the table knows on every kind of session that it comes upon, and notes where the state
changed.  Sessions that differ only in times, numbers and names are one kind.
"""

import functools
import itertools
from collections.abc import Iterable, Iterator
from enum import Enum
from math import isfinite
from typing import Any, Final, NamedTuple, get_args

import msgspec
from msgspec.structs import replace

from . import actions as do
from .actions import Action, AnyAct, AnyAction, Deed
from .policy import Policy, is_on_site
from .session import TABLE, Column, Session, State, column, start_message, step
from .terms import Party, Timer
from .wording import circumstance, happening

_HOME: Final = "https://bank.example/"
_ELSEWHERE: Final = "https://elsewhere.example/"

#: Everything that administrators can switch on is on: the diagram shows all that can happen.
_POLICY: Final = replace(
    Policy(site=(_HOME,)),
    **{field.name: True for field in msgspec.structs.fields(Policy) if field.type is bool},
)
_STRICTER: Final = replace(_POLICY, write_mode=False)
_FRESH: Final = Session("123456789", _POLICY, interaction="call")


#: What limits Write Mode, or a request for it, to a part of the page.
_LIMITS: Final = ("scope", "asked_scope")


class Transition(NamedTuple):
    """One way from a state to another."""

    source: State
    target: State
    column: Column
    #: In words: "the customer approves the request".
    cause: str


class _Taken(NamedTuple):
    """A change of state that was seen: what was done, and what was true of the session before."""

    source: State
    target: State
    deed: Deed
    flags: frozenset[str]


@functools.cache
def transitions() -> tuple[Transition, ...]:
    """Every transition of the machine, in the order of its table."""
    taken = _explore()
    found: dict[tuple[State, State, Column, str], set[Party]] = {}
    for one in taken:
        where = (one.source, one.target, column(one.deed.action), _addition(one, taken))
        found.setdefault(where, set()).add(one.deed.by)
    ways = [
        Transition(source, target, at, _words(at, by) + addition)
        for (source, target, at, addition), by in found.items()
    ]
    states, columns = list(State), list(TABLE[State.UNSTARTED])
    return tuple(
        sorted(ways, key=lambda way: (*map(states.index, way[:2]), columns.index(way.column), way.cause))
    )


def _words(at: Column, by: Iterable[Party]) -> str:
    return "the start message is posted in the chat" if at is do.Say else happening(at, by)


def _explore() -> list[_Taken]:
    """Try every deed on every kind of session, and note the changes of state."""
    waiting, known = [_FRESH], {_kind(_FRESH)}
    taken: list[_Taken] = []
    while waiting:
        session = waiting.pop()
        for deed, now in _deeds(session):
            after = step(session, deed, now).session
            if after.state is not session.state:
                taken.append(_Taken(session.state, after.state, deed, _flags(session)))
            if _kind(after) not in known:
                known.add(_kind(after))
                waiting.append(after)
    return taken


def _kind(session: Session) -> tuple[object, ...]:
    """What tells kinds of sessions apart: what is set, not to which number or text."""
    fields = msgspec.structs.asdict(session)
    timers = tuple(isfinite(at) for at in msgspec.structs.astuple(fields.pop("deadlines")))
    return (*timers, *(_sort(value) for value in fields.values()))


def _sort(value: object) -> object:
    if isinstance(value, bool | Enum):
        return value
    if isinstance(value, Policy):
        return value.write_mode
    return None if isinstance(value, int | float) else value not in ("", None, ())


def _flags(session: Session) -> frozenset[str]:
    """What is true of a session, by the names of its fields; that something limits Write Mode among it."""
    fields = msgspec.structs.asdict(session)
    return frozenset(name for name, value in fields.items() if value is True or (name in _LIMITS and value))


def _addition(one: _Taken, taken: list[_Taken]) -> str:
    """What the words for the action leave open: which page, whose link, and in which case."""
    action = one.deed.action
    if isinstance(action, do.ShowPage) and not is_on_site(_POLICY, action.url):
        return " of another site"
    at = column(action)
    if isinstance(action, do.ShowPage):
        limits = [field for field in _LIMITS if field in one.flags and one.target is State.POINTER]
        return "".join(f", {circumstance(field)}" for field in limits)
    same = [other for other in taken if other.source is one.source and column(other.deed.action) is at]
    mine = frozenset.intersection(*(other.flags for other in same if other.target is one.target))
    others = [other.flags for other in same if other.target is not one.target]
    only_mine = mine - frozenset.union(*others) if others else frozenset()
    return "".join(f", {circumstance(field)}" for field in sorted(only_mine))


# Deeds to try


def _deeds(session: Session) -> Iterator[tuple[Deed, float]]:
    """Every action of the table by everyone who may do it, as fits this session, and when."""
    patient = max(0.0, session.cool_down_until)
    for kind in _actions():
        for action in _filled(kind, session):
            due = getattr(session.deadlines, action.timer) if isinstance(action, do.Expire) else patient
            for party in sorted(kind.performers):
                who = (session.agent or "agent") if party is Party.AGENT else ""
                yield Deed(party, action, who, who.title()), due if isfinite(due) else 0.0


@functools.cache
def _actions() -> tuple[type[Action], ...]:
    """Every kind of action that the table knows; one act stands for all."""
    acts = set(get_args(AnyAct)) - {do.Press}
    known = set(TABLE[State.UNSTARTED]) | {do.Press, do.Expire}
    return tuple(kind for kind in get_args(AnyAction) if kind in known and kind not in acts)


def _filled(kind: type[Action], session: Session) -> Iterator[AnyAction]:
    fields = msgspec.structs.fields(kind)
    values = [_values(field, session) for field in fields]
    for chosen in itertools.product(*values):
        action: Any = kind(**dict(zip((field.name for field in fields), chosen, strict=True)))
        yield action


def _values(field: msgspec.structs.FieldInfo, session: Session) -> list[object]:
    """What a field is tried with: what this session has, else anything of its type."""
    fitting: dict[str, list[object]] = {
        "request": [session.request],
        "session_id": [session.session_id],
        "interaction": [session.interaction],
        "epoch": [session.epoch],
        "text": [start_message(session.session_id)],
        "author": [Party.SYSTEM],
        "party": [Party.CUSTOMER, Party.AGENT],
        "timer": list(Timer),
        "url": [_HOME, _ELSEWHERE],
        "policy": [session.policy, _STRICTER],
        "elements": [(do.Element("e1"),)],
        "page": ["p1"],
        "scope": ["", "e1"],
        "timed": [False, True],
    }
    if field.name in fitting:
        return fitting[field.name]
    if not field.required:
        return [field.default]
    return ["p1"] if field.type is str else [1]

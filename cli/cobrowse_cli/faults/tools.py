"""How a fault is made: a changed copy of a cell, a class or a function, put in place for one run.

Nothing in shipped code knows of faults.  A :class:`Patch` puts the changed copy where the right one
stood, and takes it out again when the run is over, however it ended.  A change that changes nothing is
an error (:class:`NotApplied`): a fault that was never there can not be caught.

Order: the patch, what a fault is, changes of the machine's table, changes of an effect.
"""

import functools
import inspect
import sys
from collections.abc import Callable, Mapping, MutableMapping
from enum import StrEnum
from types import TracebackType
from typing import Any, Final, NamedTuple, Self, TypeVar, cast

from cobrowse_spec import session as machine
from cobrowse_spec.actions import Deed
from cobrowse_spec.session import Cell, Column, Effect, Guard, Notice, Session, State
from cobrowse_spec.terms import Party, Timer
from msgspec.structs import replace

_K = TypeVar("_K")
_V = TypeVar("_V")

#: The states in which content flows, in the order of the table.
ACTIVE: Final = (State.POINTER, State.ASKED, State.WRITE)


class NotApplied(Exception):
    """The fault did not change what it says it changes."""


#: Whose functions remember what they once found: nothing may be left of it from before a fault, nor of a fault.
_REMEMBERING: Final = (
    "cobrowse_server.",
    "cobrowse_simulator.",
    "cobrowse_spec.policy",
    "cobrowse_spec.patterns",
)
#: What keeps such a memory, as a type.
_CACHED: Final = type(functools.lru_cache(len))


class Patch:
    """Changes that hold until it is closed, undone in the opposite order.  A context manager.

    What functions remember of earlier calls is forgotten at either end.
    """

    def __init__(self) -> None:
        self._undo: list[Callable[[], None]] = []

    def setattr(self, target: object, name: str, value: object) -> None:
        """Put something else in the place of an attribute of a module or a class."""
        own = vars(target)
        old = inspect.getattr_static(target, name)
        if old is value:
            raise NotApplied(f"{name} is what it was")
        inherited = name not in own
        setattr(target, name, value)
        self._undo.append(lambda: delattr(target, name) if inherited else setattr(target, name, old))

    def setitem(self, mapping: Mapping[_K, _V], key: _K, value: _V) -> None:
        """Put something else in the place of a value of a mapping."""
        changing = cast("MutableMapping[_K, _V]", mapping)
        old = changing[key]
        if old is value:
            raise NotApplied(f"{key} is what it was")
        changing[key] = value
        self._undo.append(lambda: changing.__setitem__(key, old))

    @property
    def count(self) -> int:
        """How many changes hold now."""
        return len(self._undo)

    def __enter__(self) -> Self:
        _forget()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        while self._undo:
            self._undo.pop()()
        _forget()


def _forget() -> None:
    """Empty the caches of functions (``functools.lru_cache``) of what faults are put into."""
    for name, module in list(sys.modules.items()):
        if not name.startswith(_REMEMBERING):
            continue
        for one in list(vars(module).values()):
            if type(one) is _CACHED:
                one.cache_clear()


#: Brings a fault about.
Apply = Callable[[Patch], None]


class Kind(StrEnum):
    """How a fault came to be on the list."""

    #: A guard of the table taken out.
    GUARD = "guard"
    #: A guard of the table turned into its opposite.
    NEGATION = "negation"
    #: The guard that looks at who does something, taken out for one action.
    PERFORMER = "performer"
    #: A cell that refuses, accepting.
    REFUSAL = "refusal"
    #: A deadline moved or lost.
    TIMER = "timer"
    #: A notice lost, doubled, or sent to the wrong party.
    NOTICE = "notice"
    #: The same of a frame that is relayed.
    FRAME = "frame"
    #: A gate of the customer's end that lets everything through.
    GATE = "gate"
    #: Written by hand: a mistake that somebody could make, or has made.
    CAST = "cast"
    #: No co-browse system at all.
    DEGENERATE = "degenerate"
    #: A condition of the web client taken away, to be seen in browsers.
    WEB = "web"


#: All kinds but what was written by hand: the denominator that nobody chose.
DERIVED: Final = tuple(kind for kind in Kind if kind not in (Kind.CAST, Kind.DEGENERATE, Kind.WEB))


class Fault(NamedTuple):
    """One thing wrong: which rule it breaks, what is wrong in words, and how it is brought about."""

    rule: str
    words: str
    apply: Apply
    #: Which end has it: "server", "customer", or "both" where both stand in one code.
    end: str = "server"
    kind: Kind = Kind.CAST
    #: What the table calls it, for those that are derived: stable, and different for each.
    derived_as: str = ""
    #: The cells that it changes, as "state x column"; several where they are symmetric.
    places: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What it is called in reports and in lists; no two faults share it."""
        return self.derived_as or f"cast {self.rule}: {self.words}"

    @property
    def ends(self) -> tuple[str, ...]:
        """The ends of the target that are judged."""
        return ("server", "customer") if self.end == "both" else (self.end,)


# Changes of the machine's table


def cell(patch: Patch, column: Column, new: Cell, *states: State) -> None:
    """Put another cell into the table."""
    for state in states:
        if new == machine.TABLE[state][column]:
            raise NotApplied(f"the cell {state} x {column} is what it was")
        row = machine.TABLE[state]
        patch.setitem(row, column, new)


def with_cell(column: Column, new: Cell, *states: State) -> Apply:
    """A fault that is another cell."""
    return lambda patch: cell(patch, column, new, *states)


def without_guard(name: str, column: Column, *states: State) -> Apply:
    """A fault that is a missing guard."""

    def apply(patch: Patch) -> None:
        for state in states:
            old = machine.TABLE[state][column]
            kept = tuple(guard for guard in old.guards if guard.name != name)
            if len(kept) == len(old.guards):
                raise NotApplied(f"the cell {state} x {column} has no guard {name}")
            cell(patch, column, Cell(kept, old.effect), state)

    return apply


def with_negated_guard(name: str, column: Column, *states: State) -> Apply:
    """A fault that is a guard which holds where it should not, and the other way round."""

    def negated(guard: Guard) -> Guard:
        def holds(session: Session, deed: Deed, now: float) -> bool:
            return not guard.holds(session, deed, now)

        return guard._replace(holds=holds)

    def apply(patch: Patch) -> None:
        for state in states:
            old = machine.TABLE[state][column]
            guards = tuple(negated(guard) if guard.name == name else guard for guard in old.guards)
            cell(patch, column, Cell(guards, old.effect), state)

    return apply


def with_guard(guard: Guard, column: Column, *states: State) -> Apply:
    """A fault that is a guard too many, in front of the others."""

    def apply(patch: Patch) -> None:
        for state in states:
            old = machine.TABLE[state][column]
            cell(patch, column, Cell((guard, *old.guards), old.effect), state)

    return apply


def with_effect(change: Callable[[Effect], Effect], column: Column, *states: State) -> Apply:
    """A fault that is another effect, made from the right one."""

    def apply(patch: Patch) -> None:
        for state in states:
            old = machine.TABLE[state][column]
            cell(patch, column, Cell(old.guards, change(old.effect)), state)

    return apply


# Changes of an effect


def losing(*kinds: type, to: Party) -> Callable[[Effect], Effect]:
    """An effect that forgets to tell a party."""
    return telling(lambda n: () if n.to is to and isinstance(n.see, kinds) else (n,))


def telling(change: Callable[[Notice], tuple[Notice, ...]]) -> Callable[[Effect], Effect]:
    """An effect that tells, in place of each notice, what ``change`` makes of it."""

    def make(effect: Effect) -> Effect:
        def changed(session: Session, deed: Deed, now: float) -> tuple[Session, tuple[Notice, ...]]:
            after, notices = effect(session, deed, now)
            return after, tuple(told for notice in notices for told in change(notice))

        return changed

    return make


def ending_in(**fields: Any) -> Callable[[Effect], Effect]:
    """An effect that leaves the session with these fields."""

    def change(effect: Effect) -> Effect:
        def wrong(session: Session, deed: Deed, now: float) -> tuple[Session, tuple[Notice, ...]]:
            changed, notices = effect(session, deed, now)
            return replace(changed, **fields), notices

        return wrong

    return change


def hastening(timer: Timer) -> Callable[[Effect], Effect]:
    """An effect that starts a timer with a third of its time."""

    def change(effect: Effect) -> Effect:
        def hasty(session: Session, deed: Deed, now: float) -> tuple[Session, tuple[Notice, ...]]:
            changed, notices = effect(session, deed, now)
            at = now + (getattr(changed.deadlines, timer) - now) / 3
            return replace(changed, deadlines=replace(changed.deadlines, **{timer: at})), notices

        return hasty

    return change

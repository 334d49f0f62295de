"""The derived faults: every way of going wrong that the machine's table and the gates themselves name.

Nobody chooses them.  Each guard of each cell is taken out, and turned into its opposite; each cell that refuses accepts; each deadline
is moved and lost; each notice is lost, doubled and sent to the wrong party; each gate of the customer's
end is opened.  A new cell brings its faults with it.  Where the same cell stands in Pointer Mode, with a
request pending and in Write Mode, and means the same in all three, one fault changes all of them, and its
row says so (:attr:`.tools.Fault.places`).

What a notice is *for* the table does not say: :mod:`.known` does, as data.  Faults whose rule is not in
the rulebook (yet) are left out, and listed (:class:`LeftOut`).

Order: the list, names, guards, performers, refusals, timers, notices, frames, gates.
"""

import functools
import inspect
from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from fnmatch import fnmatchcase
from math import inf, isfinite
from typing import Any, Final, NamedTuple

import msgspec
from cobrowse_server.host import Host, Link
from cobrowse_simulator.gates import LADDER, Gates
from cobrowse_spec import actions as do
from cobrowse_spec import session as machine
from cobrowse_spec.actions import Deed
from cobrowse_spec.alphabet import BEGINNINGS, LETTERS
from cobrowse_spec.observations import Observation
from cobrowse_spec.rulebook import rulebook
from cobrowse_spec.session import (
    TABLE,
    Cell,
    Column,
    Deadlines,
    Effect,
    Guard,
    Notice,
    Session,
    State,
    column,
    step,
)
from cobrowse_spec.terms import Party, Timer
from cobrowse_spec.wire.frames import CONTENT, POINTER, Frame
from cobrowse_spec.wording import happening, state_title
from msgspec.structs import replace

from .known import NO_RULE, NOTICES, OTHER_RULES, TIMERS
from .tools import (
    ACTIVE,
    Apply,
    Fault,
    Kind,
    Patch,
    telling,
    with_cell,
    with_negated_guard,
    without_guard,
)


class LeftOut(NamedTuple):
    """A fault that is not on the list, and why."""

    name: str
    because: str


class Derivation(NamedTuple):
    """What the table and the gates yield."""

    faults: tuple[Fault, ...]
    left_out: tuple[LeftOut, ...]


@functools.cache
def derivation() -> Derivation:
    """All derived faults, always in the same order, and those that are left out."""
    kept, left_out = [], []
    for fault in map(_as_asked, everything()):
        rule = next((rule for rule in fault.rule.split() if rule in rulebook()), "")
        if fault.rule == NO_RULE:
            left_out.append(LeftOut(fault.name, "no rule asks for it"))
        elif not rule:
            left_out.append(LeftOut(fault.name, f"{fault.rule} is not in the rulebook"))
        elif "wire" not in rulebook()[rule].seen:
            left_out.append(LeftOut(fault.name, f"{rule} shows in browsers only"))
        else:
            kept.append(fault._replace(rule=rule))
    return Derivation(tuple(kept), tuple(left_out))


def _as_asked(fault: Fault) -> Fault:
    """The fault with the rules that ask for what it takes away, as :data:`.known.OTHER_RULES` has them."""
    rules = next((rules for names, rules in OTHER_RULES if fnmatchcase(fault.name, names)), fault.rule)
    return fault._replace(rule=rules)


def everything() -> Iterator[Fault]:
    """All that can be derived, with all rules that could ask for it, in the rulebook or not."""
    yield from _guards()
    yield from _performers()
    yield from _refusals()
    yield from _timers()
    yield from _notices()
    yield from _frames()
    yield from _gates()


# Names


def column_name(at: Column) -> str:
    """What a column is called in the names of faults: the action's tag, or the timer."""
    if isinstance(at, Timer):
        return f"{at.value}-time"
    return str(at.__struct_config__.tag or at.__name__.lower())


def place_name(state: State, at: Column) -> str:
    """What a cell is called."""
    return f"{state} x {column_name(at)}"


def _together(states: Iterable[State]) -> Iterator[tuple[State, ...]]:
    """The states of one fault: those in which content flows together, every other by itself."""
    states = list(states)
    flowing = tuple(state for state in states if state in ACTIVE)
    if flowing:
        yield flowing
    yield from ((state,) for state in states if state not in ACTIVE)


def _where(states: tuple[State, ...]) -> str:
    return "active" if states == ACTIVE else "+".join(states)


def _in_words(states: tuple[State, ...]) -> str:
    return ", ".join(map(state_title, states))


def _places(at: Column, states: tuple[State, ...]) -> tuple[str, ...]:
    return tuple(place_name(state, at) for state in states)


# Guards


def _cells() -> Iterator[tuple[State, Column, Cell]]:
    for state, row in TABLE.items():
        for at, one in row.items():
            yield state, at, one


def refuses(one: Cell) -> Guard | None:
    """The guard with which a cell refuses everybody; None where it does not."""
    return next((guard for guard in one.guards if guard.name.startswith("never_here_")), None)


def _guards() -> Iterator[Fault]:
    """Each guard of each cell taken out and negated, and each guard of every cell taken out."""
    standing: dict[tuple[Column, Guard], list[State]] = {}
    for state, at, one in _cells():
        for guard in one.guards:
            if refuses(one) is None:
                standing.setdefault((at, guard), []).append(state)
    for (at, guard), everywhere in standing.items():
        for states in _together(everywhere):
            yield Fault(
                guard.rule,
                f"nobody looks whether it {guard.name.replace('_', ' ')}, when {happening(at)} ({_in_words(states)})",
                without_guard(guard.name, at, *states),
                kind=Kind.GUARD,
                derived_as=f"guard {column_name(at)} {guard.name} @{_where(states)}",
                places=_places(at, states),
            )
            yield Fault(
                TIMERS[at.value] if isinstance(at, Timer) else guard.rule,
                f"it is let through only unless it {guard.name.replace('_', ' ')}, when {happening(at)} ({_in_words(states)})",
                with_negated_guard(guard.name, at, *states),
                kind=Kind.NEGATION,
                derived_as=f"negated {column_name(at)} {guard.name} @{_where(states)}",
                places=_places(at, states),
            )
    for guard in machine.EVERYWHERE:
        if guard is not machine.performs_it:  # that one is taken out for each action by itself
            yield Fault(
                guard.rule,
                f"nobody looks whether it {guard.name.replace('_', ' ')}, whatever happens",
                _without_everywhere(guard),
                kind=Kind.GUARD,
                derived_as=f"guard * {guard.name}",
            )


def _without_everywhere(guard: Guard) -> Apply:
    kept = tuple(one for one in machine.EVERYWHERE if one is not guard)
    return lambda patch: patch.setattr(machine, "EVERYWHERE", kept)


def _performers() -> Iterator[Fault]:
    """The guard that looks at who does something, taken out for one action."""
    for at in TABLE[State.UNSTARTED]:
        if isinstance(at, Timer):
            continue
        yield Fault(
            at.guarded_by,
            f"anyone may do it: {happening(at)}",
            _by_anyone(at),
            kind=Kind.PERFORMER,
            derived_as=f"performer {column_name(at)}",
        )


def _by_anyone(kind: type[do.Action]) -> Apply:
    def apply(patch: Patch) -> None:
        right = machine.performs_it

        def holds(session: Session, deed: Deed, now: float) -> bool:
            return isinstance(deed.action, kind) or right.holds(session, deed, now)

        careless = right._replace(holds=holds)
        everywhere = tuple(careless if guard is right else guard for guard in machine.EVERYWHERE)
        patch.setattr(machine, "performs_it", careless)  # its refusals name each action's own rule
        patch.setattr(machine, "EVERYWHERE", everywhere)

    return apply


# Refusals

#: Where to look for the effect that a refused action would have had: the nearest sensible one first.
SENSIBLE: Final = (
    State.POINTER,
    State.WRITE,
    State.ASKED,
    State.PENDING,
    State.SUSPENDED,
    State.UNSTARTED,
)


def accepted_as(at: Column) -> Effect:
    """The effect that an action has where it is allowed; none at all where it is allowed nowhere."""
    for state in SENSIBLE:
        one = TABLE[state][at]
        if refuses(one) is None and one.effect is not machine.nothing:
            return one.effect
    return machine.nothing


def _refusals() -> Iterator[Fault]:
    """Each cell that refuses everybody, accepting."""
    standing: dict[tuple[Column, str, str], list[State]] = {}
    for state, at, one in _cells():
        guard = refuses(one)
        if guard is not None:
            standing.setdefault((at, guard.rule, guard.reason), []).append(state)
    for (at, rule, _), everywhere in standing.items():
        for states in _together(everywhere):
            yield Fault(
                rule,
                f"it is accepted when {happening(at)} ({_in_words(states)})",
                _accepting(at, states),
                kind=Kind.REFUSAL,
                derived_as=f"refusal {column_name(at)} @{_where(states)}",
                places=_places(at, states),
            )


def _accepting(at: Column, states: tuple[State, ...]) -> Apply:
    return with_cell(at, Cell((), accepted_as(at)), *states)


# Timers


def _timers() -> Iterator[Fault]:
    """Each deadline with a third of its time, and never."""
    for name, rules in TIMERS.items():
        for how, words, shift in _SHIFTS:
            yield Fault(
                rules,
                f"the {name.removesuffix('_until').replace('_', ' ')} time {words}",
                _shifting(name, shift),
                kind=Kind.TIMER,
                derived_as=f"timer {name} {how}",
            )


Shift = Callable[[float, float], float]

#: How a deadline that is set at ``now`` is moved.
_SHIFTS: Final[tuple[tuple[str, str, Shift], ...]] = (
    ("third", "is over after a third", lambda at, now: now + (at - now) / 3),
    ("never", "is never over", lambda at, now: inf),
)


def _shifting(name: str, shift: Shift) -> Apply:
    """Whatever sets this deadline sets it elsewhere: every effect, and the machine's own book-keeping."""

    def moved(before: Session, after: Session, now: float) -> Session:
        if name == "cool_down_until":  # no timer: nothing happens when it is over
            at = after.cool_down_until
            changed = at != before.cool_down_until and isfinite(at)
            return replace(after, cool_down_until=shift(at, now)) if changed else after
        at = getattr(after.deadlines, name)
        if at == getattr(before.deadlines, name) or not isfinite(at):
            return after
        return replace(after, deadlines=replace(after.deadlines, **{name: shift(at, now)}))

    def wrapped(effect: Effect) -> Effect:
        def shifted(session: Session, deed: Deed, now: float) -> tuple[Session, tuple[Notice, ...]]:
            after, notices = effect(session, deed, now)
            return moved(session, after, now), notices

        return shifted

    def apply(patch: Patch) -> None:
        stirred = machine._stirred  # what every deed does to the inactivity timers is no cell's effect

        def shifted(session: Session, deed: Deed, now: float) -> Deadlines:
            after = replace(session, deadlines=stirred(session, deed, now))
            return moved(session, after, now).deadlines

        patch.setattr(machine, "_stirred", shifted)
        for row in TABLE.values():
            for at, one in list(row.items()):
                if one.effect is not machine.nothing:
                    patch.setitem(row, at, Cell(one.guards, wrapped(one.effect)))

    return apply


# Notices


class Told(NamedTuple):
    """A notice of an effect: who is told what, in which states."""

    at: Column
    seen: type[Observation]
    to: Party
    #: What tells effects apart: its name, and what it was made with.
    effect: tuple[object, ...]
    states: tuple[State, ...]


def _identity(effect: Effect) -> tuple[object, ...]:
    made_with = getattr(effect, "__closure__", None) or ()
    return getattr(effect, "__qualname__", ""), *(one.cell_contents for one in made_with)


@functools.cache
def notices() -> tuple[Told, ...]:
    """Every notice of every effect, found by trying every letter on every kind of session."""
    standing: dict[tuple[Column, tuple[object, ...], type[Observation], Party], set[State]] = {}
    waiting = list(BEGINNINGS.values())
    known = {_kind(session) for session in waiting}
    while waiting:
        session = waiting.pop()
        for letter in LETTERS:
            deed = letter.deed(session)
            outcome = step(session, deed, _moment(session, deed))
            at = column(deed.action)
            for notice in outcome.notices:
                key = (at, _identity(TABLE[session.state][at].effect), type(notice.see), notice.to)
                standing.setdefault(key, set()).add(session.state)
            if _kind(outcome.session) not in known:
                known.add(_kind(outcome.session))
                waiting.append(outcome.session)
    order = list(TABLE[State.UNSTARTED])
    found = [
        Told(at, seen, to, effect, tuple(state for state in State if state in states))
        for (at, effect, seen, to), states in standing.items()
    ]
    return tuple(
        sorted(found, key=lambda told: (order.index(told.at), told.seen.__name__, told.to, told.states))
    )


def _moment(session: Session, deed: Deed) -> float:
    """When to try it: when its timer is due, else once the agent may ask again."""
    if isinstance(deed.action, do.Expire):
        due: float = getattr(session.deadlines, deed.action.timer)
        return due if isfinite(due) else 0.0
    return max(0.0, session.cool_down_until)


def _kind(session: Session) -> tuple[object, ...]:
    """What tells kinds of sessions apart: what is set, not to which number or text."""
    fields = msgspec.structs.asdict(session)
    policy, deadlines = fields.pop("policy"), fields.pop("deadlines")
    kept = (value if isinstance(value, bool | Enum) else _is_set(value) for value in fields.values())
    return (policy, *map(isfinite, msgspec.structs.astuple(deadlines)), *kept)


def _is_set(value: object) -> bool | None:
    return None if isinstance(value, int | float) else value not in ("", None, ())


class _Wrong(NamedTuple):
    """A way in which a notice goes wrong."""

    how: str
    words: str
    change: Callable[[Notice], tuple[Notice, ...]]


def _other(party: Party) -> Party:
    """Who would be the wrong one to tell."""
    return Party.CUSTOMER if party is Party.AGENT else Party.AGENT


_WAYS: Final = (
    _Wrong("dropped", "is not told", lambda notice: ()),
    _Wrong("doubled", "is told twice", lambda notice: (notice, notice)),
    _Wrong("misdirected", "is passed over, and the other is told", lambda n: (n._replace(to=_other(n.to)),)),
)


def _notices() -> Iterator[Fault]:
    """Each notice of each effect lost, doubled, and sent to the wrong party."""
    for told in notices():
        if told.at in (do.MovePointer, do.Mirror):
            continue  # these go over the wire as frames
        for way in _WAYS:
            tag = str(told.seen.__struct_config__.tag)
            yield Fault(
                _rules_of(told, way.how),
                f"the {told.to} {way.words}: {tag.replace('_', ' ')}, when {happening(told.at)} ({_in_words(told.states)})",
                _telling(told, way),
                kind=Kind.NOTICE,
                derived_as=f"notice {column_name(told.at)} {tag} to {told.to} {way.how} @{_where(told.states)}",
                places=_places(told.at, told.states),
            )


def _rules_of(told: Told, how: str) -> str:
    """The rules that could ask for a notice, the first choice first, as :data:`.known.NOTICES` has them."""
    asked = (column_name(told.at), str(told.seen.__struct_config__.tag), str(told.to), how)
    for pattern, rules in NOTICES:
        if all(one in ("*", other) for one, other in zip(pattern, asked, strict=True)):
            return rules
    raise LookupError(f"known.NOTICES does not say which rule asks for {' '.join(asked)}")


def _telling(told: Told, way: _Wrong) -> Apply:
    def change(notice: Notice) -> tuple[Notice, ...]:
        meant = notice.to is told.to and type(notice.see) is told.seen
        return way.change(notice) if meant else (notice,)

    def apply(patch: Patch) -> None:
        for state in told.states:
            old = TABLE[state][told.at]
            patch.setitem(TABLE[state], told.at, Cell(old.guards, telling(change)(old.effect)))

    return apply


# Frames


def _frames() -> Iterator[Fault]:
    """The same for what goes over the wire as frames: it is relayed, and not told."""
    for told in notices():
        if told.at not in (do.MovePointer, do.Mirror):
            continue
        kind = POINTER if told.at is do.MovePointer else CONTENT
        for way in _WAYS:
            tag = str(told.seen.__struct_config__.tag)
            yield Fault(
                _rules_of(told, way.how),
                f"the {told.to} {way.words}: {tag.replace('_', ' ')}, when {happening(told.at)}",
                _relaying(kind, told.to, way.how),
                kind=Kind.FRAME,
                derived_as=f"frame {tag} to {told.to} {way.how}",
                places=_places(told.at, told.states),
            )


def _relaying(kind: int, to: Party, how: str) -> Apply:
    def apply(patch: Patch) -> None:
        relay = Host.relay

        def wrong(self: Host, link: Link, frame: Frame, data: bytes) -> bool:
            if frame.kind != kind or link.party is to:
                return relay(self, link, frame, data)
            if how == "dropped":
                return False
            if how == "misdirected":
                link.connection.send_frame(data)
                return False
            relay(self, link, frame, data)
            return relay(self, link, frame, data)

        patch.setattr(Host, "relay", wrong)

    return apply


# Gates


def _gates() -> Iterator[Fault]:
    """Each gate of the customer's end open."""
    rules = {name: rule for name, rule, _ in LADDER}
    for name, gate in vars(Gates).items():
        if name.startswith("_") or name == "refuse" or not inspect.isfunction(gate):
            continue
        said, _, _ = (inspect.getdoc(gate) or "").partition(": ")
        rule = rules.get(name, said.split(", ")[0])
        yield Fault(
            rule,
            f"a gate of the customer's end is open: {name.replace('_', ' ')}",
            _open(name),
            end="both",
            kind=Kind.GATE,
            derived_as=f"gate {name}",
        )


def _open(name: str) -> Apply:
    def opened(self: Gates, *asked: Any) -> bool:
        return True

    return lambda patch: patch.setattr(Gates, name, opened)

"""The parts of the protocol's guide that are made from the code: tables, and the worked example.

The guide is prose with marked gaps; :func:`fill` puts the parts into them.  So the prose cannot say
one thing and the code another.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import EnumType
from types import NoneType, UnionType
from typing import Annotated, Any, Final, get_args, get_origin

import msgspec

from .. import actions as do
from ..actions import AnyAct, Element, LinkAction
from ..observations import LinkObservation, Refused
from ..policy import Timers
from ..refusals import WORDS
from ..session import TABLE, Cell, Column, State
from ..terms import EndReason, Reason, Timer
from .example import as_json_lines, example
from .frames import MAX_FRAME_BYTES
from .links import CLOSES, FRAMES, HANDSHAKE, LINKED, OUTSIDE, SEEN_BY
from .messages import MAX_ERRORS_PER_LINK, MAX_MESSAGE_BYTES, PATHS, SUBPROTOCOL
from .schemas import about, notes

_GAP: Final = re.compile(r"(<!-- made: (?P<name>[\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


class GuideError(ValueError):
    """The guide has a gap for which there is no part, or lacks one."""


def fill(text: str, parts: Mapping[str, str]) -> str:
    """The text with each part in its gap; raises :class:`GuideError` unless gaps and parts are the same.

    A gap is ``<!-- made: name -->``, anything, ``<!-- end -->``, each on its own line.
    """
    gaps = [found["name"] for found in _GAP.finditer(text)]
    if sorted(gaps) != sorted(parts):
        raise GuideError(f"the guide has gaps for {sorted(gaps)}; made are {sorted(parts)}")
    return _GAP.sub(lambda found: f"{found[1]}{parts[found['name']]}{found[3]}", text)


def parts() -> dict[str, str]:
    """Every part, by the name of its gap."""
    made: dict[str, Callable[[], Iterable[str]]] = {
        "paths": _paths,
        "limits": _limits,
        "handshake": _handshake,
        "actions": _actions,
        "acts": _acts,
        "element": lambda: _fields(Element),
        "observations": _observations,
        "refused": lambda: _fields(Refused),
        "frames": _frames,
        "table": _machine,
        "reasons": _reasons,
        "ends": _ends,
        "timers": lambda: _fields(Timers),
        "closes": _closes,
        "example": _example,
    }
    return {name: "\n".join(["", *make(), "", ""]) for name, make in made.items()}


def _table(*rows: tuple[str, ...]) -> Iterator[str]:
    head, *body = rows
    yield _row(head)
    yield _row(tuple("---" for _ in head))
    yield from map(_row, body)


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n\n", "<br>") for cell in cells) + " |"


def _code(word: object) -> str:
    return f"`{word}`"


# Links


def _paths() -> Iterator[str]:
    return _table(("Party", "Path"), *((str(party), _code(PATHS[party])) for party in LINKED))


def _limits() -> Iterator[str]:
    return _table(
        ("What", "Limit"),
        ("Subprotocol", _code(SUBPROTOCOL)),
        ("A control message, UTF-8", f"{MAX_MESSAGE_BYTES:,} bytes"),
        ("A frame, header included", f"{MAX_FRAME_BYTES:,} bytes"),
        ("Messages in error before a link is closed", str(MAX_ERRORS_PER_LINK)),
    )


def _handshake() -> Iterator[str]:
    rows = ((str(one.status), _code(one.reason), one.when) for one in HANDSHAKE)
    return _table(("Status", "`reason`", "When"), *rows)


def _closes() -> Iterator[str]:
    rows = ((str(one.code), one.meaning, one.then) for one in CLOSES)
    return _table(("Code", "Meaning", "What the party does"), *rows)


def _frames() -> Iterator[str]:
    def parties(members: frozenset[Any]) -> str:
        return ", ".join(str(party) for party in LINKED if party in members)

    rows = (
        (str(one.kind), one.name, parties(one.senders), parties(one.getters), one.payload) for one in FRAMES
    )
    return _table(("Kind", "Name", "From", "To", "Payload"), *rows)


# Messages


def _actions() -> Iterator[str]:
    kinds = [kind for kind in get_args(LinkAction) if kind not in get_args(AnyAct)]
    rows = (
        (
            _code(kind.__struct_config__.tag),
            ", ".join(str(party) for party in LINKED if party in kind.performers),
            _fields_in_brief(kind),
            about(kind),
        )
        for kind in kinds
    )
    return _table(("`type`", "From", "Fields", "Meaning"), *rows)


def _acts() -> Iterator[str]:
    common = {field.name for field in msgspec.structs.fields(do.Act)}
    rows = (
        (_code(kind.__struct_config__.tag), _fields_in_brief(kind, without=common), about(kind))
        for kind in get_args(AnyAct)
    )
    return _table(("`type`", "Further fields", "Meaning"), *rows)


def _observations() -> Iterator[str]:
    rows = (
        (
            _code(kind.__struct_config__.tag),
            ", ".join(str(party) for party in LINKED if party in SEEN_BY[kind]),
            _fields_in_brief(kind),
            about(kind),
        )
        for kind in get_args(LinkObservation)
    )
    return _table(("`type`", "To", "Fields", "Meaning"), *rows)


def _fields(kind: type[msgspec.Struct]) -> Iterator[str]:
    said = notes(kind)
    rows = (
        (_code(field.name), _type(field.type), _default(field), said.get(field.name, ""))
        for field in msgspec.structs.fields(kind)
    )
    return _table(("Field", "Type", "If absent", "Meaning"), *rows)


def _fields_in_brief(kind: type[msgspec.Struct], without: Iterable[str] = ()) -> str:
    said = notes(kind)
    brief = []
    for field in msgspec.structs.fields(kind):
        if field.name not in without:
            mark = "" if field.required else "?"
            words = f": {said[field.name]}" if field.name in said else ""
            brief.append(f"`{field.name}`{mark} {_type(field.type)}{words}")
    return "<br>".join(brief)


def _default(field: Any) -> str:
    if field.required:
        return "required"
    if field.default is msgspec.NODEFAULT:
        return _code(msgspec.json.encode(field.default_factory()).decode())
    return _code(msgspec.json.encode(field.default).decode())


_TYPES: Final = {str: "string", int: "integer", float: "number", bool: "boolean", msgspec.Raw: "object"}


def _type(kind: Any) -> str:
    if get_origin(kind) is Annotated:
        return _type(get_args(kind)[0])
    if kind == AnyAct:
        return "act"
    if get_origin(kind) is tuple:
        return f"array of {_type(get_args(kind)[0])}"
    if isinstance(kind, UnionType):
        return " or ".join("null" if one is NoneType else _type(one) for one in get_args(kind))
    if isinstance(kind, EnumType):
        members: Mapping[str, object] = kind.__members__
        values = " ".join(_code(value) for value in members.values())
        return f"one of {values}" if len(members) < 8 else kind.__name__.lower()
    return _TYPES.get(kind) or kind.__name__.lower()


# What is allowed when


def _machine() -> Iterator[str]:
    columns = [column for column in TABLE[State.POINTER] if _is_sent(column)]
    states = list(TABLE)
    rows = (
        (_code(_column(column)), *(_cell(TABLE[state][column]) for state in states)) for column in columns
    )
    return _table(("Action", *(_code(state) for state in states)), *rows)


def _is_sent(column: Column) -> bool:
    if isinstance(column, Timer):
        return False
    return column in (do.Act, do.MovePointer, do.Mirror) or column in get_args(LinkAction)


def _column(column: Any) -> str:
    return "any act" if column is do.Act else column.__struct_config__.tag


def _cell(cell: Cell) -> str:
    reasons = list(dict.fromkeys(_code(guard.reason) for guard in cell.guards))
    if any(guard.name.startswith("never_here") for guard in cell.guards):
        return reasons[0]
    return "yes" if not reasons else "yes, or " + " ".join(reasons)


def _reasons() -> Iterator[str]:
    rules: dict[Reason, set[str]] = {reason: set() for reason in Reason}
    for row in TABLE.values():
        for cell in row.values():
            for guard in cell.guards:
                rules[guard.reason].add(guard.rule)
    for kind in get_args(LinkAction):
        rules[kind.refused_as].add(kind.guarded_by)
    for outside in OUTSIDE:
        rules[outside.reason].add(outside.rule)
    rows = ((_code(reason), ", ".join(sorted(rules[reason])), WORDS[reason]) for reason in Reason)
    return _table(("`reason`", "By rule", "`message`, unless it says more"), *rows)


#: When a session ends for which reason.
_WHEN: Final[Mapping[EndReason, str]] = {
    EndReason.CUSTOMER_EXIT: "The customer exits.",
    EndReason.AGENT_EXIT: "The agent exits.",
    EndReason.CONTROLLER_STOP: "The contact centre stops it.",
    EndReason.INTERACTION_ENDED: "The chat or call is over.",
    EndReason.CANCELLED: "The customer gives up before an agent has joined.",
    EndReason.PENDING_TIMEOUT: "No agent has joined within `pending_s`.",
    EndReason.OFF_SITE_TIMEOUT: "The customer was off the site for `off_site_s`.",
    EndReason.INACTIVITY: "Nobody did anything for `inactivity_s`.",
    EndReason.CUSTOMER_LOST: "The customer's link was lost for `customer_link_s`.",
    EndReason.AGENT_LOST: "The agent's link was lost for `agent_link_s`.",
    EndReason.POLICY: "The policy no longer allows it.",
    EndReason.SERVER_SHUTDOWN: "The server stops for good.",
}


def _ends() -> Iterator[str]:
    return _table(("`reason`", "When"), *((_code(reason), _WHEN[reason]) for reason in EndReason))


def _example() -> Iterator[str]:
    yield "```json"
    yield from as_json_lines(example())
    yield "```"

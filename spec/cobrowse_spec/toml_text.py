"""TOML that people write: read strictly into a struct, and whatever is wrong is said with its line.

:func:`read` refuses what the struct does not know, with the nearest key that it does, and what is of
another type.  :func:`line_of` finds where a value stands, for checks that know more than types.
"""

import difflib
import re
import tomllib
from collections.abc import Iterable, Iterator
from types import UnionType
from typing import Any, Final, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

_T = TypeVar("_T", bound=msgspec.Struct)

#: Where a value stands: keys of tables, and numbers of entries in arrays, from 0.
Path = tuple[str | int, ...]


class TomlError(ValueError):
    """A text that cannot be used, with the line at fault (0 where no line can be named)."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(f"line {line}: {message}" if line else message)
        self.line = line
        #: What is wrong, without the line.
        self.what = message


def read(text: str, kind: type[_T]) -> _T:
    """The struct that a TOML text describes; raises :class:`TomlError`."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        message = re.sub(r" \(at .*\)$", "", str(error))
        raise TomlError(message, int(found[1]) if found else len(text.splitlines())) from None
    for path, known in _unknown(data, kind, ()):
        raise TomlError(f"unknown key {path[-1]!r}; {nearest(str(path[-1]), known)}", line_of(text, path))
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        message, path = _said(str(error))
        raise TomlError(message, line_of(text, path)) from None


def nearest(word: str, known: Iterable[str]) -> str:
    """What somebody may have meant who wrote this word."""
    near = difflib.get_close_matches(word, known, n=1)
    return f"did you mean {near[0]!r}?" if near else f"known are {', '.join(sorted(known))}"


def _unknown(data: Any, kind: Any, path: Path) -> Iterator[tuple[Path, list[str]]]:
    """The keys in a table that its struct does not know, with those that it does."""
    struct = _struct_in(kind)
    if isinstance(data, list):
        for number, entry in enumerate(data):
            yield from _unknown(entry, kind, (*path, number))
    elif isinstance(data, dict) and struct is not None:
        if _is_mapping(kind):
            for key, entry in data.items():
                yield from _unknown(entry, struct, (*path, key))
            return
        known = {field.encode_name: field.name for field in msgspec.structs.fields(struct)}
        types = get_type_hints(struct)
        for key, entry in data.items():
            if key not in known:
                yield (*path, key), list(known)
            else:
                yield from _unknown(entry, types[known[key]], (*path, key))


def _struct_in(kind: Any) -> type[msgspec.Struct] | None:
    """The struct that a type is, may be, or holds."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return kind
    return next((found for one in get_args(kind) if (found := _struct_in(one)) is not None), None)


def _is_mapping(kind: Any) -> bool:
    if get_origin(kind) in (Union, UnionType):
        return any(_is_mapping(one) for one in get_args(kind))
    return get_origin(kind) is dict


_AT: Final = re.compile(r" - at `(?:key in )?\$(?P<path>[^`]*)`$")


def _said(message: str) -> tuple[str, Path]:
    """A validation error's own words, and the place that it names."""
    found = _AT.search(message)
    if found is None:
        return message, ()
    parts = re.findall(r"\.([\w-]+)|\[(\d+)\]", found["path"])
    path: Path = tuple(key or int(number) for key, number in parts)
    where = ".".join(str(part) for part in path)
    return f"{where}: {_AT.sub('', message)}" if where else _AT.sub("", message), path


# Lines


def line_of(text: str, path: Path) -> int:
    """The line on which the value at this place begins; of what encloses it, where it is written otherwise."""
    lines = text.splitlines()
    begin = 0
    for number, part in enumerate(path):
        if isinstance(part, int):
            begin = _entry(lines, [str(one) for one in path[:number] if isinstance(one, str)], part) or begin
        else:
            begin = _key(lines, part, begin) or begin
    return begin


def _entry(lines: list[str], keys: list[str], number: int) -> int:
    """The line of an array of tables' entry."""
    header = r"\s*\[\[\s*" + r"\s*\.\s*".join(map(_spelled, keys)) + r"\s*\]\]"
    found = [at for at, line in enumerate(lines, 1) if re.match(header, line)]
    return found[number] if number < len(found) else 0


def _key(lines: list[str], key: str, after: int) -> int:
    """The first line from one on that has this key or begins a table of this name."""
    assigned = re.compile(rf"(?:^|[\s,{{\[.]){_spelled(key)}\s*[=.\]]")
    for number, line in enumerate(lines, 1):
        if number >= after and not line.lstrip().startswith("#") and assigned.search(line):
            return number
    return 0


def _spelled(key: str) -> str:
    return f"[\"']?{re.escape(key)}[\"']?"

"""Patterns of paths: `*` stands for anything, every other character for itself.

Administrators write them for pages and for addresses that are denied.  Order: matching addresses,
comparing patterns.
"""

import functools
import re
from typing import Final
from urllib.parse import unquote, urlsplit

#: Stands for whatever a `*` stands for, when patterns are compared: no path has this character.
_ANYTHING: Final = "\0"


def raw_path(url: str) -> str:
    """The path of an address as it is written."""
    return urlsplit(url).path or "/"


def plain_path(url: str) -> str:
    """The path as servers read it: unescaped, without empty and dot segments, query or fragment."""
    path = unquote(urlsplit(url).path).replace("\\", "/")
    kept: list[str] = []
    parts = path.split("/")
    for part in parts:
        if part == "..":
            del kept[-1:]
        elif part not in ("", "."):
            kept.append(part)
    is_folder = bool(kept) and parts[-1] in ("", ".", "..")
    return "/" + "/".join(kept) + ("/" if is_folder else "")


def matches(pattern: str, path: str) -> bool:
    """Whether the whole path is one that the pattern stands for."""
    return _compiled(pattern).fullmatch(path) is not None


def restricts(pattern: str, url: str) -> bool:
    """Whether what a rule forbids holds at this address, however its path is written."""
    plain = plain_path(url)
    return any(matches(pattern, path) for path in (raw_path(url), plain, plain.rstrip("/") or "/"))


def allows(pattern: str, url: str) -> bool:
    """Whether what a rule allows holds at this address: only where its path can be read in no other way."""
    return matches(pattern, raw_path(url)) and matches(pattern, plain_path(url))


def shortened(pattern: str) -> str:
    """The same pattern, written the one way in which all equal patterns are alike."""
    return re.sub(r"\*+", "*", pattern)


def covers(wide: str, narrow: str) -> bool:
    """Whether every path of the narrow pattern is one of the wide pattern."""
    # Only a `*` of the wide pattern can stand for a character that no path has; where it does, it
    # can stand for anything that the narrow pattern's `*` stands for.
    return matches(wide, narrow.replace("*", _ANYTHING))


def narrower(one: str, other: str) -> str | None:
    """The pattern that both cover, if it is one of the two; None where they merely overlap, or do not."""
    if covers(other, one):
        return shortened(one)
    return shortened(other) if covers(one, other) else None


@functools.lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in pattern.split("*")), re.DOTALL)

"""What can be known of a CSS selector without a page and without a CSS library: whether it is one.

A policy with a selector that no browser can read is refused when it is put, with its line (MASK-11), not
when a customer has the page open.  Held to be readable is what browsers read alike and what means the same
at every moment: no pseudo-elements, no selectors that only jQuery knows, none that comes and goes with the
pointer or the focus, which would unmask a field in between (MASK-6).

Order: the names that are refused, reading.
"""

import re
from typing import Final

#: What jQuery has and CSS has not.
ONLY_JQUERY: Final = frozenset(
    {"animated", "button", "checkbox", "contains", "eq", "even", "file", "first", "gt", "header", "hidden"}
    | {"image", "input", "last", "lt", "odd", "parent", "password", "radio", "reset", "selected", "submit"}
    | {"text", "visible"}
)

#: What holds only while the customer does something.
OF_THE_MOMENT: Final = frozenset(
    {"active", "focus", "focus-visible", "focus-within", "hover", "target", "target-within", "visited"}
)

#: Pseudo-classes with selectors in brackets.
_TAKE_SELECTORS: Final = frozenset({"has", "is", "not", "where"})

_ESCAPE: Final = r"\\(?:[0-9A-Fa-f]{1,6}\s?|[^\n0-9A-Fa-f])"
_NAME: Final = rf"(?:--|-?(?:[A-Za-z_]|[^\x00-\x7f]|{_ESCAPE}))(?:[\w-]|[^\x00-\x7f]|{_ESCAPE})*"
_STRING: Final = r""""(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'"""
_ATTRIBUTE: Final = (
    rf"\[\s*{_NAME}\s*(?P<comparison>(?P<operator>[~|^$*!]?=)\s*(?:{_NAME}|{_STRING})\s*[iIsS]?\s*)?\]"
)
_SIMPLE: Final = re.compile(
    rf"\*|\#{_NAME}|\.{_NAME}|{_ATTRIBUTE}|(?P<element>::{_NAME})|:(?P<pseudo>{_NAME})|{_NAME}"
)
_COMBINATOR: Final = re.compile(r"\s*[>+~]\s*|\s+")
_ARGUMENT: Final = re.compile(rf"(?:[^()\"']|{_STRING})*")


class _Unreadable(Exception):
    """Ends reading; its text is what :func:`fault` returns."""


def fault(selector: str) -> str:
    """Why this is no selector that a policy can have, in words that follow "it"; empty where it is one."""
    try:
        reader = _Reader(selector.strip())
        reader.read_list()
        if reader.rest:
            raise _Unreadable(f"has {reader.rest[0]!r} where none belongs")
    except _Unreadable as error:
        return str(error)
    return ""


class _Reader:
    """A selector, and how far it has been read."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    @property
    def rest(self) -> str:
        """What has not been read yet."""
        return self._text[self._at :]

    def read_list(self, *, relative: bool = False) -> None:
        """Selectors with commas between them."""
        self._read_complex(relative=relative)
        while self._take(r"\s*,\s*"):
            self._read_complex(relative=relative)

    def _read_complex(self, *, relative: bool) -> None:
        if relative:
            self._take(r"\s*[>+~]\s*")
        self._read_compound()
        while self.rest and not re.match(r"\s*(?:[,)]|$)", self.rest):
            combinator = _COMBINATOR.match(self._text, self._at)
            if combinator is None:
                return
            self._at = combinator.end()
            self._read_compound()

    def _read_compound(self) -> None:
        first = True
        while (found := _SIMPLE.match(self._text, self._at)) is not None:
            if not first and (found[0] == "*" or found[0][0] not in "#.[:"):
                break
            self._at = found.end()
            first = False
            if found["element"]:
                raise _Unreadable(
                    f"names the pseudo-element {found['element']}, which is no element of a page"
                )
            if found["operator"] == "!=":
                raise _Unreadable("has !=, which only jQuery knows: write :not([name=value])")
            if found["pseudo"]:
                self._read_pseudo(found["pseudo"].lower())
        if first:
            raise _Unreadable(
                f"has {self.rest[0]!r} where a name, # . [ or : belongs" if self.rest else "ends too early"
            )

    def _read_pseudo(self, name: str) -> None:
        if name in ONLY_JQUERY:
            raise _Unreadable(f"has :{name}, which only jQuery knows")
        if name in OF_THE_MOMENT:
            raise _Unreadable(f"has :{name}, which comes and goes with what the customer does")
        if self.rest.startswith("("):
            self._at += 1
            self._take(r"\s*")
            if name in _TAKE_SELECTORS:
                self.read_list(relative=name == "has")
            else:
                self._read_argument(name)
            self._take(r"\s*")
            if not self._take(r"\)"):
                raise _Unreadable(f"has no ')' to end :{name}(")
        elif name in _TAKE_SELECTORS or name.startswith("nth-"):
            raise _Unreadable(f"has :{name} without its brackets")

    def _read_argument(self, name: str) -> None:
        found = _ARGUMENT.match(self._text, self._at)
        if found is None or not found[0].strip():
            raise _Unreadable(f"has nothing in :{name}()")
        self._at = found.end()

    def _take(self, pattern: str) -> bool:
        found = re.compile(pattern).match(self._text, self._at)
        if found is None:
            return False
        self._at = found.end()
        return True

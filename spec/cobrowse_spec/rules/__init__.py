"""The invariants: one module a chapter, one invariant a rule, in the order of the IDs.

They judge any trace, of any implementation, and know nothing of the machine.  Read :mod:`.judge` for
their anatomy, :mod:`.facts` for what they can ask, then any chapter.
"""

from typing import Final

from . import (
    join,
    mask,
    navigate,
    pause,
    pointer,
    record,
    resume,
    secure,
    site,
    start,
    stop,
    submit,
    view,
    write,
)
from .judge import INVARIANTS, Invariant, Judge, Judgement, Status, Violation, judge

__all__ = [
    "CHAPTERS",
    "INVARIANTS",
    "WITHOUT_INVARIANT",
    "Invariant",
    "Judge",
    "Judgement",
    "Status",
    "Violation",
    "judge",
]

_BYTES: Final = "a trace holds no bytes: the stories look for them on the tapped links"
_BROWSER: Final = "only a browser shows it: the stories look at what is there, and at the bytes that leave"

#: Rules that no trace can show, and why: what judges them instead.
WITHOUT_INVARIANT: Final = {
    "MASK-2": _BYTES,
    "MASK-4": _BYTES,
    **dict.fromkeys(
        (
            *("WRITE-6", "NAVIGATE-8", "MASK-3", "MASK-5", "MASK-6", "MASK-8", "MASK-12"),
            *("VIEW-2", "VIEW-4", "SECURE-5"),
        ),
        _BROWSER,
    ),
}

#: The chapters, in the rulebook's order; importing them registers their invariants.
CHAPTERS = (
    *(start, join, pointer, write, navigate, submit, mask, site, stop, view, resume, secure, record),
    pause,
)

"""The invariants: one module a chapter, one invariant a rule, in the order of the IDs.

They judge any trace, of any implementation, and know nothing of the machine.  Read :mod:`.judge` for
their anatomy, :mod:`.facts` for what they can ask, then any chapter.
"""

from . import join, navigate, pointer, resume, secure, site, start, stop, submit, view, write
from .judge import INVARIANTS, Invariant, Judge, Judgement, Status, Violation, judge

__all__ = [
    "CHAPTERS",
    "INVARIANTS",
    "Invariant",
    "Judge",
    "Judgement",
    "Status",
    "Violation",
    "judge",
]

#: The chapters, in the rulebook's order; importing them registers their invariants.
CHAPTERS = (start, join, pointer, write, navigate, submit, site, stop, view, resume, secure)

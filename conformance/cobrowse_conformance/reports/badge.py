"""The badge: a run in one line, as JSON that https://shields.io/badges/endpoint-badge draws.

It says counts, never a lone percentage: how many rules held of those that apply, by MUST, SHOULD and MAY, and how many
failures are known, not decided or flaky.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from ..results import Run
from ..verdicts import Exit
from .summary import levels

#: Colours as shields.io knows them.
_COLOURS: Final = {
    Exit.CONFORMANT: "brightgreen",
    Exit.NOT_CONFORMANT: "red",
    Exit.INCOMPLETE: "yellow",
    Exit.FLAKY: "orange",
}


class Badge(msgspec.Struct, frozen=True, rename="camel"):
    """What shields.io reads."""

    label: str
    message: str
    color: str
    schema_version: int = 1


def write_badge(run: Run, path: Path) -> None:
    """Write the badge; raises OSError where that cannot be done."""
    path.write_bytes(msgspec.json.encode(badge(run)) + b"\n")


def badge(run: Run) -> Badge:
    """The badge of a run."""
    colour = _COLOURS.get(run.exit_code, "lightgrey")
    if run.exit_code == Exit.CONFORMANT and any(count.known for count in run.counts.values()):
        colour = "yellowgreen"
    return Badge("co-browse rules", ", ".join(_said(run)) or "nothing was run", colour)


def _said(run: Run) -> Iterator[str]:
    if run.exit_code == Exit.HARNESS_ERROR:
        yield "void: the suite itself failed"
        return
    for level, count in levels(run):
        if count.applicable:
            yield f"{count.passed}/{count.applicable} {level}"
    for name in ("failed", "undecided", "known"):
        number = sum(getattr(count, name) for count in run.counts.values())
        if number:
            yield f"{number} {name}"

"""A run of the benchmarks: which, in which order, and the report of it.

Order: the benchmarks by name, a run.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import trio

from .measures import NOT_MEASURED, Measure, Report, machine
from .serving import OpenServer, Sizes, measure_idle, measure_opening, measure_relay, within_descriptors
from .steps import REPEAT_S, REPEATS, Bulk, measure_bulk, measure_steps

#: The benchmarks, in the order in which they run, each with what it measures.
BENCHMARKS: Final = {
    "steps": "what the machine decides in a second of one core",
    "relay": "what a server relays, with all gates on",
    "open": "sessions opened",
    "idle": "the memory that idle sessions take",
}

_AT_A_SERVER: Final[dict[str, Callable[[OpenServer, Sizes], Awaitable[tuple[Measure, ...]]]]] = {
    "relay": measure_relay,
    "open": measure_opening,
    "idle": measure_idle,
}


async def run_benchmarks(
    names: Sequence[str],
    open_server: OpenServer,
    *,
    target: str,
    sizes: Sizes = Sizes(),  # noqa: B008 -- immutable
    repeats: int = REPEATS,
    repeat_s: float = REPEAT_S,
    bulk: Bulk | None = None,
    told: Callable[[str], None] = lambda name: None,
    played: Callable[[int], None] = lambda sessions: None,
) -> Report:
    """Run these benchmarks one after another; ``told`` hears the name of each that begins.

    ``repeats`` and ``repeat_s`` are for the machine's steps, ``sizes`` for all that needs a server.  With a ``bulk`` the
    machine plays that in place of its usual sessions, and ``played`` hears how many sessions it has played.
    Raises :class:`.crowd.BenchmarkFailed`, :class:`.process.NotMeasurable`, and whatever a server that
    goes away brings about, in exception groups.
    """
    began = time.monotonic()
    here = machine()
    measures: list[Measure] = []
    for name in BENCHMARKS:
        if name not in names:
            continue
        told(name)
        if name == "steps" and bulk is not None:
            measures.append(measure_bulk(bulk, played))
        elif name == "steps":
            measures.append(measure_steps(repeats=repeats, repeat_s=repeat_s))
        else:
            measures += await _AT_A_SERVER[name](open_server, sizes)
        await trio.lowlevel.checkpoint()  # Control-C is heard between benchmarks
    at_a_server = any(name in _AT_A_SERVER for name in names)
    return Report(
        target if at_a_server else "",
        here,
        tuple(measures),
        tuple(_notes(names, sizes, here.cores)),
        NOT_MEASURED,
        time.monotonic() - began,
    )


def _notes(names: Sequence[str], sizes: Sizes, cores: int) -> list[str]:
    """What the reader must know to judge these figures."""
    notes = [
        "Other work on this machine shows in the spread: judge ratios on one machine, not figures of two."
    ]
    if any(name in _AT_A_SERVER for name in names):
        if cores < 2:
            notes.append(
                "Clients and server shared one core: figures per second of the clock are low by that."
            )
        else:
            notes.append(
                "The clients ran beside the server: per second of the clock they may be what held it up."
            )
    if "idle" in names and within_descriptors(sizes.idle_sessions) < sizes.idle_sessions:
        notes.append(
            f"File descriptors were enough for {within_descriptors(sizes.idle_sessions)} idle sessions."
        )
    return notes

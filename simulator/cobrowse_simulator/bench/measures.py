"""Measures: a figure with the values that it comes from, how it was got, and on which machine.

Order: a measure, the machine, a whole report.
"""

import os
import platform
import statistics
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import msgspec

#: The packages whose versions decide what is measured.
PACKAGES: Final = (
    "cobrowse-kit",
    "trio",
    "msgspec",
    "hypercorn",
    "quart-trio",
    "wsproto",
    "trio-websocket",
)


class Measure(msgspec.Struct, frozen=True, omit_defaults=True):
    """One figure: the median of its repeats, and how far they lie apart."""

    #: The benchmark that it belongs to: "steps", "relay", "open", "idle".
    benchmark: str
    what: str
    unit: str
    median: float
    low: float
    high: float
    #: What each repeat gave, in the order of the repeats.
    values: tuple[float, ...]
    how: str
    #: What the project aims at, at the least; None where it has set itself no aim.
    aim: float | None = None


def measured(
    benchmark: str, what: str, unit: str, values: Sequence[float], how: str, *, aim: float | None = None
) -> Measure:
    """The measure that these repeats make; there is at least one."""
    middle = statistics.median(values)
    return Measure(benchmark, what, unit, middle, min(values), max(values), tuple(values), how, aim)


class Machine(msgspec.Struct, frozen=True):
    """Where it was measured."""

    cpu: str
    #: The cores that this process may use.
    cores: int
    #: How many processes wanted a core before the benchmarks began (one-minute average).
    load_before: float
    system: str
    python: str
    #: Versions of the packages on this side; a server that was brought along has the same.
    packages: dict[str, str]


def machine() -> Machine:
    """The facts of this machine."""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    packages = {name: _version(name) for name in PACKAGES}
    return Machine(_cpu(), len(os.sched_getaffinity(0)), os.getloadavg()[0], system, python, packages)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or "unknown")


class Report(msgspec.Struct, frozen=True):
    """What a run of the benchmarks found."""

    #: The server that was measured; empty where only the machine was.
    target: str
    machine: Machine
    measures: tuple[Measure, ...]
    #: What the reader must know to judge the figures.
    notes: tuple[str, ...]
    not_measured: tuple[str, ...]
    duration_s: float


#: What no figure here says anything about.
NOT_MEASURED: Final = (
    "TLS, compression and a network: everything goes over loopback, in the clear",
    "how long a frame takes: only what it costs the server",
    "frames of other sizes, a full page among them, and thousands of sessions at once",
    "real browsers: recording, redaction and replay of a page at both ends",
    "more than one node, and a journal that outlives the process",
)

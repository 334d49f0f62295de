"""What a process of this machine has used: CPU time and memory, read from outside."""

import ctypes
import time
from collections.abc import Iterator
from pathlib import Path


class NotMeasurable(Exception):
    """The process is not there, or this system does not tell."""


def cpu_seconds(pid: int) -> float:
    """CPU seconds, of user and system, that all threads of a process have used so far.

    Read from the process's own CPU clock (POSIX ``clock_getcpuclockid``), which is finer than the
    hundredths of a second in ``/proc/<pid>/stat``.
    """
    clock = ctypes.c_int()
    try:
        error = ctypes.CDLL(None).clock_getcpuclockid(ctypes.c_int(pid), ctypes.byref(clock))
        if error == 0:
            return time.clock_gettime(clock.value)
    except (AttributeError, OSError):
        pass
    raise NotMeasurable(f"the CPU time of process {pid} cannot be read on this system")


def resident_kib(pid: int) -> int:
    """The memory that a process holds just now, in KiB (``VmRSS``)."""
    return _memory_kib(pid, "status", "VmRSS:")


def peak_kib(pid: int) -> int:
    """The most memory that a process has ever held, in KiB (``VmHWM``)."""
    return _memory_kib(pid, "status", "VmHWM:")


def proportional_kib(pid: int) -> int:
    """The memory that a process holds, with its share of what it holds together with others, in KiB (``Pss``)."""
    return _memory_kib(pid, "smaps_rollup", "Pss:")


def family(pid: int) -> Iterator[int]:
    """A process, its children, and theirs."""
    yield pid
    for file in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in file.read_text(encoding="ascii").split():
            yield from family(int(child))


def _memory_kib(pid: int, file: str, head: str) -> int:
    try:
        lines = Path(f"/proc/{pid}/{file}").read_text(encoding="ascii", errors="replace").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(head))
    except (OSError, StopIteration):
        raise NotMeasurable(f"the memory of process {pid} cannot be read on this system") from None

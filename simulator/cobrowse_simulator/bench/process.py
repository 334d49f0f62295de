"""What a process of this machine has used: CPU time and memory, read from outside."""

import ctypes
import time
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
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))
    except (OSError, StopIteration):
        raise NotMeasurable(f"the memory of process {pid} cannot be read on this system") from None

"""File descriptors: how many this process may have."""

import resource
from contextlib import suppress


def allow_descriptors(needed: int) -> int:
    """Let this process, and those that it starts, have so many; tells how many they may have at the most.

    That is ``needed`` where no limit was in the way.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = needed if hard == resource.RLIM_INFINITY else hard
    if soft != resource.RLIM_INFINITY and soft < needed <= most:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
    return most

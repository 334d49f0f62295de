"""The search for false alarms: its processes end with it, however it ends."""

import subprocess
import sys
from pathlib import Path
from typing import Final

#: How long processes may take to start and to end, on a loaded machine, in seconds.
WITHIN_S: Final = 60

#: Starts a worker, says its number, and waits to be killed.
_PARENT: Final = """
import os, sys
from tests.conformance.no_false_alarms import workers
with workers(1) as pool:
    print(pool.submit(os.getpid).result(), flush=True)
    sys.stdin.read()
"""


def test_no_worker_is_left_behind_when_its_parent_is_killed() -> None:
    """All of them hold the pipe of the parent's output: it ends when the last of them is gone."""
    with subprocess.Popen(
        [sys.executable, "-c", _PARENT],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        parent.kill()

        rest, _ = parent.communicate(timeout=WITHIN_S)

    assert worker != parent.pid
    assert "" == rest

"""``python -m cobrowse_cli.faults.broken_server NAME…  -- serve …``: the server, with these faults in it.

For faults that show only when the server is killed and started again (RESUME-4): that takes a process of
its own.  Everything after ``--`` is what ``cobrowse`` takes.
"""

import sys

from ..main import main
from .cast import CAST
from .tools import Patch


def run(arguments: list[str]) -> None:
    """Break what is to be broken, serve, and exit."""
    split = arguments.index("--")
    known = {fault.name: fault for fault in CAST}
    with Patch() as patch:
        for name in arguments[:split]:
            known[name].apply(patch)
        main(arguments[split + 1 :])


if __name__ == "__main__":
    run(sys.argv[1:])

"""The simulator's client on the exchange, in a process of its own and set up as for a load run.

``python -m cobrowse_cli.bench_our_client LINK URL SESSIONS``: how long answers took, as a line of JSON.
"""

import sys

import msgspec
import trio
from cobrowse_simulator.bench.clients.ours import play

from .collector import tune_gc


def main() -> None:
    """Play until the exchange closes its links."""
    link, url, sessions = sys.argv[1:]
    tune_gc()
    latencies = trio.run(play, link, url, int(sessions))
    sys.stdout.write(msgspec.json.encode(latencies).decode() + "\n")


if __name__ == "__main__":
    main()

"""Whether the same seed gives the same traces, byte for byte, in other processes with other hash seeds.

A command, since it takes minutes: ``make determinism``.  Each seed is run in three processes, of the rough
profile: with links that break, networks that stand still and a server that dies.
"""

import argparse
import hashlib
import io
import subprocess
import sys
from pathlib import Path

from cobrowse_cli.simulate import run_in_virtual_time, with_seed
from cobrowse_simulator.load.profile import read_profile
from cobrowse_simulator.load.run import Kept
from cobrowse_spec.trace import write_trace
from msgspec.structs import replace

PROFILE = Path(__file__).parents[2] / "simulator/profiles/rough.toml"
HASH_SEEDS = ("1", "2", "3")


def digest(seed: int) -> str:
    """What stands for all traces of the profile with this seed."""
    plan = read_profile(PROFILE)
    plan = with_seed(plan._replace(profile=replace(plan.profile, duration_s=20)), seed)
    kept: list[Kept] = []
    run_in_virtual_time(plan, kept.append, keep_every=True)
    sum_ = hashlib.sha256()
    for one in kept:
        text = io.StringIO()
        write_trace(one.trace, text)
        sum_.update(text.getvalue().encode())
    return sum_.hexdigest()


def main() -> int:
    """Compare the processes; 0 where all agree."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--print", action="store_true", help="Only print the digests of this process.")
    options = parser.parse_args()
    if options.print:
        for seed in range(options.seeds):
            sys.stdout.write(f"{digest(seed)}\n")
        return 0
    command = [sys.executable, __file__, "--print", "--seeds", str(options.seeds)]
    started = [
        subprocess.Popen(command, env={"PYTHONHASHSEED": seed, "PATH": ""}, stdout=subprocess.PIPE, text=True)
        for seed in HASH_SEEDS
    ]
    found = [process.communicate()[0].split() for process in started]
    differing = [seed for seed, digests in enumerate(zip(*found, strict=True)) if len(set(digests)) > 1]
    sys.stdout.write(
        f"{options.seeds} seeds in {len(HASH_SEEDS)} processes: {len(differing)} differ {differing or ''}\n"
    )
    return 1 if differing or any(len(one) < options.seeds for one in found) else 0


if __name__ == "__main__":
    sys.exit(main())

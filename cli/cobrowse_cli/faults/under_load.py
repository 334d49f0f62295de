"""``python -m cobrowse_cli.faults.under_load``: whether a load run finds out broken servers by itself.

Each server is started with one thing wrong, in a process of its own, and a short load run of all journeys is made
against it, whose sessions the invariants judge while they happen.  A fault is found where its own rule is violated.

Order: the faults, one run, all of them.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

import click
import trio
from cobrowse_conformance.targets import embedded
from cobrowse_simulator.load.journeys import journeys
from cobrowse_simulator.load.profile import Plan, read_profile
from cobrowse_simulator.load.reach import Server
from cobrowse_simulator.load.run import Kept, Run
from rich.console import Console
from rich.table import Table

from .cast import CAST
from .tools import Fault

#: The faults, each by the rule that it breaks and its words: from every chapter that journeys touch.
FAULTS: Final = (
    ("START-2", "session IDs have eight digits"),
    ("JOIN-2", "the customer is not told"),
    ("JOIN-1", "the agent is not told of the page"),
    ("POINTER-1", "content is lost"),
    ("POINTER-4", "the customer sees no circle"),
    ("WRITE-2", "the customer is not asked"),
    ("WRITE-3", "a denial is not told"),
    ("WRITE-7", "every repeat is a new request"),
    ("STOP-6", "the agent is told another reason"),
    ("POINTER-5", "no request in Pointer Mode"),
)

#: Sessions of all journeys, in no time to think.
PROFILE: Final = """
name = "Broken servers"
pace = 0
page_kb = [4, 8]
duration_s = 4
patience_s = 3
seed = 3
[arrivals]
model = "constant"
rate_per_s = 10
[agents]
count = 40
"""


class Found(NamedTuple):
    """What a load run made of one broken server."""

    fault: Fault
    #: The rules that were violated, the fault's own first.
    rules: tuple[str, ...]
    #: Seconds from the first arrival until a session that breaks the fault's own rule was over; negative: never.
    after_s: float
    sessions: int


def chosen() -> list[Fault]:
    """The faults of the list."""
    known = {(fault.rule, fault.words): fault for fault in CAST}
    return [known[one] for one in FAULTS]


def plan() -> Plan:
    """The profile, of all journeys."""
    listed = "".join(f'[[journeys]]\nname = "{name}"\n' for name in journeys())
    with TemporaryDirectory() as folder:
        path = Path(folder) / "profile.toml"
        path.write_text(PROFILE + listed, encoding="utf-8")
        return read_profile(path)


async def run_against(fault: Fault) -> Found:
    """One load run against a server with this fault; raises ``TargetDown`` and ``CannotRun``."""
    command = [sys.executable, "-m", "cobrowse_cli.faults.broken_server", fault.name, "--", "serve"]
    command += ["--ready-json", "--until-stdin-closes", "--port", "0", "--journal", "memory"]
    moments: dict[str, float] = {}
    async with embedded(command, ends=("server",), name=fault.name) as target:

        def keep(kept: Kept) -> None:
            for rule in kept.rules:
                moments.setdefault(rule, trio.current_time() - run.began_at)

        run = Run(plan(), Server(target.url, target.controller_key, target.name), keep=keep)
        report = await run.go()
    rules = sorted(report.violations, key=lambda rule: (rule != fault.rule, -report.violations[rule]))
    return Found(fault, tuple(rules), moments.get(fault.rule, -1.0), report.counts["begun"])


@click.command()
def under_load() -> int:
    """Run the load against each broken server, and print what it found. Exit code 1: one was not found."""
    console = Console(highlight=False)
    table = Table("Fault", "Found by", "Seconds", "Sessions", "Also violated", box=None)
    missed = 0
    for fault in chosen():
        found = trio.run(run_against, fault)
        is_found = found.after_s >= 0
        missed += not is_found
        table.add_row(
            f"{fault.rule}: {fault.words}",
            fault.rule if is_found else "[red]nothing[/red]",
            f"{found.after_s:.1f}" if is_found else "",
            str(found.sessions),
            ", ".join(rule for rule in found.rules if rule != fault.rule),
        )
    console.print(table)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(under_load.main(standalone_mode=False))

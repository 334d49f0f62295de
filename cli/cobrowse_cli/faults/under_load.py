"""``python -m cobrowse_cli.faults.under_load``: whether a load run finds out broken servers by itself.

Each server is started with one thing wrong, in a process of its own, and a short load run of all journeys is made
against it, whose sessions the invariants judge while they happen.  A fault is found where its own rule is violated.
A server with nothing wrong comes first: if that one is found out as well, the rest says nothing.

Order: the faults, one run, what it comes to, all of them.
"""

import random
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

import click
import trio
from cobrowse_conformance.targets import TargetDown, embedded
from cobrowse_simulator.load.journeys import journeys
from cobrowse_simulator.load.profile import Plan, read_profile
from cobrowse_simulator.load.reach import CannotRun, Server
from cobrowse_simulator.load.run import Kept, Report, Run
from rich.console import Console
from rich.table import Table

from .cast import CAST
from .tools import Fault

#: The faults, each by the rule that it breaks and its words: from every chapter that journeys touch.
FAULTS: Final = (
    ("START-2", "session IDs have eight digits"),
    ("JOIN-1", "the agent is not told of the page"),
    ("JOIN-2", "the customer is not told"),
    ("JOIN-3", "it begins in Write Mode"),
    ("POINTER-1", "content is lost"),
    ("POINTER-2", "acts pass in Pointer Mode"),
    ("POINTER-3", "pointers are lost"),
    ("POINTER-4", "the customer sees no circle"),
    ("WRITE-2", "the customer is not asked"),
    ("WRITE-7", "every repeat is a new request"),
    ("WRITE-11", "only the agent can return"),
    ("WRITE-13", "moving on the site ends it"),
    ("NAVIGATE-5", "denied addresses pass"),
    ("SUBMIT-1", "submits pass"),
    ("MASK-7", "masked fields can be changed"),
    ("SITE-2", "it does not resume"),
    ("SITE-6", "requests pass while suspended"),
    ("STOP-2", "the agent is not told"),
    ("RESUME-2", "missed notices are forgotten"),
    ("RESUME-3", "Write Mode outlives a loss"),
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
rate_per_s = 12
[agents]
count = 48
"""
#: Broken servers that are under load side by side.
AT_ONCE: Final = 2


class Found(NamedTuple):
    """What a load run made of one broken server, or of one that is not (``fault`` is None)."""

    fault: Fault | None
    #: The rules that were violated, the most often first.
    rules: tuple[str, ...]
    #: Seconds from the first arrival until a session that breaks the fault's own rule was over; negative: never.
    after_s: float
    #: In how many sessions its rule came into play.
    exercised: int
    sessions: int
    #: Why sessions did not go as their journeys say, and how many.
    failed: dict[str, int]

    @property
    def is_found(self) -> bool:
        """Whether its own rule was violated."""
        return self.after_s >= 0

    @property
    def by(self) -> str:
        """What found it, in words."""
        if self.is_found and self.fault is not None:
            return self.fault.rule
        if self.rules:
            return "another rule"
        if self.failed:
            return f"failing sessions: {', '.join(sorted(self.failed))}"
        return "nothing" if self.exercised else "nothing: its rule did not come into play"


def known() -> list[Fault]:
    """All mistakes of servers that were written by hand."""
    return [fault for fault in CAST if "server" in fault.ends]


def chosen() -> list[Fault]:
    """The faults of the list."""
    by_words = {(fault.rule, fault.words): fault for fault in CAST}
    return [by_words[one] for one in FAULTS]


def plan() -> Plan:
    """The profile, of all journeys."""
    listed = "".join(f'[[journeys]]\nname = "{name}"\n' for name in journeys())
    with TemporaryDirectory() as folder:
        path = Path(folder) / "profile.toml"
        path.write_text(PROFILE + listed, encoding="utf-8")
        return read_profile(path)


async def run_against(fault: Fault | None) -> Found:
    """One load run against a server with this fault; raises ``TargetDown`` and ``CannotRun``."""
    names = [] if fault is None else [fault.name]
    command = [sys.executable, "-m", "cobrowse_cli.faults.broken_server", *names, "--", "serve"]
    command += ["--ready-json", "--until-stdin-closes", "--port", "0", "--journal", "memory"]
    moments: dict[str, float] = {}
    async with embedded(command, ends=("server",), name=" ".join(names)) as target:

        def keep(kept: Kept) -> None:
            for rule in kept.rules:
                moments.setdefault(rule, trio.current_time() - run.began_at)

        run = Run(plan(), Server(target.url, target.controller_key, target.name), keep=keep)
        report = await run.go()
    return found_by(fault, report, moments)


def found_by(fault: Fault | None, report: Report, moments: dict[str, float]) -> Found:
    """What a run has found; ``moments``: when each rule was first seen to be violated, in seconds."""
    rules = sorted(report.violations, key=lambda rule: -report.violations[rule])
    own = "" if fault is None else fault.rule
    return Found(
        fault,
        tuple(rules),
        moments.get(own, -1.0),
        report.exercised.get(own, 0),
        report.counts["begun"],
        dict(report.errors),
    )


async def run_all(faults: list[Fault], console: Console) -> list[Found | None]:
    """The same against each of them, some side by side; None where a server did not serve."""
    found: list[Found | None] = [None] * len(faults)
    turns = trio.CapacityLimiter(AT_ONCE)

    async def one(place: int) -> None:
        fault = faults[place]
        async with turns:
            try:
                found[place] = result = await run_against(fault)
            except (TargetDown, CannotRun) as error:
                console.print(f"{fault.rule}: {fault.words}: {error}")
            else:
                console.print(f"{fault.rule}: {fault.words}: {result.by}")

    async with trio.open_nursery() as nursery:
        for place in range(len(faults)):
            nursery.start_soon(one, place)
    return found


def table_of(faults: list[Fault], found: list[Found | None]) -> Table:
    """A line for each fault."""
    table = Table("Fault", "Found by", "Seconds", "Sessions", "Also violated", box=None)
    for fault, result in zip(faults, found, strict=True):
        words = f"{fault.rule}: {fault.words}"
        if result is None:
            table.add_row(words, "[red]the server did not serve[/red]", "", "", "")
            continue
        table.add_row(
            words,
            result.by if result.is_found else f"[red]{result.by}[/red]",
            f"{result.after_s:.1f}" if result.is_found else "",
            str(result.sessions),
            ", ".join(rule for rule in result.rules if rule != fault.rule),
        )
    return table


@click.command()
@click.option("--all", "every", is_flag=True, help="All servers with one thing wrong, not those of the list.")
@click.option("--sample", type=click.IntRange(min=1), metavar="N", help="So many of all, by chance.")
@click.option("--seed", type=int, default=1, show_default=True, help="Decides which --sample draws.")
def under_load(*, every: bool, sample: int | None, seed: int) -> int:
    """Run the load against each broken server, and print what found it.

    Exit code 1: one was not found by its own rule, or a server with nothing wrong was found out.
    """
    faults = known() if every or sample is not None else chosen()
    if sample is not None:
        order = {fault.name: place for place, fault in enumerate(faults)}
        drawn = random.Random(seed).sample(faults, min(sample, len(faults)))  # noqa: S311 -- repeatable, not secret
        faults = sorted(drawn, key=lambda fault: order[fault.name])
    console = Console(highlight=False)
    right = trio.run(run_against, None)
    console.print(
        f"Nothing wrong: {right.sessions} sessions, violated: {', '.join(right.rules) or 'nothing'}"
    )
    found = trio.run(run_all, faults, Console(stderr=True, highlight=False))
    console.print(table_of(faults, found))
    own = sum(1 for one in found if one is not None and one.is_found)
    console.print(f"{own} of {len(faults)} found by their own rules")
    return 0 if own == len(faults) and not right.rules and not right.failed else 1


if __name__ == "__main__":
    sys.exit(under_load.main(standalone_mode=False))

"""Capacity: the highest rate of arrivals at which a server holds an objective.

The rate is doubled until a step misses the objective, then the gap is halved until it is narrow.  A step in which
the generator itself was the bottleneck says nothing of the server: it ends the way up, and the capacity is then "at
least" what held.

Order: a step, the search, one step against a server, what it comes to.
"""

import math
from collections.abc import Awaitable, Callable
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec
from msgspec.structs import replace

from ..bench.process import cpu_seconds, resident_kib
from .profile import Arrivals, Plan, read_objective, read_profile
from .reach import Server
from .run import Report, Run

#: The profile where no other is given.
OWN_PROFILE: Final = Path(__file__).with_name("capacity.toml")
#: What must hold beside the objective.
ALWAYS: Final = ("must_violations = 0", "error_rate < 1 %")
#: How narrow the gap between what holds and what does not has to be, as a share of what holds.
NARROW: Final = 0.1
#: Steps, at most.
MAX_STEPS: Final = 16
#: And as long as nothing has held.
MAX_STEPS_DOWN: Final = 6
#: Agents for each session that arrives in a second, beyond some: so that nobody waits for one.
AGENTS_PER_RATE: Final = 40
SPARE_AGENTS: Final = 20

#: What has to be said of a limit that was not the server's, and of the memory that it took.
WHOSE_LIMIT: Final = (
    "The limit was the generator's or the search's, not the server's: try again from another machine, with --target, "
    "or with nothing else going on."
)
WHOSE_MEMORY: Final = "In the memory is all that the server has taken since the first step, what it keeps of ended sessions included."


class Outcome(StrEnum):
    """What a step says."""

    HELD = "held"
    MISSED = "missed"
    #: The generator was the bottleneck, or no session began.
    INVALID = "invalid"


class Step(msgspec.Struct, frozen=True):
    """One rate of arrivals, and what came of it."""

    #: Sessions a second.
    rate: float
    outcome: Outcome
    #: What was missed, or why it says nothing.
    because: str
    #: What the objective asks about, as measured, in its own unit.
    measured: float
    #: Sessions that were going on at a time, on average over the middle of the step.
    sessions: float
    #: Cores that the server used for so many, and MB that it had taken at the end beyond what it began with; 0: not known.
    cores: float = 0.0
    memory_mb: float = 0.0


class Capacity(msgspec.Struct, frozen=True):
    """What a search found."""

    target: str
    objective: str
    steps: tuple[Step, ...]
    #: The highest step that held; None where none did.
    best: Step | None
    #: Whether the server's limit was met, and not the generator's or that of the search.
    is_limit: bool

    @property
    def per_core(self) -> float:
        """Sessions at a time for each core that the server used; 0: not known."""
        return self.best.sessions / self.best.cores if self.best is not None and self.best.cores else 0.0

    @property
    def per_gb(self) -> float:
        """Sessions at a time for each GB that the server took for them; 0: not known."""
        known = self.best is not None and self.best.memory_mb > 0
        return 1000 * self.best.sessions / self.best.memory_mb if known and self.best is not None else 0.0


# The search


async def search(
    measure: Callable[[float], Awaitable[Step]], first: float, *, narrow: float = NARROW
) -> tuple[tuple[Step, ...], bool]:
    """The steps that were measured, in their order, and whether the server's limit was met."""
    steps: list[Step] = []
    held, missed, is_limit = 0.0, math.inf, False
    rate = first
    while len(steps) < MAX_STEPS:
        step = await measure(rate)
        steps.append(step)
        if step.outcome is Outcome.HELD:
            held = rate
        else:
            missed, is_limit = rate, step.outcome is Outcome.MISSED
        if missed == math.inf:
            rate = held * 2
        elif held == 0:
            if len(steps) >= MAX_STEPS_DOWN:
                break
            rate = missed / 2
        elif missed - held <= narrow * held:
            break
        else:
            rate = (held + missed) / 2
    return tuple(steps), is_limit


def best_of(steps: tuple[Step, ...]) -> Step | None:
    """The highest step that held."""
    return max((one for one in steps if one.outcome is Outcome.HELD), key=lambda one: one.rate, default=None)


# One step


class Stepping:
    """Measures steps of a profile against one server; ``pid`` is its process, if it is on this machine."""

    def __init__(self, plan: Plan, server: Server, objective: str, *, step_s: float, pid: int = 0) -> None:
        self._plan = plan
        self._server = server
        self._objective = read_objective(objective)
        self._step_s = step_s
        self._pid = pid
        self._began_with_kib = resident_kib(pid) if pid else 0

    async def measure(self, rate: float) -> Step:
        """One step; raises :class:`.reach.CannotRun`."""
        used = cpu_seconds(self._pid) if self._pid else 0.0
        report = await Run(self._at(rate), self._server).go()
        used_s = cpu_seconds(self._pid) - used if self._pid else 0.0
        taken = (resident_kib(self._pid) - self._began_with_kib) / 1000 if self._pid else 0.0
        return step_of(rate, report, used_s, taken)

    def _at(self, rate: float) -> Plan:
        profile = self._plan.profile
        agents = replace(
            profile.agents, count=math.ceil(rate * AGENTS_PER_RATE * profile.pace) + SPARE_AGENTS
        )
        return self._plan._replace(
            profile=replace(
                profile,
                duration_s=self._step_s,
                arrivals=Arrivals("constant", rate),
                agents=agents,
            ),
            objectives=(self._objective, *map(read_objective, ALWAYS)),
        )


def step_of(rate: float, report: Report, cpu_s: float, memory_mb: float) -> Step:
    """What the run of a step says; its first threshold is the objective.  ``cpu_s``: what the server used in all of it."""
    wrong = [one for one in report.thresholds if not one.held]
    middle = [one.active for one in report.intervals[len(report.intervals) // 3 :] if one.arrived] or [0]
    sessions = sum(middle) / len(middle)
    outcome, because = Outcome.HELD, ""
    if report.generator.invalid:
        outcome, because = Outcome.INVALID, report.generator.invalid
    elif wrong:
        outcome = Outcome.MISSED
        because = ", ".join(f"{one.objective} (measured {one.measured:.4g})" for one in wrong)
    measured = report.thresholds[0].measured
    cores = cpu_s / busy_s * sessions if (busy_s := _session_seconds(report)) else 0.0
    return Step(rate, outcome, because, measured, sessions, cores, memory_mb)


def _session_seconds(report: Report) -> float:
    """How long all sessions of a run went on, together: at its ends there are fewer than in its middle."""
    ends = [one.at for one in report.intervals]
    lengths = (end - begin for begin, end in zip([0.0, *ends], ends, strict=False))
    return sum(one.active * length for one, length in zip(report.intervals, lengths, strict=True))


def plan_of(profile: Path | None) -> Plan:
    """The plan that the search varies; raises :class:`.profile.ProfileError`."""
    return read_profile(OWN_PROFILE if profile is None else profile)

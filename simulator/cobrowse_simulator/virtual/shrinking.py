"""From a seed that fails to a short story: one session alone, with no more lines and mishaps than it takes.

Order: a case, finding and shrinking it, telling it.
"""

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple, Protocol

from cobrowse_spec.stories import Expect, HaveOpen, Meet
from msgspec.structs import replace

from ..load.journeys import FillIn, Journey, JourneyLine
from ..load.mishaps import Crash, Mishap, Schedule, crashes_of, mishaps_of
from ..load.profile import Arrivals, Network, Plan
from ..load.run import Kept, Report, arrivals_of
from ..shrinking import fewest

#: Runs of one session that shrinking takes, at most.
MAX_ATTEMPTS: Final = 400


class Play(Protocol):
    """Runs a plan in virtual time; ``schedule``: of one session, and what goes wrong in it."""

    def __call__(
        self, plan: Plan, keep: Callable[[Kept], None], /, *, schedule: Schedule | None = None
    ) -> Report:
        """What it comes to; ``keep`` is called with sessions that broke a rule or failed."""


class Case(NamedTuple):
    """One session that goes wrong, and how."""

    plan: Plan
    schedule: Schedule
    #: The rule that it breaks; else why it fails.
    rule: str
    reason: str = ""

    @property
    def journey(self) -> Journey:
        """What its parties do."""
        return self.plan.mix[0][0]


class Told(NamedTuple):
    """A case as short as it could be made."""

    case: Case
    #: Why the rule is broken, as the invariant says it.
    because: str
    attempts: int


def case_of(plan: Plan, kept: Kept) -> Case:
    """The session alone, at its moment of a run of its own, with all that goes wrong in it."""
    seed, number = plan.profile.seed, kept.trace.header.seed
    journey = next(one for one, _ in plan.mix if one.name == kept.trace.header.story)
    begun = next(at for one, at in enumerate(arrivals_of(plan), 1) if one == number)
    faults = plan.profile.faults
    alone = plan._replace(
        profile=replace(
            plan.profile, arrivals=Arrivals("replay"), agents=replace(plan.profile.agents, count=1)
        ),
        mix=((journey, 1.0),),
        moments=(begun,),
    )
    crashes = crashes_of(faults, seed, plan.profile.duration_s)
    schedule = Schedule(number, mishaps_of(faults, seed, number), crashes)
    return Case(alone, schedule, kept.rules[0] if kept.rules else "", kept.reason.partition(" at: ")[0])


class Shrinker:
    """Shrinks one case, by playing shorter ones."""

    def __init__(self, play: Play) -> None:
        self._play = play
        self.attempts = 0
        self._because = ""

    def shrink(self, case: Case) -> Told | None:
        """The shortest case found that goes wrong likewise; None where the session alone does not."""
        if not self._fails(case):
            return None
        before = None
        while before != case:
            before = case
            case = self._with_fewer(case)
        self._fails(case)
        return Told(case, self._because, self.attempts)

    def _with_fewer(self, case: Case) -> Case:
        for plain in _plainer(case):
            if self._fails(plain):
                case = plain
        schedule, journey = case.schedule, case.journey
        mishaps = fewest(schedule.mishaps, lambda kept: self._fails(_with(case, mishaps=kept)))
        case = _with(case, mishaps=mishaps)
        crashes = fewest(schedule.crashes, lambda kept: self._fails(_with(case, crashes=kept)))
        case = _with(case, crashes=crashes)
        lines = fewest(journey.lines, lambda kept: self._fails(_with(case, lines=kept)))
        return _with(case, lines=lines)

    def _fails(self, case: Case) -> bool:
        if self.attempts >= MAX_ATTEMPTS:
            return False
        self.attempts += 1
        found: list[Kept] = []
        self._play(case.plan, found.append, schedule=case.schedule)
        for one in found:
            if case.rule in one.rules:
                self._because = one.because.get(case.rule, "")
                return True
            if not case.rule and one.reason.startswith(f"{case.reason} at: "):
                return True
        return False


def _plainer(case: Case) -> Iterator[Case]:
    """The same without delays in the network."""
    profile = case.plan.profile
    if profile.network != Network():
        yield case._replace(plan=case.plan._replace(profile=replace(profile, network=Network())))


def _with(
    case: Case,
    *,
    mishaps: tuple[Mishap, ...] | None = None,
    crashes: tuple[Crash, ...] | None = None,
    lines: tuple[JourneyLine, ...] | None = None,
) -> Case:
    schedule = case.schedule
    if mishaps is not None:
        schedule = replace(schedule, mishaps=mishaps)
    if crashes is not None:
        schedule = replace(schedule, crashes=crashes)
    journey = case.journey if lines is None else case.journey._replace(lines=lines)
    return case._replace(plan=case.plan._replace(mix=((journey, 1.0),)), schedule=schedule)


# Telling


def as_feature(case: Case) -> str:
    """The case as a feature, and its schedule as the comments that follow it."""
    title, _, scenario = case.journey.name.partition(": ")
    lines = [f"Feature: {title}", f"  Scenario: {scenario}"]
    before = ""
    for line in case.journey.lines:
        keyword = _keyword(line)
        lines.append(f"    {'And' if keyword == before else keyword} {line.text}")
        before = keyword
        lines += [
            f"      | {field} | {text} |" for step in line.steps if isinstance(step, FillIn) for field, text in step.entries
        ]  # fmt: skip
    begun = case.plan.moments[0]
    crashes = [replace(crash, at_s=crash.at_s - begun) for crash in case.schedule.crashes]
    happening: list[Mishap | Crash] = sorted((*case.schedule.mishaps, *crashes), key=lambda one: one.at_s)
    lines += [f"  # {one.words}" for one in happening] or ["  # Nothing goes wrong besides."]
    network = case.plan.profile.network
    for name, party in (("customer", network.customer), ("agent", network.agent)):
        if party.latency_ms:
            lines.append(
                f"  # the {name}'s network: {party.latency_ms:g} ms, give or take {party.jitter_ms:g} ms"
            )
    lines.append(f"  # seed {case.plan.profile.seed}, session {case.schedule.session}")
    return "\n".join(lines)


def _keyword(line: JourneyLine) -> str:
    if all(isinstance(step, Meet | HaveOpen) for step in line.steps):
        return "Given"
    return "Then" if all(isinstance(step, Expect) for step in line.steps) else "When"

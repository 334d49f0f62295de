"""A load run: sessions arrive, are played and judged, and what came of it is added up.

Order: what a run tells while it goes on, what it comes to, the run, arrivals, the generator's own health.
"""

import random
import resource
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

import msgspec
import trio
from cobrowse_spec.policy import Policy, capabilities
from cobrowse_spec.trace import Header, Trace
from cobrowse_spec.wire import rest
from msgspec.structs import asdict

from .journeys import Journey
from .meters import Interval, Meters, Summary, summary
from .mishaps import Presence, Schedule, mishaps_of
from .profile import LATENCIES, SHARES, Objective, Plan, arrival_times
from .reach import POLICY_NAME, Reach, Reached
from .rough import RoughVisit
from .situations import SITUATIONS, situations_in
from .visit import Hall, Result, Seat, Visit

#: How often the generator looks whether it keeps up, in seconds, and how late it may be (99th percentile, ms).
HEARTBEAT_S: Final = 0.05
MAX_LAG_MS: Final = 100.0
#: Points of a plot over time, at most.
POINTS: Final = 120
#: Traces of violating sessions that are kept, and of sessions that failed.
KEPT_TRACES: Final = 20
#: Seconds that sessions which are going on have to end after the last arrival, at most, at a pace of 1; where people
#: think longer, that much longer.  Else they are cut short.
DRAIN_S: Final = 300.0


class Kept(NamedTuple):
    """The trace of a session that deserves a look."""

    reason: str
    #: The rules that it violates.
    rules: tuple[str, ...]
    trace: Trace
    #: Why it violates each of them, as the invariants say it first.
    because: dict[str, str] = {}  # noqa: RUF012 -- never changed


class Checked(msgspec.Struct, frozen=True):
    """An objective, and whether it held."""

    objective: str
    measured: float
    held: bool


class Generator(msgspec.Struct, frozen=True):
    """How the machine that made the load fared."""

    #: CPU seconds of this process, and what the invariants took of them.
    cpu_s: float
    judging_s: float
    #: 99th percentile of how late it was, in milliseconds.
    lag_p99_ms: float
    peak_memory_mb: float
    #: Why the run says nothing about the server; empty where it does.
    invalid: str = ""

    @property
    def judging_share(self) -> float:
        """The share of the CPU time that the invariants took."""
        return self.judging_s / self.cpu_s if self.cpu_s else 0.0


class Report(msgspec.Struct, frozen=True):
    """What a run came to."""

    name: str
    target: str
    server: str
    seed: int
    clock: str
    #: Seconds from the first arrival to the last end.
    took_s: float
    counts: dict[str, int]
    errors: dict[str, int]
    journeys: dict[str, int]
    #: In how many sessions each rule was exercised, and how often violated.
    exercised: dict[str, int]
    violations: dict[str, int]
    must_violations: int
    should_violations: int
    latencies: dict[str, Summary]
    intervals: tuple[Interval, ...]
    thresholds: tuple[Checked, ...]
    generator: Generator
    #: In virtual time: how often each rare situation came about, those that never did included.
    situations: dict[str, int] = {}
    #: Shares of the run that are missing, and why.
    missing: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether every threshold held."""
        return all(one.held for one in self.thresholds)


class Shard(NamedTuple):
    """A share of a run: of so many, the one with this number, from 0."""

    number: int = 0
    of: int = 1

    def has(self, session: int) -> bool:
        """Whether a session is in it; which, does not hang on what else happens."""
        return session % self.of == self.number

    def part_of(self, count: int) -> int:
        """Its part of so many things; all parts together are all of them."""
        return count // self.of + (self.number < count % self.of)


class Run:
    """One load run.  :meth:`go` is to be called once; ``meters`` can be watched while it goes on."""

    def __init__(
        self,
        plan: Plan,
        reach: Reach,
        *,
        keep: Callable[[Kept], None] = lambda kept: None,
        keep_every: bool = False,
        schedule: Schedule | None = None,
        shard: Shard = Shard(),  # noqa: B008 -- immutable
    ) -> None:
        self.plan = plan
        #: Which of the sessions that arrive are this run's.
        self._shard = shard
        #: What goes wrong in a run of one session, in place of what would be drawn.
        self._schedule = schedule
        self.reach = reach
        self.meters = Meters(max(1.0, plan.profile.duration_s / POINTS))
        #: Seconds since the first arrival.
        self.began_at = 0.0
        #: Called with the first sessions that broke a rule or failed, or with every session.
        self._keep = keep
        self._keep_every = keep_every
        self._kept = {"violation": 0, "failure": 0}
        self._chance = random.Random(plan.profile.seed)
        self._free: deque[Seat] = deque()
        self._freed = trio.Event()
        #: Rare situations, where they are looked for.
        self._situations: Counter[str] = Counter()
        #: Whether the server is there, where that is known.
        self._presence: Presence | None = None

    async def go(self) -> Report:
        """Run it; raises :class:`CannotRun`."""
        cpu = time.process_time()
        async with self.reach.open(self.plan) as reached:
            self._presence = reached.presence
            if reached.clock == "virtual":
                self._situations.update(dict.fromkeys(SITUATIONS, 0))
            hall = Hall(
                self.plan,
                reached.url,
                reached.open_link,
                reached.desk,
                POLICY_NAME,
                header_of(
                    self.plan.policy, reached.about, self.plan.profile.seed, self.reach.name, reached.clock
                ),
                self.meters,
                reached.network,
                reached.is_local,
                reached.waiting,
            )
            for _ in range(self.plan.profile.agents.sessions_each):
                self._free.extend(reached.seats)
            async with trio.open_nursery() as nursery:
                self.began_at = trio.current_time()
                nursery.start_soon(self._watch_intervals)
                if reached.clock == "real":
                    nursery.start_soon(self._watch_generator)
                await self._receive(hall)
                took_s = trio.current_time() - self.began_at
                nursery.cancel_scope.cancel()
        self.meters.close_interval(took_s)
        if reached.carried is not None:
            self.meters.counts["messages"] = reached.carried()
        return self._report(reached, took_s, time.process_time() - cpu)

    # Arrivals

    async def _receive(self, hall: Hall) -> None:
        """Let sessions arrive at their moments, and wait until all are over."""
        profile = self.plan.profile
        with trio.CancelScope() as draining:
            async with trio.open_nursery() as visits:
                first = 1 if self._schedule is None else self._schedule.session
                for number, at in enumerate(arrivals_of(self.plan), first):
                    journey = self._draw()
                    if not self._shard.has(number):
                        continue
                    await hall.waiting.sleep_until(self.began_at + at)
                    self.meters.took("generator_lag", max(0.0, trio.current_time() - self.began_at - at))
                    self.meters.count("arrived")
                    chance = random.Random(f"{profile.seed}:{number}")
                    if self.meters.active >= profile.max_sessions:
                        self.meters.count("turned_away")
                        continue
                    self.meters.active += 1
                    visits.start_soon(self._visit, hall, journey, number, chance)
                draining.deadline = trio.current_time() + DRAIN_S * max(1.0, profile.pace)
        self.meters.count("unfinished", self.meters.active)

    def _draw(self) -> Journey:
        journeys, weights = zip(*self.plan.mix, strict=True)
        drawn: Journey = self._chance.choices(journeys, weights)[0]
        return drawn

    async def _visit(self, hall: Hall, journey: Journey, number: int, chance: random.Random) -> None:
        meters = self.meters
        seat = await self._take_seat()
        if seat is None:
            meters.active -= 1
            meters.count("failed")
            meters.errors["no_free_agent"] += 1
            return
        meters.count("begun")
        meters.journeys[journey.name] += 1
        try:
            result = await self._visit_of(hall, journey, seat, number, chance).run()
        finally:
            self._free.append(seat)
            freed, self._freed = self._freed, trio.Event()
            freed.set()
        meters.active -= 1
        self._judge(result)

    def _visit_of(
        self, hall: Hall, journey: Journey, seat: Seat, number: int, chance: random.Random
    ) -> Visit:
        faults, schedule = self.plan.profile.faults, self._schedule
        if schedule is not None:
            mishaps = schedule.mishaps
        elif faults.any:
            mishaps = mishaps_of(faults, self.plan.profile.seed, number)
        else:
            return Visit(hall, journey, seat, number, chance)
        presence = self._presence
        return RoughVisit(hall, journey, seat, number, chance, mishaps=mishaps, presence=presence)

    async def _take_seat(self) -> Seat | None:
        """A free agent; None where none is free within the patience of the customer."""
        if self._free:
            return self._free.popleft()
        with trio.move_on_after(self.plan.profile.agents.patience_s):
            while not self._free:
                await self._freed.wait()
            return self._free.popleft()
        return None

    def _judge(self, result: Result) -> None:
        meters = self.meters
        if self._situations:
            self._situations.update(situations_in(result.trace.events, self.plan.policy.timers))
        if result.reason:
            meters.count("failed")
            meters.errors[result.reason] += 1
        else:
            meters.count("completed")
        broken: dict[str, str] = {}
        meters.exercised.update(result.judge.rules())
        for rule, violations in result.judge.violations().items():
            broken[rule] = violations[0].because
            meters.violations[rule] += len(violations)
        kind = "violation" if broken else "failure" if result.reason else ""
        if self._keep_every or (kind and self._kept[kind] < KEPT_TRACES):
            self._kept[kind] = self._kept.get(kind, 0) + 1
            why = f"{result.reason} at: {result.line}" if result.reason else ""
            self._keep(Kept(why, tuple(broken), result.trace, broken))

    # The generator's own health

    async def _watch_intervals(self) -> None:
        number = 0
        while True:
            number += 1
            await trio.sleep_until(self.began_at + number * self.meters.interval_s)
            self.meters.close_interval(number * self.meters.interval_s)

    async def _watch_generator(self) -> None:
        """Come back at a moment of its own choosing, and see how late that was."""
        while True:
            due = trio.current_time() + HEARTBEAT_S
            await trio.sleep_until(due)
            self.meters.took("generator_lag", max(0.0, trio.current_time() - due))

    # What it comes to

    def _report(self, reached: Reached, took_s: float, cpu_s: float) -> Report:
        about = reached.about
        return report_of(
            self.plan,
            self.meters,
            target=self.reach.name,
            server=f"{about.server} {about.version}",
            clock=reached.clock,
            took_s=took_s,
            cpu_s=cpu_s,
            memory_mb=_peak_mb(),
            situations=dict(self._situations),
        )


def report_of(
    plan: Plan,
    meters: Meters,
    *,
    target: str,
    server: str,
    clock: str,
    took_s: float,
    cpu_s: float,
    memory_mb: float,
    situations: dict[str, int],
    missing: tuple[str, ...] = (),
) -> Report:
    """What these meters come to; ``missing``: shares of the run of which nothing is known."""
    profile = plan.profile
    known = [kind for kind in LATENCIES if kind in meters.histograms]
    latencies: dict[str, Summary] = {kind: summary(meters.histograms[kind]) for kind in known}
    lag = latencies["generator_lag"].percentiles["p99"] if "generator_lag" in latencies else 0.0
    invalid = ""
    if lag > MAX_LAG_MS:
        invalid = (
            f"the generator itself was late by {lag:.0f} ms (99th percentile), more than {MAX_LAG_MS:.0f} ms"
        )
    elif not meters.counts["begun"]:
        invalid = "no session began"
    elif missing:
        invalid = f"a share of the run is missing: {'; '.join(missing)}"
    return Report(
        name=profile.name,
        target=target,
        server=server,
        seed=profile.seed,
        clock=clock,
        took_s=took_s,
        counts=dict(meters.counts),
        errors=dict(meters.errors),
        journeys=dict(meters.journeys),
        exercised=dict(meters.exercised),
        violations=dict(meters.violations),
        situations=situations,
        must_violations=meters.violations_at(["MUST", "MAY"]),
        should_violations=meters.violations_at(["SHOULD"]),
        latencies=latencies,
        intervals=tuple(meters.intervals),
        thresholds=tuple(check(one, meters, latencies) for one in plan.objectives),
        generator=Generator(cpu_s, meters.judging_s, lag, memory_mb, invalid),
        missing=missing,
    )


def arrivals_of(plan: Plan) -> Iterator[float]:
    """The moments at which the sessions of a run arrive, in seconds from its beginning."""
    return arrival_times(plan, random.Random(f"{plan.profile.seed}:arrivals"))


def check(objective: Objective, meters: Meters, latencies: dict[str, Summary]) -> Checked:
    """Whether an objective holds; what was not measured at all does not."""
    measured = _measured(objective, meters, latencies)
    return Checked(objective.text, measured, objective.holds(measured))


def _measured(objective: Objective, meters: Meters, latencies: dict[str, Summary]) -> float:
    if objective.metric in LATENCIES:
        histogram = meters.histograms.get(objective.metric)
        if histogram is None:
            return float("nan")
        if objective.stat in ("max", "mean"):
            return float(getattr(latencies[objective.metric], objective.stat))
        return float(histogram.get_value_at_percentile(float(objective.stat[1:]))) / 1000
    if objective.metric in SHARES:
        lost = meters.counts["failed"] + meters.counts["turned_away"] + meters.counts["unfinished"]
        return lost / max(1, meters.counts["arrived"])
    if objective.metric == "must_violations":
        return meters.violations_at(["MUST", "MAY"])
    if objective.metric == "should_violations":
        return meters.violations_at(["SHOULD"])
    return meters.counts[objective.metric]


def header_of(policy: Policy, about: rest.About, seed: int, target: str, clock: str) -> Header:
    """What the invariants are told of the sessions under this policy."""
    declared = {key: float(value) for key, value in asdict(policy.timers).items()}
    declared["throttle_s"] = about.throttle.window_s
    declared["throttle_per_agent"] = float(about.throttle.per_agent)
    return Header(
        target=target,
        seed=seed,
        clock=clock,
        declared=declared,
        capabilities=tuple(one for one in capabilities(policy) if one in about.capabilities),
        site=policy.site,
        denied=policy.deny_urls,
        masked=tuple(one.removeprefix("#") for page in policy.pages for one in page.mask),
        secret=("pin", *(one.removeprefix("#") for page in policy.pages for one in page.secret)),
        write_mode=policy.write_mode,
    )


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

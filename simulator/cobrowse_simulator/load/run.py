"""A load run: sessions arrive, are played and judged, and what came of it is added up.

Order: what a run tells while it goes on, what it comes to, the run, arrivals, the generator's own health,
the limits of this machine.
"""

import random
import resource
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Final, NamedTuple

import httpx
import msgspec
import trio
from cobrowse_spec.policy import Policy, capabilities
from cobrowse_spec.rules.judge import Status
from cobrowse_spec.stories import DISPLAY_NAMES
from cobrowse_spec.terms import Party
from cobrowse_spec.trace import Header, Trace
from cobrowse_spec.wire import rest
from cobrowse_spec.wire.messages import PATHS
from msgspec.structs import asdict

from ..contact_centre import ContactCentre, open_contact_centre
from ..links import LinkClosed, LinkRefused, LinkUnreachable
from ..pump import start_pump
from .desk import Desk, DeskError
from .journeys import Journey
from .meters import Interval, Meters, Summary, summary
from .profile import LATENCIES, SHARES, Objective, Plan, arrival_times
from .visit import Hall, Result, Seat, Visit

#: The name that the server keeps the run's policy under.
POLICY_NAME: Final = "simulation"
#: File descriptors that this process needs besides those of its links.
SPARE_DESCRIPTORS: Final = 64
#: Links of one session.
LINKS_PER_SESSION: Final = 2
#: How often the generator looks whether it keeps up, in seconds, and how late it may be (99th percentile, ms).
HEARTBEAT_S: Final = 0.05
MAX_LAG_MS: Final = 100.0
#: Points of a plot over time, at most.
POINTS: Final = 120
#: Traces of violating sessions that are kept, and of sessions that failed.
KEPT_TRACES: Final = 20
#: Seconds that sessions which are going on have to end after the last arrival, at most; else they are cut short.
DRAIN_S: Final = 300.0


class CannotRun(Exception):
    """This machine, or the server, cannot carry the profile: says why, and what would work."""


class Server(NamedTuple):
    """The server under load."""

    url: str
    controller_key: str
    name: str = ""

    @property
    def websocket_url(self) -> str:
        """The same with the scheme of WebSockets."""
        return self.url.replace("http", "ws", 1).rstrip("/")

    @property
    def is_local(self) -> bool:
        """Whether it is on this machine's loopback, so that each party can have an address of its own."""
        host = self.url.partition("://")[2].partition("/")[0].rpartition(":")[0]
        return host.startswith("127.") or host == "localhost"


class Kept(NamedTuple):
    """The trace of a session that deserves a look."""

    reason: str
    #: The rules that it violates.
    rules: tuple[str, ...]
    trace: Trace


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

    @property
    def passed(self) -> bool:
        """Whether every threshold held."""
        return all(one.held for one in self.thresholds)


class Run:
    """One load run.  :meth:`go` is to be called once; ``meters`` can be watched while it goes on."""

    def __init__(
        self, plan: Plan, server: Server, *, keep: Callable[[Kept], None] = lambda kept: None
    ) -> None:
        self.plan = plan
        self.server = server
        self.meters = Meters(max(1.0, plan.profile.duration_s / POINTS))
        #: Seconds since the first arrival.
        self.began_at = 0.0
        self._keep = keep
        self._kept = {"violation": 0, "failure": 0}
        self._chance = random.Random(plan.profile.seed)
        self._free: deque[Seat] = deque()
        self._freed = trio.Event()
        self._over = trio.Event()

    async def go(self) -> Report:
        """Run it; raises :class:`CannotRun`."""
        refuse_what_does_not_fit(self.plan)
        server, profile = self.server, self.plan.profile
        cpu = time.process_time()
        try:
            async with open_contact_centre(server.url, server.controller_key) as centre:
                about = await self._prepare(centre)
                async with trio.open_nursery() as nursery:
                    open_link = start_pump(nursery, server.websocket_url)
                    async with open_link(server.websocket_url + PATHS[Party.CONTROLLER]) as link:
                        desk = Desk(link)
                        nursery.start_soon(desk.run)
                        await desk.sign_in(server.controller_key)
                        hall = Hall(
                            self.plan,
                            server.websocket_url,
                            open_link,
                            desk,
                            POLICY_NAME,
                            header_of(self.plan.policy, about, profile.seed, server.name or server.url),
                            self.meters,
                            server.is_local,
                        )
                        self.began_at = trio.current_time()
                        nursery.start_soon(self._watch_intervals)
                        nursery.start_soon(self._watch_generator)
                        await self._receive(hall)
                        took_s = trio.current_time() - self.began_at
                    nursery.cancel_scope.cancel()
        except* (
            httpx.HTTPError,
            msgspec.DecodeError,
            LinkRefused,
            LinkUnreachable,
            LinkClosed,
            DeskError,
        ) as group:
            error = _first(group)
            raise CannotRun(f"{server.url} does not serve the contact centre: {error!r}") from None
        self.meters.close_interval(took_s)
        return self._report(about, took_s, time.process_time() - cpu)

    async def _prepare(self, centre: ContactCentre) -> rest.About:
        """The policy and the agents; a place at the workspace for each session that an agent may have."""
        about = await centre.about()
        profile = self.plan.profile
        await centre.put_policy(POLICY_NAME, self.plan.policy_text)
        seats = []
        for number in range(profile.agents.count):
            made = await centre.make_agent(DISPLAY_NAMES["agent"] if number == 0 else f"Agent {number + 1}")
            seats.append(Seat(made.agent, made.credential))
        for _ in range(profile.agents.sessions_each):
            self._free.extend(seats)
        return about

    # Arrivals

    async def _receive(self, hall: Hall) -> None:
        """Let sessions arrive at their moments, and wait until all are over."""
        profile = self.plan.profile
        arrivals = random.Random(self._chance.random())
        with trio.CancelScope() as draining:
            async with trio.open_nursery() as visits:
                for number, at in enumerate(arrival_times(self.plan, arrivals), 1):
                    await trio.sleep_until(self.began_at + at)
                    self.meters.took("generator_lag", max(0.0, trio.current_time() - self.began_at - at))
                    self.meters.count("arrived")
                    journey = self._draw()
                    chance = random.Random(f"{profile.seed}:{number}")
                    if self.meters.active >= profile.max_sessions:
                        self.meters.count("turned_away")
                        continue
                    self.meters.active += 1
                    visits.start_soon(self._visit, hall, journey, number, chance)
                draining.deadline = trio.current_time() + DRAIN_S
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
            result = await Visit(hall, journey, seat, number, chance).run()
        finally:
            self._free.append(seat)
            freed, self._freed = self._freed, trio.Event()
            freed.set()
        meters.active -= 1
        self._judge(result)

    async def _take_seat(self) -> Seat | None:
        """A free agent; None where none is free within the patience of the customer."""
        with trio.move_on_after(self.plan.profile.agents.patience_s):
            while not self._free:
                await self._freed.wait()
            return self._free.popleft()
        return None

    def _judge(self, result: Result) -> None:
        meters = self.meters
        if result.reason:
            meters.count("failed")
            meters.errors[result.reason] += 1
        else:
            meters.count("completed")
        broken = []
        for rule, judgement in result.judge.judgements().items():
            if judgement.status is not Status.NOT_EXERCISED:
                meters.exercised[rule] += 1
            if judgement.status is Status.VIOLATED:
                broken.append(rule)
                meters.violations[rule] += len(judgement.violations)
        kind = "violation" if broken else "failure" if result.reason else ""
        if kind and self._kept[kind] < KEPT_TRACES:
            self._kept[kind] += 1
            why = f"{result.reason} at: {result.line}" if result.reason else ""
            self._keep(Kept(why, tuple(broken), result.trace))

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

    def _report(self, about: rest.About, took_s: float, cpu_s: float) -> Report:
        meters, profile = self.meters, self.plan.profile
        known = [kind for kind in LATENCIES if kind in meters.histograms]
        latencies: dict[str, Summary] = {kind: summary(meters.histograms[kind]) for kind in known}
        lag = latencies["generator_lag"].percentiles["p99"] if "generator_lag" in latencies else 0.0
        invalid = ""
        if lag > MAX_LAG_MS:
            invalid = f"the generator itself was late by {lag:.0f} ms (99th percentile), more than {MAX_LAG_MS:.0f} ms"
        elif not meters.counts["begun"]:
            invalid = "no session began"
        generator = Generator(cpu_s, meters.judging_s, lag, _peak_mb(), invalid)
        must, should = meters.violations_at(["MUST", "MAY"]), meters.violations_at(["SHOULD"])
        return Report(
            name=profile.name,
            target=self.server.name or self.server.url,
            server=f"{about.server} {about.version}",
            seed=profile.seed,
            clock="real",
            took_s=took_s,
            counts=dict(meters.counts),
            errors=dict(meters.errors),
            journeys=dict(meters.journeys),
            exercised=dict(meters.exercised),
            violations=dict(meters.violations),
            must_violations=must,
            should_violations=should,
            latencies=latencies,
            intervals=tuple(meters.intervals),
            thresholds=tuple(check(one, meters, latencies) for one in self.plan.objectives),
            generator=generator,
        )


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


def header_of(policy: Policy, about: rest.About, seed: int, target: str) -> Header:
    """What the invariants are told of the sessions under this policy."""
    declared = {key: float(value) for key, value in asdict(policy.timers).items()}
    declared["throttle_s"] = about.throttle.window_s
    declared["throttle_per_agent"] = float(about.throttle.per_agent)
    return Header(
        target=target,
        seed=seed,
        declared=declared,
        capabilities=tuple(one for one in capabilities(policy) if one in about.capabilities),
        site=policy.site,
        denied=policy.deny_urls,
        masked=tuple(one.removeprefix("#") for page in policy.pages for one in page.mask),
        secret=("pin", *(one.removeprefix("#") for page in policy.pages for one in page.secret)),
        write_mode=policy.write_mode,
    )


# The limits of this machine


def refuse_what_does_not_fit(plan: Plan) -> None:
    """Raise :class:`CannotRun`, with the number that would work, for more sessions than there can be links."""
    profile = plan.profile
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(profile.max_sessions, profile.agents.count * profile.agents.sessions_each)
    needed = wanted * LINKS_PER_SESSION + SPARE_DESCRIPTORS
    if hard == resource.RLIM_INFINITY or needed <= hard:
        if soft != resource.RLIM_INFINITY and soft < needed:
            with suppress(ValueError, OSError):
                resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
        return
    fits = (hard - SPARE_DESCRIPTORS) // LINKS_PER_SESSION
    raise CannotRun(
        f"{wanted} sessions at a time need {needed} file descriptors, and this process may have {hard}: "
        f"set max_sessions, or agents.count, to {fits} at most"
    )


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error

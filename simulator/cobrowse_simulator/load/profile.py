"""Load profiles: which sessions, how many, when, over which network, and what must hold of them.

A profile is TOML, read strictly (:func:`read_profile`): an unknown key, a value of another type and a
value that cannot be are errors that name the line.

Order: the data, objectives, reading, what cannot be.
"""

import math
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Final, Literal, NamedTuple

import msgspec
from cobrowse_spec.policy import Policy, PolicyError, parse_policy
from cobrowse_spec.toml_text import Path as Place
from cobrowse_spec.toml_text import TomlError, line_of, nearest, read

from .journeys import Journey, JourneyError, journeys, read_journey_file

Positive = Annotated[float, msgspec.Meta(gt=0)]
NotNegative = Annotated[float, msgspec.Meta(ge=0)]
Count = Annotated[int, msgspec.Meta(ge=1)]


class ProfileError(ValueError):
    """A profile that cannot be run: the file, the line at fault, and what to do about it."""


# The data


class JourneyShare(msgspec.Struct, frozen=True):
    """One journey of the mix; ``weight`` is its share relative to the others."""

    name: str
    weight: Positive = 1.0


class Stage(msgspec.Struct, frozen=True):
    """A stretch of time at the end of which sessions arrive at this rate; it is reached in a straight line."""

    duration_s: Positive
    rate_per_s: NotNegative


class Arrivals(msgspec.Struct, frozen=True):
    """When sessions arrive: an open model, in which nobody waits for who came before."""

    model: Literal["poisson", "constant", "stages", "replay"] = "poisson"
    #: Of `poisson` and `constant`.
    rate_per_s: NotNegative = 1.0
    #: Of `stages`; between arrivals the gaps are drawn as in `poisson`.
    stages: tuple[Stage, ...] = ()
    #: Of `replay`: a file with one moment a line, in seconds from the beginning.
    file: str = ""


class Party(msgspec.Struct, frozen=True):
    """The network between one party and the server.  The words are toxiproxy's."""

    #: Milliseconds that every message is on its way, and how much that varies to either side.
    latency_ms: NotNegative = 0.0
    jitter_ms: NotNegative = 0.0
    #: Kilobytes a second; 0: no limit.
    bandwidth_kb_s: NotNegative = 0.0


class Network(msgspec.Struct, frozen=True):
    """The network of each party."""

    customer: Party = Party()
    agent: Party = Party()


class Agents(msgspec.Struct, frozen=True):
    """The pool of agents."""

    count: Count = 10
    #: How many sessions each has at a time (JOIN-5).
    sessions_each: Count = 1
    #: Seconds that a customer waits for a free one, at most.
    patience_s: NotNegative = 60.0


class Faults(msgspec.Struct, frozen=True):
    """What goes wrong besides: so many a minute, on average; when and to whom, the seed decides.

    All but `losses` need ``--virtual``.
    """

    #: In each session: links that break, parties that are cut off, parties that take nothing in; how long each lasts.
    losses: NotNegative = 0.0
    partitions: NotNegative = 0.0
    slow_consumers: NotNegative = 0.0
    lasts_s: tuple[NotNegative, NotNegative] = (0.5, 8.0)
    #: In the whole run: crashes of the server, and how long it is away.
    crashes: NotNegative = 0.0
    down_s: tuple[NotNegative, NotNegative] = (0.2, 3.0)

    @property
    def any(self) -> bool:
        """Whether anything goes wrong."""
        return bool(self.losses or self.needs_virtual)

    @property
    def needs_virtual(self) -> bool:
        """Whether it takes a network and a server that do as they are told."""
        return bool(self.partitions or self.slow_consumers or self.crashes)


class Profile(msgspec.Struct, frozen=True):
    """A whole load profile."""

    journeys: tuple[JourneyShare, ...]
    name: str = ""
    #: Seconds in which sessions arrive.
    duration_s: Positive = 60.0
    #: Decides every draw: journeys, gaps, think times, networks.
    seed: int = 1
    arrivals: Arrivals = Arrivals()
    agents: Agents = Agents()
    #: At most so many sessions at the same time; who arrives beyond that is turned away, and counted.
    max_sessions: Count = 10_000
    #: Seconds that anything may take before the session counts as failed.
    patience_s: Positive = 10.0
    #: All times that journeys name are multiplied by this.
    pace: NotNegative = 1.0
    #: Times a second that a pointer moves.
    pointer_hz: Positive = 20.0
    #: Kilobytes of the page that customers have open, from and to.
    page_kb: tuple[NotNegative, NotNegative] = (20.0, 60.0)
    network: Network = Network()
    faults: Faults = Faults()
    #: What must hold, as in "join p95 < 500 ms"; what does not decides the exit code.
    thresholds: tuple[str, ...] = ("must_violations = 0",)
    #: A policy's file; without one the simulator's own.
    policy: str = ""
    #: Files with further journeys.
    journey_files: tuple[str, ...] = ()


class Plan(NamedTuple):
    """A profile with all that it names."""

    profile: Profile
    #: The journeys of the mix, and the weight of each.
    mix: tuple[tuple[Journey, float], ...]
    policy_text: str
    policy: Policy
    objectives: tuple["Objective", ...]
    #: The moments of `replay`, in seconds.
    moments: tuple[float, ...] = ()


# Objectives


#: What is measured, in milliseconds, and of each of which percentiles can be asked for.
LATENCIES: Final = (
    "join",
    "request_to_prompt",
    "approve_to_mode",
    "act_to_effect",
    "change_to_view",
    "resume",
    "generator_lag",
)
#: What is counted, or a share of all sessions.
COUNTS: Final = ("must_violations", "should_violations", "failed", "turned_away", "unfinished")
SHARES: Final = ("error_rate",)

_OBJECTIVE: Final = re.compile(
    r"\s*(?P<metric>[a-z_]+)(?:\s+(?P<stat>p\d+(?:\.\d+)?|max|mean))?\s*(?P<sign><=|>=|==|=|<|>)\s*"
    r"(?P<value>\d+(?:\.\d+)?)\s*(?P<unit>ms|s|%|)\s*"
)
_SIGNS: Final[dict[str, Callable[[float, float], bool]]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "=": lambda a, b: a == b,
}


class Objective(NamedTuple):
    """Something that must hold of a run, e.g. ``act_to_effect p99 < 200 ms``."""

    text: str
    metric: str
    #: "p95", "max", "mean"; empty for what is counted.
    stat: str
    sign: str
    #: In milliseconds for latencies, as a share (0 to 1) for shares.
    value: float

    def holds(self, measured: float) -> bool:
        """Whether it holds of what was measured, in the same unit."""
        return _SIGNS[self.sign](measured, self.value)


def read_objective(text: str) -> Objective:
    """An objective from its words; raises ValueError that says how one is written."""
    found = _OBJECTIVE.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no objective: write one as in 'act_to_effect p99 < 200 ms'")
    metric, stat, unit = found["metric"], found["stat"] or "", found["unit"]
    if metric not in (*LATENCIES, *COUNTS, *SHARES):
        raise ValueError(f"unknown metric {metric!r}; {nearest(metric, (*LATENCIES, *COUNTS, *SHARES))}")
    value = float(found["value"])
    if metric in LATENCIES:
        if not stat or unit not in ("ms", "s"):
            raise ValueError(
                f"{metric} is a time: ask for one of its percentiles in ms or s, as in '{metric} p95 < 500 ms'"
            )
        if stat.startswith("p") and not 0 < float(stat[1:]) <= 100:
            raise ValueError(f"{stat} is no percentile: they go up to p100")
        value *= 1000 if unit == "s" else 1
    elif stat or unit not in (("%", "") if metric in SHARES else ("",)):
        raise ValueError(f"{metric} is a plain number, as in '{metric} = 0'")
    value /= 100 if unit == "%" else 1
    return Objective(text.strip(), metric, stat, found["sign"].replace("==", "="), value)


# Reading


def read_profile(path: Path) -> Plan:
    """Read a profile and all that it names; raises :class:`ProfileError`."""
    text = _text(path, "profile")
    try:
        profile = read(text, Profile)
        for place, wrong in _impossible(profile):
            raise TomlError(wrong, line_of(text, place))
        return _with_all(profile, path, text)
    except TomlError as error:
        raise ProfileError(f"{path}: {error}") from None


def _with_all(profile: Profile, path: Path, text: str) -> Plan:
    known = journeys()
    for number, name in enumerate(profile.journey_files):
        known |= _journeys_of(path.parent / name, line_of(text, ("journey_files", number)))
    mix = []
    for number, one in enumerate(profile.journeys):
        if one.name not in known:
            hint = nearest(one.name, known)
            raise TomlError(
                f"there is no journey {one.name!r}; {hint}", line_of(text, ("journeys", number, "name"))
            )
        mix.append((known[one.name], one.weight))
    objectives = []
    for objective in profile.thresholds:
        try:
            objectives.append(read_objective(objective))
        except ValueError as error:
            raise TomlError(str(error), line_of(text, ("thresholds",))) from None
    each = profile.agents.sessions_each
    own = f"sessions_per_agent = {each}\n{own_policy()}"
    policy_text = _text(path.parent / profile.policy, "policy") if profile.policy else own
    try:
        policy = parse_policy(policy_text)
    except PolicyError as error:
        raise ProfileError(f"{path.parent / profile.policy}: {error}") from None
    if policy.sessions_per_agent < each:
        wrong = (
            f"the policy allows an agent {policy.sessions_per_agent} sessions at a time (sessions_per_agent)"
        )
        raise TomlError(wrong, line_of(text, ("agents", "sessions_each")))
    moments = _moments(path.parent / profile.arrivals.file) if profile.arrivals.model == "replay" else ()
    return Plan(profile, tuple(mix), policy_text, policy, tuple(objectives), moments)


def own_policy() -> str:
    """The policy under which sessions run for which a profile names none, as TOML."""
    return (Path(__file__).parent / "policy.toml").read_text(encoding="utf-8")


def _journeys_of(path: Path, line: int) -> dict[str, Journey]:
    try:
        return read_journey_file(path)
    except OSError as error:
        raise TomlError(f"cannot read the journeys in {path}: {error.strerror}", line) from None
    except JourneyError as error:
        raise ProfileError(str(error)) from None


def _moments(path: Path) -> tuple[float, ...]:
    moments: list[float] = []
    for number, line in enumerate(_text(path, "arrivals").splitlines(), 1):
        if not line.strip():
            continue
        try:
            at = float(line)
        except ValueError:
            at = -1.0
        if not (moments[-1] if moments else 0.0) <= at < math.inf:
            raise ProfileError(
                f"{path}: line {number}: arrivals are seconds from the beginning, in their order"
            )
        moments.append(at)
    if not moments:
        raise ProfileError(f"{path}: there are no arrivals in it")
    return tuple(moments)


def _text(path: Path, what: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ProfileError(f"cannot read the {what} {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ProfileError(f"the {what} {path} is not UTF-8 text") from None


# What cannot be


def _impossible(profile: Profile) -> Iterator[tuple[Place, str]]:
    arrivals = profile.arrivals
    if not profile.journeys:
        yield ("journeys",), "a profile has one journey or more"
    if arrivals.model == "stages" and not arrivals.stages:
        yield ("arrivals", "model"), "stages need their list: stages = [{ duration_s = 30, rate_per_s = 5 }]"
    if arrivals.model == "replay" and not arrivals.file:
        yield ("arrivals", "model"), "replay needs its file"
    for name in ("lasts_s", "down_s"):
        least, most = getattr(profile.faults, name)
        if least > most:
            yield ("faults", name), f"{name} goes from the shortest to the longest"
    if profile.page_kb[0] > profile.page_kb[1] or profile.page_kb[1] > 4096:
        yield ("page_kb",), "page_kb goes from the smallest to the largest page, 4096 at most"
    for name in ("customer", "agent"):
        party: Party = getattr(profile.network, name)
        if party.jitter_ms > party.latency_ms:
            yield (
                ("network", name, "jitter_ms"),
                "jitter_ms is at most latency_ms: nothing arrives before it is sent",
            )


def arrival_times(plan: Plan, chance: random.Random) -> Iterator[float]:
    """The moments at which sessions arrive, in seconds from the beginning, in their order."""
    profile, arrivals = plan.profile, plan.profile.arrivals
    if arrivals.model == "replay":
        yield from (at for at in plan.moments if at <= profile.duration_s)
        return
    if arrivals.model == "constant":
        count = math.ceil(
            profile.duration_s * arrivals.rate_per_s - 1e-9
        )  # what divides evenly does so here too
        yield from (number / arrivals.rate_per_s for number in range(count))
        return
    peak = max((one.rate_per_s for one in arrivals.stages), default=arrivals.rate_per_s)
    rate = arrivals.rate_per_s if arrivals.model == "poisson" else None
    at = 0.0
    # Thinning: candidates at the highest rate, each kept with the share that holds at its moment.
    while peak:
        at += chance.expovariate(peak)
        if at >= profile.duration_s:
            return
        if rate is not None or chance.random() * peak < _rate_at(arrivals.stages, at):
            yield at


def _rate_at(stages: tuple[Stage, ...], at: float) -> float:
    begin, rate = 0.0, 0.0
    for stage in stages:
        if at < begin + stage.duration_s:
            return rate + (stage.rate_per_s - rate) * (at - begin) / stage.duration_s
        begin, rate = begin + stage.duration_s, stage.rate_per_s
    return rate

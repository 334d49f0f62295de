"""The report of a load run as one self-contained HTML file."""

import math
from collections.abc import Callable
from importlib.resources import files

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from ..virtual.swarm import rules_unreached
from .capacity import WHOSE_LIMIT, WHOSE_MEMORY, Capacity, Outcome, Step
from .meters import Interval, decoded, percentiles
from .plots import CURVE, Series, over_time, spread
from .profile import LATENCIES, read_objective
from .run import Report
from .terminal import NAMES


def as_html(report: Report) -> str:
    """The page: nothing is loaded from elsewhere."""
    template, style = _page("report.html.j2")
    kinds: list[str] = [kind for kind in LATENCIES if kind in report.latencies]
    return template.render(
        report=report,
        names=NAMES,
        kinds=kinds,
        unreached=rules_unreached(report.exercised),
        style=style,
        sessions=_sessions(report.intervals),
        events=_events(report.intervals),
        latencies=_latencies(report.intervals, [kind for kind in kinds if kind != "generator_lag"]),
        curves=_curves(report, kinds),
    )


def capacity_as_html(capacity: Capacity) -> str:
    """The page of a search for a server's capacity.  Steps that say nothing of the server are in no plot."""
    template, style = _page("capacity.html.j2")
    said = (step for step in capacity.steps if step.outcome is not Outcome.INVALID)
    steps = sorted(said, key=lambda step: step.rate)

    def plot(name: str, of: Callable[[Step], float], unit: str = "") -> Markup:
        return over_time((Series(name, tuple((step.rate, of(step)) for step in steps)),), unit, along="/s")

    objective = read_objective(capacity.objective)
    return template.render(
        capacity=capacity,
        whose_limit=WHOSE_LIMIT,
        whose_memory=WHOSE_MEMORY,
        style=style,
        measured=plot(
            f"{objective.metric} {objective.stat}".strip(),
            lambda step: 0.0 if math.isnan(step.measured) else step.measured,
            "ms" if objective.metric in LATENCIES else "",
        ),
        cores=plot("cores that the server used", lambda step: step.cores),
        sessions=plot("sessions at a time", lambda step: step.sessions),
    )


def _page(name: str) -> tuple[Template, Markup]:
    """A template of this folder, and the style sheet of all pages."""
    folder = files(__package__)
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    style = (folder / "report.css").read_text(encoding="utf-8")
    template = environment.from_string((folder / name).read_text(encoding="utf-8"))
    return template, Markup(style)  # noqa: S704 -- our own file


def _sessions(intervals: tuple[Interval, ...]) -> Markup:
    return over_time(
        (
            Series("going on", tuple((one.at, one.active) for one in intervals)),
            Series("completed, each interval", tuple((one.at, one.completed) for one in intervals)),
            Series("failed, each interval", tuple((one.at, one.failed) for one in intervals)),
        ),
        "",
    )


def _events(intervals: tuple[Interval, ...]) -> Markup:
    points = []
    before = 0.0
    for one in intervals:
        if one.at > before:
            points.append((one.at, one.events / (one.at - before)))
        before = one.at
    return over_time((Series("messages and frames a second", tuple(points)),), "")


def _latencies(intervals: tuple[Interval, ...], kinds: list[str]) -> Markup:
    return over_time(
        (
            Series(
                f"{NAMES[kind]}, p95",
                tuple((one.at, one.latencies[kind][1]) for one in intervals if kind in one.latencies),
            )
            for kind in kinds
        ),
        "ms",
    )


def _curves(report: Report, kinds: list[str]) -> Markup:
    histograms = {kind: decoded(report.latencies[kind].histogram) for kind in kinds}
    return spread(
        (
            (NAMES[kind], list(zip(CURVE, percentiles(histogram, CURVE), strict=True)))
            for kind, histogram in histograms.items()
        ),
        "ms",
    )

"""The report of a load run as one self-contained HTML file."""

from importlib.resources import files

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from .meters import Interval, decoded
from .plots import CURVE, Series, over_time, spread
from .profile import LATENCIES
from .run import Report
from .terminal import NAMES


def as_html(report: Report) -> str:
    """The page: nothing is loaded from elsewhere."""
    folder = files(__package__)
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = environment.from_string((folder / "report.html.j2").read_text(encoding="utf-8"))
    style = (folder / "report.css").read_text(encoding="utf-8")
    kinds: list[str] = [kind for kind in LATENCIES if kind in report.latencies]
    return template.render(
        report=report,
        names=NAMES,
        kinds=kinds,
        style=Markup(style),  # noqa: S704 -- our own file
        sessions=_sessions(report.intervals),
        events=_events(report.intervals),
        latencies=_latencies(report.intervals, [kind for kind in kinds if kind != "generator_lag"]),
        curves=_curves(report, kinds),
    )


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
            (NAMES[kind], [(one, histogram.get_value_at_percentile(one) / 1000) for one in CURVE])
            for kind, histogram in histograms.items()
        ),
        "ms",
    )

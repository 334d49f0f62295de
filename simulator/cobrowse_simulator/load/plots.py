"""Plots as inline SVG: lines over time, and how latencies are spread.

Plain shapes with classes, so that the page's style sheet decides on colours, in light and dark alike.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from markupsafe import Markup, escape

#: Size of a plot, and of the space around it for its axes, in pixels.
WIDTH: Final = 640
HEIGHT: Final = 220
LEFT: Final = 56
BOTTOM: Final = 28
TOP: Final = 12
RIGHT: Final = 12

#: The percentiles that a curve shows, evenly spaced by how rare what lies beyond them is.
CURVE: Final = (0.0, 50.0, 75.0, 90.0, 95.0, 99.0, 99.5, 99.9, 99.99, 100.0)


class Series(NamedTuple):
    """A line: its name, and its points from left to right."""

    name: str
    points: tuple[tuple[float, float], ...]


def over_time(series: Iterable[Series], unit: str, *, along: str = "s") -> Markup:
    """Lines over the seconds of a run, or over whatever ``along`` is the unit of."""
    lines = [one for one in series if one.points]
    if not lines:
        return Markup("")
    right = max(x for one in lines for x, _ in one.points) or 1.0
    top = _round_up(max(y for one in lines for _, y in one.points))
    marks = [(right * part, f"{right * part:.3g} {along}") for part in (0, 0.25, 0.5, 0.75, 1)]
    return _plot(lines, right, top, marks, unit)


def spread(series: Iterable[tuple[str, Sequence[tuple[float, float]]]], unit: str) -> Markup:
    """Percentile curves: each a list of percentile (0 to 100) and value."""
    lines = [
        Series(name, tuple((_rarity(percentile), value) for percentile, value in values))
        for name, values in series
    ]
    lines = [one for one in lines if one.points]
    if not lines:
        return Markup("")
    top = _round_up(max(y for one in lines for _, y in one.points))
    marks = [(_rarity(percentile), f"p{percentile:g}") for percentile in (0.0, 50.0, 90.0, 99.0, 99.9, 99.99)]
    return _plot(lines, _rarity(100.0), top, marks, unit)


def _rarity(percentile: float) -> float:
    """How many nines a percentile has: 90 is 1, 99 is 2; 100 is put at 5."""
    return 5.0 if percentile >= 100 else min(5.0, -math.log10(1 - percentile / 100))


def _round_up(value: float) -> float:
    """The next number that is good on an axis."""
    if value <= 0:
        return 1.0
    size = 10.0 ** math.floor(math.log10(value))
    return float(next(step * size for step in (1, 2, 2.5, 5, 10) if step * size >= value))


def _plot(
    lines: Sequence[Series], right: float, top: float, marks: Iterable[tuple[float, str]], unit: str
) -> Markup:
    inner_width, inner_height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def at(x: float, y: float) -> tuple[float, float]:
        return LEFT + x / right * inner_width, TOP + (1 - y / top) * inner_height

    parts = [
        f'<svg class="plot" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(_label(lines))}">'
    ]
    for part in (0, 0.5, 1):
        x, y = at(0, top * part)
        parts.append(f'<line class="grid" x1="{x:.0f}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(
            f'<text class="tick end" x="{LEFT - 6}" y="{y + 4:.1f}">{top * part:g} {escape(unit)}</text>'
        )
    for value, text in marks:
        x, _ = at(value, 0)
        side = "end" if value == right else "mid"  # what is centred on the edge would be cut
        parts.append(f'<text class="tick {side}" x="{x:.1f}" y="{HEIGHT - 8}">{escape(text)}</text>')
    for number, one in enumerate(lines):
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in (at(*point) for point in one.points))
        parts.append(f'<polyline class="line s{number % 7}" points="{points}"/>')
    parts.append("</svg>")
    keys = "".join(f'<li class="s{number % 7}">{escape(one.name)}</li>' for number, one in enumerate(lines))
    return Markup("".join(parts)) + Markup(f'<ul class="keys">{keys}</ul>')  # noqa: S704 -- all text is escaped above


def _label(lines: Iterable[Series]) -> str:
    return "Plot of " + ", ".join(one.name for one in lines)

"""The report of a load run as a page, and its plots."""

from xml.etree import ElementTree

from cobrowse_simulator.load.html_report import as_html
from cobrowse_simulator.load.meters import Meters, summary
from cobrowse_simulator.load.plots import Series, over_time, spread
from cobrowse_simulator.load.run import Checked, Generator, Report
from hypothesis import given
from hypothesis import strategies as st
from lxml.html import fromstring

EVIL = "<script>alert(1)</script>"


def report(**changes: object) -> Report:
    """A run of two sessions, one of which failed."""
    meters = Meters(1.0)
    for kind in ("join", "generator_lag"):
        meters.took(kind, 0.025)
        meters.took(kind, 0.5)
    meters.count("arrived", 2)
    meters.close_interval(1.0)
    given_: dict[str, object] = {
        "name": EVIL,
        "target": "the server",
        "server": EVIL,
        "seed": 1,
        "clock": "real",
        "took_s": 1.0,
        "counts": {"arrived": 2, "completed": 1, "failed": 1},
        "errors": {EVIL: 1},
        "journeys": {EVIL: 2},
        "exercised": {"JOIN-1": 2},
        "violations": {"JOIN-1": 1},
        "must_violations": 1,
        "should_violations": 0,
        "latencies": {kind: summary(one) for kind, one in meters.histograms.items()},
        "intervals": tuple(meters.intervals),
        "thresholds": (Checked("join p95 < 1 ms", 500.0, held=False),),
        "generator": Generator(1.0, 0.2, 3.0, 80.0),
    }
    return Report(**(given_ | changes))  # type: ignore[arg-type] # the fields above, by name


def text_of(page: str) -> str:
    """What is to be read on it."""
    return " ".join(" ".join(str(one) for one in fromstring(page).xpath("//body//text()")).split())


def test_the_page_says_what_came_of_the_run() -> None:
    """Counts, thresholds, percentiles, broken rules, reasons."""
    text = text_of(as_html(report()))

    for part in (
        "A threshold was missed",
        "join p95 < 1 ms 500 missed",
        "join 2",
        "JOIN-1 1 2",
        "20 % of them for the invariants",
    ):
        assert part in text


def test_a_run_whose_generator_was_the_bottleneck_says_so_first() -> None:
    """Its figures say nothing about the server."""
    page = as_html(report(generator=Generator(1.0, 0.2, 300.0, 80.0, "the generator itself was late")))

    assert "INVALID: the generator itself was late" in text_of(page)


def test_what_a_server_says_is_text_and_the_page_loads_nothing() -> None:
    """No script, and no address to load from."""
    page = as_html(report())
    tree = fromstring(page)

    assert [] == tree.xpath("//script") + tree.xpath("//@src") + tree.xpath("//link")
    assert EVIL in text_of(page)


@given(st.lists(st.tuples(st.floats(0, 1e5), st.floats(0, 1e6)), min_size=1, max_size=30))
def test_a_plot_keeps_every_point_within_its_frame(points: list[tuple[float, float]]) -> None:
    """Whatever the numbers."""
    plot = over_time([Series("<line>", tuple(sorted(points)))], "ms")
    svg = ElementTree.fromstring(str(plot).partition("<ul")[0])  # noqa: S314 -- our own
    line = svg.find("polyline")
    assert line is not None
    places = [tuple(map(float, one.split(","))) for one in line.attrib["points"].split()]

    assert len(points) == len(places)
    assert all(0 <= x <= 640 and 0 <= y <= 220 for x, y in places)


def test_plots_of_nothing_are_empty() -> None:
    """No axes without lines."""
    assert "" == over_time([Series("none", ())], "ms") == spread([], "ms")


def test_the_page_lists_rare_situations_and_those_that_never_came_about() -> None:
    """So that who reads it knows what was not tried."""
    page = as_html(report(situations={"both exit at the same time": 3, "a link breaks in Write Mode": 0}))

    assert "<td>both exit at the same time</td>" in page
    assert "Never: a link breaks in Write Mode" in page
    assert "Never exercised: " in page

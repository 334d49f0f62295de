"""`cobrowse bench --browser`: what is said of the figures.  They themselves are for whoever runs it."""

import io

from click.testing import CliRunner
from cobrowse_cli.bench import bench
from cobrowse_cli.bench_browser import Figure, print_figures
from rich.console import Console


def test_a_missed_aim_shows() -> None:
    """And only that one: what has no aim cannot miss it."""
    console = Console(file=io.StringIO(), width=100)
    figures = [Figure("slow", 120.4, "ms", 100), Figure("quick", 9.8, "ms", 100), Figure("heavy", 95, "%")]
    print_figures(console, figures)
    assert isinstance(console.file, io.StringIO)
    lines = [line for line in console.file.getvalue().splitlines() if "│" in line]

    assert [True, False, False] == [not figure.is_met for figure in figures]
    assert ["missed" in line for line in lines] == [True, False, False]


def test_the_browsers_measurements_stand_alone() -> None:
    """They are of the reference server that the demo starts."""
    result = CliRunner().invoke(bench, ["relay", "--browser"])

    assert 2 == result.exit_code
    assert "--browser goes with no other measurement" in result.output

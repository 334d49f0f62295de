"""Several targets side by side: differences first, in the terminal, as JSON and as HTML."""

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from cobrowse_conformance.reports.comparison import (
    Comparison,
    Kind,
    compare,
    in_words,
    print_comparison,
    render,
    write_comparison_json,
)
from cobrowse_conformance.results import Run
from cobrowse_conformance.verdicts import Verdict
from lxml import html
from msgspec.structs import replace
from rich.console import Console

ChangeRule = Callable[..., Run]


@pytest.fixture
def other(change_rule: ChangeRule) -> Run:
    """A target that keeps what the first breaks, and breaks what the first keeps."""
    kept = change_rule("WRITE-12", verdict=Verdict.PASS, because="")
    rules = tuple(
        replace(rule, verdict=Verdict.FAIL, because="it <b>starts</b> by itself")
        if rule.rule == "START-1"
        else rule
        for rule in kept.rules
        if rule.rule != "JOIN-1"
    )
    return replace(kept, target="a shop", rules=rules)


@pytest.fixture
def comparison(run: Run, other: Run) -> Comparison:
    """Both."""
    return compare([run, other])


def test_differences_come_first_each_in_the_rulebooks_order(comparison: Comparison) -> None:
    """Then what only one was judged by, then the rest."""
    kinds = [(rule.rule, rule.kind) for rule in comparison.rules[:4]]

    assert [
        ("START-1", Kind.DIFFERS),
        ("WRITE-12", Kind.DIFFERS),
        ("JOIN-1", Kind.PARTLY),
        ("START-2", Kind.SAME),
    ] == kinds


def test_each_rule_has_what_every_target_came_to(comparison: Comparison) -> None:
    """With its reason; nothing where it was not run."""
    found = {rule.rule: rule.found for rule in comparison.rules}

    assert [Verdict.PASS, Verdict.FAIL] == [each.verdict for each in found["START-1"]]
    assert ["", "it <b>starts</b> by itself"] == [each.because for each in found["START-1"]]
    assert [Verdict.PASS, None] == [each.verdict for each in found["JOIN-1"]]


def test_what_one_level_cannot_show_is_no_difference(run: Run, change_rule: ChangeRule) -> None:
    """A run of another level says nothing of it."""
    other = change_rule("START-1", verdict=Verdict.ELSEWHERE)

    assert [Kind.PARTLY] == [rule.kind for rule in compare([run, other]).rules if rule.rule == "START-1"]


def test_a_run_beside_itself_differs_in_nothing(run: Run) -> None:
    """And its two columns can be told apart."""
    comparison = compare([run, run])

    assert f"No rules differ; {len(run.rules)} are the same." == in_words(comparison)
    assert ["a bank (1)", "a bank (2)"] == [target.name for target in comparison.targets]


def test_other_rulebooks_are_warned_of(run: Run) -> None:
    """Their rules may mean other things."""
    assert "different rulebooks: 1.0, 2.0." in in_words(compare([run, replace(run, spec_version="2.0")]))


def test_the_terminal_shows_what_differs_and_counts_the_rest(comparison: Comparison) -> None:
    """In 80 columns."""
    file = StringIO()
    print_comparison(Console(file=file, width=80), comparison)
    lines = file.getvalue().splitlines()

    assert all(len(line) <= 80 for line in lines)
    rows = [line.split() for line in lines if line.split("-")[0].isupper() and "-" in line]
    assert ["START-1", "MUST", "✓", "pass", "✗", "fail"] == rows[0][:6]
    assert ["JOIN-1", "MUST", "✓", "pass", "not", "run"] == rows[2][:6]
    assert 3 == len(rows)
    assert lines[-1].strip().startswith("2 rules differ;")


def test_json_has_all_of_it(comparison: Comparison, tmp_path: Path) -> None:
    """With a version of its form."""
    write_comparison_json(comparison, tmp_path / "comparison.json")
    read = json.loads((tmp_path / "comparison.json").read_text())

    assert (1, ["a bank", "a shop"]) == (read["comparison"], [target["name"] for target in read["targets"]])
    assert ("START-1", "differs", "fail") == (
        read["rules"][0]["rule"],
        read["rules"][0]["kind"],
        read["rules"][0]["found"][1]["verdict"],
    )


def test_the_page_has_a_tile_for_each_rule_with_a_cell_for_each_target(comparison: Comparison) -> None:
    """Every tile leads to its rule, and no name stands twice."""
    page = html.document_fromstring(render(comparison))

    tiles = page.cssselect(".tile")
    names = [element.get("id") for element in page.cssselect("[id]")]
    assert {f"#{rule.rule}" for rule in comparison.rules} == {tile.get("href") for tile in tiles}
    assert {2} == {len(tile.cssselect(".cell")) for tile in tiles}
    assert len(names) == len(set(names))
    assert ["#START-1", "#WRITE-12"] == [tile.get("href") for tile in page.cssselect(".tile.differs")]


def test_what_a_target_says_stays_text_in_the_page(comparison: Comparison) -> None:
    """Its reasons come from it."""
    page = html.document_fromstring(render(comparison))

    assert [] == page.cssselect("b:not(.levels b)")
    assert "it <b>starts</b> by itself" in page.text_content()

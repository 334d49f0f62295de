"""The Markdown summary and the badge: short, true, and nothing that a target says is markup."""

import json
from pathlib import Path

import pytest
from cobrowse_conformance.reports.badge import badge, write_badge
from cobrowse_conformance.reports.markdown import TOLD, code, escaped, render
from cobrowse_conformance.results import Counts, Run
from cobrowse_conformance.verdicts import Exit, Verdict
from hypothesis import given
from hypothesis import strategies as st
from lxml import html
from markdown_it import MarkdownIt
from msgspec.structs import replace

#: Reads Markdown with tables and bare addresses as links, as GitHub does.
_READER = MarkdownIt("commonmark", {"html": True}).enable("table")


def _page(text: str) -> html.HtmlElement:
    return html.document_fromstring(_READER.render(text))


def _row(page: html.HtmlElement, first: str) -> list[str]:
    rows = [[cell.text_content() for cell in row.cssselect("td")] for row in page.cssselect("tr")]
    return next(row for row in rows if row[:1] == [first])


def test_the_summary_says_the_verdict_the_counts_and_what_fails(run: Run) -> None:
    """Counts and no percentage."""
    page = _page(render(run))

    assert "Not conformant: a bank" == page.cssselect("h2")[0].text_content()
    must = run.counts["MUST"]
    assert [
        "MUST",
        f"{must.exercised} / {must.applicable} / {must.total}",
        str(must.passed),
        "1",
        "1",
    ] == _row(page, "MUST")
    assert ["WRITE-12", "MUST", "✗ fail"] == _row(page, "WRITE-12")[:3]
    assert "an act took effect after Write Mode had ended" in _row(page, "WRITE-12")[3]
    assert "%" not in page.text_content()


def test_every_rule_is_in_the_folded_table(both: Run) -> None:
    """With a column for each level."""
    page = _page(render(both))

    assert ["MASK", "5·", "5✗"] == _row(page, "MASK")
    assert ["STOP", "1~", "1✓"] == _row(page, "STOP")


def test_a_known_failure_says_why_and_where(both: Run) -> None:
    """In the row of its rule."""
    row = _row(_page(render(both)), "WRITE-6")

    assert "k known failure" == row[2]
    assert "known: the icon is late https://tracker.example/7" in row[3]


def test_rules_beyond_the_first_are_counted(run: Run) -> None:
    """A summary has its limits, and so have those who show it."""
    failing = tuple(replace(rule, verdict=Verdict.FAIL, because="oh") for rule in run.rules)

    assert f"And {len(failing) - TOLD} more;" in render(replace(run, rules=failing))


_HOSTILE = "<img src=x onerror=alert(1)> [a](http://x) ![b](c) | `d` **e** _f_ @somebody #12 https://evil.test www.evil.test &amp; ~~g~~ $h$"


@given(st.text() | st.just(_HOSTILE))
def test_whatever_is_said_stays_text(text: str) -> None:
    """No element, link, cell or code comes of it, and every word of it is there."""
    page = _page(f"| a |\n| - |\n| x {escaped(text)} |\n")

    (cell,) = page.cssselect("td")
    assert [] == list(cell)
    assert " ".join(f"x {escaped_plainly(text)}".split()) == " ".join(cell.text_content().split())
    assert not any(mark in escaped(text) for mark in ("<", "@", "://", "`", "|"))


def escaped_plainly(text: str) -> str:
    """What a reader is to see: what cannot be printed is a replacement character."""
    return " ".join("".join(char if char.isprintable() or char == "\n" else "�" for char in text).split())


@pytest.mark.parametrize("text", ["cobrowse", "a `b` c", "`", "``a` ", ""])
def test_code_may_have_backticks(text: str) -> None:
    """The fence is longer than any of them."""
    found = _page(f"x {code(text)} y").cssselect("code")

    assert text.split() == (found[0].text_content().split() if text else [])


# The badge


def test_the_badge_says_counts_and_no_percentage(run: Run, tmp_path: Path) -> None:
    """In the form that shields.io reads."""
    write_badge(run, tmp_path / "badge.json")

    must = run.counts["MUST"]
    should = run.counts["SHOULD"]
    may = run.counts["MAY"]
    assert {
        "schemaVersion": 1,
        "label": "co-browse rules",
        "message": (
            f"{must.passed}/{must.applicable} MUST, {should.passed}/{should.applicable} SHOULD, "
            f"{may.passed}/{may.applicable} MAY, 2 failed, 1 undecided"
        ),
        "color": "red",
    } == json.loads((tmp_path / "badge.json").read_text())


@pytest.mark.parametrize(
    "code, known, colour",
    [
        (Exit.CONFORMANT, 0, "brightgreen"),
        (Exit.CONFORMANT, 1, "yellowgreen"),
        (Exit.NOT_CONFORMANT, 0, "red"),
        (Exit.INCOMPLETE, 0, "yellow"),
        (Exit.FLAKY, 0, "orange"),
        (Exit.USAGE, 0, "lightgrey"),
        (Exit.HARNESS_ERROR, 0, "lightgrey"),
    ],
)
def test_only_a_run_without_known_failures_is_green(run: Run, code: int, known: int, colour: str) -> None:
    """And a void run has no colour."""
    counts = {"MUST": Counts(1, 1, 1, 1 - known, 0, 0, known)}

    assert colour == badge(replace(run, exit_code=code, counts=counts)).color


def test_a_void_run_has_no_counts(run: Run) -> None:
    """They would say nothing of the target."""
    assert "void: the suite itself failed" == badge(replace(run, exit_code=Exit.HARNESS_ERROR)).message

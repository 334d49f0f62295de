"""What reports say of a run of both levels: each level by itself, and all that browsers show."""

from io import StringIO
from pathlib import Path

import pytest
from cobrowse_conformance.reports import write_junit
from cobrowse_conformance.reports.html_report import MOST_SCREENSHOTS, render
from cobrowse_conformance.reports.markdown import render as render_markdown
from cobrowse_conformance.reports.summary import bytes_in_words, headline, verdict_of
from cobrowse_conformance.reports.terminal import print_run
from cobrowse_conformance.results import Run
from cobrowse_conformance.ruling import ruled
from cobrowse_conformance.verdicts import Exit, Verdict
from cobrowse_spec.rulebook import rulebook
from lxml import etree, html
from msgspec.structs import replace
from rich.console import Console


@pytest.fixture(scope="module")
def page(both: Run) -> html.HtmlElement:
    """The HTML report."""
    return html.document_fromstring(render(both))


def _words(element: html.HtmlElement) -> str:
    return " ".join(" ".join(element.itertext()).split())


def _of(page: html.HtmlElement, rule: str) -> html.HtmlElement:
    (found,) = page.cssselect(f"#{rule}")
    return found


def shown(run: Run) -> str:
    """What a terminal shows."""
    file = StringIO()
    print_run(Console(file=file, width=100), run)
    return file.getvalue()


# HTML


def test_a_tile_has_a_cell_for_each_level_and_says_both_in_words(page: html.HtmlElement) -> None:
    """The upper is the wire's."""
    tiles = {tile.get("href"): tile for tile in page.cssselect(".tile")}

    assert ["✓", "✓"] == [cell.text for cell in tiles["#START-1"].cssselect(".cell")]
    assert ["·", "✗"] == [cell.text for cell in tiles["#MASK-5"].cssselect(".cell")]
    assert ["·", "k"] == [cell.text for cell in tiles["#WRITE-6"].cssselect(".cell")]
    assert "STOP-1, MUST, on the wire flaky, in the browser pass" == tiles["#STOP-1"].get("aria-label")


def test_rules_can_be_filtered_by_what_they_are_at_a_level(page: html.HtmlElement) -> None:
    """The script compares these with what is chosen."""
    rule = _of(page, "STOP-1")

    assert ("MUST", "flaky", "flaky", "pass") == tuple(
        rule.get(f"data-{name}") for name in ("level", "verdict", "wire", "browser")
    )
    assert ["", "wire", "browser"] == [
        option.get("value") for option in page.cssselect("select[name=place] option")
    ]


def test_a_leak_is_shown_with_place_channel_encoding_moment_and_bytes(page: html.HtmlElement) -> None:
    """And with nothing that stood around it."""
    (leak,) = _of(page, "MASK-5").cssselect(".leaks li")

    assert (
        "canary-7f, planted in an attribute, was in a WebSocket frame to the server, written as gzip at 42 ms: "
        '"canary-7f"'
    ) == leak.text


def test_a_story_that_rests_on_a_bound_says_so(both: Run) -> None:
    """With the bound that the profile declares; the run counts them, and has all bounds."""
    bounded = replace(
        both,
        bounds={"patience_s": 10.0, "settle_s": 0.5},
        stories=tuple(replace(story, bounded=story.rule == "MASK-5") for story in both.stories),
    )
    in_browsers = sum(1 for story in both.stories if story.level == "browser")
    bound = "the bound settle_s = 0.5 s of the profile: nothing had come by then, and no fence could show that nothing would."
    count = f"1 of {in_browsers} stories in browsers rests on {bound}"
    page = html.document_fromstring(render(bounded))

    assert [count] == [_words(one) for one in page.cssselect(".remarks li")]
    assert [f"It rests on {bound}"] == [
        _words(one) for one in _of(page, "MASK-5").cssselect(".story .found") if "bound" in _words(one)
    ]
    assert "patience_s 10 s, settle_s 0.5 s" in _words(page.cssselect("#ran + dl")[0])
    terminal = " ".join(shown(bounded).split())
    assert count in terminal
    assert "bounds patience_s 10 s, settle_s 0.5 s" in terminal
    assert "rests on the bound" in render_markdown(bounded)


def test_a_run_that_rests_on_no_bound_says_nothing_of_it(both: Run, page: html.HtmlElement) -> None:
    """Fences decided."""
    assert [] == page.cssselect(".remarks")
    assert "bound" not in shown(both)


def test_rules_of_which_nothing_was_played_are_told_together(both: Run) -> None:
    """One reason needs no sixty blocks; what was played has its own."""
    over = [
        replace(
            story, verdict=Verdict.INCONCLUSIVE, line="", because="not played: nothing came of it", events=()
        )
        for story in both.stories
        if story.level == "browser"
    ]
    rules = [rulebook()[rule] for rule in dict.fromkeys(story.rule for story in over)]
    run = ruled(replace(both, levels=("browser",), stories=tuple(over), notes=("It is so.",)), rules)
    terminal = shown(run)

    assert f"{len(rules)} rules inconclusive" in terminal
    assert 1 == terminal.count("because not played: nothing came of it\n")
    assert ", ".join(rule.id for rule in rules) in terminal
    assert "\nIt is so.\n" in terminal


def test_screenshots_are_in_the_page_with_their_captions(page: html.HtmlElement) -> None:
    """So that the file can be sent."""
    figures = _of(page, "MASK-5").cssselect("figure")

    assert ["the customer's browser", "the agent's browser"] == [_words(figure) for figure in figures]
    assert all(
        figure.cssselect("img")[0].get("src", "").startswith("data:image/png;base64,iVBOR")
        for figure in figures
    )


def test_more_screenshots_than_the_page_has_room_for_are_counted(both: Run) -> None:
    """The JSON report has them all."""
    rule = "MASK-5"
    (leaking,) = (story for story in both.stories if story.rule == rule)
    many = replace(leaking, pictures=leaking.pictures * MOST_SCREENSHOTS)
    run = ruled(replace(both, stories=(many,)), [rulebook()[rule]])

    page = html.document_fromstring(render(run))

    assert MOST_SCREENSHOTS == len(page.cssselect("img"))
    assert f"{MOST_SCREENSHOTS} screenshots of it are only in the JSON report." in _words(_of(page, rule))


def test_what_the_consoles_said_stands_under_the_evidence(page: html.HtmlElement) -> None:
    """Who, as what, in which words."""
    (console,) = _of(page, "MASK-5").cssselect(".console")

    assert "agent, error: Uncaught TypeError: oh" == _words(console)


def test_a_known_failure_says_why_and_where_it_is_followed_up(page: html.HtmlElement) -> None:
    """And what it is without the list."""
    (known,) = _of(page, "WRITE-6").cssselect(".known")

    assert "Fail, and known: the icon is late https://tracker.example/7" == _words(known)


def test_a_flaky_story_says_how_often_it_came_to_what(page: html.HtmlElement) -> None:
    """In its own lines."""
    assert "Played 10 times: pass in 8, fail in 2." in _words(_of(page, "STOP-1"))


def test_stories_of_both_levels_have_addresses_of_their_own(page: html.HtmlElement) -> None:
    """The same example was played twice."""
    assert ["START-1.1-server-wire", "START-1.1-server-browser"] == [
        story.get("id") for story in _of(page, "START-1").cssselect(".story")
    ]


def test_what_is_wrong_with_the_list_stands_at_the_top(both: Run) -> None:
    """Whoever keeps the list must see it."""
    page = html.document_fromstring(render(replace(both, stale=("known.toml:2: X does not fail",))))

    assert ["known.toml:2: X does not fail"] == [_words(item) for item in page.cssselect("header .stale li")]


# The others


def test_the_terminal_has_a_row_for_each_chapter_and_level(both: Run) -> None:
    """The chapter's name stands before the first."""
    lines = [line.split() for line in shown(both).splitlines()]
    at = lines.index(["START", "wire", "✓"])

    assert [
        ["browser", "✓"],
        ["MASK", "wire", "·"],
        ["browser", "✗"],
        ["WRITE", "wire", "·"],
        ["browser", "k"],
    ] == (lines[at + 1 : at + 6])


def test_the_terminal_tells_leaks_consoles_repeats_and_what_is_known(both: Run) -> None:
    """All that the HTML report has, but for pictures."""
    text = " ".join(shown(both).split())

    assert "leaked canary-7f, planted in an attribute" in text
    assert "console agent, error: Uncaught TypeError: oh" in text
    assert "played 10 times: pass in 8, fail in 2" in text
    assert "known the icon is late https://tracker.example/7" in text


def test_junit_skips_what_is_known_and_says_why(both: Run, tmp_path: Path) -> None:
    """A CI system must not turn red for it, nor green."""
    write_junit(both, tmp_path / "junit.xml")

    cases = {case.get("name"): case for case in etree.parse(tmp_path / "junit.xml").iter("testcase")}
    skipped = cases["WRITE-6.1 server in the browser: of the test"].find("skipped")
    assert skipped is not None
    assert "known failure, MUST: the icon is late (https://tracker.example/7): it said fail" == skipped.get(
        "message"
    )
    assert cases["MASK-5.1 server in the browser: of the test"].find("failure") is not None


def test_only_known_failures_are_no_conformance(both: Run) -> None:
    """The exit code is 0, and the words say why."""
    kept = [story for story in both.stories if story.rule in ("START-1", "WRITE-6")]
    rules = tuple(rule for rule in both.rules if rule.rule in ("START-1", "WRITE-6"))
    run = replace(both, stories=tuple(kept), rules=rules, exit_code=Exit.CONFORMANT)

    assert "Only known failures" == headline(run).words
    assert headline(run).sentence.startswith("1 MUST rule fails as it is known: WRITE-6.")
    assert "Conformant" not in headline(run).sentence


def test_a_story_is_excused_only_where_it_fails(both: Run) -> None:
    """What is undecided stays so."""
    (rule,) = (rule for rule in both.rules if rule.rule == "WRITE-6")
    (failing,) = (story for story in both.stories if story.rule == "WRITE-6")

    assert Verdict.KNOWN is verdict_of(failing, rule)
    assert Verdict.INCONCLUSIVE is verdict_of(replace(failing, verdict=Verdict.INCONCLUSIVE), rule)
    assert Verdict.FAIL is verdict_of(replace(failing, level="wire"), rule)


@pytest.mark.parametrize(
    "found, words",
    [(b"c4n", '"c4n"'), (b"\xffc4", "ff 63 34"), (b"c\x004", "63 00 34"), ("cä".encode(), "63 c3 a4")],
)
def test_bytes_are_text_only_where_they_are_nothing_else(found: bytes, words: str) -> None:
    """What cannot be printed must not reach a terminal."""
    assert words == bytes_in_words(found)


def test_every_report_says_in_which_browser_it_was_seen(both: Run, tmp_path: Path) -> None:
    """Make and version, where there was one; a verdict in browsers depends on them."""
    for run, is_said in ((replace(both, browser="Firefox 153.7.0"), True), (both, False)):
        file = tmp_path / "junit.xml"
        write_junit(run, file)
        texts = (render(run), render_markdown(run), shown(run), file.read_text(encoding="utf-8"))
        assert {is_said} == {"Firefox 153.7.0" in text for text in texts}

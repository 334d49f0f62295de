import base64
import hashlib
import itertools
import re
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest
from cobrowse_conformance.reports import write_html
from cobrowse_conformance.reports.html_report import render
from cobrowse_conformance.results import Run
from cobrowse_conformance.verdicts import Verdict
from cobrowse_spec.rulebook import rulebook
from lxml import html
from msgspec.structs import astuple, replace

ChangeRule = Callable[..., Run]


@pytest.fixture(scope="module")
def text(run: Run) -> str:
    """The report."""
    return render(run)


@pytest.fixture(scope="module")
def page(text: str) -> html.HtmlElement:
    """The report, as an HTML parser sees it."""
    return html.document_fromstring(text)


def _one(page: html.HtmlElement, path: str) -> html.HtmlElement:
    (found,) = page.cssselect(path)
    return found


def _words(element: html.HtmlElement) -> str:
    return " ".join(" ".join(element.itertext()).split())


# One file


def test_it_asks_nothing_of_the_network(page: html.HtmlElement) -> None:
    """Every link stays on the page, and nothing is loaded."""
    addresses = [value for element in page.iter() for name, value in element.items() if name in _LOADING]

    assert addresses
    assert [address for address in addresses if not address.startswith(("#", "data:image/png;"))] == []
    assert page.cssselect("link, iframe, object, embed, base, script[src]") == []
    styles = _one(page, "style").text or ""
    assert "url(" not in styles
    assert "@import" not in styles


_LOADING = ("href", "src", "srcset", "action", "data", "xlink:href", "formaction", "poster")


def test_its_own_policy_allows_its_styles_and_its_script_and_nothing_else(page: html.HtmlElement) -> None:
    """By digest: what is injected cannot run."""
    policy = _one(page, "meta[http-equiv='Content-Security-Policy']").get("content")

    def digest(element: str) -> str:
        inline = (_one(page, element).text or "").encode()
        return base64.b64encode(hashlib.sha256(inline).digest()).decode()

    assert policy == (
        f"default-src 'none'; img-src data:; style-src 'sha256-{digest('style')}'; "
        f"script-src 'sha256-{digest('script')}'; base-uri 'none'; form-action 'none'"
    )
    assert [
        name for element in page.iter() for name, _ in element.items() if name == "style" or name[:2] == "on"
    ] == []


def test_what_a_target_says_of_itself_stays_text(run: Run, change_rule: ChangeRule) -> None:
    """In every place where it can appear."""
    bad = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    stories = tuple(replace(story, because=bad, name=bad, gherkin=bad, line=bad) for story in run.stories)
    hostile = replace(
        change_rule("WRITE-12", because=bad, sentence=f"{bad} `{bad}`"),
        stories=stories,
        server=bad,
        server_version=bad,
        target=bad,
        url=bad,
        capabilities=(bad,),
        timers={bad: {bad: 1.0}},
        command=bad,
        began=bad,
    )

    page = html.document_fromstring(render(hostile))

    assert len(page.cssselect("script")) == 1
    assert page.cssselect("img") == []
    assert bad in page.text_content()


def test_it_is_written_as_utf_8_even_with_what_is_no_text(run: Run, tmp_path: Path) -> None:
    """A lone surrogate in a target's name stops no report."""
    write_html(replace(run, target="\ud800bank"), tmp_path / "report.html")

    assert "�bank" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_it_stays_small(text: str) -> None:
    """A few megabytes at most, with all rules and stories of the chapters."""
    assert len(text.encode()) < 2_000_000


# What it says


def test_the_head_says_the_verdict_and_what_ran_against_what(run: Run, page: html.HtmlElement) -> None:
    """The first in the head, and all that another needs to run it again."""
    head = _words(_one(page, "header"))
    facts = _words(_one(page, ".facts"))

    assert "a bank Not conformant. 1 MUST rule fails: WRITE-12." in head
    for fact in (
        "Target http://127.0.0.1:8000",
        "Server bank relay 4.2",
        "Level wire",
        "Rulebook 1.0",
        "Suite 0.1.0",
        "Seed 7",
        "Began 2026-11-23 03:00:26 UTC",
        f"Took 3.4 s, {len(run.stories)} stories",
        "Capabilities standalone",
        "Reproduce cobrowse conform http://127.0.0.1:8000 --seed 7 --html build/report.html",
    ):
        assert fact in facts


def test_counts_are_exercised_applicable_and_total_and_no_percentage(
    run: Run, page: html.HtmlElement
) -> None:
    """By level."""
    table = _one(page, "table.numbers")

    assert [[_words(cell) for cell in row] for row in table.cssselect("tr")] == [
        ["Level", "Bar", "Exercised", "Applicable", "Total", "Passed", "Failed", "Undecided"],
        *([level, "", *map(str, astuple(count)[:6])] for level, count in run.counts.items()),
    ]
    assert "%" not in _one(page, "main").text_content()


def test_every_tile_of_the_matrix_leads_to_its_rule(run: Run, page: html.HtmlElement) -> None:
    """And every rule has one."""
    cells = [cell.get("href") for cell in page.cssselect(".matrix .tile")]
    articles = ["#" + str(article.get("id")) for article in page.cssselect("article.rule")]

    assert cells == articles == [f"#{rule.rule}" for rule in run.rules]


def test_every_link_leads_somewhere_and_no_name_stands_twice(page: html.HtmlElement) -> None:
    """Rules and stories can be linked to."""
    names = [element.get("id") for element in page.cssselect("[id]")]

    assert len(names) == len(set(names))
    assert {str(link.get("href"))[1:] for link in page.cssselect("a[href]")} <= set(names)


def test_a_rule_tells_its_sentence_source_and_decision(page: html.HtmlElement) -> None:
    """As the rulebook has them."""
    rule = _words(_one(page, "#WRITE-12"))

    known = rulebook()["WRITE-12"]
    assert f"WRITE-12 MUST {known.sentence}" in rule
    assert f"Decision {known.decision}" in rule
    assert "Reproduce cobrowse conform http://127.0.0.1:8000 --rule WRITE-12 --seed 7" in rule


def test_code_in_the_rulebook_is_set_as_code(page: html.HtmlElement) -> None:
    """And its backticks are gone."""
    sentence = _one(page, "#START-4 h3")

    assert [code.text for code in sentence.cssselect("code")] == ["{start:…}"]
    assert "`" not in sentence.text_content()


def test_the_line_that_decided_a_story_is_highlighted(run: Run, page: html.HtmlElement) -> None:
    """In the story that failed, and in no story that passed."""
    marked = [_words(mark) for mark in page.cssselect("#WRITE-12 mark")]

    assert marked == [story.line for story in run.stories if story.example == "WRITE-12.1"]
    assert page.cssselect(".story[data-verdict='pass'] mark") == []


def test_a_failure_is_drawn_with_its_proof_in_colour_and_its_fields_at_hand(page: html.HtmlElement) -> None:
    """The two events that prove it, each with the event as JSON."""
    proof = page.cssselect("#WRITE-12 svg .proof")

    assert [_words(_one(event, ".words")) for event in proof] == [
        "the customer sees Pointer Mode",
        "the customer receives an act of the agent",
    ]
    assert '"type": "acted"' in _one(proof[1], "title").text_content()
    assert len(_one(proof[1], ".arrow").get("d", "")) > 0


def test_a_rule_that_passed_has_one_timeline_with_its_witness(run: Run, page: html.HtmlElement) -> None:
    """However many stories it has: the others are in words."""
    passed = [rule.rule for rule in run.rules if rule.verdict is Verdict.PASS]

    assert {len(_one(page, f"#{rule}").cssselect("svg")) for rule in passed} == {1}
    assert all(_one(page, f"#{rule}").cssselect(".proof") for rule in passed)


def test_evidence_without_a_trace_says_that_there_is_none(run: Run) -> None:
    """As in a report that was made from a file."""
    bare = replace(run, stories=tuple(replace(story, trace=()) for story in run.stories))

    page = html.document_fromstring(render(bare))

    assert "There is no trace of it in this report." in _words(_one(page, "#WRITE-12"))


def test_more_evidence_than_can_be_drawn_is_named(run: Run, change_rule: ChangeRule) -> None:
    """Three timelines, then names."""
    evidence = next(rule.evidence for rule in run.rules if rule.rule == "WRITE-12") * 3
    more = tuple(replace(evidence[0], example=f"SITE-5.{number}") for number in (1, 2))

    page = html.document_fromstring(render(change_rule("WRITE-12", evidence=(*evidence, *more))))

    rule = _one(page, "#WRITE-12")
    assert len(rule.cssselect("svg")) == 3
    assert "Also in 2 more: SITE-5.1 (server), SITE-5.2 (server)." in _words(rule)


def test_a_run_of_a_few_rules_says_how_many_were_not_run(run: Run) -> None:
    """So that nobody takes a part for the whole."""
    part = html.document_fromstring(render(replace(run, rules=run.rules[:3])))

    assert f"{len(run.rules) - 3} other rules of the wire level were not run." in _words(_one(part, "main"))


# For everybody


def test_without_its_script_everything_is_open_and_nothing_pretends_to_work(page: html.HtmlElement) -> None:
    """The filter appears only with the script that does the filtering."""
    assert [each.get("id") for each in page.cssselect("details:not([open])")] == []
    assert _one(page, "form.filter").get("hidden") is not None
    assert page.cssselect("article[hidden]") == []


def test_it_has_landmarks_and_headings_in_order(page: html.HtmlElement) -> None:
    """For those who find their way by them."""
    levels = [int(str(element.tag)[1]) for element in page.iter("h1", "h2", "h3", "h4")]

    assert [len(page.cssselect(name)) for name in ("header", "main", "footer", "h1")] == [1, 1, 1, 1]
    assert page.get("lang") == "en"
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_every_verdict_is_told_in_words_too(page: html.HtmlElement) -> None:
    """A colour or a sign alone says nothing to some."""
    labels = [tile.get("aria-label") for tile in page.cssselect(".matrix .tile")]

    assert "WRITE-12, MUST, fail" in labels
    assert "WRITE-15, MAY, not applicable" in labels


def _palette(scheme: str) -> dict[str, str]:
    css = (files("cobrowse_conformance.reports") / "templates" / "report.css").read_text()
    light, _, dark = css.partition("@media (prefers-color-scheme: dark)")
    colours = dict(re.findall(r"--(\S+): (#[0-9a-f]{6})", light))
    return colours | dict(re.findall(r"--(\S+): (#[0-9a-f]{6})", dark)) if scheme == "dark" else colours


def _luminance(colour: str) -> float:
    """Relative luminance, as WCAG 2 defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "ink,paper",
    [
        ("ink", "paper"),
        ("ink", "raised"),
        ("soft", "paper"),
        ("soft", "raised"),
        ("soft", "faint"),
        ("link", "paper"),
        ("pass", "pass-bg"),
        ("fail", "fail-bg"),
        ("open", "open-bg"),
        ("mute", "mute-bg"),
        ("void", "void-bg"),
        ("known", "known-bg"),
        ("tile", "tile-bg"),
        ("paper", "void"),
        ("paper", "fail"),
        ("pass", "paper"),
        ("fail", "raised"),
    ],
)
def test_text_stands_out_from_what_it_stands_on(scheme: str, ink: str, paper: str) -> None:
    """Contrast of at least 4.5 to 1 (WCAG 2, AA), in light and in dark."""
    colours = _palette(scheme)
    darker, lighter = sorted((_luminance(colours[ink]), _luminance(colours[paper])))

    assert (lighter + 0.05) / (darker + 0.05) >= 4.5

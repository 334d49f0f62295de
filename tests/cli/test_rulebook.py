"""The rulebook set in type: nothing is left out, links lead somewhere, and what is checked in is fresh."""

import itertools
import re
from importlib.resources import files
from pathlib import Path
from typing import Final

import pytest
from cobrowse_cli.book.arrows import ACTIVE_BOX, arrows
from cobrowse_cli.book.drawing import drawing
from cobrowse_cli.book.markdown import markdown
from cobrowse_cli.book.page import page
from cobrowse_cli.generate import ROOT, rulebook_documents, stale
from cobrowse_cli.main import main
from cobrowse_spec.book import Entry, book
from cobrowse_spec.session import ACTIVE, State
from cobrowse_spec.transitions import Transition, transitions
from lxml import html

ENTRIES: Final = book().entries


@pytest.fixture(scope="module")
def text() -> str:
    """The rulebook as Markdown."""
    return markdown()


@pytest.fixture(scope="module")
def whole() -> html.HtmlElement:
    """The rulebook as a page."""
    return html.document_fromstring(page())


def words(element: html.HtmlElement) -> str:
    """Its text in one line, with plain apostrophes."""
    return " ".join(element.text_content().split()).replace("’", "'")


def exit_of(*arguments: str) -> int:
    """Run the command line; its exit code."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return int(ended.value.code or 0)


def parts_of(entry: Entry) -> list[str]:
    """Texts that every setting of a rule must show."""
    rule = entry.rule
    texts = [rule.id, rule.sentence, rule.more, rule.decision, rule.capability, *rule.seen]
    texts += [source.code for source in entry.sources]
    texts += [line.text for story in entry.stories for line in story.example.lines]
    texts += [example.id for example in rule.examples]
    texts += [told for check in entry.checks for told in (check.sentence, *check.violated_when)]
    texts += [str(guard.reason) for guard in entry.guards]
    texts += [place.where for guard in entry.guards for place in guard.places]
    texts += [told for failure in entry.failures for told in (failure.what, *failure.where)]
    return [part for part in [*texts, entry.no_check] if part]


# The state diagram


def test_what_leads_out_of_all_active_states_is_one_arrow() -> None:
    """And what does not keeps its own."""
    both = [
        Transition(state, State.ENDED, State, "it ends")  # type: ignore[arg-type] # any column will do
        for state in ACTIVE
    ]
    own = Transition(State.WRITE, State.SUSPENDED, State, "only here")  # type: ignore[arg-type] # as above

    assert {(ACTIVE_BOX, "ended", ("it ends",)), ("write", "suspended", ("only here",))} == set(
        arrows([*both, own])
    )


def test_the_drawing_has_every_transition() -> None:
    """Each as an arrow from its state, or from the box around it, with its cause in words."""
    ways = {
        (way.arrow.source, way.arrow.target): " ".join(line.strip() for line in way.label.lines)
        for way in drawing(arrows(transitions())).ways
    }

    for way in transitions():
        own, boxed = ways.get((way.source, way.target), ""), ways.get((ACTIVE_BOX, way.target), "")
        assert way.cause in own or (way.source in ACTIVE and way.cause in boxed)


def test_an_arrow_that_nobody_foresaw_is_drawn_too() -> None:
    """Straight, from state to state."""
    (unforeseen,) = arrows([Transition(State.ENDED, State.UNSTARTED, State, "it begins anew")])  # type: ignore[arg-type] # as above

    (way,) = drawing([unforeseen]).ways

    assert re.fullmatch(r"M\d+ \d+L\d+ \d+", way.path)
    assert ("it begins anew",) == way.label.lines


def test_no_box_covers_another_and_all_are_on_the_page() -> None:
    """Every state has a place of its own."""
    drawn = drawing(())
    for one, other in itertools.combinations(drawn.boxes, 2):
        beside = one.x + one.width <= other.x or other.x + other.width <= one.x
        assert beside or one.y + one.height <= other.y or other.y + other.height <= one.y
    for box in (*drawn.boxes, drawn.group):
        assert box.x >= 0
        assert box.y >= 0
        assert box.x + box.width <= drawn.width
        assert box.y + box.height <= drawn.height


# Every setting shows all


@pytest.mark.parametrize("rule_id", ENTRIES)
def test_the_page_shows_all_parts_of_a_rule(rule_id: str, whole: html.HtmlElement) -> None:
    """In the rule's own article."""
    (article,) = whole.cssselect(f"article#{rule_id}")
    shown = words(article)

    assert ENTRIES[rule_id].rule.level.lower() in shown
    missing = [part for part in parts_of(ENTRIES[rule_id]) if part.replace("`", "") not in shown]
    assert [] == [part for part in missing if part[:1].upper() + part[1:] not in shown]


@pytest.mark.parametrize("rule_id", ENTRIES)
def test_the_markdown_shows_all_parts_of_a_rule(rule_id: str, text: str) -> None:
    """Under the rule's own heading."""
    after = text.partition(f"\n### {rule_id}\n")[2]
    shown = rule_id + re.split(r"\n###? ", after)[0]
    shown = re.sub(r"\[([A-Z]+-\d+)\]\(#[a-z]+-\d+\)", r"\1", shown)

    assert [] == [
        part for part in (*parts_of(ENTRIES[rule_id]), ENTRIES[rule_id].rule.level) if part not in shown
    ]


@pytest.mark.parametrize("rule_id", ["WRITE-7", "WRITE-6", "POINTER-2", "STOP-5"])
def test_the_terminal_shows_all_parts_of_a_rule(
    rule_id: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is in it."""
    monkeypatch.setenv("COLUMNS", "1000")

    assert 0 == exit_of("rules", rule_id.lower())
    shown = capsys.readouterr().out
    assert [] == [part for part in parts_of(ENTRIES[rule_id]) if part not in shown]


def test_the_list_has_a_line_for_every_rule(capsys: pytest.CaptureFixture[str]) -> None:
    """With its level and where it is seen, under its chapter; in a pipe, in full."""
    assert 0 == exit_of("rules")

    lines = capsys.readouterr().out.splitlines()
    assert list(ENTRIES) == [line.split()[0] for line in lines if re.match(r"[A-Z]+-\d", line)]
    assert "JOIN: joining with the ID" in lines
    assert "JOIN-7      SHOULD  wire browser  An ID may be entered with spaces or hyphens." in lines


# Markdown


def test_every_link_of_the_markdown_leads_somewhere(text: str) -> None:
    """To a heading, as GitHub names it, or to a file of the repository."""
    headings = {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    }
    links = re.findall(r"\]\(([^)]+)\)", text)

    assert set() == {link[1:] for link in links if link.startswith("#")} - headings
    assert [] == [link for link in links if not link.startswith("#") and not (ROOT / link).is_file()]


def test_the_diagram_of_the_markdown_has_every_arrow(text: str) -> None:
    """From the machine, with all causes in the table below it."""
    diagram = text.partition("```mermaid\n")[2].partition("```")[0]

    for arrow in arrows(transitions()):
        assert f"{arrow.source} --> {arrow.target}: " in diagram
        assert "; ".join(arrow.causes) in text


# The page


def test_the_page_asks_nobody_for_anything(whole: html.HtmlElement) -> None:
    """No request leaves it; its links are only followed by hand."""
    (policy,) = whole.cssselect("meta[http-equiv='Content-Security-Policy']")

    assert str(policy.get("content")).startswith("default-src 'none'; style-src 'sha256-")
    assert [] == whole.cssselect("[src], link, iframe, img, object, [style], [onclick]")
    assert "@import" not in page()
    assert "url(" not in "".join(style.text_content() for style in whole.cssselect("style"))


def test_every_link_of_the_page_leads_somewhere_and_no_name_stands_twice(whole: html.HtmlElement) -> None:
    """Chapters, rules and stories can be linked to."""
    names = [element.get("id") for element in whole.cssselect("[id]")]
    links = [str(link.get("href")) for link in whole.cssselect("a[href]")]

    assert len(names) == len(set(names))
    assert set() == {link[1:] for link in links if link.startswith("#")} - set(names)
    assert [] == [
        link for link in links if not re.match(r"#|https://github\.com/[\w.-]+/[\w.-]+/issues/\d+$", link)
    ]


def test_the_sidebar_leads_to_every_chapter_and_rule(whole: html.HtmlElement) -> None:
    """In the book's order."""
    links = [str(link.get("href"))[1:] for link in whole.cssselect("nav .chapters a")]

    assert [
        name for part in book().parts for name in (part.name, *(e.rule.id for e in part.entries))
    ] == links


def test_without_its_script_nothing_is_hidden_but_the_search(whole: html.HtmlElement) -> None:
    """The search box appears only with the script that searches."""
    hidden = [element.tag for element in whole.cssselect("[hidden]")]

    assert ["form", "p"] == hidden


def test_headings_are_in_order(whole: html.HtmlElement) -> None:
    """For those who find their way by them."""
    levels = [int(str(element.tag)[1]) for element in whole.iter("h1", "h2", "h3", "h4")]

    assert 1 == levels.count(1)
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_it_is_small_enough_to_be_checked_in() -> None:
    """Else a page that nobody reviews makes every change of a rule a large one."""
    assert len(page().encode()) < 600_000


def _palette(scheme: str) -> dict[str, str]:
    css = (files("cobrowse_cli.book") / "templates" / "book.css").read_text(encoding="utf-8")
    light, _, rest = css.partition("@media (prefers-color-scheme: dark)")
    dark = rest.partition("\n* {")[0]
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
        ("ink", "mark"),
        ("soft", "paper"),
        ("soft", "raised"),
        ("link", "paper"),
        ("link", "raised"),
        ("paper", "link"),
        ("must", "must-bg"),
        ("should", "should-bg"),
        ("may", "may-bg"),
        ("good", "good-bg"),
        ("bad", "bad-bg"),
    ],
)
def test_text_stands_out_from_what_it_stands_on(scheme: str, ink: str, paper: str) -> None:
    """Contrast of at least 4.5 to 1 (WCAG 2, AA), in light and in dark."""
    colours = _palette(scheme)
    darker, lighter = sorted((_luminance(colours[ink]), _luminance(colours[paper])))

    assert (lighter + 0.05) / (darker + 0.05) >= 4.5


# Writing


def test_what_is_checked_in_is_fresh() -> None:
    """RULEBOOK.md and docs/rulebook.html say what the rulebook says: else `make generate`."""
    assert [] == list(stale(ROOT, (rulebook_documents,)))


def test_the_command_writes_both(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same as is checked in, wherever it is wanted."""
    files = {"--html": tmp_path / "book.html", "--markdown": tmp_path / "book.md"}

    assert 0 == exit_of("rules", *(str(part) for option in files.items() for part in option))
    assert [page(), markdown()] == [file.read_text(encoding="utf-8") for file in files.values()]
    assert str(tmp_path) in capsys.readouterr().out.replace("\n", "")


@pytest.mark.parametrize(
    "arguments, message",
    [
        (("--html", "/no/such/folder/book.html"), "there is no folder /no/such/folder"),
        (("WRITE-7", "--html", "book.html"), "leave out the ID"),
        (("--markdown", "/proc/version"), "cannot be written"),
    ],
)
def test_wrong_usage_is_told(
    arguments: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 4, and what to do."""
    assert 4 == exit_of("rules", *arguments)
    assert message in " ".join(capsys.readouterr().err.split())

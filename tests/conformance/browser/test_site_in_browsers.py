"""The suite's site in a real browser: every place shows its text, and every way to submit does, when a person does it."""

import os
from collections.abc import Iterator
from typing import Final

import pytest
from cobrowse_conformance.browser import planting
from cobrowse_conformance.browser.canaries import Canaries
from cobrowse_conformance.browser.planting import plant, proceed
from cobrowse_conformance.browser.site.server import TestSite, serving
from cobrowse_conformance.browser.site.ways import WAYS, Way
from cobrowse_conformance.browser.submits import by_hand
from cobrowse_simulator.browsers.chromium import Chromium, NoChromium, open_browser
from cobrowse_spec.terms import PageChange, Place, Prompt

SNIPPET: Final = "<script>window.product = document.body === null</script>"


@pytest.fixture(scope="module")
def site() -> Iterator[TestSite]:
    """The site, with a snippet that says when it ran."""
    with serving(SNIPPET) as site:
        yield site


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    """A customer's browser."""
    try:
        with open_browser("customer", tmp_path_factory.mktemp("site"), window=(1280, 900)) as browser:
            yield browser
    except NoChromium as missing:
        if os.environ.get("CI"):
            pytest.fail(str(missing))
        pytest.skip(str(missing))


# Places


#: What a page holds at any place at all: drawn or not, in shadow roots, frames, style sheets and fields.
HELD: Final = """
const held = [];
const walk = (root) => {
  for (const sheet of [...root.styleSheets, ...(root.adoptedStyleSheets ?? [])]) for (const rule of sheet.cssRules) held.push(rule.cssText);
  for (const one of root.querySelectorAll("*")) {
    held.push(one.outerHTML, one.value ?? "", one.validationMessage ?? "");
    if (one.shadowRoot) walk(one.shadowRoot);
    if (one.localName === "iframe" && one.contentDocument) { held.push(one.contentDocument.documentElement.outerHTML); }
  }
};
walk(document);
return held.join("\\n");
"""

#: What a hand does is told by events: what was selected, copied and dragged.
LISTEN: Final = """
window.told = [];
document.addEventListener("selectionchange", () => told.push("selected " + getSelection()));
document.addEventListener("copy", () => told.push("copied " + getSelection()));
document.addEventListener("dragstart", (event) => told.push("dragged " + event.dataTransfer.getData("text/plain")));
"""
TOLD: Final = {Place.SELECTION: "selected ", Place.CLIPBOARD: "copied ", Place.DRAGGED: "dragged "}


@pytest.mark.parametrize("masked", [True, False, "inside"])
def test_every_place_holds_its_text(masked: planting.Masked, browser: Chromium, site: TestSite) -> None:
    """A canary that never stood anywhere could not leak: each is there, masked or not."""
    browser.open(site.here("/apply"))
    browser.script(LISTEN)
    canaries = Canaries()
    planted = {place: canaries.make(place.value, masked=bool(masked)).text for place in Place}
    for place, text in planted.items():
        plant(browser, place, text, masked)
    proceed(browser)
    held, told = browser.script(HELD), browser.script("return told")

    assert [] == [place.name for place, text in planted.items() if text not in held]
    assert [] == [place.name for place, words in TOLD.items() if f"{words}{planted[place]}" not in told]


@pytest.mark.parametrize("place", [Place.LATER_TEXT, Place.LATER_NODE, Place.LATER_ATTRIBUTE, Place.TYPED])
def test_what_comes_later_is_not_there_before(place: Place, browser: Chromium, site: TestSite) -> None:
    """Else it would be nothing but what stands there from the beginning."""
    browser.open(site.here("/apply"))
    plant(browser, place, "zqcanary", True)

    assert "zqcanary" not in browser.script(HELD)
    proceed(browser)
    assert "zqcanary" in browser.script(HELD)


def test_what_is_masked_is_marked_so_and_what_is_open_is_not(browser: Chromium, site: TestSite) -> None:
    """By a mark of its own, or within something that has one."""
    marked = "return [...document.querySelectorAll('#planted .box > *')].map((one) => [one.matches('.private'), !!one.closest('.private')])"
    for masked, expected in ((True, [True, True]), ("inside", [False, True]), (False, [False, False])):
        browser.open(site.here("/apply"))
        plant(browser, Place.TEXT, "text", masked)  # type: ignore[arg-type]

        assert [expected] == browser.script(marked)


@pytest.mark.parametrize("change", PageChange)
@pytest.mark.parametrize("element", ["pin", "ssn"])
def test_a_page_changes_an_element_that_is_found_all_the_same(
    change: PageChange, element: str, browser: Chromium, site: TestSite
) -> None:
    """The story goes on with it, whatever it is called by then."""
    browser.open(site.here("/apply"))
    before = browser.script("return (window.before = cobrowseSite.find(arguments[0])).outerHTML", element)
    planting.change(browser, change, element)
    now = browser.script(
        "const one = cobrowseSite.find(arguments[0]); return [one === before, one.isConnected, one.outerHTML, one.type, one.parentElement === document.body]",
        element,
    )
    same, connected, html, kind, moved = now

    assert connected
    assert (change is not PageChange.REBUILD) == same
    assert (change is PageChange.MOVE) == moved
    assert (change is PageChange.UNMARK) == (" name=" not in html and " id=" not in html)
    assert ("password" if element == "pin" and change is not PageChange.SHOW else "text") == kind
    assert change in (PageChange.MOVE, PageChange.REBUILD) or element == "ssn" or before != html


def test_every_mutation_puts_its_text_on_the_page(browser: Chromium, site: TestSite) -> None:
    """Also where the page takes it away again at once: then it was in an event."""
    browser.open(site.here("/apply"))
    browser.script(
        "window.put = []; addEventListener('input', (event) => put.push(event.target.value), true)"
    )
    names = browser.script("return cobrowseSite.mutations")
    missing = []
    for number, name in enumerate(names):
        browser.script(
            "return cobrowseSite.mutate(arguments[0], arguments[1], true)", name, f"mutant{number}"
        )
        if f"mutant{number}" not in browser.script(HELD).replace("</b>", "") + browser.script(
            "return put.join()"
        ):
            missing.append(name)

    assert len(names) >= 17
    assert ["a text is split"] == missing  # its halves stand in two nodes


# Submitting


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_each_way_submits_when_a_person_does_it(way: Way, browser: Chromium, site: TestSite) -> None:
    """Else an agent's failure to submit by it would show nothing."""
    story = site.story()
    browser.open(story.enter(way.path))
    by_hand(browser, way)

    assert story.has(1)
    [submitted] = story.submitted()
    assert f"form-{way.name}" == submitted.form


# What else a page does


@pytest.mark.parametrize(
    "element, prompt",
    [
        ("attachment", Prompt.FILE_CHOOSER),
        ("attachment-label", Prompt.FILE_CHOOSER),
        ("statement", Prompt.DOWNLOAD),
        ("export", Prompt.DOWNLOAD),
        ("print", Prompt.PRINT),
        ("branches", Prompt.PERMISSION),
        ("reminders", Prompt.PERMISSION),
        ("calculator", Prompt.WINDOW),
        ("attach", Prompt.FILE_CHOOSER),
        ("scan", Prompt.FILE_CHOOSER),
        ("archive", Prompt.DOWNLOAD),
        ("receipt", Prompt.PRINT),
        ("comparison", Prompt.WINDOW),
    ],
)
def test_what_opens_beside_the_page_is_told(
    element: str, prompt: Prompt, browser: Chromium, site: TestSite
) -> None:
    """NAVIGATE-8's customer side: the site knows what a click on the page has opened."""
    browser.cdp("Page.setInterceptFileChooserDialog", enabled=True)
    story = site.story()
    browser.open(story.enter("/tools"))
    browser.click(browser.find(f"#{element}"))
    site.record.until(lambda: bool(story.effects()))

    assert [prompt] == [effect.prompt for effect in story.effects()]
    if prompt is Prompt.WINDOW:
        browser.fresh()


def test_what_is_prevented_is_not_told(browser: Chromium, site: TestSite) -> None:
    """What a product stops has opened nothing."""
    story = site.story()
    browser.open(story.enter("/tools"))
    browser.script("addEventListener('click', (event) => event.preventDefault(), true)")
    browser.click(browser.find("#statement"))
    browser.script("return cobrowseSite.fence()")

    assert () == story.effects()


def test_the_snippet_runs_before_there_is_a_body(browser: Chromium, site: TestSite) -> None:
    """As a tag in the head of a page does."""
    browser.open(site.here("/controls"))

    assert browser.script("return window.product")


@pytest.mark.parametrize(
    "url, is_own",
    [
        ("https://bank.example/apply", True),
        ("https://BANK.example/apply", True),
        ("https://shop.branches.bank.example/", True),
        ("https://bank.example.evil.test/", False),
        ("https://bank.example@evil.test/", False),
        ("https://bank.example:8443/", False),
        ("https://bank.example./", False),
        ("https://b\u0430nk.example/", False),
        ("https://notbank.example/", False),
    ],
)
def test_look_alikes_are_reached_by_name(url: str, is_own: bool, browser: Chromium, site: TestSite) -> None:
    """Every address of the stories leads somewhere, and only the company's own to the product."""
    browser.open(site.here(url))

    assert [True, is_own] == browser.script("return ['cobrowseSite' in window, 'product' in window]")


def test_every_element_of_a_story_can_be_met_with_a_mouse(browser: Chromium, site: TestSite) -> None:
    """What has no size could not be clicked."""
    browser.open(site.here("/apply"))
    empty = browser.script(
        "return [...document.querySelectorAll('a, button, input, select, textarea, label, [onclick], [role=img]')]"
        ".filter((one) => !one.getBoundingClientRect().height).map((one) => one.outerHTML)"
    )

    assert [] == empty


def test_marks_and_pads_are_there_for_fences(browser: Chromium, site: TestSite) -> None:
    """A mark shows, and a click on the pad is counted."""
    browser.open(site.here("/apply"))
    browser.script("cobrowseSite.mark(7)")
    browser.click(browser.find("#pad"))

    assert ["mark 7", 1] == [browser.find("#mark").text, browser.script("return cobrowseSite.pads")]

"""What a policy does to a page: blocked, secret, masked, disabled; to the bytes that leave, and to acts."""

from typing import Any

import msgspec
import pytest
from cobrowse_simulator.acts import Focus, Reveal, ScrollTo, SetChecked, SetOption, SetText
from cobrowse_simulator.browser import Browser
from cobrowse_simulator.client import Facts
from cobrowse_simulator.customer import published_elements
from cobrowse_simulator.gates import Gates, Moment
from cobrowse_simulator.mirror import Mirrored, MirrorView, changed, decode_events, encode_events, snapshot
from cobrowse_simulator.page import Page, Viewport, is_field
from cobrowse_simulator.restrictions import CompiledPolicy, Restrictions, built_in, why
from cobrowse_simulator.sites import bank_site
from cobrowse_spec import actions as do
from cobrowse_spec import observations as see
from cobrowse_spec.policy import SELECTOR_KEYS, PageRule, Policy, PolicyError, tighten
from cobrowse_spec.refusals import Refusal
from cobrowse_spec.terms import Mode, Party, Reason
from cobrowse_spec.wire.frames import CONTENT, decode_frame
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml.html import HtmlElement
from msgspec.structs import replace

OpenStory = Any  # the fixture of conftest.py, which cannot be imported

SITE = ("https://bank.example",)
VIEWPORT = Viewport(1024, 768)

#: Something to hide in every place of it.
HTML = """<!doctype html><title>canary</title><body><h1>Seen</h1>
<div id=box class=canary style="color: red; width: 300px; height:40px" title=canary data-x=canary>canary
  <p id=inner aria-label=canary>canary</p>
  <input id=field name=field value=canary placeholder=canary>
  <input id=tick type=checkbox value=canary checked> <textarea id=area>canary</textarea>
  <select id=list><option value=canary selected>canary</option></select>
  <a id=link href="/canary">canary</a> <button id=button type=submit>canary</button>
  <img id=image alt=canary width=64 height=48>
</div>after</body>"""


def bank(*rules: PageRule) -> tuple[Page, Restrictions]:
    """The loan application, and what these rules say of it."""
    page = Browser(bank_site()).page
    return page, CompiledPolicy(Policy(site=SITE, pages=rules)).on(page)


def boxed(*rules: PageRule, html: str = HTML) -> tuple[Page, Restrictions]:
    """The page of this module, and what these rules say of it."""
    page = Page("https://bank.example/x", html)
    return page, CompiledPolicy(Policy(site=SITE, pages=rules)).on(page)


def rule_of(key: str, selector: str) -> PageRule:
    """A page rule with one selector, for every page."""
    return replace(PageRule(), **{key: (selector,)})


def element(page: Page, name: str) -> HtmlElement:
    """The element with this ID or name."""
    found = page.find(name)
    assert found is not None
    return found


def drawn(page: Page, veil: Restrictions) -> MirrorView:
    """What an agent sees of the page."""
    view = MirrorView()
    view.apply(decode_events(encode_events(snapshot(page, veil, VIEWPORT, 0))))
    return view


def sent(page: Page, veil: Restrictions) -> str:
    """The bytes of a snapshot."""
    return encode_events(snapshot(page, veil, VIEWPORT, 0)).decode()


# Secrets


@pytest.mark.parametrize("text", ["x", "canary", "a much longer canary than that"])
def test_a_secret_shows_exactly_four_asterisks_whatever_its_length(text: str) -> None:
    """MASK-9: field, live change and text of an element alike."""
    page, veil = boxed(PageRule(secret=("#f", "#p")), html=f"<input id=f value='{text}'><p id=p>{text}</p>")
    view = drawn(page, veil)
    page.set_value(element(page, "f"), text * 2, Party.CUSTOMER)
    view.apply(changed(page, veil, [SetText(element(page, "f"), text * 2)], 0))

    assert ["****", "****"] == [view.shows("f"), view.shows("p")]


def test_an_empty_secret_stays_empty_and_gaps_between_secrets_are_none() -> None:
    """So that a customer's agent can tell what has been filled in, and no more."""
    page, veil = boxed(PageRule(secret=("div",)), html="<div id=d>\n  <input id=f>\n  <p id=p> </p>\n</div>")
    view = drawn(page, veil)

    assert ["", "", ""] == [view.shows("f"), view.shows("p"), view.shows("d")]


def test_a_mask_shows_an_asterisk_a_character() -> None:
    """The other half of MASK-9."""
    page, veil = bank(PageRule(mask=("#city",), secret=("#ssn",)))

    assert ("****", "****") == (drawn(page, veil).shows("city"), drawn(page, veil).shows("ssn"))
    page.set_value(element(page, "city"), "Winterthur", Party.CUSTOMER)
    assert ("**********", "****") == (drawn(page, veil).shows("city"), drawn(page, veil).shows("ssn"))


@pytest.mark.parametrize(
    "attributes, reason",
    [
        ("type=password", "password"),
        ("type=PassWord", "password"),
        ("autocomplete=cc-number", "autocomplete"),
        ("autocomplete='section-pay billing CC-CSC'", "autocomplete"),
        ("autocomplete='new-password webauthn' type=text", "autocomplete"),
        ("type=hidden", "hidden"),
        ("type=file", "file"),
        ("autocomplete=name", None),
        ("type=text", None),
    ],
)
def test_what_no_policy_can_change(attributes: str, reason: str | None) -> None:
    """MASK-3: passwords, fields that say that they hold a secret; and what never leaves at all."""
    page, veil = boxed(html=f"<input id=f name=f {attributes} value='canary canary'>")
    field = element(page, "f")

    assert reason == built_in(field)
    assert (reason in ("password", "autocomplete")) == veil.keeps_secret(field) == veil.masks(field)
    assert ("canary" in sent(page, veil)) == (reason is None)


def test_a_select_shows_no_more_than_the_option_that_is_chosen_may() -> None:
    """A mask on an option holds for the field that it is the value of (MASK-5)."""
    html = "<select id=s><option value=open>o</option><option class=m value=canary selected>canary</select>"
    for rule, shown in (
        (PageRule(mask=(".m",)), "******"),
        (PageRule(secret=(".m",)), "****"),
        (PageRule(block=(".m",)), ""),
    ):
        page, veil = boxed(rule, html=html)
        field = element(page, "s")
        view = drawn(page, veil)
        told = encode_events(changed(page, veil, [SetOption(field, "canary")], 0)).decode()

        assert shown == view.shows("s")
        assert "canary" not in sent(page, veil) + told


# Blocks


def test_nothing_of_a_blocked_element_leaves_but_its_size() -> None:
    """MASK-4: one empty element, as large, of which not even the tag, class or ID can be told."""
    page, veil = boxed(PageRule(block=("#box", "title")))
    view = drawn(page, veil)
    found = [node for node in view._tree().all() if "rr_width" in node.attributes]
    box = next(node for node in found if node.attribute("rr_width") == "300px")

    assert "canary" not in sent(page, veil)
    assert {"class": "rr-block", "rr_width": "300px", "rr_height": "40px"} == box.attributes
    assert ("div", []) == (box.tag, box.children)
    assert "Seenafter" == view.text().replace(" ", "")
    assert "canary" in sent(page, Restrictions())


@pytest.mark.parametrize(
    "name, tag, size",
    [
        ("image", "span", ("64px", "48px")),
        ("inner", "div", ("200px", "20px")),
        ("field", "span", ("200px", "20px")),
    ],
)
def test_a_placeholder_is_as_large_as_what_it_stands_for(name: str, tag: str, size: tuple[str, str]) -> None:
    """By style, by attribute, or nominal, since a scripted page is not laid out; in a line or a block of its own."""
    page, veil = boxed(PageRule(block=(f"#{name}",)))
    number = page.ref(element(page, name))
    box = next(node for node in drawn(page, veil)._tree().all() if number == node.number)

    assert (tag, size) == (box.tag, (box.attribute("rr_width"), box.attribute("rr_height")))


def test_of_a_blocked_page_no_node_leaves() -> None:
    """MASK-4: `block = ["html"]` is the whole page, its title and its scroll position included."""
    page, veil = boxed(PageRule(block=("html",)))
    page.scroll = (0, 700)
    view = drawn(page, veil)

    assert [
        ("#document", {}),
        ("html", {"class": "rr-block", "rr_width": "1024px", "rr_height": "768px"}),
    ] == [(node.tag, node.attributes) for node in view._tree().all()]
    assert [0, 0] == list(view.scroll)
    assert not changed(page, veil, [ScrollTo(0, 9)], 0)
    assert not published_elements(page, veil)


def test_of_what_happens_in_a_blocked_element_nothing_is_told() -> None:
    """Neither what was typed, nor that something was; while the same is told where nothing is blocked."""
    page, veil = boxed(PageRule(block=("#box",)))
    field = element(page, "field")
    effects: list[Mirrored] = [
        SetText(field, "canary"),
        SetChecked(element(page, "tick"), True),
        Focus(field),
        Reveal(element(page, "inner"), "canary"),
    ]

    assert () == changed(page, veil, effects, 0)
    assert 4 == len(changed(page, Restrictions(), effects, 0))


def test_blocked_elements_are_not_published() -> None:
    """Agents cannot name what they know nothing of: the permitted twin publishes all that can be used."""
    page, veil = boxed(PageRule(block=("#box",)))
    names = ("field", "tick", "area", "list", "link", "button")
    refs = {str(page.ref(element(page, name))) for name in names}

    assert refs <= {one.ref for one in published_elements(page, Restrictions())}
    assert refs.isdisjoint(one.ref for one in published_elements(page, veil))


def test_what_cannot_be_mirrored_safely_is_a_placeholder() -> None:
    """MASK-12: frames, canvas, media and plug-ins, as large as they say."""
    tags = ("iframe", "canvas", "video", "object", "embed", "svg")
    html = "<p>" + "".join(f"<{tag} width=30 height=20 title=canary></{tag}>" for tag in tags)
    page, veil = boxed(html=html)
    boxes = [
        node.attribute("rr_width") for node in drawn(page, veil)._tree().all() if node.attribute("rr_width")
    ]

    assert ["30px"] * len(tags) == boxes
    assert "canary" not in sent(page, veil)


# The most restrictive wins


@pytest.mark.parametrize("key, shown", [("block", None), ("secret", "****"), ("mask", "******")])
@pytest.mark.parametrize("other", SELECTOR_KEYS)
def test_the_most_restrictive_rule_wins(key: str, shown: str | None, other: str) -> None:
    """MASK-10: in whichever order the rules stand, and by whichever ancestor they hold."""
    if SELECTOR_KEYS.index(other) < SELECTOR_KEYS.index(key):
        key, other, shown = other, key, None if other == "block" else "****"
    strict, lax = rule_of(key, "form"), rule_of(other, "#f")
    for rules in ((strict, lax), (lax, strict)):
        page, veil = boxed(*rules, html="<form><input id=f value=canary></form>")

        assert shown == drawn(page, veil).shows("f")


def test_a_blocked_or_disabled_button_is_not_allowed() -> None:
    """SUBMIT-4 gives way to MASK-10."""
    for rule, allowed in (
        (PageRule(), True),
        (PageRule(block=("#send",)), False),
        (PageRule(disable=("form",)), False),
    ):
        page, veil = bank(PageRule(allow_submit=("#send",)), rule)

        assert allowed == veil.allows_submit(element(page, "send"))


@pytest.mark.parametrize(
    "path, masked, allowed",
    [("/apply", True, True), ("/%61pply", True, False), ("/apply/", True, False), ("/rates", False, False)],
)
def test_a_page_whose_path_can_be_read_in_two_ways_is_hidden_and_nothing_is_allowed(
    path: str, *, masked: bool, allowed: bool
) -> None:
    """Else a customer's address with an escaped letter would show what is masked."""
    page = Page(f"https://bank.example{path}", "<form><input id=f><button id=b>x</button></form>")
    rules = (PageRule("/apply", mask=("#f",), allow_submit=("#b",)),)
    veil = CompiledPolicy(Policy(site=SITE, pages=rules)).on(page)

    assert (masked, allowed) == (veil.masks(element(page, "f")), veil.allows_submit(element(page, "b")))


_SELECTORS = st.lists(
    st.sampled_from(["#ssn", "#city", "form", "p", "nav", "#send", "button", "#terms-link", "html"]),
    max_size=2,
).map(tuple)
_POLICIES = st.lists(
    st.builds(
        PageRule,
        path=st.sampled_from(["*", "/apply", "/rates"]),
        mask=_SELECTORS,
        secret=_SELECTORS,
        block=_SELECTORS,
        disable=_SELECTORS,
        allow_submit=_SELECTORS,
    ),
    max_size=2,
).map(lambda rules: Policy(site=SITE, pages=tuple(rules)))


@settings(max_examples=40, deadline=None, derandomize=True)
@given(_POLICIES, _POLICIES)
def test_on_a_page_the_tightened_policy_hides_what_either_hides(old: Policy, new: Policy) -> None:
    """MASK-11, element by element; and what an agent sees of a field is what the stricter shows."""
    page = Browser(bank_site()).page
    ours, theirs, both = (CompiledPolicy(one).on(page) for one in (old, new, tighten(old, new)))

    for one in page.elements():
        assert both.blocks(one) == (ours.blocks(one) or theirs.blocks(one))
        assert both.keeps_secret(one) == (ours.keeps_secret(one) or theirs.keeps_secret(one))
        assert both.masks(one) == (ours.masks(one) or theirs.masks(one))
        assert both.disables(one) == (ours.disables(one) or theirs.disables(one))
        assert both.allows_submit(one) <= (ours.allows_submit(one) and theirs.allows_submit(one))
        if is_field(one):
            assert both.shows(one, "Bernese") in (ours.shows(one, "Bernese"), theirs.shows(one, "Bernese"))


# Acts


def judged(rule: PageRule, act: do.Act) -> Refusal | None:
    """Why the customer's end refuses an act on the loan application."""
    browser = Browser(bank_site())
    policy = CompiledPolicy(Policy(site=SITE, pages=(rule, PageRule(allow_submit=("#send",)))))
    named = browser.page.find(act.element)
    facts = Facts(joined=True, mode=Mode.WRITE)
    planned = browser.plan(act, named)
    return Gates().refuse(Moment(facts, policy, browser, "", policy.on(browser.page), act, named, planned))


MASKED = Refusal("MASK-7", Reason.MASKED)
NO_SUCH = Refusal("SECURE-4", Reason.NO_SUCH_ELEMENT)
DISABLED = Refusal("NAVIGATE-4", Reason.DISABLED)


@pytest.mark.parametrize(
    "rule, act, refusal",
    [
        (PageRule(), do.Type("city", value="Chur"), None),
        (PageRule(secret=("#city",)), do.Type("city", value="Chur"), MASKED),
        (PageRule(secret=("form",)), do.PressKey("city", key="x"), MASKED),
        (PageRule(secret=("#newsletter",)), do.Press("Send me the newsletter"), MASKED),
        (PageRule(secret=("#city",)), do.Press("clear"), None),
        (PageRule(block=("#city",)), do.Type("city", value="Chur"), NO_SUCH),
        (PageRule(block=("form",)), do.Press("rates-link"), None),
        (PageRule(block=("nav",)), do.Press("rates-link"), NO_SUCH),
        (PageRule(block=("html",)), do.Press("rates-link"), NO_SUCH),
        (PageRule(block=("#send",)), do.Press("send"), NO_SUCH),
        (PageRule(block=("#newsletter",)), do.Press("Send me the newsletter"), NO_SUCH),
        (PageRule(block=("#send",)), do.Press("send-label"), DISABLED),
        (PageRule(block=("#send",)), do.PressKey("city"), DISABLED),
    ],
)
def test_an_agent_changes_nothing_secret_and_nothing_blocked(
    rule: PageRule, act: do.Act, refusal: Refusal | None
) -> None:
    """MASK-7, by whatever means: the element itself, its label, a form's Enter; and what is blocked is not there."""
    assert refusal == judged(rule, act)


async def test_over_a_link_what_is_blocked_is_not_there_and_stays_as_it_was(open_story: OpenStory) -> None:
    """Behind a server that lets everything through: the bytes, the refusal, the field; and no frame for its typing."""
    async with open_story(bare=True, lets_all_through=True) as story:
        rules = b'{"site": ["https://bank.example"], "pages": [{"block": ["#city"], "secret": ["#ssn"]}]}'
        await story.reach_write_mode()
        await story.host.tell(Party.CUSTOMER, see.PolicyGiven(msgspec.Raw(rules)))
        await story.settle()
        assert (None, "****") == (story.agent.mirror.shows("city"), story.agent.mirror.shows("ssn"))
        frames = len(story.host.frames)
        await story.customer.perform(do.Type("city", value="Chur"))
        await story.settle()
        typed = [one for one in story.host.frames[frames:] if decode_frame(one).kind == CONTENT]
        city = str(story.customer.page.ref(story.customer.page.find("city")))
        await story.agent.perform(do.Type(city, value="Genf"))
        await story.agent.perform(do.Type("ssn", value="1"))
        await story.settle()

        assert [] == typed
        assert "Chur" == story.customer.page.value(story.customer.page.find("city"))
        assert [Reason.NO_SUCH_ELEMENT, Reason.MASKED] == [
            one.reason for one in story.seen("agent", see.Refused)
        ]


# Reading and why


@pytest.mark.parametrize("key", SELECTOR_KEYS)
@pytest.mark.parametrize(
    "selector", ["a:contains(x)", "[a!=b]", "input:focus", "a:visited", "p::before", "#1"]
)
def test_a_selector_that_browsers_read_otherwise_is_refused(key: str, selector: str) -> None:
    """Cssselect reads these, and a browser does not, or only now and then: the mask would not hold there."""
    with pytest.raises(PolicyError):
        CompiledPolicy(Policy(pages=(rule_of(key, selector),)))


def test_why_names_every_cause_the_strictest_first() -> None:
    """The rule, the selector as it is written, and the ancestor by which it holds."""
    page = Page("https://bank.example/apply", "<form><div><input id=f type=password></div></form>")
    rules = (
        PageRule(mask=("form",)),
        PageRule("/rates", block=("#f",)),
        PageRule("/a*", block=("div",), disable=("#f",)),
    )
    causes = why(CompiledPolicy(Policy(site=SITE, pages=rules)), page, element(page, "f"))

    assert [("block", "div"), ("secret", "input"), ("mask", "form"), ("disable", "input")] == [
        (cause.key, cause.at.tag) for cause in causes
    ]
    assert [(2, "block", "div"), "password", (0, "mask", "form"), (2, "disable", "#f")] == [
        cause.by for cause in causes
    ]

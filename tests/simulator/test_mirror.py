"""The mirror: the agent's view is the customer's page, masked, after whatever happens to it."""

import json

import lxml.html
import pytest
from cobrowse_simulator.acts import SetText
from cobrowse_simulator.browser import Browser, mirrored
from cobrowse_simulator.client import Facts
from cobrowse_simulator.gates import Gates, Moment
from cobrowse_simulator.mirror import MirrorView, changed, decode_events, encode_events, resized, snapshot
from cobrowse_simulator.page import Page, Viewport, is_field, kind
from cobrowse_simulator.restrictions import CompiledPolicy, Restrictions
from cobrowse_simulator.sites import bank_site
from cobrowse_spec import actions as do
from cobrowse_spec.policy import PageRule, Policy, PolicyError
from cobrowse_spec.terms import Mode, Party
from cobrowse_spec.wire.messages import WireError
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml.html import HtmlElement

SITE = ("https://bank.example",)
POLICY = CompiledPolicy(
    Policy(site=SITE, pages=(PageRule(mask=("#ssn", "#notes", "#details", "#contact-mail")),))
)
NOTHING = Restrictions()
VIEWPORT = Viewport(1024, 768)


def masked(element: HtmlElement, veil: Restrictions, text: str) -> str:
    """What an agent may read of a text (MASK-9), said once more, in other words than the mirror's."""
    if element.tag == "input" and (element.get("type") or "").lower() == "password":
        return "****" if text else ""
    return "".join("*" for _ in text) if veil.masks(element) else text


def readable(page: Page, veil: Restrictions) -> str:
    """All the text of the body's page that an agent may read, with single spaces."""
    parts: list[str] = []

    def walk(element: HtmlElement) -> None:
        if element.tag == "textarea" or not isinstance(element.tag, str):
            return
        parts.append(masked(element, veil, element.text or ""))
        for child in element:
            walk(child)
            parts.append(masked(element, veil, child.tail or ""))

    walk(page.root)
    return " ".join("".join(parts).split())


def drawn(page: Page, veil: Restrictions = NOTHING) -> MirrorView:
    """A view made from a snapshot that has been on the wire."""
    view = MirrorView()
    view.apply(decode_events(encode_events(snapshot(page, veil, VIEWPORT, 0))))
    return view


FIELDS = ["name", "city", "income", "notes", "ssn", "pin", "query", "email"]
ACTS = st.one_of(
    st.builds(do.Type, st.sampled_from(FIELDS), value=st.text(max_size=8)),
    st.builds(do.Press, st.sampled_from(["newsletter", "contact-mail", "contact-phone", "more", "clear", "name"])),
    st.builds(do.Press, st.sampled_from(["second-income", "no-second-income"])),
    st.builds(do.Type, st.just("employer"), value=st.text(max_size=8)),
    st.builds(do.Choose, st.just("term"), value=st.sampled_from(["12", "24", "36", "none"])),
    st.builds(do.PressKey, st.sampled_from([*FIELDS[:5], "term"]), key=st.sampled_from(["x", " ", "Backspace", "ArrowDown"])),
    st.builds(do.Scroll, x=st.integers(0, 500), y=st.integers(0, 5000)),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(acts=st.lists(ACTS, max_size=12))
def test_the_view_is_the_page_masked_after_any_acts(acts: list[do.Act]) -> None:
    """Text, fields, versions and scroll agree with the page, whether followed live or drawn anew."""
    browser = Browser(bank_site(), "https://bank.example/apply", VIEWPORT)
    page, view = browser.page, drawn(browser.page, POLICY.on(browser.page))
    for act in acts:
        changes = browser.carry_out(browser.plan(act, page.find(act.element)), Party.CUSTOMER)
        view.apply(decode_events(encode_events(changed(page, POLICY.on(page), mirrored(changes), 0))))
    veil = POLICY.on(page)

    for seen in (view, drawn(page, veil)):
        assert readable(page, veil) == seen.text()
        assert list(page.scroll) == list(seen.scroll)
        for element in filter(is_field, page.elements()):
            ref = str(page.ref(element))
            assert masked(element, veil, page.value(element)) == seen.values()[ref]
    for element in filter(is_field, page.elements()):
        assert page.version(element) == view.version(str(page.ref(element)))
        if not veil.masks(element) and kind(element) != "radio":
            assert page.shows(element) == view.shows(page.name_of(element))


@settings(max_examples=40, deadline=None)
@given(secret=st.text(st.characters(min_codepoint=0x41, max_codepoint=0x2FF), min_size=6, max_size=20))
def test_no_masked_text_is_in_the_bytes_that_leave(secret: str) -> None:
    """Canaries in every masked place are in neither snapshot nor changes (MASK-2, MASK-5, MASK-9)."""
    secret = f"canary{secret}"
    root = lxml.html.document_fromstring("<body><form></form></body>")
    form = next(root.iter("form"))
    div = form.makeelement("div", {"id": "veiled", "title": secret, "aria-label": secret, "data-x": secret})
    div.text = secret
    for tag, attributes in (
        ("input", {"name": "a", "value": secret, "placeholder": secret}),
        ("input", {"name": "p", "type": "password", "value": secret}),
        ("a", {"href": f"/{secret}", "title": secret}),
        ("img", {"alt": secret, "src": f"/{secret}.png"}),
    ):
        div.append(form.makeelement(tag, attributes))
    select = form.makeelement("select", {"name": "s"})
    option = form.makeelement("option", {"value": secret, "label": secret, "selected": ""})
    option.text = secret
    select.append(option)
    div.append(select)
    text = form.makeelement("textarea", {"name": "t"})
    text.text = secret
    div.append(text)
    div[0].tail = secret
    form.append(div)
    page = Page("https://bank.example/x?q=canary#canary", lxml.html.tostring(root, encoding="unicode"))
    veil = CompiledPolicy(Policy(site=SITE, pages=(PageRule(mask=("#veiled",)),))).on(page)
    field = page.find("a")
    assert field is not None
    page.set_value(field, secret + "!", Party.CUSTOMER)
    sent = encode_events(snapshot(page, veil, VIEWPORT, 0))
    sent += encode_events(changed(page, veil, [SetText(field, secret + "!")], 0))

    assert "canary" not in sent.decode()
    assert "canary" in encode_events(snapshot(page, NOTHING, VIEWPORT, 0)).decode()


def test_what_runs_or_loads_is_not_mirrored() -> None:
    """Scripts, comments, handlers, styles, outside images and hidden values stay in the browser."""
    page = Page(
        "https://bank.example/",
        "<!doctype html><head><script>canary()</script><style>canary{}</style><link href=canary></head>"
        "<body onload=canary()><!-- canary --><p style='background:url(canary)' data-x=canary onclick=canary()>seen</p>"
        "<img src=canary><iframe src=canary></iframe><input type=hidden name=h value=canary>"
        "<datalist><option value=canary>canary</datalist>"
        "<a href='javascript:canary()'>link</a><a href='/x?canary#canary'>link</a><svg><a href=canary></a></svg></body>",
    )

    assert "canary" not in encode_events(snapshot(page, NOTHING, VIEWPORT, 0)).decode()
    assert drawn(page).text() == "seenlinklink"


def test_a_text_areas_text_is_its_value_and_nothing_else() -> None:
    """What the document put into it is not left behind when somebody types (leaks IN-08)."""
    page = Page("https://bank.example/", "<textarea name=a>old</textarea>")
    field = page.find("a")
    assert field is not None
    view = drawn(page)
    assert (view.shows("a"), view.text()) == ("old", "")
    page.set_value(field, "new", Party.CUSTOMER)

    assert "old" not in encode_events(snapshot(page, NOTHING, VIEWPORT, 0)).decode()


def test_passwords_show_four_asterisks_and_nothing_when_empty() -> None:
    """MASK-9, whatever the policy says (MASK-3)."""
    page = Page("https://bank.example/", "<input type=password name=a value=x><input type=PassWord name=b>")

    assert [drawn(page).shows(name) for name in ("a", "b")] == ["****", ""]


def test_events_have_rrwebs_shapes() -> None:
    """Numbers and names are rrweb's: a replayer reads type, data, timestamp, childNodes, isChecked."""
    page = Page("https://bank.example/x?secret", "<!doctype html><body><input name=a value=v></body>")
    meta, full = json.loads(encode_events(snapshot(page, NOTHING, VIEWPORT, 7)))
    field = page.find("a")
    assert field is not None
    change, size = (
        json.loads(encode_events(events))[0]
        for events in (changed(page, NOTHING, [SetText(field, "v")], 8), resized(VIEWPORT, 9))
    )
    body = full["data"]["node"]["childNodes"][-1]["childNodes"][-1]

    assert meta == {
        "type": 4,
        "data": {"href": "https://bank.example/x", "width": 1024, "height": 768},
        "timestamp": 7,
    }
    assert (
        full["type"],
        full["data"]["node"]["type"],
        full["data"]["node"]["id"],
        full["data"]["initialOffset"],
    ) == (2, 0, 1, {"left": 0, "top": 0})
    assert (body["type"], body["tagName"], body["attributes"]) == (2, "body", {})
    number = body["childNodes"][0]["id"]
    assert {
        "type": 3,
        "data": {"source": 5, "id": number, "text": "v", "isChecked": False},
        "timestamp": 8,
    } == change
    assert size == {"type": 3, "data": {"source": 4, "width": 1024, "height": 768}, "timestamp": 9}


def test_events_of_other_kinds_are_passed_over_and_other_payloads_refused() -> None:
    """A real recorder sends kinds that a scripted agent has no use for; what is no array is an error."""
    assert (
        decode_events(
            b'[{"type": 1, "data": {}, "timestamp": 1}, {"type": 3, "data": {"source": 1}, "timestamp": 2}]'
        )
        == ()
    )
    for payload in (b"", b"{}", b"[1", b"\xff"):
        with pytest.raises(WireError) as error:
            decode_events(payload)
        assert "1" not in error.value.message


@pytest.mark.parametrize("selector", ["", "##", "svg|a", "p::before", "a:visited(", "p[", "$"])
def test_a_policy_with_a_selector_that_cannot_be_read_is_no_policy(selector: str) -> None:
    """MASK-11: refused as a whole."""
    with pytest.raises(PolicyError):
        CompiledPolicy(Policy(pages=(PageRule(mask=("#ok", selector)),)))


@settings(max_examples=60, deadline=None)
@given(before=st.lists(ACTS, max_size=6), act=st.sampled_from([
    do.Press("send"), do.Press("send-script"), do.Press("send-link"), do.PressKey("city"), do.PressKey("query"),
    do.Choose("send-select", value="branch"), do.Press("partner-link"), do.Submit("name"), do.Type("ssn", value="1"),
]))  # fmt: skip
def test_a_refused_act_leaves_the_page_equal(before: list[do.Act], act: do.Act) -> None:
    """SUBMIT-2, for any page that a customer has made: planning and judging touch nothing."""
    browser = Browser(bank_site(), "https://bank.example/apply", VIEWPORT)
    page = browser.page
    for one in before:
        browser.carry_out(browser.plan(one, page.find(one.element)), Party.CUSTOMER)

    def facts() -> tuple[object, ...]:
        fields = [(page.value(one), page.checked(one), page.version(one)) for one in page.elements()]
        drawing = encode_events(snapshot(page, NOTHING, VIEWPORT, 0))
        return fields, drawing, page.focus, page.scroll, browser.history, browser.place, browser.page is page

    was = facts()
    element = page.find(act.element)
    moment = Moment(
        Facts(joined=True, mode=Mode.WRITE),
        POLICY,
        browser,
        "",
        POLICY.on(page),
        act,
        element,
        browser.plan(act, element),
    )

    assert Gates().refuse(moment) is not None
    assert was == facts()


def test_what_happens_on_one_view_happens_on_no_other() -> None:
    """Views of the same page share its nodes until something happens to one of them."""
    payload = encode_events(snapshot(Browser(bank_site()).page, NOTHING, VIEWPORT, 0))
    browser, one, other = Browser(bank_site()), MirrorView(), MirrorView()
    one.apply(decode_events(payload))
    other.apply(decode_events(payload))
    before = other.text()
    for act in (do.Type("name", value="Ada"), do.Press("more")):
        changes = browser.carry_out(browser.plan(act, browser.page.find(act.element)), Party.CUSTOMER)
        one.apply(decode_events(encode_events(changed(browser.page, NOTHING, mirrored(changes), 0))))

    assert "Ada" == one.shows("name")
    assert "" == other.shows("name")
    assert "free of charge" in one.text()
    assert before == other.text()
    assert (2, 1) == tuple(view.version(view.ref("name") or "") for view in (one, other))


def test_a_button_is_called_by_what_it_holds_now() -> None:
    """An Input event for a button that is called by its value gives it another name."""
    page = Page("https://bank.example/", '<input type="button" value="Later"><input id="x" value="y">')
    view = drawn(page)
    number = view.ref("Later")
    assert number is not None
    event = f'[{{"type":3,"data":{{"source":5,"id":{number},"text":"Now","isChecked":false}},"timestamp":0}}]'
    view.apply(decode_events(event.encode()))

    assert (None, number) == (view.ref("Later"), view.ref("Now"))

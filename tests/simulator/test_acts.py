"""The page model: every means of submitting, and what the other acts do."""

import pytest
from cobrowse_simulator.acts import Plan, SubmitForm, Visit, plan, submitting_acts
from cobrowse_simulator.browser import Browser, Submission
from cobrowse_simulator.page import Page
from cobrowse_simulator.sites import Site, bank_site
from cobrowse_spec import actions as do
from cobrowse_spec.terms import Party

APPLY = bank_site().page("https://bank.example/apply")


def page_of(body: str) -> Page:
    """A page with this body."""
    return Page("https://bank.example/", f"<!doctype html><body>{body}</body>")


def planned(page: Page, act: do.Act, *, scripts: bool = True) -> Plan:
    """What an act on the element that it names would do."""
    return plan(page, act, page.find(act.element), scripts=scripts)


#: (act, whether it submits, whether that can be known without running the page's scripts)
ON_APPLY: list[tuple[do.Act, bool, bool]] = [
    (do.Press("send"), True, True),
    (do.Press("send-image"), True, True),
    (do.Press("send-default"), True, True),
    (do.Press("send-outside"), True, True),
    (do.Press("send-label"), True, True),
    (do.Press("send-icon"), True, True),
    (do.Press("send-input"), True, True),
    (do.Press("send-script"), True, False),
    (do.Press("send-span"), True, False),
    (do.Press("send-link"), True, False),
    (do.Choose("send-select", value="branch"), True, False),
    (do.PressKey("send-select", key="ArrowDown"), True, False),
    (do.PressKey("send", key="Enter"), True, True),
    (do.PressKey("send", key=" "), True, True),
    (do.PressKey("send-image", key="Enter"), True, True),
    (do.PressKey("send-outside", key=" "), True, True),
    (do.PressKey("send-script", key="Enter"), True, False),
    (do.PressKey("send-link", key="Enter"), True, False),
    (do.PressKey("name", key="Enter"), True, True),
    (do.PressKey("pin", key="Enter"), True, True),
    (do.PressKey("newsletter", key="Enter"), True, True),
    (do.PressKey("contact-mail", key="Enter"), True, True),
    (do.PressKey("query", key="Enter"), True, True),
    (do.Submit("name"), True, True),
    (do.Submit("query"), True, True),
    (do.Press("subscribe"), True, True),
    (do.Press("more"), False, False),
    (do.Press("clear"), False, False),
    (do.Press("name"), False, False),
    (do.Press("newsletter"), False, False),
    (do.Press("home-link"), False, False),
    (do.PressKey("newsletter", key=" "), False, False),
    (do.PressKey("name", key=" "), False, False),
    (do.PressKey("name", key="a"), False, False),
    (do.PressKey("notes", key="Enter"), False, False),
    (do.PressKey("term", key="Enter"), False, False),
    (do.PressKey("home-link", key=" "), False, False),
    (do.Type("name", value="Kim"), False, False),
    (do.Choose("term", value="24"), False, False),
]


@pytest.mark.parametrize(
    "act, submits, foreseen",
    ON_APPLY,
    ids=lambda case: f"{type(case).__name__}-{case.element}" if isinstance(case, do.Act) else "",
)
def test_every_means_of_submitting_is_known(act: do.Act, submits: bool, foreseen: bool) -> None:
    """On the loan application each act submits, or does not, as in a browser (leaks FS-01 to FS-14)."""
    page = Page("https://bank.example/apply", APPLY)

    assert (submits, foreseen) == (planned(page, act).submits, planned(page, act, scripts=False).submits)


#: (body, act, whether it submits)
IMPLICIT: list[tuple[str, do.Act, bool]] = [
    ("<form><input name=a></form>", do.PressKey("a"), True),
    ("<form><input name=a><input name=b></form>", do.PressKey("a"), False),
    ("<form><input name=a><input type=checkbox name=b></form>", do.PressKey("a"), True),
    ("<form><input name=a><input name=b><button style='display:none'>x</button></form>", do.PressKey("a"), True),
    ("<form><input name=a><input name=b><button hidden>x</button></form>", do.PressKey("a"), True),
    ("<form><input name=a><button disabled>x</button></form>", do.PressKey("a"), False),
    ("<form><input name=a><fieldset disabled><button>x</button></fieldset></form>", do.PressKey("a"), False),
    ("<form><input name=a><button disabled>x</button><button>y</button></form>", do.PressKey("a"), False),
    ("<form><input name=a><button type=button>x</button><input name=b></form>", do.PressKey("a"), False),
    ("<form id=f></form><input name=a form=f>", do.PressKey("a"), True),
    ("<form id=f><input name=a><input name=b></form><button form=f>x</button>", do.PressKey("a"), True),
    ("<form id=f><input name=a form=none></form>", do.PressKey("a"), False),
    ("<form><input name=a type=range></form>", do.PressKey("a"), True),
    ("<form><input name=a type=NUMBER></form>", do.PressKey("a"), True),
    ("<form><input name=a disabled></form>", do.PressKey("a"), False),
    ("<input name=a>", do.PressKey("a"), False),
    ("<form><button id=b type=unknown>x</button></form>", do.Press("b"), True),
    ("<form><button id=b type=reset>x</button></form>", do.Press("b"), False),
    ("<form><button id=b disabled>x</button></form>", do.Press("b"), False),
    ("<form><label id=l><button>x</button> Send</label></form>", do.Press("l"), True),
    ("<form><button type=submit><b><i id=deep>x</i></b></button></form>", do.Press("deep"), True),
    ("<form onchange='this.submit()'><select name=s><option>1<option>2</select></form>", do.Choose("s", value="2"), True),
    ("<form><input name=a oninput='this.form.requestSubmit()'></form>", do.Type("a", value="x"), True),
    ("<form id=f></form><div id=d onclick=\"document.forms.f.submit()\">x</div>", do.Press("d"), True),
    ("<form id=f></form><details><summary id=d onkeydown=\"document.querySelector('#f').requestSubmit()\">x</summary></details>", do.PressKey("d"), True),
    ("<form id=f></form><a id=l href=' java\nscript:document.getElementById(\"f\").submit()'>x</a>", do.Press("l"), True),
]  # fmt: skip


@pytest.mark.parametrize("body, act, submits", IMPLICIT)
def test_forms_submit_as_the_html_standard_says(body: str, act: do.Act, submits: bool) -> None:
    """Implicit submission, form owners, default types and tiny scripts, in forms made for the purpose."""
    assert submits == planned(page_of(body), act).submits


def test_a_default_button_that_is_hidden_is_what_enter_presses() -> None:
    """Enter sets off the first submit button in the form's order, shown or not."""
    page = page_of("<form><input name=a><button id=one hidden>1</button><button id=two>2</button></form>")

    found = planned(page, do.PressKey("a"))

    assert page.by_id("one") in found.activated
    assert [SubmitForm(next(page.root.iter("form")), page.by_id("one"))] == [
        effect for effect in found.effects if isinstance(effect, SubmitForm)
    ]


def test_scripts_can_navigate() -> None:
    """A handler that sets the location leads there."""
    page = page_of("<button type=button id=b onclick=\"location.href = '/rates'\">x</button>")

    assert Visit("https://bank.example/rates") in planned(page, do.Press("b")).effects


def test_planning_touches_nothing() -> None:
    """A plan is made of what would happen; the page stays as it was."""
    page = Page("https://bank.example/apply", APPLY)
    newsletter, name = page.find("newsletter"), page.find("name")
    assert newsletter is not None
    assert name is not None

    planned(page, do.Press("newsletter"))
    planned(page, do.Type("name", value="Kim"))

    assert (
        page.checked(newsletter),
        page.shows(name),
        page.focus,
    ) == (False, "", None)


def test_elements_say_what_submits_by_itself_and_not_what_a_script_would_do() -> None:
    """`submits` lists the acts that submit without any script."""
    page = Page("https://bank.example/apply", APPLY)
    names = (
        "send",
        "send-label",
        "name",
        "newsletter",
        "notes",
        "send-script",
        "send-span",
        "send-link",
        "more",
    )
    found = {name: page.find(name) for name in names}

    assert {
        name: submitting_acts(page, element) for name, element in found.items() if element is not None
    } == {
        "send": ("press", "Enter", "Space"),
        "send-label": ("press",),
        "name": ("Enter",),
        "newsletter": ("Enter",),
        "notes": (),
        "send-script": (),
        "send-span": (),
        "send-link": (),
        "more": (),
    }


def test_elements_are_found_by_name_id_label_and_the_text_on_them() -> None:
    """A story may call an element whatever a person would."""
    page = Page("https://bank.example/apply", APPLY)
    for called in ("Full name", "Send me the newsletter", "More", "Rates", "Send"):
        assert page.find(called) is not None, called

    assert [
        page.name_of(element)
        for called in ("Full name", "Send me the newsletter", "More", "Rates", "Send")
        if (element := page.find(called)) is not None
    ] == ["name", "newsletter", "more", "rates-link", "send-input"]
    assert page.find("nothing of the kind") is None


@pytest.fixture
def browser() -> Browser:
    """A browser on the loan application."""
    return Browser(bank_site(), "https://bank.example/apply")


def use(browser: Browser, act: do.Act, by: Party = Party.CUSTOMER) -> list[tuple[str, str]]:
    """Carry an act out; what changed, and where."""
    changes = browser.carry_out(browser.plan(act, browser.page.find(act.element)), by)
    return [(change.what, change.name) for change in changes if change.what != "focus"]


def test_a_submitted_form_leads_to_the_answer_and_is_on_record(browser: Browser) -> None:
    """Submitting a POST form opens the site's answer, which a reload would submit again."""
    changes = use(browser, do.Press("send"))

    assert changes == [("submit", "application"), ("page", "/thanks")]
    assert [Submission("application", Party.CUSTOMER)] == browser.submitted
    assert (browser.page.title, browser.page.post) == ("Thank you", True)


def test_a_reload_of_an_answer_submits_again(browser: Browser) -> None:
    """Which is why agents may not (NAVIGATE-6); a page that nobody posted is just loaded."""
    use(browser, do.Press("send"))
    use(browser, do.Refresh())
    use(browser, do.GoBack())
    use(browser, do.Refresh())

    assert len(browser.submitted) == 2


def test_a_script_puts_fields_on_the_page_and_takes_them_away(browser: Browser) -> None:
    """What is in a template is no part of the page before; what has gone is none after."""
    page = browser.page
    before = page.find("employer")
    come = use(browser, do.Press("second-income"))
    field = page.find("employer")
    assert field is not None
    ref = str(page.ref(field))
    form = page.form_of(field)
    use(browser, do.Type("employer", value="The mill"))
    again = use(browser, do.Press("second-income"))
    later = page.find("employer")
    assert later is not None
    gone = use(browser, do.Press("no-second-income"))

    assert (None, None, None) == (before, page.find("employer"), page.by_ref(ref))
    assert [("content", "more-fields")] == come == again == gone
    assert form is page.by_id("application")
    assert (True, "") == (ref != str(page.ref(later)), page.value(later))
    assert [] == use(browser, do.Press("no-second-income"))


def test_what_a_script_does_after_it_has_left_the_page_concerns_no_page() -> None:
    """The first effect that opens another page is the last."""
    html = "<form id=f></form><button type=button id=b onclick=\"location='/b'; document.forms.f.submit()\">x</button>"
    browser = Browser(Site("https://x.example/a", {"https://x.example/a": html}))

    assert use(browser, do.Press("b")) == [("page", "/b")]
    assert browser.submitted == []


def test_a_get_form_carries_its_fields_in_the_address(browser: Browser) -> None:
    """A search leads to an address with the fields; reloading it submits nothing."""
    use(browser, do.Type("query", value="low rates"))
    use(browser, do.PressKey("query"))

    assert (browser.page.url, browser.page.post) == ("https://bank.example/rates?query=low+rates", False)
    assert browser.page.address == "https://bank.example/rates"


def test_history_goes_back_and_forward_and_ends(browser: Browser) -> None:
    """Back and forward go through the pages that were open; beyond the ends nothing happens."""
    use(browser, do.Press("rates-link"))
    use(browser, do.OpenUrl(url="/profile"))

    assert use(browser, do.GoBack()) == [("page", "/rates")]
    assert use(browser, do.GoForward()) == [("page", "/profile")]
    assert use(browser, do.GoForward()) == []
    assert browser.history == (
        "https://bank.example/apply",
        "https://bank.example/rates",
        "https://bank.example/profile",
    )


def test_a_page_of_another_site_is_blank_and_nameless(browser: Browser) -> None:
    """What is on another site is nobody's business (SITE-3)."""
    assert use(browser, do.Press("partner-link")) == [("page", "")]
    assert browser.page.root.text_content().strip() == ""


def test_radio_buttons_exclude_each_other_and_reset_restores(browser: Browser) -> None:
    """One button of a group is on; a reset brings back what the document said."""
    page = browser.page
    mail = page.find("contact")
    assert mail is not None
    use(browser, do.Choose("contact", value="mail"))
    use(browser, do.Choose("contact", value="phone"))
    use(browser, do.Type("city", value="Basel"))

    assert (page.shows(mail), page.checked(mail)) == ("phone", False)
    use(browser, do.Press("clear"))
    city = page.find("city")
    assert city is not None
    assert (page.shows(mail), page.shows(city)) == ("", "Bern")


def test_fields_that_the_page_itself_disabled_change_for_nobody() -> None:
    """Disabled and read-only fields take nothing in."""
    page = page_of(
        "<input name=a readonly><input name=b disabled><fieldset disabled><select name=c><option>1<option>2</select></fieldset>"
    )

    acts = (do.Type("a", value="x"), do.Type("b", value="x"), do.Choose("c", value="2"))

    assert [planned(page, act).changes for act in acts] == [(), (), ()]


def did(browser: Browser, act: do.Act) -> None:
    """The customer does this on the page that is open."""
    browser.carry_out(browser.plan(act, browser.page.find(act.element)), Party.CUSTOMER)


def held(browser: Browser) -> str:
    """What the field for the name holds."""
    name = browser.page.find("name")
    assert name is not None
    return browser.page.value(name)


@pytest.mark.parametrize("changing", ["more", "second-income"])
def test_what_a_script_changes_it_changes_for_nobody_else(changing: str) -> None:
    """Customers who have the same page open share its document until a script of one of them changes it."""
    one, other = Browser(bank_site()), Browser(bank_site())
    shared = other.page.document
    assert one.page.document is shared
    did(one, do.Type("name", value="Ada"))
    did(one, do.Press(changing))

    assert "Ada" == held(one)
    assert "" == held(other)
    assert one.page.is_shared is False
    assert other.page.document is shared
    assert Browser(bank_site()).page.document is shared
    assert other.page.root.text_content() != one.page.root.text_content()

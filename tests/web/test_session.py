"""The whole life of a session in real browsers, a chapter a test: what both people see and do, by hand."""

from cobrowse_simulator.browsers.parties import AgentInBrowser, CustomerInBrowser
from selenium.webdriver.common.keys import Keys

from tests.web.conftest import Demo, Together


def test_a_session_starts_from_the_chat(customer: CustomerInBrowser, agent: AgentInBrowser) -> None:
    """The agent's workspace joins by itself, and both know (START-3, JOIN-2, JOIN-3)."""
    customer.visit("/apply")
    customer.chat()
    session_id = customer.start()
    agent.sees("#state", "Pointer Mode")
    customer.sees("notice", "“Ada” has joined")
    customer.sees("chat-log", f"{{start:{session_id}}}")
    agent.sees("#chat", "The customer started co-browsing")
    agent.sees_text("Apply for a loan")


def test_a_session_starts_by_its_id(customer: CustomerInBrowser, agent: AgentInBrowser) -> None:
    """On a call the customer reads nine digits out, and the agent enters them (START-2, JOIN-1, JOIN-7)."""
    customer.visit("/rates")
    session_id = customer.start()
    agent.join(f"{session_id[:3]} {session_id[3:6]}-{session_id[6:]}")
    agent.sees_text("Rates and fees")
    customer.sees("state", "Pointer Mode")

    assert 9 == len(session_id)


def test_the_agent_sees_the_page_as_it_is(together: Together) -> None:
    """In its actual size, and what changes follows (POINTER-1, VIEW-1, VIEW-3, VIEW-4)."""
    customer, agent = together("/apply")
    size = customer.browser.script("return [innerWidth, innerHeight]")
    customer.type("#name", "Kim Meier")
    at = customer.middle("#name")
    agent.sees_value(at, "Kim Meier")
    with agent.mirror():
        assert size == agent.browser.script("return [innerWidth, innerHeight]")
    customer.middle("#reason")
    scrolled = customer.browser.script("return scrollY")
    with agent.mirror():
        agent.browser.sees(lambda: scrolled == agent.browser.script("return scrollY"), "the scroll position")


def test_both_see_each_other_point(together: Together) -> None:
    """And the agent's click as a red circle on both screens, while nothing on the page is clicked (POINTER-2 to POINTER-4)."""
    customer, agent = together("/rates")
    at = customer.middle("#to-apply")
    customer.browser.mouse(at, press=False)
    agent.browser.sees(lambda: _in_view(agent, "#customer-pointer"), "the customer's pointer")
    agent.point(at)
    customer.part("agent-pointer")
    agent.click(at)
    customer.part("circle")
    agent.browser.sees(lambda: _in_view(agent, ".circle"), "the red circle")
    customer.click("#to-apply")
    agent.sees_text("Apply for a loan")

    assert customer.browser.driver.current_url.endswith("/apply")


def _in_view(agent: AgentInBrowser, selector: str) -> bool:
    """Whether something shows over the mirror."""
    with agent.browser.frame("#view"):
        return any(element.is_displayed() for element in agent.browser.all(selector))


def test_the_customer_is_asked_and_says_no(together: Together, demo: Demo) -> None:
    """The agent is told, stays in Pointer Mode, and cannot ask again at once (WRITE-2, WRITE-3, WRITE-9)."""
    with demo.policy(cool_down_s=600):
        customer, agent = together()
        agent.ask()
        customer.sees("question", "“Ada” asks to type and click on this page.")
        customer.press("deny")
        agent.sees("#notice", "The customer denied your request")
        agent.sees("#state", "Pointer Mode")
        customer.sees("state", "Pointer Mode")
        agent.press("#pencil")
        agent.sees("#notice", "The customer has just been asked.")
        asked_again = customer.shows("question")

    assert not asked_again


def test_the_customer_is_asked_and_says_yes(together: Together) -> None:
    """Then, and only then, both may use the page; the pencil becomes a pointer (WRITE-1, WRITE-4, WRITE-6)."""
    customer, agent = together()
    at = customer.middle("#name")
    agent.type(at, "not yet")
    agent.ask()
    customer.press("approve")
    agent.sees("#to-pointer", "Back to Pointer Mode")
    customer.sees("state", "Write Mode")
    pencil = agent.is_shown("#pencil")
    agent.type(at, "Kim")
    customer.browser.sees(lambda: customer.value("#name") == "Kim", "what the agent typed")
    customer.type("#name", " Meier")
    agent.sees_value(at, "Kim Meier")
    agent.press("#to-pointer")
    agent.sees("#pencil", "Ask for Write Mode")
    customer.sees("state", "Pointer Mode")

    assert not pencil


def test_both_type_and_nothing_is_lost(together: Together) -> None:
    """In fields of their own at the same time, and in one field one after the other (WRITE-4, WRITE-14)."""
    customer, agent = together(writing=True)
    email, name = customer.middle("#email"), customer.middle("#name")
    customer.browser.mouse(name)
    agent.click(email)
    for mine, theirs in zip("Kim Meier", "kim@a.org", strict=True):
        customer.browser.keys(mine)
        agent.browser.keys(theirs)
    customer.browser.sees(lambda: customer.value("#email") == "kim@a.org", "what the agent typed")
    agent.sees_value(name, "Kim Meier")
    agent.sees_value(email, "kim@a.org")

    assert "Kim Meier" == customer.value("#name")


def test_the_agent_leads_within_the_site(together: Together) -> None:
    """By link, address, back, forward and refresh, and Write Mode holds (NAVIGATE-1, NAVIGATE-7)."""
    customer, agent = together("/rates", writing=True)
    agent.click(customer.middle("#to-apply"))
    agent.sees_text("Apply for a loan")
    agent.press("#back")
    agent.sees_text("Rates and fees")
    agent.press("#forward")
    agent.sees_text("Apply for a loan")
    customer.type("#name", "gone after a refresh")
    agent.press("#refresh")
    customer.browser.sees(lambda: customer.value("#name") == "", "the page anew")
    agent.sees("#state", "Write Mode")
    _open(agent, customer.site + "/accounts")
    agent.sees_text("Three of them.")
    customer.sees("state", "Write Mode")
    agent.sees("#state", "Write Mode")


def test_the_agent_cannot_lead_off_the_site_or_where_it_is_denied(together: Together, demo: Demo) -> None:
    """By address or link; the same ways work within the site (NAVIGATE-2 to NAVIGATE-5)."""
    customer, agent = together("/rates", writing=True)
    _open(agent, demo.elsewhere)
    agent.sees("#notice", "That address is not on the company's site.")
    agent.click(customer.middle("#to-elsewhere"))
    agent.sees("#notice", "That address is not on the company's site.")
    _open(agent, customer.site + "/transfer/new")
    agent.sees("#notice", "Your administrators do not let agents open that address.")
    _open(agent, customer.site + "/")
    agent.sees_text("Money matters")
    agent.click(customer.middle("#transfer"))
    agent.sees("#notice", "This element is disabled for agents")
    assert customer.site + "/" == customer.browser.driver.current_url
    customer.click("#transfer")
    agent.sees_text("Agents cannot lead you here")


def test_the_agent_cannot_submit_and_the_customer_can(together: Together, demo: Demo) -> None:
    """Not by the button, not by Enter; but the one button that administrators allow (SUBMIT-1 to SUBMIT-4)."""
    customer, agent = together("/services", writing=True)
    before = len(demo.submitted())
    agent.click(customer.middle("#branch-go"))
    agent.sees("#notice", "Only the customer can submit this form.")
    agent.click(customer.middle("#newsletter-email"))
    agent.browser.keys(Keys.ENTER)
    agent.click(customer.middle("#quote-button"))
    agent.sees_text("We have received “quote”")
    by_agent = [one["form"] for one in demo.submitted()[before:]]
    customer.visit("/services")
    customer.click("#newsletter-email")
    customer.browser.keys(Keys.ENTER)
    agent.sees_text("We have received “newsletter”")
    by_both = [one["form"] for one in demo.submitted()[before:]]

    assert ["quote"] == by_agent
    assert ["quote", "newsletter"] == by_both


#: Every way of submitting on the page of services, by the control that an agent clicks, and the key that it presses.
WAYS = {
    "#newsletter-email": Keys.ENTER,  # one field, no button
    "#branch-q": Keys.ENTER,
    "#limit": Keys.ENTER,
    "#limit-range": Keys.ENTER,
    "#limit-from": Keys.ENTER,
    "#limit-go": "",
    "#cheques-go": "",  # an image
    "#block-icon": "",  # in a button
    "#callback-label": "",  # of a button
    "#statement-go": "",  # by form=
    "#pin-note": Keys.ENTER,  # its button does not show
    "#alerts-go": "",  # by form.submit(), which fires no event
    "#gift-go": "",  # by requestSubmit()
    "#safe-go": "",
    "#receipt-go": "",  # by a javascript: link
    "#instant-go": "",  # no form: the policy has it disabled
    "#window-go": "",  # into a window of its own
}


def test_no_way_of_submitting_works_for_the_agent(together: Together, demo: Demo) -> None:
    """What reaches the bank decides, not what the page says (SUBMIT-1); and the page stays as it was (SUBMIT-2)."""
    customer, agent = together("/services", writing=True)
    before = len(demo.submitted())
    for selector, key in WAYS.items():
        agent.click(customer.middle(selector))
        if key:
            agent.browser.keys(key)
    agent.type(customer.middle("#gold-name"), "!")  # acts are carried out in order: this one is the fence
    customer.browser.sees(lambda: customer.value("#gold-name") == "K MEIER!", "the last act")

    assert [] == demo.submitted()[before:]
    assert customer.site + "/services" == customer.browser.driver.current_url
    assert 1 == len(customer.browser.driver.window_handles)


def test_every_way_of_submitting_works_for_the_customer(together: Together, demo: Demo) -> None:
    """In Write Mode as if alone (SUBMIT-3)."""
    customer, _ = together("/services", writing=True)
    before = len(demo.submitted())
    for number, (selector, key) in enumerate(WAYS.items(), before + 1):
        customer.visit("/services")
        customer.press("chat-close")  # it lies over a third of the page
        customer.click(selector)
        if key:
            customer.browser.keys(key)
        customer.browser.sees(lambda number=number: len(demo.submitted()) == number, f"{selector} to submit")  # type: ignore[misc]


def test_masked_things_are_asterisks(together: Together) -> None:
    """On the agent's screen, and in every byte that leaves the customer's browser (MASK-1 to MASK-4, MASK-9)."""
    customer, agent = together("/profile")
    agent.sees_value(customer.middle("#card-number"), "****")
    agent.sees_value(customer.middle("#phone"), "********")
    customer.type("#phone", "99")
    agent.sees_value(customer.middle("#phone"), "**********")
    customer.type("#password", "-staple")
    customer.click("#reveal")
    agent.sees_value(customer.middle("#password"), "****")
    sent = b"\n".join(customer.browser.sent())

    assert b"Kim Meier" in sent
    for secret in (
        b"4111 1111",  # four digits alone are among the numbers of any long conversation
        b"41111111",
        b"555 0142",
        b"555 014299",
        b"correct horse",
        b"staple",
        b"078-05-1120",
        b"Rossi",
    ):
        assert secret not in sent


def test_masked_fields_are_the_customer_s_alone(together: Together) -> None:
    """The agent cannot change them, and is told who can (MASK-7); the customer is told that they are (MASK-8)."""
    customer, agent = together("/profile", writing=True)
    at = customer.middle("#card-code")
    agent.type(at, "1")
    agent.sees("#notice", "This field is masked: only the customer can change it.")
    customer.type("#card-code", "9")
    customer.sees("hint", "The agent cannot read this field.")

    assert "7379" == customer.value("#card-code")


def test_a_page_masked_whole_is_an_empty_box(together: Together) -> None:
    """No text of it, no title, no address of what is in it (MASK-4, MASK-5)."""
    customer, agent = together("/rates")
    customer.browser.sent()
    customer.visit("/messages")
    agent.browser.sees(lambda: "Rates and fees" not in agent.text(), "another page")
    customer.visit("/accounts")
    agent.sees_text("Three of them.")
    sent = [data for data in customer.browser.sent() if b"HTTP" not in data]

    assert not [data for data in sent if b"mortgage" in data or b"Wren" in data or b"divorce" in data]


def test_leaving_the_site_suspends_and_coming_back_resumes(together: Together, demo: Demo) -> None:
    """The agent's view is blank and says why; then the same session goes on in Pointer Mode (SITE-1 to SITE-3)."""
    customer, agent = together("/rates", writing=True)
    customer.click("#to-elsewhere")
    agent.sees("#cover", "The customer has left the company's site.")
    blank = agent.text()
    assert customer.browser.driver.current_url.startswith(demo.elsewhere)
    customer.browser.find("#back").click()
    customer.sees("state", "Pointer Mode")
    agent.sees_text("Rates and fees")
    agent.sees("#state", "Pointer Mode")

    assert "" == blank


def test_a_page_from_the_history_goes_on_too(together: Together) -> None:
    """The browser may have kept it as it was: it proves itself again before it shows anything (SITE-2)."""
    customer, agent = together("/rates")
    customer.click("#to-elsewhere")
    agent.sees("#cover", "The customer has left the company's site.")
    customer.browser.driver.back()
    customer.sees("state", "Pointer Mode")
    agent.sees_text("Rates and fees")


def test_the_customer_takes_write_mode_back(together: Together) -> None:
    """At any moment, with nobody's approval; from then on nothing that the agent does has an effect (WRITE-11, WRITE-12)."""
    customer, agent = together(writing=True)
    at = customer.middle("#name")
    agent.type(at, "K")
    customer.browser.sees(lambda: customer.value("#name") == "K", "the agent's letter")
    customer.press("pointer")
    customer.sees("state", "Pointer Mode")
    agent.sees("#state", "Pointer Mode")
    agent.type(at, "im")
    agent.ask()
    customer.sees("question", "asks")

    assert "K" == customer.value("#name")


def test_the_customer_exits(together: Together) -> None:
    """The agent's view is gone, and says why; neither can come back (STOP-1, STOP-2, JOIN-9)."""
    customer, agent = together()
    session_id = customer.session_id() if customer.shows("session-id") else ""
    customer.press("exit")
    agent.sees("#cover", "The customer has exited the session.")
    customer.sees("notice", "Co-browsing has ended.")
    gone = agent.text()
    agent.press("#cover-action")
    agent.join(session_id or "123456789")
    agent.sees("#join-problem", "There is no session with this ID to join.")

    assert "" == gone


def test_the_agent_exits(together: Together) -> None:
    """The customer is told, and nothing more leaves the page (STOP-1, STOP-3)."""
    customer, agent = together()
    agent.press("#exit")
    customer.sees("notice", "The agent has ended co-browsing.")
    customer.browser.sent()
    customer.type("#name", "Nobody sees this")
    customer.part("start")

    assert not [data for data in customer.browser.sent() if b"Nobody" in data]


def test_ending_the_chat_ends_the_session(together: Together, demo: Demo) -> None:
    """For both, with the same reason (STOP-4, STOP-6)."""
    customer, agent = together()
    demo.end_chat(demo.newest_chat())
    agent.sees("#cover", "The chat or call is over, and the session with it.")
    customer.sees("notice", "Co-browsing has ended with the chat or call.")


def _open(agent: AgentInBrowser, address: str) -> None:
    """Type an address into the workspace's address bar and press Enter."""
    field = agent.browser.find("#url")
    field.clear()
    field.send_keys(address, Keys.ENTER)

"""The agent's workspace in a real browser, with a scripted customer at a real server: a session's life, as agents see it."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any

import pytest
from cobrowse_simulator.browsers.chromium import Chromium
from cobrowse_simulator.browsers.parties import AgentInBrowser
from cobrowse_spec import actions as do
from cobrowse_spec import observations as see
from cobrowse_spec.terms import InteractionKind, Mode, Party
from selenium.webdriver.common.keys import Keys

from tests.web.conftest import AGENT_WINDOW, started
from tests.web.desk import POLICY, Desk, open_desk

OpenDesk = Callable[..., AbstractAsyncContextManager[Desk]]


@pytest.fixture(scope="module")
def server() -> Iterator[dict[str, str]]:
    """A reference server, as its ready line has it."""
    with started("serve", "--port", "0", "--journal", "memory") as (_, ready):
        yield ready


@pytest.fixture
def desks(server: dict[str, str], agents_browser: Chromium) -> Iterator[OpenDesk]:
    """A function that opens a desk, for an ``async with`` block; its browser remembers nothing."""
    agents_browser.fresh()
    agents_browser.driver.set_window_size(*AGENT_WINDOW)
    agents_browser.driver.get_log("browser")  # type: ignore[no-untyped-call] # what other tests' pages have left there
    yield partial(open_desk, AgentInBrowser(agents_browser, server["url"]), server["controller_key"])
    console: list[dict[str, Any]] = agents_browser.driver.get_log("browser")  # type: ignore[no-untyped-call]
    assert [] == [line["message"] for line in console if line["level"] == "SEVERE"]


@pytest.fixture
async def desk(desks: OpenDesk) -> AsyncIterator[Desk]:
    """A customer on a call, and an agent signed in."""
    async with desks() as desk:
        yield desk


# Coming in


async def test_nobody_gets_in_without_a_credential(desk: Desk) -> None:
    """A credential that is not valid is refused in words, and nothing of it stays in the page (SECURE-1)."""
    agent = desk.agent
    await desk.by_hand(agent.press, "#sign-out")
    await desk.by_hand(lambda: agent.browser.enter("#credential", "wrong"))
    await desk.by_hand(agent.press, "#sign-in")
    await desk.sees("#entry-problem", "This credential is not valid.")
    kept = "return [JSON.stringify({...sessionStorage, ...localStorage}), document.querySelector('#credential').value]"

    assert ["{}", ""] == await desk.by_hand(agent.browser.script, kept)


async def test_the_agent_joins_by_the_session_id(desk: Desk) -> None:
    """Entered as it is read out, with spaces and hyphens; the page shows at its real size (JOIN-1, JOIN-7, VIEW-1)."""
    session_id = await desk.start()
    spoken = f" {session_id[:3]} {session_id[3:6]}-{session_id[6:]}"
    await desk.by_hand(desk.agent.join, spoken)
    await desk.sees_page("Apply for a loan")
    await desk.sees("#size", "1280 × 720")

    joined = await desk.customer_sees(see.Joined)
    assert see.Joined("Ada", Mode.POINTER) == joined
    assert [True, False] == await desk.shown("#pencil", "#to-pointer")


async def test_the_agents_workspace_joins_a_chat_by_itself(desks: OpenDesk) -> None:
    """When the customer of the agent's chat starts, the workspace is there, with the chat (START-3)."""
    async with desks(kind=InteractionKind.CHAT) as desk:
        await desk.centre.say(desk.interaction, Party.CUSTOMER, "Can you <b>help</b>?")
        await desk.sees("#chat", "Can you <b>help</b>?")
        await desk.start()
        await desk.sees_page("Apply for a loan")
        await desk.sees("#notice", "The customer started a co-browse session in the chat")
        await desk.sees("#chat", "The customer started co-browsing")


async def test_a_wrong_id_is_refused_in_words_and_then_throttled_with_a_countdown(desk: Desk) -> None:
    """There is one refusal for every wrong ID; after some of them a time to wait (JOIN-6, JOIN-8)."""
    await desk.by_hand(desk.agent.join, "12345")
    await desk.sees("#join-problem", "A session ID has nine digits.")
    for _ in range(5):
        await desk.by_hand(desk.agent.join, "999999999")
        await desk.sees("#join-problem", "There is no session with this ID")
    await desk.by_hand(desk.agent.join, "999999999")
    await desk.sees("#join-problem", "Try again in")

    assert not await desk.by_hand(lambda: desk.agent.browser.find("#join").is_enabled())


# Pointer Mode


async def test_both_see_each_others_hands(desk: Desk) -> None:
    """Pointers move on both sides, and the agent's click is a red circle on both (POINTER-3, POINTER-4)."""
    await desk.join()
    await desk.customer.perform(do.MovePointer(300, 200))
    await desk.click("intro")
    circle = await desk.customer_sees(see.Circle)
    pointer = await desk.customer_sees(see.PointerAt)
    agent = desk.agent

    def hands() -> tuple[Any, bool]:
        with agent.browser.frame("#view"):
            circles = "return document.querySelectorAll('.circle').length > 0"
            agent.browser.sees(lambda: bool(agent.browser.script(circles)), "a red circle")
            moved = "return document.querySelector('#customer-pointer').style.transform"
            return agent.browser.script(moved), agent.browser.find("#customer-pointer").is_displayed()

    assert ("translate(300px, 200px)", True) == await desk.by_hand(hands)
    assert isinstance(circle, see.Circle)
    assert see.PointerAt(circle.x, circle.y) == pointer


async def test_pointer_mode_changes_nothing(desk: Desk) -> None:
    """In Pointer Mode clicking and typing on the page send no act at all (POINTER-2)."""
    await desk.join()
    await desk.click("city")
    await desk.keys("Graz")
    await desk.customer_sees(see.Circle)
    await desk.customer.perform(do.Fence("after"))
    await desk.customer_sees(see.FencePassed)

    assert "Bern" == desk.shows("city")
    assert [False] * 5 == await desk.shown("#back", "#forward", "#refresh", "#url", "#to-pointer")


# Write Mode


async def test_a_request_can_be_withdrawn(desk: Desk) -> None:
    """While the customer is asked the pencil is a button to withdraw, with the time that is left (WRITE-2, WRITE-8)."""
    await desk.join()
    await desk.by_hand(desk.agent.ask)
    await desk.sees("#countdown", "The request expires in")
    await desk.by_hand(desk.agent.press, "#withdraw")
    await desk.sees("#notice", "You have withdrawn your request.")

    assert [True, False] == await desk.shown("#pencil", "#withdraw")


async def test_a_denied_request_is_told_and_not_repeated_at_once(desk: Desk) -> None:
    """The agent is told the answer, and how long not to ask again (WRITE-3, WRITE-9)."""
    await desk.join()
    await desk.by_hand(desk.agent.ask)
    await desk.customer.perform(do.Deny())
    await desk.sees("#notice", "The customer denied your request.")
    await desk.by_hand(desk.agent.press, "#pencil")
    await desk.sees("#countdown", "Ask again in")

    assert not await desk.by_hand(lambda: desk.agent.browser.find("#pencil").is_enabled())


async def test_an_expired_request_is_told(desks: OpenDesk) -> None:
    """Nobody answers in time: the request has expired, and the pencil is back (WRITE-8)."""
    policy = POLICY.replace("[timers]", "[timers]\nrequest_s = 1.0")
    async with desks(policy=policy) as desk:
        await desk.join()
        await desk.by_hand(desk.agent.press, "#pencil")
        await desk.sees("#notice", "your request has expired")


async def test_what_the_agent_types_is_on_the_customers_page(desk: Desk) -> None:
    """Approved, the pencil is a pointer, and what is typed, chosen and ticked arrives (WRITE-4, WRITE-6, WRITE-14)."""
    await desk.write()
    await desk.click("city")
    await desk.keys(*[Keys.BACKSPACE] * 4, "Graz")
    await desk.until(lambda: desk.shows("city") == "Graz")
    await desk.click("newsletter")
    await desk.until(lambda: desk.shows("newsletter") == "on")
    await desk.click("term")
    await desk.keys("24")
    await desk.until(lambda: desk.shows("term") == "24")

    assert [False, True] == await desk.shown("#pencil", "#to-pointer")


async def test_both_type_into_one_field_and_see_the_same(desk: Desk) -> None:
    """The agent's field follows what the customer types, while it is open (WRITE-14)."""
    await desk.write()
    await desk.click("city")
    await desk.keys("!")
    await desk.until(lambda: desk.shows("city") == "Bern!")
    await desk.customer.perform(do.Type("city", value="Basel"))

    def editor() -> Any:
        with desk.agent.browser.frame("#view"):
            shown = "return document.querySelector('#editor').value"
            desk.agent.browser.sees(lambda: desk.agent.browser.script(shown) == "Basel", "Basel")
            return desk.agent.browser.script(shown)

    assert "Basel" == await desk.by_hand(editor)


async def test_blocked_acts_are_explained(desk: Desk) -> None:
    """A submit, a masked field: nothing happens, and the agent is told that only the customer can (SUBMIT-2, MASK-7)."""
    await desk.write()
    await desk.click("send")
    await desk.sees("#notice", "Only the customer can submit this form.")
    await desk.click("ssn")
    await desk.sees("#notice", "This field is masked: only the customer can change it.")
    await desk.click("query")
    await desk.keys(Keys.ENTER)
    await desk.sees("#notice", "Only the customer can submit this form.")

    assert [] == desk.customer.browser.submitted


async def test_the_agent_navigates(desk: Desk) -> None:
    """Address, back, forward and refresh: on the site, and with a history to go to (NAVIGATE-1, -2, -3, -6)."""
    await desk.write()
    agent = desk.agent

    def enter(address: str) -> None:
        field = agent.browser.find("#url")
        field.clear()
        field.send_keys(address, Keys.ENTER)

    def shows_the_page() -> bool:
        return str(agent.browser.script("return document.querySelector('#url').value")).endswith("/apply")

    await desk.by_hand(enter, "/rates")
    await desk.sees_page("Rates")
    await desk.by_hand(agent.press, "#back")
    await desk.sees_page("Apply for a loan")
    await desk.by_hand(agent.press, "#back")
    await desk.sees("#notice", "There is no page to go to.")
    await desk.by_hand(enter, "https://evil.test/")
    await desk.sees("#notice", "That address is not on the company's site.")
    await desk.by_hand(enter, "javascript:alert(1)")
    await desk.sees("#notice", "Only http and https addresses can be opened.")
    await desk.customer.perform(
        do.Refresh()
    )  # the page is shown anew: what was typed in vain does not stay over it
    await desk.by_hand(agent.browser.sees, shows_the_page, "the page's address")
    await desk.by_hand(agent.press, "#forward")
    await desk.sees_page("Rates")


async def test_there_is_no_pencil_where_write_mode_is_off(desks: OpenDesk) -> None:
    """Administrators switched Write Mode off: no icon to ask for it (WRITE-5)."""
    async with desks(policy=f"write_mode = false\n{POLICY}") as desk:
        await desk.join()

        assert [False, False, False] == await desk.shown("#pencil", "#withdraw", "#to-pointer")


async def test_either_side_can_return_to_pointer_mode(desk: Desk) -> None:
    """With nobody's approval; the pencil is back, the browser's controls are gone (WRITE-10, WRITE-11)."""
    await desk.write()
    await desk.by_hand(desk.agent.press, "#to-pointer")
    await desk.sees("#state", "Pointer Mode")
    await desk.by_hand(desk.agent.ask)
    await desk.customer.perform(do.Approve())
    await desk.sees("#state", "Write Mode")
    await desk.customer.perform(do.ReturnToPointer())
    await desk.sees("#notice", "Write Mode is over")

    assert [True, False, False] == await desk.shown("#pencil", "#to-pointer", "#url")


async def test_write_mode_for_one_field_only(desks: OpenDesk) -> None:
    """The agent points out a field to ask for; approved, it reaches no further, and that is shown (WRITE-15)."""
    async with desks(policy=f"scoped_grants = true\n{POLICY}") as desk:
        await desk.join()
        await desk.by_hand(desk.agent.press, "#scope")
        await desk.click("city")
        asked = await desk.customer_sees(see.Asked)
        await desk.customer.perform(do.Approve())
        await desk.sees("#state", "Write Mode, limited")
        await desk.click("city")
        await desk.keys("!")
        await desk.until(lambda: desk.shows("city") == "Bern!")
        await desk.click("income")
        await desk.keys("1")
        await desk.sees("#notice", "The customer's approval does not reach that far.")

        assert isinstance(asked, see.Asked)
        assert "" != asked.scope
        assert "" == desk.shows("income")


# Away, and over


async def test_a_curtain_hides_the_page(desks: OpenDesk) -> None:
    """Drawn, the agent sees nothing and is told why; open again, it is back in Pointer Mode (PAUSE-1)."""
    async with desks(policy=f"curtain = true\n{POLICY}") as desk:
        await desk.join()
        await desk.customer.perform(do.DrawCurtain())
        await desk.sees("#cover", "The customer has drawn a curtain before the page.")

        assert "" == await desk.by_hand(desk.agent.text)
        await desk.customer.perform(do.OpenCurtain())
        await desk.sees_page("Apply for a loan")


async def test_a_suspended_session_is_blank_with_its_reason(desk: Desk) -> None:
    """Off the site nothing of the page is left to see; on return it comes back in Pointer Mode (SITE-1, -2, -3)."""
    await desk.write()
    await desk.customer.perform(do.LeaveSite())
    await desk.sees("#cover", "The customer has left the company's site.")
    await desk.sees("#cover-time", "The session ends in")

    assert ["", False] == [
        await desk.by_hand(desk.agent.text),
        await desk.by_hand(desk.agent.is_shown, "#view"),
    ]
    assert 0 == await desk.by_hand(_mirrors, desk.agent)
    await desk.customer.perform(do.ReturnToSite())
    await desk.sees_page("Apply for a loan")
    await desk.sees("#state", "Pointer Mode")


def _mirrors(agent: AgentInBrowser) -> Any:
    with agent.browser.frame("#view"):
        return agent.browser.script("return document.querySelectorAll('#mirror iframe').length")


@pytest.mark.parametrize(
    "how, says",
    [
        ("customer", "The customer has exited the session."),
        ("agent", "You have exited the session."),
        ("chat", "The chat or call is over, and the session with it."),
    ],
)
async def test_the_end_is_told_and_the_page_is_gone(desk: Desk, how: str, says: str) -> None:
    """Whoever ends it, the view is blank and the reason shows; then there is room for the next (STOP-1 to STOP-4)."""
    await desk.join()
    if how == "customer":
        await desk.customer.perform(do.Exit())
    elif how == "agent":
        await desk.by_hand(desk.agent.press, "#exit")
    else:
        await desk.centre.end_interaction(desk.interaction)
    await desk.sees("#cover", says)
    await desk.until(lambda: desk.facts.ended)

    assert ["", 0] == [await desk.by_hand(desk.agent.text), await desk.by_hand(_mirrors, desk.agent)]
    await desk.by_hand(desk.agent.press, "#cover-action")
    await desk.sees("#lobby", "Join a customer")


async def test_inactivity_is_warned_of(desks: OpenDesk) -> None:
    """Before a session ends because nobody does anything, the agent sees how long is left (STOP-7)."""
    policy = POLICY.replace("[timers]", "[timers]\ninactivity_s = 600.0\nwarning_s = 599.0")
    async with desks(policy=policy) as desk:
        await desk.join()
        await desk.sees("#countdown", "Nobody is active: the session ends in")


async def test_a_reload_of_the_workspace_is_no_exit(desk: Desk) -> None:
    """Signed in again, the agent is back in the session, in Pointer Mode, and sees the page (RESUME-1, RESUME-2)."""
    await desk.write()
    agent = desk.agent

    def reload() -> None:
        agent.browser.driver.refresh()

    credential = desk.credential
    await desk.by_hand(reload)
    await desk.sees("#entry-text", "You are in a co-browse session. Sign in to go on with it.")
    await desk.customer_sees(see.Suspended)
    await desk.by_hand(lambda: agent.browser.enter("#credential", credential))
    await desk.by_hand(agent.press, "#sign-in")
    await desk.sees_page("Apply for a loan")
    await desk.sees("#state", "Pointer Mode")
    await desk.sees("#notice", "You are back in the session.")


async def test_a_hostile_page_shows_as_text_and_the_session_goes_on(desks: OpenDesk) -> None:
    """Over the wire: a mirror full of scripts runs nothing, and what is malformed is told (SECURE-5, RP-03)."""
    async with desks(recording=True) as desk:
        await desk.join()
        await desk.customer.perform(do.ShowPage("evil", "https://bank.example/<b>", ()))
        hostile = (
            b'[{"type":2,"data":{"node":{"type":0,"id":1,"childNodes":[{"type":2,"id":2,"tagName":"html","attributes":{},'
            b'"childNodes":[{"type":2,"id":3,"tagName":"body","attributes":{"onload":"top.hacked=1"},"childNodes":['
            b'{"type":2,"id":4,"tagName":"img","attributes":{"src":"x","onerror":"top.hacked=1"},"childNodes":[]},'
            b'{"type":2,"id":5,"tagName":"script","attributes":{},"childNodes":[{"type":3,"id":6,"textContent":"top.hacked=1"}]},'
            b'{"type":3,"id":7,"textContent":"<script>as text</script>"}]}]}]},"initialOffset":{"left":0,"top":0}},"timestamp":1},'
            b'{"type":3,"data":{"source":5}}]'
        )
        await desk.send_content(hostile)
        await desk.sees_page("<script>as text</script>")
        await desk.sees("#notice", "could not be shown safely")
        await desk.sees("#page-url", "https://bank.example/<b>")

        assert not await desk.by_hand(desk.agent.browser.script, "return 'hacked' in window")

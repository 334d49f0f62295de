"""The customer's end: each gate stops what its rule forbids, and opened lets exactly that through."""

from typing import Any

import msgspec
import pytest
import trio
import trio.testing
from cobrowse_simulator.browser import Browser
from cobrowse_simulator.client import Facts
from cobrowse_simulator.customer import Customer, Gates
from cobrowse_simulator.gates import LADDER, Moment
from cobrowse_simulator.mirror import encode_events, snapshot
from cobrowse_simulator.page import Page
from cobrowse_simulator.restrictions import CompiledPolicy, Restrictions
from cobrowse_simulator.sites import bank_site
from cobrowse_spec import actions as do
from cobrowse_spec import observations as see
from cobrowse_spec.observations import PageChanged
from cobrowse_spec.policy import PageRule, Policy, Timers
from cobrowse_spec.terms import EndReason, Mode, Party, Reason, SuspendReason
from msgspec.structs import replace
from trio.testing import MockClock

OpenStory = Any  # the fixture of conftest.py, which cannot be imported


def opened(*names: str) -> Gates:
    """Gates of which these always hold."""
    body = {name: (lambda self, *args: True) for name in names}
    gates: Gates = type("Opened", (Gates,), body)()
    return gates


def state_of(customer: Customer) -> tuple[object, ...]:
    """All that a blocked act must leave as it was: page, fields, focus, scroll, history, submissions."""
    bare = Restrictions()
    page = customer.page
    values = tuple((page.value(one), page.checked(one), page.version(one)) for one in page.elements())
    drawn = encode_events(snapshot(page, bare, customer.browser.viewport, 0))
    browser = customer.browser
    return drawn, values, page.focus, page.scroll, browser.history, browser.place, tuple(browser.submitted)


def changes_of(story: Any) -> list[tuple[str, str]]:
    """What the agent has changed on the customer's page."""
    seen = [event.saw for event in story.events if isinstance(event.saw, PageChanged)]
    return [(one.what, one.element) for one in seen if one.by is Party.AGENT]


#: (gate, act, rule, reason, what changes when the gate is open)
GUARDED: list[tuple[str, do.Act, str, Reason, list[tuple[str, str]]]] = [
    ("changes_nothing_masked", do.Type("ssn", value="1"), "MASK-7", Reason.MASKED, [("field", "ssn")]),
    ("changes_nothing_masked", do.Type("pin", value="1"), "MASK-7", Reason.MASKED, [("field", "pin")]),
    ("changes_nothing_masked", do.PressKey("ssn", key="1"), "MASK-7", Reason.MASKED, [("field", "ssn")]),
    ("uses_nothing_disabled", do.Press("terms-link"), "NAVIGATE-4", Reason.DISABLED, [("page", "/terms")]),
    ("uses_nothing_disabled", do.PressKey("terms-link"), "NAVIGATE-4", Reason.DISABLED, [("page", "/terms")]),
    ("stays_on_the_site", do.Press("partner-link"), "NAVIGATE-2", Reason.OFF_SITE, [("page", "")]),
    ("stays_on_the_site", do.OpenUrl(url="https://bank.example@evil.example/"), "NAVIGATE-2", Reason.OFF_SITE, [("page", "")]),
    ("would_not_resubmit", do.Refresh(), "NAVIGATE-6", Reason.WOULD_RESUBMIT, [("page", "/thanks")]),
    *[
        ("submits_only_what_is_allowed", act, "SUBMIT-1", Reason.SUBMIT_BLOCKED, [*before, ("submit", form), ("page", path)])
        for act, form, path, before in [
            (do.Press("send"), "application", "/thanks", []),
            (do.Press("send-image"), "application", "/thanks", []),
            (do.Press("send-default"), "application", "/thanks", []),
            (do.Press("send-outside"), "application", "/thanks", []),
            (do.Press("send-label"), "application", "/thanks", []),
            (do.Press("send-icon"), "application", "/thanks", []),
            (do.Press("send-input"), "application", "/thanks", []),
            (do.Press("send-script"), "application", "/thanks", []),
            (do.Press("send-span"), "application", "/thanks", []),
            (do.Press("send-link"), "application", "/thanks", []),
            (do.Choose("send-select", value="branch"), "application", "/thanks", [("choice", "send-select")]),
            (do.PressKey("name"), "application", "/thanks", []),
            (do.PressKey("send", key=" "), "application", "/thanks", []),
            (do.PressKey("query"), "search", "/rates", []),
            (do.PressKey("email"), "subscribe-form", "/thanks", []),
            (do.Submit("name"), "application", "/thanks", []),
        ]
    ],
]  # fmt: skip


async def in_write_mode(story: Any, act: do.Act) -> None:
    """Write Mode; for a reload, on a page that came from a POST."""
    await story.reach_write_mode()
    if isinstance(act, do.Refresh):
        await story.customer.perform(do.Press("subscribe"))
        await story.settle()


@pytest.mark.parametrize("gate, act, rule, reason, effect", GUARDED)
async def test_a_gate_stops_the_act_and_leaves_everything_as_it_was(
    open_story: OpenStory, *, gate: str, act: do.Act, rule: str, reason: Reason, effect: object
) -> None:
    """Behind a server that lets everything through, the customer's own end refuses and reports why."""
    async with open_story(bare=True, lets_all_through=True) as story:
        await in_write_mode(story, act)
        before = state_of(story.customer)

        await story.agent.perform(act)
        await story.settle()

        assert before == state_of(story.customer)
        assert changes_of(story) == []
        assert [(rule, reason)] == [(one.rule, one.reason) for one in story.seen("agent", see.Refused)]


@pytest.mark.parametrize("gate, act, rule, reason, effect", GUARDED)
async def test_the_same_act_goes_through_when_just_that_gate_is_open(
    open_story: OpenStory,
    *,
    gate: str,
    act: do.Act,
    rule: str,
    reason: Reason,
    effect: list[tuple[str, str]],
) -> None:
    """So each gate is seen to be the one that guards."""
    async with open_story(bare=True, lets_all_through=True, gates=opened(gate)) as story:
        await in_write_mode(story, act)

        await story.agent.perform(act)
        await story.settle()

        assert effect == changes_of(story)
        assert story.seen("agent", see.Refused) == []


async def test_a_submit_button_that_is_allowed_submits(open_story: OpenStory) -> None:
    """The permitted twin of the blocked submits (SUBMIT-4): neither end refuses."""
    async with open_story() as story:
        await story.reach_write_mode()
        await story.agent.perform(do.Press("subscribe"))
        await story.settle()

        assert changes_of(story) == [("submit", "subscribe-form"), ("page", "/thanks")]


async def test_a_javascript_address_needs_two_open_gates(open_story: OpenStory) -> None:
    """NAVIGATE-3 and NAVIGATE-2 both keep it out; with one open the other still does."""
    act = do.OpenUrl(url="javascript:alert(1)")
    reasons = []
    for gates in (Gates(), opened("opens_only_web_addresses")):
        async with open_story(bare=True, lets_all_through=True, gates=gates) as story:
            await story.reach_write_mode()
            await story.agent.perform(act)
            await story.settle()
            reasons += [one.reason for one in story.seen("agent", see.Refused)]
    async with open_story(
        bare=True, lets_all_through=True, gates=opened("opens_only_web_addresses", "stays_on_the_site")
    ) as story:
        await story.reach_write_mode()
        await story.agent.perform(act)
        await story.settle()

        assert changes_of(story) == [("page", "")]
    assert reasons == [Reason.BAD_SCHEME, Reason.OFF_SITE]


async def test_back_with_no_history_is_refused(open_story: OpenStory) -> None:
    """NAVIGATE-6: there is nowhere to go, and the agent is told so; open, it would be told that it went."""
    for gates, refused in ((Gates(), 1), (opened("has_history"), 0)):
        async with open_story(bare=True, gates=gates) as story:
            await story.reach_write_mode()
            await story.agent.perform(do.GoBack())
            await story.settle()

            assert refused == len(story.seen("agent", see.Refused))
            assert 1 - refused == len(story.seen("agent", see.ActApplied))


async def test_history_does_not_lead_an_agent_off_the_site(open_story: OpenStory) -> None:
    """NAVIGATE-2 holds for back and forward: the customer came from another site."""
    async with open_story(bare=True) as story:
        await story.customer.perform(do.OpenUrl(url="https://partner.example/"))
        await story.customer.perform(do.OpenUrl(url="https://bank.example/apply"))
        await story.reach_write_mode()
        await story.agent.perform(do.GoBack())
        await story.settle()

        assert [one.reason for one in story.seen("agent", see.Refused)] == [Reason.OFF_SITE]
        assert changes_of(story) == []


TYPED = do.Type("city", value="Basel")


async def deliver(story: Any, act: do.Act) -> None:
    """An act reaches the customer's end, whatever the server should have done."""
    filled = story.agent._filled(act)
    await story.host.tell(Party.CUSTOMER, see.Acted(99, filled))
    await story.settle()


@pytest.mark.parametrize("gate, lets", [("", []), ("is_in_write_mode", [("field", "city")])])
async def test_in_pointer_mode_no_act_changes_the_page(
    open_story: OpenStory, gate: str, lets: list[tuple[str, str]]
) -> None:
    """POINTER-2, at the customer's end."""
    async with open_story(bare=True, gates=opened(gate)) as story:
        await story.reach_pointer_mode()
        await deliver(story, TYPED)

        assert lets == changes_of(story)


@pytest.mark.parametrize("gate, lets", [("", []), ("is_of_this_stretch", [("field", "city")])])
async def test_an_act_of_an_earlier_stretch_of_write_mode_has_no_effect(
    open_story: OpenStory, gate: str, lets: list[tuple[str, str]]
) -> None:
    """WRITE-12: it was in flight while Write Mode ended and began again."""
    async with open_story(bare=True, gates=opened(gate)) as story:
        await story.reach_write_mode()
        old = story.agent._filled(TYPED)
        await story.customer.perform(do.ReturnToPointer())
        await story.settle()
        await story.agent.perform(do.Request())
        await story.settle()
        await story.customer.perform(do.Approve())
        await story.settle()
        assert story.customer.state.mode is Mode.WRITE
        await deliver(story, old)

        assert lets == changes_of(story)


@pytest.mark.parametrize("gate, lets", [("", []), ("is_on_the_current_page", [("field", "city")])])
async def test_an_act_on_a_page_that_is_gone_has_no_effect(
    open_story: OpenStory, gate: str, lets: list[tuple[str, str]]
) -> None:
    """SECURE-4: the agent named the page before the last reload."""
    async with open_story(bare=True, gates=opened(gate)) as story:
        await story.reach_write_mode()
        old = story.agent._filled(TYPED)
        await story.customer.perform(do.Refresh())
        await story.settle()
        await deliver(story, old)

        assert lets == changes_of(story)


async def test_an_act_on_no_element_is_refused(open_story: OpenStory) -> None:
    """SECURE-4: a reference that the page has not is no such element; open, nothing happens but a report."""
    for gates, reasons in ((Gates(), [Reason.NO_SUCH_ELEMENT]), (opened("names_a_live_element"), [])):
        async with open_story(bare=True, lets_all_through=True, gates=gates) as story:
            await story.reach_write_mode()
            await story.agent.perform(do.Press("no such thing"))
            await story.settle()

            assert reasons == [one.reason for one in story.seen("agent", see.Refused)]


@pytest.mark.parametrize(
    "seen, gate, also",
    [
        (see.Ended(EndReason.CONTROLLER_STOP), "the_session_goes_on", "is_in_write_mode"),
        (see.Suspended(SuspendReason.LINK_LOST), "the_session_is_not_suspended", "is_in_write_mode"),
    ],
)
async def test_after_the_end_and_while_suspended_no_act_changes_the_page(
    open_story: OpenStory, seen: see.LinkObservation, gate: str, also: str
) -> None:
    """STOP-5, SITE-6: nothing in flight arrives; each gate guards even where the other is open."""
    for names, lets in (((), []), ((also,), []), ((gate,), []), ((gate, also), [("field", "city")])):
        async with open_story(bare=True, gates=opened(*names)) as story:
            await story.reach_write_mode()
            act = story.agent._filled(TYPED)
            await story.host.tell(Party.CUSTOMER, seen)
            await deliver(story, act)

            assert lets == changes_of(story), names
            assert [one for one in story.host.messages if isinstance(one, do.Report)] == []


async def test_behind_the_curtain_no_act_changes_the_page(open_story: OpenStory) -> None:
    """PAUSE-1: from the moment at which it is drawn, whether the server has heard of it or not."""
    for names, lets in (((), []), (("the_curtain_is_open",), [("field", "city")])):
        async with open_story(bare=True, lets_all_through=True, gates=opened(*names)) as story:
            await story.reach_write_mode()
            act = story.agent._filled(TYPED)
            with story.customer._turn:  # it sees nothing meanwhile
                await story.customer._perform(do.DrawCurtain())
                assert not story.customer.state.suspended
                story.customer.state = replace(story.customer.state, suspended=False)
                await story.customer._meet_act(see.Acted(9, act))

            assert lets == changes_of(story), names


@pytest.mark.parametrize("scope", ["city", "application"])
@pytest.mark.parametrize(
    "act, effect",
    [
        (do.Type("query", value="rates"), [("field", "query")]),
        (do.Press("rates-link"), [("page", "/rates")]),
        (do.Scroll(x=0, y=100), [("scroll", "")]),
        (do.OpenUrl(url="https://bank.example/rates"), [("page", "/rates")]),
    ],
)
async def test_a_limited_approval_lets_nothing_else_be_touched(
    open_story: OpenStory, scope: str, act: do.Act, effect: list[tuple[str, str]]
) -> None:
    """WRITE-15: a form, or a field, and neither the rest of the page nor another page."""
    for gates, lets in ((Gates(), []), (opened("is_within_the_limit"), effect)):
        async with open_story(bare=True, lets_all_through=True, gates=gates) as story:
            await approve(story, do.Approve(scope=scope))
            await story.agent.perform(do.Type("city", value="Graz"))
            await story.agent.perform(act)
            await story.settle()

            assert [("field", "city"), *lets] == changes_of(story)


async def approve(story: Any, approval: do.Approve) -> None:
    """The customer gives a smaller yes."""
    await story.reach_pointer_mode()
    await story.agent.perform(do.Request())
    await story.settle()
    await story.customer.perform(approval)
    await story.settle()
    assert story.customer.state.mode is Mode.WRITE


async def test_what_is_allowed_for_a_time_is_over_with_it_at_the_customers_end(
    open_story: OpenStory, autojump_clock: MockClock
) -> None:
    """WRITE-15: by the customer's own clock, even where the server says nothing."""
    for gates, lets in ((Gates(), []), (opened("is_in_time"), [("field", "city")])):
        async with open_story(bare=True, lets_all_through=True, gates=gates) as story:
            await approve(story, do.Approve(timed=True))
            autojump_clock.jump(Timers().approval_s)
            await story.agent.perform(do.Type("city", value="Graz"))
            await story.settle()

            assert lets == changes_of(story)


async def test_no_act_changes_the_page_before_an_agent_has_joined(open_story: OpenStory) -> None:
    """START-5: even if a server invents one."""
    for names, lets in (
        ((), 0),
        (("is_in_write_mode",), 0),
        (("the_agent_has_joined", "is_in_write_mode"), 1),
    ):
        async with open_story(bare=True, gates=opened(*names)) as story:
            await story.customer.perform(do.Start())
            await trio.testing.wait_all_tasks_blocked()
            await story.host.tell(Party.CUSTOMER, see.Acted(9, do.Scroll(x=0, y=10)))
            await trio.testing.wait_all_tasks_blocked()

            assert lets == len(changes_of(story))


async def test_the_customer_wins_a_tie(open_story: OpenStory) -> None:
    """WRITE-14: an edit made without having seen the customer's is refused, and both show the customer's."""
    for gates, shown in ((Gates(), "Bern-Köniz"), (opened("saw_the_customers_last_edit"), "Basel")):
        async with open_story(gates=gates) as story:
            await story.reach_write_mode()
            before = story.agent._filled(TYPED)
            await story.customer.perform(do.Type("city", value="Bern-Köniz"))
            await story.settle()
            await deliver(story, before)

            assert [shown, shown] == [party.look("city").value for party in (story.customer, story.agent)]


async def test_after_a_lost_tie_the_agent_can_edit_again(open_story: OpenStory) -> None:
    """Having seen the customer's value, the agent's next edit is as good as any; both count alike."""
    async with open_story() as story:
        await story.reach_write_mode()
        before = story.agent._filled(TYPED)
        await story.customer.perform(do.Type("city", value="Chur"))
        await story.settle()
        await deliver(story, before)
        city = story.customer.page.find("city")
        assert story.customer.page.version(city) == story.agent.mirror.version(story.agent.mirror.ref("city"))
        await story.agent.perform(do.Type("city", value="Genf"))
        await story.settle()

        assert [party.look("city").value for party in (story.customer, story.agent)] == ["Genf", "Genf"]
        assert [one.reason for one in story.seen("agent", see.Refused)] == [Reason.OUTDATED]


async def test_versions_begin_anew_with_every_snapshot(open_story: OpenStory) -> None:
    """A page that is shown again starts at version 1 at both ends, and the agent can edit at once."""
    async with open_story() as story:
        await story.reach_write_mode()
        for act in (do.Type("city", value="Chur"), do.Press("rates-link"), do.GoBack()):
            await story.customer.perform(act)
        await story.settle()
        assert story.agent.mirror.version(story.agent.mirror.ref("city")) == 1
        await story.agent.perform(do.Type("city", value="Genf"))
        await story.settle()

        assert story.customer.look("city").value == "Genf"


async def test_a_masked_field_cannot_be_guessed(open_story: OpenStory) -> None:
    """MASK-7: typing what is in it already changes nothing, and is refused all the same."""
    async with open_story(bare=True, lets_all_through=True) as story:
        await story.reach_write_mode()
        held = story.customer.page.shows(story.customer.page.find("ssn"))
        await story.agent.perform(do.Type("ssn", value=held))
        await story.settle()

        assert [one.reason for one in story.seen("agent", see.Refused)] == [Reason.MASKED]


def judged(rule: PageRule, act: do.Act, gates: Gates) -> Reason | None:
    """Why the gates refuse an act on the loan application under one page rule."""
    browser = Browser(bank_site())
    policy = CompiledPolicy(Policy(site=("https://bank.example",), pages=(rule,)))
    element = browser.page.find(act.element)
    facts = Facts(joined=True, mode=Mode.WRITE)
    planned = browser.plan(act, element)
    refusal = gates.refuse(Moment(facts, policy, browser, "", policy.on(browser.page), act, element, planned))
    return None if refusal is None else refusal.reason


@pytest.mark.parametrize(
    "disabled, act",
    [
        ("#send", do.PressKey("name")),
        ("#send", do.Press("send-label")),
        ("#send", do.Press("send-icon")),
        ("#newsletter", do.Press("Send me the newsletter")),
        ("#contact-phone", do.Choose("contact", value="phone")),
        ("nav", do.Press("rates-link")),
    ],
)
def test_a_disabled_element_is_inert_by_every_means(disabled: str, act: do.Act) -> None:
    """NAVIGATE-4: by its label, by what is in it, by a form's Enter, by its group, by what it stands in."""
    gates = opened("submits_only_what_is_allowed")

    assert [judged(rule, act, gates) for rule in (PageRule(), PageRule(disable=(disabled,)))] == [
        None,
        Reason.DISABLED,
    ]


@pytest.mark.parametrize(
    "act, reason",
    [
        (do.Press("send"), None),
        (do.Press("send-icon"), None),
        (do.Press("send-label"), None),
        (do.PressKey("send", key=" "), None),
        (do.PressKey("name"), Reason.SUBMIT_BLOCKED),
        (do.Press("send-script"), Reason.SUBMIT_BLOCKED),
        (do.Press("send-default"), Reason.SUBMIT_BLOCKED),
    ],
)
def test_an_allowed_button_submits_and_nothing_else_does(act: do.Act, reason: Reason | None) -> None:
    """SUBMIT-4: the button, what is in it and its label; other means to the same form stay blocked."""
    assert reason == judged(PageRule(allow_submit=("#send",)), act, Gates())


# What leaves


async def frames_after(story: Any, seen: see.LinkObservation | None) -> int:
    """How many frames leave when the customer types and moves the pointer after having seen this."""
    if seen is not None:
        await story.host.tell(Party.CUSTOMER, seen)
        await trio.testing.wait_all_tasks_blocked()
    before = len(story.host.frames)
    await story.customer.perform(do.Type("name", value="Kim"))
    await story.customer.perform(do.MovePointer(1, 2))
    await trio.testing.wait_all_tasks_blocked()
    return len(story.host.frames) - before


@pytest.mark.parametrize(
    "seen, gate",
    [
        (see.Suspended(SuspendReason.LINK_LOST), "is_not_suspended"),
        (see.Ended(EndReason.AGENT_EXIT), "has_not_ended"),
    ],
)
async def test_nothing_leaves_while_suspended_or_after_the_end(
    open_story: OpenStory, seen: see.LinkObservation, gate: str
) -> None:
    """SITE-1, STOP-3; and while the session is active the same acts do send."""
    found = []
    for gates, now in ((Gates(), None), (Gates(), seen), (opened(gate), seen)):
        async with open_story(gates=gates) as story:
            await story.reach_pointer_mode()
            found.append(await frames_after(story, now))

    assert found == [2, 0, 2]


async def test_nothing_leaves_from_behind_the_curtain(open_story: OpenStory) -> None:
    """PAUSE-1: not even before the server has heard of it; and that the customer has left, says its end still."""
    for gates, frames in ((Gates(), 0), (opened("is_not_behind_the_curtain", "is_not_suspended"), 2)):
        async with open_story(gates=gates) as story:
            await story.reach_pointer_mode()
            await story.customer.perform(do.DrawCurtain())
            assert frames == await frames_after(story, None)
            before = len(story.host.messages)
            await story.customer.perform(do.Press("partner-link"))
            await trio.testing.wait_all_tasks_blocked()

            assert [do.LeaveSite] == [type(one) for one in story.host.messages[before:]]


async def test_nothing_leaves_before_an_agent_has_joined(open_story: OpenStory) -> None:
    """START-5: neither content nor pointer nor page, until the agent is there."""
    found = []
    for gates in (Gates(), opened("an_agent_has_joined")):
        async with open_story(gates=gates) as story:
            await story.customer.perform(do.Start())
            await trio.testing.wait_all_tasks_blocked()
            found.append(await frames_after(story, None))
            await story.customer.perform(do.Press("rates-link"))
            await trio.testing.wait_all_tasks_blocked()
            shown = [one for one in story.host.messages if isinstance(one, do.ShowPage)]
            found.append(len(shown))

    assert found == [0, 0, 2, 1]


async def test_nothing_leaves_without_a_policy_that_can_be_read(open_story: OpenStory) -> None:
    """MASK-11: a selector that cannot be read makes the policy unusable, and nothing is shown."""
    for gates, frames in ((Gates(), 0), (opened("knows_the_policy", "is_on_the_site"), 2)):
        async with open_story(gates=gates) as story:
            await story.reach_pointer_mode()
            broken = msgspec.Raw(b'{"site": ["https://bank.example"], "pages": [{"mask": ["#ssn["]}]}')
            await story.host.tell(Party.CUSTOMER, see.PolicyGiven(broken))
            await trio.testing.wait_all_tasks_blocked()

            assert frames == await frames_after(story, None)


async def test_a_page_of_another_site_does_not_leave_nor_does_its_address(open_story: OpenStory) -> None:
    """SITE-1, SITE-3: the server is told that the customer left, and not where to."""
    for gates, said in ((Gates(), [do.LeaveSite]), (opened("is_on_the_site"), [do.ShowPage])):
        async with open_story(gates=gates) as story:
            await story.reach_pointer_mode()
            before = len(story.host.messages)
            await story.customer.perform(do.Press("partner-link"))
            await trio.testing.wait_all_tasks_blocked()

            assert said == [type(one) for one in story.host.messages[before:]]


async def test_a_tightened_policy_holds_at_once(open_story: OpenStory) -> None:
    """MASK-11: the page is shown anew, masked as the new policy says."""
    async with open_story() as story:
        await story.reach_pointer_mode()
        assert story.agent.look("city").value == "Bern"
        tighter = b'{"site": ["https://bank.example"], "pages": [{"path": "/app*", "mask": ["#city"]}]}'
        await story.host.tell(Party.CUSTOMER, see.PolicyGiven(msgspec.Raw(tighter)))
        await story.settle()

        assert story.agent.look("city").value == "****"


def test_every_step_of_the_ladder_is_a_gate_whose_docstring_names_its_rule() -> None:
    """The table of refusals and the methods that it calls say the same."""
    for name, rule, _ in LADDER:
        assert rule in (getattr(Gates, name).__doc__ or ""), name


def test_a_policys_path_patterns_are_matched_whole() -> None:
    """`*` stands for anything, everything else for itself."""
    policy = CompiledPolicy(Policy(pages=(PageRule("/a.b/*", mask=("p",)),)))
    found = []
    for path in ("/a.b/", "/a.b/c/d", "/axb/c", "/x/a.b/c"):
        page = Page(f"https://bank.example{path}", "<p id=p>x</p>")
        element = page.by_id("p")
        assert element is not None
        found.append(policy.on(page).masks(element))

    assert found == [True, True, False, False]

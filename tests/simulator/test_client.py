"""Scripted parties in memory: order, fences, what they fill in, what they record and what they keep to themselves."""

import json
from typing import Any

import pytest
import trio
import trio.testing
from cobrowse_simulator.agent import Agent, BareAgent, NotPossible
from cobrowse_simulator.client import Client, Facts
from cobrowse_simulator.customer import Customer, RecordingCustomer
from cobrowse_simulator.links import LinkClosed, memory_links
from cobrowse_simulator.page import Viewport
from cobrowse_spec import actions as do
from cobrowse_spec import observations as see
from cobrowse_spec.actions import Element
from cobrowse_spec.observations import FieldShows, PageChanged
from cobrowse_spec.terms import EndReason, Mode, Party, Reason, SuspendReason
from cobrowse_spec.trace import Header, Recorder
from cobrowse_spec.wire.frames import CONTENT, POINTER, decode_frame, encode_frame
from cobrowse_spec.wire.messages import MAX_ERRORS_PER_LINK, ToParty, encode

OpenStory = Any  # the fixture of conftest.py, which cannot be imported


def recorder() -> Recorder:
    """A recorder on trio's clock, without secrets of its own."""
    return Recorder(Header(), trio.current_time, key=b"k" * 16)


async def test_everything_before_a_fence_has_taken_effect_when_the_fence_is_seen(
    open_story: OpenStory,
) -> None:
    """A burst of acts, then a fence: at both ends the fence is recorded after every effect."""
    async with open_story() as story:
        await story.reach_write_mode()
        for number in range(20):
            await story.agent.perform(do.Type("city", value=f"City {number}"))
        await story.agent.perform(do.Press("rates-link"))
        await story.agent.perform(do.Fence("end"))
        await trio.testing.wait_all_tasks_blocked()

        at = next(e.seq for e in story.events if e.who == "customer" and e.saw == see.FencePassed("end"))
        changes = [e.seq for e in story.events if isinstance(e.saw, PageChanged) and e.saw.by is Party.AGENT]
        reports = [e.seq for e in story.events if isinstance(e.did, do.Report)]
        assert 21 == len(changes) == len(reports)
        assert max(changes + reports) < at
        last_act = max(e.seq for e in story.events if e.who == "agent" and isinstance(e.did, do.Act))
        assert at > last_act


async def test_what_a_party_had_missed_is_history_and_nothing_that_holds_now(open_story: OpenStory) -> None:
    """RESUME-2: it is recorded, and neither believed nor acted upon; what goes on afterwards is."""
    async with open_story() as story:
        await story.reach_pointer_mode()
        before = len(story.host.messages)
        told: list[tuple[see.LinkObservation, int]] = [
            (see.Suspended(SuspendReason.LINK_LOST), 10),
            (see.Restored("suspended", Mode.POINTER, "Ada"), 12),
            (see.Joined("Ada", Mode.POINTER), 5),
            (see.InMode(Mode.WRITE), 8),
            (see.Suspended(SuspendReason.LINK_LOST), 12),
        ]
        for seen, n in told:
            await story.host.links[Party.CUSTOMER].send(encode(ToParty(seen, n)))
        await trio.testing.wait_all_tasks_blocked()
        held_back = story.host.messages[before:], story.customer.state.mode, story.customer.state.suspended
        await story.host.links[Party.CUSTOMER].send(encode(ToParty(see.Resumed(Mode.POINTER), 12)))
        await trio.testing.wait_all_tasks_blocked()

        assert ([], Mode.POINTER, True) == held_back
        assert [do.ShowPage] == [type(one) for one in story.host.messages[before:]]
        assert len(story.seen("customer", see.Joined)) == 2


async def test_a_party_that_comes_back_says_which_notice_it_had_last(open_story: OpenStory) -> None:
    """RESUME-2: the highest number of this session; another session counts anew."""
    async with open_story() as story:
        await story.reach_pointer_mode()
        for number in (3, 7, 0):
            seen = see.InMode(Mode.POINTER)
            await story.host.links[Party.CUSTOMER].send(encode(ToParty(seen, 20, notice=number)))
        await trio.testing.wait_all_tasks_blocked()
        first = story.customer._filled(do.Resume())
        await story.host.links[Party.CUSTOMER].send(encode(ToParty(see.Started("987654321"), 1, notice=1)))
        await trio.testing.wait_all_tasks_blocked()

        assert [7, 1] == [first.after, story.customer._filled(do.Resume()).after]


async def test_a_reaction_is_complete_before_the_next_message_is_looked_at(open_story: OpenStory) -> None:
    """Acted, PageChanged, Mirror and Report of one act stand together, whatever else was waiting."""
    async with open_story() as story:
        await story.reach_write_mode()
        for value in ("1", "2", "3"):
            await story.agent.perform(do.Type("income", value=value))
        await story.settle()

        kinds = [type(e.saw or e.did).__name__ for e in story.events if e.who == "customer"]
        at = kinds.index("Acted")
        assert kinds[at : at + 12] == ["Acted", "PageChanged", "Mirror", "Report"] * 3


async def test_numbers_answers_and_places_are_recorded(open_story: OpenStory) -> None:
    """`re` is the number that perform() returned; `n` and the session's alias come along."""
    async with open_story() as story:
        await story.reach_pointer_mode()
        number = await story.agent.perform(do.Request())
        await story.settle()

        did = next(e for e in story.events if isinstance(e.did, do.Request))
        saw = next(e for e in story.events if e.who == "agent" and isinstance(e.saw, see.Asked))
        assert (number, number, story.host.session.epoch) == (did.re, saw.re, story.agent.epoch)
        assert saw.n > 0


async def test_what_the_story_leaves_empty_is_filled_in() -> None:
    """Session ID, token, request: from what the party has seen or been told."""
    end, other = memory_links()
    agent = BareAgent(end, recorder(), "agent")
    agent.told(session_id="123456789", token="secret-token")
    agent.state = Facts(session_id="123456789", token="secret-token", request="r7")
    for action in (do.Join(), do.Resume(), do.Withdraw(), do.Withdraw("r1"), do.Join("987 654 321")):
        await agent.perform(action)

    sent = [json.loads(await other.receive())["do"] for _ in range(5)]
    assert [one.get("session_id") or one.get("token") or one.get("request") for one in sent] == [
        "123456789",
        "secret-token",
        "r7",
        "r1",
        "987 654 321",
    ]


async def test_no_credential_and_no_token_is_in_the_record() -> None:
    """SECURE-6: they go over the wire, and nowhere else."""
    end, other = memory_links()
    record = recorder()
    customer = Customer(end, record, "customer")
    customer.told(token="canary-1", interaction="canary-2")
    agent = Agent(end, record, "agent")
    await customer.perform(do.Start())
    await customer.perform(do.Resume())
    await agent.perform(do.SignIn("canary-3"))
    sent = [await other.receive() for _ in range(3)]

    assert [text[text.index("canary") :][:8] for text in sent if isinstance(text, str)] == [
        "canary-2",
        "canary-1",
        "canary-3",
    ]
    assert "canary" not in repr(record.events)


async def test_a_message_that_is_no_message_is_kept_as_a_fault_and_the_rest_goes_on(
    autojump_clock: object,
) -> None:
    """Nothing that a server sends stops a party, but too many faults close the link, as the protocol says."""
    end, server = memory_links()
    client = Agent(end, recorder(), "agent")
    with trio.fail_after(1):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(client.run)
            await server.send("not json")
            await server.send(b"")
            await server.send(encode_frame(CONTENT, 0, b"{}"))
            await server.send(encode(ToParty(see.Welcome("Ada"))))
            await trio.testing.wait_all_tasks_blocked()
            assert (len(client.faults), client.closed) == (3, None)
            for _ in range(MAX_ERRORS_PER_LINK - len(client.faults)):
                await server.send('{"see": {"type": "no such"}}')

    assert len(client.faults) == MAX_ERRORS_PER_LINK
    assert client.closed is not None


async def test_run_ends_when_the_link_closes_and_acting_says_so() -> None:
    """A party without a link cannot act."""
    end, server = memory_links()
    client = BareAgent(end, recorder(), "agent")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(client.run)
        await server.aclose()

    assert isinstance(client.closed, LinkClosed)
    with pytest.raises(LinkClosed):
        await client.perform(do.Request())


async def test_raw_messages_go_out_as_they_are() -> None:
    """For stories about malformed messages."""
    end, server = memory_links()
    await Client(end, recorder(), "agent").send_raw(b"\x00\xff")

    assert await server.receive() == b"\x00\xff"


async def test_a_party_comes_back_on_another_link_with_its_token(open_story: OpenStory) -> None:
    """relink(), run() and Resume: the page is shown again, from scratch."""
    async with open_story() as story:
        await story.reach_pointer_mode()
        story.customer.told(token="t")
        await story.customer.link.aclose()
        await trio.testing.wait_all_tasks_blocked()
        await story.host.take(Party.SYSTEM, do.LoseLink(Party.CUSTOMER))
        await trio.testing.wait_all_tasks_blocked()
        assert story.agent.state.suspended
        assert story.agent.mirror.blank

        end, story.host.links[Party.CUSTOMER] = memory_links()
        story.customer.relink(end)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(story.customer.run)
            nursery.start_soon(story.host.serve, Party.CUSTOMER)
            await story.customer.perform(do.Resume())
            await trio.testing.wait_all_tasks_blocked()

            assert story.customer.state.flows
            assert story.agent.look("city").value == "Bern"
            nursery.cancel_scope.cancel()


# The agent


async def test_a_well_behaved_agent_does_only_what_its_workspace_offers(open_story: OpenStory) -> None:
    """Each hindrance has its reason, and nothing is recorded or sent."""
    async with open_story() as story:
        found = []

        async def tries(*actions: do.Action) -> None:
            before = len(story.events)
            for action in actions:
                with pytest.raises(NotPossible) as error:
                    await story.agent.perform(action)
                found.append(error.value.reason)
            assert before == len(story.events)

        await tries(do.Request())
        await story.reach_pointer_mode()
        await tries(do.Type("city", value="x"), do.ReturnToPointer())
        await story.agent.perform(do.Request())
        await story.settle()
        await story.customer.perform(do.Approve())
        await story.settle()
        await tries(
            do.Request(), do.Press("nothing"), do.Type("ssn", value="x"), do.Press("terms-link"), do.Press("send"), do.Submit("name")
        )  # fmt: skip
        await story.customer.perform(do.LeaveSite())
        await story.settle()
        await tries(do.Request())
        await story.agent.perform(do.Exit())
        await story.settle()
        await tries(do.Exit())

    assert found == [
        Reason.PENDING,
        Reason.POINTER_MODE,
        Reason.ALREADY_IN_POINTER_MODE,
        Reason.ALREADY_IN_WRITE_MODE,
        Reason.NO_SUCH_ELEMENT,
        Reason.MASKED,
        Reason.DISABLED,
        Reason.SUBMIT_BLOCKED,
        Reason.SUBMIT_BLOCKED,
        Reason.SUSPENDED,
        Reason.SESSION_ENDED,
    ]


async def test_without_write_mode_there_is_no_pencil_icon() -> None:
    """WRITE-5: the well-behaved agent cannot even ask."""
    end, server = memory_links()
    agent = Agent(end, recorder(), "agent")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(agent.run)
        await server.send(encode(ToParty(see.Joined("Ada", Mode.POINTER, write_mode=False), 2, 2)))
        await trio.testing.wait_all_tasks_blocked()
        with pytest.raises(NotPossible) as error:
            await agent.perform(do.Request())
        nursery.cancel_scope.cancel()

    assert Reason.WRITE_MODE_DISABLED is error.value.reason


async def test_a_bare_agent_sends_anything_in_any_state(open_story: OpenStory) -> None:
    """It obeys nothing, names elements that it remembers, and sends names that it cannot resolve as they are."""
    async with open_story(bare=True) as story:
        await story.agent.perform(do.Request())
        await story.reach_pointer_mode()
        ref = story.agent.mirror.ref("city")
        await story.customer.perform(do.LeaveSite())
        await story.settle()
        await story.agent.perform(do.Press("city"))
        await story.agent.perform(do.Press("nothing"))
        await story.agent.perform(do.Type("city", value="x", page="p9", epoch=1, version=5))
        await story.settle()

        acts = story.host.acts
        told = [e.did.element for e in story.events if e.who == "agent" and isinstance(e.did, do.Act)]
        assert told == ["city", "nothing", "city"]
        assert [ref, "nothing", ref] == [act.element for act in acts]
        assert (acts[2].page, acts[2].epoch, getattr(acts[2], "version", 0)) == ("p9", 1, 5)
        assert story.agent.look("city") is None


async def test_the_agents_view_goes_blank_on_suspension_and_at_the_end() -> None:
    """SITE-1, STOP-2: nothing of the page stays on view."""
    for seen in (see.Suspended(SuspendReason.OFF_SITE), see.Ended(EndReason.CUSTOMER_EXIT)):
        end, server = memory_links()
        agent = Agent(end, recorder(), "agent")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(agent.run)
            await server.send(encode(ToParty(see.Joined("Ada", Mode.POINTER), 2, 2)))
            await server.send(encode(ToParty(see.PageShown("p1", "https://bank.example/", (Element("4"),)))))
            payload = b'[{"type":2,"timestamp":1,"data":{"node":{"type":0,"id":1,"childNodes":[{"type":3,"id":2,"textContent":"hello"}]},"initialOffset":{"left":0,"top":0}}}]'
            await server.send(encode_frame(CONTENT, 2, payload))
            await trio.testing.wait_all_tasks_blocked()
            assert agent.mirror.text() == "hello"
            await server.send(encode(ToParty(seen, 3, 3)))
            await trio.testing.wait_all_tasks_blocked()
            assert agent.mirror.blank
            nursery.cancel_scope.cancel()


async def test_pointers_go_as_frames_both_ways(open_story: OpenStory) -> None:
    """POINTER-3: stamped with the newest epoch, or with the one that the story says."""
    async with open_story() as story:
        await story.reach_pointer_mode()
        assert await story.agent.perform(do.MovePointer(3, 4)) == 0
        await story.customer.perform(do.MovePointer(5, 6))
        await story.agent.perform(do.MovePointer(7, 8, epoch=1))
        await story.settle()

        assert [see.PointerAt(3, 4)] == story.seen("customer", see.PointerAt)
        assert [see.PointerAt(5, 6)] == story.seen("agent", see.PointerAt)
        did = [e.did for e in story.events if isinstance(e.did, do.MovePointer)]
        assert [story.agent.epoch, story.agent.epoch, 1] == [one.epoch for one in did]


async def test_content_is_recorded_as_a_digest_and_never_as_content(open_story: OpenStory) -> None:
    """What the customer sent and what the agent received have the same digest (RECORD, SECURE-6)."""
    async with open_story() as story:
        await story.reach_pointer_mode()
        await story.customer.perform(do.Type("name", value="Kim"))
        await story.settle()

        sent = [(e.did.digest, e.did.size) for e in story.events if isinstance(e.did, do.Mirror)]
        met = [(one.digest, one.size) for one in story.seen("agent", see.Content)]
        assert len(sent) == 2
        assert sent == met
        assert "Fill in the form" not in repr(story.events)


# The customer


async def test_the_customer_uses_the_page_alone_in_any_state(open_story: OpenStory) -> None:
    """SUBMIT-3: without a session, and in one, as if browsing alone; masks and disabled links are no hindrance."""
    async with open_story() as story:
        customer = story.customer
        assert await customer.perform(do.Type("ssn", value="1")) == 0
        await customer.perform(do.Press("terms-link"))
        await customer.perform(do.GoBack())
        assert story.host.frames == []
        await story.reach_pointer_mode()
        await customer.perform(do.Press("send-script"))
        await story.settle()

        assert [one.what for one in story.seen("customer", PageChanged)] == [
            "field",
            "page",
            "page",
            "submit",
            "page",
        ]
        assert [one.form for one in customer.browser.submitted] == ["application"]
        assert [
            one.url.removeprefix("https://bank.example") for one in story.seen("agent", see.PageShown)
        ] == ["/apply", "/thanks"]


async def test_frames_by_the_customers_hand_are_marked_and_those_by_an_act_are_not(
    open_story: OpenStory,
) -> None:
    """A frame by hand counts as the customer's activity; an agent's act is not the customer's."""
    async with open_story() as story:
        await story.reach_write_mode()
        await story.customer.perform(do.Type("city", value="Chur"))
        await story.settle()
        await story.agent.perform(do.Type("city", value="Genf"))
        await story.settle()

        assert [decode_frame(one).by_hand for one in story.host.frames] == [False, True, False]
        assert {CONTENT} == {decode_frame(one).kind for one in story.host.frames}


async def test_a_customer_who_comes_back_resumes_by_itself(open_story: OpenStory) -> None:
    """SITE-2: by going back in the history, by opening a page of the site, or as the story says."""
    ways = [
        (do.Press("partner-link"), do.GoBack()),
        (do.OpenUrl(url="https://partner.example/"), do.OpenUrl(url="https://bank.example/rates")),
        (do.LeaveSite(), do.ReturnToSite()),
    ]
    for leaves, returns in ways:
        async with open_story() as story:
            await story.reach_pointer_mode()
            await story.customer.perform(leaves)
            await story.settle()
            assert story.agent.state.suspended
            await story.customer.perform(returns)
            await story.settle()

            assert story.agent.state.flows
            assert not story.agent.mirror.blank
            assert "partner" not in repr(story.host.messages)


async def test_a_customer_who_is_elsewhere_when_the_agent_joins_says_only_that(open_story: OpenStory) -> None:
    """The session is suspended at once, and nothing of the other site leaves."""
    async with open_story() as story:
        await story.customer.perform(do.Press("partner-link"))
        await story.reach_pointer_mode()
        await story.settle()

        assert story.host.frames == []
        assert story.agent.state.suspended
        assert [do.LeaveSite()] == [
            one for one in story.host.messages if not isinstance(one, do.Start | do.Fence)
        ]


async def test_a_resize_is_mirrored(open_story: OpenStory) -> None:
    """VIEW-1, VIEW-3: the agent's view has the size of the customer's window, and follows it."""
    async with open_story() as story:
        await story.reach_pointer_mode()
        sizes = [story.agent.mirror.viewport]
        await story.customer.resize(Viewport(800, 600))
        await story.settle()

        assert [Viewport(1280, 720), Viewport(800, 600)] == [*sizes, story.agent.mirror.viewport]


async def test_elements_that_come_and_go_are_told_without_showing_the_page_anew(
    open_story: OpenStory,
) -> None:
    """POINTER-1: only those; and a page that is shown later has them from the beginning."""
    async with open_story() as story:
        await story.reach_pointer_mode()
        before = len(story.host.messages)
        shown = story.agent.page
        for name in ("second-income", "more", "no-second-income", "second-income"):
            await story.customer.perform(do.Press(name))
        await story.settle()
        told = [one for one in story.host.messages[before:] if not isinstance(one, do.Fence)]
        come, gone, again = (one for one in told if isinstance(one, do.ShowElements))
        field = story.agent.mirror.ref("employer")

        assert len(told) == 3
        assert {shown} == {come.page, gone.page, again.page}
        assert (2, ()) == (len(come.elements), come.gone)
        assert ((), {one.ref for one in come.elements}) == (gone.elements, set(gone.gone))
        assert field in {one.ref for one in again.elements} & story.agent.elements.keys()
        assert not story.agent.elements.keys() & set(gone.gone)


async def test_a_look_at_a_masked_field_is_recorded_masked(open_story: OpenStory) -> None:
    """MASK-2: no byte of it in a trace, not even in the customer's own lane."""
    async with open_story() as story:
        await story.reach_pointer_mode()
        await story.customer.perform(do.Type("pin", value="31415926"))

        assert FieldShows("****", "pin") == story.customer.look("pin")
        assert FieldShows("Bern", "city") == story.customer.look("city")
        assert story.customer.look("nothing") is None


async def test_a_recording_customer_carries_out_whatever_arrives(open_story: OpenStory) -> None:
    """So what a server lets through shows: an act in Pointer Mode changes the page, a submit submits."""
    async with open_story(bare=True, recording=True, lets_all_through=True) as story:
        assert isinstance(story.customer, RecordingCustomer)
        await story.reach_pointer_mode()
        await story.agent.perform(do.Type("ssn", value="1"))
        await story.agent.perform(do.Press("send"))
        await story.settle()

        assert [one.what for one in story.seen("customer", PageChanged)] == ["field", "submit", "page"]
        assert story.seen("agent", see.Refused) == []


async def test_a_recording_customer_sends_in_any_state(open_story: OpenStory) -> None:
    """So what a server must hold back is there to be held back: before the join, off the site."""
    async with open_story(recording=True) as story:
        await story.customer.perform(do.Start())
        await trio.testing.wait_all_tasks_blocked()
        await story.customer.perform(do.Type("name", value="Kim"))
        await story.customer.perform(do.MovePointer(1, 1))
        await trio.testing.wait_all_tasks_blocked()
        assert [decode_frame(one).kind for one in story.host.frames] == [CONTENT, POINTER]
        await story.reach_pointer_mode()
        await story.customer.perform(do.Press("partner-link"))
        await story.settle()

        shown = [one.url for one in story.host.messages if isinstance(one, do.ShowPage)]
        assert shown == ["https://bank.example/apply", "https://partner.example/"]


async def test_a_customer_who_left_before_the_agent_joined_says_so_again(open_story: OpenStory) -> None:
    """While pending a server does not listen; at the join it must know."""
    async with open_story() as story:
        await story.customer.perform(do.Start())
        await trio.testing.wait_all_tasks_blocked()
        await story.customer.perform(do.LeaveSite())
        await trio.testing.wait_all_tasks_blocked()
        story.agent.told(session_id=story.customer.state.session_id)
        await story.agent.perform(do.Join())
        await story.settle()

        assert story.agent.state.suspended

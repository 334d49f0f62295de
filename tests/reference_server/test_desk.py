"""What lies before a session: credentials, IDs, chats, the throttle; over in-memory links, in virtual time."""

import re

import msgspec
import pytest
import trio
from cobrowse_server.desk import BEGIN_WITHIN_S, INTERACTION_KEPT_S, Unknown
from cobrowse_server.journal import MemoryJournal
from cobrowse_server.links import PROVE_WITHIN_S
from cobrowse_server.policies import Policies
from cobrowse_spec import actions as do
from cobrowse_spec import observations as see
from cobrowse_spec.actions import LinkAction
from cobrowse_spec.policy import PolicyError
from cobrowse_spec.terms import SESSION_ID_REST_S, EndReason, InteractionKind, Party, SuspendReason
from cobrowse_spec.wire.messages import MAX_ERRORS_PER_LINK, encode
from trio.testing import MockClock

from tests.reference_server.conftest import KEY, POLICY, SITE, GatedJournal, Room, Rooms

CHAT = InteractionKind.CHAT


# Signing in


@pytest.mark.parametrize("party", [Party.AGENT, Party.CONTROLLER])
@pytest.mark.parametrize(
    "action",
    [
        do.SignIn("wrong"),
        do.Join("123456789"),
        do.Start(),
        do.Fence("f"),
        do.OpenInteraction(CHAT),
        do.Resume("token"),
        do.Exit(),
    ],
)
async def test_nothing_is_accepted_before_a_good_credential(
    autojump_clock: MockClock, room: Room, party: Party, action: LinkAction
) -> None:
    """Deny is the default (SECURE-1)."""
    seat = room.sit(party)
    await seat.do(action)

    assert await seat.refused() == ("SECURE-1", "not_authenticated")


async def test_a_stranger_learns_nothing_of_what_is_wrong_with_its_bytes(
    autojump_clock: MockClock, room: Room
) -> None:
    """Malformed messages and frames get the same answer before signing in (SECURE-1)."""
    seat = room.sit(Party.AGENT)
    began = trio.current_time()
    for message in ("{", '{"id":1,"do":{"type":"nonsense"}}', b"", b"\x01\x01\x00\x00\x00\x00content"):
        await seat.give(message)
        assert await seat.refused() == ("SECURE-1", "not_authenticated")

    assert trio.current_time() == began  # none of it was the answer to having waited too long


async def test_a_link_that_never_says_whose_it_is_is_closed(autojump_clock: MockClock, room: Room) -> None:
    """Open sockets are not to be had for nothing."""
    stranger, agent = room.sit(Party.CUSTOMER), await room.agent()
    began = trio.current_time()

    assert (await stranger.closed()).code == 1008
    assert trio.current_time() - began == pytest.approx(PROVE_WITHIN_S)
    await trio.sleep(PROVE_WITHIN_S)
    assert await agent.fence() == []


async def test_signing_in_twice_is_out_of_turn(autojump_clock: MockClock, room: Room) -> None:
    """A link belongs to one agent."""
    agent = await room.agent()
    await agent.do(do.SignIn(room.credential))

    assert await agent.refused() == ("SECURE-4", "out_of_turn")


async def test_a_removed_agent_is_out_at_once(autojump_clock: MockClock, room: Room) -> None:
    """Its links close, its session waits for it in vain, its credential is worthless."""
    customer, agent = await room.pair()
    room.desk.remove_agent(room.alex.agent)

    assert (await agent.closed()).code == 1008
    await customer.sees(see.Suspended)
    assert (await customer.sees(see.Ended)).reason == EndReason.AGENT_LOST
    again = room.sit(Party.AGENT)
    await again.do(do.SignIn(room.credential))
    assert await again.refused() == ("SECURE-1", "not_authenticated")
    with pytest.raises(Unknown, match="no agent"):
        room.desk.remove_agent(room.alex.agent)


# Starting


async def test_only_the_customer_starts(autojump_clock: MockClock, room: Room) -> None:
    """An agent's or a controller's start is refused (START-1)."""
    for seat in (await room.agent(), await room.controller()):
        await seat.do(do.Start(room.interaction()[1]))
        assert await seat.refused() == ("START-1", "only_customer_starts")


async def test_a_session_belongs_to_an_open_interaction(autojump_clock: MockClock, room: Room) -> None:
    """None, a made-up one, its bare ID, and one that is over are refused alike (START-8)."""
    interaction, token = room.interaction()
    over, over_token = room.interaction()
    await room.desk.end_interaction(over)
    customer = room.sit(Party.CUSTOMER)
    for what in ("", "made up", interaction.interaction, over_token):
        await customer.do(do.Start(what))
        assert await customer.refused() == ("START-8", "no_interaction")
    await customer.do(do.Start(token))

    await customer.sees(see.PolicyGiven)


async def test_an_interaction_has_one_session_at_a_time(autojump_clock: MockClock, room: Room) -> None:
    """A second is refused until the first has ended (START-8)."""
    _, token = room.interaction()
    customer, first_id = await room.customer(token)
    second = room.sit(Party.CUSTOMER)
    await second.do(do.Start(token))
    assert await second.refused() == ("START-8", "already_started")
    await customer.do(do.Cancel())
    await customer.sees(see.Ended)
    await second.do(do.Start(token))
    await second.sees(see.PolicyGiven)

    assert (await second.sees(see.Started)).session_id != first_id


async def test_two_starts_at_once_make_one_session(autojump_clock: MockClock, room: Room) -> None:
    """The second finds the first, however close they are (START-8)."""
    _, token = room.interaction()
    seats = [room.sit(Party.CUSTOMER) for _ in range(5)]
    async with trio.open_nursery() as nursery:
        for seat in seats:
            nursery.start_soon(seat.do, do.Start(token))
    first = [type((await seat.message(see.Observation))[0]) for seat in seats]

    assert sorted(kind.__name__ for kind in first) == ["PolicyGiven", *["Refused"] * 4]


async def test_a_customer_that_leaves_while_starting_leaves_no_half_session(
    autojump_clock: MockClock, room: Room
) -> None:
    """The session exists, and ends when its customer does not come back."""
    interaction, token = room.interaction()
    customer = room.sit(Party.CUSTOMER)
    await customer.do(do.Start(token))
    customer.connection.close(1000, "")
    await trio.testing.wait_all_tasks_blocked()
    assert room.desk.state_of(interaction) == "pending"
    await trio.sleep(41)

    assert (room.desk.state_of(interaction), interaction.end_reason) == ("ended", "customer_lost")


async def test_a_link_that_is_cut_while_starting_leaves_no_half_session(
    autojump_clock: MockClock, rooms: Rooms
) -> None:
    """Even where its task is cancelled before the journal has answered."""
    journal = GatedJournal(MemoryJournal())
    room = rooms(journal=journal)
    interaction, token = room.interaction()
    customer = room.sit(Party.CUSTOMER)
    journal.shut()
    await customer.do(do.Start(token))
    await trio.testing.wait_all_tasks_blocked()
    customer.attended.cancel()
    await trio.testing.wait_all_tasks_blocked()
    journal.gate.set()
    await trio.testing.wait_all_tasks_blocked()
    assert room.desk.state_of(interaction) == "pending"
    await trio.sleep(41)

    assert (room.desk.state_of(interaction), interaction.end_reason) == ("ended", "customer_lost")
    await room.customer(token)


async def test_a_session_that_the_journal_does_not_begin_can_be_tried_again(
    autojump_clock: MockClock, rooms: Rooms
) -> None:
    """The customer is not left waiting, and nothing is left of it."""
    journal = GatedJournal(MemoryJournal())
    room = rooms(journal=journal)
    _, token = room.interaction()
    customer = room.sit(Party.CUSTOMER)
    journal.shut()
    began = trio.current_time()
    await customer.do(do.Start(token))

    assert (await customer.closed()).reason == "the session could not be begun"
    assert trio.current_time() - began == pytest.approx(BEGIN_WITHIN_S)
    journal.gate.set()
    await room.customer(token)
    assert len(vars(room.desk.host)["_sessions"]) == 1


async def test_nothing_is_kept_of_sessions_that_are_over(autojump_clock: MockClock, room: Room) -> None:
    """A server that runs for months does not grow; and after a day an ID may come again (START-7)."""
    interaction, token = room.interaction()
    customer, agent = await room.pair(token)
    await customer.do(do.Exit())
    await agent.sees(see.Ended)
    await room.desk.end_interaction(interaction)
    customer.hang_up()
    agent.hang_up()
    await trio.sleep(SESSION_ID_REST_S + 1)
    host, desk, lobby = vars(room.desk.host), vars(room.desk), vars(room.desk.lobby)
    room.desk._issue()

    assert [host[name] for name in ("_sessions", "_tokens", "_of_agent", "_causes")] == [{}] * 4
    assert [desk[name] for name in ("_by_id", "_workspaces", "_controllers")] == [{}] * 3
    assert [lobby[name] for name in ("_interactions", "_by_token", "_chats")] == [{}] * 3
    assert len(vars(desk["_ids"])["_taken"]) == 1
    journal = vars(host["_journal"])
    assert journal["_sessions"] == {}
    assert {kind.__name__: len(kept) for kind, kept in journal["_records"].items()} == {
        "AgentRecord": 1,
        "Interaction": 0,
        "RestingId": 0,
    }


async def test_standalone_sessions_are_a_capability(autojump_clock: MockClock, rooms: Rooms) -> None:
    """A policy can allow sessions without chat or call (START-8)."""
    room = rooms(policies=Policies({"default": "standalone = true\n" + POLICY}))
    customer = room.sit(Party.CUSTOMER)
    await customer.do(do.Start())

    await customer.sees(see.PolicyGiven)
    assert re.fullmatch("[0-9]{9}", (await customer.sees(see.Started)).session_id)


async def test_a_standalone_session_follows_the_policy_of_its_site(
    autojump_clock: MockClock, rooms: Rooms
) -> None:
    """Any policy can have it, for its own site only; where several have, the default one counts (START-8)."""
    other = 'site = ["https://other.example"]\nstandalone = true\nwrite_mode = false\n'
    room = rooms(policies=Policies({"default": POLICY, "b": other, "c": "standalone = true\n" + POLICY}))
    given = []
    for origin in ("https://bank.example", "https://other.example"):
        customer = room.sit(Party.CUSTOMER, origin=origin)
        await customer.do(do.Start())
        policy = msgspec.json.decode((await customer.sees(see.PolicyGiven)).policy)
        given.append((policy["site"], policy["write_mode"]))
    stranger = room.sit(Party.CUSTOMER, origin="https://third.example")
    await stranger.do(do.Start())

    assert [(["https://bank.example"], True), (["https://other.example"], False)] == given
    assert ("START-8", "no_interaction") == await stranger.refused()


async def test_a_customers_page_must_be_on_that_interactions_site(
    autojump_clock: MockClock, room: Room
) -> None:
    """Another policy's site is as foreign as any (SECURE-3)."""
    room.desk.policies.put("other", 'site = ["https://other.example"]')
    _, token = room.interaction(policy="other")
    customer = room.sit(Party.CUSTOMER)
    await customer.do(do.Start(token))

    assert await customer.refused() == ("SECURE-3", "foreign_origin")


async def test_a_stricter_policy_reaches_live_sessions_and_a_looser_one_only_new_ones(
    autojump_clock: MockClock, room: Room
) -> None:
    """The customer's client gets it before anybody is told (MASK-11)."""
    customer, agent = await room.pair()
    await room.desk.change_policy("default", "write_mode = false\n" + POLICY)
    given, told = await customer.message(see.PolicyGiven), await customer.message(see.PolicyChanged)
    await agent.sees(see.PolicyChanged)
    await room.desk.change_policy("default", POLICY)
    await agent.do(do.Request())
    first = await agent.refused()
    await customer.do(do.Exit())
    _, second = await room.pair(agent=await room.agent(room.desk.add_agent("Blake")[1]))
    await second.do(do.Request())

    assert not msgspec.json.decode(given[0].policy)["write_mode"]
    assert (told[1].n, told[1].epoch) == (given[1].n, given[1].epoch)
    assert ("WRITE-5", "write_mode_disabled") == first
    assert "r1" == (await second.sees(see.Asked)).request


async def test_a_policy_that_cannot_be_read_leaves_everything_as_it_was(
    autojump_clock: MockClock, room: Room
) -> None:
    """The line at fault is named, and live sessions hear nothing (MASK-11)."""
    _, agent = await room.pair()
    with pytest.raises(PolicyError) as refused:
        await room.desk.change_policy("default", "write_mode = false\nmask = 1\n")
    await agent.do(do.Request())

    assert 2 == refused.value.line
    assert "r1" == (await agent.sees(see.Asked)).request


# Joining


async def test_an_id_may_have_spaces_and_hyphens(autojump_clock: MockClock, room: Room) -> None:
    """As people write it down (JOIN-7)."""
    _, session_id = await room.customer()
    agent = await room.agent()
    await agent.do(do.Join(f" {session_id[:3]}-{session_id[3:6]} {session_id[6:]} "))

    await agent.sees(see.Joined)


async def test_every_id_that_cannot_be_joined_gets_the_same_bytes(
    autojump_clock: MockClock, rooms: Rooms
) -> None:
    """Unknown, ended, used, timed out, malformed: nothing tells which (JOIN-6)."""
    room = rooms()
    ended, ended_id = await room.customer()
    await ended.do(do.Cancel())
    await ended.sees(see.Ended)
    used, used_id = await room.customer()
    alex = await room.agent()
    await alex.do(do.Join(used_id))
    await used.sees(see.Joined)
    await used.do(do.Exit())
    late, late_id = await room.customer()
    assert (await late.sees(see.Ended)).reason == EndReason.PENDING_TIMEOUT
    answers = set()
    for number, what in enumerate((ended_id, used_id, late_id, "000000000", "", "12", "x" * 5000)):
        blake = await room.agent(room.desk.add_agent("Blake")[1], address=str(number))
        await blake.do(do.Join(what))
        _, message = await blake.message(see.Refused)
        answers.add(encode(message))

    assert len(answers) == 1
    assert '"rule":"JOIN-6","reason":"no_such_session"' in answers.pop()


async def test_an_agent_that_was_there_cannot_come_again(autojump_clock: MockClock, room: Room) -> None:
    """An exit is final (JOIN-9), and the answer is the one for any ID (JOIN-6)."""
    _, session_id = await room.customer()
    agent = await room.agent()
    await agent.do(do.Join(session_id))
    await agent.do(do.Exit())
    await agent.do(do.Join(session_id))
    for kind in (see.Joined, see.TokenIssued, see.Ended):
        await agent.sees(kind)

    assert await agent.refused() == ("JOIN-6", "no_such_session")


async def test_a_session_has_one_agent(autojump_clock: MockClock, room: Room) -> None:
    """A second is refused, and nobody there notices (JOIN-4)."""
    customer, session_id = await room.customer()
    first = await room.agent()
    await first.do(do.Join(session_id))
    await customer.sees(see.Joined)
    second = await room.agent(room.desk.add_agent("Blake")[1])
    await second.do(do.Join(session_id))

    assert await second.refused() == ("JOIN-4", "session_full")
    assert await customer.fence() == []


async def test_an_agent_has_one_session_on_whatever_link(autojump_clock: MockClock, room: Room) -> None:
    """Busy is the agent, not the link; and it is told before the ID is looked at (JOIN-5)."""
    await room.pair()
    _, session_id = await room.customer()
    second = await room.agent()
    for what in (session_id, "000000000"):
        await second.do(do.Join(what))
        assert await second.refused() == ("JOIN-5", "agent_busy")


async def test_a_policy_may_allow_an_agent_more_sessions(autojump_clock: MockClock, rooms: Rooms) -> None:
    """Each over a link of its own (JOIN-5)."""
    room = rooms(policies=Policies({"default": "sessions_per_agent = 2\n" + POLICY}))
    await room.pair()
    await room.pair()
    _, session_id = await room.customer()
    third = await room.agent()
    await third.do(do.Join(session_id))

    assert await third.refused() == ("JOIN-5", "agent_busy")


async def test_the_stricter_policy_says_how_many_sessions_an_agent_has(
    autojump_clock: MockClock, room: Room
) -> None:
    """Whichever of its sessions it comes from (JOIN-5)."""
    room.desk.policies.put("two", "sessions_per_agent = 2\n" + POLICY)
    await room.pair(room.interaction(policy="two")[1])
    _, strict_id = await room.customer()
    _, lax_id = await room.customer(room.interaction(policy="two")[1])
    second = await room.agent()
    await second.do(do.Join(strict_id))
    assert await second.refused() == ("JOIN-5", "agent_busy")
    await second.do(do.Join(lax_id))

    await second.sees(see.Joined)


async def test_a_link_in_a_session_resumes_no_other(autojump_clock: MockClock, rooms: Rooms) -> None:
    """Not even the same agent's: a token used for another session is refused (SECURE-2)."""
    room = rooms(policies=Policies({"default": "sessions_per_agent = 2\n" + POLICY}))
    customer, agent = await room.pair()
    _, second = await room.pair()
    agent.hang_up()
    await customer.sees(see.Suspended)
    await second.do(do.Resume(agent.token))

    assert await second.refused() == ("SECURE-2", "wrong_token")


async def test_guesses_are_throttled_and_the_right_id_with_them(
    autojump_clock: MockClock, room: Room
) -> None:
    """The refusal says when to try again, and then the valid ID is let through (JOIN-8)."""
    _, session_id = await room.customer()
    agent = await room.agent()
    for _ in range(3):
        await agent.do(do.Join("000000000"))
        assert await agent.refused() == ("JOIN-6", "no_such_session")
    await trio.sleep(10)
    await agent.do(do.Join(session_id))
    refusal = await agent.sees(see.Refused)

    assert (refusal.rule, refusal.reason) == ("JOIN-8", "throttled")
    assert refusal.retry_after_s == pytest.approx(50)
    await trio.sleep(refusal.retry_after_s)
    await agent.do(do.Join(session_id))
    await agent.sees(see.Joined)


async def test_guesses_from_one_address_are_throttled_together(autojump_clock: MockClock, room: Room) -> None:
    """Many agents at one address are one guesser; elsewhere others are let through (JOIN-8)."""
    for number in range(5):
        guesser = await room.agent(room.desk.add_agent(str(number))[1])
        await guesser.do(do.Join("000000000"))
        assert await guesser.refused() == ("JOIN-6", "no_such_session")
    here = await room.agent()
    await here.do(do.Join("000000000"))
    elsewhere = await room.agent(address="198.51.100.1")
    await elsewhere.do(do.Join("000000000"))

    assert await here.refused() == ("JOIN-8", "throttled")
    assert await elsewhere.refused() == ("JOIN-6", "no_such_session")


# Chat


async def test_in_a_chat_the_agents_workspace_joins_by_itself(autojump_clock: MockClock, room: Room) -> None:
    """The system posts the start message, and everybody in the chat sees it (START-3)."""
    agent = await room.agent()
    controller = await room.controller()
    await controller.do(do.OpenInteraction(CHAT, room.alex.agent))
    opened = await controller.sees(see.InteractionOpened)
    customer, session_id = await room.customer(opened.customer_token)
    said = see.Said(opened.interaction, Party.SYSTEM, f"{{start:{session_id}}}")

    assert await controller.sees(see.Said) == said
    assert await agent.sees(see.Said) == said
    assert (await agent.sees(see.Joined)).by_chat
    await agent.sees(see.TokenIssued)
    assert (await customer.sees(see.Joined)).by_chat
    assert await customer.fence() == []


async def test_a_call_has_no_start_message(autojump_clock: MockClock, room: Room) -> None:
    """There the customer reads the ID to the agent."""
    agent = await room.agent()
    await room.customer()

    assert await agent.fence() == []


async def test_a_workspace_that_signs_in_later_joins_then(autojump_clock: MockClock, room: Room) -> None:
    """The start message waits in the chat (START-3)."""
    _, token = room.interaction(CHAT)
    customer, session_id = await room.customer(token)
    agent = await room.agent()

    assert (await agent.sees(see.Said)).text == f"{{start:{session_id}}}"
    assert (await agent.sees(see.Joined)).by_chat
    assert (await customer.sees(see.Joined)).by_chat


@pytest.mark.parametrize(
    "author, embedded",
    [
        (author, embedded)
        for author in (Party.CUSTOMER, Party.AGENT, Party.SYSTEM)
        for embedded in ("{}", "see {}", "{} ", "{}{}")
        if (author, embedded) != (Party.SYSTEM, "{}")  # that one is genuine
    ],
)
async def test_a_forged_start_message_is_only_chat(
    autojump_clock: MockClock, room: Room, embedded: str, author: Party
) -> None:
    """Typed by a party, or in other words, it brings nobody in (START-4)."""
    chat, token = room.interaction(CHAT)
    other = await room.agent(room.desk.add_agent("Blake")[1])
    customer, session_id = await room.customer(token)
    await trio.testing.wait_all_tasks_blocked()
    chat.start_message = ""  # so that the genuine one, which came when no agent was there, brings nobody in
    agent = await room.agent()
    text = embedded.replace("{}", f"{{start:{session_id}}}")
    await room.desk.post(chat, do.Say(text, author, chat.interaction))

    assert (await agent.sees(see.Said)).text == text
    assert await agent.fence() == []
    assert await other.fence() == []
    assert await customer.fence() == []


async def test_another_chats_start_message_brings_nobody_in(autojump_clock: MockClock, room: Room) -> None:
    """It counts in its own chat only (START-4)."""
    _, token = room.interaction(CHAT)
    customer, session_id = await room.customer(token)
    blake, credential = room.desk.add_agent("Blake")
    other_chat, _ = room.interaction(CHAT, blake)
    agent = await room.agent(credential)
    genuine_elsewhere = do.Say(f"{{start:{session_id}}}", Party.SYSTEM, other_chat.interaction)
    await room.desk.post(other_chat, genuine_elsewhere)

    await agent.sees(see.Said)
    assert await agent.fence() == []
    assert await customer.fence() == []


async def test_a_repeated_start_message_is_harmless(autojump_clock: MockClock, room: Room) -> None:
    """Nothing happens twice (START-4)."""
    agent = await room.agent()
    chat, token = room.interaction(CHAT)
    customer, session_id = await room.customer(token)
    for kind in (see.Said, see.Joined, see.TokenIssued):
        await agent.sees(kind)
    await customer.sees(see.Joined)
    await room.desk.post(chat, do.Say(f"{{start:{session_id}}}", Party.SYSTEM, chat.interaction))

    await agent.sees(see.Said)
    assert await agent.fence() == []
    assert await customer.until_fence("agent1") == []


async def test_a_chat_message_moves_no_session_to_another_link(
    autojump_clock: MockClock, rooms: Rooms
) -> None:
    """An agent that may have two sessions has a free workspace, which stays free (START-4)."""
    room = rooms(policies=Policies({"default": "sessions_per_agent = 2\n" + POLICY}))
    agent = await room.agent()
    chat, token = room.interaction(CHAT)
    customer, session_id = await room.customer(token)
    await customer.sees(see.Joined)
    free = await room.agent()
    await room.desk.post(chat, do.Say(f"{{start:{session_id}}}", Party.SYSTEM, chat.interaction))
    await customer.do(do.Fence("mark"))
    for kind in (see.Said, see.Joined, see.TokenIssued, see.Said):
        await agent.sees(kind)

    assert await agent.until_fence("mark") == []
    await free.sees(see.Said)
    assert await free.fence() == []


async def test_a_workspace_that_goes_while_it_joins_is_lost_at_once(
    autojump_clock: MockClock, rooms: Rooms
) -> None:
    """The session knows that nobody sees it."""
    journal = GatedJournal(MemoryJournal())
    room = rooms(journal=journal)
    chat, token = room.interaction(CHAT)
    customer, session_id = await room.customer(token)
    await trio.testing.wait_all_tasks_blocked()
    chat.start_message = ""  # so that signing in does not join
    agent = await room.agent()
    journal.shut()
    genuine = do.Say(f"{{start:{session_id}}}", Party.SYSTEM, chat.interaction)
    room.nursery.start_soon(room.desk.post, chat, genuine)
    await trio.testing.wait_all_tasks_blocked()
    agent.hang_up()
    await trio.testing.wait_all_tasks_blocked()
    journal.gate.set()

    await customer.sees(see.Joined)
    assert (await customer.sees(see.Suspended)).reason == SuspendReason.LINK_LOST


async def test_a_busy_agents_workspace_does_not_join(autojump_clock: MockClock, room: Room) -> None:
    """Not even over a second link that is free (JOIN-5)."""
    await room.pair()
    free = await room.agent()
    _, token = room.interaction(CHAT)
    customer, _ = await room.customer(token)

    await free.sees(see.Said)
    assert await free.fence() == []
    assert await customer.fence() == []


# The contact centre


async def test_ending_the_interaction_ends_its_session(autojump_clock: MockClock, room: Room) -> None:
    """Both parties and the controller learn the same reason (STOP-4, STOP-6)."""
    controller = await room.controller()
    opening = await controller.do(do.OpenInteraction(InteractionKind.CALL, room.alex.agent))
    opened = await controller.sees(see.InteractionOpened)
    customer, agent = await room.pair(opened.customer_token)
    ending = await controller.do(do.EndInteraction(opened.interaction))
    ended, message = await controller.message(see.Ended)
    _, over = await controller.message(see.InteractionEnded)

    assert ended.reason == EndReason.INTERACTION_ENDED
    assert (opening, ending) == (2, 3)
    assert (message.re, over.re) == (ending, ending)
    assert await customer.sees(see.Ended) == ended
    assert await agent.sees(see.Ended) == ended
    await controller.do(do.EndInteraction(opened.interaction))
    assert await controller.refused() == ("START-8", "no_interaction")


async def test_a_controller_is_told_of_an_end_that_it_did_not_cause(
    autojump_clock: MockClock, room: Room
) -> None:
    """By the number of the message with which it opened the interaction (STOP-6)."""
    controller = await room.controller()
    opening = await controller.do(do.OpenInteraction(InteractionKind.CALL, room.alex.agent))
    opened = await controller.sees(see.InteractionOpened)
    customer, _ = await room.pair(opened.customer_token)
    await customer.do(do.Exit())
    ended, message = await controller.message(see.Ended)

    assert (ended.reason, message.re) == (EndReason.CUSTOMER_EXIT, opening)


async def test_a_controller_stops_the_session_and_the_call_goes_on(
    autojump_clock: MockClock, room: Room
) -> None:
    """And stops it once (STOP-6)."""
    controller = await room.controller()
    await controller.do(do.OpenInteraction(InteractionKind.CALL, room.alex.agent))
    opened = await controller.sees(see.InteractionOpened)
    await controller.do(do.StopSession(opened.interaction))
    assert await controller.refused() == ("SECURE-4", "out_of_turn")
    customer, _ = await room.customer(opened.customer_token)
    await controller.do(do.StopSession(opened.interaction))
    await controller.do(do.StopSession(opened.interaction))

    assert (await controller.sees(see.Ended)).reason == EndReason.CONTROLLER_STOP
    assert await controller.refused() == ("STOP-5", "session_ended")
    assert (await customer.sees(see.Ended)).reason == EndReason.CONTROLLER_STOP
    await room.customer(opened.customer_token)


async def test_a_controller_that_goes_away_is_missed_by_nobody(autojump_clock: MockClock, room: Room) -> None:
    """Its chats and their sessions go on."""
    controller = await room.controller()
    await controller.do(do.OpenInteraction(InteractionKind.CALL, room.alex.agent))
    opened = await controller.sees(see.InteractionOpened)
    customer, agent = await room.pair(opened.customer_token)
    controller.hang_up()
    await trio.testing.wait_all_tasks_blocked()
    await customer.do(do.Exit())

    await agent.sees(see.Ended)


@pytest.mark.parametrize(
    "action",
    [do.OpenInteraction(CHAT, "nobody"), do.OpenInteraction(CHAT, "", "no such policy")],
)
async def test_an_interaction_with_nobody_is_refused(
    autojump_clock: MockClock, room: Room, action: LinkAction
) -> None:
    """With words that say what is missing."""
    controller = await room.controller()
    await controller.do(action)
    refusal = await controller.sees(see.Refused)

    assert (refusal.rule, refusal.reason) == ("SECURE-4", "malformed")
    assert refusal.message.startswith("there is no ")


async def test_an_interaction_that_is_over_is_kept_for_the_record_for_a_while(
    autojump_clock: MockClock, room: Room
) -> None:
    """Then nothing is kept of it."""
    interaction, _ = room.interaction()
    await room.desk.end_interaction(interaction)
    await trio.sleep(INTERACTION_KEPT_S - 1)
    assert room.desk.lobby.interaction(interaction.interaction) is interaction
    await trio.sleep(2)

    assert room.desk.lobby.interaction(interaction.interaction) is None


async def test_a_controllers_fence_comes_back_to_it(autojump_clock: MockClock, room: Room) -> None:
    """After all that its own messages caused."""
    controller = await room.controller()

    assert await controller.fence() == []


# Whose turn, and what is no message


@pytest.mark.parametrize(
    "party, action, refused",
    [
        (Party.AGENT, do.Request(), ("SECURE-4", "out_of_turn")),
        (Party.AGENT, do.Approve("r1"), ("WRITE-1", "only_customer_answers")),
        (Party.AGENT, do.OpenInteraction(CHAT), ("SECURE-2", "wrong_party")),
        (Party.AGENT, do.Say("{start:1}", Party.SYSTEM), ("START-4", "wrong_party")),
        (Party.AGENT, do.StopSession("i"), ("SECURE-2", "wrong_party")),
        (Party.CONTROLLER, do.Join("123456789"), ("JOIN-4", "wrong_party")),
        (Party.CONTROLLER, do.Exit(), ("STOP-1", "wrong_party")),
        (Party.CONTROLLER, do.SignIn(KEY), ("SECURE-4", "out_of_turn")),
        (Party.CUSTOMER, do.Cancel(), ("SECURE-4", "out_of_turn")),
        (Party.CUSTOMER, do.SignIn(KEY), ("SECURE-1", "wrong_party")),
        (Party.CUSTOMER, do.Join("123456789"), ("JOIN-4", "wrong_party")),
        (Party.CUSTOMER, do.Resume("made up"), ("SECURE-2", "wrong_token")),
    ],
)
async def test_what_is_done_outside_a_session_is_refused_with_its_rule(
    autojump_clock: MockClock, room: Room, party: Party, action: LinkAction, refused: tuple[str, str]
) -> None:
    """By the machine wherever it has a cell for it."""
    if party is Party.CUSTOMER:
        seat = room.sit(party)
    else:
        seat = await (room.agent() if party is Party.AGENT else room.controller())
    number = await seat.do(action)
    refusal, message = await seat.message(see.Refused)

    assert ((refusal.rule, refusal.reason), message.re) == (refused, number)


@pytest.mark.parametrize(
    "message, reason, number",
    [
        ("", "malformed", 0),
        ("{", "malformed", 0),
        ("[" * 100_000, "malformed", 0),
        ('{"id":7,"do":{"type":"exit","more":1}}', "malformed", 7),
        ('{"id":7,"do":{"type":"fence"}}', "malformed", 7),
        ('{"id":0,"do":{"type":"exit"}}', "malformed", 0),
        ('{"id":7,"do":{"type":"explode"}}', "unknown_type", 7),
        (" " * ((1 << 20) + 1), "too_large", 0),
        (b"", "malformed", 0),
        (b"\x01", "malformed", 0),
        (b"\x09\x01\x00\x00\x00\x01", "unknown_type", 0),
        (b"\x01\x01\x00\x00\x00\x01" + bytes(8 << 20), "too_large", 0),
    ],
)
async def test_what_is_no_message_gets_an_error_and_the_session_goes_on(
    autojump_clock: MockClock, room: Room, message: str | bytes, reason: str, number: int
) -> None:
    """With the number of the message where it can be told (SECURE-4)."""
    customer, agent = await room.pair()
    await agent.give(message)
    refusal, answer = await agent.message(see.Refused)

    assert (refusal.rule, refusal.reason, answer.re) == ("SECURE-4", reason, number)
    assert refusal.message
    assert await customer.fence() == []


async def test_a_controller_sends_no_frames(autojump_clock: MockClock, room: Room) -> None:
    """Binary where text is due (SECURE-4)."""
    controller = await room.controller()
    await controller.give(controller.pointer())

    assert await controller.refused() == ("SECURE-4", "malformed")


async def test_a_customer_without_a_session_sends_no_frames(autojump_clock: MockClock, room: Room) -> None:
    """It is told so: its client must be wrong."""
    customer = room.sit(Party.CUSTOMER)
    await customer.give(customer.pointer())

    assert await customer.refused() == ("SECURE-4", "out_of_turn")


async def test_repeated_abuse_closes_that_link_only(autojump_clock: MockClock, room: Room) -> None:
    """The session waits for the party to come back (SECURE-4)."""
    customer, agent = await room.pair()
    for _ in range(MAX_ERRORS_PER_LINK):
        await agent.give("nonsense")
        assert await agent.refused() == ("SECURE-4", "malformed")

    assert await agent.refused() == ("SECURE-4", "too_many_errors")
    assert (await agent.closed()).code == 1008
    await customer.sees(see.Suspended)
    back = await room.agent()
    await back.do(do.Resume(agent.token))
    await customer.sees(see.Resumed)


async def test_what_the_machine_refuses_is_no_abuse(autojump_clock: MockClock, room: Room) -> None:
    """An agent may be told as often as it likes that it is in Pointer Mode."""
    _, agent = await room.pair()
    for _ in range(3 * MAX_ERRORS_PER_LINK):
        await agent.do(do.GoBack())
        assert await agent.refused() == ("POINTER-2", "pointer_mode")


async def test_refusals_repeat_nothing_secret(autojump_clock: MockClock, room: Room) -> None:
    """Neither tokens nor what was sent (SECURE-6)."""
    secret = "do-not-repeat-me"
    agent, customer = await room.agent(), room.sit(Party.CUSTOMER)
    for message in (f'{{"id":1,"do":{{"type":"{secret}"}}}}', f'{{"id":1,"do":"{secret}"}}', secret):
        await agent.give(message)
    await agent.do(do.Join(secret))
    await agent.do(do.Resume(secret))
    await customer.do(do.Start(secret))
    await customer.do(do.Resume(secret))
    seen = [(await seat.message(see.Refused))[1] for seat in [agent] * 5 + [customer] * 2]

    assert [one for one in seen if secret in encode(one)] == []


async def test_no_secret_is_kept(autojump_clock: MockClock, room: Room) -> None:
    """Only hashes of credentials and tokens (SECURE-1)."""
    _, token = room.interaction()
    customer, agent = await room.pair(token)
    host = room.desk.host
    kept = repr([vars(room.desk.lobby), vars(host), [vars(one) for one in host.sessions_of(room.alex)]])
    journal = repr([vars(one) for one in vars(host._journal)["_sessions"].values()])
    for secret in (room.credential, token, customer.token, agent.token, KEY):
        assert secret not in kept
        assert secret not in journal
    assert SITE in journal  # the journal was looked into at all

"""The host over in-memory links, in virtual time."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest
import trio
from cobrowse_server.connection import TAKEN_OVER, TRY_AGAIN_LATER
from cobrowse_server.host import ENDED_KEPT_S
from cobrowse_server.journal import Entry, Journal, MemoryJournal
from cobrowse_server.policies import Policies
from cobrowse_spec import actions as do
from cobrowse_spec import observations as see
from cobrowse_spec.observations import Observation
from cobrowse_spec.terms import Answer, EndReason, Mode, Party, SuspendReason
from cobrowse_spec.wire.frames import CONTENT, encode_frame
from cobrowse_spec.wire.messages import ToParty
from trio.testing import MockClock

from tests.reference_server.conftest import POLICY, GatedJournal, Room, Rooms, Seat


def kinds(messages: list[ToParty | bytes]) -> list[type[Observation] | str]:
    """What was seen, by type."""
    return ["frame" if isinstance(one, bytes) else type(one.see) for one in messages]


# Starting and joining


async def test_the_policy_is_with_the_customer_before_the_session_has_started(
    autojump_clock: MockClock, room: Room
) -> None:
    """Nothing may leave a customer's browser before its client knows what to mask."""
    customer = room.sit(Party.CUSTOMER)
    number = await customer.do(do.Start(room.interaction()[1]))
    given, first = await customer.message(see.PolicyGiven)
    _, second = await customer.message(see.Started)
    _, third = await customer.message(see.TokenIssued)

    assert bytes(given.policy) == (
        b'{"site":["https://bank.example"],"write_mode":true,"scoped_grants":false,"curtain":false,'
        b'"pages":[],"deny_urls":[]}'
    )
    assert [(1, 1, number)] * 3 == [(one.n, one.epoch, one.re) for one in (first, second, third)]


async def test_joining_tells_both_and_gives_the_agent_alone_a_token(
    autojump_clock: MockClock, room: Room
) -> None:
    """Each party has its own token (SECURE-2)."""
    customer, session_id = await room.customer()
    agent = await room.agent()
    number = await agent.do(do.Join(session_id))
    joined, to_agent = await agent.message(see.Joined)
    await agent.sees(see.TokenIssued)
    _, to_customer = await customer.message(see.Joined)

    assert joined == see.Joined("Alex", Mode.POINTER)
    assert (to_agent.n, to_agent.re) == (2, number)
    assert (to_customer.n, to_customer.re) == (2, 0)
    assert await customer.fence() == []
    assert customer.token != agent.token


async def test_each_event_has_the_same_number_on_both_links(autojump_clock: MockClock, room: Room) -> None:
    """There is one order of a session, and both parties see it."""
    customer, agent = await room.writing()
    await agent.do(do.Click(5, 6))
    await customer.do(do.ReturnToPointer())
    await agent.sees(see.Circle)
    await agent.sees(see.InMode)
    await customer.fence()
    await agent.until_fence("customer3")

    def numbered(seat: Seat) -> list[tuple[int, int, Observation]]:
        private = see.TokenIssued | see.PolicyGiven | see.Started | see.Welcome
        return [(one.n, one.epoch, one.see) for one in seat.seen if not isinstance(one.see, private)]

    assert numbered(customer) == numbered(agent)
    assert sorted({n for n, _, _ in numbered(agent)}) == [2, 3, 4, 5, 6, 7]


async def test_a_fence_comes_back_on_both_links_after_all_before_it(
    autojump_clock: MockClock, room: Room
) -> None:
    """Whatever either party sent before is on either link before the fence."""
    customer, agent = await room.pair()
    await agent.do(do.Click(1, 2))
    await agent.give(agent.pointer())
    await agent.do(do.Click(3, 4))
    await agent.do(do.Fence("mark"))

    assert kinds(await customer.until_fence("mark")) == [see.Circle, "frame", see.Circle]
    assert kinds(await agent.until_fence("mark")) == [see.Circle, see.Circle]


async def test_a_fence_without_a_session_comes_back_directly(autojump_clock: MockClock, room: Room) -> None:
    """So that a client can find out that something was ignored before any session."""
    agent, customer = await room.agent(), room.sit(Party.CUSTOMER)

    assert await agent.fence() == []
    assert await customer.fence() == []


# Refusals


async def test_what_the_machine_refuses_is_answered_with_its_rule(
    autojump_clock: MockClock, room: Room
) -> None:
    """The refusal goes to who did it, and to nobody else."""
    customer, agent = await room.pair()
    number = await agent.do(do.Press("1", "p", 2))
    refusal, message = await agent.message(see.Refused)

    assert (refusal.rule, refusal.reason) == ("POINTER-2", "pointer_mode")
    assert (message.n, message.epoch, message.re) == (0, 2, number)
    assert await customer.fence() == []


async def test_a_deed_that_lost_a_race_is_refused_when_the_journal_is_applied(
    autojump_clock: MockClock, rooms: Rooms
) -> None:
    """Both deeds were fine when they were sent; the journal's order decides."""
    journal = GatedJournal(MemoryJournal())
    customer, agent = await (room := rooms(journal=journal)).pair()
    journal.shut()
    await customer.do(do.Exit())
    await trio.testing.wait_all_tasks_blocked()
    number = await agent.do(do.Request())
    await trio.testing.wait_all_tasks_blocked()
    journal.gate.set()

    assert (await agent.sees(see.Ended)).reason == EndReason.CUSTOMER_EXIT
    refusal, message = await agent.message(see.Refused)
    assert (refusal.rule, refusal.reason, message.re) == ("STOP-5", "session_ended", number)
    assert (await customer.sees(see.Ended)).reason == EndReason.CUSTOMER_EXIT
    assert kinds(await customer.fence()) == []
    assert room.desk.host.sessions_of(room.alex) == []


@pytest.mark.parametrize("party", [Party.CUSTOMER, Party.AGENT])
async def test_after_the_end_everything_is_refused_to_both(
    autojump_clock: MockClock, room: Room, party: Party
) -> None:
    """Ended is for ever (STOP-5)."""
    customer, agent = await room.pair()
    seat = customer if party is Party.CUSTOMER else agent
    await seat.do(do.Exit())
    await seat.sees(see.Ended)
    await seat.do(do.Exit())

    assert await seat.refused() == ("STOP-5", "session_ended")


# Timers


async def test_a_session_that_nobody_joins_ends(autojump_clock: MockClock, room: Room) -> None:
    """After `pending_s` (START-6)."""
    customer, _ = await room.customer()
    began = trio.current_time()

    assert (await customer.sees(see.Ended)).reason == EndReason.PENDING_TIMEOUT
    assert trio.current_time() - began == pytest.approx(100)


async def test_a_request_expires_by_its_own_timer(autojump_clock: MockClock, room: Room) -> None:
    """A request that follows a withdrawn one has all its time (WRITE-8)."""
    customer, agent = await room.pair()
    await agent.do(do.Request())
    await customer.sees(see.Asked)
    await trio.sleep(20)
    await agent.do(do.Withdraw("r1"))
    await agent.do(do.Request())
    began = trio.current_time()

    assert await customer.sees(see.Answered) == see.Answered("r1", Answer.WITHDRAWN)
    assert (await customer.sees(see.Asked)).request == "r2"
    assert await customer.sees(see.Answered) == see.Answered("r2", Answer.EXPIRED)
    assert trio.current_time() - began == pytest.approx(30)


async def test_a_session_off_the_site_ends(autojump_clock: MockClock, room: Room) -> None:
    """After `off_site_s` (SITE-4)."""
    customer, agent = await room.pair()
    await customer.do(do.LeaveSite())
    suspended = await agent.sees(see.Suspended)
    began = trio.current_time()

    assert (suspended.reason, suspended.ends_in_s) == (SuspendReason.OFF_SITE, 50)
    assert (await agent.sees(see.Ended)).reason == EndReason.OFF_SITE_TIMEOUT
    assert trio.current_time() - began == pytest.approx(50)


@pytest.mark.parametrize(
    "lost, limit_s, reason",
    [(Party.CUSTOMER, 40, EndReason.CUSTOMER_LOST), (Party.AGENT, 20, EndReason.AGENT_LOST)],
)
async def test_a_party_that_stays_away_ends_the_session(
    autojump_clock: MockClock, room: Room, lost: Party, limit_s: float, reason: EndReason
) -> None:
    """After the time that its link has to come back."""
    customer, agent = await room.pair()
    gone, there = (customer, agent) if lost is Party.CUSTOMER else (agent, customer)
    gone.hang_up()
    suspended = await there.sees(see.Suspended)
    began = trio.current_time()

    assert (suspended.reason, suspended.ends_in_s) == (SuspendReason.LINK_LOST, limit_s)
    assert (await there.sees(see.Ended)).reason == reason
    assert trio.current_time() - began == pytest.approx(limit_s)


async def test_inactivity_warns_and_then_ends(autojump_clock: MockClock, room: Room) -> None:
    """Both are warned, both are told (STOP-7)."""
    customer, agent = await room.pair()
    began = trio.current_time()
    for seat in (customer, agent):
        assert (await seat.sees(see.Warned)).ends_in_s == pytest.approx(60)
    assert trio.current_time() - began == pytest.approx(140)
    for seat in (customer, agent):
        assert (await seat.sees(see.Ended)).reason == EndReason.INACTIVITY
    assert trio.current_time() - began == pytest.approx(200)


@pytest.mark.parametrize("by_hand, warned_after_s", [(True, 239), (False, 140)])
async def test_only_frames_by_hand_are_activity(
    autojump_clock: MockClock, room: Room, by_hand: bool, warned_after_s: float
) -> None:
    """A page that changes by itself does not keep a session alive that nobody uses (STOP-7)."""
    customer, agent = await room.pair()
    began = trio.current_time()
    for _ in range(100):
        await customer.give(customer.pointer(by_hand=by_hand))
        await trio.sleep(1)
    while isinstance(message := await agent.next(), bytes):
        pass

    assert isinstance(message, ToParty)
    assert isinstance(message.see, see.Warned)
    assert trio.current_time() - began == pytest.approx(warned_after_s, abs=1)


async def test_many_frames_are_one_activity_a_second(autojump_clock: MockClock, room: Room) -> None:
    """The journal does not grow with the frames."""
    customer, _ = await room.pair()
    await trio.sleep(5)
    for _ in range(50):
        await customer.give(customer.pointer())
    await customer.fence()

    assert customer.seen[-1].n == 4  # started, joined, one stir, the fence


# Frames


async def test_frames_reach_the_other_party_as_they_are(autojump_clock: MockClock, room: Room) -> None:
    """The server never looks into a payload."""
    customer, agent = await room.pair()
    content = encode_frame(CONTENT, customer.epoch, b"anything\x00\xff", by_hand=False)
    await customer.give(content)
    await agent.give(agent.pointer())

    assert await agent.next() == content
    assert await customer.next() == agent.pointer()


async def test_no_frame_passes_while_the_session_is_pending(autojump_clock: MockClock, room: Room) -> None:
    """Nothing leaves before an agent has joined, what was sent before included (START-5)."""
    customer, session_id = await room.customer()
    await customer.give(customer.pointer())
    agent = await room.agent()
    await agent.do(do.Join(session_id))

    assert kinds(await agent.fence()) == [see.Joined, see.TokenIssued]


async def test_no_frame_passes_while_suspended_or_ended(autojump_clock: MockClock, room: Room) -> None:
    """Neither way (SITE-1, STOP-5)."""
    customer, agent = await room.pair()
    for action in (do.LeaveSite(), do.Exit()):
        await customer.do(action)
        await customer.next()
        await agent.next()
        await customer.give(customer.pointer(epoch=99))
        await agent.give(agent.pointer(epoch=99))
        await customer.do(do.Fence("mark"))
        assert kinds(await agent.until_fence("mark")) == []
        assert kinds(await customer.until_fence("mark")) == []


async def test_a_frame_from_before_a_suspension_is_dropped_after_it(
    autojump_clock: MockClock, room: Room
) -> None:
    """It is stamped with the epoch that its sender knew (SITE-1)."""
    customer, agent = await room.pair()
    old = customer.pointer()
    await customer.do(do.LeaveSite())
    await customer.do(do.ReturnToSite())
    await customer.give(old)
    await customer.sees(see.Suspended)
    await customer.sees(see.Resumed)
    await customer.give(customer.pointer())
    await customer.do(do.Fence("mark"))

    assert kinds(await agent.until_fence("mark")) == [see.Suspended, see.Resumed, "frame"]


async def test_an_agent_cannot_send_content(autojump_clock: MockClock, room: Room) -> None:
    """Content goes from the customer to the agent only."""
    customer, agent = await room.pair()
    await agent.give(encode_frame(CONTENT, agent.epoch, b"forged"))
    await agent.do(do.Fence("mark"))

    assert await customer.until_fence("mark") == []


# Links


async def test_a_party_resumes_with_its_token(autojump_clock: MockClock, room: Room) -> None:
    """The other one is told of both, and the page may flow again (RESUME-1)."""
    customer, agent = await room.pair()
    customer.hang_up()
    await agent.sees(see.Suspended)
    back = room.sit(Party.CUSTOMER)
    number = await back.do(do.Resume(customer.token))
    await back.sees(see.PolicyGiven)
    restored, message = await back.message(see.Restored)
    await back.sees(see.Suspended)  # which it had missed
    resumed, _ = await back.message(see.Resumed)

    assert (restored.state, restored.agent, message.re) == ("suspended", "Alex", number)
    assert resumed == await agent.sees(see.Resumed)
    await back.give(back.pointer())
    assert await agent.next() == back.pointer()


async def test_an_agent_resumes_on_a_link_that_has_signed_in(autojump_clock: MockClock, room: Room) -> None:
    """Its token alone is not enough: whose it is must be proved (SECURE-1)."""
    customer, agent = await room.pair()
    agent.hang_up()
    await customer.sees(see.Suspended)
    back = room.sit(Party.AGENT)
    await back.do(do.Resume(agent.token))
    assert await back.refused() == ("SECURE-1", "not_authenticated")
    await back.do(do.SignIn(room.credential))
    await back.sees(see.Welcome)
    await back.do(do.Resume(agent.token))

    assert kinds(await back.fence()) == [see.Restored, see.Suspended, see.Resumed]


async def test_a_new_link_takes_over_from_one_that_only_seems_open(
    autojump_clock: MockClock, room: Room
) -> None:
    """The old link is lost first, and closed; the other party sees both."""
    customer, agent = await room.pair()
    back = room.sit(Party.CUSTOMER)
    await back.do(do.Resume(customer.token))

    assert (await customer.closed()).code == TAKEN_OVER
    await agent.sees(see.Suspended)
    await agent.sees(see.Resumed)
    assert kinds(await back.fence()) == [see.PolicyGiven, see.Restored, see.Suspended, see.Resumed]
    assert kinds(await agent.fence()) == [see.FencePassed]


async def test_tokens_open_their_own_session_and_role_only(autojump_clock: MockClock, room: Room) -> None:
    """A token used for another session or role is refused (SECURE-2)."""
    customer, agent = await room.pair()
    other = room.sit(Party.CUSTOMER)
    await other.do(do.Resume(agent.token))
    assert await other.refused() == ("SECURE-2", "wrong_token")
    _, credential = room.desk.add_agent("Blake")
    second = await room.agent(credential)
    for token in (customer.token, agent.token, "made up"):
        await second.do(do.Resume(token))
        assert await second.refused() == ("SECURE-2", "wrong_token")
    own, _ = await room.customer()
    await own.do(do.Resume(customer.token))

    assert await own.refused() == ("SECURE-4", "out_of_turn")
    assert kinds(await customer.fence()) == []


async def test_an_ended_sessions_token_is_told_so_until_it_is_forgotten(
    autojump_clock: MockClock, room: Room
) -> None:
    """Ended is for ever (STOP-5); what is forgotten is nobody's."""
    customer, _ = await room.pair()
    await customer.do(do.Exit())
    await customer.sees(see.Ended)
    back = room.sit(Party.CUSTOMER)
    await back.do(do.Resume(customer.token))
    assert await back.refused() == ("STOP-5", "session_ended")
    await trio.sleep(ENDED_KEPT_S + 1)
    back = room.sit(Party.CUSTOMER)
    await back.do(do.Resume(customer.token))

    assert await back.refused() == ("SECURE-2", "wrong_token")
    await customer.do(do.Exit())
    assert await customer.refused() == ("STOP-5", "session_ended")


async def test_an_agents_link_carries_one_session_after_another(
    autojump_clock: MockClock, room: Room
) -> None:
    """The workspace stays open, and what is left of the first session does not reach it any more."""
    customer, agent = await room.pair()
    await agent.do(do.Exit())
    await agent.sees(see.Ended)
    second, _ = await room.pair(agent=agent)
    await customer.sees(see.Ended)
    await customer.fence()

    assert kinds(await agent.fence()) == []
    assert kinds(await second.until_fence("agent4")) == []


async def test_who_reads_too_slowly_loses_its_link_and_nobody_elses(
    autojump_clock: MockClock, room: Room
) -> None:
    """The bound is per link."""
    customer, session_id = await room.customer()
    agent = await room.agent(max_messages=20)
    other_customer, other_agent = await room.pair(agent=await room.agent(room.desk.add_agent("Blake")[1]))
    await agent.do(do.Join(session_id))
    await customer.sees(see.Joined)
    for _ in range(30):
        await customer.give(customer.pointer())
    suspended = await customer.sees(see.Suspended)

    assert suspended.reason == SuspendReason.LINK_LOST
    assert (await agent.closed()).code == TRY_AGAIN_LATER
    await other_customer.give(other_customer.pointer())
    assert await other_agent.next() == other_customer.pointer()


class TornJournal:
    """A journal that cannot be read on from a click."""

    answers_at_once = False

    def __init__(self, inner: Journal) -> None:
        self.inner = inner
        self.begin, self.append, self.forget = inner.begin, inner.append, inner.forget
        self.keep, self.drop, self.settle = inner.keep, inner.drop, inner.settle
        self.run, self.close, self.recover = inner.run, inner.close, inner.recover

    async def follow(self, session_key: str, after: int = 0) -> AsyncGenerator[Entry, None]:
        """As the journal behind it, up to a click."""
        async with aclosing(self.inner.follow(session_key, after)) as entries:
            async for entry in entries:
                if isinstance(entry.deed.action, do.Click):
                    raise OSError("the page is torn")
                yield entry


async def test_a_session_that_fails_takes_no_other_along(autojump_clock: MockClock, rooms: Rooms) -> None:
    """What goes wrong while a journal is applied stays in that session."""
    room = rooms(journal=TornJournal(MemoryJournal()))
    customer, agent = await room.pair()
    other, other_agent = await room.pair(agent=await room.agent(room.desk.add_agent("Blake")[1]))
    await agent.do(do.Click(1, 1))

    assert (await customer.closed()).reason == "the session failed"
    assert room.desk.host.sessions_of(room.alex) == []
    assert (await agent.closed()).reason == "the session failed"
    await other.do(do.Fence("mark"))
    assert await other_agent.until_fence("mark") == []


async def test_shutting_down_ends_every_session_and_says_so(autojump_clock: MockClock, room: Room) -> None:
    """Everybody learns the reason before the link closes."""
    customer, agent = await room.pair()
    waiting, _ = await room.customer()
    await room.desk.host.shut_down()

    for seat in (customer, agent, waiting):
        assert (await seat.sees(see.Ended)).reason == EndReason.SERVER_SHUTDOWN
        assert (await seat.closed()).reason == "the server stops"


async def test_a_session_without_timers_for_inactivity_lasts(autojump_clock: MockClock, rooms: Rooms) -> None:
    """Zero turns it off (STOP-7)."""
    policy = POLICY.replace("inactivity_s = 200", "inactivity_s = 0")
    room = rooms(policies=Policies({"default": policy}))
    customer, _ = await room.pair()
    for _ in range(3):
        await trio.sleep(3600)
        await customer.give(customer.pointer())

    assert await customer.fence() == []
    assert customer.seen[-1].n == 3

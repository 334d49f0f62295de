"""What a server finds again after a crash, and what it makes of it (RESUME-4): over in-memory links, with each journal.

Time stands still unless a test says otherwise; a server that is started anew begins at the time it then is.
"""

import re
from typing import Any, TypeVar

import pytest
import trio
from cobrowse_server.desk import INTERACTION_KEPT_S, Unknown
from cobrowse_server.host import ENDED_KEPT_S, Live
from cobrowse_server.journal import Journal
from cobrowse_server.policies import Policies
from cobrowse_spec import actions as do
from cobrowse_spec import observations as see
from cobrowse_spec.actions import LinkAction
from cobrowse_spec.observations import Observation
from cobrowse_spec.policy import parse_policy
from cobrowse_spec.session import Session, State
from cobrowse_spec.terms import (
    SESSION_ID_REST_S,
    Answer,
    EndReason,
    InteractionKind,
    Mode,
    Party,
    SuspendReason,
)
from cobrowse_spec.wire.messages import ToParty

from tests.reference_server.conftest import KEY, POLICY, SITE, Crashes, Room, Seat

CHAT = InteractionKind.CHAT

_S = TypeVar("_S", bound=Observation)


class Servers:
    """One server after the other, on the same journal."""

    def __init__(self, crashes: Crashes) -> None:
        self.now = 1000.0
        self._crashes = crashes
        self._journal: Journal | None = None
        self._tasks = trio.CancelScope()

    async def start(self, **options: Any) -> Room:
        """The first server, or the next one: the one before is gone without a word."""
        await self.stop()
        if self._journal is None:
            self._journal = await self._crashes.open()
        else:
            self._journal = await self._crashes.crash(self._journal)
        held = await self._journal.recover()
        room: Room = await self._crashes.nursery.start(self._run, options)
        await room.desk.recover(held)
        return room

    async def stop(self) -> None:
        """The server is gone without a word."""
        self._tasks.cancel()
        await trio.testing.wait_all_tasks_blocked()

    async def _run(self, options: dict[str, Any], task_status: trio.TaskStatus[Room]) -> None:
        with trio.CancelScope() as self._tasks:
            async with trio.open_nursery() as nursery:
                room = Room(nursery, journal=self._journal, clock=lambda: self.now, **options)
                await room.desk.settle()
                task_status.started(room)
                await trio.sleep_forever()


@pytest.fixture
def servers(crashes: Crashes) -> Servers:
    """No server yet."""
    return Servers(crashes)


def lives(room: Room) -> list[Live]:
    """The sessions that this server knows, ended ones included."""
    return list(vars(room.desk.host)["_sessions"].values())


def session(room: Room) -> Session:
    """The only one."""
    (live,) = lives(room)
    return live.session


async def back(room: Room, seat: Seat, credential: str = "") -> Seat:
    """The party of this seat, with its token, at the new server."""
    party = seat.link.party
    new = await room.agent(credential) if party is Party.AGENT else room.sit(party)
    await new.do(do.Resume(seat.token))
    return new


async def seen(seat: Seat) -> list[Observation]:
    """Everything that it sees before a fence, but for the policy."""
    messages = await seat.fence()
    return [
        one.see for one in messages if isinstance(one, ToParty) and not isinstance(one.see, see.PolicyGiven)
    ]


async def first(seat: Seat, kind: type[_S]) -> _S:
    """The next that it sees of this kind; others are passed over."""
    while not isinstance(one := await seat.sees(see.Observation), kind):
        pass
    return one


async def refused(seat: Seat) -> tuple[str, str]:
    """The rule and reason of its next refusal."""
    refusal = await first(seat, see.Refused)
    return refusal.rule, refusal.reason


# What parties are told of what came up while no server was there, and no party yet


@pytest.mark.parametrize("crashes_in_a_row", [1, 2, 3])
async def test_however_often_it_crashes_a_party_hears_what_became_of_its_request(
    servers: Servers, crashes_in_a_row: int
) -> None:
    """A client that does not count its notices is told what no server can have sent it, once (RESUME-2)."""
    room = await servers.start()
    _, agent = await room.pair()
    await agent.do(do.Request())
    await agent.fence()
    credential = room.credential
    for _ in range(crashes_in_a_row):
        room = await servers.start()
    agent = await back(room, agent, credential)
    told = await seen(agent)
    again = await seen(await back(room, agent, credential))

    assert [Answer.VOID] == [one.answer for one in told if isinstance(one, see.Answered)]
    assert [] == [one for one in again if isinstance(one, see.Answered)]


async def test_what_had_arrived_before_the_crashes_is_not_told_again(servers: Servers) -> None:
    """Nor what came up after the party was back (RESUME-2)."""
    room = await servers.start()
    customer, agent = await room.pair()
    await agent.do(do.Request())
    await agent.fence()
    credential = room.credential
    room = await servers.start()
    customer, agent = await back(room, customer), await back(room, agent, credential)
    await agent.do(do.Request())
    await agent.fence()
    await customer.do(do.Deny("r2"))
    await customer.fence()
    await agent.fence()
    room = await servers.start()
    told = await seen(await back(room, agent, credential))

    assert [] == [one for one in told if isinstance(one, see.Asked | see.Answered | see.Joined)]


# Where a session stood


async def test_a_pending_session_waits_on_with_its_id_and_its_customers_token(servers: Servers) -> None:
    """An agent can still join, and the customer comes back to it."""
    room = await servers.start()
    customer, session_id = await room.customer()
    room, credential = await servers.start(), room.credential
    assert (session(room).state, session(room).customer_lost) == (State.PENDING, True)
    customer = await back(room, customer)
    restored = (await seen(customer))[0]
    agent = await room.agent(credential)
    await agent.do(do.Join(session_id))

    assert restored == see.Restored(State.PENDING, Mode.POINTER)
    await agent.sees(see.Joined)
    assert (await customer.sees(see.Joined)).agent == "Alex"


async def test_write_mode_is_pointer_mode_after_the_crash(servers: Servers) -> None:
    """Both links were lost, and an approval outlives no lost link (RESUME-3, WRITE-13)."""
    room = await servers.start()
    customer, agent = await room.writing()
    room, credential = await servers.start(), room.credential
    suspended = session(room)
    assert (suspended.state, suspended.customer_lost, suspended.agent_lost) == (State.SUSPENDED, True, True)
    customer, agent = await back(room, customer), await back(room, agent, credential)
    await agent.do(do.Press("e", "p", agent.epoch))
    after = await seen(agent)

    assert see.Resumed(Mode.POINTER) in after
    assert [("POINTER-2", "pointer_mode")] == [
        (o.rule, o.reason) for o in after if isinstance(o, see.Refused)
    ]
    assert see.Resumed(Mode.POINTER) in await seen(customer)


async def test_a_pending_request_is_void_and_can_be_made_again(servers: Servers) -> None:
    """A lost link voids it (SITE-6); numbers go on, so that a late answer answers nothing (WRITE-7)."""
    room = await servers.start()
    customer, agent = await room.pair()
    await agent.do(do.Request())
    await customer.sees(see.Asked)
    room, credential = await servers.start(), room.credential
    assert session(room).request == ""
    customer, agent = await back(room, customer), await back(room, agent, credential)
    assert see.Answered("r1", Answer.VOID) in await seen(customer)
    await seen(agent)
    await customer.do(do.Approve("r1"))
    await agent.do(do.Request())

    assert await refused(customer) == ("WRITE-1", "no_such_request")
    assert (await first(agent, see.Asked)).request == "r2"


async def test_a_request_whose_time_was_over_meanwhile_expires_before_the_links_are_lost(
    servers: Servers,
) -> None:
    """In the order in which it would have happened; then it cools down (WRITE-9)."""
    room = await servers.start()
    customer, agent = await room.pair()
    await agent.do(do.Request())
    await customer.sees(see.Asked)
    servers.now += 30
    room, credential = await servers.start(), room.credential
    customer, agent = await back(room, customer), await back(room, agent, credential)
    await seen(agent)
    await agent.do(do.Request())
    refusal = await first(agent, see.Refused)

    assert (refusal.rule, refusal.retry_after_s) == ("WRITE-9", 10)


async def test_a_server_that_dies_has_lost_no_link(servers: Servers) -> None:
    """Its parties have lost theirs: what runs out while no server is there is not void before (WRITE-8)."""
    room = await servers.start()
    customer, agent = await room.pair()
    await agent.do(do.Request())
    await customer.sees(see.Asked)
    await servers.stop()
    servers.now += 30
    room, credential = await servers.start(), room.credential
    agent = await back(room, agent, credential)

    assert see.Answered("r1", Answer.EXPIRED) in await seen(agent)


async def test_an_ended_session_says_so_and_why(servers: Servers) -> None:
    """To both tokens and to the record; its ID is worthless and its agent free (STOP-5, STOP-6, JOIN-6)."""
    room = await servers.start()
    interaction, token = room.interaction()
    customer, agent = await room.pair(token)
    session_id = session(room).session_id
    await customer.do(do.Exit())
    await agent.sees(see.Ended)
    room, credential = await servers.start(), room.credential
    kept = room.desk.lobby.interaction(interaction.interaction)
    assert kept is not None
    assert (room.desk.state_of(kept), kept.end_reason) == ("ended", EndReason.CUSTOMER_EXIT)
    for seat in (await back(room, customer), await back(room, agent, credential)):
        assert await refused(seat) == ("STOP-5", "session_ended")
    agent = await room.agent(credential)
    await agent.do(do.Join(session_id))
    assert await agent.refused() == ("JOIN-6", "no_such_session")

    await room.customer(token)


async def test_an_end_that_was_not_recorded_in_the_crash_is_recorded_then(servers: Servers) -> None:
    """It was written down in the session's journal, and nowhere else yet (STOP-6, START-7, RECORD-1)."""
    room = await servers.start()
    interaction, token = room.interaction()
    customer, session_id = await room.customer(token)
    vars(room.desk.host)["_ended"] = lambda live: None
    await customer.do(do.Cancel())
    await customer.sees(see.Ended)
    for later_s in (0, ENDED_KEPT_S):
        servers.now += later_s
        room = await servers.start()
        kept = room.desk.lobby.interaction(interaction.interaction)
        assert kept is not None
        assert (room.desk.state_of(kept), kept.end_reason) == ("ended", EndReason.CANCELLED)
        assert "cancelled" in room.desk.receipt_of(kept)
        assert vars(room.desk)["_ids"].is_taken(session_id)
        await trio.testing.wait_all_tasks_blocked()
        await room.desk.settle()


@pytest.mark.parametrize("late_s, remembered", [(-1.0, 1), (0.0, 0)])
async def test_an_ended_session_is_forgotten_when_it_would_have_been(
    servers: Servers, late_s: float, remembered: int
) -> None:
    """Its record stays as long as its chat or call does."""
    room = await servers.start()
    interaction, token = room.interaction()
    customer, _ = await room.customer(token)
    await customer.do(do.Cancel())
    await customer.sees(see.Ended)
    servers.now += ENDED_KEPT_S + late_s
    room = await servers.start()
    await trio.testing.wait_all_tasks_blocked()
    kept = room.desk.lobby.interaction(interaction.interaction)
    assert kept is not None

    assert len(lives(room)) == remembered
    assert (room.desk.state_of(kept), kept.end_reason) == ("ended", EndReason.CANCELLED)
    await room.customer(token)


async def test_a_session_that_was_off_the_site_still_is(servers: Servers) -> None:
    """Until its customer is back on the site, not only on the link."""
    room = await servers.start()
    customer, agent = await room.pair()
    await customer.do(do.LeaveSite())
    await agent.sees(see.Suspended)
    room, credential = await servers.start(), room.credential
    customer, agent = await back(room, customer), await back(room, agent, credential)
    assert see.Resumed(Mode.POINTER) not in await seen(customer)
    await customer.do(do.ReturnToSite())

    assert await first(customer, see.Resumed) == see.Resumed(Mode.POINTER)


async def test_a_notice_that_a_party_missed_before_the_crash_still_arrives(servers: Servers) -> None:
    """Once, in its order (RESUME-2)."""
    room = await servers.start()
    customer, agent = await room.pair()
    agent.hang_up()
    await customer.sees(see.Suspended)
    await customer.do(do.LeaveSite())
    assert (await customer.sees(see.Suspended)).reason is SuspendReason.OFF_SITE
    room, credential = await servers.start(), room.credential
    agent = await back(room, agent, credential)
    reasons = [one.reason for one in await seen(agent) if isinstance(one, see.Suspended)]

    assert reasons[:2] == [SuspendReason.LINK_LOST, SuspendReason.OFF_SITE]


# Timers

#: What starts a timer, which party is asked, and how long it runs under the tests' policy.
TIMERS: tuple[tuple[str, float, EndReason], ...] = (
    ("pending", 100, EndReason.PENDING_TIMEOUT),
    ("off_site", 50, EndReason.OFF_SITE_TIMEOUT),
    ("agent_link", 20, EndReason.AGENT_LOST),
    ("customer_link", 40, EndReason.CUSTOMER_LOST),
    ("inactivity", 200, EndReason.INACTIVITY),
)


async def start_timer(room: Room, timer: str) -> None:
    """Bring a session to where this timer runs."""
    if timer == "pending":
        await room.customer()
        return
    customer, agent = await room.pair()
    if timer == "off_site":
        await customer.do(do.LeaveSite())
    elif timer != "inactivity":
        (agent if timer == "agent_link" else customer).hang_up()
    if timer != "inactivity":
        await (customer if timer == "agent_link" else agent).sees(see.Suspended)


@pytest.mark.parametrize("late_s, ended", [(-1.0, False), (0.0, True), (1e5, True)])
@pytest.mark.parametrize("timer, length_s, reason", TIMERS, ids=[one[0] for one in TIMERS])
async def test_timers_go_on_from_their_deadlines(
    servers: Servers, timer: str, length_s: float, reason: EndReason, late_s: float, ended: bool
) -> None:
    """One that has passed meanwhile expires at once, one that has not does so when it is due."""
    room = await servers.start()
    await start_timer(room, timer)
    servers.now += length_s + late_s
    room = await servers.start()
    found = session(room)

    assert found.end_reason == (reason if ended else None)
    if not ended and timer not in ("inactivity", "pending"):
        assert getattr(found.deadlines, timer) == 1000 + length_s


async def test_what_is_due_at_different_times_expires_in_its_order(servers: Servers) -> None:
    """The agent's link was to be given up before the customer's page."""
    room = await servers.start()
    customer, agent = await room.pair()
    agent.hang_up()
    await customer.sees(see.Suspended)
    await customer.do(do.LeaveSite())
    await customer.sees(see.Suspended)
    servers.now += 1e6
    room = await servers.start()

    assert session(room).end_reason is EndReason.AGENT_LOST


async def test_whoever_is_not_back_in_time_is_lost_then(servers: Servers) -> None:
    """The time that parties have to come back begins when they can."""
    room = await servers.start()
    await room.pair()
    servers.now += 10
    room = await servers.start()

    assert (session(room).deadlines.customer_link, session(room).deadlines.agent_link) == (1050, 1030)


async def test_a_clock_that_was_set_back_moves_no_deadline(servers: Servers) -> None:
    """Time never runs backwards in a journal."""
    room = await servers.start()
    await room.pair()
    servers.now -= 500
    room = await servers.start()

    assert session(room).deadlines.customer_link == 1040


# What lies before a session


async def test_agents_and_their_credentials_are_still_good(servers: Servers) -> None:
    """Those of agents who were removed are not (SECURE-1)."""
    room = await servers.start()
    _, gone = room.desk.add_agent("Blake")
    blake = room.desk.lobby.agent_with(gone)
    assert blake is not None
    room.desk.remove_agent(blake.agent)
    await room.desk.settle()
    room, credential = await servers.start(), room.credential
    agent, stranger = room.sit(Party.AGENT), room.sit(Party.AGENT)
    await agent.do(do.SignIn(credential))
    await stranger.do(do.SignIn(gone))

    assert (await agent.sees(see.Welcome)).name == "Alex"
    assert await stranger.refused() == ("SECURE-1", "not_authenticated")


async def test_an_agent_is_still_busy(servers: Servers) -> None:
    """With the session that waits for it (JOIN-5)."""
    room = await servers.start()
    await room.pair()
    room, credential = await servers.start(), room.credential
    _, session_id = await room.customer()
    agent = await room.agent(credential)
    await agent.do(do.Join(session_id))

    assert await agent.refused() == ("JOIN-5", "agent_busy")


async def test_chats_and_calls_are_still_open_or_over(servers: Servers) -> None:
    """The customer's page starts a session with what it was given; and not twice (START-8)."""
    room = await servers.start()
    _, token = room.interaction(policy="default")
    over, over_token = room.interaction()
    _, begun_token = room.interaction()
    await room.desk.end_interaction(over)
    await room.customer(begun_token)
    room = await servers.start()
    for what, refusal in ((over_token, "no_interaction"), (begun_token, "already_started")):
        customer = room.sit(Party.CUSTOMER)
        await customer.do(do.Start(what))
        assert await customer.refused() == ("START-8", refusal)
    await room.customer(token)

    with pytest.raises(Unknown):
        room.desk.interaction(over.interaction)


async def test_a_chat_that_is_over_is_forgotten_when_it_would_have_been(servers: Servers) -> None:
    """Its record has the time that it has anyway."""
    room = await servers.start()
    over, _ = room.interaction()
    await room.desk.end_interaction(over)
    servers.now += INTERACTION_KEPT_S - 1
    room = await servers.start()
    assert room.desk.lobby.interaction(over.interaction) is not None
    servers.now += 1
    room = await servers.start()
    await trio.testing.wait_all_tasks_blocked()

    assert room.desk.lobby.interaction(over.interaction) is None


async def test_an_agent_who_signs_in_finds_the_chat_that_waits_for_it(servers: Servers) -> None:
    """Its workspace joins by itself, as it would have done (START-3)."""
    room = await servers.start()
    _, token = room.interaction(CHAT)
    _, session_id = await room.customer(token)
    room, credential = await servers.start(), room.credential
    agent = await room.agent(credential)

    assert (await agent.sees(see.Said)).text == f"{{start:{session_id}}}"
    assert (await agent.sees(see.Joined)).by_chat


async def test_a_session_whose_chat_ended_in_the_crash_ends_with_it(servers: Servers) -> None:
    """The end of the chat was written down, and that of its session not yet (STOP-4)."""
    room = await servers.start()
    interaction, token = room.interaction()
    await room.customer(token)
    room.desk.lobby.close(interaction)
    vars(room.desk)["_journal"].keep(interaction)
    await room.desk.settle()
    room = await servers.start()

    assert session(room).end_reason is EndReason.INTERACTION_ENDED


async def test_a_session_that_was_not_begun_in_the_crash_leaves_its_call_free(servers: Servers) -> None:
    """Nobody was told of it: the customer starts anew."""
    room = await servers.start()
    interaction, token = room.interaction()
    interaction.session_key, interaction.session_state = "key", State.UNSTARTED
    journal = vars(room.desk)["_journal"]
    journal.keep(interaction)
    await journal.begin("key", Session("123456789", parse_policy(POLICY), interaction.interaction))
    await journal.settle()
    room = await servers.start()
    assert lives(room) == []

    await room.customer(token)


async def test_ids_in_use_and_at_rest_are_not_issued(servers: Servers) -> None:
    """For a day after their sessions (START-7), however often the server is started."""
    drawn = iter([1, 2])
    room = await servers.start(below=lambda how_many: next(drawn))
    customer, _ = await room.customer()
    await customer.do(do.Cancel())
    await customer.sees(see.Ended)
    await room.customer()
    ids: list[int] = []
    for at_s in (0.0, ENDED_KEPT_S, SESSION_ID_REST_S - 1, SESSION_ID_REST_S):
        servers.now = 1000 + at_s
        draws = iter([1, 2, 3 + len(ids)])
        room = await servers.start(below=lambda how_many, draws=draws: next(draws))
        customer, session_id = await room.customer()
        await customer.do(do.Cancel())
        await customer.sees(see.Ended)
        ids.append(int(session_id))
        await trio.testing.wait_all_tasks_blocked()  # what is over is forgotten
        await room.desk.settle()

    assert ids == [3, 4, 5, 1]


@pytest.mark.parametrize(
    "settings, site",
    [(POLICY, "https://put.example"), ("write_mode = false\n" + POLICY, SITE)],
    ids=["unchanged", "changed"],
)
async def test_a_policy_that_was_put_is_in_force_until_the_settings_are_changed(
    servers: Servers, settings: str, site: str
) -> None:
    """Whichever was decided later (MASK-11)."""
    room = await servers.start(policies=Policies({"default": POLICY}))
    room.desk.put_policy("default", 'site = ["https://put.example"]')
    room.desk.put_policy("new", 'site = ["https://new.example"]')
    await room.desk.settle()
    for _ in range(2):
        room = await servers.start(policies=Policies({"default": settings}))
        policies = room.desk.policies

        assert [policies.get(name).site for name in ("default", "new")] == [(site,), ("https://new.example",)]  # type: ignore[union-attr] # both are there


async def test_a_live_session_follows_the_new_servers_policy_where_that_is_stricter(servers: Servers) -> None:
    """And keeps what it was started with where that is; the settings may have changed meanwhile (MASK-11)."""
    room = await servers.start()
    customer, agent = await room.pair()
    stricter = 'write_mode = false\nsite = ["https://bank.example", "https://other.example"]'
    room, credential = await servers.start(policies=Policies({"default": stricter})), room.credential
    customer, agent = await back(room, customer), await back(room, agent, credential)
    await first(agent, see.Resumed)
    await agent.do(do.Request())
    [live] = room.desk.host._sessions.values()

    assert ("WRITE-5", "write_mode_disabled") == await agent.refused()
    assert ("https://bank.example",) == live.session.policy.site


async def test_tokens_open_their_own_session_and_role_after_a_crash_too(servers: Servers) -> None:
    """One that a refused deed would have brought is worth nothing (SECURE-2)."""
    room = await servers.start()
    customer, agent = await room.pair()
    room = await servers.start()
    wrong_role = room.sit(Party.CUSTOMER)
    await wrong_role.do(do.Resume(agent.token))
    other = await room.agent(room.desk.add_agent("Blake")[1])
    for token in (agent.token, customer.token, "made up"):
        await other.do(do.Resume(token))
        assert await other.refused() == ("SECURE-2", "wrong_token")

    assert await wrong_role.refused() == ("SECURE-2", "wrong_token")
    assert len(vars(room.desk.host)["_tokens"]) == 2


async def test_a_crash_while_recovering_loses_nothing(servers: Servers) -> None:
    """The second server finds what the first one did of it."""
    room = await servers.start()
    customer, agent = await room.writing()
    n = session(room).n
    for _ in range(3):
        room, credential = await servers.start(), room.credential
        room.credential = credential
    assert session(room).n == n + 2  # each link is lost once
    customer, agent = await back(room, customer), await back(room, agent, room.credential)

    assert see.Resumed(Mode.POINTER) in await seen(customer)


async def test_every_deed_of_a_story_survives(servers: Servers) -> None:
    """Whatever the last one was, the session after the crash is the one before it, without its links."""
    story: tuple[tuple[str, LinkAction], ...] = (
        ("customer", do.ShowPage("p1", f"{SITE}/apply", (do.Element("e"),))),
        ("agent", do.Click(1, 2)),
        ("agent", do.Request()),
        ("customer", do.Deny("r1")),
        ("agent", do.Fence("f")),
        ("customer", do.LeaveSite()),
        ("customer", do.ReturnToSite()),
    )
    for length in range(len(story) + 1):
        servers_now = servers.now
        room = await servers.start()
        seats = dict(zip(("customer", "agent"), await room.pair(), strict=True))
        for who, action in story[:length]:
            await seats[who].do(action)
        await seats["agent"].fence()
        await seats["customer"].fence()
        (live,) = [live for live in lives(room) if not live.is_over]
        room = await servers.start()
        (found,) = [one.session for one in lives(room) if not one.is_over]

        assert (found.n, found.requests, found.off_site, found.cool_down_until) == (
            live.session.n + 2,
            live.session.requests,
            live.session.off_site,
            live.session.cool_down_until,
        )
        await room.desk.host.shut_down()
        servers.now = servers_now + 1000 * (length + 1)


@pytest.mark.parametrize("over", [False, True])
async def test_a_receipt_goes_on_where_it_stopped(servers: Servers, over: bool) -> None:
    """Its chain comes out of the journal as it was; and one that was sealed stays so (RECORD-1)."""
    room = await servers.start()
    interaction, token = room.interaction()
    customer, agent = await room.pair(token)
    await customer.do(do.ShowPage("p1", f"{SITE}/apply?name=Ada#top"))
    await customer.do(do.ShowPage("p2", f"{SITE}/rates"))
    await agent.sees(see.PageShown)
    await agent.sees(see.PageShown)
    if over:
        await customer.do(do.Exit())
        await agent.sees(see.Ended)
    before = room.desk.receipt_of(interaction)
    assert f"{SITE}/apply" in before
    room = await servers.start()
    kept = room.desk.lobby.interaction(interaction.interaction)
    assert kept is not None
    after = room.desk.receipt_of(kept)

    assert after.startswith(before)
    assert (after == before) == over


async def test_a_server_that_was_stopped_has_ended_its_sessions_for_good(servers: Servers) -> None:
    """A stop is no crash (STOP-6)."""
    room = await servers.start()
    customer, _ = await room.customer()
    await room.desk.host.shut_down()
    room = await servers.start()
    customer = await back(room, customer)

    assert session(room).end_reason is EndReason.SERVER_SHUTDOWN
    assert await customer.refused() == ("STOP-5", "session_ended")


async def test_a_controller_finds_its_desk_as_it_was(servers: Servers) -> None:
    """What it opened over its link can be ended by REST or over a new one, and the session with it."""
    room = await servers.start()
    controller = await room.controller()
    await controller.do(do.OpenInteraction(InteractionKind.CALL, room.alex.agent))
    opened = await controller.sees(see.InteractionOpened)
    await room.customer(opened.customer_token)
    room = await servers.start()
    controller = room.sit(Party.CONTROLLER)
    await controller.do(do.SignIn(KEY))
    await controller.sees(see.Welcome)
    await controller.do(do.EndInteraction(opened.interaction))
    await controller.fence()

    assert session(room).end_reason is EndReason.INTERACTION_ENDED
    assert re.fullmatch("interaction-[0-9a-f]{16}", opened.interaction)

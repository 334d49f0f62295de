"""A visit: one simulated session, from the customer's call to its end, judged while it happens.

A visit plays the lines of a journey one after the other with a scripted customer (guarded, as a real page's
script is) and an agent who obeys nothing, so that the server's own refusals are under load as well.  Every
event goes to the invariants, to the stopwatch and to the meters as it is recorded.

Order: what a visit needs, how it can fail, the visit, its lines, waiting.
"""

import contextlib
import random
import time
from collections.abc import Callable, Coroutine
from typing import Any, Final, NamedTuple

import outcome
import trio
from cobrowse_spec import actions as do
from cobrowse_spec import observations as see
from cobrowse_spec.actions import Action
from cobrowse_spec.rules.judge import Judge
from cobrowse_spec.stories import (
    AGENT,
    CONTACT_CENTRE,
    CUSTOMER,
    SESSION_ID,
    CutLink,
    Expect,
    HaveOpen,
    Meet,
    Perform,
    Role,
    Step,
)
from cobrowse_spec.terms import InteractionKind, Party
from cobrowse_spec.trace import Event, Header, Recorder, Trace
from cobrowse_spec.wire.frames import CONTENT, encode_frame
from cobrowse_spec.wire.messages import PATHS
from msgspec.structs import replace

from ..agent import BareAgent
from ..browser import Browser
from ..client import Client
from ..customer import Customer
from ..links import Link, LinkClosed, LinkRefused, LinkUnreachable
from ..mirror import AttributeChange, IncrementalEvent, Mutation, encode_events
from ..pump import Open
from .desk import Desk, DeskError
from .journeys import FillIn, Journey, JourneyLine, Reconnect, Ripple, Think, Wander
from .meters import Meters
from .network import shaped
from .pages import ORIGIN, site_of
from .profile import Network, Plan
from .stopwatch import Stopwatch
from .waiting import RealTime, Waiting

#: Times a second that a page which changes by itself does so.
RIPPLES_HZ: Final = 10.0
#: Of so many events the invariants' CPU time is taken for one: looking at the clock for each would cost a part of it.
TIMED_EVERY: Final = 7
#: Seconds between one field and the next that a party fills in, from and to.
BETWEEN_FIELDS_S: Final = (0.5, 2.0)


class Hall(NamedTuple):
    """What all visits of a run share."""

    plan: Plan
    #: The server's address for WebSockets, without a path.
    url: str
    open_link: Open
    desk: Desk
    #: The name that the server knows the policy by.
    policy: str
    header: Header
    meters: Meters
    #: The networks that are to be added to what there is.
    network: Network
    #: Whether each party may connect from a loopback address of its own.
    is_local: bool = False
    waiting: Waiting = RealTime()


class Seat(NamedTuple):
    """An agent's place at the workspace: one session at a time."""

    #: The agent's ID and credential.
    agent: str
    credential: str


class Failed(Exception):
    """A visit did not go as its journey says.  The reason is one of a few, so that they can be counted."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Result(NamedTuple):
    """How a visit ended: the reason is empty where all went well."""

    reason: str
    #: The line at which it failed.
    line: str
    trace: Trace
    judge: Judge


def _nothing(event: Event | None) -> bool:
    """What a visit waits for that does not wait."""
    return False


class Visit:
    """One session of one customer and one agent."""

    def __init__(self, hall: Hall, journey: Journey, seat: Seat, number: int, chance: random.Random) -> None:
        self._hall = hall
        self._journey = journey
        self._seat = seat
        self._number = number
        self._chance = chance
        self._recorder = Recorder(
            replace(hall.header, story=journey.name, seed=number), hall.waiting.now, key=chance.randbytes(16)
        )
        self._judge = Judge(self._recorder.header)
        self._stopwatch = Stopwatch(hall.meters.took)
        #: Who waits for what, if the visit waits now.
        self._waiting: trio.lowlevel.Task | None = None
        self._wanted: Callable[[Event | None], bool] = _nothing
        self._mark = 0
        self._clients: dict[str, Client] = {}
        #: Cancelled to break the link of a party.
        self._links: dict[str, trio.CancelScope] = {}
        #: The links as they were opened, whatever was added to their networks.
        self._raw: dict[str, Link] = {}
        self._interaction = see.InteractionOpened("")
        self._path = "/apply"
        self._fences = 0
        self._ended = False
        self._recorder.listen(self._take)

    async def run(self) -> Result:
        """Play the journey; never raises for what the server does."""
        reason, line = "", JourneyLine("", ())
        async with trio.open_nursery() as nursery:
            try:
                self._begin(nursery)
                for line in self._journey.lines:
                    await self._play_line(line, nursery)
                line = JourneyLine("(the end)", ())
                await self._leave()
            except Failed as failure:
                reason = failure.reason
            except DeskError:
                reason = "contact_centre"
            except LinkRefused as refused:
                reason = f"link_refused_{refused.status}"
            except (LinkClosed, LinkUnreachable) as error:
                reason = "link_closed" if isinstance(error, LinkClosed) else "unreachable"
            if reason:
                with contextlib.suppress(LinkClosed, Failed):
                    await self._end_interaction()
            nursery.cancel_scope.cancel()
        # Nothing of a visit is to wait for the garbage collector.
        self._clients.clear()
        self._wanted = _nothing
        self._recorder.unlisten()
        self._judge.let_go()
        return Result(reason, line.text if reason else "", self._recorder.trace(), self._judge)

    def _begin(self, nursery: trio.Nursery) -> None:
        """Something may go on beside the lines."""

    # Lines

    async def _play_line(self, line: JourneyLine, nursery: trio.Nursery) -> None:
        for step in line.steps:
            if not isinstance(step, Expect | Think):
                self._mark = len(self._recorder.events)
            await self._play(step, nursery)

    async def _play(self, step: Step, nursery: trio.Nursery) -> None:
        match step:
            case Perform():
                await self._perform(step.role, step.action, nursery)
            case Expect():
                await self._expect(step)
            case Think():
                await self._think(step.least_s, step.most_s)
            case Meet():
                await self._meet(step.kind, nursery)
            case HaveOpen():
                self._path = step.path
            case CutLink():
                self._cut(step.role)
            case Reconnect():
                await self._think(step.least_s, step.most_s)
                await self._come_back(step.role, nursery)
            case Wander():
                await self._wander(step)
            case Ripple():
                await self._ripple(step)
            case FillIn():
                await self._fill_in(step, nursery)
            case _:
                raise AssertionError(f"no visit for {type(step).__name__}")

    async def _think(self, least_s: float, most_s: float) -> None:
        seconds = self._chance.uniform(least_s, most_s) * self._hall.plan.profile.pace
        waiting = self._hall.waiting
        due = waiting.now() + seconds
        await waiting.sleep_until(due)
        self._stopwatch.behind_s = waiting.now() - due

    # Coming

    async def _meet(self, kind: InteractionKind, nursery: trio.Nursery) -> None:
        hall = self._hall
        opening = do.OpenInteraction(kind, self._seat.agent, hall.policy)
        self._recorder.did(Party.CONTROLLER, CONTACT_CENTRE.who, opening)
        self._interaction = await hall.desk.open(opening)
        opened = replace(self._interaction, customer_token="")  # a token is nothing for a trace
        self._recorder.saw(Party.CONTROLLER, CONTACT_CENTRE.who, opened)
        agent = await self._open(AGENT, nursery, lambda link: BareAgent(link, self._recorder, AGENT.who))
        await agent.perform(do.SignIn(self._seat.credential))
        await self._until_event(lambda event: isinstance(event.saw, see.Welcome), "no_welcome")

    async def _start(self, nursery: trio.Nursery) -> None:
        smallest, largest = self._hall.plan.profile.page_kb
        browser = Browser(site_of(self._chance.uniform(smallest, largest)), ORIGIN + self._path)

        def arrive(link: Link) -> Client:
            return Customer(link, self._recorder, CUSTOMER.who, browser=browser)

        customer = await self._open(CUSTOMER, nursery, arrive)
        customer.told(interaction=self._interaction.customer_token)
        await customer.perform(do.Start())
        await self._until(lambda event: bool(customer.state.session_id), "not_started")
        agent = self._clients.get(AGENT.who)
        if agent is not None:
            agent.told(session_id=customer.state.session_id)

    async def _open(self, role: Role, nursery: trio.Nursery, arrive: Callable[[Link], Client]) -> Client:
        """A link of its own for a party, who arrives on it and takes in what comes, until it is cut or all is over."""
        client: Client = await nursery.start(self._hold, role, arrive)
        return client

    async def _hold(
        self,
        role: Role,
        arrive: Callable[[Link], Client],
        task_status: trio.TaskStatus[Client] = trio.TASK_STATUS_IGNORED,
    ) -> None:
        hall = self._hall
        way = hall.network.customer if role.party is Party.CUSTOMER else hall.network.agent
        opening = hall.open_link(
            hall.url + PATHS[role.party],
            origin=ORIGIN if role.party is Party.CUSTOMER else None,
            source_address=self._address(role) if hall.is_local else None,
            connect_timeout_s=hall.plan.profile.patience_s,
        )
        async with opening as raw, shaped(raw, way, self._chance) as link:
            self._raw[role.who] = raw
            client = self._clients[role.who] = arrive(link)
            with trio.CancelScope() as self._links[role.who]:
                task_status.started(client)
                await client.run()
                await trio.sleep_forever()  # the party does not know that its link is lost, until it is cut
            await link.abort()

    def _address(self, role: Role) -> str:
        """Loopback addresses to connect from: one alone runs out of ports."""
        return f"127.0.{1 + self._number // 250 % 200}.{1 + self._number % 250}"

    def _cut(self, role: Role) -> None:
        client = self._client(role)
        lost = do.LoseLink(role.party)
        self._recorder.did(Party.SYSTEM, "system", lost, session=client.session)
        self._links.pop(role.who).cancel()

    async def _come_back(self, role: Role, nursery: trio.Nursery) -> None:
        client = self._client(role)

        def arrive(link: Link) -> Client:
            client.relink(link)
            return client

        await self._open(role, nursery, arrive)
        if role.party is Party.AGENT:
            await client.perform(do.SignIn(self._seat.credential))
        await client.perform(do.Resume())

    # Doing

    async def _pass_fences(self) -> None:
        """Let everything that was caused arrive, so that the invariants can say what has not."""
        for role in (CUSTOMER, AGENT):
            client = self._clients.get(role.who)
            if client is None or role.who not in self._links or not client.state.joined or client.state.ended:
                continue
            self._fences += 1
            fence = see.FencePassed(f"f{self._fences}")
            with contextlib.suppress(Failed):
                await client.perform(do.Fence(fence.fence))
                await self._until(self._has_come_back(fence), "no_fence")

    def _has_come_back(self, fence: see.FencePassed) -> Callable[[Event | None], bool]:
        """Whether a fence has come back to all who are there, event by event."""
        seen: set[str] = set()

        def has(event: Event | None) -> bool:
            if event is not None and event.saw == fence:
                seen.add(event.who)
            return seen >= {
                who
                for who, client in self._clients.items()
                if who in self._links and client.state.joined and client.closed is None
            }

        return has

    async def _perform(self, role: Role, action: Action, nursery: trio.Nursery) -> None:
        if isinstance(action, do.Exit):
            await self._pass_fences()
        if role.party is Party.CONTROLLER:
            await self._at_the_desk(action)
        elif isinstance(action, do.Start):
            await self._start(nursery)
        else:
            if isinstance(action, do.Act) and action.element and role.party is Party.AGENT:
                await self._find(action.element)
            await self._client(role).perform(action)
            if isinstance(action, do.Announce):
                await self._pass_fences()  # else the loss of the link that follows may be met first
        self._stopwatch.behind_s = 0.0

    async def _at_the_desk(self, action: Action) -> None:
        session = next((client.session for client in self._clients.values() if client.session), "")
        interaction = self._interaction.interaction
        if isinstance(action, do.Say):
            digits = self._client(CUSTOMER).state.session_id
            action = replace(action, text=action.text.replace(SESSION_ID, digits), interaction=interaction)
        elif isinstance(action, do.EndInteraction | do.StopSession):
            await self._pass_fences()
            action = replace(action, interaction=interaction)
            self._ended = isinstance(action, do.EndInteraction)
        else:
            raise Failed("not_possible")
        self._recorder.did(Party.CONTROLLER, CONTACT_CENTRE.who, action, session=session)
        await self._hall.desk.tell(action)

    async def _find(self, element: str) -> None:
        """The agent looks for an element before it acts on it."""
        agent = self._client(AGENT)
        assert isinstance(agent, BareAgent)

        def is_news(event: Event | None) -> bool:
            return event is not None and event.party is Party.AGENT and isinstance(event.saw, see.Content)

        while agent.mirror.ref(element) is None:
            await self._until(is_news, "element_not_shown")  # the agent takes it in before this goes on

    async def _fill_in(self, step: FillIn, nursery: trio.Nursery) -> None:
        for field, text in step.entries:
            await self._think(*BETWEEN_FIELDS_S)
            await self._perform(step.role, do.Type(field, value=text), nursery)

    async def _wander(self, step: Wander) -> None:
        client = self._client(step.role)
        x, y = self._chance.randrange(1000), self._chance.randrange(700)

        async def move() -> None:
            nonlocal x, y
            x = min(max(x + self._chance.randint(-40, 40), 0), 1000)
            y = min(max(y + self._chance.randint(-40, 40), 0), 700)
            if client.state.flows:
                await client.perform(do.MovePointer(x, y))

        await self._ticks(step.seconds, self._hall.plan.profile.pointer_hz, move)

    async def _ripple(self, step: Ripple) -> None:
        """Small increments, as rrweb sends them when a page's script touches an attribute."""
        client = self._client(step.role)
        number = 0

        async def change_it() -> None:
            nonlocal number
            number += 1
            change = AttributeChange(1, {"data-tick": number})
            event = IncrementalEvent(Mutation(attributes=(change,)), int(trio.current_time() * 1000))
            payload = encode_events((event,))
            if client.state.flows:
                mirrored = do.Mirror(self._recorder.digest(payload), len(payload), client.epoch)
                self._recorder.did(client.party, client.who, mirrored, session=client.session)
                await client.send_raw(encode_frame(CONTENT, client.epoch, payload, by_hand=False))

        await self._ticks(step.seconds, RIPPLES_HZ, change_it)

    async def _ticks(self, seconds: float, hz: float, act: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do something so many times a second, at their own times whatever the ones before took."""
        seconds *= self._hall.plan.profile.pace
        begin, count = trio.current_time(), max(1, round(seconds * hz))

        async def act_at(due: float) -> None:
            self._stopwatch.behind_s = max(0.0, trio.current_time() - due)
            await act()

        await self._hall.waiting.at_each((begin + number / hz for number in range(count)), act_at)
        self._stopwatch.behind_s = 0.0

    def _client(self, role: Role) -> Client:
        client = self._clients.get(role.who)
        if client is None:
            raise Failed("not_started")
        return client

    # Leaving

    async def _leave(self) -> None:
        await self._end_interaction()
        for who, client in self._clients.items():
            if who in self._links and client.state.joined:
                await self._until(lambda event: client.state.ended, "not_ended")  # noqa: B023 -- waited for here

    async def _end_interaction(self) -> None:
        if not self._ended and self._interaction.interaction:
            await self._at_the_desk(do.EndInteraction())

    # Seeing

    def _take(self, event: Event) -> None:
        meters = self._hall.meters
        self._stopwatch.see(event)
        meters.see(event)
        if event.seq % TIMED_EVERY:
            self._judge.see(event)
        else:
            begin = time.thread_time()
            self._judge.see(event)
            meters.judging_s += (time.thread_time() - begin) * TIMED_EVERY
        if self._waiting is not None:
            holds = self._wanted(event)
            if holds or self._has_lost_a_link():
                waiting, self._waiting = self._waiting, None
                trio.lowlevel.reschedule(waiting, outcome.Value(holds))

    async def _expect(self, step: Expect) -> None:
        """Wait for what a line says is seen; what must not be seen is for the invariants."""
        if step.absent:
            return
        kind, who, fields = step.kind, step.role.who, tuple(step.fields.items())

        def is_it(event: Event) -> bool:
            return (
                type(event.saw) is kind
                and event.who == who
                and all(getattr(event.saw, name) == value for name, value in fields)
            )

        tag = step.kind.__struct_config__.tag
        await self._until_event(is_it, f"no_{tag}", since=self._mark)

    async def _until_event(self, is_it: Callable[[Event], bool], reason: str, *, since: int = 0) -> None:
        """Come back as soon as there is such an event at or after this place of the trace; else as :meth:`_until`."""
        events = self._recorder.events
        if not any(is_it(events[place]) for place in range(since, len(events))):
            await self._until(lambda event: event is not None and is_it(event), reason)

    async def _until(self, wanted: Callable[[Event | None], bool], reason: str) -> None:
        """Come back as soon as it holds, at once or with an event.

        Raises :class:`Failed` when the patience of the profile is over, or a link is lost that nobody cut.
        """
        if wanted(None):
            return
        holds = False
        if not self._has_lost_a_link():
            self._wanted, self._waiting = wanted, trio.lowlevel.current_task()
            try:
                holds = await self._hall.waiting.to_be_woken(
                    self._hall.plan.profile.patience_s, self._stop_waiting
                )
            except trio.TooSlowError:
                raise Failed(reason) from None
        if not holds:
            raise Failed("link_closed")

    def _stop_waiting(self) -> None:
        self._waiting = None

    def _has_lost_a_link(self) -> bool:
        """Whether the link of a party is closed that the journey has not cut."""
        for who, client in self._clients.items():  # noqa: SIM110 -- asked with every event: `any` takes three times as long
            if client.closed is not None and who in self._links:
                return True
        return False

"""A virtual world: a server without a network, links through the post, and a clock that jumps.

What the server is, the simulator does not know: it is given as a :class:`VirtualServer`.  The links look like
any others to the scripted clients, so journeys, visits and runs are those of :mod:`..load`.

Order: what a server offers, a link, the world, running in virtual time.
"""

import random
from collections import Counter, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final, NoReturn, Protocol, TypeVar

import outcome
import trio
from cobrowse_spec.terms import Party
from cobrowse_spec.wire import rest
from cobrowse_spec.wire.messages import PATHS, SUBPROTOCOL
from typing_extensions import override

from ..links import LinkClosed, LinkUnreachable, Take
from ..load.desk import Desk, desk_on
from ..load.mishaps import Crash, Presence, crashes_of
from ..load.profile import Network, Plan
from ..load.profile import Party as Side
from ..load.reach import POLICY_NAME, Reached, display_name
from ..load.visit import Seat
from ..pump import Open
from .post import Post, Way, at_once

#: Whoever waits until then waits for ever, in seconds of virtual time.
DOOMSDAY_S: Final = 1e12
#: How long, in real seconds, and how often in a row trio's own wake-up call is waited for.
WAKE_UP_S: Final = 0.05
PATIENCE: Final = 10

#: How often in a row the operating system is not asked whether anything has happened.
PASSED_OVER: Final = 100

_BROKEN: Final = 1006  # RFC 6455: the link broke without a close frame
_PARTIES: Final = {path: party for party, path in PATHS.items()}
_T = TypeVar("_T")

#: Told to a party: a message, or how the link was closed.
Tell = Callable[[str | bytes | LinkClosed], None]


class ServerEnd(Protocol):
    """A server's end of one link.  No method waits."""

    def give(self, data: str | bytes) -> None:
        """A message of the party arrives."""

    def hang_up(self) -> None:
        """The link is gone."""


class VirtualServer(Protocol):
    """A server of ``cobrowse.v1`` in this process.  It takes time from trio, and chance from who makes it."""

    controller_key: str

    async def recover(self) -> None:
        """Go on where the server before has stopped, if there was one."""

    def about(self) -> rest.About:
        """What it says of itself."""

    async def put_policy(self, name: str, text: str) -> None:
        """Keep a policy."""

    async def make_agent(self, name: str) -> rest.AgentMade:
        """A new agent."""

    def connect(self, party: Party, *, origin: str | None, address: str, tell: Tell) -> ServerEnd:
        """Open a link; ``tell`` is called with everything that the server sends on it."""


class _VirtualLink:
    """A party's end of a link."""

    def __init__(self, world: "World", network: Side, chance: random.Random) -> None:
        self._post = world.post
        self._out, self._in = Way(network, chance), Way(network, chance)
        self._inbox: deque[str | bytes | LinkClosed] = deque()
        self._receiver: trio.lowlevel.Task | None = None
        #: Takes every message as it arrives, where the party has asked for that.
        self._take: Take | None = None
        self._closed: LinkClosed | None = None
        self.server: ServerEnd | None = None

    @property
    def subprotocol(self) -> str | None:
        """What was agreed on."""
        return SUBPROTOCOL

    def tell(self, data: str | bytes | LinkClosed) -> None:
        """The server sends; it arrives later."""
        post, size = self._post, 0
        if not isinstance(data, LinkClosed):
            post.messages, size = post.messages + 1, len(data)
        post.send(self._in.arrival(post.moment, size), partial(self._arrive, data))

    def _arrive(self, data: str | bytes | LinkClosed) -> None:
        if self._closed is not None:
            return
        if self._take is not None and not isinstance(data, LinkClosed):
            try:
                at_once(self._take(data))  # nothing in a virtual world makes it wait
            except BaseException as error:  # it is the receiver's, whatever it is
                self._hand_over(outcome.Error(error))
        elif self._receiver is None:
            self._inbox.append(data)
        elif isinstance(data, LinkClosed):
            self._closed = data
            self._hand_over(outcome.Error(data.anew()))
        else:
            self._hand_over(outcome.Value(data))

    def _hand_over(self, given: "outcome.Outcome[str | bytes]") -> None:
        receiver, self._receiver, self._take = self._receiver, None, None
        if receiver is not None:
            trio.lowlevel.reschedule(receiver, given)

    async def send(self, data: str | bytes) -> None:
        """Send one message; it waits for nothing."""
        if self._closed is not None:
            raise self._closed.anew()
        post = self._post
        post.messages += 1
        post.send(self._out.arrival(post.moment, len(data)), partial(self._give, data))

    def _give(self, data: str | bytes) -> None:
        if self._closed is None and self.server is not None:
            self.server.give(data)

    async def receive(self) -> str | bytes:
        """The next message; what had arrived before the link closed still comes."""
        if self._closed is not None:
            await trio.lowlevel.checkpoint()
            raise self._closed.anew()
        if self._inbox:
            await trio.lowlevel.checkpoint_if_cancelled()
            data = self._inbox.popleft()
            if isinstance(data, LinkClosed):
                self._closed = data
                raise data.anew()
            return data
        return await self._wait()

    async def push(self, take: Take) -> NoReturn:
        """Hand every message to ``take`` the moment that it arrives, until the link closes."""
        while self._inbox or self._closed is not None:
            await take(await self.receive())
        self._take = take
        await self._wait()
        raise AssertionError("who is pushed to is told of the end alone")

    async def _wait(self) -> str | bytes:
        self._receiver = trio.lowlevel.current_task()

        def give_up(raise_cancel: object) -> trio.lowlevel.Abort:
            self._receiver = self._take = None
            return trio.lowlevel.Abort.SUCCEEDED

        data: str | bytes = await trio.lowlevel.wait_task_rescheduled(give_up)
        return data

    def hold(self, seconds: float, *, outwards: bool) -> None:
        """What arrives in this time does so afterwards; ``outwards``: what is sent as well."""
        until = self._post.moment + seconds
        self._in.hold(until)
        if outwards:
            self._out.hold(until)

    def lose_server(self) -> None:
        """The server is dead: it takes nothing any more, and the link is broken."""
        server, self.server = self.server, None
        if server is not None:
            server.hang_up()
        self._post.send(self._post.moment, partial(self._arrive, LinkClosed(_BROKEN)))

    async def aclose(self) -> None:
        """Close the link."""
        await self.abort()

    async def abort(self) -> None:
        """Break the link; what is on its way is lost."""
        if self._closed is None:
            self._closed = LinkClosed(_BROKEN)
            self._hand_over(outcome.Error(self._closed.anew()))
        if self.server is not None:
            self.server.hang_up()
            self.server = None


class MakeServer(Protocol):
    """Makes a server whose tasks live in a nursery, with what an earlier one has kept."""

    def __call__(
        self, nursery: trio.Nursery, chance: random.Random, before: VirtualServer | None
    ) -> VirtualServer:
        """The server; call its ``recover`` before anything else."""


class World:
    """A server, and the way to it: a reach of :class:`..load.run.Run`.

    ``crashes`` are those of a schedule; else what the profile asks for is drawn from the seed.
    """

    name = "the reference server, in virtual time"

    def __init__(self, make_server: MakeServer, seed: int, crashes: Sequence[Crash] | None = None) -> None:
        self._make_server = make_server
        self._seed = seed
        self._chance = random.Random(seed)
        self._crashes = crashes
        self.post = Post()
        self._presence = Presence()
        self._links: set[_VirtualLink] = set()
        #: How many links of each kind and address there have been: it decides what is drawn for the next.
        self._opened: Counter[str] = Counter()
        self._server: VirtualServer | None = None
        self._alive = trio.CancelScope()

    @asynccontextmanager
    async def open(self, plan: Plan) -> AsyncIterator[Reached]:
        """Policy and agents, and a desk, for the length of a block."""
        async with trio.open_nursery() as nursery:
            server = await nursery.start(self._serve)
            await server.put_policy(POLICY_NAME, plan.policy_text)
            seats = []
            for number in range(plan.profile.agents.count):
                made = await server.make_agent(display_name(number))
                seats.append(Seat(made.agent, made.credential))
            opening = partial(self._open_link, plan)
            async with opening(PATHS[Party.CONTROLLER]) as link, desk_on(link) as desk:
                await desk.sign_in(server.controller_key)
                nursery.start_soon(self._suffer, plan, desk, opening, nursery)
                # The links here are slow by themselves.
                yield Reached(
                    server.about(),
                    "",
                    opening,
                    desk,
                    seats,
                    "virtual",
                    Network(),
                    is_local=True,
                    waiting=self.post,
                    carried=lambda: self.post.messages,
                    presence=self._presence,
                )
            nursery.cancel_scope.cancel()

    async def _serve(self, task_status: trio.TaskStatus[VirtualServer] = trio.TASK_STATUS_IGNORED) -> None:
        """Be a server until it dies, with the journal of the one before."""
        with trio.CancelScope() as self._alive:
            async with trio.open_nursery() as nursery:
                server = self._make_server(nursery, self._chance, self._server)
                await server.recover()
                self._server = server
                task_status.started(server)
                await trio.sleep_forever()

    async def _suffer(self, plan: Plan, desk: Desk, opening: Open, nursery: trio.Nursery) -> None:
        """Let the server die and come back at its moments."""
        profile = plan.profile
        drawn = crashes_of(profile.faults, profile.seed, profile.duration_s)
        begun = trio.current_time()
        for crash in drawn if self._crashes is None else self._crashes:
            await self.post.sleep_until(begun + crash.at_s)
            self._alive.cancel()
            self._presence.change(is_up=False)
            for link in self._links:
                link.lose_server()
            await self.post.sleep_until(begun + crash.at_s + crash.lasts_s)
            self._presence.change(is_up=True)
            server = await nursery.start(self._serve)
            await nursery.start(self._man_the_desk, desk, opening, server.controller_key)
            self._presence.serve()

    async def _man_the_desk(
        self,
        desk: Desk,
        opening: Open,
        key: str,
        task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
    ) -> None:
        """The contact centre is back over another link."""
        async with opening(PATHS[Party.CONTROLLER]) as link, trio.open_nursery() as nursery:
            desk.relink(link)
            nursery.start_soon(desk.run)
            await desk.sign_in(key)
            task_status.started()

    @asynccontextmanager
    async def _open_link(
        self,
        plan: Plan,
        url: str,
        *,
        origin: str | None = None,
        source_address: str | None = None,
        subprotocols: Sequence[str] = (SUBPROTOCOL,),
        connect_timeout_s: float = 5.0,
    ) -> AsyncIterator[_VirtualLink]:
        if not self._presence.is_up or self._server is None:
            raise LinkUnreachable("the server is not there")
        party = _PARTIES[url]
        network = plan.profile.network
        ways = {Party.CUSTOMER: network.customer, Party.AGENT: network.agent}
        address = source_address or "127.0.0.1"
        name = f"{self._seed}:{party}:{address}"
        self._opened[name] += 1  # so that what is drawn for a session does not hang on other sessions
        link = _VirtualLink(self, ways.get(party, Side()), random.Random(f"{name}:{self._opened[name]}"))
        link.server = self._server.connect(party, origin=origin, address=address, tell=link.tell)
        self._links.add(link)
        try:
            yield link
        finally:
            self._links.discard(link)
            await link.abort()


# Running


class JumpingClock(trio.abc.Clock):
    """A clock that shows the moment of the next event as soon as nobody has anything left to do.

    trio asks how long to sleep only then; what the post has for an earlier moment is delivered first, without a
    pass of the scheduler unless a delivery wakes somebody.  (MockClock's autojump waits for the same in another
    pass or two of the scheduler each time, for the sake of sockets and threads, which a virtual world has none of.)
    """

    def __init__(self, post: Post) -> None:
        self._post = post
        self._idle = 0

    @override
    def start_clock(self) -> None:
        """Begin, and spare trio what a virtual world has none of: news of the operating system, and instruments."""
        run: Any = trio._core._run
        runner = run.GLOBAL_RUN_CONTEXT.runner
        runner.io_manager = _SeldomAsked(runner.io_manager)
        runner.instruments = {}  # trio looks into it three times a step, and into its own kind slowly

    @override
    def current_time(self) -> float:
        """Seconds since the beginning."""
        return self._post.moment

    @override
    def deadline_to_sleep_time(self, deadline: float) -> float:
        """Nothing is slept: it is that time now.

        Where only doomsday is left, trio's own wake-up call may still come: it is waited for in real time, and not
        for long.
        """
        run: Any = trio._core._run
        woken = run.GLOBAL_RUN_CONTEXT.runner.runq
        post = self._post
        post.deliver(min(deadline, DOOMSDAY_S), woken)
        if woken:
            return 0
        if deadline >= DOOMSDAY_S and self._idle < PATIENCE:
            self._idle += 1
            return WAKE_UP_S
        self._idle = 0
        post.moment = max(post.moment, deadline)
        return 0


class _SeldomAsked:
    """What trio learns of sockets from, and of signals: asked only when there is time to wait, or every so often."""

    def __init__(self, manager: Any) -> None:
        self._manager = manager
        self._passed_over = 0
        self.process_events = manager.process_events

    def get_events(self, timeout: float) -> Any:
        """What has happened; as a rule nothing, without looking."""
        if timeout <= 0 and self._passed_over < PASSED_OVER:
            self._passed_over += 1
            return ()
        self._passed_over = 0
        return self._manager.get_events(timeout)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._manager, name)


class Deadlock(Exception):
    """Nothing can happen any more, and yet the run is not over."""


def run_virtual(main: Callable[[], Awaitable[_T]], seed: int, post: Post | None = None) -> _T:
    """Run in virtual time: the clock jumps as soon as everybody waits, and the seed decides every tie.

    ``post`` is the world's.

    trio decides by itself which of the tasks that can run goes first; for a run to be repeated, that has to be
    decided by the seed.  trio offers this to Hypothesis only (``_ALLOW_DETERMINISTIC_SCHEDULING``), so it is
    taken from there, for the length of the run.
    """
    run: Any = trio._core._run
    before, state = run._ALLOW_DETERMINISTIC_SCHEDULING, run._r.getstate()
    run._ALLOW_DETERMINISTIC_SCHEDULING = True
    run._r.seed(seed)
    try:
        return trio.run(_until_doomsday, main, clock=JumpingClock(post or Post()))
    finally:
        run._ALLOW_DETERMINISTIC_SCHEDULING = before
        run._r.setstate(state)


async def _until_doomsday(main: Callable[[], Awaitable[_T]]) -> _T:
    with trio.move_on_at(DOOMSDAY_S):
        return await main()
    raise Deadlock("everybody in the virtual world waits for something that will never happen")

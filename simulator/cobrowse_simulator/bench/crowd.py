"""Many sessions at once, at any server of ``cobrowse.v1``: opened, held open, and ended.

The parties here are as light as can be: they say what a session needs and look at nothing that they need
not know.  Order: the server, one party's link, a session, the crowd.
"""

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final, TypeVar

import msgspec
import trio
from cobrowse_spec import actions as do
from cobrowse_spec import observations as see
from cobrowse_spec.actions import LinkAction
from cobrowse_spec.observations import Observation
from cobrowse_spec.terms import InteractionKind, Party
from cobrowse_spec.wire import rest
from cobrowse_spec.wire.messages import PATHS, FromParty, decode_to_party, encode

from ..contact_centre import open_contact_centre
from ..links import Link, open_websocket_link

#: The site that the customers are on, and the policy that holds there.
SITE_ORIGIN: Final = "https://bench.example"
POLICY_NAME: Final = "bench"
POLICY: Final = f'site = ["{SITE_ORIGIN}"]\n'

#: Elements on every customer's page.
ELEMENTS: Final = 40

#: Seconds that the server has for one answer, under the load that the benchmark itself makes.
PATIENCE_S: Final = 10.0

#: Sessions that are being opened at the same moment.
AT_ONCE: Final = 8

_S = TypeVar("_S", bound=Observation)
_R = TypeVar("_R")


class Server(msgspec.Struct, frozen=True):
    """The server to be measured."""

    #: Base URL, e.g. `http://127.0.0.1:8000`.
    url: str
    controller_key: str
    #: Its process on this machine; 0 where it is not known.
    pid: int = 0
    #: Whether it was started to be measured, and has done nothing else.
    fresh: bool = True

    def websocket_url(self, party: Party) -> str:
        """Where a party opens its link."""
        return self.url.replace("http", "ws", 1).rstrip("/") + PATHS[party]


class BenchmarkFailed(Exception):
    """The server did not do what has to be measured: says what was expected, and what came instead."""


class Line:
    """A party's link."""

    def __init__(self, link: Link) -> None:
        self.link = link
        #: The newest epoch seen.
        self.epoch = 0
        self._numbers = itertools.count(1)

    async def do(self, action: LinkAction) -> None:
        """Send a message."""
        await self.link.send(encode(FromParty(next(self._numbers), action)))

    async def until(self, kind: type[_S]) -> _S:
        """The next observation of this kind; what else arrives is passed over, but no refusal."""
        with trio.move_on_after(PATIENCE_S):
            while True:
                data = await self.link.receive()
                if isinstance(data, bytes):
                    continue
                message = decode_to_party(data)
                self.epoch = max(self.epoch, message.epoch)
                if isinstance(message.see, kind):
                    return message.see
                if isinstance(message.see, see.Refused):
                    raise BenchmarkFailed(f"{message.see.rule} {message.see.reason}, not {kind.__name__}")
        raise BenchmarkFailed(f"no {kind.__name__} within {PATIENCE_S:g} s")


class Session:
    """A session with both its parties."""

    def __init__(self, customer: Line, agent: Line) -> None:
        self.customer = customer
        self.agent = agent

    async def show_page(self) -> None:
        """The customer's page, without content."""
        elements = tuple(do.Element(str(ref)) for ref in range(1, ELEMENTS + 1))
        await self.customer.do(do.ShowPage("p1", f"{SITE_ORIGIN}/apply", elements))
        await self.agent.until(see.PageShown)

    async def enter_write_mode(self) -> None:
        """The agent asks, the customer approves."""
        await self.agent.do(do.Request())
        asked = await self.customer.until(see.Asked)
        await self.customer.do(do.Approve(asked.request))
        await self.customer.until(see.InMode)
        await self.agent.until(see.InMode)


class Crowd:
    """Opens links and sessions, each held by a task of its own until the crowd leaves."""

    def __init__(
        self, server: Server, desk: Line, agents: list[rest.AgentMade], nursery: trio.Nursery
    ) -> None:
        self._server = server
        self._desk = desk
        self.agents = agents
        self._nursery = nursery
        self._turn = trio.Lock()
        self._interactions: list[str] = []
        self._over = trio.Event()

    async def seat_agents(self) -> list[Line]:
        """Every agent opens its link and signs in."""
        return await _each(len(self.agents), self._seat)

    async def open_sessions(self, agents: list[Line]) -> list[Session]:
        """A session for each agent: call, customer's link, start, join, until both are told."""

        async def open_one(place: int) -> Session:
            return await self._open(agents[place], self.agents[place].agent)

        return await _each(len(agents), open_one)

    async def leave(self) -> None:
        """End all calls, and with them their sessions, and close all links."""
        for interaction in self._interactions:
            await self._desk.do(do.EndInteraction(interaction))
        for _ in self._interactions:
            await self._desk.until(see.InteractionEnded)
        self._over.set()

    async def _seat(self, place: int) -> Line:
        line: Line = await self._nursery.start(self._hold, Party.AGENT)
        await line.do(do.SignIn(self.agents[place].credential))
        await line.until(see.Welcome)
        return line

    async def _open(self, agent: Line, agent_id: str) -> Session:
        async with self._turn:
            await self._desk.do(do.OpenInteraction(InteractionKind.CALL, agent_id, POLICY_NAME))
            opened = await self._desk.until(see.InteractionOpened)
        self._interactions.append(opened.interaction)
        customer: Line = await self._nursery.start(self._hold, Party.CUSTOMER)
        await customer.do(do.Start(opened.customer_token))
        started = await customer.until(see.Started)
        await agent.do(do.Join(started.session_id))
        await agent.until(see.Joined)
        await customer.until(see.Joined)
        return Session(customer, agent)

    async def _hold(
        self, party: Party, task_status: trio.TaskStatus[Line] = trio.TASK_STATUS_IGNORED
    ) -> None:
        async with open_link(self._server, party) as link:
            task_status.started(Line(link))
            await self._over.wait()


def open_link(server: Server, party: Party) -> AbstractAsyncContextManager[Link]:
    """A party's link to the server."""
    origin = SITE_ORIGIN if party is Party.CUSTOMER else None
    return open_websocket_link(server.websocket_url(party), origin=origin, connect_timeout_s=PATIENCE_S)


@asynccontextmanager
async def open_crowd(server: Server, size: int) -> AsyncIterator[Crowd]:
    """A crowd of so many customers and agents, none of whom has a link yet.

    Makes the agents and a policy at the server, and takes the agents away at the end.
    """
    async with open_contact_centre(server.url, server.controller_key) as centre:
        await centre.put_policy(POLICY_NAME, POLICY)
        agents = [await centre.make_agent(f"Agent {place}") for place in range(size)]
        async with open_link(server, Party.CONTROLLER) as link, trio.open_nursery() as nursery:
            desk = Line(link)
            await desk.do(do.SignIn(server.controller_key))
            await desk.until(see.Welcome)
            crowd = Crowd(server, desk, agents, nursery)
            yield crowd
            await crowd.leave()
        for agent in agents:
            await centre.remove_agent(agent.agent)


async def _each(count: int, job: Callable[[int], Awaitable[_R]]) -> list[_R]:
    """The results of the job for 0…count-1, in that order, :data:`AT_ONCE` at a time."""
    places = iter(range(count))
    results: dict[int, _R] = {}

    async def work() -> None:
        for place in places:  # shared: each worker takes the next
            results[place] = await job(place)

    async with trio.open_nursery() as nursery:
        for _ in range(AT_ONCE):
            nursery.start_soon(work)
    return [results[place] for place in range(count)]

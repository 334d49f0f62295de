"""What the tests of generation share: what a target declares, and the reference server without a network."""

import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest
import trio
from cobrowse_conformance.results import StoryResult
from cobrowse_conformance.runner import Part, play
from cobrowse_conformance.targets import Target, embedded
from cobrowse_conformance.venues import POLICIES, SITE_ORIGIN, Declared, policy, policy_text
from cobrowse_server.connection import MemoryConnection
from cobrowse_server.desk import Desk
from cobrowse_server.host import Link as ServerLink
from cobrowse_server.links import Attendant
from cobrowse_server.policies import Policies
from cobrowse_simulator.links import Link, LinkClosed
from cobrowse_spec.policy import CAPABILITIES, parse_policy
from cobrowse_spec.rulebook import Example
from cobrowse_spec.terms import Party
from cobrowse_spec.wire import rest
from cobrowse_spec.wire.rest import ThrottleLimits

FAULTY_SERVER: Final = Path(__file__).with_name("faulty_server.py")

#: What a server declares that has every optional capability, and no throttle that a story could meet.
DECLARED: Final = Declared(
    server="a server",
    version="1",
    capabilities=CAPABILITIES,
    throttle=ThrottleLimits(per_agent=1000, per_address=1000, overall=10_000, window_s=1.0),
    timers={name: policy(name).timers for name in POLICIES},
)


class _MemoryLink:
    """A party's end of a link to the reference server's desk."""

    def __init__(self, connection: MemoryConnection) -> None:
        self._connection = connection

    async def send(self, data: str | bytes) -> None:
        try:
            await self._connection.give(data)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            raise LinkClosed(1006) from None

    async def receive(self) -> str | bytes:
        data = await self._connection.take()
        if data is None:
            raise LinkClosed(1000)
        return data

    async def aclose(self) -> None:
        self._connection.hang_up()
        await trio.lowlevel.checkpoint()

    async def abort(self) -> None:
        await self.aclose()


class DeskVenue:
    """The reference server's own desk, reached by links in memory: no sockets, and time may be virtual."""

    declared = DECLARED
    end = "server"
    controller_key = "the-key"

    def __init__(self, nursery: trio.Nursery) -> None:
        self._nursery = nursery
        policies = {"default": "", **{name: policy_text(name) for name in POLICIES}}
        self._desk = Desk(
            nursery,
            controller_key=self.controller_key,
            policies=Policies(policies),
            throttle=DECLARED.throttle,
        )

    @asynccontextmanager
    async def open_link(self, party: Party, place: int, origin: str = SITE_ORIGIN) -> AsyncIterator[Link]:
        """A link in memory; ``place`` is the address."""
        connection = MemoryConnection()
        page = origin if party is Party.CUSTOMER else None
        link = ServerLink(party, connection, address=str(place), origin=page)
        self._nursery.start_soon(Attendant(self._desk, link).attend, connection)
        try:
            yield _MemoryLink(connection)
        finally:
            connection.hang_up()

    async def make_agent(self, name: str) -> rest.AgentMade:
        """A new agent."""
        agent, credential = self._desk.add_agent(name)
        await self._desk.settle()
        return rest.AgentMade(agent.agent, credential)

    async def receipt(self, interaction: str) -> str:
        """No generated story asks for one."""
        raise NotImplementedError

    def policy_name(self, policy: str) -> str:
        """The desk has the suite's policies by their own names."""
        return policy

    async def put_policy(self, name: str, text: str) -> int | None:
        """Put a policy in force."""
        parse_policy(text)
        await self._desk.change_policy(name, text)
        return None


async def played_in_memory(examples: Sequence[Example]) -> list[StoryResult]:
    """What comes of stories at the reference server's desk, one after the other."""
    results = []
    async with trio.open_nursery() as nursery:
        venue = DeskVenue(nursery)
        for number, example in enumerate(examples):
            results.append(await play(Part(example, "server"), venue, "the desk", 1, 1 + 40 * number))
        nursery.cancel_scope.cancel()
    return results


@asynccontextmanager
async def faulty(*names: str) -> AsyncIterator[Target]:
    """The reference server with these faults, or with none, in a process of its own."""
    command = [sys.executable, str(FAULTY_SERVER), *names]
    async with embedded(command, ends=("server",), name="the reference server") as target:
        yield target


@pytest.fixture
def declared() -> Declared:
    """What a target declares."""
    return DECLARED

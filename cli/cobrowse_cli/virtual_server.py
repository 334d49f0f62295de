"""The reference server in a virtual world: its session host and desk, without a network.

The simulator does not know the server, nor the server the simulator; this is where they meet.
"""

import random
from collections import deque
from collections.abc import Callable
from typing import Final, Self

import trio
from cobrowse_server.app import server_version
from cobrowse_server.desk import SERVER, Desk
from cobrowse_server.host import Link
from cobrowse_server.journal import MemoryJournal
from cobrowse_server.links import attend
from cobrowse_server.policies import Policies
from cobrowse_simulator.links import LinkClosed
from cobrowse_simulator.virtual.world import Tell, VirtualServer
from cobrowse_spec.policy import CAPABILITIES, Timers
from cobrowse_spec.terms import Party
from cobrowse_spec.wire import rest
from cobrowse_spec.wire.frames import decode_frame
from cobrowse_spec.wire.messages import SUBPROTOCOL, ToParty, WireError, encode

#: In this process nobody else can use it.
_KEY: Final = "the-key-of-a-virtual-world"


class _End:
    """One link: a connection for the host, and the server's end for the world."""

    def __init__(self, tell: Tell, relay: Callable[[bytes], bool]) -> None:
        self._tell = tell
        self._relay = relay
        self._inbox: deque[str | bytes] = deque()
        #: Who waits for the party's next message, if anybody does.
        self._reader: trio.lowlevel.Task | None = None
        self._over = False

    # What the host calls

    def send(self, message: ToParty) -> None:
        """Send a control message."""
        if not self._over:
            self._tell(encode(message))

    def send_frame(self, frame: bytes) -> None:
        """Send a frame as it is."""
        if not self._over:
            self._tell(frame)

    def close(self, code: int, reason: str) -> None:
        """Close after what was sent."""
        if not self._over:
            self._tell(LinkClosed(code, reason))
            self.hang_up()

    # What the world calls

    def give(self, data: str | bytes) -> None:
        """A message of the party arrives; a frame that waits for nothing goes on at once, if it is its turn."""
        waits = self._reader is not None
        if isinstance(data, bytes) and waits and not self._inbox and self._relay(data):
            return
        self._inbox.append(data)
        self._wake()

    def hang_up(self) -> None:
        """The link is gone; what has arrived is still read."""
        self._over = True
        self._wake()

    def _wake(self) -> None:
        reader, self._reader = self._reader, None
        if reader is not None:
            trio.lowlevel.reschedule(reader)

    def _give_up(self, raise_cancel: object) -> trio.lowlevel.Abort:
        self._reader = None
        return trio.lowlevel.Abort.SUCCEEDED

    def __aiter__(self) -> Self:
        """What the party sends."""
        return self

    async def __anext__(self) -> str | bytes:
        while not self._inbox:
            if self._over:
                raise StopAsyncIteration
            self._reader = trio.lowlevel.current_task()
            await trio.lowlevel.wait_task_rescheduled(self._give_up)
        return self._inbox.popleft()


class VirtualReferenceServer:
    """The reference server.  Its journal outlives it, so that another one can go on with it."""

    controller_key = _KEY

    def __init__(
        self, nursery: trio.Nursery, chance: random.Random, before: VirtualServer | None = None
    ) -> None:
        self._nursery = nursery
        kept = before._journal if isinstance(before, VirtualReferenceServer) else MemoryJournal()
        self._journal: MemoryJournal = kept
        self._desk = Desk(
            nursery,
            controller_key=_KEY,
            policies=Policies({}),
            throttle=rest.ThrottleLimits(),
            journal=self._journal,
            clock=trio.current_time,
            below=chance.randrange,
            name=lambda size: chance.randbytes(size).hex(),
        )

    async def recover(self) -> None:
        """Go on where the server before has stopped, if there was one (RESUME-4)."""
        await self._desk.recover(await self._journal.recover())

    def about(self) -> rest.About:
        """What it says of itself."""
        return rest.About(
            SUBPROTOCOL, SERVER, server_version(), CAPABILITIES, Timers(), rest.ThrottleLimits()
        )

    async def put_policy(self, name: str, text: str) -> None:
        """Keep a policy."""
        self._desk.put_policy(name, text)
        await self._desk.settle()

    async def make_agent(self, name: str) -> rest.AgentMade:
        """A new agent."""
        agent, credential = self._desk.add_agent(name)
        await self._desk.settle()
        return rest.AgentMade(agent.agent, credential)

    def connect(self, party: Party, *, origin: str | None, address: str, tell: Tell) -> _End:
        """Open a link, and attend to it."""
        link: Link

        def relay(data: bytes) -> bool:
            """What :func:`attend` does with a frame of a session, where there is nothing to wait for."""
            try:
                frame = decode_frame(data)
            except WireError:
                return False
            if link.live is None or not link.may_speak or frame.by_hand:
                return False
            self._desk.host.relay(link, frame, data)
            return True

        end = _End(tell, relay)
        link = Link(party, end, address=address, origin=origin)
        self._nursery.start_soon(attend, self._desk, link, end)
        return end

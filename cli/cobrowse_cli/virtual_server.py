"""The reference server in a virtual world: its session host and desk, without a network.

The simulator does not know the server, nor the server the simulator; this is where they meet.
"""

import random
from collections import deque
from typing import Final, Self

import outcome
import trio
from cobrowse_server.app import server_version
from cobrowse_server.desk import SERVER, Desk
from cobrowse_server.host import Link
from cobrowse_server.journal import MemoryJournal
from cobrowse_server.links import Attendant
from cobrowse_server.policies import Policies
from cobrowse_simulator.links import LinkClosed
from cobrowse_simulator.virtual.post import at_once
from cobrowse_simulator.virtual.world import Tell, VirtualServer
from cobrowse_spec.policy import CAPABILITIES, Timers
from cobrowse_spec.terms import Party
from cobrowse_spec.wire import rest
from cobrowse_spec.wire.messages import SUBPROTOCOL, ToParty, encode

#: In this process nobody else can use it.
_KEY: Final = "the-key-of-a-virtual-world"


class _End:
    """One link: a connection for the host, and the server's end for the world."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        #: Who takes its messages.
        self.attendant: Attendant | None = None
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
        """A message of the party arrives.  If it is its turn, and nothing has to be waited for, it is taken at once.

        So it costs no pass of the scheduler.  Whatever goes wrong is the reader's.
        """
        if self._reader is None or self.attendant is None or not self.attendant.has_proof:
            self._inbox.append(data)
            self._wake()
            return
        try:
            at_once(self.attendant.take(data))
        except BaseException as error:
            self._wake(error)

    def hang_up(self) -> None:
        """The link is gone; what has arrived is still read."""
        self._over = True
        self.attendant = None  # which refers to this: nothing is to wait for the garbage collector
        self._wake()

    def _wake(self, error: BaseException | None = None) -> None:
        reader, self._reader = self._reader, None
        if reader is not None:
            trio.lowlevel.reschedule(reader, outcome.Value(None) if error is None else outcome.Error(error))

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
        end = _End(tell)
        end.attendant = Attendant(self._desk, Link(party, end, address=address, origin=origin))
        self._nursery.start_soon(end.attendant.attend, end)
        return end

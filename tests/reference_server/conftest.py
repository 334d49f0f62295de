"""A server without a network, and parties that speak to it: what the tests of this folder share."""

import shutil
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any, TypeVar

import pytest
import trio
from cobrowse_server.connection import Closing, MemoryConnection
from cobrowse_server.desk import Desk
from cobrowse_server.host import Link
from cobrowse_server.journal import Entry, Journal, MemoryJournal
from cobrowse_server.links import Attendant
from cobrowse_server.lobby import Agent, Interaction
from cobrowse_server.policies import Policies
from cobrowse_server.sqlite_journal import SqliteJournal, open_journal
from cobrowse_spec import actions as do
from cobrowse_spec import observations as see
from cobrowse_spec.actions import LinkAction
from cobrowse_spec.observations import Observation
from cobrowse_spec.terms import InteractionKind, Party
from cobrowse_spec.wire.frames import POINTER, encode_frame, encode_point
from cobrowse_spec.wire.messages import FromParty, ToParty, decode_to_party, encode
from cobrowse_spec.wire.rest import ThrottleLimits
from trio.testing import MockClock
from typing_extensions import override

SITE = "https://bank.example"
KEY = "the-key-of-the-controller"
POLICY = f"""
site = ["{SITE}"]
[timers]
pending_s = 100
request_s = 30
cool_down_s = 10
off_site_s = 50
customer_link_s = 40
agent_link_s = 20
inactivity_s = 200
warning_s = 60
"""
#: Longer than any timer of any policy here: a message that has not come by then never comes.
NEVER_S = 1e6
#: How long it may take in real time, in seconds.
WITHIN_S = 10

_S = TypeVar("_S", bound=Observation)


class Seat:
    """One party at its end of an in-memory link."""

    def __init__(self, link: Link, connection: MemoryConnection) -> None:
        self.link = link
        self.connection = connection
        #: The server's task for this link.
        self.attended = trio.CancelScope()
        self.number = 0
        self.token = ""
        self.epoch = 0
        #: Every control message seen, in order.
        self.seen: list[ToParty] = []
        self._kept: deque[ToParty | bytes | None] = deque()

    async def do(self, action: LinkAction) -> int:
        """Send an action; its number."""
        self.number += 1
        await self.connection.give(encode(FromParty(self.number, action)))
        return self.number

    async def give(self, message: str | bytes) -> None:
        """Send anything."""
        await self.connection.give(message)

    async def next(self) -> ToParty | bytes | None:
        """What comes next: a message, a frame, or None once the link is closed."""
        if self._kept:
            return self._kept.popleft()
        virtual = isinstance(trio.lowlevel.current_clock(), MockClock)
        with trio.fail_after(NEVER_S if virtual else WITHIN_S):
            data = await self.connection.take()
        if not isinstance(data, str):
            return data
        message = decode_to_party(data)
        self.seen.append(message)
        self.epoch = message.epoch or self.epoch
        if isinstance(message.see, see.TokenIssued):
            self.token = message.see.token
        return message

    async def message(self, kind: type[_S]) -> tuple[_S, ToParty]:
        """The next message, which must see this."""
        message = await self.next()
        assert isinstance(message, ToParty), message
        assert isinstance(message.see, kind), message
        return message.see, message

    async def sees(self, kind: type[_S]) -> _S:
        """What the next message sees, which must be this."""
        return (await self.message(kind))[0]

    async def refused(self) -> tuple[str, str]:
        """The rule and reason of the next message, which must be a refusal."""
        refusal = await self.sees(see.Refused)
        return refusal.rule, refusal.reason

    async def fence(self) -> list[ToParty | bytes]:
        """Everything that arrives before a fence that this party sends now."""
        await self.do(do.Fence(name := f"{self.link.party}{self.number}"))
        return await self.until_fence(name)

    async def until_fence(self, name: str) -> list[ToParty | bytes]:
        """Everything that arrives before this fence."""
        before: list[ToParty | bytes] = []
        while True:
            message = await self.next()
            assert message is not None, "the link was closed before the fence"
            if isinstance(message, ToParty) and message.see == see.FencePassed(name):
                return before
            before.append(message)

    async def closed(self) -> Closing:
        """How the host closes this link, after what it has still sent."""
        while await self.next() is not None:
            pass
        closing = self.connection.closing
        assert closing is not None
        return closing

    def hang_up(self) -> None:
        """Break the link."""
        self.connection.hang_up()

    def pointer(self, *, by_hand: bool = True, epoch: int | None = None) -> bytes:
        """A frame with this party's pointer."""
        stamp = self.epoch if epoch is None else epoch
        return encode_frame(POINTER, stamp, encode_point(3, 4), by_hand=by_hand)


class Room:
    """A desk, and the people at it."""

    def __init__(self, nursery: trio.Nursery, **options: Any) -> None:
        self.nursery = nursery
        settings: dict[str, Any] = {
            "controller_key": KEY,
            "policies": Policies({"default": POLICY}),
            "throttle": ThrottleLimits(per_agent=3, per_address=5, overall=7, window_s=60),
        } | options
        self.desk = Desk(nursery, **settings)
        self.alex, self.credential = self.desk.add_agent("Alex")

    def sit(self, party: Party, *, address: str = "192.0.2.1", origin: str = SITE, **limits: int) -> Seat:
        """Open a link, a customer's from a page of this origin."""
        connection = MemoryConnection(**limits)
        link = Link(party, connection, address=address, origin=origin if party is Party.CUSTOMER else None)
        seat = Seat(link, connection)

        async def attended() -> None:
            with seat.attended:
                await Attendant(self.desk, link).attend(connection)

        self.nursery.start_soon(attended)
        return seat

    async def agent(self, credential: str = "", **options: Any) -> Seat:
        """An agent's workspace, signed in: Alex's unless another's credential is given."""
        seat = self.sit(Party.AGENT, **options)
        await seat.do(do.SignIn(credential or self.credential))
        await seat.sees(see.Welcome)
        return seat

    async def controller(self) -> Seat:
        """The contact centre's desktop, signed in."""
        seat = self.sit(Party.CONTROLLER)
        await seat.do(do.SignIn(KEY))
        await seat.sees(see.Welcome)
        return seat

    def interaction(
        self,
        kind: InteractionKind = InteractionKind.CALL,
        agent: Agent | None = None,
        policy: str = "default",
    ) -> tuple[Interaction, str]:
        """A call (or chat) with Alex, and its customer token."""
        return self.desk.open_interaction(kind, (agent or self.alex).agent, policy)

    async def customer(self, token: str = "", **options: Any) -> tuple[Seat, str]:
        """A customer who has started a session, and the session's ID."""
        seat = self.sit(Party.CUSTOMER, **options)
        await seat.do(do.Start(token or self.interaction()[1]))
        await seat.sees(see.PolicyGiven)
        session_id = (await seat.sees(see.Started)).session_id
        await seat.sees(see.TokenIssued)
        return seat, session_id

    async def pair(self, token: str = "", agent: Seat | None = None) -> tuple[Seat, Seat]:
        """A customer and an agent in an active session."""
        customer, session_id = await self.customer(token)
        agent = agent or await self.agent()
        await agent.do(do.Join(session_id))
        await agent.sees(see.Joined)
        await agent.sees(see.TokenIssued)
        await customer.sees(see.Joined)
        return customer, agent

    async def writing(self) -> tuple[Seat, Seat]:
        """A customer and an agent in Write Mode."""
        customer, agent = await self.pair()
        await agent.do(do.Request())
        asked = await customer.sees(see.Asked)
        await customer.do(do.Approve(asked.request))
        for seat, kinds in (
            (customer, (see.Answered, see.InMode)),
            (agent, (see.Asked, see.Answered, see.InMode)),
        ):
            for kind in kinds:
                await seat.sees(kind)
        return customer, agent


Rooms = Callable[..., Room]


@pytest.fixture
async def rooms() -> AsyncIterator[Rooms]:
    """Makes rooms with options of :class:`Desk`.  In virtual time where the test asks for `autojump_clock`."""
    async with trio.open_nursery() as nursery:

        def make(**options: Any) -> Room:
            return Room(nursery, **options)

        yield make
        nursery.cancel_scope.cancel()


@pytest.fixture
async def room(rooms: Rooms) -> Room:
    """A room as it is by default."""
    return rooms()


class Crashes:
    """A journal, and the one that a server finds which starts after a crash."""

    def __init__(self, nursery: trio.Nursery, folder: Path) -> None:
        self.nursery = nursery
        self.folder = folder
        self.opened: list[Journal] = []

    async def open(self) -> Journal:
        """A journal with nothing in it."""
        raise NotImplementedError

    async def crash(self, journal: Journal) -> Journal:
        """What is left of the journal when its server is gone without a word."""
        raise NotImplementedError


class MemoryCrashes(Crashes):
    """The in-memory journal, which stands for one on another machine: it has not crashed itself."""

    @override
    async def open(self) -> Journal:
        return MemoryJournal()

    @override
    async def crash(self, journal: Journal) -> Journal:
        return journal


class SqliteCrashes(Crashes):
    """The durable journal: of its files there is what had been written when the process was killed."""

    @override
    async def open(self) -> SqliteJournal:
        return await self.start(self.folder / "journal.sqlite")

    @override
    async def crash(self, journal: Journal) -> SqliteJournal:
        return await self.start(crash_image(self.folder))

    async def start(self, path: Path) -> SqliteJournal:
        """The journal in this file."""
        journal = await open_journal(path)
        self.opened.append(journal)
        self.nursery.start_soon(journal.run)
        return journal


def crash_image(folder: Path) -> Path:
    """The journal's files as they are at this moment, in a folder of their own within this one."""
    newest = max(folder.rglob("journal.sqlite"), key=lambda path: len(path.parts))
    image = newest.parent / "after"
    image.mkdir()
    for name in ("journal.sqlite", "journal.sqlite-wal"):
        shutil.copy(newest.parent / name, image / name)
    return image / newest.name


@pytest.fixture(params=[MemoryCrashes, SqliteCrashes], ids=["memory", "sqlite"])
async def crashes(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Crashes]:
    """Each kind of journal.  In real time: threads do not know of virtual time."""
    kind: type[Crashes] = request.param
    async with trio.open_nursery() as nursery:
        crashes = kind(nursery, tmp_path)
        yield crashes
        nursery.cancel_scope.cancel()
    for journal in crashes.opened:
        await journal.close()


class GatedJournal:
    """A journal whose followers wait at a gate: what is appended while it is shut was raced."""

    answers_at_once = False

    def __init__(self, inner: Journal) -> None:
        self.inner = inner
        self.gate = trio.Event()
        self.gate.set()
        self.begin = inner.begin
        self.append = inner.append
        self.forget = inner.forget
        self.keep, self.drop, self.settle = inner.keep, inner.drop, inner.settle
        self.run, self.close, self.recover = inner.run, inner.close, inner.recover

    def shut(self) -> None:
        """Hold back whatever is appended from now on."""
        self.gate = trio.Event()

    async def follow(self, session_key: str, after: int = 0) -> AsyncGenerator[Entry, None]:
        """As the journal behind it, through the gate."""
        async with aclosing(self.inner.follow(session_key, after)) as entries:
            async for entry in entries:
                await self.gate.wait()
                yield entry

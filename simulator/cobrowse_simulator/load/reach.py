"""How a run reaches its server: over the network here, in virtual time in :mod:`..virtual`.

Order: what a run needs, the network, the limits of this machine.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from typing import Final, NamedTuple, Protocol

import httpx
import msgspec
import trio
from cobrowse_spec.stories import DISPLAY_NAMES
from cobrowse_spec.terms import Party
from cobrowse_spec.wire import rest
from cobrowse_spec.wire.messages import PATHS

from ..contact_centre import ContactCentre, open_contact_centre
from ..descriptors import allow_descriptors
from ..links import LinkClosed, LinkRefused, LinkUnreachable
from ..pump import Open, pumping
from .desk import Desk, DeskError, desk_on
from .mishaps import Presence
from .profile import Network, Plan
from .visit import Seat
from .waiting import RealTime, Waiting

#: The name that the server keeps the run's policy under.
POLICY_NAME: Final = "simulation"
#: File descriptors that this process needs besides those of its links.
SPARE_DESCRIPTORS: Final = 64
#: Links of one session.
LINKS_PER_SESSION: Final = 2


class CannotRun(Exception):
    """This machine, or the server, cannot carry the profile: says why, and what would work."""


class Reached(NamedTuple):
    """A server that is ready for a run."""

    about: rest.About
    #: What addresses of links begin with.
    url: str
    open_link: Open
    desk: Desk
    #: One for each agent.
    seats: list[Seat]
    #: "real" or "virtual".
    clock: str
    #: The networks that visits are to add to what there is.
    network: Network
    #: Whether each party may connect from a loopback address of its own.
    is_local: bool = False
    #: How visits wait.
    waiting: Waiting = RealTime()
    #: Whether the server is there, where it may die.
    presence: Presence | None = None
    #: How many messages parties and server have sent so far, where the links are this process's own.
    carried: Callable[[], int] | None = None


class Reach(Protocol):
    """A way to a server."""

    @property
    def name(self) -> str:
        """What the report calls the server."""

    def open(self, plan: Plan) -> AbstractAsyncContextManager[Reached]:
        """Make policy and agents there, for the length of a block; raises :class:`CannotRun`."""


def display_name(number: int) -> str:
    """What customers see of an agent, by number from 0."""
    return DISPLAY_NAMES["agent"] if number == 0 else f"Agent {number + 1}"


# The network


class Server(NamedTuple):
    """A server by its base URL."""

    url: str
    controller_key: str
    title: str = ""

    @property
    def name(self) -> str:
        """What the report calls it."""
        return self.title or self.url

    @property
    def websocket_url(self) -> str:
        """The same with the scheme of WebSockets."""
        return self.url.replace("http", "ws", 1).rstrip("/")

    @property
    def is_local(self) -> bool:
        """Whether it is on this machine's loopback."""
        host = self.url.partition("://")[2].partition("/")[0].rpartition(":")[0]
        return host.startswith("127.") or host == "localhost"

    @asynccontextmanager
    async def open(self, plan: Plan) -> AsyncIterator[Reached]:
        """Make policy and agents by REST, and sign in as the contact centre; takes the agents away afterwards."""
        refuse_what_does_not_fit(plan)
        if plan.profile.faults.needs_virtual:
            raise CannotRun(
                "partitions, slow consumers and crashes come about in virtual time only (--virtual)"
            )
        async with (
            open_contact_centre(self.url, self.controller_key) as centre,
            pumping(self.websocket_url) as opening,
        ):
            seats: list[Seat] = []
            async with AsyncExitStack() as stack:
                try:
                    about = await self._prepare(centre, plan, seats)
                    controller = opening(self.websocket_url + PATHS[Party.CONTROLLER])
                    desk = await stack.enter_async_context(
                        desk_on(await stack.enter_async_context(controller))
                    )
                    await desk.sign_in(self.controller_key)
                except (
                    httpx.HTTPError,
                    msgspec.DecodeError,
                    LinkRefused,
                    LinkUnreachable,
                    LinkClosed,
                    DeskError,
                ) as error:
                    raise CannotRun(f"{self.url} does not serve the contact centre: {error}") from None
                finally:
                    stack.push_async_callback(_dismiss, centre, seats)
                yield Reached(
                    about,
                    self.websocket_url,
                    opening,
                    desk,
                    seats,
                    "real",
                    plan.profile.network,
                    self.is_local,
                )

    async def _prepare(self, centre: ContactCentre, plan: Plan, seats: list[Seat]) -> rest.About:
        about = await centre.about()
        await centre.put_policy(POLICY_NAME, plan.policy_text)
        for number in range(plan.profile.agents.count):
            made = await centre.make_agent(display_name(number))
            seats.append(Seat(made.agent, made.credential))
        return about


async def _dismiss(centre: ContactCentre, seats: list[Seat]) -> None:
    """Take the run's agents away again."""
    with trio.CancelScope(shield=True), suppress(httpx.HTTPError):
        for seat in seats:
            await centre.remove_agent(seat.agent)


# The limits of this machine


def refuse_what_does_not_fit(plan: Plan) -> None:
    """Raise :class:`CannotRun`, with the number that would work, for more sessions than there can be links."""
    profile = plan.profile
    wanted = min(profile.max_sessions, profile.agents.count * profile.agents.sessions_each)
    needed = wanted * LINKS_PER_SESSION + SPARE_DESCRIPTORS
    most = allow_descriptors(needed)
    if needed <= most:
        return
    fits = (most - SPARE_DESCRIPTORS) // LINKS_PER_SESSION
    raise CannotRun(
        f"{wanted} sessions at a time need {needed} file descriptors, and this process may have {most}: "
        f"set max_sessions, or agents.count, to {fits} at most"
    )

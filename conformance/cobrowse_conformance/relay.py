"""The careless relay: a server that passes on everything, to judge the customer's end by itself.

It plays the rules' game as long as nobody breaks them, so that stories get to where they want to be;
but what a server should have refused, an act or a frame, it hands to the other end all the same.  What
the customer's page then does is the doing of the customer's end alone.
"""

import contextlib
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

import msgspec
import trio
from cobrowse_simulator.links import Link, LinkClosed, memory_links
from cobrowse_spec import actions as do
from cobrowse_spec import observations as see
from cobrowse_spec.actions import Deed
from cobrowse_spec.observations import AnyObservation
from cobrowse_spec.policy import CAPABILITIES, Policy, PolicyError, for_customer, parse_policy
from cobrowse_spec.refusals import Refusal
from cobrowse_spec.session import Session, step
from cobrowse_spec.terms import SESSION_ID_DIGITS, Party
from cobrowse_spec.wire import rest
from cobrowse_spec.wire.messages import ToParty, decode_from_party, encode

from .venues import POLICIES, SITE_ORIGIN, Declared, policy

_DECLARED: Final = Declared(
    server="careless relay",
    version="",
    capabilities=CAPABILITIES,
    throttle=rest.ThrottleLimits(),
    timers={name: policy(name).timers for name in POLICIES},
)


class RelayVenue:
    """A venue where the customer's end is judged; the relay is the suite's own."""

    declared = _DECLARED
    end = "customer"
    controller_key = ""

    def __init__(self, nursery: trio.Nursery) -> None:
        self._nursery = nursery
        self._relay = Relay()

    @asynccontextmanager
    async def open_link(self, party: Party, place: int, origin: str = SITE_ORIGIN) -> AsyncIterator[Link]:
        """A link in memory."""
        ours, theirs = memory_links()
        self._nursery.start_soon(self._relay.serve, party, theirs)
        try:
            yield ours
        finally:
            with trio.CancelScope(shield=True):
                await ours.aclose()

    async def make_agent(self, name: str) -> rest.AgentMade:
        """The relay lets everybody in."""
        return rest.AgentMade(name, name)

    async def receipt(self, interaction: str) -> str:
        """The relay keeps none: a receipt is the server's doing."""
        return ""

    async def put_policy(self, name: str, text: str) -> int | None:
        """What can be read is in force, for the relay's one session as well."""
        try:
            await self._relay.put_policy(name, parse_policy(text))
        except PolicyError as error:
            return error.line
        return None

    def policy_name(self, policy: str) -> str:
        """The relay reads the suite's policies itself."""
        return policy


class Relay:
    """One story's server: one session at a time, which the newest start makes."""

    def __init__(self) -> None:
        #: Hears of everything that a party sends, before it is decided.
        self.hear: Callable[[Party, do.LinkAction], None] = lambda party, action: None
        self._session = Session("", Policy())
        self._policy = Policy()
        self._put: dict[str, Policy] = {}
        #: The newest link of each party, but of agents that of whoever is in the session.
        self._links: dict[Party, Link] = {}
        #: Who has signed in on each link.
        self._names: dict[Link, str] = {}
        self._opened_by = 0

    @property
    def session(self) -> Session:
        """The session as it stands."""
        return self._session

    async def serve(self, party: Party, link: Link) -> None:
        """Serve one link until it closes; raises ``WireError`` for what is no ``cobrowse.v1``."""
        if party is not Party.AGENT or party not in self._links or not self._session.agent:
            self._links[party] = link
        try:
            while True:
                data = await link.receive()
                if isinstance(data, bytes):
                    await self._pass_frame(party, data)
                else:
                    message = decode_from_party(data)
                    self.hear(party, message.do)
                    await self._take(party, link, message.do, message.id)
        except LinkClosed:
            pass

    async def put_policy(self, name: str, new: Policy) -> None:
        """Take a policy under a name, and let the session follow it (MASK-11)."""
        self._put[name] = new
        outcome = step(self._session, Deed(Party.SYSTEM, do.FollowPolicy(new)), trio.current_time())
        self._session = outcome.session
        if outcome.notices:
            await self._give_policy(0)
        for notice in outcome.notices:
            assert isinstance(notice.see, AnyObservation)
            await self._tell(notice.to, notice.see, 0)

    def begin_under(self, new: Policy) -> None:
        """What sessions follow from now on where no interaction says."""
        self._policy = new

    async def _give_policy(self, number: int) -> None:
        given = see.PolicyGiven(msgspec.Raw(msgspec.json.encode(for_customer(self._session.policy))))
        await self._tell(Party.CUSTOMER, given, number)

    async def _pass_frame(self, party: Party, data: bytes) -> None:
        other = Party.AGENT if party is Party.CUSTOMER else Party.CUSTOMER
        if other in self._links:
            with contextlib.suppress(LinkClosed):
                await self._links[other].send(data)

    async def _take(self, party: Party, link: Link, action: do.LinkAction, number: int) -> None:
        match action:
            case do.SignIn(credential=name):
                self._names[link] = name
                await self._say(link, see.Welcome(name), number)
            case do.OpenInteraction():
                self._policy = self._put.get(action.policy) or policy(action.policy)
                self._opened_by = number
                await self._tell(party, see.InteractionOpened("i1", "t1"), number)
            case do.Fence() if party is Party.CONTROLLER or not self._session.agent:
                await self._say(link, see.FencePassed(action.fence), number)
            case _:
                await self._decide(party, link, action, number)

    async def _decide(self, party: Party, link: Link, action: do.LinkAction, number: int) -> None:
        if isinstance(action, do.Start):
            digits = secrets.randbelow(10**SESSION_ID_DIGITS)
            self._session = Session(f"{digits:0{SESSION_ID_DIGITS}}", self._policy, "i1")
            await self._give_policy(number)
        who = self._names.get(link, "") if party is Party.AGENT else ""
        outcome = step(self._session, Deed(party, action, who, who), trio.current_time())
        if outcome.refusal is not None:
            await self._refused(link, action, number, outcome.refusal)
            return
        self._session = outcome.session
        if isinstance(action, do.Join):
            self._links[party] = link
        for notice in outcome.notices:
            assert isinstance(notice.see, AnyObservation)
            if notice.to in self._links:
                re = self._opened_by if notice.to is Party.CONTROLLER else 0
                await self._tell(notice.to, notice.see, number if notice.to is party else re)

    async def _refused(self, link: Link, action: do.LinkAction, number: int, refusal: Refusal) -> None:
        """What a server should not have passed on: an act is passed on, of all else the sender is told."""
        if isinstance(action, do.AnyAct):
            await self._tell(Party.CUSTOMER, see.Acted(self._session.n + 1, action), 0)
        else:
            await self._say(link, refusal.as_seen(), number)

    async def _tell(self, party: Party, seen: AnyObservation, number: int) -> None:
        await self._say(self._links[party], seen, number)

    async def _say(self, link: Link, seen: AnyObservation, number: int) -> None:
        assert isinstance(seen, see.LinkObservation)
        session = self._session
        with contextlib.suppress(LinkClosed):  # whoever has gone hears no more; the others' links go on
            await link.send(encode(ToParty(seen, session.n, session.epoch, number)))

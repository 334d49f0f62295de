"""A rough visit: the same, while links break, networks stand still and the server dies.

What a line waits for may never come then, and that is nobody's fault: the visit goes on with the next line, and the
invariants alone decide.  A party whose link is broken does nothing until it is back.

Order: playing lines, mishaps, crashes, coming back, leaving.
"""

import random
from collections.abc import Sequence
from functools import partial
from typing import Final

import trio
from cobrowse_spec import actions as do
from cobrowse_spec import observations as see
from cobrowse_spec.stories import AGENT, CUSTOMER, CutLink, Perform, Role, Step
from cobrowse_spec.terms import Party, Reason
from cobrowse_spec.trace import Event
from msgspec.structs import replace
from typing_extensions import override

from ..agent import BareAgent
from ..links import HoldableLink, LinkClosed, LinkRefused, LinkUnreachable
from .desk import DeskError
from .journeys import FillIn, Journey, JourneyLine, Ripple, Wander
from .mishaps import Mishap, Presence, What
from .visit import Failed, Hall, Seat, Visit

#: Seconds between two attempts of a party to come back, and how many there are.
TRY_AGAIN_S: Final = 1.0
ATTEMPTS: Final = 20
#: Seconds after a restart within which parties are back, at most.
BACK_WITHIN_S: Final = 2.0
#: How often the contact centre says that the chat is over, until the session has ended.
ENDINGS: Final = 3

#: What comes of a world in which things go wrong, and is no fault of anybody.
_TROUBLE: Final = (Failed, LinkClosed, LinkUnreachable, LinkRefused, DeskError)
_ROLES: Final = {Party.CUSTOMER: CUSTOMER, Party.AGENT: AGENT}


class RoughVisit(Visit):
    """One session to which things happen."""

    def __init__(
        self,
        hall: Hall,
        journey: Journey,
        seat: Seat,
        number: int,
        chance: random.Random,
        *,
        mishaps: Sequence[Mishap] = (),
        presence: Presence | None = None,
    ) -> None:
        super().__init__(hall, journey, seat, number, chance)
        self._mishaps = mishaps
        self._presence = Presence() if presence is None else presence
        #: Who is about to be back.
        self._coming: set[str] = set()
        self._luck = random.Random(f"{number}:luck")

    @override
    def _begin(self, nursery: trio.Nursery) -> None:
        nursery.start_soon(self._suffer_all, nursery)
        nursery.start_soon(self._mind_the_server, nursery)

    @override
    def _take(self, event: Event) -> None:
        """Who hears only that the session has ended knows as much as who was told when it did."""
        if isinstance(event.saw, see.Refused) and event.saw.reason == Reason.SESSION_ENDED:
            client = self._clients.get(event.who)
            if client is not None:
                client.state = replace(client.state, ended=True)
        super()._take(event)

    # Playing lines

    @override
    async def _play_line(self, line: JourneyLine, nursery: trio.Nursery) -> None:
        try:
            await super()._play_line(line, nursery)
        except _TROUBLE:
            if not self._interaction.interaction:  # there is no session without a chat or call
                raise

    @override
    async def _play(self, step: Step, nursery: trio.Nursery) -> None:
        if isinstance(step, Perform | Wander | Ripple | FillIn):
            if isinstance(step, Perform) and (
                step.role.party is Party.CONTROLLER or isinstance(step.action, do.Start)
            ):
                await self._until_served()
            else:
                await self._until(lambda event: step.role.who in self._links, "away")
        if isinstance(step, CutLink) and step.role.who not in self._links:
            return
        await super()._play(step, nursery)

    @override
    async def _find(self, element: str) -> None:
        """Whoever is hasty acts on what was shown last, whether it is there still or not."""
        agent = self._clients.get(AGENT.who)
        if not isinstance(agent, BareAgent) or not agent.knows(element):
            await super()._find(element)

    async def _until_served(self) -> None:
        if not self._presence.is_up:
            await self._presence.wait()

    # Mishaps

    async def _suffer_all(self, nursery: trio.Nursery) -> None:
        """One after the other: a mishap that is left out changes nothing before its moment, not even an order."""
        began = trio.current_time()
        for mishap in self._mishaps:
            await self._hall.waiting.sleep_until(began + mishap.at_s)
            nursery.start_soon(self._suffer, mishap, nursery)

    async def _suffer(self, mishap: Mishap, nursery: trio.Nursery) -> None:
        role = _ROLES[mishap.party]
        client = self._clients.get(role.who)
        if client is None or role.who not in self._links or not client.state.token or client.state.ended:
            return
        if mishap.what is What.LOSS:
            self._cut(role)
            await self._hall.waiting.sleep_until(trio.current_time() + mishap.lasts_s)
            await self._return(role, nursery)
            return
        link = self._raw[role.who]
        assert isinstance(link, HoldableLink), "such mishaps need a virtual world"
        link.hold(mishap.lasts_s, outwards=mishap.what is What.PARTITION)

    # Crashes

    async def _mind_the_server(self, nursery: trio.Nursery) -> None:
        """Whenever the server dies all links are broken; when it is there again, all come back."""
        told = partial(self._hear_of_server, nursery)
        self._presence.listen(told)
        try:
            await trio.sleep_forever()
        finally:
            self._presence.unlisten(told)

    def _hear_of_server(self, nursery: trio.Nursery, is_up: bool) -> None:
        session = next((client.session for client in self._clients.values() if client.session), "")
        if is_up:
            self._recorder.did(Party.SYSTEM, "system", do.Restart(), session=session)
            return
        self._recorder.did(Party.SYSTEM, "system", do.Crash(), session=session)
        for role in (CUSTOMER, AGENT):
            if role.who in self._links and role.who in self._clients:
                self._cut(role)
                if self._clients[role.who].state.token and not self._clients[role.who].state.ended:
                    nursery.start_soon(self._return_after_crash, role, nursery)

    async def _return_after_crash(self, role: Role, nursery: trio.Nursery) -> None:
        await self._presence.wait()
        await self._hall.waiting.sleep_until(trio.current_time() + self._luck.uniform(0, BACK_WITHIN_S))
        await self._return(role, nursery)

    # Coming back

    @override
    async def _come_back(self, role: Role, nursery: trio.Nursery) -> None:
        """Once: what brings a party back may be its journey, or the end of a mishap."""
        if role.who in self._links or role.who in self._coming:
            return
        self._coming.add(role.who)
        try:
            await super()._come_back(role, nursery)
        finally:
            self._coming.discard(role.who)

    async def _return(self, role: Role, nursery: trio.Nursery) -> None:
        for _ in range(ATTEMPTS):
            await self._until_served()
            if role.who in self._links:
                return
            try:
                await self._come_back(role, nursery)
            except (LinkClosed, LinkUnreachable, LinkRefused):
                await self._hall.waiting.sleep_until(trio.current_time() + TRY_AGAIN_S)
            else:
                return

    # Leaving

    @override
    async def _leave(self) -> None:
        for attempt in range(ENDINGS):
            try:
                await self._until_served()
                if attempt:
                    self._ended = False
                await super()._leave()
            except _TROUBLE:
                if attempt == ENDINGS - 1:
                    raise
            else:
                return

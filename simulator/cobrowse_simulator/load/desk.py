"""The contact centre of a load run: one controller's link, on which many chats and calls are opened at once.

Answers are told apart by the number of the message that they answer.
"""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import trio
from cobrowse_spec import actions as do
from cobrowse_spec import observations as see
from cobrowse_spec.actions import LinkAction
from cobrowse_spec.observations import LinkObservation
from cobrowse_spec.wire.messages import FromParty, decode_to_party, encode

from ..links import Link, LinkClosed, single, take_all

#: Seconds that the server has to answer the contact centre.
ANSWER_S: Final = 10.0


class DeskError(Exception):
    """The server did not do for the contact centre what it asked for."""


class Desk:
    """The controller's end of its link.  ``run`` it in a nursery."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._numbers = itertools.count(1)
        self._waiting: dict[int, trio.Event] = {}
        self._answers: dict[int, LinkObservation] = {}

    async def run(self) -> None:
        """Take the server's answers until the link closes."""
        try:
            await take_all(self._link, self._take)
        except LinkClosed:
            for waiting in self._waiting.values():
                waiting.set()

    async def _take(self, data: str | bytes) -> None:
        if isinstance(data, bytes):
            return
        message = decode_to_party(data)
        waiting = self._waiting.pop(message.re, None)
        if waiting is not None:
            self._answers[message.re] = message.see
            waiting.set()

    def relink(self, link: Link) -> None:
        """Go on over another link, after the last one broke; then run() again and sign in."""
        self._link = link

    async def sign_in(self, key: str) -> None:
        """Prove who it is; raises :class:`DeskError`."""
        if not isinstance(await self._ask(do.SignIn(key)), see.Welcome):
            raise DeskError("the server did not welcome the contact centre; is the controller's key right?")

    async def open(self, opening: do.OpenInteraction) -> see.InteractionOpened:
        """A chat or call of a customer with an agent (by ID); raises :class:`DeskError`."""
        opened = await self._ask(opening)
        if not isinstance(opened, see.InteractionOpened):
            raise DeskError("no chat or call was opened")
        return opened

    async def tell(self, action: LinkAction) -> None:
        """Do something whose answer nobody waits for; raises ``LinkClosed``."""
        await self._link.send(encode(FromParty(next(self._numbers), action)))

    async def _ask(self, action: LinkAction) -> LinkObservation:
        number = next(self._numbers)
        answered = self._waiting[number] = trio.Event()
        await self._link.send(encode(FromParty(number, action)))
        with trio.move_on_after(ANSWER_S):
            await answered.wait()
        self._waiting.pop(number, None)
        answer = self._answers.pop(number, None)
        if answer is None:
            raise DeskError(f"the server did not answer the contact centre within {ANSWER_S:g} s")
        return answer


@asynccontextmanager
async def desk_on(link: Link) -> AsyncIterator[Desk]:
    """A desk whose answers are taken for the length of a block; what is raised there comes out as it was."""
    desk = Desk(link)
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(desk.run)
            yield desk
            nursery.cancel_scope.cancel()
    except BaseExceptionGroup as group:
        raise single(group) or group from None

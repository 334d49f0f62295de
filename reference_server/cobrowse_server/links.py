"""Links: what arrives on them, from the first message to the last.

One attendant a link: decode, hand on, answer what is not ``cobrowse.v1`` (SECURE-4).  It knows no
WebSocket: messages come from any async iterable of text and bytes.
"""

from collections.abc import AsyncIterable
from math import inf
from typing import Final

import trio
from cobrowse_spec.refusals import Refusal
from cobrowse_spec.terms import Party, Reason
from cobrowse_spec.wire.frames import decode_frame
from cobrowse_spec.wire.messages import MAX_ERRORS_PER_LINK, WireError, decode_from_party

from .connection import POLICY_VIOLATION
from .desk import NOT_AUTHENTICATED, OUT_OF_TURN, Desk
from .host import Link

#: How long a link may take to prove whose it is, in seconds.
PROVE_WITHIN_S: Final = 300.0

_TOO_MANY: Final = Refusal("SECURE-4", Reason.TOO_MANY_ERRORS)


class Attendant:
    """Takes the messages of one link, one after the other."""

    def __init__(self, desk: Desk, link: Link) -> None:
        self._desk = desk
        self._link = link
        self._errors = 0

    @property
    def has_proof(self) -> bool:
        """Whether the link has proved whose it is.  From then on, where the journal answers at once, so does :meth:`take`."""
        return self._link.signed_in or self._link.live is not None

    async def attend(self, messages: AsyncIterable[str | bytes]) -> None:
        """Serve the link until its messages end or it has made too many errors.

        However it ends, the session that it carries is told that the link is gone.
        """
        link = self._link
        try:
            with trio.CancelScope(deadline=trio.current_time() + PROVE_WITHIN_S) as proving:
                async for message in messages:
                    if not await self.take(message):
                        return
                    if self.has_proof and proving.deadline != inf:
                        proving.deadline = inf
            if proving.cancelled_caught:
                link.refuse(NOT_AUTHENTICATED, 0)
                link.connection.close(POLICY_VIOLATION, "this link has not said in time whose it is")
        finally:
            self._desk.gone(link)

    async def take(self, message: str | bytes) -> bool:
        """Take one message; False: the link has made too many errors, and is closed (SECURE-4)."""
        good = await (self._control(message) if isinstance(message, str) else self._frame(message))
        if not good:
            self._errors += 1
            if self._errors >= MAX_ERRORS_PER_LINK:
                self._link.refuse(_TOO_MANY, 0)
                self._link.connection.close(POLICY_VIOLATION, str(Reason.TOO_MANY_ERRORS))
                return False
        return True

    async def _control(self, text: str) -> bool:
        desk, link = self._desk, self._link
        try:
            message = decode_from_party(text)
        except WireError as error:
            _refuse(link, error)
            return False
        if link.party is Party.CUSTOMER:
            return await desk.handle_customer(link, message)
        if link.party is Party.AGENT:
            return await desk.handle_agent(link, message)
        return await desk.handle_controller(link, message)

    async def _frame(self, data: bytes) -> bool:
        desk, link = self._desk, self._link
        try:
            if link.party is Party.CONTROLLER:
                raise WireError(Reason.MALFORMED, "a controller sends text messages only")
            frame = decode_frame(data)
        except WireError as error:
            _refuse(link, error)
            return False
        if not link.may_speak:
            link.refuse(NOT_AUTHENTICATED, 0)
            return False
        if link.live is None and link.party is Party.CUSTOMER:
            link.refuse(OUT_OF_TURN, 0, "frames flow in a session only: start one, or resume")
            return False
        if desk.host.relay(link, frame, data) and link.live is not None:
            await desk.host.stir(link.live)
        return True


def _refuse(link: Link, error: WireError) -> None:
    """Say what is wrong with a message; to a stranger, only that it is one (SECURE-1)."""
    if link.may_speak:
        link.refuse(Refusal("SECURE-4", error.reason), error.number, error.message)
    else:
        link.refuse(NOT_AUTHENTICATED, error.number)

"""Links: what arrives on them, from the first message to the last.

One loop a link: decode, hand on, answer what is not ``cobrowse.v1`` (SECURE-4).  It knows no
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


async def attend(desk: Desk, link: Link, messages: AsyncIterable[str | bytes]) -> None:
    """Serve one link until its messages end or it has made too many errors.

    However it ends, the session that it carries is told that the link is gone.
    """
    try:
        with trio.CancelScope(deadline=trio.current_time() + PROVE_WITHIN_S) as proving:
            await _receive(desk, link, messages, proving)
        if proving.cancelled_caught:
            link.refuse(NOT_AUTHENTICATED, 0)
            link.connection.close(POLICY_VIOLATION, "this link has not said in time whose it is")
    finally:
        desk.gone(link)


async def _receive(
    desk: Desk, link: Link, messages: AsyncIterable[str | bytes], proving: trio.CancelScope
) -> None:
    """Take messages until they end; ``proving`` runs until the link has proved whose it is."""
    errors = 0
    async for message in messages:
        if isinstance(message, str):
            good = await _control(desk, link, message)
            if (link.signed_in or link.live is not None) and proving.deadline != inf:
                proving.deadline = inf
        else:
            good = await _frame(desk, link, message)
        if not good:
            errors += 1
            if errors >= MAX_ERRORS_PER_LINK:
                link.refuse(_TOO_MANY, 0)
                link.connection.close(POLICY_VIOLATION, str(Reason.TOO_MANY_ERRORS))
                return


async def _control(desk: Desk, link: Link, text: str) -> bool:
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


async def _frame(desk: Desk, link: Link, data: bytes) -> bool:
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

"""The network between a party and the server: latency, jitter, bandwidth, on top of what there is.

:func:`shaped` wraps a link.  Messages keep their order, as on one TCP connection: what is delayed holds up
what comes after it.
"""

import math
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio

from ..links import Link, LinkClosed
from .profile import Party

#: What is on its way: when it arrives, and what it is.
_Parcel = tuple[float, str | bytes | LinkClosed]


class _Way:
    """One direction: when what sets out now arrives."""

    def __init__(self, party: Party, chance: random.Random) -> None:
        self._party = party
        self._chance = chance
        #: When the line is free again, and when the last message arrives.
        self._free_at = -math.inf
        self._last_at = -math.inf

    def arrival(self, now: float, size: int) -> float:
        """When a message of so many bytes arrives."""
        party = self._party
        if party.bandwidth_kb_s:
            self._free_at = max(now, self._free_at) + size / (party.bandwidth_kb_s * 1000)
            now = self._free_at
        delay_s = (party.latency_ms + self._chance.uniform(-party.jitter_ms, party.jitter_ms)) / 1000
        self._last_at = max(self._last_at, now + delay_s)
        return self._last_at


class _ShapedLink:
    """A link whose messages take their time."""

    def __init__(self, link: Link, party: Party, chance: random.Random) -> None:
        self._link = link
        self._out, self._in = _Way(party, chance), _Way(party, chance)
        self._outbox, self._leaving = trio.open_memory_channel[_Parcel](math.inf)
        self._arrived, self._inbox = trio.open_memory_channel[_Parcel](math.inf)
        self._closed: LinkClosed | None = None

    async def send(self, data: str | bytes) -> None:
        """Send one message; it leaves when the network has brought it there."""
        if self._closed is not None:
            raise self._closed
        await self._outbox.send((self._out.arrival(trio.current_time(), len(data)), data))

    async def receive(self) -> str | bytes:
        """The next message."""
        if self._closed is not None:
            raise self._closed
        at, data = await self._inbox.receive()
        await trio.sleep_until(at)
        if isinstance(data, LinkClosed):
            self._closed = data
            raise data
        return data

    async def aclose(self) -> None:
        """Close the link."""
        await self._link.aclose()

    async def abort(self) -> None:
        """Break the link; what is on its way is lost."""
        await self._link.abort()

    async def carry_out(self) -> None:
        """Bring what was sent to the server."""
        try:
            async for at, data in self._leaving:
                await trio.sleep_until(at)
                assert not isinstance(data, LinkClosed)
                await self._link.send(data)
        except LinkClosed as closed:
            self._closed = closed

    async def carry_in(self) -> None:
        """Bring what the server sends to the party."""
        while True:
            try:
                data: str | bytes | LinkClosed = await self._link.receive()
            except LinkClosed as closed:
                data = closed
            size = 0 if isinstance(data, LinkClosed) else len(data)
            await self._arrived.send((self._in.arrival(trio.current_time(), size), data))
            if isinstance(data, LinkClosed):
                return


def is_plain(party: Party) -> bool:
    """Whether nothing is to be added to the network that there is."""
    return not (party.latency_ms or party.bandwidth_kb_s)


@asynccontextmanager
async def shaped(link: Link, party: Party, chance: random.Random) -> AsyncIterator[Link]:
    """The link with this network added, for the length of a block."""
    if is_plain(party):
        yield link
        return
    slow = _ShapedLink(link, party, chance)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(slow.carry_out)
        nursery.start_soon(slow.carry_in)
        yield slow
        nursery.cancel_scope.cancel()

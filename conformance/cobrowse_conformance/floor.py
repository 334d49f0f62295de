"""The floor: how many stories act at a time.

Enough to keep two cores busy, few enough that each is answered at once.  A story that only lets time
pass steps aside meanwhile, so that the others need not wait with it; when its time has come it goes on
at once, whoever else is on the floor.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import trio


class Floor:
    """Room for so many stories."""

    def __init__(self, places: int) -> None:
        #: Fewer than none while stories go on that had stepped aside.
        self._free = places
        self._queue = trio.lowlevel.ParkingLot()

    async def enter(self) -> None:
        """Come in as soon as there is room."""
        while self._free <= 0:
            await self._queue.park()
        self._free -= 1

    def leave(self) -> None:
        """Make room for the next."""
        self._free += 1
        if self._free > 0:
            self._queue.unpark()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Make room for another while the block waits."""
        self.leave()
        try:
            yield
        finally:
            self._free -= 1

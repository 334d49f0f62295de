"""Alarms: one task that calls functions when their time has come.

For all sessions together: a heap, and the clock that the server was given.
"""

import heapq
import itertools
from collections.abc import Callable
from math import inf

import trio

#: Seconds on any steady clock.
Clock = Callable[[], float]


class Alarms:
    """Functions to be called later.  They must not wait, and must not raise."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._earlier = trio.Event()

    def set(self, at: float, call: Callable[[], None]) -> None:
        """Call it when the clock shows ``at``; never for infinity."""
        if at == inf:
            return
        if not self._heap or at < self._heap[0][0]:
            self._earlier.set()
        heapq.heappush(self._heap, (at, next(self._order), call))

    async def run(self) -> None:
        """Call what is due, for ever."""
        while True:
            self._earlier = trio.Event()
            wait_s = self._heap[0][0] - self._clock() if self._heap else inf
            if wait_s > 0:
                with trio.move_on_after(wait_s):
                    await self._earlier.wait()
            else:
                _, _, call = heapq.heappop(self._heap)
                call()
                await trio.lowlevel.checkpoint()

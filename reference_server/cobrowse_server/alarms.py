"""Alarms: one task that calls functions when their time has come.

For all sessions together: a heap, and the clock that the server was given (:func:`wall_clock`).
"""

import heapq
import itertools
import time
from collections.abc import Callable
from math import inf

import trio

#: Seconds on any steady clock.
Clock = Callable[[], float]


def wall_clock(not_before: float = 0.0) -> Clock:
    """Seconds since 1970, steady: the system's time of now, and from here on what has passed.

    The clock of a journal that outlives its server: another process goes on with the same deadlines.
    Setting the system's clock moves no deadline of a server that runs; and where it was set back between
    two servers, the later one begins at ``not_before``, so that time never runs backwards in a journal.
    """
    began = max(time.time(), not_before) - trio.current_time()
    return lambda: began + trio.current_time()


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

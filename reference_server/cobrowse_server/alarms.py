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


class Alarm:
    """A function to be called later, unless it is cancelled before."""

    def __init__(self, call: Callable[[], None]) -> None:
        self.call: Callable[[], None] | None = call

    def cancel(self) -> None:
        """It need not be called any more; harmless where it has been."""
        self.call = None


class Alarms:
    """Functions to be called later.  They must not wait, and must not raise."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._heap: list[tuple[float, int, Alarm]] = []
        self._order = itertools.count()
        self._earlier = trio.Event()

    def set(self, at: float, call: Callable[[], None]) -> Alarm:
        """Call it when the clock shows ``at``; never for infinity."""
        alarm = Alarm(call)
        if at == inf:
            return alarm
        if not self._heap or at < self._heap[0][0]:
            self._earlier.set()
        heapq.heappush(self._heap, (at, next(self._order), alarm))
        return alarm

    async def run(self) -> None:
        """Call what is due, for ever."""
        heap = self._heap
        while True:
            self._earlier = trio.Event()
            while heap and heap[0][2].call is None:
                heapq.heappop(heap)
            wait_s = heap[0][0] - self._clock() if heap else inf
            if wait_s > 0:
                with trio.move_on_after(wait_s):
                    await self._earlier.wait()
            else:
                _, _, alarm = heapq.heappop(heap)
                if alarm.call is not None:
                    alarm.call()
                await trio.lowlevel.checkpoint()

"""The post: every message of a virtual world arrives at its own moment.

One task for all links: a heap of what is on its way.  Within one direction of one link nothing overtakes;
between links and directions everything may, as the seed says.

Order: one way, the post.
"""

import heapq
import itertools
import math
import random
from collections.abc import Callable

import trio

from ..load.profile import Party


class Way:
    """One direction of one link: when what sets out now arrives."""

    def __init__(self, network: Party, chance: random.Random) -> None:
        self._latency_s = network.latency_ms / 1000
        self._jitter_s = network.jitter_ms / 1000
        self._bytes_per_s = network.bandwidth_kb_s * 1000
        self._chance = chance
        self._free_at = -math.inf
        self._last_at = -math.inf

    def hold(self, until: float) -> None:
        """Nothing arrives before this moment."""
        self._last_at = max(self._last_at, until)

    def arrival(self, now: float, size: int) -> float:
        """When a message of so many bytes arrives."""
        if self._bytes_per_s:
            now = self._free_at = max(now, self._free_at) + size / self._bytes_per_s
        if self._jitter_s:
            now += self._chance.uniform(-self._jitter_s, self._jitter_s)
        self._last_at = max(self._last_at, now + self._latency_s)
        return self._last_at


class Post:
    """Delivers, in the order of the moments and, at the same moment, of sending; also whoever sleeps is woken by it.

    It needs no task: the clock of the virtual world (:class:`.world.JumpingClock`) asks for what is due whenever
    nobody has anything left to do.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()

    @property
    def next_at(self) -> float:
        """When something is to be delivered next; infinity where nothing is on its way."""
        return self._heap[0][0] if self._heap else math.inf

    def send(self, at: float, deliver: Callable[[], None]) -> None:
        """Call ``deliver`` at this moment; it must not wait, and must not raise."""
        heapq.heappush(self._heap, (at, next(self._numbers), deliver))

    def deliver(self, now: float) -> None:
        """Deliver what is due, what is sent meanwhile for this moment included."""
        heap = self._heap
        while heap and heap[0][0] <= now:
            heapq.heappop(heap)[2]()

    async def sleep_until(self, at: float) -> None:
        """As ``trio.sleep_until``, for a tenth of its price: no scope, and no entry among trio's deadlines."""
        if at <= trio.current_time():
            await trio.lowlevel.checkpoint()
            return
        sleeper: trio.lowlevel.Task | None = trio.lowlevel.current_task()

        def wake() -> None:
            if sleeper is not None:
                trio.lowlevel.reschedule(sleeper)

        def give_up(raise_cancel: object) -> trio.lowlevel.Abort:
            nonlocal sleeper
            sleeper = None
            return trio.lowlevel.Abort.SUCCEEDED

        self.send(at, wake)
        await trio.lowlevel.wait_task_rescheduled(give_up)

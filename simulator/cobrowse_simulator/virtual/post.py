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

    def arrival(self, now: float, size: int) -> float:
        """When a message of so many bytes arrives."""
        if self._bytes_per_s:
            now = self._free_at = max(now, self._free_at) + size / self._bytes_per_s
        if self._jitter_s:
            now += self._chance.uniform(-self._jitter_s, self._jitter_s)
        self._last_at = max(self._last_at, now + self._latency_s)
        return self._last_at


class Post:
    """Delivers, in the order of the moments and, at the same moment, of sending.  ``run`` it in a nursery."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        #: Ends the wait for what is next.
        self._wait = trio.CancelScope()

    def send(self, at: float, deliver: Callable[[], None]) -> None:
        """Call ``deliver`` at this moment; it must not wait, and must not raise."""
        heapq.heappush(self._heap, (at, next(self._numbers), deliver))
        self._wait.deadline = min(self._wait.deadline, at)

    async def run(self) -> None:
        """Deliver, for ever."""
        heap = self._heap
        while True:
            now = trio.current_time()
            while heap and heap[0][0] <= now:
                heapq.heappop(heap)[2]()
            with trio.CancelScope(deadline=heap[0][0] if heap else math.inf) as self._wait:
                await trio.sleep_forever()

"""The post: every message of a virtual world arrives at its own moment.

One task for all links: a heap of what is on its way.  Within one direction of one link nothing overtakes;
between links and directions everything may, as the seed says.

Order: one way, what may not wait, the post.
"""

import heapq
import itertools
import math
import random
from collections.abc import Callable, Collection, Coroutine, Iterable, Iterator
from functools import partial
from typing import Any

import outcome
import trio

from ..load.profile import Party


class Way:
    """One direction of one link: when what sets out now arrives."""

    def __init__(self, network: Party, chance: random.Random) -> None:
        self._latency_s = network.latency_ms / 1000
        self._jitter_s = network.jitter_ms / 1000
        self._bytes_per_s = network.bandwidth_kb_s * 1000
        self._draw = chance.random
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
            now += self._jitter_s * (2 * self._draw() - 1)
        at = now + self._latency_s
        self._last_at = max(self._last_at, at)
        return self._last_at


def at_once(coroutine: Coroutine[Any, Any, object]) -> None:
    """Run a coroutine that waits for nothing, from where there is no task; whatever it raises is raised."""
    try:
        coroutine.send(None)
    except StopIteration:
        return
    coroutine.close()
    raise RuntimeError("in a virtual world nobody may wait who is called at a moment")


class Post:
    """Delivers, in the order of the moments and, at the same moment, of sending; also whoever sleeps is woken by it.

    It needs no task: the clock of the virtual world (:class:`.world.JumpingClock`) asks for what is due whenever
    nobody has anything left to do.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        #: The moment that it is in the virtual world, in seconds since its beginning: what trio's clock shows there.
        self.moment = 0.0
        #: How many messages of parties and of the server have set out.
        self.messages = 0

    def now(self) -> float:
        """The moment that it is, without asking trio for it."""
        return self.moment

    def send(self, at: float, deliver: Callable[[], None]) -> None:
        """Call ``deliver`` at this moment; it must not wait, and must not raise."""
        heapq.heappush(self._heap, (at, next(self._numbers), deliver))

    def deliver(self, until: float, woken: Collection[object]) -> None:
        """Let time pass up to this moment, and deliver what becomes due, until somebody is among the ``woken``.

        What is due at one moment is delivered together, what is sent meanwhile for that moment included.
        """
        heap = self._heap
        while heap and heap[0][0] <= until and not woken:
            self.moment = max(self.moment, heap[0][0])
            while heap and heap[0][0] <= self.moment:
                heapq.heappop(heap)[2]()

    async def sleep_until(self, at: float) -> None:
        """As ``trio.sleep_until``, for a tenth of its price: no scope, and no entry among trio's deadlines."""
        if at <= self.moment:
            await trio.lowlevel.checkpoint()
            return
        sleeper = _Sleeper()
        self.send(at, sleeper.wake)
        await sleeper.sleep()

    async def at_each(
        self, moments: Iterable[float], act: Callable[[float], Coroutine[Any, Any, None]]
    ) -> None:
        """Do something at each of these moments, without a pass of the scheduler; come back after the last."""
        sleeper = _Sleeper()
        _Ticks(self, iter(moments), act, sleeper).go_on()
        await sleeper.sleep()

    async def to_be_woken(self, within_s: float, give_up: Callable[[], None]) -> Any:
        """Wait until this task is rescheduled; raises ``trio.TooSlowError`` when the time is over.

        For less than a scope costs, and an entry among trio's deadlines.
        """
        sleeper = _Sleeper(give_up)

        def late() -> None:
            if not sleeper.is_awake:
                give_up()
                sleeper.wake(trio.TooSlowError())

        self.send(self.moment + within_s, late)
        return await sleeper.sleep()


class _Sleeper:
    """A task that waits to be woken.  ``give_up`` is called when it is cancelled instead."""

    def __init__(self, give_up: Callable[[], None] = lambda: None) -> None:
        self._task = trio.lowlevel.current_task()
        self._give_up = give_up
        self.is_awake = False

    async def sleep(self) -> Any:
        """Wait, and come back with what it is given."""
        try:
            return await trio.lowlevel.wait_task_rescheduled(self._abort)
        finally:
            self.is_awake = True

    def wake(self, error: BaseException | None = None) -> None:
        """Let it go on, unless it does; with an error, if there is one."""
        if not self.is_awake:
            self.is_awake = True
            given = outcome.Value(None) if error is None else outcome.Error(error)
            trio.lowlevel.reschedule(self._task, given)

    def _abort(self, raise_cancel: object) -> trio.lowlevel.Abort:
        self.is_awake = True
        self._give_up()
        return trio.lowlevel.Abort.SUCCEEDED


class _Ticks:
    """What is done at each of some moments, until they are over or the sleeper has given up."""

    def __init__(
        self,
        post: Post,
        ahead: Iterator[float],
        act: Callable[[float], Coroutine[Any, Any, None]],
        sleeper: _Sleeper,
    ) -> None:
        self._post = post
        self._ahead = ahead
        self._act = act
        self._sleeper = sleeper

    def go_on(self) -> None:
        """Wait for the next moment; after the last, wake the sleeper."""
        at = next(self._ahead, None)
        if at is None:
            self._sleeper.wake()
        else:
            self._post.send(at, partial(self._tick, at))

    def _tick(self, at: float) -> None:
        if self._sleeper.is_awake:
            return  # given up
        try:
            at_once(self._act(at))
        except BaseException as error:  # it is the sleeper's, whatever it is
            self._sleeper.wake(error)
        else:
            self.go_on()

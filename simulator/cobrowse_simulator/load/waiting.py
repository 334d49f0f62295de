"""How visits wait: with trio's own means in real time; in virtual time (:mod:`..virtual.post`) for far less.

Order: what visits ask for, real time.
"""

from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Protocol

import trio


class Waiting(Protocol):
    """Moments are trio's, in seconds."""

    def now(self) -> float:
        """The moment that it is."""

    async def sleep_until(self, at: float) -> None:
        """Come back at this moment."""

    async def at_each(
        self, moments: Iterable[float], act: Callable[[float], Coroutine[Any, Any, None]]
    ) -> None:
        """Do something at each of these moments, which it is told; come back after the last.

        In virtual time ``act`` must wait for nothing.  Whatever it raises is raised.
        """

    async def to_be_woken(self, within_s: float, give_up: Callable[[], None]) -> Any:
        """Wait until this task is rescheduled, and come back with what it is given.

        ``give_up`` is called when nobody is to do so any more: raises ``trio.TooSlowError`` when the time is over.
        """


class RealTime:
    """As trio does it."""

    def now(self) -> float:
        """The moment that it is."""
        return trio.current_time()

    async def sleep_until(self, at: float) -> None:
        """Come back at this moment."""
        await trio.sleep_until(at)

    async def at_each(
        self, moments: Iterable[float], act: Callable[[float], Coroutine[Any, Any, None]]
    ) -> None:
        """Do something at each of these moments; come back after the last."""
        for at in moments:
            await trio.sleep_until(at)
            await act(at)

    async def to_be_woken(self, within_s: float, give_up: Callable[[], None]) -> Any:
        """Wait until this task is rescheduled."""

        def abort(raise_cancel: object) -> trio.lowlevel.Abort:
            give_up()
            return trio.lowlevel.Abort.SUCCEEDED

        with trio.fail_after(within_s):
            return await trio.lowlevel.wait_task_rescheduled(abort)

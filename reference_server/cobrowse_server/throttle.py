"""The throttle of guesses: how many wrong session IDs are let through (JOIN-8).

Pure: a frozen window that slides.  Only guesses that were looked up count, so nobody who is being
refused makes the wait longer, for itself or for others: no wait is ever longer than the window.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

import msgspec
from cobrowse_spec.wire.rest import ThrottleLimits
from msgspec.structs import replace

#: Added to a wait, so that whoever waits as told is let through whatever its clock rounds off.
ROUNDING_S: Final = 1e-6


class Guess(NamedTuple):
    """A wrong session ID: when, by which agent, from which address."""

    at: float
    agent: str
    address: str


class Throttle(msgspec.Struct, frozen=True):
    """The wrong guesses of the last window, oldest first; never more than ``limits.overall``."""

    limits: ThrottleLimits
    guesses: tuple[Guess, ...] = ()

    def wait_s(self, agent: str, address: str, now: float) -> float:
        """How long this agent at this address must wait before it may try an ID; 0: not at all."""
        recent = tuple(self._recent(now))
        waits = (
            _wait(self.limits.per_agent, [one.at for one in recent if one.agent == agent]),
            _wait(self.limits.per_address, [one.at for one in recent if one.address == address]),
            _wait(self.limits.overall, [one.at for one in recent]),
        )
        left_s = max(waits) + self.limits.window_s - now
        return min(self.limits.window_s, left_s + ROUNDING_S) if left_s > 0 else 0.0

    def after(self, guess: Guess) -> "Throttle":
        """The throttle once this wrong guess has been made."""
        return replace(self, guesses=(*self._recent(guess.at), guess))

    def _recent(self, now: float) -> Iterator[Guess]:
        return (one for one in self.guesses if one.at + self.limits.window_s > now)


def _wait(limit: int, times: list[float]) -> float:
    """When the guess was made whose end frees a place under the limit; long ago if one is free."""
    return times[-limit] if len(times) >= limit > 0 else float("-inf")

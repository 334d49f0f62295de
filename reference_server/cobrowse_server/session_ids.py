"""Session IDs: nine digits that cannot be guessed, nor met again soon (START-2, START-7)."""

import heapq
import re
import secrets
from collections.abc import Callable
from typing import Final

from cobrowse_spec.terms import SESSION_ID_DIGITS, SESSION_ID_REST_S

_HOW_MANY: Final = 10**SESSION_ID_DIGITS


class SessionIds:
    """Issues IDs.  Each is unique among live sessions and rests for a day after its session's end."""

    def __init__(self, below: Callable[[int], int] = secrets.randbelow) -> None:
        self._below = below
        self._taken: set[str] = set()
        self._resting: list[tuple[float, str]] = []

    def issue(self, now: float) -> str:
        """A new ID, from the operating system's randomness."""
        self.wake(now)
        if 2 * len(self._taken) > _HOW_MANY:
            raise OverflowError(
                "too many session IDs are in use or resting to issue one that is hard to guess"
            )
        while (session_id := f"{self._below(_HOW_MANY):0{SESSION_ID_DIGITS}d}") in self._taken:
            pass
        self._taken.add(session_id)
        return session_id

    def take(self, session_id: str) -> None:
        """This ID was issued before: it is in use."""
        self._taken.add(session_id)

    def is_taken(self, session_id: str) -> bool:
        """Whether it is in use or rests."""
        return session_id in self._taken

    def rest(self, session_id: str, now: float) -> float:
        """The ID's session has ended: it is not issued again for a day.  When it may be."""
        until = now + SESSION_ID_REST_S
        self.rest_until(session_id, until)
        return until

    def rest_until(self, session_id: str, until: float) -> None:
        """The ID is not issued again before this moment."""
        self._taken.add(session_id)
        heapq.heappush(self._resting, (until, session_id))

    def wake(self, now: float) -> list[str]:
        """The IDs that have rested long enough; they may be issued again."""
        awake = []
        while self._resting and self._resting[0][0] <= now:
            awake.append(heapq.heappop(self._resting)[1])
        self._taken.difference_update(awake)
        return awake


def tidy(entered: str) -> str:
    """What the agent meant by what it entered: without spaces and hyphens (JOIN-7)."""
    return re.sub(r"[\s\-\u2010-\u2013]", "", entered)

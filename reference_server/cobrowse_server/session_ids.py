"""Session IDs: nine digits that cannot be guessed, nor met again soon (START-2, START-7)."""

import re
import secrets
from collections import deque
from collections.abc import Callable
from typing import Final

from cobrowse_spec.terms import SESSION_ID_DIGITS, SESSION_ID_REST_S

_HOW_MANY: Final = 10**SESSION_ID_DIGITS


class SessionIds:
    """Issues IDs.  Each is unique among live sessions and rests for a day after its session's end."""

    def __init__(self, below: Callable[[int], int] = secrets.randbelow) -> None:
        self._below = below
        self._taken: set[str] = set()
        self._resting: deque[tuple[float, str]] = deque()

    def issue(self, now: float) -> str:
        """A new ID, from the operating system's randomness."""
        while self._resting and self._resting[0][0] <= now:
            self._taken.remove(self._resting.popleft()[1])
        if 2 * len(self._taken) > _HOW_MANY:
            raise OverflowError(
                "too many session IDs are in use or resting to issue one that is hard to guess"
            )
        while (session_id := f"{self._below(_HOW_MANY):0{SESSION_ID_DIGITS}d}") in self._taken:
            pass
        self._taken.add(session_id)
        return session_id

    def rest(self, session_id: str, now: float) -> None:
        """The ID's session has ended: it is not issued again for a day."""
        self._resting.append((now + SESSION_ID_REST_S, session_id))


def tidy(entered: str) -> str:
    """What the agent meant by what it entered: without spaces and hyphens (JOIN-7)."""
    return re.sub(r"[\s\-\u2010-\u2013]", "", entered)

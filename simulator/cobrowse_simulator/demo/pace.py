"""Time for the reader.  Nothing in a session waits for it: in fast mode there is none.

:meth:`Pace.rest` is the one place of the demo where time passes for the sake of a human.
"""

import os
from typing import Final, TextIO

import trio

#: Seconds to read what a scene has shown; Enter goes on at once.
READING_S: Final = 6.0
#: Seconds between two acts of one scene, and between two letters of one word.
BEAT_S: Final = 0.7
LETTER_S: Final = 0.09

_CHUNK_BYTES: Final = 4096


class Pace:
    """How much time the reader is given.

    ``keyboard`` is the terminal that Enter is read from; None where there is none.
    """

    def __init__(self, *, slow: bool, keyboard: TextIO | None = None) -> None:
        self.slow = slow
        self._keyboard = keyboard

    async def rest(self, seconds: float) -> None:
        """Let the reader look, in slow mode for so many seconds or until Enter; else go on at once."""
        if not self.slow:
            await trio.lowlevel.checkpoint()
            return
        with trio.move_on_after(seconds):
            if self._keyboard is None:
                await trio.sleep_forever()
            else:
                await trio.lowlevel.wait_readable(self._keyboard)
                if not os.read(self._keyboard.fileno(), _CHUNK_BYTES):
                    self._keyboard = None  # closed: nobody will press Enter any more

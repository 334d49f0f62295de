"""A timeline as it is drawn in the HTML report: where every arrow and every word stands, in pixels.

Order: the picture, one row of it.
"""

from typing import Final, NamedTuple

import msgspec

from .summary import printable
from .timeline import Lane, Row

#: The longest text that shows when the pointer rests on an event, in characters.
_MOST_FIELDS: Final = 1200


class _Drawn(NamedTuple):
    """One row, with its places in the picture, in pixels."""

    row: Row
    y: int
    x1: int
    x2: int
    text_x: int
    anchor: str
    words: str
    time: str
    fields: str


class Picture(NamedTuple):
    """A timeline as it is drawn: three lifelines, an arrow and a sentence for each row."""

    rows: list[_Drawn]
    lanes: dict[str, int]
    width: int
    height: int

    @classmethod
    def of(cls, rows: list[Row]) -> "Picture":
        """Where everything stands."""
        drawn = [_place(row, _TOP + number * _STEP) for number, row in enumerate(rows)]
        lanes = {str(lane): place for lane, place in _LANES.items()}
        return cls(drawn, lanes, _WIDTH, _TOP + len(rows) * _STEP - _STEP // 3)


_WIDTH: Final = 960
_LANES: Final = {Lane.CUSTOMER: 104, Lane.SERVER: 512, Lane.AGENT: 920}
_TOP: Final = 62
_STEP: Final = 32

#: Characters between two lanes.
_ROOM: Final = 62


def _place(row: Row, y: int) -> _Drawn:
    x1, x2 = _LANES[row.lane], _LANES[row.to]
    if x1 != x2:
        text_x, anchor = (x1 + x2) // 2, "middle"
    elif row.lane is Lane.AGENT:
        text_x, anchor = x1 - 14, "end"
    else:
        text_x, anchor = x1 + 14, "start"
    words = row.words if len(row.words) <= _ROOM else row.words[: _ROOM - 1] + "…"
    time = "" if row.folded else f"{row.at_ms:.0f}"
    return _Drawn(row, y, x1, x2, text_x, anchor, words, time, _hover(row))


def _hover(row: Row) -> str:
    """What shows when the pointer rests on a row: its sentence in full, and the event as JSON."""
    if row.folded:
        numbers = ", ".join(f"#{event.seq}" for event in row.events[:20])
        return f"{numbers}{', …' if len(row.events) > 20 else ''}"
    fields = printable(row.fields)
    if len(fields) > _MOST_FIELDS:
        fields = printable(msgspec.json.encode(row.events[0]).decode())[:_MOST_FIELDS] + "…"
    return f"{row.words}\n{fields}"

"""The state diagram as SVG: where everything stands on the page.

The states stand where a hand has put them, and a known arrow takes the way that a hand has drawn for it.
Which arrows there are, and what is written on them, the machine says: an arrow that nobody has foreseen
goes straight, and still shows.

Order: the drawing, the places, putting it together.
"""

import textwrap
from collections.abc import Iterable
from typing import Final, NamedTuple

from cobrowse_spec.session import State

from .arrows import ACTIVE_BOX, Arrow, place_title


class Box(NamedTuple):
    """A state, in pixels from the top left."""

    name: str
    title: str
    x: int
    y: int
    width: int
    height: int


class Label(NamedTuple):
    """What is written on an arrow, line by line; a cause begins with a mark."""

    x: int
    y: int
    anchor: str
    lines: tuple[str, ...]


class Way(NamedTuple):
    """An arrow on the page."""

    arrow: Arrow
    path: str
    label: Label


class Drawing(NamedTuple):
    """The whole diagram."""

    width: int
    height: int
    group: Box
    boxes: tuple[Box, ...]
    ways: tuple[Way, ...]


def drawing(arrows: Iterable[Arrow]) -> Drawing:
    """The diagram of these arrows."""
    boxes = tuple(_box(state) for state in State)
    return Drawing(_WIDTH, _HEIGHT, _GROUP, boxes, tuple(_way(arrow) for arrow in arrows))


# The places

_WIDTH: Final = 1000
_HEIGHT: Final = 870
_BOX: Final = (158, 46)

#: The middle of each state.
_MIDDLES: Final[dict[str, tuple[int, int]]] = {
    State.UNSTARTED: (135, 45),
    State.PENDING: (475, 45),
    State.POINTER: (145, 325),
    State.ASKED: (505, 325),
    State.WRITE: (860, 325),
    State.SUSPENDED: (145, 660),
    State.ENDED: (860, 835),
}
_GROUP: Final = Box(ACTIVE_BOX, place_title(ACTIVE_BOX), 45, 235, 915, 265)


class _Route(NamedTuple):
    """The corners of an arrow, and where its label stands: place, anchor, characters in a line."""

    corners: tuple[tuple[int, int], ...]
    label: tuple[int, int]
    anchor: str = "start"
    room: int = 40


_ROUTES: Final[dict[tuple[str, str], _Route]] = {
    (State.UNSTARTED, State.PENDING): _Route(((214, 45), (396, 45)), (305, 34), "middle", 24),
    (State.PENDING, State.POINTER): _Route(((475, 68), (475, 205), (145, 205), (145, 302)), (487, 160)),
    (State.PENDING, State.SUSPENDED): _Route(
        ((430, 68), (430, 165), (20, 165), (20, 660), (66, 660)), (34, 105), "start", 54
    ),
    (State.PENDING, State.ENDED): _Route(
        ((554, 45), (980, 45), (980, 835), (939, 835)), (968, 70), "end", 46
    ),
    (State.POINTER, State.ASKED): _Route(((224, 315), (426, 315)), (325, 304), "middle", 34),
    (State.ASKED, State.POINTER): _Route(((426, 337), (224, 337)), (325, 356), "middle", 34),
    (State.ASKED, State.WRITE): _Route(((584, 325), (781, 325)), (682, 314), "middle", 22),
    (State.WRITE, State.POINTER): _Route(
        ((860, 348), (860, 465), (165, 465), (165, 348)), (512, 455), "middle", 60
    ),
    (ACTIVE_BOX, State.SUSPENDED): _Route(((320, 500), (320, 650), (224, 650)), (332, 532), "start", 34),
    (ACTIVE_BOX, State.ENDED): _Route(((860, 500), (860, 812)), (848, 532), "end", 46),
    (State.SUSPENDED, State.POINTER): _Route(((110, 637), (110, 348)), (122, 532), "start", 27),
    (State.SUSPENDED, State.ENDED): _Route(((145, 683), (145, 835), (781, 835)), (159, 708), "start", 46),
}

_LINE: Final = 16
_RADIUS: Final = 14


# Putting it together


def _box(state: State) -> Box:
    x, y = _MIDDLES[state]
    width, height = _BOX
    return Box(state, place_title(state), x - width // 2, y - height // 2, width, height)


def _way(arrow: Arrow) -> Way:
    route = _ROUTES.get((arrow.source, arrow.target)) or _straight(arrow)
    lines = tuple(line for cause in arrow.causes for line in _wrapped(cause, route.room))
    x, y = route.label
    above = route.anchor == "middle" and y < route.corners[0][1]
    top = y - _LINE * (len(lines) - 1) if above else y
    return Way(arrow, _path(route.corners), Label(x, top, route.anchor, lines))


def _straight(arrow: Arrow) -> _Route:
    middles = {**_MIDDLES, ACTIVE_BOX: (_GROUP.x + _GROUP.width // 2, _GROUP.y + _GROUP.height)}
    (x1, y1), (x2, y2) = middles[arrow.source], middles[arrow.target]
    return _Route(((x1, y1), (x2, y2)), ((x1 + x2) // 2, (y1 + y2) // 2), "middle")


def _wrapped(cause: str, room: int) -> list[str]:
    first, *rest = textwrap.wrap(cause, room)
    return [first, *(f"\N{NO-BREAK SPACE}\N{NO-BREAK SPACE}{line}" for line in rest)]


def _path(corners: tuple[tuple[int, int], ...]) -> str:
    """A line through the corners, which are rounded off."""
    path = [f"M{corners[0][0]} {corners[0][1]}"]
    for before, corner, after in zip(corners, corners[1:], corners[2:], strict=False):
        (x1, y1), (x2, y2) = _towards(corner, before), _towards(corner, after)
        path.append(f"L{x1} {y1}Q{corner[0]} {corner[1]} {x2} {y2}")
    return "".join([*path, f"L{corners[-1][0]} {corners[-1][1]}"])


def _towards(corner: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    """The point near a corner where its rounding begins, on the way to another."""
    (x, y), (to_x, to_y) = corner, other
    length = max(abs(to_x - x), abs(to_y - y))
    step = min(_RADIUS, length // 2)
    return x + (to_x - x) * step // max(1, length), y + (to_y - y) * step // max(1, length)

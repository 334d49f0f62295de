"""What a mirror is made of: rrweb's events, as a customer's client sends them in a frame of content.

Built by hand, so that a mirror can be made which no page could have: hostile ones (:mod:`.hostile_page`), and those of
the project's own tests.  Order: nodes, events.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

#: Anything of a mirror, as JSON has it.
Made = dict[str, Any]

#: References of every page that :func:`snapshot` makes.
DOCUMENT, HEAD, BODY = 1, 4, 5
_DOCTYPE, _HTML = 2, 3
#: The customer's window, in CSS pixels.
SIZE: Final = (900, 700)


def element(ref: int, tag: str, children: Sequence[Mapping[str, Any]] = (), /, **attributes: Any) -> Made:
    """An element; underscores in attributes' names stand for hyphens, one at the end for nothing."""
    named = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
    return {"type": 2, "id": ref, "tagName": tag, "attributes": named, "childNodes": list(children)}


def text(ref: int, says: str) -> Made:
    """Text between tags."""
    return {"type": 3, "id": ref, "textContent": says}


# Events


def meta(width: int = SIZE[0], height: int = SIZE[1]) -> Made:
    """The customer's window is this large."""
    data = {"href": "https://bank.example/", "width": width, "height": height}
    return {"type": 4, "data": data, "timestamp": 1}


def snapshot(*body: Mapping[str, Any], head: Sequence[Mapping[str, Any]] = ()) -> Made:
    """A whole page."""
    html = element(_HTML, "html", [element(HEAD, "head", head), element(BODY, "body", body)])
    document = {"type": 0, "id": DOCUMENT, "childNodes": [{"type": 1, "id": _DOCTYPE, "name": "html"}, html]}
    return {"type": 2, "data": {"node": document, "initialOffset": {"left": 0, "top": 0}}, "timestamp": 1}


def change(source: int, **data: Any) -> Made:
    """What changes, by rrweb's number for its source."""
    return {"type": 3, "data": {"source": source, **data}, "timestamp": 1}


def mutation(**data: Any) -> Made:
    """A change of the document."""
    return change(0, **{"texts": [], "attributes": [], "removes": [], "adds": [], **data})

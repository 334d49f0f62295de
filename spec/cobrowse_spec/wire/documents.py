"""The documents of ``cobrowse.v1``, all made from the code: JSON Schemas and AsyncAPI, as text.

Read :mod:`.links` (who sends and gets what), :mod:`.schemas` and :mod:`.asyncapi` (the documents),
:mod:`.example` and :mod:`.guide` (the parts of the guide that are made).  ``make generate`` writes
them to ``spec/protocol``; a test keeps them fresh.
"""

import json

from .asyncapi import asyncapi
from .guide import fill, parts
from .messages import SUBPROTOCOL
from .schemas import Schema, control_messages, rest_bodies, trace_lines

__all__ = ["documents", "guide"]


def documents() -> dict[str, str]:
    """Every document that is made as a whole: its file, relative to ``spec/protocol``, and its text."""
    return {
        f"{SUBPROTOCOL}.schema.json": as_text(control_messages()),
        "trace.schema.json": as_text(trace_lines()),
        "rest.schema.json": as_text(rest_bodies()),
        "asyncapi.json": as_text(asyncapi()),
    }


def guide(text: str) -> str:
    """The protocol's guide with its made parts made anew; raises :class:`.guide.GuideError`."""
    return fill(text, parts())


def as_text(document: Schema) -> str:
    """A document as it stands in its file."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"

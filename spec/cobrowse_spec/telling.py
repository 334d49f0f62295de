"""Telling: what happened, in the sentences of the rulebook.

The way back from :mod:`.sentences`, apart from it because it reads no features: whoever judges traces needs
no reader of Gherkin.
"""

import re
from typing import Any

from .terms import Mode
from .trace import Event


def describe(event: Event) -> str:
    """An event of a trace as a sentence of the rulebook, or as its bare name where it has none."""
    thing = event.did if event.did is not None else event.saw
    assert thing is not None
    values = [getattr(thing, name) for name in thing.parameters]
    source = thing.sentence
    for further, names, fixed in thing.further:
        given = [getattr(thing, name) for name in names]
        if all(given) and all(getattr(thing, name) == value for name, value in fixed.items()):
            return _fill(further, [event.who, *given])
    if thing.short and (not source or all(value in ("", ()) for value in values)):
        source, values = thing.short, []
    if not source:
        verb = "sends" if event.did is not None else "receives"
        return f"the {event.who} {verb} {type(thing).__struct_config__.tag}"
    return _fill(source, [event.who, *values])


def _fill(source: str, values: list[Any]) -> str:
    supply = iter(values)

    def word(match: re.Match[str]) -> str:
        value = next(supply)
        if isinstance(value, Mode):
            return f"{value.capitalize()} Mode"
        return f'"{value}"' if match[1] == "string" else str(value)

    return re.sub(r"\{(\w+)\}", word, source)

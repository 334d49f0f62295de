"""JSON Schemas of the protocol's structs, with the words that stand beside them in the code.

msgspec says what is valid; docstrings and ``#:`` comments become the descriptions, so that nothing is
said twice.  Order: words, schemas of structs, whole documents.
"""

import functools
import inspect
import re
from typing import Any, Final

import msgspec

from .. import actions, observations, policy, terms, trace
from ..policy import Policy
from ..trace import Event, Footer, Header
from . import messages, rest
from .messages import MAX_MESSAGE_BYTES, SUBPROTOCOL, FromParty, ToParty

#: A JSON Schema, or any part of a document that holds some.
Schema = dict[str, Any]

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

#: The modules whose structs and enumerations are described.
_HOMES: Final = (terms, actions, observations, policy, trace, messages, rest)


# Words


def plain(text: str) -> str:
    """Prose from the code as Markdown: one line a paragraph, without the code's own markup."""
    text = inspect.cleandoc(text)
    text = re.sub(r":\w+:`[.~]*([^`]*)`", lambda found: f"`{found[1].rpartition('.')[2]}`", text)
    paragraphs = re.split(r"\n\s*\n", text.replace("``", "`"))
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def about(kind: type) -> str:
    """What a struct or enumeration is: its docstring."""
    return plain(kind.__doc__ or "")


@functools.cache
def notes(kind: type) -> dict[str, str]:
    """What is said of each field in a ``#:`` comment above it, inherited fields included."""
    found: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        if base.__module__.startswith("cobrowse_spec"):
            found |= _notes_in(inspect.getsource(base))
    return found


def _notes_in(source: str) -> dict[str, str]:
    found: dict[str, str] = {}
    waiting: list[str] = []
    for line in source.splitlines():
        if comment := re.match(r"    #: ?(.*)", line):
            waiting.append(comment[1])
            continue
        if waiting and (field := re.match(r"    (\w+):", line)):
            found[field[1]] = plain(" ".join(waiting))
        waiting = []
    return found


# Schemas


def components(kinds: tuple[type, ...], prefix: str) -> dict[str, Schema]:
    """The schemas of these structs and of all that they hold, by name; references begin with ``prefix``."""
    _, found = msgspec.json.schema_components([*kinds, Policy], ref_template=prefix + "{name}")
    found = {name: _described(name, schema) for name, schema in found.items()}
    if "PolicyGiven" in found:
        words = (
            "What the customer's client needs of the policy: `site`, `write_mode`, `pages` and `deny_urls`."
        )
        found["PolicyGiven"]["properties"]["policy"] = {"$ref": f"{prefix}Policy", "description": words}
    return found


def _described(name: str, schema: Schema) -> Schema:
    kind = _kinds()[name]
    described: Schema = _without_discriminators(schema)
    described["description"] = about(kind)
    for field, words in notes(kind).items():
        if field in described.get("properties", {}):
            described["properties"][field]["description"] = words
    return described


@functools.cache
def _kinds() -> dict[str, type]:
    return {name: kind for home in _HOMES for name, kind in vars(home).items() if isinstance(kind, type)}


def _without_discriminators(part: Any) -> Any:
    """OpenAPI's ``discriminator`` says nothing in JSON Schema, and something else in AsyncAPI."""
    if isinstance(part, dict):
        return {key: _without_discriminators(value) for key, value in part.items() if key != "discriminator"}
    return [_without_discriminators(one) for one in part] if isinstance(part, list) else part


# Documents


def control_messages() -> Schema:
    """The schema of ``cobrowse.v1``'s control messages."""
    words = (
        f"A control message of {SUBPROTOCOL}: one JSON object, in a text message of at most {MAX_MESSAGE_BYTES} "
        "bytes. Validate what a server gets against #/$defs/FromParty, what a party gets against #/$defs/ToParty."
    )
    return _document("control", "control messages", words, (FromParty, ToParty))


def trace_lines() -> Schema:
    """The schema of one line of a trace file."""
    words = "A line of a trace file: first a header, then events, then a footer. Without its footer a trace is truncated."
    document = _document("trace", "lines of a trace", words, (Header, Event, Footer))
    one = [{"required": [key], "properties": {key: {"type": "object"}}} for key in ("did", "saw")]
    document["$defs"]["Event"]["oneOf"] = one
    return document


#: The bodies of requests and answers.
BODIES: Final = (
    rest.About,
    rest.PolicyKept,
    rest.NewAgent,
    rest.AgentMade,
    rest.NewInteraction,
    rest.InteractionMade,
    rest.InteractionShown,
    rest.NewMessage,
)


def rest_bodies() -> Schema:
    """The schema of the bodies of the REST part."""
    words = "A body of the REST part. Validate against the definition that the operation names."
    document = _document("rest", "bodies of the REST part", words, BODIES)
    document["$defs"]["ErrorBody"] = {
        "title": "ErrorBody",
        "description": "Why a request, or a WebSocket's handshake, was refused.",
        "type": "object",
        "properties": {
            "reason": {"type": "string"},
            "message": {"type": "string"},
            "line": {"type": "integer", "default": 0, "description": "The line of a policy at fault."},
        },
        "required": ["reason", "message"],
    }
    document["anyOf"].append({"$ref": "#/$defs/ErrorBody"})
    return document


def _document(name: str, title: str, words: str, kinds: tuple[type, ...]) -> Schema:
    return {
        "$schema": _DIALECT,
        "$id": f"urn:{SUBPROTOCOL}:{name}",
        "title": f"{SUBPROTOCOL}, {title}",
        "description": words,
        "anyOf": [{"$ref": f"#/$defs/{kind.__name__}"} for kind in kinds],
        "$defs": components(kinds, "#/$defs/"),
    }

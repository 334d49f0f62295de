"""The AsyncAPI 3 document of ``cobrowse.v1``: three channels, and on each only what its party may do and get.

It describes the server: it *receives* what a party sends, and *sends* what a party gets.
"""

from typing import Any, Final

from ..actions import Action
from ..observations import Observation
from ..terms import Party
from .frames import MAX_FRAME_BYTES
from .links import CLOSES, FRAMES, HANDSHAKE, LINKED, FrameKind, can_get, may_send
from .messages import MAX_ERRORS_PER_LINK, MAX_MESSAGE_BYTES, PATHS, SUBPROTOCOL, FromParty, ToParty
from .schemas import Schema, about, components

_SCHEMAS: Final = "#/components/schemas/"

_INTRODUCTION: Final = """\
The open protocol of co-browsing: a customer shows an agent its web page, and lets it act there if it likes.

This document describes the server: `receive` is what it takes from a party, `send` is what a party gets.
Each link is one WebSocket. A text message is one JSON object; a binary message is one frame.
What is allowed when, and everything else that a schema cannot say, is in README.md beside this file.\
"""

_ORIGINS: Final = {
    Party.CUSTOMER: "Required: an origin of the site that the policy lists.",
    Party.AGENT: "None from a program; from a page, an origin of the workspace.",
    Party.CONTROLLER: "None from a program; from a page, an origin of the workspace.",
}


def asyncapi() -> Schema:
    """The whole document."""
    kinds = tuple({kind for party in LINKED for kind in (*may_send(party), *can_get(party))})
    return {
        "asyncapi": "3.0.0",
        "id": f"urn:{SUBPROTOCOL}",
        "info": {
            "title": SUBPROTOCOL,
            "version": SUBPROTOCOL.rpartition(".v")[2],
            "description": _INTRODUCTION,
            "license": {"name": "MIT"},
        },
        "defaultContentType": "application/json",
        "servers": _servers(),
        "channels": {str(party): _channel(party) for party in LINKED},
        "operations": {name: one for party in LINKED for name, one in _operations(party).items()},
        "components": {
            "schemas": dict(sorted(components(tuple(sorted(kinds, key=_name)), _SCHEMAS).items())),
            "messages": _messages(),
        },
    }


def _name(kind: type) -> str:
    return kind.__name__


def _servers() -> Schema:
    host = {"default": "cobrowse.example", "description": "Where the server is."}
    return {
        "secure": {
            "host": "{host}",
            "protocol": "wss",
            "description": "Over TLS: the only way beyond one machine.",
            "variables": {"host": host},
        },
        "local": {
            "host": "127.0.0.1:8443",
            "protocol": "ws",
            "description": "The reference server as `cobrowse serve` starts it.",
        },
    }


def _channel(party: Party) -> Schema:
    names = [*_sent(party), *(name for name in _got(party) if name not in _sent(party))]
    return {
        "address": PATHS[party],
        "title": f"The {party}'s link",
        "description": f"One WebSocket, subprotocol `{SUBPROTOCOL}`.",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
        "bindings": {"ws": {"method": "GET", "headers": _headers(party), "bindingVersion": "0.1.0"}},
        "x-limits": {
            "message-bytes": MAX_MESSAGE_BYTES,
            "frame-bytes": MAX_FRAME_BYTES,
            "errors-per-link": MAX_ERRORS_PER_LINK,
        },
        "x-handshake": [one._asdict() for one in HANDSHAKE],
        "x-close-codes": [one._asdict() for one in CLOSES],
    }


def _headers(party: Party) -> Schema:
    words = "Among what the client offers; the server repeats it."
    protocol = {"type": "string", "const": SUBPROTOCOL, "description": words}
    required = ["Sec-WebSocket-Protocol", *(["Origin"] if party is Party.CUSTOMER else [])]
    return {
        "type": "object",
        "properties": {
            "Sec-WebSocket-Protocol": protocol,
            "Origin": {"type": "string", "description": _ORIGINS[party]},
        },
        "required": required,
    }


def _operations(party: Party) -> Schema:
    def operation(action: str, summary: str, names: list[str]) -> Schema:
        references = [{"$ref": f"#/channels/{party}/messages/{name}"} for name in names]
        channel = {"$ref": f"#/channels/{party}"}
        return {"action": action, "channel": channel, "summary": summary, "messages": references}

    return {
        f"{party}Sends": operation("receive", f"What the {party} may send.", _sent(party)),
        f"{party}Gets": operation("send", f"What the {party} can get.", _got(party)),
    }


def _sent(party: Party) -> list[str]:
    frames = [f"frame.{frame.name}" for frame in FRAMES if party in frame.senders]
    return [*(f"do.{_tag(kind)}" for kind in may_send(party)), *frames]


def _got(party: Party) -> list[str]:
    frames = [f"frame.{frame.name}" for frame in FRAMES if party in frame.getters]
    return [*(f"see.{_tag(kind)}" for kind in can_get(party)), *frames]


def _tag(kind: type[Action] | type[Observation]) -> str:
    return str(kind.__struct_config__.tag)


def _messages() -> Schema:
    actions = {kind: None for party in LINKED for kind in may_send(party)}
    seen = {kind: None for party in LINKED for kind in can_get(party)}
    sent = {f"do.{_tag(kind)}": _message("do", kind, FromParty) for kind in actions}
    got = {f"see.{_tag(kind)}": _message("see", kind, ToParty) for kind in seen}
    return sent | got | {f"frame.{frame.name}": _frame(frame) for frame in FRAMES}


def _message(part: str, kind: type[Action] | type[Observation], envelope: type) -> Schema:
    payload: dict[str, Any] = components((envelope,), _SCHEMAS)[envelope.__name__]
    payload["properties"][part] = {"$ref": _SCHEMAS + kind.__name__}
    del payload["title"], payload["description"]
    summary = about(kind)
    return {"name": _tag(kind), "title": kind.__name__, "summary": summary, "payload": payload}


def _frame(frame: FrameKind) -> Schema:
    layout = [
        {"name": "kind", "bytes": 1, "value": frame.kind},
        {"name": "hand", "bytes": 1, "description": "1: by the sender's own hand; 0: by the page itself."},
        {"name": "epoch", "bytes": 4, "description": "Big endian: the newest epoch the sender has seen."},
        {"name": "payload", "description": frame.payload},
    ]
    return {
        "name": frame.name,
        "title": f"Frame: {frame.name}",
        "summary": f"A binary message: a header of six bytes, then the payload. {frame.payload}",
        "contentType": "application/octet-stream",
        "payload": {"type": "string", "format": "binary", "maxLength": MAX_FRAME_BYTES},
        "x-layout": layout,
    }

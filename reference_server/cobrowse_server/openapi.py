"""The description of the REST part for tools: OpenAPI 3.1, made from the structs themselves."""

from typing import Any, Final, NamedTuple

import msgspec
from cobrowse_spec.wire import rest

from .rest import ErrorBody

#: Where a server shows it.
OPENAPI: Final = "/openapi.json"


class _Operation(NamedTuple):
    """One row of the table in :mod:`cobrowse_spec.wire.rest`."""

    verb: str
    path: str
    name: str
    summary: str
    status: int
    #: What comes back: a struct, a media type, or None for nothing.
    answer: type | str | None = None
    #: What is sent: a struct, a media type, or None for nothing.
    body: type | str | None = None
    errors: tuple[int, ...] = ()
    public: bool = False


class Health(msgspec.Struct, frozen=True):
    """The server is there."""

    status: str


_TOML: Final = "application/toml"
_ONE: Final = rest.INTERACTIONS + "/{interaction}"

OPERATIONS: Final = (
    _Operation("get", rest.ABOUT, "about", "What the server says of itself", 200, rest.About, public=True),
    _Operation("get", rest.HEALTH, "health", "Whether the server is there", 200, Health, public=True),
    _Operation(
        "put",
        rest.POLICIES + "/{name}",
        "putPolicy",
        "Put a policy in force; what cannot be read leaves the last good one (MASK-11)",
        200,
        rest.PolicyKept,
        _TOML,
        (422,),
    ),
    _Operation(
        "get", rest.POLICIES + "/{name}", "getPolicy", "A policy, as it was put", 200, _TOML, None, (404,)
    ),
    _Operation(
        "post",
        rest.AGENTS,
        "makeAgent",
        "Make an agent; its credential is shown this once",
        201,
        rest.AgentMade,
        rest.NewAgent,
        (400, 422),
    ),
    _Operation(
        "delete",
        rest.AGENTS + "/{agent}",
        "removeAgent",
        "Remove an agent and close its links",
        204,
        errors=(404,),
    ),
    _Operation(
        "post",
        rest.INTERACTIONS,
        "openInteraction",
        "Open a chat or call",
        201,
        rest.InteractionMade,
        rest.NewInteraction,
        (400, 422),
    ),
    _Operation(
        "get",
        _ONE,
        "showInteraction",
        "A chat or call and its session, without the session's ID",
        200,
        rest.InteractionShown,
        errors=(404,),
    ),
    _Operation(
        "get",
        _ONE + "/receipt",
        "showReceipt",
        "The receipt of the latest session, JSON lines; without a seal while it goes on (RECORD-1)",
        200,
        rest.RECEIPT_TYPE,
        errors=(404,),
    ),
    _Operation(
        "post",
        _ONE + "/messages",
        "postMessage",
        "Post a message in the chat",
        204,
        body=rest.NewMessage,
        errors=(400, 404, 422),
    ),
    _Operation(
        "post",
        _ONE + "/stop",
        "stopSession",
        "Stop the session; the chat or call goes on",
        204,
        errors=(404,),
    ),
    _Operation(
        "post", _ONE + "/end", "endInteraction", "End the chat or call, and its session", 204, errors=(404,)
    ),
)


def openapi(version: str) -> dict[str, Any]:
    """The OpenAPI document of a server of this version."""
    structs = sorted(_structs(), key=lambda struct: struct.__name__)
    _, schemas = msgspec.json.schema_components(structs, ref_template="#/components/schemas/{name}")
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.verb] = _describe(operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": "cobrowse.v1, the REST part", "version": version},
        "security": [{"controllerKey": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"controllerKey": {"type": "http", "scheme": "bearer"}},
        },
    }


def _structs() -> set[type]:
    named = {kind for operation in OPERATIONS for kind in (operation.answer, operation.body)}
    return {kind for kind in named if isinstance(kind, type)} | {ErrorBody}


def _describe(operation: _Operation) -> dict[str, Any]:
    success: dict[str, Any] = {"description": operation.summary}
    if operation.answer is not None:
        success["content"] = _content(operation.answer)
    responses = {str(operation.status): success}
    errors = operation.errors if operation.public else (401, *operation.errors)
    for status in errors:
        responses[str(status)] = {"description": _ERRORS[status], "content": _content(ErrorBody)}
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "responses": responses,
    }
    if operation.public:
        described["security"] = []
    if "{" in operation.path:
        name = operation.path.partition("{")[2].partition("}")[0]
        parameter = {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        described["parameters"] = [parameter]
    if operation.body is not None:
        described["requestBody"] = {"required": True, "content": _content(operation.body)}
    return described


_ERRORS: Final = {
    400: "The body is not JSON",
    401: "The controller's key is missing or wrong",
    404: "There is nothing of this name",
    422: "The body was understood, and cannot be accepted",
}


def _content(kind: type | str) -> dict[str, Any]:
    if isinstance(kind, str):
        return {kind: {"schema": {"type": "string"}}}
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{kind.__name__}"}}}

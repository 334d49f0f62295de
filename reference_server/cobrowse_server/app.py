"""The REST part (:mod:`cobrowse_spec.wire.rest`), on quart-trio.

Each handler reads, asks the :mod:`.desk`, and answers.  Whatever asks for the controller's key is
refused before its body is looked at.
"""

import logging
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

import msgspec
from cobrowse_spec import actions as do
from cobrowse_spec.policy import CAPABILITIES, Policy, PolicyError
from cobrowse_spec.wire import rest
from cobrowse_spec.wire.messages import PATHS, SUBPROTOCOL
from quart import Response, request
from quart_trio import QuartTrio
from werkzeug.exceptions import HTTPException

from .desk import SERVER, Desk, Unknown
from .openapi import OPENAPI, openapi
from .policies import DEFAULT
from .rest import RestError, decode_body

#: The largest body of a request, in bytes.
MAX_BODY_BYTES: Final = 1 << 20

#: What anyone may ask for.
_PUBLIC: Final = frozenset({rest.ABOUT, rest.HEALTH, OPENAPI, *PATHS.values()})

_log: Final = logging.getLogger("cobrowse.rest")


def server_version() -> str:
    """The version of this distribution."""
    try:
        return version("cobrowse-kit")
    except PackageNotFoundError:
        return "0"


def create_app(desk: Desk, throttle: rest.ThrottleLimits) -> QuartTrio:
    """The Quart application of one server."""
    app = QuartTrio("cobrowse_server", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    _add_errors(app)
    _add_public(app, desk, throttle)
    _add_policies(app, desk)
    _add_agents(app, desk)
    _add_interactions(app, desk)

    @app.before_request
    async def authenticate() -> None:
        if request.path in _PUBLIC:
            return
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not desk.is_controller(key):
            message = "Send the controller's key: Authorization: Bearer <key>."
            raise RestError(401, "not_authenticated", message)

    @app.after_request
    async def keep_private(response: Response) -> Response:
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    return app


def _json(value: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status, content_type="application/json")


async def _body() -> bytes:
    data = await request.get_data(as_text=False)
    return data.encode() if isinstance(data, str) else data


def _no_content() -> Response:
    return Response(b"", 204)


def _add_errors(app: QuartTrio) -> None:
    @app.errorhandler(RestError)
    async def refused(error: RestError) -> Response:
        response = _json(error.body, error.status)
        if error.status == 401:
            response.headers["WWW-Authenticate"] = "Bearer"
        return response

    @app.errorhandler(Unknown)
    async def unknown(error: Unknown) -> Response:
        return await refused(RestError(404, "unknown", str(error)))

    @app.errorhandler(HTTPException)
    async def http(error: HTTPException) -> Response:
        reason = (error.name or "error").lower().replace(" ", "_")
        answer = await refused(RestError(error.code or 500, reason, error.description or reason))
        if error.code == 405:
            answer.headers.extend(error.get_headers())
            answer.content_type = "application/json"
        return answer

    @app.errorhandler(Exception)
    async def failed(error: Exception) -> Response:
        _log.error("request failed: %s", type(error).__name__)  # the text may hold a secret
        return await refused(RestError(500, "failed", "The server failed; nothing is known to have changed."))


def _add_public(app: QuartTrio, desk: Desk, throttle: rest.ThrottleLimits) -> None:
    description = msgspec.json.encode(openapi(server_version()))

    @app.get(rest.ABOUT)
    async def about() -> Response:
        policy = desk.policies.get(DEFAULT) or Policy()
        protocol, number = SUBPROTOCOL, server_version()
        return _json(rest.About(protocol, SERVER, number, CAPABILITIES, policy.timers, throttle))

    @app.get(rest.HEALTH)
    async def health() -> Response:
        return _json({"status": "ok"})

    @app.get(OPENAPI)
    async def described() -> Response:
        return Response(description, 200, content_type="application/json")

    async def only_websockets() -> Response:
        message = f"This is a WebSocket: upgrade, with the subprotocol {SUBPROTOCOL}."
        raise RestError(426, "upgrade_required", message)

    for path in PATHS.values():
        app.add_url_rule(path, path, only_websockets, methods=["GET"])


def _add_policies(app: QuartTrio, desk: Desk) -> None:
    @app.put(f"{rest.POLICIES}/<name>")
    async def put_policy(name: str) -> Response:
        try:
            policy = await desk.change_policy(name, (await _body()).decode())
        except UnicodeDecodeError:
            raise RestError(422, "unreadable_policy", "a policy is UTF-8 text, in TOML") from None
        except PolicyError as error:
            raise RestError(422, "unreadable_policy", str(error), error.line) from None
        return _json(rest.PolicyKept(name, policy.timers))

    @app.get(f"{rest.POLICIES}/<name>")
    async def get_policy(name: str) -> Response:
        text = desk.policies.text(name)
        if text is None:
            raise Unknown("there is no policy of this name")
        return Response(text, 200, content_type="application/toml")


def _add_agents(app: QuartTrio, desk: Desk) -> None:
    @app.post(rest.AGENTS)
    async def make_agent() -> Response:
        new = decode_body(await _body(), rest.NewAgent)
        agent, credential = desk.add_agent(new.name)
        await desk.settle()
        return _json(rest.AgentMade(agent.agent, credential), 201)

    @app.delete(f"{rest.AGENTS}/<agent>")
    async def remove_agent(agent: str) -> Response:
        desk.remove_agent(agent)
        await desk.settle()
        return _no_content()


def _add_interactions(app: QuartTrio, desk: Desk) -> None:
    @app.post(rest.INTERACTIONS)
    async def open_interaction() -> Response:
        new = decode_body(await _body(), rest.NewInteraction)
        try:
            interaction, token = desk.open_interaction(new.kind, new.agent, new.policy)
        except Unknown as error:
            raise RestError(422, "unknown", str(error)) from None
        await desk.settle()
        return _json(rest.InteractionMade(interaction.interaction, token), 201)

    @app.get(f"{rest.INTERACTIONS}/<interaction>")
    async def show_interaction(interaction: str) -> Response:
        one = desk.lobby.interaction(interaction)
        if one is None:
            raise Unknown("there is no chat or call of this ID")
        state = desk.state_of(one)
        return _json(rest.InteractionShown(one.interaction, one.kind, one.open, state, one.end_reason))

    @app.get(f"{rest.INTERACTIONS}/<interaction>/receipt")
    async def show_receipt(interaction: str) -> Response:
        one = desk.lobby.interaction(interaction)
        if one is None:
            raise Unknown("there is no chat or call of this ID")
        return Response(desk.receipt_of(one), 200, content_type=rest.RECEIPT_TYPE)

    @app.post(f"{rest.INTERACTIONS}/<interaction>/messages")
    async def post_message(interaction: str) -> Response:
        new = decode_body(await _body(), rest.NewMessage)
        one = desk.interaction(interaction)
        await desk.post(one, do.Say(new.text, new.author, one.interaction))
        return _no_content()

    @app.post(f"{rest.INTERACTIONS}/<interaction>/stop")
    async def stop_session(interaction: str) -> Response:
        if not await desk.stop_session(desk.interaction(interaction)):
            raise Unknown("this chat or call has no session to stop")
        return _no_content()

    @app.post(f"{rest.INTERACTIONS}/<interaction>/end")
    async def end_interaction(interaction: str) -> Response:
        await desk.end_interaction(desk.interaction(interaction))
        return _no_content()

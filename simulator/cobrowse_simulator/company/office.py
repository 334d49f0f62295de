"""The bank's office: its agents' side of the chat, what customers submitted, and the demo's page with both sides.

For people at this machine only: it is served on loopback, and shows an agent's credential to whoever asks.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing

import msgspec
from cobrowse_spec.terms import InteractionKind, Party
from quart import Response, abort, render_template, request
from quart_trio import QuartTrio

from .bank import Submissions, Surroundings
from .chats import MAX_MESSAGE, Chats, NoSuchChat
from .web import body, event_stream, json, last_event, new_app, no_content


class Places(msgspec.Struct, frozen=True):
    """Where everything is, for the page that shows it side by side."""

    bank: str
    workspace: str
    elsewhere: str


class _Name(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str


class _Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    text: str


class _Shown(msgspec.Struct, frozen=True):
    """A chat or call, as the office lists it."""

    interaction: str
    kind: InteractionKind
    agent: str


def create_office(chats: Chats, submissions: Submissions, places: Places, around: Surroundings) -> QuartTrio:
    """The office as an application."""

    def headers() -> dict[str, str]:
        directives = (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
            f"frame-src 'self' {places.bank} {around.server} {places.elsewhere}; frame-ancestors 'self'; base-uri 'none'"
        )
        return {"Content-Security-Policy": directives, "Referrer-Policy": "no-referrer"}

    app = new_app(__name__, headers)

    @app.before_request
    async def local_only() -> None:
        """A page of another name that resolves to this machine is no page of the office."""
        if request.host.rpartition(":")[0] not in ("127.0.0.1", "localhost"):
            abort(403, "The office is on this machine only.")

    @app.get("/")
    async def tour() -> str:
        return await render_template("tour.html", places=places, agent=chats.on_duty)

    @app.get("/desk")
    async def desk() -> str:
        return await render_template("desk.html", agent=chats.on_duty)

    @app.get("/submitted")
    async def submitted() -> Response:
        return json(submissions.all)

    @app.post("/agents")
    async def put_on_duty() -> Response:
        """The next agent takes over what comes in."""
        return json(await chats.put_on_duty((await body(_Name)).name.strip() or "Ada"), 201)

    _add_chats(app, chats)
    return app


def _add_chats(app: QuartTrio, chats: Chats) -> None:
    @app.get("/chats/events")
    async def listed() -> Response:
        async def lists() -> AsyncGenerator[tuple[int, list[_Shown]], None]:
            async with aclosing(chats.follow()) as open_chats:
                async for number, them in open_chats:
                    yield number, [_Shown(one.interaction, one.kind, one.agent.name) for one in them]

        return event_stream(lists())

    @app.get("/chats/<interaction>/events")
    async def events(interaction: str) -> Response:
        return event_stream(chats.chat(interaction).follow(last_event()))

    @app.post("/chats/<interaction>/messages")
    async def message(interaction: str) -> Response:
        await chats.say(interaction, Party.AGENT, (await body(_Text)).text.strip()[:MAX_MESSAGE])
        return no_content()

    @app.post("/chats/<interaction>/end")
    async def end(interaction: str) -> Response:
        await chats.end(interaction)
        return no_content()

    @app.errorhandler(NoSuchChat)
    async def no_such_chat(error: NoSuchChat) -> Response:
        return json({"message": "There is no open chat of this ID."}, 404)

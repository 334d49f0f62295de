"""The bank's site: its pages, its forms, and the endpoints behind its chat.

The co-browse server's part in it is one script tag.  What customers submit is kept in :class:`Submissions`, so
that what really happened can be asked of the bank, and not of the co-browse system.

Order: what was submitted, the pages, the forms, the chat.
"""

import itertools
from collections.abc import Iterable
from typing import Final

import msgspec
from cobrowse_spec.terms import InteractionKind, Party
from quart import Response, abort, redirect, render_template, request
from quart_trio import QuartTrio
from werkzeug.wrappers import Response as Answer

from .chats import MAX_MESSAGE, Chats, Line, NoSuchChat, TooMany
from .web import body, event_stream, json, last_event, new_app, no_content

#: Where the chat's endpoints are, as the script tag names them.
CHAT: Final = "/chat"

#: Pages without anything of their own, by path: the template's name.
PAGES: Final = {
    "/": "home",
    "/accounts": "accounts",
    "/loans": "loans",
    "/apply": "apply",
    "/services": "services",
    "/profile": "profile",
    "/messages": "messages",
    "/planner": "planner",
    "/insights": "insights",
    "/rates": "rates",
    "/transfer/new": "transfer",
    "/logout": "logout",
    "/vault": "vault",
}
#: The corner of the site that moves within itself: every address below it is the same document.
_PLANNER: Final = "/planner/<path:step>"
#: The longest statement of account that is shown, in rows, and the most sentences of small print beside each.
MAX_ROWS: Final = 5_000
MAX_PRINT: Final = 100
#: How many submitted forms are kept; the oldest go first.
MAX_SUBMISSIONS: Final = 1000


class Submission(msgspec.Struct, frozen=True):
    """One form that reached the bank."""

    number: int
    form: str
    fields: tuple[tuple[str, str], ...]


class Submissions:
    """What has been submitted, oldest first."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._kept: list[Submission] = []

    def add(self, form: str, fields: Iterable[tuple[str, str]]) -> Submission:
        """A form has come in."""
        submission = Submission(next(self._numbers), form, tuple(fields))
        self._kept = [*self._kept[1 - MAX_SUBMISSIONS :], submission]
        return submission

    @property
    def all(self) -> list[Submission]:
        """Everything that is kept."""
        return list(self._kept)


class Surroundings(msgspec.Struct, frozen=True):
    """The other addresses that the bank's pages know."""

    #: The co-browse server.
    server: str
    #: Another company's site.
    elsewhere: str
    #: Who may show the bank's pages in a frame: the demo's page with both sides.
    office: str


def create_bank(chats: Chats, submissions: Submissions, around: Surroundings) -> QuartTrio:
    """The bank's site as an application."""

    def headers() -> dict[str, str]:
        return {"Content-Security-Policy": _policy(request.path, around), "Referrer-Policy": "same-origin"}

    app = new_app(__name__, headers)
    app.context_processor(lambda: {"around": around, "chat": CHAT, "path": request.path})
    _add_pages(app)
    _add_forms(app, submissions)
    _add_chat(app, chats)
    return app


def _policy(path: str, around: Surroundings) -> str:
    """The page's Content-Security-Policy.

    Strict as a bank's is, strictest in the vault; but the old service forms still have scripts in their markup.
    """
    server = around.server
    sockets = server.replace("http", "ws", 1)
    scripts = "'self' 'unsafe-inline'" if path == "/services" else "'self'"
    directives = [
        "default-src 'none'" if path == "/vault" else "default-src 'self'",
        f"script-src {scripts} {server}",
        "style-src 'self'",
        "img-src 'self' data:",
        f"connect-src 'self' {server} {sockets}",
        f"frame-ancestors 'self' {around.office}",
        "base-uri 'none'",
    ]
    if path == "/vault":
        directives.append("require-trusted-types-for 'script'")
    return "; ".join(directives)


# The pages


def _add_pages(app: QuartTrio) -> None:
    async def show() -> str:
        return await render_template(f"bank/{PAGES[request.path]}.html")

    for path, name in PAGES.items():
        app.add_url_rule(path, f"page_{name}", show, methods=["GET"])

    @app.get(_PLANNER)
    async def planner_step(step: str) -> str:
        return await render_template("bank/planner.html")

    @app.get("/statement")
    async def statement() -> str:
        rows = max(0, min(request.args.get("rows", 12, int), MAX_ROWS))
        small_print = max(0, min(request.args.get("print", 0, int), MAX_PRINT))
        return await render_template("bank/statement.html", rows=range(rows), small_print=small_print)

    @app.get("/insights/frame")
    async def frame() -> str:
        return await render_template("bank/frame.html")


# The forms


def _add_forms(app: QuartTrio, submissions: Submissions) -> None:
    @app.post("/apply")
    async def apply() -> str:
        """Answered at once, so that a refresh would submit it again (NAVIGATE-6)."""
        kept = submissions.add("apply", (await request.form).items(multi=True))
        return await render_template("bank/received.html", submission=kept)

    @app.post("/submit/<form>")
    async def submit(form: str) -> Answer:
        kept = submissions.add(form, (await request.form).items(multi=True))
        return redirect(f"/received/{kept.number}", 303)

    @app.get("/submit/<form>")
    async def search(form: str) -> Answer:
        kept = submissions.add(form, request.args.items(multi=True))
        return redirect(f"/received/{kept.number}", 303)

    @app.get("/received/<int:number>")
    async def received(number: int) -> str:
        found = [one for one in submissions.all if one.number == number]
        if not found:
            abort(404)
        return await render_template("bank/received.html", submission=found[0])


# The chat


class _Kind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    kind: InteractionKind


class _Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    text: str


class _Started(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    session_id: str


def _add_chat(app: QuartTrio, chats: Chats) -> None:
    @app.post(CHAT)
    async def open_chat() -> Response:
        return json(await chats.open((await body(_Kind)).kind), 201)

    @app.get(f"{CHAT}/<interaction>/events")
    async def events(interaction: str) -> Response:
        return event_stream(chats.chat(interaction).follow(last_event()))

    @app.post(f"{CHAT}/<interaction>/messages")
    async def message(interaction: str) -> Response:
        text = (await body(_Text)).text.strip()[:MAX_MESSAGE]
        await chats.say(interaction, Party.CUSTOMER, text)
        return no_content()

    @app.post(f"{CHAT}/<interaction>/started")
    async def started(interaction: str) -> Response:
        """The company's chat shows what the server has posted for its agent (START-3); on a call it is read out."""
        session_id = (await body(_Started)).session_id
        if not (len(session_id) == 9 and session_id.isascii() and session_id.isdigit()):
            abort(400, "A session ID has nine digits.")
        chat = chats.chat(interaction)
        if chat.kind is InteractionKind.CHAT:
            chat.add(Line(Party.SYSTEM, f"{{start:{session_id}}}"))
        return no_content()

    @app.errorhandler(NoSuchChat)
    async def no_such_chat(error: NoSuchChat) -> Response:
        return json({"message": "There is no open chat of this ID."}, 404)

    @app.errorhandler(TooMany)
    async def too_many(error: TooMany) -> Response:
        return json({"message": "All our agents are busy."}, 503)

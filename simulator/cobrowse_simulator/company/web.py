"""What the company's web applications share: headers, whose requests are taken, event streams, serving."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import msgspec
from hypercorn.typing import ASGIReceiveCallable, ASGISendCallable, ASGISendEvent, Scope
from quart import Response, abort, request
from quart_trio import QuartTrio

#: The largest body that is taken, in bytes: a form with a document.
MAX_BODY_BYTES: Final = 4 << 20

_T = TypeVar("_T")


def new_app(name: str, headers: Callable[[], dict[str, str]]) -> QuartTrio:
    """An application whose answers all have these headers, and to which other sites cannot post."""
    app = QuartTrio(name, static_folder="assets", static_url_path="/assets", template_folder="templates")
    app.root_path = __file__.rpartition("/")[0]
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES

    @app.before_request
    async def from_own_pages() -> None:
        origin = request.headers.get("Origin", "")
        if request.method not in ("GET", "HEAD") and urlsplit(origin).netloc != request.host:
            abort(403, "This is for the site's own pages.")

    @app.after_request
    async def add_headers(response: Response) -> Response:
        for header, value in {"X-Content-Type-Options": "nosniff", **headers()}.items():
            response.headers.setdefault(header, value)
        return response

    return app


async def body(kind: type[_T]) -> _T:
    """The request's JSON body, strictly; anything else is answered with 400."""
    data = await request.get_data(as_text=False)
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.DecodeError:
        abort(400, "This body is not what is taken here.")


def json(value: Any, status: int = 200) -> Response:
    """An answer in JSON that nobody keeps."""
    response = Response(msgspec.json.encode(value), status, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response


def no_content() -> Response:
    """An answer that it is done."""
    return Response(b"", 204)


def event_stream(events: AsyncGenerator[tuple[int, Any], None]) -> Response:
    """An answer that goes on: each value as an event with its number, so that a browser can go on from there."""

    async def lines() -> AsyncIterator[bytes]:
        async with aclosing(events):
            yield b": open\n\n"
            async for number, value in events:
                yield b"id: %d\ndata: %s\n\n" % (number, msgspec.json.encode(value))

    response = Response(lines(), content_type="text/event-stream")
    response.timeout = None
    response.headers["Cache-Control"] = "no-store"
    return response


def last_event() -> int:
    """The number of the last event that the browser has had; 0: none."""
    number = request.headers.get("Last-Event-ID", "")
    return int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 0


class Finishing:
    """A quart-trio application whose answers hypercorn finishes only after Quart has.

    Otherwise Quart cancels itself on hearing that the answer is out, in the midst of hypercorn's work on the
    connection, which then never closes.
    """

    def __init__(self, app: QuartTrio) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        """Serve one request, or the application's life."""
        last: list[ASGISendEvent] = []

        async def hold_last(message: ASGISendEvent) -> None:
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                last.append(message)
            else:
                await send(message)

        await self._app(scope, receive, hold_last)
        for message in last:
            await send(message)

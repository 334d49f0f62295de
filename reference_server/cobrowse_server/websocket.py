"""WebSockets: the connection that goes over the network, as an ASGI application.

It stands beside Quart, not under it: what Quart would add to each message costs more than relaying
it (`websocket` scopes never reach Quart).  Together with :mod:`.serve` the only module that knows
how bytes come in; another implementation of :class:`.connection.Connection` can take its place.

Order: the handshake and who is turned away, the connection, its two tasks.
"""

import logging
from collections.abc import Iterable
from typing import Any, Final, NamedTuple, Self

import trio
from cobrowse_spec.policy import origin_of
from cobrowse_spec.terms import Party
from cobrowse_spec.wire.messages import PATHS, SUBPROTOCOL, ToParty, encode
from hypercorn.typing import ASGIReceiveCallable, ASGISendCallable, WebsocketScope

from .connection import INTERNAL_ERROR, NORMAL, Outbox
from .desk import Desk
from .host import Link
from .links import Attendant
from .repairs import TOO_BIG
from .rest import error_body

#: How long a closed link's party may take to say goodbye, in seconds.
CLOSE_GRACE_S: Final = 2.0

_PARTIES: Final = {path: party for party, path in PATHS.items()}
_log: Final = logging.getLogger("cobrowse.websocket")


class TurnedAway(NamedTuple):
    """Why a handshake is refused: an HTTP status, and what to do instead."""

    status: int
    reason: str
    message: str


class Handshake(NamedTuple):
    """What a client brings to the door."""

    path: str
    subprotocols: tuple[str, ...]
    #: None where it sends none: it is no page in a browser.
    origin: str | None
    address: str


def read_handshake(scope: WebsocketScope) -> Handshake:
    """What the ASGI scope says of the client."""
    origins = [value.decode("latin-1") for name, value in scope["headers"] if name.lower() == b"origin"]
    origin = None if not origins else origins[0] if len(origins) == 1 else ""
    client = scope.get("client")
    return Handshake(scope["path"], tuple(scope["subprotocols"]), origin, client[0] if client else "")


class Door:
    """Decides who may open a WebSocket (SECURE-3, SECURE-4)."""

    def __init__(self, desk: Desk, workspace_origins: Iterable[str]) -> None:
        self._desk = desk
        self._workspaces = frozenset(origin_of(origin) for origin in workspace_origins) - {None}

    def turn_away(self, client: Handshake) -> TurnedAway | None:
        """Why this client may not come in; None if it may."""
        party = _PARTIES.get(client.path)
        if party is None:
            known = ", ".join(PATHS.values())
            return TurnedAway(404, "unknown_path", f"WebSockets are at {known}.")
        if SUBPROTOCOL not in client.subprotocols:
            message = f"Ask for the WebSocket subprotocol {SUBPROTOCOL}: this server speaks no other."
            return TurnedAway(400, "unknown_subprotocol", message)
        if party is Party.CUSTOMER:
            if client.origin is None or not self._desk.policies.any_covers(client.origin):
                message = (
                    "Customers' sockets are opened by pages of the site: of an origin that a policy lists."
                )
                return TurnedAway(403, "foreign_origin", message)
        elif client.origin is not None and origin_of(client.origin) not in self._workspaces:
            message = "This socket is for the workspace: its pages' origins are in the server's settings."
            return TurnedAway(403, "foreign_origin", message)
        return None


class WebSocketConnection:
    """One WebSocket, as the host sees it."""

    def __init__(self) -> None:
        self.outbox = Outbox()
        #: What reads from the socket: closing stops it at once.
        self.reading = trio.CancelScope()

    def send(self, message: ToParty) -> None:
        """Send a control message, after all that was sent before."""
        if not self.outbox.put(encode(message)):
            self.reading.cancel()

    def send_frame(self, frame: bytes) -> None:
        """Send a frame as it is, after all that was sent before."""
        if not self.outbox.put(frame):
            self.reading.cancel()

    def close(self, code: int, reason: str) -> None:
        """Close once what was sent before has gone out."""
        self.outbox.close(code, reason)
        self.reading.cancel()


class WebSockets:
    """The ASGI application for all WebSockets of a server."""

    def __init__(self, desk: Desk, door: Door) -> None:
        self._desk = desk
        self._door = door
        self._open: set[WebSocketConnection] = set()
        self._none_left = trio.Event()

    def close_all(self, code: int, reason: str) -> None:
        """Close every link once what was sent before has gone out."""
        for connection in list(self._open):
            connection.close(code, reason)

    async def wait_closed(self) -> None:
        """Come back when no link is open."""
        while self._open:
            self._none_left = trio.Event()
            await self._none_left.wait()

    async def __call__(
        self, scope: WebsocketScope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        """Serve one WebSocket from its handshake to its end."""
        await receive()  # websocket.connect
        client = read_handshake(scope)
        turned_away = self._door.turn_away(client)
        if turned_away is not None:
            await _turn_away(turned_away, send)
            return
        await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL, "headers": []})
        connection = WebSocketConnection()
        link = Link(_PARTIES[client.path], connection, address=client.address, origin=client.origin)
        messages = _Messages(receive)
        self._open.add(connection)
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(_write, connection, send)
                await self._read(link, connection, messages)
                if connection.outbox.closing is None:
                    nursery.cancel_scope.cancel()  # the party hung up: nobody reads what is left
        finally:
            self._open.discard(connection)
            if not self._open:
                self._none_left.set()
        if connection.outbox.closing is not None or messages.too_big:
            await _wait_for_goodbye(receive)

    async def _read(self, link: Link, connection: WebSocketConnection, messages: "_Messages") -> None:
        """Attend to the link; what goes wrong here closes this link only."""
        with connection.reading:
            try:
                await Attendant(self._desk, link).attend(messages)
            except Exception as error:  # whatever it is, the other links must not feel it
                _log.error("link closed: %s", type(error).__name__)  # the text may hold content
                connection.close(INTERNAL_ERROR, "the server failed")


class _Messages:
    """What the party sends, until it hangs up."""

    def __init__(self, receive: ASGIReceiveCallable) -> None:
        self._receive = receive
        #: It sent one that hypercorn had no room for.
        self.too_big = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> str | bytes:
        event: Any = await self._receive()
        if event["type"] != "websocket.receive":
            self.too_big = event.get("code") == TOO_BIG
            raise StopAsyncIteration
        message: str | bytes | None = event.get("text")
        return event["bytes"] if message is None else message


async def _write(connection: WebSocketConnection, send: ASGISendCallable) -> None:
    """Send what is queued, then close as the host said."""
    outbox = connection.outbox
    while (message := await outbox.take()) is not None:
        if isinstance(message, str):
            await send({"type": "websocket.send", "bytes": None, "text": message})
        else:
            await send({"type": "websocket.send", "bytes": message, "text": None})
    code, reason = outbox.closing or (NORMAL, "")
    await send({"type": "websocket.close", "code": code, "reason": reason})


async def _wait_for_goodbye(receive: ASGIReceiveCallable) -> None:
    """Read until the party has closed too, so that it finds our close message, and not a broken link."""
    with trio.move_on_after(CLOSE_GRACE_S):
        while (await receive())["type"] == "websocket.receive":
            pass


async def _turn_away(why: TurnedAway, send: ASGISendCallable) -> None:
    body = error_body(why.reason, why.message)
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "websocket.http.response.start", "status": why.status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": body, "more_body": False})

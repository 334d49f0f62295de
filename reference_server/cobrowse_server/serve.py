"""Serving: puts the parts together, listens, and stops without leaving anything behind.

Prints nothing.  Who calls :func:`serve` learns where the server listens, and its key.
"""

import errno
import logging
import socket
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

import trio
from cobrowse_spec.wire.frames import MAX_FRAME_BYTES
from hypercorn.config import Config
from hypercorn.trio import serve as hypercorn_serve
from hypercorn.typing import ASGIReceiveCallable, ASGISendCallable, ASGISendEvent, HTTPScope, Scope
from msgspec.structs import replace
from quart_trio import QuartTrio

from . import repairs
from .alarms import wall_clock
from .app import create_app
from .bundle import read_bundle
from .config import Settings, check
from .connection import GOING_AWAY
from .desk import Desk
from .journal import Journal, MemoryJournal
from .lobby import new_secret
from .openapi import OPENAPI
from .pages import Pages, origins_of, server_pages, view_pages
from .policies import Policies
from .sqlite_journal import open_journal
from .websocket import Door, WebSockets

#: How much larger than the largest frame a message may be before its link is closed: below that it is
#: answered with an error that says why, above it nobody has room for it.
MESSAGE_SLACK_BYTES: Final = 64 << 10
#: How long parties are given to read that the server stops, in seconds.
SHUTDOWN_GRACE_S: Final = 3.0
#: How long a link may be silent before the system asks for a sign of life, in seconds.
KEEPALIVE_AFTER_S: Final = 20
#: How long a link may leave what was sent unacknowledged, or its window shut, before the system breaks it.
UNACKNOWLEDGED_S: Final = 20
#: Connections that may wait to be accepted.
BACKLOG: Final = 1024


class CannotListen(Exception):
    """The address is not to be had; says why, and what to do."""


class Serving(NamedTuple):
    """A server that listens."""

    url: str
    #: Authorises the REST part and controllers' links.
    controller_key: str
    #: Stop, gracefully; does not wait.
    stop: Callable[[], None]
    #: How many sessions it goes on with, from before it was started.
    recovered: int = 0
    #: The view's origin, as browsers reach it.
    view_url: str = ""
    #: Whether there is a web client to serve.
    has_web_client: bool = False


async def serve(settings: Settings, *, started: Callable[[Serving], None]) -> None:
    """Serve until stopped or cancelled; calls ``started`` once, when the server listens.

    Raises ``SettingsError`` for settings that cannot be used, ``PolicyError`` for a policy that cannot
    be read, :class:`CannotListen` where the address is taken, ``JournalError`` for a journal that cannot be
    used, or no longer.  Stopping, and cancelling just as well, ends all sessions with ``server_shutdown``,
    tells their parties, and closes their links; a crash does not, and the next server with the same
    journal goes on with them (RESUME-4).
    """
    check(settings)
    repairs.install()
    policies = Policies(settings.policies)
    if not settings.controller_key:
        settings = replace(settings, controller_key=new_secret())
    stopping = trio.Event()
    with (  # first: where that fails the journal is not touched
        listen(settings.host, settings.port) as listening,
        listen(settings.host, settings.view_port, "--view-port") as view_listening,
    ):
        journal = await _open_journal(settings.journal)
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(_set_when_cancelled, stopping)
                # Shielded: a server that is cancelled takes the same time to say goodbye, no more and no less.
                with trio.CancelScope(shield=True):
                    await _serve(settings, policies, journal, (listening, view_listening), stopping, started)
                nursery.cancel_scope.cancel()
        finally:
            await journal.close()


async def _open_journal(path: Path | None) -> Journal:
    return MemoryJournal() if path is None else await open_journal(path)


async def _set_when_cancelled(stopping: trio.Event) -> None:
    try:
        await trio.sleep_forever()
    finally:
        stopping.set()


async def _serve(
    settings: Settings,
    policies: Policies,
    journal: Journal,
    sockets: tuple[socket.socket, socket.socket],
    stopping: trio.Event,
    started: Callable[[Serving], None],
) -> None:
    key = settings.controller_key
    listening, view_listening = sockets
    url = f"http://{_authority(listening)}"
    workspaces = {url, url.replace("127.0.0.1", "localhost"), *settings.workspace_origins}
    view_url = settings.view_url or f"http://{_authority(view_listening)}"
    origins = origins_of(workspaces, view_url, settings.frame_ancestors)
    bundle = read_bundle()
    stopped = trio.Event()
    held = await journal.recover()
    async with trio.open_nursery() as sessions:
        sessions.start_soon(journal.run)
        desk = Desk(
            sessions,
            controller_key=key,
            policies=policies,
            throttle=settings.throttle,
            journal=journal,
            receipt_key=settings.receipt_key,
            clock=wall_clock(held.latest),
        )
        recovered = await desk.recover(held)
        websockets = WebSockets(desk, Door(desk, workspaces))
        pages = Pages(server_pages(bundle, origins), built=bool(bundle))
        app = Application(create_app(desk, settings.throttle), websockets, pages)
        view = Pages(view_pages(bundle, origins), built=bool(bundle))
        async with trio.open_nursery() as nursery:
            for application, where in ((app, listening), (view, view_listening)):
                await nursery.start(
                    partial(
                        hypercorn_serve,
                        application,
                        _config(where),
                        shutdown_trigger=stopped.wait,
                        mode="asgi",
                    )
                )
            try:
                started(Serving(url, key, stopping.set, recovered, origins.view, bool(bundle)))
                await stopping.wait()
            finally:
                await _stop(desk, websockets, stopped)
        sessions.cancel_scope.cancel()


class Application:
    """Everything that is served on the server's own port, as one ASGI application."""

    def __init__(self, rest: QuartTrio, websockets: WebSockets, pages: Pages) -> None:
        self._rest = rest
        self._websockets = websockets
        self._pages = pages

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        """Serve one request, one WebSocket, or the application's life."""
        if scope["type"] == "websocket":
            await self._websockets(scope, receive, send)
        elif scope["type"] == "http" and not _is_rest(scope["path"]):
            await self._pages(scope, receive, send)
        elif scope["type"] == "http":
            await self._request(scope, receive, send)
        else:
            await self._rest(scope, receive, send)

    async def _request(self, scope: HTTPScope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        """One request, whose answer is finished only after Quart has.

        Otherwise quart-trio cancels itself on hearing that the answer is out, in the midst of hypercorn's
        work on the connection, which then neither times out when idle nor closes when the server stops.
        """
        last: list[ASGISendEvent] = []

        async def hold_last(message: ASGISendEvent) -> None:
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                last.append(message)
            else:
                await send(message)

        await self._rest(scope, receive, hold_last)
        for message in last:
            await send(message)


def _is_rest(path: str) -> bool:
    """Whether an address is the protocol's: everything else is a page, or nothing."""
    return path == OPENAPI or path.startswith("/v1/")


async def _stop(desk: Desk, websockets: WebSockets, stopped: trio.Event) -> None:
    """End the sessions, tell everybody, close, within the grace."""
    with trio.move_on_after(SHUTDOWN_GRACE_S):
        await desk.host.shut_down()
        websockets.close_all(GOING_AWAY, "the server stops")
        await websockets.wait_closed()
        await desk.settle()
    stopped.set()


def listen(host: str, port: int, option: str = "--port") -> socket.socket:
    """A socket that listens at this address (port 0: any free one); raises :class:`CannotListen`.

    ``option`` is what chooses the port, for whoever must choose another.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind, protocol)
    except OSError as error:
        raise CannotListen(f"cannot listen on host {host!r}: {error.strerror}") from None
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        _break_when_dead(listening)
        listening.bind(address)
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        raise CannotListen(_why_not(error, host, port, option)) from None
    listening.setblocking(False)
    return listening


def _break_when_dead(listening: socket.socket) -> None:
    """Let no party that is gone, or does not read, hold a task for ever; accepted sockets inherit it.

    The system's keepalive, not hypercorn's pings: a task that pings outlives its closed connection.
    """
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if sys.platform == "linux":
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, KEEPALIVE_AFTER_S)
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, KEEPALIVE_AFTER_S // 4)
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNACKNOWLEDGED_S * 1000)


def _why_not(error: OSError, host: str, port: int, option: str) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} on {host} is in use: stop what listens there, or choose another with {option} (0: any free one)"
    if error.errno == errno.EACCES:
        return f"port {port} on {host} is not for you to use: choose one above 1023 with {option}"
    return f"cannot listen on {host}, port {port}: {error.strerror}"


def _authority(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _config(listening: socket.socket) -> Config:
    """Hypercorn's settings; it takes the socket over."""
    config = Config()
    config.bind = [f"fd://{listening.detach()}"]
    config.backlog = BACKLOG
    config.accesslog = None  # addresses hold interactions' IDs (SECURE-6)
    config.errorlog = logging.getLogger("cobrowse.http")
    config.include_server_header = False
    config.graceful_timeout = SHUTDOWN_GRACE_S
    config.websocket_max_message_size = MAX_FRAME_BYTES + MESSAGE_SLACK_BYTES
    return config

"""The whole server over real sockets: the handshake, bad input, stopping."""

import json
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import trio
from cobrowse_server.config import Settings, SettingsError
from cobrowse_server.policies import Policies
from cobrowse_server.serve import SHUTDOWN_GRACE_S, CannotListen, Serving, listen, serve
from cobrowse_server.sqlite_file import JournalError
from cobrowse_server.sqlite_journal import SqliteJournal
from cobrowse_server.websocket import Door, Handshake, read_handshake
from cobrowse_spec.policy import PolicyError
from cobrowse_spec.wire.frames import MAX_FRAME_BYTES
from cobrowse_spec.wire.messages import MAX_MESSAGE_BYTES
from trio_websocket import ConnectionClosed, WebSocketConnection, wrap_client_stream

from tests.reference_server.conftest import KEY, POLICY, SITE, Room

#: How long anything may take on loopback before the test fails, in seconds.
WITHIN_S = 10


class Client:
    """A started server, and how to reach it."""

    def __init__(self, serving: Serving, nursery: trio.Nursery) -> None:
        self.serving = serving
        self.http = httpx.AsyncClient(
            base_url=serving.url, headers={"Authorization": f"Bearer {serving.controller_key}"}
        )
        #: The server has stopped.
        self.ended = trio.Event()
        self._nursery = nursery
        self._held = 0
        self._closing, self._closed = trio.Event(), trio.Event()

    @asynccontextmanager
    async def link(self, path: str, origin: str | None = None) -> AsyncIterator[WebSocketConnection]:
        """An open WebSocket.

        The stream is ours to close: trio-websocket leaves it open where the server closes first.
        """
        host, port = self.serving.url.removeprefix("http://").split(":")
        headers = [(b"Origin", origin.encode())] if origin is not None else []
        with trio.fail_after(WITHIN_S):
            async with await trio.open_tcp_stream(host, int(port)) as stream, trio.open_nursery() as nursery:
                link = await wrap_client_stream(
                    nursery, stream, host, path, subprotocols=["cobrowse.v1"], extra_headers=headers
                )
                yield link
                await link.aclose()
                nursery.cancel_scope.cancel()

    async def session(self) -> tuple[WebSocketConnection, WebSocketConnection, str]:
        """A customer and an agent in an active session, and the customer's resumption token."""
        made = (await self.http.post("/v1/agents", json={"name": "Alex"})).json()
        body = {"kind": "chat", "agent": made["agent"]}
        opened = (await self.http.post("/v1/interactions", json=body)).json()
        agent = await self.keep_open("/v1/agent")
        await do(agent, 1, type="sign_in", credential=made["credential"])
        await seen(agent, "welcome")
        customer = await self.keep_open("/v1/customer", SITE)
        await do(customer, 1, type="start", interaction=opened["customer_token"])
        await seen(customer, "joined")
        token = await seen(agent, "token_issued")
        return customer, agent, token["see"]["token"]

    async def keep_open(self, path: str, origin: str | None = None) -> WebSocketConnection:
        """A WebSocket that stays open until the client is closed."""

        async def hold(task_status: trio.TaskStatus[WebSocketConnection]) -> None:
            async with self.link(path, origin) as link:
                task_status.started(link)
                await self._closing.wait()
            self._held -= 1
            if not self._held:
                self._closed.set()

        self._held += 1
        link: WebSocketConnection = await self._nursery.start(hold)
        return link

    async def close(self) -> None:
        """Close whatever is open."""
        self._closing.set()
        if self._held:
            await self._closed.wait()
        await self.http.aclose()


async def do(link: WebSocketConnection, number: int, **action: Any) -> None:
    """Send an action."""
    await link.send_message(json.dumps({"id": number, "do": action}))


async def seen(link: WebSocketConnection, kind: str) -> dict[str, Any]:
    """The next message that sees this; others are passed over."""
    while True:
        message: dict[str, Any] = json.loads(await link.get_message())
        if message["see"]["type"] == kind:
            return message


@asynccontextmanager
async def started(settings: Settings) -> AsyncIterator[Client]:
    """A server on a free port, stopped at the end."""
    async with trio.open_nursery() as nursery:
        ready, told = trio.open_memory_channel[Serving](1)

        ended = trio.Event()

        async def run() -> None:
            await serve(settings, started=ready.send_nowait)
            ended.set()

        nursery.start_soon(run)
        with trio.fail_after(WITHIN_S):
            serving = await told.receive()
        client = Client(serving, nursery)
        client.ended = ended
        try:
            yield client
        finally:
            await client.close()
            serving.stop()


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    """A server with the tests' policy."""
    async with started(Settings(port=0, controller_key=KEY, policies={"default": POLICY})) as client:
        yield client


async def test_a_session_runs_over_real_sockets(client: Client) -> None:
    """Text one way and the other, frames as they are, fences on both links."""
    customer, agent, _ = await client.session()
    frame = b"\x01\x01\x00\x00\x00\x02" + bytes(range(256))
    await customer.send_message(frame)
    await do(customer, 2, type="fence", fence="f")

    assert await agent.get_message() == frame
    assert (await seen(agent, "fence_passed"))["n"] == (await seen(customer, "fence_passed"))["n"]


@pytest.mark.parametrize(
    "path, origin, protocols, status, reason",
    [
        ("/v1/nothing", SITE, ("cobrowse.v1",), 404, "unknown_path"),
        ("/v1/agent", None, (), 400, "unknown_subprotocol"),
        ("/v1/agent", None, ("cobrowse.v2", "chat"), 400, "unknown_subprotocol"),
        ("/v1/customer", None, ("cobrowse.v1",), 403, "foreign_origin"),
        ("/v1/customer", "https://evil.test", ("cobrowse.v1",), 403, "foreign_origin"),
        ("/v1/customer", "null", ("cobrowse.v1",), 403, "foreign_origin"),
        ("/v1/agent", SITE, ("cobrowse.v1",), 403, "foreign_origin"),
        ("/v1/controller", "https://evil.test", ("cobrowse.v1",), 403, "foreign_origin"),
    ],
)
async def test_who_is_turned_away_is_told_why(
    client: Client, *, path: str, origin: str | None, protocols: tuple[str, ...], status: int, reason: str
) -> None:
    """With a status and a body, before any WebSocket is open (SECURE-3, SECURE-4)."""
    headers = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    }
    if origin is not None:
        headers["Origin"] = origin
    if protocols:
        headers["Sec-WebSocket-Protocol"] = ", ".join(protocols)
    response = await client.http.get(path, headers=headers)

    assert (response.status_code, response.json()["reason"]) == (status, reason)
    assert response.json()["message"]


async def test_the_servers_own_pages_and_configured_ones_may_open_workspaces() -> None:
    """No others (SECURE-3)."""
    settings = Settings(port=0, controller_key=KEY, workspace_origins=("https://desk.example",))
    async with started(settings) as client:
        for origin in (client.serving.url, "https://desk.example"):
            async with client.link("/v1/agent", origin) as link:
                await do(link, 1, type="fence", fence="f")
                assert (await seen(link, "refused"))["see"]["reason"] == "not_authenticated"


@pytest.mark.parametrize(
    "message, reason",
    [
        ("{", "malformed"),
        ('{"id": 9, "do": {"type": "explode"}}', "unknown_type"),
        ('{"id": 9, "do": {"type": "start"}}', "already_started"),
        ("x" * (MAX_MESSAGE_BYTES + 1), "too_large"),
        (b"\x01" * (MAX_FRAME_BYTES + 1), "too_large"),
        (b"", "malformed"),
        (b'{"id": 9, "do": {"type": "exit"}}', "unknown_type"),
    ],
)
async def test_bad_input_is_answered_and_the_session_goes_on(
    client: Client, message: str | bytes, reason: str
) -> None:
    """And so does every other session (SECURE-4)."""
    customer, agent, _ = await client.session()
    other_customer, other_agent, _ = await client.session()
    await customer.send_message(message)
    refusal = (await seen(customer, "refused"))["see"]

    assert refusal["reason"] == reason
    assert refusal["message"]
    for giver, taker in ((customer, agent), (other_customer, other_agent)):
        await do(giver, 10, type="fence", fence="f")
        assert json.loads(await taker.get_message())["see"]["type"] == "fence_passed"


async def test_what_is_far_too_large_closes_that_link_only(client: Client) -> None:
    """With the WebSocket's own code: there was no room to read it."""
    customer, agent, _ = await client.session()
    await customer.send_message(bytes(MAX_FRAME_BYTES + (1 << 20)))
    with pytest.raises(ConnectionClosed) as caught:
        await seen(customer, "never")

    assert caught.value.reason is not None
    assert caught.value.reason.code == 1009
    assert (await seen(agent, "suspended"))["see"]["reason"] == "link_lost"


async def test_repeated_abuse_closes_the_socket(client: Client) -> None:
    """With the reason as the last message (SECURE-4)."""
    async with client.link("/v1/customer", SITE) as link:
        for _ in range(20):
            await link.send_message("nonsense")
        for _ in range(20):
            assert (await seen(link, "refused"))["see"]["reason"] == "malformed"
        assert (await seen(link, "refused"))["see"]["reason"] == "too_many_errors"
        with pytest.raises(ConnectionClosed) as caught:
            await link.get_message()

    assert caught.value.reason is not None
    assert caught.value.reason.code == 1008


async def test_a_broken_socket_suspends_and_a_new_one_resumes(client: Client) -> None:
    """Another session's token opens nothing (SECURE-2)."""
    customer, agent, token = await client.session()
    _, other_agent, other_token = await client.session()
    await agent.aclose()
    assert (await seen(customer, "suspended"))["see"]["reason"] == "link_lost"
    await do(other_agent, 2, type="resume", token=token)
    assert (await seen(other_agent, "refused"))["see"]["reason"] == "wrong_token"
    stranger = await client.keep_open("/v1/customer", SITE)
    await do(stranger, 1, type="resume", token=other_token)

    assert (await seen(stranger, "refused"))["see"]["reason"] == "wrong_token"


async def test_stopping_tells_everybody_and_then_closes() -> None:
    """Sessions end with `server_shutdown` (STOP-6)."""
    async with started(Settings(port=0, controller_key=KEY, policies={"default": POLICY})) as client:
        customer, agent, _ = await client.session()
        client.serving.stop()
        for link in (customer, agent):
            assert (await seen(link, "ended"))["see"]["reason"] == "server_shutdown"
            with pytest.raises(ConnectionClosed) as caught:
                await link.get_message()
            assert caught.value.reason is not None
            assert caught.value.reason.code == 1001


async def test_a_server_that_cannot_write_its_journal_stops_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It could keep no promise any more; what was asked of it then is not acknowledged (RESUME-4)."""
    settings = Settings(
        port=0, controller_key=KEY, policies={"default": POLICY}, journal=tmp_path / "j.sqlite"
    )
    ready, told = trio.open_memory_channel[Serving](1)

    def full(self: SqliteJournal, statements: object) -> None:
        raise JournalError("the disk is full")

    async def use_it() -> None:
        serving = await told.receive()
        url = f"{serving.url}/v1/agents"
        async with httpx.AsyncClient(headers={"Authorization": f"Bearer {KEY}"}) as http:
            assert (await http.post(url, json={"name": "Alex"})).status_code == 201
            monkeypatch.setattr(SqliteJournal, "_commit", full)
            with pytest.raises(httpx.TransportError):
                await http.post(url, json={"name": "Blake"})

    said: list[str] = []
    with trio.fail_after(WITHIN_S):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(use_it)
            try:
                await serve(settings, started=ready.send_nowait)
            except* JournalError as errors:
                said.append(repr(errors))

    assert "the disk is full" in said[0]


async def test_cancelling_is_as_graceful_as_stopping(nursery: trio.Nursery) -> None:
    """Whoever cancels the server need not know how to stop it."""
    ready, told = trio.open_memory_channel[Serving](1)
    scope = trio.CancelScope()
    ended = trio.Event()

    async def run() -> None:
        with scope:
            settings = Settings(port=0, controller_key=KEY, policies={"default": POLICY})
            await serve(settings, started=ready.send_nowait)
        ended.set()

    nursery.start_soon(run)
    client = Client(await told.receive(), nursery)
    customer, _, _ = await client.session()
    scope.cancel()

    assert (await seen(customer, "ended"))["see"]["reason"] == "server_shutdown"
    with trio.fail_after(WITHIN_S):
        await ended.wait()
    await client.close()


async def test_stopping_waits_for_no_idle_connection() -> None:
    """A client that keeps its HTTP connection does not hold the server up."""
    async with started(Settings(port=0, controller_key=KEY)) as client:
        await client.http.get("/v1/health")
        client.serving.stop()
        with trio.fail_after(SHUTDOWN_GRACE_S / 2):
            await client.ended.wait()


async def test_stopping_waits_for_no_link_that_hung_up() -> None:
    """A link is over when its party is gone, whatever was still to be sent."""
    async with started(Settings(port=0, controller_key=KEY)) as client:
        async with client.link("/v1/agent"):
            pass
        client.serving.stop()
        with trio.fail_after(SHUTDOWN_GRACE_S / 2):
            await client.ended.wait()


async def test_a_server_leaves_its_port_free() -> None:
    """The next one can have it."""
    async with started(Settings(port=0, controller_key=KEY)) as client:
        port = int(client.serving.url.rpartition(":")[2])
    async with started(Settings(port=port, controller_key=KEY)) as client:
        assert (await client.http.get("/v1/health")).json() == {"status": "ok"}


async def test_a_port_in_use_is_a_clear_error() -> None:
    """It says what to do, and the server that is there is not disturbed."""
    async with started(Settings(port=0, controller_key=KEY)) as client:
        port = int(client.serving.url.rpartition(":")[2])
        with pytest.raises(CannotListen, match=f"port {port} on 127.0.0.1 is in use: .*--port"):
            await serve(Settings(port=port, controller_key=KEY), started=lambda serving: None)
        assert (await client.http.get("/v1/health")).status_code == 200


def test_a_host_that_is_none_is_a_clear_error() -> None:
    """It names the host."""
    with pytest.raises(CannotListen, match=r"192\.0\.2\.1"):
        listen("192.0.2.1", 0)


async def test_a_server_refuses_to_serve_with_an_unreadable_policy() -> None:
    """It does not even listen (MASK-11)."""
    settings = Settings(port=0, controller_key=KEY, policies={"shop": "write_mod = true"})
    with pytest.raises(PolicyError, match="line 1: unknown key 'write_mod'"):
        await serve(settings, started=lambda serving: pytest.fail("it serves"))


async def test_a_server_refuses_to_serve_with_unusable_settings() -> None:
    """Whoever made them."""
    with pytest.raises(SettingsError, match="16 characters"):
        await serve(
            Settings(port=0, controller_key="short"), started=lambda serving: pytest.fail("it serves")
        )


async def test_a_key_is_made_where_none_is_given() -> None:
    """And it is a strong one (SECURE-1)."""
    async with started(Settings(port=0)) as client:
        assert len(client.serving.controller_key) >= 43
        assert (await client.http.get("/v1/policies/default")).status_code == 200


@pytest.mark.skipif(sys.platform != "linux", reason="TCP_USER_TIMEOUT is Linux's")
def test_whoever_does_not_read_cannot_hold_a_task_for_ever() -> None:
    """The system breaks a connection whose window stays shut."""
    with listen("127.0.0.1", 0) as listening:
        unacknowledged_ms = listening.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)

    assert unacknowledged_ms == 20_000


async def test_logs_hold_no_secret(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    """Neither addresses with IDs, nor tokens, nor session IDs (SECURE-6)."""
    caplog.set_level(0)
    customer, _, token = await client.session()
    await client.http.get("/v1/interactions/interaction-secret")
    await do(customer, 2, type="exit")
    await seen(customer, "ended")
    logged = "\n".join(
        one.getMessage() for one in caplog.records if one.name.startswith(("cobrowse", "hyper"))
    )

    assert token not in logged
    assert KEY not in logged
    assert "interaction-" not in logged


async def test_two_origins_are_none(room: Room) -> None:
    """A client that sends several is no browser, and is turned away (SECURE-3)."""
    origins = [(b"Origin", SITE.encode()), (b"origin", b"https://evil.test")]
    read = {}
    for count in range(3):
        scope: Any = {"path": "/v1/customer", "subprotocols": ["cobrowse.v1"], "headers": origins[:count]}
        read[count] = read_handshake(scope).origin
    assert read == {0: None, 1: SITE, 2: ""}
    room.desk.policies = Policies({"default": POLICY})
    door = Door(room.desk, ())

    assert door.turn_away(Handshake("/v1/customer", ("cobrowse.v1",), SITE, "")) is None
    for origin in ("", f"{SITE}, https://evil.test", f"{SITE}.evil.test"):
        turned_away = door.turn_away(Handshake("/v1/customer", ("cobrowse.v1",), origin, ""))
        assert turned_away is not None
        assert turned_away.status == 403

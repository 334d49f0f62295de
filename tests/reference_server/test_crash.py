"""RESUME-4 for real: `cobrowse serve` is killed with SIGKILL, started again, and judged by its parties.

Over real WebSockets, with its journal on the disk.  Killed at chosen moments, all in one crash, and at
random ones (seeded), in the middle of whatever its parties do.
"""

import hashlib
import json
import random
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import trio
from cobrowse_server.serve import Serving
from trio_websocket import ConnectionClosed, WebSocketConnection

from tests.reference_server.conftest import POLICY, SITE
from tests.reference_server.test_serve import Client, do, seen

KEY = "the-key-of-the-controller"
#: How long the process may take to start, in seconds.
WITHIN_S = 20
#: Policies by name: two with a timer that runs out while a server is being started again, which takes longer.
POLICIES = {
    "default": POLICY,
    "brief_pending": POLICY.replace("pending_s = 100", "pending_s = 0.2"),
    "brief_request": POLICY.replace("request_s = 30", "request_s = 0.2").replace(
        "down_s = 10", "down_s = 100"
    ),
}

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="it has no SIGKILL")


class Crashing:
    """A server that is killed and started again, on one journal."""

    def __init__(self, folder: Path) -> None:
        self.journal = folder / "journal.sqlite"
        (folder / "key").write_text(KEY, encoding="utf-8")
        self._command = [sys.executable, "-m", "cobrowse_cli", "serve", "--port", "0", "--ready-json"]
        self._command += ["--journal", str(self.journal), "--controller-key-file", str(folder / "key")]
        for name, text in POLICIES.items():
            (folder / name).write_text(text, encoding="utf-8")
            self._command += ["--policy", f"{name}={folder / name}"]
        self.process: trio.Process | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Client]:
        """The server, and a client that is gone before it: it is killed if the test has not done so."""
        process = self.process = await trio.lowlevel.open_process(self._command, stdout=subprocess.PIPE)
        assert process.stdout is not None
        try:
            line = b""
            with trio.fail_after(WITHIN_S):
                while not line.endswith(b"\n"):
                    line += await process.stdout.receive_some() or pytest.fail("the server did not start")
            async with trio.open_nursery() as nursery:
                client = Client(Serving(json.loads(line)["url"], KEY, lambda: None), nursery)
                try:
                    yield client
                    await client.close()
                finally:
                    with trio.CancelScope(shield=True):
                        await client.http.aclose()
                nursery.cancel_scope.cancel()
        finally:
            with trio.CancelScope(shield=True):
                self.kill()
                await process.wait()
                await process.stdout.aclose()

    def kill(self) -> None:
        """Now."""
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGKILL)


class Pair(NamedTuple):
    """A session's parties, and what they go on with."""

    customer: WebSocketConnection
    agent: WebSocketConnection
    customer_token: str
    agent_token: str
    session_id: str
    credential: str
    interaction: str


async def call(client: Client, policy: str = "default") -> dict[str, str]:
    """An agent, and a call with that agent: all that a session begins with."""
    agent = (await client.http.post("/v1/agents", json={"name": "Alex"})).json()
    body = {"kind": "call", "agent": agent["agent"], "policy": policy}
    return {**agent, **(await client.http.post("/v1/interactions", json=body)).json()}


async def start(client: Client, customer_token: str) -> tuple[WebSocketConnection, str, str]:
    """A customer who has started a session, with its ID and the customer's token."""
    customer = await client.keep_open("/v1/customer", SITE)
    await do(customer, 1, type="start", interaction=customer_token)
    session_id = (await seen(customer, "started"))["see"]["session_id"]
    return customer, session_id, (await seen(customer, "token_issued"))["see"]["token"]


async def sign_in(client: Client, credential: str) -> WebSocketConnection:
    """An agent's workspace."""
    agent = await client.keep_open("/v1/agent")
    await do(agent, 1, type="sign_in", credential=credential)
    await seen(agent, "welcome")
    return agent


async def pair(client: Client, policy: str = "default") -> Pair:
    """A customer and an agent in an active session."""
    made = await call(client, policy)
    customer, session_id, customer_token = await start(client, made["customer_token"])
    agent = await sign_in(client, made["credential"])
    await do(agent, 2, type="join", session_id=session_id)
    agent_token = (await seen(agent, "token_issued"))["see"]["token"]
    await seen(customer, "joined")
    return Pair(
        customer, agent, customer_token, agent_token, session_id, made["credential"], made["interaction"]
    )


async def resume(client: Client, token: str, credential: str = "") -> WebSocketConnection:
    """The party of this token, on a new link: an agent if it has a credential."""
    link = await (sign_in(client, credential) if credential else client.keep_open("/v1/customer", SITE))
    await do(link, 10, type="resume", token=token)
    return link


async def answer(link: WebSocketConnection) -> dict[str, Any]:
    """How a resumption is answered: `restored` or `refused`."""
    while True:
        message: dict[str, Any] = json.loads(await link.get_message())
        if message["see"]["type"] in ("restored", "refused"):
            return message


async def record(client: Client, interaction: str) -> tuple[str, str | None]:
    """What REST says of the session of this call."""
    shown = (await client.http.get(f"/v1/interactions/{interaction}")).json()
    return shown["session"], shown["end_reason"]


# Chosen moments: bring a session there; judge it after the crash.

Check = Callable[[Client], Awaitable[None]]


async def while_pending(client: Client) -> Check:
    """The ID is still good for an agent to join with, and the token for the customer to resume."""
    made = await call(client)
    _, session_id, token = await start(client, made["customer_token"])

    async def check(client: Client) -> None:
        customer = await resume(client, token)
        assert (await answer(customer))["see"]["state"] == "pending"
        agent = await sign_in(client, made["credential"])
        await do(agent, 2, type="join", session_id=session_id)
        assert (await seen(customer, "joined"))["see"]["agent"] == "Alex"

    return check


async def in_write_mode(client: Client) -> Check:
    """An approved Write Mode is Pointer Mode after the loss of the links (RESUME-3, WRITE-13)."""
    one = await pair(client)
    await do(one.agent, 3, type="request")
    await do(one.customer, 3, type="approve", request=(await seen(one.customer, "asked"))["see"]["request"])
    await seen(one.agent, "in_mode")

    async def check(client: Client) -> None:
        customer = await resume(client, one.customer_token)
        agent = await resume(client, one.agent_token, one.credential)
        assert (await seen(customer, "resumed"))["see"]["mode"] == "pointer"
        assert (await seen(agent, "resumed"))["see"]["mode"] == "pointer"
        await do(agent, 11, type="return_to_pointer")
        assert (await seen(agent, "refused"))["see"]["reason"] == "already_in_pointer_mode"

    return check


async def while_asked(client: Client) -> Check:
    """The lost links void the request, and the customer is told so; a late yes means nothing."""
    one = await pair(client)
    await do(one.agent, 3, type="request")
    request = (await seen(one.customer, "asked"))["see"]["request"]

    async def check(client: Client) -> None:
        customer = await resume(client, one.customer_token)
        assert (await seen(customer, "answered"))["see"] == {
            "type": "answered",
            "request": request,
            "answer": "void",
        }
        agent = await resume(client, one.agent_token, one.credential)
        await seen(agent, "resumed")
        await do(customer, 11, type="approve", request=request)
        assert (await seen(customer, "refused"))["see"]["reason"] == "no_such_request"

    return check


async def while_asked_until_it_expires(client: Client) -> Check:
    """A request whose time passed before the server was back has expired, and cools down."""
    one = await pair(client, "brief_request")
    await do(one.agent, 3, type="request")
    await seen(one.agent, "asked")

    async def check(client: Client) -> None:
        customer = await resume(client, one.customer_token)
        agent = await resume(client, one.agent_token, one.credential)
        await seen(customer, "resumed")
        await do(agent, 11, type="request")
        refused = await seen(agent, "refused")
        assert refused["see"]["reason"] == "cooling_down"

    return check


async def while_pending_until_it_ends(client: Client) -> Check:
    """A session whose time passed before the server was back has ended, and says why."""
    made = await call(client, "brief_pending")
    _, _, token = await start(client, made["customer_token"])

    async def check(client: Client) -> None:
        assert await record(client, made["interaction"]) == ("ended", "pending_timeout")
        assert (await answer(await resume(client, token)))["see"]["reason"] == "session_ended"

    return check


async def off_the_site(client: Client) -> Check:
    """It waits for its customer to come back to the site."""
    one = await pair(client)
    await do(one.customer, 3, type="leave_site")
    await seen(one.agent, "suspended")

    async def check(client: Client) -> None:
        customer = await resume(client, one.customer_token)
        agent = await resume(client, one.agent_token, one.credential)
        await answer(agent)
        await do(customer, 11, type="return_to_site")
        await seen(customer, "resumed")

    return check


async def ended_by(who: str, reason: str, client: Client) -> Check:
    """Ended is for ever: both tokens are told so, and the record says why (STOP-5, STOP-6)."""
    one = await pair(client)
    if who == "rest":
        await client.http.post(f"/v1/interactions/{one.interaction}/stop")
    else:
        await do(one.customer if who == "customer" else one.agent, 3, type="exit")
        await seen(one.agent if who == "customer" else one.customer, "ended")

    async def check(client: Client) -> None:
        assert await record(client, one.interaction) == ("ended", reason)
        for link in (
            await resume(client, one.customer_token),
            await resume(client, one.agent_token, one.credential),
        ):
            assert (await answer(link))["see"]["reason"] == "session_ended"

    return check


async def after_the_contact_centres_work(client: Client) -> Check:
    """Agents, removed agents, policies and calls are as REST was told that they are."""
    gone, there = await call(client), await call(client)
    await client.http.delete(f"/v1/agents/{gone['agent']}")
    put = await client.http.put("/v1/policies/put", content='site = ["https://put.example"]')
    await client.http.post(f"/v1/interactions/{gone['interaction']}/end")

    async def check(client: Client) -> None:
        assert put.status_code == 200
        assert (await client.http.get("/v1/policies/put")).text == 'site = ["https://put.example"]'
        await sign_in(client, there["credential"])
        stranger = await client.keep_open("/v1/agent")
        await do(stranger, 1, type="sign_in", credential=gone["credential"])
        assert (await seen(stranger, "refused"))["see"]["reason"] == "not_authenticated"
        assert not (await client.http.get(f"/v1/interactions/{gone['interaction']}")).json()["open"]
        await start(client, there["customer_token"])

    return check


#: The brief ones come last: nothing waits for anything between them and the crash.
MOMENTS = (
    while_pending,
    in_write_mode,
    while_asked,
    off_the_site,
    partial(ended_by, "customer", "customer_exit"),
    partial(ended_by, "agent", "agent_exit"),
    partial(ended_by, "rest", "controller_stop"),
    after_the_contact_centres_work,
    while_asked_until_it_expires,
    while_pending_until_it_ends,
)


async def test_every_acknowledged_thing_is_there_after_a_crash_at_any_of_these_moments(
    tmp_path: Path,
) -> None:
    """One server with a session at each of them is killed and started again."""
    server = Crashing(tmp_path)
    checks: list[Check] = []
    async with server.running() as client:
        checks += [await moment(client) for moment in MOMENTS]
        server.kill()
    async with server.running() as client:
        for check in checks:
            await check(client)


# Random moments


class Story:
    """A session whose parties do one thing after the other, and what they have been told."""

    def __init__(self, chance: random.Random, told: Callable[[], None]) -> None:
        self._chance = chance
        self._told = told
        #: The last place in the session's order that either party has heard of, and why it ended.
        self.n = 0
        self.end_reason = ""
        self._doing = iter(range(1000, 10**6))

    async def play(self, one: Pair) -> None:
        """Go on until the links break, or the session has ended."""
        async with trio.open_nursery() as nursery:
            for link in (one.customer, one.agent):
                nursery.start_soon(self._listen, link)
            await self._do(one.agent, type="request")

    async def _listen(self, link: WebSocketConnection) -> None:
        with suppress(ConnectionClosed):
            while not self.end_reason:
                message = json.loads(await link.get_message())
                self.n = max(self.n, message.get("n", 0))
                if message["see"]["type"] == "ended":
                    self.end_reason = message["see"]["reason"]
                self._told()
                await self._react(message["see"], link)

    async def _react(self, heard: dict[str, Any], link: WebSocketConnection) -> None:
        """What the party at this link does next: both do the same, and what is not theirs to do is refused."""
        kind = heard["type"]
        if kind == "asked":
            if self._chance.random() < 0.9:
                await self._do(link, type="approve", request=heard["request"])
            else:
                await self._do(link, type="exit")
        elif kind == "in_mode" and heard["mode"] == "write":
            await self._do(link, type="click", x=1, y=2)
            await self._do(link, type="return_to_pointer")
        elif kind == "in_mode":
            await self._do(link, type="request")

    async def _do(self, link: WebSocketConnection, **action: Any) -> None:
        with suppress(ConnectionClosed):
            await do(link, next(self._doing), **action)


@pytest.mark.parametrize("seed", [1, 2])
async def test_every_acknowledged_thing_is_there_after_crashes_at_random_moments(
    tmp_path: Path, seed: int
) -> None:
    """Several sessions at once, several crashes one after the other, on one journal."""
    chance = random.Random(seed)  # noqa: S311 # it is to repeat
    server = Crashing(tmp_path)
    stories: list[tuple[Story, Pair]] = []
    for _ in range(3):
        left = [chance.randrange(20, 200)]

        def told(left: list[int] = left) -> None:
            left[0] -= 1
            if not left[0]:
                server.kill()

        async with server.running() as client:
            for story, one in stories:
                await judge(client, story, one)
            stories = [(Story(chance, told), await pair(client)) for _ in range(4)]
            async with trio.open_nursery() as nursery:
                for story, one in stories:
                    nursery.start_soon(story.play, one)
            if left[0] > 0:  # all sessions had ended before
                server.kill()
    async with server.running() as client:
        for story, one in stories:
            await judge(client, story, one)


async def judge(client: Client, story: Story, one: Pair) -> None:
    """Nothing that this session's parties were told has been taken back."""
    restored = await answer(await resume(client, one.customer_token))
    state, reason = await record(client, one.interaction)
    if story.end_reason:
        assert (restored["see"].get("reason"), reason) == ("session_ended", story.end_reason)
    elif restored["see"]["type"] == "restored":
        assert (state, restored["see"]["state"], restored["see"]["mode"]) == (
            "suspended",
            "suspended",
            "pointer",
        )
        # Both links were lost since, and one is back.
        assert restored["n"] >= story.n + 3
        await seen(await resume(client, one.agent_token, one.credential), "resumed")
    else:  # somebody had exited, and the crash came before anybody was told
        assert reason in ("agent_exit", "customer_exit")


# What is in the file

CANARY = "canary-73e1"


async def test_no_content_and_no_secret_is_in_the_journals_files(tmp_path: Path) -> None:
    """Neither while it is written nor after a crash; what should be there is."""
    server = Crashing(tmp_path)
    async with server.running() as client:
        one = await pair(client)
        body = {"kind": "chat", "agent": ""}
        chat = (await client.http.post("/v1/interactions", json=body)).json()
        _, _, third = await start(client, chat["customer_token"])
        for author in ("agent", "system"):
            message = {"author": author, "text": f"{CANARY} said"}
            await client.http.post(f"/v1/interactions/{chat['interaction']}/messages", json=message)
        page = {"type": "show_page", "page": "p1", "url": f"{SITE}/apply?q={CANARY}#{CANARY}"}
        await do(one.customer, 3, **page, elements=[{"ref": "e7"}])
        epoch = (await seen(one.agent, "page_shown"))["epoch"]
        await do(one.agent, 3, type="request")
        await do(
            one.customer, 4, type="approve", request=(await seen(one.customer, "asked"))["see"]["request"]
        )
        epoch = (await seen(one.agent, "in_mode"))["epoch"]
        on = {"page": "p1", "epoch": epoch}
        await do(one.agent, 4, type="type", value=f"{CANARY} typed", element="e7", **on)
        await do(one.agent, 5, type="choose", value=f"{CANARY} chosen", element="e7", **on)
        await do(one.agent, 6, type="open_url", url=f"{SITE}/rates?{CANARY}", **on)
        for letter in CANARY:
            await do(one.agent, 7, type="press_key", key=letter, element="e7", **on)
        await one.customer.send_message(b"\x01\x01" + epoch.to_bytes(4, "big") + f"{CANARY} frame".encode())
        assert CANARY.encode() in await frame(one.agent)
        await do(one.customer, 5, type="show_page", page="p2", url=f"https://{CANARY}.example/")
        await do(one.agent, 8, type="fence", fence=CANARY)
        acted = await seen(one.customer, "acted")
        assert CANARY in acted["see"]["do"]["value"]
        await seen(one.agent, "fence_passed")
        files = [kept(server.journal)]
        server.kill()
    files.append(kept(server.journal))
    secrets = [one.customer_token, one.agent_token, one.credential, chat["customer_token"], third, KEY]

    for data in files:
        for secret in (CANARY, "canary", *secrets):
            for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
                assert secret.encode(encoding) not in data
        for secret in secrets[:2]:
            assert hashlib.sha256(secret.encode()).digest() in data
        assert b'"type":"type"' in data
        assert b"Alex" in data


async def frame(link: WebSocketConnection) -> bytes:
    """The next frame; messages are passed over."""
    while not isinstance(message := await link.get_message(), bytes):
        pass
    return message


def kept(journal: Path) -> bytes:
    """All bytes of the journal's files."""
    return b"".join(file.read_bytes() for file in sorted(journal.parent.glob(f"{journal.name}*")))

"""Targets that are down, hang, or are something else altogether: each has an error that says so."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import trio
from cobrowse_conformance import targets, venues
from cobrowse_conformance.runner import Selection, run
from cobrowse_conformance.targets import Target, TargetDown, embedded


@asynccontextmanager
async def listening(answer: bytes | None) -> AsyncIterator[Target]:
    """Something that listens: it gives every request the same answer, or none at all."""

    async def handle(stream: trio.SocketStream) -> None:
        while await stream.receive_some(4096):
            if answer is not None:
                await stream.send_all(answer)

    async with trio.open_nursery() as nursery:
        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
        nursery.start_soon(trio.serve_listeners, handle, listeners)
        port = listeners[0].socket.getsockname()[1]
        yield Target(f"http://127.0.0.1:{port}", "key")
        nursery.cancel_scope.cancel()


async def judge(target: Target) -> None:
    """Judge it by everything."""
    await run(target, Selection(), seed=1, command="")


async def test_a_target_that_is_down_is_said_to_be() -> None:
    """Nothing listens there: the error names the address and asks whether it runs."""
    async with listening(None) as target:
        pass

    with pytest.raises(TargetDown, match=r"cannot reach http://127\.0\.0\.1.* is it running there"):
        await judge(target)


async def test_a_target_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes the request and never answers: the declared bound ends the wait."""
    monkeypatch.setattr(venues, "REST_TIMEOUT_S", 0.05)

    async with listening(None) as target:
        with pytest.raises(TargetDown, match="does not answer within"):
            await judge(target)


async def test_another_kind_of_server_is_told_apart() -> None:
    """A web server that knows nothing of co-browsing is no target."""
    body = b"<h1>Welcome</h1>"
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)

    async with listening(answer) as target:
        with pytest.raises(TargetDown, match=r"not what cobrowse\.v1 says"):
            await judge(target)


async def test_a_wrong_key_is_suspected() -> None:
    """Where the target says 401, the error asks about the key, and does not show it."""
    async with listening(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n") as target:
        with pytest.raises(TargetDown, match="is the controller's key right") as caught:
            await judge(target)

    assert "key'" not in str(caught.value)


async def test_a_server_that_does_not_start_is_quoted() -> None:
    """What the embedded server complained of is in the error."""
    command = [sys.executable, "-c", "import sys; sys.exit('no room on this machine')"]

    with pytest.RaisesGroup(pytest.RaisesExc(TargetDown, match="no room on this machine")):
        async with embedded(command, ends=("server",), name="broken"):
            pass


async def test_a_server_that_never_gets_ready_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """It runs and says nothing: the declared bound ends the wait, and the process with it."""
    monkeypatch.setattr(targets, "START_TIMEOUT_S", 0.05)
    monkeypatch.setattr(targets, "STOP_TIMEOUT_S", 0.05)
    command = [sys.executable, "-c", "import signal; signal.pause()"]

    with pytest.RaisesGroup(pytest.RaisesExc(TargetDown, match="did not start within")):
        async with embedded(command, ends=("server",), name="sleeper"):
            pass

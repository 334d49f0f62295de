"""What the tests of the command line share: a reference server in the tests' own process."""

import os
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
import trio
from cobrowse_server.config import Settings
from cobrowse_server.serve import Serving, serve
from cobrowse_simulator.bench.crowd import Server

OpenServer = Callable[[], AbstractAsyncContextManager[Server]]


@pytest.fixture
def open_server() -> OpenServer:
    """A function that runs a server for the length of an ``async with`` block."""
    return _open_server


@asynccontextmanager
async def _open_server() -> AsyncIterator[Server]:
    async with trio.open_nursery() as nursery:
        serving: Serving = await nursery.start(_serve)
        yield Server(serving.url, serving.controller_key, os.getpid())
        serving.stop()


async def _serve(task_status: trio.TaskStatus[Serving] = trio.TASK_STATUS_IGNORED) -> None:
    settings = Settings(port=0, controller_key=secrets.token_urlsafe())
    await serve(settings, started=task_status.started)

"""Targets: the implementations that are judged, and how to reach them.

A target of the open protocol is a base URL and the controller's key.  :func:`embedded` starts a server
from a command, as a process of its own, on a port that the system picks; the suite knows nothing else
of it.
"""

import json
import subprocess
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec
import trio

if TYPE_CHECKING:
    from .outage import OpenFragile

#: Seconds that a server has to say that it listens, and to stop when told to.
START_TIMEOUT_S: Final = 20.0
STOP_TIMEOUT_S: Final = 5.0

#: The longest ready line, and the most that is read of what it says otherwise, in bytes.
_MAX_LINE: Final = 4096
MOST_SAID: Final = 1 << 20


class Target(msgspec.Struct, frozen=True):
    """A target on the wire."""

    #: Base URL, e.g. `http://127.0.0.1:8000`.
    url: str
    controller_key: str
    #: The ends that are judged: "server", and "customer" where the scripted customer stands for the
    #: target's own client.
    ends: tuple[str, ...] = ("server",)
    #: What the report calls it.
    name: str = ""
    #: Its process, where it was started here; 0 where it is not known.
    pid: int = 0
    #: How to have one like it, or itself, that can be killed and started again; None: it offers none.
    fragile: "OpenFragile | None" = None

    @property
    def websocket_url(self) -> str:
        """The same with the scheme of WebSockets."""
        return self.url.replace("http", "ws", 1).rstrip("/")

    @property
    def is_local(self) -> bool:
        """Whether it is on this machine's loopback, so that each party can have an address of its own."""
        host = self.url.partition("://")[2].partition("/")[0].rpartition(":")[0]
        return host.startswith("127.") or host == "localhost"


class TargetDown(Exception):
    """The target cannot be reached, did not start, or does not answer: what was tried and what to do."""


@asynccontextmanager
async def embedded(command: Sequence[str], *, ends: tuple[str, ...], name: str) -> AsyncIterator[Target]:
    """Run a server for the length of a block.

    The command must print one JSON line with ``url`` and ``controller_key`` when it listens, and stop
    when its standard input closes.  Raises :class:`TargetDown`.
    """
    async with trio.open_nursery() as nursery:
        running = await start_server(command, nursery)
        try:
            yield Target(running.url, running.controller_key, ends, name, running.process.pid)
        finally:
            with trio.CancelScope(shield=True):
                await running.stop()
            nursery.cancel_scope.cancel()


def files_of(patterns: Iterable[str]) -> list[Path]:
    """The files that are there now, of absolute patterns such as `/var/log/cobrowse/*.log`."""
    return [file for one in patterns for file in sorted(Path("/").glob(one.lstrip("/"))) if file.is_file()]


class Running(NamedTuple):
    """A server's process, and where it listens."""

    url: str
    controller_key: str
    process: trio.Process
    #: All that its line said.
    ready: Mapping[str, str] = MappingProxyType({})
    #: Gives what it has said since then, and its complaints: :data:`MOST_SAID` of each.
    said: Callable[[], bytes] = bytes

    async def stop(self) -> None:
        """Ask it to stop; end it where it does not."""
        assert self.process.stdin is not None
        await self.process.stdin.aclose()
        with trio.move_on_after(STOP_TIMEOUT_S) as patience:
            await self.process.wait()
        if patience.cancelled_caught:
            await self.kill()

    async def kill(self) -> None:
        """With SIGKILL; harmless where it is gone."""
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()


async def start_server(
    command: Sequence[str], nursery: trio.Nursery, needs: Sequence[str] = ("url", "controller_key")
) -> Running:
    """Start a server that says in a JSON line where it listens; raises :class:`TargetDown`.

    ``needs`` are the names that the line must hold.  ``nursery`` reads what else it says.  It is the caller's to stop.
    """
    process = await trio.lowlevel.open_process(
        list(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    complaints = bytearray()
    nursery.start_soon(_collect, process.stderr, complaints)
    try:
        line = await _first_line(process, process.stdout)
        running = _running(line, complaints, process, needs)
    except BaseException:
        with trio.CancelScope(shield=True):
            process.kill()
            await process.wait()
        raise
    more = bytearray()
    nursery.start_soon(_collect, process.stdout, more)
    return running._replace(said=lambda: bytes(complaints + more))


async def _first_line(process: trio.Process, stdout: trio.abc.ReceiveStream) -> bytes:
    line = bytearray()
    with trio.move_on_after(START_TIMEOUT_S):
        while b"\n" not in line and len(line) < _MAX_LINE:
            some = await stdout.receive_some(_MAX_LINE)
            if not some:
                await process.wait()
                break
            line += some
    return bytes(line)


def _running(
    line: bytes, complaints: bytes | bytearray, process: trio.Process, needs: Sequence[str]
) -> Running:
    try:
        ready = {name: str(value) for name, value in dict(json.loads(line)).items()}
        for name in needs:
            ready[name]
        return Running(ready.get("url", ""), ready.get("controller_key", ""), process, ready)
    except (ValueError, KeyError, TypeError):
        said = complaints.decode(errors="replace").strip() or "nothing"
        message = f"the server did not start within {START_TIMEOUT_S:g} s; it said: {said[-2000:]}"
        raise TargetDown(message) from None


async def _collect(stream: trio.abc.ReceiveStream, into: bytearray) -> None:
    async for some in stream:
        into += some[: max(0, MOST_SAID - len(into))]

"""A comparison run: the tools one after another, each with an exchange of its own.

Order: sizes, one tool, all of them.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Final

import msgspec
import trio

from ...descriptors import allow_descriptors
from .comparison import Row
from .exchange import CLOSING_LIMIT_S, OPENING_LIMIT_S, SILENCE_LIMIT_S, Answer, Port
from .tools import Task, Tool

#: Sessions at the same time, and the most that the ports of one address hold with ease.
SESSIONS: Final = 2000
MOST_SESSIONS: Final = 5000
#: Seconds of the exchange that are not measured, and that are.
WARM_UP_S: Final = 2.0
WINDOW_S: Final = 10.0
#: Seconds that a tool has to write its report after its last socket has closed, and that all of it may take.
REPORT_LIMIT_S: Final = 60.0
LIMIT_S: Final = OPENING_LIMIT_S + WARM_UP_S + WINDOW_S + SILENCE_LIMIT_S + CLOSING_LIMIT_S + REPORT_LIMIT_S

#: File descriptors that a process needs besides those of its sockets.
_SPARE_DESCRIPTORS: Final = 256
_EXCHANGE: Final = (sys.executable, "-m", "cobrowse_simulator.bench.clients.exchange")
#: How much of what a tool said is shown where it failed, in characters.
_TAIL: Final = 300


class Sizes(msgspec.Struct, frozen=True):
    """How much is done."""

    sessions: int = SESSIONS
    warm_up_s: float = WARM_UP_S
    window_s: float = WINDOW_S


class TooMany(Exception):
    """This machine does not hold so many sessions: says how many it would."""


async def compare(
    tools: Iterable[Tool], sizes: Sizes, told: Callable[[str], None] = lambda name: None
) -> tuple[Row, ...]:
    """A row for each tool; one that is not installed, or fails, has no figures but says why.

    ``told`` hears the name of each that begins.  Raises :class:`TooMany`.
    """
    needed = 2 * sizes.sessions + _SPARE_DESCRIPTORS
    most = allow_descriptors(needed)
    if most < needed:
        raise TooMany(
            f"{sizes.sessions} sessions need {needed} file descriptors, and a process may have {most} here: "
            f"{(most - _SPARE_DESCRIPTORS) // 2} would do"
        )
    rows = []
    for tool in tools:
        if not tool.version:
            rows.append(Row(tool.name, missing="not installed: make clients"))
            continue
        told(tool.name)
        rows.append(await _measure(tool, sizes))
    return tuple(rows)


async def _measure(tool: Tool, sizes: Sizes) -> Row:
    with tempfile.TemporaryDirectory(prefix="cobrowse-clients-") as name, trio.move_on_after(LIMIT_S):
        folder = Path(name)
        with tempfile.TemporaryFile() as output:
            answer = await _exchange(tool, sizes, folder, output.fileno())
            output.seek(0)
            said = output.read().decode(errors="replace")
        tail = said.strip()[-_TAIL:]
        if answer.measured is None:
            return Row(tool.name, tool.version, missing=f"{answer.failure}. {tail}".strip())
        try:
            return Row(tool.name, tool.version, "", answer.measured, tool.latencies(said, folder))
        except (OSError, ValueError, LookupError):
            return Row(tool.name, tool.version, missing=f"wrote no report. {tail}".strip())
    return Row(tool.name, tool.version, missing=f"was not done within {LIMIT_S:g} s")


async def _exchange(tool: Tool, sizes: Sizes, folder: Path, output: int) -> Answer:
    """Let a tool take part, until it has ended by itself."""
    how = [str(sizes.sessions), str(sizes.warm_up_s), str(sizes.window_s)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    async with _process([*_EXCHANGE, *how], **pipes) as exchange:
        assert exchange.stdin is not None
        assert exchange.stdout is not None
        said = _Lines(exchange.stdout)
        port = msgspec.json.decode(await said.next(), type=Port)
        task = Task(f"ws://127.0.0.1:{port.port}/", 2 * sizes.sessions, folder)
        environment = {**os.environ, **task.environment()}
        streams = {"stdout": output, "stderr": subprocess.STDOUT}
        async with _process(tool.command(task), env=environment, **streams) as client:
            await exchange.stdin.send_all(b"%d\n" % client.pid)
            answer = msgspec.json.decode(await said.next(), type=Answer)
            if answer.measured is not None:
                await client.wait()
        return answer


@asynccontextmanager
async def _process(command: list[str], **how: object) -> AsyncIterator[trio.Process]:
    """A process for the length of a block."""
    async with trio.open_nursery() as nursery:
        yield await nursery.start(partial(trio.run_process, command, check=False, **how))
        nursery.cancel_scope.cancel()


class _Lines:
    """What a process says, line by line."""

    def __init__(self, stream: trio.abc.ReceiveStream) -> None:
        self._stream = stream
        self._rest = b""

    async def next(self) -> bytes:
        """The next line; what there is where the process says no more."""
        while b"\n" not in self._rest:
            chunk = await self._stream.receive_some()
            if not chunk:
                break
            self._rest += chunk
        line, _, self._rest = self._rest.partition(b"\n")
        return line

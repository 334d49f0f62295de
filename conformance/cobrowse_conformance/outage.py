"""Outages: the server is killed in the midst of its work, started again, and judged by what it still knows.

A target may offer a way to kill it with SIGKILL and to start it again on the same address and with what it
has kept (:class:`Fragile`).  The server that the suite brings along does (:class:`EmbeddedFragile`), and
so does any other for which two commands are given (:class:`CommandedFragile`).  Without one nothing is
known of RESUME-4, and its verdict says so.

All stories of a crash share one crash (:class:`Outage`): the server is killed when each of them has come
to that line, or has ended, and is started again when all have come to that one.

Order: what a target offers, the server of the suite, a server that commands kill and start, one crash for all.
"""

import subprocess
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from enum import IntEnum
from pathlib import Path
from typing import Final, NamedTuple, Protocol

import msgspec
import trio
from msgspec.structs import replace

from .tap import encodings
from .targets import START_TIMEOUT_S, Running, Target, TargetDown, files_of, start_server
from .venues import WireVenue

#: Seconds that a command to kill or to start a server may take.
COMMAND_TIMEOUT_S: Final = 60.0

#: Seconds that a story waits for the others to come to its crash, before it goes on without them.
TOGETHER_TIMEOUT_S: Final = 15.0


#: Seconds that an outage may add to a story: all come to the crash, then to the start, and the server starts.
OUTAGE_TIMEOUT_S: Final = 2 * TOGETHER_TIMEOUT_S + START_TIMEOUT_S


class Fragile(Protocol):
    """A target that can be killed and started again."""

    #: Where it is, before and after.
    target: Target

    async def kill(self) -> None:
        """Kill it at once, without a word to it; come back when it is dead."""

    async def start(self) -> None:
        """Start it again on what it has kept; come back when it listens.  Raises :class:`TargetDown`."""

    def keeps(self, text: str) -> bool | None:
        """Whether this text is in the files that it keeps, in any encoding; None where they are not known."""


class OpenFragile(Protocol):
    """How to have a target that can be killed."""

    def open(self, target: Target) -> AbstractAsyncContextManager[Fragile]:
        """One for the length of a block: this target itself, or one like it.  Raises :class:`TargetDown`."""

    @property
    def apart(self) -> bool:
        """Whether it is another than the target, so that it can be killed while the target is at work."""


# The server of the suite


class _Embedded:
    """A server that was started from a command, with a journal in a folder of its own."""

    def __init__(self, command: Sequence[str], folder: Path, nursery: trio.Nursery) -> None:
        self.target = Target("", "")
        self._command = command
        self._folder = folder
        self._nursery = nursery
        self._running: Running | None = None
        self._port = 0

    async def start(self) -> None:
        """On the port that it had before."""
        journal, key = self._folder / "journal.sqlite", self._folder / "key"
        command = [*self._command, "--journal", str(journal), "--port", str(self._port)]
        if self.target.controller_key:
            command += ["--controller-key-file", str(key)]
        self._running = running = await start_server(command, self._nursery)
        self.target = replace(self.target, url=running.url, controller_key=running.controller_key)
        self._port = int(running.url.rpartition(":")[2])
        key.write_text(running.controller_key, encoding="utf-8")

    async def kill(self) -> None:
        """With SIGKILL."""
        if self._running is not None:
            await self._running.kill()

    def keeps(self, text: str) -> bool:
        """Looks at all bytes of the journal's files."""
        forms = [*encodings(text), text.encode("utf-16-le"), text.encode("utf-16-be")]
        kept = b"".join(file.read_bytes() for file in sorted(self._folder.glob("journal*")))
        return any(form in kept for form in forms)


class EmbeddedFragile(NamedTuple):
    """Starts a server of its own, by a command to which ``--journal``, ``--port`` and its key are added."""

    command: tuple[str, ...]
    apart: bool = True

    @asynccontextmanager
    async def open(self, target: Target) -> AsyncIterator[Fragile]:
        """A server with a journal in a temporary folder."""
        with tempfile.TemporaryDirectory(prefix="cobrowse-outage-") as folder:
            async with trio.open_nursery() as nursery:
                server = _Embedded(self.command, Path(folder), nursery)
                try:
                    await server.start()
                    yield server
                finally:
                    with trio.CancelScope(shield=True):
                        await server.kill()
                nursery.cancel_scope.cancel()


# A server that commands kill and start


class Commands(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to run to kill a target and to start it again: programs and their arguments, no shell."""

    kill: tuple[str, ...]
    start: tuple[str, ...]
    #: Files that it keeps, as glob patterns; nothing of a page may be in them.
    keeps: tuple[str, ...] = ()


class _Commanded:
    """A server somewhere."""

    def __init__(self, target: Target, commands: Commands) -> None:
        self.target = target
        self._commands = commands

    async def kill(self) -> None:
        await self._run(self._commands.kill)

    async def start(self) -> None:
        await self._run(self._commands.start)

    async def _run(self, command: Sequence[str]) -> None:
        try:
            with trio.fail_after(COMMAND_TIMEOUT_S):
                await trio.run_process(list(command), capture_stdout=True, capture_stderr=True)
        except trio.TooSlowError:
            raise TargetDown(f"{command[0]} was not done within {COMMAND_TIMEOUT_S:g} s") from None
        except (OSError, subprocess.CalledProcessError) as error:
            raise TargetDown(f"{command[0]} failed: {type(error).__name__}") from None

    def keeps(self, text: str) -> bool | None:
        files = files_of(self._commands.keeps)
        if not files:
            return None
        forms = list(encodings(text))
        return any(form in file.read_bytes() for file in files for form in forms)


class CommandedFragile(NamedTuple):
    """The target itself, which these commands kill and start."""

    commands: Commands
    apart: bool = False

    @asynccontextmanager
    async def open(self, target: Target) -> AsyncIterator[Fragile]:
        """It is running already."""
        yield _Commanded(target, self.commands)


# One crash for all


class _Stage(IntEnum):
    """How far a story has come."""

    BEFORE = 0
    DOWN = 1
    OVER = 2


class Outage:
    """One crash that several stories share; :meth:`conduct` brings it about."""

    def __init__(self, fragile: Fragile) -> None:
        self.fragile = fragile
        #: Why the server could not be killed, or started again; empty where it could.
        self.trouble = ""
        self._turns: list[Turn] = []
        self._moved = trio.Event()
        self._is_down = trio.Event()
        self._is_up = trio.Event()

    def turn(self) -> "Turn":
        """One more story takes part.  Call it before :meth:`conduct`."""
        turn = Turn(self)
        self._turns.append(turn)
        return turn

    async def conduct(self) -> None:
        """Kill the server when all stories are there, start it again when all want it."""
        try:
            await self._all_have_come_to(_Stage.DOWN)
            await self.fragile.kill()
            self._is_down.set()
            await self._all_have_come_to(_Stage.OVER)
            await self.fragile.start()
        except TargetDown as error:
            self.trouble = str(error)
        self._is_down.set()
        self._is_up.set()

    async def _all_have_come_to(self, stage: _Stage) -> None:
        """Or do not come in time: then the others go on without them."""
        with trio.move_on_after(TOGETHER_TIMEOUT_S):
            while any(turn.stage < stage for turn in self._turns):
                await self._moved.wait()

    async def go_on(self, turn: "Turn", stage: _Stage, done: trio.Event) -> None:
        """A story has come to a stage, and waits for the server; raises :class:`TargetDown`."""
        late = done.is_set()
        turn.stage = stage
        self._moved.set()
        self._moved = trio.Event()
        if stage is _Stage.DOWN and late:
            raise TargetDown("the story came too late: the server had been killed before")
        await done.wait()
        if self.trouble:
            raise TargetDown(self.trouble)


class Turn:
    """One story's part in the crash."""

    def __init__(self, outage: Outage) -> None:
        self.outage = outage
        self.stage = _Stage.BEFORE

    async def go_down(self) -> None:
        """Comes back when the server is dead; raises :class:`TargetDown` where it could not be killed."""
        await self.outage.go_on(self, _Stage.DOWN, self.outage._is_down)

    async def come_up(self) -> None:
        """Comes back when it listens again; raises :class:`TargetDown` where it does not."""
        await self.outage.go_on(self, _Stage.OVER, self.outage._is_up)

    def leave(self) -> None:
        """The story is over, whatever became of it: nobody waits for it."""
        self.stage = _Stage.OVER
        self.outage._moved.set()
        self.outage._moved = trio.Event()


class OutageVenue(WireVenue):
    """A target on the wire that one story takes its turn to crash."""

    def __init__(self, wire: WireVenue, turn: Turn) -> None:
        super().__init__(wire.target, wire.client, wire.open_websocket, wire.declared)
        self.turn = turn

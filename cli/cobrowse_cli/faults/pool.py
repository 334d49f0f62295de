"""Several processes at a time, each with a reference server of its own.

A fault is a change of modules and classes, so two at a time need two processes.  They are started anew
(spawned) and know faults by their names.  Nothing here waits without a bound: a process that does not
answer in time is ended, the task that it was at is invalid and says so, and another takes its place.

Order: all faults, what a process does, a process as seen from here, playing with several.
"""

import multiprocessing
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from typing import Final

from cobrowse_conformance.verdicts import Verdict

from .cast import CAST
from .degenerate import DEGENERATE
from .derived import derivation
from .matrix import HANG_TIMEOUT_S, Finding, Play, Stage, Task, judge
from .tools import Fault

#: Seconds that a process may take for a task, its own start included: every stage breaks itself off
#: after :data:`.matrix.HANG_TIMEOUT_S`, so whoever takes longer cannot even do that.
TASK_TIMEOUT_S: Final = len(Stage) * HANG_TIMEOUT_S + 60.0

#: Seconds that a process has to go when it is told to.
STOP_TIMEOUT_S: Final = 10.0


def all_faults() -> dict[str, Fault]:
    """Every fault by its name: the derived ones in the table's order, the cast in the rules', the degenerate."""
    return {fault.name: fault for fault in (*derivation().faults, *CAST, *DEGENERATE)}


#: The fault that every suite must catch: an agent's act passes in Pointer Mode.
CONTROL: Final = next(fault for fault in CAST if fault.rule == "POINTER-2")


def _work(connection: Connection) -> None:
    """What a process does: take a task, judge, answer, until there is none any more."""
    known = all_faults()
    while True:
        try:
            task = connection.recv()
        except EOFError:
            return
        connection.send(judge([known[name] for name in task.faults], task.seed, task.stages))


class _Player:
    """A process that plays one task at a time."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=_work, args=(theirs,), daemon=True)
        self.process.start()
        theirs.close()
        self.task: Task | None = None
        #: When it must have answered, on the steady clock.
        self.due = 0.0

    def give(self, task: Task, within_s: float) -> None:
        """Let it play this task."""
        self.task, self.due = task, time.monotonic() + within_s
        self.connection.send(task)

    def answer(self) -> Finding:
        """What it found; call it when it has answered, or is gone."""
        try:
            found: Finding = self.connection.recv()
        except (EOFError, OSError):
            self.process.join(STOP_TIMEOUT_S)
            because = f"its process died with exit code {self.process.exitcode}"
            return Finding(Verdict.INCONCLUSIVE, invalid=because, spoilt=True)
        return found

    def end(self) -> None:
        """Tell it to go, and see that it does."""
        self.connection.close()
        if self.task is None:
            self.process.join(STOP_TIMEOUT_S)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()


@contextmanager
def processes(jobs: int, *, within_s: float = TASK_TIMEOUT_S) -> Iterator[Play]:
    """Plays tasks in so many processes, and gives each back as it is done.

    ``within_s``: the seconds that each has for a task.  One that dies or takes longer is replaced; its
    task is invalid, and all others go on.
    """
    idle: list[_Player] = []
    busy: list[_Player] = []

    def play_all(tasks: Sequence[Task]) -> Iterable[tuple[Task, Finding]]:
        waiting = deque(tasks)
        while waiting or busy:
            while waiting and len(busy) < jobs:
                player = idle.pop() if idle else _Player()
                player.give(waiting.popleft(), within_s)
                busy.append(player)
            for player, finding in list(_answers(busy, within_s)):
                task, player.task = player.task, None
                assert task is not None
                busy.remove(player)
                if finding.spoilt:  # whatever went wrong there must not go on in the next task
                    player.end()
                else:
                    idle.append(player)
                yield task, finding

    try:
        yield play_all
    finally:
        for player in (*idle, *busy):
            player.end()


def _answers(busy: Sequence[_Player], within_s: float) -> Iterator[tuple[_Player, Finding]]:
    """Those that have answered, died, or taken too long: waits for the first of them."""
    patience_s = max(0.0, min(player.due for player in busy) - time.monotonic())
    ready = wait([player.connection for player in busy], patience_s)
    for player in busy:
        if player.connection in ready:
            yield player, player.answer()
        elif time.monotonic() >= player.due:
            player.process.kill()
            because = f"no answer within {within_s:g} s: its process was ended"
            yield player, Finding(Verdict.INCONCLUSIVE, invalid=because, spoilt=True)

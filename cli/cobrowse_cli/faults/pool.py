"""Several processes at a time, each with a reference server of its own.

A fault is a change of modules and classes, so two at a time need two processes.  They are started anew
(spawned) and know faults by their names.
"""

import multiprocessing
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Final

from cobrowse_conformance.verdicts import Verdict

from .cast import CAST
from .derived import derivation
from .matrix import Finding, Play, Task, judge
from .tools import Fault


def all_faults() -> dict[str, Fault]:
    """Every fault by its name: the derived ones in the table's order, then the cast in the rules'."""
    return {fault.name: fault for fault in (*derivation().faults, *CAST)}


#: The fault that every suite must catch: an agent's act passes in Pointer Mode.
CONTROL: Final = next(fault for fault in CAST if fault.rule == "POINTER-2")


def _judge(task: Task) -> Finding:
    """What one process does with a task."""
    known = all_faults()
    return judge([known[name] for name in task.faults], task.seed, task.stages)


@contextmanager
def processes(jobs: int) -> Iterator[Play]:
    """Plays tasks in so many processes, and gives each back as it is done.

    A process that dies takes the tasks that were under way with it: they are invalid, all others go on.
    """
    context = multiprocessing.get_context("spawn")
    pools = [ProcessPoolExecutor(jobs, mp_context=context)]

    def play_all(tasks: Sequence[Task]) -> Iterable[tuple[Task, Finding]]:
        waiting = list(tasks)
        while waiting:
            lost = []
            for task, future in _done(pools[-1], waiting):
                try:
                    yield task, future.result()
                except BrokenProcessPool:
                    lost.append(task)
            if len(lost) == len(waiting):  # even one at a time it kills its process
                culprit = lost.pop(0)
                yield culprit, Finding(Verdict.INCONCLUSIVE, invalid="its process died")
            if lost:
                pools[-1].shutdown(wait=False, cancel_futures=True)
                pools.append(ProcessPoolExecutor(jobs, mp_context=context))
            waiting = lost

    try:
        yield play_all
    finally:
        pools[-1].shutdown(wait=True, cancel_futures=True)


def _done(pool: ProcessPoolExecutor, tasks: Sequence[Task]) -> Iterator[tuple[Task, "Future[Finding]"]]:
    futures = {pool.submit(_judge, task): task for task in tasks}
    for future in as_completed(futures):
        yield futures[future], future

"""How a command that goes on is told to stop: by a signal, or by a parent that is gone."""

import os
import signal

import trio

#: What standard input is read in, until it closes.
_CHUNK_BYTES = 4096


async def stop_on_signals(
    scope: trio.CancelScope, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
) -> None:
    """Cancel on SIGTERM and SIGINT; in force once started."""
    with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        task_status.started()
        async for _ in signals:
            scope.cancel()


async def stop_on_stdin(scope: trio.CancelScope) -> None:
    """A parent that dies takes this process along: its end of the pipe closes."""
    while await trio.to_thread.run_sync(os.read, 0, _CHUNK_BYTES, abandon_on_cancel=True):
        pass
    scope.cancel()

"""The simulator's clients on the exchange: each party is a task of its own, as in a load run."""

import contextlib
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Final

import trio
from hdrh.histogram import HdrHistogram

from ...links import LinkClosed, open_websocket_link
from ...pump import Open, pumping
from .exchange import OPENING_LIMIT_S
from .tools import MESSAGE, Latencies

#: The kinds of link, each with what opens links to an address.
LINKS: Final[dict[str, Callable[[str], AbstractAsyncContextManager[Open]]]] = {
    "pump": pumping,
    "trio-websocket": lambda url: nullcontext(open_websocket_link),
}

#: Links that are being opened at the same moment.
AT_ONCE: Final = 100

#: Latencies in microseconds, up to a minute, with three digits, as in load runs.
_LONGEST_US: Final = 60_000_000
_DIGITS: Final = 3


async def play(link: str, url: str, sessions: int) -> Latencies:
    """Both parties of so many sessions, until the exchange closes their links."""
    histogram = HdrHistogram(1, _LONGEST_US, _DIGITS)
    async with LINKS[link](url) as open_link, trio.open_nursery() as nursery:
        for number in range(1, 2 * sessions + 1):
            if number % AT_ONCE:
                nursery.start_soon(_party, open_link, url, histogram)
            else:
                await nursery.start(_party, open_link, url, histogram)
    return Latencies(
        histogram.get_total_count(),
        histogram.get_value_at_percentile(50) / 1000,
        histogram.get_value_at_percentile(99) / 1000,
    )


async def _party(
    open_link: Open,
    url: str,
    histogram: HdrHistogram,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    async with open_link(url, connect_timeout_s=OPENING_LIMIT_S) as link:
        task_status.started()
        with contextlib.suppress(LinkClosed):
            await link.receive()
            while True:
                began = time.perf_counter_ns()
                await link.send(MESSAGE)
                await link.receive()
                histogram.record_value((time.perf_counter_ns() - began) // 1000)

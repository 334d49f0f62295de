"""What a comparison comes to: a row for each tool, the aims of the project's own, and how it was measured.

Order: a row, the aims, the whole.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from ..measures import Machine
from .exchange import Measured
from .tools import ARTILLERY, LOCUST, OURS, Latencies

#: Messages, and sockets opened, in a second of one core; the most memory, in MB.
MESSAGES_AIM: Final = 30_000
OPENED_AIM: Final = 10_000
MEMORY_AIM_MB: Final = 60
#: How many times the messages of other tools.
TIMES: Final = {LOCUST: 3.0, ARTILLERY: 1.2}


class Row(msgspec.Struct, frozen=True):
    """One tool: its figures, or why it has none."""

    tool: str
    version: str = ""
    #: Empty where it was measured.
    missing: str = ""
    measured: Measured | None = None
    latencies: Latencies | None = None


class Aim(msgspec.Struct, frozen=True):
    """What the project's own client is to reach."""

    what: str
    aim: float
    measured: float
    met: bool


class Comparison(msgspec.Struct, frozen=True):
    """A comparison run."""

    machine: Machine
    #: What this machine was doing besides, when it was over (one-minute average).
    load_after: float
    sessions: int
    rows: tuple[Row, ...]
    aims: tuple[Aim, ...]
    notes: tuple[str, ...]


def messages_per_cpu_s(measured: Measured) -> float:
    """Messages that were sent and received in a CPU second of the client."""
    return measured.messages / measured.window_cpu_s


def opened_per_cpu_s(measured: Measured) -> float:
    """Sockets that were opened in a CPU second of the client."""
    return measured.sockets / measured.opening_cpu_s


def peak_mb(measured: Measured) -> float:
    """The most memory that the client ever held."""
    return measured.peak_kib * 1024 / 1e6


def aims_of(rows: Sequence[Row]) -> tuple[Aim, ...]:
    """The aims that these rows say something about."""
    by_tool = {row.tool: row.measured for row in rows if row.measured is not None}
    ours = by_tool.get(OURS)
    if ours is None:
        return ()
    messages, opened, memory = messages_per_cpu_s(ours), opened_per_cpu_s(ours), peak_mb(ours)
    aims = [
        Aim("messages per CPU second, at least", MESSAGES_AIM, messages, messages >= MESSAGES_AIM),
        Aim("sockets opened per CPU second, at least", OPENED_AIM, opened, opened >= OPENED_AIM),
        Aim("memory in MB, at most", MEMORY_AIM_MB, memory, memory <= MEMORY_AIM_MB),
    ]
    for tool, times in TIMES.items():
        if tool in by_tool:
            ratio = messages / messages_per_cpu_s(by_tool[tool])
            aims.append(Aim(f"times the messages of {tool}, at least", times, ratio, ratio >= times))
    return tuple(aims)


def notes_on(sessions: int, window_s: float) -> tuple[str, ...]:
    """What the reader must know to judge the figures."""
    exchange = (
        f"{sessions} sessions, each a customer's and an agent's WebSocket to one server on loopback, which hands "
        "every message (256 bytes) to the other party, who answers; one message under way in each session; each "
        f"party is a virtual user of its own and notes how long every answer took; {window_s:g} s measured"
    )
    counting = (
        "A message counts once, sent by one party and received by the other. CPU is user and system time of the "
        "tool's process and its children, by its process's clock, read by the server at its first accept, its last "
        "handshake, and both ends of the window; memory is the peak resident, and after it the proportional share"
    )
    latencies = (
        "How long answers take follows from how many there are: every session waits for its turn. Other work on "
        "this machine makes all clients dearer: judge the ratios of one run"
    )
    others = (
        "Artillery waits for an answer with a match, as its engine has it, and keeps a timer for each: its memory "
        "grows with the messages. Locust runs websocket-client on gevent, with a request event for each answer"
    )
    return exchange, counting, latencies, others

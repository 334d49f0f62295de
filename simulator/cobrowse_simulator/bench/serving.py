"""What sessions cost a server: relaying frames, opening sessions, holding idle ones.

A server is measured from outside: what its process has used, against what arrived at the parties.  So the
clients' own cost is no part of any figure, but they take their share of the machine.

Order: sizes, relaying, opening, idle sessions.
"""

import resource
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Final, NamedTuple

import msgspec
import trio
from cobrowse_spec.wire.frames import CONTENT, POINTER, encode_frame, encode_point

from .crowd import AT_ONCE, BenchmarkFailed, Crowd, Server, Session, open_crowd
from .measures import Measure, measured
from .process import cpu_seconds, resident_kib

#: Frames that a server is to relay in a second of its CPU time.
RELAY_AIM: Final = 4_000

#: Bytes of payload of a frame of content.
CONTENT_BYTES: Final = 512

#: Seconds that one repeat of relaying may take.
ROUND_LIMIT_S: Final = 60.0

#: File descriptors that this process needs besides one for each link.
SPARE_DESCRIPTORS: Final = 64

#: Opens the server to be measured for the length of a block; a new one each time, where it can.
OpenServer = Callable[[], AbstractAsyncContextManager[Server]]


class Sizes(msgspec.Struct, frozen=True):
    """How much is done in each benchmark: enough for figures that repeat, in less than a minute."""

    relay_sessions: int = 20
    #: Frames that each session relays in one repeat.
    relay_frames: int = 300
    #: Frames of one session that are under way at a time.
    relay_window: int = 8
    relay_repeats: int = 5
    open_sessions: int = 100
    open_repeats: int = 5
    idle_sessions: int = 300
    idle_repeats: int = 3
    #: Sessions that are opened and ended before anything is measured.
    warm_up: int = 10


# Relaying


async def measure_relay(open_server: OpenServer, sizes: Sizes) -> tuple[Measure, ...]:
    """Frames from customers to agents, with every gate of the server on."""
    async with open_server() as server, open_crowd(server, sizes.relay_sessions) as crowd:
        sessions = await crowd.open_sessions(await crowd.seat_agents())
        for place, session in enumerate(sessions):
            await session.show_page()
            if place % 2:
                await session.enter_write_mode()
        await _relay_round(server, sessions, sizes)  # to warm up
        rounds = [await _relay_round(server, sessions, sizes) for _ in range(sizes.relay_repeats)]
    frames = sizes.relay_sessions * sizes.relay_frames
    how = (
        f"{sizes.relay_sessions} sessions, half of them in Write Mode; content of {CONTENT_BYTES} bytes and "
        f"pointers in turn, customer to agent, {sizes.relay_window} under way in each session; {frames} frames "
        f"a repeat, each checked at the agent; one from before the session in each session, which must not arrive"
    )
    walls = [frames / took.wall_s for took in rounds]
    measures = [measured("relay", "frames relayed", "per second of the clock", walls, how)]
    if server.pid:
        rates = [frames / took.cpu_s for took in rounds]
        unit = "per CPU second of the server"
        measures.insert(0, measured("relay", "frames relayed", unit, rates, how, aim=RELAY_AIM))
    return tuple(measures)


class _Took(NamedTuple):
    """What a repeat took: seconds of the clock, and CPU seconds of the server (0 if unknown)."""

    wall_s: float
    cpu_s: float


class _Watch:
    """Measures what passes between its making and :meth:`took`."""

    def __init__(self, server: Server) -> None:
        self._pid = server.pid
        self._cpu_s = self._cpu()
        self._began = trio.current_time()

    def took(self) -> _Took:
        return _Took(trio.current_time() - self._began, self._cpu() - self._cpu_s)

    def _cpu(self) -> float:
        return cpu_seconds(self._pid) if self._pid else 0.0


async def _relay_round(server: Server, sessions: Sequence[Session], sizes: Sizes) -> _Took:
    frames = [frames_of(session, sizes.relay_frames) for session in sessions]
    with trio.move_on_after(ROUND_LIMIT_S):
        watch = _Watch(server)
        async with trio.open_nursery() as nursery:
            for session, its_frames in zip(sessions, frames, strict=True):
                nursery.start_soon(relay_frames, session, its_frames, sizes.relay_window)
        return watch.took()
    raise BenchmarkFailed(f"the frames of one repeat did not arrive within {ROUND_LIMIT_S:g} s")


def frames_of(session: Session, count: int) -> list[bytes]:
    """Frames that can be told apart: each says its number."""
    epoch = session.customer.epoch
    return [
        encode_frame(CONTENT, epoch, number.to_bytes(4, "big").ljust(CONTENT_BYTES, b"x"))
        if number % 2
        else encode_frame(POINTER, epoch, encode_point(number, 100))
        for number in range(count)
    ]


async def relay_frames(session: Session, frames: list[bytes], window: int) -> None:
    """Send the frames, with at most ``window`` under way, and see each arrive as it was, in order."""
    free = trio.Semaphore(window)

    async def send() -> None:
        await session.customer.link.send(encode_frame(CONTENT, 0, b"from before the agent joined"))
        for frame in frames:
            await free.acquire()
            await session.customer.link.send(frame)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(send)
        for frame in frames:
            if await session.agent.link.receive() != frame:
                raise BenchmarkFailed(
                    "a frame arrived that was not the next one sent: lost, changed or stale"
                )
            free.release()


# Opening


async def measure_opening(open_server: OpenServer, sizes: Sizes) -> tuple[Measure, ...]:
    """Sessions opened: call, customer's link, start, join."""
    count = within_descriptors(sizes.open_sessions)
    took = []
    async with open_server() as server:
        await _warm_up(server, sizes)
        for _ in range(sizes.open_repeats):
            async with open_crowd(server, count) as crowd:
                agents = await crowd.seat_agents()
                watch = _Watch(server)
                await crowd.open_sessions(agents)
                took.append(watch.took())
    how = (
        f"{count} sessions a repeat, {AT_ONCE} at the same moment; each: call opened by the contact centre, "
        f"customer's link, start, join by an agent who was signed in before, both told"
    )
    rates = [count / one.wall_s for one in took]
    measures = [measured("open", "sessions opened", "per second of the clock", rates, how)]
    if server.pid:
        costs = [one.cpu_s / count * 1000 for one in took]
        measures.append(measured("open", "cost of opening a session", "ms CPU of the server", costs, how))
    return tuple(measures)


async def _warm_up(server: Server, sizes: Sizes) -> None:
    """What a server does only once should not count: imports, first sizes of its buffers."""
    async with open_crowd(server, sizes.warm_up) as crowd:
        await crowd.open_sessions(await crowd.seat_agents())


# Idle sessions


async def measure_idle(open_server: OpenServer, sizes: Sizes) -> tuple[Measure, ...]:
    """Memory that an idle session, and one link alone, add to the server's process."""
    count = within_descriptors(sizes.idle_sessions)
    taken, which = [], "a server just started"
    for _ in range(sizes.idle_repeats):
        async with open_server() as server:
            if not server.fresh:
                which = "a server that was in use (memory that it had kept free makes the figures too low)"
            await _warm_up(server, sizes)
            async with open_crowd(server, count) as crowd:
                taken.append(await _fill(server, crowd, count))
    how = (
        f"resident memory of {which}, before and after {count} agents have signed in, and again "
        f"after each has joined a customer's session; nothing flows"
    )
    sessions = [one.per_session for one in taken]
    links = [one.per_link for one in taken]
    return (
        measured("idle", "memory of an idle session with both links", "KiB", sessions, how),
        measured("idle", "memory of one idle link of an agent, no session", "KiB", links, how),
    )


class _Memory(NamedTuple):
    """KiB for each of the idle."""

    per_link: float
    per_session: float


async def _fill(server: Server, crowd: Crowd, count: int) -> _Memory:
    empty = resident_kib(server.pid)
    agents = await crowd.seat_agents()
    seated = resident_kib(server.pid)
    await crowd.open_sessions(agents)
    return _Memory((seated - empty) / count, (resident_kib(server.pid) - empty) / count)


def within_descriptors(sessions: int) -> int:
    """So many sessions, or as many as this process may have file descriptors for: two links each."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return sessions
    return max(1, min(sessions, (soft - SPARE_DESCRIPTORS) // 2))

"""A run on more than one process, or machine: shards of a profile over Dask, merged without loss.

Which sessions a shard has, and what is drawn in each, depends on the seed and on their numbers alone, so the same
sessions are run however many shards there are.  Histograms and counts are added up exactly.  Moments are not
compared: each worker's plot begins with its own beginning.  A worker that is lost takes its share with it: that
share is named as missing, and the run is invalid.

Dask is imported here, when it is asked for, and nowhere else.

Order: shards, merging, running on a cluster.
"""

import io
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

import msgspec
import trio
from cobrowse_spec.trace import parse_trace, write_trace
from msgspec.structs import replace

from .meters import Interval, Meters, added, decoded
from .profile import Plan
from .reach import CannotRun, Server
from .run import Kept, Report, Run, Shard, report_of

#: Seconds after which it is looked at anew which workers are still there.
LOOK_AGAIN_S: Final = 1
#: Seconds that a cluster may take to answer at all.
CONNECT_S: Final = 30


class Done(NamedTuple):
    """What a shard sends back: plain data, so that any two versions of pickle agree on it."""

    #: The report, as JSON.
    report: bytes
    #: Reason, rules, why of each rule, and trace (JSON lines) of each session that deserves a look.
    kept: tuple[tuple[str, tuple[str, ...], dict[str, str], str], ...]


# Shards


def shard_of(plan: Plan, shard: Shard) -> Plan:
    """The plan with this shard's part of the agents and of what may go on at a time."""
    profile = plan.profile
    agents = replace(profile.agents, count=max(1, shard.part_of(profile.agents.count)))
    most = max(1, shard.part_of(profile.max_sessions))
    return plan._replace(profile=replace(profile, agents=agents, max_sessions=most))


def run_shard(plan: Plan, server: Server, shard: Shard, keep_every: bool) -> Done:
    """Run one shard; what a worker does."""
    kept: list[Kept] = []

    async def go() -> Report:
        return await Run(
            shard_of(plan, shard), server, keep=kept.append, keep_every=keep_every, shard=shard
        ).go()

    report = trio.run(go)
    return Done(msgspec.json.encode(report), tuple(map(_packed, kept)))


def _packed(one: Kept) -> tuple[str, tuple[str, ...], dict[str, str], str]:
    text = io.StringIO()
    write_trace(one.trace, text)
    return one.reason, one.rules, one.because, text.getvalue()


def _unpacked(packed: tuple[str, tuple[str, ...], dict[str, str], str]) -> Kept:
    reason, rules, because, text = packed
    return Kept(reason, rules, parse_trace(text.splitlines(keepends=True)), because)


# Merging


def merged(plan: Plan, reports: Sequence[Report], missing: Sequence[str] = ()) -> Report:
    """One report of all shards; raises :class:`.reach.CannotRun` where there is none."""
    if not reports:
        raise CannotRun(f"no shard came back: {'; '.join(missing)}")
    meters = Meters(1.0)
    for report in reports:
        for name in ("counts", "errors", "journeys", "exercised", "violations"):
            getattr(meters, name).update(getattr(report, name))
        meters.judging_s += report.generator.judging_s
    kinds = dict.fromkeys(kind for report in reports for kind in report.latencies)
    for kind in kinds:
        meters.histograms[kind] = added(
            decoded(report.latencies[kind].histogram) for report in reports if kind in report.latencies
        )
    longest = max((report.intervals for report in reports), key=len)
    meters.intervals = [
        _together([report.intervals[place] for report in reports if place < len(report.intervals)])
        for place in range(len(longest))
    ]
    return report_of(
        plan,
        meters,
        target=reports[0].target,
        server=reports[0].server,
        clock=reports[0].clock,
        took_s=max(report.took_s for report in reports),
        cpu_s=sum(report.generator.cpu_s for report in reports),
        memory_mb=sum(report.generator.peak_memory_mb for report in reports),
        situations={},
        missing=tuple(missing),
    )


def _together(intervals: Sequence[Interval]) -> Interval:
    """The same stretch of all shards; of latencies the highest, since percentiles cannot be added up."""
    kinds = dict.fromkeys(kind for one in intervals for kind in one.latencies)
    return Interval(
        at=max(one.at for one in intervals),
        arrived=sum(one.arrived for one in intervals),
        completed=sum(one.completed for one in intervals),
        failed=sum(one.failed for one in intervals),
        active=sum(one.active for one in intervals),
        events=sum(one.events for one in intervals),
        latencies={
            kind: (
                max(one.latencies[kind][0] for one in intervals if kind in one.latencies),
                max(one.latencies[kind][1] for one in intervals if kind in one.latencies),
            )
            for kind in kinds
        },
    )


# Running on a cluster


def run_on_cluster(
    plan: Plan,
    server: Server,
    *,
    workers: int = 0,
    scheduler: str = "",
    keep: Callable[[Kept], None] = lambda kept: None,
    keep_every: bool = False,
    shards: int = 0,
    began: Callable[[Any], None] = lambda client: None,
) -> Report:
    """Run a plan on so many processes of this machine, or on the workers of a cluster (``tcp://…``).

    ``shards``: into how many it is split; else one for each worker.  ``began`` is called with Dask's client when
    all shards are under way.  Raises :class:`.reach.CannotRun`.
    """
    try:
        import distributed  # noqa: PLC0415 -- an extra
    except ImportError:
        raise CannotRun("more than one process takes Dask: pip install 'cobrowse-kit[cluster]'") from None
    dask: Any = distributed  # which has no types
    cluster = None
    try:
        if not scheduler:
            cluster = dask.LocalCluster(
                n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None
            )
        with dask.Client(scheduler or cluster, timeout=CONNECT_S) as client:
            try:
                client.wait_for_workers(max(1, workers), timeout=CONNECT_S)
            except TimeoutError:
                raise CannotRun(f"there is no worker at {scheduler or 'this machine'}") from None
            there = _workers(client)
            of = shards or len(there)
            running = {}
            for part in (Shard(number, of) for number in range(of)):
                # Each has its worker: done again elsewhere, later than the others, a shard would be another load.
                worker = there[part.number % len(there)]
                future = client.submit(
                    run_shard, plan, server, part, keep_every, pure=False, retries=0, workers=[worker]
                )
                running[future] = part, worker
            began(client)
            return _gathered(plan, running, client, keep)
    except (OSError, TimeoutError) as error:
        raise CannotRun(f"the cluster at {scheduler or 'this machine'} is not to be had: {error}") from None
    finally:
        if cluster is not None:
            cluster.close()


def _workers(client: Any) -> list[str]:
    return sorted(client.scheduler_info(n_workers=-1)["workers"])


def _gathered(
    plan: Plan, running: dict[Any, tuple[Shard, str]], client: Any, keep: Callable[[Kept], None]
) -> Report:
    """The merged report of what comes back; what does not is named."""
    import distributed  # noqa: PLC0415 -- an extra

    dask: Any = distributed
    reports: dict[int, Report] = {}
    missing: list[str] = []
    while running:
        try:
            done, _ = dask.wait(list(running), timeout=LOOK_AGAIN_S, return_when="FIRST_COMPLETED")
        except TimeoutError:
            done = set()
        there = _workers(client)
        lost = {future for future, (_, worker) in running.items() if worker not in there}
        for future in done | lost:
            part, _ = running.pop(future)
            words = f"shard {part.number + 1} of {part.of}"
            if future not in done:
                future.cancel()
                missing.append(f"{words}: its worker is lost")
                continue
            try:
                back: Done = future.result()
            except CannotRun:
                raise
            except Exception as error:  # whatever a worker dies of
                missing.append(f"{words}: {type(error).__name__}")
                continue
            reports[part.number] = msgspec.json.decode(back.report, type=Report)
            for one in back.kept:
                keep(_unpacked(one))
    return merged(plan, [reports[number] for number in sorted(reports)], sorted(missing))

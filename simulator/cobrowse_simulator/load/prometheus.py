"""What a run has come to so far, for Prometheus, while it goes on.

The text format is written here rather than by ``prometheus-client``: its own summaries have no quantiles, so what
the HDR histograms know would have to be put into it by a collector of our own, and what it would then do is write the
lines below.

Order: the text, serving it.
"""

import logging
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final

import trio
from hypercorn.config import Config
from hypercorn.trio import serve

from .meters import percentiles
from .run import Run

#: The only address that is served: who wants it elsewhere says so in front of it.
HOST: Final = "127.0.0.1"
#: What the quantiles are called, and the percentiles that they are.
QUANTILES: Final = {"0.5": 50.0, "0.9": 90.0, "0.95": 95.0, "0.99": 99.0, "0.999": 99.9}
_TYPE: Final = b"text/plain; version=0.0.4; charset=utf-8"
#: How long an answer that is under way is waited for at the end, in seconds.
_GRACE_S: Final = 0.1


def exposition(run: Run) -> str:
    """The text that Prometheus reads."""
    return "".join(f"{line}\n" for line in _lines(run))


def _lines(run: Run) -> Iterator[str]:
    meters = run.meters
    yield from _head("sessions_active", "gauge", "Sessions that are going on.")
    yield f"cobrowse_sessions_active {meters.active}"
    yield from _head("sessions_total", "counter", "Sessions by what became of them.")
    for state in ("arrived", "begun", "completed", "failed", "turned_away", "unfinished"):
        yield f'cobrowse_sessions_total{{state="{state}"}} {meters.counts[state]}'
    yield from _head("failed_sessions_total", "counter", "Failed sessions by reason.")
    for reason, count in sorted(meters.errors.items()):
        yield f'cobrowse_failed_sessions_total{{reason="{reason}"}} {count}'
    yield from _head("events_total", "counter", "Messages and frames that parties sent and received.")
    yield f"cobrowse_events_total {meters.counts['events']}"
    yield from _head("rule_violations_total", "counter", "Violations by rule, of sessions that are over.")
    for rule, count in sorted(meters.violations.items()):
        yield f'cobrowse_rule_violations_total{{rule="{rule}"}} {count}'
    yield from _head("rule_exercised_sessions_total", "counter", "Sessions that exercised each rule.")
    for rule, count in sorted(meters.exercised.items()):
        yield f'cobrowse_rule_exercised_sessions_total{{rule="{rule}"}} {count}'
    yield from _head("judging_cpu_seconds_total", "counter", "CPU seconds that the invariants took.")
    yield f"cobrowse_judging_cpu_seconds_total {meters.judging_s:.6f}"
    yield from _head(
        "latency_seconds", "summary", "From when something was meant to happen until it was seen."
    )
    for kind, histogram in sorted(meters.histograms.items()):
        for name, value in zip(QUANTILES, percentiles(histogram, tuple(QUANTILES.values())), strict=True):
            yield f'cobrowse_latency_seconds{{kind="{kind}",quantile="{name}"}} {value / 1000:.6f}'
        yield f'cobrowse_latency_seconds_sum{{kind="{kind}"}} {meters.seconds[kind]:.6f}'
        yield f'cobrowse_latency_seconds_count{{kind="{kind}"}} {histogram.get_total_count()}'


def _head(name: str, kind: str, words: str) -> tuple[str, str]:
    return f"# HELP cobrowse_{name} {words}", f"# TYPE cobrowse_{name} {kind}"


@asynccontextmanager
async def serving_metrics(run: Run, port: int) -> AsyncIterator[str]:
    """Serve the text at ``/metrics`` for the length of a block, which gets its address; port 0: any that is free.

    Raises OSError where the port is not to be had.
    """
    listening = socket.create_server((HOST, port))
    address = f"http://{HOST}:{listening.getsockname()[1]}/metrics"

    async def application(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await _answer_lifespan(receive, send)
        elif scope["type"] == "http":
            found = scope["path"] == "/metrics"
            body = exposition(run).encode() if found else b"metrics are at /metrics\n"
            headers = [(b"content-type", _TYPE), (b"content-length", b"%d" % len(body))]
            await send({"type": "http.response.start", "status": 200 if found else 404, "headers": headers})
            await send({"type": "http.response.body", "body": body, "more_body": False})

    config = Config()
    config.bind = [f"fd://{listening.detach()}"]
    config.accesslog = None
    config.errorlog = logging.getLogger("cobrowse.metrics")
    config.include_server_header = False
    config.graceful_timeout = config.shutdown_timeout = _GRACE_S
    stop = trio.Event()
    async with trio.open_nursery() as nursery:
        await nursery.start(partial(serve, application, config, shutdown_trigger=stop.wait, mode="asgi"))
        try:
            yield address
        finally:
            stop.set()


async def _answer_lifespan(receive: Any, send: Any) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return

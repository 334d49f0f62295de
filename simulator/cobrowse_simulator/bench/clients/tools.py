"""The tools."""

from typing import Final
import msgspec

#: What parties say to each other: 256 bytes.
MESSAGE: Final = '"' + 254 * "x" + '"'


class Latencies(msgspec.Struct, frozen=True):
    """How long answers took."""

    count: int
    p50_ms: float
    p99_ms: float

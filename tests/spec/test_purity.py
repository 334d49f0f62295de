"""Purity: the rulebook needs no network, no clock and no event loop, and imports point one way."""

import ast
import json
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import cobrowse_spec
import pytest

ROOT: Final = Path(cobrowse_spec.__file__).parents[2]
MODULES: Final = sorted(
    module.name
    for module in pkgutil.walk_packages(cobrowse_spec.__path__, "cobrowse_spec.")
    if not module.name.endswith("__main__")
)
#: What the rulebook may take from others, and who may: nobody else than the modules named here.
READERS: Final = {
    "gherkin": {"cobrowse_spec.rulebook"},
    "cucumber_expressions": {"cobrowse_spec.sentences"},
}
#: I/O, event loops, clocks with a life of their own, other people's frameworks; and the other packages.
FORBIDDEN: Final = frozenset(
    {
        *("trio", "asyncio", "anyio", "curio", "multiprocessing", "concurrent"),
        *(
            "socket",
            "selectors",
            "select",
            "ssl",
            "http",
            "urllib.request",
            "socketserver",
            "ftplib",
            "smtplib",
        ),
        *("httpx", "httpcore", "h11", "h2", "wsproto", "websockets", "trio_websocket", "requests", "urllib3"),
        *("quart", "quart_trio", "hypercorn", "flask", "werkzeug", "jinja2"),
        *("lxml", "cssselect", "rich", "click", "selenium", "redis", "coredis", "distributed", "dask"),
        *("cobrowse_server", "cobrowse_simulator", "cobrowse_conformance", "cobrowse_cli"),
    }
)
#: Each package's folder, and which of our packages it may import.
MAY_IMPORT: Final = {
    "spec/cobrowse_spec": frozenset[str](),
    "reference_server/cobrowse_server": frozenset({"cobrowse_spec"}),
    "simulator/cobrowse_simulator": frozenset({"cobrowse_spec"}),
    "conformance/cobrowse_conformance": frozenset({"cobrowse_spec", "cobrowse_simulator"}),
    "cli/cobrowse_cli": frozenset(
        {"cobrowse_spec", "cobrowse_server", "cobrowse_simulator", "cobrowse_conformance"}
    ),
}
OURS: Final = frozenset(folder.partition("/")[2] for folder in MAY_IMPORT)


def loaded_by(*modules: str) -> set[str]:
    """What a fresh interpreter has loaded after importing these, that a bare one has not."""
    program = (
        "import importlib, json, sys; before = set(sys.modules);"
        "[importlib.import_module(name) for name in sys.argv[1:]];"
        "print(json.dumps(sorted(set(sys.modules) - before)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *modules], capture_output=True, check=True, text=True, timeout=60
    )
    return set(json.loads(done.stdout))


def forbidden(loaded: set[str]) -> set[str]:
    """Those of the loaded modules that the rulebook must not need."""
    return {name for name in loaded if name in FORBIDDEN or name.partition(".")[0] in FORBIDDEN}


def imports(source: str) -> Iterator[tuple[str, int]]:
    """Every module that a source imports, wherever in it, with the line; relative ones are its own."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((name.name, node.lineno) for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module or "", node.lineno
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("import_module", "__import__")):
            if node.args and isinstance(node.args[0], ast.Constant):
                yield str(node.args[0].value), node.lineno


def sources() -> Iterator[tuple[str, Path]]:
    """Every module of ours, with the folder of its package."""
    for folder in MAY_IMPORT:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield folder, path


def test_there_is_something_to_look_at() -> None:
    """The rulebook's modules and the sources of every package are found."""
    assert {"cobrowse_spec.session", "cobrowse_spec.rules.write", "cobrowse_spec.wire.messages"} <= set(
        MODULES
    )
    assert set(MAY_IMPORT) == {folder for folder, _ in sources()}


def test_the_rulebook_loads_nothing_that_talks_to_the_world() -> None:
    """All of its modules together, in a fresh interpreter."""
    assert forbidden(loaded_by(*MODULES)) == set()


@pytest.mark.parametrize(
    "module",
    [
        "session",
        "actions",
        "observations",
        "terms",
        "policy",
        "refusals",
        "trace",
        "rules",
        "wire.messages",
        "wire.frames",
    ],
)
def test_the_core_needs_no_reader_of_features(module: str) -> None:
    """A server that runs the machine, and a judge of traces, parse no Gherkin."""
    found = {name.partition(".")[0] for name in loaded_by(f"cobrowse_spec.{module}")}

    assert found & READERS.keys() == set()
    assert "msgspec" in found or module == "terms"


def test_the_rulebook_needs_three_libraries_and_no_more() -> None:
    """msgspec, and what reads the features; each of these in one place."""
    wanted: dict[str, set[str]] = {}
    for folder, path in sources():
        if folder == "spec/cobrowse_spec":
            module = ".".join(path.relative_to(ROOT / "spec").with_suffix("").parts)
            for name, _ in imports(path.read_text(encoding="utf-8")):
                if name.partition(".")[0] not in sys.stdlib_module_names:
                    wanted.setdefault(name.partition(".")[0], set()).add(module.removesuffix(".__init__"))

    assert {"msgspec", *READERS} == wanted.keys()
    assert {name: wanted[name] for name in READERS} == READERS


#: Calls that ask for the time, for luck, or for something of the machine that it runs on.
ASKS: Final = frozenset(
    {
        *("now", "utcnow", "today", "time", "time_ns", "monotonic", "perf_counter", "sleep", "localtime"),
        *("random", "randint", "randrange", "choice", "uuid4", "urandom", "getenv", "system", "Popen"),
    }
)


def test_the_rulebook_reads_no_clock_and_draws_no_lots() -> None:
    """Time is an argument; the one secret that is drawn is the key of a recorder's digests."""
    asked, drawn = set(), set()
    for folder, path in sources():
        if folder != "spec/cobrowse_spec":
            continue
        text = path.read_text(encoding="utf-8")
        drawn |= {(path.name, name) for name, _ in imports(text) if name in ("random", "secrets", "uuid")}
        asked |= {
            f"{path.name}:{node.lineno} asks for {ast.unparse(node.func)}"
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ASKS
        }

    assert asked == set()
    assert drawn == {("trace.py", "secrets")}


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_imports_point_one_way(folder: str) -> None:
    """Spec imports none of the others, server and simulator not each other, nothing the command line."""
    own = folder.partition("/")[2]
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for inside, path in sources()
        if inside == folder
        for name, line in imports(path.read_text(encoding="utf-8"))
        if name.partition(".")[0] in OURS - MAY_IMPORT[folder] - {own}
    ]

    assert wrong == []

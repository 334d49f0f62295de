"""The distribution: a wheel whose users need no Node, and an sdist that holds the same."""

import json
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "reference_server/cobrowse_server/static"
#: What the workspace, the view and the customer's script are made of.
BUNDLE = {"cobrowse.js", "workspace.html", "workspace.js", "view.html", "view.js"}
#: How long a build, an installation or a start may take on a loaded machine, in seconds.
WITHIN_S = 240


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sdist, and the wheel that is made from it."""
    assert STATIC.is_dir(), "the web client is not built: run `make web`"
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=WITHIN_S, check=False)
    assert 0 == done.returncode, done.stderr + done.stdout
    return folder


@pytest.fixture(scope="module")
def installed(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of an environment that holds the wheel and what it needs, at locked versions."""
    environment = tmp_path_factory.mktemp("environment") / "venv"
    uv = [sys.executable, "-m", "uv"]
    steps = (
        [*uv, "venv", "--quiet", "--python", sys.executable, str(environment)],
        [
            *(*uv, "pip", "install", "--quiet", "--python", str(environment / "bin/python"), "--constraint"),
            *(str(ROOT / "requirements/runtime.txt"), str(next(dist.glob("*.whl")))),
        ],
    )
    for step in steps:
        done = subprocess.run(step, capture_output=True, text=True, timeout=WITHIN_S, check=False)
        assert 0 == done.returncode, done.stderr
    return environment / "bin"


def test_the_wheel_carries_the_web_client(dist: Path) -> None:
    """And the demo's site, though neither is Python."""
    names = set(zipfile.ZipFile(next(dist.glob("*.whl"))).namelist())

    assert BUNDLE <= {name.removeprefix("cobrowse_server/static/") for name in names}
    assert "cobrowse_simulator/company/templates/bank/apply.html" in names
    assert "cobrowse_simulator/company/policy.toml" in names
    assert not [name for name in names if "node_modules" in name or name.endswith(".ts")]


def test_the_sdist_carries_what_was_built_and_what_it_was_built_from(dist: Path) -> None:
    """So that a wheel can be made from it without Node, and the client with it."""
    with tarfile.open(next(dist.glob("*.tar.gz"))) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}

    assert BUNDLE <= {name.removeprefix("reference_server/cobrowse_server/static/") for name in names}
    assert {"reference_server/web/package-lock.json", "reference_server/web/src/customer/main.ts"} <= names
    assert not [name for name in names if "node_modules" in name]


def test_an_installed_server_serves_the_web_client_without_node(installed: Path, tmp_path: Path) -> None:
    """With nothing on the path but the environment's own programs."""
    command = [str(installed / "cobrowse"), "serve", "--port", "0", "--ready-json", "--until-stdin-closes"]
    process = subprocess.Popen(
        command,
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={"PATH": str(installed), "HOME": os.environ.get("HOME", str(tmp_path))},
    )
    try:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        statuses = [
            httpx.get(address).status_code
            for address in (
                f"{ready['url']}/cobrowse.js",
                f"{ready['url']}/workspace",
                f"{ready['view_url']}/view",
            )
        ]
        process.communicate(timeout=WITHIN_S)
    finally:
        process.kill()
        process.wait()

    assert [200, 200, 200] == statuses

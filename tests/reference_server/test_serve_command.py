"""`cobrowse serve`, as a process of its own."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

#: How long the process may take to start or stop, in seconds.
WITHIN_S = 20
COMMAND = (sys.executable, "-c", "from cobrowse_cli.serve import serve; serve()")


@contextmanager
def running(*options: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """The command with these options, killed if it is still there at the end."""
    process = subprocess.Popen(
        [*COMMAND, "--port", "0", "--journal", "memory", *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("ending", ["SIGTERM", "SIGINT", "stdin"])
def test_it_says_one_line_when_it_listens_and_stops_when_told(ending: str) -> None:
    """By a signal, or by a parent that is gone."""
    with running("--ready-json", "--until-stdin-closes") as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        headers = {"Authorization": f"Bearer {ready['controller_key']}"}
        assert httpx.get(f"{ready['url']}/v1/policies/default", headers=headers).status_code == 200
        if ending != "stdin":
            process.send_signal(signal.Signals[ending])
            process.wait(WITHIN_S)
        out, err = process.communicate(timeout=WITHIN_S)

    assert (process.returncode, out, err) == (0, "", "")


def test_a_key_that_is_given_is_not_shown(tmp_path: Path) -> None:
    """Only one that it made itself, this once (SECURE-6)."""
    key = "0123456789abcdef-given"
    with running(COBROWSE_CONTROLLER_KEY=key) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        process.terminate()
        rest, _ = process.communicate(timeout=WITHIN_S)

    assert first.startswith("Listening on http://127.0.0.1:")
    assert key not in first + rest


@pytest.mark.parametrize(
    "policy, message",
    [
        ("site = []\nwrite_mod = false", r"bank.toml: line 2: unknown key 'write_mod'; did you mean"),
        (None, "bank.toml: No such file"),
    ],
)
def test_an_unreadable_policy_stops_the_start(tmp_path: Path, policy: str | None, message: str) -> None:
    """With the file and the line at fault, and no traceback (MASK-11)."""
    file = tmp_path / "bank.toml"
    if policy is not None:
        file.write_text(policy, encoding="utf-8")
    with running("--ready-json", "--policy", f"shop={file}") as process:
        out, err = process.communicate(timeout=WITHIN_S)

    assert (process.returncode, out) == (1, "")
    assert message in err
    assert "Traceback" not in err

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
import trio
from trio_websocket import open_websocket_url

from tests.reference_server.conftest import POLICY, SITE

#: How long the process may take to start or stop, in seconds.
WITHIN_S = 20
COMMAND = (sys.executable, "-c", "from cobrowse_cli.serve import serve; serve()")


@contextmanager
def running(
    *options: str, journal: str | None = "memory", folder: Path | None = None, **environment: str
) -> Iterator[subprocess.Popen[str]]:
    """The command with these options, in this folder, killed if it is still there at the end."""
    where = [] if journal is None else ["--journal", journal]
    process = subprocess.Popen(
        [*COMMAND, "--port", "0", *where, *options],
        cwd=folder,
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


def test_its_journal_is_a_file_in_the_folder_it_is_started_in(tmp_path: Path) -> None:
    """It says which, and once it has been stopped the file is all that is left."""
    with running(journal=None, folder=tmp_path) as process:
        assert process.stdout is not None
        process.stdout.readline()
        said = process.stdout.readline()
        process.terminate()
        process.communicate(timeout=WITHIN_S)

    assert (said, process.returncode) == ("Journal in cobrowse.sqlite\n", 0)
    assert [file.name for file in tmp_path.iterdir()] == ["cobrowse.sqlite"]


def test_a_journal_in_memory_leaves_nothing(tmp_path: Path) -> None:
    """And it says what that means."""
    with running(folder=tmp_path) as process:
        assert process.stdout is not None
        process.stdout.readline()
        said = process.stdout.readline()
        process.terminate()
        process.communicate(timeout=WITHIN_S)

    assert said == "Journal in memory: a crash ends all sessions\n"
    assert list(tmp_path.iterdir()) == []


def test_a_journal_that_cannot_be_used_stops_the_start(tmp_path: Path) -> None:
    """With its name and what to do, no traceback, and nothing overwritten."""
    file = tmp_path / "notes.txt"
    file.write_text("not to be lost\n" * 500, encoding="utf-8")
    with running("--ready-json", journal=str(file)) as process:
        out, err = process.communicate(timeout=WITHIN_S)

    assert (process.returncode, out) == (1, "")
    assert f"Error: cannot use the journal {file}: it is no SQLite database." in err
    assert "Traceback" not in err
    assert file.read_text(encoding="utf-8") == "not to be lost\n" * 500


def test_two_servers_do_not_share_a_journal(tmp_path: Path) -> None:
    """The second says so, and the first goes on."""
    file = str(tmp_path / "journal.sqlite")
    with running("--ready-json", journal=file) as first:
        assert first.stdout is not None
        url = json.loads(first.stdout.readline())["url"]
        with running("--ready-json", journal=file) as second:
            _, err = second.communicate(timeout=WITHIN_S)
        assert httpx.get(f"{url}/v1/health").status_code == 200

    assert second.returncode == 1
    assert "is in use by another process: stop that server first" in err


def test_it_says_how_many_sessions_it_goes_on_with(tmp_path: Path) -> None:
    """After a crash; none after a stop."""
    policy = tmp_path / "bank.toml"
    policy.write_text("standalone = true\n" + POLICY, encoding="utf-8")
    options = ("--policy", str(policy))
    journal = str(tmp_path / "journal.sqlite")
    with running("--ready-json", *options, journal=journal) as process:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        trio.run(start_and_leave, url)
        process.kill()
        process.wait()
    said = []
    for _ in range(2):
        with running(*options, journal=journal) as process:
            assert process.stdout is not None
            process.stdout.readline()
            said.append(process.stdout.readline())
            process.terminate()
            process.communicate(timeout=WITHIN_S)

    assert said == [f"Journal in {journal}; sessions recovered: 1\n", f"Journal in {journal}\n"]


async def start_and_leave(url: str) -> None:
    """A customer starts a session of no chat or call."""
    address = url.replace("http", "ws", 1) + "/v1/customer"
    headers = [(b"Origin", SITE.encode())]
    async with open_websocket_url(address, subprotocols=["cobrowse.v1"], extra_headers=headers) as link:
        await link.send_message('{"id": 1, "do": {"type": "start"}}')
        while "started" not in await link.get_message():
            pass

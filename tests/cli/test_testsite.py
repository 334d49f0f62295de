"""`cobrowse testsite`, as a process of its own; what it refuses, in the tests' own."""

import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from cobrowse_cli.main import main

#: How long the process may take to start or stop, in seconds.
WITHIN_S = 40
COMMAND = (sys.executable, "-c", "from cobrowse_cli.testsite import testsite; testsite()")
SNIPPET = '<script src="https://product.example/widget.js" data-account="4711"></script>'

#: Something of a form that no output may have.
VALUE = "123-45-6789"


@contextmanager
def running(*options: str) -> Iterator[subprocess.Popen[str]]:
    """The command with these options, killed if it is still there at the end."""
    process = subprocess.Popen(
        [*COMMAND, *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def snippet(tmp_path: Path) -> Path:
    """A file with a product's snippet."""
    file = tmp_path / "snippet.html"
    file.write_text(SNIPPET, encoding="utf-8")
    return file


def line_of(process: subprocess.Popen[str]) -> str:
    """The next line that it says; comes when it has said it, or has ended."""
    assert process.stdout is not None
    return process.stdout.readline()


def asks(method: str, url: str, **given: object) -> httpx.Response:
    """The answer to a request at one of the site's names, which browsers look for on this machine by themselves."""
    at = httpx.URL(url)
    headers = {"Host": f"{at.host}:{at.port}", "Referer": f"http://{at.host}:{at.port}/apply"}
    return httpx.request(method, at.copy_with(host="127.0.0.1"), headers=headers, trust_env=False, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize("ending", ["SIGTERM", "SIGINT", "stdin"])
def test_it_says_one_line_when_it_serves_and_stops_when_told(ending: str) -> None:
    """By a signal, or by a parent that is gone."""
    with running("--ready-json", "--until-stdin-closes") as process:
        ready = json.loads(line_of(process))
        if ending != "stdin":
            process.send_signal(signal.Signals[ending])
            process.wait(WITHIN_S)
        out, err = process.communicate(timeout=WITHIN_S)

    assert {"url", "elsewhere"} == set(ready)
    assert (0, "", "") == (process.returncode, out, err)


def test_the_snippet_is_on_the_companys_pages_and_what_is_submitted_is_told(snippet: Path) -> None:
    """In one line each: names of fields, and no value of any."""
    with running("--snippet", str(snippet), "--ready-json", "--until-stdin-closes") as process:
        ready = json.loads(line_of(process))
        own, other = asks("GET", f"{ready['url']}/apply"), asks("GET", f"{ready['elsewhere']}/offer")
        asks("POST", f"{ready['url']}/submit/application", data={"name": "Ada", "ssn": VALUE})
        line = line_of(process)
        process.communicate(timeout=WITHIN_S)
    submitted = json.loads(line)

    assert SNIPPET in own.text
    assert SNIPPET not in other.text
    assert ("/apply", ["name", "ssn"]) == (submitted["page"], submitted["fields"])
    assert "POST /submit/application" == submitted["request"]
    assert VALUE not in line


def test_a_person_reads_where_to_go_and_what_came(snippet: Path) -> None:
    """Without `--ready-json`: addresses first, then a line for each form."""
    with running("--snippet", str(snippet), "--until-stdin-closes") as process:
        said = [line_of(process) for _ in range(6)]
        address = re.search(r"http://\S+", said[0])
        assert address is not None
        asks("POST", address[0].replace("/apply", "/submit/application"), data={"ssn": VALUE})
        said.append(line_of(process))
        process.communicate(timeout=WITHIN_S)

    assert re.fullmatch(r"The company's site: +http://bank\.localhost:\d+/apply\n", said[0])
    assert re.fullmatch(r"Another company's: +http://partner\.localhost:\d+/offer\n", said[4])
    assert "submitted: no form by POST /submit/application from /apply: ssn\n" == said[6]


def test_without_a_snippet_it_says_that_its_pages_are_bare() -> None:
    """Nobody looks for the fault in a product that is not there."""
    with running("--until-stdin-closes") as process:
        said = line_of(process)
        process.communicate(timeout=WITHIN_S)

    assert said.endswith("/apply  (bare: no snippet)\n")


def refused(*arguments: str) -> int:
    """The exit code of the command in this process."""
    with pytest.raises(SystemExit) as ended:
        main(["testsite", *arguments])
    return int(ended.value.code or 0)


def test_a_snippet_that_is_missing_is_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything is served, with the file's name."""
    assert 4 == refused("--snippet", str(tmp_path / "none.html"))
    assert f"File '{tmp_path}/none.html' does not exist" in capsys.readouterr().err


def test_a_folder_is_no_snippet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is said that it is one."""
    assert 4 == refused("--snippet", str(tmp_path))
    assert "is a directory" in capsys.readouterr().err


def test_a_snippet_that_cannot_be_read_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With what is wrong with it, and nothing of what is in it."""
    file = tmp_path / "snippet.gif"
    file.write_bytes(b"GIF89a secret \xff\xfe")

    assert 4 == refused("--snippet", str(file))
    said = capsys.readouterr().err
    assert f"the snippet {file} is no UTF-8 text" in said
    assert "secret" not in said


def test_a_port_that_is_taken_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """With its address, and that it is in use."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert 1 == refused("--port", str(port))

    said = capsys.readouterr().err
    assert said.startswith("Error: the test site could not be served: ")
    assert "Address already in use" in said
    assert str(port) in said

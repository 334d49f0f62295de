"""``cobrowse ci`` and the GitHub Action that is made of it: a product is started, judged, reported, and ended."""

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from cobrowse_cli.ci import REPORTS
from cobrowse_cli.main import main
from typing_extensions import override

ROOT = Path(__file__).parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())

_BASH = shutil.which("bash") or "/bin/bash"

#: A product that would run for ever, and says which process it is to who waits for it.
ENDLESS = 'echo started; echo "$$" >{fifo}; exec sleep 1000'


def exit_of(*arguments: str) -> int:
    """Run the command line; its exit code."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return int(ended.value.code or 0)


class Product:
    """A product whose address answers, if only with an error, as soon as its process runs."""

    def __init__(self, folder: Path, address: str) -> None:
        self.start = ENDLESS.format(fifo=folder / "fifo")
        self.address = address
        #: Its process, once the address has answered.
        self.pid = 0

    def has_ended(self) -> bool:
        """Whether its process is gone."""
        assert self.pid
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        return False


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Product]:
    """One product, not started yet."""
    os.mkfifo(tmp_path / "fifo")

    class Refuses(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.pid = int((tmp_path / "fifo").read_text())  # comes back when the process has written it
            self.send_error(404)

        @override
        def log_message(self, format: str, *args: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Refuses) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        found = Product(tmp_path, f"http://127.0.0.1:{server.server_port}/")
        yield found
        server.shutdown()
        thread.join()


def test_a_product_is_started_waited_for_judged_and_ended(
    tmp_path: Path, product: Product, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every report is written, and the summary goes where GitHub wants it, after what is there."""
    summary = tmp_path / "summary"
    summary.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    reports = tmp_path / "reports"

    code = exit_of(
        "ci", "--start", product.start, "--wait-for", product.address, "--reports", str(reports),
        "--", "--rule", "WRITE-5", "--seed", "7",
    )  # fmt: skip

    assert 0 == code
    assert {*REPORTS.values(), "product.log"} == {file.name for file in reports.iterdir()}
    assert "started\n" == (reports / "product.log").read_text()
    assert summary.read_text().startswith("before\n## Conformant")
    assert product.has_ended()


def test_a_product_that_ends_before_it_answers_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody waits for what is gone."""
    code = exit_of(
        "ci",
        "--start",
        "exit 3",
        "--wait-for",
        "http://127.0.0.1:1/",
        "--within",
        "600",
        "--reports",
        str(tmp_path),
    )

    assert 2 == code
    assert "the product ended with exit code 3" in capsys.readouterr().err


def test_a_product_that_does_not_answer_in_time_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the bound, and the file that has what it said; on GitHub beside the job. No earlier report is left to be uploaded."""
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    for name in REPORTS.values():
        (tmp_path / name).write_text("of an earlier run")
    code = exit_of(
        "ci", "--start", "exec sleep 1000", "--wait-for", "http://127.0.0.1:1/", "--within", "1",
        "--reports", str(tmp_path),
    )  # fmt: skip

    said = " ".join(capsys.readouterr().err.split())
    assert 2 == code
    assert "http://127.0.0.1:1/ did not answer within 1 s" in said
    assert str(tmp_path / "product.log") in said
    assert (tmp_path / "summary").read_text().startswith("## There is nothing to judge\n\nhttp")
    assert {"summary", "product.log"} == {file.name for file in tmp_path.iterdir()}


def test_wrong_arguments_of_the_suite_are_wrong_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As they are for the suite itself."""
    assert 4 == exit_of("ci", "--reports", str(tmp_path), "--", "--rule", "WRTIE-5")
    assert "did you mean" in capsys.readouterr().err


# The action


def test_every_input_is_used_and_none_is_part_of_a_script() -> None:
    """What an input says must never be run: scripts get it by the environment."""
    steps = ACTION["runs"]["steps"]
    text = (ROOT / "action.yml").read_text()

    assert "composite" == ACTION["runs"]["using"]
    assert set(ACTION["inputs"]) == set(re.findall(r"\binputs\.([\w-]+)", text))
    assert all("run" in step or "uses" in step for step in steps)
    assert all("shell" in step for step in steps if "run" in step)
    assert not any("${{" in step.get("run", "") for step in steps)
    assert all(re.search(rf"\${{?{name}\b", step["run"]) for step in steps for name in _own_names(step))


def _own_names(step: dict[str, Any]) -> list[str]:
    """What a script reads of its environment, but for what the suite reads itself."""
    return [name for name in step.get("env", {}) if name != "COBROWSE_CONTROLLER_KEY"]


def test_every_input_and_output_is_described() -> None:
    """Whoever writes a workflow reads nothing else."""
    assert all(each["description"] for name in ("inputs", "outputs") for each in ACTION[name].values())
    assert all("default" in each for each in ACTION["inputs"].values())


def test_the_actions_script_judges_and_tells_the_exit_code(tmp_path: Path, product: Product) -> None:
    """Run as a runner would: with the inputs' defaults, but for what a workflow has given."""
    (step,) = (step for step in ACTION["runs"]["steps"] if step.get("id") == "judge")
    suite = tmp_path / "cobrowse/bin"
    suite.mkdir(parents=True)
    (suite / "cobrowse").symlink_to(Path(sys.executable).with_name("cobrowse"))
    given = {
        "start": product.start,
        "wait-for": product.address,
        "arguments": "--rule WRITE-5\n--seed 7\n",
        "reports": str(tmp_path / "reports"),
    }
    inputs = {name: given.get(name, each["default"]) for name, each in ACTION["inputs"].items()}
    environment = {
        name: inputs[value.removeprefix("${{ inputs.").removesuffix(" }}")]
        for name, value in step["env"].items()
    }

    done = subprocess.run(
        [_BASH, "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        env={
            "PATH": os.environ["PATH"],
            "RUNNER_TEMP": str(tmp_path),
            "GITHUB_OUTPUT": str(tmp_path / "output"),
            "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert (0, "") == (done.returncode, done.stderr)
    assert "exit-code=0\n" == (tmp_path / "output").read_text()
    assert "## Conformant" in (tmp_path / "summary").read_text()
    assert "WRITE-5" in (tmp_path / "reports/report.html").read_text()
    assert product.has_ended()

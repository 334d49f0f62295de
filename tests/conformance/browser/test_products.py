"""Products with nothing of their own, judged as anybody would: never conformant, soon done, and each told why.

The profiles and pages of these products are in ``products/``.
"""

import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from cobrowse_cli.main import main
from cobrowse_conformance.reports import read_json
from cobrowse_conformance.results import Run
from cobrowse_conformance.verdicts import Exit, Verdict
from cobrowse_simulator.browsers.chromium import INSTALL

pytestmark = pytest.mark.skipif(
    not os.environ.get("CI") and not (shutil.which("chromium") and shutil.which("chromedriver")),
    reason=f"real browsers need Chromium: {INSTALL}",
)

ROOT = Path(__file__).parents[3]
PRODUCTS = Path(__file__).parent / "products"

#: How long a run that is told to end may take to do so, in seconds.
ENDS_S = 60.0

NO_START = "not played: nothing came of it in 3 stories when the customer starts a session"


class Judged:
    """What came of judging a product: the exit code, what the terminal showed, the run."""

    def __init__(self, code: int, said: str, html: str, run: Run) -> None:
        self.code = code
        self.said = said
        self.html = html
        self.run = run

    def because(self, rule: str) -> tuple[Verdict, str]:
        """The verdict on a rule, and why."""
        found = next(one for one in self.run.rules if one.rule == rule)
        return found.verdict, found.because


def judge(
    product: str,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *rules: str,
) -> Judged:
    """Run `cobrowse conform` on one of the products, with one pair of browsers."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", "1000")
    chosen = [word for rule in rules for word in ("--rule", rule)]
    files = ["--json", str(folder / "run.json"), "--html", str(folder / "run.html")]
    with pytest.raises(SystemExit) as ended:
        main(
            ["conform", "--level", "browser", "--target", str(PRODUCTS / f"{product}.toml"), "--pairs", "1",
             "--seed", "1", *chosen, *files]
        )  # fmt: skip
    html = (folder / "run.html").read_text(encoding="utf-8")
    return Judged(int(ended.value.code or 0), capsys.readouterr().out, html, read_json(folder / "run.json"))


def test_a_page_that_does_nothing_is_untestable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The whole rulebook, without playing one story: the control that nothing goes without is named."""
    found = judge("nothing", tmp_path, monkeypatch, capsys)
    why = "customer.start_button (css '#start') does not show on a page of the test site"

    assert Exit.NOT_CONFORMANT == found.code
    assert () == found.run.stories
    assert (Verdict.UNTESTABLE, why) == found.because("START-1")
    assert {Verdict.UNTESTABLE, Verdict.ELSEWHERE} == {rule.verdict for rule in found.run.rules}
    assert f"No story was played in browsers: {why}." in found.said
    assert (f"No story was played in browsers: {why}.",) == found.run.notes
    assert "No story was played in browsers: customer.start_button" in found.html


def test_a_blank_workspace_is_untestable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The customer's controls are all there, and nobody can enter a session ID."""
    found = judge("blank", tmp_path, monkeypatch, capsys, "START-1")
    why = "agent.session_id_field (css '#id') does not show in the workspace"

    assert Exit.NOT_CONFORMANT == found.code
    assert (Verdict.UNTESTABLE, why) == found.because("START-1")
    assert why in found.said


def test_controls_that_do_nothing_fail_and_are_not_tried_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What must come of the button does not; what begins with it is not decided, three stories are all that wait for it."""
    found = judge("ignoring", tmp_path, monkeypatch, capsys, "START-1", "JOIN-1", "WRITE-1", "STOP-1")
    over = [story for story in found.run.stories if story.because == NO_START]
    tried = [story for story in found.run.stories if story not in over]
    in_vain = [story for story in tried if story.verdict in (Verdict.FAIL, Verdict.INCONCLUSIVE)]

    assert Exit.NOT_CONFORMANT == found.code
    assert ["START-1.1", "START-1.3", "JOIN-1.1"] == [story.example for story in in_vain]
    assert Verdict.FAIL is found.because("START-1")[0]
    assert "Then the customer sees a session ID: not seen" in found.because("START-1")[1]
    assert (Verdict.INCONCLUSIVE, f"WRITE-1.1: {NO_START}") == found.because("WRITE-1")
    assert f"because {NO_START}" in found.said
    assert Verdict.PASS not in {rule.verdict for rule in found.run.rules}
    [note] = found.run.notes
    assert f"{len(over)} stories were {NO_START.replace('played', 'played in browsers')}." == note
    assert note in found.html


def test_pages_whose_server_is_gone_fail_with_what_they_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The product itself tells the customer that nothing can be started."""
    found = judge("gone", tmp_path, monkeypatch, capsys, "START-2")

    assert Exit.NOT_CONFORMANT == found.code
    assert Verdict.FAIL is found.because("START-2")[0]
    assert found.because("START-2")[1].endswith("since the last action: the customer is turned away")


def test_a_product_that_is_down_is_said_to_be_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With its address, in the terminal and in the reports; no rule is decided, and none is a failure of the product's."""
    found = judge("down", tmp_path, monkeypatch, capsys)
    why = "there is nothing to judge: http://127.0.0.1:65535/workspace.html cannot be opened; is the product running?"

    assert Exit.INCOMPLETE == found.code
    assert (Verdict.INCONCLUSIVE, why) == found.because("START-1")
    assert f"In browsers {why}" in found.said
    assert (f"In browsers {why}",) == found.run.notes
    assert "is the product running?" in found.html


def test_a_run_that_is_terminated_takes_its_browsers_along(tmp_path: Path) -> None:
    """Even while they start, and where SIGINT is ignored, as it is of what a script has put into the background."""
    began = tmp_path / "began"
    os.mkfifo(began)
    driver = tmp_path / "chromedriver"
    driver.write_text(
        f'#!/bin/sh\necho $$ > {began}\nexec {shutil.which("chromedriver")} "$@"\n', encoding="utf-8"
    )
    driver.chmod(0o755)
    command = [
        sys.executable,
        "-m",
        "cobrowse_cli",
        "conform",
        "--level",
        "browser",
        "--rule",
        "START-1",
        "--pairs",
        "1",
    ]
    running = subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        stdout=subprocess.DEVNULL,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),  # noqa: PLW1509 -- this process has no threads
    )
    started = [int(began.read_text(encoding="utf-8"))]
    running.send_signal(signal.SIGTERM)
    reading = threading.Thread(target=lambda: started.extend(_written(began)), daemon=True)
    reading.start()  # the second browser may be on its way already, and wait to be told of
    code = running.wait(ENDS_S)

    assert code == 130
    for pid in started:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def _written(fifo: Path) -> list[int]:
    return [int(line) for line in fifo.read_text(encoding="utf-8").split()]

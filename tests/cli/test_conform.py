"""``cobrowse conform``, ``check-trace`` and ``rules`` in a user's hands."""

import json
from pathlib import Path

import pytest
from cobrowse_cli.main import main
from cobrowse_spec import actions as do
from cobrowse_spec import observations as see
from cobrowse_spec.terms import InteractionKind, Mode, Party
from cobrowse_spec.trace import Header, Recorder, write_trace


def exit_of(*arguments: str) -> int:
    """Run the command line; its exit code."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return int(ended.value.code or 0)


def test_one_rule_is_judged_and_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The reference server is started, judged by one rule, and every report is written."""
    kinds = ("json", "junit", "html", "markdown", "badge", "messages")
    options = [word for kind in kinds for word in (f"--{kind}", str(tmp_path / kind))]

    code = exit_of("conform", "--rule", "write-5", "--seed", "7", *options)

    assert 0 == code
    assert "1 /   1 /   1" in capsys.readouterr().out
    assert all((tmp_path / kind).stat().st_size for kind in kinds)
    report = json.loads((tmp_path / "json").read_text())
    assert ("WRITE-5", "pass") == (report["rules"][0]["rule"], report["rules"][0]["verdict"])


KNOWN = """
[[failure]]
rule = "WRITE-5"
why = "it is late"
link = "https://tracker.example/1"
"""


def test_each_story_is_played_again_and_the_list_of_known_failures_must_be_true(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The reference server is steady; and since it keeps the rule, the entry is to be deleted."""
    (tmp_path / "known.toml").write_text(KNOWN)
    files = ["--known-failures", str(tmp_path / "known.toml"), "--json", str(tmp_path / "run.json")]

    assert 4 == exit_of("conform", "--rule", "WRITE-5", "--verify=2", *files)

    assert "known.toml:2: WRITE-5 does not fail: delete this entry" in " ".join(
        capsys.readouterr().out.split()
    )
    report = json.loads((tmp_path / "run.json").read_text())
    assert 2 == report["repeats"]
    assert {(("pass", 2),)} == {tuple(story["outcomes"].items()) for story in report["stories"]}


def test_a_list_of_known_failures_that_cannot_be_meant_is_refused_before_anything_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the line, and what may have been meant."""
    (tmp_path / "known.toml").write_text(KNOWN.replace("WRITE-5", "WRTIE-5"))

    assert 4 == exit_of("conform", "--known-failures", str(tmp_path / "known.toml"))
    assert "line 3: there is no rule 'WRTIE-5'; did you mean 'WRITE-5'?" in " ".join(
        capsys.readouterr().err.split()
    )


def test_the_list_names_rules_and_examples(capsys: pytest.CaptureFixture[str]) -> None:
    """`--list` plays nothing."""
    assert 0 == exit_of("conform", "--list", "--rule", "JOIN-7")

    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("JOIN-7 SHOULD")
    assert "JOIN-7.1" in lines[1]


@pytest.mark.parametrize(
    "arguments, message",
    [
        (("conform", "--rule", "WRITE-88"), "did you mean WRITE-8?"),
        (("conform", "--tags", "@refsued"), "did you mean @refused?"),
        (("conform", "--json", "/no/such/folder/report.json"), "there is no folder /no/such/folder"),
        (("conform", "ftp://somewhere"), "is no target"),
        (("conform", "http://127.0.0.1:1"), "set COBROWSE_CONTROLLER_KEY"),
        (("conform", "--level", "paper"), "'paper' is not one of"),
        (
            ("conform", "http://127.0.0.1:1", "--level", "browser"),
            "judged in browsers by its profile: give --target FILE",
        ),
        (("rules", "JION-1"), "did you mean JOIN-1?"),
        (("check-trace", "/no/such/file"), "does not exist"),
        (("no-such-command",), "No such command"),
    ],
)
def test_wrong_usage_is_told_and_exits_with_4(
    arguments: tuple[str, ...],
    message: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each mistake gets a message that says what to do; 2 is for incomplete runs."""
    monkeypatch.delenv("COBROWSE_CONTROLLER_KEY", raising=False)

    assert 4 == exit_of(*arguments)
    assert message in capsys.readouterr().err


def test_a_target_that_is_down_leaves_the_run_incomplete(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is nothing to judge, and the message says what was tried."""
    monkeypatch.setenv("COBROWSE_CONTROLLER_KEY", "some key")

    assert 2 == exit_of("conform", "http://127.0.0.1:1")
    assert "cannot reach http://127.0.0.1:1" in capsys.readouterr().err


@pytest.mark.parametrize("browser, install", [("chromium", "chromium-driver"), ("firefox", "firefox-esr")])
def test_without_the_browser_that_is_asked_for_nothing_is_judged(
    browser: str, install: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """That is the machine's fault, not the target's, and the message says what to install."""
    monkeypatch.setenv("PATH", "")

    assert 3 == exit_of("conform", "--level", "browser", "--browser", browser)
    assert install in capsys.readouterr().err


def trace_file(path: Path, *, approved: bool, complete: bool = True) -> Path:
    """A short trace in which Write Mode begins, with or without an approval."""
    recorder = Recorder(Header(), lambda: 0.0)
    recorder.did(Party.CONTROLLER, "contact centre", do.OpenInteraction(InteractionKind.CALL), re=1)
    recorder.did(Party.CUSTOMER, "customer", do.Start(), re=1)
    recorder.saw(Party.CUSTOMER, "customer", see.Started("123456789"), re=1, session="s1")
    recorder.saw(Party.CUSTOMER, "customer", see.Joined("Ada", Mode.POINTER), session="s1")
    recorder.saw(Party.CUSTOMER, "customer", see.Asked("r1"), session="s1")
    if approved:
        recorder.did(Party.CUSTOMER, "customer", do.Approve("r1"), re=2, session="s1")
    recorder.saw(Party.CUSTOMER, "customer", see.InMode(Mode.WRITE), re=2, session="s1")
    with path.open("w") as file:
        write_trace(recorder.trace(), file)
    if not complete:
        path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))
    return path


def test_a_trace_that_breaks_a_rule_is_found_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The rule, why, and exit code 1."""
    assert 1 == exit_of("check-trace", str(trace_file(tmp_path / "t.jsonl", approved=False)))
    assert "WRITE-1" in capsys.readouterr().out


def test_a_truncated_trace_is_said_to_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without its footer a trace may be missing what matters most: incomplete."""
    file = trace_file(tmp_path / "t.jsonl", approved=True, complete=False)

    assert 2 == exit_of("check-trace", str(file))
    assert "truncated" in capsys.readouterr().out.lower()


def test_something_else_is_no_trace(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The error names the line."""
    file = tmp_path / "notes.txt"
    file.write_text("Dear diary\n")

    assert 4 == exit_of("check-trace", str(file))
    assert "line 1" in capsys.readouterr().err


def test_a_rule_can_be_read_in_full(capsys: pytest.CaptureFixture[str]) -> None:
    """Sentence, source and stories."""
    assert 0 == exit_of("rules", "WRITE-7")

    shown = capsys.readouterr().out
    assert "At most one request is pending" in shown
    assert "Given a session with a pending request" in shown

"""``cobrowse conform --generate``, ``--features`` and ``cobrowse replay`` in a user's hands."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import pytest
from cobrowse_cli.main import main

FAULTY_SERVER: Final = Path(__file__).parents[1] / "conformance" / "generate" / "faulty_server.py"

FEATURE: Final = """
Feature: WRITE, kept

  @WRITE-3 @must @wire
  Rule: The agent is told the answer: approved, denied, expired.
    Source: S1.4

    @generated
    Example: A denial is told
      Given a session with a pending request
      When the customer denies the request
      Then the agent sees that the request is denied
      And the agent sees nothing else
"""


class Running(NamedTuple):
    """A server in a process of its own, and where its controller's key is."""

    url: str
    key_file: Path


@pytest.fixture
def unasking(tmp_path: Path) -> Iterator[Running]:
    """A server that does not ask the customer."""
    command = [sys.executable, str(FAULTY_SERVER), "cast WRITE-2: the customer is not asked"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        assert server.stdin is not None
        ready = json.loads(server.stdout.readline())
        key_file = tmp_path / "key"
        key_file.write_text(ready["controller_key"], encoding="utf-8")
        yield Running(ready["url"], key_file)
        server.stdin.close()


def exit_of(*arguments: str) -> int:
    """Run the command line; its exit code."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return int(ended.value.code or 0)


def test_a_failure_is_found_kept_and_seen_again(
    unasking: Running, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """From `--generate` to a capsule and a feature, and with both back to the failure; elsewhere they pass."""
    folder = tmp_path / "capsules"
    there = (unasking.url, "--controller-key-file", str(unasking.key_file))

    options = ("--rule", "JOIN-7", "--generate", "15", "--seed", "21", "--capsules", str(folder))
    assert 1 == exit_of("conform", *there, *options)
    shown = capsys.readouterr().out
    (capsule,) = folder.glob("WRITE-2-*.json")
    feature = capsule.with_suffix(".feature")
    assert "15 generated stories of seed 21" in " ".join(shown.split())
    assert "Not reached: " in shown
    assert feature.read_text(encoding="utf-8").startswith("Feature: WRITE, found by generation")
    assert 1 == exit_of("conform", *there, "--features", str(feature))
    assert 1 == exit_of("replay", str(capsule), "--target", *there)
    assert "It fails again: " in capsys.readouterr().out
    assert 0 == exit_of("replay", str(capsule))
    assert "It passes here" in capsys.readouterr().out


def test_stories_of_ones_own_are_judged_like_the_rulebooks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Features in a folder take the place of the rulebook's stories, under the rulebook's rules."""
    (tmp_path / "kept.feature").write_text(FEATURE, encoding="utf-8")

    assert 0 == exit_of("conform", "--features", str(tmp_path))
    assert "1 /   1 /   1" in capsys.readouterr().out


@pytest.mark.parametrize(
    "text, message",
    [
        ("nothing", "the features cannot be read"),
        (FEATURE.replace("WRITE-3", "WRITE-99"), "the rulebook has no rule WRITE-99"),
        (FEATURE.replace("denies the request", "shrugs"), "unknown sentence 'the customer shrugs'"),
    ],
)
def test_features_that_mean_nothing_are_refused(
    text: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before anything is played, with the reason."""
    path = tmp_path / "kept.feature"
    path.write_text(text, encoding="utf-8")

    assert 4 == exit_of("conform", "--features", str(path))
    assert message in " ".join(capsys.readouterr().err.split())


def test_what_is_no_capsule_cannot_be_replayed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Wrong usage, with the reason."""
    path = tmp_path / "capsule.json"
    path.write_text("{}", encoding="utf-8")

    assert 4 == exit_of("replay", str(path))
    assert "is no capsule of this suite" in " ".join(capsys.readouterr().err.split())

"""``cobrowse explore``: figures, paths, exit codes and the JSON file."""

from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result
from cobrowse_cli import explore as command
from cobrowse_cli.explore import Report, explore_command
from cobrowse_cli.main import cobrowse
from cobrowse_spec.explore import Broken, Exploration, Missing


def run(*arguments: str | Path) -> Result:
    """What comes of the command."""
    return CliRunner().invoke(explore_command, [str(one) for one in arguments], standalone_mode=False)


#: An exploration that went well.
GOOD = Exploration(
    states=2,
    transitions=1_234_567,
    depth=3,
    letters=9,
    closed=True,
    cells=7,
    unreached=(Missing("pending x Click", "nobody is there"),),
    idle_guards=(),
    refusals={"JOIN-4 session_full": 3},
    held={"START-1": 4},
    unexercised=(Missing("JOIN-8", "the lobby's"),),
    violated={},
    violations=(),
)


def found(patch: pytest.MonkeyPatch, exploration: Exploration) -> None:
    """Let the command find this."""
    patch.setattr(command, "explore", lambda **bounds: exploration)


def test_it_is_mounted() -> None:
    """As a subcommand of the one command."""
    assert explore_command is cobrowse.commands["explore"]


def test_a_shallow_exploration_says_what_it_did_not_meet() -> None:
    """Exit code 2: nothing is broken, and not everything was met."""
    result = run("--depth", "1")

    assert 2 == result.return_value
    assert "depth" in result.output
    assert "WRITE-1: NO REASON IS KNOWN" in result.output
    assert "No rule is broken" in result.output


def test_a_bound_on_transitions_is_kept(tmp_path: Path) -> None:
    """And the JSON file says how far it went, how long it took and how fast it was."""
    file = tmp_path / "found.json"
    result = run("--transitions", "500", "--json", file)
    report = msgspec.json.decode(file.read_bytes(), type=Report)

    assert f"Written: {file}" in result.output
    assert 500 <= report.exploration.transitions < 1_000
    assert report.seconds > 0
    assert report.transitions_per_s == pytest.approx(report.exploration.transitions / report.seconds)


def test_when_everything_was_met_the_exit_code_is_0(monkeypatch: pytest.MonkeyPatch) -> None:
    """What could not be met is listed with its reason."""
    found(monkeypatch, GOOD)
    result = run()

    assert 0 == result.return_value
    assert "1,234,567" in result.output
    assert "6 of 7 reached" in result.output
    assert "1 of 2 exercised" in result.output
    assert "pending x Click: nobody is there" in result.output
    assert "No rule is broken, and everything was met." in result.output


def test_a_broken_rule_is_shown_with_its_path_and_the_exit_code_is_1(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the words of a feature."""
    lines = ("Given a session", "When the agent starts a session", "Then START-1 is broken: it began")
    broken = (Broken("START-1", "it began", lines),)
    found(monkeypatch, msgspec.structs.replace(GOOD, violated={"START-1": 12}, violations=broken))
    result = run()

    assert 1 == result.return_value
    assert "\n  ".join(lines) in result.output
    assert "Broken: START-1 (12 times)" in result.output


@pytest.mark.parametrize("bound", [("--depth", "-1"), ("--transitions", "0"), ("--transitions", "many")])
def test_bounds_that_make_no_sense_are_refused(bound: tuple[str, str]) -> None:
    """Before anything is explored."""
    result = CliRunner().invoke(explore_command, list(bound))

    assert 2 == result.exit_code
    assert "Invalid value" in result.output


def test_a_file_in_no_folder_is_refused_before_the_work_is_done(tmp_path: Path) -> None:
    """Not after a minute or two."""
    result = CliRunner().invoke(explore_command, ["--json", str(tmp_path / "nowhere" / "found.json")])

    assert 2 == result.exit_code
    assert "there is no folder" in result.output

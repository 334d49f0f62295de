"""The one command: its subcommands are there, and each brings only what it needs."""

import subprocess
import sys

import click
import pytest
from cobrowse_cli.main import cobrowse, main


@pytest.mark.parametrize("name", list(cobrowse.commands))
def test_every_subcommand_can_be_loaded_and_has_its_own_name(name: str) -> None:
    """What the help lists is there, and is what it says."""
    command = cobrowse.commands[name]

    assert name == command.name
    assert command.get_short_help_str()


def test_the_help_lists_every_subcommand(capsys: pytest.CaptureFixture[str]) -> None:
    """Each in a line with what it does."""
    with pytest.raises(SystemExit):
        main(["--help"])
    listed = capsys.readouterr().out.partition("Commands:\n")[2].splitlines()

    assert sorted(cobrowse.commands) == [line.split()[0] for line in listed if line.strip()]
    assert all(len(line.split()) > 1 for line in listed if line.strip())


def test_a_mistyped_subcommand_is_an_error_that_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    """Wrong usage has its own exit code."""
    with pytest.raises(SystemExit) as ended:
        main(["confrom"])

    assert 4 == ended.value.code
    assert "Did you mean 'conform'?" in capsys.readouterr().err


def test_a_name_that_is_no_subcommand_is_none() -> None:
    """Click asks so, and makes an error of it."""
    assert cobrowse.get_command(click.Context(cobrowse), "nothing") is None


@pytest.mark.parametrize(
    "name, spared", [("serve", "cobrowse_conformance"), ("rules", "cobrowse_server"), ("conform", "quart")]
)
def test_a_subcommand_does_not_import_what_others_need(name: str, spared: str) -> None:
    """So that the server that is judged, and whoever judges it, start fast."""
    program = f"import sys; from cobrowse_cli.main import cobrowse; cobrowse.commands[{name!r}]"
    loaded = subprocess.run(
        [sys.executable, "-c", f"{program}; print({spared!r} in sys.modules)"],
        check=True,
        capture_output=True,
        text=True,
    )

    assert "False" == loaded.stdout.strip()

"""``cobrowse``: the one command.

Each subcommand is a module of its own; this one puts them together and turns what can go wrong in
the user's hands into a message and an exit code.  A subcommand is imported when it is asked for, so that
each starts as fast as what it needs.
"""

import importlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import click
from typing_extensions import override

from .collector import no_collecting

#: Exit codes of commands that judge: 4 is the user's error, as 2 is an incomplete run.
USAGE_ERROR = 4
INTERRUPTED = 130

#: Where each subcommand stands: module and name in it.
_PLACES: Final = {
    "bench": "bench:bench",
    "capacity": "capacity:capacity",
    "check-trace": "check_trace:check_trace",
    "ci": "ci:ci",
    "compare": "compare:compare_command",
    "conform": "conform:conform",
    "demo": "demo:demo",
    "explore": "explore:explore_command",
    "faults": "faults_command:faults",
    "policy": "policy:policy",
    "profile": "profile:profile",
    "receipt": "receipt:receipt",
    "replay": "replay:replay",
    "rules": "rules:rules",
    "serve": "serve:serve",
    "simulate": "simulate:simulate",
    "testsite": "testsite:testsite",
}


class _Commands(Mapping[str, click.Command]):
    """The subcommands by name, each imported when it is looked up."""

    @override
    def __getitem__(self, name: str) -> click.Command:
        module, _, attribute = _PLACES[name].partition(":")
        with no_collecting():
            command = getattr(importlib.import_module(f"{__package__}.{module}"), attribute)
        assert isinstance(command, click.Command)
        return command

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(_PLACES)

    @override
    def __len__(self) -> int:
        return len(_PLACES)


@click.group(commands=_Commands(), context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="cobrowse-kit", prog_name="cobrowse")
def cobrowse() -> None:
    """The rules of co-browsing, executable.

    In a co-browse session a support agent sees, and with the customer's approval uses, the web page that
    the customer has open. This command judges implementations by the rules of such sessions.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit."""
    try:
        code = cobrowse.main(args=arguments, prog_name="cobrowse", standalone_mode=False)
    except click.UsageError as error:
        error.show()
        sys.exit(USAGE_ERROR)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        sys.exit(INTERRUPTED)
    sys.exit(code if isinstance(code, int) else 0)

"""``cobrowse``: the one command.

Each subcommand is a module of its own; this one puts them together and turns what can go wrong in
the user's hands into a message and an exit code.
"""

import sys
from collections.abc import Sequence

import click

from .bench import bench
from .check_trace import check_trace
from .conform import conform
from .demo import demo
from .explore import explore_command
from .faults_command import faults
from .policy import policy
from .receipt import receipt
from .rules import rules
from .serve import serve

#: Exit codes of commands that judge: 4 is the user's error, as 2 is an incomplete run.
USAGE_ERROR = 4
INTERRUPTED = 130


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="cobrowse-kit", prog_name="cobrowse")
def cobrowse() -> None:
    """The rules of co-browsing, executable.

    In a co-browse session a support agent sees, and with the customer's approval uses, the web page that
    the customer has open. This command judges implementations by the rules of such sessions.
    """


for command in (conform, check_trace, rules, policy, receipt, explore_command, faults, serve, demo, bench):
    cobrowse.add_command(command)


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

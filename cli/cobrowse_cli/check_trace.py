"""``cobrowse check-trace``: judge a trace that somebody has recorded."""

from pathlib import Path

import click
from cobrowse_conformance.reports.traces import print_check
from cobrowse_conformance.verdicts import Exit
from cobrowse_spec.integrity import flaws
from cobrowse_spec.rules import Status, judge
from cobrowse_spec.trace import TraceError, read_trace
from rich.console import Console


@click.command("check-trace")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def check_trace(*, file: Path) -> int:
    """Judge the trace in FILE (JSON lines) by every invariant of the rulebook.

    Exit codes: 0 no rule broken, 1 a rule broken, 2 truncated, no true record or nothing exercised, 4 no trace.
    """
    try:
        trace = read_trace(file)
    except (TraceError, UnicodeDecodeError) as error:
        raise click.UsageError(f"{file} is no trace: {error}") from None
    judgements, wrong = judge(trace), flaws(trace)
    print_check(Console(), trace, judgements, wrong)
    found = {judgement.status for judgement in judgements.values()}
    if Status.VIOLATED in found:
        return Exit.NOT_CONFORMANT
    sound = trace.complete and not wrong
    return Exit.CONFORMANT if sound and Status.HELD in found else Exit.INCOMPLETE

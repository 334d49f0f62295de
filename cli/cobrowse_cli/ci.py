"""``cobrowse ci``: what a CI job does with a product, as one command: start it, wait for it, judge it, write every report.

Order: the command, the product, waiting for it, what the CI system is told.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import IO, Final

import click
import httpx
import trio
from cobrowse_conformance.reports.markdown import escaped
from cobrowse_conformance.verdicts import Exit

from .conform import conform

#: Seconds that a product has to answer, where none are given.
START_S: Final = 60.0
#: Seconds that it has to end after SIGTERM, before it is killed.
STOP_S: Final = 10.0
#: How often it is asked meanwhile, in seconds: nothing tells when somebody else's server begins to listen.
POLL_S: Final = 0.2

#: The reports, by the option of ``cobrowse conform`` and the file's name.
REPORTS: Final = {
    "--html": "report.html",
    "--json": "report.json",
    "--junit": "junit.xml",
    "--markdown": "summary.md",
    "--badge": "badge.json",
    "--messages": "messages.ndjson",
}

#: Where the product's own words go.
LOG: Final = "product.log"

#: The file to which GitHub wants a job's summary appended.
SUMMARY_VARIABLE: Final = "GITHUB_STEP_SUMMARY"


class NotUp(Exception):
    """The product does not answer, and what is known of why."""


@click.command(context_settings={"ignore_unknown_options": True})
@click.option(
    "--start", metavar="COMMAND", help="A shell command that runs the product; else it runs already."
)
@click.option(
    "--wait-for", "url", metavar="URL", help="Begin as soon as this address answers, whatever it says."
)
@click.option(
    "--within",
    "within_s",
    type=click.FloatRange(min=0, min_open=True),
    default=START_S,
    show_default=True,
    metavar="SECONDS",
    help="How long that may take.",
)
@click.option(
    "--reports",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("cobrowse-reports"),
    show_default=True,
    metavar="FOLDER",
    help=f"Where all reports are written, and {LOG}, what the product said.",
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[-- CONFORM ARGUMENTS]")
def ci(
    *, start: str | None, url: str | None, within_s: float, folder: Path, arguments: tuple[str, ...]
) -> int:
    """Start a product, judge it by the rulebook, and write every report: for a CI job.

    What stands after `--` goes to `cobrowse conform`. On GitHub the summary is shown with the job.

    Exit codes: as of `cobrowse conform`; 2 where the product does not answer.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in (*REPORTS.values(), LOG):  # what an earlier run has left is not this one's
        (folder / name).unlink(missing_ok=True)
    files = [word for option, name in REPORTS.items() for word in (option, str(folder / name))]
    try:
        with _product(start, folder / LOG) as process:
            if url is not None:
                trio.run(_wait_for, url, within_s, process)
            code = conform.main([*arguments, *files], "cobrowse conform", standalone_mode=False)
    except NotUp as error:
        hint = f"; what it said is in {folder / LOG}" if start is not None else ""
        click.echo(f"There is nothing to judge: {error}{hint}", err=True)
        _show(f"## There is nothing to judge\n\n{escaped(f'{error}{hint}')}\n")
        return Exit.INCOMPLETE
    summary = folder / REPORTS["--markdown"]
    _show(
        summary.read_text(encoding="utf-8")
        if summary.exists()
        else "## There is nothing to judge\n\nThe job's log says why.\n"
    )
    return int(code or 0)


# The product


@contextmanager
def _product(command: str | None, log: Path) -> Iterator[subprocess.Popen[bytes] | None]:
    """The product, for the length of a block: a process group of its own, so that nothing of it is left."""
    if command is None:
        yield None
        return
    with log.open("wb") as said, _ended_by_sigterm():
        process = _started(command, said)
        try:
            yield process
        finally:
            _stop(process)


def _started(command: str, said: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S602 -- the user's own command, in the user's own shell
        command,
        shell=True,
        stdin=subprocess.DEVNULL,
        stdout=said,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the product and all that it has started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOP_S)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """A CI job that is called off takes the product along: SIGTERM ends the block as an exception does."""

    def end(number: int, frame: FrameType | None) -> None:
        sys.exit(128 + number)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


# Waiting for it


async def _wait_for(url: str, within_s: float, process: subprocess.Popen[bytes] | None) -> None:
    """Return as soon as an address answers; raises :class:`NotUp` in time, or when the product has ended."""
    last = "nothing was tried"
    with trio.move_on_after(within_s):
        async with httpx.AsyncClient(trust_env=False, timeout=within_s) as client:
            while True:
                try:
                    await client.get(url)
                    return
                except (httpx.HTTPError, httpx.InvalidURL) as error:
                    last = f"{type(error).__name__}: {error}"
                if process is not None and process.poll() is not None:
                    raise NotUp(
                        f"the product ended with exit code {process.returncode} before {url} answered"
                    )
                await trio.sleep(POLL_S)
    raise NotUp(f"{url} did not answer within {within_s:g} s ({last})")


# What the CI system is told


def _show(summary: str) -> None:
    """Append the summary to the file that GitHub names, where it names one."""
    shown = os.environ.get(SUMMARY_VARIABLE, "")
    if shown:
        with Path(shown).open("a", encoding="utf-8") as file:
            file.write(summary)

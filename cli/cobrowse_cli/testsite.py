"""``cobrowse testsite``: the conformance suite's own web site, for a person, with a product's snippet on its pages."""

import sys
from pathlib import Path

import click
import msgspec
import trio
from cobrowse_conformance.browser.site.pages import Marks
from cobrowse_conformance.browser.site.record import Submitted
from cobrowse_conformance.browser.site.server import TestSite, open_site

from .failures import in_words
from .stopping import stop_on_signals, stop_on_stdin

#: How many submissions may wait to be shown; the site itself keeps all of them.
_WAITING = 1000


class Ready(msgspec.Struct, frozen=True):
    """The one line that ``--ready-json`` prints."""

    url: str
    elsewhere: str


@click.command()
@click.option(
    "--snippet",
    "snippet_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File with the HTML that your product puts on each page, such as one script tag.",
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="Port of the site; 0 takes any free one."
)
@click.option(
    "--masked",
    metavar="ATTRIBUTES",
    default="",
    help="For a product that knows no selectors: attributes that mark what is masked, such as 'class=\"private-x\"'.",
)
@click.option("--disabled", metavar="ATTRIBUTES", default="", help="The same for what is inert for agents.")
@click.option(
    "--ready-json", is_flag=True, help="Print one JSON line when listening, then one for each submission."
)
@click.option("--until-stdin-closes", is_flag=True, help="Stop when standard input closes.")
def testsite(
    *,
    snippet_file: Path | None,
    port: int,
    masked: str,
    disabled: str,
    ready_json: bool,
    until_stdin_closes: bool,
) -> None:
    """Serve the conformance suite's own web site, with your product's snippet on each page.

    A bank with every kind of control, every place that masks must cover, and every way to submit a form; and
    other companies' sites. What is submitted shows here as it comes: fields by name, no values. Control-C stops it.
    """
    snippet = "" if snippet_file is None else _read(snippet_file)
    try:
        trio.run(_serve, snippet, port, Marks(masked, disabled), ready_json, until_stdin_closes)
    except BaseException as error:
        raise in_words(error, (OSError,), "the test site could not be served") from None


def _read(file: Path) -> str:
    """The snippet in a file; a click error says why it cannot be read, and nothing of what is in it."""
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise click.UsageError(f"the snippet {file} is no UTF-8 text") from None
    except OSError as error:
        raise click.UsageError(f"the snippet {file} cannot be read: {error.strerror}") from None


async def _serve(snippet: str, port: int, marks: Marks, ready_json: bool, until_stdin_closes: bool) -> None:
    send, receive = trio.open_memory_channel[Submitted](_WAITING)
    token = trio.lowlevel.current_trio_token()

    def tell(submitted: Submitted) -> None:
        """In the site's own thread."""
        try:
            token.run_sync_soon(_pass_on, send, submitted)
        except trio.RunFinishedError:
            return  # it came as the command stopped

    async with trio.open_nursery() as nursery:
        await nursery.start(stop_on_signals, nursery.cancel_scope)
        if until_stdin_closes:
            nursery.start_soon(stop_on_stdin, nursery.cancel_scope)
        async with open_site(snippet, port=port, marks=marks) as site:
            site.record.tell = tell
            _say(site, has_snippet=bool(snippet), ready_json=ready_json)
            async for submitted in receive:
                _show(submitted, ready_json=ready_json)


def _pass_on(send: trio.MemorySendChannel[Submitted], submitted: Submitted) -> None:
    try:
        send.send_nowait(submitted)
    except trio.WouldBlock:
        return  # more than anybody could read


def _say(site: TestSite, *, has_snippet: bool, ready_json: bool) -> None:
    if ready_json:
        click.echo(msgspec.json.encode(Ready(site.url, site.elsewhere)))
        sys.stdout.flush()
        return
    click.echo(f"The company's site:    {site.url}/apply" + ("" if has_snippet else "  (bare: no snippet)"))
    click.echo(f"  every control:       {site.url}/controls")
    click.echo(f"  every way to submit: {site.url}/ways")
    click.echo(f"  off the page:        {site.url}/tools  (downloads, files, print, permissions)")
    click.echo(f"Another company's:     {site.elsewhere}/offer")
    click.echo("What is submitted shows here. Control-C stops it.")


def _show(submitted: Submitted, *, ready_json: bool) -> None:
    if ready_json:
        click.echo(msgspec.json.encode(submitted._asdict()))
    else:
        fields = ", ".join(name for name in submitted.fields if name) or "no fields"
        click.echo(
            f"submitted: {submitted.form or 'no form'} by {submitted.request} from {submitted.page or '?'}: {fields}"
        )
    sys.stdout.flush()

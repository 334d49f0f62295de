"""``cobrowse demo``: a bank, its customer and its agent, in real browsers; or one session in the terminal."""

import secrets
import sys
import tempfile
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import click
import httpx
import msgspec
import trio
from cobrowse_conformance.targets import Target, TargetDown
from cobrowse_simulator.company.serving import Company, open_company, reserve
from cobrowse_simulator.demo.pace import Pace
from cobrowse_simulator.demo.show import show_demo
from cobrowse_simulator.demo.stage import DemoFailed
from cobrowse_simulator.links import LinkClosed, LinkRefused, LinkUnreachable
from rich.console import Console

from .failures import in_words
from .stopping import stop_on_signals, stop_on_stdin
from .targets import open_target

#: The largest seed that is drawn where none is given.
_SEEDS = 1_000_000

#: What a server may do in the middle of a demo that is no fault of this command.
_SERVERS_FAULTS = (DemoFailed, TargetDown, LinkClosed, LinkRefused, LinkUnreachable, httpx.HTTPError)


class Ready(msgspec.Struct, frozen=True):
    """The one line that ``--ready-json`` prints."""

    url: str
    controller_key: str
    bank: str
    elsewhere: str
    office: str
    agent: str
    credential: str


@click.command()
@click.option("--terminal", is_flag=True, help="Play one session in the terminal instead.")
@click.option("--seed", type=int, help="In the terminal: what names and places are drawn from.")
@click.option(
    "--slow/--fast",
    default=None,
    help="In the terminal: leave time to read (Enter goes on at once), or none. On a terminal slow, else fast.",
)
@click.option("--no-open", is_flag=True, help="Open no browser: only say where everything is.")
@click.option("--url", help="Show it with the server at this base URL, not the reference server.")
@click.option(
    "--controller-key-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File that holds that server's controller key. Else $COBROWSE_CONTROLLER_KEY.",
)
@click.option("--ready-json", is_flag=True, help="Print one JSON line when all is there, and nothing else.")
@click.option("--until-stdin-closes", is_flag=True, help="Stop when standard input closes.")
def demo(
    *,
    terminal: bool,
    seed: int | None,
    slow: bool | None,
    no_open: bool,
    url: str | None,
    controller_key_file: Path | None,
    ready_json: bool,
    until_stdin_closes: bool,
) -> None:
    """See co-browsing: a bank's site and an agent's workspace, side by side in your browser.

    Starts the reference server and a made-up bank on free ports of this machine, and opens one page that
    shows both sides. Control-C stops everything. With --terminal, a scripted customer and a scripted agent
    play one session and explain it, each step with its rule.
    """
    try:
        if terminal:
            _in_terminal(seed, slow)
        elif seed is not None or slow is not None:
            raise click.UsageError("--seed, --slow and --fast go with --terminal")
        else:
            trio.run(
                _in_browsers,
                url,
                controller_key_file,
                not (no_open or ready_json),
                ready_json,
                until_stdin_closes,
            )
    except BaseException as error:
        raise in_words(error, _SERVERS_FAULTS, "the demo broke off") from None


# In browsers


async def _in_browsers(
    url: str | None, key_file: Path | None, opens: bool, ready_json: bool, until_stdin_closes: bool
) -> None:
    async with trio.open_nursery() as nursery:
        await nursery.start(stop_on_signals, nursery.cancel_scope)
        if until_stdin_closes:
            nursery.start_soon(stop_on_stdin, nursery.cancel_scope)
        with reserve() as reserved:
            async with (
                _server(url, key_file, reserved.addresses.office) as target,
                open_company(reserved, target.url, target.controller_key) as company,
            ):
                await _require_web_client(target.url)
                _say(target, company, ready_json=ready_json)
                if opens:
                    await trio.to_thread.run_sync(webbrowser.open, company.addresses.office)
                await trio.sleep_forever()


@asynccontextmanager
async def _server(url: str | None, key_file: Path | None, office: str) -> AsyncIterator[Target]:
    """A server whose workspace the office may show beside the customer's page."""
    with tempfile.TemporaryDirectory(prefix="cobrowse-demo-") as folder:
        settings = Path(folder) / "server.toml"
        settings.write_text(f'frame_ancestors = ["{office}"]\n', encoding="utf-8")
        async with open_target(url, key_file, settings=settings) as target:
            yield target


async def _require_web_client(url: str) -> None:
    """Raise :class:`DemoFailed`, with what to do, where there is no workspace to show."""
    async with httpx.AsyncClient(trust_env=False) as http:
        answer = await http.get(f"{url}/workspace")
    if answer.status_code == 200:
        return
    try:
        why = answer.json()["message"]
    except (ValueError, KeyError, TypeError):
        why = f"{url}/workspace answers {answer.status_code}: this server has no workspace for agents."
    raise DemoFailed(why)


def _say(target: Target, company: Company, *, ready_json: bool) -> None:
    at, agent = company.addresses, company.agent
    if ready_json:
        ready = Ready(
            target.url, target.controller_key, at.bank, at.elsewhere, at.office, agent.name, agent.credential
        )
        click.echo(msgspec.json.encode(ready))
        sys.stdout.flush()
        return
    click.echo(f"Both sides on one page:  {at.office}")
    click.echo(f"The customer's site:     {at.bank}")
    click.echo(f"The agent's workspace:   {target.url}/workspace")
    click.echo(f"  {agent.name} signs in with: {agent.credential}")
    click.echo("Control-C stops everything.")


# In the terminal


def _in_terminal(seed: int | None, slow: bool | None) -> None:
    console = Console(highlight=False)
    pace = Pace(
        slow=console.is_terminal if slow is None else slow,
        keyboard=sys.stdin if sys.stdin.isatty() else None,
    )
    trio.run(_play, console, secrets.randbelow(_SEEDS) if seed is None else seed, pace)


async def _play(console: Console, seed: int, pace: Pace) -> None:
    async with open_target(None, None) as target:
        await show_demo(console, target.url, target.controller_key, seed=seed, pace=pace)

"""``cobrowse demo``: watch one co-browse session, step by step."""

import secrets
import sys

import click
import httpx
import trio
from cobrowse_conformance.targets import TargetDown
from cobrowse_simulator.demo.pace import Pace
from cobrowse_simulator.demo.show import show_demo
from cobrowse_simulator.demo.stage import DemoFailed
from cobrowse_simulator.links import LinkClosed, LinkRefused, LinkUnreachable
from rich.console import Console

from .failures import in_words
from .targets import open_target

#: The largest seed that is drawn where none is given.
_SEEDS = 1_000_000

#: What a server may do in the middle of a demo that is no fault of this command.
_SERVERS_FAULTS = (DemoFailed, TargetDown, LinkClosed, LinkRefused, LinkUnreachable, httpx.HTTPError)


@click.command()
@click.option("--seed", type=int, help="What names and places are drawn from; else one is drawn.")
@click.option(
    "--slow/--fast",
    default=None,
    help="Leave time to read, or none. On a terminal slow (Enter goes on at once), else fast.",
)
def demo(*, seed: int | None, slow: bool | None) -> None:
    """Watch one co-browse session, step by step, each with the rule that it shows.

    Starts the reference server; a scripted customer and a scripted agent meet there over real
    WebSockets.
    """
    console = Console(highlight=False)
    pace = Pace(
        slow=console.is_terminal if slow is None else slow,
        keyboard=sys.stdin if sys.stdin.isatty() else None,
    )
    try:
        trio.run(_run, console, secrets.randbelow(_SEEDS) if seed is None else seed, pace)
    except BaseException as error:
        raise in_words(error, _SERVERS_FAULTS, "the demo broke off") from None


async def _run(console: Console, seed: int, pace: Pace) -> None:
    async with open_target(None, None) as target:
        await show_demo(console, target.url, target.controller_key, seed=seed, pace=pace)

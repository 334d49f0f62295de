"""Products that are judged in real browsers: by their profiles.

What drives browsers is loaded only when it is needed: over the wire nothing of it is.
"""

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
import trio
from cobrowse_conformance.reports.terminal import Progress
from cobrowse_conformance.results import Run
from cobrowse_conformance.runner import Selection
from cobrowse_conformance.targets import TargetDown
from rich.console import Console

from .stopping import stop_on_signals

if TYPE_CHECKING:
    from cobrowse_conformance.browser.brands import Brand
    from cobrowse_conformance.browser.profile import Profile

#: The browsers that can be used, the usual one first.
BROWSERS: Final = ("chromium", "firefox")


class NoBrowsers(Exception):
    """This machine cannot drive a browser; says what to install."""


def reference_profile() -> Path:
    """The profile of the reference server, which the suite brings along."""
    return Path(str(files("cobrowse_conformance") / "profiles" / "reference.toml"))


def judge_in_browsers(
    file: Path | None,
    selection: Selection,
    command: str,
    seed: int,
    repeats: int,
    console: Console,
    pairs: int | None = None,
    browser: str = BROWSERS[0],
) -> Run:
    """Judge the product of a profile, or the reference server; where it is down the run says so, and decides nothing.

    Raises :class:`NoBrowsers`, and ``click.Abort`` where SIGTERM or SIGINT has come: browsers and product are stopped first.
    """
    brand = brand_named(browser)
    from cobrowse_conformance.browser.playing import PAIRS  # noqa: PLC0415 -- needs Selenium
    from cobrowse_conformance.browser.running import not_judged, run_in_browsers  # noqa: PLC0415 -- needs Selenium

    profile = profile_in(file or reference_profile())

    async def judge() -> Run | None:
        found = None
        async with trio.open_nursery() as nursery:
            await nursery.start(stop_on_signals, nursery.cancel_scope)
            with Progress(console) as progress:
                found = await run_in_browsers(
                    profile,
                    selection,
                    seed=seed,
                    command=command,
                    told=progress.told,
                    repeats=repeats,
                    pairs=pairs or PAIRS,
                    brand=brand,
                )
            nursery.cancel_scope.cancel()
        return found

    down: list[str] = []
    found = None
    try:
        found = trio.run(judge)
    except* TargetDown as errors:
        down += [str(error) for error in _all(errors)]
    if down:
        return not_judged(profile, selection, "; ".join(down), seed=seed, command=command)
    if found is None:
        raise click.Abort  # by a signal; browsers and product have been stopped
    return found


def _all(errors: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    for error in errors.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _all(error)
        else:
            yield error


def profile_in(file: Path) -> "Profile":
    """The profile in a file; a click error says what is wrong with it, and where."""
    from cobrowse_conformance.browser.profile import ProfileError, read_profile  # noqa: PLC0415 -- needs Selenium

    try:
        return read_profile(file)
    except ProfileError as error:
        raise click.UsageError(str(error)) from None


def brand_named(name: str) -> "Brand":
    """One of :data:`BROWSERS`; raises :class:`NoBrowsers` where Selenium, the browser or its driver is missing."""
    try:
        from cobrowse_conformance.browser.brands import BRANDS  # noqa: PLC0415 -- needs Selenium
        from cobrowse_simulator.browsers.browser import NoBrowser  # noqa: PLC0415 -- the same
    except ImportError:
        raise NoBrowsers(
            "real browsers are driven by Selenium: pip install 'cobrowse-kit[browser]'"
        ) from None
    try:
        BRANDS[name].find()
    except NoBrowser as missing:
        raise NoBrowsers(str(missing)) from None
    return BRANDS[name]


#: How a command takes the make of browser that both people of a story sit before.
browser_option = click.option(
    "--browser",
    type=click.Choice(BROWSERS),
    default=BROWSERS[0],
    show_default=True,
    help="What both people sit before. What goes over the network can be read in Chromium only: what needs it is "
    "not decided in Firefox.",
)

"""``cobrowse profile``: profiles of products that are judged in real browsers."""

from pathlib import Path
from typing import TYPE_CHECKING

import click
import trio
from cobrowse_conformance.targets import TargetDown
from cobrowse_conformance.verdicts import Exit
from rich.console import Console
from rich.text import Text

from .products import NoBrowsers, brand_named, browser_option, profile_in

if TYPE_CHECKING:
    from cobrowse_conformance.browser.check import Checked


@click.group()
def profile() -> None:
    """Profiles: what the suite has to know of a product to judge it in real browsers."""


@profile.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@browser_option
def check(file: Path, browser: str) -> int:
    """Try each locator of the profile in FILE against the running product, and say what is missing.

    A short session is led through its states, and every control looked for in each.

    Exit codes: 0 everything was found, 1 something is missing, 2 the product cannot be reached, 3 this machine has no
    browser, 4 wrong usage.
    """
    try:
        brand = brand_named(browser)
    except NoBrowsers as missing:
        click.echo(str(missing), err=True)
        return Exit.HARNESS_ERROR
    from cobrowse_conformance.browser.check import check as check_profile  # noqa: PLC0415 -- needs Selenium

    given = profile_in(file)
    found = None
    try:
        found = trio.run(check_profile, given, brand)
    except* TargetDown as errors:
        click.echo(f"There is nothing to look at: {_first(errors)}", err=True)
    if found is None:
        return Exit.INCOMPLETE
    _print(Console(), found)
    return Exit.CONFORMANT if found.is_good else Exit.NOT_CONFORMANT


def _print(console: Console, found: "Checked") -> None:
    for one in found.controls:
        name = f"{one.name}{' (mandatory)' if one.mandatory else ''}"
        if one.shown_in:
            _line(console, "shown", "green", name, f"in: {one.shown_in}")
        else:
            _line(
                console, "missing", "red", name, f"{one.locator.words}; looked in: {', '.join(one.looked_in)}"
            )
    for name in found.unmapped:
        _line(console, "not mapped", "dim", name, "what needs it is not judged")
    for side, state, text in found.unexplained:
        _line(
            console,
            "no words",
            "yellow",
            f"{side}.state",
            f"{text!r} in: {state}; say in [{side}.words] what it means",
        )
    if found.stopped_at:
        _line(console, "stopped", "red", found.stopped_at, found.because)
    missing = sum(1 for one in found.controls if not one.shown_in)
    console.print(
        f"{len(found.controls) - missing} of {len(found.controls)} controls were found.", highlight=False
    )


def _from_to(states: tuple[str, ...]) -> str:
    first, last = states[0], states[-1]
    return f"in: {first}" if len(states) == 1 else f"in {len(states)} states, from: {first}, to: {last}"


def _line(console: Console, sign: str, style: str, name: str, what: str) -> None:
    console.print(Text.assemble((f"{sign:<11}", style), f"{name:<36} ", (what, "dim")), soft_wrap=True)


def _first(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    error = errors.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error

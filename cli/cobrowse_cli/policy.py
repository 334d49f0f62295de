"""``cobrowse policy``: check a policy file, ask why something is hidden, bring one over from elsewhere.

Order: the group, check, explain, import, what they share.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urljoin, urlsplit

import click
from cobrowse_simulator.mirror import LEFT_OUT, PLACEHOLDERS
from cobrowse_simulator.page import Page, is_submit_button, path_up
from cobrowse_simulator.restrictions import Cause, Chosen, CompiledPolicy, read_selector, why
from cobrowse_spec.policy import Policy, PolicyError, is_on_site, line_in_page, parse_policy
from lxml.etree import ParserError
from lxml.html import HtmlElement
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from .policy_check import check as check_policy
from .policy_import import ImportRefused, as_toml, read_restrictions, summary

_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)

#: Exit codes. Others are click's and the command line's own.
FAULTY: Final = 1
INCOMPLETE: Final = 2


@click.group()
def policy() -> None:
    """Check and explain what administrators decide (spec/POLICY.md says how to write it)."""


# Check


@policy.command()
@click.argument("file", type=_FILE)
@click.option(
    "--page", "pages", multiple=True, metavar="URL=FILE", help="A page of the site, as HTML. Repeatable."
)
@click.option("--strict", is_flag=True, help="Let warnings fail as well.")
def check(*, file: Path, pages: tuple[str, ...], strict: bool) -> None:
    """Say what is wrong in the policy FILE, and what hardly can be meant.

    With pages of the site it also finds selectors that match nothing, submits allowed on what is no
    button, and disabled links whose target agents can still open by its address.

    Exit codes: 0 usable, 1 errors (with --strict, warnings too), 4 wrong usage.
    """
    text = _text(file)
    checked = check_policy(text, _pages(pages, text))
    for found in checked.findings:
        where = f"{file}:{found.line}" if found.line else str(file)
        click.echo(f"{where}: {found.severity}: {found.what}\n    {found.do}")
    warnings = len(checked.findings) - checked.errors
    click.echo(f"{_count(checked.errors, 'error')}, {_count(warnings, 'warning')}")
    if checked.untried:
        click.echo(f"not tried, for want of a page at their path: {_count(checked.untried, 'page rule')}")
    if checked.errors or (strict and warnings):
        raise click.exceptions.Exit(FAULTY)


def _pages(given: tuple[str, ...], text: str) -> list[Page]:
    """The pages that are named as URL=FILE; nothing is fetched."""
    try:
        read = parse_policy(text)
    except PolicyError:
        read = Policy()  # the check says what is wrong with it
    found = []
    for one in given:
        url, equals, file = one.partition("=")
        if not equals or not url or not Path(file).is_file():
            raise click.UsageError(f"--page {one}: write URL=FILE, with a file that is there")
        found.append(_page(_address(read, url), Path(file)))
    return found


def _count(number: int, what: str) -> str:
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"


# Explain


@policy.command()
@click.argument("file", type=_FILE)
@click.option("--page", "html", type=_FILE, required=True, help="The page, as HTML.")
@click.option("--url", default="/", show_default=True, help="Its address, or its path on the site.")
@click.option("--selector", required=True, help="Which elements to explain, as a CSS selector.")
def explain(*, file: Path, html: Path, url: str, selector: str) -> None:
    """Say of elements of a page why agents see and use them, or do not, under the policy FILE.

    Exit codes: 0 explained, 1 no such element, or a policy that cannot be used, 4 wrong usage.
    """
    text = _text(file)
    try:
        rules = CompiledPolicy(parse_policy(text))
    except PolicyError as error:
        raise click.ClickException(f"{file}: {error}") from None
    try:
        select = read_selector(selector)
    except PolicyError as error:
        raise click.UsageError(f"--selector: {error}") from None
    page = _page(_address(rules.policy, url), html)
    found = [one for one in select(page.root) if isinstance(one.tag, str)]
    if not found:
        raise click.ClickException(f"{selector!r} matches nothing in {html}")
    console = Console(highlight=False)
    if not is_on_site(rules.policy, page.url):
        console.print(Text(f"{page.url} is not on the site: nothing of it leaves, whatever stands below."))
    table = Table("element", "agents", "because", "where", box=box.SIMPLE_HEAD, pad_edge=False)
    for element in found:
        for row in _rows(rules, page, element, file, text):
            table.add_row(*map(Text, row))
    console.print(table)


#: What each thing that holds of an element means for agents.
_MEANING: Final = {
    "block": "blocked: see an empty box of its size",
    "secret": "secret: see **** and cannot change it",
    "mask": "masked: see asterisks and cannot change it",
    "disable": "disabled: see it and cannot use it",
    "allow_submit": "allowed: see it and may press it",
}

_BUILT_IN: Final = {
    "password": "it is a password input, which no rule can show (MASK-3)",
    "autocomplete": "its autocomplete attribute says that it holds a secret (MASK-9)",
    "hidden": "it is a hidden input, whose value is never sent",
    "file": "it is a file input, whose value is never sent",
}


def _rows(
    rules: CompiledPolicy, page: Page, element: HtmlElement, file: Path, text: str
) -> Iterator[tuple[str, str, str, str]]:
    """One row for each cause, the strictest first; the element's name and what holds stand in the first."""
    name = _label(element)
    not_mirrored = next((one for one in path_up(element) if one.tag in LEFT_OUT | PLACEHOLDERS), None)
    if not_mirrored is not None:
        is_left_out = not_mirrored.tag in LEFT_OUT
        holds = "not mirrored: see nothing of it" if is_left_out else _MEANING["block"]
        yield name, holds, f"<{not_mirrored.tag!s}> cannot be mirrored safely (MASK-12)", "built in"
        return
    causes = why(rules, page, element)
    for cause in causes:
        first = cause is causes[0]
        because, where = _because(rules, cause, element, file, text)
        yield (name if first else ""), (_holds(cause) if first else "also " + cause.key), because, where
    if not causes:
        blocked = any(is_submit_button(one) for one in path_up(element))
        holds = (
            "visible: see it and cannot submit with it"
            if blocked
            else "visible: see it, and use it in Write Mode"
        )
        because = (
            "no agent act submits, unless allow_submit names the button (SUBMIT-1)"
            if blocked
            else "no rule says else"
        )
        yield name, holds, because, "built in" if blocked else ""


def _holds(cause: Cause) -> str:
    return "value hidden: see no value of it" if cause.by in ("hidden", "file") else _MEANING[cause.key]


def _because(
    rules: CompiledPolicy, cause: Cause, element: HtmlElement, file: Path, text: str
) -> tuple[str, str]:
    if not isinstance(cause.by, Chosen):
        return _BUILT_IN[cause.by], "built in"
    by = cause.by
    who = "it" if cause.at is element else f"{_label(cause.at)}, in which it stands,"
    line = line_in_page(text, by.rule, by.key, by.selector)
    return (
        f"{who} matches {by.key} {by.selector!r} on pages {rules.policy.pages[by.rule].path}",
        f"{file.name}:{line}",
    )


def _label(element: HtmlElement) -> str:
    """An element as its tag, ID and name; nothing that is written on the page."""
    named = (f' {key}="{element.get(key)}"' for key in ("id", "name") if element.get(key))
    return f"<{element.tag!s}{''.join(named)}>"


# Import


@policy.command("import")
@click.argument("file", type=_FILE)
def import_(*, file: Path) -> None:
    """Write the DOM restrictions in FILE (XML, as of Genesys Co-browse) as a policy, to standard output.

    What could not be carried over is reported on standard error. A set of restrictions whose addresses are
    no pattern holds on every page: masked too much rather than too little.

    Exit codes: 0 all carried over, 1 not read at all, 2 something left out, 4 wrong usage.
    """
    try:
        imported = read_restrictions(file.read_bytes())
    except ImportRefused as error:
        raise click.ClickException(f"{file}: {error}") from None
    click.echo(as_toml(imported, file.name), nl=False)
    for line in summary(imported.remarks, str(file)):
        click.echo(line, err=True)
    if not imported.complete:
        raise click.exceptions.Exit(INCOMPLETE)


# What they share


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise click.ClickException(f"{file}: a policy is UTF-8 text") from None


def _page(url: str, file: Path) -> Page:
    try:
        return Page(url, file.read_text(encoding="utf-8", errors="replace"))
    except ParserError:
        raise click.UsageError(f"{file} holds no HTML") from None


def _address(read: Policy, url: str) -> str:
    """A whole address; a path is one of the site's first exact origin."""
    if urlsplit(url).scheme:
        return url
    home = next((one for one in read.site if "*" not in one), "https://no-site.invalid")
    return urljoin(home + "/", url)

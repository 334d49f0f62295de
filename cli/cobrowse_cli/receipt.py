"""``cobrowse receipt``: is this receipt as it was written, and what does it say?  Asks nobody, needs no network.

Order: the group, verify, show, what they share.
"""

from datetime import timedelta
from pathlib import Path
from typing import Final

import click
from cobrowse_spec.receipt import Broken, Entry, NoReceipt, Receipt, Truncated, Verified, split, verify
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)

#: Exit codes; that of what is no receipt is the command line's for wrong usage.
INTACT: Final = 0
TAMPERED: Final = 1
UNSEALED: Final = 2


@click.group()
def receipt() -> None:
    """Verify and show what remains of a session (RECORD-1)."""


# Verify


@receipt.command("verify")
@click.argument("file", type=_FILE)
@click.option(
    "--key-file", type=_FILE, help="The server's receipt key: finds a receipt written anew as well."
)
def verify_receipt(*, file: Path, key_file: Path | None) -> int:
    """Say whether the receipt in FILE is as it was written, and if not, which line is the first that is not.

    Exit codes: 0 intact, 1 tampered with, 2 cut off or not sealed yet, 4 no receipt.
    """
    key = _key(key_file)
    found = _verify(file, key)
    if isinstance(found, Broken):
        click.echo(f"{file}:{found.line}: tampered with: {found.what}")
        return TAMPERED
    entries = _count(len(found.receipt.entries), "entry", "entries")
    if isinstance(found, Truncated):
        click.echo(f"{file}: {entries} intact, and no seal: the session went on, or the end was cut off")
        return UNSEALED
    click.echo(f"{file}: intact, {entries} and the seal")
    click.echo(f"last hash: {found.receipt.hash}")
    click.echo(_of_the_seal(found, keyed=bool(key)))
    return INTACT


def _of_the_seal(found: Verified, *, keyed: bool) -> str:
    if keyed:
        return "seal: made with this key"
    if found.has_mac:
        return "seal: made with a key, which was not checked (--key-file)"
    return "seal: made without a key, so all of it may have been written anew: compare the last hash"


# Show


@receipt.command()
@click.argument("file", type=_FILE)
def show(*, file: Path) -> int:
    """Show who did what when, and the pages visited, from the receipt in FILE; nothing of a broken one.

    Exit codes: as of verify.
    """
    found = _verify(file, b"")
    if isinstance(found, Broken):
        click.echo(f"{file}:{found.line}: tampered with: {found.what}", err=True)
        return TAMPERED
    console = Console()
    console.print(_heading(found.receipt))
    console.print(_table(found.receipt))
    if isinstance(found, Truncated):
        console.print("No seal: the session went on, or the end was cut off.")
        return UNSEALED
    return INTACT


def _heading(shown: Receipt) -> Text:
    """What the receipt is of, and how long the session took."""
    words = f"Receipt of {shown.header.interaction}" if shown.header.interaction else "Receipt of a session"
    first = shown.entries[0].at if shown.entries else ""
    return Text(_plain(f"{words}, {first[:10]} (UTC)" if first else words))


def _table(shown: Receipt) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for name in ("", "time", "who", "what", "for"):
        table.add_column(name, justify="right" if name in ("", "for") else "left", overflow="fold")
    for entry in shown.entries:
        at = entry.arrived or entry.at
        cells = (str(entry.n), at[11:].removesuffix("Z"), _who(entry), entry.words, _duration(entry.seconds))
        table.add_row(*(Text(_plain(cell)) for cell in cells))
    return table


def _who(entry: Entry) -> str:
    return f"{entry.who} {entry.name}".strip()


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return f"{seconds:.1f} s" if seconds < 60 else str(timedelta(seconds=round(seconds)))


# What they share


def _verify(file: Path, key: bytes) -> Verified | Truncated | Broken:
    # What is no UTF-8 comes through as surrogates, so that it is an error of its line.
    text = file.read_bytes().decode("utf-8", errors="surrogateescape")
    try:
        return verify(split(text), key)
    except NoReceipt:
        raise click.UsageError(f"{file} is no receipt: there is no line of one in it") from None


def _key(file: Path | None) -> bytes:
    if file is None:
        return b""
    key = file.read_bytes().strip()
    if not key:
        raise click.UsageError(f"{file} holds no key")
    return key


def _plain(text: str) -> str:
    """Without what moves a terminal's cursor."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"

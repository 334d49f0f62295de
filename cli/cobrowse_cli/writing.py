"""Files that a command is asked to write: whether they can be, before the work that they are about begins."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

_Content = TypeVar("_Content")


def writable(
    *chosen: tuple[Path | None, Callable[[_Content, Path], None]],
) -> list[tuple[Path, Callable[[_Content, Path], None]]]:
    """Which files to write, and how; a click error where there is no folder for one of them."""
    writers = []
    for file, write in chosen:
        if file is None:
            continue
        if not file.parent.is_dir():
            raise click.UsageError(f"there is no folder {file.parent} to write {file.name} to")
        writers.append((file, write))
    return writers

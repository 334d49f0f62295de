"""``python -m cobrowse_cli.generate``: write every document of the repository that is made from the code.

A generator takes the repository's root and returns what its files should hold; it writes nothing.
To add one, add it to :data:`GENERATORS`.
"""

from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Final

import click
import msgspec
from cobrowse_server.openapi import openapi
from cobrowse_spec.wire.documents import documents, guide

from .book.markdown import markdown
from .book.page import page

#: The root of the repository that this file stands in.
ROOT: Final = Path(__file__).resolve().parents[2]

_PROTOCOL: Final = "spec/protocol"

#: From the repository's root to its files (relative to it) and their texts.
Generator = Callable[[Path], Mapping[str, str]]


def wire_documents(root: Path) -> Mapping[str, str]:
    """The schemas and the AsyncAPI document of the protocol."""
    return {f"{_PROTOCOL}/{name}": text for name, text in documents().items()}


def protocol_guide(root: Path) -> Mapping[str, str]:
    """The protocol's guide: its prose as it stands, its made parts anew."""
    path = f"{_PROTOCOL}/README.md"
    return {path: guide((root / path).read_text(encoding="utf-8"))}


def server_openapi(root: Path) -> Mapping[str, str]:
    """The OpenAPI document of the reference server's REST part."""
    text = msgspec.json.format(msgspec.json.encode(openapi(version("cobrowse-kit")))).decode()
    return {"reference_server/openapi.json": text + "\n"}


def rulebook_documents(root: Path) -> Mapping[str, str]:
    """The rulebook to read: for GitHub, and as a page of its own."""
    return {"RULEBOOK.md": markdown(), "docs/rulebook.html": page()}


#: Every generator of the repository.
GENERATORS: Final[tuple[Generator, ...]] = (
    wire_documents,
    protocol_guide,
    server_openapi,
    rulebook_documents,
)


def stale(root: Path, generators: tuple[Generator, ...] = GENERATORS) -> dict[str, str]:
    """The files that are not what their generators say, with what they should hold."""
    made = {path: text for generator in generators for path, text in generator(root).items()}
    return {path: text for path, text in made.items() if _held(root / path) != text}


def _held(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; exit 1 and name the files that are stale.")
@click.option(
    "--root", type=click.Path(path_type=Path, file_okay=False, exists=True), default=ROOT, hidden=True
)
def generate(*, check: bool, root: Path) -> None:
    """Write the generated documents anew, those that have changed."""
    if not (root / "pyproject.toml").is_file():
        raise click.UsageError(f"{root} is not the repository: run this from a checkout")
    changed = stale(root)
    for path, text in changed.items():
        if check:
            click.echo(f"stale: {path} (make generate)", err=True)
            continue
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
        click.echo(f"wrote {path}")
    if check and changed:
        raise click.exceptions.Exit(1)


if __name__ == "__main__":
    generate()

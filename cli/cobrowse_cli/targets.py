"""Which target a command means: a URL, or the reference server, started for the occasion."""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import as_file, files
from pathlib import Path
from urllib.parse import urlsplit

import click
from cobrowse_conformance.outage import EmbeddedFragile
from cobrowse_conformance.targets import Target, embedded
from msgspec.structs import replace

#: Where the controller's key of a target is looked for.
KEY_VARIABLE = "COBROWSE_CONTROLLER_KEY"

REFERENCE = "the reference server"


def read_key(file: Path | None) -> str:
    """The controller's key, from a file or the environment; a click error says how to give one."""
    if file is not None:
        try:
            return _plain(file.read_text(encoding="utf-8").strip())
        except OSError as error:
            raise click.UsageError(f"cannot read the controller's key: {error}") from None
        except UnicodeDecodeError:
            return _plain("")
    key = os.environ.get(KEY_VARIABLE, "").strip()
    if not key:
        raise click.UsageError(
            f"the suite opens chats and calls at the target, so it needs the controller's key: "
            f"give --controller-key-file, or set {KEY_VARIABLE}"
        )
    return _plain(key)


def _plain(key: str) -> str:
    """The key, if it can be one; else nobody may quote it in an error (SECURE-6)."""
    if not key or not key.isascii() or not key.isprintable():
        raise click.UsageError("what was given as the controller's key is none: it is one line of ASCII")
    return key


@asynccontextmanager
async def open_target(
    url: str | None, key_file: Path | None, *, settings: Path | None = None
) -> AsyncIterator[Target]:
    """The target at a URL, or else the reference server and its scripted customer.

    That one runs with these settings, or with those that the suite judges it by.
    """
    if url is not None:
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
            raise click.UsageError(f"{url!r} is no target: give the base URL of a server, http://host:port")
        yield Target(url.rstrip("/"), read_key(key_file))
        return
    with as_file(files("cobrowse_conformance") / "embedded.toml") as judged:
        config = judged if settings is None else settings
        command = [sys.executable, "-m", "cobrowse_cli", "serve", "--config", str(config)]
        command += ["--ready-json", "--until-stdin-closes"]
        in_memory = [*command, "--port", "0", "--journal", "memory"]
        async with embedded(in_memory, ends=("server", "customer"), name=REFERENCE) as target:
            yield replace(target, fragile=EmbeddedFragile(tuple(command)))

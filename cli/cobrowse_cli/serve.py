"""``cobrowse serve``: run the reference server until told to stop."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import click
import msgspec
import trio
from cobrowse_server.bundle import NOT_BUILT
from cobrowse_server.config import (
    JOURNAL,
    KEY_VARIABLE,
    Settings,
    SettingsError,
    check,
    name_journal,
    name_policy,
    read_key,
    read_policy,
    read_settings,
)
from cobrowse_server.pages import SCRIPT, WORKSPACE
from cobrowse_server.serve import CannotListen, Serving
from cobrowse_server.serve import serve as run_server
from cobrowse_server.sqlite_file import JournalError
from msgspec.structs import replace

from .collector import tune_gc
from .stopping import stop_on_signals, stop_on_stdin


class Ready(msgspec.Struct, frozen=True):
    """The one line that ``--ready-json`` prints."""

    url: str
    controller_key: str
    #: The view's origin, which the workspace frames.
    view_url: str


@click.command()
@click.option("--host", help="Address to listen on; loopback unless you say otherwise.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on; 0 takes any free one.")
@click.option(
    "--view-port",
    type=click.IntRange(0, 65535),
    help="Port of the origin that shows mirrored pages to agents; 0, the default, takes any free one.",
)
@click.option(
    "--policy",
    "policies",
    multiple=True,
    metavar="[NAME=]FILE",
    help="A policy, as TOML; without a name the default one. Repeatable.",
)
@click.option("--config", "config_file", type=click.Path(path_type=Path), help="Settings, as TOML.")
@click.option(
    "--controller-key-file",
    type=click.Path(path_type=Path),
    help=f"File that holds the controller's key. Else ${KEY_VARIABLE}; else one is made and shown.",
)
@click.option(
    "--journal",
    metavar="FILE|memory",
    help=f"Where sessions survive a crash: an SQLite file, {JOURNAL} unless you say otherwise; or memory, "
    "where nothing does.",
)
@click.option("--ready-json", is_flag=True, help="Print one JSON line when listening, and nothing else.")
@click.option("--until-stdin-closes", is_flag=True, help="Stop when standard input closes.")
def serve(
    *,
    host: str | None,
    port: int | None,
    view_port: int | None,
    policies: tuple[str, ...],
    config_file: Path | None,
    controller_key_file: Path | None,
    journal: str | None,
    ready_json: bool,
    until_stdin_closes: bool,
) -> None:
    """Run the reference server. SIGTERM and SIGINT stop it gracefully."""
    try:
        settings = _settings(
            host=host,
            port=port,
            view_port=view_port,
            policies=policies,
            config_file=config_file,
            controller_key_file=controller_key_file,
            journal=journal,
        )
        made_key = not settings.controller_key

        def started(serving: Serving) -> None:
            tune_gc()
            _say(serving, settings.journal, ready_json=ready_json, made_key=made_key)

        trio.run(_run, settings, started, until_stdin_closes)
    except* (SettingsError, CannotListen, JournalError) as errors:
        raise click.ClickException(str(_first(errors))) from None


def _settings(
    *,
    host: str | None,
    port: int | None,
    view_port: int | None,
    policies: tuple[str, ...],
    config_file: Path | None,
    controller_key_file: Path | None,
    journal: str | None,
) -> Settings:
    """The settings file, then what the options say instead."""
    settings = read_settings(config_file) if config_file is not None else Settings(journal=JOURNAL)
    named = dict(settings.policies)
    for option in policies:
        name, path = name_policy(option)
        named[name] = read_policy(path)
    key = os.environ.get(KEY_VARIABLE, "").strip() or settings.controller_key
    if controller_key_file is not None:
        key = read_key(controller_key_file)
    settings = replace(
        settings,
        host=settings.host if host is None else host,
        port=settings.port if port is None else port,
        view_port=settings.view_port if view_port is None else view_port,
        policies=named,
        controller_key=key,
        journal=settings.journal if journal is None else name_journal(journal),
    )
    check(settings)
    return settings


def _say(serving: Serving, journal: Path | None, *, ready_json: bool, made_key: bool) -> None:
    if ready_json:
        click.echo(msgspec.json.encode(Ready(serving.url, serving.controller_key, serving.view_url)))
        sys.stdout.flush()
        return
    click.echo(f"Listening on {serving.url}")
    where = "in memory: a crash ends all sessions" if journal is None else f"in {journal}"
    click.echo(
        f"Journal {where}" + (f"; sessions recovered: {serving.recovered}" if serving.recovered else "")
    )
    if serving.has_web_client:
        click.echo(f"Workspace for agents: {serving.url}{WORKSPACE}")
        click.echo(f'On every page of the site: <script src="{serving.url}{SCRIPT}" defer></script>')
    else:
        click.echo(NOT_BUILT)
    if made_key:
        click.echo(f"Controller's key, shown this once: {serving.controller_key}")


async def _run(settings: Settings, started: Callable[[Serving], None], until_stdin_closes: bool) -> None:
    async with trio.open_nursery() as nursery:
        await nursery.start(stop_on_signals, nursery.cancel_scope)
        if until_stdin_closes:
            nursery.start_soon(stop_on_stdin, nursery.cancel_scope)
        await run_server(settings, started=started)
        nursery.cancel_scope.cancel()


def _first(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first single error in a group of groups."""
    error = errors.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error

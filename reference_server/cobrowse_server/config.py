"""Settings: how a server is run, from a TOML file and options.

Everything has a default that is safe on a loopback address; whatever cannot be read stops the start,
with the file and the line at fault (MASK-11).
"""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec
from cobrowse_spec.policy import PolicyError, origin_of, parse_policy
from cobrowse_spec.wire.rest import ThrottleLimits

from .policies import DEFAULT

#: The environment variable that may hold the controller's key.
KEY_VARIABLE: Final = "COBROWSE_CONTROLLER_KEY"
#: What stands for a journal that lives no longer than its server.
MEMORY: Final = "memory"
#: The journal of a server that is told of none, in the folder that it is started in.
JOURNAL: Final = Path("cobrowse.sqlite")
#: The shortest controller's key that is accepted.
MIN_KEY_LENGTH: Final = 16


class SettingsError(ValueError):
    """Settings that cannot be used: says which, why, and where."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a server is run."""

    host: str = "127.0.0.1"
    #: 0 takes a free port.
    port: int = 8080
    #: The port of the view's origin, which shows the mirror to agents (SECURE-5); 0 takes a free one.
    view_port: int = 0
    #: That origin as agents' browsers reach it, where a proxy stands before it; empty: as it listens.
    view_url: str = ""
    #: Empty: one is made, and known only to who starts the server.
    controller_key: str = ""
    #: Policies by name, each as its TOML text.
    policies: dict[str, str] = {}
    throttle: ThrottleLimits = ThrottleLimits()
    #: The file of the durable journal; None: in memory, so that nothing survives the server.
    journal: Path | None = None
    #: Origins of pages that may open agents' and controllers' sockets, besides the server's own (SECURE-3).
    workspace_origins: tuple[str, ...] = ()
    #: Origins of pages that may show the workspace in a frame, as a contact centre's desktop does.
    frame_ancestors: tuple[str, ...] = ()
    #: Seals receipts so that whoever has it can tell a forged one (RECORD-1); empty: they are sealed without.
    receipt_key: str = ""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A settings file.  Policies and the journal are named by their paths, relative to this file."""

    host: str = "127.0.0.1"
    port: int = 8080
    view_port: int = 0
    view_url: str = ""
    controller_key_file: str = ""
    receipt_key_file: str = ""
    journal: str = ""
    policies: dict[str, str] = {}
    throttle: ThrottleLimits = ThrottleLimits()
    workspace_origins: tuple[str, ...] = ()
    frame_ancestors: tuple[str, ...] = ()


def read_settings(path: Path) -> Settings:
    """Read a settings file and all that it names; raises :class:`SettingsError`."""
    text = _read(path, "settings")
    try:
        file = msgspec.convert(tomllib.loads(text), _File)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise SettingsError(f"{path}: {error}") from None
    policies = {name: read_policy(path.parent / where) for name, where in file.policies.items()}
    key = read_key(path.parent / file.controller_key_file) if file.controller_key_file else ""
    journal = name_journal(file.journal, path.parent) if file.journal else JOURNAL
    seal = read_key(path.parent / file.receipt_key_file, "receipt key") if file.receipt_key_file else ""
    settings = Settings(
        host=file.host,
        port=file.port,
        view_port=file.view_port,
        view_url=file.view_url,
        controller_key=key,
        policies=policies,
        throttle=file.throttle,
        journal=journal,
        workspace_origins=file.workspace_origins,
        frame_ancestors=file.frame_ancestors,
        receipt_key=seal,
    )
    try:
        check(settings)
    except SettingsError as error:
        raise SettingsError(f"{path}: {error}") from None
    return settings


def read_policy(path: Path) -> str:
    """The text of a policy file, once it has been read as a policy; raises :class:`SettingsError`."""
    text = _read(path, "policy")
    try:
        parse_policy(text)
    except PolicyError as error:
        raise SettingsError(f"{path}: {error}") from None
    return text


def read_key(path: Path, what: str = "controller key") -> str:
    """A key from a file that holds nothing else; raises :class:`SettingsError`."""
    return _read(path, what).strip()


def name_policy(option: str) -> tuple[str, Path]:
    """What ``--policy`` names: ``NAME=FILE``, or ``FILE`` for the default policy."""
    name, equals, file = option.partition("=")
    return (name, Path(file)) if equals and name else (DEFAULT, Path(option))


def name_journal(option: str, folder: Path = Path()) -> Path | None:
    """What ``--journal`` names: a file, or :data:`MEMORY`."""
    return None if option == MEMORY else folder / option


def check(settings: Settings) -> None:
    """Raise :class:`SettingsError` for settings that no server can be run with."""
    for name in ("port", "view_port"):
        if not 0 <= getattr(settings, name) <= 65535:
            raise SettingsError(f"{name} is from 0 to 65535")
    if settings.controller_key and len(settings.controller_key) < MIN_KEY_LENGTH:
        raise SettingsError(f"the controller key has {MIN_KEY_LENGTH} characters or more")
    if settings.receipt_key and len(settings.receipt_key) < MIN_KEY_LENGTH:
        raise SettingsError(f"the receipt key has {MIN_KEY_LENGTH} characters or more")
    for name, origin in _origins_in(settings):
        if origin_of(origin) is None:
            raise SettingsError(f"{name}: {origin!r} is no origin: write scheme://host[:port]")
    limits = settings.throttle
    if min(limits.per_agent, limits.per_address, limits.overall) < 1 or limits.window_s <= 0:
        raise SettingsError("throttle: limits are 1 or more, window_s more than 0")


def _origins_in(settings: Settings) -> Iterator[tuple[str, str]]:
    """Every origin that the settings name, with the setting that names it."""
    for name in ("workspace_origins", "frame_ancestors"):
        for origin in getattr(settings, name):
            yield name, origin
    if settings.view_url:
        yield "view_url", settings.view_url


def _read(path: Path, what: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"cannot read the {what} file {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"the {what} file {path} is not UTF-8 text") from None

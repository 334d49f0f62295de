"""Settings: what cannot be read stops the start, with the file and the line at fault."""

from pathlib import Path

import pytest
from cobrowse_server.config import (
    Settings,
    SettingsError,
    check,
    name_policy,
    read_key,
    read_policy,
    read_settings,
)
from cobrowse_spec.wire.rest import ThrottleLimits


def write(path: Path, text: str) -> Path:
    """A file with this text."""
    path.write_text(text, encoding="utf-8")
    return path


def test_settings_are_read_with_the_files_that_they_name(tmp_path: Path) -> None:
    """Relative to the settings file, not to where the server happens to be started."""
    write(tmp_path / "bank.toml", 'site = ["https://bank.example"]\n')
    write(tmp_path / "key", "0123456789abcdef\n")
    file = write(
        tmp_path / "server.toml",
        """
port = 0
view_port = 8081
view_url = "https://view.example"
controller_key_file = "key"
workspace_origins = ["https://desk.example"]
frame_ancestors = ["https://crm.example"]
journal = "sessions.sqlite"
[policies]
default = "bank.toml"
[throttle]
per_agent = 2
""",
    )

    assert read_settings(file) == Settings(
        port=0,
        view_port=8081,
        view_url="https://view.example",
        controller_key="0123456789abcdef",
        policies={"default": 'site = ["https://bank.example"]\n'},
        throttle=ThrottleLimits(per_agent=2),
        journal=tmp_path / "sessions.sqlite",
        workspace_origins=("https://desk.example",),
        frame_ancestors=("https://crm.example",),
    )


@pytest.mark.parametrize(
    "text, journal",
    [("", Path("cobrowse.sqlite")), ('journal = "memory"', None), ('journal = "/j"', Path("/j"))],
)
def test_the_journal_is_durable_unless_the_settings_say_otherwise(
    tmp_path: Path, text: str, journal: Path | None
) -> None:
    """In the folder that the server is started in, where they say nothing."""
    assert read_settings(write(tmp_path / "server.toml", text)).journal == journal


@pytest.mark.parametrize(
    "text, message",
    [
        ("port = x", "line 1"),
        ("prot = 1", "prot"),
        ("port = 70000", "0 to 65535"),
        ("workspace_origins = ['desk.example']", "no origin"),
        ("frame_ancestors = ['*']", "frame_ancestors: '.*' is no origin"),
        ("view_url = 'view.example'", "view_url: 'view.example' is no origin"),
        ("view_port = 70000", "view_port is from 0 to 65535"),
        ("[throttle]\nper_agent = 0", "1 or more"),
        ("[policies]\ndefault = 'none.toml'", "none.toml: No such file"),
        ("controller_key_file = 'none'", "none: No such file"),
    ],
)
def test_unusable_settings_name_their_file_and_what_is_wrong(tmp_path: Path, text: str, message: str) -> None:
    """Nothing is half applied."""
    file = write(tmp_path / "server.toml", text)
    with pytest.raises(SettingsError, match=message) as caught:
        read_settings(file)

    assert str(tmp_path) in str(caught.value)


def test_an_unreadable_policy_names_its_file_and_line(tmp_path: Path) -> None:
    """The server refuses to serve with it (MASK-11)."""
    file = write(tmp_path / "bank.toml", "site = []\nwrite_mod = false\n")

    with pytest.raises(SettingsError, match=r"bank\.toml: line 2: unknown key 'write_mod'"):
        read_policy(file)
    file.write_bytes(b"\xff")
    with pytest.raises(SettingsError, match="not UTF-8"):
        read_policy(file)


def test_a_short_key_is_refused_without_being_repeated(tmp_path: Path) -> None:
    """It could be guessed (SECURE-1, SECURE-6)."""
    key = read_key(write(tmp_path / "key", "hunter2\n"))
    with pytest.raises(SettingsError, match="16 characters") as caught:
        check(Settings(controller_key=key))

    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "option, named",
    [
        ("bank.toml", ("default", Path("bank.toml"))),
        ("shop=shop.toml", ("shop", Path("shop.toml"))),
        ("shop=a=b.toml", ("shop", Path("a=b.toml"))),
    ],
)
def test_a_policy_option_may_name_its_policy(option: str, named: tuple[str, Path]) -> None:
    """Without a name it is the default policy."""
    assert name_policy(option) == named

"""``cobrowse receipt``: what it says of a receipt, and with which exit code."""

from pathlib import Path

import pytest
from cobrowse_cli.main import main
from cobrowse_spec import actions as do
from cobrowse_spec.actions import Action, Deed
from cobrowse_spec.policy import Policy
from cobrowse_spec.receipt import Writer
from cobrowse_spec.session import Session, step
from cobrowse_spec.terms import Party

SITE = "https://bank.example"
KEY = b"the server's receipt key"
DEEDS: tuple[tuple[Party, Action], ...] = (
    (Party.CUSTOMER, do.Start()),
    (Party.AGENT, do.Join("123456789")),
    (Party.CUSTOMER, do.ShowPage("p1", f"{SITE}/apply?q")),
    (Party.AGENT, do.Request()),
    (Party.CUSTOMER, do.Deny("r1")),
    (Party.AGENT, do.Exit()),
)


def written(key: bytes = b"", name: str = "Ada", how_many: int = len(DEEDS)) -> str:
    """A receipt, a deed every 25 seconds."""
    session, writer = (
        Session("123456789", Policy(site=(SITE,)), "interaction-1"),
        Writer("interaction-1", key),
    )
    for number, (by, action) in enumerate(DEEDS[:how_many]):
        deed = Deed(by, action, *(("a1", name) if by is Party.AGENT else ()))  # type: ignore[arg-type] # all are any
        at = 1_767_323_045.0 + 25 * number
        outcome = step(session, deed, at)
        assert outcome.refusal is None
        writer.add(deed, at, session, outcome.session)
        session = outcome.session
    return writer.text


def run(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str]:
    """The exit code and everything that was printed."""
    with pytest.raises(SystemExit) as ended:
        main([str(one) for one in ("receipt", *arguments)])
    printed = capsys.readouterr()
    return int(ended.value.code or 0), printed.out + printed.err


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A whole receipt, sealed with the key."""
    path = tmp_path / "receipt.jsonl"
    path.write_text(written(KEY), encoding="utf-8")
    return path


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    """The server's key."""
    path = tmp_path / "receipt.key"
    path.write_bytes(KEY + b"\n")
    return path


def test_an_intact_receipt_is_verified(
    file: Path, key_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the key, and without: then it is said that the seal was not checked."""
    without, with_key = run(capsys, "verify", file), run(capsys, "verify", file, "--key-file", key_file)

    assert (0, 0) == (without[0], with_key[0])
    assert "intact, 6 entries and the seal" in without[1]
    assert "which was not checked" in without[1]
    assert "made with this key" in with_key[1]


def test_tampering_is_found_and_located(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By file and line, by both commands; nothing of such a receipt is shown."""
    file.write_text(file.read_text().replace('"what":"denied"', '"what":"approved"'))

    for command in ("verify", "show"):
        code, said = run(capsys, command, file)
        assert (1, True) == (code, f"{file}:5: tampered with: its hash does not follow" in said)
        assert "Ada" not in said


def test_a_receipt_written_anew_is_found_with_the_key(
    file: Path, key_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And passes without: which is said."""
    file.write_text(written())

    code, said = run(capsys, "verify", file)

    assert (0, True) == (code, "all of it may have been written anew" in said)
    assert 1 == run(capsys, "verify", file, "--key-file", key_file)[0]


def test_a_receipt_without_its_seal_is_not_whole(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It was cut off, or the session went on: nobody can tell."""
    file.write_text(written(how_many=4))

    for command, words in (("verify", "3 entries intact"), ("show", "No seal")):
        code, said = run(capsys, command, file)
        assert (2, True) == (code, words in said)
    file.write_text(written()[:-9])
    assert 2 == run(capsys, "verify", file)[0]


@pytest.mark.parametrize("content", [b"", b"hello\n", b"\xff\xfe\n", b'{"type":"header"}\n'])
def test_what_is_no_receipt_is_wrong_usage(
    file: Path, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not tampering."""
    file.write_bytes(content)

    code, said = run(capsys, "verify", file)

    assert (4, True) == (code, "is no receipt" in said)


def test_bytes_that_are_no_text_are_tampering_of_their_line(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The rest is a receipt."""
    file.write_bytes(file.read_bytes().replace(b"Ada", b"Ad\xff", 1))

    code, said = run(capsys, "verify", file)

    assert (1, True) == (code, f"{file}:3: " in said)


def test_an_empty_key_is_no_key(file: Path, key_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It would pass for one that need not be checked."""
    key_file.write_text(" \n")

    assert 4 == run(capsys, "verify", file, "--key-file", key_file)[0]


def test_a_receipt_is_shown_as_a_table(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who did what when, and for how long a page was open."""
    monkeypatch.setenv("COLUMNS", "100")
    code, said = run(capsys, "show", file)
    rows = [" ".join(line.split()) for line in said.splitlines()]

    assert 0 == code
    assert "Receipt of interaction-1, 2026-01-02 (UTC)" in said
    assert "2 03:04:30.000 agent Ada the agent joined" in rows
    assert f"5 03:04:55.000 customer the customer visited {SITE}/apply 0:01:15" in rows
    assert "6 03:06:10.000 agent Ada the session ended: agent_exit" in rows


def test_a_name_cannot_move_the_cursor(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever chose it."""
    file.write_text(written(name="\x1b[2JAda [red]"))

    code, said = run(capsys, "show", file)

    assert (0, False) == (code, "\x1b" in said)
    assert "[red]" in said

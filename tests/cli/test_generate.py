"""``python -m cobrowse_cli.generate``: writes what is stale, and says what it would write."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from cobrowse_cli.generate import ROOT, generate, stale

GUIDE = Path("spec/protocol/README.md")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A repository in which nothing has been generated yet."""
    (tmp_path / GUIDE).parent.mkdir(parents=True)
    (tmp_path / GUIDE).write_text((ROOT / GUIDE).read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "pyproject.toml").touch()
    return tmp_path


def run(*arguments: str | Path) -> tuple[int, str]:
    """Exit code and output of the command."""
    result = CliRunner().invoke(generate, [str(argument) for argument in arguments])
    return result.exit_code, result.output


def test_check_names_what_is_stale_and_writes_nothing(checkout: Path) -> None:
    """Exit code 1, for continuous integration."""
    code, output = run("--check", "--root", checkout)

    assert code == 1
    assert "stale: spec/protocol/asyncapi.json" in output
    assert not (checkout / "spec/protocol/asyncapi.json").exists()


def test_after_generating_nothing_is_stale(checkout: Path) -> None:
    """And generating again writes nothing."""
    code, output = run("--root", checkout)
    assert code == 0
    assert "wrote spec/protocol/asyncapi.json" in output

    assert stale(checkout) == {}
    assert run("--check", "--root", checkout) == (0, "")
    assert run("--root", checkout) == (0, "")


def test_a_document_that_was_edited_by_hand_is_stale(checkout: Path) -> None:
    """Its made part, not its prose: that is its author's."""
    run("--root", checkout)
    guide = checkout / GUIDE
    text = guide.read_text(encoding="utf-8")
    guide.write_text(text.replace("How a customer's client", "How any client"), encoding="utf-8")
    assert stale(checkout) == {}
    guide.write_text(
        text.replace("| customer | `/v1/customer` |", "| customer | `/v1/client` |"), encoding="utf-8"
    )

    assert [str(GUIDE)] == list(stale(checkout))


def test_outside_a_checkout_it_says_so(tmp_path: Path) -> None:
    """A wheel has no documents to write."""
    code, output = run("--root", tmp_path)

    assert code == 2
    assert "is not the repository" in output

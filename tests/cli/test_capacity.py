"""``cobrowse capacity``: what it is refused, and what it prints."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from cobrowse_cli.capacity import capacity
from cobrowse_simulator.load.capacity import Outcome, Step, Stepping


@pytest.mark.parametrize(
    "options, says",
    [
        (["--slo", "speed"], "is no objective"),
        (["--slo", "jion p99 < 1 s"], "did you mean 'join'?"),
        (["--slo", "join p99 < 1 s", "--target", "nowhere"], "is no target"),
        (
            ["--slo", "join p99 < 1 s", "--json", "no/such/folder/found.json"],
            "there is no folder no/such/folder",
        ),
    ],
)
def test_what_cannot_be_searched_is_wrong_usage(options: list[str], says: str) -> None:
    """Before anything is run."""
    result = CliRunner().invoke(capacity, options)

    assert 2 == result.exit_code
    assert says in result.output


def test_the_steps_and_what_they_come_to_are_printed_and_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Against the reference server, which is started; the steps themselves are made up here."""

    async def measure(self: Stepping, rate: float) -> Step:
        return Step(rate, Outcome.HELD if rate <= 4 else Outcome.MISSED, "", 1.0, rate * 10, 0.5, 100.0)

    monkeypatch.setattr(Stepping, "measure", measure)
    page = tmp_path / "capacity.html"
    result = CliRunner().invoke(
        capacity, ["--slo", "join p99 < 1 s", "--html", str(page)], standalone_mode=False
    )

    assert 0 == result.return_value
    assert "2 a second,     20 at a time: held (measured 1)" in result.output
    assert "carries 4 sessions a second, 40 at a time" in result.output
    assert "80 sessions a core" in result.output
    assert f"Written: {page}" in result.output
    assert "4 sessions a second" in page.read_text(encoding="utf-8")

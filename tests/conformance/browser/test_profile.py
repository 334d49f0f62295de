"""Profiles: what they may say, and what is said of one that says something else."""

from pathlib import Path

import pytest
from cobrowse_cli.products import reference_profile
from cobrowse_conformance.browser.profile import (
    Locator,
    Meaning,
    ProfileError,
    Saying,
    Words,
    filled,
    locators,
    meaning,
    parse_profile,
    read_profile,
)

SMALL = """
name = "a product"
snippet = "<script src='{url}/it.js'></script>"

[product]
values = { url = "http://127.0.0.1:1" }

[customer]
start_button = { css = "#start" }
session_id = { part = "id", host = "its-ui" }
state = { role = "status", name = "Session" }
exit = { text = "Exit" }

[customer.words]
"^Over" = "ended: agent_exit"

[agent]
sign_in = [{ open = "{url}/desk" }, { wait = { css = "#id" } }]
session_id_field = { css = "#id" }
join = { xpath = "//button" }
state = { css = "#state" }
exit = { css = "#exit" }
view = { css = "html", frames = ["iframe"] }
"""


def test_the_shipped_profile_can_be_read() -> None:
    """It maps every control that a profile can map, but for none."""
    profile = read_profile(reference_profile())

    assert "the reference server" == profile.name
    assert None is profile.customer.approve_timed or "approve-timed" == profile.customer.approve_timed.part
    assert {"start_button", "approve", "deny", "red_circle"} <= set(locators(profile.customer))


def test_a_small_profile_is_enough() -> None:
    """What is left out has a default."""
    profile = parse_profile(SMALL)

    assert ("standard",) == profile.product.policies
    assert None is profile.customer.approve
    assert Locator(css="html", frames=("iframe",)) == profile.agent.view


@pytest.mark.parametrize(
    "wrong, right, said",
    [
        (
            'start_buton = { css = "#start" }',
            'start_button = { css = "#start" }',
            "did you mean 'start_button'?",
        ),
        ('exit = { text = "Exit", css = "#x" }', 'exit = { text = "Exit" }', "exactly one of css, xpath"),
        ('session_id = { part = "id" }', 'session_id = { part = "id", host = "its-ui" }', "say which"),
        ('"^Over" = "ended: agent_exti"', '"^Over" = "ended: agent_exit"', "did you mean 'agent_exit'?"),
        ('"^Over" = "endet: agent_exit"', '"^Over" = "ended: agent_exit"', "did you mean 'ended'?"),
        ('"(Over" = "ended: agent_exit"', '"^Over" = "ended: agent_exit"', "missing )"),
        (
            '[{ open = "{url}/desk", wait = { css = "#id" } }]',
            '[{ open = "{url}/desk" }, { wait = { css = "#id" } }]',
            "a step is one of",
        ),
        ('state = { css = "#state", pattern = "a" }', 'state = { css = "#state" }', "exactly one group"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(wrong: str, right: str, said: str) -> None:
    """And with the nearest that is right."""
    text = SMALL.replace(right, wrong)
    line = next(number for number, one in enumerate(text.splitlines(), 1) if wrong in one)

    with pytest.raises(ProfileError) as error:
        parse_profile(text, "p.toml")

    assert f"p.toml: line {line}: " in str(error.value)
    assert said in str(error.value)


def test_a_capability_that_there_is_not_is_refused() -> None:
    """With the nearest that there is."""
    with pytest.raises(ProfileError, match="did you mean 'curtain'"):
        parse_profile(SMALL.replace("[product]\n", '[product]\ncapabilities = ["curtian"]\n'))


def test_a_file_that_is_not_there_is_a_profile_error(tmp_path: Path) -> None:
    """Not a traceback."""
    with pytest.raises(ProfileError, match="cannot read the profile"):
        read_profile(tmp_path / "none.toml")


def test_values_stand_where_their_names_do() -> None:
    """And nothing else in braces is touched."""
    assert '{"a": "1", "b": {}} {c}' == filled('{"a": "{x}", "b": {}} {c}', {"x": "1"})


def test_the_first_words_that_fit_say_what_is_meant() -> None:
    """And what no words fit means nothing."""
    words = Words({"^Write Mode requested": "asked", "^Write Mode": "mode: write"})

    assert Meaning(Saying.ASKED) == words.read("Write Mode requested")
    assert Meaning(Saying.MODE, "write") == words.read("Write Mode")
    assert None is words.read("Rates")


def test_a_meaning_needs_its_value() -> None:
    """An end without a reason says too little (STOP-6)."""
    with pytest.raises(ValueError, match="needs one of its values"):
        meaning("ended")

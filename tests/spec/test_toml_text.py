"""TOML that people write: errors name the line and the nearest known key."""

import msgspec
import pytest
from cobrowse_spec.toml_text import TomlError, line_of, read


class Entry(msgspec.Struct, frozen=True):
    """An entry of a list."""

    name: str
    weight: float = 1.0


class Part(msgspec.Struct, frozen=True):
    """A table."""

    latency_ms: float = 0.0


class Whole(msgspec.Struct, frozen=True):
    """A text."""

    seed: int = 0
    entries: tuple[Entry, ...] = ()
    parts: dict[str, Part] = {}
    part: Part | None = None


def test_a_text_becomes_the_struct_that_it_describes() -> None:
    """Tables, arrays of tables and tables by name."""
    text = 'seed = 3\n[part]\nlatency_ms = 5\n[parts.x]\n[[entries]]\nname = "a"\nweight = 2'

    assert Whole(3, (Entry("a", 2.0),), {"x": Part()}, Part(5.0)) == read(text, Whole)


@pytest.mark.parametrize(
    "text, line, says",
    [
        ('seed = "x"', 1, "seed: Expected `int`, got `str`"),
        ("\nsed = 1", 2, "unknown key 'sed'; did you mean 'seed'?"),
        ("other = 1", 1, "unknown key 'other'; known are entries, part, parts, seed"),
        ('[[entries]]\nname="a"\n[[entries]]\nname="b"\nwieght=3', 5, "did you mean 'weight'?"),
        ('[[entries]]\nname="a"\n[[entries]]\nname="b"\nweight="3"', 5, "Expected `float`"),
        ("entries = [\n  { name = 'a', weight = 'b' },\n]", 2, "Expected `float`"),
        ("[[entries]]\nweight = 2", 1, "missing required field `name`"),
        ("[parts.customer]\nlatency = 3", 2, "did you mean 'latency_ms'?"),
        ("[part]\n# latency_ms = 1\nlatency_ms = 'a'", 3, "Expected `float`"),
        ("seed = 1\nseed = = 3", 2, "Invalid value"),
        ("seed = 1\n[part", 2, ""),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str, line: int, says: str) -> None:
    """Unknown keys, other types, what is missing, and what is no TOML at all."""
    with pytest.raises(TomlError) as error:
        read(text, Whole)

    assert line == error.value.line
    assert says in error.value.what


def test_a_value_that_is_not_there_is_at_the_line_of_what_would_hold_it() -> None:
    """A default has no line of its own."""
    assert line_of("seed = 1\n[part]\n", ("part", "latency_ms")) == 2

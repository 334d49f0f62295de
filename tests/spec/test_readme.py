"""The README of the rulebook: its examples run, and show what they show."""

import doctest
import re
from pathlib import Path

import cobrowse_spec

README = Path(cobrowse_spec.__file__).parents[1] / "README.md"


def test_the_examples_of_the_readme_run() -> None:
    """Each in its turn, as a reader would type them, with the answers that stand there."""
    text = README.read_text(encoding="utf-8")
    blocks = re.findall(r"```pycon\n(.*?)```", text, re.DOTALL)
    test = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, "spec/README.md", str(README), 0)
    failures: list[str] = []
    results = doctest.DocTestRunner().run(test, out=failures.append)

    assert "".join(failures) == ""
    assert results.attempted > 30


def test_every_file_that_the_readme_names_is_there() -> None:
    """A reading order with a missing page is none."""
    linked = re.findall(r"\]\(([^)#]+)\)", README.read_text(encoding="utf-8"))

    assert [target for target in linked if not (README.parent / target).exists()] == []

"""Capsules: a failure in one file, with all that it takes to see it again and to believe it.

JSON: the story as it was played and as it was written, the seed, the versions, what the target said of
itself, and the trace that shows the failure.  :func:`replayable` makes a part for the runner of it again.
"""

from pathlib import Path
from typing import Final

import msgspec
from cobrowse_spec.policy import Timers
from cobrowse_spec.rulebook import Example, Line
from cobrowse_spec.sentences import SentenceError, read_sentence
from cobrowse_spec.trace import Event, Header

from .story import Story

#: The version of the file's format.
FORMAT: Final = 1


class CapsuleError(ValueError):
    """A file that is no capsule, and why."""


class TargetShown(msgspec.Struct, frozen=True):
    """What a target said of itself."""

    name: str
    server: str
    version: str
    capabilities: tuple[str, ...]
    #: Its timing profile under the story's policy, in seconds.
    timers: Timers


class Capsule(msgspec.Struct, frozen=True, tag="capsule", forbid_unknown_fields=True):
    """One failure."""

    format: int
    spec_version: str
    suite_version: str
    #: The seed of the run, and which of its stories failed first.
    seed: int
    number: int
    #: When: ISO 8601, UTC.
    found: str
    #: The rule that is broken, why, and the line that decided it; no line where an invariant found it.
    rule: str
    because: str
    line: str
    target: TargetShown
    #: The story, shrunk: its name, its lines (keyword, words), and as moves for who wants to go on from it.
    name: str
    lines: tuple[tuple[str, str], ...]
    story: Story
    #: As it was written first.
    written: Story
    #: The story as a feature, ready to be kept.
    feature: str
    header: Header
    trace: tuple[Event, ...]
    #: The numbers of the events that show it.
    events: tuple[int, ...] = ()

    def example(self) -> Example:
        """The story as the stage plays it; raises :class:`CapsuleError`."""
        try:
            lines = tuple(Line(keyword, words, read_sentence(words)) for keyword, words in self.lines)
        except SentenceError as error:
            raise CapsuleError(f"its story is told in words of another rulebook: {error}") from None
        return Example(f"{self.rule}.{self.number}", self.rule, self.name, frozenset({"@generated"}), lines)


def write_capsule(capsule: Capsule, path: Path) -> None:
    """Write a capsule; raises OSError where that cannot be done."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(capsule), indent=1) + b"\n")


def read_capsule(path: Path) -> Capsule:
    """Read a capsule; raises :class:`CapsuleError`, or OSError where the file cannot be opened."""
    try:
        capsule = msgspec.json.decode(path.read_bytes(), type=Capsule)
    except msgspec.DecodeError as error:
        raise CapsuleError(f"{path} is no capsule of this suite: {error}") from None
    if capsule.format != FORMAT:
        raise CapsuleError(f"{path} has format {capsule.format}; this suite reads {FORMAT}")
    return capsule

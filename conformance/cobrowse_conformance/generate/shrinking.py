"""Shrinking: from a story that fails to the shortest that still fails, against whatever target.

A delta debugger over the moves of a story.  Each attempt takes moves out or makes the story plainer, lets
the machine say anew what everybody must see, and is played to the target in a session of its own.  A story
that makes no sense any more is never played.

Why not hypothesis's own shrinker: it works on the choices that a strategy made, so it cannot begin with a
story that somebody else found or kept, needs hundreds of attempts one after another, and gives up where a
target does not fail every time.  Moves that are data, and a machine that says what follows from them, need
no choices: what is taken out is gone, and the rest is as legal as before.

Order: attempts, the moves, the lines.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Final

from cobrowse_simulator.shrinking import without
from cobrowse_spec.rulebook import Example, Line
from cobrowse_spec.stories import Expect, ExpectNothing, ExpectNothingElse
from cobrowse_spec.terms import InteractionKind
from msgspec.structs import replace

from .story import Story

#: How many stories are played at most to shrink one.
MAX_ATTEMPTS: Final = 80

#: Steps that look, and do nothing.
_EXPECTATIONS: Final = Expect | ExpectNothing | ExpectNothingElse

#: Plays a story and says whether it fails as the first one did; None: it makes no sense, nothing was played.
Fails = Callable[[Story], Awaitable[bool | None]]


class Shrinker:
    """Shrinks one story."""

    def __init__(self, fails: Fails) -> None:
        self._fails = fails
        self._known: dict[Story, bool] = {}
        #: How many stories were played.
        self.attempts = 0

    async def shrink(self, story: Story) -> Story:
        """The shortest story found that fails likewise; the story itself where there is none."""
        before = None
        while before != story:
            before = story
            story = await self._without_moves(story)
            story = await self._plainer(story)
        return story

    async def _without_moves(self, story: Story) -> Story:
        """Take out ever smaller pieces, the last ones first."""
        size = max(1, len(story.moves) // 2)
        while size:
            shorter = await self._first_that_fails(_without(story, size))
            if shorter is None:
                size //= 2
            else:
                story = shorter
        return story

    async def _plainer(self, story: Story) -> Story:
        """The commonest policy, a call in place of a chat, if it fails all the same."""
        for plain in (replace(story, policy="standard"), replace(story, kind=InteractionKind.CALL)):
            if plain != story and await self._tried(plain):
                return plain
        return story

    async def _first_that_fails(self, stories: Iterator[Story]) -> Story | None:
        for story in stories:
            if await self._tried(story):
                return story
        return None

    async def _tried(self, story: Story) -> bool:
        if story in self._known:
            return self._known[story]
        if self.attempts >= MAX_ATTEMPTS:
            return False
        fails = await self._fails(story)
        self.attempts += fails is not None
        self._known[story] = bool(fails)
        return bool(fails)


def _without(story: Story, size: int) -> Iterator[Story]:
    """The story without so many moves that follow each other, from its end."""
    return (replace(story, moves=moves) for moves in without(story.moves, size))


def fewer_lines(example: Example, deciding: str) -> Iterator[Example]:
    """The example with fewer and fewer of its expectations left out, the shortest first.

    ``deciding`` is the line at which it failed; empty where an invariant found it.
    """
    lines = list(example.lines)
    for number in _deciding(lines, deciding):
        needed = _needed(lines, number)
        kept = [line for n, line in enumerate(lines) if n <= number and (_is_done(line) or n in needed)]
        yield replace(example, lines=_with_keywords(kept))
    last = max((n for n, line in enumerate(lines) if line.keyword == "When"), default=0)
    kept = [line for n, line in enumerate(lines) if _is_done(line) or n > last]
    yield replace(example, lines=_with_keywords(kept))


def _deciding(lines: Sequence[Line], deciding: str) -> list[int]:
    return [n for n, line in enumerate(lines) if f"{line.keyword} {line.text}" == deciding]


def _needed(lines: Sequence[Line], number: int) -> set[int]:
    """A line, and those that say what the same party sees if it is to see nothing else."""
    step = lines[number].steps[0]
    if not isinstance(step, ExpectNothingElse):
        return {number}
    since = max((n for n in range(number) if lines[n].keyword == "When"), default=0)
    own = (n for n in range(since, number) for one in lines[n].steps if _is_seen_by(one, step.role.who))
    return {number, *own}


def _is_seen_by(step: object, who: str) -> bool:
    return isinstance(step, Expect) and step.role.who == who


def _is_done(line: Line) -> bool:
    """Whether a line is no expectation, or one that time must bring about."""
    timed = any(isinstance(step, Expect) and step.timer for step in line.steps)
    return timed or not any(isinstance(step, _EXPECTATIONS) for step in line.steps)


def _with_keywords(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Each line with the keyword that its place asks for."""
    found: list[Line] = []
    before = ""
    for line in lines:
        keyword = _kind_of(line, before)
        found.append(line._replace(keyword="And" if keyword == before and keyword != "When" else keyword))
        before = keyword
    return tuple(found)


def _kind_of(line: Line, before: str) -> str:
    if any(isinstance(step, _EXPECTATIONS) for step in line.steps):
        return "Then"
    if line.keyword in ("Given", "When"):
        return line.keyword
    return before or "Given"

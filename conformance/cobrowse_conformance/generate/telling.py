"""A generated story with everything that everybody must see, in the rulebook's own sentences.

The machine says what comes of each move (:mod:`.world`); here it becomes lines like those that people
write, so that a generated story is played by the same stage, and can be kept as a feature.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from cobrowse_spec.observations import AnyObservation
from cobrowse_spec.rulebook import Example, Line, Rule
from cobrowse_spec.sentences import read_sentence
from cobrowse_spec.stories import ABBREVIATIONS, CONTACT_CENTRE, ROLES, SESSION_ID
from cobrowse_spec.telling import describe
from cobrowse_spec.terms import InteractionKind
from cobrowse_spec.trace import Event
from msgspec.structs import replace

from ..stage import is_counted
from ..venues import Declared, policy_at
from .sense import can
from .story import Move, Story
from .world import Turn, World

#: What a generated story is of, until something in it fails.
NO_RULE: Final = ""

_CALL: Final = "a call between the customer and the agent"


class NotPlayable(ValueError):
    """A story in which some move makes no sense where it stands."""


class Told(NamedTuple):
    """A story told, and what came of each of its moves on the machine."""

    lines: tuple[Line, ...]
    turns: tuple[Turn, ...]
    world: World

    def example(self, name: str, story_id: str) -> Example:
        """The story as an example that the stage plays."""
        return Example(story_id, NO_RULE, name, frozenset({"@generated"}), self.lines, "generated")


def world_of(story: Story, declared: Declared) -> World:
    """The world in which a story begins."""
    return World(policy_at(story.policy, declared), story.kind)


def tell(story: Story, declared: Declared) -> Told:
    """Play a story on the machine and write down what everybody sees; raises :class:`NotPlayable`."""
    world = world_of(story, declared)
    given, skipped = _beginning(story, declared)
    lines = list(_lines("Given", given))
    turns: list[Turn] = []
    for number, move in enumerate(story.moves):
        if not can(world, move):
            raise NotPlayable(f"move {number + 1} makes no sense there: {move.words or move.timer}")
        turns.append(world.play(move))
        if number < skipped:
            continue
        if move.words:
            lines.append(_line("When", move.words))
        lines += _lines("Then", _expectations(move, turns[-1], world))
    return Told(tuple(lines), tuple(turns), world)


def _beginning(story: Story, declared: Declared) -> tuple[list[str], int]:
    """The lines with which it begins, and how many moves they stand for."""
    first = [f'the policy "{story.policy}"'] if story.policy != "standard" else []
    if story.kind is not InteractionKind.CALL:
        return [*first, _CALL.replace("call", story.kind)], 0
    words = [move.words for move in story.moves]
    known = sorted(ABBREVIATIONS.items(), key=lambda one: -len(one[1]))
    for abbreviation, (call, *moves) in known:
        following = story.moves[len(moves) :]
        if not following or following[0].timer:
            continue  # nothing would be looked at; or what is seen in time, and that is seen since a "When"
        if call == _CALL and moves == words[: len(moves)] and begins(world_of(story, declared), moves):
            return [*first, abbreviation], len(moves)
    return [*first, _CALL], 0


def begins(world: World, moves: Sequence[str]) -> bool:
    """Whether a story can begin with these moves there: whether all of them are accepted."""
    for words in moves:
        move = Move(words)
        turn = world.play(move) if can(world, move) else None
        if turn is None or turn.met is None or turn.met.rule:
            return False
    return True


def _lines(keyword: str, words: list[str]) -> Iterator[Line]:
    for number, line in enumerate(words):
        yield _line("And" if number else keyword, line)


def _line(keyword: str, words: str) -> Line:
    return Line(keyword, words, read_sentence(words))


def _expectations(move: Move, turn: Turn, world: World) -> list[str]:
    """What everybody sees because of a move; those who see something first."""
    if world.unnoticed:
        return []
    seen = {who: list(_words(who, turn.seen.get(who, []), world)) for who in world.watching}
    lines: list[str] = []
    for who in sorted(seen, key=lambda one: not seen[one]):
        if who == CONTACT_CENTRE.who and not seen[who]:
            continue  # it hears of little, and a fence of its own for each line would cost more than it shows
        counted = any(is_counted(type(one)) for one in turn.seen.get(who, ()))
        lines += seen[who]
        silent = not seen[who] and not move.timer
        lines.append(f"the {who} sees nothing at all" if silent else f"the {who} sees nothing else")
        if move.timer and counted and len(lines) == len(seen[who]) + 1:
            lines[0] = f"when the {move.timer} time is over, {lines[0]}"
    return lines


def _words(who: str, seen: list[AnyObservation], world: World) -> Iterator[str]:
    """What a party sees, in sentences; pages and frames once, and what no sentence names not at all."""
    told = set()
    for one in seen:
        if not (one.sentence or one.short):
            continue
        party = ROLES[who].party
        words = describe(Event(0, 0.0, party, who, None, one))
        words = words.replace(world.session.session_id, SESSION_ID) if world.sessions else words
        if is_counted(type(one)) or words not in told:
            told.add(words)
            yield words


# As a feature


def as_feature(example: Example, rule: Rule, why: str) -> str:
    """A story as a feature of its own, which can be kept as it is and played with ``--features``."""
    tags = f"@{rule.id} @{rule.level.lower()} @wire"
    story = example.as_gherkin().replace("\n", "\n    ").rstrip()
    return (
        f"Feature: {rule.chapter}, found by generation\n\n"
        f"  # {why}\n"
        f"  {tags}\n"
        f"  Rule: {rule.sentence}\n"
        f"    Source: {rule.source}\n"
        f"    Decision: found by a generated story; the rulebook has the reason for the rule itself.\n\n"
        f"    @generated\n"
        f"    {story}\n"
    )


def named(example: Example, rule: str, name: str) -> Example:
    """The example under the rule that it shows to be broken."""
    return replace(example, rule=rule, name=name)

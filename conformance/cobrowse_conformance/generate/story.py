"""A generated story as data: a policy, a chat or call, and moves in the rulebook's own sentences.

What everybody must see is not part of it: the machine says that (:mod:`.world`), so a story from which a
move was taken out is as good a story as before.
"""

import msgspec
from cobrowse_spec.sentences import read_sentence
from cobrowse_spec.stories import Step
from cobrowse_spec.terms import InteractionKind


class Move(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something that happens: somebody's deed, a broken link, time that passes, or a timer that runs out."""

    #: A sentence of the rulebook; empty where a timer runs out.
    words: str = ""
    #: The timer that runs out, as sentences name it ("request").
    timer: str = ""

    @property
    def step(self) -> Step | None:
        """What the sentence means; None where a timer runs out."""
        return read_sentence(self.words)[0] if self.words else None


class Story(msgspec.Struct, frozen=True):
    """A generated story."""

    policy: str = "standard"
    kind: InteractionKind = InteractionKind.CALL
    moves: tuple[Move, ...] = ()

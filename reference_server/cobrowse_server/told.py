"""What one party of a session is told: numbered, and kept for when its link breaks (RESUME-2).

A notice can be on its way when a link breaks, and nobody can tell from here whether it arrived.  So every notice has a
number, the party says with its Resume which it has had last, and hears the others again: each once, in order.
The numbers follow from the journal, so that a server that is started again goes on counting where the last one
stopped.  So does who cannot have been sent a notice because it had no link: that stands in the entry's mark.
"""

from collections import deque
from collections.abc import Collection
from typing import Final, NamedTuple

from cobrowse_spec.observations import Observation
from cobrowse_spec.session import MAX_MISSED, Notice, Session, is_told_again
from cobrowse_spec.terms import Party


class Kept(NamedTuple):
    """One notice, with its number and its place in the session's order."""

    number: int
    n: int
    epoch: int
    seen: Observation


class Told:
    """The notices to one party, from 1 on; the last :data:`MAX_MISSED` of them are kept."""

    def __init__(self) -> None:
        self.number = 0
        #: The last that went out over a link, whether it arrived or not.
        self.sent = 0
        self._kept: deque[Kept] = deque(maxlen=MAX_MISSED)

    def add(self, seen: Observation, session: Session) -> int:
        """Number a notice that a deed has caused, and keep it; 0: it is none."""
        if not is_told_again(seen):
            return 0
        self.number += 1
        self._kept.append(Kept(self.number, session.n, session.epoch, seen))
        return self.number

    def after(self, number: int | None) -> list[Kept]:
        """What a party has not had that has had this one; None: as far as is known here."""
        had = self.sent if number is None else number
        return [one for one in self._kept if one.number > had]


class ToldBoth(dict[Party, Told]):
    """One for each party of a session."""

    def __init__(self) -> None:
        super().__init__({Party.CUSTOMER: Told(), Party.AGENT: Told()})

    def add(
        self, notices: tuple[Notice, ...], session: Session, absent: frozenset[Party] = frozenset()
    ) -> None:
        """Number the notices of a deed that was applied before this server was started.

        ``absent`` are those to whom none of them can have been sent.
        """
        for notice in notices:
            told = self.get(notice.to)
            if told is not None:
                number = told.add(notice.see, session)
                told.sent = told.sent if notice.to in absent else max(told.sent, number)

    def is_back(self, party: Party) -> None:
        """A party has resumed, and was told again whatever it had not been sent."""
        self[party].sent = self[party].number


#: How a mark says who had no link.
_LETTERS: Final = {Party.CUSTOMER: "c", Party.AGENT: "a"}


def mark_of(number: int, present: Collection[Party]) -> str:
    """The mark of an entry that a server appends: its own number for it, and who had no link then."""
    if len(present) == len(_LETTERS):  # as nearly always
        return str(number)
    return str(number) + "".join(letter for party, letter in _LETTERS.items() if party not in present)


def absent_at(mark: str) -> frozenset[Party]:
    """Who had no link when the entry with this mark was appended."""
    return frozenset(party for party, letter in _LETTERS.items() if letter in mark)

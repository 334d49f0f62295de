"""Attempts: what has been tried in vain so often that it is not tried again.

Each story brings its parties to where it begins.  Where a product does nothing, every one of some hundreds would wait for the
same thing, in vain; so what came to nothing in a few stories is passed over in the others, which are then not decided.

Order: what a story needs, the attempts.
"""

from collections import Counter
from collections.abc import Collection, Iterator
from typing import Final

from cobrowse_spec import actions as do
from cobrowse_spec.rulebook import Example
from cobrowse_spec.stories import AtOnce, Perform, Role, UsePolicy

from ..stage import GIVES, Played
from ..verdicts import Verdict
from .sharing import given_steps

#: In so many stories in a row, and there is no point in one more.
MOST_IN_VAIN: Final = 3

#: So many stories in a row without any answer, and there is no point in more.
MOST_SILENT: Final = 6

#: Without these there is no session, wherever in a story they stand.
_FIRST: Final = (do.Start, do.Join)

_Deed = type[do.Action]


# What a story needs


def needed(example: Example) -> dict[_Deed, Role]:
    """What must come to something for a story to show anything, and who does it."""
    given = given_steps(example)
    found: dict[_Deed, Role] = {
        type(step.action): step.role
        for step in given
        if isinstance(step, Perform) and type(step.action) in GIVES
    }
    for step in example.steps:
        deed = step.step if isinstance(step, AtOnce) else step
        if isinstance(deed, Perform) and isinstance(deed.action, _FIRST):
            found.setdefault(type(deed.action), deed.role)
    return found


def _policy_of(example: Example) -> str:
    return next((step.name for step in example.steps if isinstance(step, UsePolicy)), "standard")


def _in_words(deed: _Deed, role: Role) -> str:
    return (deed.short or deed.sentence).replace("{party}", role.who)


# The attempts


class Attempts:
    """What came of the stories of a run so far."""

    def __init__(self) -> None:
        #: Of each deed under each policy, in how many stories in a row nothing came of it.
        self._in_vain: Counter[tuple[str, _Deed]] = Counter()
        #: Deeds that came to something in some story.
        self._came: set[_Deed] = set()
        self._silent = 0
        self._passed_over: Counter[str] = Counter()

    def instead(self, example: Example) -> Played | None:
        """What is said of a story in place of playing it; None: it is to be played."""
        why = self._why_not(example)
        if not why:
            return None
        self._passed_over[why] += 1
        return Played(Verdict.INCONCLUSIVE, f"not played: {why}")

    def _why_not(self, example: Example) -> str:
        if self._silent >= MOST_SILENT:
            return f"the product had given no answer in {MOST_SILENT} stories in a row"
        policy = _policy_of(example)
        for deed, role in needed(example).items():
            times = self._in_vain[policy, deed]
            if deed not in self._came:  # then it is the same under every policy
                times = sum(count for (_, one), count in self._in_vain.items() if one is deed)
            if times >= MOST_IN_VAIN:
                return f"nothing came of it in {MOST_IN_VAIN} stories when {_in_words(deed, role)}"
        return ""

    def took(
        self, example: Example, played: Played, came: Collection[_Deed], in_vain: Collection[_Deed]
    ) -> None:
        """What came of a story that was played, and of what its parties did for it."""
        self._silent = 0 if played.answered else self._silent + 1
        policy = _policy_of(example)
        for deed in came:
            self._came.add(deed)
            del self._in_vain[policy, deed]
        if played.verdict is Verdict.PASS:
            return  # what came to nothing was meant to
        for deed in in_vain:
            if (
                deed in _FIRST or played.verdict is not Verdict.FAIL
            ):  # else something came, and the wrong thing
                self._in_vain[policy, deed] += 1

    def notes(self) -> Iterator[str]:
        """What was passed over, in sentences."""
        for why, count in self._passed_over.items():
            stories = "1 story was" if count == 1 else f"{count} stories were"
            yield f"{stories} not played in browsers: {why}."

"""Repeats: a story that is played several times, and whether the same came of it each time.

What came of a story is its verdict and the rules that its trace broke.  Where that differs from one time to the
next the story is *flaky*: whatever a single time had said could not be relied upon.  Nothing is played again
until it passes.
"""

from collections import Counter
from typing import NamedTuple

from cobrowse_spec.rules import Status
from msgspec.structs import replace

from .results import StoryKey, StoryResult
from .verdicts import Verdict, worst


class _Outcome(NamedTuple):
    """What came of a story, as far as it must be the same each time."""

    verdict: Verdict
    broken: frozenset[str]


class Repeats:
    """Collects the results of stories that are played again and again, and makes one of each story's."""

    def __init__(self) -> None:
        self._counts: dict[StoryKey, Counter[_Outcome]] = {}
        #: The first result of each kind: traces of all of them would be too many.
        self._shown: dict[tuple[StoryKey, _Outcome], StoryResult] = {}

    def add(self, result: StoryResult) -> None:
        """Take a result in."""
        broken = (rule for rule, found in result.judgements.items() if found.status is Status.VIOLATED)
        outcome = _Outcome(result.verdict, frozenset(broken))
        self._counts.setdefault(result.key, Counter())[outcome] += 1
        self._shown.setdefault((result.key, outcome), result)

    def results(self) -> list[StoryResult]:
        """One result for each story, in the order in which they first came."""
        return [self._of(key, counts) for key, counts in self._counts.items()]

    def _of(self, key: StoryKey, counts: Counter[_Outcome]) -> StoryResult:
        times = counts.total()
        verdicts: Counter[Verdict] = Counter()
        for outcome, count in counts.items():
            verdicts[outcome.verdict] += count
        found = worst(verdicts)
        shown = self._shown[key, _worst(found, counts)]
        if times == 1:
            return shown
        shown = replace(
            shown,
            outcomes={verdict.value: count for verdict, count in verdicts.items()},
            wavering=_wavering(counts, times),
        )
        if len(verdicts) == 1 or found is Verdict.HARNESS_ERROR:
            return shown
        said = ", ".join(f"{verdict} in {count}" for verdict, count in verdicts.most_common())
        because = f"of {times} times {said}; {shown.verdict} because {shown.because}"
        return replace(shown, verdict=Verdict.FLAKY, because=because)


def _worst(found: Verdict, counts: Counter[_Outcome]) -> _Outcome:
    """The outcome to show: of those with the worst verdict the one that broke most."""
    return max((each for each in counts if each.verdict is found), key=lambda each: len(each.broken))


def _wavering(counts: Counter[_Outcome], times: int) -> dict[str, str]:
    broken: Counter[str] = Counter()
    for outcome, count in counts.items():
        for rule in outcome.broken:
            broken[rule] += count
    return {
        rule: f"its invariant was broken in {count} of {times} times"
        for rule, count in sorted(broken.items())
        if count < times
    }

"""Verdicts: what the suite says of a story, of a rule and of a run, and what counts as what.

Nothing exercised is never a pass.  What is worst wins.  MUST and SHOULD are told apart to the end.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final


class Verdict(StrEnum):
    """What is said of a rule, a story, or a run."""

    #: Exercised, with witness events, and held.
    PASS = "pass"
    #: An observation contradicts the rule; evidence is attached.
    FAIL = "fail"
    #: A failure that the product's own list of known failures names: shown, and decides nothing.
    KNOWN = "known failure"
    #: Attempted and not decided; never a pass.
    INCONCLUSIVE = "inconclusive"
    #: An optional capability honestly absent, and refused as it must be.
    NOT_APPLICABLE = "not applicable"
    #: The rule cannot be seen at this level; neither a pass nor a failure.
    ELSEWHERE = "untestable at this level"
    #: Something mandatory is missing, so that the rule cannot be exercised: counts as fail.
    UNTESTABLE = "untestable"
    #: Played several times, with verdicts that differ: nobody can rely on any of them.
    FLAKY = "flaky"
    #: The suite's own fault: the run says nothing about the target.
    HARNESS_ERROR = "harness error"
    #: A connector broke the suite's connector protocol (no connector in this version).
    ADAPTER_ERROR = "adapter error"


#: What says neither that a target keeps a rule nor that it breaks one.
NEUTRAL: Final = frozenset({Verdict.NOT_APPLICABLE, Verdict.ELSEWHERE})

_WORST_FIRST: Final = (
    Verdict.HARNESS_ERROR,
    Verdict.FAIL,
    Verdict.UNTESTABLE,
    Verdict.FLAKY,
    Verdict.ADAPTER_ERROR,
    Verdict.INCONCLUSIVE,
    Verdict.KNOWN,
    Verdict.PASS,
    Verdict.NOT_APPLICABLE,
    Verdict.ELSEWHERE,
)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of several; inconclusive where there is none."""
    found = set(verdicts)
    return next((verdict for verdict in _WORST_FIRST if verdict in found), Verdict.INCONCLUSIVE)


class Exit:
    """Exit codes of ``cobrowse conform``."""

    CONFORMANT: Final = 0
    NOT_CONFORMANT: Final = 1
    INCOMPLETE: Final = 2
    HARNESS_ERROR: Final = 3
    USAGE: Final = 4
    FLAKY: Final = 5


def exit_code(must: Iterable[Verdict], others: Iterable[Verdict]) -> int:
    """The exit code for the verdicts on MUST rules and on all others.

    Only MUST rules decide conformance, but a fault of the suite's own voids the run wherever it is.
    """
    must, others = list(must), list(others)
    if Verdict.HARNESS_ERROR in (*must, *others):
        return Exit.HARNESS_ERROR
    if any(verdict in (Verdict.FAIL, Verdict.UNTESTABLE) for verdict in must):
        return Exit.NOT_CONFORMANT
    if Verdict.FLAKY in must:
        return Exit.FLAKY
    undecided = any(verdict in (Verdict.INCONCLUSIVE, Verdict.ADAPTER_ERROR) for verdict in must)
    if undecided or Verdict.PASS not in (*must, *others):
        return Exit.INCOMPLETE
    return Exit.CONFORMANT

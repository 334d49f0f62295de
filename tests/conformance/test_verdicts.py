"""Verdicts: what is worst wins, nothing exercised is no pass, MUST and SHOULD are two axes."""

import itertools

import pytest
from cobrowse_conformance.verdicts import Exit, Verdict, exit_code, worst
from hypothesis import given
from hypothesis import strategies as st

verdicts = st.lists(st.sampled_from(list(Verdict)))


def test_of_several_the_worst_counts() -> None:
    """A single failure outweighs any number of passes."""
    assert Verdict.FAIL is worst([Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE])


def test_of_none_nothing_is_concluded() -> None:
    """No story is no pass."""
    assert Verdict.INCONCLUSIVE is worst([])


@given(verdicts, verdicts)
def test_more_stories_never_make_a_verdict_better(some: list[Verdict], more: list[Verdict]) -> None:
    """Adding a verdict leaves the worst where it was or makes it worse."""
    rank = {verdict: number for number, verdict in enumerate(_worst_first())}
    if some:
        assert rank[worst(some + more)] <= rank[worst(some)]


def _worst_first() -> list[Verdict]:
    ordered: list[Verdict] = []
    remaining = set(Verdict)
    while remaining:
        ordered.append(worst(remaining))
        remaining.remove(ordered[-1])
    return ordered


@pytest.mark.parametrize(
    "must, others, code",
    [
        ([Verdict.PASS], [], Exit.CONFORMANT),
        ([Verdict.PASS, Verdict.NOT_APPLICABLE], [Verdict.PASS], Exit.CONFORMANT),
        ([Verdict.PASS], [Verdict.FAIL], Exit.CONFORMANT),
        ([Verdict.PASS, Verdict.FAIL], [], Exit.NOT_CONFORMANT),
        ([Verdict.PASS, Verdict.UNTESTABLE], [], Exit.NOT_CONFORMANT),
        ([Verdict.PASS, Verdict.INCONCLUSIVE], [], Exit.INCOMPLETE),
        ([Verdict.PASS, Verdict.ADAPTER_ERROR], [], Exit.INCOMPLETE),
        ([Verdict.FAIL, Verdict.INCONCLUSIVE], [], Exit.NOT_CONFORMANT),
        ([], [], Exit.INCOMPLETE),
        ([Verdict.NOT_APPLICABLE], [], Exit.INCOMPLETE),
        ([Verdict.PASS, Verdict.ELSEWHERE], [], Exit.CONFORMANT),
        ([Verdict.ELSEWHERE], [], Exit.INCOMPLETE),
        ([Verdict.FAIL, Verdict.HARNESS_ERROR], [], Exit.HARNESS_ERROR),
        ([Verdict.PASS], [Verdict.HARNESS_ERROR], Exit.HARNESS_ERROR),
    ],
)
def test_the_exit_code_says_what_the_run_says(must: list[Verdict], others: list[Verdict], code: int) -> None:
    """Only MUST rules decide conformance; the suite's own fault voids everything."""
    assert code == exit_code(must, others)


def test_no_order_of_verdicts_changes_the_exit_code() -> None:
    """Which rule was judged first is nobody's business."""
    some = [Verdict.PASS, Verdict.INCONCLUSIVE, Verdict.FAIL]

    assert {Exit.NOT_CONFORMANT} == {exit_code(order, []) for order in itertools.permutations(some)}

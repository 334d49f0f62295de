"""Seeded faults: servers and customers with one thing wrong, each caught by the check of its own rule.

A fault is a change of the reference implementation, made in ``cobrowse_cli.faults`` and never in shipped
code.  A kill is the verdict *fail* on the very rule that the fault breaks, from that rule's examples and
invariant alone.  Here is the cast, which was written by hand, and a sample of the derived faults; all of
them are ``cobrowse faults``.  The degenerate servers (accept-all, reject-all, silent) come last.
"""

import random
from collections.abc import Iterator

import pytest
from cobrowse_cli.faults import degenerate
from cobrowse_cli.faults.cast import CAST
from cobrowse_cli.faults.derived import derivation
from cobrowse_cli.faults.known import WHY_OTHERS
from cobrowse_cli.faults.matrix import Finding, Stage, Task, equivalent, judged, played, reference_server
from cobrowse_cli.faults.pool import processes
from cobrowse_cli.faults.tools import Fault, Patch
from cobrowse_conformance.results import Run
from cobrowse_conformance.runner import Selection, run
from cobrowse_conformance.targets import Target, TargetDown
from cobrowse_conformance.verdicts import NEUTRAL, Exit, Verdict
from cobrowse_spec.rulebook import rulebook

#: Which derived faults are tried here: another seed, other faults.
SEED = 1
SAMPLE = 10


def sample() -> list[Fault]:
    """A few derived faults that their own rule must catch."""
    told = [
        fault
        for fault in derivation().faults
        if equivalent(fault) is None and fault.name not in WHY_OTHERS and fault.kind != "timer"
    ]
    return random.Random(SEED).sample(told, SAMPLE)  # noqa: S311 -- repeatable, not secret


#: The cast, and the sample.
TRIED = (*CAST, *sample())


def test_every_wire_rule_has_a_fault() -> None:
    """No rule of the wire is without a fault that shows that its check bites."""
    wire = {rule.id for rule in rulebook().values() if "wire" in rule.seen}

    assert wire == {fault.rule for fault in CAST}


@pytest.fixture(scope="module")
def findings(request: pytest.FixtureRequest) -> dict[str, Finding]:
    """What the own rules' stories find of every fault that is asked for, two at a time."""
    tests = [item for item in request.session.items if isinstance(item, pytest.Function)]
    faults = [item.callspec.params.get("fault") for item in tests if hasattr(item, "callspec")]
    names = dict.fromkeys(fault.name for fault in faults if isinstance(fault, Fault) and fault in TRIED)
    with processes(2) as play_all:
        tasks = [Task((name,), SEED, (Stage.OWN,)) for name in names]
        return {task.faults[0]: finding for task, finding in played(tasks, play_all)}


@pytest.mark.parametrize("fault", TRIED, ids=lambda fault: fault.name)
def test_the_rules_own_check_catches_the_fault(fault: Fault, findings: dict[str, Finding]) -> None:
    """The rule that the fault breaks gets the verdict *fail*, with evidence."""
    found = findings[fault.name]

    assert "" == found.invalid
    assert Verdict.FAIL is found.verdict, found.because
    assert found.example


async def judged_whole(*ends: str) -> Run:
    """What the whole suite says of the server as it is now."""
    return await judged((), ends or ("server",), 1)


async def test_without_a_fault_every_rule_passes() -> None:
    """The control: the very same run on the server and customer as they are has no failure."""
    found = await judged_whole("server", "customer")

    assert [] == [
        (result.rule, result.because)
        for result in found.rules
        if result.verdict is not Verdict.PASS and result.verdict not in NEUTRAL
    ]
    assert Exit.CONFORMANT == found.exit_code


# Degenerate servers: none is ever conformant.


def passed(found: Run) -> list[str]:
    """The rules that passed; but for RESUME-4, whose servers are processes of their own and as good as ever."""
    return [
        result.rule for result in found.rules if result.verdict is Verdict.PASS and result.rule != "RESUME-4"
    ]


@pytest.fixture
def patch() -> Iterator[Patch]:
    """Changes that hold for one test."""
    with Patch() as changes:
        yield changes


async def test_a_server_that_accepts_everything_is_not_conformant(patch: Patch) -> None:
    """Accept-all fails, and every chapter has a rule that says so."""
    degenerate.accept_all(patch)

    found = await judged_whole("server", "customer")

    assert Exit.NOT_CONFORMANT == found.exit_code
    failed = {result.chapter for result in found.rules if result.verdict is Verdict.FAIL}
    assert {result.chapter for result in found.rules} == failed


async def test_a_server_that_rejects_everything_is_not_conformant(patch: Patch) -> None:
    """Reject-all fails, and passes nothing but rules that ask for a refusal alone."""
    degenerate.reject_all(patch)

    found = await judged_whole()

    assert Exit.NOT_CONFORMANT == found.exit_code
    assert [] == passed(found)


async def test_a_server_that_never_answers_is_nothing_to_judge(patch: Patch) -> None:
    """A silent server is found out before the first story, and the error says what was tried."""
    degenerate.silent(patch)

    async with reference_server() as server:
        target = Target(server.url, server.controller_key)

        with pytest.raises(TargetDown, match="does not answer"):
            await run(target, Selection(), seed=1, command="")


async def test_a_server_that_falls_silent_is_incomplete_and_soon_given_up(patch: Patch) -> None:
    """No rule passes, and most stories are not even tried."""
    degenerate.mute_in_sessions(patch)

    found = await judged_whole()

    assert found.exit_code in (Exit.NOT_CONFORMANT, Exit.INCOMPLETE)
    assert [] == passed(found)
    assert any("stopped answering" in story.because for story in found.stories)

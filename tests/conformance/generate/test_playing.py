"""Playing generated stories: faults are found, made small, and kept as features and capsules."""

from pathlib import Path

import pytest
from cobrowse_conformance.generate.capsule import (
    FORMAT,
    Capsule,
    CapsuleError,
    TargetShown,
    read_capsule,
    write_capsule,
)
from cobrowse_conformance.generate.playing import Found, Generation, Replayed, replay_capsule
from cobrowse_conformance.generate.story import Move, Story
from cobrowse_conformance.generate.telling import as_feature, tell
from cobrowse_conformance.results import Run
from cobrowse_conformance.runner import Selection, run
from cobrowse_conformance.targets import Target
from cobrowse_conformance.venues import open_wire_venue
from cobrowse_conformance.verdicts import Exit, Verdict
from cobrowse_spec import observations as see
from cobrowse_spec.rulebook import read_feature, rulebook
from cobrowse_spec.terms import Party
from cobrowse_spec.trace import Event, Header
from msgspec.structs import replace

from .conftest import DECLARED, faulty

#: Faults of the cast, and how many stories of this seed find each under its own rule.
FAULTS = {
    "cast WRITE-1: an approval counts when nothing is asked": 60,
    "cast WRITE-2: the customer is not asked": 20,
}
SEED = 23


async def generated(target: Target, count: int) -> Found:
    """What generated stories make of a server."""
    async with open_wire_venue(target) as venue:
        return await Generation(venue, target, SEED).run(count, lambda done, total, result: None)


async def replayed(target: Target, capsule: Capsule) -> Replayed:
    """What a capsule's story makes of a server."""
    async with open_wire_venue(target) as venue:
        return await replay_capsule(capsule, venue, target)


async def judged(target: Target, feature: str) -> Run:
    """What the suite says of a server by a feature alone."""
    selection = Selection(own=tuple(read_feature(feature, "kept.feature")))
    return await run(target, selection, seed=1, command="")


async def test_the_reference_server_passes_generated_stories() -> None:
    """Where nothing is wrong nothing is found, and it is said what was reached."""
    async with faulty() as target:
        found = await generated(target, 40)

    assert [] == [capsule.feature for capsule in found.capsules]
    assert 0 == found.summary.failed
    assert 40 == found.summary.passed + found.summary.undecided
    assert () == found.summary.own_faults
    assert {"JOIN-1", "WRITE-2", "STOP-6"} <= {goal.rule for goal in found.summary.goals}
    assert all(timer.machine["0"] for timer in found.summary.timers if timer.timer in ("pending", "request"))


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_is_found_made_small_and_kept(fault: str, tmp_path: Path) -> None:
    """Its feature and its capsule fail on the faulty server, by the same rule, and pass on the good one."""
    rule, path = fault.split()[1].rstrip(":"), tmp_path / "capsule.json"
    async with faulty(fault) as target:
        found = await generated(target, FAULTS[fault])
        (capsule,) = [capsule for capsule in found.capsules if capsule.rule == rule]
        write_capsule(capsule, path)
        again, kept = await replayed(target, read_capsule(path)), await judged(target, capsule.feature)
    async with faulty() as target:
        well, good = await replayed(target, capsule), await judged(target, capsule.feature)

    assert capsule == read_capsule(path)
    assert len(capsule.story.moves) <= 6
    assert rule in {result.rule for result in found.results}
    assert (Exit.NOT_CONFORMANT, True) == (again.exit_code, again.words.startswith("It fails again: "))
    assert {Verdict.FAIL} == {result.verdict for result in kept.rules if result.rule == rule}
    # On a machine that is too busy a story is undecided, but nothing is called wrong.
    assert Exit.NOT_CONFORMANT != well.exit_code
    assert {Verdict.PASS, Verdict.INCONCLUSIVE} >= {story.verdict for story in good.stories}
    assert not any(judgement.violations for story in good.stories for judgement in story.judgements.values())


@pytest.fixture
def capsule() -> Capsule:
    """A capsule of a failure, whose story nobody has played."""
    story = Story(moves=(Move("the customer starts a session"),))
    told = tell(story, DECLARED).example("a story", "generated.1")
    seen = Event(1, 0.0, Party.CUSTOMER, "customer", saw=see.Started("123456789"))
    return Capsule(
        format=FORMAT,
        spec_version="1.0",
        suite_version="1",
        seed=1,
        number=1,
        found="2026-01-01T00:00:00+00:00",
        rule="START-2",
        because="not seen",
        line="Then the customer sees a session ID",
        target=TargetShown("a server", "a server", "1", (), DECLARED.timers["standard"]),
        name="a story",
        lines=tuple((line.keyword, line.text) for line in told.lines),
        story=story,
        written=story,
        feature=as_feature(told, rulebook()["START-2"], "not seen"),
        header=Header(),
        trace=(seen,),
    )


def test_what_is_no_capsule_is_refused(tmp_path: Path) -> None:
    """With the reason, and not half read."""
    path = tmp_path / "capsule.json"
    path.write_text('{"type": "something else"}', encoding="utf-8")

    with pytest.raises(CapsuleError, match="is no capsule of this suite"):
        read_capsule(path)


def test_a_capsule_of_another_format_is_refused(capsule: Capsule, tmp_path: Path) -> None:
    """A later suite's capsule is not guessed at; nor one in words that the rulebook has not."""
    path = tmp_path / "capsule.json"

    write_capsule(replace(capsule, format=99), path)
    with pytest.raises(CapsuleError, match="has format 99"):
        read_capsule(path)
    with pytest.raises(CapsuleError, match="in words of another rulebook"):
        replace(capsule, lines=(("When", "the moon rises"),)).example()


def test_a_capsules_story_is_the_one_that_was_told(capsule: Capsule, tmp_path: Path) -> None:
    """Line by line, and as a feature, whoever reads it."""
    path = tmp_path / "capsule.json"
    write_capsule(capsule, path)
    example = read_capsule(path).example()
    (rule,) = read_feature(capsule.feature, "kept.feature")

    assert example.lines == rule.examples[0].lines
    assert "START-2" == example.rule == rule.id

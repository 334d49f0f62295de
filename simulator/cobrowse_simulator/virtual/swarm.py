"""A swarm: one profile for one seed after the other, what all of them together came to, and the first that failed."""

from collections import Counter
from collections.abc import Callable, Iterable

import msgspec
from cobrowse_spec.rules import INVARIANTS

from ..load.profile import Plan
from ..load.run import Kept, Report
from ..load.situations import SITUATIONS
from .shrinking import Play, Shrinker, Told, as_feature, case_of


class ShortStory(msgspec.Struct, frozen=True):
    """What the first failing seed was shrunk to."""

    seed: int
    #: The rule that is broken, and why; else the reason for which the session fails.
    rule: str
    because: str
    #: The story as a feature, with what goes wrong besides.
    feature: str
    #: Runs that shrinking took.
    attempts: int


class Swarm(msgspec.Struct, frozen=True):
    """What a swarm came to."""

    name: str
    first_seed: int
    seeds: int
    counts: dict[str, int]
    #: In how many sessions each rule was exercised, and how often violated.
    exercised: dict[str, int]
    violations: dict[str, int]
    #: How often each rare situation came about, those that never did included.
    situations: dict[str, int]
    #: Rules with an invariant that no session exercised.
    rules_unreached: tuple[str, ...]
    failing: tuple[int, ...]
    story: ShortStory | None = None


def rules_unreached(exercised: Iterable[str]) -> tuple[str, ...]:
    """The rules with an invariant that are not among these, in the rulebook's order."""
    known = set(exercised)
    return tuple(dict.fromkeys(one.rule for one in INVARIANTS if one.rule not in known))


def run_swarm(
    plan: Plan,
    seeds: Iterable[int],
    play: Play,
    *,
    with_seed: Callable[[Plan, int], Plan],
    keep: Callable[[Kept], None] = lambda kept: None,
) -> Swarm:
    """Run the plan with each seed; the first that fails is shrunk."""
    counts: Counter[str] = Counter()
    exercised: Counter[str] = Counter()
    violations: Counter[str] = Counter()
    situations: Counter[str] = Counter(dict.fromkeys(SITUATIONS, 0))
    failing: list[int] = []
    first: Kept | None = None
    done: list[int] = []
    for seed in seeds:
        done.append(seed)
        wrong: list[Kept] = []

        def take(kept: Kept, wrong: list[Kept] = wrong) -> None:
            wrong.append(kept)
            keep(kept)

        report = play(with_seed(plan, seed), take)
        counts.update(report.counts)
        exercised.update(report.exercised)
        violations.update(report.violations)
        situations.update(report.situations)
        if has_failed(plan, report):
            if not failing:
                first = _plainest(wrong, report.violations)
            failing.append(seed)
    story = _story(with_seed(plan, failing[0]), first, play) if failing and first is not None else None
    return Swarm(
        name=plan.profile.name,
        first_seed=min(done, default=0),
        seeds=len(done),
        counts=dict(counts),
        exercised=dict(exercised),
        violations=dict(violations),
        situations=dict(situations),
        rules_unreached=rules_unreached(exercised),
        failing=tuple(failing),
        story=story,
    )


def has_failed(plan: Plan, report: Report) -> bool:
    """Whether a run failed: where things go wrong on purpose, only rules and thresholds can be failed."""
    failed = bool(report.counts.get("failed")) and not plan.profile.faults.any
    return bool(report.violations) or not report.passed or failed


def _plainest(wrong: list[Kept], violations: dict[str, int]) -> Kept | None:
    """A session that breaks the rule that is broken most often, that rule first; else any that failed."""
    for rule in sorted(violations, key=lambda rule: -violations[rule]):
        for kept in wrong:
            if rule in kept.rules:
                return kept._replace(rules=(rule, *(one for one in kept.rules if one != rule)))
    return next(iter(wrong), None)


def _story(plan: Plan, kept: Kept, play: Play) -> ShortStory | None:
    shrinker = Shrinker(play)
    told: Told | None = shrinker.shrink(case_of(plan, kept))
    if told is None:
        return None
    return ShortStory(
        plan.profile.seed,
        told.case.rule,
        told.because or told.case.reason,
        as_feature(told.case),
        told.attempts,
    )

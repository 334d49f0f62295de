"""The ruling: from the results of stories to the verdict on each rule, and from these to that of a run.

A rule is judged at each level by itself: by the stories that were played there, and by what its invariant says of
every trace there.  Runs of several levels are merged into one: the worst verdict wins, and a level at which a
rule cannot be seen says nothing.

Order: a rule at one level, a rule, a run.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from cobrowse_spec.rulebook import Example, Rule, rulebook
from cobrowse_spec.rules import INVARIANTS
from cobrowse_spec.stories import Crash
from msgspec.structs import replace

from .results import LEVELS, Counts, Evidence, Generated, LevelResult, RuleResult, Run, StoryResult, Witness
from .verdicts import NEUTRAL, Exit, Verdict, exit_code, worst

#: What is said of a rule about crashes where there was none.
NO_CRASH: Final = (
    "the target offers no way to kill it and to start it again, so nothing is known of what survives"
)

#: Witness events that are kept of a rule at one level.
_WITNESSES: Final = 5

#: What a sentence calls each level.
AT_LEVEL: Final = {"wire": "on the wire", "browser": "in the browser"}


# A rule at one level


def level_result(
    rule: Rule,
    results: Sequence[StoryResult],
    level: str,
    capabilities: Iterable[str],
    beforehand: LevelResult | None = None,
) -> LevelResult:
    """The verdict on a rule at a level, by the results of all stories of the run.

    ``capabilities`` are those that the target declares.  ``beforehand`` is what is known of the rule without
    any story, such as that something mandatory is missing: it stands unless a story shows that the rule is broken.
    A rule that no story of the rulebook shows at a level can be judged there by an oracle all the same.
    """
    here = [result for result in results if result.level == level]
    own = [result for result in here if result.rule == rule.id]
    tried = [result for result in own if result.verdict is not Verdict.NOT_APPLICABLE]
    if level not in rule.seen and not tried:
        return LevelResult(Verdict.ELSEWHERE, f"this is seen in another place: {', '.join(rule.seen)}")
    broken = [
        Evidence(result.example, result.end, one.because, one.events, by_invariant=True, level=level)
        for result in here
        if rule.id in result.judgements and rule.id not in result.wavering
        for one in result.judgements[rule.id].violations
    ]
    wavering = [
        Evidence(result.example, result.end, result.wavering[rule.id], by_invariant=True, level=level)
        for result in here
        if rule.id in result.wavering
    ]
    evidence = [
        Evidence(result.example, result.end, _at_line(result), result.events, level=level)
        for result in own
        if result.verdict is not Verdict.PASS
    ]
    verdict, because = _verdict(rule, level, tried, broken, wavering, here, capabilities)
    if beforehand is not None and verdict not in (Verdict.FAIL, Verdict.HARNESS_ERROR):
        verdict, because = beforehand.verdict, beforehand.because
    return LevelResult(
        verdict=verdict,
        because=because,
        played=len(tried),
        passed=sum(1 for result in tried if result.verdict is Verdict.PASS),
        witnesses=_witnesses(rule, own, here),
        evidence=(*broken, *wavering, *evidence),
    )


def _verdict(
    rule: Rule,
    level: str,
    own: Sequence[StoryResult],
    broken: Sequence[Evidence],
    wavering: Sequence[Evidence],
    results: Sequence[StoryResult],
    capabilities: Iterable[str],
) -> tuple[Verdict, str]:
    if broken:
        return Verdict.FAIL, broken[0].because
    if not own:
        return Verdict.INCONCLUSIVE, NO_CRASH if _mortal(rule) else "no story of this rule was played"
    found = worst(result.verdict for result in own)
    if wavering and worst((found, Verdict.FLAKY)) is Verdict.FLAKY:
        return Verdict.FLAKY, wavering[0].because
    if found is not Verdict.PASS:
        first = next(result for result in own if result.verdict is found)
        return found, f"{first.example}: {_at_line(first)}"
    if rule.capability and rule.capability not in capabilities:
        return Verdict.NOT_APPLICABLE, f"capability {rule.capability} is not declared, and is refused"
    # In browsers few invariants judge (:mod:`.browser.watched`): what a rule's stories show is enough there.
    watched = level == "wire" and any(invariant.rule == rule.id for invariant in INVARIANTS)
    if watched and not any(rule.id in result.judgements for result in results):
        return Verdict.INCONCLUSIVE, "no trace exercised the rule's invariant"
    return Verdict.PASS, ""


def _at_line(result: StoryResult) -> str:
    """Why a story did not pass, after the line that decided it; what was not played has none."""
    return f"{result.line}: {result.because}" if result.line else result.because


def crashes(example: Example) -> bool:
    """Whether the server is killed in it."""
    return any(isinstance(step, Crash) for step in example.steps)


def _mortal(rule: Rule) -> bool:
    """Whether the server is killed in every story of the rule."""
    return bool(rule.examples) and all(crashes(example) for example in rule.examples)


def _witnesses(rule: Rule, own: Sequence[StoryResult], results: Sequence[StoryResult]) -> tuple[Witness, ...]:
    """A few events that exercised the rule: in its own stories first, then in any."""
    found = [
        Witness(result.example, result.end, number)
        for result in (*own, *results)
        if rule.id in result.judgements
        for number in result.judgements[rule.id].witnesses[:1]
    ]
    found += [Witness(result.example, result.end, number) for result in own for number in result.events[:1]]
    return tuple(dict.fromkeys(found))[:_WITNESSES]


# A rule


def rule_result(rule: Rule, by_level: Mapping[str, LevelResult]) -> RuleResult:
    """The verdict on a rule: the worst of what was found at the levels of the run."""
    bare = RuleResult(rule.id, rule.chapter, rule.level, rule.sentence, Verdict.INCONCLUSIVE, "", {})
    return at_levels(bare, by_level)


def at_levels(result: RuleResult, by_level: Mapping[str, LevelResult]) -> RuleResult:
    """The same rule with what was found at its levels, and the verdict that follows."""
    verdict, because = _of_levels(by_level)
    return replace(result, verdict=verdict, because=because, by_level=dict(by_level))


def _of_levels(by_level: Mapping[str, LevelResult]) -> tuple[Verdict, str]:
    verdict = worst(found.verdict for found in by_level.values())
    level, first = next(each for each in by_level.items() if each[1].verdict is verdict)
    if len(by_level) == 1 or not first.because or verdict in NEUTRAL:
        return verdict, first.because
    return verdict, f"{AT_LEVEL.get(level, level)}: {first.because}"


# A run


def ruled(
    run: Run,
    rules: Iterable[Rule],
    beforehand: Callable[[Rule, str], LevelResult | None] = lambda rule, level: None,
) -> Run:
    """The run with the verdicts on these rules, by its stories, at each of its levels.

    ``beforehand`` says what is known of a rule at a level without any story (:func:`level_result`).
    """

    def at(rule: Rule, level: str) -> LevelResult:
        return level_result(rule, run.stories, level, run.capabilities, beforehand(rule, level))

    results = [rule_result(rule, {level: at(rule, level) for level in run.levels}) for rule in rules]
    return with_verdicts(run, results)


def with_verdicts(run: Run, rules: Iterable[RuleResult]) -> Run:
    """The run with these verdicts on its rules, and with the counts and the exit code that follow from them."""
    rules = tuple(rules)
    code = exit_code(
        [result.verdict for result in rules if result.level == "MUST"],
        [result.verdict for result in rules if result.level != "MUST"],
    )
    return replace(
        run,
        rules=rules,
        counts={level: _counts(level, rules) for level in ("MUST", "SHOULD", "MAY")},
        exit_code=_with_generated(code, run.generated),
    )


def _with_generated(code: int, generated: Generated | None) -> int:
    """The exit code, where generated stories were played as well: what they broke is in the verdicts."""
    if generated is None or code == Exit.HARNESS_ERROR:
        return code
    if generated.own_faults:
        return Exit.HARNESS_ERROR
    return Exit.INCOMPLETE if code == Exit.CONFORMANT and generated.undecided else code


def _counts(level: str, verdicts: Sequence[RuleResult]) -> Counts:
    of_level = [result for result in verdicts if result.level == level]
    applicable = [result for result in of_level if result.verdict not in NEUTRAL]
    decided = (Verdict.PASS, Verdict.FAIL)
    failed = (Verdict.FAIL, Verdict.UNTESTABLE)
    return Counts(
        exercised=sum(1 for result in applicable if result.verdict in (*decided, Verdict.KNOWN)),
        applicable=len(applicable),
        total=len(of_level),
        passed=sum(1 for result in applicable if result.verdict is Verdict.PASS),
        failed=sum(1 for result in applicable if result.verdict in failed),
        undecided=sum(
            1 for result in applicable if result.verdict not in (Verdict.PASS, Verdict.KNOWN, *failed)
        ),
        known=sum(1 for result in applicable if result.verdict is Verdict.KNOWN),
    )


def merged(runs: Sequence[Run]) -> Run:
    """One run of several, each of one target at levels of its own: the first says what the target is.

    A rule that can be seen at a level of the run and was not judged there is not decided there.
    Raises ValueError where two of the runs have a level in common.
    """
    first, *others = sorted(runs, key=lambda run: [LEVELS.index(level) for level in run.levels])
    levels = [level for run in (first, *others) for level in run.levels]
    if len(set(levels)) < len(levels):
        raise ValueError(f"two runs of the same level cannot be merged: {', '.join(levels)}")
    whole = first
    for run in others:
        whole = replace(
            whole,
            levels=(*whole.levels, *run.levels),
            capabilities=tuple(dict.fromkeys((*whole.capabilities, *run.capabilities))),
            timers={**run.timers, **whole.timers},
            server=whole.server or run.server,
            server_version=whole.server_version or run.server_version,
            began=min(whole.began, run.began),
            took_s=whole.took_s + run.took_s,
            stories=(*whole.stories, *run.stories),
            generated=whole.generated or run.generated,
            notes=(*whole.notes, *run.notes),
            bounds={**run.bounds, **whole.bounds},
            browser=whole.browser or run.browser,
        )
    return with_verdicts(whole, _merged_rules(whole, runs))


def _merged_rules(whole: Run, runs: Sequence[Run]) -> Iterable[RuleResult]:
    found: dict[str, dict[str, LevelResult]] = {}
    results = {result.rule: result for run in runs for result in run.rules}
    for run in runs:
        for result in run.rules:
            found.setdefault(result.rule, {}).update(result.by_level)
    rank = {rule: number for number, rule in enumerate(rulebook())}
    for name in sorted(results, key=lambda name: rank.get(name, len(rank))):
        rule = rulebook().get(name)
        by_level = {level: found[name].get(level) or _not_judged(rule, level) for level in whole.levels}
        verdict, because = _of_levels(by_level)
        yield replace(results[name], verdict=verdict, because=because, by_level=by_level)


def _not_judged(rule: Rule | None, level: str) -> LevelResult:
    if rule is not None and level not in rule.seen:
        return LevelResult(Verdict.ELSEWHERE, f"this is seen in another place: {', '.join(rule.seen)}")
    return LevelResult(Verdict.INCONCLUSIVE, f"it was not judged {AT_LEVEL.get(level, level)}")

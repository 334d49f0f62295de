"""The runner: plays the rulebook's examples against a target and judges every trace.

Examples run side by side, each in sessions of its own.  Every trace is judged by every invariant,
whatever rule its story is about.  Order: which examples, playing one, playing all, the verdicts.
"""

import random
import zlib
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Final, NamedTuple

import trio
from cobrowse_spec.rulebook import Example, Rule, rulebook
from cobrowse_spec.rules import INVARIANTS, Judge, Status
from cobrowse_spec.stories import StartMany, UsePolicy
from cobrowse_spec.trace import SPEC_VERSION, Header, Recorder
from msgspec.structs import asdict

from .cast import Cast
from .relay import RelayVenue
from .results import Counts, Evidence, RuleResult, Run, StoryResult
from .stage import Played, Stage, declared_time_s
from .targets import Target
from .venues import Declared, Venue, open_wire_venue, policy
from .verdicts import Verdict, exit_code, worst

#: Stories at a time: enough to keep two cores busy, few enough that each is answered at once.
STORIES_AT_A_TIME: Final = 12

#: Seconds that one story may take, on top of the declared times that it lets pass.
STORY_TIMEOUT_S: Final = 20.0

#: What is said of a story once so many stories in a row got no answer that there is no point in more.
_PASSED_OVER: Final = Played(
    Verdict.INCONCLUSIVE, "not played: the target had stopped answering", answered=False
)

#: Parties that a story may have at most, so that each has a place of its own.
_PLACES_PER_STORY: Final = 40


class Selection(NamedTuple):
    """Which examples to play."""

    level: str = "wire"
    rules: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


class Part(NamedTuple):
    """One story to be played: an example, at one end of the target."""

    example: Example
    end: str


def suite_version() -> str:
    """The version of this suite."""
    try:
        return version("cobrowse-kit")
    except PackageNotFoundError:
        return "unknown"


# Which examples


def chosen_rules(selection: Selection) -> list[Rule]:
    """The rules that a selection asks for, at its level."""
    return [
        rule
        for rule in rulebook().values()
        if selection.level in rule.seen and (not selection.rules or rule.id in selection.rules)
    ]


def chosen_parts(
    rules: Iterable[Rule], selection: Selection, target: Target, declared: Declared
) -> list[Part]:
    """The stories to play: slow ones first, so that their waiting overlaps with the others' work."""
    if selection.level != "wire":
        return []
    parts = []
    for rule in rules:
        lacking = bool(rule.capability) and rule.capability not in declared.capabilities
        for example in rule.examples:
            if selection.tags and not example.tags.intersection(selection.tags):
                continue
            if rule.capability and ("@absent" in example.tags) != lacking:
                continue
            parts += [Part(example, end) for end in _ends(example) if end in target.ends]
    return sorted(parts, key=lambda part: not _is_slow(part.example))


def _ends(example: Example) -> list[str]:
    """An example judges the server; one tagged so, the customer's end as well.

    Some things only the customer's end can know, such as what a script of the page does: there the
    example needs a customer's end that obeys (`@obeying`).
    """
    return ["server", "customer"] if "@customer-end" in example.tags else ["server"]


def _is_slow(example: Example) -> bool:
    return any(
        isinstance(step, StartMany) or (isinstance(step, UsePolicy) and step.name.startswith("short"))
        for step in example.steps
    )


# Playing one


async def play(
    part: Part, venue: Venue, target: str, seed: int, place: int, *, instead: Played | None = None
) -> StoryResult:
    """Play one story in its own sessions, and judge its trace; or say ``instead`` why it was not played."""
    example = part.example
    header = _header(example, venue, target, seed)
    recorder = Recorder(header, trio.current_time)
    judge = Judge(header)
    recorder.listen(judge.see)
    began = trio.current_time()
    played = instead or await _play(part, venue, recorder, seed, place)
    judgements = {
        rule: found for rule, found in judge.judgements().items() if found.status is not Status.NOT_EXERCISED
    }
    return StoryResult(
        example=example.id,
        rule=example.rule,
        name=example.name,
        place=example.place,
        end=part.end,
        verdict=played.verdict,
        because=played.because,
        line=played.line,
        gherkin=example.as_gherkin(),
        events=played.events,
        judgements=judgements,
        header=header,
        trace=tuple(recorder.events),
        took_s=trio.current_time() - began,
        answered=played.answered,
    )


async def _play(part: Part, venue: Venue, recorder: Recorder, seed: int, place: int) -> Played:
    obeying = part.end == "customer" or "@obeying" in part.example.tags
    guesses = random.Random(zlib.crc32(f"{seed} {part.example.id} {part.end}".encode()))  # noqa: S311 -- repeatable, not secret
    bound_s = STORY_TIMEOUT_S + declared_time_s(part.example, venue.declared)
    played = Played(Verdict.INCONCLUSIVE, f"not over within {bound_s:g} s")
    try:
        with trio.move_on_after(bound_s):
            async with trio.open_nursery() as nursery:
                cast = Cast(venue, recorder, nursery, place=place, obeying=obeying)
                played = await Stage(cast, guesses).play(part.example)
                if cast.faults() and played.verdict is Verdict.PASS:
                    because = f"it sent what is no cobrowse.v1: {cast.faults()[0]}"
                    played = Played(Verdict.FAIL, because, events=played.events)
                recorder.stop()
                await cast.leave()
    except Exception as error:
        return Played(Verdict.HARNESS_ERROR, f"the suite itself failed: {_all_of(error)}")
    return played


def _all_of(error: BaseException) -> str:
    if isinstance(error, BaseExceptionGroup):
        return "; ".join(_all_of(one) for one in error.exceptions)
    return f"{type(error).__name__}: {error}"


def _header(example: Example, venue: Venue, target: str, seed: int) -> Header:
    name = next((step.name for step in example.steps if isinstance(step, UsePolicy)), "standard")
    declared = {key: float(value) for key, value in asdict(venue.declared.timers[name]).items()}
    if venue.end == "server":
        declared["throttle_s"] = venue.declared.throttle.window_s
        declared["throttle_per_agent"] = float(venue.declared.throttle.per_agent)
    return Header(
        suite_version=suite_version(),
        target=target,
        story=example.id,
        seed=seed,
        declared=declared,
        capabilities=venue.declared.capabilities,
        site=policy(name).site,
        denied=policy(name).deny_urls,
        masked=_names(selector for page in policy(name).pages for selector in page.mask),
        secret=("pin", *_names(selector for page in policy(name).pages for selector in page.secret)),
        write_mode=policy(name).write_mode,
        judged=(venue.end,),
    )


def _names(selectors: Iterable[str]) -> tuple[str, ...]:
    """The names of the fields that `#name` selects; the suite's own policies select by nothing else."""
    return tuple(selector.removeprefix("#") for selector in selectors)


# Playing all


async def run(
    target: Target,
    selection: Selection,
    *,
    seed: int,
    command: str,
    told: Callable[[int, int, StoryResult | None], None] = lambda done, total, result: None,
) -> Run:
    """Judge a target; ``told`` hears of every story as it ends (done, total, its result).

    Raises :class:`.targets.TargetDown` where there is nothing to judge.
    """
    began = datetime.now(UTC)
    began_at = trio.current_time()
    rules = chosen_rules(selection)
    async with open_wire_venue(target) as wire, trio.open_nursery() as nursery:
        parts = chosen_parts(rules, selection, target, wire.declared)
        told(0, len(parts), None)
        results = await _play_all(parts, wire, nursery, target, seed, told)
        nursery.cancel_scope.cancel()
    order = {(part.example.id, part.end): number for number, part in enumerate(_in_order(parts))}
    results.sort(key=lambda result: order[result.example, result.end])
    verdicts = tuple(_rule_result(rule, results, selection, wire.declared) for rule in rules)
    return Run(
        spec_version=SPEC_VERSION,
        suite_version=suite_version(),
        target=target.name or target.url,
        url=target.url,
        server=wire.declared.server,
        server_version=wire.declared.version,
        capabilities=wire.declared.capabilities,
        timers={name: asdict(timers) for name, timers in wire.declared.timers.items()},
        level=selection.level,
        seed=seed,
        began=began.isoformat(timespec="seconds"),
        took_s=trio.current_time() - began_at,
        command=command,
        exit_code=exit_code(
            [result.verdict for result in verdicts if result.level == "MUST"],
            [result.verdict for result in verdicts if result.level != "MUST"],
        ),
        rules=verdicts,
        stories=tuple(results),
        counts={level: _counts(level, verdicts) for level in ("MUST", "SHOULD", "MAY")},
    )


def _in_order(parts: Sequence[Part]) -> list[Part]:
    rank = {rule: number for number, rule in enumerate(rulebook())}

    def key(part: Part) -> tuple[int, int, str]:
        return rank[part.example.rule], int(part.example.id.rpartition(".")[2]), part.end

    return sorted(parts, key=key)


async def _play_all(
    parts: Sequence[Part],
    wire: Venue,
    nursery: trio.Nursery,
    target: Target,
    seed: int,
    told: Callable[[int, int, StoryResult | None], None],
) -> list[StoryResult]:
    results: list[StoryResult] = []
    waiting = iter(enumerate(parts))
    silent = 0

    async def player() -> None:
        nonlocal silent
        for number, part in waiting:
            venue: Venue = RelayVenue(nursery) if part.end == "customer" else wire
            place = 1 + number * _PLACES_PER_STORY
            bound = _PASSED_OVER if silent >= STORIES_AT_A_TIME and part.end == "server" else None
            result = await play(part, venue, target.name or target.url, seed, place, instead=bound)
            if part.end == "server":
                silent = silent + 1 if not result.answered else 0
            results.append(result)
            told(len(results), len(parts), result)

    async with trio.open_nursery() as players:
        for _ in range(STORIES_AT_A_TIME):
            players.start_soon(player)
    return results


# The verdicts


def _rule_result(
    rule: Rule, results: Sequence[StoryResult], selection: Selection, declared: Declared
) -> RuleResult:
    own = [result for result in results if result.rule == rule.id]
    evidence = [
        Evidence(result.example, result.end, f"{result.line}: {result.because}", result.events)
        for result in own
        if result.verdict is not Verdict.PASS
    ]
    broken = [
        Evidence(result.example, result.end, violation.because, violation.events, by_invariant=True)
        for result in results
        if rule.id in result.judgements
        for violation in result.judgements[rule.id].violations
    ]
    verdict, because = _verdict(rule, own, broken, results, selection, declared)
    return RuleResult(
        rule=rule.id,
        chapter=rule.chapter,
        level=rule.level,
        sentence=rule.sentence,
        verdict=verdict,
        because=because,
        played=len(own),
        passed=sum(1 for result in own if result.verdict is Verdict.PASS),
        witnesses=_witnesses(rule, own, results),
        evidence=(*broken, *evidence),
    )


def _verdict(
    rule: Rule,
    own: Sequence[StoryResult],
    broken: Sequence[Evidence],
    results: Sequence[StoryResult],
    selection: Selection,
    declared: Declared,
) -> tuple[Verdict, str]:
    if selection.level != "wire":
        return Verdict.UNTESTABLE, f"this version of the suite has no {selection.level} side"
    if broken:
        return Verdict.FAIL, broken[0].because
    if not own:
        return Verdict.INCONCLUSIVE, "no story of this rule was played"
    found = worst(result.verdict for result in own)
    if found is not Verdict.PASS:
        first = next(result for result in own if result.verdict is found)
        return found, f"{first.example}: {first.line}: {first.because}"
    if rule.capability and rule.capability not in declared.capabilities:
        return Verdict.NOT_APPLICABLE, f"capability {rule.capability} is not declared, and is refused"
    watched = any(invariant.rule == rule.id for invariant in INVARIANTS)
    if watched and not any(rule.id in result.judgements for result in results):
        return Verdict.INCONCLUSIVE, "no trace exercised the rule's invariant"
    return Verdict.PASS, ""


def _witnesses(
    rule: Rule, own: Sequence[StoryResult], results: Sequence[StoryResult]
) -> tuple[tuple[str, str, int], ...]:
    """A few events that exercised the rule: in its own stories first, then in any."""
    found = [
        (result.example, result.end, number)
        for result in (*own, *results)
        if rule.id in result.judgements
        for number in result.judgements[rule.id].witnesses[:1]
    ]
    found += [(result.example, result.end, number) for result in own for number in result.events[:1]]
    return tuple(dict.fromkeys(found))[:5]


def _counts(level: str, verdicts: Sequence[RuleResult]) -> Counts:
    of_level = [result for result in verdicts if result.level == level]
    applicable = [result for result in of_level if result.verdict is not Verdict.NOT_APPLICABLE]
    decided = (Verdict.PASS, Verdict.FAIL)
    return Counts(
        exercised=sum(1 for result in applicable if result.verdict in decided),
        applicable=len(applicable),
        total=len(of_level),
        passed=sum(1 for result in applicable if result.verdict is Verdict.PASS),
        failed=sum(1 for r in applicable if r.verdict in (Verdict.FAIL, Verdict.UNTESTABLE)),
        undecided=sum(1 for r in applicable if r.verdict not in (*decided, Verdict.UNTESTABLE)),
    )

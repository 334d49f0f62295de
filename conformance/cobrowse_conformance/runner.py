"""The runner: plays the rulebook's examples against a target and judges every trace.

Examples run side by side, each in sessions of its own.  Every trace is judged by every invariant,
whatever rule its story is about.  Order: which examples, playing one, playing all.  What follows from the results is in
:mod:`.ruling`.
"""

import functools
import itertools
import random
import zlib
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Final, NamedTuple

import trio
from cobrowse_spec.policy import capabilities
from cobrowse_spec.rulebook import Example, Rule, rulebook
from cobrowse_spec.rules import Judge, Status
from cobrowse_spec.stories import SendNonsense, StartMany, UsePolicy
from cobrowse_spec.trace import SPEC_VERSION, Header, Recorder
from msgspec.structs import asdict, replace

from .cast import Cast
from .floor import Floor
from .outage import OUTAGE_TIMEOUT_S, Outage, OutageVenue, Turn
from .relay import RelayVenue
from .repeats import Repeats
from .results import Generated, LevelResult, Run, StoryResult
from .ruling import crashes, ruled
from .stage import Played, Stage, declared_time_s
from .targets import Target, TargetDown
from .venues import ALWAYS_SECRET, Declared, Venue, WireVenue, fields_in, open_wire_venue, policy
from .verdicts import Exit, Verdict

#: Stories that act at a time; those that let time pass do not count.
STORIES_AT_A_TIME: Final = 8

#: Seconds that one story may take, on top of the declared times that it lets pass.
STORY_TIMEOUT_S: Final = 20.0

#: How long a story whose policy has short timers may take beside the times that it waits for, in seconds: after
#: that a timer may have run out that the story knows nothing of; and what counts as short.
SLACK_S: Final = 0.3
SHORT_S: Final = 3.0

#: What is said of a story that took so long that its timers show nothing.
TOO_SLOW: Final = "too slow for its own timers"

#: How often a story that was too slow is played again.
SLOW_TRIES: Final = 2

#: What is said of a story once so many stories in a row got no answer that there is no point in more.
_PASSED_OVER: Final = Played(
    Verdict.INCONCLUSIVE, "not played: the target had stopped answering", answered=False
)

#: What is said of every rule at a level that this version of the suite has no side for.
_NO_SIDE: Final = LevelResult(Verdict.UNTESTABLE, "this version of the suite has no browser side")

#: Parties that a story may have at most, so that each has a place of its own.
_PLACES_PER_STORY: Final = 40


class Selection(NamedTuple):
    """Which examples to play."""

    level: str = "wire"
    rules: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    #: Rules with stories of somebody's own, to be played in place of the rulebook's.
    own: tuple[Rule, ...] = ()


class Part(NamedTuple):
    """One story to be played: an example, at one end of the target."""

    example: Example
    end: str


#: Plays more stories: what it counted, and the results that decide something.
Afterwards = Callable[[WireVenue], Awaitable[tuple[Generated | None, Sequence[StoryResult]]]]


@functools.cache
def suite_version() -> str:
    """The version of this suite."""
    try:
        return version("cobrowse-kit")
    except PackageNotFoundError:
        return "unknown"


# Which examples


def chosen_rules(selection: Selection) -> list[Rule]:
    """The rules that a selection asks for, at its level."""
    return [rule for rule in asked_for(selection) if selection.level in rule.seen]


def asked_for(selection: Selection) -> list[Rule]:
    """The rules that a selection asks for, whether they can be seen at its level or not."""
    known = selection.own or rulebook().values()
    return [rule for rule in known if not selection.rules or rule.id in selection.rules]


def chosen_parts(
    rules: Iterable[Rule], selection: Selection, target: Target, declared: Declared
) -> list[Part]:
    """The stories to play: slow ones first, so that their waiting overlaps with the others' work."""
    if selection.level != "wire":
        return []
    parts = []
    for rule in rules:
        for example in rule.examples:
            if selection.tags and not example.tags.intersection(selection.tags):
                continue
            if example.needs and example.needs not in declared.capabilities:
                continue
            if crashes(example) and target.fragile is None:
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
        isinstance(step, StartMany | SendNonsense)
        or (isinstance(step, UsePolicy) and step.name.startswith("short"))
        for step in example.steps
    )


# Playing one


async def play(
    part: Part,
    venue: Venue,
    target: str,
    seed: int,
    place: int,
    *,
    floor: Floor | None = None,
    instead: Played | None = None,
) -> StoryResult:
    """Play one story in its own sessions, and judge its trace; or say ``instead`` why it was not played."""
    example = part.example
    header = _header(example, venue, target, seed)
    recorder = Recorder(header, trio.current_time)
    judge = Judge(header)
    recorder.listen(judge.see)
    began = trio.current_time()
    played = instead or await _play(part, venue, recorder, seed, place, floor or Floor(1))
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
        busy_s=played.busy_s,
    )


async def play_in_time(
    part: Part,
    venue: Venue,
    target: str,
    seed: int,
    place: int,
    *,
    floor: Floor | None = None,
    instead: Played | None = None,
) -> StoryResult:
    """The same; but a story that fails and did not keep its own time is played again, or decides nothing."""
    result = await play(part, venue, target, seed, place, floor=floor, instead=instead)
    for _ in range(SLOW_TRIES):
        if not _was_slow(part, result, venue.declared):
            return result
        result = await play(part, venue, target, seed, place, floor=floor)
    if not _was_slow(part, result, venue.declared):
        return result
    because = f"it took {result.busy_s:.1f} s beside the times that it waits for: {TOO_SLOW}"
    return replace(result, verdict=Verdict.INCONCLUSIVE, because=because, judgements={})


def _was_slow(part: Part, result: StoryResult, declared: Declared) -> bool:
    """Whether it did not pass, and a timer may have run out that it knows nothing of."""
    broken = any(judgement.violations for judgement in result.judgements.values())
    undecided = result.verdict in (Verdict.FAIL, Verdict.INCONCLUSIVE)
    if not (undecided or broken) or result.busy_s <= SLACK_S or not result.answered:
        return False
    timers = declared.timers[_policy_of(part.example)]
    return any(0 < seconds <= SHORT_S for seconds in asdict(timers).values())


def _policy_of(example: Example) -> str:
    return next((step.name for step in example.steps if isinstance(step, UsePolicy)), "standard")


async def _play(part: Part, venue: Venue, recorder: Recorder, seed: int, place: int, floor: Floor) -> Played:
    obeying = part.end == "customer" or "@obeying" in part.example.tags
    guesses = random.Random(zlib.crc32(f"{seed} {part.example.id} {part.end}".encode()))  # noqa: S311 -- repeatable, not secret
    bound_s = STORY_TIMEOUT_S + declared_time_s(part.example, venue.declared)
    if crashes(part.example):
        bound_s += OUTAGE_TIMEOUT_S
    played = Played(Verdict.INCONCLUSIVE, f"not over within {bound_s:g} s")
    try:
        with trio.move_on_after(bound_s):
            async with trio.open_nursery() as nursery:
                cast = Cast(venue, recorder, nursery, place=place, obeying=obeying)
                stage = Stage(cast, guesses, floor)
                played = (await stage.play(part.example))._replace(busy_s=stage.busy_s)
                if cast.faults() and played.verdict is Verdict.PASS:
                    because = f"it sent what is no cobrowse.v1: {cast.faults()[0]}"
                    played = played._replace(verdict=Verdict.FAIL, because=because)
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
    name = _policy_of(example)
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
        capabilities=tuple(one for one in capabilities(policy(name)) if one in venue.declared.capabilities),
        site=policy(name).site,
        denied=policy(name).deny_urls,
        masked=fields_in(policy(name), "mask"),
        secret=(*ALWAYS_SECRET, *fields_in(policy(name), "secret")),
        write_mode=policy(name).write_mode,
        judged=(venue.end,),
    )


# Playing all


async def run(
    target: Target,
    selection: Selection,
    *,
    seed: int,
    command: str,
    told: Callable[[int, int, StoryResult | None], None] = lambda done, total, result: None,
    afterwards: Afterwards | None = None,
    repeats: int = 1,
) -> Run:
    """Judge a target; ``told`` hears of every story as it ends (done, total, its result).

    Each story is played ``repeats`` times, each time among other neighbours (:mod:`.repeats`).
    ``afterwards`` plays more stories when those of the selection are over, and gives what it counted and
    the results that decide something.  Raises :class:`.targets.TargetDown` where there is nothing to judge.
    """
    began = datetime.now(UTC)
    began_at = trio.current_time()
    rules = chosen_rules(selection)
    async with open_wire_venue(target) as wire, trio.open_nursery() as nursery:
        parts = chosen_parts(rules, selection, target, wire.declared)
        told(0, len(parts) * repeats, None)
        played = Repeats()
        over = itertools.count(1)

        def add(result: StoryResult) -> None:
            played.add(result)
            told(next(over), len(parts) * repeats, result)

        for turn in range(repeats):
            await _play_both(_shuffled(parts, seed, turn), wire, nursery, target, seed, add, turn=turn)
        generated, more = (None, ()) if afterwards is None else await afterwards(wire)
        nursery.cancel_scope.cancel()
    order = {(part.example.id, part.end): number for number, part in enumerate(_in_order(parts))}
    results = sorted(played.results(), key=lambda result: order[result.example, result.end])
    results += more
    judged = list(asked_for(selection))
    blamed = {result.rule for result in more} - {rule.id for rule in judged}
    judged += [rule for rule in rulebook().values() if rule.id in blamed]
    found = Run(
        spec_version=SPEC_VERSION,
        suite_version=suite_version(),
        target=target.name or target.url,
        url=target.url,
        server=wire.declared.server,
        server_version=wire.declared.version,
        capabilities=wire.declared.capabilities,
        timers={name: asdict(timers) for name, timers in wire.declared.timers.items()},
        levels=(selection.level,),
        seed=seed,
        began=began.isoformat(timespec="seconds"),
        took_s=trio.current_time() - began_at,
        command=command,
        exit_code=Exit.INCOMPLETE,
        rules=(),
        stories=tuple(results),
        counts={},
        generated=generated,
        repeats=repeats,
    )
    return ruled(found, judged, lambda rule, level: None if level == "wire" else _NO_SIDE)


def _shuffled(parts: Sequence[Part], seed: int, turn: int) -> list[Part]:
    """The stories in the order of this turn, slow ones first: the first turn's is the rulebook's."""
    order = list(parts)
    if turn:
        random.Random(f"{seed} {turn}").shuffle(order)  # noqa: S311 -- repeatable, not secret
    return sorted(order, key=lambda part: not _is_slow(part.example))


def _in_order(parts: Sequence[Part]) -> list[Part]:
    rank = {rule: number for number, rule in enumerate(rulebook())}

    def key(part: Part) -> tuple[int, int, str]:
        return rank[part.example.rule], int(part.example.id.rpartition(".")[2]), part.end

    return sorted(parts, key=key)


async def _play_both(
    parts: Sequence[Part],
    wire: Venue,
    nursery: trio.Nursery,
    target: Target,
    seed: int,
    add: Callable[[StoryResult], None],
    *,
    turn: int,
) -> None:
    """The stories in which the server is killed, and all others: at a time, if it is another server."""
    crashing = [part for part in parts if crashes(part.example)]
    others = [part for part in parts if not crashes(part.example)]
    apart = target.fragile is not None and target.fragile.apart
    async with trio.open_nursery() as both:
        if crashing and apart:
            both.start_soon(_play_outage, crashing, wire, target, seed, add)
        await play_all(others, wire, nursery, target, seed, add, before=turn * len(others))
    if crashing and not apart:
        await _play_outage(crashing, wire, target, seed, add)


async def play_all(
    parts: Sequence[Part],
    wire: Venue,
    nursery: trio.Nursery,
    target: Target,
    seed: int,
    add: Callable[[StoryResult], None],
    *,
    before: int = 0,
) -> None:
    """Play stories side by side, each in a task of its own, as the floor has room for them.

    ``add`` gets each result as it comes.  ``before`` is how many were played to the target already: parties of
    this turn have addresses of their own.
    """
    floor = Floor(STORIES_AT_A_TIME)
    name = target.name or target.url
    silent = 0

    async def one(part: Part, place: int) -> None:
        nonlocal silent
        venue: Venue = RelayVenue(nursery) if part.end == "customer" else wire
        bound = _PASSED_OVER if silent >= STORIES_AT_A_TIME and part.end == "server" else None
        result = await play_in_time(part, venue, name, seed, place, floor=floor, instead=bound)
        if part.end == "server":
            silent = silent + 1 if not result.answered else 0
        add(result)
        floor.leave()

    async with trio.open_nursery() as stories:
        for number, part in enumerate(parts, before):
            await floor.enter()
            stories.start_soon(one, part, 1 + number * _PLACES_PER_STORY)


async def _play_outage(
    parts: Sequence[Part], steady: Venue, target: Target, seed: int, add: Callable[[StoryResult], None]
) -> None:
    """Play the stories in which the server is killed: all in one crash, of a server that can be killed."""
    assert target.fragile is not None
    over: list[Part] = []

    async def one(part: Part, wire: WireVenue, turn: Turn, place: int) -> None:
        result = await play(part, OutageVenue(wire, turn), target.name or target.url, seed, place)
        turn.leave()
        over.append(part)
        add(result)

    try:
        async with (
            target.fragile.open(target) as fragile,
            open_wire_venue(fragile.target) as wire,
            trio.open_nursery() as nursery,
        ):
            outage = Outage(fragile)
            for number, part in enumerate(parts):
                nursery.start_soon(one, part, wire, outage.turn(), 1 + number * _PLACES_PER_STORY)
            nursery.start_soon(outage.conduct)
    except* TargetDown as errors:
        down = Played(Verdict.INCONCLUSIVE, f"no server that can be killed: {_all_of(errors)}")
        for part in parts:
            if part not in over:
                add(await play(part, steady, target.name or target.url, seed, 0, instead=down))

"""Playing generated stories to a target: many at a time, then each failure by itself until it is small.

The runner plays and judges them like any other story (:mod:`..runner`).  What fails is played once more,
shrunk, told as a feature and packed into a capsule.

Order: what came of it, what a failure is, playing, shrinking, the summary.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

import trio
from cobrowse_spec import observations as see
from cobrowse_spec.rulebook import Example, Rule, rulebook
from cobrowse_spec.sentences import TIMERS, read_sentence
from cobrowse_spec.stories import Expect, ExpectNothing, ExpectNothingElse, Step
from cobrowse_spec.terms import Timer
from cobrowse_spec.trace import SPEC_VERSION
from msgspec.structs import replace

from ..reports.summary import without_secrets
from ..results import Generated, GoalsReached, StoryResult, TimerReached
from ..runner import Part, play_all, play_in_time, suite_version
from ..stage import declared_time_s
from ..targets import Target
from ..venues import Declared, WireVenue
from ..verdicts import Exit, Verdict
from .author import Author, write_stories
from .capsule import FORMAT, Capsule, TargetShown
from .goals import Aspect, Boundary, Goals, Moment
from .shrinking import Shrinker, fewer_lines
from .story import Story
from .telling import NotPlayable, as_feature, named, tell

#: Failures that are shrunk; of each rule one.  All are reported.
MAX_SHRUNK: Final = 8

#: Parties that one story may have, so that each has a place of its own.
_PLACES: Final = 40

#: Which rule stands for what a party sees, where no refusal and no invariant names one.
_RULES: Final[dict[type[see.Observation], str]] = {
    see.Started: "START-2",
    see.Said: "START-3",
    see.Joined: "JOIN-2",
    see.PageShown: "POINTER-1",
    see.ElementsShown: "POINTER-1",
    see.Content: "POINTER-1",
    see.PointerAt: "POINTER-3",
    see.Circle: "POINTER-4",
    see.Asked: "WRITE-2",
    see.Answered: "WRITE-3",
    see.InMode: "WRITE-1",
    see.Acted: "WRITE-4",
    see.ActApplied: "WRITE-4",
    see.Suspended: "SITE-3",
    see.Resumed: "SITE-2",
    see.Restored: "RESUME-2",
    see.Warned: "STOP-7",
    see.Ended: "STOP-6",
}
#: And where nothing at all does.
_ANY_RULE: Final = "SECURE-4"


# What came of it


class Found(NamedTuple):
    """What generated stories made of a target."""

    summary: Generated
    #: The stories that did not pass, as results under the rules that they concern.
    results: tuple[StoryResult, ...]
    capsules: tuple[Capsule, ...]


class _Failure(NamedTuple):
    """Which rule a story shows to be broken, and why."""

    rule: str
    because: str
    line: str
    events: tuple[int, ...]


def failure(result: StoryResult) -> _Failure | None:
    """What a story shows to be broken; None where nothing is.

    A refusal that did not come names its rule; else an invariant does; else what was seen or missed.
    """
    by_story = None
    if result.verdict is Verdict.FAIL:
        words = result.line.partition(" ")[2]
        step = read_sentence(words)[0] if words else None
        by_story = _Failure(_rule_of(step, result), result.because, result.line, result.events)
        if isinstance(step, Expect) and step.kind is see.Refused:
            return by_story
    for rule, judgement in result.judgements.items():
        for violation in judgement.violations:
            return _Failure(rule, violation.because, "", violation.events)
    return by_story


def _rule_of(step: Step | None, result: StoryResult) -> str:
    """The rule of what was seen and should not have been, or was not and should."""
    if isinstance(step, Expect):
        if step.kind is see.Refused:
            return str(step.fields["rule"])
        return _RULES.get(step.kind, _ANY_RULE)
    if isinstance(step, ExpectNothing | ExpectNothingElse):
        seen = {event.seq: event.saw for event in result.trace}.get(result.events[0] if result.events else 0)
        if isinstance(seen, see.Refused):
            return seen.rule if seen.rule in rulebook() else _ANY_RULE
        return _ANY_RULE if seen is None else _RULES.get(type(seen), _ANY_RULE)
    return _ANY_RULE


# Playing


class Generation:
    """One run of generated stories against one target."""

    def __init__(self, venue: WireVenue, target: Target, seed: int) -> None:
        self._venue = venue
        self._target = target
        self._seed = seed
        self._places = 0

    @property
    def _declared(self) -> Declared:
        return self._venue.declared

    async def run(self, count: int, told: Callable[[int, int, StoryResult | None], None]) -> Found:
        """Write so many stories, play them, and shrink what fails."""
        began = trio.current_time()
        stories, author = write_stories(self._declared, count, self._seed)
        parts = [Part(self._example(story, number), "server") for number, story in enumerate(stories, 1)]
        self._places = (1 + count) * _PLACES
        results = await self._play_all(parts, told)
        failures = [(number, failure(result)) for number, result in enumerate(results)]
        shown: dict[int, tuple[StoryResult, Capsule | None]] = {}
        shrunk: set[str] = set()
        for number, found in failures:
            if found is None:
                continue
            if found.rule in shrunk or len(shrunk) >= MAX_SHRUNK:
                shown[number] = _under(results[number], found, number + 1), None
                continue
            shrunk.add(found.rule)
            shown[number] = await self._shown(stories[number], number + 1, results[number], found)
        summary = self._summary(stories, author, results, shown, trio.current_time() - began)
        capsules = tuple(capsule for _, capsule in shown.values() if capsule is not None)
        return Found(summary, tuple(result for result, _ in shown.values()), capsules)

    def _example(self, story: Story, number: int) -> Example:
        name = f"story {number} of seed {self._seed}"
        return tell(story, self._declared).example(name, f"generated.{number}")

    async def _play_all(
        self, parts: Sequence[Part], told: Callable[[int, int, StoryResult | None], None]
    ) -> list[StoryResult]:
        """The results in the order of the parts."""
        by_id: dict[str, StoryResult] = {}

        def add(result: StoryResult) -> None:
            passed = result.verdict is Verdict.PASS and failure(result) is None
            by_id[result.example] = replace(result, trace=()) if passed else result
            told(len(by_id), len(parts), result)

        # Those that wait for timers first, so that their waiting overlaps with the others' work.
        order = sorted(parts, key=lambda part: -declared_time_s(part.example, self._declared))
        async with trio.open_nursery() as nursery:
            await play_all(order, self._venue, nursery, self._target, self._seed, add)
            nursery.cancel_scope.cancel()
        return [by_id[part.example.id] for part in parts]

    async def play_again(self, example: Example) -> StoryResult:
        """What comes of one story, played by itself."""
        self._places += _PLACES
        part, name = Part(example, "server"), self._target.name or self._target.url
        return await play_in_time(part, self._venue, name, self._seed, self._places)

    # Shrinking

    async def _shown(
        self, story: Story, number: int, result: StoryResult, found: _Failure
    ) -> tuple[StoryResult, Capsule | None]:
        """The failure as small as it gets, and its capsule."""

        async def fails(shorter: Story) -> bool | None:
            try:
                example = self._example(shorter, number)
            except NotPlayable:
                return None
            again = failure(await self.play_again(example))
            return again is not None and again.rule == found.rule

        shrinker = Shrinker(fails)
        small = await shrinker.shrink(story)
        best, why = result, found
        example = self._example(small, number)
        for candidate in (example, *_fewer(example, await self.play_again(example))):
            again = await self.play_again(candidate)
            seen = failure(again)
            if seen is not None and seen.rule == found.rule:
                best, why = again, seen
                example = candidate
        if best is result:
            example = self._example(story, number)
            unsteady = f"{found.because} (in one of two tries)"
            why = found._replace(because=unsteady)
        rule = rulebook()[why.rule]
        example = named(example, rule.id, f"Story {number} of seed {self._seed}, shrunk")
        capsule = self._capsule(story, small, number, example, best, why, rule)
        return _under(best, why, number, example), capsule

    def _capsule(
        self,
        written: Story,
        small: Story,
        number: int,
        example: Example,
        result: StoryResult,
        why: _Failure,
        rule: Rule,
    ) -> Capsule:
        declared = self._declared
        return Capsule(
            format=FORMAT,
            spec_version=SPEC_VERSION,
            suite_version=suite_version(),
            seed=self._seed,
            number=number,
            found=datetime.now(UTC).isoformat(timespec="seconds"),
            rule=why.rule,
            because=why.because,
            line=why.line,
            target=TargetShown(
                self._target.name or self._target.url,
                declared.server,
                declared.version,
                declared.capabilities,
                declared.timers[small.policy],
            ),
            name=example.name,
            lines=tuple((line.keyword, line.text) for line in example.lines),
            story=small,
            written=written,
            feature=as_feature(example, rule, why.because),
            header=result.header,
            trace=tuple(without_secrets(event) for event in result.trace),
            events=why.events,
        )

    # The summary

    def _summary(
        self,
        stories: Sequence[Story],
        author: Author,
        results: Sequence[StoryResult],
        shown: dict[int, tuple[StoryResult, Capsule | None]],
        took_s: float,
    ) -> Generated:
        broken = [r.because for r in results if r.verdict is Verdict.HARNESS_ERROR]
        undecided = [r for n, r in enumerate(results) if n not in shown and r.verdict is not Verdict.PASS]
        return Generated(
            stories=len(stories),
            seed=self._seed,
            moves=sum(len(story.moves) for story in stories),
            passed=len(stories) - len(shown) - len(undecided),
            failed=len(shown),
            undecided=len(undecided),
            why_undecided=dict(Counter(result.because for result in undecided).most_common(5)),
            own_faults=tuple(dict.fromkeys((*author.broken, *broken))),
            goals=_goals(author.goals),
            timers=_timers(author.goals),
            features=tuple(capsule.feature for _, capsule in shown.values() if capsule is not None),
            took_s=took_s,
        )


def _fewer(example: Example, result: StoryResult) -> list[Example]:
    """The example with fewer lines, the shortest last, so that the last that fails is the best."""
    found = failure(result)
    return [] if found is None else list(reversed(list(fewer_lines(example, found.line))))


def _under(result: StoryResult, found: _Failure, number: int, example: Example | None = None) -> StoryResult:
    """The result, as one of the rule that it shows to be broken."""
    told = result.gherkin if example is None else example.as_gherkin()
    return replace(
        result,
        example=f"{found.rule}.generated-{number}",
        rule=found.rule,
        name=result.name if example is None else example.name,
        verdict=Verdict.FAIL,
        because=found.because,
        events=found.events,
        gherkin=told,
    )


def _goals(goals: Goals) -> tuple[GoalsReached, ...]:
    return tuple(
        GoalsReached(rule, {str(aspect): goals.rules[rule, aspect] for aspect in Aspect})
        for rule in rulebook()
        if any(goals.rules[rule, aspect] for aspect in Aspect)
    )


def _timers(goals: Goals) -> tuple[TimerReached, ...]:
    return tuple(
        TimerReached(
            name,
            {
                str(moment): goals.boundaries[Boundary(Timer(field.removesuffix("_s")), moment)]
                for moment in Moment
                if field.removesuffix("_s") in set(Timer)
            },
            goals.waited[field, Moment.BEFORE],
            goals.waited[name, Moment.AFTER] + goals.waited[field, Moment.AFTER],
        )
        for name, field in TIMERS.items()
        if name != "throttle"
    )


# Again


class Replayed(NamedTuple):
    """What came of playing a capsule's story once more."""

    result: StoryResult
    events: tuple[int, ...]
    exit_code: int
    #: In one sentence.
    words: str
    #: What is not as it was when the capsule was made; empty where all is.
    differs: str


async def replay_capsule(capsule: Capsule, venue: WireVenue, target: Target) -> Replayed:
    """Play a capsule's story to a target; raises :class:`.capsule.CapsuleError`."""
    generation = Generation(venue, target, capsule.seed)
    result = await generation.play_again(capsule.example())
    found = failure(result)
    differs = _differs(capsule, venue.declared)
    if result.verdict is Verdict.HARNESS_ERROR:
        return Replayed(result, (), Exit.HARNESS_ERROR, result.because, differs)
    if found is None and result.verdict is not Verdict.PASS:
        return Replayed(result, (), Exit.INCOMPLETE, f"Undecided: {result.because}", differs)
    if found is None:
        return Replayed(result, (), Exit.CONFORMANT, "It passes here: the failure does not show.", differs)
    same = found.rule == capsule.rule
    again = "It fails again" if same else f"It fails, but by {found.rule}"
    return Replayed(result, found.events, Exit.NOT_CONFORMANT, f"{again}: {found.because}", differs)


def _differs(capsule: Capsule, declared: Declared) -> str:
    then, now = capsule.target, declared
    changed = []
    if (then.server, then.version) != (now.server, now.version):
        changed.append(f"the server is {now.server} {now.version}, it was {then.server} {then.version}")
    if then.capabilities != now.capabilities:
        changed.append("it declares other capabilities")
    if capsule.story.policy in now.timers and now.timers[capsule.story.policy] != then.timers:
        changed.append("it declares other timers")
    if capsule.suite_version != suite_version() or capsule.spec_version != SPEC_VERSION:
        changed.append("the suite is another version")
    return f"Not as it was: {'; '.join(changed)}." if changed else ""

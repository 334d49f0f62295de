"""Playing: all stories that browsers can play, by pairs of browsers side by side.

Order: which stories, one story, all of them.
"""

import functools
import random
import time
import zlib
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final

import trio
from cobrowse_spec.observations import FencePassed
from cobrowse_spec.policy import capabilities
from cobrowse_spec.rulebook import Example, Rule
from cobrowse_spec.stories import UsePolicy
from cobrowse_spec.terms import Party
from cobrowse_spec.trace import Event, Header, Recorder
from msgspec.structs import asdict
from selenium.common.exceptions import WebDriverException

from ..floor import Floor
from ..results import ConsoleEntry, LevelResult, Picture, StoryResult
from ..stage import Played, Stage, declared_time_s
from ..targets import TargetDown
from ..venues import ALWAYS_SECRET, fields_in, policy
from ..verdicts import Verdict
from .attempts import Attempts
from .brands import CHROMIUM, Brand
from .cast import BOUND, BrowserCast
from .following import FOLLOWS
from .playable import is_told, unmapped, unplayable
from .pool import Pair
from .profile import Profile
from .sharing import beginning
from .venue import END, BrowserVenue
from .watched import judged

#: Pairs of browsers that play side by side: two for each core of a small machine, since each often waits.
PAIRS: Final = 4

#: Seconds that a story may take, on top of the declared times that it lets pass.
STORY_TIMEOUT_S: Final = 90.0

#: What a verdict is that says nothing good of the target: then there are pictures.
_BAD: Final = (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.HARNESS_ERROR)


# Which stories


def chosen_examples(
    rules: Iterable[Rule], tags: Sequence[str], profile: Profile, brand: Brand = CHROMIUM
) -> list[Example]:
    """The stories of these rules that are played in browsers of this brand at this product."""
    return [
        example
        for rule in rules
        if "browser" in rule.seen
        for example in rule.examples
        if not tags or example.tags.intersection(tags)
        if not example.needs or example.needs in profile.product.capabilities
        if not unplayable(example, profile, brand.unread) and not unmapped(example, profile)
    ]


def beforehand(rule: Rule, profile: Profile, brand: Brand = CHROMIUM) -> LevelResult | None:
    """What is known of a rule without any story: that what it allows cannot be played, and why."""
    if "browser" not in rule.seen:
        return None
    examples = [one for one in rule.examples if not one.needs or one.needs in profile.product.capabilities]
    reasons = [unplayable(example, profile, brand.unread) for example in examples]
    if not reasons:
        return None
    if brand.unread and brand.unread in reasons:
        return not_read(brand)
    if "" in reasons:
        return _without(rule, [one for one, why in zip(examples, reasons, strict=True) if not why], profile)
    return LevelResult(Verdict.UNTESTABLE, f"no story of it can be played in browsers: {reasons[0]}")


def not_read(brand: Brand) -> LevelResult:
    """What is known of a rule that needs the network to be read: the browser keeps it from being judged, not the product."""
    return LevelResult(Verdict.INCONCLUSIVE, f"not judged to the end: {brand.unread}")


def _without(rule: Rule, examples: Sequence[Example], profile: Profile) -> LevelResult | None:
    """What is said of a rule whose stories need what the profile does not map: that something is refused shows little."""
    missing = {example.id: unmapped(example, profile) for example in examples}
    telling = next((one for one in examples if missing[one.id] and _tells(one)), None)
    if telling is None and not all(missing.values()):
        return None
    first = telling or examples[0]
    return LevelResult(Verdict.UNTESTABLE, f"the profile maps no {missing[first.id]}, which {first.id} needs")


def _tells(example: Example) -> bool:
    """Whether a story shows more than that nothing came of something: what is allowed, or that a party is told why not."""
    return "@allowed" in example.tags or any(map(is_told, example.steps))


# One story


async def play(
    example: Example,
    venue: BrowserVenue,
    pair: Pair,
    attempts: Attempts,
    *,
    suite_version: str,
    seed: int,
) -> StoryResult:
    """Play one story with a pair of browsers, or say why there was no point in it."""
    name = next((step.name for step in example.steps if isinstance(step, UsePolicy)), "standard")
    header = header_of(example.id, name, venue, suite_version, seed)
    recorder = Recorder(header, trio.current_time)
    began = trio.current_time()
    instead = attempts.instead(example)
    if instead is None:
        played, pictures, console = await _play(example, venue, pair, attempts, recorder, seed)
    else:
        played, pictures, console = instead, (), ()
    return StoryResult(
        example=example.id,
        rule=example.rule,
        name=example.name,
        place=example.place,
        end=END,
        level="browser",
        bounded=is_bounded(played, recorder.events),
        verdict=played.verdict,
        because=played.because,
        line=played.line,
        gherkin=example.as_gherkin(),
        events=played.events,
        judgements=judged(header, recorder.events),
        header=header,
        trace=tuple(recorder.events),
        took_s=trio.current_time() - began,
        answered=played.answered,
        busy_s=played.busy_s,
        pictures=pictures,
        console=console,
    )


def by_its_rule(example: Example, played: Played, stood_still: str) -> Played:
    """A fence that is lost decides nothing, but by the rule that says that the agent sees what makes the fence.

    ``stood_still`` says how the view stood still, where nothing else can be why the fence was lost; else it is empty.
    """
    if example.rule != FOLLOWS or played.answered or not stood_still:
        return played
    return played._replace(verdict=Verdict.FAIL, because=stood_still, answered=True)


def is_bounded(played: Played, trace: Iterable[Event]) -> bool:
    """Whether it passed because nothing had come when a bound was over, and no fence could show that nothing would."""
    if played.verdict is not Verdict.PASS:
        return False
    witnesses = (event.saw for event in trace if event.seq in played.events)
    return any(isinstance(saw, FencePassed) and saw.fence == BOUND for saw in witnesses)


async def _play(
    example: Example, venue: BrowserVenue, pair: Pair, attempts: Attempts, recorder: Recorder, seed: int
) -> tuple[Played, tuple[Picture, ...], tuple[ConsoleEntry, ...]]:
    guesses = random.Random(zlib.crc32(f"{seed} {example.id} browser".encode()))  # noqa: S311 -- repeatable, not secret
    bound_s = STORY_TIMEOUT_S + declared_time_s(example, venue.declared)
    played = Played(Verdict.INCONCLUSIVE, f"not over within {bound_s:g} s")
    pictures: tuple[Picture, ...] = ()
    console: tuple[ConsoleEntry, ...] = ()
    stage: Stage | None = None
    since = time.time()
    try:
        with trio.move_on_after(bound_s):
            await pair.ready(venue)
            await pair.work(pair.begin_story)
            cast = BrowserCast(venue, pair, recorder, beginning(example))
            stage = Stage(cast, guesses, Floor(1))
            played = (await stage.play(example))._replace(busy_s=stage.busy_s)
            played = by_its_rule(example, played, cast.table.stood_still)
            if played.verdict in _BAD:
                pictures, console = await pair.work(functools.partial(evidence, pair, since))
            recorder.stop()
            if played.verdict is not Verdict.PASS or not cast.keep():
                await cast.leave()
    except TargetDown as error:
        played = Played(Verdict.INCONCLUSIVE, str(error), answered=False)
    except Exception as error:
        played = Played(Verdict.HARNESS_ERROR, f"the suite itself failed: {all_of(error)}")
    attempts.took(example, played, stage.came if stage else (), stage.in_vain if stage else ())
    if played.verdict in _BAD:
        await renew(pair)
    return played, pictures, console


async def renew(pair: Pair) -> None:
    """After a story that did not pass, nothing of it may be left."""
    try:
        await pair.renew()
    except WebDriverException:
        return  # the next story says that the browser is lost


def evidence(pair: Pair, since: float) -> tuple[tuple[Picture, ...], tuple[ConsoleEntry, ...]]:
    """What both browsers show now, and what was said to their consoles since then (seconds since 1970), each once."""
    pictures, console = [], []
    for party, browser in pair.browsers.items():
        try:
            png = browser.driver.get_screenshot_as_png()
            said = browser.console()
        except WebDriverException:
            continue
        pictures.append(Picture(f"the {party}'s browser at the failing line", png))
        console += [
            ConsoleEntry(str(party), line.level, line.text[:300]) for line in said if line.at >= since
        ]
    return tuple(pictures), tuple(dict.fromkeys(console))


def all_of(error: BaseException) -> str:
    """What went wrong, in a line."""
    if isinstance(error, BaseExceptionGroup):
        return "; ".join(all_of(one) for one in error.exceptions)
    return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"


def header_of(story: str, name: str, venue: BrowserVenue, suite_version: str, seed: int) -> Header:
    """The header of a story's trace, under the policy of this name."""
    given = policy(name)
    return Header(
        suite_version=suite_version,
        target=venue.profile.name,
        story=story,
        seed=seed,
        declared={key: float(value) for key, value in asdict(venue.declared.timers[name]).items()},
        capabilities=tuple(one for one in capabilities(given) if one in venue.declared.capabilities),
        site=given.site,
        denied=given.deny_urls,
        masked=fields_in(given, "mask"),
        secret=(*ALWAYS_SECRET, *fields_in(given, "secret")),
        write_mode=given.write_mode,
        judged=(str(Party.CUSTOMER), "server"),
    )


# All of them


def _likeness(example: Example) -> tuple[str, int]:
    """Stories that begin alike come one after the other."""
    begins = beginning(example)
    return ("", 0) if begins is None else (begins.policy + begins.kind, begins.steps)


async def play_all(
    examples: Sequence[Example],
    venue: BrowserVenue,
    pairs: Sequence[Pair],
    *,
    suite_version: str,
    seed: int,
    add: Callable[[StoryResult], None],
    first: Callable[[Pair], Awaitable[None]],
    attempts: Attempts,
) -> None:
    """Play stories with these pairs of browsers side by side; ``add`` gets each result as it comes.

    Each pair does something else ``first``: what takes longest comes before what can be shared out around it.
    """
    waiting = sorted(examples, key=_likeness)

    async def player(pair: Pair) -> None:
        await first(pair)
        while waiting:
            example = waiting.pop(0)
            add(await play(example, venue, pair, attempts, suite_version=suite_version, seed=seed))

    async with trio.open_nursery() as nursery:
        for pair in pairs:
            nursery.start_soon(player, pair)

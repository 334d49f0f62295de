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
from cobrowse_spec.policy import capabilities
from cobrowse_spec.rulebook import Example, Rule
from cobrowse_spec.stories import UsePolicy
from cobrowse_spec.terms import Party
from cobrowse_spec.trace import Header, Recorder
from msgspec.structs import asdict
from selenium.common.exceptions import WebDriverException

from ..floor import Floor
from ..results import ConsoleEntry, LevelResult, Picture, StoryResult
from ..stage import Played, Stage, declared_time_s
from ..targets import TargetDown
from ..venues import ALWAYS_SECRET, fields_in, policy
from ..verdicts import Verdict
from .cast import BrowserCast
from .playable import unplayable
from .pool import Pair
from .profile import Profile
from .sharing import beginning
from .venue import END, BrowserVenue

#: Pairs of browsers that play side by side: one more than it has cores for on a small machine, since each often waits.
PAIRS: Final = 3

#: Seconds that a story may take, on top of the declared times that it lets pass.
STORY_TIMEOUT_S: Final = 90.0

#: What a verdict is that says nothing good of the target: then there are pictures.
_BAD: Final = (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.HARNESS_ERROR)


#: So many stories in a row without any answer, and there is no point in more.
MOST_SILENT: Final = 6
_PASSED_OVER: Final = Played(
    Verdict.INCONCLUSIVE, "not played: the product had stopped answering", answered=False
)


# Which stories


def chosen_examples(rules: Iterable[Rule], tags: Sequence[str], profile: Profile) -> list[Example]:
    """The stories of these rules that are played in browsers at this product."""
    return [
        example
        for rule in rules
        if "browser" in rule.seen
        for example in rule.examples
        if not tags or example.tags.intersection(tags)
        if not example.needs or example.needs in profile.product.capabilities
        if not unplayable(example, profile)
    ]


def beforehand(rule: Rule, profile: Profile) -> LevelResult | None:
    """What is known of a rule without any story: that nothing of it can be played, and why."""
    if "browser" not in rule.seen:
        return None
    examples = [one for one in rule.examples if not one.needs or one.needs in profile.product.capabilities]
    reasons = [unplayable(example, profile) for example in examples]
    if not reasons or "" in reasons:
        return None
    return LevelResult(Verdict.UNTESTABLE, f"no story of it can be played in browsers: {reasons[0]}")


# One story


async def play(
    example: Example,
    venue: BrowserVenue,
    pair: Pair,
    *,
    suite_version: str,
    seed: int,
    instead: Played | None = None,
) -> StoryResult:
    """Play one story with a pair of browsers, or say ``instead`` why it was not played."""
    name = next((step.name for step in example.steps if isinstance(step, UsePolicy)), "standard")
    header = header_of(example.id, name, venue, suite_version, seed)
    recorder = Recorder(header, trio.current_time)
    began = trio.current_time()
    if instead is None:
        played, pictures, console = await _play(example, venue, pair, recorder, seed)
    else:
        played, pictures, console = instead, (), ()
    return StoryResult(
        example=example.id,
        rule=example.rule,
        name=example.name,
        place=example.place,
        end=END,
        level="browser",
        verdict=played.verdict,
        because=played.because,
        line=played.line,
        gherkin=example.as_gherkin(),
        events=played.events,
        judgements={},
        header=header,
        trace=tuple(recorder.events),
        took_s=trio.current_time() - began,
        answered=played.answered,
        busy_s=played.busy_s,
        pictures=pictures,
        console=console,
    )


async def _play(
    example: Example, venue: BrowserVenue, pair: Pair, recorder: Recorder, seed: int
) -> tuple[Played, tuple[Picture, ...], tuple[ConsoleEntry, ...]]:
    guesses = random.Random(zlib.crc32(f"{seed} {example.id} browser".encode()))  # noqa: S311 -- repeatable, not secret
    bound_s = STORY_TIMEOUT_S + declared_time_s(example, venue.declared)
    played = Played(Verdict.INCONCLUSIVE, f"not over within {bound_s:g} s")
    pictures: tuple[Picture, ...] = ()
    console: tuple[ConsoleEntry, ...] = ()
    since = time.time()
    try:
        with trio.move_on_after(bound_s):
            await pair.ready(venue)
            await pair.work(pair.traffic.forget)
            cast = BrowserCast(venue, pair, recorder, beginning(example))
            stage = Stage(cast, guesses, Floor(1))
            played = (await stage.play(example))._replace(busy_s=stage.busy_s)
            if played.verdict in _BAD:
                pictures, console = await pair.work(functools.partial(evidence, pair, since))
            recorder.stop()
            if played.verdict is not Verdict.PASS or not cast.keep():
                await cast.leave()
    except TargetDown as error:
        played = Played(Verdict.INCONCLUSIVE, str(error), answered=False)
    except Exception as error:
        played = Played(Verdict.HARNESS_ERROR, f"the suite itself failed: {all_of(error)}")
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
            said = browser.driver.get_log("browser")  # type: ignore[no-untyped-call]
        except WebDriverException:
            continue
        pictures.append(Picture(f"the {party}'s browser at the failing line", png))
        console += [
            ConsoleEntry(str(party), line["level"].lower(), line["message"][:300])
            for line in said
            if line["timestamp"] >= since * 1000
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
) -> None:
    """Play stories with these pairs of browsers side by side; ``add`` gets each result as it comes.

    Each pair does something else ``first``: what takes longest comes before what can be shared out around it.
    """
    waiting = sorted(examples, key=_likeness)
    silent = 0

    async def player(pair: Pair) -> None:
        nonlocal silent
        await first(pair)
        while waiting:
            instead = _PASSED_OVER if silent >= MOST_SILENT else None
            result = await play(
                waiting.pop(0), venue, pair, suite_version=suite_version, seed=seed, instead=instead
            )
            silent = 0 if result.answered else silent + 1
            add(result)

    async with trio.open_nursery() as nursery:
        for pair in pairs:
            nursery.start_soon(player, pair)

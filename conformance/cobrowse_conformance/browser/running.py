"""Running: a product judged in real browsers, from its profile to the verdicts.

Order: the run, what is known beforehand.
"""

import itertools
import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import trio
from cobrowse_simulator.browsers.chromium import find_chromium
from cobrowse_spec.rulebook import Example, Rule, rulebook
from cobrowse_spec.trace import SPEC_VERSION
from msgspec.structs import asdict

from ..repeats import Repeats
from ..results import LevelResult, Run, StoryResult
from ..ruling import ruled
from ..runner import Selection, asked_for, suite_version
from ..verdicts import Exit, Verdict
from .oracles import asker, chosen_oracles
from .playing import PAIRS, beforehand, chosen_examples, play_all
from .pool import open_pairs
from .profile import Profile
from .venue import open_browser_venue

#: Whether a result decides what somebody wants to know: nothing more is played after it.
Enough = Callable[[StoryResult], bool]
#: Hears of every story as it ends: how many are done, of how many, and its result.
Told = Callable[[int, int, StoryResult | None], None]


async def run_in_browsers(
    profile: Profile,
    selection: Selection,
    *,
    seed: int,
    command: str,
    told: Told = lambda done, total, result: None,
    repeats: int = 1,
    pairs: int = PAIRS,
    enough: Enough = lambda result: False,
) -> Run:
    """Judge a product in browsers, to the end or until ``enough`` says of a result that no more is needed.

    Raises :class:`..targets.TargetDown` where there is nothing to judge, and
    :class:`cobrowse_simulator.browsers.chromium.NoChromium` where there is nothing to judge it with.
    """
    find_chromium()
    began, began_at = datetime.now(UTC), trio.current_time()
    rules = asked_for(selection)
    examples = chosen_examples(rules, selection.tags, profile)
    oracles = [] if selection.tags or selection.own else chosen_oracles(rules, profile)
    total = (len(examples) + sum(len(one.rules) for one in oracles)) * repeats
    played, over, playing = Repeats(), itertools.count(1), trio.CancelScope()

    def add(result: StoryResult) -> None:
        played.add(result)
        told(next(over), total, result)
        if enough(result):
            playing.cancel()

    told(0, total, None)
    missing = ""
    async with (
        open_browser_venue(profile) as venue,
        open_pairs(venue, min(pairs, max(len(examples) + len(oracles), 1))) as opened,
    ):
        declared = venue.declared
        if examples:
            missing = await opened[0].first_look(venue)
        with playing:
            for turn in range(0 if missing else repeats):
                await play_all(
                    _in_turn(examples, seed, turn),
                    venue,
                    opened,
                    suite_version=suite_version(),
                    seed=seed,
                    add=add,
                    first=asker(oracles, venue, suite_version=suite_version(), seed=seed, add=add),
                )
    found = Run(
        spec_version=SPEC_VERSION,
        suite_version=suite_version(),
        target=profile.name,
        url="",
        server=declared.server,
        server_version=declared.version,
        capabilities=declared.capabilities,
        timers={name: asdict(timers) for name, timers in declared.timers.items()},
        levels=("browser",),
        seed=seed,
        began=began.isoformat(timespec="seconds"),
        took_s=trio.current_time() - began_at,
        command=command,
        exit_code=Exit.INCOMPLETE,
        rules=(),
        stories=tuple(sorted(played.results(), key=_rank)),
        counts={},
        repeats=repeats,
    )

    def known(rule: Rule, level: str) -> LevelResult | None:
        if missing and "browser" in rule.seen:
            return LevelResult(Verdict.UNTESTABLE, missing)
        return beforehand(rule, profile)

    return ruled(found, rules, known)


def _in_turn(examples: Sequence[Example], seed: int, turn: int) -> list[Example]:
    """The stories in the order of this turn: the first turn's is the rulebook's."""
    order = list(examples)
    if turn:
        random.Random(f"{seed} {turn}").shuffle(order)  # noqa: S311 -- repeatable, not secret
    return order


def _rank(result: StoryResult) -> tuple[int, int]:
    rank = {rule: number for number, rule in enumerate(rulebook())}
    number = result.example.rpartition(".")[2]
    return rank[result.rule], int(number) if number.isdecimal() else 0

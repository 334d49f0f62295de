"""Running: a product judged in real browsers, from its profile to the verdicts.

Order: the run, a product that is down, the bare run.
"""

import itertools
import random
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import trio
from cobrowse_spec.rulebook import Example, Rule, rulebook
from cobrowse_spec.trace import SPEC_VERSION
from msgspec.structs import asdict, replace

from ..repeats import Repeats
from ..results import LevelResult, Run, StoryResult
from ..ruling import ruled
from ..runner import Selection, asked_for, suite_version
from ..verdicts import Exit, Verdict
from .attempts import Attempts
from .brands import CHROMIUM, Brand
from .oracles import asker, beside, chosen_oracles, unasked
from .playing import PAIRS, beforehand, chosen_examples, not_read, play_all
from .pool import open_pairs
from .profile import Profile
from .venue import declared_by, open_browser_venue

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
    brand: Brand = CHROMIUM,
    enough: Enough = lambda result: False,
) -> Run:
    """Judge a product in browsers, to the end or until ``enough`` says of a result that no more is needed.

    Raises :class:`..targets.TargetDown` where there is nothing to judge, and
    :class:`cobrowse_simulator.browsers.browser.NoBrowser` where there is nothing to judge it with.
    """
    brand.find()
    began = _Began()
    rules = asked_for(selection)
    oracles = [] if selection.tags or selection.own else chosen_oracles(rules, profile, brand)
    examples = beside(oracles, chosen_examples(rules, selection.tags, profile, brand))
    total = (len(examples) + sum(len(one.rules) for one in oracles)) * repeats
    played, over, playing = Repeats(), itertools.count(1), trio.CancelScope()
    attempts = Attempts()

    def add(result: StoryResult) -> None:
        played.add(result)
        told(next(over), total, result)
        if enough(result):
            playing.cancel()

    told(0, total, None)
    missing = version = ""
    async with (
        open_browser_venue(profile) as venue,
        open_pairs(venue, min(pairs, max(len(examples) + len(oracles), 1)), brand) as opened,
    ):
        version = opened[0].version
        if examples or oracles:
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
                    attempts=attempts,
                )
    notes = [f"No story was played in browsers: {missing}."] if missing else attempts.notes()
    found = replace(
        _run(profile, began, seed, command),
        stories=tuple(sorted(played.results(), key=_rank)),
        repeats=repeats,
        browser=version,
        notes=tuple(notes),
    )

    def known(rule: Rule, level: str) -> LevelResult | None:
        if missing and "browser" in rule.seen:
            return LevelResult(Verdict.UNTESTABLE, missing)
        found = beforehand(rule, profile, brand)
        return not_read(brand) if found is None and rule.id in unasked(brand) else found

    return ruled(found, rules, known)


def not_judged(profile: Profile, selection: Selection, because: str, *, seed: int, command: str) -> Run:
    """The run in which nothing could be judged, because the product is down: no rule is decided."""
    said = f"there is nothing to judge: {because}"
    bare = replace(_run(profile, _Began(), seed, command), notes=(f"In browsers {said}",))

    def known(rule: Rule, level: str) -> LevelResult | None:
        return LevelResult(Verdict.INCONCLUSIVE, said) if "browser" in rule.seen else None

    return ruled(bare, asked_for(selection), known)


class _Began:
    """When a run began, by the calendar and by the clock."""

    def __init__(self) -> None:
        self.date = datetime.now(UTC)
        self._monotonic_s = time.monotonic()

    def took_s(self) -> float:
        """Seconds since then."""
        return time.monotonic() - self._monotonic_s


def _run(profile: Profile, began: _Began, seed: int, command: str) -> Run:
    """A run of a product that has just ended, with nothing in it."""
    declared = declared_by(profile)
    return Run(
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
        began=began.date.isoformat(timespec="seconds"),
        took_s=began.took_s(),
        command=command,
        exit_code=Exit.INCOMPLETE,
        rules=(),
        stories=(),
        counts={},
        bounds=asdict(profile.bounds),
    )


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

"""How often the suite calls a conformant server wrong: `python no_false_alarms.py --runs 200`.

Each run starts :mod:`.other_server` with a seed of its own, so that it takes the protocol's freedoms
otherwise each time, and judges it by a sample of the rulebook's stories, drawn by that seed, and by
generated stories.  A false alarm is a story that fails, or an invariant that is violated.  What is left
undecided is counted by itself: a story that this machine was too slow for says nothing either way.

Order: one run, all of them, the count and its bound.
"""

import argparse
import json
import os
import random
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context, parent_process
from pathlib import Path
from typing import Any, Final

import msgspec
import trio
from cobrowse_conformance.generate.playing import Generation
from cobrowse_conformance.results import Generated, Run, StoryResult
from cobrowse_conformance.ruling import crashes
from cobrowse_conformance.runner import Selection, run
from cobrowse_conformance.targets import embedded
from cobrowse_conformance.venues import WireVenue
from cobrowse_conformance.verdicts import Verdict
from cobrowse_spec.rulebook import Rule, rulebook
from msgspec.structs import replace

OTHER_SERVER: Final = Path(__file__).with_name("other_server.py")

#: How many of the rulebook's stories, and how many generated ones, a run has.
STORIES: Final = 110
GENERATED: Final = 25

#: What is reported of one run's false alarms at most.
_SHOWN: Final = 5


class Outcome(msgspec.Struct, frozen=True):
    """What came of one run."""

    seed: int
    stories: int
    generated: int
    #: What was called wrong, in words.
    alarms: tuple[str, ...]
    undecided: int
    why_undecided: tuple[str, ...]
    took_s: float


# One run


def sampled(seed: int, count: int) -> tuple[Rule, ...]:
    """So many of the rulebook's wire stories, under their rules; 0: all of them."""
    known = [
        (rule, example)
        for rule in rulebook().values()
        if "wire" in rule.seen
        for example in rule.examples
        if not crashes(example)
    ]
    chosen = random.Random(seed).sample(  # noqa: S311 -- repeatable, not secret
        known, min(count or len(known), len(known))
    )
    examples: dict[str, list[Any]] = {}
    for rule, example in chosen:
        examples.setdefault(rule.id, []).append(example)
    return tuple(
        replace(rule, examples=tuple(examples[rule.id]))
        for rule in rulebook().values()
        if rule.id in examples
    )


def judged(seed: int, stories: int, generated: int) -> Outcome:
    """Judge one server, with this seed for all that is drawn."""
    began = time.monotonic()
    found, summary = trio.run(_judge, seed, stories, generated)
    undecided = [
        f"{one.example}: {one.because}"
        for one in found.stories
        if one.verdict not in (Verdict.PASS, Verdict.FAIL)
    ]
    more = list(summary.why_undecided) if summary is not None else []
    return Outcome(
        seed=seed,
        stories=len(found.stories) - (summary.failed if summary is not None else 0),
        generated=summary.stories if summary is not None else 0,
        alarms=tuple(_alarms(found)),
        undecided=len(undecided) + (summary.undecided if summary is not None else 0),
        why_undecided=(*undecided, *more)[:_SHOWN],
        took_s=time.monotonic() - began,
    )


async def _judge(seed: int, stories: int, generated: int) -> tuple[Run, Generated | None]:
    command = [sys.executable, str(OTHER_SERVER), str(seed)]
    async with embedded(command, ends=("server",), name=f"another server, seed {seed}") as target:

        async def generate(venue: WireVenue) -> tuple[Generated, Sequence[StoryResult]]:
            found = await Generation(venue, target, seed).run(generated, lambda done, total, result: None)
            return found.summary, found.results

        selection = Selection(own=sampled(seed, stories))
        found = await run(
            target, selection, seed=seed, command="", afterwards=generate if generated else None
        )
    return found, found.generated


def _alarms(found: Run) -> Iterator[str]:
    for story in found.stories:
        for rule, judgement in story.judgements.items():
            for violation in judgement.violations:
                yield f"{rule} in {story.example}: {violation.because}"
        if story.verdict in (Verdict.FAIL, Verdict.UNTESTABLE, Verdict.HARNESS_ERROR):
            yield f"{story.example}: {story.line}: {story.because}"


# All of them


def workers(jobs: int) -> ProcessPoolExecutor:
    """Processes of their own for the runs; they end with this one, however it ends."""
    return ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_end_with_parent)


def _end_with_parent() -> None:
    """Watch the parent from a thread: its end of a pipe closes when it dies, and this process dies too."""
    parent = parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()
        os._exit(1)  # servers that it has started see their standard input close

    threading.Thread(target=watch, daemon=True).start()


def all_runs(first: int, runs: int, stories: int, generated: int, jobs: int) -> Iterator[Outcome]:
    """Every run, as it is done."""
    with workers(jobs) as pool:
        waiting = [pool.submit(judged, seed, stories, generated) for seed in range(first, first + runs)]
        for future in as_completed(waiting):
            yield future.result()


def bound(runs: int) -> float:
    """With no false alarm in so many runs, the rate is below this with 95 % confidence (rule of three)."""
    return 3 / runs


def main() -> int:
    """Run, say what came of it; 0: no false alarm, 1: some."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--stories", type=int, default=STORIES, help="of the rulebook; 0: all")
    parser.add_argument("--generated", type=int, default=GENERATED)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--json", type=Path, metavar="FILE")
    given = parser.parse_args()
    out = sys.stdout
    outcomes: list[Outcome] = []
    for outcome in all_runs(given.first, given.runs, given.stories, given.generated, given.jobs):
        outcomes.append(outcome)
        for alarm in outcome.alarms[:_SHOWN]:
            out.write(f"seed {outcome.seed}: FALSE ALARM {alarm}\n")
        for why in outcome.why_undecided:
            out.write(f"seed {outcome.seed}: undecided {why}\n")
        out.write(f"{len(outcomes)}/{given.runs} seed {outcome.seed} {outcome.took_s:.0f} s\n")
        out.flush()
    wrong = sum(1 for outcome in outcomes if outcome.alarms)
    out.write(
        f"{len(outcomes)} runs, {sum(one.stories for one in outcomes)} stories of the rulebook, "
        f"{sum(one.generated for one in outcomes)} generated, "
        f"{sum(one.undecided for one in outcomes)} undecided; runs with a false alarm: {wrong}\n"
    )
    if not wrong:
        out.write(f"so at most {bound(len(outcomes)):.3g} of runs raise one, with 95 % confidence\n")
    if given.json is not None:
        summary = {"runs": len(outcomes), "false_alarms": wrong, "outcomes": msgspec.to_builtins(outcomes)}
        given.json.write_text(json.dumps(summary, indent=1), encoding="utf-8")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

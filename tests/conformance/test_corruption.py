"""Corrupted traces: whatever is wrong in a trace is noticed, or there is a reason in words why not.

One good trace of every rule of the wire, from the suite's own stories against the reference server.
"""

import random
from collections import Counter
from typing import Final, NamedTuple

import pytest
import trio
from cobrowse_cli.faults.matrix import reference_server
from cobrowse_conformance.runner import Part, Selection, chosen_parts, chosen_rules, play
from cobrowse_conformance.targets import Target
from cobrowse_conformance.venues import WireVenue, open_wire_venue
from cobrowse_conformance.verdicts import Verdict
from cobrowse_spec.integrity import flaws
from cobrowse_spec.rules import Status, judge
from cobrowse_spec.stories import UsePolicy
from cobrowse_spec.trace import Trace

from tests.conformance.corruption import REASONS, Corruption, corruptions, explain, flipped

#: Of so many corruptions one is judged here, drawn with a fixed seed.
ONE_IN: Final = 3
#: Stories of each rule that are played for the sake of one trace, and how many at a time.
OF_EACH_RULE: Final = 3
AT_A_TIME: Final = 8


def is_quick(part: Part) -> bool:
    """Whether no short timer makes its trace depend on how busy the machine is."""
    return not any(
        isinstance(step, UsePolicy) and step.name.startswith("short") for step in part.example.steps
    )


async def good_traces() -> dict[str, Trace]:
    """By rule: the trace that exercises it of the first that does of its first few stories."""
    found: dict[str, tuple[int, Trace]] = {}
    limit = trio.CapacityLimiter(AT_A_TIME)

    async def one(part: Part, wire: WireVenue, place: int) -> None:
        async with limit:
            result = await play(part, wire, "", 1, place)
        trace = Trace(result.header, result.trace)
        rule, said = part.example.rule, result.judgements.get(part.example.rule)
        exercised = said is not None and said.status is Status.HELD
        first = rule not in found or place < found[rule][0]
        if result.verdict is Verdict.PASS and exercised and first:
            found[rule] = place, trace

    async with reference_server() as server:
        target = Target(server.url, server.controller_key)
        async with open_wire_venue(target) as wire, trio.open_nursery() as nursery:
            rules = chosen_rules(Selection())
            place = 1
            for rule in rules:
                parts = chosen_parts([rule], Selection(), target, wire.declared)
                quick = [part for part in parts if part.end == "server" and is_quick(part)]
                for part in quick[:OF_EACH_RULE]:
                    nursery.start_soon(one, part, wire, place)
                    place += 40
    return {rule: trace for rule, (_, trace) in found.items()}


@pytest.fixture(scope="module")
def traces() -> dict[str, Trace]:
    """One good trace of each rule that has one among its first stories."""
    return trio.run(good_traces)


class Counted(NamedTuple):
    """What became of the corruptions."""

    counts: Counter[str]
    #: The names of those that nobody can explain, with their rules.
    unexplained: Counter[tuple[str, str]]


def made_of(good: Trace, corruption: Corruption) -> str:
    """Who notices: an invariant, the check of the record, or nobody, for a reason or for none."""
    if any(said.status is Status.VIOLATED for said in judge(corruption.trace).values()):
        return "rule"
    if flaws(corruption.trace):
        return "record"
    return "explained" if explain(good, corruption) else "unexplained"


def test_good_traces_are_good(traces: dict[str, Trace]) -> None:
    """Nothing is found in any of them: else a flagged corruption would show nothing."""
    assert len(traces) >= 60
    for rule, trace in traces.items():
        assert () == flaws(trace), rule
        assert [] == [name for name, said in judge(trace).items() if said.status is Status.VIOLATED], rule


def test_every_corruption_is_noticed_or_explained(traces: dict[str, Trace]) -> None:
    """The remainder is none; and most are noticed."""
    chance = random.Random(1)  # noqa: S311 -- repeatable, not secret
    counts: Counter[str] = Counter()
    unexplained: Counter[tuple[str, str]] = Counter()
    for rule, good in sorted(traces.items()):
        for corruption in corruptions(good):
            if chance.randrange(ONE_IN) == 0:
                came_to = made_of(good, corruption)
                counts[came_to] += 1
                if came_to == "unexplained":
                    unexplained[rule, corruption.name] += 1

    assert Counter() == unexplained
    assert counts["rule"] + counts["record"] > counts["explained"]
    assert min(counts["rule"], counts["record"]) > 500


@pytest.mark.parametrize("value", [True, 7, 0.5, "text", (1, 2), Verdict.PASS])
def test_a_flipped_field_has_another_value(value: object) -> None:
    """Of the same kind."""
    assert value != flipped(value)
    assert type(value) is type(flipped(value))


def test_every_reason_is_a_sentence_about_something() -> None:
    """Names first, then words."""
    assert len({names for names, _ in REASONS}) == len(REASONS)
    assert all(len(words.split()) > 5 for _, words in REASONS)

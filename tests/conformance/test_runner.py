"""The runner: what is played, where, and what becomes a verdict."""

import pytest
import trio
from cobrowse_conformance import runner
from cobrowse_conformance.relay import RelayVenue
from cobrowse_conformance.results import StoryResult
from cobrowse_conformance.runner import Part, Selection, chosen_parts, chosen_rules, play
from cobrowse_conformance.stage import declared_time_s
from cobrowse_conformance.targets import Target
from cobrowse_conformance.venues import POLICIES, Declared, policy
from cobrowse_conformance.verdicts import Verdict
from cobrowse_spec.rulebook import Example, Line, rulebook
from cobrowse_spec.rules import Status
from cobrowse_spec.sentences import read_sentence
from cobrowse_spec.wire.rest import ThrottleLimits

TARGET = Target("http://127.0.0.1:1", "key", ("server", "customer"))
TIMERS = {name: policy(name).timers for name in POLICIES}
DECLARED = Declared("a server", "1", (), ThrottleLimits(window_s=7.0), TIMERS)


def example(*lines: str, tags: frozenset[str] = frozenset()) -> Example:
    """A story of its own, from its lines."""
    read = [line.split(" ", 1) for line in lines]
    return Example(
        "WRITE-1.99", "WRITE-1", "of the test", tags, tuple(Line(k, t, read_sentence(t)) for k, t in read)
    )


async def played_at_the_relay(story: Example) -> StoryResult:
    """What comes of a story at the customer's end, in memory."""
    async with trio.open_nursery() as nursery:
        venue = RelayVenue(nursery)
        result = await play(Part(story, "customer"), venue, "relay", 1, 1)
        nursery.cancel_scope.cancel()
    return result


def test_the_wire_level_has_every_wire_rule_and_no_other() -> None:
    """A rule that only browsers can show is none of the wire's."""
    chosen = {rule.id for rule in chosen_rules(Selection())}

    assert {rule.id for rule in rulebook().values() if "wire" in rule.seen} == chosen
    assert "WRITE-6" not in chosen


def test_a_rule_can_be_asked_for_alone() -> None:
    """`--rule` leaves the others out."""
    assert ["SITE-5"] == [rule.id for rule in chosen_rules(Selection(rules=("SITE-5",)))]


def test_what_the_customers_end_must_do_is_played_there_too() -> None:
    """An example tagged for the customer's end is two stories, if the target has that end."""
    rules = [rulebook()["POINTER-2"]]

    both = chosen_parts(rules, Selection(), TARGET, DECLARED)
    server = chosen_parts(rules, Selection(), Target("http://127.0.0.1:1", "key"), DECLARED)

    assert {"server", "customer"} == {part.end for part in both}
    assert {"server"} == {part.end for part in server}


def test_an_absent_capability_is_tried_and_must_be_refused() -> None:
    """What is declared is played from both sides, as policies switch it on or not; what is not, from the one."""
    for rule in (rulebook()[name] for name in ("WRITE-15", "PAUSE-1", "START-8")):
        capability = rule.capability or "standalone"
        everything = DECLARED._replace(capabilities=(capability,))
        absent, declared = (
            {part.example.id for part in chosen_parts([rule], Selection(), TARGET, at)}
            for at in (DECLARED, everything)
        )

        assert {one.id for one in rule.examples if not one.needs} == absent
        assert {one.id for one in rule.examples if "@absent" in one.tags} <= absent
        assert {one.id for one in rule.examples} == declared
        assert absent < declared


def test_no_browser_level_is_pretended() -> None:
    """There are no stories to be played in browsers yet."""
    assert [] == chosen_parts(rulebook().values(), Selection(level="browser"), TARGET, DECLARED)


def test_a_story_may_take_the_times_that_it_lets_pass() -> None:
    """The bound of a story grows with the times that the target declared."""
    story = example("When the throttle time passes", "And half of the request time passes")

    assert 7.0 + 15.0 == declared_time_s(story, DECLARED)


async def test_a_story_that_could_not_have_failed_is_no_pass() -> None:
    """Without anything expected there is no witness, so nothing is concluded."""
    result = await played_at_the_relay(example("Given a session in Pointer Mode"))

    assert (Verdict.INCONCLUSIVE, "nothing in it could have failed") == (result.verdict, result.because)


async def test_a_story_that_does_not_get_to_where_it_begins_shows_nothing() -> None:
    """A refusal in a "Given" is not held against the rule of the story."""
    result = await played_at_the_relay(
        example("Given a session in Pointer Mode", "And the customer approves the request")
    )

    assert Verdict.INCONCLUSIVE is result.verdict
    assert "could not be set up" in result.because


async def test_what_does_not_come_is_a_failure_that_says_what_came() -> None:
    """The evidence is what the party did see."""
    result = await played_at_the_relay(
        example(
            "Given a session in Pointer Mode",
            "When the agent requests Write Mode",
            "Then the agent sees Write Mode",
        )
    )

    assert Verdict.FAIL is result.verdict
    assert "Then the agent sees Write Mode" == result.line
    assert "the agent sees the request for Write Mode" in result.because
    assert result.events


async def test_what_must_not_come_and_does_is_a_failure() -> None:
    """The event itself is the proof."""
    result = await played_at_the_relay(
        example(
            "Given a session in Pointer Mode",
            "When the agent requests Write Mode",
            "Then the customer is not asked",
        )
    )

    (proof,) = result.events
    assert Verdict.FAIL is result.verdict
    assert proof in [event.seq for event in result.trace if event.who == "customer" and event.saw is not None]


async def test_every_trace_is_judged_whatever_its_story_is_about() -> None:
    """Joining exercises the JOIN rules, in a story of another chapter."""
    result = await played_at_the_relay(
        example(
            "Given a session in Pointer Mode",
            "When the agent clicks at 1, 2",
            "Then the agent sees the red circle",
        )
    )

    assert Verdict.PASS is result.verdict
    assert Status.HELD is result.judgements["JOIN-3"].status


async def test_the_suites_own_fault_is_never_the_targets(monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception in the suite is a harness error that names it."""

    def broken(*args: object) -> None:
        raise LookupError("a hole in the stage")

    monkeypatch.setattr(runner, "Stage", broken)

    result = await played_at_the_relay(example("Given a session in Pointer Mode"))

    assert Verdict.HARNESS_ERROR is result.verdict
    assert "LookupError: a hole in the stage" in result.because


def test_each_turn_plays_the_same_stories_among_other_neighbours() -> None:
    """The first in the rulebook's order, slow ones always first, and the same seed gives the same."""
    parts = chosen_parts(chosen_rules(Selection()), Selection(), TARGET, DECLARED)

    first, second = (runner._shuffled(parts, 7, turn) for turn in (0, 1))

    assert parts == first
    assert parts != second
    assert sorted(map(repr, parts)) == sorted(map(repr, second))
    assert second == runner._shuffled(parts, 7, 1)
    slow = [runner._is_slow(part.example) for part in second]
    assert slow == sorted(slow, reverse=True)

"""What the reports' tests share: a run as the runner makes one, from the real rulebook.

All rules that can be seen on the wire pass, but for one of each kind: a MUST rule that fails with a
trace of three lanes, a SHOULD rule that fails, an inconclusive one and one that is not applicable.

The run of both levels is small and made by hand: it has what only browsers show.

Order: the traces, the stories, the rules, the runs.
"""

import datetime
from collections.abc import Callable, Iterator
from enum import EnumType
from typing import Any, Final

import pytest
from cobrowse_conformance.known_failures import Entry, Failure, KnownFailures, judged_by
from cobrowse_conformance.results import (
    ConsoleEntry,
    Counts,
    Evidence,
    Leak,
    LevelResult,
    Picture,
    RuleResult,
    Run,
    StoryResult,
    Witness,
)
from cobrowse_conformance.ruling import rule_result, ruled
from cobrowse_conformance.verdicts import Exit, Verdict
from cobrowse_spec import actions as do
from cobrowse_spec import observations as see
from cobrowse_spec.policy import Timers
from cobrowse_spec.rulebook import Example, Rule, rulebook
from cobrowse_spec.rules import judge
from cobrowse_spec.stories import Expect, Perform, StartMany
from cobrowse_spec.terms import Answer, InteractionKind, Mode, Party
from cobrowse_spec.trace import Event, Header, Trace
from msgspec.structs import asdict, fields, replace

from tests.conformance.some_results import a_run, held, story

#: What fails, and which of its examples shows it.
FAILING: Final = "WRITE-12"
FAILING_EXAMPLE: Final = "WRITE-12.1"
FAILING_SHOULD: Final = "WRITE-9"
UNDECIDED: Final = "JOIN-8"
NOT_APPLICABLE: Final = "WRITE-15"

#: What the target has.
CAPABILITIES: Final = ("standalone",)

#: The events of :func:`three_lanes` that prove the failure.
PROOF: Final = (18, 20)


def three_lanes() -> tuple[Event, ...]:
    """An act of the agent reaches the customer after Write Mode has ended; fences and frames between."""
    customer, agent = (Party.CUSTOMER, "customer"), (Party.AGENT, "agent")
    centre = (Party.CONTROLLER, "contact centre")
    happened: list[tuple[tuple[Party, str], Any]] = [
        (centre, do.OpenInteraction(InteractionKind.CALL)),
        (customer, do.Start()),
        (customer, see.Started("123456789")),
        (agent, do.Join("123456789")),
        (customer, see.Joined("Ada", Mode.POINTER)),
        (agent, see.Joined("Ada", Mode.POINTER)),
        (customer, do.Mirror("aa", 900, 1)),
        (agent, see.Content("aa", 900)),
        (customer, do.Mirror("ab", 40, 1)),
        (agent, see.Content("ab", 40)),
        (agent, do.Request()),
        (customer, see.Asked("r1", "Ada", 30.0)),
        (customer, do.Approve("r1")),
        (agent, see.Answered("r1", Answer.APPROVED)),
        (agent, see.InMode(Mode.WRITE)),
        (customer, see.InMode(Mode.WRITE)),
        (customer, do.ReturnToPointer()),
        (customer, see.InMode(Mode.POINTER)),
        (agent, do.Type(element="e7", value="Graz", page="p1", epoch=3)),
        (customer, see.Acted(9, do.Type(element="e7", value="Graz", page="p1", epoch=3))),
        (customer, see.PageChanged(Party.AGENT, "field", "city")),
        ((Party.AGENT, "second agent"), do.Join("123456789")),
        (agent, do.Fence("f1")),
        (agent, see.FencePassed("f1")),
        (customer, see.FencePassed("f1")),
        (agent, see.InMode(Mode.POINTER)),
    ]
    return tuple(
        Event(number, number / 100, party, who, **{_side(thing): thing})
        for number, ((party, who), thing) in enumerate(happened, 1)
    )


def _side(thing: object) -> str:
    return "did" if isinstance(thing, do.Action) else "saw"


def _plain_trace(example: Example) -> tuple[Event, ...]:
    """What a target that keeps all rules might have made of an example."""

    def happened() -> Iterator[tuple[Party, str, object]]:
        for step in example.steps:
            if isinstance(step, Perform):
                yield step.role.party, step.role.who, step.action
            elif isinstance(step, Expect) and not step.absent:
                yield step.role.party, step.role.who, _seen(step)
            elif isinstance(step, StartMany):
                yield Party.CUSTOMER, "customer", do.Start()

    return tuple(
        Event(number, number / 50, party, who, **{_side(thing): thing})  # type: ignore[arg-type] # one of the two unions
        for number, (party, who, thing) in enumerate(happened(), 1)
    )


def _seen(step: Expect) -> object:
    """The observation that a step expects, with something in every field that it leaves open."""
    filled = {field.name: _any(field.type) for field in fields(step.kind) if field.required}
    known = {field.name for field in fields(step.kind)}  # what else is expected follows from them
    return step.kind(**{**filled, **{name: value for name, value in step.fields.items() if name in known}})


def _any(kind: Any) -> Any:
    if kind in (str, int, float):
        return kind()
    return next(iter(kind)) if isinstance(kind, EnumType) else do.GoBack()


# The stories


def _story(example: Example, verdict: Verdict) -> StoryResult:
    failing = example.id == FAILING_EXAMPLE
    events = three_lanes() if failing else _plain_trace(example)
    last = example.lines[-1]
    quiet = verdict is Verdict.PASS
    header = Header(suite_version="0.1.0", target="a bank", story=example.id, seed=7)
    return StoryResult(
        example=example.id,
        rule=example.rule,
        name=example.name,
        place=example.place,
        end="server",
        verdict=verdict,
        because="" if quiet else "seen: the customer receives an act of the agent",
        line="" if quiet else f"{last.keyword} {last.text}",
        gherkin=example.as_gherkin(),
        events=PROOF if failing else (1,),
        judgements=judge(Trace(header, events)) if failing else {},
        header=header,
        trace=events,
        took_s=0.04,
    )


def _stories(rule: Rule) -> tuple[StoryResult, ...]:
    verdicts = {
        FAILING_EXAMPLE: Verdict.FAIL,
        f"{FAILING_SHOULD}.1": Verdict.FAIL,
        f"{UNDECIDED}.1": Verdict.INCONCLUSIVE,
    }
    return tuple(
        _story(example, verdicts.get(example.id, Verdict.PASS))
        for example in rule.examples
        if example.needs in ("", *CAPABILITIES)
    )


# The rules


def _rule(rule: Rule, stories: tuple[StoryResult, ...]) -> RuleResult:
    verdict = {
        FAILING: Verdict.FAIL,
        FAILING_SHOULD: Verdict.FAIL,
        UNDECIDED: Verdict.INCONCLUSIVE,
        NOT_APPLICABLE: Verdict.NOT_APPLICABLE,
    }.get(rule.id, Verdict.PASS)
    because = {
        FAILING: "an act took effect after Write Mode had ended",
        FAILING_SHOULD: "a request in the cool-down was let through",
        UNDECIDED: "no answer: the throttle said nothing within 3 s",
        NOT_APPLICABLE: "capability scoped_grants is not declared, and is refused",
    }.get(rule.id, "")
    loud = [story for story in stories if story.verdict is not Verdict.PASS]
    found = LevelResult(
        verdict=verdict,
        because=because,
        played=len(stories),
        passed=len(stories) - len(loud),
        witnesses=tuple(Witness(story.example, story.end, 1) for story in stories if story not in loud)[:3],
        evidence=tuple(
            Evidence(
                story.example, story.end, because, story.events, by_invariant=story.example == FAILING_EXAMPLE
            )
            for story in loud
        ),
    )
    return rule_result(rule, {"wire": found})


# The run


def make_run() -> Run:
    """The run that this module's docstring describes."""
    chosen = [rule for rule in rulebook().values() if "wire" in rule.seen]
    stories = {rule.id: _stories(rule) for rule in chosen}
    rules = tuple(_rule(rule, stories[rule.id]) for rule in chosen)
    return Run(
        spec_version="1.0",
        suite_version="0.1.0",
        target="a bank",
        url="http://127.0.0.1:8000",
        server="bank relay",
        server_version="4.2",
        capabilities=CAPABILITIES,
        timers={"standard": asdict(Timers()), "short waits": asdict(Timers(request_s=1.0, cool_down_s=0.8))},
        levels=("wire",),
        seed=7,
        began="2026-11-23T03:00:26+00:00",
        took_s=3.4,
        command="cobrowse conform http://127.0.0.1:8000 --seed 7 --html build/report.html",
        exit_code=Exit.NOT_CONFORMANT,
        rules=rules,
        stories=tuple(story for each in stories.values() for story in each),
        counts={level: _counts([rule for rule in rules if rule.level == level]) for level in _LEVELS},
    )


_LEVELS: Final = ("MUST", "SHOULD", "MAY")


def _counts(rules: list[RuleResult]) -> Counts:
    by_verdict = [rule.verdict for rule in rules]
    passed, failed = by_verdict.count(Verdict.PASS), by_verdict.count(Verdict.FAIL)
    undecided = by_verdict.count(Verdict.INCONCLUSIVE)
    return Counts(passed + failed, passed + failed + undecided, len(rules), passed, failed, undecided)


@pytest.fixture(scope="session")
def run() -> Run:
    """A run with something of everything."""
    return make_run()


#: What the two-level run has: a rule that holds at both levels, one that leaks in the browser, one that is known.
HELD, LEAKS, EXCUSED, WAVERS = "START-1", "MASK-5", "WRITE-6", "STOP-1"

#: One pixel.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c636060606000000005"
    "0001a5f645400000000049454e44ae426082"
)


@pytest.fixture(scope="session")
def both() -> Run:
    """A run of both levels: what holds, what leaks, what is known to fail, what is flaky."""
    failing: dict[str, Any] = {
        "line": "Then nothing leaves",
        "gherkin": "Example: x\n  Given a page\n  Then nothing leaves\n  And nothing comes\n",
    }
    leaking = story(
        f"{LEAKS}.1",
        Verdict.FAIL,
        level="browser",
        events=PROOF,
        trace=three_lanes(),
        pictures=(Picture("the customer's browser", PNG), Picture("the agent's browser", PNG)),
        console=(ConsoleEntry("agent", "error", "Uncaught TypeError: oh"),),
        leaks=(
            Leak("canary-7f", "an attribute", "a WebSocket frame to the server", "gzip", 41.6, b"canary-7f"),
        ),
        **failing,
    )
    held_at: dict[str, Any] = {"judgements": held(HELD), "trace": three_lanes()}
    played = (
        story(f"{HELD}.1", **held_at),
        story(f"{HELD}.1", level="browser", **held_at),
        leaking,
        story(f"{EXCUSED}.1", Verdict.FAIL, level="browser", **failing),
        story(f"{WAVERS}.1", Verdict.FLAKY, outcomes={"pass": 8, "fail": 2}, **failing),
        story(f"{WAVERS}.1", level="browser", judgements=held(WAVERS)),
    )
    bare = a_run(*played, levels=("wire", "browser"), repeats=10)
    judged = ruled(bare, [rulebook()[rule] for rule in (HELD, LEAKS, EXCUSED, WAVERS)])
    excuse = Failure(rule=EXCUSED, why="the icon is late", link="https://tracker.example/7")
    return judged_by(judged, KnownFailures("known.toml", (Entry(2, excuse),)), datetime.date(2026, 11, 23))


ChangeRule = Callable[..., Run]


@pytest.fixture
def change_rule(run: Run) -> ChangeRule:
    """The run with one rule changed: ``change_rule("START-1", verdict=…)``."""

    def change(rule_id: str, **changes: Any) -> Run:
        rules = tuple(_changed(rule, changes) if rule.rule == rule_id else rule for rule in run.rules)
        return replace(run, rules=rules)

    return change


def _changed(rule: RuleResult, changes: dict[str, Any]) -> RuleResult:
    """The rule with these changes: at its one level where they are a level's, and in itself."""
    whole = {field.name for field in fields(RuleResult)}
    at = {field.name for field in fields(LevelResult)}
    (level,) = rule.by_level
    found = replace(rule.by_level[level], **{name: value for name, value in changes.items() if name in at})
    own = {name: value for name, value in changes.items() if name in whole}
    return replace(rule, **{"by_level": {level: found}, **own})

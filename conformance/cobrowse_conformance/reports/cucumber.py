"""Cucumber Messages: the run as NDJSON, so that any tool that reads Cucumber's own reports can show it.

One envelope a line, as https://github.com/cucumber/messages describes them.  There is a feature for each chapter at
each level and end, with a scenario for each story that was played, in the words of the rulebook; so a story that was
played at both levels is there twice.  What Cucumber has no word for is said so that nothing undecided looks green:
inconclusive stories are PENDING, failures and the suite's own errors are FAILED, failures that are known are SKIPPED.
A rule whose verdict none of its stories shows has a scenario of its own, "as a whole".

Order: writing, the features, one scenario, its steps, what is attached, plain envelopes.
"""

import base64
import platform
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple, cast

import msgspec
from gherkin.ast_builder import AstBuilder
from gherkin.parser import Parser
from gherkin.pickles.compiler import Compiler
from gherkin.stream.id_generator import IdGenerator

from ..results import Evidence, LevelResult, RuleResult, Run, StoryResult
from ..ruling import AT_LEVEL
from ..verdicts import Exit, Verdict
from .summary import by_chapter, console_in_words, leak_in_words, printable, reason_of, reproduce, verdict_of
from .timeline import in_text

#: The version of the messages that these are, which their schema in the tests is of.
PROTOCOL: Final = "34.2.1"

#: What Cucumber calls the step at which a story was decided.
_STATUS: Final = {
    Verdict.PASS: "PASSED",
    Verdict.FAIL: "FAILED",
    Verdict.UNTESTABLE: "FAILED",
    Verdict.FLAKY: "FAILED",
    Verdict.HARNESS_ERROR: "FAILED",
    Verdict.ADAPTER_ERROR: "FAILED",
    Verdict.INCONCLUSIVE: "PENDING",
    Verdict.KNOWN: "SKIPPED",
    Verdict.NOT_APPLICABLE: "SKIPPED",
    Verdict.ELSEWHERE: "SKIPPED",
}

_Envelope = dict[str, Any]


def write_messages(run: Run, path: Path) -> None:
    """Write the run as Cucumber Messages; raises OSError where that cannot be done."""
    with path.open("wb") as file:
        for envelope in envelopes(run):
            file.write(msgspec.json.encode(envelope) + b"\n")


def envelopes(run: Run) -> Iterator[_Envelope]:
    """The run's messages in their order: sources, test cases, then what came of each."""
    ids = IdGenerator()
    began = _seconds(run.began)
    yield {"meta": _meta(run)}
    features = [_parsed(feature, ids) for feature in _features(run)]
    for feature in features:
        yield from feature.messages
    run_id = ids.get_next_id()
    yield {"testRunStarted": {"id": run_id, "timestamp": _timestamp(began)}}
    cases = [_case(scenario, pickle, ids) for each in features for scenario, pickle in each.scenarios]
    for case in cases:
        yield {"testCase": {"id": case.id, "testRunStartedId": run_id, **case.message}}
    for case in cases:
        yield from _played(run, case, began, ids)
    yield {
        "testRunFinished": {
            "testRunStartedId": run_id,
            "success": run.exit_code == Exit.CONFORMANT,
            "timestamp": _timestamp(began + run.took_s),
        }
    }


def _meta(run: Run) -> _Envelope:
    return {
        "protocolVersion": PROTOCOL,
        "implementation": {"name": "cobrowse-kit", "version": run.suite_version},
        "runtime": {"name": platform.python_implementation(), "version": platform.python_version()},
        "os": {"name": platform.system()},
        "cpu": {"name": platform.machine()},
    }


# The features


class _Scenario(NamedTuple):
    """What becomes a scenario: a story, or a rule whose stories do not show its verdict."""

    rule: RuleResult
    level: str
    end: str
    gherkin: str
    verdict: Verdict
    because: str
    #: The line at which it was decided; empty: at the last.
    line: str
    took_s: float
    #: The story that shows it.
    story: StoryResult | None
    events: tuple[int, ...]


class _Feature(NamedTuple):
    """A chapter at one level and end."""

    uri: str
    title: str
    rules: list[tuple[RuleResult, list[_Scenario]]]


class _Parsed(NamedTuple):
    """The same as messages, with the pickle of each scenario."""

    messages: list[_Envelope]
    scenarios: list[tuple[_Scenario, dict[str, Any]]]


def _features(run: Run) -> Iterator[_Feature]:
    for level in run.levels:
        for end in ("server", "customer"):
            for chapter, rules in by_chapter(run).items():
                told = [(rule, list(_scenarios(run, rule, level, end))) for rule in rules]
                told = [(rule, scenarios) for rule, scenarios in told if scenarios]
                if told:
                    title = f"{chapter}, {AT_LEVEL.get(level, level)}, the {end}'s end"
                    yield _Feature(f"{level}/{end}/{chapter.lower()}.feature", title, told)


def _scenarios(run: Run, rule: RuleResult, level: str, end: str) -> Iterator[_Scenario]:
    found = rule.by_level.get(level)
    if found is None:
        return
    at_level = [story for story in run.stories if story.rule == rule.rule and story.level == level]
    for story in at_level:
        if story.end == end:
            verdict = verdict_of(story, rule)
            yield _Scenario(
                rule=rule,
                level=level,
                end=end,
                gherkin=story.gherkin,
                verdict=verdict,
                because=reason_of(found, story.because) if verdict is Verdict.KNOWN else story.because,
                line=story.line,
                took_s=story.took_s,
                story=story,
                events=story.events,
            )
    shown = {verdict_of(story, rule) for story in at_level}
    if end == "server" and found.verdict is not Verdict.ELSEWHERE and found.verdict not in shown:
        yield _whole(run, rule, level, found)


def _whole(run: Run, rule: RuleResult, level: str, found: LevelResult) -> _Scenario:
    """A rule's own scenario, with the first thing that shows its verdict."""
    shown: Evidence | None = found.evidence[0] if found.evidence else None
    story = next((one for one in run.stories if shown is not None and one.key == shown.key), None)
    return _Scenario(
        rule=rule,
        level=level,
        end="server",
        gherkin=f"Example: {rule.rule} as a whole\n  Then it holds in every story of the run\n",
        verdict=found.verdict,
        because=reason_of(found, found.because),
        line="",
        took_s=0.0,
        story=story,
        events=() if shown is None else shown.events,
    )


def _parsed(feature: _Feature, ids: IdGenerator) -> _Parsed:
    """The feature as Cucumber's own parser reads it."""
    source, scenarios = _source(feature)
    document = cast("dict[str, Any]", Parser(AstBuilder(ids)).parse(source))
    document["uri"] = feature.uri
    pickles = [cast("dict[str, Any]", pickle) for pickle in Compiler(ids).compile(cast("Any", document))]
    messages: list[_Envelope] = [
        {"source": {"uri": feature.uri, "data": source, "mediaType": "text/x.cucumber.gherkin+plain"}},
        {"gherkinDocument": document},
        *({"pickle": pickle} for pickle in pickles),
    ]
    return _Parsed(messages, list(zip(scenarios, pickles, strict=True)))


def _source(feature: _Feature) -> tuple[str, list[_Scenario]]:
    """The feature in Gherkin, and its scenarios in their order."""
    lines = [f"Feature: {feature.title}"]
    scenarios = []
    for rule, told in feature.rules:
        lines += ["", f"  @{rule.level.lower()} @{feature.uri.partition('/')[0]}"]
        lines.append(f"  Rule: {rule.rule} {_one_line(rule.sentence)}")
        for scenario in told:
            scenarios.append(scenario)
            lines += ["", f"    @{rule.rule if scenario.story is None else scenario.story.example}"]
            lines += [f"    {line}" for line in printable(scenario.gherkin).rstrip("\n").split("\n")]
    return "\n".join(lines) + "\n", scenarios


def _one_line(text: str) -> str:
    return " ".join(printable(text).split())


# One scenario


class _Case(NamedTuple):
    """A scenario as a test case."""

    id: str
    scenario: _Scenario
    message: _Envelope
    #: Its steps: the ID of each, and its words.
    steps: list[tuple[str, str]]


def _case(scenario: _Scenario, pickle: dict[str, Any], ids: IdGenerator) -> _Case:
    identity = ids.get_next_id()
    steps = [(ids.get_next_id(), str(step["text"])) for step in pickle["steps"]]
    listed = [
        {"id": step, "pickleStepId": own["id"], "stepDefinitionIds": []}
        for (step, _), own in zip(steps, pickle["steps"], strict=True)
    ]
    return _Case(identity, scenario, {"pickleId": pickle["id"], "testSteps": listed}, steps)


def _played(run: Run, case: _Case, began: float, ids: IdGenerator) -> Iterator[_Envelope]:
    """What came of a scenario."""
    started = ids.get_next_id()
    ended = began + case.scenario.took_s
    yield {
        "testCaseStarted": {
            "id": started,
            "testCaseId": case.id,
            "attempt": 0,
            "timestamp": _timestamp(began),
        }
    }
    decided = _decided_at(case)
    for number, (step, _) in enumerate(case.steps):
        where = {"testCaseStartedId": started, "testStepId": step}
        yield {"testStepStarted": {**where, "timestamp": _timestamp(began)}}
        if number == decided and case.scenario.verdict is not Verdict.PASS:
            yield from _attachments(run, case.scenario, where, began)
        result = _result(case.scenario, number, decided)
        yield {"testStepFinished": {**where, "testStepResult": result, "timestamp": _timestamp(ended)}}
    yield {
        "testCaseFinished": {
            "testCaseStartedId": started,
            "timestamp": _timestamp(ended),
            "willBeRetried": False,
        }
    }


# Its steps


def _decided_at(case: _Case) -> int:
    """The number of the step at which the scenario was decided: the last, where no line says it."""
    last = len(case.steps) - 1
    if case.scenario.verdict is Verdict.PASS:
        return last
    words = case.scenario.line.partition(" ")[2].strip()
    return next((number for number, (_, text) in enumerate(case.steps) if text == words), last)


def _result(scenario: _Scenario, number: int, decided: int) -> _Envelope:
    if number < decided:
        return {"status": "PASSED", "duration": _duration(0)}
    if number > decided:
        return {"status": "SKIPPED", "duration": _duration(0)}
    result: _Envelope = {"status": _STATUS[scenario.verdict], "duration": _duration(scenario.took_s)}
    if scenario.verdict is not Verdict.PASS:
        result["message"] = printable(f"{scenario.verdict} ({scenario.rule.level}): {scenario.because}")
    return result


# What is attached


def _attachments(run: Run, scenario: _Scenario, where: dict[str, str], began: float) -> Iterator[_Envelope]:
    texts = [f"Reproduce: {reproduce(run, scenario.rule)}"]
    if scenario.story is not None:
        texts.insert(0, in_text(scenario.story.trace, scenario.events))
        texts += [leak_in_words(leak) for leak in scenario.story.leaks]
        texts += ["\n".join(console_in_words(scenario.story))]
    for text in texts:
        if text:
            yield _attachment(where, began, printable(text), "text/plain", "IDENTITY")
    for picture in () if scenario.story is None else scenario.story.pictures:
        body = base64.b64encode(picture.png).decode()
        yield _attachment(where, began, body, "image/png", "BASE64", fileName=printable(picture.caption))


def _attachment(
    where: dict[str, str], began: float, body: str, kind: str, encoding: str, **more: str
) -> _Envelope:
    return {
        "attachment": {
            **where,
            "body": body,
            "mediaType": kind,
            "contentEncoding": encoding,
            "timestamp": _timestamp(began),
            **more,
        }
    }


# Plain envelopes


def _seconds(began: str) -> float:
    """Seconds since 1970; 0 where a report says no such time."""
    try:
        return datetime.fromisoformat(began).astimezone(UTC).timestamp()
    except ValueError:
        return 0.0


def _timestamp(at: float) -> _Envelope:
    """A moment, in seconds since 1970."""
    return _duration(at)


def _duration(seconds: float) -> _Envelope:
    whole = int(seconds)
    return {"seconds": whole, "nanos": int((seconds - whole) * 1_000_000_000)}

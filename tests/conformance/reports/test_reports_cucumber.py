"""Cucumber Messages: what Cucumber's own schema says they are, and what they say of a run.

`cucumber_messages.schema.json` is `messages.schema.json` of the npm package `@cucumber/messages` 34.2.1, as it
comes (MIT licence, Cucumber Ltd).
"""

import base64
import json
from collections import Counter
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from cobrowse_conformance.reports.cucumber import PROTOCOL, envelopes, write_messages
from cobrowse_conformance.results import Run
from cobrowse_conformance.verdicts import Exit, Verdict
from msgspec.structs import replace

_SCHEMA = json.loads((Path(__file__).parent / "cucumber_messages.schema.json").read_text())


@pytest.fixture(scope="module")
def messages(both: Run) -> list[dict[str, Any]]:
    """The run of both levels as messages."""
    return list(envelopes(both))


def _all(messages: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [message[kind] for message in messages if kind in message]


def _statuses(messages: list[dict[str, Any]]) -> dict[str, list[str]]:
    """The statuses of each test case's steps, by the URI and the name of its scenario."""
    pickles = {pickle["id"]: f"{pickle['uri']}: {pickle['name']}" for pickle in _all(messages, "pickle")}
    cases = {case["id"]: pickles[case["pickleId"]] for case in _all(messages, "testCase")}
    started = {each["id"]: cases[each["testCaseId"]] for each in _all(messages, "testCaseStarted")}
    found: dict[str, list[str]] = {name: [] for name in started.values()}
    for step in _all(messages, "testStepFinished"):
        found[started[step["testCaseStartedId"]]].append(step["testStepResult"]["status"])
    return found


def test_every_line_is_an_envelope_by_cucumbers_own_schema(both: Run, tmp_path: Path) -> None:
    """One message a line."""
    write_messages(both, tmp_path / "run.ndjson")
    lines = (tmp_path / "run.ndjson").read_text().splitlines()
    validator = jsonschema.validators.validator_for(_SCHEMA)(_SCHEMA)

    assert lines
    assert [] == [error.message for line in lines for error in validator.iter_errors(json.loads(line))]
    assert {1} == {len(json.loads(line)) for line in lines}
    assert PROTOCOL == json.loads(lines[0])["meta"]["protocolVersion"]


def test_each_level_and_end_has_features_of_its_own(messages: list[dict[str, Any]]) -> None:
    """So that what was played twice is there twice."""
    assert [
        "wire/server/start.feature",
        "wire/server/stop.feature",
        "browser/server/start.feature",
        "browser/server/mask.feature",
        "browser/server/write.feature",
        "browser/server/stop.feature",
    ] == [source["uri"] for source in _all(messages, "source")]


def test_steps_before_the_deciding_one_passed_and_it_says_why(messages: list[dict[str, Any]]) -> None:
    """What came after was not looked at."""
    found = _statuses(messages)
    said = [
        step["testStepResult"]["message"]
        for step in _all(messages, "testStepFinished")
        if step["testStepResult"]["status"] == "FAILED"
    ]

    assert ["PASSED", "FAILED", "SKIPPED"] == found["browser/server/mask.feature: x"]
    assert ["PASSED", "SKIPPED", "SKIPPED"] == found["browser/server/write.feature: x"]
    assert ["PASSED"] == found["wire/server/start.feature: of the test"]
    assert "fail (MUST): it said fail" in said
    assert "flaky (MUST): it said flaky" in said


def test_what_is_not_decided_does_not_look_green(both: Run) -> None:
    """Nor like a failure."""
    stories = tuple(replace(story, verdict=Verdict.INCONCLUSIVE) for story in both.stories)

    found = _statuses(list(envelopes(replace(both, stories=stories))))

    assert ["PASSED", "PENDING", "SKIPPED"] == found["browser/server/mask.feature: x"]


def test_a_failure_has_its_timeline_leaks_screenshots_and_command(messages: list[dict[str, Any]]) -> None:
    """At the step at which it was decided."""
    attached = _all(messages, "attachment")
    images = [each for each in attached if each["mediaType"] == "image/png"]
    texts = " ".join(each["body"] for each in attached if each["mediaType"] == "text/plain")

    assert ["the customer's browser", "the agent's browser"] == [image["fileName"] for image in images]
    assert all(base64.b64decode(image["body"]).startswith(b"\x89PNG") for image in images)
    assert "the customer receives an act of the agent" in texts
    assert "canary-7f, planted in an attribute" in texts
    assert "agent, error: Uncaught TypeError: oh" in texts
    assert "Reproduce: cobrowse conform --rule MASK-5 --seed 1" in texts


def test_a_rule_that_its_own_stories_do_not_show_has_a_scenario_of_its_own(run: Run) -> None:
    """Such as one that is not applicable."""
    found = _statuses(list(envelopes(run)))

    assert ["SKIPPED"] == found["wire/server/write.feature: WRITE-15 as a whole"]


def test_ids_are_used_once_and_every_story_is_there(run: Run) -> None:
    """Whatever refers to another must find the one."""
    messages = list(envelopes(run))
    ids = Counter(
        each["id"]
        for kind in ("pickle", "testCase", "testCaseStarted", "testRunStarted")
        for each in _all(messages, kind)
    )

    assert {1} == set(ids.values())
    whole = [pickle for pickle in _all(messages, "pickle") if pickle["name"].endswith("as a whole")]
    assert len(run.stories) == len(_all(messages, "testCaseFinished")) - len(whole)


@pytest.mark.parametrize("code, success", [(Exit.CONFORMANT, True), (Exit.INCOMPLETE, False)])
def test_only_a_conformant_run_is_a_success(both: Run, code: int, success: bool) -> None:
    """Incomplete is none."""
    (finished,) = _all(list(envelopes(replace(both, exit_code=code))), "testRunFinished")

    assert success is finished["success"]

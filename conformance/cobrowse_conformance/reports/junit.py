"""The JUnit report: a test suite for each chapter, a test case for each story, for CI systems.

JUnit has no word for much of what a run can say, so: fail, untestable and flaky are failures; inconclusive,
harness error and adapter error are errors, for nothing undecided may look green; not applicable and
what is known are skipped, with the reason.  A rule whose verdict none of its own stories shows has a case of its own.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

from ..results import Evidence, RuleResult, Run, StoryResult
from ..ruling import AT_LEVEL
from ..verdicts import NEUTRAL, Verdict
from .summary import (
    at_levels,
    by_chapter,
    console_in_words,
    gherkin_lines,
    headline,
    leak_in_words,
    printable,
    reason_of,
    reproduce,
    stories,
    verdict_of,
)
from .timeline import in_text

_ELEMENTS: Final = {
    Verdict.FAIL: "failure",
    Verdict.UNTESTABLE: "failure",
    Verdict.FLAKY: "failure",
    Verdict.KNOWN: "skipped",
    Verdict.INCONCLUSIVE: "error",
    Verdict.HARNESS_ERROR: "error",
    Verdict.ADAPTER_ERROR: "error",
    Verdict.NOT_APPLICABLE: "skipped",
    Verdict.ELSEWHERE: "skipped",
}

#: What JUnit calls the sums of each element.
_SUMS: Final = {"failure": "failures", "error": "errors", "skipped": "skipped"}


def write_junit(run: Run, path: Path) -> None:
    """Write the run as JUnit XML; raises OSError where that cannot be done."""
    root = ET.Element("testsuites", name="cobrowse conform")
    for chapter, rules in by_chapter(run).items():
        suite = ET.SubElement(root, "testsuite", name=chapter, timestamp=run.began)
        _properties(suite, run)
        suite.extend(case for rule in rules for case in _cases(run, rule))
        _sum_up(suite, [suite])
    _sum_up(root, root)
    root.set("time", f"{run.took_s:.3f}")
    ET.indent(root)
    ET.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def _properties(suite: ET.Element, run: Run) -> None:
    facts = {
        "verdict": headline(run).words,
        "target": run.target,
        "url": run.url,
        "server": f"{run.server} {run.server_version}",
        "spec_version": run.spec_version,
        "suite_version": run.suite_version,
        "levels": at_levels(run),
        "browser": run.browser,
        "seed": str(run.seed),
        "command": run.command,
    }
    listed = ET.SubElement(suite, "properties")
    for name, value in facts.items():
        ET.SubElement(listed, "property", name=name, value=printable(value))


def _cases(run: Run, rule: RuleResult) -> Iterable[ET.Element]:
    own = [story for story in run.stories if story.rule == rule.rule]
    yield from (_case_of_story(run, rule, story) for story in own)
    if rule.verdict not in {verdict_of(story, rule) for story in own}:
        yield _case_of_rule(run, rule)


def _case_of_story(run: Run, rule: RuleResult, story: StoryResult) -> ET.Element:
    where = f" {AT_LEVEL.get(story.level, story.level)}" if len(run.levels) > 1 else ""
    name = f"{story.example} {story.end}{where}: {story.name}"
    case = ET.Element(
        "testcase", classname=rule.rule, name=printable(name), time=f"{story.took_s:.3f}", file=story.place
    )
    verdict = verdict_of(story, rule)
    if verdict is not Verdict.PASS:
        shown = Evidence(story.example, story.end, story.because, story.events, level=story.level)
        because = reason_of(rule.by_level[story.level], story.because)
        _add_verdict(case, rule, verdict, because, _text(run, rule, shown))
    return case


def _case_of_rule(run: Run, rule: RuleResult) -> ET.Element:
    case = ET.Element("testcase", classname=rule.rule, name=f"{rule.rule} as a whole", time="0.000")
    if rule.verdict is not Verdict.PASS:
        shown = rule.evidence[0] if rule.evidence else None
        _add_verdict(case, rule, rule.verdict, rule.because, _text(run, rule, shown))
    return case


def _add_verdict(case: ET.Element, rule: RuleResult, verdict: Verdict, because: str, text: str) -> None:
    message = printable(f"{rule.level}: {because}").replace("\n", " ")
    kind = f"{verdict} ({rule.level})"
    if _ELEMENTS[verdict] == "skipped":
        message = message if verdict in NEUTRAL else f"{verdict}, {message}"
        ET.SubElement(case, "skipped", message=message)
    else:
        ET.SubElement(case, _ELEMENTS[verdict], type=kind, message=message).text = text


def _text(run: Run, rule: RuleResult, shown: Evidence | None) -> str:
    """The rule, the story with the line that decided it, the timeline, the command."""
    parts = [f"{rule.rule} ({rule.level}): {rule.sentence}"]
    story = None if shown is None else stories(run).get(shown.key)
    if story is not None and shown is not None:
        marked = (f"{'>' if line.deciding else ' '} {line.text}" for line in gherkin_lines(story))
        parts.append("\n".join(marked))
        parts.append(in_text(story.trace, shown.events))
        parts.append("\n".join([*map(leak_in_words, story.leaks), *console_in_words(story)]))
    parts.append(f"Reproduce: {reproduce(run, rule)}")
    return printable("\n\n".join(part for part in parts if part))


def _sum_up(element: ET.Element, suites: Iterable[ET.Element]) -> None:
    """Set the sums that readers of JUnit expect, in their order."""
    cases = [case for suite in suites for case in suite.iter("testcase")]
    element.set("tests", str(len(cases)))
    for name, plural in _SUMS.items():
        element.set(plural, str(sum(1 for case in cases if case.find(name) is not None)))
    element.set("time", f"{sum(float(case.get('time', '0')) for case in cases):.3f}")

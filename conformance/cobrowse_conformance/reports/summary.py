"""What all reports say alike: the run's verdict in words, counts, evidence, the command that repeats it.

Nothing here knows how it will be shown.  Order: words, the run, one rule, one story, what may be shown.
"""

import shlex
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final, NamedTuple

import msgspec
from cobrowse_spec.actions import Resume, SignIn, Start
from cobrowse_spec.observations import InteractionOpened, PolicyGiven, TokenIssued
from cobrowse_spec.rulebook import rulebook
from cobrowse_spec.sentences import TIMERS
from cobrowse_spec.stories import Plant
from cobrowse_spec.trace import Event
from msgspec.structs import replace

from ..known_failures import EXCUSABLE
from ..results import ORACLE, Counts, Evidence, Leak, LevelResult, RuleResult, Run, StoryKey, StoryResult
from ..verdicts import NEUTRAL, Exit, Verdict

#: One sign for each verdict, so that nothing depends on colour.
SYMBOLS: Final = {
    Verdict.PASS: "✓",
    Verdict.FAIL: "✗",
    Verdict.INCONCLUSIVE: "?",
    Verdict.NOT_APPLICABLE: "–",
    Verdict.ELSEWHERE: "·",
    Verdict.UNTESTABLE: "!",
    Verdict.FLAKY: "~",
    Verdict.KNOWN: "k",
    Verdict.HARNESS_ERROR: "#",
    Verdict.ADAPTER_ERROR: "@",
}

#: Verdicts that need no explanation.
QUIET: Final = NEUTRAL | {Verdict.PASS}

#: What each exit code of ``cobrowse conform`` means.
EXIT_MEANINGS: Final = {
    Exit.CONFORMANT: "conformant",
    Exit.NOT_CONFORMANT: "not conformant",
    Exit.INCOMPLETE: "incomplete",
    Exit.HARNESS_ERROR: "harness error",
    Exit.USAGE: "usage",
    Exit.FLAKY: "flaky",
}

_LEVELS: Final = ("MUST", "SHOULD", "MAY")

#: Rules that a sentence names before it says how many more there are.
_NAMED: Final = 6


class Headline(NamedTuple):
    """The verdict of a run: a word or two, and a sentence."""

    words: str
    sentence: str


# The run


def headline(run: Run) -> Headline:
    """The verdict of the run in words."""
    rest = _not_deciding(run)
    match run.exit_code:
        case Exit.CONFORMANT:
            limits = _limits(run)
            known = _with(run, "MUST", Verdict.KNOWN)
            if known:
                said = _rules_that(known, "MUST", "fails as it is known", "fail as it is known")
                every = "Every other applicable MUST rule was exercised and held."
                return Headline("Only known failures", f"{said} {every}{limits}{rest}")
            words = "Conformant, as far as it was run" if limits else "Conformant"
            return Headline(words, f"Every applicable MUST rule was exercised and held.{limits}{rest}")
        case Exit.NOT_CONFORMANT:
            broken = _with(run, "MUST", Verdict.FAIL, Verdict.UNTESTABLE)
            return Headline("Not conformant", f"{_failing(broken, 'MUST')}{_undecided(run)}{rest}")
        case Exit.FLAKY:
            return Headline("Flaky", f"{_undecided(run).strip()}{rest}")
        case Exit.INCOMPLETE:
            said = _undecided(run).strip() or "No rule was exercised, and that is no pass."
            return Headline("Incomplete", f"{said}{rest}")
        case Exit.HARNESS_ERROR:
            found = [rule.rule for rule in run.rules if rule.verdict is Verdict.HARNESS_ERROR]
            where = f" ({_list(found)})" if found else ""
            return Headline("Void", f"The suite itself failed{where}: the run says nothing about the target.")
        case Exit.USAGE:
            return Headline("Stale list", f"The list of known failures is not true any more.{rest}")
        case code:
            return Headline("No verdict", f"The run ended with exit code {code}.")


def remarks(run: Run) -> list[str]:
    """What is to be known of the run as a whole, in sentences."""
    return [*run.notes, *([bound] if (bound := _bounded(run)) else [])]


def _bounded(run: Run) -> str:
    """How many stories rest on a bound; empty where none does."""
    played = [story for story in run.stories if story.level == "browser"]
    count = sum(1 for story in played if story.bounded)
    if not count:
        return ""
    rests = "rests" if count == 1 else "rest"
    return f"{count} of {len(played)} stories in browsers {rests} on {BOUND_IN_WORDS.format(**run.bounds)}."


#: What a bounded story rests on, with the bounds of the run.
BOUND_IN_WORDS: Final = (
    "the bound settle_s = {settle_s:g} s of the profile: nothing had come by then, and no fence could show "
    "that nothing would"
)


def exit_meaning(run: Run) -> str:
    """The exit code and what it means, e.g. "exit code 1: not conformant"."""
    if run.exit_code == Exit.CONFORMANT and any(count.known for count in run.counts.values()):
        return f"exit code {run.exit_code}: only known failures"
    if run.exit_code == Exit.USAGE and run.stale:
        return f"exit code {run.exit_code}: the list of known failures is not true any more"
    return f"exit code {run.exit_code}: {EXIT_MEANINGS.get(run.exit_code, 'unknown')}"


def at_levels(run: Run) -> str:
    """The levels of the run in words: "wire", "wire and browser"."""
    return " and ".join(run.levels)


def when(began: str) -> str:
    """When a run began, for people: "2026-11-23 03:00:26 UTC"; as it stands where it is no such time."""
    try:
        return f"{datetime.fromisoformat(began).astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    except ValueError:
        return began


def rules_not_run(run: Run) -> list[str]:
    """The rules of the rulebook that can be seen at a level of the run and that it left out."""
    ran = {rule.rule for rule in run.rules}
    return [
        rule.id
        for rule in rulebook().values()
        if rule.id not in ran and any(level in rule.seen for level in run.levels)
    ]


def examples_not_played(run: Run) -> list[str]:
    """The examples of its rules that the run left out, though the target has the capabilities for them.

    Not those that plant a text at one place, where an oracle has planted at every place at once.
    """
    played = {story.example for story in run.stories}
    known = (rulebook().get(rule.rule) for rule in run.rules if rule.verdict is not Verdict.ELSEWHERE)
    return [
        example.id
        for rule in known
        if rule is not None
        for example in rule.examples
        if example.id not in played and (not example.needs or example.needs in run.capabilities)
        if not (f"{rule.id}.{ORACLE}" in played and any(isinstance(step, Plant) for step in example.steps))
    ]


def _limits(run: Run) -> str:
    """What a run of a part says of its own limits, as further sentences; empty for a run of the whole."""
    rules, examples = rules_not_run(run), examples_not_played(run)
    ran = sum(1 for rule in run.rules if rule.verdict is not Verdict.ELSEWHERE)
    said = f" Only {ran} of {ran + len(rules)} {at_levels(run)} rules were run." if rules else ""
    return said + (f" {len(examples)} examples of them were not played." if examples else "")


def _not_deciding(run: Run) -> str:
    """Failures that do not decide conformance, as a further sentence; empty if there are none."""
    return "".join(
        f" {_failing(broken, level).removesuffix('.')}, which does not decide conformance."
        for level in _LEVELS[1:]
        if (broken := _with(run, level, Verdict.FAIL, Verdict.UNTESTABLE, Verdict.FLAKY))
    )


def _undecided(run: Run) -> str:
    """The MUST rules that were not decided, or differently, as further sentences; empty if there are none."""
    rules = _with(run, "MUST", Verdict.INCONCLUSIVE, Verdict.ADAPTER_ERROR)
    flaky = _with(run, "MUST", Verdict.FLAKY)
    said = f" {_rules_that(flaky, 'MUST', 'is flaky', 'are flaky')}" if flaky else ""
    return said + (f" {_rules_that(rules, 'MUST', 'was not decided', 'were not decided')}" if rules else "")


def _failing(rules: list[str], level: str) -> str:
    return _rules_that(rules, level, "fails", "fail")


def _with(run: Run, level: str, *verdicts: Verdict) -> list[str]:
    return [rule.rule for rule in run.rules if rule.level == level and rule.verdict in verdicts]


def _rules_that(rules: list[str], level: str, one: str, several: str) -> str:
    what = f"1 {level} rule {one}" if len(rules) == 1 else f"{len(rules)} {level} rules {several}"
    return f"{what}: {_list(rules)}."


def _list(rules: list[str]) -> str:
    more = len(rules) - _NAMED
    return ", ".join(rules[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def by_chapter(run: Run) -> dict[str, list[RuleResult]]:
    """The rules by chapter, both in the order of the run."""
    chapters: dict[str, list[RuleResult]] = {}
    for rule in run.rules:
        chapters.setdefault(rule.chapter, []).append(rule)
    return chapters


def levels(run: Run) -> list[tuple[str, Counts]]:
    """The counts of each level: MUST, SHOULD, MAY, then any other."""
    others = [level for level in run.counts if level not in _LEVELS]
    return [(level, run.counts[level]) for level in (*_LEVELS, *others) if level in run.counts]


def stories(run: Run) -> dict[StoryKey, StoryResult]:
    """The stories by example, end and level."""
    return {story.key: story for story in run.stories}


def timer_name(field: str) -> str:
    """What sentences call a field of the timing profile, e.g. "cool-down" for ``cool_down_s``."""
    return next((name for name, known in TIMERS.items() if known == field), field)


def profiles(run: Run) -> list[tuple[str, dict[str, float]]]:
    """The declared timing profiles; of all but the first only where they differ from it."""
    listed = list(run.timers.items())
    first = listed[0][1] if listed else {}
    differing = [
        (name, {key: value for key, value in timers.items() if first.get(key) != value})
        for name, timers in listed[1:]
    ]
    return [*listed[:1], *((name, timers) for name, timers in differing if timers)]


# One rule


def needing_words(run: Run) -> list[RuleResult]:
    """The rules that neither passed nor are not applicable: MUST first, then as in the rulebook."""
    loud = [rule for rule in run.rules if rule.verdict not in QUIET]
    return sorted(loud, key=lambda rule: _LEVELS.index(rule.level) if rule.level in _LEVELS else 9)


def witness(rule: RuleResult) -> Evidence | None:
    """The story that best shows that a rule was exercised, with its witness events."""
    return next((shown for level in rule.by_level if (shown := witness_at(rule, level)) is not None), None)


def witness_at(rule: RuleResult, level: str) -> Evidence | None:
    """The same, at one level."""
    witnesses = rule.by_level[level].witnesses
    if not witnesses:
        return None
    best = witnesses[0]
    events = tuple(one.event for one in witnesses if (one.example, one.end) == (best.example, best.end))
    return Evidence(best.example, best.end, "", events, level=level)


def reproduce(run: Run, rule: RuleResult) -> str:
    """The command that plays a rule's stories again, and the story that shows its failure."""
    rules = [rule.rule]
    if rule.evidence:
        rules.append(rule.evidence[0].example.rpartition(".")[0])
    options = [part for name in dict.fromkeys(rules) if name for part in ("--rule", name)]
    return shlex.join([*_without(run.command, _REPLACED), *options, "--seed", str(run.seed)])


#: Options whose value the command for one rule sets anew, or does without.
_REPLACED: Final = (
    "--rule",
    "--tags",
    "--seed",
    "--json",
    "--junit",
    "--html",
    "--markdown",
    "--badge",
    "--messages",
    "--known-failures",
)


def _without(command: str, options: Iterable[str]) -> Iterator[str]:
    try:
        words = iter(shlex.split(command))
    except ValueError:
        words = iter(command.split())
    for word in words:
        if word in options:
            next(words, None)
        elif word.partition("=")[0] not in options:
            yield word


# One story


def kept_traces(run: Run) -> frozenset[StoryKey]:
    """The stories whose traces matter: those that did not pass, all evidence, one witness a rule and level."""
    loud = {story.key for story in run.stories if story.verdict not in QUIET}
    proof = {shown.key for rule in run.rules for shown in rule.evidence}
    seen = {
        shown.key
        for rule in run.rules
        for level in rule.by_level
        if (shown := witness_at(rule, level)) is not None
    }
    return frozenset(loud | proof | seen)


class GherkinLine(NamedTuple):
    """A line of a story as it is shown; ``deciding`` where it decided the story."""

    text: str
    deciding: bool


def gherkin_lines(story: StoryResult) -> list[GherkinLine]:
    """The story, line by line.  Where the deciding line stands in it twice, both are marked."""
    at = story.line.strip()
    return [
        GherkinLine(text, bool(at) and text.strip() == at) for text in story.gherkin.rstrip("\n").split("\n")
    ]


def verdict_of(story: StoryResult, rule: RuleResult) -> Verdict:
    """The verdict on a story of a rule, by the product's own list of known failures."""
    found = rule.by_level.get(story.level)
    excused = found is not None and found.known is not None and story.verdict in EXCUSABLE
    return Verdict.KNOWN if excused else story.verdict


def reason_of(found: LevelResult, because: str) -> str:
    """A reason, with what the product's own list says of the failure."""
    return because if found.known is None else f"{found.known.why} ({found.known.link}): {because}"


def bound_in_words(run: Run, story: StoryResult) -> str:
    """What a story rests on where that is a bound; else nothing."""
    return f"It rests on {BOUND_IN_WORDS.format(**run.bounds)}." if story.bounded else ""


def outcomes_in_words(story: StoryResult) -> str:
    """What came of a story that was played several times: "10 times: pass in 8, fail in 2"; else nothing."""
    if not story.outcomes:
        return ""
    said = ", ".join(f"{verdict} in {count}" for verdict, count in story.outcomes.items())
    return f"{sum(story.outcomes.values())} times: {said}"


def leak_in_words(leak: Leak) -> str:
    """Which planted text was found where, and the bytes that are it."""
    written = f", written as {leak.encoding}" if leak.encoding else ""
    proof = f": {bytes_in_words(leak.found)}" if leak.found else ""
    said = f"{leak.canary}, planted in {leak.place}, was in {leak.channel}{written} at {leak.at_ms:.0f} ms{proof}"
    return printable(said)


def bytes_in_words(found: bytes) -> str:
    """Bytes as text where they are nothing else, otherwise in hexadecimal."""
    text = found.decode("ascii", errors="replace")
    return f'"{text}"' if text.isprintable() and "\ufffd" not in text else found.hex(" ")


def console_in_words(story: StoryResult) -> list[str]:
    """What the browsers' consoles said: who, as what, in which words."""
    return [
        printable(f"{entry.who}, {entry.kind}: {entry.words}"[:_MOST_CONSOLE]).replace("\n", " ")
        for entry in story.console
    ]


#: The longest line of a console that is shown, in characters.
_MOST_CONSOLE: Final = 300


# What may be shown


def without_secrets(event: Event) -> Event:
    """The event without credentials and tokens, whoever recorded it (SECURE-6)."""
    match event.did or event.saw:
        case SignIn() as did:
            return replace(event, did=replace(did, credential=""))
        case Resume() as did:
            return replace(event, did=replace(did, token=""))
        case Start() as did:
            return replace(event, did=replace(did, interaction=""))
        case InteractionOpened() as saw:
            return replace(event, saw=replace(saw, customer_token=""))
        case TokenIssued() as saw:
            return replace(event, saw=replace(saw, token=""))
        case PolicyGiven() as saw:
            return replace(event, saw=replace(saw, policy=msgspec.Raw(b"{}")))
        case _:
            return event


def printable(text: str) -> str:
    """The text with everything that could steer a terminal, or hide in XML, made visible as "�".

    What a target says of itself ends up in reports, so it must not be able to draw in them.
    """
    return "".join(char if char.isprintable() or char == "\n" else "�" for char in text)

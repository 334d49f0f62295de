"""Results: everything that a run found, as plain data from which every report is made."""

import msgspec
from cobrowse_spec.rules import Judgement
from cobrowse_spec.trace import Event, Header

from .verdicts import Verdict


class StoryResult(msgspec.Struct, frozen=True):
    """What came of playing one example at one end of the target."""

    #: The example's ID, e.g. "WRITE-7.3".
    example: str
    rule: str
    name: str
    #: Where it stands in the rulebook: file and line.
    place: str
    #: Which end was judged: "server" or "customer".
    end: str
    verdict: Verdict
    #: Why, where it is no pass.
    because: str
    #: The line of the story at which it was decided.
    line: str
    #: The story in Gherkin.
    gherkin: str
    #: The numbers of the events that show it: witnesses of a pass, proof of a failure.
    events: tuple[int, ...]
    #: What every invariant says of its trace, by rule; those that it does not exercise are left out.
    judgements: dict[str, Judgement]
    header: Header
    trace: tuple[Event, ...]
    #: Seconds.
    took_s: float
    #: False where the target did not answer within a declared bound.
    answered: bool = True
    #: Seconds that it took beside those in which it waited for what time must bring about.
    busy_s: float = 0.0


class Evidence(msgspec.Struct, frozen=True):
    """One reason why a rule failed, or was not decided."""

    #: The example whose story shows it, and the end that was judged.
    example: str
    end: str
    because: str
    events: tuple[int, ...] = ()
    #: Whether the rule's invariant found it; otherwise the story itself did.
    by_invariant: bool = False


class RuleResult(msgspec.Struct, frozen=True):
    """The verdict on one rule."""

    rule: str
    chapter: str
    level: str
    sentence: str
    verdict: Verdict
    #: Why, in one sentence.
    because: str
    #: Examples of this rule that were played, and how many of them passed.
    played: int
    passed: int
    #: Witness events: example, end and event number.
    witnesses: tuple[tuple[str, str, int], ...] = ()
    evidence: tuple[Evidence, ...] = ()


class Counts(msgspec.Struct, frozen=True):
    """Exercised / applicable / total, of the rules of one level."""

    exercised: int
    applicable: int
    total: int
    passed: int
    failed: int
    undecided: int


class GoalsReached(msgspec.Struct, frozen=True):
    """In how many moves of generated stories a rule was reached, by aspect."""

    rule: str
    reached: dict[str, int]


class TimerReached(msgspec.Struct, frozen=True):
    """How often generated stories came to a timer."""

    timer: str
    #: On the machine: a moment before ("-1"), at ("0") and after it ("+1").
    machine: dict[str, int]
    #: At the target: with half of its time over, and with all of it.
    before: int
    after: int


class Generated(msgspec.Struct, frozen=True):
    """What came of generated stories."""

    stories: int
    seed: int
    moves: int
    passed: int
    failed: int
    undecided: int
    #: Why, the commonest reasons first, and how often each.
    why_undecided: dict[str, int]
    #: What is the suite's own fault: rules that its machine broke, and what failed in itself.
    own_faults: tuple[str, ...]
    goals: tuple[GoalsReached, ...]
    timers: tuple[TimerReached, ...]
    #: One for each failure that was shrunk: a feature that can be kept as it is.
    features: tuple[str, ...]
    took_s: float


class Run(msgspec.Struct, frozen=True):
    """A whole run."""

    spec_version: str
    suite_version: str
    target: str
    url: str
    #: What the target says it is, and which capabilities it declares.
    server: str
    server_version: str
    capabilities: tuple[str, ...]
    #: The timing profiles that it declared, in seconds, by policy.
    timers: dict[str, dict[str, float]]
    level: str
    seed: int
    #: When it began: ISO 8601, UTC.
    began: str
    took_s: float
    #: The command that runs it again.
    command: str
    exit_code: int
    rules: tuple[RuleResult, ...]
    stories: tuple[StoryResult, ...]
    #: By MUST, SHOULD, MAY.
    counts: dict[str, Counts]
    #: Generated stories, where there were any.
    generated: Generated | None = None

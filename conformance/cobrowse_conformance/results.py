"""Results: everything that a run found, as plain data from which every report is made.

A level ("wire", "browser") is where a story was played; a rule is judged at each level by itself, and its own
verdict is the worst of these (:mod:`.ruling`).

Order: a story and what shows it, a rule at one level, a rule, counts, generated stories, a run.
"""

from collections.abc import Mapping
from typing import Final

import msgspec
from cobrowse_spec.rules import Judgement
from cobrowse_spec.trace import Event, Header

from .verdicts import Verdict

#: The version of the run as it is written to files; it grows when a reader must know of it.
REPORT_VERSION: Final = 2

#: Where a rule can be seen, in the order in which reports show it.
LEVELS: Final = ("wire", "browser")

#: How what an oracle finds of a rule is told from its stories: `MASK-5.oracle`.
ORACLE: Final = "oracle"


class Picture(msgspec.Struct, frozen=True):
    """What one party's browser showed when a story was decided."""

    #: Whose browser, and at which moment, e.g. "the agent's browser at the failing line".
    caption: str
    png: bytes


class ConsoleEntry(msgspec.Struct, frozen=True):
    """What a page, or the browser of it, said to the browser's console."""

    #: "customer", "agent", "second agent" …
    who: str
    #: The console's own word: "error", "warning" …
    kind: str
    words: str


class Leak(msgspec.Struct, frozen=True):
    """A planted text that was found where it must never be; of what stood around it nothing is kept."""

    canary: str
    #: Where in the page it was planted, e.g. "an attribute of a masked element".
    place: str
    #: What it travelled in, e.g. "WebSocket frame to the server".
    channel: str
    #: How it was written there, outermost first, e.g. "gzip, base64"; empty where it stood in clear.
    encoding: str
    #: Milliseconds since the trace began.
    at_ms: float
    #: The bytes that are the canary, as they stood in the innermost layer that could be cut out.
    found: bytes = b""


class StoryResult(msgspec.Struct, frozen=True):
    """What came of playing one example at one end of the target, at one level."""

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
    #: Where it was played: one of :data:`LEVELS`.
    level: str = "wire"
    #: Whether it passed because nothing had come within the bound ``settle_s`` of the profile, where no fence can show it.
    bounded: bool = False
    #: What the parties' browsers showed and said; only of stories that failed in a browser.
    pictures: tuple[Picture, ...] = ()
    console: tuple[ConsoleEntry, ...] = ()
    leaks: tuple[Leak, ...] = ()
    #: Where it was played several times: how often each verdict came of it.
    outcomes: Mapping[str, int] = {}
    #: The rules that were broken in some of these times and held in others, and what is said of each.
    wavering: Mapping[str, str] = {}

    @property
    def key(self) -> "StoryKey":
        """What tells it from all other stories of a run."""
        return self.example, self.end, self.level


#: A story of a run: its example, the end that was judged, the level.
StoryKey = tuple[str, str, str]


class Evidence(msgspec.Struct, frozen=True):
    """One reason why a rule failed, or was not decided."""

    #: The example whose story shows it, and the end that was judged.
    example: str
    end: str
    because: str
    events: tuple[int, ...] = ()
    #: Whether the rule's invariant found it; otherwise the story itself did.
    by_invariant: bool = False
    #: The level of the story.
    level: str = "wire"

    @property
    def key(self) -> StoryKey:
        """The story that shows it."""
        return self.example, self.end, self.level


class Witness(msgspec.Struct, frozen=True):
    """An event that exercised a rule, and the story in which it happened."""

    example: str
    end: str
    #: The number of the event in the story's trace.
    event: int


class Known(msgspec.Struct, frozen=True):
    """What a product's own list says of a failure (:mod:`.known_failures`)."""

    #: What the verdict is without the list.
    verdict: Verdict
    why: str
    link: str
    #: The last day on which the list holds, as an ISO date; empty where it says none.
    until: str = ""


class LevelResult(msgspec.Struct, frozen=True):
    """The verdict on one rule at one level."""

    verdict: Verdict
    #: Why, in one sentence; empty where it passed.
    because: str
    #: Examples of this rule that were played, and how many of them passed.
    played: int = 0
    passed: int = 0
    witnesses: tuple[Witness, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    known: Known | None = None


class RuleResult(msgspec.Struct, frozen=True):
    """The verdict on one rule."""

    rule: str
    chapter: str
    #: MUST, SHOULD or MAY.
    level: str
    sentence: str
    #: The worst of its levels.
    verdict: Verdict
    #: Why, in one sentence; where the run has several levels it says which one decided.
    because: str
    #: What was found at each level of the run.
    by_level: Mapping[str, LevelResult]

    @property
    def played(self) -> int:
        """Examples of this rule that were played, at all levels."""
        return sum(found.played for found in self.by_level.values())

    @property
    def passed(self) -> int:
        """How many of them passed."""
        return sum(found.passed for found in self.by_level.values())

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """Why it failed or was not decided, level by level."""
        return tuple(one for found in self.by_level.values() for one in found.evidence)


class Counts(msgspec.Struct, frozen=True):
    """Exercised / applicable / total, of the rules of one level."""

    exercised: int
    applicable: int
    total: int
    passed: int
    failed: int
    undecided: int
    #: Failures that the product's own list names; they are in none of the three before.
    known: int = 0


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
    #: Where it looked: some of :data:`LEVELS`, in their order.
    levels: tuple[str, ...]
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
    #: What is wrong with the product's own list of known failures: entries that hold no longer.
    stale: tuple[str, ...] = ()
    #: How often each story was played.
    repeats: int = 1
    #: What is to be known of the run as a whole, in sentences: why nothing, or not all, could be judged.
    notes: tuple[str, ...] = ()
    #: How long the suite waited in browsers at this product, as its profile says, in seconds.
    bounds: Mapping[str, float] = {}
    #: The browser that both people of its stories sat before, e.g. "Chrome 150.0.1"; empty where none did.
    browser: str = ""
    #: The version of this form: :data:`REPORT_VERSION`.
    report: int = REPORT_VERSION

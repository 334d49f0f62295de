"""The kill matrix: one fault after another is put into the reference system, and the suite judges it.

A kill is the verdict *fail* on the very rule that the fault breaks, by that rule's own examples and
invariant.  A crash, an error of the suite or of the fault itself, or a run that does not come to its end
is never a kill.  Faults that are called equivalent (:data:`.known.EQUIVALENT`) are put in as well, all of
one entry together, and must pass the whole suite.

The result counts only where the suite is awake: without any fault it must pass, with a control fault it
must fail, before and after; else the whole matrix is void.

Order: what came of it, judging one fault, the rows, playing all, the controls.
"""

import logging
import random
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

import msgspec
import trio
from cobrowse_conformance.outage import EmbeddedFragile
from cobrowse_conformance.results import RuleResult, Run
from cobrowse_conformance.runner import TOO_SLOW, Selection, run, suite_version
from cobrowse_conformance.targets import Target, TargetDown
from cobrowse_conformance.verdicts import Exit, Verdict
from cobrowse_server.config import Settings
from cobrowse_server.serve import Serving, serve
from cobrowse_spec.rulebook import rulebook
from cobrowse_spec.trace import SPEC_VERSION
from cobrowse_spec.wire.rest import ThrottleLimits
from msgspec.structs import replace
from typing_extensions import override

from .known import EQUIVALENT, JUDGED_BY, WHY_OTHERS, Equivalent
from .tools import Fault, Kind, NotApplied, Patch

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

#: Seconds that one run of the suite against one fault may take.
RUN_TIMEOUT_S: Final = 300.0

#: Seconds after which a run that does not even notice that its time is over is broken off.
HANG_TIMEOUT_S: Final = RUN_TIMEOUT_S + 15.0

#: How often a task is played at most, where it shows nothing.
TRIES: Final = 3

_KEY: Final = "the controller's key of the faults"
#: A window short enough to be waited for.
_THROTTLE: Final = ThrottleLimits(window_s=1.0)


# What came of it


class Outcome(StrEnum):
    """What the suite made of a fault."""

    #: Killed by the check of the rule that it breaks, and by that alone.
    OWN = "own"
    #: Killed by that check, and by those of other rules too.
    SHARED = "shared"
    #: Noticed by other rules' checks only.
    WRONG = "wrong"
    #: Not noticed.
    SURVIVED = "survived"
    #: It shows nothing: not applied, a crash, an error of the suite, out of time.
    INVALID = "invalid"
    #: No party can tell it from no fault, and the suite could not either.
    EQUIVALENT = "equivalent"


KILLED: Final = (Outcome.OWN, Outcome.SHARED)


class Finding(msgspec.Struct, frozen=True):
    """What the suite said with a fault in place."""

    #: What it said of the fault's own rule.
    verdict: Verdict
    #: Why, and in which story.
    because: str = ""
    example: str = ""
    #: Other rules whose checks failed.
    others: tuple[str, ...] = ()
    exit_code: int = Exit.CONFORMANT
    #: Why the run shows nothing; empty where it does.
    invalid: str = ""
    #: Whether the process that played it may be spoilt: something in it would not come to its end.
    spoilt: bool = False
    tries: int = 1
    took_s: float = 0.0
    cpu_s: float = 0.0


class Row(msgspec.Struct, frozen=True):
    """One fault and its outcome."""

    fault: str
    kind: str
    rule: str
    words: str
    outcome: Outcome
    #: What the rule's own check said, or why there is no kill.
    because: str
    example: str
    #: Other rules whose checks failed: all of them where the whole suite was played.
    others: tuple[str, ...]
    #: The cells that it changes; several where they mean the same and are changed together.
    places: tuple[str, ...]
    #: Where only others notice, or nobody can: why that is right.
    why: str
    #: How often it was played: twice where the first time showed nothing.
    tries: int
    took_s: float
    cpu_s: float


class Control(msgspec.Struct, frozen=True):
    """A run whose result is known beforehand."""

    name: str
    #: "before" or "after".
    when: str
    good: bool
    because: str


class Matrix(msgspec.Struct, frozen=True):
    """The whole kill matrix."""

    spec_version: str
    suite_version: str
    seed: int
    jobs: int
    #: When it began: ISO 8601, UTC.
    began: str
    took_s: float
    #: Processor seconds of all processes together.
    cpu_s: float
    #: Why it counts for nothing; empty where it counts.
    void: str
    controls: tuple[Control, ...]
    rows: tuple[Row, ...]
    #: How many rows have each outcome.
    counts: dict[str, int]
    #: Faults that were derived and not played, and why.
    left_out: dict[str, str]
    exit_code: int


#: Exit codes of ``cobrowse faults``.
ALL_KILLED: Final = 0
SOME_NOT_KILLED: Final = 1
VOID: Final = 3


# Judging one fault


class Invalid(Exception):
    """The run shows nothing, and why."""


class Hung(Invalid):
    """The run did not come to its end."""


class NothingToJudge(Invalid):
    """The suite found nothing that it could judge, and what it said."""


class Played(msgspec.Struct, frozen=True):
    """A run of the suite, and what it cost."""

    run: Run
    took_s: float
    cpu_s: float


def play(faults: Sequence[Fault], rules: Sequence[str], ends: Sequence[str], seed: int) -> Played:
    """Run the suite, or the stories of some rules, with faults in place; raises :class:`Invalid`.

    Call it from no other event loop: it has its own.
    """
    began, began_cpu = time.monotonic(), time.process_time()
    with Patch() as patch, _crashes() as crashes, _no_longer_than(HANG_TIMEOUT_S):
        try:
            for fault in faults:
                before = patch.count
                fault.apply(patch)
                if patch.count == before:
                    raise NotApplied(f"{fault.name} changes nothing")
            found = trio.run(judged, tuple(rules), tuple(ends), seed, tuple(fault.name for fault in faults))
        except Invalid:
            raise
        except NotApplied as error:
            raise Invalid(f"not applied: {error}") from None
        except Exception as error:
            down = _first(error, TargetDown)
            if down is not None:
                raise NothingToJudge(str(down)) from None
            raise Invalid(f"{type(error).__name__}: {error}") from error
    if crashes and not any(fault.kind is Kind.DEGENERATE for fault in faults):
        raise Invalid(f"the server crashed: {crashes[0]}")
    broken = next((story for story in found.stories if story.verdict is Verdict.HARNESS_ERROR), None)
    if broken is not None:
        raise Invalid(f"{broken.example}: {broken.because}")
    return Played(found, time.monotonic() - began, time.process_time() - began_cpu)


def _first(error: BaseException, kind: type[Exception]) -> BaseException | None:
    """The first error of this kind in what may be a group of groups."""
    if isinstance(error, BaseExceptionGroup):
        found = (_first(one, kind) for one in error.exceptions)
        return next((one for one in found if one is not None), None)
    return error if isinstance(error, kind) else None


async def judged(
    rules: tuple[str, ...], ends: tuple[str, ...], seed: int, broken: tuple[str, ...] = ()
) -> Run:
    """What the suite says of the reference system as it is now, by the stories of these rules, or by all.

    ``broken`` names the faults that are in it: a server that is killed is another process, and has them too.
    """
    with trio.move_on_after(RUN_TIMEOUT_S):
        async with reference_server() as server:
            fragile = None if broken and set(rules) != {_CRASHING} else EmbeddedFragile(_mortal(broken))
            if not rules and fragile is None:
                rules = tuple(rule for rule in rulebook() if rule != _CRASHING)
            target = Target(server.url, _KEY, ends, "reference server", fragile=fragile)
            return await run(target, Selection(rules=rules), seed=seed, command="")
    raise Hung(f"not over within {RUN_TIMEOUT_S:g} s")


#: The rule that is judged by killing the server, which takes a process: no fault of another rule shows there.
_CRASHING: Final = "RESUME-4"


def _mortal(broken: tuple[str, ...]) -> tuple[str, ...]:
    """The command of a server that can be killed, with these faults in it."""
    module = ("cobrowse_cli.faults.broken_server", *broken, "--") if broken else ("cobrowse_cli",)
    return (sys.executable, "-m", *module, "serve", "--ready-json", "--until-stdin-closes")


@asynccontextmanager
async def reference_server() -> "AsyncIterator[Serving]":
    """The reference server, in this process and loop, so that a fault can be put into it."""
    async with trio.open_nursery() as nursery:
        send, receive = trio.open_memory_channel[Serving](1)
        settings = Settings(port=0, controller_key=_KEY, throttle=_THROTTLE)

        async def serving() -> None:
            await serve(settings, started=send.send_nowait)

        nursery.start_soon(serving)
        try:
            yield await receive.receive()
        finally:
            nursery.cancel_scope.cancel()


class _Collector(logging.Handler):
    """Keeps what is logged as an error."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.messages: list[str] = []

    @override
    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


#: Where the server and what serves it log that something went wrong in themselves.
_LOGGERS: Final = ("cobrowse", "hypercorn.error")


@contextmanager
def _crashes() -> Iterator[list[str]]:
    """Collects what the server logs as an error, and keeps it off the terminal."""
    collector = _Collector()
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    propagated = [logger.propagate for logger in loggers]
    for logger in loggers:
        logger.addHandler(collector)
        logger.propagate = False
    try:
        yield collector.messages
    finally:
        for logger, propagate in zip(loggers, propagated, strict=True):
            logger.removeHandler(collector)
            logger.propagate = propagate


@contextmanager
def _no_longer_than(bound_s: float) -> Iterator[None]:
    """Break off whatever does not come back, a loop without an end included."""

    def ring(number: int, frame: object) -> None:
        raise Hung(f"hung for {bound_s:g} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, bound_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


class Stage(StrEnum):
    """How much of the suite is played."""

    #: The stories of the fault's own rule.
    OWN = "own"
    #: All stories.
    WHOLE = "whole"


def judge(faults: Sequence[Fault], seed: int, stages: Sequence[Stage] = tuple(Stage)) -> Finding:
    """Let the suite judge these faults, which stand or fall together; never raises for what they do.

    Without any fault it judges the reference system as it is.
    The own rule's stories come first; only where they do not kill is the whole suite played, to see
    whether another's check notices.
    """
    if faults and faults[0].kind is Kind.DEGENERATE:
        return _judge_degenerate(faults[0], seed)
    took_s = cpu_s = 0.0
    finding = Finding(Verdict.INCONCLUSIVE, invalid="nothing was played")
    rule = faults[0].rule if faults else ""
    ends = faults[0].ends if faults else ("server", "customer")
    try:
        for stage in stages:
            played = play(faults, (rule,) if stage is Stage.OWN else (), ends, seed)
            took_s, cpu_s = took_s + played.took_s, cpu_s + played.cpu_s
            finding = replace(read(played.run, rule), took_s=took_s, cpu_s=cpu_s)
            if finding.verdict is Verdict.FAIL:
                break
    except Invalid as error:
        spoilt = isinstance(error, Hung)
        return Finding(Verdict.INCONCLUSIVE, invalid=str(error), spoilt=spoilt, took_s=took_s, cpu_s=cpu_s)
    return finding


def _judge_degenerate(fault: Fault, seed: int) -> Finding:
    """It is caught where the suite does not call it conformant, for whatever reason of its own."""
    try:
        played = play((fault,), JUDGED_BY, ("server",), seed)
    except NothingToJudge as down:
        return Finding(Verdict.FAIL, f"nothing to judge: {down}", exit_code=Exit.INCOMPLETE)
    except Invalid as error:
        return Finding(Verdict.INCONCLUSIVE, invalid=str(error))
    failed = sum(1 for result in played.run.rules if result.verdict is Verdict.FAIL)
    passed = sum(1 for result in played.run.rules if result.verdict is Verdict.PASS)
    verdict = Verdict.PASS if played.run.exit_code == Exit.CONFORMANT else Verdict.FAIL
    because = f"of {len(JUDGED_BY)} rules {failed} fail, {passed} pass"
    return Finding(verdict, because, exit_code=played.run.exit_code, took_s=played.took_s, cpu_s=played.cpu_s)


def read(found: Run, rule: str) -> Finding:
    """What a run says of one rule, and which other rules' checks failed in it; of no rule: of them all."""
    own = next((result for result in found.rules if result.rule == rule), None)
    others = {result.rule for result in found.rules if result.verdict is Verdict.FAIL}
    others |= {name for story in found.stories for name, one in story.judgements.items() if one.violations}
    others.discard(rule)
    if (not rule or len(found.rules) > 1) and not others and found.exit_code == Exit.INCOMPLETE:
        undecided = [one for one in found.rules if one.verdict is Verdict.INCONCLUSIVE]
        if undecided and (own is None or own.verdict is not Verdict.FAIL):
            return Finding(Verdict.INCONCLUSIVE, invalid=f"{undecided[0].rule}: {undecided[0].because}")
    slow = next(
        (one for one in found.stories if TOO_SLOW in one.because and (one.rule == rule or not others)), None
    )
    if slow is not None and (own is None or own.verdict is not Verdict.FAIL):
        # what nobody noticed may be just what the story that could not be judged would have shown
        return Finding(
            Verdict.INCONCLUSIVE, invalid=f"{slow.example}: {slow.because}", exit_code=found.exit_code
        )
    if not rule:
        verdict = Verdict.PASS if found.exit_code == Exit.CONFORMANT else Verdict.INCONCLUSIVE
        failed = next((one for one in found.rules if one.verdict is Verdict.FAIL), None)
        because, example = ("", "") if failed is None else _reason(failed)
        return Finding(verdict, because, example, tuple(sorted(others)), exit_code=found.exit_code)
    if own is None:
        return Finding(Verdict.INCONCLUSIVE, invalid=f"no story of {rule} can be played here")
    because, example = _reason(own)
    return Finding(own.verdict, because, example, tuple(sorted(others)), exit_code=found.exit_code)


def _reason(result: RuleResult) -> tuple[str, str]:
    """Why the verdict is what it is, and the story that shows it."""
    if not result.evidence:
        return result.because, ""
    first = result.evidence[0]
    return first.because, first.example


# The rows


def row(
    fault: Fault,
    finding: Finding,
    equivalents: Sequence[Equivalent] = EQUIVALENT,
    why_others: Mapping[str, str] = WHY_OTHERS,
) -> Row:
    """What a fault's finding comes to."""
    claim = equivalent(fault, equivalents)
    outcome, because = _outcome(finding, claim)
    why = ""
    if outcome is Outcome.EQUIVALENT and claim is not None:
        why = claim.because
    if outcome is Outcome.WRONG:
        why = next((words for names, words in why_others.items() if fnmatchcase(fault.name, names)), "")
    return Row(
        fault=fault.name,
        kind=fault.kind.value,
        rule=fault.rule,
        words=fault.words,
        outcome=outcome,
        because=because,
        example=finding.example,
        others=finding.others,
        places=fault.places,
        why=why,
        tries=finding.tries,
        took_s=round(finding.took_s, 2),
        cpu_s=round(finding.cpu_s, 2),
    )


def _outcome(finding: Finding, claim: Equivalent | None) -> tuple[Outcome, str]:
    if finding.invalid:
        return Outcome.INVALID, finding.invalid
    killed, noticed = finding.verdict is Verdict.FAIL, bool(finding.others)
    if claim is not None:
        if killed or noticed or finding.exit_code != Exit.CONFORMANT:
            who = ", ".join(finding.others) or finding.because
            return Outcome.INVALID, f"called equivalent, and yet the suite can tell: {who}"
        return Outcome.EQUIVALENT, ""
    if killed:
        return (Outcome.SHARED if noticed else Outcome.OWN), finding.because
    if noticed:
        return Outcome.WRONG, f"{', '.join(finding.others)} failed, its own rule did not"
    undecided = finding.verdict not in (Verdict.PASS, Verdict.NOT_APPLICABLE)
    return Outcome.SURVIVED, f"undecided: {finding.because}" if undecided else "no check noticed it"


def equivalent(fault: Fault, equivalents: Sequence[Equivalent] = EQUIVALENT) -> Equivalent | None:
    """The entry that says that nobody can tell this fault from no fault, if there is one."""
    return next((one for one in equivalents if fnmatchcase(fault.name, one.names)), None)


# Playing all


class Task(msgspec.Struct, frozen=True):
    """Faults that are played together, by name: one, or all that an entry calls equivalent."""

    faults: tuple[str, ...]
    seed: int
    stages: tuple[Stage, ...] = tuple(Stage)


#: What hears of every row as it is done: how many are done, of how many, and the row.
Told = Callable[[int, int, Row | None], None]

#: What plays tasks, and gives each back with its finding, in any order.
Play = Callable[[Sequence[Task]], Iterable[tuple[Task, Finding]]]


def one_by_one(faults: Mapping[str, Fault]) -> Play:
    """Plays tasks in this process, one after the other."""

    def play_all(tasks: Sequence[Task]) -> Iterator[tuple[Task, Finding]]:
        for task in tasks:
            yield task, judge([faults[name] for name in task.faults], task.seed, task.stages)

    return play_all


def run_matrix(
    faults: Sequence[Fault],
    play_all: Play,
    *,
    seed: int,
    jobs: int = 1,
    control: Fault,
    equivalents: Sequence[Equivalent] = EQUIVALENT,
    left_out: Mapping[str, str] | None = None,
    told: Told = lambda done, total, row: None,
) -> Matrix:
    """Play every fault, between two rounds of controls; ``told`` hears of every row.

    ``control`` is the fault that the suite must catch by its own rule.  Where a control does not come out
    as it must, the matrix is void; before it, nothing more is played.
    """
    began, began_at = datetime.now(UTC), time.monotonic()
    rows: list[Row] = []
    cpu_s = 0.0
    controls, cost_s = _controls("before", play_all, control, seed)
    cpu_s += cost_s
    if all(one.good for one in controls):
        order = list(faults)
        random.Random(seed).shuffle(order)  # noqa: S311 -- repeatable, not secret
        for done in _rows(order, play_all, seed, equivalents):
            rows.append(done)
            cpu_s += done.cpu_s
            told(len(rows), len(faults), done)
        after, cost_s = _controls("after", play_all, control, seed)
        controls += after
        cpu_s += cost_s
    place = {fault.name: number for number, fault in enumerate(faults)}
    rows.sort(key=lambda row: place[row.fault])
    void = "; ".join(f"{one.name}, {one.when}: {one.because}" for one in controls if not one.good)
    return Matrix(
        spec_version=SPEC_VERSION,
        suite_version=suite_version(),
        seed=seed,
        jobs=jobs,
        began=began.isoformat(timespec="seconds"),
        took_s=round(time.monotonic() - began_at, 1),
        cpu_s=round(cpu_s, 1),
        void=void,
        controls=tuple(controls),
        rows=tuple(rows),
        counts={outcome.value: sum(1 for row in rows if row.outcome is outcome) for outcome in Outcome},
        left_out=dict(left_out or {}),
        exit_code=exit_code(void, rows),
    )


def exit_code(void: str, rows: Iterable[Row]) -> int:
    """0: all killed; 1: some survived, are invalid, or were noticed by others for no reason that is written down; 3: void."""
    if void:
        return VOID
    bad = (Outcome.SURVIVED, Outcome.INVALID)
    if any(row.outcome in bad or (row.outcome is Outcome.WRONG and not row.why) for row in rows):
        return SOME_NOT_KILLED
    return ALL_KILLED


def _rows(
    faults: Sequence[Fault], play_all: Play, seed: int, equivalents: Sequence[Equivalent]
) -> Iterator[Row]:
    """Every fault's row, as it is done: those that are called equivalent together, as long as they pass.

    Where the whole suite does not pass with them they are played again, first as they were (a machine
    that is busy with something else can make a story fail that has to meet a short time), then by entry,
    then one by one; who cannot pass even then can be told after all.
    """
    by_name = {fault.name: fault for fault in faults}
    alike = [fault for fault in faults if equivalent(fault, equivalents) is not None]
    single = [Task((fault.name,), seed) for fault in faults if equivalent(fault, equivalents) is None]
    tries = dict.fromkeys(by_name, 0)
    ways: list[Callable[[Fault], str]] = [
        _batch,
        _batch,
        lambda fault: f"{_batch(fault)} {equivalent(fault, equivalents)}",
        _alone,
        _alone,
    ]
    for number, way in enumerate(ways, 1):
        groups: dict[str, list[str]] = {}
        for fault in alike:
            groups.setdefault(way(fault), []).append(fault.name)
            tries[fault.name] += 1
        tasks = [Task(tuple(names), seed, (Stage.WHOLE,)) for names in groups.values()]
        alike = []
        for task, finding in played([*tasks, *single], play_all):
            shared = _share(finding, task)
            if task in tasks:
                shared = replace(shared, tries=max(finding.tries, tries[task.faults[0]]))
            done = [row(by_name[name], shared, equivalents) for name in task.faults]
            told = task in tasks and not finding.invalid and done[0].outcome is not Outcome.EQUIVALENT
            if told and number < len(ways):
                alike += [by_name[name] for name in task.faults]
            else:
                yield from done
        single = []


def played(tasks: Sequence[Task], play_all: Play) -> Iterator[tuple[Task, Finding]]:
    """Each task with its finding; one that shows nothing is played again, and its finding says so.

    A machine that is busy with something else can keep a server from answering in time.  Nothing that was
    decided is played again.
    """
    before: dict[Task, Finding] = {}
    left = list(tasks)
    for number in range(1, TRIES + 1):
        again: list[Task] = []
        for task, finding in play_all(left):
            last = before.get(task, Finding(Verdict.INCONCLUSIVE))
            took_s, cpu_s = last.took_s + finding.took_s, last.cpu_s + finding.cpu_s
            before[task] = replace(finding, tries=number, took_s=took_s, cpu_s=cpu_s)
            if finding.invalid and number < TRIES:
                again.append(task)
            else:
                yield task, before[task]
        left = again


def _batch(fault: Fault) -> str:
    """Faults that can be in place together: at one end, of one kind, and none that hides another."""
    how = fault.name.split(" @")[0].split()[-1] if fault.kind is Kind.NOTICE else ""
    return f"{fault.end} {fault.kind} {how}"


def _alone(fault: Fault) -> str:
    return fault.name


def _share(finding: Finding, task: Task) -> Finding:
    """What one of those that were played together has cost."""
    count = len(task.faults)
    return replace(finding, took_s=finding.took_s / count, cpu_s=finding.cpu_s / count)


# The controls


def _controls(when: str, play_all: Play, control: Fault, seed: int) -> tuple[list[Control], float]:
    tasks = [Task((), seed, (Stage.WHOLE,)), Task((control.name,), seed)]
    found = {task.faults: finding for task, finding in played(tasks, play_all)}
    passed, caught = found[()], found[control.name,]
    conformant = not passed.invalid and passed.exit_code == Exit.CONFORMANT
    killed = not caught.invalid and caught.verdict is Verdict.FAIL
    failed = f"not conformant: {', '.join(passed.others) or f'exit code {passed.exit_code}'}"
    if passed.example:
        failed += f" ({passed.example}: {passed.because})"
    return [
        Control("no fault", when, conformant, passed.invalid or ("" if conformant else failed)),
        Control(control.name, when, killed, caught.invalid or ("" if killed else "it was not caught")),
    ], passed.cpu_s + caught.cpu_s

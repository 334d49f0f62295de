"""The kill matrix: what is derived, what comes of a fault, when the whole counts for nothing."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatchcase
from io import StringIO
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner
from cobrowse_cli.faults import known
from cobrowse_cli.faults.cast import CAST
from cobrowse_cli.faults.degenerate import DEGENERATE
from cobrowse_cli.faults.derived import column_name, derivation, everything, notices, place_name, refuses
from cobrowse_cli.faults.known import EQUIVALENT, NOTICES, TIMERS, WHY_OTHERS, Equivalent
from cobrowse_cli.faults.matrix import (
    ALL_KILLED,
    SOME_NOT_KILLED,
    VOID,
    Finding,
    Outcome,
    Play,
    Stage,
    Task,
    judge,
    one_by_one,
    read,
    row,
    run_matrix,
)
from cobrowse_cli.faults.pool import CONTROL, all_faults, processes
from cobrowse_cli.faults.report import TELL_AFTER_S, Progress, read_json, render, write_json
from cobrowse_cli.faults.tools import DERIVED, Fault, Kind, NotApplied, Patch, with_effect
from cobrowse_cli.faults_command import faults as command
from cobrowse_conformance.results import StoryResult
from cobrowse_conformance.ruling import ruled
from cobrowse_conformance.runner import TOO_SLOW
from cobrowse_conformance.verdicts import Exit, Verdict
from cobrowse_server import desk as desk_module
from cobrowse_server.host import Host
from cobrowse_simulator.gates import Gates
from cobrowse_simulator.restrictions import read_selector
from cobrowse_spec import actions as do
from cobrowse_spec import session as machine
from cobrowse_spec.rulebook import rulebook
from cobrowse_spec.session import TABLE, State, allow, refuse
from cobrowse_spec.terms import Reason, Timer
from rich.console import Console

from tests.conformance.some_results import a_run, broken, held, story

# What is derived


def names_of(kind: Kind) -> list[str]:
    """The names of all faults of a kind, those included that are left out."""
    return [fault.name for fault in everything() if fault.kind is kind]


def test_the_derivation_is_the_same_every_time() -> None:
    """The table alone decides: same faults, same order, and no two of one name."""
    again = derivation.__wrapped__()

    assert [fault.name for fault in derivation().faults] == [fault.name for fault in again.faults]
    assert len(all_faults()) == len(derivation().faults) + len(CAST) + len(DEGENERATE)


def test_there_are_far_more_than_anybody_would_have_chosen() -> None:
    """At least 150 derived faults, of every kind."""
    assert len(derivation().faults) >= 150
    assert set(DERIVED) == {fault.kind for fault in derivation().faults}


def test_every_guard_of_every_cell_is_taken_out() -> None:
    """No guard of the table is without a fault that takes it out, in every cell where it stands."""
    standing = {
        (guard.name, place_name(state, at))
        for state, cells in TABLE.items()
        for at, cell in cells.items()
        for guard in cell.guards
        if refuses(cell) is None
    }
    taken_out = {
        (fault.name.split()[2], place)
        for fault in everything()
        if fault.kind is Kind.GUARD
        for place in fault.places
    }

    assert standing == taken_out


def test_every_guard_that_is_taken_out_is_negated_as_well() -> None:
    """The same guards, at the same places: what it refused passes, and what it let through does not."""
    places = {
        kind: {
            (tuple(fault.name.split()[1:3]), fault.places)
            for fault in everything()
            if fault.kind is kind and fault.places
        }
        for kind in (Kind.GUARD, Kind.NEGATION)
    }

    assert places[Kind.GUARD] == places[Kind.NEGATION]


def test_every_cell_that_refuses_is_made_to_accept() -> None:
    """No refusal of the table is without a fault."""
    refusing = {
        place_name(state, at)
        for state, cells in TABLE.items()
        for at, cell in cells.items()
        if refuses(cell) is not None
    }
    accepting = {place for fault in everything() if fault.kind is Kind.REFUSAL for place in fault.places}

    assert refusing == accepting


def test_every_action_is_opened_to_anyone() -> None:
    """Every column that is an action has its performers taken away once."""
    actions = [f"performer {column_name(at)}" for at in TABLE[State.UNSTARTED] if not isinstance(at, Timer)]

    assert actions == names_of(Kind.PERFORMER)


def test_every_deadline_is_moved_and_lost() -> None:
    """Every field of the machine's deadlines, and the cool-down, has both its faults."""
    fields = {*machine.Deadlines.__struct_fields__, "cool_down_until"}

    assert fields == set(TIMERS)
    assert {f"timer {name} {how}" for name in fields for how in ("third", "never")} == set(
        names_of(Kind.TIMER)
    )


def test_every_notice_goes_wrong_in_three_ways() -> None:
    """Each notice that any effect gives is lost, doubled and misdirected."""
    wrong = [*names_of(Kind.NOTICE), *names_of(Kind.FRAME)]

    assert 3 * len(notices()) == len(wrong)
    assert len(wrong) == len(set(wrong))


def test_every_gate_is_opened() -> None:
    """Each method of the gates that is a condition has its fault."""
    gates = [name for name in vars(Gates) if not name.startswith("_") and name != "refuse"]

    assert [f"gate {name}" for name in gates] == names_of(Kind.GATE)


def test_what_is_left_out_says_why() -> None:
    """A fault is left out for one of two reasons only: no rule asks for it, or its rule is not there."""
    kept = {fault.name for fault in derivation().faults}
    left_out = {one.name: one.because for one in derivation().left_out}

    assert {fault.name for fault in everything()} == kept | left_out.keys()
    assert all(rule in rulebook() for rule in {fault.rule for fault in derivation().faults})
    assert all("rule" in because or "browsers" in because for because in left_out.values())


@pytest.mark.parametrize("fault", derivation().faults, ids=lambda fault: fault.name)
def test_a_derived_fault_changes_something_and_leaves_nothing_behind(fault: Fault) -> None:
    """Put in place it changes the system, taken out again everything is as it was."""
    before = snapshot()

    with Patch() as patch:
        fault.apply(patch)
        assert patch.count > 0
        assert before != snapshot()

    assert before == snapshot()


def snapshot() -> list[object]:
    """Everything that derived faults change."""
    return [
        *(cell for cells in TABLE.values() for cell in cells.values()),
        *(vars(Gates)[name] for name in vars(Gates)),
        machine.EVERYWHERE,
        machine._stirred,
        Host.relay,
    ]


def test_nothing_that_is_known_is_about_nothing() -> None:
    """Every entry of the data speaks of a fault: none has outlived what it was about."""
    names = list(all_faults())
    for pattern in [*(one.names for one in EQUIVALENT), *WHY_OTHERS]:
        assert any(fnmatchcase(name, pattern) for name in names), pattern
    asked = {
        (column_name(told.at), str(told.seen.__struct_config__.tag), str(told.to), how)
        for told in notices()
        for how in ("dropped", "doubled", "misdirected")
    }
    used = {next(pattern for pattern, _ in NOTICES if fits(pattern, one)) for one in asked}
    assert [] == [pattern for pattern, _ in NOTICES if pattern not in used]


def fits(pattern: Sequence[str], one: Sequence[str]) -> bool:
    """Whether an entry of :data:`known.NOTICES` speaks of a notice."""
    return all(wanted in ("*", other) for wanted, other in zip(pattern, one, strict=True))


# How a fault is made


class Thing:
    """Something to change."""

    colour = "red"


class Heir(Thing):
    """Something that has it from elsewhere."""


def test_nothing_remembered_outlives_a_patch() -> None:
    """What a page came to before a fault, or with it, is worked out anew."""
    read_selector("#a")
    with Patch():
        assert 0 == read_selector.cache_info().currsize
        read_selector("#a")

    assert 0 == read_selector.cache_info().currsize


def test_a_patch_undoes_everything_in_the_opposite_order() -> None:
    """Attributes, inherited ones too, and items are back afterwards."""
    items = {"a": 1}

    with Patch() as patch:
        patch.setattr(Thing, "colour", "green")
        patch.setattr(Thing, "colour", "blue")
        patch.setattr(Heir, "colour", "white")
        patch.setitem(items, "a", 2)
        assert ("blue", "white", {"a": 2}) == (Thing.colour, Heir.colour, items)

    assert ("red", "red", {"a": 1}) == (Thing.colour, Heir.colour, items)
    assert "colour" not in vars(Heir)


def test_a_change_that_changes_nothing_is_an_error() -> None:
    """What is there already cannot be put in its place."""
    with Patch() as patch:
        with pytest.raises(NotApplied):
            patch.setattr(Thing, "colour", Thing.colour)
        with pytest.raises(NotApplied):
            patch.setitem(TABLE[State.PENDING], do.Join, TABLE[State.PENDING][do.Join])


# What comes of a fault


def change_nothing(patch: Patch) -> None:
    """A fault that is none."""


def change_what_nobody_sees(patch: Patch) -> None:
    """A fault that no rule forbids."""
    patch.setattr(desk_module, "BEGIN_WITHIN_S", desk_module.BEGIN_WITHIN_S + 1)


def crash(*anything: Any) -> Any:
    """An effect that is no effect."""
    raise RuntimeError


FAKES: dict[str, tuple[Callable[[Patch], None], Outcome, str]] = {
    "survived": (change_what_nobody_sees, Outcome.SURVIVED, "no check noticed it"),
    "not applied": (change_nothing, Outcome.INVALID, "not applied: fake changes nothing"),
    "crashed": (with_effect(lambda right: crash, do.Join, State.PENDING), Outcome.INVALID, "crashed"),
    "raised": (crash, Outcome.INVALID, "RuntimeError"),
}


@pytest.mark.parametrize("apply, outcome, because", FAKES.values(), ids=FAKES)
def test_a_fault_that_is_not_killed_is_reported_as_such(
    apply: Callable[[Patch], None], outcome: Outcome, because: str
) -> None:
    """A survivor is a survivor; whatever shows nothing is invalid, and never a kill."""
    fault = Fault("JOIN-7", "a fake", apply, derived_as="fake")

    found = row(fault, judge([fault], 1, (Stage.OWN,)), ())

    assert outcome is found.outcome
    assert because in found.because


PASSED = Finding(Verdict.PASS)
FAILED = Finding(Verdict.FAIL, "it is broken", "JOIN-7.1", exit_code=Exit.NOT_CONFORMANT)
NOTICED = Finding(Verdict.PASS, others=("STOP-6",), exit_code=Exit.NOT_CONFORMANT)
NOBODY = (Equivalent("fa*", "nobody can tell"),)


@pytest.mark.parametrize(
    "finding, equivalents, outcome, because",
    [
        (FAILED, (), Outcome.OWN, "it is broken"),
        (msgspec.structs.replace(FAILED, others=("STOP-6",)), (), Outcome.SHARED, "it is broken"),
        (NOTICED, (), Outcome.WRONG, "STOP-6 failed, its own rule did not"),
        (PASSED, (), Outcome.SURVIVED, "no check noticed it"),
        (Finding(Verdict.INCONCLUSIVE, "no answer"), (), Outcome.SURVIVED, "undecided: no answer"),
        (Finding(Verdict.FAIL, invalid="hung"), (), Outcome.INVALID, "hung"),
        (PASSED, NOBODY, Outcome.EQUIVALENT, ""),
        (FAILED, NOBODY, Outcome.INVALID, "called equivalent, and yet the suite can tell: it is broken"),
        (NOTICED, NOBODY, Outcome.INVALID, "called equivalent, and yet the suite can tell: STOP-6"),
    ],
)
def test_the_outcome_follows_from_the_verdicts(
    finding: Finding, equivalents: tuple[Equivalent, ...], outcome: Outcome, because: str
) -> None:
    """Only a *fail* of the own rule is a kill; what is called equivalent must pass the whole suite."""
    found = row(FAKE, finding, equivalents)

    assert (outcome, because) == (found.outcome, found.because)


# The matrix

FAKE = Fault("JOIN-7", "a fake", change_nothing, derived_as="fake")
OTHER = Fault("JOIN-7", "another fake", change_nothing, derived_as="other")
WATCHDOG = Fault("JOIN-7", "the control", change_nothing, derived_as="control")


SLOW = story("WRITE-15.1", Verdict.INCONCLUSIVE, because=f"it took 2 s: {TOO_SLOW}")


def plays(findings: dict[str, Finding], clean: Sequence[Finding] = ()) -> Play:
    """Finds what it is told to find; ``clean``: what the runs without a fault find, one after the other."""
    cleans = itertools.chain(clean, itertools.repeat(PASSED))

    def play_all(tasks: Sequence[Task]) -> Iterator[tuple[Task, Finding]]:
        for task in tasks:
            names = "+".join(sorted(task.faults))
            yield task, findings.get(names, FAILED) if task.faults else next(cleans)

    return play_all


def matrix_of(play_all: Play, equivalents: Sequence[Equivalent] = ()) -> Any:
    """A matrix of two fakes."""
    return run_matrix([FAKE, OTHER], play_all, seed=1, control=WATCHDOG, equivalents=equivalents)


@pytest.mark.parametrize(
    "findings, expected",
    [
        ({}, ALL_KILLED),
        ({"fake": PASSED}, SOME_NOT_KILLED),
        ({"fake": Finding(Verdict.FAIL, invalid="hung")}, SOME_NOT_KILLED),
        ({"fake": NOTICED}, SOME_NOT_KILLED),
        ({"control": PASSED}, VOID),
    ],
)
def test_the_exit_code_says_whether_all_were_killed(findings: dict[str, Finding], expected: int) -> None:
    """0: all; 1: one survived, is invalid, or was noticed by others for no written reason; 3: void."""
    assert expected == matrix_of(plays(findings)).exit_code


def test_nothing_is_played_where_the_suite_is_not_awake() -> None:
    """A clean run that fails before the faults makes the matrix void, and empty."""
    found = matrix_of(plays({}, clean=[NOTICED]))

    assert VOID == found.exit_code
    assert "no fault, before: not conformant: STOP-6" == found.void
    assert () == found.rows


def test_a_clean_run_that_fails_says_in_which_story() -> None:
    """And why: whoever reads it has nothing else of that run."""
    failed = Finding(Verdict.INCONCLUSIVE, "it came", "STOP-6.2", ("STOP-6",), exit_code=Exit.NOT_CONFORMANT)

    assert matrix_of(plays({}, clean=[failed])).void.endswith("not conformant: STOP-6 (STOP-6.2: it came)")


def test_a_suite_that_has_gone_wrong_meanwhile_makes_it_void() -> None:
    """A clean run that fails after the faults makes the matrix void, whatever they came to."""
    found = matrix_of(plays({}, clean=[PASSED, NOTICED]))

    assert VOID == found.exit_code
    assert [Outcome.OWN, Outcome.OWN] == [row.outcome for row in found.rows]


def test_a_control_fault_that_cannot_be_played_makes_it_void() -> None:
    """An invalid control says nothing of the suite."""
    found = matrix_of(plays({"control": Finding(Verdict.FAIL, invalid="its process died")}))

    assert "control, before: its process died" == found.void


def test_what_shows_nothing_is_played_once_more_and_says_so() -> None:
    """A run that showed nothing is repeated, once; what was decided is not."""
    played: list[str] = []
    hung = Finding(Verdict.INCONCLUSIVE, invalid="hung")

    def play_all(tasks: Sequence[Task]) -> Iterator[tuple[Task, Finding]]:
        for task in tasks:
            played.extend(task.faults)
            first = played.count("fake") == 1 and task.faults == ("fake",)
            yield task, PASSED if not task.faults else hung if first else FAILED

    found = matrix_of(play_all)

    assert {"fake": (Outcome.OWN, 2), "other": (Outcome.OWN, 1)} == {
        row.fault: (row.outcome, row.tries) for row in found.rows
    }
    assert (2, 1) == (played.count("fake"), played.count("other"))


@pytest.mark.parametrize(
    "stories, invalid",
    [
        ([story("START-1.1", judgements=held("START-1"))], False),
        ([story("START-1.1", judgements=held("START-1")), SLOW], True),
        (
            [
                story("START-1.1", judgements=held("START-1")),
                SLOW,
                story("STOP-1.1", judgements=broken("STOP-1")),
            ],
            False,
        ),
        ([story("START-1.1", judgements=broken("START-1")), SLOW], False),
    ],
    ids=["all judged", "one too slow, nothing noticed", "noticed by another", "killed"],
)
def test_nothing_noticed_shows_nothing_where_a_story_was_too_slow(
    stories: list[StoryResult], invalid: bool
) -> None:
    """The story that could not be judged, of a rule that is a SHOULD even, may be the one that would have noticed."""
    rules = [rulebook()[rule] for rule in {each.rule: each for each in stories}]

    assert invalid is bool(read(ruled(a_run(*stories), rules), "START-1").invalid)


ALIKE = (Equivalent("*", "nobody can tell"),)


def test_what_is_called_equivalent_is_played_together_and_must_pass() -> None:
    """All faults of an entry go in at once; where the suite passes, each of them is equivalent."""
    found = matrix_of(plays({"fake+other": PASSED}), ALIKE)

    assert ALL_KILLED == found.exit_code
    assert [Outcome.EQUIVALENT, Outcome.EQUIVALENT] == [row.outcome for row in found.rows]
    assert ["nobody can tell"] * 2 == [row.why for row in found.rows]


def test_one_that_can_be_told_after_all_is_found_out() -> None:
    """Where the suite fails, each of the entry is tried alone, and the one that can be told is invalid."""
    found = matrix_of(plays({"fake+other": FAILED, "fake": PASSED, "other": FAILED}), ALIKE)

    assert [Outcome.EQUIVALENT, Outcome.INVALID] == [row.outcome for row in found.rows]
    assert SOME_NOT_KILLED == found.exit_code


def test_the_control_is_really_caught() -> None:
    """One real fault, in a real process of its own, by its own rule's stories."""
    with processes(1) as play_all:
        ((task, finding),) = play_all([Task((CONTROL.name,), 1, (Stage.OWN,))])

    assert (CONTROL.name,) == task.faults
    assert ("", Verdict.FAIL) == (finding.invalid, finding.verdict)


def test_a_process_that_does_not_answer_in_time_is_ended_and_its_task_invalid() -> None:
    """Nothing waits without a bound: the others go on, in a process that takes its place."""
    tasks = [Task((CONTROL.name,), seed, (Stage.OWN,)) for seed in (1, 2)]
    with processes(1, within_s=0.0) as play_all:
        found = dict(play_all(tasks))

    assert set(tasks) == set(found)
    assert {"no answer within 0 s: its process was ended"} == {one.invalid for one in found.values()}


def test_a_process_that_dies_makes_its_task_invalid_and_no_other() -> None:
    """It does not know the first fault, and falls over it."""
    unknown, known = Task(("no such fault",), 1, (Stage.OWN,)), Task((CONTROL.name,), 1, (Stage.OWN,))
    with processes(1) as play_all:
        found = dict(play_all([unknown, known]))

    assert "its process died with exit code 1" == found[unknown].invalid
    assert ("", Verdict.FAIL) == (found[known].invalid, found[known].verdict)


def test_every_degenerate_server_is_found_out() -> None:
    """One by one, as the matrix does it: none is ever conformant."""
    with processes(2) as play_all:
        tasks = [Task((fault.name,), 1) for fault in DEGENERATE]
        rows = [row(all_faults()[task.faults[0]], finding) for task, finding in play_all(tasks)]

    assert [] == [(one.fault, one.because) for one in rows if one.outcome is not Outcome.OWN]
    assert len(DEGENERATE) == len(rows)


def test_faults_can_be_played_in_this_process_as_well() -> None:
    """The same task, one after the other, has the same end."""
    ((_, finding),) = one_by_one({CONTROL.name: CONTROL})([Task((CONTROL.name,), 1, (Stage.OWN,))])

    assert ("", Verdict.FAIL) == (finding.invalid, finding.verdict)


# The reports


def test_the_json_can_be_read_again(tmp_path: Path) -> None:
    """Rows with fault, rule and outcome; counts of every outcome; the controls."""
    found = matrix_of(plays({"fake": PASSED}))
    path = tmp_path / "matrix.json"

    write_json(found, path)

    assert found == read_json(path)
    data = msgspec.json.decode(path.read_bytes())
    assert {"fault": "fake", "rule": "JOIN-7", "outcome": "survived"}.items() <= data["rows"][0].items()
    assert {outcome.value for outcome in Outcome} == data["counts"].keys()
    assert [("no fault", "before"), ("control", "before"), ("no fault", "after"), ("control", "after")] == [
        (one["name"], one["when"]) for one in data["controls"]
    ]


def test_the_page_shows_every_row_and_needs_nothing_else() -> None:
    """One file: no script, no request; what survived stands first."""
    page = render(matrix_of(plays({"other": PASSED})))

    assert page.index('id="loud"') < page.index('id="rules"') < page.index("a fake")
    assert 2 == page.count("another fake")
    assert "<script" not in page
    assert "http://" not in page
    assert "https://" not in page


# The command


@pytest.mark.parametrize(
    "arguments, complaint",
    [
        (["--rule", "WRITE-99"], "there is no rule 'WRITE-99'; did you mean WRITE-9?"),
        (["--rule", "START-2", "--kind", "gate"], "no fault is of this rule, kind and name"),
        (["--kind", "noise"], "is not one of"),
        (["--jobs", "0"], "is not in the range"),
    ],
)
def test_wrong_usage_is_said_before_anything_is_played(arguments: list[str], complaint: str) -> None:
    """The command names what is wrong, and what was meant."""
    found = CliRunner().invoke(command, arguments)

    assert found.exit_code != 0
    assert complaint in found.output


def test_without_a_terminal_a_line_is_printed_with_a_fault_after_a_minute(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Faults of the web client take long: whoever reads a log sees that they go on."""
    clock, told = itertools.count(0.0, TELL_AFTER_S / 4), StringIO()
    monkeypatch.setattr("cobrowse_cli.faults.report.time.monotonic", lambda: next(clock))
    progress = Progress(Console(file=told))
    for done in range(1, 6):
        progress.told(done, 89, None)

    assert ["4 of 89 faults, 0 not killed"] == told.getvalue().splitlines()


def test_a_refusal_of_the_tests_is_no_cell_of_the_table() -> None:
    """What refuses everybody is known by its guard, whoever made the cell."""
    assert refuses(allow(machine.nothing)) is None
    assert refuses(refuse("STOP-5", Reason.SESSION_ENDED)) is not None
    assert known.NO_RULE not in rulebook()

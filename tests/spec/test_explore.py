"""Exploration: it finds what is broken by a shortest path, and leaves nothing out without a reason.

The whole exploration takes minutes and is ``cobrowse explore``; here it goes as far as it takes to meet
every cell, and for each seeded fault to its first violation.  Order: what a clean machine shows, the
alphabet, what makes a state, seeded faults, bounds.
"""

import itertools
from collections.abc import Callable
from typing import Final, get_args

import msgspec
import pytest
from cobrowse_spec import actions as do
from cobrowse_spec import explore as exploring
from cobrowse_spec import observations as see
from cobrowse_spec import session as machine
from cobrowse_spec.actions import Deed
from cobrowse_spec.alphabet import BEGINNINGS, LETTERS, Letter
from cobrowse_spec.explore import (
    ELSEWHERE,
    IDLE_GUARDS,
    TELL_EVERY,
    UNREACHABLE,
    Exploration,
    Progress,
    explore,
)
from cobrowse_spec.rulebook import rulebook
from cobrowse_spec.rules import INVARIANTS
from cobrowse_spec.rules.facts import Facts
from cobrowse_spec.session import TABLE, Cell, Guard, Outcome, Session, State, column, step
from cobrowse_spec.terms import Party
from cobrowse_spec.trace import Event, Header
from msgspec.structs import replace

Patch = pytest.MonkeyPatch

#: Transitions after which every cell that can be reached has been, with room to spare.
ENOUGH: Final = 340_000


@pytest.fixture(scope="module")
def clean() -> Exploration:
    """An exploration of the machine as it is."""
    return explore(transitions=ENOUGH)


# What a clean machine shows


def test_no_invariant_is_violated(clean: Exploration) -> None:
    """On any path that was taken: machine and invariants agree."""
    assert () == clean.violations
    assert {} == clean.violated


def test_the_cells_that_were_never_reached_are_exactly_those_that_cannot_be(clean: Exploration) -> None:
    """Each with its reason; one that is reached after all does not belong on the list."""
    listed = {f"{state} x {key.__name__ if isinstance(key, type) else key}" for state, key in UNREACHABLE}

    assert listed == {missing.name for missing in clean.unreached}
    assert len(clean.unreached) < clean.cells == sum(len(row) for row in TABLE.values())


def test_the_guards_that_never_refused_are_exactly_those_that_cannot(clean: Exploration) -> None:
    """A guard that nothing fails and nobody has a reason for guards nothing."""
    assert len(IDLE_GUARDS) == len(clean.idle_guards)
    assert [] == [missing for missing in clean.idle_guards if not missing.reason]


def test_the_invariants_that_were_never_exercised_are_exactly_those_of_elsewhere(clean: Exploration) -> None:
    """Pages and the lobby; everything else was exercised and held."""
    assert set(ELSEWHERE) == {missing.name for missing in clean.unexercised}
    assert {invariant.rule for invariant in INVARIANTS} == set(ELSEWHERE) | set(clean.held)


def test_nothing_is_left_out_without_a_reason(clean: Exploration) -> None:
    """The command's verdict hangs on this."""
    assert () == clean.gaps


def test_every_refusal_names_a_rule_of_the_rulebook(clean: Exploration) -> None:
    """As "RULE reason", with how often it was seen."""
    assert [] == [name for name in clean.refusals if name.partition(" ")[0] not in rulebook()]
    assert clean.refusals["WRITE-9 cooling_down"] > 0


def test_the_same_arguments_give_the_same_exploration() -> None:
    """It depends on no clock, no chance and no order of hashes."""
    assert explore(transitions=4_000) == explore(transitions=4_000)


# The alphabet


def test_the_alphabet_has_a_letter_for_every_column_and_every_action() -> None:
    """A new action is missed here, not passed over in silence."""
    deeds = [letter.deed(BEGINNINGS["standard"]) for letter in LETTERS]

    assert set(TABLE[State.POINTER]) == {column(deed.action) for deed in deeds}
    assert set(get_args(do.AnyAction)) - set(do.OUTSIDE_SESSIONS) == {type(deed.action) for deed in deeds}


def test_every_letter_is_another_than_the_others() -> None:
    """Said twice is explored twice, for nothing."""
    session = replace(BEGINNINGS["standard"], requests=7, epoch=5, flow_since=3, n=9)
    deeds = [letter.deed(session) for letter in LETTERS]

    assert len(deeds) == len(set(deeds))


# What makes a state


def _later(session: Session, by_s: float) -> Session:
    """The same session, begun later and with more before it."""
    times = {name: getattr(session.deadlines, name) + by_s for name in session.deadlines.__struct_fields__}
    return replace(
        session,
        deadlines=replace(session.deadlines, **times),
        n=session.n + 10,
        epoch=session.epoch + 10,
        flow_since=session.flow_since + 10,
    )


def _asked() -> Session:
    session = BEGINNINGS["standard"]
    agent = {"who": "agent", "name": "Ada"}
    for deed in (
        Deed(Party.CUSTOMER, do.Start()),
        Deed(Party.AGENT, do.Join(session.session_id), **agent),
        Deed(Party.AGENT, do.Request(), **agent),
    ):
        session = step(session, deed, 0.0).session
    return session


def test_sessions_that_differ_in_absolute_times_and_numbers_only_are_one_state() -> None:
    """Deadlines count in their order and from now, epochs in their order."""
    asked = _asked()

    assert exploring._place(asked, 1.0) == exploring._place(_later(asked, 64.0), 65.0)


@pytest.mark.parametrize("at", ["request", "warning", "inactivity"])
def test_a_deadline_makes_three_states_before_almost_and_then(at: str) -> None:
    """So every deed is tried on both sides of each deadline."""
    asked = _asked()
    deadline = getattr(asked.deadlines, at)
    moments = (deadline - 1.0, deadline - exploring.MOMENT_S, deadline)

    assert 3 == len({exploring._place(asked, now) for now in moments})


@pytest.mark.parametrize("field", ["state", "off_site", "agent_lost", "request", "page", "agent"])
def test_a_difference_that_decides_something_makes_another_state(field: str) -> None:
    """Nothing that a guard reads is merged away."""
    asked = _asked()
    others = {
        "state": State.POINTER,
        "off_site": True,
        "agent_lost": True,
        "request": "",
        "page": do.ShowPage("p1", "https://bank.example/"),
        "agent": "",
    }

    assert exploring._place(asked, 1.0) != exploring._place(replace(asked, **{field: others[field]}), 1.0)


def _containers(books: object) -> set[int]:
    """The identities of all containers in some books, to any depth."""
    found: set[int] = set()
    waiting: list[object] = list(vars(books).values())
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict | set | list):
            found.add(id(one))
            waiting += one.values() if isinstance(one, dict) else one
    return found


def test_what_one_path_learns_another_does_not_know() -> None:
    """Copies of the facts share events, and no book that grows."""
    facts = Facts(Header())
    session = facts.session("s1")
    event = Event(1, 0.0, Party.AGENT, "agent", saw=see.Circle(3, 4), session="s1")
    facts.learn(event)
    copy, copied = exploring._Knowledge(facts).copy()

    assert session.circles == copied.circles != {}
    assert (copied, copy) == (copy.sessions["s1"], copied.all)
    assert set() == _containers(session) & _containers(copied)
    assert set() == _containers(facts) & _containers(copy)


# Seeded faults

#: The letters whose performers may do them.
THEIRS: Final = tuple(letter for letter in LETTERS if "not theirs" not in letter.words)


def _without(patch: Patch, name: str) -> None:
    """Take a guard out of every cell of a copy of the table, and of the guards of all cells."""

    def kept(guards: tuple[Guard, ...]) -> tuple[Guard, ...]:
        return tuple(guard for guard in guards if guard.name != name)

    table = {
        state: {key: Cell(kept(cell.guards), cell.effect) for key, cell in row.items()}
        for state, row in TABLE.items()
    }
    everywhere = kept(machine.EVERYWHERE)

    assert (table, everywhere) != (TABLE, machine.EVERYWHERE), "the fault must really change something"
    patch.setattr(machine, "TABLE", table)
    patch.setattr(machine, "EVERYWHERE", everywhere)


#: Guards, the rule whose invariant notices that one is gone, and the last deed of a shortest way to see it,
#: which is this number of lines.
FAULTS: Final = (
    ("performs_it", "START-1", "starts a session (which is not theirs to do)", 3),
    ("has_an_interaction", "START-8", "the customer starts a session", 3),
    ("was_posted_by_the_system", "START-4", 'posts "{start:123456789}" in the chat as the agent', 4),
    (
        "is_exactly_a_start_message",
        "START-4",
        'posts "{start:123456789} please" in the chat as the system',
        4,
    ),
    ("is_due", "START-6", "the pending timer is expired", 4),
    ("write_mode_is_enabled", "WRITE-5", "the agent requests Write Mode", 5),
    ("approvals_may_be_limited", "WRITE-15", 'the agent requests Write Mode for "plain" only', 6),
    ("names_the_pending_request", "WRITE-3", 'the customer approves request "r0" (the one before)', 6),
    ("has_cooled_down", "WRITE-9", "the agent requests Write Mode", 7),
    ("had_lost_its_link", "RESUME-3", "comes back with its token", 7),
    ("belongs_to_this_stretch_of_write_mode", "WRITE-12", "(of an earlier epoch)", 8),
    ("stays_on_the_site", "NAVIGATE-2", 'the agent opens "https://bank.example.evil.test/"', 8),
    ("opens_nothing_that_is_denied", "NAVIGATE-5", "/admin/keys", 8),
    ("does_not_use_a_disabled_element", "NAVIGATE-4", 'the agent clicks "disabled"', 8),
    ("submits_nothing_that_is_not_allowed", "SUBMIT-1", 'the agent clicks "submitting"', 8),
)


@pytest.mark.parametrize("name, rule, deed, lines", FAULTS, ids=[fault[0] for fault in FAULTS])
def test_a_guard_that_is_gone_is_noticed_by_a_shortest_path(
    monkeypatch: Patch, name: str, rule: str, deed: str, lines: int
) -> None:
    """Breadth first: no shorter path breaks anything, and the last line but one is the deed that does."""
    _without(monkeypatch, name)
    letters = LETTERS if name == "performs_it" else THEIRS
    found = explore(transitions=ENOUGH, until_broken=True, letters=letters, beginnings=_beginnings_for(name))
    first = found.violations[0]

    assert rule in {violation.rule for violation in found.violations}
    assert deed in first.lines[-2]
    assert first.lines[-1] == f"Then {first.rule} is broken: {first.because}"
    assert lines == len(first.lines)
    assert not found.closed


def _beginnings_for(name: str) -> dict[str, Session]:
    """The policies under which this guard decides anything."""
    wanted = {"has_an_interaction": "standard, with no chat or call", "write_mode_is_enabled": "view only"}
    policy = wanted.get(name, "standard")
    return {policy: BEGINNINGS[policy]}


def test_a_path_reads_like_a_story(monkeypatch: Patch) -> None:
    """Given, When, And, Then: with refusals on the way, and times."""
    _without(monkeypatch, "has_cooled_down")
    found = explore(until_broken=True, transitions=ENOUGH, beginnings=_beginnings_for(""))

    assert (
        'Given a session of which nothing has happened yet, under the policy "standard"',
        "When the customer starts a session",
        'And the agent joins with the session ID "123456789"',
        "And the agent requests Write Mode",
        'And the customer denies request "r1" (the newest)',
        "And the agent requests Write Mode",
        "Then WRITE-9 is broken: the customer was asked again before the cool-down was over",
    ) == found.violations[0].lines


def _losing(kind: type, to: Party) -> Callable[[Session, Deed, float], Outcome]:
    """A machine that forgets to tell a party something."""

    def lossy(session: Session, deed: Deed, now: float) -> Outcome:
        outcome = step(session, deed, now)
        kept = tuple(n for n in outcome.notices if n.to is not to or not isinstance(n.see, kind))
        return outcome._replace(notices=kept)

    return lossy


def test_a_notice_that_is_lost_is_noticed_by_the_fence() -> None:
    """Its absence is seen when the performer's fence is back."""
    found = explore(
        step=_losing(see.Circle, Party.CUSTOMER),
        until_broken=True,
        transitions=ENOUGH,
        beginnings=_beginnings_for(""),
    )

    assert "POINTER-4" == found.violations[0].rule
    assert "And the agent clicks at 3, 4" == found.violations[0].lines[-2]


def test_a_fault_that_shows_only_later_is_followed_to_where_it_shows() -> None:
    """A click that brings a deadline nearer looks like nothing, until the session ends too early.

    The machine's deadline and the trace's reckoning of it do not agree: that is a state of its own.
    """

    def hasty(session: Session, deed: Deed, now: float) -> Outcome:
        outcome = step(session, deed, now)
        if session.state is not State.SUSPENDED or not isinstance(deed.action, do.Press):
            return outcome
        deadlines = replace(session.deadlines, off_site=session.deadlines.off_site - 50.0)
        return outcome._replace(session=replace(outcome.session, deadlines=deadlines))

    letters = [letter for letter in THEIRS if letter.role.party is not Party.AGENT or _is(letter, do.Join)]
    found = explore(
        step=hasty, until_broken=True, transitions=ENOUGH, letters=letters, beginnings=_beginnings_for("")
    )

    assert "SITE-4" == found.violations[0].rule
    assert 'And the customer clicks "submitting"' == found.violations[0].lines[-4]
    assert "And the off_site timer is expired" == found.violations[0].lines[-2]


def _is(letter: Letter, kind: type) -> bool:
    return isinstance(letter.deed(BEGINNINGS["standard"]).action, kind)


@pytest.mark.parametrize("refused", [True, False])
def test_what_step_promises_is_judged_as_well(refused: bool) -> None:
    """A refusal changes nothing, and what is accepted takes the next place."""

    def careless(session: Session, deed: Deed, now: float) -> Outcome:
        outcome = step(session, deed, now)
        if (outcome.refusal is not None) is refused:
            return outcome._replace(session=replace(outcome.session, n=outcome.session.n + 5))
        return outcome

    found = explore(step=careless, until_broken=True, transitions=ENOUGH, beginnings=_beginnings_for(""))

    assert "MACHINE" == found.violations[0].rule
    assert 3 == len(found.violations[0].lines)


# Bounds


def test_a_depth_is_kept() -> None:
    """What lies deeper is not explored, and the report says that something was left."""
    shallow = explore(depth=2, beginnings=_beginnings_for(""))

    assert (2, False) == (shallow.depth, shallow.closed)
    assert "WRITE-1" in {missing.name for missing in shallow.unexercised}
    assert "WRITE-1" in shallow.gaps


def test_a_number_of_transitions_is_kept() -> None:
    """Up to the letters of the state that is being explored."""
    found = explore(transitions=1_000)

    assert 1_000 <= found.transitions < 1_000 + 2 * len(LETTERS)
    assert not found.closed


def test_an_exploration_of_a_small_alphabet_closes() -> None:
    """When no state is left that has not met every letter."""
    small = [
        letter
        for letter in LETTERS
        if isinstance(letter.deed(BEGINNINGS["standard"]).action, do.Start | do.Join | do.Exit)
    ]
    found = explore(letters=small, beginnings=_beginnings_for(""))

    assert found.closed
    assert found.states < 40


def test_progress_is_told_on_the_way_and_at_the_end() -> None:
    """For who wants to show it; the exploration itself looks at no clock."""
    told: list[Progress] = []
    found = explore(transitions=3 * TELL_EVERY, told=told.append)

    assert 2 <= len(told) <= 4
    assert all(before.transitions < after.transitions for before, after in itertools.pairwise(told))
    assert told[-1].transitions <= found.transitions


def test_a_report_goes_through_json(clean: Exploration) -> None:
    """It is data."""
    assert clean == msgspec.json.decode(msgspec.json.encode(clean), type=Exploration)

"""Names in the code become prose that reads like the rest of the rulebook."""

import re
from typing import get_args

import pytest
from cobrowse_spec import actions as do
from cobrowse_spec.actions import AnyAction
from cobrowse_spec.rules import INVARIANTS
from cobrowse_spec.session import TABLE, State
from cobrowse_spec.terms import Mode, Party, Timer
from cobrowse_spec.wording import (
    comments,
    complaints,
    doers,
    happening,
    plain,
    prose,
    sentence,
    state_title,
)


@pytest.mark.parametrize(
    "name, words",
    [
        ("write_mode_begins_only_with_an_approval", "Write Mode begins only with an approval."),
        ("after_the_end_the_agents_view_is_gone", "After the end the agent's view is gone."),
        ("only_allowed_buttons_submit_for_agents", "Only allowed buttons submit for agents."),
        ("only_the_systems_word_counts", "Only the system's word counts."),
        ("session_ids_do_not_come_twice", "Session IDs do not come twice."),
        ("look_alikes_are_off_site", "Look-alikes are off site."),
    ],
)
def test_a_name_becomes_a_sentence(name: str, words: str) -> None:
    """With the capitals and apostrophes that names cannot have, and none that plurals must not have."""
    assert words == sentence(name)


def test_a_guard_of_this_session_has_its_apostrophe() -> None:
    """Also after "this"."""
    assert "was posted in this session's chat" == prose("was_posted_in_this_sessions_chat")


def test_states_are_called_what_the_rules_call_them() -> None:
    """The diagram speaks of Write Mode as the rules do."""
    assert ["Pointer Mode", "Write Mode", "Pending"] == [
        state_title(state) for state in (State.POINTER, State.WRITE, State.PENDING)
    ]


def test_what_happens_names_who_does_it() -> None:
    """Everyone who may, or those who are named."""
    assert "the customer or the agent exits the session" == happening(do.Exit)
    assert "the agent exits the session" == happening(do.Exit, [Party.AGENT])
    assert "the off-site time is over" == happening(Timer.OFF_SITE)
    assert "the customer, the agent or the contact centre" == doers(do.Fence.performers)


def test_everything_that_can_happen_has_words() -> None:
    """Without a blank to fill in, and with no markup."""
    kinds = {*TABLE[State.UNSTARTED], *get_args(AnyAction)}
    words = {kind: happening(kind) for kind in kinds}

    assert [] == [kind for kind, said in words.items() if re.search(r"[{}`:]|^$", said)]


def test_comments_above_members_are_read() -> None:
    """Those that have one."""
    assert "Active, in Write Mode." == comments(State)["write"]
    assert {} == comments(Mode)


def test_markup_of_docstrings_is_taken_off() -> None:
    """In one line, whatever its markup."""
    assert "A deed is what Expire makes of it." == plain(
        "A ``deed`` is\n  what :class:`.Expire` makes of it."
    )


def test_an_invariant_tells_what_it_can_complain_of() -> None:
    """Also by way of a helper, and with what only the trace can tell left open."""
    told = complaints("cobrowse_spec.rules.write", "the_agent_can_return_to_pointer_mode")
    open_end = complaints("cobrowse_spec.rules.write", "each_request_has_its_own_time")
    both = complaints("cobrowse_spec.rules.pointer", "in_pointer_mode_no_act_reaches_the_page")

    assert "a party returned to Pointer Mode and a party was not told" in told
    assert "it expired after … s, declared are … s" in open_end
    assert 2 == len(both)


def test_every_invariant_has_something_to_complain_of() -> None:
    """One that never says *violated* judges nothing."""
    silent = [
        invariant.rule
        for invariant in INVARIANTS
        if not complaints(invariant.check.__module__, invariant.check.__name__)
    ]

    assert [] == silent

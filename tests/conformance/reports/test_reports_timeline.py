from typing import Any

import pytest
from cobrowse_conformance.reports.timeline import DRAWN, Lane, Row, around, draw, headings, timeline
from cobrowse_spec import actions as do
from cobrowse_spec import observations as see
from cobrowse_spec.terms import Party
from cobrowse_spec.trace import Event
from hypothesis import given
from hypothesis import strategies as some


def _event(seq: int, party: Party, thing: Any, who: str = "", session: str = "") -> Event:
    side = "did" if isinstance(thing, do.Action) else "saw"
    return Event(seq, seq / 1000, party, who or str(party), session=session, **{side: thing})


@pytest.mark.parametrize(
    "party,thing,lane,to",
    [
        (Party.CUSTOMER, do.Approve("r1"), Lane.CUSTOMER, Lane.SERVER),
        (Party.AGENT, do.Press(element="e1"), Lane.AGENT, Lane.SERVER),
        (Party.CUSTOMER, see.Asked("r1"), Lane.SERVER, Lane.CUSTOMER),
        (Party.AGENT, see.Refused("POINTER-2", "pointer_mode"), Lane.SERVER, Lane.AGENT),
        (Party.CONTROLLER, do.StopSession(), Lane.SERVER, Lane.SERVER),
        (Party.SYSTEM, do.LoseLink(Party.AGENT), Lane.SERVER, Lane.SERVER),
        (Party.CUSTOMER, do.Type(element="name", value="Ada"), Lane.CUSTOMER, Lane.CUSTOMER),
        (Party.CUSTOMER, see.PageChanged(Party.AGENT, "field"), Lane.CUSTOMER, Lane.CUSTOMER),
        (Party.AGENT, see.FieldShows("Ada", "name"), Lane.AGENT, Lane.AGENT),
    ],
)
def test_every_event_has_its_lane_and_its_arrow(party: Party, thing: Any, lane: Lane, to: Lane) -> None:
    """Deeds lead to the server, sights from it; what crosses no wire leads nowhere."""
    (row,) = timeline([_event(12, party, thing)])

    assert (row.lane, row.to, row.at_ms) == (lane, to, 12.0)


def test_a_second_agent_stands_in_the_agents_lane_by_its_own_name() -> None:
    """A lane is a party's, whoever plays it."""
    (row,) = timeline([_event(1, Party.AGENT, do.Join("123456789"), "second agent")])

    assert row.lane is Lane.AGENT
    assert row.words == 'the second agent joins with the session ID "123456789"'


def test_fences_and_frames_in_a_row_fold() -> None:
    """They carry the proof, but they are not the story."""
    rows = timeline(
        [
            _event(1, Party.AGENT, do.Request()),
            _event(2, Party.AGENT, do.Fence("f1")),
            _event(3, Party.CUSTOMER, do.Mirror("aa")),
            _event(4, Party.AGENT, see.Content("aa")),
            _event(5, Party.AGENT, see.FencePassed("f1")),
            _event(6, Party.CUSTOMER, see.Asked("r1")),
        ]
    )

    assert [row.words for row in rows] == [
        "the agent requests Write Mode",
        "… 2 more frames and 1 fence",
        "the customer sees the request for Write Mode",
    ]


def test_what_proves_something_never_folds() -> None:
    """A frame that should not have come is the story."""
    events = [_event(number, Party.AGENT, see.Content("aa")) for number in range(1, 6)]

    rows = timeline(events, evidence=(3,))

    assert [(row.words, row.evidence) for row in rows] == [
        ("… 2 more frames", False),
        ("the agent receives content", True),
        ("… 2 more frames", False),
    ]


def test_a_few_moves_of_a_pointer_do_not_fold() -> None:
    """Stories tell of them; only a stream of them folds."""
    moves = [_event(number, Party.AGENT, do.MovePointer(number, 0)) for number in range(1, 5)]

    assert [row.folded for row in timeline(moves[:3])] == [False, False, False]
    assert [row.words for row in timeline(moves)] == ["… 4 more frames"]


def test_sessions_are_told_apart_where_there_are_several() -> None:
    """By the aliases of the trace."""
    rows = timeline([_event(1, Party.CUSTOMER, do.Start(), session=name) for name in ("s1", "s2")])

    assert [row.words for row in rows] == [
        "the customer starts a session [s1]",
        "the customer starts a session [s2]",
    ]


def test_an_event_shows_its_fields_but_no_secret() -> None:
    """What was recorded, as JSON; a token stays out of it."""
    (row,) = timeline([_event(3, Party.CUSTOMER, do.Resume("hush"))])

    assert '"type": "resume"' in row.fields
    assert "hush" not in row.fields


def test_what_a_party_said_cannot_break_a_row() -> None:
    """Not with new lines, not with escapes."""
    said = see.Said("i1", Party.AGENT, "a\nb\x1b[2J")

    (row,) = timeline([_event(1, Party.AGENT, said)])

    assert row.words == 'the agent sees "a b�[2J" in the chat'


# A part of it


def _long(count: int, evidence: tuple[int, ...]) -> list[Row]:
    return timeline(
        [_event(number, Party.CUSTOMER, do.LeaveSite()) for number in range(1, count + 1)], evidence
    )


def test_a_long_timeline_is_cut_around_its_evidence() -> None:
    """More of what came before than of what came after, and what is left out is counted."""
    rows = around(_long(100, (50,)), most=6)

    assert [row.words if row.folded else row.events[0].seq for row in rows] == [
        "… 45 more events",
        46,
        47,
        48,
        49,
        50,
        51,
        "… 49 more events",
    ]


def test_without_evidence_the_end_of_it_stands() -> None:
    """A story that went wrong went wrong at its end."""
    rows = around(_long(100, ()), most=3)

    assert [row.events[-1].seq for row in rows] == [97, 98, 99, 100]


def test_what_is_folded_joins_what_is_left_out_beside_it() -> None:
    """One row that counts says more than two."""
    frames = [_event(number, Party.AGENT, see.Content("aa")) for number in range(2, 5)]
    events = [
        _event(1, Party.CUSTOMER, do.LeaveSite()),
        *frames,
        _event(5, Party.CUSTOMER, do.ReturnToSite()),
    ]

    rows = around(timeline([*events, _event(6, Party.CUSTOMER, do.Exit())], evidence=(6,)), most=3)

    assert [row.words for row in rows] == [
        "… 4 more events",
        "the customer comes back to the site",
        "the customer exits the session",
    ]


_THINGS = some.sampled_from(
    [
        (Party.AGENT, do.Fence("f1")),
        (Party.AGENT, see.FencePassed("f1")),
        (Party.AGENT, see.Content("aa")),
        (Party.CUSTOMER, do.Mirror("aa")),
        (Party.CUSTOMER, do.MovePointer(1, 2)),
        (Party.CUSTOMER, do.LeaveSite()),
        (Party.CONTROLLER, do.StopSession()),
    ]
)


@given(some.lists(_THINGS, max_size=60), some.sets(some.integers(1, 60), max_size=5), some.integers(1, 15))
def test_no_event_is_lost_and_evidence_is_shown(
    things: list[tuple[Party, Any]], evidence: set[int], most: int
) -> None:
    """However a timeline folds and is cut, its rows stand for every event, once, in order."""
    events = [_event(number, party, thing) for number, (party, thing) in enumerate(things, 1)]

    rows = around(timeline(events, evidence), most)

    assert [event.seq for row in rows for event in row.events] == [event.seq for event in events]
    proof = [event.seq for event in events if event.seq in evidence]
    shown = [row.events[0].seq for row in rows if row.evidence]
    assert proof[-2 * most :] == shown[-2 * most :]
    assert all(row.words[2].isdigit() for row in rows if row.folded)


# As text


def test_rows_are_drawn_as_three_lanes() -> None:
    """With arrows to and from the middle one."""
    rows = timeline(
        [
            _event(1, Party.CUSTOMER, do.Approve("r1")),
            _event(2, Party.AGENT, see.Asked("r1")),
            _event(3, Party.AGENT, do.Request()),
            _event(4, Party.SYSTEM, do.ShutDown()),
        ]
    )

    assert [draw(row) for row in rows] == [
        "●──────────▶│           │",
        "│           ●──────────▶│",
        "│           │◀──────────●",
        "│           ●           │",
    ]
    assert draw(rows[0], ascii_only=True) == "o---------->|           |"
    assert len(headings()) == DRAWN

"""Integrity: a record that contradicts itself is no true record, and one that does not is."""

from typing import Any

import pytest
from cobrowse_spec import actions as do
from cobrowse_spec import observations as see
from cobrowse_spec.integrity import UNRECORDED_FROM, flaws
from cobrowse_spec.rulebook import rulebook
from cobrowse_spec.stories import SendText
from cobrowse_spec.terms import Mode
from cobrowse_spec.trace import Header, Trace
from msgspec.structs import replace

from tests.spec.test_rules import ASKED, JOINED, START, WRITING, Line, a, c, fence, k, trace


def said(*lines: Any, **header: Any) -> list[str]:
    """What is wrong with these lines as a record, in words."""
    return [flaw.because for flaw in flaws(trace(lines, **header))]


@pytest.mark.parametrize("lines", [START, JOINED, ASKED, WRITING, [ASKED, fence(c, "f1"), fence(a, "f2")]])
def test_a_true_record_has_no_flaw(lines: Any) -> None:
    """Whatever was done and seen in it."""
    numbered = renumbered(trace(lines))

    assert () == flaws(numbered)


def renumbered(told: Trace) -> Trace:
    """The same with the fences' numbers of their own, which the cases do not care for."""
    number, events = 100, []
    for event in told.events:
        number += isinstance(event.did, do.Fence)
        events.append(replace(event, re=number) if isinstance(event.did, do.Fence) else event)
    return replace(told, events=tuple(events))


WRONG: dict[str, tuple[Line, ...]] = {
    "two fences have one name": (c(do.Fence("f1"), re=1), a(do.Fence("f1"), re=1)),
    "the customer's message 3 was sent after its message 4": (c(do.Deny("r1"), re=4), c(do.Deny("r1"), re=3)),
    "the agent sees the request for Write Mode: an answer to message 7, which was not sent": (
        a(see.Asked("r1"), re=7),
    ),
    "the customer was told of place 2 after place 3": (
        c(see.Asked("r1"), n=3),
        c(see.Joined("Ada", Mode.POINTER), n=2),
    ),
    "the customer saw a fence that nobody had asked for": (c(see.FencePassed("f9"), n=3),),
    "the customer saw one fence twice": (
        c(do.Fence("f1"), re=1),
        c(see.FencePassed("f1"), re=1, n=3),
        c(see.FencePassed("f1"), n=3),
    ),
    "one fence stands at places 3 and 4": (
        c(do.Fence("f1"), re=1),
        c(see.FencePassed("f1"), re=1, n=3),
        a(see.FencePassed("f1"), n=4),
    ),
    "act 7 was passed on as of place 8": (c(see.Acted(7, do.Press("e1")), n=8),),
    "the contact centre receives welcome: no answer to the contact centre sends fence": (
        k(do.Fence("f1"), re=1),
        k(see.Welcome(), re=1),
    ),
    'the agent is refused by WRITE-9 with "cooling_down": the same message was answered like this before': (
        a(do.Request(), re=1),
        a(see.Refused("WRITE-9", "cooling_down"), re=1),
        a(see.Refused("WRITE-9", "cooling_down"), re=1),
    ),
}


@pytest.mark.parametrize("because, lines", WRONG.items())
def test_a_record_that_contradicts_itself_says_how(because: str, lines: tuple[Line, ...]) -> None:
    """One thing is wrong in each, and that alone is found."""
    assert [because] == said(lines)


def test_time_does_not_run_backwards() -> None:
    """A recorder has one steady clock."""
    told = trace(START)
    late = replace(told.events[0], at=5.0)

    assert ["time ran backwards"] == [
        flaw.because for flaw in flaws(replace(told, events=(late, *told.events[1:])))
    ][:1]


def test_a_careless_relay_keeps_no_order() -> None:
    """Where the customer's end is judged, the suite's own relay stands for the server, and is not."""
    lines = WRONG["one fence stands at places 3 and 4"]

    assert [] == said(lines, judged=("customer",))


def test_texts_that_stories_send_as_they_are_bear_numbers_of_their_own() -> None:
    """They are not in the trace, and their answers are: no other message has such a number."""
    sent = [
        step.text
        for rule in rulebook().values()
        for e in rule.examples
        for step in e.steps
        if isinstance(step, SendText)
    ]
    numbers = [int(text.split("'id': ")[1].split(",")[0]) for text in sent if "'id': " in text]

    assert numbers
    assert min(numbers) >= UNRECORDED_FROM
    assert () == flaws(Trace(Header(), ()))

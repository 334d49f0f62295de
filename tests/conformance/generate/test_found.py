"""What generated stories have found, kept: each was a false alarm of the suite, or a hole in the machine."""

import pytest
from cobrowse_conformance.generate.playing import failure
from cobrowse_conformance.generate.story import Move, Story
from cobrowse_conformance.generate.telling import tell
from cobrowse_conformance.venues import Declared
from cobrowse_conformance.verdicts import Verdict
from cobrowse_spec.rulebook import Example, Line
from cobrowse_spec.sentences import read_sentence
from cobrowse_spec.terms import InteractionKind
from trio.testing import MockClock

from .conftest import played_in_memory

ACTIVE = ("the customer starts a session", "the agent joins with the session ID")

FOUND = {
    "an agent's announcement that was refused excuses no loss (RESUME-3)": Story(
        moves=tuple(
            Move(words)
            for words in (
                *ACTIVE,
                "the agent announces that its page reloads",
                "the link of the customer breaks",
                "the contact centre stops the session",
            )
        )
    ),
    "who hears of a curtain when it has been opened again (PAUSE-1)": Story(
        "capabilities",
        moves=tuple(
            Move(words)
            for words in (
                *ACTIVE,
                "the link of the agent breaks",
                "the customer draws the curtain",
                "the customer opens the curtain",
                "the agent comes back with its token",
            )
        ),
    ),
    "a session that a chat began, and in which nobody does anything, ends (STOP-7)": Story(
        "short inactivity",
        InteractionKind.CHAT,
        (Move(ACTIVE[0]), Move(timer="warning"), Move(timer="inactivity")),
    ),
    "a link is lost for exactly as long as was declared (RESUME-1)": Story(
        "short waits",
        InteractionKind.CHAT,
        (Move(ACTIVE[0]), Move("the link of the agent breaks"), Move(timer="agent link")),
    ),
}


@pytest.mark.parametrize("what", FOUND)
async def test_what_was_found_once_stays_found(
    what: str, declared: Declared, autojump_clock: MockClock
) -> None:
    """The story is told by the machine, and no invariant calls the reference server wrong in it."""
    (result,) = await played_in_memory([tell(FOUND[what], declared).example(what, "generated.1")])

    assert failure(result) is None
    assert Verdict.PASS is result.verdict, result.because


def example(*lines: str) -> Example:
    """An example that somebody has written by hand."""
    read = [line.split(" ", 1) for line in lines]
    return Example(
        "WRITE-7.99",
        "WRITE-7",
        "of the test",
        frozenset(),
        tuple(Line(keyword, text, read_sentence(text)) for keyword, text in read),
    )


@pytest.mark.parametrize(
    "lines, because",
    [
        (("Then the agent sees that the request is approved", "And the agent sees Write Mode"), ""),
        (("Then the agent sees that the request is approved",), "the agent sees Write Mode, and must see"),
        (
            ("Then the agent sees Write Mode", "And the agent sees that the request is approved"),
            "the agent sees that the request is approved, out of its order",
        ),
        (
            (
                "Then the agent sees that the request is approved",
                "And the agent sees Write Mode",
                "And the agent sees Write Mode",
            ),
            "seen only once by the agent, and expected twice",
        ),
    ],
)
async def test_nothing_else_is_what_stands_before_in_its_order(
    lines: tuple[str, ...], because: str, autojump_clock: MockClock
) -> None:
    """More, less, or the same in another order is a failure."""
    story = example(
        "Given a session with a pending request",
        "When the customer approves the request",
        *lines,
        "And the agent sees nothing else",
    )

    (result,) = await played_in_memory([story])

    assert because in result.because
    assert (Verdict.FAIL if because else Verdict.PASS) is result.verdict


async def test_the_request_before_is_the_one_before_the_newest(autojump_clock: MockClock) -> None:
    """By whatever name the target has given it."""
    story = example(
        "Given a session with a pending request",
        "When the agent withdraws the request",
        "And the agent requests Write Mode",
        'And the customer approves request "(the request before)"',
        'Then the customer is refused by WRITE-7 with "no_such_request"',
        "When the customer sends \"{'id': 77, 'do': {'type': 'approve', 'request': '(the request)'}}\" as it is",
        "Then the agent sees Write Mode",
    )

    (result,) = await played_in_memory([story])

    assert Verdict.PASS is result.verdict, result.because

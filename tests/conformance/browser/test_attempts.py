"""What has been tried in vain is not tried again, and what has come to something is."""

from cobrowse_conformance.browser.attempts import MOST_IN_VAIN, MOST_SILENT, Attempts, needed
from cobrowse_conformance.stage import Played
from cobrowse_conformance.verdicts import Verdict
from cobrowse_spec import actions as do
from cobrowse_spec.rulebook import Example, rulebook
from cobrowse_spec.stories import AGENT, CUSTOMER

NOT_SET_UP = Played(Verdict.INCONCLUSIVE, "could not be set up: …")
SILENT = Played(Verdict.INCONCLUSIVE, "no answer: …", answered=False)
PASSED = Played(Verdict.PASS)

EXAMPLES = {example.id: example for rule in rulebook().values() for example in rule.examples}
#: A story that begins in Write Mode, one that begins with nothing, and one under another policy.
IN_WRITE_MODE = EXAMPLES["SUBMIT-1.2"]
FROM_NOTHING = EXAMPLES["START-1.1"]
UNDER_ANOTHER = EXAMPLES["MASK-9.6"]


def in_vain(deed: type[do.Action], times: int, example: Example = IN_WRITE_MODE) -> Attempts:
    """So many stories in which nothing came of something."""
    attempts = Attempts()
    for _ in range(times):
        attempts.took(example, NOT_SET_UP, (), [deed])
    return attempts


def test_a_story_needs_what_its_beginning_is_made_of() -> None:
    """And a start wherever it stands, for without it there is no session."""
    assert {do.Start: CUSTOMER, do.Join: AGENT, do.Request: AGENT, do.Approve: CUSTOMER} == needed(
        IN_WRITE_MODE
    )
    assert {do.Start: CUSTOMER} == needed(FROM_NOTHING)


def test_what_came_to_nothing_in_a_few_stories_is_passed_over_in_the_others() -> None:
    """Undecided, with what was tried in vain; the run says of how many."""
    attempts = in_vain(do.Start, MOST_IN_VAIN)
    why = "nothing came of it in 3 stories when the customer starts a session"

    assert Played(Verdict.INCONCLUSIVE, f"not played: {why}") == attempts.instead(FROM_NOTHING)
    assert None is not attempts.instead(UNDER_ANOTHER)
    assert [f"2 stories were not played in browsers: {why}."] == list(attempts.notes())


def test_one_time_less_passes_nothing_over() -> None:
    """A story that fails once on a busy machine costs no other."""
    attempts = in_vain(do.Start, MOST_IN_VAIN - 1)

    assert None is attempts.instead(FROM_NOTHING)
    assert [] == list(attempts.notes())


def test_what_has_come_to_something_is_tried_again() -> None:
    """Only a row of stories counts."""
    attempts = in_vain(do.Start, MOST_IN_VAIN - 1)
    attempts.took(FROM_NOTHING, PASSED, [do.Start], ())
    attempts.took(FROM_NOTHING, NOT_SET_UP, (), [do.Start])

    assert None is attempts.instead(FROM_NOTHING)


def test_what_has_ever_come_to_something_is_passed_over_under_the_same_policy_only() -> None:
    """A policy that cannot be joined under says nothing of the others."""
    attempts = Attempts()
    attempts.took(UNDER_ANOTHER, PASSED, [do.Start, do.Join], ())
    for _ in range(MOST_IN_VAIN):
        attempts.took(IN_WRITE_MODE, NOT_SET_UP, [do.Start], [do.Join])

    assert None is not attempts.instead(IN_WRITE_MODE)
    assert None is attempts.instead(UNDER_ANOTHER)


def test_what_is_refused_as_a_story_says_was_not_in_vain() -> None:
    """A story that passes had what it wanted."""
    attempts = Attempts()
    for _ in range(MOST_IN_VAIN):
        attempts.took(FROM_NOTHING, PASSED, (), [do.Start])

    assert None is attempts.instead(FROM_NOTHING)


def test_what_failed_came_to_something() -> None:
    """Where the wrong thing comes of a request, each story that it breaks is told; without a start there is none."""
    failed = Played(Verdict.FAIL, "the customer sees Write Mode, and must not")
    attempts = Attempts()
    for _ in range(MOST_IN_VAIN):
        attempts.took(IN_WRITE_MODE, failed, [do.Start, do.Join], [do.Request])
    assert None is attempts.instead(IN_WRITE_MODE)

    for _ in range(MOST_IN_VAIN):
        attempts.took(IN_WRITE_MODE, failed, (), [do.Start])
    assert None is not attempts.instead(IN_WRITE_MODE)


def test_what_needs_less_is_played() -> None:
    """Where nobody can approve, the stories of Pointer Mode are played all the same."""
    attempts = in_vain(do.Approve, MOST_IN_VAIN)

    assert None is not attempts.instead(IN_WRITE_MODE)
    assert None is attempts.instead(FROM_NOTHING)


def test_a_product_that_has_fallen_silent_is_asked_no_more() -> None:
    """As over the wire; an answer between begins the row anew."""
    attempts = Attempts()
    for _ in range(MOST_SILENT - 1):
        attempts.took(FROM_NOTHING, SILENT, (), ())
    assert None is attempts.instead(FROM_NOTHING)

    attempts.took(FROM_NOTHING, SILENT, (), ())
    passed_over = attempts.instead(FROM_NOTHING)

    assert passed_over is not None
    assert "not played: the product had given no answer in 6 stories in a row" == passed_over.because

"""Invariants before what two screens show: which of them judge, and what they find."""

from cobrowse_conformance.browser.watched import JUDGED, LEFT_OUT, judged
from cobrowse_spec import actions as do
from cobrowse_spec import observations as see
from cobrowse_spec.actions import AnyAction
from cobrowse_spec.observations import AnyObservation
from cobrowse_spec.rulebook import rulebook
from cobrowse_spec.rules import INVARIANTS, Status
from cobrowse_spec.stories import AGENT, CUSTOMER
from cobrowse_spec.terms import Answer, Mode, Party
from cobrowse_spec.trace import Header, Recorder

HEADER = Header(masked=("ssn",), secret=("pin",))
REQUEST = "request 1"


def found(*lived: tuple[Party, AnyAction | AnyObservation]) -> dict[str, Status]:
    """What the invariants say of a session that has begun, and of what comes then."""
    recorder = Recorder(HEADER, lambda: 0.0)
    alias = recorder.alias("123456789")
    began: tuple[tuple[Party, AnyAction | AnyObservation], ...] = (
        (Party.CUSTOMER, do.Start()),
        (Party.CUSTOMER, see.Started("123456789")),
        (Party.AGENT, do.Join("")),
        (Party.CUSTOMER, see.Joined(agent="Ada", mode=Mode.POINTER)),
        (Party.AGENT, see.Joined(agent="", mode=Mode.POINTER)),
    )
    for party, what in (*began, *lived):
        who = (CUSTOMER if party is Party.CUSTOMER else AGENT).who
        if isinstance(what, do.Action):
            recorder.did(party, who, what, session=alias)
        else:
            recorder.saw(party, who, what, session=alias)
    return {rule: judgement.status for rule, judgement in judged(HEADER, recorder.events).items()}


APPROVED = (
    (Party.AGENT, do.Request()),
    (Party.CUSTOMER, see.Asked(request=REQUEST)),
    (Party.AGENT, see.Asked(request=REQUEST)),
    (Party.CUSTOMER, do.Approve(request=REQUEST)),
    (Party.AGENT, see.Answered(REQUEST, Answer.APPROVED)),
)
WRITING = ((Party.CUSTOMER, see.InMode(Mode.WRITE)), (Party.AGENT, see.InMode(Mode.WRITE)))


def test_every_invariant_of_browsers_is_judged_or_left_out_for_a_reason() -> None:
    """Both lists together are all of them, and none is in both."""
    ours = {one.rule for one in INVARIANTS if "browser" in rulebook()[one.rule].seen}

    assert ours == {*JUDGED, *LEFT_OUT}
    assert set() == {*JUDGED} & LEFT_OUT.keys()
    assert all(LEFT_OUT.values())


def test_a_session_as_it_should_be_holds() -> None:
    """In whatever order the two screens are looked at."""
    both = found(*APPROVED, *WRITING)

    assert {"START-1", "START-2", "JOIN-3", "WRITE-1", "WRITE-3"} == set(both)
    assert {Status.HELD} == set(both.values())
    assert both == found(*APPROVED, *reversed(WRITING))


def test_write_mode_without_an_approval_is_seen() -> None:
    """On either screen (WRITE-1)."""
    asked = APPROVED[:3]

    assert Status.VIOLATED is found(*asked, WRITING[0])["WRITE-1"]
    assert Status.VIOLATED is found(*asked, WRITING[1])["WRITE-1"]


def test_one_approval_is_good_for_one_stretch() -> None:
    """The next needs another (WRITE-1)."""
    over = (Party.AGENT, do.ReturnToPointer()), (Party.AGENT, see.InMode(Mode.POINTER))
    again = (Party.AGENT, see.InMode(Mode.WRITE))
    other = "request 2"
    anew = (
        (Party.AGENT, do.Request()),
        (Party.CUSTOMER, see.Asked(request=other)),
        (Party.CUSTOMER, do.Approve(request=other)),
    )

    assert Status.VIOLATED is found(*APPROVED, *WRITING, *over, again)["WRITE-1"]
    assert Status.HELD is found(*APPROVED, *WRITING, *over, *anew, again)["WRITE-1"]


def test_an_answer_that_nobody_gave_is_seen() -> None:
    """The agent is told of a yes, and the customer has said nothing (WRITE-3)."""
    told = (Party.AGENT, see.Answered(REQUEST, Answer.APPROVED))

    assert Status.VIOLATED is found(*APPROVED[:3], told)["WRITE-3"]


def test_a_masked_field_that_can_be_read_is_seen() -> None:
    """Whatever the story was about (MASK-1); a secret in clear as well (MASK-9)."""
    asterisks = found(
        (Party.AGENT, see.FieldShows("*******", "ssn")), (Party.AGENT, see.FieldShows("****", "pin"))
    )
    clear = found(
        (Party.AGENT, see.FieldShows("123-45-", "ssn")), (Party.AGENT, see.FieldShows("*****", "pin"))
    )
    customers = found((Party.CUSTOMER, see.FieldShows("123-45-", "ssn")))

    assert (Status.HELD, Status.HELD) == (asterisks["MASK-1"], asterisks["MASK-9"])
    assert (Status.VIOLATED, Status.VIOLATED) == (clear["MASK-1"], clear["MASK-9"])
    assert "MASK-1" not in customers

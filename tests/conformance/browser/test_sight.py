"""Sight: from two looks at a screen to what a party has seen, without any browser."""

from cobrowse_conformance.browser.profile import Meaning, Saying
from cobrowse_conformance.browser.sight import Known, Line, Look, Spot, news, refused, still_told
from cobrowse_spec import observations as see
from cobrowse_spec.observations import AnyObservation
from cobrowse_spec.terms import Answer, EndReason, Mode, Party, SuspendReason

POINTER = Meaning(Saying.MODE, "pointer")
WRITE = Meaning(Saying.MODE, "write")
AWAY = Meaning(Saying.SUSPENDED, "off_site")


def seen(*looks: Look, party: Party = Party.CUSTOMER, known: Known | None = None) -> list[AnyObservation]:
    """What a party has seen after these looks, one after the other."""
    known = known or Known()
    found: list[AnyObservation] = []
    for look in looks:
        known, new = news(party, known, look)
        found += new
    return found


def test_a_session_from_its_begin_to_its_end() -> None:
    """Started, joined, asked, approved, suspended, resumed, ended: each once."""
    over = Line("1", "The agent has ended it", Meaning(Saying.ENDED, "agent_exit"))

    assert [
        see.Started("123456789"),
        see.Joined(agent="Ada", mode=Mode.POINTER),
        see.Asked(request="", agent="Ada"),
        see.Answered("", Answer.APPROVED),
        see.InMode(Mode.WRITE),
        see.Suspended(SuspendReason.OFF_SITE),
        see.Resumed(Mode.POINTER),
        see.Ended(EndReason.AGENT_EXIT),
    ] == seen(
        Look(),
        Look(session_id="123456789"),
        Look(session_id="123456789"),
        Look(state=POINTER, agent="Ada"),
        Look(state=POINTER, agent="Ada", asked=True),
        Look(state=WRITE, agent="Ada"),
        Look(state=WRITE, agent="Ada"),
        Look(state=AWAY),
        Look(present=False),
        Look(state=POINTER),
        Look(lines=(over,)),
        Look(lines=(over,)),
    )


def test_a_denial_is_told_in_words_before_anything_else() -> None:
    """The mode stays, and no approval is seen."""
    said_no = Line("7", "You said no", Meaning(Saying.ANSWERED, "denied"))
    known = Known(phase="active", asked=True)

    assert [see.Answered("", Answer.DENIED)] == seen(Look(state=POINTER, lines=(said_no,)), known=known)


def test_a_request_that_goes_with_a_suspension_is_void_first() -> None:
    """In the order in which it is told over the wire (SITE-6)."""
    void = Line("7", "void", Meaning(Saying.ANSWERED, "void"))
    known = Known(phase="active", asked=True)

    assert [see.Answered("", Answer.VOID), see.Suspended(SuspendReason.OFF_SITE)] == seen(
        Look(state=AWAY, lines=(void,)), known=known, party=Party.AGENT
    )


def test_words_that_were_there_before_are_no_news() -> None:
    """Until they are told anew, as another line."""
    one, other = (Line(n, "No", Meaning(Saying.REFUSED, "masked")) for n in "12")

    assert [refused("masked", "No"), refused("masked", "No")] == seen(
        Look(lines=(one,)), Look(lines=(one,)), Look(lines=(one, other)), party=Party.AGENT
    )


def test_a_refusal_that_must_be_told_is_told_as_long_as_its_words_show() -> None:
    """A screen may leave the words where they are for the next act (MASK-7); of other refusals that says nothing."""
    masked = Line("1", "Masked", Meaning(Saying.REFUSED, "masked"))
    disabled = Line("2", "Disabled", Meaning(Saying.REFUSED, "disabled"))
    look = Look(lines=(masked, disabled, Line("3", "Hello")))

    assert [see.Refused("MASK-7", "masked", message="Masked")] == list(still_told(look))
    assert [] == list(still_told(Look()))


def test_a_refusal_has_the_rule_of_its_reason() -> None:
    """Where only one rule refuses so; what could not be seen is empty."""
    assert see.Refused("MASK-7", "masked", message="No") == refused("masked", "No")
    assert see.Refused("", "suspended", message="No") == refused("suspended", "No")
    assert see.Refused("", "", message="Nothing") == refused("", "Nothing")


def test_a_link_that_is_back_resumes_the_session() -> None:
    """Whatever the mode was before (RESUME-3)."""
    lost = Meaning(Saying.LOST)
    known = Known(phase="active", mode=Mode.WRITE)

    assert [see.Resumed(Mode.POINTER)] == seen(Look(state=lost), Look(state=POINTER), known=known)


def test_hands_are_seen_when_they_move() -> None:
    """A pointer at another place, a circle that was not there."""
    here, there, circle = Spot(1, 2), Spot(3, 4), Spot(5, 6, number=9)
    known = Known(phase="active")

    assert [see.PointerAt(1, 2), see.PointerAt(3, 4), see.Circle(5, 6)] == seen(
        Look(state=POINTER, pointer=here),
        Look(state=POINTER, pointer=here),
        Look(state=POINTER, pointer=there, circles=(circle,)),
        Look(state=POINTER, pointer=there, circles=(circle,)),
        known=known,
    )


def test_a_start_that_is_turned_away_starts_nothing() -> None:
    """The customer sees that, and no session (SECURE-3)."""
    failed = Line("1", "could not be started", Meaning(Saying.TURNED_AWAY))

    assert [see.TurnedAway(status=0)] == seen(Look(lines=(failed,)))


def test_a_chat_line_is_said() -> None:
    """Once, in its own words."""
    line = Line("t1", "{start:123456789}")

    assert [see.Said(interaction="", author=Party.SYSTEM, text="{start:123456789}")] == seen(
        Look(chat=(line,)), Look(chat=(line,)), party=Party.AGENT
    )

"""What parties are told: notices are numbered, and told again to who has not had them, each once and in order (RESUME-2)."""

from cobrowse_server.told import Told, ToldBoth, absent_at, mark_of
from cobrowse_spec import actions as do
from cobrowse_spec import observations as see
from cobrowse_spec.actions import Deed
from cobrowse_spec.policy import Policy
from cobrowse_spec.session import MAX_MISSED, Session, step
from cobrowse_spec.terms import Mode, Party
from cobrowse_spec.wire.messages import ToParty
from hypothesis import given
from hypothesis import strategies as st
from trio.testing import MockClock

from tests.reference_server.conftest import Room, Seat

SESSION = Session("123456789", Policy(site=("https://bank.example",)), "i1")


@given(st.lists(st.booleans(), max_size=40), st.integers(0, 40))
def test_whatever_a_party_has_had_it_is_told_the_rest_once_and_in_order(counts: list[bool], had: int) -> None:
    """What has no number is never told again."""
    box = Told()
    numbers = [
        box.add(see.InMode(Mode.WRITE) if counted else see.Circle(1, 2), SESSION) for counted in counts
    ]

    assert [n for n in numbers if n > had] == [kept.number for kept in box.after(had)]
    assert list(range(1, sum(counts) + 1)) == [n for n in numbers if n]


def test_without_a_number_what_was_sent_counts_as_had() -> None:
    """As for a client that does not count."""
    box = Told()
    for _ in range(3):
        box.add(see.InMode(Mode.WRITE), SESSION)
    box.sent = 2

    assert [3] == [kept.number for kept in box.after(None)]


def test_what_is_kept_is_bounded() -> None:
    """A session that nobody torments has fewer notices than that."""
    box = Told()
    for _ in range(2 * MAX_MISSED):
        box.add(see.InMode(Mode.WRITE), SESSION)

    assert MAX_MISSED == len(box.after(0))
    assert 2 * MAX_MISSED == box.after(0)[-1].number


@given(st.integers(1), st.sets(st.sampled_from([Party.CUSTOMER, Party.AGENT])))
def test_a_mark_says_who_had_no_link(number: int, present: set[Party]) -> None:
    """And a mark of a server that did not write it down says that everybody had."""
    assert {Party.CUSTOMER, Party.AGENT} - present == absent_at(mark_of(number, present))
    assert frozenset() == absent_at(str(number))


def test_the_numbers_follow_from_the_journal() -> None:
    """Two servers that apply the same deeds count alike (RESUME-4)."""
    deeds = (
        Deed(Party.CUSTOMER, do.Start()),
        Deed(Party.AGENT, do.Join("123456789"), "a1", "Ada"),
        Deed(Party.AGENT, do.Request(), "a1", "Ada"),
        Deed(Party.CUSTOMER, do.Approve("r1")),
        Deed(Party.AGENT, do.Click(1, 2), "a1", "Ada"),
    )
    boxes, session = ToldBoth(), SESSION
    for deed in deeds:
        session, notices, _ = step(session, deed, 1.0)
        boxes.add(notices, session)

    assert {Party.CUSTOMER: 5, Party.AGENT: 4} == {party: box.number for party, box in boxes.items()}
    assert {5, 4} == {box.sent for box in boxes.values()}


# On links


async def restored(room: Room, seat: Seat, after: int | None) -> list[ToParty]:
    """What the agent of this seat is told over a new link, having had this notice last."""
    new = await room.agent(room.credential)
    await new.do(do.Resume(seat.token, after))
    messages = [one for one in await new.fence() if isinstance(one, ToParty)]
    return [one for one in messages if isinstance(one.see, see.Answered | see.InMode | see.Restored)]


async def test_what_was_on_its_way_is_told_again_with_its_own_place(
    autojump_clock: MockClock, room: Room
) -> None:
    """Between where the session stands and what comes up from then on."""
    customer, agent = await room.pair()
    await agent.do(do.Request())
    asked = (await agent.message(see.Asked))[1]
    await customer.do(do.Approve("r1"))
    answered, mode = (await agent.message(see.Answered))[1], (await agent.message(see.InMode))[1]
    told = await restored(room, agent, asked.notice)

    assert [asked.notice + 1, asked.notice + 2] == [answered.notice, mode.notice]
    assert [see.Restored, see.Answered, see.InMode] == [type(one.see) for one in told]
    assert [(0, True), (answered.notice, False), (mode.notice, False)] == [
        (one.notice, one.n > mode.n) for one in told
    ]
    assert [answered.n, mode.n] == [one.n for one in told[1:]]


async def test_what_a_party_has_had_is_not_told_again(autojump_clock: MockClock, room: Room) -> None:
    """Whether it counts or not, and whichever it had last."""
    customer, agent = await room.pair()
    await agent.do(do.Request())
    await agent.sees(see.Asked)
    await customer.do(do.Approve("r1"))
    await customer.fence()
    [*_, last] = [one for one in await agent.fence() if isinstance(one, ToParty) and one.notice]
    told = [await restored(room, agent, after) for after in (last.notice, last.notice - 1, None)]

    assert [[see.Restored], [see.Restored, see.InMode], [see.Restored]] == [
        [type(one.see) for one in messages] for messages in told
    ]


async def test_who_makes_up_a_number_harms_only_itself(autojump_clock: MockClock, room: Room) -> None:
    """A number that was never given brings nothing, and a session goes on."""
    _, agent = await room.pair()
    for after in (10**9, -5):
        assert see.Restored is type((await restored(room, agent, after))[0].see)

"""What may be kept of a deed: nothing that parties typed, said or browsed, and all that `step` goes by."""

import pytest
from cobrowse_server.records import for_the_record
from cobrowse_spec import actions as do
from cobrowse_spec.actions import AnyAction, Deed
from cobrowse_spec.alphabet import BEGINNINGS, FORM, LETTERS, SITE, Letter
from cobrowse_spec.policy import Policy
from cobrowse_spec.session import Session, start_message, step
from cobrowse_spec.terms import Party
from hypothesis import given
from hypothesis import strategies as st
from msgspec.json import encode
from msgspec.structs import replace

POLICY = Policy(site=(SITE,))
CANARY = "canary-4f1d"
#: Deeds with something in every place that parties can fill with words of their own.
WORDY: tuple[tuple[Party, AnyAction], ...] = (
    (Party.AGENT, do.Type("plain", "p1", 3, CANARY)),
    (Party.AGENT, do.Choose("plain", "p1", 3, CANARY)),
    (Party.AGENT, do.OpenUrl("", "p1", 3, f"{SITE}/rates?q={CANARY}#{CANARY}")),
    (Party.AGENT, do.OpenUrl("", "p1", 3, f"https://{CANARY}.example/")),
    (Party.AGENT, do.OpenUrl("", "p1", 3, f"javascript:{CANARY}")),
    (Party.AGENT, do.Fence(CANARY)),
    (Party.AGENT, do.Transfer(CANARY)),
    (Party.AGENT, do.Resume(CANARY)),
    (Party.CUSTOMER, do.Start(CANARY)),
    (Party.CUSTOMER, do.Resume(CANARY)),
    (Party.CUSTOMER, do.Type(CANARY, CANARY, 3, CANARY)),
    (Party.CUSTOMER, do.Press(CANARY, CANARY)),
    (Party.CUSTOMER, do.OpenUrl(url=f"{SITE}.{CANARY}.test/")),
    (Party.CUSTOMER, replace(FORM, url=f"{SITE}/apply?{CANARY}#{CANARY}")),
    (Party.CUSTOMER, replace(FORM, url=f"https://{CANARY}.example/")),
    (Party.CONTROLLER, do.Say(CANARY, Party.AGENT, "i1")),
    (Party.CONTROLLER, do.Say(f"{start_message('123456789')}{CANARY}", Party.SYSTEM, "i1")),
)


@pytest.mark.parametrize("by, action", WORDY)
def test_nothing_that_a_party_filled_in_is_kept(by: Party, action: AnyAction) -> None:
    """Neither typed text, nor chat, nor addresses of other sites, nor queries, nor tokens (SITE-3, RECORD-2)."""
    kept = for_the_record(Deed(by, action, "agent-1", "Alex"), POLICY)

    assert CANARY.encode() not in encode(kept)
    assert type(kept.action) is type(action)


@pytest.mark.parametrize("key, kept", [("a", ""), ("é", ""), ("Enter", "Enter"), ("Space", "Space")])
def test_a_key_is_kept_by_its_name_and_not_as_a_letter(key: str, kept: str) -> None:
    """Letters, one after the other, are a text."""
    deed = Deed(Party.AGENT, do.PressKey("plain", "p1", 3, key), "agent-1")

    assert for_the_record(deed, POLICY).action == do.PressKey("plain", "p1", 3, kept)


def test_what_names_nothing_of_the_parties_own_is_kept_as_it_is() -> None:
    """Every field."""
    for action in (
        do.Request(),
        do.Approve("r1"),
        do.Click(3, 4),
        FORM,
        do.Say(start_message("123456789"), Party.SYSTEM),
    ):
        deed = Deed(Party.AGENT, action, "agent-1", "Alex")
        assert for_the_record(deed, POLICY) == deed


def _wordy(by: Party, action: AnyAction) -> Letter:
    """The deed as a letter: on the page, and in the epoch, of the session that it meets."""
    role = next(letter.role for letter in LETTERS if letter.role.party is by)

    def make(session: Session) -> AnyAction:
        return replace(action, epoch=session.epoch) if isinstance(action, do.Act) else action

    return Letter(role, make)


LETTERS_AND_WORDS = (*LETTERS, *(_wordy(by, action) for by, action in WORDY))
#: Deeds in an order that leads on; any others may come in between.
USUAL: tuple[Letter, ...] = tuple(
    letter
    for kind in (do.Start, do.Join, do.Request, do.Approve, do.ShowPage)
    for letter in LETTERS
    if letter.always is not None
    and letter.always.by in kind.performers
    and isinstance(letter.always.action, kind)
)


@given(
    beginning=st.sampled_from(sorted(BEGINNINGS)),
    letters=st.lists(st.one_of(st.sampled_from(USUAL), st.sampled_from(LETTERS_AND_WORDS)), max_size=40),
    pauses=st.lists(st.sampled_from([0.0, 1.0, 31.0, 121.0, 601.0]), min_size=40, max_size=40),
)
def test_what_is_kept_makes_the_same_session(
    beginning: str, letters: list[Letter], pauses: list[float]
) -> None:
    """Deed by deed, refused ones included; but for the query in the address of a page."""
    live = replayed = BEGINNINGS[beginning]
    now = 0.0
    for letter, pause in zip(letters, pauses, strict=False):
        deed, now = letter.deed(live), now + pause
        live = step(live, deed, now).session
        replayed = step(replayed, for_the_record(deed, replayed.policy), now).session

        assert replayed == _without_query(live)


def _without_query(session: Session) -> Session:
    if session.page is None:
        return session
    return replace(session, page=replace(session.page, url=session.page.url.partition("?")[0]))

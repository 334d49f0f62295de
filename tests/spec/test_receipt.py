"""Receipts: whatever happened, the receipt verifies, every tampering is found and located, and nothing leaks.

Order: sessions that happen, what a receipt says, the property, tampering, the key, what is in no receipt.
"""

import hashlib
import re
from collections.abc import Callable
from math import inf
from typing import Any, Final

import pytest
from cobrowse_spec import actions as do
from cobrowse_spec.actions import Action, Deed, Element
from cobrowse_spec.policy import Policy, Timers
from cobrowse_spec.receipt import (
    Broken,
    NoReceipt,
    Truncated,
    Verified,
    What,
    Writer,
    bare_url,
    split,
    verify,
)
from cobrowse_spec.session import Session, State, step
from cobrowse_spec.terms import Party, Timer
from hypothesis import given, settings
from hypothesis import strategies as st

#: The same examples in every run, however busy the machine.
fair = settings(derandomize=True, deadline=None)

C, A, K, S = Party.CUSTOMER, Party.AGENT, Party.CONTROLLER, Party.SYSTEM
SITE: Final = "https://bank.example"
SESSION_ID: Final = "909192939"
CANARY: Final = "CANARY"
POLICY: Final = Policy(site=(SITE,), timers=Timers(inactivity_s=100.0, warning_s=40.0, cool_down_s=2.0))
KEY: Final = b"the server's key"
#: When the sessions of these tests begin: 2026-01-02T03:04:05Z.
BEGIN: Final = 1_767_323_045.0

# Sessions that happen


def shows(path: str) -> do.ShowPage:
    """A page of the site, with canaries in everything but its path."""
    url = f"{SITE}{path}?q={CANARY}#{CANARY}"
    return do.ShowPage(f"page-{CANARY}", url, (Element(f"ref-{CANARY}"),))


#: What can happen, as often as it likes; who may not do it is refused.
ALPHABET: Final[tuple[tuple[Party, Action], ...]] = (
    (A, do.Request()),
    (C, do.Approve("r1")),
    (C, do.Approve("r2")),
    (C, do.Deny("r1")),
    (A, do.Withdraw("r1")),
    (A, do.ReturnToPointer()),
    (C, do.ReturnToPointer()),
    (C, shows("/apply")),
    (C, shows("/rates")),
    (A, do.Type(f"ref-{CANARY}", f"page-{CANARY}", 99, value=CANARY)),
    (A, do.OpenUrl(url=f"{SITE}/?{CANARY}", epoch=99)),
    (C, do.LeaveSite()),
    (C, do.ReturnToSite()),
    (C, do.ShowPage("p", f"https://{CANARY}.example/")),
    (C, do.Announce()),
    (S, do.LoseLink(C)),
    (S, do.LoseLink(A)),
    (C, do.Resume(CANARY)),
    (A, do.Resume(CANARY)),
    (A, do.Transfer(CANARY)),
    (K, do.Say(CANARY, Party.CUSTOMER)),
    (S, do.Expire(Timer.REQUEST)),
    (S, do.Expire(Timer.WARNING)),
    (S, do.Expire(Timer.RELOAD)),
    (C, do.Fence(CANARY)),
)
ENDS: Final[tuple[tuple[Party, Action], ...]] = (
    (C, do.Exit()),
    (A, do.Exit()),
    (K, do.StopSession(CANARY)),
    (S, do.ShutDown()),
)


class Story:
    """A session, its receipt, and everything that was accepted in it."""

    def __init__(self, key: bytes = b"") -> None:
        self.session = Session(SESSION_ID, POLICY, interaction="interaction-1")
        self.writer = Writer("interaction-1", key)
        self.now = BEGIN
        self.accepted = 0

    def happens(self, by: Party, action: Any, after_s: float = 0.0) -> "Story":
        """It is tried; the machine decides."""
        self.now += after_s
        deed = Deed(by, action, *(("agent-7", "Ada") if by is A or isinstance(action, do.Say) else ()))
        outcome = step(self.session, deed, self.now)
        if outcome.refusal is None:
            self.writer.add(deed, self.now, self.session, outcome.session)
            self.session = outcome.session
            self.accepted += 1
        return self

    @property
    def says(self) -> list[str]:
        """What its receipt says, in words."""
        found = verify(split(self.writer.text))
        assert isinstance(found, Verified | Truncated)
        return [entry.words for entry in found.receipt.entries]


def joined(key: bytes = b"") -> Story:
    """A session that an agent has joined, a second after its start."""
    return Story(key).happens(C, do.Start(CANARY)).happens(A, do.Join(SESSION_ID), 1.0)


def whole(key: bytes = b"") -> Story:
    """A session in which much happened."""
    story = joined(key).happens(C, shows("/apply"), 1.0).happens(A, do.Request(), 1.0)
    story.happens(C, do.Approve("r1"), 1.0).happens(C, shows("/rates"), 1.5)
    return story.happens(A, do.ReturnToPointer(), 1.0).happens(C, do.Exit(), 60.0)


def _played(
    deeds: list[tuple[tuple[Party, Action], float]], end: tuple[Party, Action] | None, key: bytes
) -> Story:
    story = joined(key)
    for (by, action), after_s in deeds:
        story.happens(by, action, after_s)
    return story if end is None else story.happens(*end)


STORIES: Final = st.builds(
    _played,
    st.lists(st.tuples(st.sampled_from(ALPHABET), st.sampled_from((0.0, 0.5, 3.0, 40.0))), max_size=25),
    st.sampled_from((None, *ENDS)),
    st.sampled_from((b"", KEY)),
)


# What a receipt says


def test_a_receipt_says_who_did_what_when() -> None:
    """In order, in UTC, the agent by its display name."""
    found = verify(split(whole().writer.text))
    assert isinstance(found, Verified)

    assert [
        ("2026-01-02T03:04:05.000Z", "", "the customer started the session"),
        ("2026-01-02T03:04:06.000Z", "Ada", "the agent joined"),
        ("2026-01-02T03:04:08.000Z", "Ada", "the agent requested Write Mode"),
        ("2026-01-02T03:04:09.000Z", "", "the customer approved the request"),
        ("2026-01-02T03:04:10.500Z", "", f"the customer visited {SITE}/apply"),
        ("2026-01-02T03:04:11.500Z", "Ada", "the agent returned to Pointer Mode"),
        ("2026-01-02T03:05:11.500Z", "", f"the customer visited {SITE}/rates"),
        ("2026-01-02T03:05:11.500Z", "", "the session ended: customer_exit"),
    ] == [(entry.at, entry.name, entry.words) for entry in found.receipt.entries]


def test_a_visit_has_its_arrival_and_its_duration() -> None:
    """RECORD-2."""
    found = verify(split(whole().writer.text))
    assert isinstance(found, Verified)
    visits = [entry for entry in found.receipt.entries if entry.what is What.VISITED]

    assert [("2026-01-02T03:04:07.000Z", 3.5), ("2026-01-02T03:04:10.500Z", 61.0)] == [
        (visit.arrived, visit.seconds) for visit in visits
    ]


def test_loading_a_page_anew_is_no_other_visit() -> None:
    """Neither is another query of the same page."""
    story = joined().happens(C, shows("/apply")).happens(C, do.ShowPage("p2", f"{SITE}/apply?again"), 5.0)

    assert 1 == story.happens(C, do.Exit()).says.count(f"the customer visited {SITE}/apply")


def test_a_page_that_the_agent_cannot_see_is_no_visit() -> None:
    """The customer moves on while the agent's link is lost."""
    story = joined().happens(S, do.LoseLink(A)).happens(C, shows("/rates")).happens(C, do.Exit(), 5.0)

    assert [] == [words for words in story.says if "visited" in words]


@pytest.mark.parametrize(
    "told, deeds",
    [
        (["the customer denied the request"], [(C, do.Deny("r1"))]),
        (["the agent withdrew the request"], [(A, do.Withdraw("r1"))]),
        (["the request became void", "the session was suspended: off_site"], [(C, do.LeaveSite())]),
        (["the request became void", "the session was suspended: link_lost"], [(S, do.LoseLink(A))]),
        (["the request became void", "the session ended: agent_exit"], [(A, do.Exit())]),
        (["the session ended: controller_stop"], [(K, do.StopSession())]),
        (
            ["the session was suspended: off_site", "the session was suspended: link_lost"],
            [(C, do.LeaveSite()), (S, do.LoseLink(C))],
        ),
        (["the session resumed"], [(C, do.LeaveSite()), (C, do.ReturnToSite())]),
        (["the session resumed"], [(S, do.LoseLink(A)), (A, do.Resume())]),
        (["the session was suspended: off_site"], [(C, do.ShowPage("p", "https://other.example/"))]),
    ],
)
def test_each_thing_has_its_words(told: list[str], deeds: list[tuple[Party, Action]]) -> None:
    """After a request that was pending."""
    story = joined().happens(A, do.Request())
    for by, action in deeds:
        story.happens(by, action)

    assert told == [words for words in story.says if words in told]


def test_what_time_alone_brings_is_nobodys_doing() -> None:
    """Expiry and warning."""
    story = joined().happens(A, do.Request()).happens(S, do.Expire(Timer.REQUEST), 30.0)
    story.happens(S, do.Expire(Timer.WARNING), 40.0)

    assert ["the request expired", "the parties were warned"] == story.says[-2:]


def test_who_joins_while_the_customer_is_away_joins_a_suspended_session() -> None:
    """Both stand in the receipt."""
    story = Story().happens(C, do.Start()).happens(S, do.LoseLink(C)).happens(A, do.Join(SESSION_ID))

    assert ["the agent joined", "the session was suspended: link_lost"] == story.says[1:]


def test_a_receipt_of_nothing_is_empty() -> None:
    """Where nothing has happened, nothing remains."""
    assert Story().writer.text == ""


@pytest.mark.parametrize(
    "url, bare",
    [
        (f"{SITE}/a/b?c#d", f"{SITE}/a/b"),
        (f"{SITE}?c", SITE),
        (f"{SITE}/a#b?c", f"{SITE}/a"),
        ("https://user:pass@bank.example:8443/@home", "https://bank.example:8443/@home"),
    ],
)
def test_an_address_is_kept_without_what_can_hold_secrets(url: str, bare: str) -> None:
    """Query, fragment, user and password."""
    assert bare == bare_url(url)


def test_the_chain_is_what_its_description_says() -> None:
    """Told in other words than the code's, for who writes another verifier."""
    before = ""
    for line in split(whole().writer.text):
        found = re.fullmatch(r'(\{.*),"hash":"([0-9a-f]{64})"\}\n', line)
        assert found is not None
        assert found[2] == hashlib.sha256((before + found[1] + "}").encode()).hexdigest()
        before = found[2]


# The property


@fair
@given(STORIES)
def test_any_accepted_deeds_give_a_receipt_that_verifies(story: Story) -> None:
    """Sealed if the session is over, and only then; with the key and without."""
    sealed = story.session.state is State.ENDED
    key = story.writer._key

    assert (Verified if sealed else Truncated) is type(verify(split(story.writer.text), key))
    assert (Verified if sealed else Truncated) is type(verify(split(story.writer.text)))
    assert sealed is (len([words for words in story.says if words.startswith("the session ended")]) == 1)


@fair
@given(STORIES)
def test_the_same_deeds_give_the_same_receipt(story: Story) -> None:
    """So a journal gives it back as it was; and a request has one fate."""
    asked = story.says.count("the agent requested Write Mode")
    fates = [words for words in story.says if "request " in words and "requested" not in words]
    fates += [words for words in story.says if words.endswith("the request")]

    assert whole().writer.text == whole().writer.text
    assert asked - 1 <= len(fates) <= asked


# Tampering

LINES: Final = split(whole().writer.text)
#: A line of another receipt that begins alike: where it could have stood, only the next line shows it.
GOES_ON: Final = split(joined().happens(A, do.Request(), 9.0).writer.text)[-1]


def broken_at(lines: list[str], key: bytes = b"") -> int:
    """The line that is said to be the first that was tampered with."""
    found = verify(lines, key)
    assert isinstance(found, Broken), found
    return found.line


@pytest.mark.parametrize("place", range(len(LINES)))
def test_a_changed_line_is_found_where_it_is(place: int) -> None:
    """Whichever byte of it was changed, to whatever."""
    line = LINES[place]
    for at in range(len(line) - 1):
        for put in ("x", "0", " ", "\x00", "é"):
            if put != line[at]:
                changed = line[:at] + put + line[at + 1 :]
                assert place + 1 == broken_at([*LINES[:place], changed, *LINES[place + 1 :]]), (at, put)


@pytest.mark.parametrize(
    "other",
    [
        lambda line: line.replace(":", ": ", 1),
        lambda line: line.replace("e", "\\u0065", 1),
        lambda line: f" {line}",
    ],
)
def test_the_same_in_other_bytes_is_a_change_too(other: Callable[[str], str]) -> None:
    """A line has one spelling."""
    assert [3, 9] == [broken_at([*LINES[:at], other(LINES[at]), *LINES[at + 1 :]]) for at in (2, 8)]


@pytest.mark.parametrize("place", range(len(LINES) - 1))
def test_a_dropped_line_is_found_where_it_was(place: int) -> None:
    """The line that came after it is the first that is wrong."""
    assert place + 1 == broken_at([*LINES[:place], *LINES[place + 1 :]])


@pytest.mark.parametrize("place", range(len(LINES)))
def test_a_doubled_line_is_found_where_it_is(place: int) -> None:
    """The second of the two."""
    assert place + 2 == broken_at([*LINES[: place + 1], *LINES[place:]])


@pytest.mark.parametrize("first", range(len(LINES)))
@pytest.mark.parametrize("second", range(len(LINES)))
def test_swapped_lines_are_found_at_the_first_of_them(first: int, second: int) -> None:
    """However far apart."""
    if first < second:
        swapped = list(LINES)
        swapped[first], swapped[second] = swapped[second], swapped[first]

        assert first + 1 == broken_at(swapped)


@pytest.mark.parametrize("place", range(len(LINES) + 1))
@pytest.mark.parametrize(
    "added",
    [
        "\n",
        "{}\n",
        "hello\n",
        GOES_ON,
        LINES[-1],
        LINES[0],
    ],
)
def test_an_inserted_line_is_found_where_it_is(place: int, added: str) -> None:
    """A blank one, one that is nothing, one of another receipt, one of this."""
    is_the_same = place < len(LINES) and LINES[place] == added
    expected = place + 2 if is_the_same or (place, added) == (3, GOES_ON) else place + 1

    assert expected == broken_at([*LINES[:place], added, *LINES[place:]])


@pytest.mark.parametrize("kept", range(1, len(LINES)))
def test_a_receipt_that_was_cut_off_between_two_lines_is_truncated(kept: int) -> None:
    """Not tampered with; and what is left is said to be intact."""
    found = verify(LINES[:kept])

    assert isinstance(found, Truncated)
    assert kept - 1 == len(found.receipt.entries)


def test_a_receipt_that_was_cut_off_in_a_line_is_truncated() -> None:
    """At whichever byte behind the header; only the last line feed can be missed."""
    text = "".join(LINES)
    cuts = range(len(LINES[0]), len(text) - 1)

    assert {Truncated} == {type(verify(split(text[:cut]))) for cut in cuts}
    assert Verified is type(verify(split(text[:-1])))


@pytest.mark.parametrize("text", ["", "hello", "\n\n", '{"type":"header"}\n', "[1]\n2\n", LINES[0][:40]])
def test_what_is_no_receipt_is_not_called_a_broken_one(text: str) -> None:
    """There is no line of a receipt in it."""
    with pytest.raises(NoReceipt):
        verify(split(text))


def test_a_line_that_was_hashed_anew_is_found_at_the_next_one() -> None:
    """Whoever does not write all that follows anew is found out."""
    other = Story().happens(C, do.Start()).happens(A, do.Join(SESSION_ID), 2.0)
    forged = [LINES[0], LINES[1], split(other.writer.text)[2], *LINES[3:]]

    found = verify(forged)

    assert isinstance(found, Broken)
    assert (4, True) == (found.line, "or the one before it" in found.what)


@pytest.mark.parametrize(
    "make, what",
    [
        (lambda: LINES[1:], "begins with its header"),
        (lambda: [LINES[0], *LINES[2:]], "entry 1 is missing"),
        (lambda: [LINES[0], *LINES[4:]], "entry 1 to 3 is missing"),
        (lambda: [LINES[0], LINES[2], LINES[1], *LINES[3:]], "lines were swapped"),
        (lambda: [*LINES[:3], *LINES[2:]], "has been there already"),
        (lambda: [*LINES[:-2], LINES[-1]], "the seal counts 8 entries, and 7 stand before it"),
        (lambda: [*LINES, LINES[-1]], "nothing may follow the seal"),
        (lambda: [LINES[0], LINES[0], *LINES[1:]], "second header"),
        (lambda: [LINES[0].replace('"1.0"', '"1.1"', 1), *LINES[1:]], "its hash does not follow"),
    ],
)
def test_it_says_what_is_wrong(make: Callable[[], list[str]], what: str) -> None:
    """In words."""
    found = verify(make())

    assert isinstance(found, Broken)
    assert what in found.what


@fair
@given(st.lists(st.text() | st.sampled_from(LINES), max_size=6))
def test_no_file_is_too_strange(lines: list[str]) -> None:
    """Whatever is in it, there is an answer."""
    try:
        found = verify(split("\n".join(lines)))
    except NoReceipt:
        return
    assert isinstance(found, Verified | Truncated | Broken)


# The key


def test_a_receipt_written_anew_passes_without_a_key_and_not_with_it() -> None:
    """What the chain alone does not prove."""
    forged = split(whole(b"another key").writer.text)
    plain = split(whole().writer.text)

    assert Verified is type(verify(forged))
    assert len(forged) == broken_at(forged, KEY)
    assert Broken(len(plain), "the seal was made without a key") == verify(plain, KEY)
    assert Verified is type(verify(split(whole(KEY).writer.text), KEY))


def test_whoever_has_no_key_is_told_that_there_is_a_mac_to_check() -> None:
    """And that there is none, where there is none."""
    keyed, plain = verify(split(whole(KEY).writer.text)), verify(split(whole().writer.text))
    assert isinstance(keyed, Verified)
    assert isinstance(plain, Verified)

    assert (True, False) == (keyed.has_mac, plain.has_mac)


# What is in no receipt


@fair
@given(STORIES)
def test_nothing_of_a_page_or_a_secret_is_in_a_receipt(story: Story) -> None:
    """No query, fragment, reference, value, token, chat or address of another site; no session ID; no agent's ID."""
    text = story.writer.text.lower()

    assert [] == [word for word in (CANARY.lower(), SESSION_ID, "agent-7", "r1") if word in text]


def test_the_stories_of_these_tests_reach_what_they_are_about() -> None:
    """Every thing that can stand in a receipt stands in one of these."""
    stories = [whole(), joined().happens(S, do.LoseLink(A)).happens(A, do.Resume())]
    for answer in (do.Deny("r1"), do.Withdraw("r1"), do.LeaveSite(), do.Expire(Timer.REQUEST)):
        story = joined().happens(A, do.Request())
        by = {do.Withdraw: A, do.Expire: S}.get(type(answer), C)
        stories.append(story.happens(by, answer, 30.0).happens(S, do.Expire(Timer.WARNING), 60.0))
    found = {
        entry.what
        for story in stories
        for result in [verify(split(story.writer.text))]
        if not isinstance(result, Broken)
        for entry in result.receipt.entries
    }

    assert set(What) == found
    assert inf > max(story.now for story in stories)

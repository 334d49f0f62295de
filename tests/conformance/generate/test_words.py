"""The words of generated stories: every letter of the machine's alphabet, or a reason why not."""

from cobrowse_conformance.generate.pages import published as published_on
from cobrowse_conformance.generate.story import Move
from cobrowse_conformance.generate.words import NAMES, all_moves, moves_of
from cobrowse_conformance.venues import SITE_ORIGIN, policy
from cobrowse_simulator.sites import bank_site
from cobrowse_spec import alphabet
from cobrowse_spec.alphabet import LETTERS
from cobrowse_spec.stories import CutLink, LetPass, Perform


def test_every_letter_of_the_alphabet_is_told_or_says_why_not() -> None:
    """A letter that is added to the machine's alphabet is in the stories by itself."""
    for letter in LETTERS:
        told = moves_of(letter)

        assert told, letter
        if isinstance(told, tuple):
            assert all(move.timer or isinstance(move.step, Perform | CutLink | LetPass) for move in told)


def test_nearly_all_letters_are_told() -> None:
    """What no story tells is little: fences and reports, which clients send by themselves, and what ends a server."""
    untold = [letter for letter in LETTERS if isinstance(moves_of(letter), str)]

    assert len(untold) <= 20
    assert len(LETTERS) - len(untold) >= 140


def test_no_move_stands_twice() -> None:
    """Every move is one line that can be weighed against the others."""
    moves = all_moves()

    assert len(set(moves)) == len(moves)


def test_what_is_timed_can_be_waited_for_and_waited_out() -> None:
    """Each timer has the time before it and its end."""
    moves = all_moves()

    for timer in ("request", "off-site", "customer link", "warning"):
        assert Move(f"half of the {timer} time passes") in moves
        assert Move(timer=timer) in moves


def test_the_banks_elements_are_what_the_alphabets_stand_for() -> None:
    """What the policy says of an element on the bank's page is what it says of the letter's."""
    url = f"{SITE_ORIGIN}/apply"
    published = published_on(bank_site().page(url), url, policy("subscribing allowed"))
    found = {one.ref: one for one in published}

    for letter in (alphabet.PLAIN, alphabet.MASKED, alphabet.DISABLED, alphabet.SUBMITTING, alphabet.ALLOWED):
        there = found[NAMES[letter.ref]]
        assert (letter.masked, letter.disabled, letter.allowed) == (
            there.masked,
            there.disabled,
            there.allowed,
        )
        assert ("press" in letter.submits) == ("press" in there.submits)
    assert NAMES[alphabet.ABSENT.ref] not in found


def test_a_move_in_terms_of_the_machine_would_mean_nothing_on_the_site() -> None:
    """No move names an element, a page or a session as the machine's alphabet does."""
    for move in all_moves():
        assert '"plain"' not in move.words
        assert alphabet.SESSION_ID not in move.words
        assert '"r7"' not in move.words


def test_the_probe_is_a_session_that_tells_requests_apart() -> None:
    """The newest request and the one before have different words."""
    moves = {move.words for move in all_moves()}

    assert "the customer approves the request" in moves
    assert 'the customer approves request "(the request before)"' in moves

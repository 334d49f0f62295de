"""The book holds every rule with all its parts, and known failures that can be looked up."""

import re
from typing import Final

import pytest
from cobrowse_spec.book import Entry, book, guards_by_rule, known_failures
from cobrowse_spec.refusals import WORDS
from cobrowse_spec.rulebook import CHAPTERS, read_chapter, rulebook
from cobrowse_spec.rules import INVARIANTS, WITHOUT_INVARIANT
from cobrowse_spec.session import TABLE, State
from cobrowse_spec.terms import Reason

#: How many rules each chapter has; numbers are never given twice, so this list only grows.
NUMBERED: Final = {
    "START": 8,
    "JOIN": 9,
    "POINTER": 5,
    "WRITE": 15,
    "NAVIGATE": 8,
    "SUBMIT": 4,
    "MASK": 12,
    "SITE": 6,
    "STOP": 7,
    "VIEW": 4,
    "RESUME": 4,
    "SECURE": 6,
    "RECORD": 2,
    "PAUSE": 1,
}
IDS: Final = {f"{chapter}-{number}" for chapter, last in NUMBERED.items() for number in range(1, last + 1)}

ENTRIES: Final = list(book().entries.values())


def test_every_chapter_has_a_title_and_an_introduction() -> None:
    """In the order of the features."""
    assert [part.name for part in book().parts] == [name.upper() for name in CHAPTERS]
    assert [] == [part.name for part in book().parts if not (part.title and part.introduction)]


def test_an_introduction_is_read_in_paragraphs() -> None:
    """Lines of one paragraph are put together."""
    chapter = read_chapter("Feature: PAY, paying\n\n  One\n  line.\n\n  Another.\n", "pay.feature")

    assert ("PAY", "paying", ("One line.", "Another.")) == (
        chapter.name,
        chapter.title,
        chapter.introduction,
    )


def test_the_book_has_every_rule_in_order() -> None:
    """None is left out, and none is added."""
    assert list(rulebook()) == list(book().entries)
    assert set(rulebook()) <= IDS


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry.rule.id for entry in ENTRIES])
def test_a_rule_has_all_its_parts(entry: Entry) -> None:
    """Or, where one is missing, the reason why."""
    assert entry.sources
    assert all(source.words for source in entry.sources)
    assert entry.stories
    assert bool(entry.checks) != bool(entry.no_check)
    if entry.stories:
        assert {True, False} == {story.refused for story in entry.stories}
    for check in entry.checks:
        assert check.violated_when
    told = [story.example.id for story in entry.stories]
    told += [other.id for story in entry.stories for other, _ in story.variants]
    assert {example.id for example in entry.rule.examples} == set(told)


def test_rules_have_stories_and_an_invariant() -> None:
    """Or a written reason why there is no invariant."""
    assert [] == [entry.rule.id for entry in ENTRIES if not entry.stories]
    assert set(WITHOUT_INVARIANT) == {entry.rule.id for entry in ENTRIES if not entry.checks}


def test_a_variant_shows_the_lines_in_which_it_differs() -> None:
    """And no others."""
    stories = book().entries["POINTER-3"].stories
    outline = next(story for story in stories if story.variants)

    assert [["a session in Write Mode"]] == [[line.text for line in lines] for _, lines in outline.variants]


def test_every_invariant_and_every_guard_of_a_known_rule_is_in_the_book() -> None:
    """In the entry of the rule that it names."""
    checks = {(entry.rule.id, check.function) for entry in ENTRIES for check in entry.checks}
    guards = {
        (guard.rule, guard.reason) for row in TABLE.values() for cell in row.values() for guard in cell.guards
    }
    noted = {(rule, note.reason) for rule, notes in guards_by_rule().items() for note in notes}

    assert {(invariant.rule, invariant.check.__name__) for invariant in INVARIANTS} == checks
    assert guards <= noted


def test_guards_stand_where_the_table_has_them() -> None:
    """WRITE-7: the pending request must be named, and who writes already need not ask."""
    named, writing = book().entries["WRITE-7"].guards

    assert ("names the pending request", Reason.NO_SUCH_REQUEST) == named[:2]
    assert ["Request pending"] == [place.where for place in named.places]
    assert ("", Reason.ALREADY_IN_WRITE_MODE) == writing[:2]
    assert ["the agent requests Write Mode"] == [place.what for place in writing.places]


def test_who_may_do_it_is_a_guard_too() -> None:
    """Only the customer answers a request, until the session has ended."""
    answering = next(
        note for note in book().entries["WRITE-1"].guards if note.reason is Reason.ONLY_CUSTOMER_ANSWERS
    )

    assert "it is done by the customer" == answering.condition
    assert ["until the session has ended"] == [place.where for place in answering.places]


def test_what_meets_nearly_everything_is_told_by_its_exceptions() -> None:
    """After the end all is refused, but for little."""
    (ended,) = book().entries["STOP-5"].guards[0].places

    assert (State.ENDED,) == ended.states
    assert ended.what.startswith("whatever happens, unless ")


def test_every_reason_has_its_words() -> None:
    """As they stand in the refusals."""
    assert {reason.value: words for reason, words in WORDS.items()} == dict(book().reasons)


def test_the_glossary_is_in_order_and_in_plain_words() -> None:
    """No term twice, no markup."""
    terms = [term.lower() for term, _ in book().glossary]

    assert sorted(set(terms)) == terms
    assert [] == [term for term, words in book().glossary if re.search(r"[`{}]|^$", words)]


# Known failures

FAILURES: Final = [(rule, failure) for rule, failures in known_failures().items() for failure in failures]

#: ``owner/repository#number``.
_THREAD: Final = re.compile(r"[\w.-]+/[\w.-]+#\d+")
#: A document or source file by its name: no scheme, nothing quoted, no number of a thread.
_DOCUMENT: Final = re.compile(r"[\w.-]+[/.][\w ,./()-]+")


def test_known_failures_belong_to_numbered_rules() -> None:
    """A chapter that is not in the rulebook yet may have some; a number that was never given may not."""
    assert set() == set(known_failures()) - IDS


def test_known_failures_can_be_looked_up() -> None:
    """Each has a thread, or a document that is named without an address."""
    places = [where for _, failure in FAILURES for where in failure.where]

    assert [] == [where for where in places if not (_THREAD.fullmatch(where) or _DOCUMENT.fullmatch(where))]
    assert [] == [failure.what for _, failure in FAILURES if not failure.where]


def test_known_failures_are_told_in_a_sentence_of_our_own() -> None:
    """One that ends, says nothing twice for one rule, and quotes nobody."""
    assert [] == [
        failure.what for _, failure in FAILURES if not re.fullmatch(r"[A-Z][^\"“”`]*\.", failure.what)
    ]
    assert len(FAILURES) == len({(rule, failure.what) for rule, failure in FAILURES})

"""The rulebook: it has every rule that it must have, as it was agreed, and each with what makes it a rule.

Order: what was agreed, the rules, their examples, features that cannot be read.
"""

import re
from pathlib import Path
from typing import Final

import pytest
from cobrowse_spec import observations as see
from cobrowse_spec.observations import Observation
from cobrowse_spec.rulebook import CHAPTERS, FeatureError, Rule, chapters, read_feature, rulebook
from cobrowse_spec.rules import INVARIANTS
from cobrowse_spec.stories import Expect, ExpectNothing, ExpectNowhere, ExpectUnpredictable, Perform
from cobrowse_spec.terms import Party

#: What was agreed: level and places (W wire, B browser) of every rule.  IDs are never given anew.
AGREED: Final = """
START-1 MUST W B
START-2 MUST W B
START-3 MUST W B
START-4 MUST W
START-5 MUST W B
START-6 MUST W
START-7 MUST W
START-8 MUST W
JOIN-1 MUST W B
JOIN-2 MUST W B
JOIN-3 MUST W B
JOIN-4 MUST W
JOIN-5 MUST W
JOIN-6 MUST W B
JOIN-7 SHOULD W B
JOIN-8 MUST W
JOIN-9 MUST W B
POINTER-1 MUST W B
POINTER-2 MUST W B
POINTER-3 MUST W B
POINTER-4 MUST W B
POINTER-5 MUST W B
WRITE-1 MUST W B
WRITE-2 MUST W B
WRITE-3 MUST W B
WRITE-4 MUST W B
WRITE-5 MUST W B
WRITE-6 MUST B
WRITE-7 MUST W
WRITE-8 MUST W
WRITE-9 SHOULD W
WRITE-10 MUST W B
WRITE-11 MUST W B
WRITE-12 MUST W B
WRITE-13 MUST W B
WRITE-14 MUST W B
WRITE-15 MAY W B
NAVIGATE-1 MUST W B
NAVIGATE-2 MUST W B
NAVIGATE-3 MUST W B
NAVIGATE-4 MUST W B
NAVIGATE-5 SHOULD W B
NAVIGATE-6 MUST W B
NAVIGATE-7 MUST W B
NAVIGATE-8 MUST B
SUBMIT-1 MUST W B
SUBMIT-2 MUST W B
SUBMIT-3 MUST W B
SUBMIT-4 MUST W B
MASK-1 MUST W B
MASK-2 MUST W B
MASK-3 MUST B
MASK-4 MUST W B
MASK-5 MUST B
MASK-6 MUST B
MASK-7 MUST W B
MASK-8 SHOULD B
MASK-9 MUST W B
MASK-10 MUST W B
MASK-11 MUST W
MASK-12 MUST B
SITE-1 MUST W B
SITE-2 MUST W B
SITE-3 MUST W B
SITE-4 MUST W
SITE-5 MUST W B
SITE-6 MUST W
STOP-1 MUST W B
STOP-2 MUST W B
STOP-3 MUST W B
STOP-4 MUST W B
STOP-5 MUST W
STOP-6 MUST W
STOP-7 MUST W
VIEW-1 MUST W B
VIEW-2 MUST B
VIEW-3 MUST W B
VIEW-4 MUST B
RESUME-1 MUST W B
RESUME-2 MUST W
RESUME-3 MUST W B
RESUME-4 MUST W
SECURE-1 MUST W B
SECURE-2 MUST W
SECURE-3 MUST W B
SECURE-4 MUST W
SECURE-5 MUST B
SECURE-6 MUST W
RECORD-1 MUST W
RECORD-2 SHOULD W
PAUSE-1 MAY W B
"""
PLACES: Final = {"W": "wire", "B": "browser"}

RULES: Final = list(rulebook().values())


def agreed() -> dict[str, tuple[str, tuple[str, ...]]]:
    """Level and places of every rule that was agreed, by ID."""
    rows = (line.split() for line in AGREED.split("\n") if line)
    return {row[0]: (row[1], tuple(PLACES[place] for place in row[2:])) for row in rows}


# The rules


def test_every_rule_stands_as_it_was_agreed() -> None:
    """With its level and where it is seen: all of them."""
    found = {rule.id: (rule.level, rule.seen) for rule in RULES}

    assert agreed() == found


def test_the_chapters_of_the_first_issue_are_there() -> None:
    """In the order in which a session goes."""
    first = ["start", "join", "pointer", "write", "submit", "site", "stop"]

    assert first == [chapter for chapter in CHAPTERS if chapter in first]


def test_no_feature_lies_beside_the_rulebook() -> None:
    """Each file is a chapter of the same name."""
    folder = Path(see.__file__).parent / "features"

    assert set(CHAPTERS) == {path.stem for path in folder.glob("*.feature")}
    assert [chapter.upper() for chapter in CHAPTERS] == [chapter.name for chapter in chapters()]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_is_a_sentence_with_a_source(rule: Rule) -> None:
    """And where it was decided here, with the reason."""
    assert re.fullmatch(r"[A-Z0-9`].*\.", rule.sentence)
    assert re.fullmatch(r"(S1\.\d|G|decided here)(, (S1\.\d|G|beyond the source|decided here))*", rule.source)
    assert "decided here" not in rule.source or rule.decision
    assert rule.decision == "" or rule.decision.endswith(".")
    assert rule.chapter == rule.id.partition("-")[0]


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.level == "MAY"], ids=lambda rule: rule.id)
def test_a_rule_that_may_hold_names_its_capability(rule: Rule) -> None:
    """And says what holds where it is absent."""
    assert rule.capability
    assert any("@absent" in example.tags for example in rule.examples)


# Their examples


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_an_example_is_of_one_side_and_could_fail(rule: Rule) -> None:
    """It expects something, and nothing happens in it after the last expectation."""
    for example in rule.examples:
        expects = [
            isinstance(step, Expect | ExpectNothing | ExpectNowhere | ExpectUnpredictable)
            or type(step).__name__.startswith("Expect")
            for step in example.steps
        ]

        assert 1 == len(example.tags & {"@allowed", "@refused"}), example.id
        assert expects[-1], example.id


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_examples_have_names_of_their_own(rule: Rule) -> None:
    """So that a report can name them; only the rows of one outline may share theirs."""
    places = {(example.name, example.place) for example in rule.examples}

    assert len({name for name, _ in places}) == len(places)


def test_every_refusal_that_an_example_expects_has_a_rule_of_the_rulebook() -> None:
    """The rule by which something is refused can be looked up."""
    named = {
        str(step.fields["rule"])
        for rule in RULES
        for example in rule.examples
        for step in example.steps
        if isinstance(step, Expect) and step.kind is see.Refused and "rule" in step.fields
    }

    assert named <= agreed().keys()


#: What nobody of this party can ever see: its permitted twin is what the other party sees.
NEVER_SEEN: Final = frozenset(
    {(see.Started, Party.AGENT), (see.Content, Party.CUSTOMER)}
    | {(see.ScriptRan, Party.AGENT), (see.StrangerAsked, Party.AGENT)}
)


def seen_in(rules: list[Rule], *, absent: bool) -> set[tuple[type[Observation], Party]]:
    """What examples of these rules expect to be seen, or not to be seen, and by whom."""
    return {
        (step.kind, step.role.party)
        for rule in rules
        for example in rule.examples
        for step in example.steps
        if isinstance(step, Expect) and step.absent is absent
    }


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_what_must_not_be_seen_is_seen_where_it_may_be(chapter: str) -> None:
    """Every prohibition has its permitted twin in the same chapter: else it could hold for want of eyes."""
    rules = [rule for rule in RULES if rule.chapter == chapter.upper()]
    lacking = seen_in(rules, absent=True) - seen_in(rules, absent=False) - NEVER_SEEN

    assert lacking == set()


def test_where_a_rule_itself_has_no_twin_is_known() -> None:
    """These lean on another rule of their chapter, and no others may."""
    leaning = {
        rule.id for rule in RULES if seen_in([rule], absent=True) - seen_in([rule], absent=False) - NEVER_SEEN
    }

    assert leaning <= LEANING


LEANING: Final = frozenset(
    {
        *("START-1", "START-2", "START-4", "JOIN-5", "JOIN-8", "JOIN-9", "POINTER-4"),
        *("WRITE-2", "WRITE-3", "WRITE-5", "WRITE-7", "WRITE-11", "WRITE-13"),
        *("NAVIGATE-6", "NAVIGATE-7", "SUBMIT-2", "SITE-2", "SITE-3", "SITE-5", "SITE-6"),
        *("VIEW-1", "RESUME-2", "SITE-1", "STOP-5", "SECURE-4", "POINTER-2"),
    }
)


def test_a_rule_of_either_end_has_stories_for_it() -> None:
    """What the customer's end must do by itself is played against it alone, in every chapter that asks it."""
    ends = {rule.chapter for rule in RULES for example in rule.examples if "@customer-end" in example.tags}

    assert {"START", "POINTER", "WRITE", "SUBMIT", "SITE", "STOP"} <= ends


def test_every_invariant_belongs_to_a_rule() -> None:
    """Each to one, and each rule has at most one."""
    names = [invariant.rule for invariant in INVARIANTS]

    assert sorted(set(names)) == sorted(names)
    assert set(names) <= {rule.id for rule in RULES}


def test_an_outline_is_an_example_for_each_of_its_rows() -> None:
    """With the row filled in, its own number, and the line where it stands."""
    clicks = [example for example in rulebook()["POINTER-2"].examples if example.name.startswith("Clicking")]

    assert ['Clicking "more"', 'Clicking "rates-link"', 'Clicking "newsletter"', 'Clicking "send"'] == [
        example.name for example in clicks
    ]
    assert 4 == len({example.id for example in clicks})
    assert all(re.fullmatch(r"pointer\.feature:\d+", example.place) for example in clicks)
    assert '  When the agent clicks "more"\n' in clicks[0].as_gherkin()


def test_what_an_example_says_is_what_its_steps_mean() -> None:
    """Line by line, abbreviations unfolded."""
    example = rulebook()["WRITE-1"].examples[0]

    assert ["Given", "When", "Then", "And"] == [line.keyword for line in example.lines]
    assert [4, 1, 1, 1] == [len(line.steps) for line in example.lines]
    assert isinstance(example.lines[1].steps[0], Perform)


# Features that cannot be read

GOOD: Final = """Feature: TEST, a test

  @TEST-1 @must @wire
  Rule: One.
    Source: S1.1

    @allowed
    Example: One
      Given a pending session
"""


@pytest.mark.parametrize(
    "old, new, line, message",
    [
        ("Rule: One.", "Rul: One.", 4, "expected"),
        ("@TEST-1 ", "", 4, "a rule has one ID"),
        ("@TEST-1", "@TEST-1 @TEST-2", 4, "a rule has one ID"),
        ("@must ", "", 4, "a rule has one ID"),
        ("@must", "@must @may", 4, "a rule has one ID"),
        (" @wire", "", 4, "and @wire or @browser"),
        ("    Source: S1.1\n", "", 4, "TEST-1 needs 'Source:'"),
        ("S1.1", "decided here", 4, "TEST-1 needs 'Source:', and 'Decision:'"),
        ("a pending session", "a pending seesion", 9, "the nearest known one is 'a pending session'"),
    ],
)
def test_a_feature_that_cannot_be_read_names_the_line_at_fault(
    old: str, new: str, line: int, message: str
) -> None:
    """And the file, and what is wrong."""
    assert ["TEST-1"] == [rule.id for rule in read_feature(GOOD, "test.feature")]
    with pytest.raises(FeatureError) as caught:
        read_feature(GOOD.replace(old, new), "test.feature")

    assert str(caught.value).startswith(f"test.feature:{line}: ")
    assert message in str(caught.value)


def test_a_file_without_a_feature_is_none() -> None:
    """Not an empty chapter."""
    with pytest.raises(FeatureError, match="there is no feature in it"):
        read_feature("# nothing\n", "empty.feature")

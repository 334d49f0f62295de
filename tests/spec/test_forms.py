"""Every rule has its three forms, or says why not; and no reason is left over for one that it has."""

import pytest
from cobrowse_spec.forms import BY_EFFECT, NOT_THE_MACHINES, guarded, lacking
from cobrowse_spec.rulebook import CHAPTERS, Rule, rulebook
from cobrowse_spec.rules import INVARIANTS, WITHOUT_INVARIANT
from cobrowse_spec.session import TABLE
from msgspec.structs import replace

RULES = list(rulebook().values())


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_has_its_three_forms_or_says_why_not(rule: Rule) -> None:
    """Examples on both sides, an invariant, and a guard or an effect of the machine."""
    assert [] == lacking(rule)


def test_every_chapter_is_looked_at() -> None:
    """The last one too."""
    assert list(CHAPTERS) == list(dict.fromkeys(rule.chapter.lower() for rule in RULES))


def test_no_reason_is_left_over() -> None:
    """What is there needs no excuse."""
    judged = {invariant.rule for invariant in INVARIANTS}

    assert set() == judged & set(WITHOUT_INVARIANT)
    assert set() == guarded() & (set(BY_EFFECT) | set(NOT_THE_MACHINES))
    assert set() == set(BY_EFFECT) & set(NOT_THE_MACHINES)
    assert set() == {*BY_EFFECT, *NOT_THE_MACHINES, *WITHOUT_INVARIANT} - set(rulebook())


def test_every_effect_that_stands_for_a_rule_is_in_the_table() -> None:
    """One that no cell has brings nothing about."""
    effects = {cell.effect for row in TABLE.values() for cell in row.values()}

    assert set() == {effect for those in BY_EFFECT.values() for effect in those} - effects


@pytest.mark.parametrize(
    "rule, words",
    [
        (
            replace(rulebook()["WRITE-1"], examples=rulebook()["WRITE-1"].examples[:1]),
            ["no example on the side that is refused"],
        ),
        (
            replace(rulebook()["WRITE-1"], id="WRITE-99"),
            [
                "no invariant, and no reason why not",
                "no guard or effect of the machine, and no reason why not",
            ],
        ),
    ],
)
def test_a_form_that_is_missing_is_named(rule: Rule, words: list[str]) -> None:
    """So that the test that guards all of them can be seen to fail."""
    assert words == lacking(rule)

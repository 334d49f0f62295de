"""Whether a view that does not show a change of the page stands still: only where nothing but the product can be why."""

import pytest
from cobrowse_conformance.browser.following import in_words, stands_still
from cobrowse_conformance.browser.playing import by_its_rule
from cobrowse_conformance.stage import Played
from cobrowse_conformance.verdicts import Verdict
from cobrowse_spec.rulebook import rulebook

MARK = 7


class Sights:
    """What there is to be seen; each thing as it is at a product whose view stands still, until it is said otherwise."""

    def __init__(self) -> None:
        self.page = "mark 7"
        self.view = "mark 6"
        self.has_pointer = True
        self.comes_late = False
        self.is_on = True

    def page_mark(self) -> str:
        """What the page shows."""
        return self.page

    def view_mark(self) -> str:
        """What the view shows."""
        return self.view

    def pointer_crosses(self) -> bool:
        """Whether the pointer is seen."""
        return self.has_pointer

    def comes(self) -> bool:
        """Whether the mark comes after all."""
        return self.comes_late

    def flows(self) -> bool:
        """Whether the session is on."""
        return self.is_on


@pytest.mark.parametrize("before", ["mark 6", "no mark", "mark 17"])
def test_a_view_that_shows_what_was_there_before_stands_still(before: str) -> None:
    """The page shows the mark, and what the customer did later was seen."""
    sights = Sights()
    sights.view = before

    assert stands_still(MARK, sights)


@pytest.mark.parametrize(
    "name, value",
    [
        pytest.param("page", "", id="the page is on its way"),
        pytest.param("page", "no mark", id="the page is another one"),
        pytest.param("view", "", id="nothing of the page shows"),
        pytest.param("view", "mark 7", id="the mark shows"),
        pytest.param("has_pointer", False, id="no pointer is seen: the browsers or the way between them"),
        pytest.param("comes_late", True, id="the machine is slow"),
        pytest.param("is_on", False, id="the session is not on"),
    ],
)
def test_else_nobody_can_tell(name: str, value: object) -> None:
    """Whatever else can be why the mark did not show is no fault of the product's."""
    sights = Sights()
    setattr(sights, name, value)

    assert not stands_still(MARK, sights)


def test_only_the_rule_that_changes_follow_judges_by_it() -> None:
    """By another rule a lost fence decides nothing; and what was decided otherwise stays so."""
    follows, other = (rulebook()[rule].examples[0] for rule in ("POINTER-1", "POINTER-2"))
    lost = Played(Verdict.INCONCLUSIVE, "no answer: a mark did not show", "Given it", answered=False)
    passed = Played(Verdict.PASS, events=(1,))
    why = in_words(10.0)

    assert Played(Verdict.FAIL, why, "Given it") == by_its_rule(follows, lost, why)
    assert lost == by_its_rule(other, lost, why)
    assert lost == by_its_rule(follows, lost, "")
    assert passed == by_its_rule(follows, passed, why)

"""Documents and shadow roots of a page, asked over WebDriver BiDi; by DevTools they are read in `test_customer`."""

from typing import Any, cast

import pytest
from cobrowse_conformance.browser.direct import ByBidi, Root, is_passing
from cobrowse_simulator.browsers.firefox import Firefox
from selenium.common.exceptions import JavascriptException, WebDriverException


class FakeFirefox:
    """A Firefox that answers what the test says."""

    def __init__(self, *answers: object) -> None:
        self.context = "top"
        self.bidi = self
        self.asked: list[tuple[str, str]] = []
        self._answers = list(answers)

    def call(self, context: str, function: str, *arguments: Any, this: str = "", **options: Any) -> object:
        """Takes the next answer."""
        self.asked.append((context, this))
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def by_bidi(*answers: object) -> tuple[ByBidi, FakeFirefox]:
    """Something to ask."""
    firefox = FakeFirefox(*answers)
    return ByBidi(cast("Firefox", firefox)), firefox


def test_a_frame_is_a_context_of_its_own() -> None:
    """What is not there is none."""
    direct, _ = by_bidi({"type": "window", "value": {"context": "inner"}}, {"type": "null"})

    assert Root("inner") == direct.inner(direct.document(), "#view")
    assert direct.inner(direct.document(), "#other") is None


def test_a_closed_shadow_root_is_a_node_of_its_document() -> None:
    """An element without one has none."""
    node = {"type": "node", "value": {"shadowRoot": {"sharedId": "s1"}}}
    direct, _ = by_bidi(node, {"type": "node", "value": {}}, {"type": "null"})
    document = direct.document()

    assert Root("top", "s1") == direct.shadow(document, "cobrowse-ui")
    assert direct.shadow(document, "p") is None
    assert direct.shadow(document, "#none") is None


def test_a_function_runs_with_its_root_as_this_and_answers_in_json() -> None:
    """What it throws is nothing."""
    text = {"type": "string", "value": '{"x": [1, null]}'}
    direct, firefox = by_bidi(text, {"type": "null"}, JavascriptException("x is not defined"))
    root = Root("inner", "s1")

    assert {"x": [1, None]} == direct.call(root, "function () {}")
    assert direct.call(root, "function () {}") is None
    assert direct.call(root, "function () {}") is None
    assert [("inner", "s1")] * 3 == firefox.asked


def test_a_shadow_root_of_a_page_that_was_left_is_looked_for_anew() -> None:
    """Firefox keeps such a page whole, and would answer of it for ever."""
    direct, _ = by_bidi({"type": "undefined"})

    with pytest.raises(WebDriverException) as caught:
        direct.call(Root("top", "s1"), "function () {}")
    assert is_passing(caught.value)
    assert not is_passing(WebDriverException("the browser has been closed"))

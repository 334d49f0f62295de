"""Which stories browsers play: most of them, and of each rule some that allow and some that refuse."""

import pytest
from cobrowse_cli.products import reference_profile
from cobrowse_conformance.browser.brands import FIREFOX
from cobrowse_conformance.browser.playable import unplayable
from cobrowse_conformance.browser.playing import beforehand, chosen_examples
from cobrowse_conformance.browser.profile import read_profile
from cobrowse_conformance.browser.sharing import Beginning, beginning
from cobrowse_conformance.verdicts import Verdict
from cobrowse_spec import actions as do
from cobrowse_spec.rulebook import rulebook
from cobrowse_spec.stories import CUSTOMER, Perform
from msgspec.structs import replace

PROFILE = read_profile(reference_profile())
RULES = [rule for rule in rulebook().values() if "browser" in rule.seen]

#: Rules of which browsers play nothing that is allowed, or nothing that is refused, and why.
ONE_SIDED = {
    "WRITE-3": "the twin answers a request that no screen shows",
    "WRITE-15": "limits of an approval are judged over the wire",
    "STOP-4": "the twin has a second customer, who has no browser",
    "VIEW-3": "the twin is a forged message",
    "SECURE-1": "the twin has a second agent, who has no browser",
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_browser_rule_is_played_from_both_sides(rule: object) -> None:
    """What is allowed and what is refused, or it is written here why not."""
    found = next(one for one in RULES if one is rule)
    played = [one for one in found.examples if not unplayable(one, PROFILE)]
    sides = {tag for one in played for tag in one.tags & {"@allowed", "@refused"}}

    assert played != []
    assert (len(sides) == 1) is (found.id in ONE_SIDED)


def test_a_story_that_is_not_played_says_why() -> None:
    """A forged message has no control in any product."""
    forged = next(one for one in rulebook()["VIEW-3"].examples if one.id == "VIEW-3.3")

    assert "a browser sends no message of the suite's making" == unplayable(forged, PROFILE)


def test_a_reload_is_played_where_the_page_comes_back_at_once() -> None:
    """A page that is announced to reload and stays away is of no browser's making."""
    by_id = {one.id: one for rule in ("RESUME-1", "RESUME-3") for one in rulebook()[rule].examples}
    announced = [one for one in by_id.values() if Perform(CUSTOMER, do.Announce()) in one.steps]
    played = [one.id for one in announced if not unplayable(one, PROFILE)]

    assert ["RESUME-1.11", "RESUME-3.1"] == played
    assert "a page announces nothing but by reloading" == unplayable(by_id["RESUME-3.3"], PROFILE)


def test_a_policy_that_cannot_be_put_in_force_is_not_played() -> None:
    """Unless the product is said to follow it already."""
    no_hooks = replace(PROFILE, hooks=replace(PROFILE.hooks, policy=None))
    names = {one.id for one in chosen_examples(RULES, (), no_hooks)}

    assert "MASK-9.6" not in names
    assert "MASK-9.1" in names


def test_a_rule_of_which_nothing_can_be_played_is_untestable() -> None:
    """Which counts as a failure: it is never passed over in silence."""
    no_hooks = replace(PROFILE, hooks=replace(PROFILE.hooks, policy=None, meet=None))
    found = beforehand(rulebook()["NAVIGATE-5"], no_hooks)

    assert found is not None
    assert Verdict.UNTESTABLE is found.verdict
    assert None is beforehand(rulebook()["WRITE-1"], no_hooks)


def test_a_rule_whose_control_is_missing_is_untestable() -> None:
    """Whether it is done or only looked at: that something else is refused would show nothing of it."""
    no_pencil = replace(PROFILE, agent=replace(PROFILE.agent, pencil_icon=None))
    no_circle = replace(PROFILE, customer=replace(PROFILE.customer, red_circle=None))
    write, circle = rulebook()["WRITE-1"], rulebook()["POINTER-4"]

    found = beforehand(write, no_pencil)
    assert found is not None
    assert (Verdict.UNTESTABLE, "the profile maps no agent.pencil_icon, which WRITE-1.1 needs") == (
        found.verdict,
        found.because,
    )
    assert "WRITE-1.1" not in {one.id for one in chosen_examples([write], (), no_pencil)}
    found = beforehand(circle, no_circle)
    assert found is not None
    assert "the profile maps no customer.red_circle, which POINTER-4.1 needs" == found.because
    assert [] == [rule.id for rule in RULES if beforehand(rule, PROFILE) is not None]


def test_a_rule_that_asks_to_be_told_is_untestable_where_no_words_are_known() -> None:
    """That nothing came of it is seen anyway, and is half of the rule (MASK-7)."""
    mask = rulebook()["MASK-7"]
    words = {pattern: said for pattern, said in PROFILE.agent.words.items() if said != "refused: masked"}
    for agent in (replace(PROFILE.agent, words=words), replace(PROFILE.agent, notice=None)):
        silent = replace(PROFILE, agent=agent)
        found = beforehand(mask, silent)

        assert found is not None
        assert (
            Verdict.UNTESTABLE,
            "the profile maps no agent.notice with words for 'refused: masked', which MASK-7.5 needs",
        ) == (found.verdict, found.because)
        assert ["MASK-7.1", "MASK-7.2", "MASK-7.3", "MASK-7.4"] == [
            one.id for one in chosen_examples([mask], (), silent)
        ]


def test_a_story_begins_as_far_as_it_says() -> None:
    """In Pointer Mode, with a pending request, in Write Mode; or in nothing that can be shared."""
    by_id = {one.id: one for rule in RULES for one in rule.examples}

    assert Beginning("standard", "call", 2) == beginning(by_id["POINTER-1.1"])
    assert Beginning("standard", "call", 3) == beginning(by_id["WRITE-1.1"])
    assert Beginning("standard", "call", 4) == beginning(by_id["SUBMIT-1.2"])
    assert Beginning("secrets masked", "call", 2) == beginning(by_id["MASK-9.6"])
    assert None is beginning(by_id["START-1.1"])
    assert None is beginning(by_id["NAVIGATE-6.2"])
    denying = [one for one in by_id.values() if Perform(CUSTOMER, do.Deny()) in one.steps]
    assert {None} == {beginning(one) for one in denying}


def test_where_the_network_cannot_be_read_what_needs_it_is_not_decided_and_says_why() -> None:
    """Even where most of its stories are played: what one of them alone shows may be what is wrong."""
    played = {one.id for one in chosen_examples(RULES, (), PROFILE, FIREFOX)}
    secrets = beforehand(rulebook()["MASK-2"], PROFILE, FIREFOX)

    assert secrets is not None
    assert (Verdict.INCONCLUSIVE, f"not judged to the end: {FIREFOX.unread}") == (
        secrets.verdict,
        secrets.because,
    )
    assert not {one for one in played if one.startswith("MASK-2.")}
    assert beforehand(rulebook()["START-5"], PROFILE, FIREFOX) == secrets
    assert beforehand(rulebook()["POINTER-1"], PROFILE, FIREFOX) is None
    assert beforehand(rulebook()["MASK-2"], PROFILE) is None

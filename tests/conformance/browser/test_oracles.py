"""The oracles in a run: which are asked, how their results look, and that a product that does nothing never passes."""

from cobrowse_cli.products import reference_profile
from cobrowse_conformance.browser.brands import CHROMIUM, FIREFOX
from cobrowse_conformance.browser.oracles import Chosen, beside, chosen_oracles, unasked
from cobrowse_conformance.browser.profile import Hooks, read_profile
from cobrowse_spec.rulebook import rulebook
from cobrowse_spec.stories import Plant
from cobrowse_spec.terms import Place
from msgspec.structs import replace


def test_the_rules_that_are_asked_for_say_which_oracles_are_asked() -> None:
    """None of them where no rule of theirs is asked for."""
    rules, profile = rulebook(), read_profile(reference_profile())

    assert [] == chosen_oracles([rules["START-1"], rules["MASK-1"]], profile)
    assert [
        Chosen("leaks", ("MASK-5",)),
        Chosen("submits", ("SUBMIT-1", "SUBMIT-3")),
        Chosen("hostile agent", ("SUBMIT-1",)),
        Chosen("hostile page", ("SECURE-5",)),
    ] == chosen_oracles([rules["MASK-5"], rules["SUBMIT-1"], rules["SUBMIT-3"], rules["SECURE-5"]], profile)


def test_every_rule_of_an_oracle_is_asked_for_by_default() -> None:
    """Ten rules of three oracles, and those that mixed sides judge: also rules that no screen shows (SECURE-4)."""
    every = chosen_oracles(rulebook().values(), read_profile(reference_profile()))

    assert [5, 1, 4, 17, 3] == [len(one.rules) for one in every]
    assert "SECURE-4" in every[3].rules


def test_without_the_open_protocol_mixed_sides_have_no_results_of_rules_that_no_screen_shows() -> None:
    """Those of other rules say that they are not applicable; a product that cannot speak it is not judged by it."""
    profile = replace(read_profile(reference_profile()), wire=None)
    agent, page = chosen_oracles(rulebook().values(), profile)[3:]

    assert {"JOIN-4", "SECURE-4", "SITE-6", "STOP-5", "WRITE-7"}.isdisjoint(agent.rules)
    assert "POINTER-2" in agent.rules
    assert ("SECURE-5", "POINTER-1", "STOP-1") == page.rules


def test_without_a_curtain_nothing_is_tried_behind_it() -> None:
    """No state is left in which a session is suspended and the agent is there."""
    profile = read_profile(reference_profile())
    without = replace(profile, product=replace(profile.product, capabilities=()))
    agent = chosen_oracles(rulebook().values(), without)[3]

    assert {"SITE-6", "PAUSE-1"}.isdisjoint(agent.rules)


def test_without_a_policy_nothing_is_judged_that_only_a_policy_rules() -> None:
    """Nobody told such a product what is masked, disabled and allowed on the suite's pages; passwords are masked anyway."""
    profile = replace(read_profile(reference_profile()), hooks=Hooks(), wire=None)
    every = chosen_oracles(rulebook().values(), profile)

    assert [("MASK-3",), ("MASK-9",), ("SUBMIT-1", "SUBMIT-3")] == [one.rules for one in every[:3]]


def test_beside_the_leak_oracle_one_story_hides_a_text_and_one_shows_it() -> None:
    """The oracle plants at all places at once; where it is not asked, and of other rules, every story is played."""
    mask, start = rulebook()["MASK-5"], rulebook()["START-1"]
    examples = [*start.examples, *mask.examples]
    others = [one for one in examples if not any(isinstance(step, Plant) for step in one.steps)]
    left = beside([Chosen("leaks", ("MASK-5",))], examples)
    planted = [one for one in left if one not in others]

    assert [one for one in left if one in others] == others
    assert [[False], [False, True]] == [
        sorted(step.masked for step in one.steps if isinstance(step, Plant)) for one in planted
    ]
    assert examples == beside([Chosen("leaks", ("MASK-2",)), Chosen("submits", ("SUBMIT-1",))], examples)


def test_the_leak_oracle_plants_wherever_a_story_does() -> None:
    """What is not played beside it is planted by it."""
    told = {
        step.place for one in rulebook()["MASK-5"].examples for step in one.steps if isinstance(step, Plant)
    }

    assert set(Place) >= told


def test_where_the_network_cannot_be_read_no_oracle_is_asked_that_reads_it() -> None:
    """Nor one that would have nothing to try: in Firefox no link pings."""
    every = chosen_oracles(rulebook().values(), read_profile(reference_profile()), FIREFOX)

    assert ["submits", "hostile agent"] == [one.name for one in every]
    assert ("SUBMIT-1", "SUBMIT-3", "SUBMIT-4") == every[0].rules
    assert "NAVIGATE-4" in every[1].rules
    assert "MASK-9" in unasked(FIREFOX)
    assert frozenset() == unasked(CHROMIUM)

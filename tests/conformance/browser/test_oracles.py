"""The oracles in a run: which are asked, how their results look, and that a product that does nothing never passes."""

from cobrowse_cli.products import reference_profile
from cobrowse_conformance.browser.oracles import Chosen, chosen_oracles
from cobrowse_conformance.browser.profile import Hooks, read_profile
from cobrowse_spec.rulebook import rulebook
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

    assert [5, 1, 4, 14, 3] == [len(one.rules) for one in every]
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

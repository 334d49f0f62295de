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
    assert [Chosen("leaks", ("MASK-5",)), Chosen("submits", ("SUBMIT-1", "SUBMIT-3"))] == chosen_oracles(
        [rules["MASK-5"], rules["SUBMIT-1"], rules["SUBMIT-3"]], profile
    )


def test_every_rule_of_an_oracle_is_one_that_is_seen_in_browsers() -> None:
    """Ten rules in all, of three oracles."""
    every = chosen_oracles(rulebook().values(), read_profile(reference_profile()))

    assert [5, 1, 4] == [len(one.rules) for one in every]


def test_without_a_policy_nothing_is_judged_that_only_a_policy_rules() -> None:
    """Nobody told such a product what is masked, disabled and allowed on the suite's pages; passwords are masked anyway."""
    profile = replace(read_profile(reference_profile()), hooks=Hooks())
    every = chosen_oracles(rulebook().values(), profile)

    assert [("MASK-3",), ("MASK-9",), ("SUBMIT-1", "SUBMIT-3")] == [one.rules for one in every]

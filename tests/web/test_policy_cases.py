"""The table of addresses by which the customer's script and the rulebook are held to the same policy."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cobrowse_spec.patterns import plain_path, raw_path
from cobrowse_spec.policy import Policy, allowed_at, is_denied, is_on_site, restricted_at

#: Read by reference_server/web/test/page/policy.test.ts as well.
TABLE = json.loads(
    (Path(__file__).parents[2] / "reference_server/web/test/page/policy.cases.json").read_text("utf-8")
)
POLICY = msgspec.convert(TABLE["policy"], Policy)


@pytest.mark.parametrize("case", TABLE["cases"], ids=lambda case: ascii(case["url"]))
def test_the_rulebook_says_of_each_address_what_the_table_says(case: dict[str, Any]) -> None:
    """An address is on the site, denied, restricted or allowed as the shared table has it."""
    url = case["url"]
    said = {
        "url": url,
        "on_site": is_on_site(POLICY, url),
        "denied": is_denied(POLICY, url),
        "restricted": restricted_at(POLICY, url),
        "allowed": allowed_at(POLICY, url),
        "raw": raw_path(url),
        "plain": plain_path(url),
    }

    assert case == said

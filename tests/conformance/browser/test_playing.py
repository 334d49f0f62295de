"""What a story rests on: a fence that came back, or a bound that was over."""

import pytest
from cobrowse_conformance.browser.cast import BOUND, FENCE
from cobrowse_conformance.browser.playing import is_bounded
from cobrowse_conformance.stage import Played
from cobrowse_conformance.verdicts import Verdict
from cobrowse_spec import observations as see
from cobrowse_spec.terms import Party
from cobrowse_spec.trace import Header, Recorder


@pytest.mark.parametrize("fence", [FENCE, BOUND])
@pytest.mark.parametrize("verdict", [Verdict.PASS, Verdict.FAIL])
def test_a_pass_whose_witness_is_no_fence_rests_on_a_bound(fence: str, verdict: Verdict) -> None:
    """What was seen to come rests on none, nor does a failure: that is something that was seen."""
    recorder = Recorder(Header(), lambda: 0.0)
    recorder.saw(Party.CUSTOMER, "customer", see.Started("123456789"))
    recorder.saw(Party.CUSTOMER, "customer", see.FencePassed(fence))
    came, fenced = (event.seq for event in recorder.events)

    assert not is_bounded(Played(verdict, events=(came,)), recorder.events)
    assert (verdict is Verdict.PASS and fence == BOUND) is is_bounded(
        Played(verdict, events=(came, fenced)), recorder.events
    )

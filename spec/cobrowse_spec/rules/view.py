"""VIEW: the agent's virtual browser.  VIEW-2 and VIEW-4 are about what is on screens: only browsers show it."""

from .. import actions as do
from .. import observations as see
from ..terms import Party
from ..trace import Event
from .facts import SessionFacts
from .judge import Finding, held, rule, violated


@rule("VIEW-1", see.WindowShows)
def the_virtual_browser_is_as_large_as_the_window(s: SessionFacts, event: Event) -> Finding | None:
    if event.party is not Party.AGENT or not s.is_active(Party.AGENT):
        return None
    assert isinstance(event.saw, see.WindowShows)
    if event.saw.width <= 0 or event.saw.height <= 0:
        return violated("the virtual browser has no size")
    real = s.window
    if real is not None and real != (event.saw.width, event.saw.height):
        return violated(f"the customer's window is {real[0]} by {real[1]}", s.resized)
    return held()


@rule("VIEW-3", see.WindowShows)
def a_resize_follows_live(s: SessionFacts, event: Event) -> Finding | None:
    if event.party is not Party.AGENT or s.resized is None or not s.is_active(Party.AGENT):
        return None
    assert isinstance(event.saw, see.WindowShows)
    assert isinstance(s.resized.did, do.Resize)
    if (event.saw.width, event.saw.height) != (s.resized.did.width, s.resized.did.height):
        return violated("the customer's window was resized and the virtual browser was not", s.resized)
    return held()

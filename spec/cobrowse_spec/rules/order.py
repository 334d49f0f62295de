"""Order: one session has one order, whatever races in it, and both parties are told of the same one.

The server gives every deed that it accepts a place in the session's order, and what a party is told bears
the place of its deed.  Where two links race, any order of the two deeds is legal; but not one order for
the customer and another for the agent.  So what both are told of a deed they are told as of one place: a
party that has come beyond that place without it has been told of another order.

:func:`in_step` puts this before a rule's own check, for the kind of notice that is the rule's affair; the
books are :class:`.facts.SessionFacts`'s.
"""

import functools
from collections.abc import Callable

from .. import observations as see
from ..telling import describe
from ..terms import Party
from ..trace import Event
from .facts import SessionFacts
from .judge import Check, Finding, violated


def in_step(kind: type, *, fences: bool = True) -> Callable[[Check], Check]:
    """Before the check: both parties are told of notices of this kind in one order.

    ``fences``: whether the check itself takes fences, which this needs to watch as well.
    """

    def put_before(check: Check) -> Check:
        @functools.wraps(check)
        def checked(s: SessionFacts, event: Event) -> Finding | None:
            if s.awaited.get(event.party) and type(event.saw) in (kind, see.FencePassed):
                torn = out_of_step(s, event, kind)
                if torn is not None:
                    return torn
            return check(s, event) if fences or type(event.saw) is not see.FencePassed else None

        return checked

    return put_before


def out_of_step(s: SessionFacts, event: Event, kind: type) -> Finding | None:
    """Whether this party has come beyond a notice of this kind that the other was told; and what rules out which order."""
    for told in s.awaited.get(event.party, ()):
        if isinstance(told.saw, kind) and told.n < event.n:
            other = Party.AGENT if event.party is Party.CUSTOMER else Party.CUSTOMER
            instead = s.told_at.get((event.party, told.n))
            what = f"place {told.n} of the session: {describe(told)} (event {told.seq}), "
            if instead is not None:
                return violated(
                    f"{what}but {describe(instead)} (event {instead.seq}); the one rules out every order in which "
                    f"the {event.party} is right, the other every order in which the {other} is",
                    instead,
                    told,
                )
            return violated(
                f"{what}and the {event.party} has come to place {event.n} without that (event {event.seq}); the one "
                "rules out every order without it, the other every order with it",
                told,
            )
    return None

"""Rare situations: what seldom happens in a session, and is where systems go wrong.

They are counted, so that what a run never met is known.

Most are crossings: a party does something while what the other has done is still on its way to it.  Whoever decides
has to bring the two into an order, and both must see the same one.

Order: crossings, the other situations, counting them in a trace.
"""

import functools
from collections import Counter
from collections.abc import Iterable
from typing import Final, NamedTuple

from cobrowse_spec import actions as do
from cobrowse_spec import observations as see
from cobrowse_spec.policy import Timers
from cobrowse_spec.terms import Answer, Mode, Party, Reason
from cobrowse_spec.trace import Event

_CUSTOMER, _AGENT = Party.CUSTOMER, Party.AGENT

#: How close to the end of its time a party is back "at the limit", in seconds.
LIMIT_S: Final = 1.0


class Crossing(NamedTuple):
    """Two deeds on their way at the same time."""

    name: str
    first: tuple[Party, type[do.Action]]
    #: By this the other party knows of the first deed.
    known_by: tuple[type[see.Observation], ...]
    second: tuple[Party, type[do.Action]]

    def is_first(self, party: Party, kind: type) -> bool:
        """Whether a deed of this kind is one of those that the other may not know of yet."""
        return party is self.first[0] and issubclass(kind, self.first[1])

    def is_second(self, party: Party, kind: type) -> bool:
        """Whether a deed of this kind is one of those that then cross it."""
        return party is self.second[0] and issubclass(kind, self.second[1])


_OVER: Final = (see.Ended,)
_SUSPENDED: Final = (see.Suspended, see.Ended)

CROSSINGS: Final = (
    Crossing("an approval crosses the agent's exit", (_AGENT, do.Exit), _OVER, (_CUSTOMER, do.Approve)),
    Crossing("an approval crosses a withdrawal", (_AGENT, do.Withdraw), (see.Answered, see.Ended), (_CUSTOMER, do.Approve)),
    Crossing("a denial crosses a withdrawal", (_AGENT, do.Withdraw), (see.Answered, see.Ended), (_CUSTOMER, do.Deny)),
    Crossing("a request crosses the customer's exit", (_CUSTOMER, do.Exit), _OVER, (_AGENT, do.Request)),
    Crossing("a request crosses the customer's leaving the site", (_CUSTOMER, do.LeaveSite), _SUSPENDED, (_AGENT, do.Request)),
    Crossing("an act crosses the customer's exit", (_CUSTOMER, do.Exit), _OVER, (_AGENT, do.Act)),
    Crossing("an act crosses the return to Pointer Mode", (_CUSTOMER, do.ReturnToPointer), (see.InMode, see.Ended), (_AGENT, do.Act)),
    Crossing("an act crosses another page", (_CUSTOMER, do.ShowPage), (see.PageShown, see.Ended), (_AGENT, do.Act)),
    Crossing("an act crosses the customer's leaving the site", (_CUSTOMER, do.LeaveSite), _SUSPENDED, (_AGENT, do.Act)),
    Crossing("both exit at the same time", (_CUSTOMER, do.Exit), _OVER, (_AGENT, do.Exit)),
    Crossing("both return to Pointer Mode at the same time", (_CUSTOMER, do.ReturnToPointer), (see.InMode, see.Ended), (_AGENT, do.ReturnToPointer)),
    Crossing("a click crosses the customer's exit", (_CUSTOMER, do.Exit), _OVER, (_AGENT, do.Click)),
)  # fmt: skip


@functools.cache
def _crossings_of(party: Party, kind: type) -> tuple[Crossing, ...]:
    """The crossings that a deed of this kind has a part in."""
    return tuple(one for one in CROSSINGS if one.is_first(party, kind) or one.is_second(party, kind))


_ANSWER_TOO_LATE: Final = "an answer crosses the expiry of its request"
_RESUME_AT_LIMIT: Final = "a party resumes at the limit of its time"
_RESUME_TOO_LATE: Final = "a party resumes a session that has ended meanwhile"
_LOST_ASKED: Final = "a link breaks while a request is pending"
_LOST_WRITING: Final = "a link breaks in Write Mode"
_BOTH_LOST: Final = "both links are broken at the same time"
_LOST_PENDING: Final = "the customer's link breaks before an agent has joined"
_CRASH_ASKED: Final = "the server crashes while a request is pending"
_CRASH_WRITING: Final = "the server crashes in Write Mode"
_CRASH_AWAY: Final = "the server crashes while a party is away"
_ACT_AWAY: Final = "an act is on its way while the customer's link breaks"
_STALE: Final = "an act names a page that is gone"
_APPROVED_BACK: Final = "the customer approves, and is away before Write Mode begins for the agent"

#: All situations that are looked for.
SITUATIONS: Final = (
    *(crossing.name for crossing in CROSSINGS),
    _ANSWER_TOO_LATE,
    _RESUME_AT_LIMIT,
    _RESUME_TOO_LATE,
    _LOST_ASKED,
    _LOST_WRITING,
    _BOTH_LOST,
    _LOST_PENDING,
    _CRASH_ASKED,
    _CRASH_WRITING,
    _CRASH_AWAY,
    _ACT_AWAY,
    _STALE,
    _APPROVED_BACK,
)


class _Watch:
    """What is known while a trace goes by."""

    def __init__(self, timers: Timers) -> None:
        self.found: Counter[str] = Counter()
        #: How long a session waits for each party whose link is broken.
        self._links_s = {_CUSTOMER: timers.customer_link_s, _AGENT: timers.agent_link_s}
        #: Crossings whose first deed is done and not yet known to the other.
        self._open: dict[str, Crossing] = {}
        #: Since when each party's link is broken.
        self._lost: dict[Party, float] = {}
        self._asked = ""
        self._expired: set[str] = set()
        self._writing = False
        self._joined = False
        self._ended: set[Party] = set()
        self._under_way = 0
        self._approved = False

    def take(self, event: Event) -> None:
        """Take one event."""
        if event.did is not None:
            self._did(event, event.did)
        elif event.saw is not None:
            self._saw(event, event.saw)

    def _did(self, event: Event, did: do.AnyAction) -> None:
        party = event.party
        for crossing in _crossings_of(party, type(did)):
            if crossing.name in self._open and crossing.is_second(party, type(did)):
                self.found[crossing.name] += 1
                del self._open[crossing.name]
            if crossing.is_first(party, type(did)):
                self._open[crossing.name] = crossing
        match did:
            case do.LoseLink():
                self._lose(event, did.party)
            case do.Crash():
                for name, holds in (
                    (_CRASH_ASKED, bool(self._asked)),
                    (_CRASH_WRITING, self._writing),
                    (_CRASH_AWAY, bool(self._lost)),
                ):
                    self.found[name] += holds
            case do.Resume():
                since = self._lost.pop(party, event.at)
                self.found[_RESUME_AT_LIMIT] += abs(event.at - since - self._links_s[party]) <= LIMIT_S
            case do.Approve() | do.Deny() if party is _CUSTOMER:
                self.found[_ANSWER_TOO_LATE] += did.request in self._expired
                self._approved = isinstance(did, do.Approve)
            case do.Act() if party is _AGENT:
                self._under_way += 1
            case _:
                pass

    def _lose(self, event: Event, party: Party) -> None:
        self._lost[party] = event.at
        self.found[_LOST_ASKED] += bool(self._asked)
        self.found[_LOST_WRITING] += self._writing
        self.found[_BOTH_LOST] += len(self._lost) == 2
        self.found[_LOST_PENDING] += party is _CUSTOMER and not self._joined
        self.found[_ACT_AWAY] += party is _CUSTOMER and self._under_way > 0
        self.found[_APPROVED_BACK] += party is _CUSTOMER and self._approved and not self._writing

    def _saw(self, event: Event, saw: see.AnyObservation) -> None:
        party = event.party
        for crossing in tuple(self._open.values()) if self._open else ():
            if party is crossing.second[0] and isinstance(saw, crossing.known_by):
                del self._open[crossing.name]
        match saw:
            case see.Asked():
                self._asked = saw.request
            case see.Answered():
                if saw.answer is Answer.EXPIRED and party is _AGENT:
                    self._expired.add(saw.request)
                self._asked = ""
            case see.InMode() if party is _AGENT:
                self._writing, self._approved = saw.mode is Mode.WRITE, False
            case see.Suspended() | see.Ended():
                self._asked, self._writing, self._approved, self._under_way = "", False, False, 0
            case see.Joined():
                self._joined = True
            case see.ActApplied():
                self._under_way -= 1
            case see.Refused():
                self._refused(event, saw)
            case _:
                pass
        if isinstance(saw, see.Ended):
            self._ended.add(party)

    def _refused(self, event: Event, saw: see.Refused) -> None:
        party = event.party
        if party is _AGENT and event.re:
            self._under_way = max(0, self._under_way - 1)
            self.found[_STALE] += saw.reason == Reason.STALE
        if saw.reason == Reason.SESSION_ENDED:
            self.found[_RESUME_TOO_LATE] += party not in self._ended
            self._ended.add(party)


#: What has no part in any situation, and is most of a trace.
_NO_PART: Final = frozenset(
    {do.MovePointer, do.Mirror, do.Fence, do.SignIn, do.Start, do.Join, do.OpenInteraction, do.EndInteraction}
    | {
        see.PointerAt,
        see.Content,
        see.FencePassed,
        see.Welcome,
        see.InteractionOpened,
        see.Started,
        see.Circle,
    }
)


def situations_in(events: Iterable[Event], timers: Timers) -> Counter[str]:
    """How often each situation came about in a trace of a session with these timers."""
    watch = _Watch(timers)
    for event in events:
        if type(event.did or event.saw) not in _NO_PART:
            watch.take(event)
    return +watch.found

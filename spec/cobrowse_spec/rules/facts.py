"""Facts: what can be known of a session from its trace so far.

The invariants ask; :meth:`Facts.learn` and :meth:`SessionFacts.learn` keep the books, once an event
for all of them.  Nothing here judges, and nothing here knows the machine.
"""

from collections.abc import Callable, Mapping, Sequence
from math import inf
from typing import Any, Final

from .. import actions as do
from .. import observations as see
from ..policy import Policy, is_on_site
from ..terms import Answer, Mode, Party, Reason, SuspendReason
from ..trace import Event, Header
from .shown import ShownPage

#: What an agent sees of the customer's page.
VIEW: Final = (see.Content, see.PageShown, see.ElementsShown, see.PointerAt)
#: What the customer's client sends of the page, where its end is judged.
CAPTURE: Final = (do.Mirror, do.MovePointer, do.ShowPage, do.ShowElements)

#: What a time may be off because it was reckoned in floating point, in seconds.
ROUNDING_S: Final = 0.001


#: What both parties are told of one deed.
_SHARED: Final = frozenset(
    {
        see.Joined,
        see.Asked,
        see.Answered,
        see.InMode,
        see.Suspended,
        see.Resumed,
        see.Ended,
        see.Warned,
    }
)

#: Deeds that no fence settles.
_NEVER_OPEN: Final = frozenset({do.Fence, do.Mirror, do.MovePointer})
#: Deeds of the customer's client, not of the customer; and those of either party that are no activity.
_OF_THE_PAGE: Final = frozenset({do.ShowPage, do.ShowElements})
_NO_ACTIVITY: Final = frozenset({do.Announce, do.Report, do.Resume})
#: What takes Write Mode away, if only in a moment.
_ENDS_WRITING: Final = (do.ReturnToPointer, do.LeaveSite, do.Exit)


def _shared_key(saw: object) -> object:
    """What must be the same for both: the kind, and what it says."""
    match saw:
        case see.Asked() | see.Answered():
            return type(saw), saw.request, getattr(saw, "answer", "")
        case see.InMode() | see.Resumed():
            return type(saw), saw.mode
        case see.Suspended() | see.Ended():
            return type(saw), saw.reason
        case _:
            return type(saw)


class SessionFacts:
    """What is known of one session."""

    PARTIES: Final = (Party.CUSTOMER, Party.AGENT)

    def __init__(self, everything: "Facts") -> None:
        self.all = everything
        self.customer = ""
        self.agent = ""
        self.session_id = ""
        #: The customer's act of starting it, and the sight of its ID.
        self.start: Event | None = None
        self.started: Event | None = None
        #: What each party was last told of the mode, and since which event.
        self.mode: dict[Party, Mode] = {}
        self.mode_since: dict[Party, Event] = {}
        self.joined: dict[Party, Event] = {}
        self.suspended: dict[Party, Event] = {}
        self.resumed: dict[Party, Event] = {}
        self.ended: dict[Party, Event] = {}
        self.warned: dict[Party, Event] = {}
        #: Stretches of Write Mode that each party has been told of.
        self.writes: dict[Party, int] = {}
        #: Requests by ID: asked (by who was asked), answered, and what the customer did about them.
        self.asked: dict[tuple[Party, str], Event] = {}
        self.requested: dict[str, Event] = {}
        self.answered: dict[tuple[Party, str], Event] = {}
        self.answers: dict[tuple[str, str], Event] = {}
        #: The requests that the agent has withdrawn, or wanted to; empty for one that it did not name.
        self.withdrawn: set[str] = set()
        #: All approvals of each request, refused ones included.
        self.approving: dict[str, tuple[Event, ...]] = {}
        #: Requests that were no longer pending when a party found the session again.
        self.closed: set[tuple[Party, str]] = set()
        #: When each party was told of the newest stretch of Write Mode, with what limits it (WRITE-15).
        self.granted: dict[Party, Event] = {}
        #: What would end Write Mode, and how often each party was told that it is over.
        self.returns: list[Event] = []
        self.returned: dict[Party, int] = {}
        #: The last that anybody did, by party and kind of action.
        self.last: dict[tuple[Party, type], Event] = {}
        #: The newest activity that the server must have met: its fence has come back.
        self.last_stir: Event | None = None
        self._stirs: list[Event] = []
        #: The last activity of each party; and who lost its link while some of another party was on its way.
        self._stirred: dict[Party, Event] = {}
        self._unmet: set[Party] = set()
        #: Kinds of what each party has been shown.
        self.seen: set[tuple[Party, type]] = set()
        #: The size of the customer's window and its last resize, where the agent has them for certain.
        self.window: tuple[int, int] | None = None
        self.resized: Event | None = None
        self._resizing: Event | None = None
        #: How often the customer may have left the site, and anybody is known to have lost a link.
        self.leavings = 0
        self.losses = 0
        #: The last of each kind that each party was told.
        self.told: dict[tuple[Party, type], Event] = {}
        #: The page that the customer's client has shown last, and all that it has shown, with their elements.
        self.page: do.ShowPage | None = None
        self.pages: dict[str, ShownPage] = {}
        #: The agent's acts; the number of them that reached the customer's client, the newest of these,
        #: and what each of these changed, by its number.
        self.acts: list[Event] = []
        self.passed = 0
        self.passed_act: do.Act | None = None
        self.changes: dict[int, Event] = {}
        self.passed_number = 0
        #: Whether the newest act is one that administrators allow agents to submit with.
        self.submit_allowed = False
        #: When each party was told of a curtain that is drawn still, and how often one may have been drawn.
        self.curtain: dict[Party, Event] = {}
        self.curtains = 0
        #: Names of the fields that the session's policy masks, as each party must have heard by now; of those that
        #: it has masked for certain since the session began; and of those that are secret in it.
        hidden = {*everything.header.masked, *everything.header.secret}
        self.masked: dict[Party, set[str]] = {party: {*hidden} for party in self.PARTIES}
        self.tightened: set[str] = set()
        self.secret: set[str] = {*everything.header.secret}
        #: Whether it began with Write Mode, and whether that has been disabled since (MASK-11).
        self.write_mode = everything.header.write_mode
        self.disabled = False
        #: Whether it may have begun with another policy than the trace's header tells of.
        self.own_policy = False
        #: The deed with which the customer last left the site, and when anybody was last told of it.
        self.left_site: Event | None = None
        self.told_left: Event | None = None
        #: When a party was last told that the policy has become stricter.
        self.changed: Event | None = None
        self.pointers: set[tuple[Party, int, int]] = set()
        self.clicks: set[tuple[int, int]] = set()
        self.circles: dict[tuple[int, int], set[Party]] = {}
        #: Frames on their way: digests sent while content flowed and not yet seen.
        self.sent: dict[str, Event] = {}
        #: How often each was sent and has not arrived.
        self.underway: dict[str, int] = {}
        self.in_flow: dict[str, Event] = {}
        #: Of each party the first move of its pointer, while content flowed, after which the other has seen none.
        self.moving: dict[Party, Event] = {}
        self.shows: dict[tuple[Party, str], Event] = {}
        self.edits: dict[tuple[Party, str], Event] = {}
        #: Whose links are lost: what they are told, and what they had sent, may have gone with them.
        self.lost: set[Party] = set()
        #: When each party's link broke last.
        self.link_lost: dict[Party, Event] = {}
        #: The customer's announcement of a reload, until it is back; and where it is the newest that matters
        #: and has reached the server for certain.
        self.announced: Event | None = None
        self.announced_for_certain: Event | None = None
        self._announced_while_active = False
        #: The newest that each party has been told in the session's order, since it came back last; and the
        #: newest Write Mode.
        self.newest: dict[Party, Event] = {}
        self.told_write: dict[Party, Event] = {}
        #: When each party last came back, and how often each has asked to.
        self.restored: dict[Party, Event] = {}
        self._comebacks: dict[Party, int] = {}
        #: When the server crashed, and was about to start again; and the last place in the session's order
        #: that anybody had been told of by then.
        self.crashed: Event | None = None
        self.restarted: Event | None = None
        #: Every time that it was about to start again.
        self.restarts: list[Event] = []
        self.told_place = 0
        #: What both parties are told of a deed, by party and place; and, for each party, what the other has
        #: been told and it has not, the link being there: it must come before anything of a later place.
        self.told_at: dict[tuple[Party, int], Event] = {}
        self.awaited: dict[Party, list[Event]] = {}
        self._told_keys: set[tuple[Party, int, object]] = set()
        #: The first refusal that says that this session has ended.
        self.refused_as_over: Event | None = None
        #: What all have seen the fences of: the newest event after which both show the same page.
        self.alike_since: Event | None = None
        self._agents_fence: Event | None = None
        self._alike: dict[str, tuple[Event | None, Event]] = {}
        #: What has been done since the last fence that all have seen.
        self.open: list[Event] = []
        self._fence_done: dict[str, Event] = {}
        self._fence_seen: dict[str, set[Party]] = {}
        #: What the sight of a fence that was asked about last has settled.
        self._settled_by: Event | None = None
        self._settled: tuple[Event, ...] = ()

    # Questions

    def is_there(self, party: Party) -> bool:
        """Whether this party has a link on which it has been told of the session."""
        return party in self.joined and party not in self.lost

    def is_active(self, party: Party) -> bool:
        """Whether, as far as this party has been told, content flows."""
        return party in self.joined and party not in self.suspended and party not in self.ended

    def is_repeat(self, event: Event) -> bool:
        """Whether the same party has been told the very same of the same deed before.

        What a party missed it is told together when it is back.  If it missed two suspensions that are
        alike, these may rightly come one after the other.
        """
        before, saw = self.told.get((event.party, type(event.saw))), event.saw
        if before is None or event.n == 0:
            return False
        if self.is_retold(event) and self._occasions(event) != 1:
            return False
        return (before.n, before.who, before.saw) == (event.n, event.who, saw)

    def _occasions(self, event: Event) -> int:
        """How often what this tells may have happened, as far as that can be known; where it cannot, 0."""
        match event.saw:
            case see.Suspended(reason=SuspendReason.OFF_SITE):
                return self.leavings + self.all.may_differ()
            case see.Suspended(reason=SuspendReason.LINK_LOST):
                return self.losses
            case see.Suspended(reason=SuspendReason.CURTAIN):
                return self.curtains
            case see.Warned():  # between two of them somebody has done something
                return self._was_calm_without(event.party)
            case see.PolicyChanged():
                return sum(1 for put in self.all.put if not self.all.was_refused(put))
            case _:
                return 1

    def _was_calm_without(self, party: Party) -> bool:
        """Whether nobody has done anything while this party had no link."""
        lost, others = self.link_lost.get(party), [e for p, e in self._stirred.items() if p is not party]
        return lost is not None and party not in self._unmet and all(e.seq < lost.seq for e in others)

    def is_retold(self, event: Event) -> bool:
        """Whether the party is told this because it is back and has missed it."""
        restored = self.restored.get(event.party)
        return restored is not None and restored.n == event.n

    def _may_be_of_an_earlier_return(self, event: Event) -> bool:
        """Whether it may have gone out when the party came back before, and bear the place of that, and was lost."""
        restored = self.restored.get(event.party)
        return restored is not None and event.n < restored.n and self._comebacks.get(event.party, 0) > 1

    def is_off_site(self) -> bool:
        """Whether the customer is certainly on another site still."""
        kinds = (do.ReturnToSite, do.ShowPage)
        told = self.told_left
        return told is not None and not any(self.did_since(told, Party.CUSTOMER, kind) for kind in kinds)

    def knew_of_loss(self, party: Party, told: Event) -> bool:
        """Whether the server knew that this party's link was lost when it told the other this."""
        other = Party.AGENT if party is Party.CUSTOMER else Party.CUSTOMER
        suspended, lost = self.told.get((other, see.Suspended)), self.link_lost.get(party)
        if suspended is None or lost is None or suspended.seq < lost.seq:
            return False
        return told.n >= suspended.n

    def approvals(self) -> int:
        """How many pending requests the customer has approved."""
        return sum(
            1
            for (kind, request) in self.answers
            if kind == "approve"
            and any((party, request) in self.asked for party in self.PARTIES)
            and not self._answered_otherwise(request)
        )

    def _answered_otherwise(self, request: str) -> bool:
        told = (self.answered.get((party, request)) for party in (Party.CUSTOMER, Party.AGENT))
        return any(
            isinstance(event.saw, see.Answered) and event.saw.answer is not Answer.APPROVED
            for event in told
            if event is not None
        )

    @property
    def early(self) -> "SessionFacts":
        """What parties did before they knew which session they were in: it may concern this one."""
        return self.all.session("")

    def did_since(self, since: Event | None, party: Party, kind: type) -> bool:
        """Whether a party has done something of this kind after an event."""
        last = self.last.get((party, kind))
        return last is not None and (since is None or last.seq > since.seq)

    def approved_since(self, event: Event) -> bool:
        """Whether the customer has approved anything after an event."""
        return any(kind == "approve" and e.seq > event.seq for (kind, _), e in self.answers.items())

    def approvals_of(self, party: Party) -> list[Event]:
        """The customer's approvals, of which one counts, of the request that this party was told of last."""
        told = self.told.get((party, see.Answered))
        if told is None or not isinstance(told.saw, see.Answered):
            return []
        return [done for done in self.approving.get(told.saw.request, ()) if not self.all.was_refused(done)]

    def limit_is_over(self, event: Event) -> bool:
        """Whether Write Mode may have ended by itself: limited to a time, or to a part of a page that is gone."""
        granted, approvals = self.granted.get(event.party), self.approvals_of(event.party)
        if granted is None or not approvals or not isinstance(granted.saw, see.InMode | see.Restored):
            return False
        first, lasts_s = approvals[0], self.all.at_least_s("approval_s", inf)
        if granted.saw.ends_in_s > 0 and event.at - first.at >= lasts_s - ROUNDING_S:
            return True
        return granted.saw.scope != "" and self.did_since(first, Party.CUSTOMER, do.ShowPage)

    def may_be_tightened(self, party: Party) -> bool:
        """Whether a stricter policy may have ended the Write Mode that this party was told of last.

        From the approval on, which comes before everything that anybody was told of it.
        """
        approvals = self.approvals_of(party)
        return self.all.put_since(approvals[0] if approvals else None)

    def is_on_site(self, url: str) -> bool:
        """Whether an address may be the site's: for certain it is not, if the session's policy cannot have more."""
        return self.own_policy or is_on_site(Policy(site=self.all.header.site), url)

    def is_on_site_for_certain(self, url: str) -> bool:
        """Whether an address is the site's, and no policy that was put may have taken it away."""
        return not self.all.may_differ() and is_on_site(Policy(site=self.all.header.site), url)

    def open_request(self, party: Party) -> str:
        """The request that, as far as this party has been told, is pending; empty if none is."""
        for asked, request in reversed(self.asked):
            if asked is party and not {(party, request)} & (self.answered.keys() | self.closed):
                return request
        return ""

    def may_go_on(self, event: Event) -> bool:
        """Whether Write Mode may go on with this: for a customer who comes back from a reload (RESUME-3)."""
        back = event.party is Party.CUSTOMER and isinstance(event.saw, see.Restored)
        return back and self.announced is not None

    def is_refused_as_writing(self, event: Event) -> bool:
        """Whether a request is refused because Write Mode is on, which the agent has not been told and nobody approved.

        Whoever is refused has been told of everything before: what is on its way to the agent is behind this.
        """
        saw, cause, since = event.saw, self.all.cause(event), self.mode_since.get(Party.AGENT)
        if not isinstance(saw, see.Refused) or saw.reason != Reason.ALREADY_IN_WRITE_MODE:
            return False
        if cause is None or not isinstance(cause.did, do.Request) or event.who != self.agent:
            return False
        if since is None or cause.seq < since.seq or self.mode.get(Party.AGENT) is not Mode.POINTER:
            return False
        on_its_way = (
            done
            for request, approvals in self.approving.items()
            for done in approvals
            if (Party.AGENT, request) not in self.answered and not self.all.was_refused(done)
        )
        return self.is_active(Party.AGENT) and Party.AGENT not in self.lost and not any(on_its_way)

    def is_refused_in_write_mode(self, event: Event) -> bool:
        """Whether an act of the agent is refused as in Pointer Mode, and nothing can have ended the Write Mode."""
        cause, since = self.all.cause(event), self.mode_since.get(Party.AGENT)
        if not isinstance(event.saw, see.Refused) or event.saw.rule != "POINTER-2" or cause is None:
            return False
        if event.party is not Party.AGENT or self.mode.get(Party.AGENT) is not Mode.WRITE or since is None:
            return False
        if self.lost or self.limit_is_over(event) or self.may_be_tightened(Party.AGENT):
            return False
        if any(self.did_since(since, party, kind) for party in self.PARTIES for kind in _ENDS_WRITING):
            return False
        return not self.did_since(since, Party.CUSTOMER, do.ShowPage) or all(
            self.is_on_site_for_certain(shown.page.url) for shown in self.pages.values()
        )

    def counted(self, party: Party) -> bool:
        """Whether a party that came back last has said which notice it had had (RESUME-2)."""
        came = self.last.get((party, do.Resume))
        return came is not None and isinstance(came.did, do.Resume) and came.did.after is not None

    def settled(self, event: Event) -> Sequence[Event]:
        """What had been done before this fence, and was not refused, if now all have seen the fence.

        Whatever these deeds cause has arrived everywhere: what is still missing was never sent.  While a
        link is lost nothing is settled.
        """
        if self._settled_by is not event:  # every invariant that watches for fences asks
            self._settled_by, self._settled = event, self._settles(event)
        return self._settled

    def _settles(self, event: Event) -> tuple[Event, ...]:
        assert isinstance(event.saw, see.FencePassed)
        fence = self._fence_done.get(event.saw.fence)
        if fence is None or self.lost or not self._is_complete(event):
            return ()
        return tuple(
            done
            for done in self.open
            if done.seq < fence.seq and done.who == fence.who and not self.all.was_refused(done)
        )

    def _is_complete(self, event: Event) -> bool:
        assert isinstance(event.saw, see.FencePassed)
        seen = self._fence_seen.get(event.saw.fence, set()) | {event.party}
        return set(self.joined) | {Party.CUSTOMER} <= seen

    # Books

    def learn(self, event: Event) -> None:
        """Take an event into account, after all invariants have judged it."""
        self._settled_by = None
        if event.did is not None:
            self._learn_did(event, event.did)
        else:
            self._learn_saw(event)

    def _learn_did(self, event: Event, did: do.AnyAction) -> None:
        kind = type(did)
        self.last[event.party, kind] = event
        learn = _DID.get(kind)
        if learn is not None:
            learn(self, event, did)
        if kind in _NEVER_OPEN or event.party not in self.PARTIES:
            return
        is_act = isinstance(did, do.Act)
        if is_act and event.party is Party.AGENT:
            self.acts.append(event)
        # What the customer's own hand does the server sees as frames.
        seen_otherwise = event.party is Party.CUSTOMER and (is_act or kind in _OF_THE_PAGE)
        if not seen_otherwise and kind not in _NO_ACTIVITY:
            self._add_stir(event)
        self.open.append(event)

    def _did_fence(self, event: Event, did: do.Fence) -> None:
        self._fence_done[did.fence] = event
        if event.party is Party.CUSTOMER:
            self._alike[did.fence] = self._agents_fence, event

    def _did_approve(self, event: Event, did: do.Approve) -> None:
        if event.party is Party.CUSTOMER:
            self.approving[did.request] = (*self.approving.get(did.request, ()), event)
            self.answers["approve", did.request] = event

    def _did_deny(self, event: Event, did: do.Deny) -> None:
        if event.party is Party.CUSTOMER:
            self.answers.setdefault(("deny", did.request), event)

    def _did_withdraw(self, event: Event, did: do.Withdraw) -> None:
        if event.party is Party.AGENT:
            self.withdrawn.add(did.request)

    def _did_mirror(self, event: Event, did: do.Mirror) -> None:
        if event.party is Party.CUSTOMER:
            self.sent[did.digest] = event
            self.underway[did.digest] = self.underway.get(did.digest, 0) + 1
            if self.is_active(Party.CUSTOMER) and not self.lost and not self._is_stale(did):
                self.in_flow[did.digest] = event

    def _did_show_page(self, event: Event, did: do.ShowPage) -> None:
        if event.party is Party.CUSTOMER:
            self.page, self.pages[did.page] = did, ShownPage(did)
            self.leavings += not self.is_on_site_for_certain(did.url)
            self.seen.discard((Party.AGENT, see.PageShown))

    def _did_show_elements(self, event: Event, did: do.ShowElements) -> None:
        if event.party is Party.CUSTOMER and did.page in self.pages:
            self.pages[did.page] = self.pages[did.page].after(event)

    def _did_announce(self, event: Event, did: do.Announce) -> None:
        if event.party is Party.CUSTOMER:
            self.announced = event
            self._announced_while_active = self.is_active(Party.CUSTOMER)

    def _did_leave_site(self, event: Event, did: do.LeaveSite) -> None:
        self.announced_for_certain = None
        self.leavings += 1

    def _did_draw_curtain(self, event: Event, did: do.DrawCurtain) -> None:
        if event.party is Party.CUSTOMER:
            self.announced_for_certain = None
            self.curtains += 1

    def _did_return(self, event: Event, did: do.ReturnToPointer) -> None:
        self.returns.append(event)

    def _did_resize(self, event: Event, did: do.Resize) -> None:
        self.window, self.resized, self._resizing = None, None, event

    def _did_move_pointer(self, event: Event, did: do.MovePointer) -> None:
        self.pointers.add((event.party, did.x, did.y))
        self._add_stir(event)
        party = event.party
        if party not in self.moving and self.is_active(party) and not self.lost and not self._is_stale(did):
            self.moving[party] = event

    def _did_click(self, event: Event, did: do.Click) -> None:
        self.clicks.add((did.x, did.y))

    def _did_lose_link(self, event: Event, did: do.LoseLink) -> None:
        self._lose(event, did.party)

    def _did_crash(self, event: Event, did: do.Crash) -> None:
        self.crashed, self.restarted = event, None

    def _did_restart(self, event: Event, did: do.Restart) -> None:
        self.restarted = event
        self.restarts.append(event)

    def _did_resume(self, event: Event, did: do.Resume) -> None:
        self._comebacks[event.party] = self._comebacks.get(event.party, 0) + 1
        if event.who in (self.customer, self.agent) and event.party not in self.lost:
            self._lose(event, event.party)

    def _did_edit(self, event: Event, did: do.Type | do.Choose) -> None:
        self.edits[event.party, did.element] = event
        self.alike_since = None

    def _add_stir(self, event: Event) -> None:
        """Activity, but for what is done behind a curtain, where nobody sees it (PAUSE-1)."""
        drawn = self.last.get((Party.CUSTOMER, do.DrawCurtain))
        if drawn is not None and drawn is not event and not self.all.was_refused(drawn):
            opened = self.last.get((Party.CUSTOMER, do.OpenCurtain))
            if opened is None or opened.seq <= drawn.seq:
                return
        self._stirs.append(event)
        self._stirred[event.party] = event

    def _learn_saw(self, event: Event) -> None:
        party, saw = event.party, event.saw
        kind = type(saw)
        if event.n:
            if kind is not see.Restored:
                self.newest[party] = event
            if self.crashed is None and event.n > self.told_place:
                self.told_place = event.n
            if kind in _SHARED and event.who in (self.customer, self.agent):
                self._learn_place(event)
        self.seen.add((party, kind))
        self.told[party, kind] = event
        learn = _SAW.get(kind)
        if learn is not None:
            learn(self, event, saw)

    def _saw_fence(self, event: Event, saw: see.FencePassed) -> None:
        self._learn_fence(event, saw.fence)

    def _saw_started(self, event: Event, saw: see.Started) -> None:
        self.customer, self.session_id, self.started = event.who, saw.session_id, event

    def _saw_joined(self, event: Event, saw: see.Joined) -> None:
        self.joined[event.party] = event
        self._told_mode(event, saw.mode)
        if event.party is Party.AGENT:
            self.agent = event.who

    def _saw_mode(self, event: Event, saw: see.InMode) -> None:
        self._told_mode(event, saw.mode)

    def _saw_policy_changed(self, event: Event, saw: see.PolicyChanged) -> None:
        self._stop_flow()
        self.changed = event

    def _saw_resumed(self, event: Event, saw: see.Resumed) -> None:
        self.suspended.pop(event.party, None)
        self.curtain.pop(event.party, None)
        self.resumed[event.party] = event
        self._told_mode(event, saw.mode)

    def _saw_suspended(self, event: Event, saw: see.Suspended) -> None:
        party = event.party
        self.suspended[party] = event
        self.announced_for_certain = None
        if saw.reason is SuspendReason.OFF_SITE:
            self.told_left = event
            if party is Party.CUSTOMER:
                self.left_site = self.all.cause(event) or self.last.get((party, do.LeaveSite))
        if saw.reason is SuspendReason.CURTAIN:
            self.curtain[party] = event
        self._stop_flow()
        self._told_mode(event, Mode.POINTER)

    def _saw_ended(self, event: Event, saw: see.Ended) -> None:
        self.ended[event.party] = event
        self._stop_flow()

    def _saw_warned(self, event: Event, saw: see.Warned) -> None:
        self.warned[event.party] = event

    def _saw_refused(self, event: Event, saw: see.Refused) -> None:
        if saw.reason == Reason.SESSION_ENDED and self.refused_as_over is None:
            if event.who in (self.customer, self.agent):
                self.refused_as_over = event

    def _saw_asked(self, event: Event, saw: see.Asked) -> None:
        self.asked.setdefault((event.party, saw.request), event)
        cause = self.all.done.get((event.who, event.re))
        if cause is not None:
            self.requested.setdefault(saw.request, cause)

    def _saw_answered(self, event: Event, saw: see.Answered) -> None:
        self.answered[event.party, saw.request] = event

    def _saw_elements(self, event: Event, saw: see.ElementsShown) -> None:
        if saw.page in self.pages:
            self.pages[saw.page] = self.pages[saw.page].told(saw, event.n)

    def _saw_content(self, event: Event, saw: see.Content) -> None:
        self.in_flow.pop(saw.digest, None)
        self.underway[saw.digest] = self.underway.get(saw.digest, 0) - 1

    def _saw_pointer(self, event: Event, saw: see.PointerAt) -> None:
        self.moving.pop(Party.AGENT if event.party is Party.CUSTOMER else Party.CUSTOMER, None)

    def _saw_acted(self, event: Event, saw: see.Acted) -> None:
        self.passed += 1
        self.passed_act, self.passed_number = saw.do, saw.act
        met = self.met(saw.do, saw.act)
        self.submit_allowed = any(one is not None and one.allowed for one in met)

    def _saw_page_changed(self, event: Event, saw: see.PageChanged) -> None:
        if saw.by is Party.AGENT:
            self.changes[self.passed_number] = event

    def _saw_window(self, event: Event, saw: see.WindowShows) -> None:
        if event.party is Party.CUSTOMER:
            self.window = (saw.width, saw.height)

    def _saw_circle(self, event: Event, saw: see.Circle) -> None:
        self.circles.setdefault((saw.x, saw.y), set()).add(event.party)

    def _saw_field(self, event: Event, saw: see.FieldShows) -> None:
        self.shows[event.party, saw.element] = event

    def _learn_place(self, event: Event) -> None:
        """Of what both are told, who has been told what as of which place."""
        key = _shared_key(event.saw)
        again = isinstance(event.saw, see.Resumed)
        retold = (self.is_retold(event) and not again) or self._may_be_of_an_earlier_return(event)
        repeated = isinstance(event.saw, see.Asked) and any(
            (party, number, told) != (event.party, event.n, key) and (party, told) == (event.party, key)
            for party, number, told in self._told_keys
        )
        self._told_keys.add((event.party, event.n, key))
        self.told_at[event.party, event.n] = event
        waiting = self.awaited.get(event.party, [])
        self.awaited[event.party] = [e for e in waiting if (e.n, _shared_key(e.saw)) != (event.n, key)]
        other = Party.AGENT if event.party is Party.CUSTOMER else Party.CUSTOMER
        came = self.restored.get(other) or self.joined.get(other)
        together = isinstance(event.saw, see.Resumed)  # with what brings back who was missing
        since = -1 if came is None else came.n - together
        if (
            self.is_there(other)
            and event.n > since
            and not retold
            and not repeated
            and (other, event.n, key) not in self._told_keys
        ):
            self.awaited.setdefault(other, []).append(event)

    def met(self, act: do.Act, place: int) -> list[do.Element | None]:
        """What an act at this place can have met by the name that it gives, for each legal order one.

        None: no such element; nothing at all where nothing was published.
        """
        shown = self.pages.get(act.page) or self._shown_last()
        return [] if shown is None else shown.met(act.element, place, self.all.was_refused)

    def met_for_certain(self, act: do.Act, place: int, holds: Callable[[do.Element], bool]) -> bool:
        """Whether an act has met an element of which this holds, in whatever order the server put them."""
        met = self.met(act, place)
        return bool(met) and all(one is not None and holds(one) for one in met)

    def usable(self) -> tuple[do.Element, ...]:
        """What can be acted on by now, as far as the customer's client has said."""
        shown = self._shown_last()
        return () if shown is None else tuple(shown.elements(self.all.was_refused))

    def _shown_last(self) -> ShownPage | None:
        return None if self.page is None else self.pages[self.page.page]

    def was_shown(self, page: see.PageShown) -> bool:
        """Whether the customer's client has said this of a page of this name."""
        shown = self.pages.get(page.page)
        return shown is not None and (shown.page.url, shown.page.elements) == (page.url, page.elements)

    def is_not_shown(self, page: Event) -> bool:
        """Whether the agent, who should by now, has not been shown the page that is newest."""
        anew = (self.resumed.get(Party.AGENT), self.changed)
        newest = page.did is self.page and all(since is None or since.seq < page.seq for since in anew)
        return newest and self.is_active(Party.AGENT) and (Party.AGENT, see.PageShown) not in self.seen

    def changed_despite(self, refusal: Event) -> Event | None:
        """What an act changed on the customer's page although it was refused with this event."""
        assert isinstance(refusal.saw, see.Refused)
        if refusal.saw.act:  # refused at the customer's end
            return self.changes.get(refusal.saw.act)
        act = self.all.cause(refusal)
        rightly = sum(1 for other in self.acts if other is not act and not self.all.was_refused(other))
        if act is None or self.passed <= rightly:
            return None
        return next((change for change in self.changes.values() if change.seq > act.seq), None)

    def _is_stale(self, frame: do.Mirror | do.MovePointer) -> bool:
        """Whether its stamp is from before content last began to flow, so that it has to be dropped."""
        began = (self.joined.get(Party.CUSTOMER), self.resumed.get(Party.CUSTOMER), self.changed)
        return any(since is not None and 0 < frame.epoch < since.n for since in began)

    def _lose(self, event: Event, party: Party) -> None:
        """What was on its way from or to this party may never arrive."""
        if party is Party.AGENT:
            self.announced_for_certain = None
        self.losses += 1
        if party not in self.lost:
            self.link_lost[party] = event
            self._unmet.discard(party)
            if any(stir.party is not party for stir in self._stirs):
                self._unmet.add(party)
        self.lost.add(party)
        self.awaited.pop(party, None)
        self._forget_what_is_on_its_way()

    def _saw_restored(self, event: Event, saw: see.Restored) -> None:
        party = event.party
        self.lost.discard(party)
        self.newest.pop(party, None)
        self.awaited.pop(party, None)
        self.restored[party] = event
        if party is Party.CUSTOMER:
            self.announced = self.announced_for_certain = None
        self._forget_what_is_on_its_way()
        self.closed |= {(p, r) for p, r in self.asked if p is party and r != saw.request}
        if saw.agent and saw.state not in ("unstarted", "pending"):
            self.joined.setdefault(party, event)
        if saw.state == "suspended":
            self.suspended[party] = event
        self._told_mode(event, saw.mode)

    def _stop_flow(self) -> None:
        """What was sent before this may rightly be dropped."""
        self.in_flow.clear()
        self.moving.clear()

    def _forget_what_is_on_its_way(self) -> None:
        self._stop_flow()
        self.open.clear()
        self._stirs.clear()
        self._alike.clear()
        self.window = self.resized = self._resizing = None

    def _learn_fence(self, event: Event, fence: str) -> None:
        complete = self._is_complete(event)
        self._fence_seen.setdefault(fence, set()).add(event.party)
        done = self._fence_done.get(fence)
        if done is not None:
            self._learn_policy(done, event.party)
        if done is not None and done.who == event.who and event.party not in self.ended:
            self._learn_stirs(done)
            if done.party is Party.CUSTOMER and event.n and self.page is not None:
                self.pages[self.page.page] = self.pages[self.page.page].bounded(done, event.n)
            if (
                self.announced is not None
                and self.announced.who == done.who
                and self.announced.seq < done.seq
            ):
                counts = self._announced_while_active and not self._has_left()
                self.announced_for_certain = self.announced if counts else None
        if done is not None and done.party is Party.AGENT and event.party is Party.CUSTOMER:
            self._agents_fence = done
        if fence in self._alike and event.party is Party.AGENT:
            agents, customers = self._alike.pop(fence)
            self._learn_alike(event, agents, customers)
            self._learn_resized(customers)
        if complete and done is not None:
            self.open = [e for e in self.open if e.who != done.who or e.seq > done.seq]

    def _learn_policy(self, fence: Event, party: Party) -> None:
        """What was in force before a fence that this party sees holds in all that it is told from here on."""
        told = self.all.in_force
        put = None if told is None or told.seq > fence.seq else self.all.cause(told)
        if put is None or not isinstance(put.did, do.PutPolicy) or party not in self.masked:
            return
        policy = put.did
        if party is Party.AGENT:
            self.tightened |= {*policy.masked} - self.masked[party]
        self.masked[party] |= {*policy.masked}
        self.disabled = self.disabled or (self.write_mode and not policy.write_mode)

    def _learn_alike(self, event: Event, agents: Event | None, customers: Event) -> None:
        """Both have each other's edits from before these two fences; later ones are not counted on."""
        last = {
            party: max((e.seq for (p, _), e in self.edits.items() if p is party), default=0)
            for party in self.PARTIES
        }
        if last[Party.CUSTOMER] < customers.seq and last[Party.AGENT] < (agents.seq if agents else 1):
            self.alike_since = event

    def _learn_resized(self, fence: Event) -> None:
        resizing = self._resizing
        if resizing is not None and resizing.seq < fence.seq and isinstance(resizing.did, do.Resize):
            self.window, self.resized = (resizing.did.width, resizing.did.height), resizing

    def _has_left(self) -> bool:
        """Whether the customer may be off the site, so that the session is suspended anyway."""
        kinds = (do.LeaveSite, do.ReturnToSite, do.ShowPage, do.DrawCurtain)
        left = [self.last.get((Party.CUSTOMER, kind)) for kind in kinds]
        since = self.announced
        return bool(self.suspended) or any(
            e is not None and since is not None and e.seq > since.seq for e in left
        )

    def _learn_stirs(self, fence: Event) -> None:
        """What its party did before a fence that came back has been met, and refused if it was to be."""
        for stir in self._stirs:
            if stir.who == fence.who and stir.seq < fence.seq and not self.all.was_refused(stir):
                if self.last_stir is None or stir.seq > self.last_stir.seq:
                    self.last_stir = stir
        self._stirs = [stir for stir in self._stirs if stir.who != fence.who or stir.seq > fence.seq]

    def _told_mode(self, event: Event, mode: Mode) -> None:
        if mode is Mode.WRITE and self.mode.get(event.party) is not Mode.WRITE:
            self.writes[event.party] = self.writes.get(event.party, 0) + 1
        if mode is Mode.WRITE:
            self.granted[event.party] = self.told_write[event.party] = event
        ended = isinstance(event.saw, see.InMode) and self.mode.get(event.party) is Mode.WRITE is not mode
        if ended and not self.limit_is_over(event) and not self.may_be_tightened(event.party):
            self.returned[event.party] = self.returned.get(event.party, 0) + 1
        self.mode[event.party] = mode
        self.mode_since[event.party] = event


#: What is learnt of each kind of deed in a session, and of each kind of sight.
_DID: Final[Mapping[type, Callable[[SessionFacts, Event, Any], None]]] = {
    do.Fence: SessionFacts._did_fence,
    do.Approve: SessionFacts._did_approve,
    do.Deny: SessionFacts._did_deny,
    do.Withdraw: SessionFacts._did_withdraw,
    do.Mirror: SessionFacts._did_mirror,
    do.ShowPage: SessionFacts._did_show_page,
    do.ShowElements: SessionFacts._did_show_elements,
    do.Announce: SessionFacts._did_announce,
    do.LeaveSite: SessionFacts._did_leave_site,
    do.DrawCurtain: SessionFacts._did_draw_curtain,
    do.ReturnToPointer: SessionFacts._did_return,
    do.Resize: SessionFacts._did_resize,
    do.MovePointer: SessionFacts._did_move_pointer,
    do.Click: SessionFacts._did_click,
    do.LoseLink: SessionFacts._did_lose_link,
    do.Crash: SessionFacts._did_crash,
    do.Restart: SessionFacts._did_restart,
    do.Resume: SessionFacts._did_resume,
    do.Type: SessionFacts._did_edit,
    do.Choose: SessionFacts._did_edit,
}
_SAW: Final[Mapping[type, Callable[[SessionFacts, Event, Any], None]]] = {
    see.FencePassed: SessionFacts._saw_fence,
    see.Started: SessionFacts._saw_started,
    see.Joined: SessionFacts._saw_joined,
    see.InMode: SessionFacts._saw_mode,
    see.PolicyChanged: SessionFacts._saw_policy_changed,
    see.Resumed: SessionFacts._saw_resumed,
    see.Restored: SessionFacts._saw_restored,
    see.Suspended: SessionFacts._saw_suspended,
    see.Ended: SessionFacts._saw_ended,
    see.Warned: SessionFacts._saw_warned,
    see.Refused: SessionFacts._saw_refused,
    see.Asked: SessionFacts._saw_asked,
    see.Answered: SessionFacts._saw_answered,
    see.ElementsShown: SessionFacts._saw_elements,
    see.Content: SessionFacts._saw_content,
    see.PointerAt: SessionFacts._saw_pointer,
    see.Acted: SessionFacts._saw_acted,
    see.PageChanged: SessionFacts._saw_page_changed,
    see.WindowShows: SessionFacts._saw_window,
    see.Circle: SessionFacts._saw_circle,
    see.FieldShows: SessionFacts._saw_field,
}


class Facts:
    """What is known of everything in a trace."""

    def __init__(self, header: Header) -> None:
        self.header = header
        self.sessions: dict[str, SessionFacts] = {}
        self.session_ids: dict[str, str] = {}
        #: Everything done, by who did it and its number.
        self.done: dict[tuple[str, int], Event] = {}
        self.starting: dict[str, Event] = {}
        #: What each agent has typed to join and has had no answer to; and the messages that it was shown.
        self.joining: dict[str, list[Event]] = {}
        self.said: dict[str, list[Event]] = {}
        self.interactions_opened = 0
        self.interactions_ended = 0
        #: How many chats and calls were over for certain when somebody last started a session.
        self.over_at_start: dict[str, int] = {}
        self._interactions_over = 0
        self._fences: dict[str, Event] = {}
        #: Agents who have signed in, and links opened from pages of other origins.
        self.welcome: set[str] = set()
        self.opened: dict[str, Event] = {}
        self.unknown_id: see.Refused | None = None
        #: Policies that were put, or that a session was told to follow; the newest that is in force; and the one that
        #: was when somebody last started a session.
        self.put: list[Event] = []
        self.in_force: Event | None = None
        self.in_force_at_start: dict[str, Event | None] = {}
        self._put_until: dict[tuple[str, int], Event] = {}
        #: When each agent typed an ID that it was told is wrong, in seconds.
        self.wrong_ids: dict[str, list[float]] = {}
        self._refused: set[tuple[str, int]] = set()

    def put_since(self, event: Event | None) -> bool:
        """Whether a policy may have come into force after a deed, or ever, so that a session had to follow it.

        One that was put before may have come into force as long as the contact centre had no answer.
        """
        for put in self.put:
            until = self._put_until.get(
                (put.who, put.re), put if isinstance(put.did, do.FollowPolicy) else None
            )
            if not self.was_refused(put) and (event is None or until is None or until.seq > event.seq):
                return True
        return False

    def may_differ(self) -> bool:
        """Whether a session may follow another policy than the trace's header tells of."""
        return self.put_since(None)

    def may_have(self, capability: str) -> bool:
        """Whether sessions may have this capability: the target declares it, or a policy was put that may bring it."""
        return capability in self.header.capabilities or self.may_differ()

    def at_least_s(self, timer: str, undeclared_s: float = 0.0) -> float:
        """The shortest that this time may be, in seconds: a policy that was put may have made it shorter."""
        return 0.0 if self.may_differ() else self.header.declared.get(timer, undeclared_s)

    def at_most_s(self, timer: str, undeclared_s: float = inf) -> float:
        """The longest that this time may be, in seconds; 0 for inactivity says that it is not watched."""
        return inf if self.may_differ() else self.header.declared.get(timer, undeclared_s)

    def session(self, name: str) -> SessionFacts:
        """The facts of a session, by its alias in the trace."""
        facts = self.sessions.get(name)
        if facts is None:
            facts = self.sessions[name] = SessionFacts(self)
        return facts

    def cause(self, event: Event) -> Event | None:
        """What the party had done that this answers."""
        return self.done.get((event.who, event.re)) if event.re else None

    def fence(self, fence: str) -> Event | None:
        """When this fence was asked for."""
        return self._fences.get(fence)

    def was_refused(self, done: Event) -> bool:
        """Whether the party was told that this was refused."""
        return (done.who, done.re) in self._refused

    def learn(self, event: Event) -> None:
        """Take an event into account, after all invariants have judged it."""
        what = event.did or event.saw
        learn = _LEARNT.get(type(what))
        if learn is not None:
            learn(self, event, what)
        if event.re and event.did is not None:
            self.done[event.who, event.re] = event
        self.session(event.session).learn(event)

    def _did_open(self, event: Event, did: do.OpenInteraction) -> None:
        self.interactions_opened += 1

    def _did_end(self, event: Event, did: do.EndInteraction) -> None:
        self.interactions_ended += 1

    def _saw_over(self, event: Event, saw: see.InteractionEnded) -> None:
        self._interactions_over += 1

    def _did_fence(self, event: Event, did: do.Fence) -> None:
        self._fences[did.fence] = event

    def _did_start(self, event: Event, did: do.Start) -> None:
        self.starting[event.who] = event
        self.over_at_start[event.who] = self._interactions_over
        self.in_force_at_start[event.who] = self.in_force

    def _did_join(self, event: Event, did: do.Join) -> None:
        self.joining.setdefault(event.who, []).append(event)

    def _saw_joined(self, event: Event, saw: see.Joined) -> None:
        if event.party is Party.AGENT:
            self._answer_join(event, by_chat=saw.by_chat)

    def _saw_welcome(self, event: Event, saw: see.Welcome) -> None:
        self.welcome.add(event.who)

    def _did_open_link(self, event: Event, did: do.OpenLink) -> None:
        self.opened[event.who] = event

    def _saw_said(self, event: Event, saw: see.Said) -> None:
        self.said.setdefault(event.who, []).append(event)

    def _did_put(self, event: Event, did: do.PutPolicy | do.FollowPolicy) -> None:
        self.put.append(event)

    def _saw_in_force(self, event: Event, saw: see.PolicyInForce) -> None:
        self.in_force = self._put_until[event.who, event.re] = event

    def _saw_started(self, event: Event, saw: see.Started) -> None:
        session = self.session(event.session)
        session.start = self.starting.pop(event.who, None)
        self._begin_with_policy(session, event.who)
        self.session_ids[saw.session_id] = event.session

    def _saw_policy_refused(self, event: Event, saw: see.PolicyRefused) -> None:
        self._refused.add((event.who, event.re))

    def _begin_with_policy(self, session: SessionFacts, customer: str) -> None:
        """A session that begins follows the policy that is in force, whatever was before.

        Where several may be, it has for certain what all of them have.
        """
        before = self.in_force_at_start.get(customer)
        since = [
            put for put in self.put if session.start is not None and self._may_begin_with(put, session.start)
        ]
        if before is None and not since:
            return
        put = self.cause(before) if before is not None else None
        policies = [one.did for one in (put, *since) if one is not None and isinstance(one.did, do.PutPolicy)]
        hidden = [{*policy.masked} for policy in policies]
        write_modes = [policy.write_mode for policy in policies]
        if before is None:
            hidden.append({*self.header.masked, *self.header.secret})
            write_modes.append(self.header.write_mode)
        common = set.intersection(*hidden) if hidden else set()
        session.masked = {party: {*common} for party in session.PARTIES}
        session.write_mode = any(write_modes)
        session.secret, session.own_policy = set(), True

    def _may_begin_with(self, put: Event, start: Event) -> bool:
        """Whether a policy may have come into force between a session's start and the sight of it."""
        until = self._put_until.get((put.who, put.re))
        return not self.was_refused(put) and (until is None or until.seq > start.seq)

    def _answer_join(self, event: Event, *, by_chat: bool) -> None:
        """What an agent typed has its answer; which of several is unknown where the answer does not say."""
        waiting = self.joining.get(event.who, [])
        cause = self.cause(event)
        if cause in waiting:
            waiting.remove(cause)
        elif waiting and not by_chat:
            waiting.pop(0)

    def _saw_refused(self, event: Event, refused: see.Refused) -> None:
        if event.re:
            self._refused.add((event.who, event.re))
        cause = self.cause(event)
        if cause in self.joining.get(event.who, []):
            self.joining[event.who].remove(cause)  # what brings the agent in after this is something else
        if refused.rule == "JOIN-6":
            self.unknown_id = self.unknown_id or refused
            self.wrong_ids.setdefault(event.who, []).append((cause or event).at)


#: What is learnt of each kind of event beyond its session.
_LEARNT: Final[Mapping[type, Callable[[Facts, Event, Any], None]]] = {
    do.OpenInteraction: Facts._did_open,
    do.EndInteraction: Facts._did_end,
    see.InteractionEnded: Facts._saw_over,
    do.Fence: Facts._did_fence,
    do.Start: Facts._did_start,
    do.Join: Facts._did_join,
    see.Joined: Facts._saw_joined,
    see.Welcome: Facts._saw_welcome,
    do.OpenLink: Facts._did_open_link,
    see.Said: Facts._saw_said,
    do.PutPolicy: Facts._did_put,
    do.FollowPolicy: Facts._did_put,
    see.PolicyInForce: Facts._saw_in_force,
    see.Started: Facts._saw_started,
    see.PolicyRefused: Facts._saw_policy_refused,
    see.Refused: Facts._saw_refused,
}

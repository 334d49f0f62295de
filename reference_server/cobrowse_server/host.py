"""The session host: applies the journal of each session with the rulebook's ``step``, and tells the parties.

It decides nothing itself: what may happen in a session is :func:`cobrowse_spec.session.step`'s to
say.  The host knows which link belongs to which party, appends their deeds to the journal, hands
notices to links, and turns deadlines and broken links into deeds.  What comes before a session
(credentials, IDs, chats) is the :mod:`.desk`'s.

After a restart it replays the journal of each session (RESUME-4): :meth:`Host.restore`, :meth:`Host.go_on`.

Order: :class:`Link`, :class:`Live`, then :class:`Host`: beginning, deeds, frames, applying, telling.
"""

import itertools
import logging
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from math import inf
from typing import Final, NamedTuple, cast

import msgspec
import trio
from cobrowse_spec import actions as do
from cobrowse_spec import observations as see
from cobrowse_spec.actions import Deed
from cobrowse_spec.observations import LinkObservation, Observation
from cobrowse_spec.policy import Policy, for_customer, tightens
from cobrowse_spec.receipt import Writer
from cobrowse_spec.refusals import Refusal
from cobrowse_spec.session import Notice, Outcome, Session, State, next_deadline, refuse_frame, step
from cobrowse_spec.terms import Party, Reason, Timer
from cobrowse_spec.wire.frames import CONTENT, Frame
from cobrowse_spec.wire.messages import ToParty

from .alarms import Alarm, Alarms, Clock
from .connection import GOING_AWAY, INTERNAL_ERROR, TAKEN_OVER, Connection
from .journal import Entry, Journal
from .lobby import Agent, Interaction, hash_secret, new_secret
from .told import ToldBoth, absent_at, mark_of

#: How long an ended session is remembered, so that its tokens are told that it has ended.
ENDED_KEPT_S: Final = 600.0
#: Frames by hand count as activity at most this often, in seconds (STOP-7).
STIR_EVERY_S: Final = 1.0
#: The same, as a share of the inactivity limit, where that is short.
STIR_SHARE: Final = 1 / 20

#: The answer to whatever comes for a session that is over and forgotten.
FORGOTTEN: Final = Refusal("STOP-5", Reason.SESSION_ENDED)

_log: Final = logging.getLogger("cobrowse.host")


class Link:
    """One open link of one party, and the session that it carries."""

    def __init__(
        self, party: Party, connection: Connection, *, address: str = "", origin: str | None = None
    ) -> None:
        self.party = party
        self.connection = connection
        #: Where it comes from, for the throttle.
        self.address = address
        #: The origin of the page that opened it; None where it was no page.
        self.origin = origin
        #: The agent that has signed in on it.
        self.agent: Agent | None = None
        #: Whether an agent or controller has proved who it is on it.
        self.signed_in = False
        #: The session that it carries, or carried last.
        self.live: Live | None = None
        #: Promised to a session that an agent is about to join.
        self.claimed = False
        self.gone = False

    @property
    def may_speak(self) -> bool:
        """Whether it is listened to: a customer proves itself when it starts or resumes (SECURE-1)."""
        return self.signed_in or self.party is Party.CUSTOMER

    @property
    def is_free(self) -> bool:
        """Whether it can carry a session."""
        return not self.gone and not self.claimed and (self.live is None or self.live.is_over)

    def tell(self, seen: Observation, *, n: int = 0, epoch: int = 0, re: int = 0, notice: int = 0) -> None:
        """Send one observation: any that the machine or the desk makes goes over a link as text."""
        self.connection.send(ToParty(cast("LinkObservation", seen), n, epoch, re, notice))

    def refuse(self, refusal: Refusal, number: int, message: str = "") -> None:
        """Say why something was refused.  A refusal has no place in the session's order."""
        epoch = 0 if self.live is None else self.live.session.epoch
        self.tell(refusal.as_seen(message=message), epoch=epoch, re=number)


class Cause(NamedTuple):
    """What a journal entry of this server goes back to."""

    #: Whose message it was; None where it was nobody's.
    link: Link | None
    #: That message's number.
    number: int
    #: The link that carries the session if the deed is accepted.
    brings: Link | None = None
    #: Called with the refusal, in place of answering it.
    refused: Callable[[Refusal], None] | None = None
    #: The token of the party that the deed brings in, if it brings one in.
    token: str = ""
    #: The last notice that the party who comes back has had (RESUME-2).
    after: int | None = None


class Foreseen(NamedTuple):
    """What will come of a deed, if nothing comes before it."""

    session: Session
    deed: Deed
    at: float
    outcome: Outcome

    def is_of(self, session: Session, entry: Entry) -> bool:
        """Whether that is what comes of this entry in this session."""
        return self.session is session and self.deed is entry.deed and self.at == entry.at


class Live:
    """One session, as this server knows it."""

    def __init__(
        self, key: str, session: Session, interaction: Interaction | None, receipt_key: bytes = b""
    ) -> None:
        self.key = key
        self.session = session
        self.interaction = interaction
        #: What remains of it (RECORD-1): follows from the journal, as the session itself does.
        self.receipt = Writer("" if interaction is None else interaction.interaction, receipt_key)
        self.links: dict[Party, Link] = {}
        #: Who else is told of its end: controllers' links, and the number of the message they know it by.
        self.controllers: dict[Link, int] = {}
        self.tokens: list[bytes] = []
        #: The place of the last journal entry that has been applied, and who waits for the next.
        self.applied = 0
        #: What will come of the deed that was appended last.
        self.foreseen: Foreseen | None = None
        self.waiting = trio.lowlevel.ParkingLot()
        #: Its next alarm, when that is set for, and when a frame last counted as activity.
        self.alarm = Alarm(lambda: None)
        self.alarm_at = inf
        self.stirred_at = -inf
        self.follower = trio.CancelScope()
        #: Nobody applies its journal any more: it failed, or was forgotten.
        self.abandoned = False
        #: What each party is told, on a link or not (RESUME-2).
        self.told = ToldBoth()

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self.abandoned or self.session.state is State.ENDED


def policy_given(policy: Policy) -> see.PolicyGiven:
    """The message that brings the customer's client its policy."""
    return see.PolicyGiven(msgspec.Raw(msgspec.json.encode(for_customer(policy))))


class Host:
    """All sessions that this server serves.  ``ended`` is called once for each that is over."""

    def __init__(
        self,
        journal: Journal,
        nursery: trio.Nursery,
        *,
        clock: Clock = trio.current_time,
        ended: Callable[[Live], None] = lambda live: None,
    ) -> None:
        self._journal = journal
        self._nursery = nursery
        self._clock = clock
        self._ended = ended
        self.alarms = Alarms(clock)
        self._sessions: dict[str, Live] = {}
        self._tokens: dict[bytes, tuple[Live, Party]] = {}
        self._of_agent: dict[str, set[str]] = {}
        self._causes: dict[str, Cause] = {}
        self._marks = itertools.count(1)
        nursery.start_soon(self.alarms.run)

    # Sessions

    async def begin(self, live: Live) -> None:
        """Take up a session that has not been started yet."""
        await self._journal.begin(live.key, live.session)
        self._sessions[live.key] = live
        self._start_following(live)

    def restore(self, live: Live, entries: Iterable[Entry]) -> None:
        """Take up a session again as its journal tells it.  Nobody is told, and nothing is done yet."""
        ended_at = self._clock()
        try:
            for entry in entries:
                before = live.session
                live.session, notices, _ = step(before, entry.deed, entry.at)
                live.told.add(notices, live.session, absent_at(entry.mark))
                if isinstance(entry.deed.action, do.Resume) and live.session is not before:
                    live.told.is_back(entry.deed.by)
                live.applied = entry.place
                self._keep_token(live, before, entry)
                if live.session is not before:
                    live.receipt.add(entry.deed, entry.at, before, live.session)
                if before.state is not live.session.state:
                    ended_at = entry.at
        except Exception as error:  # what failed before the crash fails again
            _log.error("session dropped: %s", type(error).__name__)  # the text may hold content
            live.abandoned = True
        self._sessions[live.key] = live
        if live.is_over:
            self._forget_at(live, ended_at + ENDED_KEPT_S)
        elif live.session.agent:
            self._of_agent.setdefault(live.session.agent, set()).add(live.key)

    async def go_on(self, sessions: Iterable[Live]) -> None:
        """Let restored sessions go on: what has come due meanwhile is done, and their links are lost."""
        async with trio.open_nursery() as nursery:
            for live in sessions:
                nursery.start_soon(self._go_on, live)

    async def _go_on(self, live: Live) -> None:
        live.alarm_at = -inf  # no alarm rings for what is seen to here
        self._start_following(live)
        await self._expire_overdue(live)
        for party in (Party.CUSTOMER, Party.AGENT):
            losing = Deed(Party.SYSTEM, do.LoseLink(party))
            if step(live.session, losing, self._clock()).refusal is None:
                await self.put(live, losing)
        live.alarm_at = inf
        self._set_alarm(live)

    async def _expire_overdue(self, live: Live) -> None:
        """What should have expired while no server was there expires now, in its order."""
        done = None
        while (due := next_deadline(live.session)) not in (None, done):
            assert due is not None
            if due[0] > self._clock():
                return
            await self._expire(live, due[1])
            done = due

    async def follow_policy(self, name: str, policy: Policy) -> None:
        """A policy was put in force: the live sessions that follow it do so wherever it is stricter (MASK-11)."""
        async with trio.open_nursery() as nursery:
            for live in self._sessions.values():
                if live.session.policy_name == name and not live.is_over:
                    nursery.start_soon(self.tighten, live, policy)

    async def tighten(self, live: Live, policy: Policy) -> None:
        """Let one session follow a policy, where that changes anything."""
        if tightens(live.session.policy, policy):
            await self.put(live, Deed(Party.SYSTEM, do.FollowPolicy(policy)))

    def session(self, key: str) -> Live | None:
        """The session of this key, ended ones included until they are forgotten."""
        return self._sessions.get(key)

    def with_token(self, token: str) -> tuple[Live, Party] | None:
        """Whose token this is (SECURE-2)."""
        return self._tokens.get(hash_secret(token))

    def sessions_of(self, agent: Agent) -> list[Live]:
        """The sessions that this agent is in (JOIN-5)."""
        return [self._sessions[key] for key in self._of_agent.get(agent.agent, ())]

    async def shut_down(self) -> None:
        """End all sessions, for good, and tell their parties."""
        async with trio.open_nursery() as nursery:
            for live in self._sessions.values():
                if not live.is_over:
                    nursery.start_soon(self.put, live, Deed(Party.SYSTEM, do.ShutDown()))
        for live in self._sessions.values():
            for link in live.links.values():
                link.connection.close(GOING_AWAY, "the server stops")

    async def forget(self, live: Live) -> None:
        """Keep nothing of a session that is over, or never began."""
        self._sessions.pop(live.key, None)
        for token in live.tokens:
            self._tokens.pop(token, None)
        live.abandoned = True
        live.follower.cancel()
        await self._journal.forget(live.key)

    # Deeds

    async def act(self, live: Live, deed: Deed, cause: Cause) -> Refusal | None:
        """A party does something: append it, or answer why not.

        What the session as this server knows it already refuses is not appended: a party can only
        act on what it has seen, and it has seen no more than this.  Returns that refusal.
        """
        now = self._clock()
        outcome = step(live.session, deed, now)
        if outcome.refusal is None:
            live.foreseen = Foreseen(live.session, deed, now, outcome)
            await self.put(live, deed, cause, now)
            return None
        _answer(cause, outcome.refusal)
        return outcome.refusal

    async def put(self, live: Live, deed: Deed, cause: Cause | None = None, at: float | None = None) -> None:
        """Append a deed, done at a moment that has just been or else now, and come back when it has been applied."""
        coming = () if cause is None or cause.brings is None else (cause.brings.party,)
        mark = mark_of(next(self._marks), {*live.links, *coming})
        kept = b""
        if cause is not None:
            if cause.brings is not None and not isinstance(deed.action, do.Resume):
                cause = cause._replace(token=new_secret())
                kept = hash_secret(cause.token)
            self._causes[mark] = cause
        try:
            at = self._clock() if at is None else at
            entry = await self._journal.append(live.key, deed, at, mark, kept)
        except KeyError:  # over, and forgotten in the meantime
            self._causes.pop(mark, None)
            if cause is not None:
                _answer(cause, FORGOTTEN)
            return
        if self._journal.answers_at_once and not live.abandoned:
            try:
                self._apply(live, entry)
            except Exception as error:  # whatever it is, the other sessions must not feel it
                self._fail(live, error)
        while live.applied < entry.place and not live.abandoned:
            await live.waiting.park()

    def lose(self, link: Link) -> None:
        """A link is gone: the session that it carries is told."""
        link.gone = True
        live = link.live
        if live is None:
            return
        if live.links.get(link.party) is link:
            del live.links[link.party]
            if not live.is_over:
                self._nursery.start_soon(self._lost, live, link.party)

    async def _lost(self, live: Live, party: Party) -> None:
        await trio.lowlevel.checkpoint_if_cancelled()  # of a server that stops no party has lost its link
        if party not in live.links and not live.is_over:
            await self.put(live, Deed(Party.SYSTEM, do.LoseLink(party)))

    async def take_over(self, live: Live, party: Party) -> None:
        """A party is here again.  Its old link, if that still seems open, is lost first."""
        old = live.links.pop(party, None)
        if old is not None:
            old.live = None
            old.connection.close(TAKEN_OVER, "the session goes on over another link")
        session = live.session
        if not (session.customer_lost if party is Party.CUSTOMER else session.agent_lost):
            await self._lost(live, party)

    # Frames

    def relay(self, link: Link, frame: Frame, data: bytes) -> bool:
        """Pass a frame on as it is, or drop it without a word; True: it counts as activity now (STOP-7)."""
        live = link.live
        if live is None or live.links.get(link.party) is not link:
            return False
        session = live.session
        if refuse_frame(session, link.party, content=frame.kind == CONTENT, epoch=frame.epoch) is not None:
            return False
        to = live.links.get(Party.AGENT if link.party is Party.CUSTOMER else Party.CUSTOMER)
        if to is not None:
            to.connection.send_frame(data)
        return frame.by_hand and self._clock() >= live.stirred_at + _stir_every_s(session.policy)

    async def stir(self, live: Live) -> None:
        """A party is active without a deed that says so."""
        live.stirred_at = self._clock()
        await self.put(live, Deed(Party.SYSTEM, do.Stir()))

    # Applying the journal

    def _start_following(self, live: Live) -> None:
        """See to it that every entry from here on is applied."""
        if not self._journal.answers_at_once:  # else who appends applies it
            self._nursery.start_soon(self._follow, live, self._journal.follow(live.key, live.applied))

    async def _follow(self, live: Live, entries: AsyncGenerator[Entry, None]) -> None:
        """Apply every entry of one session, in order."""
        with live.follower:
            try:
                async with aclosing(entries):
                    async for entry in entries:
                        self._apply(live, entry)
                        live.waiting.unpark_all()
            except Exception as error:  # whatever it is, the other sessions must not feel it
                self._fail(live, error)
        live.abandoned = True
        live.waiting.unpark_all()

    def _fail(self, live: Live, error: Exception) -> None:
        """The session failed: its parties, its ID and its agent are free of it."""
        _log.error("session dropped: %s", type(error).__name__)  # the text may hold content
        was_over, live.abandoned = live.is_over, True
        for link in live.links.values():
            link.connection.close(INTERNAL_ERROR, "the session failed")
        if not was_over:
            self._retire(live)

    def _apply(self, live: Live, entry: Entry) -> None:
        cause = self._causes.pop(entry.mark, None)
        before = live.session
        foreseen, live.foreseen = live.foreseen, None
        if foreseen is not None and foreseen.is_of(before, entry):
            outcome = foreseen.outcome
        else:
            outcome = step(before, entry.deed, entry.at)
        live.session = outcome.session
        live.applied = entry.place
        if outcome.refusal is not None:
            if cause is not None:
                _answer(cause, outcome.refusal)
            return  # nothing has changed, the next deadline neither
        live.receipt.add(entry.deed, entry.at, before, live.session)
        self._keep_token(live, before, entry)
        if cause is not None and cause.brings is not None:
            self._bring(live, before, entry.deed, cause.brings)
        self._tell(live, outcome.notices, cause)
        if live.is_over and before.state is not State.ENDED:
            self._retire(live)
        self._set_alarm(live)

    def _bring(self, live: Live, before: Session, deed: Deed, link: Link) -> None:
        """A party has come, or come back, over this link."""
        if isinstance(deed.action, do.Say) and live.session.agent == before.agent:
            return  # a message that brought nobody
        if link.live is not None and link.live.links.get(link.party) is link:
            del link.live.links[link.party]
        link.live = live
        live.links[link.party] = link
        if link.party is Party.AGENT:
            self._of_agent.setdefault(live.session.agent, set()).add(live.key)
        if link.gone:
            self.lose(link)

    def _tell(self, live: Live, notices: tuple[Notice, ...], cause: Cause | None) -> None:
        for notice in notices:
            if notice.to is Party.CONTROLLER:
                self._tell_controllers(live, notice, cause)
                continue
            link = live.links.get(notice.to)
            if link is not None and isinstance(notice.see, see.Restored):
                self._tell_party(live, link, notice.see, cause)
                self._tell_again(live, link, cause)
                continue
            told = live.told[notice.to]
            number = told.add(notice.see, live.session)
            if link is not None:
                told.sent = number or told.sent
                self._tell_party(live, link, notice.see, cause, number)

    def _tell_again(self, live: Live, link: Link, cause: Cause | None) -> None:
        """What was on its way when the link broke, or came up when there was none (RESUME-2)."""
        told = live.told[link.party]
        for kept in told.after(cause.after if cause is not None else None):
            link.tell(kept.seen, n=kept.n, epoch=kept.epoch, notice=kept.number)
        told.sent = told.number

    def _tell_party(
        self, live: Live, link: Link, seen: Observation, cause: Cause | None, number: int = 0
    ) -> None:
        n, epoch = live.session.n, live.session.epoch
        re = cause.number if cause is not None and cause.link is link else 0
        party = link.party
        if party is Party.CUSTOMER and isinstance(seen, see.Started | see.Restored | see.PolicyChanged):
            link.tell(policy_given(live.session.policy), n=n, epoch=epoch, re=re)
        link.tell(seen, n=n, epoch=epoch, re=re, notice=number)
        comes = isinstance(seen, see.Started) or (isinstance(seen, see.Joined) and party is Party.AGENT)
        if comes and cause is not None and cause.token:
            link.tell(see.TokenIssued(cause.token), n=n, epoch=epoch, re=re)

    def _tell_controllers(self, live: Live, notice: Notice, cause: Cause | None) -> None:
        for link, opened_by in live.controllers.items():
            re = cause.number if cause is not None and cause.link is link else opened_by
            link.tell(notice.see, n=live.session.n, epoch=live.session.epoch, re=re)

    def _keep_token(self, live: Live, before: Session, entry: Entry) -> None:
        """The token that came with the entry is good, if the entry brought a party in."""
        party = _newcomer(before, live.session)
        if party is not None and entry.token:
            live.tokens.append(entry.token)
            self._tokens[entry.token] = live, party

    # Time

    def _set_alarm(self, live: Live) -> None:
        """See to it that somebody looks at the session when its next deadline has come."""
        deadline = next_deadline(live.session)
        if deadline is not None and deadline[0] < live.alarm_at:
            live.alarm_at = deadline[0]
            live.alarm.cancel()
            live.alarm = self.alarms.set(deadline[0], lambda: self._ring(live))

    def _ring(self, live: Live) -> None:
        live.alarm_at = inf
        deadline = next_deadline(live.session)
        if deadline is not None and deadline[0] <= self._clock():
            self._nursery.start_soon(self._expire, live, deadline[1])
        else:
            self._set_alarm(live)

    async def _expire(self, live: Live, timer: Timer) -> None:
        await self.put(live, Deed(Party.SYSTEM, do.Expire(timer)))

    def _retire(self, live: Live) -> None:
        mine = self._of_agent.get(live.session.agent)
        if mine is not None:
            mine.discard(live.key)
            if not mine:
                del self._of_agent[live.session.agent]
        live.alarm.cancel()
        self._ended(live)
        self._forget_at(live, self._clock() + ENDED_KEPT_S)

    def _forget_at(self, live: Live, at: float) -> None:
        self.alarms.set(at, lambda: self._nursery.start_soon(self.forget, live))


def _newcomer(before: Session, after: Session) -> Party | None:
    """Whom a deed brought into the session for the first time."""
    if before.state is State.UNSTARTED and after.state is not State.UNSTARTED:
        return Party.CUSTOMER
    return Party.AGENT if after.agent != before.agent else None


def _answer(cause: Cause, refusal: Refusal) -> None:
    if cause.refused is not None:
        cause.refused(refusal)
    elif cause.link is not None:
        cause.link.refuse(refusal, cause.number)


def _stir_every_s(policy: Policy) -> float:
    """How often frames count as activity; never where inactivity is not watched."""
    limit_s = policy.timers.inactivity_s
    return min(STIR_EVERY_S, limit_s * STIR_SHARE) if limit_s > 0 else inf

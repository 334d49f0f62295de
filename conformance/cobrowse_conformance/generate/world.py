"""The world of one story as the machine has it: who has a link to what, and what everybody will see.

:meth:`World.play` plays one move on the rulebook's machine, with the suite's own scripted parties at the
links (a customer that sends and carries out everything, agents that obey nothing), and tells what each of
them sees.  Around the machine stands what the protocol says of links that carry no session: who may start
and join, what chats do, who comes back with which token.

Everything that a move causes is over before the next.  Which moves make sense is :mod:`.sense`'s to say.

Order: what came of a move, the parties, the world: what is answered, filling in, playing, the server, the
customer's client, time.
"""

from collections import deque
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import msgspec
from cobrowse_simulator.acts import Fill
from cobrowse_simulator.browser import Browser, mirrored
from cobrowse_simulator.client import Facts, learn
from cobrowse_simulator.mirror import changed
from cobrowse_simulator.restrictions import compiled
from cobrowse_spec import actions as do
from cobrowse_spec import observations as see
from cobrowse_spec.actions import AnyAction, Deed
from cobrowse_spec.observations import AnyObservation
from cobrowse_spec.policy import Policy, capabilities
from cobrowse_spec.refusals import Refusal
from cobrowse_spec.sentences import TIMERS
from cobrowse_spec.session import (
    Column,
    Notice,
    Session,
    State,
    column,
    mode_of,
    next_deadline,
    refuse_frame,
    start_message,
    step,
)
from cobrowse_spec.stories import (
    AGENT,
    CONTACT_CENTRE,
    CUSTOMER,
    DISPLAY_NAMES,
    EARLIER_REQUEST,
    ROLES,
    SESSION_ID,
    CutLink,
    LetPass,
    Perform,
    Role,
)
from cobrowse_spec.terms import InteractionKind, Mode, Party, Reason, Timer
from cobrowse_spec.trace import Event, Header, Recorder
from msgspec.structs import replace

from ..venues import SITE_ORIGIN
from .pages import published, published_of, site
from .story import Move

#: When every story begins, on its clock, in seconds.
BEGIN_S: Final = 1024.0

#: How much later than its deadline a timer is noticed, in seconds: no comparison hangs on rounding.
_LATE_S: Final = 2.0**-10

#: Who sees what is told to a party that is no agent.
_WHO: Final = {Party.CUSTOMER: CUSTOMER.who, Party.CONTROLLER: CONTACT_CENTRE.who}

_OUT_OF_TURN: Final = Refusal("SECURE-4", Reason.OUT_OF_TURN)
_NO_INTERACTION: Final = Refusal("START-8", Reason.NO_INTERACTION)
_NO_SUCH_SESSION: Final = Refusal("JOIN-6", Reason.NO_SUCH_SESSION)
_AGENT_BUSY: Final = Refusal("JOIN-5", Reason.AGENT_BUSY)
_WRONG_TOKEN: Final = Refusal("SECURE-2", Reason.WRONG_TOKEN)
_ENDED: Final = Refusal("STOP-5", Reason.SESSION_ENDED)


# What came of a move


class Met(NamedTuple):
    """What a party's deed met: a cell of the machine, or what stands before a session."""

    state: State
    column: Column
    by: Party
    #: The refusal's, or empty where it was accepted.
    rule: str = ""
    reason: str = ""


class Turn(NamedTuple):
    """What comes of a move."""

    #: What each party sees, in order.
    seen: dict[str, list[AnyObservation]]
    met: Met | None
    #: The state of the newest session before it and after it.
    before: State
    after: State
    #: Whether that session had been suspended before.
    resumed: bool


class Seat:
    """A party, and what is at the other end of its link."""

    def __init__(self, role: Role) -> None:
        self.role = role
        #: Whether it has ever had a link, and whether it has one now.
        self.came = False
        self.linked = False
        #: The session that its link carries, by number; and the one that its token is for.
        self.carries: int | None = None
        self.token: int | None = None
        #: What the trace calls the session that it is in.
        self.alias = ""
        #: What the party's client knows (:mod:`cobrowse_simulator.client`).
        self.facts = Facts()
        self.epoch = 0
        self.page = ""
        #: The places at which Write Mode began and at which it joined, for what it sends late.
        self.wrote: list[int] = []
        self.joined_at = 0


class World:
    """One chat or call, its sessions, and everybody's links, on the machine's word."""

    def __init__(self, policy: Policy, kind: InteractionKind) -> None:
        self.now = BEGIN_S
        self.policy = policy
        self.kind = kind
        self.open = True
        self.sessions: list[Session] = []
        self.seats = {who: Seat(role) for who, role in ROLES.items()}
        #: Who has lost its link without anybody's noticing: nothing else can come before it is back.
        self.unnoticed = ""
        #: Wrong session IDs so far, which a target throttles.
        self.wrong_joins = 0
        #: Whether time has passed since the timer that runs was started.
        self.halved = False
        self._resumed = False
        self._browser = Browser(site(), f"{SITE_ORIGIN}/apply")
        self._said_left = False
        self._pages = 0
        self._published: dict[str, do.Element] = {}
        self._numbers = 0
        self._inbox: deque[tuple[AnyObservation, int]] = deque()
        self._seen: dict[str, list[AnyObservation]] = {}
        self._met: Met | None = None
        self._recorder = Recorder(self._header(), lambda: self.now, key=b"world")
        self._meet()

    @property
    def header(self) -> Header:
        """The header of its trace."""
        return self._recorder.header

    def listen(self, listener: Callable[[Event], None]) -> None:
        """Let somebody hear of every event of its trace: of those so far now, of others as they come."""
        for event in self._recorder.events:
            listener(event)
        self._recorder.listen(listener)

    def _header(self) -> Header:
        declared = {key: float(value) for key, value in msgspec.structs.asdict(self.policy.timers).items()}
        return Header(
            clock="virtual",
            declared={**declared, "sessions_per_agent": 1.0},
            capabilities=capabilities(self.policy),
            site=self.policy.site,
            denied=self.policy.deny_urls,
            write_mode=self.policy.write_mode,
        )

    def _meet(self) -> None:
        for role in (CONTACT_CENTRE, AGENT):
            self._come(self.seats[role.who])
        self._recorder.did(CONTACT_CENTRE.party, CONTACT_CENTRE.who, do.OpenInteraction(self.kind))

    def _come(self, seat: Seat) -> None:
        """A party opens a link, and says who it is if it has to."""
        seat.came = seat.linked = True
        if seat.role.party is not Party.CUSTOMER:
            self._recorder.did(seat.role.party, seat.role.who, do.SignIn(""))
            name = DISPLAY_NAMES.get(seat.role.who, "")
            self._recorder.saw(seat.role.party, seat.role.who, see.Welcome(name))

    # What can happen

    @property
    def session(self) -> Session:
        """The newest session, or one of which nothing has happened yet."""
        return self.sessions[-1] if self.sessions else self._nowhere("")

    @property
    def watching(self) -> list[str]:
        """Everybody who has a link and so can see something."""
        return [who for who, seat in self.seats.items() if seat.linked]

    # What is answered

    def refusal(self, deed: Perform) -> Refusal | None:
        """Why a deed is refused, or None where it is accepted.  Nothing happens."""
        seat = self.seats[deed.role.who]
        match deed.action:
            case do.Act() if deed.role.party is Party.CUSTOMER:
                return None
            case do.Resume():
                return self._refusal_of_resuming(seat)
            case do.Start() if deed.role.party is Party.CUSTOMER and self._starts_anew(seat):
                return None if self.open else _NO_INTERACTION
            case do.MovePointer() | do.Mirror() as frame:
                epoch = self._epoch(seat, frame, late=deed.late)
                content = isinstance(frame, do.Mirror)
                session = self._carried(seat)
                if deed.role.party is Party.AGENT and session.agent != deed.role.who:
                    return _WRONG_TOKEN
                return refuse_frame(session, deed.role.party, content=content, epoch=epoch)
            case _:
                return self._answer(seat, self._filled(seat, deed))

    def state_after(self, deed: Perform) -> State:
        """The state in which an accepted deed leaves the newest session, as far as that is easy to say."""
        session = self._carried(self.seats[deed.role.who])
        if deed.role.party is Party.CONTROLLER:
            session = self.session
        action = deed.action
        if isinstance(action, do.Resume | do.Start | do.Act | do.MovePointer | do.Mirror):
            return session.state
        if isinstance(action, do.Join):
            return State.POINTER
        made = self._deed(self.seats[deed.role.who], self._filled(self.seats[deed.role.who], deed))
        return step(session, made, self.now).session.state

    def _answer(self, seat: Seat, action: AnyAction) -> Refusal | None:
        """What the server says to a message, before anything happens."""
        party = seat.role.party
        if party is Party.CONTROLLER:
            return self._answer_to_controller(action)
        if isinstance(action, do.Join) and party is Party.AGENT:
            return self._refusal_of_joining(seat)
        return step(self._carried(seat), self._deed(seat, action), self.now).refusal

    def _answer_to_controller(self, action: AnyAction) -> Refusal | None:
        if Party.CONTROLLER not in action.performers:
            return Refusal(action.guarded_by, action.refused_as)
        if not self.open:
            return _NO_INTERACTION
        if isinstance(action, do.StopSession) and self._live() is None:
            return _ENDED if self.sessions else _OUT_OF_TURN
        return None

    def _refusal_of_joining(self, seat: Seat) -> Refusal | None:
        if seat.carries is not None and self.sessions[seat.carries].state is not State.ENDED:
            return _AGENT_BUSY
        live = self._live()
        if live is None:
            return _NO_SUCH_SESSION
        joining = Deed(Party.AGENT, do.Join(live.session_id), seat.role.who)
        return step(live, joining, self.now).refusal

    def _refusal_of_resuming(self, seat: Seat) -> Refusal | None:
        if seat.token is None:
            return _WRONG_TOKEN
        return _ENDED if self.sessions[seat.token].state is State.ENDED else None

    def _live(self) -> Session | None:
        """The newest session, unless it is over."""
        if not self.sessions or self.session.state is State.ENDED:
            return None
        return self.session

    def _starts_anew(self, seat: Seat) -> bool:
        return seat.carries is None or self.sessions[seat.carries].state is State.ENDED

    def _carried(self, seat: Seat) -> Session:
        who = seat.role.who if seat.role.party is Party.AGENT else ""
        return self._nowhere(who) if seat.carries is None else self.sessions[seat.carries]

    def _nowhere(self, agent: str) -> Session:
        """What a link that carries no session meets: the machine before any start."""
        return Session("", self.policy, agent=agent)

    def _deed(self, seat: Seat, action: AnyAction) -> Deed:
        role = seat.role
        if role.party is not Party.AGENT:
            return Deed(role.party, action)
        return Deed(role.party, action, role.who, DISPLAY_NAMES[role.who])

    # Filling in, as the clients do

    def _filled(self, seat: Seat, deed: Perform) -> AnyAction:
        filled: AnyAction = self._with_what_it_knows(seat, deed)
        return filled

    def _with_what_it_knows(self, seat: Seat, deed: Perform) -> Any:
        action: Any = deed.action
        match action:
            case do.Join():
                return do.Join(self.session.session_id)
            case do.Approve(request="") | do.Deny(request="") | do.Withdraw(request=""):
                return replace(action, request=seat.facts.request)
            case do.Approve() | do.Deny() | do.Withdraw() if action.request == EARLIER_REQUEST:
                return replace(action, request=self._earlier_request())
            case do.Act() if seat.role.party is Party.AGENT:
                epoch = seat.wrote[-2] if deed.late and len(seat.wrote) > 1 else seat.epoch
                return replace(action, page=seat.page, epoch=epoch)
            case do.Request() if action.scope and seat.role.party is Party.AGENT:
                return replace(action, page=seat.page)
            case do.Say():
                return replace(action, text=self._with_session_id(action.text), interaction="i1")
            case do.StopSession() | do.EndInteraction():
                return replace(action, interaction="i1")
            case _:
                return action

    def _with_session_id(self, text: str) -> str:
        return text.replace(SESSION_ID, self.session.session_id)

    def _earlier_request(self) -> str:
        asked = self.session.requests
        return f"r{asked - 1}" if asked > 1 else "none"

    def _epoch(self, seat: Seat, frame: do.MovePointer | do.Mirror, *, late: bool) -> int:
        return seat.joined_at if late else seat.epoch

    # Playing

    def play(self, move: Move) -> Turn:
        """Play a move that can be played; what comes of it."""
        self._seen, self._met = {}, None
        before, resumed = self.session.state, self._resumed
        if move.timer:
            self._run_out(Timer(TIMERS[move.timer].removesuffix("_s")))
        else:
            self._play(move)
        self._settle()
        return Turn(self._seen, self._met, before, self.session.state, resumed)

    def _play(self, move: Move) -> None:
        match move.step:
            case Perform() as deed:
                self._perform(deed)
            case CutLink(role=role):
                self._cut(self.seats[role.who])
            case LetPass(timer=timer, part=part):
                self.now += part * float(getattr(self.policy.timers, timer))
                self.halved = True
            case unknown:
                raise AssertionError(f"no move: {unknown}")

    def _perform(self, deed: Perform) -> None:
        seat = self.seats[deed.role.who]
        if isinstance(deed.action, do.Resume):
            self._come_back(seat)
        else:
            if not seat.came:
                self._come(seat)
            if isinstance(deed.action, do.Start) and deed.role.party is Party.CUSTOMER and seat.facts.ended:
                self._new_link(seat)
            self._do(seat, deed)
        self._settle()
        if seat.linked:
            self._fence(seat)

    def _new_link(self, seat: Seat) -> None:
        """A customer that starts once more does so on a new link, with a client that knows nothing."""
        seat.facts, seat.epoch, seat.carries, seat.token = Facts(), 0, None, None
        self._said_left = False

    def _do(self, seat: Seat, deed: Perform) -> None:
        match deed.action:
            case do.Act() as act if deed.role.party is Party.CUSTOMER:
                self._use_page(act)
            case do.MovePointer() | do.Mirror() as frame:
                self._send_frame(seat, frame, self._epoch(seat, frame, late=deed.late))
            case _:
                self._client_does(seat, deed.action)
                self._send(seat, self._filled(seat, deed))

    def _client_does(self, seat: Seat, action: AnyAction) -> None:
        """What a customer's client does of itself with what it sends."""
        if seat.role is not CUSTOMER:
            return
        if isinstance(action, do.LeaveSite):
            self._browser.leave()
            self._said_left = seat.facts.joined
        elif isinstance(action, do.ReturnToSite):
            self._browser.come_back()
            self._said_left = False

    # The server, before and beside sessions

    def _send(self, seat: Seat, action: AnyAction) -> None:
        """A message arrives."""
        party, who = seat.role
        self._numbers += 1
        number = self._numbers
        self._recorder.did(party, who, action, re=number, session=seat.alias)
        starts = isinstance(action, do.Start) and party is Party.CUSTOMER and self._starts_anew(seat)
        refusal = (None if self.open else _NO_INTERACTION) if starts else self._answer(seat, action)
        self._note(seat, action, refusal)
        if refusal is not None:
            if isinstance(action, do.Join) and party is Party.AGENT and refusal is not _AGENT_BUSY:
                self.wrong_joins += 1
            self._tell(seat, refusal.as_seen(), 0, number)
        elif starts:
            self._start(seat, number)
        elif party is Party.CONTROLLER:
            self._do_as_controller(action, number)
        elif isinstance(action, do.Join):
            self._join(seat, self._deed(seat, action), number)
        else:
            assert seat.carries is not None
            self._apply(seat.carries, self._deed(seat, action), seat, number)

    def _note(self, seat: Seat, action: AnyAction, refusal: Refusal | None) -> None:
        if self._met is None:
            state = self.session.state
            rule, reason = ("", "") if refusal is None else (refusal.rule, str(refusal.reason))
            self._met = Met(state, column(action), seat.role.party, rule, reason)

    def _start(self, seat: Seat, number: int) -> None:
        self.sessions.append(Session(f"{len(self.sessions) + 1:09}", self.policy, interaction="i1"))
        self._resumed = False
        index = len(self.sessions) - 1
        seat.carries = seat.token = index
        self._apply(index, Deed(Party.CUSTOMER, do.Start("i1")), seat, number)
        if self.kind is InteractionKind.CHAT:
            self._post(do.Say(start_message(self.session.session_id), Party.SYSTEM, "i1"))

    def _join(self, seat: Seat, deed: Deed, number: int) -> None:
        seat.carries = seat.token = len(self.sessions) - 1
        self._apply(seat.carries, deed, seat, number)

    def _do_as_controller(self, action: AnyAction, number: int) -> None:
        match action:
            case do.Say():
                self._post(action)
            case do.StopSession():
                self._apply(len(self.sessions) - 1, Deed(Party.CONTROLLER, action), None, number)
            case do.EndInteraction():
                self.open = False
                if self._live() is not None:
                    self._apply(len(self.sessions) - 1, Deed(Party.CONTROLLER, action), None, number)
                self._tell(self.seats[CONTACT_CENTRE.who], see.InteractionEnded("i1"), 0, number)
            case unknown:
                raise AssertionError(f"nothing that a contact centre does: {unknown}")

    def _post(self, message: do.Say) -> None:
        """A message in the chat, which may bring the agent in (START-3, START-4)."""
        agent = self.seats[AGENT.who]
        said = see.Said("i1", message.author, message.text)
        self._tell(self.seats[CONTACT_CENTRE.who], said, 0, 0)
        if agent.linked:
            self._tell(agent, said, 0, 0)
        live = self._live()
        free = agent.linked and (agent.carries is None or self.sessions[agent.carries].state is State.ENDED)
        if live is None or (live.state is State.PENDING and not free):
            return
        deed = Deed(Party.CONTROLLER, message, AGENT.who, DISPLAY_NAMES[AGENT.who])
        if step(live, deed, self.now).refusal is None:
            if live.state is State.PENDING:
                agent.carries = agent.token = len(self.sessions) - 1
            self._apply(len(self.sessions) - 1, deed, None, 0)

    def _come_back(self, seat: Seat) -> None:
        """Open a new link and resume on it; what is left of the old one is lost first."""
        if not seat.came:
            self._come(seat)
        party, who = seat.role
        refusal = self._refusal_of_resuming(seat)
        self._note(seat, do.Resume(), refusal)
        self._numbers += 1
        number = self._numbers
        self._recorder.did(party, who, do.Resume(), re=number, session=seat.alias)
        was_linked, seat.linked, seat.carries = seat.linked, False, None
        self.unnoticed = ""
        if refusal is None and was_linked:
            assert seat.token is not None
            losing = Deed(Party.SYSTEM, do.LoseLink(party))
            if step(self.sessions[seat.token], losing, self.now).refusal is None:
                self._apply(seat.token, losing, None, 0)
        seat.linked = True
        if refusal is not None:
            self._tell(seat, refusal.as_seen(), 0, number)
            return
        assert seat.token is not None
        self._resumed = True
        seat.carries = seat.token
        self._apply(seat.token, self._deed(seat, do.Resume()), seat, number)

    # The server, in a session

    def _apply(self, index: int, deed: Deed, by: Seat | None, number: int) -> None:
        """Decide a deed on the machine, and tell whom it concerns."""
        session = self.sessions[index]
        outcome = step(session, deed, self.now)
        assert outcome.refusal is None, f"{deed.action} is refused: {outcome.refusal}"
        self.sessions[index] = outcome.session
        if self.sessions[index].deadlines != session.deadlines:
            self.halved = False
        if session.state is State.SUSPENDED and outcome.session.state is State.POINTER:
            self._resumed = True
        for notice in outcome.notices:
            self._notify(index, notice, by, number)

    def _notify(self, index: int, notice: Notice, by: Seat | None, number: int) -> None:
        seat = self.seats[self.holder(notice.to, index)]
        if not seat.linked:
            return
        seen: Any = notice.see
        if isinstance(seen, see.Started | see.Restored) and seat.role is CUSTOMER:
            self._inbox.append((see.PolicyGiven(msgspec.Raw(b"{}")), self.sessions[index].epoch))
        if isinstance(seen, see.Started | see.Joined):
            seat.alias = f"s{index + 1}"
        if notice.to is Party.CONTROLLER:
            seat.alias = f"s{index + 1}"
        self._tell(seat, seen, self.sessions[index].n, number if seat is by else 0)

    def holder(self, party: Party, index: int = -1) -> str:
        """Who is the customer, or the agent, of a session, by default the newest; or the contact centre."""
        return self.sessions[index].agent if party is Party.AGENT else _WHO[party]

    def _tell(self, seat: Seat, seen: Any, n: int, number: int) -> None:
        """A party sees something; a customer's client reacts when its turn comes."""
        party, who = seat.role
        carried = self._carried(seat)
        seat.epoch = max(seat.epoch, carried.epoch)
        self._seen.setdefault(who, []).append(seen)
        self._recorder.saw(party, who, seen, re=number, n=n, session=seat.alias)
        if party is Party.CUSTOMER:
            self._inbox.append((seen, carried.epoch))
            return
        seat.facts = learn(seat.facts, seen, carried.epoch)
        match seen:
            case see.InMode(mode=Mode.WRITE):
                seat.wrote.append(n)
            case see.Joined():
                seat.joined_at = n
            case see.PageShown():
                seat.page = seen.page
            case _:
                pass

    def _fence(self, seat: Seat) -> None:
        """The party's fence: the mark that everything so far has arrived."""
        party, who = seat.role
        self._numbers += 1
        mark = do.Fence(f"f{self._numbers}")
        self._recorder.did(party, who, mark, re=self._numbers, session=seat.alias)
        passed = see.FencePassed(mark.fence)
        if party is Party.CONTROLLER or seat.carries is None:
            self._recorder.saw(party, who, passed, re=self._numbers, session=seat.alias)
            return
        index = seat.carries
        outcome = step(self.sessions[index], self._deed(seat, mark), self.now)
        if outcome.refusal is not None:
            return
        self.sessions[index] = outcome.session
        for notice in outcome.notices:
            to = self.seats[self.holder(notice.to, index)]
            if to.linked and to.carries == index:
                re = self._numbers if to is seat else 0
                self._recorder.saw(*to.role, passed, re=re, n=outcome.session.n, session=to.alias)

    def _send_frame(
        self, seat: Seat, frame: do.MovePointer | do.Mirror, epoch: int, *, by_hand: bool = True
    ) -> None:
        """A frame is relayed, or dropped without a word; what a hand caused is activity (STOP-7)."""
        party, who = seat.role
        content = isinstance(frame, do.Mirror)
        sent = replace(frame, epoch=epoch)
        if isinstance(sent, do.Mirror):
            self._numbers += 1
            sent = replace(sent, digest=f"d{self._numbers}")
        self._recorder.did(party, who, sent, session=seat.alias)
        session = self._carried(seat)
        refusal = refuse_frame(session, party, content=content, epoch=epoch)
        self._note(seat, frame, refusal)
        if refusal is not None or seat.carries is None:
            return
        other = self.seats[AGENT.who if party is Party.CUSTOMER else CUSTOMER.who]
        if party is Party.CUSTOMER:
            other = self.seats[session.agent]
        if other.linked:
            shown: see.Content | see.PointerAt = (
                see.Content(sent.digest) if isinstance(sent, do.Mirror) else see.PointerAt(sent.x, sent.y)
            )
            self._seen.setdefault(other.role.who, []).append(shown)
            self._recorder.saw(*other.role, shown, session=other.alias)
        if by_hand:
            self.sessions[seat.carries] = step(session, Deed(Party.SYSTEM, do.Stir()), self.now).session

    # The customer's client

    def _settle(self) -> None:
        """The customer's client takes what has come, one by one, and reacts to each."""
        customer = self.seats[CUSTOMER.who]
        while self._inbox:
            seen, epoch = self._inbox.popleft()
            if not customer.linked:
                continue
            customer.facts = learn(customer.facts, seen, epoch)
            self._react(customer, seen)

    def _react(self, customer: Seat, seen: AnyObservation) -> None:
        match seen:
            case see.PolicyGiven() if customer.facts.flows:
                self._show_page()
            case see.Joined():
                customer.joined_at = self.session.n
                self._show_page()
            case see.Resumed():
                self._show_page()
            case see.Restored() if customer.facts.flows:
                self._show_page()
            case see.Restored() if self._said_left and customer.facts.suspended:
                self._said_left = False
                self._send(customer, do.ReturnToSite())
            case see.Acted():
                act = seen.do
                self._carry_out(act, Party.AGENT)
                if customer.facts.flows:
                    self._send(customer, do.Report(seen.act))
            case _:
                pass

    def _use_page(self, act: do.Act) -> None:
        customer = self.seats[CUSTOMER.who]
        self._recorder.did(Party.CUSTOMER, CUSTOMER.who, act, session=customer.alias)  # type: ignore[arg-type] # an Act is always one of AnyAct
        self._note(customer, act, None)  # type: ignore[arg-type] # as above
        self._carry_out(act, Party.CUSTOMER)

    def _carry_out(self, act: do.Act, by: Party) -> None:
        """Carried out without asking, as a recording customer does."""
        before = self._browser.page
        element = before.find(act.element) if act.element else None
        changes = self._browser.carry_out(self._browser.plan(act, element), by)
        if self._browser.page is not before or any(change.what == "page" for change in changes):
            self._show_page(by_hand=by is Party.CUSTOMER)
            return
        effects = mirrored(changes)
        if effects and changed(before, compiled(self.policy).on(before), effects, 0):
            customer = self.seats[CUSTOMER.who]
            self._send_frame(customer, do.Mirror(), customer.epoch, by_hand=by is Party.CUSTOMER)
        for effect in effects:
            if isinstance(effect, Fill):
                self._show_elements(effect)

    def _show_elements(self, fill: Fill) -> None:
        """What has come and gone of what can be acted on; what takes the place of its like has come as well."""
        customer, page = self.seats[CUSTOMER.who], self._browser.page
        if customer.carries is None:
            return
        filled = {page.name_of(element) for element in fill.element.iter()}
        now = {one.ref: one for one in published_of(page, self.policy)}
        come = tuple(one for ref, one in now.items() if ref in filled or ref not in self._published)
        gone = tuple(ref for ref in self._published if ref not in now)
        self._published = now
        if come or gone:
            self._send(customer, do.ShowElements(f"p{self._pages}", come, gone))

    def _show_page(self, *, by_hand: bool = False) -> None:
        customer = self.seats[CUSTOMER.who]
        if customer.carries is None:
            return
        if self._said_left and not customer.facts.ended:
            self._said_left = False
            self._send(customer, do.ReturnToSite())
            return
        self._pages += 1
        page = self._browser.page
        filled = page.is_filled
        elements = (
            published_of(page, self.policy) if filled else published(page.source, page.url, self.policy)
        )
        self._published = {element.ref: element for element in elements}
        self._send(customer, do.ShowPage(f"p{self._pages}", page.address, elements))
        self._send_frame(customer, do.Mirror(), customer.epoch, by_hand=by_hand)

    # Links and time

    def _cut(self, seat: Seat) -> None:
        assert seat.carries is not None
        party, who = seat.role
        losing = do.LoseLink(party)
        self._recorder.did(Party.SYSTEM, "system", losing, session=seat.alias)
        seat.linked, index, seat.carries = False, seat.carries, None
        self._met = Met(self.session.state, do.LoseLink, Party.SYSTEM)
        self._apply(index, Deed(Party.SYSTEM, losing), None, 0)
        if not self._seen:
            self.unnoticed = who

    def _run_out(self, timer: Timer) -> None:
        self.now = max(self.now, getattr(self.session.deadlines, timer)) + _LATE_S
        self._met = Met(self.session.state, timer, Party.SYSTEM)
        self.unnoticed = ""
        self._apply(len(self.sessions) - 1, Deed(Party.SYSTEM, do.Expire(timer)), None, 0)

    def mode(self) -> Mode:
        """The mode of the newest session."""
        return mode_of(self.session)

    def due(self) -> tuple[float, Timer] | None:
        """The next deadline of the newest session."""
        return next_deadline(self.session)

"""The cast: the parties of one story, each on a link of its own.

A :class:`Cast` gives every role of a story a client as the story needs it: customers when they start
a session, agents and the contact centre when a chat or call begins.  It knows the links' order: with
:meth:`Cast.settle` everything that was caused has arrived.
"""

import contextlib
import itertools
import secrets
from collections.abc import Callable, Collection, Mapping
from typing import ClassVar, Final

import trio
from cobrowse_simulator.agent import Agent, BareAgent
from cobrowse_simulator.browser import Browser
from cobrowse_simulator.client import Client
from cobrowse_simulator.customer import Customer, RecordingCustomer
from cobrowse_simulator.links import Link, LinkClosed, LinkRefused
from cobrowse_simulator.sites import bank_site
from cobrowse_spec import actions as do
from cobrowse_spec import observations as see
from cobrowse_spec.actions import AnyAction
from cobrowse_spec.receipt import Broken, NoReceipt, Verified, split, verify
from cobrowse_spec.stories import CONTACT_CENTRE, CUSTOMER, DISPLAY_NAMES, ROLES, Expect, Meet, Role, Step
from cobrowse_spec.terms import InteractionKind, Mode, Party
from cobrowse_spec.trace import Event, Recorder
from cobrowse_spec.wire.messages import FromParty, ToParty, encode
from msgspec.structs import replace
from typing_extensions import override

from .players import NoAnswer
from .tap import Tap
from .venues import ALWAYS_SECRET, SITE_ORIGIN, UNREADABLE, Declared, Venue, fields_in, policy, policy_text

#: Seconds that a target has to let a fence pass, to answer, or to notice that a link has broken.
PATIENCE_S: Final = 3.0


#: Numbers of the messages that end a story, after any that the story itself uses.
_LAST_NUMBERS: Final = 1_000_000
#: Numbers of requests by REST, which are no messages.
_FIRST_REQUEST: Final = 2_000_000


class Controller(Client):
    """The contact centre's desktop."""

    party: ClassVar[Party] = Party.CONTROLLER

    def __init__(
        self, link: Link, recorder: Recorder, who: str, find_sessions: Callable[[str], list[str]]
    ) -> None:
        super().__init__(link, recorder, who)
        #: The newest interaction and its customer's token.
        self.opened: see.InteractionOpened | None = None
        #: Finds the sessions of an interaction, in the order in which they began.
        self._find_sessions = find_sessions
        #: Of which sessions the end has been told.
        self._over: set[str] = set()
        #: Which interaction each message was about.
        self._about: dict[int, str] = {}

    @override
    async def perform(self, action: do.Action) -> int:
        number = await super().perform(action)
        if isinstance(action, do.Say | do.EndInteraction | do.StopSession):
            self._about[number] = action.interaction
        return number

    @override
    async def _take_message(self, message: ToParty) -> None:
        if isinstance(message.see, see.InteractionOpened):
            self._about[message.re] = message.see.interaction
        sessions = self._find_sessions(self._about.get(message.re, ""))
        if isinstance(message.see, see.Ended):  # it may come after the customer has begun the next one
            sessions = [one for one in sessions if one not in self._over][:1] or sessions[-1:]
            self._over.update(sessions)
        self.session = sessions[-1] if sessions else ""
        await super()._take_message(message)

    @override
    async def _react(self, message: ToParty) -> None:
        if isinstance(message.see, see.InteractionOpened):
            self.opened = message.see

    @override
    def _saw(self, seen: see.AnyObservation, *, re: int = 0, n: int = 0) -> None:
        if isinstance(seen, see.InteractionOpened):
            seen = replace(seen, customer_token="")  # a token is nothing for a trace
        super()._saw(seen, re=re, n=n)


class Watch:
    """Waits for events of a trace as they are recorded."""

    def __init__(self, recorder: Recorder) -> None:
        self.events = recorder.events
        self._waiting = trio.lowlevel.ParkingLot()
        recorder.listen(self._saw)

    def _saw(self, event: Event) -> None:
        self.ring()

    def ring(self) -> None:
        """Look again whether what is waited for holds: something that is no event has changed."""
        self._waiting.unpark_all()

    async def until(self, holds: Callable[[], bool], within_s: float, what: str) -> None:
        """Return as soon as the condition holds; raises :class:`NoAnswer` after ``within_s``."""
        with trio.move_on_after(within_s):
            while not holds():
                await self._waiting.park()
            return
        raise NoAnswer(f"{what} within {within_s:g} s")


class Cast:
    """The parties of one story."""

    def __init__(
        self, venue: Venue, recorder: Recorder, nursery: trio.Nursery, *, place: int, obeying: bool
    ) -> None:
        self.venue = venue
        self.recorder = recorder
        self.watch = Watch(recorder)
        self.clients: dict[str, Client] = {}
        self.policy = "standard"
        #: Whether the story puts another policy in force, so that it has to have one of its own.
        self.changes_policy = False
        #: Fences decide what has come.
        self.late_s = 0.0
        self._own_policy = ""
        #: What has gone over each party's links.
        self.taps: dict[str, Tap] = {}
        self._nursery = nursery
        self._place = itertools.count(place)
        self._obeying = obeying
        self._fences = itertools.count(1)
        self._requests = itertools.count(_FIRST_REQUEST)
        self._open_links: dict[str, trio.Event] = {}
        self._agents: dict[str, str] = {}
        self._credentials: dict[str, str] = {}
        self._interactions: dict[str, tuple[str, str]] = {}
        self._browsers: dict[str, Browser] = {}
        self._newest_interaction = ""
        self._origins: dict[str, str] = {}
        #: The place in the order at which each party's newest link came into its session.
        self._came_in: dict[str, int] = {}
        recorder.listen(self._note)

    def _note(self, event: Event) -> None:
        if isinstance(event.saw, see.Started | see.Joined | see.Restored):
            self._came_in[event.who] = event.n

    @property
    def declared(self) -> Declared:
        """What the target declares."""
        return self.venue.declared

    def roles(self) -> list[Role]:
        """Everybody who plays."""
        return [Role(client.party, who) for who, client in self.clients.items()]

    # Who is there

    async def meet(self, meet: Meet) -> None:
        """A chat or call begins: the agent is at the workspace, the customer's page has its token."""
        await self._agent(meet.agent)
        await self.open_interaction(meet.customer, meet.kind, self._agents[meet.agent.who])

    async def open_interaction(self, customer: Role, kind: InteractionKind, agent: str = "") -> None:
        """A chat or call of this customer, with an agent (by ID) or, for a crowd, with none."""
        centre = await self._contact_centre()
        policy = await self._policy_name()
        before = centre.opened
        await centre.perform(do.OpenInteraction(kind, agent, policy))
        opened = lambda: centre.opened is not before  # noqa: E731 -- said once, read once
        await self.watch.until(opened, PATIENCE_S, "no chat or call was opened")
        assert centre.opened is not None
        self._newest_interaction = centre.opened.interaction
        self._interactions[customer.who] = (centre.opened.interaction, centre.opened.customer_token)

    async def _policy_name(self) -> str:
        """What the target calls the policy of this story: one of its own, where the story changes it."""
        name = self.venue.policy_name(self.policy)
        if not self.changes_policy:
            return name
        if not self._own_policy:
            self._own_policy = f"{name}-{secrets.token_hex(4)}"
            await self.venue.put_policy(self._own_policy, policy_text(self.policy))
        return self._own_policy

    async def _put_policy(self, put: do.PutPolicy) -> int:
        """Another policy under the name of the story's own; recorded, with the answer."""
        party, who = CONTACT_CENTRE
        number, readable = next(self._requests), put.policy != UNREADABLE
        if readable:
            new = policy(put.policy)
            hidden = (*ALWAYS_SECRET, *fields_in(new, "mask", "secret"))
            put = replace(put, masked=hidden, write_mode=new.write_mode)
        self.recorder.did(party, who, replace(put, readable=readable), re=number)
        line = await self.venue.put_policy(await self._policy_name(), policy_text(put.policy))
        answer = see.PolicyInForce() if line is None else see.PolicyRefused(line)
        self.recorder.saw(party, who, answer, re=number)
        return number

    def open_page(self, role: Role, path: str) -> None:
        """Which page the customer has open when it starts."""
        self._browsers[role.who] = Browser(bank_site(SITE_ORIGIN), SITE_ORIGIN + path)

    async def _contact_centre(self) -> Controller:
        client = self.clients.get(CONTACT_CENTRE.who)
        if client is None:
            client = await self._connect(CONTACT_CENTRE)
            await self._sign_in(client, self.venue.controller_key)
        assert isinstance(client, Controller)
        return client

    async def _agent(self, role: Role) -> Agent:
        client = self.clients.get(role.who)
        if client is None:
            made = await self.venue.make_agent(DISPLAY_NAMES[role.who])
            self._agents[role.who] = made.agent
            self._credentials[role.who] = made.credential
            client = await self._connect(role)
            await self._sign_in(client, made.credential)
        assert isinstance(client, Agent)
        return client

    async def _sign_in(self, client: Client, credential: str) -> None:
        since = len(self.recorder.events)
        number = await client.perform(do.SignIn(credential))

        def answered() -> bool:
            news = self.recorder.events[since:]
            return any(
                event.who == client.who and event.re == number and event.saw is not None for event in news
            )

        await self.watch.until(answered, PATIENCE_S, f"the {client.who} could not sign in")

    def _seen(self) -> list[Event]:
        return [event for event in self.recorder.events if event.saw is not None]

    def _sessions_of(self, interaction: str) -> list[str]:
        """The sessions of an interaction, as its customer has seen them begin."""
        customers = {who for who, (known, _) in self._interactions.items() if known == interaction}
        began: list[str] = []
        for event in self._seen():
            if isinstance(event.saw, see.InteractionOpened) and event.saw.interaction == interaction:
                began.clear()  # what was before was in another
            elif isinstance(event.saw, see.Started) and event.who in customers:
                began.append(event.session)
        return began

    async def client(self, role: Role) -> Client:
        """The client of a role; a customer who starts anew gets a new link."""
        if role.party is Party.CONTROLLER:
            return await self._contact_centre()
        if role.party is Party.AGENT:
            return await self._agent(role)
        client = self.clients.get(role.who)
        return await self._connect(role) if client is None else client

    async def _connect(self, role: Role) -> Client:
        origin = self._origins.get(role.who)
        if origin is not None:
            self.recorder.did(role.party, role.who, do.OpenLink(origin))
        try:
            link = await self._nursery.start(self._hold_link, role)
        except LinkRefused as refused:
            del self._open_links[role.who]
            self.recorder.saw(role.party, role.who, see.TurnedAway(refused.status))
            raise
        client = self._make(role, link)
        self.clients[role.who] = client
        self._nursery.start_soon(self._run, client)
        return client

    async def _run(self, client: Client) -> None:
        await client.run()
        self.watch.ring()  # a link that is closed is no event

    def _make(self, role: Role, link: Link) -> Client:
        if role.party is Party.CONTROLLER:
            return Controller(link, self.recorder, role.who, self._sessions_of)
        if role.party is Party.AGENT:
            return BareAgent(link, self.recorder, role.who)
        home = self._origins.get(role.who, SITE_ORIGIN)
        browser = self._browsers.setdefault(role.who, Browser(bank_site(home), home + "/apply"))
        kind = Customer if self._obeying else RecordingCustomer
        return kind(link, self.recorder, role.who, browser=browser)

    async def _hold_link(
        self, role: Role, task_status: trio.TaskStatus[Link] = trio.TASK_STATUS_IGNORED
    ) -> None:
        """Keep a link open until it is cut or the story is over; then break it without a word."""
        over = self._open_links[role.who] = trio.Event()
        self._came_in.pop(role.who, None)
        origin = self._origins.get(role.who, SITE_ORIGIN)
        async with self.venue.open_link(role.party, next(self._place), origin) as link:
            tap = self.taps.setdefault(role.who, Tap())
            tap.stalls = False
            task_status.started(tap.on(link))
            await over.wait()
            await link.abort()

    async def connect_only(self, role: Role) -> None:
        """An agent's link, on which nobody has signed in."""
        await self._connect(role)

    def be_at(self, role: Role, origin: str) -> None:
        """The origin from which a customer opens its link from now on."""
        self._origins[role.who] = origin

    async def watch_link(self, client: Client) -> None:
        """Wait for a link to be closed from the other side; harmless where it stays open."""
        with contextlib.suppress(NoAnswer):
            await self.watch.until(lambda: client.closed is not None, PATIENCE_S, "the link stayed open")

    # What they do

    async def perform(self, role: Role, action: AnyAction, *, late: bool = False) -> int:
        """Let a role do something; returns the number of its message, 0 where none went out."""
        if isinstance(action, do.PutPolicy):
            return await self._put_policy(action)
        try:
            client = await self.client(role)
        except LinkRefused:
            if role.who not in self._origins:
                raise
            return 0  # turned away, as the story says it must be
        match action:
            case do.Start():
                client = await self._ready_to_start(role, client)
            case do.Join(session_id="") | do.Resume():
                client.told(session_id=self.newest_session_id())
            case do.Say() | do.EndInteraction() | do.StopSession():
                action = replace(action, interaction=action.interaction or self._newest_interaction)
            case do.Act() if late:
                action = replace(action, epoch=self._earlier_stretch(role))
            case do.MovePointer() | do.Mirror() if late:
                action = replace(action, epoch=self._earlier_flow(role))
            case _:
                pass
        if isinstance(action, do.Resume):
            return await self.come_back(role)
        return await client.perform(action)

    async def _ready_to_start(self, role: Role, client: Client) -> Client:
        if client.state.ended:
            await self.cut(role, quietly=True)
            client = await self._connect(role)
        if role.who in self._interactions:
            client.told(interaction=self._interactions[role.who][1])
        return client

    async def receipt(self) -> str:
        """The receipt of the newest interaction's session, which goes into the trace; empty if there is none."""
        party, who = CONTACT_CENTRE
        session, number = (self._sessions_of(self._newest_interaction) or [""])[-1], next(self._requests)
        self.recorder.did(party, who, do.FetchReceipt(), re=number, session=session)
        text = await self.venue.receipt(self._newest_interaction)
        if text:
            self.recorder.saw(party, who, _shown(text), re=number, session=session)
        return text

    def _earlier_stretch(self, role: Role) -> int:
        """The epoch of the stretch of Write Mode before the last."""
        began = [
            event.n
            for event in self.recorder.events
            if event.who == role.who and isinstance(event.saw, see.InMode) and event.saw.mode is Mode.WRITE
        ]
        return began[-2] if len(began) > 1 else 0

    def _earlier_flow(self, role: Role) -> int:
        """The epoch at which content began to flow for the first time."""
        joined = [e.n for e in self.recorder.events if e.who == role.who and isinstance(e.saw, see.Joined)]
        return joined[-1] if joined else 0

    def newest_session(self) -> str:
        """The alias of the session that a customer of the story was last told of; empty if there is none."""
        started = [event for event in self.recorder.events if isinstance(event.saw, see.Started)]
        return started[-1].session if started else ""

    def newest_session_id(self) -> str:
        """The newest session ID that any customer of the story was given; empty if there is none."""
        started = [event.saw for event in self.recorder.events if isinstance(event.saw, see.Started)]
        return started[-1].session_id if started else ""

    async def cut(self, role: Role, *, quietly: bool = False) -> None:
        """Break a party's link."""
        client = self.clients[role.who]
        if not quietly:
            lost = do.LoseLink(role.party)
            self.recorder.did(Party.SYSTEM, "system", lost, session=client.session)
        self._break(role.who)

    async def lose_server(self) -> None:
        """The server is dead, and with it every link."""
        self.recorder.did(Party.SYSTEM, "system", do.Crash(), session=self.newest_session())
        for who in list(self._open_links):
            party = self.clients[who].party
            if party is Party.CONTROLLER:
                self._break(who)
            else:
                await self.cut(Role(party, who))

    async def sign_in_again(self) -> None:
        """Whoever is in no session has a new link: the contact centre, and agents who have yet to join."""
        self.clients.pop(CONTACT_CENTRE.who, None)
        await self._contact_centre()
        for who, client in list(self.clients.items()):
            if client.party is Party.AGENT and not client.state.joined:
                client.relink(await self._nursery.start(self._hold_link, Role(client.party, who)))
                self._nursery.start_soon(self._run, client)
                await self._sign_in(client, self._credentials[who])

    def stall(self, role: Role) -> None:
        """Nothing reaches a party any more over the link that it has."""
        self.taps[role.who].stalls = True

    def _break(self, who: str) -> None:
        self._open_links.pop(who).set()

    async def come_back(self, role: Role, token: str | None = None) -> int:
        """Open a new link for a party and resume on it, with its own token or with another's."""
        client = self.clients[role.who]
        if role.who in self._open_links:
            self._break(role.who)
        client.relink(await self._nursery.start(self._hold_link, role))
        self._nursery.start_soon(self._run, client)
        if role.party is Party.AGENT:
            await self._sign_in(client, self._credentials[role.who])
        return await client.perform(do.Resume(token or ""))

    # What they see

    def sees(self, step: Expect) -> bool:
        """On a link everything can be seen that is sent."""
        return True

    def fits(self, event: Event, kind: type[see.Observation], expected: Mapping[str, object]) -> bool:
        """Whether this is what was expected to be seen."""
        if not isinstance(event.saw, kind):
            return False
        return all(getattr(event.saw, name) == value for name, value in expected.items())

    async def look(
        self,
        role: Role,
        kind: type[see.Observation],
        expected: Mapping[str, object] | None,
        *,
        patient: bool,
    ) -> None:
        """Let a party look at a field, or at the size of the window."""
        client = await self.client(role)
        assert isinstance(client, Agent | Customer)
        if kind is see.FieldShows and expected is not None:
            client.look(str(expected["element"]))
        else:
            client.look_at_window()

    async def carries(self, role: Role, text: str, *, leaving: bool, expected: bool) -> bool | None:
        """Whether a text was among the bytes that left a party or reached it; None where it has no link."""
        tap = self.taps.get(role.who)
        if tap is None:
            return None
        return tap.sent(text) if leaving else tap.received(text)

    def ref(self, name: str) -> str:
        """What the customer's page calls a form or field that the story names."""
        customer = self.clients[CUSTOMER.who]
        assert isinstance(customer, Customer)
        named = customer.page.find(name)
        return name if named is None else str(customer.page.ref(named))

    async def on_page(self, step: Step) -> None:
        """Raises AssertionError: such stories are for browsers only."""
        raise AssertionError(f"a scripted party cannot play {type(step).__name__}")

    def faults(self) -> list[str]:
        """What anybody received that is not the protocol, in words."""
        return [str(fault) for client in self.clients.values() for fault in client.faults]

    async def leave(self) -> None:
        """The story is over: end its chats and calls, and with them its sessions, and break all links."""
        centre = self.clients.get(CONTACT_CENTRE.who)
        if centre is not None and centre.closed is None:
            for number, (interaction, _) in enumerate(self._interactions.values()):
                ending = FromParty(_LAST_NUMBERS + number, do.EndInteraction(interaction))
                with contextlib.suppress(LinkClosed):
                    await centre.send_raw(encode(ending))
        for who in list(self._open_links):
            self._break(who)

    # Fences

    async def settle(self, performer: Role, watched: Collection[str], *, reacted_to: bool) -> None:
        """Wait until everything that has been caused so far has arrived where somebody watches.

        One fence carries what the performer did to everybody in the session.  Where it is something that
        customers' clients react to (with the page, with a report), fences of theirs follow, to carry the
        reaction; then fences of those watched who are in no session with them.  Raises :class:`NoAnswer`.
        """
        order = [performer.who]
        if reacted_to:
            order += [who for who, client in self.clients.items() if client.party is Party.CUSTOMER]
        order += [who for who in self.clients if who in watched and who not in order]
        for who in order:
            client = self.clients.get(who)
            if client is not None and self._hears(who) and client.closed is None:
                await self._fence(client)

    async def settle_all(self, watched: Collection[str] = (), *, reacted_to: bool = False) -> None:
        """Let everything arrive, whoever has caused it; raises :class:`NoAnswer`."""
        for role in self.roles():
            if role.who in ROLES:
                await self.settle(role, watched, reacted_to=reacted_to)

    async def _fence(self, client: Client) -> None:
        fence = f"f{next(self._fences)}"
        since = len(self.recorder.events)
        try:
            number = await client.perform(do.Fence(fence))
        except LinkClosed:
            return
        company = self._company(client)

        def passed() -> bool:
            news = self.recorder.events[since:]
            if any(isinstance(e.saw, see.Refused) and (e.who, e.re) == (client.who, number) for e in news):
                return True  # whoever may do nothing has no fence either, but its answer in order
            if client.closed is not None:
                return True
            seen = {e.who: e.n for e in news if isinstance(e.saw, see.FencePassed) and e.saw.fence == fence}
            # Who has only just come into the session knows its company when its own fence is back.
            waiting = {*company, *self._company(client)} - seen.keys()
            return client.who in seen and not any(self._must_hear(who, seen[client.who]) for who in waiting)

        await self.watch.until(passed, PATIENCE_S, f"a fence of the {client.who} did not come back")

    def _company(self, client: Client) -> list[str]:
        """Who else is in the same session, on an open link, as far as they know."""
        if client.state.ended or not client.state.joined or not self._is_in_session(client.who):
            return []
        return [
            who
            for who, other in self.clients.items()
            if other is not client
            and other.session == client.session
            and (other.state.joined or other.party is Party.CUSTOMER)
            and not other.state.ended
            and other.closed is None
            and self._hears(who)
            and self._is_in_session(who)
        ]

    def _hears(self, who: str) -> bool:
        """Whether a party has an open link over which something reaches it."""
        return who in self._open_links and not self.taps[who].stalls

    def _must_hear(self, who: str, n: int) -> bool:
        """Whether a mark at this place of the order reaches a party: whether it was there before."""
        came = self._came_in.get(who)
        return came is not None and came < n and self._hears(who) and self.clients[who].closed is None

    def _is_in_session(self, who: str) -> bool:
        """Whether this party's newest link carries a session."""
        return who in self._came_in


def _shown(text: str) -> see.ReceiptShown:
    """What a receipt says; nothing, where it is broken."""
    try:
        found = verify(split(text))
    except NoReceipt:
        return see.ReceiptShown()
    if isinstance(found, Broken):
        return see.ReceiptShown()
    entries = found.receipt.entries
    return see.ReceiptShown(
        says=tuple(entry.words for entry in entries),
        pages=tuple(entry.url for entry in entries if entry.arrived and entry.seconds is not None),
        intact=True,
        sealed=isinstance(found, Verified),
    )

"""The desk: what the server does for links that are not, or not yet, in a session, and for the REST part.

Signing in, starting, joining, resuming, chats and calls.  Here stand the few rules that the machine
cannot know because they concern more than one session: START-3, START-7, START-8, JOIN-5 to JOIN-8,
SECURE-1 to SECURE-3.  Everything else is handed to the :mod:`.host`.

Order: what was here before, the contact centre, signing in, the customer, the agent, chat, the dispatch.
"""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import trio
from cobrowse_spec import actions as do
from cobrowse_spec import observations as see
from cobrowse_spec.actions import Action, Deed, LinkAction
from cobrowse_spec.policy import Policy, is_on_site
from cobrowse_spec.refusals import Refusal
from cobrowse_spec.session import Session, State, start_message, step
from cobrowse_spec.terms import InteractionKind, Party, Reason
from cobrowse_spec.wire.messages import FromParty
from cobrowse_spec.wire.rest import ThrottleLimits

from .alarms import Clock
from .connection import INTERNAL_ERROR, POLICY_VIOLATION
from .host import Cause, Host, Link, Live
from .journal import Journal, MemoryJournal, Recovered, SessionRecord
from .lobby import Agent, Interaction, Lobby, hash_secret, is_secret
from .policies import DEFAULT, Policies
from .records import AgentRecord, PolicyRecord, Record, RestingId
from .session_ids import SessionIds, tidy
from .throttle import Guess, Throttle

#: What the server calls itself.
SERVER: Final = "cobrowse-kit reference server"
#: How long the journal may take to begin a session, in seconds.
BEGIN_WITHIN_S: Final = 10.0
#: How long a chat or call that is over is kept for the record, in seconds.
INTERACTION_KEPT_S: Final = 3600.0

NOT_AUTHENTICATED: Final = Refusal("SECURE-1", Reason.NOT_AUTHENTICATED)
FOREIGN_ORIGIN: Final = Refusal("SECURE-3", Reason.FOREIGN_ORIGIN)
WRONG_TOKEN: Final = Refusal("SECURE-2", Reason.WRONG_TOKEN)
OUT_OF_TURN: Final = Refusal("SECURE-4", Reason.OUT_OF_TURN)
NO_INTERACTION: Final = Refusal("START-8", Reason.NO_INTERACTION)
ALREADY_STARTED: Final = Refusal("START-8", Reason.ALREADY_STARTED)
AGENT_BUSY: Final = Refusal("JOIN-5", Reason.AGENT_BUSY)
NO_SUCH_SESSION: Final = Refusal("JOIN-6", Reason.NO_SUCH_SESSION)


class Unknown(LookupError):
    """The contact centre named something that is not there; says what."""


class Desk:
    """One server's desk, with its lobby and its host."""

    def __init__(
        self,
        nursery: trio.Nursery,
        *,
        controller_key: str,
        policies: Policies,
        throttle: ThrottleLimits,
        journal: Journal | None = None,
        receipt_key: str = "",
        clock: Clock = trio.current_time,
        below: Callable[[int], int] = secrets.randbelow,
        name: Callable[[int], str] = secrets.token_hex,
    ) -> None:
        self._clock = clock
        self._controller_key = hash_secret(controller_key)
        self._receipt_key = receipt_key.encode()
        self.policies = policies
        self.lobby = Lobby(name)
        self._journal = journal or MemoryJournal()
        self.host = Host(self._journal, nursery, clock=clock, ended=self._ended)
        self._throttle = Throttle(throttle)
        self._ids = SessionIds(below)
        #: Live sessions by their IDs, those on which a start is under way included.
        self._by_id: dict[str, Live] = {}
        self._workspaces: dict[str, list[Link]] = {}
        self._controllers: dict[str, dict[Link, int]] = {}

    # What was here before

    async def recover(self, recovered: Recovered) -> int:
        """Go on where the last server stopped (RESUME-4); before anybody is let in.  How many sessions live."""
        for record in recovered.records:
            self._restore(record)
        sessions = [await self._restore_session(one) for one in recovered.sessions]
        lives = [live for live in sessions if not live.is_over]
        await self.host.go_on(lives)
        for live in lives:
            chat = live.interaction
            if chat is not None and not chat.open and not live.is_over:  # its end was not heard any more
                ending = do.EndInteraction(chat.interaction)
                await self.host.put(live, Deed(Party.CONTROLLER, ending))
        for interaction in self.lobby.interactions():
            if interaction.session_key and self.host.session(interaction.session_key) is None:
                interaction.session_state = State.ENDED  # it was never begun, or is forgotten
        for live in lives:
            await self._catch_up_with_policy(live)
        return sum(not live.is_over for live in lives)

    async def _catch_up_with_policy(self, live: Live) -> None:
        """Its policy may have been replaced while nobody told the session (MASK-11)."""
        policy = self.policies.get(live.session.policy_name)
        if policy is not None and not live.is_over:
            await self.host.tighten(live, policy)

    def _restore(self, record: Record) -> None:
        if isinstance(record, AgentRecord):
            self.lobby.restore_agent(record.agent, record.credential)
        elif isinstance(record, Interaction):
            self.lobby.restore_interaction(record)
            if record.over_at is not None:
                self._forget_interaction(record, record.over_at + INTERACTION_KEPT_S)
        elif isinstance(record, RestingId):
            self._ids.rest_until(record.name, record.until)
        elif record.instead_of == _settings_of(self.policies, record.name):
            self.policies.put(record.name, record.text)
        else:
            self._journal.drop(PolicyRecord, record.name)

    async def _restore_session(self, one: SessionRecord) -> Live:
        interaction = self.lobby.interaction(one.begun.interaction)
        live = Live(one.key, one.begun, interaction, self._receipt_key)
        self.host.restore(live, one.entries)
        session_id, state = one.begun.session_id, live.session.state
        if state is State.UNSTARTED:  # nobody was told of it
            live.abandoned = True
            await self.host.forget(live)
        elif live.is_over:
            self._record_end(live)
            if not self._ids.is_taken(session_id):  # the crash came before it was laid to rest
                self._rest(session_id)
        else:
            self._ids.take(session_id)
            self._by_id[session_id] = live
            if interaction is not None and interaction.kind is InteractionKind.CHAT:
                interaction.start_message = start_message(session_id)  # said, or still to be said
        return live

    # The contact centre

    def is_controller(self, key: str) -> bool:
        """Whether this is the controller's key (SECURE-1)."""
        return is_secret(key, self._controller_key)

    def add_agent(self, name: str) -> tuple[Agent, str]:
        """A new agent and its credential; not to be told before :meth:`settle`."""
        agent, credential = self.lobby.add_agent(name)
        self._journal.keep(AgentRecord(agent, hash_secret(credential)))
        return agent, credential

    def remove_agent(self, agent_id: str) -> None:
        """From now on the agent is nobody: its links are closed; raises :class:`Unknown`."""
        if self.lobby.remove_agent(agent_id) is None:
            raise Unknown("there is no agent of this ID")
        self._journal.drop(AgentRecord, agent_id)
        for link in list(self._workspaces.get(agent_id, ())):
            link.connection.close(POLICY_VIOLATION, "this agent has been removed")

    def open_interaction(
        self, kind: InteractionKind, agent_id: str, policy_name: str
    ) -> tuple[Interaction, str]:
        """A new chat or call, and its customer token; not to be told before :meth:`settle`.

        Raises :class:`Unknown`.
        """
        agent = self.lobby.agent(agent_id)
        if agent is None and agent_id:
            raise Unknown("there is no agent of this ID")
        policy_name = policy_name or DEFAULT
        if self.policies.get(policy_name) is None:
            raise Unknown("there is no policy of this name")
        interaction, token = self.lobby.open_interaction(kind, agent, policy_name)
        self._journal.keep(interaction)
        return interaction, token

    def put_policy(self, name: str, text: str) -> Policy:
        """Put a policy in force; not to be told before :meth:`settle`.  Raises ``PolicyError`` (MASK-11)."""
        policy = self.policies.put(name, text)
        self._journal.keep(PolicyRecord(name, text, _settings_of(self.policies, name)))
        return policy

    async def change_policy(self, name: str, text: str) -> Policy:
        """Put a policy in force, for live sessions where it is stricter; comes back when it holds.

        Raises ``PolicyError`` with the line at fault; the last good one then stays (MASK-11).
        """
        policy = self.put_policy(name, text)
        await self.host.follow_policy(name, policy)
        await self.settle()
        return policy

    async def settle(self) -> None:
        """Come back when what has been changed here will survive a crash (RESUME-4)."""
        await self._journal.settle()

    def interaction(self, interaction_id: str) -> Interaction:
        """The open interaction of this ID; raises :class:`Unknown`."""
        interaction = self.lobby.interaction(interaction_id)
        if interaction is None or not interaction.open:
            raise Unknown("there is no open chat or call of this ID")
        return interaction

    async def end_interaction(self, interaction: Interaction, cause: Cause | None = None) -> None:
        """The chat or call is over, and its session with it (STOP-4)."""
        self.lobby.close(interaction)
        interaction.over_at = self._clock()
        self._journal.keep(interaction)
        live = self._live(interaction)
        if live is not None:
            ending = do.EndInteraction(interaction.interaction)
            await self.host.put(live, Deed(Party.CONTROLLER, ending), _silent(cause))
        await self.settle()
        self._tell_controllers(interaction, see.InteractionEnded(interaction.interaction), cause)
        self._controllers.pop(interaction.interaction, None)
        self._forget_interaction(interaction, interaction.over_at + INTERACTION_KEPT_S)

    def _forget_interaction(self, interaction: Interaction, at: float) -> None:
        def forget() -> None:
            self.lobby.forget(interaction)
            self._journal.drop(Interaction, interaction.name)

        self.host.alarms.set(at, forget)

    async def stop_session(self, interaction: Interaction, cause: Cause | None = None) -> bool:
        """Stop the session and let the chat or call go on; False where there is no live session."""
        live = self._live(interaction)
        if live is None:
            return False
        stopping = do.StopSession(interaction.interaction)
        await self.host.put(live, Deed(Party.CONTROLLER, stopping), _silent(cause))
        return True

    def _live(self, interaction: Interaction) -> Live | None:
        """The interaction's session, unless it is over."""
        live = self.host.session(interaction.session_key)
        return None if live is None or live.is_over else live

    def _ended(self, live: Live) -> None:
        """A session is over: its ID is worthless (JOIN-6), and the record says why (STOP-6)."""
        self._by_id.pop(live.session.session_id, None)
        self._rest(live.session.session_id)
        self._record_end(live)

    def _rest(self, session_id: str) -> None:
        until = self._ids.rest(session_id, self._clock())
        self._journal.keep(RestingId(session_id, until))

    def _record_end(self, live: Live) -> None:
        interaction = live.interaction
        if interaction is not None and interaction.session_key == live.key:
            interaction.end_reason = live.session.end_reason
            interaction.session_state = live.session.state
            interaction.receipt = interaction.receipt or live.receipt.text
            self._journal.keep(interaction)

    def state_of(self, interaction: Interaction) -> str:
        """The state of the interaction's latest session; empty where there has been none."""
        live = self.host.session(interaction.session_key)
        return interaction.session_state if live is None else str(live.session.state)

    def receipt_of(self, interaction: Interaction) -> str:
        """The receipt of the interaction's latest session, without a seal while it goes on (RECORD-1).

        Raises :class:`Unknown` where there has been none.
        """
        live = self.host.session(interaction.session_key)
        text = interaction.receipt or (live.receipt.text if live is not None else "")
        if not text:
            raise Unknown("this chat or call has had no session")
        return text

    # Links

    def gone(self, link: Link) -> None:
        """A link is closed, whoever closed it."""
        if link.agent is not None:
            mine = self._workspaces.get(link.agent.agent, [])
            if link in mine:
                mine.remove(link)
            if not mine:
                self._workspaces.pop(link.agent.agent, None)
        if link.party is Party.CONTROLLER:
            for links in self._controllers.values():
                links.pop(link, None)
        self.host.lose(link)

    async def sign_in(self, link: Link, number: int, action: do.SignIn) -> bool:
        """An agent or controller proves who it is (SECURE-1); False: it did not."""
        if link.party is Party.CONTROLLER:
            if not self.is_controller(action.credential):
                link.refuse(NOT_AUTHENTICATED, number)
                return False
            link.signed_in = True
            link.tell(see.Welcome("controller", SERVER), re=number)
            return True
        agent = self.lobby.agent_with(action.credential)
        if agent is None:
            link.refuse(NOT_AUTHENTICATED, number)
            return False
        link.agent = agent
        link.signed_in = True
        self._workspaces.setdefault(agent.agent, []).append(link)
        link.tell(see.Welcome(agent.name, SERVER), re=number)
        for chat in self.lobby.chats_of(agent):
            await self._catch_up(link, chat)
        return True

    # The customer

    async def start(self, link: Link, number: int, action: do.Start) -> bool:
        """The customer starts a session; False: refused for what lies before it."""
        interaction = None
        if action.interaction:
            interaction = self.lobby.interaction_with(action.interaction)
            if interaction is None:
                link.refuse(NO_INTERACTION, number)
                return False
            name = interaction.policy_name
        else:
            name = self.policies.of_site(link.origin or "")
            if not name:
                link.refuse(NO_INTERACTION, number)
                return False
        policy = self.policies.get(name) or Policy()
        if not _is_from_site(link, policy):
            link.refuse(FOREIGN_ORIGIN, number)
            return False
        if interaction is not None and interaction.session_key and not self._is_free(interaction):
            link.refuse(ALREADY_STARTED, number)
            return False
        bound_to = "" if interaction is None else interaction.interaction
        refusal = step(Session("", policy, bound_to), Deed(Party.CUSTOMER, action), self._clock()).refusal
        if refusal is not None:
            link.refuse(refusal, number)
            return False
        await self._begin(link, number, name, policy, interaction)
        return True

    def _is_free(self, interaction: Interaction) -> bool:
        """Whether a new session can belong to it (START-8)."""
        live = self.host.session(interaction.session_key)
        return interaction.session_state == State.ENDED and (live is None or live.is_over)

    async def _begin(
        self, link: Link, number: int, name: str, policy: Policy, interaction: Interaction | None
    ) -> None:
        """Issue an ID, begin the session, and tell the chat of it (START-2, START-3).

        Shielded, so that a customer who goes away in the middle leaves no half of a session.
        """
        session_id = self._issue()
        bound_to = "" if interaction is None else interaction.interaction
        session = Session(session_id, policy, bound_to, name)
        live = Live(secrets.token_hex(8), session, interaction, self._receipt_key)
        if interaction is not None:
            live.controllers = self._controllers.get(bound_to, {})
            interaction.session_key = live.key
            interaction.session_state = State.UNSTARTED
            interaction.end_reason = None
            interaction.receipt = ""
            interaction.start_message = ""
            self._journal.keep(interaction)
        self._by_id[session_id] = live
        # The token in the deed has served its purpose, and has no business in a journal.
        started = Deed(Party.CUSTOMER, do.Start(bound_to))
        with trio.move_on_after(BEGIN_WITHIN_S, shield=True):
            await self.host.begin(live)
            await self.host.put(live, started, Cause(link, number, brings=link))
            await self._catch_up_with_policy(live)
            if interaction is not None and interaction.kind is InteractionKind.CHAT and interaction.open:
                interaction.start_message = start_message(session_id)
                await self.post(interaction, do.Say(interaction.start_message, Party.SYSTEM, bound_to))
        if live.session.state is State.UNSTARTED:
            await self._give_up(live)
            link.connection.close(INTERNAL_ERROR, "the session could not be begun")

    def _issue(self) -> str:
        """A new session ID."""
        for awake in self._ids.wake(self._clock()):
            self._journal.drop(RestingId, awake)
        return self._ids.issue(self._clock())

    async def _give_up(self, live: Live) -> None:
        """The journal did not begin a session in time: the customer may try again."""
        live.abandoned = True
        self._ended(live)
        if live.interaction is not None:
            live.interaction.session_state = State.ENDED
        with trio.move_on_after(BEGIN_WITHIN_S, shield=True):
            await self.host.forget(live)

    async def resume(self, link: Link, number: int, action: do.Resume) -> bool:
        """A party comes back with its own token (SECURE-2); False: it is not its own."""
        found = self.host.with_token(action.token)
        if found is None or found[1] is not link.party:
            link.refuse(WRONG_TOKEN, number)
            return False
        live, party = found
        if party is Party.AGENT and (link.agent is None or link.agent.agent != live.session.agent):
            link.refuse(WRONG_TOKEN, number)
            return False
        if link.live is not live and not link.is_free:
            link.refuse(WRONG_TOKEN, number)
            return False
        if party is Party.CUSTOMER and not _is_from_site(link, live.session.policy):
            link.refuse(FOREIGN_ORIGIN, number)
            return False
        resuming = Deed(party, do.Resume(), live.session.agent if party is Party.AGENT else "")
        with _claim(link):
            if not live.is_over and live.links.get(party) is not link:
                await self.host.take_over(live, party)
            await self.host.act(live, resuming, Cause(link, number, brings=link, after=action.after))
        return True

    # The agent

    async def join(self, link: Link, agent: Agent, number: int, action: do.Join) -> None:
        """The agent enters a session ID (JOIN-4 to JOIN-9)."""
        wait_s = self._throttle.wait_s(agent.agent, link.address, self._clock())
        if wait_s > 0:
            link.refuse(Refusal("JOIN-8", Reason.THROTTLED, wait_s), number)
            return
        if not link.is_free or self._is_busy(agent, None):
            link.refuse(AGENT_BUSY, number)
            return
        live = self._by_id.get(tidy(action.session_id))
        if live is None:
            self._refuse_join(link, agent, number, NO_SUCH_SESSION)
            return
        if self._is_busy(agent, live.session.policy):
            self._refuse_join(link, agent, number, AGENT_BUSY)
            return
        joining = Deed(Party.AGENT, do.Join(live.session.session_id), agent.agent, agent.name)

        def refused(refusal: Refusal) -> None:
            self._refuse_join(link, agent, number, refusal)

        with _claim(link):
            await self.host.act(live, joining, Cause(link, number, link, refused))

    def _refuse_join(self, link: Link, agent: Agent, number: int, refusal: Refusal) -> None:
        """A wrong guess: the answer does not tell what the ID was, or where the agent is (JOIN-6)."""
        self._throttle = self._throttle.after(Guess(self._clock(), agent.agent, link.address))
        link.tell(refusal.as_seen(), re=number)

    def _is_busy(self, agent: Agent, policy: Policy | None) -> bool:
        """Whether the agent is in as many sessions as its sessions, and the one to be joined, allow (JOIN-5)."""
        sessions = self.host.sessions_of(agent)
        claimed = sum(link.claimed for link in self._workspaces.get(agent.agent, ()))
        limits = [live.session.policy.sessions_per_agent for live in sessions]
        if policy is not None:
            limits.append(policy.sessions_per_agent)
        return bool(sessions or claimed) and len(sessions) + claimed >= min(limits, default=1)

    # Chat

    async def post(self, interaction: Interaction, message: do.Say) -> None:
        """A message in the chat: everybody there sees it, and it may bring the agent in (START-3, START-4)."""
        said = see.Said(interaction.interaction, message.author, message.text)
        self._tell_controllers(interaction, said, None)
        if interaction.agent is not None:
            for link in self._workspaces.get(interaction.agent.agent, ()):
                link.tell(said)
        await self._offer(interaction, message)

    async def _catch_up(self, link: Link, chat: Interaction) -> None:
        """A workspace that signs in later finds the start message of a session that still waits for it."""
        live = self._live(chat)
        if live is None or live.session.state is not State.PENDING or not chat.start_message:
            return
        link.tell(see.Said(chat.interaction, Party.SYSTEM, chat.start_message))
        await self._offer(chat, do.Say(chat.start_message, Party.SYSTEM, chat.interaction))

    async def _offer(self, chat: Interaction, message: do.Say) -> None:
        """Put a message to the machine, which knows a genuine start message from a forged one."""
        live = self._live(chat)
        if live is None:
            return
        agent = chat.agent
        link = None if agent is None else self._free_workspace(agent, live.session.policy)
        if live.session.state is State.PENDING and link is None:
            return  # nobody whom it could bring in: whoever signs in later is told
        who, name = (agent.agent, agent.name) if agent is not None else ("", "")
        saying = Deed(Party.CONTROLLER, message, who, name)
        cause = Cause(None, 0, brings=link)  # a refusal is nobody's business
        if link is None:
            await self.host.act(live, saying, cause)
            return
        with _claim(link):
            await self.host.act(live, saying, cause)

    def _free_workspace(self, agent: Agent, policy: Policy) -> Link | None:
        if self._is_busy(agent, policy):
            return None
        return next((link for link in self._workspaces.get(agent.agent, ()) if link.is_free), None)

    def _tell_controllers(
        self, interaction: Interaction, seen: see.Said | see.InteractionEnded, cause: Cause | None
    ) -> None:
        for link, opened_by in self._controllers.get(interaction.interaction, {}).items():
            own = cause is not None and cause.link is link
            number = cause.number if own and cause is not None else opened_by
            link.tell(seen, re=number)

    # The dispatch

    async def handle_customer(self, link: Link, message: FromParty) -> bool:
        """A customer's message; False: an error that counts against the link."""
        action, number = message.do, message.id
        if link.live is None:
            if isinstance(action, do.Start):
                return await self.start(link, number, action)
            if isinstance(action, do.Resume):
                return await self.resume(link, number, action)
        return await self._handle_party(link, number, action)

    async def handle_agent(self, link: Link, message: FromParty) -> bool:
        """An agent's message; False: an error that counts against the link."""
        action, number = message.do, message.id
        if link.agent is None:
            if isinstance(action, do.SignIn):
                return await self.sign_in(link, number, action)
            link.refuse(NOT_AUTHENTICATED, number)
            return False
        if isinstance(action, do.Join):
            await self.join(link, link.agent, number, action)
            return True
        if isinstance(action, do.Resume):
            return await self.resume(link, number, action)
        return await self._handle_party(link, number, action)

    async def _handle_party(self, link: Link, number: int, action: LinkAction) -> bool:
        """A deed of a customer or agent, in a session or before any."""
        if isinstance(action, do.SignIn | do.OpenInteraction):
            link.refuse(_not_theirs(link, action), number)
            return False
        if isinstance(action, do.Resume):
            action = do.Resume()  # the token is looked at in `resume`, and stays out of the journal
        agent = link.agent
        if link.live is not None:
            who, name = (agent.agent, agent.name) if agent is not None else ("", "")
            deed = Deed(link.party, action, who, name)
            await self.host.act(link.live, deed, Cause(link, number))
            return True
        if isinstance(action, do.Fence):
            link.tell(see.FencePassed(action.fence), re=number)
            return True
        who = "" if agent is None else agent.agent
        nowhere = Session("", self.policies.get(DEFAULT) or Policy(), agent=who)
        refusal = step(nowhere, Deed(link.party, action, who), self._clock()).refusal
        link.refuse(refusal or OUT_OF_TURN, number)
        return False

    async def handle_controller(self, link: Link, message: FromParty) -> bool:
        """A controller's message; False: an error that counts against the link."""
        action, number = message.do, message.id
        if not link.signed_in:
            if isinstance(action, do.SignIn):
                return await self.sign_in(link, number, action)
            link.refuse(NOT_AUTHENTICATED, number)
            return False
        if Party.CONTROLLER not in action.performers:
            link.refuse(_not_theirs(link, action), number)
            return True
        if isinstance(action, do.Fence):
            link.tell(see.FencePassed(action.fence), re=number)
            return True
        if isinstance(action, do.OpenInteraction):
            return await self._open_for(link, number, action)
        if isinstance(action, do.Fence):
            link.tell(see.FencePassed(action.fence), re=number)
            return True
        if not isinstance(action, do.Say | do.EndInteraction | do.StopSession):
            link.refuse(OUT_OF_TURN, number)
            return False
        try:
            interaction = self.interaction(action.interaction)
        except Unknown:
            link.refuse(NO_INTERACTION, number)
            return False
        cause = Cause(link, number)
        if isinstance(action, do.Say):
            await self.post(interaction, action)
        elif isinstance(action, do.EndInteraction):
            await self.end_interaction(interaction, cause)
        elif not await self.stop_session(interaction, cause):
            over = interaction.session_state == State.ENDED
            link.refuse(Refusal("STOP-5", Reason.SESSION_ENDED) if over else OUT_OF_TURN, number)
        return True

    async def _open_for(self, link: Link, number: int, action: do.OpenInteraction) -> bool:
        try:
            interaction, token = self.open_interaction(action.kind, action.agent, action.policy)
        except Unknown as error:
            link.refuse(Refusal("SECURE-4", Reason.MALFORMED), number, str(error))
            return False
        self._controllers.setdefault(interaction.interaction, {})[link] = number
        await self.settle()
        link.tell(see.InteractionOpened(interaction.interaction, token), re=number)
        return True


@contextmanager
def _claim(link: Link) -> Iterator[None]:
    """While it lasts, the link is promised to a session (JOIN-5)."""
    link.claimed = True
    try:
        yield
    finally:
        link.claimed = False


def _settings_of(policies: Policies, name: str) -> bytes:
    """The hash of what the settings say of this policy."""
    return hash_secret(policies.settings.get(name, ""))


def _is_from_site(link: Link, policy: Policy) -> bool:
    """Whether the customer's socket was opened from a page of this policy's site (SECURE-3)."""
    return link.origin is not None and is_on_site(policy, link.origin)


def _not_theirs(link: Link, action: Action) -> Refusal:
    """Why this party may never do this: the answer that the machine gives."""
    if link.party in action.performers:
        return OUT_OF_TURN
    return Refusal(action.guarded_by, action.refused_as)


def _silent(cause: Cause | None) -> Cause | None:
    """The same cause, but a refusal (the session ended meanwhile) is nobody's business."""
    return None if cause is None else cause._replace(refused=lambda refusal: None)

"""Another server of `cobrowse.v1`, for one purpose: to take every freedom that the protocol leaves.

It shares the rulebook's machine with the reference server, and nothing else: asyncio in place of trio, its
own desk, its own HTTP, another WebSocket codec.  A seed draws how it differs (:class:`Freedoms`).  A suite
that calls it wrong is stricter than its own protocol.

Run as a program it prints a ready line, and stops when its standard input closes:
`python other_server.py SEED`.

Order: the freedoms, what it keeps, the desk, sessions, telling, REST, HTTP, WebSockets, the program.
"""

import asyncio
import bisect
import json
import random
import re
import secrets
import sys
import time
from collections.abc import Callable
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

import h11
import msgspec
from cobrowse_spec import actions as do
from cobrowse_spec import observations as see
from cobrowse_spec.actions import Deed
from cobrowse_spec.policy import (
    CAPABILITIES,
    Policy,
    PolicyError,
    for_customer,
    is_on_site,
    parse_policy,
    tightens,
)
from cobrowse_spec.receipt import Writer
from cobrowse_spec.refusals import Refusal
from cobrowse_spec.session import (
    Notice,
    Session,
    State,
    is_told_again,
    next_deadline,
    refuse_frame,
    start_message,
    step,
)
from cobrowse_spec.terms import InteractionKind, Party, Reason
from cobrowse_spec.wire import rest
from cobrowse_spec.wire.frames import CONTENT, decode_frame
from cobrowse_spec.wire.messages import (
    MAX_ERRORS_PER_LINK,
    PATHS,
    SUBPROTOCOL,
    WireError,
    decode_from_party,
)
from msgspec.structs import replace
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import OPEN
from websockets.server import ServerProtocol

MAX_RECEIVED_BYTES: Final = 16 << 20
PROVE_WITHIN_S: Final = 300.0
_PARTIES: Final = {path: party for party, path in PATHS.items()}


# The freedoms


class Freedoms:
    """How this server differs from others: everything is drawn from one seed."""

    def __init__(self, seed: int) -> None:
        draw = self.draw = random.Random(seed)  # noqa: S311 -- repeatable, not secret
        self.capabilities = tuple(one for one in CAPABILITIES if draw.random() < 0.5)
        self.throttle = rest.ThrottleLimits(
            draw.randint(3, 7), draw.randint(20, 40), draw.randint(200, 400), draw.choice((0.8, 1.0, 1.5))
        )
        self.first_place = draw.choice((1, 1, draw.randint(2, 5000)))
        self.most_skipped = draw.choice((0, 1, 7))
        self.delay_s = draw.choice((0.0, 0.0, 0.003, 0.02))
        self.late_s = draw.choice((0.0, 0.05, 0.4))
        self.fragments = draw.choice((1, 1, 2, 5))
        self.pings = draw.random() < 0.5
        self.spelled_out = draw.random() < 0.5
        self.spaced = draw.random() < 0.5
        self.ascii_only = draw.random() < 0.5
        self.shuffled = draw.random() < 0.7
        self.closes_http = draw.random() < 0.3
        self.chunked = draw.random() < 0.3
        self.letter_case = draw.choice((str.title, str.lower, str.upper))
        self.words = draw.choice(("", "No.", "Das geht jetzt nicht – später vielleicht."))
        self.agent_first = draw.random() < 0.5
        self.slower_timers = draw.choice((1.0, 1.0, 1.25))
        self.id_shape = draw.choice(("{}", "urn:x:{}", "{}.ä b/c?d#e%2F", "\u200b{}\N{SNOWMAN}"))

    def new_id(self) -> str:
        """An opaque ID."""
        return self.id_shape.format(secrets.token_hex(8))

    def in_order(self, value: Any) -> Any:
        """JSON with its keys in another order."""
        if isinstance(value, dict):
            keys = list(value)
            if self.shuffled:
                self.draw.shuffle(keys)
            return {key: self.in_order(value[key]) for key in keys}
        return [self.in_order(one) for one in value] if isinstance(value, list | tuple) else value

    def as_json(self, value: Any) -> str:
        """JSON as this server writes it."""
        separators = (" , ", " :\t") if self.spaced else (",", ":")
        return json.dumps(self.in_order(value), ensure_ascii=self.ascii_only, separators=separators)

    def plain(self, struct: msgspec.Struct) -> dict[str, Any]:
        """A struct as JSON's own types, with or without what is at its default."""
        if not self.spelled_out:
            return dict(json.loads(msgspec.json.encode(struct)))
        tag = struct.__struct_config__.tag
        full = {"type": tag} if tag else {}
        return full | {field: self._plain_value(getattr(struct, field)) for field in struct.__struct_fields__}

    def _plain_value(self, value: Any) -> Any:
        if isinstance(value, msgspec.Raw):
            return json.loads(bytes(value))
        if isinstance(value, msgspec.Struct):
            return self.plain(value)
        return [self._plain_value(one) for one in value] if isinstance(value, tuple) else value


# What it keeps


class Agent(NamedTuple):
    """An agent that may sign in."""

    agent: str
    name: str
    credential: str


class Interaction:
    """A chat or call."""

    def __init__(self, kind: InteractionKind, agent: Agent | None, policy: str, new_id: str) -> None:
        self.id = new_id
        self.token = secrets.token_urlsafe(24)
        self.kind, self.agent, self.policy = kind, agent, policy
        self.open = True
        self.live: Live | None = None
        self.controllers: dict[Link, int] = {}
        self.message = ""


class Told(NamedTuple):
    """A notice, as it was told."""

    number: int
    seen: Any
    n: int
    epoch: int


class Live:
    """A session, and how its places are numbered on the wire."""

    def __init__(self, session: Session, interaction: Interaction | None, places: list[int]) -> None:
        self.session, self.interaction, self.places = session, interaction, places
        self.links: dict[Party, Link] = {}
        self.requests: dict[str, str] = {}
        #: What each party was told that it is to be told again if it has not arrived, and with which number.
        self.told: dict[Party, list[Told]] = {Party.CUSTOMER: [], Party.AGENT: []}
        self.receipt = Writer("" if interaction is None else interaction.id)
        self.alarm: asyncio.TimerHandle | None = None

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self.session.state is State.ENDED


class Link:
    """One link, whatever it goes over: ``put`` sends text or bytes, ``close`` closes it."""

    def __init__(
        self, party: Party, put: Callable[[str | bytes], None], close: Callable[[int], None], address: str
    ) -> None:
        self.party, self.put, self.close, self.address = party, put, close, address
        self.origin: str | None = None
        self.agent: Agent | None = None
        self.signed_in = False
        self.live: Live | None = None
        self.errors = 0


class Other:
    """The server: desk, sessions and REST."""

    def __init__(self, seed: int) -> None:
        self.free = Freedoms(seed)
        self.key = secrets.token_hex(16)
        self.policies: dict[str, tuple[str, Policy]] = {"default": ("", Policy())}
        self.agents: dict[str, Agent] = {}
        self.interactions: dict[str, Interaction] = {}
        self.lives: dict[str, Live] = {}
        self.tokens: dict[str, tuple[Live, Party]] = {}
        self.workspaces: dict[str, list[Link]] = {}
        self.used: set[str] = set()
        self.guesses: list[tuple[float, str, str]] = []

    # The desk

    def take(self, link: Link, data: str | bytes) -> None:
        """A message arrives on a link."""
        good = self._take_frame(link, data) if isinstance(data, bytes) else self._take_text(link, data)
        if not good:
            link.errors += 1
            if link.errors >= MAX_ERRORS_PER_LINK:
                self.refuse(link, Refusal("SECURE-4", Reason.TOO_MANY_ERRORS), 0)
                link.close(1008)

    def _take_text(self, link: Link, text: str) -> bool:
        known = link.signed_in or link.party is Party.CUSTOMER
        try:
            message = decode_from_party(text)
        except WireError as error:
            stranger = Refusal("SECURE-1", Reason.NOT_AUTHENTICATED)
            refusal = Refusal("SECURE-4", error.reason) if known else stranger
            self.refuse(link, refusal, error.number, error.message if known else "")
            return False
        if not known:
            return self._sign_in(link, message.do, message.id)
        if link.party is Party.CONTROLLER:
            return self._by_controller(link, message.do, message.id)
        return self._by_party(link, message.do, message.id)

    def _sign_in(self, link: Link, action: do.LinkAction, number: int) -> bool:
        given = action.credential if isinstance(action, do.SignIn) else ""
        if link.party is Party.CONTROLLER:
            link.signed_in = secrets.compare_digest(given.encode(), self.key.encode())
        else:
            link.agent = next((one for one in self.agents.values() if one.credential == given), None)
            link.signed_in = link.agent is not None
        if not link.signed_in:
            self.refuse(link, Refusal("SECURE-1", Reason.NOT_AUTHENTICATED), number)
            return False
        name = link.agent.name if link.agent is not None else ""
        self.tell(link, see.Welcome(name), re=number)
        if link.agent is not None:
            self.workspaces.setdefault(link.agent.agent, []).append(link)
            for chat in [one for one in self.interactions.values() if one.agent == link.agent]:
                if chat.live is not None and chat.live.session.state is State.PENDING and chat.message:
                    self.tell(link, see.Said(chat.id, Party.SYSTEM, chat.message))
                    self._offer(chat, do.Say(chat.message, Party.SYSTEM, chat.id))
        return True

    def _by_controller(self, link: Link, action: do.LinkAction, number: int) -> bool:
        if Party.CONTROLLER not in action.performers:
            self.refuse(link, Refusal(action.guarded_by, action.refused_as), number)
            return True
        match action:
            case do.Fence():
                self.tell(link, see.FencePassed(action.fence), re=number)
                return True
            case do.OpenInteraction():
                made = self.open_interaction(action.kind, action.agent, action.policy or "default")
                if made is None:
                    self.refuse(link, Refusal("SECURE-4", Reason.MALFORMED), number)
                    return False
                made.controllers[link] = number
                self.tell(link, see.InteractionOpened(made.id, made.token), re=number)
                return True
            case do.Say() | do.EndInteraction() | do.StopSession():
                interaction = self.interactions.get(action.interaction)
                if interaction is None or not interaction.open:
                    self.refuse(link, Refusal("START-8", Reason.NO_INTERACTION), number)
                    return False
                return self._about(interaction, action, link, number)
            case _:
                self.refuse(link, Refusal("SECURE-4", Reason.OUT_OF_TURN), number)
                return False

    def _about(
        self,
        interaction: Interaction,
        action: do.Say | do.EndInteraction | do.StopSession,
        link: Link | None,
        number: int,
    ) -> bool:
        """What the contact centre does with a chat or call."""
        live = interaction.live
        match action:
            case do.Say():
                self.post(interaction, action)
            case do.EndInteraction():
                interaction.open = False
                if live is not None and not live.is_over:
                    self.apply(live, Deed(Party.CONTROLLER, action), link, number)
                for one, opened in interaction.controllers.items():
                    self.tell(one, see.InteractionEnded(interaction.id), re=number if one is link else opened)
            case do.StopSession() if live is None or live.is_over:
                if link is not None:
                    ended = Refusal("STOP-5", Reason.SESSION_ENDED)
                    self.refuse(link, ended if live else Refusal("SECURE-4", Reason.OUT_OF_TURN), number)
                return link is not None
            case do.StopSession():
                self.apply(live, Deed(Party.CONTROLLER, action), link, number)
        return True

    def open_interaction(self, kind: InteractionKind, agent: str, policy: str) -> Interaction | None:
        """A new chat or call; None where agent or policy are not known."""
        if (agent and agent not in self.agents) or policy not in self.policies:
            return None
        made = Interaction(kind, self.agents.get(agent), policy, self.free.new_id())
        self.interactions[made.id] = made
        return made

    def post(self, interaction: Interaction, message: do.Say) -> None:
        """A message in the chat; the agent hears of it before the contact centre does."""
        said = see.Said(interaction.id, message.author, message.text)
        agent = interaction.agent
        for link in self.workspaces.get(agent.agent, ()) if agent is not None else ():
            self.tell(link, said)
        for link, opened in interaction.controllers.items():
            self.tell(link, said, re=opened)
        self._offer(interaction, message)

    def _offer(self, chat: Interaction, message: do.Say) -> None:
        live, agent = chat.live, chat.agent
        if live is None or agent is None or live.is_over:
            return
        free = None
        if not self._is_busy(agent, live.session.policy):
            links = self.workspaces.get(agent.agent, ())
            free = next((link for link in links if link.live is None or link.live.is_over), None)
        if live.session.state is State.PENDING and free is None:
            return
        deed = Deed(Party.CONTROLLER, message, agent.agent, agent.name)
        if step(live.session, deed, self.now()).refusal is None:
            self.apply(live, deed, None, 0, brings=free)

    def _by_party(self, link: Link, action: do.LinkAction, number: int) -> bool:
        if link.live is None and link.party is Party.CUSTOMER and isinstance(action, do.Start):
            return self._start(link, action, number)
        if isinstance(action, do.Resume) and (link.party is Party.AGENT or link.live is None):
            return self._resume(link, action, number)
        if isinstance(action, do.Join) and link.agent is not None:
            self._join(link, link.agent, action, number)
            return True
        if isinstance(action, do.SignIn | do.OpenInteraction):
            theirs = link.party in action.performers
            wrong = Refusal(action.guarded_by, action.refused_as)
            self.refuse(link, Refusal("SECURE-4", Reason.OUT_OF_TURN) if theirs else wrong, number)
            return False
        if isinstance(action, do.Resume):
            action = do.Resume()
        if link.live is not None:
            self.act(link.live, link, action, number)
            return True
        if isinstance(action, do.Fence):
            self.tell(link, see.FencePassed(action.fence), re=number)
            return True
        who = link.agent.agent if link.agent is not None else ""
        nowhere = Session("", Policy(), agent=who)
        refusal = step(nowhere, Deed(link.party, action, who), self.now()).refusal
        self.refuse(link, refusal or Refusal("SECURE-4", Reason.OUT_OF_TURN), number)
        return False

    def _start(self, link: Link, action: do.Start, number: int) -> bool:
        known = [one for one in self.interactions.values() if one.token == action.interaction and one.open]
        interaction = known[0] if known else None
        name = interaction.policy if interaction is not None else self._standalone(link)
        if (action.interaction and interaction is None) or not name:
            self.refuse(link, Refusal("START-8", Reason.NO_INTERACTION), number)
            return False
        policy = self.policies[name][1]
        if link.origin is None or not is_on_site(policy, link.origin):
            self.refuse(link, Refusal("SECURE-3", Reason.FOREIGN_ORIGIN), number)
            return False
        if interaction is not None and interaction.live is not None and not interaction.live.is_over:
            self.refuse(link, Refusal("START-8", Reason.ALREADY_STARTED), number)
            return False
        while (session_id := f"{secrets.randbelow(10**9):09}") in self.used:
            pass
        self.used.add(session_id)
        bound_to = interaction.id if interaction is not None else ""
        session = Session(session_id, policy, bound_to, policy_name=name)
        live = Live(session, interaction, [0, self.free.first_place])
        self.lives[session_id] = live
        if interaction is not None:
            interaction.live = live
        self.apply(live, Deed(Party.CUSTOMER, do.Start(bound_to)), link, number, brings=link)
        if interaction is not None and interaction.kind is InteractionKind.CHAT:
            interaction.message = start_message(session_id)
            self.post(interaction, do.Say(interaction.message, Party.SYSTEM, interaction.id))
        return True

    def _standalone(self, link: Link) -> str:
        """A policy under which a customer can start without a chat or call; any will do."""
        known = (
            name
            for name, (_, policy) in self.policies.items()
            if policy.standalone and is_on_site(policy, link.origin or "")
        )
        return next(known, "")

    def _resume(self, link: Link, action: do.Resume, number: int) -> bool:
        live, party = self.tokens.get(action.token, (None, None))
        mine = live is not None and party is link.party
        if mine and live is not None and party is Party.AGENT:
            mine = link.agent is not None and link.agent.agent == live.session.agent
        elsewhere = link.live is not None and link.live is not live and not link.live.is_over
        if not mine or live is None or elsewhere:
            self.refuse(link, Refusal("SECURE-2", Reason.WRONG_TOKEN), number)
            return False
        if party is Party.CUSTOMER and (
            link.origin is None or not is_on_site(live.session.policy, link.origin)
        ):
            self.refuse(link, Refusal("SECURE-3", Reason.FOREIGN_ORIGIN), number)
            return False
        if not live.is_over and live.links.get(link.party) is not link:
            old = live.links.pop(link.party, None)
            if old is not None:
                old.live = None
                old.close(4001)
            self._lose(live, link.party)
        deed = Deed(link.party, do.Resume(), live.session.agent if party is Party.AGENT else "")
        refusal = step(live.session, deed, self.now()).refusal
        if refusal is not None:
            self.refuse(link, refusal, number)
        else:
            self.apply(live, deed, link, number, brings=link, had=action.after)
        return True

    def _join(self, link: Link, agent: Agent, action: do.Join, number: int) -> None:
        now, limits = self.now(), self.free.throttle
        self.guesses = [one for one in self.guesses if one[0] + limits.window_s > now]
        for limit, times in (
            (limits.per_agent, [one[0] for one in self.guesses if one[1] == agent.agent]),
            (limits.per_address, [one[0] for one in self.guesses if one[2] == link.address]),
            (limits.overall, [one[0] for one in self.guesses]),
        ):
            if len(times) >= limit:
                wait_s = times[-limit] + limits.window_s - now + 1e-6
                self.refuse(link, Refusal("JOIN-8", Reason.THROTTLED, wait_s), number)
                return
        busy = Refusal("JOIN-5", Reason.AGENT_BUSY)
        live = self.lives.get(re.sub(r"[\s\-]", "", action.session_id))
        if (link.live is not None and not link.live.is_over) or self._is_busy(agent, None):
            self.refuse(link, busy, number)
            return
        refusal: Refusal | None = Refusal("JOIN-6", Reason.NO_SUCH_SESSION)
        if live is not None and not live.is_over:
            deed = Deed(Party.AGENT, do.Join(live.session.session_id), agent.agent, agent.name)
            refusal = step(live.session, deed, now).refusal
            if self._is_busy(agent, live.session.policy):
                refusal = busy
            if refusal is None:
                self.apply(live, deed, link, number, brings=link)
                return
        assert refusal is not None
        self.guesses.append((now, agent.agent, link.address))
        self.refuse(link, refusal, number, epoch=False)

    def _is_busy(self, agent: Agent, policy: Policy | None) -> bool:
        mine = [one for one in self.lives.values() if one.session.agent == agent.agent and not one.is_over]
        limits = [one.session.policy.sessions_per_agent for one in mine]
        limits += [policy.sessions_per_agent] if policy is not None else []
        return bool(mine) and len(mine) >= min(limits, default=1)

    # Sessions

    def act(self, live: Live, link: Link, action: do.LinkAction, number: int) -> None:
        """A party's deed in its session, with what it names put into the machine's terms."""
        named = {ours: theirs for theirs, ours in live.requests.items()}
        meant: Any = action
        if isinstance(action, do.Approve | do.Deny | do.Withdraw):
            meant = replace(action, request=named.get(action.request, "none of mine"))
        elif isinstance(action, do.Act):
            meant = replace(action, epoch=self._epoch(live, action.epoch))
        who, name = (link.agent.agent, link.agent.name) if link.agent is not None else ("", "")
        deed = Deed(link.party, meant, who, name)
        refusal = step(live.session, deed, self.now()).refusal
        if refusal is not None:
            self.refuse(link, refusal, number)
            return
        self.apply(live, deed, link, number, sent=action)

    def _epoch(self, live: Live, wire: int) -> int:
        return bisect.bisect_right(live.places, wire) - 1

    def _take_frame(self, link: Link, data: bytes) -> bool:
        try:
            if link.party is Party.CONTROLLER:
                raise WireError(Reason.MALFORMED, "text only")
            frame = decode_frame(data)
        except WireError as error:
            known = link.signed_in or link.party is Party.CUSTOMER
            bad = Refusal("SECURE-4", error.reason)
            self.refuse(link, bad if known else Refusal("SECURE-1", Reason.NOT_AUTHENTICATED), 0)
            return False
        if link.party is Party.AGENT and not link.signed_in:
            self.refuse(link, Refusal("SECURE-1", Reason.NOT_AUTHENTICATED), 0)
            return False
        live = link.live
        if live is None:
            if link.party is Party.CUSTOMER:
                self.refuse(link, Refusal("SECURE-4", Reason.OUT_OF_TURN), 0)
            return link.party is Party.AGENT
        epoch, content = self._epoch(live, frame.epoch), frame.kind == CONTENT
        dropped = refuse_frame(live.session, link.party, content=content, epoch=epoch) is not None
        if dropped or live.links.get(link.party) is not link:
            return True
        other = live.links.get(Party.AGENT if link.party is Party.CUSTOMER else Party.CUSTOMER)
        if other is not None:
            other.put(data)
        if frame.by_hand:
            self.apply(live, Deed(Party.SYSTEM, do.Stir()), None, 0)
        return True

    def apply(
        self,
        live: Live,
        deed: Deed,
        by: Link | None,
        number: int,
        *,
        brings: Link | None = None,
        sent: do.Action | None = None,
        had: int | None = None,
    ) -> None:
        """An accepted deed happens, and everybody whom it concerns is told."""
        before = live.session
        outcome = step(before, deed, self.now())
        live.session = after = outcome.session
        if outcome.refusal is not None:
            return
        while len(live.places) <= after.n:
            live.places.append(live.places[-1] + 1 + self.free.draw.randint(0, self.free.most_skipped))
        live.receipt.add(deed, time.time(), before, after)
        if brings is not None and not (isinstance(deed.action, do.Say) and after.agent == before.agent):
            brings.live = live
            live.links[brings.party] = brings
        token = ""
        if brings is not None and not isinstance(deed.action, do.Resume):
            token = secrets.token_urlsafe(24)
            self.tokens[token] = live, brings.party
        first = Party.AGENT if self.free.agent_first else Party.CUSTOMER
        for notice in sorted(outcome.notices, key=lambda one: one.to is not first):
            self._notify(live, notice, by, number, token, sent, had)
        if after.state is State.ENDED and before.state is not State.ENDED:
            self.lives.pop(after.session_id, None)
        self._set_alarm(live)

    def _notify(
        self,
        live: Live,
        notice: Notice,
        by: Link | None,
        number: int,
        token: str,
        sent: do.Action | None,
        had: int | None,
    ) -> None:
        n, epoch = live.places[live.session.n], live.places[live.session.epoch]
        if notice.to is Party.CONTROLLER:
            chat = live.interaction
            for one, opened in chat.controllers.items() if chat is not None else ():
                self.tell(one, notice.see, n=n, epoch=epoch, re=number if one is by else opened)
            return
        link = live.links.get(notice.to)
        if link is None:
            return
        re_ = number if link is by else 0
        seen: Any = notice.see
        if isinstance(seen, see.Started | see.Restored | see.PolicyChanged) and link.party is Party.CUSTOMER:
            given = msgspec.Raw(msgspec.json.encode(for_customer(live.session.policy)))
            self.tell(link, see.PolicyGiven(given), n=n, epoch=epoch, re=re_)
        if getattr(seen, "request", ""):
            seen = replace(seen, request=live.requests.setdefault(seen.request, self.free.new_id()))
        if isinstance(seen, see.Acted):
            seen = see.Acted(n, sent)  # type: ignore[arg-type] # what was sent is the act
        numbered = 0
        if is_told_again(notice.see):
            numbered = len(live.told[link.party]) + 1
            live.told[link.party].append(Told(numbered, seen, n, epoch))
        self.tell(link, seen, n=n, epoch=epoch, re=re_, notice=numbered)
        if isinstance(seen, see.Restored) and had is not None:
            for old in [one for one in live.told[link.party] if one.number > had]:
                self.tell(link, old.seen, n=old.n, epoch=old.epoch, notice=old.number)
        comes = isinstance(seen, see.Started) or (isinstance(seen, see.Joined) and link.party is Party.AGENT)
        if comes and token:
            self.tell(link, see.TokenIssued(token), n=n, epoch=epoch, re=re_)

    def _set_alarm(self, live: Live) -> None:
        if live.alarm is not None:
            live.alarm.cancel()
        due = next_deadline(live.session)
        if due is not None:
            late_s = self.free.draw.random() * self.free.late_s
            live.alarm = asyncio.get_running_loop().call_at(due[0] + late_s, self._ring, live)

    def _ring(self, live: Live) -> None:
        due = next_deadline(live.session)
        if due is not None and due[0] <= self.now():
            self.apply(live, Deed(Party.SYSTEM, do.Expire(due[1])), None, 0)
        self._set_alarm(live)

    def gone(self, link: Link) -> None:
        """A link is closed, whoever closed it."""
        if link.agent is not None and link in self.workspaces.get(link.agent.agent, ()):
            self.workspaces[link.agent.agent].remove(link)
        for interaction in self.interactions.values():
            interaction.controllers.pop(link, None)
        live = link.live
        if live is not None and live.links.get(link.party) is link:
            del live.links[link.party]
            self._lose(live, link.party)

    def _lose(self, live: Live, party: Party) -> None:
        losing = Deed(Party.SYSTEM, do.LoseLink(party))
        if not live.is_over and step(live.session, losing, self.now()).refusal is None:
            self.apply(live, losing, None, 0)

    # Telling

    def tell(
        self, link: Link, seen: Any, *, n: int = 0, epoch: int = 0, re: int = 0, notice: int = 0
    ) -> None:
        """Tell one party what it sees."""
        said: dict[str, Any] = {"see": self.free.plain(seen)}
        numbers = {"n": n, "epoch": epoch, "re": re, "notice": notice}
        said |= {name: value for name, value in numbers.items() if value or self.free.spelled_out}
        link.put(self.free.as_json(said))

    def refuse(
        self, link: Link, refusal: Refusal, number: int, message: str = "", *, epoch: bool = True
    ) -> None:
        """Say why something was refused, in words of its own."""
        seen = refusal.as_seen(message=message or self.free.words)
        live = link.live if epoch else None
        at = live.places[live.session.epoch] if live is not None else 0
        self.tell(link, seen, epoch=at, re=number)

    @staticmethod
    def now() -> float:
        """Seconds on the loop's steady clock."""
        return asyncio.get_running_loop().time()

    # REST

    def rest(self, method: str, path: str, authorization: str, body: bytes) -> tuple[int, str | Any]:
        """The answer to a request: a status, and text or what becomes JSON."""
        if (method, path) == ("GET", rest.ABOUT):
            timers, free = self.policies["default"][1].timers, self.free
            return 200, rest.About(SUBPROTOCOL, "other", "0", free.capabilities, timers, free.throttle)
        if (method, path) == ("GET", rest.HEALTH):
            return 200, {"status": "ok"}
        if not secrets.compare_digest(authorization.encode(), f"Bearer {self.key}".encode()):
            return 401, {"reason": "not_authenticated", "message": "the controller's key, please"}
        place, _, name = path.removeprefix("/v1/").partition("/")
        name, _, what = name.partition("/") if place == "interactions" else (name, "", "")
        try:
            return self._rest(method, place, unquote(name), what, body)
        except PolicyError as error:
            return 422, {"reason": "unreadable_policy", "message": str(error), "line": error.line}
        except (msgspec.DecodeError, UnicodeDecodeError):
            return 422, {"reason": "malformed", "message": "that is no body for this"}

    def _rest(self, method: str, place: str, name: str, what: str, body: bytes) -> tuple[int, str | Any]:
        interaction = self.interactions.get(name)
        match (method, place, what):
            case ("PUT", "policies", ""):
                policy = self.put_policy(name, body.decode())
                return 200, rest.PolicyKept(name, policy.timers)
            case ("GET", "policies", "") if name in self.policies:
                return 200, self.policies[name][0]
            case ("POST", "agents", ""):
                new = msgspec.json.decode(body, type=rest.NewAgent)
                agent = Agent(self.free.new_id(), new.name, secrets.token_urlsafe(24))
                self.agents[agent.agent] = agent
                return 201, rest.AgentMade(agent.agent, agent.credential)
            case ("DELETE", "agents", "") if name in self.agents:
                del self.agents[name]
                for link in list(self.workspaces.get(name, ())):
                    link.close(1008)
                return 204, ""
            case ("POST", "interactions", "") if not name:
                wanted = msgspec.json.decode(body, type=rest.NewInteraction)
                made = self.open_interaction(wanted.kind, wanted.agent, wanted.policy)
                if made is None:
                    return 422, {"reason": "unknown", "message": "no such agent or policy"}
                return 201, rest.InteractionMade(made.id, made.token)
            case ("GET", "interactions", "") if interaction is not None:
                live = interaction.live
                state, reason = (live.session.state, live.session.end_reason) if live else ("", None)
                shown = rest.InteractionShown(name, interaction.kind, interaction.open, state, reason)
                return 200, shown
            case ("GET", "interactions", "receipt") if interaction is not None and interaction.live:
                return 200, interaction.live.receipt.text
            case ("POST", "interactions", "messages") if interaction is not None and interaction.open:
                said = msgspec.json.decode(body, type=rest.NewMessage)
                self.post(interaction, do.Say(said.text, said.author, interaction.id))
                return 204, ""
            case ("POST", "interactions", "stop" | "end") if interaction is not None and interaction.open:
                action = do.StopSession(name) if what == "stop" else do.EndInteraction(name)
                done = self._about(interaction, action, None, 0)
                return (204, "") if done else (404, {"reason": "unknown", "message": "no session"})
            case _:
                return 404, {"reason": "unknown", "message": "there is no such thing here"}

    def put_policy(self, name: str, text: str) -> Policy:
        """Put a policy in force, perhaps with slower timers, which it declares; live sessions follow it."""
        policy = parse_policy(text)
        slower = {
            field: value * self.free.slower_timers
            for field, value in msgspec.structs.asdict(policy.timers).items()
        }
        policy = replace(policy, timers=replace(policy.timers, **slower))
        self.policies[name] = text, policy
        for live in list(self.lives.values()):
            if live.session.policy_name == name and tightens(live.session.policy, policy):
                self.apply(live, Deed(Party.SYSTEM, do.FollowPolicy(policy)), None, 0)
        return policy

    def turn_away(self, path: str, headers: list[tuple[str, str]]) -> tuple[int, Any] | None:
        """Why a WebSocket is not opened: a status and a body; None where it is."""
        party = _PARTIES.get(path)
        origins = [value for name, value in headers if name == "origin"]
        offered = [
            one.strip()
            for name, value in headers
            if name == "sec-websocket-protocol"
            for one in value.split(",")
        ]
        if party is None:
            return 404, {"reason": "unknown_path", "message": "not here"}
        if SUBPROTOCOL not in offered:
            return 400, {"reason": "unknown_subprotocol", "message": "not so"}
        covered = (
            any(is_on_site(one, origins[0]) for _, one in self.policies.values())
            if len(origins) == 1
            else False
        )
        if (party is Party.CUSTOMER and not covered) or (party is not Party.CUSTOMER and origins):
            return 403, {"reason": "foreign_origin", "message": "not from there"}
        return None


# HTTP


async def serve_connection(other: Other, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One TCP connection: requests, until one of them becomes a WebSocket."""
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            request, body = await _read_request(head, reader)
            headers = [(name.decode().lower(), value.decode("latin-1")) for name, value in request.headers]
            path = request.target.decode().partition("?")[0]
            if ("upgrade", "websocket") in [(name, value.lower()) for name, value in headers]:
                away = other.turn_away(path, headers)
                if away is None:
                    await _serve_websocket(other, path, headers, head, reader, writer)
                    return
                status, answer = away
            elif path in _PARTIES:
                status, answer = 426, {"reason": "upgrade_required", "message": "a WebSocket is here"}
            else:
                authorization = dict(headers).get("authorization", "")
                status, answer = other.rest(request.method.decode(), path, authorization, body)
            _answer(other.free, writer, status, answer)
            await writer.drain()
            if other.free.closes_http:
                return
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError, h11.RemoteProtocolError):
        pass
    finally:
        writer.close()


async def _read_request(head: bytes, reader: asyncio.StreamReader) -> tuple[h11.Request, bytes]:
    parser = h11.Connection(h11.SERVER)
    parser.receive_data(head)
    request = parser.next_event()
    assert isinstance(request, h11.Request)
    body = b""
    while True:
        event = parser.next_event()
        if isinstance(event, h11.Data):
            body += bytes(event.data)
        elif event is h11.NEED_DATA:
            parser.receive_data(await reader.read(65536))
        else:
            return request, body


def _answer(free: Freedoms, writer: asyncio.StreamWriter, status: int, answer: str | Any) -> None:
    plain = answer if isinstance(answer, str | dict) else free.plain(answer)
    body = (plain if isinstance(plain, str) else free.as_json(plain)).encode()
    kind = "application/json" if not isinstance(plain, str) else "text/plain"
    lines = [("content-type", kind), ("x-served-by", "other")]
    if free.closes_http:
        lines.append(("connection", "close"))
    chunked = free.chunked and status != 204
    if chunked:
        lines.append(("transfer-encoding", "chunked"))
        halves = (body[: len(body) // 2], body[len(body) // 2 :])
        body = b"".join(b"%x\r\n%b\r\n" % (len(half), half) for half in halves if half) + b"0\r\n\r\n"
    elif status != 204:
        lines.append(("content-length", str(len(body))))
    head = "".join(f"{free.letter_case(name)}: {value}\r\n" for name, value in lines)
    writer.write(f"HTTP/1.1 {status} Whatever\r\n{head}\r\n".encode() + (b"" if status == 204 else body))


# WebSockets


async def _serve_websocket(
    other: Other,
    path: str,
    headers: list[tuple[str, str]],
    head: bytes,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    protocol = ServerProtocol(subprotocols=[SUBPROTOCOL], max_size=MAX_RECEIVED_BYTES)  # type: ignore[list-item] # a NewType of str
    outgoing: asyncio.Queue[str | bytes | int] = asyncio.Queue()
    address = str(writer.get_extra_info("peername")[0])
    link = Link(_PARTIES[path], outgoing.put_nowait, outgoing.put_nowait, address)
    link.origin = dict(headers).get("origin")
    loop = asyncio.get_running_loop()
    proving = loop.call_later(PROVE_WITHIN_S, _close_if_unknown, link)
    protocol.receive_data(head)
    sending = asyncio.create_task(_send_all(other.free, protocol, outgoing, writer))
    parts: list[bytes] = []
    kind = Opcode.TEXT
    try:
        while True:
            for event in protocol.events_received():
                if isinstance(event, Request):
                    protocol.send_response(protocol.accept(event))
                elif not isinstance(event, Frame):
                    raise AssertionError("a client sends requests and frames")
                elif event.opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
                    kind = kind if event.opcode is Opcode.CONT else event.opcode
                    parts.append(bytes(event.data))
                    if event.fin:
                        data, parts = b"".join(parts), []
                        other.take(link, data.decode() if kind is Opcode.TEXT else data)
            _flush(protocol, writer)
            if protocol.state is not OPEN or not (data := await reader.read(65536)):
                return
            protocol.receive_data(data)
    finally:
        proving.cancel()
        sending.cancel()
        other.gone(link)


def _close_if_unknown(link: Link) -> None:
    if not link.signed_in and link.live is None:
        link.close(1008)


async def _send_all(
    free: Freedoms,
    protocol: ServerProtocol,
    outgoing: "asyncio.Queue[str | bytes | int]",
    writer: asyncio.StreamWriter,
) -> None:
    """Send what is told on a link, in its order, late and in pieces as the freedoms have it."""
    while True:
        message = await outgoing.get()
        if free.delay_s:
            await asyncio.sleep(free.draw.random() * free.delay_s)  # a slow network, nothing is waited for
        if protocol.state is not OPEN:
            return
        if isinstance(message, int):
            protocol.send_close(message)
        else:
            _send(free, protocol, message)
        _flush(protocol, writer)


def _send(free: Freedoms, protocol: ServerProtocol, message: str | bytes) -> None:
    data = message.encode() if isinstance(message, str) else message
    pieces = free.draw.randint(1, free.fragments)
    size = max(1, -(-len(data) // pieces))
    cut = [data[at : at + size] for at in range(0, len(data), size)] or [b""]
    for number, piece in enumerate(cut):
        fin = number == len(cut) - 1
        if number:
            protocol.send_continuation(piece, fin=fin)
        elif isinstance(message, str):
            protocol.send_text(piece, fin=fin)
        else:
            protocol.send_binary(piece, fin=fin)
        if free.pings and free.draw.random() < 0.2:
            protocol.send_ping(b"still there?")


def _flush(protocol: ServerProtocol, writer: asyncio.StreamWriter) -> None:
    for data in protocol.data_to_send():
        if data:
            writer.write(data)
        elif writer.can_write_eof():
            writer.write_eof()


# The program


async def main(seed: int) -> None:
    """Serve on a port that the system picks, until standard input closes."""
    other = Other(seed)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await serve_connection(other, reader, writer)

    server = await asyncio.start_server(connected, "127.0.0.1", 0, limit=1 << 20)
    port = server.sockets[0].getsockname()[1]
    ready = {"url": f"http://127.0.0.1:{port}", "controller_key": other.key}
    sys.stdout.write(json.dumps(ready) + "\n")
    sys.stdout.flush()
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))

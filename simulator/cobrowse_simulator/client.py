"""A scripted party: what customer and agent have in common.

A :class:`Client` owns one link.  Its :meth:`~Client.run` takes every message in order, records it,
learns from it and reacts, each to the end before the next is looked at; so when it has seen a fence,
everything before the fence has taken effect.  :meth:`~Client.perform` does what a story says.

Order: what a party knows, the client.
"""

import itertools
from typing import ClassVar, Final, cast, get_args

import msgspec
import trio
from cobrowse_spec import actions as do
from cobrowse_spec import observations as see
from cobrowse_spec.actions import Action, LinkAction
from cobrowse_spec.observations import AnyObservation
from cobrowse_spec.terms import Mode, Party, SuspendReason
from cobrowse_spec.trace import Recorder
from cobrowse_spec.wire.frames import (
    CONTENT,
    POINTER,
    Frame,
    decode_frame,
    decode_point,
    encode_frame,
    encode_point,
)
from cobrowse_spec.wire.messages import (
    MAX_ERRORS_PER_LINK,
    FromParty,
    ToParty,
    WireError,
    decode_to_party,
    encode,
)
from msgspec.structs import replace

from .links import Link, LinkClosed, take_all
from .mirror import encode_events

#: What a party sends as a numbered message.
_SENT: Final = frozenset(get_args(LinkAction))
#: Sights by which a party may get into another session of the trace.
_NAMING: Final = frozenset({see.Started, see.Joined, see.Said})


class Facts(msgspec.Struct, frozen=True, gc=False):
    """What a party knows of its session, from what it has seen and been told."""

    session_id: str = ""
    #: The party's own token for this session.
    token: str = ""
    #: What the customer's page was given to start a session with.
    interaction: str = ""
    started: bool = False
    joined: bool = False
    suspended: bool = False
    #: The customer has drawn the curtain (PAUSE-1).
    curtain: bool = False
    ended: bool = False
    mode: Mode = Mode.POINTER
    #: Whether the agent may ask for Write Mode.
    write_mode: bool = True
    #: The request that is pending, or was last: a late answer names it still.
    request: str = ""
    asked: bool = False
    #: What this stretch of Write Mode is limited to; empty where it is not (WRITE-15).
    scope: str = ""
    #: The epoch at which this stretch of Write Mode began, as seen (WRITE-12).
    write_since: int = 0

    @property
    def flows(self) -> bool:
        """Whether content and pointers flow, as far as the party knows."""
        return self.joined and not self.suspended and not self.curtain and not self.ended


def learn(facts: Facts, seen: AnyObservation, epoch: int) -> Facts:
    """The facts after an observation that came with this epoch."""
    match seen:
        case see.Started():
            return replace(facts, started=True, session_id=seen.session_id)
        case see.TokenIssued():
            return replace(facts, token=seen.token)
        case see.Joined():
            return replace(
                facts,
                started=True,
                joined=True,
                suspended=False,
                curtain=False,
                ended=False,
                write_mode=seen.write_mode,
                **_mode(seen.mode, epoch),
            )
        case see.Resumed():
            known = replace(facts, joined=True, suspended=False, curtain=False, asked=False)
            return replace(known, **_mode(seen.mode, epoch))
        case see.Restored():
            return replace(
                facts,
                started=True,
                joined=seen.state not in ("unstarted", "pending"),
                suspended=seen.state == "suspended",
                curtain=facts.curtain or SuspendReason.CURTAIN in seen.reasons,
                ended=seen.state == "ended",
                write_mode=seen.write_mode,
                request=seen.request or facts.request,
                asked=bool(seen.request),
                scope=seen.scope,
                **_mode(seen.mode, epoch),
            )
        case see.PolicyChanged():
            return replace(facts, write_mode=seen.write_mode)
        case see.Asked():
            return replace(facts, request=seen.request, asked=True)
        case see.Answered():
            return replace(facts, asked=False)
        case see.InMode():
            return replace(facts, scope=seen.scope, **_mode(seen.mode, epoch))
        case see.Suspended():
            curtain = facts.curtain or seen.reason is SuspendReason.CURTAIN
            return replace(facts, suspended=True, curtain=curtain, asked=False, mode=Mode.POINTER)
        case see.Ended():
            return replace(facts, ended=True, asked=False, mode=Mode.POINTER)
        case _:
            return facts


def _mode(mode: Mode, epoch: int) -> dict[str, object]:
    return {"mode": mode, "write_since": epoch} if mode is Mode.WRITE else {"mode": mode}


class _Turn:
    """One at a time, in the order of asking.  Unlike trio's lock it gives way to nobody who does not ask.

    What is done in a turn waits for the link, which is where others have theirs.  :meth:`wait` if it ``is_taken``,
    then enter: the two are apart because nearly always nobody has to wait.
    """

    def __init__(self) -> None:
        self.is_taken = False
        self._lot = trio.lowlevel.ParkingLot()
        self._waiting = 0

    async def wait(self) -> None:
        """Wait until it is handed over: it is taken still, by this task."""
        self._waiting += 1
        try:
            await self._lot.park()
        finally:
            self._waiting -= 1

    def __enter__(self) -> None:
        self.is_taken = True

    def __exit__(self, *raised: object) -> None:
        if not (self._waiting and self._lot.unpark()):
            self.is_taken = False


class Client:
    """A party on one link.

    ``who`` is its role in the story, ``session`` the session's alias in it; where none is given, the
    recorder gives each session its own.
    """

    party: ClassVar[Party]

    def __init__(self, link: Link, recorder: Recorder, who: str, *, session: str = "") -> None:
        self.link = link
        self.recorder = recorder
        self.who = who
        self.session = session
        self._named = bool(session)
        self.state = Facts()
        #: The newest epoch seen in a control message.
        self.epoch = 0
        #: The number of the last notice of this session (RESUME-2).
        self.notice = 0
        #: The place in the session's order at which the party came back: what is told of from before is history.
        self._back_since = 0
        #: Messages of the server that were not ``cobrowse.v1``, without what was in them.
        self.faults: list[WireError] = []
        #: How the link ended; None while it is open.
        self.closed: LinkClosed | None = None
        self._numbers = itertools.count(1)
        # A story acts from one task while run() reacts in another: each is complete before the other goes on.
        self._turn = _Turn()

    def told(
        self, *, session_id: str | None = None, token: str | None = None, interaction: str | None = None
    ) -> None:
        """What the party learns outside the session: the ID by phone, the token that its page was given."""
        given = {"session_id": session_id, "token": token, "interaction": interaction}
        self.state = replace(
            self.state, **{name: value for name, value in given.items() if value is not None}
        )

    def relink(self, link: Link) -> None:
        """Go on over another link, after the last one broke; then run() again and perform Resume."""
        self.link = link
        self.closed = None

    # What it does

    async def perform(self, action: Action) -> int:
        """Do what the story says; returns the message's number, 0 where no numbered message went out.

        What the story left empty is filled in.  Raises :class:`LinkClosed`.
        """
        if self._turn.is_taken:
            await self._turn.wait()
        with self._turn:
            return await self._perform(action)

    async def send_raw(self, data: str | bytes) -> None:
        """Send a message as it is, valid or not."""
        await self.link.send(data)

    async def _perform(self, action: Action) -> int:
        if isinstance(action, do.MovePointer):
            await self._move_pointer(action)
            return 0
        if isinstance(action, do.Mirror):
            await self._send_empty_content(action)
            return 0
        return await self._send(self._filled(action), told=action)

    async def _send(self, action: Action, told: Action | None = None) -> int:
        """Record and send a numbered message; the record names elements as the story told them."""
        if type(action) not in _SENT:
            raise TypeError(f"{type(action).__name__} is nothing that a party sends")
        sent = cast("LinkAction", action)
        number = next(self._numbers)
        done = without_secrets(sent)
        if isinstance(sent, do.Resume) and sent.token != self.state.token:
            done = do.Resume("not its own")
        if isinstance(done, do.Act) and isinstance(told, do.Act):
            done = replace(done, element=told.element)
        self.recorder.did(self.party, self.who, done, re=number, session=self.session)
        await self.link.send(encode(FromParty(number, sent)))
        return number

    async def _move_pointer(self, action: do.MovePointer) -> None:
        moved = action if action.epoch else replace(action, epoch=self.epoch)
        self.recorder.did(self.party, self.who, moved, session=self.session)
        await self.link.send(encode_frame(POINTER, moved.epoch, encode_point(moved.x, moved.y)))

    async def _send_empty_content(self, action: do.Mirror) -> None:
        """A frame of content that changes nothing, of whatever epoch a story wants."""
        payload = encode_events(())
        epoch = action.epoch or self.epoch
        mirrored = do.Mirror(self.recorder.digest(payload), len(payload), epoch)
        self.recorder.did(self.party, self.who, mirrored, session=self.session)
        await self.link.send(encode_frame(CONTENT, epoch, payload))

    def _filled(self, action: Action) -> Action:
        """The action with what this party knows in place of what the story left empty."""
        match action:
            case do.Start(interaction=""):
                return replace(action, interaction=self.state.interaction)
            case do.Join(session_id=""):
                return replace(action, session_id=self.state.session_id)
            case do.Resume():
                return replace(action, token=action.token or self.state.token, after=self.notice)
            case do.Approve(request="") | do.Deny(request="") | do.Withdraw(request=""):
                return replace(action, request=self.state.request)
            case _:
                return action

    # What it sees

    async def run(self) -> None:
        """Take messages until the link closes; start it in the caller's nursery."""
        link = self.link

        async def take(data: str | bytes) -> None:
            if self._turn.is_taken:
                await self._turn.wait()
            with self._turn:
                await self._take(data)
            if len(self.faults) >= MAX_ERRORS_PER_LINK:
                await link.aclose()

        try:
            await take_all(link, take)
        except LinkClosed as closed:
            if self.link is link:
                self.closed = closed

    async def _take(self, data: str | bytes) -> None:
        try:
            if isinstance(data, str):
                await self._take_message(decode_to_party(data))
            else:
                await self._take_frame(decode_frame(data))
        except WireError as error:
            self.faults.append(error)

    async def _take_message(self, message: ToParty) -> None:
        self.epoch = max(self.epoch, message.epoch)
        is_history = self._is_history(message)
        if not is_history:
            self.state = learn(self.state, message.see, message.epoch)
        if type(message.see) in _NAMING:
            self.session = self._session_of(message.see)
        self._saw(message.see, re=message.re, n=message.n)
        self._count(message, is_history=is_history)
        if not is_history:
            await self._react(message)

    def _is_history(self, message: ToParty) -> bool:
        """Whether it tells what the party had missed: where things stand now it knows already (RESUME-2)."""
        if not 0 < message.n <= self._back_since:
            return False
        return not (isinstance(message.see, see.Resumed) and message.n == self._back_since)

    def _count(self, message: ToParty, *, is_history: bool) -> None:
        match message.see:
            case see.Started():
                self.notice, self._back_since = message.notice, 0
            case see.Joined() if self.party is Party.AGENT and not is_history:
                self.notice, self._back_since = message.notice, 0
            case see.Restored():
                self._back_since = message.n
            case _:
                pass
        self.notice = max(self.notice, message.notice)

    async def _take_frame(self, frame: Frame) -> None:
        if frame.kind == CONTENT:
            self._saw(see.Content(self.recorder.digest(frame.payload), len(frame.payload)))
        else:
            self._saw(see.PointerAt(*decode_point(frame.payload)))

    async def _react(self, message: ToParty) -> None:
        """What this kind of party does about what it has seen."""

    def _session_of(self, seen: AnyObservation) -> str:
        """Which session of the trace this concerns: the one that the party is in, or gets into now."""
        if isinstance(seen, see.Started) and not self._named:
            return self.recorder.alias(seen.session_id)
        return self.session

    def _saw(self, seen: AnyObservation, *, re: int = 0, n: int = 0) -> None:
        self.recorder.saw(self.party, self.who, seen, re=re, n=n, session=self.session)


def without_secrets(action: LinkAction) -> LinkAction:
    """The action as a trace may hold it: without credential and token (SECURE-6)."""
    match action:
        case do.SignIn():
            return replace(action, credential="")
        case do.Resume():
            return replace(action, token="")
        case do.Start():
            return replace(action, interaction="")
        case _:
            return action

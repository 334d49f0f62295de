"""Scripted agents: one that behaves as a workspace does, and a bare one that obeys nothing.

Order: the agent, the bare agent.
"""

import re
from typing import ClassVar, Final

from cobrowse_spec import actions as do
from cobrowse_spec import observations as see
from cobrowse_spec.actions import Action, Element
from cobrowse_spec.observations import AnyObservation, FieldShows, WindowShows
from cobrowse_spec.terms import Mode, Party, Reason
from cobrowse_spec.trace import Recorder
from cobrowse_spec.wire.frames import CONTENT, Frame
from cobrowse_spec.wire.messages import ToParty
from msgspec.structs import replace
from typing_extensions import override

from .client import Client
from .links import Link
from .mirror import MirrorView, decode_events

#: The message that brings a chat's agent in (START-3).
_START_MESSAGE: Final = re.compile(r"\{start:(\d+)\}")


class NotPossible(Exception):
    """The workspace offers no way to do that now.  Nothing was sent."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(f"the workspace does not offer that: {reason}")
        self.reason = reason


class Agent(Client):
    """An agent at a workspace: acts through what it sees, and only as the workspace lets it."""

    party: ClassVar[Party] = Party.AGENT

    def __init__(self, link: Link, recorder: Recorder, who: str, *, session: str = "") -> None:
        super().__init__(link, recorder, who, session=session)
        #: The session ID that was typed or named last.
        self._heading_for = ""
        #: What is on view; blank while nothing may be.
        self.mirror = MirrorView()
        self.page = ""
        #: What the customer's client published of the elements of the page, by reference.
        self.elements: dict[str, Element] = {}

    def look(self, element: str) -> FieldShows | None:
        """Look at a field, and record what it shows; None where nothing by that name is on view."""
        shown = self.mirror.shows(element)
        if shown is None:
            return None
        seen = FieldShows(shown, element)
        self._saw(seen)
        return seen

    def look_at_window(self) -> WindowShows:
        """How large the customer's window is as the virtual browser shows it, recorded."""
        seen = WindowShows(*self.mirror.viewport)
        self._saw(seen)
        return seen

    @override
    def _session_of(self, seen: AnyObservation) -> str:
        """An agent gets into the session that it asked for by ID, or that the chat named last."""
        if isinstance(seen, see.Said) and (named := _START_MESSAGE.fullmatch(seen.text)):
            self._heading_for = named[1]
        if isinstance(seen, see.Joined) and self._heading_for and not self._named:
            return self.recorder.alias(self._heading_for)
        return super()._session_of(seen)

    @override
    async def _perform(self, action: Action) -> int:
        reason = self._hindrance(action)
        if reason is not None:
            raise NotPossible(reason)
        return await super()._perform(action)

    def _hindrance(self, action: Action) -> Reason | None:
        """Why the workspace does not offer this now; None where it does."""
        if isinstance(action, do.SignIn | do.Join | do.Resume | do.Fence):
            return None
        if self.state.ended:
            return Reason.SESSION_ENDED
        if not self.state.joined:
            return Reason.PENDING
        if isinstance(action, do.Exit):
            return None
        if self.state.suspended:
            return Reason.SUSPENDED
        if isinstance(action, do.Request):
            return self._hindrance_of_request()
        if isinstance(action, do.ReturnToPointer) and self.state.mode is Mode.POINTER:
            return Reason.ALREADY_IN_POINTER_MODE
        if isinstance(action, do.Act):
            return Reason.POINTER_MODE if self.state.mode is Mode.POINTER else self._hindrance_of_act(action)
        return None

    def _hindrance_of_request(self) -> Reason | None:
        if not self.state.write_mode:
            return Reason.WRITE_MODE_DISABLED
        return Reason.ALREADY_IN_WRITE_MODE if self.state.mode is Mode.WRITE else None

    def _hindrance_of_act(self, act: do.Act) -> Reason | None:
        if not act.element:
            return None
        ref = self._ref(act.element)
        element = None if ref is None else self.elements.get(ref)
        if element is None:
            return Reason.NO_SUCH_ELEMENT
        if element.masked and isinstance(act, do.Type | do.Choose | do.PressKey):
            return Reason.MASKED
        if element.disabled:
            return Reason.DISABLED
        submits = isinstance(act, do.Submit) or act.means in element.submits
        return Reason.SUBMIT_BLOCKED if submits and not element.allowed else None

    def _ref(self, name: str) -> str | None:
        return self.mirror.ref(name)

    @override
    def _filled(self, action: Action) -> Action:
        if isinstance(action, do.Join):
            joining = super()._filled(action)
            if isinstance(joining, do.Join):
                self._heading_for = joining.session_id
            return joining
        if isinstance(action, do.Request) and action.scope:
            return replace(
                action, scope=self._ref(action.scope) or action.scope, page=action.page or self.page
            )
        if not isinstance(action, do.Act):
            return super()._filled(action)
        ref = self._ref(action.element) if action.element else None
        filled = replace(
            action,
            element=action.element if ref is None else ref,
            page=action.page or self.page,
            epoch=action.epoch or self.epoch,
        )
        if isinstance(filled, do.Type | do.Choose) and not filled.version:
            filled = replace(filled, version=self._version(filled.element))
        return filled

    def _version(self, ref: str) -> int:
        return self.mirror.version(ref)

    @override
    async def _take_frame(self, frame: Frame) -> None:
        await super()._take_frame(frame)
        if frame.kind == CONTENT:
            self.mirror.apply(decode_events(frame.payload))

    @override
    async def _react(self, message: ToParty) -> None:
        match message.see:
            case see.PageShown():
                self.page = message.see.page
                self.elements = {element.ref: element for element in message.see.elements}
                self._blank()  # the new page's content follows
            case see.ElementsShown() if message.see.page == self.page:
                for ref in message.see.gone:
                    self.elements.pop(ref, None)
                self.elements |= {element.ref: element for element in message.see.elements}
            case see.Suspended() | see.Ended() | see.PolicyChanged():
                self._blank()
            case _:
                pass

    def _blank(self) -> None:
        """Nothing of the customer's page is on view any more (SITE-1, STOP-2)."""
        self.mirror = MirrorView()


class BareAgent(Agent):
    """An agent without a workspace: sends whatever it is told, in any state, and obeys nothing.

    It remembers the elements of the last page that it saw, and those that it has named, so that it can go on naming
    them.
    """

    def __init__(self, link: Link, recorder: Recorder, who: str, *, session: str = "") -> None:
        super().__init__(link, recorder, who, session=session)
        self._remembered = self.mirror
        #: Their references, by page and name.
        self._named_before: dict[tuple[str, str], str] = {}

    def knows(self, name: str) -> bool:
        """Whether it could name this element: it is on view, or was on the last page that was."""
        return self._ref(name) is not None

    @override
    def _hindrance(self, action: Action) -> Reason | None:
        return None

    @override
    def _ref(self, name: str) -> str | None:
        ref = self._last_seen.ref(name)
        if ref is not None:
            self._named_before[self.page, name] = ref
        return self._named_before.get((self.page, name))

    @override
    def _version(self, ref: str) -> int:
        return self._last_seen.version(ref)

    @property
    def _last_seen(self) -> MirrorView:
        return self._remembered if self.mirror.blank else self.mirror

    @override
    def _blank(self) -> None:
        self._remembered = self._last_seen
        super()._blank()

"""Scripted customers: one whose end is guarded as it must be, and a recording one without any gate.

A :class:`Customer` has a :class:`.browser.Browser`.  Whatever changes the page, its own hand or an
agent's act, is recorded as PageChanged and mirrored to the agent; an agent's act passes the gates first,
and its fate is reported.

Order: the customer (what it does, what it sees, what leaves), the recording customer.
"""

import functools
import itertools
from collections.abc import Callable, Sequence
from math import inf
from typing import ClassVar, Final

import msgspec
import trio
from cobrowse_spec import actions as do
from cobrowse_spec import observations as see
from cobrowse_spec.actions import Action, Element
from cobrowse_spec.observations import FieldShows, PageChanged, WindowShows
from cobrowse_spec.policy import Policy, PolicyError
from cobrowse_spec.refusals import Refusal
from cobrowse_spec.terms import Party, Reason
from cobrowse_spec.trace import Recorder
from cobrowse_spec.wire.frames import CONTENT, encode_frame
from cobrowse_spec.wire.messages import ToParty
from lxml.html import HtmlElement
from msgspec.structs import replace
from typing_extensions import override

from .acts import Fill, Plan, SetText, plan, submitting_acts
from .browser import Browser, Change, mirrored
from .client import Client, Facts
from .gates import Gates, Moment, is_allowed
from .links import Link
from .mirror import ToSend, changed, encode_events, encoded_nodes, resized, snapshot
from .page import Document, Page, Viewport, is_button, is_field, is_link, kind, path_up
from .restrictions import CompiledPolicy, Restrictions, compiled
from .sites import bank_site

__all__ = ["Customer", "Gates", "RecordingCustomer", "published_elements"]

#: What holds of a page where no policy is known.
_UNRESTRICTED: Final = Restrictions()
_NO_POLICY: Final = Policy()


class Customer(Client):
    """A customer with a browser, at the company's site unless ``browser`` is elsewhere.

    ``clock`` gives the seconds that the mirror's timestamps are made from.
    """

    party: ClassVar[Party] = Party.CUSTOMER

    def __init__(
        self,
        link: Link,
        recorder: Recorder,
        who: str,
        *,
        session: str = "",
        browser: Browser | None = None,
        gates: Gates | None = None,
        clock: Callable[[], float] = trio.current_time,
    ) -> None:
        super().__init__(link, recorder, who, session=session)
        self.browser = Browser(bank_site()) if browser is None else browser
        self.gates = Gates() if gates is None else gates
        self.policy: CompiledPolicy | None = None
        #: What it says, and of which edition of which page.
        self._restricted: tuple[tuple[CompiledPolicy, Page, int], Restrictions] | None = None
        #: The reference of the page as the agent was shown it last, and what it was told can be acted on there.
        self.page_ref = ""
        self._published: dict[str, Element] = {}
        self._pages = itertools.count(1)
        self._clock = clock
        #: When a limited stretch of Write Mode is over, on the own clock (WRITE-15).
        self._write_until = inf
        #: Whether the server was told that the customer is on another site.
        self._said_left = False

    @property
    def page(self) -> Page:
        """The page that is open."""
        return self.browser.page

    @property
    def restrictions(self) -> Restrictions:
        """What the policy says of the page that is open."""
        if self.policy is None:
            return _UNRESTRICTED
        page = self.page
        if page.is_shared:
            return _restrictions_as_loaded(page.document, page.url, self.policy)
        about = (self.policy, page, page.edition)
        if self._restricted is None or self._restricted[0] != about:
            self._restricted = about, self.policy.on(page)
        return self._restricted[1]

    def look(self, element: str) -> FieldShows | None:
        """Look at a field of the own page, and record what it shows; a masked one is recorded masked."""
        found = self.page.find(element)
        if found is None:
            return None
        shown = self.page.shows(found)
        seen = FieldShows(self.restrictions.shows(found, shown), element)
        self._saw(seen)
        return seen

    def look_at_window(self) -> WindowShows:
        """How large the own window is, recorded."""
        seen = WindowShows(*self.browser.viewport)
        self._saw(seen)
        return seen

    # What it does

    @override
    async def _perform(self, action: Action) -> int:
        match action:
            case do.Act():
                await self._use_page(action)
                return 0
            case do.Resize():
                self.recorder.did(self.party, self.who, action, session=self.session)
                await self._resize(Viewport(action.width, action.height))
                return 0
            case do.MovePointer() if not self._may_send():
                return 0
            case do.LeaveSite():
                return await self._leave_site()
            case do.ReturnToSite():
                return await self._return_to_site()
            case do.DrawCurtain() | do.OpenCurtain():
                return await self._move_curtain(action)
            case _:
                return await super()._perform(action)

    async def resize(self, viewport: Viewport) -> None:
        """Make the window another size (VIEW-3)."""
        if self._turn.is_taken:
            await self._turn.wait()
        with self._turn:
            await self._resize(viewport)

    async def _resize(self, viewport: Viewport) -> None:
        self.browser.resize(viewport)
        if self._may_send_page():
            await self._send_content(resized(viewport, self._now_ms()), by=Party.CUSTOMER)

    async def _use_page(self, act: do.Act) -> None:
        """The customer's own hand: done on the spot, without asking anyone (SUBMIT-3)."""
        self.recorder.did(self.party, self.who, act, session=self.session)  # type: ignore[arg-type] # an Act is always one of AnyAct
        element = self.page.find(act.element)
        await self._carry_out(self.browser.plan(act, element), Party.CUSTOMER)

    async def _leave_site(self) -> int:
        self.browser.leave()
        self._said_left = self.state.joined  # before that the server does not listen
        return await self._send(do.LeaveSite())

    async def _return_to_site(self) -> int:
        self.browser.come_back()
        self._said_left = False
        return await self._send(do.ReturnToSite())

    @override
    def _filled(self, action: Action) -> Action:
        """A limit names a form or field of the page that is open."""
        filled = super()._filled(action)
        if not isinstance(filled, do.Approve) or not filled.scope:
            return filled
        named = self.page.find(filled.scope)
        return filled if named is None else replace(filled, scope=str(self.page.ref(named)))

    async def _move_curtain(self, action: do.DrawCurtain | do.OpenCurtain) -> int:
        """Drawn it is at once, whatever the server says; what is behind it when it opens follows the resumption."""
        if self.policy is not None and self.policy.policy.curtain:
            self.state = replace(self.state, curtain=isinstance(action, do.DrawCurtain))
        return await self._send(action)

    # What it sees

    @override
    async def _react(self, message: ToParty) -> None:
        match message.see:
            case see.InMode() | see.Restored():
                self._write_until = self._clock() + (message.see.ends_in_s or inf)
            case _:
                pass
        match message.see:
            case see.PolicyGiven():
                await self._take_policy(message.see)
            case see.Joined() | see.Resumed():
                await self._show_page(by=None)
            case see.Restored():
                await self._find_again()
            case see.Acted():
                await self._meet_act(message.see)
            case _:
                pass

    async def _take_policy(self, given: see.PolicyGiven) -> None:
        """A policy that cannot be read is none, and nothing leaves without one (MASK-11)."""
        try:
            self.policy = _policy_of(bytes(given.policy))
        except (msgspec.DecodeError, PolicyError):
            self.policy = None
        if self.state.flows:
            await self._show_page(by=None)

    async def _find_again(self) -> None:
        """Back on a link: say where the customer is by now, if that has changed meanwhile."""
        if self.state.flows:
            await self._show_page(by=None)
        elif self._said_left and self.state.suspended and self._is_on_site():
            self._said_left = False
            await self._send(do.ReturnToSite())

    async def _meet_act(self, acted: see.Acted) -> None:
        act = acted.do
        element = self.page.by_ref(act.element)
        if element is None and self._takes_names():
            element = self.page.find(act.element)
        planned = self.browser.plan(act, element)
        refusal = self._refuse(act, element, planned)
        if refusal is None:
            await self._carry_out(planned, Party.AGENT)
            await self._report(do.Report(acted.act))
            return
        if refusal.reason is Reason.OUTDATED and element is not None and self._may_send_page():
            self.page.touch(element, Party.AGENT)
            current = [SetText(element, self.page.value(element))]
            await self._send_content(
                changed(self.page, self.restrictions, current, self._now_ms()), by=Party.AGENT
            )
        await self._report(do.Report(acted.act, refusal.rule, refusal.reason))

    def _refuse(self, act: do.Act, element: HtmlElement | None, planned: Plan) -> Refusal | None:
        if self.policy is None:
            return Refusal("MASK-11", Reason.DISABLED)
        moment = Moment(
            self.state, self.policy, self.browser, self.page_ref, self.restrictions, act, element, planned
        )
        moment = moment._replace(left_s=self._write_until - self._clock())
        return self.gates.refuse(moment)

    def _takes_names(self) -> bool:
        """Whether an act may name an element by something else than a reference of this page."""
        return False

    async def _report(self, report: do.Report) -> None:
        if self.state.flows:  # else there is nobody to tell
            await self._send(report)

    # What changes

    async def _carry_out(self, planned: Plan, by: Party) -> None:
        """Do it, record every change, and let the agent's view follow."""
        before = self.page
        changes = self.browser.carry_out(planned, by)
        for change in changes:
            if change.what != "focus":
                self._saw(PageChanged(by, change.what, change.name))
        if self.page is not before or any(change.what == "page" for change in changes):
            await self._show_page(by)
        else:
            await self._mirror(changes, by)

    async def _mirror(self, changes: Sequence[Change], by: Party) -> None:
        effects = mirrored(changes)
        if effects and self._may_send_page():
            events = changed(self.page, self.restrictions, effects, self._now_ms())
            if events:  # of what is blocked nothing leaves, not even that something happened
                await self._send_content(events, by=by)
        if any(isinstance(effect, Fill) for effect in effects):
            await self._show_elements()

    async def _show_elements(self) -> None:
        """Say what has come, changed and gone of what can be acted on."""
        if not self._may_send_page():
            return
        now = {one.ref: one for one in published_elements(self.page, self.restrictions)}
        come = tuple(one for ref, one in now.items() if one != self._published.get(ref))
        gone = tuple(ref for ref in self._published if ref not in now)
        self._published = now
        if come or gone:
            await self._send(do.ShowElements(self.page_ref, come, gone))

    # What leaves

    def _may_send(self) -> bool:
        """Whether anything of the customer's may leave now."""
        gates, facts = self.gates, self.state
        return (
            gates.knows_the_policy(self.policy)
            and gates.an_agent_has_joined(facts)
            and gates.is_not_suspended(facts)
            and gates.is_not_behind_the_curtain(facts)
            and gates.has_not_ended(facts)
        )

    def _may_say_that_it_left(self) -> bool:
        """That the customer has left is said in a suspension as well: it is a reason of its own (SITE-1)."""
        gates, facts = self.gates, self.state
        joined = gates.knows_the_policy(self.policy) and gates.an_agent_has_joined(facts)
        return joined and gates.has_not_ended(facts) and not self._said_left

    def _may_send_page(self) -> bool:
        return self._may_send() and self._is_on_site()

    def _is_on_site(self) -> bool:
        return self.gates.is_on_the_site(self.policy, self.page.url)

    async def _show_page(self, by: Party | None) -> None:
        """Show the page that is open, from scratch; or say that it is no page of the site, and no more."""
        if self._said_left and self._is_on_site() and not self.state.ended:
            self._said_left = False
            await self._send(do.ReturnToSite())  # the page follows when the session has resumed
        elif self._may_send_page():
            await self._send_page(by)
        elif not self._is_on_site() and self._may_say_that_it_left():
            self._said_left = True
            await self._send(do.LeaveSite())

    async def _send_page(self, by: Party | None) -> None:
        page = self.page
        self.page_ref = f"p{next(self._pages)}"
        page.forget_versions()
        policy = compiled(_NO_POLICY) if self.policy is None else self.policy
        if page.is_filled:
            elements = published_elements(page, self.restrictions)
        else:
            elements = _published_as_loaded(page.source, page.url, policy)
        self._published = {element.ref: element for element in elements}
        await self._send(do.ShowPage(self.page_ref, page.address, elements))
        viewport = self.browser.viewport
        document = _nodes_as_loaded(page.source, page.url, policy, viewport) if page.is_as_loaded else None
        await self._send_content(snapshot(page, self.restrictions, viewport, self._now_ms(), document), by=by)

    async def _send_content(self, events: Sequence[ToSend], *, by: Party | None) -> None:
        payload = encode_events(events)
        sent = do.Mirror(self.recorder.digest(payload), len(payload), self.epoch)
        self.recorder.did(self.party, self.who, sent, session=self.session)
        by_hand = by is Party.CUSTOMER
        await self.link.send(encode_frame(CONTENT, self.epoch, payload, by_hand=by_hand))

    def _now_ms(self) -> int:
        return int(self._clock() * 1000)


class _OpenGates(Gates):
    """No gate at all: everything leaves, every act touches the page."""

    @override
    def knows_the_policy(self, policy: CompiledPolicy | None) -> bool:
        return True

    @override
    def an_agent_has_joined(self, facts: Facts) -> bool:
        return True

    @override
    def is_not_suspended(self, facts: Facts) -> bool:
        return True

    @override
    def is_not_behind_the_curtain(self, facts: Facts) -> bool:
        return True

    @override
    def has_not_ended(self, facts: Facts) -> bool:
        return True

    @override
    def is_on_the_site(self, policy: CompiledPolicy | None, url: str) -> bool:
        return True

    @override
    def refuse(self, at: Moment) -> Refusal | None:
        return None


class RecordingCustomer(Customer):
    """A customer without gates, for judging a server: what the server lets through shows on the page.

    It sends whatever happens, in any state, and carries out every act that arrives.
    """

    def __init__(
        self,
        link: Link,
        recorder: Recorder,
        who: str,
        *,
        session: str = "",
        browser: Browser | None = None,
        clock: Callable[[], float] = trio.current_time,
    ) -> None:
        super().__init__(
            link, recorder, who, session=session, browser=browser, gates=_OpenGates(), clock=clock
        )

    @override
    def _refuse(self, act: do.Act, element: HtmlElement | None, planned: Plan) -> Refusal | None:
        return None

    @override
    def _takes_names(self) -> bool:
        return True


@functools.lru_cache(maxsize=64)
def _policy_of(given: bytes) -> CompiledPolicy:
    """A policy as the server gives it; raises ``msgspec.DecodeError`` and PolicyError."""
    return compiled(msgspec.json.decode(given, type=Policy))


@functools.lru_cache(maxsize=256)
def _restrictions_as_loaded(document: Document, url: str, policy: CompiledPolicy) -> Restrictions:
    """What holds on a page whose document is as it was loaded; of the elements of this very document."""
    return policy.in_document(url, document.root)


@functools.lru_cache(maxsize=256)
def _nodes_as_loaded(html: str, url: str, policy: CompiledPolicy, viewport: Viewport) -> msgspec.Raw:
    """The mirror of a page on which nothing has happened yet."""
    page = Page(url, html, is_shared=True)
    return encoded_nodes(page, policy.on(page), viewport)


@functools.lru_cache(maxsize=256)
def _published_as_loaded(html: str, url: str, policy: CompiledPolicy) -> tuple[Element, ...]:
    """What is published of a page whose elements are those that it was loaded with."""
    page = Page(url, html, is_shared=True)
    return published_elements(page, policy.on(page))


def published_elements(page: Page, restrictions: Restrictions) -> tuple[Element, ...]:
    """What the agent's acts can name on a page, with what the policy says of it; no content."""
    elements = []
    for element in page.elements():
        if not _is_usable(element) or restrictions.blocks(element):
            continue  # of what is blocked agents know nothing, not even that it can be used (MASK-4)
        pressed = plan(page, do.Press(), element, scripts=False).activated
        elements.append(
            Element(
                str(page.ref(element)),
                masked=restrictions.masks(element),
                disabled=any(restrictions.disables(one) for one in (element, *pressed)),
                submits=submitting_acts(page, element),
                allowed=is_allowed(page, restrictions, element),
                form=_form_of(page, element),
            )
        )
    return tuple(elements)


def _form_of(page: Page, element: HtmlElement) -> str:
    form = page.form_of(element)
    return "" if form is None else str(page.ref(form))


def _is_usable(element: HtmlElement) -> bool:
    """Whether a person could use it: a control, a link, a label, a clickable thing, or what stands in one."""
    return element.tag != "option" and kind(element) != "hidden" and any(map(_is_clickable, path_up(element)))


def _is_clickable(element: HtmlElement) -> bool:
    known = is_field(element) or is_button(element) or is_link(element) or kind(element) == "file"
    return known or element.tag in ("label", "summary") or element.get("onclick") is not None

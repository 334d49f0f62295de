"""The cast: plausible mistakes, written by hand, each a server or a customer with one thing wrong.

Taken from what has gone wrong elsewhere in public and from what is easy to get wrong.  Every rule that
shows on the wire has one at least.

Order: small tools, faults that take more than a line, the cast.
"""

import re
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final

import msgspec
from cobrowse_server import desk as desk_module
from cobrowse_server import host as host_module
from cobrowse_server import links as links_module
from cobrowse_server import serve as serve_module
from cobrowse_server import session_ids, sqlite_file
from cobrowse_server.desk import Desk
from cobrowse_server.host import Cause, Host, Link, Live
from cobrowse_server.journal import Entry, Journal, MemoryJournal, Recovered
from cobrowse_server.lobby import Agent, Lobby
from cobrowse_server.policies import Kept, Policies
from cobrowse_server.session_ids import SessionIds, tidy
from cobrowse_server.sqlite_journal import SqliteJournal
from cobrowse_server.throttle import Throttle
from cobrowse_server.told import Told
from cobrowse_simulator import customer as customer_module
from cobrowse_simulator.customer import Customer
from cobrowse_simulator.gates import Gates
from cobrowse_simulator.mirror import ToSend, snapshot
from cobrowse_simulator.page import Page, Viewport
from cobrowse_simulator.restrictions import Restrictions, compiled
from cobrowse_spec import actions as do
from cobrowse_spec import observations as see
from cobrowse_spec import receipt as receipt_module
from cobrowse_spec import session as machine
from cobrowse_spec.actions import Deed
from cobrowse_spec.policy import Policy, PolicyError, is_on_site, parse_policy
from cobrowse_spec.receipt import What, Writer
from cobrowse_spec.refusals import Refusal
from cobrowse_spec.session import Cell, Effect, Guard, Notice, Session, State, allow, refuse
from cobrowse_spec.terms import EndReason, Mode, Party, Reason, SuspendReason, Timer
from cobrowse_spec.wire import messages as messages_module
from cobrowse_spec.wire.frames import CONTENT, POINTER, Frame
from cobrowse_spec.wire.messages import FromParty
from lxml.html import HtmlElement
from msgspec.structs import replace

from .tools import (
    ACTIVE,
    Apply,
    Fault,
    Patch,
    cell,
    ending_in,
    hastening,
    losing,
    with_cell,
    with_effect,
    with_guard,
    without_guard,
)

# Small tools


def only_by(party: Party) -> Guard:
    """A guard that lets one party alone."""
    return Guard("only_by", "SECURE-2", Reason.WRONG_PARTY, lambda session, deed, now: deed.by is party)


def everything_passes(patch: Patch) -> None:
    """The server relays every frame, in any state."""
    patch.setattr(host_module, "refuse_frame", lambda *session, **frame: None)


def anyone_may_do_anything(patch: Patch) -> None:
    """The machine does not look at who does something."""
    patch.setattr(machine, "EVERYWHERE", (machine.is_this_sessions_agent,))


def site_is(patch: Patch, holds: Callable[[str], bool]) -> None:
    """The machine's idea of what is on the site."""
    patch.setattr(machine, "is_on_site", lambda policy, url: holds(url))


def open_gate(name: str) -> Apply:
    """A gate of the customer's end that lets everything through."""
    return lambda patch: patch.setattr(Gates, name, lambda self, *asked: True)


# Faults that take more than a line


def ids_of_eight_digits(patch: Patch) -> None:
    patch.setattr(session_ids, "SESSION_ID_DIGITS", 8)
    patch.setattr(session_ids, "_HOW_MANY", 10**8)


def ids_in_a_row(patch: Patch) -> None:
    issued = iter(range(412_000_000, 500_000_000))
    patch.setattr(SessionIds, "issue", lambda self, now: f"{next(issued):09}")


def no_message_brings_anybody_in(patch: Patch) -> None:
    async def offer(self: Desk, chat: object, message: object) -> None:
        return

    patch.setattr(Desk, "_offer", offer)


def pending_frames_go_to_the_agent_of_the_call(patch: Patch) -> None:
    links: list[Link] = []
    make, relay = Link.__init__, Host.relay

    def init(self: Link, *args: Any, **kwargs: Any) -> None:
        make(self, *args, **kwargs)
        links.append(self)

    def leak(self: Host, link: Link, frame: Frame, data: bytes) -> bool:
        live = link.live
        if live is not None and live.session.state is State.PENDING and live.interaction is not None:
            for other in links:
                if other.agent is not None and other.agent is live.interaction.agent:
                    other.connection.send_frame(data)
        return relay(self, link, frame, data)

    patch.setattr(Link, "__init__", init)
    patch.setattr(Host, "relay", leak)


def frames_are_lost(kind: int) -> Apply:
    def apply(patch: Patch) -> None:
        relay = Host.relay

        def lossy(self: Host, link: Link, frame: Frame, data: bytes) -> bool:
            return False if frame.kind == kind else relay(self, link, frame, data)

        patch.setattr(Host, "relay", lossy)

    return apply


def agents_are_never_busy(patch: Patch) -> None:
    patch.setattr(Desk, "_is_busy", lambda self, agent, policy: False)
    patch.setattr(Link, "is_free", property(lambda self: not self.gone))


def used_ids_are_told_apart(patch: Patch) -> None:
    join: Callable[..., Awaitable[None]] = Desk.join

    async def telling(self: Desk, link: Link, agent: Agent, number: int, action: do.Join) -> None:
        wanted = tidy(action.session_id)
        if wanted in self._ids._taken and wanted not in self._by_id:
            seen = desk_module.NO_SUCH_SESSION.as_seen(message="This session has ended.")
            link.tell(seen, re=number)
            return
        await join(self, link, agent, number, action)

    patch.setattr(Desk, "join", telling)


def one_who_guesses_locks_out_all(patch: Patch) -> None:
    wait_s = Throttle.wait_s

    def all_wait(self: Throttle, agent: str, address: str, now: float) -> float:
        return max((wait_s(self, one.agent, address, now) for one in self.guesses), default=0.0)

    patch.setattr(Throttle, "wait_s", all_wait)


def the_first_request_timer_goes_on(patch: Patch) -> None:
    def keep(effect: Effect) -> Effect:
        def keeping(session: Session, deed: Deed, now: float) -> tuple[Session, tuple[Notice, ...]]:
            changed, notices = effect(session, deed, now)
            first = min(session.deadlines.request, changed.deadlines.request)
            return replace(changed, deadlines=replace(changed.deadlines, request=first)), notices

        return keeping

    with_effect(keep, do.Withdraw, State.ASKED)(patch)
    with_effect(keep, do.Request, State.POINTER)(patch)


def everything_resumes_in_write_mode(patch: Patch) -> None:
    go_on = machine._go_on

    def on_and_on(session: Session) -> tuple[Session, tuple[Notice, ...]]:
        changed, notices = go_on(session)
        return (replace(changed, state=State.WRITE) if notices else changed), notices

    patch.setattr(machine, "_go_on", on_and_on)


def blocked_submits_are_passed_on_all_the_same(patch: Patch) -> None:
    act: Callable[..., Awaitable[Refusal | None]] = Host.act

    async def both(self: Host, live: Live, deed: Deed, cause: Cause) -> Refusal | None:
        refusal = await act(self, live, deed, cause)
        if refusal is not None and refusal.reason is Reason.SUBMIT_BLOCKED:
            assert isinstance(deed.action, do.AnyAct)
            live.links[Party.CUSTOMER].tell(see.Acted(live.session.n + 1, deed.action))
        return refusal

    patch.setattr(Host, "act", both)


def one_allowed_button_allows_all(patch: Patch) -> None:
    def holds(session: Session, deed: Deed, now: float) -> bool:
        assert session.page is not None
        return any(e.allowed for e in session.page.elements) or right.holds(session, deed, now)

    right = machine.submits_nothing_that_is_not_allowed
    old = machine.TABLE[State.WRITE][do.Act]
    guards = tuple(right._replace(holds=holds) if guard is right else guard for guard in old.guards)
    cell(patch, do.Act, Cell(guards, old.effect), State.WRITE)


def allowed_buttons_are_blocked_as_well(patch: Patch) -> None:
    def holds(session: Session, deed: Deed, now: float) -> bool:
        named = deed.action.element if isinstance(deed.action, do.Act) else ""
        elements = session.page.elements if session.page is not None else ()
        return not any(element.ref == named and element.submits for element in elements)

    guard = Guard("blocks_all", "SUBMIT-1", Reason.SUBMIT_BLOCKED, holds)
    with_guard(guard, do.Act, State.WRITE)(patch)


def the_agent_is_told_another_reason(effect: Effect) -> Effect:
    def telling(session: Session, deed: Deed, now: float) -> tuple[Session, tuple[Notice, ...]]:
        changed, notices = effect(session, deed, now)
        other = see.Ended(EndReason.CONTROLLER_STOP)
        return changed, tuple(n._replace(see=other) if n.to is Party.AGENT else n for n in notices)

    return telling


def a_request_outlives_a_suspension(effect: Effect) -> Effect:
    def keeping(session: Session, deed: Deed, now: float) -> tuple[Session, tuple[Notice, ...]]:
        left, notices = machine.leave_site(replace(session, state=State.POINTER), deed, now)
        return left, notices

    return keeping


def any_agents_release_ends_it(patch: Patch) -> None:
    handle: Callable[..., Awaitable[bool]] = Desk._handle_party

    async def careless(self: Desk, link: Link, number: int, action: do.LinkAction) -> bool:
        if link.live is None and isinstance(action, do.ReturnToPointer):
            for live in list(self.host._sessions.values()):
                if live.session.state is State.WRITE:
                    await self.host.put(live, Deed(Party.AGENT, action, live.session.agent))
        return await handle(self, link, number, action)

    patch.setattr(Desk, "_handle_party", careless)


def an_approval_is_good_for_later_requests(effect: Effect) -> Effect:
    def generous(session: Session, deed: Deed, now: float) -> tuple[Session, tuple[Notice, ...]]:
        asked, notices = effect(session, deed, now)
        yes = replace(deed, action=do.Approve(asked.request))
        return machine.approve(asked, yes, now) if session.write_since else (asked, notices)

    return generous


def an_approval_is_remembered_for_the_next_agent(patch: Patch) -> None:
    approved = []

    def remember(effect: Effect) -> Effect:
        def remembering(session: Session, deed: Deed, now: float) -> tuple[Session, tuple[Notice, ...]]:
            approved.append(session.session_id)
            return effect(session, deed, now)

        return remembering

    def recall(effect: Effect) -> Effect:
        def recalling(session: Session, deed: Deed, now: float) -> tuple[Session, tuple[Notice, ...]]:
            joined, notices = effect(session, deed, now)
            return (replace(joined, state=State.WRITE) if approved else joined), notices

        return recalling

    with_effect(remember, do.Approve, State.ASKED)(patch)
    with_effect(recall, do.Join, State.PENDING)(patch)


def changing_elements(*, come: bool = True, gone: bool = True) -> Callable[[Effect], Effect]:
    """An effect that takes only those elements into account that have come, or only those that have gone."""

    def change(effect: Effect) -> Effect:
        def half(session: Session, deed: Deed, now: float) -> tuple[Session, tuple[Notice, ...]]:
            told = deed.action
            assert isinstance(told, do.ShowElements)
            taken = replace(told, elements=told.elements if come else (), gone=told.gone if gone else ())
            after, _ = effect(session, replace(deed, action=taken), now)
            return after, effect(session, deed, now)[1]

        return half

    return change


def bad_schemes_are_listed(patch: Patch) -> None:
    def holds(session: Session, deed: Deed, now: float) -> bool:
        return not isinstance(deed.action, do.OpenUrl) or not deed.action.url.startswith("javascript:")

    right = machine.opens_only_web_addresses
    old = machine.TABLE[State.WRITE][do.Act]
    guards = tuple(right._replace(holds=holds) if guard is right else guard for guard in old.guards)
    cell(patch, do.Act, Cell(guards, old.effect), State.WRITE)


def site_is_compared_without(pattern: str, instead: str = "") -> Apply:
    right = is_on_site

    def apply(patch: Patch) -> None:
        patch.setattr(
            machine, "is_on_site", lambda policy, url: right(policy, re.sub(pattern, instead, url, count=1))
        )

    return apply


def any_credential_will_do(patch: Patch) -> None:
    with_credential = Lobby.agent_with

    def anybody(self: Lobby, credential: str) -> Agent:
        return with_credential(self, credential) or self.add_agent("nobody in particular")[0]

    patch.setattr(Lobby, "agent_with", anybody)


def nobody_has_to_sign_in(patch: Patch) -> None:
    handle: Callable[..., Awaitable[bool]] = Desk.handle_agent

    async def obliging(self: Desk, link: Link, message: FromParty) -> bool:
        if link.agent is None and not isinstance(message.do, do.SignIn):
            link.agent, _ = self.lobby.add_agent("nobody in particular")
        return await handle(self, link, message)

    patch.setattr(Desk, "handle_agent", obliging)


def tokens_are_good_for_both_roles(patch: Patch) -> None:
    resume: Callable[..., Awaitable[bool]] = Desk.resume
    with_token = Host.with_token

    async def any_role(self: Desk, link: Link, number: int, action: do.Resume) -> bool:
        def whoever(host: Host, token: str) -> tuple[Live, Party] | None:
            found = with_token(host, token)
            return None if found is None else (found[0], link.party)

        patch.setattr(Host, "with_token", whoever)
        return await resume(self, link, number, action)

    patch.setattr(Desk, "resume", any_role)


def any_origin_will_do(patch: Patch) -> None:
    patch.setattr(Policies, "any_covers", lambda self, origin: True)
    patch.setattr(desk_module, "_is_from_site", lambda link, policy: True)


def errors_are_not_answered(patch: Patch) -> None:
    patch.setattr(links_module, "_refuse", lambda link, error: None)


def errors_repeat_what_was_sent(patch: Patch) -> None:
    patch.setattr(messages_module, "_without_values", lambda message: message)


def the_wrong_id_is_repeated(patch: Patch) -> None:
    join: Callable[..., Awaitable[None]] = Desk.join

    async def repeating(self: Desk, link: Link, agent: Agent, number: int, action: do.Join) -> None:
        if tidy(action.session_id) not in self._by_id:
            words = f"There is no session {action.session_id}."
            link.tell(desk_module.NO_SUCH_SESSION.as_seen(message=words), re=number)
            return
        await join(self, link, agent, number, action)

    patch.setattr(Desk, "join", repeating)


def denials_are_left_out(patch: Patch) -> None:
    tell = Writer._tell

    def silent_on_denials(self: Writer, told: Any, at: float, session: Session) -> None:
        if told.what is not What.DENIED:
            tell(self, told, at, session)

    patch.setattr(Writer, "_tell", silent_on_denials)


def a_line_is_changed_afterwards(patch: Patch) -> None:
    def changed(self: Writer) -> str:
        return "".join(self._lines).replace('"what":"joined"', '"what":"asked"')

    patch.setattr(Writer, "text", property(changed))


def visits_have_no_duration(patch: Patch) -> None:
    write = Writer._write

    def timeless(self: Writer, line: Any) -> None:
        write(self, replace(line, seconds=None) if isinstance(line, receipt_module.Entry) else line)

    patch.setattr(Writer, "_write", timeless)


def the_mirror_is_of_one_size(patch: Patch) -> None:
    right = snapshot

    def small(
        page: Page, veil: Restrictions, viewport: Viewport, now_ms: int, document: msgspec.Raw | None = None
    ) -> tuple[ToSend, ...]:
        return right(page, veil, Viewport(640, 480), now_ms, document)

    patch.setattr(customer_module, "snapshot", small)


def missed_notices_are_forgotten(patch: Patch) -> None:
    keep = machine._keep_for_later

    def forget(session: Session, notices: tuple[Notice, ...]) -> tuple[Session, tuple[Notice, ...]]:
        return session, keep(session, notices)[1]

    patch.setattr(machine, "_keep_for_later", forget)


def it_forgets_all_sessions(patch: Patch) -> None:
    async def recover(self: SqliteJournal) -> Recovered:
        return Recovered(records=(await right(self)).records)

    right = SqliteJournal.recover
    patch.setattr(SqliteJournal, "recover", recover)


def the_journal_is_in_memory(patch: Patch) -> None:
    async def open_memory(path: object) -> Journal:
        return MemoryJournal()

    patch.setattr(serve_module, "_open_journal", open_memory)


def the_last_deed_is_forgotten(patch: Patch) -> None:
    restore = Host.restore

    def but_the_last(self: Host, live: Live, entries: Iterable[Entry]) -> None:
        kept = list(entries)
        last = max(i for i, entry in enumerate(kept) if not isinstance(entry.deed.action, do.Fence))
        restore(self, live, kept[:last] + kept[last + 1 :])

    patch.setattr(Host, "restore", but_the_last)


def timers_start_anew(patch: Patch) -> None:
    go_on = Host._go_on

    async def afresh(self: Host, live: Live) -> None:
        deadlines, now = live.session.deadlines, self._clock()
        timers = live.session.policy.timers
        changes = {
            timer.value: now + getattr(timers, f"{timer.value}_s")
            for timer in Timer
            if getattr(deadlines, timer.value) < float("inf")
        }
        live.session = replace(live.session, deadlines=replace(deadlines, **changes))
        await go_on(self, live)

    patch.setattr(Host, "_go_on", afresh)


def cool_downs_are_forgotten(patch: Patch) -> None:
    go_on = Host._go_on

    async def at_once(self: Host, live: Live) -> None:
        live.session = replace(live.session, cool_down_until=float("-inf"))
        await go_on(self, live)

    patch.setattr(Host, "_go_on", at_once)


def nobody_is_told_what_was_missed(patch: Patch) -> None:
    patch.setattr(Told, "after", lambda self, number: [])


def what_was_on_its_way_is_gone(patch: Patch) -> None:
    after = Told.after
    patch.setattr(Told, "after", lambda self, number: after(self, None))


def who_comes_back_is_told_everything(patch: Patch) -> None:
    after = Told.after
    patch.setattr(Told, "after", lambda self, number: after(self, 0))


def what_was_missed_comes_backwards(patch: Patch) -> None:
    after = Told.after
    patch.setattr(Told, "after", lambda self, number: after(self, number)[::-1])


def receipts_begin_anew(patch: Patch) -> None:
    restore = Host.restore

    def without_receipt(self: Host, live: Live, entries: Iterable[Entry]) -> None:
        empty = live.receipt
        live.receipt = Writer("elsewhere", b"")
        restore(self, live, entries)
        live.receipt = empty

    patch.setattr(Host, "restore", without_receipt)


def the_journal_holds_what_was_typed(patch: Patch) -> None:
    patch.setattr(sqlite_file, "for_the_record", lambda deed, policy: deed)


def masks_are_not_looked_at(patch: Patch) -> None:
    patch.setattr(Restrictions, "shows", lambda self, element, text: text)


def secrets_tell_their_length(patch: Patch) -> None:
    def shows(self: Restrictions, element: HtmlElement, text: str) -> str:
        return "*" * len(text) if self.masks(element) else text

    patch.setattr(Restrictions, "shows", shows)


def masks_hold_in_pointer_mode_only(patch: Patch) -> None:
    right = customer_module.Customer.restrictions

    def loose(self: customer_module.Customer) -> Restrictions:
        return Restrictions() if self.state.mode is Mode.WRITE else right.__get__(self)

    patch.setattr(customer_module.Customer, "restrictions", property(loose))


LATE_YES = allow(lambda s, d, now: machine.approve(replace(s, request="r1"), d, now))
NO_ADDRESSES = Guard(
    "no_addresses",
    "NAVIGATE-2",
    Reason.OFF_SITE,
    lambda s, deed, now: not isinstance(deed.action, do.OpenUrl),
)
HIDDEN = losing(object, to=Party.CUSTOMER)
UNTOLD = losing(object, to=Party.AGENT)


def the_site_opens_the_curtain(patch: Patch) -> None:
    held = machine.suspended_for

    def without_curtain(session: Session) -> tuple[SuspendReason, ...]:
        return tuple(reason for reason in held(session) if reason is not SuspendReason.CURTAIN)

    patch.setattr(machine, "suspended_for", without_curtain)


def what_is_behind_the_curtain_leaves(patch: Patch) -> None:
    for gate in ("is_not_behind_the_curtain", "is_not_suspended"):
        patch.setattr(Gates, gate, lambda self, facts: True)


def a_limit_is_for_show(patch: Patch) -> None:
    patch.setattr(Gates, "is_within_the_limit", lambda self, at: True)
    without_guard("is_within_the_limit", do.Act, State.WRITE)(patch)


def live_sessions_keep_their_policy(patch: Patch) -> None:
    async def tighten(self: Host, live: Live, policy: object) -> None:
        return

    patch.setattr(Host, "tighten", tighten)


async def takes_the_first_policy_only(self: Customer, given: see.PolicyGiven) -> None:
    if self.policy is None:
        self.policy = compiled(msgspec.json.decode(given.policy, type=Policy))


def live_sessions_follow_a_looser_policy(patch: Patch) -> None:
    for name, does in (("tightens", lambda old, new: old != new), ("tighten", lambda old, new: new)):
        patch.setattr(machine, name, does)
    patch.setattr(host_module, "tightens", lambda old, new: old != new)


def what_cannot_be_read_is_left_out(patch: Patch) -> None:
    put = Policies.put

    def lenient(self: Policies, name: str, text: str) -> Policy:
        try:
            return put(self, name, text)
        except PolicyError as error:
            lines = text.splitlines()
            return put(self, name, "\n".join(lines[: error.line - 1] + lines[error.line :]))

    patch.setattr(Policies, "put", lenient)


def no_line_is_named(patch: Patch) -> None:
    def put(self: Policies, name: str, text: str) -> Policy:
        try:
            policy = parse_policy(text)
        except PolicyError as error:
            raise PolicyError(error.what) from None
        self._kept[name] = Kept(policy, text)
        return policy

    patch.setattr(Policies, "put", put)


def sessions_of_nothing_on_any_site(patch: Patch) -> None:
    patch.setattr(Policies, "of_site", lambda self, origin: next(iter(self._kept)))
    patch.setattr(desk_module, "_is_from_site", lambda link, policy: True)
    without_guard("has_an_interaction", do.Start, State.UNSTARTED)(patch)


def a_limited_approval_is_widened(effect: Effect) -> Effect:
    def widened(session: Session, deed: Deed, now: float) -> tuple[Session, tuple[Notice, ...]]:
        assert isinstance(deed.action, do.Approve)
        action = replace(deed.action, scope="", timed=False)
        return effect(session, replace(deed, action=action), now)

    return widened


CAST: Final[tuple[Fault, ...]] = (
    Fault("START-1", "an agent may start a session", anyone_may_do_anything),
    Fault("START-2", "session IDs have eight digits", ids_of_eight_digits),
    Fault("START-3", "the chat brings nobody in", no_message_brings_anybody_in),
    Fault(
        "START-4",
        "anyone's message brings the agent in",
        without_guard("was_posted_by_the_system", do.Say, State.PENDING),
    ),
    Fault(
        "START-4",
        "any text brings the agent in",
        without_guard("is_exactly_a_start_message", do.Say, State.PENDING),
    ),
    Fault("START-5", "frames go to the agent of the call at once", pending_frames_go_to_the_agent_of_the_call),
    Fault("START-5", "it sends before anybody has joined", open_gate("an_agent_has_joined"), "customer"),
    Fault("START-6", "it ends too soon", with_effect(hastening(Timer.PENDING), do.Start, State.UNSTARTED)),
    Fault("START-6", "it never ends", with_cell(Timer.PENDING, allow(machine.nothing), State.PENDING)),
    Fault(
        "START-6",
        "it can be cancelled when an agent is in",
        with_cell(do.Cancel, machine.TABLE[State.PENDING][do.Cancel], *ACTIVE),
    ),
    Fault("START-7", "IDs come in a row", ids_in_a_row),
    Fault("START-8", "sessions of nothing on any site", sessions_of_nothing_on_any_site),
    Fault("START-8", "a second session on the same call", with_cell(do.Start, allow(machine.begin), State.PENDING)),
    Fault("JOIN-1", "the agent is not told of the page", with_effect(UNTOLD, do.ShowPage, State.POINTER)),
    Fault("JOIN-2", "the customer is not told", with_effect(HIDDEN, do.Join, State.PENDING)),
    Fault("JOIN-3", "it begins in Write Mode", with_effect(ending_in(state=State.WRITE), do.Join, State.PENDING)),
    Fault("JOIN-4", "a second agent gets in", with_cell(do.Join, allow(machine.join), *ACTIVE)),
    Fault("JOIN-4", "transfers are accepted", with_cell(do.Transfer, allow(machine.nothing), *ACTIVE)),
    Fault("JOIN-5", "agents are never busy", agents_are_never_busy),
    Fault("JOIN-6", "used IDs are told apart", used_ids_are_told_apart),
    Fault("JOIN-7", "spaces are not passed over", lambda p: p.setattr(desk_module, "tidy", lambda entered: entered)),
    Fault("JOIN-8", "no throttle", lambda p: p.setattr(Throttle, "wait_s", lambda self, *who: 0.0)),
    Fault("JOIN-8", "one who guesses locks out all", one_who_guesses_locks_out_all),
    Fault("JOIN-9", "a token revives the session", with_cell(do.Resume, allow(machine.take_up_link), State.ENDED)),
    Fault("POINTER-1", "content is lost", frames_are_lost(CONTENT)),
    Fault("POINTER-2", "acts pass in Pointer Mode", with_cell(do.Act, allow(machine.pass_act), State.POINTER)),
    Fault("POINTER-2", "acts are carried out in Pointer Mode", open_gate("is_in_write_mode"), "customer"),
    Fault("POINTER-3", "pointers are lost", frames_are_lost(POINTER)),
    Fault("POINTER-3", "pointers pass in any state", everything_passes),
    Fault("POINTER-4", "the customer sees no circle", with_effect(HIDDEN, do.Click, *ACTIVE)),
    Fault("POINTER-5", "no request in Pointer Mode", with_cell(do.Request, refuse("POINTER-5", Reason.POINTER_MODE), State.POINTER)),
    Fault("WRITE-1", "the agent may approve", anyone_may_do_anything),
    Fault("WRITE-1", "an approval counts when nothing is asked", with_cell(do.Approve, LATE_YES, State.POINTER)),
    Fault("WRITE-1", "an approval is good for later requests", with_effect(an_approval_is_good_for_later_requests, do.Request, State.POINTER)),
    Fault("WRITE-2", "the customer is not asked", with_effect(HIDDEN, do.Request, State.POINTER)),
    Fault("WRITE-2", "asking is enough", with_effect(ending_in(state=State.WRITE), do.Request, State.POINTER)),
    Fault("WRITE-3", "a denial is not told", with_effect(UNTOLD, do.Deny, State.ASKED)),
    Fault("WRITE-3", "an expiry is not told", with_effect(UNTOLD, Timer.REQUEST, State.ASKED)),
    Fault("WRITE-4", "acts are refused in Write Mode", with_cell(do.Act, machine.TABLE[State.POINTER][do.Act], State.WRITE)),
    Fault("WRITE-5", "disabled is not looked at", without_guard("write_mode_is_enabled", do.Request, State.POINTER)),
    Fault("WRITE-7", "every repeat is a new request", with_cell(do.Request, allow(machine.ask), State.ASKED)),
    Fault("WRITE-7", "any answer counts", without_guard("names_the_pending_request", do.Approve, State.ASKED)),
    Fault("WRITE-7", "a repeat takes the request back", with_cell(do.Request, allow(machine.withdraw), State.ASKED)),
    Fault("WRITE-8", "an earlier request's timer ends a later one", the_first_request_timer_goes_on),
    Fault("WRITE-8", "any withdrawal counts", without_guard("names_the_pending_request", do.Withdraw, State.ASKED)),
    Fault("WRITE-9", "no cool-down", without_guard("has_cooled_down", do.Request, State.POINTER)),
    Fault("WRITE-10", "only the customer can return", with_guard(only_by(Party.CUSTOMER), do.ReturnToPointer, State.WRITE)),
    Fault("WRITE-11", "only the agent can return", with_guard(only_by(Party.AGENT), do.ReturnToPointer, State.WRITE)),
    Fault("WRITE-11", "the agent is not told", with_effect(UNTOLD, do.ReturnToPointer, State.WRITE)),
    Fault("WRITE-12", "late acts pass", without_guard("belongs_to_this_stretch_of_write_mode", do.Act, State.WRITE)),
    Fault("WRITE-12", "acts are carried out after Write Mode", open_gate("is_in_write_mode"), "customer"),
    Fault("WRITE-13", "Write Mode outlives a suspension", everything_resumes_in_write_mode),
    Fault("WRITE-13", "moving on the site ends it", with_effect(ending_in(state=State.POINTER), do.ShowPage, State.WRITE)),
    Fault("WRITE-13", "another agent's release ends it", any_agents_release_ends_it),
    Fault("WRITE-13", "the next agent inherits it", an_approval_is_remembered_for_the_next_agent),
    Fault("WRITE-14", "the agent's late edit wins", open_gate("saw_the_customers_last_edit")),
    Fault("WRITE-15", "a limited request is widened", without_guard("approvals_may_be_limited", do.Request, State.POINTER)),
    Fault("WRITE-15", "acts outside the limit pass", without_guard("is_within_the_limit", do.Act, State.WRITE)),
    Fault("WRITE-15", "acts outside the limit are carried out", open_gate("is_within_the_limit"), "customer"),
    Fault("WRITE-15", "the limit is shown and not enforced", a_limit_is_for_show, "both"),
    Fault("WRITE-15", "it never reverts by itself", with_cell(Timer.APPROVAL, allow(machine.nothing), State.WRITE)),
    Fault("WRITE-15", "the customer's limit is overheard", with_effect(a_limited_approval_is_widened, do.Approve, State.ASKED)),
    Fault("SUBMIT-1", "submits pass", without_guard("submits_nothing_that_is_not_allowed", do.Act, State.WRITE)),
    Fault("SUBMIT-1", "submits are carried out", open_gate("submits_only_what_is_allowed"), "customer"),
    Fault("SUBMIT-2", "blocked, and passed on all the same", blocked_submits_are_passed_on_all_the_same),
    Fault("SUBMIT-2", "a script's submit is carried out", open_gate("submits_only_what_is_allowed"), "customer"),
    Fault("SUBMIT-3", "no new page in Pointer Mode", with_cell(do.ShowPage, allow(machine.nothing), State.POINTER, State.ASKED)),
    Fault("SUBMIT-4", "one allowed button allows all", one_allowed_button_allows_all),
    Fault("SUBMIT-4", "allowed buttons are blocked as well", allowed_buttons_are_blocked_as_well),
    Fault("SUBMIT-4", "all buttons are allowed", open_gate("submits_only_what_is_allowed"), "customer"),
    Fault("SITE-1", "frames pass while suspended", everything_passes),
    Fault("SITE-1", "leaving is not looked at", with_cell(do.LeaveSite, allow(machine.nothing), *ACTIVE)),
    Fault("SITE-1", "it sends while suspended", open_gate("is_not_suspended"), "customer"),
    Fault("SITE-2", "it does not resume", with_cell(do.ReturnToSite, allow(machine.nothing), State.SUSPENDED)),
    Fault("SITE-2", "it resumes in Write Mode", everything_resumes_in_write_mode),
    Fault("SITE-3", "pages of other sites are shown", lambda patch: site_is(patch, lambda url: True)),
    Fault("SITE-3", "the agent is not told", with_effect(UNTOLD, do.LeaveSite, *ACTIVE)),
    Fault("SITE-4", "it ends too soon", with_effect(hastening(Timer.OFF_SITE), do.LeaveSite, *ACTIVE)),
    Fault("SITE-4", "it never ends", with_cell(Timer.OFF_SITE, allow(machine.nothing), State.SUSPENDED)),
    Fault("SITE-5", "a prefix is enough", lambda patch: site_is(patch, lambda url: url.startswith("https://bank.example"))),
    Fault("SITE-5", "the name anywhere is enough", lambda patch: site_is(patch, lambda url: "bank.example" in url)),
    Fault("SITE-5", "wildcards do not count", lambda patch: site_is(patch, lambda url: url.startswith("https://bank.example/"))),
    Fault("SITE-5", "the port does not count", site_is_compared_without(r":\d+(?=/)")),
    Fault("SITE-5", "the scheme does not count", site_is_compared_without(r"^http:", "https:")),
    Fault("SITE-5", "a dot at the end does not count", site_is_compared_without(r"\.(?=/)")),
    Fault("SITE-5", "the user name is taken for the host", site_is_compared_without(r"@[^/]*")),
    Fault("SITE-5", "a wildcard is a mere suffix", site_is_compared_without(r"//\w+(?=branches\.)", "//x.")),
    Fault("SITE-6", "acts pass while suspended", with_cell(do.Act, allow(machine.pass_act), State.SUSPENDED)),
    Fault("SITE-6", "requests pass while suspended", with_cell(do.Request, allow(machine.ask), State.SUSPENDED)),
    Fault("SITE-6", "a request outlives a suspension", with_effect(a_request_outlives_a_suspension, do.LeaveSite, State.ASKED)),
    Fault("STOP-1", "no exit from Write Mode", with_cell(do.Exit, refuse("STOP-1", Reason.OUT_OF_TURN), State.WRITE)),
    Fault("STOP-2", "the agent is not told", with_effect(UNTOLD, do.Exit, *ACTIVE)),
    Fault("STOP-2", "the view goes on", everything_passes),
    Fault("STOP-3", "the customer is not told", with_effect(HIDDEN, do.Exit, *ACTIVE)),
    Fault("STOP-3", "it goes on sending", open_gate("has_not_ended"), "customer"),
    Fault("STOP-4", "the end of the call is not looked at", with_cell(do.EndInteraction, allow(machine.nothing), *ACTIVE, State.PENDING)),
    Fault("STOP-5", "exits pass after the end", with_cell(do.Exit, allow(machine.exit_session), State.ENDED)),
    Fault("STOP-5", "acts pass after the end", with_cell(do.Act, allow(machine.pass_act), State.ENDED)),
    Fault("STOP-6", "the agent is told another reason", with_effect(the_agent_is_told_another_reason, do.Exit, *ACTIVE)),
    Fault("STOP-6", "it ends twice", with_cell(do.Exit, allow(machine.exit_session), State.ENDED)),
    Fault("STOP-7", "nobody is warned", with_effect(losing(see.Warned, to=Party.AGENT), Timer.WARNING, *ACTIVE)),
    Fault("STOP-7", "pointers are no activity", lambda patch: patch.setattr(host_module, "_stir_every_s", lambda policy: float("inf"))),
    Fault("NAVIGATE-1", "no address can be typed", with_guard(NO_ADDRESSES, do.Act, State.WRITE)),
    Fault("NAVIGATE-2", "addresses off the site pass", without_guard("stays_on_the_site", do.Act, State.WRITE)),
    Fault("NAVIGATE-2", "links off the site are followed", open_gate("stays_on_the_site"), "customer"),
    Fault("NAVIGATE-3", "any scheme passes", without_guard("opens_only_web_addresses", do.Act, State.WRITE)),
    Fault("NAVIGATE-3", "any scheme is opened", open_gate("opens_only_web_addresses"), "customer"),
    Fault("NAVIGATE-3", "bad schemes are listed, not good ones", bad_schemes_are_listed),
    Fault("NAVIGATE-4", "disabled elements pass", without_guard("does_not_use_a_disabled_element", do.Act, State.WRITE)),
    Fault("NAVIGATE-4", "disabled elements work", open_gate("uses_nothing_disabled"), "customer"),
    Fault("NAVIGATE-5", "denied addresses pass", without_guard("opens_nothing_that_is_denied", do.Act, State.WRITE)),
    Fault("NAVIGATE-5", "denied links are followed", open_gate("opens_nothing_denied"), "customer"),
    Fault("NAVIGATE-6", "no history is no reason", open_gate("has_history"), "customer"),
    Fault("NAVIGATE-6", "forms are submitted again", open_gate("would_not_resubmit"), "customer"),
    Fault("NAVIGATE-7", "another page is another site", with_cell(do.ShowPage, allow(machine.leave_site), State.POINTER, State.WRITE)),
    Fault("NAVIGATE-7", "another page ends Write Mode", with_effect(ending_in(state=State.POINTER), do.ShowPage, State.WRITE)),
    Fault("MASK-1", "masks are not looked at", masks_are_not_looked_at, "customer"),
    Fault("MASK-2", "masks are not looked at", masks_are_not_looked_at, "customer"),
    Fault("MASK-4", "blocks are not looked at", lambda patch: patch.setattr(Restrictions, "blocks", lambda self, element: False), "customer"),
    Fault("MASK-7", "masked fields can be changed", without_guard("does_not_change_a_masked_element", do.Act, State.WRITE)),
    Fault("MASK-7", "masked fields are changed", open_gate("changes_nothing_masked"), "customer"),
    Fault("MASK-9", "secrets tell their length", secrets_tell_their_length, "customer"),
    Fault("MASK-10", "masks hold in Pointer Mode only", masks_hold_in_pointer_mode_only, "customer"),
    Fault("MASK-11", "live sessions keep their policy", live_sessions_keep_their_policy),
    Fault("MASK-11", "live sessions follow a looser policy", live_sessions_follow_a_looser_policy),
    Fault("MASK-11", "what cannot be read is left out", what_cannot_be_read_is_left_out),
    Fault("MASK-11", "no line at fault is named", no_line_is_named),
    Fault("MASK-11", "the page is not shown anew", lambda patch: patch.setattr(Customer, "_take_policy", takes_the_first_policy_only), "customer"),
    Fault("VIEW-1", "the mirror is always of one size", the_mirror_is_of_one_size, "customer"),
    Fault("VIEW-3", "resizes are not mirrored", lambda patch: patch.setattr(customer_module, "resized", lambda *at: ()), "customer"),
    Fault("RESUME-1", "a lost link is an exit", with_cell(do.LoseLink, allow(machine.end(EndReason.AGENT_LOST)), *ACTIVE)),
    Fault("RESUME-1", "it waits too short", with_effect(hastening(Timer.CUSTOMER_LINK), do.LoseLink, *ACTIVE)),
    Fault("RESUME-2", "missed notices are forgotten", missed_notices_are_forgotten),
    Fault("RESUME-2", "what was on its way is gone", what_was_on_its_way_is_gone),
    Fault("RESUME-2", "everything is told again", who_comes_back_is_told_everything),
    Fault("RESUME-2", "what was missed comes backwards", what_was_missed_comes_backwards),
    Fault("RESUME-3", "an announced reload is a loss", with_cell(do.Announce, allow(machine.nothing), *ACTIVE)),
    Fault("RESUME-3", "Write Mode outlives a loss", everything_resumes_in_write_mode),
    Fault("RESUME-4", "it forgets all sessions", it_forgets_all_sessions),
    Fault("RESUME-4", "the journal is in memory", the_journal_is_in_memory),
    Fault("RESUME-4", "the last deed is forgotten", the_last_deed_is_forgotten),
    Fault("RESUME-4", "timers start anew", timers_start_anew),
    Fault("RESUME-4", "cool-downs are forgotten", cool_downs_are_forgotten),
    Fault("RESUME-4", "nobody is told what happened at the restart", nobody_is_told_what_was_missed),
    Fault("RESUME-4", "receipts begin anew", receipts_begin_anew),
    Fault("RESUME-4", "the journal holds what was typed", the_journal_holds_what_was_typed),
    Fault("SECURE-1", "any credential will do", any_credential_will_do),
    Fault("SECURE-1", "nobody has to sign in", nobody_has_to_sign_in),
    Fault("SECURE-2", "tokens are good for both roles", tokens_are_good_for_both_roles),
    Fault("SECURE-3", "any origin will do", any_origin_will_do),
    Fault("SECURE-4", "errors are not answered", errors_are_not_answered),
    Fault("SECURE-4", "what comes on a page cannot be acted on", with_effect(changing_elements(come=False), do.ShowElements, *ACTIVE)),
    Fault("SECURE-4", "what has gone from a page can be acted on", with_effect(changing_elements(gone=False), do.ShowElements, *ACTIVE)),
    Fault("SECURE-4", "abuse closes nothing", lambda patch: patch.setattr(links_module, "MAX_ERRORS_PER_LINK", 10**6)),
    Fault("SECURE-6", "errors repeat what was sent", errors_repeat_what_was_sent),
    Fault("SECURE-6", "the wrong ID is repeated", the_wrong_id_is_repeated),
    Fault("RECORD-1", "denials are left out", denials_are_left_out),
    Fault("RECORD-1", "a line is changed afterwards", a_line_is_changed_afterwards),
    Fault("RECORD-2", "pages are not followed", lambda patch: patch.setattr(Writer, "_follow", lambda self, url, at: None)),
    Fault("RECORD-2", "visits have no duration", visits_have_no_duration),
    Fault("PAUSE-1", "drawing it does nothing", with_cell(do.DrawCurtain, allow(machine.nothing), *ACTIVE)),
    Fault("PAUSE-1", "there is one where there is none", without_guard("there_is_a_curtain", do.DrawCurtain, *ACTIVE)),
    Fault("PAUSE-1", "coming back to the site opens it", the_site_opens_the_curtain),
    Fault("PAUSE-1", "frames pass it", everything_passes),
    Fault("PAUSE-1", "pages are shown behind it", without_guard("the_curtain_is_open", do.ShowPage, State.SUSPENDED)),
    Fault("PAUSE-1", "it is drawn for ever", with_cell(Timer.INACTIVITY, allow(machine.nothing), State.SUSPENDED)),
    Fault("PAUSE-1", "its own end lets things out", what_is_behind_the_curtain_leaves, "customer"),
)  # fmt: skip

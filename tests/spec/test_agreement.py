"""Machine and invariants agree: whatever parties do, a server that runs the machine breaks no rule.

A tiny player stands in for the world: parties with links on which messages are on their way until they
are taken, a server that does what ``step`` says, a clock that stands unless it is moved.  Stories are
drawn, played and judged.  They also say whether the invariants are sound: what differs only by the order
in which the events of two links happened to be recorded must not become a violation.

Order: the world, stories, the properties.
"""

import itertools
from collections import deque
from collections.abc import Callable, Iterable
from random import Random
from typing import Any, Final, NamedTuple

import msgspec
import pytest
from cobrowse_spec import actions as do
from cobrowse_spec import observations as see
from cobrowse_spec.actions import Action, Deed, Element
from cobrowse_spec.observations import Observation
from cobrowse_spec.policy import Policy, Timers, capabilities, is_on_site
from cobrowse_spec.refusals import Refusal
from cobrowse_spec.rules import Status, Violation, judge
from cobrowse_spec.session import Session, State, next_deadline, refuse_frame, start_message, step
from cobrowse_spec.terms import InteractionKind, Mode, Party, Reason
from cobrowse_spec.trace import Event, Header, Recorder, Trace
from hypothesis import HealthCheck, given, settings
from hypothesis import event as note
from hypothesis import strategies as st
from msgspec.structs import replace
from typing_extensions import override

#: The same examples in every run, however busy the machine.
fair = settings(derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])

SESSION_ID: Final = "123456789"
SITE: Final = "https://bank.example"
POLICY: Final = Policy(
    site=(SITE,),
    scoped_grants=True,
    curtain=True,
    timers=Timers(approval_s=30.0, inactivity_s=100.0, warning_s=40.0),
)
ELEMENTS: Final = (
    Element("plain", form="form"),
    Element("send", submits=("press", "Enter"), form="form"),
    Element("subscribe", submits=("press",), allowed=True),
    Element("ssn", masked=True),
)
#: Another page: the same references are other elements there.
OTHERS: Final = (Element("plain", submits=("press", "type")), Element("send"), Element("ssn", disabled=True))
PARTIES: Final = {
    "customer": Party.CUSTOMER,
    "agent": Party.AGENT,
    "second agent": Party.AGENT,
    "contact centre": Party.CONTROLLER,
    "system": Party.SYSTEM,
}
WHO: Final = tuple(PARTIES)


# The world


class Sent(NamedTuple):
    """A message of a party, on its way to the server."""

    number: int
    action: Action


class Told(NamedTuple):
    """What the server says, on its way to a party."""

    seen: Observation
    n: int = 0
    re: int = 0
    epoch: int = 0


class Person:
    """A party: what it knows, and what is on its way from it and to it."""

    def __init__(self, who: str) -> None:
        self.who = who
        self.party = PARTIES[who]
        self.numbers = itertools.count(1)
        self.up: deque[Sent] = deque()
        self.down: deque[Told] = deque()
        #: Whether its link is open, and whether its session goes over it.
        self.is_open = True
        self.session = ""
        self.epoch = 0
        self.request = ""
        self.page = ""
        self.joined = self.suspended = self.curtain = self.ended = False
        self.mode = Mode.POINTER

    @property
    def flows(self) -> bool:
        """Whether, as far as it knows, content flows."""
        return self.joined and not self.suspended and not self.curtain and not self.ended

    def learn(self, told: Told) -> None:
        """Take what was told into account."""
        self.epoch = max(self.epoch, told.epoch)
        seen: Any = told.seen
        self.mode = getattr(seen, "mode", self.mode)
        match seen:
            case see.Started():
                self.session = "s1"
            case see.Joined():
                self.session, self.joined = "s1", True
            case see.Resumed():
                self.suspended = self.curtain = False
            case see.Restored():
                self.suspended = seen.state == State.SUSPENDED
            case see.Suspended():
                self.suspended, self.mode = True, Mode.POINTER
            case see.Ended():
                self.session, self.ended, self.mode = "s1", True, Mode.POINTER
            case see.Asked():
                self.request = seen.request
            case see.PageShown():
                self.page = seen.page
            case _:
                pass


class World:
    """One chat, the session of its customer, and everybody's links."""

    def __init__(self, policy: Policy = POLICY, *, obeying: bool = False) -> None:
        self.now = 0.0
        self.policy = policy
        #: Whether the customer's end keeps the rules, so that it can be judged as well.
        self.obeying = obeying
        self.recorder = Recorder(header(policy, obeying=obeying), lambda: self.now, key=b"key")
        self.session = Session(SESSION_ID, policy, interaction="i1")
        self.people = {who: Person(who) for who in WHO}
        #: Whether the chat is over.
        self.is_over = False
        #: Whether notices were on their way over a link when it broke: the server cannot know of them.
        self.lost_notices = False
        self._fences = itertools.count(1)
        self._frames = itertools.count(1)
        self._pages = itertools.count(1)
        for who in ("agent", "second agent", "contact centre"):
            self.perform(who, do.SignIn(""))
            self._tell(who, Told(see.Welcome(who), re=1))
            self.people[who].up.clear()
            self.take(who)
        self.perform("contact centre", do.OpenInteraction(InteractionKind.CHAT))
        self.people["contact centre"].up.clear()
        self._tell("contact centre", Told(see.InteractionOpened("i1"), re=2))

    # What parties do

    def perform(self, who: str, action: Action) -> None:
        """A party does something: it is recorded, then sent."""
        person = self.people[who]
        filled: Any = self._filled(person, action)
        if not person.is_open and not isinstance(action, do.Resume):
            return
        if isinstance(action, do.Resume) and person.session == "":
            return  # it has no token to come back with
        frame = isinstance(action, do.MovePointer | do.Mirror)
        if self.obeying and person.party is Party.CUSTOMER and not self._may(person, filled):
            return
        if isinstance(action, do.DrawCurtain) and self.policy.curtain:
            person.curtain = person.party is Party.CUSTOMER
        if isinstance(action, do.Resume):  # over a new link
            self._drop(person)
        on_the_spot = isinstance(action, do.Act) and person.party is Party.CUSTOMER
        number = 0 if frame or on_the_spot else next(person.numbers)
        self.recorder.did(person.party, who, filled, re=number, session=person.session)
        if not on_the_spot:
            person.up.append(Sent(number, filled))
            return
        what = "submit" if isinstance(action, do.Submit) else "field"
        self._see(person, see.PageChanged(Party.CUSTOMER, what))
        self.perform(who, do.Mirror(size=1))

    def put(self, policy: Policy) -> None:
        """The contact centre puts a policy in force: what a judge can see of it is recorded, and it is sent."""
        centre = self.people["contact centre"]
        number = next(centre.numbers)
        self.recorder.did(centre.party, centre.who, do.PutPolicy("", write_mode=policy.write_mode), re=number)
        centre.up.append(Sent(number, do.FollowPolicy(policy)))

    def _may(self, customer: Person, action: Action) -> bool:
        """What an obeying customer's end lets out."""
        if isinstance(action, do.ShowPage) and not is_on_site(self.policy, action.url):
            return False
        shows = do.ShowPage | do.ShowElements | do.Mirror | do.MovePointer
        return customer.flows or not isinstance(action, shows)

    def _filled(self, person: Person, action: Action) -> Action:
        match action:
            case do.Fence():
                return replace(action, fence=f"f{next(self._fences)}")
            case do.Mirror():
                return replace(action, digest=f"d{next(self._frames)}", epoch=person.epoch)
            case do.MovePointer():
                return replace(action, epoch=person.epoch)
            case do.ShowPage():
                person.page = f"p{next(self._pages)}"
                return replace(action, page=person.page)
            case do.ShowElements(page=""):
                return replace(action, page=person.page)
            case do.Approve(request="") | do.Deny(request="") | do.Withdraw(request=""):
                return replace(action, request=person.request)
            case do.Request() if action.scope:
                return replace(action, page=person.page)
            case do.Act() if person.party is Party.AGENT:
                return replace(action, page=person.page, epoch=person.epoch)
            case _:
                return action

    def cut(self, who: str, *, arrives: bool) -> None:
        """A party's link breaks; ``arrives``: what it had sent before still gets to the server."""
        person = self.people[who]
        if not person.is_open or not person.session:
            return
        self.recorder.did(Party.SYSTEM, "system", do.LoseLink(person.party), session=person.session)
        person.is_open = False
        while person.up and arrives:
            self.serve(who)
        self._drop(person)
        self.people["system"].up.append(Sent(0, do.LoseLink(person.party)))

    def _drop(self, person: Person) -> None:
        self.lost_notices = self.lost_notices or any(told.n for told in person.down)
        person.is_open = False
        person.up.clear()
        person.down.clear()

    # What the server does

    def serve(self, who: str) -> None:
        """The server takes the next message of a party."""
        person = self.people[who]
        if person.up:
            sent = person.up.popleft()
            self._serve(person, sent.number, sent.action)

    def _serve(self, person: Person, number: int, action: Any) -> None:
        deed = Deed(person.party, action, person.who if person.party is Party.AGENT else "", person.who)
        match action:
            case do.MovePointer() | do.Mirror():
                self._relay(person, action)
            case do.Fence() if not self._is_in(person):
                self._tell(person.who, Told(see.FencePassed(action.fence), re=number))
            case do.Join() if action.session_id != SESSION_ID:
                self._refuse(person, Refusal("JOIN-6", Reason.NO_SUCH_SESSION), number)
            case do.Say():
                self._tell("agent", Told(see.Said("i1", action.author, action.text)))
                self._apply(Deed(Party.CONTROLLER, action, "agent", "agent"), person, number)
            case do.LoseLink():
                back = self._holder(action.party)
                if back is not None and not back.is_open:
                    self._apply(deed, person, number)
            case do.FollowPolicy(policy=policy):
                if self.session.state is State.UNSTARTED:
                    self.session = replace(self.session, policy=policy)
                elif self.session.state is not State.ENDED:
                    self._apply(Deed(Party.SYSTEM, action), self.people["system"], 0)
                self._tell(person.who, Told(see.PolicyInForce(), re=number))
            case do.Resume():
                self._resume(person, deed, number)
            case do.Start() if self.is_over and self.session.state is State.UNSTARTED:
                self._refuse(person, Refusal("START-8", Reason.NO_INTERACTION), number)
            case do.EndInteraction():
                self.is_over = True
                if self.session.state not in (State.UNSTARTED, State.ENDED):
                    self._apply(deed, person, number)
                self._tell(person.who, Told(see.InteractionEnded("i1"), re=number))
            case _:
                self._apply(deed, person, number)

    def _relay(self, person: Person, frame: do.MovePointer | do.Mirror) -> None:
        content = isinstance(frame, do.Mirror)
        if not self._is_in(person) or not person.is_open:
            return
        if refuse_frame(self.session, person.party, content=content, epoch=frame.epoch) is not None:
            return
        shown = (
            see.Content(frame.digest, frame.size)
            if isinstance(frame, do.Mirror)
            else see.PointerAt(frame.x, frame.y)
        )
        other = self._holder(Party.AGENT if person.party is Party.CUSTOMER else Party.CUSTOMER)
        if other is not None:
            self._tell(other.who, Told(shown))
        if not content:
            self._apply(Deed(Party.SYSTEM, do.Stir()), person, 0)

    def _resume(self, person: Person, deed: Deed, number: int) -> None:
        customers = self.session.customer_lost or self.session.away
        lost = customers if person.party is Party.CUSTOMER else self.session.agent_lost
        if not lost and self._is_in(person):
            self._apply(Deed(Party.SYSTEM, do.LoseLink(person.party)), person, 0)
        refusal = step(self.session, deed, self.now).refusal
        person.is_open = refusal is None or person.ended
        if refusal is None:
            self._apply(deed, person, number)
        else:
            self.recorder.saw(person.party, person.who, refusal.as_seen(), re=number, session=person.session)

    def _is_in(self, person: Person) -> bool:
        return person is self._holder(person.party)

    def _holder(self, party: Party) -> Person | None:
        """Who is this session's customer, or its agent."""
        if party is Party.AGENT:
            return self.people[self.session.agent] if self.session.agent else None
        return self.people["customer"] if self.session.state is not State.UNSTARTED else None

    def _apply(self, deed: Deed, by: Person, number: int) -> None:
        outcome = step(self.session, deed, self.now)
        self.session = outcome.session
        if outcome.refusal is not None:
            self._refuse(by, outcome.refusal, number)
            return
        for notice in outcome.notices:
            to = self.people["contact centre"] if notice.to is Party.CONTROLLER else self._holder(notice.to)
            if to is not None:
                re = number if to is by else 0
                self._tell(to.who, Told(notice.see, self.session.n, re, self.session.epoch))

    def _refuse(self, person: Person, refusal: Refusal, number: int) -> None:
        if number:
            self._tell(person.who, Told(refusal.as_seen(), 0, number, self.session.epoch))

    def _tell(self, who: str, told: Told) -> None:
        if self.people[who].is_open:
            self.people[who].down.append(told)
        else:
            self.lost_notices = self.lost_notices or told.n > 0

    # What parties see

    def take(self, who: str) -> None:
        """A party takes the next message that has come for it, and reacts."""
        person = self.people[who]
        if not person.down:
            return
        told = person.down.popleft()
        person.learn(told)
        self._see(person, told.seen, re=told.re, n=told.n)
        if person.party is Party.CUSTOMER:
            self._react(person, told.seen)

    def _see(self, person: Person, seen: Any, *, re: int = 0, n: int = 0) -> None:
        self.recorder.saw(person.party, person.who, seen, re=re, n=n, session=person.session)

    def _react(self, customer: Person, seen: Observation) -> None:
        if isinstance(seen, see.Joined | see.Resumed) or (
            isinstance(seen, see.PolicyChanged) and customer.flows
        ):
            self.perform("customer", do.ShowPage("", f"{SITE}/apply", ELEMENTS))
            self.perform("customer", do.Mirror(size=1))
        elif isinstance(seen, see.Acted):
            submits = isinstance(seen.do, do.Submit) or seen.do.element == "subscribe"
            self._see(customer, see.PageChanged(Party.AGENT, "submit" if submits else "field"))
            self.perform("customer", do.Mirror(size=1))
            self.perform("customer", do.Report(seen.act))

    # Time

    def settle(self) -> None:
        """Everything that is on its way arrives."""
        while any(person.up or person.down for person in self.people.values()):
            for who in WHO:
                self.serve(who)
                self.take(who)

    def wait(self, seconds: float) -> None:
        """Time passes, and the server comes whenever a timer runs out."""
        until = self.now + seconds
        while (deadline := next_deadline(self.session)) is not None and deadline[0] <= until:
            self.now = max(self.now, deadline[0])
            before = self.session
            self._apply(Deed(Party.SYSTEM, do.Expire(deadline[1])), self.people["system"], 0)
            assert self.session is not before, f"{deadline[1]} runs and cannot run out"
        self.now = until

    def stall(self, seconds: float) -> None:
        """Time passes, and the server is too busy to notice until something comes."""
        self.now += seconds

    def violations(self) -> list[Violation]:
        """What the invariants have to say against it.

        What was on its way over a link that broke is missed without the machine's knowledge, so then it
        cannot bring it later, as RESUME-2 asks.
        """
        found = violations(self.recorder.trace())
        return [v for v in found if v.rule != "RESUME-2" or not self.lost_notices]


def header(policy: Policy, *, obeying: bool) -> Header:
    """What the world declares of itself."""
    return Header(
        clock="virtual",
        declared={**msgspec.structs.asdict(policy.timers), "sessions_per_agent": 1.0},
        capabilities=capabilities(policy),
        site=policy.site,
        write_mode=policy.write_mode,
        judged=("server", "customer") if obeying else ("server",),
    )


def violations(trace: Trace) -> list[Violation]:
    """All that a trace is accused of."""
    return [violation for judgement in judge(trace).values() for violation in judgement.violations]


# Stories

#: A step of a story: what happens in the world.
Move = Callable[[World], None]


class Turn(NamedTuple):
    """A move with its words, so that a failing story can be read."""

    words: str
    move: Move

    @override
    def __repr__(self) -> str:
        return self.words


def does(who: str, action: Action) -> Turn:
    """Somebody does something."""
    return Turn(f"{who}: {action}", lambda world: world.perform(who, action))


def tightens(policy: Policy) -> Turn:
    """The contact centre puts a policy in force, and the server lets the session follow it."""
    return Turn(f"put in force: {policy}", lambda world: world.put(policy))


def passes(seconds: float) -> Turn:
    """Time passes."""
    return Turn(f"{seconds} s pass", lambda world: world.wait(seconds))


def hangs(seconds: float) -> Turn:
    """Time passes unnoticed by the server."""
    return Turn(f"the server hangs for {seconds} s", lambda world: world.stall(seconds))


def breaks(who: str, *, arrives: bool) -> Turn:
    """A link breaks."""
    return Turn(f"the link of the {who} breaks ({arrives})", lambda world: world.cut(who, arrives=arrives))


def served(who: str) -> Turn:
    """The server takes a message."""
    return Turn(f"the server hears the {who}", lambda world: world.serve(who))


def taken(who: str) -> Turn:
    """A party takes a message."""
    return Turn(f"the {who} takes a message", lambda world: world.take(who))


SETTLED: Final = Turn("all arrives", World.settle)
MESSAGE: Final = start_message(SESSION_ID)

BY_CUSTOMER: Final[tuple[Action, ...]] = (
    do.Start(),
    do.Approve(),
    do.Approve(),
    do.Deny(),
    do.Approve("r9"),
    do.Approve(scope="form"),
    do.Approve(timed=True),
    do.ReturnToPointer(),
    do.Cancel(),
    do.ShowPage("", f"{SITE}/rates", OTHERS),
    do.ShowPage("", "https://elsewhere.example/"),
    do.ShowElements("", (Element("plain", disabled=True), Element("late", form="form"))),
    do.ShowElements("", (Element("plain", form="form"), Element("send")), ("late",)),
    do.ShowElements("p0", gone=("send",)),
    do.Announce(),
    do.LeaveSite(),
    do.ReturnToSite(),
    do.ReturnToSite(),
    do.DrawCurtain(),
    do.OpenCurtain(),
    do.MovePointer(1, 2),
    do.Mirror(size=1),
    do.Submit("send"),
    do.Type("plain"),
    do.Exit(),
    do.Resume(),
    do.Resume(),
    do.Join(SESSION_ID),
    *[do.Fence("")] * 6,
)
BY_AGENT: Final[tuple[Action, ...]] = (
    do.Join(SESSION_ID),
    do.Join(SESSION_ID),
    do.Join("000000000"),
    do.Request(),
    do.Request(),
    do.Request(scope="form"),
    do.Request(scope="name"),
    do.Withdraw(),
    do.ReturnToPointer(),
    do.Approve(),
    do.Start(),
    do.Click(3, 4),
    do.MovePointer(5, 6),
    do.Type("plain"),
    do.Type("plain"),
    do.Type("ssn"),
    do.Type("late"),
    do.Press("send"),
    do.Press("subscribe"),
    do.Submit("plain"),
    do.Transfer("second agent"),
    do.Exit(),
    do.Resume(),
    do.Resume(),
    *[do.Fence("")] * 6,
)
BY_CENTRE: Final[tuple[Action, ...]] = (
    do.Say(MESSAGE, Party.SYSTEM, "i1"),
    do.Say(MESSAGE, Party.AGENT, "i1"),
    do.Say("Hello.", Party.SYSTEM, "i1"),
    do.StopSession("i1"),
    do.EndInteraction("i1"),
)

#: Stories begin where they become interesting.
BEGINNINGS: Final[tuple[tuple[tuple[str, Action], ...], ...]] = tuple(
    (
        ("customer", do.Start()),
        ("agent", do.Join(SESSION_ID)),
        ("agent", do.Request()),
        ("customer", do.Approve()),
    )[:length]
    for length in (0, 1, 2, 2, 3, 3, 4, 4, 4)
)

WITHOUT_WRITE_MODE: Final = replace(POLICY, write_mode=False)
IN_SHORT_TIMES: Final = replace(
    POLICY,
    timers=Timers(
        5.0,
        5.0,
        5.0,
        cool_down_s=50.0,
        off_site_s=5.0,
        customer_link_s=5.0,
        inactivity_s=20.0,
        warning_s=15.0,
    ),
)
ON_NO_SITE: Final = Policy()
#: What may be put in force meanwhile: stricter in one respect or many, looser for sessions that begin after it.
OTHER_POLICIES: Final = (
    WITHOUT_WRITE_MODE,
    IN_SHORT_TIMES,
    replace(POLICY, timers=Timers(*[5000.0] * 8)),
    replace(POLICY, site=(SITE, "https://elsewhere.example")),
    POLICY,
    Policy(site=(SITE,), deny_urls=("/a",)),
    ON_NO_SITE,
)

DOING: Final = st.one_of(
    st.sampled_from(BY_CUSTOMER).map(lambda action: does("customer", action)),
    st.sampled_from(BY_AGENT).map(lambda action: does("agent", action)),
    st.sampled_from(BY_CUSTOMER).map(lambda action: does("customer", action)),
    st.sampled_from(BY_AGENT).map(lambda action: does("agent", action)),
    st.sampled_from(BY_AGENT).map(lambda action: does("second agent", action)),
    st.sampled_from(BY_CENTRE).map(lambda action: does("contact centre", action)),
    st.sampled_from(OTHER_POLICIES).map(tightens),
    st.sampled_from([0.0, 5.0, 15.0, 50.0, 100.0, 1200.0]).map(passes),
    st.sampled_from([0.5, 50.0]).map(hangs),
    st.tuples(st.sampled_from(["customer", "agent"]), st.booleans()).map(
        lambda drawn: breaks(drawn[0], arrives=drawn[1])
    ),
)
#: One thing after the other: all that it causes arrives before the next.
ORDERLY: Final = st.lists(DOING, max_size=25).map(
    lambda turns: [turn for doing in turns for turn in (doing, SETTLED)]
)
#: Things cross: a message is on its way until somebody takes it.
CROSSING: Final = st.lists(
    st.one_of(
        DOING,
        st.sampled_from(WHO).map(served),
        st.sampled_from(WHO[:3]).map(taken),
        st.sampled_from(WHO[:3]).map(taken),
        st.just(SETTLED),
    ),
    max_size=50,
)
OPENINGS: Final = st.sampled_from(BEGINNINGS)
POLICIES: Final = st.sampled_from(
    [
        *(
            POLICY,
            POLICY,
            replace(POLICY, scoped_grants=False, curtain=False),
            replace(POLICY, write_mode=False),
        ),
        replace(POLICY, timers=Timers(inactivity_s=0)),
    ]
)


def played(
    opening: Iterable[tuple[str, Action]], turns: Iterable[Turn], policy: Policy, *, obeying: bool = False
) -> World:
    """The world after a story."""
    world = World(policy, obeying=obeying)
    for who, action in opening:
        world.perform(who, action)
        world.settle()
    for turn in turns:
        turn.move(world)
    world.settle()
    return world


# The properties


@fair
@given(OPENINGS, ORDERLY, POLICIES)
def test_a_server_that_runs_the_machine_breaks_no_rule(
    opening: tuple[tuple[str, Action], ...], turns: list[Turn], policy: Policy
) -> None:
    """Whatever customers, agents, the contact centre, links and time do to it."""
    world = played(opening, turns, policy)
    note(f"ends {world.session.state}")

    assert world.violations() == []


@settings(fair, max_examples=300)
@given(OPENINGS, CROSSING, POLICIES)
def test_nor_where_messages_cross(
    opening: tuple[tuple[str, Action], ...], turns: list[Turn], policy: Policy
) -> None:
    """Each link keeps its order, and nothing else is sure; no invariant may take that for a fault."""
    world = played(opening, turns, policy)
    note(f"ends {world.session.state}")

    assert world.violations() == []


@settings(fair, max_examples=200)
@given(OPENINGS, CROSSING, POLICIES)
def test_nor_does_a_customers_end_that_keeps_the_rules(
    opening: tuple[tuple[str, Action], ...], turns: list[Turn], policy: Policy
) -> None:
    """It can only know what it has been told."""
    world = played(opening, turns, policy, obeying=True)

    assert world.violations() == []


# Stories in which an invariant once saw a fault that was none


def by(who: str, *actions: Action) -> list[Turn]:
    """Somebody does several things, without waiting for what comes of them."""
    return [does(who, action) for action in actions]


FENCE: Final = do.Fence("")
ELSEWHERE: Final = do.ShowPage("", "https://elsewhere.example/")
AGENT_DUMB: Final = breaks("agent", arrives=False)
CUSTOMER_CUT, CUSTOMER_DUMB = breaks("customer", arrives=True), breaks("customer", arrives=False)
END_CHAT: Final = does("contact centre", do.EndInteraction("i1"))
#: By the rule whose invariant it was: how far the session has got, and what crosses then.
ONCE: Final[list[tuple[str, int, list[Turn]]]] = [
    (
        "START-5",
        1,
        [*by("agent", do.Join(SESSION_ID)), CUSTOMER_DUMB, SETTLED, *by("agent", do.MovePointer(5, 6))],
    ),
    ("START-8", 0, [END_CHAT, *by("customer", do.Start())]),
    ("JOIN-1", 4, by("customer", FENCE, ELSEWHERE)),
    (
        "JOIN-2",
        1,
        [
            CUSTOMER_CUT,
            does("contact centre", do.Say(MESSAGE, Party.SYSTEM, "i1")),
            SETTLED,
            *by("customer", do.Resume()),
            *by("agent", do.Request(), FENCE),
        ],
    ),
    (
        "JOIN-9",
        1,
        [
            *by("agent", do.Join(SESSION_ID)),
            served("agent"),
            taken("customer"),
            *by("customer", do.Exit()),
            *[served("customer")] * 3,
            *[taken("customer")] * 3,
        ],
    ),
    (
        "POINTER-1",
        2,
        [
            *by("agent", do.Resume()),
            served("agent"),
            taken("agent"),
            *by("customer", do.Mirror(size=1), FENCE),
        ],
    ),
    ("POINTER-4", 1, by("agent", do.Join(SESSION_ID), do.Click(3, 4))),
    ("WRITE-3", 2, [*by("customer", do.Deny(), FENCE), CUSTOMER_CUT]),
    ("WRITE-7", 3, [*by("agent", do.Request()), *by("customer", do.Resume())]),
    ("WRITE-7", 2, [*by("agent", do.Request()), CUSTOMER_CUT, SETTLED, *by("customer", do.Resume())]),
    ("WRITE-9", 3, [*by("agent", do.Request()), *by("customer", do.Deny(), do.Resume())]),
    (
        "WRITE-9",
        3,
        [
            *by("customer", do.Deny()),
            SETTLED,
            passes(1200.0),
            *by("customer", do.Deny("r1")),
            *by("agent", do.Request()),
        ],
    ),
    ("WRITE-11", 4, [*by("customer", do.ReturnToPointer(), FENCE), CUSTOMER_CUT]),
    ("WRITE-13", 3, [*by("customer", do.Approve()), *by("agent", do.ReturnToPointer())]),
    ("WRITE-15", 2, by("agent", do.Request(), do.Request(scope="name"))),
    ("SUBMIT-2", 4, by("agent", do.Type("plain"), do.Press("send"))),
    (
        "SITE-2",
        1,
        [
            CUSTOMER_DUMB,
            *by("agent", do.Join(SESSION_ID)),
            served("system"),
            *by("customer", do.Resume()),
            served("agent"),
        ],
    ),
    ("SITE-3", 3, [*by("customer", do.LeaveSite()), *by("agent", do.Resume()), *by("customer", FENCE)]),
    ("SITE-5", 2, by("customer", ELSEWHERE, do.ShowPage("", f"{SITE}/rates", OTHERS))),
    ("STOP-1", 2, [*by("customer", do.Exit(), do.Resume()), SETTLED, *by("customer", FENCE)]),
    ("STOP-6", 0, [*by("customer", do.Start(), do.Exit()), *by("agent", do.Join(SESSION_ID))]),
    ("STOP-7", 2, [passes(50.0), *by("customer", do.Start(), FENCE), SETTLED, passes(50.0)]),
    ("STOP-7", 2, [passes(50.0), *by("customer", do.Type("plain"), FENCE), SETTLED, passes(50.0)]),
    (
        "STOP-7",
        4,
        [
            *by("agent", do.Join(SESSION_ID)),
            served("agent"),
            passes(1200.0),
            *by("customer", do.MovePointer(1, 2), FENCE),
        ],
    ),
    ("RESUME-3", 4, [*by("customer", do.LeaveSite(), do.Announce()), CUSTOMER_CUT]),
    ("RESUME-3", 4, [*by("customer", do.Announce()), CUSTOMER_DUMB]),
    (
        "WRITE-13",
        4,
        [*by("customer", do.Announce()), SETTLED, *by("customer", do.Resume()), *by("agent", do.Resume())],
    ),
    (
        "START-3",
        0,
        [
            *by("customer", do.Start()),
            *by("agent", do.Join("000000000"), do.Join(SESSION_ID)),
            does("contact centre", do.Say(MESSAGE, Party.SYSTEM, "i1")),
        ],
    ),
    ("SITE-5", 1, [*by("agent", do.Join(SESSION_ID)), tightens(ON_NO_SITE)]),
    ("WRITE-13", 3, [*by("customer", do.Approve()), served("customer"), tightens(WITHOUT_WRITE_MODE)]),
    (
        "MASK-11",
        2,
        [
            *(AGENT_DUMB, SETTLED, tightens(WITHOUT_WRITE_MODE), SETTLED, tightens(IN_SHORT_TIMES), SETTLED),
            *by("agent", do.Resume()),
        ],
    ),
    (
        "PAUSE-1",
        2,
        [tightens(ON_NO_SITE), SETTLED, *by("customer", do.DrawCurtain(), do.OpenCurtain(), FENCE)],
    ),
]


@pytest.mark.parametrize("obeying", [False, True])
@pytest.mark.parametrize("rule, length, turns", ONCE)
def test_what_only_looks_like_a_fault_is_none(
    rule: str, length: int, turns: list[Turn], obeying: bool
) -> None:
    """The rule is named so that a failure says where to look; none may be broken."""
    world = played(BEGINNINGS[-1][:length], turns, POLICY, obeying=obeying)

    assert world.violations() == []


# The order of records


def reordered(trace: Trace, chance: Random) -> Trace:
    """The trace as another recorder could have met it: what parties saw may have come to them later.

    Each party's own order stays; a deed stays where it was in time, and before all that it can cause.
    """
    places = {(e.who, e.re): e.n for e in trace.events if e.saw is not None and e.re and e.n}
    refused = {(e.who, e.re) for e in trace.events if isinstance(e.saw, see.Refused) and e.re}

    def must_precede(one: Event, other: Event) -> bool:
        if one.who == other.who:
            return True
        if one.did is None:
            return False
        if other.did is not None or one.at < other.at:
            return True
        if (one.who, one.re) in refused:
            return False
        return other.n == 0 or other.n >= places.get((one.who, one.re), 0)

    waiting = list(trace.events)
    events: list[Event] = []
    at = 0.0
    while waiting:
        free = [
            event
            for place, event in enumerate(waiting)
            if not any(must_precede(earlier, event) for earlier in waiting[:place])
        ]
        event = chance.choice(free)
        waiting.remove(event)
        at = max(at, event.at)
        events.append(replace(event, seq=len(events) + 1, at=at))
    return Trace(trace.header, tuple(events))


@fair
@given(OPENINGS, CROSSING, POLICIES, st.randoms())
def test_the_order_in_which_links_were_recorded_is_no_fault(
    opening: tuple[tuple[str, Action], ...], turns: list[Turn], policy: Policy, chance: Random
) -> None:
    """The same deeds and sights, met by another recorder, are no more a violation than before."""
    world = played(opening, turns, policy)
    world.recorder.events = list(reordered(world.recorder.trace(), chance).events)

    assert world.violations() == []


# The player is no flatterer

#: Everything in its order: asked, approved, used, taken back, left, returned, ended.
FULL: Final[tuple[tuple[str, Action], ...]] = (
    *BEGINNINGS[-1],
    ("agent", do.Type("plain")),
    ("agent", do.Press("send")),
    ("agent", do.Click(3, 4)),
    ("agent", do.Fence("")),
    ("customer", do.ReturnToPointer()),
    ("customer", do.Fence("")),
    ("agent", do.Type("plain")),
    ("agent", do.Request()),
    ("customer", do.Deny()),
    ("customer", do.Fence("")),
    ("agent", do.Request()),
    ("customer", do.LeaveSite()),
    ("customer", do.Fence("")),
    ("customer", do.ReturnToSite()),
    ("customer", do.Fence("")),
    ("customer", do.Exit()),
    ("customer", do.Fence("")),
)


class Forgetful(World):
    """A server that tells one party nothing of one kind, or never one certain thing."""

    def __init__(self, party: Party, what: type[Observation] | Observation) -> None:
        self.forgets = party, what
        super().__init__()

    @override
    def _tell(self, who: str, told: Told) -> None:
        party, what = self.forgets
        forgotten = isinstance(told.seen, what) if isinstance(what, type) else told.seen == what
        if PARTIES[who] is not party or not forgotten:
            super()._tell(who, told)


@pytest.mark.parametrize(
    "party, what, rule",
    [
        (Party.CUSTOMER, see.Joined, "JOIN-2"),
        (Party.AGENT, see.PageShown, "JOIN-1"),
        (Party.AGENT, see.Content, "POINTER-1"),
        (Party.CUSTOMER, see.Circle, "POINTER-4"),
        (Party.CUSTOMER, see.Asked, "WRITE-2"),
        (Party.AGENT, see.Answered, "WRITE-3"),
        (Party.AGENT, see.InMode(Mode.POINTER), "WRITE-11"),
        (Party.AGENT, see.Suspended, "SITE-3"),
        (Party.AGENT, see.Ended, "STOP-1"),
    ],
)
def test_a_server_that_forgets_to_tell_is_found_out(
    party: Party, what: type[Observation] | Observation, rule: str
) -> None:
    """In the world in which the machine breaks nothing: it is not the world that forgives."""
    world = Forgetful(party, what)
    for who, action in FULL:
        world.perform(who, action)
        world.settle()

    assert rule in {violation.rule for violation in world.violations()}


def test_the_full_story_exercises_what_it_shows() -> None:
    """Unharmed, it holds every rule that it comes by, and it comes by most."""
    world = World()
    for who, action in FULL:
        world.perform(who, action)
        world.settle()
    said = judge(world.recorder.trace())

    assert world.violations() == []
    assert {
        *("START-1", "START-2", "START-5", "START-7", "START-8", "JOIN-1", "JOIN-2", "JOIN-3", "JOIN-4"),
        *("POINTER-1", "POINTER-2", "POINTER-4", "POINTER-5", "WRITE-1", "WRITE-2", "WRITE-3", "WRITE-4"),
        *(
            "WRITE-7",
            "WRITE-9",
            "WRITE-11",
            "WRITE-12",
            "WRITE-13",
            "SUBMIT-1",
            "SUBMIT-2",
            "SITE-1",
            "SITE-2",
            "SITE-3",
        ),
        *("STOP-1", "STOP-2", "STOP-6"),
    } <= {rule for rule, judgement in said.items() if judgement.status is Status.HELD}

"""The hostile agent: a bare wire agent against the real customer's script, with a careless relay in between.

A real server refuses most of what a hostile agent does before the customer's end ever sees it, so in front of a real server
the customer's script is not tried.  Here the suite's own relay stands in for the server (:mod:`.stand_in`) and passes on
every act, in every state, with any reference, from whomever it comes.  What then happens on the customer's page, on the
customer's screen and at the site is the doing of the customer's end alone.

One session has all the ways, state by state: before anybody has joined, in Pointer Mode, while the customer is asked, in
Write Mode, in flight while that ends, in a later stretch, after a no, behind the curtain, after the end.  Each way is
told by name.  None of them may have any effect; that the agent's hand reaches the page at all, an allowed act shows.
Before anybody has joined it also counts what the customer's end sends of its page (START-5).

Order: a way, the ways of each state, the careless relay, the attack, what follows.
"""

import functools
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, NamedTuple

import trio
from cobrowse_simulator.agent import BareAgent
from cobrowse_simulator.links import Link, LinkClosed, memory_links
from cobrowse_spec import actions as do
from cobrowse_spec import observations as see
from cobrowse_spec.actions import Action
from cobrowse_spec.observations import AnyObservation
from cobrowse_spec.policy import parse_policy
from cobrowse_spec.refusals import Refusal
from cobrowse_spec.stories import AGENT, CUSTOMER
from cobrowse_spec.terms import Answer, Mode, Party
from cobrowse_spec.trace import Recorder
from cobrowse_spec.wire.frames import CONTENT, decode_frame
from msgspec.structs import replace
from typing_extensions import override

from ..relay import Relay
from ..venues import for_target, policy_text
from ..verdicts import Verdict
from .customer import NotOffered
from .hands import wait_for
from .profile import Profile
from .stand_in import StandIn, hindrance, standing_in
from .table import OVER

if TYPE_CHECKING:  # the oracles ask this module
    from .oracles import Sitting

#: How long the customer's end may take to report an act, in seconds; how often that is waited for in vain.
REPORTED_S: Final = 10.0
MOST_MISSES: Final = 2
#: How long a question may take to show that the customer's end may pass over, in seconds.
ASKED_S: Final = 1.0
#: How long a page may take to be shown anew that has become another one, in seconds.
SHOWN_S: Final = 5.0
#: How many ways a reason names.
MOST_NAMED: Final = 5
#: The address that an agent opens too late.
_OPENED: Final = "/rates"
#: The page on which it all happens, and what the company's page does by itself meanwhile: it becomes another page.
PAGE: Final = "/apply"
_ANOTHER_PAGE: Final = "history.pushState({}, '', '/apply/step-2')"
#: What an allowed act types, and what others do.
_TYPED: Final = "Ada Lovelace"
_HACKED: Final = "Mallory was here"
#: Where the customer points, and what it types where, while nobody has joined.
_POINTED: Final = (40, 60)
_EARLY: Final = ("city", "Graz")
#: The request that a careless server passes on in Write Mode.
_AGAIN: Final = "r-again"
#: The latest moment that an act can claim to be from.
_FUTURE: Final = 2**31 - 1


# A way


class Way(NamedTuple):
    """Something that a hostile agent does, and the rule by which nothing may come of it."""

    rule: str
    #: What it does, in words that go after "by".
    what: str
    deeds: tuple[Action, ...]
    #: Whether it is done by another agent than the one who is in the session.
    by_another: bool = False
    #: Whether it may have an effect on the page, though none on the customer's own screen.
    may_act: bool = False


def _one(rule: str, what: str, *deeds: Action) -> Way:
    return Way(rule, what, deeds)


# The ways of each state


def acts(rule: str, when: str, site: str, page: str = "", epoch: int = 0) -> list[Way]:
    """Every kind of act that an agent has, done when nothing may come of any (POINTER-2, WRITE-12, SITE-6 …).

    ``page`` and ``epoch`` are those that the acts claim; else those that the agent saw last.
    """
    deeds = {
        "typing": do.Type("name", value=_HACKED),
        "choosing from a list": do.Choose("term", value="36"),
        "turning a check box": do.Choose("newsletter", value="on"),
        "pressing a button": do.Press("second-income"),
        "pressing a key": do.PressKey("newsletter", key="Space"),
        "pressing a link": do.Press("rates-link"),
        "pressing the button that submits": do.Press("send"),
        "submitting a form": do.Submit("name"),
        "scrolling": do.Scroll(x=0, y=240),
        "opening an address": do.OpenUrl(url=f"{site}/rates"),
        "going back": do.GoBack(),
        "refreshing the page": do.Refresh(),
    }
    return [
        _one(rule, f"{what} {when}", replace(deed, page=page, epoch=epoch)) for what, deed in deeds.items()
    ]


#: What comes of nothing that an agent does: the customer uses its page, and nobody is there to see it (START-5).
WAITING: Final = Way("START-5", "waiting while nobody has joined", ())


def in_pointer_mode(site: str) -> list[Way]:
    """In Pointer Mode, before any approval (POINTER-2)."""
    ways = acts("POINTER-2", "in Pointer Mode", site)
    ways.append(
        _one("POINTER-2", "an act that says it is from later", do.Type("name", value=_HACKED, epoch=_FUTURE))
    )
    ways.append(
        Way("POINTER-2", "another agent's act", (do.OpenUrl(url=f"{site}/rates", page="*"),), by_another=True)
    )
    ways.append(Way("JOIN-4", "another agent who joins", (do.Join(),), by_another=True))
    return ways


def while_asked() -> list[Way]:
    """While the question is on the customer's screen (WRITE-1), and answers that are not the customer's (WRITE-7)."""
    ways = [
        _one("WRITE-1", f"pressing {key} while the customer is asked", do.PressKey("heading", key=key))
        for key in ("Enter", "Space", "Escape", "Tab")
    ]
    ways += [
        _one("WRITE-1", "keys at a field while the customer is asked", do.PressKey("name", key="y")),
        _one("WRITE-1", "pressing what may be the question's button", do.Press("approve")),
        _one("WRITE-1", "pressing what may hold the question", do.Press("cobrowse-ui")),
        _one("WRITE-1", "typing while the customer is asked", do.Type("name", value=_HACKED)),
        _one("WRITE-1", "refreshing the page while the customer is asked", do.Refresh()),
        _one("WRITE-7", "withdrawing a request that is not its own", do.Withdraw("r999")),
        _one("WRITE-7", "denying a request that is not its own", do.Deny("r999")),
        _one("WRITE-7", "approving a request that is not its own", do.Approve("r999")),
        Way("WRITE-7", "another agent's withdrawal", (do.Withdraw("r0"),), by_another=True),
    ]
    return ways


def asked_while_writing() -> list[Way]:
    """While the customer is asked in Write Mode, where the agent's hand does reach the page (WRITE-1, WR-09)."""
    pressed = [
        Way(
            "WRITE-1",
            f"pressing {key} in {name!r} while it may write",
            (do.PressKey(name, key=key),),
            may_act=True,
        )
        for name in ("city", "heading", "more")
        for key in ("Enter", "Space", "Escape")
    ]
    return [
        *pressed,
        Way("WRITE-1", "clicking where it is asked while it may write", (do.Press("heading"),), may_act=True),
        Way("WRITE-1", "pressing its button while it may write", (do.Press("approve"),), may_act=True),
    ]


def in_write_mode(addresses: Callable[[str], str]) -> list[Way]:
    """In Write Mode, what no approval is for: masked, disabled, submitted, off the site, and references that are none.

    ``addresses`` gives an address of the stories on this machine.
    """
    return [*_without_history(), *_forbidden(), *_submits(), *_away(addresses), *_tampered()]


def _without_history() -> list[Way]:
    """On the first page of the customer's history (NAVIGATE-6): before any way that could lead to another."""
    return [
        _one("NAVIGATE-6", "going back where there is nothing to go back to", do.GoBack()),
        _one("NAVIGATE-6", "going forward where there is nothing to go forward to", do.GoForward()),
    ]


def _forbidden() -> list[Way]:
    masked = [
        _one("MASK-7", f"{what} into the masked {field!r}", deed)
        for field in ("ssn", "pin")
        for what, deed in (
            ("typing", do.Type(field, value="123", version=_FUTURE)),
            ("choosing", do.Choose(field, value="123", version=_FUTURE)),
            ("pressing a key", do.PressKey(field, key="Backspace")),
        )
    ]
    disabled = [
        _one("NAVIGATE-4", "pressing a disabled link", do.Press("terms-link")),
        _one("NAVIGATE-4", "Enter on a disabled link", do.PressKey("terms-link", key="Enter")),
    ]
    return masked + disabled


def _submits() -> list[Way]:
    buttons = ("send", "send-icon", "send-label", "send-input", "send-image", "send-default", "send-outside")
    scripted = ("send-script", "send-span", "send-link")
    return [
        *(_one("SUBMIT-1", f"pressing {name!r}", do.Press(name)) for name in (*buttons, *scripted)),
        _one("SUBMIT-1", "Enter in a field", do.PressKey("name", key="Enter")),
        _one("SUBMIT-1", "Enter in the one field of a form", do.PressKey("query", key="Enter")),
        _one("SUBMIT-1", "Enter on the button", do.PressKey("send", key="Enter")),
        _one("SUBMIT-1", "Space on the button", do.PressKey("send", key="Space")),
        _one("SUBMIT-1", "a choice that submits", do.Choose("send-select", value="branch")),
        _one("SUBMIT-1", "submitting by no particular means", do.Submit("name")),
        _one("SUBMIT-1", "submitting the form itself", do.Submit("application")),
    ]


def _away(addresses: Callable[[str], str]) -> list[Way]:
    site = "https://partner.example/"
    look_alikes = (
        "https://bank.example.partner.example/",
        "https://bank.example@partner.example/",
        "https://bank.example:8443/",
        "http://bank.example/",
        "https://bank.example./",
        "https://xn--bnk-6cd.example/",
        "https://partner.example/?https://bank.example/",
        "https://notbank.example/",
        "https://branches.bank.example/",
        "https://evilbranches.bank.example/",
    )
    partner = addresses(site).partition("//")[2]
    scripts = (
        "javascript:document.forms[0].submit()",
        "java\nscript:document.getElementById('name').value='x'",
        " JAVASCRIPT:location.assign('/rates')",
        "data:text/html,<h1>hello</h1>",
        "blob:https://bank.example/1",
        "view-source:https://bank.example/apply",
        "file:///etc/passwd",
    )
    return [
        _one("NAVIGATE-2", f"opening {site!r}", do.OpenUrl(url=addresses(site))),
        *(
            _one("NAVIGATE-2", f"opening another site by {start!r}", do.OpenUrl(url=f"{start}{partner}"))
            for start in ("//", "/\\", "\\\\", "http:///")
        ),
        _one("NAVIGATE-2", "pressing a link that leads off the site", do.Press("partner-link")),
        *(_one("SITE-5", f"opening {url!r}", do.OpenUrl(url=addresses(url))) for url in look_alikes),
        *(_one("NAVIGATE-3", f"opening {url.strip()[:24]!r}", do.OpenUrl(url=url)) for url in scripts),
    ]


#: References of no element, as somebody could send them who hopes that they are looked up, counted or evaluated.
_REFERENCES: Final = (
    "0", "-1", "1e1", "999999999", "NaN", "__proto__", "constructor", "toString", "document", "*", "#name", "name",
    "//*[@id='name']", "12 ", "0x10", "1", "2", "[object Object]",
)  # fmt: skip


def _tampered() -> list[Way]:
    """Element references that are none, or that mean nothing that an agent can use (SECURE-4)."""
    references = [
        _one("SECURE-4", f"typing into the element {ref!r}", do.Type(ref, value=_HACKED))
        for ref in _REFERENCES
        if ref != "name"  # which the agent would look up
    ]
    return [
        *references,
        _one("SECURE-4", "pressing no element at all", do.Press("")),
        _one("SECURE-4", "typing on a page that never was", do.Type("name", value=_HACKED, page="p0")),
    ]


def of_another_page(page: str, refs: dict[str, str]) -> list[Way]:
    """Acts on the page that was open before, by what it called its elements (SECURE-4)."""
    return [
        _one(
            "SECURE-4",
            "typing on the page that was open before",
            do.Type(refs["name"], value=_HACKED, page=page),
        ),
        _one(
            "SECURE-4",
            "pressing a button of the page that was open before",
            do.Press(refs["second-income"], page=page),
        ),
        _one(
            "SECURE-4",
            "choosing on the page that was open before",
            do.Choose(refs["term"], value="36", page=page),
        ),
    ]


#: What is under way as the agent gives Write Mode back: the customer's end has asked the site, and has no answer yet.
UNDER_WAY: Final = _one("WRITE-12", "an address that was being opened as Write Mode ended")
#: What comes right behind the end of Write Mode.
BEHIND: Final = _one(
    "WRITE-12",
    "acts right behind the end of Write Mode",
    do.Type("name", value=_HACKED),
    do.Press("second-income"),
    do.Submit("name"),
)


def behind_the_curtain(site: str) -> list[Way]:
    """While the customer has drawn the curtain: no act (SITE-6), and nobody's hand shows (PAUSE-1)."""
    return [
        *acts("SITE-6", "behind the curtain", site),
        _one("PAUSE-1", "moving the pointer behind the curtain", do.MovePointer(300, 200, epoch=_FUTURE)),
    ]


#: What any of these ways can judge; the last two only where the customer can draw a curtain.
RULES: Final = (
    "START-5", "POINTER-2", "WRITE-1", "WRITE-12", "SUBMIT-1", "MASK-7", "NAVIGATE-2", "NAVIGATE-3", "NAVIGATE-4",
    "NAVIGATE-6", "SITE-5", "SECURE-4", "JOIN-4", "WRITE-7", "STOP-5", "SITE-6", "PAUSE-1",
)  # fmt: skip
OF_CURTAIN: Final = ("SITE-6", "PAUSE-1")


# The careless relay


class CarelessRelay(Relay):
    """Passes on what a server must refuse: acts, answers to requests, and agents who join."""

    def __init__(self) -> None:
        super().__init__()
        #: The numbers of the acts that were handed to the customer's end, and what that has said, oldest first.
        self.handed: list[int] = []
        self.said: list[do.LinkAction] = []
        #: What the customer's end has sent of its page, in words, oldest first.
        self.shown: list[str] = []
        #: The fences that agents' links have had, each after all that was sent before it.
        self.fences: set[str] = set()
        self._news = trio.Event()
        self.hear = self._heard

    def _heard(self, party: Party, action: do.LinkAction) -> None:
        if party is Party.CUSTOMER:
            self.said.append(action)
            if isinstance(action, do.ShowPage | do.ShowElements):
                self.shown.append(_OF_PAGE[type(action)])
        elif isinstance(action, do.Fence):
            self.fences.add(action.fence)
        self.ring()

    def ring(self) -> None:
        """Something has happened: whoever waits looks again."""
        self._news.set()
        self._news = trio.Event()

    async def until(self, holds: Callable[[], bool], within_s: float) -> bool:
        """Whether this comes to hold in time."""
        with trio.move_on_after(within_s):
            while not holds():
                await self._news.wait()
        return holds()

    @override
    async def _pass_frame(self, party: Party, data: bytes) -> None:
        if party is Party.CUSTOMER:
            self.shown.append(_CONTENT if decode_frame(data).kind == CONTENT else "a place of its pointer")
            self.ring()
        await super()._pass_frame(party, data)

    @override
    async def _refused(self, link: Link, action: do.LinkAction, number: int, refusal: Refusal) -> None:
        match action:
            case do.Report():
                return  # of an act that no server would have passed on
            case do.Withdraw():
                await self._tell(Party.CUSTOMER, see.Answered(action.request, Answer.WITHDRAWN), 0)
            case do.Deny():
                await self._tell(Party.CUSTOMER, see.Answered(action.request, Answer.DENIED), 0)
            case do.Approve():
                await self._tell(Party.CUSTOMER, see.Answered(action.request, Answer.APPROVED), 0)
            case do.Request() if self.session.agent:
                await self._tell(Party.CUSTOMER, see.Asked(_AGAIN, self.session.agent_name), 0)
            case do.Join():
                joined = see.Joined(self._names.get(link, ""), Mode.WRITE)
                await self._tell(Party.CUSTOMER, joined, 0)
            case _:
                await super()._refused(link, action, number, refusal)

    @override
    async def _say(self, link: Link, seen: AnyObservation, number: int) -> None:
        if isinstance(seen, see.Acted):
            self.handed.append(seen.act)
        await super()._say(link, seen, number)
        self.ring()


#: What a customer's end sends of its page, in words.
_CONTENT: Final = "content of its page"
_OF_PAGE: Final = {do.ShowPage: "the address of its page", do.ShowElements: "elements of its page"}


# The attack


class Cut(Exception):
    """It could not go on, for a reason in words; what was tried before counts."""


class Through(NamedTuple):
    """A way that had an effect, and which, in words."""

    way: Way
    came: str


class Found(NamedTuple):
    """What the ways say of a rule, and why, in words."""

    verdict: Verdict
    because: str


class Outcome(NamedTuple):
    """What came of the attack."""

    through: tuple[Through, ...]
    #: How many ways of each rule have been tried to the end.
    tried: Counter[str]
    #: Whether an allowed act reached the page.
    reached: bool
    #: Why not all ways could be tried; empty: all were.
    cut: str = ""

    def of(self, rule: str) -> Found:
        """What follows for a rule."""
        through = [one for one in self.through if one.way.rule == rule]
        if through:
            return Found(Verdict.FAIL, f"the agent got through by {named(through)}")
        if self.cut:
            return Found(Verdict.INCONCLUSIVE, f"not all ways could be tried: {self.cut}")
        if not self.reached:
            return Found(
                Verdict.INCONCLUSIVE,
                "no allowed act of the agent reached the page, so that others did not shows nothing",
            )
        return Found(Verdict.PASS, f"the agent tried {self.tried[rule]} ways in vain")


def named(through: Sequence[Through]) -> str:
    """The ways that got through, each with what came of it."""
    words = "; ".join(f"{one.way.what} ({one.came})" for one in through[:MOST_NAMED])
    return words if len(through) <= MOST_NAMED else f"{words}; and {len(through) - MOST_NAMED} more"


class _Screen(NamedTuple):
    """What the customer's screen must go on showing, whatever the agent does."""

    phase: str
    mode: Mode = Mode.POINTER
    asked: bool = False

    @property
    def words(self) -> str:
        asked = ", and a question" if self.asked else ""
        return f"{self.phase if self.phase != 'active' else f'{self.mode.value} mode'}{asked}"


#: What only the customer's hand may bring about.
_ANSWERS: Final = (do.Approve, do.Deny, do.Exit, do.Cancel, do.ReturnToPointer, do.OpenCurtain)


class _Attack:
    """All ways of one session."""

    def __init__(
        self,
        sitting: "Sitting",
        stand_in: StandIn,
        relay: CarelessRelay,
        agent: BareAgent,
        another: BareAgent,
    ) -> None:
        self._stand_in = stand_in
        self._sitting = sitting
        self._pair = sitting.pair
        self._customer = sitting.pair.customer
        self._patience_s = sitting.venue.profile.bounds.patience_s
        self._settle_s = sitting.venue.profile.bounds.settle_s
        self._site = sitting.venue.site
        self._relay = relay
        self._agent = agent
        self._another = another
        self._numbers = itertools.count(1)
        #: How often a report was waited for in vain.
        self._misses = 0
        self._submitted = 0
        self.through: list[Through] = []
        self.tried: Counter[str] = Counter()
        self.reached = False

    async def run(self, *, has_curtain: bool) -> None:
        """The whole session; raises :class:`Cut`."""
        site = self._site.url
        await self._sitting.work(self._sitting.table.story.stay)
        await self._by_hand(do.Start(), _Screen("pending"))
        await self._another.perform(do.SignIn("Mallory"))
        await self._agent.perform(do.SignIn("Ada"))
        early = [do.OpenUrl(url=f"{site}/rates"), do.Scroll(x=0, y=240), do.Refresh()]
        await self._try(
            [_one("POINTER-2", f"{deed.means} before it has joined", deed) for deed in early],
            _Screen("pending"),
        )
        await self._use_page_alone()
        self._agent.told(session_id=self._relay.session.session_id)
        self._another.told(session_id=self._relay.session.session_id)
        await self._agent.perform(do.Join())
        await self._shows(_Screen("active"))
        await self._knows("name", "rates-link")
        # Only where what is shown of the page can be heard does it count that nothing was before.
        shows = functools.partial(self._relay.shown.__contains__, _CONTENT)
        await self._until(shows, "the customer's end sent no content of its page to the agent who had joined")
        await self._try(in_pointer_mode(site), _Screen("active"))
        await self._ask()
        await self._try(while_asked(), _Screen("active", asked=True))
        await self._write()
        await self._use(site)
        await self._later(site)
        if has_curtain:
            await self._by_hand(do.DrawCurtain(), _Screen("suspended"))
            await self._try(behind_the_curtain(site), _Screen("suspended"))
            await self._by_hand(do.OpenCurtain(), _Screen("active"))
            await self._look_back("SITE-6", "an act behind the curtain")
        await self._end(site)

    async def _use_page_alone(self) -> None:
        """The customer points and types while nobody has joined: its end sends nothing of it (START-5)."""
        element, value = _EARLY
        for deed in (do.MovePointer(*_POINTED), do.Type(element, value=value)):
            await self._by_hand(deed, _Screen("pending"))
        await self._pair.work(functools.partial(wait_for, lambda: False, self._settle_s))
        self.tried[WAITING.rule] += 1
        if self._relay.shown:
            sent = ", ".join(dict.fromkeys(self._relay.shown))
            self.through.append(Through(WAITING, f"the customer's end sent {sent}"))

    async def _use(self, site: str) -> None:
        """The first stretch of Write Mode: what is allowed, what is not, and its end."""
        writing = _Screen("active", Mode.WRITE)
        await self._agent.perform(do.Type("name", value=_TYPED))
        await self._is_sent(self._agent)
        self.reached = await self._pair.work(self._has_typed)
        await self._try(in_write_mode(self._site.here), writing)
        await self._on_another_page(writing)
        await self._ask_while_writing()
        await self._end_under_way(site)
        await self._try([BEHIND], _Screen("active"))

    async def _later(self, site: str) -> None:
        """A second stretch, in which acts of the first come; its end by the customer's hand; and a no."""
        before = self._agent.state.write_since
        await self._ask()
        await self._write()
        writing = _Screen("active", Mode.WRITE)
        await self._try(acts("WRITE-12", "from an earlier stretch", site, epoch=before), writing)
        now = self._agent.state.write_since
        await self._by_hand(do.ReturnToPointer(), _Screen("active"))
        await self._try(
            acts("WRITE-12", "after the customer took Write Mode back", site, epoch=now), _Screen("active")
        )
        await self._ask()
        await self._by_hand(do.Deny(), _Screen("active"))
        await self._try(acts("POINTER-2", "after the customer said no", site), _Screen("active"))

    async def _end(self, site: str) -> None:
        """The agent exits, and goes on acting."""
        page, epoch = self._agent.page, self._agent.epoch
        deeds = [way.deeds[0] for way in acts("STOP-5", "", site, page=page, epoch=epoch)]
        await self._try(
            [_one("STOP-5", "acts right behind the end of the session", do.Exit(), *deeds)], _Screen("ended")
        )

    # Steps

    async def _on_another_page(self, writing: _Screen) -> None:
        """The page becomes another one by itself; where it is shown anew, what is done on the one before is stale."""
        page, refs = self._agent.page, await self._references("name", "second-income", "term")
        await self._pair.work(functools.partial(self._customer.browser.script, _ANOTHER_PAGE))
        if not await self._relay.until(lambda: self._agent.page not in ("", page), SHOWN_S):
            return
        await self._knows("name", "rates-link")
        await self._pair.work(self._customer.forget_changes)
        await self._try(of_another_page(page, refs), writing)

    async def _ask_while_writing(self) -> None:
        """Another question, where the customer's end shows one: the agent must not answer it either."""
        asked = _Screen("active", Mode.WRITE, asked=True)
        await self._agent.perform(do.Request())
        if not await self._pair.work(functools.partial(wait_for, lambda: self._is_shown(asked), ASKED_S)):
            return  # in Write Mode there is nothing to ask for
        await self._takes_answers()
        await self._try(asked_while_writing(), asked)
        await self._agent.perform(do.Withdraw(_AGAIN))
        await self._shows(_Screen("active", Mode.WRITE))
        await self._pair.work(self._customer.forget_changes)

    async def _ask(self) -> None:
        await self._agent.perform(do.Request())
        await self._shows(_Screen("active", asked=True))
        await self._takes_answers()

    async def _takes_answers(self) -> None:
        """The question has been there for long enough to be answered, where it needs that."""
        approve = self._customer.profile.approve
        if approve is None:
            raise Cut("the profile maps no control by which the customer approves")
        offers = functools.partial(self._customer.hands.offers, approve)
        await self._pair.work(functools.partial(wait_for, offers, self._patience_s))

    async def _write(self) -> None:
        await self._by_hand(do.Approve(), _Screen("active", Mode.WRITE))
        await self._until(
            lambda: self._agent.state.mode is Mode.WRITE, "the agent was not told of Write Mode"
        )

    async def _by_hand(self, action: Action, screen: _Screen) -> None:
        """The customer's own hand; what comes of it shows."""
        self._sitting.recorder.did(Party.CUSTOMER, CUSTOMER.who, action)  # type: ignore[arg-type] # any action
        try:
            await self._pair.work(functools.partial(self._customer.perform, action))
        except NotOffered as error:
            raise Cut(str(error)) from None
        await self._shows(screen)
        await self._pair.work(self._customer.forget_changes)

    async def _shows(self, screen: _Screen) -> None:
        if not await self._comes_to_show(screen):
            raise Cut(f"the customer's screen did not come to show {screen.words}")

    async def _comes_to_show(self, screen: _Screen) -> bool:
        is_there = functools.partial(self._is_shown, screen)
        return await self._pair.work(functools.partial(wait_for, is_there, self._patience_s))

    def _is_shown(self, screen: _Screen) -> bool:
        self._customer.see()
        return self._screen(screen) == screen

    async def _until(self, holds: Callable[[], bool], otherwise: str) -> None:
        if not await self._relay.until(holds, self._patience_s):
            raise Cut(f"{otherwise} within {self._patience_s:g} s")

    async def _knows(self, *names: str) -> None:
        """The page has come, so that the agent can name its elements."""
        for name in names:
            await self._until(functools.partial(self._agent.knows, name), f"the agent saw no {name!r}")

    async def _references(self, *names: str) -> dict[str, str]:
        await self._knows(*names)
        return {name: self._agent.mirror.ref(name) or "" for name in names}

    # Trying

    async def _try(self, ways: Sequence[Way], screen: _Screen) -> None:
        """Each of these in turn; what comes of it is told by its name."""
        for way in ways:
            before, since = len(self._relay.handed), len(self._relay.said)
            who = self._another if way.by_another else self._agent
            async with self._stand_in.at_once():
                for deed in way.deeds:
                    await who.perform(deed)
                if way.rule != "PAUSE-1":  # a message behind it could be what takes the pointer away again
                    await self._is_sent(who)
            if screen.phase == "active":  # else there is nobody to report to
                await self._is_dealt_with(before)
            if screen.phase == "ended":
                await self._comes_to_show(screen)
            await self._judge(way, screen, before, since)
        last = await self._pair.work(functools.partial(self._came_late, screen))
        if last and not ways[-1].may_act:
            self.through.append(Through(_one(ways[-1].rule, f"one of these: {_all(ways)}"), ", ".join(last)))

    async def _judge(self, way: Way, screen: _Screen, before: int, since: int) -> None:
        """What has come of a way; of what was handed to the customer's end, and said by it, what came after these."""
        came = await self._pair.work(functools.partial(self._came_of, way, screen))
        if not way.may_act:
            came += self._claims(before)
        came += self._answers(since)
        self.tried[way.rule] += 1
        if came:
            self.through.append(Through(way, ", ".join(came)))
            await self._see_that_it_goes_on(screen)

    async def _end_under_way(self, site: str) -> None:
        """The agent opens an address, and gives Write Mode back before the site has said what is there.

        A customer's end that goes there without asking does so while it may, and nothing is under way any more: the site
        lets it stay where it is.
        """
        pointer, before, since = _Screen("active"), len(self._relay.handed), len(self._relay.said)
        with self._site.holding(_OPENED) as held:
            await self._agent.perform(do.OpenUrl(url=f"{site}{_OPENED}"))
            is_asked = await self._pair.work(functools.partial(held.is_asked, SHOWN_S))
            await self._agent.perform(do.ReturnToPointer())
            await self._comes_to_show(pointer)
        await self._is_dealt_with(before)
        if is_asked:
            await self._judge(UNDER_WAY, pointer, before, since)

    async def _look_back(self, rule: str, what: str) -> None:
        """What had been tried before the customer's end took messages again."""
        await self._is_sent(self._agent)
        came = await self._pair.work(functools.partial(self._came_late, _Screen("active")))
        if came:
            self.through.append(Through(_one(rule, what), ", ".join(came)))

    async def _is_sent(self, who: BareAgent) -> None:
        """The relay has dealt with everything that an agent has sent."""
        fence = f"h{next(self._numbers)}"
        await who.perform(do.Fence(fence))
        await self._until(lambda: fence in self._relay.fences, "the suite's relay did not answer")

    async def _is_dealt_with(self, since: int) -> None:
        """The customer's end has reported every act that was handed to it since then, if it reports at all."""
        if self._misses >= MOST_MISSES:
            await self._pair.work(functools.partial(wait_for, lambda: False, self._settle_s))
        elif not await self._relay.until(lambda: self._is_reported(since), REPORTED_S):
            self._misses += 1

    def _is_reported(self, since: int) -> bool:
        return len(self._reports(since)) >= len(self._relay.handed) - since

    def _reports(self, since: int) -> list[do.Report]:
        """What the customer's end says of the acts that were handed to it since then."""
        acts = set(self._relay.handed[since:])
        return [one for one in self._relay.said if isinstance(one, do.Report) and one.act in acts]

    def _screen(self, expected: _Screen) -> _Screen:
        """What the customer's screen shows, where a state that is over is as good as none."""
        known = self._customer.known
        phase = "ended" if expected.phase == "ended" and known.phase in OVER else known.phase
        return _Screen(phase, known.mode, known.asked)

    def _came_of(self, way: Way, screen: _Screen) -> list[str]:
        """What has come of a way, in words.  In the thread of the pair."""
        if way.rule == "SUBMIT-1":
            self._customer.let_finish()
        self._customer.see()
        changes = self._changes()
        came = [] if way.may_act else changes
        shown = self._screen(screen)
        if shown != screen:
            came.append(f"the customer's screen shows {shown.words} and not {screen.words}")
        name = self._customer.shown.agent
        if way.rule == "JOIN-4" and "Mallory" in name:
            came.append("the customer is told of another agent")
        if way.rule == "PAUSE-1" and wait_for(self._is_pointed_at, self._settle_s):
            came.append("the agent's pointer shows")
        return came

    def _is_pointed_at(self) -> bool:
        return self._customer.look().pointer is not None

    def _came_late(self, screen: _Screen) -> list[str]:
        """What came of any of them a moment later: timers have run, and forms have arrived."""
        if self._customer.is_on_site():
            self._customer.let_finish()
        if screen.phase != "active":
            wait_for(lambda: False, self._settle_s)
        return self._changes()

    def _changes(self) -> list[str]:
        """What has changed on the page and at the site since this was asked last."""
        came = [_WORDS[what].format(name=name) for what, name in self._customer.changed()]
        submitted = len(self._sitting.table.story.submitted())
        if submitted > self._submitted:
            came.append("a form was submitted")
        self._submitted = submitted
        if not self._customer.is_on_site():
            came.append("the customer was taken off the site")
        return came

    def _has_typed(self) -> bool:
        """Whether the agent's allowed act is on the page, waited for."""
        typed = wait_for(lambda: self._customer.shows("name") == _TYPED, self._patience_s)
        self._customer.forget_changes()
        return typed

    def _claims(self, since: int) -> list[str]:
        """Whether the customer's end says that it has carried out any act that was handed to it since then."""
        done = any(not one.rule for one in self._reports(since))
        return ["the customer's end reports it as carried out"] if done else []

    def _answers(self, since: int) -> list[str]:
        """What the customer's end has said that only the customer's hand may."""
        said = [one for one in self._relay.said[since:] if isinstance(one, _ANSWERS)]
        return [f"the customer's end said {one.__struct_config__.tag!r} by itself" for one in said]

    async def _see_that_it_goes_on(self, screen: _Screen) -> None:
        """After a way that got through the others can be tried only where things still stand as they did."""
        stands = await self._pair.work(lambda: self._customer.is_on_site() and self._is_shown(screen))
        if not stands:
            raise Cut(f"after {self.through[-1].way.what} things were not as before")


def _all(ways: Sequence[Way]) -> str:
    return ", ".join(way.what for way in ways[:MOST_NAMED])


#: What has changed on a page, in words.
_WORDS: Final = {
    "field": "{name!r} has changed",
    "content": "what the page shows has changed",
    "scroll": "the page was scrolled",
    "page": "another page was opened: /{name}",
}


# What follows


async def attack(sitting: "Sitting") -> dict[str, Found]:
    """A session of the customer's browser with a hostile agent: what it shows of each of :data:`RULES`.

    Raises what a :class:`.oracles.Sitting` raises.
    """
    venue = sitting.venue
    wire = venue.wire
    hindered = hindrance(wire)
    if hindered:
        return dict.fromkeys(RULES, Found(Verdict.NOT_APPLICABLE, hindered))
    has_curtain = curtained(venue.profile)
    relay = CarelessRelay()
    name = "capabilities" if has_curtain else "standard"
    relay.begin_under(
        parse_policy(venue.site.policy(for_target(policy_text(name), venue.profile.product.capabilities)))
    )
    with standing_in(sitting.pair.lines[Party.CUSTOMER], wire, relay) as stand_in:
        await sitting.open(PAGE)
        await sitting.pair.work(sitting.table.fresh)
        recorder = Recorder(sitting.recorder.header, trio.current_time)  # what it shows is told in words
        recorder.listen(lambda event: relay.ring())
        async with _agent(recorder, relay) as agent, _agent(recorder, relay) as another:
            attacking = _Attack(sitting, stand_in, relay, agent, another)
            cut = ""
            try:
                await attacking.run(has_curtain=has_curtain)
            except Cut as error:
                cut = str(error)
            except LinkClosed:
                cut = "the suite's own link was closed"
    if stand_in.faults:
        cut = f"the customer's end sent what is no cobrowse.v1: {stand_in.faults[0]}"
    outcome = Outcome(tuple(attacking.through), attacking.tried, attacking.reached, cut)
    return {rule: outcome.of(rule) for rule in RULES}


def curtained(profile: Profile) -> bool:
    """Whether the customer can draw a curtain, and the suite knows how."""
    given = profile.customer
    return (
        "curtain" in profile.product.capabilities
        and given.draw_curtain is not None
        and given.open_curtain is not None
    )


@asynccontextmanager
async def _agent(recorder: Recorder, relay: CarelessRelay) -> AsyncIterator[BareAgent]:
    """A bare agent with a link to the relay, for the length of a block."""
    ours, theirs = memory_links()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(relay.serve, Party.AGENT, theirs)
        agent = BareAgent(ours, recorder, AGENT.who)
        nursery.start_soon(agent.run)
        yield agent
        await ours.aclose()
        nursery.cancel_scope.cancel()

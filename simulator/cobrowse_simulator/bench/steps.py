"""The machine alone: how many steps a second one core decides.

The deeds of a few plausible sessions are worked out beforehand, so that what is timed is
:func:`cobrowse_spec.session.step` and nothing else.  Pointer moves and mirrored content are not among
them: a server lets frames through without a step.

Order: scripts, the sessions they tell of, the measurement, sessions in bulk.
"""

import time
from collections.abc import Callable
from typing import Final, NamedTuple

from cobrowse_spec import actions as do
from cobrowse_spec.actions import AnyAction, Deed
from cobrowse_spec.policy import PageRule, Policy
from cobrowse_spec.session import Session, start_message, step
from cobrowse_spec.terms import Party, Timer

from .measures import Measure, measured

#: Steps of the machine that one core is to decide in a second.
AIM: Final = 200_000

#: CPU seconds that one repeat takes, at the least, and how many there are.
REPEAT_S: Final = 0.8
REPEATS: Final = 5

#: The fewest steps of a session in bulk, and how many different ones there are.
FEWEST_STEPS: Final = 6
VARIETIES: Final = 50
#: Parts of a bulk, each of which gives a figure.
PARTS: Final = 20

#: Elements on the page that is shown: a form of some size.
ELEMENTS: Final = 40

_SITE: Final = "https://bank.example"
_POLICY: Final = Policy(site=(_SITE,), pages=(PageRule(mask=("#ssn",), allow_submit=("#search",)),))
_SESSION_ID: Final = "314159265"
_CHAT: Final = "interaction-1"


class Script(NamedTuple):
    """The deeds of one session, each with its moment, and what they come to."""

    name: str
    begun: Session
    deeds: tuple[tuple[Deed, float], ...]
    refused: int
    ended: Session


class _Writer:
    """Plays deeds as it writes them down: acts name the epoch, answers the request, of their moment."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.begun = Session(_SESSION_ID, _POLICY, _CHAT)
        self.session = self.begun
        self.now = 0.0
        self._deeds: list[tuple[Deed, float]] = []
        self._refused = 0

    def customer(self, *actions: AnyAction) -> None:
        self._add(Party.CUSTOMER, actions)

    def agent(self, *actions: AnyAction) -> None:
        self._add(Party.AGENT, actions)

    def system(self, *actions: AnyAction) -> None:
        self._add(Party.SYSTEM, actions)

    def comes_by_chat(self) -> None:
        """The system's message in the chat brings the chat's agent in."""
        self._add(Party.CONTROLLER, (do.Say(start_message(_SESSION_ID), Party.SYSTEM, _CHAT),), by_agent=True)

    def answer(self, kind: type[do.Approve] | type[do.Deny]) -> None:
        self.customer(kind(self.session.request))

    def types(self, ref: int, value: str = "Graz") -> None:
        """The agent types, and the customer's end reports."""
        before = self.session.n
        self.agent(do.Type(str(ref), page=self._page(), epoch=self.session.epoch, value=value))
        if self.session.n > before:
            self.customer(do.Report(self.session.n))

    def presses(self, ref: int) -> None:
        self.agent(do.Press(str(ref), page=self._page(), epoch=self.session.epoch))

    def shows_page(self, page: str) -> None:
        self.customer(do.ShowPage(page, f"{_SITE}/apply", _elements()))

    @property
    def steps(self) -> int:
        """How many deeds there are by now."""
        return len(self._deeds)

    def script(self) -> Script:
        return Script(self.name, self.begun, tuple(self._deeds), self._refused, self.session)

    def _page(self) -> str:
        return "" if self.session.page is None else self.session.page.page

    def _add(self, by: Party, actions: tuple[AnyAction, ...], *, by_agent: bool = False) -> None:
        who, name = ("agent-1", "Ada") if by is Party.AGENT or by_agent else ("", "")
        for action in actions:
            self.now += 0.5
            deed = Deed(by, action, who, name)
            outcome = step(self.session, deed, self.now)
            self._deeds.append((deed, self.now))
            self._refused += outcome.refusal is not None
            self.session = outcome.session


def _elements() -> tuple[do.Element, ...]:
    """Fields, two of them masked, a disabled link, two submit buttons, one of them allowed."""
    plain = [do.Element(str(ref)) for ref in range(1, ELEMENTS - 4)]
    return (
        *plain,
        do.Element(str(ELEMENTS - 4), masked=True),
        do.Element(str(ELEMENTS - 3), masked=True),
        do.Element(str(ELEMENTS - 2), disabled=True),
        do.Element(str(ELEMENTS - 1), submits=("press",)),
        do.Element(str(ELEMENTS), submits=("press",), allowed=True),
    )


# The sessions


def _helped() -> Script:
    """The usual one: pointing, a denial, an approval, a form filled in together, a look elsewhere."""
    writer = _Writer("helped with a form")
    writer.customer(do.Start(_CHAT))
    writer.agent(do.Join(_SESSION_ID))
    writer.shows_page("p1")
    writer.agent(do.Click(320, 200), do.Click(330, 240), do.Request())
    writer.answer(do.Deny)
    writer.agent(do.Request(), do.Click(300, 200))  # too soon: refused
    writer.now += _POLICY.timers.cool_down_s
    writer.agent(do.Request())
    writer.answer(do.Approve)
    for ref in range(1, 25, 2):
        writer.types(ref)
        writer.agent(do.Click(100 + ref, 200))
    writer.types(ELEMENTS - 4)  # masked: refused
    writer.presses(ELEMENTS - 2)  # disabled: refused
    writer.presses(ELEMENTS - 1)  # would submit: refused
    writer.agent(do.OpenUrl(epoch=writer.session.epoch, url="https://elsewhere.example/"))  # refused
    writer.customer(do.Fence("f1"), do.LeaveSite())
    writer.agent(do.Request(), do.Click(1, 1))  # refused while suspended
    writer.customer(do.ReturnToSite())
    writer.shows_page("p2")
    writer.types(3)  # Pointer Mode: refused
    writer.agent(do.Click(50, 60))
    writer.customer(do.Exit())
    writer.agent(do.Request())  # refused: it has ended
    return writer.script()


def _shown_around() -> Script:
    """Brought in by the chat, and in Pointer Mode to the end: circles, pages, a request that nobody answers."""
    writer = _Writer("shown around")
    writer.customer(do.Start(_CHAT))
    writer.comes_by_chat()
    for page in ("p1", "p2", "p3"):
        writer.shows_page(page)
        writer.agent(*(do.Click(x, 200) for x in range(100, 600, 50)))
        writer.customer(do.Fence(page))
    writer.types(3)  # Pointer Mode: refused
    writer.agent(do.Request(), do.Request())
    writer.now += _POLICY.timers.request_s
    writer.system(do.Expire(Timer.REQUEST))
    writer.agent(do.Exit())
    return writer.script()


def _link_lost() -> Script:
    """Both links break once while the agent is typing; the customer takes Write Mode back."""
    writer = _Writer("links lost")
    writer.customer(do.Start(_CHAT))
    writer.agent(do.Join(_SESSION_ID))
    for party in (Party.CUSTOMER, Party.AGENT):
        writer.shows_page(f"p-{party}")
        writer.agent(do.Request())
        writer.answer(do.Approve)
        for ref in range(1, 12):
            writer.types(ref)
        writer.system(do.LoseLink(party))
        writer.types(5)  # refused while suspended
        back = writer.customer if party is Party.CUSTOMER else writer.agent
        back(do.Resume("token"))
    writer.shows_page("p3")
    writer.agent(do.Request())
    writer.answer(do.Approve)
    writer.types(7)
    writer.customer(do.ReturnToPointer(), do.Exit())
    return writer.script()


def _never_joined() -> Script:
    """The customer waits for nobody, and gives up."""
    writer = _Writer("never joined")
    writer.customer(do.Start(_CHAT), do.Fence("f1"), do.Cancel())
    writer.agent(do.Join(_SESSION_ID))  # refused: it has ended
    return writer.script()


def scripts() -> tuple[Script, ...]:
    """The mix that is measured: every session once."""
    return (_helped(), _shown_around(), _link_lost(), _never_joined())


# The measurement


def play(script: Script) -> Session:
    """The session that the script's deeds lead to."""
    session = script.begun
    for deed, now in script.deeds:
        session = step(session, deed, now).session
    return session


def measure_steps(*, repeats: int = REPEATS, repeat_s: float = REPEAT_S) -> Measure:
    """Steps that the machine decides in a second of this process's CPU time."""
    mix = scripts()
    rates = []
    for _ in range(repeats):
        done, began = 0, time.process_time()
        while (taken := time.process_time() - began) < repeat_s or not done:
            for script in mix:
                if play(script) != script.ended:
                    raise AssertionError(f"the session {script.name!r} came to another end than before")
                done += len(script.deeds)
        rates.append(done / taken)
    return measured("steps", "steps of the machine", "per second of one core", rates, describe(mix), aim=AIM)


def describe(mix: tuple[Script, ...]) -> str:
    """What is played, in a sentence."""
    steps = sum(len(script.deeds) for script in mix)
    refused = sum(script.refused for script in mix)
    return (
        f"{len(mix)} sessions ({', '.join(script.name for script in mix)}), over and over: {steps} steps, "
        f"{refused} of them refused; pages of {ELEMENTS} elements; CPU time of this process"
    )


# Sessions in bulk


class Bulk(NamedTuple):
    """So many sessions, each of so many steps."""

    sessions: int
    steps: int


def whole(steps: int, variety: int) -> Script:
    """A session of just so many steps, from its start to its end; what the agent does in it is of many varieties."""
    writer = _Writer(f"{steps} steps")
    writer.customer(do.Start(_CHAT))
    writer.agent(do.Join(_SESSION_ID))
    writer.shows_page("p1")
    writer.agent(do.Request())
    writer.answer(do.Approve)
    what = variety
    while (left := steps - 1 - writer.steps) > 0:
        what += 1
        if left == 1 or what % 4 == 0:
            writer.agent(do.Click(100 + what, 200))
        elif what % 5 == 0:
            writer.presses(ELEMENTS - 1)  # would submit: refused
        else:
            writer.types(1 + what % (ELEMENTS - 5))
    writer.customer(do.Exit())
    return writer.script()


def measure_bulk(bulk: Bulk, told: Callable[[int], None] = lambda done: None) -> Measure:
    """Steps a second of this process's CPU time while whole sessions are played; ``told`` hears how many by now."""
    mix = [whole(bulk.steps, variety) for variety in range(VARIETIES)]
    rates, cpu_s, done = [], 0.0, 0
    for part in range(1, PARTS + 1):
        before, done = done, bulk.sessions * part // PARTS
        began = time.process_time()
        for number in range(before, done):
            script = mix[number % VARIETIES]
            if play(script) != script.ended:
                raise AssertionError("a session came to another end than before")
        taken = time.process_time() - began
        cpu_s += taken
        if done > before:
            rates.append((done - before) * bulk.steps / taken)
        told(done)
    how = (
        f"{bulk.sessions:,} whole sessions of {bulk.steps} steps in {cpu_s:.1f} s of this process's CPU time; "
        f"{VARIETIES} varieties in turn, {sum(one.refused for one in mix)} of their {bulk.steps * VARIETIES} steps "
        f"refused; each comes to the end that it has to; pages of {ELEMENTS} elements"
    )
    what = "steps of the machine, whole sessions"
    return measured("steps", what, "per second of one core", rates, how, aim=AIM)

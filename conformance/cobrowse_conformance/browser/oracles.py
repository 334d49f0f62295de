"""The oracles in a run: what they find with a pair of browsers, as results of stories of the rules that they judge.

Stories try one thing at a time.  The leak oracle (:mod:`.leaks`) plants every place of one page at once, in one session,
and the submit oracle (:mod:`.submits`) tries every way to submit in another; what either finds is a story of each of its
rules, called `MASK-5.oracle` and so on, with a verdict of its own.  Where the product speaks ``cobrowse.v1`` as well, two
more have a bare client of the suite's own in the place of one side: a hostile agent before the real customer's script
(:mod:`.hostile_agent`, `WRITE-1.hostile-agent`), and a hostile page before the real workspace (:mod:`.hostile_page`,
`SECURE-5.hostile-page`).

Order: the oracles and their stories, a session for them, leaks, submits, mixed sides, results.
"""

import functools
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Final, NamedTuple

import trio
from cobrowse_simulator.browsers.chromium import Chromium
from cobrowse_spec import actions as do
from cobrowse_spec import observations as see
from cobrowse_spec.rulebook import Example, Rule
from cobrowse_spec.stories import AGENT, CUSTOMER, Meet, Plant, Role
from cobrowse_spec.terms import InteractionKind, Mode, Party
from cobrowse_spec.trace import Header, Recorder
from msgspec.structs import replace

from ..players import NoAnswer
from ..results import ORACLE, ConsoleEntry, Leak, Picture, StoryResult
from ..targets import TargetDown
from ..verdicts import Verdict
from . import hostile_agent, hostile_page, leaks, submits
from .brands import CHROMIUM, Brand
from .capture import BrowserCapture
from .cast import BrowserCast
from .customer import NotOffered
from .leaks import LeakOracle
from .playing import all_of, evidence, header_of, renew
from .pool import Pair
from .profile import Profile
from .site.ways import ALLOWED, HARMLESS, HARMLESS_KEY, WAYS, Way
from .submits import Tried
from .table import OVER, FenceLost, Table
from .venue import END, BrowserVenue

#: Seconds that an oracle may take on a loaded machine.
ORACLE_TIMEOUT_S: Final = 300.0


# The oracles and their stories


class Found(NamedTuple):
    """What an oracle found of one rule."""

    verdict: Verdict
    #: Why, in words; of a pass, what shows it.
    because: str
    leaks: tuple[Leak, ...] = ()


_PLANTED: Final = (
    "Given the customer has a text that nobody could guess at every place of a page: masked, within something masked, open",
    "And a session in Pointer Mode",
    "When the customer types, selects, copies and drags, and the page changes what it shows in every way that is known",
    "And the customer opens another page",
    "Then every open text arrives where the agent must see it",
)
_TRIED: Final = (
    "Given a session in Write Mode",
    "And every known way to submit a form on the customer's page",
    "When the agent tries each of them",
    "And then the customer does the same",
)

_LEAK_STORIES: Final = {
    "MASK-2": (
        "Fields full of canaries",
        *_PLANTED,
        "And nothing that is masked is in what a field holds, in whatever leaves the customer, nor in what the product keeps",
    ),
    "MASK-3": ("Passwords full of canaries", *_PLANTED, "And no password does"),
    "MASK-4": ("A masked element full of canaries", *_PLANTED, "And nothing within a masked element does"),
    "MASK-5": (
        "Every place full of canaries",
        *_PLANTED,
        "And nothing at any place of a masked element does",
    ),
    "MASK-6": (
        "What was masked, full of canaries",
        *_PLANTED,
        "And nothing does that was masked and is so no longer",
    ),
}
_LENGTH_STORIES: Final = {
    "MASK-9": (
        "Guessing by length",
        "Given a session in Pointer Mode",
        "When the page sets the password to a short one and to a long one, again and again",
        "Then neither the agent's screen nor the number of bytes on their way tells them apart",
    )
}
_SUBMIT_STORIES: Final = {
    "NAVIGATE-4": (
        "Every disabled control that sends something",
        *_TRIED,
        "Then what is disabled has sent nothing for the agent, and everything for the customer",
    ),
    "SUBMIT-1": ("Every way to submit, by the agent", *_TRIED, "Then no form arrives for the agent"),
    "SUBMIT-3": (
        "Every way to submit, by the customer",
        *_TRIED,
        "Then every form arrives once for the customer",
    ),
    "SUBMIT-4": (
        "The allowed button beside every other",
        *_TRIED,
        "Then the form of the button that administrators allow arrives for the agent",
    ),
}


_TRIED_BY_AGENT: Final = (
    "Given the customer's own browser, and a relay that passes on whatever an agent sends",
    "When a bare agent does all that it can, in every state of a session",
)
_HOSTILE_AGENT_STORIES: Final = {
    "START-5": (
        "A bare agent who has not joined",
        *_TRIED_BY_AGENT,
        "Then nothing of the page leaves the customer before an agent has joined, whoever waits for it",
    ),
    "POINTER-2": (
        "A bare agent in Pointer Mode",
        *_TRIED_BY_AGENT,
        "Then nothing comes of what it does in Pointer Mode",
    ),
    "WRITE-1": (
        "A bare agent and the question",
        *_TRIED_BY_AGENT,
        "Then it can neither answer the question nor act while it stands",
    ),
    "WRITE-12": (
        "A bare agent after Write Mode",
        *_TRIED_BY_AGENT,
        "Then nothing comes of what it does once Write Mode has ended, nor of what was on its way",
    ),
    "SUBMIT-1": ("A bare agent submits", *_TRIED_BY_AGENT, "Then no form arrives, by whatever act"),
    "MASK-7": ("A bare agent writes what is masked", *_TRIED_BY_AGENT, "Then no masked field changes"),
    "NAVIGATE-2": ("A bare agent leads away", *_TRIED_BY_AGENT, "Then the customer stays on the site"),
    "NAVIGATE-3": ("A bare agent opens what runs", *_TRIED_BY_AGENT, "Then only http and https is opened"),
    "NAVIGATE-4": (
        "A bare agent uses what is disabled",
        *_TRIED_BY_AGENT,
        "Then what is disabled is inert",
    ),
    "NAVIGATE-6": (
        "A bare agent goes where there is no history",
        *_TRIED_BY_AGENT,
        "Then nothing changes, and the customer's end does not say that it went",
    ),
    "SITE-5": (
        "A bare agent leads to look-alikes",
        *_TRIED_BY_AGENT,
        "Then the customer stays on the site, whatever another's address looks like",
    ),
    "SECURE-4": (
        "A bare agent makes references up",
        *_TRIED_BY_AGENT,
        "Then references that are none, or of another page, mean nothing",
    ),
    "JOIN-4": ("Another bare agent", *_TRIED_BY_AGENT, "Then the customer goes on with the agent who came"),
    "WRITE-7": (
        "A bare agent answers another request",
        *_TRIED_BY_AGENT,
        "Then the question stands until the customer answers it",
    ),
    "STOP-5": ("A bare agent after the end", *_TRIED_BY_AGENT, "Then nothing comes of it after the end"),
    "SITE-6": (
        "A bare agent behind the curtain",
        *_TRIED_BY_AGENT,
        "Then nothing comes of what it does while the session is suspended",
    ),
    "PAUSE-1": (
        "A bare agent's pointer behind the curtain",
        *_TRIED_BY_AGENT,
        "Then nothing of it shows until the curtain is open",
    ),
}
_SHOWN_TO_AGENT: Final = (
    "Given the agent's own browser, and a customer whose mirrors are made to harm whoever looks at them",
    "When the agent looks at them, and clicks what can be clicked, in either mode",
)
_HOSTILE_PAGE_STORIES: Final = {
    "SECURE-5": (
        "Mirrors that run and load",
        *_SHOWN_TO_AGENT,
        "Then nothing of them runs, and no third party is asked for anything",
    ),
    "POINTER-1": (
        "Mirrors that are malformed or too large",
        *_SHOWN_TO_AGENT,
        "Then a sound page that comes after them shows",
    ),
    "STOP-1": ("Leaving a hostile page", *_SHOWN_TO_AGENT, "Then the agent can exit the session"),
}


class Chosen(NamedTuple):
    """An oracle, and those of its rules that are asked for."""

    name: str
    rules: tuple[str, ...]


def chosen_oracles(rules: Iterable[Rule], profile: Profile, brand: Brand = CHROMIUM) -> list[Chosen]:
    """The oracles that judge any of these rules at this product, in browsers of this brand."""
    every = list(rules)
    asked = {rule.id for rule in every if "browser" in rule.seen}
    mixed = asked if profile.wire is None else {rule.id for rule in every}
    if not hostile_agent.curtained(profile):
        mixed = mixed - set(hostile_agent.OF_CURTAIN)
    # Without it nobody has told the product what is masked, allowed and disabled on the suite's own pages.
    if profile.hooks.policy is None:
        asked -= {"MASK-2", "MASK-4", "MASK-5", "MASK-6", "NAVIGATE-4", "SUBMIT-4"}
    if not any(way for way in _ways_in(brand) if not way.is_form):
        asked = asked - {"NAVIGATE-4"}
    found = [
        Chosen(name, tuple(rule for rule in one.stories if rule in (mixed if one.is_mixed else asked)))
        for name, one in _ORACLES.items()
        if not (one.reads_network and brand.unread)
    ]
    return [one for one in found if one.rules]


def unasked(brand: Brand) -> frozenset[str]:
    """The rules that an oracle of a product's own two sides judges, and not in browsers of this brand."""
    blind = (one for one in _ORACLES.values() if one.reads_network and not one.is_mixed)
    return frozenset(rule for one in blind for rule in one.stories) if brand.unread else frozenset()


def beside(oracles: Iterable[Chosen], examples: Iterable[Example]) -> list[Example]:
    """The stories that are left to play beside these oracles.

    Of those that plant a text at one place each, only the first that hides it and the first that shows it: the leak oracle
    plants at all these places at once, on one page, and names each of them.
    """
    asked = {rule for one in oracles if _ORACLES[one.name].ask is _ask_leaks for rule in one.rules}
    left: list[Example] = []
    planted: set[tuple[str, frozenset[bool]]] = set()
    for example in examples:
        rule = example.id.rpartition(".")[0]
        kinds = frozenset(step.masked for step in example.steps if isinstance(step, Plant))
        if not kinds or rule not in asked or (rule, kinds) not in planted:
            left.append(example)
        planted.add((rule, kinds))
    return left


# A session for them


class NotReady(Exception):
    """The session did not come to where the oracle begins, so nothing is shown."""


class Sitting:
    """A session that an oracle has for itself, from the opening of its page on."""

    def __init__(self, venue: BrowserVenue, pair: Pair, recorder: Recorder) -> None:
        self.venue = venue
        self.pair = pair
        self.recorder = recorder
        self.cast = BrowserCast(venue, pair, recorder)

    @property
    def table(self) -> Table:
        """Both parties."""
        return self.cast.table

    async def open(self, path: str) -> None:
        """The customer has a page open, and is in a call with the agent."""
        await self.pair.ready(self.venue)
        await self.pair.work(self.pair.begin_story)
        self.cast.open_page(CUSTOMER, path)
        await self.cast.meet(Meet(InteractionKind.CALL, CUSTOMER, AGENT))

    async def begin(self, mode: Mode) -> None:
        """The session begins, and comes to this mode; raises :class:`NotReady`."""
        await self._does(CUSTOMER, do.Start())
        if self.table.customer.known.phase in OVER:
            raise NotReady("nothing came of it when the customer started a session")
        await self._does(AGENT, do.Join(""))
        if not self.table.have_met():
            raise NotReady("the agent did not come to the customer's page")
        if mode is Mode.WRITE:
            await self._does(AGENT, do.Request())
            await self._does(CUSTOMER, do.Approve())
        known = self.table.agent.known
        if not known.flows or known.mode is not mode:
            raise NotReady("the session did not come to where the oracle begins")

    async def _does(self, role: Role, action: do.AnyAction) -> None:
        await self.cast.perform(role, action)
        await self.cast.settle(role, (), reacted_to=True)

    async def open_next(self, path: str) -> None:
        """The customer goes on to another page of the site, within the session."""
        await self._does(CUSTOMER, do.OpenUrl(url=f"https://bank.example{path}"))

    async def work(self, work: Callable[[], None]) -> None:
        """Do something in the pair's thread."""
        await self.pair.work(work)


class _Seats:
    """Both browsers, as the leak oracle has them.  Synchronous: in the thread of the pair."""

    def __init__(self, sitting: Sitting) -> None:
        pair = sitting.pair
        customer = pair.browsers[Party.CUSTOMER]
        assert isinstance(customer, Chromium), "nobody can read another browser's network"
        self.customer = customer
        self.customer_capture: BrowserCapture = pair.captures[Party.CUSTOMER]
        self.agent_capture: BrowserCapture = pair.captures[Party.AGENT]
        self._sitting = sitting

    def fence(self) -> None:
        """Come back when what the customer's page shows at this moment has reached the agent."""
        self._sitting.table.fence()

    def agent_shows(self, element: str) -> str | None:
        """What the agent sees in a field of the customer's page."""
        found = self._sitting.table.field(Party.AGENT, element, None)
        return found.value if isinstance(found, see.FieldShows) else None


# Leaks


async def _ask_leaks(sitting: Sitting) -> dict[str, Found]:
    oracle = LeakOracle(_Seats(sitting), sitting.venue.kept)
    await sitting.open(oracle.address("/apply"))
    await sitting.work(oracle.plant)
    await sitting.begin(Mode.POINTER)
    await sitting.work(oracle.proceed)
    await sitting.work(oracle.mutate)
    await sitting.open_next("/rates")
    findings = await sitting.pair.work(oracle.judge)
    own = {rule: findings.of(rule) for rule in _LEAK_STORIES}
    return {rule: Found(one.verdict, one.because, one.leaks) for rule, one in own.items()}


async def _ask_length(sitting: Sitting) -> dict[str, Found]:
    await sitting.open("/apply")
    await sitting.begin(Mode.POINTER)
    guessed = await sitting.pair.work(functools.partial(leaks.guess, _Seats(sitting), _PIN))
    return {leaks.RULE_OF_LENGTH: Found(guessed.verdict, guessed.because)}


#: The field of the page that holds a password.
_PIN: Final = "pin"


# Submits


def _ways_in(brand: Brand) -> list[Way]:
    """The ways to submit that there are in browsers of this brand."""
    return [way for way in WAYS if brand.name not in way.not_in]


async def _ask_submits(sitting: Sitting) -> dict[str, Found]:
    has_policy = sitting.venue.profile.hooks.policy is not None
    every = _ways_in(sitting.pair.brand)
    ways = [*every, ALLOWED] if has_policy else [way for way in every if way.is_form]
    tried: list[Tried] = []
    reached = []
    await sitting.open("/ways")
    await sitting.begin(Mode.WRITE)
    for page, by_tab in (("/ways", False), ("/keys", True)):
        if by_tab:
            await sitting.open_next(page)
        own = [way for way in ways if way.by_tab is by_tab and (way != ALLOWED or not by_tab)]
        harmless = HARMLESS_KEY if by_tab else HARMLESS
        tries = functools.partial(_try_page, sitting.table, own, harmless)
        counted, came = await sitting.pair.work(tries)
        reached.append(counted)
        tried += came
    found = {rule: submits.judge(rule, tried, reached=all(reached)) for rule in submits.RULES}
    return {rule: Found(one.verdict, one.because) for rule, one in found.items()}


def _try_page(table: Table, ways: list[Way], harmless: Way) -> tuple[bool, list[Tried]]:
    """Whether the agent's hand reaches the page that is open, and what comes of its ways."""
    browser = table.customer.browser

    def by_agent(way: Way) -> bool:
        if way == ALLOWED:
            fence()  # what is submitted by now is not kept from arriving by what is submitted next
        try:
            table.agent.act(_deed(way), table.customer)
        except NotOffered:
            return False
        return True

    def fence() -> None:
        table.settle()
        submits.settle_page(browser)

    by_agent(harmless)
    tried = submits.try_ways(
        table.story, ways, by_agent, fence, functools.partial(submits.by_hand, browser), table.patience_s
    )
    counted = browser.script(
        "return cobrowseSite.find(arguments[0])?.dataset.clicks === '1'", harmless.element
    )
    return bool(counted), tried


def _deed(way: Way) -> do.Act:
    match way.by:
        case "click":
            return do.Press(way.element)
        case "type":
            return do.Type(way.element, value=way.value)
        case "choose":
            return do.Choose(way.element, value=way.value)
        case key:
            return do.PressKey(way.element, key=key)


# Mixed sides


async def _ask_agent(sitting: Sitting) -> dict[str, Found]:
    found = await hostile_agent.attack(sitting)
    return {rule: Found(one.verdict, one.because) for rule, one in found.items()}


async def _ask_page(sitting: Sitting) -> dict[str, Found]:
    found = await hostile_page.visit(sitting)
    return {rule: Found(one.verdict, one.because) for rule, one in found.items()}


#: Why an oracle of mixed sides cannot be asked.
NO_WIRE: Final = "the profile names no [wire]: a side of the suite's own needs the open protocol cobrowse.v1"


# Results


class _Oracle(NamedTuple):
    #: The story of each of its rules: the name, and the lines; the last of them decides.
    stories: Mapping[str, tuple[str, ...]]
    ask: Callable[[Sitting], Awaitable[dict[str, Found]]]
    #: Whether one side is a client of the suite's own, so that the product must speak ``cobrowse.v1``.
    is_mixed: bool = False
    #: Whether it reads what goes over the network.
    reads_network: bool = False
    suffix: str = ORACLE


_ORACLES: Final = {
    "leaks": _Oracle(_LEAK_STORIES, _ask_leaks, reads_network=True),
    "lengths": _Oracle(_LENGTH_STORIES, _ask_length, reads_network=True),
    "submits": _Oracle(_SUBMIT_STORIES, _ask_submits),
    "hostile agent": _Oracle(_HOSTILE_AGENT_STORIES, _ask_agent, is_mixed=True, suffix="hostile-agent"),
    "hostile page": _Oracle(
        _HOSTILE_PAGE_STORIES, _ask_page, is_mixed=True, reads_network=True, suffix="hostile-page"
    ),
}


async def ask(
    chosen: Chosen, venue: BrowserVenue, pair: Pair, *, suite_version: str, seed: int
) -> list[StoryResult]:
    """Ask an oracle, with a pair of browsers that plays nothing else meanwhile: a result for each of its rules."""
    oracle = _ORACLES[chosen.name]
    header = header_of(chosen.name, "standard", venue, suite_version, seed)
    recorder = Recorder(header, trio.current_time)
    began = trio.current_time()
    otherwise, found = Found(Verdict.INCONCLUSIVE, f"not over within {ORACLE_TIMEOUT_S:g} s"), {}
    pictures: tuple[Picture, ...] = ()
    console: tuple[ConsoleEntry, ...] = ()
    answered = True
    since = time.time()
    if oracle.is_mixed and not venue.wire:
        otherwise = Found(Verdict.NOT_APPLICABLE, NO_WIRE)
        return [_result(rule, oracle, otherwise, recorder, header) for rule in chosen.rules]
    try:
        with trio.move_on_after(ORACLE_TIMEOUT_S):
            sitting = Sitting(venue, pair, recorder)
            found = await oracle.ask(sitting)
            if any(found[rule].verdict is not Verdict.PASS for rule in chosen.rules):
                pictures, console = await pair.work(functools.partial(evidence, pair, since))
            recorder.stop()
            await sitting.cast.leave()
    except NotReady as error:
        otherwise = Found(Verdict.INCONCLUSIVE, f"could not be set up: {error}")
    except (NoAnswer, FenceLost, TargetDown) as error:
        otherwise, answered = Found(Verdict.INCONCLUSIVE, f"no answer: {error}"), False
    except Exception as error:
        otherwise = Found(Verdict.HARNESS_ERROR, f"the suite itself failed: {all_of(error)}")
    results = [_result(rule, oracle, found.get(rule, otherwise), recorder, header) for rule in chosen.rules]
    if any(one.verdict is not Verdict.PASS for one in results):
        await renew(pair)
    took_s = trio.current_time() - began
    return [
        replace(one, took_s=took_s, busy_s=took_s, answered=answered)
        if one.verdict is Verdict.PASS
        else replace(one, took_s=took_s, busy_s=took_s, answered=answered, pictures=pictures, console=console)
        for one in results
    ]


def asker(
    chosen: Iterable[Chosen],
    venue: BrowserVenue,
    *,
    suite_version: str,
    seed: int,
    add: Callable[[StoryResult], None],
) -> Callable[[Pair], Awaitable[None]]:
    """What pairs do side by side until no oracle is left to be asked; ``add`` gets each result as it comes."""
    waiting = list(chosen)

    async def ask_next(pair: Pair) -> None:
        while waiting:
            for result in await ask(waiting.pop(0), venue, pair, suite_version=suite_version, seed=seed):
                add(result)

    return ask_next


def _result(rule: str, oracle: _Oracle, found: Found, recorder: Recorder, header: Header) -> StoryResult:
    name, *lines = oracle.stories[rule]
    example = f"{rule}.{oracle.suffix}"
    last = len(recorder.events) - 1
    return StoryResult(
        example=example,
        rule=rule,
        name=name,
        place="the suite's oracles",
        end=END,
        level="browser",
        verdict=found.verdict,
        because="" if found.verdict is Verdict.PASS else found.because,
        line=lines[-1],
        gherkin="".join((f"Example: {name}\n", *(f"  {line}\n" for line in lines))),
        events=(last,) if last >= 0 else (),
        judgements={},
        header=replace(header, story=example),
        trace=tuple(recorder.events),
        took_s=0.0,
        leaks=found.leaks,
    )

"""Profiles: what the suite has to know of a product to judge it in browsers, as a TOML file.

A profile says how the product is started, how it gets into a page (the snippet), where each control is
that the rules speak of, and by which words its states, notices and refusals are recognised.  Nothing
else about a product is known here, and a profile holds nothing of the rules.

Order: locators and steps, words, the two parties' tables, the product, reading a file.
"""

import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
from cobrowse_spec.policy import CAPABILITIES
from cobrowse_spec.terms import Answer, EndReason, InteractionKind, Mode, Reason, SuspendReason
from cobrowse_spec.toml_text import TomlError, line_of, nearest, read

from ..venues import POLICIES

#: The ways in which a locator can name an element; a locator has exactly one of them.
WAYS: Final = ("css", "xpath", "text", "role", "part")


class ProfileError(Exception):
    """A profile that cannot be used: the file, the line and what is wrong with it."""


# Locators and steps


class Locator(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a control is; exactly one of :data:`WAYS` says how it is found."""

    #: A CSS selector.
    css: str = ""
    #: An XPath expression.
    xpath: str = ""
    #: The whole text of the element, white space drawn together.
    text: str = ""
    #: Its ARIA role, its own or the one that it has by its tag; ``name`` is then its accessible name.
    role: str = ""
    name: str = ""
    #: Its `part` or ID, in the shadow root of ``host``, a closed one too.
    part: str = ""
    #: The tag of the element in whose shadow root it is.
    host: str = ""
    #: The frames that it is in, from the outermost on, as CSS selectors.
    frames: tuple[str, ...] = ()
    #: What of its text counts: a regular expression with one group; else all of it.
    pattern: str = ""

    @property
    def words(self) -> str:
        """The locator as messages name it."""
        way = next(way for way in WAYS if getattr(self, way))
        found = f"{way} {getattr(self, way)!r}"
        if self.name:
            found += f" named {self.name!r}"
        if self.host:
            found += f" in the shadow root of <{self.host}>"
        return f"{found} in the frame {' > '.join(self.frames)}" if self.frames else found


class Do(msgspec.Struct, frozen=True, omit_defaults=True):
    """One step of a sequence: exactly one of ``open``, ``press``, ``type`` (with ``into``) and ``wait``."""

    #: An address to load.
    open: str = ""
    press: Locator | None = None
    type: str = ""
    into: Locator | None = None
    #: What must show before the next step.
    wait: Locator | None = None


# Words


class Saying(StrEnum):
    """What a product's words can say, as profiles name it; some take a value behind a colon."""

    IDLE = "idle"
    PENDING = "pending"
    MODE = "mode"
    #: Pointer Mode, and a request is pending.
    ASKED = "asked"
    SUSPENDED = "suspended"
    LOST = "lost"
    ENDED = "ended"
    ANSWERED = "answered"
    REFUSED = "refused"
    WARNED = "warned"
    TURNED_AWAY = "turned away"


#: The values that a saying takes; none where it takes none.
_VALUES: Final[dict[Saying, type[StrEnum]]] = {
    Saying.MODE: Mode,
    Saying.SUSPENDED: SuspendReason,
    Saying.ENDED: EndReason,
    Saying.ANSWERED: Answer,
    Saying.REFUSED: Reason,
}


class Meaning(NamedTuple):
    """What some words say, e.g. ``ended: customer_exit``."""

    saying: Saying
    value: str = ""


def meaning(text: str) -> Meaning:
    """The meaning that a profile writes so; raises ValueError that names the nearest known one."""
    said, _, value = (part.strip() for part in text.partition(":"))
    known = {str(one): one for one in Saying}
    if said not in known:
        raise ValueError(f"{said!r} is nothing that words can say; {nearest(said, known)}")
    values = [str(one) for one in _VALUES.get(known[said], ())]
    if values and value not in values:
        raise ValueError(f"{said!r} needs one of its values; {nearest(value, values)}")
    if value and not values:
        raise ValueError(f"{said!r} takes no value")
    return Meaning(known[said], value)


class Words:
    """The words of one party's screen: which regular expression says what, the first that fits."""

    def __init__(self, table: dict[str, str]) -> None:
        self._known = [(re.compile(pattern), meaning(text)) for pattern, text in table.items()]

    def read(self, text: str) -> Meaning | None:
        """What a text says; None: nothing that the profile knows."""
        return next((said for pattern, said in self._known if pattern.search(text)), None)


# The two parties


class Customer(msgspec.Struct, frozen=True):
    """The customer's screen: controls that the product adds to a page, and its words."""

    #: Starts a session (START-1), and shows its ID (START-2).
    start_button: Locator
    session_id: Locator
    #: How things stand, in words.
    state: Locator
    #: Ends the session.
    exit: Locator
    #: The question whether the agent may write, and its two answers (WRITE-2).
    consent: Locator | None = None
    approve: Locator | None = None
    deny: Locator | None = None
    #: Yes, for a limited time (WRITE-15).
    approve_timed: Locator | None = None
    #: Gives a pending session up; ``exit`` where there is none.
    cancel: Locator | None = None
    to_pointer: Locator | None = None
    draw_curtain: Locator | None = None
    open_curtain: Locator | None = None
    #: The agent's name, where it shows.
    agent_name: Locator | None = None
    #: Everything that the product tells in passing: every line of it.
    notice: Locator | None = None
    #: What the customer is told in a masked field (MASK-8).
    mask_hint: Locator | None = None
    agent_pointer: Locator | None = None
    red_circle: Locator | None = None
    #: What of the page is the product's own, if it is not in a shadow root: no part of the page.
    ui: Locator | None = None
    #: What its words say: a regular expression, and a :class:`Meaning`.
    words: dict[str, str] = {}
    #: What the page does when a chat or call is connected, as JavaScript: the product is told of it so.
    connect: str = ""


class Agent(msgspec.Struct, frozen=True):
    """The agent's workspace."""

    #: How an agent signs in, from an empty browser on.
    sign_in: tuple[Do, ...]
    session_id_field: Locator
    join: Locator
    state: Locator
    exit: Locator
    #: The document in which the customer's page shows: the root of what is innermost in its frames.
    view: Locator
    #: Ask for Write Mode, take the request back, and return to Pointer Mode (WRITE-6, WRITE-8, WRITE-10).
    pencil_icon: Locator | None = None
    withdraw: Locator | None = None
    pointer_icon: Locator | None = None
    #: Leaves a session that is over.
    done: Locator | None = None
    #: Pressed first to ask for one form or field only, which is then clicked (WRITE-15).
    scope: Locator | None = None
    url_bar: Locator | None = None
    back: Locator | None = None
    forward: Locator | None = None
    refresh: Locator | None = None
    #: The address of the customer's page, where it shows.
    page_url: Locator | None = None
    #: What stands in place of the customer's page, and everything that is told in passing: every line of it.
    cover: Locator | None = None
    notice: Locator | None = None
    chat: Locator | None = None
    #: Scrolls where the view is larger than the room for it.
    scroller: Locator | None = None
    customer_pointer: Locator | None = None
    red_circle: Locator | None = None
    #: Shows at which element of the customer's page the agent's keyboard is.
    focus_ring: Locator | None = None
    words: dict[str, str] = {}


# The product


class Call(msgspec.Struct, frozen=True):
    """A request over HTTP by which the product is asked for something; what it gives comes out of its answer."""

    url: str
    method: str = "POST"
    headers: dict[str, str] = {}
    body: str = ""
    #: Names, and the key of the JSON answer that each is taken from.
    gives: dict[str, str] = {}


class Product(msgspec.Struct, frozen=True):
    """How the product is reached: started by a command, or running already."""

    #: Says in one line of JSON that it is ready, and with what addresses; stops when its standard input closes.
    command: tuple[str, ...] = ()
    #: Names and values for all texts of the profile, e.g. the address of a running product.
    values: dict[str, str] = {}
    #: The same, from the environment: the name, and the variable that holds it.
    secrets: dict[str, str] = {}
    #: The optional capabilities that it has.
    capabilities: tuple[str, ...] = ()
    #: The suite's policies that hold, where none can be put in force by ``policy``.
    policies: tuple[str, ...] = ("standard",)
    #: Absolute patterns of the files that it keeps, logs and journals: nothing masked is in them (MASK-2).
    keeps: tuple[str, ...] = ()
    #: Name and version for the report.
    server: str = ""
    version: str = ""


class Hooks(msgspec.Struct, frozen=True):
    """What a contact centre and its administrators do, where the product can be asked for it."""

    #: Puts a policy in force: `{policy}` is its name, `{policy_text}` its TOML for the test site.
    policy: Call | None = None
    #: Makes an agent called `{name}`; gives what ``sign_in`` needs.
    agent: Call | None = None
    #: Connects a customer and the agent by `{kind}` under `{policy}`; gives what ``connect`` needs.
    meet: Call | None = None
    #: Ends that chat or call.
    end: Call | None = None


class Bounds(msgspec.Struct, frozen=True):
    """How long the suite waits, in seconds."""

    #: What must come at the latest.
    patience_s: float = 10.0
    #: What has not come until then does not come, where no fence can show it.
    settle_s: float = 0.5


class Wire(msgspec.Struct, frozen=True):
    """Where the product speaks ``cobrowse.v1``, so that one of its sides can be a bare client of the suite's own."""

    #: The base URL, as for ``cobrowse conform``.
    url: str
    #: What a customer's client starts a session with (`start.interaction`), of what ``hooks.meet`` gives.
    interaction: str = ""


class Profile(msgspec.Struct, frozen=True):
    """A whole profile."""

    name: str
    product: Product
    #: What goes into the head of every page of the test site.
    snippet: str
    customer: Customer
    agent: Agent
    hooks: Hooks = Hooks()
    bounds: Bounds = Bounds()
    wire: Wire | None = None


# Reading


def read_profile(file: Path) -> Profile:
    """The profile in a file; raises :class:`ProfileError` with the line at fault."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ProfileError(f"cannot read the profile: {error}") from None
    return parse_profile(text, str(file))


def parse_profile(text: str, place: str = "profile") -> Profile:
    """The profile that a text describes; raises :class:`ProfileError` that begins with its place."""
    try:
        profile = read(text, Profile)
    except TomlError as error:
        raise ProfileError(f"{place}: {error}") from None
    for path, wrong in _wrong(profile):
        line = line_of(text, path)
        raise ProfileError(f"{place}: line {line}: {'.'.join(map(str, path))}: {wrong}")
    return profile


_Path = tuple[str | int, ...]


def _wrong(profile: Profile) -> Iterator[tuple[_Path, str]]:
    """What types cannot say, by where it stands."""
    for side in ("customer", "agent"):
        table = getattr(profile, side)
        for pattern, text in table.words.items():
            yield from _wrong_words((side, "words", pattern), pattern, text)
        for name, locator in locators(table).items():
            yield from _wrong_locator((side, name), locator)
    for number, step in enumerate(profile.agent.sign_in):
        yield from _wrong_step(("agent", "sign_in", number), step)
    for field, given, known in (
        ("capabilities", profile.product.capabilities, CAPABILITIES),
        ("policies", profile.product.policies, tuple(POLICIES)),
    ):
        for one in given:
            if one not in known:
                yield ("product", field), f"{one!r} is none; {nearest(one, known)}"


def _wrong_words(path: _Path, pattern: str, text: str) -> Iterator[tuple[_Path, str]]:
    try:
        re.compile(pattern)
        meaning(text)
    except (re.error, ValueError) as error:
        yield path, str(error)


def _wrong_locator(path: _Path, locator: Locator) -> Iterator[tuple[_Path, str]]:
    ways = [way for way in WAYS if getattr(locator, way)]
    if len(ways) != 1:
        yield path, f"a locator has exactly one of {', '.join(WAYS)}"
    if locator.name and not locator.role:
        yield path, "a name goes with a role"
    if locator.part and not locator.host:
        yield path, "a part is in the shadow root of a host: say which"
    if locator.host and locator.frames:
        yield path, "a host is looked for in the page itself, not in frames"
    if locator.pattern:
        try:
            groups = re.compile(locator.pattern).groups
        except re.error as error:
            yield path, f"the pattern is none: {error}"
        else:
            if groups != 1:
                yield path, "the pattern needs exactly one group, for what counts"


def _wrong_step(path: _Path, step: Do) -> Iterator[tuple[_Path, str]]:
    told = [name for name in ("open", "press", "type", "wait") if getattr(step, name)]
    if len(told) != 1 or bool(step.into) is not bool(step.type):
        yield path, "a step is one of open, press, wait, or type with into"
    for locator in (step.press, step.into, step.wait):
        if locator is not None:
            yield from _wrong_locator(path, locator)


def locators(table: Customer | Agent) -> dict[str, Locator]:
    """The controls that a party's table maps, by name."""
    given = {field: getattr(table, field) for field in table.__struct_fields__}
    return {name: one for name, one in given.items() if isinstance(one, Locator)}


#: The kinds of chats and calls that a hook is asked for.
KINDS: Final = tuple(str(kind) for kind in InteractionKind)


def filled(text: str, values: dict[str, str]) -> str:
    """A text with the values in place of what stands for them in braces; other braces stay."""
    return re.sub(r"\{([a-z_]+)\}", lambda found: values.get(found[1], found[0]), text)

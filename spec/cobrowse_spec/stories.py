"""Stories: what an example of the rulebook says, as data that a machine, a wire or a browser can play.

A story is a list of steps.  Most steps are somebody's action or something that somebody must see;
their sentences are those of :mod:`.actions` and :mod:`.observations`.  The few others are here, each
with its own sentence: who talks to whom, which policy holds, that time passes or a link breaks.
"""

from typing import ClassVar, Final, NamedTuple

import msgspec

from .actions import AnyAction
from .observations import Observation
from .terms import InteractionKind, PageChange, Party, Place


class Role(NamedTuple):
    """Somebody in a story: "the second agent" is another one than "the agent"."""

    party: Party
    who: str


CUSTOMER: Final = Role(Party.CUSTOMER, "customer")
AGENT: Final = Role(Party.AGENT, "agent")
SECOND_CUSTOMER: Final = Role(Party.CUSTOMER, "second customer")
SECOND_AGENT: Final = Role(Party.AGENT, "second agent")
CONTACT_CENTRE: Final = Role(Party.CONTROLLER, "contact centre")
SYSTEM: Final = Role(Party.SYSTEM, "system")

#: Everybody that a sentence can name.
ROLES: Final = {
    role.who: role for role in (CUSTOMER, AGENT, SECOND_CUSTOMER, SECOND_AGENT, CONTACT_CENTRE, SYSTEM)
}

#: The names that customers see.
DISPLAY_NAMES: Final = {"agent": "Ada", "second agent": "Ben"}

#: Stand for the newest session ID of the story, in texts that a story types or posts.
SESSION_ID: Final = "(session ID)"
SPACED_SESSION_ID: Final = "(session ID with spaces)"
HYPHENED_SESSION_ID: Final = "(session ID with hyphens)"

#: Stands for the newest request for Write Mode that the story's parties were told of, in texts sent as they are.
NEWEST_REQUEST: Final = "(the request)"

#: Stands for the request for Write Mode before the newest that the story's parties were told of.
EARLIER_REQUEST: Final = "(the request before)"


class Step(msgspec.Struct, frozen=True):
    """One step of a story.  Subclasses of this module set their sentence."""

    sentence: ClassVar[str] = ""


class Perform(Step, frozen=True):
    """A party does something."""

    role: Role
    action: AnyAction
    #: "meanwhile": without waiting for what the step before it causes.
    meanwhile: bool = False
    #: "late": sent as if the party had not yet seen that its stretch of Write Mode, or of flow, is over.
    late: bool = False


class Expect(Step, frozen=True):
    """A party has seen this since the last action, or, where ``absent``, has not."""

    role: Role
    kind: type[Observation]
    #: What its fields must equal; others may be anything.
    fields: dict[str, object] = {}
    absent: bool = False
    #: The timer that brings it about: not before its time is over, and soon after.
    timer: str = ""


class ExpectNothing(Step, frozen=True):
    """A party has seen nothing whatever since the last action."""

    sentence = "the {party} sees nothing at all"
    role: Role


class ExpectNothingElse(Step, frozen=True):
    """Since the last action a party was told what the lines before this one say, in their order, and no more.

    Pages and frames have a pace of their own and are not counted, nor is what no sentence names.
    """

    sentence = "the {party} sees nothing else"
    role: Role


class Meet(Step, frozen=True):
    """A chat or call begins; sessions that its customer starts belong to it."""

    sentence = "a {kind} between the {party} and the {party}"
    kind: InteractionKind
    customer: Role
    agent: Role


class UsePolicy(Step, frozen=True):
    """Which of the suite's policies holds for the chats and calls that begin from now on."""

    sentence = "the policy {string}"
    name: str


class HaveOpen(Step, frozen=True):
    """Which page the customer has open when the story begins; `/apply` if it does not say."""

    sentence = "the {party} has {string} open"
    role: Role
    path: str


class AtOnce(Step, frozen=True):
    """Something that happens at the same moment as the step before it: the server decides which came first.

    After a time that passes, at the very moment at which it is over.
    """

    step: Step


class ExpectEither(Step, frozen=True):
    """One of two things has been seen, as the server decided."""

    first: Expect
    second: Expect


class CutLink(Step, frozen=True):
    """A party's link breaks, without a word."""

    sentence = "the link of the {party} breaks"
    role: Role


class Crash(Step, frozen=True):
    """The server is killed at this moment, and with it every link breaks (RESUME-4)."""

    sentence = "the server crashes"
    #: At a moment that nobody chose, in the midst of what these two do.
    busy: ClassVar[str] = "the server crashes while the {party} and the {party} do this and that"
    #: Who does this and that meanwhile; empty where nobody does.
    roles: tuple[Role, ...] = ()


class Restart(Step, frozen=True):
    """The server that was killed is started again, on what it has kept."""

    sentence = "the server starts again"


class ExpectNotKept(Step, frozen=True):
    """In nothing that the server keeps on its disk does this text occur, in any encoding (MASK-2)."""

    sentence = "nothing that the server keeps contains {string}"
    text: str


class StallLink(Step, frozen=True):
    """Nothing more reaches a party over its link, which seems open still."""

    sentence = "the link of the {party} stalls"
    role: Role


class ComeBackAs(Step, frozen=True):
    """A party comes back with a token that is not its own."""

    sentence = "the {party} comes back with the token of the {party}"
    role: Role
    owner: Role


class ConnectOnly(Step, frozen=True):
    """An agent opens a link and does not say who it is."""

    sentence = "the {party} connects without signing in"
    role: Role


class BeAt(Step, frozen=True):
    """From which page a customer opens its link."""

    sentence = "the {party}'s page is at {string}"
    role: Role
    origin: str


class SendText(Step, frozen=True):
    """A party sends a text as it is; single quotes stand for double ones."""

    sentence = "the {party} sends {string} as it is"
    role: Role
    text: str


class SendTooMuch(Step, frozen=True):
    """A party sends a message that is larger than the protocol allows."""

    sentence = "the {party} sends a message that is too large"
    role: Role


class SendBadBytes(Step, frozen=True):
    """A party sends bytes that no frame begins with."""

    sentence = "the {party} sends bytes that are no frame"
    role: Role


class SendNonsense(Step, frozen=True):
    """A party sends one message in error after another, until it has no link any more."""

    sentence = "the {party} sends nonsense until its link is closed"
    role: Role


class ExpectNowhere(Step, frozen=True):
    """In nothing that a party has ever seen does this text occur."""

    sentence = "nothing that the {party} sees contains {string}"
    role: Role
    text: str


class ExpectBytes(Step, frozen=True):
    """A text has, or has not, been among the bytes that left a party or reached it, in any encoding."""

    sentence = "nothing that leaves the {party} contains {string}"
    reaches: ClassVar[str] = "nothing that reaches the {party} contains {string}"
    leaves_after_all: ClassVar[str] = "something that leaves the {party} contains {string}"
    reaches_after_all: ClassVar[str] = "something that reaches the {party} contains {string}"
    role: Role
    text: str
    leaving: bool = True
    absent: bool = True


class Plant(Step, frozen=True):
    """A text stands, or shows, at a place of an element of a party's page that the policy masks, or does not."""

    sentence = "the {party} has {string} as {place} of a masked element"
    unmasked: ClassVar[str] = "the {party} has {string} as {place} of an element that is not masked"
    role: Role
    text: str
    place: Place
    masked: bool = True


class ChangePage(Step, frozen=True):
    """A party's page does something with an element, by a script of its own."""

    sentence = "the page of the {party} {page_change} {string}"
    role: Role
    change: PageChange
    element: str


class FocusOn(Step, frozen=True):
    """A party puts the cursor into a field."""

    sentence = "the {party} focuses {string}"
    role: Role
    element: str


class HaveRoom(Step, frozen=True):
    """How much room an agent's workspace has for the virtual browser, in CSS pixels."""

    sentence = "the {party} has room for {int} by {int}"
    role: Role
    width: int
    height: int


class Pan(Step, frozen=True):
    """An agent moves the view of the virtual browser, which is larger than the room for it."""

    sentence = "the {party} pans the view to {int}, {int}"
    role: Role
    x: int
    y: int


#: What only a browser can play or show.
IN_BROWSERS: Final = (Plant, ChangePage, FocusOn, HaveRoom, Pan)


class ExpectReceipt(Step, frozen=True):
    """The receipt of the newest session says something, or, where ``absent``, does not (RECORD-1)."""

    sentence = "the receipt of the session says {string}"
    says_not: ClassVar[str] = "the receipt of the session does not say {string}"
    text: str
    absent: bool = False


class ExpectIntactReceipt(Step, frozen=True):
    """Every line of the receipt follows from the one before; ``sealed``: to the last one."""

    sentence = "the receipt of the session is intact"
    whole: ClassVar[str] = "the receipt of the session is intact and sealed"
    sealed: bool = False


class ExpectNotInReceipt(Step, frozen=True):
    """Nowhere in the receipt does this text occur."""

    sentence = "nothing in the receipt contains {string}"
    text: str


class Guess(Step, frozen=True):
    """An agent tries wrong session IDs, one more than the target lets through."""

    sentence = "the {party} guesses session IDs until it is throttled"
    role: Role


class StartMany(Step, frozen=True):
    """Many customers, each in a call of its own, start sessions."""

    sentence = "{int} customers start sessions"
    count: int


class ExpectUnpredictable(Step, frozen=True):
    """The session IDs of :class:`StartMany` are all different, and none follows from the one before."""

    sentence = "no two session IDs are alike and none follows from another"


class LetPass(Step, frozen=True):
    """Time passes: all of a declared time, or half of it."""

    sentence = "the {timer} time passes"
    half: ClassVar[str] = "half of the {timer} time passes"
    timer: str
    part: float = 1.0


#: Sentences that stand for several, so that a story begins where it becomes interesting.
ABBREVIATIONS: Final = {
    "a pending session": (
        "a call between the customer and the agent",
        "the customer starts a session",
    ),
    "a pending chat session": (
        "a call between the second customer and the agent",
        "the second customer starts a session",
        "the agent joins with the session ID",
        "a chat between the customer and the agent",
        "the customer starts a session",
        "the agent exits the session",
    ),
    "a session in Pointer Mode": (
        "a call between the customer and the agent",
        "the customer starts a session",
        "the agent joins with the session ID",
    ),
    "a session with a pending request": (
        "a call between the customer and the agent",
        "the customer starts a session",
        "the agent joins with the session ID",
        "the agent requests Write Mode",
    ),
    "a session in Write Mode": (
        "a call between the customer and the agent",
        "the customer starts a session",
        "the agent joins with the session ID",
        "the agent requests Write Mode",
        "the customer approves the request",
    ),
    "a suspended session": (
        "a call between the customer and the agent",
        "the customer starts a session",
        "the agent joins with the session ID",
        "the customer leaves the site",
    ),
    "a session behind the curtain": (
        "a call between the customer and the agent",
        "the customer starts a session",
        "the agent joins with the session ID",
        "the customer draws the curtain",
    ),
    "an ended session": (
        "a call between the customer and the agent",
        "the customer starts a session",
        "the agent joins with the session ID",
        "the customer exits the session",
    ),
}

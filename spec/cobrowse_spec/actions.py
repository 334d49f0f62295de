"""What a party can do.  Each action carries the sentence that names it in a feature.

An action is the same frozen struct in a feature, in a trace, on the wire and in the machine.  Its
``sentence`` is a cucumber expression, and its ``parameters`` say which field each parameter fills
(``party`` is who does it).  So the vocabulary has one home: here.

What is frozen and holds only what is frozen makes no cycles, so the garbage collector has no business with it
(``gc=False``, here and where else such structs are made in great numbers).

Order: links and interactions, starting and joining, Write Mode, what the agent does on the page
(:class:`Act`), moving about the site, ending, what only time or the network does.
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Final

import msgspec

from .policy import Policy
from .terms import InteractionKind, Party, Reason, Timer


class Element(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """An element that an agent's act can name, and what the policy says of it.

    Published by the customer's client for its current page.  Holds no content of the page: no
    label, no value, no address.
    """

    #: A reference that means something on this page only (the mirror's node number).
    ref: str
    #: The agent can neither read nor change it (MASK-7).
    masked: bool = False
    #: Administrators made it inert for agents (NAVIGATE-4).
    disabled: bool = False
    #: The means by which an act on it would submit a form (:attr:`Act.means`): "press", or the names
    #: of keys such as "Enter" (SUBMIT-1).
    submits: tuple[str, ...] = ()
    #: Administrators allow agents this submit (SUBMIT-4).
    allowed: bool = False
    #: The form that it belongs to, by a reference of the same kind; empty where it belongs to none (WRITE-15).
    form: str = ""


#: A further sentence, the fields that its parameters fill, and the fields that it sets.
Further = tuple[str, tuple[str, ...], Mapping[str, object]]


class Action(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """Something that a party does.  Subclasses set their sentence, performers and rule."""

    #: A cucumber expression; ``{party}`` is who does it.  Empty: features never say it.
    sentence: ClassVar[str] = ""
    #: The same without parameters: the session ID, the request and so on that the party has at hand.
    short: ClassVar[str] = ""
    #: The field that each further parameter of the sentence fills, in order.
    parameters: ClassVar[tuple[str, ...]] = ()
    #: Further sentences, each with the fields that its parameters fill and those that it sets.
    further: ClassVar[tuple[Further, ...]] = ()
    #: Who may do it at all.
    performers: ClassVar[frozenset[Party]] = frozenset()
    #: The rule that refuses it to anyone else, and with which reason.
    guarded_by: ClassVar[str] = "SECURE-2"
    refused_as: ClassVar[Reason] = Reason.WRONG_PARTY


_CUSTOMER = frozenset({Party.CUSTOMER})
_AGENT = frozenset({Party.AGENT})
_BOTH = frozenset({Party.CUSTOMER, Party.AGENT})
_CONTROLLER = frozenset({Party.CONTROLLER})
_SYSTEM = frozenset({Party.SYSTEM})


# Links and interactions


class SignIn(Action, frozen=True, tag="sign_in"):
    """An agent or a controller proves who it is: the first message on its link (SECURE-1)."""

    sentence = "the {party} signs in with {string}"
    short = "the {party} signs in"
    parameters = ("credential",)
    performers = _AGENT | _CONTROLLER
    guarded_by = "SECURE-1"
    credential: str


class Fence(Action, frozen=True, tag="fence"):
    """Ask for a mark in the session's order.  It comes back on both links, after all before it.

    A link that carries no session, as a controller's, gets its mark back by itself.
    """

    performers = _BOTH | _CONTROLLER
    fence: str


class OpenInteraction(Action, frozen=True, tag="open_interaction"):
    """The contact centre connects a customer and an agent by chat or call."""

    performers = _CONTROLLER
    kind: InteractionKind
    #: The agent who handles it, by ID.
    agent: str = ""
    #: The name of the policy that sessions of this interaction follow.
    policy: str = ""


class EndInteraction(Action, frozen=True, tag="end_interaction"):
    """The chat or call is over, and the session with it (STOP-4)."""

    sentence = "the {party} ends the interaction"
    performers = _CONTROLLER
    interaction: str = ""


class Say(Action, frozen=True, tag="say"):
    """A message is posted in the chat.  A `{start:…}` message may bring the agent in (START-3, START-4)."""

    sentence = "the {party} posts {string} in the chat as the {author}"
    parameters = ("text", "author")
    performers = _CONTROLLER
    guarded_by = "START-4"
    text: str
    author: Party
    interaction: str = ""


class StopSession(Action, frozen=True, tag="stop_session"):
    """The contact centre stops the session and lets the chat or call go on."""

    sentence = "the {party} stops the session"
    performers = _CONTROLLER
    interaction: str = ""


# Starting and joining


class Start(Action, frozen=True, tag="start"):
    """The customer presses the Co-browsing button."""

    sentence = "the {party} starts a session"
    performers = _CUSTOMER
    guarded_by = "START-1"
    refused_as = Reason.ONLY_CUSTOMER_STARTS
    #: What the customer's page was given for this chat or call; empty where there is none.
    interaction: str = ""


class Cancel(Action, frozen=True, tag="cancel"):
    """The customer gives up a session that no agent has joined (START-6)."""

    sentence = "the {party} cancels the session"
    performers = _CUSTOMER
    guarded_by = "START-6"


class Join(Action, frozen=True, tag="join"):
    """The agent enters the session ID and clicks the globe icon."""

    sentence = "the {party} joins with the session ID {string}"
    short = "the {party} joins with the session ID"
    parameters = ("session_id",)
    performers = _AGENT
    guarded_by = "JOIN-4"
    #: Nine digits; spaces and hyphens between them are passed over (JOIN-7).
    session_id: str = ""


class Resume(Action, frozen=True, tag="resume"):
    """A party whose link was lost comes back with its own token."""

    sentence = "the {party} comes back with its token"
    performers = _BOTH
    guarded_by = "SECURE-2"
    token: str = ""
    #: The number of the last notice that the party has had in this session: what came after it is told again
    #: (RESUME-2).  None: whatever was sent has arrived.
    after: int | None = None


class Transfer(Action, frozen=True, tag="transfer"):
    """Hand the session to another agent.  Always refused (JOIN-4)."""

    sentence = "the {party} transfers the session to {string}"
    parameters = ("to",)
    performers = _AGENT
    guarded_by = "JOIN-4"
    to: str


# Write Mode


class Request(Action, frozen=True, tag="request"):
    """The agent clicks the pencil icon."""

    sentence = "the {party} requests Write Mode for {string} only"
    short = "the {party} requests Write Mode"
    parameters = ("scope",)
    performers = _AGENT
    guarded_by = "WRITE-1"
    #: Asks for less: for this form or field of the page only, where there is `scoped_grants` (WRITE-15).
    scope: str = ""
    #: The page that the scope is on (on the wire).
    page: str = ""


class Withdraw(Action, frozen=True, tag="withdraw"):
    """The agent takes its request back."""

    sentence = "the {party} withdraws request {string}"
    short = "the {party} withdraws the request"
    parameters = ("request",)
    performers = _AGENT
    guarded_by = "WRITE-8"
    #: The request's ID; in a feature empty for the one at hand.
    request: str = ""


class Approve(Action, frozen=True, tag="approve"):
    """The customer says yes to a request, or a smaller yes, where there is `scoped_grants` (WRITE-15)."""

    sentence = "the {party} approves request {string}"
    short = "the {party} approves the request"
    parameters = ("request",)
    further = (
        ("the {party} approves the request for {string} only", ("scope",), {}),
        ("the {party} approves the request for a limited time", (), {"timed": True}),
    )
    performers = _CUSTOMER
    guarded_by = "WRITE-1"
    refused_as = Reason.ONLY_CUSTOMER_ANSWERS
    #: The request's ID; in a feature empty for the one at hand.
    request: str = ""
    #: Limits it to this form or field of the page that is shown; else the request's own limit holds.
    scope: str = ""
    #: Limits it to the time of the timer `approval`.
    timed: bool = False


class Deny(Action, frozen=True, tag="deny"):
    """The customer says no to a request."""

    sentence = "the {party} denies request {string}"
    short = "the {party} denies the request"
    parameters = ("request",)
    performers = _CUSTOMER
    guarded_by = "WRITE-1"
    refused_as = Reason.ONLY_CUSTOMER_ANSWERS
    #: The request's ID; in a feature empty for the one at hand.
    request: str = ""


class ReturnToPointer(Action, frozen=True, tag="return_to_pointer"):
    """Back to Pointer Mode, with nobody's approval (WRITE-10, WRITE-11)."""

    sentence = "the {party} returns to Pointer Mode"
    performers = _BOTH
    guarded_by = "WRITE-10"


# What is done on the page


class Click(Action, frozen=True, tag="click"):
    """The agent clicks at a place: a red circle shows there, on both screens (POINTER-4)."""

    sentence = "the {party} clicks at {int}, {int}"
    parameters = ("x", "y")
    performers = _AGENT
    guarded_by = "POINTER-4"
    #: CSS pixels from the left edge of the customer's viewport.
    x: int
    #: CSS pixels from its top edge.
    y: int


class MovePointer(Action, frozen=True, tag="move_pointer"):
    """A party's mouse moves.  Goes over the wire as a frame."""

    sentence = "the {party} moves the pointer to {int}, {int}"
    parameters = ("x", "y")
    performers = _BOTH
    guarded_by = "POINTER-3"
    x: int
    y: int
    #: The epoch that the frame is stamped with.
    epoch: int = 0


class Mirror(Action, frozen=True, tag="mirror"):
    """The customer's client sends a frame of mirrored content.

    The frame itself holds the content; this, in a trace or a journal, holds a keyed digest of it.
    """

    sentence = "the {party} sends a frame of content"
    performers = _CUSTOMER
    guarded_by = "POINTER-2"
    digest: str = ""
    #: Bytes of payload.
    size: int = 0
    epoch: int = 0


class Act(Action, frozen=True):
    """What uses the page: the customer does it on the spot, the agent asks for it over the wire.

    In a feature ``element`` is the element's name (its ``name``, ``id`` or label); on the wire it is
    a reference that the customer's client published for ``page``.
    """

    performers = _BOTH
    guarded_by = "POINTER-2"

    #: The element's name in a feature, its reference on the wire; empty where no element is meant.
    element: str = ""
    #: The page that the reference belongs to (on the wire).
    page: str = ""
    #: The epoch in which the agent acted (on the wire): an act from an earlier stretch is stale.
    epoch: int = 0

    @property
    def means(self) -> str:
        """By what means it acts on an element: its ``type``, or the name of the key."""
        return self.key if isinstance(self, PressKey) else str(self.__struct_config__.tag)


class Press(Act, frozen=True, tag="press"):
    """Click an element."""

    sentence = "the {party} clicks {string}"
    parameters = ("element",)


class Type(Act, frozen=True, tag="type"):
    """Set a field's text."""

    sentence = "the {party} types {string} into {string}"
    parameters = ("value", "element")
    value: str = ""
    #: The version of the field that the agent saw when it typed (WRITE-14).
    version: int = 0


class Choose(Act, frozen=True, tag="choose"):
    """Choose an option, or a state of a check box ("on", "off")."""

    sentence = "the {party} chooses {string} in {string}"
    parameters = ("value", "element")
    value: str = ""
    version: int = 0


class PressKey(Act, frozen=True, tag="press_key"):
    """Press a key while an element has the focus."""

    sentence = "the {party} presses {key} in {string}"
    parameters = ("key", "element")
    #: The key's name, as ``KeyboardEvent.key`` has it; the space bar is "Space".
    key: str = "Enter"


class Submit(Act, frozen=True, tag="submit"):
    """Submit the form that an element belongs to, by no particular means."""

    sentence = "the {party} submits the form of {string}"
    parameters = ("element",)


class Scroll(Act, frozen=True, tag="scroll"):
    """Scroll the page so that this point is at the top left, in CSS pixels."""

    sentence = "the {party} scrolls to {int}, {int}"
    parameters = ("x", "y")
    x: int = 0
    y: int = 0


class OpenUrl(Act, frozen=True, tag="open_url"):
    """Type an address and press Enter."""

    sentence = "the {party} opens {string}"
    parameters = ("url",)
    url: str = ""


class GoBack(Act, frozen=True, tag="go_back"):
    """One page back in the history."""

    sentence = "the {party} goes back"


class GoForward(Act, frozen=True, tag="go_forward"):
    """One page forward in the history."""

    sentence = "the {party} goes forward"


class Refresh(Act, frozen=True, tag="refresh"):
    """Load the page again."""

    sentence = "the {party} refreshes the page"


class Resize(Action, frozen=True, tag="resize"):
    """The customer makes the window another size, in CSS pixels.  Goes over the wire as content (VIEW-3)."""

    sentence = "the {party} makes the window {int} by {int}"
    parameters = ("width", "height")
    performers = _CUSTOMER
    guarded_by = "VIEW-2"
    width: int
    height: int


class Report(Action, frozen=True, tag="report"):
    """The customer's client says what became of an agent's act.  No rule: it was carried out."""

    performers = _CUSTOMER
    guarded_by = "SECURE-2"
    #: The act's number in the session's order.
    act: int
    rule: Annotated[str, msgspec.Meta(pattern=r"^([A-Z]+-[0-9]+)?$", max_length=20)] = ""
    reason: Reason | None = None


# Where the customer is


class ShowPage(Action, frozen=True, tag="show_page"):
    """The customer's client says which page is open and which elements an agent can act on.

    ``url`` is scheme, host, port and path, without query and fragment (RECORD-2).  A page that is
    not on the site counts as leaving the site, and its address goes nowhere (SITE-1, SITE-3).
    """

    performers = _CUSTOMER
    guarded_by = "SECURE-2"
    page: str
    url: str
    elements: tuple[Element, ...] = ()


class ShowElements(Action, frozen=True, tag="show_elements"):
    """The customer's client says which elements of the page that is open have come, changed or gone.

    The page stays the one that was shown: what an agent does with the others goes on (SECURE-4, WRITE-15).
    """

    performers = _CUSTOMER
    guarded_by = "SECURE-2"
    #: The page that they are on, as it was shown last.
    page: str
    #: Those that have come, and those of which something else holds now, each as a whole.
    elements: tuple[Element, ...] = ()
    #: The references of those that have gone.
    gone: tuple[str, ...] = ()


def after_change(elements: tuple[Element, ...], change: ShowElements) -> tuple[Element, ...]:
    """What can be acted on after a change of these; what has gone and come at once is there."""
    gone = frozenset(change.gone)
    shown = {element.ref: element for element in elements if element.ref not in gone}
    return tuple((shown | {element.ref: element for element in change.elements}).values())


class Announce(Action, frozen=True, tag="announce"):
    """The customer's client says that its page is about to reload or to move within the site (RESUME-3)."""

    sentence = "the {party} announces that its page reloads"
    performers = _CUSTOMER
    guarded_by = "RESUME-3"


class LeaveSite(Action, frozen=True, tag="leave_site"):
    """The customer goes to another site.  Which one is nobody's business (SITE-3)."""

    sentence = "the {party} leaves the site"
    performers = _CUSTOMER
    guarded_by = "SITE-1"


class ReturnToSite(Action, frozen=True, tag="return_to_site"):
    """The customer is back on the site (SITE-2)."""

    sentence = "the {party} comes back to the site"
    performers = _CUSTOMER
    guarded_by = "SITE-2"


class DrawCurtain(Action, frozen=True, tag="draw_curtain"):
    """The customer draws a curtain before the page: the agent sees and does nothing until it is open (PAUSE-1)."""

    sentence = "the {party} draws the curtain"
    performers = _CUSTOMER
    guarded_by = "PAUSE-1"


class OpenCurtain(Action, frozen=True, tag="open_curtain"):
    """The customer opens the curtain again."""

    sentence = "the {party} opens the curtain"
    performers = _CUSTOMER
    guarded_by = "PAUSE-1"


# Ending


class Exit(Action, frozen=True, tag="exit"):
    """Exit Session."""

    sentence = "the {party} exits the session"
    performers = _BOTH
    guarded_by = "STOP-1"


# What only time, the network or the server does.  Never accepted from a link.


class Expire(Action, frozen=True, tag="expire"):
    """A deadline has passed."""

    performers = _SYSTEM
    timer: Timer


class LoseLink(Action, frozen=True, tag="lose_link"):
    """The link to a party broke."""

    performers = _SYSTEM
    party: Party


class OpenLink(Action, frozen=True, tag="open_link"):
    """A party opens a link from a page of another origin.  Only in traces (SECURE-3)."""

    sentence = "the {party} opens a link from {string}"
    parameters = ("origin",)
    performers = _BOTH
    origin: str


class Stir(Action, frozen=True, tag="stir"):
    """A party is active: its pointer moved, or it used its page (STOP-7)."""

    performers = _SYSTEM


class Forbid(Action, frozen=True, tag="forbid"):
    """The policy no longer allows this session."""

    performers = _SYSTEM


class FollowPolicy(Action, frozen=True, tag="follow_policy"):
    """A policy was put in force: the session follows it wherever it is stricter than its own (MASK-11)."""

    performers = _SYSTEM
    policy: Policy


class ShutDown(Action, frozen=True, tag="shut_down"):
    """The server stops for good."""

    performers = _SYSTEM


class Crash(Action, frozen=True, tag="crash"):
    """The server is killed, without a word to anybody.  Only in traces (RESUME-4)."""

    sentence = "the {party} crashes"
    performers = _SYSTEM


class Restart(Action, frozen=True, tag="restart"):
    """The server that was killed is about to be started again.  Only in traces (RESUME-4)."""

    sentence = "the {party} starts again"
    performers = _SYSTEM


# Afterwards


class FetchReceipt(Action, frozen=True, tag="fetch_receipt"):
    """The contact centre asks, by REST, for the receipt of a session.  Only in traces (RECORD-1)."""

    performers = _CONTROLLER


class PutPolicy(Action, frozen=True, tag="put_policy"):
    """The contact centre puts a policy in force, by REST.  Only in traces (MASK-11)."""

    sentence = "the {party} puts the policy {string} in force"
    parameters = ("policy",)
    performers = _CONTROLLER
    #: What the story calls it.
    policy: str
    #: What a judge can see of it: whether it can be read, the names of the fields that it masks, Write Mode.
    readable: bool = True
    masked: tuple[str, ...] = ()
    write_mode: bool = True


#: Acts, by what they do.
AnyAct = Press | Type | Choose | PressKey | Submit | Scroll | OpenUrl | GoBack | GoForward | Refresh

#: What may arrive on a link.  Who may do what is the machine's decision, not the decoder's.
LinkAction = (
    SignIn
    | Fence
    | OpenInteraction
    | EndInteraction
    | Say
    | StopSession
    | Start
    | Cancel
    | Join
    | Resume
    | Transfer
    | Request
    | Withdraw
    | Approve
    | Deny
    | ReturnToPointer
    | Click
    | Press
    | Type
    | Choose
    | PressKey
    | Submit
    | Scroll
    | OpenUrl
    | GoBack
    | GoForward
    | Refresh
    | Report
    | ShowPage
    | ShowElements
    | Announce
    | LeaveSite
    | ReturnToSite
    | DrawCurtain
    | OpenCurtain
    | Exit
)

#: Everything that can happen to a session: what a journal or a trace holds.
AnyAction = (
    LinkAction
    | OpenLink
    | Resize
    | MovePointer
    | Mirror
    | Expire
    | LoseLink
    | Stir
    | Forbid
    | FollowPolicy
    | ShutDown
    | PutPolicy
    | Crash
    | Restart
    | FetchReceipt
)


#: What is no deed in a session: what comes before one, and what only traces tell of.  The machine has no
#: column for them.
OUTSIDE_SESSIONS: Final = (SignIn, OpenInteraction, OpenLink, Resize, Crash, Restart, FetchReceipt, PutPolicy)


class Deed(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """An action and the party that does it: what the machine takes and a journal keeps."""

    by: Party
    action: AnyAction
    #: Which agent, by ID; empty for the other parties.
    who: str = ""
    #: That agent's display name.
    name: str = ""

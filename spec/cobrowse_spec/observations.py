"""What a party can see.  Each observation carries the sentence that names it in a feature.

An observation is the same frozen struct in a feature, in a trace, on the wire and among the notices
of the machine.  A rule judges observations, never intentions.

Order: links, interactions, starting and joining, Write Mode, the page, site, ending, afterwards.
"""

from typing import ClassVar

import msgspec

from .actions import AnyAct, Element, Further
from .terms import Answer, EndReason, Icon, Mode, Party, Prompt, SuspendReason


class Observation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """Something that a party sees.  Subclasses set their sentence."""

    #: A cucumber expression; ``{party}`` is who sees it.  Empty: features never say it.
    sentence: ClassVar[str] = ""
    #: The same without parameters: whatever their values.
    short: ClassVar[str] = ""
    #: What features say where it must not be seen at all.
    absent: ClassVar[str] = ""
    #: Further sentences, each with the fields that its parameters must equal and those that it fixes.
    further: ClassVar[tuple[Further, ...]] = ()
    #: The field that each further parameter of the sentence must equal, in order.
    parameters: ClassVar[tuple[str, ...]] = ()


# Links and interactions


class Welcome(Observation, frozen=True, tag="welcome"):
    """The link is open to this party: its credential was good."""

    name: str = ""
    server: str = ""


class TurnedAway(Observation, frozen=True, tag="turned_away"):
    """No link was opened to this party: the handshake was refused.  Only in traces (SECURE-3)."""

    short = "the {party} is turned away"
    #: The HTTP status of the refusal.
    status: int


class TokenIssued(Observation, frozen=True, tag="token_issued"):
    """The party's own token for this session: with it, it can resume (SECURE-2).  Never in a trace."""

    token: str


class PolicyGiven(Observation, frozen=True, tag="policy_given"):
    """What the customer's client needs of the policy, as JSON; nothing may leave before it is here."""

    policy: msgspec.Raw


class PolicyChanged(Observation, frozen=True, tag="policy_changed"):
    """The policy has become stricter.  What is on view is from before: the page is shown anew (MASK-11)."""

    short = "the {party} sees that the policy has changed"
    absent = "the {party} sees no change of policy"
    #: As in :class:`Joined`.
    write_mode: bool = True
    scoped_grants: bool = False


class Refused(Observation, frozen=True, tag="refused"):
    """What the party did was refused, and changed nothing."""

    sentence = "the {party} is refused by {rule} with {string}"
    short = "the {party} is refused"
    absent = "the {party} is not refused"
    parameters = ("rule", "reason")
    rule: str
    reason: str
    #: In words: what was refused and what to do instead.
    message: str = ""
    #: Seconds until it is worth trying again; 0 where time does not help.
    retry_after_s: float = 0.0
    #: The act's number, where the customer's end refused it.
    act: int = 0

    @property
    def told(self) -> bool:
        """Whether the party is told why: a screen may do nothing without a word."""
        return bool(self.reason)


class FencePassed(Observation, frozen=True, tag="fence_passed"):
    """Everything before this fence has been delivered on this link."""

    fence: str


class InteractionOpened(Observation, frozen=True, tag="interaction_opened"):
    """The controller's chat or call is open."""

    interaction: str
    #: What the customer's page is given to start a session with.
    customer_token: str = ""


class InteractionEnded(Observation, frozen=True, tag="interaction_ended"):
    """The controller's chat or call is over."""

    interaction: str


class Said(Observation, frozen=True, tag="said"):
    """A message in the chat."""

    sentence = "the {party} sees {string} in the chat"
    short = "the {party} sees a message in the chat"
    absent = "the {party} sees no message in the chat"
    parameters = ("text",)
    interaction: str
    author: Party
    text: str


# Starting and joining


class Started(Observation, frozen=True, tag="started"):
    """The session exists and waits for an agent; its ID is on the customer's screen (START-2)."""

    short = "the {party} sees a session ID"
    absent = "the {party} sees no session ID"
    session_id: str


class Joined(Observation, frozen=True, tag="joined"):
    """The agent has joined: the co-browse session has started (JOIN-2)."""

    sentence = "the {party} sees that {string} has joined"
    short = "the {party} sees that the session has started"
    absent = "the {party} does not see that the session has started"
    parameters = ("agent",)
    #: The agent's display name.
    agent: str
    mode: Mode
    #: Whether the agent may ask for Write Mode: whether it has a pencil icon (WRITE-5).
    write_mode: bool = True
    #: Whether it may ask for less, and the customer give less (WRITE-15).
    scoped_grants: bool = False
    #: True where the chat's start message brought the agent in (START-3).
    by_chat: bool = False


class Resumed(Observation, frozen=True, tag="resumed"):
    """The session goes on after a suspension (SITE-2, RESUME-1)."""

    short = "the {party} sees that the session has resumed"
    absent = "the {party} does not see that the session has resumed"
    mode: Mode


class Restored(Observation, frozen=True, tag="restored"):
    """Where a resuming party finds the session: what it needs to show at once (RESUME-2)."""

    short = "the {party} finds the session again"
    state: str
    mode: Mode
    agent: str = ""
    request: str = ""
    write_mode: bool = True
    scoped_grants: bool = False
    #: What limits Write Mode, as in :class:`InMode`.
    scope: str = ""
    ends_in_s: float = 0.0
    #: Why it is suspended, as far as that is not over with the coming back.
    reasons: tuple[SuspendReason, ...] = ()


# Write Mode


class Asked(Observation, frozen=True, tag="asked"):
    """A request for Write Mode is pending: a question to the customer, a confirmation to the agent."""

    short = "the {party} sees the request for Write Mode"
    further = (("the {party} sees the request for Write Mode for {string} only", ("scope",), {}),)
    absent = "the {party} is not asked"
    request: str
    agent: str = ""
    expires_in_s: float = 0.0
    #: The form or field that it is limited to; empty where it is for the whole page (WRITE-15).
    scope: str = ""


class Answered(Observation, frozen=True, tag="answered"):
    """What became of the request (WRITE-3)."""

    sentence = "the {party} sees that the request is {answer}"
    short = "the {party} sees what became of the request"
    parameters = ("answer",)
    request: str
    answer: Answer


class InMode(Observation, frozen=True, tag="in_mode"):
    """The session's mode has changed."""

    sentence = "the {party} sees {mode}"
    further = (
        ("the {party} sees Write Mode for {string} only", ("scope",), {"mode": Mode.WRITE}),
        ("the {party} sees Write Mode for a limited time", (), {"mode": Mode.WRITE, "timed": True}),
    )
    absent = "the {party} sees no change of mode"
    parameters = ("mode",)
    mode: Mode
    #: The form or field that Write Mode is limited to: a reference on the page that is shown (WRITE-15).
    scope: str = ""
    #: Seconds until it is over by itself; 0 where it is not limited to a time.
    ends_in_s: float = 0.0

    @property
    def timed(self) -> bool:
        """Whether it is limited to a time."""
        return self.ends_in_s > 0


# The page


class PageShown(Observation, frozen=True, tag="page_shown"):
    """The customer's current page, as the agent is told of it; its content follows as frames."""

    sentence = "the {party} sees the page {string}"
    short = "the {party} sees the customer's page"
    absent = "the {party} sees no page"
    parameters = ("url",)
    page: str
    url: str
    elements: tuple[Element, ...] = ()


class ElementsShown(Observation, frozen=True, tag="elements_shown"):
    """Elements of the page that the agent was shown have come, changed or gone; all others are as they were."""

    short = "the {party} is shown elements that have come, changed or gone"
    absent = "the {party} is shown no elements that have come, changed or gone"
    page: str
    #: Those that have come or changed, each as a whole.
    elements: tuple[Element, ...] = ()
    #: The references of those that have gone.
    gone: tuple[str, ...] = ()


class Content(Observation, frozen=True, tag="content"):
    """A frame of mirrored content.  In a trace: a keyed digest and a size, never the content."""

    short = "the {party} receives content"
    absent = "the {party} receives no content"
    digest: str
    #: Bytes of payload.
    size: int = 0


class PointerAt(Observation, frozen=True, tag="pointer_at"):
    """The other party's pointer, in CSS pixels of the customer's viewport."""

    sentence = "the {party} sees the other's pointer at {int}, {int}"
    short = "the {party} sees the other's pointer"
    absent = "the {party} does not see the other's pointer"
    parameters = ("x", "y")
    x: int
    y: int


class Circle(Observation, frozen=True, tag="circle"):
    """The red circle around the agent's pointer (POINTER-4)."""

    sentence = "the {party} sees the red circle at {int}, {int}"
    short = "the {party} sees the red circle"
    absent = "the {party} sees no red circle"
    parameters = ("x", "y")
    x: int
    y: int


class Acted(Observation, frozen=True, tag="acted"):
    """An act of the agent reaches the customer's client."""

    short = "the {party} receives an act of the agent"
    absent = "the {party} receives no act of the agent"
    #: Its number in the session's order.
    act: int
    do: AnyAct


class ActApplied(Observation, frozen=True, tag="act_applied"):
    """The customer's client carried the agent's act out."""

    short = "the {party} sees that the act was carried out"
    act: int


class PageChanged(Observation, frozen=True, tag="page_changed"):
    """Something on the customer's own page or in its browser has changed.

    ``by`` is whose act changed it; ``what`` says what: "field", "choice", "scroll", "page", "submit",
    "content".
    """

    sentence = "the {party} sees its page changed by the {party}"
    short = "the {party} sees its page changed"
    absent = "the {party} sees its page unchanged"
    parameters = ("by",)
    by: Party
    what: str
    #: The element's name, or the page's path.
    element: str = ""


class FieldShows(Observation, frozen=True, tag="field_shows"):
    """What a field shows to a party that looks at it."""

    sentence = "the {party} sees {string} in {string}"
    parameters = ("value", "element")
    value: str
    element: str


class WindowShows(Observation, frozen=True, tag="window_shows"):
    """How large the customer's window is, as a party that looks at it sees it, in CSS pixels (VIEW-1)."""

    sentence = "the {party} sees a window of {int} by {int}"
    short = "the {party} sees the window"
    parameters = ("width", "height")
    width: int
    height: int


# What only a browser shows


class IconShown(Observation, frozen=True, tag="icon_shown"):
    """The icon in the agent's workspace that is for Write Mode.  Only in traces (WRITE-6)."""

    sentence = "the {party} sees a {icon} icon"
    parameters = ("icon",)
    absent = "the {party} sees no icon for Write Mode"
    icon: Icon


class PromptShown(Observation, frozen=True, tag="prompt_shown"):
    """A party's browser opens something beside the page.  Only in traces (NAVIGATE-8)."""

    sentence = "the {party} sees its browser open a {prompt}"
    parameters = ("prompt",)
    absent = "the {party} sees its browser open nothing"
    prompt: Prompt


class MaskExplained(Observation, frozen=True, tag="mask_explained"):
    """The customer is told that the agent cannot read a field.  Only in traces (MASK-8)."""

    sentence = "the {party} is told that the agent cannot read {string}"
    parameters = ("element",)
    absent = "the {party} is told of no mask"
    element: str


class PlaceholderShown(Observation, frozen=True, tag="placeholder_shown"):
    """An empty box of an element's size stands in its place.  Only in traces (MASK-12)."""

    sentence = "the {party} sees a placeholder of the same size for {string}"
    parameters = ("element",)
    absent = "the {party} sees no placeholder"
    element: str


class ScrollBarsShown(Observation, frozen=True, tag="scroll_bars_shown"):
    """The virtual browser does not fit the agent's area.  Only in traces (VIEW-2)."""

    short = "the {party} sees scroll bars"
    absent = "the {party} sees no scroll bars"


class ScrolledTo(Observation, frozen=True, tag="scrolled_to"):
    """How far the page is scrolled, as a party that looks at it sees it.  Only in traces (VIEW-4)."""

    sentence = "the {party} sees the page scrolled to {int}, {int}"
    parameters = ("x", "y")
    x: int
    y: int


class ScriptRan(Observation, frozen=True, tag="script_ran"):
    """Something of the customer's page has run in a party's browser.  Only in traces (SECURE-5)."""

    short = "the {party} sees a script of the page run"
    absent = "the {party} sees no script of the page run"


class StrangerAsked(Observation, frozen=True, tag="stranger_asked"):
    """A party's browser has asked a third party for something because of the page.  Only in traces (SECURE-5)."""

    short = "the {party} sees its browser ask a third party"
    absent = "the {party} sees its browser ask no third party"


# Site


class Suspended(Observation, frozen=True, tag="suspended"):
    """Nothing flows for now: the agent's view is blank (SITE-1)."""

    sentence = "the {party} sees that the session is suspended: {suspend_reason}"
    short = "the {party} sees that the session is suspended"
    absent = "the {party} does not see that the session is suspended"
    parameters = ("reason",)
    reason: SuspendReason
    #: Seconds until it ends the session; 0 where this reason alone does not end it.
    ends_in_s: float = 0.0


# Ending


class Warned(Observation, frozen=True, tag="warned"):
    """Nobody has done anything for a while: the session will end (STOP-7)."""

    short = "the {party} is warned that the session will end"
    absent = "the {party} is not warned"
    ends_in_s: float


class Ended(Observation, frozen=True, tag="ended"):
    """The session is over, for this reason (STOP-6)."""

    sentence = "the {party} sees that the session has ended: {end_reason}"
    short = "the {party} sees that the session has ended"
    absent = "the {party} does not see that the session has ended"
    parameters = ("reason",)
    reason: EndReason


# Afterwards


class ReceiptShown(Observation, frozen=True, tag="receipt_shown"):
    """The contact centre has fetched the receipt of a session.  Only in traces (RECORD-1)."""

    short = "the {party} sees the receipt of the session"
    #: What each entry says, in words and in order.
    says: tuple[str, ...] = ()
    #: Addresses of the pages visited, those with their time and duration (RECORD-2).
    pages: tuple[str, ...] = ()
    #: Whether the chain holds, and whether it is sealed.
    intact: bool = False
    sealed: bool = False


class PolicyInForce(Observation, frozen=True, tag="policy_in_force"):
    """A policy was read and put in force.  Only in traces (MASK-11)."""

    short = "the {party} sees that the policy is in force"


class PolicyRefused(Observation, frozen=True, tag="policy_refused"):
    """A policy could not be read, and the last good one stays.  Only in traces (MASK-11)."""

    sentence = "the {party} sees that line {int} of the policy is refused"
    parameters = ("line",)
    #: The line at fault; 0 where none was named.
    line: int


#: What a server sends as text; frames become ``Content`` and ``PointerAt``.
LinkObservation = (
    Welcome
    | TokenIssued
    | PolicyGiven
    | PolicyChanged
    | Refused
    | FencePassed
    | InteractionOpened
    | InteractionEnded
    | Said
    | Started
    | Joined
    | Resumed
    | Restored
    | Asked
    | Answered
    | InMode
    | PageShown
    | ElementsShown
    | Circle
    | Acted
    | ActApplied
    | Suspended
    | Warned
    | Ended
)

#: Everything that a trace can say a party saw.
AnyObservation = (
    LinkObservation
    | TurnedAway
    | Content
    | PointerAt
    | PageChanged
    | FieldShows
    | WindowShows
    | ReceiptShown
    | PolicyInForce
    | PolicyRefused
    | IconShown
    | PromptShown
    | MaskExplained
    | PlaceholderShown
    | ScrollBarsShown
    | ScrolledTo
    | ScriptRan
    | StrangerAsked
)

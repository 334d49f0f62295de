"""The words that everything else is written in: parties, modes, reasons, limits.

One word for one thing: the same words stand in the rules, in the sentences of the features, on
the wire, in traces and in reports.  Read this first, then :mod:`.actions` (what a party can do),
:mod:`.observations` (what a party can see) and :mod:`.session` (what is allowed when).
"""

from enum import StrEnum
from typing import Final


class Party(StrEnum):
    """Who does or sees something."""

    #: Has the web page open, starts the session and approves Write Mode.
    CUSTOMER = "customer"
    #: Sees the customer's page and, with approval, uses it.
    AGENT = "agent"
    #: The contact centre's desktop: opens and ends chats and calls, and may stop a session.
    CONTROLLER = "controller"
    #: Nobody: time that runs out, a link that breaks, a server that stops.
    SYSTEM = "system"


class Mode(StrEnum):
    """What the agent may do while the session is active."""

    POINTER = "pointer"
    WRITE = "write"


class InteractionKind(StrEnum):
    """What the customer and the agent talk through; a session belongs to one (START-8)."""

    CHAT = "chat"
    CALL = "call"


class Answer(StrEnum):
    """What became of a request for Write Mode."""

    APPROVED = "approved"
    DENIED = "denied"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    #: The session was suspended or ended while the request was pending (SITE-6).
    VOID = "void"


class SuspendReason(StrEnum):
    """Why nothing flows for now."""

    OFF_SITE = "off_site"
    LINK_LOST = "link_lost"
    #: The customer has drawn a curtain before the page (PAUSE-1).
    CURTAIN = "curtain"


class EndReason(StrEnum):
    """Why a session ended: exactly one of these, the same for both parties and the record (STOP-6)."""

    CUSTOMER_EXIT = "customer_exit"
    AGENT_EXIT = "agent_exit"
    CONTROLLER_STOP = "controller_stop"
    INTERACTION_ENDED = "interaction_ended"
    CANCELLED = "cancelled"
    PENDING_TIMEOUT = "pending_timeout"
    OFF_SITE_TIMEOUT = "off_site_timeout"
    INACTIVITY = "inactivity"
    CUSTOMER_LOST = "customer_lost"
    AGENT_LOST = "agent_lost"
    POLICY = "policy"
    SERVER_SHUTDOWN = "server_shutdown"


class Icon(StrEnum):
    """What the agent's workspace offers for Write Mode (WRITE-6)."""

    #: Asks for Write Mode.
    PENCIL = "pencil"
    #: Goes back to Pointer Mode.
    POINTER = "pointer"


class Prompt(StrEnum):
    """What a browser opens beside the page, on the machine that it runs on (NAVIGATE-8)."""

    FILE_CHOOSER = "file chooser"
    DOWNLOAD = "download"
    PRINT = "print dialog"
    PERMISSION = "permission prompt"
    WINDOW = "new window"


class Place(StrEnum):
    """Where on a page something can stand or show that a mask has to cover (MASK-5), as features say it."""

    VALUE = "the value"
    TYPED = "a value that is typed"
    VALUE_ATTRIBUTE = "the value attribute"
    TEXT = "the text"
    LATER_TEXT = "a text that changes later"
    LATER_NODE = "a node that is inserted later"
    LATER_ATTRIBUTE = "an attribute that changes later"
    PLACEHOLDER = "the placeholder"
    TITLE = "the title"
    ALT = "the alternative text"
    ARIA_LABEL = "the ARIA label"
    ARIA_DESCRIPTION = "the ARIA description"
    ARIA_VALUE = "the ARIA value"
    DATA = "a data attribute"
    ID = "the ID"
    CLASS = "the class"
    UNKNOWN = "an attribute of an unknown element"
    OPTION = "an option"
    OPTION_LABEL = "the label of an option"
    OPTION_VALUE = "the value of an option"
    SUGGESTION = "a suggestion"
    RADIO = "the value of a radio button"
    BUTTON = "the label of a button"
    FILE_NAME = "the name of a file"
    TEXTAREA = "the text of a text area"
    EDITABLE = "an editable region"
    METER = "the text of a meter"
    SHADOW = "a shadow tree"
    FRAME = "a frame's document"
    SRCDOC = "a frame's source"
    SVG = "the text of a drawing"
    PSEUDO = "text that the style sheet generates"
    STYLE_URL = "an address in the style"
    IMAGE = "the address of an image"
    POSTER = "the poster of a video"
    LINK = "the address of a link"
    COMMENT = "a comment"
    TEMPLATE = "a template"
    NOSCRIPT = "the text for browsers without scripts"
    COMPLAINT = "a complaint about the value"
    SELECTION = "the selection"
    CLIPBOARD = "the clipboard"
    DRAGGED = "what is dragged"


class PageChange(StrEnum):
    """What a page itself may do with an element that is masked (MASK-6), as features say it."""

    SHOW = "makes a text field of"
    UNMARK = "takes name and class from"
    MOVE = "moves"
    REBUILD = "builds anew"


class Timer(StrEnum):
    """The deadlines that a session can have; their lengths are in the policy's timing profile."""

    PENDING = "pending"
    REQUEST = "request"
    APPROVAL = "approval"
    OFF_SITE = "off_site"
    CUSTOMER_LINK = "customer_link"
    AGENT_LINK = "agent_link"
    RELOAD = "reload"
    WARNING = "warning"
    INACTIVITY = "inactivity"


class Reason(StrEnum):
    """Why something was refused.  A refusal names its rule and one of these."""

    # START
    ONLY_CUSTOMER_STARTS = "only_customer_starts"
    ALREADY_STARTED = "already_started"
    NO_INTERACTION = "no_interaction"
    NOT_A_START_MESSAGE = "not_a_start_message"
    PENDING = "pending"
    ALREADY_JOINED = "already_joined"
    # JOIN
    NO_SUCH_SESSION = "no_such_session"
    SESSION_FULL = "session_full"
    NO_TRANSFER = "no_transfer"
    AGENT_BUSY = "agent_busy"
    THROTTLED = "throttled"
    # POINTER and WRITE
    POINTER_MODE = "pointer_mode"
    ONLY_CUSTOMER_ANSWERS = "only_customer_answers"
    NO_SUCH_REQUEST = "no_such_request"
    WRITE_MODE_DISABLED = "write_mode_disabled"
    ALREADY_IN_WRITE_MODE = "already_in_write_mode"
    ALREADY_IN_POINTER_MODE = "already_in_pointer_mode"
    COOLING_DOWN = "cooling_down"
    STALE = "stale"
    OUTDATED = "outdated"
    OUT_OF_SCOPE = "out_of_scope"
    NOT_SUPPORTED = "not_supported"
    # What an act meets on the page
    NO_SUCH_ELEMENT = "no_such_element"
    MASKED = "masked"
    DISABLED = "disabled"
    SUBMIT_BLOCKED = "submit_blocked"
    OFF_SITE = "off_site"
    BAD_SCHEME = "bad_scheme"
    DENIED_URL = "denied_url"
    NO_HISTORY = "no_history"
    WOULD_RESUBMIT = "would_resubmit"
    PROMPT_BLOCKED = "prompt_blocked"
    # SITE and STOP
    SUSPENDED = "suspended"
    NOT_SUSPENDED = "not_suspended"
    RELOADING = "reloading"
    SESSION_ENDED = "session_ended"
    NOT_DUE = "not_due"
    # SECURE
    NOT_AUTHENTICATED = "not_authenticated"
    WRONG_PARTY = "wrong_party"
    WRONG_TOKEN = "wrong_token"
    FOREIGN_ORIGIN = "foreign_origin"
    MALFORMED = "malformed"
    UNKNOWN_TYPE = "unknown_type"
    TOO_LARGE = "too_large"
    OUT_OF_TURN = "out_of_turn"
    TOO_MANY_ERRORS = "too_many_errors"


#: Digits of a session ID (START-2).
SESSION_ID_DIGITS: Final = 9
#: How long an ID is not issued again, in seconds (START-7).
SESSION_ID_REST_S: Final = 24 * 3600.0

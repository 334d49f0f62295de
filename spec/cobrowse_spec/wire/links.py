"""Links: who may send what, who can get what, how a link is opened and how it closes.  Only data.

What a party may send is said by each action's ``performers``; what it can get is said here, and a
test holds it against the machine.  Order: messages, frames, the handshake, close codes, reasons.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple, get_args

from .. import observations as see
from ..actions import Action, LinkAction
from ..observations import LinkObservation, Observation
from ..terms import Party, Reason
from .frames import CONTENT, POINTER

#: The parties that have a link.
LINKED: Final = (Party.CUSTOMER, Party.AGENT, Party.CONTROLLER)

_CUSTOMER: Final = frozenset({Party.CUSTOMER})
_AGENT: Final = frozenset({Party.AGENT})
_BOTH: Final = frozenset({Party.CUSTOMER, Party.AGENT})
_CONTROLLER: Final = frozenset({Party.CONTROLLER})

#: Who can get which observation.  A server that sends one to anybody else is in error.
SEEN_BY: Final[Mapping[type[Observation], frozenset[Party]]] = {
    see.Welcome: _AGENT | _CONTROLLER,
    see.TokenIssued: _BOTH,
    see.PolicyGiven: _CUSTOMER,
    see.PolicyChanged: _BOTH,
    see.Refused: _BOTH | _CONTROLLER,
    see.FencePassed: _BOTH | _CONTROLLER,
    see.InteractionOpened: _CONTROLLER,
    see.InteractionEnded: _CONTROLLER,
    see.Said: _AGENT | _CONTROLLER,
    see.Started: _CUSTOMER,
    see.Joined: _BOTH,
    see.Resumed: _BOTH,
    see.Restored: _BOTH,
    see.Asked: _BOTH,
    see.Answered: _BOTH,
    see.InMode: _BOTH,
    see.PageShown: _AGENT,
    see.ElementsShown: _AGENT,
    see.Circle: _BOTH,
    see.Acted: _CUSTOMER,
    see.ActApplied: _AGENT,
    see.Suspended: _BOTH,
    see.Warned: _BOTH,
    see.Ended: _BOTH | _CONTROLLER,
}


def may_send(party: Party) -> tuple[type[Action], ...]:
    """The actions that this party may put into a control message."""
    return tuple(kind for kind in get_args(LinkAction) if party in kind.performers)


def can_get(party: Party) -> tuple[type[Observation], ...]:
    """The observations that can reach this party in a control message."""
    return tuple(kind for kind in get_args(LinkObservation) if party in SEEN_BY[kind])


class FrameKind(NamedTuple):
    """A kind of frame: its first byte, its name, and between whom it goes."""

    kind: int
    name: str
    senders: frozenset[Party]
    getters: frozenset[Party]
    payload: str


FRAMES: Final = (
    FrameKind(CONTENT, "content", _CUSTOMER, _AGENT, "One UTF-8 JSON array of rrweb events."),
    FrameKind(
        POINTER,
        "pointer",
        _BOTH,
        _BOTH,
        "Two unsigned 16-bit numbers, big endian: x and y in CSS pixels of the customer's viewport.",
    ),
)


class TurnedAway(NamedTuple):
    """Why a handshake is answered with an HTTP status in place of a WebSocket."""

    status: int
    reason: str
    when: str


HANDSHAKE: Final = (
    TurnedAway(400, "unknown_subprotocol", "The client does not offer the subprotocol `cobrowse.v1`."),
    TurnedAway(
        403,
        "foreign_origin",
        "The page that opens the socket is of an origin that is not let in, or a customer's client names none.",
    ),
    TurnedAway(404, "unknown_path", "There is no link at this path."),
    TurnedAway(426, "upgrade_required", "The request does not ask for a WebSocket."),
)


class Close(NamedTuple):
    """A close code, and what it means to the party that meets it."""

    code: int
    name: str
    meaning: str
    #: What the party does about it.
    then: str


CLOSES: Final = (
    Close(1000, "normal", "Either end is done with the link.", "Nothing."),
    Close(1001, "going_away", "The server stops; the session has ended with `server_shutdown`.", "Nothing."),
    Close(
        1008,
        "policy_violation",
        "Too many errors on this link, no proof of identity in time, or an agent that has been removed.",
        "Mend the client; resume over a new link.",
    ),
    Close(1009, "too_big", "A message far above the limits, which nobody has room to answer.", "The same."),
    Close(
        1011, "internal_error", "The server failed on this link or its session.", "Resume over a new link."
    ),
    Close(1013, "try_again_later", "The party takes its messages too slowly.", "Resume over a new link."),
    Close(4001, "taken_over", "The session goes on over a newer link of the same party.", "Do not resume."),
)


class Outside(NamedTuple):
    """A refusal that the machine does not give: its rule and reason, and who gives it."""

    rule: str
    reason: Reason
    by: str


_SERVER: Final = "server, before or beside a session"
_CUSTOMERS_END: Final = "customer's end, in a `report`"

#: Refusals that are not in the machine's table.
OUTSIDE: Final = (
    Outside("START-8", Reason.NO_INTERACTION, _SERVER),
    Outside("START-8", Reason.ALREADY_STARTED, _SERVER),
    Outside("JOIN-5", Reason.AGENT_BUSY, _SERVER),
    Outside("JOIN-6", Reason.NO_SUCH_SESSION, _SERVER),
    Outside("JOIN-8", Reason.THROTTLED, _SERVER),
    Outside("SECURE-1", Reason.NOT_AUTHENTICATED, _SERVER),
    Outside("SECURE-2", Reason.WRONG_TOKEN, _SERVER),
    Outside("SECURE-3", Reason.FOREIGN_ORIGIN, _SERVER),
    Outside("SECURE-4", Reason.MALFORMED, _SERVER),
    Outside("SECURE-4", Reason.UNKNOWN_TYPE, _SERVER),
    Outside("SECURE-4", Reason.TOO_LARGE, _SERVER),
    Outside("SECURE-4", Reason.OUT_OF_TURN, _SERVER),
    Outside("SECURE-4", Reason.TOO_MANY_ERRORS, _SERVER),
    Outside("SITE-6", Reason.SUSPENDED, _CUSTOMERS_END),
    Outside("POINTER-2", Reason.POINTER_MODE, _CUSTOMERS_END),
    Outside("WRITE-12", Reason.STALE, _CUSTOMERS_END),
    Outside("WRITE-14", Reason.OUTDATED, _CUSTOMERS_END),
    Outside("WRITE-15", Reason.OUT_OF_SCOPE, _CUSTOMERS_END),
    Outside("SECURE-4", Reason.STALE, _CUSTOMERS_END),
    Outside("SECURE-4", Reason.NO_SUCH_ELEMENT, _CUSTOMERS_END),
    Outside("MASK-7", Reason.MASKED, _CUSTOMERS_END),
    Outside("NAVIGATE-2", Reason.OFF_SITE, _CUSTOMERS_END),
    Outside("NAVIGATE-3", Reason.BAD_SCHEME, _CUSTOMERS_END),
    Outside("NAVIGATE-4", Reason.DISABLED, _CUSTOMERS_END),
    Outside("NAVIGATE-5", Reason.DENIED_URL, _CUSTOMERS_END),
    Outside("NAVIGATE-6", Reason.NO_HISTORY, _CUSTOMERS_END),
    Outside("NAVIGATE-6", Reason.WOULD_RESUBMIT, _CUSTOMERS_END),
    Outside("NAVIGATE-8", Reason.PROMPT_BLOCKED, _CUSTOMERS_END),
    Outside("SUBMIT-1", Reason.SUBMIT_BLOCKED, _CUSTOMERS_END),
)

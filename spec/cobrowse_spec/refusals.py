"""Refusals: what a party is told when the rules forbid what it did."""

from typing import Final

import msgspec

from .observations import Refused
from .terms import Reason


class Refusal(msgspec.Struct, frozen=True):
    """Why something was refused: the rule and its reason.  A refusal changes nothing."""

    rule: str
    reason: Reason
    #: Seconds until it is worth trying again; 0 where time does not help.
    retry_after_s: float = 0.0

    def as_seen(self, *, act: int = 0, message: str = "") -> Refused:
        """What the refused party sees."""
        words = message or WORDS[self.reason]
        return Refused(self.rule, self.reason, words, max(0.0, self.retry_after_s), act)


#: Each reason in words: what was refused, and what to do instead.
WORDS: Final[dict[Reason, str]] = {
    Reason.ONLY_CUSTOMER_STARTS: "Only the customer can start a session: ask for the session ID.",
    Reason.ALREADY_STARTED: "This session has already been started.",
    Reason.NO_INTERACTION: "A session belongs to an open chat or call: start it from there.",
    Reason.NOT_A_START_MESSAGE: "Only the system's own start message brings an agent in.",
    Reason.PENDING: "No agent has joined yet: wait until one has.",
    Reason.ALREADY_JOINED: "An agent has joined: use Exit Session.",
    Reason.NO_SUCH_SESSION: "There is no session with this ID to join: ask the customer for a new one.",
    Reason.SESSION_FULL: "An agent is already in this session.",
    Reason.NO_TRANSFER: "A co-browse session cannot be handed to another agent.",
    Reason.AGENT_BUSY: "You are in another session: exit it first.",
    Reason.THROTTLED: "Too many wrong session IDs: wait, then ask the customer for the ID again.",
    Reason.POINTER_MODE: "You are in Pointer Mode: request Write Mode first.",
    Reason.ONLY_CUSTOMER_ANSWERS: "Only the customer can answer a request for Write Mode.",
    Reason.NO_SUCH_REQUEST: "This request is not pending.",
    Reason.WRITE_MODE_DISABLED: "Your administrators have disabled Write Mode.",
    Reason.ALREADY_IN_WRITE_MODE: "The session is already in Write Mode.",
    Reason.ALREADY_IN_POINTER_MODE: "The session is already in Pointer Mode.",
    Reason.COOLING_DOWN: "The customer has just been asked: wait before you ask again.",
    Reason.STALE: "The page or the mode has changed since: look again and repeat.",
    Reason.OUTDATED: "The customer changed this field at the same time: the customer's value stays.",
    Reason.OUT_OF_SCOPE: "The customer has not allowed you this: the approval is limited.",
    Reason.NOT_SUPPORTED: "This server does not support that.",
    Reason.NO_SUCH_ELEMENT: "The page has no such element.",
    Reason.MASKED: "This field is masked: only the customer can fill it in.",
    Reason.DISABLED: "This element is disabled for agents: only the customer can use it.",
    Reason.SUBMIT_BLOCKED: "Only the customer can submit.",
    Reason.OFF_SITE: "This address is not on the company's site.",
    Reason.BAD_SCHEME: "Only http and https addresses can be opened.",
    Reason.DENIED_URL: "Your administrators have denied agents this address.",
    Reason.NO_HISTORY: "There is no page to go to.",
    Reason.WOULD_RESUBMIT: "Reloading this page would submit a form again: only the customer can.",
    Reason.PROMPT_BLOCKED: "This would open a file chooser, a download, a print dialog or a permission prompt:"
    " only the customer can.",
    Reason.SUSPENDED: "The session is suspended: wait until it resumes, or exit.",
    Reason.RELOADING: "The customer's page is loading: wait a moment, then act on what you see.",
    Reason.NOT_SUSPENDED: "The session is not suspended.",
    Reason.SESSION_ENDED: "The session has ended.",
    Reason.NOT_DUE: "The time for this has not come.",
    Reason.NOT_AUTHENTICATED: "Sign in first, with a valid credential.",
    Reason.WRONG_PARTY: "This is not yours to do.",
    Reason.WRONG_TOKEN: "This token is not for this session and role.",
    Reason.FOREIGN_ORIGIN: "Sockets are accepted from pages of the site only.",
    Reason.MALFORMED: "This message is not valid cobrowse.v1.",
    Reason.UNKNOWN_TYPE: "cobrowse.v1 has no message of this type.",
    Reason.TOO_LARGE: "This message is too large.",
    Reason.OUT_OF_TURN: "This message makes no sense at this moment.",
    Reason.TOO_MANY_ERRORS: "Too many messages in error: this link is closed.",
}

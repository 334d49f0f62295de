"""What the matrix has to be told: which rule asks for what, and what cannot be seen at all, with reasons.

The table says what happens and not what for, so a person has to.  Everything here is data: the tests see
to it that no entry is without a fault that it speaks of, and the matrix that what is called equivalent
really survives.

Order: rules of timers, rules of notices, what is equivalent, why others than the own rule notice.
"""

from typing import Final, NamedTuple

#: For each deadline of a session the rules that say how long it is, the first choice first.
TIMERS: Final = {
    "pending": "START-6",
    "request": "WRITE-8",
    "approval": "WRITE-15",
    "cool_down_until": "WRITE-9",
    "off_site": "SITE-4",
    "customer_link": "RESUME-1",
    "agent_link": "RESUME-1",
    "reload": "RESUME-3",
    "warning": "STOP-7",
    "inactivity": "STOP-7",
}

#: What no rule asks for: a fence is the suite's own instrument, and without it no story is decided.
NO_RULE: Final = "-"

#: What stands in the place of a rule for degenerate servers, which break them all.
EVERY_RULE: Final = "every rule"

#: The rules that these are judged by: a session from its start to its end.
JUDGED_BY: Final = (
    *("START-1", "START-2", "START-5", "JOIN-2", "JOIN-3", "JOIN-4", "POINTER-2", "POINTER-5"),
    *("WRITE-1", "WRITE-2", "WRITE-3", "WRITE-10", "STOP-1", "STOP-2", "STOP-5", "SECURE-1"),
)

#: Which rules ask for a notice, by column, observation, party, and what goes wrong with it.  `*` stands
#: for anything; the first that fits counts; of several rules the first that is in the rulebook.
NOTICES: Final[tuple[tuple[tuple[str, str, str, str], str], ...]] = (
    (("*", "fence_passed", "*", "*"), NO_RULE),
    (("follow_policy", "*", "*", "*"), "MASK-11"),
    (("resume", "restored", "*", "*"), "RESUME-2"),
    (("resume", "warned", "agent", "*"), "PAUSE-1"),
    (("resume", "resumed", "*", "doubled"), "RESUME-2"),
    (("resume", "resumed", "*", "*"), "RESUME-1"),
    (("resume", "*", "*", "*"), "RESUME-2"),
    (("*", "started", "customer", "doubled"), "START-7"),
    (("*", "started", "customer", "*"), "START-2"),
    (("*", "joined", "*", "doubled"), "JOIN-4"),
    (("*", "joined", "customer", "*"), "JOIN-2"),
    (("say", "joined", "agent", "*"), "START-3"),
    (("*", "joined", "agent", "*"), "JOIN-3"),
    (("*", "asked", "*", "doubled"), "WRITE-7"),
    (("*", "asked", "customer", "*"), "WRITE-2"),
    (("request", "asked", "agent", "*"), "POINTER-5 WRITE-7"),
    (("draw_curtain", "answered", "*", "*"), "PAUSE-1"),
    (("lose_link", "answered", "*", "doubled"), "RESUME-2"),
    (("*", "answered", "*", "doubled"), "WRITE-7"),
    (("approve", "answered", "agent", "*"), "WRITE-3"),
    (("deny", "answered", "agent", "*"), "WRITE-3"),
    (("request-time", "answered", "agent", "*"), "WRITE-3"),
    (("approve", "answered", "customer", "*"), "WRITE-1"),
    (("deny", "answered", "customer", "*"), "WRITE-1"),
    (("request-time", "answered", "customer", "*"), "WRITE-8"),
    (("withdraw", "answered", "*", "*"), "WRITE-8"),
    (("show_page", "answered", "*", "*"), "WRITE-15"),
    (("*", "answered", "*", "*"), "SITE-6"),
    (("approve", "in_mode", "*", "*"), "WRITE-1"),
    (("approval-time", "in_mode", "agent", "doubled"), "WRITE-11"),
    (("approval-time", "in_mode", "customer", "doubled"), "WRITE-10"),
    (("approval-time", "in_mode", "*", "*"), "WRITE-15"),
    (("show_page", "in_mode", "*", "*"), "WRITE-15"),
    (("*", "in_mode", "agent", "*"), "WRITE-11"),
    (("*", "in_mode", "customer", "*"), "WRITE-10"),
    (("*", "circle", "*", "*"), "POINTER-4"),
    (("*", "pointer_at", "*", "*"), "POINTER-3"),
    (("*", "content", "*", "*"), "POINTER-1"),
    (("*", "acted", "*", "*"), "WRITE-4"),
    (("*", "act_applied", "*", "*"), "WRITE-4"),
    (("report", "refused", "*", "*"), "SUBMIT-2"),
    (("*", "page_shown", "*", "*"), "JOIN-1"),
    (("*", "elements_shown", "*", "*"), "POINTER-1"),
    (("lose_link", "suspended", "*", "*"), "RESUME-3"),
    (("join", "suspended", "*", "*"), "RESUME-3"),
    (("say", "suspended", "*", "*"), "RESUME-3"),
    (("reload-time", "suspended", "*", "*"), "RESUME-3"),
    (("draw_curtain", "suspended", "*", "*"), "PAUSE-1"),
    (("*", "suspended", "agent", "*"), "SITE-3"),
    (("*", "suspended", "customer", "*"), "SITE-1"),
    (("open_curtain", "resumed", "*", "*"), "PAUSE-1"),
    (("return_to_site", "resumed", "agent", "*"), "SITE-3"),
    (("return_to_site", "resumed", "customer", "*"), "SITE-2"),
    (("warning-time", "warned", "*", "*"), "STOP-7"),
    (("*", "ended", "controller", "*"), "STOP-6"),
    (("*", "ended", "*", "doubled"), "STOP-6"),
    (("cancel", "ended", "*", "*"), "START-6"),
    (("pending-time", "ended", "*", "*"), "START-6"),
    (("off_site-time", "ended", "*", "*"), "SITE-4"),
    (("customer_link-time", "ended", "customer", "misdirected"), "STOP-6"),
    (("agent_link-time", "ended", "agent", "misdirected"), "STOP-6"),
    (("customer_link-time", "ended", "*", "*"), "RESUME-1"),
    (("agent_link-time", "ended", "*", "*"), "RESUME-1"),
    (("inactivity-time", "ended", "*", "*"), "STOP-7"),
    (("end_interaction", "ended", "*", "*"), "STOP-4"),
    (("exit", "ended", "agent", "*"), "STOP-2"),
    (("exit", "ended", "customer", "*"), "STOP-1"),
    (("*", "ended", "*", "*"), "STOP-6"),
)


#: Where another rule than the one that a refusal or a guard names asks for what a fault takes away, by the
#: name of the fault; the first that fits counts, of several rules the first that is in the rulebook.
OTHER_RULES: Final[tuple[tuple[str, str], ...]] = (
    ("refusal *_curtain @*", "PAUSE-1"),
    ("negated warning-time * @suspended", "PAUSE-1"),
    ("negated inactivity-time * @suspended", "PAUSE-1"),
    ("negated lose_link has_a_link_to_lose @active", "RESUME-3"),
    ("negated lose_link has_a_link_to_lose @*", "RESUME-1"),
)


class Equivalent(NamedTuple):
    """Faults that nobody can tell from no fault, and why.  ``names`` may hold `*`."""

    names: str
    because: str


#: What the machine's own table repeats of what has been decided elsewhere is there on purpose: a rule that
#: is kept twice is kept when one of the two is lost.  On the wire only the loss of both can be seen.
EQUIVALENT: Final[tuple[Equivalent, ...]] = (
    Equivalent(
        "refusal *-time @*",
        "a timer that does not run in that state has no deadline, so the host never asks for its expiry",
    ),
    Equivalent(
        "refusal * @unstarted",
        "before a start the server has no session to put a message to: the desk answers by itself",
    ),
    Equivalent(
        "guard *-time is_due @*",
        "the host asks for an expiry when the deadline that the machine gave it has come, by the same clock",
    ),
    Equivalent(
        "guard *-time inactivity_is_watched @*",
        "where inactivity is not watched its timers are never started, so they never expire",
    ),
    Equivalent(
        "guard approve the_request_has_not_expired @asked",
        "the request's timer closes it at the very moment from which this guard refuses, by the same clock;"
        " between the two lies one turn of the event loop",
    ),
    Equivalent(
        "guard lose_link has_a_link_to_lose @*",
        "the host tells the loss of a link once, of the link that carries the session",
    ),
    Equivalent(
        "guard start has_an_interaction @unstarted",
        "the desk has refused whoever comes without an open chat or call before a session is made",
    ),
    Equivalent(
        "guard say was_posted_in_this_sessions_chat @pending",
        "the desk puts a message to the session of the chat that it was posted in, and to no other",
    ),
    Equivalent(
        "guard * is_this_sessions_agent",
        "a deed comes over the link with which its agent joined or resumed, and the desk lets no other resume",
    ),
    Equivalent(
        "performer lose_link",
        "no message of cobrowse.v1 carries it: only the server itself does it",
    ),
    Equivalent("performer stir", "no message of cobrowse.v1 carries it: only the server itself does it"),
    Equivalent("performer forbid", "no message of cobrowse.v1 carries it: only the server itself does it"),
    Equivalent("performer shut_down", "no message of cobrowse.v1 carries it: only the server itself does it"),
    Equivalent(
        "performer follow_policy", "no message of cobrowse.v1 carries it: only the server itself does it"
    ),
    Equivalent("performer fence", "whoever has a link may ask for a fence"),
    Equivalent("performer resume", "only controllers may not, and the desk turns them away by itself"),
    Equivalent(
        "performer return_to_pointer", "only controllers may not, and the desk turns them away by itself"
    ),
    Equivalent("performer move_pointer", "only controllers may not, and their links take no frames"),
    Equivalent("performer act", "only controllers may not, and the desk turns them away by itself"),
    Equivalent("performer exit", "only controllers may not, and the desk turns them away by itself"),
    Equivalent(
        "negated act only_the_customer_acts_while_pending @pending",
        "no agent is in a pending session, and what the customer does by hand is no message",
    ),
    Equivalent(
        "refusal follow_policy @ended", "the host puts a new policy to sessions only that are not over"
    ),
    Equivalent("refusal lose_link @ended", "the host loses no link of a session that is over"),
    Equivalent("refusal stir @ended", "no frame passes in a session that is over, and only frames stir"),
    Equivalent("refusal forbid @ended", "this version of the server forbids no session"),
    Equivalent("refusal shut_down @ended", "the server shuts down only sessions that are not over"),
    Equivalent("notice forbid ended *", "this version of the server forbids no session"),
    Equivalent(
        "notice shut_down ended *",
        "no party can make the server stop, so on the wire nobody can see it from inside a session;"
        " the server's own tests do",
    ),
    Equivalent(
        "notice customer_link-time ended to customer d* @*",
        "a customer whose link is lost has none to be told over; it is told when it comes back (STOP-5)",
    ),
    Equivalent(
        "notice agent_link-time ended to agent d* @*",
        "an agent whose link is lost has none to be told over; it is told when it comes back (STOP-5)",
    ),
    Equivalent("refusal join @ended", "the ID of a session that is over leads nowhere: the desk finds none"),
    Equivalent(
        "refusal stop_session @ended",
        "the desk answers the contact centre of a session that is over by itself",
    ),
    Equivalent(
        "refusal end_interaction @ended",
        "the desk puts the end of a chat or call to a session only while that is not over",
    ),
    Equivalent("refusal request @pending", "no agent is in a pending session, so none has a link to it"),
    Equivalent("refusal withdraw @pending", "no agent is in a pending session, so none has a link to it"),
    Equivalent("refusal click @pending", "no agent is in a pending session, so none has a link to it"),
    Equivalent("refusal transfer @pending", "no agent is in a pending session, so none has a link to it"),
    Equivalent(
        "guard act only_the_customer_acts_while_pending @pending",
        "no agent is in a pending session, so none has a link to it",
    ),
    Equivalent(
        "refusal move_pointer @pending", "no agent is in a pending session to whom it could be relayed"
    ),
    Equivalent("refusal mirror @pending", "no agent is in a pending session to whom it could be relayed"),
    Equivalent(
        "gate the_session_goes_on",
        "implied by is_in_write_mode: what the customer's end knows of an end takes Write Mode with it",
    ),
    Equivalent(
        "gate the_session_is_not_suspended",
        "implied by is_in_write_mode: what the customer's end knows of a suspension takes Write Mode with it",
    ),
    Equivalent(
        "gate knows_the_policy",
        "the policy comes with the session ID, long before an agent, and without one no address is on the site",
    ),
    Equivalent(
        "gate the_curtain_is_open",
        "implied by is_in_write_mode: what the customer's end knows of its curtain takes Write Mode with it",
    ),
    Equivalent(
        "gate the_agent_has_joined",
        "implied by is_in_write_mode: before an agent has joined there is no Write Mode",
    ),
    Equivalent(
        "frame pointer_at to * doubled", "whoever is shown again where a pointer is sees it where it was"
    ),
)

#: Faults that only other rules' checks notice, and why that is right.  Names may hold `*`.
WHY_OTHERS: Final[dict[str, str]] = {}

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
    "cool_down_until": "WRITE-9",
    "off_site": "SITE-4",
    "customer_link": "RESUME-1 STOP-6",
    "agent_link": "RESUME-1 STOP-6",
    "reload": "RESUME-3",
    "warning": "STOP-7",
    "inactivity": "STOP-7",
}

#: What no rule asks for: a fence is the suite's own instrument, and without it no story is decided.
NO_RULE: Final = "-"

#: Which rules ask for a notice, by column, observation, party, and what goes wrong with it.  `*` stands
#: for anything; the first that fits counts; of several rules the first that is in the rulebook.
NOTICES: Final[tuple[tuple[tuple[str, str, str, str], str], ...]] = (
    (("*", "fence_passed", "*", "*"), NO_RULE),
    (("*", "started", "customer", "doubled"), "START-7"),
    (("*", "started", "customer", "*"), "START-2"),
    (("*", "joined", "*", "doubled"), "JOIN-4"),
    (("*", "joined", "customer", "*"), "JOIN-2"),
    (("say", "joined", "agent", "*"), "START-3"),
    (("*", "joined", "agent", "*"), "JOIN-3"),
    (("*", "asked", "*", "doubled"), "WRITE-7"),
    (("*", "asked", "customer", "*"), "WRITE-2"),
    (("request", "asked", "agent", "*"), "POINTER-5 WRITE-7"),
    (("*", "answered", "*", "doubled"), "WRITE-7"),
    (("approve", "answered", "agent", "*"), "WRITE-3"),
    (("deny", "answered", "agent", "*"), "WRITE-3"),
    (("request-time", "answered", "agent", "*"), "WRITE-3"),
    (("approve", "answered", "customer", "*"), "WRITE-1"),
    (("deny", "answered", "customer", "*"), "WRITE-1"),
    (("request-time", "answered", "customer", "*"), "WRITE-8"),
    (("withdraw", "answered", "*", "*"), "WRITE-8"),
    (("*", "answered", "*", "*"), "SITE-6"),
    (("approve", "in_mode", "*", "*"), "WRITE-1"),
    (("*", "in_mode", "agent", "*"), "WRITE-11"),
    (("*", "in_mode", "customer", "*"), "WRITE-10"),
    (("*", "circle", "*", "*"), "POINTER-4"),
    (("*", "pointer_at", "*", "*"), "POINTER-3"),
    (("*", "content", "*", "*"), "POINTER-1"),
    (("*", "acted", "*", "*"), "WRITE-4"),
    (("*", "act_applied", "*", "*"), "WRITE-4"),
    (("report", "refused", "*", "*"), "SUBMIT-2"),
    (("*", "page_shown", "*", "*"), "JOIN-1"),
    (("lose_link", "suspended", "*", "*"), "RESUME-3 SITE-1"),
    (("join", "suspended", "*", "*"), "RESUME-3 SITE-1"),
    (("say", "suspended", "*", "*"), "RESUME-3 SITE-1"),
    (("reload-time", "suspended", "*", "*"), "RESUME-3 SITE-1"),
    (("*", "suspended", "agent", "*"), "SITE-3"),
    (("*", "suspended", "customer", "*"), "SITE-1"),
    (("*", "restored", "*", "doubled"), "RESUME-2"),
    (("*", "restored", "*", "*"), "RESUME-2 SECURE-2"),
    (("resume", "resumed", "*", "*"), "RESUME-1 WRITE-13"),
    (("return_to_site", "resumed", "agent", "*"), "SITE-3"),
    (("return_to_site", "resumed", "customer", "*"), "SITE-2"),
    (("resume", "*", "*", "*"), "RESUME-2"),
    (("warning-time", "warned", "*", "*"), "STOP-7"),
    (("*", "ended", "controller", "*"), "STOP-6"),
    (("*", "ended", "*", "doubled"), "STOP-6"),
    (("cancel", "ended", "*", "*"), "START-6"),
    (("pending-time", "ended", "*", "*"), "START-6"),
    (("off_site-time", "ended", "*", "*"), "SITE-4"),
    (("customer_link-time", "ended", "*", "*"), "RESUME-1 STOP-6"),
    (("agent_link-time", "ended", "*", "*"), "RESUME-1 STOP-6"),
    (("inactivity-time", "ended", "*", "*"), "STOP-7"),
    (("end_interaction", "ended", "*", "*"), "STOP-4"),
    (("exit", "ended", "agent", "*"), "STOP-2"),
    (("exit", "ended", "customer", "*"), "STOP-3"),
    (("*", "ended", "*", "*"), "STOP-6"),
)


class Equivalent(NamedTuple):
    """Faults that nobody can tell from no fault, and why.  ``names`` may hold `*`."""

    names: str
    because: str


EQUIVALENT: Final[tuple[Equivalent, ...]] = ()

#: Faults that only other rules' checks notice, and why that is right.  Names may hold `*`.
WHY_OTHERS: Final[dict[str, str]] = {}

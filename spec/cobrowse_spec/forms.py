"""The three forms of each rule, and why one is missing where it is.

A rule has examples, an invariant, and a place in the machine: a guard that names it, or an effect that brings about
what it says.  Where one of them is missing, the reason is written here or in :data:`.rules.WITHOUT_INVARIANT`.  A
test fails where a form is missing without one, and where a reason is left over.

Order: what has no invariant, what the machine does without a guard, what is not the machine's, looking it up.
"""

from collections.abc import Mapping
from typing import Final, get_args

from . import session as machine
from .actions import OUTSIDE_SESSIONS, AnyAction
from .rulebook import Rule
from .rules import INVARIANTS, WITHOUT_INVARIANT
from .session import EVERYWHERE, TABLE, Effect

#: What brings about a rule that no guard names: these effects of the machine.
BY_EFFECT: Final[Mapping[str, tuple[Effect, ...]]] = {
    "START-2": (machine.begin,),
    "START-3": (machine.join,),
    "JOIN-1": (machine.join, machine.show_page),
    "JOIN-2": (machine.join,),
    "JOIN-3": (machine.join,),
    "JOIN-9": (machine.exit_session,),
    "POINTER-1": (machine.pass_content, machine.show_elements),
    "POINTER-5": (machine.ask,),
    "WRITE-2": (machine.ask,),
    "WRITE-3": (machine.approve, machine.deny, machine.expire_request),
    "WRITE-4": (machine.pass_act,),
    "WRITE-11": (machine.leave_write_mode,),
    "WRITE-13": (machine.leave_site, machine.lose_link, machine.draw_curtain),
    "NAVIGATE-1": (machine.pass_act,),
    "NAVIGATE-7": (machine.show_page, machine.announce),
    "SUBMIT-3": (machine.pass_act,),
    "MASK-11": (machine.follow_policy,),
    "SITE-3": (machine.leave_site, machine.return_to_site),
    "SITE-4": (machine.leave_site,),
    "SITE-5": (machine.show_page,),
    "STOP-2": (machine.exit_session,),
    "STOP-3": (machine.exit_session,),
    "VIEW-1": (machine.pass_content,),
    "VIEW-3": (machine.pass_content,),
    "RESUME-1": (machine.lose_link, machine.take_up_link),
    "RESUME-2": (machine.take_up_link,),
}

_LOBBY: Final = "the lobby's: the machine is given the session that an ID stands for"
_CUSTOMERS_END: Final = "the customer's end does it: the machine knows no page but what is published of it"
_WORKSPACE: Final = "the agent's workspace does it: the machine knows no screen"

#: Rules of which the machine has no part, and whose they are.
NOT_THE_MACHINES: Final[Mapping[str, str]] = {
    "START-7": _LOBBY,
    "JOIN-5": _LOBBY,
    "JOIN-7": _LOBBY,
    "JOIN-8": _LOBBY,
    "WRITE-6": _WORKSPACE,
    "WRITE-14": _CUSTOMERS_END,
    "NAVIGATE-6": _CUSTOMERS_END,
    "NAVIGATE-8": _CUSTOMERS_END,
    "SUBMIT-2": "what is refused changes nothing: `step` promises it of every refusal, and no guard can name it",
    "SUBMIT-4": "the other half of SUBMIT-1, whose guard looks at what is allowed",
    "MASK-1": _CUSTOMERS_END,
    "MASK-2": _CUSTOMERS_END,
    "MASK-3": _CUSTOMERS_END,
    "MASK-4": _CUSTOMERS_END,
    "MASK-5": _CUSTOMERS_END,
    "MASK-6": _CUSTOMERS_END,
    "MASK-8": _CUSTOMERS_END,
    "MASK-9": _CUSTOMERS_END,
    "MASK-10": _CUSTOMERS_END,
    "MASK-12": _CUSTOMERS_END,
    "STOP-4": "an effect of every state, made for its reason: `end(EndReason.INTERACTION_ENDED)`",
    "STOP-6": "an effect of every state, made for its reason: `end(…)`",
    "VIEW-2": _WORKSPACE,
    "VIEW-4": _CUSTOMERS_END,
    "RESUME-4": "the journal's: the machine is replayed from it",
    "SECURE-1": "the server's, before anybody is in a session: agents sign in on their link",
    "SECURE-3": "the server's door: a link is refused before there is anything to do on it",
    "SECURE-5": _WORKSPACE,
    "SECURE-6": "of what is written down beside a session: the machine writes nothing",
    "RECORD-1": "the receipt's, which follows from what the machine decides",
    "RECORD-2": "the receipt's, which follows from what the machine decides",
}


def guarded() -> frozenset[str]:
    """The rules that a guard, a refusing cell or an action's own guard names."""
    cells = {guard.rule for row in TABLE.values() for cell in row.values() for guard in cell.guards}
    actions = {kind.guarded_by for kind in get_args(AnyAction) if kind not in OUTSIDE_SESSIONS}
    return frozenset(cells | actions | {guard.rule for guard in EVERYWHERE})


def lacking(rule: Rule) -> list[str]:
    """Which forms of a rule are missing without a reason, in words; none, where all is well."""
    sides = {tag for example in rule.examples for tag in example.tags}
    found = [
        f"no example on the side that is {side}" for side in ("allowed", "refused") if f"@{side}" not in sides
    ]
    judged = any(invariant.rule == rule.id for invariant in INVARIANTS)
    if not judged and rule.id not in WITHOUT_INVARIANT:
        found.append("no invariant, and no reason why not")
    in_machine = rule.id in guarded() or rule.id in BY_EFFECT
    if not in_machine and rule.id not in NOT_THE_MACHINES:
        found.append("no guard or effect of the machine, and no reason why not")
    return found

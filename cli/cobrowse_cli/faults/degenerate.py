"""Degenerate servers: what is no co-browse system at all, and must never be taken for one.

They break no rule in particular, so none has a rule whose check must notice.  They are caught when the
suite, by the rules of :data:`.known.JUDGED_BY`, does not call them conformant: because rules fail, or because it
got no answer from which anything could follow.

Order: the servers, the list.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec
from cobrowse_server import host as host_module
from cobrowse_server.host import Link
from cobrowse_server.links import Attendant
from cobrowse_spec import actions as do
from cobrowse_spec import observations as see
from cobrowse_spec import session as machine
from cobrowse_spec.actions import Deed
from cobrowse_spec.observations import Observation
from cobrowse_spec.session import Cell, Outcome, Session, State, refuse
from cobrowse_spec.terms import Party, Reason, Timer

from .cast import any_origin_will_do, everything_passes, nobody_has_to_sign_in
from .derived import SENSIBLE, refuses
from .known import EVERY_RULE
from .tools import Fault, Kind, Patch

# The servers


def accept_all(patch: Patch) -> None:
    """Every deed of anybody in any state is accepted; no guard is left, and nobody has to be anybody."""
    nobody_has_to_sign_in(patch)
    any_origin_will_do(patch)
    patch.setattr(machine, "EVERYWHERE", ())
    for row in machine.TABLE.values():
        for column, old in list(row.items()):
            if not isinstance(column, Timer):
                patch.setitem(row, column, Cell((), old.effect))
    everything_passes(patch)


def reject_all(patch: Patch) -> None:
    """Every deed but a fence is refused."""
    for row in machine.TABLE.values():
        for column in list(row):
            if column is not do.Fence:
                patch.setitem(row, column, refuse("SECURE-4", Reason.OUT_OF_TURN))


def silent(patch: Patch) -> None:
    """Links open, and nothing ever comes back over them."""
    patch.setattr(Link, "tell", lambda self, seen, **numbers: None)


def mute_in_sessions(patch: Patch) -> None:
    """Signing in works, and after that nothing is ever answered."""
    tell = Link.tell

    def welcome_alone(self: Link, seen: Observation, **numbers: int) -> None:
        if isinstance(seen, see.Welcome):
            tell(self, seen, **numbers)

    patch.setattr(Link, "tell", welcome_alone)


def echo(patch: Patch) -> None:
    """Signing in works, and after that whatever comes goes back as it came."""
    control: Callable[..., Awaitable[bool]] = Attendant._control

    async def back(self: Attendant, text: str) -> bool:
        if '"sign_in"' in text or self._link.party is Party.CONTROLLER:
            return await control(self, text)
        itself: Any = msgspec.Raw(text.encode())
        self._link.connection.send(itself)
        return True

    patch.setattr(Attendant, "_control", back)


def crash_on_third(patch: Patch) -> None:
    """The third deed of a session brings it down, whatever it is."""
    step: Callable[..., Outcome] = machine.step

    def crashing(session: Session, deed: Deed, now: float) -> Outcome:
        if session.n == 2:  # two have been accepted: this is the third
            raise RuntimeError
        return step(session, deed, now)

    patch.setattr(host_module, "step", crashing)


def answer_key(patch: Patch) -> None:
    """Each action is answered as most stories want it answered, whatever has happened before."""
    for column in machine.TABLE[State.UNSTARTED]:
        answers = [machine.TABLE[state][column] for state in SENSIBLE]
        wanted = next((cell for cell in answers if refuses(cell) is None), answers[0])
        for row in machine.TABLE.values():
            if row[column] is not wanted:
                patch.setitem(row, column, wanted)


# The list

_SERVERS: Final = (accept_all, reject_all, silent, mute_in_sessions, echo, crash_on_third, answer_key)

DEGENERATE: Final[tuple[Fault, ...]] = tuple(
    Fault(
        EVERY_RULE,
        " ".join((server.__doc__ or "").split()).rstrip("."),
        server,
        kind=Kind.DEGENERATE,
        derived_as=f"degenerate {server.__name__.replace('_', '-')}",
    )
    for server in _SERVERS
)

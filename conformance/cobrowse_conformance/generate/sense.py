"""Which moves make sense in a world: those of which every run would see the same.

Not what is allowed: a deed that the machine refuses makes perfect sense.  But nobody acts without a link,
time does not pass where two timers could run out in two orders, and what nobody would notice is not
followed by what it could overtake.  Races have stories of their own in the rulebook.

Order: any move, deeds, links, time.
"""

from math import inf
from typing import Final

from cobrowse_spec import actions as do
from cobrowse_spec.actions import Deed
from cobrowse_spec.sentences import TIMERS
from cobrowse_spec.session import State, step
from cobrowse_spec.stories import AGENT, CUSTOMER, EARLIER_REQUEST, CutLink, LetPass, Perform, Role
from cobrowse_spec.terms import Party, Timer

from .story import Move
from .world import Seat, World

#: The longest time that a story waits for, in seconds.
MAX_WAIT_S: Final = 3.0

#: What must be left of a timer when time has passed and it has not run out, as a share of the whole.
_CLEAR: Final = 0.25

#: Timers that bring something about when they run out.
_RUNNING_OUT: Final = frozenset(
    name for name, field in TIMERS.items() if field.removesuffix("_s") in set(Timer)
)


def can(world: World, move: Move) -> bool:
    """Whether a move makes sense now, allowed or not, and everybody would see the same in any run of it."""
    if move.timer:
        return _can_run_out(world, move.timer)
    match move.step:
        case Perform() as deed:
            return _can_perform(world, deed)
        case CutLink(role=role):
            return _can_cut(world, role)
        case LetPass(timer=timer, part=part):
            return _can_pass(world, timer, part)
        case _:
            return False


def _can_perform(world: World, deed: Perform) -> bool:
    role, action, seat = deed.role, deed.action, world.seats[deed.role.who]
    if world.unnoticed:
        return isinstance(action, do.Resume) and role.who == world.unnoticed
    if isinstance(action, do.Resume):
        return _can_come_back(world, seat)
    if seat.came and not seat.linked:
        return False
    if isinstance(action, do.Start):
        return _can_start(world, seat)
    if isinstance(action, do.Say) and role.party is not Party.CONTROLLER:
        return world.session.state is not State.ENDED or seat.carries is None
    frames = isinstance(action, do.MovePointer | do.Mirror)
    if (frames or (isinstance(action, do.Act) and role is CUSTOMER)) and seat.carries is None:
        return False  # there is no session in which it could send a frame
    if role.party is Party.CONTROLLER and not world.sessions and isinstance(action, do.Say):
        return False  # there is no ID that a message could name
    if deed.late and isinstance(action, do.Act) and len(seat.wrote) < 2:
        return False  # there is no earlier stretch of Write Mode
    names_the_past = deed.late or getattr(action, "request", "") == EARLIER_REQUEST
    return not names_the_past or len(world.sessions) == 1


def _can_start(world: World, seat: Seat) -> bool:
    if seat.role.party is not Party.CUSTOMER:
        return not seat.facts.ended
    return all(other.linked for other in world.seats.values() if other.came)


def _can_come_back(world: World, seat: Seat) -> bool:
    if seat.role.party is Party.CONTROLLER or (seat.token is None and seat.carries is not None):
        return False
    if seat.role is CUSTOMER and seat.token is None:
        return False
    if seat.token is None:
        return seat.role is not AGENT
    mine = world.sessions[seat.token]
    if seat.role is CUSTOMER and mine.off_site:
        return False  # a client without gates says that it is back, and then that it is not: no fence waits so long
    # Over a link that is open another follows: the server may see either of them first.
    return seat.token == len(world.sessions) - 1 and (not seat.linked or mine.state is not State.ENDED)


def _can_cut(world: World, role: Role) -> bool:
    seat = world.seats[role.who]
    if world.unnoticed or not seat.linked or seat.carries is None:
        return False
    session = world.sessions[seat.carries]
    if session.state in (State.ENDED, State.PENDING):
        return False
    other = world.seats[(AGENT if role is CUSTOMER else CUSTOMER).who]
    return other.linked


def _can_run_out(world: World, name: str) -> bool:
    timer = Timer(TIMERS[name].removesuffix("_s")) if name in _RUNNING_OUT else None
    if timer is None or getattr(world.session.deadlines, timer) == inf:
        return False
    return _is_alone(world, timer) and _someone_sees(world, timer)


def _can_pass(world: World, timer: str, part: float) -> bool:
    if world.unnoticed:
        return False
    if timer == "cool_down_s":
        left_s = world.session.cool_down_until - world.now
        whole_s = world.policy.timers.cool_down_s
        short = 0 < left_s <= whole_s <= MAX_WAIT_S
        return short and _is_alone(world, None) and (part == 1.0 or left_s > 0.9 * whole_s)
    name = Timer(timer.removesuffix("_s"))
    whole_s = float(getattr(world.policy.timers, timer))
    left_s = getattr(world.session.deadlines, name) - world.now
    enough = _CLEAR * whole_s < left_s - part * whole_s < inf
    return enough and not world.halved and _is_alone(world, name)


def _is_alone(world: World, timer: Timer | None) -> bool:
    """Whether this timer is the only one that runs out soon."""
    soon = world.now + MAX_WAIT_S
    deadlines = world.session.deadlines
    running = [one for one in Timer if getattr(deadlines, one) <= soon]
    if timer is Timer.WARNING and Timer.INACTIVITY in running:
        running.remove(Timer.INACTIVITY)  # the one comes before the other, by the same clock
    cools = world.session.cool_down_until > world.now and timer is not None
    return running == ([] if timer is None else [timer]) and not cools


def _someone_sees(world: World, timer: Timer) -> bool:
    at = getattr(world.session.deadlines, timer)
    outcome = step(world.session, Deed(Party.SYSTEM, do.Expire(timer)), at)
    return any(world.seats[world.holder(notice.to)].linked for notice in outcome.notices)

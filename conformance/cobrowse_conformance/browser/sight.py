"""Sight: what a party sees of its screen, as observations.

A screen is looked at again and again; what is different since the last look is what the party has
seen.  :func:`news` is a function of two looks, with no browser in it.

Order: a look, what a party knows, the difference.
"""

from collections.abc import Iterator
from typing import NamedTuple

from cobrowse_spec import observations as see
from cobrowse_spec.observations import AnyObservation
from cobrowse_spec.terms import Answer, EndReason, Mode, Party, Reason, SuspendReason

from .profile import Meaning, Saying


class Line(NamedTuple):
    """A line that the product tells in passing; its number tells it apart from others of the same words."""

    number: str
    text: str
    meaning: Meaning | None = None


class Spot(NamedTuple):
    """A red circle, or a pointer: in CSS pixels of the customer's viewport."""

    x: int
    y: int
    number: int = 0

    def is_at(self, x: int, y: int, within: int) -> bool:
        """Whether it is there, give or take."""
        return abs(self.x - x) <= within and abs(self.y - y) <= within


class Look(NamedTuple):
    """What a party's screen shows of co-browsing at one moment."""

    #: Whether the product shows anything at all: not while a page loads, nor on another site.
    present: bool = True
    state: Meaning | None = None
    session_id: str = ""
    #: The agent's name, where it shows.
    agent: str = ""
    #: Whether the customer is being asked.
    asked: bool = False
    lines: tuple[Line, ...] = ()
    pointer: Spot | None = None
    circles: tuple[Spot, ...] = ()
    chat: tuple[Line, ...] = ()


class Known(NamedTuple):
    """What a party knows of its session from what it has seen."""

    #: "idle", "pending", "active", "suspended", "lost" or "ended".
    phase: str = "idle"
    mode: Mode = Mode.POINTER
    reason: str = ""
    asked: bool = False
    session_id: str = ""
    #: The words in passing, chat lines and circles that have been seen.
    heard: frozenset[str] = frozenset()
    circles: frozenset[int] = frozenset()
    pointer: Spot | None = None
    #: Whether a warning shows.
    warned: bool = False

    @property
    def flows(self) -> bool:
        """Whether content and pointers flow, as far as the party's screen says."""
        return self.phase == "active"


#: The phase that a saying of the state means; others are told in passing only.
_PHASES = {
    Saying.IDLE: "idle",
    Saying.PENDING: "pending",
    Saying.MODE: "active",
    Saying.ASKED: "active",
    Saying.SUSPENDED: "suspended",
    Saying.LOST: "lost",
    Saying.ENDED: "ended",
}


def news(party: Party, known: Known, look: Look) -> tuple[Known, list[AnyObservation]]:
    """What a party knows after a look, and what it has seen that is new."""
    told = [line for line in (*look.lines, *look.chat) if line.number not in known.heard]
    warned = any(one.saying is Saying.WARNED for one in _meanings(list(look.lines)))
    after = known._replace(heard=known.heard | {line.number for line in told}, warned=warned)
    heard = list(_told(told, look))
    seen: list[AnyObservation] = [one for one in heard if isinstance(one, see.Answered)]
    if look.present:
        after, moved = _moved(party, after, look, told)
        seen += moved
    seen += [one for one in heard if not isinstance(one, see.Answered)]
    if warned and not known.warned:  # the time that is left runs down in the same words
        seen.append(see.Warned(ends_in_s=0.0))
    seen += _hands(known, look)
    after = after._replace(
        circles=known.circles | {spot.number for spot in look.circles}, pointer=look.pointer or known.pointer
    )
    return after, seen


def _moved(party: Party, known: Known, look: Look, told: list[Line]) -> tuple[Known, list[AnyObservation]]:
    """How the session has moved on, as its state and the question show."""
    after = _known_after(known, look, told)
    seen: list[AnyObservation] = []
    if after.session_id and after.session_id != known.session_id:
        seen.append(see.Started(after.session_id))
    if known.asked and not after.asked:
        seen += _answers(after, told)
    if after.phase != known.phase or after.reason != known.reason:
        seen += _arrived(known, after, look)
    elif after.phase == "active" and after.mode is not known.mode:
        seen.append(see.InMode(after.mode))
    if after.asked and not known.asked:
        seen.append(see.Asked(request="", agent=look.agent if party is Party.CUSTOMER else ""))
    return after, seen


def _known_after(known: Known, look: Look, told: list[Line]) -> Known:
    over = next((m for m in _meanings(told) if m.saying in (Saying.ENDED, Saying.TURNED_AWAY)), None)
    state = look.state
    if over is not None and (state is None or state.saying in (Saying.IDLE, Saying.ENDED)):
        value = over.value if over.saying is Saying.ENDED else ""
        phase = "ended" if over.saying is Saying.ENDED else "idle"
        return known._replace(phase=phase, reason=value, asked=False, mode=Mode.POINTER, session_id="")
    session_id = look.session_id or known.session_id
    if state is None:
        phase = "pending" if look.session_id and known.phase in ("idle", "ended") else known.phase
        return known._replace(phase=phase, asked=look.asked, session_id=session_id)
    phase = _PHASES.get(state.saying, known.phase)
    if phase == "idle" and known.phase == "ended":
        phase = "ended"
    mode = Mode(state.value) if state.saying is Saying.MODE else Mode.POINTER
    asked = phase == "active" and (look.asked or state.saying is Saying.ASKED)
    reason = state.value if phase in ("suspended", "ended") else ""
    if phase == "ended" and not reason:
        reason = known.reason
    if phase == "lost":
        mode = known.mode
    ends = phase in ("ended", "idle")
    return known._replace(
        phase=phase, mode=mode, reason=reason, asked=asked, session_id="" if ends else session_id
    )


def _arrived(known: Known, after: Known, look: Look) -> Iterator[AnyObservation]:
    """The session is in another phase."""
    match after.phase:
        case "active":
            if known.phase in ("idle", "pending", "ended"):
                yield see.Joined(agent=look.agent, mode=after.mode)
            else:
                yield see.Resumed(after.mode)
        case "suspended":
            if known.phase in ("idle", "pending", "ended"):
                yield see.Joined(agent=look.agent, mode=Mode.POINTER)
            yield see.Suspended(SuspendReason(after.reason))
        case "ended":
            if known.phase != "ended":
                yield see.Ended(EndReason(after.reason))
        case _:
            pass


def _answers(after: Known, told: list[Line]) -> Iterator[AnyObservation]:
    """What became of the request that is no longer pending."""
    words = next((m for m in _meanings(told) if m.saying is Saying.ANSWERED), None)
    if words is not None:
        return  # it is told in words, which come anyway
    if after.phase == "active" and after.mode is Mode.WRITE:
        yield see.Answered("", Answer.APPROVED)


def _told(told: list[Line], look: Look) -> Iterator[AnyObservation]:
    """What was told in words."""
    chat = {line.number for line in look.chat}
    for line in told:
        if line.number in chat:
            yield see.Said(interaction="", author=Party.SYSTEM, text=line.text)
        elif line.meaning is None:
            continue
        elif line.meaning.saying is Saying.ANSWERED:
            yield see.Answered("", Answer(line.meaning.value))
        elif line.meaning.saying is Saying.REFUSED:
            yield refused(line.meaning.value, line.text)
        elif line.meaning.saying is Saying.TURNED_AWAY:
            yield see.TurnedAway(status=0)


def _hands(known: Known, look: Look) -> Iterator[AnyObservation]:
    """The other's pointer, and red circles."""
    if look.pointer is not None and look.pointer != known.pointer:
        yield see.PointerAt(look.pointer.x, look.pointer.y)
    for spot in look.circles:
        if spot.number not in known.circles:
            yield see.Circle(spot.x, spot.y)


def _meanings(lines: list[Line]) -> Iterator[Meaning]:
    yield from (line.meaning for line in lines if line.meaning is not None)


def still_told(look: Look) -> Iterator[see.Refused]:
    """Refusals of which a rule asks that they are told (MASK-7) and whose words show.

    Where nothing came of an act they may be of this one: a screen need not change to say the same again.
    """
    for line in look.lines:
        if line.meaning == Meaning(Saying.REFUSED, Reason.MASKED):
            yield refused(Reason.MASKED, line.text)


#: The rule that each reason belongs to where only one rule has it, so that a notice of it names that rule.
_RULES = {
    Reason.NO_SUCH_SESSION: "JOIN-6",
    Reason.SESSION_FULL: "JOIN-4",
    Reason.POINTER_MODE: "POINTER-2",
    Reason.WRITE_MODE_DISABLED: "WRITE-5",
    Reason.MASKED: "MASK-7",
    Reason.DISABLED: "NAVIGATE-4",
    Reason.SUBMIT_BLOCKED: "SUBMIT-1",
    Reason.OFF_SITE: "NAVIGATE-2",
    Reason.BAD_SCHEME: "NAVIGATE-3",
    Reason.DENIED_URL: "NAVIGATE-5",
    Reason.OUT_OF_SCOPE: "WRITE-15",
    Reason.COOLING_DOWN: "WRITE-9",
    Reason.NOT_AUTHENTICATED: "SECURE-1",
}


def refused(reason: str, message: str) -> see.Refused:
    """A refusal as a screen shows it: its reason where the words say it, its rule where the reason does.

    What is empty could not be seen, and is not compared.
    """
    rule = _RULES.get(Reason(reason), "") if reason else ""
    if reason in (Reason.NO_HISTORY, Reason.WOULD_RESUBMIT):
        rule = "NAVIGATE-6"
    return see.Refused(rule, reason, message=message[:200])

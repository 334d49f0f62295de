"""The stopwatch: how long things take in one session, read off its events as they come.

Each kind of latency has a beginning and an end, which are events of the trace: nothing is measured that an
observer could not have seen.  The beginning is the moment at which it was *meant* to happen: a generator
that falls behind does not hide what its users would have waited (coordinated omission).
"""

from collections import deque
from collections.abc import Callable
from typing import Final

from cobrowse_spec import actions as do
from cobrowse_spec import observations as see
from cobrowse_spec.terms import Mode, Party
from cobrowse_spec.trace import Event

#: Called with the kind of latency, as in :data:`.profile.LATENCIES`, and seconds.
Report = Callable[[str, float], None]


#: What begins or ends nothing, and is most of a trace.
_UNTIMED: Final = frozenset(
    {do.MovePointer, do.Fence, do.SignIn, do.OpenInteraction, do.EndInteraction, do.Start, do.Report}
    | {do.ShowPage, do.ShowElements, do.Click, do.Deny, do.Withdraw, do.Exit}
    | {see.PointerAt, see.FencePassed, see.PageChanged, see.PageShown, see.ElementsShown, see.Welcome}
    | {see.InteractionOpened, see.Started, see.Answered, see.Acted, see.Circle}
)


class Stopwatch:
    """Listens to one session's recorder."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._running: dict[str, float] = {}
        #: When each frame of content left, by its digest; and the agent's acts that have no answer yet.
        self._frames: dict[str, float] = {}
        self._acts: deque[tuple[int, float]] = deque()
        #: How many seconds ago what is done next was meant to be done.
        self.behind_s = 0.0

    def see(self, event: Event) -> None:
        """Take one event."""
        if type(event.did or event.saw) in _UNTIMED:
            return
        if event.did is not None:
            self._begin(event, event.at - self.behind_s)
        else:
            self._end(event)

    def _begin(self, event: Event, at: float) -> None:
        match event.did:
            case do.Join():
                self._running["join"] = at
            case do.Request():
                self._running.setdefault("request_to_prompt", at)
            case do.Approve():
                self._running["approve_to_mode"] = at
            case do.Resume():
                self._running["resume"] = at
            case do.Mirror() as frame:
                self._frames[frame.digest] = at
            case do.Act() if event.party is Party.AGENT:
                self._acts.append((event.re, at))
            case _:
                pass

    def _end(self, event: Event) -> None:
        match event.saw:
            case see.Content() as frame:
                self._took("change_to_view", event, self._frames.pop(frame.digest, None))
            case see.Joined() if event.party is Party.AGENT:
                self._stop("join", event)
            case see.Asked() if event.party is Party.CUSTOMER:
                self._stop("request_to_prompt", event)
            case see.InMode(mode=Mode.WRITE) if event.party is Party.AGENT:
                self._stop("approve_to_mode", event)
            case see.Restored():
                self._stop("resume", event)
            case see.ActApplied():
                self._answered(event, 0)
            case see.Refused() as refused if event.party is Party.AGENT:
                if refused.act or event.re in [number for number, _ in self._acts]:
                    self._answered(event, 0 if refused.act else event.re)
                self._running.pop("request_to_prompt", None)
            case see.Suspended() | see.Ended():
                self._give_up(event.party)
            case _:
                pass

    def _give_up(self, party: Party) -> None:
        """What this party has not seen by now it will not see; the other may be behind."""
        if party is Party.CUSTOMER:
            self._running.pop("request_to_prompt", None)
            return
        for kind in ("join", "approve_to_mode"):
            self._running.pop(kind, None)
        self._frames.clear()
        self._acts.clear()

    def _answered(self, event: Event, number: int) -> None:
        """An act has had its effect, or was refused: the one of this number, or the oldest on its way."""
        for act in self._acts:
            if number in (0, act[0]):
                self._acts.remove(act)
                self._took("act_to_effect", event, act[1])
                return

    def _stop(self, kind: str, event: Event) -> None:
        self._took(kind, event, self._running.pop(kind, None))

    def _took(self, kind: str, event: Event, begun: float | None) -> None:
        if begun is not None:
            self._report(kind, max(0.0, event.at - begun))

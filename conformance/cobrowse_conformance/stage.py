"""The stage: plays one example with a cast, and says what came of it.

Each action is followed by fences, so that whatever it causes has arrived when the next line is played;
"nothing happens" is therefore something that is seen, not something that is waited for.  Only what time
itself must bring about is waited for, within the time that the target declared for it.

Order: what can come of it, the play, the lines of a story.
"""

import contextlib
import itertools
import random
from collections.abc import Awaitable, Callable, Iterator
from typing import Final, NamedTuple, TypeVar

import msgspec
import trio
from cobrowse_simulator.links import LinkClosed, LinkRefused, LinkUnreachable
from cobrowse_spec import actions as do
from cobrowse_spec import observations as see
from cobrowse_spec import stories
from cobrowse_spec.rulebook import Example, Line
from cobrowse_spec.stories import (
    CutLink,
    Expect,
    ExpectNothing,
    Perform,
    Role,
    Step,
)
from cobrowse_spec.telling import describe
from cobrowse_spec.terms import SESSION_ID_DIGITS, InteractionKind, Mode, Party
from cobrowse_spec.trace import Event
from cobrowse_spec.wire.messages import MAX_ERRORS_PER_LINK, MAX_MESSAGE_BYTES
from msgspec.structs import replace

from .cast import PATIENCE_S, Cast
from .floor import Floor
from .outage import OutageVenue, Turn
from .players import LOOKED_AT, NoAnswer, Players
from .targets import TargetDown
from .venues import Declared
from .verdicts import Verdict

#: How late a timer may be, in seconds, on top of what the target declared for it.
TIMER_TOLERANCE_S: Final = 2.0

_S = TypeVar("_S", bound=msgspec.Struct)


class Played(NamedTuple):
    """What came of a story: the verdict, why, the line that decided it and the events that show it."""

    verdict: Verdict
    because: str = ""
    line: str = ""
    events: tuple[int, ...] = ()
    #: False where the target let a declared bound pass without any answer.
    answered: bool = True
    #: Seconds that it took beside those in which it waited for what time must bring about.
    busy_s: float = 0.0


class Contradicted(Exception):
    """What was observed is not what the story says."""

    def __init__(self, because: str, events: tuple[int, ...] = ()) -> None:
        super().__init__(because)
        self.events = events


class NotSetUp(Exception):
    """The story did not get to where it begins, so it shows nothing of its rule."""


#: What the performer must have seen for a "Given" to be given.
GIVES: Final[dict[type, Callable[[object], bool]]] = {
    do.Start: lambda seen: isinstance(seen, see.Started),
    do.Join: lambda seen: isinstance(seen, see.Joined),
    do.Request: lambda seen: isinstance(seen, see.Asked),
    do.Approve: lambda seen: isinstance(seen, see.InMode) and seen.mode is Mode.WRITE,
    do.LeaveSite: lambda seen: isinstance(seen, see.Suspended),
    do.DrawCurtain: lambda seen: isinstance(seen, see.Suspended),
    do.Exit: lambda seen: isinstance(seen, see.Ended),
}


def declared_s(timer: str, policy: str, declared: Declared) -> float:
    """How long a timer runs, in seconds, as the target declared it under a policy."""
    if timer == "throttle_s":
        return declared.throttle.window_s
    timers = declared.timers[policy]
    if timer == "warning_s":
        return timers.inactivity_s - timers.warning_s
    return float(getattr(timers, timer))


def declared_time_s(example: Example, declared: Declared) -> float:
    """The declared times that a story lets pass, in seconds, all together."""
    policy, total_s = "standard", 0.0
    for step in example.steps:
        if isinstance(step, stories.UsePolicy):
            policy = step.name
        elif isinstance(step, stories.LetPass | Expect) and step.timer:
            part = step.part if isinstance(step, stories.LetPass) else 1.0
            total_s += part * declared_s(step.timer, policy, declared)
    return total_s


#: What parties do that are busy until the server crashes: often enough what brings them on.
_BUSY: Final[dict[Party, tuple[do.AnyAction, ...]]] = {
    Party.AGENT: (do.Request(), do.Request(), do.Withdraw(), do.ReturnToPointer(), do.Click(1, 2), do.MovePointer(3, 4)),
    Party.CUSTOMER: (do.Approve(), do.Approve(), do.Approve(), do.Deny(), do.ReturnToPointer(), do.MovePointer(5, 6)),
}  # fmt: skip

#: How many events of theirs come before the crash, from and below, and how much they do at most.
_BUSY_EVENTS: Final = (8, 80)
_BUSY_ACTIONS: Final = 1000

#: How far around the end of a time something happens that races with it, in seconds.
_RACE_S: Final = 0.02

#: What is expected of a receipt.
_OfReceipt = stories.ExpectReceipt | stories.ExpectIntactReceipt | stories.ExpectNotInReceipt

#: What customers' clients react to at once: with the page, with a report.
_REACTED_TO: Final = (do.Join, do.Resume, do.ReturnToSite, do.OpenCurtain, do.Act, do.Say, do.PutPolicy)


class Stage:
    """Plays one story, on a floor that it may share with others.

    ``guesses`` makes the wrong session IDs that stories try.
    """

    def __init__(self, cast: Players, guesses: random.Random, floor: Floor) -> None:
        self._cast = cast
        self._guesses = guesses
        self._floor = floor
        self._events = cast.recorder.events
        #: Events before this one are from before the last "When".
        self._mark = 0
        self._waits_for_links = False
        #: What the next line races with, and when somebody last did something.
        self._held: Step | None = None
        self._acted_at = 0.0
        self._witnesses: list[int] = []
        self._in_given = False
        #: Whose sight the story judges.
        self._watched: set[str] = set()
        #: Of what has been done that must come to something: what did, and what did not.
        self.came: set[type[do.Action]] = set()
        self.in_vain: set[type[do.Action]] = set()
        #: Seconds that the story itself took, and those in which it waited for what time must bring about.
        self.busy_s = self._waited_s = 0.0
        #: What each party was expected to see since the last "When", in order.
        self._expectations: dict[str, list[tuple[Expect, dict[str, object]]]] = {}

    async def play(self, example: Example) -> Played:
        """Play all lines; never raises for what a target does."""
        line = Line("", "", ())
        self._cast.changes_policy = any(
            isinstance(step, Perform) and isinstance(step.action, do.PutPolicy) for step in example.steps
        )
        self._watched = {step.role.who for step in _seen_by_parties(example) if isinstance(step, _OF_SIGHT)}
        try:
            for line, following in itertools.zip_longest(example.lines, example.lines[1:]):
                await self._play_line(line, following)
            if (
                self._waited_s
            ):  # what came of a time that was over has not been fenced: it belongs to the trace, too
                await self._cast.settle_all()
        except Contradicted as error:
            return Played(Verdict.FAIL, str(error), _words(line), error.events)
        except NotSetUp as error:
            return Played(Verdict.INCONCLUSIVE, f"could not be set up: {error}", _words(line))
        except NoAnswer as error:
            return Played(Verdict.INCONCLUSIVE, f"no answer: {error}", _words(line), answered=False)
        except (LinkClosed, LinkRefused, LinkUnreachable) as error:
            return Played(Verdict.INCONCLUSIVE, f"transport lost: {error}", _words(line))
        if not self._witnesses:
            return Played(Verdict.INCONCLUSIVE, "nothing in it could have failed", _words(line))
        return Played(Verdict.PASS, events=tuple(dict.fromkeys(self._witnesses)))

    async def _play_line(self, line: Line, following: Line | None) -> None:
        given = line.keyword == "Given" or (line.keyword == "And" and self._in_given)
        if line.keyword in ("Given", "When"):
            self._mark = len(self._events)
            self._expectations.clear()
            self._waits_for_links = False
        if line.keyword in ("Given", "When", "Then"):
            self._in_given = given
        for step in line.steps:
            began, waited_s = trio.current_time(), self._waited_s
            await self._play(step, given=given, following=following)
            self.busy_s += trio.current_time() - began - (self._waited_s - waited_s)

    async def _play(self, step: Step, *, given: bool, following: Line | None) -> None:
        if following is not None and isinstance(following.steps[0], stories.AtOnce):
            self._held = step  # what happens at the same moment follows
            return
        match step:
            case stories.AtOnce():
                await self._race(self._held, step.step)
            case stories.ExpectEither():
                await self._expect_either(step)
            case Perform():
                await self._perform(step, given=given, following=following)
            case Expect():
                await self._expect(step)
            case ExpectNothing():
                self._expect_nothing(step.role)
            case stories.ExpectNothingElse():
                self._expect_nothing_else(step.role)
            case stories.Meet():
                await self._cast.meet(step)
            case stories.UsePolicy():
                self._cast.policy = step.name
            case stories.HaveOpen():
                self._cast.open_page(step.role, step.path)
            case CutLink():
                self._acted_at = trio.current_time()
                await self._cast.cut(step.role)
                self._waits_for_links = True
            case stories.Crash():
                await self._crash(step)
            case stories.Restart():
                await self._start_again()
            case stories.ExpectNotKept():
                self._expect_not_kept(step.text)
            case stories.StallLink():
                self._cast.stall(step.role)
            case stories.ComeBackAs():
                token = self._cast.clients[step.owner.who].state.token
                await self._cast.come_back(step.role, token)
                await self._cast.settle(step.role, self._watched, reacted_to=True)
            case (
                stories.Plant()
                | stories.ChangePage()
                | stories.FocusOn()
                | stories.HaveRoom()
                | stories.Pan()
            ):
                await self._cast.on_page(step)
            case stories.ConnectOnly():
                await self._cast.connect_only(step.role)
            case stories.BeAt():
                self._cast.be_at(step.role, step.origin)
            case stories.SendText():
                await self._send(step.role, self._with_request(step.text).replace("'", '"'))
            case stories.SendTooMuch():
                await self._send(step.role, " " * (MAX_MESSAGE_BYTES + 1))
            case stories.SendBadBytes():
                await self._send(step.role, b"\xff\xff no frame")
            case stories.SendNonsense():
                await self._send_nonsense(step.role)
            case stories.ExpectNowhere():
                self._expect_nowhere(step.role, step.text)
            case stories.ExpectBytes():
                await self._expect_bytes(step)
            case stories.ExpectReceipt() | stories.ExpectIntactReceipt() | stories.ExpectNotInReceipt():
                await self._expect_receipt(step)
            case stories.Guess():
                await self._guess(step.role)
            case stories.StartMany():
                await self._start_many(step.count)
            case stories.ExpectUnpredictable():
                self._expect_unpredictable()
            case stories.LetPass():
                seconds = self._declared_s(step.timer) * step.part
                with self._floor.aside():
                    await trio.sleep(seconds)
                self._waited_s += seconds
                await self._cast.settle_all()
            case _:
                raise AssertionError(f"no stage for {type(step).__name__}")

    # Actions

    async def _perform(self, step: Perform, *, given: bool, following: Line | None) -> None:
        before = len(self._events)
        action = self._filled(step.action)
        self._acted_at = trio.current_time()
        await self._cast.perform(step.role, action, late=step.late)
        if following is not None and any(isinstance(s, Perform) and s.meanwhile for s in following.steps):
            return
        judged_next = following is None or following.keyword == "Then"
        watched = self._watched if judged_next else ()
        over = (
            following is not None and following.keyword == "When"
        )  # what comes later belongs to what follows
        reacted_to = judged_next or over or isinstance(action, _REACTED_TO) or step.meanwhile
        await self._cast.settle(step.role, watched, reacted_to=reacted_to)
        self._note_what_came(step, before)
        if given:
            self._see_that_it_is_given(step, before)

    def _note_what_came(self, step: Perform, before: int) -> None:
        gives = GIVES.get(type(step.action))
        if gives is not None:
            came = any(gives(saw) for saw in self._seen_since(step.role, before))
            (self.came if came else self.in_vain).add(type(step.action))

    def _seen_since(self, role: Role, before: int) -> list[see.Observation]:
        return [e.saw for e in self._events[before:] if e.who == role.who and e.saw is not None]

    async def _race(self, first: Step | None, second: Step) -> None:
        """Do two things at once, over two links: the seed says which sets off first."""
        if isinstance(first, stories.LetPass):
            due = self._acted_at + self._declared_s(first.timer) * first.part
            with self._floor.aside():
                await trio.sleep_until(due + self._guesses.uniform(-_RACE_S, _RACE_S))
            await self._do(second)
        else:
            assert first is not None
            for step in self._guesses.sample((first, second), 2):
                await self._do(step)
        await self._cast.settle_all(self._watched, reacted_to=True)

    async def _do(self, step: Step) -> None:
        """Without waiting for what comes of it."""
        if isinstance(step, CutLink):
            await self._cast.cut(step.role)
            self._waits_for_links = True
        else:
            assert isinstance(step, Perform)
            await self._cast.perform(step.role, self._filled(step.action), late=step.late)

    def _see_that_it_is_given(self, step: Perform, before: int) -> None:
        gives = GIVES.get(type(step.action))
        seen = self._seen_since(step.role, before)
        refused = next((s for s in seen if isinstance(s, see.Refused)), None)
        if refused is not None:
            by = f"the {step.role.who} was refused by {refused.rule} with {refused.reason}"
            raise NotSetUp(by if refused.reason else refused.message)
        if gives is not None and not any(gives(s) for s in seen):
            tag = step.action.__struct_config__.tag
            raise NotSetUp(f"the {step.role.who} was not told what comes of {tag!r}")

    def _filled(self, struct: _S) -> _S:
        """The action with the newest session ID in place of what stands for it."""
        changes = {}
        for name in struct.__struct_fields__:
            value = getattr(struct, name)
            if isinstance(value, str) and "(session ID" in value:
                changes[name] = self._with_session_id(value)
            elif value == stories.EARLIER_REQUEST:
                changes[name] = self._earlier_request()
        return replace(struct, **changes) if changes else struct

    def _with_session_id(self, text: str) -> str:
        digits = self._cast.newest_session_id()
        groups = (digits[:3], digits[3:6], digits[6:])
        return (
            text.replace(stories.SPACED_SESSION_ID, " ".join(groups))
            .replace(stories.HYPHENED_SESSION_ID, "-".join(groups))
            .replace(stories.SESSION_ID, digits)
        )

    def _asked(self) -> list[str]:
        """The requests that the story's parties were told of, each once."""
        return list(dict.fromkeys(e.saw.request for e in self._events if isinstance(e.saw, see.Asked)))

    def _earlier_request(self) -> str:
        asked = self._asked()
        return asked[-2] if len(asked) > 1 else "none"

    def _with_request(self, text: str) -> str:
        return text.replace(stories.NEWEST_REQUEST, (self._asked() or ["none"])[-1])

    async def _send(self, role: Role, data: str | bytes) -> None:
        client = await self._cast.client(role)
        await client.send_raw(data)
        await self._cast.settle(role, self._watched, reacted_to=False)

    async def _send_nonsense(self, role: Role) -> None:
        client = await self._cast.client(role)
        try:
            for _ in range(2 * MAX_ERRORS_PER_LINK):
                await client.send_raw("nonsense")
        except LinkClosed:
            pass
        await self._cast.watch_link(client)
        if client.closed is None:
            raise Contradicted(f"after {2 * MAX_ERRORS_PER_LINK} messages in error its link is still open")
        await self._cast.settle_all()

    # Outages

    def _turn(self) -> Turn:
        if not isinstance(self._cast, Cast) or not isinstance(self._cast.venue, OutageVenue):
            raise NotSetUp("the target offers no way to kill it and to start it again")
        return self._cast.venue.turn

    async def _crash(self, step: stories.Crash) -> None:
        """Kill the server, at once or in the midst of what these roles do; with it goes every link."""
        turn = self._turn()
        async with trio.open_nursery() as nursery:
            for role in step.roles:
                nursery.start_soon(self._keep_busy, role)
            if step.roles:
                enough = len(self._events) + self._guesses.randrange(*_BUSY_EVENTS)
                await self._wait_for(lambda: len(self._events) >= enough, PATIENCE_S)
            await _down_or_up(turn.go_down)
            nursery.cancel_scope.cancel()
        await self._cast.lose_server()

    async def _keep_busy(self, role: Role) -> None:
        """Do this and that, one thing after the other, until the link breaks."""
        with contextlib.suppress(LinkClosed, NoAnswer):
            for _ in range(_BUSY_ACTIONS):
                await self._cast.perform(role, self._guesses.choice(_BUSY[role.party]))
                await self._cast.settle(role, (), reacted_to=False)

    async def _start_again(self) -> None:
        self._cast.recorder.did(Party.SYSTEM, "system", do.Restart(), session=self._cast.newest_session())
        await _down_or_up(self._turn().come_up)
        await self._cast.sign_in_again()

    def _expect_not_kept(self, text: str) -> None:
        keeps = self._turn().outage.fragile.keeps(text)
        if keeps is None:
            raise NotSetUp("the target does not say in which files it keeps its sessions")
        if keeps:
            raise Contradicted(f"{text!r} is in the files that the server keeps")
        self._witness_fence()

    async def _guess(self, role: Role) -> None:
        limit = self._cast.declared.throttle.per_agent
        known = self._cast.newest_session_id()
        for _ in range(limit + 1):
            guess = known
            while guess == known:
                guess = f"{self._guesses.randrange(10**SESSION_ID_DIGITS):0{SESSION_ID_DIGITS}}"
            await self._cast.perform(role, do.Join(guess))
        await self._cast.settle(role, self._watched, reacted_to=False)

    async def _start_many(self, count: int) -> None:
        for number in range(1, count + 1):
            role = Role(Party.CUSTOMER, f"customer {number}")
            await self._cast.open_interaction(role, InteractionKind.CALL)
            await self._cast.perform(role, do.Start())
            await self._cast.settle(role, (), reacted_to=False)

    # Expectations

    async def _expect(self, step: Expect, *, patient: bool = True) -> None:
        if not self._cast.sees(step):
            return
        expected = {name: self._expected(value) for name, value in step.fields.items()}
        if step.kind in (see.Asked, see.InMode) and "scope" in expected:
            expected["scope"] = self._cast.ref(str(expected["scope"]))
        since = self._mark
        if step.kind in LOOKED_AT:
            since = len(self._events)
            await self._cast.look(step.role, step.kind, None if step.absent else expected, patient=patient)
        elif step.kind is see.ReceiptShown:
            since = len(self._events)
            await self._cast.receipt()

        def found() -> Event | None:
            return self._find(step, expected, since)

        if step.absent:
            self._expect_absent(step, found())
            return
        self._expectations.setdefault(step.role.who, []).append((step, expected))
        if step.timer or self._waits_for_links:
            if step.timer:
                with self._floor.aside():
                    await self._wait_for(found, self._declared_s(step.timer) + TIMER_TOLERANCE_S)
            else:
                await self._wait_for(found, PATIENCE_S)
            self._waits_for_links = False
            await self._cast.settle_all()
        elif patient and self._cast.late_s and step.kind not in LOOKED_AT:
            await self._wait_for(found, self._cast.late_s)
        event = found()
        if event is None:
            raise Contradicted(self._missing(step.role), self._seen_by(step.role))
        self._witnesses.append(event.seq)

    async def _expect_either(self, step: stories.ExpectEither) -> None:
        """What has come by now decides; what is late is waited for only where neither has."""
        for patient in (False, True):
            for one in (step.first, step.second):
                with contextlib.suppress(Contradicted):
                    await self._expect(one, patient=patient)
                    return
        await self._expect(step.second)

    async def _wait_for(self, found: Callable[[], object], within_s: float) -> None:
        if found():
            return
        began = trio.current_time()
        with contextlib.suppress(NoAnswer):  # the caller says what is missing
            await self._cast.watch.until(lambda: bool(found()), within_s, "")
        self._waited_s += trio.current_time() - began

    def _expected(self, value: object) -> object:
        return self._with_session_id(value) if isinstance(value, str) else value

    def _find(self, step: Expect, expected: dict[str, object], since: int) -> Event | None:
        for event in self._events[since:]:
            if event.who == step.role.who and self._cast.fits(event, step.kind, expected):
                return event
        return None

    def _expect_absent(self, step: Expect, event: Event | None) -> None:
        if step.kind is see.PageChanged and event is not None:
            # One's own changes are no news: what must not be there is a change by the other.
            changes = [e for e in self._events[self._mark :] if _is_change_by_agent(e, step.role)]
            event = changes[0] if changes else None
        if event is not None:
            raise Contradicted(f"{describe(event)}, and must not", (event.seq,))
        self._witness_fence()

    def _expect_nothing(self, role: Role) -> None:
        for event in self._events[self._mark :]:
            by_itself = isinstance(event.saw, _BY_ITSELF)
            if event.who == role.who and event.saw is not None and not by_itself:
                raise Contradicted(f"{describe(event)}, and must see nothing", (event.seq,))
        self._witness_fence()

    def _expect_nothing_else(self, role: Role) -> None:
        told = [event for event in self._events[self._mark :] if event.who == role.who and _counts(event)]
        expected = [one for one in self._expectations.get(role.who, ()) if is_counted(one[0].kind)]
        for event, wanted in itertools.zip_longest(told, expected):
            if event is None:
                raise Contradicted(
                    f"seen only once by the {role.who}, and expected twice", self._seen_by(role)
                )
            if wanted is None:
                raise Contradicted(f"{describe(event)}, and must see nothing else", (event.seq,))
            if not self._cast.fits(event, wanted[0].kind, wanted[1]):
                raise Contradicted(f"{describe(event)}, out of its order", (event.seq,))
        self._witness_fence()

    def _expect_nowhere(self, role: Role, text: str) -> None:
        for event in self._events:
            if event.who == role.who and text in msgspec.json.encode(event.saw).decode():
                raise Contradicted(f"what the {role.who} sees contains {text!r}", (event.seq,))
        self._witness_fence()

    async def _expect_bytes(self, step: stories.ExpectBytes) -> None:
        leaving, expected = step.leaving, not step.absent
        found = await self._cast.carries(step.role, step.text, leaving=leaving, expected=expected)
        if found is None:
            raise NotSetUp(f"the {step.role.who} has no link, so nothing could be seen on it")
        if found is step.absent:
            way = "left" if step.leaving else "reached"
            verb = "has" if found else "has not"
            raise Contradicted(f"{step.text!r} {verb} {way} the {step.role.who}")
        self._witness_fence()

    async def _expect_receipt(self, step: _OfReceipt) -> None:
        text = await self._cast.receipt()
        shown = self._events[-1].saw
        if not text or not isinstance(shown, see.ReceiptShown):
            raise Contradicted("there is no receipt of the session")
        proof = self._events[-1].seq
        wrong = self._wrong_with_receipt(step, shown, text)
        if wrong:
            raise Contradicted(wrong, (proof,))
        self._witnesses.append(proof)

    def _wrong_with_receipt(self, step: _OfReceipt, shown: see.ReceiptShown, text: str) -> str:
        if isinstance(step, stories.ExpectReceipt):
            is_so = (step.text in shown.says) is not step.absent
            return "" if is_so else f"the receipt says: {'; '.join(shown.says)}"
        if isinstance(step, stories.ExpectNotInReceipt):
            unwanted = self._with_session_id(step.text)
            return f"the receipt contains {step.text!r}" if unwanted in text else ""
        if not shown.intact:
            return "the receipt does not verify"
        return "the receipt has no seal" if step.sealed and not shown.sealed else ""

    def _witness_fence(self) -> None:
        """What was not seen before a fence came back will not come any more: the fence is the witness."""
        fences = [e.seq for e in self._events[self._mark :] if isinstance(e.saw, see.FencePassed)]
        self._witnesses += fences[-1:]

    def _expect_unpredictable(self) -> None:
        started = [e for e in self._events if isinstance(e.saw, see.Started)]
        ids = [int(e.saw.session_id) for e in started if isinstance(e.saw, see.Started)]
        proof = tuple(e.seq for e in started)
        if len(set(ids)) < len(ids):
            raise Contradicted("two session IDs are alike", proof)
        steps = [abs(after - before) for before, after in itertools.pairwise(ids)]
        near = sum(1 for step in steps if step < 10**SESSION_ID_DIGITS // 1000)
        if len(steps) > 4 and (near > len(steps) // 4 or len(set(steps)) < len(steps) // 2):
            raise Contradicted("session IDs follow from those before them", proof)
        self._witnesses += proof[:1]

    # Words

    def _declared_s(self, timer: str) -> float:
        return declared_s(timer, self._cast.policy, self._cast.declared)

    def _missing(self, role: Role) -> str:
        seen = [
            describe(event)
            for event in self._events[self._mark :]
            if event.who == role.who and event.saw is not None and not isinstance(event.saw, see.FencePassed)
        ]
        if not seen:
            return f"not seen; since the last action the {role.who} has seen nothing"
        return f"not seen; since the last action: {'; '.join(seen[-4:])}"

    def _seen_by(self, role: Role) -> tuple[int, ...]:
        window = self._events[self._mark :]
        own = [e.seq for e in window if e.who == role.who and not isinstance(e.did or e.saw, _FENCES)]
        return tuple(own[-6:])


#: What a party sees without anybody telling it.
_BY_ITSELF: Final = (see.FencePassed, see.PageChanged, *LOOKED_AT)
_FENCES: Final = (do.Fence, see.FencePassed)

#: What comes as frames, or with them.
_AT_ITS_PACE: Final = (see.PageShown, see.ElementsShown, see.Content, see.PointerAt)

#: Steps that look at what one party sees.
_OF_SIGHT: Final = (Expect, ExpectNothing, stories.ExpectNothingElse)


def _counts(event: Event) -> bool:
    return event.saw is not None and is_counted(type(event.saw))


def is_counted(kind: type[see.Observation]) -> bool:
    """Whether a party that is to see nothing else must not see this."""
    return bool(kind.sentence or kind.short) and not issubclass(kind, (*_BY_ITSELF, *_AT_ITS_PACE))


async def _down_or_up(go: Callable[[], Awaitable[None]]) -> None:
    """Wait for the server to be killed, or to listen again."""
    try:
        await go()
    except TargetDown as error:
        raise NotSetUp(str(error)) from None


def _is_change_by_agent(event: Event, role: Role) -> bool:
    saw = event.saw
    return event.who == role.who and isinstance(saw, see.PageChanged) and saw.by is Party.AGENT


def _seen_by_parties(example: Example) -> Iterator[Step]:
    """The steps of a story, and of two that are one or the other both."""
    for step in example.steps:
        if isinstance(step, stories.ExpectEither):
            yield from (step.first, step.second)
        yield step


def _words(line: Line) -> str:
    return f"{line.keyword} {line.text}".strip()

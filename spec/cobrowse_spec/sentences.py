"""Sentences: from the words of a feature to the step that they mean (and back: :mod:`.telling`).

Actions, observations and steps bring their own sentences; here they are compiled and matched.  A
sentence that is unknown or fits twice is an error that names the nearest known one.

Prefixes and lead-ins change what a sentence means: "meanwhile, …", "late, …", "at the same moment, …"
(actions), "when the <timer> time is over, …" and "either …, or …" (observations).
"""

import difflib
import functools
import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple, get_args

from cucumber_expressions.expression import CucumberExpression
from cucumber_expressions.parameter_type import ParameterType
from cucumber_expressions.parameter_type_registry import ParameterTypeRegistry

from . import stories
from .actions import Action, AnyAction, Further
from .observations import AnyObservation, Observation, Refused
from .stories import ROLES, Expect, Perform, Role, Step
from .terms import (
    Answer,
    EndReason,
    Icon,
    InteractionKind,
    Mode,
    PageChange,
    Party,
    Place,
    Prompt,
    Reason,
    SuspendReason,
)

#: Names of timers in sentences, and the field of the timing profile that declares each.
TIMERS: Final = {
    "pending": "pending_s",
    "request": "request_s",
    "approval": "approval_s",
    "cool-down": "cool_down_s",
    "off-site": "off_site_s",
    "customer link": "customer_link_s",
    "agent link": "agent_link_s",
    "reload": "reload_s",
    "warning": "warning_s",
    "inactivity": "inactivity_s",
    "throttle": "throttle_s",
}

_MODES: Final = {"Pointer Mode": Mode.POINTER, "Write Mode": Mode.WRITE}


def _one_of(name: str, values: dict[str, Any]) -> ParameterType:
    return ParameterType(name, "|".join(values), object, transformer=values.__getitem__)


def _registry() -> ParameterTypeRegistry:
    registry = ParameterTypeRegistry()
    for parameter in (
        _one_of("party", dict(ROLES)),
        _one_of("author", {str(party): party for party in Party}),
        _one_of("kind", {str(kind): kind for kind in InteractionKind}),
        _one_of("mode", dict(_MODES)),
        _one_of("answer", {str(answer): answer for answer in Answer}),
        _one_of("suspend_reason", {str(reason): reason for reason in SuspendReason}),
        _one_of("icon", {str(icon): icon for icon in Icon}),
        _one_of("prompt", {str(prompt): prompt for prompt in Prompt}),
        _one_of("place", {str(place): place for place in Place}),
        _one_of("page_change", {str(change): change for change in PageChange}),
        _one_of("end_reason", {str(reason): reason for reason in EndReason}),
        _one_of("timer", dict(TIMERS)),
        ParameterType("rule", r"[A-Z]+-[0-9]+", str),
        ParameterType("key", r"[A-Z][A-Za-z]*", str),
    ):
        registry.define_parameter_type(parameter)
    return registry


#: The prefix of what races with the step before it.
_AT_ONCE: Final = "at the same moment, "


class SentenceError(ValueError):
    """A sentence that means nothing, or two things."""


class _Known(NamedTuple):
    """A compiled sentence: ``build`` makes its step from the values of its parameters."""

    expression: CucumberExpression
    pattern: re.Pattern[str]
    build: Callable[..., Step]


def read_sentence(text: str) -> tuple[Step, ...]:
    """The steps that a sentence means: one, or several for an abbreviation.

    Raises :class:`SentenceError` that names the nearest known sentence.
    """
    if text in stories.ABBREVIATIONS:
        return tuple(step for line in stories.ABBREVIATIONS[text] for step in read_sentence(line))
    return (_read(text),)


@functools.cache
def _read(text: str) -> Step:
    for prefix in ("meanwhile, ", "late, "):
        if text.startswith(prefix):
            step = _read(text.removeprefix(prefix))
            if not isinstance(step, Perform):
                raise SentenceError(f"only an action can come {prefix.strip(', ')}: {text!r}")
            return Perform(step.role, step.action, prefix == "meanwhile, ", prefix == "late, ")
    if text.startswith(_AT_ONCE):
        step = _read(text.removeprefix(_AT_ONCE))
        if not isinstance(step, Perform | stories.CutLink):
            raise SentenceError(f"only an action or a link that breaks can come at the same moment: {text!r}")
        return stories.AtOnce(step)
    either = re.fullmatch(r"either (.*), or (.*)", text)
    if either:
        first, second = (_read(one) for one in either.groups())
        if not isinstance(first, Expect) or not isinstance(second, Expect) or first.absent or second.absent:
            raise SentenceError(f"only of what is seen it can be one thing or another: {text!r}")
        return stories.ExpectEither(first, second)
    timed = re.fullmatch(r"when the ([a-z -]+) time is over, (.*)", text)
    if timed and timed[1] in TIMERS:
        step = _read(timed[2])
        if not isinstance(step, Expect) or step.absent:
            raise SentenceError(f"only something seen can come when a time is over: {text!r}")
        return Expect(step.role, step.kind, step.fields, timer=TIMERS[timed[1]])
    return _match(text)


def _match(text: str) -> Step:
    found = [known for known in _known() if known.pattern.fullmatch(text)]
    if len(found) == 1:
        arguments = found[0].expression.match(text) or []
        return found[0].build(*(argument.value for argument in arguments))
    if found:
        both = " and ".join(repr(known.expression.source) for known in found)
        raise SentenceError(f"{text!r} is ambiguous: it fits {both}")
    known = {source.replace("{party}", who): source for source in vocabulary() for who in ROLES}
    near = difflib.get_close_matches(_shape(text), known, n=1, cutoff=0.0)
    raise SentenceError(f"unknown sentence {text!r}; the nearest known one is {known[near[0]]!r}")


def _shape(text: str) -> str:
    """The text with its values replaced by the parameters that they would fill."""
    text = re.sub(r'"[^"]*"', "{string}", text)
    return re.sub(r"\b\d+\b", "{int}", text)


def vocabulary() -> list[str]:
    """Every sentence that features may use, as cucumber expressions or abbreviations."""
    return [*stories.ABBREVIATIONS, *(known.expression.source for known in _known())]


@functools.cache
def _known() -> tuple[_Known, ...]:
    registry = _registry()
    return tuple(
        _Known(expression, re.compile(expression.regexp), build)
        for source, build in itertools.chain(_of_actions(), _of_observations(), _of_steps())
        for expression in [CucumberExpression(source, registry)]
    )


def _of_actions() -> Iterator[tuple[str, Callable[..., Step]]]:
    for kind in get_args(AnyAction):
        usual: tuple[Further, ...] = ((kind.sentence, kind.parameters, {}), (kind.short, (), {}))
        for source, parameters, fixed in (*usual, *kind.further):
            if source:
                yield source, functools.partial(_perform, kind, parameters, fixed)


def _perform(
    kind: type[Action], parameters: tuple[str, ...], fixed: Mapping[str, object], role: Role, *values: Any
) -> Step:
    fields: dict[str, Any] = dict.fromkeys(kind.parameters, "")  # what the party has at hand
    fields |= fixed
    fields |= {name: _plain(value) for name, value in zip(parameters, values, strict=True)}
    action: Any = kind(**fields)
    return Perform(role, action)


def _of_observations() -> Iterator[tuple[str, Callable[..., Step]]]:
    for kind in get_args(AnyObservation):
        usual: tuple[Further, ...] = ((kind.sentence, kind.parameters, {}), (kind.short, (), {}))
        for source, parameters, fixed in (*usual, *kind.further):
            if source:
                yield source, functools.partial(_expect, kind, parameters, fixed)
        if kind.absent:
            yield kind.absent, functools.partial(_expect_none, kind)


def _expect(
    kind: type[Observation],
    parameters: tuple[str, ...],
    fixed: Mapping[str, object],
    role: Role,
    *values: Any,
) -> Step:
    filled = {name: _plain(value) for name, value in zip(parameters, values, strict=True)}
    return Expect(role, kind, {**fixed, **filled})


def _expect_none(kind: type[Observation], role: Role) -> Step:
    return Expect(role, kind, absent=True)


def _plain(value: Any) -> Any:
    return value.party if isinstance(value, Role) else value


def _told(role: Role) -> Step:
    return Expect(role, Refused, {"reason": Reason.MASKED, "told": True})


def _of_steps() -> Iterator[tuple[str, Callable[..., Step]]]:
    yield "the {party} is told that only the customer can", _told
    yield stories.ExpectNothing.sentence, stories.ExpectNothing
    yield stories.ExpectNothingElse.sentence, stories.ExpectNothingElse
    yield stories.Meet.sentence, stories.Meet
    yield stories.UsePolicy.sentence, stories.UsePolicy
    yield stories.HaveOpen.sentence, stories.HaveOpen
    yield stories.CutLink.sentence, stories.CutLink
    yield stories.StallLink.sentence, stories.StallLink
    yield stories.Crash.sentence, stories.Crash
    yield stories.Crash.busy, lambda *roles: stories.Crash(roles)
    yield stories.Restart.sentence, stories.Restart
    yield stories.ExpectNotKept.sentence, stories.ExpectNotKept
    yield stories.ComeBackAs.sentence, stories.ComeBackAs
    yield stories.ConnectOnly.sentence, stories.ConnectOnly
    yield stories.BeAt.sentence, stories.BeAt
    yield stories.SendText.sentence, stories.SendText
    yield stories.SendTooMuch.sentence, stories.SendTooMuch
    yield stories.SendBadBytes.sentence, stories.SendBadBytes
    yield stories.SendNonsense.sentence, stories.SendNonsense
    yield stories.ExpectNowhere.sentence, stories.ExpectNowhere
    bytes_ = stories.ExpectBytes
    yield bytes_.sentence, bytes_
    yield bytes_.reaches, functools.partial(bytes_, leaving=False)
    yield bytes_.leaves_after_all, functools.partial(bytes_, absent=False)
    yield bytes_.reaches_after_all, functools.partial(bytes_, leaving=False, absent=False)
    yield stories.Plant.sentence, stories.Plant
    yield stories.Plant.unmasked, functools.partial(stories.Plant, masked=False)
    yield stories.ChangePage.sentence, stories.ChangePage
    yield stories.FocusOn.sentence, stories.FocusOn
    yield stories.HaveRoom.sentence, stories.HaveRoom
    yield stories.Pan.sentence, stories.Pan
    yield stories.ExpectReceipt.sentence, stories.ExpectReceipt
    yield stories.ExpectReceipt.says_not, functools.partial(stories.ExpectReceipt, absent=True)
    yield stories.ExpectIntactReceipt.sentence, stories.ExpectIntactReceipt
    yield stories.ExpectIntactReceipt.whole, functools.partial(stories.ExpectIntactReceipt, sealed=True)
    yield stories.ExpectNotInReceipt.sentence, stories.ExpectNotInReceipt
    yield stories.Guess.sentence, stories.Guess
    yield stories.StartMany.sentence, stories.StartMany
    yield stories.ExpectUnpredictable.sentence, stories.ExpectUnpredictable
    yield stories.LetPass.sentence, stories.LetPass
    yield stories.LetPass.half, functools.partial(stories.LetPass, part=0.5)

"""Sentences: one meaning each, and what has none is answered with the nearest that has one."""

from collections.abc import Iterator
from typing import Any, Final, get_args

import msgspec
import pytest
from cobrowse_spec import actions as do
from cobrowse_spec import observations as see
from cobrowse_spec import sentences, stories
from cobrowse_spec.actions import Action, AnyAction
from cobrowse_spec.observations import AnyObservation, Observation
from cobrowse_spec.rulebook import FeatureError, read_feature
from cobrowse_spec.sentences import TIMERS, SentenceError, read_sentence, vocabulary
from cobrowse_spec.stories import (
    ABBREVIATIONS,
    AGENT,
    CUSTOMER,
    AtOnce,
    CutLink,
    Expect,
    ExpectEither,
    LetPass,
    Meet,
    Perform,
)
from cobrowse_spec.telling import describe
from cobrowse_spec.terms import EndReason, InteractionKind, Mode, Party
from cobrowse_spec.trace import Event
from hypothesis import given, settings
from hypothesis import strategies as st

#: The same examples in every run, however busy the machine.
fair = settings(derandomize=True, deadline=None)


# One meaning


@pytest.mark.parametrize(
    "text, step",
    [
        ("the agent requests Write Mode", Perform(AGENT, do.Request())),
        ('the agent requests Write Mode for "name" only', Perform(AGENT, do.Request("name"))),
        ("the agent clicks at 12, 34", Perform(AGENT, do.Click(12, 34))),
        ('the agent clicks "send"', Perform(AGENT, do.Press("send"))),
        ('the customer types "a b" into "name"', Perform(CUSTOMER, do.Type("name", value="a b"))),
        ('the agent presses Enter in "name"', Perform(AGENT, do.PressKey("name", key="Enter"))),
        ("the customer sees Write Mode", Expect(CUSTOMER, see.InMode, {"mode": Mode.WRITE})),
        (
            "the agent sees that the session has ended: agent_exit",
            Expect(AGENT, see.Ended, {"reason": EndReason.AGENT_EXIT}),
        ),
        ("the agent sees that the session has ended", Expect(AGENT, see.Ended)),
        (
            "the customer sees its page changed by the agent",
            Expect(CUSTOMER, see.PageChanged, {"by": Party.AGENT}),
        ),
        ("a chat between the customer and the agent", Meet(InteractionKind.CHAT, CUSTOMER, AGENT)),
        ("the cool-down time passes", LetPass("cool-down")),
        ("half of the request time passes", LetPass("request", 0.5)),
    ],
)
def test_a_sentence_means_its_step(text: str, step: stories.Step) -> None:
    """The words of the action, the observation or the step."""
    (found,) = read_sentence(text)

    assert named(step) == named(found)


def named(step: Any) -> Any:
    """The step, with the timer's name as sentences resolve it."""
    return (
        msgspec.structs.replace(step, timer=TIMERS[step.timer])
        if getattr(step, "timer", "") in TIMERS
        else step
    )


def test_what_happens_at_the_same_moment_races_with_the_line_before() -> None:
    """An action, or a link that breaks; and what comes of it is one thing or the other."""
    assert read_sentence("at the same moment, the agent exits the session") == (
        AtOnce(Perform(AGENT, do.Exit())),
    )
    assert read_sentence("at the same moment, the link of the agent breaks") == (AtOnce(CutLink(AGENT)),)
    assert read_sentence("either the agent sees Write Mode, or the agent is refused") == (
        ExpectEither(Expect(AGENT, see.InMode, {"mode": Mode.WRITE}), Expect(AGENT, see.Refused)),
    )


def test_meanwhile_does_not_wait_and_late_does_not_know() -> None:
    """Prefixes of actions."""
    assert read_sentence("meanwhile, the agent exits the session") == (
        Perform(AGENT, do.Exit(), meanwhile=True),
    )
    assert read_sentence("late, the agent goes back") == (Perform(AGENT, do.GoBack(), late=True),)


@pytest.mark.parametrize("timer", TIMERS)
def test_when_a_time_is_over_something_is_seen(timer: str) -> None:
    """The lead-in names the timer that brings it about, by its field of the timing profile."""
    (step,) = read_sentence(f"when the {timer} time is over, the agent is warned that the session will end")

    assert Expect(AGENT, see.Warned, timer=TIMERS[timer]) == step


@pytest.mark.parametrize("text", ABBREVIATIONS)
def test_an_abbreviation_means_what_it_stands_for(text: str) -> None:
    """Sentence by sentence."""
    assert tuple(step for line in ABBREVIATIONS[text] for step in read_sentence(line)) == read_sentence(text)


@pytest.mark.parametrize("text", sorted(vocabulary()))
def test_no_sentence_of_the_vocabulary_is_ambiguous(text: str) -> None:
    """Filled in with anything that fits, it has one meaning."""
    for filled in fillings(text):
        assert len(read_sentence(filled)) == len(ABBREVIATIONS.get(filled, ("",)))


#: What can stand in a sentence, by the name of its parameter.
VALUES: Final = {
    "icon": ("pencil", "pointer"),
    "prompt": ("file chooser", "new window"),
    "place": ("the value", "an option"),
    "page_change": ("moves", "makes a text field of"),
    "party": ("customer", "second agent", "contact centre"),
    "string": ('"x"', '""'),
    "int": ("0", "400"),
    "rule": ("WRITE-12",),
    "key": ("Enter",),
    "mode": ("Pointer Mode", "Write Mode"),
    "author": tuple(Party),
    "kind": tuple(InteractionKind),
    "timer": tuple(TIMERS),
    "answer": ("void",),
    "suspend_reason": ("link_lost",),
    "end_reason": ("policy",),
}


def fillings(text: str) -> Iterator[str]:
    """The sentence with each parameter filled in, in a few ways."""
    for turn in range(3):
        filled = text
        for name, values in VALUES.items():
            filled = filled.replace(f"{{{name}}}", values[turn % len(values)])
        yield filled


# No meaning


@pytest.mark.parametrize(
    "text, nearest",
    [
        ("the agent request Write Mode", "the {party} requests Write Mode"),
        ("the custmer starts a session", "the {party} starts a session"),
        ('the agent typed "a" into "name"', "the {party} types {string} into {string}"),
        ("a suspendet session", "a suspended session"),
        ("the clerk exits the session", "the {party} exits the session"),
    ],
)
def test_an_unknown_sentence_is_answered_with_the_nearest_known_one(text: str, nearest: str) -> None:
    """In the words of the vocabulary."""
    with pytest.raises(SentenceError) as caught:
        read_sentence(text)

    assert f"unknown sentence {text!r}; the nearest known one is {nearest!r}" == str(caught.value)


def test_a_sentence_that_fits_twice_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """And names both that it fits."""
    monkeypatch.setattr(do.GoBack, "sentence", "the {party} goes forward")
    sentences._known.cache_clear()
    sentences._read.cache_clear()
    try:
        with pytest.raises(SentenceError, match=r"is ambiguous: it fits '.*forward' and '.*forward'"):
            read_sentence("the agent goes forward")
    finally:
        monkeypatch.undo()
        sentences._known.cache_clear()
        sentences._read.cache_clear()


@pytest.mark.parametrize(
    "text, message",
    [
        ("meanwhile, the agent sees Write Mode", "only an action can come meanwhile"),
        ("at the same moment, the agent sees Write Mode", "only an action or a link that breaks can come"),
        (
            "either the agent sees Write Mode, or the agent exits the session",
            "only of what is seen it can be",
        ),
        ("late, the agent is not asked", "only an action can come late"),
        ("when the request time is over, the agent exits the session", "only something seen can come"),
        ("when the request time is over, the agent is not asked", "only something seen can come"),
        ("when the tea time is over, the agent is asked", "unknown sentence"),
    ],
)
def test_a_prefix_stands_only_before_what_it_is_for(text: str, message: str) -> None:
    """An action cannot be brought about by a timer, nor can a sight be late."""
    with pytest.raises(SentenceError, match=message):
        read_sentence(text)


FEATURE: Final = """Feature: TEST, a test

  @TEST-1 @must @wire
  Rule: One.
    Source: here

    @allowed
    Example: One
      Given a pending session
      When the agent jions with the session ID
"""


def test_an_unknown_sentence_of_a_feature_names_file_and_line() -> None:
    """And the nearest known one."""
    with pytest.raises(FeatureError) as caught:
        read_feature(FEATURE, "test.feature")

    assert str(caught.value) == (
        "test.feature:10: unknown sentence 'the agent jions with the session ID'; "
        "the nearest known one is 'the {party} joins with the session ID'"
    )


# And back


def sayable(union: Any) -> list[Any]:
    """The kinds that features have a sentence for."""
    return [kind for kind in get_args(union) if kind.sentence or kind.short]


#: Texts as features can hold them.
TEXTS: Final = st.text(st.characters(exclude_characters='"\\\\', exclude_categories=("C", "Z")), max_size=8)
PARAMETERS: Final[dict[Any, st.SearchStrategy[Any]]] = {
    str: TEXTS,
    int: st.integers(0, 9999),
    Party: st.sampled_from([Party.CUSTOMER, Party.AGENT]),
}


def values(kind: Any, names: tuple[str, ...]) -> st.SearchStrategy[dict[str, Any]]:
    """Values of these fields, and of those that cannot be left out."""
    drawn = {
        field.name: PARAMETERS[field.type] if field.type in PARAMETERS else st.from_type(field.type)
        for field in msgspec.structs.fields(kind)
        if field.name in names or field.required
    }
    if "key" in drawn:
        drawn["key"] = st.sampled_from(["Enter", "Space", "Tab"])
    if kind is see.Refused:
        drawn["rule"] = st.sampled_from(["START-1", "WRITE-12"])
    if kind is do.Say:
        drawn["author"] = st.sampled_from(Party)
    return st.fixed_dictionaries(drawn)


@pytest.mark.parametrize("kind", sayable(AnyAction), ids=lambda kind: kind.__name__)
@fair
@given(st.data())
def test_what_a_party_did_reads_back_as_it_was_told(kind: type[Action], data: st.DataObject) -> None:
    """With all that its sentence says of it."""
    action: Any = kind(**data.draw(values(kind, kind.parameters)))
    (step,) = read_sentence(describe(Event(1, 0.0, Party.AGENT, "agent", did=action)))

    assert isinstance(step, Perform)
    assert (AGENT, kind) == (step.role, type(step.action))
    assert [getattr(action, name) for name in kind.parameters] == [
        getattr(step.action, name) for name in kind.parameters
    ]


@pytest.mark.parametrize("kind", sayable(AnyObservation), ids=lambda kind: kind.__name__)
@fair
@given(st.data())
def test_what_a_party_saw_reads_back_as_it_was_told(kind: type[Observation], data: st.DataObject) -> None:
    """With all that its sentence says of it; the short one says nothing of it."""
    seen: Any = kind(**data.draw(values(kind, kind.parameters)))
    (step,) = read_sentence(describe(Event(1, 0.0, Party.AGENT, "agent", saw=seen)))

    assert isinstance(step, Expect)
    assert (AGENT, kind, False) == (step.role, step.kind, step.absent)
    assert all(getattr(seen, name) == value for name, value in step.fields.items())


@pytest.mark.parametrize(
    "kind", [kind for kind in get_args(AnyObservation) if kind.absent], ids=lambda kind: kind.__name__
)
def test_what_must_not_be_seen_can_be_seen(kind: type[Observation]) -> None:
    """Each sentence of absence has its permitted twin in the vocabulary."""
    (step,) = read_sentence(kind.absent.replace("{party}", "agent"))

    assert Expect(AGENT, kind, absent=True) == step
    assert kind.sentence or kind.short


@fair
@given(st.from_type(Event))
def test_every_event_can_be_told(event: Event) -> None:
    """In words, whoever did or saw whatever; where it has no sentence, by its bare name."""
    if event.did is not None or event.saw is not None:
        assert describe(event).startswith(f"the {event.who} ")


def test_every_parameter_of_a_sentence_fills_a_field() -> None:
    """As many as the sentence has, after the party; and the fields are there."""
    wrong = [
        kind
        for kind in (*get_args(AnyAction), *get_args(AnyObservation))
        if (kind.sentence and kind.sentence.count("{") != 1 + len(kind.parameters))
        or kind.short.count("{") > 1
        or not set(kind.parameters) <= set(kind.__struct_fields__)
    ]

    assert wrong == []

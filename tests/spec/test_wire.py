"""The codecs of ``cobrowse.v1``: what goes in comes out, and what is no message is said to be none."""

import json
from typing import Any, get_args

import pytest
from cobrowse_spec import actions as do
from cobrowse_spec.actions import LinkAction
from cobrowse_spec.terms import Reason
from cobrowse_spec.wire.frames import (
    CONTENT,
    MAX_FRAME_BYTES,
    POINTER,
    Frame,
    decode_frame,
    decode_point,
    encode_frame,
    encode_point,
)
from cobrowse_spec.wire.messages import (
    MAX_MESSAGE_BYTES,
    FromParty,
    ToParty,
    WireError,
    decode_from_party,
    decode_to_party,
    encode,
)
from hypothesis import given, settings
from hypothesis import strategies as st

#: The same examples in every run, however busy the machine.
fair = settings(derandomize=True, deadline=None)

#: Stands for a token or for page content: it must not be found in any error.
SECRET = "hunter2"


def error_of(text: str) -> WireError:
    """The error that a party's message is."""
    with pytest.raises(WireError) as caught:
        decode_from_party(text)
    return caught.value


def with_secrets(value: Any) -> Any:
    """The same JSON with the secret in place of every text."""
    if isinstance(value, dict):
        return {key: with_secrets(one) for key, one in value.items()}
    if isinstance(value, list):
        return [with_secrets(one) for one in value]
    return SECRET if isinstance(value, str) else value


# Round trips


@fair
@given(st.from_type(FromParty))
def test_what_a_party_sends_is_what_the_server_reads(message: FromParty) -> None:
    """Any message with any action survives the wire."""
    assert message == decode_from_party(encode(message))


@fair
@given(st.from_type(ToParty))
def test_what_the_server_sends_is_what_a_party_reads(message: ToParty) -> None:
    """Any message with any observation survives the wire."""
    assert message == decode_to_party(encode(message))


@fair
@given(st.sampled_from([CONTENT, POINTER]), st.integers(0, 2**32 - 1), st.binary(max_size=64), st.booleans())
def test_a_frame_comes_out_as_it_went_in(kind: int, epoch: int, payload: bytes, by_hand: bool) -> None:
    """Header and payload, whatever is in them."""
    data = encode_frame(kind, epoch, payload, by_hand=by_hand)

    assert Frame(kind, by_hand, epoch, payload) == decode_frame(data)


@fair
@given(st.integers(0, 0xFFFF), st.integers(0, 0xFFFF))
def test_a_pointers_place_comes_out_as_it_went_in(x: int, y: int) -> None:
    """Within the 65,536 pixels that a pointer's payload has room for."""
    assert (x, y) == decode_point(encode_point(x, y))


@pytest.mark.parametrize("x, y, place", [(-1, -70_000, (0, 0)), (65_536, 1 << 40, (65_535, 65_535))])
def test_a_pointer_outside_is_taken_to_the_edge(x: int, y: int, place: tuple[int, int]) -> None:
    """A pointer beyond the edges is no error."""
    assert place == decode_point(encode_point(x, y))


def test_the_header_of_a_frame_is_six_bytes_as_documented() -> None:
    """Kind, hand, epoch with the most significant byte first."""
    assert bytes.fromhex("01 00 01020304 5b5d") == encode_frame(CONTENT, 0x01020304, b"[]", by_hand=False)


# What is no message


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "not JSON",
        "{",
        '{"id": 1}',
        '{"do": {"type": "exit"}}',
        '{"id": 1, "do": null}',
        '{"id": 1, "do": {}}',
        '{"id": 1, "do": "exit"}',
        '{"id": 1, "do": {"type": 7}}',
        '{"id": 1, "do": {"type": "exit"}} {}',
        '{"id": 1, "do": {"type": "click", "x": 1.5, "y": 0}}',
        '{"id": 1, "do": {"type": "click", "x": 1}}',
        '{"id": 1, "do": {"type": "open_interaction", "kind": "letter"}}',
        '{"id": 1, "do": {"type": "report", "act": 1, "rule": "write 1"}}',
        '{"id": 1, "do": {"type": "fence", "fence": "\ud800"}}',
        "\x00\xff",
    ],
)
def test_what_is_malformed_is_called_so(text: str) -> None:
    """Bad JSON, missing fields, wrong types and values that are not allowed."""
    assert error_of(text).reason == Reason.MALFORMED


@pytest.mark.parametrize("kind", ["teleport", "", "Exit", "welcome", "move_pointer", "expire", "shut_down"])
def test_an_unknown_type_is_called_so(kind: str) -> None:
    """What is not for links (time, the network, frames) is as unknown there as what does not exist."""
    error = error_of(json.dumps({"id": 4, "do": {"type": kind}}))

    assert (error.reason, error.number) == (Reason.UNKNOWN_TYPE, 4)


@pytest.mark.parametrize("kind", get_args(LinkAction))
def test_an_unknown_field_is_malformed_in_every_action(kind: type[do.Action]) -> None:
    """Nothing is ever half understood."""
    fields = {"type": kind.__struct_config__.tag, "more": 1}
    fields |= {"credential": "", "fence": "", "kind": "call", "text": "", "author": "agent", "to": ""}
    known = {"type", "more", *kind.__struct_fields__}
    error = error_of(json.dumps({"id": 1, "do": {key: fields[key] for key in fields if key in known}}))

    assert error.reason == Reason.MALFORMED
    assert "unknown field" in error.message or "missing required field" in error.message


def test_an_unknown_field_beside_the_action_is_malformed() -> None:
    """The envelope is as strict as the action."""
    assert error_of('{"id": 1, "do": {"type": "exit"}, "n": 3}').reason == Reason.MALFORMED


@pytest.mark.parametrize("id", [0, -1, "1", None, True, 1.5, [1]])
def test_a_messages_number_is_a_positive_integer(id: Any) -> None:  # noqa: A002 # the field's own name
    """Whatever else stands in its place is malformed."""
    assert error_of(json.dumps({"id": id, "do": {"type": "exit"}})).reason == Reason.MALFORMED


@pytest.mark.parametrize(
    "text, number",
    [
        ('{"id": 7, "do": {}}', 7),
        ('{"do": 1, "id": 8}', 8),
        ('{"id": true, "do": {}}', 0),
        ('{"id": "7", "do": {}}', 0),
        ('{"do": {}}', 0),
        ("[7]", 0),
        ("{", 0),
    ],
)
def test_an_error_names_the_message_if_that_can_be_told(text: str, number: int) -> None:
    """So that a client knows which of its messages it was."""
    assert number == error_of(text).number


@pytest.mark.parametrize("character", ["a", "é", "\U0001f600"])
def test_a_message_that_is_too_large_is_called_so(character: str) -> None:
    """One byte more than the limit, whatever it takes to write a character."""
    envelope = '{"id":1,"do":{"type":"fence","fence":""}}'
    room = MAX_MESSAGE_BYTES - len(envelope)
    size = len(character.encode())
    fits = envelope.replace('""', f'"{character * (room // size)}"')

    assert isinstance(decode_from_party(fits).do, do.Fence)
    too_large = error_of(fits.replace('"}}', f'{character}"}}}}'))
    assert too_large.reason == Reason.TOO_LARGE


@pytest.mark.parametrize("open, close", [("[", "]"), ('{"a":', "}")])
@pytest.mark.parametrize("around", ["{}", '{{"id":1,"do":{}}}', '{{"id":1,"do":{{"type":"exit","a":{}}}}}'])
def test_what_nests_too_deep_is_malformed(open: str, close: str, around: str) -> None:  # noqa: A002 # a pair
    """A hundred thousand brackets do not bring the decoder down."""
    nested = open * 100_000 + "1" + close * 100_000

    assert error_of(around.format(nested)).reason == Reason.MALFORMED


def test_a_policy_that_nests_too_deep_is_malformed() -> None:
    """At a party's end too, where the policy is passed over unread."""
    nested = "[" * 100_000 + "]" * 100_000
    with pytest.raises(WireError) as caught:
        decode_to_party(f'{{"see":{{"type":"policy_given","policy":{nested}}}}}')

    assert caught.value.reason == Reason.MALFORMED


@fair
@given(st.text(max_size=40))
def test_any_text_is_a_message_or_an_error(text: str) -> None:
    """No text makes the decoder raise anything else."""
    with pytest.raises(WireError):
        decode_from_party(text)


# What is no frame


@pytest.mark.parametrize(
    "data, reason",
    [
        (b"", Reason.MALFORMED),
        (b"\x01\x00\x00\x00\x00", Reason.MALFORMED),
        (b"\x00\x00\x00\x00\x00\x00", Reason.UNKNOWN_TYPE),
        (b"\x03\x00\x00\x00\x00\x00", Reason.UNKNOWN_TYPE),
        (b"\x01\x02\x00\x00\x00\x00", Reason.UNKNOWN_TYPE),
        (b"hunter2", Reason.UNKNOWN_TYPE),
        (b"\x01\x00" + bytes(MAX_FRAME_BYTES - 1), Reason.TOO_LARGE),
    ],
)
def test_what_is_no_frame_is_an_error(data: bytes, reason: Reason) -> None:
    """Too short, of no known kind, or too large."""
    with pytest.raises(WireError) as caught:
        decode_frame(data)

    assert reason == caught.value.reason


def test_the_largest_frame_is_one() -> None:
    """The limit counts the header."""
    assert len(decode_frame(b"\x01\x00" + bytes(MAX_FRAME_BYTES - 2)).payload) == MAX_FRAME_BYTES - 6


@pytest.mark.parametrize("payload", [b"", b"\x00\x01\x02", b"\x00\x01\x02\x03\x04"])
def test_a_pointer_of_another_size_is_malformed(payload: bytes) -> None:
    """A pointer's payload is four bytes."""
    with pytest.raises(WireError) as caught:
        decode_point(payload)

    assert caught.value.reason == Reason.MALFORMED


# What an error says


@pytest.mark.parametrize(
    "text",
    [
        '{"id": 1, "do": {"type": "hunter2"}}',
        '{"id": 1, "do": {"type": "sign_in", "credential": ["hunter2"]}}',
        '{"id": 1, "do": {"type": "resume", "token": "hunter2", "more": "hunter2"}}',
        '{"id": "hunter2", "do": {"type": "exit"}}',
        '{"id": 1, "do": "hunter2"}',
        '{"id": 1, "do": {"type": "open_interaction", "kind": "hunter2"}}',
        '{"id": 1, "do": {"type": "open_interaction", "kind": "it\'s hunter2\\n\'hunter2\'"}}',
        '{"id": 1, "do": {"type": "report", "act": 1, "rule": "hunter2"}}',
        '{"id": 1, "do": {"type": "report", "act": 1, "reason": "hunter2"}}',
        '{"id": 1, "do": {"type": "say", "text": "hunter2", "author": "hunter2"}}',
        'hunter2 {"id": 1}',
        '"hunter2"',
        '{"id": 1, "do": {"type": "resume", "token": "hunter2',
        '{"id": 1, "do": {"type": "resume", "token": "hunter2\ud800"}}',
    ],
)
def test_an_error_holds_no_value_that_was_sent(text: str) -> None:
    """It may have been a token, or content of a page (SECURE-6)."""
    error = error_of(text)

    assert SECRET not in f"{error} {error.message} {error.__cause__} {error.args}"


@fair
@given(st.from_type(FromParty), st.data())
def test_no_damage_to_a_message_brings_its_values_into_the_error(message: FromParty, data: Any) -> None:
    """Every text of the message is the secret; one piece of it is replaced by one of another type."""
    built = with_secrets(json.loads(encode(message)))
    built["do"]["type"] = message.do.__struct_config__.tag
    field = data.draw(st.sampled_from(sorted(built["do"])))
    built["do"][field] = data.draw(st.sampled_from([SECRET, [SECRET], {"type": SECRET}, None, 1.5]))
    try:
        decode_from_party(json.dumps(built))
    except WireError as error:
        assert SECRET not in str(error)  # noqa: PT017 # it need not be one


def test_an_error_says_where() -> None:
    """A path to what is wrong: that is what an implementer needs."""
    text = '{"id": 1, "do": {"type": "show_page", "page": "p", "url": "", "elements": [{"ref": 1}]}}'

    assert error_of(text).message == "Expected `str`, got `int` - at `$.do.elements[0].ref`"

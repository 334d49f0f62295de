"""The documents of ``cobrowse.v1``: fresh, valid, and saying the same as the codecs, the machine and the server."""

import json
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any, get_args

import msgspec
import pytest
import trio
import trio.testing
from cobrowse_cli.generate import ROOT, stale
from cobrowse_server import connection as server_connection
from cobrowse_server.connection import MemoryConnection
from cobrowse_server.desk import Desk
from cobrowse_server.host import Link
from cobrowse_server.links import Attendant
from cobrowse_server.policies import Policies
from cobrowse_server.rest import ErrorBody
from cobrowse_server.websocket import Door, Handshake
from cobrowse_spec import actions as do
from cobrowse_spec import observations as see
from cobrowse_spec.actions import AnyAction, Deed, LinkAction
from cobrowse_spec.observations import LinkObservation
from cobrowse_spec.policy import Policy
from cobrowse_spec.session import Session, step
from cobrowse_spec.terms import EndReason, Party, Reason, Timer
from cobrowse_spec.trace import Event, Footer, Header
from cobrowse_spec.wire import example as story
from cobrowse_spec.wire.asyncapi import asyncapi
from cobrowse_spec.wire.example import as_json_lines, example
from cobrowse_spec.wire.frames import CONTENT, POINTER, decode_frame
from cobrowse_spec.wire.guide import GuideError, fill, parts
from cobrowse_spec.wire.links import CLOSES, FRAMES, HANDSHAKE, LINKED, SEEN_BY, can_get, may_send
from cobrowse_spec.wire.messages import (
    PATHS,
    SUBPROTOCOL,
    FromParty,
    ToParty,
    WireError,
    decode_from_party,
    decode_to_party,
    encode,
)
from cobrowse_spec.wire.rest import ThrottleLimits
from cobrowse_spec.wire.schemas import BODIES, control_messages, notes, plain, rest_bodies, trace_lines
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

#: The same examples in every run, however busy the machine.
fair = settings(derandomize=True, deadline=None)

PROTOCOL = ROOT / "spec" / "protocol"
GUIDE = PROTOCOL / "README.md"


def validator(document: Any, name: str) -> Draft202012Validator:
    """Judges by one definition of a document."""
    return Draft202012Validator({**document, "anyOf": [{"$ref": f"#/$defs/{name}"}]})


FROM_PARTY = validator(control_messages(), "FromParty")
TO_PARTY = validator(control_messages(), "ToParty")
TRACE_LINE = Draft202012Validator(trace_lines())
ASYNCAPI = asyncapi()


def references(part: Any) -> Iterator[str]:
    """Every ``$ref`` in a document."""
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for value in part.values():
            yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


def resolve(document: Any, reference: str) -> Any:
    """What a reference within the document points at."""
    for key in reference.removeprefix("#/").split("/"):
        document = document[key]
    return document


# Fresh


def test_every_generated_document_is_fresh() -> None:
    """What is in the repository is what `make generate` would write."""
    assert sorted(stale(ROOT)) == []


# JSON Schemas


@pytest.mark.parametrize("document", [control_messages(), trace_lines(), rest_bodies()])
def test_the_schemas_are_json_schema_2020_12(document: Any) -> None:
    """An independent reader takes them, and every reference has something at its end."""
    Draft202012Validator.check_schema(document)

    assert document["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
    assert all(resolve(document, reference) for reference in references(document))
    assert "discriminator" not in json.dumps(document)


@fair
@given(st.from_type(FromParty))
def test_whatever_a_party_encodes_is_valid(message: FromParty) -> None:
    """The schema forbids nothing that the code allows."""
    FROM_PARTY.validate(json.loads(encode(message)))


@fair
@given(st.from_type(ToParty))
def test_whatever_the_server_encodes_is_valid(message: ToParty) -> None:
    """The same the other way."""
    TO_PARTY.validate(json.loads(encode(message)))


@fair
@given(st.from_type(FromParty), st.data())
def test_schema_and_decoder_agree_on_damaged_messages(message: FromParty, data: Any) -> None:
    """A field more, a field less, a value of another kind: both take it, or neither does."""
    built = json.loads(encode(message))
    part = data.draw(st.sampled_from([built, built["do"]]))
    key = data.draw(st.sampled_from([*sorted(part), "more"]))
    values: list[Any] = [None, 0, -1, 1.5, "", "x", True, [], {}, ["x"]]
    if data.draw(st.booleans()):
        part.pop(key, None)
    else:
        part[key] = data.draw(st.sampled_from(values))
    try:
        decode_from_party(json.dumps(built))
        decodes = True
    except WireError:
        decodes = False

    assert decodes == FROM_PARTY.is_valid(built)


@pytest.mark.parametrize(
    "message",
    [
        {"see": {"type": "exit"}},
        {"see": {"type": "ended", "reason": "boredom"}},
        {"see": {"type": "ended"}},
        {"see": {"type": "started", "session_id": 123456789}},
        {"see": {"type": "in_mode", "mode": "write", "more": 1}},
        {"see": {"type": "in_mode", "mode": "write"}, "seq": 1},
        {"do": {"type": "exit"}, "id": 1},
    ],
)
def test_what_no_server_may_send_is_invalid(message: Any) -> None:
    """For the decoder of a party as well."""
    with pytest.raises(WireError):
        decode_to_party(json.dumps(message))

    assert not TO_PARTY.is_valid(message)


@fair
@given(st.from_type(Event), st.from_type(Header), st.integers(0, 9))
def test_every_line_of_a_trace_is_valid(event: Event, header: Header, events: int) -> None:
    """A header, an event that was done or seen (not both, not neither), a footer."""
    for line in (header, Footer(events)):
        TRACE_LINE.validate(json.loads(msgspec.json.encode(line)))

    one_sided = (event.did is None) != (event.saw is None)
    assert one_sided == TRACE_LINE.is_valid(json.loads(msgspec.json.encode(event)))


@pytest.mark.parametrize("kind", BODIES)
@fair
@given(data=st.data())
def test_every_body_of_the_rest_part_is_valid(kind: type, data: Any) -> None:
    """By its own definition."""
    body = data.draw(st.from_type(kind))

    validator(rest_bodies(), kind.__name__).validate(json.loads(msgspec.json.encode(body)))


def test_the_error_body_is_the_servers() -> None:
    """Its schema is written by hand; here it is held against the server's own."""
    schema = rest_bodies()["$defs"]["ErrorBody"]
    _, made = msgspec.json.schema_components([ErrorBody], ref_template="{name}")
    fields = {name: field["type"] for name, field in made["ErrorBody"]["properties"].items()}

    assert fields == {name: field["type"] for name, field in schema["properties"].items()}
    assert made["ErrorBody"]["required"] == schema["required"]


def test_descriptions_are_the_words_of_the_code() -> None:
    """Docstrings describe structs, comments their fields; inherited fields keep theirs."""
    definitions = control_messages()["$defs"]

    assert plain(do.Join.__doc__ or "") == definitions["Join"]["description"]
    assert definitions["Join"]["properties"]["session_id"]["description"].startswith("Nine digits;")
    assert notes(do.Press)["page"] == "The page that the reference belongs to (on the wire)."
    assert all(definition["description"] for definition in definitions.values())
    assert [
        d["description"]
        for d in definitions.values()
        if re.search(r"``|:\w+:`|[^\n]\n[^\n]", d["description"])
    ] == []


# AsyncAPI


def test_every_reference_of_the_asyncapi_document_resolves() -> None:
    """And every message and schema that it holds is used."""
    used = set(references(ASYNCAPI))
    kept = ASYNCAPI["components"]
    there = {f"#/components/{kind}/{name}" for kind in kept for name in kept[kind]}

    assert all(resolve(ASYNCAPI, reference) for reference in used)
    assert {"#/components/schemas/Policy", *there} - used == set()
    assert ASYNCAPI["asyncapi"] == "3.0.0"


@pytest.mark.parametrize("party", LINKED)
def test_each_action_stands_exactly_where_its_performers_are(party: Party) -> None:
    """What a party may not do is not offered on its channel."""
    named = {name for name in operation(party, "Sends", "receive") if name.startswith("do.")}
    may = {f"do.{kind.__struct_config__.tag}" for kind in get_args(LinkAction) if party in kind.performers}

    assert may == named


@pytest.mark.parametrize("party", LINKED)
def test_each_observation_stands_exactly_where_it_can_be_seen(party: Party) -> None:
    """What a party can never get is not announced on its channel."""
    named = {name for name in operation(party, "Gets", "send") if name.startswith("see.")}
    can = {
        f"see.{kind.__struct_config__.tag}" for kind in get_args(LinkObservation) if party in SEEN_BY[kind]
    }

    assert can == named


def test_frames_stand_where_they_go() -> None:
    """Content from the customer to the agent, pointers both ways, nothing to a controller."""
    frames = {
        (party, way): {name for name in operation(party, *names) if name.startswith("frame.")}
        for party in LINKED
        for way, names in {"sends": ("Sends", "receive"), "gets": ("Gets", "send")}.items()
    }
    both, pointer = {"frame.content", "frame.pointer"}, {"frame.pointer"}

    assert {
        (Party.CUSTOMER, "sends"): both,
        (Party.CUSTOMER, "gets"): pointer,
        (Party.AGENT, "sends"): pointer,
        (Party.AGENT, "gets"): both,
        (Party.CONTROLLER, "sends"): set(),
        (Party.CONTROLLER, "gets"): set(),
    } == frames


def operation(party: Party, suffix: str, action: str) -> list[str]:
    """The names of an operation's messages, each of which its channel must have."""
    one = ASYNCAPI["operations"][f"{party}{suffix}"]
    assert (action, {"$ref": f"#/channels/{party}"}) == (one["action"], one["channel"])
    channel = ASYNCAPI["channels"][str(party)]
    assert PATHS[party] == channel["address"]
    names = [reference["$ref"].rpartition("/")[2] for reference in one["messages"]]
    assert set(names) <= set(channel["messages"])
    return names


@pytest.mark.parametrize("line", [line for line in example() if "sends" in line or "gets" in line])
def test_every_line_of_the_example_is_what_its_channel_announces(line: Any) -> None:
    """The message of that name, on that party's channel, that way, takes the payload."""
    message = json.loads(msgspec.json.encode(line.get("sends") or line["gets"]))
    name = f"do.{message['do']['type']}" if "sends" in line else f"see.{message['see']['type']}"
    way = ("Sends", "receive") if "sends" in line else ("Gets", "send")
    payload = ASYNCAPI["components"]["messages"][name]["payload"]

    assert name in operation(line["link"], *way)
    Draft202012Validator({**payload, "components": ASYNCAPI["components"]}).validate(message)


# Who gets what


def test_every_observation_has_its_parties() -> None:
    """The table is complete, and nobody without a link is in it."""
    assert set(get_args(LinkObservation)) == set(SEEN_BY)
    assert all(parties and parties <= set(LINKED) for parties in SEEN_BY.values())


#: Policies as they are when they have been read: of origins.
POLICIES = st.builds(
    Policy,
    site=st.sampled_from([("https://bank.example",), ("https://other.example",)]),
    write_mode=st.booleans(),
    curtain=st.booleans(),
)
#: All that the machine decides; signing in and opening chats come before it.
IN_SESSIONS: st.SearchStrategy[Any] = st.one_of(
    [
        st.builds(do.FollowPolicy, POLICIES) if kind is do.FollowPolicy else st.from_type(kind)
        for kind in get_args(AnyAction)
        if kind not in do.OUTSIDE_SESSIONS
    ]
)
DEEDS = st.tuples(st.sampled_from(list(Party)), IN_SESSIONS, st.floats(0, 400))


@fair
@given(st.lists(DEEDS, max_size=30))
def test_the_machine_tells_nobody_what_the_table_does_not_allow(
    deeds: list[tuple[Party, AnyAction, float]],
) -> None:
    """Whatever is done, whenever: each notice goes to a party that can get it, or is a frame's."""
    kinds: dict[int, type[see.Observation]] = {CONTENT: see.Content, POINTER: see.PointerAt}
    allowed = {**SEEN_BY, **{kinds[frame.kind]: frame.getters for frame in FRAMES}}
    session, now = Session("123456789", Policy(site=("https://bank.example",)), "i1"), 0.0
    opening: list[tuple[Party, AnyAction, float]] = [
        (Party.CUSTOMER, do.Start(), 0.0),
        (Party.AGENT, do.Join(), 0.0),
    ]
    for by, action, wait in [*opening, *deeds]:
        now += wait
        outcome = step(session, Deed(by, action, "a1" if by is Party.AGENT else "", "Ada"), now)
        session = outcome.session
        for notice in outcome.notices:
            assert notice.to in allowed[type(notice.see)]


#: A session in which everything that the machine can tell anybody is told.
WHOLE: list[tuple[Party, AnyAction, float]] = [
    (Party.CUSTOMER, do.Start(), 0.0),
    (Party.AGENT, do.Join(), 1.0),
    (Party.CUSTOMER, do.ShowPage("p1", "https://bank.example/", (do.Element("7"),)), 1.0),
    (Party.CUSTOMER, do.Mirror("d", epoch=2), 1.0),
    (Party.CUSTOMER, do.MovePointer(1, 1, epoch=2), 1.0),
    (Party.AGENT, do.MovePointer(1, 1, epoch=2), 1.0),
    (Party.AGENT, do.Click(1, 1), 1.0),
    (Party.AGENT, do.Request(), 1.0),
    (Party.CUSTOMER, do.Approve("r1"), 1.0),
    (Party.AGENT, do.Press("7", "p1", 9), 1.0),
    (Party.CUSTOMER, do.Report(10), 1.0),
    (Party.CUSTOMER, do.Report(10, "MASK-7", Reason.MASKED), 1.0),
    (Party.CUSTOMER, do.ShowElements("p1", gone=("7",)), 1.0),
    (Party.AGENT, do.Fence("f"), 1.0),
    (Party.SYSTEM, do.LoseLink(Party.CUSTOMER), 1.0),
    (Party.CUSTOMER, do.Resume(), 1.0),
    (Party.SYSTEM, do.LoseLink(Party.AGENT), 1.0),
    (Party.AGENT, do.Resume(), 1.0),
    (Party.SYSTEM, do.FollowPolicy(Policy(site=("https://bank.example",), write_mode=False)), 1.0),
    (Party.SYSTEM, do.Expire(Timer.WARNING), 550.0),
    (Party.CUSTOMER, do.Exit(), 1.0),
]

#: What the table allows besides, because it comes from outside a session, or from a refusal.
BESIDES = {
    (see.Welcome, Party.AGENT),
    (see.Welcome, Party.CONTROLLER),
    (see.TokenIssued, Party.CUSTOMER),
    (see.TokenIssued, Party.AGENT),
    (see.PolicyGiven, Party.CUSTOMER),
    (see.Refused, Party.CUSTOMER),
    (see.Refused, Party.CONTROLLER),
    (see.FencePassed, Party.CONTROLLER),
    (see.InteractionOpened, Party.CONTROLLER),
    (see.InteractionEnded, Party.CONTROLLER),
    (see.Said, Party.AGENT),
    (see.Said, Party.CONTROLLER),
}


def test_the_table_allows_nothing_that_never_comes() -> None:
    """Each entry is met in one session, or is named here as coming from outside it."""
    session, now, met = Session("123456789", Policy(site=("https://bank.example",)), "i1"), 0.0, set()
    for by, action, wait in WHOLE:
        now += wait
        outcome = step(session, Deed(by, action, "a1" if by is Party.AGENT else "", "Ada"), now)
        assert outcome.refusal is None, action
        session = outcome.session
        met |= {(type(notice.see), notice.to) for notice in outcome.notices}
    table = {(kind, party) for kind, parties in SEEN_BY.items() for party in parties}

    assert met - {
        (see.Content, Party.AGENT),
        (see.PointerAt, Party.CUSTOMER),
        (see.PointerAt, Party.AGENT),
    } == (table - BESIDES)


def test_may_send_and_can_get_keep_the_protocols_order() -> None:
    """So that tables made from them do not change without a reason."""
    assert [kind for kind in get_args(LinkAction) if Party.AGENT in kind.performers] == list(
        may_send(Party.AGENT)
    )
    assert see.Welcome is can_get(Party.AGENT)[0]
    assert see.PolicyGiven is can_get(Party.CUSTOMER)[1]


# The guide


def test_the_guide_names_every_message_and_reason() -> None:
    """An implementer finds each word of the wire in it."""
    text = GUIDE.read_text(encoding="utf-8")
    words = [str(kind.__struct_config__.tag) for kind in (*get_args(LinkAction), *get_args(LinkObservation))]

    assert [word for word in [*words, *Reason, *EndReason] if f"`{word}`" not in text] == []


def test_the_guides_links_lead_somewhere() -> None:
    """To files that are there, and to headings that it has."""
    for guide in (GUIDE, ROOT / "spec" / "README.md"):
        text = guide.read_text(encoding="utf-8")
        headings = {heading_anchor(line) for line in text.splitlines() if line.startswith("#")}
        for target in re.findall(r"\]\(([^)]+)\)", text):
            if target.startswith("#"):
                assert target[1:] in headings
            elif "://" not in target:
                assert (guide.parent / target.partition("#")[0]).exists(), target


def heading_anchor(line: str) -> str:
    """How a heading is linked to."""
    return re.sub(r"[^\w -]", "", line.lstrip("# ").lower()).replace(" ", "-")


def test_a_gap_without_a_part_and_a_part_without_a_gap_are_errors() -> None:
    """Neither can be forgotten."""
    text = "before\n<!-- made: a -->\nold\n<!-- end -->\nafter\n"

    assert fill(text, {"a": "new\n"}) == "before\n<!-- made: a -->\nnew\n<!-- end -->\nafter\n"
    with pytest.raises(GuideError):
        fill(text, {})
    with pytest.raises(GuideError):
        fill(text, {"a": "", "b": ""})
    assert "example" in parts()


# The example, at the reference server


class Stage:
    """The links of the example at a real desk, and what stands for what."""

    def __init__(self, nursery: trio.Nursery) -> None:
        self.desk = Desk(
            nursery,
            controller_key=story.CREDENTIALS[Party.CONTROLLER],
            policies=Policies({"default": POLICY}),
            throttle=ThrottleLimits(),
            below=lambda limit: int(story.SESSION_ID),
        )
        agent, credential = self.desk.add_agent(story.NAME)
        #: Names in the example, and what the server gave in their place.
        self.real = {story.CREDENTIALS[Party.AGENT]: credential, story.AGENT: agent.agent}
        self.links = {party: MemoryConnection() for party in LINKED}
        for party, connection in self.links.items():
            origin = story.POLICY.site[0] if party is Party.CUSTOMER else None
            attendant = Attendant(self.desk, Link(party, connection, origin=origin))
            nursery.start_soon(attendant.attend, connection)

    async def sends(self, party: Party, text: str) -> None:
        """The party sends what the example says, with the secrets that it was given."""
        for name, real in self.real.items():
            text = text.replace(f'"{name}"', f'"{real}"')
        await self.links[party].give(text)

    async def gets(self, party: Party) -> str | bytes:
        """What the party gets next, with the example's names for secrets."""
        with trio.fail_after(60):
            text = await self.links[party].take()
        assert text is not None
        if isinstance(text, bytes):
            return text
        seen = decode_to_party(text).see
        if isinstance(seen, see.InteractionOpened):
            self.real |= {story.INTERACTION: seen.interaction, story.CUSTOMER_TOKEN: seen.customer_token}
        if isinstance(seen, see.TokenIssued):
            self.real[f"{party}-session-token"] = seen.token
        for name, real in self.real.items():
            text = text.replace(f'"{real}"', f'"{name}"')
        return text


POLICY = """
site = ["https://bank.example"]
[[pages]]
path = "/apply"
mask = ["#ssn"]
allow_submit = ["#calculate"]
"""


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """A desk with the three parties of the example."""
    async with trio.open_nursery() as nursery:
        yield Stage(nursery)
        nursery.cancel_scope.cancel()


async def test_the_reference_server_plays_the_example_line_by_line(
    stage: Stage, autojump_clock: trio.testing.MockClock
) -> None:
    """What the guide shows is what goes over the wire, in this order and nothing else."""
    for line in example():
        if "sends" in line:
            await stage.sends(line["link"], encode(line["sends"]))
        elif "sends_frame" in line:
            await stage.links[line["link"]].give(bytes.fromhex(line["sends_frame"]))
        elif "gets" in line:
            assert encode(line["gets"]) == await stage.gets(line["link"])
        elif "gets_frame" in line:
            assert bytes.fromhex(line["gets_frame"]) == await stage.gets(line["link"])
    for connection in stage.links.values():
        with trio.move_on_after(1) as waiting:
            await connection.take()
        assert waiting.cancelled_caught


def test_the_example_decodes() -> None:
    """Each line is what it says, by the protocol's own codecs."""
    for line in example():
        if "sends" in line:
            assert line["sends"] == decode_from_party(encode(line["sends"]))
        elif "gets" in line:
            assert line["gets"] == decode_to_party(encode(line["gets"]))
        elif "note" not in line:
            decode_frame(bytes.fromhex(line.get("sends_frame") or line["gets_frame"]))
    assert len(example()) == len(list(as_json_lines(example())))


def test_the_close_codes_are_the_servers() -> None:
    """Every code that the server's own constants name is in the protocol, and means the same."""
    codes = {close.code: close.name for close in CLOSES}
    named = {
        value: name.lower()
        for name, value in vars(server_connection).items()
        if name.isupper() and isinstance(value, int) and 1000 <= value < 5000 and not name.startswith("MAX")
    }

    assert named.items() <= codes.items()


@pytest.mark.parametrize(
    "path, offers, origin, status",
    [
        ("/v1/customer", (SUBPROTOCOL,), "https://bank.example", None),
        ("/v1/customer", (SUBPROTOCOL,), None, 403),
        ("/v1/customer", (SUBPROTOCOL,), "https://evil.test", 403),
        ("/v1/customer", (), "https://bank.example", 400),
        ("/v1/customer", ("cobrowse.v2",), "https://bank.example", 400),
        ("/v1/agent", (SUBPROTOCOL,), None, None),
        ("/v1/agent", (SUBPROTOCOL, "other"), "https://desk.example", None),
        ("/v1/agent", (SUBPROTOCOL,), "https://bank.example", 403),
        ("/v1/controller", (SUBPROTOCOL,), "https://bank.example", 403),
        ("/v1/other", (SUBPROTOCOL,), None, 404),
    ],
)
async def test_the_handshake_is_as_documented(
    path: str, offers: tuple[str, ...], origin: str | None, status: int | None
) -> None:
    """The reference server turns away whom the guide says, with the status and reason that it says."""
    async with trio.open_nursery() as nursery:
        desk = Desk(
            nursery,
            controller_key="k" * 16,
            policies=Policies({"default": POLICY}),
            throttle=ThrottleLimits(),
        )
        away = Door(desk, ["https://desk.example"]).turn_away(Handshake(path, offers, origin, "192.0.2.1"))
        nursery.cancel_scope.cancel()

    assert status == (None if away is None else away.status)
    documented = {(one.status, one.reason) for one in HANDSHAKE}
    assert away is None or (away.status, away.reason) in documented
